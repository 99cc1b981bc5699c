#!/usr/bin/env python3
"""The speed of Leadpulse in the live mode, beside a raw librdkafka program and two Kafka Streams applications, over one
real broker in one run; `tools/dev bench kafka` calls it. METHOD.md says what each figure means.

Exits with 0 whatever is measured, and with 1 if a measurement could not be made.
"""

import argparse
import json
import os
import pathlib
import signal
import sys

import kafka_measure
import kafka_report
from kafka_programs import build_streams
from kafka_world import Failure, World, say

from broker.java import KafkaError  # found by kafka_world

PROGRAMS = ("leadpulse", "raw", "streams", "same-job")
PARTS = ("throughput", "latency", "addresses", "restart")
# The sizes: in full, and with --quick.
SIZES = {"events": (5_000_000, 500_000), "leads": (200_000, 50_000), "latency_seconds": (30, 10),
         "restart_leads": (1_000_000, 100_000)}


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="tools/dev bench kafka", description=__doc__.split("\n\n", maxsplit=1)[0],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, to try it out")
    for name, (full, quick) in SIZES.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N",
                            help=f"default: {full:,}; with --quick {quick:,}")
    parser.add_argument("--rate", type=float, help="of all programs in the latency part, instead of a third of the"
                                                   " highest of each")
    parser.add_argument("--workers", type=int, default=1, help="threads of each program (default: 1)")
    parser.add_argument("--partitions", type=int, default=4, help="of each topic (default: 4)")
    parser.add_argument("--programs", default=",".join(PROGRAMS),
                        help="only these (default: %(default)s); streams keeps a count and a score of each lead, same-job"
                             " computes what Leadpulse does, and both need Maven and a JDK")
    parser.add_argument("--parts", default=",".join(PARTS), help="only these (default: %(default)s)")
    parser.add_argument("--keep", action="store_true", help="keep the broker's data, the logs and the states")
    parser.add_argument("--build", default="build/release", help=argparse.SUPPRESS)
    parser.add_argument("--output", default="build/bench", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    for name, sizes in SIZES.items():
        if getattr(options, name) is None:
            setattr(options, name, sizes[options.quick])
    options.programs = chosen(parser, "program", options.programs, PROGRAMS)
    options.parts = chosen(parser, "part", options.parts, PARTS)
    if "raw" in options.programs and "leadpulse" not in options.programs:
        parser.error("the raw program writes what Leadpulse wrote in the same run: not without leadpulse")
    if "latency" in options.parts and "throughput" not in options.parts and options.rate is None:
        parser.error("a third of the highest rate is not known without the part throughput; --rate says one")
    return options


def chosen(parser, what, given, known):
    names = given.split(",")
    for name in names:
        if name not in known:
            parser.error(f"there is no {what} {name}; there are {', '.join(known)}")
    return [name for name in known if name in names]


def measure(world, options):
    figures = {"options": {name: value for name, value in vars(options).items() if name not in ("build", "output")},
               "load_before": os.getloadavg()[0]}
    kafka_measure.warm_up(world, options)
    if "throughput" in options.parts:
        figures["throughput"] = kafka_measure.throughput(world, options, options.programs)
    if "latency" in options.parts:
        rates = {name: options.rate or figures["throughput"]["programs"][name]["events_per_second"] / 3
                 for name in options.programs}
        figures["latency"] = {"programs": kafka_measure.latency(world, options, options.programs, rates)}
    if "addresses" in options.parts and "leadpulse" in options.programs:
        figures["addresses"] = kafka_measure.addresses(world, options)
    if "restart" in options.parts and "leadpulse" in options.programs:
        for part in kafka_measure.RESTARTS:
            figures[part] = kafka_measure.restart(world, options, part)
    kafka_report.add_ratios(figures)
    return figures


def main(arguments):
    options = parse_arguments(arguments)
    # However this ends, World's end stops the broker.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    output = pathlib.Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    try:
        if {"streams", "same-job"} & set(options.programs):
            build_streams()
        say("starting a broker")
        with World(options.build, output / "kafka-world", options.partitions, options.keep) as world:
            figures = measure(world, options)
    except (Failure, KafkaError, OSError) as error:
        print(f"bench kafka: {error}", file=sys.stderr)
        return 1
    text = kafka_report.table(figures, options)
    print(text)
    (output / "kafka.txt").write_text(text + "\n", encoding="utf-8")
    (output / "kafka.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"written to {output}/kafka.txt and kafka.json", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
