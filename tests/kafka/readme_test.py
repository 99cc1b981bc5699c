#!/usr/bin/env python3
"""Runs the pages' commands on Kafka unchanged, one after the other: only ports, the broker's folder and the offset of a
topic with a long history are replaced.   tests/kafka/readme_test.py BINARY
"""

import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/house"), str(ROOT / "tests/kafka"), str(ROOT / "tests/receiver")]

import yaml  # noqa: E402  # Debian's python3-yaml
from broker.cluster import Cluster, free_port  # noqa: E402
from broker.records import EVENTS, ends_of, import_client  # noqa: E402
from live import wait_for  # noqa: E402
from page_blocks import block, commands_of, table  # noqa: E402
from readme_examples import with_lines  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
LIVE, RECEIVE = "config/examples/live.yaml", "receive-kafka.yaml"


def within(part, whole):
    """Whether a settings file has everything that the part has."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and within(value, whole[key]) for key, value in part.items())
    return part == whole


class Readme(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="leadpulse-readme-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.addClassCleanup(lambda: Cluster(cls.folder / "kafka").stop(10))
        cls.port = free_port(1)
        cls.ports = {"9092": str(cls.port), "9464": str(free_port()), "8080": str(free_port()), "9465": str(free_port())}
        definitions = block("definitions.yaml")
        for name, text in (("definitions.yaml", definitions), ("new.yaml", with_lines(definitions, block("new.yaml"))),
                           ("records.jsonl", block("records.jsonl"))):
            (cls.folder / name).write_text(text, encoding="utf-8")
        (cls.folder / "build").mkdir()
        (cls.folder / "build/tour").symlink_to(cls.folder)
        shutil.copytree(ROOT / "config/examples", cls.folder / "config/examples")
        cls.settings = cls.with_ports((ROOT / LIVE).read_text(encoding="utf-8"))
        for name in (LIVE, "live.yaml"):
            (cls.folder / name).write_text(cls.settings, encoding="utf-8")

    @classmethod
    def with_ports(cls, text):
        for usual, free in cls.ports.items():
            text = re.sub(rf"\b{usual}\b", free, text)
        return text

    def here(self, command):
        command = re.sub(r"^tools/kafka start", rf"\g<0> --port {self.port}", command)
        command = re.sub(r"^tools/kafka", f"{sys.executable} {ROOT}/tools/kafka --folder {self.folder}/kafka", command)
        return re.sub(r"^(build/release/)?leadpulse", str(BINARY), command)

    def calls(self, name):
        return [self.here(command) for command in commands_of(block(name))]

    def run_call(self, call):
        done = subprocess.run(["bash", "-c", call], cwd=self.folder, capture_output=True, text=True, timeout=100,
                              check=False)
        self.assertEqual(done.returncode, 0, f"{call}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def start(self, call):
        log = open(self.folder / "log", "ab")  # pylint: disable=consider-using-with
        self.addCleanup(log.close)
        process = subprocess.Popen(["bash", "-c", f"exec {call}"], cwd=self.folder, stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end(self, process, number=signal.SIGTERM, code=0):
        self.assertIsNone(process.poll(), self.log())
        process.send_signal(number)
        self.assertEqual(process.wait(30), code, self.log())

    def log(self):
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def ready(self, port):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[port]}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def test_1_settings(self):
        """The block of the page has the contents of the example file."""
        shown = yaml.safe_load(block("live.yaml"))
        self.assertTrue(shown and within(shown, yaml.safe_load((ROOT / LIVE).read_text(encoding="utf-8"))), shown)

    def test_2_live(self):
        start, create, run, send, read = self.calls("kafka calls")
        self.assertIn("is started", self.run_call(start))
        self.assertEqual(self.run_call(create).count("created: 4 partitions"), 9)
        process = self.start(run)
        wait_for("ready", 60, lambda: self.ready("9464"))
        self.assertIn("5 records sent", self.run_call(send))
        wait_for("changes", 60, lambda: '"LEAD_CREATED"' in self.run_call(read))
        self.assertIn("acme/ada@example.com", self.run_call(read))
        self.end(process, signal.SIGINT)

    def test_3_topics(self):
        """The page's table has the settings with which they were created."""
        dry_run, create, check, alter, acl = [call.replace(" --partitions 32", "").replace(" --replication 3", "")
                                              for call in self.calls("topics calls")]
        for call in (dry_run, create):
            self.assertEqual(self.run_call(call).count("is there already"), 9)
        self.assertEqual(self.run_call(check), "All 9 topics are as they must be.\n")
        self.assertIn("Nothing to do", self.run_call(alter))
        self.assertIn("--topic lead.journal", self.run_call(acl))
        client = import_client().admin
        admin = client.AdminClient({"bootstrap.servers": f"127.0.0.1:{self.port}"})
        shown = {name: {*re.findall(r"`([a-z.]+=[^`]+)`", settings)}
                 for names, _, settings in table("topics") for name in re.findall(r"`([a-z_]+)`", names)}
        for name, topic in (("lead_state", "lead.state"), ("lead_profiles", "lead.profiles"), ("exchange", "lead.exchange"),
                            ("lead_journal", "lead.journal"), ("dead_letters", "lead.dead-letters"),
                            ("status_changes", "lead.status-changes"), ("events", EVENTS)):
            future, = admin.describe_configs([client.ConfigResource(client.ConfigResource.Type.TOPIC, topic)]).values()
            own = {f"{key}={entry.value}" for key, entry in future.result(30).items() if entry.source == 1}
            self.assertEqual(own, shown[name], topic)

    def test_4_history(self):
        whole, some = self.calls("replay from topics")
        self.run_call(whole)
        self.assertIn("ada@example.com", (self.folder / "march-out/leads.jsonl").read_text(encoding="utf-8"))
        self.run_call(self.here(block("run call")))
        ends = ends_of({"bootstrap.servers": f"127.0.0.1:{self.port}"}, "read_committed", EVENTS, range(4))
        ada = next(partition for partition, end in ends.items() if end > 0)
        self.assertIn(f"{EVENTS}/3=1200 ", some)
        self.run_call(some.replace("/3=1200 ", f"/{ada}=0 "))

    def test_5_archive(self):
        follow, check, run = self.calls("archive calls")
        archiving = self.start(follow)
        wait_for("the archive", 60, lambda: subprocess.run(["bash", "-c", check], cwd=self.folder, check=False,
                                                           capture_output=True).returncode == 0)
        self.end(archiving)
        self.run_call(check)
        self.run_call(run)
        self.assertIn("ada@example.com", (self.folder / "again-out/leads.jsonl").read_text(encoding="utf-8"))

    def test_6_definitions(self):
        """Uses `--yes` instead of an answer."""
        before = self.settings
        after = re.sub(r"definitions:\n  file: .*\n", "definitions: {topic: true}\n", before)
        self.assertNotEqual(before, after)
        (self.folder / "live.yaml").write_text(after, encoding="utf-8")
        create, apply = self.calls("apply call")
        self.assertRegex(self.run_call(create), r"lead\.definitions +created: 1 partition, cleanup\.policy=compact")
        said = self.run_call(apply.replace(" --config", " --yes --config"))
        self.assertIn("Published: ", said)
        process = self.start(f"{BINARY} run --config live.yaml")
        read = self.calls("kafka calls")[-1]
        wait_for("the change that follows", 60, lambda: '"DEFINITIONS"' in self.run_call(read))
        self.end(process)

    def test_7_receive(self):
        text = block(RECEIVE).replace("kafka-1:9092", f"127.0.0.1:{self.port}")
        (self.folder / RECEIVE).write_text(self.with_ports(
            text + "listen: {port: 8080}\nhttp: {port: 9465}\n"
                   "sources:\n  - {provider: sendgrid, tenant: acme, signature: none}\n"), encoding="utf-8")
        process = self.start(f"{BINARY} receive --config {RECEIVE}")
        wait_for("ready", 60, lambda: self.ready("9465"))
        post = self.with_ports(commands_of(block("receive calls"))[1])
        self.assertIn("200 OK", self.run_call(post))
        self.end(process)


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)
