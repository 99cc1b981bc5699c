#!/usr/bin/env python3
"""Runs on the simulated Kafka: today's workers must publish what was recorded, also from a local state of an earlier
worker.

    tests/recorded/kafka_test.py STEADY_KAFKA             compare; the program is that of tests/recorded/steady_kafka.cc
    tests/recorded/kafka_test.py STEADY_KAFKA --record    make the recordings again
    tests/recorded/kafka_test.py STEADY_KAFKA --record-outputs    replace the expected outputs; input and states stay

A recording `kafka-*` has the input and `topics.jsonl`, the records of all output topics. `live-*` also has `state/`, a
worker's state at rest or in the middle of a restore or a rollout, and `cluster.json`, the contents of all topics then.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import recording

SEEDS = (2, 5, 11, 16)
STATES = (("rest", 7), ("scratch", 5), ("behind", 1), ("behind", 9), ("rollout", 3), ("rollout", 13))
DEAD_LETTERS = "dead letters"
CHANGES = ("status changes", "segment changes")
TOPICS = {2: CHANGES[0], 3: CHANGES[1], 4: "lead.state", 5: DEAD_LETTERS, 6: "lead.exchange",
          7: "lead.journal", 8: "lead.profiles"}
PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/tests/steady_kafka"


def call(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(f"steady_kafka {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")


def log_of(topic, record):
    """The unit within which the order of records is compared: for changes that is a lead, and dead letters have no
    partition of their own."""
    if topic == DEAD_LETTERS:
        return (topic,)
    return (topic, record["partition"], record["key"]) if topic in CHANGES else (topic, record["partition"])


def records_of(data):
    logs = {}
    for line in data.decode().splitlines():
        record = json.loads(line)
        topic = TOPICS[record["topic"]]
        logs.setdefault(log_of(topic, record), []).append(
            (bytes.fromhex(record["key"]), record["value"] and bytes.fromhex(record["value"]), record["headers"]))
    logs.get((DEAD_LETTERS,), []).sort(key=repr)
    return logs


class RecordedKafka(unittest.TestCase):
    maxDiff = 4000

    def compare(self, prefix, command):
        names = recording.names(prefix)
        self.assertGreaterEqual(len(names), 2)
        for name in names:
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                files = recording.load(name)
                recording.write_tree(files, "", folder)
                os.remove(os.path.join(folder, "topics.jsonl"))
                call(command, folder)
                want = records_of(files["topics.jsonl"])
                got = records_of(pathlib.Path(folder, "topics.jsonl").read_bytes())
                self.assertEqual(got.keys(), want.keys())
                for log, records in want.items():
                    self.assertEqual(got[log], records, log)

    def test_a_run_publishes_what_was_recorded(self):
        self.compare("kafka-", "run")

    def test_a_run_from_a_recorded_state_publishes_what_was_recorded(self):
        self.compare("live-", "resume")


# --- Recording ---

def keep(name, folder):
    files = recording.read_tree(folder, "")
    recording.save(name, {path: data for path, data in files.items()
                          if not path.startswith(("others/", "state/LOG"))})
    return records_of(files["topics.jsonl"])


def record_all():
    for prefix in ("kafka-", "live-"):
        for name in recording.names(prefix):
            (recording.FOLDER / f"{name}.tar.xz").unlink()
    written = []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            call("make", str(seed), folder)
            call("run", folder)
            written.append(keep(f"kafka-{seed}", folder))
    for kind, seed in STATES:
        with tempfile.TemporaryDirectory() as folder:
            call("make", str(seed), folder)
            call("stop", kind, folder)
            # Continuing changes the state.
            stopped = recording.read_tree(folder, "")
            call("resume", folder)
            recording.write_tree({path: data for path, data in stopped.items() if path.startswith("state/")}, "",
                                 folder)
            for path in recording.read_tree(os.path.join(folder, "state"), "state/"):
                if path not in stopped:
                    os.remove(os.path.join(folder, path))
            written.append(keep(f"live-{kind}-{seed}", folder))
    for topic in TOPICS.values():
        count = sum(len(records) for logs in written for log, records in logs.items() if log[0] == topic)
        print(f"{topic}: {count} records")
        if count == 0:
            raise SystemExit(f"nothing in {topic}: take other seeds")


def record_outputs():
    for prefix, command in (("kafka-", "run"), ("live-", "resume")):
        for name in recording.names(prefix):
            with tempfile.TemporaryDirectory() as folder:
                files = recording.load(name)
                recording.write_tree(files, "", folder)
                os.remove(os.path.join(folder, "topics.jsonl"))
                call(command, folder)
                recording.save(name, files | {"topics.jsonl": pathlib.Path(folder, "topics.jsonl").read_bytes()})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--record-outputs"]:
        record_outputs()
    elif sys.argv[1:2] == ["--record"]:
        record_all()
    else:
        unittest.main()
