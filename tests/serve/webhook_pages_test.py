#!/usr/bin/env python3
"""The page of webhooks over HTTP, without JavaScript.

    tests/serve/webhook_pages_test.py LEADPULSE
"""

import html
import os
import re
import sqlite3
import sys
import unittest

from front import API, ROOT, command, contact
from page_case import MARKUP, PageCase

sys.path.insert(0, os.path.join(ROOT, "tests/delivery"))
from receiver import Receiver  # noqa: E402

PATH = "/settings/webhooks"


class Webhooks(PageCase):
    records = contact("ada", email="ada@x.org", first_name="Ada", last_name="<b>Byron</b>")

    def start_front(self, *options, port=0):
        super().start_front("--webhooks-anywhere", *options, port=port)

    def fill_front(self):
        return {**super().fill_front(), "admin": self.token(role="admin")}

    def receiver(self, **options):
        receiver = Receiver(**options)
        self.addCleanup(receiver.close)
        return receiver

    def add(self, person, url, **fields):
        return person.send(person.get(PATH).find(PATH), url=url, what="add", **fields)

    def hook(self):
        [hook] = self.ask(API + "webhooks", self.admin)[1]["webhooks"]
        return hook

    def page(self, person):
        return person.get(PATH, id=self.hook()["id"])

    def press(self, person, what, **having):
        return person.send(self.page(person).find(PATH, **having), what=what)

    def text(self, page):
        return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", page.html.split("<main")[1])))

    def deliveries(self, page):
        """Of each: what it was, about whom, the outcome, and the status."""
        cells = r'data-label="Change">(.*?)</td><td data-label="Lead">(.*?)</td><td data-label="Outcome">(.*?)</td><td [^>]*data-label="Status">(.*?)</td>'
        return [tuple(re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", "", cell))).strip() for cell in row)
                for row in re.findall(cells, page.html)]

    def test_a_webhook_is_added_tested_and_deleted(self):
        person = self.person("kim")
        page = person.get(PATH)
        self.assertIn("No webhooks yet", page.text)
        self.assertIn("such as your CRM", page.text)
        receiver = self.receiver()
        page = self.add(person, receiver.url, event=["STAGE_CHANGED", "LEAD_ERASED"], contact="1")
        self.assertEqual((page.status, page.headers["Cache-Control"]), (200, "no-store"), page.text)
        secret = re.search(r'<code id="secret">(whsec_[^<]+)</code>', page.html)[1]
        hook = self.hook()
        self.assertEqual((hook["url"], set(hook["events"]), hook["contact"], hook["active"]),
                         (receiver.url, {"STAGE_CHANGED", "LEAD_ERASED"}, True, True))
        page = self.page(person)
        self.assertNotIn(secret, page.html)
        self.assertIn("Active", self.text(page))
        self.assertIn("Nothing was posted yet", page.text)
        self.press(person, "test")
        self.wait_until(lambda: self.deliveries(self.page(person)) == [("Test", "", "Delivered", "200")])
        self.assertEqual([post["type"] for post in receiver.taken], ["TEST"])
        self.assertNotIn("Refresh", self.page(person).headers)
        page = person.get(PATH)
        self.assertIn("Lead erased, Stage changed", self.text(page))
        self.assertIn(receiver.url, page.text)
        page = self.press(person, "remove")
        self.assertEqual(page.target, PATH + "?done=1")
        self.assertIn("No webhooks yet", page.text)
        self.assertEqual(self.ask(API + "webhooks", self.admin)[1]["webhooks"], [])

    def test_a_failing_receiver_is_shown_and_tried_again(self):
        person = self.person("kim")
        receiver = self.receiver(refuses=lambda change: change["type"] != "TEST" and not self.mended)
        self.mended = False
        self.add(person, receiver.url)
        number = 0

        def is_failing():
            nonlocal number
            number += 1
            self.append(command("ada", 10 + number, setStage={"stage": ("CONTACTED", "ENGAGED")[number % 2]}))
            return self.hook()["failing_since"]
        self.timeout = 60
        self.wait_until(is_failing)
        page = self.page(person)
        self.assertRegex(self.text(page), r"Failing since today \d\d:\d\d.* 422")
        self.assertIn("next attempt", page.text)
        self.assertRegex(self.text(person.get(PATH)), r"Failing since today \d\d:\d\d.* 422")
        [(words, lead, outcome, status)] = self.deliveries(page)
        self.assertEqual((words, lead, status), ("Stage changed", "Ada <b>Byron</b>", "422"))
        self.assertRegex(outcome, "^Waiting .*422.* next ")
        self.mended = True
        posts = len(receiver.taken)
        self.press(person, "enable")
        self.wait_until(lambda: len(receiver.taken) > posts)
        self.wait_until(lambda: "Active" in self.text(self.page(person)))
        # What was delivered is sent again, as another delivery.
        self.wait_until(lambda: self.hook()["waiting"] == 0)
        page = self.page(person)
        shown, posts = self.deliveries(page), len(receiver.posts)
        person.send(page.find(PATH, delivery=re.findall(r'name="delivery" value="(\d+)"', page.html)[0]), what="send_again")
        self.wait_until(lambda: len(receiver.posts) > posts)
        self.wait_until(lambda: len(self.deliveries(self.page(person))) == len(shown) + 1)

    def test_it_is_disabled_changed_and_enabled(self):
        person = self.person("kim")
        receiver, other = self.receiver(), self.receiver(script=[410])
        self.add(person, receiver.url, event="TIER_CHANGED")
        page = self.press(person, "disable")
        self.assertIn("Saved.", page.text)
        self.assertIn("Off", self.text(page))
        self.assertEqual(self.hook()["active"], False)
        form = page.find(PATH, url=receiver.url)
        wrong = person.send(form, url="ftp://x.org", event="LEAD_CREATED", what="change")
        self.assertEqual((wrong.status, dict(wrong.find(PATH, url="ftp://x.org").fields)["event"]), (422, "LEAD_CREATED"))
        self.assertRegex(wrong.html, 'id="url-problem" role="alert">URL: ')
        person.send(form, url=other.url, event=[], what="change")
        self.assertEqual((self.hook()["url"], self.hook()["events"], self.hook()["active"]), (other.url, [], False))
        self.assertIn("All changes", self.text(self.page(person)))
        self.press(person, "enable")
        self.timeout = 60
        number = 0

        def is_stopped():
            nonlocal number
            number += 1
            self.append(command("ada", 10 + number, setStage={"stage": ("CONTACTED", "ENGAGED")[number % 2]}))
            return not self.hook()["active"]
        self.wait_until(is_stopped)
        for page in (self.page(person), person.get(PATH)):
            self.assertRegex(self.text(page), "Stopped .*410")

    def test_what_may_be_missing_is_said_until_somebody_has_seen_it(self):
        person = self.person("kim")
        self.add(person, self.receiver().url)
        self.assertNotIn("may be missing", self.page(person).text)
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.execute("UPDATE webhooks SET gap_from_ms = 1772000000000, gap_until_ms = 1772003600000")
        database.close()
        self.assertRegex(self.text(self.page(person)), "Changes from 25 Feb.* until 25 Feb.* may be missing")
        self.press(person, "read")
        self.assertNotIn("may be missing", self.page(person).text)

    def test_what_is_refused_says_why_and_keeps_the_input(self):
        person = self.person("kim")
        page = self.add(person, MARKUP, event=["LEAD_CREATED", MARKUP], contact="1")
        self.assertEqual(page.status, 422)
        self.assertNotIn("<img", page.html)
        self.assertEqual([(name, value) for name, value in page.find(PATH).fields if name not in ("form_token", "what")],
                         [("url", MARKUP), ("event", "LEAD_CREATED"), ("contact", "1")])
        self.assertEqual(person.get(PATH, id="7").status, 404)
        self.assertEqual(person.get(PATH, id=MARKUP).status, 404)
        form = person.get(PATH).find(PATH)
        for what in ("test", "remove", "enable", "change"):
            self.assertEqual(person.send(form, webhook="7", url="https://x.org", what=what).status, 404, what)
        for name in ("mia", "ben"):
            other = self.person(name)
            self.assertEqual(other.ask("GET", PATH).status, 403)
            token = re.search('name="form_token" value="([^"]+)"', other.get("/leads").html)[1]
            self.assertEqual(other.ask("POST", PATH, [("form_token", token), ("url", "https://x.org"), ("what", "add")]).status, 403)
        for number in range(20):
            self.assertEqual(self.add(person, f"https://x{number}.example/").status, 200)
        self.assertEqual(self.add(person, "https://y.example/").status, 409)

    def test_a_lead_that_was_erased_is_not_sent_again(self):
        person = self.person("kim")
        receiver = self.receiver()
        self.add(person, receiver.url, event="STAGE_CHANGED")
        number = 0

        def is_posted():
            nonlocal number
            number += 1
            self.append(command("ada", 10 + number, setStage={"stage": ("CONTACTED", "ENGAGED")[number % 2]}))
            return receiver.taken
        self.timeout = 60
        self.wait_until(is_posted)
        self.assertIn('value="send_again"', self.page(person).html)
        self.append(command("ada", 9, erase={}))
        self.wait_until(lambda: {lead for _, lead, _, _ in self.deliveries(self.page(person))} == {""})
        self.assertNotIn('value="send_again"', self.page(person).html)
        self.assertNotIn("Byron", self.page(person).html)


if __name__ == "__main__":
    unittest.main()
