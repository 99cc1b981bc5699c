#!/usr/bin/env python3
"""Imports through the API of `leadpulse serve`.   tests/serve/imports_test.py BINARY"""

import concurrent.futures
import contextlib
import csv
import http.client
import io
import os
import signal
import sqlite3
import threading
import unittest

from front import API, CONTACTS, TIMEOUT, contact
from job_case import JobCase

PEOPLE = """E-Mail;First Name;City;Employees;Internal note
ann@x.org;Ann;Bern;9;met
bob@x.org;Bob;Chur;many;
cid@x.org;"=1+2";Thun;;
not an address;Dan;Bern;1;
eve@x.org;Eve;Bern;2;
"""
DEFINITIONS = """
tenants:
  acme:
    tiers: [{name: all}]
    fields: {company_size: number}
"""


class Imports(JobCase):
    run_definitions = DEFINITIONS

    def upload(self, text, token=None):
        return self.ask_within_limits(API + "imports", token, "POST", {"Content-Type": "text/csv"}, text)

    def uploaded(self, text):
        status, said, answer = self.upload(text)
        self.assertEqual((status, answer.getheader("Location")), (201, f"{API}imports/{said.get('id')}"), said)
        return said

    def run_import(self, upload, token=None, **body):
        return self.post(f"imports/{upload['id']}/run", body, token)

    def imported(self, upload, **body):
        status, said, _ = self.run_import(upload, self.token(), **body)
        self.assertEqual(status, 202, said)
        return self.finished(upload)

    def wrong_rows(self, job):
        answer, rows = self.request("GET", job["wrong_rows"], headers=self.bearer())
        self.assertEqual(answer.status, 200)
        return rows.decode()

    def files(self):
        return sorted(os.listdir(self.path("front/jobs")))

    def wait_for_files(self, *names):
        """A job removes its upload shortly after it reports its end."""
        self.wait_until(lambda: self.files() == sorted(names))

    def test_an_upload_is_previewed_and_run(self):
        self.start_with(*contact("ann@x.org", first_name="Ann", city="Bern", company_size=9),
                        *contact("crm-1", email="cid@x.org"), *contact("eve@x.org", city="Basel"))
        upload = self.uploaded(PEOPLE)
        self.assertEqual((upload["state"], upload["delimiter"], upload["encoding"], upload["encoding_reason"]),
                         ("uploaded", ";", "UTF-8", "it is ASCII"))
        self.assertEqual([(one["name"], one["meaning"], one["first"]) for one in upload["columns"]][:3],
                         [("E-Mail", "email", "ann@x.org"), ("First Name", "first_name", "Ann"), ("City", "city", "Bern")])
        seen = upload["preview"]
        self.assertEqual((seen["rows"], seen["complete"], seen["wrong"]), (5, True, 2), seen)
        self.assertEqual({one["first_line"] for one in seen["reasons"]}, {3, 5}, seen)
        status, dry, _ = self.run_import(upload, map={"Internal note": ""}, dry_run=True)
        seen = dry["preview"]
        self.assertEqual((status, seen["new"], seen["changed"], seen["unchanged"]), (200, 0, 2, 1), dry)
        self.assertEqual((seen["addresses_in_use"], seen["suppressed"]), (0, 0), seen)
        operation = self.ask("/openapi.json", token="")[1]["paths"]["/imports/{id}/run"]["post"]
        example = operation["requestBody"]["content"]["application/json"]["example"]
        self.assertEqual(self.run_import(upload, **example)[1]["preview"]["rows"], 5)
        self.assertEqual(self.ask(CONTACTS + "eve@x.org")[1]["profile"], {"city": "Basel"})
        job = self.imported(upload, map={"Internal note": ""}, tags=["fair"])
        self.assertEqual((job["state"], job["done"], job["total"], job["wrong"]), ("done", 5, 5, 2), job)
        eve = self.ask(CONTACTS + "eve@x.org")[1]
        self.assertEqual((eve["profile"], eve["tags"]), ({"first_name": "Eve", "city": "Bern", "company_size": 2}, ["fair"]))
        rows = list(csv.reader(io.StringIO(self.wrong_rows(job)), delimiter=";"))
        self.assertEqual([row[:2] for row in rows], [["E-Mail", "First Name"], ["bob@x.org", "Bob"],
                                                     ["not an address", "Dan"]])
        self.assertIn("line 3: Employees", rows[1][-1])
        self.wait_for_files(f"{job['id']}.wrong.csv")
        actor = self.ask(API + "audit?lead=eve@x.org", self.token(role="admin"))[1]["lines"][0]
        self.assertEqual(actor["action"], "import.contact")

    def test_the_preview_says_who_must_not_be_mailed(self):
        event = {"event": {"tenantId": "acme", "leadId": "out@x.org", "eventId": "e", "type": "UNSUBSCRIBE",
                           "occurredAt": "2026-03-01T09:30:00Z"}}
        self.start_with(*contact("out@x.org"), event, *contact("crm-1", email="used@x.org"))
        upload = self.uploaded("id,email\nout@x.org,\n1,used@x.org\n2,new@x.org\n")
        status, said, _ = self.run_import(upload, lead_id="id", dry_run=True, shared=True)
        seen = said["preview"]
        self.assertEqual((status, seen["new"], seen["unchanged"], seen["addresses_in_use"], seen["suppressed"]),
                         (200, 2, 1, 1, 1), said)

    def test_only_new_contacts_or_only_known_ones_are_imported(self):
        rows = "email,city,status\nann@x.org,Bonn,\nbob@x.org,Bern,unsubscribed\ncy@x.org,Bari,\ncy@x.org,Brno,\n"
        self.start_with(*contact("ann@x.org", city="Rome"), *contact("bob@x.org", city="Oslo"))
        for option, counts, cities in (
                ("create_only", (1, 1, 0, 1), {"ann@x.org": "Rome", "bob@x.org": "Oslo", "cy@x.org": "Brno"}),
                ("update_only", (0, 3, 0, 0), {"ann@x.org": "Bonn", "bob@x.org": "Bern", "cy@x.org": "Brno"})):
            upload = self.uploaded(rows)
            seen = self.run_import(upload, dry_run=True, **{option: True})[1]["preview"]
            self.assertEqual((seen["new"], seen["changed"], seen["unchanged"], seen["skipped"]), counts, seen)
            job = self.imported(upload, **{option: True})
            self.assertEqual((job["done"], job["wrong"]), (4, 0), job)
            self.assertEqual({lead: self.ask(CONTACTS + lead)[1]["profile"]["city"] for lead in cities}, cities)
            self.assertFalse(self.ask(CONTACTS + "bob@x.org")[1]["sendable"])
        status, said, _ = self.run_import(self.uploaded(rows), create_only=True, update_only=True)
        self.assertEqual((status, said["detail"]), (422, "create_only: with update_only it leaves no row"), said)

    def test_an_address_that_another_contact_has_makes_a_row_wrong(self):
        self.start_with(*contact("crm-1", email="used@x.org"), *contact("crm-2", email="used@x.org"),
                        *contact("id@x.org"), *contact("back@x.org", email="own@x.org"), *contact("crm-3", email="back@x.org"))
        rows = ("id,email,city\ncrm-1,used@x.org,Bern\ncrm-2,USED@x.org,Bern\nnew-1,used@x.org,Bern\nnew-2,id@x.org,Bern\n"
                "new-3,new@x.org,Bern\nnew-4,New@x.org,Bern\nnew-3,new@x.org,Chur\ncrm-3,own@x.org,Bern\n"
                "Back@x.org,,Bern\nback@x.org,,Bern\n")
        upload = self.uploaded(rows)
        status, said, _ = self.run_import(upload, lead_id="id", dry_run=True)
        seen = said["preview"]
        self.assertEqual((status, seen["wrong"], [(one["rows"], one["first_line"]) for one in seen["reasons"]]),
                         (200, 5, [(5, 4)]), said)
        job = self.imported(upload, lead_id="id")
        self.assertEqual((job["done"], job["wrong"]), (10, 5), job)
        wrong = [row for row in csv.reader(io.StringIO(self.wrong_rows(job)))][1:]
        self.assertEqual([row[0] for row in wrong], ["new-1", "new-2", "new-4", "crm-3", "Back@x.org"])
        self.assertIn("id@x.org is the address of the contact id@x.org already", wrong[1][-1])
        shared = self.uploaded(rows)
        self.assertEqual(self.imported(shared, lead_id="id", shared=True)["wrong"], 0)

    def test_a_refused_row_still_stops_mail_to_its_address(self):
        self.start_with(*contact("crm-1", email="used@x.org"), *contact("crm-2", email="dnc@x.org"), *contact("crm-3", email="own@x.org"))
        upload = self.uploaded("id,email,unsubscribed,dnc\nnew-1,used@x.org,yes,\nnew-2,dnc@x.org,,yes\nnew-3,own@x.org,,\n")
        seen = self.run_import(upload, lead_id="id", dry_run=True)[1]["preview"]
        self.assertEqual((seen["wrong"], seen["opted_out"], seen["do_not_contact"]), (3, 1, 1), seen)
        job = self.imported(upload, lead_id="id")
        self.assertEqual((job["done"], job["wrong"]), (3, 3), job)
        self.wait_until(lambda: not self.ask(CONTACTS + "crm-2")[1]["sendable"])
        shown = {lead: self.ask(CONTACTS + lead)[1] for lead in ("crm-1", "crm-2", "crm-3")}
        self.assertEqual({lead: (one["email_status"], one["do_not_contact"], one["sendable"]) for lead, one in shown.items()},
                         {"crm-1": ("unsubscribed", False, False), "crm-2": ("active", True, False), "crm-3": ("active", False, True)})
        for lead in ("new-1", "new-2", "new-3"):
            self.assertEqual(self.ask(CONTACTS + lead)[0], 404, lead)

    def test_the_preview_counts_whom_the_no_of_a_wrong_row_makes(self):
        self.start_with(*contact("crm-1", email="used@x.org"), *contact("known@x.org"))
        for rows, options, counts, leads in (
                ("email,Employees,unsubscribed,dnc\nnew-1@x.org,many,yes,\nNEW-1@x.org,many,yes,\nnew-2@x.org,many,,yes\n"
                 "known@x.org,many,yes,\nused@x.org,many,yes,\nnew-3@x.org,many,,\n", {}, (2, 2), ["new-1@x.org", "new-2@x.org"]),
                ("id,email,Employees,unsubscribed\nnew-4,n4@x.org,many,yes\nBack@x.org,n5@x.org,,yes\n", {"lead_id": "id"}, (2, 0),
                 ["new-4", "n5@x.org"]),
                ("email,Employees,unsubscribed\nnew-6@x.org,many,yes\nknown@x.org,many,\n", {"update_only": True}, (0, 0), [])):
            before = self.ask(API + "contacts?count=exact")[1]["count"]
            upload = self.uploaded(rows)
            seen = self.run_import(upload, dry_run=True, **options)[1]["preview"]
            self.assertEqual((seen["new"], seen["changed"]), counts, seen)
            self.imported(upload, **options)
            self.wait_until(lambda: self.ask(API + "contacts?count=exact")[1]["count"] == before + counts[0])
            for lead in leads:
                self.assertFalse(self.ask(CONTACTS + lead)[1]["sendable"], lead)

    def test_columns_that_cannot_be_used_are_explained(self):
        self.start_with(*contact("ann"))
        upload = self.uploaded("City,Name\nBern,Ann\n")
        self.assertNotIn("preview", upload)
        self.assertEqual(upload["problem"], upload["cause"] + '; name it with map: {"COLUMN":"email"}')
        self.assertEqual((upload.get("field"), upload["remedy"]),
                         (None, {"field": "map", "column": "COLUMN", "meaning": "email"}))
        self.assertEqual(upload["header"], ["City", "Name"])
        self.assertEqual([(one["name"], one["first"]) for one in upload["columns"]], [("City", "Bern"), ("Name", "Ann")])
        for body in ({}, {"map": {"Nmae": "email"}}, {"map": {"Name": 1}}, {"date_format": "x", "lead_id": "Name"},
                     {"timezone": "Mars/Base", "lead_id": "Name"}, {"x": 1}, {"map": []}):
            status, said, _ = self.run_import(upload, self.token(), **body)
            self.assertEqual((status, said["code"]), (422, "invalid_value"), (body, said))
            self.assertNotIn("--", said["detail"])
            self.assertIn(said.get("field"), body or [None], (body, said))
        job = self.imported(upload, lead_id="Name")
        self.assertEqual((job["state"], job["done"], job["wrong"]), ("done", 1, 0), job)
        self.assertEqual(self.ask(CONTACTS + "Ann")[1]["profile"], {"city": "Bern"})
        upload = self.uploaded("email,Employees,Since\nann@x.org,many,soon\n")
        status, said, _ = self.run_import(upload, map={"Since": "time"}, kind="complaint", dry_run=True)
        self.assertEqual((status, said["preview"]["reasons"]), (200, [{
            "reason": "Since: is no time; for dates such as 31.12.2026 give date_format", "cause": "Since: is no time",
            "remedy": {"field": "date_format"}, "rows": 1, "first_line": 2}]))
        job = self.imported(upload, kind="complaint", map={"Since": "time"})
        self.assertEqual(job["reasons"], {"Since: is no time": 1})
        self.assertIn('Since: ""soon"" is no time; for dates such as 31.12.2026 give date_format',
                      self.wrong_rows(job))
        for text in ("", "email,b\n\"open"):
            status, said, _ = self.upload(text, self.token())
            self.assertEqual((status, said["code"]), (422, "invalid_value"), said)
        self.wait_for_files(f"{job['id']}.wrong.csv")

    def test_what_fits_several_readings_is_asked_about(self):
        self.start_with(*contact("ann"))
        upload = self.uploaded('All leads\n\nName,Adresse e-mail,Employees\nAnn,ann@x.org,"1.200"\nBea,bea@x.org,-\n')
        self.assertEqual(upload["header_row"], 3)
        self.assertEqual((upload["remedy"]["field"], upload["remedy"]["column"]), ("number_formats", "Employees"))
        self.assertEqual([one["value"] for one in upload["remedy"]["choices"]], ["1,234.5", "1.234,5"])
        status, said, _ = self.run_import(upload, dry_run=True, number_formats={"Employees": "1.234,5"}, empty_words=["Bea"])
        self.assertEqual((status, said["preview"]["wrong"], said["preview"]["new"]), (200, 0, 2), said)
        self.assertEqual([(one["column"], one["what"], one["offer"]) for one in said["findings"]],
                         [(None, "line 3 names the columns; what is above it is left out", False),
                          ("Employees", 'read as empty: "-" (1 cell)', False)])
        for body in ({"number_format": "1.5"}, {"number_formats": {"Employees": "x"}}, {"header_row": 0}, {"delimiter": "ab"},
                     {"date_formats": {"Employees": "x"}}, {"values": {"Name": "x"}}, {"stage": "won"}):
            status, said, _ = self.run_import(upload, self.token(), **body)
            self.assertEqual((status, said["field"]), (422, next(iter(body))), said)
        status, said, _ = self.upload("email,Email status,Owner\nann@x.org,paused,ben\n", self.token())
        self.assertEqual((status, [one["remedy"] for one in said["findings"]]),
                         (201, [{"field": "map", "column": "Owner", "meaning": "agent"},
                                {"field": "values", "column": "Email status", "meaning": "unsubscribed"}]), said)
        self.assertEqual(said["findings"][1]["what"], '"paused" (1 cell) may mean that people get no mail')
        status, said, _ = self.run_import(said, dry_run=True, values={"Email status": {"*": "unsubscribed"}})
        self.assertEqual((status, said["preview"]["opted_out"], said["preview"]["doubts"]), (200, 1, []), said)
        job = self.imported(upload, number_format="1.234,5", values={"Name": {"Ann": "Anna"}})
        self.assertEqual((job["done"], job["total"], job["wrong"]), (2, 2, 0), job)
        self.assertEqual(self.ask(CONTACTS + "ann@x.org")[1]["profile"], {"name": "Anna", "company_size": 1200})

    def test_a_wrong_row_stops_mail(self):
        self.start_with(*contact("ann@x.org"))
        upload = self.uploaded("email,Employees,unsubscribed,dnc\nann@x.org,1000+,true,\nbea@x.org,many,,yes\ncy@x.org,5,,\n")
        preview = upload["preview"]
        self.assertEqual([preview[name] for name in ("rows", "wrong", "new", "opted_out", "do_not_contact")], [3, 2, 2, 1, 1])
        self.assertEqual(preview["reasons"][0]["remedy"],
                         {"field": "values", "column": "Employees", "meaning": "1000", "theirs": "1000+"})
        job = self.imported(upload)
        self.assertEqual((job["state"], job["done"], job["wrong"]), ("done", 3, 2), job)
        self.assertEqual(len(self.wrong_rows(job).splitlines()), 3)
        for lead, wanted in (("ann@x.org", ("unsubscribed", False)), ("bea@x.org", ("active", True)), ("cy@x.org", ("active", False))):
            held = self.ask(CONTACTS + lead)[1]
            self.assertEqual((held["email_status"], held["do_not_contact"]), wanted, lead)

    def test_opt_outs_and_logs_are_imported_as_events(self):
        self.start_with(*contact("ann@x.org"), *contact("bob@x.org"))
        for body, said in (({"kind": "x"}, "kind: contacts, unsubscribe"), ({"kind": "bounce", "tags": ["a"]}, "tags: of contacts"),
                           ({"kind": "complaint", "map": {"a": "city"}}, "a column of opt-outs is email"),
                           ({"kind": "events"}, "no column is known as what happened")):
            status, problem, _ = self.run_import(self.uploaded("email,a\nann@x.org,1\n"), self.token(), **body)
            self.assertEqual((status, problem["code"]), (422, "invalid_value"), problem)
            self.assertIn(said, problem["detail"])
        upload = self.uploaded("email,when\nann@x.org,2026-03-01T10:00:00Z\nnew@x.org,soon\nnew@x.org,\n")
        options = {"kind": "complaint", "map": {"when": "time"}}
        seen = self.run_import(upload, self.token(), dry_run=True, **options)[1]["preview"]
        self.assertEqual((seen["changed"], seen["new"], seen["unchanged"], seen["wrong"], seen["skipped"]), (1, 1, 0, 1, 0), seen)
        job = self.imported(upload, **options)
        self.assertEqual((job["state"], job["done"], job["wrong"]), ("done", 3, 1), job)
        ann = self.ask(CONTACTS + "ann@x.org")[1]
        self.assertEqual((ann["email_status"], ann["sendable"], [event["type"] for event in ann["events"]]),
                         ("complained", False, ["complaint"]))
        again = self.run_import(self.uploaded("email\nann@x.org\n"), self.token(), kind="complaint", dry_run=True)[1]["preview"]
        self.assertEqual(again["suppressed"], 1)
        line = self.ask(API + "audit?lead=ann@x.org", self.token(role="admin"))[1]["lines"][0]
        self.assertEqual(line["action"], "import.event")

    def test_a_run_sent_twice_is_one_run(self):
        self.start_with(*contact("ann"))
        upload = self.uploaded("email,city\nbob@x.org,Bern\n")
        for _ in range(2):
            self.assertEqual(self.run_import(upload, self.token(), tags=["a"])[0], 202)
        self.assertEqual(self.finished(upload)["done"], 1)
        status, said, _ = self.run_import(upload, self.token(), tags=["b"])
        self.assertEqual((status, said["code"]), (409, "job_over"))
        self.assertEqual(self.ask(CONTACTS + "bob@x.org")[1]["tags"], ["a"])

    def test_runs_at_the_same_time_are_one_run(self):
        self.start_with(*contact("ann"))
        for number in range(2):
            upload = self.uploaded(f"email,city\nbob{number}@x.org,Bern\n")
            together = threading.Barrier(4)

            def run(token, upload=upload, together=together):
                together.wait()
                return self.post(f"imports/{upload['id']}/run", {"tags": ["a"]}, token, Idempotency_Key="once")
            tokens = [self.token() for _ in range(4)]  # each with its own rate
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(run, tokens))
            self.assertEqual([(status, said.get("id"), answer.getheader("Location")) for status, said, answer in answers],
                             4 * [(202, upload["id"], f"{API}imports/{upload['id']}")])
            self.assertEqual(self.finished(upload)["done"], 1)
        runs = self.ask(API + "audit?action=import.run", self.token(role="admin"))[1]["lines"]
        self.assertEqual(len(runs), 2)

    def test_an_erasure_removes_the_wrong_rows_of_a_running_import(self):
        self.start_with(*contact("ann"), *contact("bob"))
        rows = "".join(f"lead-{number:05}@x.org,{'x' if number % 10 else number}\n" for number in range(12_000))
        upload = self.uploaded("email,employees\n" + rows)
        wrong = f"{upload['id']}.wrong.csv"
        self.assertEqual(self.run_import(upload, self.token())[0], 202)
        self.wait_until(lambda: wrong in self.files())
        status, said, _ = self.ask(CONTACTS + "ann?confirm=ann", self.token(role="admin"), "DELETE", {"Prefer": "wait=20"})
        self.assertEqual(status, 200, said)
        self.assertNotIn(wrong, self.files())
        self.assertEqual(self.job(upload)["state"], "running")
        self.kill(self.front)
        self.assertNotIn(wrong, self.files())
        self.start_front()
        job = self.finished(upload)
        self.assertEqual((job["state"], job["done"], job["wrong"], job.get("wrong_rows")), ("done", 12_000, 10_800, None), job)
        self.wait_for_files()
        status, said, _ = self.ask(f"{API}imports/{upload['id']}/wrong.csv")
        self.assertEqual((status, said["code"]), (404, "not_found"))
        # Later imports are unaffected.
        self.assertIn("wrong_rows", self.imported(self.uploaded("email,employees\nx@x.org,x\n")))

    def test_a_large_file_whatever_is_killed(self):
        self.start_with(*contact("ann"))
        rows = [f"lead-{number:05}@x.org,{'x' if number % 100 == 7 else number}" for number in range(3000)]
        upload = self.uploaded("email,employees\n" + "\n".join(rows) + "\n")
        self.assertEqual((upload["preview"]["new"], upload["preview"]["wrong"]), (2970, 30))
        self.assertEqual(self.run_import(upload, consents={}, tags=["t"])[0], 202)
        self.kill_in_turn(4, 0.15)
        job = self.finished(upload)
        self.assertEqual((job["state"], job["done"], job["wrong"]), ("done", 3000, 30), job)
        self.assertEqual(self.search(query="tag:t", count="exact", limit=1)[1]["count"], 2970)
        self.assertEqual([line.split(",")[0] for line in self.wrong_rows(job).splitlines()[1:]],
                         [row.split(",")[0] for row in rows if row.endswith("x")])
        ids = self.ask(CONTACTS + "lead-00001@x.org?fields=internal")[1]["command_ids"]
        self.assertEqual(len(ids), 2)
        self.output_of("serve", "audit", "check", "--data", "front")

    def test_a_page_that_was_started_is_finished_by_the_next_process(self):
        self.start_with(*contact("ann"))
        upload = self.uploaded("email,employees\n" + "".join(f"lead-{n}@x.org,{n if n % 2 else 'x'}\n" for n in range(1100)))
        self.end(self.front)
        self.front_dies_at = "job_page_written:2"
        self.start_front()
        self.assertEqual(self.run_import(upload)[0], 202)
        self.assertEqual(self.front.wait(TIMEOUT), -signal.SIGKILL)
        self.front_dies_at = ""
        self.start_front()
        job = self.finished(upload)
        self.assertEqual((job["state"], job["done"], job["wrong"]), ("done", 1100, 550), job)
        self.assertEqual(len(self.wrong_rows(job).splitlines()), 551)
        lines = self.ask(API + "audit?action=import.contact&limit=1000", self.token(role="admin"))[1]["lines"]
        self.assertEqual(len(lines), 550)

    def test_uploads_are_private_and_limited(self):
        self.start_with(*contact("ann"))
        upload = self.uploaded("email\nbob@x.org\n")
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")
        foreign, agent = self.token(tenant="blue"), self.token("--agent", "ben", role="agent")
        unknown = self.ask(API + "imports/nobody", foreign)[:2]
        self.assertEqual((unknown[0], self.ask(f"{API}imports/{upload['id']}", foreign)[:2]), (404, unknown))
        self.assertEqual(self.run_import(upload, foreign)[0], 404)
        self.assertEqual(self.ask(f"{API}imports/{upload['id']}/wrong.csv", foreign)[0], 404)
        for token, expected in ((agent, 403), (self.token("--scopes", "read,write"), 403), ("lp_x", 401)):
            self.assertEqual(self.upload("email\nx@x.org\n", token)[0], expected)
        self.assertEqual(self.files(), [f"{upload['id']}.upload"])
        self.assertEqual(os.stat(self.path(f"front/jobs/{upload['id']}.upload")).st_mode & 0o777, 0o600)
        # A file that a killed process was receiving, one of an import that is over, and one that was not run for a day.
        over = self.imported(self.uploaded("email\nwrong\n"))
        kept = f"{over['id']}.wrong.csv"
        self.wait_for_files(f"{upload['id']}.upload", kept)
        self.end(self.front)
        for name in ("lost", over["id"]):
            self.write(f"front/jobs/{name}.upload", "email\n")
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.execute("UPDATE jobs SET created_ms = created_ms - 25 * 3600 * 1000")
        database.close()
        self.start_front("--most-upload-mb", "1")
        self.wait_for_files(kept)
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)) as connection:
            connection.putrequest("POST", API + "imports")
            for name, value in (("Authorization", f"Bearer {self.manager}"), ("Content-Length", (1 << 20) + 1)):
                connection.putheader(name, value)
            connection.endheaders()  # without a body: the request is refused before
            self.assertEqual(connection.getresponse().status, 413)
        self.assertEqual(self.files(), [kept])

    def test_an_upload_that_is_cancelled_is_removed(self):
        self.start_with(*contact("ann"))
        upload = self.uploaded("email\nbob@x.org\n")
        self.assertEqual(self.ask(f"{API}jobs/{upload['id']}/cancel", None, "POST")[0], 200)
        self.assertEqual(self.finished(upload)["state"], "cancelled")
        self.wait_for_files()
        self.assertEqual(self.run_import(upload)[0], 409)


if __name__ == "__main__":
    unittest.main()
