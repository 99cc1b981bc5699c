"""People who use the pages of a front in headless Chromium, for tests."""

import atexit
import json
import os
import sys
import time
import unittest

from browser import SKIPPED, Browser, browser_path
from front import TIMEOUT
from page_case import PageCase
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.wait import WebDriverWait

# While the driver looked at the page; or what is to be clicked has not come into sight yet.
PAGE_CHANGED = ("stale", "no such element", "does not belong to the document", "element not interactable", "click intercepted")
WIDTHS = (320, 768, 1440)
# The widths and schemes in which look_at looks at a page, and whether only for what colours can break; the long run takes all.
LOOKS = [(width, scheme, scheme == "dark") for width in WIDTHS for scheme in ("light", "dark")]
if os.environ.get("LEADPULSE_LOOKS") != "all":
    LOOKS = [(WIDTHS[0], "light", True), (WIDTHS[-1], "dark", False)]
SHOTS = os.environ.get("LEADPULSE_SCREENSHOTS")  # a folder; no picture is made without it


class BrowserCase(PageCase):
    script = True
    browser = None  # of all tests of this process

    def setUp(self):
        super().setUp()
        if self.browser is None:
            BrowserCase.browser = Browser()
            atexit.register(self.browser.close)
        self.browser.begin_anew(self.script)
        self.driver = self.browser.driver

    def tearDown(self):
        self.assertEqual(self.browser.complaints(), [])
        super().tearDown()

    def expect_complaints(self):
        """Leaves the page and drops what the browser said of it, also of requests that were still on their way."""
        self.driver.get("about:blank")
        self.browser.complaints()

    def open(self, path):
        self.driver.get(f"http://127.0.0.1:{self.port}{path}")

    def log_in(self, name, path="/leads"):
        """Opens a page as somebody who has logged in before."""
        session, value = self.person(name).cookie.split("=", 1)
        self.driver.execute_cdp_cmd("Network.setCookie", {"name": session, "value": value, "url": f"http://127.0.0.1:{self.port}/"})
        self.open(path)

    def log_in_by_hand(self, name):
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

    def wait(self, condition, timeout=TIMEOUT):
        give_up = time.monotonic() + timeout
        while True:
            try:
                if found := condition():
                    return found
            except WebDriverException as error:
                if not any(said in str(error) for said in PAGE_CHANGED):
                    raise
            if time.monotonic() > give_up:
                self.fail(f"waited too long; the page is {self.driver.page_source[:3000]}")
            time.sleep(0.05)  # each question costs the browser some milliseconds

    def wait_for_question(self):
        return WebDriverWait(self.driver, TIMEOUT).until(expected_conditions.alert_is_present())

    def wait_until_live(self):
        self.wait(lambda: self.driver.execute_script("return document.documentElement.dataset.live === 'yes'"))

    def look(self, name, width, scheme="light", of_colours=False):
        self.browser.look(width, scheme=scheme)
        self.assertEqual(self.browser.obstacles(of_colours), [], name)
        self.check_columns(name)
        wide = self.driver.execute_script("return document.documentElement.scrollWidth")
        self.assertLessEqual(wide, width, f"{name}: wider than the window")
        self.picture(name)
        # Intended answers of 400 and 404 are no complaint.
        self.assertEqual([said for said in self.browser.complaints() if "status of 40" not in said], [], name)

    def picture(self, name):
        if SHOTS:
            os.makedirs(SHOTS, exist_ok=True)
            self.browser.picture(os.path.join(SHOTS, f"{name}.png"))

    def check_columns(self, name):
        """Checks that a cell is below the head of its column, even if some columns are hidden."""
        shifted = self.driver.execute_script(
            "const left = cell => Math.round(cell.getBoundingClientRect().left);"
            "const heads = [...document.querySelectorAll('#leads thead th[data-label]')].filter(head => head.offsetParent);"
            "return heads.flatMap(head => [...document.querySelectorAll(`#leads tbody [data-label='${head.dataset.label}']`)]"
            "  .filter(cell => left(cell) !== left(head)).map(cell => cell.dataset.label));")
        self.assertEqual(shifted, [], name)

    def look_at(self, name):
        """Looks at a page at the widths and in the schemes of LOOKS."""
        for width, scheme, of_colours in LOOKS:
            self.look(f"{name}-{width}-{scheme}", width, scheme, of_colours)

    def api(self, lead, what, body):
        status, answer, _ = self.ask(f"/api/v1/contacts/{lead}/{what}", method="POST", body=json.dumps(body))
        self.assertEqual(status, 200, answer)


def main():
    if browser_path() is None:
        print("SKIPPED: no Chromium is installed; tools/dev setup browser installs it")
        sys.exit(SKIPPED)
    unittest.main()
