#!/usr/bin/env python3
"""Flips bytes and cuts tails in the state, the inputs and the outputs: all is found and named, nothing is skipped.

    tests/crash/damage_test.py BINARY                      about 140 damages
    tests/crash/damage_test.py BINARY --damages 3000 [--resume FILE]
                                                           random rounds; FILE stores the progress
    tests/crash/damage_test.py BINARY --seed N --rounds 1  one round again

Expected after damage to the state: status 1 and a sentence that names the file or the state; or, if the file holds
nothing of value, status 0 and exactly the right lines. After damage to the log: if a finished commit is lost, status 1
until a repair accepts the loss, and then the right lines; if the log only ends early, the right lines and a warning.
After damage to an input or output: status 1 and its name.
"""

import gzip
import os
import random
import re
import shutil
import subprocess
import tempfile

from long_form import Progress, fail, parser_of
from records import encode, make_record, zstd
from scenario import CHANGES, CRASH, DEAD_LETTERS, ENDINGS, LEADS, Failure, Phase, Scenario, compare


def flip(data, rng):
    at = rng.randrange(len(data))
    # Often near the beginning, where headers are, and the only records of short files.
    at = rng.randrange(min(len(data), 256)) if rng.random() < 0.3 else at
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1:], f"bit flipped in byte {at}"


def cut(data, rng):
    length = rng.choice([0, len(data) // 2, len(data) - 1, rng.randrange(len(data))])
    return data[:length], f"cut to {length} of {len(data)} bytes"


class DamageTest:
    def __init__(self, scenario, tally, rng):
        self.scenario, self.tally, self.rng = scenario, tally, rng
        self.wanted = scenario.reference()[-1]

    def read(self, *names):
        with open(self.scenario.path(*names), "rb") as file:
            return file.read()

    def write(self, data, *names):
        with open(self.scenario.path(*names), "wb") as file:
            file.write(data)

    def restore(self, kept):
        shutil.rmtree(self.scenario.path("run"), ignore_errors=True)
        shutil.copytree(self.scenario.path(kept), self.scenario.path("run"))

    def run(self, phase, what):
        status, said = self.scenario.run("run", phase)
        if status not in (0, 1) or CRASH.search(said):
            raise Failure(f"{what}: the run ended with {status}: {said}")
        return status, said

    # ---- state ----------------------------------------------------------------------------------------------------

    def make_states(self):
        """`middle`: killed within the last phase, its commits in the log. `end`: after that phase, opened once more, so
        that all is in tables."""
        last = self.scenario.phases[-1]
        for phase in self.scenario.phases[:-1]:
            self.scenario.finish("run", phase)
        environment = dict(os.environ, LEADPULSE_CRASH_AT="after_batch:3")
        if self.scenario.run("run", last, environment)[0] != -9:
            raise Failure("the last phase was not killed at its third commit")
        shutil.copytree(self.scenario.path("run"), self.scenario.path("middle"))
        self.scenario.finish("run", last)
        self.scenario.finish("run", last)
        shutil.copytree(self.scenario.path("run"), self.scenario.path("end"))

    def damage_states(self, rounds):
        for kept in ("middle", "end"):
            logs = [name for name in os.listdir(self.scenario.path(kept, "state")) if name.endswith(".log")]
            for name in logs if kept == "middle" else []:
                for damage in [flip, cut] * (3 * rounds):
                    self.damage_state(kept, name, damage)
            for name in sorted(os.listdir(self.scenario.path(kept, "state"))):
                size = os.path.getsize(self.scenario.path(kept, "state", name))
                for damage in [flip, cut] * rounds if size > 0 else []:
                    self.damage_state(kept, name, damage)
            for name in sorted(os.listdir(self.scenario.path(kept, "state"))):
                self.damage_state(kept, name, None)

    def damage_state(self, kept, name, damage):
        self.restore(kept)
        if damage is None:
            os.unlink(self.scenario.path("run", "state", name))
            what = f"state/{name} ({kept}) removed"
        else:
            data, how = damage(self.read(kept, "state", name), self.rng)
            self.write(data, "run", "state", name)
            what = f"state/{name} ({kept}) {how}"
        self.tally[f"{damage.__name__ if damage else 'removal'}s in state files"] += 1
        if self.rng.random() < 0.33:
            self.explain(what)
        status, said = self.run(self.scenario.phases[-1], what)
        if status == 1 and not re.search(r"state|output run/out", said):
            raise Failure(f"{what}: the message does not name it: {said}")
        self.tally["damages of the state named" if status == 1 else "damages of the state mended"] += 1
        if kept == "middle" and name.endswith(".log") and not said:
            raise Failure(f"{what}: commits are silently lost")
        if status == 1:
            # A second try gives no wrong lines either.
            status, said = self.run(self.scenario.phases[-1], f"{what}, second start")
            if "--accept-lost-commits" in said:
                self.accept_lost_commits(what)
                status, said = self.run(self.scenario.phases[-1], f"{what}, accepted")
                if status != 0:
                    raise Failure(f"{what}: accepted, and the run ended with {status}: {said}")
        if status == 0:
            self.expect_wanted(what)

    def accept_lost_commits(self, what):
        result = subprocess.run([self.scenario.binary, "state", "repair", "--accept-lost-commits", "--state",
                                 "run/state"], cwd=self.scenario.folder, capture_output=True, text=True,
                                errors="replace", check=False)
        if result.returncode != 0:
            raise Failure(f"{what}: the repair ended with {result.returncode}: {result.stdout}{result.stderr}")
        self.tally["lost commits accepted"] += 1

    def explain(self, what):
        """Runs `explain` before the next run: it answers or gives a named error, and changes nothing."""
        result = subprocess.run([self.scenario.binary, "explain", "--state", "run/state", "--tenant", "acme", "--lead",
                                 "person1@example.com"], cwd=self.scenario.folder, capture_output=True, text=True,
                                errors="replace", check=False)
        if result.returncode not in (0, 1) or CRASH.search(result.stderr):
            raise Failure(f"{what}: explain ended with {result.returncode}: {result.stderr}")
        if result.returncode == 1 and not re.search("state|person1", result.stderr):
            raise Failure(f"{what}: explain does not name it: {result.stderr}")
        self.tally["looks at a damaged state"] += 1

    def expect_wanted(self, what):
        got = self.scenario.outputs("run")
        problems = [problem for name in (CHANGES, DEAD_LETTERS, LEADS)
                    for problem in compare(name, self.wanted[name], got[name], self.tally)]
        if problems:
            raise Failure(f"{what}: the run ended with 0, but {'; '.join(problems)}")

    # ---- inputs ---------------------------------------------------------------------------------------------------

    def damage_inputs(self, rounds):
        records = [make_record(self.rng, number, 20) for number in range(400)]
        for ending in ENDINGS + ("-",):
            name = "piped.damaged" if ending == "-" else "damaged" + ending
            plain = encode(records, ".pb" if ending.startswith(".pb") else ".jsonl")
            pack = {"gz": lambda data: gzip.compress(data, mtime=0), "zst": zstd}.get(ending.split(".")[-1], bytes)
            self.write(pack(plain), name)
            self.scenario.standard_input = name if ending == "-" else None
            phase = Phase(["-" if ending == "-" else name], None, None)
            shutil.rmtree(self.scenario.path("run"), ignore_errors=True)
            self.scenario.finish("run", phase)
            before = self.scenario.outputs("run")
            for damage in [flip, cut] * rounds:
                data, how = damage(plain, self.rng)
                self.write(pack(data), name)
                self.expect_named(phase, name if ending != "-" else "-", f"{name}: {how}", before)
                if pack is not bytes:
                    self.damage_packed(phase, name, pack(plain), damage, before)
        self.scenario.standard_input = None

    def expect_named(self, phase, name, what, before):
        status, said = self.run(phase, what)
        self.tally["damages of inputs"] += 1
        shown = "input -" if name == "-" else name
        if status != 1 or shown not in said:
            raise Failure(f"{what}: the run ended with {status}: {said}")
        if self.scenario.outputs("run") != before:
            raise Failure(f"{what}: the run ended with 1, but changed the outputs")

    def damage_packed(self, phase, name, packed, damage, before):
        """Damages the compressed bytes. Damage that changes no content (a header's fields) may pass; anything else is
        named, possibly by a dead letter that says the file ends early."""
        data, how = damage(packed, self.rng)
        self.write(data, name)
        what = f"{name}, compressed: {how}"
        shutil.rmtree(self.scenario.path("kept"), ignore_errors=True)
        shutil.copytree(self.scenario.path("run"), self.scenario.path("kept"))
        status, said = self.run(phase, what)
        self.tally["damages of compressed inputs"] += 1
        after = self.scenario.outputs("run")
        if status == 1 and (name not in said or after != before):
            raise Failure(f"{what}: the run ended with 1, changed the outputs or did not name it: {said}")
        if status == 0:
            added = after.pop(DEAD_LETTERS)[len(before[DEAD_LETTERS]):]
            same = all(after[other] == before[other] for other in after)
            if not same or any(f'"{name}"'.encode() not in line for line in added.splitlines()):
                raise Failure(f"{what}: the run ended with 0 and added {added!r}")
        self.restore("kept")

    # ---- outputs --------------------------------------------------------------------------------------------------

    def damage_outputs(self, rounds):
        last = self.scenario.phases[-1]
        for name in (CHANGES, DEAD_LETTERS):
            for damage in [flip, flip, cut, None] * rounds:
                self.restore("end")
                whole = self.read("end", "out", name)
                data, how = damage(whole, self.rng) if damage else (None, "removed")
                if data is None:
                    os.unlink(self.scenario.path("run", "out", name))
                else:
                    self.write(data, "run", "out", name)
                status, said = self.run(last, f"out/{name} {how}")
                self.tally["damages of outputs"] += 1
                if status != 1 or name not in said:
                    raise Failure(f"out/{name} {how}: the run ended with {status}: {said}")
                if data is not None and self.read("run", "out", name) != data:
                    raise Failure(f"out/{name} {how}: the run ended with 1, but changed it")
        for kept in ("middle", "end"):
            self.damage_tails(kept, rounds)

    def damage_tails(self, kept, rounds):
        """A tail that no commit knows of is cut off; leads.jsonl is written again."""
        for _ in range(rounds):
            self.restore(kept)
            for name in (CHANGES, DEAD_LETTERS):
                self.write(self.read(kept, "out", name) + self.rng.randbytes(self.rng.randint(1, 5000)), "run", "out",
                           name)
            self.write(self.rng.randbytes(100), "run", "out", LEADS)
            self.write(self.rng.randbytes(100), "run", "out", LEADS + ".tmp")
            self.tally["torn tails of outputs"] += 2
            self.scenario.finish("run", self.scenario.phases[-1])
            self.expect_wanted(f"tails behind the outputs ({kept})")


def run_round(arguments, seed, tally, rounds):
    folder = tempfile.mkdtemp(prefix="leadpulse-damage-")
    scenario = Scenario(arguments.binary, folder, seed, records=5000)
    print(scenario, flush=True)
    try:
        test = DamageTest(scenario, tally, random.Random(seed))
        test.make_states()
        test.damage_states(rounds)
        test.damage_outputs(rounds)
        test.damage_inputs(rounds)
    except Failure as failure:
        fail(seed, folder, failure, tally, " --rounds 1")
    shutil.rmtree(folder)


def main():
    parser = parser_of(__doc__, "damages")
    arguments = parser.parse_args()
    long = arguments.damages is not None
    progress = Progress(arguments.resume, arguments.binary, arguments.seed)
    rounds = 0

    def damages():
        return sum(count for name, count in progress.tally.items()
                   if name.startswith(("damages of inputs", "damages of compressed", "damages of outputs", "torn")) or
                   name.endswith("in state files"))

    while damages() < (arguments.damages or 1) and rounds < (arguments.rounds or 10**9):
        run_round(arguments, progress.next_seed, progress.tally, 3 if long else 1)
        rounds += 1
        progress.tally["rounds"] += 1
        progress.round_done()
    print(f"{damages()} damages: {progress.tally}")


if __name__ == "__main__":
    main()
