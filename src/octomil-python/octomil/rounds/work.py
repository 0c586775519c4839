"""A round this device takes part in, and how it ended."""

from __future__ import annotations

import threading
from typing import Mapping, NamedTuple, Optional

from ..errors import OctomilError
from .assignment import Assignment

ACCEPTED, CLOSED, DEADLINE_PASSED, REFUSED, NOT_SUPPORTED, FAILED = (
    "accepted", "closed", "deadline_passed", "refused", "not_supported", "failed",
)


class RoundOver(OctomilError):
    """The round ended before this device had answered. Raised into local work, which must let it through."""

    def __init__(self, outcome: str, reason: Optional[str]) -> None:
        super().__init__(reason or outcome)
        self.outcome = outcome
        self.reason = reason


class SessionEnded(OctomilError):
    """The session is over; what is under way is dropped."""


class RoundWork:
    """From the assignment to the answer."""

    def __init__(self, assignment: Assignment, taken_at: int) -> None:
        self.assignment = assignment
        #: Place among the events of the queue, so that an older listing is told from a newer one.
        self.taken_at = taken_at
        #: Set when the round closed or the session ended.
        self.over = threading.Event()
        #: published, abandoned, or what was concluded.
        self.outcome: Optional[str] = None
        #: The answer is on its way, so that a listing without the round may mean that it was counted.
        self.is_sending = False
        #: Newer listings that did not hold the round.
        self.missing = 0
        self.session_ended = False

    def close(self, outcome: str) -> None:
        self.outcome = self.outcome or outcome
        self.over.set()

    def end_session(self) -> None:
        self.session_ended = True
        self.over.set()


class RoundParticipation(NamedTuple):
    """What this device did in one round. Losses are means over examples, accuracies fractions in [0, 1]."""

    round_id: str
    #: Counted from 1.
    round_number: int
    #: train, statistics or evaluate.
    kind: str
    #: accepted, closed, deadline_passed, refused, not_supported or failed.
    outcome: str
    #: Why it ended so, where that is not plain.
    reason: Optional[str] = None
    #: Names the accepted answer.
    update_id: Optional[str] = None
    #: Training examples behind the update.
    sample_count: int = 0
    #: Mean training loss.
    loss: Optional[float] = None
    #: Loss and accuracy of the round's base on the hold-out.
    eval_loss: Optional[float] = None
    eval_accuracy: Optional[float] = None
    #: Further numbers that training gave.
    metrics: Optional[Mapping[str, float]] = None
    #: Why an answer was impossible.
    failure: Optional[Exception] = None
