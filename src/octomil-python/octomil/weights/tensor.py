"""Tensors without a numerical library: a name, an element type, a shape, and bytes."""

from __future__ import annotations

import math
import struct
import sys
from array import array
from typing import Dict, NamedTuple, Sequence, Tuple

from ..errors import WeightsError

#: Bytes of one element, by the type's name in a safetensors header.
BYTES_OF: Dict[str, int] = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
FLOATS = frozenset(("F64", "F32", "F16", "BF16"))
#: Codes of ``array`` by type; F16 and BF16 have none, and BOOL is one byte.
ARRAY_CODES: Dict[str, str] = {"F64": "d", "F32": "f", "I64": "q", "I32": "i", "I16": "h", "I8": "b", "U8": "B", "BOOL": "B"}


class TensorSpec(NamedTuple):
    """Name, element type (as in safetensors, such as ``F32``) and shape (row-major; empty for a scalar)."""

    name: str
    dtype: str
    shape: Tuple[int, ...]

    @property
    def elements(self) -> int:
        """Elements: the product of the sizes, 1 for a scalar."""
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        return self.elements * BYTES_OF[self.dtype]

    @property
    def is_trained(self) -> bool:
        """Floating-point tensors outside ``input.`` are trained and averaged; everything else stays as it is."""
        return self.dtype in FLOATS and not self.name.startswith("input.")


class Tensor:
    """One tensor. ``data`` are its elements, little-endian and row-major."""

    def __init__(self, spec: TensorSpec, data: bytes) -> None:
        if len(data) != spec.bytes:
            raise WeightsError(f"The tensor {spec.name!r} has {len(data)} bytes where its shape {list(spec.shape)} needs {spec.bytes}.")
        self.spec = spec
        self.data = data

    @classmethod
    def of(cls, name: str, values: Sequence[float], shape: Sequence[int]) -> "Tensor":
        """An F32 tensor of numbers."""
        return cls(TensorSpec(name, "F32", tuple(shape)), little_endian(array("f", values)))

    @property
    def values(self) -> array:
        """The elements as an array of Python's own; F16 and BF16 become float32."""
        code = ARRAY_CODES.get(self.spec.dtype)
        if code is None:
            return _widened(self.spec.dtype, self.data)
        return native(code, self.data)

    def floats(self) -> array:
        """The elements as float32."""
        return self.values if self.spec.dtype in ("F32", "F16", "BF16") else array("f", self.values)


def native(code: str, data: bytes) -> array:
    """Little-endian bytes as an array."""
    values = array(code)
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def little_endian(values: array) -> bytes:
    """An array as little-endian bytes."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


def _widened(dtype: str, data: bytes) -> array:
    if dtype == "F16":
        return array("f", struct.unpack(f"<{len(data) // 2}e", data))
    # BF16 is the upper half of a float32.
    wide = bytearray(2 * len(data))
    wide[2::4] = data[0::2]
    wide[3::4] = data[1::2]
    return native("f", bytes(wide))
