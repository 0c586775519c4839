"""Which rounds a session takes part in, and when it is over."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Set

from ..errors import AuthenticationError, NoRunError, ServiceError
from ..http.address import segment
from ..http.api import Api
from ..http.retry import spread
from ..rounds.assignment import Assignment
from ..rounds.trainer import LocalTrainer
from ..rounds.work import ACCEPTED, RoundParticipation
from .inbox import Inbox

log = logging.getLogger("octomil")
_FIRST_CHECK, _LAST_CHECK = 1.0, 15.0


class TrainingSummary(NamedTuple):
    """What a device did in a run."""

    #: The model, as the caller named it.
    model: str
    #: The run, ``run_...``.
    session_id: Optional[str]
    #: Every round this device was selected for, of any kind and outcome, in order.
    rounds: List[RoundParticipation]
    #: The run ended; False: the device left after the rounds it was asked for.
    run_ended: bool
    #: COMPLETED, STOPPED or FAILED; None if the run goes on or its end was not told.
    run_status: Optional[str]
    #: The version that the run published.
    new_version: Optional[str]

    @property
    def rounds_trained(self) -> int:
        """Training rounds in which this device's update was accepted."""
        return sum(1 for taken in self.rounds if taken.kind == "train" and taken.outcome == ACCEPTED)


class Goal:
    """Methods are called from several threads; what they raise ends the session."""

    def trainer_for(self, assignment: Assignment) -> Optional[LocalTrainer]:
        """What to train a round with; None: not this session's."""
        raise NotImplementedError

    def on_started(self, assignment: Assignment) -> None:
        """A round begins."""

    def on_ended(self, participation: RoundParticipation) -> None:
        """A round ended."""

    def on_key_refused(self, error: AuthenticationError) -> None:
        """The service does not accept the key."""

    def watch(self, inbox: Inbox, stop: threading.Event) -> None:
        """Returns when the session is over, or ``stop`` is set."""
        stop.wait()


class EndlessGoal(Goal):
    """Takes part whenever selected, for ever; failures of single rounds are logged and survived."""

    def __init__(self, trainers: Mapping[str, LocalTrainer]) -> None:
        self._trainers = trainers
        self._unknown: Set[str] = set()

    def trainer_for(self, assignment: Assignment) -> Optional[LocalTrainer]:
        trainer = self._trainers.get(assignment.model) or self._trainers.get(assignment.model_id)
        if trainer is None and assignment.model_id not in self._unknown:
            self._unknown.add(assignment.model_id)
            log.warning("Selected for %s, which this device does not train", assignment.model)
        return trainer


class RunGoal(Goal):
    """One run over one model, from the first round that selects this device until the run ends or enough rounds are done."""

    def __init__(self, api: Api, model: str, trainer: LocalTrainer, rounds: Optional[int], timeout: Optional[float], identifier: str) -> None:
        self._api, self._model, self._trainer, self._rounds = api, model, trainer, rounds
        self._timeout, self._identifier = timeout, identifier
        self._gate = threading.Lock()
        self._participations: List[RoundParticipation] = []
        self._selected = threading.Event()
        self._enough = threading.Event()
        self._session_id: Optional[str] = None
        self._busy = False
        self._idle_since = time.monotonic()
        self._ended = False
        self._end: Dict[str, Any] = {}

    def summary(self) -> TrainingSummary:
        with self._gate:
            end = self._end
            return TrainingSummary(
                self._model, self._session_id, list(self._participations), self._ended, end.get("status"), end.get("new_version")
            )

    def trainer_for(self, assignment: Assignment) -> Optional[LocalTrainer]:
        with self._gate:
            is_ours = assignment.concerns(self._model) and self._session_id in (None, assignment.session_id)
            return self._trainer if is_ours and not self._enough.is_set() else None

    def on_started(self, assignment: Assignment) -> None:
        with self._gate:
            self._session_id = self._session_id or assignment.session_id
            self._busy = True
        self._selected.set()

    def on_ended(self, participation: RoundParticipation) -> None:
        with self._gate:
            self._busy = False
            self._idle_since = time.monotonic()
            self._participations.append(participation)
        if self._rounds is not None and self.summary().rounds_trained >= self._rounds:
            self._enough.set()
        failure = participation.failure
        if failure is not None and not _may_pass(failure):
            raise failure

    def on_key_refused(self, error: AuthenticationError) -> None:
        raise error

    def watch(self, inbox: Inbox, stop: threading.Event) -> None:
        if not _wait(self._selected, self._timeout, stop):
            if not stop.is_set():
                raise NoRunError(self._describe_no_run())
            return
        pause = _FIRST_CHECK
        while not stop.is_set() and not self._enough.is_set() and not self._has_ended():
            may_have_ended = self._pulse(inbox, spread(pause), stop)
            # The service closes a run a moment after its last round.
            pause = _FIRST_CHECK if may_have_ended else min(pause * 2, _LAST_CHECK)

    def _pulse(self, inbox: Inbox, seconds: float, stop: threading.Event) -> bool:
        ends = time.monotonic() + seconds
        while not (stop.is_set() or self._enough.is_set()):
            if inbox.run_may_have_ended.wait(min(0.5, max(0.0, ends - time.monotonic()))):
                inbox.run_may_have_ended.clear()
                return True
            if time.monotonic() >= ends:
                break
        return False

    def _has_ended(self) -> bool:
        if self._busy:
            return False
        try:
            status = self._api.get(f"training/{segment(self._model)}/status")
        except AuthenticationError as error:
            if error.status == 401:
                raise
            return self._has_been_silent()
        except ServiceError as error:
            return not error.is_transient and self._has_been_silent()
        is_ours = status.get("session_id") == self._session_id
        if is_ours and status.get("status") not in ("COMPLETED", "STOPPED", "FAILED"):
            return False
        return self._set_end(status if is_ours else {})

    def _has_been_silent(self) -> bool:
        """Where the key may not read the status, a long silence is all there is."""
        silent = self._timeout is not None and time.monotonic() - self._idle_since > self._timeout
        return silent and self._set_end({})

    def _set_end(self, status: Dict[str, Any]) -> bool:
        with self._gate:
            self._ended, self._end = True, status
        return True

    def _describe_no_run(self) -> str:
        what = f"No training run over '{self._model}' selected {self._identifier} within {self._timeout:g} s."
        try:
            status = self._api.get(f"training/{segment(self._model)}/status")
        except ServiceError as error:
            return f"{what} {error}"
        reason = f": {status['reason']}" if status.get("reason") else "."
        return f"{what} Its latest run, {status.get('session_id')}, is {status.get('status')}{reason}"


def _wait(event: threading.Event, timeout: Optional[float], stop: threading.Event) -> bool:
    ends = None if timeout is None else time.monotonic() + timeout
    while not event.wait(0.25):
        if stop.is_set() or (ends is not None and time.monotonic() >= ends):
            return event.is_set()
    return True


def _may_pass(failure: Exception) -> bool:
    return isinstance(failure, ServiceError) and (failure.status is None or failure.status >= 500)


