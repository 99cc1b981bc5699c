#!/usr/bin/env python3
"""When somebody adds partitions to the input topics of a running deployment, its processes notice that within seconds, and
end, for records of leads may be where nobody reads. What they say destroys nothing.

    tests/kafka/added_partitions_test.py BINARY
"""

import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from confluent_kafka.admin import AdminClient, NewPartitions  # noqa: E402
from live import COMMANDS, EVENTS, STATE, world_for  # noqa: E402
from live_test import DEFINITIONS  # noqa: E402

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else "build/release/leadpulse"


class AddedPartitions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=2)
        cls.admin = AdminClient({"bootstrap.servers": cls.world.cluster.bootstrap_servers()})

    def add_partitions(self, *topics):
        for done in self.admin.create_partitions([NewPartitions(topic, 3) for topic in topics]).values():
            done.result(30)

    def check_last_words(self, process, what):
        self.assertEqual(process.wait(60), 1, process.said())
        last = process.said().splitlines()[-1]
        self.assertIn(what, last)
        self.assertIn("delete and create nothing: stop the producers", last)

    # The tests run in the order of their names: each continues where the one before ended.

    def test_1_a_running_process_notices_them_within_seconds(self):
        process = self.world.process(1).start()
        self.world.send([json.dumps({"event": {"tenantId": "acme", "leadId": "ann", "type": "CLICK", "eventId": "1",
                                               "occurredAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}})])
        self.world.wait_until_consumed()
        self.add_partitions(EVENTS, COMMANDS)
        since = time.monotonic()
        self.check_last_words(process, "partitions were added")
        self.assertLess(time.monotonic() - since, 30, "librdkafka asks each five minutes, unless it is told otherwise")

    def test_2_a_start_refuses_them(self):
        self.check_last_words(self.world.process(1).start(), f"the topics {EVENTS} and ")
        self.add_partitions(STATE)
        self.check_last_words(self.world.process(1).start(), f"the topics {EVENTS} and ")


if __name__ == "__main__":
    unittest.main(verbosity=2)
