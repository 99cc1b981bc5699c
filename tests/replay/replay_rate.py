#!/usr/bin/env python3
"""`replay --rate` on a real clock, which CI cannot test reliably: how many records a second are written to the file. At
no moment may there be more than the rate allows since the start, and over the run it must be within 5 %.

    tests/replay/replay_rate.py BINARY                  30 seconds at each rate
    tests/replay/replay_rate.py BINARY --seconds 5
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

RATES = [20, 500, 2_000, 20_000, 100_000]
LINE = ('{"event":{"tenantId":"acme","leadId":"l%d","eventId":"e%d","type":"OPEN",'
        '"occurredAt":"2026-01-01T00:00:00Z"}}\n')
WITHIN = 0.05


def arrivals(binary, folder, rate):
    """The number of records and the time since the start, many times; the last after the program had ended."""
    started, there, seen = time.monotonic(), 0, []
    process = subprocess.Popen([binary, "replay", "history.jsonl", "--to", "sent.jsonl", "--rate", str(rate), "--quiet"],
                               cwd=folder)
    path = os.path.join(folder, "sent.jsonl")
    while not os.path.exists(path) and process.poll() is None:
        time.sleep(0.001)
    with open(path, "rb") as sent:
        while True:
            ended = process.poll() is not None
            there += sent.read().count(b"\n")
            seen.append((time.monotonic() - started, there))
            if ended:
                break
            time.sleep(0.01)
    os.remove(path)
    if process.returncode != 0:
        sys.exit(f"replay ended with {process.returncode}")
    return seen


def measure(binary, folder, rate, seconds):
    count = int(rate * seconds)
    with open(os.path.join(folder, "history.jsonl"), "w", encoding="ascii") as history:
        history.writelines(LINE % (number, number) for number in range(count))
    seen = arrivals(binary, folder, rate)
    took, sent = seen[-1]
    if sent != count:
        sys.exit(f"{sent} of {count} records are there")
    early = max(there - rate * at for at, there in seen)
    print(f"asked for {rate:,} a second: {sent:,} records in {took:.2f} s, {sent / took:,.0f} a second "
          f"({100 * (sent / took / rate - 1):+.1f} %)", flush=True)
    return early <= 0 and abs(sent / took / rate - 1) <= WITHIN


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--seconds", type=float, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leadpulse-rate-") as folder:
        held = [measure(arguments.binary, folder, rate, arguments.seconds) for rate in RATES]
    if not all(held):
        sys.exit("more than were asked for at some moment, or over 5 % off over the run")


if __name__ == "__main__":
    main()
