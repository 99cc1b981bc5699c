#!/usr/bin/env python3
"""The bell of the pages: notices about the leads of a user and about its jobs.

    tests/serve/bell_test.py LEADPULSE
"""

import datetime
import json
import re
import unittest

from front import CONTACTS, contact
from page_case import PageCase


class Bell(PageCase):
    records = (*contact("hot", agent="ben", first_name="Hanna", last_name="Hot"),
               *contact("due", agent="ben", first_name="Dana", last_name="Due"),
               *contact("reply", agent="ben", first_name="Rosa", last_name="Reply"),
               *contact("given", agent="ann", first_name="Goran", last_name="Given"),
               *contact("others", agent="ann", first_name="Olga", last_name="Others"))

    def notices(self, person):
        """What each notice says, and whether it is unread, the latest first."""
        html = person.get("/bell").html
        return {re.sub(r"<[^>]*>", "", text).replace(" (unread)", "").strip(): "unread" in attributes
                for attributes, text in re.findall(r'<li><button name="notice" value="\d+"([^>]*)>.*?<span>(.*?)</span>(?:<small|</button)',
                                                   html, re.S)}

    def wait_for_notice(self, person, text):
        self.wait_until(lambda: text in self.notices(person))

    def unread(self, person):
        found = re.search(r"Notices, (\d+) unread", person.get("/bell", part="1").html)
        return int(found[1]) if found else 0

    def change(self, lead, what, body, token=None):
        status, answer, _ = self.ask(CONTACTS + lead + what, token, method="PATCH" if not what else "POST", body=json.dumps(body),
                                     headers={"Prefer": "wait=10", "Content-Type": "application/merge-patch+json" if not what else "application/json"})
        self.assertIn(status, (200, 201), answer)

    def happen(self, lead, **event):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
            file.write(json.dumps({"event": {"tenantId": "acme", "leadId": lead, "eventId": f"{lead}-{event}",
                                             "occurredAt": now, **event}}) + "\n")

    def test_what_happens_to_my_leads_rings(self):
        ben = self.person("ben")
        self.assertIn("Nothing to tell", ben.get("/bell").text)
        today = datetime.datetime.now(datetime.timezone.utc).date()
        self.change("hot", "", {"industry": "SaaS"})
        self.change("others", "", {"industry": "SaaS"})
        self.change("due", "", {"follow_up_on": str(today)})
        self.change("given", "/agent", {"agentId": "ben"})
        self.happen("reply", type="REPLY")
        happened = {"Hanna Hot became hot", "Dana Due is to be followed up today", "Goran Given was assigned to you",
                    "Rosa Reply replied"}
        for text in happened:
            self.wait_for_notice(ben, text)
        # A front that is ready before the run has read the first records rings for those, too.
        first = {f"{name} was assigned to you" for name in ("Hanna Hot", "Dana Due", "Rosa Reply")}
        self.assertEqual(set(self.notices(ben)) - first, happened)
        rung = len(self.notices(ben))
        self.assertEqual(self.unread(ben), rung)
        # Each leads to its lead, and is read then.
        page = ben.get("/bell")
        number = re.search(r'name="notice" value="(\d+)"[^>]*>(?:(?!</button>).)*Hanna Hot', page.html, re.S)[1]
        form = page.forms[-1]
        page = ben.send(form, notice=number)
        self.assertIn("Hanna Hot", page.text)
        self.assertFalse(self.notices(ben)["Hanna Hot became hot"])
        self.assertEqual(self.unread(ben), rung - 1)
        newest = re.search(r'name="up_to" value="(\d+)"', ben.get("/bell").html)[1]
        ben.send(form, up_to=newest)
        self.assertEqual(self.unread(ben), 0)
        # A notice of a lead that the user does not see any more is not shown.
        self.change("reply", "/agent", {"agentId": "ann"})
        self.assertNotIn("Rosa Reply replied", self.notices(ben))

    def test_an_erased_lead_is_in_no_notice(self):
        ben = self.person("ben")
        self.change("hot", "", {"industry": "SaaS"})
        self.wait_for_notice(ben, "Hanna Hot became hot")
        kim = self.person("kim")
        page = kim.get("/leads", lead="hot")
        kim.send(next(form for form in page.forms if ("action", "erase") in form.fields), confirm="hot")
        self.wait_until(lambda: not self.notices(ben))
        self.wait_until(lambda: self.unread(ben) == 0)

    def test_a_job_that_is_over_rings_for_who_started_it(self):
        mia = self.person("mia")
        page = mia.get("/leads")
        export = page.find("/leads/export")
        mia.send(export)
        self.wait_for_notice(mia, "A job that you started is over")
        self.assertEqual(self.notices(self.person("kim")), {})


class BellOfPublishedUpdates(Bell):
    """Where each command publishes what it changed, the bell rings as elsewhere."""
    definitions = PageCase.definitions.replace("  acme:\n", "  acme:\n    publish_updates: true\n")


if __name__ == "__main__":
    unittest.main()
