#!/usr/bin/env python3
"""A long import through the front, killed on the way, and taken back, killed again.   tests/serve/long_import_test.py BINARY

LEADPULSE_IMPORT_ROWS=100000 in the long run, without kills: it tells time and memory.
"""

import collections
import contextlib
import json
import os
import sqlite3
import time
import unittest
import urllib.parse

from front import API, CONTACTS
from job_case import JobCase

ROWS = int(os.environ.get("LEADPULSE_IMPORT_ROWS", "2000"))
OLD = ROWS // 10  # leads that are there before; the import changes them
TOUCHED = 20  # of the leads that it makes and of those that it changes, each
DEFINITIONS = """
tenants:
  acme:
    tiers: [{name: hot, at_least: 5}, {name: cold}]
    scoring: {rules: [{when: 'city IS "Basel"', points: 7}]}
    segments: [{id: basel, rule: 'city IS "Basel"'}]
    fields: {size: number, city: text}
"""
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def row_of(number):
    lead = f"old{number}@x.org" if number < OLD else f"new{number}@x.org"
    return f"{lead},Basel,{number},fair,spring,eve\n"


class Usage:
    """What the processes of a front and of a run have used until they were killed or ended."""

    def __init__(self):
        self.seconds, self.peak_kb = collections.Counter(), collections.Counter()

    def add(self, name, process):
        with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
        self.seconds[name] += (int(fields[11]) + int(fields[12])) / CLOCK_TICKS
        with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
            [peak] = [int(line.split()[1]) for line in file if line.startswith("VmHWM:")]
        self.peak_kb[name] = max(self.peak_kb[name], peak)

    def told(self):
        return ", ".join(f"{name} {self.seconds[name]:.1f} s of a processor, {self.peak_kb[name] / 1024:.0f} MB" for name in self.seconds)


class LongImport(JobCase):
    run_definitions = DEFINITIONS
    timeout = 3600 if ROWS > 10_000 else JobCase.timeout

    def start_all(self):
        history = []
        for number in range(OLD):
            lead = {"tenantId": "acme", "leadId": f"old{number}@x.org", "actor": "test", "issuedAt": "2026-03-01T09:00:00Z"}
            history.append({"command": {**lead, "commandId": f"c{number}", "updateProfile": {"set": {"city": "Bern", "size": -number}},
                                        "assignAgent": {"agentId": "ben"}, "editTags": {"add": ["known"]}}})
        self.start(history)

    def found(self, **parameters):
        status, found, _ = self.ask_within_limits(f"{CONTACTS}search?{urllib.parse.urlencode(parameters)}")
        self.assertEqual(status, 200, found)
        return found

    def rows(self):
        """What each lead has that an import may change, by id, from all pages of a search."""
        rows, cursor = {}, {}
        while True:
            found = self.found(limit=1000, fields="id,agent,tags,campaigns,profile,stage,segments,score", **cursor)
            rows.update((row["id"], row) for row in found["contacts"])
            if not found["cursor"]:
                return rows
            cursor = {"cursor": found["cursor"]}

    def measured(self, said, act, kills):
        """Runs a job, with kills of the front and the run. Returns the job."""
        usage, begun = Usage(), time.monotonic()
        before = Usage()
        before.add("front", self.front)
        before.add("run", self.run_process)
        job = act()
        for number in range(kills):
            time.sleep(0.15)
            name, process, start = (("front", self.front, self.start_front), ("run", self.run_process, self.start_run))[number % 2]
            usage.add(name, process)
            self.kill(process)
            start()
        finished = self.finished(job)
        usage.add("front", self.front)
        usage.add("run", self.run_process)
        usage.seconds.subtract(before.seconds)
        print(f"{ROWS:,} rows {said} in {time.monotonic() - begun:.1f} s: {usage.told()}", flush=True)
        return finished

    def begin_import(self):
        text = "E-Mail,City,Size,Tags,Campaigns,Contact owner\n" + "".join(row_of(number) for number in range(ROWS))
        status, upload, _ = self.ask_within_limits(API + "imports", None, "POST", {"Content-Type": "text/csv"}, text)
        self.assertEqual(status, 201, upload)
        status, said, _ = self.post(f"imports/{upload['id']}/run", {"map": {"Contact owner": "agent"}})
        self.assertEqual(status, 202, said)
        return upload

    def begin_undo(self, upload):
        status, job, _ = self.ask_within_limits(f"{API}imports/{upload['id']}/undo", None, "POST")
        self.assertEqual((status, job.get("kind")), (202, "undo"), job)
        return job

    def published(self):
        """How many changes of each kind there are of leads that the import makes."""
        with open(self.path("out/changes.jsonl"), encoding="utf-8") as file:
            changes = [json.loads(line) for line in file if '"new' in line]
        self.assertTrue(all(change["leadId"].startswith("new") for change in changes))
        return collections.Counter(change["kind"] for change in changes)

    def known_to_the_front(self):
        """The leads of the import that the audit log, the log of commands or the changes of imports name."""
        with contextlib.closing(sqlite3.connect(self.path("front/serve.db"))) as database:
            return {lead for table, column in (("audit", "subject"), ("commands", "lead"), ("import_changes", "lead"))
                    for lead, in database.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} LIKE 'new%'")}

    def touch(self):
        """Changes some of the leads of the import, each in another way."""
        for number in range(TOUCHED):
            new, old = f"new{OLD + number}@x.org", f"old{number}@x.org"
            key = {"Idempotency-Key": f"touch-{number}"}
            if number % 2 == 0:
                status, said, _ = self.ask_within_limits(f"{CONTACTS}{new}/tags", None, "POST", key, '{"add": ["vip"]}')
                self.assertEqual(status, 200, said)
            else:
                self.append({"event": {"tenantId": "acme", "leadId": new, "eventId": f"e{number}", "type": "OPEN",
                                       "occurredAt": "2026-03-01T09:30:00Z"}})
                self.wait_until(lambda lead=new: self.ask(CONTACTS + lead)[1]["events"])
            status, said, _ = self.ask_within_limits(CONTACTS + old, None, "PATCH", {}, '{"city": "Genf"}')
            self.assertEqual(status, 200, said)

    def test_it_is_imported_and_taken_back(self):
        self.start_all()
        before = self.rows()
        self.assertEqual(len(before), OLD)
        kills = 0 if ROWS > 10_000 else 6
        upload = None

        def begin():
            nonlocal upload
            upload = self.begin_import()
            return upload
        job = self.measured("imported", begin, kills)
        self.assertEqual((job["state"], job["done"], job["wrong"]), ("done", ROWS, 0), job)
        rows = self.rows()
        self.assertEqual(len(rows), ROWS)
        for number in range(0, ROWS, max(1, ROWS // 500)):
            lead = row_of(number).partition(",")[0]
            self.assertEqual((rows[lead]["agent"], rows[lead]["campaigns"], rows[lead]["profile"]),
                             ("eve", ["spring"], {**rows[lead]["profile"], "city": "Basel", "size": number}), lead)
            self.assertEqual(rows[lead]["tags"], ["fair", "known"] if number < OLD else ["fair"])
        rule = 'IN SEGMENT "basel" AND tier = "hot" AND agent IS "eve"'
        self.assertEqual(self.found(where=rule, limit=1, count="exact", fields="id")["count"], ROWS)
        made = ROWS - OLD
        self.assertEqual(self.published(), {"LEAD_CREATED": made, "TIER_CHANGED": made, "SEGMENT_ENTERED": made},
                         "each lead is made once")
        self.touch()
        job = self.measured("taken back", lambda: self.begin_undo(upload), kills)
        self.assertEqual((job["state"], job["done"], job["wrong"], job["detail"]),
                         ("done", ROWS, 2 * TOUCHED, f"{made - TOUCHED:,} leads withdrawn, {OLD:,} leads set back"), job)
        self.assertEqual(job["reasons"], {"changed_since": TOUCHED + TOUCHED // 2, "has_events": TOUCHED // 2})
        after = self.rows()
        stay = {f"new{OLD + number}@x.org" for number in range(TOUCHED)}
        self.assertEqual(set(after) - set(before), stay)
        for number in range(OLD):
            lead = f"old{number}@x.org"
            wanted = before[lead]
            if number < TOUCHED:
                wanted = {**wanted, "profile": {**wanted["profile"], "city": "Genf"}}
            self.assertEqual(after[lead], wanted, lead)
        for lead in stay:
            self.assertEqual((after[lead]["profile"]["city"], after[lead]["agent"]), ("Basel", "eve"))
        self.assertEqual(self.published()["LEAD_ERASED"], made - TOUCHED, "each lead is withdrawn once")
        begun = time.monotonic()
        self.wait_until(lambda: self.known_to_the_front() == stay)
        print(f"The front forgot them {time.monotonic() - begun:.1f} s later")


if __name__ == "__main__":
    unittest.main()
