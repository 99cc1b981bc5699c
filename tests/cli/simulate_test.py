#!/usr/bin/env python3
"""Runs `leadpulse simulate`, alone and into `leadpulse run`.   tests/cli/simulate_test.py BINARY"""

import hashlib
import json
import os
import subprocess
import unittest

from command_line import BINARY, CommandLine

SMALL = ("simulate", "--leads", "200", "--days", "20", "--quiet")


class SimulateTest(CommandLine):
    def outputs(self, folder):
        return [self.read(f"{folder}/{name}") for name in ("leads.jsonl", "dead-letters.jsonl")]

    def test_a_history_runs_without_dead_letters_into_every_tier_and_segment(self):
        made = subprocess.Popen([BINARY, "simulate", "--leads", "3000", "--days", "60", "--duplicates", "0.02",
                                 "--out-of-order", "0.1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        ran = subprocess.run([BINARY, "run", "--input", "-", "--state", "state", "--output", "out", "--no-sync",
                              "--format", "json"], stdin=made.stdout, cwd=self.folder, capture_output=True, text=True,
                             timeout=300, check=False)
        made.stdout.close()
        said = made.stderr.read().decode()
        made.stderr.close()
        self.assertEqual((made.wait(), ran.returncode), (0, 0), said + ran.stderr)
        self.assertRegex(said, r"^\d+ records of 3000 leads from 2024-01-01T00:00:00Z to 2024-03-01T00:00:00Z\n$")
        self.assertEqual(self.read("out/dead-letters.jsonl"), "")
        leads = [json.loads(line) for line in self.read("out/leads.jsonl").splitlines()]
        self.assertGreater(len(leads), 2900)
        self.assertEqual({lead["tier"] for lead in leads}, {"hot", "warm", "cold"})
        self.assertEqual({name for lead in leads for name in lead["segments"]},
                         {"tech-usa", "recently-opened", "high-value"})
        self.assertEqual({lead["emailStatus"] for lead in leads}, {"active", "bounced", "unsubscribed", "complained"})

    def test_the_templates_of_definitions_take_it_too(self):
        self.output_of(*SMALL, "--output", "a.jsonl")
        for template in ("b2b", "newsletter"):
            self.output_of("definitions", "init", "--template", template, f"{template}.yaml")
            self.output_of("run", "--input", "a.jsonl", "--definitions", f"{template}.yaml", "--state",
                           f"{template}-state", "--output", template, "--no-sync")
            self.assertEqual(self.read(f"{template}/dead-letters.jsonl"), "")

    def test_the_same_arguments_give_the_same_bytes(self):
        first = self.output_of(*SMALL, "--seed", "3")
        self.assertEqual(first, self.output_of(*SMALL, "--seed", "3"))
        self.assertNotEqual(first, self.output_of(*SMALL))
        self.assertEqual(hashlib.sha256(first.encode()).hexdigest(),
                         "503bb8f3564e04f60ca06cfe95d2b5333414a45b232eed9565612f5f6a86b723")

    def test_a_seed_that_is_no_number(self):
        for seed in ("abc", "-1", "1.5", "7x", ""):
            result = self.call(*SMALL, "--seed", seed)
            self.assertEqual(result.returncode, 2)
            self.assertIn(f"--seed: `{seed}` is no number; write a whole number from 0 on", result.stderr)
        result = self.call(*SMALL, "--seed", str(2**64))
        self.assertIn(f"--seed: `{2**64}` is too great a number", result.stderr)
        self.output_of(*SMALL, "--seed", str(2**64 - 1))

    def test_every_format_holds_the_same_records(self):
        for name in ("a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.pb", "a.pb.zst"):
            self.output_of(*SMALL, "--output", name)
            self.output_of("run", "--input", name, "--state", f"{name}-state", "--output", f"{name}-out", "--no-sync")
        expected = self.outputs("a.jsonl-out")
        self.assertGreater(len(expected[0]), 10_000)
        for name in ("a.jsonl.gz", "a.jsonl.zst", "a.pb", "a.pb.zst"):
            self.assertEqual(self.outputs(f"{name}-out"), expected, name)
        unpacked = subprocess.run(["gzip", "-dc", "a.jsonl.gz"], cwd=self.folder, capture_output=True, text=True,
                                  check=True).stdout
        self.assertEqual(unpacked, self.read("a.jsonl"))
        self.assertEqual(self.read("a.jsonl"), self.output_of(*SMALL))

    def test_bad_records_become_dead_letters(self):
        self.output_of(*SMALL, "--bad", "0.05", "--output", "a.jsonl")
        self.output_of("run", "--input", "a.jsonl", "--state", "state", "--output", "out", "--no-sync")
        reasons = {json.loads(line)["reason"] for line in self.read("out/dead-letters.jsonl").splitlines()}
        self.assertEqual(reasons, {"missing_tenant", "missing_lead", "missing_event_id", "missing_command_id",
                                   "bad_timestamp", "invalid_value"})

    def test_an_existing_file_stays(self):
        self.write("a.jsonl", "mine")
        result = self.call(*SMALL, "--output", "a.jsonl")
        self.assertEqual(result.returncode, 2)
        self.assertIn("a.jsonl exists and stays as it is; give another name\n", result.stderr)
        self.assertEqual(self.read("a.jsonl"), "mine")

    def test_wrong_usage_says_what_to_do(self):
        for arguments, part in ((("--leads", "0"), "1 to 100000000"), (("--days", "4000"), "1 to 3650"),
                                (("--machine", "1.5"), "0 to 1"), (("--start", "soon"), "is no time"),
                                (("--start", "1999-12-31"), "not between 2000 and 2200"),
                                (("--distribution", "normal"), "zipf"), (("--output", "a.csv"), "ends with .jsonl or .pb"),
                                (("--leads", "2", "--tenants", "3"), "--tenants is more than --leads")):
            result = self.call("simulate", *arguments)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(part, result.stderr)
            self.assertEqual(result.stdout, "")

    def test_an_output_that_cannot_be_written_is_named(self):
        result = self.call(*SMALL, "--output", "none/a.jsonl")
        self.assertEqual(result.returncode, 1)
        self.assertIn("none/a.jsonl cannot be made: No such file or directory", result.stderr)
        if not os.path.exists("/dev/full"):
            self.skipTest("this system has no /dev/full")
        with open("/dev/full", "w", encoding="utf-8") as full:
            ended = subprocess.run([BINARY, *SMALL], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(ended.returncode, 1)
        self.assertEqual(ended.stderr, "leadpulse: standard output cannot be written: No space left on device\n")

    def test_a_history_that_reaches_into_the_future_is_warned_of(self):
        result = self.call("simulate", "--leads", "3", "--days", "1", "--start", "2150-01-01T06:00:00Z")
        self.assertEqual(result.returncode, 0)
        self.assertIn("from 2150-01-01T06:00:00Z to 2150-01-02T06:00:00Z; `run` takes no records from the future",
                      result.stderr)


if __name__ == "__main__":
    unittest.main()
