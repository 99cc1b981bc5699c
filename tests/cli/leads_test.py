#!/usr/bin/env python3
"""Queries about leads with `leadpulse leads`.   tests/cli/leads_test.py BINARY"""

import csv
import io
import json
import os
import subprocess
import time
import unittest

import command_line
from command_line import BINARY, CommandLine, command

DEFINITIONS = """
tenants:
  acme:
    timezone: Europe/Berlin
    fields: {industry: text, company_size: number, renewal: date, vip: boolean}
    event_properties: {total: number}
    scoring: {rules: [{event: open, points: 1}, {event: click, points: 5}, {event: bounce, points: -50}]}
    tiers: [{name: hot, at_least: 10}, {name: warm, at_least: 5}, {name: cold}]
    segments: [{id: openers, name: Openers, rule: 'opens > 0'}, {id: clickers, name: Clickers, rule: 'clicks > 0'}]
  strict:
    strict_fields: true
    fields: {city: text}
    tiers: [{name: all}]
  umbrella:
    fields: {industry: text}
    tiers: [{name: all}]
"""

# Ids that may break a terminal, a CSV reader or a spreadsheet.
HOSTILE = ['quote"d', "comma,d", "line\nbroken", "return\r", "=1+2", "名前\U0001f600", "esc\u001b[31m\u202e",
           "tab\tbed"]


def event(lead, number, kind, tenant="acme", **more):
    return command_line.event(lead, f"e{number}", kind, f"2026-01-01T00:00:{number:02}Z", tenant, **more)


def profile(lead, tenant="acme", **attributes):
    return command(lead, "p", "2026-01-01T00:00:00Z", tenant, updateProfile={"set": attributes})


def tagged(lead, *tags):
    return command(lead, "t", "2026-01-01T00:00:00Z", editTags={"add": list(tags)})


RECORDS = [
    profile("ann", industry="Software", company_size=250, renewal="2026-03-10", vip=True, **{"Pet Name": "=cmd()"}),
    profile("bob@example.com", industry="retail, \"old\"", company_size=9, phone="+49 30 1234567", rank="10"),
    profile("cid", industry="art", company_size=31.5, phone="+1-2", rank="9", tier="own tier"),
    profile("dee", rank="first", phone="@home", names=["x;y", "=z", "+7"], more={"a": [1]}),
    tagged("ann", "b-tag", "A;tag", "=tag"),
    *[event("ann", number, "CLICK") for number in range(1, 3)],
    *[event("bob@example.com", number, "OPEN") for number in range(1, 7)],
    event("cid", 1, "BOUNCE"),
    event("ann", 9, "CUSTOM", name="order", properties={"total": 70}),
    profile("eve", tenant="umbrella", industry="Software", city="Rome"),
    profile("ann", tenant="strict", city="Oslo"),
    *[event(lead, 1, "SENT", tenant="umbrella") for lead in HOSTILE],
]


class Leads(CommandLine):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.make_state_of(DEFINITIONS, RECORDS), "")

    def text(self, *arguments):
        result = self.call("leads", "--state", "state", *arguments)
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"\A([0-9,]+ of [0-9,]+ leads; --limit leaves out the others\n)?\Z")
        return result.stdout

    def rows(self, *arguments):
        return [json.loads(line) for line in self.text("--format", "jsonl", *arguments).split("\n")[:-1]]

    def ids(self, *arguments):
        return [row["lead"] for row in self.rows("--columns", "lead", "--tenant", "acme", *arguments)]

    def csv_text(self, *arguments):
        """The CSV with its line ends, which text mode would change."""
        result = subprocess.run([BINARY, "leads", "--state", "state", "--format", "csv", *arguments], cwd=self.folder,
                                capture_output=True, timeout=300, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout.decode()

    def csv(self, *arguments):
        return list(csv.reader(io.StringIO(self.csv_text(*arguments), newline="")))

    def fails(self, code, part, *arguments, state="state"):
        return self.expect_failure(code, part, "leads", "--state", state, *arguments)

    def warns(self, part, *arguments):
        result = self.call("leads", "--state", "state", "--format", "jsonl", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(part, result.stderr)
        self.assertTrue(result.stderr.startswith("leadpulse: warning: "), result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]

    # Rows.

    def test_by_default_who_and_how_warm(self):
        rows = self.rows()
        self.assertEqual([(row["tenant"], row["lead"]) for row in rows],
                         sorted((row["tenant"], row["lead"]) for row in rows))
        self.assertEqual(len(rows), 6 + len(HOSTILE))
        self.assertEqual(rows[0], {"tenant": "acme", "lead": "ann", "score": 10, "tier": "hot", "status": "engaged"})
        self.assertEqual([row["lead"] for row in self.rows("--tenant", "strict")], ["ann"])

    def test_where_takes_any_rule(self):
        for rule, wanted in (
                ("score > 50", []), ("score >= 6", ["ann", "bob@example.com"]), ("tier IS \"hot\"", ["ann"]),
                ("IN SEGMENT \"openers\" OR email_status IS \"bounced\"", ["bob@example.com", "cid"]),
                ("NOT IN SEGMENT \"clickers\"", ["bob@example.com", "cid", "dee"]),
                ("DID custom \"order\" WHERE total >= 70", ["ann"]), ("HAS TAG \"B-TAG\"", ["ann"]),
                ("renewal ON \"2026-03-10\"", ["ann"]), ("DID open >= 6 TIMES IN LAST 10 seconds", ["bob@example.com"]),
                ("email IS SET", ["bob@example.com"])):
            self.assertEqual(self.ids("--where", rule), wanted, rule)
        self.assertEqual(self.ids("--where", "DID open >= 6 TIMES IN LAST 10 seconds", "--at", "2026-01-02"), [])

    def test_a_rule_that_is_none(self):
        error = self.fails(2, "line 1, column 19: unknown action \"opened\" (did you mean \"open\"?", "--where",
                           "score > 1 AND DID opened")
        self.assertEqual(error.splitlines()[1:], ["score > 1 AND DID opened", " " * 18 + "^"])
        # Reported before the state is read.
        self.fails(2, "line 1, column 9:", "--where", "score > ", state="none")
        self.fails(2, "the rule is empty", "--where", "")

    def test_a_rule_that_does_not_fit_every_tenant(self):
        rule = "IN SEGMENT \"openers\""
        error = self.fails(2, "--where for tenant strict, umbrella, line 1, column 12: there is no segment", "--where",
                           rule)
        self.assertEqual(error.splitlines()[1:], [rule, " " * 11 + "^", "leadpulse: the rule is right for tenant acme; "
                                                  "ask for one with --tenant"])
        self.assertEqual(self.ids("--where", rule), ["bob@example.com"])  # only in acme
        self.assertIn("--where, line 1, column 12", self.fails(2, "no segment", "--where", rule, "--tenant", "strict"))
        self.fails(2, "--where, line 1, column 23: there is no segment \"oppeners\" (did you mean \"openers\"?)",
                   "--where", "score>1 OR IN SEGMENT \"oppeners\"", "--tenant", "acme")
        self.fails(2, "--where for tenant strict, umbrella, line 1, column 17: the property \"total\" is not declared",
                   "--where", "DID click WHERE total > 1")

    def test_names_that_are_not_declared(self):
        rule = "industri IS \"Software\" OR company_size > 200"
        rows = self.warns("the field \"industri\" is not declared under fields (did you mean \"industry\"?)", "--where",
                          rule, "--tenant", "acme")
        self.assertEqual([row["lead"] for row in rows], ["ann"])
        rows = self.warns("--where for tenant acme, umbrella, line 1, column 1: the field \"city\"", "--where",
                          "city IN (\"Rome\", \"Oslo\")")
        self.assertEqual([(row["tenant"], row["lead"]) for row in rows], [("strict", "ann"), ("umbrella", "eve")])
        self.fails(2, "--where for tenant strict, line 1, column 1: the field \"industry\" is not declared", "--where",
                   "industry IS \"Software\"")

    def test_tenants(self):
        self.fails(1, "no lead of tenant acmee, nor do its definitions name it; did you mean acme?", "--tenant",
                   "acmee")
        self.fails(1, "without --tenant all are shown", "--tenant", "elsewhere")
        self.write("more.yaml", DEFINITIONS + "  quiet: {tiers: [{name: all}]}\n")
        self.assertEqual(self.run_job("--input", "a.jsonl", "--definitions", "more.yaml").returncode, 0)
        self.assertEqual(self.rows("--tenant", "quiet"), [])
        self.assertEqual(self.text("--tenant", "quiet"), "tenant  lead  score  tier  status\n")
        self.assertEqual(self.csv("--tenant", "quiet"), [["tenant", "lead", "score", "tier", "status"]])

    # Columns.

    def test_columns_are_named_as_in_rules(self):
        row, = self.warns("\"pet_name\" is not declared", "--where", "tier IS \"hot\"", "--tenant", "acme", "--columns",
                          "LEAD, Lead Score ,last  clicked,clicks,`pet name`,Company__Size,renewal,vip,tags,segments,"
                          "lists,agent,created,seq,email,sendable,deliveries,last_custom,customs")
        self.assertEqual(list(row.items()), [
            ("lead", "ann"), ("score", 10), ("last_clicked", "2026-01-01T00:00:02Z"), ("clicks", 2),
            ("pet_name", "=cmd()"), ("company_size", 250), ("renewal", "2026-03-10"), ("vip", True),
            ("tags", ["=tag", "A;tag", "b-tag"]), ("segments", ["clickers"]), ("lists", []),
            ("created", "2026-01-01T00:00:00Z"), ("seq", 5), ("sendable", True), ("deliveries", 0),
            ("last_custom", "2026-01-01T00:00:09Z"), ("customs", 1)])

    def test_an_attribute_that_is_named_like_a_column(self):
        row, = self.rows("--tenant", "acme", "--where", "email_status IS \"bounced\"", "--all")
        self.assertEqual((row["tier"], row["profile.tier"]), ("cold", "own tier"))
        rows = self.warns("\"profile.tier\" is not declared", "--tenant", "acme", "--columns", "profile.Tier,tier")
        self.assertEqual(rows[2], {"profile.tier": "own tier", "tier": "cold"})

    def test_columns_that_are_wrong(self):
        for columns, part in (("a,,b", "a column without a name"), ("", "a column without a name"),
                              ("score,lead,Lead Score", "the column \"score\" is given twice"),
                              ("profile.", "a column without a name")):
            self.fails(2, part, "--columns", columns, state="none")
        rows = self.warns("the column \"indusry\" is not declared under fields (did you mean \"industry\"?)",
                          "--columns", "lead,indusry", "--tenant", "acme")
        self.assertEqual(rows[0], {"lead": "ann"})
        rows = self.rows("--columns", "lead,follow_up_on,Follow up note", "--tenant", "strict")
        self.assertEqual(rows, [{"lead": "ann"}])
        self.warns("the column \"follow_up_in\" is not declared under fields (did you mean \"follow_up_on\"?)", "--columns",
                   "follow_up_in")
        self.warns("\"scoer\" is not declared under fields (did you mean \"score\"?)", "--columns", "scoer")
        self.warns("\"pet_name\" is not declared under fields (is it spelled right?)", "--columns", "pet name")
        self.fails(2, "--all shows every column; leave out --columns", "--all", "--columns", "lead", state="none")

    # Order.

    def test_order(self):
        for order, wanted in (
                ("score", ["cid", "dee", "bob@example.com", "ann"]),
                ("score:desc", ["ann", "bob@example.com", "dee", "cid"]),
                ("Lead Score : DESC", ["ann", "bob@example.com", "dee", "cid"]),
                ("company_size", ["bob@example.com", "cid", "ann", "dee"]),
                ("company_size:desc", ["ann", "cid", "bob@example.com", "dee"]),
                ("tier", ["cid", "dee", "bob@example.com", "ann"]),
                ("tier:desc", ["ann", "bob@example.com", "cid", "dee"]),
                ("industry:asc", ["cid", "bob@example.com", "ann", "dee"]),
                ("stage:desc", ["ann", "bob@example.com", "cid", "dee"]),
                ("status", ["cid", "dee", "bob@example.com", "ann"]),
                ("lead:desc", ["dee", "cid", "bob@example.com", "ann"]),
                ("renewal", ["ann", "bob@example.com", "cid", "dee"]),
                ("tags", ["ann", "bob@example.com", "cid", "dee"])):
            self.assertEqual(self.ids("--order", order), wanted, order)
            self.assertEqual(self.ids("--order", order, "--limit", "2"), wanted[:2], order)
        for limit in range(1, 6):
            self.assertEqual(self.ids("--order", order, "--limit", str(limit)), wanted[:limit], limit)
        # Undeclared text that looks like a number is one; text comes after numbers.
        rows = self.warns("\"rank\" is not declared", "--order", "rank", "--columns", "lead", "--tenant", "acme")
        self.assertEqual([row["lead"] for row in rows], ["cid", "bob@example.com", "dee", "ann"])

    def test_order_of_values_that_few_have(self):
        archived = {"command": {"tenantId": "acme", "leadId": "hal", "commandId": "s", "issuedAt": "2026-01-01T00:00:00Z",
                                "setStage": {"stage": "ARCHIVED"}}}
        records = (profile("flo", vip=False), profile("gus", more={"a": [0]}), event("gus", 1, "UNSUBSCRIBE"), archived)
        self.write_records("b.jsonl", records)
        self.run_job("--input", "a.jsonl", "b.jsonl", "--definitions", "d.yaml", "--quiet")
        for order, wanted in (("vip", ["flo", "ann"]), ("vip:desc", ["ann", "flo"]),
                              # A status that is no stage comes after all stages.
                              ("status", ["cid", "dee", "flo", "bob@example.com", "ann", "hal", "gus"]),
                              ("status:desc", ["gus", "hal", "ann", "bob@example.com"])):
            self.assertEqual(self.ids("--order", order, "--limit", str(len(wanted))), wanted, order)
        for order, wanted in (("more", ["gus", "dee"]), ("more:desc", ["dee", "gus"])):
            rows = self.warns("\"more\" is not declared", "--order", order, "--limit", "2", "--columns", "lead",
                              "--tenant", "acme")
            self.assertEqual([row["lead"] for row in rows], wanted)

    def test_more_attributes_than_a_table_can_have(self):
        wide = [profile(f"lead{lead}", **{f"a{lead}_{i}": "x" for i in range(500)}) for lead in range(21)]
        self.write_records("wide.jsonl", wide)
        for partitions in ("1", "8"):  # 8: no partition has too many, but together they do
            state = f"wide{partitions}"
            self.output_of("run", "--state", state, "--output", f"{state}-out", "--input", "wide.jsonl",
                           "--definitions", "d.yaml", "--partitions", partitions, "--quiet")
            self.fails(1, "the leads have more than 10,000 different attributes, too many for a table; choose with "
                          "--columns, or with --tenant", "--all", state=state)
            self.output_of("leads", "--state", state, "--columns", "lead,a0_0")

    def test_limit(self):
        self.assertEqual(self.ids("--limit", "2"), ["ann", "bob@example.com"])
        self.assertEqual(len(self.rows("--limit", "999999999999999999")), 6 + len(HOSTILE))
        acme = ("leads", "--state", "state", "--tenant", "acme", "--columns", "lead")
        every = self.call(*acme, "--format", "jsonl").stdout.count("\n")
        for order in ((), ("--order", "lead:desc")):
            self.assertEqual(self.call(*acme, *order, "--limit", "2").stderr, f"2 of {every} leads; --limit leaves out the others\n")
            for all_or_quiet in (("--limit", str(every)), ("--limit", "2", "--quiet")):
                self.assertEqual(self.call(*acme, *order, *all_or_quiet).stderr, "")
        for wrong in ("0", "-1", "1.5", "ten", "1e3", "1000000000000000000000"):
            self.fails(2, "is no number of leads; write a whole number from 1 on", f"--limit={wrong}")

    def test_order_that_is_wrong(self):
        self.fails(2, "after the colon comes asc or desc", "--order", "score:down", state="none")
        self.fails(2, "--order: a column without a name", "--order", ":desc", state="none")
        self.warns("\"a:b\" is not declared", "--order", "`a:b`")

    # Formats.

    def test_csv(self):
        arguments = ("--tenant", "umbrella", "--columns", "lead,sends,industry,last_sent,tags")
        rows = self.csv(*arguments)
        ids = sorted(HOSTILE + ["eve"])
        self.assertEqual(rows[0], ["lead", "sends", "industry", "last_sent", "tags"])
        self.assertEqual([row[0] for row in rows[1:]], ["'=1+2" if lead == "=1+2" else lead for lead in ids])
        self.assertEqual(rows[1 + ids.index("eve")], ["eve", "0", "Software", "", ""])
        text = self.csv_text(*arguments)
        self.assertTrue(text.endswith("\r\n"))
        self.assertIn('"quote""d",1,', text)
        self.assertIn("esc\u001b[31m\u202e,1,", text)

    def test_csv_is_no_formula(self):
        result = self.call("leads", "--state", "state", "--tenant", "acme", "--format", "csv", "--columns",
                           "lead,score,phone,pet name,tags,names,more")
        self.assertEqual(list(csv.reader(io.StringIO(result.stdout)))[1:], [
            ["ann", "10", "", "'=cmd()", "'=tag;\"A;tag\";b-tag", "", ""],
            ["bob@example.com", "6", "+49 30 1234567", "", "", "", ""],
            ["cid", "-50", "'+1-2", "", "", "", ""],
            ["dee", "0", "'@home", "", "", '"x;y";\'=z;+7', '{"a":[1]}']])

    def test_a_line_break_before_a_formula_does_not_hide_it(self):
        self.write_records("b.jsonl", [profile("fay", city="Bern\n=1+2")])
        self.assertEqual(self.run_job("--input", "a.jsonl", "--input", "b.jsonl").returncode, 0)
        result = self.call("leads", "--state", "state", "--where", "city IS SET", "--tenant", "acme", "--format", "csv",
                           "--columns", "lead,city")
        self.assertEqual(list(csv.reader(io.StringIO(result.stdout)))[1:], [["fay", "Bern\n'=1+2"]])

    def test_a_separator_before_a_formula_does_not_hide_it(self):
        """A spreadsheet splits at its country's separator, and heeds quotes only at the beginning of its own cells."""
        city = "x;=1+2,@SUM(1)\t-3.5;+49 30 1, 'y"
        self.write_records("b.jsonl", [profile("fay", city=city)])
        self.assertEqual(self.run_job("--input", "a.jsonl", "--input", "b.jsonl").returncode, 0)
        text = self.call("leads", "--state", "state", "--where", "city IS SET", "--format", "csv", "--columns",
                         "lead,city,score").stdout
        self.assertEqual(list(csv.reader(io.StringIO(text)))[1][1], "x;'=1+2,'@SUM(1)\t-3.5;+49 30 1, 'y")
        for delimiter in ",;\t":
            for cell in text.replace("\r", "").replace("\n", delimiter).split(delimiter):
                self.assertFalse(cell.strip('"').startswith(("=", "@")), text)

    def test_a_lone_empty_cell_is_a_line_of_its_own(self):
        self.assertEqual(self.csv_text("--tenant", "acme", "--columns", "industry"),
                         'industry\r\nSoftware\r\n"retail, ""old"""\r\nart\r\n""\r\n')

    def test_jsonl_leaves_out_what_is_unset(self):
        rows = self.rows("--tenant", "acme", "--columns", "industry,agent,tags,company_size")
        self.assertEqual(rows[1:], [{"industry": "retail, \"old\"", "tags": [], "company_size": 9},
                                    {"industry": "art", "tags": [], "company_size": 31.5}, {"tags": []}])

    def test_the_table_is_aligned(self):
        self.assertEqual(self.text("--tenant", "acme", "--columns", "lead,score,industry,vip,clicks"), (
            "lead             score  industry       vip   clicks\n"
            "ann                 10  Software       true       2\n"
            "bob@example.com      6  retail, \"old\"             0\n"
            "cid                -50  art                       0\n"
            "dee                  0                            0\n"))

    def test_nothing_steers_the_terminal(self):
        shown = ["=1+2", "comma,d", "esc\\u001b[31m\\u202e", "eve", "line\\nbroken", "quote\"d", "return\\r",
                 "tab\\tbed"]
        lines = [f"{'lead':19}  sends", *[f"{lead:19}  {int(lead != 'eve'):5}" for lead in shown],
                 "名前\U0001f600" + 13 * " " + "      1"]  # two columns each
        self.assertEqual(self.text("--tenant", "umbrella", "--columns", "lead,sends").split("\n"), [*lines, ""])

    def test_the_table_cuts_texts_but_not_ids(self):
        long_id, long_text = "i" * 300, "名" * 40
        self.write_records("b.jsonl", [profile(long_id, tenant="umbrella", industry=long_text)])
        self.assertEqual(self.run_job("--input", "a.jsonl", "--input", "b.jsonl").returncode, 0)
        line, = [line for line in self.text("--columns", "lead,industry", "--tenant", "umbrella").splitlines()
                 if line.startswith("iii")]
        self.assertEqual(line, f"{long_id}  {'名' * 29}…")

    def test_more_rows_than_are_measured(self):
        self.write_records("b.jsonl", (event(f"lead{number:05}" + "x" * 9 * (number == 2000), 1, "OPEN", tenant="strict")
                                       for number in range(2500)))
        self.assertEqual(self.run_job("--input", "a.jsonl", "--input", "b.jsonl").returncode, 0)
        lines = self.text("--tenant", "strict", "--columns", "lead,opens").splitlines()
        self.assertEqual(len(lines), 2502)
        self.assertEqual({len(line) for number, line in enumerate(lines) if number != 2002}, {len("lead00000  opens")})
        self.assertEqual(lines[2002], "lead02000xxxxxxxxx      1")
        self.assertEqual([line.split()[0] for line in lines[1:]], ["ann"] + sorted(
            row["leadId"] for row in map(json.loads, self.read("b.jsonl").replace('{"event": ', "").replace("}}", "}")
                                         .splitlines())))

    def test_a_run_may_go_on_beside(self):
        changes = self.path("out/changes.jsonl")
        length = os.path.getsize(changes)
        job = self.start_job("--input", "-", "--quiet", stdin=subprocess.PIPE)
        try:
            job.stdin.write(json.dumps(event("new", 1, "OPEN")) + "\n")
            job.stdin.flush()
            for _ in range(3000):
                if os.path.getsize(changes) > length:
                    break
                time.sleep(0.02)
            self.assertEqual(self.ids()[:4], ["ann", "bob@example.com", "cid", "dee"])
        finally:
            job.communicate()
        self.assertEqual(job.returncode, 0)
        self.assertEqual(self.ids()[4:], ["new"])

    def test_what_goes_wrong_is_said(self):
        self.fails(1, "there is no state in none", state="none")
        self.fails(2, "there is no option --were; did you mean --where?", "--were", "score > 1")
        self.fails(2, "--format", "--format", "xml")
        self.fails(2, "--at soon is no time", "--at", "soon")
        result = self.call("leads")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("--state is required", result.stderr)
        self.assertIn("leadpulse leads --state state", self.output_of("leads", "--help"))
        self.expect_full_disk_reported("leads", "--state", "state")


if __name__ == "__main__":
    unittest.main()
