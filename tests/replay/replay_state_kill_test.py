#!/usr/bin/env python3
"""Kills `replay --state` again and again: the state and the outputs are then those of a replay that nothing has broken,
byte for byte but for the order of changes between leads.

    tests/replay/replay_state_kill_test.py BINARY                10 kills
    tests/replay/replay_state_kill_test.py BINARY --kills 200    so many
    tests/replay/replay_state_kill_test.py BINARY --seed N       another order of things

Prints the seed, and keeps the folder of one that failed.
"""

import argparse
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile

from replay_kill_test import DEFINITIONS, INPUTS, RECORDS, Failure, encode, make_record

POINTS = ["before_checkpoint", "after_checkpoint", "during_start", "during_cut_back", "before_flush", "after_flush",
          "before_batch", "mid_batch", "after_batch", "before_leads_rename", "after_leads_rename"]
OUTPUTS = ["changes.jsonl", "dead-letters.jsonl", "leads.jsonl"]
# Something of every kind is left out, the rest is marked.
SELECTION = ["--type", "open,click,page_visit,update_profile,edit_tags,erase", "--from", "2026-01-01T02:00:00Z",
             "--as-backfill"]


class Round:
    """One replay from its beginning to its end, killed now and then."""

    def __init__(self, binary, folder, seed):
        self.binary, self.folder, self.rng = binary, pathlib.Path(folder), random.Random(seed)
        made = [make_record(self.rng, number) for number in range(RECORDS)]
        for i, name in enumerate(INPUTS):
            share = made[i * RECORDS // len(INPUTS):(i + 1) * RECORDS // len(INPUTS)]
            (self.folder / name).write_bytes(encode(share, name[1:]))
        (self.folder / "definitions.yaml").write_text(DEFINITIONS, encoding="utf-8")

    def call(self, *arguments):
        done = subprocess.run([self.binary, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def start(self, name, crash_at=None):
        environment = dict(os.environ, **({"LEADPULSE_CRASH_AT": crash_at} if crash_at else {}))
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen([self.binary, "replay", *INPUTS, "--state", f"{name}/state", "--output",
                                     f"{name}/out", "--definitions", "definitions.yaml", "--epoch-records", "100",
                                     "--quiet", *SELECTION], cwd=self.folder, env=environment, stderr=log)

    def kill(self):
        """Whether it was killed: else it came to its end before."""
        point = self.rng.choice([None, *POINTS])
        job = self.start("broken", point and f"{point}:{self.rng.choice([1, 1, 2, 3, 5, 8])}")
        try:
            job.wait(timeout=60 if point else self.rng.uniform(0.02, 0.5))
        except subprocess.TimeoutExpired:
            job.kill()
        status = job.wait()
        if status not in (0, -signal.SIGKILL):
            raise Failure(f"replay ended with {status}; see log")
        return status != 0

    def finish(self):
        for name in ("broken", "broken", "whole"):  # the second time there is nothing left to do
            if self.start(name).wait(timeout=120) != 0:
                raise Failure("replay did not end with 0; see log")

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
        return len(whole["changes.jsonl"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    kills, seed = 0, arguments.seed
    while kills < arguments.kills:
        folder = tempfile.mkdtemp(prefix="leadpulse-replay-")
        try:
            one = Round(arguments.binary, folder, seed)
            killed = 0
            while kills + killed < arguments.kills and one.kill():
                killed += 1
            one.finish()
            changes = one.check()
        except (Failure, OSError, subprocess.TimeoutExpired) as failure:
            sys.exit(f"seed {seed}: {failure}\nits files are kept in {folder}")
        print(f"seed {seed}: {killed} kills, {changes} changes, leads and state as without", flush=True)
        shutil.rmtree(folder)
        kills, seed = kills + killed, seed + 1


if __name__ == "__main__":
    main()
