"""The few operations on long float32 vectors, with numpy where it is there. Both give the same bits: every result is one operation
rounded once to float32."""

from __future__ import annotations

import math
from array import array
from typing import Any, Optional, Tuple

try:
    import numpy
except ImportError:
    numpy = None  # type: ignore[assignment]


def _view(values: array) -> Any:
    return numpy.frombuffer(values, dtype=numpy.float32)


def subtract(left: array, right: array) -> array:
    """left - right. A double holds more than twice the digits of a float32, so rounding the double difference is rounding once."""
    if numpy is not None and left:
        return array("f", (_view(left) - _view(right)).tobytes())
    return array("f", [a - b for a, b in zip(left, right)])


def scale(values: array, factor: float) -> array:
    """values * factor, the factor taken as float32."""
    single = array("f", [factor])[0]
    if numpy is not None and values:
        return array("f", (_view(values) * numpy.float32(single)).tobytes())
    return array("f", [value * single for value in values])


def measure(values: array) -> Tuple[float, float]:
    """The largest magnitude and the L2 norm; not finite if a value is not."""
    if not values:
        return 0.0, 0.0
    if numpy is not None:
        view = _view(values)
        wide = view.astype(numpy.float64)
        return float(numpy.max(numpy.abs(view))), math.sqrt(float(numpy.dot(wide, wide)))
    squares = 0.0
    largest = 0.0
    for value in values:
        squares += value * value
        if not abs(value) <= largest:
            largest = abs(value) if largest == largest else largest
    return largest, math.sqrt(squares) if squares == squares else math.nan


def clipped(values: array, bound: Optional[float]) -> array:
    """The values, scaled down together so that their L2 norm is at most the bound."""
    if bound is None:
        return values
    norm = measure(values)[1]
    return scale(values, bound / norm) if norm > bound else values
