#!/usr/bin/env python3
"""Commands that read a whole state or history, on leads that share addresses.

    tests/cli/addresses_test.py BINARY TAMPER
"""

import collections
import glob
import json
import re
import shutil
import unittest

from kept_state import State
from address_history import DEFINITIONS, History

# The segments show what a preview must know: it counts only tiers and segments.
SHARED = """
tenants:
  acme:
    identity: {by_email: SWITCH}
    scoring: {rules: [{event: open, points: POINTS}]}
    tiers: [{name: warm, at_least: 4}, {name: cold}]
    segments:
      - {id: mailable, name: May be mailed, rule: 'sendable = true'}
      - {id: openers, name: Opened, rule: 'DID open'}
"""


def definitions(switch="true", points=2):
    return SHARED.replace("SWITCH", switch).replace("POINTS", str(points))


def command(lead, number, **action):
    return {"command": {"tenantId": "acme", "leadId": lead, "commandId": f"c{number}",
                        "issuedAt": "2026-03-01T00:00:00Z", **action}}


def with_email(lead, address, number):
    return command(lead, number, updateProfile={"set": {"email": address}})


def event(who, number, kind, **more):
    return {"event": {"tenantId": "acme", **who, "eventId": f"e{number}", "type": kind,
                      "occurredAt": f"2026-03-02T00:00:{number:02}Z", **more}}


# crm-1 and crm-2 are one person, who opened twice and unsubscribed; crm-3 is another, whose address is also a lead.
ANN, BOB = {"email": "ann@x.example"}, {"email": "bob@x.example"}
RECORDS = [with_email("crm-1", "ann@x.example", 1), with_email("crm-2", "Ann@X.example", 2),
           with_email("crm-3", "bob@x.example", 3), command("bob@x.example", 4, editTags={"add": ["vip"]}),
           event(ANN, 1, "OPEN"), event(ANN, 2, "OPEN"), event(BOB, 3, "OPEN"),
           event({"leadId": "crm-1", "email": "ann@x.example"}, 4, "UNSUBSCRIBE"),
           event({"leadId": "crm-3"}, 5, "COMPLAINT")]


# A mailbox that has the address of another: events through that address, and its own, arrive in order.
CHAINED = [with_email("z@y.example", "x@y.example", 1)]
LATER = [event({"leadId": "other", "email": "x@y.example"}, 1, "UNSUBSCRIBE"), with_email("crm-1", "z@y.example", 2)]
LATER[1]["command"]["issuedAt"] = "2026-03-20T00:00:00Z"
NEWCOMERS = """
tenants:
  acme:
    tiers: [{name: cold}]
    segments: [{id: newcomers, name: New, rule: 'created < 3 days ago'}]
"""


class Addresses(State):
    def make(self, text=definitions(), records=RECORDS, state="state", output="out"):
        self.write("d.yaml", text)
        self.write_records("a.jsonl", records)
        self.run_again(state=state, output=output)

    def run_again(self, *inputs, definitions_file="d.yaml", state="state", output="out"):
        self.output_of("run", "--state", state, "--output", output, "--input", "a.jsonl", *inputs, "--definitions",
                       definitions_file, "--quiet")

    def make_history(self, seed, erases=True):
        self.write("d.yaml", DEFINITIONS)
        history = History(seed, leads=3 + seed % 15, addresses=2 + seed % 7, erases=erases)
        self.write("a.jsonl", "\n".join(history.make(300)) + "\n")

    def lead(self, lead, state="state"):
        return json.loads(self.output_of("lead", "--state", state, "--tenant", "acme", "--lead", lead))

    def leads(self):
        return {lead["leadId"]: lead for lead in map(json.loads, self.read("out/leads.jsonl").splitlines())}

    def changes_since(self, before):
        return [json.loads(line) for line in self.read("out/changes.jsonl").splitlines()[before:]]

    def diff(self, left, right):
        result = self.call("diff", left, right, "--format", "json")
        found = json.loads(result.stdout)
        self.assertEqual(result.returncode, 0 if found["equal"] else 1)
        return found

    def check_preview(self, new):
        """Checks that its numbers are those of the following run."""
        self.write("new.yaml", new)
        result = self.call("preview", "--state", "state", "--definitions", "new.yaml", "--format", "json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        preview = json.loads(result.stdout)["tenants"]["acme"]
        before, leads_before = len(self.read("out/changes.jsonl").splitlines()), self.leads()
        self.run_again(definitions_file="new.yaml")
        changes = self.changes_since(before)
        moves = collections.Counter((change["kind"], change.get("name") or change.get("to")) for change in changes)
        for merged in (change["leadId"] for change in changes if change["kind"] == "LEAD_MERGED"):
            moves.update(("SEGMENT_LEFT", name) for name in leads_before[merged]["segments"])
        for name, segment in preview["segments"].items():
            self.assertEqual((segment["enter"], segment["leave"]),
                             (moves["SEGMENT_ENTERED", name], moves["SEGMENT_LEFT", name]), name)
        for name, tier in preview["tiers"].items():
            self.assertEqual(tier["enter"], moves["TIER_CHANGED", name], name)
        leads = self.leads()
        self.assertEqual(preview["leads"], len(leads))
        for name, segment in preview["segments"].items():
            self.assertEqual(segment["after"], sum(name in lead["segments"] for lead in leads.values()), name)
        return moves

    # Preview.

    def test_a_mailbox_with_another_address_hears_in_order(self):
        self.make(NEWCOMERS, CHAINED)
        self.write_records("b.jsonl", LATER)
        self.run_again("--input", "b.jsonl")
        changes = [change for change in self.changes_since(0) if change["leadId"] == "z@y.example"]
        self.assertEqual([(change["kind"], change["at"]) for change in changes],
                         [("LEAD_CREATED", "2026-03-01T00:00:00Z"), ("SEGMENT_ENTERED", "2026-03-01T00:00:00Z"),
                          ("EMAIL_STATUS_CHANGED", "2026-03-02T00:00:01Z"), ("SENDABLE_CHANGED", "2026-03-02T00:00:01Z"),
                          ("SEGMENT_LEFT", "2026-03-04T00:00:00Z")])

    def test_a_preview_of_addresses_switched_off(self):
        self.make()
        self.assertEqual({lead: row["sendable"] for lead, row in self.leads().items()},
                         {"crm-1": False, "crm-2": False, "crm-3": False, "bob@x.example": False})
        moves = self.check_preview(definitions("false"))
        # Each lead has only its own opt-outs, and keeps the opens that it received.
        self.assertEqual(moves["SEGMENT_ENTERED", "mailable"], 2)
        self.assertEqual({lead for lead, row in self.leads().items() if row["sendable"]}, {"crm-2", "bob@x.example"})
        self.assertEqual(self.leads()["crm-2"]["score"], 4)

    def test_a_preview_of_another_rule_counts_every_user_of_an_address(self):
        self.make()
        moves = self.check_preview(definitions(points=5))
        self.assertEqual(moves["TIER_CHANGED", "warm"], 2)  # crm-3 and bob@x.example, which have the one open

    def test_a_preview_of_addresses_switched_on(self):
        self.make(definitions("false"))
        was_mailable = sum(row["sendable"] for row in self.leads().values())
        moves = self.check_preview(definitions())
        self.assertEqual(moves["SEGMENT_LEFT", "mailable"], was_mailable)
        self.assertEqual({lead for lead, row in self.leads().items() if row["sendable"]}, set())
        self.assertEqual(glob.glob(self.path("*.dry-run-*")), [])

    # Rebuild and diff.

    def test_a_rebuilt_state_has_the_same_mailboxes(self):
        for seed in range(3):
            self.make_history(seed)
            for name in ("state", "new", "one", "o1"):
                shutil.rmtree(self.path(name), ignore_errors=True)
            shutil.rmtree(self.path("out"), ignore_errors=True)
            self.run_again()
            self.output_of("rebuild", "--state", "state", "--from", "a.jsonl", "--to", "new", "--quiet")
            self.assertTrue(self.diff("state", "new/state")["equal"], seed)
            self.output_of("run", "--state", "one", "--output", "o1", "--input", "a.jsonl", "--definitions", "d.yaml",
                           "--quiet", "--partitions", "1")
            self.assertTrue(self.diff("state", "one")["equal"], seed)

    def test_a_lead_after_an_erasure_is_the_same_in_one_run_or_two_without_shared_addresses(self):
        records = [with_email("crm-1", "ann@x.example", 1), event({"leadId": "crm-1"}, 1, "COMPLAINT"),
                   command("crm-1", 2, erase={}), command("", 3, email="ann@x.example", erase={}), event(ANN, 2, "OPEN")]
        self.make(definitions("false"), records[:-1])
        self.write_records("b.jsonl", records[-1:])
        self.run_again("b.jsonl")
        self.assertEqual(self.leads()["ann@x.example"]["emailStatus"], "active")
        self.assertIsNone(self.lead("ann@x.example")["address"])
        self.run_again("b.jsonl", state="one", output="one-out")
        self.assertTrue(self.diff("state", "one")["equal"])

    def test_a_diff_names_a_mailbox_that_lacks_a_user(self):
        self.make()
        shutil.copytree(self.path("state"), self.path("copy"))
        self.tamper("forget-users", state="copy")
        found = self.diff("state", "copy")
        # bob@x.example is a lead; ann@x.example is not, and counts separately.
        self.assertEqual((found["mailboxesDifferent"], found["different"]), (1, 1))
        samples = {sample["lead"]: (sample["mailbox"], sample["profile"]) for sample in found["samples"]}
        self.assertEqual(samples, {"ann@x.example": (True, ["users of the mailbox"]),
                                   "bob@x.example": (False, ["users of the mailbox"])})
        text = self.call("diff", "state", "copy").stdout
        self.assertRegex(text, r"mailboxes that differ +1\n")
        self.assertIn("mailbox acme ann@x.example\n      users of the mailbox\n", text)

    def test_a_diff_names_an_opt_out_of_the_address(self):
        self.make(records=RECORDS[:-2])
        self.make(state="other", output="other-out")
        found = self.diff("state", "other")
        by_lead = {sample["lead"]: sample for sample in found["samples"]}
        self.assertEqual(by_lead["crm-2"]["profile"], ["mailbox used"])
        self.assertIn({"field": "email_status", "left": "active", "right": "unsubscribed", "by": ["history"]},
                      by_lead["crm-2"]["fields"])
        self.assertEqual(by_lead["crm-1"]["eventsOnlyRight"]["first"], ["e4"])
        # crm-2 and bob@x.example have the same events and commands in both.
        self.assertEqual({key: count["leads"] for key, count in found["reasons"].items() if count["leads"]},
                         {"eventsOnlyRight": 2, "address": 2})

    # Check and repair.

    def test_a_random_state_is_sound(self):
        for seed in range(10, 14):
            self.make_history(seed)
            shutil.rmtree(self.path("state"), ignore_errors=True)
            shutil.rmtree(self.path("out"), ignore_errors=True)
            self.run_again()
            self.assertEqual(self.check().returncode, 0, (seed, self.check().stdout))

    def test_a_mailbox_that_forgot_its_users_is_found_and_mended(self):
        self.make()
        shutil.copytree(self.path("state"), self.path("copy"))
        self.tamper("forget-users")
        code, found = self.check_json()
        self.assertEqual((code, found["counts"]), (1, {"forgotten_user": 3}))
        self.assertIn('forgotten_user           lead "crm-1" of tenant "acme" uses the mailbox "ann@x.example", which does',
                      self.check().stdout)
        result = self.call("state", "repair", "--state", "state")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Mended:\n  3 forgotten_user\n", result.stdout)
        self.assertTrue(self.diff("state", "copy")["equal"])
        self.assertEqual(self.check().returncode, 0)

    # Retract.

    def test_an_event_that_is_taken_back_for_the_address_is_taken_back_for_its_users(self):
        self.make()
        said = self.output_of("retract", "--state", "state", "--tenant", "acme", "--type", "open", "--to", "back.jsonl",
                              "--yes")
        self.assertIn("3 open events of 2 leads to take back", said)
        self.assertRegex(said, "crm-1 +through its address: .*tier warm to cold, leaves openers")
        self.assertRegex(said, "crm-2 +through its address: .*tier warm to cold, leaves openers")
        self.assertEqual([json.loads(line)["event"]["leadId"] for line in self.read("back.jsonl").splitlines()],
                         ["ann@x.example", "ann@x.example", "bob@x.example"])
        self.run_again("back.jsonl")
        self.assertEqual({lead: (row["score"], row["counts"]["open"]) for lead, row in self.leads().items()},
                         {lead: (0, 0) for lead in ("crm-1", "crm-2", "crm-3", "bob@x.example")})

    def test_events_through_an_address_are_counted_where_a_rule_leaves_them_out(self):
        self.make()
        for address, taken, stays in (("ann", "0 open events of 0 leads", "4 more came through the address of a lead"),
                                      ("bob", "1 open event of 1 lead", None)):
            said = self.output_of("retract", "--state", "state", "--tenant", "acme", "--type", "open", "--where",
                                  f'email = "{address}@x.example"')
            self.assertIn(taken + " to take back\n", said)
            self.assertEqual("more came through" in said, stays is not None, said)
            self.assertIn(stays or "", said)

    def test_an_opt_out_that_is_taken_back_of_one_lead_is_taken_back_of_its_address(self):
        self.make()
        said = self.output_of("retract", "--state", "state", "--tenant", "acme", "--type", "unsubscribe", "--to",
                              "back.jsonl", "--yes")
        self.assertIn("crm-1                     1 event: email status unsubscribed to active", said)
        self.assertIn("crm-2                     through its address: email status unsubscribed to active", said)
        self.run_again("back.jsonl")
        self.assertTrue(self.leads()["crm-2"]["sendable"])

    def test_what_a_retraction_is_said_to_change_is_what_a_run_publishes(self):
        compared = 0
        for seed in (2, 3, 14):  # 14: addresses of more than eight leads
            self.make_history(seed, erases=False)
            for name in ("first", "first-out"):
                shutil.rmtree(self.path(name), ignore_errors=True)
            self.run_again(state="first", output="first-out")
            for kind in ("open", "unsubscribe", "complaint", "bounce"):
                for name, copy in (("first", "state"), ("first-out", "out")):
                    shutil.rmtree(self.path(copy), ignore_errors=True)
                    shutil.copytree(self.path(name), self.path(copy))
                before = len(self.read("out/changes.jsonl").splitlines())
                self.write("back.jsonl", "")
                said = self.output_of("retract", "--state", "state", "--tenant", "acme", "--type", kind, "--to",
                                      "back.jsonl", "--yes")
                wanted = {name: int(count) for name, count in re.findall(r"^    ([A-Z_]+) +(\d+)$", said, re.M)}
                self.output_of("run", "--state", "state", "--output", "out", "--input", "a.jsonl", "back.jsonl", "--quiet")
                found = collections.Counter(change["kind"] for change in self.changes_since(before))
                self.assertEqual(found, wanted, (seed, kind))
                compared += sum(found.values())
        self.assertGreater(compared, 50)

    # Replay.

    def test_a_replay_sends_lead_and_address(self):
        self.make()
        self.output_of("replay", "a.jsonl", "--to", "sent.jsonl")
        sent = [json.loads(line) for line in self.read("sent.jsonl").splitlines()]
        self.assertEqual([{name: next(iter(record.values())).get(name) for name in ("leadId", "email")}
                          for record in sent],
                         [{name: next(iter(record.values())).get(name) for name in ("leadId", "email")}
                          for record in RECORDS])
        self.output_of("replay", "a.jsonl", "--state", "again", "--output", "again-out", "--definitions", "d.yaml")
        self.assertTrue(self.diff("state", "again")["equal"])

    def test_a_dry_run_tells_whom_an_opt_out_of_the_address_reaches(self):
        self.make(records=RECORDS[:-2])
        self.write_records("more.jsonl", [event(ANN, 30, "UNSUBSCRIBE")])
        said = self.output_of("replay", "more.jsonl", "--state", "state", "--dry-run")
        self.assertRegex(said, r"mailable +4 +0 +2 +2\b")


if __name__ == "__main__":
    unittest.main()
