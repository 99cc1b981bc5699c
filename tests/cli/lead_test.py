#!/usr/bin/env python3
"""Everything stored about one lead, as `leadpulse lead` prints it.   tests/cli/lead_test.py BINARY"""

import json
import unicodedata
import unittest

import command_line
from command_line import CommandLine, event

DEFINITIONS = """
tenants:
  "*":
    timezone: Europe/Berlin
    fields: {birthday: date, company_size: number, plan: text}
    event_properties: {total: number}
    scoring: {rules: [{event: open, points: 1}, {event: click, points: 5, expires_after: 30d}]}
    tiers: [{name: warm, at_least: 5}, {name: cold}]
    quality: {attributes: {email: 60}}
    segments: [{id: clickers, name: Clickers, rule: 'DID click IN LAST 20 days'}]
  small:
    tiers: [{name: all}]
    journal: {max_entries: 2}
"""
# The same names with other types: the sent value stays, its conversion changes.
OTHER_DEFINITIONS = DEFINITIONS.replace("birthday: date", "birthday: text").replace("plan: text", "plan: number")

WIDE = "名前 \U0001f600 e\u0301"
HOSTILE_ID = "a\"b\\c\n\u001b[31m\u2028\u202e"  # a NUL cannot be an argument
HOSTILE = "a\"b\\c\n\u001b[31m\u0000\u2028\u202e"


def command(lead, number, time, **action):
    return command_line.command(lead, number, time, actor="kim", **action)


RECORDS = [
    command("ann", "k1", "2026-01-01T00:00:00Z", updateProfile={"set": {
        "Email": " Ann@Example.com", "Birthday": "1985-12-10", "company_size": 9007199254740991, "plan": " gold ",
        "odd": HOSTILE, "names": [WIDE, 1, True], "more": {"b": [1, {"c": None}], "a": "x y"}}}),
    command("ann", "k2", "2026-01-02T00:00:00Z", editTags={"add": ["VIP", WIDE]}),
    command("ann", "k3", "2026-01-02T00:00:00Z", editLists={"add": ["Key accounts"]}),
    command("ann", "k4", "2026-01-02T00:00:00Z", editCampaigns={"assign": ["spring"]}),
    command("ann", "k5", "2026-01-03T00:00:00Z", recordConsent={"purpose": "newsletter", "granted": True,
                                                                "source": "form"}),
    command("ann", "k6", "2026-01-03T00:00:00Z", addNote={"text": HOSTILE}),
    command("ann", "k7", "2026-01-03T00:00:00Z", assignAgent={"agentId": "kim"}),
    command("ann", "k8", "2026-01-04T00:00:00Z", setStage={"stage": "CONTACTED"}),
    command("ann", "k9", "2026-01-04T00:00:00Z", setQualification={"score": 33}),
    command("ann", "k10", "2026-01-05T00:00:00Z", setDoNotContact={"value": True, "reason": "asked by phone"}),
    command("ann", "k11", "2026-01-06T00:00:00Z", updateProfile={"set": {"email": "ann@new.example"}}),
    event("ann", "e1", "OPEN", "2026-01-07T00:00:00.250Z", campaignId="spring", messageId="m1", machine=True),
    event("ann", "e2", "CLICK", "2026-01-08T00:00:00Z", campaignId="spring", messageId="m1", name="prices"),
    event("ann", "e3", "CUSTOM", "2026-01-08T01:00:00Z", name="order", properties={"total": 12.5, "other": 1}),
    event("ann", "e4", "BOUNCE", "2026-01-08T02:00:00Z", bounceKind="SOFT"),
    event("ann", "e5", "BOUNCE", "2026-01-08T03:00:00Z"),
    event("ann", "e6", "RETRACT", "2026-01-08T04:00:00Z", retracts="e5"),
    event(WIDE, "e1", "OPEN", "2026-01-08T00:00:00Z"),
    event(HOSTILE_ID, "e1", "OPEN", "2026-01-08T00:00:00Z"),
    event("bob@example.com", "e1", "OPEN", "2026-01-08T00:00:00Z"),
    event("gone", "e1", "OPEN", "2026-01-08T00:00:00Z"),
    command("gone", "k1", "2026-01-09T00:00:00Z", erase={}),
    event("back", "e1", "OPEN", "2026-01-08T00:00:00Z"),
    command("back", "k1", "2026-01-09T00:00:00Z", erase={}),
    event("back", "e2", "OPEN", "2026-01-09T12:00:00Z"),
    event("folded", "f1", "BOUNCE", "2026-01-01T00:00:00Z", tenant="small"),
    event("folded", "f2", "OPEN", "2026-01-02T00:00:00Z", tenant="small"),
    event("folded", "f3", "OPEN", "2026-01-03T00:00:00Z", tenant="small"),
    event("folded", "f4", "OPEN", "2026-01-04T00:00:00Z", tenant="small"),
    event("folded", "f5", "OPEN", "2026-01-10T00:00:00Z", tenant="small"),
]


class Lead(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("other.yaml", OTHER_DEFINITIONS)
        self.assertEqual(self.make_state_of(DEFINITIONS, RECORDS), "")

    def text(self, lead, *arguments, tenant="acme"):
        return self.output_of("lead", "--state", "state", "--tenant", tenant, "--lead", lead, *arguments)

    def lead(self, lead, *arguments, tenant="acme"):
        return json.loads(self.text(lead, *arguments, tenant=tenant))

    def fails(self, code, part, *arguments):
        return self.expect_failure(code, part, "lead", *arguments)

    def test_it_begins_as_the_row_of_leads_jsonl(self):
        rows = [json.loads(line) for line in self.read("out/leads.jsonl").split("\n")[:-1]]
        self.assertEqual(len(rows), 6)
        for row in rows:
            lead = self.lead(row["leadId"], tenant=row["tenantId"])
            self.assertEqual(list(lead)[:len(row)], list(row))
            for note in lead["notes"]:
                del note["commandId"]  # the row does not have it
            self.assertEqual({key: lead[key] for key in row}, row)
            self.assertEqual(lead["at"], "2026-01-10T00:00:00Z")

    def test_what_commands_said(self):
        ann = self.lead("ann")
        self.assertEqual(ann["attributes"], {
            "birthday": {"sent": "1985-12-10"},
            "company_size": {"sent": 9007199254740991}, "email": {"sent": "ann@new.example"},
            "more": {"sent": {"a": "x y", "b": [1, {"c": None}]}}, "names": {"sent": [unicodedata.normalize("NFC", WIDE), 1, True]},
            "odd": {"sent": HOSTILE.rstrip("\u2028\u202e")}, "plan": {"sent": "gold"}})
        self.assertEqual((ann["email"], ann["lastAddress"], ann["addressChangedAt"]),
                         ("ann@new.example", "ann@new.example", "2026-01-06T00:00:00Z"))
        self.assertEqual((ann["doNotContact"], ann["doNotContactReason"], ann["sendable"]),
                         (True, "asked by phone", False))
        self.assertEqual(ann["stageSet"], {"stage": "contacted", "at": "2026-01-04T00:00:00Z"})
        self.assertEqual((ann["stage"], ann["qualificationSet"], ann["qualification"], ann["quality"]),
                         ("engaged", 33, 33, 60))
        self.assertEqual(ann["notes"], [{"text": HOSTILE, "at": "2026-01-03T00:00:00Z", "actor": "kim", "commandId": "k6"}])
        self.assertEqual(ann["consents"], {"newsletter": {"granted": True, "source": "form",
                                                          "at": "2026-01-03T00:00:00Z"}})
        self.assertEqual(ann["consentLedger"], [{"purpose": "newsletter", "granted": True, "at": "2026-01-03T00:00:00Z",
                                                 "actor": "kim", "source": "form"}])
        self.assertEqual((ann["agent"], ann["tags"], ann["lists"], ann["campaigns"]),
                         ("kim", ["VIP", unicodedata.normalize("NFC", WIDE)], ["Key accounts"], ["spring"]))
        self.assertEqual(ann["commandIds"], [f"k{number}" for number in range(1, 12)])
        self.assertEqual((ann["created"], ann["firstCommandAt"], ann["newestCommandAt"]),
                         ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-06T00:00:00Z"))

    def test_what_was_never_said_is_there_and_empty(self):
        bob = self.lead("bob@example.com")
        self.assertEqual({key: bob[key] for key in ("attributes", "doNotContactReason", "stageSet", "qualificationSet",
                                                    "addressChangedAt", "firstCommandAt", "newestCommandAt",
                                                    "erasedAt", "folded", "commandIds", "created", "email")},
                         {"attributes": {}, "doNotContactReason": "", "stageSet": None, "qualificationSet": None,
                          "addressChangedAt": None, "firstCommandAt": None, "newestCommandAt": None, "erasedAt": None,
                          "folded": None, "commandIds": [], "created": "2026-01-08T00:00:00Z",
                          "email": "bob@example.com"})
        self.assertEqual(set(bob), set(self.lead("ann")))
        self.assertIsNone(self.lead(WIDE)["email"])

    def test_every_event_with_what_it_carried(self):
        self.assertEqual(self.lead("ann")["events"], [
            {"eventId": "e1", "type": "open", "occurredAt": "2026-01-07T00:00:00.250Z", "campaignId": "spring",
             "messageId": "m1", "machine": True},
            {"eventId": "e2", "type": "click", "occurredAt": "2026-01-08T00:00:00Z", "campaignId": "spring",
             "messageId": "m1", "name": "prices"},
            {"eventId": "e3", "type": "custom", "occurredAt": "2026-01-08T01:00:00Z", "name": "order",
             "properties": {"total": 12.5}},
            {"eventId": "e4", "type": "bounce", "occurredAt": "2026-01-08T02:00:00Z", "bounceKind": "soft"},
            {"eventId": "e5", "type": "bounce", "occurredAt": "2026-01-08T03:00:00Z", "bounceKind": "hard",
             "retracted": True},
            {"eventId": "e6", "type": "retract", "occurredAt": "2026-01-08T04:00:00Z", "retracts": "e5"}])

    def test_what_was_folded(self):
        folded = self.lead("folded", tenant="small")
        self.assertEqual([entry["eventId"] for entry in folded["events"]], ["f4", "f5"])
        none = dict.fromkeys(folded["counts"], 0)
        self.assertEqual(folded["folded"], {
            "newestAt": "2026-01-03T00:00:00Z", "newestEventId": "f3", "counts": {**none, "open": 2, "bounce": 1},
            "firstAt": {"open": "2026-01-02T00:00:00Z", "bounce": "2026-01-01T00:00:00Z"},
            "lastAt": {"open": "2026-01-03T00:00:00Z", "bounce": "2026-01-01T00:00:00Z"},
            "hardBounces": {"count": 1, "firstAt": "2026-01-01T00:00:00Z", "lastAt": "2026-01-01T00:00:00Z"}})
        self.assertEqual(folded["counts"]["open"], 4)

    def test_converted_anew_under_other_definitions(self):
        result = self.run_job("--input", "a.jsonl", "--definitions", "other.yaml")
        self.assertEqual(result.returncode, 0, result.stderr)
        ann = self.lead("ann")
        self.assertEqual(ann["attributes"]["birthday"], {"sent": "1985-12-10"})
        self.assertEqual(ann["attributes"]["plan"], {"sent": "gold", "converted": None})
        self.assertNotIn("plan", ann["profile"])

    def test_as_of_another_instant(self):
        ann = self.lead("ann")
        self.assertEqual((ann["score"], ann["tier"], ann["segments"], ann["noChangeBefore"]),
                         (5, "warm", ["clickers"], "2026-01-28T00:00:00Z"))
        later = self.lead("ann", "--at", "2026-03-01")
        self.assertEqual((later["at"], later["score"], later["tier"], later["segments"], later["noChangeBefore"]),
                         ("2026-03-01T00:00:00Z", 0, "cold", [], None))
        derived = ("at", "score", "tier", "segments", "noChangeBefore")
        self.assertEqual({key: later[key] for key in later if key not in derived},
                         {key: ann[key] for key in ann if key not in derived})
        for wrong in ("soon", "2026-02-30"):
            self.fails(2, "is no time; write", "--state", "state", "--tenant", "acme", "--lead", "ann", "--at", wrong)

    def test_it_is_indented_by_two(self):
        for lead in ("ann", "bob@example.com", WIDE, HOSTILE_ID):
            text = self.text(lead)
            expected = json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
        for steers in "\u2028\u202e":  # characters that steer a terminal are escaped
            expected = expected.replace(steers, f"\\u{ord(steers):04x}")
        self.assertEqual(text, expected)

    def test_any_spelling_of_an_address_names_the_lead(self):
        for spelled in ("Bob@Example.com", "bob@example\u3002com", "bob@\uff25xample.com"):
            self.assertEqual(self.lead(spelled)["leadId"], "bob@example.com")

    def test_an_erased_lead_is_as_one_that_never_was(self):
        gone, never = (self.fails(1, f"tenant acme has no lead {name}", "--state", "state", "--tenant", "acme",
                                  "--lead", name) for name in ("gone", "never"))
        self.assertEqual(gone.replace("gone", "never"), never)
        explained = self.call("explain", "--state", "state", "--tenant", "acme", "--lead", "gone")
        self.assertEqual(gone, explained.stderr)
        back = self.lead("back")
        self.assertEqual(([entry["eventId"] for entry in back["events"]], back["erasedAt"]),
                         (["e2"], "2026-01-09T00:00:00Z"))

    def test_what_goes_wrong_is_said(self):
        ann = ("--tenant", "acme", "--lead", "ann")
        self.fails(1, "there is no state in none", "--state", "none", *ann)
        self.fails(1, "the state has no lead of tenant acmee; did you mean acme?", "--state", "state", "--tenant",
                   "acmee", "--lead", "ann")
        self.fails(1, "no lead of tenant elsewhere; it has leads of acme", "--state", "state", "--tenant", "elsewhere",
                   "--lead", "ann")
        for lead, hint in (("Ann", "did you mean ann?"), ("Never", "ids compare byte by byte")):
            self.fails(1, f"has no lead {lead}; {hint}", "--state", "state", "--tenant", "acme", "--lead", lead)
        self.fails(2, "--lead is required", "--state", "state", "--tenant", "acme")
        self.fails(2, "there is no option --leed; did you mean --lead?", "--state", "state", "--tenant", "acme",
                   "--leed", "ann")
        self.assertIn("leadpulse lead --state state", self.output_of("lead", "--help"))


if __name__ == "__main__":
    unittest.main()
