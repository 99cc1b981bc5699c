#!/usr/bin/env python3
"""What time alone changes, on topics where nothing comes: published at its instant, and not with the next record or
some look-round later.   tests/kafka/flips_test.py BINARY

Exact: each change says the instant at which it came true, and nothing is published before it. How long after it a
change is there depends on the machine's mood: of twelve the quickest is held to two seconds, and what was measured is
printed.
"""

import datetime
import json
import statistics
import sys
import tempfile
import time
import unittest

import confluent_kafka
from live import SEGMENTS, World, parsed, spell, wait_for

BINARY = "build/release/leadpulse"
WINDOW_MS, STEP_MS, LEADS = 6000, 250, 12  # a step is more than a commit interval: each flip has a transaction of its own
COMMIT_MS, BOUND_MS = 100, 2000
DEFINITIONS = """
tenants:
  "*":
    tiers: [{name: all}]
    segments: [{id: just-now, rule: 'DID visit "now" IN LAST 6 seconds'}]
"""


EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MILLISECOND = datetime.timedelta(milliseconds=1)


class FlipsTest(unittest.TestCase):
    def listen(self, world):
        """A reader of committed records, whose answers come at once."""
        reader = confluent_kafka.Consumer({"bootstrap.servers": world.cluster.bootstrap_servers(), "group.id": "listener",
                                           "isolation.level": "read_committed", "enable.auto.commit": False,
                                           "fetch.wait.max.ms": 10})
        self.addCleanup(reader.close)
        reader.assign([confluent_kafka.TopicPartition(SEGMENTS, p, 0) for p in range(world.partitions)])
        return reader

    def flips(self, reader, began):
        """Of each lead that left by time alone: (when it should have, what it says, written, delivered), in ms."""
        left, deadline = {}, time.monotonic() + 60
        while len(left) < LEADS and time.monotonic() < deadline:
            message = reader.poll(1)
            if message is None or message.error() is not None:
                continue
            delivered, change = time.time() * 1000, json.loads(message.value())
            if change["kind"] == "SEGMENT_LEFT":
                self.assertEqual(change["cause"]["kind"], "TIME")
                lead = change["leadId"]
                left[lead] = (began[lead] + WINDOW_MS, (parsed(change["at"]) - EPOCH) // MILLISECOND, message.timestamp()[1], delivered)
        self.assertEqual(left.keys(), began.keys())
        return left.values()

    def test_on_idle_topics(self):
        scratch = tempfile.TemporaryDirectory(prefix="leadpulse-flips-")
        self.addCleanup(scratch.cleanup)
        world = World(BINARY, scratch.name, DEFINITIONS)
        self.addCleanup(world.close)
        process = world.process(1).start(commit_interval=f"{COMMIT_MS}ms")
        wait_for("it is live", 60, lambda: process.said().count(" is live") == world.partitions)
        reader = self.listen(world)
        # The first leaves three seconds from now.
        first = time.time_ns() // 1_000_000 - WINDOW_MS + 3000
        began = {f"lead-{n}": first + n * STEP_MS for n in range(LEADS)}
        # The last was a quarter of a second ago.
        world.send([json.dumps({"event": {"tenantId": "acme", "leadId": lead, "eventId": "visit", "type": "PAGE_VISIT",
                                          "name": "now", "occurredAt": spell(EPOCH + ms * MILLISECOND)}}) for lead, ms in began.items()])
        late = []
        for due, at, written, delivered in self.flips(reader, began):
            self.assertEqual(at, due)
            self.assertGreaterEqual(written, due)
            late.append((written - due, delivered - due))
        process.stop()
        written, delivered = ([round(each[i]) for each in late] for i in range(2))
        print(f"ms after the instant, median (least, most): written {statistics.median(written):.0f} ({min(written)}, "
              f"{max(written)}), delivered {statistics.median(delivered):.0f} ({min(delivered)}, {max(delivered)}); "
              f"promised: {COMMIT_MS} + 50")
        self.assertLess(min(delivered), BOUND_MS)


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main(verbosity=2)
