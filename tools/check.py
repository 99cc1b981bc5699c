#!/usr/bin/env python3
"""Checks what a commit touches: builds it, runs the tests of the touched folders, and lints the touched files.

    tools/check.py --build build/release [--jobs N] [BASE]

The touched files are those that differ from the commit BASE (default: HEAD; if nothing differs from it, its parent).
Ends with 1 if something fails. `tools/dev check` is this; `tools/dev test` and `tools/dev lint` check everything.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

# Tests that also show a mistake in one of these folders, besides the tests of the folder itself: a pattern of names.
ALSO = {
    ("config", "processor/engine", "processor/pipeline", "processor/rules", "processor/view", "state"): "scenario_test",
    ("processor/rules", "processor/view"): r"(?:score|segment|rule|strict_evaluator|long_journal)\w*_property_test",
    ("tools/dev", "tools/packages.sh"): "dev_setup_test",
    ("tools/tidy.py",): "tidy_selftest",
    ("tools/long_test.py",): "long_test_test",
    ("tools/check.py",): "check_selftest",
    ("tools/package",): "package_test",
    ("tools/operations",): "operations_test|runbook_test",
}
CPP = (".cc", ".h")


def run(*command, **options):
    return subprocess.run(command, check=False, **options)


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def touched_files(base):
    """Returns the files that differ from `base`, new ones included and deleted ones left out."""
    def changed(commit):
        listed = output_of("git", "diff", "--name-only", "-z", "--diff-filter=d", commit)
        return sorted(set((listed + output_of("git", "ls-files", "-z", "--others", "--exclude-standard")).split("\0")) - {""})
    return changed(base or "HEAD") or (changed("HEAD~1") if base is None else [])


def lists_of(path):
    """Returns the lists of tests/unit and tests/property for a source of the product: those named like one of its folders."""
    names = set(pathlib.PurePath(path).parts[:-1]) - {"processor", "schemas"}
    return {f"tests/{kind}/{name}.cmake" for kind in ("unit", "property") for name in names}


def tests_of(path, tests, declared):
    """Returns the names of the tests that a touched file concerns. `tests`: the command of each; `declared`: the file, from
    the top folder, that adds it."""
    stem = pathlib.PurePath(path).stem
    found = {name for name, command in tests.items() if any(word.endswith("/" + path) for word in command)}
    for folders, pattern in ALSO.items():
        if not path.endswith(".md") and any(path == folder or path.startswith(folder + "/") for folder in folders):
            found |= {name for name in tests if re.fullmatch(pattern, name)}
    if path.startswith("tests/"):
        found |= {name for name in tests if name == stem}
        if not found and path.endswith(CPP):  # what several tests of the folder share
            folder = "/".join(path.split("/")[:2])
            found |= {name for name, list_ in declared.items() if list_.startswith(folder + "/") and stem in name}
    elif path.endswith(CPP + (".proto", ".yaml", ".tpl", ".js", ".css")):
        lists = lists_of(path)
        found |= {name for name, list_ in declared.items() if list_ in lists}
        command = re.fullmatch(r"tools/leadpulse/(?:\w+/)*(\w+?)(?:_command)?\.\w+", path)
        if command:
            words = {command.group(1), path.split("/")[2]}
            found |= {name for name in tests if any(name in (f"{word}_test", f"{word}_command_test") for word in words)}
    elif path.endswith(".md"):
        found |= {name for name in tests if name == "readme_examples"}
    return found


def read_tests(build):
    """Returns the command of each test of a build folder, and the file that adds it."""
    listed = json.loads(output_of("ctest", "--test-dir", str(build), "--show-only=json-v1"))
    graph = listed["backtraceGraph"]
    tests, declared = {}, {}
    for test in listed["tests"]:
        tests[test["name"]] = test.get("command", [])
        node, files = test.get("backtrace"), []
        while node is not None:
            files.append(os.path.relpath(graph["files"][graph["nodes"][node]["file"]]))
            node = graph["nodes"][node].get("parent")
        # The innermost is often the function that adds tests.
        declared[test["name"]] = next((file for file in files if re.match(r"tests/.+[./](cmake|txt)$", file)
                                       and file != "tests/CMakeLists.txt"), "")
    return tests, declared


def targets_of(commands, build):
    """Returns the targets of ninja that the commands of tests name."""
    top = str(build.resolve()) + "/"
    return sorted({word.removeprefix(top) for command in commands for word in command
                   if word.startswith(top) and not word.endswith(("/tests", "/bench"))})


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
    tests, declared = read_tests(arguments.build)
    chosen = {"house"} | {name for path in touched for name in tests_of(path, tests, declared)}
    print(f"{len(touched)} files are touched; tests: {' '.join(sorted(chosen))}", flush=True)

    failed = []
    targets = targets_of([tests[name] for name in chosen if name in tests], arguments.build)
    if run("ninja", "-C", str(arguments.build), "-j", str(arguments.jobs), "leadpulse", *targets).returncode:
        print("check: failed: build", file=sys.stderr)
        return 1
    if run("ctest", "--test-dir", str(arguments.build), "--output-on-failure", "--no-tests=error", "-j", str(arguments.jobs + 2),
           "-R", f"^({'|'.join(sorted(chosen))})$").returncode:
        failed.append("tests")
    sources = [path for path in touched if path.endswith(CPP)]
    if sources and run("clang-format", "--dry-run", "-Werror", *sources).returncode:
        failed.append("formatting (tools/dev format fixes it)")
    units = sorted({path for path in sources if path.endswith(".cc")} |
                   {path[:-2] + ".cc" for path in sources if path.endswith(".h") and os.path.exists(path[:-2] + ".cc")})
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
