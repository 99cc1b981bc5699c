#!/usr/bin/env python3
"""The commands on a state of the live mode.   tests/cli/live_state_test.py BINARY TAMPER

Needs no broker: TAMPER turns the state of a run on files into one of the live mode."""

import json
import os
import shutil
import unittest

from kept_state import OUTPUTS, State, make_lines

OTHER = """
tenants:
  "*":
    scoring: {rules: [{event: open, points: 1}]}
    tiers: [{name: all}]
"""


class LiveState(State):
    def setUp(self):
        super().setUp()
        self.write("other.yaml", OTHER)
        self.prepare("live", self.make_live)

    def make_live(self):
        self.run_lines(600, 60)
        shutil.copytree(self.path("state"), self.path("files"))
        self.tamper("make-live")

    def ask(self, *arguments, state="state"):
        """Returns the output; standard error goes to said."""
        result = self.call(arguments[0], "--state", state, *arguments[1:])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.said = result.stderr
        return result.stdout

    def leads(self, *arguments, state="state"):
        text = self.ask("leads", "--format", "jsonl", "--columns", "lead,score,tier,segments", *arguments, state=state)
        return {lead["lead"]: lead for lead in map(json.loads, text.splitlines())}

    def refused(self, part, *arguments):
        result = self.call(arguments[0], "--state", "state", *arguments[1:])
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn(part, result.stderr)


class Answers(LiveState):
    def test_they_are_those_of_the_run_it_was_made_of(self):
        for arguments in (["explain", "--tenant", "acme", "--lead", "lead7"],
                          ["explain", "--tenant", "acme", "--lead", "lead7", "--definitions", "other.yaml"],
                          ["lead", "--tenant", "acme", "--lead", "lead7"],
                          ["leads", "--all", "--format", "csv"],
                          ["leads", "--where", "tier IS \"hot\"", "--order", "score:desc", "--limit", "3", "--quiet"],
                          ["leads", "--at", "2026-02-03"],
                          ["preview", "--definitions", "other.yaml", "--format", "json"]):
            self.assertEqual(self.ask(*arguments), self.ask(*arguments, state="files"), arguments)
            self.assertEqual(self.said, "")

    def test_the_clock_is_the_latest_of_the_partitions(self):
        before = json.loads(self.ask("lead", "--tenant", "acme", "--lead", "lead7"))["at"]
        self.tamper("go-on")
        after = json.loads(self.ask("lead", "--tenant", "acme", "--lead", "lead7"))["at"]
        self.assertEqual((before[:10], after), ("2026-01-27", before.replace("01-27", "01-28")))

    def test_while_definitions_are_adopted_the_new_ones_count(self):
        before = self.leads()
        self.tamper("adopt")
        after = self.leads()
        self.assertIn("warning: new definitions are being adopted, and partitions 0, 1, 2, 3 are not through", self.said)
        # Opens count tenfold, in every partition.
        self.write("new.yaml", self.read("d.yaml").replace("points: 2,", "points: 20,"))
        self.output_of("run", "--state", "whole", "--output", "whole-out", "--input", "a.jsonl", "--definitions",
                       "new.yaml", "--quiet")
        self.assertEqual(after, self.leads(state="whole"))
        self.assertNotEqual(after, before)
        self.assertEqual(self.said, "")

    def test_a_restore_that_is_not_through_is_said(self):
        whole = self.leads()
        self.assertEqual(len(whole), 60)
        self.tamper("cut-restore", "catch-up")
        # The partitions that are there are shown.
        self.assertEqual(self.leads(), whole)
        self.assertIn("warning: the restore of partitions 1, 2 is under way", self.said)
        self.tamper("drop-partition")
        self.assertLess(len(self.leads()), 60)
        self.assertIn("partitions 1, 2 ", self.said)
        self.ask("preview", "--definitions", "other.yaml")
        self.assertIn("partitions 1, 2 ", self.said)

    def test_a_lead_that_lies_elsewhere_is_found(self):
        some = list(self.leads())[::5]
        before = [self.ask("lead", "--tenant", "acme", "--lead", lead) for lead in some]
        self.tamper("move-leads")
        self.assertEqual([self.ask("lead", "--tenant", "acme", "--lead", lead) for lead in some], before)
        self.refused("tenant acme has no lead nobody", "lead", "--tenant", "acme", "--lead", "nobody")
        # In a state of files this is an error: some of these leads are among those that were moved.
        self.tamper("move-leads", state="files")
        found = [self.call("lead", "--state", "files", "--tenant", "acme", "--lead", lead).returncode for lead in some]
        self.assertEqual(set(found), {0, 1})

    def test_nothing_is_restored_yet(self):
        self.tamper("drop-partitions")
        for arguments in (["lead", "--tenant", "acme", "--lead", "lead7"], ["leads"],
                          ["preview", "--definitions", "other.yaml"],
                          ["explain", "--tenant", "acme", "--lead", "lead7"]):
            self.refused("the state holds no partition yet", *arguments)
        self.assertEqual(self.check().returncode, 0)

    def test_a_damaged_entry_is_named(self):
        self.tamper("damage-position")
        self.refused("entry `partition/0/position` is damaged", "leads")
        self.refused("remove the state directory", "explain", "--tenant", "acme", "--lead", "lead7")


# These read views, and would differ from the program that owns the state.
READERS = (["explain", "--tenant", "acme", "--lead", "lead7"],
           ["explain", "--tenant", "acme", "--lead", "lead7", "--definitions", "other.yaml"],
           ["lead", "--tenant", "acme", "--lead", "lead7"],
           ["leads"],
           ["report"],
           ["preview", "--definitions", "other.yaml"],
           ["retract", "--tenant", "acme", "--type", "open", "--between", "2026-01-01", "2026-02-01"],
           ["replay", "--dry-run", "a.jsonl"])


class OfALaterVersion(LiveState):
    REFUSAL = "a later version of this program evaluated the leads (engine "

    def test_a_live_state(self):
        self.tamper("newer-engine")
        for arguments in READERS:
            self.refused(self.REFUSAL, *arguments)
        result = self.call("diff", "files", "state")
        self.assertEqual(result.returncode, 2)
        self.assertIn(self.REFUSAL, result.stderr)

    def test_a_state_on_files(self):
        self.tamper("newer-engine-on-files", state="files")
        rows = {name: self.read(f"out/{name}") for name in OUTPUTS}
        for command, *arguments in READERS + (["state", "repair"], ["state", "repair", "--reevaluate"],
                                              ["run", "--output", "out", "--input", "a.jsonl"],
                                              ["rebuild", "--from", "a.jsonl", "--to", "again"]):
            words = [command, arguments.pop(0)] if command == "state" else [command]
            result = self.call(*words, "--state", "files", *arguments)
            self.assertEqual(result.returncode, 1, (command, result.stdout))
            self.assertIn(self.REFUSAL, result.stderr)
        self.assertEqual(rows, {name: self.read(f"out/{name}") for name in OUTPUTS})
        self.assertFalse(os.path.exists(self.path("again")))
        # Maintenance works all the same.
        self.assertEqual(self.check(state="files").returncode, 0)
        self.output_of("state", "backup", "--state", "files", "backup")


class Compared(LiveState):
    """What other records would give, and what other states hold."""

    def setUp(self):
        super().setUp()
        lines = make_lines(400, 80, seed=8)  # 20 leads are new; the events have other ids
        self.write("more.jsonl", "".join(line.replace(': "e', ': "more') + "\n" for line in lines))

    def dry_run(self, state="state", code=0, *more):
        result = self.call("replay", "more.jsonl", "--state", state, "--dry-run", "--format", "json", *more)
        self.assertEqual(result.returncode, code, result.stderr)
        self.said = result.stderr
        return result.stdout

    def test_a_dry_run_says_what_it_says_of_the_run_it_was_made_of(self):
        before, listed = self.leads(), sorted(os.listdir(self.folder))
        of_files = self.dry_run("files")
        self.assertEqual((self.dry_run(), self.said), (of_files, ""))
        flows = json.loads(of_files)["tenants"]["acme"]["segments"]["openers"]
        self.assertGreater(flows["enter"], 3)
        self.assertEqual((self.leads(), sorted(os.listdir(self.folder))), (before, listed))
        self.assertIn("4 partitions with a position", self.check().stdout)  # it is unchanged

    def test_a_dry_run_where_partitions_have_counted_their_definitions_differently(self):
        self.tamper("renumber")
        self.assertEqual(self.dry_run(), self.dry_run("files"))

    def test_a_dry_run_leaves_out_what_other_processes_have(self):
        self.tamper("drop-partition")
        held = set(self.leads())
        said = json.loads(self.dry_run())["tenants"]["acme"]
        self.assertIn("warning: partition 3 is not in this state but with other processes", self.said)
        added = sum(flow["enter"] - flow["leave"] for flow in said["tiers"].values())
        self.assertEqual(sum(flow["before"] for flow in said["tiers"].values()), len(held))
        self.assertLess(added, 20)  # only the new leads of three partitions
        self.assertGreater(added, 5)

    def test_what_a_dry_run_cannot_tell(self):
        for what, why in (("cut-restore", "the restore of partition 1 is under way"),
                          ("catch-up", "Try again once the process is ready"),
                          ("adopt", "new definitions are being adopted, and partition 0 is not through"),
                          ("move-leads", "holds leads that belong to others by their keys"),
                          ("move-leads", "give --from-kafka and a --config that says `trusted`"),
                          ("drop-partitions", "the state holds no partition yet")):
            shutil.rmtree(self.path("state"))
            shutil.copytree(self.path("files"), self.path("state"))
            self.tamper("make-live", what)
            listed = sorted(os.listdir(self.folder))
            self.dry_run("state", 1)
            self.assertIn(why, self.said)
            self.assertEqual(sorted(os.listdir(self.folder)), listed)

    def test_diff(self):
        same = self.call("diff", "state", "files")
        self.assertEqual((same.returncode, same.stderr), (0, ""))
        self.output_of("run", "--input", "a.jsonl", "more.jsonl", "--state", "other", "--output", "other-out",
                       "--definitions", "d.yaml", "--quiet")
        wanted = json.loads(self.call("diff", "files", "other", "--format", "json").stdout)
        found = self.call("diff", "state", "other", "--format", "json")
        self.assertEqual(found.returncode, 1, found.stderr)
        found = json.loads(found.stdout)
        for report in (wanted, found):
            report.pop("left")
        self.assertEqual(found, wanted)

    def test_diff_names_the_one_of_the_two_that_is_of_no_use(self):
        shutil.copytree(self.path("state"), self.path("other"))
        self.tamper("drop-partitions")
        self.tamper("damage-position", state="other")
        for left, right, said in (("files", "state", "state: the state holds no partition yet: "),
                                  ("state", "files", "state: the state holds no partition yet: "),
                                  ("other", "files", "other: "), ("none", "files", "there is no state in none")):
            result = self.call("diff", left, right)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertTrue(result.stderr.startswith(f"leadpulse: {said}"), result.stderr)

    def test_no_other_state_takes_its_place(self):
        os.rename(self.path("state"), self.path("live"))
        os.rename(self.path("files"), self.path("state"))
        self.output_of("rebuild", "--state", "state", "--from", "a.jsonl", "--to", "rebuilt", "--quiet")
        os.rename(self.path("state"), self.path("files"))
        os.rename(self.path("live"), self.path("state"))
        for arguments in (["--from", "a.jsonl", "--to", "again"], ["--swap", "rebuilt"]):
            self.refused("a process drops any other and restores that one", "rebuild", *arguments)
        self.assertFalse(os.path.exists(self.path("again")))
        self.assertEqual(self.check().returncode, 0)
        # The advised alternative.
        self.output_of("replay", "a.jsonl", "--state", "fresh", "--output", "fresh-out", "--definitions", "d.yaml")
        self.assertEqual(self.call("diff", "state", "fresh").returncode, 0)


class Care(LiveState):
    def test_a_sound_state(self):
        result = self.check()
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("4 partitions; live: 4 partitions with a position, clock 2026-01-27T", result.stdout)
        self.assertNotIn("input", result.stdout)
        code, found = self.check_json()
        self.assertEqual((code, found["live"]), (0, {"positions": 4, "restoring": 0, "elsewhere": 0}))
        self.assertNotIn("live", self.check_json("files")[1])

    def test_what_is_no_damage(self):
        self.tamper("cut-restore", "catch-up", "drop-partition", "move-leads")
        result = self.check()
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("live: 2 partitions with a position", result.stdout)
        self.assertRegex(result.stdout, r"A restore is under way or was cut short, of 2 partitions with \d+ leads")
        self.assertIn("`input_partitioning: trusted`", result.stdout)
        self.assertEqual(self.check_json()[1]["live"]["restoring"], 2)

    def test_an_adoption_under_way_is_no_damage(self):
        self.tamper("adopt")
        code, found = self.check_json()
        self.assertEqual((code, found["sound"], found["adopting"]), (0, True, True))
        self.assertGreater(found["outdated"], 1)
        self.assertIn(f"\nNew definitions are being adopted, {found['outdated']} leads still under the earlier ones: ",
                      self.check().stdout)

    def test_views_of_another_version_are_not_judged(self):
        self.tamper("older-engine", "change-score")
        result = self.check()
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertIn("\nIt was evaluated by another version of the program, so views were not checked: ", result.stdout)

    def test_a_later_version_is_named(self):
        self.tamper("newer-engine")
        result = self.check()
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertIn("\nA later version of the program evaluated it, so views were not checked: ", result.stdout)

    def test_the_remedy_is_to_remove_it(self):
        self.tamper("remove-timers", "damage-leads", "change-score", "damage-position")
        code, found = self.check_json()
        self.assertEqual(code, 1)
        self.assertEqual({problem["remedy"] for problem in found["problems"]}, {"remove the directory"})
        self.assertLessEqual({"unreadable_meta", "missing_timer", "unreadable_lead"}, set(found["counts"]))
        text = self.check().stdout
        self.assertIn("stop the process, remove the directory state and start it again", text)
        self.assertNotIn("Restore a backup", text)
        self.assertNotIn("repair", text)

    def test_nothing_is_repaired(self):
        self.tamper("remove-timers")
        before = self.check().stdout
        for more in ([], ["--reevaluate"], ["--set-aside", "aside.jsonl"]):
            self.fails(1, "a cache of the topic lead.state", "repair", "--state", "state", *more)
        self.assertEqual(self.check().stdout, before)

    def test_files_do_not_go_on_from_it(self):
        result = self.call("run", "--state", "state", "--output", "new-out", "--input", "a.jsonl")
        self.assertEqual(result.returncode, 1)
        self.assertIn("made by the live mode", result.stderr)
        self.assertEqual(self.check().returncode, 0)

    def test_a_backup_says_how_far_each_partition_is(self):
        self.tamper("catch-up", "drop-partition")
        self.output_of("state", "backup", "--state", "state", "backup")
        manifest = self.read("backup/leadpulse-backup.txt")
        self.assertRegex(manifest, r"\nclock 2026-01-27T.*\npartitions 4\npartition 0 of \"demo\", next event 100, "
                                   r"next command 10, clock 2026-01-27T\S+, epoch 7, definitions number 1, "
                                   r"next of lead.state 1000\npartition 1 of ")
        self.assertRegex(manifest, r"\npartition 2 of \"demo\", .*, next of lead.state 1002, catching up\nfiles\n")
        for absent in ("partition 3", "changes.jsonl", "\ndefinitions number", "\ninput "):
            self.assertNotIn(absent, manifest)
        restored = self.output_of("state", "restore", "--state", "new", "backup")
        self.assertIn("it catches up from lead.state", restored)
        self.assertEqual(self.leads(state="new"), self.leads())
        self.write("backup/leadpulse-backup.txt", manifest.replace("next event 100", "next event 101"))
        self.fails(1, "another state than its manifest says", "restore", "--state", "newer", "backup")

    def test_a_backup_that_is_not_sound(self):
        self.tamper("remove-timers")
        self.assertEqual(self.call("state", "backup", "--state", "state", "backup").returncode, 0)
        self.fails(1, "The live mode needs none: it makes a new state", "restore", "--state", "new", "backup")
        checked = self.check("backup")
        self.assertEqual(checked.returncode, 1)
        self.assertIn("It is a backup, which is not mended itself: take another one. The live mode needs none: it makes a "
                      "new state from lead.state, in the empty directory that you give it.\n", checked.stdout)


if __name__ == "__main__":
    unittest.main()
