from __future__ import annotations

import json
import math
import os
import unittest
from array import array
from importlib.util import find_spec
from typing import Any, Dict, List

from octomil import ArchitectureError, LocalDataTrainer, LocalTask, ModelWeights, NotSupportedError, TrainingDivergedError, TrainingError
from octomil.rounds.statistics import guard
from octomil.training.architecture import Architecture
from octomil.training.backends import NAMES, create
from octomil.training.dataset import Dataset
from octomil.training.evaluation import area_under_curve, evaluate
from octomil.training.options import TrainingOptions
from octomil.training.randomness import RowShuffle, Xoshiro256, split_rows
from tests.server import PATIENTS, REPOSITORY, patients_architecture
from tests.test_queue import assignment

# Computed with PyTorch; the .NET tests are held against the same file.
VECTORS = os.path.join(REPOSITORY, "tests", "Octomil.Client.Tests", "vectors", "architectures.json")
AVAILABLE = [name for name in NAMES if name == "plain" or find_spec(name)]


class VectorTests(unittest.TestCase):
    def setUp(self) -> None:
        with open(VECTORS, encoding="utf-8") as file:
            self.vectors = json.load(file)

    def test_the_random_numbers_are_xoshiro_s(self) -> None:
        random = Xoshiro256(1)
        self.assertEqual([int(value) for value in self.vectors["xoshiro_first_5_of_seed_1"]], [random.next() for _ in range(5)])

    def test_initial_weights_are_the_server_s(self) -> None:
        for case in self.vectors["cases"]:
            weights = Architecture(case["architecture"]).initialize()
            self.assertEqual(list(case["tensors"]), [tensor.spec.name for tensor in weights.tensors])
            for name, expected in case["tensors"].items():
                values = weights[name].values
                self.assertEqual(tuple(expected["shape"]), weights[name].spec.shape)
                self.assertEqual(list(array("f", expected["first"])), list(values[: len(expected["first"])]))
                self.assertAlmostEqual(expected["sum"], math.fsum(values), 9)

    def test_every_backend_gives_pytorch_s_logits_loss_and_two_steps(self) -> None:
        for case in self.vectors["cases"]:
            architecture = Architecture(case["architecture"])
            start = architecture.initialize().with_values("input.mean", case["input_mean"]).with_values("input.std", case["input_std"])
            targets = array("f", case["y"])
            inputs = Dataset(array("f", case["x"]), architecture.input_length, targets).scaled(start["input.mean"].values, start["input.std"].values)
            for name in AVAILABLE:
                if architecture.conv and name != "torch":
                    with self.assertRaises(NotSupportedError):
                        create(architecture, start.trained(), name)
                    continue
                with self.subTest(case=case["name"], backend=name):
                    model = create(architecture, start.trained(), name)
                    self.check(case, architecture, model.predict(inputs, range(len(targets))), targets)
                    model.begin(inputs, targets, TrainingOptions(learning_rate=0.05, momentum=0.9))
                    for _ in range(2):
                        model.step(list(range(len(targets))))
                    after = case["after_two_sgd_steps"]
                    self.check(after, architecture, model.predict(inputs, range(len(targets))), targets)
                    trained = start.with_trained(model.weights())
                    for tensor, total in after["sums"].items():
                        if not tensor.startswith("input."):
                            values = trained[tensor].values
                            self.assertAlmostEqual(total, math.fsum(values), delta=1e-5 * sum(map(abs, values)))

    def check(self, expected: Dict[str, Any], architecture: Architecture, logits: Any, targets: Any) -> None:
        scale = max(map(abs, expected["logits"]))
        for one, other in zip(expected["logits"], logits):
            self.assertAlmostEqual(one, other, delta=1e-5 * scale)
        loss = evaluate(logits, architecture.output_dim, targets, architecture.is_regression).loss
        self.assertAlmostEqual(expected["loss"], loss, delta=1e-5 * expected["loss"])


class SplitTests(unittest.TestCase):
    def test_the_shuffle_is_the_dotnet_sdk_s(self) -> None:
        # SplitMix64's published first output of seed 1234567 is 6457827717110365317.
        rows = list(range(10))
        RowShuffle(1234567).shuffle(rows)
        self.assertEqual(((6457827717110365317 >> 32) * 10) >> 32, rows[9])
        self.assertEqual(list(range(10)), sorted(rows))

    def test_every_class_gives_its_share_and_no_row_is_in_both(self) -> None:
        targets = [float(i % 10 < 3) for i in range(200)]
        training, held = split_rows(targets, True, 0.2, 42)
        self.assertEqual(list(range(200)), sorted(training + held))
        self.assertEqual((40, 12), (len(held), sum(targets[row] for row in held)))
        self.assertEqual((training, held), split_rows(targets, True, 0.2, 42))
        self.assertNotEqual(held, split_rows(targets, True, 0.2, 43)[1])

    def test_few_rows_are_all_trained_on_and_one_is_always_left(self) -> None:
        self.assertEqual(([0, 1, 2, 3], []), split_rows([0.0] * 4, True, 0.5, 1))
        self.assertEqual((1, 5), tuple(map(len, split_rows([0.0] * 6, False, 0.99, 1))))
        self.assertEqual((4, 1), tuple(map(len, split_rows([0.0] * 5, False, 0.01, 1))))


class EvaluationTests(unittest.TestCase):
    def test_the_area_under_the_curve_is_the_share_of_ordered_pairs(self) -> None:
        scores, targets = [0.1, 0.4, 0.4, 0.8, 0.4], [0, 0, 1, 1, 1]
        pairs = [(p > n) + 0.5 * (p == n) for p, t in zip(scores, targets) if t for n, u in zip(scores, targets) if not u]
        self.assertAlmostEqual(sum(pairs) / len(pairs), area_under_curve(scores, targets))
        self.assertIsNone(area_under_curve([1, 2], [1, 1]))

    def test_a_regression_has_r2_and_no_accuracy(self) -> None:
        result = evaluate(array("f", [1, 2, 4]), 1, [1, 2, 3], True)
        self.assertEqual((None, 0.5), (result.accuracy, result.r2))
        self.assertAlmostEqual(1 / 3, result.loss or 0)


class TrainerTests(unittest.TestCase):
    def task(self, architecture: Dict[str, Any], base: ModelWeights, **training: Any) -> LocalTask:
        terms = {"epochs": 2, "batch_size": 32, "learning_rate": 0.05, "momentum": 0.9, "holdout": 0.2, "seed": 7, **training}
        return LocalTask(assignment("r", architecture=architecture, training=terms), base, "dev_1", lambda: None)

    def scaled_base(self, document: Dict[str, Any]) -> ModelWeights:
        base = Architecture(document).initialize()
        statistics = LocalDataTrainer(PATIENTS).statistics(self.task(document, base))["features"]
        means = [statistics[feature["name"]]["mean"] for feature in document["features"]]
        stds = [math.sqrt(statistics[feature["name"]]["m2"] / statistics[feature["name"]]["count"]) for feature in document["features"]]
        return base.with_values("input.mean", means).with_values("input.std", stds)

    def test_all_backends_train_alike_and_learn(self) -> None:
        for options in ({}, {"optimizer": "adam", "learning_rate": 0.01}, {"momentum": 0, "weight_decay": 0.01}):
            for kind in ({}, {"kind": "mlp", "hidden": [8]}):
                document = patients_architecture(**kind)
                base = self.scaled_base(document)
                results = {name: LocalDataTrainer(PATIENTS, backend=name).train(self.task(document, base, **options)) for name in AVAILABLE}
                plain = results.pop("plain")
                self.assertEqual((455, 114, 30), (plain.sample_count, plain.eval_count, plain.steps))
                largest = max(map(abs, plain.difference))
                for name, result in results.items():
                    with self.subTest(backend=name, **options, **kind):
                        error = max(abs(one - other) for one, other in zip(plain.difference, result.difference))
                        self.assertLess(error / largest, 1e-3)
                        self.assertAlmostEqual(plain.loss or 0, result.loss or 0, 4)
                        self.assertAlmostEqual(plain.eval_loss or 0, result.eval_loss or 0, 5)
                trained = base.with_trained(array("f", [a + b for a, b in zip(base.trained(), plain.difference)]))
                report = LocalDataTrainer(PATIENTS, backend="plain").evaluate(self.task(document, trained))
                self.assertGreater(report["eval_accuracy"], 0.9)

    def test_the_proximal_term_keeps_weights_near_the_base(self) -> None:
        document = patients_architecture()
        base = self.scaled_base(document)
        for name in AVAILABLE:
            free, near = self.task(document, base), self.task(document, base)
            near.proximal_mu = 5.0
            trainer = LocalDataTrainer(PATIENTS, backend=name)
            lengths = [math.sqrt(sum(value * value for value in trainer.train(task).difference)) for task in (free, near)]
            self.assertLess(lengths[1], 0.7 * lengths[0])

    def test_training_that_diverges_or_is_asked_nonsense_says_so(self) -> None:
        document = patients_architecture(output_type="regression", classes=None, target_col="area_mean")
        document["features"] = [feature for feature in document["features"] if feature["name"] != "area_mean"]
        base = Architecture(document).initialize()
        for name in AVAILABLE:
            with self.assertRaises(TrainingDivergedError):
                LocalDataTrainer(PATIENTS, backend=name).train(self.task(document, base, learning_rate=10.0, epochs=20))
        with self.assertRaisesRegex(TrainingError, "batch_size"):
            LocalDataTrainer(PATIENTS).train(self.task(document, base, batch_size=0))

    def test_weights_of_another_architecture_are_refused(self) -> None:
        base = Architecture(patients_architecture(kind="mlp", hidden=[4])).initialize()
        with self.assertRaises(ArchitectureError):
            LocalDataTrainer(PATIENTS).train(self.task(patients_architecture(), base))

    def test_work_stops_when_the_round_is_over(self) -> None:
        class Over(Exception):
            pass

        calls: List[int] = []
        task = self.task(patients_architecture(), Architecture(patients_architecture()).initialize())

        def check() -> None:
            calls.append(1)
            if len(calls) == 3:
                raise Over

        task.check = check
        with self.assertRaises(Over):
            LocalDataTrainer(PATIENTS).train(task)
        self.assertEqual(3, len(calls))

    def test_statistics_of_few_rows_stay_here(self) -> None:
        few, many = {"count": 9, "mean": 5.0, "m2": 1.0}, {"count": 10, "mean": 5.0, "m2": 1.0}
        guarded = guard({"rows": 10, "features": {"a": few, "b": many}})
        self.assertEqual({"a": {"count": 0, "mean": 0.0, "m2": 0.0}, "b": many}, guarded["features"])
        with self.assertRaises(NotSupportedError):
            guard({"rows": 9, "features": {"b": many}})
