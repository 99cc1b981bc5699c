#!/usr/bin/env python3
"""Files with a size limit: the run ends with status 1 and names the file, and continues once the limit is raised.

    tests/crash/file_limit_test.py BINARY [--seed N]

It needs no preloaded library, so the sanitizers see what a failed write leaves behind.
"""

import argparse
import re
import shutil
import tempfile

from long_form import fail
from scenario import CRASH, Failure, Scenario, Tally

SENTENCE = re.compile(r"leadpulse: (output \S+: cannot be written|a write to the state in \S+ failed|the state in \S+ )"
                      r".*File too large")
KIB_AT_FIRST = 16
GROWTH = 1.5


class Limited(Scenario):
    kib = None

    def command(self, name, phase):
        command = super().command(name, phase)
        if self.kib is None:
            return command
        # Coverage counts (tools/dev coverage) would be cut off, also those of other tests: they go elsewhere.
        return ["bash", "-c", f'ulimit -S -f {self.kib}; GCOV_PREFIX="$0" exec "$@"', str(self.folder), *command]


def pass_phase(scenario, phase, tally):
    """Raises the limit at each start, until the run gets to its end."""
    scenario.kib = KIB_AT_FIRST
    while True:
        status, said = scenario.run("limited", phase)
        if status == 0:
            return
        if status != 1 or CRASH.search(said) or not SENTENCE.search(said):
            raise Failure(f"{scenario.kib} KiB a file: the run ended with {status}: {said}")
        tally["runs that met the limit"] += 1
        scenario.kib = int(scenario.kib * GROWTH)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder, tally = tempfile.mkdtemp(prefix="leadpulse-limit-"), Tally()
    scenario = Limited(arguments.binary, folder, arguments.seed)
    print(scenario, flush=True)
    try:
        for phase, wanted in zip(scenario.phases, scenario.reference()):
            pass_phase(scenario, phase, tally)
            scenario.kib = None
            scenario.expect("limited", phase, wanted, tally)
    except Failure as failure:
        fail(arguments.seed, folder, failure, tally, "")
    if not tally["runs that met the limit"]:
        fail(arguments.seed, folder, "no run met the limit", tally, "")
    shutil.rmtree(folder)
    print(tally)


if __name__ == "__main__":
    main()
