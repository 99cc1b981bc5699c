#!/usr/bin/env python3
"""Leads of a segment, and their export as a static list.   tests/cli/lead_list_test.py BINARY"""

import json
import os
import unittest

from command_line import CommandLine, event

DEFINITIONS = """
tenants:
  acme:
    scoring: {rules: [{event: open, points: 1}]}
    tiers: [{name: all}]
    segments: [{id: openers, name: Openers, rule: 'opens > 0'}, {id: 'odd "one"', name: Odd, rule: 'opens > 1'}]
  umbrella:
    tiers: [{name: all}]
"""


def opened(lead, number, tenant="acme", kind="OPEN"):
    return event(lead, f"e{number}", kind, f"2026-01-01T00:00:0{number}Z", tenant)


RECORDS = [opened("ann", 1), opened("ann", 2), opened("Bob", 1), opened("eve", 1, tenant="umbrella"),
           opened("cid", 1, kind="SENT")]


class LeadList(CommandLine):
    def setUp(self):
        super().setUp()
        self.make_state_of(DEFINITIONS, RECORDS)

    def leads(self, *arguments):
        return [json.loads(line)["lead"] for line in
                self.output_of("leads", "--state", "state", "--format", "jsonl", *arguments).splitlines()]

    def freeze(self, *arguments):
        """Returns the number that it prints, in words, and the records."""
        result = self.call("leads", "--state", "state", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr, [json.loads(line)["command"] for line in result.stdout.splitlines()]

    def fails(self, part, *arguments):
        self.expect_failure(2, part, "leads", "--state", "state", *arguments)

    def test_a_segment(self):
        acme = ("--tenant", "acme")
        self.assertEqual(self.leads(*acme, "--segment", "openers"), ["Bob", "ann"])
        self.assertEqual(self.leads(*acme, "--segment", 'odd "one"'), ["ann"])
        self.assertEqual(self.leads(*acme, "--segment", "openers", "--where", "score = 1 OR score = 5"), ["Bob"])
        self.fails("--segment, line 1, column 12: there is no segment \"opener\" (did you mean \"openers\"?)", *acme,
                   "--segment", "opener")
        self.fails("--segment for tenant umbrella, line 1, column 12", "--segment", "openers")
        self.fails("--segment: is empty", "--segment", "")
        self.fails("--where, line 1, column 8:", *acme, "--segment", "openers", "--where", "score >")

    def test_frozen_into_a_list(self):
        said, commands = self.freeze("--tenant", "acme", "--segment", "openers", "--to-list", "Spring openers")
        self.assertEqual(said, "Spring openers: 2 put on it, 0 on it already\n")
        self.assertEqual([(command["leadId"], command["editLists"], command["issuedAt"]) for command in commands],
                         [(lead, {"add": ["Spring openers"]}, "2026-01-01T00:00:02Z") for lead in ("Bob", "ann")])
        for command in commands:
            self.assertRegex(command["commandId"], "^freeze-[0-9a-f]{32}$")
        limited = self.freeze("--order", "score:desc", "--limit", "1", "--to-list", "Spring openers")
        self.assertEqual([command["commandId"] for command in limited[1]], [commands[1]["commandId"]])
        others = self.freeze("--tenant", "acme", "--to-list", "Others")[1]
        self.assertEqual(len(others), 3)
        self.assertFalse({command["commandId"] for command in others} & {command["commandId"] for command in commands})

    def test_the_same_freeze_again_changes_nothing(self):
        for _ in range(2):
            self.freeze("--tenant", "acme", "--segment", "openers", "--to-list", "Spring", "--to", "hand.jsonl")
        result = self.run_job("--input", "a.jsonl", "hand.jsonl", "--format", "json")
        records = json.loads(result.stdout)["records"]
        self.assertEqual((records["commands"], records["duplicates"], records["deadLetters"]), (2, 2, 0))
        self.assertEqual(self.leads("--where", "IN LIST \"spring\""), ["Bob", "ann"])
        said, commands = self.freeze("--tenant", "acme", "--to-list", "SPRING")
        self.assertEqual((said, [command["leadId"] for command in commands]),
                         ("SPRING: 1 put on it, 2 on it already\n", ["cid"]))

    def test_the_clock_of_records_is_never_in_the_future(self):
        self.assertEqual(self.run_job("--input", "a.jsonl", "--until", "2999-01-01T00:00:00Z", "--quiet").returncode, 0)
        self.freeze("--to-list", "Spring", "--to", "hand.jsonl")
        result = self.run_job("--input", "a.jsonl", "hand.jsonl", "--format", "json")
        self.assertEqual(json.loads(result.stdout)["records"]["deadLetters"], 0)
        self.assertEqual(len(self.leads("--where", "IN LIST \"Spring\"")), 4)

    def test_wrong_usage(self):
        self.fails("--to requires --to-list", "--to", "x.jsonl")
        self.fails("--to-list excludes --all", "--to-list", "L", "--all")
        self.fails("--to-list excludes --columns", "--to-list", "L", "--columns", "lead")
        self.fails("--to-list excludes --format", "--to-list", "L", "--format", "csv")
        self.fails("is no file to add records to", "--to-list", "L", "--to", "x.pb")
        self.fails("command.editLists.add is empty; it must name something", "--to-list", "")
        self.fails("is 1025 bytes long; at most 1024 are allowed", "--to-list", "x" * 1025)
        self.assertFalse(os.path.exists(self.path("x.jsonl")))


if __name__ == "__main__":
    unittest.main()
