"""Linear and mlp models in Python alone: double precision, for small models and devices without a numerical library."""

from __future__ import annotations

import math
from array import array
from typing import List, Sequence, Tuple

from .architecture import Architecture
from .backends import Model, offsets
from .optimizers import ListOptimizer
from .options import TrainingOptions


class _Layer:
    """Where one dense layer lies in the vector of all weights."""

    def __init__(self, weight: int, bias: int, outputs: int, inputs: int) -> None:
        self.weight, self.bias, self.outputs, self.inputs = weight, bias, outputs, inputs

    def forward(self, w: List[float], x: Sequence[float]) -> List[float]:
        n, begin = self.inputs, self.weight
        return [
            w[self.bias + o] + sum(map(float.__mul__, w[begin + o * n : begin + (o + 1) * n], x)) for o in range(self.outputs)
        ]


class PlainModel(Model):
    def __init__(self, architecture: Architecture, weights: array) -> None:
        self._w = [float(value) for value in weights]
        self._length = architecture.input_length
        self._output_type = architecture.output_type
        places = offsets(architecture)
        self._layers = [_Layer(weight[2], bias[2], *weight[1]) for weight, bias in zip(places[0::2], places[1::2])]

    def predict(self, inputs: array, rows: Sequence[int]) -> array:
        logits = array("f")
        for row in rows:
            logits.extend(self._forward(self._row(inputs, row))[-1])
        return logits

    def begin(self, inputs: array, targets: array, options: TrainingOptions) -> None:
        self._inputs, self._targets = inputs, targets
        self._optimizer = ListOptimizer(self._w, options)

    def step(self, rows: Sequence[int]) -> float:
        gradient = [0.0] * len(self._w)
        loss = 0.0
        for row in rows:
            activations = self._forward(self._row(self._inputs, row))
            row_loss, delta = _loss(self._output_type, activations[-1], self._targets[row])
            loss += row_loss
            self._backward(activations, [d / len(rows) for d in delta], gradient)
        self._optimizer.step(gradient)
        return loss / len(rows)

    def weights(self) -> array:
        return array("f", self._w)

    def _row(self, inputs: array, row: int) -> List[float]:
        return inputs[row * self._length : (row + 1) * self._length].tolist()

    def _forward(self, x: List[float]) -> List[List[float]]:
        """The inputs of every layer, and the logits."""
        activations = [x]
        for i, layer in enumerate(self._layers):
            x = layer.forward(self._w, x)
            if i < len(self._layers) - 1:
                x = [value if value > 0 else 0.0 for value in x]
            activations.append(x)
        return activations

    def _backward(self, activations: List[List[float]], delta: List[float], gradient: List[float]) -> None:
        """Adds one row's gradient. ``delta``: the loss by the logits."""
        w = self._w
        for i in range(len(self._layers) - 1, -1, -1):
            layer, x = self._layers[i], activations[i]
            n = layer.inputs
            below = [0.0] * n if i else []
            for o, d in enumerate(delta):
                if d == 0.0:
                    continue
                gradient[layer.bias + o] += d
                begin, end = layer.weight + o * n, layer.weight + (o + 1) * n
                gradient[begin:end] = [g + d * value for g, value in zip(gradient[begin:end], x)]
                if i:
                    below = [b + d * value for b, value in zip(below, w[begin:end])]
            # The gradient of relu: 0 where its output is.
            delta = [b if value > 0 else 0.0 for b, value in zip(below, x)] if i else []


def _loss(output_type: str, logits: Sequence[float], target: float) -> Tuple[float, List[float]]:
    """The loss of one row (binary cross-entropy with logits, cross-entropy or squared error), and its derivative by the logits."""
    if output_type == "regression":
        error = logits[0] - target
        return error * error, [2 * error]
    if output_type == "binary":
        z = logits[0]
        small = math.exp(-abs(z))
        p = 1 / (1 + small) if z >= 0 else small / (1 + small)
        return max(z, 0.0) - z * target + math.log1p(small), [p - target]
    top = max(logits)
    powers = [math.exp(z - top) for z in logits]
    total = sum(powers)
    delta = [power / total for power in powers]
    delta[int(target)] -= 1
    return math.log(total) + top - logits[int(target)], delta


create = PlainModel
