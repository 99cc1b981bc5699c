#!/usr/bin/env python3
"""Unsubscribe links of `leadpulse serve`.   tests/serve/unsubscribe_test.py BINARY"""

import base64
import concurrent.futures
import hashlib
import os
import re
import stat
import time
import unittest
import urllib.parse

from front import API, CONTACTS, FrontCase, contact

ONE_CLICK = "List-Unsubscribe=One-Click"  # RFC 8058
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DEFINITIONS = """
tenants:
  acme:
    name: Acme Ltd
    brand: {color: "#f80"}
    tiers: [{name: all}]
    topics: [{id: news, name: Monthly <news>}, {id: offers, name: Offers}]
"""


class Unsubscribe(FrontCase):
    run_definitions = DEFINITIONS

    def link(self, lead="ann", topic=None, token=None):
        query = "" if topic is None else "?" + urllib.parse.urlencode({"topic": topic})
        status, body, _ = self.ask(f"{CONTACTS}{lead}/unsubscribe-link{query}", token)
        self.assertEqual((status, body["id"]), (200, lead), body)
        return body["url"]

    def open(self, url, method="GET", body=None, headers=()):
        answer, page = self.request(method, urllib.parse.urlsplit(url).path, body, headers)
        return answer.status, page.decode(), answer

    def switches(self, url):
        """Returns whether the switch of each topic on the page is on."""
        boxes = re.findall(r'<input type="checkbox" name="on" value="([^"]*)"( checked)?>', self.open(url)[1])
        return {topic: bool(checked) for topic, checked in boxes}

    def save(self, url, *on, shown=("news", "offers")):
        [key] = set(re.findall(r'name="key" value="([^"]*)"', self.open(url)[1]))
        fields = [("save", "1"), ("key", key), *(("shown", topic) for topic in shown), *(("on", topic) for topic in on)]
        return self.open(url, "POST", urllib.parse.urlencode(fields), FORM)

    def take_back(self, url, page):
        [token] = re.findall(r'name="undo" value="([^"]*)"', page)
        return self.open(url, "POST", "undo=" + token, FORM)

    def contact(self, lead="ann"):
        return self.ask(CONTACTS + lead)[1]

    def begin_with_ann(self):
        self.start(contact("ann", email="ann@x.org") + contact("bob"))

    def test_opening_a_link_changes_nothing_and_one_post_opts_out(self):
        self.begin_with_ann()
        url = self.link()
        version = self.contact()["version"]
        for _ in range(100):
            status, page, answer = self.open(url)
            self.assertEqual(status, 200)
        self.assertIn("<button>Unsubscribe from everything</button>", page)
        self.assertIn("Monthly &lt;news&gt;", page)
        self.assertIn("<strong>Acme Ltd</strong>", page)
        self.assertIn('fill="#f80"', page)
        self.assertIn("a\u2022\u2022\u2022@x.org", page)
        self.assertNotIn("ann", page)
        self.assertLess(len(page), 3000)
        policy = answer.getheader("Content-Security-Policy")
        self.assertIn("form-action 'self'", policy)
        [style] = re.findall(r"<style>([^<]*)</style>", page)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.assertIn(f"style-src 'sha256-{digest}'", policy)
        time.sleep(0.5)
        self.assertEqual(self.contact()["version"], version)
        self.assertEqual(self.open(url, "POST", ONE_CLICK, FORM)[0], 200)
        self.wait_until(lambda: self.contact()["email_status"] == "unsubscribed")
        seq = self.contact()["seq"]
        self.assertEqual(self.open(url, "POST", ONE_CLICK, FORM)[0], 200)
        time.sleep(0.5)
        self.assertEqual(self.contact()["seq"], seq)
        self.assertIn("You are unsubscribed from everything", self.open(url)[1])
        self.assertEqual(self.contact("bob")["email_status"], "active")

    def test_a_click_is_applied_within_a_second_and_a_double_click_once(self):
        leads = [f"lead-{number}" for number in range(5)]
        self.start([record for lead in leads for record in contact(lead)])
        self.wait_for(leads[-1])
        took, events = [], []
        for lead in leads:
            url = self.link(lead)
            begun = time.monotonic()
            for _ in range(2):
                self.assertEqual(self.open(url, "POST", ONE_CLICK, FORM)[0], 200)
            self.wait_until(lambda one=lead: self.contact(one)["email_status"] == "unsubscribed")
            took.append(time.monotonic() - begun)
            self.ask(f"{CONTACTS}{lead}/notes", method="POST", body='{"text": "behind both"}')
            events.append(len(self.contact(lead)["events"]))
        # The machine may be busy once, and a second may end between two clicks.
        self.assertLess(min(took), 1, took)
        self.assertEqual(min(events), 1, events)

    def test_a_link_of_a_topic(self):
        self.begin_with_ann()
        url = self.link(topic="News")
        self.assertIn("Unsubscribe from Monthly &lt;news&gt;", self.open(url)[1])
        boundary = {"Content-Type": "multipart/form-data; boundary=x"}
        body = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
        self.assertEqual(self.open(url, "POST", body, boundary)[0], 200)
        self.wait_until(lambda: self.contact()["topics_out"] == ["news"])
        self.assertEqual(self.contact()["email_status"], "active")
        self.assertEqual(self.open(url, "POST", "topic=offers", FORM)[0], 200)
        self.wait_until(lambda: self.contact()["topics_out"] == ["news", "offers"])
        self.assertEqual(self.open(url, "POST", "everything=1", FORM)[0], 200)
        self.wait_until(lambda: self.contact()["email_status"] == "unsubscribed")

    def test_switches_of_topics(self):
        self.begin_with_ann()
        url = self.link()
        self.assertEqual(self.switches(url), {"news": True, "offers": True})
        self.assertIn("You no longer get Offers.", self.save(url, "news")[1])
        self.wait_until(lambda: self.contact()["topics_out"] == ["offers"])
        self.assertEqual(self.switches(url), {"news": True, "offers": False})
        time.sleep(1.1)  # a later second: the latest of two events counts
        page = self.save(url, "offers")[1]
        self.assertIn("You no longer get Monthly &lt;news&gt;. You get Offers again.", page)
        self.wait_until(lambda: self.contact()["topics_out"] == ["news"])
        self.take_back(url, page)
        self.wait_until(lambda: self.contact()["topics_out"] == ["offers"])
        seq = self.contact()["seq"]
        self.assertIn("Nothing has changed.", self.save(url, "news")[1])
        self.assertIn("Nothing has changed.", self.save(url, "old", shown=["old"])[1])
        self.assertEqual(self.contact()["seq"], seq)
        # While no state can be read nobody knows what was on: only opt-outs count.
        self.end(self.run_process)
        os.rename(self.path("state"), self.path("away"))
        self.assertIn("You no longer get news.", self.save(url, "offers")[1])
        os.rename(self.path("away"), self.path("state"))
        self.start_run()
        self.wait_until(lambda: self.contact().get("topics_out") == ["news", "offers"])

    def test_a_click_is_taken_back_and_nothing_else(self):
        self.begin_with_ann()
        url, other = self.link(), self.link("bob")
        page = self.open(url, "POST", "everything=1", FORM)[1]
        self.wait_until(lambda: self.contact()["email_status"] == "unsubscribed")
        [token] = re.findall(r'name="undo" value="([^"]*)"', page)
        for wrong_url, wrong in ((other, token), (url, token[:-2] + "AA"), (url, url.rsplit("/", 1)[1])):
            self.assertEqual(self.open(wrong_url, "POST", "undo=" + wrong, FORM)[0], 404)
        self.assertEqual(self.contact()["email_status"], "unsubscribed")
        for _ in range(2):
            self.assertEqual(self.take_back(url, page)[0], 200)
        self.wait_until(lambda: self.contact()["email_status"] == "active")
        # A click in the same second counts, and an opt-out of before stays.
        [key] = set(re.findall(r'name="key" value="([^"]*)"', self.open(url)[1]))
        self.assertEqual(self.open(url, "POST", f"everything=1&key={key}", FORM)[0], 200)
        self.wait_until(lambda: self.contact()["email_status"] == "unsubscribed")
        page = self.open(url, "POST", "everything=1&key=other", FORM)[1]
        self.take_back(url, page)
        time.sleep(0.5)
        self.assertEqual(self.contact()["email_status"], "unsubscribed")

    def test_a_link_leads_to_this_front_and_to_a_topic_that_there_is(self):
        self.begin_with_ann()
        self.assertEqual(urllib.parse.urlsplit(self.link()).netloc, f"127.0.0.1:{self.port}")
        status, said, _ = self.ask(CONTACTS + "ann/unsubscribe-link?topic=nwes")
        self.assertEqual((status, said["field"]), (422, "topic"), said)
        self.assertIn("news, offers", said["detail"])

    def test_a_link_shows_nothing_and_cannot_be_made(self):
        self.begin_with_ann()
        url = self.link(topic="news")
        token = url.rsplit("/", 1)[1]
        self.assertNotEqual(url, self.link(topic="news"))
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        for clear in (b"ann", b"acme", b"news"):
            self.assertNotIn(clear, sealed)
        for wrong in ("", "x", token[:-1], token + "A", token[:20] + ("A" if token[20] != "A" else "B") + token[21:]):
            status, page, _ = self.open("/u/" + wrong, "POST", ONE_CLICK, FORM)
            self.assertEqual(status, 404, wrong)
            self.assertNotIn("ann", page)
        self.assertEqual(self.contact()["email_status"], "active")
        agent = self.token("--agent", "ben", role="agent")
        self.ask(CONTACTS + "ann/agent", method="POST", body='{"agentId": "cid"}')
        self.assertEqual(self.ask(CONTACTS + "ann/unsubscribe-link", agent)[0], 404)

    def test_links_outlive_a_rotation_until_their_key_is_removed(self):
        self.begin_with_ann()
        old = self.link()
        self.assertEqual(stat.S_IMODE(os.stat(self.path("front/link.keys")).st_mode), 0o600)
        self.output_of("serve", "key", "rotate", "--data", "front")
        self.end(self.front)
        self.start_front()
        new = self.link("bob")
        for url in (old, new):
            self.assertEqual(self.open(url)[0], 200)
        with open(self.path("front/link.keys"), encoding="utf-8") as file:
            first, second = file.read().split()
        with open(self.path("front/link.keys"), "w", encoding="utf-8") as file:
            file.write(second + "\n")
        self.end(self.front)
        self.start_front()
        self.assertEqual((self.open(old)[0], self.open(new)[0]), (404, 200))
        with open(self.path("front/link.keys"), "w", encoding="utf-8") as file:
            file.write("short\n")
        self.end(self.front)
        self.fails(1, "link.keys, line 1", "--data", "front", "--state", "state", "--port", "0")

    def test_an_erased_person_opts_out_and_stays_erased(self):
        self.begin_with_ann()
        url = self.link()
        admin = self.token(role="admin")
        self.assertEqual(self.ask(f"{CONTACTS}ann?confirm=ann", admin, "DELETE")[0], 200)
        for _ in range(2):
            self.assertEqual(self.open(url, "POST", ONE_CLICK, FORM)[0], 200)
        self.assertEqual(self.open(url)[0], 200)
        position = self.ask(API + "contacts", method="POST", body='{"id": "cid"}')[2].getheader("Leadpulse-Position")
        self.assertEqual(self.ask(f"{CONTACTS}ann?after={position}")[0], 404)
        self.assertEqual(self.open(url, "POST", ONE_CLICK, FORM)[0], 200)  # the opt-out has been applied
        # A person who is created again gets no mail.
        status, body, _ = self.ask(API + "contacts", method="POST", body='{"id": "ann"}')
        self.assertEqual((status, body["email_status"], body["sendable"]), (201, "unsubscribed", False))

    def test_whoever_comes_with_the_address_of_an_erased_person_opts_out(self):
        self.begin_with_ann()
        self.ask(API + "contacts", method="POST", body='{"email": "eve@x.org"}')
        url, admin = self.link("eve@x.org"), self.token(role="admin")
        self.assertEqual(self.open(url, "POST", ONE_CLICK, FORM)[0], 200)
        self.assertEqual(self.ask(f"{CONTACTS}eve@x.org?confirm=eve@x.org", admin, "DELETE")[0], 200)
        self.ask(API + "contacts", method="POST", body='{"id": "crm-7", "email": "eve@x.org"}')
        self.wait_until(lambda: self.contact("crm-7").get("email_status") == "unsubscribed")
        time.sleep(1.1)  # the second of the erasure is over
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.append({"event": {"tenantId": "acme", "leadId": "eve@x.org", "eventId": "back", "type": "RESUBSCRIBE",
                               "occurredAt": at}})
        self.wait_until(lambda: self.contact("crm-7").get("email_status") == "active")
        self.assertEqual(self.open(url, "POST", ONE_CLICK, FORM)[0], 200)
        self.wait_until(lambda: self.contact("crm-7").get("email_status") == "unsubscribed")
        self.assertEqual([found["id"] for found in self.search(query="eve")[1]["contacts"]], ["crm-7"])

    def test_the_address_that_got_the_mail_opts_out(self):
        self.begin_with_ann()
        url = self.link()
        self.assertEqual(self.ask(CONTACTS + "ann", method="PATCH", body='{"email": "ann@new.org"}')[0], 200)
        self.assertEqual(self.ask(API + "contacts", method="POST", body='{"id": "7", "email": "ann@x.org"}')[0], 201)
        self.append(*contact("8", email="ann@new.org"), *contact("9", email="eve@x.org"))
        self.wait_until(lambda: self.contact("9").get("sendable"))
        self.assertEqual(self.open(self.link(), "POST", "topic=news", FORM)[0], 200)
        self.wait_until(lambda: self.contact("8").get("topics_out") == ["news"])
        self.assertEqual(self.switches(url), {"news": True, "offers": True})
        self.assertEqual(self.open(url, "POST", ONE_CLICK, FORM)[0], 200)
        self.wait_until(lambda: self.contact("7")["email_status"] == "unsubscribed")
        self.assertEqual((self.contact()["email_status"], self.contact("8")["email_status"]), ("unsubscribed", "active"))
        # Erased, the person still has the mail.
        url, admin = self.link("9"), self.token(role="admin")
        self.assertEqual(self.ask(CONTACTS + "9?confirm=9", admin, "DELETE")[0], 200)
        self.assertEqual(self.open(url, "POST", ONE_CLICK, FORM)[0], 200)
        self.ask(API + "contacts", method="POST", body='{"id": "10", "email": "eve@x.org"}')
        self.wait_until(lambda: self.contact("10").get("email_status") == "unsubscribed")

    def test_without_a_run_an_opt_out_is_not_lost(self):
        self.begin_with_ann()
        url = self.link()
        self.end(self.run_process)
        self.assertIn("Unsubscribe from everything", self.open(url)[1])
        self.assertEqual(self.open(url, "POST", ONE_CLICK, FORM)[0], 200)
        self.start_run()
        self.wait_until(lambda: self.contact().get("email_status") == "unsubscribed")

    def test_an_inbox_that_nobody_reads_takes_nothing(self):
        self.begin_with_ann()
        url = self.link()
        self.end(self.run_process)
        self.end(self.front)
        self.run_process = self.begin("run", "--state", "state", "--output", "out", "--follow", "--input", "in.jsonl",
                                      "--quiet")
        self.start_front()
        self.wait_until(lambda: os.path.exists(self.path("state/queries.sock")))
        time.sleep(0.2)  # until the run listens
        self.assertEqual(self.ask(API + "contacts", method="POST", body='{"id": "cid"}')[0], 503)
        self.assertEqual(self.open(url, "POST", ONE_CLICK, FORM)[0], 503)
        self.assertNotIn("000001.jsonl.open", os.listdir(self.path("front/inbox")))

    # The person has unsubscribed from an undeclared topic, and so is opted out for another reason.
    def test_everything_is_stored_although_the_person_is_out_already(self):
        self.begin_with_ann()
        url = self.link()
        self.assertEqual(self.open(url, "POST", "topic=old", FORM)[0], 200)
        self.wait_until(lambda: self.contact()["email_status"] == "unsubscribed")
        self.assertIn("<button>Unsubscribe from everything</button>", self.open(url)[1])
        self.assertEqual(self.open(url, "POST", "everything=1", FORM)[0], 200)
        self.wait_until(lambda: [event.get("topic") for event in self.contact()["events"]] == ["old", None])

    def test_strangers_are_slowed_down(self):
        self.begin_with_ann()
        url = self.link()
        # Several at once, because a slow machine must not ask as slowly as it may.
        with concurrent.futures.ThreadPoolExecutor(8) as strangers:
            answers = list(strangers.map(lambda _: self.open(url)[0], range(1_000)))
        self.assertIn(429, answers)
        self.assertEqual(self.open(self.link("bob"))[0], 200)
        self.assertEqual(self.open(url, "POST", "x" * 5000, FORM)[0], 413)


if __name__ == "__main__":
    unittest.main()
