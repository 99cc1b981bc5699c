#!/usr/bin/env python3
"""Checks what a commit touches: builds it, runs the tests of the touched folders, and lints the touched files.

    tools/check.py --build build/release [--jobs N] [BASE]

The touched files are those that differ from the commit BASE (default: HEAD; if nothing differs from it, its parent).
A touched file for which no test is known is named. Ends with 1 if something fails. `tools/dev check` is this;
`tools/dev test` and `tools/dev lint` check everything.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

import tidy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/house"))
from added_tests import read_tests  # noqa: E402
from folder_tests import programs_of  # noqa: E402

# Programs that take more than half a minute: CI runs them.
SLOW = {"addresses_tests", "model_test"}
# Tests, besides those of programs_of, that show a mistake in one of these folders or files: names of tests, programs or
# scripts.
ALSO = {
    ("schemas/leadpulse",): {"state_tests", "languages_test", "json_schemas_test"},
    ("schemas/json", "tools/json_schemas.py", "tools/asyncapi.py"): {"json_schemas_test", "asyncapi_test"},
    ("tests/data/schemas",): {"schema_compatibility_test"},
    ("tests/data/webhooks", "tests/data/sendgrid"): {"webhook_tests", "signature_tests"},
    ("tests/data/demo", "tests/data/marketo", "tests/data/saas", "tools/demo"): {"demo_records", "serve_demo_pages_test"},
    ("processor/delivery",): {"deliver_test"},
    ("processor/receiver",): {"receive_test"},
    ("processor/replay",): {"replay_command_test"},
    ("processor/serve/api",): {"serve_writes_test"},
    ("processor/serve/pages",): {"serve_templates_test", "serve_page_test"},
    ("processor/serve/queries",): {"queries_test"},
    ("processor/kafka/RUNBOOK.md",): {"runbook_test"},
    ("tools/simulate",): {"simulate_tests"},
    ("tools/report",): {"report_tests"},
    ("tools/leadpulse",): {"tools_tests", "watched_definitions_test"},
    ("tools/leadpulse/commit.cmake",): {"commit_test"},
    ("tests/mutants",): {"mutants_selftest"},
    ("tools/dev", "tools/packages.sh"): {"dev_setup_test"},
    ("tools/tidy.py",): {"tidy_selftest"},
    ("tools/long_test.py",): {"long_test_test"},
    ("tools/check.py", "tests/house/folder_tests.py"): {"check_selftest"},
    ("tools/coverage.py",): {"coverage_table_test"},
    ("tools/seeds.py", "tests/fuzz/seeds"): {"seeds_test"},
    ("tools/package",): {"package_test"},
    ("tools/operations",): {"operations_test", "runbook_test"},
}
CPP = (".cc", ".h")
LISTS = (".cmake", "CMakeLists.txt")
# What a file below tests/ uses of other files there: headers by their path without ending, Python modules by their name.
USES = re.compile(r'^\s*(?:#\s*include\s*"(tests/[\w/-]+)\.h"|(?:from|import)\s+(\w+))', re.M)
MOST_LINTED = 10  # sources for a header that has none of its own


def run(*command):
    return subprocess.run(command, check=False)


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def has_commit(name):
    return subprocess.run(["git", "rev-parse", "--quiet", "--verify", name + "^{commit}"], check=False,
                          capture_output=True).returncode == 0


def touched_files(base):
    """Returns the files that differ from `base`, new and deleted ones included."""
    if base is None:
        return sorted(tidy.differing("HEAD") or (tidy.differing("HEAD~1") if has_commit("HEAD~1") else []))
    if not has_commit(base):
        sys.exit(f"check: there is no commit '{base}'")
    return sorted(tidy.differing(base))


class Tests:
    """The tests of a build folder."""

    def __init__(self, added, sources):
        self.words = {name: test.command + test.list_of("REQUIRED_FILES") for name, test in added.items()}
        self.lists = {name: list_of(test) for name, test in added.items()}
        self.sources = sources  # by path: the texts of files below tests/

    def named(self, names):
        """Returns the tests that have one of these names, or run such a program or script."""
        return {name for name, words in self.words.items() if name in names
                or any(re.sub(r"\.py$", "", os.path.basename(word)) in names for word in words)}

    def in_lists(self, beginning):
        return {name for name, list_ in self.lists.items() if list_.startswith(beginning)}

    def of(self, path):
        """Returns the tests that a touched file concerns."""
        found = set()
        for entries, names in ALSO.items():
            if any(path == entry or path.startswith(entry + "/") and not path.endswith(".md") for entry in entries):
                found |= self.named(names)
        if path.endswith(".md"):
            return found | self.named({"readme_examples"})
        if path.startswith("tests/"):
            return found | self.of_test(path)
        return found | self.named(set(programs_of(path) or []) - SLOW) | self.of_command(path)

    def of_test(self, path):
        """Returns the tests of a file below tests/: those that it is, that use it, or that lie in its folder."""
        if path.endswith(LISTS):
            return self.in_lists(path) if path.endswith(".cmake") else set()
        folder = "/".join(path.split("/")[:2]) + "/"
        found = {name for name, words in self.words.items() if any(word.endswith("/" + path) for word in words)}
        users = {os.path.basename(user) for user in self.users(path)} if path.endswith(CPP + (".py",)) else set()
        found |= self.named(users)
        if path.endswith(CPP) and not found:  # sources of a program that has another name
            lists = "\n".join(text for list_, text in self.sources.items() if list_.startswith(folder) and list_.endswith(LISTS))
            found = self.named(set(re.findall(rf"\((\w+)[^()]*\b(?:{'|'.join(users)})\b[^()]*\)", lists)))
        if not found and path in self.sources:
            found = self.in_lists(folder)
        return found

    def users(self, path):
        """Returns what includes or imports a file below tests/, directly or not, and itself, like USES."""
        def key(name):
            return pathlib.PurePath(name).stem if name.endswith(".py") else re.sub(r"\.\w+$", "", name)
        uses = {}
        for source, text in self.sources.items():
            if not source.endswith(CPP + (".py",)):
                continue
            used = {header or module for header, module in USES.findall(text)}
            uses.setdefault(key(source), set()).update(used)
            if source.startswith("tests/support/") and key(source) + ".h" not in self.sources:  # it defines what those declare
                for header in used:
                    if os.path.dirname(header) == os.path.dirname(source):
                        uses.setdefault(header, set()).add(key(source))
        found, more = set(), {key(path)}
        while more:
            found |= more
            more = {user for user, used in uses.items() if used & more} - found
        return found

    def of_command(self, path):
        """Returns the tests of the subcommand that a source belongs to, of all subcommands if it belongs to none."""
        if path.endswith(LISTS):
            return set()
        command = re.fullmatch(r"tools/leadpulse/(?:(\w+)/)?(?:\w+/)*(\w+?)(?:_command)?\.\w+", path)
        if command is None:
            return set()
        names = {f"{kind}{word}{suffix}" for word in command.groups() if word
                 for kind in ("", "kafka_") for suffix in ("_test", "_command_test")}
        return {name for name in self.words if name in names} or self.in_lists("tests/cli/")


def list_of(test):
    """Returns the list of tests/ that adds the test, from the top folder: the innermost file is often that of a function."""
    return next((path for path in map(os.path.relpath, test.lists())
                 if path.startswith("tests/") and path != "tests/CMakeLists.txt"), "")


def texts_of_tests():
    paths = output_of("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "tests").split("\0")
    return {path: pathlib.Path(path).read_text(encoding="utf-8", errors="replace") for path in paths if os.path.isfile(path)}


def linted(touched):
    """Returns the sources to lint: touched ones; for a touched header its own source, or a few that include it."""
    units = {path for path in touched if path.endswith(".cc")}
    for header in (path for path in touched if path.endswith(".h")):
        own = header[:-2] + ".cc"
        if os.path.isfile(own):
            units.add(own)
            continue
        found = subprocess.run(["git", "grep", "-lF", "--untracked", f'#include "{header}"', "--", "*.cc"], check=False,
                               capture_output=True, text=True).stdout.splitlines()
        found.sort(key=lambda path: (os.path.dirname(path) != os.path.dirname(header), path))
        units.update(found[:MOST_LINTED])
    return sorted(units)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a configured build folder")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("base", nargs="?", help="the commit to compare with")
    arguments = parser.parse_args()

    touched = touched_files(arguments.base)
    if not touched:
        print("nothing is touched")
        return 0
    added = read_tests(arguments.build.resolve())
    tests = Tests(added, texts_of_tests())
    concerned = {path: tests.of(path) for path in touched}
    chosen = {"house"}.union(*concerned.values())
    print(f"{len(touched)} files are touched; tests: {' '.join(sorted(chosen))}")
    for path in (path for path, names in concerned.items() if not names):
        print(f"no test is known for {path}")
    sys.stdout.flush()

    failed = []
    targets = set().union(*(added[name].targets(arguments.build.resolve()) for name in chosen))
    if run("ninja", "-C", str(arguments.build), "-j", str(arguments.jobs), "leadpulse", *sorted(targets)).returncode:
        print("check: failed: build", file=sys.stderr)
        return 1
    if run("ctest", "--test-dir", str(arguments.build), "--output-on-failure", "--no-tests=error", "-j", str(arguments.jobs + 2),
           "-R", f"^({'|'.join(sorted(chosen))})$").returncode:
        failed.append("tests")
    present = [path for path in touched if os.path.isfile(path)]
    sources = [path for path in present if path.endswith(CPP)]
    if sources and run("clang-format", "--dry-run", "-Werror", *sources).returncode:
        failed.append("formatting (tools/dev format fixes it)")
    units = linted(present)
    if units and run(sys.executable, "tools/tidy.py", "--build", str(arguments.build), "--jobs", str(arguments.jobs),
                     *units).returncode:
        failed.append("clang-tidy")
    for what in failed:
        print(f"check: failed: {what}", file=sys.stderr)
    if not failed:
        print("check: passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
