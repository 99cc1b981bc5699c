#!/usr/bin/env python3
"""Older history, sent late as a backfill, gives exactly the state of the right order (P1), on the demo's real data. And
a dry run predicts the result.

    tests/replay/replay_backfill_test.py BINARY
"""

import collections
import json
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cli"))

from command_line import BINARY, CommandLine  # noqa: E402

UNTIL = "2026-04-30T18:00:00Z"  # the data ends on 2026-04-30
LATE = 0.4  # share of the events


class BackfillTest(CommandLine):
    def setUp(self):
        super().setUp()
        subprocess.run([ROOT / "tools/demo/records.sh", BINARY, self.folder], check=True, capture_output=True)
        # Sent as live events: the test is about what an import marks as history.
        lines = [line.replace(',"backfill":true}}', "}}") for line in self.read("records.jsonl").splitlines()]
        times = sorted(json.loads(line)["event"]["occurredAt"] for line in lines if line.startswith('{"event"'))
        self.border = times[int(len(times) * LATE)]
        late = [line for line in lines if self.is_late(line)]
        self.assertGreater(len(late), 1000)
        self.write("all.jsonl", "".join(line + "\n" for line in lines))
        self.write("late.jsonl", "".join(line + "\n" for line in late))
        self.write("there.jsonl", "".join(line + "\n" for line in lines if not self.is_late(line)))
        self.late = len(late)

    def is_late(self, line):
        return json.loads(line).get("event", {}).get("occurredAt", "9") < self.border

    @staticmethod
    def without_numbers(leads):
        """Without the number of published changes: late facts are not published for the time before."""
        rows = [json.loads(line) for line in leads.splitlines()]
        return [{name: value for name, value in row.items() if name != "seq"} for row in rows]

    def run_on(self, name, *inputs):
        self.output_of("run", "--definitions", str(ROOT / "tests/data/demo/definitions.yaml"), "--state",
                       f"{name}/state", "--output", f"{name}/out", "--until", UNTIL, "--quiet", "--input", *inputs)
        return self.read(f"{name}/out/leads.jsonl")

    def test_late_history_gives_the_state_of_the_right_order(self):
        right = self.run_on("right", "all.jsonl")
        without = self.run_on("late", "there.jsonl")
        self.assertNotEqual(without, right)
        said = json.loads(self.output_of("replay", "late.jsonl", "--state", "late/state", "--dry-run", "--format",
                                         "json"))
        self.assertEqual(self.read("late/out/leads.jsonl"), without)
        self.output_of("replay", "late.jsonl", "--to", "backfill.jsonl", "--as-backfill", "--quiet")
        both = self.run_on("late", "there.jsonl", "backfill.jsonl")
        self.assertEqual(self.without_numbers(both), self.without_numbers(right))
        changes = [json.loads(line) for line in self.read("late/out/changes.jsonl").splitlines()]
        marked = [change for change in changes if change.get("backfill")]
        self.assertGreater(len(marked), 100)
        self.check_dry_run(said, right, without)
        self.check_rebuild()

    def check_rebuild(self):
        """A rebuild from the history in either order gives the same state as the late backfill."""
        for name, inputs in (("again", ["all.jsonl"]), ("again-late", ["there.jsonl", "backfill.jsonl"])):
            text = self.output_of("rebuild", "--state", "late/state", "--from", *inputs, "--to", name, "--quiet")
            self.assertIn("No lead differs.", text)
        lacking = self.output_of("rebuild", "--state", "late/state", "--from", "there.jsonl", "--to", "lacking", "--quiet")
        self.assertNotIn("No lead differs.", lacking)

    def check_dry_run(self, said, leads_after, leads_before):
        for key, text in (("before", leads_before), ("after", leads_after)):
            tiers = collections.defaultdict(collections.Counter)
            segments = collections.defaultdict(collections.Counter)
            for line in text.splitlines():
                lead = json.loads(line)
                tiers[lead["tenantId"]][lead["tier"]] += 1
                segments[lead["tenantId"]].update(lead["segments"])
            for tenant, flows in said["tenants"].items():
                for what, counted in (("tiers", tiers), ("segments", segments)):
                    self.assertEqual({name: flow[key] for name, flow in flows[what].items() if flow[key]},
                                     dict(counted[tenant]), (tenant, key))

    def test_a_replay_into_a_fresh_state_is_a_run(self):
        right = self.run_on("right", "all.jsonl")
        definitions = str(ROOT / "tests/data/demo/definitions.yaml")
        into = ("replay", "all.jsonl", "--state", "fresh/state", "--output", "fresh/out", "--definitions", definitions)
        self.output_of(*into, "--quiet")
        self.output_of("run", "--state", "fresh/state", "--output", "fresh/out", "--quiet", "--until", UNTIL, "--input",
                       "all.jsonl")
        self.assertEqual(self.read("fresh/out/leads.jsonl"), right)


if __name__ == "__main__":
    unittest.main()
