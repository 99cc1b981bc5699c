"""The table of the Kafka benchmark. Each figure of Leadpulse stands beside those of its peers in the same run."""

import os

from bench_table import judge, processor_name, spell
from kafka_programs import COMMIT_MS

HEADS = {"leadpulse": "Leadpulse", "raw": "raw", "streams": "Streams", "same-job": "same job"}
PEERS = [name for name in HEADS if name != "leadpulse"]

# Name, words, unit; then the aims: of the ratios (1):(2) and (1):(3), and of Leadpulse's own figure.
THROUGHPUT = [
    ("events_per_second", "events a second", "", ("≥", 0.5), None, None),
    ("events_per_second", "… against the stricter aim", "", ("≥", 0.7), None, None),
    ("events_per_cpu_second", "events a second of processor time", "", None, ("≥", 5), None),
    ("events_per_cpu_second", "… against the stricter aim", "", None, ("≥", 10), None),
    ("own_us_an_event", "processor time an event, its own", "µs", None, None, None),
    ("broker_us_an_event", "… and the broker's", "µs", None, None, None),
    ("cpu_seconds", "processor time", "s", None, None, None),
    ("peak_mib", "peak memory", "MiB", None, None, None),
    ("first_commit_after_seconds", "from start to first commit", "s", None, None, None),
    ("records_an_event", "records written an event", "", None, None, None),
    ("bytes_an_event", "bytes written an event, keys and values", "B", None, None, None),
    ("header_bytes_an_event", "… and headers", "B", None, None, None),
]
LATENCY = [
    ("rate", "events a second: a third of its highest", "", None, None, None),
    ("p50_ms", "p50", "ms", None, None, None),
    ("p99_ms", "p99", "ms", None, None, ("≤", 250)),
    ("p99_ms", "… against the stricter aim", "ms", None, None, ("≤", 150)),
    ("p999_ms", "p99.9", "ms", None, None, None),
    ("max_ms", "slowest", "ms", None, None, None),
    ("same_rate_p50_ms", "p50 at Leadpulse's rate", "ms", None, None, None),
    ("same_rate_p99_ms", "p99 at Leadpulse's rate", "ms", None, None, None),
    ("same_rate_p999_ms", "p99.9 at Leadpulse's rate", "ms", None, None, None),
    ("same_job_rate_p50_ms", "p50 at the same job's rate", "ms", None, None, None),
    ("same_job_rate_p99_ms", "p99 at the same job's rate", "ms", None, None, None),
    ("same_job_rate_p999_ms", "p99.9 at the same job's rate", "ms", None, None, None),
    ("missing", "events that caused nothing", "", None, None, None),
]
# The same clicks, sent for an address that is a lead and for one that a lead on another partition uses. An event waits
# for one commit; if it is passed on, for two. The aim is for the difference, in commit intervals.
ADDRESSES = [("p50_ms", "p50", "ms", ("≤", 1.1)), ("p99_ms", "p99", "ms", ("≤", 1.1)), ("p999_ms", "p99.9", "ms", None),
             ("max_ms", "slowest", "ms", None), ("missing", "events that caused nothing", "", None)]
RESTARTS = {"restart": "restart", "restart_other": "restart, fewer leads that did more"}
RESTART = [
    ("leads", "leads in the state", "", None),
    ("events_a_lead", "… events of each", "", None),
    ("first_change_seconds", "after kill -9: from start to the first new change", "s", ("<", 5)),
    ("ready_seconds", "… to ready", "s", None),
    ("changelog_records", "records of lead.state", "", None),
    ("changelog_megabytes", "… and their size", "MB", None),
    ("restore_seconds", "state gone: from start to ready", "s", None),
    ("restore_first_change_seconds", "… to the first new change", "s", None),
    ("restore_leads_per_second", "… leads a second", "", None),
    ("restore_megabytes_per_second", "… read", "MB/s", None),
    ("plain_megabytes_per_second", "a plain consumer of lead.state reads", "MB/s", None),
    ("restore_ratio", "restore against the plain consumer", "×", None),
    ("restore_cpu_seconds", "processor time of the restore", "s", None),
    ("restore_peak_mib", "peak memory of the restore", "MiB", None),
]


def add_ratios(figures):
    """Adds the ratios to the figures, so that the JSON has everything that the table has."""
    for part in ("throughput", "latency"):
        programs = figures[part]["programs"] if part in figures else {}
        if "leadpulse" not in programs:
            continue
        own = programs["leadpulse"]
        for peer in [name for name in programs if name != "leadpulse"]:
            figures[part][f"to_{peer}"] = {name: own[name] / programs[peer][name] for name, *_ in rows_of(part)
                                           if own.get(name) and programs[peer].get(name)}
    if "addresses" in figures:
        own, passed_on = (figures["addresses"][kind] for kind in ("own", "passed_on"))
        times = [name for name, _, unit, _ in ADDRESSES if unit == "ms"]
        figures["addresses"]["ratio"] = {name: passed_on[name] / own[name] for name in times if own[name]}
        figures["addresses"]["intervals"] = {name: (passed_on[name] - own[name]) / COMMIT_MS for name in times}
    for part in (part for part in RESTARTS if part in figures):
        restart = figures[part]
        restart["restore_ratio"] = restart["plain_seconds"] / restart["restore_seconds"]


def rows_of(part):
    return THROUGHPUT if part == "throughput" else LATENCY


def table(figures, options):
    loads = figures["load_before"], os.getloadavg()[0]
    lines = [f"{processor_name()}, {os.cpu_count()} processors, load {loads[0]:.1f} before and {loads[1]:.1f} after; one broker,"
             f" {options.partitions} partitions, {options.workers} worker{'s' if options.workers > 1 else ''} each, commits"
             " every 100 ms", ""]
    if "throughput" in figures:
        lines += compared("throughput", figures["throughput"],
                          f"throughput: {options.events:,} events of {options.leads:,} leads")
    if "latency" in figures:
        lines += compared("latency", figures["latency"],
                          f"latency: from produce to read_committed delivery, {options.latency_seconds} s")
    if "addresses" in figures:
        lines += of_addresses(figures["addresses"], options)
    for part in (part for part in RESTARTS if part in figures):
        lines.append(RESTARTS[part])
        for name, words, unit, aim in RESTART:
            value = figures[part][name]
            lines.append(f"  {words:52} {spell(value):>12} {unit:6} {judge({'median': value}, aim)}".rstrip())
        lines.append("")
    return "\n".join(lines)


def of_addresses(figures, options):
    lines = [f"addresses: from produce to read_committed delivery, {options.latency_seconds} s",
             f"  {'':42}{'its lead':>12}{'its user':>12}{'(2):(1)':>12}{'intervals':>12}"]
    for name, words, unit, aim in ADDRESSES:
        values = (figures["own"][name], figures["passed_on"][name], figures["ratio"].get(name), figures["intervals"].get(name))
        cells = "".join(f"{cell(value):>12}" for value in values)
        words = f"{words}, {unit}" if unit else words
        verdict = f"intervals: {judge({'median': values[-1]}, aim)}" if aim is not None else ""
        lines.append(f"  {words:42}{cells}  {verdict}".rstrip())
    return [*lines, ""]


def compared(part, figures, title):
    programs = figures["programs"]
    ratio_heads = [f"(1):({column})" for column, _ in enumerate(PEERS, 2)]
    heads = "".join(f"{head:>12}" for head in [*HEADS.values(), *ratio_heads])
    lines = [f"{title}", f"  {'':42}{heads}"]
    for name, words, unit, raw_aim, streams_aim, own_aim in rows_of(part):
        cells = "".join(f"{cell(programs.get(column, {}).get(name)):>12}" for column in HEADS)
        ratios = [figures.get(f"to_{peer}", {}).get(name) for peer in PEERS]
        cells += "".join(f"{cell(ratio):>12}" for ratio in ratios)
        verdicts = [f"{about}: {judge({'median': value}, aim)}" for about, value, aim in (
            ("(1):(2)", ratios[0], raw_aim), ("(1):(3)", ratios[1], streams_aim),
            ("Leadpulse", programs.get("leadpulse", {}).get(name), own_aim)) if aim is not None and value is not None]
        words = f"{words}, {unit}" if unit else words
        lines.append(f"  {words:42}{cells}  {'; '.join(verdicts)}".rstrip())
    return [*lines, ""]


def cell(value):
    return "–" if value is None else spell(value)
