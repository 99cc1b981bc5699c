#!/usr/bin/env python3
"""Kills the program at every named point and at random moments: the files must end with the same lines.

    tests/crash/kill_test.py BINARY                         every named point, then random kills: 30 and more
    tests/crash/kill_test.py BINARY --kills 300 [--resume FILE] [--library LIBRARY]
                                                            random rounds, each with inputs, definitions and kills of
                                                            its own seed; FILE stores the progress: a restart
                                                            continues, or starts over for another program
    tests/crash/kill_test.py BINARY --seed N --rounds 1     one round again

Prints the seed that failed and keeps its folder. With the faulty disk LIBRARY, some kills come before the n-th call
that the program makes to the disk.
"""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time

import faulty_disk
from long_form import Progress, fail, parser_of
from scenario import CHANGES, Failure, Scenario, Tally

# Runs that are killed one after the other on the same files, `phase point count`: the phase of the scenario, and the
# call of the named point. Then the phase is run to its end. The very first commit is that of an empty state.
CHAINS = [
    ["0 during_start 1", "0 during_start 2", "0 during_start 3", "0 before_flush 1"],
    ["0 after_flush 1", "0 before_batch 1", "0 after_batch 1", "0 mid_batch 1"],
    ["0 before_flush 2", "0 after_flush 2", "0 during_cut_back 1", "0 during_cut_back 2", "0 after_batch 2"],
    ["0 before_batch 2", "0 mid_batch 1", "0 before_erasure 1", "0 after_erasure 1", "0 before_erasure 1"],
    ["0 after_erasure 2", "1 during_adoption 1", "1 during_adoption 1", "1 during_adoption 2", "1 before_erasure 1"],
    ["1 during_adoption 1", "1 before_batch 2", "1 after_batch 3", "1 during_cut_back 1", "1 mid_exchange 4"],
    ["0 before_leads_rename 1", "0 after_leads_rename 1", "1 before_leads_rename 1", "1 after_leads_rename 1"],
    ["0 before_publish 1", "0 before_publish 2", "0 after_publish 2", "1 before_publish 1", "1 after_publish 3"],
    ["0 mid_exchange 1", "0 mid_exchange 2", "0 before_flush 1", "0 mid_exchange 3", "1 mid_exchange 1"],
]
POINTS = ["before_flush", "after_flush", "before_batch", "after_batch", "mid_batch", "mid_exchange", "during_cut_back",
          "during_adoption", "before_erasure", "after_erasure", "before_leads_rename", "after_leads_rename",
          "during_start", "before_publish", "after_publish"]


class KillTest:
    def __init__(self, scenario, tally, library=None):
        self.scenario, self.tally, self.library = scenario, tally, library
        self.committed = {}  # the committed changes of each name, after the last kill
        began = time.monotonic()
        self.wanted = scenario.reference()
        self.duration = (time.monotonic() - began) / len(scenario.phases)
        if b"LEAD_ERASED" not in self.wanted[0][CHANGES]:
            raise Failure("the scenario erases nothing, so it tests no erasure")

    def kill_at(self, name, phase, point, count, must=True):
        """Returns whether the process was killed there; with `must`, it is a failure if it was not."""
        environment = dict(os.environ, LEADPULSE_CRASH_AT=f"{point}:{count}")
        status, errors = self.scenario.run(name, phase, environment)
        self.note_committed(name)
        if status == -signal.SIGKILL:
            self.tally["kills"] += 1
            self.tally[f"at {point}"] += 1
            return True
        if status != 0 or must:
            raise Failure(f"{name}: {point}:{count} was not reached; the run ended with {status}: {errors}")
        return False

    def kill_before_call(self, name, phase, call):
        environment = faulty_disk.environment(self.library, self.scenario.folder, fault=f"KILL@{call}")
        return self.killed(name, self.scenario.run(name, phase, environment), "before a call to the disk")

    def kill_after(self, name, phase, seconds):
        process = self.scenario.start(name, phase)
        try:
            errors = process.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            errors = process.communicate()[1]
        return self.killed(name, (process.returncode, errors), "at a random moment")

    def killed(self, name, result, what):
        status, errors = result
        self.note_committed(name)
        if status == -signal.SIGKILL:
            self.tally["kills"] += 1
            self.tally[what] += 1
        elif status != 0:
            raise Failure(f"{name}: a run ended with {status} instead of a kill: {errors}")
        return status == -signal.SIGKILL

    def note_committed(self, name):
        committed = self.published(name)
        if not committed.startswith(self.committed.get(name, b"")):
            raise Failure(f"{name}: the changes no longer begin with those committed before")
        self.committed[name] = committed

    def published(self, name):
        """The changes that a killed run says are committed; empty if it says nothing yet."""
        try:
            with open(self.scenario.path(name, "out", CHANGES + ".committed"), "rb") as file:
                length = int(file.read().split()[1])
            with open(self.scenario.path(name, "out", CHANGES), "rb") as file:
                committed = file.read(length)
        except (FileNotFoundError, IndexError):
            return b""
        if len(committed) < length:
            raise Failure(f"{name}: {length} bytes of the changes count as committed, but there are {len(committed)}")
        return committed

    def complete(self, name, from_phase=0):
        """Runs the phases from `from_phase` on to their ends and compares."""
        for phase, wanted in list(zip(self.scenario.phases, self.wanted))[from_phase:]:
            self.scenario.finish(name, phase)
            self.scenario.expect(name, phase, wanted, self.tally)
        self.forget(name)

    def forget(self, name):
        """Removes the files of a name; what the killed runs said is committed must have stayed to the end."""
        committed, end = self.committed.pop(name, b""), self.published(name)
        if not end.startswith(committed) or end != self.scenario.outputs(name)[CHANGES]:
            raise Failure(f"{name}: the committed changes are not the beginning of the final ones")
        shutil.rmtree(self.scenario.path(name))

    def chain(self, number, kills):
        name, at = f"chain{number}", 0
        for kill in kills:
            phase, point, count = kill.split()
            while at < int(phase):
                self.scenario.finish(name, self.scenario.phases[at])
                self.scenario.expect(name, self.scenario.phases[at], self.wanted[at], self.tally)
                at += 1
            self.kill_at(name, self.scenario.phases[at], point, int(count))
        self.complete(name, at)
        print(f"  {', '.join(kills)}: good", flush=True)

    def random_kills(self, rng, kills):
        """`kills` kills, spread over the phases, each of a random kind."""
        name = "random"
        for i, phase in enumerate(self.scenario.phases):
            for _ in range(kills // len(self.scenario.phases) + (i < kills % len(self.scenario.phases))):
                kind = rng.choice(["point", "point", "moment", "call"])
                if kind == "point":
                    self.kill_at(name, phase, rng.choice(POINTS), rng.choice([1, 1, 2, 3, 5, 8, 20]), must=False)
                elif kind == "call" and self.library:
                    self.kill_before_call(name, phase, int(1.03 ** rng.uniform(0, 200)))
                else:
                    self.kill_after(name, phase, rng.random() * self.duration * 0.8)
            self.scenario.finish(name, phase)
            self.scenario.expect(name, phase, self.wanted[i], self.tally)
        self.forget(name)


def scenario_with_two_phases(binary, folder, seed, counts):
    """A scenario for the chains: two phases, the first with an erasure, the second with changed definitions."""
    while True:
        scenario = Scenario(binary, folder, seed, standard_input=False, counts=counts)
        if len(scenario.phases) == 2 and scenario.partitions <= 2:
            return scenario
        seed += 1


def short_form(arguments):
    tally = Tally()
    folder = tempfile.mkdtemp(prefix="leadpulse-kill-")
    try:
        scenario = scenario_with_two_phases(arguments.binary, folder, arguments.seed, arguments.counts)
        print(scenario, flush=True)
        test = KillTest(scenario, tally, arguments.library)
        print(f"  a phase takes {test.duration:.1f} s, {test.wanted[-1][CHANGES].count(10)} changes", flush=True)
        for number, kills in enumerate(CHAINS):
            test.chain(number, kills)
        unreached = [point for point in POINTS if tally[f"at {point}"] == 0]
        if unreached:
            raise Failure(f"no chain reaches {', '.join(unreached)}")
        rng = random.Random(arguments.seed)
        while tally["kills"] < 42:
            test.random_kills(rng, 6)
    except Failure as failure:
        fail(arguments.seed, folder, failure, tally, "")
    shutil.rmtree(folder)
    print(tally)


def long_form(arguments):
    progress = Progress(arguments.resume, arguments.binary, arguments.seed)
    rounds = 0
    while progress.tally["kills"] < arguments.kills and (arguments.rounds is None or rounds < arguments.rounds):
        seed, folder = progress.next_seed, tempfile.mkdtemp(prefix="leadpulse-kill-")
        try:
            rng = random.Random(seed)
            scenario = Scenario(arguments.binary, folder, seed, records=rng.choice([2000, 6000, 12000]),
                                epoch_records=rng.choice([50, 200, 1000]), counts=arguments.counts)
            print(scenario, flush=True)
            KillTest(scenario, progress.tally, arguments.library).random_kills(rng, 9)
        except Failure as failure:
            fail(seed, folder, failure, progress.tally, " --rounds 1")
        shutil.rmtree(folder)
        rounds += 1
        progress.tally["rounds"] += 1
        progress.round_done()
    print(progress.tally)


def main():
    parser = parser_of(__doc__, "kills")
    parser.add_argument("--library", type=os.path.abspath, help="the faulty disk")
    parser.add_argument("--counts", type=os.path.abspath, help="print_day_counts: compare the counts by day, too")
    arguments = parser.parse_args()
    if arguments.kills is None and arguments.rounds is None:
        short_form(arguments)
        return
    arguments.kills = arguments.kills or 10**9
    long_form(arguments)


if __name__ == "__main__":
    main()
