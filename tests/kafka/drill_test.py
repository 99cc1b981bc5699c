#!/usr/bin/env python3
"""The runbook, carried out: mistakes that people make with a deployment, its messages, and the remedies of
processor/kafka/RUNBOOK.md.   tests/kafka/drill_test.py BINARY [LIBRARY] [Offsets|State]

LIBRARY is tests/libfaulty_disk.so of the build; without it the test fills no disk.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1] / "crash")]

import confluent_kafka  # noqa: E402
import faulty_disk  # noqa: E402
from confluent_kafka.admin import AdminClient  # noqa: E402
from live import (COMMANDS, EVENTS, JOURNAL, PROFILES, SEGMENTS, SESSION_SECONDS, STATE, STATUS, flip_byte,  # noqa: E402
                  free_port, spell, wait_for, world_for)
from live_test import DEFINITIONS, now  # noqa: E402
from pages import Pages, names_on_page  # noqa: E402

BINARY = None
LIBRARY = None
LEADS = 40


class Drill(unittest.TestCase):
    """What the drills of one deployment do, one after the other."""

    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=2)
        cls.sent = 0
        cls.process = cls.world.process(1)

    # ---- steps ----

    def feed(self):
        """Sends a click of each lead and waits until it is read and committed. The fourth click makes a lead hot, and
        so on."""
        type(self).sent += 1
        self.world.send([json.dumps({"event": {"tenantId": "acme", "leadId": f"lead-{lead}", "type": "CLICK",
                                               "eventId": f"click-{lead}-{self.sent}", "occurredAt": spell(now())}})
                         for lead in range(LEADS)])

    def goes_on(self, **settings):
        """Checks that the process starts, reads the rest, and continues what it has published."""
        self.process.start(**settings)
        self.feed()
        wait_for("all consumed", 60, lambda: self.world.lag() == 0 or not self.process.runs())
        self.assertTrue(self.process.runs(), self.process.said())
        self.check(STATUS, SEGMENTS)

    def check(self, *topics):
        """Checks that each lead has its changes once, without a gap."""
        numbers = {}
        for topic in topics:
            for message in self.world.read(topic):
                change = json.loads(message.value())
                numbers.setdefault(change["leadId"], []).append(int(change["seq"]))
        self.assertEqual(len(numbers), LEADS)
        for lead, seen in numbers.items():
            self.assertEqual(sorted(seen), list(range(1, len(seen) + 1)), lead)

    def refuses(self, message, **settings):
        self.process.start(**settings)
        self.assertEqual(self.process.wait(60), 1, self.process.said())
        self.assertIn(message, self.process.said().splitlines()[-1])

    def groups(self, *arguments):
        """Runs kafka-consumer-groups once the group is empty: an absent member stays for its session."""
        admin = AdminClient({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        wait_for("the group is empty", 5 * SESSION_SECONDS, lambda: admin.list_groups("test", 10)[0].state == "Empty")
        said = self.world.cluster.run_tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
                                           ["--group", "test", *arguments])
        self.assertNotIn("Error", said)

    def delete_offsets(self, *topics):
        self.groups("--delete-offsets", *(part for topic in topics for part in ("--topic", topic)))

    def leads_of_topic(self):
        """The last record of each lead."""
        last = {message.key(): message.value() for message in self.world.read(PROFILES)}
        return {lead["leadId"]: (lead["score"], lead["tier"]) for lead in map(json.loads, last.values())}


class Offsets(Drill):
    """Offsets that the group should not have, and records that are gone."""

    def test_1_offsets_moved(self):
        self.goes_on()
        self.process.stop()
        self.groups("--reset-offsets", "--to-earliest", "--execute", "--topic", EVENTS, "--topic", COMMANDS)
        self.refuses("cannot be restored: the group has committed the offsets")
        self.delete_offsets(EVENTS, COMMANDS)
        self.goes_on()
        self.assertIn("the group's offsets have expired; going on from those in lead.journal", self.process.said())
        self.process.stop()

    def test_2_offsets_of_one_topic(self):
        self.delete_offsets(EVENTS)
        self.refuses("for one of the input topics only")
        self.delete_offsets(COMMANDS)
        self.goes_on()
        self.process.stop()

    def delete_unread_events(self):
        self.feed()
        self.world.delete_records(EVENTS, dict.fromkeys(range(2), -1))

    def accept_gap(self, first=None):
        """Runs the command that the process printed, possibly with another first offset, once its session is over.
        Returns exit code and output."""
        said = self.process.said().splitlines()[-1]
        words = said.rsplit("leadpulse state accept-gap ", 1)[1].split()
        words[words.index("FILE")] = str(self.process.folder / "live.yaml")
        if first is not None:
            words[words.index("--from") + 1] = first
        result = []

        def is_alone():
            done = subprocess.run([BINARY, "state", "accept-gap", *words], capture_output=True, text=True,
                                  timeout=100, check=False)
            result[:] = [done.returncode, done.stdout + done.stderr]
            return "has other members" not in done.stderr
        wait_for("nobody else is in the group", 5 * SESSION_SECONDS, is_alone)
        return result

    def test_8_a_gap_is_accepted(self):
        """Records of both partitions are lost; everything else stays."""
        self.goes_on()
        before = self.leads_of_topic()
        self.process.stop()
        self.delete_unread_events()
        for _ in range(2):
            self.refuses("were deleted before they were read")
            code, said = self.accept_gap(first="0")
            self.assertEqual(code, 1, said)
            self.assertIn("what is lost of engagement.events", said)
            code, said = self.accept_gap()
            self.assertEqual(code, 0, said)
            self.assertIn("Accepted: engagement.events", said)
            code, said = self.accept_gap()
            self.assertEqual((code, "was accepted before" in said), (0, True), said)
        self.assertEqual(self.leads_of_topic(), before)
        self.goes_on()
        self.assertNotIn("the local state is of no use", self.process.said())
        beside = subprocess.run([BINARY, "state", "accept-gap", "--config", str(self.process.folder / "live.yaml"),
                                 "--topic", EVENTS, "--partition", "0", "--from", "0", "--to", "1"],
                                capture_output=True, text=True, timeout=100, check=False)
        self.assertEqual(beside.returncode, 1)
        self.assertIn("has other members. Stop all processes", beside.stderr)
        self.feed()
        wait_for("all consumed", 60, lambda: self.world.lag() == 0 or not self.process.runs())
        self.assertTrue(self.process.runs(), self.process.said())
        self.check(STATUS, SEGMENTS)
        self.process.stop()

    def test_9_records_deleted_before_they_were_read(self):
        """The state is given up and everything is computed again, beside the old state."""
        self.delete_unread_events()
        self.refuses("were deleted before they were read")
        self.groups("--reset-offsets", "--to-earliest", "--execute", "--topic", EVENTS, "--topic", COMMANDS)
        self.refuses("cannot be restored: the group has committed the offsets")

        new = {"lead_state": f"{STATE}-2", "lead_profiles": f"{PROFILES}-2", "lead_journal": f"{JOURNAL}-2",
               "status_changes": f"{STATUS}-2", "segment_changes": f"{SEGMENTS}-2"}
        compacted = ["--config", "cleanup.policy=compact"]
        for name, settings in zip(new.values(), (compacted, compacted, ["--config", "retention.ms=-1"], [], [])):
            self.world.cluster.run_tool("org.apache.kafka.tools.TopicCommand", [
                "--create", "--topic", name, "--partitions", "2", "--replication-factor", "1", *settings])
        shutil.rmtree(self.process.state)
        self.process.start(kafka={"bootstrap_servers": self.world.cluster.bootstrap_servers(), "application": "again",
                                  "topics": new})
        wait_for("it runs", 60, lambda: "is live" in self.process.said())
        self.feed()
        wait_for("the leads are back", 60,
                 lambda: len({message.key() for message in self.world.read(new["status_changes"])}) == LEADS)
        self.check(new["status_changes"], new["segment_changes"])
        self.process.stop()


class State(Drill):
    """The local state: damaged, lost, copied, another's, without room; and a second process of its name."""

    def test_3_another_secret(self):
        other = {"directory": str(self.process.state), "erasure_secret": "another secret than before"}
        self.goes_on()
        self.process.stop()
        self.refuses("was made with another erasure secret", state=other)
        shutil.rmtree(self.process.state)
        rotated = other | {"former_erasure_secrets": ["a secret for tests only"]}
        for changed in (other, rotated):  # a new one needs a move to new topics
            self.refuses("lead.state and lead.journal were written with another `state.erasure_secret`", state=changed)
            shutil.rmtree(self.process.state)
        self.goes_on()
        self.process.stop()

    def test_4_backup_while_live(self):
        self.goes_on()
        copy, before = self.process.folder / "backup", self.process.folder / "before"
        subprocess.run([BINARY, "state", "backup", "--state", self.process.state, copy], check=True, timeout=60,
                       capture_output=True)
        self.feed()
        wait_for("all consumed", 60, lambda: self.world.lag() == 0)
        self.process.stop()
        self.process.state.rename(before)
        subprocess.run([BINARY, "state", "restore", "--no-check", "--state", self.process.state, copy], check=True,
                       timeout=60, capture_output=True)
        self.goes_on()
        self.assertNotIn("the local state is of no use", self.process.said())
        self.assertNotIn("restoring from lead.state offset 0 ", self.process.said())
        self.process.stop()

    def test_4_pages_over_a_restore(self):
        """The pages for operators and load balancers while the process restores. A transaction that somebody left open
        on a partition of lead.state holds the restore up; `LeadpulseRestoreStuck` alerts on this."""
        shutil.rmtree(self.process.state)
        left_open = confluent_kafka.Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers(),
                                              "transactional.id": "somebody's"})
        left_open.init_transactions(30)
        left_open.begin_transaction()
        left_open.produce(STATE, b"anything", b"\0somebody's", partition=1)
        left_open.flush(30)

        pages = Pages(free_port())
        fed = self.sent
        self.process.start(http=pages.settings())
        wait_for("one partition is live, the other is held up", 60, lambda: self.must_not_be_ready(pages) and
                 "partition 0 is live" in self.process.said() and pages.metric("partitions_restoring") == 1 and
                 pages.metric("restore_remaining_offsets") > 0 and
                 pages.metric("full_restores_total") >= 2)  # counted once the old state is dropped
        self.assertEqual(pages.get("/healthz"), (200, "ok\n"))
        self.assertGreater(pages.metric("restored_records_total"), 0)
        self.assertEqual(pages.metric("full_restores_total"), 2)
        self.feed()
        wait_for("the live one continues", 30, lambda: self.must_not_be_ready(pages) and
                 pages.metric("events_applied_total") > 0)

        left_open.abort_transaction(30)
        wait_for("it is ready", 60, lambda: self.must_not_be_ready(pages) is None)
        self.assertEqual(self.process.said().count(" is live"), 2)
        self.assertEqual(pages.get("/healthz"), (200, "ok\n"))
        wait_for("nothing is left to restore", 10, lambda: pages.metric("partitions_restoring") == 0 and
                 pages.metric("restore_remaining_offsets") == 0)  # counted a few times a second
        self.feed()
        wait_for("all is applied", 60, lambda: pages.metric("events_applied_total") == LEADS * (self.sent - fed))
        wait_for("nothing waits", 30, lambda: pages.metric("input_lag_records") == 0)
        self.assertEqual(pages.names(), names_on_page())
        self.check(STATUS, SEGMENTS)
        self.process.stop()

    def must_not_be_ready(self, pages):
        """Whether it says that it is not ready; None: it is ready, and all partitions are live."""
        asked = pages.get("/readyz")
        if asked == (200, "ready\n"):
            self.assertEqual(self.process.said().count(" is live"), 2, "it was ready too early")
            return None
        if asked is not None:
            self.assertEqual(asked[0], 503)
            # A busy broker may not tell the bounds of a partition in time.
            self.assertRegex(asked[1], r"\Apartitions are being assigned or restored"
                                       r"(; [12] could not be and are tried again, see the log)?\n\Z")
        return True

    def test_5_full_disk(self):
        if LIBRARY is None:
            self.skipTest("no library that makes a disk full")
        journal = self.process.folder / "journal"
        self.goes_on(variables=faulty_disk.environment(LIBRARY, self.process.state, journal=str(journal)))
        # Soon after the start, as far as two starts are alike.
        writes = sum(kind == "write" for kind, _ in faulty_disk.calls_of(journal)) + 5
        self.process.stop()
        self.process.start(variables=faulty_disk.environment(LIBRARY, self.process.state, calls="write",
                                                               fault=f"ENOSPC@{writes}+"))
        for _ in range(150):
            if not self.process.runs():
                break
            self.feed()
            wait_for("all consumed", 60, lambda: self.world.lag() == 0 or not self.process.runs())
        self.assertEqual(self.process.wait(60), 1, self.process.said())
        self.assertIn("No space left on device", self.process.said().splitlines()[-1])
        self.goes_on()
        self.process.stop()

    def test_5_log_damaged(self):
        """Commits after a damaged byte of RocksDB's log are lost: the directory is a cache, so the process restores
        it."""
        self.goes_on()
        self.process.stop()
        self.goes_on()
        for _ in range(3):
            before = self.size_of_logs()
            self.feed()
            wait_for("all consumed", 60, lambda: self.world.lag() == 0)
            # A commit of RocksDB covers some epochs.
            wait_for("it is written out", 30, lambda written=before: self.size_of_logs() > written)
        self.process.stop()
        log = max(self.process.state.glob("*.log"), key=lambda path: path.stat().st_size)
        flip_byte(log, 100)
        self.goes_on()
        self.assertIn(f"the state in {self.process.state} is damaged and removed", self.process.said())
        self.assertIn("restoring from lead.state offset 0 ", self.process.said())
        self.process.stop()
        self.assertEqual(self.leads_of_state(), self.leads_of_topic())

    def test_5_tables_damaged(self):
        """A byte in the first block of every table is damaged: the first table that the start reads is named."""
        self.goes_on()
        self.process.stop()
        self.process.start()  # flushes RocksDB's log to a table
        wait_for("it is live", 60, lambda: self.process.said().count(" is live") == 2)
        self.process.stop()
        tables = list(self.process.state.glob("*.sst"))
        self.assertTrue(tables)
        for path in tables:
            flip_byte(path, 16)
        checked = subprocess.run([BINARY, "state", "check", "--state", self.process.state], capture_output=True, text=True,
                                 check=False, timeout=60)
        self.assertEqual(checked.returncode, 1, checked)
        self.assertIn("is damaged", checked.stdout + checked.stderr)
        self.refuses(f"the state in {self.process.state} is damaged")
        shutil.rmtree(self.process.state)
        self.goes_on()
        self.assertIn("restoring from lead.state offset 0 ", self.process.said())
        self.process.stop()
        self.assertEqual(self.leads_of_state(), self.leads_of_topic())

    def size_of_logs(self):
        return sum(log.stat().st_size for log in self.process.state.glob("*.log"))

    def leads_of_state(self):
        said = subprocess.run([BINARY, "leads", "--state", self.process.state, "--tenant", "acme", "--format", "jsonl"],
                              check=True, timeout=60, capture_output=True, text=True).stdout
        return {lead["lead"]: (lead["score"], lead["tier"]) for lead in map(json.loads, said.splitlines())}

    def test_6_another_application(self):
        """Another application uses the topic lead.state of the first."""
        kafka = {"bootstrap_servers": self.world.cluster.bootstrap_servers(), "application": "other"}
        self.refuses('lead.state and lead.journal were written by the application "test", not by "other"', kafka=kafka)
        shutil.rmtree(self.process.state)
        self.goes_on()
        self.process.stop()

    def test_7_two_of_one_instance(self):
        """The later process takes the name; the other ends and says so. The work of both is there once."""
        self.goes_on()
        self.feed()
        other = self.world.process("1-again").start(kafka=self.world.kafka_settings(instance="1"))
        wait_for("it has started", 60, lambda: "running as" in other.said() or not other.runs())
        self.feed()
        self.assertEqual(self.process.wait(60), 1, self.process.said())
        self.assertIn("another process runs with the same instance id; give each its own",
                      self.process.said().splitlines()[-1])
        self.feed()
        wait_for("all consumed", 60, lambda: self.world.lag() == 0 or not other.runs())
        self.assertTrue(other.runs(), other.said())
        self.check(STATUS, SEGMENTS)
        other.stop()


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    if len(sys.argv) > 1 and sys.argv[1].endswith(".so"):
        LIBRARY = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2, failfast=True)
