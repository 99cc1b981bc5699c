#!/usr/bin/env python3
"""Kills `run --follow` and `deliver` again and again while records come and the receiver fails now and then: everything
committed must be delivered, each lead's changes in order, and, duplicates removed, exactly what changes.jsonl holds.

    tests/delivery/deliver_kill_test.py BINARY                4 kills of each
    tests/delivery/deliver_kill_test.py BINARY --kills 20     so many of each
    tests/delivery/deliver_kill_test.py BINARY --seed N       another order of things

Prints the seed that failed and keeps its folder.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from receiver import Receiver, check_order, identity, without_duplicates

DEFINITIONS = """
tenants:
  "*":
    scoring: {rules: [{event: click, points: 5}]}
    publish_score_changes: true
    tiers: [{name: hot, at_least: 20}, {name: cold}]
    segments: [{id: just-now, name: Just now, rule: 'DID click IN LAST 3 seconds'}]
"""
LEADS = 60
RECORDS_A_SECOND = 300
# Places in a commit, a start and a delivery; nothing: at any moment.
RUN_POINTS = [None, "after_flush", "after_flush", "before_batch", "before_publish", "after_publish", "during_cut_back"]
DELIVER_POINTS = [None, None, "after_acknowledged", "before_position", "after_position"]
# The kills that each round begins with: those that would show a delivery of what is not committed, or none of what is.
FIRST = {"run": ["after_flush", "before_batch"], "deliver": ["after_acknowledged", "before_position"]}


class Failure(Exception):
    """What must not happen did."""


class Writer(threading.Thread):
    """Appends records until it is told to stop."""

    def __init__(self, path, seed):
        super().__init__(daemon=True)
        self.path, self.rng, self.stopping, self.written = path, random.Random(seed), threading.Event(), 0

    def run(self):
        with open(self.path, "a", encoding="utf-8") as file:
            while not self.stopping.wait(0.05):
                for _ in range(RECORDS_A_SECOND // 20):
                    self.written += 1
                    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
                    file.write(json.dumps({"event": {
                        "tenantId": self.rng.choice(["acme", "umbrella"]), "leadId": f"lead-{self.rng.randrange(LEADS)}",
                        "eventId": f"e{self.written}", "type": "CLICK", "occurredAt": at}}) + "\n")
                file.flush()


class KillTest:
    def __init__(self, binary, folder, seed):
        self.binary, self.folder, self.rng = binary, folder, random.Random(seed)
        self.receiver = Receiver()
        self.kills = {"run": 0, "deliver": 0}
        self.environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self.processes = {}
        with open(self.path("definitions.yaml"), "w", encoding="utf-8") as file:
            file.write(DEFINITIONS)
        os.mkdir(self.path("inbox"))
        self.writer = Writer(self.path("inbox/1.jsonl"), seed)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, name, crash_at=None):
        command = {
            "run": ["run", "--follow", "--input", "inbox", "--state", "state", "--output", "out", "--quiet",
                    "--definitions", "definitions.yaml"],
            "deliver": ["deliver", "--from", "out/changes.jsonl", "--to-url", self.receiver.url, "--position",
                        "position", "--batch", str(self.rng.choice([1, 5, 50])), "--first-retry", "0.02",
                        "--longest-retry", "0.1"]}[name]
        environment = dict(self.environment, **({"LEADPULSE_CRASH_AT": crash_at} if crash_at else {}))
        with open(self.path(name + ".log"), "ab") as log:
            self.processes[name] = subprocess.Popen([self.binary, *command], cwd=self.folder, stderr=log,
                                                    stdout=log, env=environment)

    def kill(self, name):
        """Ends what runs and starts it anew, so that it is killed once."""
        self.processes[name].kill()
        self.processes[name].wait()
        first = FIRST[name][self.kills[name]:][:1]
        point = first[0] if first else self.rng.choice(RUN_POINTS if name == "run" else DELIVER_POINTS)
        self.start(name, point and f"{point}:{3 if first else self.rng.randint(1, 3)}")
        try:
            self.processes[name].wait(timeout=20 if first else self.rng.uniform(0.2, 1.5))
        except subprocess.TimeoutExpired:
            self.processes[name].kill()
        status = self.processes[name].wait()
        if status != -signal.SIGKILL:
            raise Failure(f"{name} ended with {status}; see {name}.log")
        self.kills[name] += 1
        # What a killed run left uncommitted stands in the file until it starts again: time to take it by mistake.
        time.sleep(0.3 if first else self.rng.uniform(0, 0.3))
        self.start(name)

    def trouble(self):
        with self.receiver.lock:
            self.receiver.script.extend(self.rng.choices([500, 503, "cut", "take and cut", (429, "0"), 200], k=3))

    def run(self, kills):
        self.writer.start()
        self.start("run")
        self.start("deliver")
        while min(self.kills.values()) < kills:
            time.sleep(self.rng.uniform(0, 0.5))
            if self.rng.random() < 0.5:
                self.trouble()
            self.kill(min(self.kills, key=self.kills.get))
        self.writer.stopping.set()
        self.writer.join()
        self.settle()
        self.check()

    def settle(self):
        """Waits until three seconds after the last record nothing lapses any more, and all is delivered."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            size = os.path.getsize(self.path("out/changes.jsonl"))
            time.sleep(4)
            with open(self.path("position"), encoding="utf-8") as file:
                delivered = int(file.read().split()[1])
            if delivered == size == os.path.getsize(self.path("out/changes.jsonl")):
                break
        for name in ("deliver", "run"):
            self.processes[name].terminate()
            if self.processes[name].wait(timeout=10) != 0:
                raise Failure(f"{name}, stopped, did not end with 0")

    def check(self):
        with open(self.path("out/changes.jsonl"), encoding="utf-8") as file:
            changes = [json.loads(line) for line in file]
        delivered = without_duplicates(self.receiver.taken)
        check_order(self.receiver.taken)
        wanted = {identity(change): change for change in changes}
        if delivered != wanted:
            raise Failure(f"{len(wanted)} changes, of which {len(wanted.keys() - delivered.keys())} were not delivered;"
                          f" {len(delivered.keys() - wanted.keys())} were that are none; "
                          f"{sum(wanted[one] != delivered[one] for one in wanted.keys() & delivered.keys())} differ")
        if not any(change["cause"]["kind"] == "TIME" for change in changes) or len(changes) < self.writer.written:
            raise Failure("too little happened to show anything")
        print(f"{self.kills['run']} kills of run, {self.kills['deliver']} kills of deliver; {self.writer.written} records,"
              f" {len(wanted)} changes, {len(self.receiver.taken) - len(wanted)} came twice; 0 lost, 0 different",
              flush=True)

    def close(self):
        self.writer.stopping.set()
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.receiver.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--kills", type=int, default=4, help="of each process")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="leadpulse-deliver-")
    test = KillTest(arguments.binary, folder, arguments.seed)
    try:
        test.run(arguments.kills)
    except (Failure, AssertionError, OSError, subprocess.TimeoutExpired) as failure:
        sys.exit(f"seed {arguments.seed}: {failure}\nits files are kept in {folder}")
    finally:
        test.close()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
