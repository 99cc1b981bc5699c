#!/usr/bin/env python3
"""Runs the tests that take long, in stages. A stage that passed on this very tree is not run again. After an
interruption it continues with the interrupted stage.

    tools/long_test.py              all stages
    tools/long_test.py STAGE…       these only
    tools/long_test.py --fresh […]  as if nothing had been run before
    tools/long_test.py --list       what there is, and what has passed

The output of a stage goes to build/long/STAGE.log, its outcome to build/long/STAGE.json. Ends with 1 if a stage failed.
`tools/dev test --long` is this.
"""

import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent

DEV = "tools/dev"
RELEASE = "build/release"
PROGRAM = f"{RELEASE}/leadpulse"
FAULTY_DISK = f"{RELEASE}/tests/libfaulty_disk.so"
LONG = "-L long --no-tests=error --output-on-failure"
FUZZ_SECONDS = 600
FUZZ_TARGETS = sorted(source.name.removesuffix("_fuzzer.cc") for source in (ROOT / "tests/fuzz").glob("*_fuzzer.cc"))
# Unit tests that take more rounds with LEADPULSE_ROUNDS: program and file.
TESTS_WITH_ROUNDS = [("query_tests", "late_query_test"), ("serve_tests", "indexed_query_test"), ("serve_tests", "lead_index_test"),
                     ("hostile_tests", "hostile_bodies_test")]
HOSTILE_TESTS = ["records", "compression", "definitions", "clock", "volume", "command_line", "history", "addresses"]
# How ctest, libFuzzer and Google Test print their counts.
CTEST = r"\d+% tests passed, \d+ tests failed out of \d+"
FUZZER = r"\d+ runs, \d+ edges, \d+ finds"


def property_tests():
    """Returns the command of each property test, by its name: a program, with the test's file if it has several."""
    lists = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests/property").glob("*.cmake")))
    commands = {name: name for name in re.findall(r"leadpulse_test\((\w+)\.cc", lists)}
    for program, files in re.findall(r"leadpulse_tests\((\w+)\s+FILES\s([\w\s]+?)\sLINKS\s", lists):
        commands.update({name: f"{program} --file={name}" for name in files.split()})
    return {name: command for name, command in sorted(commands.items())
            if name.endswith("_property_test") or name == "promises_test"}


@dataclasses.dataclass
class Stage:
    name: str
    commands: list            # run one after the other; {scratch} is a folder that stays until the stage has passed
    counted: str              # a pattern: all of its matches in the output are shown
    environment: dict = dataclasses.field(default_factory=dict)


# One line a stage, in the order in which they run.
STAGES = [
    Stage("long_tests", [f"{DEV} build", f"{DEV} build release long_tests", f"ctest --test-dir {RELEASE} {LONG}"], CTEST),
    Stage("asan", [f"{DEV} test --preset asan", f"{DEV} build asan long_tests", f"ctest --test-dir build/asan {LONG}"], CTEST),
    Stage("tsan", [f"{DEV} build tsan threaded_tests",
                   "ctest --test-dir build/tsan -L threads --no-tests=error --output-on-failure"], CTEST),
    Stage("kills", [f"{DEV} build", f"python3 tests/crash/kill_test.py {PROGRAM} --library {FAULTY_DISK} --kills 300 "
                    "--resume {scratch}/kills.json"], r"\d+ kills.*"),
    Stage("deliveries", [f"{DEV} build", f"python3 tests/delivery/deliver_kill_test.py {PROGRAM} --kills 20"],
          r"\d+ kills.*"),
    Stage("replays", [f"{DEV} build", f"python3 tests/replay/replay_kill_test.py {PROGRAM} --kills 100",
                      f"python3 tests/replay/replay_state_kill_test.py {PROGRAM} --kills 100"], r"\d+ kills.*"),
    Stage("replay_rate", [f"{DEV} build", f"python3 tests/replay/replay_rate.py {PROGRAM}"], r"asked for .*"),
    Stage("power_cuts", [f"{DEV} build", f"python3 tests/crash/power_cut_test.py {PROGRAM} {FAULTY_DISK} --cuts 300 "
                         "--resume {scratch}/cuts.json"], r"\d+ (?:power )?cuts.*"),
    Stage("disk_faults", [f"{DEV} build", f"python3 tests/crash/disk_fault_test.py {PROGRAM} {FAULTY_DISK} "
                          "--faults 2000 --resume {scratch}/faults.json"], r"\d+ faults.*"),
    Stage("damages", [f"{DEV} build", f"python3 tests/crash/damage_test.py {PROGRAM} --damages 3000 "
                      "--resume {scratch}/damages.json"], r"\d+ damages.*"),
    *[Stage(f"hostile_{name}", [f"{DEV} build", f"python3 tests/hostile/{name}_test.py {PROGRAM} --full"],
            r"Ran \d+ tests") for name in HOSTILE_TESTS],
    Stage("receive", [f"{DEV} build", f"python3 tests/receiver/load_test.py {PROGRAM} --seconds 60 --kills 10"],
          r"\d+ posts.*"),
    Stage("mutants", ["python3 tests/mutants/mutants.py --resume {scratch}/mutants.json"], r"(?m)^\d+ of \d+ mutants.*"),
    Stage("mutants_generated", ["python3 tests/mutants/mutants.py --generated --sample 500 --resume {scratch}/mutants.json"],
          r"(?m)^\d+ generated mutants: .*"),
    Stage("live", [f"{DEV} build", f"/usr/bin/python3 tests/kafka/live_test.py {PROGRAM} --library {FAULTY_DISK} "
                   "--rounds 67 --brokers 3 --resume {scratch}/live.json"], r"\d+ rounds.*"),
    Stage("model", [f"{DEV} build", f"{RELEASE}/tests/model_test"], r"\[  PASSED  \].*",
          {"LEADPULSE_MODEL_SEEDS": "3000", "LEADPULSE_MODEL_FIRST_SEED": "1000"}),
    Stage("model_definitions_change", [f"{DEV} build", f"{RELEASE}/tests/definitions_change_model_test"],
          r"\[  PASSED  \].*", {"LEADPULSE_MODEL_HISTORIES": "1000", "LEADPULSE_MODEL_FIRST_SEED": "2000"}),
    Stage("exchange_kills", [f"{DEV} build", f"{RELEASE}/tests/exchange_kill_model_test"], r"\d+ kills at mid_exchange",
          {"LEADPULSE_MODEL_EXCHANGES": "500", "LEADPULSE_MODEL_FIRST_SEED": "1000"}),
    Stage("previews", [f"{DEV} build", f"{RELEASE}/tests/preview_run_test"], r"\[  PASSED  \].*",
          {"LEADPULSE_PREVIEW_SEEDS": "500", "LEADPULSE_PREVIEW_FIRST_SEED": "1000"}),
    Stage("addresses", [f"{DEV} build", f"{RELEASE}/tests/addresses_tests"], r"\d+ histories from seed \d+",
          {"LEADPULSE_ADDRESS_HISTORIES": "10000", "LEADPULSE_ADDRESS_FIRST_SEED": "1000"}),
    Stage("simulation", [f"{DEV} build", f"{RELEASE}/tests/simulation_test"], r"\[  PASSED  \].*",
          {"LEADPULSE_SIMULATION_SEEDS": "10000", "LEADPULSE_SIMULATION_FIRST_SEED": "1000"}),
    Stage("lead_order", [f"{DEV} build", f"{RELEASE}/tests/simulated_worker_tests --file=lead_order_test"], r"\[  PASSED  \].*",
          {"LEADPULSE_ORDER_SEEDS": "600"}),
    Stage("files_and_kafka", [f"{DEV} build", f"{RELEASE}/tests/files_and_kafka_test"], r"\d+ changes, .*",
          {"LEADPULSE_FILES_AND_KAFKA_SEEDS": "1000", "LEADPULSE_FILES_AND_KAFKA_FIRST_SEED": "1000"}),
    Stage("rounds", [f"{DEV} build", *(f"{RELEASE}/tests/{program} --file={name}" for program, name in TESTS_WITH_ROUNDS)],
          r"\[  PASSED  \].*", {"LEADPULSE_ROUNDS": "10"}),
    Stage("serve_writes", [f"{DEV} build", f"/usr/bin/python3 tests/serve/read_your_writes_test.py {PROGRAM}"], r"\d+ kills",
          {"LEADPULSE_WRITES": "10000"}),
    Stage("serve_walks", [f"{DEV} build", f"/usr/bin/python3 tests/serve/walks_test.py {PROGRAM}"],
          r"\d+ quiet walks|walks while \d+ records came", {"LEADPULSE_WALKS": "1000"}),
    *[Stage(name, [f"{DEV} build", f"{RELEASE}/tests/{command}"], r"OK, passed \d+ tests",
            {"RC_PARAMS": "seed=1 max_success=20000", "LEADPULSE_MODEL_SEEDS": "1000"}) for name, command in property_tests().items()],
    *[Stage(f"fuzz_{target}", [f"{DEV} fuzz {target} {FUZZ_SECONDS}"], FUZZER) for target in FUZZ_TARGETS],
    Stage("image", [f"{DEV} setup build kafka package image go", f"{DEV} build",
                    f"python3 tests/package/compose_test.py {PROGRAM}", f"python3 tests/package/kubernetes_test.py {PROGRAM}",
                    f"ctest --test-dir {RELEASE} -R ^kubeconform_test$ --no-tests=error -V",
                    f"python3 tests/package/image_test.py --build {RELEASE} --cpack cpack"], r"Ran \d+ tests"),
    Stage("distro_trixie", [f"{DEV} distro trixie"], CTEST),
    Stage("coverage", [f"{DEV} coverage"], r"(?m)^all .*"),
]


def tree_fingerprint(root):
    """Returns a hash of all files that git tracks or would track: a stage that passed has passed for these alone."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=True).stdout.decode()
    digest = hashlib.sha256()
    for path in sorted(set(listed.split("\0")) - {""}):
        file = root / path
        if file.is_file():
            digest.update(f"{path}\0{os.access(file, os.X_OK)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def spell_seconds(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


class LongTest:
    def __init__(self, root, stages, folder, out=sys.stdout):
        self.root, self.folder, self.out = root, folder, out
        self.stages = {stage.name: stage for stage in stages}
        self.fingerprint = tree_fingerprint(root)

    def stamp(self, name):
        """Returns the stage's outcome on this tree; nothing if it has not ended on it."""
        try:
            kept = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return kept if kept.get("tree") == self.fingerprint else None

    def passed(self, name):
        stamp = self.stamp(name)
        return stamp is not None and stamp["passed"]

    def say(self, text):
        print(text, file=self.out, flush=True)

    def scratch(self, name):
        """Returns the stage's folder. Removes what another tree left in it, because that is no progress of this one."""
        scratch, mark = self.folder / name, self.folder / name / "tree"
        if not mark.is_file() or mark.read_text(encoding="utf-8") != self.fingerprint:
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            mark.write_text(self.fingerprint, encoding="utf-8")
        return scratch

    def run(self, name):
        stage, log = self.stages[name], self.folder / f"{name}.log"
        scratch = self.scratch(name)
        self.say(f"==> {name} (log: {os.path.relpath(log, self.root)})")
        started, code = time.monotonic(), 0
        with open(log, "wb") as output:
            for command in stage.commands:
                code = subprocess.run(command.format(scratch=scratch).split(), cwd=self.root, stdout=output,
                                      stderr=output, env={**os.environ, **stage.environment}, check=False).returncode
                if code != 0:
                    break
        seconds = time.monotonic() - started
        text = log.read_text(encoding="utf-8", errors="replace")
        if code != 0:
            self.say("\n".join(text.splitlines()[-30:]))
        counted = "; ".join(match.group() for match in re.finditer(stage.counted, text))
        stamp = {"tree": self.fingerprint, "passed": code == 0, "seconds": seconds, "counted": counted}
        (self.folder / f"{name}.json").write_text(json.dumps(stamp), encoding="utf-8")
        if code == 0:
            shutil.rmtree(scratch)
        return code == 0

    def run_all(self, names, fresh):
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in names if fresh else []:
            (self.folder / f"{name}.json").unlink(missing_ok=True)
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for name in names:
            if self.passed(name):
                self.say(f"==> {name} has passed on this tree")
            else:
                self.run(name)
        self.say("")
        self.show(names)
        return 0 if all(self.passed(name) for name in names) else 1

    def show(self, names):
        width = max(map(len, names))
        self.say(f"{'stage':<{width}}  {'result':<8}{'h:mm:ss':>8}  counted")
        for name in names:
            stamp = self.stamp(name)
            if stamp is None:
                self.say(f"{name:<{width}}  {'not run':<8}")
                continue
            result = "passed" if stamp["passed"] else "FAILED"
            self.say(f"{name:<{width}}  {result:<8}{spell_seconds(stamp['seconds']):>8}  {stamp['counted']}".rstrip())


def main(arguments, stages=None, root=ROOT, out=sys.stdout):
    test = LongTest(root, STAGES if stages is None else stages, root / "build/long", out)
    known = list(test.stages)
    flags = [argument for argument in arguments if argument.startswith("-")]
    names = [argument for argument in arguments if not argument.startswith("-")] or known
    wrong = [flag for flag in flags if flag not in ("--fresh", "--list")] + [name for name in names if name not in known]
    if wrong:
        print(f"there is no stage or option {wrong[0]}. Options: --fresh, --list. Stages: {', '.join(known)}",
              file=sys.stderr)
        return 2
    if "--list" in flags:
        test.show(names)
        return 0
    return test.run_all(names, "--fresh" in flags)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
