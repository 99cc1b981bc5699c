#!/usr/bin/env python3
"""When an input topic was deleted and created again, no record is skipped: `leadpulse run --config` ends with a named
error, both while it runs and when it starts. Records that retention has deleted are no such case. A topic that is
not there yet is waited for.

    tests/kafka/created_again_test.py BINARY
"""

import json
import pathlib
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from confluent_kafka.admin import AdminClient, ConfigResource  # noqa: E402
from live import COMMANDS, EVENTS, STATUS, new_topics, wait_for, world_for  # noqa: E402
from live_test import DEFINITIONS  # noqa: E402

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else "build/release/leadpulse"
PARTITIONS = 2
CREATED_AGAIN = "the topic was deleted and created again"


class CreatedAgain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=PARTITIONS)
        cls.process = cls.world.process(1)

    def send(self, name, count):
        """Sends a click of each of `count` leads."""
        self.world.send([json.dumps({"event": {"tenantId": "acme", "leadId": f"{name}-{lead}", "type": "CLICK",
                                               "eventId": f"{name}-{lead}",
                                               "occurredAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}})
                         for lead in range(count)])

    def leads(self):
        """The leads that have published changes."""
        return {json.loads(message.value())["leadId"] for message in self.world.read(STATUS)}

    def create_again(self):
        admin = AdminClient({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        for name, done in admin.delete_topics([EVENTS, COMMANDS], operation_timeout=30).items():
            done.result(30)
        for done in admin.create_topics([topic for topic in new_topics(PARTITIONS)
                                         if topic.topic in (EVENTS, COMMANDS)]).values():
            done.result(30)

    def ends_by_itself(self):
        self.assertEqual(self.process.wait(90), 1, self.process.said())
        self.assertIn(CREATED_AGAIN, self.process.said().splitlines()[-1])

    # The tests run in the order of their names: each continues where the one before ended.

    def test_0_a_run_waits_for_new_topics_and_says_how_to_create_them(self):
        late = self.world.process(2).start(kafka=self.world.kafka_settings(
            application="late", topics={"lead_state": "late.state", "lead_journal": "late.journal",
                                        "lead_profiles": "late.profiles"}))
        wait_for("it asks for late.state", 30, lambda: "the topic late.state does not exist" in late.said())
        line = next(line for line in late.said().splitlines() if "the topic late.state does not exist" in line)
        command = re.search("`leadpulse (topics create --config) FILE`", line)[1].split()
        subprocess.run([BINARY, *command, str(late.folder / "live.yaml")], check=True, capture_output=True)
        wait_for("all partitions are live", 60, lambda: late.said().count(" is live") == PARTITIONS)
        late.stop()
        admin = AdminClient({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        for topic, name, value in (("late.journal", "retention.ms", "-1"), ("late.profiles", "cleanup.policy", "compact")):
            [described] = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)]).values()
            self.assertEqual(described.result(30)[name].value, value)

    def test_1_the_last_record_is_read_again_and_not_applied_twice(self):
        for round_ in range(3):
            self.process.start()
            self.send(f"first-{round_}", 20)
            self.world.wait_until_consumed()
            self.process.stop()
        self.assertNotIn(CREATED_AGAIN, self.process.said())
        self.assertEqual(len(self.leads()), 60)

    def test_2_where_retention_has_deleted_it_the_log_says_so(self):
        self.world.delete_records(EVENTS, dict.fromkeys(range(PARTITIONS), -1))
        self.process.start()
        wait_for("the log says so of both partitions", 60, lambda: self.process.said().count(
            "was deleted by retention: that the topic is the same cannot be checked") == PARTITIONS)
        self.send("second", 20)
        self.world.wait_until_consumed()
        self.assertEqual(len(self.leads()), 80)

    def test_3_while_it_runs(self):
        before = self.leads()
        self.create_again()
        self.send("third", 150)  # more in each partition than were read
        self.ends_by_itself()
        self.assertEqual(self.leads(), before)

    def test_4_at_the_start(self):
        before = self.leads()
        for _ in range(2):
            self.process.start()
            self.ends_by_itself()
        self.assertEqual(self.leads(), before)

    def test_5_with_fewer_records_than_were_read(self):
        before = self.leads()
        self.create_again()
        self.send("fifth", 4)
        self.process.start()
        self.ends_by_itself()
        self.assertEqual(self.leads(), before)


if __name__ == "__main__":
    unittest.main(failfast=True)
