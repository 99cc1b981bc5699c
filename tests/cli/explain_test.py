#!/usr/bin/env python3
"""Why a lead is where it is, as `leadpulse explain` says it.   tests/cli/explain_test.py BINARY"""

import json
import unittest

from command_line import CommandLine, command, event

DEFINITIONS = """
tenants:
  "*":
    scoring:
      rules:
        - {event: open, points: 1, limit: {count: 2, per: day}}
        - {event: click, points: 8, expires_after: 30d}
        - {event: reply, points: 10}
      reset_on: [unsubscribe]
    tiers: [{name: warm, at_least: 10}, {name: cold}]
    lifecycle: {auto_qualify_at: 50, resubscribe_lifts_complaint: true}
    quality: {attributes: {email: 60}, engagement: {weight: 20, full_at: 50}}
    segments:
      - {id: active, name: Active this month, rule: 'last_engaged < 30 days ago AND NOT score > 50'}
      - {id: repliers, name: Repliers, rule: 'DID reply'}
"""
# A name in a webhook's post that clears the screen, rings, turns red, and writes what follows from right to left.
STEERING = "a\u001b[2Jb\u0007\u009b31mc\u202ed\ne"
OTHER_DEFINITIONS = """
tenants:
  "*":
    scoring: {rules: [{event: open, points: 100}]}
    tiers: [{name: everyone}]
"""


RECORDS = [
    event("ann", "r1", "REPLY", "2026-01-01T00:00:00Z"),
    event("ann", "u1", "UNSUBSCRIBE", "2026-01-02T00:00:00Z"),
    event("ann", "s1", "RESUBSCRIBE", "2026-01-03T00:00:00Z"),
    event("ann", "c1", "CLICK", "2026-01-05T00:00:00Z"),
    event("complained-lifted", "e1", "COMPLAINT", "2026-01-05T00:00:00Z"),
    event("complained-lifted", "e2", "RESUBSCRIBE", "2026-01-06T00:00:00Z"),
    event("complained", "e1", "RESUBSCRIBE", "2026-01-05T00:00:00Z"),
    event("complained", "e2", "COMPLAINT", "2026-01-06T00:00:00Z"),
    event("unsubscribed", "e1", "UNSUBSCRIBE", "2026-01-05T00:00:00Z"),
    event("bounced", "e1", "BOUNCE", "2026-01-05T00:00:00Z", bounceKind="HARD"),
    event("bounced-lifted", "e1", "BOUNCE", "2026-01-05T00:00:00Z", bounceKind="HARD"),
    event("bounced-lifted", "e2", "DELIVERED", "2026-01-06T00:00:00Z"),
    event("sent", "e1", "SENT", "2026-01-06T00:00:00Z"),
    event("lost", "e1", "CLICK", "2026-01-06T00:00:00Z"),
    command("lost", "k1", "2026-01-07T00:00:00Z", setStage={"stage": "LOST"}),
    command("qualified", "k1", "2026-01-07T00:00:00Z", updateProfile={"set": {"email": "q@example.com"}}),
    event("qualified", "e1", "CLICK", "2026-01-07T00:00:00Z"),
    event("ann", "o1", "OPEN", "2026-03-01T10:00:00Z", campaignId="spring"),
    event("ann", "o2", "OPEN", "2026-03-01T11:00:00Z"),
    event("ann", "o3", "OPEN", "2026-03-01T12:00:00Z"),
    event("ann", "c2", "CLICK", "2026-03-01T12:30:00Z", name="prices"),
    event("ann", "r2", "REPLY", "2026-03-02T00:00:00Z"),
    event("ann", "x1", "RETRACT", "2026-03-03T00:00:00Z", retracts="r2"),
]


class Explain(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("other.yaml", OTHER_DEFINITIONS)
        self.assertEqual(self.make_state_of(DEFINITIONS, RECORDS), "")

    def text(self, lead, *arguments):
        return self.output_of("explain", "--state", "state", "--tenant", "acme", "--lead", lead, *arguments)

    def explain(self, lead, *arguments):
        return json.loads(self.text(lead, "--format", "json", *arguments))

    def fails(self, code, part, *arguments):
        self.expect_failure(code, part, "explain", "--state", "state", "--tenant", "acme", *arguments)

    def test_each_entry_says_what_became_of_it(self):
        score = self.explain("ann")["score"]
        self.assertEqual((score["value"], score["sum"], score["excluded"]), (10, 10, False))
        self.assertEqual(score["resetAt"], "2026-01-02T00:00:00Z")
        self.assertEqual([(part["eventId"], part["outcome"], part["points"]) for part in score["contributions"]],
                         [("o1", "counted", 1), ("o2", "counted", 1), ("o3", "cut_by_limit", 0),
                          ("c1", "expired", 0), ("c2", "counted", 8),
                          ("r1", "before_reset", 0), ("r2", "retracted", 0)])
        click = score["contributions"][4]
        self.assertEqual((click["rule"], click["type"], click["occurredAt"], click["changesAt"]),
                         (1, "click", "2026-03-01T12:30:00Z", "2026-03-31T12:30:00Z"))
        self.assertEqual((score["changesAt"], score["changesTo"]), ("2026-03-31T12:30:00Z", 2))

    def test_what_changes_by_time_comes_true(self):
        changing = {"score": set(), "tier": set(), "quality": set()}
        for lead in ("ann", "qualified", "sent"):
            present = self.explain(lead)
            for part, leads in changing.items():
                at, to = present[part]["changesAt"], present[part]["changesTo"]
                self.assertEqual(at is None, to is None, (lead, part))
                if at is None:
                    continue
                leads.add(lead)
                self.assertEqual(self.explain(lead, "--at", at)[part]["value"], to, (lead, part))
        self.assertEqual(changing, dict.fromkeys(("score", "tier", "quality"), {"ann"}))

    def test_the_text_says_the_same(self):
        text = self.text("ann")
        self.assertTrue(text.startswith("Lead ann of tenant acme, as of 2026-03-03T00:00:00Z\n"), text)
        lines = [" ".join(line.split()) for line in text.splitlines()]
        for wanted in ("score 10 changes 2026-03-31T12:30:00Z, to 2", "tier warm changes 2026-03-31T12:30:00Z, to cold",
                       "quality 4 engagement +4; changes 2026-03-31T12:30:00Z, to 0",
                       "+1 2026-03-01T10:00:00Z open, campaign spring (event o1)",
                       "0 2026-03-01T12:00:00Z open (event o3) cut by the limit",
                       "0 2026-01-05T00:00:00Z click (event c1) expired",
                       '+8 2026-03-01T12:30:00Z click "prices" (event c2) changes 2026-03-31T12:30:00Z',
                       "0 2026-01-01T00:00:00Z reply (event r1) before the reset of 2026-01-02T00:00:00Z",
                       "0 2026-03-02T00:00:00Z reply (event r2) retracted",
                       "in active (Active this month), changes 2026-03-31T12:30:00Z"):
            self.assertIn(wanted, lines)
        self.assertNotIn("  \n", text)

    def test_what_was_sent_steers_no_terminal(self):
        records = [event("steered", f"{STEERING}-{number}", "CLICK", "2026-03-01T12:30:00Z", name=STEERING,
                         campaignId=STEERING) for number in range(2)]
        self.write_records("steering.jsonl", records)
        self.run_job("--input", "a.jsonl", "--input", "steering.jsonl", "--definitions", "d.yaml")
        text, document = self.text("steered"), self.text("steered", "--format", "json")
        lead = self.output_of("lead", "--state", "state", "--tenant", "acme", "--lead", "steered")
        for printed in (text, document, lead):
            self.assertFalse(set(printed) & set(STEERING) - set("abcde[2J31m\n"), printed)
        shown = r"a\u001b[2Jb\u0007\u009b31mc\u202ed\ne"
        kept = shown.replace(r"\u202e", "")  # ids stay as they were sent
        self.assertIn(f'click "{kept}", campaign {kept}  (event {shown}-0)', text)
        self.assertEqual(json.loads(lead)["events"][0]["name"], STEERING.replace("\u202e", ""))
        self.assertEqual(json.loads(document)["score"]["contributions"][0]["eventId"], STEERING + "-0")

    def test_what_was_not_searched_to_the_end_says_how_far(self):
        self.write("far.yaml", OTHER_DEFINITIONS.rstrip() + """
    segments: [{id: ever, name: Ever, rule: 'last_engaged < 7300 days ago'}]
""")
        lines = [" ".join(line.split()) for line in self.text("ann", "--definitions", "far.yaml").splitlines()]
        self.assertIn("tier everyone does not change by time before 2036-03-03", lines)
        self.assertEqual(self.explain("ann", "--definitions", "far.yaml")["searchedUntil"], "2036-03-03T00:00:00Z")
        # No day is named if nothing ever changes.
        self.assertRegex(self.text("ann", "--definitions", "other.yaml"), r"tier +everyone +does not change by time\n")

    def test_the_explanation_is_that_of_the_leads_row(self):
        rows = [json.loads(line) for line in self.read("out/leads.jsonl").splitlines()]
        self.assertEqual(len(rows), 9)
        for row in rows:
            found = self.explain(row["leadId"])
            self.assertEqual(found["at"], "2026-03-03T00:00:00Z")
            self.assertEqual([found["score"]["value"], found["tier"]["value"], found["emailStatus"]["value"],
                              found["sendable"], found["stage"]["value"], found["status"], found["quality"]["value"],
                              found["qualification"]],
                             [row[key] for key in ("score", "tier", "emailStatus", "sendable", "stage", "status",
                                                   "quality", "qualification")])
            self.assertEqual([segment["id"] for segment in found["segments"] if segment["holds"]], row["segments"])

    def test_email_statuses_and_what_decided_them(self):
        for lead, value, entry, part in (("ann", "active", "s1", "resubscribed after the last unsubscribe"),
                                         ("complained-lifted", "active", "e2", "resubscribed after the last complaint"),
                                         ("complained", "complained", "e2", "complaint"),
                                         ("unsubscribed", "unsubscribed", "e1", "no resubscribe"),
                                         ("bounced", "bounced", "e1", "hard bounce"),
                                         ("bounced-lifted", "active", "e2", "delivered after the last hard bounce"),
                                         ("sent", "active", None, "no complaint")):
            decision = self.explain(lead)["emailStatus"]
            self.assertEqual((decision["value"], decision.get("eventId") or None), (value, entry), lead)
            self.assertIn(part, decision["reason"])
            self.assertIn(part, self.text(lead))

    def test_stages_and_what_decided_them(self):
        for lead, value, entry, part in (("ann", "engaged", "c2", "the last click"),
                                         ("sent", "contacted", "e1", "the last sent"),
                                         ("complained", "new", None, "nothing has happened"),
                                         ("lost", "lost", None, "by a command, which is final"),
                                         ("qualified", "qualified", None, "the qualification of 60 is at least 50")):
            decision = self.explain(lead)["stage"]
            self.assertEqual((decision["value"], decision.get("eventId") or None), (value, entry), lead)
            self.assertIn(part, decision["reason"])
            self.assertIn(part, self.text(lead))
        self.assertEqual(self.explain("lost")["stage"]["at"], "2026-01-07T00:00:00Z")
        self.assertEqual(self.explain("qualified")["quality"]["parts"], [{"name": "email", "points": 60}])

    def test_rules_are_taken_apart(self):
        active, repliers = self.explain("ann")["segments"]
        self.assertEqual((active["id"], active["holds"], repliers["id"], repliers["holds"]),
                         ("active", True, "repliers", True))
        self.assertEqual([(line["depth"], line["holds"]) for line in active["rule"]],
                         [(0, True), (1, True), (1, True), (2, False)])

    def test_as_of_another_instant(self):
        later = self.explain("ann", "--at", "2026-04-15")
        self.assertEqual((later["at"], later["score"]["value"], later["tier"]["value"]),
                         ("2026-04-15T00:00:00Z", 2, "cold"))
        self.assertEqual([part["eventId"] for part in later["score"]["contributions"] if part["outcome"] == "expired"],
                         ["c1", "c2"])
        self.assertFalse(later["segments"][0]["holds"])
        self.assertEqual(self.explain("ann", "--at", "2026-04-15T00:00:00Z"), later)
        self.fails(2, "is no time", "--lead", "ann", "--at", "soon")

    def test_an_instant_before_what_is_known(self):
        for command in ("explain", "lead"):
            question = [command, "--state", "state", "--tenant", "acme", "--lead"]
            result = self.call(*question, "ann", "--at", "2026-03-02")
            self.assertEqual(result.returncode, 0)
            self.assertEqual(result.stderr, "leadpulse: warning: --at 2026-03-02T00:00:00Z is before the lead's last "
                             "event, 2026-03-03T00:00:00Z: what has come since is known and counts, too\n")
            # The state's clock is later, but nothing later is known of these leads.
            for lead, at in (("ann", "2026-03-03"), ("sent", "2026-01-10")):
                self.assertEqual(self.call(*question, lead, "--at", at).stderr, "")

    def test_under_other_definitions(self):
        other = self.explain("ann", "--definitions", "other.yaml")
        self.assertEqual((other["score"]["value"], other["tier"]["value"], other["segments"]), (300, "everyone", []))
        self.assertEqual(self.explain("ann")["score"]["value"], 10)
        self.fails(2, "none.yaml", "--lead", "ann", "--definitions", "none.yaml")

    def test_definitions_that_switch_addresses_on_are_said_not_to_know_them(self):
        own = command("x", "c1", "2026-01-01T00:00:00Z", updateProfile={"set": {"email": "x@y.example"}})
        opt_out = event("other", "u1", "UNSUBSCRIBE", "2026-01-02T00:00:00Z", email="x@y.example")
        off = 'tenants: {"*": {identity: {by_email: false}, tiers: [{name: all}]}}'
        self.assertRegex(self.explain_records(off, own, opt_out), "email status +active")
        for text, warned in ((off, False), (off.replace("false", "true"), True)):
            self.write("asked.yaml", text)
            result = self.call("explain", "--state", "own", "--tenant", "acme", "--lead", "x", "--definitions",
                               "asked.yaml")
            self.assertEqual(result.returncode, 0)
            self.assertEqual("switch `identity.by_email` on" in result.stderr, warned, result.stderr)

    def explain_records(self, definitions, *records):
        """The text about lead `x` under the given definitions, a month later."""
        self.write("own.yaml", definitions)
        self.write_records("own.jsonl", records)
        self.output_of("run", "--definitions", "own.yaml", "--state", "own", "--input", "own.jsonl", "--output", "own-out",
                       "--until", "2026-02-01", "--quiet")
        return self.output_of("explain", "--state", "own", "--tenant", "acme", "--lead", "x")

    def test_the_rest_of_what_lifts_and_sets_a_bounce(self):
        plain = "tenants: {acme: {tiers: [{name: all}], lifecycle: {soft_bounce_limit: 2}}}"
        soft = [event("x", f"b{day}", "BOUNCE", f"2026-01-0{day}T00:00:00Z", bounceKind="SOFT") for day in (1, 2)]
        self.assertIn("at least 2 soft bounces and nothing delivered since", self.explain_records(plain, *soft))

    def test_a_new_address_lifts_a_bounce(self):
        plain = "tenants: {acme: {tiers: [{name: all}]}}"
        old, new = ({"set": {"email": f"{name}@example.com"}} for name in ("old", "new"))
        text = self.explain_records(plain, command("x", "c1", "2026-01-01T00:00:00Z", updateProfile=old),
                                    event("x", "b", "BOUNCE", "2026-01-02T00:00:00Z"),
                                    command("x", "c2", "2026-01-03T00:00:00Z", updateProfile=new))
        self.assertIn("the address changed after the last hard bounce", text)

    def test_a_bounce_of_another_address_is_not_of_a_former_one(self):
        plain = "tenants: {acme: {tiers: [{name: all}]}}"
        text = self.explain_records(plain, event("x", "b", "BOUNCE", "2026-01-02T00:00:00Z", email="old@example.com"))
        self.assertIn("the last hard bounce was that of another address, 2026-01-02T00:00:00Z (event b)", text)
        self.assertNotIn("changed", text)

    def test_events_of_one_instant_are_told_apart(self):
        topics = "tenants: {acme: {topics: [{id: news}, {id: tips}], tiers: [{name: all}]}}"
        at = "2026-01-01T00:00:00Z"
        self.explain_records(topics, event("x", "1", "UNSUBSCRIBE", at, topic="news"),
                             event("x", "2", "UNSUBSCRIBE", at, topic="tips"), event("x", "3", "UNSUBSCRIBE", at),
                             event("y", "4", "BOUNCE", at, bounceKind="SOFT"), event("y", "5", "BOUNCE", at))

        def explained(lead):
            return json.loads(self.output_of("explain", "--state", "own", "--tenant", "acme", "--lead", lead,
                                             "--format", "json"))
        found = explained("x")
        self.assertEqual(found["emailStatus"]["eventId"], "3")
        self.assertEqual({topic: it["eventId"] for topic, it in found["topics"].items()}, {"news": "1", "tips": "2"})
        self.assertEqual(explained("y")["emailStatus"]["eventId"], "5")

    def test_topics_and_who_left_them(self):
        topics = "tenants: {acme: {topics: [{id: News}, {id: tips}], tiers: [{name: all}]}}"
        wishes = [event("x", "e1", "UNSUBSCRIBE", "2026-01-01T00:00:00Z", topic="news"),
                  event("x", "e2", "UNSUBSCRIBE", "2026-01-02T00:00:00Z", topic="tips"),
                  event("x", "e3", "RESUBSCRIBE", "2026-01-03T00:00:00Z", topic="TIPS")]
        text = self.explain_records(topics, *wishes)
        for part in (r"email status +active +no complaint, unsubscribe from everything or hard bounce\n",
                     r"topic News +out +an unsubscribe from it and no resubscribe to it since, .*\(event e1\)\n",
                     r"topic tips +in +resubscribed after the last unsubscribe, .*\(event e3\)\n"):
            self.assertRegex(text, part)
        found = json.loads(self.output_of("explain", "--state", "own", "--tenant", "acme", "--lead", "x", "--format",
                                          "json"))
        self.assertEqual({topic: (it["value"], it["eventId"]) for topic, it in found["topics"].items()},
                         {"News": ("out", "e1"), "tips": ("in", "e3")})

    def test_an_opt_out_from_a_topic_that_is_not_declared(self):
        plain = "tenants: {acme: {tiers: [{name: all}]}}"
        text = self.explain_records(plain, event("x", "e1", "UNSUBSCRIBE", "2026-01-01T00:00:00Z", topic="Offers"))
        self.assertIn('an unsubscribe from "offers", which is not declared, and no resubscribe since', text)

    def test_an_opt_out_of_an_erased_life(self):
        plain = "tenants: {acme: {tiers: [{name: all}]}}"
        text = self.explain_records(plain, event("x", "e1", "COMPLAINT", "2026-01-01T00:00:00Z"),
                                    command("x", "c1", "2026-01-02T00:00:00Z", erase={}),
                                    event("x", "e2", "SENT", "2026-01-03T00:00:00Z"))
        self.assertRegex(text, r"email status +complained +a complaint, 2026-01-01T00:00:00Z\n")

    def test_bounds_exclusion_and_long_lists(self):
        definitions = """
tenants:
  acme:
    fields: {partner: boolean}
    scoring:
      rules: [{when: 'partner = true', points: 5}, {event: open, points: 1}]
      exclude: 'HAS TAG "staff"'
      max: 20
    tiers: [{name: all}]
    quality: {source: {"true": 30}}
    segments: [{id: either, name: Either, rule: 'partner = true OR opens > 3'}]
"""
        opens = [event("x", f"o{number}", "OPEN", f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z")
                 for number in range(300)]
        told = command("x", "c", "2026-01-02T00:00:00Z", updateProfile={"set": {"partner": True, "source": True}})
        text = self.explain_records(definitions, *opens, told)
        for part in ("Score 20: the contributions add up to 305, beyond the bounds", " more; --format json has them all",
                     "while partner IS true: +5", "OR\n", "source true +30"):
            self.assertIn(part, text)
        self.write_records("staff.jsonl", [command("x", "d", "2026-01-03T00:00:00Z", editTags={"add": ["staff"]})])
        self.output_of("run", "--state", "own", "--input", "own.jsonl", "staff.jsonl", "--output", "own-out", "--quiet")
        self.assertIn('excluded by the rule HAS TAG "staff"; the contributions add up to 305',
                      self.output_of("explain", "--state", "own", "--tenant", "acme", "--lead", "x"))

    def test_what_is_not_there(self):
        self.fails(1, "tenant acme has no lead nobody", "--lead", "nobody")
        self.assertEqual(self.call("explain", "--state", "none", "--tenant", "acme", "--lead", "ann").returncode, 1)
        self.assertEqual(self.call("explain", "--state", "state", "--tenant", "acme").returncode, 2)


if __name__ == "__main__":
    unittest.main()
