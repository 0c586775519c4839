from __future__ import annotations

import gzip
import math
import os
import struct
import tempfile
import unittest
from typing import Any, Dict, List, Optional

from octomil import DataError
from octomil.training.architecture import Architecture
from octomil.training.delimited import DelimitedText
from octomil.training.images import Images
from octomil.training.table import Table

DOCUMENT: Dict[str, Any] = {
    "kind": "linear", "output_type": "binary", "target_col": "y", "classes": ["no", "yes"],
    "features": [{"name": "a", "type": "number"}, {"name": "c", "type": "category", "categories": ["x", "z"]}, {"name": "b", "type": "number", "missing": ["", "0"]}],
}


def table(text: str, target: Optional[str] = None, **more: Any) -> Table:
    return Table(DelimitedText(text, "t.csv"), Architecture({**DOCUMENT, **more}), target)


def rows_of(read: Table) -> List[List[Optional[float]]]:
    values = [None if math.isnan(value) else round(value, 5) for value in read.inputs]
    return [values[i : i + read.length] for i in range(0, len(values), read.length)]


class DelimitedTests(unittest.TestCase):
    def cells(self, text: str) -> Any:
        read = DelimitedText(text, "t.csv")
        return [read.header, *(cells for _, cells in read.rows())]

    def test_separators_quotes_and_line_ends_are_understood(self) -> None:
        expected = [["a", "b"], ["1", "2"]]
        for text in ("a,b\n1,2\n", "a;b\r\n1;2", "a\tb\r1\t2\r", "\ufeffa,b\n\n1, 2 \n\n", '"a" , "b"\n"1","2"', " a,b \n 1,2"):
            self.assertEqual(expected, self.cells(text), text)
        self.assertEqual([["a", "b"], ["x,\n\"y\"", ""]], self.cells('a,b\n"x,\n""y""",\n'))
        self.assertEqual([["a;x", "b"], ["1", "2"]], self.cells('"a;x",b\n1,2'))

    def test_what_is_no_table_is_an_error_that_says_where(self) -> None:
        with self.assertRaisesRegex(DataError, r"row 2 \(line 4\) of t.csv has 1 cells where the header has 2"):
            self.cells('a,b\n"x\ny",2\n3\n')
        with self.assertRaisesRegex(DataError, "quote on line 2"):
            self.cells('a,b\n"1,2\n3,4\n')
        with self.assertRaisesRegex(DataError, "quote on line 2"):
            self.cells('a,b\n"1"x,2\n')
        with self.assertRaisesRegex(DataError, "empty"):
            self.cells("\n \n")
        with self.assertRaisesRegex(DataError, "zero bytes"):
            self.cells("a\0b")


class TableTests(unittest.TestCase):
    def test_columns_follow_the_architecture_not_the_file(self) -> None:
        read = table("b,y,extra,c,a\n0,yes,7,z,1.5\n2,no,7,x,?\n3,,7,x,1\n,no,7,q,-1e1\n")
        self.assertEqual([[1.5, 0, 1, None], [None, 1, 0, 2], [-10, 0, 0, None]], rows_of(read))
        self.assertEqual([1, 0, 0], list(read.targets))
        notes = " ".join(read.notes)
        self.assertIn("1 rows without a target", notes)
        self.assertIn("c: 1 cells are none of its categories", notes)
        self.assertIn("ignored: extra", notes)

    def test_a_feature_that_the_table_lacks_is_missing_everywhere(self) -> None:
        read = table("a,y\n1,yes\n")
        self.assertEqual([[1, 0, 0, None]], rows_of(read))
        self.assertIn("Feature b is not in the table", " ".join(read.notes))

    def test_statistics_are_of_the_values_that_are_there(self) -> None:
        statistics = table("a,b,y\n1,1,yes\n3,0,no\n?,5,no\n").statistics()
        self.assertEqual({"a": {"count": 2, "mean": 2.0, "m2": 2.0}, "b": {"count": 2, "mean": 3.0, "m2": 8.0}}, statistics)

    def test_errors_name_the_place_and_the_way_out(self) -> None:
        cases = {
            r"row 1 \(line 2\) of t.csv, column a: 'much' is not a number": "a,y\nmuch,yes\n",
            "'1_0' is not a number": "a,y\n1_0,yes\n",
            "'1e99' is not a number": "a,y\n1e99,yes\n",
            "target y: 'maybe' is none of the model's classes": "a,y\n1,maybe\n",
            "no target column y. Did you mean Y": "a,Y\n1,yes\n",
            "no column of the model's features": "q,y\n1,yes\n",
            "no row with a target": "a,y\n1,\n",
            "two columns named a": "a,a,y\n1,2,yes\n",
        }
        for message, text in cases.items():
            with self.subTest(message), self.assertRaisesRegex(DataError, message):
                table(text)
        with self.assertRaisesRegex(DataError, "There is no file"):
            Table.load("/nowhere/patients.csv", Architecture(DOCUMENT))

    def test_long_cells_are_not_quoted_whole(self) -> None:
        with self.assertRaises(DataError) as raised:
            table("a,y\n" + "secret" * 50 + ",yes\n")
        self.assertLess(len(str(raised.exception)), 300)

    def test_a_data_frame_is_taken_too(self) -> None:
        class Frame:
            def to_csv(self, index: bool) -> str:
                assert not index
                return "a,y\n1,yes\n"

        self.assertEqual(1, Table.load(Frame(), Architecture(DOCUMENT)).rows)


class ImageTests(unittest.TestCase):
    DOCUMENT = {"kind": "mlp", "hidden": [2], "output_type": "binary", "classes": ["0", "1"], "image": {"channels": 1, "height": 2, "width": 2}}

    def write(self, folder: str, pixels: bytes, labels: bytes, squeeze: bool = False) -> None:
        images = struct.pack(">4B3I", 0, 0, 8, 3, len(pixels) // 4, 2, 2) + pixels
        with open(os.path.join(folder, "train-images-idx3-ubyte"), "wb") as file:
            file.write(gzip.compress(images) if squeeze else images)
        with open(os.path.join(folder, "train-labels-idx1-ubyte"), "wb") as file:
            file.write(struct.pack(">4BI", 0, 0, 8, 1, len(labels)) + labels)

    def test_idx_files_are_read_and_described(self) -> None:
        for squeeze in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                self.write(folder, bytes([0, 255, 51, 102] * 2), b"\0\1", squeeze)
                images = Images.load(folder, Architecture(self.DOCUMENT))
                self.assertEqual([0.0, 1.0, 0.2, 0.4], [round(value, 6) for value in images.inputs[:4]])
                self.assertEqual([0, 1], list(images.targets))
                statistics = images.statistics()["channel.0"]
                self.assertEqual((8, 0.4), (statistics["count"], round(statistics["mean"], 9)))
                self.assertAlmostEqual(sum((value - 0.4) ** 2 for value in images.inputs), statistics["m2"], 5)
                self.assertEqual(2, Images.load(os.path.join(folder, "train-images-idx3-ubyte"), Architecture(self.DOCUMENT)).rows)

    def test_damage_and_strange_labels_are_named(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(DataError, "no pair of idx files"):
                Images.load(folder, Architecture(self.DOCUMENT))
            self.write(folder, bytes(8), b"\0\2")
            with self.assertRaisesRegex(DataError, "Label 2"):
                Images.load(folder, Architecture(self.DOCUMENT))
            self.write(folder, bytes(8), b"\0")
            with self.assertRaisesRegex(DataError, "as many of both"):
                Images.load(folder, Architecture(self.DOCUMENT))
            with open(os.path.join(folder, "train-images-idx3-ubyte"), "ab") as file:
                file.write(b"x")
            with self.assertRaisesRegex(DataError, "damaged"):
                Images.load(folder, Architecture(self.DOCUMENT))
