#!/usr/bin/env python3
"""Jobs of `leadpulse serve`: bulk changes.   tests/serve/jobs_test.py BINARY"""

import signal
import unittest

from front import API, CONTACTS, TIMEOUT, command, contact
from job_case import LEADS, JobCase, many


class Bulk(JobCase):
    def notes(self):
        """The number of notes of each lead."""
        rows = []
        cursor = ""
        while cursor is not None:
            status, page = self.search(query="city:Bern", limit=1000, cursor=cursor)
            self.assertEqual(status, 200, page)
            rows += page["contacts"]
            cursor = page["cursor"]
        return {row["id"]: len(self.ask_within_limits(CONTACTS + row["id"])[1]["notes"]) for row in rows}

    def test_a_dry_run_says_what_the_run_will_change(self):
        self.start_with(*many(LEADS[:250]), command("lead-0007", 3, setStage={"stage": "LOST"}))
        self.wait_until(lambda: self.ask(CONTACTS + "lead-0007")[1]["stage"] == "lost")
        what = {"where": 'city IS "Bern"', "action": "stage", "body": {"stage": "qualified"}}
        status, said, _ = self.bulk(**what, dry_run=True)
        self.assertEqual((status, said["dry_run"], said["count"], len(said["contacts"])), (200, True, 250, 10), said)
        self.assertEqual((said["rule"], said["contacts"][0]["id"]), ('city IS "Bern"', "lead-0000"))
        self.assertEqual(self.search(query="stage:qualified", count="exact")[1]["count"], 0)
        self.assertEqual(self.ask(API + "jobs")[1]["jobs"], [])
        job = self.finished(self.begin_bulk(**what))
        self.assertEqual((job["state"], job["done"], job["total"], job["wrong"], job["reasons"]),
                         ("done", 250, 250, 1, {"final_stage": 1}), job)
        self.assertEqual(self.search(query="stage:qualified", count="exact")[1]["count"], 249)
        status, page, _ = self.ask(API + "audit?lead=lead-0003", self.token(role="admin"))
        self.assertEqual([line["action"] for line in page["lines"]], ["bulk.contact.stage"])
        self.output_of("serve", "audit", "check", "--data", "front")

    def test_a_change_that_moves_leads_out_of_the_rule_meets_each_once(self):
        self.start_with(*many(LEADS))
        job = self.finished(self.begin_bulk(query="city:Bern stage:new", action="stage", body={"stage": "contacted"}))
        self.assertEqual((job["done"], job["wrong"]), (len(LEADS), 0), job)
        self.assertEqual(self.search(query="stage:contacted", count="exact")[1]["count"], len(LEADS))

    def test_every_action_and_ids(self):
        self.start_with(*contact("ann", email="ann@x.org"), *contact("bob"), *contact("cid"))
        ids = ["ann", "email:ann@x.org", "bob", "nobody", "bob"]
        status, said, _ = self.bulk(ids=ids, action="tags", body={"add": ["a"]}, dry_run=True)
        self.assertEqual((status, said["count"], said["missing"]), (200, 2, 1), said)
        self.assertEqual([row["id"] for row in said["contacts"]], ["ann", "bob"])
        for action, body in (("stage", {"stage": "engaged"}), ("agent", {"agentId": "ben"}), ("tags", {"add": ["a"]}),
                             ("lists", {"add": ["l"]}), ("campaigns", {"assign": ["c"]}), ("notes", {"text": "n"}),
                             ("qualification", {"score": 80}), ("do-not-contact", {"value": True}),
                             ("topics", {"topic": "news", "subscribed": False})):
            job = self.finished(self.begin_bulk(ids=ids, action=action, body=body))
            self.assertEqual((job["state"], job["done"], job["total"], job["reasons"]),
                             ("done", 3, 3, {"not_found": 1}), (action, job))
        for lead in ("ann", "bob"):
            row = self.ask(CONTACTS + lead)[1]
            self.assertEqual((row["stage"], row["agent"], row["tags"], row["lists"], row["campaigns"]),
                             ("engaged", "ben", ["a"], ["l"], ["c"]))
            self.assertEqual((len(row["notes"]), row["qualification"], row["do_not_contact"], row["topics_out"]),
                             (1, 80, True, ["news"]))
        self.assertEqual(self.ask(CONTACTS + "cid")[1]["tags"], [])

    def test_an_id_that_cannot_be_in_the_audit_log_is_left_out(self):
        self.start_with(*many(["a\0b", "ann"]))
        job = self.finished(self.begin_bulk(where='city IS "Bern"', action="tags", body={"add": ["a"]}))
        self.assertEqual((job["state"], job["done"], job["reasons"]), ("done", 2, {"invalid_value": 1}), job)
        self.assertEqual(self.ask(CONTACTS + "ann")[1]["tags"], ["a"])

    def test_wrong_requests_start_nothing(self):
        self.start_with(*contact("ann"))
        right = {"where": 'city IS "Bern"', "action": "tags", "body": {"add": ["a"]}}
        for changed, field in (({"where": None}, "where"), ({"query": "x"}, "where"), ({"where": "city IS"}, "where"),
                               ({"where": None, "query": " "}, "query"), ({"where": None, "ids": []}, "ids"),
                               ({"action": "consents"}, "action"), ({"action": "x"}, "action"),
                               ({"body": {"ad": []}}, "ad"), ({"body": []}, "body"),
                               ({"body": {}}, "body"), ({"body": {"add": [], "remove": None}}, "body"),
                               ({"action": "lists", "body": {"remove": []}}, "body"),
                               ({"action": "campaigns", "body": {"assign": []}}, "body"),
                               ({"dry_run": "yes"}, "dry_run"),
                               ({"action": "topics", "body": {"topic": "x", "subscribed": False}}, "topic"),
                               ({"where": None, "ids": ["x"] * 1001}, "ids")):
            body = {name: value for name, value in {**right, **changed}.items() if value is not None}
            status, said, _ = self.bulk(token=self.token(), **body)
            self.assertEqual((status, said.get("field")), (422, field), (changed, said))
        self.assertEqual(self.bulk(**right, headers={"Idempotency_Key": "a b"})[0], 400)
        agent = self.token("--agent", "ben", role="agent")
        self.assertEqual(self.bulk(token=agent, **right)[0], 403)
        self.assertEqual(self.bulk(token=self.token("--scopes", "read"), **right)[0], 403)
        self.assertEqual(self.ask(API + "jobs")[1]["jobs"], [])

    def test_jobs_of_others_look_like_none(self):
        self.start_with(*contact("ann"))
        first = self.begin_bulk(ids=["ann"], action="tags", body={"add": ["a"]})
        self.finished(first)
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")
        foreign, agent = self.token(tenant="blue"), self.token("--agent", "ben", role="agent")
        for token in (foreign, agent):
            unknown = self.ask(API + "jobs/nobody", token)[:2]
            self.assertEqual(unknown[0], 404)
            self.assertEqual(self.ask(f"{API}jobs/{first['id']}", token)[:2], unknown)
            self.assertEqual(self.ask(f"{API}jobs/{first['id']}/cancel", token, "POST")[:2], unknown)
            self.assertEqual(self.ask(API + "jobs", token)[1]["jobs"], [])
        other = self.token()
        self.assertEqual(self.ask(f"{API}jobs/{first['id']}", other)[1]["state"], "done")
        status, said, _ = self.ask(f"{API}jobs/{first['id']}/cancel", other, "POST")
        self.assertEqual((status, said["code"], said["job"]["state"]), (409, "job_over", "done"))

    def test_a_start_sent_twice_is_one_job(self):
        self.start_with(*contact("ann", email="a@x.org"), *contact("bob"))
        what = {"ids": ["email:a@x.org"], "action": "notes", "body": {"text": "once"}}
        first = self.bulk(**what, headers={"Idempotency_Key": "k"})
        again = self.bulk(**what, headers={"Idempotency_Key": "k"})
        self.assertEqual((first[0], again[0], first[1]["id"]), (202, 202, again[1]["id"]))
        self.finished(first[1])
        self.assertEqual(len(self.ask(CONTACTS + "ann")[1]["notes"]), 1)
        status, said, _ = self.bulk(ids=["ann"], action="notes", body={"text": "x"}, headers={"Idempotency_Key": "k"})
        self.assertEqual((status, said["code"]), (422, "idempotency_key_reused"))
        # Though the address has meant two contacts since.
        self.assertEqual(self.ask(CONTACTS + "bob?shared=true", None, "PATCH", body='{"email": "a@x.org"}')[0], 200)
        self.assertEqual(self.bulk(**what)[1]["code"], "ambiguous")
        again = self.bulk(**what, headers={"Idempotency_Key": "k"})
        self.assertEqual((again[0], again[1].get("id")), (202, first[1]["id"]))

    def test_a_cancelled_job_ends_and_says_how_far_it_came(self):
        leads = [f"lead-{number:05}" for number in range(4_000)]
        self.start_with(*many(leads))
        job = self.begin_bulk(where='city IS "Bern"', action="notes", body={"text": "n"})
        self.wait_until(lambda: self.job(job)["done"] > 0)
        self.assertEqual(self.ask(f"{API}jobs/{job['id']}/cancel", None, "POST")[0], 200)
        ended = self.finished(job)
        self.assertEqual(ended["state"], "cancelled", ended)
        self.assertLess(ended["done"], len(leads))
        self.assertEqual(sum(self.notes().values()), ended["done"])

    def test_each_lead_is_changed_once_whatever_is_killed(self):
        self.start_with(*many(LEADS))
        job = self.begin_bulk(where='city IS "Bern"', action="notes", body={"text": "n"})
        self.kill_in_turn(6, 0.1)
        ended = self.finished(job)
        self.assertEqual((ended["state"], ended["done"], ended["wrong"]), ("done", len(LEADS), 0), ended)
        self.assertEqual(self.notes(), {lead: 1 for lead in LEADS})
        self.output_of("serve", "audit", "check", "--data", "front")

    def test_a_page_that_was_started_is_finished_by_the_next_process(self):
        self.start_with(*many(LEADS[:700]))
        for step in ("job_page_started:2", "job_page_written:1"):
            self.end(self.front)
            self.front_dies_at = step
            self.start_front()
            job = self.begin_bulk(where='city IS "Bern"', action="notes", body={"text": "n"})
            self.assertEqual(self.front.wait(TIMEOUT), -signal.SIGKILL)
            self.front_dies_at = ""
            self.start_front()
            ended = self.finished(job)
            self.assertEqual((ended["state"], ended["done"]), ("done", 700), ended)
        self.assertEqual(set(self.notes().values()), {2})


if __name__ == "__main__":
    unittest.main()
