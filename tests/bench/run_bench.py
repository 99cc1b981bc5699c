"""`leadpulse run`, disk to disk, on a made-up file of events: how many a second, in how much memory.

The yardstick is `gzip -1` on the same file: anyone has it, it reads all of the input and writes a file, on one core.
"""

import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

EVENTS = 2_000_000
LEADS = 200_000
PARTITIONS = 2
SEED = 20260302

SHARES = (("SENT", 330), ("DELIVERED", 320), ("OPEN", 200), ("CLICK", 40), ("PAGE_VISIT", 85), ("REPLY", 8),
          ("CUSTOM", 7), ("BOUNCE", 8), ("UNSUBSCRIBE", 2))
PAGES = ("home", "blog", "docs", "pricing", "features", "customers", "contact", "careers")


def measure(binary, output, leads, events):
    """One run and one `gzip -1`; the figures by name."""
    work = pathlib.Path(output) / "run"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    source = make_input(pathlib.Path(output), leads, events)
    # Both find the file in the page cache.
    yardstick = timed(["gzip", "-1", "-c", str(source)], work / "events.jsonl.gz")
    run = timed([str(binary), "run", "--input", str(source), "--state", str(work / "state"), "--output",
                 str(work / "out"), "--partitions", str(PARTITIONS), "--quiet"], work / "summary.txt")
    with open(work / "out" / "changes.jsonl", "rb") as changes:
        changed = sum(1 for _ in changes)
    if (work / "out" / "dead-letters.jsonl").stat().st_size:
        raise OSError("the run has dead letters, so it is not what was to be measured")
    megabytes = source.stat().st_size / (1 << 20)
    shutil.rmtree(work)
    return {"events_per_second": events / run["seconds"],
            "peak_mib": run["peak_mib"],
            "cpu_seconds_per_million": run["cpu_seconds"] / events * 1e6,
            "ratio": yardstick["seconds"] / run["seconds"],
            "input_mib_per_second": megabytes / run["seconds"],
            "changes_per_event": changed / events}


def timed(command, output):
    """Wall and processor seconds and peak memory of a command that must succeed."""
    with open(output, "wb") as out:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mib": usage.ru_maxrss / 1024}


def make_input(output, leads, events):
    """The file of events; made once for each size."""
    path = output / f"events-{leads}-{events}.jsonl"
    if path.exists():
        return path
    print(f"making {path}", file=sys.stderr, flush=True)
    unfinished = path.with_suffix(".unfinished")
    with open(unfinished, "w", encoding="ascii") as out:
        write_events(random.Random(SEED), leads, events, out)
    unfinished.rename(path)
    return path


def write_events(dice, leads, events, out):
    types = [name for name, share in SHARES for _ in range(share)]
    start = 1_772_409_600  # 2026-03-02
    for number in range(events):
        kind, lead = dice.choice(types), dice.randrange(leads)
        at = start + 30 * 86_400 * number // events
        if dice.random() < 0.05:
            at = max(start, at - dice.randrange(86_400))
        rest = f',"name":"{dice.choice(PAGES)}"' if kind == "PAGE_VISIT" else ',"name":"order"' if kind == "CUSTOM" else \
            f',"campaignId":"campaign-{at // 172_800 % 100:02}","messageId":"m-{at // 172_800}-{lead}"'
        if kind == "BOUNCE":
            rest += ',"bounceKind":"SOFT"' if dice.random() < 0.75 else ',"bounceKind":"HARD"'
        time_text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        out.write(f'{{"event":{{"tenantId":"bench","email":"lead-{lead:06}@example.com","eventId":"event-{number:012}",'
                  f'"type":"{kind}","occurredAt":"{time_text}"{rest}}}}}\n')
