"""The scenarios of the crash tests: inputs, definitions and their edits from a seed, and the result of a run on
them."""

import collections
import json
import os
import random
import re
import shutil
import subprocess

from records import encode, make_record

CHANGES, DEAD_LETTERS, LEADS = OUTPUTS = ("changes.jsonl", "dead-letters.jsonl", "leads.jsonl")
COUNTS = "counts by day"  # among the outputs, what print_day_counts prints
# The output of a program that crashed, or of its sanitizer.
CRASH = re.compile(r"terminate called|[Aa]ssert|Aborted|Segmentation|Sanitizer|what\(\):")
ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".pb", ".pb.gz", ".pb.zst")

DEFINITIONS = ("""
tenants:
  "*":
    fields: {industry: text, location: text, budget: number}
    scoring: {rules: [{event: open, points: 3}, {event: click, points: 7}]}
    tiers: [{name: top, at_least: 40}, {name: rest}]
    segments:
      - {id: openers, name: Openers, rule: 'DID open >= 2 TIMES IN LAST 20 DAYS'}
      - {id: rich, name: Rich, rule: 'budget > 500'}
""", """
tenants:
  "*":
    timezone: Europe/Berlin
    fields: {industry: text, location: text, budget: text}
    scoring: {rules: [{event: open, points: 1, expires_after: 10d}, {event: page_visit, points: 9}]}
    tiers: [{name: top, at_least: 20}, {name: middle, at_least: 5}, {name: rest}]
    segments:
      - {id: visitors, name: Visitors, rule: 'DID visit "pricing" IN LAST 7 days'}
      - {id: openers, name: Openers, rule: 'DID open >= 1 TIMES IN LAST 5 DAYS'}
""", """
tenants:
  acme:
    publish_score_changes: true
    scoring: {rules: [{event: click, points: 5, decay: {percent: 50, every: 3d}}]}
    tiers: [{name: hot, at_least: 10}, {name: cold}]
    segments:
      - {id: quiet, name: Quiet, rule: 'opens >= 1 AND DID open = 0 TIMES IN LAST 3 days'}
""")


class Failure(Exception):
    """A condition of this test was broken."""


class Tally(collections.Counter):
    """What was done, and what was found: duplicates, losses and gaps must be 0."""

    FOUND = ("duplicates", "losses", "gaps")

    def __str__(self):
        done = ", ".join(f"{count} {name}" for name, count in sorted(self.items()) if name not in self.FOUND)
        return f"{done}; " + ", ".join(f"{self[name]} {name}" for name in self.FOUND)


class Phase:
    """One command: the inputs up to some point, under some definitions."""

    def __init__(self, inputs, definitions, until):
        self.inputs, self.definitions, self.until = inputs, definitions, until


class Scenario:
    """Made from a seed alone, in `folder`; the runs on it are beside its files, each under a name."""

    def __init__(self, binary, folder, seed, records=6000, epoch_records=200, standard_input=True, counts=None):
        self.binary, self.folder, self.seed = os.path.abspath(binary), folder, seed
        self.counts = counts  # the program print_day_counts; None: counts by day are not compared
        self.epoch_records = epoch_records
        self.rng = random.Random(seed)
        self.partitions = self.rng.choice([1, 2, 4, 7])
        self.standard_input = None
        self.phases = []
        self.make(records, standard_input)

    def make(self, records, standard_input):
        parts = self.rng.randint(2, 4)
        made = [make_record(self.rng, number, max(20, records // 10)) for number in range(records)]
        names = []
        for i in range(parts):
            ending = self.rng.choice(ENDINGS)
            share = made[i * records // parts:(i + 1) * records // parts]
            name = f"{chr(ord('a') + i)}{ending}"
            if standard_input and ending == ".jsonl" and self.standard_input is None and self.rng.random() < 0.4:
                self.standard_input, name = "piped.jsonl", "-"
            self.put(self.standard_input if name == "-" else name, encode(share, ending))
            names.append(name)
        texts = self.rng.sample(DEFINITIONS, 2)
        for i, text in enumerate(texts):
            self.put(f"definitions{i}.yaml", text.encode())
        first = self.rng.choice([None, "definitions0.yaml"])
        self.phases = [Phase(names[:-1], first, None), Phase(names, "definitions1.yaml", "2026-03-01")]
        if self.rng.random() < 0.3:
            self.phases.insert(1, Phase(names[:-1], "definitions1.yaml", None))

    def put(self, name, data):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(data)

    def __str__(self):
        phases = " | ".join(f"{' '.join(phase.inputs)} {phase.definitions or ''}" for phase in self.phases)
        return f"seed {self.seed}: {self.partitions} partitions, {phases}"

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def command(self, name, phase):
        command = [self.binary, "run", "--state", f"{name}/state", "--output", f"{name}/out", "--quiet",
                   "--partitions", str(self.partitions), "--epoch-records", str(self.epoch_records),
                   "--memory-mib", "128", "--input", *phase.inputs]
        command += ["--definitions", phase.definitions] if phase.definitions else []
        return command + (["--until", phase.until] if phase.until else [])

    def start(self, name, phase, environment=None):
        """Starts the process; its standard input is the file that stands for `-`."""
        piped = open(self.path(self.standard_input), "rb") if self.standard_input else subprocess.DEVNULL
        try:
            return subprocess.Popen(self.command(name, phase), cwd=self.folder, stdin=piped, env=environment,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
        finally:
            if piped != subprocess.DEVNULL:
                piped.close()

    def run(self, name, phase, environment=None, timeout=300):
        """(exit status, output)."""
        process = self.start(name, phase, environment)
        try:
            errors = process.communicate(timeout=timeout)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Failure(f"{name}: the run did not end within {timeout} s") from None
        return process.returncode, errors

    def finish(self, name, phase):
        status, errors = self.run(name, phase)
        if status != 0:
            raise Failure(f"{name}: an undisturbed run ended with {status}: {errors}")

    def outputs(self, name):
        found = {}
        for output in OUTPUTS:
            with open(self.path(name, "out", output), "rb") as file:
                found[output] = file.read()
        if self.counts:
            found[COUNTS] = subprocess.run([self.counts, self.path(name, "state")], check=True, capture_output=True).stdout
        return found

    def reference(self):
        """The outputs after each phase of an undisturbed run."""
        wanted = []
        for phase in self.phases:
            self.finish("whole", phase)
            wanted.append(self.outputs("whole"))
        shutil.rmtree(self.path("whole"))
        return wanted

    def expect(self, name, phase, wanted, tally):
        """Checks that the outputs have the wanted lines, and that another run adds nothing."""
        got = self.outputs(name)
        problems = []
        for output in (CHANGES, DEAD_LETTERS):
            problems += compare(output, wanted[output], got[output], tally)
        if got[LEADS] != wanted[LEADS]:
            problems.append(f"{LEADS} differs")
        if self.counts:
            problems += compare(COUNTS, wanted[COUNTS], got[COUNTS], tally)
            problems += compare_with_changes(got[COUNTS], got[CHANGES])
        gaps = count_gaps(got[CHANGES])
        tally["gaps"] += gaps
        if gaps:
            problems.append(f"{gaps} leads whose changes are not numbered 1, 2, 3, …")
        self.finish(name, phase)
        if self.outputs(name) != got:
            problems.append("run again after the end, it changed the outputs")
        if problems:
            raise Failure(f"{name}: " + "; ".join(problems))


def compare(output, wanted, got, tally):
    want, have = (collections.Counter(text.split(b"\n")) for text in (wanted, got))
    missing, extra = want - have, have - want
    tally["losses"] += sum(missing.values())
    tally["duplicates"] += sum(extra.values())
    if not missing and not extra:
        return []
    return [f"{output}: {sum(missing.values())} lines missing, as {next(iter(missing), b'')!r}, "
            f"{sum(extra.values())} too many, as {next(iter(extra), b'')!r}"]


def compare_with_changes(counts, changes):
    """Whether the counts of each tenant, over all days, are the numbers of its changes."""
    names = {"LEAD_CREATED": "created", "STAGE_CHANGED": "stage:", "TIER_CHANGED": "tier:", "EMAIL_STATUS_CHANGED": "email:"}
    happened, counted = collections.Counter(), collections.Counter()
    for line in changes.splitlines():
        change = json.loads(line)
        if change["kind"] in names:
            prefix = "definitions:" if change["cause"]["kind"] == "DEFINITIONS" else ""
            happened[change["tenantId"], prefix + names[change["kind"]] + change.get("to", "")] += 1
    for line in counts.decode().splitlines():
        _, tenant, scope, _, name, count = line.split("\t")
        if scope == "tenant" and not name.startswith("event:"):
            counted[tenant, name] += int(count)
    return [] if counted == happened else [f"the counts by day say {counted - happened} too much, {happened - counted} too little"]


def count_gaps(changes):
    """Leads whose changes, in the order of the file, are not numbered from 1 without a gap."""
    last, broken = collections.Counter(), set()
    for line in changes.splitlines():
        change = json.loads(line)
        lead = change["tenantId"], change["leadId"]
        if int(change["seq"]) != last[lead] + 1:
            broken.add(lead)
        last[lead] = int(change["seq"])
    return len(broken)
