from __future__ import annotations

import hashlib
import json
import threading
import time
import unittest
from array import array
from typing import Any, Dict, List, Tuple

from octomil import AuthenticationError, DeviceRevokedError, LocalResult, LocalTrainer, ModelWeights, Tensor, TrainingError
from octomil.rounds.clock import ServerClock
from octomil.rounds.participant import RoundParticipant
from octomil.rounds.queue import RoundQueue
from octomil.rounds.work import RoundParticipation, RoundWork, SessionEnded
from octomil.sessions.inbox import AssignedVersion, Inbox
from tests.test_http import Fake
from tests.test_queue import assignment

BASE = ModelWeights([Tensor.of("w", [1, 2, 3], (3,))]).save()
PLACE = {"url": "/api/v1/base", "sha256": hashlib.sha256(BASE).hexdigest(), "bytes": len(BASE)}
RECEIPT = json.dumps({"update_id": "upd_1", "status": "accepted", "round_id": "a"}).encode()


class Trainer(LocalTrainer):
    def __init__(self, during: Any = None, rows: int = 10) -> None:
        self._during, self._rows = during, rows

    def train(self, task: Any) -> LocalResult:
        if self._during is not None:
            self._during()
        return LocalResult(array("f", [0.5, 0.25, 0]), 7, loss=0.5)

    def statistics(self, task: Any) -> Dict[str, Any]:
        return {"rows": self._rows, "features": {"a": {"count": self._rows, "mean": 1.0, "m2": 2.0}}}


class ParticipantTests(unittest.TestCase):
    def take_part(self, answers: List[Tuple[int, Dict[str, str], bytes]], trainer: Trainer, **more: Any) -> Tuple[RoundParticipation, Fake]:
        def answer(fake: Fake, method: str, path: str, *_: Any) -> Any:
            return (200, {}, BASE) if method == "GET" else answers[sum(asked[0] == "PUT" for asked in fake.asked) - 1]

        fake = Fake(answer)
        self.addCleanup(fake.stop)
        self.work = RoundWork(assignment("a", base=PLACE, **more), 0)
        return RoundParticipant(fake.api(), ServerClock()).take_part(self.work, trainer, "dev_1"), fake

    def test_an_update_is_sent_again_the_same_bytes_until_it_is_counted(self) -> None:
        done, fake = self.take_part([(503, {"Retry-After": "0"}, b""), (429, {}, b""), (200, {}, RECEIPT)], Trainer())
        self.assertEqual(("accepted", "upd_1", 7, 0.5), (done.outcome, done.update_id, done.sample_count, done.loss))
        sent = [(path, body) for method, path, _, body in fake.asked if method == "PUT"]
        self.assertEqual(3, len(sent))
        self.assertEqual(1, len(set(sent)))
        self.assertEqual("/api/v1/training/rounds/a/updates/dev_1", sent[0][0])

    def test_what_the_service_no_longer_wants_is_no_failure(self) -> None:
        for status in (403, 404, 409):
            done, _ = self.take_part([(status, {}, b'{"code":"round_not_open","detail":"The round has closed."}')], Trainer())
            self.assertEqual(("refused", "The round has closed.", None), (done.outcome, done.reason, done.failure))

    def test_an_update_refused_for_what_it_is_and_a_revoked_key_are_failures(self) -> None:
        done, _ = self.take_part([(422, {}, b'{"code":"invalid_weights","detail":"w is wrong."}')], Trainer())
        self.assertEqual(("failed", 422), (done.outcome, done.failure.status))  # type: ignore[union-attr]
        done, _ = self.take_part([(401, {}, b"")], Trainer())
        self.assertIsInstance(done.failure, AuthenticationError)

    def test_a_round_that_closes_during_training_gets_no_answer(self) -> None:
        done, fake = self.take_part([], Trainer(lambda: self.work.close("published")))
        self.assertEqual(("closed", "published"), (done.outcome, done.reason))
        self.assertEqual(["GET"], [asked[0] for asked in fake.asked])

    def test_a_round_whose_deadline_passes_during_training_gets_no_answer(self) -> None:
        def wait() -> None:
            self.work.assignment.deadline = time.time() - 1

        done, fake = self.take_part([], Trainer(wait))
        self.assertEqual("deadline_passed", done.outcome)
        self.assertEqual(["GET"], [asked[0] for asked in fake.asked])

    def test_the_end_of_the_session_drops_what_is_under_way(self) -> None:
        with self.assertRaises(SessionEnded):
            self.take_part([], Trainer(lambda: self.work.end_session()))

    def test_a_close_ends_the_wait_before_the_next_try(self) -> None:
        timer = threading.Timer(0.3, lambda: self.work.close("published"))
        self.addCleanup(timer.cancel)
        timer.start()
        done, _ = self.take_part([(503, {"Retry-After": "3600"}, b"")] * 9, Trainer())
        self.assertEqual("closed", done.outcome)

    def test_statistics_of_too_few_rows_are_not_sent_and_too_few_devices_cost_one_report(self) -> None:
        done, fake = self.take_part([], Trainer(rows=9), kind="statistics")
        self.assertEqual(("not_supported", 1), (done.outcome, len(fake.asked)))
        done, _ = self.take_part([(422, {}, b'{"code":"too_few_rows","detail":"Too few."}')], Trainer(), kind="statistics")
        self.assertEqual("refused", done.outcome)

    def test_a_kind_that_is_not_known_is_left_out(self) -> None:
        self.assertEqual("not_supported", self.take_part([], Trainer(), kind="tango")[0].outcome)

    def test_a_message_of_the_data_or_its_libraries_is_not_logged(self) -> None:
        def fail() -> None:
            raise ValueError("patient 4711 is strange")

        with self.assertLogs("octomil", "ERROR") as log:
            done, _ = self.take_part([], Trainer(fail))
        self.assertIsInstance(done.failure, ValueError)
        self.assertNotIn("4711", "".join(log.output))

    def test_an_own_error_says_all(self) -> None:
        def fail() -> None:
            raise TrainingError("Too hot.", "Cool it.")

        self.assertEqual("Too hot. Cool it.", self.take_part([], Trainer(fail))[0].reason)


class InboxTests(unittest.TestCase):
    def setUp(self) -> None:
        self.failures: List[BaseException] = []
        self.versions: List[AssignedVersion] = []
        self.queue = RoundQueue(lambda _: True, ServerClock())
        self.inbox = Inbox(self.queue, self.failures.append, self.versions.append)

    def test_a_revoked_device_ends_its_session(self) -> None:
        self.inbox.on_call("Revoked", ["stolen"])
        self.assertIsInstance(self.failures[0], DeviceRevokedError)
        self.assertIn("stolen", str(self.failures[0]))

    def test_versions_reach_the_program_and_its_failure_costs_nothing(self) -> None:
        self.inbox.on_hello({"assignments": [], "versions": [{"model_id": "m", "version": "2.0.0", "sha256": "ab"}]}, 1)
        self.assertEqual([AssignedVersion("m", "2.0.0", "ab")], self.versions)
        broken = Inbox(self.queue, self.failures.append, lambda version: 1 // 0)  # type: ignore[arg-type]
        with self.assertLogs("octomil", "ERROR"):
            broken.on_call("VersionAssigned", ["m", "2.0.0", "ab"])
        self.assertEqual([], self.failures)

    def test_what_cannot_be_read_or_is_not_known_costs_that_alone(self) -> None:
        with self.assertLogs("octomil", "ERROR"):
            self.inbox.on_call("RoundAssigned", [{"round_id": "x"}])
        self.inbox.on_call("SomethingNew", [])
        self.assertIsNone(self.queue._next())
