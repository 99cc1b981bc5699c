#!/usr/bin/env python3
"""Whether each benchmark still runs and gives its figures, at tiny sizes: bench_test.py BUILD. How large the figures
are is nobody's business here."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import bench

BUILD = sys.argv.pop(1)


class BenchTest(unittest.TestCase):
    def measure(self, name):
        with tempfile.TemporaryDirectory() as folder:
            ended = subprocess.run([sys.executable, bench.__file__, name, "--small", "--repetitions", "1", "--build", BUILD,
                                    "--output", folder], capture_output=True, text=True, check=False)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            figures = json.loads((pathlib.Path(folder) / "figures.json").read_text(encoding="utf-8"))[name]
            self.assertEqual((pathlib.Path(folder) / "figures.txt").read_text(encoding="utf-8"), ended.stdout)
        for key, words, _, aim in bench.ROWS[name]:
            self.assertIn(key, figures)
            self.assertIn(words, ended.stdout)
            may_be_zero = key in ("flips_per_event", "disk_bytes_per_event", "plain_disk_bytes_per_event")
            self.assertGreater(figures[key]["median"], -1 if may_be_zero else 0, key)
            if aim is not None:
                self.assertRegex(ended.stdout, f"aim {aim[0]} .*reached")

    def test_engine(self):
        self.measure("engine")

    def test_run(self):
        self.measure("run")

    def test_uncached(self):
        self.measure("uncached")

    def test_an_unknown_benchmark_is_named(self):
        ended = subprocess.run([sys.executable, bench.__file__, "engines"], capture_output=True, text=True, check=False)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("there is no benchmark engines; there are engine, run, uncached", ended.stderr)

    def test_an_aim_is_judged_by_the_median(self):
        figure = {"median": 99, "low": 1, "high": 200}
        self.assertIn("NOT reached", bench.judge(figure, ("≥", 100)))
        self.assertTrue(bench.judge(figure, ("≥", 99)).endswith(": reached"))
        self.assertTrue(bench.judge(figure, ("<", 100)).endswith(": reached"))
        self.assertIn("NOT reached", bench.judge(figure, ("<", 99)))


if __name__ == "__main__":
    unittest.main()
