#!/usr/bin/env python3
"""Runs on files: today's program must write what was recorded, also from a state of an earlier program.

    tests/recorded/files_test.py BINARY                          compare
    tests/recorded/files_test.py BINARY --record-outputs         replace the expected outputs; input and states stay
    tests/recorded/files_test.py BINARY --record WRITE_HISTORY   make the recordings again, with the built program of
                                                                 tests/recorded/write_history.cc

A recording `files-*` has, for each run N of the program: `run<N>/`, the files that are written before it;
`expected<N>/`, the outputs after it; and for some runs `state<N>/` and `out<N>/`, the state and outputs after the run,
or after it was killed. `runs.json` says how each run is started.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
import zlib

import recording

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHANGES, DEAD_LETTERS, LEADS = OUTPUTS = ("changes.jsonl", "dead-letters.jsonl", "leads.jsonl")
# Files in a state's folder that RocksDB writes for people.
DIAGNOSTICS = ("LOG", "LOG.old.")
SEEDS = (3, 7, 12, 18, 25, 31)
BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/leadpulse"


def start(folder, run, crash_at=None):
    environment = dict(os.environ, **({"LEADPULSE_CRASH_AT": crash_at} if crash_at else {}))
    command = [BINARY, "run", "--quiet", "--state", "state", "--output", "out", *run["arguments"]]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != (-signal.SIGKILL if crash_at else 0):
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")


def read_outputs(folder):
    return {name: (pathlib.Path(folder) / "out" / name).read_bytes() for name in OUTPUTS}


def changes_of_leads(data):
    """The lines of each lead, in order: the order between leads is not defined."""
    by_lead = {}
    for line in data.splitlines():
        change = json.loads(line)
        by_lead.setdefault((change["tenantId"], change["leadId"]), []).append(line)
    return by_lead


def write_recorded_state(files, number, run, folder):
    """Writes the state after a run. Returns the number of the next run."""
    for earlier in range(number + 1):
        recording.write_tree(files, f"run{earlier}/", folder)
    for left in ("state", "out"):
        recording.write_tree(files, f"{left}{number}/", os.path.join(folder, left))
    return number if run.get("killed_at") else number + 1  # a killed run is started again


class RecordedFiles(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def expect(self, files, number, after):
        got = read_outputs(self.folder)
        place = f"expected{number}-after{after}/"
        if f"{place}{LEADS}" not in files:
            place = f"expected{number}/"
        want = {name: files[place + name] for name in OUTPUTS}
        for name in (DEAD_LETTERS, LEADS):
            self.assertEqual(got[name].splitlines(), want[name].splitlines(), f"{name} after run {number}")
        want_changes, got_changes = changes_of_leads(want[CHANGES]), changes_of_leads(got[CHANGES])
        self.assertEqual(got_changes.keys(), want_changes.keys())
        for lead, lines in want_changes.items():
            self.assertEqual(got_changes[lead], lines, f"changes of {lead} after run {number}")

    def go_on(self, files, runs, first, after=None):
        for number in range(first, len(runs)):
            recording.write_tree(files, f"run{number}/", self.folder)
            start(self.folder, runs[number])
            self.expect(files, number, after)

    def test_runs_from_the_beginning(self):
        for name in recording.names("files-"):
            with self.subTest(name):
                self.setUp()
                files = recording.load(name)
                self.go_on(files, json.loads(files["runs.json"]), 0)

    def test_runs_from_a_recorded_state(self):
        opened = 0
        for name in recording.names("files-"):
            files = recording.load(name)
            runs = json.loads(files["runs.json"])
            for number, run in enumerate(runs):
                if f"state{number}/CURRENT" not in files:
                    continue
                with self.subTest(name, after=number):
                    self.setUp()
                    self.go_on(files, runs, write_recorded_state(files, number, run, self.folder), number)
                opened += 1
        self.assertGreaterEqual(opened, 3)


# --- Recording ---

def record(name, files, runs, keep_states_of):
    """`files`: those written before each run. Adds the outputs of the runs."""
    made = dict(files)
    with tempfile.TemporaryDirectory() as folder:
        for number, run in enumerate(runs):
            recording.write_tree(files, f"run{number}/", folder)
            if run.get("killed_at"):
                start(folder, run, run["killed_at"])
            else:
                start(folder, run)
            if number in keep_states_of:
                state = recording.read_tree(os.path.join(folder, "state"), f"state{number}/")
                made |= {path: data for path, data in state.items()
                         if not os.path.basename(path).startswith(DIAGNOSTICS)}
                made |= recording.read_tree(os.path.join(folder, "out"), f"out{number}/")
            if run.get("killed_at"):
                start(folder, run)
            made |= {f"expected{number}/{output}": data for output, data in read_outputs(folder).items()}
    made["runs.json"] = json.dumps(runs, indent=1).encode()
    recording.save(name, made)
    return read_outputs_text(made)


def read_outputs_text(files):
    return b"".join(data for path, data in files.items() if path.startswith("expected")).decode()


def lead_of(line):
    (record,) = json.loads(line).values()
    return (record.get("leadId") or record.get("email", "")).encode()


def record_demo():
    """Records a quarter of the leads of the demo's data."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([ROOT / "tools" / "demo" / "records.sh", BINARY, folder], check=True, capture_output=True)
        records = pathlib.Path(folder, "records.jsonl").read_bytes().splitlines(keepends=True)
    records = [record for record in records if zlib.crc32(lead_of(record)) % 4 == 0]
    definitions = (ROOT / "tests" / "data" / "demo" / "definitions.yaml").read_bytes()
    cut = len(records) * 2 // 3
    files = {"run0/definitions.yaml": definitions, "run0/a.jsonl": b"".join(records[:cut]),
             "run1/b.jsonl": b"".join(records[cut:])}
    common = ["--definitions", "definitions.yaml", "--partitions", "4"]
    runs = [{"arguments": [*common, "--input", "a.jsonl"]},
            {"arguments": [*common, "--input", "a.jsonl", "b.jsonl", "--until", "2026-06-01"]}]
    return record("files-demo", files, runs, keep_states_of=[])


def record_history(seed, write_history):
    """Records a random workload whose definitions change from run to run."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([write_history, str(seed), folder], check=True)
        files = recording.read_tree(folder, "")
    runs = [{"arguments": arguments} for arguments in json.loads(files.pop("runs.json"))]
    return record(f"files-history-{seed}", files, runs, keep_states_of=[(len(runs) - 1) // 2])


def record_formats():
    """Records every format of input, erasures and dead letters; a state at rest, and one in the middle of a rollout."""
    sys.path.insert(0, str(ROOT / "tests" / "crash"))
    from scenario import DEFINITIONS, ENDINGS  # pylint: disable=import-outside-toplevel
    from records import encode, make_record  # pylint: disable=import-outside-toplevel
    import random  # pylint: disable=import-outside-toplevel
    rng = random.Random(26)
    made = [make_record(rng, number, 150) for number in range(1800)]
    share = len(made) // len(ENDINGS)
    inputs = [f"{chr(ord('a') + number)}{ending}" for number, ending in enumerate(ENDINGS)]
    files = {"run0/one.yaml": DEFINITIONS[0].encode(), "run1/two.yaml": DEFINITIONS[1].encode(),
             "run2/three.yaml": DEFINITIONS[2].encode()}
    for number, name in enumerate(inputs):
        files[f"run{number // 2}/{name}"] = encode(made[number * share:(number + 1) * share], ENDINGS[number])
    common = ["--partitions", "3", "--epoch-records", "20", "--input"]
    runs = [{"arguments": [*common, *inputs[:2], "--definitions", "one.yaml"]},
            {"arguments": [*common, *inputs[:4], "--definitions", "two.yaml"], "killed_at": "during_adoption:4"},
            {"arguments": [*common, *inputs, "--definitions", "three.yaml", "--until", "2026-03-01"]}]
    return record("files-formats", files, runs, keep_states_of=[0, 1])


def outputs_of(files, runs, first, folder):
    """The outputs by number of the run."""
    outputs = {}
    for number in range(first, len(runs)):
        recording.write_tree(files, f"run{number}/", folder)
        start(folder, runs[number])
        outputs[number] = read_outputs(folder)
    return outputs


def record_outputs():
    """Includes the outputs from a recorded state if they differ: an older state knows less than the program does now,
    for example about leads that share an address, and new definitions add what it lacks."""
    for name in recording.names("files-"):
        files = {path: data for path, data in recording.load(name).items() if not path.startswith("expected")}
        runs = json.loads(files["runs.json"])
        with tempfile.TemporaryDirectory() as folder:
            whole = outputs_of(files, runs, 0, folder)
        made = {f"expected{number}/{output}": data for number, outputs in whole.items()
                for output, data in outputs.items()}
        for after, run in enumerate(runs):
            if f"state{after}/CURRENT" not in files:
                continue
            with tempfile.TemporaryDirectory() as folder:
                later = outputs_of(files, runs, write_recorded_state(files, after, run, folder), folder)
            for number, outputs in later.items():
                if any(outputs[output].splitlines() != whole[number][output].splitlines() for output in (DEAD_LETTERS, LEADS)) \
                        or changes_of_leads(outputs[CHANGES]) != changes_of_leads(whole[number][CHANGES]):
                    made |= {f"expected{number}-after{after}/{output}": data for output, data in outputs.items()}
        recording.save(name, files | made)


def record_all(write_history):
    for name in recording.names("files-"):
        (recording.FOLDER / f"{name}.tar.xz").unlink()
    written = record_demo() + record_formats()
    for seed in SEEDS:
        written += record_history(seed, write_history)
    for what in ('"backfill":true', '"kind":"TIME"', '"kind":"DEFINITIONS"', "LEAD_ERASED", "SCORE_CHANGED", '"reason":'):
        print(f"{what}: {written.count(what)}")
        if what not in written:
            raise SystemExit(f"no output has {what}: take other seeds")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--record"]:
        record_all(os.path.abspath(sys.argv[2]))
    elif sys.argv[1:] == ["--record-outputs"]:
        record_outputs()
    else:
        unittest.main()
