#!/usr/bin/env python3
"""`leadpulse doctor`: it finds no fault in a good cluster, and names each fault and its remedy. And `leadpulse topics`
(topics_cases.py), on the same broker.

    tests/kafka/doctor_test.py BINARY [WRONG_MACHINE]
"""

import copy
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewTopic

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from live import STATUS, Cluster, World, wait_for  # noqa: E402
from broker.cluster import free_port  # noqa: E402
from broker.requests import CLUSTER, Acl, create_acls, delete_acls  # noqa: E402
from topics_cases import TopicsCases  # noqa: E402

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else "build/release/leadpulse"
WRONG_MACHINE = sys.argv.pop(1) if len(sys.argv) > 1 else None  # the library of tests/crash/wrong_machine.cc
DEFINITIONS = json.dumps({"tenants": {"*": {"tiers": [{"name": "all"}]}}})
SECRET = "a secret for tests only"
LARGE = {"max.message.bytes": str(8 << 20)}
DELTAS = {"retention.ms": "-1", "retention.bytes": "-1"} | LARGE
STATE = {"cleanup.policy": "compact", "delete.retention.ms": "86400000"} | LARGE
HOUR_MS = 3600 * 1000
# Topics besides those of tools/kafka: name, partitions, settings.
TOPICS = [
    ("three.commands", 3, {}), ("three.events", 3, {}), ("three.exchange", 3, {}), ("three.state", 3, STATE),
    ("three.journal", 3, DELTAS), ("three.profiles", 3, STATE),
    ("deleted.state", 2, STATE | {"cleanup.policy": "compact,delete"}),
    ("small.state", 2, STATE | {"max.message.bytes": "1000000"}),
    ("hour.state", 2, STATE | {"delete.retention.ms": str(2 * HOUR_MS)}),
    ("minute.state", 2, STATE | {"delete.retention.ms": "60000"}),
    ("compacted.events", 2, {"cleanup.policy": "compact"}),
    ("passing.commands", 2, {"retention.ms": str(HOUR_MS)}),
    ("unwritable.changes", 2, {"min.insync.replicas": "2"}),
    ("small.events", 2, {"max.message.bytes": "500000"}), ("small.changes", 2, {"max.message.bytes": "500000"}),
    ("small.letters", 2, {}),
    ("forbidden.events", 2, {}),
    ("unseen.state", 2, STATE), ("sharing.state", 2, STATE), ("unseen.journal", 2, DELTAS), ("sharing.journal", 2, DELTAS),
    ("week.journal", 2, LARGE), ("small.journal", 2, {"retention.ms": "-1", "retention.bytes": "1000000"}),
    ("many.definitions", 3, STATE), ("empty.definitions", 1, STATE), ("wrong.definitions", 1, STATE),
    ("small.definitions", 1, STATE | {"max.message.bytes": "1000000"}),
]


def configuration_with_limits(cluster, one):
    return CONFIGURATION(cluster, one) + "".join(f"{line}\n" for line in (
        "transaction.max.timeout.ms=60000", "group.max.session.timeout.ms=120000",
        # Everything is allowed unless it is denied.
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found=true"))


CONFIGURATION = Cluster.configuration_of


class Doctor(TopicsCases, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="leadpulse-doctor-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        with unittest.mock.patch.object(Cluster, "configuration_of", configuration_with_limits):
            cls.world = World(BINARY, scratch.name, DEFINITIONS, partitions=2)
        cls.addClassCleanup(cls.world.close)
        admin = AdminClient({"bootstrap.servers": cls.world.cluster.bootstrap_servers()})
        topics = [NewTopic(name, count, 1, config=config) for name, count, config in TOPICS]
        for future in admin.create_topics(topics).values():
            future.result(30)
        cls.publish("lead.definitions", DEFINITIONS)
        cls.publish("small.definitions", DEFINITIONS)
        cls.publish("wrong.definitions", "tenants: 3")

    @classmethod
    def publish(cls, topic, text):
        producer = confluent_kafka.Producer({"bootstrap.servers": cls.world.cluster.bootstrap_servers()})
        producer.produce(topic, text.encode(), b"definitions", partition=0)
        assert producer.flush(30) == 0

    def settings(self, changes=None):
        """The settings of a good deployment, with changes by path: {"kafka.topics.events": "other"}."""
        settings = {"kafka": {"bootstrap_servers": self.world.cluster.bootstrap_servers(), "application": "test"},
                    "state": {"directory": str(self.folder / "state"), "cache": "64MiB", "erasure_secret": SECRET},
                    "definitions": {"topic": True}, "http": {"enabled": False}}
        for path, value in (changes or {}).items():
            place, names = settings, path.split(".", path.count(".") if not path.startswith("kafka.topics") else 2)
            for name in names[:-1]:
                place = place.setdefault(name, {})
            place[names[-1]] = value
        return copy.deepcopy(settings)

    def call(self, settings, *options, **more):
        path = self.folder / "live.yaml"
        path.write_text(json.dumps(settings), encoding="utf-8")
        return subprocess.run([BINARY, "doctor", "--config", str(path), *options], capture_output=True, text=True,
                              timeout=50, check=False, **more)

    def examine(self, changes=None, **more):
        """The checks by name, each with result, finding and advice."""
        done = self.call(self.settings(changes), "--format", "json", **more)
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if report["errors"] else 0, done.stdout)
        return {check["check"]: check for check in report["checks"]}

    def expect(self, checks, name, result, found, advice=""):
        self.assertIn(name, checks)
        self.assertEqual(checks[name]["result"], result, checks[name])
        self.assertIn(found, checks[name]["found"])
        self.assertIn(advice, checks[name]["advice"])
        if result in ("error", "warning"):
            self.assertNotEqual(checks[name]["advice"], "", checks[name])

    def test_a_good_cluster(self):
        checks = self.examine()
        not_ok = {name: check["result"] for name, check in checks.items() if check["result"] != "ok"}
        self.assertEqual(not_ok, {"replication": "warning", "right to write": "not checked"})
        for name in ("settings", f"broker {self.world.cluster.bootstrap_servers()}", "broker version",
                     "equal partitions", "lead.state compacted", "lead.state keeps tombstones", "definitions", "clocks",
                     "right to the group", "right to read lead.definitions", "right to transactions", "disk room",
                     "state", "erasure secret", "file descriptors", "memory"):
            self.assertIn(name, checks)
        self.expect(checks, "replication", "warning", "one replica: engagement.events, lead.commands")

    def test_a_table_for_people(self):
        done = self.call(self.settings({"kafka.topics.events": "absent"}))
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        lines = done.stdout.splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("error") and "topic absent" in line)
        self.assertIn("there is no such topic", lines[at])
        self.assertTrue(lines[at + 1].strip().startswith("→ create it with"), lines[at + 1])
        self.assertTrue(lines[-1].startswith("Errors: 1, warnings: 1, not checked: 3"), lines[-1])

    def test_wrong_settings(self):
        done = self.call({"kafka": {"bootstrap": "x"}}, "--format", "json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("bootstrap", done.stderr)
        self.assertEqual([c["check"] for c in json.loads(done.stdout)["checks"] if c["result"] == "error"], ["settings"])

    def test_brokers_that_do_not_answer(self):
        with socket.socket() as probe:  # bound, but not listening
            probe.bind(("127.0.0.1", 0))
            nobody = f"127.0.0.1:{probe.getsockname()[1]}"
            checks = self.examine({"kafka.bootstrap_servers": nobody})
            self.expect(checks, f"broker {nobody}", "error", "Connection refused", "see that a broker runs there")
            self.expect(checks, "topics, rights and clocks", "not checked", "no broker answers")
            self.assertIn("disk room", checks)
            good = self.world.cluster.bootstrap_servers()
            checks = self.examine({"kafka.bootstrap_servers": f"{nobody},{good}"})
            self.expect(checks, f"broker {nobody}", "warning", "Connection refused")
            self.expect(checks, f"broker {good}", "ok", "brokers in the cluster: 1")

    def test_topics_that_are_not_there_or_unequal(self):
        checks = self.examine({"kafka.topics.lead_state": "absent"})
        self.expect(checks, "topic absent", "error", "there is no such topic", "cleanup.policy=compact")
        self.expect(checks, "equal partitions", "not checked", "absent")
        checks = self.examine({"kafka.topics.commands": "three.commands"})
        self.expect(checks, "equal partitions", "error", "engagement.events: 2, three.commands: 3, lead.exchange: 2, lead.state: 2, "
                    "lead.journal: 2, lead.profiles: 2",
                    "delete and create nothing")
        names = ("events", "commands", "exchange", "status_changes", "segment_changes", "lead_state", "lead_journal", "lead_profiles",
                 "dead_letters", "definitions")
        checks = self.examine({f"kafka.topics.{name}": f"absent.{name}" for name in names})
        self.expect(checks, "replication", "not checked", "no topic is to be seen")

    def test_the_changelog(self):
        checks = self.examine({"kafka.topics.lead_state": "deleted.state"})
        self.expect(checks, "deleted.state compacted", "error", "compact,delete", "set cleanup.policy=compact")
        checks = self.examine({"kafka.topics.exchange": "small.state"})
        self.expect(checks, "small.state takes large records", "error", "max.message.bytes=1000000", "=8388608")
        checks = self.examine({"kafka.topics.lead_state": "small.state"})
        self.expect(checks, "small.state takes large records", "error", "max.message.bytes=1000000", "=8388608")
        checks = self.examine({"kafka.topics.lead_state": "minute.state"})
        self.expect(checks, "minute.state keeps tombstones", "error", "1m", "delete.retention.ms=604800000")
        checks = self.examine({"kafka.topics.lead_state": "hour.state"})
        self.expect(checks, "hour.state keeps tombstones", "warning", "2h")

    def test_inputs_and_outputs(self):
        checks = self.examine({"kafka.topics.events": "compacted.events", "kafka.topics.commands": "passing.commands",
                               "kafka.topics.status_changes": "unwritable.changes"})
        self.expect(checks, "compacted.events keeps all records", "error", "compact", "cleanup.policy=delete")
        self.expect(checks, "passing.commands retention", "warning", "1h", "retention.ms=604800000")
        self.expect(checks, "topics that take records", "error", "unwritable.changes", "lower min.insync.replicas")
        self.assertEqual(sum(check["result"] == "error" for check in checks.values()), 2)

    def test_topics_that_take_no_large_records(self):
        checks = self.examine({"kafka.topics.events": "small.events", "kafka.topics.segment_changes": "small.changes",
                               "kafka.topics.dead_letters": "small.letters"})
        self.expect(checks, "small.events takes large records", "warning", "max.message.bytes=500000", "=1048588")
        self.expect(checks, "small.changes takes large records", "error", "a batch of changes", "=1048588")
        self.expect(checks, "small.letters takes large records", "warning", "only its first 64 KiB", "=2097152")
        self.expect(checks, "lead.status-changes takes large records", "ok", "max.message.bytes=1048588")

    def test_definitions(self):
        checks = self.examine({"kafka.topics.definitions": "many.definitions"})
        self.expect(checks, "topic many.definitions", "error", "definitions need one", "one partition")
        checks = self.examine({"kafka.topics.definitions": "empty.definitions"})
        self.expect(checks, "definitions", "error", "publish definitions first")
        checks = self.examine({"kafka.topics.definitions": "wrong.definitions"})
        self.expect(checks, "definitions", "error", "holds no definitions that can be used")
        checks = self.examine({"kafka.topics.definitions": "small.definitions"})
        self.expect(checks, "small.definitions takes large records", "error", "max.message.bytes=1000000")
        checks = self.examine({"definitions": {"file": "none.yaml"}})
        self.expect(checks, "definitions", "error", "none.yaml cannot be used")
        large = self.folder / "large.yaml"
        large.write_text(DEFINITIONS + "\n#" + "x" * (3 << 20), encoding="utf-8")
        checks = self.examine({"definitions": {"file": str(large)}})
        self.expect(checks, "definitions", "error", "a live run takes up to", "make them smaller")

    def test_limits_of_the_brokers(self):
        address = self.world.cluster.bootstrap_servers()
        checks = self.examine({"kafka.transaction_timeout": "2m"})
        self.expect(checks, f"broker 1 at {address}", "error", "transaction.max.timeout.ms=60000, below", "lower")
        self.expect(checks, "right to transactions", "error", "transaction.max.timeout.ms")
        checks = self.examine({"kafka.session_timeout": "5m"})
        self.expect(checks, f"broker 1 at {address}", "error", "kafka.session_timeout is 5m", "change")

    def change_rights(self, permission, operations, *resources, pattern="literal"):
        """Each resource: its type, and its name."""
        create_acls(self.world.cluster.bootstrap_servers(), *(
            Acl(*resource, "User:ANONYMOUS", permission, operation, pattern)
            for resource in resources for operation in operations.split()))

    def test_the_deltas(self):
        checks = self.examine({"kafka.topics.lead_journal": "absent"})
        self.expect(checks, "topic absent", "error", "there is no such topic", "retention.ms=-1, retention.bytes=-1")
        checks = self.examine({"kafka.topics.lead_journal": "week.journal"})
        self.expect(checks, "week.journal retention.ms", "error", "604800000: the broker deletes changes", "set retention.ms=-1")
        self.expect(checks, "week.journal retention.bytes", "ok", "-1")
        checks = self.examine({"kafka.topics.lead_journal": "small.journal"})
        self.expect(checks, "small.journal retention.bytes", "error", "1000000: ", "set retention.bytes=-1")
        self.expect(checks, "small.journal takes large records", "error", "", "=8388608")
        checks = self.examine({"kafka.topics.lead_journal": "deleted.state"})
        self.expect(checks, "deleted.state keeps all records", "error", "compact", "set cleanup.policy=delete")

    def test_the_profiles(self):
        checks = self.examine({"kafka.topics.lead_profiles": "absent"})
        self.expect(checks, "topic absent", "error", "there is no such topic", "cleanup.policy=compact")
        checks = self.examine({"kafka.topics.lead_profiles": "deleted.state"})
        self.expect(checks, "deleted.state compacted", "error", "compact,delete: the broker removes leads",
                    "set cleanup.policy=compact")
        checks = self.examine({"kafka.topics.lead_profiles": "small.state"})
        self.expect(checks, "small.state takes large records", "error", "", "=8388608")
        checks = self.examine({"kafka.topics.lead_profiles": "absent", "profiles.enabled": False})
        self.assertNotIn("topic absent", checks)

    def test_rights(self):
        # An access list for a resource refuses everything that it does not allow.
        self.change_rights("allow", "Describe", ("topic", "forbidden.events"))
        self.change_rights("deny", "All", ("group", "denied"), ("transactional-id", "denied"), ("topic", "denied"),
                           pattern="prefixed")
        checks = self.examine({"kafka.application": "denied", "kafka.topics.events": "forbidden.events",
                               "kafka.topics.lead_state": "denied.state"})
        self.expect(checks, "right to the group", "error", "authorization failed", "READ and DESCRIBE the group denied")
        self.expect(checks, "right to read forbidden.events", "error", "authorization failed", "READ the topic")
        self.expect(checks, "right to read lead.commands", "ok", "")
        self.expect(checks, "topic denied.state", "error", "authorization failed", "let the Kafka user DESCRIBE the topic")
        self.expect(checks, "right to read denied.state", "not checked", "the topic is not to be seen")
        self.expect(checks, "right to transactions", "error", "authorization failed", "with the prefix denied-")
        self.expect(checks, "clocks", "not checked", "the right to transactions")

    def test_what_may_not_be_seen(self):
        # Brokers use the same user, and must keep working.
        self.change_rights("allow", "ClusterAction Alter Create", ("cluster", CLUSTER))
        self.addCleanup(delete_acls, self.world.cluster.bootstrap_servers(), Acl("topic", "__transaction_state"),
                        Acl("cluster", CLUSTER))
        self.change_rights("deny", "All", ("topic", "__transaction_state"))
        checks = self.examine()
        address = self.world.cluster.bootstrap_servers()
        self.expect(checks, f"broker 1 at {address}", "not checked", "authorization failed",
                    "let the Kafka user DESCRIBE_CONFIGS on the cluster")
        self.expect(checks, "right to transactions", "ok", "")
        self.expect(checks, "clocks", "not checked", "__transaction_state", "see by hand")
        # A process that may not see how long its changelog keeps tombstones assumes Kafka's default.
        self.change_rights("allow", "Read Write", ("topic", "unseen.state"))
        process = self.world.process(2)
        process.start(definitions={"topic": True}, kafka=self.world.kafka_settings(
            application="unseen", topics={"lead_state": "unseen.state", "lead_journal": "unseen.journal"}))
        wait_for("both partitions are live", 30, lambda: process.said().count("is live") == 2 or not process.runs())
        process.stop()
        self.assertIn("how long unseen.state keeps tombstones (delete.retention.ms) is not to be seen and taken to be 1d: ",
                      process.said())

    def test_a_state_that_does_not_fit(self):
        process = self.world.process(1).start(definitions={"topic": True})
        wait_for("both partitions are live", 30, lambda: process.said().count("is live") == 2 or not process.runs())
        state = {"state.directory": str(process.state)}
        beside = self.examine(state | {"http.enabled": True})
        process.stop()
        self.expect(beside, "state partitions", "ok", "2")
        self.expect(beside, "http port", "not checked", "a process runs with this state")
        self.expect(self.examine(state), "erasure secret", "ok", "the state was made with")
        checks = self.examine(state | {"state.erasure_secret": "an other secret for tests"})
        self.expect(checks, "erasure secret", "error", "another erasure secret", "the one of before")
        topic = "erasure secret of lead.state"
        self.expect(checks, topic, "error", "another one than that of the settings", "the same state.erasure_secret")
        self.expect(self.examine(state), topic, "ok", "that of the settings")
        rotated = {"state.erasure_secret": "an other secret for tests",
                   "state.former_erasure_secrets": ["a secret for tests only"]}
        checks = self.examine(state | rotated)
        self.expect(checks, topic, "error", "a former one of the settings", "leadpulse repartition")
        self.expect(checks, "erasure secret", "error", "before the last rotation", "leadpulse repartition")
        checks = self.examine(state | {f"kafka.topics.{name}": f"three.{topic}" for name, topic in
                                       (("events", "events"), ("commands", "commands"), ("exchange", "exchange"),
                                        ("lead_state", "state"), ("lead_journal", "journal"),
                                        ("lead_profiles", "profiles"))})
        self.expect(checks, "state partitions", "error", "partitions: 2, and the topics have 3", "delete and create nothing")
        checks = self.examine(state | {"kafka.topics.events": "absent"})
        self.expect(checks, "state partitions", "not checked", "partitions: 2; those of the topics are not known")
        for table in process.state.glob("MANIFEST*"):
            table.write_bytes(b"damaged")
        self.expect(self.examine(state), "state", "error", "", "it is rebuilt from lead.state")

    def test_leads_that_share_an_address(self):
        process = self.world.process(3).start(definitions={"topic": True}, kafka=self.world.kafka_settings(
            application="sharing", topics={"lead_state": "sharing.state", "lead_journal": "sharing.journal"}))
        state = {"state.directory": str(process.state)}
        wait_for("both partitions are live", 30, lambda: process.said().count("is live") == 2 or not process.runs())
        # It writes its first commit to the state five seconds later, and doctor may take longer.
        process.send(signal.SIGSTOP)
        try:
            checks = self.examine(state)
        finally:
            process.send(signal.SIGCONT)
        self.expect(checks, "shared addresses", "not checked", "no definitions yet")
        day = "2026-01-01T00:00:00Z"
        self.world.send([json.dumps({"command": {"tenantId": "acme", "leadId": lead, "commandId": lead, "issuedAt": day,
                                                 "updateProfile": {"set": {"email": address}}}})
                         for lead, address in [("1", "ann@example.com"), ("2", "ann@example.com"), ("3", "bob@example.com")]
                         + [(f"none-{i}", "none@example.com") for i in range(1001)]])
        self.world.send([json.dumps({"command": {"tenantId": "acme", "leadId": "2", "commandId": "dnc", "issuedAt": day,
                                                 "setDoNotContact": {"value": True, "reason": "asked"}}})])

        def all_published():
            changes = [json.loads(message.value()) for message in self.world.read(STATUS)]
            return (len({change["leadId"] for change in changes}) == 1004 and
                    any(change["leadId"] == "2" and change["kind"] == "SENDABLE_CHANGED" for change in changes))
        wait_for("all leads are published", 60, all_published)
        process.stop()
        checks = self.examine(state)
        self.expect(checks, "shared addresses", "warning",
                    "addresses: 2, leads that share them: 1002, of these sendable: 1001; hidden mailboxes: 3; "
                    "leads beyond 1,000 of an address: 1", f"leadpulse duplicates --state {process.state}`")

    def test_this_machine(self):
        (self.folder / "file").write_text("", encoding="utf-8")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            checks = self.examine({"http": {"port": port}, "state.directory": str(self.folder / "file" / "state"),
                                   "memory": "4TiB", "workers": 3,
                                   "state.erasure_secret": "for-trying-out-only-known-to-everybody"},
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1000, 1000)))
            registry = self.examine({"formats.changes": "confluent",
                                     "formats.schema_registry": {"url": f"http://127.0.0.1:{free_port()}"}})
        self.expect(registry, "schema registry", "error", "formats.schema_registry: ", "does not start")
        self.expect(checks, "http port", "error", str(port), "change http.port")
        self.expect(checks, "state directory", "error", "cannot be written", "state.directory")
        self.expect(checks, "memory", "error", "MiB", "lower memory")
        self.expect(checks, "workers", "warning", "workers: 3, partitions: 2", "lower")
        self.expect(checks, "erasure secret", "warning", "everybody knows", "openssl rand")
        self.expect(checks, "file descriptors", "warning", "1000", "ulimit -n")

    def examine_on_wrong_machine(self, changes=None, **wrong):
        """Like examine, with the settings of wrong_machine.cc."""
        if WRONG_MACHINE is None:
            self.skipTest("no library that makes the machine wrong")
        told = {f"LEADPULSE_WRONG_{name.upper()}": str(value) for name, value in wrong.items()}
        return self.examine(changes, env=os.environ | {"LD_PRELOAD": os.path.abspath(WRONG_MACHINE)} | told)

    def test_a_disk_that_is_nearly_full(self):
        checks = self.examine_on_wrong_machine(disk_room=(1 << 30) - (1 << 20))
        self.expect(checks, "disk room", "warning", "1023 MiB free, less than 1 GiB", "make room")
        checks = self.examine_on_wrong_machine(disk_room=1 << 30)
        self.expect(checks, "disk room", "ok", "1024 MiB free")

    def test_clocks_that_differ(self):
        self.expect(self.examine_on_wrong_machine(clock_seconds=0), "clocks", "ok", "less than 1s apart")
        for seconds, way in ((60, "ahead of"), (-60, "behind")):
            checks = self.examine_on_wrong_machine(clock_seconds=seconds)
            self.expect(checks, "clocks", "warning", f"{way} a broker", "keep the clocks of all machines by NTP")
            self.assertRegex(checks["clocks"]["found"], "this machine is at least (1m|5[5-9]s|5[5-9][0-9]{3}ms) ")
            # Its records come later than allowed.
            checks = self.examine_on_wrong_machine({"max_future_skew": "10s"}, clock_seconds=seconds)
            self.expect(checks, "clocks", "error", f"{way} a broker", "NTP")


if __name__ == "__main__":
    unittest.main()
