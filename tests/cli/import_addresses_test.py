#!/usr/bin/env python3
"""What `leadpulse import` says about addresses that a state has.   tests/cli/import_addresses_test.py BINARY"""

import csv
import json
import os
import unittest

from command_line import CommandLine, with_email

DEFINITIONS = 'tenants: {"*": {topics: [{id: news, name: News}], tiers: [{name: all}]}}'
NOTHING = "no row has an address that is in use or suppressed\n"


def command(members, number, lead=None, email=None, day=1):
    who = {"leadId": lead} if lead else {"email": email}
    return {"command": {"tenantId": "acme", **who, "commandId": f"c{number}", "issuedAt": f"2026-01-0{day}T00:00:00Z",
                        **members}}


def event(kind, address, **members):
    return {"event": {"tenantId": "acme", "email": address, "eventId": f"{kind}-{address}", "type": kind,
                      "occurredAt": "2026-01-02T00:00:00Z", **members}}


class ImportAddresses(CommandLine):
    def make_state(self, *records):
        self.assertEqual(self.make_state_of(DEFINITIONS, records), "")

    def run_with(self, *more):
        result = self.run_job("--input", "a.jsonl", *more, "--definitions", "d.yaml", "--quiet")
        self.assertEqual((result.returncode, self.read("out/dead-letters.jsonl")), (0, ""), result.stderr)
        return {lead["leadId"]: lead for lead in map(json.loads, self.read("out/leads.jsonl").splitlines())}

    def contacts(self, *rows, head="id,email,city"):
        self.write("c.csv", "\n".join([head, *rows]) + "\n")
        os.utime(self.path("c.csv"), (1_767_744_000, 1_767_744_000))  # 2026-01-07

    def bring_in(self, *options, ids=True):
        return self.call("import", "c.csv", "--tenant", "acme", *(["--lead-id", "id"] if ids else []), *options)

    def preview(self, *options, ids=True):
        """The output about addresses, line by line."""
        done = self.bring_in("--preview", "--state", "state", *options, ids=ids)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        said = done.stdout.split(" unchanged\n\n", 1)[1]
        return said.split("\n\n", 1)[0].rstrip("\n").split("\n")

    def test_rows_are_told_by_what_they_meet(self):
        self.make_state(with_email("1", "ann@x.org"), with_email("2", "ann@x.org"), event("UNSUBSCRIBE", "bob@x.org"),
                        event("COMPLAINT", "cy@x.org"), event("BOUNCE", "dee@x.org"), event("OPEN", "eve@x.org"),
                        event("UNSUBSCRIBE", "fay@x.org", topic="news"))
        self.contacts("1,ann@x.org,Rome", "3,ann@x.org,Rome", "4,bob@x.org,", "5,cy@x.org,", "6,dee@x.org,",
                      "7,eve@x.org,", "8,fay@x.org,", "9,new@x.org,", "10,,Rome")
        self.assertEqual(self.preview(), [
            "7 of 9 rows have an address that is in use or suppressed",
            "         5  known by events, which the row's lead takes over (lines 4, 5, 6, 7, 8)",
            "            the first: bob@x.org is a lead, and becomes part of lead 4",
            "         2  in use by other leads (lines 2, 3)",
            "            the first: ann@x.org is used by 1 lead: 2",
            "         1  opted out (line 4)",
            "            bob@x.org has opted out",
            "         1  complained (line 5)",
            "            cy@x.org has complained",
            "         1  bounced (line 6)",
            "            dee@x.org bounced"])
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.jsonl", "c.csv", "d.yaml", "out", "state"])

    def test_nobody_has_the_addresses(self):
        self.make_state(with_email("1", "ann@x.org"))
        self.contacts("1,ann@x.org,Rome", "2,bob@x.org,Rome")
        self.assertEqual(self.preview(), [NOTHING.rstrip("\n")])

    def test_a_real_import_says_it_first_and_keeps_the_rows(self):
        self.make_state(with_email("1", "ann@x.org"), event("UNSUBSCRIBE", "ann@x.org"))
        self.contacts("7,Ann@x.org,=1+1", "8,new@x.org,Rome", "9,nobody,Rome")
        done = self.bring_in("--state", "state", "--warnings", "warnings.csv", "--wrong", "wrong.csv", "--to", "c.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stderr.startswith(
            "c.csv: 1 of 3 rows has an address that is in use or suppressed\n"
            "         1  in use by other leads (line 2)\n            ann@x.org is used by 1 lead: 1\n"
            "         1  opted out (line 2)\n            ann@x.org has opted out\n"
            "c.csv: 3 rows, 2 right"), done.stderr)
        with open(self.path("warnings.csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        self.assertEqual(rows, [["id", "email", "city", "import_error"],
                                ["7", "Ann@x.org", "'=1+1",
                                 "line 2: ann@x.org is used by 1 lead: 1; ann@x.org has opted out"]])
        leads = self.run_with("c.jsonl")
        self.assertEqual({name: leads[name]["sendable"] for name in ("7", "8")}, {"7": False, "8": True})
        # An import can read the file.
        again = self.call("import", "warnings.csv", "--tenant", "acme", "--lead-id", "id", "--state", "state")
        self.assertEqual(len(again.stdout.splitlines()), 1)
        self.assertIn('"city":"=1+1"', again.stdout)

    def test_a_tenant_without_leads_may_be_mistyped(self):
        self.make_state(with_email("1", "ann@x.org"), event("UNSUBSCRIBE", "ann@x.org"))
        self.contacts("7,ann@x.org,Rome")
        for options in (("--preview",), ("--to", "c.jsonl")):
            done = self.call("import", "c.csv", "--tenant", "acne", "--lead-id", "id", "--state", "state", *options)
            self.assertEqual(done.returncode, 0)
            self.assertIn("warning: the state has no lead of tenant acne; did you mean acme?\n", done.stderr)

    def test_a_real_import_of_unknown_addresses_says_so(self):
        self.make_state(with_email("1", "ann@x.org"))
        self.contacts("2,bob@x.org,Rome")
        done = self.bring_in("--state", "state")
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (0, 1))
        self.assertTrue(done.stderr.startswith("c.csv: " + NOTHING), done.stderr)

    def test_an_erasure_is_remembered(self):
        self.make_state(with_email("1", "ann@x.org"), event("UNSUBSCRIBE", "ann@x.org"),
                        command({"erase": {}}, "e", email="ann@x.org", day=5), command({"erase": {"suppress": True}}, "s",
                                                                                      lead="2", day=5),
                        command({"setDoNotContact": {"value": True}}, "d", lead="3"),
                        command({"erase": {}}, "t", lead="3", day=5))
        self.contacts("1,ann@x.org,", "9,ann@x.org,", "2,,Rome", "3,,Rome")
        self.assertEqual(self.preview(), [
            "4 of 4 rows have an address that is in use or suppressed",
            "         3  opted out before an erasure (lines 2, 3, 4)",
            "            the first: ann@x.org has opted out before an erasure",
            "         1  do not contact, from before an erasure (line 5)",
            "            lead 3: do not contact, from before an erasure"])
        self.assertEqual(self.preview("--issued-at", "2026-01-04")[1:3], [
            "         4  erased later than the file is from, so a run drops them (lines 2, 3, 4, 5)",
            "            the first: ann@x.org was erased at 2026-01-05T00:00:00Z, and the row is from "
            "2026-01-04T00:00:00Z"])

    def test_an_opt_out_of_the_lead_itself_is_not_of_its_new_address(self):
        self.make_state(with_email("1", "ann@x.org"), event("UNSUBSCRIBE", "ann@x.org", leadId="1"),
                        with_email("2", "bob@x.org"), command({"erase": {"suppress": True}}, "s", lead="2", day=5))
        self.contacts("1,new@x.org,", "2,other@x.org,", "3,ann@x.org,")
        self.assertEqual(self.preview()[1:], [
            "         2  opted out (lines 2, 4)",
            "            the first: lead 1 has opted out",
            "         1  opted out before an erasure (line 3)",
            "            lead 2 has opted out before an erasure",
            "         1  in use by other leads (line 4)",
            "            ann@x.org is used by 1 lead: 1"])

    def test_rows_without_ids_go_to_the_one_lead_that_has_the_address(self):
        self.make_state(with_email("1", "ann@x.org"), with_email("2", "bob@x.org"), with_email("3", "bob@x.org"))
        self.contacts("ann@x.org,Rome", "bob@x.org,Rome", "new@x.org,Rome", head="email,city")
        done = self.bring_in("--preview", "--state", "state", ids=False)
        self.assertIn("leads: 2 new, 1 changed, 0 unchanged", done.stdout)
        self.assertEqual(self.preview(ids=False)[1:], [
            "         1  in use by one lead, which they change (line 2)",
            "            ann@x.org is the address of lead 1",
            "         1  in use by other leads (line 3)",
            "            bob@x.org is used by 2 leads: 2, 3"])

    def test_others_who_are_not_to_be_contacted(self):
        self.make_state(with_email("1", "ann@x.org"), command({"setDoNotContact": {"value": True}}, "d", lead="1"))
        self.contacts("1,ann@x.org,Rome", "2,ann@x.org,Rome")
        self.assertEqual(self.preview()[1:], [
            "         1  do not contact (line 2)",
            "            lead 1: do not contact",
            "         1  do not contact, of another lead with the address (line 3)",
            "            lead 1, which has ann@x.org, too: do not contact",
            "         1  in use by other leads (line 3)",
            "            ann@x.org is used by 1 lead: 1"])

    def test_an_address_of_a_thousand_leads_has_no_room(self):
        self.make_state(*(with_email(f"crm-{number:04}", "none@x.org") for number in range(1000)))
        self.contacts("1,none@x.org,Rome")
        self.assertIn("            1000 other leads use none@x.org", self.preview())

    def test_many_rows_show_the_first_lines_of_the_file(self):
        self.make_state(event("UNSUBSCRIBE", "ann@x.org"))
        self.contacts(*("ann@x.org,Rome" for _ in range(12)), head="email,city")
        self.assertEqual(self.preview(ids=False)[:2], [
            "12 of 12 rows have an address that is in use or suppressed",
            "        12  opted out (lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …)"])

    def test_events_and_opt_outs_are_counted_only(self):
        self.make_state(with_email("1", "ann@x.org"), event("OPEN", "ann@x.org"))
        self.contacts("ann@x.org,open,2026-01-02T00:00:00Z", "ann@x.org,click,2026-01-03T00:00:00Z",
                      "new@x.org,open,2026-01-03T00:00:00Z", head="email,event,time")
        done = self.bring_in("--events", "--preview", "--state", "state", ids=False)
        self.assertIn("leads: 1 new, 1 changed, 0 unchanged\n", done.stdout)
        self.assertNotIn("in use", done.stdout)

    def test_wrong_usage_says_what_to_do(self):
        self.make_state(with_email("1", "ann@x.org"))
        self.contacts("1,ann@x.org,Rome")
        for options, part in ((("--warnings", "w.csv"), "--warnings needs --state"),
                              (("--state", "state", "--warnings", "w", "--wrong", "w"), "give two names"),
                              (("--suppress", "unsubscribe", "--state", "state"), "is for --preview only; leave it out"),
                              (("--state", "state", "--warnings", "c.csv"), "is the file itself, which would be lost")):
            done = self.bring_in(*options)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
            self.assertIn(part, done.stderr)
        done = self.call("import", "-", "--tenant", "acme", "--issued-at", "2026-01-07", "--state", "state",
                         text="email\na@x.org\n")
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertIn("standard input comes once", done.stderr)
        done = self.bring_in("--state", "gone", "--to", "c.jsonl")
        self.assertEqual((done.returncode, os.path.exists(self.path("c.jsonl"))), (1, False), done.stderr)


if __name__ == "__main__":
    unittest.main()
