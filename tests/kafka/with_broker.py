#!/usr/bin/env python3
"""Runs a test program against a Kafka broker that nobody else uses meanwhile: tests/kafka/with_broker.py PROGRAM [ARGUMENT...]

The program finds the broker's address in LEADPULSE_KAFKA. It is not the one that tools/kafka runs.
"""

import os
import subprocess
import sys
import tempfile

from shared_broker import KafkaError, leave, use_broker

PROGRAM_SECONDS = 500


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="leadpulse-broker-") as scratch:
        cluster = None
        try:
            cluster = use_broker(scratch)
            environment = os.environ | {"LEADPULSE_KAFKA": cluster.bootstrap_servers()}
            return subprocess.run(arguments[1:], env=environment, check=False, timeout=PROGRAM_SECONDS).returncode
        except subprocess.TimeoutExpired:
            print(f"{arguments[1]} did not end within {PROGRAM_SECONDS} s", file=sys.stderr)
            return 1
        except KafkaError as error:
            print(f"with_broker.py: {error}", file=sys.stderr)
            return 1
        finally:
            if cluster:
                leave(cluster)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
