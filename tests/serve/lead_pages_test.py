#!/usr/bin/env python3
"""The pages of leads over HTTP, without JavaScript: each form, and its message when it is refused.

    tests/serve/lead_pages_test.py LEADPULSE
"""

import datetime
import html
import json
import re
import unittest
import urllib.parse

from front import CONTACTS, command, contact
from page_case import MARKUP, PageCase


class Leads(PageCase):
    records = (*(record for i in range(60) for record in contact(f"l{i:02}", city="Bern" if i % 2 else "Basel", email=f"l{i:02}@x.org")),
               command("l00", 3, updateProfile={"set": {"first_name": "Guðrún", "last_name": "Jónsdóttir", "job_title": "Head of Sales",
                                                        "company_name": "Müller AG", "phone": "+49 (0)151 234-56.78"}}),
               command("l01", 3, updateProfile={"set": {"last_name": "O'Brien", "location": ["Genève"]}}),
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
        self.assertIn('href="/import" aria-label="Import CSV"', page.html)
        self.assertNotIn("Import CSV", self.person("ben").get("/leads").html)
        self.assertIn('title="l00@x.org">l00@x.org</td>', page.html)  # a narrow column cuts it off
        [following] = [link for link in page.links if "cursor=" in link]
        second = person.get(following)
        seen += second.rows()
        self.assertEqual(person.get([link for link in second.links if link == "/leads?"][0]).rows(), page.rows())
        self.assertEqual(sorted(seen), sorted({"last", "evil", *(f"l{i:02}" for i in range(60))}))
        self.assertEqual(len(person.get("/leads", query="city:Bern").rows()), 30)
        page = person.get("/leads", where='stage IS "new"')
        page = person.send(page.find("/leads/filter"), field="city", value="Basel")
        self.assertEqual(len(page.rows()), 30)
        self.assertIn('stage IS "new" AND city IS "Basel"', page.text)
        # A text is not a rule, and a wrong rule gives a message.
        page = person.send(page.find("/leads/filter"), field="tag", value='x" OR score >= 0 OR HAS TAG "')
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
                     "/settings/users", "/settings/tokens", "/settings/webhooks", "/settings/audit"):
            page = person.get(path)
            said = re.sub("(?i)do not contact", "", page.text)
            self.assertEqual((page.status, re.findall(r"(?i)\bcontacts?\b", said)), (200, []), path)

    def test_only_columns_that_the_api_sorts_have_links(self):
        page = self.person("mia").get("/leads")
        heads = re.findall(r'<th scope="col" data-label="([^"]*)"[^>]*>(<a)?', page.html)
        self.assertEqual([label for label, link in heads if not link], ["Domain"])
        self.assertIn(("Name", "<a"), heads)

    def chips(self, page):
        """The words of each condition, with the link that edits it and the one that removes it."""
        return {html.unescape(words): (html.unescape(edit), html.unescape(remove)) for edit, words, remove in re.findall(
            r'class="one"[^>]*>(?:<a href="([^"]*)"|<span) title="([^"]*)".*?<a class="remove" href="([^"]*)"', page.html)}

    def test_a_filter_is_built_and_taken_apart(self):
        person = self.person("mia")
        page = person.get("/leads", sort="-email")
        self.assertEqual(self.chips(page), {})
        [field] = [link for link in page.links if link.endswith("field=stage")]
        editor = person.get(field)
        page = person.send(editor.find("/leads/filter", field="stage"), test="is", value=["new", "contacted"])
        self.assertEqual((page.target, len(page.rows())), ("/leads?where=stage%20IN%20%28%22new%22%2C%20%22contacted%22%29&sort=-email", 50))
        page = person.send(page.find("/leads/filter"), field="city", value="Basel")
        self.assertEqual(list(self.chips(page)), ["Stage is New or Contacted", "City is Basel"])
        self.assertEqual(len(page.rows()), 30)
        # The editor has what the chip says, and sent unchanged it is the same search.
        edit, _ = self.chips(page)["Stage is New or Contacted"]
        form = person.get(edit).find("/leads/filter", field="stage")
        self.assertLessEqual({("test", "is"), ("value", "new"), ("value", "contacted"), ("where", 'city IS "Basel"')}, set(form.fields))
        again = person.send(form, value=["new", "contacted"])
        self.assertEqual((sorted(self.chips(again)), len(again.rows())), (sorted(self.chips(page)), 30))
        _, remove = self.chips(page)["City is Basel"]
        self.assertEqual(list(self.chips(person.get(remove))), ["Stage is New or Contacted"])
        # Without a value, the condition goes.
        self.assertEqual(list(self.chips(person.send(form, value=[]))), ["City is Basel"])

    def test_a_filter_offers_what_there_is(self):
        person = self.person("mia")
        for field, wanted in (("tag", [MARKUP]), ("list", [MARKUP]), ("segment", ["saas", "owned"]), ("agent", ["ben", MARKUP]),
                              ("email_status", ["active", "unsubscribed", "bounced", "complained"]), ("sendable", ["true", "false"]),
                              ("industry", [])):
            page = person.get("/leads", field=field)
            offered = re.findall(r'<input type="(?:checkbox|radio)" name="value" value="([^"]*)"', page.html)
            self.assertLessEqual(set(wanted) - {"ben"}, set(map(html.unescape, offered)), field)

    def test_a_value_is_written_by_the_type_of_its_field(self):
        person = self.person("mia")
        form = person.get("/leads").find("/leads/filter")
        for field, test, value, rule in (
                ("employees", "is", "12", "employees IS 12"), ("employees", "at_least", "2.5", "employees >= 2.5"),
                ("industry", "is", "12", 'industry IS "12"'), ("industry", "unset", "", "industry IS NOT SET"),
                ("sendable", "is", "true", "sendable IS true"), ("tag", "is_not", "vip", 'NOT HAS TAG "vip"'),
                ("follow_up_on", "before", "2026-03-01", 'follow_up_on BEFORE "2026-03-01"'),
                ("last_engaged", "last", "30", "last_engaged < 30 days ago"), ("score", "at_least", "1,000", "score >= 1000"),
                ("employees", "less", "1 000,5", "employees < 1000.5"), ("created", "older", "2 weeks", "created > 14 days ago"),
                ("did open", "last", "1.5", "DID open IN LAST 36 hours"), ("did open", "times", "3 times", "DID open >= 3 TIMES"),
                ("score", "between", "1,000 and 2000", "score BETWEEN 1000 AND 2000"), ("follow_up_on", "today", "", "follow_up_on ON TODAY"),
                ("follow_up_on", "next", "30", "follow_up_on < 30 days from now"), ("industry", "not_contains", "x", 'NOT industry CONTAINS "x"'),
                ("has consent", "is", "news", 'HAS CONSENT "news"')):
            page = person.send(form, field=field, test=test, value=value)
            self.assertEqual(page.status, 200, page.text)
            self.assertEqual(urllib.parse.unquote(page.target), f"/leads?where={rule}")
            self.assertEqual(len(self.chips(page)), 1)
        # A refused value stays in the editor for correction, and the other chips stay.
        for field, test, typed, said, corrected, rule in (
                ("score", "at_least", "many", "“many” is no number.", "1,000", "score >= 1000"),
                ("score", "at_least", "1.000", "“1.000” may mean two numbers. Type 1000 or 1.", "1000", "score >= 1000"),
                ("did open", "last", "2 months", "Type days: 60 days.", "60 days", "DID open IN LAST 60 days"),
                ("score", "between", "5", "“5” is one value. Type two, such as 5 and 10.", "5 and 10", "score BETWEEN 5 AND 10"),
                ("created", "last", "3m", "Type 3 minutes or 90 days.", "90", "created < 90 days ago")):
            for around in ({"where": 'industry IS "x"'}, {"where": 'industry IS "x"', "either": 'city IS "Bern"'}):
                wrong = person.send(form, field=field, test=test, value=typed, **around)
                self.assertIn(said, wrong.text)
                editor = wrong.find("/leads/filter", field=field)
                self.assertLessEqual({("test", test), ("value", typed), ("where", 'industry IS "x"')}, set(editor.fields), wrong.target)
                page = person.send(editor, value=corrected)
                other = f'(city IS "Bern" OR {rule})' if "either" in around else rule
                self.assertEqual(urllib.parse.unquote(page.target), f'/leads?where=industry IS "x" AND {other}')
        # What the filter cannot edit is in words, too, and so is the chip that gets an alternative.
        other = person.get("/leads", where='DID open > 2 TIMES AND (follow_up_on ON 5 DAYS FROM NOW OR NOT HAS CONSENT "x")')
        self.assertEqual(list(self.chips(other)), ["Opened more than 2 times", "Follow up on is 5 days from now", "Has not consented to x"])
        self.assertIn("“Opened more than 2 times”", person.get("/leads", where="DID open > 2 TIMES", **{"or": "0"}).text)
        other = person.get("/leads", where='(stage IS "new" OR score > 5) AND DID open AND sendable IS true')
        self.assertEqual(list(self.chips(other)), ["Stage is New", "Score is more than 5", "Opened", "Can be mailed is yes"])

    def test_a_menu_of_a_row_does_what_the_role_may(self):
        for name, wanted in (("ben", {"stage", "do-not-contact"}), ("mia", {"stage", "agent", "do-not-contact"}),
                             ("kim", {"stage", "agent", "do-not-contact", "erase"})):
            person = self.person(name)
            [menu] = {link for link in person.get("/leads", query="l05@x.org").links if link.startswith("/leads/actions?")}
            page = person.get(menu)
            self.assertEqual((page.status, {dict(form.fields)["action"] for form in page.forms if form.action == "/leads/edit"}), (200, wanted))
            part = person.ask("GET", menu + "&part=1")
            self.assertNotIn("<main", part.html)
        done = person.send(page.find("/leads/edit", action="do-not-contact"))
        self.assertEqual((done.status, done.rows()), (200, ["l05"]))
        self.assertTrue(self.lead("l05")["do_not_contact"])
        self.assertIn("Allow contact again", person.get(menu).text)
        person.send(page.find("/leads/edit", action="agent"), agent_id="ben")
        self.assertEqual(self.lead("l05")["agent"], "ben")
        self.assertEqual(person.get("/leads/actions", lead="nobody").status, 404)

    def test_the_search_bar_finds_words_in_all_texts(self):
        person = self.person("mia")
        for query, wanted in (("gudrun", ["l00"]), ("GUDRUN jons", ["l00"]), ('"gudrun jons"', ["l00"]), ("muller", ["l00"]),
                              ("müller", ["l00"]), ("obrien", ["l01"]), ("o'brien", ["l01"]), ("O’Brien", ["l01"]),
                              ("15123456", ["l00"]), ("0151 234", ["l00"]), ("+49 151 234", ["l00"]), ("head", ["l00"]),
                              ('"head of sales"', ["l00"]), ("geneve", ["l01"]), ("-gudrun muller", []), ("udrun", [])):
            page = person.get("/leads", query=query)
            self.assertEqual((page.status, page.rows()), (200, wanted), query)
        self.assertIn('HAS WORDS "muller"', person.get("/leads", query="muller").text)
        saved = person.get("/leads", where='HAS WORDS "muller" AND NOT HAS WORDS "obrien"')
        self.assertEqual(saved.rows(), ["l00"])
        self.assertIn("there is no word to look for", person.get("/leads", where='HAS WORDS "&"').text)

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
        page = self.person("mia").get("/leads", lead="l01").html
        self.assertIn('<select name="agent_id" aria-label="Owner" data-for="agent"><option value="">Nobody</option><option value="ben">', page)
        self.assertRegex(page, r'<select name="agent_id"><option value="">Nobody</option><option value="ben">ben</option></select>')
        # An agent cannot assign leads, and does not see the other agents.
        self.assertNotIn('name="agent_id"', self.person("ben").get("/leads").html)

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

    def test_a_manager_shares_a_view(self):
        person, agent = self.person("mia"), self.person("ben")
        person.send(person.get("/leads", query="city:Basel").find("/leads/views"), title="Basel", shared="yes")
        page = agent.get("/leads")
        self.assertIn("/leads?query=city%3ABasel", page.links)
        self.assertNotIn("/leads/views/remove", page.html)
        self.assertNotIn('name="shared"', page.html)
        refused = agent.send(page.find("/leads/views"), title="all", shared="yes")
        self.assertEqual((refused.status, "only managers share views" in refused.text), (422, True))
        self.assertTrue(refused.find("/leads/views", title="all"))
        long = person.send(person.get("/leads", query="city:Basel").find("/leads/views"), title="x" * 101, shared="yes")
        self.assertEqual(long.status, 422)
        self.assertTrue(long.find("/leads/views", title="x" * 101, shared="yes"))
        person.send(person.get("/leads").find("/leads/views/remove"))
        self.assertNotIn("/leads?query=city%3ABasel", agent.get("/leads").links)

    def test_a_contact_is_added_once(self):
        person = self.person("ben")
        form = person.get("/leads").find("/leads/add")
        typed = {"email": "Ada Lovelace <ada@x.org>", "phone": "+41 31", "domain": "engine.example"}
        page = person.send(form, **typed)
        self.assertEqual(page.status, 200)
        self.assertIn("Ada Lovelace", page.text)
        self.assertIn("engine.example</td>", page.html)
        self.assertEqual(self.lead("ada@x.org")["profile"]["phone"], "+41 31")
        self.assertEqual(person.send(form, **typed).status, 200)
        again = person.send(person.get("/leads").find("/leads/add"), email="ada@x.org")
        self.assertEqual(again.status, 409)
        self.assertIn("This id or address is in use already", again.text)
        self.assertIn('data-detail="ada@x.org"', again.html)
        self.assertNotIn('class="sheet open"', page.html)
        wrong = person.send(person.get("/leads").find("/leads/add"), email="none", first_name="Jane", phone="+41 31")
        self.assertEqual(wrong.status, 422)
        self.assertIn("E-mail: it is no e-mail address.", wrong.text)
        self.assertIn('class="sheet open" id="add"', wrong.html)
        # The reason is in the sheet, which covers the page.
        self.assertIn('class="sheet open" id="add"', wrong.html.split('role="alert"')[0])
        typed = dict(wrong.find("/leads/add").fields)
        self.assertEqual([typed[name] for name in ("email", "first_name", "phone")], ["none", "Jane", "+41 31"])

    def test_values_that_nobody_touched_stay(self):
        values = {"address": "Street 1\nBern", "code": "1  2"}
        self.assertEqual(self.ask(CONTACTS + "l07", method="PATCH", body=json.dumps({"attributes": values}))[0], 200)
        person = self.person("ben")
        for change, kept in (({"phone": "1"}, values), ({"address": "Street 2\nBern"}, {**values, "address": "Street 2\nBern"})):
            form = person.get("/leads", lead="l07").find("/leads/edit", action="update")
            person.send(form, **{f"value:{name}": value for name, value in change.items()})
            profile = self.lead("l07")["profile"]
            self.assertEqual({name: profile[name] for name in kept}, kept)
            self.assertEqual({name: profile[name] for name in change}, change)

    def test_a_stage_is_set_in_the_row_and_a_final_one_stays(self):
        person = self.person("ben")
        asked = person.send(person.get("/leads", query="l07@x.org").find("/leads/edit", lead="l07"), stage="converted")
        self.assertEqual(asked.status, 200)
        self.assertIn("Move l07@x.org to Converted?", asked.text)
        self.assertEqual(self.lead("l07")["stage"], "new")
        page = person.send(asked.find("/leads/edit", confirmed="yes"))
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
            self.assertEqual([link for link in page.links if not link.startswith(("/", "#", "mailto:", "tel:", "https://"))], [])
        self.assertIn(html.escape(MARKUP).replace("&#x27;", "&#39;"), person.get("/leads", lead="evil").html)

    def test_many_are_changed_by_a_job(self):
        person = self.person("mia")
        form = person.get("/leads", query="city:Bern").find("/leads/bulk")
        nothing = person.send(form, what="tags", **{"tags:add": "vip"})
        self.assertEqual(nothing.status, 422)
        again = nothing.find("/leads/bulk")
        self.assertTrue({("what", "tags"), ("tags:add", "vip")} <= set(again.fields), again.fields)
        # A browser sends the fields of other choices, too.
        page = person.send(form, what="tags", scope="all", **{"tags:add": "vip, spring", "lists:add": "news", "text": "typed before"})
        self.assertIn("Change 30 leads?", page.text)
        self.assertIn("vip, spring", page.text)
        self.assertEqual(self.lead("l01")["tags"], [])
        page = person.send(page.find("/leads/bulk"))
        self.assertIn("Bulk edit", page.text)
        self.wait_until(lambda: "Done" in person.get("/jobs").text)
        self.assertEqual(self.lead("l01")["tags"], ["spring", "vip"])
        self.assertEqual(self.lead("l00")["tags"], [])
        every = person.send(person.get("/leads").find("/leads/bulk"), what="tags", scope="all", **{"tags:add": "vip"})
        self.assertEqual(every.status, 422)
        for what in ("tags", "notes"):
            blank = person.send(form, what=what, text=" ", scope="all", **{"tags:add": " ", "lists:add": "news"})
            self.assertEqual(blank.status, 422)
            self.assertIn("Enter what to add or to remove, or the note.", blank.text)
        self.assertIn("Change 30 leads?", person.send(form, what="agent", agent_id="", scope="all").text)
        chosen = person.send(form, what="stage", stage="lost", lead=["l00", "l02"])
        self.assertIn("Change 2 leads?", chosen.text)
        self.assertIn("This stage is final", chosen.text)
        self.assertIn("Change 1 lead?", person.send(form, what="stage", stage="new", lead="l00").text)

    def test_what_will_be_refused_is_said_before_many_are_changed(self):
        person = self.person("mia")
        for lead in ("l04", "l07"):
            self.assertEqual(self.ask(f"{CONTACTS}{lead}/stage", method="POST", body='{"stage": "lost"}')[0], 200)
        form = person.get("/leads", where='city IS "Bern" OR city IS "Basel"').find("/leads/bulk")
        said = "in a final stage. Nothing changes there."
        for what, value in (("stage", {"stage": "engaged"}), ("agent", {"agent_id": "ben"})):
            asked = person.send(form, what=what, lead=["l04", "l05"], **value)
            self.assertIn("1 lead is " + said, asked.text)
            asked = person.send(form, what=what, scope="all", **value)
            self.assertIn("2 leads are " + said, asked.text)
            [link] = [link for link in asked.links if "stage+IN" in link or "stage%20IN" in link]
            self.assertEqual(sorted(person.get(html.unescape(link)).rows()), ["l04", "l07"])
            self.assertNotIn(said, person.send(form, what=what, lead="l05", **value).text)
        self.assertNotIn(said, person.send(form, what="tags", lead="l04", **{"tags:add": "vip"}).text)

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

    def test_one_click_downloads_the_columns_of_a_view_and_names_the_file_after_it(self):
        person = self.person("mia")
        day = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")

        def download(page):
            return person.send(page.find("/leads/export"), now="yes")

        page = person.get("/leads", where='city IS "Bern"', columns="email,status,city")
        person.send(page.find("/leads/views"), title="Bern: „hot“ leads!")
        file = download(person.get("/leads", where='city IS "Bern"', columns="email,status,city"))
        self.assertEqual(file.headers["Content-Type"], "text/csv; charset=utf-8")
        self.assertEqual(file.headers["Content-Disposition"], f'attachment; filename="bern-_hot_-leads-{day}.csv"; '
                         f"filename*=UTF-8''bern-%E2%80%9Ehot%E2%80%9C-leads-{day}.csv")
        self.assertEqual(file.html.split()[0], "first_name,last_name,email,stage,email_status,city")
        self.assertEqual(len(file.html.split()), 31)
        for query, name in (({}, "leads"), ({"where": 'IN LIST "Vip 1"'}, "vip-1"), ({"where": "score > 0"}, "leads")):
            named = download(person.get("/leads", **query)).headers["Content-Disposition"]
            self.assertEqual(named, f'attachment; filename="{name}-{day}.csv"')
        self.assertNotIn("domain", download(person.get("/leads")).html.split()[0])  # it is not declared
        one = person.ask("GET", "/leads/data?lead=evil")
        self.assertEqual(json.loads(one.html)["contact"]["profile"]["name"], MARKUP)
        self.assertIn("attachment", one.headers["Content-Disposition"])
        self.assertEqual((one.headers["Content-Type"], one.headers["X-Content-Type-Options"]),
                         ("application/json", "nosniff"))


class Opted(PageCase):
    records = (*(record for name in ("out", "hard", "spam", "lost", "fine") for record in contact(name, email=f"{name}@x.org")),
               command("lost", 3, setStage={"stage": "LOST"}),
               *({"event": {"tenantId": "acme", "leadId": lead, "eventId": f"{lead}-1", "type": kind, "occurredAt": "2026-03-01T10:00:00Z"}}
                 for lead, kind in (("out", "UNSUBSCRIBE"), ("hard", "BOUNCE"), ("spam", "COMPLAINT"), ("lost", "UNSUBSCRIBE"))))

    def test_who_cannot_be_mailed_is_said_in_rows_cards_and_counts(self):
        person = self.person("mia")
        page = person.get("/leads")
        rows = dict(re.findall(r'<tr data-lead="(\w+)"(.*?)</tr>', page.html, re.S))
        for lead, word in (("out", "Unsubscribed"), ("hard", "Bounced"), ("spam", "Complained")):
            self.assertIn(f"selected hidden>{word}</option>", rows[lead])
            self.assertIn(f">{word}</span>", person.get("/pipeline/card", lead=lead).html)
        self.assertNotIn("hidden>", rows["fine"])
        self.assertIn("E-mail status: unsubscribed", rows["lost"])  # its chip says that it is lost
        counts = dict(re.findall(r'data-count="(\w+)">(\d+)<', page.html))
        self.assertEqual([counts[name] for name in ("unsubscribed", "bounced", "complained")], ["2", "1", "1"])
        for name in ("unsubscribed", "bounced", "complained"):
            self.assertEqual(len(person.get("/leads", where=f'email_status IS "{name}"').rows()), int(counts[name]))
        self.assertEqual(sorted(person.get("/leads", where='status IS "unsubscribed"').rows()), ["out", "spam"])


class Due(PageCase):
    records = (*contact("past", follow_up_on="2026-03-01"), *contact("far", follow_up_on="2999-01-01"), *contact("none"),
               *contact("of-cid", "cid", follow_up_on="2026-03-01"))

    def due(self, person, path="/leads"):
        found = re.search(r'id="due">(\d+)<', person.get(path).html)
        return found and found[1]

    def test_the_rail_counts_who_is_due(self):
        for name, number in (("mia", "2"), ("ben", "1")):
            person = self.person(name)
            self.wait_until(lambda: self.due(person) == number)
            self.assertEqual(self.due(person, "/pipeline"), number)
            [link] = {link for link in person.get("/leads").links if "follow_up_on" in link and "sort=follow_up_on" in link}
            page = person.get(link)
            self.assertEqual(len(page.rows()), int(number))
            self.assertRegex(page.html, r'<a href="/leads\?[^"]*" title="Due today" aria-current="page">')
        for lead in ("past", "of-cid"):
            self.assertEqual(self.ask(CONTACTS + lead, method="PATCH", body='{"follow_up_on": null}')[0], 200)
        self.wait_until(lambda: self.due(person) is None)
        self.assertIn("Nothing is due", person.get(link).text)


class Many(PageCase):
    records = [command(f"l{i}", 1, updateProfile={"set": {"employees": i}}) for i in range(11_000)]

    def test_the_number_of_very_many_is_an_estimate(self):
        person = self.person("mia")
        found = self.wait_until(lambda: re.search(r'data-estimate="yes"[^>]*>About ([\d,]+) leads',
                                                  person.get("/leads", where="employees < 10900").html))
        self.assertGreater(int(found[1].replace(",", "")), 10_000)


class Walks(PageCase):
    records = [command(f"l{i:02}", 1, updateProfile={"set": {"employees": i}}) for i in range(60)]

    def test_a_sorted_list_begins_again_after_a_restart(self):
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

if __name__ == "__main__":
    unittest.main()
