"""Turns what training gave into the bytes that are sent (API, device protocol); the same result gives the same bytes."""

from __future__ import annotations

import json
import math
from array import array
from typing import Any, Dict, Mapping, Optional

from ..errors import TrainingDivergedError, TrainingError
from .arithmetic import clipped, measure
from .model_weights import ModelWeights
from .safetensors import write_safetensors
from .tensor import Tensor, little_endian


class LocalResult:
    """What local training gave. Losses are means over examples; accuracies are fractions in [0, 1]."""

    def __init__(
        self,
        difference: array,
        sample_count: int,
        steps: int = 0,
        loss: Optional[float] = None,
        eval_count: int = 0,
        eval_loss: Optional[float] = None,
        eval_accuracy: Optional[float] = None,
        metrics: Optional[Mapping[str, float]] = None,
    ) -> None:
        #: New weights minus base weights: every trained element, float32, in the order of the base.
        self.difference = difference
        #: Training examples behind the difference.
        self.sample_count = sample_count
        #: Optimizer steps taken.
        self.steps = steps
        self.loss = loss
        #: Hold-out examples behind ``eval_loss`` and ``eval_accuracy``, which describe the base; 0: not evaluated.
        self.eval_count = eval_count
        self.eval_loss = eval_loss
        self.eval_accuracy = eval_accuracy
        #: Further numbers by name, such as ``auc``.
        self.metrics = metrics
        #: What the device's control changed by (scaffold), in the order of the base; the SDK computes it.
        self.control_difference: Optional[array] = None


def build_update(base: ModelWeights, result: LocalResult, clip_norm: Optional[float], max_magnitude: float, model: str) -> bytes:
    """Checks, clips and writes an update. ``clip_norm``: L2 bound on the whole difference, or None. Raises TrainingError."""
    difference = result.difference
    if len(difference) != base.parameter_count:
        raise TrainingError(f"Training returned {len(difference)} values; {model} has {base.parameter_count} trained parameters.")
    if result.sample_count < 1:
        raise TrainingError("Training returned a sample count below 1.", "Is there any usable data?")
    difference = clipped(difference, clip_norm)
    # In a private run only the service may decide about values: an update that stays away would say something about the data.
    if clip_norm is None and not measure(difference)[0] <= max_magnitude:
        raise TrainingDivergedError(f"Training diverged: the update holds values that are not numbers or over the limit of {max_magnitude:g}.")
    tensors, place = [], 0
    for spec in base.trained_specs:
        tensors.append(Tensor(spec, little_endian(difference[place : place + spec.elements])))
        place += spec.elements
    if result.control_difference is not None:
        if not measure(result.control_difference)[0] <= max_magnitude:
            raise TrainingDivergedError(f"Training diverged: the control holds values that are not numbers or over the limit of {max_magnitude:g}.")
        place = 0
        for spec in base.trained_specs:
            control = spec._replace(name=f"control.{spec.name}")
            tensors.append(Tensor(control, little_endian(result.control_difference[place : place + spec.elements])))
            place += spec.elements
    return write_safetensors(tensors, update_metadata(result))


def update_metadata(result: LocalResult) -> Dict[str, str]:
    """The strings that go with an update; numbers that are not finite are left out."""
    metadata = {
        "update_format": "delta",
        "sample_count": str(int(result.sample_count)),
        "steps": str(max(int(result.steps), 0)),
        "eval_count": str(max(int(result.eval_count), 0)),
    }
    evaluated = result.eval_count > 0
    numbers = {"loss": result.loss, "eval_loss": result.eval_loss if evaluated else None, "eval_accuracy": result.eval_accuracy if evaluated else None}
    for key, value in numbers.items():
        if value is not None and math.isfinite(value):
            metadata[key] = repr(float(value))
    metrics = finite(result.metrics)
    if metrics:
        metadata["metrics"] = json.dumps({key: metrics[key] for key in sorted(metrics)}, separators=(",", ":"))
    return metadata


def finite(metrics: Optional[Mapping[str, Any]]) -> Dict[str, float]:
    """The finite numbers of a mapping."""
    return {str(key): float(value) for key, value in (metrics or {}).items() if math.isfinite(value)}
