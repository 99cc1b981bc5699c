#!/usr/bin/env python3
"""Packs the seeds of a fuzz target into tests/fuzz/seeds/TARGET.seeds and unpacks them.

    tools/seeds.py add TARGET FILE [NAME]    adds a file as a seed (NAME: the file's own name), or replaces the seed NAME
    tools/seeds.py unpack TARGET FOLDER      makes FOLDER hold the target's seeds and nothing else, a file each

An archive has a line for each seed, sorted by name: the name, a space, and the bytes. Printable ASCII stands for itself,
all other bytes and the backslash are escaped: \\\\, \\n, \\r, \\t, \\xNN.
"""

import pathlib
import re
import shutil
import sys

ARCHIVES = pathlib.Path(__file__).resolve().parent.parent / "tests/fuzz/seeds"
NAME = re.compile(r"[\w.-]+")
SHORT = {b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r", b"\t": b"\\t"}
LONG = {escape: byte for byte, escape in SHORT.items()}
TO_ESCAPE = re.compile(rb"[^ -~]|\\")
ESCAPE = re.compile(rb"\\(?:x[0-9a-f]{2}|.)?")


def escaped(data):
    return TO_ESCAPE.sub(lambda byte: SHORT.get(byte[0]) or b"\\x%02x" % ord(byte[0]), data)


def unescaped(text):
    return ESCAPE.sub(lambda escape: LONG[escape[0]] if len(escape[0]) == 2 else bytes([int(escape[0][2:], 16)]), text)


def read(archive):
    """Returns the bytes of each seed, by name; ValueError if a line is wrong. A missing archive has none."""
    seeds = {}
    lines = archive.read_bytes().split(b"\n")[:-1] if archive.is_file() else []
    for number, line in enumerate(lines, 1):
        name, space, text = line.partition(b" ")
        if not space or not NAME.fullmatch(name.decode("ascii", "replace")) or TO_ESCAPE.search(text.replace(b"\\", b"")):
            raise ValueError(f"{archive}:{number}: expected a name, a space, and escaped bytes")
        if name.decode() in seeds:
            raise ValueError(f"{archive}:{number}: a second seed {name.decode()}")
        try:
            seeds[name.decode()] = unescaped(text)
        except (KeyError, ValueError):
            raise ValueError(f"{archive}:{number}: an unknown escape") from None
    return seeds


def write(archive, seeds):
    archive.write_bytes(b"".join(b"%s %s\n" % (name.encode(), escaped(data)) for name, data in sorted(seeds.items())))


def unpack(archive, folder):
    seeds = read(archive)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, data in seeds.items():
        (folder / name).write_bytes(data)


def add(archive, file, name):
    if not NAME.fullmatch(name):
        raise ValueError(f"'{name}' cannot name a seed: use letters, digits, dots, hyphens and underscores")
    write(archive, {**read(archive), name: file.read_bytes()})


def main(arguments):
    try:
        match arguments:
            case ["add", target, file]:
                add(ARCHIVES / f"{target}.seeds", pathlib.Path(file), pathlib.Path(file).name)
            case ["add", target, file, name]:
                add(ARCHIVES / f"{target}.seeds", pathlib.Path(file), name)
            case ["unpack", target, folder]:
                unpack(ARCHIVES / f"{target}.seeds", pathlib.Path(folder))
            case _:
                print(__doc__.strip(), file=sys.stderr)
                return 2
    except (OSError, ValueError) as error:
        print(f"seeds: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
