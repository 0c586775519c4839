"""Keeps the hub connected for ever, greets on every connection, and sends heartbeats."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Callable, Optional

from ..errors import AuthenticationError, OctomilError, ServiceError
from ..http.address import segment
from ..http.api import Api
from ..http.retry import Backoff, spread
from ..hub.connection import KEEP_ALIVE, SERVER_TIMEOUT, HubConnection, HubError
from ..hub.transports import connect
from ..rounds.assignment import unix_time
from ..rounds.clock import ServerClock
from .device import FACTS, DeviceRegistration
from .goals import Goal
from .inbox import Inbox

log = logging.getLogger("octomil")
_HEARTBEAT_INTERVAL, _REFUSED_PAUSE, _PING_INTERVAL = 30.0, 60.0, KEEP_ALIVE / 2


class HubLink:
    """``run`` and ``beat`` each have a thread of their own, and return once ``stop`` is set."""

    def __init__(self, api: Api, device: DeviceRegistration, inbox: Inbox, clock: ServerClock, goal: Goal, stop: threading.Event) -> None:
        self._api, self._device, self._inbox, self._clock, self._goal, self._stop = api, device, inbox, clock, goal, stop
        #: Sends what inferences came to: at the start, for a program that died before, and with every heartbeat.
        self.send_telemetry: Callable[[], Any] = lambda: None
        self._hub: Optional[HubConnection] = None
        self._said_not_connected = False
        self._said_fallback = False

    @property
    def is_connected(self) -> bool:
        return self._hub is not None

    def run(self) -> None:
        """Connects again and again. Raises AuthenticationError if the goal does not want to wait for the key to be accepted."""
        backoff = Backoff()
        while not self._stop.is_set():
            pause = self._connect_once(backoff)
            self._stop.wait(backoff.next() if pause is None else pause)

    def beat(self) -> None:
        """Sends heartbeats, by the hub or without it, and pings in between."""
        self.send_telemetry()
        next_beat = time.monotonic() + spread(_HEARTBEAT_INTERVAL)
        while not self._stop.wait(min(_PING_INTERVAL, max(0.1, next_beat - time.monotonic()))):
            hub = self._hub
            try:
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + spread(_HEARTBEAT_INTERVAL)
                    answer = self._send_beat(hub)
                    self._observe(answer)
                    self._inbox.on_versions(answer.get("versions") if isinstance(answer, dict) else None)
                    self.send_telemetry()
                elif hub is not None:
                    hub.keep_alive()
            except (OSError, OctomilError) as error:
                # The next one, or the connection's own time-out, tells more.
                log.debug("A heartbeat failed: %s", error)

    def reconnect(self) -> None:
        """Connects and greets anew, for a device that has another id now."""
        hub = self._hub
        if hub is not None:
            hub.close()

    def close(self) -> None:
        """Ends the connection, once ``stop`` is set."""
        self.reconnect()

    def _connect_once(self, backoff: Backoff) -> Optional[float]:
        """Seconds to pause where that is not the back-off's to say."""
        hub: Optional[HubConnection] = None
        try:
            hub = HubConnection(connect(self._api, SERVER_TIMEOUT, self._log_fallback), self._inbox.on_call)
            hub.start()
            self._greet(hub)
            backoff.reset()
            while not hub.lost.wait(1.0) and not self._stop.is_set():
                pass
            if not self._stop.is_set():
                log.warning("The connection was lost (%s); connecting again", hub.reason)
            return None
        except (OSError, OctomilError) as error:
            return None if self._stop.is_set() else self._after(error)
        finally:
            self._hub = None
            if hub is not None:
                hub.close()
            self._inbox.poll_now.set()

    def _greet(self, hub: HubConnection) -> None:
        # The service's time comes first: the deadlines of what waits are read with it.
        asked_at = self._inbox.queue.ask()
        hello = hub.invoke("Hello", self._device.required_id, FACTS)
        self._observe(hub.invoke("Heartbeat", FACTS))
        self._hub = hub
        self._said_not_connected = False
        waiting = len(hello.get("assignments") or [])
        log.info("Connected to %s as %s by %s; %d rounds wait", self._api.address.root, self._device.identifier, hub.transport, waiting)
        self._inbox.on_hello(hello, asked_at)

    def _after(self, error: Exception) -> Optional[float]:
        if isinstance(error, AuthenticationError):
            self._goal.on_key_refused(error)
            pause = spread(_REFUSED_PAUSE)
            log.error("The service does not accept the API key any more; trying again in %.0f s", pause)
            return pause
        if not self._said_not_connected:
            log.warning("No connection to %s (%s); trying again, and asking for rounds meanwhile", self._api.address.root, error)
            self._said_not_connected = True
        if isinstance(error, HubError):
            self._register_again()
        return error.retry_after if isinstance(error, ServiceError) else None

    def _register_again(self) -> None:
        """A service that lost its data refuses the greeting of a device it does not know."""
        try:
            self._device.register(lambda seconds: None, max_tries=1, api=self._api)
        except AuthenticationError as error:
            self._goal.on_key_refused(error)
        except ServiceError as error:
            log.debug("Registering again failed: %s", error)

    def _send_beat(self, hub: Optional[HubConnection]) -> Any:
        if hub is not None:
            return hub.invoke("Heartbeat", FACTS)
        return self._api.call("POST", f"devices/{segment(self._device.required_id)}/heartbeat", FACTS)

    def _observe(self, answer: Any) -> None:
        try:
            self._clock.observe(unix_time(answer["server_time"]))
        except (KeyError, TypeError, ValueError):
            log.debug("A heartbeat's answer holds no time")

    def _log_fallback(self, reason: str) -> None:
        if not self._said_fallback:
            log.warning("WebSockets do not work here (%s); using long polling", reason)
            self._said_fallback = True
