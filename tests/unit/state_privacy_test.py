#!/usr/bin/env python3
"""Who may read what is written, and what is left of a lead that was erased.

    tests/unit/state_privacy_test.py BINARY TAMPER
"""

import os
import stat
import subprocess
import unittest

from kept_state import State, make_lines
from command_line import BINARY  # behind kept_state, which takes the second argument

class Modes(State):
    def call_with(self, umask, *arguments):
        result = subprocess.run([BINARY, *arguments], cwd=self.folder, capture_output=True, text=True, check=False,
                                umask=umask)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def modes(self, path):
        """Of the directory, and of everything in it."""
        root = self.path(path)
        below = [os.path.join(folder, name) for folder, folders, files in os.walk(root) for name in folders + files]
        self.assertTrue(below)
        return ({stat.S_IMODE(os.stat(root).st_mode)} | {stat.S_IMODE(os.stat(name).st_mode) for name in below
                                                         if os.path.isdir(name)},
                {stat.S_IMODE(os.stat(name).st_mode) for name in below if not os.path.isdir(name)})

    def test_a_state_is_its_owners_and_outputs_may_be_read_by_the_group(self):
        self.write("a.jsonl", "\n".join(make_lines(3000, 300)) + "\n")
        for umask, shared in ((0o022, ({0o750}, {0o640})), (0o077, ({0o700}, {0o600})), (0, ({0o750}, {0o640}))):
            name = f"{umask:o}"
            run = ["run", "--state", f"{name}/state", "--output", f"{name}/out", "--input", "a.jsonl", "--definitions",
                   "d.yaml", "--quiet"]
            for _ in range(2):  # the second one writes tables and a new manifest
                self.assertEqual(self.call_with(umask, *run).stderr, "")
            self.call_with(umask, "state", "backup", "--state", f"{name}/state", f"{name}/backup")
            self.call_with(umask, "state", "restore", "--state", f"{name}/restored", f"{name}/backup")
            self.call_with(umask, "state", "repair", "--state", f"{name}/restored")
            self.call_with(umask, "lead", "note", "Call back", "--tenant", "acme", "--lead", "lead7", "--to",
                           f"{name}/out/note.jsonl")
            for path in ("state", "backup", "restored"):
                self.assertEqual(self.modes(f"{name}/{path}"), ({0o700}, {0o600}), (name, path))
            self.assertEqual(self.modes(f"{name}/out"), shared, name)

    def test_a_directory_that_is_there_keeps_its_mode(self):
        self.write("a.jsonl", "\n".join(make_lines(300, 30)) + "\n")
        for mode, warned in ((0o755, True), (0o751, True), (0o750, False), (0o700, False)):
            state = f"state-{mode:o}"
            os.mkdir(self.path(state))
            os.chmod(self.path(state), mode)
            result = self.call("run", "--state", state, "--output", f"out-{mode:o}", "--input", "a.jsonl")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(f"{state} can be read by every user of this machine" in result.stderr, warned)
            self.assertEqual(stat.S_IMODE(os.stat(self.path(state)).st_mode), mode)


if __name__ == "__main__":
    unittest.main()
