"""The cost of the index of leads for the run that has it.

Applies bursts of clicks without an index, and then with an index that a client queries every second.
"""

import pathlib
import re
import subprocess
import sys
import time

# Bursts of equal size, smaller than the lag that the index may have. Several, because some meet a compaction.
PLAIN, INDEXED = (tuple(f"{kind}-{number}" for number in range(5)) for kind in ("plain", "indexed"))
BURSTS = PLAIN + INDEXED
# Queries until it is stopped, in a process of its own: a measured client should not wait for it.
QUERIER = """
import http.client, sys, time
port, token = int(sys.argv[1]), sys.argv[2]
while True:
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=600)
    connection.request('GET', '/api/v1/pipeline?limit=1', headers={'Authorization': 'Bearer ' + token})
    connection.getresponse().read()
    connection.close()
    time.sleep(1)
"""


def measure(run, client, token, work, clicks):
    """`work`/NAME.jsonl has the `clicks` of a burst, and at its end a record that creates the lead NAME."""
    figures = {"plain_events_per_second": clicks * len(PLAIN) / seconds_of(PLAIN, run, client, work)}
    before = resident_mib(run)
    client.wait_for_index()
    figures["index_mib"] = resident_mib(run) - before
    querier = subprocess.Popen([sys.executable, "-c", QUERIER, str(client.connection.port), token])
    try:
        figures["indexed_events_per_second"] = clicks * len(INDEXED) / seconds_of(INDEXED, run, client, work)
        if querier.poll() is not None:
            raise OSError("the client that queries has ended")
    finally:
        querier.kill()
        querier.wait()
    return figures


def seconds_of(bursts, run, client, work):
    seconds = 0
    for burst in bursts:
        clicks = (work / f"{burst}.jsonl").read_bytes()
        with open(work / "now.jsonl", "ab", 0) as now:
            begun = time.monotonic()
            now.write(clicks)
        client.wait_for(burst, run, seconds_between=0.05)
        seconds += time.monotonic() - begun
    return seconds


def resident_mib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.M)[1]) / 1024
