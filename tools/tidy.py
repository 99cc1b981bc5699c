#!/usr/bin/env python3
"""Runs clang-tidy on the given sources, several at once. A clean file is checked again only when it, a project header
that it includes, its compile command, .clang-tidy, clang-tidy itself or an installed library has changed.

    tools/tidy.py --build build/release [--jobs N] [--since COMMIT] FILE.cc…      ends with 1 if there is a finding

With --since, only sources that differ from the commit, or include a header that does; all, if something differs that
applies to all. Which sources are clean is stored in the build folder, or in the folder that LEADPULSE_TIDY_STAMPS
names, which several clones may share, and is forgotten after 30 days without use.

Most of the time goes into the headers, so sources that are compiled alike are examined in batches, as one translation
unit that includes them. Of a batch with findings, or one that does not compile, the files that are named are examined
each by itself: only that counts.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import functools
import hashlib
import itertools
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

INCLUDE = re.compile(r'^\s*(?:#\s*include|import)\s*"([^"]+)"', re.M)  # of C++, and of schemas
BATCH_SIZE = 48  # the product's 555 take about 300 s of processor time; by 12, half as much again
STAMP_SECONDS = 30 * 24 * 3600
APPLIES_TO_ALL = {".clang-tidy", "CMakeLists.txt", "CMakePresets.json", "tools/tidy.py"}
# Checks left out for their time: this one analyses CLI11's functions, too, and would take half of the whole run.
LEFT_OUT = {"tools/leadpulse/": "-performance-unnecessary-value-param"}
# What a source defines at the beginning of a line and not as a member: constants, types, functions. Two of the same name
# in one namespace do not compile together.
DEFINED = re.compile(r"^(?!namespace\b|using [\w:]+;)[A-Za-z][\w:<>*&, ]*?(?<!::)\b(\w+)(?:\(|\[\w*\]|\s*[{=;])", re.M)
NAMESPACE = re.compile(r"^namespace ([\w:]+) \{", re.M)
FINDING = re.compile(r"^(/[^:\n]+):\d+:\d+: (?:warning|error): ", re.M)
# .clang-tidy's, and sources, which are headers in a batch.
BATCH_FILTER = r"/(config|processor|schemas/codec|state|tests|tools)/[^/].*\.(h|cc)$"


@functools.cache
def read(path):
    """Returns the hash of a file of the project and what it includes, a generated header as its schema; None if there is no
    such file."""
    if not os.path.isfile(path):
        return None
    content = pathlib.Path(path).read_bytes()
    return hashlib.sha256(content).hexdigest(), [re.sub(r"^(leadpulse/v1/\w+)\.(?:pb\.h|proto)$", r"schemas/\1.proto", name)
                                                 for name in INCLUDE.findall(content.decode())]


def included(path, seen):
    """Adds the project's files that `path` includes, directly or not, and itself."""
    if path not in seen and (found := read(path)):
        seen.add(path)
        for name in found[1]:
            included(name, seen)
    return seen


def differing(commit):
    """Returns the files that differ from a commit: deleted and new ones, and both names of a renamed one, too."""
    listings = (["diff", "--name-only", "--no-renames", "-z", commit], ["ls-files", "-z", "--others", "--exclude-standard"])
    return {path for listing in listings
            for path in subprocess.run(["git", *listing], capture_output=True, text=True, check=True).stdout.split("\0")} - {""}


def installed_versions():
    """Returns the versions of clang-tidy and, where dpkg knows them, of the libraries whose headers it reads."""
    versions = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True, check=True).stdout
    if shutil.which("dpkg-query"):
        versions += subprocess.run(["dpkg-query", "-W", "*-dev"], capture_output=True, text=True, check=False).stdout
    return versions


def fingerprint(source, files, flags, versions):
    """Returns a hash of all that the findings in a source depend on. `files`: the source and what it includes."""
    here = " ".join((*options_of(source), *flags)).replace(os.getcwd(), ".")  # the same in every clone
    digest = hashlib.sha256(f"{versions}\0{here}\0".encode())
    for path in sorted({".clang-tidy", *files}):
        digest.update(f"{path}\0{read(path)[0]}\0".encode())
    return digest.hexdigest()


def flags_of(command):
    """Returns the flags of a compile command, without its input and output, flags of gcc or its optimiser alone, and its
    precompiled header: each file must include what it uses."""
    words, flags = iter(shlex.split(command)[1:]), []
    for word in words:
        if word in ("-o", "-c", "-include"):
            next(words)
        elif word == "-isystem":
            flags.append(word + next(words))
        elif word != "-Winvalid-pch" and not word.startswith(("--param=", "-O")):
            flags.append(word)
    return tuple(flags)


def options_of(source):
    return tuple(f"--checks={checks}" for folder, checks in LEFT_OUT.items() if source.startswith(folder))


def may_join(flag):
    """Whether sources without the flag may be compiled with it: folders of headers, and macros of libraries."""
    return flag.startswith(("-I", "-isystem", "-D")) and not flag.startswith("-DLEADPULSE_")


def flags_of_batch(batch, flags):
    """Returns the flags that all its sources have, and those that may join them, of each."""
    return tuple(dict.fromkeys(flag for source in batch for flag in flags[source]))


def commands_of(build):
    """Returns the compile command of each source; of sources that CMake compiles together (UNITY_BUILD), their common one."""
    with open(build / "compile_commands.json", encoding="utf-8") as file:
        for entry in json.load(file):
            sources = [entry["file"]]
            if pathlib.Path(entry["file"]).match("Unity/unity_*"):
                sources = INCLUDE.findall(pathlib.Path(entry["file"]).read_text(encoding="utf-8"))
            for source in sources:
                yield os.path.relpath(source), entry["command"]


def defined_names(source):
    """Returns the names that a source defines, each with the namespaces of the source, which has few."""
    text = pathlib.Path(source).read_text(encoding="utf-8")
    return set(itertools.product(NAMESPACE.findall(text) or [""], DEFINED.findall(text)))


def batches_of(sources, flags, jobs):
    """Returns batches of sources that may be compiled together, because their flags are the same except for those that may
    join: about BATCH_SIZE, and few if few are pending. Neighbours in the tree share a batch, and so the headers it reads."""
    size = min(BATCH_SIZE, -(-len(sources) // jobs))
    batches = collections.defaultdict(list)  # by options and flags: of sources, and the names they define
    for source in sorted(sources):
        packed = batches[options_of(source), tuple(flag for flag in flags[source] if not may_join(flag))]
        names = defined_names(source)
        batch, taken = next((each for each in packed if len(each[0]) < size and not names & each[1]), ([], set()))
        if not batch:
            packed.append((batch, taken))
        batch.append(source)
        taken |= names
    return sorted((batch for packed in batches.values() for batch, _ in packed), key=len, reverse=True)


def run_tidy(source, flags, *options):
    result = subprocess.run(["clang-tidy", "--quiet", *options, source, "--", *flags], capture_output=True, text=True,
                            check=False)
    # Leaves out the count of hidden warnings about system headers.
    noise = re.compile(r"^(\d+ warnings? (and \d+ errors? )?generated\.?|Suppressed .*|Use -header-filter.*)$")
    rest = "\n".join(line for line in result.stderr.splitlines() if not noise.match(line.strip()))
    return result.returncode == 0, (result.stdout + rest).strip()


def examine(batch, flags, folder):
    """Returns for each source whether it is clean, and its findings. A finding of a batch may come from one source or from
    their combination, so sources that are named are examined alone. `folder`: for the batch, and of no other run."""
    if len(batch) == 1:
        return [(source, *run_tidy(source, flags[source], *options_of(source))) for source in batch]
    together = folder / f"batch-{hashlib.sha256(' '.join(batch).encode()).hexdigest()[:16]}.cc"
    together.write_text("// NOLINTBEGIN(bugprone-suspicious-include)\n" +
                        "".join(f'#include "{source}"\n' for source in batch) +
                        "// NOLINTEND(bugprone-suspicious-include)\n", encoding="utf-8")
    clean, text = run_tidy(str(together), flags_of_batch(batch, flags), f"--header-filter={BATCH_FILTER}",
                           *options_of(batch[0]))
    together.unlink()
    if clean:
        return [(source, True, "") for source in batch]
    places = {os.path.relpath(place) for place in FINDING.findall(text)}
    named = [source for source in batch if source in places]
    if not named or len(named) == len(batch):  # a finding in a header, say
        parts = [batch[:len(batch) // 2], batch[len(batch) // 2:]]
    else:
        parts = [[source for source in batch if source not in places], *([source] for source in named)]
    return [found for part in parts for found in examine(part, flags, folder)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="the build folder with compile_commands.json")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--since", metavar="COMMIT")
    parser.add_argument("sources", nargs="+", metavar="FILE.cc")
    arguments = parser.parse_args()

    flags = {}
    for source, command in commands_of(pathlib.Path(arguments.build)):
        flags.setdefault(source, flags_of(command))  # the first is that of its library; tests may compile it, too
    versions = installed_versions()
    stamps = pathlib.Path(os.environ.get("LEADPULSE_TIDY_STAMPS") or pathlib.Path(arguments.build, "tidy"))
    stamps.mkdir(parents=True, exist_ok=True)
    forget_unused(stamps)
    changed = differing(arguments.since) if arguments.since else None
    everything = changed is None or changed & APPLIES_TO_ALL

    pending, unknown = {}, []
    for source in arguments.sources:
        if source not in flags:
            unknown.append(source)  # not in this build: a fuzz target, say
            continue
        files = included(source, set())
        if not everything and not files & changed:
            continue
        stamp = stamps / fingerprint(source, files, flags[source], versions)
        if stamp.exists():
            stamp.touch()
        else:
            pending[source] = stamp

    started, failed = time.monotonic(), 0
    with (tempfile.TemporaryDirectory(dir=arguments.build) as batches,
          concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool):
        runs = [pool.submit(examine, batch, flags, pathlib.Path(batches))
                for batch in batches_of(list(pending), flags, arguments.jobs)]
        for done in concurrent.futures.as_completed(runs):
            for source, clean, text in done.result():
                if clean:
                    pending[source].touch()
                else:
                    failed += 1
                    print(text, flush=True)
    print(f"{len(pending)} of {len(arguments.sources)} sources examined in {time.monotonic() - started:.0f} s, "
          f"{failed} with findings" + (f"; not in this build: {', '.join(unknown)}" if unknown else ""))
    return 1 if failed else 0


def forget_unused(stamps):
    for stamp in stamps.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another run removes it, too
            if re.fullmatch("[0-9a-f]{64}", stamp.name) and stamp.stat().st_mtime < time.time() - STAMP_SECONDS:
                stamp.unlink()


if __name__ == "__main__":
    sys.exit(main())
