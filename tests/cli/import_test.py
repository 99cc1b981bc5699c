#!/usr/bin/env python3
"""Drives `leadpulse import`, alone and into `leadpulse run`.   tests/cli/import_test.py BINARY"""

import csv
import gzip
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import unittest

from command_line import CommandLine

TESTS = pathlib.Path(__file__).resolve().parents[1]
DATA = TESTS / "data"
sys.path.insert(0, str(TESTS / "webhooks"))

import webhook_posts  # noqa: E402

DEFINITIONS = """
tenants:
  acme:
    timezone: Europe/Berlin
    fields: {company_size: number, birthday: day}
    event_properties: {total: number}
    scoring: {rules: [{event: open, points: 1}]}
    tiers: [{name: all}]
"""
CONTACTS = ("E-Mail;First Name;Employees;Birthday;Tags;Stage;Newsletter;Bemerkung\r\n"
            "Ada@Example.com;Ada;250;10.12.1985;vip;Qualified;yes;\"two\r\nlines\"\r\n"
            "bob@example.com;Bj\u00f6rn;9;;;;no;\r\n"
            ";nobody;;;;;;\r\n"
            "d@example.com;Dee;many;;;;;\r\n"
            "e@example.com;Eve;;31.02.1990;;;;\r\n"
            "f@example.com;Few\r\n")
OPTIONS = ("--definitions", "definitions.yaml", "--date-format", "DD.MM.YYYY", "--consent", "newsletter=Newsletter",
           "--map", "Bemerkung=remark")


class ImportTest(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("definitions.yaml", DEFINITIONS)
        with open(self.path("contacts.csv"), "w", encoding="utf-8", newline="") as file:
            file.write(CONTACTS)
        os.utime(self.path("contacts.csv"), (1772442000, 1772442000))  # 2026-03-02T09:00:00Z

    def bring_in(self, file, *options, **keywords):
        return self.call("import", file, "--tenant", "acme", *options, **keywords)

    def run_records(self, *names):
        inputs = [part for name in names for part in ("--input", name)]
        result = self.run_job("--definitions", "definitions.yaml", *inputs, "--quiet", "--no-sync")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.read("out/dead-letters.jsonl"), "")
        return {lead["leadId"]: lead for lead in map(json.loads, self.read("out/leads.jsonl").splitlines())}

    def test_ones_own_user_agents(self):
        self.write("agents", "# ours\nAcme-Checker\n")
        self.write("log.csv", "Email,Event,Time,User Agent\n"
                              "a@example.com,click,2026-01-05T10:00:00Z,acme-checker/2\n"
                              "b@example.com,click,2026-01-05T10:00:00Z,Barracuda\n"
                              "c@example.com,click,2026-01-05T10:00:00Z,Mozilla/5.0\n")

        def machines(*options):
            done = self.bring_in("log.csv", "--events", *options)
            self.assertEqual(done.returncode, 0, done.stderr)
            events = [json.loads(line)["event"] for line in done.stdout.splitlines()]
            return {event["email"][0] for event in events if event.get("machine")}, {event["eventId"] for event in events}

        known, ids = machines()
        self.assertEqual(known, {"b"})
        self.assertEqual(machines("--machine-agents", "agents"), ({"a", "b"}, ids))
        self.assertEqual(machines("--machine-agents", "agents", "--machine-agents-only"), ({"a"}, ids))
        self.write("short", "a\n")
        for arguments, part in ((["--events", "--machine-agents", "short"], "short: line 1: `a` is in many a person's"),
                                (["--events", "--machine-agents", "none"], "none"),
                                (["--machine-agents", "agents"], "--machine-agents is of --events only")):
            done = self.bring_in("log.csv", *arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
            self.assertIn(part, done.stderr)

    def test_contacts_become_leads_and_the_same_file_again_changes_nothing(self):
        done = self.bring_in("contacts.csv", *OPTIONS, "--list", "Fair", "--list", "Spring", "--to", "first.jsonl")
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.assertTrue(done.stderr.startswith("contacts.csv: 6 rows, 2 right as 8 records, 4 wrong\n"), done.stderr)
        leads = self.run_records("first.jsonl")
        self.assertEqual(sorted(leads), ["ada@example.com", "bob@example.com"])
        ada = leads["ada@example.com"]
        self.assertEqual(ada["profile"], {"first_name": "Ada", "company_size": 250, "remark": "two\r\nlines",
                                          "birthday": "1985-12-10"})
        self.assertEqual((ada["tags"], ada["lists"], ada["stage"]), (["vip"], ["Fair", "Spring"], "qualified"))
        self.assertEqual(ada["consents"]["newsletter"]["granted"], True)
        self.assertEqual(leads["bob@example.com"]["profile"]["first_name"], "Bj\u00f6rn")
        before = (self.read("out/changes.jsonl"), self.read("out/leads.jsonl"))
        os.rename(self.path("contacts.csv"), self.path("renamed.csv"))
        self.bring_in("renamed.csv", *OPTIONS, "--list", "Fair", "--list", "Spring", "--to", "second.jsonl")
        self.assertEqual(self.read("first.jsonl"), self.read("second.jsonl"))
        self.run_records("first.jsonl", "second.jsonl")
        self.assertEqual((self.read("out/changes.jsonl"), self.read("out/leads.jsonl")), before)

    def compress(self, name):
        """Compresses as `gzip` and `zstd` do: the result has the file's time. Returns the names; only one without
        zstd."""
        names = [name + ".gz"]
        with open(self.path(name), "rb") as plain, gzip.open(self.path(name + ".gz"), "wb") as file:
            shutil.copyfileobj(plain, file)
        if shutil.which("zstd"):
            subprocess.run(["zstd", "-q", self.path(name)], check=True)
            names.append(name + ".zst")
        for compressed in names:
            shutil.copystat(self.path(name), self.path(compressed))
        return names

    def test_a_compressed_file_is_the_file(self):
        names = self.compress("contacts.csv")
        plain = self.bring_in("contacts.csv", *OPTIONS)
        self.assertEqual(len(plain.stdout.splitlines()), 6, plain.stderr)
        for name in names:
            done = self.bring_in(name, *OPTIONS)
            self.assertEqual((done.returncode, done.stdout), (0, plain.stdout), done.stderr)
            self.assertEqual(done.stderr, plain.stderr.replace("contacts.csv", name))
            preview = self.bring_in(name, *OPTIONS, "--preview").stdout
            self.assertEqual(preview, self.bring_in("contacts.csv", *OPTIONS, "--preview").stdout
                             .replace("contacts.csv", name))

    def test_a_compressed_file_that_is_cut_off_is_an_error_behind_its_good_rows(self):
        rows = "".join(f"{number}@x.org,{number * 7919 % 99991}\n" for number in range(50_000))
        self.write("c.csv", "Email,City\n" + rows)
        for name in self.compress("c.csv"):
            what = "the gzip file ends early" if name.endswith(".gz") else "the zstd file ends early"
            os.truncate(self.path(name), os.path.getsize(self.path(name)) // 2)
            done = self.bring_in(name)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"leadpulse: {name}: {what}", done.stderr)
            self.assertGreater(len(done.stdout.splitlines()), 1000)
            self.assertLess(len(done.stdout.splitlines()), 50_000)
        self.write("d.csv.gz", "Email,City\na@x.org,Rome\n")
        done = self.bring_in("d.csv.gz")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("d.csv.gz: the gzip data are corrupt", done.stderr)
        self.assertIn("none.csv.zst cannot be opened", self.bring_in("none.csv.zst").stderr)

    def test_a_value_that_goes_back_is_taken(self):
        for day, city in ((2, "Paris"), (3, "Rome"), (4, "Paris")):
            self.write("c.csv", f"Email,City\na@x.org,{city}\n")
            self.bring_in("c.csv", "--issued-at", f"2026-03-0{day}", "--to", f"{day}.jsonl")
        leads = self.run_records("2.jsonl", "3.jsonl", "4.jsonl")
        self.assertEqual(leads["a@x.org"]["profile"]["city"], "Paris")

    def test_wrong_rows_are_kept_with_the_reason_and_imported_once_mended(self):
        done = self.bring_in("contacts.csv", *OPTIONS, "--wrong", "wrong.csv")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(done.stdout.splitlines()), 6)
        with open(self.path("wrong.csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter=";"))
        self.assertEqual(rows[0], CONTACTS.split("\r\n", 1)[0].split(";") + ["import_error"])
        self.assertEqual([row[-1] for row in rows[1:]], [
            "line 5: E-Mail is empty: no address",
            "line 6: Employees: \"many\" is no number such as 1250.5",
            "line 7: Birthday: \"31.02.1990\" is no date",
            "line 8: it has 2 cells, the header 8"])
        self.assertEqual(rows[2][:3], ["d@example.com", "Dee", "many"])
        self.write("wrong.csv", self.read("wrong.csv").replace(";many;", ";7;"))
        again = self.bring_in("wrong.csv", *OPTIONS, "--wrong", "still.csv")
        self.assertIn("wrong.csv: 4 rows, 1 right as 1 record, 3 wrong", again.stderr)
        self.assertEqual(self.read("still.csv").splitlines()[0].count("import_error"), 1)
        self.assertEqual([len(row.split(";")) for row in self.read("still.csv").splitlines()], [9, 9, 9, 4])
        # It is UTF-8, whatever the file was.
        with open(self.path("old.csv"), "wb") as file:
            file.write("Vorname;E-Mail\nJörg;joerg@\n".encode("windows-1252"))
        old = ("--encoding", "windows-1252", "--delimiter", ";")
        self.bring_in("old.csv", *old, "--wrong", "mended.csv")
        self.write("mended.csv", self.read("mended.csv").replace("joerg@;", "joerg@example.com;"))
        refused = self.bring_in("mended.csv", *old)
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertIn("--encoding: the file is UTF-8, of which windows-1252 would make other letters", refused.stderr)
        piped = self.call("import", "-", "--tenant", "acme", "--issued-at", "2026-01-01T00:00:00Z", *old,
                          text=self.read("mended.csv") + "x;x@example.com;\n" * 10_000)
        self.assertEqual((piped.returncode, piped.stdout), (2, ""))
        self.assertIn("standard input: --encoding: the file is UTF-8", piped.stderr)
        self.assertIn("Jörg", self.bring_in("mended.csv", "--delimiter", ";").stdout)
        same = self.bring_in("contacts.csv", "--wrong", "contacts.csv")
        self.assertEqual(same.returncode, 2)
        self.assertIn("is the file itself, which would be lost", same.stderr)

    def test_wrong_rows_hold_no_formula_and_come_back_as_they_were(self):
        texts = ["=cmd|' /C calc'!A0", "@SUM(1)", "-x", "'quoted'", "'=1", "+49 30 1234567", "plain", "\uff1d1",
                 "a;=1", "a,'b;''c", "d\t@e, -1"]
        rows = "".join(f'{number}@x.org,"{text}",\n' for number, text in enumerate(texts))
        self.write("c.csv", "Email,=Note,Employees\n" + rows.replace(",\n", ",many\n"))
        self.bring_in("c.csv", "--definitions", "definitions.yaml", "--wrong", "wrong.csv")
        with open(self.path("wrong.csv"), encoding="utf-8", newline="") as file:
            kept = list(csv.reader(file))
        self.assertEqual(kept[0], ["Email", "'=Note", "Employees", "import_error"])
        self.assertEqual([row[1] for row in kept[1:]],
                         ["'" + text if text[0] in "=@-\uff1d" or text == "'=1" else text for text in texts[:8]] +
                         ["a;'=1", "a,'b;''c", "d\t'@e, -1"])
        # A second import of the wrong rows escapes them only once; corrected, they are what they were.
        self.bring_in("wrong.csv", "--definitions", "definitions.yaml", "--wrong", "again.csv")
        with open(self.path("again.csv"), encoding="utf-8", newline="") as file:
            self.assertEqual([row[:3] for row in csv.reader(file)], [row[:3] for row in kept])
        self.write("again.csv", self.read("again.csv").replace(",many,", ",7,"))
        done = self.bring_in("again.csv", "--definitions", "definitions.yaml", "--map", "=Note=note")
        sets = [json.loads(line)["command"]["updateProfile"]["set"] for line in done.stdout.splitlines()]
        self.assertEqual([each["note"] for each in sets], texts, done.stderr)

    def test_those_who_opted_out_are_never_sendable(self):
        self.write("out.csv", "Email Address,First Name,UNSUB_TIME\nAda@example.com,Ada,2026-01-05 10:00:00\n"
                              "bob@example.com,,\nc@x.org,,someday\n")
        os.utime(self.path("out.csv"), (1772442000, 1772442000))
        done = self.bring_in("out.csv", "--suppress", "unsubscribe", "--at", "UNSUB_TIME", "--timezone", "UTC",
                             "--to", "out.jsonl")
        self.assertIn("3 rows, 2 right as 2 records, 1 wrong\n         1  line 4: UNSUB_TIME: \"someday\" is no time",
                      done.stderr)
        self.bring_in("contacts.csv", *OPTIONS, "--to", "in.jsonl")
        leads = self.run_records("out.jsonl", "in.jsonl")
        self.assertEqual({name: (lead["emailStatus"], lead["sendable"]) for name, lead in leads.items()},
                         {"ada@example.com": ("unsubscribed", False), "bob@example.com": ("unsubscribed", False)})
        self.assertEqual(leads["ada@example.com"]["lastAt"], {"unsubscribe": "2026-01-05T10:00:00Z"})
        for kind, status in (("bounce", "bounced"), ("complaint", "complained")):
            self.bring_in("out.csv", "--suppress", kind, "--to", f"{kind}.jsonl", "--map", "UNSUB_TIME=")
            self.output_of("run", "--input", f"{kind}.jsonl", "--state", kind, "--output", f"{kind}-out")
            lines = map(json.loads, self.read(f"{kind}-out/leads.jsonl").splitlines())
            self.assertEqual({line["emailStatus"] for line in lines}, {status})

    def test_a_log_becomes_events(self):
        self.write("log.csv", "Email\tActivity Type\tActivity Date\tCampaign\tTotal\n"
                              "a@x.org\tOpen Email\t2026-01-05T10:00:00Z\tspring\t\n"
                              "a@x.org\tOpen Email\t2026-01-05T10:00:00Z\tspring\t\n"
                              "a@x.org\tcustom\t2026-01-06T10:00:00Z\t\t12\n"
                              "a@x.org\tdanced\t2026-01-06T10:00:00Z\t\t\n")
        done = self.bring_in("log.csv", "--events", "--to", "log.pb.zst")
        self.assertIn("4 rows, 3 right as 3 records, 1 wrong", done.stderr)
        lead = self.run_records("log.pb.zst")["a@x.org"]
        self.assertEqual((lead["counts"]["open"], lead["counts"]["custom"], lead["score"]), (1, 1, 1))

    def test_sendgrids_activity_is_what_its_webhook_posts(self):
        """The file as downloaded, against webhook bodies of the same events, apart from what the file does not say."""
        activity = str(DATA / "sendgrid" / "activity.csv")
        self.write("definitions.yaml", DEFINITIONS)  # in Berlin; the file's times are UTC all the same
        done = self.bring_in(activity, "--events", "--definitions", "definitions.yaml")
        self.assertIn(": 18 rows, 17 right as 17 records, 1 skipped, 0 wrong\n"
                      "         1  line 3: deferred: no engagement\n", done.stderr)
        posts = webhook_posts.bodies("sendgrid")
        bodies = ["every_event", "bounces"]
        for name in bodies:
            self.write(name, posts[name].decode())
        posted = self.output_of("convert", "--provider", "sendgrid", "--tenant", "acme", *bodies)
        events = [[json.loads(line)["event"] for line in text.splitlines()] for text in (done.stdout, posted)]
        events[1] = [event for event in events[1] if event["eventId"] != "bWFjaGluZQ"]  # known by sg_machine_open only
        for event in events[0]:
            self.assertTrue(event.pop("backfill"))
            del event["properties"]
        for event in events[0] + events[1]:
            del event["eventId"]
            if event["type"] != "CLICK":
                event.pop("url", None)
        self.assertEqual(*events)
        self.bring_in(activity, "--events", "--to", "sendgrid.jsonl")
        leads = self.run_records("sendgrid.jsonl")
        self.assertEqual({name: lead["emailStatus"] for name, lead in leads.items()},
                         {"ada@example.com": "active", "bob@example.com": "bounced", "cy@example.com": "complained",
                          "a@example.com": "bounced"})
        self.write("log.csv", "Email,Event,Time,User Agent\na@x.org,soft bounce,2026-01-05T10:00:00Z,\n"
                              "a@x.org,click,2026-01-05T10:00:00Z,Barracuda\na@x.org,bounced,2026-01-05T10:00:00Z,\n")
        shown = self.bring_in("log.csv", "--events", "--preview").stdout
        for part in ("    soft bounce at 2026", "    click of a machine at 2026"):
            self.assertIn(part, shown)
        shown = self.bring_in(activity, "--events", "--preview").stdout
        self.assertIn("  line 3  skipped: deferred: no engagement\n", shown)
        self.assertIn("18 rows: 17 right, 1 skipped, 0 wrong\n\nSkipped:\n         1  line 3: deferred", shown)

    def test_the_reason_of_an_event_says_what_it_is(self):
        rows = {"dropped,Unsubscribed Address": ("UNSUBSCRIBE", None), "drop,Spam Reporting Address": ("COMPLAINT", None),
                "suppressed,hard-bounce": ("BOUNCE", "HARD"), "bounced,550 5.1.1 no such user": ("BOUNCE", "HARD"),
                "bounced,552 5.2.2 mailbox full": ("BOUNCE", "SOFT"), "hard bounce,blocked by policy 5.7.1": ("BOUNCE", "SOFT"),
                "bounced,Out of office": None, "blocked,": None, "deferred,Bounced Address": None}
        self.write("log.csv", "Email,Event,Reason,Time\n" + "".join(f"{i}@x.org,{row},2026-01-05T10:00:00Z\n"
                                                                     for i, row in enumerate(rows)))
        done = self.bring_in("log.csv", "--events")
        found = {event["email"]: (event["type"], event.get("bounceKind"))
                 for event in (json.loads(line)["event"] for line in done.stdout.splitlines())}
        self.assertEqual(found, {f"{i}@x.org": said for i, said in enumerate(rows.values()) if said}, done.stderr)
        self.assertIn("3 skipped, 0 wrong", done.stderr)

    def test_an_encoding_is_never_guessed_in_silence(self):
        for encoding, name in (("cp1252", "Bj\u00f6rn"), ("cp1250", "\u0141\u00f3d\u017a"), ("cp1251", "\u0418\u0432\u0430\u043d"),
                               ("shift_jis", "\u6771\u4eac"), ("utf-16", "\u0141\u00f3d\u017a"), ("utf-8", "Bj\u00f6rn")):
            with open(self.path("a.csv"), "w", encoding=encoding) as file:
                file.write(f"Email,First Name\na@x.org,{name}\n")
            done = self.bring_in("a.csv", "--preview")
            if encoding in ("utf-8", "utf-16"):
                self.assertIn(f'first_name "{name}"', done.stdout)
            elif done.returncode == 0:
                self.fail(done.stdout)
            else:
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("a.csv: it is not UTF-8, and may be ", done.stderr)
                self.assertIn("; say which with --encoding\n", done.stderr)
            done = self.bring_in("a.csv", "--preview", "--encoding", encoding)
            self.assertIn(" (your choice), delimiter `,`\n", done.stdout)
            self.assertIn(f'first_name "{name}"', done.stdout)
        with open(self.path("a.csv"), "wb") as file:
            file.write(b"Email,City\nl@x.org,Z\xfcrich\n" + "".join(f"a{i}@x.org,Z\u00fcrich\n" for i in range(9)).encode())
        done = self.bring_in("a.csv", "--preview")
        self.assertIn("a.csv: UTF-8 (most of it fits), delimiter `,`\n", done.stdout)
        self.assertIn("line 2: it has bytes that do not fit the file's encoding", done.stdout)
        self.assertIn("10 rows: 9 right, 1 wrong", done.stdout)
        for once in ("-", "/dev/stdin"):  # comes once, so it cannot be read twice
            done = self.call("import", once, "--tenant", "acme", "--preview", "--issued-at", "2026-03-02", text="Email\na@x.org\n")
            self.assertIn("UTF-8 (nothing says otherwise), delimiter `,`\n", done.stdout)
            self.assertIn("1 row: 1 right", done.stdout)

    def test_a_stage_is_taken_in_either_case(self):
        for stage in ("follow_up", "FOLLOW_UP"):
            done = self.bring_in("contacts.csv", *OPTIONS, "--map", "Stage=", "--stage", stage)
            stages = [json.loads(line)["command"].get("setStage") for line in done.stdout.splitlines()]
            self.assertEqual([each for each in stages if each], [{"stage": "FOLLOW_UP"}] * 2, done.stderr)

    def test_a_preview_writes_nothing_and_counts_what_would_change(self):
        listed = sorted(os.listdir(self.folder))
        shown = self.bring_in("contacts.csv", *OPTIONS, "--preview", "--wrong", "wrong.csv", "--to", "a.jsonl").stdout
        self.assertEqual(sorted(os.listdir(self.folder)), listed)
        for part in ("contacts.csv: UTF-8 (all of it fits), delimiter `;`", "attribute company_size, number  250",
                     "line 2  ada@example.com\n    birthday \"1985-12-10\", company_size 250", "    tags vip\n",
                     "1  line 5: E-Mail is empty", "6 rows: 2 right, 4 wrong\n\nPerhaps", "\n\nWrong:"):
            self.assertIn(part, shown)
        self.write("one.csv", "Email,First Name,Employees\nada@example.com,Ada,251\n")
        self.bring_in("one.csv", "--to", "one.jsonl")
        self.run_records("one.jsonl")
        self.write("more.csv", "Email,First Name,Employees\nada@example.com,Ada,251\nada@example.com,Ada,252\n"
                               "new@example.com,,\n")
        shown = self.bring_in("more.csv", "--preview", "--state", "state").stdout
        self.assertIn("3 rows: 3 right, 0 wrong\nleads: 1 new, 1 changed, 0 unchanged\n", shown)

    def test_a_preview_tells_what_changes_a_lead_from_what_does_not(self):
        head, same = "Email,First Name,Tags,Stage,Newsletter\n", "ada@example.com,Ada,vip,Qualified,yes\n"
        options = ("--definitions", "definitions.yaml", "--consent", "newsletter=Newsletter", "--list")
        self.write("one.csv", head + same)
        self.bring_in("one.csv", *options, "Fair", "--to", "one.jsonl")
        self.run_records("one.jsonl")
        for row, name, changing in ((same, "Fair", 0), (same, "FAIR", 0), (same.replace("vip", "VIP"), "Fair", 0),
                                    (same.replace("Ada", "Ada M."), "Fair", 1), (same.replace("vip", "new"), "Fair", 1),
                                    (same.replace("Qualified", "Contacted"), "Fair", 1),
                                    (same.replace("yes", "no"), "Fair", 1), (same, "Spring", 1)):
            self.write("more.csv", head + row)
            os.utime(self.path("more.csv"), (1772532000, 1772532000))  # so that no command equals an applied one
            shown = self.bring_in("more.csv", *options, name, "--preview", "--state", "state").stdout
            self.assertIn(f"leads: 0 new, {changing} changed, {1 - changing} unchanged\n", shown, (row, name))

    def test_a_preview_tells_of_campaigns_and_of_cells_that_unset(self):
        head, unset = "Email,City,Phone,Campaigns\n", ("--empty", "unset")
        self.write("one.csv", head + "ada@example.com,Paris,,spring\n")
        self.bring_in("one.csv", "--to", "one.jsonl")
        self.run_records("one.jsonl")
        for row, options, changing in (("Paris,,SPRING", (), 0), ("Paris,,summer", (), 1), (",,spring", (), 0),
                                       (",,spring", unset, 1), ("Paris,,spring", unset, 0)):
            self.write("more.csv", head + f"ada@example.com,{row}\n")
            os.utime(self.path("more.csv"), (1772532000, 1772532000))  # so that no command equals an applied one
            shown = self.bring_in("more.csv", *options, "--preview", "--state", "state").stdout
            self.assertIn(f"    campaigns {row.split(',')[-1]}\n", shown)
            self.assertIn(f"leads: 0 new, {changing} changed, {1 - changing} unchanged\n", shown, (row, options))

    def test_a_preview_of_a_log_knows_the_events_that_came(self):
        head, known = "Email,Event,Time\n", "ada@example.com,open,2026-01-05T10:00:00Z\n"
        self.write("one.csv", head + known)
        self.bring_in("one.csv", "--events", "--to", "one.jsonl")
        self.run_records("one.jsonl")
        for row, changing, part in ((known, 0, "    open at 2026-01-05T10:00:00Z\n"),
                                    (known.replace("open", "click"), 1, "    click at 2026-01-05T10:00:00Z\n"),
                                    (known.replace("open", "gone"), 1, "    erase\n")):
            self.write("more.csv", head + row)
            shown = self.bring_in("more.csv", "--events", "--value", "Event:gone=erase", "--preview", "--state",
                                  "state").stdout
            self.assertIn(part, shown)
            self.assertIn(f"leads: 0 new, {changing} changed, {1 - changing} unchanged\n", shown, row)

    def test_wrong_rows_that_cannot_be_kept_are_told(self):
        # The second header alone is larger than the buffer.
        for header in ("Email,Name", "Email," + "N" * 10_000):
            self.write("c.csv", header + "\nnobody,x\n")
            for file in ("/dev/full", "gone/wrong.csv"):
                done = self.bring_in("c.csv", "--wrong", file)
                self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
                self.assertIn(f"{file} cannot be written: ", done.stderr)

    def test_a_file_that_cannot_be_read_says_where(self):
        self.write("open.csv", "Email,Note\na@x.org,ok\nb@x.org,\"never closed\nc@x.org,x\n")
        done = self.bring_in("open.csv")
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (1, 1))
        self.assertIn("open.csv: line 3: the quote that opens here is never closed", done.stderr)
        self.write("empty.csv", "")
        for name, part in (("empty.csv", "it is empty; its first row must name the columns"),
                           ("none.csv", "none.csv cannot be opened: No such file"), (".", "is a directory")):
            done = self.bring_in(name)
            self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
            self.assertIn(part, done.stderr)

    def test_wrong_usage_says_what_to_do(self):
        for options, part in ((("--map", "x"), "has no `=`"), (("--map", "Frist Name=x"), "did you mean First Name?"),
                              (("--date-format", "dd.mm"), "is no form of a date"), (("--stage", "won"), "converted"),
                              (("--suppress", "unsubscribe", "--tag", "x"), "--suppress writes events only"),
                              (("--value", "stage=x"), "is not COLUMN:THEIRS=OURS"),
                              (("--events",), "; name it with --map 'COLUMN=type'"),
                              (("--map", "Stage=x", "--map", "Employees=x"), "; leave one out with --map 'Stage='"),
                              (("--lead-id", "x"), "--lead-id: the file has no column"),
                              (("--at", "x"), "--at: the file has no column"),
                              (("--consent", "news=x"), "--consent: the file has no column"),
                              (("--value", "x:a=b"), "--value: the file has no column"),
                              (("--to", "a.csv"), "ends with .jsonl or .pb"),
                              (("--timezone", "Mars"), "--timezone: `Mars` is no time zone"),
                              (("--encoding", "ebcdic"), "is not known"), (("--delimiter", ";;"), "is no delimiter")):
            done = self.bring_in("contacts.csv", *options)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
            self.assertIn(part, done.stderr)
        done = self.call("import", "contacts.csv", "--tenant", "ac me")
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertIn("--tenant: `ac me` is no tenant; write 1 to 128 of A–Z a–z 0–9 _ . -", done.stderr)

    def test_names_of_columns_steer_no_terminal(self):
        rows = "Em\x1b[31mail,\"Unsub\x1b[2J\ndate\"\n{},{}\n"
        self.write("a.csv", rows.format("nobody", "no"))
        done = self.bring_in("a.csv")
        self.assertEqual(done.returncode, 2)
        self.assertIn("(the file has Em\\u001b[31mail, Unsub\\u001b[2J\\ndate); name it with", done.stderr)
        self.write("a.csv", rows.format("a@x.org", "no"))
        self.assertIn("Em\\u001b[31mail: the address: all its cells are addresses", self.bring_in("a.csv").stderr)
        self.write("a.csv", rows.format("a@x.org", "on hold"))
        done = self.bring_in("a.csv", "--map", "Em\x1b[31mail=email")
        self.assertIn("Unsub\\u001b[2J\\ndate: ", done.stderr)
        done = self.bring_in("a.csv", "--map", "Em\x1b[31mial=email")
        self.assertIn("--map: the file has no column `Em\\u001b[31mial`; did you mean Em\\u001b[31mail?\n", done.stderr)
        self.assertNotIn("\x1b", done.stderr)
        self.assertIn("Em\\u001b", self.call("leads", "--state", "Em\x1b[31mail").stderr)

    def test_what_columns_are_is_said_whole(self):
        self.write("a.csv", "Email,Contact owner,Score,Subscription status\na@x.org,ben,,subscribed\n")
        shown = self.bring_in("a.csv", "--preview").stdout
        self.assertIn('Score attribute score; in rules "score" is the lead\'s own score; this attribute is profile.score',
                      " ".join(shown.split()))
        self.assertNotIn("…", shown)
        self.assertIn("Perhaps meant otherwise:\n  Contact owner: kept as a text, not the agent of the lead; otherwise "
                      "give --map 'Contact owner=agent'\n", shown)
        self.assertNotIn("otherwise", self.bring_in("a.csv", "--preview", "--map", "Contact owner=agent").stdout)
        self.assertIn('"assignAgent":{"agentId":"ben"}', self.bring_in("a.csv", "--map", "Contact owner=agent").stdout)

    def test_a_customer_keeps_its_owner(self):
        """A lead in a final stage takes no agent, so a row says who takes care of it first."""
        self.write("a.csv", "Email,Owner,Stage\n" + "".join(f"{stage}@x.org,ben,{stage}\n" for stage in ("converted", "lost", "qualified")))
        done = self.bring_in("a.csv", "--map", "Owner=agent", "--map", "Stage=stage", "--to", "a.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        leads = self.run_records("a.jsonl")
        self.assertEqual({lead["stage"]: lead["agent"] for lead in leads.values()}, {"converted": "ben", "lost": "ben", "qualified": "ben"})

    def test_a_value_of_a_column_whose_name_has_a_colon(self):
        """The option that a preview proposes is taken as it is."""
        header = "Opted out of email: Marketing Information"
        self.write("a.csv", f"Email,{header}\na@x.org,\nb@x.org,Pending\nc@x.org,true\n")
        shown = self.bring_in("a.csv", "--preview").stdout
        proposed = re.findall(r"--value '(%s:[^']*)'" % re.escape(header), shown)
        self.assertTrue(proposed, shown)
        for option in proposed + [f"{header}:Pending=unsubscribed"]:
            with self.subTest(option):
                leads = self.bring_in("a.csv", "--value", option).stdout
                self.assertEqual([json.loads(line)["event"]["email"] for line in leads.splitlines() if "UNSUBSCRIBE" in line],
                                 ["b@x.org", "c@x.org"])

    def test_follow_ups_are_fields_of_every_tenant(self):
        self.write("a.csv", "Email,Follow up on,Follow-up note\na@x.org,05.03.2026,call\nb@x.org,31.02.2026,\n")
        strict = DEFINITIONS.replace("fields: {", "strict_fields: true\n    fields: {")
        self.write("definitions.yaml", strict)
        done = self.bring_in("a.csv", "--definitions", "definitions.yaml", "--map", "Follow-up note=follow_up_note")
        self.assertIn('"set":{"follow_up_note":"call","follow_up_on":"2026-03-05"}', done.stdout)
        self.assertNotIn("b@x.org", done.stdout)
        self.assertIn("31.02.2026", done.stderr)

    def test_what_needs_an_answer_comes_first_and_one_line_has_all_columns_that_are_left_out(self):
        self.write("strict.yaml", DEFINITIONS.replace("fields: {", "strict_fields: true\n    fields: {").replace("acme", '"*"'))
        self.write("a.csv", "Email,Employees,Colour,Size,Owner,Account owner,Newsletter,Confirmed,Phone\na@x.org,5-25,red,L,ben,,nein,,\n"
                            "b@x.org,1000+,blue,M,,,ja,2026-01-05,4.9E+11\nc@firma,1000+,,,,,,,\n"
                            "d@x.org,1,,,,,,,\ne@x.org,2,,,,,,,\nf@x.org,3,,,,,,,\n")
        options = ("--definitions", "strict.yaml", "--map", "*=", "--preview")
        shown = self.bring_in("a.csv", *options).stdout
        places = [shown.index(part) for part in (
            "6 rows: 3 right, 3 wrong\n", "  Newsletter: 1 cell says opted out\n  If a column is about something else, leave it out: "
            "--map 'COLUMN='\n", "\nPerhaps meant otherwise:\n",
            "\nWrong:\n         2  line 3, the first: Employees: \"1000+\" is no number such as 1250.5; say which is meant with "
            "--value 'Employees:1000+=1000'\n         1  line 2: Employees: \"5-25\" is no number such as 1250.5; say which is "
            "meant with --value 'Employees:5-25=5'\n", "\ncolumn     is ",
            "left out: it is not declared under fields: Colour, Size, Owner, Account owner, Confirmed, Phone\n", "\nThe first rows")]
        self.assertEqual(places, sorted(places), shown)
        answered = self.bring_in("a.csv", *options, "--value", "Employees:1000+=1000", "--value", "Employees:5-25=5", "--map", "Phone=birthday",
                                 "--map", "Newsletter=unsubscribed").stdout
        self.assertIn("  Newsletter: 1 cell says opted out\n", answered)
        refused = self.bring_in("a.csv", *options, "--value", "Colour:red=unsubscribed")
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertIn("--value: it names Colour, which is left out, so its cells say nothing; give it the name of a field, or of who "
                      "gets mail, such as subscribed; name it with --map 'Colour=NAME'", refused.stderr)

    def test_a_preview_offers_all_answers_as_one_line_to_copy(self):
        self.write("a.csv", "Email,Lifecycle Stage,Sales rep's size\na@x.org,Lead,9\nb@x.org,Customer,\nc@x.org,Lead,many\n")
        options = ("--definitions", "definitions.yaml", "--map", "Lifecycle Stage=stage", "--map", "Sales rep's size=company_size", "--map", "*=",
                   "--tag", "fair")
        shown = self.bring_in("a.csv", *options, "--preview").stdout
        self.assertIn("  Or leave a column out: --map 'COLUMN='\n\nThe command with these answers, to copy; change what you mean "
                      "otherwise:\n", shown)
        line = re.search("mean otherwise:\n(.*)\n", shown)[1]
        given = shlex.split(line)
        self.assertEqual((given[:3], given[-1]), (["leadpulse", "import", "a.csv"], "--preview"))
        given = given[3:-1]
        self.assertEqual(sorted(given), sorted(["--tenant", "acme", *options, "--value", "Lifecycle Stage:Lead=new", "--value",
                                                "Lifecycle Stage:Customer=converted"]))
        done = self.call("import", "a.csv", *given)
        self.assertIn("a.csv: 3 rows, 2 right as 5 records, 1 wrong\n", done.stderr)
        self.assertNotIn("The command", self.call("import", "a.csv", *given, "--preview").stdout)

    def test_a_preview_adds_its_answers_to_the_plan(self):
        with open(self.path("a.csv"), "w", encoding="cp1252") as file:
            file.write("Vorname;E-Mail;Stage;Betrag\nJörg;a@x.org;Lead;9\nBob;b@x.org;Customer;10\n")
        first = ("--definitions", "definitions.yaml", "--map", "*=", "--map", "Stage=stage", "--map", "Vorname=first_name",
                 "--encoding", "windows-1252")
        self.assertIn("The plan is in a.plan", self.bring_in("a.csv", *first, "--plan", "a.plan", "--preview").stdout)
        plan = lambda: self.read("a.plan")
        before = plan()
        with_plan = ("--definitions", "definitions.yaml", "--plan", "a.plan")
        self.assertIn("Read with the plan a.plan", self.bring_in("a.csv", *with_plan, "--preview").stdout)
        self.assertEqual(plan(), before)
        answers = ("--value", "Stage:Lead=new", "--value", "Stage:Customer=lost")
        self.assertIn("The plan a.plan has these answers, too, now", self.bring_in("a.csv", *with_plan, *answers, "--preview").stdout)
        # The same command again, with another answer, which counts.
        shown = self.bring_in("a.csv", *first, "--value", "Stage:Customer=converted", "--plan", "a.plan", "--preview").stdout
        self.assertIn("2 rows: 2 right, 0 wrong", shown)
        self.assertEqual(plan().count("Customer"), 1)
        done = self.bring_in("a.csv", *with_plan, "--to", "a.jsonl")
        self.assertIn("2 rows, 2 right", done.stderr)
        self.assertIn('"stage":"CONVERTED"', self.read("a.jsonl"))
        # What a person has written into a plan is not lost.
        self.write("a.plan", "# from Kim\n" + plan())
        self.assertIn("which has comments", self.bring_in("a.csv", *with_plan, *answers, "--preview").stdout)
        self.assertIn("# from Kim\n", plan())
        self.assertFalse(os.path.exists(self.path("a.plan.unfinished")))
        # A file of wrong rows is UTF-8: the plan's encoding was that of the file that it is of.
        self.write("b.csv", "\ufeffVorname;E-Mail;Stage;Betrag\nJürg;c@x.org;Lead;9\n")
        self.assertIn("1 row, 1 right", self.bring_in("b.csv", *with_plan, "--to", "b.jsonl").stderr)
        self.assertIn("Jürg", self.read("b.jsonl"))
        self.assertNotEqual(self.bring_in("b.csv", *with_plan, "--encoding", "windows-1252").returncode, 0)

    def test_a_value_that_fits_no_cell_is_named(self):
        self.write("a.csv", "Email,Stage,Newsletter\na@x.org,Lead,ja\n")
        values = ("--value", "Stage:Lead=new", "--value", "Stage:Laed=lost", "--value", "Stage:*=new", "--value", "Newsletter: =no",
                  "--value", "Newsletter:*=unsubscribed")
        for said in (self.bring_in("a.csv", *values).stderr, self.bring_in("a.csv", *values, "--preview").stdout):
            self.assertIn("  --value 'Stage:Laed=lost' fits no cell\n  --value 'Stage:*=new' fits no cell\n"
                          "  --value 'Newsletter: =no' fits no cell\n", said)
            self.assertIn("  Newsletter: no cell has an unknown word, so the answer for all of them has no effect\n", said)
            self.assertNotIn("Stage:Lead=", said)

    def test_of_many_columns_that_are_left_out_the_first_are_named(self):
        self.write("a.csv", "Email," + ",".join(f"Property {i}" for i in range(300)) + "\na@x.org" + "," * 300 + "\n")
        shown = self.bring_in("a.csv", "--definitions", "definitions.yaml", "--map", "*=", "--preview").stdout
        self.assertIn("left out: it is not declared under fields: Property 0, Property 1, Property 2, Property 3, Property 4, Property 5 and "
                      "294 others\n", shown)

    def test_wrong_rows_have_a_mark_where_a_spreadsheet_needs_it(self):
        text = "E-Mail;Firma\nsören;Voß\n"
        for encoding, marked in (("utf-8", False), ("utf-8-sig", True), ("cp1252", True), ("utf-16", True)):
            with open(self.path("a.csv"), "w", encoding=encoding) as file:
                file.write(text)
            said = ("--encoding", "windows-1252") if encoding == "cp1252" else ()
            self.bring_in("a.csv", *said, "--wrong", "wrong.csv")
            with open(self.path("wrong.csv"), "rb") as file:
                wrong = file.read()
            self.assertEqual(wrong.startswith(b"\xef\xbb\xbf"), marked, encoding)
            self.assertTrue(wrong.decode("utf-8-sig").startswith("E-Mail;Firma;import_error\r\nsören;Voß;"), wrong)
            with open(self.path("wrong.csv"), "wb") as file:
                file.write(wrong.replace("sören;".encode(), b"soeren@x.org;"))
            done = self.bring_in("wrong.csv", "--wrong", "again.csv")
            self.assertIn('"company_name":"Voß"', done.stdout)
            with open(self.path("again.csv"), "rb") as file:
                self.assertEqual(file.read().startswith(b"\xef\xbb\xbf"), marked, encoding)

    def test_a_full_export_of_hubspot_needs_no_option(self):
        """Columns with one name, counts of bounces, ranges, and what is about HubSpot's own database."""
        self.write("a.csv", "Email,Contact owner,Number of Employees,Marketing emails bounced,Email hard bounce reason,"
                            "Email hard bounce reason,Is globally ineligible,Enrichment opt out,Notes\n"
                            "a@x.org,Kim,1-5,1,,,false,true,wants a demo\nb@x.org,,1000+,2,Mailbox full,,,,\n"
                            "c@x.org,,25-50,0,,550 5.1.1 user unknown,,,\nd@x.org,,,,,,true,,\n")
        options = ("--definitions", "definitions.yaml", "--map", "*=")
        done = self.bring_in("a.csv", *options, "--to", "a.jsonl")
        self.assertEqual(done.stderr, "a.csv: 4 rows, 4 right as 9 records, 0 wrong\n"
                         "3 rows are of people who get no mail: 2 bounced, 1 do not contact\n"
                         "  Email hard bounce reason: 1 cell says bounced\n  Email hard bounce reason: 1 cell says bounced\n"
                         "  Is globally ineligible: 1 cell says do not contact\n"
                         "  If a column is about something else, leave it out: --map 'COLUMN='\n"
                         "  Contact owner: the agent of the lead; otherwise give --map 'Contact owner='\n"
                         "  Notes: notes; otherwise give --map 'Notes='\n"
                         "  Number of Employees: the lower end of each range counts: \"1-5\" is 1; to keep the ranges as text, give "
                         "--map 'Number of Employees=company_size_text'\n"
                         "  Marketing emails bounced: counts bounces, soft ones, too, so it stops no mail; if each was a hard one, give "
                         "--value 'Marketing emails bounced:*=bounced'\n")
        leads = self.run_records("a.jsonl")
        self.assertEqual({lead[0]: (one["sendable"], one["profile"].get("company_size"), one.get("agent")) for lead, one in leads.items()},
                         {"a": (True, 1, "Kim"), "b": (False, 1000, ""), "c": (False, 25, ""), "d": (False, None, "")})
        self.assertEqual(self.bring_in("a.csv", *options, "--map", "Email hard bounce reason=").stderr.count("hard bounce reason"), 1)
        done = self.bring_in("a.csv", *options, "--value", "Marketing emails bounced:*=bounced")
        self.assertIn("  Marketing emails bounced: 2 cells say bounced\n", done.stderr)

    def test_standard_input_needs_a_time(self):
        done = self.bring_in("-", text="Email\na@x.org\n")
        self.assertEqual(done.returncode, 2)
        self.assertIn("say with --issued-at", done.stderr)
        done = self.bring_in("-", "--issued-at", "2026-03-02", text="Email,Opted out\na@x.org,yes\n")
        self.assertEqual(json.loads(done.stdout.splitlines()[0])["command"]["issuedAt"], "2026-03-02T00:00:00Z")

    def test_one_file_holds_contacts_and_who_gets_no_mail(self):
        self.write("old.csv", "Id,Email\n7,old@x.org\n")
        os.utime(self.path("old.csv"), (1772000000, 1772000000))
        self.write("all.csv", "Id,Email,Subscription status,dnc\n1,a@x.org,Unsubscribed,\n2,b@x.org,cleaned,\n"
                              "3,c@x.org,spam complaint,\n4,d@x.org,subscribed,yes\n5,e@x.org,subscribed,no\n"
                              "6,f@x.org,on hold,no\n7,gone@x.org,bounced,\n7,new@x.org,bounced,\n")
        said = "6 rows are of people who get no mail: 1 opted out, 3 bounced, 1 complained, 1 do not contact\n"
        shown = self.bring_in("all.csv", "--lead-id", "Id", "--preview").stdout
        self.assertIn("Perhaps meant otherwise:\n  Subscription status: \"on hold\" (1 cell) may mean that people get no mail; "
                      "if so, give --value 'Subscription status:*=unsubscribed'\n", shown)
        self.assertIn('Doubtful, imported all the same; correct the file where it is wrong:\n         1  line 7: Subscription status: "on hold" is not known; if it means no mail, give '
                      "--value 'Subscription status:on hold=unsubscribed'\n", shown)
        answer = ("--value", "Subscription status:*=subscribed")
        shown = self.bring_in("all.csv", "--lead-id", "Id", *answer, "--preview", "--plan", "all.yaml").stdout
        self.assertIn("dnc                  attribute dnc; says who gets no mail", shown)
        columns = ("  Subscription status: 1 cell says opted out, 3 cells say bounced, 1 cell says complained\n"
                   "  dnc: 1 cell says do not contact\n  If a column is about something else, leave it out: --map 'COLUMN='\n")
        self.assertIn(said + columns, shown)
        self.assertNotIn("Doubtful", shown)
        self.bring_in("old.csv", "--lead-id", "Id", "--to", "old.jsonl")
        done = self.bring_in("all.csv", "--plan", "all.yaml", "--to", "all.jsonl")
        self.assertIn(said + columns, done.stderr)
        leads = self.run_records("old.jsonl", "all.jsonl")
        self.assertEqual({lead: (one["emailStatus"], one["sendable"]) for lead, one in leads.items()},
                         {"1": ("unsubscribed", False), "2": ("bounced", False), "3": ("complained", False),
                          "4": ("active", False), "5": ("active", True), "6": ("active", True), "7": ("bounced", False)})
        again = self.bring_in("all.csv", "--lead-id", "Id", *answer, "--preview", "--state", "state").stdout
        self.assertIn("leads: 0 new, 0 changed, 7 unchanged", again)
        said = self.bring_in("all.csv", "--lead-id", "Id", "--value", "Subscription status:on hold=unsubscribed").stdout
        self.assertIn('"email":"f@x.org","eventId"', said)

    def test_an_import_says_that_a_refused_consent_and_an_empty_cell_stop_no_mail(self):
        self.write("c.csv", "Email,Newsletter\na@x.org,ja\nb@x.org,nein\nc@x.org,\"nein, danke\"\n")
        said = ("  Newsletter: 2 cells refuse the consent to newsletter, which alone stops no other mail; if they get no mail at all, "
                "in place of the consent give --map 'Newsletter=subscribed'\n")
        consent = ("--consent", "newsletter=Newsletter")
        self.assertIn(said, self.bring_in("c.csv", *consent, "--preview").stdout)
        done = self.bring_in("c.csv", *consent, "--to", "c.jsonl")
        self.assertEqual(done.stderr, "c.csv: 3 rows, 3 right as 3 records, 0 wrong\n" + said)
        leads = self.run_records("c.jsonl")
        self.assertEqual([(one["sendable"], one["consents"]["newsletter"]["granted"]) for one in leads.values()],
                         [(True, True), (True, False), (True, False)])
        done = self.bring_in("c.csv", "--map", "Newsletter=subscribed")
        self.assertIn("2 rows are of people who get no mail: 2 opted out\n  Newsletter: 2 cells say opted out\n", done.stderr)
        self.write("x.csv", "Email,Newsletter\na@x.org,x\nb@x.org,\n")
        done = self.bring_in("x.csv")
        self.assertIn("  Newsletter: 1 cell is empty, which stops no mail, and the others say yes; if that means no, give --value "
                      "'Newsletter: =no'\n", done.stderr)
        done = self.bring_in("x.csv", "--value", "Newsletter: =no")
        self.assertIn("1 row is of somebody who gets no mail: 1 opted out\n", done.stderr)

    def test_stages_of_another_system_are_named_each_with_its_option(self):
        self.write("c.csv", "Email,Lifecycle Stage\na@x.org,Lead\nb@x.org,Customer\nc@x.org,Lead\nd@x.org,New\n"
                            "e@x.org,Stage 3\n")
        options = ("c.csv", "--map", "Lifecycle Stage=stage")
        for done in (self.bring_in(*options).stderr, self.bring_in(*options, "--preview").stdout):
            self.assertIn("  Lifecycle Stage: some cells are no stage, so their rows are wrong. Stages are new, contacted, engaged, "
                          "qualifying, qualified, follow_up, converted, lost and archived\n", done)
            self.assertIn("         2  line 2, the first: Lifecycle Stage: \"Lead\" is no stage; say which is meant with --value "
                          "'Lifecycle Stage:Lead=new'\n         1  line 3: Lifecycle Stage: \"Customer\" is no stage; say which is "
                          "meant with --value 'Lifecycle Stage:Customer=converted'\n         1  line 6: Lifecycle Stage: \"Stage 3\" is no "
                          "stage; say which is meant with --value 'Lifecycle Stage:Stage 3=STAGE'\n", done)
        done = self.bring_in(*options, "--value", "Lifecycle Stage:Lead=customer")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("--value: `customer` is no stage. Stages are new, ", done.stderr)
        done = self.bring_in(*options, "--value", "Lifecycle Stage:Lead=new", "--value", "Lifecycle Stage:Customer=converted",
                             "--value", "Lifecycle Stage:Stage 3=lost")
        self.assertIn("c.csv: 5 rows, 5 right as 5 records, 0 wrong\n", done.stderr)

    def test_all_missing_columns_are_named_at_once(self):
        self.write("c.csv", "E-Mail,Ort\na@x.org,Bonn\n")
        done = self.bring_in("c.csv", "--map", "Inhaber=agent", "--value", "Size:a=1", "--map", "Umsatz=revenue")
        self.assertEqual((done.returncode, done.stderr),
                         (2, "leadpulse: --map: the file has no column `Inhaber`; it has E-Mail, Ort\n"
                             "--map: the file has no column `Umsatz`\n--value: the file has no column `Size`\n"))


if __name__ == "__main__":
    unittest.main()
