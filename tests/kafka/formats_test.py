#!/usr/bin/env python3
"""Protobuf on the topics, bare and with a schema registry's header (Confluent), written and read by another library
than Leadpulse's own.   tests/kafka/formats_test.py BINARY

live_test.py tests the formats under faults; the other tests of the live mode have JSON on their topics.
"""

import datetime
import os
import struct
import sys
import unittest

from google.protobuf.timestamp_pb2 import Timestamp

from live import COMMANDS, DEAD, EVENTS, JOURNAL, PROFILES, SEGMENTS, STATE, STATUS, world_for
from confluent_kafka.admin import AdminClient, NewTopic
from live_formats import CHANGES_ID, DEAD_ID, framed, generate_messages, unframed
import confluent_kafka

BINARY = "build/release/leadpulse"
DEFINITIONS = """
tenants:
  "*":
    tiers: [{name: all}]
    segments: [{id: readers, rule: 'DID open'}, {id: fair, rule: 'HAS TAG "fair"'}]
"""


def now():
    stamp = Timestamp()
    stamp.FromDatetime(datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None))
    return stamp


class FormatsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=2)
        generate_messages(str(cls.world.folder))

    def produce(self, records):
        """Produces (topic, tenant, lead, value) each."""
        producer = confluent_kafka.Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers(),
                                             "partitioner": "murmur2_random", "message.max.bytes": 2 << 20})
        for topic, tenant, lead, value in records:
            producer.produce(topic, value, f"{tenant}\0{lead}".encode())
        self.assertEqual(producer.flush(30), 0)

    def run_with(self, formats):
        process = self.world.process(1).start(formats=formats)
        self.world.wait_until_consumed()
        process.stop()

    def messages_of(self, tenant, *topics):
        """The published (key, value) pairs of a tenant. A dead letter has the key of its record."""
        return [(message.key(), message.value()) for topic in topics for message in self.world.read(topic)
                if message.key() is not None and message.key().startswith((f"{tenant}/".encode(), f"{tenant}\0".encode()))]

    @staticmethod
    def event(tenant, lead):
        from leadpulse.v1.event_pb2 import EngagementEvent
        return EngagementEvent(tenant_id=tenant, lead_id=lead, event_id=f"e-{lead}", type=EngagementEvent.OPEN,
                               occurred_at=now()).SerializeToString()

    @staticmethod
    def command(tenant, lead):
        from leadpulse.v1.command_pb2 import EditTags, LeadCommand
        return LeadCommand(tenant_id=tenant, lead_id=lead, command_id=f"c-{lead}", issued_at=now(), actor="test",
                           edit_tags=EditTags(add=["fair"])).SerializeToString()

    def check_changes(self, tenant, message_of):
        """Reader and visitor are created, and enter one segment each."""
        from leadpulse.v1.change_pb2 import Cause, Change
        entered = {}
        for key, value in self.messages_of(tenant, STATUS, SEGMENTS):
            change = Change.FromString(message_of(value))
            self.assertEqual(key, f"{change.tenant_id}/{change.lead_id}".encode())
            if change.kind == Change.SEGMENT_ENTERED:
                entered[change.lead_id, change.name] = (change.cause.kind, change.cause.id)
        self.assertEqual(entered, {("reader", "readers"): (Cause.EVENT, "e-reader"),
                                   ("again", "readers"): (Cause.EVENT, "e-again"),
                                   ("visitor", "fair"): (Cause.COMMAND, "c-visitor")})

    def check_dead_letters(self, tenant, message_of, sent):
        """`sent`: by lead, the record and a part of its dead letter's message."""
        from leadpulse.v1.dead_letter_pb2 import DeadLetter
        letters = {key.split(b"\0")[1].decode(): DeadLetter.FromString(message_of(value))
                   for key, value in self.messages_of(tenant, DEAD)}
        self.assertEqual(letters.keys(), sent.keys())
        for lead, (value, said) in sent.items():
            self.assertEqual((letters[lead].reason, letters[lead].payload, letters[lead].source.topic),
                             (DeadLetter.MALFORMED, value, EVENTS), lead)
            self.assertIn(said, letters[lead].detail)

    def test_bare_protobuf(self):
        tenant, wrong = "bare", b"\xff\xff\xff"
        self.produce([(EVENTS, tenant, "reader", self.event(tenant, "reader")),
                      (EVENTS, tenant, "again", self.event(tenant, "again")),
                      (COMMANDS, tenant, "visitor", self.command(tenant, "visitor")),
                      (EVENTS, tenant, "broken", wrong)])
        self.run_with({})
        self.check_changes(tenant, bytes)
        self.check_dead_letters(tenant, bytes, {"broken": (wrong, "")})

    def test_confluent(self):
        tenant = "framed"
        event = self.event(tenant, "reader")
        wrong = {"magic": (framed(event, magic=1), "does not begin with a byte 0 and a schema id"),
                 "bare": (event, "does not begin with a byte 0 and a schema id"),
                 "other": (framed(event, indexes=b"\x02\x02"), "message"),     # one index, 1: the second message
                 "nested": (framed(event, indexes=b"\x04\0\0"), "message"),    # two: one within the first
                 "cut": (framed(event)[:5], "")}
        again = framed(self.event(tenant, "again"), indexes=b"\x02\0", schema=1)  # one index, 0: the first, at length
        self.produce([(EVENTS, tenant, "reader", framed(event)), (EVENTS, tenant, "again", again),
                      (COMMANDS, tenant, "visitor", framed(self.command(tenant, "visitor")))] +
                     [(EVENTS, tenant, lead, value) for lead, (value, _) in wrong.items()])
        self.run_with(dict.fromkeys(("events", "commands", "changes", "dead_letters"), "confluent") |
                      {"schema_ids": {"changes": CHANGES_ID, "dead_letters": DEAD_ID}})
        self.check_changes(tenant, lambda value: unframed(value, CHANGES_ID))
        self.check_dead_letters(tenant, lambda value: unframed(value, DEAD_ID), wrong)

    def compressions_of(self, topic):
        """The compressions of a topic's batches, as the broker stores them
        (https://kafka.apache.org/documentation/#recordbatch). Batches of control records have none."""
        found = set()
        for log in (self.world.cluster.brokers[0].folder / "data").glob(f"{topic}-[0-9]/*.log"):
            data, at = log.read_bytes(), 0
            while at + 61 <= len(data):
                size, attributes = struct.unpack_from(">8xi", data, at)[0], struct.unpack_from(">h", data, at + 21)[0]
                if size == 0:
                    break  # the rest of the file is room
                is_control = attributes & 0x20
                if not is_control:
                    found.add(("none", "gzip", "snappy", "lz4", "zstd")[attributes & 7])
                at += 12 + size
        return found

    def test_every_client_can_unpack_what_is_published(self):
        """As it is installed: those of JavaScript and Python know gzip only."""
        self.produce([(EVENTS, "packed", f"reader-{number}", self.event("packed", f"reader-{number}")) for number in range(200)] +
                     [(EVENTS, "packed", "broken", b"\xff" * 2000)])
        self.run_with({})
        for topic in (STATUS, SEGMENTS, DEAD, PROFILES):
            self.assertLessEqual(self.compressions_of(topic), {"none", "gzip"}, topic)
            self.assertIn("gzip", self.compressions_of(topic), topic)
        for topic in (JOURNAL, STATE):
            self.assertIn("lz4", self.compressions_of(topic), topic)

    def letters_of(self, topic):
        """The dead letters in each format, by offset of their record: payload and size; and the largest record."""
        from google.protobuf import json_format
        from leadpulse.v1.dead_letter_pb2 import DeadLetter
        letters, largest = {}, 0
        for message in self.world.read(topic):
            value = message.value()
            letter = (json_format.Parse(value, DeadLetter()) if value[:1] == b"{" else
                      DeadLetter.FromString(unframed(value, DEAD_ID) if value[:1] == b"\0" else value))
            letters[letter.payload[:8]] = letter
            largest = max(largest, len(value))
        return letters, largest

    def test_records_whose_dead_letter_the_topic_does_not_take(self):
        confluent = {"dead_letters": "confluent", "schema_ids": {"dead_letters": DEAD_ID}}
        formats = ("json", "protobuf", "confluent")
        admin = AdminClient({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        limit = {"max.message.bytes": "1000000"}  # also of what is compressed: the Base64 of JSON becomes three quarters
        for future in admin.create_topics([NewTopic(f"small.{name}", 2, 1, config=limit) for name in formats]).values():
            future.result(30)
        for name in formats:
            with self.subTest(name):
                large = b"\xff" + name[:7].encode().ljust(7) + os.urandom(1_048_400)
                small = b"\xfe" + name[:7].encode().ljust(7)
                self.produce([(EVENTS, name, "large", large), (EVENTS, name, "small", small),
                              (EVENTS, name, "reader", self.event(name, "reader"))])
                process = self.world.process(1).start(
                    formats=confluent if name == "confluent" else {"dead_letters": name},
                    kafka=self.world.kafka_settings(topics={"dead_letters": f"small.{name}"}))
                self.world.wait_until_consumed()
                said = process.said()
                process.stop()
                self.assertIn("dead letters are cut to", said)
                letters, _ = self.letters_of(f"small.{name}")
                self.assertEqual(letters.keys(), {large[:8], small[:8]})
                self.assertEqual(letters[large[:8]].payload, large[:64 << 10])
                self.assertEqual(letters[large[:8]].size, len(large))
                self.assertEqual((letters[small[:8]].payload, letters[small[:8]].size), (small, 0))
                self.assertTrue(self.messages_of(name, SEGMENTS), "valid records are applied")

    def test_the_usual_topic_takes_every_dead_letter_whole(self):
        large = b"\xffwhole  " + os.urandom((1 << 20) - 300)
        self.produce([(EVENTS, "whole", "large", large)])
        self.run_with({"dead_letters": "json"})
        letters, largest = self.letters_of(DEAD)
        self.assertEqual((letters[large[:8]].payload, letters[large[:8]].size), (large, 0))
        self.assertGreater(largest, len(large) * 4 // 3)


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main(verbosity=2)
