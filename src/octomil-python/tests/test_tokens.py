"""Tokens of a device: against the real server, whose tokens last for seconds, and against one that loses its answers."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
import threading
import unittest
from typing import Any, Dict, List, Optional, Tuple

from octomil import AuthenticationError, FederatedClient, OctomilError, ServiceError
from octomil.http.address import ApiAddress
from octomil.http.api import Api
from octomil.tokens.credential import FixedCredential
from octomil.tokens.token_credential import TokenCredential
from octomil.tokens.token_file import DeviceTokens, read_tokens, write_tokens
from tests.server import Server, Tenant, wait_until
from tests.service_case import ServiceCase, changed
from tests.test_http import Fake

_NOON = 1_800_000_000.0


class TokenTests(ServiceCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server(Octomil__Authentication__DeviceToken="00:00:02").start()

    def setUp(self) -> None:
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="octomil-tokens-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "hospital-001.token")
        self.tenant = self.server.tenant()
        self.client(self.tenant, "hospital-001")

    def test_a_device_trains_while_its_tokens_end_again_and_again(self) -> None:
        self.zeros(self.tenant)
        self._mint()
        client = self._device()
        seen: List[str] = []

        def train(state: Any) -> Tuple[Any, int, Dict[str, float]]:
            seen.append(read_tokens(self.path).refresh_token)
            wait_until(lambda: read_tokens(self.path).refresh_token != seen[-1], "the tokens to be renewed in mid-round", self._explain)
            return changed(state, 0), 10, {"loss": 0.5}

        training = self.background(lambda: client.train_from_remote(self.tenant.MODEL, train, rounds=3, framework="plain"))
        self.tenant.start_run(rounds=3, min_devices=1, min_updates=1)

        self.assertEqual(3, training.result().rounds_trained)
        self.assertEqual(3, len(set(seen)))
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.path).st_mode))

    def test_a_renewal_whose_answer_was_lost_locks_nobody_out(self) -> None:
        self._mint()
        # The program dies between asking and keeping, twice.
        begun = read_tokens(self.path)._replace(attempt="0123456789abcdef", refresh_at=0.0)
        write_tokens(self.path, begun)
        for _ in range(2):
            self._refresh(begun)

        self.assertEqual("hospital-001", self._device().register()["device_identifier"])
        self.assertNotEqual(begun.refresh_token, read_tokens(self.path).refresh_token)

    def test_tokens_that_are_over_are_said_to_be_and_new_ones_are_taken_up(self) -> None:
        self._mint()
        client = self._device()
        begun = read_tokens(self.path)
        # Somebody else used it: whoever is second ends them.
        self._refresh(begun._replace(attempt="somebody-else-0001"))
        write_tokens(self.path, begun._replace(refresh_at=0.0, attempt="0123456789abcdef"))
        for _ in range(2):
            with self.assertRaisesRegex(AuthenticationError, "octomil devices token") as caught:
                client.register()
            self.assertEqual("unauthorized", caught.exception.code)

        self._mint()
        self.assertEqual("active", client.register()["status"])

    def _mint(self) -> None:
        write_tokens(self.path, DeviceTokens.of(self.tenant.call("POST", "/devices/hospital-001/token", {}), 0.0))

    def _device(self) -> FederatedClient:
        client = FederatedClient(device_identifier="hospital-001", api_base=self.server.address, token_file=self.path)
        self.addCleanup(client.close)
        return client

    def _refresh(self, tokens: DeviceTokens) -> None:
        nobody = Tenant(self.server, "none")
        nobody.call("POST", "/auth/device/refresh", {"refresh_token": tokens.refresh_token, "attempt": tokens.attempt})


class CredentialTests(unittest.TestCase):
    """A service that renews tokens of a number, and takes those of the last one."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="octomil-tokens-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "device.token")
        self.now = _NOON
        self.number = 1
        self.status: Optional[int] = None
        self.asked: List[Dict[str, Any]] = []
        self.fake = Fake(self._answer)
        self.addCleanup(self.fake.stop)
        write_tokens(self.path, self._tokens())

    def test_a_token_is_renewed_before_it_ends_and_not_sooner(self) -> None:
        credential = self._credential()
        self.now = _NOON + 2699
        self.assertEqual("access-1", credential.get())
        self.now = _NOON + 3301
        self.assertEqual("access-2", credential.get())
        self.assertEqual(("access-2", None), (read_tokens(self.path).access_token, read_tokens(self.path).attempt))
        self.assertEqual("access-2", credential.get())
        self.assertEqual(1, len(self.asked))

    def test_a_refused_token_is_renewed_and_the_call_goes_through(self) -> None:
        api = Api(self._credential(), ApiAddress(self.fake.address))
        self.addCleanup(api.close)
        self.number = 2
        self.assertEqual({"status": "active"}, api.call("POST", "devices/dev_1/heartbeat", {}))
        self.assertEqual(1, len(self.asked))

    def test_while_renewing_fails_the_old_token_serves_until_it_ends(self) -> None:
        credential = self._credential()
        self.status = 503
        for self.now in (_NOON + 3400, _NOON + 3402, _NOON + 3500):
            self.assertEqual("access-1", credential.get())
        self.assertEqual(2, len(self.asked), "not at every request")
        self.now = _NOON + 3601
        with self.assertRaises(ServiceError):
            credential.get()
        self.status = None
        self.assertEqual("access-2", credential.get())
        self.assertEqual(1, len({request["attempt"] for request in self.asked}))

        # And the next one is another.
        self.now += 3500
        self.assertEqual("access-3", credential.get())
        self.assertNotEqual(self.asked[-1]["attempt"], self.asked[-2]["attempt"])

    def test_programs_that_share_a_file_renew_it_once(self) -> None:
        self.now = _NOON + 3400
        credentials = [self._credential() for _ in range(6)]
        answers: List[str] = []
        threads = [threading.Thread(target=lambda one=one: answers.append(one.get())) for one in credentials]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(6 * ["access-2"], answers)
        self.assertEqual(1, len(self.asked))

    def test_a_folder_that_cannot_be_written_keeps_the_tokens_from_being_used_up(self) -> None:
        self.now = _NOON + 3601
        os.mkdir(self.path + ".new")
        with self.assertRaises(ServiceError) as caught:
            self._credential().get()
        self.assertEqual(("token_file", []), (caught.exception.code, self.asked))

    def test_what_is_no_token_file_is_said_to_be_none(self) -> None:
        for content in ("", "{}", "edg_live_key", '{"access_token": "a", "refresh_token": "b", "expires_at": "soon"}'):
            with open(self.path, "w", encoding="utf-8") as file:
                file.write(content)
            with self.assertRaisesRegex(OctomilError, "holds no tokens of a device"):
                self._credential().get()

    def _tokens(self) -> DeviceTokens:
        return DeviceTokens.of({"access_token": f"access-{self.number}", "refresh_token": f"refresh-{self.number}", "expires_in": 3600}, self.now)

    def _credential(self) -> TokenCredential:
        credential = TokenCredential(self.path, Api(FixedCredential(None), ApiAddress(self.fake.address)), lambda: self.now)
        self.addCleanup(credential.close)
        return credential

    def _answer(self, fake: Fake, method: str, path: str, headers: Dict[str, str], body: bytes) -> Any:
        if not path.endswith("/auth/device/refresh"):
            accepted = headers.get("Authorization") == f"Bearer access-{self.number}"
            return (200, {}, b'{"status": "active"}') if accepted else (401, {}, b"")
        request = json.loads(body)
        self.asked.append(request)
        if "Authorization" in headers or self.status is not None:
            return self.status or 400, {}, b"{}"
        self.number = int(request["refresh_token"].split("-")[1]) + 1
        return 200, {}, json.dumps({**self._tokens()._asdict(), "expires_in": 3600}).encode()
