#!/usr/bin/env python3
"""Tests how tools/dev installs packages, only as root and never through sudo, and with which tests it begins. The test's own
programs replace apt, dpkg, id, sudo, cmake and ctest."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

DEV = pathlib.Path(__file__).resolve().parents[2] / "tools/dev"
# Each appends its name and arguments to the file `calls`.
FAKES = {
    "id": 'echo "$FAKE_UID"',
    "dpkg-query": 'printf "%s" "$FAKE_STATUS"',
    "apt-cache": '[ "$2" = "$FAKE_UNKNOWN" ] && echo "  Candidate: (none)" || echo "  Candidate: 1.0"',
    "apt-get": '[ "$1" = update ]',
    "sudo": "exit 1",
    "cmake": ":",
    "ctest": ":",
}
# Each needs libraries that only dpkg-query knows.
COMMANDS = (["test"], ["build"], ["build", "asan"], ["bench"], ["bench", "kafka"], ["coverage"], ["package"], ["image"], ["manual"], ["lint"], ["demo"],
            ["setup"])


class DevSetupTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.calls = self.folder / "calls"
        (self.folder / "fakes").mkdir()
        (self.folder / "tree/tools").mkdir(parents=True)
        (self.folder / "tree/tests").mkdir()
        shutil.copy(DEV.parents[1] / "tests/seconds.txt", self.folder / "tree/tests")
        for name in ("dev", "packages.sh"):
            shutil.copy(DEV.with_name(name), self.folder / "tree/tools" / name)
        for name, body in FAKES.items():
            fake = self.folder / "fakes" / name
            fake.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.calls}"\n{body}\n', encoding="utf-8")
            fake.chmod(0o755)

    def dev(self, *arguments, uid=1000, status="", unknown=""):
        """Returns the result, and the calls of the package manager and of sudo."""
        self.calls.write_text("", encoding="utf-8")
        environment = {**os.environ, "PATH": f"{self.folder}/fakes:{os.environ['PATH']}", "FAKE_UID": str(uid),
                       "FAKE_STATUS": status, "FAKE_UNKNOWN": unknown}
        done = subprocess.run([self.folder / "tree/tools/dev", *arguments], env=environment, capture_output=True, text=True,
                              check=False, timeout=60)
        calls = self.calls.read_text(encoding="utf-8").splitlines()
        return done, [call for call in calls if call.startswith(("sudo ", "apt-get "))]

    def test_without_root_every_command_prints_the_line_to_type_and_runs_nothing(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                done, calls = self.dev(*command)
                self.assertEqual(done.returncode, 1)
                self.assertEqual(calls, [])
                line, reason = done.stderr.splitlines()
                self.assertRegex(line, r"^sudo apt-get update && sudo apt-get install --no-install-recommends [a-z0-9. +-]+$")
                self.assertEqual(reason, "tools/dev: packages are missing: type the line above, then run this again")

    def test_the_line_names_what_is_missing_as_this_system_does(self):
        done, _ = self.dev("setup", "build", "fuzz")
        self.assertIn(" librocksdb-dev ", done.stderr)
        self.assertIn(" libclang-rt-dev\n", done.stderr)
        done, _ = self.dev("setup", "build", "fuzz", unknown="libclang-rt-dev")
        self.assertIn(" libclang-rt-19-dev\n", done.stderr)

    def test_root_installs_without_sudo(self):
        done, calls = self.dev("setup", "build", uid=0)
        self.assertEqual(calls[0], "apt-get update -qq")
        self.assertRegex(calls[1], r"^apt-get install .*--no-install-recommends .*librocksdb-dev")
        self.assertEqual(len(calls), 2)
        self.assertIn("apt-get install failed", done.stderr)  # from the replacement

    def test_nothing_is_asked_for_when_nothing_is_missing(self):
        done, calls = self.dev("setup", status="installed")
        self.assertEqual((done.returncode, calls), (0, []), done.stderr)
        self.assertIn("all packages are installed", done.stdout)

    def test_ctest_is_told_which_tests_are_long_once(self):
        known = self.folder / "tree/build/asan/Testing/Temporary/CTestCostData.txt"
        for text in (None, "journal_test 3 0.2\n---\n"):
            if text is not None:
                known.write_text(text, encoding="utf-8")
            done, _ = self.dev("test", "--preset", "asan", status="installed")
            self.assertEqual(done.returncode, 0, done.stderr)
            told = known.read_text(encoding="utf-8")
            self.assertEqual(told, text or told)
            if text is None:  # as ctest reads it: name, number of runs, seconds
                self.assertRegex(told, r"^(\w+ 1 \d+\n){20,}---\n$")


if __name__ == "__main__":
    unittest.main()
