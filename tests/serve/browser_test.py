#!/usr/bin/env python3
"""The web pages in headless Chromium: the layout at every width, the board, an import, and accessibility.

    tests/serve/browser_test.py LEADPULSE

Screenshots are stored in the folder that LEADPULSE_SCREENSHOTS names.
"""

import os
import time

from browser_case import WIDTHS, BrowserCase, main
from front import command, contact
from page_case import MARKUP, PAGES
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

IMPORT_ROWS = int(os.environ.get("LEADPULSE_IMPORT_ROWS", "5000"))
FRAGMENTS = ("/leads/filter", "/leads/row", "/leads/counts", "/leads/found", "/leads/detail", "/leads/data",
             "/leads/timeline", "/jobs/file", "/pipeline/card", "/reports/file", "/import/wrong", "/")  # no pages of their own


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
        targets += ["/leads?lead=ada", "/leads?field=tag", "/leads?where=score+%3E+5&chip=0", "/leads/actions?lead=ada", "/leads/timeline?lead=evil", "/leads?query=evil&lead=evil", "/leads?where=score+%3E", "/segments/edit?id=saas",
                    *(f"/reports?report={name}" for name in ("tiers", "segments", "campaigns", "scores")), "/nothing"]
        self.check(targets)
        self.open("/leads")
        menus = len(self.all("details.menu"))
        self.assertGreater(menus, 3)
        for menu in range(menus):
            self.all("details.menu > summary")[menu].click()
            self.look_at(f"menu-{menu}")
            self.all("details.menu > summary")[menu].click()
        self.driver.execute_script("document.querySelector('[data-menu]').click()")
        self.wait(lambda: self.all(".lead-actions"))
        self.look("menu-of-a-row", 320)
        self.open("/leads#add")
        self.look("add", 320)

    def check(self, targets):
        for target in targets:
            self.open(target)
            self.look_at(target.strip("/").replace("/", "-").replace("?", "-").replace("=", "-").replace("&", "-") or "start")

    def test_the_keyboard_is_enough(self):
        self.browser.look(1440)
        self.log_in_by_hand("mia")
        focused = self.driver.switch_to.active_element
        focused.send_keys(Keys.TAB)
        self.assertEqual(self.driver.switch_to.active_element.text, "Skip to the content")
        self.driver.switch_to.active_element.send_keys(Keys.ENTER)
        self.assertEqual(self.driver.switch_to.active_element.get_attribute("id"), "main")
        reached = set()
        for _ in range(80):
            self.driver.switch_to.active_element.send_keys(Keys.TAB)
            active = self.driver.switch_to.active_element
            if active.tag_name == "body":
                break  # after the last one
            reached.add(active.get_attribute("name") or active.text)
            outline = active.value_of_css_property("outline-style")
            self.assertNotEqual(outline, "none", active.get_attribute("outerHTML"))
        self.assertEqual({"Filter", "Advanced", "lead", "stage"} - reached, set())


class Table(BrowserCase):
    records = (*contact("ada", email="ada@x.org", first_name="Ada", industry="SaaS"), *contact("bob", email="bob@x.org", first_name="Bob"),
               *contact("cyd", email="cyd@x.org", first_name="Cyd", industry="SaaS"), command("bob", 3, editTags={"add": ["vip"]}))

    def rows(self):
        return sorted(row.get_attribute("data-lead") for row in self.all("#leads tbody tr"))

    def test_a_filter_changes_the_list_in_place(self):
        self.log_in("mia")
        self.driver.execute_script("window.same = true")
        self.one(".filter summary").click()
        self.one("a[href$='field=tag']").click()
        self.wait(lambda: self.one("#editor input[value=vip]")).click()
        self.wait(lambda: self.rows() == ["bob"])
        self.one("a[href$='field=industry']").click()
        self.wait(lambda: self.one("#editor input[value=SaaS]")).click()
        self.wait(lambda: self.rows() == [])
        self.assertEqual([chip.text for chip in self.all(".condition .one")], ["Tag is vip", "Industry is SaaS"])
        self.one(".condition .remove").click()
        self.wait(lambda: self.rows() == ["ada", "cyd"])
        self.assertIn("industry", self.driver.current_url)
        self.assertTrue(self.driver.execute_script("return window.same"), "the page was loaded again")
        self.driver.back()
        self.wait(lambda: self.rows() == [])

    def test_a_click_on_a_row_opens_its_lead(self):
        self.log_in("mia")
        self.one(self.row("ada") + " [data-label=Company]").click()
        self.wait(lambda: self.all("#detail[data-detail=ada]"))

    def test_the_menu_of_a_row(self):
        self.log_in("kim")
        self.driver.execute_script("arguments[0].click()", self.one(self.row("ada") + " [data-menu]"))
        self.wait(lambda: self.all(".lead-actions"))
        self.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
        self.assertEqual(self.all(".lead-actions"), [])
        self.driver.switch_to.active_element.send_keys(Keys.ENTER)
        self.wait(lambda: self.one(".lead-actions summary")).click()
        self.one(".lead-actions button[value=qualified]").click()
        self.wait(lambda: self.all(self.row("ada") + " .chip.stage-qualified"))
        self.assertEqual(self.ask("/api/v1/contacts/ada")[1]["stage"], "qualified")

    def test_a_change_in_a_row_is_taken_back_by_one_click(self):
        self.log_in("kim")
        self.wait_until_live()
        stage = lambda: self.ask("/api/v1/contacts/ada")[1]["stage"]
        Select(self.one(self.row("ada") + " select")).select_by_visible_text("Qualified")
        self.wait(lambda: self.one("#told").text.split("\n") == ["Ada is in Qualified now.", "Undo"])
        self.wait(lambda: self.all(self.row("ada") + " .chip.stage-qualified"))
        self.picture("row-moved")  # it is offered for ten seconds
        self.one("#told button").click()
        self.wait(lambda: self.all(self.row("ada") + " .chip.stage-new"))
        self.assertEqual((stage(), self.one("#told").text), ("new", ""))
        # The menu of the row offers the same, and a refusal says why.
        self.driver.execute_script("arguments[0].click()", self.one(self.row("ada") + " [data-menu]"))
        self.wait(lambda: self.one(".lead-actions form > [name=action][value=do-not-contact] ~ button")).click()
        self.wait(lambda: self.one("#told").text.split("\n") == ["Ada: saved.", "Undo"])
        self.api("ada", "do-not-contact", {"value": False})
        self.one("#told button").click()
        self.wait(lambda: "since" in self.one("#told .problem").text)
        self.browser.complaints()  # drops the message about the refusal
        # A final stage is not taken back.
        Select(self.one(self.row("bob") + " select")).select_by_visible_text("Lost")
        self.wait_for_question().accept()
        self.wait(lambda: self.all(self.row("bob") + " span.stage-lost"))
        self.assertEqual(self.one("#told").text, "")

    def test_a_menu_is_saved_when_it_is_left(self):
        self.log_in("mia")
        stage = lambda: self.ask("/api/v1/contacts/ada")[1]["stage"]
        # As where the arrow keys choose in a closed menu.
        press = """
            const menu = document.querySelector('tr[data-lead=ada] select');
            menu.focus();
            menu.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowDown", bubbles: true}));
            menu.value = arguments[0];
            menu.dispatchEvent(new Event("change", {bubbles: true}));
            menu.dispatchEvent(new KeyboardEvent("keyup", {key: "ArrowDown", bubbles: true}));"""
        self.driver.execute_script(press, "contacted")
        self.driver.execute_script(press, "engaged")
        time.sleep(0.5)
        self.assertEqual(stage(), "new")
        self.driver.execute_script("document.querySelector('#query').focus()")
        self.wait(lambda: stage() == "engaged")
        self.wait(lambda: self.all(self.row("ada") + " .chip.stage-engaged"))
        self.assertEqual(self.driver.switch_to.active_element.get_attribute("id"), "query")

    def test_leads_are_selected(self):
        self.log_in("mia")
        self.assertFalse(self.one("#bulk").is_displayed())
        self.one("#all").click()
        self.assertEqual(self.one("#chosen").text, "4 selected")
        self.one("#all").click()
        boxes = self.all("#leads tbody .pick input")
        boxes[0].click()
        self.driver.execute_script("arguments[0].dispatchEvent(new MouseEvent('click', {shiftKey: true, bubbles: true}))", boxes[2])
        self.assertEqual(self.one("#chosen").text, "3 selected")
        self.assertTrue(self.one("#bulk").is_displayed())

    def test_the_look_is_kept(self):
        self.browser.look(1440)
        self.log_in("mia")
        self.one(".rail .fold button").click()
        self.one(".who summary").click()
        self.one("button[name=theme][value=dark]").click()
        self.wait(lambda: self.driver.get_cookie("leadpulse_look")["value"] == "dark.folded")
        self.open("/pipeline")
        self.assertEqual((self.one("html").get_attribute("data-theme"), self.one("body").get_attribute("class")), ("dark", "framed folded"))

    def test_keys(self):
        self.log_in("mia")
        self.one("body").send_keys("/")
        self.assertEqual(self.driver.switch_to.active_element.get_attribute("id"), "query")
        self.driver.switch_to.active_element.send_keys(Keys.TAB)
        self.driver.switch_to.active_element.send_keys("n")
        self.wait(lambda: self.driver.switch_to.active_element.get_attribute("name") == "email")


class Board(BrowserCase):
    records = (*contact("ada", email="ada@x.org", first_name="Ada"), *contact("bob", email="bob@x.org", first_name="Bob"),
               command("bob", 3, setStage={"stage": "CONVERTED"}))

    def card(self, lead, stage):
        return f'.column[data-stage="{stage}"] .card[data-lead="{lead}"]'

    def open_board(self):
        self.log_in("mia", "/pipeline")
        self.wait_until_live()

    def drag(self, lead, stage):
        """Sends the events of a mouse: the driver cannot drag."""
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
        # Back and forth: each is a move of its own.
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

    def test_a_move_is_taken_back_by_one_click(self):
        self.open_board()
        self.drag("ada", "qualified")
        self.wait(lambda: "is in Qualified now." in self.one("#told").text)
        self.picture("board-moved")  # it is offered for ten seconds
        self.one("#told [data-undoes] button").click()
        self.wait(lambda: self.all(self.card("ada", "new") + " [name=was][value=new]"))
        self.assertEqual((self.stage_of("ada"), self.one("#told").text), ("new", ""))

    def test_a_final_column_is_locked(self):
        self.open_board()
        self.assertEqual(self.all(self.card("bob", "converted") + " select"), [])
        self.assertEqual(self.one(self.card("bob", "converted")).get_attribute("draggable"), "false")
        self.assertIn("locked", self.one("#stage-converted").text)
        with self.assertRaisesRegex(WebDriverException, "takes no card"):
            self.drag("bob", "new")
        self.assertEqual(self.stage_of("bob"), "converted")

    def test_archived_unfolds_and_takes_cards(self):
        self.open_board()
        self.one(".column.archived .icon-button").click()
        self.wait(lambda: self.all('.column[data-stage="archived"] ul'))
        self.wait_until_live()
        self.browser.look(1440)
        self.look("board-archived", 1440)
        self.driver.execute_script("window.confirm = () => true")
        self.drag("ada", "archived")
        self.wait(lambda: self.all(self.card("ada", "archived")) and not self.all(self.card("ada", "archived") + " select"))
        self.one(".column h2 .icon-button").click()
        self.wait(lambda: self.one(".column.archived b").text == "1")
        self.open("/pipeline")
        self.assertEqual(self.all('.column[data-stage="archived"] ul'), [])

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
        self.wait(lambda: "You were logged out, so nothing was saved." in self.one("#told").text)
        self.assertEqual(self.stage_of("ada"), "new")
        self.expect_complaints()  # about the refusal and the stopped front

    def test_of_two_managers_the_second_is_told(self):
        self.open_board()
        # The second browser shows an old board.
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
        self.expect_complaints()  # about the refused move

    def test_the_moves_of_others_are_shown(self):
        self.open_board()
        self.api("ada", "stage", {"stage": "contacted"})
        self.wait(lambda: self.all(self.card("ada", "contacted")))
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
        self.log_in("mia", "/import")
        self.look_at("import-file")
        self.one("input[type=file]").send_keys(path)  # is uploaded at once
        run = self.wait(lambda: self.one("button[value=run]"))
        self.assertEqual(run.text, f"Import {IMPORT_ROWS - wrong:,} leads" if IMPORT_ROWS <= 20_000 else "Import all leads")
        self.look_at("import-columns-of-a-file")
        self.browser.look(WIDTHS[-1])
        run.click()
        seen = set()

        def is_done():
            seen.add(self.one("main section p:nth-of-type(2)").text)
            return "Done" in self.one("main section").text

        self.wait(is_done, timeout=600)
        last = f"{IMPORT_ROWS:,} of {IMPORT_ROWS:,} rows"
        self.assertEqual(self.one("main section p:nth-of-type(2)").text, last)
        self.assertTrue(seen - {last}, "the page is drawn anew while rows are imported")
        self.assertIn(f"{wrong} rows left out as wrong", self.one("main").text)
        self.look_at("import-progress-of-a-file")
        self.open("/leads?query=p5@x.org")
        self.assertTrue(self.wait(lambda: self.all(self.row("p5@x.org"))))


class ImportOfAnotherSystem(BrowserCase):
    """A file with opt-outs: it is chosen, the button pressed; nothing is typed. Then it is taken back."""
    records = contact("p1@x.org", first_name="Before")
    statuses = ("subscribed", "unsubscribed", "cleaned", "do not contact")

    def test_opt_outs_are_kept_in_three_actions(self):
        path = self.path("export.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("Email Address,First Name,Company,Status\n")
            file.writelines(f"p{i}@x.org,P{i},C{i % 9},{self.statuses[i % 4]}\n" for i in range(1_000))
        self.log_in("mia")
        self.one('a[href="/import"]').click()  # 1
        self.one("input[type=file]").send_keys(path)  # 2: chosen
        run = self.wait(lambda: self.one("button[value=run]"))
        self.assertIn("Opted out\n250", self.one(".import-bar").text)
        self.assertEqual(run.text, "Import 1,000 leads")
        run.click()  # 3
        self.wait(lambda: "Done" in self.one("main section").text, timeout=120)
        for i, sendable in ((0, True), (1, False), (2, False), (3, False), (997, False)):
            self.assertEqual(self.lead(f"p{i}@x.org")["sendable"], sendable, i)
        self.one(".outcome form button").click()  # 4
        self.wait(lambda: "Taken back" in self.one("main").text, timeout=120)
        self.look_at("import-taken-back")
        self.assertEqual(self.ask("/api/v1/contacts/p0@x.org")[0], 404)
        self.assertEqual(self.lead("p1@x.org")["profile"], {"first_name": "Before"})
        self.assertFalse(self.lead("p1@x.org")["sendable"])  # what the file says against mail stays

    def test_a_change_of_the_columns_is_previewed_at_once(self):
        path = self.path("people.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("E-Mail,City,Email status\nann@x.org,Bern,on hold\nbob@x.org,Chur,unsubscribed\n")
        self.log_in("mia", "/import")
        self.one("input[type=file]").send_keys(path)
        self.wait(lambda: self.one("button[value=run]"))
        Select(self.all("select[name=meaning]")[1]).select_by_visible_text("Company")
        self.wait(lambda: "Company" in self.one(".first-rows thead").text)
        self.assertEqual(self.driver.execute_script("return document.activeElement.name"), "meaning")
        Select(self.one("select[name=word_meaning]")).select_by_visible_text("Unsubscribed")
        self.wait(lambda: "Opted out\n2" in self.one(".import-bar").text)
        Select(self.all("select[name=meaning]")[1]).select_by_visible_text("Another name…")
        name = self.wait(lambda: next(each for each in self.all("input[name=new_name]") if each.is_displayed()))
        name.send_keys("home_town\t")
        self.wait(lambda: "Home town" in self.one(".first-rows thead").text)
        self.look_at("import-columns-changed")
        self.assertIn("Import 2 leads", self.one(".import-bar").text)

    def test_rows_are_pasted(self):
        self.log_in("mia", "/import")
        self.driver.execute_script("""
            const data = new DataTransfer();
            data.setData("text/plain", "E-Mail\\tCity\\nann@x.org\\tBern\\n");
            document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));""")
        self.assertEqual(self.wait(lambda: self.one("button[value=run]")).text, "Import 1 lead")


class Webhooks(BrowserCase):
    def test_a_webhook_is_added_tested_and_deleted(self):
        self.log_in("kim", "/settings/webhooks")
        self.one("main [name=url]").send_keys("https://crm.example/" + "leads/" * 40)
        self.one("main [value=STAGE_CHANGED]").click()
        self.one("main [value=add]").click()
        self.wait(lambda: self.one("#secret").text.startswith("whsec_"))
        self.look_at("webhook-secret")
        self.one("main [value=test]").click()  # nobody is there
        self.wait(lambda: "Failed" in self.one("main .deliveries").text)
        self.one("main .removes summary").click()
        self.look_at("webhook-failed")
        self.open("/settings/webhooks")
        self.look_at("webhooks")
        self.one("main .webhooks a").click()
        self.wait(lambda: self.one("main .removes summary")).click()
        self.one("main [value=remove]").click()
        self.wait(lambda: "No webhooks yet" in self.one("main").text)


class WithoutScript(BrowserCase):
    script = False
    records = contact("ada", email="ada@x.org", first_name="Ada")

    def test_a_day_of_work(self):
        self.log_in_by_hand("ben")
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
        self.one("#detail .note-form button").click()
        self.wait(lambda: "Saved." in self.one("#detail").text)
        self.one('#detail [data-tab="activity"]').click()
        self.wait(lambda: "ben noted: wants a demo" in self.one("#detail .timeline").text)
        self.one("#detail [data-close]").click()  # a narrow panel covers the list
        self.wait(lambda: not self.all("#detail"))
        self.one("#query").send_keys("Augusta")
        self.one("#query").submit()
        self.wait(lambda: [one.get_attribute("data-lead") for one in self.all("tr[data-lead]")] == ["ada"])
        self.open("/pipeline")
        card = self.one('.card[data-lead="ada"]')
        Select(card.find_element(By.TAG_NAME, "select")).select_by_visible_text("Follow up")
        card.find_element(By.TAG_NAME, "button").click()
        self.wait(lambda: self.all('.column[data-stage="follow_up"] .card[data-lead="ada"]'))
        self.one(".who summary").click()
        self.one("form[action='/logout'] button").click()
        self.wait(lambda: self.all("#password"))


if __name__ == "__main__":
    main()
