"""Local data as training needs them."""

from __future__ import annotations

import math
from array import array
from typing import Dict, List, Sequence


class Dataset:
    """``inputs``: float32 [rows, length], row-major, missing numbers NaN until they are scaled. ``targets``: the index of the class, or
    the number."""

    def __init__(self, inputs: array, length: int, targets: array, notes: Sequence[str] = ()) -> None:
        self.inputs = inputs
        self.length = length
        self.targets = targets
        #: What the data's owner should know, such as columns that are not used.
        self.notes = list(notes)

    @property
    def rows(self) -> int:
        return len(self.targets)

    def statistics(self) -> Dict[str, Dict[str, float]]:
        """``{"count", "mean", "m2"}`` by the name of the number feature or channel; m2 = sum of (x - mean)^2."""
        raise NotImplementedError

    def scaled(self, mean: array, std: array) -> array:
        """x' = (x - mean) / std in float32, one mean a column (or a channel: a block of columns); a missing number becomes 0, which is
        the mean."""
        each = self.length // len(mean)
        means = array("f", [value for value in mean for _ in range(each)])
        stds = array("f", [value for value in std for _ in range(each)])
        try:
            import numpy
        except ImportError:
            return self._scaled_plainly(means, stds)
        matrix = numpy.frombuffer(self.inputs, numpy.float32).reshape(self.rows, self.length)
        result = (matrix - numpy.frombuffer(means, numpy.float32)) / numpy.frombuffer(stds, numpy.float32)
        result[numpy.isnan(result)] = 0
        return array("f", result.astype(numpy.float32).tobytes())

    def _scaled_plainly(self, means: array, stds: array) -> array:
        length, rows = self.length, range(self.rows)
        # Rounded to float32 after each of the two operations, as the others do.
        result = array("f", [self.inputs[row * length + i] - means[i] for row in rows for i in range(length)])
        result = array("f", [result[row * length + i] / stds[i] for row in rows for i in range(length)])
        for i, value in enumerate(result):
            if value != value:
                result[i] = 0.0
        return result


def column_statistics(values: List[float]) -> Dict[str, float]:
    """Of the values that are not NaN. Two passes: the sum of squares minus the square of the sum would lose the digits of values far
    from 0."""
    known = [value for value in values if not math.isnan(value)]
    mean = math.fsum(known) / len(known) if known else 0.0
    return {"count": len(known), "mean": mean, "m2": math.fsum((value - mean) ** 2 for value in known)}
