"""The table of `tools/dev bench`: the names of each benchmark's figures, their yardsticks, and their aims."""

import os
import platform
import statistics
from typing import NamedTuple, Optional, Tuple

import pages_bench

Aim = Optional[Tuple[str, float]]


class Row(NamedTuple):
    figure: str
    words: str
    unit: str = ""
    aim: Aim = None          # the figure's
    against: str = ""        # another figure of the same repetition, the yardstick
    ratio_aim: Aim = None    # for figure : yardstick


SEGMENTS = [row for mix in ("usual", "other") for row in [
    Row(f"{mix}_10", f"{mix} mix: an event under 10 segments", "ns"),
    Row(f"{mix}_100", "… 100, against 10", "ns", None, f"{mix}_10"),
    Row(f"{mix}_1000", "… 1,000, against 10", "ns", None, f"{mix}_10"),
    Row(f"{mix}_10000", "… 10,000, against 10", "ns", None, f"{mix}_10", ("≤", 2)),
    Row(f"{mix}_10000_changes", "changes an event under 10,000, against 10", "", None, f"{mix}_10_changes"),
    Row(f"{mix}_10000_segments", "segments a lead is in, of 10,000"),
    Row(f"{mix}_10_attribute", "a change of a hot attribute under 10", "ns"),
    Row(f"{mix}_10000_attribute", "… 10,000, against 10", "ns", None, f"{mix}_10_attribute")]]

UNCACHED = [row for name, words, aim in (("uniform", "uniform leads", 0.9), ("zipf", "Zipf(0.99) leads", 3)) for row in [
    Row(f"{name}_engine_per_second", f"{words}: events a second, against a RocksDB get+put loop", "", None,
        f"{name}_plain_per_second", ("≥", aim)),
    Row(f"{name}_codec_per_second", "… that loop, each row decoded and encoded, against it", "", None,
        f"{name}_plain_per_second"),
    Row(f"{name}_engine_processor_nanoseconds", "… processor time an event, against that loop", "ns", None,
        f"{name}_plain_processor_nanoseconds"),
    Row(f"{name}_codec_processor_nanoseconds", "… of the loop that decodes and encodes, against that loop", "ns", None,
        f"{name}_plain_processor_nanoseconds"),
    Row(f"{name}_in_memory_share", "… share of events whose lead was in memory"),
    Row(f"{name}_bytes_per_event", "… bytes an event given to the store", "B", None, f"{name}_plain_bytes_per_event"),
    Row(f"{name}_disk_bytes_per_event", "… bytes an event written to disk", "B", None,
        f"{name}_plain_disk_bytes_per_event"),
    Row(f"{name}_write_amplification", "… write amplification", "×", None, f"{name}_plain_write_amplification")]]

SERVE = [row for name, words, aim in (
    ("by_id", "a lead by id", 10), ("by_address", "… by address", 10), ("detail", "… with timeline and explain", 50),
    ("page", "a page of 100 leads with one attribute", 50), ("sorted_page", "… the highest scores first", None),
    ("counts", "counts of all stages", 20), ("board", "… with the first 50 of each", None), ("word", "a name in the search bar", 100),
    ("terms", "three terms in the search bar", 200), ("scan", "a search that visits every lead", None)) for row in [
    Row(f"{name}_p50_ms", f"{words}: p50" + ("" if name == "scan" else ", against a search that visits every lead"), "ms", None,
        "" if name == "scan" else "scan_p50_ms"),
    Row(f"{name}_p99_ms", "… p99", "ms", ("≤", aim) if aim else None)]]
SERVE += [
    Row("beside_scans_p50_ms", "a lead by id while four clients search so: p50, against without", "ms", None, "alone_p50_ms"),
    Row("beside_scans_p99_ms", "… p99, against without", "ms", None, "alone_p99_ms", ("≤", 2))]
SERVE += [
    Row("indexed_events_per_second", "events a second of a run with an index, against without", "", None,
        "plain_events_per_second", ("≥", 0.8)),
    Row("index_mib", "memory of the index", "MiB")]
SERVE += [
    Row("upserts_per_second", "upserts a second, 12 tokens, 48 threads", "", ("≥", 2_000)),
    Row("upsert_cpu_ms", "… processor time of each, front and run", "ms", ("≤", 1)),
    Row("upsert_front_cpu_ms", "… of the front", "ms"), Row("upsert_run_cpu_ms", "… of the run", "ms")]
SERVE += [row for name, words, _ in pages_bench.PAGES for row in (
    Row(f"{name}_p50_ms", f"{words}: p50", "ms"), Row(f"{name}_p99_ms", "… p99", "ms", ("≤", 300)))]

ROWS = {
    "engine": [
        Row("events_per_second", "events a second of one core, against a hash map append", "", ("≥", 1_000_000),
            "yardstick_per_second"),
        Row("nanoseconds", "an event, against a load that depends on the one before", "ns", None, "chase_nanoseconds"),
        Row("allocations_per_event", "allocations an event", "", ("≤", 1)),
        Row("changes_per_second", "changes a second of one core"),
        Row("commit_share", "share of epochs' ends in the time"),
        Row("store_share", "share of the memory store in the time"),
        Row("skewed_events_per_second", "events a second, few leads very active"),
    ],
    "segments": SEGMENTS + [
        Row("tenants_1000", "an event, 1,000 tenants with 50 segments, against one", "ns", None, "tenants_1", ("≤", 1.2)),
    ],
    "journal": [
        Row("entries_10", "one event more for a lead with 10 entries", "ns"),
        Row("entries_100", "… 100, against 10", "ns", None, "entries_10"),
        Row("entries_1000", "… 1,000, against 10", "ns", None, "entries_10", ("≤", 3)),
        Row("entries_1000_full", "… 1,000 and no room for more, against 10", "ns", None, "entries_10"),
        Row("commit_share_1000", "share of epochs' ends, 1,000 entries"),
        Row("other_entries_10", "the same under b2b: points limited and fading; 10 entries", "ns"),
        Row("other_entries_100", "… 100, against 10", "ns", None, "other_entries_10"),
        Row("other_entries_1000", "… 1,000, against 10", "ns", None, "other_entries_10", ("≤", 3)),
        Row("other_entries_1000_full", "… 1,000 and no room for more, against 10", "ns", None, "other_entries_10"),
        Row("other_entries_1000_busy", "… 1,000, a hundred events of a lead in one commit", "ns"),
        Row("other_entries_1000_busy_full", "… and no room for more, against room", "ns", None, "other_entries_1000_busy",
            ("≤", 1.3)),
    ],
    "uncached": UNCACHED + [
        Row("entry_bytes", "bytes of a journal entry beside its ids", "B", ("≤", 40)),
        Row("entry_disk_bytes", "… on disk, compressed, ids included", "B"),
        Row("state_to_cache", "size of the state against the caches", "×", ("≥", 20)),
    ],
    "decode": [
        Row("json_per_second", "JSONL records a second of one core", "", ("≥", 500_000)),
        Row("json_ratio", "… against the parser alone", "×"),
        Row("json_allocations", "… allocations a record"),
        Row("protobuf_per_second", "Protobuf records a second of one core", "", ("≥", 2_000_000)),
        Row("protobuf_ratio", "… against the parser alone", "×"),
        Row("protobuf_allocations", "… allocations a record"),
    ],
    "run": [
        Row("events_per_second", "events a second, disk to disk, against `gzip -1`", "", ("≥", 400_000),
            "gzip_events_per_second"),
        Row("peak_mib", "peak memory, against --memory-mib", "MiB", None, "bound_mib", ("≤", 1.2)),
        Row("cpu_seconds_per_million", "processor time a million events, against `gzip -1`", "s", None,
            "gzip_cpu_seconds_per_million"),
        Row("input_mib_per_second", "input read", "MiB/s"),
        Row("changes_per_event", "changes an event"),
        Row("other_events_per_second", "events a second, another history, against `gzip -1`", "", None,
            "other_gzip_events_per_second"),
        Row("other_cpu_seconds_per_million", "… processor time a million events, against `gzip -1`", "s", None,
            "other_gzip_cpu_seconds_per_million"),
        Row("other_changes_per_event", "… changes an event"),
    ],
    "scale": [
        Row("workers_1", "events a second, one worker"),
        Row("workers_2", "… 2 workers, against one", "", None, "workers_1"),
        Row("workers_4", "… 4 workers, against one", "", None, "workers_1"),
        Row("workers_8", "… 8 workers, against one", "", None, "workers_1"),
        Row("cpu_seconds_8", "processor time a million events, 8 workers, against one", "s", None, "cpu_seconds_1"),
    ],
    "addresses": [
        Row("import_seconds", "contacts with an address each, `import` and `run`, against `by_email: false`", "s", None,
            "import_apart_seconds", ("≤", 1.5)),
        Row("import_cpu_seconds", "… processor time", "s", None, "import_apart_cpu_seconds"),
        Row("import_run_seconds", "… `run` alone", "s", None, "import_apart_run_seconds", ("≤", 1.5)),
        Row("import_run_cpu_seconds", "… `run` alone, processor time", "s", None, "import_apart_run_cpu_seconds"),
        Row("passed_on_microseconds", "a click passed on to one contact, against one of its own", "µs", None,
            "own_microseconds", ("≤", 2.2)),
        Row("passed_on_cpu_microseconds", "… processor time", "µs", None, "own_cpu_microseconds"),
        Row("opt_out_cpu_microseconds", "processor time of an opt-out that 40 leads are told, 100 topics, against 2 leads", "µs",
            None, "opt_out_of_few_cpu_microseconds"),
    ],
    "time": [
        Row("flips_per_second", "flips fired a second", "", ("≥", 500_000)),
        Row("live_flips_per_second", "… while 20,000 events a second come"),
        Row("p99_millis", "p99 of these events meanwhile, against without flips", "ms", None, "p99_without_millis",
            ("≤", 2)),
        Row("p50_millis", "p50 meanwhile", "ms"),
        Row("other_flips_per_second", "flips fired a second, of points that expire", "", None, "flips_per_second"),
        Row("other_p99_ratio", "… p99 meanwhile, times that without flips"),
    ],
    "definitions": [
        Row("leads_per_second", "leads evaluated again a second of one core", "", ("≥", 500_000)),
        *(Row(f"{part}_nanoseconds", f"… of a lead's time: {words}, against all of it", "ns", None, "nanoseconds")
          for part, words in (("visit", "its row visited"), ("decode", "decoded alone"), ("evaluate", "evaluated alone"),
                              ("commit", "its row put"))),
        Row("other_leads_per_second", "… under the other mix of segments", "", None, "leads_per_second"),
        Row("disk_leads_per_second", "… in RocksDB, by the clock on the wall", "", ("≥", 500_000)),
        *(Row(f"disk_{part}_nanoseconds", f"… of a lead's processor time: {words}, against all of it", "ns", None,
              "disk_processor_nanoseconds")
          for part, words in (("visit", "its row visited"), ("commit", "its row put"))),
        Row("p99_millis", "p99 of 20,000 events a second meanwhile, against without", "ms", None, "p99_without_millis",
            ("≤", 2)),
        Row("p50_millis", "p50 meanwhile", "ms"),
    ],
    "restart": [
        Row("first_change_seconds", "after kill -9: from start to the first record applied", "s", ("≤", 5)),
        Row("log_mib", "… log of the killed run, read again at the start", "MiB"),
        Row("leads", "leads in the state"),
        Row("fill_events_per_second", "events a second while it was filled"),
        Row("other_first_change_seconds", "the same, fewer leads with ten entries each", "s", ("≤", 5)),
        Row("other_log_mib", "… log of the killed run", "MiB"),
    ],
    "serve": SERVE,
    "instructions": [
        Row("engine", "instructions an event, against the recorded", "", None, "engine_recorded", ("≤", 1.05)),
        Row("engine_allocations", "allocations an event, glibc's malloc"),
        Row("segments", "… under 1,000 segments", "", None, "segments_recorded", ("≤", 1.05)),
        Row("profile", "… a change of an attribute under 1,000 segments", "", None, "profile_recorded", ("≤", 1.05)),
        Row("counted", "… with 1,000 entries, built-in definitions", "", None, "counted_recorded", ("≤", 1.05)),
        Row("journal", "… with 1,000 entries, template b2b", "", None, "journal_recorded", ("≤", 1.05)),
        Row("full", "… and no room for more", "", None, "full_recorded", ("≤", 1.05)),
        Row("full_ratio", "no room for more : room, template b2b", "", ("≤", 1.3)),
        Row("live", "… of the live mode, without librdkafka and RocksDB", "", None, "live_recorded", ("≤", 1.05)),
    ],
    "kafka": [
        Row("events_per_second", "events a second, exactly once, against the raw program", "", None,
            "raw_events_per_second", ("≥", 0.7)),
        Row("events_per_cpu_second", "… of processor time, against Kafka Streams with a count and a score", "", None,
            "streams_events_per_cpu_second", ("≥", 10)),
        Row("events_per_cpu_second", "… against a Kafka Streams application of the same job", "", None,
            "same_job_events_per_cpu_second"),
        Row("p99_ms", "p99 at a third of the highest rate, 100 ms commits", "ms", ("≤", 150)),
        Row("first_change_seconds", "after kill -9: from start to the first new change", "s", ("≤", 5)),
        Row("restore_megabytes_per_second", "restore of a lost state, against a plain consumer", "MB/s", None,
            "plain_megabytes_per_second", ("≥", 0.7)),
        Row("other_first_change_seconds", "after kill -9, fewer leads that did more", "s", ("≤", 5)),
        Row("other_restore_megabytes_per_second", "… restore, against a plain consumer", "MB/s", None,
            "other_plain_megabytes_per_second", ("≥", 0.7)),
    ],
}


def summarize(name, repetitions):
    """Median, lowest and highest of each figure, and of each ratio within one repetition."""
    for figures in repetitions:
        figures.update({ratio_of(row): figures[row.figure] / figures[row.against] for row in ROWS[name] if row.against})
    return {key: {"median": statistics.median(values), "low": min(values), "high": max(values)}
            for key in repetitions[0] for values in [[figures[key] for figures in repetitions]]}


def ratio_of(row):
    return f"{row.figure}:{row.against}"


def table(figures, absent=(), note=""):
    """`absent`: benchmarks not measured, with the reason. `note`: applies to all of them."""
    lines = [f"{processor_name()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; medians (lowest – highest)",
             *([note] if note else []), "",
             f"  {'':60} {'measured':>16}  {'':25} {'yardstick':>10} {'ratio':>7}  aim"]
    for name, found in figures.items():
        lines += [name, *(line(row, found) for row in ROWS[name] if row.figure in found), ""]
    lines += [f"{name}: not measured, {reason}" for name, reason in absent]
    return "\n".join(lines)


def line(row, found):
    figure = found[row.figure]
    spread = f"({spell(figure['low'])} – {spell(figure['high'])})" if figure["low"] != figure["high"] else ""
    yardstick = spell(found[row.against]["median"]) if row.against else ""
    ratio = spell(found[ratio_of(row)]["median"]) if row.against else ""
    verdict = judge(found[ratio_of(row)], row.ratio_aim, "ratio ") if row.ratio_aim else judge(figure, row.aim)
    measured = f"{spell(figure['median'])} {row.unit:5}"
    return f"  {row.words:60} {measured:>16}  {spread:25} {yardstick:>10} {ratio:>7}  {verdict}".rstrip()


def judge(figure, aim, of=""):
    if aim is None:
        return ""
    median = figure["median"]
    reached = {"≥": median >= aim[1], "≤": median <= aim[1], "<": median < aim[1]}[aim[0]]
    return f"aim {of}{aim[0]} {spell(aim[1])}: {'reached' if reached else 'NOT reached'}"


def processor_name():
    with open("/proc/cpuinfo", encoding="utf-8") as told:
        return next((line.split(":")[1].strip() for line in told if line.startswith("model name")), platform.machine())


def spell(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
