"""What the tests against the real server share."""

from __future__ import annotations

import logging
import threading
import unittest
from typing import Any, Callable, List, Optional

from octomil import FederatedClient, ModelWeights, Tensor
from tests.server import Server, Tenant

PARAMETERS = 1000


class Background(threading.Thread):
    """A call on a thread of its own; ``result()`` gives its answer, or raises what it raised."""

    def __init__(self, call: Callable[[], Any], log: Callable[[], str] = str) -> None:
        """``log``: what a failure to come back is explained by."""
        super().__init__(daemon=True)
        self._log = log
        self._call, self._answer = call, None
        self._failure: Optional[BaseException] = None
        self.start()

    def run(self) -> None:
        try:
            self._answer = self._call()
        except BaseException as error:  # noqa: BLE001 - raised by result()
            self._failure = error

    def result(self) -> Any:
        self.join(240)
        if self.is_alive():
            raise AssertionError(f"The call did not come back.\n{self._log()}")
        if self._failure is not None:
            raise self._failure
        return self._answer


def changed(state: Any, device: int) -> Any:
    """New weights that depend on the base and the device alone."""
    values = state["w"].values
    return {"w": Tensor.of("w", [value + (device + 1) * 0.001 * ((i * 37 + round(value * 1000)) % 101 - 50) for i, value in enumerate(values)], (PARAMETERS,))}


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: List[str] = []
        self.setFormatter(logging.Formatter("%(asctime)s %(threadName)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


class ServiceCase(unittest.TestCase):
    """One server for the tests of a class."""

    server: Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server().start()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()

    def background(self, call: Callable[[], Any]) -> Background:
        """Beside the test; the server's log and the devices' explain a call that does not come back."""
        return Background(call, self._explain)

    def setUp(self) -> None:
        self._lines = Lines()
        logger = logging.getLogger("octomil")
        logger.addHandler(self._lines)
        self.addCleanup(logger.removeHandler, self._lines)
        before = logger.level
        logger.setLevel(logging.INFO)
        self.addCleanup(logger.setLevel, before)

    def _explain(self) -> str:
        return "\n".join([*self._lines.texts[-60:], "The server, which " + self.server.state() + ":", self.server.log()])

    def client(self, tenant: Tenant, name: str, base: Optional[str] = None, key: Optional[str] = None) -> FederatedClient:
        client = FederatedClient(key or tenant.key, name, base or tenant.server.address)
        self.addCleanup(client.close)
        client.register()
        return client

    def zeros(self, tenant: Tenant) -> None:
        tenant.push(weights=ModelWeights([Tensor.of("w", [0] * PARAMETERS, (PARAMETERS,))]).save())
