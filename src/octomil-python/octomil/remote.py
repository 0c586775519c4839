"""Lets a training loop of the caller's own take part: a state_dict in, a state_dict out."""

from __future__ import annotations

import importlib.util
from array import array
from collections import OrderedDict
from typing import Any, Callable, Mapping, Optional, Tuple

from .errors import NotSupportedError, OctomilError, TrainingError
from .rounds.trainer import LocalTask, LocalTrainer
from .weights.arithmetic import subtract
from .weights.model_weights import ModelWeights
from .weights.tensor import Tensor
from .weights.update import LocalResult, finite

#: Gets a copy of the base weights, which it may change, and returns (new weights, sample count, metrics).
LocalTrainFn = Callable[[Any], Tuple[Mapping[str, Any], int, Optional[Mapping[str, float]]]]
FRAMEWORKS = ("torch", "numpy", "plain")


class RemoteTrainer(LocalTrainer):
    """``framework``: what the state_dict's tensors are: ``torch``, ``numpy`` or ``plain`` (:class:`octomil.Tensor`); None: the first of
    them that is installed."""

    def __init__(self, local_train_fn: LocalTrainFn, framework: Optional[str] = None) -> None:
        if not callable(local_train_fn):
            raise OctomilError("local_train_fn must be a function of the base weights.")
        if framework is not None and framework not in FRAMEWORKS:
            raise OctomilError(f"There is no framework {framework!r}. Known are {', '.join(FRAMEWORKS)}.")
        self._train = local_train_fn
        self._framework = framework or next(name for name in FRAMEWORKS if name == "plain" or importlib.util.find_spec(name) is not None)

    def train(self, task: LocalTask) -> LocalResult:
        if task.gradient_shift is not None:
            raise NotSupportedError(
                f"The strategy of {task.model}'s run changes the gradients of every step, which a training loop of your own cannot know.",
                "Train with the SDK's own training, or start the run with another strategy.",
            )
        returned = self._train(state_dict(task.base, self._framework))
        if not isinstance(returned, tuple) or len(returned) not in (2, 3) or not isinstance(returned[0], Mapping):
            raise TrainingError("The training loop must return (state_dict, sample_count, metrics).")
        metrics = finite(returned[2]) if len(returned) == 3 and returned[2] else {}
        trained = trained_of(returned[0], task.base, task.model)
        return LocalResult(
            subtract(trained, task.base.trained()),
            int(returned[1]),
            steps=int(metrics.get("steps", 0)),
            loss=metrics.get("loss") if not task.reports_base_loss else _base_loss(metrics),
            eval_count=int(metrics.get("eval_count", 0)),
            eval_loss=metrics.get("eval_loss"),
            eval_accuracy=metrics.get("eval_accuracy"),
            metrics=metrics or None,
        )


def _base_loss(metrics: Mapping[str, float]) -> float:
    if "base_loss" not in metrics:
        raise TrainingError(
            "The run's strategy 'qfedavg' weighs by the loss of the base weights on your data.", "Return it as the metric 'base_loss'."
        )
    return metrics["base_loss"]


def state_dict(weights: ModelWeights, framework: str) -> "OrderedDict[str, Any]":
    """A copy of all tensors by name, ``input.*`` and buffers included."""
    convert = {"torch": _to_torch, "numpy": _to_numpy, "plain": lambda tensor: tensor}[framework]
    return OrderedDict((tensor.spec.name, convert(tensor)) for tensor in weights.tensors)


def trained_of(state: Mapping[str, Any], base: ModelWeights, model: str) -> array:
    """The trained elements of a state_dict in the base's order, float32. Tensors that are not trained may be missing and are not sent.
    Raises TrainingError where names or shapes are not the model's."""
    unknown = sorted(str(name) for name in state if base.get(name) is None)
    if unknown:
        raise TrainingError(f"The training loop returned the tensor {unknown[0]!r}, which {model} does not have.")
    values = array("f")
    for spec in base.trained_specs:
        if spec.name not in state:
            raise TrainingError(f"The training loop returned no tensor {spec.name!r}. Return the whole state_dict.")
        shape, elements = _elements(state[spec.name])
        if (spec.shape if shape is None else shape) != spec.shape or len(elements) != spec.elements:
            raise TrainingError(f"The training loop returned {spec.name!r} in the shape {list(shape or [len(elements)])}; {model} has {list(spec.shape)}.")
        values.extend(elements)
    return values


def _elements(tensor: Any) -> Tuple[Optional[Tuple[int, ...]], array]:
    if isinstance(tensor, Tensor):
        return tensor.spec.shape, tensor.floats()
    if hasattr(tensor, "detach"):
        import torch

        tensor = tensor.detach().to(device="cpu", dtype=torch.float32).contiguous()
        if importlib.util.find_spec("numpy") is None:
            return tuple(tensor.shape), array("f", tensor.flatten().tolist())
        tensor = tensor.numpy()
    if hasattr(tensor, "astype") and hasattr(tensor, "shape"):
        return tuple(tensor.shape), array("f", tensor.astype("float32").tobytes())
    return None, array("f", _flat(tensor))


def _flat(values: Any) -> Any:
    for value in values if isinstance(values, (list, tuple, array)) else (values,):
        if isinstance(value, (list, tuple)):
            yield from _flat(value)
        else:
            yield float(value)


def _to_numpy(tensor: Tensor) -> Any:
    import numpy

    # Copied: a training loop may change what it gets.
    flat = numpy.array(numpy.frombuffer(tensor.values, dtype=tensor.values.typecode)) if tensor.spec.elements else numpy.zeros(0, tensor.values.typecode)
    flat = flat.astype(bool) if tensor.spec.dtype == "BOOL" else flat
    return flat.reshape(tensor.spec.shape)


def _to_torch(tensor: Tensor) -> Any:
    import torch

    types = {"F32": torch.float32, "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool}
    kind = types[tensor.spec.dtype]
    if not tensor.spec.elements:
        return torch.zeros(tensor.spec.shape, dtype=kind)
    # A bytearray of its own, so that the tensor may be changed; no numpy needed.
    return torch.frombuffer(bytearray(tensor.values.tobytes()), dtype=kind).reshape(tensor.spec.shape)
