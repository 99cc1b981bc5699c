#!/usr/bin/env python3
"""Tests of the seed archives of the fuzz targets."""

import pathlib
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
import fuzz  # noqa: E402
import seeds  # noqa: E402


class SeedsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.archive = self.folder / "a.seeds"

    def test_what_is_written_is_read(self):
        written = {"every-byte": bytes(range(256)), "no_byte": b"", "like.an_escape": rb"\x41\n\\", "two-lines": b"a\nb \n"}
        seeds.write(self.archive, written)
        self.assertEqual(seeds.read(self.archive), written)

    def test_a_line_is_a_name_and_the_escaped_bytes(self):
        seeds.write(self.archive, {"b": b"x y\n", "a": b"\\\xff\t"})
        self.assertEqual(self.archive.read_bytes(), b"a \\\\\\xff\\t\nb x y\\n\n")

    def test_a_wrong_line_is_named(self):
        for line in (b"name", b"a/b x", b" x", b"a \x00", b"a \\", b"a \\q", b"a \\x4", b"a \xc3\xa4"):
            with self.subTest(line=line):
                self.archive.write_bytes(b"a0 x\n" + line + b"\n")
                with self.assertRaisesRegex(ValueError, ":2: "):
                    seeds.read(self.archive)

    def test_a_name_is_there_once(self):
        self.archive.write_bytes(b"a x\na y\n")
        with self.assertRaisesRegex(ValueError, ":2: a second seed a"):
            seeds.read(self.archive)

    def test_adding_keeps_the_others_and_replaces_its_own(self):
        for name, data in (("b", b"1"), ("a", b"2"), ("b", b"3")):
            (self.folder / "file").write_bytes(data)
            seeds.add(self.archive, self.folder / "file", name)
        self.assertEqual(list(seeds.read(self.archive).items()), [("a", b"2"), ("b", b"3")])
        with self.assertRaises(ValueError):
            seeds.add(self.archive, self.folder / "file", "../b")

    def test_the_folder_holds_the_seeds_and_nothing_else(self):
        unpacked = self.folder / "unpacked"
        unpacked.mkdir()
        (unpacked / "old").write_bytes(b"")
        seeds.write(self.archive, {"a": b"\x00"})
        seeds.unpack(self.archive, unpacked)
        self.assertEqual({file.name: file.read_bytes() for file in unpacked.iterdir()}, {"a": b"\x00"})

    def test_the_archives_are_as_they_would_be_written(self):
        for archive in sorted(seeds.ARCHIVES.iterdir()):
            with self.subTest(archive=archive.name):
                copy = self.folder / archive.name
                seeds.write(copy, seeds.read(archive))
                self.assertTrue(copy.read_bytes() == archive.read_bytes(), "unsorted lines, or other escapes")

    def test_wrong_arguments(self):
        done = subprocess.run([sys.executable, TOOLS / "seeds.py", "pack"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("unpack TARGET FOLDER", done.stderr)


# Replaces a fuzz target. A merge returns the first input of each folder, under its SHA-1, as libFuzzer does. A run
# fails if its seeds have an input `wrong`.
FUZZER = """#!/usr/bin/env python3
import hashlib, pathlib, sys
folders = [pathlib.Path(argument) for argument in sys.argv[1:] if not argument.startswith("-")]
if "-set_cover_merge=1" in sys.argv:
    for folder in folders[1:]:
        data = min(folder.iterdir()).read_bytes()
        (folders[0] / hashlib.sha1(data).hexdigest()).write_bytes(data)
elif any(file.read_bytes() == b"wrong" for file in folders[1].iterdir()):
    sys.exit("assertion failed")
"""
SHA = {b"a": "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8", b"b": "e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98"}


class FuzzTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "build/fuzz").mkdir(parents=True)
        fuzzer = self.folder / "build/fuzz/made_up_fuzzer"
        fuzzer.write_text(FUZZER, encoding="utf-8")
        fuzzer.chmod(0o755)
        self.archive = self.folder / "made_up.seeds"
        for module, name, value in ((fuzz, "ROOT", self.folder), (fuzz, "BUILD", self.folder / "build"),
                                    (seeds, "ARCHIVES", self.folder)):
            patch = unittest.mock.patch.object(module, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        patch = unittest.mock.patch("builtins.print")
        patch.start()
        self.addCleanup(patch.stop)

    def test_a_run_gets_the_seeds(self):
        seeds.write(self.archive, {"one": b"a"})
        self.assertTrue(fuzz.fuzz("made_up", 1))
        seeds.write(self.archive, {"one": b"a", "two": b"wrong"})
        self.assertFalse(fuzz.fuzz("made_up", 1))

    def test_keeping_replaces_what_libfuzzer_named(self):
        seeds.write(self.archive, {"0" * 40: b"a", "1" * 40: b"gone", "by-hand": b"c"})
        finds = self.folder / "build/corpus/made_up"
        finds.mkdir(parents=True)
        (finds / "find").write_bytes(b"b")
        fuzz.keep("made_up")
        self.assertEqual(seeds.read(self.archive), {SHA[b"a"]: b"a", SHA[b"b"]: b"b", "by-hand": b"c"})


if __name__ == "__main__":
    unittest.main()
