"""The measurements of the Kafka benchmark: each returns figures by name."""

import shutil
import time

from kafka_programs import DEAD, STATE, Leadpulse, Raw, SameJob, Streams
from kafka_world import Failure, say

WARM_UP_SECONDS = 10  # before a latency measurement; a Java program is slow at first
WARM_UP_EVENTS, WARM_UP_COMMIT_MS = 100_000, 10
READY_SECONDS = 300
ADDRESS_RATE = 200  # clicks a second, of both kinds together
PERCENTILES = ("p50_ms", "p99_ms", "p999_ms")
# Whose rates a program is measured at beside its own, with the prefix of these figures.
OTHER_RATES = {"leadpulse": {"same_rate": "leadpulse", "same_job_rate": "same-job"}, "raw": {"same_rate": "leadpulse"},
               "same-job": {"same_job_rate": "same-job"}}
# Before a kill, so that it interrupts a transaction.
TRICKLE_RATE, TRICKLE_SECONDS = 500, 3
# Leads as a share of `--restart-leads`, and events of each lead: both have the same number of events.
RESTARTS = {"restart": (1, 2), "restart_other": (1 / 5, 10)}


def each_program(world, measurement, options, events, wanted, measure):
    """Calls `measure` for each wanted program, which is started before and removed after. Leadpulse is the first,
    because the raw program repeats what it wrote."""
    figures = {}
    leadpulse = written = None
    samples = world.folder / f"{measurement}.samples"
    for kind in wanted:
        topic = events(kind)
        if kind == "leadpulse":
            program = leadpulse = Leadpulse(world, measurement, options.workers, topic)
        elif kind == "raw":
            program = Raw(world, measurement, options.workers, topic, leadpulse, written, samples)
        else:
            program = {"streams": Streams, "same-job": SameJob}[kind](world, measurement, options.workers, topic)
        say(f"{measurement}: {kind}")
        program.prepare()
        with world.blaming(program):
            figures[kind] = measure(program)
        program.process.stop()
        counted = what_was_written(world, program, samples if kind == "leadpulse" else None)
        if kind == "leadpulse":
            written = counted
            if written[program.topic(DEAD)]["records"]:
                raise Failure("Leadpulse wrote dead letters, so the measurement is wrong")
        figures[kind]["records_an_event"] = sum(topic["an_event"] for topic in counted.values())
        figures[kind]["bytes_an_event"] = sum(topic["bytes"] for topic in counted.values()) / count_of(counted)
        figures[kind]["header_bytes_an_event"] = (sum(topic["header_bytes"] for topic in counted.values())
                                                  / count_of(counted))
        figures[kind]["written"] = counted
        program.remove()
    return figures


def count_of(counted):
    return next(iter(counted.values()))["events"]


def what_was_written(world, program, samples):
    """Records, bytes and records an event of each output topic; writes samples of the records to a file."""
    topics = [program.events, *program.outputs(), *[name for name in program.own_topics() if "changelog" in name]]
    arguments = [part for topic in topics for part in ("--topic", topic)]
    counted = world.load("read", *arguments, *(["--samples", samples] if samples else []))["topics"]
    events = counted.pop(program.events)["records"]
    for topic in counted.values():
        topic["bytes"] = topic["key_bytes"] + topic["value_bytes"]
        topic["an_event"] = topic["records"] / events
        topic["events"] = events
    return counted


def warm_up(world, options):
    """Warms the broker up: its own code is slow at first, and the first program must not pay for it."""
    say("warming the broker up")
    events, answers, samples = "warm-up.events", "warm-up.answers", world.folder / "warm-up.samples"
    world.create([events, answers], "engagement.events")
    world.load("fill", "--topic", events, "--events", WARM_UP_EVENTS, "--leads", WARM_UP_EVENTS)
    world.load("read", "--topic", events, "--samples", samples)
    process = world.start([world.build / "bench/kafka_raw_bench", "--servers", world.servers, "--group", "warm-up",
                           "--topic", events, "--samples", samples, "--output", f"{answers}={events}=1", "--commit-ms",
                           WARM_UP_COMMIT_MS, "--threads", options.workers], "warm-up.log")
    world.load("wait", "--topic", events, "--group", "warm-up")
    process.stop()
    world.delete([events, answers])


# ---- throughput -----------------------------------------------------------------------------------------------------


def throughput(world, options, wanted):
    events = "throughput.events"
    world.create([events], "engagement.events")
    say(f"throughput: writing {options.events:,} events of {options.leads:,} leads")
    filled = world.load("fill", "--topic", events, "--events", options.events, "--leads", options.leads)
    figures = each_program(world, "throughput", options, lambda _: events, wanted, consume_all)
    world.delete([events])
    return {"event_bytes": filled["bytes"] / filled["events"], "programs": figures}


def consume_all(program):
    """Measures from the commit of the first third of the events to the last. What came before, the program's start and
    its warming up (a compiler, caches, memory), counts neither as time nor as events."""
    watching = program.world.load_lines("wait", "--topic", program.events, "--group", program.group)
    try:
        next(watching)  # it watches, so nothing is missed
        broker_before = program.world.broker_cpu_seconds()
        process = program.start()
        seen = {}
        for line in watching:
            nanos = line.pop("nanos")
            (what, count), = line.items()
            seen[what] = (nanos * 1e-9, count, process.cpu_seconds(), program.world.broker_cpu_seconds())
    finally:
        watching.close()
    since, end = seen.get("warm", seen["first"]), seen["done"]
    if since[1] == end[1]:  # few events in one commit
        since = (process.started, 0, 0.0, broker_before)
    seconds, events, own, broker = (later - earlier for later, earlier in zip(end, since))
    return {"events_per_second": events / seconds, "cpu_seconds": own, "events_per_cpu_second": events / max(own, 0.01),
            "own_us_an_event": own / events * 1e6, "broker_us_an_event": broker / events * 1e6, "seconds": seconds,
            "peak_mib": process.peak_mib(), "first_commit_after_seconds": seen["first"][0] - process.started}


# ---- latency --------------------------------------------------------------------------------------------------------


def latency(world, options, wanted, rates):
    """`rates`: events a second, for each program."""
    topics = {kind: f"latency.{kind}.events" for kind in wanted}
    world.create(topics.values(), "engagement.events")

    def measure(program):
        rate = rates[program.kind]
        arguments = ["--topic", program.events, *[part for name in program.answers() for part in ("--output", name)],
                     # A lead comes again only after seconds, when the change of its last click is out.
                     "--leads", max(options.leads, int(rate * 5))]
        process = program.start()
        world.load("first", *arguments, "--seconds", READY_SECONDS)  # waits until the program is ready

        def at_rate(events_per_second):
            return world.load("latency", *arguments, "--rate", f"{events_per_second:.1f}", "--seconds",
                              options.latency_seconds, "--warm-up", WARM_UP_SECONDS)

        figures = own = at_rate(rate) | {"rate": rate}
        for prefix, other in OTHER_RATES.get(program.kind, {}).items():
            if other in rates:
                same = own if rates[other] == rate else at_rate(rates[other])
                figures = figures | {f"{prefix}_{name}": same[name] for name in PERCENTILES}
        return figures | {"peak_mib": process.peak_mib()}

    figures = each_program(world, "latency", options, topics.get, wanted, measure)
    world.delete(topics.values())
    return figures


# ---- addresses ------------------------------------------------------------------------------------------------------


def addresses(world, options):
    """Sends clicks for an address that is a lead itself, in turn with clicks for an address that a lead on another
    partition uses. Measures the time until that lead's change."""
    events = "addresses.events"
    world.create([events], "engagement.events")
    program = Leadpulse(world, "addresses", options.workers, events)
    program.prepare()
    say("addresses: clicks that are passed on")
    arguments = ["--topic", events, *[part for name in program.answers() for part in ("--output", name)]]
    program.start()
    with world.blaming(program):
        world.load("first", *arguments, "--leads", 1, "--seconds", READY_SECONDS)
        figures = world.load("addresses", *arguments, "--commands", program.commands,
                             # A lead comes again only after five seconds, when the change of its last click is out.
                             "--rate", ADDRESS_RATE, "--leads", ADDRESS_RATE * 5 // 2,
                             "--seconds", options.latency_seconds, "--warm-up", WARM_UP_SECONDS)
    program.process.stop()
    program.remove()
    world.delete([events])
    return figures


# ---- restart --------------------------------------------------------------------------------------------------------


def restart(world, options, part="restart"):
    """Kills Leadpulse with many leads in its state and starts it again: with its state, then without."""
    share, events_a_lead = RESTARTS[part]
    events, leads = "restart.events", max(1, int(options.restart_leads * share))
    world.create([events], "engagement.events")
    say(f"restart: a state of {leads:,} leads")
    program = Leadpulse(world, "restart", options.workers, events)
    program.prepare()
    world.load("fill", "--topic", events, "--events", leads * events_a_lead, "--leads", leads, "--each-lead")
    probe = ["--topic", events, "--leads", leads, *[part for name in program.answers() for part in ("--output", name)]]
    program.start()
    with world.blaming(program):
        world.load("wait", "--topic", events, "--group", program.group)

    say("restart: kill -9, and again")
    trickle = world.load_process("latency", *probe, "--rate", TRICKLE_RATE, "--seconds", 60, "--warm-up", 0)
    time.sleep(TRICKLE_SECONDS)
    program.process.kill()
    trickle.kill()
    with world.blaming(program):
        with_state = start_and_time(program, probe)

    say("restart: the state is gone")
    program.process.kill()
    shutil.rmtree(program.state)
    plain = world.load("read", "--topic", program.topic(STATE))
    counted = plain["topics"][program.topic(STATE)]
    with world.blaming(program):
        without_state = start_and_time(program, probe)
    megabytes = (counted["key_bytes"] + counted["value_bytes"]) / 1e6
    program.process.stop()
    program.remove()
    world.delete([events])
    return {
        "leads": leads, "events_a_lead": events_a_lead, "changelog_records": counted["records"], "changelog_megabytes": megabytes,
        "first_change_seconds": with_state["first_change"], "ready_seconds": with_state["ready"],
        "restore_seconds": without_state["ready"], "restore_first_change_seconds": without_state["first_change"],
        # Includes everything that a start takes.
        "restore_leads_per_second": leads / without_state["ready"],
        "restore_megabytes_per_second": megabytes / without_state["ready"],
        "restore_cpu_seconds": without_state["cpu"], "restore_peak_mib": without_state["peak_mib"],
        "plain_seconds": plain["seconds"], "plain_megabytes_per_second": megabytes / plain["seconds"],
        "plain_leads_per_second": leads / plain["seconds"],
    }


def start_and_time(program, probe):
    """Seconds from the start of the process until it is ready, and until the first change of a new event can be
    read."""
    watching = program.world.load_lines("first", *probe, "--seconds", READY_SECONDS)
    try:
        next(watching)  # events come already
        process = program.start()
        while not program.is_ready():
            if time.monotonic() - process.started > READY_SECONDS:
                raise Failure(f"not ready after {READY_SECONDS} s; {process.last_words()}")
            time.sleep(0.02)
        ready, cpu = time.monotonic() - process.started, process.cpu_seconds()
        first = next(watching)
    finally:
        watching.close()
    return {"ready": ready, "cpu": cpu, "first_change": first["nanos"] * 1e-9 - process.started,
            "peak_mib": process.peak_mib()}
