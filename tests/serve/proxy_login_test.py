#!/usr/bin/env python3
"""People whom a proxy in front of the pages has logged in.   tests/serve/proxy_login_test.py LEADPULSE"""

import concurrent.futures
import os
import subprocess
import unittest

from front import BINARY, contact
from page_case import PageCase
from page_client import Person
from stream_client import Stream

SECRET = "0123456789abcdef0123456789abcdef"
OPTIONS = ("--proxy-user-header", "X-Forwarded-User", "--proxy-tenant-header", "X-Tenant", "--proxy-secret-file", "secret")


class ProxyCase(PageCase):
    options = OPTIONS
    records = (*contact("of-ben", "ben", email="b@x.org"), *contact("of-cid", "cid", email="c@x.org"))

    def start_front(self, *options, port=0):
        self.write("secret", SECRET + "\n")
        os.chmod(self.path("secret"), 0o600)
        super().start_front(*self.options, *options, port=port)

    def behind_proxy(self, name, tenant="acme", secret=SECRET):
        return Person(self.port, {"X-Forwarded-User": name, "X-Tenant": tenant, "X-Leadpulse-Proxy-Secret": secret})

    def begun(self, name):
        lines = self.output_of("serve", "audit", "list", "--data", "front", "--tenant", "acme", "--who", name)
        return lines.count("session.begin")


class Login(ProxyCase):
    def test_the_user_needs_no_password(self):
        agent = self.behind_proxy("ben")
        page = agent.ask("GET", "/leads")
        self.assertEqual(page.status, 200)
        self.assertEqual(sorted(page.rows()), ["last", "of-ben"])
        self.assertRegex(page.headers["Set-Cookie"], r"^leadpulse_session=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax")
        # The session continues: a login is one line of the audit log.
        self.assertNotIn("Set-Cookie", agent.ask("GET", "/board").headers)
        form = agent.get("/leads", lead="of-ben").find("/leads/edit", action="notes")
        self.assertEqual(agent.send(form, text="by proxy").status, 200)
        self.assertEqual([note["text"] for note in self.lead("of-ben")["notes"]], ["by proxy"])
        stream = Stream(self.port, None, cookie=agent.cookie)
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200)
        self.assertEqual(self.begun("ben"), 1)

    def test_another_person_in_the_browser_gets_a_session_of_its_own(self):
        browser = self.behind_proxy("mia")
        self.assertIn("of-cid", browser.get("/leads").rows())
        form = browser.get("/leads", lead="of-cid").find("/leads/edit", action="notes")
        before, browser.headers = browser.cookie, self.behind_proxy("ben").headers
        refused = browser.send(form, text="as whom?")
        self.assertEqual(refused.status, 403)
        self.assertIn("nothing was saved", refused.text)
        self.assertNotIn("Password", refused.text)
        self.assertEqual(self.lead("of-cid")["notes"], [])
        self.assertNotIn("of-cid", browser.get("/leads").rows())
        self.assertNotEqual(browser.cookie, before)
        old = Person(self.port)
        old.cookie = before
        self.assertIn("Log in", old.get("/leads").text, "the session of the first person goes on")

    def test_who_logs_out_goes_on_by_a_link(self):
        person = self.behind_proxy("mia")
        out = person.send(person.get("/leads").find("/logout"))
        self.assertIn("You log in through your company.", out.text)
        self.assertIn("/leads", out.links)
        self.assertEqual(person.get("/leads").status, 200)

    def test_unknown_disabled_and_distrusted_users_see_nothing(self):
        self.output_of("serve", "user", "change", "--data", "front", "--tenant", "acme", "mia", "--login", "off")
        for person, sentence in ((self.behind_proxy("zoe"), "An admin of your company can add a user of that name."),
                                 (self.behind_proxy("mia"), "An admin of your company can add a user of that name."),
                                 (self.behind_proxy("kim", "other"), "An admin of your company can add a user of that name."),
                                 (self.behind_proxy("kim", ""), "but no tenant in x-tenant"),
                                 (self.behind_proxy("kim", secret="x" * 32), "has not the secret of --proxy-secret-file"),
                                 (self.behind_proxy("kim", secret=""), "has not the secret of --proxy-secret-file")):
            page = person.ask("GET", "/leads")
            self.assertEqual((page.status, person.cookie), (403, ""), page.text)
            self.assertIn(sentence, page.text)
            self.assertNotIn("of-ben", page.html)
            self.assertEqual(person.ask("POST", "/leads/edit", []).status, 403)
            self.assertEqual(person.ask("POST", "/import", []).status, 403)

    def test_a_password_is_as_good_where_no_proxy_names_a_user(self):
        self.assertEqual(self.person("mia").get("/leads").status, 200)
        person = Person(self.port, {"X-Leadpulse-Proxy-Secret": SECRET})
        self.assertIn("Log in", person.get("/leads").text)

    def test_logins_are_limited(self):
        # Several at once, because a slow machine must not log in as slowly as it may.
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(lambda _: self.behind_proxy("ben").ask("GET", "/leads").status, range(100)))
        self.assertEqual(set(codes), {200, 429})
        self.assertGreaterEqual(codes.count(200), 20)
        self.assertEqual(self.behind_proxy("mia").ask("GET", "/leads").status, 200, "others of the tenant are not limited")


class OneTenant(ProxyCase):
    options = (*OPTIONS[:2], *OPTIONS[4:])

    def test_the_only_tenant_is_meant(self):
        person = Person(self.port, {"X-Forwarded-User": "mia", "X-Leadpulse-Proxy-Secret": SECRET})
        self.assertEqual(person.ask("GET", "/leads").status, 200)
        self.output_of("serve", "tenant", "add", "--data", "front", "--tenant", "globex")
        self.assertEqual(Person(self.port, person.headers).ask("GET", "/leads").status, 403)


class Options(PageCase):
    def test_wrong_options_are_refused(self):
        for name, text, mode in (("short", "0123", 0o600), ("secret", SECRET, 0o600), ("open", SECRET, 0o644)):
            self.write(name, text)
            os.chmod(self.path(name), mode)
        user = ("--proxy-user-header", "X-User")
        for options, sentence in ((user, "belong together"), (("--proxy-secret-file", "secret"), "belong together"),
                                  (("--proxy-tenant-header", "X-T"), "needs --proxy-user-header"),
                                  ((*user, "--proxy-secret-file", "short"), "--proxy-secret-file short: the secret is shorter than 16 bytes"),
                                  ((*user, "--proxy-secret-file", "open"), "chmod 600"),
                                  ((*user, "--proxy-secret-file", "none"), "none cannot be found"),
                                  (("--proxy-user-header", "X User", "--proxy-secret-file", "secret"), "other characters")):
            result = subprocess.run([BINARY, "serve", "--data", "front", "--state", "state", *options], cwd=self.folder,
                                    capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(sentence, result.stderr)


if __name__ == "__main__":
    unittest.main()
