#!/usr/bin/env python3
"""`leadpulse replay --dry-run` on the state of a run that trusts its producers (`input_partitioning: trusted`): records
of the topics keep their partition, and those of files are refused.

    tests/replay/replay_trusted_test.py BINARY
"""

import json
import os
import sys
import unittest

from replay_world import DEFINITIONS, LEADS, ReplayWorld, click

import confluent_kafka

from broker.records import COMMANDS, EVENTS  # noqa: E402  (which replay_world finds)

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/leadpulse"
ERASED = "lead-7"
ERASE = json.dumps({"command": {"tenantId": "acme", "leadId": ERASED, "commandId": "c-1", "actor": "test",
                                "issuedAt": "2026-01-02T00:00:00Z", "erase": {}}})


def partition_of(lead):
    """The producer's own partitioning, which uses no key."""
    return int(lead[5:]) % 2


class Trusted(ReplayWorld):
    binary = BINARY
    definitions = DEFINITIONS + "    identity: {by_email: false}\n"
    settings = {"input_partitioning": "trusted"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.before = [click("acme", number) for number in range(LEADS * 30)] + [ERASE]
        cls.send(cls.before)
        cls.process.start(**cls.settings)
        cls.world.wait_until_consumed()
        cls.process.stop()
        # Half of the leads become hot; some of the records exist already, and one lead was erased after its record.
        cls.after = [click("acme", number) for number in range(LEADS * 50) if number % LEADS < LEADS // 2]
        cls.send(cls.after)

    @classmethod
    def send(cls, lines):
        producer = confluent_kafka.Producer({"bootstrap.servers": cls.world.cluster.bootstrap_servers()})
        for line in lines:
            topic, body = (EVENTS, "event") if "event" in json.loads(line) else (COMMANDS, "command")
            producer.produce(topic, line.encode(), b"any", partition_of(json.loads(line)[body]["leadId"]))
        assert producer.flush(30) == 0

    def dry_run(self, *arguments):
        return self.call("replay", *arguments, "--dry-run", "--format", "json", "--quiet")

    def tiers(self, done):
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)["tenants"]["acme"]["tiers"]

    def test_records_go_where_they_stand(self):
        found = self.tiers(self.dry_run("--from-kafka", "--config", self.config, "--state", self.process.state))
        self.put("before.jsonl", self.before)
        self.put("after.jsonl", self.after)
        run = self.call("run", "--input", "before.jsonl", "--state", "files", "--output", "out", "--definitions",
                        self.world.definitions, "--quiet")
        self.assertEqual(run.returncode, 0, run.stderr)
        wanted = self.tiers(self.dry_run("after.jsonl", "--state", "files"))
        self.assertEqual(found, wanted)
        self.assertEqual((wanted["hot"]["before"], wanted["hot"]["after"]), (0, LEADS // 2 - 1))
        self.assertEqual(sum(flow["after"] for flow in wanted.values()), LEADS - 1)

    def test_of_files_it_is_not_known(self):
        self.put("some.jsonl", self.before[:10])
        murmur2 = self.folder / "murmur2.yaml"
        murmur2.write_text(self.config.read_text().replace("trusted", "murmur2"))
        for source in (["some.jsonl"], ["--from-kafka", "--config", murmur2]):
            refused = self.dry_run(*source, "--state", self.process.state)
            self.assertEqual(refused.returncode, 1, refused.stdout)
            self.assertIn("which partition the record of a file would come to is not known", refused.stderr)
            self.assertIn("give --from-kafka and a --config that says `trusted`", refused.stderr)

    def test_nothing_in_the_range(self):
        nothing = self.dry_run("--from-kafka", "--config", self.config, "--state", self.process.state, "--topic-from",
                               f"{EVENTS}/1=10", "--topic-until", f"{EVENTS}/1=10")
        self.assertEqual(nothing.returncode, 1)
        self.assertIn("nothing lies in the topics", nothing.stderr)


if __name__ == "__main__":
    unittest.main()
