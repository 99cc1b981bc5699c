#!/usr/bin/env python3
"""Makes calls to the disk fail, one in each run: the run must end with a message, and the next must continue.

    tests/crash/disk_fault_test.py BINARY LIBRARY                     48 faults
    tests/crash/disk_fault_test.py BINARY LIBRARY --full-disk         a disk that is really full
    tests/crash/disk_fault_test.py BINARY LIBRARY --faults 2000 [--resume FILE]
                                                                      random rounds; FILE stores the progress
    tests/crash/disk_fault_test.py BINARY LIBRARY --sweep             every call of one small scenario, each error
    tests/crash/disk_fault_test.py BINARY LIBRARY --seed N --rounds 1 one round again

Expected: status 1 and a message that names a file and says what to do, or, if the call did not matter, status 0 and the
right lines. Never a crash. The next run without a fault ends with the same lines. In one round of three the power is
cut as well, after the failed run.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import faulty_disk
from long_form import Progress, fail, parser_of
from scenario import CRASH, Failure, Scenario, Tally, compare

# The calls that each error can hit.
ERRORS = {"EIO": "open create write sync truncate allocate rename unlink link mkdir".split(),
          "EIO of reads": ["read"],
          "ENOSPC": "create write sync allocate rename link mkdir".split(),
          "ENOSPC from then on": "create write allocate mkdir".split(),
          "SHORT": ["write"], "SHORT of reads": ["read"],
          "EINTR": ["write"], "EINTR of reads": ["read"]}
WHERE = re.compile(r"disk/(out|state)|/disk\b")
WHAT_TO_DO = re.compile(r"run again|[Ss]tart again|[Rr]estore|[Gg]ive another|[Tt]ake another|make room|remove it")
SKIPPED = 77  # for ctest


def setting(error, call):
    return f"{error.split()[0]}@{call}" + ("+" if error.endswith("on") else "")


class DiskFaultTest:
    def __init__(self, scenario, tally, library):
        self.scenario, self.tally, self.library = scenario, tally, library
        self.disk, self.base = scenario.path("disk"), scenario.path("base")
        self.journal = scenario.path("disk.journal")
        self.wanted = scenario.reference()
        self.starts = []  # the disk before each phase
        self.calls = []  # in each phase and for each kind of error, the calls that it may hit
        os.mkdir(self.disk)
        for number, phase in enumerate(scenario.phases):
            start = scenario.path(f"start{number}")
            shutil.copytree(self.disk, start)
            self.starts.append(start)
            self.calls.append(self.count(start, phase))
            self.put_back(start)
            scenario.finish("disk", phase)

    def put_back(self, start):
        shutil.rmtree(self.disk)
        shutil.copytree(start, self.disk)
        if os.path.exists(self.journal):
            os.unlink(self.journal)

    def count(self, start, phase):
        self.put_back(start)
        every = ",".join({kind for kinds in ERRORS.values() for kind in kinds})
        environment = faulty_disk.environment(self.library, self.disk, journal=self.journal, calls=every)
        status, errors = self.scenario.run("disk", phase, environment)
        if status != 0:
            raise Failure(f"a run without a fault ended with {status}: {errors}")
        made = [kind for kind, _ in faulty_disk.calls_of(self.journal)]
        return {error: sum(kind in kinds for kind in made) for error, kinds in ERRORS.items()}

    def fault(self, number, error, call, power_cut=None):
        """Makes the `call`-th of the calls that `error` may hit fail, in phase `number`."""
        phase, wanted, where = self.scenario.phases[number], self.wanted[number], f"phase {number}, {error}, call {call}"
        self.put_back(self.starts[number])
        environment = faulty_disk.environment(self.library, self.disk, journal=self.journal,
                                              fault=setting(error, call), calls=",".join(ERRORS[error]))
        status, said = self.scenario.run("disk", phase, environment)
        calls = faulty_disk.calls_of(self.journal)
        hit = " ".join(calls[call - 1]) if call <= len(calls) else "nothing"
        self.judge(f"{where} ({hit})", status, said, wanted)
        self.tally["faults"] += 1
        self.tally[error] += 1
        self.tally["runs that noticed"] += status == 1
        if power_cut is not None:
            faulty_disk.PowerCut(self.starts[number], self.journal).leave(
                self.disk, power_cut.choice(faulty_disk.WAYS), power_cut)
            self.tally["power cuts after a fault"] += 1
        try:
            self.scenario.finish("disk", phase)
            self.scenario.expect("disk", phase, wanted, self.tally)
        except Failure as failure:
            raise Failure(f"after {where} ({hit}), which ended with {status} {said}: {failure}") from failure

    def judge(self, where, status, said, wanted):
        if CRASH.search(said) or status not in (0, 1):
            raise Failure(f"{where}: the run ended with {status}: {said}")
        if status == 1 and not (WHERE.search(said) and WHAT_TO_DO.search(said)):
            raise Failure(f"{where}: the message does not name the file or the remedy: {said}")
        if status == 0:
            got = self.scenario.outputs("disk")
            problems = [problem for name in wanted for problem in compare(name, wanted[name], got[name], self.tally)]
            if problems:
                raise Failure(f"{where}: the run ended with 0, but {'; '.join(problems)}")

    def random_faults(self, rng, count):
        for _ in range(count):
            number = rng.randrange(len(self.scenario.phases))
            error = rng.choice([error for error, calls in self.calls[number].items() if calls > 0])
            cut = rng if rng.random() < 0.33 else None
            # Threads make the last calls differ a little from run to run. More of the first ones, which create a state.
            last = self.calls[number][error]
            call = rng.randint(1, last) if rng.random() < 0.7 else rng.randint(1, min(last, 60))
            self.fault(number, error, call, cut)

    def sweep(self):
        for number, calls in enumerate(self.calls):
            for error, last in calls.items():
                print(f"  phase {number}, {error}: {last} calls", flush=True)
                for call in range(1, last + 1):
                    self.fault(number, error, call)


def run_round(arguments, seed, tally, count):
    folder = tempfile.mkdtemp(prefix="leadpulse-fault-")
    scenario = Scenario(arguments.binary, folder, seed, records=2500, epoch_records=400)
    print(scenario, flush=True)
    try:
        test = DiskFaultTest(scenario, tally, arguments.library)
        print(f"  calls: {'; '.join(', '.join(f'{error} {n}' for error, n in calls.items()) for calls in test.calls)}",
              flush=True)
        test.sweep() if arguments.sweep else test.random_faults(random.Random(seed), count)
    except Failure as failure:
        fail(seed, folder, failure, tally, " --rounds 1")
    shutil.rmtree(folder)


def full_disk(arguments):
    """State and outputs on a disk of a few megabytes, then on a larger one. Needs the right to mount."""
    folder = tempfile.mkdtemp(prefix="leadpulse-full-")
    scenario = Scenario(arguments.binary, folder, arguments.seed, records=6000)
    wanted, tally, disk = scenario.reference()[-1], Tally(), scenario.path("disk")
    os.mkdir(disk)
    # The last phase alone includes the work of the others, except for definitions that came and went.
    scenario.phases = scenario.phases[-1:]
    wanted = scenario.reference()[-1]
    for kilobytes in (64, 300, 600, 1000, 1800):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", disk], check=True)
        try:
            status, said = scenario.run("disk", scenario.phases[0])
            if status != 1 or CRASH.search(said) or not (WHERE.search(said) and WHAT_TO_DO.search(said)):
                raise Failure(f"on a disk of {kilobytes} kB the run ended with {status}: {said}")
            subprocess.run(["mount", "-o", "remount,size=1g", disk], check=True)
            scenario.finish("disk", scenario.phases[0])
            scenario.expect("disk", scenario.phases[0], wanted, tally)
            tally["full disks"] += 1
        finally:
            subprocess.run(["umount", disk], check=True)
    shutil.rmtree(folder)
    print(f"  {tally}")


def full_disk_where_allowed(arguments):
    own_mounts = ["unshare", "--mount", "--map-root-user"]
    try:
        may = subprocess.run(own_mounts + ["mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True,
                             check=False)
    except FileNotFoundError as error:
        may = subprocess.CompletedProcess([], 1, stderr=str(error))
    if may.returncode != 0:
        print(f"  SKIPPED: no file system can be mounted here ({may.stderr.strip()})")
        sys.exit(SKIPPED)
    command = [sys.executable, __file__, arguments.binary, arguments.library, "--full-disk", "--mounts", "--seed",
               str(arguments.seed)]
    if subprocess.run(own_mounts + command, check=False).returncode != 0:
        sys.exit(1)


def main():
    parser = parser_of(__doc__, "faults")
    parser.add_argument("library", type=os.path.abspath)
    parser.add_argument("--sweep", action="store_true", help="one round that hits every call")
    parser.add_argument("--full-disk", action="store_true", help=f"the really full disk; status {SKIPPED} where "
                        "no file system can be mounted")
    parser.add_argument("--mounts", action="store_true", help=argparse.SUPPRESS)  # the process may mount
    arguments = parser.parse_args()
    if arguments.full_disk:
        full_disk(arguments) if arguments.mounts else full_disk_where_allowed(arguments)
        return
    long = arguments.faults is not None or arguments.rounds is not None or arguments.sweep
    progress = Progress(arguments.resume, arguments.binary, arguments.seed)
    faults, rounds = arguments.faults or (10**9 if long else 48), 0
    while progress.tally["faults"] < faults and rounds < (1 if arguments.sweep else arguments.rounds or 10**9):
        run_round(arguments, progress.next_seed, progress.tally, 40 if long else 24)
        rounds += 1
        progress.tally["rounds"] += 1
        progress.round_done()
    print(progress.tally)


if __name__ == "__main__":
    main()
