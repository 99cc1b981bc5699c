#!/usr/bin/env python3
"""What new definitions would change, against what they then do.   tests/unit/preview_test.py BINARY"""

import collections
import hashlib
import json
import os
import random
import unittest

from command_line import CommandLine

OLD = """
tenants:
  "*":
    scoring: {rules: [{event: open, points: 1}, {event: click, points: 5}]}
    tiers: [{name: hot, at_least: 30}, {name: warm, at_least: 10}, {name: cold}]
    segments:
      - {id: clicked, name: Clicked, rule: 'DID click >= 3 TIMES'}
      - {id: fresh, name: Fresh, rule: 'last_engaged < 5 days ago'}
      - {id: old-only, name: Goes away, rule: 'score > 12'}
"""
NEW = """
tenants:
  "*":
    scoring: {rules: [{event: open, points: 2}, {event: click, points: 4, expires_after: 10d}]}
    tiers: [{name: hot, at_least: 28}, {name: tepid, at_least: 14}, {name: cold}]
    segments:
      - {id: clicked, name: Clicked, rule: 'DID click >= 4 TIMES'}
      - {id: fresh, name: Fresh, rule: 'last_engaged < 12 days ago'}
      - {id: new-only, name: Comes, rule: 'score > 20'}
      - {id: nobody, name: Nobody, rule: 'score > 900000'}
"""


def make_records(count):
    rng = random.Random(1)
    for number in range(count):
        yield json.dumps({"event": {
            "tenantId": rng.choice(["acme", "umbrella"]), "leadId": f"lead{rng.randrange(80)}", "eventId": f"e{number}",
            "type": rng.choice(["OPEN", "CLICK", "SENT"]),
            "occurredAt": f"2026-01-{1 + number * 28 // count:02}T{rng.randrange(24):02}:00:00Z"}})


class Preview(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("old.yaml", OLD)
        self.write("new.yaml", NEW)
        self.write("a.jsonl", "\n".join(make_records(1500)) + "\n")
        self.run_under("old.yaml")

    def run_under(self, definitions):
        result = self.run_job("--input", "a.jsonl", "--definitions", definitions)
        self.assertEqual(result.returncode, 0, result.stderr)

    def preview(self, definitions):
        return json.loads(self.output_of("preview", "--state", "state", "--definitions", definitions, "--format",
                                         "json"))

    def state_digest(self):
        digest = hashlib.sha256()
        for name in sorted(os.listdir(self.path("state"))):
            with open(self.path(os.path.join("state", name)), "rb") as file:
                digest.update(name.encode() + b"\0" + file.read())
        return digest.hexdigest()

    def members(self):
        """Per tenant and kind, how many leads are in each tier and segment."""
        found = collections.Counter()
        for row in map(json.loads, self.read("out/leads.jsonl").splitlines()):
            found[row["tenantId"], "tiers", row["tier"]] += 1
            for segment in row["segments"]:
                found[row["tenantId"], "segments", segment] += 1
        return found

    def flows(self, changes):
        """Per tenant, kind and name, how many leads enter and leave by these changes."""
        enter, leave = collections.Counter(), collections.Counter()
        for change in map(json.loads, changes.splitlines()):
            self.assertEqual(change["cause"]["kind"], "DEFINITIONS")
            tenant = change["tenantId"]
            if change["kind"] == "SEGMENT_ENTERED":
                enter[tenant, "segments", change["name"]] += 1
            elif change["kind"] == "SEGMENT_LEFT":
                leave[tenant, "segments", change["name"]] += 1
            elif change["kind"] == "TIER_CHANGED":
                leave[tenant, "tiers", change["from"]] += 1
                enter[tenant, "tiers", change["to"]] += 1
        return enter, leave

    def test_its_numbers_are_those_of_the_change(self):
        before = self.members()
        preview = self.preview("new.yaml")
        already = len(self.read("out/changes.jsonl"))
        self.run_under("new.yaml")
        enter, leave = self.flows(self.read("out/changes.jsonl")[already:])
        self.assertGreater(sum(enter.values()), 20)
        self.assertGreater(sum(leave.values()), 20)
        after = self.members()
        seen = set()
        for tenant, counts in preview["tenants"].items():
            for kind in ("tiers", "segments"):
                for name, flow in counts[kind].items():
                    key = (tenant, kind, name)
                    seen.add(key)
                    self.assertEqual(flow, {"before": before[key], "enter": enter[key], "leave": leave[key],
                                            "after": after[key]}, key)
            self.assertEqual(sum(flow["after"] for flow in counts["tiers"].values()), counts["leads"])
        self.assertLessEqual(set(before) | set(after) | set(enter) | set(leave), seen)

    def test_what_nobody_is_in_is_listed(self):
        acme = self.preview("new.yaml")["tenants"]["acme"]
        self.assertEqual(sorted(acme["tiers"]), ["cold", "hot", "tepid", "warm"])
        self.assertEqual(sorted(acme["segments"]), ["clicked", "fresh", "new-only", "nobody", "old-only"])
        self.assertEqual(acme["segments"]["nobody"], {"before": 0, "enter": 0, "leave": 0, "after": 0})
        self.assertEqual(acme["segments"]["old-only"]["after"], 0)

    def test_nothing_is_changed(self):
        before = self.state_digest()
        changes = self.read("out/changes.jsonl")
        first = self.preview("new.yaml")
        self.assertEqual(self.preview("new.yaml"), first)
        self.assertEqual(self.state_digest(), before)
        self.run_under("old.yaml")
        self.assertEqual(self.read("out/changes.jsonl"), changes)

    def test_the_same_definitions_move_nobody(self):
        for counts in self.preview("old.yaml")["tenants"].values():
            for flow in [*counts["tiers"].values(), *counts["segments"].values()]:
                self.assertEqual((flow["enter"], flow["leave"], flow["before"]), (0, 0, flow["after"]))

    def test_the_text_has_the_same_numbers(self):
        preview = self.preview("new.yaml")
        lines = [line.split() for line in
                 self.output_of("preview", "--state", "state", "--definitions", "new.yaml").splitlines()]
        self.assertEqual(lines[0], ["As", "of", preview["at"] + ",", "nothing", "changed:"])
        wanted = [[]]
        for tenant, counts in preview["tenants"].items():
            wanted.append([tenant + ":", str(counts["leads"]), "leads"])
            for title, kind in (("tier", "tiers"), ("segment", "segments")):
                wanted.append([title, "before", "enter", "leave", "after"])
                wanted += [[name] + [str(flow[key]) for key in ("before", "enter", "leave", "after")]
                           for name, flow in counts[kind].items()]
            wanted.append([])
        self.assertEqual(lines[1:], wanted[:-1])

    def test_what_goes_wrong_is_said(self):
        self.write("wrong.yaml", "tenants: {\"*\": {tires: []}}\n")
        for code, part, state, definitions in ((2, "wrong.yaml:1:", "state", "wrong.yaml"),
                                               (2, "none", "state", "none"), (1, "none", "none", "new.yaml")):
            result = self.call("preview", "--state", state, "--definitions", definitions)
            self.assertEqual((result.returncode, result.stdout), (code, ""))
            self.assertIn(part, result.stderr)
        self.assertFalse(os.path.exists(self.path("none")))


if __name__ == "__main__":
    unittest.main()
