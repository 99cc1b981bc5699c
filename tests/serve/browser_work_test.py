#!/usr/bin/env python3
"""What managers do with many leads, in headless Chromium: reports, filters, segments, the board, counted in actions.

    tests/serve/browser_work_test.py LEADPULSE
"""

import datetime

from browser_case import BrowserCase, main
from front import command

TODAY = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def lead(name, agent, **attributes):
    made = command(name, 1, updateProfile={"set": attributes}, assignAgent={"agentId": agent})
    return {"command": {**made["command"], "issuedAt": TODAY}}


class Work(BrowserCase):
    records = (lead("ada", "ben", email="ada@x.org", first_name="Ada", industry="SaaS"),
               lead("bob", "cid", email="bob@x.org", first_name="Bob", industry="SaaS"),
               lead("eve", "cid", email="eve@x.org", first_name="Eve", industry="Retail"))

    def setUp(self):
        super().setUp()
        self.wait_for("eve")
        self.actions = 0

    def act(self, selector):
        self.actions += 1
        self.wait(lambda: self.one(selector)).click()

    def test_who_got_hot_this_week_by_owner_takes_two_clicks(self):
        self.browser.look(1440)
        self.log_in("mia")
        self.act(".rail a[href='/reports']")
        self.act("a[href='/reports?range=week']")
        self.wait(lambda: self.all("a[href='/reports?range=week'][aria-current]"))
        owners = {row.find_element("css selector", "th").text.split()[-1]: row.find_element("css selector", "td:nth-of-type(2)").text
                  for row in self.all("#owners tbody tr")}
        self.assertEqual(owners, {"ben": "1 Ada", "cid": "1 Bob"})
        self.assertEqual(self.actions, 2)
        self.look("reports-week", 1440)
        self.one(".chart a .place")  # a column leads to its list


if __name__ == "__main__":
    main()
