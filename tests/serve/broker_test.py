#!/usr/bin/env python3
"""The API in front of a live run on a broker.   tests/serve/broker_test.py BINARY

The run has four partitions. Every write is visible once it is answered, or refused with its code, whatever is killed.
"""

import http.client
import json
import pathlib
import signal
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/kafka")]

from front import API, CONTACTS, FrontCase  # noqa: E402
from page_client import Person  # noqa: E402
from stream_client import Stream  # noqa: E402
from command_line import BINARY  # noqa: E402
from live import COMMANDS, EVENTS, Failure, wait_for, world_for  # noqa: E402

DEFINITIONS = """
tenants:
  "*":
    tiers: [{name: all}]
    topics: [{id: news, name: News}]
"""


class BrokerTest(FrontCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.world = world_for(cls, BINARY, DEFINITIONS)
        cls.run_of = cls.world.process(1).start()

    def setUp(self):
        super().setUp()
        self.make_front()
        self.start_front()
        self.wait_until_written()

    def start_front(self, *options):
        self.serve("--config", str(self.run_of.folder / "live.yaml"), *options)

    def edit(self, path, body, key="", method="POST", **headers):
        if key:
            headers["Idempotency-Key"] = key
        try:
            return self.ask(path, method=method, body=json.dumps(body), headers=headers.items())
        except http.client.RemoteDisconnected:
            self.front.wait(5)
            raise Failure(f"{self.front.returncode} " + self.front.stderr.read()) from None

    def wait_until_written(self):
        """Waits until the run has its partitions and accepts a command in each."""
        for number in range(8):
            last = []

            def is_taken(lead=f"first-{number}", last=last):
                last[:] = self.edit(CONTACTS[:-1] + "?upsert=true", {"id": lead})
                return last[0] in (200, 201)
            try:
                wait_for("a write", 30, is_taken)
            except Failure:
                self.fail(f"{last[:2]}\n{self.run_of.said()[-2000:]}")

    def applied(self, key):
        return self.ask(f"{API}commands/{key}")[1].get("state") == "applied"

    def test_1_a_write_is_visible_once_it_is_answered(self):
        status, body, answer = self.edit(CONTACTS[:-1], {"email": "a@x.example", "attributes": {"industry": "SaaS"}})
        self.assertEqual((status, body["id"]), (201, "a@x.example"))
        position = answer.getheader("Leadpulse-Position")
        self.assertNotIn(COMMANDS, position)
        self.assertEqual(self.ask(f"{CONTACTS}a@x.example?after={position}")[0], 200)
        for wrong in (f"{COMMANDS}/4", f"{EVENTS}/0/1", "000001.jsonl:1"):
            self.assertEqual(self.ask(f"{CONTACTS}a@x.example?after={wrong}")[0], 400 if wrong.endswith("/4") else 410)
        status, page = self.search(query="industry:SaaS")
        self.assertEqual((status, [row["id"] for row in page["contacts"]]), (200, ["a@x.example"]))
        self.assertEqual(self.edit(CONTACTS[:-1], {"email": "a@x.example"})[0], 409)
        # The mailbox of an address is in another partition than most contacts that have it.
        for number in range(4):
            contact = {"id": f"a{number}", "email": f"a{number}@x.example"}
            said = self.edit(CONTACTS[:-1], contact, Prefer="wait=30")
            self.assertEqual((said[0], said[1].get("sendable")), (201, True), said[1])
            self.assertEqual(self.ask(f"{CONTACTS}email:a{number}@x.example")[1].get("id"), f"a{number}")
            status, body, _ = self.edit(CONTACTS[:-1], {"id": f"b{number}", "email": f"a{number}@x.example"})
            self.assertEqual((status, body.get("existing")), (409, {"id": f"a{number}"}), body)
            changed = {"email": f"c{number}@x.example"}
            said = self.edit(f"{CONTACTS}a{number}", changed, method="PATCH", Prefer="wait=30")
            self.assertEqual((said[0], said[1].get("sendable")), (200, True), said[1])
            self.assertEqual(self.ask(f"{CONTACTS}email:c{number}@x.example")[1].get("id"), f"a{number}")
        for number in range(4):
            contact = {"id": f"d{number}", "email": f"d{number}@x.example"}
            said = self.edit(CONTACTS[:-1], contact, Prefer="respond-async")
            self.assertEqual(said[0], 202, said[1])
            position = said[2].getheader("Leadpulse-Position")
            self.assertEqual(self.ask(f"{CONTACTS}d{number}?after={position}")[1].get("id"), f"d{number}")
            other = {**contact, "id": f"e{number}"}
            while (said := self.edit(CONTACTS[:-1], other))[1].get("code") == "in_progress":
                time.sleep(0.1)
            self.assertEqual((said[0], said[1].get("existing")), (409, {"id": f"d{number}"}), said[1])

    def test_1_an_upsert_waits_for_the_contact_that_another_write_makes(self):
        for number in range(4):
            contact = {"id": f"u{number}", "email": f"u{number}@x.example"}
            self.assertEqual(self.edit(CONTACTS[:-1], contact, Prefer="respond-async")[0], 202)
            said = self.edit(CONTACTS[:-1] + "?upsert=true", {**contact, "city": "Chur"}, Prefer="wait=30")
            self.assertEqual((said[0], said[1].get("profile", {}).get("city")), (200, "Chur"), said[1])

    def test_2_edits_conflicts_and_refusals(self):
        self.edit(CONTACTS[:-1], {"id": "e1"})
        version = self.ask(CONTACTS + "e1")[2].getheader("ETag")
        edited = self.edit(CONTACTS + "e1", {"phone": "1"}, method="PATCH", **{"If-Match": version})
        self.assertEqual(edited[0], 200)
        self.assertEqual(self.edit(CONTACTS + "e1", {"phone": "2"}, method="PATCH", **{"If-Match": version})[0], 412)
        self.assertEqual(self.edit(CONTACTS + "e1/stage", {"stage": "lost"})[0], 200)
        for _ in range(2):
            status, body, _ = self.edit(CONTACTS + "e1/stage", {"stage": "new"}, "again")
            self.assertEqual((status, body["code"]), (409, "final_stage"))
        self.assertEqual(self.ask(API + "commands/again")[1]["state"], "refused")

    def test_3_a_link_opts_out(self):
        self.edit(CONTACTS[:-1], {"id": "o1"})
        url = self.ask(CONTACTS + "o1/unsubscribe-link")[1]["url"]
        self.assertEqual(self.page(url[url.index("/u/"):], "List-Unsubscribe=One-Click"), 200)
        wait_for("the opt-out", 30, lambda: "unsubscribe" in json.dumps(
            self.ask(CONTACTS + "o1/timeline")[1]).lower())

    def page(self, path, body):
        return self.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})[0].status

    def test_4_a_killed_run_reads_the_write_when_it_is_back(self):
        self.edit(CONTACTS[:-1], {"id": "k1"})
        self.edit(CONTACTS + "k1/stage", {"stage": "lost"})
        self.run_of.send(signal.SIGSTOP)  # so that it cannot apply them before it is killed
        pending = self.edit(CONTACTS[:-1], {"id": "k2"}, "key-2", Prefer="respond-async")
        self.run_of.kill()
        self.assertIn(pending[0], (202, 503))  # 503: the run did not say whether the contact exists
        self.assertEqual(self.edit(CONTACTS[:-1], {"id": "k3"}, "key-3")[0], 503)
        self.run_of.start()
        for lead, key in (("k2", "key-2"), ("k3", "key-3")):
            wait_for(lead, 60, lambda n=lead, k=key: self.edit(CONTACTS[:-1], {"id": n}, k)[0] == 201)
            self.assertEqual(self.ask(CONTACTS + lead)[0], 200)
            self.assertTrue(self.applied(key))
        self.assertEqual(self.edit(CONTACTS + "k1/stage", {"stage": "new"}, "key-4")[1]["code"], "final_stage")

    def test_5_a_write_without_brokers_is_refused_and_taken_once_they_are_back(self):
        self.edit(CONTACTS[:-1], {"id": "b1"})
        for broker in self.world.cluster.brokers:
            broker.signal(signal.SIGKILL)

        def send():
            return self.edit(CONTACTS + "b1", {"first_name": "Five"}, "key-b", method="PATCH")[0]
        self.assertEqual(send(), 503)
        self.assertEqual(self.ask(CONTACTS + "b1")[0], 200)
        self.world.cluster.start()
        wait_for("the write", 60, lambda: send() == 200)
        self.assertEqual(self.ask(CONTACTS + "b1")[1]["attributes"]["first_name"]["sent"], "Five")

    def test_6_an_outcome_that_a_restart_has_lost_is_found_by_sending_again(self):
        self.edit(CONTACTS[:-1], {"id": "r1"})
        self.edit(CONTACTS + "r1/stage", {"stage": "lost"})
        sent = self.edit(CONTACTS + "r1/stage", {"stage": "new"}, "lost-1", Prefer="respond-async")
        self.assertEqual(sent[0], 202)
        self.world.wait_until_consumed()
        self.run_of.stop()
        self.run_of.start()
        wait_for("the refusal", 60, lambda: self.edit(
            CONTACTS + "r1/stage", {"stage": "new"}, "lost-1")[1].get("code") == "final_stage")
        self.assertEqual(self.ask(API + "commands/lost-1")[1]["state"], "refused")

    def test_7_a_stream_has_the_changes_of_every_partition_and_a_reset_after_a_kill(self):
        stream = Stream(self.port, self.manager)
        self.addCleanup(stream.close)
        leads = {f"s{number}" for number in range(12)}  # in all partitions
        for lead in leads:
            self.assertEqual(self.edit(CONTACTS[:-1], {"id": lead})[0], 201)
            self.assertEqual(self.edit(f"{CONTACTS}{lead}/stage", {"stage": "qualified"})[0], 200)
        events = stream.wait(lambda events: sum(event.kind == "STAGE_CHANGED" for event in events) == len(leads))
        for lead in leads:
            of_lead = [event.data for event in events if event.data.get("lead_id") == lead]
            self.assertEqual([int(change["seq"]) for change in of_lead], list(range(1, len(of_lead) + 1)), of_lead)
            self.assertEqual(of_lead[0]["kind"], "LEAD_CREATED")
        self.run_of.kill()
        self.run_of.start()
        known = len(events)
        stream.wait(lambda events: len(events) > known, 60)
        self.assertEqual(stream.events[known].kind, "reset")
        wait_for("a write", 60, lambda: self.edit(f"{CONTACTS}s1/stage", {"stage": "lost"})[0] == 200)
        stream.wait(lambda events: events[-1].kind == "STAGE_CHANGED" and events[-1].data["lead_id"] == "s1")

    def test_8_topics_and_bulk_changes(self):
        for number in range(6):
            self.edit(CONTACTS[:-1], {"id": f"t{number}", "city": "Bern"})
        for _ in range(2):
            status, body, answer = self.edit(CONTACTS + "t0/topics", {"topic": "news", "subscribed": False}, "topic-1")
            self.assertIn(status, (200, 202), body)
            self.assertIsNone(answer.getheader("Leadpulse-Position"))
        wait_for("the opt-out", 30, lambda: self.ask(CONTACTS + "t0")[1]["topics_out"] == ["news"])
        self.assertTrue(self.applied("topic-1"))
        for action, body, reasons in (("stage", {"stage": "lost"}, {}), ("stage", {"stage": "new"}, {"final_stage": 6}),
                                      ("topics", {"topic": "news", "subscribed": False}, {})):
            job = self.edit(API + "bulk", {"where": 'city IS "Bern"', "action": action, "body": body})[1]
            wait_for("the job", 60, lambda j=job: self.ask(f"{API}jobs/{j['id']}")[1]["state"] == "done")
            job = self.ask(f"{API}jobs/{job['id']}")[1]
            self.assertEqual((job["done"], job["reasons"]), (6, reasons), job)
        wait_for("the opt-outs", 30, lambda: all(
            self.ask(CONTACTS + f"t{number}")[1]["topics_out"] == ["news"] for number in range(6)))

    def test_8_members_of_a_body_are_commands_and_opt_outs(self):
        """Commands and events are in different topics: an opt-out may be applied before its contact has a profile."""
        body = {"city": "Thun", "stage": "contacted", "tags": ["fair"], "consents": {"ads": True, "sms": False}}
        for number in range(8):  # in all partitions
            lead, address = f"m{number}", f"m{number}@x.org"
            for _ in range(2):  # the same request again changes nothing
                status, said, _ = self.edit(CONTACTS[:-1], {"id": lead, "email": address, **body, "unsubscribed": True,
                                                            "topics": {"news": False}}, f"members-{number}")
                self.assertIn(status, (201, 202), said)
            wait_for("the opt-out", 30, lambda one=lead: self.ask(CONTACTS + one)[1].get("email_status") == "unsubscribed")
            wait_for("the profile", 30, lambda one=lead: self.ask(CONTACTS + one)[1]["profile"].get("city") == "Thun")
            shown = self.ask(CONTACTS + lead)[1]
            self.assertEqual((shown["stage"], shown["tags"], shown["topics_out"], shown["sendable"], sorted(shown["consents"])),
                             ("contacted", ["fair"], ["news"], False, ["ads", "sms"]))
            self.assertEqual([event["type"] for event in shown["events"]], ["unsubscribe", "unsubscribe"])
            self.assertEqual(self.edit(CONTACTS[:-1], {"id": lead, "unsubscribed": True})[0], 409)

    def test_9_a_form_changes_a_stage_and_both_page_and_stream_show_it(self):
        said = self.output_of("serve", "user", "add", "--data", "front", "--tenant", "acme", "mia", "--role", "manager")
        person = Person(self.port)
        self.assertEqual(person.log_in("mia", said.strip().split("\n")[-1]).status, 200)
        for number in range(8):  # in all partitions
            self.edit(CONTACTS[:-1], {"id": f"p{number}", "city": "Basel"})
        stream = Stream(self.port, None, cookie=person.cookie, touched=True)
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200)
        for lead in (f"p{number}" for number in range(8)):
            form = person.get("/leads", query="city:Basel", lead=lead).find("/leads/edit", action="stage", lead=lead)
            page = person.send(form, stage="qualified")
            self.assertEqual(page.status, 200, page.text)
            self.assertIn("Saved.", page.text)
            self.assertRegex(page.html, rf'(?s)data-detail="{lead}".*<div class="lead-chips"[^>]*>\s*<span class="chip stage-qualified"')
            page = person.send(page.find("/leads/edit", action="notes", lead=lead), text="by a form")
            self.assertIn("mia noted: by a form", page.text)
            stream.wait(lambda events, lead=lead: repr(events).count(f"CONTACT_TOUCHED {lead}") == 2)
            of_lead = [event for event in stream.events if event.data.get("lead_id") == lead]
            self.assertEqual([event.kind for event in of_lead], ["STAGE_CHANGED", "CONTACT_TOUCHED", "CONTACT_TOUCHED"])
            self.assertEqual(of_lead[-1].data["version"], self.ask(CONTACTS + lead)[1]["version"])
        self.assertIn("8 leads", person.get("/leads", query="city:Basel").html)
        final = person.send(person.get("/leads", lead="p1").find("/leads/edit", action="stage", lead="p1"), stage="lost", confirmed="yes")
        self.assertEqual(final.status, 200)
        refused = person.send(form, lead="p1", stage="new")
        self.assertEqual(refused.status, 409)
        self.assertIn("lost", refused.text)


if __name__ == "__main__":
    unittest.main()
