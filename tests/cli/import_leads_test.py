#!/usr/bin/env python3
"""Imports by whether the leads are there, and imports that are taken back.   tests/cli/import_leads_test.py BINARY"""

import json
import os
import random
import unittest

from command_line import CommandLine

DEFINITIONS = """tenants: {"*": {fields: {size: number, since: day}, tiers: [{name: all}],
  segments: [{id: rome, rule: 'city IS "Rome"'}, {id: agreed, rule: 'HAS CONSENT "news"'}]}}"""
SEEDS = 12


class ImportLeads(CommandLine):
    def write_csv(self, name, head, *rows):
        self.write(name, "\n".join([head, *rows]) + "\n")
        os.utime(self.path(name), (1_767_744_000, 1_767_744_000))  # 2026-01-07

    def bring_in(self, name, *options, code=0):
        done = self.call("import", name, "--tenant", "acme", *options)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def run_with(self, *inputs):
        """Runs on the state, and returns its leads."""
        self.write("d.yaml", DEFINITIONS)
        more = [word for name in inputs for word in ("--input", name)]
        result = self.run_job(*more, "--definitions", "d.yaml", "--quiet")
        self.assertEqual((result.returncode, self.read("out/dead-letters.jsonl")), (0, ""), result.stderr)
        return {lead["leadId"]: lead for lead in map(json.loads, self.read("out/leads.jsonl").splitlines())}

    def make_known(self):
        self.write_csv("first.csv", "email,city", "ann@x.org,Rome", "bob@x.org,Oslo")
        self.bring_in("first.csv", "--to", "a.jsonl")
        return self.run_with("a.jsonl")

    def test_only_the_leads_that_are_there_or_only_new_ones_count(self):
        self.make_known()
        self.write_csv("c.csv", "email,city,status", "Ann@X.org,Bonn,", "bob@x.org,Bern,unsubscribed", "cy@x.org,Bari,",
                       "dee@x.org,Brno,unsubscribed")
        state = ("--state", "state", "--map", "status=")
        for option, cities in (("--update-only", {"ann@x.org": "Bonn", "bob@x.org": "Bern"}),
                               ("--create-only", {"cy@x.org": "Bari", "dee@x.org": "Brno"})):
            done = self.bring_in("c.csv", *state, option, "--to", option[2:] + ".jsonl")
            self.assertIn("4 rows, 2 right as 2 records, 2 skipped, 0 wrong", done.stderr)
            commands = [json.loads(line)["command"] for line in self.read(option[2:] + ".jsonl").splitlines()]
            self.assertEqual({one["email"]: one["updateProfile"]["set"]["city"] for one in commands}, cities)
            shown = self.bring_in("c.csv", *state, option, "--preview").stdout
            is_new = option == "--create-only"
            self.assertIn(f"leads: {2 if is_new else 0} new, {0 if is_new else 2} changed, 0 unchanged", shown)
            self.assertIn("the lead is there already" if is_new else "the lead is not there", shown)

    def test_who_is_there_opts_out_by_a_row_that_is_left_out(self):
        self.make_known()
        self.write_csv("c.csv", "email,city,status", "bob@x.org,Bern,unsubscribed", "dee@x.org,Brno,unsubscribed")
        self.bring_in("c.csv", "--state", "state", "--create-only", "--to", "b.jsonl")
        leads = self.run_with("a.jsonl", "b.jsonl")
        self.assertEqual((leads["bob@x.org"]["profile"]["city"], leads["bob@x.org"]["sendable"]), ("Oslo", False))
        self.assertEqual((leads["dee@x.org"]["profile"]["city"], leads["dee@x.org"]["sendable"]), ("Brno", False))
        self.bring_in("c.csv", "--state", "state", "--update-only", "--to", "c.jsonl")

    def test_a_wrong_row_stops_mail_all_the_same(self):
        for only, stopped in (((), {"ann", "bob", "cy"}), (("--update-only",), {"ann", "bob"}),
                              (("--create-only",), {"ann", "bob", "cy"})):
            with self.subTest(only=only):
                self.setUp()
                self.stop_by_wrong_rows(only, stopped)

    def stop_by_wrong_rows(self, only, stopped):
        self.make_known()
        self.write_csv("c.csv", "email,size,status,dnc", "ann@x.org,10k,unsubscribed,", "bob@x.org,many,,yes",
                       "cy@x.org,10k,bounced,", "dee@x.org,5,,", "eva@x.org,lots,,")
        self.write_csv("right.csv", "email,size,status,dnc", "ann@x.org,1000,unsubscribed,", "bob@x.org,5,,yes",
                       "cy@x.org,1000,bounced,", "dee@x.org,5,,", "eva@x.org,5,,")
        options = ("--definitions", "d.yaml", "--state", "state", *only)
        shown = self.bring_in("c.csv", *options, "--preview").stdout
        done = self.bring_in("c.csv", *options, "--wrong", "wrong.csv", "--undo", "u.jsonl", "--to", "b.jsonl")
        count = len(stopped)
        for said in (shown, done.stderr):
            self.assertIn(f"{count} rows are of people who get no mail: 1 opted out, {'1 bounced, ' if count > 2 else ''}1 do not "
                          f"contact\n{count} of them are wrong rows; of these only the no to mail counts\n", said)
        self.assertEqual(len(self.read("wrong.csv").splitlines()), 5)
        self.bring_in("right.csv", *options, "--to", "c.jsonl")

        def stops(name):
            """The ids of the records that stop mail."""
            lines = [json.loads(line) for line in self.read(name).splitlines()]
            return ({line["event"]["eventId"] for line in lines if "event" in line} |
                    {line["command"]["commandId"] for line in lines if "setDoNotContact" in line.get("command", {})})
        self.assertEqual(len(stops("b.jsonl")), count)
        self.assertLessEqual(stops("b.jsonl"), stops("c.jsonl"))
        for inputs in (("b.jsonl",), ("b.jsonl", "c.jsonl"), ("b.jsonl", "c.jsonl", "u.jsonl")):
            leads = self.run_with("a.jsonl", *inputs)
            self.assertEqual({lead[:-6] for lead, one in leads.items() if not one["sendable"]}, stopped, inputs)
            self.assertEqual(leads["ann@x.org"]["profile"]["city"], "Rome")

    def test_options_of_leads_need_a_state_and_contacts(self):
        self.make_known()
        for options, said in ((("--update-only",), "--update-only needs --state"),
                              (("--undo", "u.jsonl"), "--undo needs --state"),
                              (("--update-only", "--create-only", "--state", "state"), "leave no row"),
                              (("--create-only", "--suppress", "bounce", "--state", "state", "--preview"),
                               "--create-only is of contacts only"),
                              (("--undo", "u.csv", "--state", "state"), "u.csv")):
            self.assertIn(said, self.bring_in("first.csv", *options, code=2).stderr)
        self.assertFalse(os.path.exists(self.path("u.jsonl")))

    def test_an_undo_file_is_not_replaced(self):
        self.make_known()
        self.write("u.jsonl", "kept\n")
        done = self.bring_in("first.csv", "--state", "state", "--undo", "u.jsonl", "--to", "b.jsonl", code=1)
        self.assertIn("u.jsonl exists", done.stderr)
        self.assertEqual(self.read("u.jsonl"), "kept\n")
        self.assertFalse(os.path.exists(self.path("b.jsonl")))

    def test_what_a_row_says_against_mail_stays(self):
        self.make_known()
        self.write_csv("c.csv", "email,city,status,dnc", "ann@x.org,Bonn,unsubscribed,", "bob@x.org,Bern,,yes",
                       "cy@x.org,Bari,bounced,", "dee@x.org,Brno,,yes")
        self.bring_in("c.csv", "--state", "state", "--undo", "u.jsonl", "--to", "b.jsonl")
        self.run_with("a.jsonl", "b.jsonl")
        leads = self.run_with("a.jsonl", "b.jsonl", "u.jsonl")
        self.assertEqual({lead: (of["profile"].get("city"), of["sendable"]) for lead, of in leads.items()},
                         {"ann@x.org": ("Rome", False), "bob@x.org": ("Oslo", False), "cy@x.org": (None, False)})

    def test_an_import_that_is_taken_back_leaves_no_trace(self):
        """Random states, files and options. Withdrawn consents stay in the ledger."""
        for seed in range(SEEDS):
            with self.subTest(seed=seed):
                self.setUp()
                self.take_back(random.Random(seed))

    def take_back(self, rng):
        def row(lead):
            def some(*values):
                return rng.choice(("", *values))
            return ",".join([f"l{lead}", some(f"l{lead}@x.org", f"L{lead}@new.example"), some("Rome", "Bonn"), some("7", "12.50"),
                             some("2024-02-29", "1985-12-10"), some("vip", "Fair; vip", "x"), some("List A", "b"),
                             some("spring"), some("Contacted", "qualified"), some("yes", "no", "2025-03-01T10:00:00Z"),
                             some("kim", "lee"), some("met in May", "called")])
        head = "id,email,city,size,since,tags,lists,campaigns,stage,news,owner,note"
        options = ("--lead-id", "id", "--definitions", "d.yaml", "--map", "news=consent.news", "--map", "owner=agent", "--map",
                   "note=add_note", "--empty", rng.choice(("keep", "unset")))
        self.write("d.yaml", DEFINITIONS)
        self.write_csv("first.csv", head, *(row(lead) for lead in range(6)))
        self.bring_in("first.csv", *options, "--to", "a.jsonl", "--issued-at", "2026-01-01T00:00:00Z")
        def seen(leads):
            for lead in leads.values():
                del lead["seq"]
                lead["consents"] = [purpose for purpose, one in lead["consents"].items() if one["granted"]]
            return leads
        before = seen(self.run_with("a.jsonl"))
        self.write_csv("c.csv", head, *(row(rng.randrange(9)) for _ in range(12)))
        only = rng.choice(((), (), ("--update-only",), ("--create-only",)))
        self.bring_in("c.csv", *options, *only, "--state", "state", "--undo", "u.jsonl", "--to", "b.jsonl")
        changed = seen(self.run_with("a.jsonl", "b.jsonl"))
        self.assertNotEqual(changed, before)
        after = seen(self.run_with("a.jsonl", "b.jsonl", "u.jsonl"))
        for lead, was in before.items():
            # A consent that the file took away is not given again by a program.
            was["consents"] = [one for one in was["consents"] if one in changed[lead]["consents"]]
            was["segments"] = [one for one in was["segments"] if one != "agreed" or was["consents"]]
        self.assertEqual(after, before)


if __name__ == "__main__":
    unittest.main()
