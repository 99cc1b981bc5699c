#!/usr/bin/env python3
"""What managers do with many leads, in headless Chromium: reports, filters, segments, the board, counted in actions.

    tests/serve/browser_work_test.py LEADPULSE
"""

import datetime

from browser_case import BrowserCase, main
from front import command
from page_case import PageCase
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

WANTED = {"vip_status": True, "job_title": "Head of Sales", "location": "Bern", "company_size": 250}
TODAY = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def lead(name, agent, **attributes):
    made = command(name, 1, updateProfile={"set": attributes}, assignAgent={"agentId": agent})
    return {"command": {**made["command"], "issuedAt": TODAY}}


class WorkCase(BrowserCase):
    def setUp(self):
        super().setUp()
        self.wait_for("eve")
        self.actions = 0

    def act(self, selector):
        self.actions += 1
        self.wait(lambda: self.one(selector).click() is None)

    def ids(self):
        return sorted(row.get_attribute("data-lead") for row in self.all("#leads tbody tr"))


class Work(WorkCase):
    records = (lead("ada", "ben", email="ada@x.org", first_name="Ada", industry="SaaS"),
               lead("bob", "cid", email="bob@x.org", first_name="Bob", industry="SaaS"),
               lead("eve", "cid", email="eve@x.org", first_name="Eve", industry="Retail"))

    def test_who_got_hot_this_week_by_owner_takes_two_clicks(self):
        self.browser.look(1440)
        self.log_in("mia")
        self.act(".rail a[href='/reports']")
        self.act("a[href='/reports?range=week']")
        self.wait(lambda: self.all("a[href='/reports?range=week'][aria-current]"))
        owners = {row.find_element("css selector", "th").text.split()[-1]: row.find_element("css selector", "td:nth-of-type(2)").text
                  for row in self.all("#owners tbody tr")}
        self.assertEqual(owners, {"ben": "1 Ada", "cid": "1 Bob", "owner": "0"})  # the last one is "No owner"
        self.assertEqual(self.actions, 2)
        self.look("reports-week", 1440)
        self.one(".chart a .place")  # a column leads to its list

    def test_the_filter_takes_an_alternative(self):
        self.browser.look(1440)
        self.log_in("mia")
        self.act("#filter summary")
        self.act(".fields a[href*='field=tier']")
        self.act("#editor input[value=cold]")
        self.wait(lambda: self.ids() == ["eve", "last"])
        self.act(".condition .or")
        self.act(".fields a[href*='field=agent']")
        self.act("#editor input[value=ben]")
        self.wait(lambda: self.ids() == ["ada", "eve", "last"])
        self.assertEqual(self.actions, 6)
        self.assertEqual(self.one(".condition").text.split("\n"), ["Tier is cold", "or", "Owner is ben", "or…"])
        self.look("filter-alternative", 1440)
        self.act(".condition .remove")
        self.wait(lambda: self.ids() == ["ada"])

    def test_a_card_is_moved_by_keys_on_a_filtered_board(self):
        self.browser.look(1440)
        self.log_in("ben", "/pipeline")
        self.assertEqual(len(self.all(".card")), 2)  # ada, and the contact of the fixture, which nobody has
        self.one(".tools a").click()
        self.wait(lambda: [card.get_attribute("data-lead") for card in self.all(".card")] == ["ada"])
        self.wait_until_live()
        self.one(".card > a").send_keys("m")
        ActionChains(self.driver).send_keys("contac").send_keys(Keys.ENTER).perform()
        self.wait(lambda: self.lead("ada")["stage"] == "contacted")
        self.wait(lambda: self.all("[data-stage=contacted] .card"))
        self.look("board-mine", 1440)


class Search(WorkCase):
    definitions = PageCase.definitions.replace(
        "{industry", "{vip_status: boolean, job_title: text, location: text, company_size: number, industry")
    # Each but the first differs from it in one field, or is in no campaign.
    records = (*(record for name, change in (("kim", {}), ("vip", {"vip_status": False}), ("title", {"job_title": "Clerk"}),
                                             ("place", {"location": "Chur"}), ("size", {"company_size": 9}))
                 for record in (lead(name, "ben", email=f"{name}@x.org", **{**WANTED, **change}),
                                command(name, 2, editCampaigns={"assign": ["spring"]}))),
               lead("due", "ben", email="due@x.org", follow_up_on=TODAY[:10]),
               lead("later", "ben", email="later@x.org", follow_up_on="2100-01-01"),
               lead("eve", "ben", email="eve@x.org", **WANTED))

    def test_a_filter_by_five_fields_takes_at_most_twelve_actions(self):
        self.browser.look(1440)
        self.log_in("mia")
        self.act("#filter summary")
        # A field is chosen while the value of the one before is being applied. The clicks are those of a script: the new
        # chip moves the fields, and the driver clicks at the place where it has seen one.
        self.driver.execute_script(
            "const real = fetch; fetch = (...all) => new Promise((go) => setTimeout(go, 300)).then(() => real(...all));")

        def click(selector):
            self.actions += 1
            self.wait(lambda: self.driver.execute_script("arguments[0].click()", self.one(selector)) is None)

        chips = lambda: [chip.text for chip in self.all(".condition .one")]
        for field, value in (("campaign", "spring"), ("vip_status", "true"), ("job_title", "Head of Sales"), ("location", "Bern")):
            click(f".fields a[href$='field={field}']")
            click(f"#editor:has([name=field][value={field}]) input[value='{value}']")
        click(".fields a[href$='field=company_size']")
        self.actions += 1
        self.wait(lambda: self.one("#editor:has([name=field][value=company_size]) input[name=value]").send_keys("100", Keys.ENTER) is None)
        self.wait(lambda: self.ids() == ["kim"])
        self.assertLessEqual(self.actions, 12)
        self.wait(lambda: chips() == ["Campaign is spring", "Vip status is yes", "Job title is Head of Sales", "Location is Bern",
                                      "Company size is at least 100"])
        self.look("filter-five", 1440)

    def test_who_is_due_today_takes_one_action(self):
        self.browser.look(1440)
        self.log_in("ben")
        self.act(".rail a[href*='follow_up_on']")
        self.wait(lambda: self.ids() == ["due"])
        self.assertEqual((self.actions, self.one(".rail .badge").text), (1, "1"))


if __name__ == "__main__":
    main()
