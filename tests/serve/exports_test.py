#!/usr/bin/env python3
"""Exports of many contacts from `leadpulse serve`.   tests/serve/exports_test.py BINARY"""

import calendar
import csv
import io
import json
import os
import sqlite3
import stat
import time
import unittest

from front import API, CONTACTS, command, contact
from job_case import DEFINITIONS, JobCase, many

LEADS = [f"lead-{number:04}" for number in range(2300)]


class ExportCase(JobCase):
    def begin_export(self, token=None, **body):
        status, job, answer = self.post("exports", body, token)
        self.assertEqual((status, answer.getheader("Location")), (202, f"{API}jobs/{job.get('id')}"), job)
        return job

    def file(self, path, token=None):
        answer, content = self.request("GET", path, headers=self.bearer(token))
        return answer.status, content, answer

    def exported(self, **body):
        job = self.finished(self.begin_export(**body))
        self.assertEqual((job["state"], job["done"]), ("done", job["total"]), job)
        status, content, answer = self.file(job["file"])
        self.assertEqual(status, 200)
        return content.decode(), answer, job


    def opts_out(self, link):
        answer, _ = self.request("POST", link[link.index("/u/"):], "List-Unsubscribe=One-Click",
                                 {"Content-Type": "application/x-www-form-urlencoded"})
        return answer.status


class Exports(ExportCase):
    def test_what_is_exported_and_imported_stays_as_it_was(self):
        odd = {"code": 5, "text": "5", "flag": True, "names": ["a", "b;c"], "one": ["x"], "sizes": [1, 2.5], "plan": {"a": [1]}, "words": "a;b"}
        self.start_with(*contact("ann", **odd), *contact(" bob ", **odd))
        text, _, _ = self.exported(columns=["lead", *odd, "score", "tier", "tenant", "unsubscribe_url"])
        upload = self.ask_within_limits(API + "imports", None, "POST", {"Content-Type": "text/csv"}, text.replace('x,"1;2.5"', 'y,"1;2.5"', 1))[1]
        seen = upload["preview"]
        self.assertEqual((seen["new"], seen["changed"], seen["unchanged"], seen["wrong"]), (0, 1, 1, 0), seen)
        self.assertEqual([one["rows"] for one in seen["doubts"]], [], seen)
        self.assertEqual(self.post(f"imports/{upload['id']}/run", {})[0], 202)
        self.assertEqual(self.finished(upload)["state"], "done")
        profiles = [self.ask(CONTACTS + lead)[1]["profile"] for lead in ("%20bob%20", "ann")]
        self.assertEqual(sorted(json.dumps(each, sort_keys=True) for each in profiles),
                         sorted(json.dumps(each, sort_keys=True) for each in (odd, odd | {"one": "y"})))

    def test_a_file_for_spreadsheets(self):
        self.start_with(*contact("ann", city="=1+2", email="ann@x.org"), *contact("bob", city="Bern, \"old\""),
                        command("bob", 3, editTags={"add": ["x", "@y"]}), *contact("cid", "ben"))
        text, answer, job = self.exported(columns=["lead", "city", "tags", "agent", "score"])
        self.assertEqual(list(csv.reader(io.StringIO(text))),
                         [["lead", "city", "tags", "agent", "score"], ["ann", "'=1+2", "", "", "0"],
                          ["bob", "Bern, \"old\"", "'@y;x", "", "0"], ["cid", "", "", "ben", "0"]])
        self.assertEqual((answer.getheader("Content-Type"), answer.getheader("Content-Disposition")),
                         ("text/csv; charset=utf-8", 'attachment; filename="contacts.csv"'))
        folder = self.path("front/jobs")
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        self.assertEqual([stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) for name in os.listdir(folder)],
                         [0o600])
        text, answer, _ = self.exported(where='agent IS "ben"', columns=["lead", "agent", "city"], format="jsonl")
        self.assertEqual([json.loads(line) for line in text.splitlines()], [{"lead": "cid", "agent": "ben"}])
        self.assertEqual(answer.getheader("Content-Type"), "application/x-ndjson")
        documented = self.ask("/openapi.json")[1]["paths"]["/exports/{id}/file"]["get"]["responses"]["200"]
        self.assertEqual(sorted(documented["content"]), ["application/x-ndjson", "text/csv"])
        _, answer, _ = self.exported(columns=["lead"], name="Köln's leads")
        self.assertEqual(answer.getheader("Content-Disposition"),
                         "attachment; filename=\"K_ln's leads.csv\"; filename*=UTF-8''K%C3%B6ln%27s%20leads.csv")
        for wrong in ("a/b", "..", 'a"b', "a\nb", "a" * 101):
            status, problem, _ = self.post("exports", {"columns": ["lead"], "name": wrong})
            self.assertEqual((status, problem["field"]), (422, "name"), wrong)
        text, _, _ = self.exported(query="city:nowhere", columns=["lead"])
        self.assertEqual(text, "lead\r\n")
        text, _, _ = self.exported(where='agent IS "ben"', columns=["id", "lead_id", "profile.id"])
        self.assertEqual(text, "id,lead_id,profile.id\r\ncid,cid,\r\n")
        for columns in (["unsubscribe_url"], ["city", "unsubscribe_url", "lead"]):
            text, _, job = self.exported(query="id:ann", columns=columns)
            header, row = csv.reader(io.StringIO(text))
            self.assertEqual(header, columns)
            linked = dict(zip(header, row))
            self.assertEqual((linked.get("lead", "ann"), linked.get("city", "'=1+2")), ("ann", "'=1+2"))
            self.assertEqual(self.opts_out(linked["unsubscribe_url"]), 200)
            self.assertNotIn("detail", job)
        text, _, _ = self.exported(query="id:bob", columns=["email", "unsubscribe_url"], format="jsonl")
        self.assertEqual(list(json.loads(text)), ["unsubscribe_url"])
        actions = [line["action"] for line in self.ask(API + "audit", self.token(role="admin"))[1]["lines"]]
        self.assertEqual((actions.count("export.start"), actions.count("export.file")), (8, 8), actions)
        self.assertEqual(job["reasons"], {})

    def test_a_column_that_nobody_has_is_named(self):
        # The first page has only contacts without a city.
        self.start_with(*(record for lead in LEADS[:1200] for record in contact(lead)), *contact("zoe", city="Bern"))
        _, _, job = self.exported(columns=["lead", "city", "agnt", "nosuch"])
        self.assertEqual(job["detail"], 'the column "agnt" is not declared under fields (did you mean "agent"?); '
                                        'the column "nosuch" is not declared under fields (is it spelled right?)')
        for columns, where in ((["lead", "city"], 'city IS "Bern"'), (["agnt"], "score > 1")):
            self.assertNotIn("detail", self.exported(columns=columns, where=where)[2])

    def test_each_row_is_there_once_whatever_is_killed(self):
        self.start_with(*many(LEADS))
        job = self.begin_export(columns=["lead"])
        self.kill_in_turn(4, 0.03)
        ended = self.finished(job)
        self.assertEqual((ended["state"], ended["done"]), ("done", len(LEADS)), ended)
        self.assertEqual(self.file(ended["file"])[1].decode().split("\r\n"), ["lead", *LEADS, ""])

    def test_what_a_kill_has_added_to_the_file_is_cut_off(self):
        self.start_with(*many(LEADS[:1500]))
        job = self.finished(self.begin_export(columns=["lead"]))
        self.kill(self.front)
        name = self.path(f"front/jobs/{job['id']}.csv")
        with sqlite3.connect(self.path("front/serve.db")) as database:
            place = json.dumps({"cursor": "", "bytes": 0})
            database.execute("UPDATE jobs SET place = ?, done = 0, state = 2, ended_ms = NULL, request = ?",
                             (place, json.dumps({"rule": "", "format": "csv", "columns": ["lead"]})))
        database.close()
        with open(name, "ab") as file:
            file.write(b"more\r\n" * 5000)
        self.start_front()
        ended = self.finished(job)
        self.assertEqual(ended["done"], 1500)
        self.assertEqual(self.file(ended["file"])[1].decode().split("\r\n"), ["lead", *LEADS[:1500], ""])

    def test_wrong_requests_start_nothing(self):
        self.start_with(*contact("ann"))
        for body, field in (({}, "columns"), ({"columns": []}, "columns"), ({"columns": ["lead", "lead"]}, "columns"),
                            ({"columns": ["lead"], "format": "xml"}, "format"), ({"columns": "lead"}, "columns"),
                            ({"columns": ["lead"], "ids": ["ann"]}, "ids"), ({"columns": ["lead"], "where": "x y"}, "where"),
                            ({"columns": ["lead"], "where": 'a IS "b"', "query": "x"}, "where")):
            status, said, _ = self.post("exports", body, self.token())
            self.assertEqual((status, said.get("field")), (422, field), (body, said))
        right = {"columns": ["lead"]}
        self.assertEqual(self.post("exports", right, self.token("--agent", "ben", role="agent"))[0], 403)
        self.assertEqual(self.post("exports", right, self.token("--scopes", "read,write"))[0], 403)
        self.assertEqual(self.ask(API + "jobs")[1]["jobs"], [])

    def test_files_of_others_look_like_none_and_are_gone_after_a_day_the_job_after_a_week(self):
        self.start_with(*contact("ann"))
        job = self.finished(self.begin_export(columns=["lead"]))
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")
        foreign = self.token(tenant="blue")
        unknown = self.file(API + "exports/nobody/file", foreign)[:2]
        self.assertEqual((unknown[0], self.file(job["file"], foreign)[:2]), (404, unknown))
        self.assertEqual(self.file(job["file"], self.token("--agent", "ben", role="agent"))[0], 403)
        self.assertEqual(self.file(job["file"])[0], 200)
        for days, status in ((1, 200), (6, 404)):
            self.end(self.front)
            with sqlite3.connect(self.path("front/serve.db")) as database:
                database.execute("UPDATE jobs SET ended_ms = ended_ms - ? * 24 * 3600 * 1000", (days,))
            database.close()
            self.start_front()
            self.wait_until(lambda: "file" not in self.ask(f"{API}jobs/{job['id']}")[1])
            self.wait_until(lambda: self.ask(f"{API}jobs/{job['id']}")[0] == status)
            self.assertEqual(self.file(job["file"])[0], 404)
            self.assertEqual(os.listdir(self.path("front/jobs")), [])

    def test_an_erasure_leaves_no_file(self):
        self.start_with(*contact("ann"), *contact("bob"))
        job = self.finished(self.begin_export(columns=["lead"]))
        self.assertEqual(self.ask(CONTACTS + "ann?confirm=ann", self.token(role="admin"), "DELETE")[0], 200)
        self.assertEqual(self.file(job["file"])[0], 404)
        self.assertNotIn("file", self.job(job))
        self.assertEqual(os.listdir(self.path("front/jobs")), [])
        again = self.finished(self.begin_export(columns=["lead"]))
        self.assertEqual(self.file(again["file"])[1], b"lead\r\nbob\r\n")

    def test_a_cancelled_export_leaves_no_file(self):
        self.start_with(*contact("ann"))
        job = self.finished(self.begin_export(columns=["lead"]))
        self.end(self.front)
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.execute("UPDATE jobs SET state = 2, ended_ms = NULL, cancelling = 1")
        database.close()
        self.start_front()
        ended = self.finished(job)
        self.assertEqual(ended["state"], "cancelled", ended)
        self.assertNotIn("file", ended)
        self.assertEqual(self.file(job["file"])[0], 404)
        self.assertEqual(os.listdir(self.path("front/jobs")), [])


class AnIdleRun(ExportCase):
    """Exports and bulk changes that depend on the time, of a run that reads nothing more."""
    definitions = DEFINITIONS.replace("tiers: [{name: all}]", "tiers: [{name: all}]\n"
                                      "    segments: [{id: silent, name: Silent, rule: 'created > 3 seconds ago'}]")

    def test_jobs_are_as_of_now(self):
        opened = time.time()
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(opened))
        self.start_with(command("ann", 1, issuedAt=at, addNote={"text": "x"}),
                        {"event": {"tenantId": "acme", "leadId": "ann", "eventId": "e", "type": "OPEN", "occurredAt": at}})
        self.wait_for("ann")
        time.sleep(max(0, opened + 4.1 - time.time()))
        selections = ({"where": "created > 3 seconds ago"}, {"query": "opened>3s"}, {"query": "segment:silent"},
                      {"where": 'IN SEGMENT "silent"'})
        for number, selection in enumerate(selections):
            asked = time.time()
            text, _, job = self.exported(columns=["lead"], **selection)
            self.assertEqual(text, "lead\r\nann\r\n", selection)
            change = {"action": "tags", "body": {"add": [f"t{number}"]}, **selection}
            status, tried, _ = self.bulk(dry_run=True, **change)
            self.assertEqual((status, tried["count"]), (200, 1), selection)
            changed = self.finished(self.begin_bulk(**change))
            self.assertEqual((changed["state"], changed["done"], changed["wrong"]), ("done", 1, 0), selection)
            for answer in (job, tried, changed, self.ask(API + "jobs")[1]["jobs"][0]):
                self.assertGreater(self.seconds(answer["at"]), asked - 1, answer)
        self.assertEqual(self.ask(CONTACTS + "ann")[1]["tags"], [f"t{number}" for number in range(len(selections))])

    @staticmethod
    def seconds(text):
        return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


if __name__ == "__main__":
    unittest.main()
