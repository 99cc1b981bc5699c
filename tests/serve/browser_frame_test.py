#!/usr/bin/env python3
"""What stands around every page in Chromium: keys, commands, the columns over the page, and the number of the bell.

    tests/serve/browser_frame_test.py LEADPULSE
"""

from browser_case import BrowserCase, main
from front import CONTACTS, contact
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


class Frame(BrowserCase):
    records = (*contact("ada", agent="ben", first_name="Ada", last_name="Berg", employees=9), *contact("bo", first_name="Bo"),
               *contact("cy", agent="ann", first_name="Cy"))

    def type(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def control_k(self):
        ActionChains(self.driver).key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).perform()
        self.wait(lambda: self.all("dialog[open] [name=query]"))

    def entries(self):
        return [entry.text for entry in self.all("dialog[open] .command-list li")]

    def test_commands_and_keys(self):
        self.log_in("mia")
        self.control_k()
        self.assertEqual(self.browser.obstacles(), [])
        self.type("pipel")
        self.wait(lambda: self.entries() == ["Pipeline"])
        self.type(Keys.ENTER)
        self.wait(lambda: self.driver.current_url.endswith("/pipeline"))
        # With an open lead, what can be done with it comes first.
        self.open("/leads?lead=ada")
        self.control_k()
        self.type("move qualif")
        self.wait(lambda: self.entries() == ["Move to Qualifying", "Move to Qualified"])
        self.type(Keys.ARROW_DOWN)
        self.type(Keys.ARROW_DOWN)
        self.type(Keys.ENTER)
        self.wait(lambda: self.lead("ada")["stage"] == "qualified")
        self.wait(lambda: self.all("#detail") and "lead=ada" in self.driver.current_url)
        # `?` is a key of the page, not of a field.
        self.type("?")
        self.wait(lambda: self.all("dialog[open] .key-list"))
        self.type(Keys.ESCAPE)
        self.wait(lambda: not self.all("dialog[open]"))
        self.assertTrue(self.all("#detail"), "Escape has closed the keys, not the lead")
        self.open("/leads")
        self.one("#query").send_keys("?")
        self.assertEqual(self.all("dialog[open]"), [])

    def test_a_menu_closes_by_a_click_elsewhere(self):
        self.browser.look(1440)  # a panel beside the list
        self.log_in("mia", "/leads?lead=ada")
        for menu in (".top .menu", "#detail .menu"):
            self.one(menu + " > summary").click()
            self.assertTrue(self.all(menu + "[open]"))
            self.one("#detail h2").click()
            self.wait(lambda: not self.all("details.menu[open]"))

    def test_the_place_that_is_shown_stays_in_sight(self):
        self.log_in("kim", "/settings/audit")
        for width in (360, 768, 1024):
            self.browser.look(width)
            self.driver.get(self.driver.current_url)
            for shown in self.all(".rail [aria-current], .tabs [aria-current]"):
                edges = self.driver.execute_script("const {left, right, top, bottom} = arguments[0].getBoundingClientRect();"
                                                   "return [left, innerWidth - right, top, innerHeight - bottom]", shown)
                self.assertGreaterEqual(min(edges), 0, (width, shown.text))
            tabs = self.all(".tabs a")
            self.assertEqual(len({tab.rect["y"] for tab in tabs}), 1, width)

    def test_columns_over_the_page(self):
        self.log_in("mia")
        self.one("[data-over='/leads/columns']").click()
        self.wait(lambda: self.all("dialog[open] .column-choice"))
        self.assertEqual(self.browser.obstacles(), [])
        self.one("dialog [value=employees]").click()
        self.one("dialog button.primary").click()
        self.wait(lambda: "columns=" in self.driver.current_url)
        row = self.one(self.row("ada"))
        self.assertEqual(row.find_element(By.CSS_SELECTOR, "[data-label=Employees]").text, "9")

    def test_the_bell_counts(self):
        self.log_in("ben")
        status, answer, _ = self.ask(CONTACTS + "cy/agent", method="POST", headers={"Content-Type": "application/json"},
                                     body='{"agentId": "ben"}')
        self.assertIn(status, (200, 202), answer)
        self.wait(lambda: [badge.text for badge in self.all("#bell .badge")] == ["1"])


if __name__ == "__main__":
    main()
