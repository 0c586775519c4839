"""Sends what inferences came to."""

from __future__ import annotations

import logging
import threading
import uuid
from typing import Any, Dict, List, Optional

from ..errors import AuthenticationError, ServiceError
from ..http.address import segment
from ..http.api import CALL_TIMEOUT, Api
from ..sessions.device import DeviceRegistration
from .telemetry import InferenceTelemetry

log = logging.getLogger("octomil")
_MOST_CRASHES = 16


class TelemetrySender:
    """One batch after the other; one that may have arrived is sent again under its own name, under which it counts once. Thread-safe."""

    def __init__(self, device: DeviceRegistration, telemetry: InferenceTelemetry) -> None:
        self._device, self._telemetry = device, telemetry
        self._gate = threading.Lock()
        self._unsent: Optional[Dict[str, Any]] = None

    def send(self, api: Api, timeout: float = CALL_TIMEOUT) -> bool:
        """Sends what there is. False: not all of it; the rest is sent next time."""
        with self._gate:
            return self._send_crashes(api, timeout) and self._send_counts(api, timeout)

    def _send_counts(self, api: Api, timeout: float) -> bool:
        while True:
            if self._unsent is None:
                reports = self._telemetry.take_batch()
                if not reports:
                    return True
                self._unsent = _batch(uuid.uuid4().hex, reports)
            if not self._send_batch(api, self._unsent, timeout):
                return False
            self._unsent = None

    def _send_crashes(self, api: Api, timeout: float) -> bool:
        """A crash stays in its file until the service has it, so that a version that kills its process again and again is found out."""
        try:
            for crash in self._telemetry.take_crashes(_MOST_CRASHES):
                report = {"model_id": crash.model_id, "version": crash.version, "inferences": 1, "crashes": 1}
                if not self._send_batch(api, _batch(f"crash-{crash.name}", [report]), timeout):
                    crash.release()
                    return False
                log.warning("Version %s of %s was in use when this program died last time", crash.version, crash.model_id)
                crash.delete()
        except OSError as error:
            log.warning("Whether versions crashed here cannot be told: %s", error)
        return True

    def _send_batch(self, api: Api, batch: Dict[str, Any], timeout: float) -> bool:
        """False: later."""
        try:
            receipt = api.call("POST", f"devices/{segment(self._device.required_id)}/telemetry", batch, timeout)
            for reason in receipt.get("refused", ()):
                log.warning("What inferences counted was not taken: %s", reason)
        except ServiceError as error:
            if error.is_transient or isinstance(error, AuthenticationError):
                return False
            log.warning("What inferences counted was not taken: %s", error)
        return True


def _batch(name: str, reports: List[Dict[str, Any]]) -> Dict[str, Any]:
    return {"batch_id": name, "reports": reports}
