#!/usr/bin/env python3
"""Runs the benchmarks and writes one table of what came out; `tools/dev bench` calls it.

    tests/bench/bench.py --build build/release --output build/bench [engine] [run] [uncached] [--small]

README.md says what each figure means. Every figure is the median of the repetitions; ratios are taken within one
repetition, against a yardstick measured beside it. Ends with 0 whatever is measured, with 1 where a benchmark fails.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

import run_bench

BENCHMARKS = ("engine", "run", "uncached")

# What the table shows of each benchmark's figures: name, words, unit, aim.
ROWS = {
    "engine": [
        ("events_per_second", "events a second of one core", "", ("≥", 500_000)),
        ("changes_per_second", "changes a second of one core", "", None),
        ("ratio", "speed against a hash map append", "×", None),
        ("allocations_per_event", "allocations an event", "", None),
        ("commit_share", "share of epochs' ends in the time", "", None),
        ("store_share", "share of the memory store in the time", "", None),
        ("skewed_events_per_second", "events a second, few leads very active", "", None),
    ],
    "run": [
        ("events_per_second", "events a second, disk to disk", "", ("≥", 150_000)),
        ("peak_mib", "peak memory", "MiB", ("<", 2048)),
        ("cpu_seconds_per_million", "processor time a million events", "s", None),
        ("ratio", "speed against `gzip -1` on the same file", "×", None),
        ("processor_ratio", "… in processor time", "×", None),
        ("input_mib_per_second", "input read", "MiB/s", None),
        ("changes_per_event", "changes an event", "", None),
    ],
    "uncached": [
        ("ratio", "speed against a RocksDB get+put loop", "×", ("≥", 0.5)),
        ("processor_ratio", "… in processor time", "×", None),
        ("events_per_second", "events a second", "", None),
        ("plain_per_second", "gets and puts a second of the loop", "", None),
        ("state_to_cache", "size of the state against the caches", "×", ("≥", 20)),
        ("bytes_per_event", "bytes an event given to the store", "B", None),
        ("plain_bytes_per_event", "… given by the loop", "B", None),
        ("disk_bytes_per_event", "bytes an event written to disk", "B", None),
        ("plain_disk_bytes_per_event", "… written for the loop", "B", None),
        ("flips_per_event", "flips an event", "", None),
    ],
}

# Leads and events where all that matters is that it runs.
SMALL = {"engine": (2_000, 20_000), "run": (500, 5_000), "uncached": (2_000, 4_000)}


def main():
    arguments = parse_arguments()
    output = pathlib.Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    figures = {}
    for name in arguments.benchmarks or BENCHMARKS:
        print(f"==> {name}_bench", file=sys.stderr, flush=True)
        leads, events = SMALL[name] if arguments.small else (None, None)
        repetitions = [measure(name, arguments.build, output, arguments.leads or leads, arguments.events or events)
                       for _ in range(arguments.repetitions)]
        figures[name] = summarize(repetitions)
    text = table(figures, arguments)
    print(text)
    (output / "figures.txt").write_text(text + "\n", encoding="utf-8")
    (output / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"written to {output}/figures.txt and figures.json", file=sys.stderr)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tools/dev bench", description="Measures how fast Leadpulse is.",
                                     epilog="`tools/dev bench kafka` is another one, with arguments of its own: live,"
                                            " beside other programs.")
    parser.add_argument("benchmarks", nargs="*", metavar="engine|run|uncached", help="which of them (default: all)")
    parser.add_argument("--leads", type=int, help="so many leads instead of the benchmark's own number")
    parser.add_argument("--events", type=int, help="so many events measured")
    parser.add_argument("--repetitions", type=int, default=3, help="the median of so many is shown (default: 3)")
    parser.add_argument("--small", action="store_true", help="tiny sizes: to see that all of it runs")
    parser.add_argument("--build", default="build/release", help=argparse.SUPPRESS)
    parser.add_argument("--output", default="build/bench", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    unknown = set(arguments.benchmarks) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    return arguments


def measure(name, build, output, leads, events):
    """The figures of one repetition, by name."""
    if name == "run":
        return run_bench.measure(pathlib.Path(build) / "leadpulse", output, leads or run_bench.LEADS,
                                 events or run_bench.EVENTS)
    raw = output / f"{name}.json"
    command = [f"{build}/bench/{name}_bench", f"--benchmark_out={raw}", "--benchmark_out_format=json",
               f"--directory={output}"]
    command += [f"--leads={leads}"] if leads else []
    command += [f"--events={events}"] if events else []
    subprocess.run(command, check=True, stdout=sys.stderr)
    found = {entry["name"].split("/")[0]: entry for entry in json.loads(raw.read_text(encoding="utf-8"))["benchmarks"]}
    counted = {row[0] for row in ROWS[name]}
    figures = {key: value for key, value in found[name].items() if key in counted}
    if name == "engine":
        figures["ratio"] = found["engine"]["events_per_second"] / found["hash_map_append"]["events_per_second"]
        figures["skewed_events_per_second"] = found["engine_skewed"]["events_per_second"]
    return figures


def summarize(repetitions):
    return {key: {"median": statistics.median(values), "low": min(values), "high": max(values)}
            for key in repetitions[0] for values in [[figures[key] for figures in repetitions]]}


def table(figures, arguments):
    lines = [f"{processor_name()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; "
             f"median of {arguments.repetitions} (lowest – highest)", ""]
    for name, found in figures.items():
        lines.append(f"{name}_bench")
        for key, words, unit, aim in ROWS[name]:
            figure = found[key]
            spread = f"({spell(figure['low'])} – {spell(figure['high'])})"
            lines.append(f"  {words:42} {spell(figure['median']):>10} {unit:6} {spread:24} {judge(figure, aim)}".rstrip())
        lines.append("")
    return "\n".join(lines)


def processor_name():
    with open("/proc/cpuinfo", encoding="utf-8") as told:
        return next((line.split(":")[1].strip() for line in told if line.startswith("model name")), platform.machine())


def judge(figure, aim):
    if aim is None:
        return ""
    median = figure["median"]
    reached = {"≥": median >= aim[1], "≤": median <= aim[1], "<": median < aim[1]}[aim[0]]
    return f"aim {aim[0]} {spell(aim[1])}: {'reached' if reached else 'NOT reached'}"


def spell(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


if __name__ == "__main__":
    try:
        main()
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"bench: {error}")
