#!/usr/bin/env python3
"""Puts the records of several JSONL files into one, in the order of time.

    tools/demo/in_order.py --output records.jsonl leads.jsonl events.jsonl …

A run's clock is the latest time that it has read. If files were read one after the other, the first would take the clock
to its end, and all records of the second would be late. In order, the clock goes through the history, and changes by time
alone come at their instants. Records of one instant stay in the order given.
"""

import argparse
import json


def time_of(line):
    (record,) = json.loads(line).values()
    # With or without milliseconds: sorted as texts, they would not be in the order of time.
    return (record.get("occurredAt") or record["issuedAt"]).removesuffix("Z").ljust(len("2026-01-01T00:00:00.000"), ".")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", required=True, help="the JSONL file to write")
    parser.add_argument("inputs", nargs="+", help="JSONL files of records")
    arguments = parser.parse_args()

    lines = []
    for name in arguments.inputs:
        with open(name, encoding="utf-8") as file:
            lines += file
    lines.sort(key=time_of)
    with open(arguments.output, "w", encoding="utf-8", newline="\n") as out:
        out.writelines(lines)
    print(f"{len(lines):,} records")


if __name__ == "__main__":
    main()
