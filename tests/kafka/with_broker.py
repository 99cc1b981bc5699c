#!/usr/bin/env python3
"""Runs a test program against its own Kafka broker: tests/kafka/with_broker.py PROGRAM [ARGUMENT...]

The program finds the broker's address in LEADPULSE_KAFKA. The broker has its own data and ports, so it does not touch a
cluster that tools/kafka runs; everything is deleted afterwards.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from broker.cluster import Cluster, free_port  # noqa: E402
from broker.java import KafkaError  # noqa: E402

PROGRAM_SECONDS = 500


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="leadpulse-broker-") as scratch:
        cluster = Cluster(scratch)
        try:
            cluster.make(1, free_port())
            cluster.start()
            environment = os.environ | {"LEADPULSE_KAFKA": cluster.bootstrap_servers()}
            return subprocess.run(arguments[1:], env=environment, check=False, timeout=PROGRAM_SECONDS).returncode
        except subprocess.TimeoutExpired:
            print(f"{arguments[1]} did not end within {PROGRAM_SECONDS} s", file=sys.stderr)
            return 1
        except KafkaError as error:
            print(f"with_broker.py: {error}", file=sys.stderr)
            return 1
        finally:
            cluster.stop(10)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
