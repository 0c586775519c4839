"""Optimizers over all weights at once, as they lie in one vector. The vectors are of numpy or of torch: both know these operators."""

from __future__ import annotations

import math
from typing import Any

from .options import TrainingOptions

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


class VectorOptimizer:
    """Changes ``weights`` in place. ``zeros`` and ``copy`` come with the library."""

    def __init__(self, weights: Any, zeros: Any, base: Any, options: TrainingOptions) -> None:
        self._weights, self._options, self._base = weights, options, base
        self._first = zeros
        self._second = zeros * 0.0
        #: Of the same library, or None.
        self.shift: Any = None
        self._steps = 0

    def step(self, gradient: Any) -> None:
        """One step; the gradient is used up."""
        options = self._options
        if options.weight_decay:
            gradient += options.weight_decay * self._weights
        if self.shift is not None:
            gradient += self.shift
        if options.proximal_mu:
            gradient += options.proximal_mu * (self._weights - self._base)
        if options.optimizer == "adam":
            self._adam(gradient)
        elif options.momentum:
            # v = momentum v + g; w = w - learning rate v
            self._first *= options.momentum
            self._first += gradient
            self._weights -= options.learning_rate * self._first
        else:
            self._weights -= options.learning_rate * gradient

    def _adam(self, gradient: Any) -> None:
        """Kingma and Ba 2015, "Adam", algorithm 1, with the usual constants."""
        self._steps += 1
        self._first *= _BETA1
        self._first += (1 - _BETA1) * gradient
        self._second *= _BETA2
        self._second += (1 - _BETA2) * gradient * gradient
        divisor = self._second**0.5 / math.sqrt(1 - _BETA2**self._steps) + _EPSILON
        self._weights -= (self._options.learning_rate / (1 - _BETA1**self._steps)) * self._first / divisor


class ListOptimizer:
    """The same over a list of Python's floats."""

    def __init__(self, weights: "list[float]", options: TrainingOptions) -> None:
        self._weights, self._options = weights, options
        self._base = list(weights)
        self._first = [0.0] * len(weights)
        self._second = [0.0] * len(weights)
        self._shift = list(options.gradient_shift or ())
        self._steps = 0

    def step(self, gradient: "list[float]") -> None:
        options, weights = self._options, self._weights
        if self._shift:
            gradient = [g + s for g, s in zip(gradient, self._shift)]
        decay, mu = options.weight_decay, options.proximal_mu
        if decay or mu:
            gradient = [g + decay * w + mu * (w - b) for g, w, b in zip(gradient, weights, self._base)]
        if options.optimizer == "adam":
            self._adam(gradient)
            return
        momentum, rate = options.momentum, options.learning_rate
        self._first = [momentum * v + g for v, g in zip(self._first, gradient)]
        weights[:] = [w - rate * v for w, v in zip(weights, self._first)]

    def _adam(self, gradient: "list[float]") -> None:
        self._steps += 1
        self._first = [_BETA1 * m + (1 - _BETA1) * g for m, g in zip(self._first, gradient)]
        self._second = [_BETA2 * s + (1 - _BETA2) * g * g for s, g in zip(self._second, gradient)]
        correction = math.sqrt(1 - _BETA2**self._steps)
        rate = self._options.learning_rate / (1 - _BETA1**self._steps)
        self._weights[:] = [
            w - rate * m / (math.sqrt(s) / correction + _EPSILON) for w, m, s in zip(self._weights, self._first, self._second)
        ]
