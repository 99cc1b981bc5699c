#!/usr/bin/env python3
"""What `leadpulse import` finds in a file, asks about, and keeps as a plan.   tests/cli/import_plan_test.py BINARY"""

import json
import unittest

from command_line import CommandLine

DEFINITIONS = """
tenants:
  acme:
    timezone: Europe/Berlin
    fields: {revenue: number, birthday: day}
    tiers: [{name: all}]
"""
ROWS = ("Contacts\n\nName;Adresse e-mail;Revenue;Birthday\nAnn;ann@example.com;1.200;01/02/1985\nBob;bob@example.com;N/A;\n")


class ImportPlans(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("d.yaml", DEFINITIONS)
        self.write("a.csv", ROWS)

    def bring_in(self, name, *options):
        return self.call("import", name, "--tenant", "acme", "--definitions", "d.yaml", *options)

    def values_of(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        commands = [json.loads(line)["command"] for line in done.stdout.splitlines()]
        return {command["email"]: command["updateProfile"].get("set", {}) for command in commands}

    def test_questions_are_asked_together(self):
        done = self.bring_in("a.csv")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("say which with --number-format 'Revenue=1,234.5' or --number-format 'Revenue=1.234,5'\n", done.stderr)
        self.assertIn("say which with --date-format 'Birthday=DD/MM/YYYY' or --date-format 'Birthday=MM/DD/YYYY'\n", done.stderr)
        done = self.bring_in("a.csv", "--number-format", "Revenue=1.234,5")
        self.assertNotIn("Revenue", done.stderr)
        self.assertIn("say which with --date-format 'Birthday=DD/MM/YYYY' or --date-format 'Birthday=MM/DD/YYYY'", done.stderr)
        done = self.bring_in("a.csv", "--number-format", "1.234,5", "--date-format", "MM/DD/YYYY")
        self.assertEqual(self.values_of(done)["ann@example.com"], {"name": "Ann", "revenue": 1200, "birthday": "1985-01-02"})
        self.assertIn("  line 3 names the columns; what is above it is left out\n  Revenue: read as empty: \"N/A\" (1 cell)\n", done.stderr)
        for option, form in (("--number-format", "1.5"), ("--date-format", "Birthday=DD"), ("--header-row", "0")):
            self.assertEqual(self.bring_in("a.csv", option, form).returncode, 2)

    def test_the_next_file_of_a_kind_needs_nothing_but_the_plan(self):
        answers = ("--number-format", "Revenue=1.234,5", "--date-format", "Birthday=MM/DD/YYYY", "--empty-word", "Bob", "--map", "Name=nick")
        shown = self.bring_in("a.csv", *answers, "--preview", "--plan", "plan.yaml")
        self.assertIn("The plan is in plan.yaml", shown.stdout)
        plan = self.read("plan.yaml")
        self.write("b.csv", ROWS.replace("Contacts\n\n", "").replace("1.200", "3.400"))
        done = self.bring_in("b.csv", "--plan", "plan.yaml")
        self.assertEqual(self.values_of(done), {"ann@example.com": {"nick": "Ann", "revenue": 3400, "birthday": "1985-01-02"},
                                                "bob@example.com": {}})
        again = self.bring_in("b.csv", "--preview", "--plan", "plan.yaml")
        self.assertIn("Read with the plan plan.yaml", again.stdout)
        self.assertEqual(self.read("plan.yaml"), plan)
        self.write("bad.yaml", "date_fromat: x\n")
        done = self.bring_in("b.csv", "--plan", "bad.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("bad.yaml: it has no member `date_fromat`; did you mean date_format?", done.stderr)
        self.assertIn("none.yaml", self.bring_in("b.csv", "--plan", "none.yaml").stderr)

    def test_standard_input_shows_itself_too(self):
        done = self.call("import", "-", "--tenant", "acme", "--definitions", "d.yaml", "--issued-at", "2026-03-01",
                         text=ROWS.replace("1.200", "1.200,50").replace("01/02", "31/12"))
        self.assertEqual(self.values_of(done)["ann@example.com"], {"name": "Ann", "revenue": 1200.5, "birthday": "1985-12-31"})


if __name__ == "__main__":
    unittest.main()
