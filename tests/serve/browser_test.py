#!/usr/bin/env python3
"""The web pages in headless Chromium: live changes, the layout at every width, and what axe-core finds.

    tests/serve/browser_test.py LEADPULSE

Screenshots are stored beside the program, in browser-screenshots/.
"""

import json
import os
import sys
import time
import unittest

from browser import Browser, browser_path
from front import BINARY, command, contact
from page_case import MARKUP, PAGES, PageCase
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

SKIPPED = 77  # for ctest
PAGE_CHANGED = ("stale", "no such element", "does not belong to the document")  # while the driver looked at it
PATIENCE = 20  # seconds
# How soon an open page shows a change, at the median. The aim is 0.3; other tests share the machine.
SOON = float(os.environ.get("LEADPULSE_SOON_SECONDS", "3"))
IMPORT_ROWS = int(os.environ.get("LEADPULSE_IMPORT_ROWS", "5000"))
WIDTHS = (320, 768, 1440)
SHOTS = os.path.join(os.path.dirname(os.path.abspath(BINARY)), "browser-screenshots")
FRAGMENTS = ("/leads/filter", "/leads/row", "/leads/counts", "/leads/found", "/leads/detail", "/leads/data", "/leads/timeline", "/jobs/file", "/pipeline/card", "/reports/file", "/import/wrong", "/")  # no pages of their own


class BrowserCase(PageCase):
    script = True

    def setUp(self):
        super().setUp()
        self.browser = Browser(self.script)
        self.addCleanup(self.browser.close)
        self.driver = self.browser.driver

    def tearDown(self):
        self.assertEqual(self.browser.complaints(), [])
        super().tearDown()

    def open(self, path):
        self.driver.get(f"http://127.0.0.1:{self.port}{path}")

    def log_in(self, name):
        self.open("/login")
        self.one("#name").send_keys(name)
        self.one("#password").send_keys(self.passwords[name])
        self.one("main button").click()
        self.wait(lambda: self.all("#leads"))

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def row(self, lead):
        return f'tr[data-lead="{lead}"]'

    def wait(self, condition, patience=PATIENCE):
        give_up = time.monotonic() + patience
        while True:
            try:
                if found := condition():
                    return found
            except WebDriverException as error:
                if not any(said in str(error) for said in PAGE_CHANGED):
                    raise
            self.assertLess(time.monotonic(), give_up, self.driver.page_source[:3000])
            time.sleep(0.01)

    def wait_for_question(self):
        return WebDriverWait(self.driver, PATIENCE).until(expected_conditions.alert_is_present())

    def wait_until_live(self):
        self.wait(lambda: self.driver.execute_script("return document.documentElement.dataset.live === 'yes'"))

    def look(self, name, width, scheme="light"):
        self.browser.look(width, scheme=scheme)
        self.assertEqual(self.browser.obstacles(), [], name)
        self.check_columns(name)
        wide = self.driver.execute_script("return document.documentElement.scrollWidth")
        self.assertLessEqual(wide, width, f"{name}: wider than the window")
        os.makedirs(SHOTS, exist_ok=True)
        self.browser.picture(os.path.join(SHOTS, f"{name}.png"))
        # What answers 400 and 404 on purpose is no complaint.
        self.assertEqual([said for said in self.browser.complaints() if "status of 40" not in said], [], name)

    def check_columns(self, name):
        """A cell stands below the head of its column, also where some are hidden."""
        shifted = self.driver.execute_script(
            "const left = cell => Math.round(cell.getBoundingClientRect().left);"
            "const heads = [...document.querySelectorAll('#leads thead th[data-label]')].filter(head => head.offsetParent);"
            "return heads.flatMap(head => [...document.querySelectorAll(`#leads tbody [data-label='${head.dataset.label}']`)]"
            "  .filter(cell => left(cell) !== left(head)).map(cell => cell.dataset.label));")
        self.assertEqual(shifted, [], name)

    def look_at(self, name):
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                self.look(f"{name}-{width}-{scheme}", width, scheme)

    def api(self, lead, what, body):
        status, answer, _ = self.ask(f"/api/v1/contacts/{lead}/{what}", method="POST", body=json.dumps(body))
        self.assertEqual(status, 200, answer)


class Looks(BrowserCase):
    records = (*contact("evil", name=MARKUP, company_name="javascript:alert(1)", phone="0" * 60, email="e@x.org"),
               command("evil", 3, addNote={"text": MARKUP}), command("evil", 4, editTags={"add": [MARKUP, "a" * 100]}),
               command("evil", 5, editCampaigns={"assign": [MARKUP, "b" * 100]}), command("evil", 6, setStage={"stage": "LOST"}),
               *contact("ada", email="ada@x.org", first_name="Ada", industry="SaaS", company_name="Analytical Engines"))

    def test_every_page_at_every_width(self):
        self.open("/login")
        targets = ["/login"]
        self.check(targets)
        self.log_in("ola")
        targets = [path for method, path, _, needs_login in PAGES
                   if method == "GET" and needs_login and path not in FRAGMENTS]
        targets += ["/leads?lead=ada", "/leads/timeline?lead=evil", "/leads?query=evil&lead=evil", "/leads?where=score+%3E", "/segments/edit?id=saas",
                    *(f"/reports?report={name}" for name in ("tiers", "segments", "campaigns", "scores")), "/nothing"]
        self.check(targets)
        for panel in range(len(self.all("details.panel")) or 4):
            self.open("/leads")
            self.all("details.panel")[panel].find_element(By.TAG_NAME, "summary").click()
            self.look(f"panel-{panel}", 320)

    def check(self, targets):
        for target in targets:
            self.open(target)
            self.look_at(target.strip("/").replace("/", "-").replace("?", "-").replace("=", "-").replace("&", "-") or "start")

    def test_the_keyboard_is_enough(self):
        self.log_in("mia")
        self.open("/leads")
        focused = self.driver.switch_to.active_element
        focused.send_keys(Keys.TAB)
        self.assertEqual(self.driver.switch_to.active_element.text, "Skip to the content")
        self.driver.switch_to.active_element.send_keys(Keys.ENTER)
        self.assertEqual(self.driver.switch_to.active_element.get_attribute("id"), "main")
        reached = set()
        for _ in range(60):
            self.driver.switch_to.active_element.send_keys(Keys.TAB)
            active = self.driver.switch_to.active_element
            if active.tag_name == "body":
                break  # behind the last one
            reached.add(active.get_attribute("name") or active.text)
            outline = active.value_of_css_property("outline-style")
            self.assertNotEqual(outline, "none", active.get_attribute("outerHTML"))
        self.assertLessEqual({"query", "Search", "Filter", "Views", "Add", "Change many", "lead", "stage"}, reached)


class Live(BrowserCase):
    records = contact("ada", email="ada@x.org", first_name="Ada", industry="SaaS")

    def test_a_change_is_shown_soon_after_its_commit(self):
        self.log_in("mia")
        self.open("/leads?lead=ada")
        self.wait_until_live()
        took = []
        for stage in ("contacted", "engaged", "qualifying", "qualified", "follow_up"):
            self.api("ada", "stage", {"stage": stage})  # answered once it is applied
            begun = time.monotonic()
            shown = stage.replace("_", " ").capitalize()
            self.wait(lambda: Select(self.one(self.row("ada") + " select")).first_selected_option.text == shown and
                      self.one("#detail header .chip").text == shown)
            took.append(time.monotonic() - begun)
        print(f"a change on an open page after its commit: most {max(took) * 1000:.0f} ms")
        self.assertLess(sorted(took)[len(took) // 2], SOON)
        self.wait(lambda: self.one(".counts .stage-follow_up b").text == "1")

    def test_a_note_and_an_attribute_of_another_are_shown_soon_after_their_commit(self):
        self.log_in("mia")
        self.open("/leads?lead=ada")
        self.wait_until_live()
        took = []
        for number in range(5):
            self.api("ada", "notes", {"text": f"note {number}"})
            begun = time.monotonic()
            self.wait(lambda: f"note {number}" in self.one("#detail .timeline").text)
            took.append(time.monotonic() - begun)
        print(f"a note on an open page after its commit: most {max(took) * 1000:.0f} ms")
        self.assertLess(sorted(took)[len(took) // 2], SOON)
        status, _, _ = self.ask("/api/v1/contacts/ada", method="PATCH", body=json.dumps({"last_name": "Lovelace"}))
        self.assertEqual(status, 200)
        self.wait(lambda: "Ada Lovelace" in self.one(self.row("ada")).text and self.one("#detail h2").text == "Ada Lovelace")

    def test_an_update_whose_version_is_shown_requests_nothing(self):
        self.log_in("mia")
        self.open("/leads?lead=ada")
        self.wait_until_live()
        self.driver.execute_script("""
            window.sent = window.fetch; window.asked = [];
            window.fetch = (path, ...more) => { window.asked.push(path); return window.sent(path, ...more); };""")
        # A change of the stage, and behind it the version after the same command.
        self.api("ada", "stage", {"stage": "engaged"})
        self.wait(lambda: self.one("#detail header .chip").text == "Engaged")
        time.sleep(1)
        details = [path for path in self.driver.execute_script("return window.asked") if path.startswith("/leads/detail")]
        self.assertEqual(len(details), 1)

    def create(self, lead, **attributes):
        status, answer, _ = self.ask("/api/v1/contacts", method="POST", body=json.dumps({"id": lead, **attributes}))
        self.assertEqual(status, 201, answer)

    def test_new_leads_are_said_and_shown_on_demand(self):
        self.log_in("mia")
        self.open("/leads?query=city:Bern")
        self.wait_until_live()
        self.assertEqual(self.one("#found").text, "0 leads")
        self.create("eve", attributes={"city": "Bern"})
        self.wait(lambda: self.one("#news").text == "1 new lead – show it")
        # By now it matches.
        status, _, _ = self.ask("/api/v1/contacts/ada", method="PATCH", body=json.dumps({"city": "Bern"}))
        self.create("dan", attributes={"city": "Basel"})
        self.wait(lambda: self.one("#news").text == "2 new leads – show them")
        self.assertEqual(self.one("#found").text, "2 leads")
        self.assertEqual(self.all("tr[data-lead]"), [])  # nothing by itself
        for width in (320, 1440):
            self.look(f"news-{width}", width)
        self.one("#news a").click()
        self.wait(lambda: [row.get_attribute("data-lead") for row in self.all("tr[data-lead]")] == ["ada", "eve"])
        self.assertEqual(self.all("#news"), [])

    def test_new_leads_of_a_later_page_are_shown_first(self):
        with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
            file.writelines(json.dumps(command(f"p{i:02}", 1, updateProfile={"set": {"first_name": f"P{i}"}})) + "\n" for i in range(60))
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
        with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for record in contact("of-cid", "cid", first_name="C")[::-1])
        self.wait_for("of-cid")
        self.create("of-nobody")
        self.wait(lambda: self.one("#news").text == "1 new lead – show it")
        self.assertEqual(self.one("#found").text, f"{int(before.split()[0]) + 1} leads")

    def test_what_somebody_types_stays(self):
        self.log_in("mia")
        self.open("/leads?lead=ada")
        self.wait_until_live()
        note = self.one("#detail textarea[name=text]")
        note.send_keys("half a sen")
        self.api("ada", "stage", {"stage": "qualified"})
        self.wait(lambda: self.all("#detail .stale"))
        note.send_keys("tence")
        self.assertEqual(note.get_attribute("value"), "half a sentence")
        note.find_element(By.XPATH, "./ancestor::form").submit()
        self.wait(lambda: "mia noted: half a sentence" in self.one("#detail .timeline").text)

    def test_what_is_typed_in_another_form_is_not_lost_without_a_question(self):
        self.log_in("mia")
        self.open("/leads?lead=ada")
        self.one("#detail textarea[name=text]").send_keys("half a sentence")
        self.one("#detail [name=add]").send_keys("vip", Keys.ENTER)
        asked = self.wait_for_question()
        self.assertIn("would be lost", asked.text)
        asked.dismiss()
        self.assertEqual(self.one("#detail textarea[name=text]").get_attribute("value"), "half a sentence")
        self.assertEqual(self.ask("/api/v1/contacts/ada")[1]["tags"], [])

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
        self.assertNotIn("done=", self.driver.current_url)  # the table stays where it is

    def test_a_menu_that_is_refused_says_why_in_its_row(self):
        self.log_in("mia")
        self.api("last", "stage", {"stage": "lost"})
        self.driver.execute_script(f"document.querySelector('{self.row('ada')} form [name=lead]').value = 'last'")
        Select(self.one(self.row("ada") + " select")).select_by_visible_text("Engaged")
        said = self.wait(lambda: self.one(self.row("ada") + " .problem").text)
        self.assertEqual(said, "The lead is lost, which is final: it cannot be changed any more.")
        self.assertEqual(Select(self.one(self.row("ada") + " select")).first_selected_option.text, "New")
        self.browser.complaints()  # that it was refused

    def test_a_form_is_sent_once_and_a_removal_asks(self):
        self.log_in("kim")
        self.open("/settings/users")
        form = self.all("main form.grid")[-1]
        form.find_element(By.NAME, "name").send_keys("zoe")
        form.find_element(By.NAME, "agent").send_keys("zoe")
        add = form.find_element(By.TAG_NAME, "button")
        self.driver.execute_script("arguments[0].click(); arguments[0].click();", add)
        self.assertEqual(len(self.wait(lambda: self.one("#secret").text)), len(self.passwords["kim"]))
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
        self.wait(lambda: self.driver.execute_script("return window.refused") > 1)  # the row and the counts
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
        self.browser.complaints()  # that the stream was gone


class Board(BrowserCase):
    records = (*contact("ada", email="ada@x.org", first_name="Ada"), *contact("bob", email="bob@x.org", first_name="Bob"),
               command("bob", 3, setStage={"stage": "CONVERTED"}))

    def card(self, lead, stage):
        return f'.column[data-stage="{stage}"] .card[data-lead="{lead}"]'

    def open_board(self):
        self.log_in("mia")
        self.open("/pipeline")
        self.wait_until_live()

    def drag(self, lead, stage):
        """As a mouse does it: the driver cannot drag."""
        self.driver.execute_script("""
            const [card, column] = [...arguments].map(path => document.querySelector(path)), data = new DataTransfer();
            const send = (target, type) => target.dispatchEvent(
                new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: data}));
            send(card, "dragstart");
            if (send(column, "dragover")) throw new Error("the column takes no card");
            send(column, "drop");""", f'.card[data-lead="{lead}"]', f'.column[data-stage="{stage}"]')

    def stage_of(self, lead):
        return self.ask(f"/api/v1/contacts/{lead}")[1]["stage"]

    def test_a_card_is_dragged(self):
        self.open_board()
        self.drag("ada", "qualified")
        self.wait(lambda: self.all(self.card("ada", "qualified") + " [name=was][value=qualified]"))
        self.assertEqual(self.stage_of("ada"), "qualified")
        self.wait(lambda: self.one('[data-count="qualified"]').text == "1")
        # Back and there again: each is a move of its own.
        for stage in ("new", "qualified", "new"):
            self.drag("ada", stage)
            self.wait(lambda: self.all(self.card("ada", stage) + f" [name=was][value={stage}]"))
        self.assertEqual(self.stage_of("ada"), "new")

    def test_a_menu_moves_a_card(self):
        self.open_board()
        Select(self.one(self.card("ada", "new") + " select")).select_by_visible_text("Engaged")
        self.wait(lambda: self.all(self.card("ada", "engaged") + " [name=was][value=engaged]"))
        self.assertEqual(self.stage_of("ada"), "engaged")
        self.assertEqual(self.driver.current_url.rpartition("/")[2], "pipeline")

    def test_a_final_column_is_locked(self):
        self.open_board()
        self.assertEqual(self.all(self.card("bob", "converted") + " select"), [])
        self.assertEqual(self.one(self.card("bob", "converted")).get_attribute("draggable"), "false")
        self.assertIn("locked", self.one("#stage-converted").text)
        with self.assertRaisesRegex(WebDriverException, "takes no card"):
            self.drag("bob", "new")
        self.assertEqual(self.stage_of("bob"), "converted")

    def test_a_refused_move_returns_with_the_sentence(self):
        self.open_board()
        self.driver.execute_script("document.querySelector('[data-lead=ada] [name=lead]').value = 'bob';"
                                   "document.querySelector('[data-lead=ada] [name=was]').value = 'converted'")
        self.drag("ada", "engaged")
        self.wait(lambda: "converted" in self.one("#told").text)
        self.assertTrue(self.wait(lambda: self.all(self.card("ada", "new"))))
        self.end(self.front)
        self.drag("ada", "engaged")
        self.wait(lambda: "There is no answer" in self.one("#told").text)
        self.assertTrue(self.all(self.card("ada", "new")))
        self.start_front(port=self.port)
        self.driver.delete_all_cookies()
        self.driver.execute_script("tell('')")
        self.drag("ada", "engaged")
        self.wait(lambda: "You were logged out meanwhile" in self.one("#told").text)
        self.assertEqual(self.stage_of("ada"), "new")
        self.browser.complaints()  # what was refused, and that the front was gone

    def test_of_two_managers_the_second_is_told(self):
        self.open_board()
        # The second one looks at an old board.
        self.driver.execute_script("""
            const send = window.fetch;
            let moves = false;
            window.fetch = (path, ...more) => {
              moves ||= path === "/pipeline/move";
              return moves ? send(path, ...more) : Promise.reject(new Error("late"));
            };""")
        self.api("ada", "stage", {"stage": "qualified"})
        self.assertTrue(self.all(self.card("ada", "new")))
        self.driver.execute_script("window.confirm = () => false")
        self.drag("ada", "lost")
        self.assertTrue(self.all(self.card("ada", "new")))
        self.driver.execute_script("window.confirm = () => true")
        self.drag("ada", "lost")
        self.wait(lambda: "is in “Qualified” now" in self.one("#told").text)
        self.wait(lambda: self.all(self.card("ada", "qualified")))
        self.assertEqual(self.stage_of("ada"), "qualified")
        self.browser.complaints()  # that the move was refused

    def test_the_moves_of_others_are_shown(self):
        self.open_board()
        took = []
        for stage in ("contacted", "engaged", "qualified"):
            self.api("ada", "stage", {"stage": stage})  # answered once it is applied
            begun = time.monotonic()
            self.wait(lambda: self.all(self.card("ada", stage)))
            took.append(time.monotonic() - begun)
        print(f"a move of another on an open board after its commit: most {max(took) * 1000:.0f} ms")
        self.assertLess(sorted(took)[len(took) // 2], SOON)
        self.api("ada", "stage", {"stage": "archived"})
        self.wait(lambda: not self.all('[data-lead="ada"]'))


class Import(BrowserCase):
    def test_a_file_is_imported_row_by_row(self):
        print(f"LEADPULSE_IMPORT_ROWS={IMPORT_ROWS}")
        path = self.path("people.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("E-Mail;First Name;Employees\n")
            file.writelines(f"p{i}@x.org;P{i};{'many' if i % 1000 == 7 else i}\n" for i in range(IMPORT_ROWS))
        wrong = len(range(7, IMPORT_ROWS, 1000))
        self.log_in("mia")
        self.open("/import")
        self.one("input[type=file]").send_keys(path)
        self.one("main form button").click()
        run = self.wait(lambda: self.one("button[value=run]"))
        self.assertEqual(run.text, f"Import {IMPORT_ROWS - wrong:,} leads" if IMPORT_ROWS <= 20_000 else "Import all leads")
        self.look_at("import-columns-of-a-file")
        self.browser.look(WIDTHS[-1])
        run.click()
        seen = set()

        def is_done():
            seen.add(self.one("main section p:nth-of-type(2)").text)
            return "Done" in self.one("main section").text

        self.wait(is_done, patience=600)
        self.assertEqual(self.one("main section p:nth-of-type(2)").text, f"{IMPORT_ROWS} of {IMPORT_ROWS} rows")
        self.assertGreater(len(seen), 1, seen)
        self.assertIn(f"{wrong} rows left out as wrong", self.one("main").text)
        self.look_at("import-progress-of-a-file")
        self.open("/leads?query=p5@x.org")
        self.assertTrue(self.wait(lambda: self.all(self.row("p5@x.org"))))


class WithoutScript(BrowserCase):
    script = False
    records = contact("ada", email="ada@x.org", first_name="Ada")

    def test_a_day_of_work(self):
        self.log_in("ben")
        self.assertEqual(self.one("html").get_attribute("class"), "")
        row = self.one(self.row("ada"))
        Select(row.find_element(By.TAG_NAME, "select")).select_by_visible_text("Qualified")
        row.find_element(By.TAG_NAME, "button").click()
        self.wait(lambda: "Saved." in self.one("main").text)
        self.one(self.row("ada") + " th a").click()
        name = self.one('#detail input[name="value:first_name"]')
        name.clear()
        name.send_keys("Augusta")
        name.submit()
        self.wait(lambda: "Augusta" in self.one("#detail h2").text)
        self.one("#detail textarea[name=text]").send_keys("wants a demo")
        self.one("#detail textarea[name=text]").submit()
        self.wait(lambda: "ben noted: wants a demo" in self.one("#detail .timeline").text)
        self.one("#query").send_keys("Augusta")
        self.one(".search button").click()
        self.wait(lambda: [one.get_attribute("data-lead") for one in self.all("tr[data-lead]")] == ["ada"])
        self.open("/pipeline")
        card = self.one('.card[data-lead="ada"]')
        Select(card.find_element(By.TAG_NAME, "select")).select_by_visible_text("Follow up")
        card.find_element(By.TAG_NAME, "button").click()
        self.wait(lambda: self.all('.column[data-stage="follow_up"] .card[data-lead="ada"]'))
        self.one(".who button").click()
        self.wait(lambda: self.all("#password"))


if __name__ == "__main__":
    if browser_path() is None:
        print("SKIPPED: no Chromium is installed; tools/dev setup browser installs it")
        sys.exit(SKIPPED)
    unittest.main()
