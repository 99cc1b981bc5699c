#!/usr/bin/env python3
"""Changes by time alone, on topics without new records: each is published at its instant, and not with the next record
or a later poll.   tests/kafka/flips_test.py BINARY

Exact: each change has the instant at which it became true, and nothing is written before that. How late a change is
written depends on the load of the machine; the yardstick is events that are sent one by one in the same run. The median
change is written within 50 ms, and committed within 50 ms and the commit interval; or, if the machine is so slow that
the median event takes longer, within 50 ms of the events' median. A reader gets changes as fast as it gets those of
events. The test prints what it measured.
"""

import datetime
import json
import re
import statistics
import sys
import tempfile
import time
import unittest

import confluent_kafka
from live import EVENTS, SEGMENTS, World, parsed, spell, wait_for

BINARY = "build/release/leadpulse"
# A step is longer than a commit interval, so that each change has its own transaction.
WINDOW_MS, STEP_MS, LEADS = 6000, 250, 12
COMMIT_MS, BOUND_MS = 100, 50
DEFINITIONS = """
tenants:
  "*":
    tiers: [{name: all}]
    segments:
      - {id: just-now, rule: 'DID visit "now" IN LAST 6 seconds'}
      - {id: seen, rule: 'DID visit "page"'}
"""


EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MILLISECOND = datetime.timedelta(milliseconds=1)


def visit(lead, page, ms):
    return json.dumps({"event": {"tenantId": "acme", "leadId": lead, "eventId": f"visit-{page}", "type": "PAGE_VISIT",
                                 "name": page, "occurredAt": spell(EPOCH + ms * MILLISECOND)}})


class Late:
    """How many ms after its instant each change was written, committed and delivered."""

    def __init__(self):
        self.written, self.committed, self.delivered = [], [], []

    def add(self, moment, message, delivered, commits):
        """`commits`: times of the commits of the change's partition."""
        written = message.timestamp()[1]
        self.written.append(written - moment)
        self.committed.append(min(at for at in commits if at >= written) - moment)
        self.delivered.append(delivered - moment)

    def medians(self):
        return [statistics.median(each) for each in (self.written, self.committed, self.delivered)]

    def say(self, what):
        print(f"{what}, ms later, median (least, most): " + ", ".join(
            f"{name} {statistics.median(each):.0f} ({min(each):.0f}, {max(each):.0f})" for name, each in vars(self).items()))


class FlipsTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="leadpulse-flips-")
        self.addCleanup(scratch.cleanup)
        self.world = World(BINARY, scratch.name, DEFINITIONS)
        self.addCleanup(self.world.close)
        self.process = self.world.process(1).start(commit_interval=f"{COMMIT_MS}ms", log={"level": "debug"})
        wait_for("it is live", 60, lambda: self.process.said().count(" is live") == self.world.partitions)
        # A reader of committed records that waits for nothing.
        self.reader = confluent_kafka.Consumer({
            "bootstrap.servers": self.world.cluster.bootstrap_servers(), "group.id": "listener",
            "isolation.level": "read_committed", "enable.auto.commit": False, "fetch.wait.max.ms": 10})
        self.addCleanup(self.reader.close)
        self.reader.assign([confluent_kafka.TopicPartition(SEGMENTS, p, 0) for p in range(self.world.partitions)])

    def next_change(self, kind):
        """Returns (message, change, when it was delivered)."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            message = self.reader.poll(1)
            if message is None or message.error() is not None:
                continue
            delivered, change = time.time() * 1000, json.loads(message.value())
            if change["kind"] == kind:
                return message, change, delivered
        raise self.failureException(f"no {kind} within a minute")

    def commits(self):
        """The times of the commits that the process logged, by partition."""
        found = {}
        for at, partition in re.findall(r"^(\S+) debug partition (\d+): committed", self.process.said(), re.MULTILINE):
            found.setdefault(int(partition), []).append((parsed(at) - EPOCH) // MILLISECOND)
        return found

    def send_one_by_one(self):
        """The yardstick: sends each event when the change of the one before has been delivered."""
        producer = confluent_kafka.Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers(), "linger.ms": 0,
                                             "partitioner": "murmur2_random"})
        producer.list_topics(EVENTS, 10)
        changes = []
        for n in range(LEADS):
            sent = time.time_ns() // 1_000_000
            event = visit(f"event-{n}", "page", sent)
            producer.produce(EVENTS, event, f"acme\0event-{n}".encode())
            producer.poll(0)
            changes.append((sent, *self.next_change("SEGMENT_ENTERED")))
        producer.flush(10)
        return changes

    def let_flip(self):
        # The first lead leaves three seconds from now.
        first = time.time_ns() // 1_000_000 - WINDOW_MS + 3000
        began = {f"lead-{n}": first + n * STEP_MS for n in range(LEADS)}
        # The last visit was a quarter of a second ago.
        self.world.send([visit(lead, "now", ms) for lead, ms in began.items()])
        changes = []
        while began:
            message, change, delivered = self.next_change("SEGMENT_LEFT")
            due = began.pop(change["leadId"]) + WINDOW_MS
            self.assertEqual(change["cause"]["kind"], "TIME")
            self.assertEqual((parsed(change["at"]) - EPOCH) // MILLISECOND, due)
            self.assertGreaterEqual(message.timestamp()[1], due)
            changes.append((due, message, change, delivered))
        return changes

    def test_on_idle_topics(self):
        events, flips = self.send_one_by_one(), self.let_flip()
        self.process.stop()
        commits, late = self.commits(), (Late(), Late())
        for changes, each in zip((events, flips), late):
            for moment, message, _, delivered in changes:
                each.add(moment, message, delivered, commits[message.partition()])
        late[0].say("events, after they were sent")
        late[1].say(f"flips, after their instant (promised: committed after {COMMIT_MS} + {BOUND_MS})")
        of_events, of_flips = (each.medians() for each in late)
        promised = (0, COMMIT_MS, of_events[2])
        for what, flip, event, usual in zip(("written", "committed", "delivered"), of_flips, of_events, promised):
            self.assertLessEqual(flip, max(usual, event) + BOUND_MS, what)


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main(verbosity=2)
