#!/usr/bin/env python3
"""Kills `leadpulse rebuild` and its swap at each of their steps: the state in use is whole at its place or under its
quarantine name, and the same command finishes when repeated.

    tests/crash/rebuild_kill_test.py BINARY
"""

import json
import os
import random
import shutil
import signal
import sys
import tempfile

from program import Program
from records import make_clean_lines

DEFINITIONS = """
tenants:
  "*":
    scoring: {rules: [{event: open, points: 2, expires_after: 200d}, {event: click, points: 7}]}
    tiers: [{name: hot, at_least: 9}, {name: cold}]
    segments: [{id: openers, name: Openers, rule: 'DID open >= 2 TIMES IN LAST 9 days'}]
"""
RECORDS = 900
OUTPUTS = ("changes.jsonl", "dead-letters.jsonl", "leads.jsonl")


class RebuildKillTest(Program):
    def __init__(self, binary, folder):
        super().__init__(binary, folder)
        lines = list(make_clean_lines(random.Random(20261121), RECORDS))
        self.write("a.jsonl", lines)
        os.mkdir(self.path("history"))
        random.Random(5).shuffle(lines)
        # One history has the bytes that the state read; the other has the same records in another order.
        shutil.copy(self.path("a.jsonl"), self.path("history/1.jsonl"))
        self.write("history/2.jsonl", lines)
        self.write("d.yaml", [DEFINITIONS])
        self.write("new.yaml", [DEFINITIONS.replace("points: 7", "points: 8")])
        self.must("run", "--state", "state", "--output", "out", "--input", "a.jsonl", "--definitions", "d.yaml",
                  "--quiet")
        shutil.copytree(self.path("state"), self.path("original"))

    def write(self, name, lines):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.writelines(lines)

    def expect(self, condition, step, what):
        if not condition:
            sys.exit(f"{step}: {what}")

    def fresh(self):
        for name in os.listdir(self.folder):
            if name.startswith("state") or name == "new":
                shutil.rmtree(self.path(name))
        shutil.copytree(self.path("original"), self.path("state"))

    def rebuild_command(self, definitions="d.yaml"):
        return ["rebuild", "--state", "state", "--from", "history", "--to", "new", "--definitions", definitions,
                "--quiet", "--workers", "1", "--epoch-records", "100"]

    def outputs(self):
        """The lines, in order within each lead: the order between leads is not defined."""
        found = {}
        for name in OUTPUTS:
            with open(self.path(f"new/output/{name}"), encoding="utf-8") as file:
                found[name] = sorted(file)
        return found

    def diff(self, left, right):
        return json.loads(self.call("diff", left, right, "--format", "json").stdout)

    def rebuild(self):
        self.fresh()
        self.must(*self.rebuild_command())
        wanted = self.outputs()
        steps = ["rebuild_begun", "during_start", "during_start:2", "before_leads_rename",
                 "before_leads_rename:2", "before_leads_rename:3", "after_leads_rename", "rebuild_read", "rebuild_positions_taken",
                 "rebuild_finished"]
        steps += [f"{step}:{count}" for step in ("before_flush", "after_flush", "before_batch", "after_batch")
                  for count in (1, 9)]
        for step in steps:
            self.fresh()
            self.killed(step, *self.rebuild_command())
            if step != "rebuild_finished":
                swap = self.call("rebuild", "--state", "state", "--swap", "new")
                why = "there is no rebuild" if step == "before_leads_rename" else "is not finished"
                self.expect(swap.returncode == 1 and why in swap.stderr, step, swap.stderr)
            self.must(*self.rebuild_command())
            self.expect(self.outputs() == wanted, step, "the outputs differ from those without the kill")
            self.expect(self.diff("state", "new/state")["equal"], step, "the rebuilt state differs")
            self.must("rebuild", "--state", "state", "--swap", "new")
            print(f"  {step}: good", flush=True)

    def killed_again_and_again(self):
        """Each call gets one commit further."""
        self.fresh()
        calls = 0
        while self.call(*self.rebuild_command(), crash_at="after_batch:2").returncode == -signal.SIGKILL:
            calls += 1
        self.expect(calls >= 5, "after_batch:2", f"only {calls} kills")
        self.expect(self.diff("state", "new/state")["equal"], "after_batch:2", "the rebuilt state differs")
        print(f"  {calls} kills in one rebuild: good", flush=True)

    def swap(self):
        """The definitions tell the rebuilt state from the old one."""
        self.fresh()
        self.must(*self.rebuild_command("new.yaml"))
        shutil.copytree(self.path("new"), self.path("rebuilt"))
        versions = self.diff("state", "new/state")
        old, new = versions["left"]["definitions"], versions["right"]["definitions"]
        steps = [(step, []) for step in ("swap_checked", "swap_recorded", "swap_exchanged", "swap_moved")]
        steps += [(step, ["--no-exchange"]) for step in ("swap_recorded", "swap_moved_away", "swap_moved")]
        for step, how in steps:
            self.fresh()
            shutil.copytree(self.path("rebuilt"), self.path("new"))
            command = ["rebuild", "--state", "state", "--swap", "new", *how]
            self.killed(step, *command)
            self.expect(os.path.exists(self.path("state")) == (step != "swap_moved_away"), step, "the place of the state")
            swapped = self.must(*command)
            kept = [name for name in os.listdir(self.folder) if name.startswith("state.before-")]
            self.expect(len(kept) == 1 and kept[0] in swapped, step, f"kept are {kept}")
            found = self.diff("state", kept[0])
            self.expect((found["left"]["definitions"], found["right"]["definitions"]) == (new, old), step,
                        "the states are at the wrong places")
            for state in ("state", kept[0]):
                self.must("state", "check", "--state", state)
            self.must("run", "--state", "state", "--output", "new/output", "--input", "a.jsonl", "--quiet")
            print(f"  {' '.join([step, *how])}: good", flush=True)

    def gone_on_after_the_kill(self):
        """A swap that was killed before it moved anything is checked again."""
        self.fresh()
        shutil.copytree(self.path("rebuilt"), self.path("new"))
        self.killed("swap_recorded", "rebuild", "--state", "state", "--swap", "new")
        shutil.copytree(self.path("out"), self.path("state-out"))
        self.must("run", "--state", "state", "--output", "state-out", "--input", "a.jsonl", "--until", "2026-03-01",
                  "--quiet")
        refused = self.call("rebuild", "--state", "state", "--swap", "new")
        self.expect(refused.returncode == 1 and "gone on meanwhile" in refused.stderr, "swap_recorded", refused.stderr)
        self.must(*self.rebuild_command("new.yaml"))
        self.must("rebuild", "--state", "state", "--swap", "new")
        print("  a run after a kill: good", flush=True)

    def no_empty_state_in_between(self):
        """If names cannot be exchanged, a run between the two renames finds outputs that are not its own."""
        self.fresh()
        shutil.copytree(self.path("rebuilt"), self.path("new"))
        self.killed("swap_moved_away", "rebuild", "--state", "state", "--swap", "new", "--no-exchange")
        run = self.call("run", "--state", "state", "--output", "out", "--input", "a.jsonl", "--quiet")
        self.expect(run.returncode == 1, "swap_moved_away", "a run began with an empty state")
        self.expect(not os.path.exists(self.path("state")), "swap_moved_away", "a run left a state")
        self.must("rebuild", "--state", "state", "--swap", "new")
        print("  a run between two renames: good", flush=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        test = RebuildKillTest(sys.argv[1], folder)
        test.rebuild()
        test.killed_again_and_again()
        test.swap()
        test.gone_on_after_the_kill()
        test.no_empty_state_in_between()


if __name__ == "__main__":
    main()
