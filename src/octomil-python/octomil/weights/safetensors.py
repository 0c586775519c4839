"""Reads and writes safetensors files: 8 bytes of length (little-endian), a JSON header that lists every tensor's type, shape and place,
the data. Everything is checked before a byte of data is used; see https://huggingface.co/docs/safetensors for the format."""

from __future__ import annotations

import json
import struct
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

from ..errors import WeightsError
from .tensor import BYTES_OF, Tensor, TensorSpec

METADATA = "__metadata__"
MAX_HEADER_BYTES = 16 * 1024 * 1024
_MAX_TENSORS, _MAX_DIMENSIONS, _MAX_NAME, _MAX_METADATA = 100_000, 16, 512, 1000
_MAX_BYTES = 1 << 40
_ALIGNMENT = 64


def read_safetensors(file: bytes) -> Tuple[List[Tensor], Dict[str, str]]:
    """The tensors in the order of their data, and the file's own strings. Raises WeightsError, which says what is wrong."""
    length = _header_length(file)
    entries, metadata = _parse(bytes(file[8 : 8 + length]))
    place = 0
    view = memoryview(file)[8 + length :]
    tensors = []
    # A stable order: tensors without elements share their place and keep the order of the header.
    for spec, begin, end in sorted(entries, key=lambda entry: entry[1:]):
        if begin != place:
            problem = "overlaps the tensor before it" if begin < place else "leaves a gap before it"
            raise _invalid(f"The data of the tensor '{_shown(spec.name)}' {problem}. Tensors follow each other without gaps.")
        if end > len(view):
            raise WeightsError(f"The tensor '{_shown(spec.name)}' ends at byte {end} of the data, but only {len(view)} follow. Send the whole file.", "truncated")
        tensors.append(Tensor(spec, bytes(view[begin:end])))
        place = end
    if place < len(view):
        raise WeightsError(f"The header describes {place} bytes of tensors, but {len(view)} follow. Send nothing after the last tensor.", "trailing_bytes")
    return tensors, metadata


def write_safetensors(tensors: Iterable[Tensor], metadata: Optional[Mapping[str, str]] = None) -> bytes:
    """The canonical file: compact JSON, the metadata first (sorted), the header padded with spaces to a multiple of 64 bytes. The same
    input gives the same bytes."""
    header: Dict[str, Any] = {}
    if metadata:
        header[METADATA] = {key: metadata[key] for key in sorted(metadata)}
    place = 0
    parts: List[bytes] = []
    for tensor in tensors:
        spec = tensor.spec
        _check(spec)
        if spec.name in header:
            raise _invalid(f"The tensor '{_shown(spec.name)}' is listed twice. Each tensor has its own name.")
        header[spec.name] = {"dtype": spec.dtype, "shape": list(spec.shape), "data_offsets": [place, place + spec.bytes]}
        place += spec.bytes
        parts.append(tensor.data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    text += b" " * (-len(text) % _ALIGNMENT)
    if len(text) > MAX_HEADER_BYTES:
        raise WeightsError(f"The header is {len(text)} bytes long; at most {MAX_HEADER_BYTES} are read.", "header_too_large")
    return b"".join([struct.pack("<Q", len(text)), text, *parts])


def _header_length(file: bytes) -> int:
    if len(file) < 8:
        raise _not_weights("The body is empty." if not file else "The body is not a safetensors file.")
    (length,) = struct.unpack("<Q", file[:8])
    if 2 <= length <= MAX_HEADER_BYTES:
        if length > len(file) - 8:
            raise WeightsError(f"The header is {length} bytes long, but only {len(file) - 8} follow. Send the whole file.", "truncated")
        return int(length)
    if bytes(file[:6]) == b"\x93NUMPY":
        raise _not_weights("The body is a NumPy array.")
    if bytes(file[:2]) == b"PK":
        raise _not_weights("The body is a zip archive (torch.save writes one).")
    if 2 <= length < 1 << 32:
        raise WeightsError(f"The header is {length} bytes long; at most {MAX_HEADER_BYTES} are read.", "header_too_large")
    raise _not_weights("The body is not a safetensors file.")


class _Twice(ValueError):
    pass


def _pairs(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    result: Dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise _Twice(key)
        result[key] = value
    return result


def _refuse_constant(text: str) -> Any:
    raise ValueError(text)


def _parse(text: bytes) -> Tuple[List[Tuple[TensorSpec, int, int]], Dict[str, str]]:
    if not text.startswith(b"{"):
        raise _invalid("The header does not begin with '{'. Send a safetensors file.")
    try:
        header = json.loads(text.decode("utf-8").rstrip(" "), object_pairs_hook=_pairs, parse_constant=_refuse_constant)
    except _Twice as error:
        raise _invalid(f"The header lists '{_shown(str(error))}' twice. Each name stands once.") from None
    except (ValueError, RecursionError):
        raise _invalid("The header is not the JSON of a safetensors file. Write it with a safetensors library.") from None
    metadata = header.pop(METADATA, {})
    strings = isinstance(metadata, dict) and all(isinstance(value, str) for value in metadata.values())
    if not strings or len(metadata) > _MAX_METADATA:
        raise WeightsError(f"The header's {METADATA} must be an object of at most {_MAX_METADATA} strings.", "invalid_metadata")
    if len(header) > _MAX_TENSORS:
        raise _invalid(f"The model has more than {_MAX_TENSORS} tensors, which is the most a model may have.")
    return [_entry(name, entry) for name, entry in header.items()], metadata


def _entry(name: str, entry: Any) -> Tuple[TensorSpec, int, int]:
    shown = _shown(name)
    wrong = _invalid(
        f"The header's entry for the tensor '{shown}' is not {{\"dtype\", \"shape\", \"data_offsets\": [begin, end]}} with whole numbers from 0 up."
    )
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise wrong
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or not _whole(shape) or not _whole(offsets) or len(offsets) != 2 or len(shape) > _MAX_DIMENSIONS:
        raise wrong
    if dtype not in BYTES_OF:
        raise WeightsError(f"The tensor '{shown}' has an element type that is not known here. Known are {', '.join(BYTES_OF)}.", "wrong_type")
    spec = TensorSpec(name, dtype, tuple(shape))
    _check(spec)
    if offsets[1] - offsets[0] != spec.bytes:
        raise _invalid(f"The tensor '{shown}' has data_offsets that do not fit its shape and dtype. Write the file with a safetensors library.")
    return spec, offsets[0], offsets[1]


def _whole(numbers: Any) -> bool:
    # True and False are ints in Python, and not numbers in JSON.
    return isinstance(numbers, list) and all(type(number) is int and 0 <= number < 1 << 63 for number in numbers)


def _check(spec: TensorSpec) -> None:
    if not spec.name or len(spec.name) > _MAX_NAME or spec.name == METADATA:
        raise _invalid(f"A tensor's name is empty, over {_MAX_NAME} characters or '{METADATA}'. Use the names of the model's state_dict.")
    if any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 or 0xD800 <= ord(character) < 0xE000 for character in spec.name):
        raise _invalid("A tensor's name has control characters or surrogates. Use the names of the model's state_dict.")
    if any(size > _MAX_BYTES for size in spec.shape) or spec.bytes > _MAX_BYTES:
        raise _invalid(f"The tensor '{_shown(spec.name)}' has more than 2^40 bytes.")


def _shown(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name[:120]) + ("..." if len(name) > 120 else "")


def _invalid(message: str) -> WeightsError:
    return WeightsError(message, "invalid_header")


def _not_weights(what: str) -> WeightsError:
    return WeightsError(f"{what} A safetensors file was expected.", "not_weights")
