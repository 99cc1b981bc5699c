#!/usr/bin/env python3
"""The pages of segments and of definitions over HTTP, without JavaScript.

    tests/serve/definition_pages_test.py LEADPULSE
"""

import html
import re
import unittest

from front import API, contact
from page_case import MARKUP, PageCase

SEGMENTS = """
tenants:
  acme:
    fields: {city: text, employees: number}
    topics: [{id: news, name: News}]
    tiers: [{name: all}]
    segments:
      - {id: bern, name: In Bern, rule: 'city IS "Bern"'}
      - {id: rest, rule: 'NOT IN SEGMENT "bern"'}
      - {id: evil, name: '<b>"&', rule: 'city IS "<script>"'}
"""


class Segments(PageCase):
    definitions = SEGMENTS
    records = tuple(record for i in range(9) for record in
                    contact(f"l{i}", "cid" if i == 8 else "", city="Bern" if i % 2 == 0 else "Basel", name=MARKUP if i == 1 else f"N{i}"))

    def rows(self, page):
        # A segment without a name is shown by its id, once.
        return {html.unescape(segment): (int(count), html.unescape(link)) for segment, link, count in re.findall(
            r'>([^<]+)</(?:a|small)></th>\s*<td[^>]*><a href="([^"]*)">(\d+) ', page.html)}

    def editor(self, person, segment):
        return person.get("/segments/edit", id=segment).find("/segments/edit")

    def file(self):
        with open(self.path("d.yaml"), encoding="utf-8") as file:
            return file.read()

    def test_a_number_is_that_of_its_list(self):
        for name, counts in (("mia", {"bern": 5, "rest": 5, "evil": 0}), ("ben", {"bern": 4, "rest": 5, "evil": 0})):
            person = self.person(name)
            rows = self.rows(person.get("/segments"))
            self.assertEqual({segment: row[0] for segment, row in rows.items()}, counts)
            for count, link in rows.values():
                self.assertEqual(len(person.get(link).rows()), count, link)
        self.assertEqual(list(self.rows(person.get("/segments", name="IN b"))), ["bern"])
        self.assertNotIn("entered", person.get("/segments").text)  # an agent

    def test_who_entered_and_left_is_shown_by_day(self):
        manager = self.person("mia")
        self.assertIn('title="5 entered, 0 left today"', manager.get("/segments").html)
        page = manager.get("/segments/edit", id="bern")
        self.assertEqual(re.findall(r"<span>(Entered|Left)</span> <b>(\d+)</b>", page.html), [("Entered", "5"), ("Left", "0")])
        self.assertRegex(page.html, r'<time[^>]*>today</time></th><td class="number">5</td><td class="number">0</td>')
        self.assertNotIn("The last 30 days", self.person("ben").get("/segments/edit", id="bern").text)

    def test_markup_of_a_segment_is_text(self):
        person = self.person("mia")
        self.assertIn("&lt;b&gt;&quot;&amp;", person.get("/segments").html)
        self.assertRegex(person.get("/segments").html, r'title="city IS &quot;Bern&quot;"[^>]*>City is Bern</td>')
        self.assertNotIn("<script>", person.get("/segments").html + person.get("/segments/edit", id="evil").html)

    def test_a_rule_is_tried_before_it_is_saved(self):
        person = self.person("mia")
        before = self.file()
        page = person.send(self.editor(person, "bern"), rule='city IS "Basel"', what="try")
        self.assertEqual(page.status, 200)
        self.assertIn("4 leads: +4 −5", page.text)
        self.assertIn("In the segment now: 5", page.text)
        entering, leaving = page.html.split("Would leave")
        self.assertEqual(len(re.findall(r"/leads\?lead=", entering.split("Would enter")[1])), 4)
        self.assertEqual(len(re.findall(r"/leads\?lead=", leaving)), 5)
        self.assertRegex(page.html, r"<code>rest</code>: \+5 −4")
        self.assertNotIn("<img", page.html)
        self.assertEqual(page.find("/segments/edit").fields[-1], ("rule", 'city IS "Basel"'))
        wrong = person.send(self.editor(person, "bern"), rule='city IS\n  "Bern" AND AND', what="try")
        self.assertEqual(wrong.status, 422)
        self.assertIn("The rule has errors:", wrong.text)
        self.assertEqual(len(re.findall("Line 2, column [0-9]+: (a .+)", wrong.text)), 1)
        self.assertEqual(wrong.text.count("is expected here"), 1, wrong.text)
        new = person.get("/segments/edit").find("/segments/edit")
        every = person.send(new, id="all", rule="city IS SET", what="try")
        self.assertIn("9 leads: +9 −0", every.text)
        self.assertRegex(every.text, r"and 4 more\s+Would leave\s+Nobody")
        one = person.send(new, id="one", rule='name IS "N2"', what="try")
        self.assertIn("1 lead: +1 −0", one.text)
        self.assertIn('aria-invalid="true" aria-describedby="problem"', wrong.html)
        self.assertEqual(person.send(self.editor(person, "bern"), what="save").status, 403)
        self.assertEqual(self.file(), before)
        agent = self.person("ben")
        self.assertIn("readonly", agent.get("/segments/edit", id="bern").html)
        self.assertEqual(agent.send(agent.get("/segments/edit", id="bern").find("/segments/edit"), what="try").status, 403)

    def test_a_segment_is_saved_and_takes_effect(self):
        person = self.person("kim")
        page = person.send(self.editor(person, "bern"), rule='city IS "Basel"', name="In Basel", what="save")
        self.assertEqual(page.status, 200)
        self.assertIn("Saved.", page.text)
        self.assertIn("name: 'In Basel'", self.file())
        self.wait_until(lambda: self.rows(person.get("/segments"))["bern"][0] == 4)
        self.assertNotIn("This rule is not in use yet", person.get("/segments/edit", id="bern").text)

    def test_a_stale_save_shows_both_and_overwrites_nothing(self):
        first, second = self.person("kim"), self.person("kim")
        late = self.editor(second, "bern")
        first.send(self.editor(first, "bern"), rule='city IS "Thun"', what="save")
        stale = second.send(late, rule='city IS "Chur"', what="save")
        self.assertEqual(stale.status, 412)
        self.assertIn("Somebody else saved this segment", stale.text)
        self.assertIn('city IS "Thun"', stale.text.split("Your rule")[0])
        self.assertEqual(dict(stale.find("/segments/edit").fields)["rule"], 'city IS "Chur"')
        self.assertIn("Thun", self.file())
        self.assertNotIn("Chur", self.file())
        self.assertEqual(second.send(stale.find("/segments/edit"), what="save").status, 200)
        self.assertIn("Chur", self.file())

    def test_a_new_segment_needs_an_id_of_its_own(self):
        person = self.person("kim")
        form = person.get("/segments/edit").find("/segments/edit")
        taken = person.send(form, id="rest", rule="city IS SET", what="save")
        self.assertEqual(taken.status, 428)
        self.assertIn("There is a segment with this id", taken.text)
        page = person.send(form, id="big", name="Big", rule="employees > 100", what="save")
        self.assertEqual(page.status, 200, page.text)
        self.wait_until(lambda: self.rows(person.get("/segments")).get("big", (None,))[0] == 0)
        for fields in ({"id": "", "rule": "city IS SET"}, {"id": "x", "rule": ""}, {"id": "x", "rule": "IN SEGMENT \"x\""}):
            self.assertEqual(person.send(form, what="save", **fields).status // 100, 4, fields)
        self.assertEqual(person.get("/segments/edit", id="none").status, 404)
        self.assertEqual(self.ask(API + "segments/big")[1]["rule"], "employees > 100")


if __name__ == "__main__":
    unittest.main()
