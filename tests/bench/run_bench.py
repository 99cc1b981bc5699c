"""`leadpulse run`, disk to disk, on the events of a simulated history: how many a second, in how much memory.

The yardstick is `gzip -1` on the same file: anyone has it, it reads all of the input and writes a file, on one core.
"""

import itertools
import os
import pathlib
import shutil
import subprocess
import sys
import time

PARTITIONS = 2
WORKERS = 2
MEMORY_MIB = 1536  # the default of `leadpulse run`
SEED = 20260302

EVENTS_A_LEAD_AND_DAY = 0.45  # as `leadpulse simulate` makes, on the low side

# What `leadpulse simulate` makes, by the history's name.
HISTORIES = {"usual": [],
             "other": ["--distribution", "uniform", "--out-of-order", "0.1", "--duplicates", "0.05", "--machine", "0.3"]}


def measure(binary, output, leads, events, history="usual"):
    """Runs `gzip -1` and `leadpulse run` once; returns the figures by name."""
    work = fresh_folder(output)
    source = make_input(binary, pathlib.Path(output), leads, events, history)
    # Both find the file in the page cache, as far as it fits.
    yardstick = timed(["gzip", "-1", "-c", str(source)], work / "events.jsonl.gz")
    run = timed_run(binary, output, source, PARTITIONS, WORKERS)
    return {"events_per_second": events / run["seconds"],
            "gzip_events_per_second": events / yardstick["seconds"],
            "peak_mib": run["peak_mib"],
            "bound_mib": MEMORY_MIB,
            "cpu_seconds_per_million": run["cpu_seconds"] / events * 1e6,
            "gzip_cpu_seconds_per_million": yardstick["cpu_seconds"] / events * 1e6,
            "input_mib_per_second": source.stat().st_size / (1 << 20) / run["seconds"],
            "changes_per_event": run["changes"] / events}


def timed_run(binary, output, source, partitions, workers, pinned=False):
    """One run into a fresh state: its cost, and how many changes it wrote. `pinned`: limits it to one processor a
    worker, if there are enough."""
    work = fresh_folder(output)
    run = timed([str(binary), "run", "--input", str(source), "--state", str(work / "state"), "--output", str(work / "out"),
                 "--partitions", str(partitions), "--workers", str(workers), "--memory-mib", str(MEMORY_MIB), "--quiet"],
                work / "summary.txt", sorted(os.sched_getaffinity(0))[:workers] if pinned else None)
    with open(work / "out" / "changes.jsonl", "rb") as changes:
        run["changes"] = sum(1 for _ in changes)
    if (work / "out" / "dead-letters.jsonl").stat().st_size:
        raise OSError("the run has dead letters, so it is not what was to be measured")
    shutil.rmtree(work)
    return run


def fresh_folder(output):
    work = pathlib.Path(output) / "run"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    return work


def timed(command, output, processors=None):
    """Wall and processor seconds and peak memory of a command that must succeed. `processors`: the only ones it may use."""
    with open(output, "wb") as out:
        began = time.monotonic()
        # Set before the start: threads inherit it.
        pin = (lambda: os.sched_setaffinity(0, processors)) if processors else None
        process = subprocess.Popen(command, stdout=out, preexec_fn=pin)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mib": usage.ru_maxrss / 1024}


def make_input(binary, output, leads, events, history="usual"):
    """The file of events, made once for each size, without the commands of the history: the figure is events a
    second."""
    path = output / f"events-{leads}-{events}{'' if history == 'usual' else '-' + history}.jsonl"
    if path.exists():
        return path
    print(f"making {path}", file=sys.stderr, flush=True)
    unfinished = path.with_suffix(".unfinished")
    days = events // (leads * EVENTS_A_LEAD_AND_DAY) + 2
    command = [str(binary), "simulate", "--leads", str(leads), "--days", str(int(days)), "--seed", str(SEED), "--quiet",
               *HISTORIES[history]]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as made, open(unfinished, "wb") as out:
        wanted = (line for line in made.stdout if line.startswith(b'{"event"'))
        written = 0
        for line in itertools.islice(wanted, events):
            out.write(line)
            written += 1
        made.kill()  # the rest would be cut off
    if written < events:
        raise OSError(f"{' '.join(command)} gave {written} events instead of {events}")
    unfinished.rename(path)
    return path
