"""How one round of local training goes."""

from __future__ import annotations

import math
from array import array
from typing import Any, Mapping, NamedTuple, Optional

from ..errors import TrainingError


class TrainingOptions(NamedTuple):
    """As an assignment's ``training`` says; the defaults are for what it leaves out."""

    epochs: int = 5
    #: Rows a step; the last step of an epoch may have fewer.
    batch_size: int = 32
    #: sgd or adam.
    optimizer: str = "sgd"
    learning_rate: float = 0.05
    #: Of sgd, in [0, 1); it begins at 0 in every round.
    momentum: float = 0.9
    #: L2 penalty: this times the weights is added to the gradient.
    weight_decay: float = 0.0
    #: FedProx (Li et al. 2020, eq. 2): this times (weights - base) is added to the gradient.
    proximal_mu: float = 0.0
    #: Added to every gradient, float32 in the order of the architecture's tensors; None: nothing.
    gradient_shift: Optional[array] = None
    #: Fraction of the rows that is kept for evaluation, in [0, 1).
    holdout: float = 0.2
    holdout_seed: int = 0
    shuffle_seed: int = 0

    @classmethod
    def of(cls, training: Mapping[str, Any], proximal_mu: Optional[float], holdout_seed: int, shuffle_seed: int) -> "TrainingOptions":
        """Raises TrainingError if a value is out of its range; the message names it."""
        names = ("epochs", "batch_size", "optimizer", "learning_rate", "momentum", "weight_decay", "holdout")
        given = {name: training[name] for name in names if training.get(name) is not None}
        options = cls(proximal_mu=proximal_mu or 0.0, holdout_seed=holdout_seed, shuffle_seed=shuffle_seed, **given)
        options.check()
        return options

    def check(self) -> None:
        ranges = (
            ("epochs", self.epochs >= 1, "at least 1"),
            ("batch_size", self.batch_size >= 1, "at least 1"),
            ("optimizer", self.optimizer in ("sgd", "adam"), "sgd or adam"),
            ("learning_rate", 0 < self.learning_rate < math.inf, "above 0"),
            ("momentum", 0 <= self.momentum < 1, "in [0, 1)"),
            ("weight_decay", 0 <= self.weight_decay < math.inf, "0 or more"),
            ("proximal_mu", 0 <= self.proximal_mu < math.inf, "0 or more"),
            ("holdout", 0 <= self.holdout < 1, "in [0, 1)"),
        )
        for name, holds, span in ranges:
            if not holds:
                raise TrainingError(f"The training option {name} must be {span}.")
