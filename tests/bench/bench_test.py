#!/usr/bin/env python3
"""Checks that each benchmark still runs and gives its figures, at tiny sizes: bench_test.py BUILD. It does not judge
the figures."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import bench
import bench_table
import instructions
import run_bench

BUILD = sys.argv.pop(1)

# These may be 0 at tiny sizes.
MAY_BE_ZERO = ("disk_bytes_per_event", "_allocations", "write_amplification", "_changes", "_segments", "in_memory_share")


class BenchTest(unittest.TestCase):
    def measure(self, name):
        with tempfile.TemporaryDirectory() as folder:
            ended = subprocess.run([sys.executable, bench.__file__, name, "--small", "--repetitions", "1", "--build", BUILD,
                                    "--output", folder], capture_output=True, text=True, check=False)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            figures = json.loads((pathlib.Path(folder) / "figures.json").read_text(encoding="utf-8"))[name]
            self.assertEqual((pathlib.Path(folder) / "figures.txt").read_text(encoding="utf-8"), ended.stdout)
        self.assertIn("not the sizes that the aims are of", ended.stdout)
        for row in bench_table.ROWS[name]:
            self.assertIn(row.words, ended.stdout)
            for key in filter(None, (row.figure, row.against)):
                self.assertIn(key, figures)
                self.assertGreaterEqual(figures[key]["median"], 0, key)
                if not key.endswith(MAY_BE_ZERO):
                    self.assertGreater(figures[key]["median"], 0, key)
            for aim, sign in ((row.aim, "aim "), (row.ratio_aim, "aim ratio ")):
                if aim is not None:
                    self.assertRegex(ended.stdout, f"{sign}{aim[0]} .*reached")

    def test_engine(self):
        self.measure("engine")

    def test_segments(self):
        self.measure("segments")

    def test_journal(self):
        self.measure("journal")

    def test_time(self):
        self.measure("time")

    def test_definitions(self):
        self.measure("definitions")

    def test_uncached(self):
        self.measure("uncached")

    def test_decode(self):
        self.measure("decode")

    def test_run(self):
        self.measure("run")

    def test_scale(self):
        self.measure("scale")

    def test_addresses(self):
        self.measure("addresses")

    def test_restart(self):
        self.measure("restart")

    def test_serve(self):
        self.measure("serve")

    def test_a_pinned_command_has_its_processors_alone(self):
        one = sorted(os.sched_getaffinity(0))[-1:]
        with tempfile.TemporaryDirectory() as folder:
            run_bench.timed([sys.executable, "-c", "import os; print(sorted(os.sched_getaffinity(0)))"], f"{folder}/out", one)
            self.assertEqual(pathlib.Path(folder, "out").read_text(encoding="utf-8"), f"{one}\n")

    def test_scale_pins_a_run_to_as_many_processors_as_it_has_workers(self):
        with mock.patch("run_bench.timed", side_effect=InterruptedError) as timed, \
                mock.patch("os.sched_getaffinity", return_value={7, 5, 6}), tempfile.TemporaryDirectory() as folder:
            for workers, processors in ((1, [5]), (2, [5, 6]), (8, [5, 6, 7])):
                with self.assertRaises(InterruptedError):
                    run_bench.timed_run("leadpulse", folder, "events", 8, workers, pinned=True)
                self.assertEqual(timed.call_args.args[-1], processors)
            with self.assertRaises(InterruptedError):
                run_bench.timed_run("leadpulse", folder, "events", 8, 1)
            self.assertIsNone(timed.call_args.args[-1])

    def test_an_unknown_benchmark_is_named(self):
        ended = subprocess.run([sys.executable, bench.__file__, "engines"], capture_output=True, text=True, check=False)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("there is no benchmark engines; there are engine, segments, ", ended.stderr)

    def test_one_that_fails_stops_no_other(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "bench").mkdir()
            (pathlib.Path(folder) / "bench/journal_bench").symlink_to(pathlib.Path(BUILD).resolve() / "bench/journal_bench")
            ended = subprocess.run([sys.executable, bench.__file__, "engine", "journal", "--small", "--build", folder, "--output",
                                    f"{folder}/out"], capture_output=True, text=True, check=False)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("one event more", ended.stdout)
        self.assertIn("engine: not measured, it failed", ended.stdout)

    def test_an_aim_is_judged_by_the_median(self):
        figure = {"median": 99, "low": 1, "high": 200}
        self.assertIn("NOT reached", bench_table.judge(figure, ("≥", 100)))
        self.assertTrue(bench_table.judge(figure, ("≥", 99)).endswith(": reached"))
        self.assertTrue(bench_table.judge(figure, ("<", 100)).endswith(": reached"))
        self.assertIn("NOT reached", bench_table.judge(figure, ("<", 99)))

    def test_a_ratio_is_taken_within_a_repetition(self):
        row = next(row for row in bench_table.ROWS["journal"] if row.figure == "entries_1000")
        figures = {key: 1 for other in bench_table.ROWS["journal"] for key in (other.figure, other.against) if key}
        repetitions = [{**figures, "entries_10": yardstick, "entries_1000": 4 * yardstick} for yardstick in (1, 10, 1000)]
        found = bench_table.summarize("journal", repetitions)
        self.assertEqual(found[bench_table.ratio_of(row)], {"median": 4, "low": 4, "high": 4})
        self.assertIn("aim ratio ≤ 3: NOT reached", bench_table.line(row, found))

    def test_more_or_fewer_instructions_are_told(self):
        known = {work: {"instructions": 1000, "allocations": 1, "toolchain": "gcc 1"} for work in instructions.WORKS}

        def told(now, toolchain="gcc 1"):
            engine = {"instructions": now, "allocations": 1, "toolchain": toolchain}
            return instructions.problems({**known, "engine": engine}, known)
        self.assertEqual(told(1050), [])
        self.assertEqual(told(950), [])
        self.assertIn("takes 1,051 instructions, +5.1 % against the 1,000 recorded", told(1051)[0])
        self.assertIn("tools/dev bench instructions --record", told(949)[0])
        self.assertEqual(told(1200, "gcc 2"), [])
        self.assertIn("Recorded with gcc 1, this is gcc 2", told(1300, "gcc 2")[0])

    def test_where_valgrind_cannot_run_nothing_passes(self):
        ended = subprocess.run([sys.executable, instructions.__file__, "/nowhere"], capture_output=True, text=True, check=False,
                               env={"PATH": "/nowhere"})
        self.assertEqual(ended.returncode, 1)
        self.assertIn("valgrind is missing: tools/dev setup valgrind", ended.stderr)
        ended = subprocess.run([sys.executable, instructions.__file__, "/nowhere"], capture_output=True, text=True, check=False)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("could not count", ended.stderr)


if __name__ == "__main__":
    unittest.main()
