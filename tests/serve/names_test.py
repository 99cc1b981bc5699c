#!/usr/bin/env python3
"""Names of the tenant, its lists and its campaigns, and follow-ups, in the API and on pages.

    tests/serve/names_test.py LEADPULSE
"""

import json
import time
import unittest

from front import API, CONTACTS, command, contact
from page_case import PageCase

NAMES = """
tenants:
  acme:
    name: Acme & Sons
    locale: en-GB
    brand: {color: '#f80', text: ACME}
    lists: [{id: vip, name: Our best}, {id: empty, name: Nobody yet}]
    campaigns: [{id: spring, name: Spring sale}, {id: later, name: '<b>"&'}, {id: old, active: false}]
    strict_fields: true
    fields: {first_name: text}
    timezone: America/New_York
    tiers: [{name: all}]
    segments: [{id: due, name: Due, rule: 'follow_up_on BEFORE TOMORROW'}]
"""
SENT = {"event": {"tenantId": "acme", "leadId": "ada", "eventId": "s1", "type": "SENT", "campaignId": "SPRING",
                  "occurredAt": "2026-03-01T10:00:00Z"}}


class Names(PageCase):
    definitions = NAMES
    records = (*contact("ada", "ben"), command("ada", 3, editLists={"add": ["VIP", "other"]}),
               command("ada", 4, editCampaigns={"assign": ["Spring"]}), SENT)

    def test_the_api_has_them(self):
        for role, name in (("manager", None), ("agent", "ben")):
            token = self.token(*(["--agent", name] if name else []), role=role)
            status, body, _ = self.ask(API + "names", token)
            self.assertEqual(status, 200, body)
            self.assertEqual(body, {
                "name": "Acme & Sons", "timezone": "America/New_York", "locale": "en-GB", "brand": {"color": "#f80", "text": "ACME"},
                "lists": [{"id": "vip", "name": "Our best"}, {"id": "empty", "name": "Nobody yet"}],
                "campaigns": [{"id": "spring", "name": "Spring sale", "active": True},
                              {"id": "later", "name": '<b>"&', "active": True},
                              {"id": "old", "name": "old", "active": False}]})

    def test_a_contact_keeps_ids_and_campaigns_are_there_while_empty(self):
        lead = self.lead("ada")
        self.assertEqual((lead["lists"], lead["campaigns"]), (["VIP", "other"], ["Spring"]))
        found = {one["id"].lower(): one for one in self.ask(API + "campaigns")[1]["campaigns"]}
        self.assertEqual({key: (one["name"], one["active"], one["assigned"], one["reached"]) for key, one in found.items()},
                         {"spring": ("Spring sale", True, 1, 1), "later": ('<b>"&', True, 0, 0), "old": ("old", False, 0, 0)})

    def test_pages_show_names_in_place_of_ids(self):
        person = self.person("mia")
        page = person.get("/leads", lead="ada")
        for shown in ('<span title="acme">Acme &amp; Sons</span>', '<span title="VIP">Our best</span>',
                      '<span title="other">other</span>', '<span title="Spring">Spring sale</span>',
                      '<option value="empty">Nobody yet</option>', '<option value="later">&lt;b&gt;&quot;&amp;</option>'):
            self.assertIn(shown, page.html)
        self.assertNotIn('<option value="old">', page.html)
        self.assertIn("Was mailed, campaign Spring sale", page.text)
        cards = person.get("/campaigns")
        self.assertRegex(cards.html, '<h2 title="(Spring|SPRING)">Spring sale</h2>')
        self.assertIn('<h2 title="later">&lt;b&gt;&quot;&amp;</h2>', cards.html)
        self.assertIn('<h2 title="old">old <small>ended</small></h2>', cards.html)
        self.assertIn("Spring sale", person.get("/campaigns", name="spring SALE").text)
        self.assertRegex(person.get("/reports", report="campaigns").html, '<th scope="row" title="(Spring|SPRING)">Spring sale</th>')
        form = page.find("/leads/edit", action="lists", remove="VIP")
        self.assertEqual(person.send(form).status, 200)
        self.assertEqual(self.lead("ada")["lists"], ["other"])
        self.assertEqual(person.send(page.find("/leads/edit", action="campaigns", remove="Spring")).status, 200)
        self.assertEqual(person.send(page.find("/leads/edit", action="lists", add=""), add="empty").status, 200)
        timeline = person.get("/leads", lead="ada").text
        for sentence in ("changed lists: − Our best", "changed lists: + Nobody yet", "changed campaigns: − Spring sale"):
            self.assertIn(sentence, timeline)

    def test_a_saved_name_is_shown_and_changes_no_contact(self):
        version = self.lead("ada")["version"]
        with open(self.path("d.yaml"), "w", encoding="utf-8") as file:
            file.write(NAMES.replace("Acme & Sons", "Blue").replace("Our best", "The few"))
        person = self.person("mia")
        self.wait_until(lambda: '<span title="acme">Blue</span>' in person.get("/leads").html)
        self.assertIn('<span title="VIP">The few</span>', person.get("/leads", lead="ada").html)
        self.assertEqual(self.lead("ada")["version"], version)


class Counts(PageCase):
    """Tags, lists and agents, with the contacts that have each."""

    definitions = NAMES
    records = (*contact("ada", "ben"), *contact("bob", "cid"), *contact("eve"),
               command("ada", 3, editTags={"add": ["VIP", "old"]}, editLists={"add": ["VIP"]}),
               command("bob", 3, editTags={"add": ["vip"]}), command("eve", 3, editLists={"add": ["other"]}))

    def named(self, resource, token=None):
        status, body, _ = self.ask(API + resource, token)
        self.assertEqual((status, body.get("has_more")), (200, False), body)
        return [tuple(one[member] for member in one if member != "href") for one in body[resource]]

    def test_what_leads_have_is_counted_without_case_and_empty_lists_are_there(self):
        self.assertEqual(self.named("tags"), [("VIP", 2), ("old", 1)])
        self.assertEqual(self.named("lists"), [("other", "other", 1), ("vip", "Our best", 1), ("empty", "Nobody yet", 0)])
        self.assertEqual(self.named("agents"), [("ben", 1), ("cid", 1)])

    def test_an_agent_counts_what_it_sees(self):
        ben = self.token("--agent", "ben", role="agent")
        self.assertEqual(self.named("tags", ben), [("old", 1), ("VIP", 1)])
        self.assertEqual(self.named("agents", ben), [("ben", 1)])
        cid = self.token("--agent", "cid", role="agent")
        self.assertEqual(self.named("tags", cid), [("vip", 1)])
        self.assertEqual(self.named("lists", cid), [("other", "other", 1), ("vip", "Our best", 0), ("empty", "Nobody yet", 0)])

    def finished(self, answer):
        status, job, _ = answer
        self.assertEqual(status, 202, job)
        self.wait_until(lambda: self.ask(f"{API}jobs/{job['id']}")[1]["state"] == "done")
        return self.ask(f"{API}jobs/{job['id']}")[1]["done"]

    def test_a_tag_gets_another_name_or_goes_at_every_contact(self):
        self.assertEqual(self.finished(self.ask(API + "tags/VIP", method="PUT", body='{"name": "key account"}')), 2)
        self.assertEqual(self.named("tags"), [("key account", 2), ("old", 1)])
        self.assertEqual(self.finished(self.ask(API + "tags/old", method="DELETE")), 1)
        self.assertEqual(self.named("tags"), [("key account", 2)])
        # Tags do not differ by case: another spelling would add it and then remove it.
        status, problem, _ = self.ask(API + "tags/key%20account", method="PUT", body='{"name": "Key Account"}')
        self.assertEqual((status, problem["field"]), (422, "name"))
        self.assertEqual(self.finished(self.ask(API + "tags/nobody-has-it", method="DELETE")), 0)
        self.assertEqual(self.named("tags"), [("key account", 2)])


class Fields(PageCase):
    """Fields that an admin declares and removes."""
    definitions = NAMES
    records = contact("ada", "ben", budget="12", first_name="Ada")

    def test_a_field_is_declared_changed_and_removed(self):
        admin = self.token(role="admin")
        put = lambda name, kind: self.ask(f"{API}fields/{name}", admin, "PUT", body=json.dumps({"type": kind}))[:2]
        fields = lambda: {one["name"]: one["type"] for one in self.ask(API + "fields", admin)[1]["fields"]}
        self.assertEqual(put("Budget", "number"), (200, {"name": "budget", "type": "number"}))
        self.wait_until(lambda: fields().get("budget") == "number")
        self.wait_until(lambda: self.ask(CONTACTS + "ada")[1]["profile"]["budget"] == 12)
        self.assertEqual(put("budget", "text")[0], 200)
        self.wait_until(lambda: self.ask(CONTACTS + "ada")[1]["profile"]["budget"] == "12")
        for name, kind, status, field in (("budget", "money", 422, "type"), ("follow_up_on", "text", 409, "id")):
            said = put(name, kind)
            self.assertEqual((said[0], said[1]["field"]), (status, field), said)
        self.assertEqual(self.ask(API + "fields/budget", admin, "DELETE")[:2], (200, {"removed": True}))
        self.wait_until(lambda: "budget" not in fields())
        self.assertEqual(self.ask(API + "fields/budget", admin, "DELETE")[0], 404)
        self.assertEqual(self.ask(CONTACTS + "ada")[1]["profile"], {"budget": "12", "first_name": "Ada"})
        self.assertEqual(self.ask(API + "fields/x", self.manager, "PUT", body='{"type": "text"}')[0], 403)
        status, said, _ = self.ask(API + "fields/x", admin, "PUT", {"If-Match": '"0"'}, '{"type": "text"}')
        self.assertEqual((status, said["field"]), (400, "If-Match"))  # nothing would compare it
        # What the checker says of it: the name means something else in rules, or a rule names what is gone.
        for _ in range(2):
            status, said = put("Score", "number")
            self.assertEqual((status, [one["message"] for one in said["warnings"]]),
                             (200, ['fields.score: in rules "score" is the lead\'s own score; this attribute is profile.score']))


class WithoutNames(PageCase):
    def test_ids_stand_for_themselves(self):
        self.assertIn('<span title="acme">acme</span>', self.person("ben").get("/leads").html)
        status, body, _ = self.ask(API + "names")
        self.assertEqual((status, body), (200, {"name": "", "timezone": "UTC", "locale": "", "brand": {"color": "", "text": ""}, "lists": [],
                                                "campaigns": []}))


class FollowUp(PageCase):
    definitions = NAMES
    records = contact("ada", "ben")

    def patch(self, **attributes):
        return self.ask(CONTACTS + "ada", method="PATCH", headers={"Content-Type": "application/json", "Prefer": "wait=5"},
                        body=json.dumps({"attributes": attributes}))

    def test_a_follow_up_is_declared_and_due_on_its_day(self):
        self.assertEqual(self.ask(API + "fields")[1]["fields"],
                         [{"name": "first_name", "type": "text"}, {"name": "follow_up_note", "type": "text"},
                          {"name": "follow_up_on", "type": "day"}])
        status, body, _ = self.patch(follow_up_on="2026-03-05", follow_up_note="call")
        self.assertEqual(status, 200, body)
        self.assertEqual(self.lead("ada")["profile"], {"follow_up_note": "call", "follow_up_on": "2026-03-05"})
        self.assertEqual(self.lead("ada")["segments"], ["due"])
        status, body, _ = self.patch(follow_up_on="9999-01-01")
        self.assertEqual((status, self.lead("ada")["segments"]), (200, []), body)
        status, body, _ = self.patch(follow_up_on="next week")
        self.assertEqual((status, body["code"]), (422, "invalid_value"), body)
        status, body, _ = self.patch(follow_up="2026-03-05")
        self.assertEqual(status, 422, body)  # strict_fields
        self.assertIn("follow_up_on", body["detail"])
        for route in ("contacts", "contacts?upsert=true"):
            status, body, _ = self.ask(API + route, method="POST", body='{"email": "new@x.org", "follow_up": "2026-03-05"}')
            self.assertEqual((status, body["field"]), (422, "follow_up"), body)

    def test_the_page_has_a_field_for_the_day(self):
        person = self.person("ben")
        page = person.get("/leads", lead="ada")
        self.assertIn('name="value:follow_up_on" value="" type="date"', page.html)
        form = page.find("/leads/edit", **{"value:follow_up_note": ""})
        self.assertEqual(person.send(form, **{"value:follow_up_on": "2026-03-05"}).status, 200)
        self.assertEqual(self.lead("ada")["profile"]["follow_up_on"], "2026-03-05")
        self.assertIn("follow_up_on", self.person("kim").get("/settings").text)


class Numbers(PageCase):
    definitions = """
tenants:
  acme:
    locale: de-AT
    fields: {revenue: number, founded: text, score_of_last_year: number}
    scoring: {rules: [{when: 'revenue > 1000', points: 1200}, {event: bounce, points: -1500}, {event: open, points: 2500, expires_after: 30d}]}
    tiers: [{name: hot, at_least: 1000}, {name: cold}]
    quality: {attributes: {email: 40}, engagement: {weight: 20, full_at: 50}}
    publish_score_changes: true
    segments: [{id: big, name: Big, rule: 'revenue >= 1234.5'}]
"""
    # The Austrian group separator is a no-break space.
    records = (*contact("ada", "ben", email="ada@x.org", revenue=1234567.5, founded="1990", size=5000), *contact("bob", "ben", email="bob@x.org"),
               {"event": {"tenantId": "acme", "leadId": "bob", "eventId": "b1", "type": "BOUNCE", "bounceKind": "SOFT", "occurredAt": "2026-03-01T10:00:00Z"}},
               *({"event": {"tenantId": "acme", "leadId": "ada", "eventId": f"o{n}", "type": "OPEN",
                            "occurredAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86_400))}} for n in range(2)))

    def setUp(self):
        super().setUp()
        self.wait_until(lambda: (self.lead("ada")["score"], self.lead("bob")["score"]) == (6200, -1500))
        self.mia = self.person("mia")

    def test_pages_have_the_separators_of_the_locale(self):
        page = self.mia.get("/leads", columns="score,revenue,founded,size", where="revenue < 2000000")
        row = page.html[page.html.index('<tr data-lead="ada"'):].split("</tr>")[0]
        self.assertIn("<b>6\u00a0200</b>", row)
        self.assertRegex(row, r'data-type="number" data-was="1234567.5"[^>]* class="number">1\u00a0234\u00a0567,5</td>')
        self.assertIn(">1990</td>", row)
        self.assertIn(">5000</td>", row)  # nobody has declared it a number: it may be a year
        self.assertIn('data-label="Revenue" class="number"', page.html)
        self.assertIn(">Revenue is less than 2\u00a0000\u00a0000</a>", page.html)
        self.assertIn("2\u00a0000\u00a0000", self.mia.get("/leads/filter", field="revenue", test="less", value="2000000").text)
        self.assertIn("<b>6\u00a0200</b>", self.mia.get("/leads/row", lead="ada", back="columns=score").html)
        self.assertIn("<b>−1\u00a0500</b>", self.mia.get("/pipeline").html)
        reports = self.mia.get("/reports", report="scores")
        self.assertIn(">6\u00a0200</dd>", reports.html)
        self.assertIn("−1\u00a0500", reports.text)
        self.assertIn("<td title=\"revenue &gt;= 1234.5\" data-label=\"Who\">Revenue is at least 1\u00a0234,5</td>", self.mia.get("/segments").html)

    def test_the_score_says_to_what_it_changes(self):
        page = self.mia.get("/leads", lead="ada", tab="score")
        text = " ".join(page.text.replace("\u00a0", "~").split())
        self.assertIn("While revenue > 1000 +1~200 +1~200", text)
        self.assertIn("×2 +5~000", text)
        self.assertRegex(text, "Changes next in [0-9]+ days|Changes next [0-9]+ [A-Z][a-z]+( [0-9]+)?, to 1~200: Open")
        self.assertIn("Score: 0 → 1~200", text)
        explained = self.ask(CONTACTS + "ada/explain")[1]
        self.assertEqual((explained["score"]["changes_to"], explained["tier"]["changes_to"], explained["quality"]["changes_to"]), (1200, None, None))

    def test_what_people_type_and_programs_read_is_plain(self):
        form = self.mia.get("/leads", lead="ada").find("/leads/edit", action="update", lead="ada", new_name="")
        self.assertIn(("value:revenue", "1234567.5"), form.fields)
        self.assertEqual(self.lead("ada")["profile"]["revenue"], 1234567.5)
        self.assertIn("-1500,-1000,1", self.mia.get("/reports/file", report="scores", format="csv").html)

    def test_how_many_are_new_is_written_by_the_front(self):
        found = lambda before: self.mia.get("/leads/found", before=before).html
        self.assertNotIn("data-more", found("3"))
        self.assertIn('data-found="3" data-more="1\u00a0003"', found("-1000"))


if __name__ == "__main__":
    unittest.main(argv=[__file__])
