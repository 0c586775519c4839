"""A CSV table read for an architecture."""

from __future__ import annotations

import math
import os
import re
from array import array
from typing import Any, Dict, List, Optional

from ..errors import DataError
from .architecture import DEFAULT_MISSING, Architecture, Feature
from .dataset import Dataset, column_statistics
from .delimited import DelimitedText, shorten

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_MISSING = frozenset(text.upper() for text in DEFAULT_MISSING)
_MOST_NAMES = 20


class Table(Dataset):
    """Categories one-hot, missing numbers NaN. Extra columns are ignored, a feature that the table lacks is missing in every row, rows
    without a target are left out; ``notes`` say so."""

    def __init__(self, text: DelimitedText, architecture: Architecture, target_column: Optional[str]) -> None:
        target = target_column or architecture.target_column
        if target is None:
            raise DataError(f"The model does not say which column of {text.name} to predict.", "Name the target column.")
        self._reader = _RowReader(text, architecture, target)
        inputs, targets = self._reader.read()
        if not targets:
            raise DataError(
                f"{text.name} has no row with a target ({self._reader.left_out} rows were left out).",
                "Fill in the target column, or give a table with rows.",
            )
        super().__init__(inputs, architecture.input_length, targets, self._reader.notes())
        self._features = architecture.features

    @classmethod
    def load(cls, data: Any, architecture: Architecture, target_column: Optional[str] = None) -> "Table":
        """``data``: the path of a CSV file, or a pandas DataFrame. Raises DataError, which says where and why."""
        if hasattr(data, "to_csv"):
            return cls(DelimitedText(data.to_csv(index=False), "the table"), architecture, target_column)
        return cls(DelimitedText.open(os.fspath(data)), architecture, target_column)

    def statistics(self) -> Dict[str, Dict[str, float]]:
        statistics: Dict[str, Dict[str, float]] = {}
        column = 0
        for feature in self._features:
            if feature.categories is None:
                statistics[feature.name] = column_statistics(list(self.inputs[column :: self.length]))
            column += feature.width
        return statistics


class _RowReader:
    def __init__(self, text: DelimitedText, architecture: Architecture, target: str) -> None:
        self._text = text
        self._target = target
        self._classes = None if architecture.is_regression else {label: float(i) for i, label in enumerate(architecture.classes)}
        self._target_place = text.index_of(target)
        if self._target_place < 0:
            raise text.no_column(target, "target column")
        self._features = architecture.features
        self._places = [text.index_of(feature.name) for feature in self._features]
        if all(place < 0 for place in self._places):
            raise text.no_column(self._features[0].name, "column of the model's features, such as")
        self._values = [0] * len(self._features)
        self._unknown = [0] * len(self._features)
        self.left_out = 0

    def read(self):  # type: ignore[no-untyped-def]
        inputs, targets = array("f"), array("f")
        for place, cells in self._text.rows():
            target = self._read_target(place, cells[self._target_place])
            if target is None:
                self.left_out += 1
                continue
            for i, feature in enumerate(self._features):
                cell = cells[self._places[i]] if self._places[i] >= 0 else None
                inputs.extend(self._read_category(i, feature, cell) if feature.categories is not None else (self._read_number(i, place, cell),))
            targets.append(target)
        return inputs, targets

    def notes(self) -> List[str]:
        notes = [f"{self.left_out} rows without a target are left out."] if self.left_out else []
        for i, feature in enumerate(self._features):
            if self._places[i] < 0:
                notes.append(f"Feature {feature.name} is not in the table: it counts as missing in every row.")
            elif not self._values[i]:
                notes.append(f"Feature {feature.name} is missing in every row.")
            if self._unknown[i]:
                notes.append(f"Feature {feature.name}: {self._unknown[i]} cells are none of its categories and count as missing.")
        used = {self._target_place, *self._places}
        extra = [name for place, name in enumerate(self._text.header) if place not in used]
        if extra:
            names = ", ".join(extra[:_MOST_NAMES]) + (", ..." if len(extra) > _MOST_NAMES else "")
            notes.append(f"Columns that the model does not use are ignored: {names}.")
        return notes

    def _read_target(self, place: str, cell: str) -> Optional[float]:
        if self._classes is not None and cell in self._classes:
            return self._classes[cell]
        if cell.upper() in _MISSING:
            return None
        if self._classes is not None:
            raise DataError(
                f"{place}, target {self._target}: {shorten(cell)} is none of the model's classes ({', '.join(self._classes)}).",
                "Rename the label, or leave the cell empty so that the row is left out.",
            )
        return _number(cell, f"{place}, target {self._target}", "or leave the cell empty so that the row is left out.")

    def _read_number(self, i: int, place: str, cell: Optional[str]) -> float:
        feature = self._features[i]
        if cell is None or cell.upper() in feature.missing:
            return math.nan
        self._values[i] += 1
        hint = "leave the cell empty where there is no value, or list the text under 'missing' in the architecture."
        return _number(cell, f"{place}, column {feature.name}", hint)

    def _read_category(self, i: int, feature: Feature, cell: Optional[str]) -> List[float]:
        columns = [0.0] * feature.width
        categories = feature.categories or ()
        if cell in categories:
            columns[categories.index(cell)] = 1.0
            self._values[i] += 1
        elif cell is not None and cell.upper() not in feature.missing:
            self._unknown[i] += 1
        return columns


def _number(cell: str, place: str, hint: str) -> float:
    """As float32, with a decimal point whatever the locale."""
    value = array("f", [float(cell)])[0] if _NUMBER.match(cell) else math.nan
    if not math.isfinite(value):
        raise DataError(f"{place}: {shorten(cell)} is not a number.", f"Write numbers with a decimal point, {hint}")
    return value
