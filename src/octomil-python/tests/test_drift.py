from __future__ import annotations

import hashlib
import json
import unittest
from array import array
from typing import Any, List

from octomil import LocalResult, LocalTrainer, ModelWeights
from octomil.rounds.assignment import Assignment
from octomil.rounds.clock import ServerClock
from octomil.rounds.drift import DeviceMemory, DriftTerm, effective_steps
from octomil.rounds.participant import RoundParticipant
from octomil.rounds.work import RoundWork
from octomil.training.options import TrainingOptions
from octomil.training.optimizers import ListOptimizer
from tests.test_http import Fake
from tests.test_participant import BASE, PLACE, RECEIPT
from tests.test_queue import assignment

CONTROL = array("f", [1, 2, 4]).tobytes()
TRAINING = {"epochs": 1, "batch_size": 4, "optimizer": "sgd", "learning_rate": 0.5, "momentum": 0, "holdout": 0, "seed": 1}


class Recorder(LocalTrainer):
    """Says that it moved by 1 in every coordinate, in two steps."""

    def __init__(self) -> None:
        self.shifts: List[List[float]] = []
        self.proximal: List[Any] = []

    def train(self, task: Any) -> LocalResult:
        self.shifts.append(list(task.gradient_shift))
        self.proximal.append(task.proximal_mu)
        return LocalResult(array("f", [1, 1, 1]), 7, steps=2)


def offer(strategy: str, number: int, control: bool, **more: Any) -> Assignment:
    place = {"url": "/api/v1/control", "sha256": hashlib.sha256(CONTROL).hexdigest(), "bytes": len(CONTROL)}
    return assignment("a", base=PLACE, training=TRAINING, round_number=number, strategy={"name": strategy, **more}, control=place if control else None)


class DriftTests(unittest.TestCase):
    def take_part(self, rounds: List[Assignment]) -> Any:
        fake = Fake(lambda fake, method, path, *_: (200, {}, RECEIPT) if method == "PUT" else (200, {}, CONTROL if "control" in path else BASE))
        self.addCleanup(fake.stop)
        trainer, participant = Recorder(), RoundParticipant(fake.api(), ServerClock())
        for one in rounds:
            done = participant.take_part(RoundWork(one, 0), trainer, "dev_1")
            self.assertEqual("accepted", done.outcome, done.reason)
        return trainer, [body for method, _, _, body in fake.asked if method == "PUT"]

    def test_scaffold_sends_controls_and_keeps_its_own_for_the_next_round(self) -> None:
        trainer, sent = self.take_part([offer("scaffold", 1, control=False), offer("scaffold", 2, control=True), offer("scaffold", 2, control=True)])
        # Two steps of 0.5 that moved by 1: the mean gradient was -1, which becomes the device's control.
        self.assertEqual([0, 0, 0], trainer.shifts[0])
        self.assertEqual([2, 3, 5], trainer.shifts[1])
        # The round comes again: it starts from what was before it.
        self.assertEqual(trainer.shifts[1], trainer.shifts[2])
        update = ModelWeights.load(sent[1])
        self.assertEqual([1, 1, 1], list(update["w"].values))
        self.assertEqual([-2, -3, -5], list(update["control.w"].values))

    def test_feddyn_keeps_what_it_learned_and_sends_no_more_than_the_difference(self) -> None:
        trainer, sent = self.take_part([offer("feddyn", 1, control=False, alpha=0.25), offer("feddyn", 2, control=False, alpha=0.25)])
        self.assertEqual([[0, 0, 0], [0.25, 0.25, 0.25]], trainer.shifts)
        self.assertEqual([0.25, 0.25], trainer.proximal)
        self.assertEqual(["w"], [tensor.spec.name for tensor in ModelWeights.load(sent[1]).tensors])

    def test_steps_with_momentum_count_as_the_gradients_they_carry_on(self) -> None:
        velocity, moved = 0.0, 0.0
        for _ in range(7):
            velocity = 0.9 * velocity + 1
            moved += velocity
        self.assertAlmostEqual(moved, effective_steps(7, 0.9))
        self.assertEqual(7, effective_steps(7, 0))

    def test_the_shift_is_in_every_step(self) -> None:
        weights = [1.0, 2.0]
        ListOptimizer(weights, TrainingOptions(momentum=0, learning_rate=0.5, gradient_shift=array("f", [1, -2]))).step([1.0, 1.0])
        self.assertEqual([0.0, 2.5], weights)

    def test_memory_of_another_size_is_none(self) -> None:
        memory = DeviceMemory()
        memory.keep(offer("feddyn", 1, control=False), "dev_1", array("f", [1]), array("f", [2]))
        self.assertEqual([0, 0], list(memory.at(offer("feddyn", 2, control=False), "dev_1", 2)))
        self.assertEqual([2], list(memory.at(offer("feddyn", 2, control=False), "dev_1", 1)))

    def test_a_control_of_another_size_is_refused(self) -> None:
        with self.assertRaises(Exception):
            DriftTerm(offer("scaffold", 1, control=False), array("f", [0]), array("f", [0, 0]))
