#!/usr/bin/env python3
"""Members of a contact that are no attributes, in new contacts, merge patches and batches.

  tests/serve/members_test.py BINARY
"""

import unittest

from front import API, CONTACTS, contact
from write_case import WriteCase

DEFINITIONS = """
tenants:
  acme:
    topics: [{id: news}, {id: offers}]
    tiers: [{name: all}]
"""
BATCH = CONTACTS + "batch"


class Members(WriteCase):
    definitions = DEFINITIONS

    def get(self, lead):
        status, body, _ = self.ask(CONTACTS + lead)
        self.assertEqual(status, 200, body)
        return body

    def patch(self, lead, token=None, headers=(), **body):
        return self.send("PATCH", CONTACTS + lead, body, token, **dict(headers))

    def test_a_new_contact_comes_with_all_that_is_known_of_it(self):
        self.start(contact("ann"))
        self.wait_for("ann")
        for which, lead in (("a create", "bea"), ("a row of a batch", "cid")):
            with self.subTest(which):
                body = {"id": lead, "email": f"{lead}@x.org", "city": "Bern", "stage": "qualified", "agent": "ben",
                        "tags": ["vip", "b"], "lists": ["news"], "campaigns": ["spring"], "qualification": 70,
                        "do_not_contact": True, "do_not_contact_reason": "asked", "notes": "met at the fair",
                        "consents": {"ads": {"granted": True, "source": "form", "at": "2026-01-02T00:00:00Z"}, "sms": False},
                        "topics": {"offers": False, "news": True}, "unsubscribed": True}
                if which == "a create":
                    status, said, _ = self.create(body)
                else:
                    [row] = self.send("POST", BATCH, {"rows": [{"action": "create", "contact": body}]})[1]["rows"]
                    status, said = row["status"], row
                self.assertEqual(status, 201, said)
                shown = self.get(lead)
                self.assertEqual(
                    {name: shown[name] for name in ("stage", "agent", "lists", "campaigns", "qualification", "do_not_contact",
                                                    "do_not_contact_reason", "topics_out", "email_status", "sendable")},
                    {"stage": "qualified", "agent": "ben", "lists": ["news"], "campaigns": ["spring"], "qualification": 70,
                     "do_not_contact": True, "do_not_contact_reason": "asked", "topics_out": ["offers"],
                     "email_status": "unsubscribed", "sendable": False})
                self.assertEqual((sorted(shown["tags"]), shown["notes"][0]["text"]), (["b", "vip"], "met at the fair"))
                self.assertEqual(shown["consents"]["ads"], {"granted": True, "source": "form", "at": "2026-01-02T00:00:00Z"})
                self.assertEqual(shown["consents"]["sms"]["granted"], False)
                self.assertEqual(shown["profile"], {"city": "Bern", "email": f"{lead}@x.org"})

    def test_an_opt_out_reaches_everyone_with_the_address_and_survives_a_refusal(self):
        self.start(contact("ann", email="both@x.org") + contact("bob", email="both@x.org") + contact("eva", email="eva@x.org"))
        self.wait_for("eva")
        self.assertEqual(self.patch("ann", unsubscribed=True)[1]["email_status"], "unsubscribed")
        self.wait_until(lambda: self.get("bob")["email_status"] == "unsubscribed")
        # The same request with its key again is one opt-out.
        for _ in range(2):
            status, said, _ = self.patch("eva", unsubscribed=True, city="Bern", headers={"Idempotency-Key": "once"})
            self.assertEqual((status, said["email_status"], said["profile"]["city"]), (200, "unsubscribed", "Bern"))
        self.assertEqual([event["type"] for event in self.get("eva")["events"]], ["unsubscribe"])
        # A new address and an opt-out: nobody with the new address is mailed.
        self.create({"id": "fay", "email": "fay@x.org"})
        self.assertEqual(self.create({"id": "gus", "stage": "converted"})[0], 201)
        status, said, _ = self.patch("gus", stage="new", topics={"news": False})
        self.assertEqual((status, said["code"]), (409, "final_stage"), said)
        self.assertEqual(self.get("gus")["topics_out"], ["news"])
        status, said, _ = self.patch("fay", email="new@x.org", unsubscribed=True)
        self.assertEqual((status, said["email_status"]), (200, "unsubscribed"), said)
        self.create({"id": "hal"})
        status, said, _ = self.send("PATCH", CONTACTS + "hal?shared=true", {"email": "new@x.org"})
        self.assertEqual((status, said["sendable"]), (200, False), said)

    def test_an_opt_out_waits_for_no_version_that_is_gone(self):
        self.start(contact("ann"))
        self.wait_for("ann")
        version = self.get("ann")["version"]
        self.assertEqual(self.patch("ann", city="Bern")[0], 200)
        status, said, _ = self.patch("ann", headers={"If-Match": f'"{version}"'}, unsubscribed=True, city="Chur")
        self.assertEqual((status, said["code"], said["contact"]["id"]), (412, "conflict", "ann"))
        self.assertEqual((self.get("ann")["email_status"], self.get("ann")["profile"]["city"]), ("active", "Bern"))
        version = self.get("ann")["version"]
        status, said, _ = self.patch("ann", headers={"If-Match": f'"{version}"'}, unsubscribed=True, city="Chur")
        self.assertEqual((status, said["email_status"], said["profile"]["city"]), (200, "unsubscribed", "Chur"), said)

    def test_no_body_lifts_an_opt_out(self):
        self.start(contact("ann"))
        self.wait_for("ann")
        self.assertEqual(self.patch("ann", unsubscribed=True, topics={"news": False})[0], 200)
        for body in ({"unsubscribed": False}, {"topics": {"NEWS": True}}, {"topics_out": []}):
            for status, said, _ in (self.patch("ann", **body), self.create({"id": "ann", **body})):
                self.assertIn(status, (409, 422))
            status, said, _ = self.send("POST", API + "contacts?upsert=true", {"id": "ann", **body})
            self.assertEqual(status, 422, said)
            self.assertIn("/opt-ins", said["detail"])
        self.assertEqual((self.get("ann")["email_status"], self.get("ann")["topics_out"]), ("unsubscribed", ["news"]))

    def test_arrays_replace_and_what_is_not_named_stays(self):
        self.start(contact("ann", email="ann@x.org"))
        self.wait_for("ann")
        self.assertEqual(self.patch("ann", tags=["a", "b"], lists=["l"], agent="ben", stage="contacted")[0], 200)
        for send in (lambda **body: self.patch("ann", **body),
                     lambda **body: self.send("POST", API + "contacts?upsert=true", {"email": "ann@x.org", **body})):
            status, said, _ = send(tags=["B", "c"], agent=None)
            self.assertEqual((status, said["tags"], said["lists"], said["agent"], said["stage"]),
                             (200, ["b", "c"], ["l"], "", "contacted"), said)
            status, said, _ = send(tags=["a", "b"], agent="ben", stage=said["stage"])
            self.assertEqual((status, said["tags"], said["agent"]), (200, ["a", "b"], "ben"), said)
        self.assertEqual(self.patch("ann", tags=[], lists=None)[1]["tags"], [])
        self.assertEqual(self.get("ann")["lists"], [])

    def test_nothing_that_a_get_shows_becomes_an_attribute(self):
        self.start(contact("ann", email="ann@x.org"))
        self.wait_for("ann")
        shown = self.ask(CONTACTS + "ann?fields=internal")[1] | self.search(query="id:ann")[1]["contacts"][0]
        for number, name in enumerate(sorted(set(shown) - {"id", "email", "profile", "attributes", "address"})):
            for value in (shown[name], "unsubscribed", True, 7):
                lead = f"new-{number}-{type(value).__name__}-{value == shown[name]}"
                self.send("POST", BATCH, {"rows": [{"action": "create", "contact": {"id": lead, name: value}},
                                                   {"action": "update", "id": "ann", "contact": {name: value}}]})
                for each in (lead, "ann"):
                    status, said, _ = self.ask_within_limits(CONTACTS + each)
                    self.assertTrue(status == 404 or name not in said["profile"], (name, value, said))

    def test_names_that_only_sound_like_an_opt_out_are_warned_of(self):
        self.start(contact("ann"))
        self.wait_for("ann")
        for name, value in (("opted_out", True), ("Do not mail", "yes"), ("email_opt_out", 1), ("Unsubscribed on", "2026-01-01"),
                            ("subscription_status", "unsubscribed"), ("accepts_marketing", False)):
            status, said, _ = self.patch("ann", **{name: value})
            self.assertEqual(status, 200, said)
            self.assertTrue(any("stops no mail" in warning for warning in said.get("warnings", ())), (name, said))
        for name, value in (("opted_out", False), ("accepts_marketing", True), ("city", "unsubscribed")):
            self.assertNotIn("warnings", self.patch("ann", **{name: value})[1], name)

    def test_agents_do_not_say_whose_a_contact_is(self):
        self.start(contact("ann", "ben"))
        self.wait_for("ann")
        ben = self.token("--agent", "ben", role="agent")
        for status, said, _ in (self.patch("ann", ben, agent="cid"), self.patch("ann", ben, agent=None),
                                self.send("POST", API + "contacts", {"id": "bea", "agent": "ben"}, ben)):
            self.assertEqual((status, said["code"], said["field"]), (403, "forbidden", "agent"))
        self.assertEqual(self.patch("ann", ben, agent="ben", stage="contacted")[0], 200)

    def test_an_unknown_topic_is_refused_and_nothing_is_stored(self):
        self.start(contact("ann"))
        self.wait_for("ann")
        status, said, _ = self.patch("ann", topics={"nwes": False}, city="Bern", unsubscribed=True)
        self.assertEqual((status, said["field"]), (422, "topic"), said)
        self.assertEqual((self.get("ann")["sendable"], self.get("ann")["profile"]), (True, {}))
        self.assertEqual(self.create({"id": "bea", "topics_out": ["nwes"]})[0], 422)
        self.assertEqual(self.ask(CONTACTS + "bea")[0], 404)


if __name__ == "__main__":
    unittest.main(verbosity=0)
