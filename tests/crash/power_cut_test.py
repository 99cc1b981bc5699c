#!/usr/bin/env python3
"""Cuts the power: kills the program, drops what it had not synced, and starts it again. The lines must be the same.

    tests/crash/power_cut_test.py BINARY LIBRARY                     a round for each way to lose, 2 with a lying disk
    tests/crash/power_cut_test.py BINARY LIBRARY --cuts 300 [--resume FILE]
                                                                     random rounds; FILE stores the progress
    tests/crash/power_cut_test.py BINARY LIBRARY --seed N --rounds 1 one round again

The disk is faulty_disk.h; after each kill faulty_disk.py leaves of the state and the outputs what a disk may have. The
test also shows that it can fail: with the outputs' fsync ignored, it must find missing lines.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import faulty_disk
from kill_test import POINTS
from long_form import Progress, fail, parser_of
from scenario import CHANGES, Failure, Scenario, Tally

JOURNAL = "disk.journal"


class PowerCutTest:
    """One scenario on its own disk: the folder `disk`, which holds only state and outputs."""

    def __init__(self, scenario, tally, library, ignore_sync=None):
        self.scenario, self.tally, self.library, self.ignore_sync = scenario, tally, library, ignore_sync
        self.disk, self.base = scenario.path("disk"), scenario.path("base")
        self.journal = scenario.path(JOURNAL)
        began = time.monotonic()
        self.wanted = scenario.reference()
        self.duration = (time.monotonic() - began) / len(scenario.phases)
        os.mkdir(self.disk)
        self.take_base()

    def take_base(self):
        """From now on everything on the disk counts as durable."""
        shutil.rmtree(self.base, ignore_errors=True)
        shutil.copytree(self.disk, self.base)
        if os.path.exists(self.journal):
            os.unlink(self.journal)

    def environment(self, **settings):
        return faulty_disk.environment(self.library, self.disk, journal=self.journal, ignore_sync=self.ignore_sync,
                                       **settings)

    def cut(self, way, rng):
        power_cut = faulty_disk.PowerCut(self.base, self.journal)
        self.tally["files changed by cuts"] += power_cut.leave(self.disk, way, rng)
        self.tally["cuts"] += 1
        self.tally[f"cuts leaving {way}"] += 1
        self.take_base()

    def kill(self, phase, rng):
        """Runs the program until a kill, or to its end."""
        kind = rng.choice(["point", "point", "moment", "call"])
        if kind == "point":
            environment = self.environment()
            environment["LEADPULSE_CRASH_AT"] = f"{rng.choice(POINTS)}:{rng.choice([1, 1, 2, 3, 5, 8, 20])}"
            status, errors = self.scenario.run("disk", phase, environment)
        elif kind == "call":
            status, errors = self.scenario.run(
                "disk", phase, self.environment(fault=f"KILL@{int(1.03 ** rng.uniform(0, 200))}"))
        else:
            process = self.scenario.start("disk", phase, self.environment())
            try:
                errors = process.communicate(timeout=rng.random() * self.duration * 1.5)[1]
            except subprocess.TimeoutExpired:
                process.kill()
                errors = process.communicate()[1]
            status = process.returncode
        if status not in (0, -signal.SIGKILL):
            raise Failure(f"after a power cut a run ended with {status}: {errors}")
        self.tally["kills"] += status == -signal.SIGKILL

    def check_journal(self, phase):
        """Checks that the journal has everything that an undisturbed run does to the disk."""
        status, errors = self.scenario.run("disk", phase, self.environment())
        if status != 0:
            raise Failure(f"after a power cut a run ended with {status}: {errors}")
        unseen = faulty_disk.PowerCut(self.base, self.journal).differences(self.disk)
        if unseen:
            raise Failure(f"the faulty disk missed calls for {', '.join(unseen)}")

    def round(self, rng, cuts, ways=faulty_disk.WAYS):
        """Some cuts in each phase, some after two kills; one right after its end; then compares the lines."""
        for phase, wanted in zip(self.scenario.phases, self.wanted):
            for _ in range(cuts):
                for _ in range(rng.choice([1, 1, 2])):
                    self.kill(phase, rng)
                self.cut(rng.choice(ways), rng)
            self.check_journal(phase)
            # What a run reported as written must be there.
            self.cut(rng.choice(ways), rng)
            self.scenario.expect("disk", phase, wanted, self.tally)
            self.take_base()


def run_round(arguments, seed, tally, records=4000, **settings):
    """Raises Failure, and then keeps its folder."""
    folder = tempfile.mkdtemp(prefix="leadpulse-power-")
    scenario = Scenario(arguments.binary, folder, seed, records=records)
    print(scenario, flush=True)
    ways, cuts = settings.pop("ways", faulty_disk.WAYS), settings.pop("cuts", 3)
    try:
        PowerCutTest(scenario, tally, arguments.library, **settings).round(random.Random(seed), cuts, ways)
    except Failure as failure:
        failure.folder = folder
        raise
    shutil.rmtree(folder)


def expect_bite(arguments, name):
    """With the syncs of one file ignored, the test must find a loss."""
    for seed in range(arguments.seed, arguments.seed + 5):
        try:
            run_round(arguments, seed, Tally(), records=3000, ignore_sync=name, ways=("synced",))
        except Failure as failure:
            shutil.rmtree(failure.folder)
            print(f"  with the fsync of {name} ignored: {str(failure)[:150]}", flush=True)
            return
    sys.exit(f"with the fsync of {name} ignored nothing is lost: this test cannot fail")


def main():
    parser = parser_of(__doc__, "cuts")
    parser.add_argument("library", type=os.path.abspath)
    arguments = parser.parse_args()
    long = arguments.cuts is not None or arguments.rounds is not None
    progress = Progress(arguments.resume, arguments.binary, arguments.seed)
    cuts, rounds = arguments.cuts or (10**9 if long else 20), 0
    while progress.tally["cuts"] < cuts and rounds < (arguments.rounds or 10**9):
        try:
            run_round(arguments, progress.next_seed, progress.tally)
        except Failure as failure:
            fail(progress.next_seed, failure.folder, failure, progress.tally, " --rounds 1")
        rounds += 1
        progress.tally["rounds"] += 1
        progress.round_done()
    print(progress.tally)
    if progress.tally["cuts"] and not progress.tally["files changed by cuts"]:
        sys.exit("no cut lost anything: this test cannot fail")
    if not long:
        expect_bite(arguments, CHANGES)
        expect_bite(arguments, "out")


if __name__ == "__main__":
    main()
