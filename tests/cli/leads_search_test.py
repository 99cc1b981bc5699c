#!/usr/bin/env python3
"""The results and messages of `leadpulse leads --search`.   tests/cli/leads_search_test.py BINARY"""

import json
import unittest

import leads_test
from command_line import CommandLine


class Search(CommandLine):
    def setUp(self):
        super().setUp()
        self.make_state_of(leads_test.DEFINITIONS, leads_test.RECORDS)

    def found(self, *arguments):
        text = self.output_of("leads", "--state", "state", "--tenant", "acme", "--format", "jsonl", *arguments)
        return [json.loads(line)["lead"] for line in text.splitlines()]

    def fails(self, code, part, *arguments, state="state"):
        return self.expect_failure(code, part, "leads", "--state", state, *arguments)

    def searched(self, search, *arguments):
        """The ids, and the output on standard error."""
        result = self.call("leads", "--state", "state", "--tenant", "acme", "--format", "jsonl", "--columns", "lead",
                           "--search", search, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return [json.loads(line)["lead"] for line in result.stdout.splitlines()], result.stderr

    def test_search(self):
        for search, rule, wanted in (
                ("industry:software score>5", "industry HAS WORDS \"software\" AND score > 5", ["ann"]),
                ("-tag:B-TAG clicks:0", "NOT HAS TAG \"B-TAG\" AND clicks = 0", ["bob@example.com", "cid", "dee"]),
                ("segment:Openers", "IN SEGMENT \"openers\"", ["bob@example.com"]),
                ("renewal:2026-03-10 vip:yes", "renewal ON \"2026-03-10\" AND vip IS true", ["ann"]),
                ("softw", "HAS WORDS \"softw\"", ["ann"]),
                ("@EXAMPLE.com", "email CONTAINS \"@EXAMPLE.com\"", ["bob@example.com"]),
                ("industry:RETAIL,\"old art\"", "industry HAS WORDS \"RETAIL\" OR industry HAS WORDS \"old art\"",
                 ["bob@example.com"]),
                ("industry=\"retail, \\\"old\\\"\",art", "industry IN (\"retail, \\\"old\\\"\", \"art\")",
                 ["bob@example.com", "cid"])):
            self.assertEqual(self.searched(search), (wanted, f"leadpulse: searched for {rule}\n"), search)
            self.assertEqual(self.found("--where", rule), wanted, rule)
        self.assertEqual(self.searched("", "--quiet")[0], self.found())
        self.assertEqual(self.searched("score>5", "--quiet"), (["ann", "bob@example.com"], ""))
        self.assertEqual(self.searched("score>5", "--quiet", "--where", "clicks > 0"), (["ann"], ""))
        self.assertEqual(self.searched("score>5", "--quiet", "--segment", "openers"), (["bob@example.com"], ""))

    def test_a_search_that_is_none(self):
        error = self.fails(2, "--search, line 1, column 6: the quote that begins here is never closed", "--search",
                           "acme \"or 1=1", state="none")
        self.assertEqual(error.splitlines()[1:], ["acme \"or 1=1", " " * 5 + "^"])
        self.fails(2, "--search, line 1, column 7: \"score\" is a number, and \"x\" is not", "--search", "score:x")
        self.fails(2, "--search for tenant strict, umbrella, line 1, column 9: there is no segment", "--search",
                   "segment:openers")

    def test_tenants_understand_a_search_differently(self):
        result = self.call("leads", "--state", "state", "--format", "jsonl", "--search", "city=5,rome")
        self.assertEqual([json.loads(line)["lead"] for line in result.stdout.splitlines()], ["eve"])
        self.assertEqual(result.stderr.splitlines(), [
            "leadpulse: warning: --search for tenant acme, umbrella, line 1, column 1: the field \"city\" is not "
            "declared under fields (declare it, or check how it is spelled)", "city=5,rome", "^",
            "leadpulse: searched for tenant strict: city IN (\"5\", \"rome\")",
            "leadpulse: searched for tenant acme, umbrella: city IN (5, \"rome\")"])


if __name__ == "__main__":
    unittest.main()
