#!/usr/bin/env python3
"""The pages of reports over HTTP: every number of the overview is the size of the list that it leads to.

    tests/serve/report_pages_test.py LEADPULSE
"""

import csv
import datetime
import html
import io
import re
import unittest

from front import CONTACTS, command
from page_case import MARKUP, PageCase

TODAY = datetime.datetime.now(datetime.timezone.utc)
DEFINITIONS = """
tenants:
  acme:
    timezone: UTC
    fields: {industry: text, first_name: text}
    scoring: {rules: [{event: reply, points: 50}]}
    tiers: [{name: hot, at_least: 50}, {name: cold}]
    segments: [{id: saas, name: Software, rule: 'industry IS "SaaS"'}]
"""


def now(record):
    """The record as of now: what it changes counts today, and `created` says so."""
    kind, field = ("command", "issuedAt") if "command" in record else ("event", "occurredAt")
    return {kind: {**record[kind], field: TODAY.strftime("%Y-%m-%dT%H:%M:%SZ")}}


def owned(lead, agent, **attributes):
    """A contact that has its owner from the beginning, so that it counts as the owner's."""
    return command(lead, 1, updateProfile={"set": {"email": f"{lead}@x.org", **attributes}}, assignAgent={"agentId": agent})


def event(lead, kind):
    return {"event": {"tenantId": "acme", "leadId": lead, "eventId": f"{lead}-{kind}", "type": kind}}


def number_in(cell):
    return int(re.sub(r"<[^>]*>|,", "", cell).split()[0])


class Reports(PageCase):
    definitions = DEFINITIONS
    records = tuple(map(now, (
        *(owned(f"b{i}", "ben", first_name=f"Bo{i}") for i in range(4)), *(owned(f"c{i}", "cid") for i in range(3)),
        owned("evil", "cid", first_name=MARKUP),
        *(event(lead, "REPLY") for lead in ("b0", "b1", "c0", "evil")), event("b2", "UNSUBSCRIBE"),
        command("b3", 3, setStage={"stage": "CONVERTED"}), command("c1", 3, setStage={"stage": "CONVERTED"}))))

    def setUp(self):
        super().setUp()
        self.wait_until(lambda: self.lead("c1")["stage"] == "converted")

    def test_segments_have_their_names(self):
        page = self.person("mia").get("/reports", report="segments")
        self.assertIn('<th scope="row" title="saas">Software</th>', page.html)
        self.assertNotIn(">Name</th>", page.html)

    def owners(self, page):
        """By owner: the cells with numbers, as HTML."""
        table = page.html.partition('id="owners"')[2].partition("</table>")[0]
        return {re.search(r"</span> ([^<]*)</span></th>", row)[1]: re.findall(r"<td[^>]*>(.*?)</td>", row)
                for row in table.split("<tr>")[2:]}

    def test_the_rule_of_a_segment_is_in_words(self):
        page = self.person("mia").get("/reports", report="segments")
        self.assertIn("<td>Industry is SaaS</td>", page.html)

    def test_numbers_of_the_days_are_those_of_their_lists(self):
        person = self.person("mia")
        page = person.get("/reports", range="week")
        self.assertEqual(page.status, 200)
        figures = {label: figure for label, figure in re.findall(
            r"<figcaption><span>([^<]*)</span> <b>(.*?)</b>", page.html)}
        self.assertEqual({label: number_in(figure) for label, figure in figures.items()},
                         {"New leads": 9, "Became hot": 4, "Converted": 2, "Unsubscribed": 1})
        del figures["New leads"]  # `last` came in today, too, but its first command is older
        followed = 0
        for cell in (*figures.values(), *(cell for cells in self.owners(page).values() for cell in cells)):
            for link in re.findall(r'<a href="([^"]*)">[\d,]+</a>', cell):
                self.assertEqual(len(self.leads_in(person.get(html.unescape(link)))), number_in(cell), link)
                followed += 1
        self.assertGreater(followed, 10)
        self.assertNotIn("<img", page.html)

    def leads_in(self, page):
        self.assertEqual(page.status, 200, page.text)
        return page.rows() or re.findall(r'<th scope="row"><a href="/leads\?lead=([^"]*)">', page.html)

    def test_who_became_hot_stands_at_the_owner(self):
        page = self.person("mia").get("/reports", range="week")
        owners = self.owners(page)
        self.assertEqual({owner: [number_in(cell) for cell in cells] for owner, cells in owners.items()},
                         {"ben": [4, 2, 1, 1, 4], "cid": [4, 2, 1, 0, 4], "No owner": [1, 0, 0, 0, 1]})
        self.assertEqual(sorted(re.findall(r'class="name"[^>]*>([^<]*)<', owners["ben"][1])), ["Bo0", "Bo1"])
        self.assertIn("c0@x.org", owners["cid"][1])

    def test_numbers_without_an_owner_lead_to_their_lists(self):
        self.append(*map(now, (command("free", 1, updateProfile={"set": {"a": 1}}), event("free", "REPLY"),
                               command("sold", 1, setStage={"stage": "CONVERTED"}))))
        self.wait_until(lambda: self.ask(CONTACTS + "sold")[0] == 200)
        person = self.person("mia")
        cells = self.owners(person.get("/reports", range="week"))["No owner"]
        # `last` came in today, too, but its first command is older: no list has as many.
        self.assertEqual([number_in(cell) for cell in cells], [3, 1, 1, 0, 3])
        self.assertEqual(["<a " in cell for cell in cells], [False, True, True, False, True])
        for cell in cells[1:3]:
            [link] = re.findall(r'<a href="([^"]*)">[\d,]+</a>', cell)
            self.assertEqual(len(self.leads_in(person.get(html.unescape(link)))), number_in(cell), link)

    def test_leads_that_moved(self):
        person, day = self.person("mia"), TODAY.strftime("%Y-%m-%d")
        page = person.get("/reports/leads", what="hot", **{"from": day, "to": day})
        self.assertEqual(sorted(self.leads_in(page)), ["b0", "b1", "c0", "evil"])
        self.assertEqual(sorted(self.leads_in(person.get("/reports/leads", what="converted", owner="cid", **{"from": day}))), ["c1"])
        nobody = person.get("/reports/leads", what="hot", **{"from": "2026-01-01", "to": "2026-01-31"})
        self.assertIn("Nobody who is still there", nobody.text)
        self.assertEqual(person.get("/reports/leads", what="sold", **{"from": day}).status, 404)
        self.assertEqual(person.get("/reports/leads", what="hot").status, 400)
        self.assertEqual(self.person("ben").get("/reports/leads", what="hot", **{"from": day}).status, 403)

    def test_days_are_chosen(self):
        person = self.person("mia")
        for wrong in ({"range": "decade"}, {"from": "yesterday"}, {"from": "2026-03-02", "to": "2026-03-01"}):
            refused = person.get("/reports", **wrong)
            self.assertEqual((refused.status, "Choose days such as" in refused.text), (400, True), wrong)
            for name in set(wrong) - {"range"}:
                self.assertIn((name, wrong[name]), refused.find("/reports").fields)
        page = person.get("/reports")
        self.assertIn('aria-current="true">30 days</a>', page.html)
        form = page.find("/reports")
        chosen = person.send(form, **{"from": "2026-01-05", "to": "2026-01-07"})
        self.assertIn("None in these days and none before.", chosen.text)
        self.assertEqual(len(re.findall(r'<tr><th scope="row"><time datetime="2026-01-0[567]"', chosen.html)), 3)
        self.assertIn("before: 2 Jan to 4 Jan", chosen.text)

    def test_a_file_has_the_days(self):
        person, day = self.person("mia"), TODAY.strftime("%Y-%m-%d")
        link = next(link for link in person.get("/reports", range="week").links if "report=days" in link)
        [*_, last] = csv.DictReader(io.StringIO(person.get(link).html))
        self.assertEqual((last["day"], last["created"], last["tier:hot"]), (day, "9", "4"))

    def test_each_report_has_a_picture_and_a_table(self):
        person = self.person("mia")
        for name, drawn in (("pipeline", 7), ("tiers", 2), ("segments", 0), ("scores", 2)):
            page = person.get("/reports", report=name)
            self.assertEqual(len(re.findall(r'<rect width="(?!0%)', page.html)), drawn, name)
        self.assertIn('<svg class="chart"', person.get("/reports", report="scores").html)
        self.assertIn("Nothing to report yet", person.get("/reports", report="campaigns").text)
        self.assertEqual(person.get("/reports", report="none").status, 404)


if __name__ == "__main__":
    unittest.main()
