"""Seeded numbers, the same on every machine and version, and the same as the .NET SDK's."""

from __future__ import annotations

import math
from array import array
from typing import List, MutableSequence, Sequence, Tuple

_MASK = (1 << 64) - 1


class SplitMix64:
    """Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"."""

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def next(self) -> int:
        """The next 64 bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)


class Xoshiro256:
    """xoshiro256** (Blackman and Vigna 2018), seeded by four outputs of SplitMix64. For initial weights; never for secrets."""

    def __init__(self, seed: int) -> None:
        mix = SplitMix64(seed)
        self._s = [mix.next() for _ in range(4)]

    def next(self) -> int:
        """The next 64 bits."""
        s = self._s
        result = (_rotated((s[1] * 5) & _MASK, 7) * 9) & _MASK
        shifted = (s[1] << 17) & _MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = _rotated(s[3], 45)
        return result

    def next_unit(self) -> float:
        """Uniform in [0, 1), a multiple of 2^-53."""
        return (self.next() >> 11) * 2.0**-53


def _rotated(value: int, by: int) -> int:
    return ((value << by) | (value >> (64 - by))) & _MASK


def initial_values(seed: int, layers: Sequence[Tuple[int, int]]) -> array:
    """Weights and biases uniform in +-1/sqrt(fan_in), float32 (ARCHITECTURES, Tensors). ``layers``: (fan_in, elements of weight and
    bias together)."""
    random = Xoshiro256(seed)
    values = array("f")
    for fan_in, count in layers:
        bound = math.sqrt(fan_in)
        values.extend((2 * random.next_unit() - 1) / bound for _ in range(count))
    return values


class RowShuffle:
    """Permutations by Fisher and Yates; one after the other from the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = SplitMix64(seed)

    def shuffle(self, rows: MutableSequence[int]) -> None:
        for i in range(len(rows) - 1, 0, -1):
            j = self._below(i + 1)
            rows[i], rows[j] = rows[j], rows[i]

    def _below(self, bound: int) -> int:
        """Uniform in [0, bound), without bias (Lemire 2019, "Fast random integer generation in an interval")."""
        threshold = ((1 << 32) - bound) % bound
        while True:
            product = (self._random.next() >> 32) * bound
            if product & 0xFFFFFFFF >= threshold:
                return product >> 32


_FEWEST_ROWS = 5


def split_rows(targets: Sequence[float], are_classes: bool, fraction: float, seed: int) -> Tuple[List[int], List[int]]:
    """Rows to train on and rows held out, both ascending. Holds out a fraction, chosen by the seed alone; where targets are classes,
    about the same fraction of each. At least one row of five and more; at least one row is left to train on."""
    total = len(targets)
    count = min(max(round(total * fraction), 1), total - 1) if fraction > 0 and total >= _FEWEST_ROWS else 0
    rows = list(range(total))
    if count == 0:
        return rows, []
    RowShuffle(seed).shuffle(rows)
    if are_classes:
        # Every n-th of the rows in the order of their classes takes a like share of each class.
        rows.sort(key=lambda row: targets[row])
    held = {rows[int(((i + 0.5) * total) / count)] for i in range(count)}
    return [row for row in range(total) if row not in held], sorted(held)
