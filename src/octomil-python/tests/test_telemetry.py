"""What inferences come to: against the real server, and against one that loses its answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Dict, List

from octomil import FederatedClient, OctomilError
from octomil.sessions.device import DeviceRegistration
from octomil.versions.evaluation import MOST_ANSWERS, Evaluation
from octomil.versions.markers import CrashMarkers
from octomil.versions.sender import TelemetrySender
from octomil.versions.telemetry import MOST_INFERENCES, MOST_REPORTS, InferenceTelemetry
from tests.server import REPOSITORY, wait_until
from tests.service_case import ServiceCase
from tests.test_http import Fake

# Dies, or ends, with a version in use.
_PROGRAM = """
import sys
from octomil import FederatedClient
client = FederatedClient(sys.argv[1], "hospital-001", sys.argv[2], version_folder=sys.argv[3])
with client.observe("radiology-v1"):
    print("in use", flush=True)
    sys.stdin.readline()
"""


class TelemetryTests(ServiceCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="octomil-telemetry-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.tenant = self.server.tenant()
        self.zeros(self.tenant)

    def test_inferences_are_counted_by_version(self) -> None:
        client, rollout = self._deployed()
        for _ in range(2):
            with client.observe(self.tenant.MODEL) as version:
                self.assertEqual("1.0.0", version.version)
        with self.assertRaises(ZeroDivisionError), client.observe(self.tenant.MODEL):
            1 / 0
        client.report_inference(self.tenant.MODEL, "1.0.0", 400)
        client.report_inference(rollout["model_id"], "1.0.0", 0.4)
        client.report_outcome(self.tenant.MODEL, "1.0.0", correct=True, loss=0.1)

        # One that does not exist takes nothing from the others.
        client.report_inference(rollout["model_id"], "9.0.0", 1)

        with self.assertLogs("octomil", "WARNING") as logs:
            self.assertTrue(client.send_telemetry())
            self.assertTrue(client.send_telemetry())

        self.assertIn("'9.0.0'", logs.output[0])
        self.assertEqual(1, len(logs.output))
        health = self._health(rollout, 5)
        self.assertEqual((0.2, 0.0), (health["error_rate"], health["crash_rate"]))
        self.assertGreater(health["latency_p95_ms"], 200)

    def test_what_cannot_be_counted_is_refused(self) -> None:
        client = self.client(self.tenant, "hospital-002")
        with self.assertRaisesRegex(OctomilError, "No version of radiology-v1 runs here"):
            with client.observe(self.tenant.MODEL):
                self.fail("there is nothing to observe")
        with self.assertRaisesRegex(OctomilError, "mdl_"):
            client.report_inference(self.tenant.MODEL, "1.0.0", 1)
        with self.assertRaisesRegex(OctomilError, "accuracy must be from 0 to 1"):
            client.report_evaluation("mdl_00000001", "1.0.0", 10, accuracy=1.5)
        with self.assertRaisesRegex(OctomilError, "at least 0"):
            client.report_inference("mdl_00000001", "1.0.0", float("nan"))
        # A version that does not exist is not counted, and holds up nothing.
        client.report_inference("mdl_00000001", "1.0.0", 1)
        self.assertTrue(client.send_telemetry())

    def test_a_process_that_is_killed_with_a_version_in_use_is_its_crash(self) -> None:
        client, rollout = self._deployed()
        orderly = self._program()
        orderly.communicate(b"\n", timeout=120)
        self.assertEqual(0, orderly.returncode)
        self.assertTrue(client.send_telemetry())
        killed = self._program()
        client.send_telemetry()
        killed.kill()
        killed.communicate(timeout=120)

        client.report_inference(rollout["model_id"], "1.0.0", 1)
        self.assertTrue(client.send_telemetry())
        self.assertTrue(client.send_telemetry())

        self.assertEqual(0.5, self._health(rollout, 2)["crash_rate"])

    def test_a_version_that_does_not_load_is_taken_back_and_reported(self) -> None:
        client, rollout = self._deployed()
        store = client.versions
        assert store is not None
        stored = store.current(self.tenant.MODEL)
        assert stored is not None
        store.reject(stored)
        self.assertIsNone(store.current(self.tenant.MODEL))

        again = FederatedClient(self.tenant.key, "hospital-001", self.server.address, version_folder=self.folder)
        self.addCleanup(again.close)
        following = self.background(again.follow_versions)
        wait_until(lambda: self._rollout(rollout)["progress"]["failed"] == 1, "the version to be reported", self._explain)
        again.close()
        following.result()

    def _deployed(self) -> Any:
        """A client whose device has version 1.0.0, and its rollout."""
        client = FederatedClient(self.tenant.key, "hospital-001", self.server.address, version_folder=self.folder)
        self.addCleanup(client.close)
        client.register()
        rollout = self.tenant.call("POST", f"/models/{self.tenant.MODEL}/rollouts", {"version": "1.0.0", "rollout_percentage": 100})
        follower = FederatedClient(self.tenant.key, "hospital-001", self.server.address, version_folder=self.folder)
        following = self.background(follower.follow_versions)
        wait_until(lambda: self._rollout(rollout)["progress"]["active"] == 1, "the version to run", self._explain)
        follower.close()
        following.result()
        return client, rollout

    def _program(self) -> "subprocess.Popen[bytes]":
        source = os.path.join(REPOSITORY, "src", "octomil-python")
        program = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, self.tenant.key, self.server.address, self.folder],
            cwd=source, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        self.addCleanup(program.kill)
        assert program.stdout is not None
        self.assertEqual(b"in use", program.stdout.readline().strip())
        return program

    def _rollout(self, rollout: Dict[str, Any]) -> Dict[str, Any]:
        return self.tenant.call("GET", f"/models/{self.tenant.MODEL}/rollouts/{rollout['id']}")

    def _health(self, rollout: Dict[str, Any], inferences: int) -> Dict[str, Any]:
        """The version's counts once there are so many; more would stand there as well."""
        wait_until(
            lambda: (self._rollout(rollout).get("health") or {}).get("inferences", 0) >= inferences, "the counts to arrive",
            lambda: f"{self._rollout(rollout)}\n{self._explain()}",
        )
        health = self._rollout(rollout)["health"]
        self.assertEqual(inferences, health["inferences"])
        return health


class SendingTests(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="octomil-telemetry-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.batches: List[Dict[str, Any]] = []
        self.status = 200
        self.fake = Fake(self._answer)
        self.addCleanup(self.fake.stop)
        self.telemetry = InferenceTelemetry(CrashMarkers(self.folder))
        self.addCleanup(self.telemetry.close)
        self.api = self.fake.api()
        device = DeviceRegistration(self.api, "hospital-001", None, None)
        device.register(lambda seconds: None, 1)
        self.sender = TelemetrySender(device, self.telemetry)

    def test_a_batch_that_may_be_lost_is_sent_again_under_its_name(self) -> None:
        self.telemetry.record("mdl_1", "2.0.0", 3, error=False)
        for self.status in (503, 401):
            self.assertFalse(self.sender.send(self.api))
        self.telemetry.record("mdl_1", "2.0.0", 30_000, error=False)
        self.status = 200
        self.assertTrue(self.sender.send(self.api))

        lost, again, arrived, later = self.batches
        self.assertEqual(lost, again)
        self.assertEqual(lost, arrived)
        self.assertNotEqual(lost["batch_id"], later["batch_id"])
        self.assertEqual([0, 0, 1] + 11 * [0], lost["reports"][0]["latency_ms"])
        self.assertEqual(13 * [0] + [1], later["reports"][0]["latency_ms"])
        self.assertEqual((3, 30_000), (lost["reports"][0]["latency_total_ms"], later["reports"][0]["latency_total_ms"]))
        self.assertNotIn("accuracy", lost["reports"][0])

    def test_outcomes_and_evaluations_are_one_mean_over_their_answers(self) -> None:
        for evaluation in (Evaluation(1, 1.0), Evaluation(1, 0.0, 3.0), Evaluation(8, 0.75, 0.5), Evaluation(MOST_ANSWERS, 1.0)):
            self.telemetry.evaluate("mdl_1", "2.0.0", evaluation)
        self.assertTrue(self.sender.send(self.api))

        report = self.batches[0]["reports"][0]
        self.assertEqual((0, 10, 0.7, 9, 7 / 9), tuple(report[name] for name in ("inferences", "accuracy_count", "accuracy", "loss_count", "loss")))

    def test_an_evaluation_that_cannot_be_is_refused(self) -> None:
        for count, accuracy, loss in ((0, 0.5, None), (MOST_ANSWERS + 1, 0.5, None), (1, 1.01, None), (1, float("nan"), None), (1, None, -1.0)):
            with self.assertRaises(ValueError):
                Evaluation(count, accuracy, loss)

    def test_batches_hold_what_the_service_takes_and_memory_is_bounded(self) -> None:
        for number in range(2000):
            self.telemetry.record("mdl_1", f"{number}.0.0", 1, error=False)
        for _ in range(MOST_INFERENCES + 10):
            self.telemetry.record("mdl_1", "0.0.0", 1, error=True)
        self.assertTrue(self.sender.send(self.api))

        self.assertEqual({MOST_REPORTS}, {len(batch["reports"]) for batch in self.batches})
        self.assertEqual(256, sum(len(batch["reports"]) for batch in self.batches))
        self.assertEqual(MOST_INFERENCES, self.batches[0]["reports"][0]["inferences"])

    def test_a_crash_is_told_once_under_its_name_also_if_the_answer_is_lost(self) -> None:
        left = CrashMarkers(self.folder).begin("mdl_1", "2.0.0")
        assert left is not None
        self.assertTrue(self.sender.send(self.api))
        self.assertEqual([], self.batches, "its process lives")
        left.release()

        self.status = 503
        self.assertFalse(self.sender.send(self.api))
        self.status = 200
        self.assertTrue(self.sender.send(self.api))
        self.assertTrue(self.sender.send(self.api))

        lost, again = self.batches
        self.assertEqual(lost, again)
        self.assertEqual([{"model_id": "mdl_1", "version": "2.0.0", "inferences": 1, "crashes": 1}], lost["reports"])

    def test_only_the_version_in_use_leaves_a_mark_and_none_after_the_end(self) -> None:
        for version in ("1.0.0", "2.0.0", "2.0.0"):
            self.telemetry.serve("mdl_1", version)
        folder = os.path.join(self.folder, "serving")
        names = os.listdir(folder)
        self.assertEqual(1, len(names))
        with open(os.path.join(folder, names[0]), encoding="utf-8") as file:
            self.assertEqual({"model_id": "mdl_1", "version": "2.0.0"}, json.load(file))
        self.telemetry.close()
        self.telemetry.record("mdl_1", "2.0.0", 1, error=False)
        self.assertEqual([], os.listdir(folder))

    def _answer(self, fake: Fake, method: str, path: str, headers: Dict[str, str], body: bytes) -> Any:
        if path.endswith("/register"):
            return 200, {}, b'{"id": "dev_1", "org_id": "org_1"}'
        self.batches.append(json.loads(body))
        return self.status, {}, b'{"accepted": 1}'
