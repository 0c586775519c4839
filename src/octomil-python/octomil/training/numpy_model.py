"""Linear and mlp models with numpy: float32, as the others."""

from __future__ import annotations

from array import array
from typing import Any, List, Sequence, Tuple

import numpy

from .architecture import Architecture
from .backends import Model, offsets
from .optimizers import VectorOptimizer
from .options import TrainingOptions

_EVALUATION_BATCH = 4096


class NumpyModel(Model):
    def __init__(self, architecture: Architecture, weights: array) -> None:
        self._w = numpy.array(weights, dtype=numpy.float32)
        self._gradient = numpy.zeros_like(self._w)
        self._length = architecture.input_length
        self._output_type = architecture.output_type
        # Views: what the optimizer changes in the vector changes in the layers.
        weight = [self._w[begin:end].reshape(shape) for _, shape, begin, end in offsets(architecture)]
        gradient = [self._gradient[begin:end].reshape(shape) for _, shape, begin, end in offsets(architecture)]
        self._layers = list(zip(weight[0::2], weight[1::2]))
        self._gradients = list(zip(gradient[0::2], gradient[1::2]))

    # Overflow is found by what comes out of it, and said in words.
    @numpy.errstate(over="ignore", invalid="ignore")
    def predict(self, inputs: array, rows: Sequence[int]) -> array:
        matrix = self._matrix(inputs)
        logits = array("f")
        for begin in range(0, len(rows), _EVALUATION_BATCH):
            logits.frombytes(self._forward(matrix[list(rows[begin : begin + _EVALUATION_BATCH])])[-1].astype(numpy.float32).tobytes())
        return logits

    def begin(self, inputs: array, targets: array, options: TrainingOptions) -> None:
        self._inputs = self._matrix(inputs)
        self._targets = numpy.frombuffer(targets, numpy.float32)
        self._optimizer = VectorOptimizer(self._w, numpy.zeros_like(self._w), self._w.copy(), options)
        if options.gradient_shift is not None:
            self._optimizer.shift = numpy.array(options.gradient_shift, dtype=numpy.float32)

    @numpy.errstate(over="ignore", invalid="ignore")
    def step(self, rows: Sequence[int]) -> float:
        chosen = list(rows)
        activations = self._forward(self._inputs[chosen])
        loss, delta = _loss(self._output_type, activations[-1], self._targets[chosen])
        for i in range(len(self._layers) - 1, -1, -1):
            weight_gradient, bias_gradient = self._gradients[i]
            numpy.matmul(delta.T, activations[i], out=weight_gradient)
            numpy.sum(delta, axis=0, out=bias_gradient)
            if i:
                delta = (delta @ self._layers[i][0]) * (activations[i] > 0)
        self._optimizer.step(self._gradient)
        return loss

    def weights(self) -> array:
        return array("f", self._w.tobytes())

    def _matrix(self, inputs: array) -> Any:
        return numpy.frombuffer(inputs, numpy.float32).reshape(-1, self._length)

    def _forward(self, x: Any) -> List[Any]:
        """The inputs of every layer, and the logits."""
        activations = [x]
        for i, (weight, bias) in enumerate(self._layers):
            x = x @ weight.T + bias
            x = numpy.maximum(x, 0) if i < len(self._layers) - 1 else x
            activations.append(x)
        return activations


def _loss(output_type: str, logits: Any, targets: Any) -> Tuple[float, Any]:
    """The mean loss of a batch, and its derivative by the logits."""
    rows = len(targets)
    if output_type == "regression":
        error = logits[:, 0] - targets
        return float(numpy.mean(error * error)), (2 * error / rows)[:, None]
    if output_type == "binary":
        z = logits[:, 0]
        small = numpy.exp(-numpy.abs(z))
        p = numpy.where(z >= 0, 1 / (1 + small), small / (1 + small))
        loss = numpy.maximum(z, 0) - z * targets + numpy.log1p(small)
        return float(numpy.mean(loss)), ((p - targets) / rows)[:, None].astype(numpy.float32)
    shifted = logits - logits.max(axis=1, keepdims=True)
    powers = numpy.exp(shifted)
    totals = powers.sum(axis=1, keepdims=True)
    classes = targets.astype(int)
    loss = numpy.log(totals[:, 0]) - shifted[numpy.arange(rows), classes]
    delta = powers / totals
    delta[numpy.arange(rows), classes] -= 1
    return float(numpy.mean(loss)), (delta / rows).astype(numpy.float32)


create = NumpyModel
