"""Kills `leadpulse run` on files with -9 in the middle of its work over a large state, and measures the time from a
start to the first record applied, which shows in the first change that it writes. The kill waits until the log is long:
a start replays what the log has and the tables have not."""

import contextlib
import pathlib
import shutil
import subprocess
import time

# What each lead has done before the kill, by name of the history.
HISTORIES = {"usual": ("SENT", "OPEN"),
             "other": ("SENT", "DELIVERED", "OPEN", "CLICK", "PAGE_VISIT", "SENT", "DELIVERED", "OPEN", "OPEN", "REPLY")}
DEADLINE_SECONDS = 300
PARTITIONS = 2
# The kill waits for this length of log: three quarters of what `leadpulse run` buffers by default before it flushes.
LOG_BYTES = 45 << 20
LOG_BYTES_A_LEAD = 300  # per lead if that is less: about a row each
STEP = 1_000_003  # a prime: clicks visit the leads in another order than the fill


def measure(binary, output, leads, events, shape="usual"):
    work = pathlib.Path(output) / "restart"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    fill, clicks = work / "fill.jsonl", work / "clicks.jsonl"
    history = HISTORIES[shape]
    write_events(fill, len(history) * leads, lambda i: (i % leads, history[i // leads], 0))
    # A lead's clicks come one after the other, so some leads have not changed, whenever it is killed.
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
    """Waits until the file is larger than at first, or than a start cut it back to. Returns the seconds."""
    def grown():
        nonlocal size
        before, size = size, path.stat().st_size
        return size > before
    return wait_for(process, grown, f"{path} did not grow")


def wait_for_log(process, state, size):
    """Waits until the log has this size."""
    wait_for(process, lambda: log_bytes(state) >= size, f"the log in {state} never had {size} bytes")


def wait_for(process, seen, otherwise):
    """Waits until `seen` returns true. Returns the seconds."""
    began = time.monotonic()
    while True:
        ended = process.poll() is not None  # asked before `seen`, so that the last thing it did is seen, too
        if seen():
            break
        if ended or time.monotonic() - began > DEADLINE_SECONDS:
            process.kill()
            raise OSError(f"{otherwise} within {time.monotonic() - began:.0f} s: the run ended too early, or hangs")
        time.sleep(0.002)
    return time.monotonic() - began


def log_bytes(state):
    """The size of RocksDB's log, which no longer has what is in tables."""
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
