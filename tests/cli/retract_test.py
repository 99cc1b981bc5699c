#!/usr/bin/env python3
"""Events that never happened, retracted with `leadpulse retract`.   tests/cli/retract_test.py BINARY"""

import json
import os
import re
import shutil
import time
import unittest

from command_line import CommandLine, event

DEFINITIONS = """
tenants:
  acme:
    timezone: Europe/Berlin
    scoring: {rules: [{event: open, points: 1}, {event: click, points: 5}]}
    tiers: [{name: hot, at_least: 10}, {name: warm, at_least: 5}, {name: cold}]
    segments:
      - {id: clickers, name: Clickers, rule: 'DID click'}
      - {id: scanned, name: Scanned, rule: 'DID MACHINE click'}
  small:
    tiers: [{name: all}]
    journal: {max_entries: 2}
"""


RECORDS = [
    *[event(f"lead{number}", "b", "BOUNCE", "2026-03-02T10:00:00Z") for number in range(7)],
    event("lead0", "b2", "BOUNCE", "2026-03-01T22:59:59.999Z"),  # a day earlier in Berlin
    event("ann", "c1", "CLICK", "2026-03-03T10:00:00Z", name="prices", campaignId="spring"),
    event("ann", "c2", "CLICK", "2026-03-03T10:00:01Z", name="prices"),
    event("ann", "c3", "CLICK", "2026-03-03T10:00:02Z", name="news", machine=True),
    event("old", "o1", "OPEN", "2026-03-01T00:00:00Z", tenant="small"),
    event("old", "o2", "OPEN", "2026-03-02T00:00:00Z", tenant="small"),
    event("old", "o3", "OPEN", "2026-03-03T00:00:00Z", tenant="small"),
    event("ann", "s", "SENT", "2026-03-10T00:00:00Z"),
]
STATE = ("--state", "state")
ACME = (*STATE, "--tenant", "acme")


class Retract(CommandLine):
    def setUp(self):
        super().setUp()
        self.make_state_of(DEFINITIONS, RECORDS)

    def preview(self, *arguments):
        result = self.call("retract", *arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def published(self, text):
        """The changes that a preview says a run would publish."""
        return {kind: int(count) for kind, count in re.findall(r"^    ([A-Z_]+) +(\d+)$", text, re.M)}

    def run_on(self, *inputs):
        """Runs on more input; returns the summary."""
        return json.loads(self.run_accepted("--input", "a.jsonl", *inputs, "--format", "json"))

    def changes(self):
        return [json.loads(line) for line in self.read("out/changes.jsonl").splitlines()]

    def fails(self, code, part, *arguments):
        self.expect_failure(code, part, "retract", *arguments)
        self.assertFalse(os.path.exists(self.path("back.jsonl")))

    def test_what_a_broken_mail_server_bounced(self):
        asked = (*ACME, "--type", "bounce", "--between", "2026-03-02", "2026-03-02")
        said = self.preview(*asked)
        self.assertEqual(said, (
            "As of 2026-03-10T00:00:00Z, of tenant acme:\n"
            "\n"
            "  7 bounce events of 7 leads to take back\n"
            "\n"
            "  a run would publish, of 6 leads\n"
            "    EMAIL_STATUS_CHANGED      6\n"
            "    SENDABLE_CHANGED          6\n"
            "\n"
            "  who would change, the first 5 by their id\n"
            + "".join(f"    lead{number}                     1 event: email status bounced to active, sendable false to "
                      "true\n" for number in range(1, 6)) +
            "\n"
            "Nothing is written. --to FILE writes the records for a run to read.\n"))
        self.assertEqual(os.listdir(self.folder).count("back.jsonl"), 0)
        before = len(self.changes())
        self.preview(*asked, "--to", "back.jsonl", "--yes")
        summary = self.run_on("back.jsonl")
        self.assertEqual(summary["records"]["events"], 7)
        kinds = [change["kind"] for change in self.changes()[before:]]
        self.assertEqual({kind: kinds.count(kind) for kind in kinds}, self.published(said))
        self.assertEqual(summary["clock"], "2026-03-10T00:00:00Z")

    def test_the_same_twice_changes_nothing(self):
        asked = (*ACME, "--type", "bounce", "--to", "back.jsonl", "--yes")
        for _ in range(2):
            self.preview(*asked)
        lines = self.read("back.jsonl").splitlines()
        self.assertEqual((len(lines), len(set(lines))), (16, 8))
        records = self.run_on("back.jsonl")["records"]
        self.assertEqual((records["events"], records["duplicates"]), (8, 8))
        said = self.preview(*asked)
        self.assertIn("  0 bounce events of 0 leads to take back\n  8 more taken back already\n", said)
        self.assertEqual(len(self.read("back.jsonl").splitlines()), 16)

    def test_what_a_scanner_clicked(self):
        for more, wanted in ((("--type", "click"), {"c1", "c2"}), (("--type", "click", "--machine"), {"c3"}),
                             (("--type", "CLICK", "--name", "PRICES"), {"c1", "c2"}),
                             (("--type", "click", "--campaign", "Spring"), {"c1"}),
                             (("--type", "send"), {"s"}),
                             (("--type", "click", "--between", "2026-03-03T10:00:01Z", "2026-03-04"), {"c2"}),
                             (("--type", "click", "--between", "2026-03-03", "2026-03-03T10:00:01Z"), {"c1"}),
                             (("--type", "click", "--where", "tier IS \"hot\""), {"c1", "c2"}),
                             (("--type", "click", "--where", "tier IS \"cold\""), set())):
            result = self.call("retract", *ACME, *more, "--to", "-", "--yes")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("of tenant acme:", result.stderr)
            events = [json.loads(line)["event"] for line in result.stdout.splitlines()]
            self.assertEqual({event_["retracts"] for event_ in events}, wanted, more)
        # Records are applied one by one, so the tier changes twice; the sample shows the final difference.
        said = self.preview(*ACME, "--type", "click")
        self.assertEqual(self.published(said), {"STAGE_CHANGED": 1, "TIER_CHANGED": 2, "SEGMENT_LEFT": 1})
        self.assertIn("ann                       2 events: stage engaged to contacted, tier hot to cold, leaves clickers\n",
                      said)
        before = len(self.changes())
        self.preview(*ACME, "--type", "click", "--to", "back.jsonl", "--yes")
        self.run_on("back.jsonl")
        kinds = [change["kind"] for change in self.changes()[before:]]
        self.assertEqual({kind: kinds.count(kind) for kind in kinds}, self.published(said))
        lead = json.loads(self.output_of("lead", *ACME, "--lead", "ann"))
        self.assertEqual([entry["eventId"] for entry in lead["events"] if entry.get("retracted")], ["c1", "c2"])

    def test_what_a_scanner_clicked_by_its_habit(self):
        mail = {"messageId": "m"}
        self.write_records("scanned.jsonl", (
            event("bob", "k1", "CLICK", "2026-03-03T09:59:58Z", name="prices", **mail),
            event("bob", "d", "DELIVERED", "2026-03-03T10:00:00Z", **mail),
            event("bob", "k2", "CLICK", "2026-03-03T10:00:02Z", name="news", **mail),
            event("bob", "k3", "CLICK", "2026-03-03T11:00:00Z", name="news", **mail)))
        self.run_on("scanned.jsonl")
        clicks = (*ACME, "--type", "click")
        for seconds, wanted in (("2", ["k1", "k2"]), ("1", [])):
            result = self.output_of("retract", *clicks, "--scanner-seconds", seconds, "--to", "-", "--yes")
            self.assertEqual([json.loads(line)["event"]["retracts"] for line in result.splitlines()], wanted)
        self.fails(2, "--scanner-seconds is about clicks", *ACME, "--type", "open", "--scanner-seconds", "2")
        self.fails(2, "--scanner-seconds", *clicks, "--scanner-seconds", "0")

    def test_what_has_left_the_journal_is_counted(self):
        small = (*STATE, "--tenant", "small", "--type", "open")
        self.assertIn("  up to 1 more of 1 lead cannot be taken back: they have left the journals (max_entries), and "
                      "only their number is left\n", self.preview(*small))
        self.assertNotIn("cannot be taken back", self.preview(*small, "--between", "2026-03-02", "2026-03-03"))

    def test_it_asks(self):
        asked = ("retract", *ACME, "--type", "bounce", "--to", "back.jsonl")
        code, said = self.answer("n", *asked)
        self.assertEqual(code, 1)
        self.assertIn("Take them back? [y/N]", said)
        self.assertIn("nothing was written", said)
        self.assertFalse(os.path.exists(self.path("back.jsonl")))
        self.assertEqual(self.answer("y", *asked)[0], 0)
        self.assertEqual(len(self.read("back.jsonl").splitlines()), 8)
        self.assertEqual(self.call("retract", *ACME, "--type", "reply", "--to", "none.jsonl", "--yes").returncode, 0)
        self.assertFalse(os.path.exists(self.path("none.jsonl")))

    def test_a_clock_ahead_of_the_wall(self):
        self.run_on("--until", "2999-01-01T00:00:00Z")
        self.preview(*ACME, "--type", "bounce", "--to", "back.jsonl", "--yes")
        self.assertEqual(self.run_on("back.jsonl")["records"]["events"], 8)

    def test_a_run_that_follows_takes_it_too(self):
        shutil.rmtree(self.path("state"))
        shutil.rmtree(self.path("out"))
        bounced = ("leads", *ACME, "--where", "email_status IS \"bounced\"", "--format", "jsonl")
        follow = self.start_job("--definitions", "d.yaml", "--follow", "--input", "a.jsonl", "--quiet")
        try:
            self.wait_for(lambda: len(self.call(*bounced).stdout.splitlines()) == 7)
            self.output_of("retract", *ACME, "--type", "bounce", "--to", "a.jsonl", "--yes")
            self.wait_for(lambda: self.call(*bounced).stdout == "")
        finally:
            follow.terminate()
            follow.wait()
        self.assertEqual((follow.returncode, self.read("out/dead-letters.jsonl")), (0, ""))

    def wait_for(self, condition):
        for _ in range(1000):
            if condition():
                return
            time.sleep(0.02)
        self.fail("it did not happen in time")

    def test_wrong_usage(self):
        bounce = (*ACME, "--type", "bounce")
        self.fails(2, "--type is required", *ACME)
        self.fails(2, "--tenant is required", *STATE, "--type", "bounce")
        self.fails(2, "`bonce` cannot be taken back; did you mean bounce?", *ACME, "--type", "bonce")
        self.fails(2, "`retract` cannot be taken back", *ACME, "--type", "retract")
        self.fails(2, "--between: expected at least 2 values, found 1", *bounce, "--between", "2026-03-01")
        self.fails(2, "`soon` is no time", *bounce, "--between", "2026-03-01", "soon")
        self.fails(2, "the first must be the earlier one", *bounce, "--between", "2026-03-02", "2026-03-01")
        self.fails(2, "--where, line 1, column 8:", *bounce, "--where", "tier IS")
        self.fails(2, "there is no segment", *bounce, "--where", "IN SEGMENT \"x\"")
        self.fails(2, "nobody can be asked; say --yes to write unasked", *bounce, "--to", "back.jsonl")
        self.fails(2, "is no file to add records to", *bounce, "--to", "back.csv")
        self.fails(1, "did you mean acme?", *STATE, "--tenant", "acmee", "--type", "bounce")
        self.fails(1, "there is no state in none", "--state", "none", "--tenant", "acme", "--type", "bounce")
        self.assertIn("leadpulse retract --state state", self.output_of("retract", "--help"))


if __name__ == "__main__":
    unittest.main()
