#!/usr/bin/env python3
"""The web pages over HTTP, without JavaScript: each form, who sees what, and what other sites cannot do.

    tests/serve/pages_test.py LEADPULSE
"""

import html
import json
import pathlib
import re
import time
import unittest
import urllib.parse

from front import CONTACTS, ROOT, FrontCase, command, contact
from page_client import PATIENCE, Person
from stream_client import Stream

TABLE = (pathlib.Path(ROOT) / "processor/serve/pages/page_table.cc").read_text(encoding="utf-8")
PAGES = [(method, path, role.lower(), "needs_login = false" not in rest) for method, path, role, rest in
         re.findall(r'\{\.method = "(\w+)",\s*\.path = "([^"]+)",\s*\.least = Role::k(\w+),([^}]*)\}', TABLE)]
ROLES = ("agent", "manager", "admin")
MARKUP = """<script>alert(1)</script>"'&<img src=x onerror=alert(2)>"""

DEFINITIONS = """
tenants:
  acme:
    timezone: UTC
    fields: {industry: text, employees: number}
    topics: [{id: news, name: News}]
    scoring: {rules: [{when: 'industry IS "SaaS"', points: 10}]}
    tiers: [{name: hot, at_least: 10}, {name: cold}]
    segments: [{id: saas, name: Software, rule: 'industry IS "SaaS"'}, {id: owned, rule: agent IS SET}]
"""


class PageCase(FrontCase):
    definitions = DEFINITIONS
    records = ()

    def setUp(self):
        super().setUp()
        self.start([*contact("last"), *self.records])
        self.wait_for("last")
        self.passwords = {"kim": self.password("password", "kim"), "mia": self.password("add", "mia", "--role", "manager"),
                          "ben": self.password("add", "ben", "--role", "agent", "--agent", "ben")}

    def password(self, what, name, *options):
        said = self.output_of("serve", "user", what, "--data", "front", "--tenant", "acme", name, *options)
        return said.strip().split("\n")[-1]

    def person(self, name):
        person = Person(self.port)
        page = person.log_in(name, self.passwords[name], tenant="acme")
        self.assertEqual(page.status, 200, page.text)
        return person

    def lead(self, name, token=None):
        status, body, _ = self.ask(CONTACTS + name, token)
        self.assertEqual(status, 200, body)
        return body


class Login(PageCase):
    def test_a_person_logs_in_and_out(self):
        person = Person(self.port)
        page = person.get("/leads", query="last")
        self.assertIn("Log in", page.text)
        refused = person.send(page.find("/login"), name="kim", password="wrong")
        self.assertEqual((refused.status, person.cookie), (403, ""))
        unknown = person.send(page.find("/login"), name="nobody", password="wrong")
        self.assertEqual(unknown.text.replace("nobody", "kim"), refused.text)
        # What a stranger has put into the browser is no session, and the login does not take it over.
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

    def test_a_login_leads_to_no_other_site(self):
        for target in ("//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\r\nX: y", "/\t/evil.example", "/\n/evil.example"):
            person = Person(self.port)
            form = person.get("/login", next=target).find("/login")
            for sent in (form.values(name="kim", password=self.passwords["kim"]),
                         form.values(name="kim", password=self.passwords["kim"], next=target)):
                self.assertEqual(person.ask("POST", "/login", sent).headers["Location"], "/leads", target)

    def test_tries_are_limited(self):
        person = Person(self.port)
        form = person.get("/login").find("/login")
        tries = [person.ask("POST", "/login", form.values(name=f"n{i}", password="wrong")) for i in range(45)]
        codes = [page.status for page in tries]
        self.assertEqual(set(codes), {403, 429})
        self.assertEqual(codes[:20], [403] * 20)
        self.assertEqual({page.headers.get("Retry-After") for page in tries if page.status == 429}, {"1"})
        time.sleep(2)
        self.assertEqual(person.log_in("mia", self.passwords["mia"]).status, 200)
        # An account refuses the right password, too, after wrong ones.
        time.sleep(7)
        for _ in range(6):
            person.ask("POST", "/login", form.values(name="ben", password="wrong"))
        self.assertEqual(person.ask("POST", "/login", form.values(name="ben", password=self.passwords["ben"])).status, 403)

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
        self.assertTrue(stream.ended.wait(PATIENCE))


class Rights(PageCase):
    records = (*contact("of-ben", "ben", email="b@x.org"), *contact("of-cid", "cid", email="c@x.org"),
               *contact("of-nobody", email="n@x.org"))

    def test_every_page_as_everyone(self):
        self.assertGreater(len(PAGES), 15)
        people = {"agent": self.person("ben"), "manager": self.person("mia"), "admin": self.person("kim")}
        tokens = {role: re.search('name="form_token" value="([^"]+)"', person.get("/leads").html)[1]
                  for role, person in people.items()}
        for method, path, least, needs_login in PAGES:
            stranger = Person(self.port).ask(method, path, [] if method == "POST" else None)
            if needs_login:
                self.assertEqual(stranger.status, 303, path)
                self.assertEqual(stranger.headers["Location"].partition("?")[0], "/login")
            self.assert_headers(stranger)
            for role, person in people.items():
                if path in ("/logout", "/password", "/login") and method == "POST":
                    continue
                fields = [("form_token", tokens[role])] if method == "POST" else None
                page = person.ask(method, path, fields)
                self.assert_headers(page)
                self.assertLess(page.status, 500, f"{method} {path} {role}: {page.text}")
                is_refused = "not for your role" in page.text and page.status == 403
                self.assertEqual(is_refused, ROLES.index(role) < ROLES.index(least), f"{method} {path} {role}")
                if method == "POST" and needs_login:
                    self.assertEqual(person.ask(method, path, []).status, 403, f"{path} without a token")
        self.assertEqual(people["agent"].ask("GET", "/nothing").status, 404)
        self.assertEqual(people["agent"].ask("DELETE", "/leads").status, 405)

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
        for target in ("/leads?lead=of-cid", "/leads/timeline?lead=of-cid", "/leads/row?lead=of-cid", "/leads/detail?lead=of-cid",
                       "/leads?query=c@x.org", "/leads/row?lead=email:c@x.org"):
            page = agent.ask("GET", target)
            self.assertNotIn("of-cid", re.sub(r"lead=[^\"&]*|value=\"[^\"]*\"", "", page.html), target)
            nobody = agent.ask("GET", target.replace("of-cid", "unknown").replace("c@x.org", "unknown"))
            self.assertEqual(page.status, nobody.status, target)
        form = agent.get("/leads", lead="of-ben").find("/leads/edit", action="notes")
        self.assertEqual(agent.send(form, lead="of-cid", text="x").status, 404)
        self.assertEqual(agent.send(form, action="agent", agentId="ben", lead="of-nobody").status, 403)
        self.assertEqual(agent.send(form, action="erase", confirm="of-ben").status, 403)
        self.assertEqual(self.lead("of-cid")["notes"], [])
        self.assertNotIn("/jobs", page.links)

    def count_of(self, page):
        return re.search(r"<b>(\d+)</b> All", page.html)[1]

    def test_another_tenant_is_another_world(self):
        password = self.output_of("serve", "user", "add", "--data", "front", "--tenant", "globex", "--role", "admin",
                                  "mia").strip().split("\n")[-1]
        person = Person(self.port)
        self.assertEqual(person.log_in("mia", password).status, 403)  # of which company?
        self.assertEqual(person.log_in("mia", self.passwords["mia"], tenant="globex").status, 403)
        page = person.log_in("mia", password, tenant="globex")
        self.assertEqual((page.status, page.rows(), self.count_of(page)), (200, [], "0"))
        for target in ("/leads?lead=of-ben", "/leads/row?lead=of-ben", "/leads/detail?lead=of-ben"):
            self.assertEqual(person.ask("GET", target).status, 404, target)
        form = page.find("/leads/views")
        self.assertEqual(person.ask("POST", "/leads/edit", form.values(lead="of-ben", action="notes", text="x")).status, 404)
        # The token of one company's form is nothing in another.
        self.assertEqual(self.person("kim").ask("POST", "/leads/edit", form.values(
            lead="of-ben", action="notes", text="x")).status, 403)
        self.assertEqual(self.lead("of-ben")["notes"], [])

    def test_rights_are_those_of_now(self):
        person = self.person("mia")
        admin = self.token(role="admin")
        status, _, _ = self.ask("/api/v1/users/mia", admin, "PATCH", body='{"role": "agent", "agent": "cid"}')
        self.assertEqual(status, 200)
        self.assertEqual(sorted(person.get("/leads").rows()), ["last", "of-cid", "of-nobody"])
        self.ask("/api/v1/users/mia", admin, "PATCH", body='{"disabled": true}')
        self.assertIn("Log in", person.get("/leads").text)


class Leads(PageCase):
    records = (*(record for i in range(60) for record in contact(f"l{i:02}", city="Bern" if i % 2 else "Basel", email=f"l{i:02}@x.org")),
               *contact("evil", name=MARKUP, company_name="javascript:alert(1)", phone=MARKUP),
               command("evil", 3, addNote={"text": MARKUP}), command("evil", 4, editTags={"add": [MARKUP]}),
               command("evil", 5, editCampaigns={"assign": [MARKUP]}))

    def test_the_table_is_searched_filtered_sorted_and_paged(self):
        person = self.person("mia")
        page = person.get("/leads")
        seen = page.rows()
        self.assertEqual(len(seen), 50)
        [following] = [link for link in page.links if "cursor=" in link]
        seen += person.get(following).rows()
        self.assertEqual(sorted(seen), sorted({"last", "evil", *(f"l{i:02}" for i in range(60))}))
        self.assertEqual(len(person.get("/leads", query="city:Bern").rows()), 30)
        page = person.send(page.find("/leads/filter"), attribute="city", test="IS", value="Basel", stage="new")
        self.assertEqual(len(page.rows()), 30)
        self.assertIn('stage IS "new" AND city IS "Basel"', page.text)
        # A text is no rule, and a wrong rule is a sentence.
        page = person.send(page.find("/leads/filter"), stage="", tag='x" OR score >= 0 OR HAS TAG "')
        self.assertEqual(page.rows(), [])
        wrong = person.get("/leads", where="score >")
        self.assertEqual(wrong.status, 400)
        self.assertIn("a value is expected here", wrong.text)
        first = person.get("/leads", query="city:Bern", sort="-email").rows()
        self.assertEqual(len(first), 30)

    def test_a_search_is_saved_for_its_user(self):
        person, other = self.person("mia"), self.person("kim")
        page = person.send(person.get("/leads", query="city:Bern").find("/leads/views"), title=MARKUP)
        self.assertIn(html.escape(MARKUP, quote=False).split("&quot;")[0][:20], page.html)
        [view] = [link for link in person.get("/leads").links if link == "/leads?query=city%3ABern"]
        self.assertEqual(len(person.get(view).rows()), 30)
        self.assertNotIn(view, other.get("/leads").links)
        remove = person.get("/leads").find("/leads/views/remove")
        self.assertEqual(other.send(other.get("/leads").find("/leads/views"), title="mine").status, 200)
        stolen = other.get("/leads").find("/leads/views/remove").values(view_id=dict(remove.fields)["view_id"])
        other.ask("POST", "/leads/views/remove", stolen)
        self.assertIn(view, person.get("/leads").links)
        self.assertNotIn(view, person.send(remove).links)

    def test_a_contact_is_added_once(self):
        person = self.person("ben")
        form = person.get("/leads").find("/leads/add")
        page = person.send(form, email="Ada Lovelace <ada@x.org>", phone="+41 31")
        self.assertEqual(page.status, 200)
        self.assertIn("Ada Lovelace", page.text)
        self.assertEqual(self.lead("ada@x.org")["profile"]["phone"], "+41 31")
        self.assertEqual(person.send(form, email="Ada Lovelace <ada@x.org>", phone="+41 31").status, 200)
        again = person.send(person.get("/leads").find("/leads/add"), email="ada@x.org")
        self.assertEqual(again.status, 409)
        self.assertIn("there is a contact with this id or address".capitalize(), again.text)
        self.assertIn('data-detail="ada@x.org"', again.html)
        self.assertEqual(person.send(person.get("/leads").find("/leads/add"), email="none").status, 422)

    def test_a_stage_is_set_in_the_row_and_a_final_one_stays(self):
        person = self.person("ben")
        page = person.send(person.get("/leads", query="l07@x.org").find("/leads/edit", lead="l07"), stage="converted")
        self.assertEqual((page.status, page.rows()), (200, ["l07"]))
        self.assertEqual(self.lead("l07")["stage"], "converted")
        form = person.get("/leads", query="l09@x.org").find("/leads/edit", lead="l09")
        refused = person.send(form, lead="l07", stage="new")
        self.assertEqual((refused.status, refused.rows()), (409, ["l09"]))
        self.assertRegex(refused.text, "converted")
        self.assertEqual(self.lead("l07")["stage"], "converted")

    def test_nothing_that_people_write_becomes_markup(self):
        person = self.person("kim")
        for page in (person.get("/leads", lead="evil"), person.get("/leads/row", lead="evil"),
                     person.get("/leads/detail", lead="evil"), person.get("/leads", query=MARKUP, sort=MARKUP),
                     person.get("/leads", where=MARKUP, lead=MARKUP), person.get("/login", next=MARKUP)):
            for part in ("<script>alert", "<img", "onerror=alert(2)>\"", 'href="javascript'):
                self.assertNotIn(part, page.html)
            self.assertEqual([link for link in page.links if not link.startswith(("/", "#"))], [])
        self.assertIn(html.escape(MARKUP).replace("&#x27;", "&#39;"), person.get("/leads", lead="evil").html)

    def test_many_are_changed_by_a_job(self):
        person = self.person("mia")
        form = person.get("/leads", query="city:Bern").find("/leads/bulk")
        nothing = person.send(form, what="tags", add="vip")
        self.assertEqual(nothing.status, 422)
        page = person.send(form, what="tags", add="vip, spring", scope="all")
        self.assertIn("Change 30 contacts?", page.text)
        self.assertEqual(self.lead("l01")["tags"], [])
        page = person.send(page.find("/leads/bulk"))
        self.assertIn("Bulk", page.text)
        give_up = time.monotonic() + PATIENCE
        while "Done" not in person.get("/jobs").text:
            self.assertLess(time.monotonic(), give_up)
            time.sleep(0.1)
        self.assertEqual(self.lead("l01")["tags"], ["spring", "vip"])
        self.assertEqual(self.lead("l00")["tags"], [])
        every = person.send(person.get("/leads").find("/leads/bulk"), what="tags", add="vip", scope="all")
        self.assertEqual(every.status, 422)
        chosen = person.send(form, what="stage", stage="lost", lead=["l00", "l02"])
        self.assertIn("Change 2 contacts?", chosen.text)


    def test_a_search_is_exported(self):
        person = self.person("mia")
        form = person.get("/leads", query="city:Bern").find("/leads/export")
        wrong = person.send(form, columns="")
        self.assertEqual(wrong.status, 422, wrong.text)
        self.assertEqual(person.send(form, columns="lead, city, score").status, 200)
        give_up = time.monotonic() + PATIENCE
        while not (links := [link for link in person.get("/jobs").links if link.startswith("/jobs/file")]):
            self.assertLess(time.monotonic(), give_up)
            time.sleep(0.1)
        file = person.ask("GET", links[0])
        self.assertEqual(file.headers["Content-Type"], "text/csv; charset=utf-8")
        self.assertEqual(file.html.split()[:2], ["lead,city,score", "l01,Bern,0"])
        self.assertEqual(len(file.html.split()), 31)
        self.assertEqual(self.person("ben").ask("GET", links[0]).status, 403)
        self.assertEqual(person.ask("GET", "/jobs/file?job=unknown").status, 404)
        one = person.ask("GET", "/leads/data?lead=evil")
        self.assertEqual(json.loads(one.html)["contact"]["profile"]["name"], MARKUP)
        self.assertIn("attachment", one.headers["Content-Disposition"])
        self.assertEqual((one.headers["Content-Type"], one.headers["X-Content-Type-Options"]),
                         ("application/json", "nosniff"))


class Detail(PageCase):
    records = contact("ada", email="ada@x.org", first_name="Ada", industry="SaaS", employees=12, customer=True)

    def form(self, person, action, **having):
        return person.get("/leads", lead="ada").find("/leads/edit", action=action, lead="ada", **having)

    def test_shows_what_is_known_and_why(self):
        person = self.person("ben")
        page = person.get("/leads", lead="ada")
        for text in ("while industry IS", "does not change by time alone", "Software", "Timeline", "Nothing yet.",
                     "News: subscribed", "Can be mailed"):
            self.assertIn(text, page.text.replace("\n", " "), text)

    def test_a_long_timeline_has_pages(self):
        with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
            for i in range(120):
                file.write(json.dumps(command("ada", f"n{i}", addNote={"text": f"note {i:03}"})) + "\n")
        self.wait_for_notes(120)
        person = self.person("ben")
        page, seen = person.get("/leads", lead="ada"), []
        while True:
            seen += re.findall(r"Note of test: note (\d{3})", page.text)
            older = [link for link in page.links if link.startswith("/leads/timeline")]
            if not older:
                break
            page = person.get(older[0])
        self.assertEqual(sorted(seen), [f"{i:03}" for i in range(120)])
        self.assertEqual(person.ask("GET", "/leads/timeline?lead=unknown").status, 404)

    def wait_for_notes(self, count):
        give_up = time.monotonic() + PATIENCE
        while len(self.lead("ada")["notes"]) < count:
            self.assertLess(time.monotonic(), give_up)
            time.sleep(0.1)

    def test_attributes_are_edited_in_their_types(self):
        person = self.person("ben")
        page = person.send(self.form(person, "update"), **{"value:first_name": "Augusta", "value:employees": "13.5",
                                                           "value:customer": "false", "value:industry": "",
                                                           "new_name": "city", "new_value": "Bern"})
        self.assertEqual(page.status, 200)
        self.assertEqual(self.lead("ada")["profile"], {"city": "Bern", "customer": False, "email": "ada@x.org",
                                                       "employees": 13.5, "first_name": "Augusta"})

    def test_a_stale_save_shows_both_values(self):
        ben, mia = self.person("ben"), self.person("mia")
        of_ben, of_mia = self.form(ben, "update"), self.form(mia, "update")
        self.assertEqual(ben.send(of_ben, **{"value:first_name": "Augusta"}).status, 200)
        stale = mia.send(of_mia, **{"value:first_name": "Adele", "value:phone": "1"})
        self.assertEqual(stale.status, 412)
        self.assertRegex(stale.text, "you wrote “Adele”, it is now “Augusta”")
        self.assertNotIn("phone", self.lead("ada")["profile"])
        typed = dict(stale.find("/leads/edit", action="update").fields)
        self.assertEqual((typed["value:first_name"], typed["was:first_name"], typed["value:phone"], typed["was:phone"]),
                         ("Adele", "Augusta", "1", ""))
        # Another attribute is no conflict, and the fresh form overwrites knowingly.
        self.assertEqual(ben.send(of_ben, **{"value:last_name": "King"}).status, 200)
        self.assertEqual(mia.send(stale.find("/leads/edit", action="update")).status, 200)
        self.assertEqual(self.lead("ada")["profile"]["first_name"], "Adele")
        self.assertEqual(self.lead("ada")["profile"]["phone"], "1")
        self.assertEqual(self.lead("ada")["profile"]["last_name"], "King")

    def test_a_form_sent_twice_is_one_command(self):
        person = self.person("ben")
        form = self.form(person, "notes")
        for _ in range(2):
            self.assertEqual(person.send(form, text="wants a demo").status, 200)
        self.assertEqual(len(self.lead("ada")["notes"]), 1)
        self.assertEqual(person.send(form, text="another").status, 200)
        self.assertEqual(len(self.lead("ada")["notes"]), 2)
        self.assertIn("Note of ben: wants a demo", person.get("/leads", lead="ada").text)

    def test_everything_else_is_edited(self):
        person = self.person("mia")
        for action, fields in (("tags", {"add": "vip, key account"}), ("lists", {"add": "news"}),
                               ("campaigns", {"assign": "spring"}), ("stage", {"stage": "qualified"}),
                               ("agent", {"agentId": "ben"}), ("qualification", {"score": "80"}),
                               ("do-not-contact", {"reason": "asked"}),
                               ("consents", {"purpose": "news", "granted": "true", "source": "phone"}),
                               ("topics", {})):
            page = person.send(self.form(person, action), **fields)
            self.assertEqual(page.status, 200, f"{action}: {page.text}")
        lead = self.lead("ada")
        self.assertEqual((lead["tags"], lead["lists"], lead["campaigns"]), (["key account", "vip"], ["news"], ["spring"]))
        self.assertEqual((lead["stage"], lead["agent"], lead["qualification"]), ("qualified", "ben", 80))
        self.assertEqual((lead["doNotContact"], lead["doNotContactReason"]), (True, "asked"))
        self.assertEqual((lead["consents"]["news"]["granted"], lead["topicsOut"]), (True, ["news"]))
        person.send(self.form(person, "do-not-contact"))
        person.send(self.form(person, "tags"), remove="vip")
        person.send(self.form(person, "topics"))
        person.send(self.form(person, "qualification", clear="true"))
        lead = self.lead("ada")
        self.assertEqual((lead["doNotContact"], lead["tags"], lead["topicsOut"]), (False, ["key account"], []))
        self.assertNotEqual(lead["qualification"], 80)
        wrong = person.send(self.form(person, "qualification"), score="many")
        self.assertEqual(wrong.status, 400)

    def test_a_run_that_is_stopped_is_read_and_not_written(self):
        person = self.person("ben")
        form = self.form(person, "notes")
        self.end(self.run_process)
        page = person.get("/leads", lead="ada")
        self.assertEqual((page.status, sorted(page.rows())), (200, ["ada", "last"]))
        refused = person.send(form, text="half a sentence")
        self.assertEqual((refused.status, sorted(refused.rows())), (503, ["ada", "last"]))
        self.assertIn("The run that has the leads does not answer; try again.", refused.text)
        self.assertIn(">half a sentence</textarea>", refused.html)
        self.start_run()
        give_up = time.monotonic() + PATIENCE
        while person.send(form, text="x").status != 200:
            self.assertLess(time.monotonic(), give_up)
            time.sleep(0.1)
        self.assertEqual(len(self.lead("ada")["notes"]), 1)

    def test_an_admin_erases_who_is_named(self):
        person = self.person("kim")
        self.assertEqual(person.send(self.form(person, "erase"), confirm="another").status, 409)
        page = person.send(self.form(person, "erase"), confirm="ada")
        self.assertEqual((page.status, "ada" in page.rows()), (200, False))
        self.wait_for("ada", status=404)

    def test_every_write_is_in_the_audit_log_by_its_user(self):
        person = self.person("ben")
        person.send(self.form(person, "notes"), text="x")
        status, body, _ = self.ask("/api/v1/audit?" + urllib.parse.urlencode({"who": "ben"}), self.token(role="admin"))
        self.assertEqual(status, 200)
        self.assertIn(("contact.note", "ada"), [(line["action"], line["subject"]) for line in body["lines"]])
        self.assertIn("session.begin", [line["action"] for line in body["lines"]])


if __name__ == "__main__":
    unittest.main()
