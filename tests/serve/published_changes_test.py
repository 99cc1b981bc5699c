#!/usr/bin/env python3
"""Published changes in the timeline of a contact.   tests/serve/published_changes_test.py BINARY

LEADPULSE_SEED repeats the random history.
"""

import json
import os
import random
import time
import unittest

from front import CONTACTS, command, contact, with_snake_names
from reads_test import ReadCase, event

SEED = int(os.environ.get("LEADPULSE_SEED", str(random.randrange(1 << 32))))
SEGMENTS = """
tenants:
  acme:
    identity: {by_email: true}
    scoring: {rules: [{event: click, points: 10}]}
    tiers: [{name: hot, at_least: 10}, {name: cold}]
    segments:
      - {id: clicked, name: Clicked lately, rule: 'DID click IN LAST 5 SECONDS'}
      - {id: vip, name: VIP, rule: 'tags = "vip"'}
"""


def without_actors(changes):
    return [{name: change[name] for name in change if name != "actor"} for change in changes]


def stage_since(published):
    """Since when a lead with these changes is in its stage."""
    return moves_of(published)[-1]["at"]


def moves_of(published):
    return [one for one in published if one["kind"] in ("LEAD_CREATED", "STAGE_CHANGED")]


def kept_of(published):
    """Those of the changes that are kept: the latest 63, and the last move before them in place of the others."""
    return published if len(published) <= 64 else moves_of(published[:-63])[-1:] + published[-63:]


class PublishedChanges(ReadCase):
    definitions, run_definitions = SEGMENTS, None

    def stage_since(self, lead):
        """Since when the lead is in its stage: every answer says the same."""
        whole = self.get(f"contacts/{lead}")
        [found] = self.get("contacts/search", query=f"id:{lead}", fields="id,stage_since")["contacts"]
        [card] = [one for stage in self.get("pipeline")["stages"] if stage["stage"] == whole["stage"]
                  for one in stage["contacts"] if one["id"] == lead]
        self.assertEqual((found, card["stage_since"]), ({"id": lead, "stage_since": whole["stage_since"]}, whole["stage_since"]))
        return whole["stage_since"]

    def entries(self, lead, token=None):
        return self.walk(f"contacts/{lead}/timeline", "entries", [7], token)

    def changes(self, lead, token=None):
        """The oldest change first."""
        return [entry["change"] for entry in reversed(self.entries(lead, token)) if entry["kind"] == "change"]

    def published(self, lead):
        """The contact's changes in changes.jsonl, without the sources."""
        with open(self.path("out/changes.jsonl"), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        return [with_snake_names({name: line[name] for name in line if name != "source"}) for line in lines if line["leadId"] == lead]

    def test_each_change_is_there_with_its_cause(self):
        self.start([event("ann", 1, "OPEN", 1), command("ann", 3, editTags={"add": ["vip"]})])
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.append({"event": {**event("ann", 2, "CLICK")["event"], "occurredAt": now}})
        self.wait_until(lambda: self.changes("ann")[-1]["kind"] == "SEGMENT_LEFT")
        changes = self.changes("ann")
        by_name = {(one["kind"], one.get("name")): one for one in changes}
        hot = by_name["TIER_CHANGED", None]
        self.assertEqual((hot["from"], hot["to"], hot["cause"], "actor" in hot),
                         ("cold", "hot", {"kind": "EVENT", "id": "ann-e2"}, False))
        vip = by_name["SEGMENT_ENTERED", "vip"]
        self.assertEqual((vip["cause"], vip["actor"]), ({"kind": "COMMAND", "id": "ann-3"}, "test"))
        left = by_name["SEGMENT_LEFT", "clicked"]
        self.assertEqual((left["cause"], left["seq"]), ({"kind": "TIME"}, len(changes)))
        self.assertEqual(without_actors(changes), self.published("ann"))
        self.assertEqual(self.stage_since("ann"), by_name["STAGE_CHANGED", None]["at"])
        self.assertEqual(self.get("contacts/ann/export")["timeline"], self.entries("ann"))

    def test_they_survive_a_kill_and_runs_that_answer_no_queries(self):
        self.start([event("ann", 1, "CLICK", 1)])
        self.wait_until(lambda: self.ask(CONTACTS + "ann")[1].get("tier") == "hot")
        before = self.changes("ann")
        self.assertEqual([int(one["seq"]) for one in before], list(range(1, len(before) + 1)))
        self.kill(self.run_process)
        self.assertEqual(self.changes("ann"), before)  # from the state of the stopped run
        self.append(command("ann", 4, editTags={"add": ["vip"]}))
        self.output_of("run", "--state", "state", "--output", "out", "--input", "in.jsonl", "--quiet",
                       "--definitions", "d.yaml")
        self.assertGreater(len(self.published("ann")), len(before))
        self.assertEqual(self.changes("ann"), before)
        self.start_run()
        self.append(command("ann", 5, editTags={"remove": ["vip"]}))
        self.wait_until(lambda: len(self.changes("ann")) > len(before))
        latest = self.changes("ann")[-1]
        self.assertEqual((latest["name"], int(latest["seq"])), ("vip", len(self.published("ann"))))
        self.assertEqual(self.changes("ann")[:-1], before)
        self.assertIsNone(self.stage_since("ann"))  # nobody knows what the other run did
        self.append(command("ann", 6, setStage={"stage": "QUALIFIED"}))
        self.wait_until(lambda: self.changes("ann")[-1]["kind"] == "STAGE_CHANGED")
        self.assertEqual(self.stage_since("ann"), self.changes("ann")[-1]["at"])
        self.kill(self.run_process)
        self.assertEqual(self.stage_since("ann"), self.changes("ann")[-1]["at"])

    def test_a_run_on_a_history_keeps_them_if_it_is_told_to(self):
        records = [*contact("ann"), command("ann", 3, setStage={"stage": "QUALIFIED"}, issuedAt="2026-03-02T09:00:00Z"), event("ann", 1, "OPEN", 9)]
        self.write("h.jsonl", "".join(json.dumps(record) + "\n" for record in records))
        self.write("run.yaml", SEGMENTS)
        self.output_of("run", "--state", "state", "--output", "out", "--input", "h.jsonl", "--quiet", "--definitions", "run.yaml", "--keep-changes")
        self.make_front()
        self.start_front()
        self.assertEqual(without_actors(self.changes("ann")), self.published("ann"))
        self.assertEqual(self.stage_since("ann"), "2026-03-02T09:00:00Z")

    def test_an_erasure_removes_them(self):
        self.start(contact("ann", "ben", email="ann@x.org") + contact("bob", "cid", email="ann@x.org")
                   + [event("ann", 1, "CLICK")])
        self.wait_until(lambda: len(self.changes("ann")) > 2)
        self.append(command("ann", 9, erase={}, issuedAt="2026-03-20T00:00:00Z"))
        self.wait_for("ann", status=404)
        self.append({"event": {**event("ann", 5, "OPEN", 25)["event"]}})
        self.wait_for("ann")
        seqs = [int(one["seq"]) for one in self.changes("ann")]
        self.assertEqual(seqs, [int(one["seq"]) for one in self.published("ann")][-len(seqs):])
        self.assertEqual(self.changes("ann")[0]["kind"], "LEAD_CREATED")
        self.end(self.run_process)
        self.output_of("state", "compact", "--state", "state")
        self.output_of("state", "check", "--state", "state")

    def test_the_latest_are_kept(self):
        self.start([command("ann", number, editTags={"add" if number % 2 else "remove": ["vip"]},
                            issuedAt=f"2026-03-01T10:{number // 60:02}:{number % 60:02}Z") for number in range(200)])
        self.wait_until(lambda: self.changes("ann")[-1]["cause"]["id"] == "ann-199")
        changes, published = self.changes("ann"), self.published("ann")
        self.assertEqual(without_actors(changes), kept_of(published))
        self.assertEqual((len(changes), changes[0]["kind"]), (64, "LEAD_CREATED"))
        self.assertEqual(self.stage_since("ann"), published[0]["at"])
        self.end(self.run_process)
        self.output_of("state", "compact", "--state", "state")
        self.output_of("state", "check", "--state", "state")
        self.assertEqual(self.stage_since("ann"), published[0]["at"])

    def test_they_are_the_last_that_were_published(self):
        """A random history in many commits, with leads that share an address, are erased and come again."""
        chance = random.Random(SEED)
        leads, addresses = ["ann", "bob", "cid", "dan@x.org"], ["dan@x.org", "e@x.org"]
        self.start(contact("ann", email="dan@x.org"))
        for number in range(1, 400):
            lead, day = chance.choice(leads), 1 + number // 20
            at = {"issuedAt": f"2026-03-{day:02}T{number % 20:02}:00:00Z"}
            self.append(chance.choice([
                lambda: event(lead, number, chance.choice(["OPEN", "CLICK", "UNSUBSCRIBE", "RESUBSCRIBE"]), day),
                lambda: command(lead, number, editTags={chance.choice(["add", "remove"]): ["vip"]}, **at),
                lambda: command(lead, number, setStage={"stage": chance.choice(["NEW", "CONTACTED", "QUALIFIED"])}, **at),
                lambda: command(lead, number, updateProfile={"set": {"email": chance.choice(addresses)}}, **at),
                lambda: (event(lead, number, "CLICK", day) if chance.random() < 0.8
                         else command(lead, number, erase={}, **at))])())
            if number % 20 == 0:
                time.sleep(0.25)
        self.append(event("last", 1))
        self.wait_for("last")
        compared, known = 0, {}
        for lead in leads:
            if self.ask(CONTACTS + lead)[0] != 200:
                continue
            lead = self.get(f"contacts/{lead}")["id"]  # a mailbox stands for the only lead that uses it
            changes = self.changes(lead)
            told = without_actors(changes)
            published = self.published(lead)
            for change in published:
                if change["kind"] == "LEAD_MERGED":  # the other lead may be erased: its id is not kept here
                    del change["name"]
            ended = [at for at, one in enumerate(published) if one["kind"] == "LEAD_ERASED"]
            published = published[max(ended, default=-1) + 1:]
            self.assertEqual(told, kept_of(published), (lead, SEED))
            self.assertEqual(self.stage_since(lead), stage_since(published), (lead, SEED))
            known[lead] = stage_since(published)
            compared += len(told)
        self.assertGreater(compared, 0, SEED)  # late erasures leave few
        times = [one["stage_since"] for one in self.get("contacts/search", sort="stage_since", fields="stage_since")["contacts"]]
        self.assertEqual(times, sorted(filter(None, times)) + [None] * times.count(None), SEED)
        self.assertLessEqual(set(known.values()), set(times), SEED)
        self.end(self.run_process)
        self.output_of("state", "check", "--state", "state")

    def test_an_agent_learns_nothing_of_other_leads(self):
        self.start(contact("crm-1", "ben", email="ann@x.org") + contact("crm-2", "cid", email="ann@x.org")
                   + [event("crm-2", 1, "UNSUBSCRIBE")])
        self.wait_until(lambda: self.ask(CONTACTS + "crm-1")[1].get("email_status") == "unsubscribed")
        agent = self.token("--agent", "ben", role="agent")
        self.assertEqual(self.changes("crm-1")[-1]["cause"]["id"], "crm-2-e1")
        self.assertEqual([one["seq"] for one in self.changes("crm-1", agent)],
                         [one["seq"] for one in self.changes("crm-1")])
        self.assertNotIn("crm-2", json.dumps(self.entries("crm-1", agent)))
        self.assertEqual(self.ask(CONTACTS + "crm-2/timeline", agent)[0], 404)


if __name__ == "__main__":
    unittest.main(argv=["published_changes_test.py"])
