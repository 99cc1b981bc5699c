#!/usr/bin/env python3
"""A worker whose instance id another member of its group takes, on a real broker.   tests/kafka/fenced_test.py BINARY"""

import json
import signal
import sys
import time
import unittest

import confluent_kafka

from live import COMMANDS, EVENTS, spell, wait_for, world_for
from live_test import now

BINARY = "build/release/leadpulse"
DEFINITIONS = json.dumps({"tenants": {"*": {"tiers": [{"name": "all"}]}}})
FATAL = (confluent_kafka.KafkaError._FATAL, confluent_kafka.KafkaError.FENCED_INSTANCE_ID)
ENDS = "another process runs with the same instance id; give each its own"


class Fenced(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=4)
        cls.sent = 0

    def tearDown(self):
        for process in self.world.processes.values():
            process.kill()  # left over from a failed test

    def goes_on(self, process):
        type(self).sent += 1
        self.world.send([json.dumps({"event": {"tenantId": "acme", "leadId": f"lead-{lead}", "type": "CLICK",
                                               "eventId": f"click-{self.sent}", "occurredAt": spell(now())}})
                         for lead in range(20)])
        wait_for("all consumed", 90, lambda: self.world.lag() == 0 or not process.runs())
        self.assertTrue(process.runs(), process.said()[-2000:])

    def join_as(self, instance, session):
        """Takes a worker's id for a session (in ms), and then disappears: static members leave without a message. A
        member keeps the client name under which it was first created, so this one has the worker's."""
        consumer = confluent_kafka.Consumer({"bootstrap.servers": self.world.cluster.bootstrap_servers(),
                                             "client.id": instance, "group.id": "test",
                                             "group.instance.id": instance, "enable.auto.commit": False,
                                             "session.timeout.ms": session})
        assigned, fenced = [], False  # the worker may take its id back before this member gets a partition
        consumer.subscribe([EVENTS, COMMANDS, "lead.exchange"], on_assign=lambda _, places: assigned.append(places))
        deadline = time.monotonic() + 30
        while not assigned and not fenced and time.monotonic() < deadline:
            message = consumer.poll(0.1)  # a consumer gets its fatal errors here, not in error_cb
            fenced = bool(message and message.error() and message.error().code() in FATAL)
        self.assertTrue(assigned or fenced)
        consumer.close()

    def test_1_a_member_that_nobody_is(self):
        # A worker that is fenced again within two sessions asks the group; with a long session it does so on a slow
        # machine, too.
        process = self.world.process(1).start(
            workers=2, kafka=self.world.kafka_settings(session_timeout="60s", transaction_timeout="30s"))
        self.goes_on(process)
        # The first session is long, so that the other worker does not get the partitions before this one has heard of
        # the fence: everything consumed then is consumed by this one, which is a member again.
        for session in (60000, 6000):
            self.join_as("test-1-0", session)
            self.goes_on(process)
        self.assertIn("joining the group again", process.said())
        # The other worker may have read everything while this one still waits for a broker.
        wait_for("the second fence is heard", 60, lambda: "fenced again; asking the group" in process.said())
        process.stop()

    def test_2_the_only_broker_killed_and_restarted(self):
        process = self.world.process(1).start(workers=2)
        self.goes_on(process)
        for pause in (0.5, 2, 7):  # within a session, and beyond it
            self.world.cluster.brokers[0].signal(signal.SIGKILL)
            time.sleep(pause)
            self.world.cluster.start()
            self.goes_on(process)
        process.stop()

    def test_3_another_process(self):
        first = self.world.process(1).start()
        self.goes_on(first)
        second = self.world.process("other")
        second.start(kafka=self.world.kafka_settings(instance="1"))
        self.assertEqual(first.wait(90), 1, first.said()[-2000:])
        self.assertIn(ENDS, first.said().splitlines()[-1])
        self.assertIn("The other one is the client test-1-0 at ", first.said().splitlines()[-1])
        self.goes_on(second)
        second.stop()


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main(verbosity=2)
