"""A copy of the tree in which mutants are built and tested, and the file that stores what was found."""

import contextlib
import fcntl
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

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "house"))
from added_tests import read_tests  # noqa: E402
from project_files import project_files  # noqa: E402


class Problem(Exception):
    """A message for the user, who must act on it."""


# ---- the copy of the tree -------------------------------------------------------------------------------------------


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
    def __init__(self, root, jobs, name="tree"):
        self.root, self.jobs = root, jobs
        self.folder = root / "build/mutants" / name
        self.build = self.folder / "build/release"
        self.original = None  # the one file that differs from the tree's: its path and original content
        # Failed tests leave files behind. The next test removes them.
        self.scratch = root / "build/mutants/scratch"
        # Without the user's own settings, ccache finds what was compiled elsewhere in this tree.
        # A mutant may need more workloads than ctest runs by itself.
        more = {"LEADPULSE_MODEL_SEEDS": "120", "LEADPULSE_MODEL_HISTORIES": "50", "LEADPULSE_SIMULATION_SEEDS": "300",
                "LEADPULSE_ADDRESS_HISTORIES": "60", "LEADPULSE_MODEL_EXCHANGES": "6", "LEADPULSE_PREVIEW_SEEDS": "6",
                "LEADPULSE_ORDER_SEEDS": "20", "LEADPULSE_ROUNDS": "3"}
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
            self.copy_one(path)
        for path in set(project_files(self.folder)) - set(wanted):
            (self.folder / path).unlink()

    def copy_one(self, path):
        source, target = self.root / path, self.folder / path
        if target.is_file() and target.read_bytes() == source.read_bytes():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)

    def configure(self, *options):
        self.call(["cmake", "--preset", "release", *options],
                  "the copy of the tree cannot be configured")
        self.tests = read_tests(self.build)

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
        """Returns the targets of the build folder that the tests need."""
        found = set()
        for test in tests:
            name = test.partition(":")[0]
            if name not in self.tests:
                raise Problem(f"ctest knows no test {name}; does tests/ register it?")
            found |= self.tests[name].targets(self.build)
        return sorted(found)

    def make(self, tests, what):
        targets = self.targets(tests)
        if targets:
            self.call(["ninja", "-C", str(self.build), f"-j{self.jobs}", *targets], what)

    def run(self, test, timeout=None):
        """Returns None if the test passes, else its output."""
        name, _, cases = test.partition(":")
        environment = dict(self.environment, TMPDIR=str(self.scratch), **({"GTEST_FILTER": cases} if cases else {}))
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        command = ["ctest", "--test-dir", str(self.build), "-V", "-R", f"^{re.escape(name)}$"]
        code, said = run_within(command, timeout, cwd=self.folder, env=environment)
        if "No tests were found" in said or "***Not Run" in said or cases and "Running 0 tests" in said:
            raise Problem(f"{test} runs nothing; mend its name in mutants.toml:\n{said[-2000:]}")
        return None if code == 0 else said


def run_within(command, timeout, **options):
    """Returns the exit code of a command and its output; None and "hangs" if it has not ended after `timeout` seconds.
    Ends the processes that it has started, too."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                               start_new_session=True, **options)
    try:
        said = process.communicate(timeout=timeout)[0]
        return process.returncode, said
    except subprocess.TimeoutExpired:
        return None, "hangs"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def case_of(said):
    """The first failed case or table, if the test names it."""
    table = re.search(r"tests/scenarios/(\w+\.scenario:\d+): ", said)
    failed = re.search(r"\[  FAILED  \] (\w[\w/]*\.[\w/]+)", said)
    running = re.findall(r"\[ RUN      \] (\S+)", said)
    if table or failed:
        return " " + (table or failed).group(1)
    return f" {running[-1]} (aborts)" if running else " (hangs)" if said == "hangs" else ""


# ---- stored results -------------------------------------------------------------------------------------------------


class Kept:
    """Results by their cause: another tree or another defect is another key."""

    def __init__(self, path, tree):
        self.path, self.tree, self.results, self.saved = path, tree, {}, 0
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
        if time.monotonic() > self.saved + 2:
            self.save()

    def save(self):
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.path.with_suffix(".tmp")
            temporary.write_text(json.dumps(self.results, indent=1, sort_keys=True), encoding="utf-8")
            temporary.replace(self.path)
        self.saved = time.monotonic()
