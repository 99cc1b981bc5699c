#!/usr/bin/env python3
"""Producers with other partitioners: librdkafka's own, and none at all. Every lead is there, and no record is a dead
letter, whatever is killed meanwhile. Also the program on the page for producers.

    tests/kafka/producers_test.py BINARY
"""

import json
import pathlib
import subprocess
import sys
import time
import unittest
import urllib.request

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1] / "house")]

import confluent_kafka  # noqa: E402
from live import COMMANDS, DEAD, EVENTS, STATUS, free_port, wait_for, world_for  # noqa: E402
from page_blocks import block  # noqa: E402

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else "build/release/leadpulse"
DEFINITIONS = """
tenants:
  "*":
    scoring: {rules: [{event: open, points: 1}]}
    tiers: [{name: cold}]
"""
LEADS = 60
PARTITIONS = 4
FORMATS = {"events": "json", "commands": "json", "changes": "json", "dead_letters": "json"}


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Producers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=PARTITIONS)
        cls.process = cls.world.process(1)
        cls.port = free_port(1)

    def start(self, **settings):
        self.process.start(formats=FORMATS, http={"enabled": True, "port": self.port}, **settings)
        wait_for("it has its partitions", 60, lambda: self.process.said().count("is live") == PARTITIONS)

    def tearDown(self):
        self.process.kill()

    def produce(self, name, with_key=True):
        """An event and a command of each lead, with librdkafka's default partitioner. Returns their partitions."""
        producer = confluent_kafka.Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        places = {}

        def delivered(error, message):
            self.assertIsNone(error)
            places.setdefault((message.topic(), message.partition()), []).append(message.offset())

        for i in range(LEADS):
            lead = f"{name}-{i}"
            key = f"acme\0{lead}" if with_key else None
            producer.produce(EVENTS, json.dumps({"tenantId": "acme", "leadId": lead, "eventId": f"visit-{lead}",
                                                 "type": "PAGE_VISIT", "occurredAt": now()}), key, on_delivery=delivered)
            producer.produce(COMMANDS, json.dumps({"tenantId": "acme", "leadId": lead, "commandId": f"stage-{lead}",
                                                   "issuedAt": now(), "setStage": {"stage": "CONTACTED"}}), key,
                             on_delivery=delivered)
        self.assertEqual(producer.flush(30), 0)
        return places

    def changes(self, name):
        """The changes by lead, in the order of their numbers."""
        found = {}
        for message in self.world.read(STATUS):
            change = json.loads(message.value())
            if change["leadId"].startswith(f"{name}-"):
                found.setdefault(change["leadId"], []).append(change)
        return {lead: sorted(changes, key=lambda change: int(change["seq"])) for lead, changes in found.items()}

    def check_all(self, name, places):
        def all_there():
            changes = self.changes(name)
            return len(changes) == LEADS and all(any(change["kind"] == "STAGE_CHANGED" for change in of_lead)
                                                 for of_lead in changes.values())
        wait_for("all leads and their stages", 60, all_there)
        for lead, of_lead in self.changes(name).items():
            self.assertEqual([int(change["seq"]) for change in of_lead], list(range(1, len(of_lead) + 1)), lead)
            self.assertEqual([change["kind"] for change in of_lead].count("LEAD_CREATED"), 1, lead)
            for change in of_lead:
                source = change["source"]
                self.assertIn(int(source.get("offset", 0)), places[source["topic"], source.get("partition", 0)], change)
        self.assertEqual(self.world.read(DEAD), [])

    def metric(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=100) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name + "{"))

    # The tests run in the order of their names: each continues where the one before ended.

    def test_1_the_default_partitioner_of_librdkafka(self):
        self.start()
        places = self.produce("default")
        self.check_all("default", places)
        handed_on = self.metric("leadpulse_records_handed_on_total")
        self.assertGreater(handed_on, LEADS)  # three of four, more or less
        self.assertLess(handed_on, 2 * LEADS)
        wait_for("the warning", 10, lambda: "records were handed to the partitions of their leads" in self.process.said())
        self.assertEqual(self.process.said().count("records were handed to"), 1)

    def test_2_no_key_and_killed_meanwhile(self):
        self.start()
        places = self.produce("killed", with_key=False)
        for pause in (0, 0.05, 0.15):
            time.sleep(pause)
            self.process.kill()
            self.start()
        self.check_all("killed", places)

    def test_3_the_program_on_the_page(self):
        self.start()
        program = self.world.folder / "produce.py"
        program.write_text(block("produce.py"), encoding="utf-8")
        subprocess.run([sys.executable, program, self.world.cluster.bootstrap_servers()], check=True, timeout=60)
        wait_for("the lead of the page", 60, lambda: "crm-17" in self.changes("crm"))
        self.assertEqual(self.metric("leadpulse_records_handed_on_total"), 0)
        self.assertEqual(self.world.read(DEAD), [])

    def test_4_strict_refuses_them(self):
        self.start(input_partitioning="strict")
        self.produce("strict")
        self.world.wait_until_consumed()
        wait_for("dead letters", 30, lambda: len(self.world.read(DEAD)) > LEADS)
        self.assertEqual({json.loads(message.value())["reason"] for message in self.world.read(DEAD)}, {"WRONG_PARTITION"})


if __name__ == "__main__":
    unittest.main(failfast=True)
