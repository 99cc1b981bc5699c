#!/usr/bin/env python3
"""Open web pages in headless Chromium show changes that the front pushes. They never ask by themselves, so a change that
is shown was pushed; stream_test measures how soon.

    tests/serve/browser_live_test.py LEADPULSE
"""

import json
import re
import time
import urllib.request

from browser_case import BrowserCase, main
from front import command, contact, free_port
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select


class Live(BrowserCase):
    records = contact("ada", email="ada@x.org", first_name="Ada", industry="SaaS")

    def test_a_change_is_shown(self):
        self.log_in("mia", "/leads?lead=ada")
        self.wait_until_live()
        for stage in ("contacted", "follow_up"):
            self.api("ada", "stage", {"stage": stage})
            shown = stage.replace("_", " ").capitalize()
            self.wait(lambda: Select(self.one(self.row("ada") + " select")).first_selected_option.text == shown and
                      self.one("#detail header .chip").text == shown)
        self.wait(lambda: self.one(".counts .stage-follow_up b").text == "1")

    def test_a_note_and_an_attribute_of_another_are_shown(self):
        self.log_in("mia", "/leads?lead=ada&tab=activity")
        self.wait_until_live()
        for number in range(2):
            self.api("ada", "notes", {"text": f"note {number}"})
            self.wait(lambda: f"note {number}" in self.one("#detail .timeline").text)
        status, _, _ = self.ask("/api/v1/contacts/ada", method="PATCH", body=json.dumps({"last_name": "Lovelace"}))
        self.assertEqual(status, 200)
        self.wait(lambda: "Ada Lovelace" in self.one(self.row("ada")).text and self.one("#detail h2").text == "Ada Lovelace")

    def test_an_update_whose_version_is_shown_requests_nothing(self):
        self.log_in("mia", "/leads?lead=ada")
        self.wait_until_live()
        self.driver.execute_script("""
            window.sent = window.fetch; window.asked = [];
            window.fetch = (path, ...more) => { window.asked.push(path); return window.sent(path, ...more); };""")
        # A change of the stage, followed by the new version of the contact.
        self.api("ada", "stage", {"stage": "engaged"})
        self.wait(lambda: self.one("#detail header .chip").text == "Engaged")
        time.sleep(1)
        details = [path for path in self.driver.execute_script("return window.asked") if path.startswith("/leads/detail")]
        self.assertEqual(len(details), 1)

    def create(self, lead, **attributes):
        status, answer, _ = self.ask("/api/v1/contacts", method="POST", body=json.dumps({"id": lead, **attributes}))
        self.assertEqual(status, 201, answer)

    def start_front(self, *options, port=0):
        self.operator = free_port()
        super().start_front("--operator-port", str(self.operator), *options, port=port)

    def streams(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.operator}/metrics", timeout=30) as page:
            return int(re.search(r"^leadpulse_serve_streams (\d+)$", page.read().decode(), re.M)[1])

    def test_many_tabs_share_a_stream(self):
        """A browser opens six connections to an address: with a stream in each tab the seventh page would wait."""
        self.log_in("mia")
        tabs = [self.driver.current_window_handle]
        try:
            for _ in range(6):
                self.wait_until_live()
                self.driver.switch_to.new_window("tab")
                tabs.append(self.driver.current_window_handle)
                self.open("/leads")
            self.wait_until_live()
            self.assertEqual(self.streams(), 1)
            self.api("ada", "stage", {"stage": "contacted"})
            for tab in tabs:
                self.driver.switch_to.window(tab)
                self.wait(lambda: Select(self.one(self.row("ada") + " select")).first_selected_option.text == "Contacted")
        finally:
            for tab in tabs[1:]:
                self.driver.switch_to.window(tab)
                self.driver.close()
            self.driver.switch_to.window(tabs[0])

    def test_a_browser_without_shared_workers_follows_the_stream_by_itself(self):
        before = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": "delete window.SharedWorker"})
        try:
            self.test_a_change_is_shown()
            self.assertFalse(self.driver.execute_script("return 'SharedWorker' in window"))
        finally:
            self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", before)

    def test_a_page_that_nobody_sees_has_no_stream_and_is_fresh_when_it_is_seen(self):
        self.log_in("mia")
        self.wait_until_live()
        self.assertEqual(self.streams(), 1)
        hide = ("Object.defineProperty(document, 'hidden', {configurable: true, get: () => %s});"
                "document.dispatchEvent(new Event('visibilitychange'))")
        self.driver.execute_script(hide % "true")
        self.wait(lambda: self.streams() == 0)
        self.api("ada", "stage", {"stage": "contacted"})
        self.driver.execute_script(hide % "false")
        self.wait(lambda: Select(self.one(self.row("ada") + " select")).first_selected_option.text == "Contacted")
        self.assertEqual(self.streams(), 1)

    def test_new_leads_are_said_and_shown_on_demand(self):
        self.log_in("mia", "/leads?query=city:Bern")
        self.wait_until_live()
        self.assertEqual(self.one("#found").text, "0 leads")
        self.create("eve", attributes={"city": "Bern"})
        self.wait(lambda: self.one("#news").text == "1 new lead – show it")
        # Now the contact matches.
        status, _, _ = self.ask("/api/v1/contacts/ada", method="PATCH", body=json.dumps({"city": "Bern"}))
        self.create("dan", attributes={"city": "Basel"})
        self.wait(lambda: self.one("#news").text == "2 new leads – show them")
        self.assertEqual(self.one("#found").text, "2 leads")
        self.assertEqual(self.all("tr[data-lead]"), [])  # the table does not change by itself
        self.look_at("news")
        self.one("#news a").click()
        self.wait(lambda: [row.get_attribute("data-lead") for row in self.all("tr[data-lead]")] == ["ada", "eve"])
        self.assertEqual(self.all("#news"), [])

    def test_new_leads_of_a_later_page_are_shown_first(self):
        self.append(*(command(f"p{i:02}", 1, updateProfile={"set": {"first_name": f"P{i}"}}) for i in range(60)))
        self.wait_for("p59")
        self.log_in("ben")
        self.wait_until_live()
        self.assertEqual(self.one("#found").text, "62 leads")
        self.create("zoe")
        self.wait(lambda: self.one("#news").text == "1 new lead – show it")
        self.one("#news a").click()
        self.wait(lambda: self.all("tr[data-lead]")[0].get_attribute("data-lead") == "zoe")

    def test_an_agent_hears_nothing_of_new_leads_of_others(self):
        self.log_in("ben")
        self.wait_until_live()
        before = self.one("#found").text
        self.append(*contact("of-cid", "cid", first_name="C")[::-1])
        self.wait_for("of-cid")
        self.create("of-nobody")
        self.wait(lambda: self.one("#news").text == "1 new lead – show it")
        self.assertEqual(self.one("#found").text, f"{int(before.split()[0]) + 1} leads")

    def test_what_somebody_types_stays(self):
        self.log_in("mia", "/leads?lead=ada")
        self.wait_until_live()
        note = self.one("#detail textarea[name=text]")
        note.send_keys("half a sen")
        self.api("ada", "stage", {"stage": "qualified"})
        self.wait(lambda: self.one("#detail header .chip").text == "Qualified")  # the rest of the panel is fresh
        note.send_keys("tence")
        self.assertEqual(note.get_attribute("value"), "half a sentence")
        note.send_keys(Keys.CONTROL, Keys.ENTER)
        self.wait(lambda: "mia noted: half a sentence" in self.one("#detail .timeline").get_attribute("textContent"))
        self.wait(lambda: self.one("#detail textarea[name=text]").get_attribute("value") == "")

    def test_a_menu_sends_itself_and_a_refusal_says_why(self):
        self.log_in("mia")
        for answer in ("dismiss", "accept"):
            Select(self.one(self.row("ada") + " select")).select_by_visible_text("Converted")
            asked = self.wait_for_question()
            self.assertIn("“Converted” is final", asked.text)
            getattr(asked, answer)()
            if answer == "dismiss":
                self.assertEqual(Select(self.one(self.row("ada") + " select")).first_selected_option.text, "New")
                self.assertEqual(self.ask("/api/v1/contacts/ada")[1]["stage"], "new")
        self.wait(lambda: self.all(self.row("ada") + " span.stage-converted"))
        self.assertEqual(self.all(self.row("ada") + " select"), [])
        Select(self.one(self.row("last") + " select")).select_by_visible_text("Lost")
        self.wait_for_question().accept()
        self.wait(lambda: self.all(self.row("last") + " span.stage-lost"))
        self.assertNotIn("done=", self.driver.current_url)  # the table keeps its position

    def test_a_menu_that_is_refused_says_why_in_its_row(self):
        self.log_in("mia")
        self.api("last", "stage", {"stage": "lost"})
        self.driver.execute_script(f"document.querySelector('{self.row('ada')} form [name=lead]').value = 'last'")
        Select(self.one(self.row("ada") + " select")).select_by_visible_text("Engaged")
        said = self.wait(lambda: self.one(self.row("ada") + " .problem").text)
        self.assertEqual(said, "The lead is lost, which is final: it cannot be changed any more.")
        self.assertEqual(Select(self.one(self.row("ada") + " select")).first_selected_option.text, "New")
        self.expect_complaints()  # about the refusal

    def test_a_form_is_sent_once_and_a_removal_asks(self):
        self.log_in("kim", "/settings/users")
        form = self.all("main form.grid")[-1]
        form.find_element(By.NAME, "name").send_keys("zoe")
        form.find_element(By.NAME, "agent").send_keys("zoe")
        add = form.find_element(By.TAG_NAME, "button")
        self.driver.execute_script("arguments[0].click(); arguments[0].click();", add)
        self.assertIn("/invite", self.wait(lambda: self.one("#secret").text))  # the link with which zoe sets a password
        self.assertEqual(self.all("main .problem"), [])
        remove = '//button[@value="remove"][contains(., "zoe")]'
        for answer in ("dismiss", "accept"):
            self.driver.find_element(By.XPATH, remove).click()
            asked = self.wait_for_question()
            self.assertEqual(asked.text, "Remove zoe?")
            getattr(asked, answer)()
            if answer == "dismiss":
                self.assertTrue(self.driver.find_elements(By.XPATH, remove))
        self.wait(lambda: not self.driver.find_elements(By.XPATH, remove))

    def test_an_agent_loses_the_row_of_a_lead_that_is_another_agents_now(self):
        self.log_in("ben")
        self.assertTrue(self.all(self.row("ada")))
        self.wait_until_live()
        self.api("ada", "agent", {"agentId": "cid"})
        self.wait(lambda: not self.all(self.row("ada")))

    def test_a_row_stays_while_the_front_refuses_to_send_it(self):
        self.log_in("mia")
        self.wait_until_live()
        self.driver.execute_script("window.sent = window.fetch; window.refused = 0;"
                                   "window.fetch = () => { ++window.refused; return Promise.resolve(new Response('', {status: 503})); }")
        self.api("ada", "stage", {"stage": "engaged"})
        # requests for the row and the counts
        self.wait(lambda: self.driver.execute_script("return window.refused") > 1)
        self.assertTrue(self.all(self.row("ada")))
        self.assertTrue(self.all("#counts"))
        self.driver.execute_script("window.fetch = window.sent")
        self.api("ada", "stage", {"stage": "qualified"})
        self.wait(lambda: Select(self.one(self.row("ada") + " select")).first_selected_option.text == "Qualified")

    def test_the_page_goes_on_when_the_front_comes_back(self):
        self.log_in("mia")
        self.wait_until_live()
        self.end(self.front)
        self.start_front(port=self.port)
        self.api("ada", "stage", {"stage": "engaged"})
        self.wait(lambda: Select(self.one(self.row("ada") + " select")).first_selected_option.text == "Engaged")
        self.expect_complaints()  # about the lost stream


if __name__ == "__main__":
    main()
