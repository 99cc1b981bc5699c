#!/usr/bin/env python3
"""Kills the program at random moments and at every step of a commit: the files must end with the same lines.

    tests/crash/kill_test.py BINARY [--seed N] [--kills N] [--records N]

Prints the seed; with the same seed the input and the moments (as far as the machine allows) are the same.
"""

import argparse
import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

OUTPUTS = ("changes.jsonl", "dead-letters.jsonl")
# Every named step; the number is which call of it ends the process. The first commit of all is that of an empty state,
# the next two have records: the input is longer than an epoch may be.
STEPS = [(name, count) for name in ("before_flush", "after_flush", "before_batch", "after_batch") for count in (1, 2, 3)]
STEPS += [("before_leads_rename", 1)]

OTHER_DEFINITIONS = """
tenants:
  "*":
    fields: {industry: text, location: text, budget: number}
    scoring: {rules: [{event: open, points: 3}, {event: click, points: 7}]}
    tiers: [{name: top, at_least: 40}, {name: rest}]
    segments:
      - {id: openers, name: Openers, rule: 'DID open >= 2 TIMES IN LAST 20 DAYS'}
      - {id: rich, name: Rich, rule: 'budget > 500'}
"""


def make_line(rng, number, leads):
    day, hour, second = 1 + number // 1700 % 28, number // 70 % 24, number % 60
    instant = f"2026-01-{day:02}T{hour:02}:{rng.randrange(60):02}:{second:02}.{rng.randrange(1000):03}Z"
    lead = f"person{rng.randrange(leads)}@example.com"
    draw = rng.random()
    if draw < 0.01:
        return f"not a record {number}"
    if draw < 0.10:
        action = rng.choice([
            f'"updateProfile":{{"set":{{"industry":"Technology","location":"USA","budget":{rng.randrange(1000)}}}}}',
            '"setStage":{"stage":"LOST"}', '"setStage":{"stage":"NEW"}', '"erase":{}',
            f'"editTags":{{"add":["tag{rng.randrange(20)}"]}}', '"addNote":{"text":"called, will call again"}'])
        return (f'{{"command":{{"tenantId":"acme","leadId":"{lead}","commandId":"c{number}","issuedAt":"{instant}",'
                f'"actor":"crash test",{action}}}}}')
    kind = rng.choice(["SENT", "DELIVERED", "OPEN", "OPEN", "CLICK", "REPLY", "PAGE_VISIT", "BOUNCE", "UNSUBSCRIBE",
                       "RESUBSCRIBE", "RETRACT"])
    extra = ',"name":"pricing"' if kind == "PAGE_VISIT" else ""
    extra += f',"retracts":"e{rng.randrange(number + 1)}"' if kind == "RETRACT" else ""
    identity = number if rng.random() > 0.02 else number // 2  # some arrive twice
    return (f'{{"event":{{"tenantId":"{rng.choice(["acme", "umbrella"])}","leadId":"{lead}","eventId":"e{identity}",'
            f'"type":"{kind}","occurredAt":"{instant}","messageId":"m{rng.randrange(3000)}",'
            f'"campaignId":"spring"{extra}}}}}')


class CrashTest:
    def __init__(self, binary, folder, seed, records):
        self.binary, self.folder = os.path.abspath(binary), folder
        self.rng = random.Random(seed)
        lines = [make_line(self.rng, number, records // 25) for number in range(records)]
        with open(os.path.join(folder, "a.jsonl"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines[:records // 2]) + "\n")
        with gzip.open(os.path.join(folder, "b.jsonl.gz"), "wt", encoding="utf-8") as file:
            file.write("\n".join(lines[records // 2:]) + "\n")
        with open(os.path.join(folder, "other.yaml"), "w", encoding="utf-8") as file:
            file.write(OTHER_DEFINITIONS)

    def command(self, name, definitions=None):
        command = [self.binary, "run", "--state", f"{name}/state", "--output", f"{name}/out", "--input", "a.jsonl",
                   "b.jsonl.gz", "--until", "2026-03-01", "--quiet"]
        return command + (["--definitions", definitions] if definitions else [])

    def finish(self, name, definitions=None):
        result = subprocess.run(self.command(name, definitions), cwd=self.folder, capture_output=True, text=True,
                                check=False)
        if result.returncode != 0:
            sys.exit(f"{name}: a run after a kill ended with {result.returncode}: {result.stderr}")

    def kill_after(self, name, seconds):
        """Whether the kill was in time."""
        process = subprocess.Popen(self.command(name), cwd=self.folder, stderr=subprocess.PIPE, text=True)
        try:
            _, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return True
        if process.returncode != 0:
            sys.exit(f"{name}: a run ended with {process.returncode}: {errors}")
        return False

    def crash_at(self, name, step, count, definitions=None):
        environment = dict(os.environ, LEADPULSE_CRASH_AT=f"{step}:{count}")
        result = subprocess.run(self.command(name, definitions), cwd=self.folder, env=environment,
                                capture_output=True, text=True, check=False)
        if result.returncode != -signal.SIGKILL:
            sys.exit(f"{name}: {step}:{count} was never reached; the run ended with {result.returncode}: "
                     f"{result.stderr}")

    def outputs(self, name):
        found = {}
        for output in OUTPUTS + ("leads.jsonl",):
            with open(os.path.join(self.folder, name, "out", output), "rb") as file:
                found[output] = file.read()
        return found

    def expect_same(self, name, wanted, definitions=None):
        got = self.outputs(name)
        for output in OUTPUTS:
            want_lines, got_lines = sorted(wanted[output].split(b"\n")), sorted(got[output].split(b"\n"))
            if want_lines != got_lines:
                missing = sorted(set(want_lines) - set(got_lines))[:3]
                extra = sorted(set(got_lines) - set(want_lines))[:3]
                sys.exit(f"{name}: {output} differs: {len(want_lines)} lines wanted, {len(got_lines)} found; "
                         f"missing {missing}, too many {extra}")
        if got["leads.jsonl"] != wanted["leads.jsonl"]:
            sys.exit(f"{name}: leads.jsonl differs")
        self.finish(name, definitions)
        if self.outputs(name) != got:
            sys.exit(f"{name}: run again after the end, it added something")
        shutil.rmtree(os.path.join(self.folder, name))
        print(f"  {name}: good", flush=True)

    def random_kills(self, wanted, kills, duration):
        in_time = 0
        for _ in range(kills):
            in_time += self.kill_after("random", self.rng.random() * duration * 0.6)
        print(f"  {in_time} of {kills} kills came before the end", flush=True)
        self.finish("random")
        self.expect_same("random", wanted)

    def every_step(self, wanted):
        for step, count in STEPS:
            name = f"{step}-{count}"
            self.crash_at(name, step, count)
            self.finish(name)
            self.expect_same(name, wanted)

    def cut_back(self, wanted):
        # A tail that was never committed, and a kill between the two files that are cut back.
        self.crash_at("cut-back", "after_flush", 3)
        self.crash_at("cut-back", "during_cut_back", 1)
        self.crash_at("cut-back", "during_cut_back", 2)
        self.finish("cut-back")
        self.expect_same("cut-back", wanted)

    def adoption(self):
        self.finish("plain")
        self.finish("plain", "other.yaml")
        wanted = self.outputs("plain")
        for count in (1, 2):
            name = f"adoption-{count}"
            self.finish(name)
            self.crash_at(name, "during_adoption", count, "other.yaml")
            self.finish(name, "other.yaml")
            self.expect_same(name, wanted, "other.yaml")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--records", type=int, default=40_000)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="leadpulse-crash-") as folder:
        test = CrashTest(arguments.binary, folder, arguments.seed, arguments.records)
        began = time.monotonic()
        test.finish("whole")
        duration = time.monotonic() - began
        wanted = test.outputs("whole")
        print(f"  an unkilled run takes {duration:.1f} s, {wanted['changes.jsonl'].count(10)} changes", flush=True)
        test.random_kills(wanted, arguments.kills, duration)
        test.every_step(wanted)
        test.cut_back(wanted)
        test.adoption()


if __name__ == "__main__":
    main()
