"""What tests of the live mode need: a cluster, processes with `leadpulse run --config`, records to send and to read.

Needs Debian's python3-confluent-kafka, which the system's own interpreter has.
"""

import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import confluent_kafka
from confluent_kafka.admin import AdminClient

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from broker import records, requests  # noqa: E402
from broker.cluster import Cluster, free_port  # noqa: E402
from broker.records import COMMANDS, EVENTS  # noqa: E402
from broker.topics import create_topics, new_topics  # noqa: E402,F401

from live_formats import DEAD, JOURNAL, PROFILES, SEGMENTS, STATE, STATUS, make_format  # noqa: E402,F401
from shared_broker import leave, use_broker  # noqa: E402

PATIENCE = 4
SESSION_SECONDS = 6  # the minimum of a broker


class Failure(Exception):
    """A condition that must hold does not."""


def wait_for(what, seconds, holds):
    """Waits until `holds` is true. A machine may be PATIENCE times as slow as one on which the seconds are ample."""
    deadline = time.monotonic() + PATIENCE * seconds
    while not holds():
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not within {PATIENCE * seconds} s")
        time.sleep(0.05)


def spell(instant):
    """Formats an instant as in records and changes."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03}Z"


def parsed(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def flip_byte(path, place):
    with open(path, "r+b") as file:
        file.seek(place)
        byte = file.read(1)
        file.seek(place)
        file.write(bytes([byte[0] ^ 0x55]))


class Process:
    """A Leadpulse process, which may be restarted with the same state."""

    def __init__(self, world, instance):
        self.world, self.instance, self.child = world, instance, None
        self.folder = world.folder / f"process-{instance}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "log"

    @property
    def state(self):
        return self.folder / "state"

    def write_settings(self, workers=1, **settings):
        """Writes the file of its settings and returns its path. `settings`: groups that replace the usual ones."""
        config = {"kafka": self.world.kafka_settings(instance=str(self.instance)),
                  "state": {"directory": str(self.state), "cache": "64MiB", "erasure_secret": "a secret for tests only"},
                  "definitions": {"file": str(self.world.definitions)}, "workers": workers,
                  "formats": self.world.format.settings, "http": {"enabled": False}, "log": {"level": "info"},
                  # Lead.state and lead.profiles are read soon.
                  "changelog_interval": "1s", "profiles": {"interval": "500ms", "counts_interval": "1s"},
                  **settings}
        path = self.folder / "live.yaml"
        path.write_text(json.dumps(config), encoding="utf-8")
        return path

    def start(self, crash_at=None, workers=1, variables=None, **settings):
        """`settings`: as for write_settings. `variables`: of the environment."""
        path = self.write_settings(workers, **settings)
        environment = os.environ | (variables or {})
        environment.pop("LEADPULSE_CRASH_AT", None)
        if crash_at:
            environment["LEADPULSE_CRASH_AT"] = crash_at
        self.said_before = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen([self.world.binary, "run", "--config", str(path)],
                                          stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        return self

    def said(self):
        """The output since the last start."""
        return self.log.read_bytes()[self.said_before:].decode(errors="replace")

    def send(self, number):
        self.child.send_signal(number)

    def runs(self):
        return self.child is not None and self.child.poll() is None

    def wait(self, seconds):
        """Waits for the end; returns the exit code."""
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"process {self.instance} did not end within {seconds} s; {self.log}") from None

    def stop(self, seconds=10):
        """Stops it as an operator does; it must exit with success within the promised time."""
        wait_for(f"process {self.instance} has begun", 60, lambda: "running as" in self.said() or not self.runs())
        self.send(signal.SIGTERM)
        code = self.wait(seconds)
        if code != 0:
            raise Failure(f"process {self.instance} ended with {code} when asked to stop; {self.log}")

    def kill(self):
        if self.runs():
            self.send(signal.SIGKILL)
            self.send(signal.SIGCONT)
            self.child.wait()


class World:
    """A cluster with Leadpulse's topics, in a folder, and its input and output."""

    def __init__(self, binary, folder, definitions, brokers=1, partitions=4, listeners=(), version=None,
                 format_name="json"):
        self.binary, self.folder = os.path.abspath(binary), pathlib.Path(folder)
        self.definitions = self.folder / "definitions.yaml"
        self.definitions.write_text(definitions, encoding="utf-8")
        self.partitions, self.format = partitions, make_format(format_name, self.folder)
        (self.folder / "kafka").mkdir(parents=True, exist_ok=True)
        if (brokers, listeners, version) == (1, (), None):
            self.cluster = use_broker(self.folder / "kafka")
        else:
            self.cluster = Cluster(self.folder / "kafka")
            self.cluster.make(brokers, free_port(brokers, listeners), listeners, version)
            self.cluster.start()
        create_topics(self.cluster, partitions)
        self.processes = {}
        self.lines = []  # the records sent, as JSON lines of a file
        self.group = "test"  # whose lag counts

    def process(self, instance):
        return self.processes.setdefault(instance, Process(self, instance))

    def kafka_settings(self, **more):
        """The group `kafka` of a process's settings."""
        return {"bootstrap_servers": self.cluster.bootstrap_servers(), "application": "test", "instance": "1",
                "session_timeout": f"{SESSION_SECONDS}s", "transaction_timeout": "5s", **more}

    def close(self):
        for process in self.processes.values():
            process.kill()
        leave(self.cluster)

    def send(self, lines):
        """Sends JSON lines of a file, each to its topic under its lead's key, without those that the format cannot
        express. Waits until all are written."""
        self.lines += lines
        records.send(self.cluster.bootstrap_servers(), lines, value_of=self.format.encode)

    def read(self, topic):
        """All committed records of a topic, from its beginning."""
        return records.read(self.cluster.bootstrap_servers(), topic)

    def delete_records(self, topic, offsets):
        """Deletes records before these offsets, by partition, as retention does; -1: all."""
        requests.delete_records(self.cluster.bootstrap_servers(), topic, offsets)

    def coordinator_of(self, transactional_id):
        """The number of the broker that coordinates this transactional id: Kafka uses the hash of Java's String."""
        code = 0
        for character in transactional_id:
            code = (31 * code + ord(character)) & 0xFFFFFFFF
        topic = "__transaction_state"
        admin = AdminClient({"bootstrap.servers": self.cluster.bootstrap_servers()})
        partitions = admin.list_topics(topic, 10).topics[topic].partitions
        return partitions[(code if code < 1 << 31 else (1 << 32) - code) % len(partitions)].leader

    def lag(self):
        """The number of input records that the group has not committed."""
        consumer = confluent_kafka.Consumer({"bootstrap.servers": self.cluster.bootstrap_servers(),
                                             "group.id": self.group, "enable.auto.commit": False})
        try:
            places = [confluent_kafka.TopicPartition(topic, p) for topic in (EVENTS, COMMANDS)
                      for p in range(self.partitions)]
            behind = 0
            for place in consumer.committed(places, 10):
                low, high = consumer.get_watermark_offsets(confluent_kafka.TopicPartition(place.topic, place.partition),
                                                           10, False)
                behind += high - (place.offset if place.offset >= 0 else low)
            return behind
        except confluent_kafka.KafkaException:
            return -1  # the cluster does not answer yet
        finally:
            consumer.close()

    def wait_until_consumed(self, seconds=60):
        wait_for("all records consumed", seconds, lambda: self.lag() == 0)


def world_for(test_class, binary, definitions, **options):
    """A world in a temporary folder for all tests of a class; both are removed afterwards."""
    scratch = tempfile.TemporaryDirectory(prefix="leadpulse-")
    test_class.addClassCleanup(scratch.cleanup)
    world = World(binary, scratch.name, definitions, **options)
    test_class.addClassCleanup(world.close)
    return world
