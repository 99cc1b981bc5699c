#!/usr/bin/env python3
"""The pages of reports and settings over HTTP, without JavaScript.

    tests/serve/settings_pages_test.py LEADPULSE
"""

import csv
import html
import io
import json
import re
import time
import unittest

from front import command, contact
from page_case import MARKUP, PageCase
from page_client import Person


class Reports(PageCase):
    records = (*(record for i in range(8) for record in contact(f"l{i}", industry="SaaS" if i % 2 else "Retail")),
               command("l0", 3, setStage={"stage": "QUALIFIED"}), command("l1", 3, setStage={"stage": "LOST"}),
               *(command(f"l{i}", 4, editCampaigns={"assign": ["spring", MARKUP]}) for i in range(5)))

    def page(self, person, link):
        """Waits if the rate limit says so."""
        while (page := person.get(link)).status == 429:
            time.sleep(1)
        self.assertEqual(page.status, 200, link)
        return page

    def test_every_number_is_that_of_its_list(self):
        person = self.person("mia")
        checked = 0
        names = list(dict.fromkeys(re.findall(r'href="/reports\?report=(\w+)"', person.get("/reports").html)))
        self.assertEqual(names, ["pipeline", "tiers", "segments", "campaigns", "scores"])
        for name in names:
            page = self.page(person, "/reports?report=" + name)
            self.assertNotIn("<img", page.html)
            for link, number in re.findall(r'<a href="(/leads\?[^"]*)">(\d+)</a>', page.html):
                self.assertEqual(len(self.page(person, html.unescape(link)).rows()), int(number), (name, link))
                checked += 1
        self.assertGreater(checked, 30)
        self.assertIn("Conversion to next", self.page(person, "/reports?report=pipeline").text)
        self.assertIn("Reached: the leads in the stage or a later one.", self.page(person, "/reports?report=pipeline").text)
        scores = self.page(person, "/reports?report=scores")
        self.assertEqual(re.findall(r'<th scope="col"(?: class="number")?>([^<]*)</th>', scores.html), ["From", "Below", "Leads"])
        self.assertIn("Lowest", scores.text)
        self.assertEqual(person.get("/reports", report="none").status, 404)

    def test_a_report_is_downloaded(self):
        person = self.person("mia")
        answer = person.ask("GET", "/reports/file?report=tiers&format=csv")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        rows = list(csv.DictReader(io.StringIO(answer.html)))
        self.assertEqual({row["tier"]: row["leads"] for row in rows}, {"hot": "4", "cold": "5"})
        self.assertEqual(len(json.loads(person.ask("GET", "/reports/file?report=tiers&format=json").html)["rows"]), 2)
        self.assertEqual(person.ask("GET", "/reports/file?report=none").status, 404)


class Settings(PageCase):
    def test_definitions_are_edited(self):
        person = self.person("kim")
        page = person.get("/settings")
        for declared in ("industry", "employees", "number", "news"):
            self.assertIn(declared, page.text)
        form = page.find("/settings")
        text = dict(form.fields)["text"]
        wrong = person.send(form, text=text.replace("number}", "numbr}"))
        self.assertEqual(wrong.status, 422)
        self.assertRegex(wrong.text, r"Line \d+, column \d+: ")
        self.assertEqual(dict(wrong.find("/settings").fields)["text"], text.replace("number}", "numbr}"))
        saved = person.send(wrong.find("/settings"), text=text.replace("{name: hot", "{name: warm").replace("\n", "\r\n"))
        self.assertEqual(saved.status, 200, saved.text)
        self.assertIn("Saved.", saved.text)
        with open(self.path("d.yaml"), "rb") as file:
            written = file.read()
        self.assertIn(b"warm", written)
        self.assertNotIn(b"\r", written)
        self.wait_until(lambda: "These definitions are not in use yet" not in person.get("/settings").text)
        stale = person.send(form, text=text.replace("{name: hot", "{name: boiling"))
        self.assertEqual(stale.status, 412)
        self.assertIn("warm", stale.text.split("Your text")[0])
        self.assertIn("boiling", dict(stale.find("/settings").fields)["text"])
        with open(self.path("d.yaml"), "rb") as file:
            self.assertEqual(file.read(), written)

    def form(self, person, path, what, **having):
        """A button is a field that only the click sends."""
        return person.get(path).find(path, **having), {"what": what}

    def test_users_are_added_changed_and_removed(self):
        person = self.person("kim")
        form, add = self.form(person, "/settings/users", "add")
        page = person.send(form, name="zoe", role="agent", agent="zoe", **add)
        self.assertEqual(page.status, 200, page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        link, password = self.link_in(page), "Zoe's first password"
        zoe = Person(self.port)
        self.assertEqual(self.accept(zoe, link, password).target, "/leads")
        self.assertEqual(Person(self.port).log_in("zoe", password, tenant="acme").status, 200)
        self.assertNotIn(link, person.get("/settings/users").html)
        self.assertEqual(person.send(form, name="zoe", role="agent", agent="zoe", **add).status, 409)
        wrong = person.send(form, name=MARKUP, role="manager", agent="zoe", **add)
        self.assertEqual(wrong.status, 422)
        typed = dict(wrong.forms[-1].fields)
        self.assertEqual([typed[name] for name in ("name", "role", "agent")], [MARKUP, "manager", "zoe"])
        self.assertRegex(wrong.html, r'name="name"[^>]*aria-describedby="name-problem" autofocus></label><p class="error" id="name-problem"')
        self.assertEqual(person.send(form, name="eve", role="operator", **add).status, 403)
        row, change = self.form(person, "/settings/users", "change", user="zoe")
        refused = person.send(row, role="agent", agent="  ", **change)
        self.assertEqual(refused.status, 422)
        self.assertTrue(refused.find("/settings/users", user="zoe", role="agent", agent="  "))
        self.assertEqual(person.send(row, role="manager", **change).status, 200)
        self.assertIn("/reports", zoe.get("/leads").links)
        row, renew = self.form(person, "/settings/users", "invite", user="zoe")
        renewed, other = self.link_in(person.send(row, **renew)), "Zoe's second password"
        self.assertIn("/reports", zoe.get("/leads").links)  # until the link is used
        self.assertEqual(self.accept(Person(self.port), renewed, other).target, "/leads")
        self.assertIn("Log in", zoe.get("/leads").text)
        self.assertEqual(zoe.log_in("zoe", password, tenant="acme").status, 403)
        self.assertEqual(zoe.log_in("zoe", other, tenant="acme").status, 200)
        self.assertEqual(person.send(row, disabled="1", what="change").status, 200)
        self.assertEqual(zoe.log_in("zoe", other, tenant="acme").status, 403)
        self.assertEqual(person.send(row, what="remove").status, 200)
        self.assertNotIn("zoe", person.get("/settings/users").text)
        for what in ("remove", "change"):
            row, _ = self.form(person, "/settings/users", what, user="kim")
            last = person.send(row, role="agent", agent="kim", what=what)
            self.assertEqual(last.status, 409, what)
            self.assertIn("last admin", last.text)

    def link_in(self, page):
        link = html.unescape(re.search(r'<code id="secret">([^<]+)</code>', page.html)[1])
        self.assertTrue(link.startswith(f"http://127.0.0.1:{self.port}/invite?code="), link)
        return link.partition(str(self.port))[2]

    def accept(self, person, link, password, again=None):
        return person.send(person.get(link).find("/invite"), new=password, again=again or password)

    def test_a_link_sets_one_password(self):
        kim, password = self.person("kim"), "a password of length"
        form, add = self.form(kim, "/settings/users", "add")
        first = self.link_in(kim.send(form, name="zoe", role="manager", **add))
        row, renew = self.form(kim, "/settings/users", "invite", user="zoe")
        link = self.link_in(kim.send(row, **renew))
        stranger = Person(self.port)
        for dead in (first, link[:-1], "/invite", "/invite?code=" + MARKUP.replace(" ", "+")):
            page = stranger.ask("GET", dead)
            self.assertEqual((page.status, page.forms), (403, []), dead)
            self.assertIn("This link does not work any more", page.text)
        self.assertIn("You log in as zoe", stranger.get(link).text)
        self.assertEqual(self.accept(stranger, link, password, "another one of it").status, 422)
        short = self.accept(stranger, link, "too short")
        self.assertEqual((short.status, "12" in short.text), (422, True))
        self.assertEqual(stranger.get("/leads").target.partition("?")[0], "/login")
        self.assertEqual(self.accept(stranger, link, password).target, "/leads")
        self.assertIn("/reports", stranger.get("/leads").links)
        self.assertEqual(Person(self.port).ask("GET", link).status, 403)
        self.assertEqual(Person(self.port).ask("POST", "/invite", [("code", link.partition("=")[2]), ("new", password), ("again", password)]).status, 403)
        # Another password and a user who cannot log in end it, too.
        link = self.link_in(kim.send(row, **renew))
        self.password("password", "zoe")
        self.assertEqual(Person(self.port).ask("GET", link).status, 403)
        link = self.link_in(kim.send(row, **renew))
        kim.send(row, role="manager", disabled="1", what="change")
        self.assertEqual(Person(self.port).ask("GET", link).status, 403)
        # Nobody invites who may not change the user.
        for name, status in (("mia", 403), ("kim", 403)):
            token = re.search('name="form_token" value="([^"]+)"', self.person(name).get("/leads").html)[1]
            self.assertEqual(self.person(name).ask("POST", "/settings/users", [("form_token", token), ("user", "ola"), ("what", "invite")]).status, status)
        actions = [(line["who"], line["action"]) for line in self.ask("/api/v1/audit?limit=100", self.token(role="admin"))[1]["lines"]
                   if line["subject"] == "user:zoe"]
        self.assertEqual(actions.count(("kim", "user.invite")), 4)
        self.assertEqual(actions.count(("zoe", "user.password")), 1)

    def test_invitations_are_tried_a_few_times(self):
        stranger = Person(self.port)
        codes = [stranger.ask("GET", f"/invite?code={number}").status for number in range(30)]
        self.assertEqual(codes[:10], [403] * 10)
        self.assertIn(429, codes)

    def test_who_has_more_rights_is_shown_without_a_form(self):
        for name, offered in (("kim", 0), ("ola", 3)):
            page = self.person(name).get("/settings/users")
            self.assertEqual(sum(("user", "ola") in form.fields for form in page.forms), offered, name)
            self.assertIn("Operator", page.text)

    def test_tenants_are_added_by_operators(self):
        person = self.person("ola")
        page = person.get("/settings/tenants")
        self.assertIn("acme yours", page.text)
        form = page.find("/settings/tenants")
        self.assertEqual(person.send(form, new_tenant=MARKUP).status, 422)
        self.assertEqual(person.send(form, new_tenant="acme").status, 409)
        page = person.send(form, new_tenant="blue")
        self.assertEqual((page.status, page.target), (200, "/settings/tenants?done=1"), page.text)
        self.assertIn("blue", page.text)
        page = person.send(form, new_tenant="green", admin="gil")
        self.assertEqual(page.status, 200, page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertIn("For gil of green.", page.text)
        gil = Person(self.port)
        self.assertEqual(self.accept(gil, self.link_in(page), "Gil's own password").target, "/leads")
        # The first admin has only the rights of an admin there.
        self.assertIn("gil", gil.get("/settings/users").text)
        self.assertNotIn("/settings/tenants", gil.get("/settings").links)
        self.assertEqual(gil.ask("GET", "/settings/tenants").status, 403)
        self.assertNotIn("kim", gil.get("/settings/users").text)
        self.assertEqual(gil.ask("GET", "/leads?lead=last").status, 404)
        half = person.send(form, new_tenant="red", admin=MARKUP)
        self.assertEqual(half.status, 422)
        self.assertIn("The tenant is added, without an admin.", half.text)
        self.assertIn("red", person.get("/settings/tenants").text)
        for name in ("kim", "mia", "ben"):
            other = self.person(name)
            self.assertEqual(other.ask("GET", "/settings/tenants").status, 403)
            token = re.search('name="form_token" value="([^"]+)"', other.get("/leads").html)[1]
            sent = other.ask("POST", "/settings/tenants", [("form_token", token), ("new_tenant", "violet")])
            self.assertEqual(sent.status, 403)
        self.assertNotIn("violet", person.get("/settings/tenants").text)

    def test_a_token_is_shown_once_and_revoked(self):
        person = self.person("kim")
        form, create = self.form(person, "/settings/tokens", "create")
        page = person.send(form, label=MARKUP, role="manager", scope=["read", "write"], expires="2100-01-31", **create)
        self.assertEqual(page.status, 200, page.text)
        self.assertNotIn("<img", page.html)
        secret = re.search(r'<code id="secret">(lp_[^<]+)</code>', page.html)[1]
        self.assertEqual(self.ask("/api/v1/contacts/last", secret)[0], 200)
        listed = person.get("/settings/tokens")
        self.assertNotIn(secret, listed.html)
        self.assertIn('<td data-label="Scopes">Read leads, Change leads</td>', listed.html)
        self.assertRegex(listed.html, r'<time datetime="2100-01-31T00:00:00Z" title="Sunday 31 January 2100, 00:00 \(UTC\)">31 Jan 2100</time>')
        token = re.search(r'&lt;script&gt;.*?name="token" value="(\d+)"', listed.html, re.DOTALL)[1]
        self.assertEqual(person.send(listed.find("/settings/tokens", token=token), what="revoke").status, 200)
        self.assertEqual(self.ask("/api/v1/contacts/last", secret)[0], 401)
        # The agent id is missing.
        wrong = person.send(form, label="x", role="agent", scope=["import"], expires="2100-01-31", **create)
        self.assertEqual(wrong.status, 422)
        typed = dict(wrong.forms[-1].fields)
        self.assertEqual([typed[name] for name in ("label", "role", "expires")], ["x", "agent", "2100-01-31"])
        self.assertEqual([value for name, value in wrong.forms[-1].fields if name == "scope"], ["import"])
        blank = person.send(form, label="   ", role="manager", expires="2100-01-31", **create)
        self.assertEqual((blank.status, dict(blank.forms[-1].fields)["expires"]), (422, "2100-01-31"))
        self.assertIn('id="label-problem" role="alert">', blank.html)
        with open(self.path("front/serve.db"), "rb") as file:
            self.assertNotIn(secret.encode(), file.read())

    def test_the_audit_log_shows_old_and_new_values(self):
        kim, mia = self.person("kim"), self.token()
        status = self.ask("/api/v1/contacts/last", mia, "PATCH", {}, json.dumps({"city": "Bern", "employees": 7}))[0]
        self.assertEqual(status, 200)
        self.assertEqual(self.ask("/api/v1/contacts/last", mia, "PATCH", {}, json.dumps({"city": MARKUP, "employees": None}))[0], 200)
        self.assertEqual(self.ask("/api/v1/contacts/last/stage", mia, "POST", {}, '{"stage": "qualified"}')[0], 200)
        self.assertEqual(self.ask("/api/v1/contacts/last/tags", mia, "POST", {}, '{"add": ["vip"]}')[0], 200)
        self.assertEqual(self.ask("/api/v1/contacts/last/stage", mia, "POST", {}, '{"stage": "none"}')[0], 422)

        def changes(page):
            return [re.sub("<[^>]*>", "", change) for change in re.findall(r'<div class="change">(.*?)</div>', page.html)]

        page = kim.get("/settings/audit", lead="last")
        self.assertEqual(changes(page), ["Tags: – → vip", "Stage: New → Qualified",
                                         f"City: Bern → {html.escape(MARKUP).replace('&#x27;', '&#39;')}", "Employees: 7 → –",
                                         "City: – → Bern", "Employees: – → 7"])
        self.assertNotIn("<img", page.html)
        self.assertIn("Set the stage", page.text)
        erased = self.ask("/api/v1/contacts/last?confirm=last", self.token(role="admin"), "DELETE")[0]
        self.assertIn(erased, (200, 202))
        self.wait_until(lambda: "erased" in kim.get("/settings/audit", action="contact.stage").text)
        self.assertEqual(changes(kim.get("/settings/audit")), [])

    def test_the_audit_log_is_filtered_and_paged(self):
        person = self.person("kim")
        for i in range(3):
            person.send(person.get("/leads", lead="last").find("/leads/edit", action="notes"), text=f"note {i}")
        page = person.get("/settings/audit", action="contact.note")
        self.assertEqual(page.html.count('title="contact.note"'), 3)
        self.assertNotIn('title="user.add"', page.html)
        self.assertEqual(person.get("/settings/audit", who="nobody").html.count("<td"), 0)
        self.assertIn("last", person.get("/settings/audit", lead="last").text)
        for i in range(110):
            person.ask("GET", "/leads/data?lead=last")
        first = person.get("/settings/audit")
        [earlier] = [link for link in first.links if "cursor=" in link]
        second = person.get(earlier)
        self.assertEqual(first.html.count("<tr>"), 101)
        self.assertIn('title="user.add"', second.html)


if __name__ == "__main__":
    unittest.main()
