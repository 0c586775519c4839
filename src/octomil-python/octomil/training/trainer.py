"""Trains catalog architectures on data of this device. The data are read at the first round and kept in memory; they are read again
when the model's architecture changes. Nothing of them leaves the device but what was learned, and statistics where they are asked for."""

from __future__ import annotations

import json
import logging
import math
import os
from array import array
from typing import Any, Dict, Optional, Tuple

from ..errors import ArchitectureError, DataError, TrainingDivergedError
from ..rounds.trainer import LocalTask, LocalTrainer
from ..weights.arithmetic import subtract
from ..weights.model_weights import ModelWeights
from ..weights.update import LocalResult
from .architecture import Architecture
from .backends import Model, create
from .dataset import Dataset
from .evaluation import Evaluation, evaluate
from .images import Images
from .options import TrainingOptions
from .randomness import RowShuffle, split_rows
from .table import Table

log = logging.getLogger("octomil")


class LocalDataTrainer(LocalTrainer):
    """``data``: a CSV file, a pandas DataFrame, or idx files of images. ``backend``: torch, numpy or plain; None: the first of them
    that is installed. Raises DataError if there is nothing at that path."""

    def __init__(self, data: Any, target_col: Optional[str] = None, backend: Optional[str] = None) -> None:
        if not hasattr(data, "to_csv") and not os.path.exists(data):
            raise DataError(f"There is no file or folder {data}.")
        self._data, self._target, self._backend = data, target_col, backend
        self._loaded: Optional[Tuple[str, Architecture, Dataset]] = None

    def statistics(self, task: LocalTask) -> Dict[str, Any]:
        _, dataset = self._load(task)
        return {"rows": dataset.rows, "features": dataset.statistics()}

    def evaluate(self, task: LocalTask) -> Dict[str, Any]:
        return Exercise(task, *self._load(task), self._backend).evaluate_base().report()

    def train(self, task: LocalTask) -> LocalResult:
        return Exercise(task, *self._load(task), self._backend).train()

    def _load(self, task: LocalTask) -> Tuple[Architecture, Dataset]:
        if task.architecture is None:
            raise ArchitectureError(
                f"The model {task.model} has no architecture, so only a training loop of your own can train it.", "Use train_from_remote."
            )
        source = json.dumps(task.architecture, sort_keys=True)
        if self._loaded is None or self._loaded[0] != source:
            self._loaded = None
            architecture = Architecture(task.architecture)
            dataset: Dataset = (
                Table.load(self._data, architecture, self._target) if architecture.image is None else Images.load(self._data, architecture)
            )
            log.info("Read %d rows of %d inputs for %s", dataset.rows, dataset.length, task.model)
            for note in dataset.notes:
                log.warning("Data for %s: %s", task.model, note)
            self._loaded = (source, architecture, dataset)
        return self._loaded[1], self._loaded[2]


class Exercise:
    """One round's training of one model on one set of data."""

    def __init__(self, task: LocalTask, architecture: Architecture, dataset: Dataset, backend: Optional[str]) -> None:
        self._task, self._architecture, self._dataset = task, architecture, dataset
        architecture.check(task.base)
        self._options = TrainingOptions.of(task.training, task.proximal_mu, task.holdout_seed, task.round_seed)
        if task.gradient_shift is not None:
            self._options = self._options._replace(gradient_shift=_vector(architecture, task.base.with_trained(task.gradient_shift)))
        self._start = _vector(architecture, task.base)
        self._model: Model = create(architecture, self._start, backend)
        self._inputs = dataset.scaled(task.base["input.mean"].values, task.base["input.std"].values)
        self._training, self._held = split_rows(
            dataset.targets, not architecture.is_regression, self._options.holdout, self._options.holdout_seed
        )

    def evaluate_base(self) -> Evaluation:
        """The weights as they are now, on the hold-out."""
        return self._evaluate(self._held)

    def _evaluate(self, rows: Any) -> Evaluation:
        logits = self._model.predict(self._inputs, rows)
        targets = [self._dataset.targets[row] for row in rows]
        return evaluate(logits, self._architecture.output_dim, targets, self._architecture.is_regression)

    def train(self) -> LocalResult:
        """Evaluates the base on the hold-out, then trains from it on the other rows."""
        evaluation = self.evaluate_base()
        options, rows = self._options, self._training
        base_loss = self._evaluate(rows).loss if self._task.reports_base_loss else None
        self._model.begin(self._inputs, self._dataset.targets, options)
        shuffle = RowShuffle(options.shuffle_seed)
        steps, loss = 0, 0.0
        for _ in range(options.epochs):
            shuffle.shuffle(rows)
            for begin in range(0, len(rows), options.batch_size):
                self._task.check()
                batch = rows[begin : begin + options.batch_size]
                loss += self._model.step(batch) * len(batch)
                steps += 1
            if not math.isfinite(loss):
                raise TrainingDivergedError("Training diverged: the loss is not a finite number.")
        trained = _ordered_as(self._task.base, self._architecture, self._model.weights())
        return LocalResult(
            subtract(trained, self._task.base.trained()),
            len(rows),
            steps,
            loss / (len(rows) * options.epochs) if base_loss is None else base_loss,
            evaluation.rows,
            evaluation.loss,
            evaluation.accuracy,
            evaluation.metrics,
        )


def _vector(architecture: Architecture, weights: ModelWeights) -> array:
    """All trained elements in the architecture's order."""
    vector = array("f")
    for name in architecture.shapes():
        vector.extend(weights[name].values)
    return vector


def _ordered_as(base: ModelWeights, architecture: Architecture, vector: array) -> array:
    """The architecture's vector in the base's order."""
    parts, place = {}, 0
    for name, shape in architecture.shapes().items():
        count = math.prod(shape)
        parts[name] = vector[place : place + count]
        place += count
    ordered = array("f")
    for spec in base.trained_specs:
        ordered.extend(parts[spec.name])
    return ordered
