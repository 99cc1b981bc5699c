"""`leadpulse topics`: what it creates, compares, mends and refuses. doctor_test.py runs these cases on its broker.

Each case has topics of its own, with a name in front.
"""

import concurrent.futures
import functools
import json
import shlex
import subprocess

from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic
from live import wait_for
from broker.requests import CLUSTER, Acl, create_acls, delete_acls

NAMES = ("events", "commands", "exchange", "status_changes", "segment_changes", "lead_state", "lead_journal",
         "lead_profiles", "dead_letters", "definitions")
ACLS = "org.apache.kafka.tools.AclCommand"


def names_of(prefix):
    return {f"kafka.topics.{name}": f"{prefix}.{name.removeprefix('lead_')}" for name in NAMES}


class TopicsCases:
    """Mixed into a TestCase with a `world`, a `folder`, `settings(changes)` and `publish(topic, text)`."""

    def settings_file(self, prefix, changes=None):
        path = self.folder / f"{prefix}.yaml"
        path.write_text(json.dumps(self.settings(names_of(prefix) | {"kafka.application": prefix} | (changes or {}))),
                        encoding="utf-8")
        return path

    def start_topics(self, config, *arguments):
        return subprocess.Popen([self.world.binary, "topics", *arguments, "--config", str(config)],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def topics(self, config, *arguments, code=0):
        """The lines of standard output, and standard error."""
        process = self.start_topics(config, *arguments)
        said, problem = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, said + problem)
        return said.splitlines(), problem

    @functools.cached_property
    def admin(self):
        return AdminClient({"bootstrap.servers": self.world.cluster.bootstrap_servers()})

    def run_acl_commands(self, *commands):
        """Runs kafka-acls.sh with each of these arguments; at once, because each waits for its JVM."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(lambda words: self.world.cluster.run_tool(ACLS, list(words)), commands))

    def set_own(self, name, settings, kind=ConfigResource.Type.TOPIC):
        """Replaces all settings that the topic, or the broker, has of its own."""
        for future in self.admin.alter_configs([ConfigResource(kind, name, set_config=settings)]).values():
            future.result(30)

    def own(self, topic):
        """The settings that the topic has of its own."""
        found, = [future.result(30) for future in self.admin.describe_configs(
            [ConfigResource(ConfigResource.Type.TOPIC, topic)]).values()]
        return {name: entry.value for name, entry in found.items() if entry.source == 1}

    def start_run(self, prefix, **more):
        kafka = self.world.kafka_settings(application=prefix, topics={
            name: f"{prefix}.{name.removeprefix('lead_')}" for name in NAMES})
        return self.world.process(prefix).start(kafka=kafka, **more)

    def test_topics_from_nothing(self):
        config = self.settings_file("new")
        _, problem = self.topics(config, "create", code=2)
        self.assertIn("say with --partitions how many", problem)
        lines, _ = self.topics(config, "create", "--partitions", "2", "--dry-run")
        self.assertEqual([line.split()[0] for line in lines if "would be created: " in line],
                         [name.removeprefix("lead_").join(("new.", "")) for name in (
                             "events", "commands", "exchange", "lead_state", "lead_journal", "lead_profiles",
                             "status_changes", "segment_changes", "dead_letters", "definitions")])
        lines, _ = self.topics(config, "check", code=1)
        self.assertEqual(len(lines), 10)
        self.assertIn(f"new.events: there is no such topic; `leadpulse topics create --config {config}` creates it", lines)
        # A broker whose default is too short: the new topics that need more have it all the same.
        self.set_own("1", {"log.retention.ms": "3600000"}, ConfigResource.Type.BROKER)
        try:
            lines, _ = self.topics(config, "create", "--partitions", "2")
            self.assertTrue(all(" created: " in line for line in lines), lines)
            self.assertIn("retention.ms=604800000", lines[0])
            self.assertEqual(self.topics(config, "check")[0], ["All 10 topics are as they must be."])
        finally:
            self.set_own("1", {}, ConfigResource.Type.BROKER)
        lines, _ = self.topics(config, "create")
        self.assertTrue(all(line.endswith("  is there already") for line in lines), lines)
        self.assertEqual(self.topics(config, "alter")[0], ["Nothing to do: all settings are as they must be."])
        self.run_on_new_topics(config)

    def run_on_new_topics(self, config):
        """A run works at once. Afterwards an empty topic does not take the place of a lost one unasked."""
        process = self.start_run("new")
        wait_for("both partitions are live", 30, lambda: process.said().count("is live") == 2 or not process.runs())
        self.assertTrue(process.runs(), process.said())
        process.stop()
        lost = self.settings_file("new", {"kafka.topics.exchange": "new.again"})
        _, problem = self.topics(lost, "create", code=2)
        self.assertIn("this deployment has run, and new.again is missing", problem)
        self.assertIn("--accept-empty", problem)
        lines, _ = self.topics(lost, "create", "--accept-empty")
        self.assertRegex("\n".join(lines), r"new\.again +created: 2 partitions, max\.message\.bytes=8388608")
        self.assertEqual(len(self.topics(config, "check")[0]), 1)

    def test_two_processes_create_topics_at_once(self):
        config = self.settings_file("both")
        processes = [self.start_topics(config, "create", "--partitions", "2") for _ in range(2)]
        for process in processes:
            said, problem = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, said + problem)
        self.topics(config, "check")

    def test_topics_that_differ(self):
        config = self.settings_file("drift")
        self.topics(config, "create", "--partitions", "2")
        self.publish("drift.events", "{}")
        self.set_own("drift.events", {"cleanup.policy": "compact", "retention.ms": "3600000"})
        self.set_own("drift.commands", {"cleanup.policy": "compact"})
        self.set_own("drift.state", {"cleanup.policy": "compact,delete", "delete.retention.ms": "60000",
                                     "max.message.bytes": "1000000", "segment.bytes": "10485760"})
        self.set_own("drift.journal", {"max.message.bytes": "8388608", "retention.bytes": "1000000"})
        lines, _ = self.topics(config, "check", code=1)
        advice = f"`leadpulse topics alter --config {config}` does"
        for line, said in zip(lines, [
                ("drift.events keeps all records: cleanup.policy=compact", "set cleanup.policy=delete"),
                ("drift.events retention: 1h", "set retention.ms=604800000"),
                ("drift.commands keeps all records: cleanup.policy=compact", "set cleanup.policy=delete"),
                ("drift.state compacted: cleanup.policy=compact,delete", "set cleanup.policy=compact"),
                ("drift.state keeps tombstones: 1m", "set delete.retention.ms=604800000"),
                ("drift.state takes large records: max.message.bytes=1000000", "set max.message.bytes=8388608"),
                ("drift.journal retention.ms: 604800000", "set retention.ms=-1"),
                ("drift.journal retention.bytes: 1000000", "set retention.bytes=-1")], strict=True):
            for part in (*said, advice):
                self.assertIn(part, line)
        before = {name: self.own(f"drift.{name}") for name in ("events", "state")}
        planned, _ = self.topics(config, "alter", "--dry-run", code=1)
        self.assertIn("drift.journal: would set retention.ms=-1, retention.bytes=-1", planned)
        self.assertEqual({name: self.own(f"drift.{name}") for name in before}, before)
        # A topic with a record keeps what its new policy would delete, until somebody says that it may go.
        refused = ("drift.events: not set: cleanup.policy=delete deletes records, for records that are older than its "
                   "retention.ms go. If these may go, say --accept-deletion")
        done, _ = self.topics(config, "alter", code=1)
        self.assertEqual(done, [line.replace("would set", "set") for line in planned])
        self.assertIn(refused, done)
        self.assertEqual(self.own("drift.events"), {"cleanup.policy": "compact", "retention.ms": "604800000"})
        self.assertEqual(self.own("drift.state"), {"cleanup.policy": "compact", "delete.retention.ms": "604800000",
                                                   "max.message.bytes": "8388608", "segment.bytes": "10485760"})
        self.assertEqual(self.own("drift.commands")["cleanup.policy"], "delete")
        self.topics(config, "alter", "--accept-deletion")
        self.topics(config, "check")

    def test_topics_that_alter_cannot_mend(self):
        config = self.settings_file("odd")
        self.topics(config, "create", "--partitions", "2")
        self.remove("odd.profiles")
        _, problem = self.topics(config, "create", "--partitions", "3", code=2)
        self.assertIn("the topics that are there have 2 partitions", problem)
        for future in self.admin.create_topics([NewTopic("odd.profiles", 3, 1)]).values():
            future.result(30)
        self.set_own("odd.status_changes", {"min.insync.replicas": "2"})
        lines, _ = self.topics(config, "alter", code=1)
        self.assertIn("odd.profiles: set cleanup.policy=compact, max.message.bytes=8388608", lines)
        self.assertTrue(any("different numbers of partitions" in line for line in lines), lines)
        self.assertTrue(any(line.startswith("odd.status_changes: nothing can be written") for line in lines), lines)

    def remove(self, topic):
        for future in self.admin.delete_topics([topic], operation_timeout=30).values():
            future.result(30)
        wait_for(f"{topic} is gone", 30, lambda: topic not in self.admin.list_topics(timeout=10).topics)

    def test_brokers_that_refuse_topics(self):
        config = self.settings_file("denied")
        for dry in ([], ["--dry-run"]):
            _, problem = self.topics(config, "create", "--partitions", "2", "--replication", "3", *dry, code=1)
            self.assertIn("could not create the topic denied.events: ", problem)
            self.assertIn("give --replication N", problem)
        # Whoever may create topics in the cluster, or this one, may create it: take away both, and leave all else.
        address = self.world.cluster.bootstrap_servers()
        everybody = [Acl("cluster", CLUSTER, "User:ANONYMOUS", "allow", operation) for operation in (
            "ClusterAction", "Alter", "Describe", "AlterConfigs", "DescribeConfigs", "IdempotentWrite")]
        create_acls(address, *everybody, Acl("topic", "denied.", "User:ANONYMOUS", "allow", "Describe", "prefixed"))
        try:
            _, problem = self.topics(config, "create", "--partitions", "2", code=1)
            self.assertRegex(problem, "could not create the topic denied.events: .*; give the Kafka user who administers "
                                      "the topics CREATE")
        finally:
            delete_acls(address, Acl("cluster", CLUSTER))

    def test_the_printed_rights_are_enough(self):
        """With the rights of the printed lines a run works, and its user may do nothing else."""
        config = self.settings_file("acl")
        self.topics(config, "create", "--partitions", "2")
        self.publish("acl.definitions", json.dumps({"tenants": {"*": {"tiers": [{"name": "all"}]}}}))
        self.publish("acl.events", "{}")
        lines, _ = self.topics(config, "acl", "--run", "User:ANONYMOUS")
        self.assertEqual([line for line in lines if line.startswith("# The run")], ["# The run, `leadpulse run --config`"])
        acls = [shlex.split(line) for line in lines if line.startswith("kafka-acls.sh")]
        self.assertEqual({words[words.index("--allow-principal") + 1] for words in acls},
                         {"User:ANONYMOUS", "User:PRODUCER", "User:CONSUMER", "User:OPERATOR"})
        self.assertEqual({tuple(words[:3]) for words in acls},
                         {("kafka-acls.sh", "--bootstrap-server", self.world.cluster.bootstrap_servers())})
        self.run_acl_commands(*[words[3:] for words in acls if "User:ANONYMOUS" in words])
        process = self.start_run("acl", definitions={"topic": True}, log={"level": "debug"})
        wait_for("the dead letter is committed", 30, lambda: "dead letter" in process.said() or not process.runs())
        self.assertTrue(process.runs(), process.said())
        process.stop()
        self.assertNotIn("AUTHORIZATION", process.said().upper())
