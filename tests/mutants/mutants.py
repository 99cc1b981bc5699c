#!/usr/bin/env python3
"""Puts one defect after the other into a copy of the tree and shows that a test catches it.

    tests/mutants/mutants.py                      all of mutants.toml; exits with 1 if one is not caught
    tests/mutants/mutants.py NAME… [--jobs N]     those only; a NAME may hold * and ?
    tests/mutants/mutants.py --generated [FOLDER|FILE…] [--sample N [--seed S]]
                                                  generated ones; reports those that no test catches
    … --resume FILE                               FILE stores what was found: a restart continues there, or
                                                  starts over for another tree
    … --list | --check                            lists the mutants; checks that the table still fits the tree

The copy and its build are below build/mutants; README.md says how to read the result and to add a defect.
"""

import argparse
import dataclasses
import fnmatch
import os
import pathlib
import re
import sys
import time
import tomllib

import generated
from tree import case_of, Kept, Problem, project_files, Tree, tree_hash

KEYS = {"name", "what", "file", "before", "after", "tests"}
# With a mutant, a test may take TIMEOUT_FACTOR times as long as without it, and at least TIMEOUT_SECONDS; then it
# counts as hanging, which also catches the mutant.
TIMEOUT_FACTOR, TIMEOUT_SECONDS = 20, 60


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
    kept.save()
    return duration


def try_mutant(tree, mutant, duration):
    """Returns the test that caught it and the case, or None."""
    tree.mutate(mutant)
    tree.make(mutant.tests, f"mutant {mutant.name} does not build; mend its `after` in mutants.toml")
    for test in mutant.tests:
        said = tree.run(test, max(TIMEOUT_SECONDS, TIMEOUT_FACTOR * duration[test]))
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
    tree.configure("-DCMAKE_UNITY_BUILD=OFF")  # the sources change one at a time
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
                kept.save()
        if result["caught_by"] is None:
            failed += 1
        rows.append((mutant.name, result["caught_by"] or result.get("error", "SURVIVES"), f"{result['seconds']:.1f}"))
        print(f"  {mutant.name}: {rows[-1][1]}", flush=True)
    tree.restore()
    print()
    print_table(rows)
    print(f"\n{len(mutants) - failed} of {len(mutants)} mutants are caught")
    return 1 if failed else 0


def run_generated(root, arguments):
    found = generated.find_mutants(root, project_files(root), arguments.names)
    seed = int(tree_hash(root)[:6], 16) if arguments.seed is None else arguments.seed
    mutants = generated.sample(found, arguments.sample, seed) if arguments.sample else found
    if arguments.list:
        for mutant in mutants:
            print(f"{mutant.file}:{mutant.line}: {mutant.name.partition(' ')[2]}")
        return 0
    print(f"{len(mutants)} of {len(found)} generated mutants" + (f", --seed {seed}" if arguments.sample else ""), flush=True)
    accepted = generated.load_accepted(root, found)
    tree = Tree(root, arguments.jobs, "generated")
    tree.copy()
    kept = Kept(arguments.resume, tree_hash(root))
    tree.configure()
    results = generated.run(tree, mutants, kept)
    kept.save()
    print("\n" + generated.report(results, accepted))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutants to try; all where none is given")
    parser.add_argument("--generated", action="store_true", help="generated mutants; a NAME is a folder or a source")
    parser.add_argument("--sample", type=int, metavar="N", help="with --generated: N of them, chosen by the seed")
    parser.add_argument("--seed", type=int, metavar="S",
                        help="of the sample; without it, each tree has one of its own")
    parser.add_argument("--list", action="store_true", help="name, file and meaning of each; tries none")
    parser.add_argument("--check", action="store_true", help="whether the table fits the tree; tries none")
    parser.add_argument("--resume", type=pathlib.Path, metavar="FILE", help="keeps what was caught")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="how many compilers at once")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2],
                        help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    try:
        if arguments.generated:
            return run_generated(root, arguments)
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
