"""Runs generated mutants: builds them all behind switches, finds which tests reach each, and runs those tests."""

import concurrent.futures
import hashlib
import os
import re
import resource
import shutil
import subprocess
import time
import tomllib

import generate
from folder_tests import programs_of
from tree import case_of, Problem, run_within

# A test with a mutant may take ten times as long as without, and at least ten seconds.
TIMEOUT_FACTOR, TIMEOUT_SECONDS = 10, 10
MEMORY, FILE = 6 << 30, 1 << 30  # bytes that a test with a mutant may take
ENVIRONMENT = {"GTEST_FAIL_FAST": "1", "RC_PARAMS": "seed=1"}  # property tests choose the same inputs each time
LOCATION = re.compile(r"^([\w./-]+\.cc):(\d+):\d+:")


# ---- selection ------------------------------------------------------------------------------------------------------


def find_mutants(root, files, wanted):
    """Returns the mutants of the sources below the wanted folders and files; of all that have tests if none is given."""
    chosen = [file for file in files if file.endswith(".cc") and "metrics" not in file and programs_of(file) and
              (not wanted or any(file == name or file.startswith(f"{name.rstrip('/')}/") for name in wanted))]
    if not chosen:
        raise Problem(f"there is no source with tests below {' '.join(wanted)}; PROGRAMS in tests/house/folder_tests.py has the folders")
    return [mutant for file in chosen
            for mutant in generate.mutants_of(file, (root / file).read_text(encoding="utf-8"))]


def sample(mutants, number, seed):
    """Chooses by name, so that the same seed chooses the same mutants of another tree, as far as it has them."""
    by_hash = sorted(mutants, key=lambda mutant: hashlib.sha256(f"{seed} {mutant.name}".encode()).digest())
    chosen = {id(mutant) for mutant in by_hash[:number]}
    return [mutant for mutant in mutants if id(mutant) in chosen]


def load_accepted(root, mutants):
    """Returns the reasons why mutants may survive, by name. Prints the names of mutants that are gone."""
    path = root / "tests/mutants/accepted.toml"
    accepted = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    known, files = {mutant.name for mutant in mutants}, {mutant.file for mutant in mutants}
    for name in accepted:
        if name not in known and name.partition(" ")[0] in files:
            print(f"accepted.toml has no mutant any more: {name}", flush=True)
    return accepted


# ---- one build with all ---------------------------------------------------------------------------------------------


class Switches:
    """The mutants of a build. They keep their numbers when others turn out not to compile."""

    def __init__(self, tree, mutants):
        self.tree, self.mutants = tree, dict(enumerate(mutants, 1))
        self.left_out, self.files = [], set()

    def write(self):
        by_file = {}
        for number, mutant in self.mutants.items():
            by_file.setdefault(mutant.file, []).append((number, mutant))
        for file, numbered in by_file.items():
            text = (self.tree.root / file).read_text(encoding="utf-8")
            code, path = generate.mutated(file, text, numbered), self.tree.folder / file
            if path.read_text(encoding="utf-8") != code:
                path.write_text(code, encoding="utf-8")
        self.files |= set(by_file)
        for file in self.files - set(by_file):
            self.tree.copy_one(file)

    def build(self, targets):
        """Builds, and leaves out what does not compile, until all compiles."""
        while True:
            self.write()
            done = subprocess.run(["ninja", "-C", str(self.tree.build), "-k0", f"-j{self.tree.jobs}", *targets],
                                  cwd=self.tree.folder, env=self.tree.environment, capture_output=True, text=True,
                                  errors="replace", check=False)
            if done.returncode == 0:
                return
            out = self.suspects(errors_in(done.stdout))
            if not out:
                raise Problem(f"the tree does not build, also without mutants:\n{done.stdout[-4000:]}")
            self.left_out += [self.mutants.pop(number) for number in out]
            print(f"{len(self.left_out)} mutants do not compile and are left out", flush=True)

    def suspects(self, wrong):
        """Returns the mutants to blame for errors at these places: of a line, first those that return nothing."""
        out = set()
        for file, line in wrong:
            there = [number for number, mutant in self.mutants.items()
                     if mutant.file == file and mutant.line <= line <= mutant.line + mutant.before.count("\n")]
            returns = [number for number in there if self.mutants[number].kind == "return"]
            out.update(returns or there or (number for number, mutant in self.mutants.items() if mutant.file == file))
        return sorted(out)


def errors_in(said):
    """Returns the places of errors: file and line. An error inside of a header belongs to what instantiated it."""
    found, pending = set(), []
    for line in said.splitlines():
        place = LOCATION.match(line)
        place = (place.group(1), int(place.group(2))) if place else None
        if " error: " in line:
            found |= {place} if place else set(pending)
        elif " warning: " in line:
            pending = []
        elif place and "required from" in line:
            pending.append(place)
    return found


# ---- tests ----------------------------------------------------------------------------------------------------------


class Runner:
    def __init__(self, tree, tests, count):
        self.tree, self.tests, self.count = tree, tests, count
        self.seconds, self.reached = {}, {}

    def measure(self):
        """Runs each test without a mutant: it must pass. Notes how long it takes and which mutants it reaches."""
        for test in self.tests:
            record = self.tree.folder.parent / "reached"
            record.write_bytes(bytes(self.count + 1))
            began = time.monotonic()
            said = self.run(test, 0, 3600, {"LEADPULSE_MUTANTS_REACHED": str(record)})
            if said is not None:
                raise Problem(f"without a mutant, {test} fails; mend that first:\n{said[-4000:]}")
            self.seconds[test] = time.monotonic() - began
            self.reached[test] = record.read_bytes()

    def tests_for(self, number, programs):
        found = [test for test in self.tests if self.reached[test][number] and program_of(self.tree, test) in programs]
        return sorted(found, key=self.seconds.get)

    def run(self, test, number, timeout, more=None):
        """Returns None if the test passes, else its output."""
        scratch = self.tree.folder.parent / f"scratch-{number}"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        own = dict(word.split("=", 1) for word in self.tree.tests[test].list_of("ENVIRONMENT"))
        environment = {**self.tree.environment, **ENVIRONMENT, **own,
                       "TMPDIR": str(scratch), "LEADPULSE_MUTANT": str(number), **(more or {})}
        code, said = run_within(self.tree.tests[test].command, timeout, cwd=self.tree.folder, env=environment, preexec_fn=limit)
        shutil.rmtree(scratch, ignore_errors=True)
        return None if code == 0 else said

    def try_mutant(self, number, mutant):
        began, tests = time.monotonic(), self.tests_for(number, programs_of(mutant.file))
        outcome = {"result": "survived" if tests else "not reached"}
        for test in tests:
            said = self.run(test, number, max(TIMEOUT_SECONDS, TIMEOUT_FACTOR * self.seconds[test]))
            if said is not None:
                outcome = {"result": "caught", "by": test + case_of(said)}
                break
        return {"file": mutant.file, "function": mutant.function, "kind": mutant.kind, "line": mutant.line, **outcome,
                "seconds": round(time.monotonic() - began, 1)}


def limit():
    os.nice(19)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def program_of(tree, test):
    return os.path.basename(tree.tests[test].command[0])


# ---- the work -------------------------------------------------------------------------------------------------------


def run(tree, mutants, kept):
    """Tries the mutants that have no result yet; returns the results by name."""
    results = {mutant.name: result for mutant in mutants if (result := kept.get(mutant.name, "generated"))}
    wanted = [mutant for mutant in mutants if mutant.name not in results]
    if not wanted:
        return results
    programs = sorted({program for mutant in wanted for program in programs_of(mutant.file)})
    tests = [test for test in tree.tests if program_of(tree, test) in programs]
    if missing := set(programs) - {program_of(tree, test) for test in tests}:
        raise Problem(f"there is no test program {', '.join(sorted(missing))}; mend PROGRAMS in tests/house/folder_tests.py")
    switches = Switches(tree, wanted)
    print(f"{len(wanted)} mutants of {len(mutants)} to try; building {len(programs)} test programs", flush=True)
    switches.build(tree.targets(tests))
    for mutant in switches.left_out:
        results[mutant.name] = {"file": mutant.file, "function": mutant.function, "kind": mutant.kind,
                                "line": mutant.line, "result": "does not compile", "seconds": 0}
        kept.put(mutant.name, "generated", **results[mutant.name])
    runner = Runner(tree, tests, len(wanted))
    runner.measure()
    print(f"{len(tests)} tests pass without a mutant, in {sum(runner.seconds.values()):.0f} s", flush=True)
    pool = concurrent.futures.ThreadPoolExecutor(tree.jobs)
    tried = {pool.submit(runner.try_mutant, number, mutant): mutant for number, mutant in switches.mutants.items()}
    try:
        for future in concurrent.futures.as_completed(tried):
            mutant, result = tried[future], future.result()
            results[mutant.name] = result
            kept.put(mutant.name, "generated", **result)
            print(f"{result['result']:<11} {mutant.file}:{mutant.line} {mutant.name.partition(' ')[2]}"
                  + (f" ({result['by']})" if "by" in result else ""), flush=True)
    finally:
        pool.shutdown(cancel_futures=True)
    return results


# ---- the report -----------------------------------------------------------------------------------------------------

COLUMNS = ["caught", "survived", "not reached", "does not compile"]


def report(results, accepted):
    """Returns counts by folder and by kind, and the mutants that nothing catches and nobody has accepted."""
    lines = counts_by("folder", results, lambda result: os.path.dirname(result["file"]))
    lines += counts_by("kind", results, lambda result: result["kind"])
    open_ones = [(result["file"], result["line"], result["result"], name.partition(" ")[2])
                 for name, result in results.items()
                 if result["result"] in ("survived", "not reached") and name not in accepted]
    lines += [f"{file}:{line}: {result}: {name}" for file, line, result, name in sorted(open_ones)]
    caught = sum(result["result"] == "caught" for result in results.values())
    lines += ["", f"{len(results)} generated mutants: {caught} caught, {len(open_ones)} open, "
                  f"{sum(name in accepted for name in results)} accepted"]
    return "\n".join(lines)


def counts_by(title, results, group):
    counts = {}
    for result in results.values():
        for row in (group(result), "all"):
            counts.setdefault(row, dict.fromkeys(COLUMNS, 0))[result["result"]] += 1
    width = max(map(len, [*counts, title]))
    rows = [(title, COLUMNS), *((row, count.values()) for row, count in sorted(counts.items()) if row != "all"),
            ("all", counts["all"].values())]
    return [f"{row:<{width}}" + "".join(f"  {cell:>{max(8, len(column))}}" for cell, column in zip(cells, COLUMNS))
            for row, cells in rows] + [""]
