#!/usr/bin/env python3
"""Builds fuzz targets in the `fuzz` preset and runs them one after the other, each on its seeds (tests/fuzz/seeds) and its
earlier finds. `tools/dev fuzz` is the same.

    tools/fuzz.py [TARGET…] [SECONDS]    all targets if none is named; 60 seconds each
    tools/fuzz.py --keep TARGET          adds what the finds reach to the seeds: the fewest and smallest inputs that do

Finds go to build/fuzz/corpus/TARGET, inputs that fail to build/fuzz/failures/TARGET. Exits with 1 if an input fails.
"""

import pathlib
import re
import shutil
import subprocess
import sys

import seeds

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/fuzz"
# Bytes that an input may have: a longer one is slow and finds nothing that a shorter one would not.
MAX_BYTES = 8192
# Seconds for one input, and MiB of memory, beyond which it counts as a failure.
TIMEOUT, MEMORY = 100, 4096


def targets():
    return sorted(source.name.removesuffix("_fuzzer.cc") for source in (ROOT / "tests/fuzz").glob("*_fuzzer.cc"))


def build(chosen):
    print("==> building " + ", ".join(chosen), flush=True)
    programs = [f"{target}_fuzzer" for target in chosen]
    return subprocess.run([ROOT / "tools/dev", "build", "fuzz", *programs], check=False).returncode == 0


def binary(target):
    return str(BUILD / "fuzz" / f"{target}_fuzzer")


def options(target):
    dictionary = ROOT / "tests/fuzz" / f"{target}.dict"
    shared = [f"-max_len={MAX_BYTES}", f"-timeout={TIMEOUT}", f"-rss_limit_mb={MEMORY}", "-print_final_stats=1"]
    return shared + ([f"-dict={dictionary}"] if dictionary.is_file() else [])


def unpacked_seeds(target):
    folder = BUILD / "seeds" / target
    seeds.unpack(seeds.ARCHIVES / f"{target}.seeds", folder)
    return folder


def fuzz(target, seconds):
    """Returns whether nothing failed."""
    finds, failures = BUILD / "corpus" / target, BUILD / "failures" / target
    for folder in (finds, failures):
        folder.mkdir(parents=True, exist_ok=True)
    log = BUILD / f"{target}.log"
    known = set(failures.iterdir())
    print(f"==> {target}, {seconds} s (log: {log.relative_to(ROOT)})", flush=True)
    with open(log, "wb") as output:
        code = subprocess.run([binary(target), *options(target), f"-max_total_time={seconds}",
                               f"-artifact_prefix={failures}/", str(finds), str(unpacked_seeds(target))],
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
              f"{input_file.relative_to(ROOT)}\nOnce it is mended, keep the input as a seed: tools/seeds.py add {target} "
              f"{input_file.relative_to(ROOT)} NAME")
    return False


def keep(target):
    """Runs libFuzzer's merge: of all known inputs, keeps the fewest and smallest that reach everything reached."""
    merged = BUILD / "merged" / target
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir(parents=True)
    sources = [str(folder) for folder in (unpacked_seeds(target), BUILD / "corpus" / target) if folder.is_dir()]
    subprocess.run([binary(target), "-set_cover_merge=1", *options(target), str(merged), *sources],
                   check=True, capture_output=True)
    archive = seeds.ARCHIVES / f"{target}.seeds"
    # libFuzzer names its inputs by their SHA-1 and may drop them. Seeds with a name of their own stay.
    kept = {name: data for name, data in seeds.read(archive).items() if not re.fullmatch(r"[0-9a-f]{40}", name)}
    kept.update({file.name: file.read_bytes() for file in merged.iterdir()})
    seeds.write(archive, kept)
    print(f"{target}: {len(kept)} inputs of {sum(map(len, kept.values()))} bytes")


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
