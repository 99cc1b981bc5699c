#!/usr/bin/env python3
"""The pages of leads over HTTP, without JavaScript: each form, and its message when it is refused.

    tests/serve/lead_pages_test.py LEADPULSE
"""

import html
import json
import re
import unittest
import urllib.parse

from front import CONTACTS, command, contact
from page_case import MARKUP, PageCase


class Leads(PageCase):
    records = (*(record for i in range(60) for record in contact(f"l{i:02}", city="Bern" if i % 2 else "Basel", email=f"l{i:02}@x.org")),
               *contact("evil", name=MARKUP, company_name="javascript:alert(1)", phone=MARKUP),
               command("evil", 3, addNote={"text": MARKUP}), command("evil", 4, editTags={"add": [MARKUP]}),
               command("evil", 5, editCampaigns={"assign": [MARKUP]}), command("evil", 6, editLists={"add": [MARKUP]}),
               command("evil", 7, updateProfile={"set": {MARKUP: MARKUP, "website": "javascript:alert(1)"}}),
               command("evil", 8, setDoNotContact={"value": True, "reason": MARKUP}), command("evil", 9, assignAgent={"agentId": MARKUP}))

    def test_the_table_is_searched_filtered_sorted_and_paged(self):
        person = self.person("mia")
        page = person.get("/leads")
        seen = page.rows()
        self.assertEqual(len(seen), 50)
        self.assertIn(">l00@<wbr>x.org</td>", page.html)  # a narrow column breaks the line there
        [following] = [link for link in page.links if "cursor=" in link]
        second = person.get(following)
        seen += second.rows()
        self.assertEqual(person.get([link for link in second.links if link == "/leads?"][0]).rows(), page.rows())
        self.assertEqual(sorted(seen), sorted({"last", "evil", *(f"l{i:02}" for i in range(60))}))
        self.assertEqual(len(person.get("/leads", query="city:Bern").rows()), 30)
        page = person.send(page.find("/leads/filter"), attribute="city", test="IS", value="Basel", stage="new")
        self.assertEqual(len(page.rows()), 30)
        self.assertIn('stage IS "new" AND city IS "Basel"', page.text)
        # A text is not a rule, and a wrong rule gives a message.
        page = person.send(page.find("/leads/filter"), stage="", tag='x" OR score >= 0 OR HAS TAG "')
        self.assertEqual(page.rows(), [])
        wrong = person.get("/leads", where="score >")
        self.assertEqual(wrong.status, 400)
        self.assertIn("a value is expected here", wrong.text)
        first = person.get("/leads", query="city:Bern", sort="-email").rows()
        self.assertEqual(len(first), 30)
        self.assertNotIn("is not declared", person.get("/leads", sort="-email").text)
        self.assertIn('the column "emial" is not declared', person.get("/leads", sort="emial").text)

    def test_pages_say_leads(self):
        person = self.person("kim")
        for path in ("/leads", "/pipeline", "/campaigns", "/segments", "/import", "/jobs", "/reports", "/settings",
                     "/settings/users", "/settings/tokens", "/settings/audit"):
            page = person.get(path)
            said = re.sub("(?i)do not contact", "", page.text)
            self.assertEqual((page.status, re.findall(r"(?i)\bcontacts?\b", said)), (200, []), path)

    def test_only_columns_that_the_api_sorts_have_links(self):
        page = self.person("mia").get("/leads")
        heads = re.findall(r'<th scope="col" data-label="([^"]*)"[^>]*>(<a)?', page.html)
        self.assertEqual([label for label, link in heads if not link], ["Domain"])
        self.assertIn(("Name", "<a"), heads)

    def test_the_filter_panel_shows_what_is_in_force(self):
        person = self.person("mia")
        panel = {"stage": "new", "attribute": "city", "test": "IS", "value": "Basel", "sendable": "true", "score": "0"}
        first = person.get("/leads", sort="-email")
        self.assertNotIn("Filter on", first.text)
        page = person.send(first.find("/leads/filter"), **panel)
        self.assertLessEqual({*panel.items(), ("sort", "-email")}, set(page.find("/leads/filter").fields))
        self.assertIn("Filter on", page.text)
        # Sent unchanged, it is the same search.
        self.assertEqual(person.send(page.find("/leads/filter")).target, page.target)
        # A search that the panel can write, and a rule that it cannot.
        self.assertIn(("stage", "new"), person.get("/leads", query="stage:new").find("/leads/filter").fields)
        other = person.get("/leads", where='stage IS "new" OR score > 5')
        self.assertIn("This panel cannot show the rule of this list", other.text)
        self.assertIn(("stage", ""), other.find("/leads/filter").fields)
        self.assertNotIn("cannot show the rule", page.text)
        # A number, since the field is declared as one.
        page = person.send(first.find("/leads/filter"), attribute="employees", test="IS", value="12")
        self.assertEqual((page.status, page.rows()), (200, []), page.text)
        self.assertIn(("value", "12"), page.find("/leads/filter").fields)
        # A refused value stays in the form for correction, next to the rule.
        wrong = person.send(first.find("/leads/filter"), score="many")
        self.assertEqual(wrong.status, 400)
        self.assertEqual([dict(form.fields)["where"] for form in wrong.forms if "where" in dict(form.fields)], ['score >= "many"'])
        self.assertNotIn("No leads", wrong.text)

    def test_the_lead_whose_id_is_searched_for_is_offered(self):
        person = self.person("mia")

        def offered(query):
            page = person.get("/leads", query=query)
            self.assertEqual((page.status, page.rows()), (200, []), page.text)
            return [link for link in page.links if "&lead=" in link]
        self.assertEqual(offered(" last"), ["/leads?query=%20last&lead=last"])
        self.assertIn("has-detail", person.get(offered("last")[0]).html)
        self.assertEqual(offered("nobody"), [])

    def test_fields_of_agents_offer_those_that_users_have(self):
        offered = re.compile(r'<datalist id="agents">(.*?)</datalist>', re.S)
        page = self.person("mia").get("/leads", lead="l01").html
        self.assertEqual(offered.findall(page), ['<option value="ben">'])
        self.assertEqual(page.count('list="agents"'), 3)
        # An agent cannot assign leads, and does not see the other agents.
        self.assertEqual(offered.findall(self.person("ben").get("/leads").html), [""])

    def test_the_number_of_leads_is_that_of_all_pages(self):
        person = self.person("mia")
        number = lambda page: re.search(r'<p class="found"[^>]*>([\d,]+) (leads?)', page.html).groups()
        self.assertEqual(number(person.get("/leads")), ("62", "leads"))
        [following] = [link for link in person.get("/leads").links if "cursor=" in link]
        self.assertEqual(number(person.get(following)), ("62", "leads"))
        self.assertEqual(number(person.get("/leads", query="city:Bern")), ("30", "leads"))
        self.assertEqual(number(person.get("/leads", query="l07@x.org")), ("1", "lead"))
        self.assertEqual(number(person.get("/leads", query="nobody")), ("0", "leads"))
        found = person.get("/leads/found", query="city:Bern")
        self.assertEqual(number(found), ("30", "leads"))
        self.assertEqual(re.findall(r'data-here="([^"]*)"', found.html), person.get("/leads", query="city:Bern").rows())
        self.assertEqual(person.get("/leads/found", where="score >").status, 400)

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
        self.assertIn("This id or address is in use already", again.text)
        self.assertIn('data-detail="ada@x.org"', again.html)
        self.assertNotIn('<details class="panel" open>', page.html)
        wrong = person.send(person.get("/leads").find("/leads/add"), email="none", first_name="Jane", phone="+41 31")
        self.assertEqual(wrong.status, 422)
        self.assertIn("E-mail: it is no e-mail address.", wrong.text)
        self.assertIn('<details class="panel" open>\n<summary>Add lead', wrong.html)
        typed = dict(wrong.find("/leads/add").fields)
        self.assertEqual([typed[name] for name in ("email", "first_name", "phone")], ["none", "Jane", "+41 31"])

    def test_values_that_nobody_touched_stay(self):
        values = {"address": "Street 1\nBern", "code": " 1 "}
        self.assertEqual(self.ask(CONTACTS + "l07", method="PATCH", body=json.dumps(values))[0], 200)
        person = self.person("ben")
        for change, kept in (({"phone": "1"}, values), ({"address": "Street 2\nBern"}, {**values, "address": "Street 2\nBern"})):
            form = person.get("/leads", lead="l07").find("/leads/edit", action="update")
            person.send(form, **{f"value:{name}": value for name, value in change.items()})
            profile = self.lead("l07")["profile"]
            self.assertEqual({name: profile[name] for name in kept}, kept)
            self.assertEqual({name: profile[name] for name in change}, change)

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
        for page in (*(person.get(path) for path in ("/campaigns", "/pipeline", "/leads/timeline?lead=evil", "/reports?report=campaigns",
                                                     "/settings/audit?lead=evil", "/pipeline/card?lead=evil")),
                     person.get("/campaigns", name=MARKUP), person.get("/segments", name=MARKUP),
                     person.get("/settings/audit", who=MARKUP, action=MARKUP), person.get("/leads", lead="evil"), person.get("/leads/row", lead="evil"),
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
        self.assertIn("Change 30 leads?", page.text)
        self.assertIn("vip, spring", page.text)
        self.assertEqual(self.lead("l01")["tags"], [])
        page = person.send(page.find("/leads/bulk"))
        self.assertIn("Bulk edit", page.text)
        self.wait_until(lambda: "Done" in person.get("/jobs").text)
        self.assertEqual(self.lead("l01")["tags"], ["spring", "vip"])
        self.assertEqual(self.lead("l00")["tags"], [])
        every = person.send(person.get("/leads").find("/leads/bulk"), what="tags", add="vip", scope="all")
        self.assertEqual(every.status, 422)
        for what in ("tags", "notes"):
            blank = person.send(form, what=what, add=" ", text=" ", scope="all")
            self.assertEqual(blank.status, 422)
            self.assertIn("Enter what to add or to remove, or the note.", blank.text)
        self.assertIn("Change 30 leads?", person.send(form, what="agent", agentId="", scope="all").text)
        chosen = person.send(form, what="stage", stage="lost", lead=["l00", "l02"])
        self.assertIn("Change 2 leads?", chosen.text)
        self.assertIn("This stage is final", chosen.text)
        self.assertIn("Change 1 lead?", person.send(form, what="stage", stage="new", lead="l00").text)

    def test_a_search_is_exported(self):
        person = self.person("mia")
        form = person.get("/leads", query="city:Bern").find("/leads/export")
        wrong = person.send(form, columns="")
        self.assertEqual(wrong.status, 422, wrong.text)
        self.assertEqual(person.send(form, columns="lead, city, score, stge").status, 200)
        self.wait_until(lambda: 'the column "stge" is not declared' in person.get("/jobs").text)
        links = self.wait_until(lambda: [link for link in person.get("/jobs").links if link.startswith("/jobs/file")])
        file = person.ask("GET", links[0])
        self.assertEqual(file.headers["Content-Type"], "text/csv; charset=utf-8")
        self.assertEqual(file.html.split()[:2], ["lead,city,score,stge", "l01,Bern,0,"])
        self.assertEqual(len(file.html.split()), 31)
        self.assertEqual(self.person("ben").ask("GET", links[0]).status, 403)
        self.assertEqual(person.ask("GET", "/jobs/file?job=unknown").status, 404)
        one = person.ask("GET", "/leads/data?lead=evil")
        self.assertEqual(json.loads(one.html)["contact"]["profile"]["name"], MARKUP)
        self.assertIn("attachment", one.headers["Content-Disposition"])
        self.assertEqual((one.headers["Content-Type"], one.headers["X-Content-Type-Options"]),
                         ("application/json", "nosniff"))


class Many(PageCase):
    records = [command(f"l{i}", 1, updateProfile={"set": {"employees": i}}) for i in range(11_000)]

    def test_the_number_of_very_many_is_an_estimate(self):
        self.wait_for("l10999")
        person = self.person("mia")
        found = self.wait_until(lambda: re.search(r'data-estimate="yes"[^>]*>About ([\d,]+) leads',
                                                  person.get("/leads", where="employees < 10900").html))
        self.assertGreater(int(found[1].replace(",", "")), 10_000)


class Walks(PageCase):
    records = [command(f"l{i:02}", 1, updateProfile={"set": {"employees": i}}) for i in range(60)]

    def test_a_sorted_list_begins_again_after_a_restart(self):
        self.wait_for("l59")
        person = self.person("ben")
        [older] = {link for link in person.get("/leads", sort="employees").links if "cursor=" in link}
        page = person.get(older)
        self.assertEqual(page.status, 200)
        self.assertNotIn("starts again", page.text)
        self.end(self.front)
        self.start_front(port=self.port)
        page = person.get(older)
        self.assertEqual(page.status, 200)
        self.assertIn("The list starts again", page.text)
        self.assertIn("l00", page.text)
        self.assertNotIn("First 50", page.text)


class Strict(PageCase):
    definitions = PageCase.definitions.replace("timezone: UTC", "timezone: UTC\n    strict_fields: true")

    def test_a_search_says_which_names_are_not_declared(self):
        person = self.person("ben")
        page = person.get("/leads", query="indstry:SaaS")
        self.assertEqual((page.status, page.rows()), (400, []))
        self.assertRegex(page.text, r'the field "indstry" is not declared')
        self.assertIn("industry", page.text[page.text.find("indstry"):])
        self.assertIn('value="indstry:SaaS"', page.html)


class Folded(PageCase):
    definitions = PageCase.definitions + "    journal: {max_entries: 60}\n"
    records = [{"event": {"tenantId": "acme", "leadId": "ada", "eventId": f"e{number}", "type": kind,
                          "occurredAt": f"2026-03-01T09:{number // 60:02}:{number % 60:02}Z"}}
               for number, kind in enumerate(["CLICK", *["OPEN"] * 4, "PAGE_VISIT", *["SENT"] * 60])]

    def test_events_that_have_left_the_journal_are_told_below_the_oldest(self):
        person = self.person("ben")
        told = "Older events, until 2026-03-01 09:00, are kept only as counts: Open 4, Click 1, Page visit 1."
        newest = person.get("/leads", lead="ada")
        self.assertNotIn("Older events", newest.text)
        [older] = [link for link in newest.links if link.startswith("/leads/timeline")]
        self.assertIn(told, " ".join(person.get(older).text.split()))
        self.assertNotIn("Older events", person.get("/leads", lead="last").text)


class Detail(PageCase):
    records = contact("ada", email="ada@x.org", first_name="Ada", industry="SaaS", employees=12, customer=True)

    def form(self, person, action, **having):
        return person.get("/leads", lead="ada").find("/leads/edit", action=action, lead="ada", **having)

    def test_shows_what_is_known_and_why(self):
        person = self.person("ben")
        page = person.get("/leads", lead="ada")
        for text in ("while industry IS", "does not change by time alone", "Software", "Timeline", "Created, by test",
                     "News: subscribed", "Can be mailed"):
            self.assertIn(text, page.text.replace("\n", " "), text)

    def test_a_long_timeline_has_pages(self):
        with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
            for i in range(120):
                file.write(json.dumps(command("ada", f"n{i}", addNote={"text": f"note {i:03}"})) + "\n")
        self.wait_until(lambda: len(self.lead("ada")["notes"]) == 120)
        person = self.person("ben")
        page, seen = person.get("/leads", lead="ada"), []
        while True:
            seen += re.findall(r"test noted: note (\d{3})", page.text)
            older = [link for link in page.links if link.startswith("/leads/timeline")]
            if not older:
                break
            page = person.get(older[0])
        self.assertEqual(sorted(seen), [f"{i:03}" for i in range(120)])
        self.assertEqual(person.ask("GET", "/leads/timeline?lead=unknown").status, 404)

    def test_attributes_are_edited_in_their_types(self):
        person = self.person("ben")
        page = person.send(self.form(person, "update"), **{"value:first_name": "Augusta", "value:employees": "13.5",
                                                           "value:customer": "false", "value:industry": "",
                                                           "new_name": "city", "new_value": "Bern"})
        self.assertEqual(page.status, 200)
        self.assertIn("ben changed City, Customer, Employees, First name, Industry (cleared)",
                      person.get("/leads", lead="ada").text)
        self.assertEqual(self.lead("ada")["profile"], {"city": "Bern", "customer": False, "email": "ada@x.org",
                                                       "employees": 13.5, "first_name": "Augusta"})

    def test_a_value_without_a_name_is_not_lost(self):
        person = self.person("ben")
        page = person.send(self.form(person, "update"), **{"value:first_name": "Augusta", "new_value": "Bern"})
        self.assertEqual((page.status, "say which attribute the new value is of" in page.text), (422, True))
        form = page.find("/leads/edit", action="update", lead="ada")
        self.assertIn(("value:first_name", "Augusta"), form.fields)
        self.assertEqual(person.send(form, new_name="city").status, 200)
        profile = self.lead("ada")["profile"]
        self.assertEqual((profile["city"], profile["first_name"]), ("Bern", "Augusta"))

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
        # Another attribute is no conflict, and the reloaded form may overwrite.
        self.assertEqual(ben.send(of_ben, **{"value:last_name": "King"}).status, 200)
        self.assertEqual(mia.send(stale.find("/leads/edit", action="update")).status, 200)
        self.assertEqual(self.lead("ada")["profile"]["first_name"], "Adele")
        self.assertEqual(self.lead("ada")["profile"]["phone"], "1")
        self.assertEqual(self.lead("ada")["profile"]["last_name"], "King")

    def test_what_was_typed_when_the_session_ended_is_shown(self):
        person = self.person("ben")
        note, update = self.form(person, "notes"), self.form(person, "update")
        person.send(person.get("/leads").find("/logout"))
        page = person.send(note, text="a long note\n" + MARKUP)
        self.assertEqual(page.status, 403)
        self.assertIn("You were logged out, so nothing was saved.", page.text)
        self.assertIn("a long note\r\n" + MARKUP, page.text)
        self.assertNotIn("<img", page.html)
        self.assertIn("First name: Augusta", person.send(update, **{"value:first_name": "Augusta"}).text)
        back = person.send(page.find("/login"), name="ben", password=self.passwords["ben"])
        self.assertIn('data-detail="ada"', back.html)
        self.assertEqual(self.lead("ada")["notes"], [])

    def test_a_form_sent_twice_is_one_command(self):
        person = self.person("ben")
        form = self.form(person, "notes")
        for _ in range(2):
            self.assertEqual(person.send(form, text="wants a demo").status, 200)
        self.assertEqual(len(self.lead("ada")["notes"]), 1)
        self.assertEqual(person.send(form, text="another").status, 200)
        self.assertEqual(len(self.lead("ada")["notes"]), 2)
        self.assertIn("ben noted: wants a demo", person.get("/leads", lead="ada").text)

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
        timeline = person.get("/leads", lead="ada").text
        self.assertIn("Must not be mailed: do not contact is set. E-mail status: active (no complaint", timeline)
        for sentence in ("mia moved it to Qualified", "mia assigned the agent ben", "mia set the qualification to 80",
                         "mia set do not contact", "mia recorded: consent to news given",
                         "mia changed tags: + key account, + vip", "mia changed lists: + news",
                         "mia changed campaigns: + spring"):
            self.assertIn(sentence, timeline)
        lead = self.lead("ada")
        self.assertEqual((lead["tags"], lead["lists"], lead["campaigns"]), (["key account", "vip"], ["news"], ["spring"]))
        self.assertEqual((lead["stage"], lead["agent"], lead["qualification"]), ("qualified", "ben", 80))
        self.assertEqual((lead["doNotContact"], lead["doNotContactReason"]), (True, "asked"))
        self.assertEqual((lead["consents"]["news"]["granted"], lead["topicsOut"]), (True, ["news"]))
        person.send(self.form(person, "do-not-contact"))
        person.send(self.form(person, "tags", remove="vip"))
        person.send(self.form(person, "topics"))
        person.send(self.form(person, "qualification", clear="true"))
        lead = self.lead("ada")
        self.assertIn("mia changed tags: − vip", person.get("/leads", lead="ada").text)
        self.assertEqual((lead["doNotContact"], lead["tags"], lead["topicsOut"]), (False, ["key account"], []))
        self.assertNotEqual(lead["qualification"], 80)
        for score in ("many", "101", ""):
            wrong = person.send(self.form(person, "qualification"), score=score)
            self.assertEqual(wrong.status, 422)
            self.assertIn("A qualification is a whole number from 0 to 100.", wrong.text, score)

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
        self.wait_until(lambda: person.send(form, text="x").status == 200)
        self.assertEqual(len(self.lead("ada")["notes"]), 1)

    def test_what_could_not_be_read_is_not_shown_as_nothing(self):
        person = self.person("ben")
        self.wait_until(lambda: (refused := person.ask("GET", "/leads/counts")).status == 429 and "All" not in refused.text)
        page = person.ask("GET", "/leads?lead=ada")
        self.assertEqual((page.status, page.rows()), (429, []))
        self.assertIn("Too many requests. Wait a moment and try again.", page.text)
        self.assertNotIn("0 All", page.text)
        self.assertNotIn("Nobody has this id or address", page.text)

    def test_an_admin_erases_who_is_named(self):
        person = self.person("kim")
        wrong = person.send(self.form(person, "erase"), confirm="another")
        self.assertEqual(wrong.status, 409)
        self.assertIn("Nothing is erased. An erasure cannot be taken back: type the id", wrong.text)
        page = person.send(self.form(person, "erase"), confirm=" ada ")
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
