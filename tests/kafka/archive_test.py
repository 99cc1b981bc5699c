#!/usr/bin/env python3
"""`leadpulse archive` on a real broker. Killed at random, it archives each committed record once, and a run reads the
archive as it reads the records themselves.

    tests/kafka/archive_test.py BINARY
"""

import collections
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import unittest

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewPartitions

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from live import EVENTS, new_topics, records, wait_for, world_for  # noqa: E402

BINARY = os.path.abspath(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release/leadpulse")
RECORDS = 20_000
KILLS = 10
CRASH_POINTS = ("archive_written:1", "archive_written:3", "archive_ended", "archive_file", "archive_manifest")
DEFINITIONS = json.dumps({"tenants": {"*": {
    "tiers": [{"name": "hot", "at_least": 30}, {"name": "cold"}],
    "scoring": {"rules": [{"event": "open", "points": 1}, {"event": "click", "points": 5},
                          {"event": "page_visit", "points": 2}]},
    "segments": [{"id": "clicked", "rule": "DID click"}]}}})


def run(*arguments, check=True, **more):
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, check=False, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{arguments}: {done.returncode}\n{done.stderr[-3000:]}")
    return done


def unpacked(path):
    return subprocess.run(["zstd", "-dcq", str(path)], capture_output=True, check=True).stdout.decode()


class Archive(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=4)
        cls.folder = cls.world.folder
        cls.archive = cls.folder / "archive"
        cls.config = cls.folder / "live.yaml"
        cls.config.write_text(json.dumps({
            "kafka": cls.world.kafka_settings(), "definitions": {"file": str(cls.world.definitions)},
            "state": {"directory": str(cls.folder / "unused"), "erasure_secret": "a secret for tests only"},
            "formats": {"events": "json", "commands": "json"}}), encoding="utf-8")
        cls.seed = int(os.environ.get("LEADPULSE_ARCHIVE_SEED", random.randrange(1 << 30)))
        print("seed", cls.seed, file=sys.stderr)
        cls.random = random.Random(cls.seed)
        cls.lines = cls.history()

    @classmethod
    def history(cls):
        made = cls.folder / "history.jsonl"
        run("simulate", "--leads", 900, "--days", 60, "--seed", 7, "--output", made)
        return made.read_text(encoding="utf-8").splitlines()[:RECORDS]

    @classmethod
    def send_in_transactions(cls, lines, name):
        """Sends the lines in transactions; some others between them are aborted, and their records must never be
        seen."""
        producer = confluent_kafka.Producer({"bootstrap.servers": cls.world.cluster.bootstrap_servers(),
                                             "transactional.id": name, "partitioner": "murmur2_random", "linger.ms": 5})
        producer.init_transactions(30)
        for begin in range(0, len(lines), 1000):
            batch = lines[begin:begin + 1000]
            for aborted in (True, False) if begin % 2000 == 0 else (False,):
                producer.begin_transaction()
                for line in batch[:100] if aborted else batch:
                    topic, key = records.topic_and_key(line)
                    producer.produce(topic, ("aborted " if aborted else "").encode() + line.encode(), key)
                    producer.poll(0)
                producer.flush(30)
                producer.abort_transaction(30) if aborted else producer.commit_transaction(30)

    def start(self, *options, crash_at=None, log="log"):
        environment = os.environ | ({"LEADPULSE_CRASH_AT": crash_at} if crash_at else {})
        with open(self.folder / log, "ab") as said:
            return subprocess.Popen([BINARY, "archive", "--config", str(self.config), "--to", str(self.archive),
                                     "--segment-mib", "1", *options], stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                    env=environment)

    def said(self, log="log"):
        return (self.folder / log).read_text(encoding="utf-8", errors="replace")[-3000:]

    def finish(self):
        """Archives up to the ends; returns the exit code."""
        process = self.start()
        self.addCleanup(process.kill)
        return process.wait(60)

    def data_files(self):
        return sorted(self.archive.glob("*.jsonl.zst"))

    def archived(self):
        return [line for path in self.data_files() for line in unpacked(path).splitlines()]

    # The tests run in the order of their names: each continues where the one before ended.

    def test_1_killed_at_random_each_record_is_there_once(self):
        self.send_in_transactions(self.lines[:RECORDS // 2], "first")
        for kill in range(KILLS):
            if kill == KILLS // 2:
                self.assertEqual(self.finish(), 0, self.said())  # so that there are several segments, wherever it was killed
                self.send_in_transactions(self.lines[RECORDS // 2:], "second")
            if kill % 2 == 0:
                process = self.start("--follow", crash_at=self.random.choice(CRASH_POINTS))
            else:
                process = self.start("--follow")
            try:
                process.wait(self.random.uniform(0.05, 0.8))  # and no longer, so that it is killed anywhere
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self.assertEqual(process.returncode, -signal.SIGKILL, f"seed {self.seed}\n{self.said()}")
        self.assertEqual(self.finish(), 0, self.said())
        self.assertEqual(collections.Counter(self.archived()), collections.Counter(self.lines), f"seed {self.seed}")
        checked = run("archive", "check", self.archive)
        self.assertIn("Nothing is missing", checked.stdout)
        self.assertIn(f"{RECORDS:,} records", checked.stdout)

    def test_2_a_run_makes_the_same_leads_of_it(self):
        made, counts = {}, {}
        original = self.folder / "original.jsonl"
        original.write_text("\n".join(self.lines) + "\n", encoding="utf-8")
        for name, inputs in (("originals", [original]), ("archive", [self.archive])):
            run("run", "--definitions", self.world.definitions, "--state", self.folder / f"{name}-state",
                "--output", self.folder / name, "--until", "2030-01-01", "--quiet", "--no-sync", "--input", *inputs)
            leads = (self.folder / name / "leads.jsonl").read_text(encoding="utf-8").splitlines()
            made[name] = [json.loads(line) for line in leads]
            # A lead's number of changes depends on the order of different leads' records, which move the clock. So
            # `seq` may differ between two orders of the same records, but the final view does not.
            counts[name] = [lead.pop("seq") for lead in made[name]]
        self.assertGreater(len(made["originals"]), 500)
        self.assertEqual(made["archive"], made["originals"])
        alike = sum(a == b for a, b in zip(counts["archive"], counts["originals"]))
        self.assertGreater(alike, 0.9 * len(counts["originals"]))

    def test_3_nothing_new_changes_nothing(self):
        before = sorted(str(path) for path in self.archive.rglob("*"))
        self.assertEqual(self.finish(), 0, self.said())
        self.assertEqual(sorted(str(path) for path in self.archive.rglob("*")), before)
        again = run("archive", "--config", self.config, "--to", self.archive, "--from", "2020-01-01", check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn("--from is for a new archive", again.stderr)

    def test_4_what_cannot_be_decoded_is_kept_aside(self):
        producer = confluent_kafka.Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        producer.produce(EVENTS, b"\xff\x00{", b"acme\x00ann", partition=2, headers={"from": b"\x01"})
        producer.produce(EVENTS, None, b"acme\x00bob", partition=2)
        producer.produce(EVENTS, b'{"tenantId":"acme",\n"leadId":"cy"}', b"acme\x00cy", partition=2)  # a dead letter
        self.assertEqual(producer.flush(30), 0)
        files = len(self.data_files())
        follower = self.start("--follow", log="follow")
        self.addCleanup(follower.kill)
        wait_for("the archive has the sent records", 30, lambda: f"{RECORDS + 3:,} records," in self.checked())
        follower.send_signal(signal.SIGTERM)
        self.assertEqual(follower.wait(20), 0, self.said("follow"))
        self.assertEqual(len(self.data_files()), files + 1)
        self.assertEqual(unpacked(self.data_files()[-1]), '{"event":{"tenantId":"acme", "leadId":"cy"}}\n')
        aside = sorted((self.archive / "aside").glob("*.jsonl.zst"))
        kept = [json.loads(line) for line in unpacked(aside[-1]).splitlines()]
        self.assertEqual([(k.get("key"), k.get("value")) for k in kept],
                         [("YWNtZQBhbm4=", "/wB7"), ("YWNtZQBib2I=", None)])
        self.assertEqual(kept[0]["headers"], [{"name": "from", "value": "AQ=="}])
        self.assertIn("and 2 aside", self.checked())

    def checked(self):
        return run("archive", "check", self.archive).stdout

    def test_5_check_names_what_is_wrong(self):
        victim = self.data_files()[-2]  # of the last one, nothing says that there was a manifest
        whole = victim.read_bytes()
        flipped = bytearray(whole)
        flipped[self.random.randrange(len(whole))] ^= 0x10
        victim.write_bytes(flipped)
        self.assert_problem(f"{victim.name} is not what was written")
        victim.write_bytes(whole[:-1])
        self.assert_problem(f"{victim.name} has {len(whole) - 1} bytes, and {len(whole)} were written")
        victim.unlink()
        self.assert_problem(f"{victim.name} is missing")
        victim.write_bytes(whole)
        manifest = victim.with_name(victim.name.replace(".jsonl.zst", ".manifest.json"))
        text = manifest.read_bytes()
        manifest.unlink()
        self.assert_problem(f"{manifest.name} is missing")
        refused = run("archive", "--config", self.config, "--to", self.archive, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("segment " + victim.name.split(".")[0], refused.stderr)
        manifest.write_bytes(text)
        self.assertIn("Nothing is missing", run("archive", "check", self.archive).stdout)

    def assert_problem(self, text):
        checked = run("archive", "check", self.archive, check=False)
        self.assertEqual(checked.returncode, 1, checked.stdout)
        self.assertIn(text, checked.stdout)

    def test_6_what_the_topic_deleted_first_is_named(self):
        follower = self.start("--follow", log="late")
        self.addCleanup(follower.kill)
        wait_for("it reads", 30, lambda: self.send_one() and list(self.archive.glob("*.journal")))
        for _ in range(5):
            follower.send_signal(signal.SIGSTOP)
            self.send_to_one_partition(1)  # it answers the pending call
            end = self.send_to_one_partition(500)
            self.delete_records_before(end - 100)
            follower.send_signal(signal.SIGCONT)
            wait_for("the rest is archived", 30, lambda until=end: f"{EVENTS} [1]: offsets 0 to {until - 1}," in
                     run("archive", "check", self.archive, check=False).stdout)
            if "were deleted from the topic" in self.said("late"):
                break  # else a busy broker answered the call so late that everything was in it
        follower.send_signal(signal.SIGTERM)
        self.assertEqual(follower.wait(20), 1, self.said("late"))
        missing = re.findall(r"offsets (\d+) to (\d+) of engagement.events \[1\] are missing for good", self.said("late"))
        self.assertEqual([last for _, last in missing], [str(end - 101)])
        # Also holds if nobody archived meanwhile.
        end = self.send_to_one_partition(50)
        self.delete_records_before(end - 10)
        self.assertEqual(self.finish(), 1, self.said())
        self.assert_problem(f"offsets {end - 50} to {end - 11} of {EVENTS} [1] are missing")
        self.assertEqual(self.finish(), 0, self.said())

    def send_one(self):
        self.send_to_one_partition(1)
        return True

    def send_to_one_partition(self, count):
        """Returns the end offset after that."""
        ends = []
        producer = confluent_kafka.Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        for number in range(count):
            producer.produce(EVENTS, b'{"tenantId":"acme","leadId":"%d"}' % number, partition=1,
                             on_delivery=lambda error, message: ends.append(message.offset() + 1))
        self.assertEqual(producer.flush(30), 0)
        return max(ends)

    def delete_records_before(self, offset):
        self.world.delete_records(EVENTS, {1: offset})

    def test_7_a_topic_made_anew_is_refused(self):
        before = sorted((str(path), path.stat().st_size) for path in self.archive.rglob("*"))
        admin = AdminClient({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        for future in admin.delete_topics([EVENTS], operation_timeout=30).values():
            future.result()
        topic = [new for new in new_topics(4) if new.topic == EVENTS]
        wait_for("the topic is created again", 30, lambda: self.made(admin, topic))
        for lines, complaint in (([], "created again"), (self.lines * 2, "created again")):
            if lines:
                records.send(self.world.cluster.bootstrap_servers(), [line for line in lines if '"event"' in line[:9]])
            refused = run("archive", "--config", self.config, "--to", self.archive, check=False)
            self.assertEqual(refused.returncode, 1, refused.stderr)
            self.assertIn(complaint, refused.stderr)
        self.assertIn("has another record at offset", refused.stderr)
        self.assertEqual(sorted((str(path), path.stat().st_size) for path in self.archive.rglob("*")), before)

    def test_8_partitions_that_a_topic_gets_while_it_follows(self):
        to = self.folder / "grown"
        with open(self.folder / "grown.log", "ab") as said:
            follower = subprocess.Popen([BINARY, "archive", "--config", str(self.config), "--to", str(to), "--follow",
                                         "--from", "end"], stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        self.addCleanup(follower.kill)
        wait_for("it reads", 30, lambda: "[3]: the archive begins" in self.said("grown.log"))
        admin = AdminClient({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        for future in admin.create_partitions([NewPartitions(EVENTS, 5)]).values():
            future.result(30)
        wait_for("the partition exists", 30, lambda: self.send_to_partition(4, 3) == 3)
        wait_for("it is archived", 60, lambda: f"{EVENTS} [4]: offsets 0 to 2, 3 records" in
                 run("archive", "check", to, check=False).stdout)
        follower.send_signal(signal.SIGTERM)
        self.assertEqual(follower.wait(20), 0, self.said("grown.log"))

    def send_to_partition(self, partition, count):
        """Returns how many were delivered: 0 if a producer does not know the partition yet."""
        sent = []
        producer = confluent_kafka.Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        try:
            for number in range(count):
                producer.produce(EVENTS, b'{"tenantId":"acme","leadId":"%d"}' % number, partition=partition,
                                 on_delivery=lambda error, message: sent.append(message.offset()))
        except confluent_kafka.KafkaException:
            return 0
        self.assertEqual(producer.flush(30), 0)
        return len(sent)

    @staticmethod
    def made(admin, topic):
        try:
            for future in admin.create_topics(topic).values():
                future.result()
            return True
        except confluent_kafka.KafkaException:
            return False  # the old topic still exists


if __name__ == "__main__":
    unittest.main()
