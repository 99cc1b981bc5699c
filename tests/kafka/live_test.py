#!/usr/bin/env python3
"""The live mode on a real Kafka: processes and brokers are killed, paused, moved and damaged, and no record is lost or
applied twice.

    tests/kafka/live_test.py BINARY                     one of each fault, on one broker
    tests/kafka/live_test.py BINARY --library LIBRARY --rounds N [--brokers 3] [--seed S] [--resume FILE]
                                                        the long form: 67 rounds have each fault as often as DECK says,
                                                        each round on a cluster of its own; LIBRARY is
                                                        tests/libfaulty_disk.so of the build
    tests/kafka/live_test.py BINARY --library LIBRARY --seed S --rounds 1    one round again

A round sends realistic histories in parts. After each part something goes wrong, and in the end everything must be as
live_check.py says. Prints how often each fault was, and the seed of a round that failed; its folder is kept.
"""

import argparse
import collections
import datetime
import functools
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1] / "crash")]

from live_faults import StateAndStops, stops_of  # noqa: E402
from live import SEGMENTS, SESSION_SECONDS, Failure, World, flip_byte, parsed, spell, wait_for  # noqa: E402
from live_check import check, check_the_judge  # noqa: E402
from live_formats import FORMATS  # noqa: E402
from live_history import history_of  # noqa: E402

POINTS = ["live_assigned", "live_producer_made", "live_applied", "live_published", "live_produced", "live_offsets_sent",
          "live_committed", "live_stored", "live_revoked", "restore_applied", "restore_dropped", "restore_ended",
          "write_behind_begun", "write_behind_done", "table_drafted", "table_taken_over", "restore_ingested",
          "restore_timers_ingested"]

# Only after the state was lost, and only once: a small changelog is one table.
LOST = ["restore_dropped", "table_drafted", "table_taken_over", "restore_ingested", "restore_timers_ingested"]

# Points that one life of a process passes only once: its last restore is of the only partition that has a changelog.
ONCE = ["live_assigned", "live_producer_made", "live_revoked", "restore_ended", *LOST[1:]]

# The long form's faults and how often each occurs. A round has some of them, in an order that is always the same.
DECK = {"kill": 200, **dict.fromkeys(POINTS, 10), "pause": 30, "scale": 20, "rolling_restart": 10, "lose_state": 10,
        "roll_back_state": 10, "damage_state": 12, "full_disk": 10, "second_process": 10, "kill_broker": 20,
        "kill_coordinator": 20}
FAULTS_A_ROUND = 8

# tests/kafka/live_definitions.cc has the same definitions for the model.
DEFINITIONS = """
tenants:
  "*":
    fields: {company_size: number}
    publish_score_changes: true
    scoring:
      rules:
        - {event: open, points: 1, limit: {count: 1, per: message}}
        - {event: click, points: 5}
        - {event: page_visit, points: 3}
        - {event: bounce, bounce: hard, points: -50}
      reset_on: [unsubscribe, complaint]
    tiers: [{name: hot, at_least: 20}, {name: warm, at_least: 5}, {name: cold}]
    segments:
      - {id: opened, rule: 'DID open'}
      - {id: hot-ones, rule: 'tier IS "hot" AND sendable = true'}
      - {id: just-now, rule: 'DID visit "now" IN LAST 2 seconds'}
      - {id: large, rule: 'company_size >= 100'}
"""


def cards_of(seed):
    """The faults of the round with this seed. All rounds from seed 1 on together use up the deck, and then start
    again."""
    deck = [card for card, count in DECK.items() for _ in range(count)]
    random.Random(0).shuffle(deck)
    return [deck[i % len(deck)] for i in range((seed - 1) * FAULTS_A_ROUND, seed * FAULTS_A_ROUND)]


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def visit_now(number):
    """An event whose lead leaves a segment two seconds later, by time alone."""
    body = {"tenantId": "acme", "leadId": f"visitor-{number}", "eventId": f"visit-{number}-{time.time_ns()}",
            "type": "PAGE_VISIT", "name": "now", "occurredAt": spell(now())}
    return json.dumps({"event": body})


def erase(lead):
    """Erases a lead, later than anything else that happens to it."""
    body = {"tenantId": "acme", "leadId": lead, "commandId": f"erase-{lead}", "actor": "test", "erase": {},
            "issuedAt": spell(now())}
    return json.dumps({"command": body})


class Round(StateAndStops):
    def __init__(self, binary, folder, seed, brokers=1, leads=150):
        self.random = random.Random(seed)
        self.world = World(binary, folder, DEFINITIONS, brokers, format_name=FORMATS[seed % len(FORMATS)])
        self.tally = collections.Counter({f"rounds in {FORMATS[seed % len(FORMATS)]}": 1})
        self.visits = 0
        self.history = history_of(binary, seed, leads)

    def parts(self, count):
        size = -(-len(self.history) // count)
        return [self.history[i:i + size] for i in range(0, len(self.history), size)]

    def feed(self, lines):
        self.visits += 3
        self.world.send(lines + [visit_now(self.visits + i) for i in range(3)])

    # ---- faults: each leaves at least one process running ----

    def survivor(self):
        running = [p for p in self.world.processes.values() if p.runs()]
        process = self.random.choice(running) if running else self.world.process(1).start()
        wait_for(f"process {process.instance} has partitions", 90,
                 lambda: "partitions assigned" in process.said() or not process.runs())
        if not process.runs():
            raise Failure(f"process {process.instance} has ended by itself; {process.log}")
        return process

    def kill(self):
        process = self.survivor()
        time.sleep(self.random.random())
        process.kill()
        self.look_at_state(process)
        process.start()
        self.tally["kill -9"] += 1

    def kill_at(self, point, count=1):
        """Starts a process that is killed at this point, and makes what the point needs."""
        process = self.survivor()
        if point == "restore_ended" or point in LOST:  # needs a partition that has a changelog
            self.feed([])
            self.world.wait_until_consumed(90)
        # needs leads whose timers, two seconds after a visit, have not fired yet
        if point == "restore_timers_ingested":
            self.feed([])
            time.sleep(0.5)
        process.stop()
        if point in LOST:
            shutil.rmtree(process.state)
        process.start(crash_at=f"{point}:{count}")
        try:
            wait_for(f"killed at {point}", 25, lambda: not process.runs() or self.nudge(point, process))
        except Failure:
            process.kill()
            process.start()
            raise
        if process.child.returncode != -signal.SIGKILL:
            raise Failure(f"at {point} it ended with {process.child.returncode}; {process.log}")
        self.tally[f"kill at {point}"] += 1
        self.look_at_state(process)
        process.start()

    def nudge(self, point, process):
        self.feed([])
        if point == "live_revoked" and "is live" in process.said():
            process.send(signal.SIGTERM)
        time.sleep(0.2)
        return False

    def pause(self):
        process = self.survivor()
        process.send(signal.SIGSTOP)
        time.sleep(SESSION_SECONDS + 3)
        process.send(signal.SIGCONT)
        self.tally["paused beyond the session"] += 1

    def scale(self):
        others = [self.world.process(instance).start() for instance in (2, 3) if not self.world.process(instance).runs()]
        time.sleep(self.random.uniform(1, 4))
        self.feed([])
        for process in others:
            process.stop()
        self.tally["scaled up and down"] += 1

    def rolling_restart(self):
        """Restarts each of two processes once the other has its partitions again, as the runbook says."""
        for instance in (2, 1, 2):
            process = self.world.process(instance)
            if process.runs():
                process.stop()
            process.start()
            wait_for(f"process {instance} has partitions", 60, lambda it=process: " is live" in it.said())
            self.feed([])
        self.world.process(2).stop()
        self.tally["rolling restart"] += 1

    def damage_state(self):
        """Flips a byte in a table: `state check` names the table, and so does the process, if it reads it. Once the
        state is removed, everything is as before."""
        process = self.survivor()
        process.stop()
        tables = sorted(process.state.glob("*.sst"), key=lambda path: -path.stat().st_size)
        if not tables:
            return
        place = self.random.randrange(tables[0].stat().st_size)
        flip_byte(tables[0], place)
        checked = subprocess.run([self.world.binary, "state", "check", "--state", process.state], capture_output=True,
                                 text=True, check=False)
        if checked.returncode != 1 or "is damaged" not in checked.stdout + checked.stderr:
            raise Failure(f"`state check` does not name the damaged {tables[0]}, byte {place}: {checked}")
        process.start()
        self.feed([])
        time.sleep(2)
        if process.runs():
            self.tally["flipped byte: not read, named by state check"] += 1
        else:
            self.expect_stop("flipped byte", process, "damaged", "checksum")
        process.kill()
        shutil.rmtree(process.state)
        process.start()

    def kill_broker(self, broker=None):
        broker = broker or self.random.choice(self.world.cluster.brokers)
        broker.signal(signal.SIGKILL)
        time.sleep(self.random.uniform(0.5, 3))
        self.world.cluster.start()
        self.tally["broker killed"] += 1

    def kill_coordinator(self):
        """Kills the broker that coordinates a process's transactions."""
        process = self.survivor()
        number = self.world.coordinator_of(f"test-{process.instance}-0")
        self.kill_broker(next(broker for broker in self.world.cluster.brokers if broker.number == number))
        self.tally["of these, coordinator killed"] += 1

    def fault(self, card):
        if card not in POINTS:
            return getattr(self, card)()
        return self.kill_at(card, 1 if card in ONCE else self.random.randrange(1, 4))

    # ---- a round ----

    def run(self, faults):
        self.world.process(1).start()
        parts = self.parts(len(faults) + 1)
        for fault, part in zip(faults, parts):
            self.feed(part)
            fault()
        for part in parts[len(faults):]:
            self.feed(part)
        self.world.send([erase(f"visitor-{number}") for number in range(1, self.visits, 7)])
        return self.finish()

    def finish(self):
        self.survivor()
        self.world.wait_until_consumed(90)
        time.sleep(3)  # the visitors' two seconds, and the next commit
        said = check(self.world, spell(now()))
        self.check_flips()
        for process in self.world.processes.values():
            if process.runs():
                self.ask_state(process)
                self.look_at_state(process)
                process.stop()
                self.look_at_state(process)
        return said

    def call(self, *arguments):
        done = subprocess.run([self.world.binary, *map(str, arguments)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"{arguments}: {done.returncode}, {done.stdout}{done.stderr}")
        return done.stdout

    def look_at_state(self, process):
        """Checks that the state is consistent, wherever the process was killed."""
        if (process.state / "CURRENT").exists():
            self.call("state", "check", "--state", process.state)
            self.tally["sound states"] += 1

    def ask_state(self, process):
        """Runs the commands that read a state on that of a running process."""
        leads = self.call("leads", "--state", process.state, "--format", "jsonl", "--columns", "tenant,lead")
        lead = json.loads(leads.splitlines()[0])
        for command in (["explain"], ["lead"]):
            self.call(*command, "--state", process.state, "--tenant", lead["tenant"], "--lead", lead["lead"])
        self.call("preview", "--state", process.state, "--definitions", self.world.definitions)
        backup = process.folder / f"backup-{time.time_ns()}"
        self.call("state", "backup", "--state", process.state, backup)
        self.call("state", "restore", "--state", f"{backup}-state", backup)

    def check_flips(self):
        """Checks that leads that left a segment by time alone did so at the right millisecond."""
        entered = {}
        for message in sorted(self.world.read(SEGMENTS), key=lambda m: (m.partition(), m.offset())):
            change = self.world.format.decode(SEGMENTS, message.value())
            if change["name"] != "just-now":
                continue
            lead = change["leadId"]
            if change["kind"] == "SEGMENT_ENTERED":
                entered[lead] = change
            elif change["cause"]["kind"] == "TIME":
                visit = next(json.loads(line)["event"] for line in self.world.lines
                             if f'"{change_id(entered[lead])}"' in line)
                due = parsed(visit["occurredAt"]) + datetime.timedelta(seconds=2)
                left = parsed(change["at"])
                if left != due:
                    raise Failure(f"{lead} left at {change['at']}, {left - due} after it was due")
                self.tally["flips at their millisecond"] += 1


def change_id(change):
    return change["cause"]["id"]


def short_form(binary, folder):
    """One of each fault, for CI. Without kill_coordinator, since one broker is all of them, and without a full disk,
    which drill_test.py has."""
    round_ = Round(binary, folder, seed=1)
    try:
        faults = [lambda point=point: round_.kill_at(point) for point in POINTS]
        faults += [round_.kill, round_.scale, round_.rolling_restart, round_.second_process, round_.roll_back_state,
                   round_.damage_state, round_.kill_broker, round_.pause, round_.lose_state]
        said = round_.run(faults)
        round_.tally["spoilt changes seen"] += check_the_judge(round_.world)
    finally:
        round_.world.close()
    return said, round_.tally


def long_form(arguments):
    kept = {"seed": arguments.seed, "tally": {}}
    if arguments.resume and os.path.exists(arguments.resume):
        with open(arguments.resume, encoding="utf-8") as file:
            kept = json.load(file)
    tally = collections.Counter(kept["tally"])
    last = arguments.seed + arguments.rounds
    while kept["seed"] < last:
        seed = kept["seed"]
        folder = tempfile.mkdtemp(prefix=f"leadpulse-live-{seed}-")
        round_ = Round(arguments.binary, folder, seed, arguments.brokers)
        round_.library = arguments.library
        try:
            said = round_.run([functools.partial(round_.fault, card) for card in cards_of(seed)])
        except Failure as failure:
            sys.exit(f"seed {seed}: {failure}\n{dict(round_.tally)}\nits files are in {folder}; "
                     f"again: --seed {seed} --rounds 1")
        finally:
            round_.world.close()
        shutil.rmtree(folder)
        tally += round_.tally
        print(f"seed {seed}: {said}; {dict(round_.tally)}", flush=True)
        kept = {"seed": seed + 1, "tally": tally}
        if arguments.resume:
            with open(arguments.resume + ".tmp", "w", encoding="utf-8") as file:
                json.dump(kept, file)
            os.replace(arguments.resume + ".tmp", arguments.resume)
    print(f"{arguments.rounds} rounds, {stops_of(tally)} stops with a named error: {dict(sorted(tally.items()))}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume")
    parser.add_argument("--library", type=os.path.abspath)
    arguments = parser.parse_args()
    if arguments.rounds:
        if arguments.library is None:
            parser.error("the long form fills disks: it needs --library")
        return long_form(arguments)
    folder = tempfile.mkdtemp(prefix="leadpulse-live-")
    try:
        said, tally = short_form(arguments.binary, folder)
    except Failure as failure:
        sys.exit(f"{failure}\nits files are in {folder}")
    shutil.rmtree(folder)
    print(f"{said}; {dict(tally)}")
    return None


if __name__ == "__main__":
    main()
