#!/usr/bin/env python3
"""Reads through the API of `leadpulse serve`, besides contacts and searches.   tests/serve/reads_test.py BINARY

LEADPULSE_SEED repeats the random contacts.
"""

import json
import os
import random
import sqlite3
import unittest
import urllib.parse

from front import API, CONTACTS, FrontCase, command, contact, with_snake_names

DEFINITIONS = """
tenants:
  acme:
    identity: {by_email: true}
    scoring: {rules: [{event: open, points: 2, expires_after: 36000d}, {event: click, points: 7}]}
    tiers: [{name: hot, at_least: 9}, {name: warm, at_least: 2}, {name: cold}]
    journal: {max_entries: 6}
    segments:
      - {id: openers, name: Openers, rule: 'DID open'}
      - {id: nobody, name: Nobody, rule: 'score > 1000'}
      - {id: won, name: Won, rule: 'stage = "converted" OR tags = "vip"'}
"""
STAGES = ["new", "contacted", "engaged", "qualifying", "qualified", "follow_up", "converted", "lost", "archived"]
SEED = int(os.environ.get("LEADPULSE_SEED", str(random.randrange(1 << 32))))


def event(lead, number, kind="OPEN", day=1, **members):
    return {"event": {"tenantId": "acme", "leadId": lead, "eventId": f"{lead}-e{number}", "type": kind,
                      "occurredAt": f"2026-03-{day:02d}T10:00:00Z", **members}}


class ReadCase(FrontCase):
    run_definitions = DEFINITIONS

    def get(self, path, token=None, **parameters):
        """The answer, which must have status 200."""
        status, body, _ = self.ask_within_limits(f"{API}{path}?{urllib.parse.urlencode(parameters)}", token)
        self.assertEqual(status, 200, (path, parameters, body))
        return body

    def refusal(self, path, token=None, **parameters):
        status, body, _ = self.ask(f"{API}{path}?{urllib.parse.urlencode(parameters)}", token)
        return status, body["code"]

    def walk(self, path, member, sizes, token=None, between=lambda: None):
        """The elements of all pages, which have these sizes in turn."""
        found, parameters = [], {}
        for number in range(1000):
            limit = sizes[number % len(sizes)]
            page = self.get(path, token, limit=limit, **parameters)
            self.assertLessEqual(len(page[member]), limit)
            found += page[member]
            if page["cursor"] is None:
                return found
            self.assertEqual(len(page[member]), limit)
            parameters["cursor"] = page["cursor"]
            between()
        raise AssertionError("the pages do not end")


class OneContact(ReadCase):
    def start_with_ann(self):
        self.start([event("ann", 1), event("ann", 2, "CLICK", 2, campaignId="spring"), event("ann", 3, day=2),
                    *contact("ann", "ben", city="Bern"),
                    command("ann", 3, recordConsent={"purpose": "news", "granted": True, "source": "form"}),
                    command("ann", 4, setStage={"stage": "QUALIFIED"}),
                    *(command("ann", f"n{number}", addNote={"text": "the same"}) for number in range(3))])

    def test_an_explanation_is_what_the_command_prints(self):
        self.start_with_ann()
        said = self.get("contacts/ann/explain")
        printed = json.loads(self.output_of("explain", "--state", "state", "--tenant", "acme", "--lead", "ann", "--format",
                                            "json", "--at", said["at"]))
        self.assertEqual(said, {"id": "ann", **with_snake_names(printed)})
        self.assertEqual((said["score"]["value"], said["tier"]["value"]), (11, "hot"))
        self.assertEqual([part["points"] for part in said["score"]["contributions"]], [2, 2, 7])
        self.assertIsNotNone(said["score"]["contributions"][0]["changes_at"])

    def test_an_agent_does_not_get_to_know_of_other_leads_with_the_address(self):
        self.start(contact("crm-1", "ben", email="ann@x.org") + contact("crm-2", "cid", email="ann@x.org")
                   + [event("crm-2", 1, "UNSUBSCRIBE")])
        agent = self.token("--agent", "ben", role="agent")
        self.wait_until(lambda: self.get("contacts/crm-1")["email_status"] != "active")  # leads exchange messages
        told = self.get("contacts/crm-1/explain")["email_status"]
        seen = self.get("contacts/crm-1/explain", agent)["email_status"]
        self.assertEqual((told["value"], seen["value"]), ("unsubscribed", "unsubscribed"))
        self.assertEqual(told["reason"], seen["reason"] +
                         "; another lead with the same address, which may be erased by now, has it")
        for part in ("/explain", "/timeline", ""):
            self.assertNotIn("crm-2", json.dumps(self.get(f"contacts/crm-1{part}", agent)))

    def test_an_agent_does_not_get_to_know_who_uses_its_lead_as_address(self):
        self.start(contact("ann@x.org", "ben") + contact("crm-2", "cid", email="ann@x.org"))
        address = "contacts/ann@x.org"
        self.wait_until(lambda: (self.get(address)["address"] or {}).get("used_by") == ["crm-2"])
        agent = self.token("--agent", "ben", role="agent")
        for part in ("/explain", "/timeline", ""):
            self.assertNotIn("crm-2", json.dumps(self.get(address + part, agent)))

    def test_an_export_names_others_with_the_address_to_managers_alone(self):
        self.start(contact("crm-1", "ben", email="ann@x.org") + contact("crm-2", "cid", email="ann@x.org"))
        self.assertEqual(self.get("contacts/crm-1/export")["contact"]["address"]["also_used_by"], ["crm-2"])
        agent = self.token("--agent", "ben", role="agent")
        self.assertEqual(self.refusal("contacts/crm-1/export", agent), (403, "forbidden"))

    def test_a_timeline_has_what_the_contact_has(self):
        self.start_with_ann()
        record, timeline = self.get("contacts/ann"), self.get("contacts/ann/timeline")
        self.assertEqual((timeline["id"], timeline["cursor"], timeline["folded"]), ("ann", None, None))
        entries = timeline["entries"]
        times = [entry["at"] for entry in entries]
        self.assertEqual(times, sorted(times, reverse=True))

        def of_kind(kind):
            return [entry[kind] for entry in entries if entry["kind"] == kind]
        by_id = {one["event_id"]: one for one in record["events"]}
        self.assertEqual({one["event_id"]: one for one in of_kind("event")}, by_id)
        self.assertEqual(of_kind("note"), record["notes"])
        self.assertEqual(of_kind("consent"), record["consent_ledger"])
        self.assertEqual(of_kind("stage"), [{**record["stage_set"], "actor": "test"}])
        self.assertEqual([(one["agent_id"], one["actor"]) for one in of_kind("agent")], [("ben", "test")])
        self.assertEqual(len(entries) - len(of_kind("change")), 3 + 3 + 1 + 1 + 1)
        for sizes in ([1], [2], [3, 1], [9]):
            self.assertEqual(self.walk("contacts/ann/timeline", "entries", sizes), entries)

    def test_a_timeline_says_who_changed_attributes_tags_lists_and_campaigns(self):
        self.start(contact("ann", "ben", city="Bern", phone="1"))
        self.assertEqual([entry["kind"] for entry in self.entries_but_changes()], ["agent"])
        token = self.token("--agent", "ben", role="agent")
        for _ in range(2):  # a repeated write changes nothing
            for path, body in (("", {"city": "Basel", "phone": None, "company_name": "Müller"}),
                               ("/tags", {"add": ["VIP", "hot"]}), ("/lists", {"add": ["News"]}),
                               ("/campaigns", {"assign": ["Spring"]})):
                status, said, _ = self.ask(f"{CONTACTS}ann{path}", token, "POST" if path else "PATCH",
                                           headers=[("Prefer", "wait=5")], body=json.dumps(body))
                self.assertEqual(status, 200, said)
        status, said, _ = self.ask(CONTACTS + "ann/tags", token, "POST", body='{"remove": ["vip"]}',
                                   headers=[("Prefer", "wait=5")])
        self.assertEqual(status, 200, said)
        entries = self.entries_but_changes()
        actors = {entry[entry["kind"]].pop("actor") for entry in entries[:-1]}
        self.assertEqual(len(actors), 1, actors)
        self.assertNotIn("", actors)
        for entry in entries:
            self.assertEqual(entry[entry["kind"]].pop("at"), entry["at"])
        self.assertEqual([(entry["kind"], entry[entry["kind"]]) for entry in entries[:-1]],
                         [("tags", {"added": [], "removed": ["VIP"]}),
                          ("campaigns", {"added": ["Spring"], "removed": []}),
                          ("lists", {"added": ["News"], "removed": []}),
                          ("tags", {"added": ["hot", "VIP"], "removed": []}),
                          ("attributes", {"set": ["city", "company_name"], "unset": ["phone"]})])
        export = [entry["kind"] for entry in self.get("contacts/ann/export")["timeline"]]
        self.assertEqual([kind for kind in export if kind != "change"], [entry["kind"] for entry in entries])

    def entries_but_changes(self):
        return [entry for entry in self.get("contacts/ann/timeline")["entries"] if entry["kind"] != "change"]

    def test_what_happens_meanwhile_does_not_move_the_pages_of_a_timeline(self):
        self.start_with_ann()
        before = self.get("contacts/ann/timeline")["entries"]

        def note():
            status, body, _ = self.ask(CONTACTS + "ann/notes", method="POST", body='{"text": "later"}')
            self.assertEqual(status, 200, body)
        self.assertEqual(self.walk("contacts/ann/timeline", "entries", [1, 2], between=note), before)

    def test_events_that_have_left_the_journal_are_counted(self):
        self.start([event("ann", number, day=number) for number in range(1, 10)])
        timeline, record = self.get("contacts/ann/timeline"), self.get("contacts/ann")
        self.assertEqual([entry["kind"] for entry in timeline["entries"]].count("event"), 6)
        self.assertEqual(timeline["folded"], record["folded"])
        self.assertEqual(timeline["folded"]["counts"]["open"], 3)

    def test_wrong_parameters_of_a_timeline(self):
        self.start(contact("ann") + contact("bob", "cid") + [event("ann", 1), event("ann", 2), event("bob", 1)])
        agent = self.token("--agent", "ben", role="agent")
        cursor = self.get("contacts/ann/timeline", limit=1)["cursor"]
        for path, token, parameters in (("ann", None, {"limit": 0}), ("ann", None, {"limit": 1001}),
                                        ("ann", None, {"limit": "x"}), ("ann", None, {"cursor": "x"}),
                                        ("ann", None, {"cursor": cursor[:-2]}), ("bob", None, {"cursor": cursor}),
                                        ("ann", agent, {"cursor": cursor}), ("ann", None, {"sort": "at"})):
            self.assertEqual(self.refusal(f"contacts/{path}/timeline", token, **parameters), (400, "invalid_value"),
                             (path, parameters))
        for part in ("explain", "timeline"):
            self.assertEqual(self.refusal(f"contacts/bob/{part}", agent), (404, "not_found"))
            self.assertEqual(self.get(f"contacts/ann/{part}", agent)["id"], "ann")

    def exports(self):
        with sqlite3.connect(f"file:{self.path('front/serve.db')}?mode=ro", uri=True) as database:
            return database.execute("SELECT who, subject FROM audit WHERE action = 'contact.export'").fetchall()

    def test_an_export_is_complete_and_in_the_audit_log(self):
        self.start_with_ann()
        agent = self.token("--agent", "ben", role="agent")
        self.assertEqual(self.refusal("contacts/ann/export", agent), (403, "forbidden"))
        self.assertEqual(self.refusal("contacts/nobody/export"), (404, "not_found"))
        self.assertEqual(self.exports(), [])
        status, body, answer = self.ask(CONTACTS + "ann/export")
        self.assertEqual((status, answer.getheader("Content-Disposition")),
                         (200, 'attachment; filename="contact.json"'))
        record, explanation = self.get("contacts/ann", fields="internal"), self.get("contacts/ann/explain")
        self.assertEqual(record.pop("updated"), record["newest_command_at"])
        record.pop("stage_since")  # published_changes_test
        for moving in (record, body["contact"], explanation, body["explanation"]):
            moving.pop("at")
            moving.pop("searched_until", None)
        self.assertEqual(set(body), {"id", "contact", "explanation", "timeline"})
        self.assertEqual({"id": "ann", **body["contact"]}, record)
        self.assertEqual({"id": "ann", **body["explanation"]}, explanation)
        self.assertEqual(body["timeline"], self.get("contacts/ann/timeline")["entries"])
        [(who, subject)] = self.exports()
        self.assertEqual((who[:6], subject), ("token:", "ann"))
        self.output_of("serve", "audit", "check", "--data", "front")


class AllContacts(ReadCase):
    def test_duplicates(self):
        shared = {"a@x.org": 12, "b@x.org": 2, "c@x.org": 3, "d@x.org": 2}
        records = contact("duplicates") + contact("alone", email="alone@x.org")
        for address, count in shared.items():
            for number in range(count):
                records += contact(f"{address[0]}{number:02d}", "cid", email=address)
        self.start(records)
        self.wait_for("d01")
        found = self.get("contacts/duplicates")
        self.assertEqual([(row["address"], row["leads"]) for row in found["duplicates"]],
                         [("a@x.org", 12), ("c@x.org", 3), ("b@x.org", 2), ("d@x.org", 2)])
        self.assertIsNone(found["cursor"])
        printed = json.loads(self.output_of("duplicates", "--state", "state", "--tenant", "acme", "--json"))
        printed = with_snake_names(printed)
        self.assertEqual(found["duplicates"], printed)
        self.assertEqual(printed[1]["first_leads"], ["c00", "c01", "c02"])
        for sizes in ([1], [2], [3], [4]):
            self.assertEqual(self.walk("contacts/duplicates", "duplicates", sizes), printed)
        self.assertEqual(self.refusal("contacts/duplicates", self.token("--agent", "cid", role="agent")),
                         (403, "forbidden"))
        cursor = self.get("contacts/duplicates", limit=1)["cursor"]
        for wrong in ({"limit": 0}, {"cursor": "x"}, {"cursor": cursor[2:]}):
            self.assertEqual(self.refusal("contacts/duplicates", **wrong), (400, "invalid_value"))
        # Its id is the word of another route.
        self.assertEqual(self.get("contacts/email:duplicates")["id"], "duplicates")

    def test_definitions_and_stages_without_contacts(self):
        self.start([event("ann", 1, "SENT", campaignId="spring")])
        agent = self.token("--agent", "ben", role="agent")
        segments = self.get("segments", agent)["segments"]
        self.assertEqual(segments[0], {"id": "nobody", "name": "Nobody", "rule": "score > 1000", "count": 0})
        stages = self.get("pipeline", agent)["stages"]
        self.assertEqual([stage["stage"] for stage in stages], STAGES)
        self.assertEqual([stage["stage"] for stage in stages if stage["locked"]], STAGES[-3:])
        campaigns = self.get("campaigns", agent)
        [spring] = campaigns["campaigns"]
        self.assertEqual({name: spring[name] for name in ("id", "name", "active", "assigned", "reached", "opened")},
                         {"id": "spring", "name": "spring", "active": True, "assigned": 0, "reached": 1, "opened": 0})
        self.assertIsNone(campaigns["others"])

    def test_campaigns_beyond_the_bound_are_summed(self):
        self.start([event(f"lead{lead:03d}", number, "SENT", campaignId=f"c{lead}-{number}")
                    for lead in range(850) for number in range(6)] + contact("last"))
        found = self.get("campaigns")
        self.assertEqual((len(found["campaigns"]), sum(one["reached"] for one in found["campaigns"])), (5000, 5000))
        self.assertEqual(found["others"], {"assigned": 0, "reached": 100})

    def check_columns(self, token, dice):
        """Checks that the page of a column, and those that its cursor leads to, have the results of a search for the
        stage."""
        for sort in ("", "-score", "tags", "-created"):
            order = {"sort": sort} if sort else {}
            limit = dice.randrange(1, 6)
            for column in self.get("pipeline", token, limit=limit, **order)["stages"]:
                rule = f'stage = "{column["stage"]}"'
                found, cursor = column["contacts"], column["cursor"]
                self.assertEqual(len(found), min(limit, column["count"]))
                self.assertEqual(cursor is None, len(found) == column["count"])
                while cursor is not None:
                    path = column["href"].removeprefix(API) + "&" + urllib.parse.urlencode({"cursor": cursor, "limit": 7})
                    status, page, _ = self.ask_within_limits(API + path, token)
                    self.assertEqual(status, 200, page)
                    found, cursor = found + page["contacts"], page["cursor"]
                whole = self.get("contacts/search", token, where=rule, limit=1000, **order)["contacts"]
                self.assertEqual([row["id"] for row in found], [row["id"] for row in whole], (sort, rule))

    def test_counts_are_those_of_searches(self):
        """Random contacts of three agents: each count equals that of a search with the same token."""
        print(f"LEADPULSE_SEED={SEED}")
        dice = random.Random(SEED)
        records, reached = [], {}
        for number in range(60):
            lead = f"lead{number}"
            agent = dice.choice(["", "ben", "cid"])
            records += contact(lead, agent)
            records.append(command(lead, 3, setStage={"stage": dice.choice(STAGES).upper()}))
            if dice.random() < 0.5:
                records.append(command(lead, 4, editCampaigns={"assign": [dice.choice(["spring", "autumn"])]}))
            if dice.random() < 0.5:
                records.append(command(lead, 5, editTags={"add": ["vip"]}))
            if dice.random() < 0.5:
                records.append(event(lead, 1))
            if dice.random() < 0.5:
                campaign = dice.choice(["spring", "summer", f"of-{agent}"])
                records.append(event(lead, 2, "SENT", campaignId=campaign))
                reached.setdefault(campaign, []).append(agent)
        self.start(records)
        self.wait_for("lead59")
        for token, agents in ((self.manager, ("", "ben", "cid")),
                              (self.token("--agent", "ben", role="agent"), ("", "ben"))):
            def counted(rule):
                return self.get("contacts/search", token, where=rule, count="exact", limit=1)["count"]
            for segment in self.get("segments", token)["segments"]:
                self.assertEqual(segment["count"], counted(segment["rule"]), segment)
            for stage in self.get("pipeline", token)["stages"]:
                self.assertEqual(stage["count"], counted(f'stage = "{stage["stage"]}"'), stage)
            self.check_columns(token, dice)
            campaigns = {one["id"]: one for one in self.get("campaigns", token)["campaigns"]}
            for name in ("spring", "autumn"):
                assigned = campaigns.get(name, {"assigned": 0})["assigned"]
                self.assertEqual(assigned, counted(f'campaigns = "{name}"'), name)
            self.assertEqual({name: one["reached"] for name, one in campaigns.items() if one["reached"] > 0},
                             {name: sum(agent in agents for agent in of) for name, of in reached.items()
                              if any(agent in agents for agent in of)})


if __name__ == "__main__":
    unittest.main()
