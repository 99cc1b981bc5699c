#!/usr/bin/env python3
"""Kills `replay` again and again: what it sends has each record at least once, and each lead's records in order. A run
on it makes each change exactly once, and its leads are those of a run on the originals, byte for byte.

    tests/replay/replay_kill_test.py BINARY                20 kills
    tests/replay/replay_kill_test.py BINARY --kills 200    200 kills
    tests/replay/replay_kill_test.py BINARY --seed N       another order of things

Prints the seed, and keeps the folder of one that failed.
"""

import argparse
import datetime
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "crash"))

from records import encode  # noqa: E402

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
RECORDS, LEADS, RATE = 6000, 50, 4000
INPUTS = ["a.jsonl", "b.pb.gz", "c.jsonl.zst"]
DEFINITIONS = """
tenants:
  "*":
    fields: {budget: number}
    publish_score_changes: true
    scoring: {rules: [{event: open, points: 3}, {event: click, points: 7, expires_after: 2d}]}
    tiers: [{name: top, at_least: 40}, {name: rest}]
    segments:
      - {id: openers, name: Openers, rule: 'DID open >= 2 TIMES IN LAST 1 DAYS'}
      - {id: rich, name: Rich, rule: 'budget > 500'}
"""


class Failure(Exception):
    """A condition of this test was broken."""


def make_record(rng, number):
    """An event or a command, or once in two hundred bytes that are neither.

    Commands are issued in the order of the file. Otherwise a rejected command, which is stored nowhere, could be issued
    after an erasure that follows it: sent once more, it would be new to that lead and create it again.
    """
    if rng.random() < 0.005:
        return f"not a record {number}"
    issued = START + datetime.timedelta(seconds=number * 60)
    whom = {"tenantId": rng.choice(["acme", "umbrella"]), "leadId": f"lead-{rng.randrange(LEADS)}"}
    if rng.random() < 0.1:
        action = rng.choice([{"updateProfile": {"set": {"budget": rng.randrange(1000)}}},
                             {"editTags": {"add": [f"tag{rng.randrange(9)}"]}}, {"setStage": {"stage": "LOST"}},
                             {"erase": {}}])
        return {"command": dict(whom, commandId=f"{number}", issuedAt=issued, actor="test", **action)}
    return {"event": dict(whom, eventId=f"{number}", type=rng.choice(["SENT", "OPEN", "CLICK", "CLICK", "PAGE_VISIT"]),
                          occurredAt=issued + datetime.timedelta(seconds=rng.randrange(7200)), name="pricing")}


def number_and_lead(record):
    body = record.get("event") or record["command"]
    return int(body.get("eventId") or body["commandId"]), (body["tenantId"], body["leadId"])


class Round:
    """One replay from beginning to end, killed now and then. Subclasses say which."""

    points = []  # crash points …
    times = []  # … and at which of its visits it is killed

    def __init__(self, binary, folder, seed):
        self.binary, self.folder, self.rng = binary, pathlib.Path(folder), random.Random(seed)
        made = [make_record(self.rng, number) for number in range(RECORDS)]
        self.records = [record for record in made if isinstance(record, dict)]
        for i, name in enumerate(INPUTS):
            share = made[i * RECORDS // len(INPUTS):(i + 1) * RECORDS // len(INPUTS)]
            (self.folder / name).write_bytes(encode(share, name[1:]))
        (self.folder / "definitions.yaml").write_text(DEFINITIONS, encoding="utf-8")

    def replay(self, *arguments, crash_at=None):
        environment = dict(os.environ, **({"LEADPULSE_CRASH_AT": crash_at} if crash_at else {}))
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen([self.binary, "replay", *INPUTS, "--as-backfill", *arguments], cwd=self.folder,
                                    env=environment, stderr=log)

    def kill(self):
        """Returns whether it was killed before its end."""
        point = self.rng.choice([None, *self.points])
        job = self.start(crash_at=point and f"{point}:{self.rng.choice(self.times)}")
        try:
            job.wait(timeout=60 if point else self.rng.uniform(0.02, 0.5))
        except subprocess.TimeoutExpired:
            job.kill()
        status = job.wait()
        if status not in (0, -signal.SIGKILL):
            raise Failure(f"replay ended with {status}; see log")
        return status != 0

    def to_its_end(self, job):
        if job.wait(timeout=120) != 0:
            raise Failure("replay did not end with 0; see log")


class SentRound(Round):
    """Replays into a file."""

    points = ["after_replay_flush", "before_checkpoint", "after_checkpoint"]
    times = [1, 2, 3, 4, 5, 6]

    def start(self, crash_at=None):
        return self.replay("--to", "sent.jsonl", "--checkpoint", "checkpoint", "--checkpoint-every-ms", "20", "--rate",
                           str(RATE), crash_at=crash_at)

    def finish(self):
        for _ in range(2):  # the second call says that it is done
            before = self.sent_bytes()
            self.to_its_end(self.start())
        if self.sent_bytes() != before or b"this replay is done" not in (self.folder / "log").read_bytes():
            raise Failure("a finished replay sent more")

    def sent_bytes(self):
        path = self.folder / "sent.jsonl"
        return path.stat().st_size if path.exists() else 0

    def check_sent(self):
        """Returns how many records were sent more than once."""
        places, wanted = {}, {}
        for record in self.records:
            number, lead = number_and_lead(record)
            wanted.setdefault(lead, []).append(number)
            places[number] = len(wanted[lead]) - 1
        furthest, sent = {}, 0
        for line in (self.folder / "sent.jsonl").read_text(encoding="utf-8").splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue  # a line that a kill cut off
            number, lead = number_and_lead(record)
            sent += 1
            if places[number] > furthest.get(lead, -1) + 1:
                raise Failure(f"{number} of {lead} came before earlier records")
            if not (record.get("event") or record["command"]).get("backfill"):
                raise Failure(f"{number} is not marked as backfill")
            furthest[lead] = max(furthest.get(lead, -1), places[number])
        missing = [lead for lead, numbers in wanted.items() if furthest.get(lead, -1) != len(numbers) - 1]
        if missing:
            raise Failure(f"records of {len(missing)} leads were not sent, for example of {missing[0]}")
        return sent - len(self.records)

    def run(self, name, inputs):
        """Returns the leads, as bytes, and the changes by lead and number, without their sources."""
        done = subprocess.run([self.binary, "run", "--state", f"{name}/state", "--output", f"{name}/out", "--quiet",
                               "--definitions", "definitions.yaml", "--until", "2026-03-01", "--input", *inputs],
                              cwd=self.folder, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"run ended with {done.returncode}: {done.stderr}")
        changes = {}
        for line in (self.folder / name / "out/changes.jsonl").read_text(encoding="utf-8").splitlines():
            change = json.loads(line)
            backfill = change.pop("backfill", False)
            if name == "again" and change["cause"]["kind"] in ("EVENT", "COMMAND") and not backfill:
                raise Failure(f"a change of a record of a backfill does not say so: {line}")
            change.pop("source", None)
            place = (change["tenantId"], change["leadId"], int(change["seq"]))
            if place in changes:
                raise Failure(f"there are two changes {place}")
            changes[place] = change
        return (self.folder / name / "out/leads.jsonl").read_bytes(), changes

    def check_run(self):
        leads, changes = self.run("originals", INPUTS)
        leads_again, changes_again = self.run("again", ["sent.jsonl"])
        if changes != changes_again:
            raise Failure(f"{len(changes)} changes of the originals, {len(changes_again)} of what was sent, "
                          f"{sum(changes_again.get(place) != change for place, change in changes.items())} differ")
        if leads != leads_again:
            raise Failure("leads.jsonl of what was sent differs from that of the originals")
        if len(changes) < RECORDS / 4:
            raise Failure("too little happened to show anything")
        return len(changes)

    def check(self):
        twice, changes = self.check_sent(), self.check_run()
        return (f"{len(self.records)} records, {twice} sent again; {changes} changes and all leads as of the originals")


def main(description, round_of, kills):
    """`kills`: the default of the command line."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--kills", type=int, default=kills)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    kills, seed = 0, arguments.seed
    while kills < arguments.kills:
        folder = tempfile.mkdtemp(prefix="leadpulse-replay-")
        try:
            one = round_of(arguments.binary, folder, seed)
            killed = 0
            while kills + killed < arguments.kills and one.kill():
                killed += 1
            one.finish()
            found = one.check()
        except (Failure, OSError, subprocess.TimeoutExpired) as failure:
            sys.exit(f"seed {seed}: {failure}\nits files are kept in {folder}")
        print(f"seed {seed}: {killed} kills, {found}", flush=True)
        shutil.rmtree(folder)
        kills, seed = kills + killed, seed + 1


if __name__ == "__main__":
    main(__doc__, SentRound, kills=20)
