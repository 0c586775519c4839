"""A registered device at work: connected, asking, beating, and taking part in one round at a time until its goal is reached."""

from __future__ import annotations

import logging
import threading
from typing import Callable, List, NamedTuple, Optional

from ..http.api import Api
from ..versions.follower import VersionFollower
from ..versions.sender import TelemetrySender
from ..versions.store import StoredVersion, VersionStore
from ..rounds.clock import ServerClock
from ..rounds.participant import RoundParticipant
from ..rounds.queue import RoundQueue
from ..rounds.work import FAILED, NOT_SUPPORTED, REFUSED, SessionEnded
from .device import DeviceRegistration
from .goals import Goal
from .inbox import AssignedVersion, Inbox
from .link import HubLink
from .poller import AssignmentPoller

log = logging.getLogger("octomil")
_JOIN_TIMEOUT = 10.0
# What was counted is worth no long good-bye.
_LAST_WORD_TIMEOUT = 5.0


class VersionUse(NamedTuple):
    """What a session does with versions."""

    on_version: Optional[Callable[[AssignedVersion], None]]
    #: Where they are kept; None: they are not.
    store: Optional[VersionStore]
    activating: Optional[Callable[[StoredVersion], None]]
    telemetry: TelemetrySender


class DeviceSession:
    """Local work runs on the thread that calls :meth:`run`; the rest has threads of its own."""

    def __init__(self, api: Api, device: DeviceRegistration, goal: Goal, versions: VersionUse) -> None:
        self._stop = threading.Event()
        self._failure: Optional[BaseException] = None
        self._gate = threading.Lock()
        self._goal, self._device = goal, device
        # Of its own, so that ending the session ends the calls that its threads wait in.
        self._api = api.scoped()
        clock = ServerClock()
        self._queue = RoundQueue(lambda assignment: goal.trainer_for(assignment) is not None, clock)
        self._inbox = Inbox(self._queue, self._end, versions.on_version)
        self._link = HubLink(self._api, device, self._inbox, clock, goal, self._stop)
        self._telemetry = versions.telemetry
        self._link.send_telemetry = lambda: self._telemetry.send(self._api)
        self._poller = AssignmentPoller(self._api, device, self._inbox, self._link, goal, self._stop)
        self._participant = RoundParticipant(self._api, clock)
        store = versions.store
        self._follower = None if store is None else VersionFollower(self._api, device, store, versions.activating, self._stop)
        if self._follower is not None:
            self._inbox.offer_version = self._follower.offer

    def run(self) -> None:
        """Returns when the goal is reached. Raises what ended the session otherwise."""
        parts = {"link": self._link.run, "heartbeat": self._link.beat, "poller": self._poller.run, "watch": self._watch}
        if self._follower is not None:
            parts["versions"] = self._follower.run
        threads: List[threading.Thread] = []
        for name, part in parts.items():
            threads.append(threading.Thread(target=self._guard, args=(part,), name=f"octomil-{name}", daemon=True))
            threads[-1].start()
        try:
            self._work()
        except SessionEnded:
            pass  # Why, is in the failure, if it was one.
        finally:
            self._end(None)
            self._inbox.poll_now.set()
            self._link.close()
            self._telemetry.send(self._api, _LAST_WORD_TIMEOUT)
            self._api.close()
            for thread in threads:
                thread.join(_JOIN_TIMEOUT)
        if self._failure is not None:
            raise self._failure

    def end(self) -> None:
        """Ends it from another thread; what is under way is dropped."""
        self._end(None)

    def _work(self) -> None:
        while True:
            work = self._queue.take()
            if work is None:
                return
            assignment = work.assignment
            trainer = self._goal.trainer_for(assignment)
            if trainer is None:
                self._queue.finish(work, failed=True)
                continue
            self._goal.on_started(assignment)
            log.info("Selected for round %d of %s (%s), due %s", assignment.round_number, assignment.model, assignment.kind, assignment.deadline_text)
            participation = self._participant.take_part(work, trainer, self._device.required_id)
            self._queue.finish(work, failed=participation.outcome in (FAILED, REFUSED, NOT_SUPPORTED))
            self._goal.on_ended(participation)
            self._inbox.run_may_have_ended.set()

    def _watch(self) -> None:
        self._goal.watch(self._inbox, self._stop)
        self._end(None)

    def _guard(self, part: Callable[[], None]) -> None:
        try:
            part()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that called run()
            self._end(error)

    def _end(self, failure: Optional[BaseException]) -> None:
        with self._gate:
            if self._failure is None and not self._stop.is_set():
                self._failure = failure
            self._stop.set()
        self._queue.end()
