#!/usr/bin/env python3
"""The web pages over HTTP: logins, permissions, and protection against other sites.

    tests/serve/pages_test.py LEADPULSE
"""

import concurrent.futures
import pathlib
import random
import re
import signal
import threading
import time
import unittest

from front import CONTACTS, contact
from page_case import PAGES, ROLES, PageCase
from page_client import TIMEOUT, Person
from stream_client import Stream


class Login(PageCase):
    def test_a_person_logs_in_and_out(self):
        person = Person(self.port)
        page = person.get("/leads", query="last")
        self.assertIn("Log in", page.text)
        refused = person.send(page.find("/login"), name="kim", password="wrong")
        self.assertEqual((refused.status, person.cookie), (403, ""))
        unknown = person.send(page.find("/login"), name="nobody", password="wrong")
        self.assertEqual(unknown.text.replace("nobody", "kim"), refused.text)
        # A login does not take over a session that a stranger has put into the browser.
        person.cookie = "leadpulse_session=chosen-by-a-stranger"
        answer = person.ask("POST", "/login", page.find("/login").values(name="kim", password=self.passwords["kim"]))
        self.assertEqual((answer.status, answer.headers["Location"]), (303, "/leads?query=last"))
        cookie = answer.headers["Set-Cookie"]
        self.assertRegex(cookie, r"^leadpulse_session=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200$")
        first = person.cookie
        leads = person.get("/leads")
        self.assertIn("last", leads.rows())
        person.send(person.get("/login").find("/login"), name="kim", password=self.passwords["kim"])
        self.assertNotEqual(person.cookie, first)
        again = Person(self.port)
        again.cookie = first
        self.assertIn("Log in", again.get("/leads").text, "the session of before a login goes on")
        second = person.cookie
        person.send(person.get("/leads").find("/logout"))
        self.assertEqual(person.cookie, "leadpulse_session=")
        person.cookie = second
        self.assertIn("Log in", person.get("/leads").text)

    def test_a_form_of_another_site_is_refused(self):
        person = self.person("mia")
        form = person.get("/leads", lead="last").find("/leads/edit", action="notes")
        for refused in (form.values(text="x", form_token=""), form.values(text="x", form_token="A" * 43)):
            self.assertEqual(person.ask("POST", form.action, refused).status, 403)
        other = self.person("kim").get("/leads", lead="last").find("/leads/edit", action="notes")
        self.assertEqual(person.ask("POST", form.action, other.values(text="x")).status, 403)
        for site in ("cross-site", "same-site", "none"):
            self.assertEqual(person.send(form, [("Sec-Fetch-Site", site)], text="x").status, 403)
        login = Person(self.port).get("/login").find("/login")
        stolen = login.values(name="kim", password=self.passwords["kim"])
        self.assertEqual(Person(self.port).ask("POST", "/login", stolen, [("Sec-Fetch-Site", "cross-site")]).status, 403)
        self.assertEqual(self.lead("last")["notes"], [])
        self.assertEqual(person.send(form, [("Sec-Fetch-Site", "same-origin")], text="x").status, 200)
        self.assertEqual(len(self.lead("last")["notes"]), 1)

    def test_a_link_of_another_site_does_not_say_that_something_is_saved(self):
        person = self.person("mia")
        for site, says_so in (("cross-site", False), ("none", False), ("same-origin", True)):
            page = person.ask("GET", "/leads?lead=last&done=1", headers=[("Sec-Fetch-Site", site)])
            self.assertEqual((page.status, "Saved." in page.text), (200, says_so), site)

    def test_a_login_does_not_say_that_something_is_saved(self):
        for target, shown in (("/leads?done=1", "/leads"), ("/leads?lead=last&done=late&query=a%2Fb", "/leads?lead=last&query=a%2Fb"),
                              ("/leads?query=done%3D1", "/leads?query=done%3D1")):
            person = Person(self.port)
            form = person.get(target).find("/login")
            self.assertEqual(person.ask("POST", "/login", form.values(name="mia", password=self.passwords["mia"])).headers["Location"], shown)

    def test_a_login_leads_to_no_other_site(self):
        for target in ("//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\r\nX: y", "/\t/evil.example", "/\n/evil.example"):
            person = Person(self.port)
            form = person.get("/login", next=target).find("/login")
            for sent in (form.values(name="kim", password=self.passwords["kim"]),
                         form.values(name="kim", password=self.passwords["kim"], next=target)):
                self.assertEqual(person.ask("POST", "/login", sent).headers["Location"], "/leads", target)

    def test_strangers_lock_nobody_out(self):
        """All are one client here, as behind a proxy that the front does not know."""
        known = Person(self.port)
        self.assertEqual(known.log_in("ben", self.passwords["ben"]).status, 200)
        form = known.get("/login").find("/login")
        stop, answers = threading.Event(), []

        def attack(number):
            stranger = Person(self.port)
            while not stop.is_set():
                name = "ben" if number % 2 else f"n{random.randrange(10**6)}"
                answers.append(stranger.ask("POST", "/login", form.values(name=name, password="wrong")).status)
        strangers = [threading.Thread(target=attack, args=(number,)) for number in range(6)]
        for stranger in strangers:
            stranger.start()
        self.wait_until(lambda: len(answers) >= 15)
        right, overtook = form.values(name="ben", password=self.passwords["ben"]), False
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            for _ in range(5):  # a busy machine may be slower once than what the new device waits
                new = pool.submit(Person(self.port).ask, "POST", "/login", right)
                time.sleep(0.5)  # it comes first
                self.assertEqual(known.ask("POST", "/login", right).status, 303)
                overtook = overtook or not new.done()
                self.assertEqual(new.result().status, 303)
                if overtook:
                    break
        stop.set()
        for stranger in strangers:
            stranger.join()
        self.assertEqual((overtook, set(answers)), (True, {403}))
        self.assertIn("leadpulse_device=", known.device)
        # Who is logged in changes the password, whatever strangers try.
        new = "a new and long one"
        sent = known.get("/password").find("/password").values(old=self.passwords["ben"], new=new, again=new)
        self.assertEqual(known.ask("POST", "/password", sent).status, 303)

    def test_a_trusted_proxy_names_the_client(self):
        self.end(self.front)
        self.start_front("--trusted-proxy", "127.0.0.0/8")

        def guess(address):
            """Sends a wrong token, of which each client may send only some."""
            sent = {"X-Forwarded-For": f"203.0.113.9, {address}"}
            return self.ask(CONTACTS + "last", "lp_wrong", headers=sent)[0]
        self.wait_until(lambda: 429 in [guess("192.0.2.1") for _ in range(20)])
        self.assertEqual(guess("192.0.2.2"), 401)
        self.fails(2, "neither an IP address", "--data", "front", "--state", "state", "--trusted-proxy", "proxy.example")

    def test_a_password_is_changed_by_who_knows_it(self):
        here, elsewhere = self.person("mia"), self.person("mia")
        form = here.get("/password").find("/password")
        new = "a new and long one"
        for code, fields in ((403, {"old": "wrong", "new": new, "again": new}),
                             (422, {"old": self.passwords["mia"], "new": "short", "again": "short"}),
                             (422, {"old": self.passwords["mia"], "new": new, "again": new + "x"})):
            self.assertEqual(here.send(form, **fields).status, code)
        self.assertEqual(here.send(form, old=self.passwords["mia"], new=new, again=new).status, 200)
        self.assertIn("last", here.get("/leads").rows())
        self.assertIn("Log in", elsewhere.get("/leads").text)
        self.passwords["mia"] = new
        self.person("mia")

    def test_the_stream_takes_the_session_and_nothing_else_of_the_api_does(self):
        person = self.person("mia")
        with_cookie = {"Cookie": person.cookie}
        self.assertEqual(self.ask(CONTACTS + "last", "", headers=with_cookie)[0], 401)
        self.assertEqual(self.ask(CONTACTS + "last/notes", "", "POST", with_cookie, '{"text": "x"}')[0], 401)
        stream = Stream(self.port, None, cookie=person.cookie)
        self.assertEqual(stream.status, 200)
        self.assertEqual(Stream(self.port, None, cookie="leadpulse_session=x").status, 401)
        self.assertEqual(Stream(self.port, None, cookie=person.cookie + "; leadpulse_session=x").status, 401)
        self.assertEqual(person.send(person.get("/leads").find("/leads/edit", lead="last"), stage="qualified").status, 200)
        stream.wait(lambda events: any(event.kind == "STAGE_CHANGED" for event in events))
        person.send(person.get("/leads").find("/logout"))
        self.assertTrue(stream.ended.wait(TIMEOUT))


class Rights(PageCase):
    records = (*contact("of-ben", "ben", email="b@x.org"), *contact("of-cid", "cid", email="c@x.org"),
               *contact("of-nobody", email="n@x.org"))

    def test_every_page_as_everyone(self):
        self.assertGreater(len(PAGES), 15)
        people = {"agent": self.person("ben"), "manager": self.person("mia"), "admin": self.person("kim"),
                  "operator": self.person("ola")}
        tokens = {role: re.search('name="form_token" value="([^"]+)"', person.get("/leads").html)[1]
                  for role, person in people.items()}
        for method, path, least, needs_login in PAGES:
            stranger = Person(self.port).ask(method, path, [] if method == "POST" else None)
            if needs_login and method == "POST" and path != "/logout":
                self.assertEqual(stranger.status, 403, path)
                self.assertIn("You were logged out, so nothing was saved.", stranger.text)
            elif needs_login:
                self.assertEqual(stranger.status, 303, path)
                self.assertEqual(stranger.headers["Location"].partition("?")[0], "/login")
            self.assert_headers(stranger)
            for role, person in people.items():
                if path in ("/logout", "/password", "/login", "/invite") and method == "POST":
                    continue
                fields = [("form_token", tokens[role])] if method == "POST" else None
                page = person.ask(method, path, fields)
                self.assert_headers(page)
                self.assertLess(page.status, 500, f"{method} {path} {role}: {page.text}")
                is_refused = "not for your role" in page.text and page.status == 403
                self.assertEqual(is_refused, ROLES.index(role) < ROLES.index(least), f"{method} {path} {role}")
                if method == "POST" and needs_login:
                    # import_pages_test.py sends the form that has a file.
                    expected = 400 if path == "/import" and not is_refused else 403
                    self.assertEqual(person.ask(method, path, []).status, expected, f"{path} without a token")
        for method, path, status in (("GET", "/nothing", 404), ("GET", "/leads/edit", 405), ("POST", "/nothing", 404),
                                     ("DELETE", "/leads", 405)):
            for person in (people["agent"], Person(self.port)):
                page = person.ask(method, path)
                self.assertEqual(page.status, status, f"{method} {path}")
                self.assert_headers(page)
                # The server closes other requests before it knows who sends them.
                self.assertEqual("/pipeline" in page.links, method == "GET" and bool(person.cookie), path)

    def assert_headers(self, page):
        policy = page.headers["Content-Security-Policy"]
        self.assertIn("default-src 'self'", policy)
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertEqual(page.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertIn("Referrer-Policy", page.headers)

    def test_an_agent_never_sees_the_lead_of_another(self):
        agent, manager = self.person("ben"), self.person("mia")
        page = agent.get("/leads")
        self.assertEqual(sorted(page.rows()), ["last", "of-ben", "of-nobody"])
        self.assertEqual(sorted(manager.get("/leads").rows()), ["last", "of-ben", "of-cid", "of-nobody"])
        self.assertEqual(self.count_of(page), "3")
        self.assertEqual(self.count_of(manager.get("/leads")), "4")
        self.assertEqual(self.count_of(agent.get("/leads/counts")), "3")
        self.assertNotIn("of-cid", agent.get("/leads/found").html)
        self.assertIn('data-found="3"', agent.get("/leads/found").html)
        for target in ("/leads?lead=of-cid", "/leads/timeline?lead=of-cid", "/leads/row?lead=of-cid", "/leads/detail?lead=of-cid",
                       "/leads?query=c@x.org", "/leads/row?lead=email:c@x.org"):
            page = agent.ask("GET", target)
            self.assertNotIn("of-cid", re.sub(r"lead=[^\"&]*|value=\"[^\"]*\"", "", page.html), target)
            nobody = agent.ask("GET", target.replace("of-cid", "unknown").replace("c@x.org", "unknown"))
            self.assertEqual(page.status, nobody.status, target)
        form = agent.get("/leads", lead="of-ben").find("/leads/edit", action="notes")
        self.assertEqual(agent.send(form, lead="of-cid", text="x").status, 404)
        self.assertEqual(agent.send(form, action="agent", agent_id="ben", lead="of-nobody").status, 403)
        self.assertEqual(agent.send(form, action="erase", confirm="of-ben").status, 403)
        self.assertEqual(self.lead("of-cid")["notes"], [])
        self.assertNotIn("/jobs", page.links)

    def count_of(self, page):
        return re.search(r'<b data-count="all">(\d+)</b> All', page.html)[1]

    def test_another_tenant_is_another_world(self):
        password = self.output_of("serve", "user", "add", "--data", "front", "--tenant", "globex", "--role", "admin",
                                  "mia").strip().split("\n")[-1]
        person = Person(self.port)
        self.assertEqual(person.log_in("mia", password).status, 403)  # two companies have a mia
        self.assertEqual(person.log_in("mia", self.passwords["mia"], tenant="globex").status, 403)
        page = person.log_in("mia", password, tenant="globex")
        self.assertEqual((page.status, page.rows(), self.count_of(page)), (200, [], "0"))
        for target in ("/leads?lead=of-ben", "/leads/row?lead=of-ben", "/leads/detail?lead=of-ben"):
            self.assertEqual(person.ask("GET", target).status, 404, target)
        form = page.find("/leads/views")
        self.assertEqual(person.ask("POST", "/leads/edit", form.values(lead="of-ben", action="notes", text="x")).status, 404)
        # A form token of one company is not valid in another.
        self.assertEqual(self.person("kim").ask("POST", "/leads/edit", form.values(
            lead="of-ben", action="notes", text="x")).status, 403)
        self.assertEqual(self.lead("of-ben")["notes"], [])

    def wait_until_stopped(self, pid):
        """A busy machine stops a thread that is on a processor some time after the signal."""
        end = time.monotonic() + TIMEOUT
        threads = pathlib.Path(f"/proc/{pid}/task")
        while any("T (stopped)" not in (thread / "status").read_text() for thread in threads.iterdir()):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def test_a_run_that_hangs_is_waited_for_once(self):
        person = self.person("mia")
        self.run_process.send_signal(signal.SIGSTOP)
        self.wait_until_stopped(self.run_process.pid)
        self.addCleanup(self.run_process.send_signal, signal.SIGCONT)
        for path in ("/leads?lead=last", "/leads/detail?lead=last"):
            begun = time.monotonic()
            page = person.ask("GET", path)
            self.assertEqual(page.status, 503, path)
            self.assertIn("does not answer; try again.", page.text)
            self.assertLess(time.monotonic() - begun, 20, path)

    def test_rights_are_those_of_now(self):
        person = self.person("mia")
        admin = self.token(role="admin")
        status, _, _ = self.ask("/api/v1/users/mia", admin, "PATCH", body='{"role": "agent", "agent": "cid"}')
        self.assertEqual(status, 200)
        self.assertEqual(sorted(person.get("/leads").rows()), ["last", "of-cid", "of-nobody"])
        self.ask("/api/v1/users/mia", admin, "PATCH", body='{"disabled": true}')
        self.assertIn("Log in", person.get("/leads").text)


if __name__ == "__main__":
    unittest.main()
