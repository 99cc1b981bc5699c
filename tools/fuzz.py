#!/usr/bin/env python3
"""Builds fuzz targets in the `fuzz` preset and runs them one after the other, each on its kept corpus and its earlier
finds. `tools/dev fuzz` is the same.

    tools/fuzz.py [TARGET…] [SECONDS]    all targets where none is named; 60 seconds each
    tools/fuzz.py --keep TARGET          the kept corpus anew from all finds: the fewest and smallest files that do

Finds go to build/fuzz/corpus/TARGET, inputs that fail to build/fuzz/failures/TARGET. Ends with 1 where there is one.
"""

import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEPT = ROOT / "tests/fuzz/corpus"
BUILD = ROOT / "build/fuzz"
# Bytes an input may have: what is longer is slow and finds nothing that a shorter one would not.
MAX_BYTES = 8192
# Seconds for one input, and MiB of memory, beyond which it counts as a failure.
TIMEOUT, MEMORY = 100, 4096


def targets():
    return sorted(source.name.removesuffix("_fuzzer.cc") for source in (ROOT / "tests/fuzz").glob("*_fuzzer.cc"))


def build(chosen):
    print("==> building " + ", ".join(chosen), flush=True)
    programs = [f"{target}_fuzzer" for target in chosen]
    return subprocess.run([ROOT / "tools/dev", "build", "fuzz", "--target", *programs], check=False).returncode == 0


def binary(target):
    return str(BUILD / "fuzz" / f"{target}_fuzzer")


def options(target):
    dictionary = ROOT / "tests/fuzz" / f"{target}.dict"
    shared = [f"-max_len={MAX_BYTES}", f"-timeout={TIMEOUT}", f"-rss_limit_mb={MEMORY}", "-print_final_stats=1"]
    return shared + ([f"-dict={dictionary}"] if dictionary.is_file() else [])


def fuzz(target, seconds):
    """Whether nothing failed."""
    finds, failures = BUILD / "corpus" / target, BUILD / "failures" / target
    for folder in (finds, failures):
        folder.mkdir(parents=True, exist_ok=True)
    log = BUILD / f"{target}.log"
    known = set(failures.iterdir())
    print(f"==> {target}, {seconds} s (log: {log.relative_to(ROOT)})", flush=True)
    with open(log, "wb") as output:
        code = subprocess.run([binary(target), *options(target), f"-max_total_time={seconds}",
                               f"-artifact_prefix={failures}/", str(finds), str(KEPT / target)],
                              stdout=output, stderr=output, check=False).returncode
    text = log.read_text(encoding="utf-8", errors="replace")
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    covered = re.findall(r"cov: (\d+)", text)
    print(f"    {runs.group(1) if runs else '?'} runs, {covered[-1] if covered else '?'} edges, "
          f"{len(list(finds.iterdir()))} finds", flush=True)
    if code == 0:
        return True
    tail = [line for line in text.splitlines() if re.search(r"assertion|ERROR|SUMMARY|runtime error", line, re.I)]
    print("\n".join(tail[:10]) or text[-2000:])
    for input_file in sorted(set(failures.iterdir()) - known):
        print(f"{target} failed. To see it again: {pathlib.Path(binary(target)).relative_to(ROOT)} "
              f"{input_file.relative_to(ROOT)}\nOnce it is mended, copy the file to "
              f"{(KEPT / target).relative_to(ROOT)}, so that it stays so.")
    return False


def keep(target):
    """libFuzzer's merge: from all inputs known, the fewest and smallest that reach everything reached."""
    kept, merged = KEPT / target, BUILD / "merged" / target
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir(parents=True)
    sources = [str(folder) for folder in (kept, BUILD / "corpus" / target) if folder.is_dir()]
    subprocess.run([binary(target), "-set_cover_merge=1", *options(target), str(merged), *sources],
                   check=True, capture_output=True)
    for file in kept.iterdir() if kept.is_dir() else []:
        if re.fullmatch(r"[0-9a-f]{40}", file.name):  # libFuzzer's; one with a name of its own stays
            file.unlink()
    shutil.copytree(merged, kept, dirs_exist_ok=True)
    sizes = [file.stat().st_size for file in kept.iterdir()]
    print(f"{target}: {len(sizes)} inputs of {sum(sizes)} bytes")


def main(arguments):
    if "--help" in arguments:
        print(__doc__.strip())
        return 0
    keeping = "--keep" in arguments
    chosen, seconds = [], 60
    for argument in arguments:
        if argument.isdigit() and int(argument) > 0:
            seconds = int(argument)
        elif argument in targets():
            chosen.append(argument)
        elif argument != "--keep":
            print(f"fuzz: '{argument}' is neither a number of seconds nor one of the targets {', '.join(targets())}",
                  file=sys.stderr)
            return 2
    if keeping and not chosen:
        print("fuzz: --keep needs a target", file=sys.stderr)
        return 2
    chosen = chosen or targets()
    if not build(chosen):
        return 1
    if keeping:
        for target in chosen:
            keep(target)
        return 0
    return 0 if all([fuzz(target, seconds) for target in chosen]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
