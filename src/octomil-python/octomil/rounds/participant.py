"""Takes part in one round after the other: base weights down, local work, answer up."""

from __future__ import annotations

import logging
from array import array
from typing import Any, Callable, Dict, Optional

from ..errors import AuthenticationError, NotSupportedError, OctomilError, ServiceError
from ..http.address import segment
from ..http.api import CALL_TIMEOUT, Api
from ..http.retry import retry
from ..weights.tensor import native
from ..weights.update import LocalResult, build_update
from .assignment import Assignment
from .clock import ServerClock
from .download import BaseDownload, BaseWeights
from .drift import DeviceMemory, DriftTerm
from .statistics import guard
from .trainer import LocalTask, LocalTrainer
from .work import ACCEPTED, CLOSED, DEADLINE_PASSED, FAILED, NOT_SUPPORTED, REFUSED, RoundOver, RoundParticipation, RoundWork, SessionEnded

log = logging.getLogger("octomil")
# A slower line than this loses an upload at its time-out and starts it again.
_SLOWEST_BYTES_PER_SECOND = 32 * 1024


class RoundParticipant:
    """An answer is sent again, the same bytes, until the service has said something final, the round has closed or its deadline has
    passed; the service counts it once. Runs on the thread that calls it."""

    def __init__(self, api: Api, clock: ServerClock) -> None:
        self._api = api
        self._clock = clock
        self._bases = BaseWeights(api)
        self._memory = DeviceMemory()

    def take_part(self, work: RoundWork, trainer: LocalTrainer, device_id: str) -> RoundParticipation:
        """Everything that can go wrong with one round is in the result. Raises SessionEnded."""
        assignment = work.assignment
        try:
            return self._answer(work, trainer, device_id)
        except RoundOver as over:
            log.log(
                logging.WARNING if over.outcome == DEADLINE_PASSED else logging.INFO,
                "Round %d of %s ended before this device had answered: %s", assignment.round_number, assignment.model, over.reason,
            )
            return _ended(assignment, over.outcome, over.reason)
        except SessionEnded:
            raise
        except NotSupportedError as error:
            return self._failed(assignment, FAILED if assignment.kind == "train" else NOT_SUPPORTED, error)
        except ServiceError as error:
            # Calls fail when the session ends their connections.
            self._check(work)
            return self._failed(assignment, REFUSED if _is_not_wanted(assignment, error) else FAILED, error)
        except Exception as error:  # noqa: BLE001 - the local data, the trainer and its libraries may fail in any way
            return self._failed(assignment, FAILED, error)

    def _failed(self, assignment: Assignment, outcome: str, error: Exception) -> RoundParticipation:
        level = logging.ERROR if outcome == FAILED else logging.INFO
        # Of exceptions that are not this package's own only the kind: their messages may quote data.
        said = str(error) if isinstance(error, OctomilError) else type(error).__name__
        log.log(level, "Round %d of %s is not answered (%s): %s", assignment.round_number, assignment.model, outcome, said)
        return _ended(assignment, outcome, said)._replace(failure=error if outcome == FAILED else None)

    def _answer(self, work: RoundWork, trainer: LocalTrainer, device_id: str) -> RoundParticipation:
        assignment = work.assignment
        self._check(work)
        base = self._bases.get(assignment, lambda seconds: self._sleep(work, seconds), lambda: self._check(work))
        task = LocalTask(assignment, base, device_id, lambda: self._check(work))
        if assignment.kind == "train":
            return self._train(work, task, trainer, device_id)
        if assignment.kind == "statistics":
            report = guard(trainer.statistics(task))
            receipt = self._send_report(work, "statistics", report, device_id)
            return _accepted(assignment, receipt)._replace(sample_count=report["rows"])
        if assignment.kind == "evaluate":
            report = trainer.evaluate(task)
            receipt = self._send_report(work, "evaluation", report, device_id)
            return _accepted(assignment, receipt)._replace(
                eval_loss=report.get("eval_loss"), eval_accuracy=report.get("eval_accuracy"), metrics=report.get("metrics")
            )
        raise NotSupportedError(f"This SDK does not know rounds of the kind '{assignment.kind}'.", "A newer one may.")

    def _train(self, work: RoundWork, task: LocalTask, trainer: LocalTrainer, device_id: str) -> RoundParticipation:
        assignment = work.assignment
        if assignment.strategy not in ("scaffold", "feddyn"):
            return self._send_update(work, task, trainer.train(task), device_id)
        term = DriftTerm(assignment, self._memory.at(assignment, device_id, task.base.parameter_count), self._control(work, task))
        task.gradient_shift, task.proximal_mu = term.shift, term.alpha
        result = trainer.train(task)
        after = term.finish(result)
        participation = self._send_update(work, task, result, device_id)
        self._memory.keep(assignment, device_id, term.own, after)
        return participation

    def _control(self, work: RoundWork, task: LocalTask) -> array:
        """The server's control; zeros before there is one."""
        control = work.assignment.control
        if control is None:
            return array("f", bytes(4 * task.base.parameter_count))
        url = self._api.address.resolve(control["url"])
        file = BaseDownload(self._api, url, control["sha256"], control["bytes"]).run(lambda seconds: self._sleep(work, seconds), lambda: self._check(work))
        return native("f", file)

    def _send_update(self, work: RoundWork, task: LocalTask, result: LocalResult, device_id: str) -> RoundParticipation:
        assignment = work.assignment
        # A training loop that did not notice must not send for a round that is over.
        self._check(work)
        update = build_update(task.base, result, assignment.clip_norm, assignment.max_magnitude, assignment.model)
        log.info("Trained round %d of %s: %d samples, %s", assignment.round_number, assignment.model, result.sample_count, _words(result))
        timeout = 60 + len(update) / _SLOWEST_BYTES_PER_SECOND
        path = f"training/rounds/{segment(assignment.round_id)}/updates/{segment(device_id)}"
        receipt = self._send(
            work, lambda: self._api.call_with("PUT", path, update, "application/octet-stream", self._at_most(work, timeout), lambda: self._check(work))
        )
        return _accepted(assignment, receipt)._replace(
            sample_count=result.sample_count, loss=result.loss, eval_loss=result.eval_loss, eval_accuracy=result.eval_accuracy, metrics=result.metrics
        )

    def _send_report(self, work: RoundWork, what: str, report: Dict[str, Any], device_id: str) -> Dict[str, Any]:
        path = f"training/rounds/{segment(work.assignment.round_id)}/{what}/{segment(device_id)}"
        return self._send(work, lambda: self._api.call("PUT", path, report, self._at_most(work, CALL_TIMEOUT)))

    def _send(self, work: RoundWork, call: Callable[[], Any]) -> Dict[str, Any]:
        assignment = work.assignment
        work.is_sending = True
        receipt: Dict[str, Any] = retry(call, lambda seconds: self._sleep(work, seconds), lambda failure, wait: log.warning(
            "Round %d of %s: not sent yet, again in %.1f s: %s", assignment.round_number, assignment.model, wait, failure
        ))
        log.info(
            "Sent the %s answer of round %d of %s: %s (%s)",
            assignment.kind, assignment.round_number, assignment.model, receipt.get("status"), receipt.get("update_id"),
        )
        return receipt

    def _at_most(self, work: RoundWork, seconds: float) -> float:
        return max(1.0, min(seconds, work.assignment.deadline - self._clock.now()))

    def _check(self, work: RoundWork) -> None:
        """Raises RoundOver or SessionEnded if there is nothing more to do."""
        if work.session_ended:
            raise SessionEnded("The session ended.")
        if work.over.is_set():
            raise RoundOver(CLOSED, work.outcome)
        if self._clock.now() >= work.assignment.deadline:
            raise RoundOver(DEADLINE_PASSED, "the deadline passed")

    def _sleep(self, work: RoundWork, seconds: float) -> None:
        self._check(work)
        work.over.wait(min(seconds, max(0.0, work.assignment.deadline - self._clock.now())))
        self._check(work)


def _is_not_wanted(assignment: Assignment, error: ServiceError) -> bool:
    # A report that is refused for what it is (too few rows) costs this device one report; training goes on without it.
    if isinstance(error, AuthenticationError):
        return False
    return error.status in (403, 404, 409, 410) or (error.status == 422 and assignment.kind != "train")


def _ended(assignment: Assignment, outcome: str, reason: Optional[str]) -> RoundParticipation:
    return RoundParticipation(assignment.round_id, assignment.round_number, assignment.kind, outcome, reason)


def _accepted(assignment: Assignment, receipt: Dict[str, Any]) -> RoundParticipation:
    return _ended(assignment, ACCEPTED, None)._replace(update_id=receipt.get("update_id"))


def _words(result: LocalResult) -> str:
    numbers = (("loss", result.loss), ("hold-out loss of the base", result.eval_loss), ("hold-out accuracy of the base", result.eval_accuracy))
    return ", ".join(f"{name} {value:.4g}" for name, value in numbers if value is not None) or "no metrics"
