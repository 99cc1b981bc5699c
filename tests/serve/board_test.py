#!/usr/bin/env python3
"""The pipeline board and the cards of campaigns over HTTP, without JavaScript.

    tests/serve/board_test.py LEADPULSE
"""

import html
import json
import re
import unittest

from front import command, contact
from page_case import MARKUP, PageCase

BOARD = ("new", "contacted", "engaged", "qualifying", "qualified", "follow_up", "converted", "lost")
FINAL = ("converted", "lost")


def cards_of(page):
    """The contacts of each column, in order."""
    columns = {}
    for section in page.html.split('<section class="column" data-stage="')[1:]:
        columns[section.split('"')[0]] = [html.unescape(lead) for lead in re.findall(r'class="card" data-lead="([^"]*)"', section)]
    return columns


def counts_of(page):
    return {stage: int(count) for stage, count in re.findall(r'data-count="(\w+)">(\d+)<', page.html)}


class Board(PageCase):
    records = (*(record for i in range(45) for record in contact(f"l{i:02}", email=f"l{i:02}@x.org")),
               *contact("saas", email="saas@x.org", industry="SaaS", company_name="Acme"),
               *contact("evil", name=MARKUP, company_name=MARKUP, email="evil@x.org"),
               *contact("of-cid", "cid", email="c@x.org"),
               *(command(f"l{i:02}", 3, setStage={"stage": stage}) for i, stage in
                 enumerate(("CONTACTED", "ENGAGED", "QUALIFYING", "QUALIFIED", "FOLLOW_UP", "CONVERTED", "LOST", "ARCHIVED"))))

    def card(self, page, lead):
        return page.find("/pipeline/move", lead=lead)

    def test_each_stage_is_a_column(self):
        page = self.person("mia").get("/pipeline")
        columns = cards_of(page)
        self.assertEqual(tuple(columns), BOARD)
        self.assertEqual([columns[stage] for stage in BOARD[1:]], [[f"l{i:02}"] for i in range(7)])
        self.assertEqual(columns["new"][0], "saas")  # it has the highest score
        self.assertEqual(counts_of(page), {"new": 41, **dict.fromkeys(BOARD[1:], 1), "archived": 1})
        self.assertEqual(page.html.count(">locked<"), len(FINAL) + 1)
        for lead in ("l05", "l06"):  # final
            with self.assertRaises(AssertionError):
                self.card(page, lead)
        self.assertNotIn("<img", page.html)

    def test_a_move_is_taken_back_unless_somebody_moved_the_card_since(self):
        person = self.person("mia")
        moved = person.send(self.card(person.get("/pipeline"), "saas"), stage="qualified")
        self.assertIn("saas", cards_of(moved)["qualified"])
        undo = moved.find("/leads/undo")
        back = person.send(undo)
        self.assertEqual((back.status, "saas" in cards_of(back)["new"]), (200, True))
        moved = person.send(self.card(back, "saas"), stage="engaged")
        self.assertEqual(self.ask("/api/v1/contacts/saas/stage", None, "POST", {}, '{"stage": "contacted"}')[0], 200)
        refused = person.send(moved.find("/leads/undo"))
        self.assertEqual((refused.status, "Somebody has changed the same since" in refused.text), (409, True))
        self.assertEqual(self.lead("saas")["stage"], "contacted")
        # A link offers nothing to take back, and a final stage has no way back.
        final = person.send(self.card(person.get("/pipeline"), "saas"), stage="lost", confirmed="yes")
        self.assertNotIn("/leads/undo", [form.action for form in final.forms])

    def test_a_column_is_paged(self):
        person = self.person("mia")
        page = person.get("/pipeline")
        seen = cards_of(page)["new"]
        while following := [link for link in page.links if "cursor=" in link]:
            page = person.get(following[0])
            self.assertEqual(cards_of(page)["engaged"], ["l01"])
            seen += cards_of(page)["new"]
        self.assertEqual(sorted(seen), sorted(["last", "saas", "evil", "of-cid", *(f"l{i:02}" for i in range(8, 45))]))
        moved = person.send(self.card(page, seen[-1]), stage="lost", confirmed="yes")
        self.assertIn("Back to the first", moved.text)
        self.assertIn(seen[-1], cards_of(moved)["lost"])
        self.assertEqual(person.get("/pipeline", column="new", cursor="x").status, 400)

    def test_a_number_is_that_of_its_list(self):
        person = self.person("ben")
        page = person.get("/pipeline")
        counts = counts_of(page)
        self.assertEqual(counts["new"], 40)  # the lead of another agent does not count
        for stage in (*BOARD[1:], "archived"):
            [link] = [link for link in page.links if link.startswith("/leads?where=") and f"%22{stage}%22" in link]
            self.assertEqual(len(person.get(link).rows()), counts[stage], stage)

    def test_a_card_is_moved(self):
        person = self.person("ben")
        page = person.send(self.card(person.get("/pipeline"), "l00"), stage="qualified")
        self.assertEqual((page.status, sorted(cards_of(page)["qualified"])), (200, ["l00", "l03"]))
        self.assertIn("Moved.", page.text)
        self.assertEqual(self.lead("l00")["stage"], "qualified")

    def test_a_move_to_a_final_stage_is_asked_about(self):
        person = self.person("ben")
        question = person.send(self.card(person.get("/pipeline"), "l03"), stage="lost")
        self.assertIn("Move l03@x.org to Lost?", question.text)
        self.assertEqual(self.lead("l03")["stage"], "qualified")
        moved = person.send(question.find("/pipeline/move"))
        self.assertIn("l03", cards_of(moved)["lost"])

    def test_of_two_people_the_second_is_told(self):
        first, second = self.person("mia"), self.person("kim")
        late = self.card(second.get("/pipeline"), "l02")
        first.send(self.card(first.get("/pipeline"), "l02"), stage="qualified")
        told = second.send(late, stage="lost", confirmed="yes")
        self.assertEqual(told.status, 409)
        self.assertIn("l02@x.org is in “Qualified” now: somebody else moved it meanwhile. Nothing was changed.", told.text)
        self.assertIn("l02", cards_of(told)["qualified"])
        # Another user's note does not refuse a move, and repeating a finished move changes nothing.
        late = self.card(second.get("/pipeline"), "l02")
        self.ask("/api/v1/contacts/l02/notes", method="POST", body=json.dumps({"text": "called"}))
        for _ in range(2):
            self.assertEqual(second.send(late, stage="follow_up").status, 200)
        self.assertEqual(self.lead("l02")["stage"], "follow_up")

    def test_a_refused_move_says_why(self):
        person = self.person("ben")
        form = self.card(person.get("/pipeline"), "l04")
        for fields, code, said in (({"lead": "l05", "was": "converted", "stage": "new"}, 409, "converted"),
                                   ({"lead": "of-cid", "was": "new"}, 404, "nobody has this id"),
                                   ({"stage": "sold"}, 422, "stage")):
            page = person.send(form, **{"stage": "lost", "confirmed": "yes", **fields})
            self.assertEqual(page.status, code, fields)
            self.assertIn(said, page.text.lower())
        self.assertEqual(self.lead("l04")["stage"], "follow_up")
        self.assertEqual(person.ask("GET", "/pipeline/card?lead=of-cid").status, 404)
        card = person.ask("GET", "/pipeline/card?lead=l04")
        self.assertIn('data-stage="follow_up"', card.html)


class Campaigns(PageCase):
    records = (*(record for i in range(7) for record in contact(f"l{i}", "cid" if i == 6 else "", email=f"l{i}@x.org")),
               *(command(f"l{i}", 3, editCampaigns={"assign": ["Spring", MARKUP] if i % 2 else ["Spring"]}) for i in range(7)),
               {"event": {"tenantId": "acme", "leadId": "l1", "eventId": "e1", "type": "DELIVERED",
                          "occurredAt": "2026-03-01T10:00:00Z", "campaignId": "Spring"}})

    def cards(self, page):
        return {html.unescape(name): (int(assigned), int(reached), html.unescape(link)) for name, assigned, reached, link in re.findall(
            r'<h2 title="[^"]*">([^<]*)</h2>\s*<dl><dt>Assigned</dt><dd>(\d+)</dd><dt>[^<]*</dt><dd>(\d+)</dd></dl>\s*<p><a href="([^"]*)"', page.html)}

    def test_a_card_has_the_numbers_of_its_list(self):
        for name, spring, markup in (("mia", 7, 3), ("ben", 6, 3)):
            person = self.person(name)
            cards = self.cards(person.get("/campaigns"))
            self.assertEqual({name: card[:2] for name, card in cards.items()}, {"Spring": (spring, 1), MARKUP: (markup, 0)})
            for assigned, _, link in cards.values():
                self.assertEqual(len(person.get(link).rows()), assigned)
            self.assertEqual(list(self.cards(person.get("/campaigns", name=" sPR"))), ["Spring"])
            self.assertIn("No campaigns", person.get("/campaigns", name="none").text)


if __name__ == "__main__":
    unittest.main()
