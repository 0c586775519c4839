"""How good weights are, from their logits alone, the same for every backend."""

from __future__ import annotations

import math
from array import array
from typing import Any, Dict, NamedTuple, Optional, Sequence


class Evaluation(NamedTuple):
    """Loss: mean over rows. Accuracy: a fraction in [0, 1], None for a regression."""

    rows: int = 0
    loss: Optional[float] = None
    accuracy: Optional[float] = None
    auc: Optional[float] = None
    r2: Optional[float] = None

    @property
    def metrics(self) -> Optional[Dict[str, float]]:
        return {"auc": self.auc} if self.auc is not None else {"r2": self.r2} if self.r2 is not None else None

    def report(self) -> Dict[str, Any]:
        """As an evaluation round wants it; what is not a number is left out."""
        report = {"eval_count": self.rows, "eval_loss": self.loss, "eval_accuracy": self.accuracy, "metrics": self.metrics}
        return {key: value for key, value in report.items() if value is not None and not (isinstance(value, float) and not math.isfinite(value))}


def evaluate(logits: array, output_dim: int, targets: Sequence[float], is_regression: bool) -> Evaluation:
    """Of logits [rows, output_dim], row-major."""
    if not targets:
        return Evaluation()
    if is_regression:
        return _of_numbers(logits, targets)
    return _of_binary(logits, targets) if output_dim == 1 else _of_classes(logits, output_dim, targets)


def area_under_curve(scores: Sequence[float], targets: Sequence[float]) -> Optional[float]:
    """The probability that a positive row (target above 0.5) scores higher than a negative one, ties counting half: the rank statistic
    of Mann and Whitney. None where one of the two does not occur."""
    ordered = sorted(zip(scores, targets))
    ranks, positives, start = 0.0, 0, 0
    while start < len(ordered):
        end, tied = start, 0
        while end < len(ordered) and ordered[end][0] == ordered[start][0]:
            tied += ordered[end][1] > 0.5
            end += 1
        # Ranks start + 1 .. end, of which tied rows take the mean.
        ranks += tied * (start + 1 + end) / 2
        positives += tied
        start = end
    negatives = len(ordered) - positives
    return (ranks - positives * (positives + 1) / 2) / positives / negatives if positives and negatives else None


def _of_binary(logits: Sequence[float], targets: Sequence[float]) -> Evaluation:
    loss = 0.0
    right = 0
    for z, target in zip(logits, targets):
        loss += max(z, 0.0) - z * target + math.log1p(math.exp(-abs(z)))
        right += (z > 0) == (target > 0.5)
    finite = all(z == z for z in logits)
    return Evaluation(len(targets), loss / len(targets), right / len(targets), area_under_curve(logits, targets) if finite else None)


def _of_classes(logits: Sequence[float], output_dim: int, targets: Sequence[float]) -> Evaluation:
    loss = 0.0
    right = 0
    for i, target in enumerate(targets):
        row = logits[i * output_dim : (i + 1) * output_dim]
        best = max(range(output_dim), key=row.__getitem__)
        loss += math.log(sum(math.exp(z - row[best]) for z in row)) + row[best] - row[int(target)]
        right += best == int(target)
    return Evaluation(len(targets), loss / len(targets), right / len(targets))


def _of_numbers(predicted: Sequence[float], targets: Sequence[float]) -> Evaluation:
    mean = math.fsum(targets) / len(targets)
    errors = math.fsum((guess - target) ** 2 for guess, target in zip(predicted, targets))
    spread = math.fsum((target - mean) ** 2 for target in targets)
    return Evaluation(len(targets), errors / len(targets), r2=1 - errors / spread if spread > 0 else None)
