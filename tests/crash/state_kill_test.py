#!/usr/bin/env python3
"""Kills `leadpulse state repair`, `backup` and `restore` at each of their steps: a directory is whole or does not
exist, and the same command finishes when repeated.

    tests/crash/state_kill_test.py BINARY TAMPER [--seed N] [--records N]
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
import time

from program import Program
from records import make_clean_lines

DEFINITIONS = """
tenants:
  "*":
    scoring: {rules: [{event: open, points: 2, expires_after: 200d}, {event: click, points: 7}]}
    tiers: [{name: hot, at_least: 9}, {name: cold}]
    segments: [{id: openers, name: Openers, rule: 'DID open >= 2 TIMES IN LAST 90 days'}]
"""


class StateKillTest(Program):
    def __init__(self, binary, tamper, folder, seed, records):
        super().__init__(binary, folder)
        self.tamper_binary = os.path.abspath(tamper)
        with open(self.path("a.jsonl"), "w", encoding="utf-8") as file:
            file.writelines(make_clean_lines(random.Random(seed), records))
        with open(self.path("d.yaml"), "w", encoding="utf-8") as file:
            file.write(DEFINITIONS)
        self.must("run", "--state", "original", "--output", "out", "--input", "a.jsonl", "--definitions", "d.yaml",
                  "--quiet")

    def fresh(self, *what):
        shutil.rmtree(self.path("state"), ignore_errors=True)
        shutil.copytree(self.path("original"), self.path("state"))
        if what:
            subprocess.run([self.tamper_binary, self.path("state"), *what], check=True)

    def sound(self, state="state"):
        return json.loads(self.must("state", "check", "--state", state, "--format", "json"))

    def repair(self):
        whole = self.sound("original")
        steps = [(name, count) for name in ("repair_before_set_aside", "repair_before_write", "repair_after_write")
                 for count in (1, 2)]
        for step, count in steps:
            self.fresh("remove-timers", "add-timer", "damage-leads")
            if os.path.exists(self.path("aside.jsonl")):
                os.remove(self.path("aside.jsonl"))
            command = ["state", "repair", "--state", "state", "--set-aside", "aside.jsonl"]
            self.killed(f"{step}:{count}", *command)
            self.must(*command)
            found = self.sound()
            with open(self.path("aside.jsonl"), encoding="utf-8") as file:
                aside = {json.loads(line)["key"] for line in file}  # a row may be in it twice
            if found["leads"] + len(aside) != whole["leads"] or len(aside) != (whole["leads"] + 4) // 10:
                sys.exit(f"{step}:{count}: {found['leads']} leads and {len(aside)} aside of {whole['leads']}")
            print(f"  {step}:{count}: good", flush=True)

    def backup(self):
        for step in ("backup_before_copy", "backup_after_copy", "backup_after_file", "backup_after_file:3",
                     "backup_before_rename", "backup_after_rename"):
            self.fresh()
            shutil.rmtree(self.path("backup"), ignore_errors=True)
            command = ["state", "backup", "--state", "state", "backup"]
            self.killed(step, *command)
            if os.path.exists(self.path("backup")) != (step == "backup_after_rename"):
                sys.exit(f"{step}: the backup is neither whole nor absent")
            wanted = self.sound()  # a killed command does no harm
            if step != "backup_after_rename":
                self.must(*command)
            self.expect_same("backup", wanted, step)
            self.must("state", "restore", "--state", "restored", "backup")
            shutil.rmtree(self.path("restored"))
            # The next backup or run removes what the killed command left in the state.
            self.must("run", "--state", "state", "--output", "out", "--input", "a.jsonl", "--quiet")
            if os.path.exists(self.path("state/requests")) and os.listdir(self.path("state/requests")):
                sys.exit(f"{step}: left {os.listdir(self.path('state/requests'))}")
            print(f"  {step}: good", flush=True)

    def restore(self):
        shutil.rmtree(self.path("backup"), ignore_errors=True)
        self.fresh()
        self.must("state", "backup", "--state", "state", "backup")
        wanted = self.sound("backup")
        for step in ("restore_before_files", "restore_after_file", "restore_after_file:3", "restore_before_rename",
                     "restore_after_rename"):
            shutil.rmtree(self.path("restored"), ignore_errors=True)
            command = ["state", "restore", "--state", "restored", "backup"]
            self.killed(step, *command)
            if os.path.exists(self.path("restored")) != (step == "restore_after_rename"):
                sys.exit(f"{step}: the state is neither whole nor absent")
            if step != "restore_after_rename":
                self.must(*command)
            self.expect_same("restored", wanted, step)
            print(f"  {step}: good", flush=True)
        if os.path.exists(self.path("restored.unfinished")):
            sys.exit("a temporary directory is left")

    def expect_same(self, state, wanted, what):
        if self.sound(state) != wanted:
            sys.exit(f"{what}: {state} is the wrong state")

    def beside_a_run(self):
        """The command and the run are killed while the other goes on."""
        for step in ("backup_before_copy", "backup_after_copy", "backup_after_file"):
            job = self.waiting_run()
            self.killed(step, "state", "backup", "--state", "live", "backup-live")
            self.must("state", "backup", "--state", "live", "backup-live")
            self.end(job)
            shutil.rmtree(self.path("backup-live"))
            print(f"  {step} beside a run: good", flush=True)
        job = self.waiting_run("backup_answered")
        self.must("state", "backup", "--state", "live", "backup-live")
        if job.wait(timeout=60) != -signal.SIGKILL:
            sys.exit("backup_answered was never reached")
        self.sound("backup-live")
        shutil.rmtree(self.path("backup-live"))
        job = self.waiting_run()
        job.kill()
        self.must("state", "backup", "--state", "live", "backup-live")
        job.wait()
        self.sound("backup-live")
        print("  a run killed beside a backup: good", flush=True)

    def waiting_run(self, crash_at=None):
        for name in ("live", "live-out"):
            shutil.rmtree(self.path(name), ignore_errors=True)
        environment = dict(os.environ, **({"LEADPULSE_CRASH_AT": crash_at} if crash_at else {}))
        job = subprocess.Popen([self.binary, "run", "--state", "live", "--output", "live-out", "--input", "-",
                                "--definitions", "d.yaml", "--quiet"], cwd=self.folder, env=environment,
                               stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        with open(self.path("a.jsonl"), "rb") as file:
            job.stdin.write(file.read())
        job.stdin.flush()
        changes = self.path("live-out/changes.jsonl")
        for _ in range(3000):
            if os.path.exists(changes) and os.path.getsize(changes) > 0:
                return job
            time.sleep(0.02)
        sys.exit("the run does not start")

    def end(self, job):
        job.stdin.close()
        if job.wait(timeout=300) != 0:
            sys.exit("the run failed")
        self.sound("live")
        if os.path.exists(self.path("live/requests")) and os.listdir(self.path("live/requests")):
            sys.exit(f"the run left {os.listdir(self.path('live/requests'))}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("tamper")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--records", type=int, default=12_000)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="leadpulse-crash-") as folder:
        test = StateKillTest(arguments.binary, arguments.tamper, folder, arguments.seed, arguments.records)
        test.repair()
        test.backup()
        test.restore()
        test.beside_a_run()


if __name__ == "__main__":
    main()
