"""What waits for this device, one round at a time."""

from __future__ import annotations

import threading
import time
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from .assignment import Assignment
from .clock import ServerClock
from .work import RoundWork

# Listings are not one snapshot of a running service: one without a round may be a moment's hiccup.
_MISSING_IS_CLOSED = 2
_REMEMBERED_ROUNDS = 64
_FIRST_PAUSE = 10.0


class _Answer(NamedTuple):
    at: int
    failures: int
    not_before: float


class RoundQueue:
    """The earliest deadline first. The service lists a round as long as it needs this device, so whatever is listed is done, also a
    round that was answered before; only a listing that was asked for before an answer says nothing about it. A push is only a hint.
    Thread-safe."""

    def __init__(self, accepts: Callable[[Assignment], bool], clock: ServerClock, now: Callable[[], float] = time.monotonic) -> None:
        self._accepts = accepts
        self._clock = clock
        self._now = now
        self._waiting: Dict[str, Tuple[Assignment, int]] = {}
        self._answers: Dict[str, _Answer] = {}
        self._changed = threading.Condition(threading.RLock())
        self._current: Optional[RoundWork] = None
        self._events = 0
        self._ended = False

    def ask(self) -> int:
        """Call before asking for a listing, and hand the number in with the listing."""
        with self._changed:
            self._events += 1
            return self._events

    def offer_listed(self, listed: List[Assignment], asked_at: int) -> None:
        """Takes a complete listing."""
        with self._changed:
            ids = {assignment.round_id for assignment in listed}
            for round_id, (_, offered_at) in list(self._waiting.items()):
                if offered_at < asked_at and round_id not in ids:
                    del self._waiting[round_id]
            for assignment in listed:
                if not self._is_done_since(assignment.round_id, asked_at):
                    self._add(assignment, asked_at)
            self._count_missing(ids, asked_at)

    def offer_pushed(self, assignment: Assignment) -> bool:
        """Takes a pushed round. False if only a listing can tell whether it is still needed."""
        with self._changed:
            if assignment.round_id in self._answers:
                return False
            self._add(assignment, self.ask())
            return True

    def close(self, round_id: str, outcome: str) -> None:
        """The round closed: it is no longer waited for, and what is done for it is in vain."""
        with self._changed:
            self._waiting.pop(round_id, None)
            if self._current is not None and self._current.assignment.round_id == round_id:
                self._current.close(outcome)

    def take(self) -> Optional[RoundWork]:
        """Waits for a round and makes it the current one; ``finish`` must follow. None once the session ended."""
        with self._changed:
            while not self._ended:
                assignment = self._next()
                if assignment is not None:
                    del self._waiting[assignment.round_id]
                    self._current = RoundWork(assignment, self.ask())
                    return self._current
                # Woken now and then, so that an interrupt of the program is noticed on every system.
                self._changed.wait(1.0)
            return None

    def finish(self, work: RoundWork, failed: bool) -> None:
        """Ends the current round. ``failed``: listed again it is tried again, after a pause that grows."""
        with self._changed:
            self._current = None
            before = self._answers.get(work.assignment.round_id)
            failures = (before.failures if before else 0) + 1 if failed else 0
            pause = _FIRST_PAUSE * 2.0 ** min(failures - 1, 5) if failed else 0.0
            if len(self._answers) >= _REMEMBERED_ROUNDS:
                del self._answers[min(self._answers, key=lambda round_id: self._answers[round_id].at)]
            self._answers[work.assignment.round_id] = _Answer(self.ask(), failures, self._now() + pause)

    def end(self) -> None:
        """No more rounds; what is under way is dropped."""
        with self._changed:
            self._ended = True
            if self._current is not None:
                self._current.end_session()
            self._changed.notify_all()

    def _is_done_since(self, round_id: str, asked_at: int) -> bool:
        answer = self._answers.get(round_id)
        return answer is not None and (answer.at > asked_at or self._now() < answer.not_before)

    def _add(self, assignment: Assignment, offered_at: int) -> None:
        is_current = self._current is not None and self._current.assignment.round_id == assignment.round_id
        if not is_current and self._accepts(assignment):
            self._waiting[assignment.round_id] = (assignment, offered_at)
            self._changed.notify_all()

    def _count_missing(self, listed: "set[str]", asked_at: int) -> None:
        work = self._current
        if work is None or work.is_sending or asked_at < work.taken_at:
            return
        work.missing = 0 if work.assignment.round_id in listed else work.missing + 1
        if work.missing >= _MISSING_IS_CLOSED:
            work.close("no longer needs this device")

    def _next(self) -> Optional[Assignment]:
        open_rounds = [assignment for assignment, _ in self._waiting.values() if assignment.deadline > self._clock.now()]
        return min(open_rounds, key=lambda assignment: assignment.deadline) if open_rounds else None
