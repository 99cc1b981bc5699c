#!/usr/bin/env python3
"""Puts one defect after the other into a copy of the tree and shows that a test catches it.

    tests/mutants/mutants.py                      all of mutants.toml; exits with 1 if one is not caught
    tests/mutants/mutants.py NAME… [--jobs N]     those only; a NAME may hold * and ?
    tests/mutants/mutants.py --resume FILE        FILE stores what was caught: a restart continues there, or
                                                  starts over for another tree
    tests/mutants/mutants.py --list | --check     lists the table; checks that it still fits the tree

The copy and its build are below build/mutants; README.md says how to read the result and to add a defect.
"""

import argparse
import dataclasses
import fcntl
import fnmatch
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib

KEYS = {"name", "what", "file", "before", "after", "tests"}
# With a mutant, a test may take PATIENCE_FACTOR times as long as without it, and at least PATIENCE_SECONDS; then it
# counts as hanging, which also catches the mutant.
PATIENCE_FACTOR, PATIENCE_SECONDS = 20, 60
ADD_TEST = re.compile(r'^add_test\((?:\[=*\[)?([\w.-]+)(?:\]=*\])? (.*)\)$')
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Problem(Exception):
    """A message for the user, who must act on it."""


@dataclasses.dataclass
class Mutant:
    name: str
    what: str
    file: str
    before: str
    after: str
    tests: list  # `ctest name` or `ctest name:filter of its cases`, the fastest first

    def apply(self, text):
        return text.replace(self.before, self.after)


# ---- the table ------------------------------------------------------------------------------------------------------


def load_table(root):
    path = root / "tests/mutants/mutants.toml"
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", [])
    except (OSError, ValueError) as error:
        raise Problem(f"{path}: {error}") from error
    mutants = []
    for number, entry in enumerate(entries, 1):
        name = entry.get("name", f"number {number}")
        if set(entry) != KEYS:
            wrong = ", ".join(sorted(set(entry) ^ KEYS))
            raise Problem(f"mutants.toml, {name}: it must have {', '.join(sorted(KEYS))}, each once; mend {wrong}")
        mutants.append(Mutant(**entry))
    return mutants


def check_table(root, mutants):
    """Returns the errors in the table, one sentence each."""
    problems = []
    known_tests = {path.stem for path in (root / "tests").rglob("*") if path.suffix in (".cc", ".py")}
    for path in (root / "tests").rglob("CMakeLists.txt"):  # a program of several files has a name of its own
        known_tests |= set(re.findall(r"(?:add_test\(NAME |leadpulse_serve_test\()(\w+)", path.read_text(encoding="utf-8")))
    names = set()
    for mutant in mutants:
        wrong = lambda text: problems.append(f"mutants.toml, {mutant.name}: {text}")  # noqa: E731
        if mutant.name in names:
            wrong("there are two of that name; give one of them another")
        names.add(mutant.name)
        try:
            found = (root / mutant.file).read_text(encoding="utf-8").count(mutant.before)
        except OSError as error:
            wrong(f"{mutant.file} cannot be read ({error.strerror}); where is the code now?")
            continue
        if found != 1:
            wrong(f"its `before` occurs {found} times in {mutant.file}, not once; " +
                  ("look up what the code says now" if found == 0 else "take in a line more"))
        if mutant.before == mutant.after:
            wrong("`before` and `after` are the same; it changes nothing")
        if not mutant.tests:
            wrong("it names no test; which one must catch it?")
        for test in mutant.tests:
            if test.partition(":")[0] not in known_tests:
                wrong(f"there is no test {test.partition(':')[0]} below tests/")
    return problems


def select(mutants, names):
    chosen = []
    for name in names:
        found = [mutant for mutant in mutants if fnmatch.fnmatchcase(mutant.name, name)]
        if not found:
            raise Problem(f"there is no mutant {name}; --list shows all")
        chosen += [mutant for mutant in found if mutant not in chosen]
    return chosen if names else mutants


# ---- the copy of the tree -------------------------------------------------------------------------------------------


def project_files(root):
    """Relative paths of what git tracks or would track; without git, of everything but build/ and .git."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=False)
    top = subprocess.run(["git", "-C", str(root), "rev-parse", "--show-toplevel"], capture_output=True, check=False)
    if listed.returncode == 0 and os.path.realpath(top.stdout.decode().strip()) == os.path.realpath(root):
        return sorted({path for path in listed.stdout.decode().split("\0") if path and (root / path).is_file()})
    found = []
    for folder, folders, files in os.walk(root):
        relative = os.path.relpath(folder, root)
        folders[:] = [name for name in folders if name not in (".git", "__pycache__")
                      and not (relative == "." and name == "build")]
        found += [os.path.normpath(os.path.join(relative, name)) for name in files]
    return sorted(found)


def tree_hash(root):
    """A hash of everything that can change a test's result for a mutant."""
    digest = hashlib.sha256()
    for path in project_files(root):
        if path.startswith("tests/mutants/") or path.endswith(".md"):
            continue
        content = (root / path).read_bytes()
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


class Tree:
    def __init__(self, root, jobs):
        self.root, self.jobs = root, jobs
        self.folder = root / "build/mutants/tree"
        self.build = self.folder / "build/release"
        self.original = None  # the one file that differs from the tree's: its path and original content
        # Failed tests leave files behind. The next test removes them.
        self.scratch = root / "build/mutants/scratch"
        # Without the user's own settings, ccache finds what was compiled elsewhere in this tree.
        # A mutant may need more workloads than ctest runs by itself.
        more = {"LEADPULSE_MODEL_SEEDS": "120", "LEADPULSE_MODEL_HISTORIES": "50"}
        self.environment = {"CCACHE_BASEDIR": str(root), "CCACHE_NOHASHDIR": "1", **more, **os.environ}
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = open(root / "build/mutants/lock", "w", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Problem("another run is using build/mutants; wait for it") from error

    def copy(self):
        """Copies what differs and removes what is gone. Files get new times, so that ninja sees them."""
        wanted = project_files(self.root)
        for path in wanted:
            source, target = self.root / path, self.folder / path
            if target.is_file() and target.read_bytes() == source.read_bytes():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        for path in set(project_files(self.folder)) - set(wanted):
            (self.folder / path).unlink()

    def configure(self):
        # The defects change one source at a time, so each source is compiled by itself.
        self.call(["cmake", "--preset", "release", "-DCMAKE_UNITY_BUILD=OFF"],
                  "the copy of the tree cannot be configured")
        self.commands = {}
        for file in self.build.rglob("CTestTestfile.cmake"):
            for line in file.read_text(encoding="utf-8").splitlines():
                if added := ADD_TEST.match(line):
                    self.commands[added.group(1)] = QUOTED.findall(added.group(2))

    def call(self, command, what):
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise Problem(f"{what}:\n{(done.stdout + done.stderr)[-4000:]}")

    def mutate(self, mutant):
        self.restore()
        path = self.folder / mutant.file
        text = path.read_text(encoding="utf-8")
        self.original = path, text
        path.write_text(mutant.apply(text), encoding="utf-8")

    def restore(self):
        if self.original is not None:
            path, text = self.original
            path.write_text(text, encoding="utf-8")
        self.original = None

    def targets(self, tests):
        """The targets of the build folder that the tests' commands name."""
        found = set()
        for test in tests:
            name = test.partition(":")[0]
            if name not in self.commands:
                raise Problem(f"ctest knows no test {name}; does tests/ register it?")
            found |= {os.path.relpath(part, self.build) for part in self.commands[name]
                      if part.startswith(f"{self.build}/")}
        return sorted(found)

    def make(self, tests, what):
        targets = self.targets(tests)
        if targets:
            self.call(["ninja", "-C", str(self.build), f"-j{self.jobs}", *targets], what)

    def run(self, test, patience=None):
        """Returns None if the test passes, else its output."""
        name, _, cases = test.partition(":")
        environment = dict(self.environment, TMPDIR=str(self.scratch), **({"GTEST_FILTER": cases} if cases else {}))
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        command = ["ctest", "--test-dir", str(self.build), "-V", "-R", f"^{re.escape(name)}$"]
        process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        try:
            said = process.communicate(timeout=patience)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return "hangs"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        if "No tests were found" in said or "***Not Run" in said or cases and "Running 0 tests" in said:
            raise Problem(f"{test} runs nothing; mend its name in mutants.toml:\n{said[-2000:]}")
        return None if process.returncode == 0 else said


# ---- stored results -------------------------------------------------------------------------------------------------


class Kept:
    """Results by their cause: another tree or another defect is another key."""

    def __init__(self, path, tree):
        self.path, self.tree, self.results = path, tree, {}
        if path is not None and path.is_file():
            try:
                self.results = json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                raise Problem(f"{path} is not our file ({error}); give another --resume, or remove it") from error

    def key(self, thing):
        return hashlib.sha256(json.dumps([self.tree, thing], sort_keys=True).encode()).hexdigest()

    def get(self, name, thing):
        result = self.results.get(name)
        return result if result is not None and result.get("key") == self.key(thing) else None

    def put(self, name, thing, **result):
        self.results[name] = {"key": self.key(thing), **result}
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.path.with_suffix(".tmp")
            temporary.write_text(json.dumps(self.results, indent=1, sort_keys=True), encoding="utf-8")
            temporary.replace(self.path)


# ---- the work -------------------------------------------------------------------------------------------------------


def show_unmutated(tree, kept, tests):
    """Checks that the tests pass without a defect; returns how long each takes."""
    duration = {}
    missing = [test for test in tests if kept.get(test, "unmutated") is None]
    tree.make(missing, "the unmutated tree does not build; mend it first")
    for test in tests:
        if test in missing:
            began = time.monotonic()
            said = tree.run(test)
            if said is not None:
                raise Problem(f"the unmutated tree fails {test}; mend that first:\n{said[-4000:]}")
            kept.put(test, "unmutated", seconds=round(time.monotonic() - began, 1))
        duration[test] = kept.get(test, "unmutated")["seconds"]
    return duration


def case_of(said):
    """The first failed case or table, if the test names it."""
    table = re.search(r"tests/scenarios/(\w+\.scenario:\d+): ", said)
    failed = re.search(r"\[  FAILED  \] (\w[\w/]*\.[\w/]+)", said)
    running = re.findall(r"\[ RUN      \] (\S+)", said)
    if table or failed:
        return " " + (table or failed).group(1)
    return f" {running[-1]} (aborts)" if running else " (hangs)" if said == "hangs" else ""


def try_mutant(tree, mutant, duration):
    """Returns the test that caught it and the case, or None."""
    tree.mutate(mutant)
    tree.make(mutant.tests, f"mutant {mutant.name} does not build; mend its `after` in mutants.toml")
    for test in mutant.tests:
        said = tree.run(test, max(PATIENCE_SECONDS, PATIENCE_FACTOR * duration[test]))
        if said is not None:
            log = tree.root / f"build/mutants/said/{mutant.name}.txt"
            log.parent.mkdir(exist_ok=True)
            log.write_text(said, encoding="utf-8")
            return test.partition(":")[0] + case_of(said)
    return None


def print_table(rows):
    width = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, caught_by, seconds in rows:
        print(f"{name:<{width[0]}}  {caught_by:<{width[1]}}  {seconds:>7}")


def run(root, mutants, arguments):
    tree = Tree(root, arguments.jobs)
    tree.copy()
    kept = Kept(arguments.resume, tree_hash(root))
    tree.configure()
    wanted = [mutant for mutant in mutants if kept.get(mutant.name, dataclasses.asdict(mutant)) is None]
    duration = show_unmutated(tree, kept, sorted({test for mutant in wanted for test in mutant.tests}))
    print(f"{len(duration)} tests pass without a defect; {len(wanted)} of {len(mutants)} mutants to try",
          flush=True)
    rows, failed = [("mutant", "caught by", "seconds")], 0
    for mutant in mutants:
        result = kept.get(mutant.name, dataclasses.asdict(mutant))
        if result is None:
            began = time.monotonic()
            try:
                result = {"caught_by": try_mutant(tree, mutant, duration)}
            except Problem as problem:
                print(problem, flush=True)
                result = {"caught_by": None, "error": "does not build or run"}
            result["seconds"] = round(time.monotonic() - began, 1)
            if result["caught_by"] is not None:
                kept.put(mutant.name, dataclasses.asdict(mutant), **result)
        if result["caught_by"] is None:
            failed += 1
        rows.append((mutant.name, result["caught_by"] or result.get("error", "SURVIVES"), f"{result['seconds']:.1f}"))
        print(f"  {mutant.name}: {rows[-1][1]}", flush=True)
    tree.restore()
    print()
    print_table(rows)
    print(f"\n{len(mutants) - failed} of {len(mutants)} mutants are caught")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutants to try; all where none is given")
    parser.add_argument("--list", action="store_true", help="name, file and meaning of each; tries none")
    parser.add_argument("--check", action="store_true", help="whether the table fits the tree; tries none")
    parser.add_argument("--resume", type=pathlib.Path, metavar="FILE", help="keeps what was caught")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="how many compilers at once")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2],
                        help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    try:
        mutants = select(load_table(root), arguments.names)
        if problems := check_table(root, mutants):
            raise Problem("\n".join(problems))
        if arguments.list:
            for mutant in mutants:
                print(f"{mutant.name}\n    {mutant.file}: {mutant.what}\n    caught by {', '.join(mutant.tests)}")
            return 0
        if arguments.check:
            print(f"{len(mutants)} mutants: each finds its text, once")
            return 0
        return run(root, mutants, arguments)
    except Problem as problem:
        print(f"mutants.py: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("mutants.py: stopped" + ("; run it again to go on" if arguments.resume else ""), file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
