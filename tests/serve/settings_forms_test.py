#!/usr/bin/env python3
"""The settings as forms: each shows what it would change, and changes its keys of the definitions alone.

    tests/serve/settings_forms_test.py LEADPULSE
"""

import unittest

from front import contact
from page_case import MARKUP, PageCase

DEFINITIONS = """
tenants:
  # Ours.
  acme:
    timezone: UTC
    fields: {industry: text, employees: number}
    topics: [{id: news, name: News}]
    scoring:
      # What counts.
      rules:
        - {when: 'industry IS "SaaS"', points: 10}
        - {event: open, points: 1, limit: {count: 1, per: message}, decay: {percent: 20, every: 14d}}
    tiers: [{name: hot, at_least: 10}, {name: cold}]
    segments:
      - {id: saas, name: Software, rule: 'industry IS "SaaS"'}   # kept
"""


class SettingsForms(PageCase):
    definitions = DEFINITIONS
    records = (*(record for i in range(6) for record in contact(f"l{i}", industry="SaaS" if i % 2 else "Retail", employees=i,
                                                                email=f"l{i}@rival.example")),
               *contact("only", budget=1, email="only@alone.example"))

    def written(self):
        with open(self.path("d.yaml"), encoding="utf-8") as file:
            return file.read()

    def save(self, person, path, **changes):
        form = person.get(path).find(path)
        saved = person.send(form, what="save", **changes)
        self.assertEqual(saved.status, 200, saved.text)
        self.assertIn("Saved.", saved.text)
        return saved

    def test_fields(self):
        person = self.person("kim")
        form = person.get("/settings/fields").find("/settings/fields")
        fields = {"field": ["industry", "employees", "budget"], "type": ["text", "text", "number"]}
        tried = person.send(form, what="try", **fields)
        self.assertIn("“employees” is read as text: 6 leads have it", tried.text)
        self.assertEqual(self.written(), DEFINITIONS)
        saved = self.save(person, "/settings/fields", **fields)
        self.assertEqual([value for name, value in saved.find("/settings/fields").fields if name == "field"],
                         ["budget", "employees", "industry", "", ""])
        for line in ("  # Ours.", "      # What counts.", "   # kept", "      budget: number"):
            self.assertIn(line, self.written())
        # A name that rules read as something else is said before it is saved.
        for what in ("try", "save"):
            warned = person.send(saved.find("/settings/fields"), what=what, field=["industry", "score"], type=["text", "number"])
            self.assertIn("this attribute is profile.score", warned.text)
            self.assertNotIn("score: number", self.written())
        page = person.send(warned.find("/settings/fields"), what="save")
        self.assertEqual((page.status, "score: number" in self.written()), (200, True))
        self.assertIn("this attribute is profile.score", person.get("/settings").text)
        saved = person.get("/settings/fields")
        wrong = person.send(form, what="save", version=dict(saved.find("/settings/fields").fields)["version"], field=["score", MARKUP],
                            type=["text", "numbr"])
        self.assertEqual(wrong.status, 422)
        self.assertIn("numbr", wrong.text)
        self.assertNotIn("<script>alert", wrong.html)

    def test_scoring(self):
        person = self.person("kim")
        path = "/settings/scoring"
        form = person.get(path).find(path)
        self.assertEqual([value for name, value in form.fields if name == "kind"], ["when", "open", "", ""])
        rules = {"kind": ["when", "open", "page_visit"], "about": ['industry IS "Retail"', "", "pricing"], "points": ["20", "1", "8"],
                 "count": ["", "1", ""], "per": ["message", "message", "message"], "percent": ["", "20", ""],
                 "every": ["", "14d", ""], "expires": ["", "", "30d"], "bounce": ["", "", ""]}
        tried = person.send(form, what="try", **rules)
        self.assertIn("about 3 leads", tried.text)
        self.assertEqual(tried.text.count("New:"), 2)
        self.assertEqual(tried.text.count("No longer:"), 1)
        self.save(person, path, **rules)
        self.assertIn("- {event: page_visit, name: pricing, points: 8, expires_after: 30d}", self.written())
        self.assertIn("# What counts.", self.written())
        self.wait_until(lambda: self.lead("l0")["score"] == 20 and self.lead("l1")["score"] == 0)
        for name, typed, said in (("points", "x", "Points: “x” is no number."), ("points", "1.000", "Type 1000 or 1."),
                                  ("points", "2.5", "Points: “2.5” is no whole number."), ("expires", "2 months", "Type days: 60 days."),
                                  ("expires", "30", "Type it, too: 30 days."), ("every", "3m", "Type 3 minutes or 90 days.")):
            wrong = person.send(person.get(path).find(path), what="save", **{**rules, name: [typed, "1", "8"] if name == "points" else ["", "14d", typed]})
            self.assertEqual(wrong.status, 422)
            self.assertIn(said, wrong.text)
            self.assertIn((name, typed), wrong.find(path).fields)
            self.assertNotIn(f"{typed},", self.written())
        for half in ({"percent": ["", "", ""]}, {"every": ["", "", ""]}):
            wrong = person.send(person.get(path).find(path), what="save", **{**rules, **half})
            self.assertEqual((wrong.status, "a decay needs both" in wrong.text), (422, True), half)
        self.save(person, path, **{**rules, "points": ["1,000", "1 point", "8"], "percent": ["", "20 %", ""], "every": ["", "2 weeks", ""],
                                   "expires": ["", "", "90 minutes"]})
        self.assertIn("points: 1000}", self.written())
        self.assertIn("decay: {percent: 20, every: 14d}", self.written())
        self.assertIn("expires_after: 90m}", self.written())
        # What the form shows it takes again.
        self.assertIn(("expires", "90 minutes"), person.get(path).find(path).fields)
        self.save(person, path)
        self.assertIn("expires_after: 90m}", self.written())

    def test_tiers_and_steps(self):
        person = self.person("kim")
        path = "/settings/tiers"
        form = person.get(path).find(path)
        tiers = {"tier": ["hot", "warm", "cold"], "at_least": ["50", "10", ""]}
        tried = person.send(form, what="try", **tiers)
        self.assertIn("“warm” will have 3 leads", tried.text)
        self.assertIn("“hot” will have 0 leads", tried.text)
        self.save(person, path, **tiers, engaged_on=["reply"], soft_bounce_limit="3", auto_qualify_at="60")
        self.assertIn("engaged_on: [reply]", self.written())
        self.assertIn("soft_bounce_limit: 3", self.written())
        self.wait_until(lambda: self.lead("l1")["tier"] == "warm")
        # Two people at once: the second one is told.
        stale = person.send(form, what="save", **tiers)
        self.assertEqual(stale.status, 412)
        self.assertIn("Somebody else has changed", stale.text)

    def test_one_lead_is_told_in_the_singular(self):
        person = self.person("kim")
        form = person.get("/settings/mail").find("/settings/mail")
        one = person.send(form, what="try", topic=["news"], topic_name=["News"], domains="alone.example")
        self.assertIn("alone.example: 1 lead gets no mail any more", one.text)
        self.save(person, "/settings/fields", field=["industry", "employees", "budget"], type=["text", "number", "text"])
        form = person.get("/settings/fields").find("/settings/fields")
        one = person.send(form, what="try", field=["industry", "employees", "budget"], type=["text", "number", "number"])
        self.assertIn("“budget” is read as number: 1 lead has it", one.text)
        one = person.send(form, what="try", field=["industry", "employees"], type=["text", "number"])
        self.assertIn("“budget” is not declared any more: 1 lead has it, and keeps its value", one.text)

    def test_topics_and_domains(self):
        person = self.person("kim")
        path = "/settings/mail"
        form = person.get(path).find(path)
        changes = {"topic": ["news", "offers"], "topic_name": ["News", "Offers"], "domains": "rival.example\n\n"}
        self.assertIn("rival.example: 6 leads get no mail any more", person.send(form, what="try", **changes).text)
        self.save(person, path, **changes)
        self.wait_until(lambda: self.lead("l1")["sendable"] is False)
        self.save(person, path, **{**changes, "domains": ""})
        self.wait_until(lambda: self.lead("l1")["sendable"] is True)

    def test_errors_of_the_text_are_marked_at_their_lines(self):
        person = self.person("kim")
        form = person.get("/settings").find("/settings")
        text = dict(form.fields)["text"]
        wrong = person.send(form, text=text.replace("number", "numbr"))
        self.assertEqual(wrong.status, 422)
        self.assertRegex(wrong.html, r'<li class="wrong"><b>\d+</b>    fields: \{industry: text, employees: numbr\}<small>')


if __name__ == "__main__":
    unittest.main()
