"""What tests that run the program share. The program is the first argument of the test."""

import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import unittest

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/leadpulse"
PREPARED = {}  # by key: the folder that CommandLine.prepare filled, and what that returned


def event(lead, number, kind, time, tenant="acme", **more):
    return {"event": {"tenantId": tenant, "leadId": lead, "eventId": number, "type": kind, "occurredAt": time, **more}}


def command(lead, number, time, tenant="acme", **action):
    return {"command": {"tenantId": tenant, "leadId": lead, "commandId": number, "issuedAt": time, **action}}


def with_email(lead, address, number=None, time="2026-01-01T00:00:00Z", tenant="acme"):
    """The command that gives the lead an address. A number tells several commands of one lead apart."""
    if number is None:
        number = lead
    return command(lead, f"c{number}", time, tenant, updateProfile={"set": {"email": address}})


class CommandLine(unittest.TestCase):
    """Each test has a folder of its own, in which the program runs."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def write_records(self, name, records):
        self.write(name, "".join(json.dumps(record) + "\n" for record in records))

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def call(self, *arguments, text=None):
        return subprocess.run([BINARY, *arguments], cwd=self.folder, input=text, capture_output=True, text=True,
                              timeout=300, check=False)

    def run_job(self, *arguments, text=None):
        return self.call("run", "--state", "state", "--output", "out", *arguments, text=text)

    def run_accepted(self, *arguments):
        """A run that refuses no record. Returns what it prints."""
        result = self.run_job(*arguments)
        self.assertEqual((result.returncode, self.read("out/dead-letters.jsonl")), (0, ""), result.stderr)
        return result.stdout

    def prepare(self, key, make):
        """Fills the folder with what `make` makes in an empty one. It runs once for a key: other tests get a copy. Returns
        what it returned."""
        if key not in PREPARED:
            prepared, own = tempfile.TemporaryDirectory(), self.folder
            self.folder = prepared.name
            made = make()
            self.folder, PREPARED[key] = own, (prepared, made)
        prepared, made = PREPARED[key]
        shutil.copytree(prepared.name, self.folder, dirs_exist_ok=True)
        return made

    def make_state_of(self, definitions, records):
        """Runs the records into the folders `state` and `out`. Returns the dead letters."""
        text = "".join(json.dumps(record) + "\n" for record in records)
        self.prepare((definitions, text), lambda: self.run_text(definitions, text))
        return self.read("out/dead-letters.jsonl")

    def run_text(self, definitions, text):
        self.write("d.yaml", definitions)
        self.write("a.jsonl", text)
        result = self.run_job("--input", "a.jsonl", "--definitions", "d.yaml", "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)

    def start_job(self, *arguments, **keywords):
        """Starts a run beside the test, with the given Popen arguments."""
        return subprocess.Popen([BINARY, "run", "--state", "state", "--output", "out", *arguments], cwd=self.folder,
                                text=True, **keywords)

    def answer(self, answer, *arguments):
        """Calls the program on a terminal and types the given line. Returns the exit code and the output of both
        streams together."""
        controller, terminal = pty.openpty()
        job = subprocess.Popen([BINARY, *arguments], cwd=self.folder, stdin=terminal, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
        os.close(terminal)
        os.write(controller, answer.encode() + b"\n")
        said, _ = job.communicate(timeout=300)
        os.close(controller)
        return job.returncode, said

    def expect_full_disk_reported(self, *arguments):
        """Checks that a call whose standard output is a full disk fails and says so."""
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([BINARY, *arguments], cwd=self.folder, stdout=full, stderr=subprocess.PIPE, text=True,
                                    timeout=300, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("standard output cannot be written: No space left", result.stderr)

    def expect_failure(self, code, part, *arguments):
        """Expects an exit code, and a message with the part. Returns what the call says on standard error."""
        result = self.call(*arguments)
        self.assertEqual((result.returncode, result.stdout), (code, ""), result.stderr)
        self.assertIn(part, result.stderr)
        return result.stderr

    def output_of(self, *arguments, text=None):
        """The standard output of a call that must succeed."""
        result = self.call(*arguments, text=text)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout
