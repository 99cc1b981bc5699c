#!/usr/bin/env python3
"""A state is checked and repaired from the command line.   tests/cli/state_command_test.py BINARY TAMPER"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import unittest

from kept_state import State, make_lines


class Check(State):
    def test_a_sound_state(self):
        self.make_state()
        result = self.check()
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("The state in state: 300 leads, ", result.stdout)
        self.assertIn("Everything was read, and all of it is sound.", result.stdout)
        code, found = self.check_json()
        self.assertEqual((code, found["sound"], found["problems"], found["leads"]), (0, True, [], 300))
        self.assertGreater(found["timers"], 100)
        self.assertEqual(found["clock"][:10], "2026-01-27")

    def test_problems_are_named_counted_and_explained(self):
        self.make_state()
        self.tamper("move-timers", "add-timer", "damage-leads", "change-score")
        code, found = self.check_json()
        self.assertEqual((code, found["sound"]), (1, False))
        kinds = [problem["kind"] for problem in found["problems"]]
        self.assertEqual({kind: kinds.count(kind) for kind in kinds}, found["counts"])
        self.assertEqual(set(kinds), {"missing_timer", "wrong_timer", "orphan_timer", "unreadable_lead", "wrong_view"})
        self.assertEqual(found["counts"]["orphan_timer"], 1)
        self.assertEqual(found["counts"]["unreadable_lead"], 30)
        result = self.check()
        self.assertEqual(result.returncode, 1)
        self.assertIn("\n  orphan_timer             timer of lead \"nobody\" of tenant \"acme\" at 2030-03-17T",
                      result.stdout)
        self.assertIn("leadpulse state repair --state state mends", result.stdout)
        self.assertIn("--set-aside FILE", result.stdout)

    def test_a_lead_without_a_name_is_an_error_for_all_who_meet_it(self):
        self.make_state()
        self.tamper("add-nameless-lead")
        for command in (["leads"], ["preview", "--definitions", "d.yaml"]):
            result = self.call(*command, "--state", "state")
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertIn("does not name tenant and lead", result.stderr)
        self.assertEqual(self.check_json()[0], 1)

    def test_what_is_no_state(self):
        self.fails(1, "there is no state in none", "check", "--state", "none")
        os.mkdir(self.path("empty"))
        self.fails(1, "there is no state in empty", "check", "--state", "empty")
        self.assertEqual(os.listdir(self.path("empty")), [])
        self.fails(2, "--state", "check")
        self.fails(2, "say what to do: check repair compact rotate-secret backup restore")

    def test_standard_output_that_cannot_be_written(self):
        self.make_state()
        self.tamper("change-score")
        for command in ("check", "repair"):
            self.expect_full_disk_reported("state", command, "--state", "state")

    def expect_found(self, what, named):
        result = self.check()
        # RocksDB 7.8 aborts on one bit of a table's properties footer before it compares the checksum
        # (facebook/rocksdb#7670, fixed in #14993).
        if result.returncode == -signal.SIGABRT and "data_block_hash_index.cc" in result.stderr:
            return
        self.assertEqual(result.returncode, 1, f"{what}: {result.stdout}{result.stderr}")
        self.assertIn(named, result.stdout, what)
        self.assertIn("Restore a backup", result.stdout, what)

    def test_a_flipped_byte_in_any_table_file_is_named(self):
        seed = int(os.environ.get("LEADPULSE_SEED") or random.SystemRandom().randrange(10**9))
        rng = random.Random(seed)
        self.make_state()
        self.tamper("add-timer", "remove-timers")  # opens the state, which flushes everything to tables
        self.call("state", "repair", "--state", "state")
        shutil.rmtree(self.path("state/requests"), ignore_errors=True)
        files = self.table_files()
        self.assertGreaterEqual(len(files), 3)
        largest = max(files, key=lambda name: os.path.getsize(self.path(f"state/{name}")))
        for name in files:
            path = self.path(f"state/{name}")
            with open(path, "rb") as file:
                whole = file.read()
            # The beginning, the data, the meta blocks, the footer; of most files two of these.
            places = [0, len(whole) // 2, len(whole) - 1, len(whole) - rng.randrange(2, 53), len(whole) - 53,
                      rng.randrange(len(whole)), rng.randrange(len(whole) * 3 // 4, len(whole))]
            for place in places if name == largest else rng.sample(places, 2):
                damaged = bytearray(whole)
                damaged[place] ^= 1 << rng.randrange(8)
                with open(path, "wb") as file:
                    file.write(damaged)
                self.expect_found(f"seed {seed}: byte {place} of {len(whole)} in {name}", f"table file {name}")
            for length in (0, rng.randrange(1, len(whole)), len(whole) - 1):
                with open(path, "wb") as file:
                    file.write(whole[:length])
                self.expect_found(f"{name} cut to {length}", f"table file {name}" if length else name)
            os.remove(path)
            self.expect_found(f"{name} removed", name.split(".")[0])
            with open(path, "wb") as file:
                file.write(whole)
        self.assertEqual(self.check().returncode, 0)

    def test_what_lies_behind_a_damaged_block_is_examined(self):
        self.make_state()
        self.tamper("change-score")  # opens the state, which flushes everything to tables
        self.call("state", "repair", "--state", "state")
        path = self.path(f"state/{max(self.table_files(), key=lambda name: os.path.getsize(self.path('state/' + name)))}")
        with open(path, "r+b") as file:
            whole = file.read()
            file.seek(len(whole) // 3)
            file.write(bytes([whole[len(whole) // 3] ^ 1]))
        result = self.check()
        self.assertEqual(result.returncode, 1)
        [leads] = re.findall(r"\nThe state in state, as far as it can be read: (\d+) leads, ", result.stdout)
        self.assertTrue(200 < int(leads) < 300, result.stdout)

    def test_other_damaged_files(self):
        self.make_state()
        [manifest] = [name for name in os.listdir(self.path("state")) if name.startswith("MANIFEST")]
        for name in (manifest, "CURRENT"):
            path = self.path(f"state/{name}")
            with open(path, "rb") as file:
                whole = file.read()
            for damaged in (whole[:len(whole) // 2], bytes([whole[0] ^ 1]) + whole[1:], b""):
                with open(path, "wb") as file:
                    file.write(damaged)
                result = self.check()
                self.assertEqual(result.returncode, 1, (name, result.stdout))
                self.assertIn("cannot_be_opened", result.stdout)
            with open(path, "wb") as file:
                file.write(whole)
        os.rename(self.path("state/CURRENT"), self.path("state/away"))
        self.assertIn("CURRENT is missing", self.check().stdout)

    def flip_in_log(self, place):
        """Flips a bit in the largest log, at this share of its length."""
        logs = [name for name in os.listdir(self.path("state")) if re.fullmatch(r"\d+\.log", name)]
        name = max(logs, key=lambda log: os.path.getsize(self.path(f"state/{log}")))
        with open(self.path(f"state/{name}"), "r+b") as file:
            whole = file.read()
            self.assertGreater(len(whole), 10_000)
            at = min(int(len(whole) * place), len(whole) - 1)
            file.seek(at)
            file.write(bytes([whole[at] ^ 16]))

    def look(self):
        """What read-only commands say of the state."""
        return [self.call("explain", "--state", "state", "--tenant", "acme", "--lead", "lead7"),
                self.call("leads", "--state", "state")]

    def test_a_log_that_is_damaged_before_its_end(self):
        self.make_state()
        self.assertEqual(self.run_job("--input", "a.jsonl", "--quiet", "--until", "2026-02-01").returncode, 0)
        wanted = self.outputs()
        for place in (0.02, 0.5, 1):
            shutil.rmtree(self.path("state"), ignore_errors=True)
            shutil.rmtree(self.path("out"))
            self.make_state()
            before = self.outputs()
            self.flip_in_log(place)
            result = self.check()
            self.assertEqual(result.returncode, 1)
            self.assertIn("the log", result.stdout)
            for looked in self.look():
                self.assertIn("leadpulse: warning: the state in state goes on from an earlier commit", looked.stderr)
            # All commands that write refuse, at each start.
            for _ in range(2):
                for command in (["state", "repair"], ["state", "backup", "backup"],
                                ["run", "--output", "out", "--input", "a.jsonl"]):
                    result = self.call(*command, "--state", "state")
                    self.assertEqual(result.returncode, 1, (command, result.stderr))
                    self.assertRegex(result.stderr, r"the state in state is damaged: .* Restore a backup .* give up .*"
                                     r"\(leadpulse state repair --accept-lost-commits --state state\)")
            self.assertEqual(self.outputs(), before)
            result = self.call("state", "repair", "--accept-lost-commits", "--state", "state")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("leadpulse: warning: the state in state goes on from an earlier commit", result.stderr)
            self.assertEqual(self.check().returncode, 0)
            result = self.run_job("--input", "a.jsonl", "--definitions", "d.yaml", "--until", "2026-02-01")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(self.outputs(), wanted)

    def test_a_log_whose_last_commit_was_never_finished(self):
        self.make_state()
        wanted = self.outputs()
        [log] = [name for name in os.listdir(self.path("state")) if re.fullmatch(r"\d+\.log", name)]
        # The beginning of a record without its end, as a kill leaves it; then zeros.
        with open(self.path(f"state/{log}"), "rb") as file:
            whole = file.read()
        for torn in (b"\1\2\3\4\x00\x70\1" + b"row" * 9, bytes(5000)):
            with open(self.path(f"state/{log}"), "wb") as file:
                file.write(whole + torn)
            self.assertEqual(self.check().returncode, 0)
            for looked in self.look():
                self.assertEqual((looked.returncode, looked.stderr), (0, ""))
        self.assertEqual(self.run_job("--input", "a.jsonl", "--quiet").returncode, 0)
        self.assertEqual(self.outputs(), wanted)

    def test_beside_a_run(self):
        job = self.start_job("--input", "-", "--definitions", "d.yaml", "--quiet", stdin=subprocess.PIPE)
        self.wait_for(lambda: "there is no state" not in self.check().stderr)
        lines = [line + "\n" for line in make_lines(30_000, 300)]
        for first in range(0, len(lines), 3000):
            job.stdin.write("".join(lines[first:first + 3000]))
            job.stdin.flush()
            result = self.check()
            self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
            self.assertIsNone(job.poll(), "the run ended before its input")
        job.stdin.close()
        self.assertEqual(job.wait(timeout=300), 0)
        self.assertEqual(self.check_json()[1]["leads"], 300)


class Repair(State):
    def repair(self, *arguments):
        return self.call("state", "repair", "--state", "state", *arguments)

    def test_timers_are_made_anew_and_the_run_goes_on_as_if_nothing_had_been(self):
        self.make_state()
        shutil.copytree(self.path("state"), self.path("other"))
        shutil.copytree(self.path("out"), self.path("other-out"))
        self.tamper("remove-timers", "add-timer")
        result = self.repair()
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertRegex(result.stdout, r"Mended:\n  \d+ missing_timer\n  1 orphan_timer\nThe state is sound now.")
        self.assertEqual(self.check().returncode, 0)
        self.assertIn("Nothing was mended.", self.repair().stdout)
        for state, out in (("state", "out"), ("other", "other-out")):
            self.output_of("run", "--state", state, "--output", out, "--input", "a.jsonl", "--until", "2026-03-01")
        self.assertEqual(self.outputs(), self.outputs("other-out"))

    def test_a_run_that_comes_to_an_orphan_timer_ends_and_goes_on_once_it_is_mended(self):
        self.make_state()
        self.tamper("add-timer")  # at an instant in 2030
        later = ("run", "--state", "state", "--output", "out", "--input", "a.jsonl", "--until", "2031-01-01")
        stopped = self.call(*later)
        self.assertEqual(stopped.returncode, 1)
        self.assertIn("the state is damaged: it holds the timer of a lead that is not there", stopped.stderr)
        self.assertEqual(self.repair().returncode, 0)
        self.assertEqual(self.call(*later).returncode, 0)

    def test_leads_that_cannot_be_read_are_given_up_on_request_only(self):
        self.make_state()
        self.tamper("damage-leads")
        refused = self.repair()
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(refused.stdout.count("unreadable_lead"), 30)
        self.assertIn("30 problems are left", refused.stdout)
        self.assertEqual(self.check_json()[1]["leads"], 300)
        result = self.repair("--set-aside", "aside.jsonl")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("no longer in the state", result.stdout)
        rows = [json.loads(line) for line in self.read("aside.jsonl").splitlines()]
        self.assertEqual([row["family"] for row in rows], ["leads"] * 30)
        code, found = self.check_json()
        self.assertEqual((code, found["leads"]), (0, 270))

    def test_a_wrong_view_is_published_by_the_next_run(self):
        self.make_state()
        self.tamper("change-score")
        self.assertEqual(self.check_json()[1]["counts"], {"wrong_view": 1})
        self.assertEqual(self.repair().returncode, 1)
        result = self.repair("--reevaluate")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("the next run publishes", result.stdout)
        self.assertEqual(self.check_json()[1]["due"], 1)
        self.assertIn("\n1 lead with a change that is due: the next run publishes it.\n", self.check().stdout)
        self.assertEqual(self.run_job("--input", "a.jsonl").returncode, 0)
        code, found = self.check_json()
        self.assertEqual((code, found["due"]), (0, 0))

    def test_not_beside_a_run(self):
        job = self.start_job("--input", "-", "--quiet", stdin=subprocess.PIPE)
        self.wait_for(lambda: os.path.exists(self.path("out/changes.jsonl")))
        self.fails(1, "is in use by another process", "repair", "--state", "state")
        job.stdin.close()
        self.assertEqual(job.wait(timeout=300), 0)
        self.fails(1, "there is no state", "repair", "--state", "none")


if __name__ == "__main__":
    unittest.main()
