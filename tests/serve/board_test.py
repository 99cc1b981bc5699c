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

    def test_a_card_says_how_long_the_lead_is_in_its_stage(self):
        """On the first page of a column, on a later one, under a filter, and alone."""
        person = self.person("mia")
        first = person.get("/pipeline")
        [later] = [link for link in first.links if "cursor=" in link][:1]
        for page in (first, person.get(later), person.get("/pipeline", where="score >= 0"), person.get("/pipeline/card", lead="l00")):
            cards = page.html.split('<li class="card"')[1:]
            self.assertGreater(len(cards), 0)
            for card in cards:
                self.assertRegex(card, r'class="in-stage" title="In this stage since \w+ \d+ \w+ \d{4}"><span aria-hidden="true">today</span>'
                                       r'<span class="hidden">In this stage since today</span>')

    def test_archived_unfolds_and_stays_as_it_was_left(self):
        person = self.person("mia")
        folded = person.get("/pipeline", where="score >= 0")
        self.assertEqual(counts_of(folded)["archived"], 1)
        unfolded = person.send(folded.find("/look"), archived="open")
        self.assertEqual(tuple(cards_of(unfolded)), (*BOARD, "archived"))
        self.assertEqual(cards_of(unfolded)["archived"], ["l07"])
        self.assertEqual(unfolded.html.count(">locked<"), len(FINAL) + 1)
        self.assertIn("score &gt;= 0", unfolded.html)  # the filter stays
        with self.assertRaises(AssertionError):
            self.card(unfolded, "l07")
        self.assertIn("archived", cards_of(person.get("/pipeline")))
        person.send(person.get("/leads").find("/look"), theme="dark")
        self.assertIn("archived", cards_of(person.get("/pipeline")))
        folded = person.send(person.get("/pipeline").find("/look"), archived="folded")
        self.assertNotIn("archived", cards_of(folded))
        self.assertIn('data-theme="dark"', folded.html)

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
               *contact("no-address"), command("no-address", 3, editCampaigns={"assign": ["Spring"]}), *contact("stranger"),
               command("l5", 4, setDoNotContact={"value": True}),
               *({"event": {"tenantId": "acme", "leadId": lead, "eventId": f"{lead}-{kind}", "type": kind,
                            "occurredAt": "2026-03-01T10:00:00Z", "campaignId": "Spring"}}
                 for lead, kind in (("l1", "DELIVERED"), ("l1", "OPEN"), ("l2", "DELIVERED"), ("l3", "SENT"), ("l3", "UNSUBSCRIBE"),
                                    ("l6", "BOUNCE"), ("stranger", "DELIVERED"), ("stranger", "OPEN"), ("stranger", "CLICK"))),
               # Of this campaign more mail was opened than was reported.
               *({"event": {"tenantId": "acme", "leadId": lead, "eventId": f"other-{lead}-{kind}", "type": kind,
                            "occurredAt": "2026-03-01T10:00:00Z", "campaignId": MARKUP}}
                 for lead, kind in (("l1", "SENT"), ("l1", "OPEN"), ("l3", "OPEN"))))

    def cards(self, page):
        """By name: each number with its list, by label."""
        return {html.unescape(card[1]): {label: (text, html.unescape(link)) for label, link, text in re.findall(
            r'<dt>([^<]*)</dt><dd><a href="([^"]*)">([^<]*)</a>', card[2])}
            for card in re.finditer(r'<h2 title="[^"]*">([^<]*)</h2>(.*?)</li>', page.html, re.DOTALL)}

    def test_a_card_has_the_numbers_of_its_list(self):
        for name, assigned, reached, valid in (("mia", 8, 5, 4), ("ben", 7, 4, 4)):  # l6 is cid's
            person = self.person(name)
            page = person.get("/campaigns")
            cards = self.cards(page)
            self.assertEqual({label: text for label, (text, _) in cards["Spring"].items()}, {
                "Assigned": str(assigned), "Reached": str(reached), "Valid e-mails": str(valid),
                "Opened": "67 %", "Clicked": "33 %", "Replied": "0 %", "Unsubscribed": "33 %"}, name)
            self.assertEqual({label: text for label, (text, _) in cards[MARKUP].items()}, {
                "Assigned": "3", "Reached": "1", "Valid e-mails": "1", "Opened": "–", **dict.fromkeys(("Clicked", "Replied", "Unsubscribed"), "0 %")})
            for label in ("Assigned", "Reached", "Valid e-mails"):
                text, link = cards["Spring"][label]
                self.assertEqual(len(person.get(link).rows()), int(text), label)
            self.assertEqual([len(person.get(cards["Spring"][label][1]).rows()) for label in ("Opened", "Clicked", "Unsubscribed")], [2, 1, 1])
            # Of the assigned l1, l2, l3 and l6 were mailed.
            completion = re.search(r"Mailed of the assigned</span> <b>([^<]*)</b>", page.html)[1]
            self.assertEqual(completion, "50 %" if name == "mia" else "43 %")
            self.assertEqual(list(self.cards(person.get("/campaigns", name=" sPR"))), ["Spring"])
            self.assertIn("No campaign", person.get("/campaigns", name="none").text)


if __name__ == "__main__":
    unittest.main()
