"""What a power cut leaves of a directory, computed from the journal of faulty_disk.h.

    tests/crash/faulty_disk.py list JOURNAL        what the program did, one call a line

The rules are those of POSIX and no weaker: bytes written to a file are on the disk after an fsync of the file, a change
of a name (created, renamed, removed) after an fsync of its directory. The rest may be there, in part or not at all;
`PowerCut.leave` chooses between the ways.
"""

import os
import posixpath
import shutil
import struct
import sys

OPEN, CREATE, WRITE, TRUNCATE, RENAME, UNLINK, LINK, MAKE_FOLDER, SYNC_BEGIN, SYNC_END, CALL = range(1, 12)
NAMES = "- open create write truncate rename unlink link mkdir sync-begin sync-end call".split()
HEAD = struct.Struct("<QQIIII")
SECTOR = 512

# What remains of unsynced names and bytes.
#   synced   none of it
#   prefix   the first few changes of each directory and file, the last write torn
#   ordered  the same moment for all names; bytes as in `prefix`
#   sectors  each name's change and each sector of each write by itself, what is missing within a file reads as zeros
#   garbage  the same, and what is missing within a file reads as anything
WAYS = ("synced", "prefix", "ordered", "sectors", "garbage")


def read_journal(path):
    """(entry, inode, number, first, second) of each whole entry. A kill may cut off the last entry, or come before the
    first; a missing call is found by comparing with the directory."""
    if not os.path.exists(path):
        return
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at + HEAD.size <= len(data):
        inode, number, entry, first_size, second_size, _ = HEAD.unpack_from(data, at)
        end = at + HEAD.size + first_size + second_size
        if end > len(data):
            return
        first = data[at + HEAD.size:at + HEAD.size + first_size]
        yield entry, inode, number, first, data[end - second_size:end]
        at = end


def calls_of(path):
    """(kind, path) of each call that counted, in order: a fault can hit these."""
    return [(first.decode(), os.fsdecode(second)) for entry, _, _, first, second in read_journal(path)
            if entry == CALL]


class File:
    def __init__(self, content=b""):
        self.content = content  # durable content when the journal began
        self.changes = []       # (moment, offset, bytes) or (moment, size, None)
        self.synced = -1        # changes before this moment are durable

    def left(self, way, rng):
        content = bytearray(self.content)
        for change in [change for change in self.changes if change[0] < self.synced]:
            apply(content, change)
        loose = [change for change in self.changes if change[0] >= self.synced]
        if way == "all":
            kept = loose
        elif way == "synced" or not loose:
            kept = []
        elif way in ("prefix", "ordered"):
            kept = torn_prefix(loose, rng)
        else:
            kept = scattered(loose, rng, garbage=way == "garbage")
        for change in kept:
            apply(content, change)
        return bytes(content)


class Folder:
    def __init__(self):
        self.entries = {}  # name: File or Folder, durable when the journal began
        self.changes = []  # (moment, {name: node or None})
        self.synced = -1

    def left(self, way, rng, moment):
        entries = dict(self.entries)
        loose = [change for change in self.changes if change[0] >= self.synced]
        for change in self.changes:
            if change[0] < self.synced or way == "all":
                apply_names(entries, change)
        if way == "ordered":
            loose = [change for change in loose if change[0] < moment]
        elif way == "prefix":
            loose = loose[:rng.randint(0, len(loose))]
        elif way in ("sectors", "garbage"):
            chance = rng.random()
            loose = [change for change in loose if rng.random() < chance]
        if way not in ("synced", "all"):
            for change in loose:
                apply_names(entries, change)
        return entries


def apply(content, change):
    _, at, data = change
    if data is None:
        del content[at:]
        content.extend(bytes(at - len(content)))
        return
    content.extend(bytes(max(0, at - len(content))))
    content[at:at + len(data)] = data


def apply_names(entries, change):
    for name, node in change[1].items():
        if node is None:
            entries.pop(name, None)
        else:
            entries[name] = node


def torn_prefix(changes, rng):
    kept = changes[:rng.randint(0, len(changes))]
    if kept and kept[-1][2]:
        moment, at, data = kept[-1]
        cut = rng.randint(0, len(data))
        if rng.random() < 0.5:
            cut = max(0, (at + cut) // SECTOR * SECTOR - at)
        kept[-1] = (moment, at, data[:cut])
    return kept


def scattered(changes, rng, garbage):
    chance, kept = rng.random(), []
    for moment, at, data in changes:
        if data is None:
            kept += [(moment, at, data)] if rng.random() < chance else []
            continue
        for begin in range(0, len(data), SECTOR):
            piece = data[begin:begin + SECTOR]
            if rng.random() < chance:
                kept.append((moment, at + begin, piece))
            elif garbage:
                kept.append((moment, at + begin, rng.randbytes(len(piece))))
    return kept


class PowerCut:
    """The history of a directory since `base`, a copy of it that counts as durable, was made."""

    def __init__(self, base, journal):
        self.root = load(base)
        self.moment = 0
        self.unsynced_writes = 0
        by_inode, syncs = {}, {}
        self.opened_first = {}  # by inode: files opened by another process before the journal entry of their creation
        for self.moment, entry in enumerate(read_journal(journal)):
            self.note(entry, by_inode, syncs)
        if self.opened_first:
            raise RuntimeError(f"{sorted(self.opened_first.values())} were opened, and the journal does not know them")

    def note(self, entry, by_inode, syncs):
        kind, inode, number, first, second = entry
        if kind == OPEN:
            node = self.find(os.fsdecode(first))
            if node is None:
                self.opened_first[inode] = os.fsdecode(first)
                node = File()
                self.change({os.fsdecode(first): node})
            by_inode[inode] = node
        elif kind == CREATE:
            if self.opened_first.pop(inode, None) == os.fsdecode(first):
                return
            by_inode[inode] = File()
            self.change({os.fsdecode(first): by_inode[inode]})
        elif kind == WRITE:
            by_inode[inode].changes.append((self.moment, number, first))
        elif kind == TRUNCATE:
            by_inode[inode].changes.append((self.moment, number, None))
        elif kind == RENAME:
            self.change({os.fsdecode(first): None, os.fsdecode(second): self.find(os.fsdecode(first))})
        elif kind == LINK:
            self.change({os.fsdecode(second): self.find(os.fsdecode(first))})
        elif kind == UNLINK:
            self.change({os.fsdecode(first): None})
        elif kind == MAKE_FOLDER:
            self.change({os.fsdecode(first): Folder()})
        elif kind == SYNC_BEGIN:
            syncs[number] = self.moment
        elif kind == SYNC_END:
            folder = self.find(os.fsdecode(first))
            node = folder if isinstance(folder, Folder) else by_inode[inode]
            node.synced = max(node.synced, syncs[number])

    def change(self, names):
        """One change of names, all in one directory."""
        folders = {posixpath.dirname(path) for path in names}
        if len(folders) > 1:
            raise RuntimeError(f"cannot follow a rename from one directory into another: {sorted(names)}")
        folder = self.find(folders.pop() or ".")
        folder.changes.append((self.moment, {posixpath.basename(path): node for path, node in names.items()}))

    def find(self, path):
        """Finds a file as the program sees it now."""
        node = self.root
        for name in [] if path == "." else path.split("/"):
            if not isinstance(node, Folder):
                return None
            entries = node.left("all", None, 0)
            node = entries.get(name)
        return node

    def tree(self, way, rng):
        """{path: bytes, or None for a directory}. `all`: as if nothing was lost."""
        moment = rng.randint(0, self.moment + 1) if rng else 0
        found = {}

        def visit(folder, path):
            for name, node in sorted(folder.left(way, rng, moment).items()):
                below = posixpath.join(path, name)
                if isinstance(node, Folder):
                    found[below] = None
                    visit(node, below)
                else:
                    found[below] = node.left(way, rng)

        visit(self.root, "")
        return found

    def leave(self, directory, way, rng):
        """Puts the directory into the state that the power cut leaves; returns how many files and directories are gone
        or differ from what the program wrote."""
        everything, tree = self.tree("all", None), self.tree(way, rng)
        clear(directory)
        store(directory, tree)
        return sum(everything.get(path, 0) != tree.get(path, 0) for path in everything.keys() | tree.keys())

    def differences(self, directory):
        """Paths whose content differs from the journal: calls that the library did not see."""
        wanted, got = self.tree("all", None), read_tree(directory)
        return sorted(path for path in wanted.keys() | got.keys() if wanted.get(path, 0) != got.get(path, 0))


def load(directory):
    folder = Folder()
    for entry in os.scandir(directory):
        if entry.is_dir(follow_symlinks=False):
            folder.entries[entry.name] = load(entry.path)
        else:
            with open(entry.path, "rb") as file:
                folder.entries[entry.name] = File(file.read())
    return folder


def read_tree(directory):
    found = {}
    for path, folders, files in os.walk(directory):
        for name in folders:
            found[os.path.relpath(os.path.join(path, name), directory)] = None
        for name in files:
            with open(os.path.join(path, name), "rb") as file:
                found[os.path.relpath(os.path.join(path, name), directory)] = file.read()
    return found


def clear(directory):
    for entry in os.scandir(directory):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def store(directory, tree):
    for path, content in sorted(tree.items()):
        whole = os.path.join(directory, path)
        if content is None:
            os.makedirs(whole, exist_ok=True)
        else:
            with open(whole, "wb") as file:
                file.write(content)


def environment(library, directory, journal=None, fault=None, calls=None, ignore_sync=None):
    """The environment of a process that the library watches."""
    settings = {"LD_PRELOAD": library, "LEADPULSE_DISK_BELOW": os.path.realpath(directory),
                "LEADPULSE_DISK_JOURNAL": journal, "LEADPULSE_DISK_FAULT": fault,
                "LEADPULSE_DISK_FAULT_CALLS": calls, "LEADPULSE_DISK_IGNORE_SYNC": ignore_sync}
    return dict(os.environ, **{name: value for name, value in settings.items() if value is not None})


def main():
    if len(sys.argv) != 3 or sys.argv[1] != "list":
        sys.exit(__doc__)
    for kind, inode, number, first, second in read_journal(sys.argv[2]):
        what = f"{len(first)} bytes" if kind == WRITE else f"{os.fsdecode(first)} {os.fsdecode(second)}"
        print(f"{NAMES[kind]:10} inode {inode} number {number} {what}")


if __name__ == "__main__":
    main()
