#!/usr/bin/env python3
"""Batches of writes through the API.   tests/serve/batches_test.py BINARY"""

import json
import sqlite3
import unittest
import urllib.parse

from front import API, CONTACTS, contact
from write_case import WriteCase

DEFINITIONS = """
tenants:
  acme:
    fields: {budget: number}
    tiers: [{name: all}]
    identity: {by_email: true}
"""
BATCH = CONTACTS + "batch"


def create(contact_id, **members):
    return {"action": "create", "contact": {"id": contact_id, **members}}


def update(contact_id, **members):
    return {"action": "update", "id": contact_id, "contact": members}


def upsert(**members):
    return {"action": "upsert", "contact": members}


class Batches(WriteCase):
    definitions = DEFINITIONS

    def batch(self, *rows, path=BATCH, **options):
        return self.send("POST", path, {"rows": rows}, **options)

    def outcomes(self, *rows, **options):
        status, said, _ = self.batch(*rows, **options)
        self.assertEqual(status, 200, said)
        return [(row["status"], row.get("id"), row.get("problem", {}).get("code")) for row in said["rows"]]

    def test_each_row_has_its_outcome(self):
        self.start(contact("ann", email="ann@x.org") + contact("bob", "cid", email="bob@x.org"))
        version = self.ask(CONTACTS + "ann")[1]["version"]
        done = self.outcomes(
            create("new", email="new@x.org", city="Bern"), update("ann", city="Chur"), upsert(email="ann@x.org", phone="1"),
            upsert(email="other@x.org"), create("ann"), create("twice", email="Ann@X.org"), update("nobody", a=1),
            update("email:bob@x.org", city="Basel"), update("bob", budget="many"), update("bob", email="ann@x.org"),
            {"action": "update", "id": "bob", "if_match": f'"{version}"', "contact": {"a": 1}}, create("new", city="Thun"),
            create("wrong", email="no address"))
        self.assertEqual(done, [
            (201, "new", None), (200, "ann", None), (200, "ann", None), (201, "other@x.org", None), (409, None, "exists"),
            (409, None, "exists"), (404, None, "not_found"), (200, "bob", None), (422, "bob", "invalid_value"), (409, "bob", "exists"),
            (412, "bob", "conflict"), (409, None, "exists"), (422, None, "invalid_value")])
        self.assertEqual([self.ask(CONTACTS + lead)[1]["profile"] for lead in ("new", "ann", "bob", "other@x.org")], [
            {"city": "Bern", "email": "new@x.org"}, {"city": "Chur", "email": "ann@x.org", "phone": "1"},
            {"city": "Basel", "email": "bob@x.org"}, {}])

    def test_rows_of_one_address_come_one_after_the_other(self):
        """As if each were a request of its own."""
        self.start(contact("ann", email="ann@x.org") + contact("bob", email="bob@x.org"))
        status, said, _ = self.batch(
            create("one", email="new@x.org", city="Bern"), create("two", email="New@X.org"), upsert(email="new@x.org", city="Chur"),
            update("email:NEW@x.org", phone="1"), update("one", tags=["a"]), update("one", tags=["b"]), create("one"),
            # An address that a row takes from its contact is free for the next one, and one that it gives is not.
            update("ann", email="other@x.org"), create("late", email="ann@x.org"), create("third", email="other@x.org"),
            update("bob", email="late@x.org"), update("email:late@x.org", city="Basel"), update("email:bob@x.org", city="Thun"))
        self.assertEqual(status, 200, said)
        self.assertEqual([(row["status"], row.get("id"), row.get("problem", {}).get("existing", {}).get("id")) for row in said["rows"]], [
            (201, "one", None), (409, None, "one"), (200, "one", None), (200, "one", None), (200, "one", None), (200, "one", None),
            (409, None, "one"), (200, "ann", None), (201, "late", None), (409, None, "ann"), (200, "bob", None), (200, "bob", None),
            (404, None, None)])
        one = self.ask(CONTACTS + "one")[1]
        self.assertEqual((one["profile"], one["tags"]), ({"city": "Chur", "email": "new@x.org", "phone": "1"}, ["b"]))

    def test_rows_of_one_address_do_not_wait_longer_than_the_batch(self):
        self.start(contact("ann"))
        status, said, _ = self.ask(BATCH, method="POST", headers={"Prefer": "respond-async", "Idempotency-Key": "k"},
                                   body=json.dumps({"rows": [update("ann", a=number) for number in range(5)]}))
        self.assertEqual((status, [row["status"] for row in said["rows"]]), (200, [202] * 5))
        self.wait_until(lambda: self.ask(API + "commands/k.4")[1]["state"] == "applied")
        self.assertEqual(self.ask(CONTACTS + "ann")[1]["profile"]["a"], 4)

    def test_outcomes_have_the_links_of_their_contacts(self):
        self.start(contact("ann", email="ann@x.org"))
        rows = [create("new", email="new@x.org"), upsert(email="ann@x.org", city="Bern"), update("nobody", a=1)]
        for number, lead in enumerate(("new", "ann")):  # the second time it is the same batch again
            said = self.batch(*rows, path=BATCH + "?fields=unsubscribe_url", Idempotency_Key="k")[1]["rows"]
            self.assertEqual([row["status"] for row in said], [201, 200, 404])
            self.assertEqual(["unsubscribe_url" in row for row in said], [True, True, False])
            path = urllib.parse.urlsplit(said[number]["unsubscribe_url"]).path
            self.assertEqual(self.request("POST", path, "List-Unsubscribe=One-Click",
                                          {"Content-Type": "application/x-www-form-urlencoded"})[0].status, 200)
            self.wait_until(lambda: self.ask(CONTACTS + lead)[1]["email_status"] == "unsubscribed")
        self.assertNotIn("unsubscribe_url", self.batch(upsert(email="ann@x.org"))[1]["rows"][0])
        status, said, _ = self.batch(*rows, path=BATCH + "?fields=score")
        self.assertEqual((status, said["field"]), (400, "fields"))

    def test_wrong_batches_are_explained(self):
        self.start(contact("ann"))
        for body, field in (({}, "rows"), ({"rows": []}, "rows"), ({"rows": 1}, "rows"), ({"rows": {}}, "rows"),
                            ({"rows": [upsert(id=str(number)) for number in range(1001)]}, "rows"), ({"rows": [{}], "x": 1}, "x")):
            status, said, _ = self.send("POST", BATCH, body)
            self.assertEqual((status, said["field"]), (422, field), said)
        for row, field in ((1, "rows[0]"), (None, "rows[0]"), ({}, "contact"), ({"action": "create"}, "contact"), ({"action": "drop", "contact": {}}, "action"),
                           ({"contact": {}}, "action"), (update("", a=1) | {"id": None}, "id"), (create("x") | {"id": "x"}, "id"),
                           (create("x") | {"more": "x"}, "more"), (create("x") | {"if_match": '"x"'}, "If-Match"),
                           (update("ann", a=1) | {"if_match": ""}, "If-Match"),
                           (create("batch"), "id"), (create("search"), "id"), (create("a\0b"), "id")):
            status, said, _ = self.batch(row)
            self.assertEqual((status, said["rows"][0]["problem"]["field"]), (200, field), said)
        self.assertEqual(self.ask(CONTACTS + "batch")[0], 405)
        status, said, _ = self.batch(update("ann", a=1), If_Match="*")
        self.assertEqual((status, said["field"]), (400, "If-Match"))

    def test_a_thousand_rows_are_there_at_once(self):
        self.start(contact("ann"))
        rows = [upsert(email=f"p{number}@x.org", number=number) for number in range(1000)]
        done = self.outcomes(*rows)
        self.assertEqual(done, [(201, f"p{number}@x.org", None) for number in range(1000)])
        self.assertEqual(self.search(query="number>=0", count="exact", limit=1)[1]["count"], 1000)
        with sqlite3.connect(self.path("front/serve.db")) as database:
            lines = database.execute("SELECT count(DISTINCT subject) FROM audit WHERE action = 'contact.batch'").fetchone()
        self.assertEqual(lines, (1000,))
        self.assertEqual(self.outcomes(*rows[:500]), [(200, f"p{number}@x.org", None) for number in range(500)])

    def test_each_row_counts(self):
        self.start(contact("ann"))
        self.end(self.front)
        self.start_front("--rate", "write=0.01,20")
        rows = [update("ann", a=number) for number in range(12)]
        self.assertEqual(self.outcomes(*rows), [(200, "ann", None)] * 12)
        status, said, answer = self.batch(*rows)
        self.assertEqual((status, said["code"]), (429, "too_many_requests"))
        self.assertIn(int(answer.getheader("Retry-After")), range(300, 401))  # 400 just after the first batch
        status, said, _ = self.batch(*rows, *rows)
        self.assertEqual((status, said["detail"]), (422, "1 to 20 rows"))
        self.assertEqual(self.outcomes(*rows[:3]), [(200, "ann", None)] * 3)

    def test_a_batch_that_is_sent_again_is_one(self):
        self.start(contact("ann"))
        rows = [create("new", email="new@x.org"), update("ann", city="Bern"), create("ann"), upsert(email="up@x.org")]
        first = self.batch(*rows, Idempotency_Key="order-1")
        again = self.batch(*rows, Idempotency_Key="order-1")
        self.assertEqual((first[0], again[:2]), (200, first[:2]))
        self.assertEqual([row["command"] for row in first[1]["rows"]], [f"order-1.{number}" for number in range(4)])
        self.assertEqual(self.ask(API + "commands/order-1.1")[1]["state"], "applied")
        for other in (rows[:3], rows + [create("more")], [rows[1], rows[0], *rows[2:]]):
            status, said, _ = self.batch(*other, Idempotency_Key="order-1")
            self.assertEqual((status, said["code"]), (422, "idempotency_key_reused"))
        self.assertEqual(self.batch(*rows, Idempotency_Key="a b")[0], 400)
        # A front that was killed before its rows were in the inbox goes on with them.
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.execute("UPDATE commands SET position = -1, state = 0 WHERE id IN ('order-1.0', 'order-1.1')")
        self.assertEqual(self.batch(*rows, Idempotency_Key="order-1")[:2], first[:2])
        self.assertEqual(len(set(ids := self.ask(CONTACTS + "ann?fields=internal")[1]["command_ids"])), len(ids))

    def test_rows_without_a_wait_are_durable(self):
        self.start(contact("ann"))
        status, said, _ = self.ask(BATCH, method="POST", headers={"Prefer": "respond-async", "Idempotency-Key": "k"},
                                   body=json.dumps({"rows": [create("new"), update("nobody", a=1)]}))
        self.assertEqual((status, [row["status"] for row in said["rows"]]), (200, [202, 404]))
        self.wait_until(lambda: self.ask(API + "commands/k.0")[1]["state"] == "applied")
        self.assertEqual(self.ask(CONTACTS + "new")[0], 200)

    def test_rights_of_each_row(self):
        """An agent's rows see its own contacts and those of nobody; others look like none, and their addresses are taken."""
        self.start(contact("mine", "ben", email="mine@x.org") + contact("free", email="free@x.org")
                   + contact("his", "cid", email="his@x.org"))
        agent = self.token("--agent", "ben", role="agent")
        rows = [update(lead, a=1) for lead in ("mine", "free", "his", "nobody", "email:his@x.org")]
        rows += [create("his"), create("new", email="his@x.org"), upsert(email="his@x.org"), update("mine", email="his@x.org")]
        status, said, _ = self.batch(*rows, token=agent)
        self.assertEqual([row["status"] for row in said["rows"]], [200, 200, 404, 404, 404, 409, 409, 409, 409])
        problems = [row["problem"] for row in said["rows"][2:]]
        self.assertEqual(problems[0], problems[1])
        self.assertEqual([problem.get("existing") for problem in problems[3:]], [None] * 4)
        self.assertNotIn("his", {row.get("id") for row in said["rows"]})
        self.assertNotIn("a", self.ask(CONTACTS + "his")[1]["profile"])
        for path, token, code in ((BATCH + "?shared=true", agent, "forbidden"), (BATCH + "?shared=true", None, None)):
            [row] = self.batch(update("free", email="his@x.org"), path=path, token=token)[1]["rows"]
            self.assertEqual(row.get("problem", {}).get("code"), code)
        reader = self.token("--scopes", "read")
        self.assertEqual(self.batch(update("mine", a=1), token=reader)[0], 403)


if __name__ == "__main__":
    unittest.main()
