"""Images in idx files of unsigned bytes, as MNIST and MedMNIST come: magic 0 0 8 n, n big-endian sizes, the bytes; also gzipped."""

from __future__ import annotations

import glob
import gzip
import math
import os
import struct
from array import array
from typing import Any, Dict, Optional, Tuple

from ..errors import DataError
from .architecture import Architecture
from .dataset import Dataset


class Images(Dataset):
    """In the order channel, row, column; bytes / 255. Label n is class n."""

    def __init__(self, pixels: bytes, length: int, targets: array, channels: int) -> None:
        self._pixels, self._channels = pixels, channels
        single = array("f", [value / 255 for value in range(256)])
        super().__init__(array("f", map(single.__getitem__, pixels)), length, targets)

    @classmethod
    def load(cls, data: Any, architecture: Architecture) -> "Images":
        """``data``: a folder with ``*images*idx3*`` and ``*labels*idx1*``, or the path of the images. Raises DataError."""
        image = architecture.image
        assert image is not None
        images, labels = _find(os.fspath(data))
        sizes, pixels = _read(images, 3)
        label_sizes, label_bytes = _read(labels, 1)
        name = os.path.basename(images)
        if (1, *sizes[1:]) != tuple(image):
            raise DataError(f"{name} holds images of 1 x {sizes[1]} x {sizes[2]} where the model's are {' x '.join(map(str, image))}.")
        if label_sizes[0] != sizes[0] or not sizes[0]:
            raise DataError(f"{name} holds {sizes[0]} images and {os.path.basename(labels)} {label_sizes[0]} labels; as many of both, and at least one, were expected.")
        most = max(label_bytes)
        if not architecture.is_regression and most >= len(architecture.classes):
            raise DataError(f"Label {most} in {os.path.basename(labels)} is none of the model's classes, 0 to {len(architecture.classes) - 1}.")
        return cls(pixels, architecture.input_length, array("f", map(float, label_bytes)), image.channels)

    def statistics(self) -> Dict[str, Dict[str, float]]:
        each = self.length // self._channels
        statistics: Dict[str, Dict[str, float]] = {}
        for channel in range(self._channels):
            values = b"".join(self._pixels[row * self.length + channel * each : row * self.length + (channel + 1) * each] for row in range(self.rows))
            # Exact: sums of bytes and of their squares are whole numbers.
            total, squares, count = sum(values), sum(value * value for value in values), len(values)
            m2 = (squares * count - total * total) / count / 255**2
            statistics[f"channel.{channel}"] = {"count": count, "mean": total / count / 255, "m2": m2}
        return statistics


def _find(path: str) -> Tuple[str, str]:
    if os.path.isdir(path):
        images, labels = _only(path, "*images*idx3*"), _only(path, "*labels*idx1*")
    else:
        images = path if os.path.isfile(path) else None
        folder, name = os.path.split(path)
        labels = os.path.join(folder, name.replace("images", "labels").replace("idx3", "idx1"))
        labels = labels if labels != path and os.path.isfile(labels) else None
    if images is None or labels is None:
        raise DataError(f"{path} holds no pair of idx files.", "A folder with one *images*idx3* and one *labels*idx1* file was expected, or the path of the images.")
    return images, labels


def _only(folder: str, pattern: str) -> Optional[str]:
    found = glob.glob(os.path.join(glob.escape(folder), pattern))
    return found[0] if len(found) == 1 else None


def _read(path: str, dimensions: int) -> Tuple[Tuple[int, ...], bytes]:
    name = os.path.basename(path)
    damaged = DataError(f"{name} is cut off or damaged: its header promises another number of bytes than the file holds.", "Copy it again.")
    try:
        with open(path, "rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with (gzip.open(path, "rb") if zipped else open(path, "rb")) as file:
            head = file.read(4 + 4 * dimensions)
            if head[:4] != bytes([0, 0, 8, dimensions]):
                raise DataError(f"{name} is not an idx file of unsigned bytes with {dimensions} dimensions.")
            sizes = struct.unpack(f">{dimensions}I", head[4:])
            body = file.read()
    except (EOFError, struct.error, gzip.BadGzipFile) as error:
        raise damaged from error
    if len(body) != math.prod(sizes):
        raise damaged
    return sizes, body
