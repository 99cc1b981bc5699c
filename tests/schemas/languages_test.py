#!/usr/bin/env python3
"""The public .proto files as other languages take them.   tests/schemas/languages_test.py

Debian's protoc makes the Java and Python code. Go is tried where protoc-gen-go is installed.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/house"))
from page_blocks import block, commands_of  # noqa: E402

SCHEMAS = ROOT / "schemas"
PUBLIC = ["change", "command", "dead_letter", "event", "input", "lead_profile"]
OPTIONS = ['option go_package = "leadpulse/v1;leadpulsev1";', 'option java_package = "leadpulse.v1";',
           "option java_multiple_files = true;"]
_, FOR_GO, FOR_JAVA = commands_of(block("classes"))  # the first installs Go's plugin


class Languages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "schemas").symlink_to(SCHEMAS)

    def generate(self, command, folder="."):
        """Runs a command of protoc. Returns the names of the files that it makes in the package's folder."""
        (self.folder / folder).mkdir(parents=True, exist_ok=True)
        subprocess.run(["bash", "-c", command], cwd=self.folder, check=True)
        return sorted(path.name for path in (self.folder / folder / "leadpulse/v1").iterdir())

    def test_the_public_files_have_the_options_and_stand_alone(self):
        for name in PUBLIC:
            text = (SCHEMAS / f"leadpulse/v1/{name}.proto").read_text(encoding="utf-8")
            self.assertEqual(re.findall("^option .*", text, re.M), OPTIONS, name)
            for imported in re.findall(r'^import "leadpulse/v1/(\w+)\.proto"', text, re.M):
                self.assertIn(imported, PUBLIC, name)

    def test_files_of_the_program_have_none(self):
        for path in (SCHEMAS / "leadpulse/v1").glob("*.proto"):
            if path.stem not in PUBLIC:
                self.assertNotRegex(path.read_text(encoding="utf-8"), "(?m)^option ", path.name)

    def test_java_has_a_class_for_each_message(self):
        made = self.generate(FOR_JAVA, "src/main/java")
        for message in ("EngagementEvent", "LeadCommand", "InputRecord", "Change", "DeadLetter", "LeadProfile"):
            self.assertIn(f"{message}.java", made)

    def test_python_has_a_module_for_each_file(self):
        self.assertEqual(self.generate(FOR_GO.replace("--go_out", "--python_out")), [f"{name}_pb2.py" for name in PUBLIC])

    @unittest.skipUnless(shutil.which("protoc-gen-go"), "protoc-gen-go is not installed")
    def test_go_has_one_package(self):
        self.assertEqual(self.generate(FOR_GO), [f"{name}.pb.go" for name in PUBLIC])
        for path in (self.folder / "leadpulse/v1").iterdir():
            self.assertIn("\npackage leadpulsev1\n", path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
