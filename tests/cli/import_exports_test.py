#!/usr/bin/env python3
"""Exports of `leadpulse leads` that `leadpulse import` reads back.   tests/cli/import_exports_test.py BINARY"""

import csv
import io
import json
import os
import random
import unittest

from command_line import CommandLine, command, event, with_email

DEFINITIONS = """
tenants:
  acme:
    timezone: Europe/Berlin
    fields: {size: number, vip: boolean, birthday: day, since: date, note: text, score: number, sizes: number}
    scoring: {rules: [{event: open, points: 5}]}
    tiers: [{name: warm, at_least: 3}, {name: all}]
    topics: [{id: news, name: News}]
    segments: [{id: big, name: Big, rule: "size > 10"}]
"""
PARTS = ["=", "+", "-", "@", "'", "''", ",", ";", "\t", "\n", '"', '""', " ", "a", "1", "+49 (30) 1", "=1+2", "\u00e9", "x", "{", "[1]",
         "\u4e16", "t Hooft", "#", "|"]
TEXTS = ["title", "company", "mail", "employees", "phone", "profile.x", "subscribed", "import_errors", "status", "bounced"]


class ImportExports(CommandLine):
    def text(self, chance):
        return "".join(chance.choice(PARTS) for _ in range(chance.randint(1, 6)))

    def names(self, chance):
        """Names that a run takes: it trims them."""
        names = [" ".join(self.text(chance).split()) for _ in range(chance.randint(0, 3))]
        return [name for name in names if name.strip()]

    def lead(self, number, chance):
        lead = chance.choice([f"p{number}@x.org", f"crm-{number}", f"=p{number}", f"'+p{number}(1)", f"p;{number}", f"+p{number}@x.org",
                              f" crm-{number} ", f"=p{number} "])
        values = {name: self.text(chance) + "." for name in TEXTS if chance.random() < 0.5}
        values |= {"size": chance.choice([1, 250, "7", -1.5, 1e21]), "vip": chance.choice([True, "false"]),
                   "birthday": chance.choice(["1985-12-10", "1985-12-10T00:00:00.000Z", "2026-03-01T09:30:00+02:00"]),
                   "since": chance.choice(["1985-12-10", "2026-03-01T09:30:00+02:00"]), "score": 12, "note": self.text(chance)}
        # Values that an export does not tell apart: it says nothing of their types.
        values |= {name: chance.choice([5, "5", -1.5, 1e21, True, "true", ["a", "b;c"], ["=1+2"], [1, 2.5], ["1", "2.5"], "a;b", [1, "a", False],
                                        {"a": {"b": [1]}}, '{"a":1}', "[1,2]", "a b", [5]])
                   for name in ("code", "odd", "lead.x") if chance.random() < 0.8}
        values |= {"sizes": chance.choice([[1, 2.5], 7, [3]])}
        if chance.random() < 0.2:
            values["note"] = ["n1", "n;2"]
        if chance.random() < 0.5:
            values["email"] = chance.choice([f"P{number}@x.org", f"Other.{number}@X.org"])
        day = f"2026-01-{1 + number % 28:02}T10:00:00Z"
        actions = [{"updateProfile": {"set": values}}, {"editTags": {"add": self.names(chance)}},
                   {"editLists": {"add": self.names(chance)}}, {"editCampaigns": {"assign": self.names(chance)}},
                   {"setStage": {"stage": chance.choice(["QUALIFIED", "CONVERTED"])}},
                   {"setDoNotContact": {"value": True, "reason": "asked"}}]
        for place, action in enumerate(actions):
            if place == 0 or (chance.random() < 0.6 and list(list(action.values())[0].values())[0] != []):
                yield command(lead, f"c{number}-{place}", day, **action)
        for kind in chance.sample(["OPEN", "UNSUBSCRIBE", "BOUNCE", "COMPLAINT", "RESUBSCRIBE"], 2):
            yield event(lead, f"e{number}{kind}", kind, day)

    def test_what_is_exported_and_imported_is_as_it_was(self):
        self.write("d.yaml", DEFINITIONS)
        for seed in range(3):
            with self.subTest(seed=seed):
                chance = random.Random(seed)
                self.write_records("a.jsonl", [record for number in range(40) for record in self.lead(number, chance)])
                state, out = f"state{seed}", f"out{seed}"
                self.output_of("run", "--input", "a.jsonl", "--definitions", "d.yaml", "--state", state, "--output", out, "--quiet")
                self.assertEqual(self.read(f"{out}/dead-letters.jsonl"), "")
                before = self.read(f"{out}/leads.jsonl")
                for place, chosen in enumerate((("--all",), ("--columns", "lead,tenant,version,updated,stage_since,odd"),
                                                ("--columns", "lead,email,title,company,phone,tags,lists,campaigns,code,sizes"))):
                    done = self.call("leads", "--state", state, "--tenant", "acme", "--format", "csv", *chosen)
                    with open(self.path("all.csv"), "w", encoding="utf-8", newline="") as file:
                        file.write(done.stdout)
                    os.utime(self.path("all.csv"), (1772442000, 1772442000))
                    shown = self.output_of("import", "all.csv", "--tenant", "acme", "--definitions", "d.yaml", "--preview",
                                           "--state", state)
                    self.assertIn("40 rows: 40 right, 0 wrong\nleads: 0 new, 0 changed, 40 unchanged", shown)
                    self.output_of("import", "all.csv", "--tenant", "acme", "--definitions", "d.yaml", "--state", state,
                                   "--to", f"{seed}-{place}.jsonl")
                    self.output_of("run", "--input", f"{seed}-{place}.jsonl", "--definitions", "d.yaml", "--state", state,
                                   "--output", out, "--quiet")
                    self.assertEqual(self.read(f"{out}/dead-letters.jsonl"), "")
                    self.assertEqual(self.read(f"{out}/leads.jsonl"), before)

    def test_what_was_edited_changes_and_the_rest_does_not(self):
        self.make_state_of(DEFINITIONS, [with_email("1", "ann@x.org"), command("1", "t", "2026-01-01T00:00:00Z", editTags={"add": ["a;b", "c,d"]}),
                                         command("1", "p", "2026-01-01T00:00:00Z", updateProfile={"set": {"phone": "+49 (30) 1", "code": 5}}),
                                         command("out@x.org", "c", "2026-01-01T00:00:00Z", updateProfile={}),
                                         event("out@x.org", "u", "UNSUBSCRIBE", "2026-01-02T00:00:00Z")])
        text = self.output_of("leads", "--state", "state", "--format", "csv", "--columns", "tenant,lead,email,phone,tags,email_status,code")
        self.assertEqual(list(csv.reader(io.StringIO(text)))[1], ["acme", "1", "ann@x.org", "'+49 (30) 1", '"a;b";"c,d"', "active", "5"])
        self.write("a.csv", text.replace("'+49 (30) 1", "'+49 (30) 2"))
        done = self.call("import", "a.csv", "--tenant", "acme", "--definitions", "d.yaml", "--to", "b.jsonl")
        self.assertIn("email_status: \"unsubscribed\" is left out of our export; "
                      "name it with --map 'email_status=email_status'", done.stderr)
        self.assertIn("code: what may have been a number", done.stderr)
        shown = self.call("import", "a.csv", "--tenant", "acme", "--state", "state")
        self.assertNotIn("code", shown.stderr + shown.stdout)
        self.write("c.csv", text.replace(",active,5", ",active,6"))
        shown = self.call("import", "c.csv", "--tenant", "acme", "--state", "state")
        self.assertIn('"set":{"code":"6"', shown.stdout)
        self.assertIn("code: what may have been a number", shown.stderr)
        records = [json.loads(line)["command"] for line in self.read("b.jsonl").splitlines()]
        self.assertEqual(records[0]["updateProfile"]["set"], {"code": "5", "email": "ann@x.org", "phone": "+49 (30) 2"})
        self.assertEqual(records[1]["editTags"], {"add": ["a;b", "c,d"]})
        done = self.call("import", "a.csv", "--tenant", "other")
        self.assertIn('tenant: "acme" is not the tenant of the import', done.stderr)
        done = self.call("import", "a.csv", "--tenant", "acme", "--map", "email_status=email_status")
        self.assertIn('"type":"UNSUBSCRIBE"', done.stdout)


    def test_without_a_state_ids_and_lists_of_numbers_stay(self):
        self.make_state_of(DEFINITIONS, [command(" 1 ", "c", "2026-01-01T00:00:00Z", updateProfile={"set": {"sizes": [1, 2.5], "size": 3}})])
        self.write("a.csv", self.output_of("leads", "--state", "state", "--format", "csv", "--columns", "lead,sizes,size"))
        said = json.loads(self.output_of("import", "a.csv", "--tenant", "acme", "--definitions", "d.yaml"))["command"]
        self.assertEqual((said["leadId"], said["updateProfile"]["set"]), (" 1 ", {"size": 3, "sizes": [1, 2.5]}))
        self.write("b.csv", "lead,sizes\n1,1;x\n")
        self.assertIn('"1;x" is no number', self.call("import", "b.csv", "--tenant", "acme", "--definitions", "d.yaml").stderr)

    def test_an_export_as_json_lines_is_refused_in_one_sentence(self):
        self.make_state_of(DEFINITIONS, [with_email("1", "ann@x.org")])
        self.write("a.jsonl", self.output_of("leads", "--state", "state", "--format", "jsonl"))
        done = self.call("import", "a.jsonl", "--tenant", "acme")
        self.assertEqual((done.returncode, done.stderr), (1, "leadpulse: a.jsonl: it is JSON, which no import reads; export the table as CSV\n"))


if __name__ == "__main__":
    unittest.main()
