#!/usr/bin/env python3
"""Backups, also beside a run, and states restored from them.   tests/cli/state_backup_test.py BINARY TAMPER"""

import fcntl
import os
import shutil
import subprocess
import sys
import unittest

from kept_state import State, make_lines
import command_line


class BackupAndRestore(State):
    def backup(self, target, *arguments):
        self.output_of("state", "backup", "--state", "state", target, *arguments)
        self.assertFalse(os.path.exists(self.path("state/requests")))
        return self.read(f"{target}/leadpulse-backup.txt")

    def restore(self, state, backup, *arguments):
        self.output_of("state", "restore", "--state", state, backup, *arguments)

    def test_a_backup_says_what_it_is_and_can_be_restored_many_times(self):
        self.make_state()
        os.mkdir(self.path("backup"))  # an empty folder is accepted
        manifest = self.backup("backup/")
        length = os.path.getsize(self.path("out/changes.jsonl"))
        for line in ("leadpulse backup, form 1", "state format 5", "partitions 4", f"changes.jsonl {length} bytes",
                     'input "a.jsonl" 1 '):
            self.assertIn(f"\n{line}", "\n" + manifest)
        self.assertRegex(manifest, r"\nmade at 20\d\d-\d\d-\d\dT")
        self.assertIn("\nclock 2026-01-27T", manifest)
        self.assertEqual(self.check("backup").returncode, 0)
        before = {name: self.stat("backup", name) for name in os.listdir(self.path("backup"))}
        for state in ("first", "deep/second"):
            self.restore(state, "backup")
            self.assertEqual(self.check(state).returncode, 0)
            self.assertNotIn("leadpulse-backup.txt", os.listdir(self.path(state)))
            # No file is shared: a run on the restored state does not change the backup.
            for name in os.listdir(self.path(state)):
                self.assertEqual(os.stat(self.path(f"{state}/{name}")).st_nlink, 1)
            out = state.replace("/", "-") + "-out"
            shutil.copytree(self.path("out"), self.path(out))
            self.output_of("run", "--state", state, "--output", out, "--input", "a.jsonl", "--until", "2026-03-01")
        self.assertEqual({name: self.stat("backup", name) for name in os.listdir(self.path("backup"))}, before)

    def stat(self, *path):
        found = os.stat(os.path.join(self.folder, *path))
        return found.st_size, found.st_mtime_ns

    def test_a_backup_does_not_change_with_the_state(self):
        self.make_state()
        self.backup("backup")
        wanted = self.check("backup").stdout
        self.run_job("--input", "a.jsonl", "--until", "2026-06-01")
        self.assertEqual(self.check("backup").stdout, wanted)

    def test_taken_targets_and_wrong_backups(self):
        self.make_state()
        self.backup("backup")
        self.fails(1, "backup is there already and is not an empty directory. Move it away first", "backup", "--state",
                   "state", "backup")
        self.fails(1, "state is there already", "restore", "--state", "state", "backup")
        self.write("file", "")
        self.fails(1, "is there already", "backup", "--state", "state", "file")
        self.fails(1, "is there already", "restore", "--state", "file", "backup")
        self.fails(1, "there is no state in none", "backup", "--state", "none", "new")
        self.assertFalse(os.path.exists(self.path("new")))
        self.assertFalse(os.path.exists(self.path("none")))
        self.fails(1, "state is no backup: it has no leadpulse-backup.txt", "restore", "--state", "new", "state")
        self.fails(1, "none is no backup", "restore", "--state", "new", "none")
        self.fails(2, "TARGET", "backup", "--state", "state")
        self.fails(2, "timeout", "backup", "--state", "state", "new", "--timeout", "-1")
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.jsonl", "backup", "d.yaml", "file", "out", "state"])

    def test_a_backup_that_is_checked_or_mended_is_told_from_a_state(self):
        self.make_state()
        self.backup("backup")
        before = {name: self.stat("backup", name) for name in os.listdir(self.path("backup"))}
        checked = self.check("backup").stdout
        self.assertIn("The backup in backup: 300 leads, ", checked)
        self.assertIn("leadpulse state restore --state NEW backup\n", checked)
        self.fails(1, "backup is a backup, which a repair would spoil. Restore it (leadpulse state restore --no-check "
                   "--state NEW backup)", "repair", "--state", "backup")
        self.fails(1, "backup is a backup, which another one of it would spoil", "backup", "--state", "backup", "new")
        self.assertEqual({name: self.stat("backup", name) for name in os.listdir(self.path("backup"))}, before)
        self.restore("new", "backup")
        # The check finds everything that a restore would refuse.
        self.write("backup/more", "")
        result = self.check("backup")
        self.assertEqual(result.returncode, 1)
        self.assertIn("the whole cannot be restored: the files in backup are not those of its manifest", result.stdout)
        self.assertIn("It is a backup, which is not mended itself: take another one.\n", result.stdout)
        self.assertEqual([problem["remedy"] for problem in self.check_json("backup")[1]["problems"]],
                         ["another backup"])

    def test_the_check_of_a_backup_names_another_state_and_what_can_be_mended(self):
        self.make_state()
        self.backup("backup")
        manifest = self.read("backup/leadpulse-backup.txt")
        self.write("backup/leadpulse-backup.txt", manifest.replace("partitions 4", "partitions 5"))
        self.assertIn("another state than its manifest says", self.check("backup").stdout)
        self.tamper("remove-timers")
        self.backup("second")
        result = self.check("second")
        self.assertEqual(result.returncode, 1)
        self.assertIn("; or restore it (leadpulse state restore --no-check --state NEW second) and mend", result.stdout)

    def damage(self, path, place):
        # Table files are shared with the state: separate this one, as a copy on another disk would be.
        shutil.copy(path, path + "-own")
        os.replace(path + "-own", path)
        with open(path, "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 1]))

    def test_a_backup_that_is_no_longer_what_it_was(self):
        self.make_state()
        self.backup("backup")
        manifest = self.read("backup/leadpulse-backup.txt")
        largest = max(self.table_files("backup"), key=lambda name: os.path.getsize(self.path(f"backup/{name}")))

        def refused(part, *arguments):
            self.fails(1, part, "restore", "--state", "new", "backup", *arguments)
            self.assertFalse(os.path.exists(self.path("new")))
            self.assertFalse(os.path.exists(self.path("new.unfinished")))

        for wrong, part in (("", "later program"), (manifest.replace("form 1", "form 2"), "later program"),
                            ("leadpulse backup, form 1\n", "is damaged"),
                            (manifest.replace("partitions 4", "partitions 5"), "another state than its manifest says"),
                            (manifest.replace("form 1", "form 1 "), "later program"),
                            (manifest.replace("input \"a", "input \"b"), "another state than its manifest says")):
            self.write("backup/leadpulse-backup.txt", wrong)
            refused(part)
        self.write("backup/leadpulse-backup.txt", manifest)
        self.write("backup/more", "")
        refused("not those of its manifest")
        os.remove(self.path("backup/more"))
        path = self.path(f"backup/{largest}")
        self.damage(path, 100)
        refused("is not sound")
        # A backup that cannot be opened does not get the advice for a state.
        for name in self.table_files("backup"):
            self.damage(self.path(f"backup/{name}"), 3)
        refused("the backup in backup is damaged (")
        self.assertIn(". Take another backup.", self.call("state", "restore", "--state", "new", "backup").stderr)
        with open(path, "ab") as file:
            file.truncate(os.path.getsize(path) - 1)
        refused(f"first difference at `{largest} ")
        self.assertEqual(self.check().returncode, 0)

    def test_a_backup_whose_manifest_is_damaged(self):
        self.make_state()
        self.run_job("--input", "a.jsonl", "--until", "2026-02-15")
        self.backup("backup")
        name = self.read("backup/CURRENT").strip()
        path = self.path(f"backup/{name}")
        whole = open(path, "rb").read()

        def refused(content, part, *arguments):
            with open(path, "wb") as file:
                file.write(content)
            self.fails(1, part, "restore", "--state", "new", "backup", *arguments)
            self.assertFalse(os.path.exists(self.path("new")))

        offsets = list(range(0, len(whole), max(1, len(whole) // 25))) + [len(whole) - 1]
        for offset in offsets:
            flipped = bytearray(whole)
            flipped[offset] ^= 1
            refused(bytes(flipped), "", "--no-check")
        refused(bytes(flipped), "backup")
        self.assertNotEqual(self.check("backup").returncode, 0)
        for lost in (1, 40, len(whole) // 2):
            refused(whole[:-lost], f"first difference at `{name} ")
        with open(path, "wb") as file:
            file.write(whole)
        self.restore("new", "backup")

    def test_a_run_does_not_go_on_with_a_backup(self):
        self.make_state()
        self.backup("backup")
        before = {name: self.stat("backup", name) for name in os.listdir(self.path("backup"))}
        for command in (["run", "--input", "a.jsonl", "--until", "2026-02-15"], ["run", "--input", "none.jsonl"],
                        ["replay", "a.jsonl"]):
            result = self.call(*command, "--state", "backup", "--output", "out")
            self.assertEqual(result.returncode, 1, result.stderr)
        result = self.call("run", "--input", "a.jsonl", "--state", "backup", "--output", "new-out")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("backup is a backup, which a run would spoil for `leadpulse state restore`. Make a state of it "
                      "(leadpulse state restore --state NEW backup), and give that one.", result.stderr)
        self.assertFalse(os.path.exists(self.path("new-out")))
        self.assertEqual({name: self.stat("backup", name) for name in os.listdir(self.path("backup"))}, before)
        self.restore("new", "backup")

    def test_a_copy_of_a_backup_that_was_written_to_is_a_state(self):
        self.make_state()
        self.run_job("--input", "a.jsonl", "--until", "2026-02-15")
        wanted = self.outputs()
        self.backup("backup")
        self.output_of("explain", "--state", "backup", "--tenant", "acme", "--lead", "lead7")
        shutil.copytree(self.path("backup"), self.path("copy"))
        self.write("copy/LOCK", "")  # as the live mode leaves it, and runs on files once did
        for _ in range(2):
            result = self.call("run", "--state", "copy", "--output", "out", "--input", "a.jsonl", "--until",
                               "2026-02-15")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertEqual(self.outputs(), wanted)
            self.assertEqual(self.check("copy").returncode, 0)
            self.assertEqual(self.call("state", "repair", "--state", "copy").returncode, 0)

    def test_no_check_restores_what_repair_can_mend(self):
        self.make_state()
        self.tamper("remove-timers")
        self.backup("backup")
        result = self.fails(1, "restore it with --no-check", "restore", "--state", "new", "backup")
        self.assertIn("missing_timer", result.stdout)
        self.restore("new", "backup", "--no-check")
        self.assertEqual(self.call("state", "repair", "--state", "new").returncode, 0)
        self.assertEqual(self.check("new").returncode, 0)

    def test_a_run_is_backed_up_while_it_goes_on_and_restored(self):
        lines = make_lines(8000, 300)
        first, rest = "\n".join(lines[:4000]) + "\n", "\n".join(lines[4000:]) + "\n"
        arguments = ["--input", "-", "--definitions", "d.yaml", "--quiet", "--until", "2026-02-10"]
        self.output_of("run", "--state", "plain", "--output", "plain-out", *arguments, text=first + rest)
        job = self.start_job(*arguments, stdin=subprocess.PIPE)
        job.stdin.write(first)
        job.stdin.flush()
        # It has committed a record, and waits for more.
        self.wait_for(lambda: os.path.exists(self.path("out/changes.jsonl"))
                      and os.path.getsize(self.path("out/changes.jsonl")) > 0)
        manifest = self.backup("backup")
        self.assertIsNone(job.poll())
        self.assertIn('input "-" 1 ', manifest)
        self.backup("second")  # and again
        self.assertEqual(self.check("backup").returncode, 0)
        job.stdin.write(rest)
        job.stdin.close()
        self.assertEqual(job.wait(timeout=300), 0)
        self.assertEqual(self.outputs(), self.outputs("plain-out"))
        # Back to that moment, with the outputs of the end: they are cut back, and the same lines are written again.
        self.restore("restored", "backup")
        shutil.copytree(self.path("out"), self.path("restored-out"))
        self.output_of("run", "--state", "restored", "--output", "restored-out", *arguments, text=first + rest)
        self.assertEqual(self.outputs("restored-out"), self.outputs("plain-out"))
        self.assertEqual(self.check("restored").returncode, 0)

    def test_a_run_at_full_speed_is_backed_up(self):
        self.write("a.jsonl", "\n".join(make_lines(60_000, 2000)) + "\n")
        job = self.start_job("--input", "a.jsonl", "--definitions", "d.yaml", "--quiet")
        self.wait_for(lambda: os.path.exists(self.path("state/CURRENT")))
        made = 0
        while job.poll() is None or made == 0:
            result = self.call("state", "backup", "--state", "state", f"backup{made}")
            if "there is no state in" in result.stderr:
                continue
            self.assertEqual(result.returncode, 0, result.stderr)
            made += 1
        self.assertEqual(job.returncode, 0)
        wanted = self.outputs()
        print(f"{made} backups", file=sys.stderr)
        for number in {0, made // 2, made - 1}:
            name = f"backup{number}"
            if "definitions number 0" in self.read(f"{name}/leadpulse-backup.txt"):
                continue  # from before the first commit: no outputs existed
            self.restore(f"s{number}", name)
            shutil.copytree(self.path("out"), self.path(f"o{number}"))
            self.output_of("run", "--state", f"s{number}", "--output", f"o{number}", "--input", "a.jsonl",
                           "--definitions", "d.yaml", "--quiet")
            self.assertEqual(self.outputs(f"o{number}"), wanted)

    def test_a_run_that_does_not_answer(self):
        self.make_state()
        with open(self.path("state/LOCK"), "r+b") as lock:  # a process that does not answer requests
            fcntl.lockf(lock, fcntl.LOCK_EX)
            self.fails(1, "did not answer within 1 s", "backup", "--state", "state", "backup", "--timeout", "1")
            self.assertFalse(os.path.exists(self.path("state/requests")))
            self.assertFalse(os.path.exists(self.path("backup.unfinished")))
            waiting = subprocess.Popen([command_line.BINARY, "state", "backup", "--state", "state", "backup"],
                                       cwd=self.folder, stdout=subprocess.DEVNULL)
            self.wait_for(lambda: os.path.exists(self.path("state/requests")))
            self.assertIsNone(waiting.poll())
        # It ended without an answer: now the command can copy the state itself.
        self.assertEqual(waiting.wait(timeout=300), 0)
        self.assertEqual(self.check("backup").returncode, 0)


if __name__ == "__main__":
    unittest.main()
