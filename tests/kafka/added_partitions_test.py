#!/usr/bin/env python3
"""When somebody adds partitions to the input topics of a running deployment, its processes notice that within seconds, and
end, for records of leads may be where nobody reads. What they say destroys nothing. `leadpulse repartition` moves the
deployment to the partitions that are there, and to fewer ones of new topics and another erasure secret: no lead, erasure or
number is lost, and no change is published twice, though the command is killed.

    tests/kafka/added_partitions_test.py BINARY
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools")]

import confluent_kafka  # noqa: E402
from broker.topics import TOPICS  # noqa: E402
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic  # noqa: E402
from live import (COMMANDS, EVENTS, SEGMENTS, SESSION_SECONDS, STATE, STATUS, parsed, spell, wait_for,  # noqa: E402
                  world_for)
from live_test import DEFINITIONS, now  # noqa: E402

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else "build/release/leadpulse"
PEOPLE = 24
OWN = ("exchange", "lead_state", "lead_journal", "lead_profiles")  # topics that each deployment has for itself
INPUTS = {"events": EVENTS, "commands": COMMANDS}


def event(number, kind, lead=None, email=None, at=None, **more):
    who = {"leadId": lead} if lead else {"email": email}
    return json.dumps({"event": {"tenantId": "acme", "type": kind, "eventId": f"{number}-{kind}-{lead or email}",
                                 "occurredAt": spell(at or now()), **who, **more}})


def command(number, lead, **action):
    return json.dumps({"command": {"tenantId": "acme", "leadId": lead, "commandId": f"{number}-{lead}", "actor": "test",
                                   "issuedAt": spell(now()), **action}})


class AddedPartitions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=2)
        cls.admin = AdminClient({"bootstrap.servers": cls.world.cluster.bootstrap_servers()})
        cls.fed = 0
        cls.visits = {}  # when each visitor came, who leaves a segment two seconds later
        cls.erased = []

    def add_partitions(self, *topics):
        for done in self.admin.create_partitions([NewPartitions(topic, 3) for topic in topics]).values():
            done.result(30)

    def check_last_words(self, process, what):
        self.assertEqual(process.wait(60), 1, process.said())
        last = process.said().splitlines()[-1]
        self.assertIn(what, last)
        self.assertIn("delete and create nothing: `leadpulse repartition`", last)

    # ---- the workload ----

    def feed(self):
        """Sends a part of the workload: people with two ids, who click, write, opt out by their address, and are erased."""
        number = type(self).fed = self.fed + 1
        lines = [command(number, f"crm-{i}", updateProfile={"set": {"email": f"p{i}@example.com", "company_size": 100 + i}})
                 for i in range(PEOPLE)] if number == 1 else []
        lines += [event(number, "CLICK", lead=f"crm-{i}") for i in range(PEOPLE)]
        lines += [event(number, "OPEN", email=f"p{i}@example.com") for i in range(0, PEOPLE, 2)]
        lines += [event(number, "UNSUBSCRIBE", email=f"p{i}@example.com") for i in range(number, PEOPLE, 7)]
        self.world.send(lines)
        return number

    def erase(self, number, lead):
        self.erased.append(lead)
        self.world.send([command(f"erase-{number}", lead, erase={})])

    def visit(self, lead):
        self.visits[lead] = now()
        self.world.send([event(0, "PAGE_VISIT", lead=lead, at=self.visits[lead], name="now")])

    # ---- what comes out ----

    def published(self):
        """The changes so far by lead, in the order of their numbers."""
        found = {}
        for topic in (STATUS, SEGMENTS):
            for message in self.world.read(topic):
                change = json.loads(message.value())
                found.setdefault(change["leadId"], []).append(change)
        for lead, changes in found.items():
            changes.sort(key=lambda change: int(change["seq"]))
        return found

    def check_numbers(self):
        """Each change is there once, without a gap."""
        found = self.published()
        for lead, changes in found.items():
            self.assertEqual([int(change["seq"]) for change in changes], list(range(1, len(changes) + 1)), lead)
        for lead in self.erased:
            self.assertIn("LEAD_ERASED", [change["kind"] for change in found[lead]])

    def leads(self, topic):
        """The leads in a topic of profiles, without what depends on the clock."""
        last = {message.key(): message.value() for message in self.world.read(topic)}
        return {lead["leadId"]: self.view_of(lead) for lead in map(json.loads, filter(None, last.values()))
                if not lead.get("pending")}

    @staticmethod
    def view_of(lead):
        segments = sorted(set(lead.get("segments", [])) - {"just-now"})
        return {**{name: lead.get(name) for name in ("score", "tier", "emailStatus", "stage", "sendable")}, "segments": segments}

    def leads_of_files(self):
        """The leads of a run on files that reads the same records without any move."""
        folder = self.world.folder / f"files-{len(self.world.lines)}"
        folder.mkdir()
        (folder / "in.jsonl").write_text("\n".join(self.world.lines) + "\n", encoding="utf-8")
        subprocess.run([BINARY, "run", "--input", str(folder / "in.jsonl"), "--definitions", str(self.world.definitions),
                        "--state", str(folder / "state"), "--output", str(folder / "out")], check=True, capture_output=True)
        lines = (folder / "out" / "leads.jsonl").read_text(encoding="utf-8").splitlines()
        return {lead["leadId"]: self.view_of(lead) for lead in map(json.loads, lines)}

    def check_leads(self, topic):
        expected = self.leads_of_files()
        try:
            wait_for("the leads are those of a run on files", 30, lambda: self.leads(topic) == expected)
        finally:
            self.maxDiff = None
            self.assertEqual(self.leads(topic), expected)
        self.assertGreaterEqual(len(expected), PEOPLE - len(self.erased))
        self.assertLessEqual({"unsubscribed"}, {lead["emailStatus"] for lead in expected.values()})
        self.assertLessEqual({"warm"}, {lead["tier"] for lead in expected.values()})

    def check_visits(self):
        """Each visitor has left once, at the millisecond."""
        def left(lead):
            return [change for change in self.published().get(lead, [])
                    if change["kind"] == "SEGMENT_LEFT" and change["name"] == "just-now"]
        for lead, at in self.visits.items():
            wait_for(f"{lead} has left", 20, lambda lead=lead: left(lead))
            (change,) = left(lead)
            # The visit applies when it is read, and counts from when it happened.
            self.assertEqual(parsed(change["at"]), parsed(spell(at)) + datetime.timedelta(seconds=2), lead)
            self.assertEqual(change["cause"]["kind"], "TIME")

    # ---- deployments ----

    def settings(self, name, moved_from, inputs=None):
        """The group `kafka` of a deployment with topics of its own."""
        own = {topic: f"lead.{topic.removeprefix('lead_')}-{name}" for topic in OWN}
        return self.world.kafka_settings(application=f"test-{name}", moved_from=moved_from, topics={**own, **(inputs or {})})

    def create(self, topics, partitions):
        kinds = {topic.name: topic.settings for topic in TOPICS}
        created = self.admin.create_topics([
            NewTopic(new, partitions, 1, config={key: str(value) for key, value in kinds[old].items()})
            for old, new in topics.items()])
        for done in created.values():
            done.result(30)

    def repartition(self, old, new, partitions, *more, crash_at=None):
        """Returns exit code and output, once the session of a process of the new deployment is over."""
        environment = os.environ | ({"LEADPULSE_CRASH_AT": crash_at} if crash_at else {})
        result = []

        def is_alone():
            done = subprocess.run([BINARY, "repartition", "--config", str(old.folder / "live.yaml"), "--into",
                                   str(new.folder / "live.yaml"), "--to", str(partitions), *more],
                                  env=environment, capture_output=True, text=True, timeout=120, check=False)
            result[:] = [done.returncode, done.stdout + done.stderr]
            return "has other members" not in done.stderr
        wait_for("nobody else is in the group", 5 * SESSION_SECONDS, is_alone)
        return result

    def wait_until_empty(self, group):
        wait_for("the group is empty", 5 * SESSION_SECONDS,
                 lambda: all(found.state == "Empty" for found in self.admin.list_groups(group, 10)))

    # The tests run in the order of their names: each continues where the one before ended.

    def test_1_a_running_process_notices_them_within_seconds(self):
        process = self.world.process(1).start()
        number = self.feed()
        self.world.wait_until_consumed()
        self.erase(number, "crm-5")
        self.visit("visitor-1")
        self.world.wait_until_consumed()
        self.add_partitions(EVENTS, COMMANDS)
        since = time.monotonic()
        self.check_last_words(process, "partitions were added")
        self.assertLess(time.monotonic() - since, 200, "librdkafka asks each five minutes, unless it is told otherwise")

    def test_2_a_start_refuses_them(self):
        self.check_last_words(self.world.process(1).start(), f"the topics {EVENTS} and ")
        self.add_partitions(STATE)
        self.check_last_words(self.world.process(1).start(), f"the topics {EVENTS} and ")

    def test_3_the_deployment_moves_to_them(self):
        self.feed()  # nobody reads it yet; some of it is in the new partition
        old, new = self.world.process(1), self.world.process(2)
        kafka = self.settings("3", "test")
        new.write_settings(kafka=kafka)
        self.wait_until_empty("test")
        code, said = self.repartition(old, new, 3, "--dry-run")
        self.assertIn("From 2 partitions to 3: ", said)
        self.assertIn("the topic lead.exchange-3 does not exist", said)
        self.assertEqual(code, 1)
        self.create({f"lead.{name.removeprefix('lead_')}": kafka["topics"][name] for name in OWN}, 3)
        code, said = self.repartition(old, new, 3, "--dry-run")
        self.assertIn("Nothing was written", said)
        # Also before the first transaction: nobody publishes all changes again.
        new.start(kafka=kafka)
        self.assertEqual(new.wait(60), 1, new.said())
        self.assertIn('if the leads of "test" were never moved here', new.said())
        self.assertEqual(self.repartition(old, new, 3, crash_at="repartition_part_committed")[0], -9)
        new.start(kafka=kafka)
        self.assertEqual(new.wait(60), 1, new.said())
        self.assertIn("a move of test that has not ended: give the command leadpulse repartition again", new.said())
        self.assertEqual(self.repartition(old, new, 3, crash_at="repartition_filled")[0], -9)
        code, said = self.repartition(old, new, 3)
        self.assertIn("\nMoved. Start the processes with ", said)
        self.assertEqual(code, 0)
        code, said = self.repartition(old, new, 3)
        self.assertIn("\nNothing to do: test-3 was moved before.\n", said)
        self.assertEqual(code, 0)
        self.world.group, self.world.partitions = "test-3", 3
        new.start(kafka=kafka)
        self.erase(self.feed(), "crm-8")
        self.world.wait_until_consumed()
        self.check_visits()
        self.check_leads(kafka["topics"]["lead_profiles"])
        self.check_numbers()
        # Its timer fires two seconds later: after the next move.
        self.visit("visitor-2")
        self.world.wait_until_consumed()
        new.stop()

    def test_4_it_moves_to_fewer_partitions_of_new_topics(self):
        old, new = self.world.process(2), self.world.process(3)
        inputs = {name: f"{topic}-2" for name, topic in INPUTS.items()}
        kafka = self.settings("2", "test-3", inputs)
        state = {"directory": str(new.state), "erasure_secret": "another secret for tests",
                 "former_erasure_secrets": ["a secret for tests only"]}
        new.write_settings(kafka=kafka, state=state)
        self.create({**{f"lead.{name.removeprefix('lead_')}": kafka["topics"][name] for name in OWN},
                     **{INPUTS[name]: new_topic for name, new_topic in inputs.items()}}, 2)
        self.world.send([event(4, "CLICK", lead="crm-1")])
        self.wait_until_empty("test-3")
        code, said = self.repartition(old, new, 2)
        self.assertIn(f"1 records of {EVENTS} and {COMMANDS} are not read", said)
        self.assertEqual(code, 1)
        old.start(kafka=self.settings("3", "test"))
        self.world.wait_until_consumed()
        code, said = self.repartition(old, new, 2)
        self.assertIn("the group test-3 has 1 member. Stop all processes", said)
        old.stop()
        self.wait_until_empty("test-3")
        new.start(kafka=kafka, state=state)
        self.assertEqual(new.wait(60), 1, new.said())
        self.assertIn("lead.state is empty, but the settings have `kafka.moved_from`", new.said())
        code, said = self.repartition(old, new, 2)
        self.assertRegex(said, r"Erasure secret: another one. The [1-9]\d* erasures get hashes under it")
        self.assertEqual(code, 0)
        new.start(kafka=kafka, state=state)
        # An event of before the erasure of a lead, and one of after it: the erasure and its number have come along.
        producer = confluent_kafka.Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers(),
                                             "partitioner": "murmur2_random"})
        for line in (event(8, "CLICK", lead="crm-8", at=now() - datetime.timedelta(days=1)), event(9, "CLICK", lead="crm-8"),
                     event(9, "CLICK", lead="crm-6")):
            self.world.lines.append(line)
            producer.produce(inputs["events"], line.encode(), b"acme\0" + json.loads(line)["event"]["leadId"].encode())
        producer.flush(30)
        self.check_visits()
        self.check_leads(kafka["topics"]["lead_profiles"])
        self.check_numbers()
        new.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
