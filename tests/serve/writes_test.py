#!/usr/bin/env python3
"""Writes through the API of `leadpulse serve`.   tests/serve/writes_test.py BINARY

read_your_writes_test.py sends random writes.
"""

import concurrent.futures
import contextlib
import json
import os
import sqlite3
import time
import unittest
import urllib.parse

from front import API, CONTACTS, contact
from write_case import DEFINITIONS, WriteCase, path_of

BODY_OF_THE_DOCUMENTS = ('{"email": "lead@example.com", "first_name": "Jane", '
                         '"attributes": {"industry": "SaaS"}}')


class Writes(WriteCase):
    definitions = DEFINITIONS

    def test_the_call_of_the_documents(self):
        self.start([])
        status, body, answer = self.create(BODY_OF_THE_DOCUMENTS)
        self.assertEqual((status, body["id"]), (201, "lead@example.com"), body)
        self.assertEqual(answer.getheader("Location"), CONTACTS + "lead@example.com")
        status, found = self.search(query="industry:SaaS")
        self.assertEqual([row["lead_id"] for row in found["contacts"]], ["lead@example.com"])
        self.assertEqual(found["contacts"][0]["profile"], {"first_name": "Jane", "industry": "SaaS"})
        status, body, _ = self.create(BODY_OF_THE_DOCUMENTS)
        self.assertEqual((status, body["code"], body["existing"]), (409, "exists", {"id": "lead@example.com"}))

    def test_what_a_new_contact_may_be(self):
        self.start(contact("crm-1", email="ann@x.org"))
        status, body, _ = self.create({"email": '"Bob B." <BOB@x.org>', "Company Name": "Acme", "employees": 12})
        self.assertEqual((status, body["id"]), (201, "bob@x.org"))
        self.assertEqual(body["profile"], {"company_name": "Acme", "employees": 12, "name": "Bob B."})
        status, body, _ = self.create({"id": "crm-2", "email": "cid@x.org"})
        self.assertEqual((status, body["id"], body["profile"]), (201, "crm-2", {"email": "cid@x.org"}))
        for taken in ({"email": "ann@x.org"}, {"id": "crm-1"}, {"id": "crm-3", "email": "Ann@X.org"}):
            status, body, _ = self.create(taken)
            self.assertEqual((status, body.get("existing")), (409, {"id": "crm-1"}), taken)
        status, body, _ = self.send("POST", API + "contacts?upsert=true", {"email": "ann@x.org", "city": "Bern"})
        self.assertEqual((status, body["id"], body["profile"]["city"]), (200, "crm-1", "Bern"))
        for spelling in ("email:ann@x.org", "email:Ann@X.org", "email: ann@x.org"):
            self.assertEqual(self.ask(CONTACTS + urllib.parse.quote(spelling))[1]["id"], "crm-1", spelling)

    def test_wrong_bodies_are_explained(self):
        self.start(contact("ann"))
        for body, code, field in (("{", 400, None), ("[]", 400, None), ({}, 422, "email"), ({"email": 5}, 422, "email"),
                                  ({"email": "no address"}, 422, "email"), ({"id": "x" * 400}, 422, "id"),
                                  ({"email": "a@b.c", "attributes": []}, 422, "attributes"),
                                  ({"email": "a@b.c", "x": 1, "attributes": {"X": 2}}, 422, "attributes.X"),
                                  ({"email": "a@b.c", "Email": "b@b.c"}, 422, "Email"),
                                  ({"E-mail": 1, "id": 5}, 422, "id"), ({"id": "x", "Budget": "a"}, 422, "budget"),
                                  ({"email": "a@b.c", "attributes": {"email": "b@b.c"}}, 422, "attributes.email"),
                                  ({"id": "x", "attributes": {"email": 5}}, 422, "email"),
                                  ({"email": "a@b.c", "x": [[1]]}, 422, "x")):
            status, said, _ = self.create(body)
            self.assertEqual((status, said.get("field")), (code, field), (body, said))
        for act, body in (("stage", {"stage": "won"}), ("stage", {"stag": "new"}), ("tags", {"add": "vip"}),
                          ("qualification", {"score": 101}), ("notes", {}), ("notes", {"text": " \u200b\n"}), ("tags", {"add": [""]}),
                          ("qualification", {"score": 1.5}), ("stage", {"stage": ""}), ("agent", {"agent": "ben"})):
            status, said, _ = self.send("POST", path_of("ann", "/" + act), body)
            self.assertEqual(status, 422, (act, body, said))
            self.assertNotIn("command.", said["detail"])
            if body:
                self.assertIn(said["field"], body, (act, body, said))
            if said.get("field") == "stage":
                self.assertIn("one of new, contacted, engaged", said["detail"])
        for body, field in (({"budget": "much"}, "budget"), ({"email": "x y"}, "email"), ({"a": [None]}, "a"),
                            ({"email": "none"}, "email"), ({"email": ["a@b.c"]}, "email"),
                            ('{"budget": 1e400}', "budget"), ('{"attributes": {"other": -1E+999}}', "other"), ({"notes": " "}, "notes"),
                            ('{"qualification": 1e400}', "qualification")):
            status, said, _ = self.send("PATCH", path_of("ann"), body)
            self.assertEqual((status, said["code"], said["field"]), (422, "invalid_value", field), said)
        for body in ({}, {"score": 1, "clear": True}):
            said = self.send("POST", path_of("ann", "/qualification"), body)[1]
            self.assertTrue(said["detail"].startswith("the body holds"), said)
        status, said, _ = self.ask(path_of("ann"), method="PATCH", body=b'{"city": "Z\xfcrich"}')
        self.assertEqual((status, said["code"]), (400, "malformed"), said)
        for content_type in ("application/json", "application/x-www-form-urlencoded"):  # as `curl -d` says
            status, said, _ = self.send("POST", API + "contacts", [{"id": "x"}], Content_Type=content_type)
            self.assertEqual((status, said["code"]), (400, "malformed"), said)
        for wrong in ("upsert=yes", "upsert=1", "upsert"):
            status, said, _ = self.send("POST", API + "contacts?" + wrong, {"id": "ann"})
            self.assertEqual((status, said["field"]), (400, "upsert"))
        self.assertEqual(self.send("POST", path_of("nobody", "/tags"), {"add": ["a"]})[0], 404)
        self.assertEqual(self.send("PATCH", path_of("ann"), {"a": 1}, If_Match="abc")[0], 400)
        for body in ({"id": "ann"}, {"id": "bea"}):  # If-Match would not be compared
            status, said, _ = self.send("POST", API + "contacts?upsert=true", body, If_Match='"0000000000000000"')
            self.assertEqual((status, said["field"]), (400, "If-Match"))
        self.assertEqual(self.send("PATCH", path_of("ann"), {"a": 1}, Idempotency_Key="a b")[0], 400)
        for header in ("If-Match", "Idempotency-Key"):  # without a value it is not ignored
            status, said, _ = self.send("PATCH", path_of("ann"), {"a": 1}, **{header: ""})
            self.assertEqual((status, said["field"]), (400, header))
        self.assertEqual(self.ask(path_of("ann") + "?fields=internal")[1]["command_ids"], ["ann-1", "ann-2"])

    def test_what_a_get_shows_a_patch_takes(self):
        """Members that follow from other data change nothing if they are as shown; else they are refused."""
        self.start(contact("ann", "ben", email="Ann@x.org", city="Bern", born="1990-01-31", address={"zip": "3000"}, score="x"))
        shown = self.ask(path_of("ann"))[1]
        for get in (lambda: shown, lambda: self.search(query="id:ann")[1]["contacts"][0], lambda: self.ask(path_of("ann"))[1],
                    lambda: self.ask(path_of("ann") + "?fields=internal")[1], lambda: {"score": shown["score"], "email_status": "active"}):
            status, said, _ = self.send("PATCH", path_of("ann"), get())
            self.assertEqual((status, said["attributes"], said["address"]), (200, shown["attributes"], shown["address"]), said)
        changed = self.ask(path_of("ann"))[1]
        changed["profile"]["city"], changed["attributes"]["phone"] = "Chur", {"sent": "12"}
        changed["attributes"]["born"]["sent"] = "1990-02-01"
        status, said, _ = self.send("PATCH", path_of("ann"), changed)
        self.assertEqual((status, said["profile"]), (200, {**shown["profile"], "city": "Chur", "phone": "12", "born": "1990-02-01"}))
        for body, said in (({"score": 5}, "follows from"), ({"version": "x"}, "follows from"), ({"segments": ["x"]}, "follows from"),
                           ({"email_status": "bounced"}, "/opt-outs"), ({"status": "unsubscribed"}, "/opt-outs"),
                           ({"sendable": False}, "/opt-outs"), ({"id": "bob"}, "keeps its id"), ({"notes": ["x"]}, "new note"),
                           ({"topics_out": None}, "array")):
            status, problem, _ = self.send("PATCH", path_of("ann"), body)
            self.assertEqual((status, problem["field"]), (422, list(body)[0]), problem)
            self.assertIn(said, problem["detail"])
        self.assertEqual(self.send("PATCH", path_of("ann"), {"address": "Main street 1"})[1]["profile"]["address"], "Main street 1")
        self.assertEqual(self.send("PATCH", path_of("ann"), {"attributes": {"score": None, "stage": "x"}})[1]["profile"]["stage"], "x")

    def test_both_spellings_of_members_are_taken(self):
        self.start(contact("ann"))
        for name, agent in (("agentId", "ben"), ("agent_id", "cid")):
            status, said, _ = self.send("POST", path_of("ann", "/agent"), {name: agent})
            self.assertEqual((status, said["agent"], "command_ids" in said), (200, agent, False))

    def test_attributes_named_like_a_field_are_warned_of(self):
        self.start(contact("ann"))
        self.wait_for("ann")
        fields = ("score", "Lead Score", "status", "OPENS", "created", "agent", "tags", "do_not_contact", "last_opened")
        for method, path, extra in (("PATCH", path_of("ann"), {}), ("POST", API + "contacts", {"id": "bea"}),
                                    ("POST", API + "contacts?upsert=true", {"id": "ann"})):
            body = {**extra, "attributes": {**{name: "x" for name in fields}, "city": "Bern"}}
            status, said, _ = self.send(method, path, body)
            self.assertIn(status, (200, 201), said)
            self.assertEqual(len(said["warnings"]), len(fields), said)
            for name in fields:
                normal = name.lower().replace(" ", "_")
                self.assertTrue(any(f"profile.{normal}" in warning for warning in said["warnings"]), (name, said))
            shown = self.ask(path_of(said["id"]))[1]["attributes"]
            self.assertEqual(shown["lead_score"]["sent"], "x", shown)
        said = self.send("PATCH", path_of("ann"), {"city": "Basel"})[1]
        self.assertNotIn("warnings", said)
        found = self.search(where='profile.status = "x"')[1]
        self.assertEqual(sorted(row["id"] for row in found["contacts"]), ["ann", "bea"], found)

    def test_the_syntax_of_a_mailbox(self):
        self.start(contact("ann") + contact("a..b@x.org", city="Bern") + contact("old", email="o@b..c"))
        self.wait_for("old")
        for number, address in enumerate(("a@b..c", "a.@b.c", "a@-b.c", "a@b_c.org", "a@b.c.", "a@[1.2]", "x" * 65 + "@b.c",
                                          "a@" + "b" * 64 + ".c", "a@b@c.d", "\u00a0 a@b..c")):
            for method, path, body in (("POST", API + "contacts", {"email": address}),
                                       ("POST", API + "contacts", {"id": "new", "attributes": {"Email": address}}),
                                       ("POST", API + "contacts?upsert=true", {"id": "ann", "email": address}),
                                       ("PATCH", path_of("ann"), {"email": address})):
                status, said, _ = self.send(method, path, body)
                self.assertEqual((status, said.get("field")), (422, "email"), (path, body, said))
            status, said, _ = self.create({"id": f"{number}-{address}".replace(" ", "")})
            self.assertEqual((status, said["field"]), (422, "id"), said)
        for number, address in enumerate(('"a.@b"@x.org', "\u00e4nn@ex\u00e4mple.org", "\u0438\u0432\u0430\u043d@x.\u0440\u0444",
                                          "a@[192.0.2.1]", "a@localhost")):
            self.assertEqual(self.create({"id": f"new-{number}", "email": address})[0], 201, address)
        # What came from elsewhere stays, and can be edited.
        for lead, body in (("a..b@x.org", {"city": "Chur"}), ("old", {"email": "O@b..c", "city": "Chur"})):
            self.assertEqual(self.send("PATCH", path_of(lead), body)[1]["profile"]["city"], "Chur")

    def test_every_action(self):
        self.start(contact("ann", city="Bern"))
        for act, body in (("stage", {"stage": "qualified"}), ("agent", {"agentId": "ben"}),
                          ("qualification", {"score": 80}), ("do-not-contact", {"value": True, "reason": "by phone"}),
                          ("consents", {"purpose": "news", "granted": True, "source": "form"}),
                          ("notes", {"text": "called"}), ("tags", {"add": ["vip"]}), ("lists", {"add": ["new"]}),
                          ("campaigns", {"assign": ["spring"]})):
            status, said, _ = self.send("POST", path_of("ann", "/" + act), body)
            self.assertEqual((status, said.get("id")), (200, "ann"), (act, said))
        status, said, _ = self.send("PATCH", path_of("ann"), {"city": None, "first_name": "Ann"})
        self.assertEqual((said["profile"], said["stage"], said["agent"], said["qualification"]),
                         ({"first_name": "Ann"}, "qualified", "ben", 80))
        self.assertEqual((said["do_not_contact"], list(said["consents"]), said["notes"][0]["text"]),
                         (True, ["news"], "called"))
        self.assertEqual((said["tags"], said["lists"], said["campaigns"]), (["vip"], ["new"], ["spring"]))
        self.assertEqual(self.send("POST", path_of("ann", "/stage"), {"stage": "lost"})[0], 200)
        status, said, _ = self.send("POST", path_of("ann", "/stage"), {"stage": "new"})
        self.assertEqual((status, said["code"]), (409, "final_stage"))

    def test_of_those_that_saw_the_same_version_one_wins(self):
        self.start(contact("ann"))
        seen = self.ask(path_of("ann"))[2].getheader("ETag")

        def edit(number):
            return self.send("PATCH", path_of("ann"), {"winner": number}, If_Match=seen)
        with concurrent.futures.ThreadPoolExecutor(20) as clients:
            answers = list(clients.map(edit, range(20)))
        self.assertEqual(sorted(answer[0] for answer in answers), [200] + 19 * [412])
        [winner] = [number for number, answer in enumerate(answers) if answer[0] == 200]
        for status, body, answer in answers:
            if status == 412:
                self.assertEqual((body["code"], body["contact"]["profile"]), ("conflict", {"winner": winner}))
                self.assertIn("its new ETag", body["hint"])
        self.assertEqual(self.ask(path_of("ann"))[1]["profile"], {"winner": winner})

    def test_a_merge_patch_reaches_into_objects(self):
        self.start(contact("ann"))
        home, both = {"city": "Bern", "geo": {"lat": 46, "lon": 7}}, {"text": "x", "none": None}
        for patch, home_now in (({"home": home}, home),
                                ({"Home": {"city": None, "geo": {"lat": 47}}}, {"geo": {"lat": 47, "lon": 7}}),
                                ({"attributes": {"home": {"zip": None, "geo": None, "a": {"b": None}}}}, {"a": {}}),
                                ({"home": {"a": [both]}}, {"a": [both]}), ({"home": "Bern"}, "Bern"),
                                ({"home": {"city": "Chur", "x": None}}, {"city": "Chur"}), ({"home": None}, None)):
            status, said, _ = self.send("PATCH", path_of("ann"), patch)
            self.assertEqual((status, said.get("profile", {}).get("home")), (200, home_now), (patch, said))

    def test_a_change_may_expect_one_of_several_versions(self):
        """RFC 9110 §13.1.1: a list matches if one of its ETags does; a weak ETag never matches."""
        self.start(contact("ann"))
        for number, (header, expected) in enumerate((
                ('{0}, "x"', 200), ('"x" , {0}', 200), ('"x", "y"', 412), ("W/{0}", 412), ("W/{0}, {0}", 200),
                ('""', 412), ("*", 200), ("{0} {0}", 400), ("ann", 400), ('"x', 400), (",", 400))):
            seen = self.ask(path_of("ann"))[2].getheader("ETag")
            status, said, answer = self.send("PATCH", path_of("ann"), {"n": number}, If_Match=header.format(seen))
            self.assertEqual(status, expected, (header, said))
            if status >= 400:
                self.assertEqual(said["field"], "If-Match", said)
            if status == 412 and header == "W/{0}":
                self.assertEqual(said["detail"], 'a weak ETag (W/"...") is no version; send it without W/')
            if status == 412:
                self.assertEqual((answer.getheader("ETag"), said["contact"]["id"]), (seen, "ann"))

    def test_a_value_of_another_type_is_refused_with_one_that_fits(self):
        self.definitions = "tenants:\n  acme:\n    fields: {budget: number, vip: boolean, born: day, seen: date}\n" \
                           "    tiers: [{name: all}]\n"
        self.start(contact("ann"))
        for name, value, hint in (("budget", "1,5", "1234.5"), ("vip", "maybe", "true or false"),
                                  ("born", "10.12.1985", "2026-03-12"), ("seen", "soon", "2026-03-12T09:30:00Z")):
            status, said, _ = self.send("PATCH", path_of("ann"), {name: value})
            self.assertEqual((status, said["field"]), (422, name), said)
            self.assertIn(hint, said["hint"])
        self.assertNotIn("hint", self.send("PATCH", path_of("ann"), {"score": 5})[1])

    def test_contacts_that_share_an_address(self):
        """A read by address shows the first contact, and a change must say which one it means."""
        self.start(contact("one", agent="eva", email="ann@x.org") + contact("two", agent="ben", email="Ann@X.org"))
        by_address = path_of("email:ann@x.org")
        self.assertEqual(self.ask(by_address)[1]["id"], "one")
        for body in ({"email": "ann@x.org"}, {"id": "three", "email": "ann@x.org"},
                     {"id": "three", "attributes": {"E-Mail": 1, "email": "Ann <ann@x.org>"}}):
            status, said, _ = self.create(body)
            self.assertEqual((status, said["code"], said.get("existing")), (409, "exists", {"id": "one"}), said)
        for method, path, body in (("PATCH", by_address, {"a": 1}), ("POST", by_address + "/tags", {"add": ["a"]}),
                                   ("POST", API + "contacts?upsert=true", {"email": "ann@x.org", "a": 1}),
                                   ("POST", API + "bulk", {"ids": ["email:ann@x.org"], "action": "tags",
                                                           "body": {"add": ["a"]}})):
            status, said, _ = self.send(method, path, body)
            self.assertEqual((status, said["code"], said["contacts"]), (409, "ambiguous", ["one", "two"]), (path, said))
        for lead in ("one", "two"):
            row = self.ask(path_of(lead))[1]
            self.assertEqual((row["tags"], "a" in row["profile"]), ([], False))
        # An agent does not learn that another agent's contact has the address.
        agent = self.token("--agent", "ben", role="agent")
        self.assertEqual(self.ask(by_address, agent)[1]["id"], "two")
        self.assertEqual(self.send("PATCH", by_address, {"a": 1}, agent)[1]["id"], "two")
        self.assertEqual(self.ask(by_address, self.token("--agent", "cid", role="agent"))[0], 404)
        # Unless it may see both.
        self.assertEqual(self.send("POST", path_of("one", "/agent"), {"agentId": "ben"})[0], 200)
        status, said, _ = self.send("PATCH", by_address, {"a": 2}, agent)
        self.assertEqual((status, said["code"], said.get("contacts")), (409, "ambiguous", ["one", "two"]), said)

    def test_the_contact_of_an_agent_by_an_address_that_is_one_of_another_agent(self):
        self.start(contact("ann@x.org", agent="cid") + contact("crm-7", agent="ben", email="ann@x.org"))
        ben, cid, eve = (self.token("--agent", name, role="agent") for name in ("ben", "cid", "eve"))
        path = path_of("email:ann@x.org")
        self.assertEqual([self.ask(path, token)[1].get("id") for token in (ben, cid, eve, self.manager)],
                         ["crm-7", "ann@x.org", None, "ann@x.org"])
        self.assertEqual(self.send("PATCH", path, {"a": 1}, ben)[1].get("id"), "crm-7")
        self.assertEqual(self.create({"email": "ann@x.org"}, token=ben)[1].get("existing"), {"id": "crm-7"})
        self.assertNotIn("existing", self.create({"email": "ann@x.org"}, token=eve)[1])

    def test_many_who_make_the_same_contact_make_one(self):
        self.start([])
        with concurrent.futures.ThreadPoolExecutor(50) as clients:
            answers = list(clients.map(lambda number: self.create({"email": "ann@x.org", "number": number}), range(50)))
        self.assertEqual(sorted(answer[0] for answer in answers), [201] + 49 * [409])
        self.assertEqual(self.search(query="ann@x.org", count="exact")[1]["count"], 1)

    def test_many_who_give_one_address_to_different_ids_make_one(self):
        self.start([])
        for prefer, made in (("wait=30", 201), ("respond-async", 202)):
            def make(number):
                return self.create({"id": f"{made}-{number}", "email": f"{made}@x.org"}, Prefer=prefer)
            with concurrent.futures.ThreadPoolExecutor(20) as clients:
                answers = list(clients.map(make, range(20)))
            self.assertEqual(sorted(answer[0] for answer in answers), [made] + 19 * [409])
            codes = {body["code"] for status, body, _ in answers if status == 409}
            self.assertLessEqual(codes, {"in_progress", "exists"})
            self.wait_until(lambda: make(20)[1].get("existing"))
            self.assertEqual(self.search(query=f"email:{made}@x.org", count="exact")[1]["count"], 1)
        # A contact that the run refuses leaves its address to others.
        self.assertEqual(self.create({"id": "a", "email": "b@x.org", "long": [1] * 101})[0], 422)
        self.assertEqual(self.create({"id": "b", "email": "b@x.org"})[0], 201)

    def test_an_upsert_that_another_overtakes_updates(self):
        self.start([])

        def upsert(number):
            return self.send("POST", API + "contacts?upsert=true", {"email": "ann@x.org", f"a{number}": 1},
                             Idempotency_Key=f"k{number}")
        with concurrent.futures.ThreadPoolExecutor(50) as clients:
            answers = list(clients.map(upsert, range(50)))
        self.assertEqual(sorted(answer[0] for answer in answers), 49 * [200] + [201])
        self.assertEqual(self.ask(path_of("ann@x.org"))[1]["profile"], {f"a{number}": 1 for number in range(50)})
        self.assertEqual([upsert(number)[0] for number in range(50)], [answer[0] for answer in answers])
        self.assertEqual(len(self.ask(path_of("ann@x.org") + "?fields=internal")[1]["command_ids"]), 50)

    def test_an_upsert_that_does_not_wait_updates_what_overtakes_it(self):
        self.start([])

        def upsert(number):
            """Returns the outcome, once it is known; the write is never refused."""
            status, _, _ = self.send("POST", API + "contacts?upsert=true", {"email": "ann@x.org", f"a{number}": 1},
                                     Idempotency_Key=f"k{number}", Prefer="respond-async")
            self.assertEqual(status, 202)
            states = []
            self.wait_until(lambda: states.append(self.ask_within_limits(f"{API}commands/k{number}")[1]["state"]) or
                            states[-1] != "pending")
            return states[-1]
        with concurrent.futures.ThreadPoolExecutor(50) as clients:
            self.assertEqual(list(clients.map(upsert, range(50))), ["applied"] * 50)
        self.assertEqual(self.ask(path_of("ann@x.org"))[1]["profile"], {f"a{number}": 1 for number in range(50)})

    def test_a_request_sent_twice_is_one_command(self):
        self.start([])
        first = self.create({"email": "ann@x.org"}, Idempotency_Key="k1")
        again = self.create({"email": "ann@x.org"}, Idempotency_Key="k1")
        self.assertEqual((first[0], first[1]["version"]), (again[0], again[1]["version"]))
        for body in ({"email": "eve@x.org"}, {"email": "eve@x.org", "city": "Bern"}):
            upserts = [self.send("POST", API + "contacts?upsert=true", body, Idempotency_Key=f"upsert-{len(body)}")[0]
                       for _ in range(2)]
            self.assertEqual(upserts, [201, 201] if len(body) == 1 else [200, 200])
        status, body, _ = self.create({"email": "bob@x.org"}, Idempotency_Key="k1")
        self.assertEqual((status, body["code"]), (422, "idempotency_key_reused"))
        for _ in range(2):
            self.send("POST", path_of("ann@x.org", "/notes"), {"text": "once"}, Idempotency_Key="k2")
        self.assertEqual(len(self.ask(path_of("ann@x.org"))[1]["notes"]), 1)
        status, body, _ = self.ask(API + "commands/k2")
        self.assertEqual((status, body["state"], body["contact"]), (200, "applied", "ann@x.org"))
        self.assertEqual(self.ask(API + "commands/k2", self.token())[0], 404)
        self.kill(self.front)
        self.start_front()
        self.assertEqual(self.create({"email": "ann@x.org"}, Idempotency_Key="k1")[0], 201)
        self.assertEqual(self.ask(API + "commands/k2")[1]["state"], "applied")

    def test_a_kill_between_the_log_and_the_inbox_is_made_good(self):
        self.start([])
        self.create({"email": "ann@x.org"}, Idempotency_Key="written")
        self.kill(self.front)
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.execute("UPDATE commands SET position = -1, state = 0")
            columns = "tenant, id, who, request_hash, lead, at_ms"
            database.execute(f"INSERT INTO commands ({columns}) SELECT tenant, 'lost', who, x'00', 'bob@x.org', at_ms - 60001 "
                             "FROM commands")
        database.close()
        self.start_front()
        self.assertEqual(self.ask(API + "commands/written")[1]["state"], "pending")
        self.assertEqual(self.ask(API + "commands/lost")[1]["state"], "unknown")
        status, body, _ = self.create({"email": "ann@x.org"}, Idempotency_Key="written")
        self.assertEqual((status, body["id"]), (201, "ann@x.org"))
        self.assertEqual(len(self.ask(path_of("ann@x.org") + "?fields=internal")[1]["command_ids"]), 1)
        self.assertEqual(self.ask(API + "commands/written")[1]["state"], "applied")

    def test_a_write_need_not_be_waited_for(self):
        self.start(contact("ann"))
        status, body, answer = self.send("POST", path_of("ann", "/tags"), {"add": ["a"]}, Prefer="respond-async")
        self.assertEqual((status, body["state"]), (202, "pending"))
        position = answer.getheader("Leadpulse-Position")
        self.assertEqual(self.ask(f"{path_of('ann')}?after={position}")[1]["tags"], ["a"])
        self.assertEqual(self.search(query="tag:a", after=position)[1]["contacts"][0]["lead_id"], "ann")
        self.assertEqual(self.ask(answer.getheader("Location"))[1]["state"], "applied")
        for wrong in ("x", "000001.jsonl:-1", "../state:1", "000001.jsonl:1x"):
            self.assertEqual(self.ask(f"{path_of('ann')}?after={wrong}")[0], 400, wrong)

    def test_what_became_of_a_write_is_for_who_sent_it(self):
        """The outcome is known even once the contact belongs to another agent: the refusal is about the client's own
        write."""
        self.start(contact("ann", "ben"))
        self.wait_until(lambda: self.ask(path_of("ann"))[1].get("agent") == "ben")
        ben, other = self.token("--agent", "ben", role="agent"), self.token("--agent", "ben", role="agent")
        self.assertEqual(self.send("POST", path_of("ann", "/stage"), {"stage": "new"}, ben, Idempotency_Key="k",
                                   If_Match='"0000000000000000"', Prefer="respond-async")[0], 202)
        self.assertEqual(self.send("POST", path_of("ann", "/agent"), {"agentId": "cid"})[0], 200)
        self.assertEqual(self.ask(path_of("ann"), ben)[0], 404)
        status, said, _ = self.ask(API + "commands/k", ben)
        self.assertEqual((status, said["state"], said["code"], said["contact"]), (200, "refused", "conflict", "ann"))
        unknown = self.ask(API + "commands/nothing", ben)[:2]
        for token in (other, self.manager, self.token(role="admin"), self.token("--agent", "cid", role="agent")):
            self.assertEqual(self.ask(API + "commands/k", token)[:2], unknown)
        # Sent again it is the same write. The answer does not show the contact's present state.
        status, said, _ = self.send("POST", path_of("ann", "/stage"), {"stage": "new"}, ben, Idempotency_Key="k",
                                    If_Match='"0000000000000000"')
        self.assertIn(status, (404, 412), said)
        self.assertNotIn("cid", json.dumps(said))

    def test_without_a_run_nothing_is_written(self):
        self.start(contact("ann"))
        self.end(self.run_process)
        status, body, _ = self.send("POST", path_of("ann", "/tags"), {"add": ["a"]})
        self.assertEqual((status, body["code"]), (503, "unavailable"))
        self.assertEqual(os.listdir(self.path("front/inbox")), ["aside"])

    def test_a_locked_database_is_no_run_that_does_not_answer(self):
        self.start(contact("ann"))
        admin = self.token(role="admin")
        self.assertEqual(self.ask(CONTACTS + "ann", admin)[0], 200)  # the first use of a token in a day is a write, too
        writes = self.writes_of_each_kind() + 20 * self.writes_of_each_kind()[:1]
        with contextlib.closing(sqlite3.connect(self.path("front/serve.db"), isolation_level=None)) as database, \
                concurrent.futures.ThreadPoolExecutor(len(writes)) as pool:
            database.execute("BEGIN IMMEDIATE")
            begun = time.monotonic()
            for status, body, answer in pool.map(lambda write: self.send(*write, token=admin), writes):
                self.assertEqual((status, body["code"]), (503, "unavailable"), body)
                self.assertIn("the front cannot read or write its own data", body["detail"])
                self.assertTrue(answer.getheader("Retry-After"))
            # One waits five seconds for the database, and all others with it.
            self.assertLess(time.monotonic() - begun, 10)
        self.assertEqual(self.send("POST", path_of("ann", "/tags"), {"add": ["a"]})[0], 200)

    @staticmethod
    def writes_of_each_kind():
        """The arguments of `send` for a write of each handler."""
        change = {"ids": ["ann"], "action": "tags", "body": {"add": ["a"]}}
        return [("POST", path_of("ann", "/tags"), {"add": ["a"]}), ("POST", API + "contacts", {"email": "new@x.org"}),
                ("DELETE", path_of("ann") + "?confirm=ann", None), ("GET", path_of("ann", "/export"), None),
                ("POST", API + "bulk", change), ("POST", API + "tokens", {"role": "agent", "agent": "ben", "label": "x"})]

    def test_an_agent_writes_to_what_it_sees(self):
        self.start(contact("ann", agent="ben") + contact("bob", agent="cid", email="bob@x.org") + contact("dan"))
        agent = self.token("--agent", "ben", role="agent")
        for lead, expected in (("ann", 200), ("dan", 200), ("bob", 404), ("nobody", 404)):
            self.assertEqual(self.send("POST", path_of(lead, "/tags"), {"add": ["a"]}, agent)[0], expected, lead)
            self.assertEqual(self.send("PATCH", path_of(lead), {"a": 1}, agent)[0], expected, lead)
        self.assertEqual(self.send("POST", path_of("ann", "/agent"), {"agentId": "eve"}, agent)[0], 403)
        status, body, _ = self.create({"email": "bob@x.org"}, token=agent)
        self.assertEqual((status, body["code"], "existing" in body), (409, "exists", False))
        status, _, _ = self.send("POST", API + "contacts?upsert=true", {"email": "bob@x.org", "a": 1}, agent)
        self.assertEqual(status, 409)
        self.assertEqual(self.create({"email": "new@x.org"}, token=self.token("--scopes", "read"))[0], 403)
        self.assertEqual(self.ask(path_of("bob") + "?fields=internal")[1]["command_ids"], ["bob-1", "bob-2"])

    def test_an_id_that_the_audit_log_cannot_hold(self):
        """Only files bring ids with NUL."""
        self.start(contact("a\0b", email="ann@x.org"))
        path = path_of("email:ann@x.org")
        self.wait_until(lambda: self.ask(path)[0] == 200)
        for method, target, body in (("PATCH", path, {"a": 1}), ("POST", path + "/tags", {"add": ["a"]}),
                                     ("POST", API + "contacts?upsert=true", {"email": "ann@x.org", "a": 1}),
                                     ("GET", path + "/export", None)):
            status, said, _ = self.send(method, target, body)
            self.assertEqual((status, said["code"], said.get("field")), (422, "invalid_value", "id"), (target, said))

    def test_strange_ids(self):
        self.start([])
        for lead in ("a/b", "😀 <b>", "x\r\nSet-Cookie: a=b", "a%2Fb"):
            status, body, answer = self.create({"id": lead})
            self.assertEqual((status, body["id"]), (201, lead), body)
            self.assertIsNone(answer.getheader("Set-Cookie"))
            self.assertEqual(self.ask(answer.getheader("Location"))[1].get("id"), lead)
            self.assertEqual(self.send("POST", path_of(lead, "/tags"), {"add": ["a"]})[1].get("tags"), ["a"], lead)
        for lead in ("nul\0", "search", "duplicates", ".."):  # GET /contacts/search is the search
            self.assertEqual(self.create({"id": lead})[0], 422, lead)


if __name__ == "__main__":
    unittest.main()
