"""Recordings: small archives of files, by name, in `recordings`."""

import io
import os
import pathlib
import tarfile

FOLDER = pathlib.Path(__file__).resolve().parent / "recordings"
MOST_BYTES = 2_000_000  # all recordings together


def names(prefix):
    return sorted(path.name.removesuffix(".tar.xz") for path in FOLDER.glob(f"{prefix}*.tar.xz"))


def load(name):
    """The files of a recording: bytes by path."""
    with tarfile.open(FOLDER / f"{name}.tar.xz") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive.getmembers()}


def save(name, files):
    FOLDER.mkdir(exist_ok=True)
    with tarfile.open(FOLDER / f"{name}.tar.xz", "w:xz", preset=9) as archive:
        for path, data in sorted(files.items()):
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    total = sum(path.stat().st_size for path in FOLDER.glob("*.tar.xz"))
    print(f"{name}: {(FOLDER / name).with_suffix('.tar.xz').stat().st_size} bytes, all recordings {total}")
    if total > MOST_BYTES:
        raise SystemExit(f"all recordings may take {MOST_BYTES} bytes together")


def read_tree(folder, prefix):
    """The files below a folder, by the prefix and their path below it."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file():
            found[prefix + str(path.relative_to(folder))] = path.read_bytes()
    return found


def write_tree(files, prefix, folder):
    """Writes a recording's files with this prefix below a folder."""
    for path, data in files.items():
        if not path.startswith(prefix):
            continue
        target = pathlib.Path(folder) / path.removeprefix(prefix)
        os.makedirs(target.parent, mode=0o700, exist_ok=True)
        target.write_bytes(data)
