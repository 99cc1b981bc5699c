#!/usr/bin/env python3
"""The panel of one lead in headless Chromium: opened beside the list, and saved without loading a page.

    tests/serve/browser_panel_test.py LEADPULSE
"""

import json

from browser_case import BrowserCase, main
from front import contact
from page_case import PageCase
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

NAMES = ("ada", "bob", "cy")
DEFINITIONS = PageCase.definitions.replace("topics:", "lists: [{id: vip, name: Our best}]\n    topics:").replace(
    "{industry", "{born: day, customer: boolean, industry")


class PanelCase(BrowserCase):
    definitions = DEFINITIONS
    records = [record for name in NAMES for record in
               contact(name, email=f"{name}@x.org", first_name=name.capitalize(), last_name="King", phone="+49 151 234")]

    def open_list(self):
        self.log_in("mia", "/leads?sort=email")
        self.wait_until_live()
        self.driver.execute_script("window.isSamePage = true")

    def is_same_page(self):
        return self.driver.execute_script("return window.isSamePage === true")

    def open_lead(self, lead):
        self.one(self.row(lead) + " th a").click()
        self.wait(lambda: self.all(f'#detail[data-detail="{lead}"]'))

    def field(self, name):
        return self.one(f'#detail [name="value:{name}"]')

    def type_into(self, name, text, end=Keys.TAB):
        self.field(name).send_keys(Keys.CONTROL, "a", Keys.NULL, text, end)

    def choose(self, select, text):
        """Chooses, and leaves the menu: the driver sends no events of a mouse."""
        select = self.one(select)
        Select(select).select_by_visible_text(text)
        select.send_keys(Keys.TAB)

    def click(self, selector):
        """Clicks as soon as the element is there and stays there."""
        self.wait(lambda: self.one(selector).click() or True)

    def shown(self):
        return self.one("#detail").get_attribute("data-detail")

    def focused(self):
        return self.driver.switch_to.active_element


class Panel(PanelCase):
    def test_a_lead_is_worked_on_in_nine_actions_without_loading_a_page(self):
        self.open_list()
        actions = 0

        def act(do, *arguments):
            nonlocal actions
            actions += 1
            do(*arguments)

        act(self.open_lead, "ada")
        act(self.type_into, "job_title", "Head of Sales")
        act(self.choose, '#detail [data-part="lists"] select', "Our best")
        act(self.click, "#detail [data-note]")
        act(lambda: self.focused().send_keys("wants a demo"))
        act(lambda: self.focused().send_keys(Keys.CONTROL, Keys.ENTER))
        self.wait(lambda: self.lead("ada")["notes"])
        act(self.click, "#detail [data-part=move] > summary")
        act(self.click, '#detail [data-part=move] [value="qualified"]')
        self.wait(lambda: self.lead("ada")["stage"] == "qualified")
        self.wait(lambda: self.one("#detail .lead-chips .chip").text == "Qualified")
        act(self.one("body").send_keys, "j")
        self.wait(lambda: self.shown() == "bob")
        self.assertLessEqual(actions, 9)
        self.assertTrue(self.is_same_page())
        lead = self.lead("ada")
        self.assertEqual((lead["profile"]["job_title"], [note["text"] for note in lead["notes"]], lead["lists"]),
                         ("Head of Sales", ["wants a demo"], ["vip"]))

    def test_a_field_is_saved_when_it_is_left_and_can_be_set_back(self):
        self.open_list()
        self.open_lead("ada")
        self.type_into("first_name", "Augusta")
        saved = self.wait(lambda: self.one("#detail .saved"))
        self.assertIn("Saved", saved.text)
        self.assertEqual(self.lead("ada")["profile"]["first_name"], "Augusta")
        self.assertEqual(self.focused().get_attribute("name"), "value:last_name")
        self.wait(lambda: self.one("#detail h2").text == "Augusta King" and "Augusta King" in self.one(self.row("ada")).text)
        self.wait(lambda: self.one("#detail .saved button")).click()
        self.wait(lambda: self.lead("ada")["profile"]["first_name"] == "Ada")
        self.wait(lambda: self.field("first_name").get_attribute("value") == "Ada")
        # The same once more: each save is a command of its own.
        self.type_into("first_name", "Augusta")
        self.wait(lambda: self.lead("ada")["profile"]["first_name"] == "Augusta")
        self.choose('#detail [name="value:customer"]', "Yes")
        self.wait(lambda: self.lead("ada")["profile"].get("customer") is True)
        self.assertTrue(self.is_same_page())

    def test_a_refusal_stands_at_its_field_and_the_input_stays(self):
        self.open_list()
        self.open_lead("ada")
        self.one("#note-text").send_keys("half a sen")
        self.type_into("employees", "many")
        row = self.wait(lambda: self.one("#detail .field.wrong"))
        self.assertIn("Enter a number", row.find_element(By.CLASS_NAME, "error").text)
        self.assertEqual(self.field("employees").get_attribute("value"), "many")
        self.assertEqual(self.field("employees").get_attribute("aria-invalid"), "true")
        self.assertEqual(self.one("#note-text").get_attribute("value"), "half a sen")
        # Neither another form nor a change by somebody else takes what was typed.
        self.choose('#detail [data-part="lists"] select', "Our best")
        self.wait(lambda: self.all('#detail [data-part="lists"] .chip'))
        self.wait_until_live()
        self.api("ada", "stage", {"stage": "engaged"})
        self.wait(lambda: self.one("#detail .lead-chips .chip").text == "Engaged")
        self.assertEqual(self.field("employees").get_attribute("value"), "many")
        self.assertEqual(self.one("#note-text").get_attribute("value"), "half a sen")
        self.assertTrue(self.all("#detail .field.wrong .error"))
        self.type_into("employees", "12")
        self.wait(lambda: self.lead("ada")["profile"].get("employees") == 12)
        self.wait(lambda: not self.all("#detail .field.wrong"))
        self.assertEqual(self.one("#note-text").get_attribute("value"), "half a sen")
        self.expect_complaints()  # about the refusal

    def test_a_value_that_somebody_else_has_set_is_not_lost(self):
        self.open_list()
        self.open_lead("ada")
        self.type_into("first_name", "Adele", "")
        self.ask("/api/v1/contacts/ada", method="PATCH", body=json.dumps({"first_name": "Augusta"}))
        self.wait(lambda: self.one("#detail h2").text == "Augusta King")
        self.assertEqual(self.field("first_name").get_attribute("value"), "Adele")
        self.field("first_name").send_keys(Keys.TAB)
        said = self.wait(lambda: self.one("#detail .field.wrong .error").text)
        self.assertIn("you wrote “Adele”, it is now “Augusta”", said)
        self.field("first_name").send_keys(Keys.ENTER)
        self.wait(lambda: self.lead("ada")["profile"]["first_name"] == "Adele")
        self.expect_complaints()

    def test_columns_beside_the_panel_can_be_read(self):
        """Columns that would be cut to nothing are left out; those that were chosen are not, but for want of room."""
        def heads():
            return {head.text.split(" ")[0]: head.size["width"] for head in self.all("#leads thead th[data-label]") if head.is_displayed()}

        self.log_in("mia")
        for width, expected in ((1920, {"Name", "E-mail", "Company", "Phone", "Domain", "Status", "Score", "Owner", "Last"}),
                                (1440, {"Name", "Company", "Status", "Score", "Last"}), (1120, {"Name", "Status", "Score"})):
            self.browser.look(width)
            self.open("/leads?sort=email&lead=ada")
            shown = heads()
            self.assertEqual(set(shown), expected, width)
            for name, least in {"Name": 150, "Company": 120, "E-mail": 150, "Last": 130}.items():
                self.assertGreaterEqual(shown.get(name, least), least, (width, name))
        self.browser.look(1440)
        self.open("/leads?lead=ada&columns=email,phone,industry")
        self.assertEqual(set(heads()), {"Name", "E-mail", "Phone", "Industry"})
        self.assertGreaterEqual(min(heads().values()), 100)
        self.look("panel-columns", 1440)

    def test_no_score_is_cut(self):
        """A cut number would be another one."""
        self.log_in("mia")
        for width, page in ((1440, "/leads?lead=ada"), (1440, "/leads"), (360, "/leads")):
            self.browser.look(width)
            self.open(page)
            hidden = self.driver.execute_script("""
                const cell = document.querySelector("#leads td[data-label=Score]");
                cell.querySelector("b").textContent = "12,345,678.25";
                return [cell.scrollWidth - cell.clientWidth, cell.scrollHeight - cell.clientHeight];""")
            self.assertEqual(hidden, [0, 0], (width, page))

    def test_the_list_keeps_its_place(self):
        self.open_list()
        self.open_lead("bob")
        self.assertIn("lead=bob", self.driver.current_url)
        self.assertEqual(self.focused().tag_name, "h2")
        self.one("body").send_keys("j")
        self.wait(lambda: self.shown() == "cy")
        self.one("body").send_keys("k")
        self.wait(lambda: self.shown() == "bob")
        self.driver.back()
        self.wait(lambda: not self.all("#detail"))
        self.assertNotIn("lead=", self.driver.current_url)
        self.assertIn("Bob King", self.focused().text)
        self.driver.forward()
        self.wait(lambda: self.shown() == "bob")
        self.one("body").send_keys(Keys.ESCAPE)
        self.wait(lambda: not self.all("#detail"))
        self.assertIn("Bob King", self.focused().text)
        self.assertTrue(self.is_same_page())

    def test_a_narrow_panel_covers_the_list_and_back_returns_to_the_row(self):
        self.open_list()
        for width in (360, 1024):
            self.browser.look(width)
            self.driver.execute_script("arguments[0].scrollIntoView()", self.one(self.row("cy")))
            before = self.driver.execute_script("return scrollY")
            self.open_lead("cy")
            covered = self.driver.execute_script(
                "return ['#query', '#leads th a'].map(one => Boolean(document.querySelector(one).closest('[inert]')))")
            self.assertEqual(covered, [True, True])
            self.assertEqual(self.one("#detail").rect["x"], 0)
            self.driver.back()
            self.wait(lambda: not self.all("#detail"))
            self.assertIn("Cy King", self.focused().text)
            self.assertEqual(self.driver.execute_script("return scrollY"), before)
            self.assertEqual(self.all("[inert]"), [])

    def test_a_typed_note_is_not_left_without_a_question(self):
        self.open_list()
        self.open_lead("ada")
        self.one("#note-text").send_keys("half a sentence", Keys.ESCAPE)
        self.focused().send_keys("j")
        self.wait_for_question().dismiss()
        self.assertEqual((self.shown(), self.one("#note-text").get_attribute("value")), ("ada", "half a sentence"))

    def test_a_menu_is_saved_when_it_is_left(self):
        self.open_list()
        self.open_lead("ada")
        choice = self.field("customer")
        choice.send_keys(Keys.ARROW_DOWN)
        choice.send_keys(Keys.ARROW_DOWN)
        self.assertEqual(self.focused(), choice)
        self.assertNotIn("customer", self.lead("ada")["profile"])
        choice.send_keys(Keys.TAB)
        self.wait(lambda: self.lead("ada")["profile"].get("customer") is False)

    def test_a_final_stage_asks_and_then_nothing_is_offered_that_cannot_be(self):
        self.open_list()
        self.open_lead("ada")
        for answer in ("dismiss", "accept"):
            self.click("#detail [data-part=move] > summary")
            self.click('#detail [data-part=move] [value="lost"]')
            asked = self.wait_for_question()
            self.assertIn("“Lost” is final", asked.text)
            getattr(asked, answer)()
            if answer == "dismiss":
                self.assertEqual(self.lead("ada")["stage"], "new")
                self.click("#detail [data-part=move] > summary")
        self.wait(lambda: self.one("#detail .lead-chips .chip").text == "Lost")
        self.assertEqual((self.all("#detail [data-part=move]"), self.all("#detail [data-part=assign]")), ([], []))

    def test_a_follow_up_is_planned_and_done(self):
        self.open_list()
        self.open_lead("ada")
        self.click("#detail [data-part=follow-up] > summary")
        self.click("#detail [data-part=follow-up] button")
        self.wait(lambda: "Follow up tomorrow" in self.one("#detail .callout").text)
        self.assertIn("tomorrow", self.one("#detail .lead-chips").text)
        self.click("#detail .callout button")
        self.wait(lambda: not self.all("#detail .callout.due, #detail [data-part=due] button"))
        self.one('#detail [data-tab="activity"]').click()
        shown = self.one("#detail .timeline").text
        self.assertIn("mia finished the follow-up", shown)
        self.assertIn("mia planned a follow-up", shown)

    def test_a_note_is_removed_after_a_question(self):
        self.open_list()
        self.open_lead("ada")
        for text in ("first", "second"):
            self.api("ada", "notes", {"text": text})
        self.one('#detail [data-tab="activity"]').click()
        remove = '#detail [data-kind=note] button'
        self.wait(lambda: len(self.all(remove)) == 2)
        for answer, left in (("dismiss", ["first", "second"]), ("accept", ["first"])):
            self.click(remove)
            question = self.wait_for_question()
            self.assertIn("“second”", question.text)
            getattr(question, answer)()
            self.wait(lambda left=left: [note["text"] for note in self.lead("ada")["notes"]] == left)
        self.wait(lambda: len(self.all(remove)) == 1)
        self.assertTrue(self.is_same_page())

    def test_tabs_and_the_filter_of_the_activity(self):
        self.open_list()
        self.open_lead("ada")
        self.api("ada", "notes", {"text": "a note"})
        self.wait(lambda: "a note" in self.one("#detail .timeline").get_attribute("textContent"))
        self.one('#detail [role=tab][data-tab="overview"]').send_keys(Keys.ARROW_RIGHT)
        self.assertEqual(self.focused().get_attribute("data-tab"), "activity")
        self.assertIn("tab=activity", self.driver.current_url)
        self.assertTrue(self.one("#tab-activity").is_displayed())
        self.assertFalse(self.one("#tab-overview").is_displayed())
        self.driver.execute_script("document.querySelector('#detail [name=only][value=note]').click()")
        shown = {one.get_attribute("data-kind") for one in self.all("#detail .timeline li") if one.is_displayed()}
        self.assertEqual(shown, {"note"})
        self.driver.refresh()
        self.wait(lambda: self.one("#tab-activity").is_displayed())

    def test_every_state_at_every_width(self):
        self.log_in("kim")
        self.api("ada", "notes", {"text": "wants a demo " * 20})
        self.api("bob", "stage", {"stage": "lost"})
        for lead in ("ada", "bob"):
            for tab in ("overview", "activity", "score", "mail"):
                self.open(f"/leads?lead={lead}&tab={tab}")
                self.look_at(f"panel-{lead}-{tab}")
        self.open("/leads?lead=ada")
        for menu in ("move", "assign", "follow-up", "more"):
            self.one(f"#detail [data-part={menu}] > summary").click()
            self.look_at(f"panel-menu-{menu}")


class Cells(PanelCase):
    """Cells of the table, edited in place."""

    def setUp(self):
        super().setUp()
        self.browser.look(1440)  # a narrow list has fewer columns

    def cell(self, lead, label):
        return self.one(f'{self.row(lead)} [data-label="{label}"]')

    def edit(self, lead, label, text, end):
        cell = self.cell(lead, label)
        ActionChains(self.driver).move_to_element(cell).perform()
        self.click(f'{self.row(lead)} [data-label="{label}"] .pencil')
        cell.find_element(By.CSS_SELECTOR, "[name^='value:']").send_keys(Keys.CONTROL, "a", Keys.NULL, text, end)

    def test_a_text_is_edited_by_its_pencil_and_set_back(self):
        self.open_list()
        self.edit("bob", "Phone", "+44 20 7946 0999", Keys.ENTER)
        self.wait(lambda: self.cell("bob", "Phone").text == "+44 20 7946 0999")
        self.assertEqual(self.lead("bob")["profile"]["phone"], "+44 20 7946 0999")
        self.wait(lambda: self.one("#told .toast").text.startswith("Bob King: saved."))
        self.one("#told button").click()
        self.wait(lambda: self.cell("bob", "Phone").text == "+49 151 234")
        # A cell that is left is saved, and one that is left as it was is not.
        self.edit("bob", "Company", "Acme", Keys.TAB)
        self.wait(lambda: self.lead("bob")["profile"].get("company_name") == "Acme")
        self.wait(lambda: self.cell("bob", "Company").text == "Acme")
        version = self.one(self.row("bob")).get_attribute("data-version")
        self.edit("bob", "Company", "Other", Keys.ESCAPE)
        self.assertEqual(self.cell("bob", "Company").text, "Acme")
        self.assertEqual(self.one(self.row("bob")).get_attribute("data-version"), version)
        self.assertFalse(self.all("#detail"), "no click of these has opened the lead")
        self.assertTrue(self.is_same_page())

    def test_keys_go_through_the_cells_of_a_row(self):
        self.open_list()
        self.one(self.row("cy") + " th a").send_keys(Keys.F2)
        self.assertEqual(self.focused().get_attribute("aria-label"), "E-mail of Cy King")
        self.assertEqual(self.browser.obstacles(), [])
        self.focused().send_keys(Keys.TAB)
        self.assertEqual(self.focused().get_attribute("aria-label"), "Company of Cy King")
        self.focused().send_keys("Initech", Keys.ENTER)
        self.wait(lambda: self.cell("cy", "Company").text == "Initech")
        self.assertEqual(self.all("form.cell"), [])

    def test_an_owner_is_chosen(self):
        self.open_list()
        cell = self.cell("ada", "Owner")
        ActionChains(self.driver).move_to_element(cell).perform()
        self.click(self.row("ada") + " [data-label=Owner] .pencil")
        # By keys: what is chosen otherwise is saved at once, and the menu goes.
        self.one(self.row("ada") + " [data-label=Owner] select").send_keys("ben", Keys.TAB)
        self.wait(lambda: self.cell("ada", "Owner").text == "ben")
        self.assertEqual(self.lead("ada")["agent"], "ben")

    def test_a_refusal_stands_at_the_cell_and_the_input_stays(self):
        self.log_in("mia", "/leads?columns=email,employees")
        self.wait_until_live()
        self.edit("ada", "Employees", "1.000", Keys.ENTER)
        self.wait(lambda: "1000" in self.one(self.row("ada") + " [data-label=Employees] .problem").text)
        self.assertEqual(self.one(self.row("ada") + " form.cell [name^='value:']").get_attribute("value"), "1.000")
        self.one(self.row("ada") + " form.cell [name^='value:']").send_keys(Keys.CONTROL, "a", Keys.NULL, "1,000", Keys.ENTER)
        self.wait(lambda: self.cell("ada", "Employees").text == "1,000")
        # What is typed is plain, and what is shown has separators, also when it is left as it was.
        self.edit("ada", "Employees", "5", "")
        field = self.one(self.row("ada") + " form.cell [name^='value:']")
        self.assertEqual(field.get_property("defaultValue"), "1000")
        field.send_keys(Keys.ESCAPE)
        self.assertEqual(self.cell("ada", "Employees").text, "1,000")
        # Somebody else has changed it meanwhile: that is said first, and saved by who says it again.
        self.edit("bob", "E-mail", "bo@x.org", "")
        self.api("bob", "tags", {"add": ["seen"]})
        status, answer, _ = self.ask("/api/v1/contacts/bob", method="PATCH", body=json.dumps({"email": "robert@x.org"}))
        self.assertEqual(status, 200, answer)
        field = self.one(self.row("bob") + " form.cell [name^='value:']")
        field.send_keys(Keys.ENTER)
        self.wait(lambda: "Somebody else changed" in self.one(self.row("bob") + " .problem").text)
        self.assertEqual(field.get_attribute("value"), "bo@x.org")
        field.send_keys(Keys.ENTER)
        self.wait(lambda: self.cell("bob", "E-mail").text == "bo@x.org")
        self.expect_complaints()  # about the refusals


class PanelWithoutScript(PanelCase):
    script = False

    def test_an_error_stands_at_its_field_and_the_input_stays(self):
        self.log_in("mia", "/leads?lead=ada")
        self.type_into("job_title", "Head of Sales", "")
        self.type_into("employees", "many", Keys.ENTER)
        row = self.wait(lambda: self.one("#detail .field.wrong"))
        self.assertIn("Enter a number", row.text)
        self.assertEqual((self.field("employees").get_attribute("value"), self.field("job_title").get_attribute("value")),
                         ("many", "Head of Sales"))
        self.type_into("employees", "12", Keys.ENTER)
        self.wait(lambda: "Saved." in self.one("#detail").text)
        profile = self.lead("ada")["profile"]
        self.assertEqual((profile["employees"], profile["job_title"]), (12, "Head of Sales"))
        self.expect_complaints()  # about the refusal

    def test_tabs_menus_and_final_stages(self):
        self.log_in("mia", "/leads?lead=ada")
        self.one('#detail [data-tab="activity"]').click()
        self.wait(lambda: self.one("#tab-activity").is_displayed())
        self.click("#detail [data-part=follow-up] > summary")
        self.click("#detail [data-part=follow-up] button")
        self.wait(lambda: "planned a follow-up" in self.one("#detail .timeline").text)
        self.click("#detail [data-part=move] > summary")
        self.click('#detail [data-part=move] [value="lost"]')
        self.wait(lambda: "Move Ada King to Lost?" in self.one("h1").text)
        self.assertEqual(self.lead("ada")["stage"], "new")
        self.one("main button").click()
        self.wait(lambda: self.one("#detail .lead-chips .chip").text == "Lost")
        self.assertEqual(self.all("#detail [data-part=move]"), [])


if __name__ == "__main__":
    main()
