"""What a trainer of one model is asked to do."""

from __future__ import annotations

from array import array
from typing import Any, Callable, Dict, Mapping, Optional

from ..errors import NotSupportedError
from ..weights.model_weights import ModelWeights
from ..weights.update import LocalResult
from .assignment import Assignment
from .seed import round_seed


class LocalTask:
    """One round's work on the device."""

    def __init__(self, assignment: Assignment, base: ModelWeights, device_id: str, check: Callable[[], None]) -> None:
        self.model = assignment.model
        #: The model's architecture document; None where only its owner knows it.
        self.architecture: Optional[Dict[str, Any]] = assignment.architecture
        #: The round's base weights, never changed.
        self.base = base
        #: Epochs, batch size, optimizer, hold-out and the run's seed.
        self.training: Mapping[str, Any] = assignment.training
        self.proximal_mu = assignment.proximal_mu
        #: Added to the gradient of every step (scaffold, feddyn), float32 in the order of the base; None: nothing.
        self.gradient_shift: Optional[array] = None
        #: True: the result's loss is that of the base on the training rows (qfedavg).
        self.reports_base_loss = assignment.strategy == "qfedavg"
        #: L2 bound on the whole difference; the SDK clips the result, so a trainer need not.
        self.clip_norm = assignment.clip_norm
        seed = int(assignment.training.get("seed", 0))
        #: Seeds shuffling.
        self.round_seed = round_seed(seed, assignment.round_number, device_id)
        #: Chooses the hold-out: the same in every round of a run.
        self.holdout_seed = round_seed(seed, 0, device_id)
        #: Called now and then by long work; raises when the round is over.
        self.check = check


class LocalTrainer:
    """Trains, evaluates and describes this device's data. A trainer without data leaves the other two as they are."""

    def train(self, task: LocalTask) -> LocalResult:
        raise NotImplementedError

    def statistics(self, task: LocalTask) -> Dict[str, Any]:
        """``{"rows", "features": {name: {"count", "mean", "m2"}}}``."""
        raise NotSupportedError("A training loop of your own has no input statistics to report.")

    def evaluate(self, task: LocalTask) -> Dict[str, Any]:
        """``{"eval_count", "eval_loss", "eval_accuracy", "metrics"}``. One without examples changes no mean, and the run need not wait."""
        return {"eval_count": 0}
