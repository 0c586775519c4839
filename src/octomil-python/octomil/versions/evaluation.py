"""What came of answers: how often they were right, and how wrong they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional

#: As the service takes them: answers in a report, and a loss beyond which it is nonsense.
MOST_ANSWERS, MOST_LOSS = 100_000, 1e9


@dataclass(frozen=True)
class Evaluation:
    """Of so many answers the share that was right and the mean loss, where they are known. Raises ValueError where that cannot be."""

    count: int
    accuracy: Optional[float] = None
    loss: Optional[float] = None

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_ANSWERS:
            raise ValueError(f"count must be from 1 to {MOST_ANSWERS}, not {self.count}.")
        for name, value, most in (("accuracy", self.accuracy, 1.0), ("loss", self.loss, MOST_LOSS)):
            if value is not None and not 0 <= value <= most:
                raise ValueError(f"{name} must be from 0 to {most:g}, not {value}.")


class Mean:
    """The mean of as many values as the service takes at once; what is above them says little that these do not."""

    def __init__(self) -> None:
        self._count, self._total = 0, 0.0

    def add(self, count: int, mean: Optional[float]) -> None:
        if mean is not None and self._count + count <= MOST_ANSWERS:
            self._count += count
            self._total += mean * count

    def report(self, name: str) -> Dict[str, Any]:
        return {f"{name}_count": self._count, name: self._total / self._count} if self._count else {}
