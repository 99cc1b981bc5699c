#!/usr/bin/env python3
"""Erasures through the API of `leadpulse serve`, and what the front forgets.   tests/serve/erasures_test.py BINARY"""

import hashlib
import json
import os
import pathlib
import random
import sqlite3
import time
import unittest

from front import API, command, contact
from write_case import DEFINITIONS, WriteCase, path_of


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Erasures(WriteCase):
    definitions = DEFINITIONS

    def front_has(self, *texts):
        """Whether a file of the front's database has one of these texts."""
        files = [self.path("front/" + name) for name in ("serve.db", "serve.db-wal")]
        content = b"".join(pathlib.Path(name).read_bytes() for name in files if os.path.exists(name))
        return any(text.encode() in content for text in texts)

    def erase_by_hand(self, lead, number):
        self.append(command(lead, number, issuedAt=now(), erase={}))

    def is_published(self, lead):
        with open(self.path("out/changes.jsonl"), encoding="utf-8") as file:
            return any("LEAD_ERASED" in line and lead in line for line in file)

    def test_a_front_forgets_whom_others_erase(self):
        """By a record in a file: while the front runs, while it is down, and of a contact that comes back."""
        leads = ("ann-secret", "bob-secret", "cid-secret")
        self.start([line for lead in leads for line in contact(lead, email=lead + "@mail.example")])
        for lead in leads:
            self.assertEqual(self.send("POST", path_of(lead, "/tags"), {"add": ["a"]})[0], 200)
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.executemany("INSERT INTO views (tenant, name, title, query) VALUES ('acme', 'kim', ?, ?)",
                                 [("one", "query=email%3Aann-secret@mail.example"), ("two", "query=Ann-Secret@mail.example"),
                                  ("ann-secret", "stage=new"), ("kept", "query=hannah-secret@mail.example")])
        database.close()
        job = self.send("POST", API + "exports", {"columns": ["email"], "format": "csv"}, token=self.token(role="manager"))[1]
        self.wait_until(lambda: self.ask(API + "jobs/" + job["id"], self.token(role="manager"))[1]["state"] == "done")
        self.erase_by_hand("ann-secret", 98)
        self.wait_until(lambda: not self.front_has("ann-secret", "Ann-Secret"))
        self.assertTrue(self.front_has("hannah-secret"))
        self.assertTrue(self.front_has("bob-secret"))
        self.assertEqual([name for name in os.listdir(self.path("front/jobs")) if name.startswith(job["id"])], [])
        self.end(self.front)
        self.erase_by_hand("bob-secret", 99)
        self.wait_until(lambda: self.is_published("bob-secret"))
        self.assertTrue(self.front_has("bob-secret"))
        self.start_front()
        self.wait_until(lambda: not self.front_has("bob-secret"))
        self.assertTrue(self.front_has("cid-secret"))
        self.output_of("serve", "audit", "check", "--data", "front")

    def test_a_write_on_its_way_is_forgotten_once_it_is_settled(self):
        """Until then a front forgets the erased lead once, and removes the files of exports once."""
        self.start([])
        self.assertEqual(self.create({"id": "ann-secret"}, Idempotency_Key="lost")[0], 201)
        erased = self.send("DELETE", path_of("ann-secret") + "?confirm=ann-secret", token=self.token(role="admin"))
        self.assertEqual(erased[0], 200)
        self.kill(self.front)
        self.change_commands("lead = 'ann-secret', at_ms = ?, position = -1, state = 0 WHERE id = 'lost'", int(time.time() * 1000))
        self.start_front()
        job = self.export() or self.export()  # the first one may begin before the front has forgotten the lead once
        time.sleep(3)  # it asks each second whom the run has erased
        self.assertNotEqual([name for name in os.listdir(self.path("front/jobs")) if name.startswith(job)], [])
        self.assertEqual(self.ask(API + "commands/lost")[1]["contact"], "ann-secret")
        self.change_commands("state = 2 WHERE id = 'lost'")
        self.wait_until(lambda: not self.front_has("ann-secret"))

    def export(self):
        """Returns the id of an export once it is done; None if an erasure has ended it."""
        job = self.send("POST", API + "exports", {"columns": ["lead"], "format": "csv"})[1]["id"]
        ended = self.wait_until(lambda: state if (state := self.ask(API + "jobs/" + job)[1]["state"]) in ("done", "cancelled") else None)
        return job if ended == "done" else None

    def change_commands(self, change, *values):
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.execute("UPDATE commands SET " + change, values)
        database.close()

    def test_what_is_sent_after_an_erasure_is_not_forgotten(self):
        """Neither while it is on its way nor once it is applied; not by an erasure of the API that is asked about late."""
        self.start([])
        admin = self.token(role="admin")
        ways = {"lost": {"id": "ann"}, "mailbox": {"email": "bob@x.org"}, "applied": {"email": "cid@x.org"}}
        columns = "tenant, id, who, request_hash, lead, at_ms, creates, file, position, partition, state"
        for key, body in ways.items():
            lead = body.get("id") or body["email"]
            self.assertEqual(self.create(body, Idempotency_Key=key)[0], 201)
            self.assertEqual(self.send("DELETE", path_of(lead) + "?confirm=" + lead, token=admin,
                                       Idempotency_Key="erase-" + key)[0], 200)
            # The contact is created again, and the front is killed before it has asked what became of the erasure.
            if key == "applied":
                self.assertEqual(self.create(body, Idempotency_Key="again")[0], 201)
            self.kill(self.front)
            with sqlite3.connect(self.path("front/serve.db")) as database:
                at = int(time.time() * 1000)
                if key == "applied":
                    database.execute("UPDATE commands SET lead = ? WHERE id = ?", (lead, "erase-" + key))
                else:  # killed between the log and the inbox
                    database.execute(f"INSERT INTO commands ({columns}) SELECT tenant, 'again', who, request_hash, ?, ?, 1, '', "
                                     "-1, 0, 0 FROM commands WHERE id = ?", (lead, at, key))
            database.close()
            self.start_front()
            if key == "applied":
                self.assertEqual(self.send("DELETE", path_of(lead) + "?confirm=" + lead, token=admin,
                                           Idempotency_Key="erase-" + key)[0], 200)
            time.sleep(1.5)  # the front asks the run whom it erased
            self.assertEqual(self.ask(API + "commands/again")[1]["contact"], lead, key)
            for _ in range(2):
                self.assertEqual(self.create(body, Idempotency_Key="again")[0], 201, key)
            self.kill(self.front)
            with sqlite3.connect(self.path("front/serve.db")) as database:
                if key == "applied":
                    self.assertEqual(database.execute("SELECT action FROM audit WHERE subject = ?", (lead,)).fetchall(),
                                     [("contact.create",)])
                database.execute("DELETE FROM commands WHERE id = 'again'")
            database.close()
            self.start_front()
        self.output_of("serve", "audit", "check", "--data", "front")

    def test_an_erasure_that_was_lost_may_expect_one_of_several_versions(self):
        self.start(contact("ann"))
        several = '"x", ' + self.ask(path_of("ann"))[2].getheader("ETag")
        admin = self.token(role="admin")

        def erase(if_match):
            return self.send("DELETE", path_of("ann") + "?confirm=ann", token=admin, If_Match=if_match,
                             Idempotency_Key="k")[0]

        def hash_of(if_match, who):
            asked = f"DELETE\0/contacts/{{id}}\0ann\0{if_match}\0\0confirm=ann\0{who}"
            return hashlib.blake2b(asked.encode(), digest_size=32).digest()
        self.assertEqual(erase('"x"'), 412)
        self.end(self.front)
        # As after a kill before the record was written.
        with sqlite3.connect(self.path("front/serve.db")) as database:
            who, stored = database.execute("SELECT who, request_hash FROM commands").fetchone()
            self.assertEqual(stored, hash_of('"x"', who))
            database.execute("UPDATE commands SET state = 0, position = -1, request_hash = ?", (hash_of(several, who),))
        database.close()
        self.start_front()
        self.assertEqual(erase(several), 200)

    def test_an_erasure_leaves_no_id_in_the_front(self):
        self.start(contact("ann-secret"))
        admin = self.token(role="admin")
        self.send("POST", path_of("ann-secret", "/tags"), {"add": ["a"]})
        self.assertEqual(self.send("DELETE", path_of("ann-secret") + "?confirm=ann-secret")[0], 403)
        self.assertEqual(self.send("DELETE", path_of("ann-secret"), token=admin)[0], 409)
        for token, expected in ((admin, 202), (admin, 404)):
            self.assertEqual(self.send("DELETE", path_of("ann-secret") + "?confirm=ann-secret", token=token,
                                       Prefer="respond-async" if expected == 202 else "wait=5")[0], expected)
            self.wait_for("ann-secret", status=404)
        for lead in ("bob-secret", "cid-secret"):
            self.create({"id": lead})
        status, body, _ = self.send("DELETE", path_of("bob-secret") + "?confirm=bob-secret", token=admin)
        self.assertEqual((status, body), (200, {"erased": True}))
        time.sleep(0.5)  # the front forgets the first write, which did not wait for its answer
        self.output_of("serve", "audit", "check", "--data", "front")
        self.end(self.front)
        for name in ("serve.db", "serve.db-wal"):
            if os.path.exists(self.path("front/" + name)):
                with open(self.path("front/" + name), "rb") as file:
                    content = file.read()
                for lead in (b"ann-secret", b"bob-secret"):
                    self.assertNotIn(lead, content, name)

    def test_an_erasure_leaves_no_address_in_the_front_unless_others_have_it(self):
        mailbox = {"event": {"tenantId": "acme", "leadId": "ann@x.org", "eventId": "e1", "type": "OPEN",
                             "occurredAt": "2026-03-01T08:00:00Z"}}
        self.start([mailbox] + contact("one") + contact("two", email="bob@x.org") +
                   contact("three", email="bob@x.org") + contact("four", email="o'brien@bücher.example"))
        admin = self.token(role="admin")
        self.assertEqual(self.ask(path_of("ann@x.org", "/export"), admin)[0], 200)
        # The mailbox becomes part of `one`.
        self.assertEqual(self.send("PATCH", path_of("one"), {"email": "Ann@x.org"})[0], 200)
        views = {"ann": "query=email%3AAnn@x.org", "joann": "query=joann@x.org", "bob": "where=email+IS+%22bob@x.org%22",
                 "of ann@x.org": "stage=new", "ann@x.org.uk": "stage=new",
                 "irish": "where=email+IS+%22O%27Brien@B%C3%9CCHER.example%22"}
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.executemany("INSERT INTO views (tenant, name, title, query) VALUES ('acme', 'kim', ?, ?)",
                                 views.items())
        database.close()

        def left():
            with sqlite3.connect(self.path("front/serve.db")) as database:
                titles = {title for title, in database.execute("SELECT title FROM views")}
                subjects = {subject for subject, in database.execute("SELECT subject FROM audit")}
            database.close()
            return titles, "ann@x.org" in subjects
        self.assertEqual(left(), (set(views), True))
        for lead, expected in (("two", set(views)), ("one", {"joann", "bob", "ann@x.org.uk", "irish"}),
                               ("three", {"joann", "ann@x.org.uk", "irish"}), ("four", {"joann", "ann@x.org.uk"})):
            self.assertEqual(self.send("DELETE", path_of(lead) + "?confirm=" + lead, token=admin)[0], 200)
            self.assertEqual(left(), (expected, lead == "two"), lead)
        self.output_of("serve", "audit", "check", "--data", "front")

    def test_the_page_names_each_place_that_keeps_an_erased_id(self):
        """Here of an erasure that did not come through the front."""
        self.start(contact("ann-secret"))
        self.assertEqual(self.send("POST", path_of("ann-secret", "/tags"), {"add": ["a"]})[0], 200)
        with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            file.write(json.dumps(command("ann-secret", 99, issuedAt=now, erase={})) + "\n")
        self.wait_for("ann-secret", status=404)
        self.wait_until(lambda: not self.front_has("ann-secret"))
        self.output_of("serve", "audit", "check", "--data", "front")
        self.end(self.front)
        self.end(self.run_process)
        page = (pathlib.Path(__file__).resolve().parents[2] / "processor/maintenance/README.md").read_text("utf-8")
        table = page.split("## Erased leads")[1].split("\n## ")[0]
        names = {"in.jsonl": "inputs", "inbox": "inputs", "changes.jsonl": "`changes.jsonl`", "serve.db": "`serve.db`",
                 "serve.db-wal": "`serve.db`", "state": "the state's files"}
        keep = set()
        for path in pathlib.Path(self.folder).rglob("*"):
            if path.is_file() and b"ann-secret" in path.read_bytes():
                keep.add(path.parent.name if path.parent.name in ("state", "inbox") else path.name)
        self.assertNotIn("serve.db", keep)
        for name in keep:
            self.assertIn(names[name], table, name)
        self.assertIn("`aside/kept.jsonl`", table)  # of the receiver

    def test_a_front_finishes_the_erasures_of_the_one_before(self):
        self.start(contact("ann-secret"))
        self.send("DELETE", path_of("ann-secret") + "?confirm=ann-secret", token=self.token(role="admin"))
        self.end(self.front)

        def erasures():
            with sqlite3.connect(self.path("front/serve.db")) as database:
                return database.execute("SELECT lead, state FROM commands WHERE erases = 1").fetchall()

        self.assertEqual(erasures(), [("", 1)])
        # As after a kill once the record was durable.
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.execute("UPDATE commands SET lead = 'ann-secret', state = 0 WHERE erases = 1")
        self.start_front()
        self.wait_until(lambda: erasures() == [("", 1)])


class RandomHistories(WriteCase):
    """What is left of erased people after histories of shared and changed addresses, and commands by address."""
    definitions = DEFINITIONS
    # What processor/maintenance/README.md says keeps the records and changes of before.
    keeping = ("in.jsonl", "front/inbox/", "out/changes.jsonl", "out/dead-letters.jsonl")

    def files_with(self, text):
        found = set()
        for path in pathlib.Path(self.folder).rglob("*"):
            name = str(path.relative_to(self.folder))
            if path.is_file() and not name.startswith(self.keeping) and text.encode() in path.read_bytes():
                found.add(name)
        return found

    def history(self, draw):
        """Returns records, with nothing about a lead after its erasure; and the erased: id, name and last address."""
        leads = [f"lead-{draw.randrange(10**6):06}" for _ in range(8)]
        boxes = [f"box{draw.randrange(10**6):06}@mail.example" for _ in range(3)]
        has, records, erased = {}, [], []
        for number in range(70):
            alive = [lead for lead in leads if lead not in erased]
            lead, box = draw.choice(alive), draw.choice(boxes)
            act = draw.random()
            if act < 0.4 or lead not in has:
                has[lead] = box
                records.append(command(lead, number, updateProfile={"set": {"email": box, "first_name": "Name-" + lead}}))
            elif act < 0.55:
                records.append(command("", number, email=box, editTags={"add": [f"t{number}"]}))
                records[-1]["command"]["commandId"] = f"by-address-{draw.randrange(20)}"
            elif act < 0.65:
                records.append(command("", number, email=box, setDoNotContact={"value": True}))
                records[-1]["command"]["commandId"] = f"by-address-{number}"
            elif act < 0.9:
                records.append({"event": {"tenantId": "acme", "leadId": draw.choice((lead, box)), "eventId": f"e{number}",
                                          "type": draw.choice(("OPEN", "CLICK", "UNSUBSCRIBE")), "email": box, "occurredAt": now()}})
            elif len(alive) > 2:
                records.append(command(lead, number, erase={}))
                erased.append(lead)
        for record in records:
            record.get("command", {})["issuedAt"] = now()
        return records, [(lead, "Name-" + lead, has[lead]) for lead in erased]

    def test_nothing_is_left_of_the_erased(self):
        checked = 0
        for seed in range(int(os.environ.get("LEADPULSE_HISTORIES", "4"))):
            records, erased = self.history(random.Random(seed))
            records.append(command("last", seed, addNote={"text": "the end"}))
            if seed == 0:
                self.start(records)
            else:
                self.append(*records)
                self.start_run()
                self.start_front()
            self.wait_until(lambda seed=seed: len(self.ask(path_of("last"))[1].get("notes", [])) == seed + 1)
            for lead, _, _ in erased:
                self.assertEqual(self.ask(path_of(lead, "/timeline"))[0], 404, (seed, lead))
            timelines = [json.dumps(self.ask(path_of(lead["id"], "/timeline"))[1]) for lead in self.search(limit=100)[1]["contacts"]]
            in_use = json.dumps(self.search(limit=100)[1])
            logs = self.end(self.front) + self.end(self.run_process)
            self.output_of("state", "compact", "--state", "state")
            for lead, name, box in erased:
                for text in [lead, name] + [box] * (box not in in_use):
                    self.assertEqual(self.files_with(text), set(), (seed, text))
                    self.assertNotIn(text, logs + "".join(timelines), seed)
                    checked += 1
        self.assertGreater(checked, 6)


if __name__ == "__main__":
    unittest.main()
