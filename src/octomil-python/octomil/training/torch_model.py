"""All architectures of the catalog with PyTorch. One thread: the same bits for the same data, and no spinning on a busy machine."""

from __future__ import annotations

from array import array
from contextlib import contextmanager
from typing import Any, Dict, Iterator, Sequence

import torch
from torch.nn import functional

from .architecture import Architecture
from .backends import Model, offsets
from .optimizers import VectorOptimizer
from .options import TrainingOptions

_EVALUATION_BATCH = 512


@contextmanager
def _one_thread() -> Iterator[None]:
    """The program's own setting comes back afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class TorchModel(Model):
    def __init__(self, architecture: Architecture, weights: array) -> None:
        self._architecture = architecture
        self._w = torch.frombuffer(bytearray(weights.tobytes()), dtype=torch.float32).clone()
        self._gradient = torch.zeros_like(self._w)
        self._tensors: Dict[str, Any] = {}
        for name, shape, begin, end in offsets(architecture):
            # Leaves that are views of the one vector; backward adds to gradients that are views of the other.
            leaf = self._w[begin:end].view(shape).detach().requires_grad_()
            leaf.grad = self._gradient[begin:end].view(shape)
            self._tensors[name] = leaf

    def predict(self, inputs: array, rows: Sequence[int]) -> array:
        logits = array("f")
        with _one_thread(), torch.no_grad():
            matrix = self._matrix(inputs)
            for begin in range(0, len(rows), _EVALUATION_BATCH):
                batch = self._forward(matrix[torch.tensor(rows[begin : begin + _EVALUATION_BATCH])])
                logits.extend(batch.flatten().tolist())
        return logits

    def begin(self, inputs: array, targets: array, options: TrainingOptions) -> None:
        self._inputs = self._matrix(inputs)
        self._targets = torch.frombuffer(targets, dtype=torch.float32)
        if self._architecture.output_type == "multiclass":
            self._targets = self._targets.long()
        with torch.no_grad():
            self._optimizer = VectorOptimizer(self._w, torch.zeros_like(self._w), self._w.clone(), options)
            if options.gradient_shift is not None:
                self._optimizer.shift = torch.frombuffer(bytearray(options.gradient_shift.tobytes()), dtype=torch.float32)

    def step(self, rows: Sequence[int]) -> float:
        with _one_thread():
            chosen = torch.tensor(rows)
            loss = self._loss(self._forward(self._inputs[chosen]), self._targets[chosen])
            loss.backward()
            with torch.no_grad():
                self._optimizer.step(self._gradient)
                self._gradient.zero_()
            return float(loss.item())

    def weights(self) -> array:
        return array("f", self._w.tolist())

    def _matrix(self, inputs: array) -> Any:
        return torch.frombuffer(inputs, dtype=torch.float32).view(-1, self._architecture.input_length)

    def _forward(self, x: Any) -> Any:
        """Logits [rows, output_dim] of scaled inputs [rows, length]."""
        architecture, tensors = self._architecture, self._tensors
        if architecture.conv and architecture.image is not None:
            x = x.view(-1, *architecture.image)
            for i in range(len(architecture.conv)):
                x = functional.conv2d(x, tensors[f"conv.{i}.weight"], tensors[f"conv.{i}.bias"], padding=1)
                x = functional.max_pool2d(functional.relu(x), 2)
            x = x.flatten(1)
        for i in range(len(architecture.hidden) + 1):
            x = functional.linear(x, tensors[f"dense.{i}.weight"], tensors[f"dense.{i}.bias"])
            x = functional.relu(x) if i < len(architecture.hidden) else x
        return x

    def _loss(self, logits: Any, targets: Any) -> Any:
        kind = self._architecture.output_type
        if kind == "binary":
            return functional.binary_cross_entropy_with_logits(logits.squeeze(1), targets)
        return functional.cross_entropy(logits, targets) if kind == "multiclass" else functional.mse_loss(logits.squeeze(1), targets)


create = TorchModel
