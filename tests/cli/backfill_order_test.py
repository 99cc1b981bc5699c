#!/usr/bin/env python3
"""The demo's real data, its older half sent after the newer one, and shuffled with duplicates: each order gives exactly
the state of the right order.

    tests/cli/backfill_order_test.py BINARY
"""

import json
import pathlib
import random
import subprocess
import unittest

from command_line import BINARY, CommandLine

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFINITIONS = ROOT / "tests" / "data" / "demo" / "definitions.yaml"


class BackfillOrder(CommandLine):
    def setUp(self):
        super().setUp()
        subprocess.run([ROOT / "tools" / "demo" / "records.sh", BINARY, self.folder], check=True, capture_output=True)
        self.lines = self.read("records.jsonl").splitlines()
        self.commands = [line for line in self.lines if line.startswith('{"command"')]
        self.events = [line for line in self.lines if line.startswith('{"event"')]
        self.assertGreater(len(self.commands), 1000)
        self.assertGreater(len(self.events), 5000)
        self.run_on("ordered", {"ordered.jsonl": self.lines})

    def run_on(self, state, inputs):
        """Runs the inputs one after the other, in this order."""
        given = []
        for name, lines in inputs.items():
            self.write(name, "\n".join(lines) + "\n")
            given.append(name)
            self.output_of("run", "--state", state, "--output", state + "-out", "--input", *given, "--definitions",
                           str(DEFINITIONS), "--until", "2026-04-30T18:00:00Z", "--quiet")

    def expect_same(self, state):
        result = self.call("diff", "ordered", state, "--format", "json")
        found = json.loads(result.stdout)
        self.assertEqual(result.returncode, 0, found)
        self.assertGreater(found["same"], 1000)
        rows = [[json.loads(line) for line in self.read(f"{each}-out/leads.jsonl").splitlines()]
                for each in ("ordered", state)]
        for row in rows[0] + rows[1]:
            del row["seq"]  # the number of changes depends on the order
        self.assertEqual(*rows)

    def test_the_older_half_after_the_newer_one(self):
        self.events.sort(key=lambda line: json.loads(line)["event"]["occurredAt"])
        half = len(self.events) // 2
        older = []
        for line in self.events[:half]:
            record = json.loads(line)
            record["event"]["backfill"] = True
            older.append(json.dumps(record))
        self.run_on("backfilled", {"newer.jsonl": self.commands + self.events[half:], "older.jsonl": older})
        self.expect_same("backfilled")

    def test_shuffled_with_duplicates_and_rebuilt_from_that(self):
        rng = random.Random(20261121)
        mixed = self.lines + rng.choices(self.events, k=len(self.events) // 2)
        rng.shuffle(mixed)
        in_order = iter(self.commands)
        mixed = [next(in_order) if line.startswith('{"command"') else line for line in mixed]
        self.run_on("shuffled", {"shuffled.jsonl": mixed})
        self.expect_same("shuffled")
        text = self.output_of("rebuild", "--state", "ordered", "--from", "shuffled.jsonl", "--to", "new", "--quiet")
        self.assertIn("No lead differs.", text)


if __name__ == "__main__":
    unittest.main()
