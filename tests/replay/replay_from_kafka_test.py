#!/usr/bin/env python3
"""`leadpulse replay --from-kafka`: a range of the topics is sent again, each record once, also to the same topics, and
continued after a stop. Into a state it does what a run on the records would, also if it is killed.

    tests/replay/replay_from_kafka_test.py BINARY
"""

import collections
import json
import os
import signal
import subprocess
import sys
import unittest

from replay_world import DEFINITIONS, ReplayWorld, click

import confluent_kafka

from live import COMMANDS, EVENTS, wait_for  # noqa: E402  (which replay_world finds)

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/leadpulse"
COUNT = 2000


def event(number):
    return click("acme", number, userAgent="kept")


def records_in(path):
    return collections.Counter(json.dumps(json.loads(line), sort_keys=True)
                               for line in path.read_text(encoding="utf-8").splitlines())


class ReplayFromKafka(ReplayWorld):
    binary = BINARY
    definitions = "tenants: {}"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scored = cls.folder / "scored.yaml"
        cls.scored.write_text(DEFINITIONS, encoding="utf-8")
        cls.lines = [event(number) for number in range(COUNT)]
        cls.world.send(cls.lines)
        cls.sent = collections.Counter(json.dumps(json.loads(line), sort_keys=True) for line in cls.lines)

    def command(self, *arguments):
        return [BINARY, "replay", "--from-kafka", "--config", str(self.config), *map(str, arguments)]

    def replay(self, *arguments):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False, timeout=60)

    # The tests run in the order of their names: the last adds to the topics.

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

    # ---- into a state ----

    def into(self, name, *arguments, crash_at=None):
        """Returns the state as leads without their number of changes, which depends on the order of the partitions."""
        environment = dict(os.environ, **({"LEADPULSE_CRASH_AT": crash_at} if crash_at else {}))
        return subprocess.run(self.command("--state", self.folder / name / "state", "--output", self.folder / name / "out",
                                           "--definitions", self.scored, "--epoch-records", 300, *arguments),
                              capture_output=True, text=True, check=False, timeout=120, env=environment)

    def leads(self, name):
        leads = [json.loads(line) for line in (self.folder / name / "out/leads.jsonl").read_text().splitlines()]
        return [{key: value for key, value in lead.items() if key != "seq"} for lead in leads]

    def run_on(self, name, lines):
        (self.folder / f"{name}.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        subprocess.run([BINARY, "run", "--input", self.folder / f"{name}.jsonl", "--definitions", self.scored,
                        "--state", self.folder / name / "state", "--output", self.folder / name / "out", "--quiet"],
                       check=True)

    def differences(self, *states):
        return subprocess.run([BINARY, "diff", *(self.folder / name / "state" for name in states)], check=False,
                              capture_output=True, text=True).stdout

    def test_4_killed_again_and_again_a_state_is_that_of_the_records(self):
        self.run_on("right", self.lines)
        for point in ("replay_range_fixed", "archive_written", "archive_ended", "archive_manifest",
                      "replay_range_fetched", "during_start", "before_batch:2", "after_batch:3", "before_leads_rename"):
            killed = self.into("fresh", crash_at=point)
            self.assertEqual(killed.returncode, -signal.SIGKILL, f"{point}: {killed.stderr}")
            if point == "replay_range_fixed":  # later records do not belong to the range
                self.world.send([event(COUNT)])
        last = self.into("fresh")
        self.assertEqual(last.returncode, 0, last.stderr)
        self.assertEqual(self.leads("fresh"), self.leads("right"))
        self.assertIn("No lead differs.", self.differences("right", "fresh"))
        again = self.into("fresh")  # asks no broker
        self.assertEqual(again.returncode, 0, again.stderr)
        other = self.into("fresh", "--topic-until", "2026-01-01")
        self.assertIn("belongs to another replay", other.stderr)
        changes = [json.loads(line) for line in (self.folder / "fresh/out/changes.jsonl").read_text().splitlines()]
        places = [(change["leadId"], change["seq"]) for change in changes]
        self.assertEqual(len(places), len(set(places)))

    def test_5_a_part_of_it_selected_and_what_is_no_record(self):
        producer = confluent_kafka.Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        producer.produce(EVENTS, b"\xff{", b"acme\x00lead-1", partition=1)
        producer.produce(EVENTS, b'{"tenantId":"acme","leadId":"lead-1"}', b"acme\x00lead-1", partition=1)
        self.assertEqual(producer.flush(30), 0)
        some = {f"lead-{number}" for number in range(20)}
        leads = [word for lead in some for word in ("--lead", lead)]
        done = self.into("part", "--topic-from", f"{EVENTS}/1=10", *leads, "--as-backfill")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("records of the topics that no run can read: 1, in ", done.stderr)
        self.assertLessEqual({lead["leadId"] for lead in self.leads("part")}, some)
        self.assertTrue(self.leads("part"))
        dead = (self.folder / "part/out/dead-letters.jsonl").read_text().splitlines()
        self.assertEqual(len(dead), 1)
        changes = (self.folder / "part/out/changes.jsonl").read_text().splitlines()
        self.assertTrue(all(json.loads(line)["backfill"] for line in changes))

    def test_6_what_is_not_there(self):
        nothing = self.into("nothing", "--topic-from", "end")
        self.assertEqual(nothing.returncode, 1)
        self.assertIn("nothing lies in the topics from end until end", nothing.stderr)
        self.assertEqual(self.into("nothing", "--topic-from", "end-").returncode, 1)
        self.world.delete_records(EVENTS, {0: 5})
        deleted = self.into("nothing", "--topic-from", f"{EVENTS}/0=2", "--topic-until", f"{EVENTS}/0=20")
        self.assertEqual(deleted.returncode, 1)
        self.assertIn(f"offsets 2 to 4 of {EVENTS} [0] are not in the topic any more", deleted.stderr)
        done = self.into("nothing", "--topic-from", f"{EVENTS}/0=5", "--topic-until", f"{EVENTS}/0=20")
        self.assertEqual(done.returncode, 0, done.stderr)  # the refused call left nothing behind

    def test_7_a_dry_run(self):
        said = self.replay("--state", self.folder / "part/state", "--dry-run", "--topic-until", f"{EVENTS}/1=10",
                           "--type", "click")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("10 records, ", said.stdout)
        self.assertEqual(sorted(path.name for path in (self.folder / "part").iterdir()), ["out", "state"])

    def test_8_to_the_topics_themselves_it_ends(self):
        before = len(self.world.read(EVENTS))
        done = self.replay("--to", "kafka")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.world.read(EVENTS)), 2 * before - 2)  # two records cannot be sent


class ReplayOfProtobuf(ReplayWorld):
    binary = BINARY
    definitions = "tenants: {}"
    settings = {"formats": {"events": "protobuf", "commands": "protobuf"}}

    def test_what_was_sent_to_the_topics_comes_back_as_it_was(self):
        lines = [click("acme", number, campaignId="spring") for number in range(100)]
        lines += [json.dumps({"command": {"tenantId": "acme", "leadId": f"lead-{number}", "commandId": f"c{number}",
                                          "issuedAt": "2026-01-02T00:00:00Z", "editTags": {"add": ["one", "two"]}}})
                  for number in range(10)]
        self.put("sent.jsonl", lines)
        there = self.call("replay", "sent.jsonl", "--to", "kafka", "--config", self.config)
        self.assertEqual(there.returncode, 0, there.stderr)
        self.assertEqual([len(self.world.read(topic)) for topic in (EVENTS, COMMANDS)], [100, 10])
        back = self.call("replay", "--from-kafka", "--config", self.config, "--to", "back.jsonl")
        self.assertEqual(back.returncode, 0, back.stderr)
        self.assertEqual(records_in(self.folder / "back.jsonl"), records_in(self.folder / "sent.jsonl"))


if __name__ == "__main__":
    unittest.main()
