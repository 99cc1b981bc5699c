#!/usr/bin/env python3
"""A process stays within its setting `memory`, however large its backlog: one larger than the setting, in large
records, over many partitions.   tests/kafka/memory_test.py BINARY [--instrumented]

The test compares the setting with the kernel's peak (VmHWM). The records compress to an eighth, because a fetch is
bounded by the bytes sent. Prints what it measured; with a sanitizer or gcov it checks nothing else.
"""

import datetime
import json
import random
import re
import subprocess
import sys
import unittest

import confluent_kafka
from live import COMMANDS, DEAD, EVENTS, SEGMENTS, STATE, free_port, wait_for, world_for
from pages import Pages

BINARY = "build/release/leadpulse"
INSTRUMENTED = "--instrumented" in sys.argv
# Each open of a new lead of the tenant `many` makes one change for each segment.
NEW_LEADS, SEGMENTS_OF_A_LEAD = 200 if INSTRUMENTED else 2000, 1000
DEFINITIONS = ('tenants: {"*": {tiers: [{name: all}], journal: {max_entries: 20000}}, '
               'many: {tiers: [{name: all}], segments: ['
               + ", ".join(f"{{id: s{n}, rule: DID open}}" for n in range(SEGMENTS_OF_A_LEAD)) + "]}}\n")
PARTITIONS, WORKERS, MEMORY_MIB = 12, 2, 384
# Records of each kind: commands that fill a profile, and dead letters. Fewer if memory is not checked.
RECORDS, RECORD_BYTES = 600 if INSTRUMENTED else 6000, 100_000
RATIO = 4
# Events of one lead. They need more than the 4 MiB of a journal; without that bound, more than a record of lead.state
# may have. Each counts its message id, its event id of nine bytes, and 64 bytes.
HEAVY_EVENTS, MESSAGE_ID_BYTES = 12_000, 1000
HELD_EVENTS = (4 << 20) // (64 + 9 + MESSAGE_ID_BYTES)


class MemoryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=PARTITIONS)
        cls.random = random.Random(1)
        cls.pages = Pages(free_port())

    def text(self, size):
        return (self.random.randbytes(size // 2 // RATIO + 1).hex() * RATIO)[:size]

    def command(self, number):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        filled = {f"field_{n}": self.text(8000) for n in range(RECORD_BYTES // 8000)}
        return json.dumps({"tenantId": "acme", "leadId": f"lead-{number}", "commandId": "fill", "issuedAt": now,
                           "actor": "test", "updateProfile": {"set": filled}})

    def heavy_event(self, number):
        at = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=number)
        return json.dumps({"tenantId": "heavy", "leadId": "one", "eventId": f"opn-{number:05}", "type": "OPEN",
                           "messageId": self.random.randbytes(MESSAGE_ID_BYTES // 2).hex(),
                           "occurredAt": at.strftime("%Y-%m-%dT%H:%M:%SZ")})

    def open_event(self, number):
        return json.dumps({"tenantId": "many", "leadId": f"lead-{number}", "eventId": "opn", "type": "OPEN",
                           "occurredAt": "2026-01-01T00:00:00Z"})

    def send(self, topic, make, records=RECORDS, key=lambda number: f"acme\0lead-{number}".encode()):
        producer = confluent_kafka.Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers(),
                                             "partitioner": "murmur2_random", "linger.ms": 50,
                                             "compression.type": "zstd", "queue.buffering.max.kbytes": 65536})
        for number in range(records):
            while True:
                try:
                    producer.produce(topic, make(number), key(number))
                    break
                except BufferError:
                    producer.poll(0.1)
        self.assertEqual(producer.flush(60), 0)

    def high_water_mib(self, process):
        with open(f"/proc/{process.child.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) >> 10

    def read_backlog(self, what):
        # A build that counts lines needs seconds for the records of one fetch, longer than a transaction of these tests
        # may take.
        process = self.world.process(1).start(workers=WORKERS, memory=f"{MEMORY_MIB}MiB",
                                              kafka=self.world.kafka_settings(transaction_timeout="60s"),
                                              http=self.pages.settings(),
                                              state={"directory": str(self.world.process(1).state),
                                                     "erasure_secret": "a secret for tests only"})
        self.addCleanup(process.kill)
        wait_for("all consumed", 200, lambda: self.world.lag() == 0 or not process.runs())
        # A stop writes only some of those that lead.state lacks.
        wait_for("all written to lead.state", 60,
                 lambda: self.pages.metric("unwritten_leads") == 0 or not process.runs())
        self.assertTrue(process.runs(), process.said())
        most = self.high_water_mib(process)
        process.stop()
        print(f"{what}: {most} MiB at most; memory: {MEMORY_MIB}MiB, "
              f"{PARTITIONS} partitions, {WORKERS} workers")
        if not INSTRUMENTED:
            self.assertLessEqual(most, MEMORY_MIB)

    def test_1_what_cannot_be_used(self):
        self.send(EVENTS, lambda number: self.text(RECORD_BYTES))
        self.read_backlog("dead letters")
        self.assertEqual(self.count(DEAD), RECORDS)

    def test_2_leads_that_grow(self):
        self.send(COMMANDS, self.command)
        self.read_backlog("leads")
        self.assertEqual(self.count(STATE), RECORDS)

    def test_3_one_lead_with_more_than_a_record_holds(self):
        self.send(EVENTS, self.heavy_event, HEAVY_EVENTS, lambda number: b"heavy\0one")
        self.read_backlog("one lead")
        explained = subprocess.run([BINARY, "lead", "--state", str(self.world.process(1).state), "--tenant", "heavy",
                                    "--lead", "one"], capture_output=True, text=True, check=True)
        lead = json.loads(explained.stdout)
        self.assertEqual(lead["counts"]["open"], HEAVY_EVENTS)
        self.assertEqual(len(lead["events"]), HELD_EVENTS)

    def test_4_new_leads_that_enter_a_thousand_segments(self):
        self.send(EVENTS, self.open_event, NEW_LEADS, lambda number: f"many\0lead-{number}".encode())
        self.read_backlog("changes")
        self.assertEqual(self.count(SEGMENTS, "many"), NEW_LEADS)
        self.assertEqual(self.read, NEW_LEADS * SEGMENTS_OF_A_LEAD)

    def count(self, topic, tenant="acme"):
        """Returns the keys of the tenant's leads, so that messages are freed at once. Sets `read` to the number of
        records."""
        ended, keys, self.read = set(), set(), 0
        reader = confluent_kafka.Consumer({"bootstrap.servers": self.world.cluster.bootstrap_servers(),
                                           "group.id": "counter", "enable.partition.eof": True,
                                           "isolation.level": "read_committed"})
        try:
            reader.assign([confluent_kafka.TopicPartition(topic, p, 0) for p in range(PARTITIONS)])
            while len(ended) < PARTITIONS:
                message = reader.poll(30)
                self.assertIsNotNone(message, topic)
                if message.error() is None:
                    keys.add(message.key())
                    self.read += 1
                else:
                    ended.add(message.partition())
        finally:
            reader.close()
        # Keys of changes are printable: `tenant/lead`.
        return sum(key.startswith((f"{tenant}\0".encode(), f"{tenant}/".encode())) for key in keys)


if __name__ == "__main__":
    if INSTRUMENTED:
        sys.argv.remove("--instrumented")
    BINARY = sys.argv.pop(1)
    unittest.main(verbosity=2)
