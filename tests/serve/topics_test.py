#!/usr/bin/env python3
"""Topics of a contact, through the API of `leadpulse serve`.   tests/serve/topics_test.py BINARY"""

import json
import unittest

from front import API, CONTACTS, contact
from job_case import JobCase

DEFINITIONS = """
tenants:
  acme:
    tiers: [{name: all}]
    topics: [{id: news, name: Monthly news}, {id: offers, name: Offers}]
"""


class Topics(JobCase):
    definitions = DEFINITIONS

    def change(self, topic, subscribed, lead="ann", token=None, **headers):
        return self.ask(f"{CONTACTS}{lead}/topics", token, "POST",
                        {name.replace("_", "-"): value for name, value in headers.items()},
                        json.dumps({"topic": topic, "subscribed": subscribed}).encode())

    def test_a_topic_is_left_and_joined_again(self):
        self.start_with(*contact("ann"))
        status, body, answer = self.change("News", False)
        self.assertEqual((status, body["id"], body["topics_out"], body["sendable"]), (200, "ann", ["news"], True), body)
        self.assertIn("Leadpulse-Position", answer.headers)
        self.assertEqual(self.change("offers", False)[1]["topics_out"], ["news", "offers"])
        status, body, _ = self.change("news", True)
        self.assertEqual((status, body["topics_out"]), (200, ["offers"]), body)
        status, page, _ = self.ask(CONTACTS + "ann/timeline")
        self.assertEqual([entry["kind"] for entry in page["entries"]].count("event"), 3, page)

    def test_a_topic_is_left_and_joined_for_everyone_with_the_address(self):
        self.start_with(*contact("ann", email="ann@x.org", city="Bern"), *contact("bob", email="Ann@x.org"))
        self.assertEqual(self.change("news", False)[1]["topics_out"], ["news"])
        self.wait_until(lambda: self.ask(CONTACTS + "bob")[1]["topics_out"] == ["news"])
        self.assertEqual(self.change("news", True, lead="bob")[1]["topics_out"], [])
        self.wait_until(lambda: self.ask(CONTACTS + "ann")[1]["topics_out"] == [])
        for number, which in enumerate(({"ids": ["ann"]}, {"ids": ["bob"]}, {"query": "city:Bern"},
                                        {"where": 'city = "Bern"'})):
            body = {"topic": "offers", "subscribed": number % 2 == 1}
            self.finished(self.begin_bulk(action="topics", body=body, **which))
            out = [] if body["subscribed"] else ["offers"]
            self.wait_until(lambda: all(self.ask(CONTACTS + each)[1]["topics_out"] == out for each in ("ann", "bob")))

    def test_an_opt_in_needs_the_right_to_see_everyone_with_the_address(self):
        self.start_with(*contact("ann", agent="ben", email="ann@x.org"), *contact("bob", agent="cid", email="ann@x.org"),
                        *contact("ann@x.org", agent="cid"), *contact("dan@x.org", agent="ben"),
                        *contact("dan", agent="", email="dan@x.org"), *contact("eve", agent="ben"))
        ben = self.token("--agent", "ben", role="agent")
        for lead in ("ann", "dan", "dan@x.org", "eve"):
            self.assertEqual(self.change("news", False, lead, ben)[1]["topics_out"], ["news"])
        status, said, _ = self.change("news", True, "ann", ben)
        self.assertEqual((status, said["code"]), (403, "forbidden"), said)
        self.wait_until(lambda: self.ask(CONTACTS + "bob")[1]["topics_out"] == ["news"])
        for lead in ("dan", "dan@x.org", "eve"):
            self.assertEqual(self.change("news", True, lead, ben)[1]["topics_out"], [], lead)
        self.ask(CONTACTS + "bob/agent", None, "POST", body='{"agentId": "ben"}')
        self.assertEqual(self.change("news", True, "ann", ben)[0], 403)  # the contact whose id is the address
        self.assertEqual(self.change("news", True, "ann")[1]["topics_out"], [])
        self.wait_until(lambda: self.ask(CONTACTS + "bob")[1]["topics_out"] == [])

    def test_the_same_request_again_is_one_event(self):
        self.start_with(*contact("ann"))
        first = self.change("news", False, Idempotency_Key="k")
        self.change("news", True)
        again = self.change("news", False, Idempotency_Key="k")
        self.assertEqual((first[0], again[0], again[1]["topics_out"]), (200, 200, []), again[1])
        self.assertEqual(self.ask(API + "commands/k")[1]["state"], "applied")
        self.assertEqual(self.change("offers", False, Idempotency_Key="k")[1]["code"], "idempotency_key_reused")

    def test_a_topic_lifts_no_opt_out_from_everything(self):
        event = {"event": {"tenantId": "acme", "leadId": "ann", "eventId": "e", "type": "UNSUBSCRIBE",
                           "occurredAt": "2026-03-01T09:30:00Z"}}
        self.start_with(*contact("ann"), event, *contact("bob"))
        status, body, _ = self.change("news", True)
        self.assertEqual((status, body["email_status"], body["sendable"]), (200, "unsubscribed", False), body)

    def say(self, which, lead="ann", token=None, **body):
        return self.ask(f"{CONTACTS}{lead}/{which}", token, "POST", body=json.dumps(body).encode())

    def test_a_person_opts_out_of_everything_and_comes_back(self):
        self.start_with(*contact("ann", email="ann@x.org"), *contact("bob", email="Ann@x.org"))
        status, body, _ = self.say("opt-outs", at="2026-03-01T09:00:00Z", source="phone call", actor="kim")
        self.assertEqual((status, body["email_status"], body["sendable"]), (200, "unsubscribed", False), body)
        self.wait_until(lambda: not self.ask(CONTACTS + "bob")[1]["sendable"])
        entries = [entry["event"] for entry in self.ask(CONTACTS + "ann/timeline")[1]["entries"] if entry["kind"] == "event"]
        self.assertEqual([(entry["type"], entry["name"]) for entry in entries], [("unsubscribe", "phone call, kim")])
        # One before the opt-out lifts nothing, one after it does.
        self.assertFalse(self.say("opt-ins", at="2026-03-01T08:59:59Z")[1]["sendable"])
        status, body, _ = self.say("opt-ins", source="sign-up form")
        self.assertEqual((status, body["sendable"]), (200, True), body)
        self.wait_until(lambda: self.ask(CONTACTS + "bob")[1]["sendable"])

    def test_a_person_opts_out_of_a_topic_alone(self):
        self.start_with(*contact("ann"))
        status, body, _ = self.say("opt-outs", topic="news")
        self.assertEqual((status, body["topics_out"], body["sendable"]), (200, ["news"], True), body)
        self.assertEqual(self.say("opt-ins", topic="news")[1]["topics_out"], [])

    def test_an_opt_in_to_everything_needs_the_right_to_see_everyone_with_the_address(self):
        self.start_with(*contact("ann", agent="ben", email="ann@x.org"), *contact("bob", agent="cid", email="ann@x.org"))
        ben = self.token("--agent", "ben", role="agent")
        self.assertFalse(self.say("opt-outs", token=ben)[1]["sendable"])
        self.assertEqual(self.say("opt-ins", token=ben)[0], 403)
        self.assertFalse(self.ask(CONTACTS + "ann")[1]["sendable"])
        self.assertTrue(self.say("opt-ins")[1]["sendable"])

    def test_wrong_opt_outs_are_refused_at_their_member(self):
        self.start_with(*contact("ann"))
        for member, wrong in (("at", "yesterday"), ("at", ""), ("at", "1999-01-01T00:00:00Z"), ("at", "2999-01-01T00:00:00Z"),
                              ("at", 1), ("topic", "nwes"), ("topic", ""), ("source", "x" * 2000), ("scope", "all")):
            for which in ("opt-outs", "opt-ins"):
                status, body, _ = self.say(which, **{member: wrong})
                self.assertEqual((status, body.get("field")), (422, member), (which, wrong, body))
        self.assertTrue(self.ask(CONTACTS + "ann")[1]["sendable"])

    def test_a_consent_has_the_time_when_it_was_given(self):
        self.start_with(*contact("ann"))
        status, body, _ = self.ask(CONTACTS + "ann/consents", None, "POST", body=json.dumps(
            {"purpose": "news", "granted": True, "at": "2025-01-01T09:00:00Z"}).encode())
        self.assertEqual((status, body["consents"]["news"]["at"]), (200, "2025-01-01T09:00:00Z"), body)
        status, body, _ = self.ask(CONTACTS + "ann/consents", None, "POST", body=json.dumps(
            {"purpose": "news", "granted": True, "at": "2999-01-01T09:00:00Z"}).encode())
        self.assertEqual((status, body["field"]), (422, "at"), body)

    def test_wrong_requests_change_nothing(self):
        self.start_with(*contact("ann", agent="ben"))
        version = self.ask(CONTACTS + "ann")[1]["version"]
        status, body, _ = self.change("nwes", False)
        self.assertEqual((status, body["code"], body["field"]), (422, "invalid_value", "topic"))
        self.assertIn("news, offers", body["detail"])
        for wrong in ({"topic": "news"}, {"subscribed": True}, {"topic": 1, "subscribed": True},
                      {"topic": "news", "subscribed": "no"}, {"topic": "", "subscribed": False},
                      {"topic": "news", "subscribed": True, "x": 1}):
            status, body, _ = self.ask(CONTACTS + "ann/topics", None, "POST", body=json.dumps(wrong).encode())
            self.assertEqual(status, 422, (wrong, body))
        status, body, _ = self.change("news", False, If_Match=f'"{version}"')
        self.assertEqual((status, body["code"], body["field"]), (400, "invalid_value", "If-Match"))
        other = self.token("--agent", "cid", role="agent")
        for lead, token in (("ann", other), ("nobody", None), ("nobody", other)):
            self.assertEqual(self.change("news", False, lead, token)[0], 404, lead)
        self.assertEqual(self.ask(CONTACTS + "ann")[1]["version"], version)


if __name__ == "__main__":
    unittest.main()
