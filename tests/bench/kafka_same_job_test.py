#!/usr/bin/env python3
"""Checks that the Kafka Streams application of the same job publishes each change that Leadpulse publishes:
kafka_same_job_test.py BUILD. Builds the application with Maven."""

import collections
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import unittest

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Producer, TopicPartition
from kafka_programs import DEAD, SEGMENTS, STATUS, Leadpulse, SameJob, build_streams
from kafka_world import ROOT, World

BUILD = sys.argv.pop(1)
PARTITIONS, LEADS, EVENTS_A_LEAD, SEED = 4, 3_000, 12, 1
EVENTS = "same-job.events"
DEFINITIONS = ROOT / "tests/bench/kafka_definitions.yaml"
HOUR, DAY = 3_600_000, 86_400_000
# How long both may take to read the last events before views change by time alone, and to publish that.
READING_SECONDS, FIRING_SECONDS = 20, 60
# The days after each event when a window or a step of decay ends. 0: the event itself is ahead of the clock.
CHANGE_AFTER_DAYS = {"OPEN": (0, 7, 30, 60), "CLICK": (0, 1, 14, 30), "PAGE_VISIT": (0, 1, 7, 90), "REPLY": (0, 1)}
WEIGHTS = {"SENT": 25, "DELIVERED": 15, "OPEN": 20, "CLICK": 10, "REPLY": 5, "BOUNCE": 8, "UNSUBSCRIBE": 2, "RESUBSCRIBE": 3,
           "COMPLAINT": 1, "PAGE_VISIT": 15, "CUSTOM": 2}


def import_schemas(folder):
    subprocess.run(["protoc", "-I", "schemas", f"--python_out={folder}", "leadpulse/v1/event.proto",
                    "leadpulse/v1/change.proto"], cwd=ROOT, check=True)
    sys.path.insert(0, str(folder))
    from leadpulse.v1 import change_pb2, event_pb2  # pylint: disable=import-error,import-outside-toplevel
    return event_pb2, change_pb2


class Histories:
    """Random events of leads whose views do not change by time during the test: the definitions have periods of whole
    days, and no event becomes whole days old within an hour."""

    def __init__(self, event_pb2, now):
        self.pb, self.now, self.random = event_pb2, now, random.Random(SEED)
        self.made = 0

    def event(self, lead, kind, at):
        self.made += 1
        event = self.pb.EngagementEvent(tenant_id="bench", lead_id=f"lead-{lead:06}@example.com",
                                        type=self.pb.EngagementEvent.Type.Value(kind))
        # Ids are not in the order of time, and those of equal times decide.
        event.event_id = f"event-{self.random.getrandbits(32):08x}-{self.made}"
        event.occurred_at.FromMilliseconds(at)
        event.message_id = self.random.choice(("", "m-1", "m-2", "m-3"))
        event.machine = kind in CHANGE_AFTER_DAYS and self.random.random() < 0.1
        if kind == "PAGE_VISIT":
            event.name = self.random.choice(("pricing", "pricing", "home"))
        if kind == "BOUNCE":
            event.bounce_kind = self.random.choice((self.pb.Bounce.UNSPECIFIED, *[self.pb.Bounce.SOFT] * 4))
        return event

    def of(self, lead):
        """Yields the events of a lead in the order of their arrival: one comes late, one twice, and some have the time of
        another."""
        bounces = lead % 20 == 0
        times = sorted(self.now - self.random.randrange(100) * DAY - self.random.randrange(HOUR, DAY - HOUR)
                       for _ in range(EVENTS_A_LEAD))
        for i in range(1, EVENTS_A_LEAD):
            if self.random.random() < 0.1:
                times[i] = times[i - 1]
        events = [self.event(lead, "BOUNCE" if bounces and self.random.random() < 0.7 else
                             self.random.choices(list(WEIGHTS), WEIGHTS.values())[0], at) for at in times]
        events.append(events.pop(self.random.randrange(EVENTS_A_LEAD)))
        yield from events
        yield self.random.choice(events)

    def about_to_change(self, lead, at):
        """Returns an event that changes a view at an instant."""
        kind = self.random.choice(list(CHANGE_AFTER_DAYS))
        event = self.event(lead, kind, at - self.random.choice(CHANGE_AFTER_DAYS[kind]) * DAY)
        event.machine = False
        return event


def send(servers, events):
    producer = Producer({"bootstrap.servers": servers, "partitioner": "murmur2_random", "linger.ms": 5,
                         "queue.buffering.max.messages": 1_000_000})
    for event in events:
        producer.produce(EVENTS, event.SerializeToString(), f"{event.tenant_id}\0{event.lead_id}".encode())
    assert producer.flush(60) == 0


def read(servers, topics):
    """Returns the values of what is committed in the topics."""
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "same-job-test", "enable.auto.commit": False,
                         "isolation.level": "read_committed", "enable.partition.eof": True})
    partitions = [TopicPartition(topic, number, OFFSET_BEGINNING) for topic in topics for number in range(PARTITIONS)]
    consumer.assign(partitions)
    values, ended = [], 0
    while ended < len(partitions):
        for record in consumer.consume(10_000, 1):
            if record.error() is None:
                values.append(record.value())
            else:
                assert record.error().code() == KafkaError._PARTITION_EOF, record.error()
                ended += 1
    consumer.close()
    return values


class SameChanges(unittest.TestCase):
    maxDiff = None

    def test_every_change_of_each_lead(self):
        build_streams()
        with tempfile.TemporaryDirectory(prefix="leadpulse-same-job-") as folder:
            event_pb2, self.pb = import_schemas(folder)
            with World(BUILD, pathlib.Path(folder) / "world", PARTITIONS, keep=False) as world:
                own, other = self.changes_of_both(world, Histories(event_pb2, int(time.time() * 1000)))
        self.assertEqual(len(own), LEADS)
        self.assertEqual(sorted(own), sorted(other))
        differing = sorted(lead for lead in own if own[lead] != other[lead])
        for lead in differing[:1]:
            self.assertEqual(own[lead], other[lead], f"{lead} is the first of {len(differing)} leads that differ")
        self.covers_all([change for of_lead in own.values() for change in of_lead])

    def changes_of_both(self, world, histories):
        programs = [kind(world, "same-job", 1, EVENTS) for kind in (Leadpulse, SameJob)]
        world.create([EVENTS], "engagement.events")
        for program in programs:
            program.prepare()
            program.start()
        send(world.servers, [event for lead in range(LEADS) for event in histories.of(lead)])
        wait_for(programs)
        due = int((time.time() + READING_SECONDS) * 1000)
        send(world.servers, [histories.about_to_change(lead, due + lead) for lead in range(0, LEADS, 5)])
        wait_for(programs)
        self.assertLess(time.time() * 1000, due, "this machine is too slow to read a few events before time changes views")
        time.sleep((due + LEADS) / 1000 - time.time())
        until = time.monotonic() + FIRING_SECONDS
        while True:
            own, other = map(self.changes, programs)
            if own == other or time.monotonic() > until:
                break
            time.sleep(1)
        self.assertEqual(read(world.servers, [programs[0].topic(DEAD)]), [])
        return own, other

    def changes(self, program):
        """Returns the changes of each lead in their order. Those that an event causes have the instant at which the program
        read it; it is cleared, because each reads at its own."""
        found = collections.defaultdict(list)
        for value in read(program.world.servers, [f"{program.name}.{like}" for like in (STATUS, SEGMENTS)]):
            change = self.pb.Change.FromString(value)
            if change.cause.kind == self.pb.Cause.EVENT:
                change.ClearField("at")
            found[change.lead_id].append(change)
        return {lead: sorted(changes, key=lambda change: change.seq) for lead, changes in found.items()}

    def covers_all(self, changes):
        """Fails if the events left something of the definitions out."""
        kinds = self.pb.Change.Kind
        self.assertEqual({kinds.Name(change.kind) for change in changes},
                         {"LEAD_CREATED", "EMAIL_STATUS_CHANGED", "SENDABLE_CHANGED", "STAGE_CHANGED", "SCORE_CHANGED",
                          "TIER_CHANGED", "SEGMENT_LEFT", "SEGMENT_ENTERED"})
        segments = set(re.findall(r"{id: ([\w-]+), name", DEFINITIONS.read_text(encoding="utf-8")))
        self.assertEqual(len(segments), 8)
        self.assertEqual({change.name for change in changes if change.kind == kinds.Value("SEGMENT_ENTERED")}, segments)
        by_time = {kinds.Name(change.kind) for change in changes if change.cause.kind == self.pb.Cause.TIME}
        self.assertLessEqual({"SCORE_CHANGED", "TIER_CHANGED", "SEGMENT_LEFT", "SEGMENT_ENTERED"}, by_time)


def wait_for(programs):
    """Waits until each has committed all events."""
    for program in programs:
        with program.world.blaming(program):
            program.world.load("wait", "--topic", EVENTS, "--group", program.group)


if __name__ == "__main__":
    unittest.main()
