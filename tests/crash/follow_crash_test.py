#!/usr/bin/env python3
"""`run --follow` over two folders, killed and unplugged while files in them grow and are rotated: each line is read once.

    tests/crash/follow_crash_test.py BINARY LIBRARY [--seed N]

A score is published for each event, and every fifth line is no record. So the changes of a file's lead show which lines
were applied, and in which order; the dead letters, which nobody deduplicates, show which were read.

A power cut loses what the programs that write the files had not synced. A committed position must not refer to lost
bytes: what is written in their place would not be read. With the file's sync ignored, the test must find that.
"""

import argparse
import base64
import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import faulty_disk

DEFINITIONS = """
tenants:
  "*":
    publish_score_changes: true
    scoring: {rules: [{event: click, points: 1}]}
    tiers: [{name: all}]
"""
POINTS = ["during_start", "before_flush", "after_flush", "before_batch", "after_batch", "before_publish",
          "after_publish", "during_cut_back"]
FOLDERS = ("inbox", "api")
KILLS = 24
NO_RECORD = 5


def line_of(file, number):
    if number % NO_RECORD == 0:
        return f"no record {file} {number}\n"
    event = {"tenantId": "t", "leadId": file, "eventId": f"{number}", "type": "CLICK",
             "occurredAt": "2026-03-01T00:00:00Z"}
    return json.dumps({"event": event}) + "\n"


class World:
    def __init__(self, binary, seed):
        self.binary, self.rng = binary, random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix="leadpulse-follow-")
        self.written = collections.Counter()  # lines, by file
        self.torn = {}                        # the rest of a file's last line
        self.begins = collections.Counter()   # lines in a file's earlier files
        self.rotations = 0
        for name in FOLDERS:
            os.makedirs(self.path("disk", name))
        with open(self.path("definitions.yaml"), "w", encoding="utf-8") as file:
            file.write(DEFINITIONS)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def start(self, environment=None):
        inputs = [f"disk/{name}" for name in FOLDERS]
        return subprocess.Popen([self.binary, "run", "--follow", "--input", *inputs, "--state", "disk/state", "--output",
                                 "disk/out", "--definitions", "definitions.yaml", "--quiet", "--epoch-records", "20"],
                                cwd=self.folder, env=environment, stderr=subprocess.PIPE, text=True)

    def append(self, lines):
        """Appends lines to some files, often without the end of the last one."""
        for _ in range(lines):
            file = f"{self.rng.choice(FOLDERS)}/{self.rng.choice(['1', '2', 'by-hand'])}.jsonl"
            text = self.torn.pop(file, "")
            if not text:
                text = line_of(file, self.written[file])
                self.written[file] += 1
                if self.rng.random() < 0.3:
                    self.torn[file] = text[len(text) // 2:]
                    text = text[:len(text) // 2]
            with open(self.path("disk", file), "a", encoding="utf-8") as out:
                out.write(text)

    def rotate(self):
        """Gives a file another name, with what was not read yet. The new name is no input if a run has committed a
        position of the file, by which the next one finds it."""
        whole = [file for file in self.written if file not in self.torn and self.begins[file] < self.written[file]]
        if not whole:
            return
        file = self.rng.choice(whole)
        self.rotations += 1
        folder, name = os.path.split(file)
        known = self.committed_of(file) > self.begins[file] and self.rng.random() < 0.7
        other = f"{name}.{self.rotations}" if known else f"0-{self.rotations:04}-{name}"
        os.rename(self.path("disk", file), self.path("disk", folder, other))
        self.begins[file] = self.written[file]

    def committed_of(self, file):
        """Returns a line of the file that a commit contains; 0 if there is none."""
        try:
            with open(self.path("disk/out/changes.jsonl.committed"), encoding="utf-8") as mark, \
                    open(self.path("disk/out/changes.jsonl"), "rb") as changes:
                lines = changes.read(int(mark.read().split()[0])).splitlines()
        except (FileNotFoundError, IndexError, ValueError):
            return 0
        causes = [json.loads(line) for line in lines if f'"leadId":"{file}"'.encode() in line]
        return max((int(change["cause"]["id"]) for change in causes if change["cause"].get("id")), default=0)

    def lines(self, name):
        try:
            with open(self.path("disk/out", name), encoding="utf-8") as file:
                return [json.loads(line) for line in file]
        except FileNotFoundError:
            return []

    def letters(self):
        return collections.Counter(base64.b64decode(letter["payload"]).decode()
                                   for letter in self.lines("dead-letters.jsonl"))

    def wanted_letters(self):
        return {line_of(file, number).strip(): 1
                for file, count in self.written.items() for number in range(0, count, NO_RECORD)}

    def applied(self):
        found = collections.defaultdict(list)
        for change in self.lines("changes.jsonl"):
            if change["kind"] == "SCORE_CHANGED":
                found[change["leadId"]].append(int(change["cause"]["id"]))
        return found

    def wanted_applied(self):
        return {file: [number for number in range(count) if number % NO_RECORD] for file, count in self.written.items()}

    def all_is_read(self):
        return sum(self.letters().values()) >= len(self.wanted_letters()) and \
            sum(map(len, self.applied().values())) >= sum(map(len, self.wanted_applied().values()))

    def check(self):
        """All lines are there once, in the order of their file; another run adds nothing."""
        run = self.start()
        deadline = time.monotonic() + 60
        while not self.all_is_read() and time.monotonic() < deadline and run.poll() is None:
            time.sleep(0.02)
        time.sleep(0.5)
        run.terminate()
        errors = run.communicate()[1]
        assert run.returncode == 0, errors
        assert self.applied() == self.wanted_applied(), (self.applied(), self.wanted_applied())
        assert self.letters() == self.wanted_letters(), (self.letters(), self.wanted_letters())


def kill_again_and_again(binary, seed):
    world = World(binary, seed)
    kills = collections.Counter()
    for number in range(KILLS):
        point = world.rng.choice(POINTS) if number % 3 else None
        environment = dict(os.environ)
        if point:
            environment["LEADPULSE_CRASH_AT"] = f"{point}:{world.rng.randint(1, 3)}"
        run = world.start(environment)
        deadline = time.monotonic() + world.rng.uniform(0.1, 0.8)
        while run.poll() is None and time.monotonic() < deadline:
            world.append(world.rng.randint(1, 20))
            if world.rng.random() < 0.3:
                world.rotate()
            time.sleep(0.03)
        run.kill()
        errors = run.communicate()[1]
        assert run.returncode == -signal.SIGKILL, f"ended with {run.returncode}: {errors}"
        kills[point or "any moment"] += 1
    for file, rest in world.torn.items():
        with open(world.path("disk", file), "a", encoding="utf-8") as out:
            out.write(rest)
    world.check()
    print(f"seed {seed}: {KILLS} kills ({dict(kills)}), {sum(world.written.values())} lines, "
          f"{world.rotations} rotations: each read once", flush=True)
    shutil.rmtree(world.folder)


WRITER = """
import sys
for path in sys.argv[2:]:
    with open(path, "ab", buffering=0) as file:
        file.write(sys.argv[1].encode())
"""


def cut_power(binary, library, seed, way, ignore_sync=None):
    """Returns whether the start after a power cut found other bytes than were committed. A program that syncs nothing
    writes what the run reads."""
    world = World(binary, seed)
    shutil.copytree(world.path("disk"), world.path("base"))
    environment = faulty_disk.environment(library, world.path("disk"), journal=world.path("journal"),
                                          ignore_sync=ignore_sync)
    files = [f"{folder}/1.jsonl" for folder in FOLDERS]
    text = "".join(line_of("x", number) for number in range(1, 5))
    run = world.start(environment)
    for _ in range(3):
        subprocess.run([sys.executable, "-c", WRITER, text, *files], cwd=world.path("disk"), env=environment, check=True)
        time.sleep(0.4)
    deadline = time.monotonic() + 30
    while len(world.applied()["x"]) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    run.kill()
    run.communicate()
    faulty_disk.PowerCut(world.path("base"), world.path("journal")).leave(world.path("disk"), way, world.rng)
    run = world.start()
    try:
        errors = run.communicate(timeout=1.5)[1]
    except subprocess.TimeoutExpired:
        run.terminate()
        errors = run.communicate()[1]
    assert run.returncode == 0, errors
    shutil.rmtree(world.folder)
    return "the file that had this name was read up to byte" in errors, errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("library", type=os.path.abspath, nargs="?")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for seed in range(arguments.seed, arguments.seed + 2):
        kill_again_and_again(arguments.binary, seed)
    if arguments.library is None:
        return
    for number, way in enumerate(faulty_disk.WAYS):
        lost, errors = cut_power(arguments.binary, arguments.library, arguments.seed + number, way)
        if lost:
            sys.exit(f"a power cut that left {way} took bytes that were committed: {errors}")
    lost, _ = cut_power(arguments.binary, arguments.library, arguments.seed, "synced", ignore_sync="1.jsonl")
    if not lost:
        sys.exit("with the fsync of the inputs ignored nothing is lost: this test cannot fail")
    print(f"{len(faulty_disk.WAYS)} power cuts: nothing lost", flush=True)


if __name__ == "__main__":
    main()
