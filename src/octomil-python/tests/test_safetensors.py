from __future__ import annotations

import json
import math
import random
import struct
import unittest
from array import array
from typing import Any

from octomil import ModelWeights, Tensor, TensorSpec, TrainingDivergedError, TrainingError, WeightsError, read_safetensors, write_safetensors
from octomil.weights.arithmetic import clipped, measure
from octomil.weights.tensor import BYTES_OF
from octomil.weights.update import LocalResult, build_update


def file_of(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype: str = "F32", shape: Any = (1,), offsets: Any = (0, 4)) -> Any:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


class SafetensorsTests(unittest.TestCase):
    def test_every_type_comes_back_as_it_was_written(self) -> None:
        chance = random.Random(1)
        tensors = [Tensor(TensorSpec(f"t.{name}", name, (2, 3)), bytes(chance.randrange(256) for _ in range(6 * size))) for name, size in BYTES_OF.items()]
        tensors.append(Tensor(TensorSpec("empty", "F32", (0, 5)), b""))
        tensors.append(Tensor(TensorSpec("scalar é", "I64", ()), struct.pack("<q", -7)))

        read, metadata = read_safetensors(write_safetensors(tensors, {"b": "2", "a": "ü"}))

        self.assertEqual([(tensor.spec, tensor.data) for tensor in tensors], [(tensor.spec, tensor.data) for tensor in read])
        self.assertEqual({"a": "ü", "b": "2"}, metadata)

    def test_the_header_is_aligned_and_the_same_for_the_same_input(self) -> None:
        tensors = [Tensor.of("w", [1, 2], (2,))]
        first = write_safetensors(tensors, {"b": "2", "a": "1"})
        self.assertEqual(first, write_safetensors(tensors, {"a": "1", "b": "2"}))
        self.assertEqual(0, (struct.unpack("<Q", first[:8])[0]) % 64)

    def test_half_precision_becomes_float32(self) -> None:
        half = Tensor(TensorSpec("h", "F16", (2,)), struct.pack("<ee", 1.5, -0.25))
        brain = Tensor(TensorSpec("b", "BF16", (2,)), struct.pack("<f", 1.5)[2:] + struct.pack("<f", -3.0)[2:])
        weights = ModelWeights([half, brain])
        self.assertEqual([1.5, -0.25, 1.5, -3.0], list(weights.trained()))
        self.assertEqual("F32", weights["b"].spec.dtype)

    def test_malformed_files_are_refused_with_a_reason(self) -> None:
        good = file_of({"w": entry()}, b"\0" * 4)
        files = {
            "not_weights": [b"", b"abc", b"\x93NUMPY\1\0" + b"x" * 99, b"PK\3\4" + b"x" * 99, b"\xff" * 40, b"\0" * 64],
            "header_too_large": [struct.pack("<Q", 1 << 30) + b"x" * 100],
            "truncated": [good[:-1], struct.pack("<Q", 500) + b"{}", file_of({"w": entry()})],
            "trailing_bytes": [good + b"x", file_of({}, b"x")],
            "wrong_type": [file_of({"w": entry("C64")}, b"\0" * 4), file_of({"w": entry("")}, b"\0" * 4)],
            "invalid_metadata": [file_of({"__metadata__": {"a": 1}}), file_of({"__metadata__": [1]})],
            "invalid_header": [
                file_of(b"[]"), file_of(b"{ "), file_of(b"{}x"), file_of(b"\xff\xfe{}"), file_of(b"{" * 100_000), file_of(b'{"w":' + b"[" * 100_000),
                file_of(b'{"w":1,"w":2}'), file_of({"w": 1}), file_of({"w": entry(shape=(-1,))}), file_of({"w": entry(shape=(1.5,))}),
                file_of({"w": entry(shape=(True,))}, b"\0" * 4), file_of({"w": entry(shape=(1,) * 17)}, b"\0" * 4),
                file_of({"w": entry(shape=(1 << 62, 1 << 62), offsets=(0, 4))}), file_of({"w": entry(offsets=(0, 8))}, b"\0" * 8),
                file_of({"w": entry(offsets=(4, 8))}, b"\0" * 8), file_of({"a": entry(), "b": entry(offsets=(2, 6))}, b"\0" * 8),
                file_of({"a": entry(), "b": entry(offsets=(0, 4))}, b"\0" * 8), file_of({"w": {**entry(), "x": 1}}, b"\0" * 4),
                file_of({"w": entry(offsets=(4, 0))}, b"\0" * 4), file_of({"": entry()}, b"\0" * 4), file_of({"a\nb": entry()}, b"\0" * 4),
                file_of({"x" * 513: entry()}, b"\0" * 4), file_of(b'{"w":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}'),
                file_of(b'{"w":{"dtype":"F32","shape":[' + b"9" * 5000 + b'],"data_offsets":[0,4]}}'),
            ],
        }
        for code, bodies in files.items():
            for body in bodies:
                with self.subTest(code=code, body=body[:60]):
                    with self.assertRaises(WeightsError) as raised:
                        read_safetensors(body)
                    self.assertEqual(code, raised.exception.code)
                    self.assertTrue(str(raised.exception).endswith("."))

    def test_random_damage_is_read_or_refused_and_nothing_else(self) -> None:
        good = write_safetensors([Tensor.of("a.weight", range(12), (3, 4)), Tensor.of("a.bias", range(3), (3,))], {"sample_count": "7"})
        chance = random.Random(7)
        refused = 0
        for _ in range(3000):
            body = bytearray(good)
            for _ in range(chance.randint(1, 3)):
                body[chance.randrange(len(body) if chance.random() < 0.5 else 200)] = chance.randrange(256)
            try:
                read_safetensors(bytes(body[: chance.choice((len(body), len(body), chance.randrange(len(body))))]))
            except WeightsError:
                refused += 1
        self.assertGreater(refused, 1000)


class UpdateTests(unittest.TestCase):
    BASE = ModelWeights([Tensor.of("input.mean", [0], (1,)), Tensor.of("w", [1, 2], (2,)), Tensor(TensorSpec("n", "I64", ()), b"\0" * 8)])

    def build(self, difference: Any, clip: Any = None, count: int = 3, **more: Any) -> bytes:
        return build_update(self.BASE, LocalResult(array("f", difference), count, **more), clip, 1024, "m")

    def test_only_trained_tensors_are_sent_with_their_metadata(self) -> None:
        tensors, metadata = read_safetensors(self.build([0.5, -0.5], loss=0.25, eval_accuracy=0.5, metrics={"auc": 0.75, "odd": math.nan}))
        self.assertEqual([("w", [0.5, -0.5])], [(tensor.spec.name, list(tensor.values)) for tensor in tensors])
        expected = {"update_format": "delta", "sample_count": "3", "steps": "0", "eval_count": "0", "loss": "0.25", "metrics": '{"auc":0.75}'}
        self.assertEqual(expected, metadata)

    def test_a_difference_over_the_bound_is_scaled_down_as_a_whole(self) -> None:
        tensors, _ = read_safetensors(self.build([3, 4], clip=1.0))
        self.assertAlmostEqual(1.0, math.hypot(*tensors[0].values), 6)
        self.assertAlmostEqual(0.75, tensors[0].values[0] / tensors[0].values[1], 6)
        self.assertEqual([0.3, 0.4], [round(value, 6) for value in clipped(array("f", [0.3, 0.4]), 1.0)])

    def test_what_cannot_be_sent_says_why(self) -> None:
        with self.assertRaises(TrainingDivergedError):
            self.build([math.nan, 1])
        with self.assertRaises(TrainingDivergedError):
            self.build([2000, 1])
        with self.assertRaisesRegex(TrainingError, "sample count"):
            self.build([1, 1], count=0)
        with self.assertRaisesRegex(TrainingError, "3 values"):
            self.build([1, 1, 1])

    def test_a_value_that_is_no_number_is_never_the_largest_but_always_seen(self) -> None:
        for values in ([math.nan, 1], [1, math.nan], [1, math.nan, 2]):
            self.assertTrue(math.isnan(measure(array("f", values))[0]))
