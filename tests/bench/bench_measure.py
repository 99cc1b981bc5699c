"""How each benchmark is run: one repetition of it, its figures by name."""

import json
import os
import pathlib
import subprocess
import sys

import address_bench
import instructions
import restart_bench
import run_bench
import serve_bench

# Leads and events. `full`: the larger numbers of the aims. `small`: only shows that the benchmark runs.
SIZES = {
    "engine": {"usual": (100_000, 1_000_000), "quick": (50_000, 300_000), "small": (2_000, 20_000)},
    "segments": {"usual": (20_000, 100_000), "quick": (5_000, 10_000), "small": (60, 120)},
    "journal": {"usual": (2_000, None), "quick": (500, None), "small": (10, None)},
    "uncached": {"full": (10_000_000, 800_000), "usual": (2_000_000, 400_000), "quick": (300_000, 150_000),
                 "small": (2_000, 4_000)},
    "decode": {"usual": (None, 200_000), "quick": (None, 50_000), "small": (None, 2_000)},
    "run": {"usual": (1_000_000, 10_000_000), "quick": (50_000, 500_000), "small": (500, 5_000)},
    "scale": {"usual": (200_000, 2_000_000), "quick": (50_000, 500_000), "small": (500, 5_000)},
    "addresses": {"usual": (1_000_000, 2_000_000), "quick": (50_000, 100_000), "small": (500, 1_000)},
    "time": {"usual": (1_000_000, 20_000), "quick": (100_000, 10_000), "small": (20_000, 1_000)},
    "definitions": {"usual": (2_000_000, 20_000), "quick": (100_000, 10_000), "small": (2_000, 1_000)},
    "restart": {"full": (10_000_000, 2_000_000), "usual": (2_000_000, 2_000_000), "quick": (200_000, 500_000),
                "small": (2_000, 1_000_000)},  # large enough that the kill comes before the end
    "serve": {"full": (10_000_000, 10_000_000), "usual": (1_000_000, 2_000_000), "quick": (50_000, 100_000),
              "small": (500, 1_000)},
    "instructions": {"usual": (None, None)},
    "kafka": {"usual": (200_000, 2_500_000), "quick": (50_000, 500_000)},
}
MIXES = ("usual", "other")
WORKERS = (1, 2, 4, 8)


def measure(name, size, build, output, leads=None, events=None):
    """`size` is a key of SIZES; `leads` and `events` override its numbers."""
    sizes = SIZES[name].get(size, SIZES[name]["usual"])
    return FUNCTIONS[name](pathlib.Path(build), pathlib.Path(output), leads or sizes[0], events or sizes[1])


def program(name, build, output, leads, events, *more):
    """Runs a benchmark program and returns its counters by the benchmark's name."""
    raw = output / f"{name}.json"
    command = [f"{build}/bench/{name}_bench", f"--benchmark_out={raw}", "--benchmark_out_format=json",
               f"--directory={output}", *more]
    command += [f"--leads={leads}"] if leads else []
    command += [f"--events={events}"] if events else []
    subprocess.run(command, check=True, stdout=sys.stderr)
    return {entry["name"].split("/")[0]: entry for entry in json.loads(raw.read_text(encoding="utf-8"))["benchmarks"]}


def engine(build, output, leads, events):
    found = program("engine", build, output, leads, events)
    names = ("events_per_second", "allocations_per_event", "changes_per_second", "commit_share", "store_share")
    return {**{key: found["engine"][key] for key in names},
            "yardstick_per_second": found["hash_map_append"]["events_per_second"],
            "nanoseconds": 1e9 / found["engine"]["events_per_second"],
            "chase_nanoseconds": found["pointer_chase"]["nanoseconds"],
            "skewed_events_per_second": found["engine_skewed"]["events_per_second"]}


def segments(build, output, leads, events):
    figures = {}
    for mix in MIXES:
        only = [] if mix == "usual" else ["--benchmark_filter=^segments"]
        found = program("segments", build, output, leads, events, f"--mix={mix}", *only)
        for name, counters in found.items():
            if name.startswith("tenants_"):
                figures[name] = counters["nanoseconds"]
                continue
            key = name.replace("segments", mix)
            figures.update({key: counters["nanoseconds"], f"{key}_changes": counters["changes_per_event"],
                            f"{key}_segments": counters["segments_of_a_lead"],
                            f"{key}_attribute": counters["attribute_nanoseconds"]})
    return figures


def journal(build, output, leads, events):
    usual = program("journal", build, output, leads, events)
    other = program("journal", build, output, leads, events, "--mix=other")
    return {**{f"{prefix}{name.replace('journal', 'entries')}": counters["nanoseconds"]
               for prefix, found in (("", usual), ("other_", other)) for name, counters in found.items()},
            "commit_share_1000": usual["journal_1000"]["commit_share"]}


def uncached(build, output, leads, events):
    found = program("uncached", build, output, leads, events)
    names = (*(f"{side}_{key}" for side in ("engine", "codec", "plain") for key in ("per_second", "processor_nanoseconds")),
             "in_memory_share", "bytes_per_event", "plain_bytes_per_event", "disk_bytes_per_event",
             "plain_disk_bytes_per_event", "write_amplification", "plain_write_amplification")
    figures = {f"{word}_{key}": found[name][key] for name, word in (("uncached", "uniform"), ("uncached_zipf", "zipf"))
               for key in names}
    return {**figures, **{key: found["uncached"][key] for key in ("entry_bytes", "entry_disk_bytes", "state_to_cache")}}


def decode(build, output, leads, events):
    found = program("decode", build, output, leads, events)
    names = (("per_second", "records_per_second"), ("ratio", "ratio_to_parser"), ("allocations", "allocations_per_record"))
    return {f"{wire}_{key}": found[f"decode_{wire}"][counter] for wire in ("json", "protobuf") for key, counter in names}


def run(build, output, leads, events):
    other = run_bench.measure(build / "leadpulse", output, leads // 5, events // 5, "other")
    return {**run_bench.measure(build / "leadpulse", output, leads, events),
            **{f"other_{key}": figure for key, figure in other.items()}}


def scale(build, output, leads, events):
    figures = {}
    source = run_bench.make_input(build / "leadpulse", output, leads, events)
    for workers in WORKERS:
        took = run_bench.timed_run(build / "leadpulse", output, source, max(WORKERS), workers, pinned=True)
        figures[f"workers_{workers}"] = events / took["seconds"]
        figures[f"cpu_seconds_{workers}"] = took["cpu_seconds"] / events * 1e6
    return figures


def addresses(build, output, leads, events):
    return address_bench.measure(build / "leadpulse", output, leads, events)


def time(build, output, leads, events):
    other = program("time", build, output, leads // 5, events, "--mix=other")["time"]
    return {**live(program("time", build, output, leads, events)["time"], "flips_per_second", "live_flips_per_second"),
            "other_flips_per_second": other["flips_per_second"], "other_p99_ratio": other["p99_ratio"]}


def definitions(build, output, leads, events):
    found = program("definitions", build, output, leads, events)
    other = program("definitions", build, output, leads // 5, events, "--mix=other", "--benchmark_filter=^definitions/")
    parts = ("visit_nanoseconds", "decode_nanoseconds", "evaluate_nanoseconds", "commit_nanoseconds")
    disk = ("leads_per_second", "processor_nanoseconds", "visit_nanoseconds", "commit_nanoseconds")
    return {**live(found["definitions"], "leads_per_second", *parts),
            "nanoseconds": 1e9 / found["definitions"]["leads_per_second"],
            "other_leads_per_second": other["definitions"]["leads_per_second"],
            **{f"disk_{key}": found["definitions_on_disk"][key] for key in disk}}


def live(counters, *names):
    return {key: counters[key] for key in (*names, "p50_millis", "p99_millis", "p99_without_millis")}


def serve(build, output, leads, events):
    return serve_bench.measure(build / "leadpulse", output, leads, events)


def restart(build, output, leads, events):
    other = restart_bench.measure(build / "leadpulse", output, leads // 5, events, "other")
    return {**restart_bench.measure(build / "leadpulse", output, leads, events),
            **{f"other_{key}": figure for key, figure in other.items()}}


def count_instructions(build, _output, _leads, _events):
    found, recorded = instructions.count(build / "bench" / "instructions_bench"), instructions.recorded()
    figures = {"engine_allocations": found["engine"]["allocations"],
               "full_ratio": found["full"]["instructions"] / found["journal"]["instructions"]}
    for work in instructions.WORKS:
        figures.update({work: found[work]["instructions"], f"{work}_recorded": recorded[work]["instructions"]})
    return figures


def kafka(build, output, leads, events):
    command = [sys.executable, os.path.join(os.path.dirname(__file__), "kafka_bench.py"), "--build", str(build), "--output",
               str(output), "--leads", str(leads), "--events", str(events), "--restart-leads", str(5 * leads),
               "--latency-seconds", "15"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    found = json.loads((output / "kafka.json").read_text(encoding="utf-8"))
    programs = found["throughput"]["programs"]
    return {"events_per_second": programs["leadpulse"]["events_per_second"],
            "raw_events_per_second": programs["raw"]["events_per_second"],
            "events_per_cpu_second": programs["leadpulse"]["events_per_cpu_second"],
            "streams_events_per_cpu_second": programs["streams"]["events_per_cpu_second"],
            "same_job_events_per_cpu_second": programs["same-job"]["events_per_cpu_second"],
            "p99_ms": found["latency"]["programs"]["leadpulse"]["p99_ms"],
            **{f"{prefix}{key}": found[part][key] for prefix, part in (("", "restart"), ("other_", "restart_other"))
               for key in ("first_change_seconds", "restore_megabytes_per_second", "plain_megabytes_per_second")}}


FUNCTIONS = {"engine": engine, "segments": segments, "journal": journal, "uncached": uncached, "decode": decode, "run": run,
             "scale": scale, "addresses": addresses, "time": time, "definitions": definitions, "restart": restart, "serve": serve,
             "instructions": count_instructions, "kafka": kafka}
