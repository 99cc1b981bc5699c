#!/usr/bin/env python3
"""`leadpulse replay --from-kafka`: a range of the topics is sent again, each record once, also to the topics it is read
from, and after a stop from where it was.

    tests/replay/replay_from_kafka_test.py BINARY
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kafka"))

from live import EVENTS, World, wait_for  # noqa: E402

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/leadpulse"
COUNT = 2000


def event(number):
    return json.dumps({"event": {"tenantId": "acme", "leadId": f"lead-{number % 40}", "eventId": f"e{number}", "type": "CLICK",
                                 "occurredAt": "2026-01-01T00:00:00Z", "userAgent": "kept"}})


def records_in(path):
    return collections.Counter(json.dumps(json.loads(line), sort_keys=True)
                               for line in path.read_text(encoding="utf-8").splitlines())


class ReplayFromKafka(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="leadpulse-replay-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.world = World(BINARY, scratch.name, "tenants: {}", partitions=2)
        cls.addClassCleanup(cls.world.close)
        cls.config = cls.folder / "live.yaml"
        cls.config.write_text(json.dumps({
            "kafka": cls.world.kafka_settings(), "definitions": {"file": str(cls.world.definitions)},
            "state": {"directory": str(cls.folder / "unused"), "erasure_secret": "a secret for tests only"},
            "formats": {"events": "json", "commands": "json"}}), encoding="utf-8")
        cls.lines = [event(number) for number in range(COUNT)]
        cls.world.send(cls.lines)
        cls.sent = collections.Counter(json.dumps(json.loads(line), sort_keys=True) for line in cls.lines)

    def command(self, *arguments):
        return [BINARY, "replay", "--from-kafka", "--config", str(self.config), *map(str, arguments)]

    def replay(self, *arguments):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False, timeout=60)

    # In the order of their names: the last adds to the topics.

    def test_1_all_of_it(self):
        done = self.replay("--to", self.folder / "all.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(records_in(self.folder / "all.jsonl"), self.sent)

    def test_2_offsets(self):
        done = self.replay("--to", self.folder / "part.jsonl", "--topic-from", f"{EVENTS}/1=10", "--topic-until",
                           f"{EVENTS}/1=30")
        self.assertEqual(done.returncode, 0, done.stderr)
        part = records_in(self.folder / "part.jsonl")
        self.assertEqual(part.total(), 20)
        self.assertLessEqual(part, self.sent)
        wrong = self.replay("--to", self.folder / "wrong.jsonl", "--topic-from", "some.topic/0=1")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("is no point of the topics", wrong.stderr)

    def test_3_stopped_it_goes_on(self):
        target = self.folder / "stopped.jsonl"
        arguments = ["--to", target, "--checkpoint", self.folder / "stopped.position", "--checkpoint-every-ms", 0]
        process = subprocess.Popen(self.command(*arguments, "--rate", 1000), stderr=subprocess.DEVNULL)
        wait_for("some are sent", 30, lambda: target.exists() and target.stat().st_size > 0)
        process.terminate()
        self.assertEqual(process.wait(20), 3)
        self.assertLess(records_in(target).total(), COUNT)
        done = self.replay(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(records_in(target), self.sent)

    def test_4_to_the_topics_themselves_it_ends(self):
        done = self.replay("--to", "kafka")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.world.read(EVENTS)), 2 * COUNT)


if __name__ == "__main__":
    unittest.main()
