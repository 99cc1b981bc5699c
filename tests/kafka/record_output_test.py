#!/usr/bin/env python3
"""Records that commands write to a cluster: `--to kafka`.   tests/kafka/record_output_test.py BINARY

A live run reads the topics, so that the reader of keys, partitions and formats judges them.
"""

import json
import os
import subprocess
import sys
import time
import unittest

from live import COMMANDS, DEAD, EVENTS, STATE, free_port, world_for

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/leadpulse"
DEFINITIONS = """
tenants:
  "*":
    tiers: [{name: all}]
    segments: [{id: fair, rule: 'HAS TAG "fair"'}]
"""
CONTACTS = 1000


def contacts(folder):
    path = folder / "contacts.csv"
    path.write_text("email,company\n" + "".join(f"lead{n}@example.com,Company {n}\n" for n in range(CONTACTS)),
                    encoding="utf-8")
    return path


def leadpulse(*arguments, seconds=60, folder=None):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=seconds,
                          stdin=subprocess.DEVNULL, cwd=folder)


class RecordOutputTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=2)
        cls.folder = cls.world.folder
        cls.process = cls.world.process(1)
        cls.process.folder.mkdir(exist_ok=True)
        # One topic format without JSON, and one that is only JSON.
        cls.config = {name: cls.settings(name) for name in ("protobuf", "json")}

    @classmethod
    def settings(cls, record_format, **more):
        path = cls.folder / f"{record_format}.yaml"
        kafka = cls.world.kafka_settings(**more)
        path.write_text(json.dumps({
            "kafka": kafka, "definitions": {"file": str(cls.world.definitions)},
            "state": {"directory": str(cls.folder / "unused"), "erasure_secret": "a secret for tests only"},
            "formats": {"events": record_format, "commands": record_format}}), encoding="utf-8")
        return path

    def said(self, *arguments, code=0, **keywords):
        done = leadpulse(*arguments, folder=self.folder, **keywords)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def to_kafka(self, record_format="json"):
        return "--to", "kafka", "--config", self.config[record_format]

    def test_1_what_is_imported_twice_has_the_same_ids_and_a_live_run_reads_it(self):
        path = contacts(self.folder)
        for _ in range(2):
            said = self.said("import", path, "--tenant", "acme", "--tag", "fair", *self.to_kafka())
            self.assertIn(f"{CONTACTS} right", said.stderr)
            self.assertEqual(said.stdout, "")
        ids = [json.loads(message.value())["commandId"] for message in self.world.read(COMMANDS)]
        self.assertEqual(len(ids), 2 * len(set(ids)))
        self.assertGreaterEqual(len(set(ids)), CONTACTS)
        self.process.start()
        self.world.wait_until_consumed()
        self.process.stop()
        self.assertEqual(self.world.read(DEAD), [])  # no wrong partition, nothing malformed
        self.assertEqual(len({message.key() for message in self.world.read(STATE)
                              if message.key().startswith(b"acme\0")}), CONTACTS)

    def test_2_one_lead_by_hand(self):
        who = ("--tenant", "acme", "--email", "Lead1@Example.com", "--command-id", "hand-1")
        said = self.said("lead", "tag", "vip", *who, *self.to_kafka())
        self.assertEqual((said.stdout, said.stderr), ("", ""))
        last = [message for message in self.world.read(COMMANDS) if b'"hand-1"' in message.value()]
        self.assertEqual([message.key() for message in last], [b"acme\0lead1@example.com"])
        self.assertEqual(json.loads(last[0].value())["editTags"], {"add": ["vip"]})

    def test_3_what_a_state_gives_rise_to(self):
        event = {"tenantId": "acme", "email": "a@example.com", "eventId": "e1", "type": "BOUNCE",
                 "occurredAt": "2026-01-01T00:00:00Z"}
        (self.folder / "in.jsonl").write_text(json.dumps({"event": event}) + "\n", encoding="utf-8")
        self.said("run", "--definitions", self.world.definitions, "--input", "in.jsonl", "--state", "files", "--output",
                  "out", "--quiet")
        self.said("leads", "--state", "files", "--where", "sendable = false", "--to-list", "gone", *self.to_kafka())
        self.said("retract", "--state", "files", "--tenant", "acme", "--type", "bounce", "--yes", *self.to_kafka())
        commands = [json.loads(message.value()) for message in self.world.read(COMMANDS)]
        self.assertEqual([each["editLists"] for each in commands if "editLists" in each], [{"add": ["gone"]}])
        events = [json.loads(message.value()) for message in self.world.read(EVENTS)]
        self.assertEqual([(each["type"], each["retracts"]) for each in events], [("RETRACT", "e1")])

    def test_4_protobuf_where_the_topic_has_that(self):
        self.said("lead", "note", "by hand", "--tenant", "acme", "--lead", "7", "--command-id", "hand-2",
                  *self.to_kafka("protobuf"))
        values = [message.value() for message in self.world.read(COMMANDS) if message.key() == b"acme\x007"]
        self.assertEqual(len(values), 1)
        self.assertTrue(values[0].startswith(b"\x0a\x04acme"), values)  # field 1, of a bare LeadCommand

    def test_5_wrong_usage(self):
        path = contacts(self.folder)
        who = ("--tenant", "acme")
        for arguments in (("import", path, *who), ("lead", "tag", "a", *who, "--lead", "1"),
                          ("leads", "--state", "s", "--to-list", "l"),
                          ("retract", "--state", "s", "--type", "open", *who)):
            self.assertIn("--to kafka needs --config", self.said(*arguments, "--to", "kafka", code=2).stderr)
            self.assertIn("--config is of --to kafka only",
                          self.said(*arguments, "--config", self.config["json"], code=2).stderr)
        self.assertIn("formats.schema_ids.events",
                      self.said("import", path, *who, "--to", "kafka", "--config", self.settings("confluent"),
                                code=2).stderr)

    def test_6_a_topic_that_is_not_there(self):
        path = self.settings("json")
        settings = json.loads(path.read_text(encoding="utf-8"))
        settings["kafka"]["topics"] = {"commands": "nobody.has.this"}
        other = self.folder / "other.yaml"
        other.write_text(json.dumps(settings), encoding="utf-8")
        said = self.said("lead", "tag", "vip", "--tenant", "acme", "--lead", "1", "--to", "kafka", "--config", other,
                         code=1)
        self.assertIn("nobody.has.this", said.stderr)
        self.assertIn("`leadpulse topics create --config FILE` creates", said.stderr)

    def test_7_a_record_that_the_client_does_not_take(self):
        small = self.settings("json", producer={"message.max.bytes": 1000})
        said = self.said("lead", "note", "x" * 2000, "--tenant", "acme", "--lead", "1", "--to", "kafka", "--config", small,
                         code=1)
        self.assertIn("the topic takes none of that size", said.stderr)
        self.assertIn("0 records were sent, and 0 are acknowledged", said.stderr)

    def test_8_nobody_is_there(self):
        config = self.settings("json", bootstrap_servers=f"127.0.0.1:{free_port()}")
        began = time.monotonic()
        said = self.said("import", contacts(self.folder), "--tenant", "acme", "--to", "kafka", "--config", config, code=1)
        self.assertLess(time.monotonic() - began, 30)
        self.assertIn("see that brokers run at kafka.bootstrap_servers", said.stderr)
        self.assertEqual(said.stderr.count("\n"), 1, said.stderr)


if __name__ == "__main__":
    unittest.main()
