#!/usr/bin/env python3
"""A state is rebuilt from its history, compared with the old one, and put in its place.

    tests/cli/rebuild_test.py BINARY TAMPER
"""

import collections
import fcntl
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import unittest

from kept_state import DEFINITIONS, State, make_lines
from command_line import BINARY

MORE_POINTS = DEFINITIONS.replace("points: 7", "points: 8")


def command(number, lead, hour, action):
    return json.dumps({"command": {"tenantId": "acme", "leadId": lead, "commandId": f"c{number}", "actor": "test",
                                   "issuedAt": f"2026-01-02T{hour:02}:00:00Z", **action}})


def commands():
    """Several commands for each lead, whose order counts."""
    lines = []
    for lead in range(20):
        lines += [command(f"{lead}-1", f"lead{lead}", 1, {"updateProfile": {"set": {"industry": "Retail"}}}),
                  command(f"{lead}-2", f"lead{lead}", 2, {"updateProfile": {"set": {"industry": "Software"}}}),
                  command(f"{lead}-3", f"lead{lead}", 3, {"editTags": {"add": ["vip"]}})]
    return lines


def shuffled(lines, seed):
    """Shuffles the lines, every third line twice. The commands keep their order, as in the log."""
    rng = random.Random(seed)
    mixed = lines + [line for line in lines[::3] if "command" not in line]
    rng.shuffle(mixed)
    in_order = iter([line for line in lines if "command" in line])
    return [next(in_order) if "command" in line else line for line in mixed]


class Rebuild(State):
    def make_live(self, lines=None):
        self.lines = lines or make_lines(1200, 150) + commands()
        self.write("a.jsonl", "\n".join(self.lines) + "\n")
        self.run_live("--definitions", "d.yaml")

    def run_live(self, *arguments, output="out"):
        return self.output_of("run", "--state", "state", "--output", output, "--input", "a.jsonl", "--quiet",
                              *arguments)

    def append(self, *lines):
        with open(self.path("a.jsonl"), "a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)

    def rebuild(self, *arguments, history=("a.jsonl",), to="new"):
        return self.output_of("rebuild", "--state", "state", "--from", *history, "--to", to, "--quiet", *arguments)

    def swap(self, to="new", *arguments):
        return self.call("rebuild", "--state", "state", "--swap", to, *arguments)

    def refused(self, part, result, code=1):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertIn(part, result.stderr)

    def diff(self, left, right, *arguments):
        result = self.call("diff", left, right, "--format", "json", *arguments)
        self.assertEqual(result.stderr, "")
        found = json.loads(result.stdout)
        self.assertEqual(result.returncode, 0 if found["equal"] else 1)
        return found

    def gapless(self, output):
        last = collections.Counter()
        for line in self.read(f"{output}/changes.jsonl").splitlines():
            change = json.loads(line)
            last[change["leadId"]] += 1
            self.assertEqual(int(change["seq"]), last[change["leadId"]])

    def kept(self):
        return [name for name in os.listdir(self.folder) if name.startswith("state.before-")]

    def test_another_order_with_duplicates_gives_the_same_state(self):
        self.make_live()
        for seed in range(3):
            lines = shuffled(self.lines, seed)
            cut = len(lines) // 3
            self.write("one.jsonl", "\n".join(lines[:cut]) + "\n")
            self.write("two.jsonl", "\n".join(lines[cut:]) + "\n")
            self.output_of("run", "--state", f"s{seed}", "--output", f"o{seed}", "--input", "one.jsonl", "two.jsonl",
                           "--definitions", "d.yaml", "--partitions", str(1 + 2 * seed), "--quiet")
            found = self.diff("state", f"s{seed}")
            self.assertTrue(found["equal"], found)
            self.assertEqual(found["same"], 150)
        self.assertIn("No lead differs.", self.output_of("diff", "state", "s2"))

    def test_what_is_missing_is_named(self):
        self.make_live()
        lines = [line for line in self.lines if '"lead7"' not in line and '"c5-3"' not in line]
        gone = next(line for line in lines if '"CLICK"' in line)
        event = json.loads(gone)["event"]
        lines.remove(gone)
        self.write("fewer.jsonl", "\n".join(lines) + "\n")
        self.output_of("run", "--state", "other", "--output", "o", "--input", "fewer.jsonl", "--definitions", "d.yaml",
                       "--quiet")
        found = self.diff("state", "other")
        self.assertEqual((found["onlyLeft"], found["onlyRight"], found["different"]), (1, 0, 2))
        reasons = {key: count["leads"] for key, count in found["reasons"].items() if count["leads"]}
        self.assertEqual(reasons, {"onlyLeft": 1, "eventsOnlyLeft": 1, "commandsOnlyLeft": 1})
        samples = {sample["lead"]: sample for sample in found["samples"]}
        self.assertEqual(samples["lead5"]["commandsOnlyLeft"], {"count": 1, "first": ["c5-3"]})
        self.assertEqual(samples["lead5"]["profile"][0], "tags")
        self.assertEqual(samples[event["leadId"]]["eventsOnlyLeft"], {"count": 1, "first": [event["eventId"]]})
        self.assertEqual(found["fields"]["score"], {"leads": 1, "byHistory": 1, "byDefinitions": 0})
        text = self.call("diff", "state", "other")
        self.assertEqual(text.returncode, 1)
        self.assertIn(f"because: events only in a {event['eventId']}\n", text.stdout)
        self.assertEqual(len(self.diff("state", "other", "--limit", "1")["samples"]), 1)
        turned = {key: count for key, count in self.diff("other", "state")["reasons"].items() if count["leads"]}
        self.assertEqual(turned, {"onlyRight": {"leads": 1, "records": 0}, "eventsOnlyRight": {"leads": 1, "records": 1},
                                  "commandsOnlyRight": {"leads": 1, "records": 1}})
        self.assertTrue(self.diff("state", "state", "--tenant", "acme")["equal"])

    def test_events_of_other_content_are_counted(self):
        self.make_live()
        others = [number for number, line in enumerate(self.lines) if '"lead7"' in line and '"OPEN"' in line]
        self.assertGreater(len(others), 1)
        lines = [line.replace("OPEN", "CLICK") if number in others else line for number, line in enumerate(self.lines)]
        self.write("changed.jsonl", "\n".join(lines) + "\n")
        self.output_of("run", "--state", "other", "--output", "o", "--input", "changed.jsonl", "--definitions",
                       "d.yaml", "--quiet")
        reasons = self.diff("state", "other")["reasons"]
        self.assertEqual(reasons["eventsOtherContent"], {"leads": 1, "records": len(others)})

    def test_another_clock_is_no_difference_and_is_said(self):
        self.make_live()
        shutil.copytree(self.path("state"), self.path("later"))
        shutil.copytree(self.path("out"), self.path("later-out"))
        self.output_of("run", "--state", "later", "--output", "later-out", "--input", "a.jsonl", "--until",
                       "2026-02-20", "--quiet")
        found = self.diff("state", "later")
        self.assertTrue(found["equal"])
        self.assertEqual(found["at"], "2026-02-20T00:00:00Z")
        self.assertIn("The clocks differ; both are seen at the later one.", self.output_of("diff", "state", "later"))

    def test_trouble_is_no_difference(self):
        self.make_live()
        self.refused("none", self.call("diff", "state", "none"), 2)
        self.refused("no lead of tenant nobody", self.call("diff", "state", "state", "--tenant", "nobody"), 2)
        self.refused("OTHER", self.call("diff", "state"), 2)

    def test_other_definitions_are_told_from_other_records(self):
        self.make_live()
        self.write("other.yaml", MORE_POINTS)
        text = self.rebuild("--definitions", "other.yaml")
        self.assertIn("*: scoring", text)
        found = self.diff("state", "new/state")
        self.assertFalse(found["definitions"]["same"])
        self.assertEqual(found["definitions"]["changed"], ["*: scoring"])
        self.assertEqual({key for key, count in found["reasons"].items() if count["leads"]}, {"definitions"})
        score = found["fields"]["score"]
        self.assertEqual((score["byHistory"], score["byDefinitions"]), (0, score["leads"]))
        self.assertGreater(score["leads"], 20)

    def test_swapped_in_it_goes_on_without_a_gap(self):
        self.make_live()
        self.assertIn("leadpulse rebuild --state state --swap new", self.rebuild())
        before = self.check_json()
        swapped = self.swap()
        self.assertEqual(swapped.returncode, 0, swapped.stderr)
        self.assertEqual(len(self.kept()), 1)
        self.assertIn(self.kept()[0], swapped.stdout)
        self.assertEqual(self.check_json()[1]["leads"], before[1]["leads"])
        self.append(*make_lines(300, 150, seed=8)[4:])
        self.run_live(output="new/output")
        self.gapless("new/output")
        # The old state is whole and can be used.
        self.output_of("run", "--state", self.kept()[0], "--output", "out", "--input", "a.jsonl", "--quiet")
        self.assertTrue(self.diff("state", self.kept()[0])["equal"])
        rows = [[json.loads(line) for line in self.read(f"{output}/leads.jsonl").splitlines()]
                for output in ("out", "new/output")]
        for row in rows[0] + rows[1]:
            del row["seq"]
        self.assertEqual(*rows)
        # A second call does nothing.
        self.assertEqual(self.swap().returncode, 0)
        self.assertEqual(len(self.kept()), 1)
        self.refused("was put, in the place of", self.call("rebuild", "--state", "state", "--from", "a.jsonl", "--to",
                                                           "new"))

    def test_a_live_state_that_has_gone_on_is_not_replaced(self):
        self.make_live()
        self.rebuild()
        self.append(json.dumps({"event": {"tenantId": "acme", "leadId": "late", "eventId": "late", "type": "OPEN",
                                          "occurredAt": "2026-01-28T00:00:00Z"}}))
        self.run_live()
        self.refused("has read more than the rebuilt one: a.jsonl", self.swap())
        self.rebuild()
        self.run_live("--until", "2026-03-01")
        self.refused("is ahead of that of the rebuilt one", self.swap())
        self.rebuild()
        self.assertEqual(self.swap().returncode, 0)
        self.assertIn('"late"', self.output_of("lead", "--state", "state", "--tenant", "acme", "--lead", "late"))

    def test_an_input_of_another_name_that_came_since_is_not_left_behind(self):
        self.make_live()
        self.rebuild()
        shutil.copy(self.path("a.jsonl"), self.path("again.jsonl"))  # each record in it is a duplicate
        self.run_live("--input", "again.jsonl")
        self.refused("has read more than the rebuilt one: again.jsonl", self.swap())
        self.assertIn("To put it in the place of", self.rebuild())
        self.assertEqual(self.swap().returncode, 0)

    def test_stopped_it_goes_on(self):
        self.make_live()
        rebuild = ("rebuild", "--state", "state", "--from", "a.jsonl", "--to", "new", "--quiet")
        job = subprocess.Popen([BINARY, *rebuild, "--epoch-records", "1"], cwd=self.folder, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
        changes = self.path("new/output/changes.jsonl")
        self.wait_for(lambda: job.poll() is not None or (os.path.exists(changes) and os.path.getsize(changes) > 0))
        job.send_signal(signal.SIGINT)
        output, errors = job.communicate(timeout=300)
        self.assertEqual((job.returncode, output), (3, ""), errors)
        self.assertIn("stopped. What was read is committed: the same command goes on from there.", errors)
        self.refused("is not finished", self.swap())
        self.assertIn("No lead differs.", self.output_of(*rebuild))
        self.gapless("new/output")

    def test_nothing_is_swapped_beside_a_run(self):
        self.make_live()
        self.rebuild()
        for state in ("state", "new/state"):
            with open(self.path(f"{state}/LOCK"), "r+b") as lock:
                fcntl.lockf(lock, fcntl.LOCK_EX)
                self.refused("is in use by another process", self.swap())
        self.assertEqual(self.kept(), [])
        self.assertEqual(self.swap("new", "--no-exchange").returncode, 0)
        self.assertEqual(self.check().returncode, 0)

    def follow_until(self, text, output):
        """Follows the folder until the run has published the text, then stops it."""
        job = subprocess.Popen([BINARY, "run", "--follow", "--state", "state", "--output", output, "--input", "inbox",
                                "--definitions", "d.yaml", "--quiet"], cwd=self.folder)
        changes = self.path(f"{output}/changes.jsonl")
        self.wait_for(lambda: job.poll() is not None or (os.path.exists(changes) and text in self.read(
            f"{output}/changes.jsonl")))
        job.send_signal(signal.SIGINT)
        self.assertEqual(job.wait(), 0)

    def test_a_run_that_followed_a_folder_goes_on_following_it(self):
        os.mkdir(self.path("inbox"))
        self.write("inbox/1.jsonl", "\n".join(make_lines(300, 40)) + "\n")
        self.write("inbox/2.jsonl", command("1", "second", 1, {"addNote": {"text": "here"}}) + "\n")
        self.follow_until('"second"', "out")
        self.assertIn("No lead differs.", self.rebuild(history=["inbox"]))
        self.assertEqual(self.swap().returncode, 0)
        with open(self.path("inbox/2.jsonl"), "a", encoding="utf-8") as file:
            file.write(command("2", "third", 2, {"addNote": {"text": "here"}}) + "\n")
        self.follow_until('"third"', "new/output")
        self.gapless("new/output")

    def test_a_history_of_another_name_is_known_by_its_bytes(self):
        self.make_live()
        os.mkdir(self.path("archive"))
        with gzip.open(self.path("archive/2026-01.jsonl.gz"), "wb") as file:
            file.write(self.read("a.jsonl").encode())
        self.write("archive/README", "not a record\n")
        self.assertNotIn("lacks", self.rebuild(history=["archive"]))
        self.assertEqual(self.swap().returncode, 0)
        changes = self.read("new/output/changes.jsonl")
        self.run_live(output="new/output")
        self.assertEqual(self.read("new/output/changes.jsonl"), changes)
        self.append(json.dumps({"event": {"tenantId": "acme", "leadId": "late", "eventId": "late", "type": "OPEN",
                                          "occurredAt": "2026-01-28T00:00:00Z"}}))
        summary = json.loads(self.run_live("--format", "json", output="new/output"))
        self.assertEqual(summary["records"]["read"], 1)

    def test_a_history_that_lacks_an_input(self):
        self.make_live()
        self.write("b.jsonl", "\n".join(make_lines(60, 9, seed=3)) + "\n")
        self.run_live("--input", "b.jsonl")
        text = self.rebuild()
        self.assertIn("which has read inputs that this history lacks:\n  b.jsonl\n", text)
        self.refused("has read more than the rebuilt one: b.jsonl", self.swap())
        self.assertIn("To put it in the place of", self.rebuild(history=["a.jsonl", "b.jsonl"]))
        self.assertEqual(self.swap().returncode, 0)

    def test_an_input_that_changed_since_it_was_read(self):
        self.make_live()
        self.write("a.jsonl", self.read("a.jsonl").replace("lead1", "lead2") + "\n")
        self.refused("a.jsonl", self.call("rebuild", "--state", "state", "--from", "a.jsonl", "--to", "new"))

    def test_what_is_refused_changes_nothing(self):
        self.make_live()
        os.mkdir(self.path("taken"))
        self.write("taken/file", "")
        os.mkdir(self.path("empty"))
        rebuild = ("rebuild", "--state", "state", "--from", "a.jsonl", "--to")
        self.refused("is not an empty directory", self.call(*rebuild, "taken"))
        for within in ("state", "state/new", "."):
            self.refused("Give a folder beside it", self.call(*rebuild, within))
        for source, part in (("none.jsonl", "none.jsonl"), ("-", "standard input"), ("d.yaml", "d.yaml"),
                             ("empty", "input empty: is a directory without a file")):
            self.refused(part, self.call("rebuild", "--state", "state", "--from", source, "--to", "new"))
        self.refused("no state in none", self.call("rebuild", "--state", "none", "--from", "a.jsonl", "--to", "new"))
        for arguments, part in ((("--to", "new"), "--from is required"), (("--from", "a.jsonl"), "--to is required"),
                                (("--swap", "new", "--to", "x"), "--swap goes with --state alone")):
            self.refused(part, self.call("rebuild", "--state", "state", *arguments), 2)
        self.refused("there is no rebuild in empty", self.swap("empty"))
        self.assertFalse(os.path.exists(self.path("new")))
        self.assertEqual(os.listdir(self.path("empty")), [])
        self.rebuild()
        shutil.copytree(self.path("state"), self.path("second"))
        for arguments in (("--swap", "new"), ("--from", "a.jsonl", "--to", "new")):
            self.refused("rebuild", self.call("rebuild", "--state", "second", *arguments))
        os.remove(self.path("new/leadpulse-rebuild.txt"))
        self.refused("is not an empty directory", self.call(*rebuild, "new"))

    def test_a_state_of_the_live_mode_is_compared_and_not_rebuilt(self):
        self.make_live()
        shutil.copytree(self.path("state"), self.path("files"))
        self.tamper("make-live")
        self.assertTrue(self.diff("files", "state")["equal"])
        self.refused("leadpulse replay", self.call("rebuild", "--state", "state", "--from", "a.jsonl", "--to", "new"))
        self.assertFalse(os.path.exists(self.path("new")))


if __name__ == "__main__":
    unittest.main()
