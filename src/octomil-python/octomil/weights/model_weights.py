"""The weights of one model, as the service hands them out."""

from __future__ import annotations

from array import array
from typing import Dict, Iterable, List, Optional

from ..errors import WeightsError
from .safetensors import read_safetensors, write_safetensors
from .tensor import FLOATS, Tensor, TensorSpec, little_endian


class ModelWeights:
    """Tensors by name, in the model's own order. Floating-point tensors are F32, whatever type they came in."""

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self._tensors: Dict[str, Tensor] = {}
        for tensor in tensors:
            spec = tensor.spec
            if spec.dtype in FLOATS and spec.dtype != "F32":
                tensor = Tensor.of(spec.name, tensor.floats(), spec.shape)
            if spec.name in self._tensors:
                raise WeightsError(f"The tensor {spec.name!r} is listed twice.", "invalid_header")
            self._tensors[spec.name] = tensor
        if not self._tensors:
            raise WeightsError("The model has no tensor at all. A model needs at least one.", "invalid_header")

    @classmethod
    def load(cls, file: bytes) -> "ModelWeights":
        """From the bytes of a safetensors file."""
        return cls(read_safetensors(file)[0])

    def save(self) -> bytes:
        """The canonical safetensors file, without metadata."""
        return write_safetensors(self._tensors.values())

    def __getitem__(self, name: str) -> Tensor:
        return self._tensors[name]

    def get(self, name: str) -> Optional[Tensor]:
        return self._tensors.get(name)

    @property
    def tensors(self) -> List[Tensor]:
        return list(self._tensors.values())

    @property
    def trained_specs(self) -> List[TensorSpec]:
        """The tensors that are trained and sent, in order."""
        return [tensor.spec for tensor in self._tensors.values() if tensor.spec.is_trained]

    @property
    def parameter_count(self) -> int:
        """Elements of all trained tensors together."""
        return sum(spec.elements for spec in self.trained_specs)

    def trained(self) -> array:
        """All trained elements, float32, in order: a copy."""
        values = array("f")
        for spec in self.trained_specs:
            values.extend(self._tensors[spec.name].values)
        return values

    def with_trained(self, values: array) -> "ModelWeights":
        """These weights with other trained elements."""
        if len(values) != self.parameter_count:
            raise WeightsError(f"There are {len(values)} values; the model has {self.parameter_count}.")
        tensors, place = [], 0
        for tensor in self._tensors.values():
            if tensor.spec.is_trained:
                part = values[place : place + tensor.spec.elements]
                place += tensor.spec.elements
                tensor = Tensor(tensor.spec, little_endian(part))
            tensors.append(tensor)
        return ModelWeights(tensors)

    def with_values(self, name: str, values: Iterable[float]) -> "ModelWeights":
        """These weights with one other F32 tensor of the same shape."""
        spec = self[name].spec
        return ModelWeights(Tensor.of(name, array("f", values), spec.shape) if tensor.spec.name == name else tensor for tensor in self.tensors)
