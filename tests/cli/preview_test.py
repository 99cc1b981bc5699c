#!/usr/bin/env python3
"""The preview of new definitions, against the changes they then cause.   tests/cli/preview_test.py BINARY"""

import collections
import hashlib
import json
import os
import random
import subprocess
import time
import unittest

from command_line import CommandLine, command

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


# The attributes of three leads. `Budget` of the third is no number.
PROFILES = {
    "ann@example.com": {"Industry": "Retail", "Budget": 5000},
    "bob": {"industry": "Software", "phone": "1"},
    "cleo": {"budget": "much"},
}
NEGATIONS = """
tenants:
  "*":
    fields: {budget: number, email: text}
    scoring:
      rules: [{when: 'city IS "Rome"', points: 1}]
      exclude: 'phnoe IS SET'
    tiers: [{name: all}]
    segments:
      - {id: not-retail, name: Not in retail, rule: 'industry IS NOT "Retail"'}
      - {id: known-not-retail, name: Known not to be, rule: 'industry IS SET AND industry IS NOT "Retail"'}
      - {id: nobody-knows, name: Industry unknown, rule: 'industry IS NOT SET'}
      - {id: mistyped, name: A typing mistake, rule: 'NOT indstry CONTAINS "gov" AND NOT last_opened < 30 days ago'}
      - {id: poor, name: Small budgets, rule: 'NOT budget > 1000 OR agent IS NOT "kim"'}
      - {id: all-of-them, name: By reference, rule: 'IN SEGMENT "not-retail" AND NOT IN SEGMENT "known-not-retail"'}
      - {id: software, name: Software companies, rule: 'industry IS "Software"'}
      - {id: not-software, name: All others, rule: 'NOT IN SEGMENT "software"'}
      - {id: mailable, name: With an address, rule: 'email IS SET'}
"""


def make_records(count):
    rng = random.Random(1)
    for number in range(count):
        yield json.dumps({"event": {
            "tenantId": rng.choice(["acme", "umbrella"]), "leadId": f"lead{rng.randrange(80)}", "eventId": f"e{number}",
            "type": rng.choice(["OPEN", "CLICK", "SENT"]),
            "occurredAt": f"2026-01-{1 + number * 28 // count:02}T{rng.randrange(24):02}:00:00Z"}})


NUMBERS = ("before", "enter", "leave", "after")


def numbers_of(flow):
    return {key: flow[key] for key in NUMBERS}


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

    def preview(self, definitions, *arguments):
        return json.loads(self.output_of("preview", "--state", "state", "--definitions", definitions, "--format",
                                         "json", *arguments))

    def text(self, definitions):
        return self.output_of("preview", "--state", "state", "--definitions", definitions)

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
                    self.assertEqual(numbers_of(flow), {"before": before[key], "enter": enter[key],
                                                        "leave": leave[key], "after": after[key]}, key)
            self.assertEqual(sum(flow["after"] for flow in counts["tiers"].values()), counts["leads"])
        self.assertLessEqual(set(before) | set(after) | set(enter) | set(leave), seen)

    def test_what_nobody_is_in_is_listed(self):
        acme = self.preview("new.yaml")["tenants"]["acme"]
        self.assertEqual(sorted(acme["tiers"]), ["cold", "hot", "tepid", "warm"])
        self.assertEqual(sorted(acme["segments"]), ["clicked", "fresh", "new-only", "nobody", "old-only"])
        self.assertEqual(numbers_of(acme["segments"]["nobody"]), {"before": 0, "enter": 0, "leave": 0, "after": 0})
        self.assertEqual(acme["segments"]["old-only"]["after"], 0)
        self.assertEqual([(name, tier["definedIn"]) for name, tier in acme["tiers"].items()],
                         [("hot", "both"), ("tepid", "after"), ("cold", "both"), ("warm", "before")])
        self.assertEqual({name: segment["definedIn"] for name, segment in acme["segments"].items()},
                         {"clicked": "both", "fresh": "both", "new-only": "after", "nobody": "after",
                          "old-only": "before"})

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
        text = self.text("new.yaml")
        lines = [line.split() for line in text.splitlines()]
        self.assertEqual(lines[0], ["As", "of", preview["at"] + ",", "nothing", "changed:"])
        for tenant, counts in preview["tenants"].items():
            at = lines.index([tenant + ":", str(counts["leads"]), "leads"])
            for title, kind in (("tier", "tiers"), ("segment", "segments")):
                heading = [title, *NUMBERS] + (["by", "unset"] if kind == "segments" else [])
                at = lines.index(heading, at)
                for name, flow in counts[kind].items():
                    at += 1
                    note = {"both": [], "before": ["(gone)"], "after": ["(new)"]}[flow["definedIn"]]
                    unset = [str(flow["inByUnset"]["leads"] or "-")] if kind == "segments" else []
                    self.assertEqual(lines[at], [name, *note, *(str(flow[key]) for key in NUMBERS), *unset])
        self.assertLessEqual(max(map(len, text.splitlines())), 100)

    def test_the_samples_are_the_first_of_those_who_move(self):
        preview = self.preview("new.yaml")
        already = len(self.read("out/changes.jsonl"))
        self.run_under("new.yaml")
        moved = collections.defaultdict(list)
        for change in map(json.loads, self.read("out/changes.jsonl")[already:].splitlines()):
            if change["kind"] == "TIER_CHANGED":
                moved[change["tenantId"], "tiers", change["to"], "entering"].append(change["leadId"])
                moved[change["tenantId"], "tiers", change["from"], "leaving"].append(change["leadId"])
            else:
                side = "entering" if change["kind"] == "SEGMENT_ENTERED" else "leaving"
                moved[change["tenantId"], "segments", change["name"], side].append(change["leadId"])
        self.assertGreater(max(map(len, moved.values())), 5)
        for tenant, counts in preview["tenants"].items():
            for kind in ("tiers", "segments"):
                for name, flow in counts[kind].items():
                    for side in ("entering", "leaving"):
                        self.assertEqual([sample["lead"] for sample in flow[side]],
                                         sorted(moved[tenant, kind, name, side])[:5], (tenant, kind, name, side))

    def test_samples_say_why(self):
        acme = self.preview("new.yaml")["tenants"]["acme"]
        for sample in acme["segments"]["fresh"]["entering"]:
            self.assertEqual(sample["reasons"], [{"rule": "last_engaged < 12 DAYS AGO", "holds": True,
                                                  "fieldIsUnset": False}])
        self.assertEqual([reason["holds"] for reason in acme["segments"]["clicked"]["leaving"][0]["reasons"]], [False])
        self.assertEqual(acme["segments"]["old-only"]["leaving"][0]["reasons"], [])
        for sample in acme["tiers"]["tepid"]["entering"]:
            self.assertTrue(14 <= sample["scoreAfter"] < 28, sample)
            self.assertEqual((sample["tierBefore"] != "tepid", sample["tierAfter"]), (True, "tepid"))
        text = self.text("new.yaml")
        self.assertRegex(text, r"\n      lead\d+ +(warm|cold) to tepid, score \d+")
        self.assertIn("  last_engaged < 12 DAYS AGO\n", text)
        self.assertIn("  false: DID click >= 4 TIMES\n", text)
        self.assertIn("  the segment is gone\n", text)

    def test_at_another_time(self):
        preview = self.preview("new.yaml", "--at", "2027-01-01")
        self.assertEqual(preview["at"], "2027-01-01T00:00:00Z")
        self.assertEqual(preview["tenants"]["acme"]["segments"]["fresh"]["after"], 0)
        self.assertGreater(self.preview("new.yaml")["tenants"]["acme"]["segments"]["fresh"]["after"], 0)
        result = self.call("preview", "--state", "state", "--definitions", "new.yaml", "--at", "soon")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--at soon is no time", result.stderr)

    def test_an_instant_before_what_is_known(self):
        for command in (["preview", "--definitions", "new.yaml"], ["leads"], ["report"]):
            result = self.call(*command, "--state", "state", "--at", "2020-01-01")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stderr, r"leadpulse: warning: --at 2020-01-01T00:00:00Z is before the state's clock, "
                             r"\S+Z: what has come since is known and counts, too\n$")
            self.assertEqual(self.call(*command, "--state", "state", "--at", "2027-01-01").stderr.count("--at"), 0)

    def test_while_a_run_holds_the_state(self):
        expected = self.preview("new.yaml")
        written = os.path.getsize(self.path("out/changes.jsonl"))
        with self.start_job("--input", "a.jsonl", "--input", "-", "--definitions", "old.yaml", stdin=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as job:
            job.stdin.write(json.dumps({"event": {"tenantId": "third", "leadId": "l", "eventId": "e", "type": "OPEN",
                                                  "occurredAt": "2026-01-01T00:00:00Z"}}) + "\n")
            job.stdin.flush()
            for _ in range(3000):  # until it has the state and has written the change
                if os.path.getsize(self.path("out/changes.jsonl")) > written or job.poll() is not None:
                    break
                time.sleep(0.02)
            during = self.preview("new.yaml")
            self.assertIsNone(job.poll())
            _, errors = job.communicate()
        during["tenants"].pop("third", None)  # it may be committed already
        self.assertEqual(job.returncode, 0, errors)
        self.assertEqual(during, expected)

    def test_what_goes_wrong_is_said(self):
        self.write("wrong.yaml", "tenants: {\"*\": {tires: [], tiers: [{name: all}], segments: [{id: a}]}}\n")
        for code, part, state, definitions in ((2, "wrong.yaml:1:", "state", "wrong.yaml"),
                                               (2, "none", "state", "none"), (1, "none", "none", "new.yaml")):
            result = self.call("preview", "--state", state, "--definitions", definitions)
            self.assertEqual((result.returncode, result.stdout), (code, ""))
            self.assertIn(part, result.stderr)
        self.assertFalse(os.path.exists(self.path("none")))

    def test_a_state_without_a_clock(self):
        self.write("empty.jsonl", "")
        self.output_of("run", "--state", "empty", "--input", "empty.jsonl", "--output", "empty-out", "--quiet")
        result = self.call("preview", "--state", "empty", "--definitions", "new.yaml")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("no record has been accepted into the state yet", result.stderr)

    def test_errors_and_warnings_are_those_of_the_check(self):
        self.write("wrong.yaml", "tenants: {\"*\": {tires: [], tiers: [{name: all}], segments: [{id: a}]}}\n")
        self.write("warned.yaml", NEGATIONS)
        for code, name in ((2, "wrong.yaml"), (0, "warned.yaml")):
            checked = self.call("definitions", "check", name)
            previewed = self.call("preview", "--state", "state", "--definitions", name)
            self.assertEqual((checked.returncode, previewed.returncode), (code, code))
            self.assertEqual(previewed.stderr, checked.stderr)
            self.assertGreater(len(checked.stderr.splitlines()), 1)


class Unset(CommandLine):
    """The fields that the rules name and that leads have, and leads that are in a segment only because a field is
    unset."""

    def setUp(self):
        super().setUp()
        self.write("old.yaml", "tenants: {\"*\": {tiers: [{name: all}]}}\n")
        self.write("new.yaml", NEGATIONS)
        self.write_records("a.jsonl", (
            command(lead, f"c{number}", "2026-01-01T00:00:00Z", updateProfile={"set": profile})
            for number, (lead, profile) in enumerate(PROFILES.items())))
        self.assertEqual(self.run_job("--input", "a.jsonl", "--definitions", "old.yaml").returncode, 0)

    def acme(self):
        return json.loads(self.output_of("preview", "--state", "state", "--definitions", "new.yaml", "--format",
                                         "json"))["tenants"]["acme"]

    def test_who_is_in_only_because_a_field_is_unset(self):
        segments = self.acme()["segments"]
        self.assertEqual({name: (segment["after"], segment["inByUnset"]) for name, segment in segments.items()}, {
            "not-retail": (2, {"leads": 1, "byField": {"industry": 1}}),
            "known-not-retail": (1, {"leads": 0, "byField": {}}),
            "nobody-knows": (1, {"leads": 0, "byField": {}}),
            "mistyped": (3, {"leads": 3, "byField": {"indstry": 3, "last_opened": 3}}),
            "poor": (3, {"leads": 3, "byField": {"agent": 3, "budget": 2}}),
            "all-of-them": (1, {"leads": 1, "byField": {"industry": 1}}),
            "software": (1, {"leads": 0, "byField": {}}),
            "not-software": (2, {"leads": 1, "byField": {"industry": 1}}),
            "mailable": (1, {"leads": 0, "byField": {}})})

    def test_who_has_the_fields(self):
        def field(leads, unreadable=0, declared=None, nearest=None):
            return {"leads": leads, "unreadable": unreadable, "declared": declared, "noLeadHasIt": leads == 0,
                    "nearest": nearest}

        self.assertEqual(self.acme()["fields"], {
            "budget": field(1, 1, "number"), "city": field(0), "email": field(1, declared="text"),
            "indstry": field(0, nearest="industry"), "industry": field(2), "phnoe": field(0, nearest="phone")})

    def test_the_text_says_it(self):
        text = self.output_of("preview", "--state", "state", "--definitions", "new.yaml")
        lines = [" ".join(line.split()) for line in text.splitlines()]
        for line in ("mistyped (new) 0 3 0 3 3", "known-not-retail (new) 0 1 0 1 -", "mistyped (new) 3 indstry",
                     "3 last_opened", "poor (new) 3 agent", "2 budget", "budget 1 3 of 1 it is no number",
                     "city 0 3 ! no lead has it", "indstry 0 3 ! no lead has it; did you mean industry?",
                     'bob industry IS NOT "Retail"', 'cleo industry IS NOT "Retail" (unset)'):
            self.assertIn(line, lines, text)

    def test_names_cannot_steer_the_terminal(self):
        names = ("\x1b[31m\x9b\u202e\u00e9" + "\u00fc" * 60, "\u6f22\u5b57")
        self.write_records("b.jsonl", (
            command(name, "c", "2026-01-02T00:00:00Z", updateProfile={"set": {"industry": "x"}}) for name in names))
        self.assertEqual(self.run_job("--input", "a.jsonl", "b.jsonl", "--definitions", "old.yaml").returncode, 0)
        text = self.output_of("preview", "--state", "state", "--definitions", "new.yaml")
        self.assertIn("      \\u001b[31m\\u009b\\u202e\u00e9" + "\u00fc" * 60 + "\n", text)
        for mark in "\x1b\x9b\u202e":
            self.assertNotIn(mark, text)
        # Each of these characters is two columns wide.
        self.assertIn("      \u6f22\u5b57" + " " * (2 + 38 - 10) + "industry", text)


if __name__ == "__main__":
    unittest.main()
