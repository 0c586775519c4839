"""Asks for this device's rounds: often without the hub, and now and then with it, for a push may get lost. The listing is the truth."""

from __future__ import annotations

import logging
import threading
from typing import Optional

from ..errors import AuthenticationError, ServiceError
from ..http.address import segment
from ..http.api import Api
from ..http.retry import spread
from .device import DeviceRegistration
from .goals import Goal
from .inbox import Inbox
from .link import HubLink

log = logging.getLogger("octomil")
_CONNECTED, _DISCONNECTED, _REFUSED = 15.0, 5.0, 60.0


class AssignmentPoller:
    """Has a thread of its own; returns once ``stop`` is set."""

    def __init__(self, api: Api, device: DeviceRegistration, inbox: Inbox, link: HubLink, goal: Goal, stop: threading.Event) -> None:
        self._api, self._device, self._inbox, self._link, self._goal, self._stop = api, device, inbox, link, goal, stop

    def run(self) -> None:
        # The greeting tells the same, so the first question can wait for it, or for its failure.
        pause = _DISCONNECTED
        while True:
            self._inbox.poll_now.wait(spread(pause))
            self._inbox.poll_now.clear()
            if self._stop.is_set():
                return
            asked = self._poll()
            pause = asked if asked is not None else _CONNECTED if self._link.is_connected else _DISCONNECTED

    def _poll(self) -> Optional[float]:
        try:
            asked_at = self._inbox.queue.ask()
            answer = self._api.get(f"training/rounds?device_id={segment(self._device.required_id)}&status=active")
            self._inbox.on_listed(answer.get("rounds") or [], asked_at)
            return None
        except ServiceError as error:
            if self._stop.is_set():
                return None
            if error.status == 404:
                log.warning("The service does not know this device any more; registering again")
                return self._register_again()
            return self._after(error)

    def _after(self, error: ServiceError) -> Optional[float]:
        if isinstance(error, AuthenticationError):
            self._goal.on_key_refused(error)
            return _REFUSED
        log.debug("Asking for rounds failed: %s", error)
        return error.retry_after

    def _register_again(self) -> Optional[float]:
        before = self._device.id
        try:
            self._device.register(lambda seconds: None, max_tries=1, api=self._api)
        except ServiceError as error:
            return self._after(error)
        if self._device.id != before:
            self._link.reconnect()
        return None
