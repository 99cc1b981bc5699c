"""What the tests with hostile input share: the program as a measured child, records, outputs, and the table at the end.

A case states its expectations: the exit code, the dead letters by reason, which good records around the bad ones are
applied, and the most memory the child may take, with the structure that bounds it. `--full` on a test's command line
selects the sizes that take minutes; without it a test takes seconds.
"""

import collections
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

FULL = "--full" in sys.argv
if FULL:
    sys.argv.remove("--full")
# With a sanitizer or gcov a program takes more memory, sometimes a multiple: then the memory is only reported.
INSTRUMENTED = "--instrumented" in sys.argv
if INSTRUMENTED:
    sys.argv.remove("--instrumented")
TIMEOUT = 1500 if INSTRUMENTED else 600  # seconds that a call may take
BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/leadpulse"

MIB, GIB = 1 << 20, 1 << 30
# MiB. Any run may take this: three batches of 20 MiB buffers, whose unread pages are not touched; RocksDB's write
# buffers; and the program itself.
BASE = 160
# MiB. A record of up to 8 MiB goes whole to a decoder: two parsers a worker, 12 bytes for each byte of the record.
LARGE_RECORDS = 700

GOOD_LINE = ('{"event":{"tenantId":"acme","leadId":"good%d","eventId":"e%d","type":"OPEN",'
             '"occurredAt":"2026-01-01T00:00:00Z"}}\n')


def scale(small, full):
    return full if FULL else small


def good(number, event=1):
    return (GOOD_LINE % (number, event)).encode()


def event(lead, event_id="e1", at="2026-01-01T00:00:00Z", extra=""):
    return (f'{{"event":{{"tenantId":"acme","leadId":"{lead}","eventId":"{event_id}","type":"OPEN","occurredAt":"{at}"'
            f'{extra}}}}}\n').encode()


Ended = collections.namedtuple("Ended", "code output errors seconds peak_mib work")
ROWS = []


def interrupt(child, seconds):
    """Interrupts the child after some seconds, but not before it has a handler: a sanitizer on a busy machine is
    slow."""
    time.sleep(seconds)
    while child.returncode is None:
        try:
            with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
                caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status.read(), re.MULTILINE)
        except (FileNotFoundError, ProcessLookupError):
            return  # it has ended
        if caught and int(caught[1], 16) >> (signal.SIGINT - 1) & 1:
            child.send_signal(signal.SIGINT)
            return
        time.sleep(0.01)


class Hostile(unittest.TestCase):
    """Each test has a folder of its own, in which the program runs and which is deleted afterwards."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="leadpulse_hostile_")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    @classmethod
    def tearDownClass(cls):
        while ROWS:
            case, ended, most, work, peak = ROWS.pop(0)
            print(f"{case:<58} exit {ended} {peak:>6.0f} of {most:>4} MiB {work:>7.1f} s of CPU", flush=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, *parts):
        """Parts are bytes, or iterables of bytes that are never in memory as a whole."""
        with open(self.path(name), "wb") as file:
            for part in parts:
                file.writelines([part] if isinstance(part, bytes) else part)
        return name

    def call(self, *arguments, mib, case=None, seconds=TIMEOUT, interrupt_after=None, **keywords):
        """Runs the program to its end and measures its peak memory. `mib` is the most it may take."""
        started = time.monotonic()
        with open(self.path("stdout"), "wb") as out, open(self.path("stderr"), "wb") as err:
            streams = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err, **keywords}
            child = subprocess.Popen([BINARY, *arguments], cwd=self.folder, **streams)
            end = threading.Timer(seconds, child.kill)
            end.start()
            if interrupt_after is not None:
                threading.Thread(target=interrupt, args=(child, interrupt_after)).start()
            _, status, usage = os.wait4(child.pid, 0)
            end.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        ended = Ended(child.returncode, self.read("stdout"), self.read("stderr"), time.monotonic() - started,
                      usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)
        ROWS.append((case or self._testMethodName, ended.code, mib, ended.work, ended.peak_mib))
        if not INSTRUMENTED:
            self.assertLessEqual(ended.peak_mib, mib, f"{case}: memory is not bounded as it should be")
        self.assertNotIn(ended.code, (-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT), ended.errors[-2000:])
        return ended

    def run_job(self, *arguments, mib=BASE, code=0, state="state", output="out", **keywords):
        """`code` None: 1 if nothing of a file could be used, else 0."""
        ended = self.call("run", "--workers", "2", "--state", state, "--output", output, *arguments, mib=mib, **keywords)
        if code is None:
            code = int("nothing of it could be used" in ended.errors)
        self.assertEqual(ended.code, code, ended.errors[-2000:])
        return ended

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="surrogateescape") as file:
            return file.read()

    def lines(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)

    def expect(self, reasons, leads=None, events=None, output="out"):
        """Checks the dead letters by reason, the good leads that exist, and the events of each."""
        letters = list(self.lines(f"{output}/dead-letters.jsonl"))
        self.assertEqual(dict(collections.Counter(letter["reason"] for letter in letters)), reasons,
                         [(letter["source"], letter["detail"]) for letter in letters][:40])
        if leads is None:
            return letters
        held = {lead["leadId"]: lead["counts"]["open"] for lead in self.lines(f"{output}/leads.jsonl")
                if lead["leadId"].startswith("good")}
        self.assertEqual(held, {f"good{number}": events or 1 for number in leads})
        return letters


def main():
    """Prints the sizes, so that a failure can be repeated."""
    print("sizes:", "full" if FULL else "small (--full for the others)", flush=True)
    unittest.main(verbosity=1)
