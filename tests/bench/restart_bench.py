"""`leadpulse run` on files, killed with -9 in the middle of its work over a large state: how long after a start until the
first record of that run is applied, seen by the first change that it writes. Killed when its log is long: a start reads again
what the log has and the tables have not."""

import contextlib
import pathlib
import shutil
import subprocess
import time

# What each lead has done before the kill, by the shape's name.
HISTORIES = {"usual": ("SENT", "OPEN"),
             "other": ("SENT", "DELIVERED", "OPEN", "CLICK", "PAGE_VISIT", "SENT", "DELIVERED", "OPEN", "OPEN", "REPLY")}
DEADLINE_SECONDS = 300
PARTITIONS = 2
# A kill waits for so much log: three quarters of what `leadpulse run` gathers in memory by default before it writes tables.
LOG_BYTES = 45 << 20
LOG_BYTES_A_LEAD = 300  # of fewer leads, so much: about a row each
STEP = 1_000_003  # a prime: clicks visit the leads in another order than the fill


def measure(binary, output, leads, events, shape="usual"):
    work = pathlib.Path(output) / "restart"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    fill, clicks = work / "fill.jsonl", work / "clicks.jsonl"
    history = HISTORIES[shape]
    write_events(fill, len(history) * leads, lambda i: (i % leads, history[i // leads], 0))
    # Where there are several clicks a lead they come one after the other: whenever it is killed, some leads have not changed.
    clicks_a_lead = max(1, events // leads)
    write_events(clicks, events, lambda i: (i // clicks_a_lead * STEP % leads, "CLICK", 86_400))
    began = time.monotonic()
    subprocess.run(command(binary, work, fill), check=True, stdout=subprocess.DEVNULL)
    filled = time.monotonic() - began

    changes = work / "out" / "changes.jsonl"
    size = changes.stat().st_size
    with subprocess.Popen(command(binary, work, fill, clicks), stdout=subprocess.DEVNULL) as process:
        wait_for_growth(process, changes, size)
        wait_for_log(process, work / "state", min(LOG_BYTES, LOG_BYTES_A_LEAD * leads))
        process.kill()
    log = log_bytes(work / "state")
    with subprocess.Popen(command(binary, work, fill, clicks), stdout=subprocess.DEVNULL) as process:
        seconds = wait_for_growth(process, changes, changes.stat().st_size)
        process.kill()
    shutil.rmtree(work)
    return {"first_change_seconds": seconds, "log_mib": log / (1 << 20), "leads": leads,
            "fill_events_per_second": len(history) * leads / filled}


def command(binary, work, *inputs):
    return [str(binary), "run", "--input", *map(str, inputs), "--state", str(work / "state"), "--output", str(work / "out"),
            "--partitions", str(PARTITIONS), "--quiet"]


def wait_for_growth(process, path, size):
    """Seconds until the file is larger than it was, or than what a start cut it back to."""
    def grown():
        nonlocal size
        before, size = size, path.stat().st_size
        return size > before
    return wait_for(process, grown, f"{path} did not grow")


def wait_for_log(process, state, size):
    """Until so many bytes stand in the log alone."""
    wait_for(process, lambda: log_bytes(state) >= size, f"the log in {state} had never {size} bytes")


def wait_for(process, seen, otherwise):
    """Seconds until that is seen."""
    began = time.monotonic()
    while True:
        ended = process.poll() is not None  # asked before: what it did last is seen, too
        if seen():
            break
        if ended or time.monotonic() - began > DEADLINE_SECONDS:
            process.kill()
            raise OSError(f"{otherwise} within {time.monotonic() - began:.0f} s: the run ended too early, or hangs")
        time.sleep(0.002)
    return time.monotonic() - began


def log_bytes(state):
    """Of RocksDB's log: what is in tables is no longer in it."""
    sizes = 0
    for path in state.glob("*.log"):
        with contextlib.suppress(FileNotFoundError):  # just gone
            sizes += path.stat().st_size
    return sizes


def write_events(path, count, event):
    """`event(i)`: number of the lead, type, seconds after the beginning."""
    day = "2026-03-0"
    with open(path, "w", encoding="ascii") as out:
        for batch in batches(count, 10_000):
            lines = []
            for i in batch:
                lead, kind, seconds = event(i)
                minute = i * 1_440 // count
                at = f"{day}{2 + seconds // 86_400}T{minute // 60:02}:{minute % 60:02}:00Z"
                lines.append(f'{{"event":{{"tenantId":"bench","leadId":"lead-{lead:08}@example.com","eventId":"{kind}-{i:09}",'
                             f'"type":"{kind}","occurredAt":"{at}","campaignId":"spring","messageId":"m-{lead}"}}}}\n')
            out.write("".join(lines))


def batches(count, size):
    return (range(first, min(count, first + size)) for first in range(0, count, size))
