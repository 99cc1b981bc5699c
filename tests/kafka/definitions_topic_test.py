#!/usr/bin/env python3
"""Definitions from the compacted topic: `leadpulse definitions apply`, and processes that read them from there. The
last tests use a file that a process watches.

    tests/kafka/definitions_topic_test.py BINARY
"""

import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import time
import unittest

import confluent_kafka
from confluent_kafka.admin import AdminClient

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from live import SEGMENTS, STATUS, new_topics, wait_for, world_for  # noqa: E402

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else "build/release/leadpulse"
TOPIC = "lead.definitions"
LEADS = 60


def definitions(hot, *segments):
    tiers = [{"name": "hot", "at_least": hot}, {"name": "cold"}]
    rules = [{"event": "open", "points": 1}, {"event": "click", "points": 10}]
    return json.dumps({"tenants": {"*": {"tiers": tiers, "scoring": {"rules": rules},
                                         "segments": [{"id": i, "rule": rule} for i, rule in segments]}}})


def click(lead, number=1):
    body = {"tenantId": "acme", "leadId": f"lead-{lead:03}", "eventId": f"click-{lead}-{number}", "type": "CLICK",
            "occurredAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    return json.dumps({"event": body})


class DefinitionsTopic(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, definitions(100), partitions=2)
        cls.folder = cls.world.folder
        cls.process = cls.world.process(1)

    def start(self):
        self.process.start(definitions={"topic": True})
        return self.process

    def config(self):
        """The settings of the process, even before it is started."""
        if not (self.process.folder / "live.yaml").exists():
            self.start().wait(60)
        return str(self.process.folder / "live.yaml")

    def file(self, text):
        path = self.folder / "new.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def apply(self, text, *options, config=None):
        return subprocess.run([BINARY, "definitions", "apply", self.file(text), "--config", config or self.config(),
                               *options], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=50,
                              check=False)

    def apply_answering(self, text, answer):
        """Answers on a terminal; returns the exit code and the output."""
        child, terminal = pty.fork()
        if child == 0:
            os.execv(BINARY, [BINARY, "definitions", "apply", self.file(text), "--config", self.config()])
        said = b""
        try:
            while True:
                said += os.read(terminal, 65536)
                if said.endswith(b"[y/N] "):
                    os.write(terminal, answer.encode() + b"\n")
        except OSError:
            pass  # it has ended
        finally:
            os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said.decode(errors="replace")

    def by_hand(self, value, key=b"definitions"):
        producer = confluent_kafka.Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers(),
                                             "message.max.bytes": 8 << 20})
        producer.produce(TOPIC, value, key, partition=0)
        self.assertEqual(producer.flush(30), 0)

    def published(self):
        return self.world.read(TOPIC)

    def because_of(self, version):
        """The changes caused by this version of the definitions: (lead, kind, name)."""
        changes = [json.loads(message.value()) for topic in (STATUS, SEGMENTS) for message in self.world.read(topic)]
        return sorted((change["leadId"], change["kind"], change.get("name", "")) for change in changes
                      if change["cause"]["kind"] == "DEFINITIONS" and change["cause"]["id"] == version)

    def wait_until_said(self, text, seconds=20):
        wait_for(f"the log says {text}", seconds, lambda: text in self.process.said())

    def version(self, text):
        said = subprocess.run([BINARY, "definitions", "check", self.file(text)], capture_output=True, text=True,
                              check=True).stdout
        return said.rsplit("version: ", 1)[1].strip()

    # The tests run in the order of their names: each continues where the one before ended.

    def test_1_an_empty_topic_is_a_named_error(self):
        self.start()
        self.assertEqual(self.process.wait(60), 1)
        self.assertIn("the topic lead.definitions is empty; publish definitions first: leadpulse definitions apply FILE",
                      self.process.said())

    def test_2_what_apply_refuses(self):
        wrong = self.apply('{"tenants": {"*": {"teirs": [], "segments": 3}}}', "--yes")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn('did you mean "tiers"?', wrong.stderr)
        self.assertIn("segments", wrong.stderr)
        unasked = self.apply(definitions(100))
        self.assertEqual(unasked.returncode, 2)
        self.assertIn("say --yes", unasked.stderr)
        large = self.apply(definitions(100) + "\n#" + "x" * (3 << 20), "--yes")
        self.assertEqual(large.returncode, 2)
        self.assertIn("a live run takes up to", large.stderr)
        settings = json.loads(pathlib.Path(self.config()).read_text(encoding="utf-8"))
        watching = self.folder / "watching.yaml"
        watching.write_text(json.dumps(settings | {"definitions": {"file": "some.yaml"}}), encoding="utf-8")
        watched = self.apply(definitions(100), "--yes", config=str(watching))
        self.assertEqual(watched.returncode, 2)
        self.assertIn("this deployment watches a file, some.yaml", watched.stderr)
        self.assertEqual(self.published(), [])

    def test_3_asks_and_publishes_once(self):
        text = definitions(100)
        code, said = self.apply_answering(text, "n")
        self.assertEqual(code, 1, said)
        self.assertIn("nothing was published", said)
        self.assertIn("no preview: there is no state at", said)
        self.assertEqual(self.published(), [])
        code, said = self.apply_answering(text, "y")
        self.assertEqual(code, 0, said)
        self.assertIn(f"Published: definitions {self.version(text)}, lead.definitions offset 0.", said)
        again = self.apply(text, "--yes")
        self.assertEqual((again.returncode, again.stderr), (0, ""))
        self.assertIn("Nothing to do", again.stdout)
        self.assertEqual([(m.key(), m.value().decode()) for m in self.published()], [(b"definitions", text)])

    def test_4_a_running_process_adopts(self):
        self.start()
        self.world.send([click(lead) for lead in range(LEADS)])
        self.world.wait_until_consumed()
        first = self.version(definitions(100))
        self.assertIn(f"lead.definitions at offset 0: definitions {first} are wanted", self.process.said())
        second = definitions(10, ("clicked", "DID click"))
        said = self.apply(second, "--yes")
        self.assertEqual(said.returncode, 0, said.stderr)
        wanted = sorted((f"lead-{lead:03}", kind, name) for lead in range(LEADS)
                        for kind, name in (("TIER_CHANGED", ""), ("SEGMENT_ENTERED", "clicked")))
        version = self.version(second)
        wait_for("every lead is under the new definitions", 20, lambda: len(self.because_of(version)) >= len(wanted))
        self.assertEqual(self.because_of(version), wanted)

    def test_5_what_cannot_be_used_is_ignored(self):
        self.by_hand(b"tenants: {'*': {teirs: []}}")
        self.wait_until_said("lead.definitions at offset 2 has errors and is ignored")
        self.by_hand(b"\xff\x00 no yaml")
        self.by_hand(definitions(5).encode() + b"\n#" + b"x" * (3 << 20))
        self.wait_until_said("a live run takes up to")
        self.by_hand(None)
        self.wait_until_said("is a tombstone and is ignored")
        self.by_hand(definitions(5).encode(), key=b"other")
        self.wait_until_said("under another key")
        # Uses the last valid text, which was the second one.
        self.by_hand(definitions(10, ("clicked", "DID click")).encode())
        self.world.send([click(LEADS)])
        self.world.wait_until_consumed()
        self.assertTrue(self.process.runs())
        self.assertEqual(self.process.said().count("are wanted"), 2)

    def test_6_a_restart_finds_the_last_that_can_be_used(self):
        self.by_hand(b"no definitions")
        self.process.stop()
        version = self.version(definitions(10, ("clicked", "DID click")))
        before = self.because_of(version)
        self.start()
        self.wait_until_said("running as")
        wanted = [line for line in self.process.said().splitlines() if "are wanted" in line]
        self.assertIn(version, wanted[-1])
        self.world.send([click(lead, 2) for lead in range(LEADS)])
        self.world.wait_until_consumed()
        self.assertEqual(self.because_of(version), before)

    def test_7_published_while_nobody_ran(self):
        self.process.stop()
        third = definitions(1000, ("clicked", "DID click"))
        said = self.apply(third, "--yes")
        self.assertEqual(said.returncode, 0, said.stderr)
        # With a state at hand, the preview says what then happens.
        self.assertRegex(said.stdout, rf"\n +hot +{LEADS + 1} +0 +{LEADS + 1} +0\n +cold +0 +{LEADS + 1} +0 +{LEADS + 1}\n")
        self.start()
        version = self.version(third)
        wait_for("every lead is under them", 30, lambda: len(self.because_of(version)) >= LEADS + 1)
        self.assertEqual(self.because_of(version), [(f"lead-{lead:03}", "TIER_CHANGED", "") for lead in range(LEADS + 1)])
        self.process.stop()

    def create_topic_again(self):
        admin = AdminClient({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        admin.delete_topics([TOPIC], operation_timeout=30)[TOPIC].result(30)
        admin.create_topics([topic for topic in new_topics(2) if topic.topic == TOPIC])[TOPIC].result(30)

    def test_7_read_again_only_the_last_text_counts(self):
        """The reading ends with an error and begins again at the first record, which is an older text."""
        self.start()
        self.wait_until_said(" is live")
        older, last = definitions(10, ("clicked", "DID click")), definitions(1000, ("clicked", "DID click"))
        before = self.because_of(self.version(older))
        self.create_topic_again()
        for text in older, last:
            self.by_hand(text.encode())
        self.wait_until_said(f"lead.definitions at offset 1: definitions {self.version(last)} are wanted", 40)
        self.assertIn("; those in force stay meanwhile", self.process.said())
        self.assertEqual(self.process.said().count("are wanted"), 2)  # including those of the start
        self.process.stop()
        self.assertEqual(self.because_of(self.version(older)), before)

    def test_7_the_topic_is_made_anew(self):
        """Offsets begin again at 0: the definitions in force stay, and those of the new topic count."""
        self.start()
        self.wait_until_said(" is live")
        self.create_topic_again()
        self.wait_until_said("; those in force stay meanwhile", 40)
        for offset, hot in enumerate((900, 1000)):
            text = definitions(hot, ("clicked", "DID click"))
            self.by_hand(text.encode())
            self.wait_until_said(f"lead.definitions at offset {offset}: definitions {self.version(text)} are wanted", 40)
        self.assertEqual(self.process.said().count("those in force stay"), 1)
        self.process.stop()

    # ---- from a file: processes that watch it -----------------------------------------------------------------------

    def edit(self, text):
        self.world.definitions.write_text(text, encoding="utf-8")
        return self.version(text)

    def click_of_new_lead(self, lead):
        """Returns its changes by kind, name and cause."""
        self.world.send([click(lead)])
        self.world.wait_until_consumed()
        changes = [json.loads(message.value()) for topic in (STATUS, SEGMENTS) for message in self.world.read(topic)]
        return sorted((change["kind"], change.get("name", ""), change["cause"]["kind"]) for change in changes
                      if change["leadId"] == f"lead-{lead:03}")

    def test_8_a_watched_file(self):
        self.edit(definitions(1000, ("clicked", "DID click")))
        self.process.start()
        self.wait_until_said(" is live")
        self.assertNotIn("are wanted", self.process.said())  # the definitions of the start
        # After an edit, every lead is evaluated again, in the background.
        version = self.edit(definitions(1000, ("clicked", "DID click"), ("again", "DID click")))
        wait_for("every lead is under the edited file", 20, lambda: len(self.because_of(version)) > LEADS)
        self.assertEqual(self.because_of(version), [(f"lead-{lead:03}", "SEGMENT_ENTERED", "again") for lead in range(LEADS + 1)])
        # After a broken edit the definitions in force stay, and records are applied under them.
        entered = [("SEGMENT_ENTERED", "again", "EVENT"), ("SEGMENT_ENTERED", "clicked", "EVENT")]
        self.world.definitions.write_text("tenants: {'*': {teirs: []}}", encoding="utf-8")
        self.wait_until_said("teirs")
        self.wait_until_said(f"{self.world.definitions} has errors and is ignored")
        self.assertEqual([e for e in self.click_of_new_lead(LEADS + 1) if e[0] == "SEGMENT_ENTERED"], entered)
        # Deleting the file changes nothing either.
        self.world.definitions.unlink()
        self.wait_until_said("those in force stay")
        self.assertEqual([e for e in self.click_of_new_lead(LEADS + 2) if e[0] == "SEGMENT_ENTERED"], entered)
        # The file is put back, corrected.
        version = self.edit(definitions(1000, ("again", "DID click")))
        wait_for("every lead is under the corrected file", 20, lambda: len(self.because_of(version)) > LEADS + 2)
        self.assertEqual(self.because_of(version), [(f"lead-{lead:03}", "SEGMENT_LEFT", "clicked") for lead in range(LEADS + 3)])
        self.assertEqual(self.process.said().count("are wanted"), 2)
        # A slow copy: the incomplete file is valid, and would make every lead leave a segment.
        parts = ["tenants:\n  '*':\n    tiers: [{name: hot, at_least: 1000}, {name: cold}]\n    scoring: {rules: [{event: click, points: 10}]}\n",
                 "    segments:\n", "      - {id: other, rule: DID click}\n", "      - {id: again, rule: DID click}\n"]
        for part in range(len(parts)):
            version = self.edit("".join(parts[:part + 1]))
            time.sleep(1)
        wait_for("every lead is under the copied file", 20, lambda: len(self.because_of(version)) > LEADS + 2)
        self.assertEqual(self.because_of(version), [(f"lead-{lead:03}", "SEGMENT_ENTERED", "other") for lead in range(LEADS + 3)])
        self.assertEqual(self.process.said().count("are wanted"), 3)
        self.assertTrue(self.process.runs())
        self.process.stop()

    def test_9_a_file_edited_while_no_broker_answered(self):
        """The file is read when the process starts, and watched from when the cluster answers."""
        broker = self.world.cluster.brokers[0]
        broker.signal(signal.SIGSTOP)
        try:
            self.process.start()
            time.sleep(1)
            version = self.edit(definitions(1000, ("clicked", "DID click")))
        finally:
            broker.signal(signal.SIGCONT)
        wait_for("every lead is under the edited file", 40, lambda: len(self.because_of(version)) >= 2 * (LEADS + 3))
        self.process.stop()


if __name__ == "__main__":
    unittest.main()
