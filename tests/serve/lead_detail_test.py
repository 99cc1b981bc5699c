#!/usr/bin/env python3
"""The panel of one lead over HTTP, without JavaScript: each form, and its message when it is refused.

    tests/serve/lead_detail_test.py LEADPULSE
"""

import concurrent.futures
import re
import unittest
import urllib.parse

from front import command, contact
from page_case import MARKUP, PageCase


def fields_form(page, lead):
    """The form of all fields; those of the follow-up are updates, too."""
    return page.find("/leads/edit", action="update", lead=lead, new_name="")


class Folded(PageCase):
    definitions = PageCase.definitions + "    journal: {max_entries: 60}\n"
    records = [{"event": {"tenantId": "acme", "leadId": "ada", "eventId": f"e{number}", "type": kind,
                          "occurredAt": f"2026-03-01T09:{number // 60:02}:{number % 60:02}Z"}}
               for number, kind in enumerate(["CLICK", *["OPEN"] * 4, "PAGE_VISIT", *["SENT"] * 60])]

    def test_events_that_have_left_the_journal_are_told_below_the_oldest(self):
        person = self.person("ben")
        told = r"Older events, until 1 Mar( 2026)?, are kept only as counts: Open 4, Click 1, Page visit 1\."
        newest = person.get("/leads", lead="ada")
        self.assertNotIn("Older events", newest.text)
        [older] = [link for link in newest.links if link.startswith("/leads/timeline")]
        self.assertRegex(" ".join(person.get(older).text.split()), told)
        self.assertNotIn("Older events", person.get("/leads", lead="last").text)


class Events(PageCase):
    records = [{"event": {"tenantId": "acme", "leadId": "ada", "eventId": kind + name, "type": kind, "name": name,
                          "occurredAt": "2026-03-01T09:00:00Z"}}
               for kind, name in (("SENT", ""), ("OPEN", ""), ("REPLY", ""), ("UNSUBSCRIBE", ""), ("RESUBSCRIBE", ""),
                                  ("PAGE_VISIT", "pricing"), ("PAGE_VISIT", ""), ("CUSTOM", "trial_started"))]

    def test_what_a_person_did_is_said_in_words(self):
        page = self.person("ben").get("/leads", lead="ada", tab="activity")
        said = re.findall(r"</svg>\s*<p>([^<]*)</p>", page.html)
        self.assertLess({"Was mailed", "Opened", "Replied", "Unsubscribed", "Subscribed again", "Visited pricing", "Visited a page",
                         "Trial started"}, set(said))


class CausesOfOthers(PageCase):
    definitions = PageCase.definitions + "    identity: {by_email: true}\n"
    records = [*contact("ada", "ben", email="a@x.org"), *contact("bob", "cid", email="a@x.org"),
               {"event": {"tenantId": "acme", "leadId": "bob", "eventId": "e1", "type": "UNSUBSCRIBE",
                          "occurredAt": "2026-03-01T09:00:00Z"}}]

    def test_an_agent_is_told_of_a_change_by_a_record_of_another_lead(self):
        person = self.person("ben")
        told = "E-mail status: active → unsubscribed, because of "
        self.wait_until(lambda: told in person.get("/leads", lead="ada", tab="activity").text)
        self.assertIn(told + "an event", person.get("/leads", lead="ada", tab="activity").text)


class Days(PageCase):
    definitions = PageCase.definitions.replace("UTC", "America/New_York").replace("{industry", "{born: day, due: date, industry")
    records = contact("ada", born="1985-12-10T00:00:00.000Z", due="2026-05-20")

    def test_a_day_is_what_was_entered(self):
        person = self.person("ben")
        for number, day in enumerate(("1985-12-10", "2011-12-30", "1899-12-31", "9999-12-31", "2024-02-29")):
            if number > 0:
                form = fields_form(person.get("/leads", lead="ada"), "ada")
                self.assertEqual(person.send(form, **{"value:born": day}).status, 200)
            page = person.get("/leads", lead="ada")
            self.assertRegex(page.html, f'name="value:born" value="{day}" type="date"')
            self.assertRegex(page.html, 'name="value:due" value="2026-05-20" placeholder')
            self.assertEqual(self.lead("ada")["profile"], {"born": day, "due": "2026-05-20"})
        form = fields_form(page, "ada")
        refused = person.send(form, **{"value:born": "tomorrow", "value:first_name": "Ada"})
        self.assertEqual(refused.status, 422)
        self.assertRegex(refused.html, r'value="tomorrow" placeholder[^>]*aria-describedby="(error-\d+)"(?s:.*)id="\1" role="alert">'
                                       "Enter a day, such as 2026-03-12.")
        self.assertIn(("value:first_name", "Ada"), fields_form(refused, "ada").fields)
        self.assertEqual(refused.text.count("Enter a day"), 1)  # at its field alone
        self.assertEqual(person.send(form, **{"value:born": ""}).status, 200)
        self.assertEqual(self.lead("ada")["profile"], {"due": "2026-05-20"})

    def test_a_follow_up_day_that_is_none_stays_to_be_corrected(self):
        person = self.person("ben")
        form = person.get("/leads", lead="ada").find("/leads/edit", action="update", **{"value:follow_up_note": ""})
        refused = person.send(form, **{"value:follow_up_on": "friday", "value:follow_up_note": "call"})
        self.assertEqual(refused.status, 422)
        self.assertIn('name="value:follow_up_on" value="friday">', refused.html)
        self.assertTrue(refused.find("/leads/edit", **{"value:follow_up_on": "friday", "value:follow_up_note": "call"}))

    def test_an_unset_field_can_be_set(self):
        person = self.person("ben")
        page = person.get("/leads", lead="last")
        self.assertRegex(page.html, 'name="value:born" value="" type="date"')
        self.assertIn('name="value:due" value=""', page.html)
        form = fields_form(page, "last")
        self.assertEqual(person.send(form, **{"value:born": "1985-12-10"}).status, 200)
        self.assertEqual(self.lead("last")["profile"], {"born": "1985-12-10"})

    def test_the_api_says_what_is_declared(self):
        status, body, _ = self.ask("/api/v1/fields")
        self.assertEqual(status, 200)
        self.assertEqual(body["fields"], [{"name": "born", "type": "day"}, {"name": "due", "type": "date"},
                                          {"name": "employees", "type": "number"}, {"name": "follow_up_note", "type": "text"},
                                          {"name": "follow_up_on", "type": "day"}, {"name": "industry", "type": "text"}])


class IdWithNul(PageCase):
    records = contact("a\0b", email="nul@x.org")

    def test_a_refused_change_says_what_is_wrong_with_the_id(self):
        person = self.person("mia")
        for action, fields in (("qualification", {"score": "50"}), ("tags", {"add": "vip"})):
            form = person.get("/leads", lead="last").find("/leads/edit", action=action)
            refused = person.send(form, lead="email:nul@x.org", **fields)
            self.assertEqual(refused.status, 422)
            self.assertIn("Id: the contact's id has a NUL byte, which the audit log cannot store: import the contact with another id.",
                          refused.text, action)


class Detail(PageCase):
    records = contact("ada", email="ada@x.org", first_name="Ada", industry="SaaS", employees=12, customer=True)

    def form(self, person, action, **having):
        page = person.get("/leads", lead="ada")
        if action == "update":
            return fields_form(page, "ada")
        return page.find("/leads/edit", action=action, lead="ada", **having)

    def test_shows_what_is_known_and_why(self):
        person = self.person("ben")
        page = person.get("/leads", lead="ada")
        for text in ("While industry IS", "It does not change by time alone", "Software", "Activity", "Created, by test",
                     "News: subscribed", "Can be mailed", "Industry", "Follow up"):
            self.assertIn(text, page.text.replace("\n", " "), text)

    def test_a_long_timeline_has_pages(self):
        self.append(*(command("ada", f"n{i}", addNote={"text": f"note {i:03}"}) for i in range(120)))
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

    def test_a_number_is_read_as_people_type_it(self):
        person = self.person("ben")
        for typed, number in (("1,000", 1000), ("1 234,5", 1234.5), ("-2", -2)):
            self.assertEqual(person.send(self.form(person, "update"), **{"value:employees": typed}).status, 200)
            self.assertEqual(self.lead("ada")["profile"]["employees"], number)
        refused = person.send(self.form(person, "update"), **{"value:employees": "1.000"})
        self.assertEqual(refused.status, 422)
        self.assertIn("“1.000” may mean two numbers. Type 1000 or 1.", refused.text)
        self.assertTrue(refused.find("/leads/edit", action="update", **{"value:employees": "1.000"}))
        self.assertEqual(self.lead("ada")["profile"]["employees"], -2)

    def test_a_value_without_a_name_is_not_lost(self):
        person = self.person("ben")
        page = person.send(self.form(person, "update"), **{"value:first_name": "Augusta", "new_value": "Bern"})
        self.assertEqual((page.status, "say which attribute the new value is of" in page.text), (422, True))
        form = page.find("/leads/edit", action="update", new_value="Bern")
        self.assertIn(("value:first_name", "Augusta"), form.fields)
        self.assertEqual(person.send(form, new_name="city").status, 200)
        profile = self.lead("ada")["profile"]
        self.assertEqual((profile["city"], profile["first_name"]), ("Bern", "Augusta"))

    def test_a_new_field_is_none_that_the_lead_has(self):
        person = self.person("ben")
        for name, value, why in (("Do not contact", "yes", "is no field"), ("stage", "lost", "is no field"),
                                 ("unsubscribed", "true", "A field stops no mail."),
                                 ("First name", "Other", "There is a field of this name, with “Ada”"),
                                 ("Employees", "1.000", "There is a field of this name")):
            refused = person.send(self.form(person, "update"), new_name=name, new_value=value)
            self.assertEqual((refused.status, why in refused.text), (422, True), name)
            self.assertTrue(refused.find("/leads/edit", action="update", new_name=name, new_value=value), name)
        self.assertEqual(person.send(self.form(person, "update"), **{"value:employees": ""}).status, 200)
        refused = person.send(self.form(person, "update"), new_name="Employees", new_value="1.000")
        self.assertEqual((refused.status, "may mean two numbers" in refused.text), (422, True))
        self.assertEqual(person.send(self.form(person, "update"), new_name="Employees", new_value="1,000").status, 200)
        self.assertEqual(self.lead("ada")["profile"]["employees"], 1000)

    def test_a_stale_save_shows_both_values(self):
        ben, mia = self.person("ben"), self.person("mia")
        of_ben, of_mia = self.form(ben, "update"), self.form(mia, "update")
        self.assertEqual(ben.send(of_ben, **{"value:first_name": "Augusta"}).status, 200)
        stale = mia.send(of_mia, **{"value:first_name": "Adele", "value:phone": "1"})
        self.assertEqual(stale.status, 412)
        self.assertRegex(stale.text, "you wrote “Adele”, it is now “Augusta”")
        self.assertNotIn("phone", self.lead("ada")["profile"])
        typed = dict(fields_form(stale, "ada").fields)
        self.assertEqual((typed["value:first_name"], typed["was:first_name"], typed["value:phone"], typed["was:phone"]),
                         ("Adele", "Augusta", "1", ""))
        # Another attribute is no conflict, and the reloaded form may overwrite.
        self.assertEqual(ben.send(of_ben, **{"value:last_name": "King"}).status, 200)
        self.assertEqual(mia.send(fields_form(stale, "ada")).status, 200)
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

    def removals(self, page):
        return [form for form in page.forms if ("action", "remove-note") in form.fields]

    def test_a_note_is_removed_by_its_author_and_by_a_manager(self):
        people = {name: self.person(name) for name in ("ben", "mia")}
        for name in ("ben", "mia", "ben"):
            people[name].send(self.form(people[name], "notes"), text=f"by {name}")
        notes = lambda: [note["text"] for note in self.lead("ada")["notes"]]
        page = {name: person.get("/leads", lead="ada", tab="activity") for name, person in people.items()}
        self.assertEqual({name: len(self.removals(shown)) for name, shown in page.items()}, {"ben": 2, "mia": 3})
        # Ben sends the form of Mia's note by hand.
        theirs = next(note["command_id"] for note in self.lead("ada")["notes"] if note["actor"] == "mia")
        refused = people["ben"].send(self.removals(page["ben"])[0], note=theirs)
        self.assertEqual((refused.status, notes()), (403, ["by ben", "by mia", "by ben"]))
        self.assertIn("Only its author or a manager may remove a note.", refused.text)
        page["ben"] = people["ben"].send(self.removals(page["ben"])[0])
        self.assertEqual((page["ben"].status, notes(), len(self.removals(page["ben"]))), (200, ["by ben", "by mia"], 1))
        self.assertEqual(people["ben"].ask("POST", "/leads/edit", [field for field in self.removals(page["ben"])[0].fields
                                                                   if field[0] != "form_token"]).status, 403)
        # The page of older activity has the button, too.
        older = people["mia"].get("/leads/timeline", lead="ada")
        [_, oldest] = self.removals(older)
        self.assertEqual((people["mia"].send(oldest).status, notes()), (200, ["by mia"]))
        gone = people["mia"].send(oldest, key="another")
        self.assertEqual(gone.status, 404)

    def test_everything_else_is_edited(self):
        person = self.person("mia")
        for action, fields in (("tags", {"add": "vip, key account"}), ("lists", {"add": "news"}),
                               ("campaigns", {"assign": "spring"}), ("stage", {"stage": "qualified"}),
                               ("agent", {"agent_id": "ben"}), ("qualification", {"score": "80"}),
                               ("do-not-contact", {"reason": "asked"}),
                               ("consents", {"purpose": "news", "granted": "true", "source": "phone"}),
                               ("topics", {})):
            page = person.send(self.form(person, action), **fields)
            self.assertEqual(page.status, 200, f"{action}: {page.text}")
        timeline = person.get("/leads", lead="ada").text
        self.assertRegex(timeline, "Must not be mailed\\s*“Do not contact” is set. Why: asked")
        for sentence in ("mia moved it to Qualified", "mia assigned it to ben", "mia set the qualification to 80",
                         "mia set do not contact", "mia recorded: consent to news given",
                         "mia changed tags: + key account, + vip", "mia changed lists: + news",
                         "mia changed campaigns: + spring"):
            self.assertIn(sentence, timeline)
        lead = self.lead("ada")
        self.assertEqual((lead["tags"], lead["lists"], lead["campaigns"]), (["key account", "vip"], ["news"], ["spring"]))
        self.assertEqual((lead["stage"], lead["agent"], lead["qualification"]), ("qualified", "ben", 80))
        self.assertEqual((lead["do_not_contact"], lead["do_not_contact_reason"]), (True, "asked"))
        self.assertEqual((lead["consents"]["news"]["granted"], lead["topics_out"]), (True, ["news"]))
        person.send(self.form(person, "do-not-contact"))
        person.send(self.form(person, "tags", remove="vip"))
        person.send(self.form(person, "topics"))
        person.send(self.form(person, "qualification", clear="true"))
        lead = self.lead("ada")
        self.assertIn("mia changed tags: − vip", person.get("/leads", lead="ada").text)
        self.assertEqual((lead["do_not_contact"], lead["tags"], lead["topics_out"]), (False, ["key account"], []))
        self.assertNotEqual(lead["qualification"], 80)
        for score in ("many", "101", ""):
            wrong = person.send(self.form(person, "qualification"), score=score)
            self.assertEqual(wrong.status, 422)
            self.assertIn("A qualification is a whole number from 0 to 100.", wrong.text, score)
            self.assertTrue(wrong.find("/leads/edit", action="qualification", score=score))

    def test_a_run_that_is_stopped_is_read_and_not_written(self):
        person = self.person("ben")
        form = self.form(person, "notes")
        self.end(self.run_process)
        page = person.get("/leads", lead="ada")
        self.assertEqual((page.status, sorted(page.rows())), (200, ["ada", "last"]))
        self.assertIn("nothing can be saved until it runs again", page.text)
        refused = person.send(form, text="half a sentence")
        self.assertEqual((refused.status, sorted(refused.rows())), (503, ["ada", "last"]))
        self.assertIn("The run that has the leads does not answer; try again.", refused.text)
        self.assertIn(">half a sentence</textarea>", refused.html)
        self.start_run()
        self.wait_until(lambda: person.send(form, text="x").status == 200)
        self.assertEqual(len(self.lead("ada")["notes"]), 1)
        self.assertNotIn("until it runs again", person.get("/leads", lead="ada").text)

    def test_what_could_not_be_read_is_not_shown_as_nothing(self):
        person = self.person("ben")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:  # more than the limit takes, on a slow machine, too
            pages = list(pool.map(lambda path: person.ask("GET", path), ["/leads/counts", "/leads?lead=ada"] * 200))
        for refused in (pages[::2], pages[1::2]):
            self.assertIn((429, []), [(page.status, page.rows()) for page in refused])
        for page in pages:
            if page.status == 429:
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
