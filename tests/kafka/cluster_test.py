"""tools/kafka as a person uses it: start, topics, status, stop, and its messages for errors."""

import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
import uuid
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from broker import cluster, java  # noqa: E402
from broker.cluster import Cluster, answers, free_port  # noqa: E402
from shared_broker import emptied  # noqa: E402

TOPICS = ["engagement.events", "lead.commands", "lead.dead-letters", "lead.definitions", "lead.exchange", "lead.journal",
          "lead.profiles", "lead.segment-changes", "lead.state", "lead.status-changes"]


class KafkaTool(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="leadpulse-kafka-")
        self.folder = pathlib.Path(self.scratch.name)
        self.addCleanup(self.scratch.cleanup)
        self.addCleanup(lambda: Cluster(self.folder).stop(10))

    def call(self, *arguments, **environment):
        return subprocess.run([str(ROOT / "tools/kafka"), "--folder", str(self.folder), *arguments], text=True,
                              capture_output=True, check=False, env=os.environ | environment, timeout=240)

    def succeeds(self, *arguments):
        result = self.call(*arguments)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def fails(self, part, *arguments, **environment):
        result = self.call(*arguments, **environment)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(part, result.stderr)
        self.assertNotIn("Traceback", result.stderr)


class OneBroker(KafkaTool):
    def test_a_life(self):
        port = free_port(1)
        self.assertIn(f"is started: 127.0.0.1:{port}", self.succeeds("start", "--no-topics", "--port", str(port)))
        self.assertIn("runs already", self.succeeds("start", "--no-topics"))
        created = self.succeeds("topics", "--partitions", "3")
        self.assertIn("engagement.events: created, 3 partitions", created)
        self.assertIn("lead.state: created, 3 partitions, compacted", created)
        self.assertEqual(self.succeeds("topics").count("is there already"), len(TOPICS))

        told = self.succeeds("status").splitlines()
        self.assertIn(f"127.0.0.1:{port}  runs", told[0])
        self.assertEqual([line.split()[0] for line in told[1:]], TOPICS)
        state = next(line for line in told if line.startswith("lead.state"))
        self.assertIn("cleanup.policy=compact", state)
        self.assertIn("max.message.bytes=8388608", state)
        cut = subprocess.run(["sh", "-c", '"$0" --folder "$1" status | true', ROOT / "tools/kafka", self.folder],
                             capture_output=True, check=False)
        self.assertEqual(cut.stderr, b"")  # the reader of its output may stop
        self.fails("a cluster runs at", "start", "--brokers", "3")

        lines = self.folder / "lines.jsonl"
        lines.write_text('{"event":{"tenantId":"acme","leadId":"ann","eventId":"e-1"}}\n\n'
                         '{"command":{"tenantId":"acme","email":" Bob@Example.com","commandId":"c-1"}}\n')
        self.assertEqual(self.succeeds("send", str(lines)), "2 records sent\n")
        self.assertTrue(self.succeeds("read", "engagement.events").startswith('acme ann  {"event":'))
        self.assertIn('acme bob@example.com  {"command":', self.succeeds("read", "lead.commands"))
        self.assertEqual(self.succeeds("read", "lead.state"), "")
        self.fails("there is no topic lead.stat", "read", "lead.stat")
        lines.write_text('{"event":{"tenantId":"acme"}}\nnothing\n')
        self.fails("line 2 is neither an event nor a command: nothing", "send", str(lines))
        self.fails("cannot be read: No such file", "send", str(self.folder / "none.jsonl"))

        # As the next test finds it that shares a broker.
        emptied(Cluster(self.folder))
        self.fails("there is no topic lead.commands", "read", "lead.commands")
        self.assertEqual(self.succeeds("topics").count("created"), len(TOPICS))
        self.assertEqual(self.succeeds("read", "lead.commands"), "")

        # After a kill it starts again with its topics.
        broker = Cluster(self.folder).brokers[0]
        os.kill(broker.process_id(), signal.SIGKILL)
        again = self.succeeds("start")
        self.assertIn("is started", again)
        self.assertEqual(again.count("is there already"), len(TOPICS))

        self.assertEqual(self.succeeds("stop"), "stopped\n")
        self.assertIn("does not run", self.succeeds("status"))
        self.fails("no broker runs", "topics")

        # A broker that does not come up says why.
        with open(broker.configuration, "a", encoding="utf-8") as settings:
            settings.write("log.retention.bytes=much\n")
        self.fails("log.retention.bytes", "start")
        self.assertIn("no broker was running", self.succeeds("stop", "--remove"))
        self.assertIn("there is no cluster", self.succeeds("status"))


class ThreeBrokers(KafkaTool):
    def test_one_may_be_lost(self):
        port = free_port(3)
        started = self.succeeds("start", "--brokers", "3", "--port", str(port))
        self.assertIn("lead.commands: created, 4 partitions", started)
        self.assertEqual(started.count("created"), len(TOPICS))
        cluster = Cluster(self.folder)
        self.assertIn("3 replicas", self.succeeds("status"))
        os.kill(cluster.brokers[2].process_id(), signal.SIGKILL)
        self.assertIn("broker 3  127.0.0.1:" + str(port + 2) + "  does not run", self.succeeds("status"))
        self.succeeds("start")
        self.assertEqual(self.succeeds("status").count("  runs, process"), 3)


MAVEN = """#!/bin/sh
cd "$(dirname "$0")"
echo run >> runs
while [ ! -e go ]; do sleep 0.02; done
for argument; do
  case $argument in -DoutputDirectory=*) touch "${argument#*=}/kafka_2.13.jar" ;; esac
done
"""


class Fetched(unittest.TestCase):
    def test_by_one_of_two_who_want_them_at_once(self):
        scratch = tempfile.TemporaryDirectory(prefix="leadpulse-fetch-")
        self.addCleanup(scratch.cleanup)
        folder = pathlib.Path(scratch.name)
        maven = folder / "mvn"
        maven.write_text(MAVEN, encoding="utf-8")
        maven.chmod(0o755)
        asked = threading.Semaphore(0)

        def which(_):
            asked.release()
            return str(maven)

        with mock.patch.object(java, "LIBRARIES", folder / "kafka"), \
                mock.patch.object(java.shutil, "which", which), ThreadPoolExecutor(2) as pool:
            fetched = [pool.submit(java.fetch, "0.0") for _ in range(2)]
            both_asked = [asked.acquire(timeout=60) for _ in fetched]
            (folder / "go").touch()
            self.assertEqual([done.result(timeout=60) for done in fetched], [folder / "kafka/lib-0.0"] * 2)
        self.assertEqual(both_asked, [True, True])
        self.assertEqual((folder / "runs").read_text(encoding="utf-8"), "run\n")
        self.assertEqual([file.name for file in (folder / "kafka/lib-0.0").iterdir()], ["kafka_2.13.jar"])


class ItsClasses(unittest.TestCase):
    def test_are_archived_by_the_first_cluster_and_a_broken_archive_is_not_used(self):
        scratch = tempfile.TemporaryDirectory(prefix="leadpulse-classes-")
        self.addCleanup(scratch.cleanup)
        made = Cluster(scratch.name)
        made.make(1, free_port())
        archive = java.class_archive(java.fetch())
        self.assertGreater(archive.stat().st_size, 1 << 20)
        broken = pathlib.Path(scratch.name) / "broken.jsa"
        broken.write_text("no archive", encoding="utf-8")
        with mock.patch.object(java, "class_archive", return_value=broken):
            shutil.rmtree(made.brokers[0].folder / "data")
            made.format(made.brokers[0], java.fetch(), "AAAAAAAAAAAAAAAAAAAAAQ")
        self.assertTrue((made.brokers[0].folder / "data/meta.properties").exists())


class ItsId(unittest.TestCase):
    def test_is_one_for_all_brokers_and_no_option(self):
        scratch = tempfile.TemporaryDirectory(prefix="leadpulse-id-")
        self.addCleanup(scratch.cleanup)
        # In base 64 all ids but the last begin with a dash.
        drawn = [uuid.UUID(int=(0xF8 << 120) + number) for number in range(5)] + [uuid.UUID(int=1)]
        with mock.patch.object(cluster, "fetch"), mock.patch.object(cluster, "archive_classes"), \
                mock.patch.object(cluster.uuid, "uuid4", side_effect=drawn), \
                mock.patch.object(Cluster, "format") as formatted:
            Cluster(pathlib.Path(scratch.name)).make(3, free_port(3))
        self.assertEqual([call.args[2] for call in formatted.call_args_list], ["AAAAAAAAAAAAAAAAAAAAAQ"] * 3)


class Ports(unittest.TestCase):
    # A broker takes its ports only seconds later: two clusters that started at once once chose the same port.
    def test_are_told_once(self):
        ask = [sys.executable, "-c", "from broker.cluster import *; print(free_port(2)); input()"]
        with mock.patch.object(cluster.random, "shuffle", side_effect=lambda all_ports: all_ports.sort()):
            told = [free_port(2) for _ in range(3)]
        self.assertEqual(len(set(told)), 3)
        other = subprocess.Popen(ask, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT / "tools")
        self.addCleanup(other.kill)
        port = int(other.stdout.readline())
        self.assertFalse(cluster.claim([port]))
        self.assertFalse(cluster.claim([port + cluster.CONTROLLER_OFFSET]))
        other.communicate("\n")
        self.assertTrue(cluster.claim([port]))


class WhatIsWrong(KafkaTool):
    def test_a_port_that_is_taken(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            self.fails("is taken by another program", "start", "--port", str(other.getsockname()[1]))
        self.assertIn("there is no cluster", self.succeeds("status"))

    def test_no_java(self):
        self.fails("needs Java 17 or newer and there is none", "start", "--port", str(free_port(1)),
                   JAVA_HOME="/nowhere")

    def test_an_old_java(self):
        java = self.folder / "home/bin/java"
        java.parent.mkdir(parents=True)
        java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
        java.chmod(0o755)
        self.fails("is openjdk version \"11.0.2\"", "start", "--port", str(free_port(1)), JAVA_HOME=str(java.parents[1]))

    def test_a_process_number_that_another_program_has(self):
        (self.folder / "broker-1").mkdir()
        (self.folder / "broker-1/pid").write_text(str(os.getpid()))
        (self.folder / "cluster.json").write_text(json.dumps({"ports": [free_port(1)]}))
        self.assertIn("does not run", self.succeeds("status"))
        self.assertIn("no broker was running", self.succeeds("stop"))

    def test_wrong_usage(self):
        for arguments in ([], ["begin"], ["start", "--brokers", "2"], ["topics", "--partitions", "x"]):
            self.assertEqual(self.call(*arguments).returncode, 2, arguments)

    def test_only_a_broker_answers(self):
        for said, expected in ((b"", False), (struct.pack(">ii", 4, 7), False), (struct.pack(">ii", 4, 1), True)):
            with socket.socket() as other:
                other.bind(("127.0.0.1", 0))
                other.listen()

                def answer_once(listening=other, what=said):
                    connection, _ = listening.accept()
                    with connection:
                        connection.recv(64)
                        connection.sendall(what)

                answering = threading.Thread(target=answer_once)
                answering.start()
                self.assertEqual(answers(other.getsockname()[1]), expected, said)
                answering.join()


if __name__ == "__main__":
    unittest.main(verbosity=2)
