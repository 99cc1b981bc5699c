#!/usr/bin/env python3
"""Tests of tools/tidy.py on a made-up tree: a batch has the findings of its files, one by one."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import tidy  # noqa: E402

FINE = "int {name}() {{ return 1; }}\n"
IMPLICIT = "struct {name} {{\n  {name}(int) {{}}\n}};\n"  # google-explicit-constructor


class BatchesTest(unittest.TestCase):
    def batches(self, *texts, flags=None):
        """Returns the numbers of the texts that are examined together."""
        with tempfile.TemporaryDirectory() as scratch:
            sources = [f"{scratch}/{number}.cc" for number in range(len(texts))]
            for source, text in zip(sources, texts):
                pathlib.Path(source).write_text(text, encoding="utf-8")
            found = tidy.batches_of(sources, dict(zip(sources, flags or [("-Wall",)] * len(texts))), jobs=1)
            return sorted([int(pathlib.Path(source).stem) for source in batch] for batch in found)

    def test_names_of_one_namespace_are_kept_apart(self):
        text = "namespace leadpulse::{0} {{\nusing std::string;\nnamespace {{\nint {1}() {{ return 1; }}\n}}\n}}\n"
        self.assertEqual(self.batches(text.format("a", "One"), text.format("a", "Two")), [[0, 1]])
        self.assertEqual(self.batches(text.format("a", "One"), text.format("b", "One")), [[0, 1]])
        self.assertEqual(self.batches(text.format("a", "One"), text.format("a", "One")), [[0], [1]])
        aliases = [f"using Alias = {kind};\n" for kind in ("int", "long")]
        self.assertEqual(self.batches(*aliases), [[0], [1]])

    def test_macros_of_libraries_join_and_other_flags_do_not(self):
        for flag, expected in (("-Iinclude", [[0, 1]]), ("-DLIBRARY_SHARED", [[0, 1]]), ("-std=c++17", [[0], [1]]),
                               ("-DLEADPULSE_BINARY=x", [[0], [1]])):
            self.assertEqual(self.batches("int one;\n", "int two;\n", flags=[("-Wall",), ("-Wall", flag)]), expected, flag)


@unittest.skipUnless(shutil.which("clang-tidy"), "needs clang-tidy (tools/dev setup lint)")
class TidyTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        (self.root / "tools").mkdir()
        (self.root / "build").mkdir()
        shutil.copy(ROOT / ".clang-tidy", self.root)

    def tidy(self, *options, unity=False, stamps="", **texts):
        """Returns whether all is clean, and the output for sources of these names; `unity`: compiled as one; `stamps`: the
        folder of LEADPULSE_TIDY_STAMPS."""
        sources = []
        for name, text in texts.items():
            (self.root / f"tools/{name}.cc").write_text(text, encoding="utf-8")
            sources.append(f"tools/{name}.cc")
        compiled = [str(self.root / source) for source in sources]
        if unity:
            (self.root / "build/Unity").mkdir(exist_ok=True)
            together = self.root / "build/Unity/unity_0_cxx.cxx"
            together.write_text("".join(f'#include "{source}"\n' for source in compiled), encoding="utf-8")
            compiled = [str(together)]
        commands = [{"directory": str(self.root), "file": source,
                     "command": f"c++ -I{self.root} -std=c++20 -Winvalid-pch --param=ggc-min-expand=10 -include none.h -o x.o -c {source}"}
                    for source in compiled]
        (self.root / "build/compile_commands.json").write_text(json.dumps(commands), encoding="utf-8")
        done = subprocess.run([sys.executable, str(ROOT / "tools/tidy.py"), "--build", "build", "--jobs", "1", *options,
                               *sources], env={**os.environ, "LEADPULSE_TIDY_STAMPS": str(stamps)}, cwd=self.root,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode == 0, done.stdout

    def test_what_is_clean_is_not_examined_again(self):
        texts = {"one": FINE.format(name="One"), "two": FINE.format(name="Two")}
        clean, said = self.tidy(**texts)
        self.assertTrue(clean, said)
        self.assertIn("2 of 2 sources examined", said)
        self.assertIn("0 of 2 sources examined", self.tidy(**texts)[1])

    def test_what_a_source_depends_on_has_it_examined_again(self):
        (self.root / "schemas/leadpulse/v1").mkdir(parents=True)
        (self.root / "leadpulse/v1").mkdir(parents=True)
        (self.root / "leadpulse/v1/lead.pb.h").write_text("#pragma once\n", encoding="utf-8")
        schemas = {name: self.root / f"schemas/leadpulse/v1/{name}.proto" for name in ("lead", "event")}
        schemas["lead"].write_text('import "leadpulse/v1/event.proto";\n', encoding="utf-8")
        schemas["event"].write_text("message Event {}\n", encoding="utf-8")
        one = '#include "leadpulse/v1/lead.pb.h"\n' + FINE.format(name="One")
        self.assertIn("1 of 1 sources examined", self.tidy(one=one)[1])
        self.assertIn("0 of 1 sources examined", self.tidy(one=one)[1])
        schemas["event"].write_text("message Event {\n}\n", encoding="utf-8")
        self.assertIn("1 of 1 sources examined", self.tidy(one=one)[1])
        with open(self.root / ".clang-tidy", "a", encoding="utf-8") as file:
            file.write("# Another check.\n")
        self.assertIn("1 of 1 sources examined", self.tidy(one=one)[1])

    def test_stamps_that_nobody_uses_are_removed(self):
        stamps = self.root / "stamps"
        stamps.mkdir()
        old = [stamps / ("0" * 64), stamps / "thesis.txt"]
        for path in old:
            path.touch()
            os.utime(path, (0, 0))
        one = FINE.format(name="One")
        self.tidy(stamps=stamps, one=one)
        self.assertEqual([path.exists() for path in old], [False, True])
        stamp = next(path for path in stamps.iterdir() if path not in old)
        used = stamp.stat().st_mtime
        os.utime(stamp, (used - 20 * 24 * 3600,) * 2)
        self.assertIn("0 of 1 sources examined", self.tidy(stamps=stamps, one=one)[1])
        self.assertGreaterEqual(stamp.stat().st_mtime, used)

    def test_since_leaves_out_what_does_not_differ(self):
        git = ["git", "-C", str(self.root), "-c", "user.name=n", "-c", "user.email=n@example.com"]
        (self.root / "tools/shared.h").write_text("#pragma once\n", encoding="utf-8")
        including = {"one": '#include "tools/shared.h"\n' + FINE.format(name="One"), "two": FINE.format(name="Two")}
        for name, text in including.items():
            (self.root / f"tools/{name}.cc").write_text(text, encoding="utf-8")
        for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
            subprocess.run([*git, *command], check=True)
        self.assertIn("0 of 2 sources examined", self.tidy("--since", "HEAD", **including)[1])
        (self.root / "tools/shared.h").write_text("#pragma once\n\n", encoding="utf-8")
        self.assertIn("1 of 2 sources examined", self.tidy("--since", "HEAD", **including)[1])
        including["three"] = FINE.format(name="Three")  # git does not track it yet
        self.assertIn("1 of 3 sources examined", self.tidy("--since", "HEAD", **including)[1])
        (self.root / "CMakeLists.txt").write_text("add_compile_options(-Wall)\n", encoding="utf-8")
        self.assertIn("1 of 3 sources examined", self.tidy("--since", "HEAD", **including)[1])  # the one not examined yet

    def test_a_finding_of_a_batch_is_of_one_file(self):
        clean, said = self.tidy(one=FINE.format(name="One"), two=IMPLICIT.format(name="Two"))
        self.assertFalse(clean)
        self.assertIn("tools/two.cc:2:3: error: single-argument constructors", said)
        self.assertIn("2 of 2 sources examined", said)
        self.assertIn(", 1 with findings", said)

    def test_what_the_build_compiles_as_one_is_examined_too(self):
        clean, said = self.tidy(unity=True, one=FINE.format(name="One"), two=IMPLICIT.format(name="Two"))
        self.assertFalse(clean)
        self.assertIn("tools/two.cc:2:3: error: single-argument constructors", said)
        self.assertIn("2 of 2 sources examined", said)

    def test_what_does_not_compile_together_is_examined_by_itself(self):
        local = "namespace {\nint Local(int n) { return n; }\n}  // namespace\n"
        clean, said = self.tidy(one=local + FINE.format(name="One"), two=local + FINE.format(name="Two"))
        self.assertTrue(clean, said)
        # A name that does not begin its line is not seen in advance.
        local = "namespace { int Hidden() { return 0; } }\n"
        clean, said = self.tidy(three=local + FINE.format(name="Three"), four=local + FINE.format(name="Four"))
        self.assertTrue(clean, said)

    def test_a_file_that_does_not_compile_is_a_finding(self):
        clean, said = self.tidy(one=FINE.format(name="One"), two="int Two( { return 1; }\n")
        self.assertFalse(clean)
        self.assertIn("tools/two.cc:1:", said)

    def test_headers_count(self):
        (self.root / "tools/held.h").write_text("#pragma once\n" + IMPLICIT.format(name="Held"), encoding="utf-8")
        clean, said = self.tidy(one='#include "tools/held.h"\n', two=FINE.format(name="Two"))
        self.assertFalse(clean)
        self.assertIn("tools/held.h:3:3: error: single-argument constructors", said)


if __name__ == "__main__":
    unittest.main()
