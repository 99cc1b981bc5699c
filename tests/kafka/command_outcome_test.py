#!/usr/bin/env python3
"""The outcome of a command on a cluster: `leadpulse lead … --to kafka --wait`.   tests/kafka/command_outcome_test.py
BINARY"""

import json
import os
import subprocess
import sys
import time
import unittest

from live import COMMANDS, DEAD, world_for

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/leadpulse"
DEFINITIONS = """
tenants:
  "*":
    tiers: [{name: all}]
"""
WHO = ("--tenant", "acme", "--lead", "l1")


class CommandOutcomeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=2)
        cls.folder = cls.world.folder
        cls.process = cls.world.process(1)

    def setUp(self):
        if self.process.runs():
            self.process.stop()

    def lead(self, *arguments, wait="60s", record_format="json", dead_letters=None):
        config = self.folder / "watch.yaml"
        config.write_text(json.dumps({
            "kafka": self.world.kafka_settings(), "definitions": {"file": str(self.world.definitions)},
            "state": {"directory": str(self.folder / "unused"), "erasure_secret": "a secret for tests only"},
            "formats": {"events": record_format, "commands": record_format,
                        "dead_letters": dead_letters or record_format}}), encoding="utf-8")
        return subprocess.run([BINARY, "lead", *arguments, *WHO, "--to", "kafka", "--config", config, "--wait", wait],
                              capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL)

    def expect_applied(self, done):
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def expect_refused(self, done):
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertIn("leadpulse: refused, final_stage: the lead is lost, which is final", done.stderr)

    def test_1_applied_and_refused(self):
        self.process.start()
        self.expect_applied(self.lead("stage", "lost"))
        self.expect_applied(self.lead("tag", "vip"))
        for stage in ("new", "contacted"):  # each command finds its own answer
            self.expect_refused(self.lead("stage", stage))
        self.assertEqual(len(self.world.read(DEAD)), 2)
        for _ in range(2):
            self.expect_applied(self.lead("tag", "other", "--command-id", "twice"))
        self.assertEqual(len(self.world.read(DEAD)), 2)  # --wait did not read them for an applied command

    def test_2_not_known_while_no_worker_runs_and_known_once_one_does(self):
        before = len(self.world.read(COMMANDS))
        began = time.monotonic()
        unknown = self.lead("stage", "new", "--command-id", "late", wait="500ms")
        self.assertLess(time.monotonic() - began, 30)
        self.assertEqual((unknown.returncode, unknown.stdout), (3, ""), unknown.stderr)
        self.assertIn("the command late is written, and not known to be applied or refused yet; see that the live run "
                      "works (leadpulse doctor), then say the same again", unknown.stderr)
        self.assertEqual(len(self.world.read(COMMANDS)), before + 1)
        self.process.start()
        self.expect_refused(self.lead("stage", "new", "--command-id", "late"))

    def test_3_dead_letters_in_another_format_than_the_settings_say(self):
        self.process.start()
        for seconds in (3, 10, 30):  # a busy machine may not have refused it within three
            unknown = self.lead("stage", "new", wait=f"{seconds}s", dead_letters="protobuf")
            self.assertEqual(unknown.returncode, 3, unknown.stderr)
            if "formats.dead_letters" in unknown.stderr:
                return
        self.fail(unknown.stderr)

    def test_4_wrong_usage(self):
        wrong = self.lead("stage", "new", "--state", "s", "--output", "o")
        self.assertEqual(wrong.returncode, 2, wrong.stderr)
        self.assertIn("--state and --output are of --to FILE", wrong.stderr)

    def test_5_what_cannot_be_asked_is_said_before_the_command_is_written(self):
        before = len(self.world.read(COMMANDS))
        settings = self.world.kafka_settings(topics={"dead_letters": "nobody.has.this"})
        usual = self.world.kafka_settings
        self.world.kafka_settings = lambda: settings
        try:
            failed = self.lead("stage", "new")
        finally:
            self.world.kafka_settings = usual
        self.assertEqual(failed.returncode, 1, failed.stderr)
        self.assertIn("nobody.has.this", failed.stderr)
        self.assertEqual(len(self.world.read(COMMANDS)), before)

    # ---- dead letters ----

    def letters(self, *arguments, code=0):
        done = subprocess.run([BINARY, "dead-letters", *arguments, "--config", self.folder / "watch.yaml"], check=False,
                              capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def counts(self, *arguments):
        listed = json.loads(self.letters("list", "--format", "json", *arguments))
        return {group["reason"]: group["count"] for group in listed["reasons"]}

    def test_6_dead_letters_are_listed_and_shown(self):
        self.process.start()
        self.lead("tag", "vip")  # writes the settings of the topic's format
        self.world.send([json.dumps({"event": {"tenantId": "acme", "leadId": "l1", "type": "CLICK",
                                               "occurredAt": "2026-03-03T08:00:00Z"}})])
        self.world.wait_until_consumed()
        before = self.counts()
        self.assertGreaterEqual(before["final_stage"], 3)
        self.assertEqual(before["missing_event_id"], 1)
        self.assertEqual(self.counts("--reason", "missing_event_id"), {"missing_event_id": 1})
        self.assertEqual(self.counts("--tenant", "acme"), before)
        self.assertEqual((self.counts("--tenant", "other"), self.counts("--since", "2100-01-01")), ({}, {}))
        found, = json.loads(self.letters("list", "--format", "json", "--reason", "missing_event_id"))["reasons"]
        self.assertRegex(found["origin"], r"^engagement\.events/[01]=0$")
        shown = self.letters("show", found["origin"])
        for part in ("reason   missing_event_id", "tenant   acme", "key      acme/l1", '"type": "CLICK"'):
            self.assertIn(part, shown)

    def test_7_they_are_sent_again_to_their_topics_once_their_cause_is_mended(self):
        """The definitions wanted a number, and then take a word. The lead stays lost, so its commands come back."""
        self.process.start()
        number = DEFINITIONS.replace("tiers", "fields: {size: number}\n    tiers")
        self.world.definitions.write_text(number, encoding="utf-8")
        for _ in range(40):  # until the run has the new definitions
            done = self.lead("set", "size=many")
            if done.returncode == 1:
                break
            time.sleep(0.5)
        self.assertIn("refused, invalid_value", done.stderr)
        before = self.counts()
        planned = self.letters("send-again", "--dry-run")
        self.assertRegex(planned, rf"invalid_value +{before['invalid_value']} ")
        self.assertRegex(planned, r"Not to send, by the reason of now:\nmissing_event_id +1 ")
        self.assertEqual(self.counts(), before)
        self.world.definitions.write_text(DEFINITIONS.replace("tiers", "fields: {size: text}\n    tiers"), encoding="utf-8")
        written = len(self.world.read(COMMANDS))
        for _ in range(40):
            said = self.letters("send-again", "--yes", "--reason", "invalid_value")
            self.world.wait_until_consumed()
            if self.counts() == before:
                break
            before = self.counts()
        self.assertIn("Sent ", said)
        again = self.world.read(COMMANDS)[written:]
        self.assertEqual({message.key() for message in again}, {b"acme\0l1"})
        self.letters("send-again", "--yes", "--reason", "final_stage")
        self.world.wait_until_consumed()
        self.assertEqual(self.counts()["final_stage"], 2 * before["final_stage"])


if __name__ == "__main__":
    unittest.main()
