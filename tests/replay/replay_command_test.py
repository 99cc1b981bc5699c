#!/usr/bin/env python3
"""`leadpulse replay` on the command line: what it selects, stores, continues and refuses.

    tests/replay/replay_command_test.py BINARY
"""

import gzip
import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

from command_line import BINARY, CommandLine  # noqa: E402


def event(number, lead="ada@example.com", tenant="acme", kind="OPEN", **more):
    return json.dumps({"event": {"tenantId": tenant, "email": lead, "eventId": f"e{number}", "type": kind,
                                 "occurredAt": f"2026-01-{1 + number:02}T00:00:00Z", **more}}) + "\n"


def note(number):
    return json.dumps({"command": {"tenantId": "acme", "leadId": "kim", "commandId": f"c{number}", "actor": "crm",
                                   "issuedAt": f"2026-01-{1 + number:02}T00:00:00Z", "addNote": {"text": "x"}}}) + "\n"


class ReplayTest(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("a.jsonl", event(0) + event(1, kind="CLICK") + event(2, lead="bob@example.com") + note(3)
                   + "no record\n" + event(4, tenant="umbrella"))

    def ids(self, name):
        bodies = [json.loads(line) for line in self.read(name).splitlines()]
        return [(body.get("event") or body["command"]).get("eventId") or body["command"]["commandId"]
                for body in bodies]

    def sent(self, *arguments, source="a.jsonl"):
        if os.path.exists(self.path("sent.jsonl")):
            os.remove(self.path("sent.jsonl"))
        result = self.call("replay", source, "--to", "sent.jsonl", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.ids("sent.jsonl")

    def refused(self, sentence, *arguments, code=2):
        result = self.call("replay", *arguments)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(sentence, result.stderr)

    def test_selects(self):
        self.assertEqual(self.sent(), ["e0", "e1", "e2", "c3", "e4"])
        self.assertEqual(self.sent("--tenant", "acme"), ["e0", "e1", "e2", "c3"])
        self.assertEqual(self.sent("--lead", "Bob@Example.com", "--lead", "kim"), ["e2", "c3"])
        self.assertEqual(self.sent("--type", "open,add_note"), ["e0", "e2", "c3", "e4"])
        self.assertEqual(self.sent("--from", "2026-01-02", "--until", "2026-01-04T00:00:00Z"), ["e1", "e2"])
        result = self.call("replay", "a.jsonl", "--to", "sent.jsonl", "--tenant", "acme")
        self.assertIn("not sent: a.jsonl, record 5: malformed", result.stderr)
        self.assertIn("4 records sent, 1 left out, 1 not sent", result.stderr)

    def test_reads_folders_and_keeps_what_nobody_knows(self):
        os.mkdir(self.path("archive"))
        with gzip.open(self.path("archive/2.jsonl.gz"), "wt") as file:
            file.write(event(8, userAgent="x", odd={"a": [1]}))
        self.write("archive/1.jsonl", event(7))
        self.write("archive/manifest.json", "{}")
        self.assertEqual(self.sent("--as-backfill", source="archive"), ["e7", "e8"])
        last = json.loads(self.read("sent.jsonl").splitlines()[-1])["event"]
        self.assertEqual((last["odd"], last["userAgent"], last["backfill"]), ({"a": [1]}, "x", True))
        os.mkdir(self.path("nothing"))
        self.refused("is a directory without a file to read", "nothing", "--to", "sent.jsonl", code=1)

    def test_many_records_that_are_not_sent_do_not_fill_the_log(self):
        self.write("bad.jsonl", "no record\n" * 30)
        done = self.call("replay", "bad.jsonl", "--to", "sent.jsonl")
        said = done.stderr
        self.assertEqual(done.returncode, 1)
        self.assertIn("leadpulse: nothing was sent: no record of the input could be decoded.", said)
        told = [line.split(" not sent: ")[1] for line in said.splitlines() if " not sent: " in line]
        self.assertEqual(told, [f"bad.jsonl, record {number}: malformed" for number in range(1, 21)])
        self.assertEqual(said.count("further records that are not sent are only counted"), 1)
        self.assertIn("0 records sent, 0 left out, 30 not sent", said)

    def test_standard_input_to_standard_output(self):
        text = event(0) + event(1)
        self.assertEqual(self.output_of("replay", "-", "--to", "-", "--quiet", text=text), text)

    def test_a_checkpoint_knows_its_own(self):
        arguments = ("a.jsonl", "--to", "sent.jsonl", "--checkpoint", "checkpoint")
        self.output_of("replay", *arguments)
        again = self.call("replay", *arguments)
        self.assertEqual(again.returncode, 0)
        self.assertIn("this replay is done, as checkpoint says: 5 records sent", again.stderr)
        self.assertEqual(len(self.ids("sent.jsonl")), 5)
        self.refused("belongs to another replay", *arguments, "--tenant", "acme", code=1)
        self.refused("belongs to another replay", *arguments, "--as-backfill", code=1)

    def test_stopped_it_goes_on_and_a_changed_input_is_named(self):
        self.write("a.jsonl", "".join(event(number) for number in range(9)))
        arguments = ["replay", "a.jsonl", "--to", "sent.jsonl", "--checkpoint", "checkpoint", "--rate", "5",
                     "--checkpoint-every-ms", "0"]
        job = subprocess.Popen([BINARY, *arguments], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        while not os.path.exists(self.path("sent.jsonl")) or not self.read("sent.jsonl"):
            self.assertIsNone(job.poll())
        job.send_signal(signal.SIGINT)
        self.assertIn("run again to go on", job.communicate(timeout=60)[1])
        self.assertEqual(job.returncode, 3)
        sent = len(self.ids("sent.jsonl"))
        self.assertLess(sent, 9)
        whole = self.read("a.jsonl")
        self.write("a.jsonl", whole.replace("e0", "eX"))
        self.refused("input a.jsonl has changed", *arguments[1:], code=1)
        self.write("a.jsonl", whole)
        os.rename(self.path("sent.jsonl"), self.path("aside.jsonl"))
        self.refused("is not there any more", *arguments[1:], code=1)
        os.rename(self.path("aside.jsonl"), self.path("sent.jsonl"))
        self.output_of(*arguments[:-4], "--rate", "1000")
        self.assertEqual(self.ids("sent.jsonl"), [f"e{number}" for number in range(9)])

    def test_into_a_fresh_state(self):
        into = ("a.jsonl", "--state", "fresh", "--output", "made", "--tenant", "acme", "--type", "open",
                "--as-backfill")
        self.output_of("replay", *into, "--quiet")
        leads = [json.loads(line)["leadId"] for line in self.read("made/leads.jsonl").splitlines()]
        self.assertEqual(leads, ["ada@example.com", "bob@example.com"])
        self.assertTrue(all(json.loads(line)["backfill"] for line in self.read("made/changes.jsonl").splitlines()))
        self.assertIn("malformed", self.read("made/dead-letters.jsonl").lower())
        changes = self.read("made/changes.jsonl")
        self.output_of("replay", *into, "--quiet")
        self.assertEqual(self.read("made/changes.jsonl"), changes)
        self.refused("belongs to another replay", *into[:5], code=1)
        self.run_job("--input", "a.jsonl")
        self.refused("is not a fresh one", "a.jsonl", "--state", "state", "--output", "other", code=1)

    def test_a_dry_run_says_and_changes_nothing(self):
        self.write("more.jsonl", event(5, lead="new@example.com", kind="CLICK") + event(6, kind="REPLY"))
        self.write("definitions.yaml", "tenants:\n  '*':\n    scoring: {rules: [{event: reply, points: 9}]}\n"
                   "    tiers: [{name: hot, at_least: 9}, {name: cold}]\n"
                   "    segments: [{id: clickers, name: Clickers, rule: 'clicks >= 1'}]\n")
        self.assertEqual(self.run_job("--input", "a.jsonl", "--definitions", "definitions.yaml").returncode, 0)
        before = {name: self.read(f"out/{name}") for name in ("changes.jsonl", "leads.jsonl")}
        listed = sorted(os.listdir(self.folder))
        text = self.output_of("replay", "more.jsonl", "--state", "state", "--dry-run")
        self.assertRegex(text, r"2 records, \d+ changes, 0 dead letters: with them\. As of 2026-01-07T00:00:00Z")
        self.assertRegex(text, r"hot +0 +1 +0 +1\n")
        self.assertRegex(text, r"cold +3 +1 +1 +3\n")
        self.assertRegex(text, r"clickers +1 +1 +0 +2 ")
        self.assertRegex(text, r"new@example.com +not there to cold, score 0\n")
        self.assertRegex(text, r"ada@example.com +cold to hot, score 0 to 9\n")
        self.assertEqual(sorted(os.listdir(self.folder)), listed)
        self.assertEqual({name: self.read(f"out/{name}") for name in before}, before)
        # Records that were read before are not skipped.
        self.assertIn("6 records, 0 changes, 1 dead letters", self.output_of("replay", "a.jsonl", "--state", "state",
                                                                             "--dry-run"))
        told = json.loads(self.output_of("replay", "a.jsonl", "--state", "state", "--dry-run", "--format", "json"))
        self.assertEqual((told["records"], told["deadLetters"]), (6, 1))
        self.assertEqual(self.run_job("--input", "a.jsonl", "more.jsonl").returncode, 0)

    def test_a_dry_run_tells_whose_data_would_be_gone(self):
        self.write("a.jsonl", event(1, lead="one@example.com") + event(2, lead="other@example.com"))
        self.write("erase.jsonl", json.dumps({"command": {
            "tenantId": "acme", "leadId": "one@example.com", "commandId": "c1", "issuedAt": "2026-02-01T00:00:00Z",
            "erase": {}}}) + "\n")
        self.assertEqual(self.run_job("--input", "a.jsonl").returncode, 0)
        text = self.output_of("replay", "erase.jsonl", "--state", "state", "--dry-run")
        self.assertRegex(text, r"\n    cold +2 +0 +1 +1\n")
        self.assertRegex(text, r"one@example.com +cold to not there, score \d+ to 0\n")

    def test_wrong_usage(self):
        self.refused("give --to, or --state and --output", "a.jsonl")
        self.refused("--to kafka needs --config FILE", "a.jsonl", "--to", "kafka")
        self.refused("did you mean open?", "a.jsonl", "--to", "b.jsonl", "--type", "opne")
        self.refused("`zzzzzzzzzz` is no type of a record; there are: ", "a.jsonl", "--to", "b.jsonl", "--type",
                     "zzzzzzzzzz")
        self.refused("`soon` is no time; write 2026-03-10 or 2026-03-10T09:30:00Z", "a.jsonl", "--to", "b.jsonl",
                     "--until", "soon")
        for option, value in (("--state", "s"), ("--output", "o"), ("--definitions", "d.yaml")):
            self.refused("--state, --output and --definitions do not go with --to", "a.jsonl", "--to", "b.jsonl", option,
                         value)
        self.refused("--checkpoint does not go with standard output", "a.jsonl", "--to", "-", "--checkpoint", "c")
        self.refused("--dry-run sends nothing: leave out --to", "a.jsonl", "--to", "b.jsonl", "--dry-run")
        self.refused("is no file to add records to", "a.jsonl", "--to", "b.pb")
        self.refused("--until must be later", "a.jsonl", "--to", "b.jsonl", "--from", "2026-02-01", "--until",
                     "2026-01-01")
        self.refused("is one of the files to send", "a.jsonl", "--to", "a.jsonl", code=1)
        self.refused("--dry-run needs --state", "a.jsonl", "--dry-run")
        self.refused("--dry-run is under the definitions that the state has: leave out --definitions", "a.jsonl",
                     "--dry-run", "--state", "fresh", "--definitions", "d.yaml")
        self.refused("--max-lag goes with --to kafka", "a.jsonl", "--to", "b.jsonl", "--max-lag", "5")
        self.refused("--from-kafka takes --config", "--from-kafka", "--state", "fresh", "--output", "made")
        self.refused("give files or folders, or --from-kafka", "--state", "fresh", "--output", "made")
        self.write("live.yaml", json.dumps({
            "kafka": {"bootstrap_servers": "127.0.0.1:1", "application": "a"}, "definitions": {"topic": True},
            "state": {"directory": "live", "erasure_secret": "a secret for tests only"}}))
        self.refused("give --definitions, the file that was published", "--from-kafka", "--config", "live.yaml", "--state",
                     "fresh", "--output", "made")
        self.assertFalse(os.path.exists(self.path("made")))
        self.refused("is no number of records a second", "a.jsonl", "--to", "b.jsonl", "--rate", "0")


if __name__ == "__main__":
    unittest.main()
