#!/usr/bin/env python3
"""Checks that the faulty disk loses what was not synced, keeps what was, and fails when told to.

    tests/crash/faulty_disk_test.py LIBRARY
"""

import errno
import os
import random
import subprocess
import sys
import tempfile
import unittest

import faulty_disk

LIBRARY = os.path.abspath(sys.argv.pop(1))

BEGIN = """
import os
def put(name, data, sync=True, at=None, flags=os.O_WRONLY | os.O_CREAT):
    file = os.open(name, flags, 0o666)
    os.write(file, data) if at is None else os.pwrite(file, data, at)
    if sync:
        os.fsync(file)
    os.close(file)
def sync_folder(name):
    folder = os.open(name, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
"""


class FaultyDiskTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="leadpulse-disk-")
        self.addCleanup(folder.cleanup)
        self.base, self.disk = os.path.join(folder.name, "base"), os.path.join(folder.name, "disk")
        self.journal = os.path.join(folder.name, "journal")
        os.mkdir(self.base)
        os.mkdir(self.disk)

    def python(self, text, **settings):
        settings.setdefault("journal", self.journal)
        return subprocess.run([sys.executable, "-c", BEGIN + text], cwd=self.disk, capture_output=True, text=True,
                              env=faulty_disk.environment(LIBRARY, self.disk, **settings), check=False)

    def after_power_cut(self, text, way="synced", seed=1):
        """Returns what is left of the disk after the program."""
        result = self.python(text)
        self.assertEqual(result.returncode, 0, result.stderr)
        cut = faulty_disk.PowerCut(self.base, self.journal)
        self.assertEqual(cut.differences(self.disk), [], "the library missed calls")
        cut.leave(self.disk, way, random.Random(seed))
        return faulty_disk.read_tree(self.disk)

    def test_what_was_not_synced_is_lost(self):
        self.assertEqual(self.after_power_cut("""
put('a', b'one', sync=True); sync_folder('.')
put('a', b'two', sync=False, at=3)
put('b', b'whole', sync=True)      # its name is not
put('c', b'name only', sync=False); sync_folder('.'); put('d', b'', sync=True)
"""), {"a": b"one", "b": b"whole", "c": b""})

    def test_what_was_synced_is_kept(self):
        self.assertEqual(self.after_power_cut("""
put('a', b'one'); put('a', b'two', at=3); os.mkdir('f'); put('f/b', b'x'); sync_folder('f'); sync_folder('.')
file = os.open('a', os.O_RDWR | os.O_APPEND); os.writev(file, [b'3', b'4']); os.ftruncate(file, 7); os.fdatasync(file)
"""), {"a": b"onetwo3", "f": None, "f/b": b"x"})

    def test_a_sync_covers_what_came_before_it_only(self):
        self.assertEqual(self.after_power_cut("""
file = os.open('a', os.O_WRONLY | os.O_CREAT); os.write(file, b'before'); os.fsync(file); os.write(file, b'after')
sync_folder('.')
"""), {"a": b"before"})

    def test_renames_and_removals_need_the_directory(self):
        made = "put('a', b'old'); put('b', b'new'); put('c', b'gone'); sync_folder('.')\n"
        self.assertEqual(self.after_power_cut(made + "os.rename('b', 'a'); os.unlink('c')"),
                         {"a": b"old", "b": b"new", "c": b"gone"})
        os.unlink(self.journal)
        faulty_disk.clear(self.disk)
        self.assertEqual(self.after_power_cut(made + "os.rename('b', 'a'); os.unlink('c'); sync_folder('.')"),
                         {"a": b"new"})

    def test_a_truncation_is_lost_like_a_write(self):
        made = "put('a', b'long enough'); sync_folder('.'); put('a', b'', sync=False, flags=os.O_WRONLY | os.O_TRUNC)"
        self.assertEqual(self.after_power_cut(made), {"a": b"long enough"})

    def test_a_directory_whose_name_was_not_synced_is_lost_with_all_in_it(self):
        self.assertEqual(self.after_power_cut("os.mkdir('f'); put('f/a', b'x'); sync_folder('f')"), {})

    def test_an_ignored_sync_is_none(self):
        text = "put('a', b'x'); put('b', b'y'); sync_folder('.')"
        self.assertEqual(self.python(text, ignore_sync="a").returncode, 0)
        faulty_disk.PowerCut(self.base, self.journal).leave(self.disk, "synced", random.Random(1))
        self.assertEqual(faulty_disk.read_tree(self.disk), {"a": b"", "b": b"y"})

    def test_random_ways_keep_what_was_synced_and_lose_some_of_the_rest(self):
        lost = {way: 0 for way in faulty_disk.WAYS}
        text = """
put('a', b's' * 2000); sync_folder('.')
file = os.open('a', os.O_WRONLY | os.O_APPEND)
for i in range(20): os.write(file, b'n' * 700)
put('b', b'b'); os.rename('b', 'c')
"""
        self.assertEqual(self.python(text).returncode, 0)
        for way in faulty_disk.WAYS:
            for seed in range(20):
                tree = faulty_disk.PowerCut(self.base, self.journal).tree(way, random.Random(seed))
                self.assertEqual(tree["a"][:2000], b"s" * 2000)
                self.assertLessEqual(len(tree["a"]), 16000)
                lost[way] += tree["a"][2000:] != b"n" * 14000
                self.assertIn(sorted(tree.keys() - {"a"}), [[], ["b"], ["c"]])
        self.assertGreater(min(lost.values()), 10, lost)
        self.assertLess(lost["prefix"] + lost["sectors"] + lost["garbage"] + lost["ordered"], 80 + 1)

    def test_the_same_seed_leaves_the_same(self):
        self.python("put('a', b'x' * 9000, sync=False); sync_folder('.')")
        left = [faulty_disk.PowerCut(self.base, self.journal).tree("garbage", random.Random(7)) for _ in range(2)]
        self.assertEqual(left[0], left[1])

    def test_the_wanted_call_fails_and_no_other(self):
        text = """
for i in range(6):
    try:
        put(f'f{i}', b'x')
        print('good')
    except OSError as error:
        print(error.errno)
"""
        calls = "create,write"
        got = self.python(text, fault="EIO@4", calls=calls)
        self.assertEqual(got.stdout.split(), ["good", str(errno.EIO)] + ["good"] * 4, got.stderr)
        got = self.python(text, fault="ENOSPC@6+", calls="write")
        self.assertEqual(got.stdout.split(), ["good"] * 5 + [str(errno.ENOSPC)], got.stderr)
        got = self.python(text.replace("f{i}", "g{i}"), fault="ENOSPC@3+", calls=calls)
        self.assertEqual(got.stdout.split(), ["good"] + [str(errno.ENOSPC)] * 5, got.stderr)

    def test_short_writes_and_kills(self):
        got = self.python("file = os.open('a', os.O_WRONLY | os.O_CREAT); print(os.write(file, b'1234567'))",
                          fault="SHORT@1", calls="write")
        self.assertEqual(got.stdout.strip(), "3")
        got = self.python("put('b', b'x'); put('c', b'x')", fault="KILL@4", calls="create,write,sync")
        self.assertEqual(got.returncode, -9)
        self.assertEqual(sorted(os.listdir(self.disk)), ["a", "b"])

    def test_what_cannot_be_followed_is_said(self):
        got = self.python("import mmap\nput('a', b'xxxx')\nwith open('a', 'r+b') as file: mmap.mmap(file.fileno(), 4)")
        self.assertEqual(got.returncode, 99)
        self.assertIn("cannot follow", got.stderr)

    def test_other_directories_are_left_alone(self):
        os.makedirs(self.disk + "-other")
        got = self.python(f"put('{self.disk}-other/a', b'x')", fault="EIO@1+", calls="create,write,sync")
        self.assertEqual(got.returncode, 0, got.stderr)


if __name__ == "__main__":
    unittest.main()
