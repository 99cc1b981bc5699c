#!/usr/bin/env python3
"""Kills `replay --state` again and again: the state and the outputs are then those of an undisturbed replay,
byte for byte, except for the order of changes between leads.

    tests/replay/replay_state_kill_test.py BINARY                10 kills
    tests/replay/replay_state_kill_test.py BINARY --kills 200    200 kills
    tests/replay/replay_state_kill_test.py BINARY --seed N       another order of things

Prints the seed, and keeps the folder of one that failed.
"""

import subprocess

from replay_kill_test import RECORDS, Failure, Round, main

OUTPUTS = ["changes.jsonl", "dead-letters.jsonl", "leads.jsonl"]
# Leaves out some records of every kind; the rest is marked.
SELECTION = ["--type", "open,click,page_visit,update_profile,edit_tags,erase", "--from", "2026-01-01T02:00:00Z"]


class StateRound(Round):
    """Replays into a state."""

    points = ["before_checkpoint", "after_checkpoint", "during_start", "during_cut_back", "before_flush", "after_flush",
              "before_batch", "mid_batch", "after_batch", "before_leads_rename", "after_leads_rename"]
    times = [1, 1, 2, 3, 5, 8]

    def call(self, *arguments):
        done = subprocess.run([self.binary, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def start(self, name="broken", crash_at=None):
        return self.replay("--state", f"{name}/state", "--output", f"{name}/out", "--definitions", "definitions.yaml",
                           "--epoch-records", "100", "--quiet", *SELECTION, crash_at=crash_at)

    def finish(self):
        for name in ("broken", "broken", "whole"):  # the second call has nothing left to do
            self.to_its_end(self.start(name))

    def outputs(self, name):
        return {output: sorted((self.folder / name / "out" / output).read_bytes().splitlines()) for output in OUTPUTS}

    def check(self):
        broken, whole = self.outputs("broken"), self.outputs("whole")
        for output in OUTPUTS:
            if broken[output] != whole[output]:
                raise Failure(f"{output} differs: {len(broken[output])} lines, {len(whole[output])} of the unbroken one")
        leads = [(self.folder / name / "out/leads.jsonl").read_bytes() for name in ("broken", "whole")]
        if leads[0] != leads[1]:
            raise Failure("leads.jsonl is in another order")
        for arguments in (["diff", "broken/state", "whole/state"], ["state", "check", "--state", "broken/state"]):
            code, said = self.call(*arguments)
            if code != 0:
                raise Failure(f"{' '.join(arguments)} ended with {code}:\n{said}")
        if len(whole["changes.jsonl"]) < RECORDS / 8 or len(whole["dead-letters.jsonl"]) < 5:
            raise Failure("too little happened to show anything")
        return f"{len(whole['changes.jsonl'])} changes, leads and state as without"


if __name__ == "__main__":
    main(__doc__, StateRound, kills=10)
