#!/usr/bin/env python3
"""Writes and imports are taken back through the API of `leadpulse serve`.   tests/serve/undo_test.py BINARY"""

import json
import os
import pathlib
import sqlite3
import time
import unittest

from front import API, CONTACTS, command, contact
from job_case import JobCase

DEFINITIONS = """
tenants:
  acme:
    tiers: [{name: all}]
    fields: {size: number}
"""


class Undo(JobCase):
    run_definitions = DEFINITIONS

    def contact(self, lead):
        status, said, _ = self.ask(CONTACTS + lead)
        return said if status == 200 else None

    def act(self, lead, what, key, token=None, **body):
        status, said, _ = self.ask(f"{CONTACTS}{lead}/{what}", token, "POST", {"Idempotency-Key": key}, json.dumps(body))
        self.assertEqual(status, 200, said)
        return said

    def undo(self, key, token=None, headers=()):
        status, said, _ = self.ask(f"{API}commands/{key}/undo", token, "POST", dict(headers))
        return status, said

    def imported(self, text, **body):
        status, upload, _ = self.ask_within_limits(API + "imports", None, "POST", {"Content-Type": "text/csv"}, text)
        self.assertEqual(status, 201, upload)
        status, said, _ = self.post(f"imports/{upload['id']}/run", body)
        self.assertEqual(status, 202, said)
        self.assertEqual(self.finished(upload)["state"], "done")
        return upload["id"]

    def take_back(self, upload):
        status, job, _ = self.ask_within_limits(f"{API}imports/{upload}/undo", None, "POST")
        self.assertEqual((status, job.get("kind")), (202, "undo"), job)
        return self.finished(job)

    def leads_of(self, upload):
        status, said, _ = self.ask(f"{API}imports/{upload}/contacts?limit=1000")
        self.assertEqual(status, 200, said)
        return {one["id"]: (one["is_new"], one["changed"], one["left"]) for one in said["contacts"]}

    # ---- Writes ----

    def test_a_write_is_taken_back(self):
        self.start_with(*contact("ada", agent="ben", city="Bern"))
        token = self.token()
        for key, what, body, member, before, after in (
                ("1", "stage", {"stage": "qualified"}, "stage", "new", "qualified"),
                ("2", "agent", {"agentId": "eve"}, "agent", "ben", "eve"),
                ("3", "tags", {"add": ["VIP"]}, "tags", [], ["VIP"]),
                ("4", "lists", {"add": ["news"]}, "lists", [], ["news"]),
                ("5", "campaigns", {"assign": ["spring"]}, "campaigns", [], ["spring"]),
                ("6", "do-not-contact", {"value": True, "reason": "asked"}, "do_not_contact", False, True),
                ("7", "qualification", {"score": 40}, "qualification_set", None, 40)):
            self.assertEqual(self.contact("ada")[member], before)
            self.assertEqual(self.act("ada", what, key, token, **body)[member], after, what)
            status, said = self.undo(key, token)
            self.assertEqual((status, said.get(member)), (200, before), (what, said))
            # It is taken back already.
            status, said = self.undo(key, token)
            self.assertEqual((status, said["code"]), (409, "changed_since"), said)

    def test_taking_back_can_be_taken_back(self):
        self.start_with(*contact("ada"))
        token = self.token()
        self.act("ada", "stage", "move", token, stage="engaged")
        self.assertEqual(self.undo("move", token, {"Idempotency-Key": "back"})[1]["stage"], "new")
        self.assertEqual(self.undo("back", token)[1]["stage"], "engaged")

    def test_attributes_of_a_patch_are_set_back(self):
        self.start_with(*contact("ada", city="Bern", size=9))
        token = self.token()
        status, said, _ = self.ask(CONTACTS + "ada", token, "PATCH", {"Idempotency-Key": "edit"},
                                   json.dumps({"city": None, "size": 10, "title": "CTO"}))
        self.assertEqual((status, said["profile"]), (200, {"size": 10, "title": "CTO"}), said)
        self.assertEqual(self.undo("edit", token)[1]["profile"], {"city": "Bern", "size": 9})

    def test_what_somebody_has_changed_since_stays(self):
        self.start_with(*contact("ada"))
        mine, other = self.token(), self.token()
        self.act("ada", "stage", "move", mine, stage="engaged")
        self.act("ada", "tags", "tag", other, add=["vip"])  # something else
        self.act("ada", "stage", "again", other, stage="qualified")
        status, said = self.undo("move", mine)
        self.assertEqual((status, said["code"], said["contact"]["stage"]), (409, "changed_since", "qualified"), said)
        self.assertEqual(self.contact("ada")["stage"], "qualified")

    def test_only_ones_own_recent_writes_are_taken_back(self):
        self.start_with(*contact("ada"))
        mine, other = self.token(), self.token()
        self.act("ada", "stage", "move", mine, stage="engaged")
        self.assertEqual(self.undo("move", other)[0], 404)
        self.assertEqual(self.undo("none", mine)[0], 404)
        self.act("ada", "stage", "final", mine, stage="lost")  # no way back from a final stage
        self.assertEqual(self.undo("final", mine)[0], 404)
        self.assertEqual(self.undo("move", mine)[1]["code"], "final_stage")
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.execute("UPDATE commands SET at_ms = at_ms - ? WHERE id = 'move'", (24 * 3_600_000 + 1,))
        self.assertEqual(self.undo("move", mine)[0], 404)

    def test_who_is_no_manager_any_more_gives_no_lead_back(self):
        self.start_with(*contact("ada", agent="ben"))
        token = self.token()
        self.act("ada", "agent", "give", token, agentId="eve")
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.execute("UPDATE tokens SET role = 1, agent_id = 'eve' WHERE id = (SELECT max(id) FROM tokens)")
        self.assertEqual(self.undo("give", token)[0], 403)
        self.assertEqual(self.contact("ada")["agent"], "eve")

    def test_a_note_is_removed_by_its_author_and_by_managers(self):
        self.start_with(*contact("ada"), command("ada", 3, addNote={"text": "of the CRM"}))
        ben, eve = (self.token("--agent", name, role="agent") for name in ("ben", "eve"))
        self.act("ada", "notes", "n1", ben, text="first")
        ids = {note["text"]: note["command_id"] for note in self.act("ada", "notes", "n2", ben, text="second")["notes"]}

        def remove(note, token, key="", **headers):
            url = f"{CONTACTS}ada/notes?command_id={note}"
            status, said, _ = self.ask(url, token, "DELETE", {**headers, **({"Idempotency-Key": key} if key else {})})
            return status, [one["text"] for one in said["notes"]] if status == 200 else said["code"]
        self.assertEqual(remove(ids["first"], eve), (403, "forbidden"))
        self.assertEqual(remove(ids["of the CRM"], ben), (403, "forbidden"))
        self.assertEqual(remove(ids["first"], ben, **{"If-Match": '"another"'}), (412, "conflict"))
        for _ in range(2):  # the same request again
            self.assertEqual(remove(ids["first"], ben, "r1"), (200, ["of the CRM", "second"]))
        self.assertEqual(remove(ids["first"], ben), (404, "not_found"))
        self.assertEqual(remove("", ben), (404, "not_found"))
        self.assertEqual(remove(ids["second"], None), (200, ["of the CRM"]))
        self.assertEqual(remove(ids["of the CRM"], None), (200, []))
        self.assertEqual(self.undo("r1", ben)[0], 404)
        line = self.ask(API + "audit?action=contact.remove_note", self.token(role="admin"))[1]["lines"]
        self.assertEqual([(one["who"][:5], one["subject"]) for one in line], [("token", "ada")] * 4)  # with the one that came too late

    # ---- Imports ----

    def test_an_import_is_taken_back(self):
        event = {"event": {"tenantId": "acme", "leadId": "seen@x.org", "eventId": "e", "type": "OPEN",
                           "occurredAt": "2026-03-01T09:30:00Z"}}
        self.start_with(*contact("old@x.org", agent="ben", city="Bern", size=1), *contact("crm-1", email="by@x.org", city="Chur"),
                        *contact("mine@x.org", city="Bern"), *contact("same@x.org", city="Thun"))
        upload = self.imported("E-Mail,City,Size,Tags,Contact owner\nold@x.org,Basel,2,fair,eve\nby@x.org,Basel,,,\n"
                               "mine@x.org,Basel,7,,\nsame@x.org,Thun,,,\nnew@x.org,Basel,,,\nseen@x.org,Basel,,,\n"
                               "edited@x.org,Basel,,,\nnew@x.org,Brig,,,\n", map={"Contact owner": "agent"})
        self.assertEqual(self.contact("old@x.org")["agent"], "eve")
        self.append(event)
        self.wait_until(lambda: self.contact("seen@x.org")["events"])
        self.act("edited@x.org", "tags", "t", add=["vip"])
        self.act("mine@x.org", "stage", "s", stage="engaged")
        status, said, _ = self.ask(CONTACTS + "mine@x.org", None, "PATCH", {}, json.dumps({"city": "Genf"}))
        self.assertEqual(status, 200, said)
        self.assertEqual(self.leads_of(upload), {
            "old@x.org": (False, ["agent", "city", "size", "tags"], None), "crm-1": (False, ["city"], None),
            "mine@x.org": (False, ["city", "size"], None), "new@x.org": (True, [], None), "seen@x.org": (True, [], None),
            "edited@x.org": (True, [], None)})
        said = self.ask(f"{API}imports/{upload}")[1]
        self.assertEqual((said["undoable"], said.get("undone_by")), (6, None), said)
        job = self.take_back(upload)
        self.assertEqual((job["state"], job["done"], job["total"], job["wrong"], job["reasons"], job["detail"]),
                         ("done", 6, 6, 3, {"changed_since": 2, "has_events": 1}, "1 lead withdrawn, 3 leads set back"))
        old = self.contact("old@x.org")
        self.assertEqual((old["agent"], old["profile"], old["tags"]), ("ben", {"city": "Bern", "size": 1}, []))
        self.assertEqual(self.contact("crm-1")["profile"]["city"], "Chur")
        mine = self.contact("mine@x.org")
        self.assertEqual((mine["profile"], mine["stage"]), ({"city": "Genf"}, "engaged"))
        self.assertIsNone(self.contact("new@x.org"))
        self.assertEqual(self.contact("seen@x.org")["profile"]["city"], "Basel")
        self.assertEqual((self.contact("edited@x.org")["profile"]["city"], self.contact("edited@x.org")["tags"]), ("Basel", ["vip"]))
        self.assertEqual({lead: left for lead, (_, _, left) in self.leads_of(upload).items()},
                         {"mine@x.org": "changed_since", "seen@x.org": "has_events", "edited@x.org": "changed_since"})
        self.assertEqual(self.ask(f"{API}imports/{upload}")[1]["undone_by"], f"{API}jobs/{job['id']}")
        lines = self.ask(API + "audit?lead=old@x.org", self.token(role="admin"))[1]["lines"]
        self.assertEqual(lines[0]["action"], "import.undo")

    def test_a_final_stage_and_its_agent_stay_and_the_rest_does_not(self):
        self.start_with(*contact("old@x.org", agent="ben", city="Bern"))
        upload = self.imported("E-Mail,City,Tags,Stage,Contact owner\nold@x.org,Basel,fair,lost,eve\n",
                               map={"Contact owner": "agent"})
        self.assertEqual(self.contact("old@x.org")["stage"], "lost")
        job = self.take_back(upload)
        self.assertEqual((job["state"], job["reasons"], job["detail"]),
                         ("done", {"final_stage": 1}, "0 leads withdrawn, 1 lead set back"))
        old = self.contact("old@x.org")
        self.assertEqual((old["stage"], old["agent"], old["profile"], old["tags"]), ("lost", "eve", {"city": "Bern"}, []))

    def test_what_the_file_says_against_mail_stays(self):
        self.start_with(*contact("old@x.org", city="Bern"))
        upload = self.imported("E-Mail,City,Status\nold@x.org,Basel,unsubscribed\nnew@x.org,Basel,unsubscribed\nmine@x.org,Basel,do not contact\n")
        job = self.take_back(upload)
        self.assertEqual(job["state"], "done", job)
        for lead, profile in (("old@x.org", {"city": "Bern"}), ("new@x.org", {})):
            self.assertEqual((self.contact(lead)["profile"], self.contact(lead)["sendable"]), (profile, False))

    def test_an_import_of_which_nothing_is_left_cannot_be_taken_back(self):
        self.start_with(*contact("ada@x.org", city="Bern"))
        upload = self.imported("E-Mail,City\nada@x.org,Bern\n")
        status, said, _ = self.ask(f"{API}imports/{upload}/undo", None, "POST")
        self.assertEqual((status, said["code"]), (409, "nothing_to_undo"), said)
        self.assertEqual(self.ask(f"{API}imports/none/undo", None, "POST")[0], 404)
        self.assertEqual(self.ask(f"{API}imports/{upload}/undo", self.token("--agent", "ben", role="agent"), "POST")[0], 403)

    def test_an_erased_lead_is_in_no_record_of_an_import(self):
        self.start_with(*contact("old@x.org", city="Secretville"))
        upload = self.imported("E-Mail,City\nold@x.org,Bern\nnew@x.org,Bern\n")
        self.assertEqual(set(self.leads_of(upload)), {"old@x.org", "new@x.org"})
        self.append({"command": {"tenantId": "acme", "leadId": "old@x.org", "commandId": "e", "erase": {},
                                "issuedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))}})
        self.wait_until(lambda: set(self.leads_of(upload)) == {"new@x.org"})
        self.wait_until(lambda: not self.is_anywhere("Secretville"))

    def is_anywhere(self, text):
        """Whether a file of the front's database has the text."""
        return any(text.encode() in pathlib.Path(self.path(f"front/{name}")).read_bytes()
                   for name in os.listdir(self.path("front")) if name.startswith("serve.db"))


if __name__ == "__main__":
    unittest.main()
