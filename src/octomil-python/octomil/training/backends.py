"""What computes: torch, numpy or Python alone, whichever is there. The same results within the rounding of float32."""

from __future__ import annotations

import importlib
import importlib.util
from array import array
from typing import Any, List, Optional, Sequence

from ..errors import NotSupportedError, OctomilError
from .architecture import Architecture
from .options import TrainingOptions

NAMES = ("torch", "numpy", "plain")


class Model:
    """A catalog architecture with weights that training changes. Inputs are scaled already."""

    def predict(self, inputs: array, rows: Sequence[int]) -> array:
        """Logits (for a regression: numbers) of the rows, [rows, output_dim] row-major, float32. ``inputs``: the whole data, row-major."""
        raise NotImplementedError

    def begin(self, inputs: array, targets: array, options: TrainingOptions) -> None:
        """Before the first step: the data and how to train."""
        raise NotImplementedError

    def step(self, rows: Sequence[int]) -> float:
        """One optimizer step on the rows; their mean loss before it."""
        raise NotImplementedError

    def weights(self) -> array:
        """All trained elements in the order of the architecture's tensors, float32."""
        raise NotImplementedError


def create(architecture: Architecture, weights: array, name: Optional[str] = None) -> Model:
    """``name``: one of :data:`NAMES`; None: the first that is installed. ``weights``: as :meth:`Model.weights` gives them."""
    chosen = name or next(known for known in NAMES if known == "plain" or importlib.util.find_spec(known) is not None)
    if chosen not in NAMES:
        raise OctomilError(f"There is no backend {chosen!r}. Known are {', '.join(NAMES)}.")
    if architecture.conv and chosen != "torch":
        raise NotSupportedError("A cnn needs PyTorch, which is not there.", "Install torch, or train a linear or mlp model.")
    module: Any = importlib.import_module(f".{chosen}_model", __package__)
    model: Model = module.create(architecture, weights)
    return model


def offsets(architecture: Architecture) -> List[Any]:
    """(name, shape, begin, end) of every trained tensor in the vector of all."""
    places, place = [], 0
    for name, shape in architecture.shapes().items():
        count = 1
        for size in shape:
            count *= size
        places.append((name, shape, place, place + count))
        place += count
    return places
