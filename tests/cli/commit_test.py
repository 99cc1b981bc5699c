#!/usr/bin/env python3
"""Tests which commit `leadpulse --version` shows, and that a build compiles it again only if it has changed.

    tests/cli/commit_test.py CMAKE
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools/leadpulse/commit.cmake"
CMAKE = sys.argv.pop(1)
# No settings of the user or the machine, and no repository of a hook that runs this test.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class CommitTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = pathlib.Path(folder.name, "tree")
        self.source.mkdir()
        self.output = pathlib.Path(folder.name, "commit.cc")

    def git(self, *arguments):
        done = subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments], cwd=self.source,
                              check=True, capture_output=True, text=True, env=ENVIRONMENT)
        return done.stdout.strip()

    def make_clone(self):
        self.git("init", "--quiet")
        (self.source / "file").write_text("1\n", encoding="utf-8")
        self.git("add", "file")
        self.git("commit", "--quiet", "--message", "One")
        return self.git("rev-parse", "HEAD")

    def written(self, source=None):
        """Runs the script like a build, and returns the commit in what it wrote."""
        subprocess.run([CMAKE, "-D", f"SOURCE={source or self.source}", "-D", f"OUTPUT={self.output}", "-P", SCRIPT],
                       check=True, env=ENVIRONMENT)
        return re.search(r'kCommit\[\] = "(.*)";', self.output.read_text(encoding="utf-8")).group(1)

    def test_a_clone_shows_its_commit_and_whether_files_have_changed(self):
        commit = self.make_clone()
        self.assertEqual(self.written(), commit[:8])
        (self.source / "new").write_text("untracked\n", encoding="utf-8")
        self.assertEqual(self.written(), commit[:8])
        (self.source / "file").write_text("2\n", encoding="utf-8")
        self.assertEqual(self.written(), commit[:8] + "-dirty")

    def test_a_tag_does_not_take_its_place(self):
        commit = self.make_clone()
        self.git("tag", "--annotate", "v1", "--message", "v1")
        self.assertEqual(self.written(), commit[:8])

    def test_other_sources_show_none(self):
        self.assertEqual(self.written(), "")
        self.make_clone()
        (self.source / "archive").mkdir()
        self.assertEqual(self.written(self.source / "archive"), "")

    def test_the_same_commit_is_not_written_again(self):
        self.make_clone()
        self.written()
        os.utime(self.output, ns=(0, 0))
        self.written()
        self.assertEqual(self.output.stat().st_mtime_ns, 0)


if __name__ == "__main__":
    unittest.main()
