#!/usr/bin/env python3
"""Runs the benchmarks and writes one table of their results; `tools/dev bench` calls it.

    tests/bench/bench.py --build build/release --output build/bench [NAME...] [--quick | --full | --small]

METHOD.md says what each figure means. Every figure is the median of the repetitions; ratios are taken within one
repetition, against a yardstick measured beside it. If a benchmark fails, the others are still measured and the exit
code is 1; otherwise it is 0, whatever is measured.
"""

import argparse
import json
import pathlib
import subprocess
import sys

import bench_measure
import bench_table
import instructions

# In the order of the table. The quick ones are repeated.
REPETITIONS = {"engine": 3, "segments": 3, "journal": 1, "time": 3, "definitions": 1, "uncached": 1, "decode": 3, "run": 1,
               "scale": 1, "addresses": 1, "restart": 1, "serve": 1, "instructions": 1, "kafka": 1}
# Needs a broker, Java and Maven, and takes ten minutes.
NOT_QUICK = ("kafka",)


def main():
    arguments = parse_arguments()
    if arguments.record:
        return instructions.record(f"{arguments.build}/bench/instructions_bench")
    output = pathlib.Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    figures, failed = {}, []
    for name in arguments.benchmarks:
        print(f"==> {name}", file=sys.stderr, flush=True)
        try:
            figures[name] = bench_table.summarize(name, repeat(name, arguments))
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"bench: {name}: {error}", file=sys.stderr)
            failed.append((name, "it failed, see above"))
        text = bench_table.table(figures, [*arguments.absent, *failed], note_of(arguments))
        (output / "figures.txt").write_text(text + "\n", encoding="utf-8")
        (output / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(text)
    print(f"written to {output}/figures.txt and figures.json", file=sys.stderr)
    return 1 if failed else 0


def note_of(arguments):
    if arguments.size == "usual" and not arguments.leads and not arguments.events:
        return ""
    return "These are not the sizes that the aims are of: a verdict shows the direction, no more."


def repeat(name, arguments):
    times = arguments.repetitions or (1 if arguments.size == "quick" else REPETITIONS[name])
    return [bench_measure.measure(name, arguments.size, arguments.build, arguments.output, arguments.leads, arguments.events)
            for _ in range(times)]


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tools/dev bench", description="Measures how fast Leadpulse is.",
                                     epilog="`tools/dev bench kafka` alone has arguments of its own: live, beside other"
                                            " programs.")
    parser.add_argument("benchmarks", nargs="*", metavar="NAME", help=f"which of them (default: all): {', '.join(REPETITIONS)}")
    parser.add_argument("--leads", type=int, help="number of leads instead of the benchmark's own")
    parser.add_argument("--events", type=int, help="number of events measured")
    parser.add_argument("--repetitions", type=int, help="shows the median of this number (default: 1 to 3; quick: 1)")
    sizes = parser.add_mutually_exclusive_group()
    for size, words in (("quick", "all but kafka, smaller: under five minutes"), ("full", "10,000,000 leads where it is 2,000,000"),
                        ("small", "tiny sizes: to see that all of it runs")):
        sizes.add_argument(f"--{size}", dest="size", action="store_const", const=size, default="usual", help=words)
    parser.add_argument("--record", action="store_true", help="with `instructions`: keep what is counted now as what the"
                                                              " test holds later counts against")
    parser.add_argument("--build", default="build/release", help=argparse.SUPPRESS)
    parser.add_argument("--output", default="build/bench", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    unknown = set(arguments.benchmarks) - set(REPETITIONS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(REPETITIONS)}")
    if arguments.record and arguments.benchmarks != ["instructions"]:
        parser.error("--record is for `instructions`")
    choose(arguments)
    return arguments


def choose(arguments):
    """Sets `benchmarks` to what will be measured, and `absent` to what a whole table lacks."""
    arguments.absent = []
    if arguments.benchmarks:
        return
    if arguments.size in ("quick", "small"):
        arguments.absent += [(name, f"`tools/dev bench {name} --quick` takes three minutes more") for name in NOT_QUICK]
    absent = [name for name, _ in arguments.absent]
    arguments.benchmarks = [name for name in REPETITIONS if name not in absent]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"bench: {error}")
