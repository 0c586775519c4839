"""Against the real server: the connection, what goes wrong, restarts."""

from __future__ import annotations

import json
import os
import random
import threading
from typing import Any, Dict, List

import octomil
from octomil import AuthenticationError, FederatedClient, NoRunError, OctomilError, TrainingError
from octomil.http.address import ApiAddress
from octomil.http.api import Api
from octomil.hub import frames
from octomil.hub.transports import negotiate
from octomil.hub.websocket import WebSocket
from tests.blocking_proxy import BlockingProxy
from tests.server import wait_until
from tests.service_case import ServiceCase, changed


class ServiceTests(ServiceCase):
    def test_registering_again_is_the_same_device(self) -> None:
        tenant = self.server.tenant()
        first = self.client(tenant, "hospital-001")
        second = FederatedClient(tenant.key, "hospital-001", self.server.address + "/api/v1")
        self.assertEqual(first.device_id, second.register()["id"])
        shown = tenant.call("GET", f"/devices/{first.device_id}")
        self.assertEqual(f"python-{octomil.__version__}", shown["sdk_version"])

    def test_websocket_messages_in_any_fragments_reach_the_hub_and_pings_come_back(self) -> None:
        tenant = self.server.tenant()
        device = self.client(tenant, "hospital-001").device_id
        api = Api(tenant.key, ApiAddress(self.server.address))
        url, _ = negotiate(api)
        web = WebSocket(url, api.headers_for(url), None)
        self.addCleanup(web.release)
        web.send('{"protocol":"json","version":1}\x1e')
        self.assertEqual("{}\x1e", web.receive(60))
        chance = random.Random(11)
        pongs: List[bytes] = []
        original = web._on_message
        web._on_message = lambda opcode, data: pongs.append(data) if opcode == frames.PONG else original(opcode, data)  # type: ignore[method-assign]
        pings = []
        for number in range(40):
            # The hub takes messages of at most 32 KB.
            padding = "é" * chance.choice((0, 1, 100, 127, 3000, 14_000))
            record = {"type": 1, "invocationId": str(number), "target": "Hello", "arguments": [device, {"metadata": {"note": ""}, "unknown": padding}]}
            data = (json.dumps(record, ensure_ascii=False) + "\x1e").encode()
            cuts = sorted(chance.randint(0, len(data)) for _ in range(chance.randint(0, 5)))
            for i, (begin, end) in enumerate(zip([0, *cuts], [*cuts, len(data)])):
                web._stream.write(frames.encode(frames.CONTINUATION if i else frames.TEXT, data[begin:end], end == len(data) and i == len(cuts)), 30)
                if chance.random() < 0.3 and i < len(cuts):
                    pings.append(os.urandom(chance.randint(0, 125)))
                    web._stream.write(frames.encode(frames.PING, pings[-1]), 30)
            answer = {"type": 6}
            while answer["type"] == 6:
                answer = json.loads(web.receive(60).rstrip("\x1e"))
            self.assertEqual((3, str(number)), (answer["type"], answer["invocationId"]), answer)
            self.assertIn("assignments", answer["result"])
        self.assertEqual(pings, pongs)
        self.assertGreater(len(pings), 5)

    def test_where_websockets_are_blocked_long_polling_takes_part(self) -> None:
        tenant = self.server.tenant()
        self.zeros(tenant)
        proxy = BlockingProxy(self.server.port)
        self.addCleanup(proxy.stop)
        clients = [self.client(tenant, f"hospital-{i}", proxy.address) for i in range(2)]
        with self.assertLogs("octomil", "INFO") as log:
            calls = [
                self.background(lambda client=client, i=i: client.train_from_remote(tenant.MODEL, lambda state: (changed(state, i), 10, {}), 3, framework="plain"))
                for i, client in enumerate(clients)
            ]
            wait_until(lambda: sum("by long polling" in line for line in log.output) == 2, "both devices to be connected", lambda: "\n".join(log.output))
            tenant.start_run(rounds=3, min_devices=2)
            summaries = [call.result() for call in calls]
        self.assertEqual([3, 3], [summary.rounds_trained for summary in summaries])
        self.assertGreaterEqual(proxy.blocked, 2)
        # Pushed over the poll, and not found by asking: every round was told when it closed.
        self.assertIn("closed: published", "\n".join(log.output))

    def test_a_key_that_is_wrong_or_revoked_is_a_clear_error(self) -> None:
        tenant = self.server.tenant()
        self.zeros(tenant)
        with self.assertRaisesRegex(AuthenticationError, "devices:write"):
            FederatedClient("edg_test_" + "x" * 32, "hospital-001", self.server.address).register()
        made = tenant.call("POST", "/api-keys", {"name": "site-1", "scopes": ["devices:write"]})
        client = self.client(tenant, "hospital-001", key=made["api_key"])
        with self.assertLogs("octomil", "INFO") as log:
            call = self.background(lambda: client.train_from_remote(tenant.MODEL, lambda state: (state, 1, {}), 1, framework="plain"))
            wait_until(lambda: any("Connected to" in line for line in log.output), "the device to be connected")
            tenant.call("POST", f"/api-keys/{made['id']}/revoke", {})
            with self.assertRaises(AuthenticationError) as raised:
                call.result()
        self.assertNotIn(made["api_key"], str(raised.exception) + "".join(log.output))

    def test_no_run_in_time_says_what_the_model_s_run_is(self) -> None:
        tenant = self.server.tenant()
        self.zeros(tenant)
        with self.assertRaisesRegex(NoRunError, "No training run over 'radiology-v1' selected hospital-001 within 0.5 s"):
            self.client(tenant, "hospital-001").train_from_remote(tenant.MODEL, lambda state: (state, 1, {}), 1, timeout=0.5)

    def test_what_a_loop_gets_wrong_reaches_its_caller(self) -> None:
        tenant = self.server.tenant()
        self.zeros(tenant)
        client = self.client(tenant, "hospital-001")
        loops: Dict[str, Any] = {
            "must return": lambda state: None,
            "'w' in the shape": lambda state: ({"w": [0.0] * 3}, 1, {}),
            "'v', which radiology-v1 does not have": lambda state: ({"v": [0.0]}, 1, {}),
            "no tensor 'w'": lambda state: ({}, 1, {}),
            "sample count": lambda state: (state, 0, {}),
        }
        calls = {message: self.background(lambda loop=loop: self.client(tenant, f"device-{loop.__code__.co_firstlineno}").train_from_remote(
            tenant.MODEL, loop, 1, framework="plain")) for message, loop in loops.items()}
        crash = self.background(lambda: client.train_from_remote(tenant.MODEL, lambda state: 1 // 0, 1, framework="plain"))
        wait_until(lambda: sum(bool(device.get("connected")) for device in tenant.call("GET", "/devices")["devices"]) == 6, "the devices to be connected")
        tenant.start_run(rounds=1, min_devices=6)
        for message, call in calls.items():
            with self.assertRaisesRegex(TrainingError, message):
                call.result()
        with self.assertRaises(ZeroDivisionError):
            crash.result()

    def test_a_device_that_runs_for_ever_takes_part_in_every_run_until_it_is_closed(self) -> None:
        tenant = self.server.tenant()
        self.zeros(tenant)
        client = self.client(tenant, "hospital-001")
        call = self.background(lambda: client.run(tenant.MODEL, local_train_fn=lambda state: (changed(state, 0), 10, {}), framework="plain"))
        for version in ("2.0.0", "3.0.0"):
            tenant.start_run(rounds=2, min_devices=1, min_updates=1)
            self.assertEqual(version, tenant.completed()["version"])
        client.close()
        self.assertIsNone(call.result())
        with self.assertRaisesRegex(OctomilError, "closed"):
            client.run(tenant.MODEL, local_train_fn=lambda state: (state, 1, {}), framework="plain")

    def test_the_run_ending_early_is_in_the_summary(self) -> None:
        tenant = self.server.tenant()
        self.zeros(tenant)
        client = self.client(tenant, "hospital-001")
        call = self.background(lambda: client.train_from_remote(tenant.MODEL, lambda state: (changed(state, 0), 10, {"loss": 0.5}), 5, framework="plain"))
        tenant.start_run(rounds=2, min_devices=1, min_updates=1)
        summary = call.result()
        self.assertEqual((2, True, "COMPLETED", "2.0.0"), (summary.rounds_trained, summary.run_ended, summary.run_status, summary.new_version))
        self.assertEqual(["train", "train"], [taken.kind for taken in summary.rounds][:2])
        self.assertEqual(0.5, summary.rounds[0].loss)


class RestartTests(ServiceCase):
    """A server of its own, because it is killed."""

    def run_rounds(self, kill: bool) -> str:
        tenant = self.server.tenant()
        self.zeros(tenant)
        held = threading.Event()
        rounds = [0, 0, 0]

        def loop(state: Any, device: int) -> Any:
            rounds[device] += 1
            if kill and device == 2 and rounds[device] == 2:
                held.wait(240)
            return changed(state, device), 10 + device, {}

        calls = [
            self.background(lambda i=i: self.client(tenant, f"hospital-{i}").train_from_remote(tenant.MODEL, lambda state: loop(state, i), 3, framework="plain"))
            for i in range(3)
        ]
        wait_until(lambda: len(tenant.call("GET", "/devices")["devices"]) == 3, "three devices")
        tenant.start_run(rounds=3, min_devices=3, min_updates=3)
        if kill:
            def is_half() -> bool:
                status = tenant.status()
                return status["current_round"] == 2 and sum(part["updates"] for part in status["contributions"]) == 2

            wait_until(is_half, "two of three updates", lambda: str(tenant.status()))
            self.server.kill()
            self.server.start()
            held.set()
        self.assertEqual([3, 3, 3], [call.result().rounds_trained for call in calls])
        return str(tenant.completed()["sha256"])

    def test_a_server_killed_in_mid_round_changes_nothing_of_the_result(self) -> None:
        self.assertEqual(self.run_rounds(kill=False), self.run_rounds(kill=True))
