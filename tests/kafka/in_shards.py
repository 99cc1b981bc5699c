#!/usr/bin/env python3
"""Runs a GoogleTest program several times at once, each time a share of its tests: tests/kafka/in_shards.py N PROGRAM

For programs that mostly wait. Prints the output of a failed share, and exits with 1 then.
"""

import os
import subprocess
import sys
import tempfile


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    shards = int(arguments[1])
    failed = 0
    running = []
    for index in range(shards):
        said = tempfile.TemporaryFile()
        share = {"GTEST_TOTAL_SHARDS": str(shards), "GTEST_SHARD_INDEX": str(index)}
        running.append((subprocess.Popen(arguments[2], env=os.environ | share, stdout=said, stderr=said), said))
    for process, said in running:
        if process.wait() == 0:
            continue
        failed += 1
        said.seek(0)
        sys.stdout.buffer.write(said.read())
    print(f"{shards - failed} of {shards} shares passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
