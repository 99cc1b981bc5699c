#!/usr/bin/env python3
"""Webhook in, score out: `receive`, `run --follow` and `deliver` are killed again and again. Posts that were not
answered 200 are sent again, and the receiver of the changes fails now and then. Everything committed must be delivered,
each lead's changes in order, and, without duplicates, exactly what changes.jsonl holds. Every event that was answered
200 must count once: each lead's last score and tier follow from its clicks, and it is in the segment of recent clickers
from each click until three seconds after it, to the millisecond.

    tests/delivery/deliver_kill_test.py BINARY                4 kills of each
    tests/delivery/deliver_kill_test.py BINARY --kills 20     20 kills of each
    tests/delivery/deliver_kill_test.py BINARY --seed N       another order of things

Prints the seed that failed and keeps its folder.
"""

import argparse
import collections
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
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "receiver"))

from receiving import free_port  # noqa: E402
from receiver import Receiver, check_order, identity, without_duplicates  # noqa: E402

DEFINITIONS = """
tenants:
  "*":
    scoring: {rules: [{event: click, points: POINTS}]}
    publish_score_changes: true
    tiers: [{name: hot, at_least: HOT}, {name: cold}]
    segments: [{id: just-now, name: Just now, rule: 'DID click IN LAST WITHIN seconds'}]
"""
POINTS, HOT, WITHIN = 5, 20, 3
RECEIVE = """
listen: {port: PORT}
to: {folder: inbox, segment: 64KiB}
http: {enabled: false}
sources:
  - {provider: sendgrid, tenant: acme, signature: none}
  - {provider: sendgrid, tenant: umbrella, signature: none}
"""
TENANTS = ["acme", "umbrella"]
LEADS = 60
EVENTS_A_POST, POSTS_A_SECOND = 15, 20
# Crash points in a commit, a start and a delivery; None: at any moment.
POINTS_OF = {
    "receive": [None, "received_written", "received_durable", "received_segment_end"],
    "run": [None, "after_flush", "after_flush", "before_batch", "before_publish", "after_publish", "during_cut_back"],
    "deliver": [None, None, "after_acknowledged", "before_position", "after_position"]}
# The first kills of each round: they would show a delivery of uncommitted changes, or a missing delivery.
FIRST = {"receive": ["received_durable", "received_written"], "run": ["after_flush", "before_batch"],
         "deliver": ["after_acknowledged", "before_position"]}


class Failure(Exception):
    """A condition of this test was broken."""


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def flips_of(clicks):
    """The segment's changes that follow from a lead's clicks, each (when it counted, when it happened): (kind, at)."""
    flips, until = [], None
    for counted, clicked in clicks:
        if until is not None and until <= counted:
            flips.append(("SEGMENT_LEFT", until))
            until = None
        lapses = clicked + datetime.timedelta(seconds=WITHIN)
        if lapses <= counted:
            continue  # too late for the segment
        if until is None:
            flips.append(("SEGMENT_ENTERED", counted))
        until = max(lapses, until or lapses)
    return flips + [("SEGMENT_LEFT", until)] if until is not None else flips


class Poster(threading.Thread):
    """Posts as SendGrid does, until it is stopped: repeats a post until it is answered 200."""

    def __init__(self, port, seed):
        super().__init__(daemon=True)
        self.port, self.rng, self.stopping = port, random.Random(seed), threading.Event()
        self.written = self.again = 0
        self.refused = None  # an unexpected answer to a post
        self.clicks = collections.Counter()  # by tenant and lead, only those answered 200
        self.clicked = {}  # seconds since 1970, by the event's id

    def run(self):
        while self.refused is None and not self.stopping.wait(1 / POSTS_A_SECOND):
            tenant = self.rng.choice(TENANTS)
            events = [self.event() for _ in range(EVENTS_A_POST)]
            while not self.is_taken(tenant, json.dumps(events).encode()):
                if self.refused is not None:
                    return
                self.again += 1
                time.sleep(0.05)
            self.clicks.update((tenant, event["email"]) for event in events)

    def event(self):
        self.written += 1
        event_id, now = f"e{self.written}", int(time.time())
        self.clicked[event_id] = now
        return {"event": "click", "email": f"lead-{self.rng.randrange(LEADS)}@example.com", "timestamp": now,
                "sg_event_id": event_id, "url": "https://example.com/"}

    def is_taken(self, tenant, body):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{tenant}/sendgrid", data=body)
        try:
            with NO_PROXY.open(request, timeout=100) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as error:
            if error.code != 503:
                self.refused = f"{error.code}: {error.read()[:300]}"
            return False
        except OSError:
            return False  # nobody listens, or killed in the middle


NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class KillTest:
    def __init__(self, binary, folder, seed):
        self.binary, self.folder, self.rng = binary, folder, random.Random(seed)
        self.receiver = Receiver()
        self.kills = {"receive": 0, "run": 0, "deliver": 0}
        self.environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self.processes = {}
        port = free_port()
        with open(self.path("definitions.yaml"), "w", encoding="utf-8") as file:
            file.write(DEFINITIONS.replace("POINTS", str(POINTS)).replace("HOT", str(HOT))
                       .replace("WITHIN", str(WITHIN)))
        with open(self.path("receive.yaml"), "w", encoding="utf-8") as file:
            file.write(RECEIVE.replace("PORT", str(port)))
        os.mkdir(self.path("inbox"))
        self.poster = Poster(port, seed)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, name, crash_at=None):
        command = {
            "receive": ["receive", "--config", "receive.yaml"],
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
        """Kills a process once and starts it again."""
        self.processes[name].kill()
        self.processes[name].wait()
        first = FIRST[name][self.kills[name]:][:1]
        point = first[0] if first else self.rng.choice(POINTS_OF[name])
        self.start(name, point and f"{point}:{3 if first else self.rng.randint(1, 3)}")
        try:
            self.processes[name].wait(timeout=20 if first else self.rng.uniform(0.2, 1.5))
        except subprocess.TimeoutExpired:
            self.processes[name].kill()
        status = self.processes[name].wait()
        if status != -signal.SIGKILL:
            raise Failure(f"{name} ended with {status}; see {name}.log")
        self.kills[name] += 1
        # A killed run's uncommitted tail stays in the file until the next start: leave time to deliver it by mistake.
        time.sleep(0.3 if first else self.rng.uniform(0, 0.3))
        self.start(name)

    def trouble(self):
        with self.receiver.lock:
            self.receiver.script.extend(self.rng.choices([500, 503, "cut", "take and cut", (429, "0"), 200], k=3))

    def run(self, kills):
        for name in self.kills:
            self.start(name)
        self.poster.start()
        while min(self.kills.values()) < kills:
            time.sleep(self.rng.uniform(0, 0.5))
            if self.rng.random() < 0.5:
                self.trouble()
            self.kill(min(self.kills, key=self.kills.get))
        self.poster.stopping.set()
        self.poster.join()
        if self.poster.refused is not None:
            raise Failure(f"a post was answered {self.poster.refused}")
        self.settle()
        self.check()

    def settle(self):
        """Waits until no timer is left, three seconds after the last record, and everything is delivered."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            size = os.path.getsize(self.path("out/changes.jsonl"))
            time.sleep(4)
            with open(self.path("position"), encoding="utf-8") as file:
                delivered = int(file.read().split()[1])
            if delivered == size == os.path.getsize(self.path("out/changes.jsonl")):
                break
        for name in reversed(self.kills):
            self.processes[name].terminate()
            if self.processes[name].wait(timeout=100) != 0:
                raise Failure(f"{name}, stopped, did not end with 0")

    def check(self):
        with open(self.path("out/changes.jsonl"), encoding="utf-8") as file:
            changes = [json.loads(line) for line in file]
        delivered = without_duplicates(self.receiver.taken)
        check_order(self.receiver.taken)
        wanted = {identity(change): change for change in changes}
        if delivered != wanted:
            raise Failure(f"{len(wanted.keys() - delivered.keys())} of {len(wanted)} changes were not delivered;"
                          f" {len(delivered.keys() - wanted.keys())} were delivered that are no changes; "
                          f"{sum(wanted[one] != delivered[one] for one in wanted.keys() & delivered.keys())} differ")
        if not any(change["cause"]["kind"] == "TIME" for change in changes) or len(changes) < self.poster.written:
            raise Failure("too little happened to show anything")
        self.check_leads(delivered.values())
        flips = self.check_segment(delivered.values())
        print(f"{min(self.kills.values())} kills of each; {self.poster.written} events, {self.poster.again} posts that came"
              f" again, {len(wanted)} changes, {len(self.receiver.taken) - len(wanted)} of them delivered twice; 0 lost, 0"
              f" different, {len(self.poster.clicks)} leads and {flips} times in or out of a segment as their clicks say",
              flush=True)

    def check_leads(self, delivered):
        """Checks each lead's last changes against its clicks, without asking the program."""
        last = {}
        for change in sorted(delivered, key=lambda change: int(change["seq"])):
            last[change["tenantId"], change["leadId"], change["kind"]] = change.get("to")
        for (tenant, lead), clicks in self.poster.clicks.items():
            score = POINTS * clicks
            wanted = (str(score), "hot" if score >= HOT else "cold")
            found = last.get((tenant, lead, "SCORE_CHANGED")), last.get((tenant, lead, "TIER_CHANGED"), "cold")
            if found != wanted:
                raise Failure(f"{tenant}/{lead} has clicked {clicks} times, and has {found} instead of {wanted}")

    def check_segment(self, delivered):
        """Checks that each lead entered and left as its clicks say, each time with its cause; returns how often. Only
        the instant at which a click counted comes from the program, as its change of score says: it may be late while
        all was down."""
        clicks, found = collections.defaultdict(list), collections.defaultdict(list)
        for change in sorted(delivered, key=lambda change: int(change["seq"])):
            lead, at, cause = (change["tenantId"], change["leadId"]), instant(change["at"]), change["cause"]
            if change["kind"] == "SCORE_CHANGED":
                clicked = datetime.datetime.fromtimestamp(self.poster.clicked[cause["id"]], datetime.timezone.utc)
                clicks[lead].append((at, clicked))
            elif change["kind"] in ("SEGMENT_ENTERED", "SEGMENT_LEFT"):
                found[lead].append((change["kind"], at))
                if (cause["kind"] == "EVENT") != (change["kind"] == "SEGMENT_ENTERED"):
                    raise Failure(f"{'/'.join(lead)}: {change['kind']} by {cause}")
        for lead in clicks.keys() | found.keys():
            wanted = flips_of(clicks[lead])
            if found[lead] != wanted:
                raise Failure(f"{'/'.join(lead)} was in just-now {[(k, str(at)) for k, at in found[lead]]}; its clicks say "
                              f"{[(k, str(at)) for k, at in wanted]}")
        return sum(len(flips) for flips in found.values())

    def close(self):
        self.poster.stopping.set()
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
        sys.exit(f"seed {arguments.seed}: {failure}\nits files are in {folder}")
    finally:
        test.close()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
