#!/usr/bin/env python3
"""The pages' examples of programs that run until they are stopped: webhooks received, a run that follows them, changes
delivered. Each command runs unchanged, except for its ports and the address that it posts to.

    tests/house/readme_programs_test.py BINARY
"""

import hashlib
import hmac
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/delivery"), str(ROOT / "tests/receiver")]

import receiver as deliveries  # noqa: E402
from page_blocks import block, commands_of  # noqa: E402
from receiving import free_port  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
# The key of the signed example in SendGrid's own library.
SENDGRID_KEY = ("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/"
                "1FwCM/QmGUhA==")
ENVIRONMENT = {**{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
               "PATH": f"{BINARY.parent}{os.pathsep}{os.environ['PATH']}", "SENDGRID_KEY": SENDGRID_KEY,
               "MAILGUN_KEY": "a key for these tests", "CRM_SECRET": "a secret for tests"}


class ReadmePrograms(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.ports = {"8080": str(free_port()), "9465": str(free_port())}
        self.write("definitions.yaml", block("definitions.yaml"))
        shutil.copytree(ROOT / "config/examples", self.folder / "config/examples")
        example = self.folder / "config/examples/receive.yaml"
        example.write_text(self.with_ports(example.read_text(encoding="utf-8")), encoding="utf-8")

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def with_ports(self, text):
        for usual, free in self.ports.items():
            text = text.replace(usual, free)
        return text

    def start(self, command):
        """Starts it in a shell that it replaces, so that signals reach it."""
        log = open(self.folder / "log", "ab")  # pylint: disable=consider-using-with
        self.addCleanup(log.close)
        process = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=self.folder, stdout=log, stderr=log,
                                   env=ENVIRONMENT)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def log(self):
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def comes(self, what):
        deadline = time.monotonic() + 60
        while not what():
            self.assertLess(time.monotonic(), deadline, self.log())
            time.sleep(0.02)

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['9465']}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def changes(self, output):
        path = self.folder / output / "changes.jsonl"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def end(self, *processes):
        for process in processes:
            self.assertIsNone(process.poll(), self.log())
            process.terminate()
        for process in processes:
            self.assertEqual(process.wait(30), 0, self.log())

    def test_receive(self):
        receive, post, follow = commands_of(self.with_ports(block("receive calls")))
        receiving = self.start(receive)
        self.comes(self.is_ready)
        said = subprocess.run(["bash", "-c", post], cwd=self.folder, env=ENVIRONMENT, capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertIn("200 OK", said.stdout, said.stderr)
        self.assertIn("records: 1", said.stdout)
        following = self.start(follow)
        self.comes(lambda: '"EVENT","id":"x1"' in self.changes("build/web-out"))
        self.end(following, receiving)

    def test_three_processes(self):
        crm = deliveries.Receiver()
        self.addCleanup(crm.close)
        self.write("receive.yaml", self.with_ports(block("receive.yaml") +
                                                   "http: {port: 9465}\n"))
        receive, follow, deliver = commands_of(block("three processes"))
        self.assertIn("https://crm.example/leads", deliver)
        receiving = self.start(receive)
        self.comes(self.is_ready)
        self.assertEqual(self.post_as_mailgun(), 200)
        following = self.start(follow)
        delivering = self.start(deliver.replace("https://crm.example/leads", crm.url))
        self.comes(lambda: any(change["kind"] == "LEAD_CREATED" for change in crm.taken))
        self.assertEqual(crm.taken[0]["leadId"], "ada@example.com")
        self.assertIn("X-Leadpulse-Signature", crm.posts[0][1])
        self.end(delivering, following, receiving)

    def test_follow(self):
        for name in ("inbox", "api"):
            (self.folder / name).mkdir()
        self.write("by-hand.jsonl", "")
        (command,) = commands_of(block("follow"))
        following = self.start(command)
        for file in ("inbox/1.jsonl", "api/1.jsonl", "by-hand.jsonl"):
            lead = file.replace("/", "-")
            self.write(file, json.dumps({"event": {"tenantId": "acme", "leadId": lead, "eventId": "1", "type": "CLICK",
                                                   "occurredAt": "2026-03-01T00:00:00Z"}}) + "\n")
            self.comes(lambda wanted=f'"leadId":"{lead}"': wanted in self.changes("out"))
        self.end(following)

    def post_as_mailgun(self):
        """Posts to the path of the settings, signed with their key."""
        now, token = str(int(time.time())), "t" * 50
        signature = hmac.new(ENVIRONMENT["MAILGUN_KEY"].encode(), (now + token).encode(), hashlib.sha256).hexdigest()
        body = {"signature": {"timestamp": now, "token": token, "signature": signature},
                "event-data": {"event": "clicked", "id": "1", "timestamp": time.time(), "recipient": "ada@example.com"}}
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports['8080']}/hooks/mg", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status


if __name__ == "__main__":
    unittest.main(verbosity=2)
