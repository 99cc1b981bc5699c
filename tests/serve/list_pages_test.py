#!/usr/bin/env python3
"""Lists, and filters with alternatives, over HTTP without JavaScript.

    tests/serve/list_pages_test.py LEADPULSE
"""

import html
import re
import time
import unittest

from front import API, command, contact
from page_case import MARKUP, PageCase

DEFINITIONS = """
tenants:
  acme:
    fields: {city: text}
    tiers: [{name: all}]
    lists:
      - {id: vip, name: Our best}
      - {id: empty, name: Nobody yet}
    segments:
      - {id: bern, name: In Bern, rule: city IS "Bern"}
"""


class Lists(PageCase):
    definitions = DEFINITIONS
    records = (*contact("ada", "ben", email="ada@x.org"), *contact("bob", email="bob@x.org"), *contact("cid", "cid"),
               *(command(lead, 3, editLists={"add": ["VIP", MARKUP]}) for lead in ("ada", "cid")))

    def rows(self, page):
        return {html.unescape(name): (int(count), html.unescape(link)) for name, link, count in re.findall(
            r'<tr><th scope="row"[^>]*>([^<]*)</th><td[^>]*><a href="([^"]*)">(\d+) ', page.html)}

    def wait_for_rows(self, person, **rows):
        for _ in range(30):  # each page counts every list, so the limits of a person allow few of them a second
            found = {name: count for name, (count, _) in self.rows(person.get("/lists")).items()}
            if found == rows:
                return
            time.sleep(1)
        self.assertEqual(found, rows)

    def new_list(self, page):
        return next(form for form in page.forms if (form.action, form.method) == ("/lists", "post") and ("name", "") in form.fields)

    def test_lists_are_found_by_a_part_of_their_name(self):
        person = self.person("mia")
        self.assertEqual(list(self.rows(person.get("/lists", name="NOBODY"))), ["Nobody yet"])
        self.assertEqual(list(self.rows(person.get("/lists", name="vip"))), ["Our best"])  # by its id
        page = person.get("/lists", name=MARKUP + "x")
        self.assertIn("No list has", page.text)
        self.assertNotIn("<img", page.html)
        self.assertIn("/lists", page.links)

    def test_each_list_has_its_leads(self):
        for name, number in (("mia", 2), ("ben", 1)):
            person = self.person(name)
            rows = self.rows(person.get("/lists"))
            self.assertEqual({name: count for name, (count, _) in rows.items()}, {"Our best": number, "Nobody yet": 0, MARKUP: number})
            for count, link in rows.values():
                self.assertEqual(len(person.get(link).rows()), count)
        agents = self.person("ben").get("/lists")
        self.assertEqual([form.action for form in agents.forms if (form.action, form.method) == ("/lists", "post")], [])

    def test_a_list_is_made_renamed_filled_and_deleted(self):
        person = self.person("mia")
        page = person.get("/lists")
        self.assertEqual(person.send(self.new_list(page), name="Spring fair", what="add").status, 200)
        self.wait_for_rows(person, **{"Our best": 2, "Nobody yet": 0, "Spring fair": 0, MARKUP: 2})
        page = person.get("/lists")
        self.assertEqual(person.send(page.find("/lists", list="Spring fair", name="Spring fair"), name='Fair "26"', what="rename").status, 200)
        for lead in ("bob@x.org", "cid"):
            self.assertEqual(person.send(page.find("/lists", list="Spring fair", lead=""), lead=lead, what="member").status, 200)
        self.wait_for_rows(person, **{"Our best": 2, "Nobody yet": 0, 'Fair "26"': 2, MARKUP: 2})
        self.assertEqual(self.lead("bob")["lists"], ["Spring fair"])
        for name in ("Spring fair", "vip", MARKUP):
            form = next(form for form in person.get("/lists").forms if ("list", name) in form.fields and len(form.fields) == 4)
            self.assertEqual(person.send(form, what="remove").status, 200)
        self.wait_for_rows(person, **{"Nobody yet": 0})
        self.assertEqual((self.lead("ada")["lists"], self.ask(API + "names")[1]["lists"]), ([], [{"id": "empty", "name": "Nobody yet"}]))

    def test_what_is_refused_says_why(self):
        person = self.person("mia")
        page = person.get("/lists")
        page = person.send(page.find("/lists", list="vip", lead=""), lead="nobody@x.org", what="member")
        self.assertEqual(page.status, 404)
        self.assertIn("Nobody has this id or address", page.text)
        self.assertTrue(page.find("/lists", list="vip", lead="nobody@x.org"))
        form = self.new_list(page)
        self.assertEqual(self.person("ben").send(form, name="x", what="add").status, 403)
        self.assertEqual(person.send(form, name="  ", what="add").status, 409)
        long = person.send(form, name="x" * 2000, what="add")
        self.assertEqual(long.status // 100, 4)
        self.assertTrue(long.find("/lists", name="x" * 2000))
        wrong = person.send(page.find("/lists", list="vip", name="Our best"), name="y" * 2000, what="rename")
        self.assertEqual(wrong.status // 100, 4)
        self.assertTrue(wrong.find("/lists", list="vip", name="y" * 2000))


class Alternatives(PageCase):
    definitions = DEFINITIONS
    records = (*contact("ada", email="ada@x.org", city="Bern"), *contact("bob", email="bob@x.org", city="Basel"),
               *contact("cid", city="Chur"), command("cid", 3, editTags={"add": ["vip"]}))

    def chips(self, page):
        """Of each chip: the words of its conditions."""
        return [[html.unescape(words) for words in re.findall(r'class="one"[^>]*>(?:<a href="[^"]*"|<span) title="([^"]*)"', chip)]
                for chip in page.html.split('<span class="chip plain condition')[1:]]

    def links_of(self, page, selector):
        return [html.unescape(link) for link in re.findall(rf'<a class="{selector}" href="([^"]*)"', page.html)]

    def test_one_of_two_conditions_is_enough(self):
        for path, name in (("/leads", "mia"), ("/pipeline", "mia"), ("/segments/edit", "kim")):  # each has a rate limit
            person = self.person(name)
            page = person.get(path, where='email IS SET')
            [either] = self.links_of(page, "or")
            page = person.get(next(link for link in person.get(either).links if "field=city" in link))
            page = person.send(page.find("/leads/filter", field="city"), test="is", value=["Chur", "Basel"])
            self.assertEqual(page.target.partition("?")[0], path)
            self.assertEqual(self.chips(page), [["E-mail is set", "City is Chur or Basel"]], path)
            # A third one, and another chip beside.
            [either] = self.links_of(page, "or")
            page = person.get(next(link for link in person.get(either).links if "field=tag" in link))
            page = person.send(page.find("/leads/filter", field="tag"), test="is", value="vip")
            page = person.get(next(link for link in page.links if "field=created" in link))
            page = person.send(page.find("/leads/filter", field="created"), test="before", value="2027-01-01")
            self.assertEqual(self.chips(page), [["E-mail is set", "City is Chur or Basel", "Tag is vip"], ["Created is before 2027-01-01"]])
            # The second condition is edited, the first one removed.
            page = person.get(next(link for link in page.links if "chip=0.1" in link))
            page = person.send(page.find("/leads/filter", field="city"), test="is", value="Chur")
            page = person.get(self.links_of(page, "remove")[1])
            self.assertEqual(sorted(self.chips(page)[1]), ["City is Chur", "Tag is vip"])
            if path == "/leads":
                self.assertEqual(page.rows(), ["cid"])
            elif path == "/pipeline":
                self.assertEqual(re.findall(r'class="card" data-lead="([^"]*)"', page.html), ["cid"])
                self.assertEqual(re.findall(r'data-count="new">(\d+)<', page.html), ["1"])
            else:
                self.assertIn("1 lead: +1 −0", page.text)

    def test_a_segment_is_made_of_chips_and_deleted(self):
        person = self.person("kim")
        page = person.get(next(link for link in person.get("/segments/edit", id="bern").links if "field=tag" in link))
        page = person.send(page.find("/leads/filter", field="tag"), test="is_not", value="vip")
        self.assertEqual(self.chips(page), [["City is Bern"], ["Tag is not vip"]])
        self.assertIn("1 lead: +0 −0", page.text)
        saved = person.send(page.find("/segments/edit", id="bern"), name="Bernese", what="save")
        self.assertIn("Saved.", saved.text)
        stored = self.ask(API + "segments/bern")[1]
        self.assertEqual((stored["name"], stored["rule"]), ("Bernese", 'city IS "Bern" AND NOT HAS TAG "vip"'))
        second = self.person("kim")
        late = second.get("/segments/edit", id="bern")
        form = next(form for form in person.get("/segments/edit", id="bern").forms
                    if form.action == "/segments/edit" and [name for name, _ in form.fields][-1] == "name")
        self.assertIn("Deleted.", person.send(form, what="remove").text)
        self.assertEqual(self.ask(API + "segments/bern")[0], 404)
        self.assertEqual(second.send(late.find("/segments/edit"), what="remove").status, 404)

    def test_a_wrong_filter_of_the_board_says_why(self):
        page = self.person("mia").get("/pipeline", where="score >")
        self.assertEqual(page.status, 400)
        self.assertIn("a value is expected here", page.text)


if __name__ == "__main__":
    unittest.main()
