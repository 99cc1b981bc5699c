#!/usr/bin/env python3
"""Tests of the long test's stages: passed stages do not run again; another tree or --fresh starts again."""

import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from long_test import STAGES, Stage, main  # noqa: E402


class LongTestTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "source.txt").write_text("one", encoding="utf-8")
        (self.root / ".gitignore").write_text("/build/\n/ran\n/broken\n", encoding="utf-8")
        subprocess.run(["git", "-C", str(self.root), "init", "-q"], check=True)
        # `sum` fails while a file `broken` exists; each run appends a line to `ran`.
        script = "import os, sys; open('ran', 'a').write(sys.argv[1] + '\\n'); print('ran', sys.argv[1], '7 things'); " \
                 "sys.exit(sys.argv[1] == 'sum' and os.path.exists('broken'))"
        (self.root / "stage.py").write_text(script, encoding="utf-8")
        self.stages = [Stage(name, [f"{sys.executable} stage.py {name}"], r"\d+ things") for name in ("some", "sum")]

    def run_main(self, *arguments, stages=None):
        out = io.StringIO()
        code = main(list(arguments), stages or self.stages, self.root, out)
        return code, out.getvalue()

    def ran(self):
        file = self.root / "ran"
        return file.read_text(encoding="utf-8").split() if file.exists() else []

    def test_what_passed_is_not_run_again(self):
        code, text = self.run_main()
        self.assertEqual((code, self.ran()), (0, ["some", "sum"]))
        self.assertRegex(text, r"sum +passed +0:00:0\d  7 things")
        self.assertEqual(self.run_main()[0], 0)
        self.assertEqual(self.ran(), ["some", "sum"])

    def test_what_failed_is_run_again_alone(self):
        (self.root / "broken").touch()
        code, text = self.run_main()
        self.assertEqual(code, 1)
        self.assertRegex(text, r"sum +FAILED")
        self.assertEqual(self.run_main("--list")[1].count("passed"), 1)
        (self.root / "broken").unlink()
        self.assertEqual(self.run_main()[0], 0)
        self.assertEqual(self.ran(), ["some", "sum", "sum"])

    def test_another_tree_begins_anew(self):
        self.run_main()
        (self.root / "source.txt").write_text("two", encoding="utf-8")
        self.assertIn("not run", self.run_main("--list")[1])
        self.run_main()
        self.assertEqual(self.ran(), ["some", "sum", "some", "sum"])
        (self.root / "new.txt").touch()
        self.run_main("some")
        self.assertEqual(len(self.ran()), 5)

    def test_fresh_begins_anew_and_named_stages_run_alone(self):
        self.run_main("sum")
        self.assertEqual(self.ran(), ["sum"])
        self.run_main("--fresh", "sum")
        self.assertEqual(self.ran(), ["sum", "sum"])

    def test_a_stage_goes_on_where_it_was_until_the_tree_is_another(self):
        script = "import pathlib, sys; file = pathlib.Path(sys.argv[1], 'progress'); had = file.exists(); " \
                 "file.touch(); print('resumed' if had else 'begun'); sys.exit(1)"
        (self.root / "resume.py").write_text(script, encoding="utf-8")
        stages = [Stage("kills", [f"{sys.executable} resume.py {{scratch}}"], r"resumed|begun")]
        for wanted in ("begun", "resumed"):
            self.assertRegex(self.run_main(stages=stages)[1], f"kills +FAILED +0:00:0\\d  {wanted}")
        (self.root / "source.txt").write_text("two", encoding="utf-8")
        self.assertIn("begun", self.run_main(stages=stages)[1])

    def test_a_later_command_is_not_run_behind_a_failed_one(self):
        (self.root / "broken").touch()
        commands = [f"{sys.executable} stage.py sum", f"{sys.executable} stage.py some"]
        self.assertEqual(self.run_main(stages=[Stage("both", commands, "things")])[0], 1)
        self.assertEqual(self.ran(), ["sum"])

    def test_an_unknown_stage_is_a_usage_error(self):
        self.assertEqual(self.run_main("kilts")[0], 2)
        self.assertEqual(self.run_main("--frsh")[0], 2)
        self.assertEqual(self.ran(), [])

    def test_the_table_has_no_name_twice(self):
        names = [stage.name for stage in STAGES]
        self.assertEqual(len(names), len(set(names)))

    def test_the_test_programs_of_the_table_are_built(self):
        lists = [path for name in ("CMakeLists.txt", "*.cmake") for path in (ROOT / "tests").rglob(name)]
        built = {program: {os.path.basename(file) for file in files.split()} for path in lists for program, files in
                 re.findall(r"leadpulse_tests?\((\w+)([^)]*)", path.read_text(encoding="utf-8"))}
        commands = "\n".join(command for stage in STAGES for command in stage.commands)
        named = re.findall(r"(?m)^build/release/tests/(\w+)(?: --file=(\w+))?$", commands)
        self.assertEqual([each for each in named if each[0] not in built or (each[1] and each[1] not in built[each[0]])], [])
        self.assertLessEqual({path.stem for path in (ROOT / "tests/property").glob("*_property_test.cc")},
                             {file or program for program, file in named})


if __name__ == "__main__":
    unittest.main()
