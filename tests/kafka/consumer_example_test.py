#!/usr/bin/env python3
"""The consumer on a page of schemas, run against a broker with all the records that it must tell apart.

Needs confluent_kafka and google.protobuf, Debian's python3-confluent-kafka and python3-protobuf. CMake looks for a Python
with both.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

try:
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic
    import google.protobuf  # noqa: F401  # for the generated module
except ImportError as missing:
    sys.exit(f"{sys.executable}: {missing}; `tools/dev setup kafka` installs what this test needs. Then configure again")

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/house"), str(ROOT / "tests/kafka")]

from broker.records import ends_of  # noqa: E402
from live import wait_for  # noqa: E402
from page_blocks import PAGES, block, page_of  # noqa: E402
from shared_broker import leave, use_broker  # noqa: E402

PAGE = PAGES[page_of("change_audit.py")]
STATUS, SEGMENT = "lead.status-changes", "lead.segment-changes"
EXAMPLE_SECONDS = 100


class ConsumerExample(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="leadpulse-consumer-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        (cls.folder / "kafka").mkdir()
        cls.cluster = use_broker(cls.folder / "kafka")
        cls.addClassCleanup(leave, cls.cluster)
        # As in the README, from the top of the repository; here into a folder of its own.
        command = re.search(r"`protoc (-I schemas) --python_out=\. (leadpulse/v1/change\.proto)`", PAGE)
        subprocess.run(["protoc", *command[1].split(), f"--python_out={cls.folder}", command[2]], cwd=ROOT, check=True)
        (cls.folder / "change_audit.py").write_text(block("change_audit.py"), encoding="utf-8")
        sys.path.insert(0, str(cls.folder))

    def setUp(self):
        admin = AdminClient({"bootstrap.servers": self.cluster.bootstrap_servers()})
        for future in admin.create_topics([NewTopic(topic, 2, 1) for topic in (STATUS, SEGMENT)]).values():
            future.result(30)
        self.addCleanup(lambda: [future.result(30) for future in
                                 admin.delete_topics([STATUS, SEGMENT], operation_timeout=30).values()])
        self.producers = 0

    def producer(self):
        self.producers += 1
        producer = Producer({"bootstrap.servers": self.cluster.bootstrap_servers(), "partitioner": "murmur2_random",
                             "transactional.id": f"{self.id()}-{self.producers}"})
        producer.init_transactions(30)
        return producer

    def produce(self, producer, lead, seq, kind, name="", cause="event", backfill=False, tenant="acme"):
        from leadpulse.v1.change_pb2 import Cause, Change
        change = Change(tenant_id=tenant, lead_id=lead, seq=seq, kind=Change.Kind.Value(kind), name=name,
                        cause=Cause(kind=Cause.Kind.Value(cause.upper()), id="e-1"), backfill=backfill)
        change.at.FromJsonString("2026-03-03T08:25:00Z")
        headers = {"tenant": tenant, "cause": cause} | ({"backfill": "1"} if backfill else {})
        producer.produce(SEGMENT if kind.startswith("SEGMENT") else STATUS, change.SerializeToString(),
                         key=f"{tenant}\0{lead}", headers=headers)

    def commit(self, producer):
        """Commits, and waits until readers see it."""
        producer.commit_transaction(30)
        settings = {"bootstrap.servers": self.cluster.bootstrap_servers()}
        for topic in (STATUS, SEGMENT):
            wait_for("a marker after each record", 30, lambda topic=topic: ends_of(
                settings, "read_committed", topic, (0, 1)) == ends_of(settings, "read_uncommitted", topic, (0, 1)))

    def audit(self):
        """The output of the example in alphabetical order: it reads partitions in any order."""
        done = subprocess.run([sys.executable, "change_audit.py", self.cluster.bootstrap_servers()], cwd=self.folder,
                              capture_output=True, text=True, check=False, timeout=EXAMPLE_SECONDS)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return sorted(done.stdout.splitlines())

    def test_nothing_to_tell(self):
        self.assertEqual(self.audit(), ["leads: 0"])
        producer = self.producer()
        producer.begin_transaction()
        for tenant in ("acme", "other"):  # the same address is two leads
            self.produce(producer, "ann@example.com", 1, "LEAD_CREATED", tenant=tenant)
            self.produce(producer, "ann@example.com", 2, "TIER_CHANGED", tenant=tenant)
        self.commit(producer)
        self.assertEqual(self.audit(), ["leads: 2"])

    def test_numbers_over_both_topics(self):
        producer = self.producer()
        producer.begin_transaction()
        for seq in range(1, 201):
            self.produce(producer, "ann", seq, "SEGMENT_LEFT" if seq % 3 == 0 else "STAGE_CHANGED")
        self.commit(producer)
        self.assertEqual(self.audit(), ["leads: 1"])

    def test_what_was_aborted_and_what_is_open_is_not_there(self):
        producer = self.producer()
        producer.begin_transaction()
        self.produce(producer, "ann", 1, "LEAD_CREATED")
        self.commit(producer)
        producer.begin_transaction()
        self.produce(producer, "ann", 2, "SEGMENT_ENTERED", "aborted")
        producer.flush(30)
        producer.abort_transaction(30)
        producer.begin_transaction()
        self.produce(producer, "ann", 2, "SEGMENT_ENTERED", "committed")
        self.commit(producer)
        still_open = self.producer()
        still_open.begin_transaction()
        self.produce(still_open, "ann", 3, "SEGMENT_ENTERED", "open")
        still_open.flush(30)
        self.assertEqual(self.audit(), ["MAIL acme ann committed", "leads: 1"])
        still_open.abort_transaction(30)
        self.assertEqual(self.audit(), ["MAIL acme ann committed", "leads: 1"])

    def test_gaps_and_duplicates(self):
        producer = self.producer()
        producer.begin_transaction()
        for seq, kind in ((1, "LEAD_CREATED"), (2, "SEGMENT_ENTERED"), (4, "TIER_CHANGED"), (5, "SEGMENT_LEFT"),
                          (9, "STAGE_CHANGED")):
            self.produce(producer, "gap", seq, kind, "call")
        self.produce(producer, "late", 3, "TIER_CHANGED")  # the earlier changes are deleted
        for seq, kind in ((1, "LEAD_CREATED"), (2, "SEGMENT_ENTERED"), (2, "SEGMENT_ENTERED"), (3, "TIER_CHANGED")):
            self.produce(producer, "twice", seq, kind, "call")
        self.produce(producer, "early", 7, "SEGMENT_LEFT")
        self.produce(producer, "early", 7, "SEGMENT_LEFT")
        self.commit(producer)
        self.assertEqual(self.audit(), [
            "GAP acme early after 0 before 7", "GAP acme gap after 2 before 4", "GAP acme gap after 5 before 9",
            "GAP acme late after 0 before 3",
            "MAIL acme gap call", "MAIL acme twice call",
            "TWICE acme early 7", "TWICE acme twice 2", "leads: 4"])

    def test_nobody_is_mailed_about_what_is_no_news(self):
        producer = self.producer()
        producer.begin_transaction()
        self.produce(producer, "ann", 1, "SEGMENT_ENTERED", "by-history", backfill=True)
        self.produce(producer, "ann", 2, "SEGMENT_ENTERED", "by-definitions", cause="definitions")
        self.produce(producer, "ann", 3, "SEGMENT_ENTERED", "by-time", cause="time")
        self.produce(producer, "ann", 4, "SEGMENT_ENTERED", "by-command", cause="command")
        self.produce(producer, "ann", 5, "SEGMENT_LEFT", "by-command")
        self.commit(producer)
        self.assertEqual(self.audit(), ["MAIL acme ann by-command", "MAIL acme ann by-time", "leads: 1"])


class Text(unittest.TestCase):
    def test_the_example_is_short(self):
        self.assertLessEqual(len(block("change_audit.py").splitlines()), 30)


class Headers(unittest.TestCase):
    def test_the_table_has_those_that_are_written(self):
        source = (ROOT / "processor/kafka/record_encoding.cc").read_text(encoding="utf-8")
        table = re.search(r"\| header \| on \| \|\n(.*?)\n\n", PAGE, re.S)[1]
        told = {name for row in table.splitlines()[1:] for name in re.findall(r"`([\w-]+)`", row.split("|")[1])}
        self.assertEqual(told, set(re.findall(r'headers\.emplace_back\("([\w-]+)"', source)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
