#!/usr/bin/env python3
"""clang-tidy over the given sources, several at once. What was clean stays clean: a file is looked at again only when
it, a project header it includes, its compile command, .clang-tidy or clang-tidy itself has changed.

    tools/tidy.py --build build/release [--jobs N] FILE.cc…      ends with 1 where there is a finding
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def included(path, seen):
    """Adds the project's files that `path` includes, directly or not. Generated headers stand for their schema."""
    if path in seen or not os.path.isfile(path):
        return
    seen.add(path)
    with open(path, encoding="utf-8") as file:
        for name in INCLUDE.findall(file.read()):
            included(re.sub(r"^(leadpulse/v1/\w+)\.pb\.h$", r"schemas/\1.proto", name), seen)


def fingerprint(source, command, version):
    files = {".clang-tidy"}
    included(source, files)
    digest = hashlib.sha256(f"{version}\0{command}\0".encode())
    for path in sorted(files):
        digest.update(f"{path}\0".encode() + pathlib.Path(path).read_bytes())
    return digest.hexdigest()


def examine(source, build):
    result = subprocess.run(["clang-tidy", "--quiet", "-p", build, source], capture_output=True, text=True, check=False)
    # Of stderr only what is not the count of warnings left out in system headers.
    noise = re.compile(r"^(\d+ warnings? (and \d+ errors? )?generated\.?|Suppressed .*|Use -header-filter.*)$")
    rest = "\n".join(line for line in result.stderr.splitlines() if not noise.match(line.strip()))
    return result.returncode == 0, (result.stdout + rest).strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="the build folder with compile_commands.json")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("sources", nargs="+", metavar="FILE.cc")
    arguments = parser.parse_args()

    with open(os.path.join(arguments.build, "compile_commands.json"), encoding="utf-8") as file:
        commands = {os.path.relpath(entry["file"]): entry["command"] for entry in json.load(file)}
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True, check=True).stdout
    stamps = pathlib.Path(arguments.build, "tidy")
    stamps.mkdir(exist_ok=True)

    pending, unknown = {}, []
    for source in arguments.sources:
        if source not in commands:
            unknown.append(source)  # not in this build: a fuzz target, say
            continue
        stamp = stamps / fingerprint(source, commands[source], version)
        if not stamp.exists():
            pending[source] = stamp

    started, failed = time.monotonic(), 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        runs = {pool.submit(examine, source, arguments.build): source for source in pending}
        for done in concurrent.futures.as_completed(runs):
            clean, text = done.result()
            if clean:
                pending[runs[done]].touch()
            else:
                failed += 1
                print(text, flush=True)
    print(f"{len(pending)} of {len(arguments.sources)} sources examined in {time.monotonic() - started:.0f} s, "
          f"{failed} with findings" + (f"; not in this build: {', '.join(unknown)}" if unknown else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
