"""Reads separated text (RFC 4180, and what people write besides): a header, then one record a row. The separator is found from the
header (comma, semicolon or tab); cells may be quoted, then hold separators, doubled quotes and line breaks; empty lines are skipped. A
record with more or fewer cells than the header is an error, never guessed at."""

from __future__ import annotations

import os
import re
from typing import Iterator, List, Tuple

from ..errors import DataError

_SHOWN = 24
_SEPARATORS = ",;\t"


def shorten(cell: str) -> str:
    """A cell's text as messages may show it: quoted, at most 24 characters, without control characters."""
    shown = "".join(character if character.isprintable() else " " for character in cell[:_SHOWN])
    return f"'{shown}...'" if len(cell) > _SHOWN else f"'{shown}'"


class DelimitedText:
    """A whole table in memory. ``name`` is what messages call it. Raises DataError."""

    def __init__(self, text: str, name: str) -> None:
        if text.startswith("\ufeff"):
            text = text[1:]
        if "\0" in text[:65536]:
            raise DataError(f"{name} is not a text table: it holds zero bytes.", "Save it as CSV in UTF-8.")
        self.name = name
        self._text = text
        self.separator = _find_separator(text)
        stop = re.escape(self.separator)
        self._cell = re.compile(rf'(?: *"([^"]*(?:""[^"]*)*)" *(?={stop}|\r|\n|\Z)|([^{stop}\r\n]*))({stop}|\r\n|\r|\n|\Z)')
        self._records = self._read_records()
        first = next(self._records, None)
        if first is None:
            raise DataError(f"{name} is empty: a header line with the column names was expected, then one line a row.")
        #: The column names, trimmed, in file order.
        self.header: List[str] = first[1]

    @classmethod
    def open(cls, path: str) -> "DelimitedText":
        """UTF-8, or UTF-16 where a byte order mark says so."""
        try:
            with open(path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            raise DataError(f"There is no file {path}.") from None
        name = os.path.basename(path)
        try:
            encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
            return cls(data.decode(encoding), name)
        except UnicodeDecodeError as error:
            raise DataError(f"{name} is not UTF-8 text (byte {error.start}).", "Save it as CSV in UTF-8.") from None

    def index_of(self, column: str) -> int:
        """The position of a column, or -1."""
        if self.header.count(column) > 1:
            raise DataError(f"{self.name} has two columns named {column}.", "Rename one of them.")
        return self.header.index(column) if column in self.header else -1

    def rows(self) -> Iterator[Tuple[str, List[str]]]:
        """Where a row stands, as messages name it, and its cells, trimmed. Once."""
        for row, (line, cells) in enumerate(self._records, 1):
            place = f"row {row} (line {line}) of {self.name}"
            if len(cells) != len(self.header):
                raise DataError(
                    f"{place} has {len(cells)} cells where the header has {len(self.header)}.",
                    "Every row needs one cell a column; put cells that hold the separator into quotes.",
                )
            yield place, cells

    def no_column(self, column: str, role: str) -> DataError:
        """A column that the table was expected to have."""
        near = next((name for name in self.header if name.lower() == column.lower()), None)
        guess = f" Did you mean {near}?" if near else ""
        names = ", ".join(self.header[:40]) + (", ..." if len(self.header) > 40 else "")
        return DataError(f"{self.name} has no {role} {column}.{guess} Its columns are: {names}.")

    def _read_records(self) -> Iterator[Tuple[int, List[str]]]:
        place, line, end = 0, 1, len(self._text)
        while place < end:
            begin, cells = line, []
            while True:
                match = self._cell.match(self._text, place)
                if match is None or (match[1] is None and match[2].lstrip(" ").startswith('"')):
                    raise self._quote_error(line)
                cells.append((match[1].replace('""', '"') if match[1] is not None else match[2]).strip())
                if match[1] is not None:
                    line += match[1].count("\n")
                place = match.end()
                if match[3] != self.separator:
                    break
            line += 1
            if cells != [""]:
                yield begin, cells

    def _quote_error(self, line: int) -> DataError:
        return DataError(
            f"{self.name} has a quote on line {line} that is never closed, or text after a closing quote.",
            "Close it, or double the quotes that belong to the text.",
        )


def _find_separator(text: str) -> str:
    """The known separator that stands most often outside quotes in the first line; comma where none does."""
    counts = dict.fromkeys(_SEPARATORS, 0)
    quoted = False
    for character in text.lstrip("\r\n"):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "\r\n":
            break
        elif not quoted and character in counts:
            counts[character] += 1
    return max(_SEPARATORS, key=lambda separator: counts[separator])
