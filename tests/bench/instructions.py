#!/usr/bin/env python3
"""The regression guard of speed: valgrind counts the instructions of fixed small work of the engine, and the test
compares them with those in instructions.json. Seconds depend on the machine and its load, instructions hardly do.

    tests/bench/instructions.py PROGRAM              fails where a count is more than 5 % above or below the recorded one
    tests/bench/instructions.py PROGRAM --record     records what is counted: `tools/dev bench instructions --record`

PROGRAM is instructions_bench.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

RECORDED = pathlib.Path(__file__).with_name("instructions.json")
WORKS = {"engine": "an event under the built-in definitions", "segments": "an event under 1,000 segments",
         "profile": "a change of an attribute under 1,000 segments",
         "counted": "an event of a lead with 1,000 entries under the built-in definitions",
         "journal": "an event of a lead with 1,000 entries under the template b2b",
         "full": "an event of a lead with 1,000 entries and no room for more",
         "live": "an event of the live mode, without librdkafka and RocksDB"}
TOLERANCE = 0.05
# Another compiler or C library makes other instructions from the same source.
TOLERANCE_ELSEWHERE = 0.25
RECORD = "tools/dev bench instructions --record"


class CannotCount(OSError):
    """valgrind is missing or cannot run here; the message says what to do."""


def count(program):
    """Instructions and allocations an event by work, and the toolchain."""
    return {name: count_one(program, name) for name in WORKS}


def count_one(program, work):
    if shutil.which("valgrind") is None:
        raise CannotCount("valgrind is missing: tools/dev setup valgrind installs it")
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "counted"
        ended = subprocess.run(["valgrind", "--tool=callgrind", "--instr-atstart=no", "--toggle-collect=LeadpulseCountedWork",
                                f"--callgrind-out-file={out}", str(program), work], capture_output=True, text=True, check=False)
        counted = re.search(r"^totals: (\d+)", out.read_text(encoding="utf-8"), re.M) if out.exists() else None
    if ended.returncode != 0 or counted is None or int(counted[1]) == 0:
        raise CannotCount(f"valgrind could not count {program}, so nothing is known of its instructions:\n{ended.stderr}")
    done = json.loads(ended.stdout)
    return {"instructions": round(int(counted[1]) / done["events"], 1),
            "allocations": round(done["allocations"] / done["events"], 3), "toolchain": done["toolchain"]}


def recorded():
    return json.loads(RECORDED.read_text(encoding="utf-8"))


def record(program):
    found = count(program)
    RECORDED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for name, figures in found.items():
        print(f"recorded: {WORKS[name]} takes {figures['instructions']:,} instructions, {figures['allocations']} allocations")
    return 0


def problems(found, known):
    """Returns a sentence for each figure that differs from the recorded one."""
    told = []
    for work, words in WORKS.items():
        here, there = found[work]["toolchain"], known[work]["toolchain"]
        tolerance = TOLERANCE if here == there else TOLERANCE_ELSEWHERE
        for what in ("instructions", "allocations"):
            now, before = found[work][what], known[work][what]
            if abs(now - before) <= tolerance * before:
                continue
            told.append(f"{words} takes {now:,} {what}, {100 * (now - before) / before:+.1f} % against the {before:,} recorded"
                        f" (at most {100 * tolerance:.0f} % may be between them)."
                        + ("" if here == there else f" Recorded with {there}, this is {here}.")
                        + (f" If that is meant, or an improvement, record it: {RECORD}; and say why in the commit."))
    return told


def main():
    program, *rest = sys.argv[1:]
    if rest == ["--record"]:
        return record(program)
    found, known = count(program), recorded()
    for work, figures in found.items():
        print(f"{WORKS[work]}: {figures['instructions']:,} instructions, {figures['allocations']} allocations")
    told = problems(found, known)
    print("\n".join(told), file=sys.stderr, end="\n" if told else "")
    return 1 if told else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (CannotCount, OSError) as error:
        sys.exit(f"instructions: {error}")
