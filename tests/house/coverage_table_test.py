#!/usr/bin/env python3
"""Tests of the coverage table: which lines count as run, and how the others are listed."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from coverage import ranges, summarize  # noqa: E402


def line(number, count, *branches):
    return {"line_number": number, "count": count, "branches": [{"count": branch} for branch in branches]}


class CoverageTableTest(unittest.TestCase):
    def test_ranges(self):
        self.assertEqual(ranges([]), "")
        self.assertEqual(ranges([8, 3, 6, 5, 7]), "3, 5-8")

    def test_the_table_counts_lines_and_branches_of_a_folder(self):
        files = [{"file": "state/a.cc", "lines": [line(1, 5), line(2, 0), line(3, 2, 2, 0)]},
                 {"file": "state/b.cc", "lines": [line(1, 1, 1, 1)]},
                 {"file": "config/c.cc", "lines": [{**line(9, 0), "gcovr/noncode": True}, line(10, 1)]}]
        table, uncovered = summarize({"files": files})
        self.assertEqual([row.split() for row in table[1:]],
                         [["config", "1", "100.0", "%", "0", "–"], ["state", "4", "75.0", "%", "4", "75.0", "%"],
                          ["all", "5", "80.0", "%", "4", "75.0", "%"]])
        self.assertEqual(uncovered, ["state/a.cc: never run: 2", "state/a.cc: one way only: 3"])


if __name__ == "__main__":
    unittest.main()
