#!/usr/bin/env python3
"""The pages of imports over HTTP, without JavaScript.

    tests/serve/import_pages_test.py LEADPULSE
"""

import csv
import html
import io
import os
import re
import unittest

from front import contact
from page_case import MARKUP, PageCase
from page_client import BOUNDARY, Person

PEOPLE = f"""E-Mail;First Name;City;Employees;{MARKUP.replace('"', '').replace(';', '')}
ann@x.org;Ann;Bern;9;met
bob@x.org;Bob;Chur;many;
cid@x.org;"=1+2";Thun;;<b>
not an address;Dan;Bern;1;
eve@x.org;Eve;Bern;2;
"""


class Imports(PageCase):
    definitions = PageCase.definitions.replace("fields: {", "fields: {renewal: date, ")
    records = (*contact("eve@x.org", city="Basel"), *contact("ann@x.org", first_name="Ann", city="Bern", employees=9))

    def upload(self, person, text=PEOPLE):
        return person.send_file(person.get("/import").find("/import"), text.encode())

    def rows(self, page):
        """(column, first sample, becomes) of each column."""
        found = []
        for row in re.findall(r'<tr[^>]*><th scope="row">([^<]*)</th>(<td data-label="Cells">.*?)</tr>', page.html, re.DOTALL):
            cells = re.findall(r'<li title="[^"]*">([^<]*)</li>', row[1])
            chosen = re.findall(r'<option value="([^"]*)" selected', re.search(r'name="meaning".*?</select>', row[1], re.DOTALL)[0])
            found.append(tuple(html.unescape(text) for text in (row[0], cells[0] if cells else "", chosen[0] if chosen else "")))
        return found

    def facts(self, page):
        return {name: int(count) for name, count in re.findall(r"<dt[^>]*>([^<]*)</dt><dd>(\d+)</dd>", page.html)}

    def first_rows(self, page):
        """(line, what becomes of it, cells) of the first rows."""
        table = page.html[page.html.index('class="first-rows"'):]
        return [(int(line), re.findall(r'class="chip[^"]*"[^>]*>([^<]*)<', lead), [html.unescape(cell) for cell in re.findall(r'<td title="[^"]*"(?: class="number")?>([^<]*)</td>', cells)])
                for line, lead, cells in re.findall(r'<th scope="row" class="number">(\d+)</th><td>(.*?)</td>(.*?)</tr>', table, re.DOTALL)]

    def files(self):
        folder = self.path("front/jobs")
        return os.listdir(folder) if os.path.exists(folder) else []

    def test_columns_that_would_be_the_same_keep_what_was_guessed(self):
        person = self.person("mia")
        page = self.upload(person, "E-Mail;Company;Organization\nann@x.org;A;B\n")
        self.assertEqual([(column, becomes) for column, _, becomes in self.rows(page)],
                         [("E-Mail", "email"), ("Company", "company_name"), ("Organization", "company_name")])
        self.assertIn("would both be attribute company_name. Choose Ignore for the column to leave out.", page.text)
        page = person.send(page.find("/import/columns"), meaning=["email", "company_name", ""], what="preview")
        self.assertIn("Import 1 lead", page.text)
        self.assertEqual([becomes for _, _, becomes in self.rows(page)], ["email", "company_name", ""])
        stale = person.send(page.find("/import/columns"), meaning=["email", "company_name", "company_name"], what="run")
        self.assertEqual((stale.status, "Choose Ignore for the column to leave out." in stale.text), (422, True))
        page = self.upload(person, "Who;City\nann@x.org;Bern\nzed;Chur\n")
        self.assertIn("No column is known as the address (the file has Who, City). Choose E-mail address for the column "
                      "that has it.", page.text)
        self.assertEqual(self.rows(page), [("Who", "ann@x.org", "who"), ("City", "Bern", "city")])
        self.assertIn("Import 1 lead", person.send(page.find("/import/columns"), meaning=["email", "city"], what="preview").text)

    def test_who_gets_no_mail_is_counted_before_anything_is_written(self):
        person = self.person("mia")
        page = self.upload(person, "E-Mail;Status\nnew@x.org;unsubscribed\neve@x.org;Cleaned\nann@x.org;hibernating\n"
                                   "odd@x.org;inactive\n")
        self.assertIn('"inactive" (1 cell) may mean that people get no mail', page.text)
        self.assertIn("Status: “inactive” may mean no mail. Choose beside the column what it means 1 row, the first in line 5", page.text)
        facts = self.facts(page)
        self.assertEqual([facts[name] for name in ("New", "Changed", "Opted out", "Bounced")], [2, 2, 1, 1])
        self.assertIn("“inactive” means", page.text)
        self.assertIn((5, ["New"], ["odd@x.org", "inactive"]), self.first_rows(page))
        page = person.send(page.find("/import/columns"), word_meaning="unsubscribed", what="preview")
        self.assertEqual((self.facts(page)["Opted out"], "Look at these cells" in page.text), (2, False))
        page = person.send(page.find("/import/columns"), word_meaning="", what="preview")
        job = person.send(page.find("/import/columns"), what="run").target
        self.wait_until(lambda: "Done" in person.get(job).text)
        self.assertEqual([self.lead(lead)["sendable"] for lead in ("new@x.org", "eve@x.org", "ann@x.org", "odd@x.org")],
                         [False, False, True, True])

    def test_a_column_of_owners_is_offered_as_agents(self):
        person = self.person("mia")
        page = self.upload(person, "E-Mail;Contact owner\nnew@x.org;ben\n")
        self.assertIn("Kept as a text, not the agent of the lead; otherwise choose Owner", page.text)
        page = person.send(page.find("/import/columns"), meaning=["email", "agent"], what="preview")
        self.assertNotIn("otherwise choose", page.text)
        job = person.send(page.find("/import/columns"), what="run").target
        self.wait_until(lambda: "Done" in person.get(job).text)
        self.assertEqual(self.lead("new@x.org")["agent"], "ben")

    def test_the_preview_counts_leads_and_names_each_wrong_cell(self):
        page = self.upload(self.person("mia"), "E-Mail;City;Employees;Renewal\nnew@x.org;Bern;1;\nNEW@x.org;Chur;2;\n"
                                               "eve@x.org;Basel;;\neve@x.org;Bern;;\ntwo@x.org;Bern;many;soon\n")
        facts = self.facts(page)
        self.assertEqual([facts[name] for name in ("New", "Changed", "Unchanged", "Wrong")], [1, 1, 0, 1])
        self.assertIn("Import 2 leads", page.text)
        self.assertIn("Employees: is no number", page.text)
        self.assertIn("Renewal: is no date", page.text)

    def test_an_encoding_that_is_not_known_is_asked_for(self):
        person = self.person("mia")
        page = person.send_file(person.get("/import").find("/import"), "E-Mail;City\nnew@x.org;Z\u00fcrich\n".encode("cp1252"))
        self.assertIn("It is not UTF-8, and may be windows-1252 (Z\u00fcrich), ", page.text)
        self.assertIn("Choose one below", page.text)
        self.assertIn('<option value="windows-1252">windows-1252: Z\u00fcrich</option>', page.html)
        form = page.find("/import/columns")
        self.assertIn("Encoding: one such as windows-1252 or Shift_JIS", person.send(form, encoding="utf-9", what="preview").text)
        page = person.send(form, encoding="windows-1252", what="preview")
        self.assertIn("The file is read as windows-1252: your choice.", page.text)
        self.assertIn("Import 1 lead", page.text)
        self.assertIn("Z\u00fcrich", page.text)
        job = person.send(page.find("/import/columns"), what="run").target
        self.wait_until(lambda: "Done" in person.get(job).text)
        self.assertEqual(self.lead("new@x.org")["profile"], {"city": "Z\u00fcrich"})

    def test_a_workbook_is_not_taken_for_a_table(self):
        page = self.upload(self.person("mia"), "PK\3\4\24\0[Content_Types].xml")
        self.assertEqual(page.status, 422)
        self.assertIn("It is an Excel workbook or a ZIP archive; save its table as CSV.", page.text)
        self.assertEqual(self.files(), [])

    def test_of_columns_of_one_name_the_one_is_left_out_that_was_emptied(self):
        person = self.person("mia")
        page = self.upload(person, "E-Mail;Note;Note;Note\nnew@x.org;A;B;C\n")
        self.assertIn("would both be attribute note. Choose Ignore for the column to leave out.", page.text)
        page = person.send(page.find("/import/columns"), meaning=["email", "note", "", "remark"], what="preview")
        self.assertIn("Import 1 lead", page.text)
        target = person.send(page.find("/import/columns"), what="run").target
        self.wait_until(lambda: "Done" in person.get(target).text)
        profile = self.lead("new@x.org")["profile"]
        self.assertEqual((profile["note"], profile["remark"]), ("A", "C"))

    def test_columns_of_one_name_that_nobody_changed_stay_what_was_guessed(self):
        person = self.person("mia")
        page = self.upload(person, "E-Mail;;;City\nnew@x.org;A;B;Bern\n")
        self.assertEqual(page.text.count("left out: it has no name"), 2)
        page = person.send(page.find("/import/columns"), meaning=["email", "", "", "town"], what="preview")
        self.assertIn("Import 1 lead", page.text)
        self.assertEqual(page.text.count("left out: it has no name"), 2)

    def test_a_file_is_imported(self):
        person = self.person("mia")
        page = self.upload(person)
        self.assertEqual(page.status, 200, page.text)
        self.assertNotIn("<img", page.html)
        rows = self.rows(page)
        self.assertEqual(rows[:4], [("E-Mail", "ann@x.org", "email"), ("First Name", "Ann", "first_name"),
                                    ("City", "Bern", "city"), ("Employees", "9", "employees")])
        self.assertEqual(self.facts(page), {"New": 1, "Changed": 2, "Unchanged": 0, "Wrong": 2, "Opted out": 0})
        self.assertEqual([(line, says, cells[:4]) for line, says, cells in self.first_rows(page)],
                         [(2, ["Changed"], ["ann@x.org", "Ann", "Bern", "9"]), (3, ["Wrong"], ["bob@x.org", "Bob", "Chur", "many"]),
                          (4, ["New"], ["cid@x.org", "=1+2", "Thun", ""]), (5, ["Wrong"], ["not an address", "Dan", "Bern", "1"]),
                          (6, ["Changed"], ["eve@x.org", "Eve", "Bern", "2"])])
        self.assertIn("Import 3 leads", page.text)
        form = page.find("/import/columns")
        meanings = [becomes for _, _, becomes in rows]
        again = person.send(form, meaning=[*meanings[:4], ""], tags="fair, spring", what="preview")
        self.assertEqual(self.facts(again)["Unchanged"], 0)  # the tags are new
        self.assertEqual(self.rows(again)[4][2], "")
        self.assertEqual(dict(again.find("/import/columns").fields)["tags"], "fair, spring")
        target = person.send(again.find("/import/columns"), what="run").target
        self.wait_until(lambda: "Done" in person.get(target).text)
        page = person.get(target)
        self.assertNotIn("Refresh", page.headers)
        self.assertIn("5 of 5 rows", page.text)
        self.assertIn("2 rows left out as wrong", page.text)
        eve = self.lead("eve@x.org")
        self.assertEqual((eve["profile"]["city"], eve["tags"]), ("Bern", ["fair", "spring"]))
        [wrong] = [link for link in page.links if link.startswith("/import/wrong")]
        rows = list(csv.reader(io.StringIO(person.ask("GET", wrong).html), delimiter=";"))
        self.assertEqual([row[0] for row in rows], ["E-Mail", "bob@x.org", "not an address"])
        self.assertIn(target, person.get("/jobs").links)
        # Sending a form twice starts one import.
        self.assertIn("Done", person.send(again.find("/import/columns"), what="run").text)

    def test_only_new_leads_or_only_known_ones_are_imported(self):
        person = self.person("mia")
        page = self.upload(person)
        for rows_of, facts in (("create_only", (1, 0)), ("update_only", (0, 2)), ("", (1, 2))):
            page = person.send(page.find("/import/columns"), rows_of=rows_of, what="preview")
            self.assertEqual((self.facts(page)["New"], self.facts(page)["Changed"]), facts)
            self.assertEqual(dict(page.find("/import/columns").fields)["rows_of"], rows_of)

    def test_what_fits_several_readings_is_asked_for_together(self):
        person = self.person("mia")
        page = self.upload(person, "Export\n\nE-Mail;Employees;Renewal\nann@x.org;1.200;01/02/2026\n")
        self.assertIn("Employees: all cells fit 1,234.5 (1.200 is 1.2), or 1.234,5 (1.200 is 1200). Choose one below", page.text)
        self.assertIn("Renewal: all cells fit DD/MM/YYYY", page.text)
        self.assertNotIn('value="run"', page.html)
        # Who answers only one of them is asked for the other again.
        again = person.send(page.find("/import/columns"), answer_value=["1.234,5", ""], what="preview")
        self.assertNotIn("Employees: all cells fit", again.text)
        self.assertIn("Renewal: all cells fit DD/MM/YYYY", again.text)
        page = person.send(page.find("/import/columns"), answer_value=["1.234,5", "MM/DD/YYYY"], what="preview")
        self.assertIn("Line 3 names the columns; what is above it is left out", page.text)
        self.assertNotIn('aria-invalid="true"', page.html)
        self.assertEqual([cells[1:] for _, _, cells in self.first_rows(page)], [["1,200", "2026-01-02"]])
        target = person.send(page.find("/import/columns"), what="run").target
        self.wait_until(lambda: "Done" in person.get(target).text)
        profile = self.lead("ann@x.org")["profile"]
        self.assertEqual((profile["employees"], profile["renewal"]), (1200, "2026-01-02"))

    def test_a_file_without_rows_says_so(self):
        page = self.upload(self.person("mia"), "E-Mail;City\n")
        self.assertIn("There are no rows below the names of the columns.", page.text)
        self.assertNotIn('value="run"', page.html)

    def test_wrong_dates_lead_to_the_field_of_the_page(self):
        person = self.person("mia")
        page = self.upload(person, "E-Mail;Renewal\nann@x.org;soon\ncid@x.org;\n")
        self.assertIn("Renewal: is no date. Choose beside the column how dates are written", page.text)
        refused = person.send(page.find("/import/columns"), timezone="Mars", what="preview")
        self.assertIn("Timezone: `Mars` is no time zone; write one such", " ".join(refused.text.split()))
        target = person.send(page.find("/import/columns"), what="run").target
        self.wait_until(lambda: "Done" in person.get(target).text)
        for path in (target, "/jobs"):
            self.assertIn("Renewal: is no date (1).", person.get(path).text)

    def test_columns_that_cannot_be_used_are_mended(self):
        person = self.person("mia")
        page = self.upload(person, "Who,Town\nzoe@x.org,Bern\nzed,Chur\n")
        self.assertEqual(page.status, 200)
        self.assertIn('role="alert"', page.html)
        self.assertNotIn("Import 1 leads", page.text)
        form = page.find("/import/columns")
        wrong = person.send(form, meaning=["lead_id", "city"], date_format="soon", what="preview")
        self.assertIn("Date format: such as DD.MM.YYYY", wrong.text)
        self.assertEqual([becomes for _, _, becomes in self.rows(wrong)], ["lead_id", "city"])
        mended = person.send(wrong.find("/import/columns"), date_format="", what="preview")
        self.assertIn("Import 2 leads", mended.text)
        done = person.send(mended.find("/import/columns"), purpose="news", consent_column="Nowhere", what="run")
        self.assertEqual(done.status, 422)
        self.assertIn("Consents: the file has no column `Nowhere`; it has Who, Town", done.text)
        done = person.send(mended.find("/import/columns"), what="run")
        self.wait_until(lambda: "Done" in person.get(done.target).text)
        self.assertEqual(self.lead("zoe@x.org")["profile"]["city"], "Bern")

    def test_opt_outs_and_logs_are_imported(self):
        person = self.person("mia")
        text = "E-Mail,When,Group,City\neve@x.org,2026-03-01T10:00:00Z,news,Bern\nzoe@x.org,soon,,Bern\nzed@x.org,,,\n"
        page = person.send_file(person.get("/import").find("/import"), text.encode(), kind="unsubscribe")
        form = page.find("/import/columns")
        self.assertIn(("kind", "unsubscribe"), form.fields)
        self.assertEqual([becomes for _, _, becomes in self.rows(page)], ["email", "", "", ""])
        self.assertNotIn("Tags for all", page.text)
        page = person.send(form, meaning=["email", "time", "topic", "x"], what="preview")
        self.assertIn("Map: a column of opt-outs is email, lead_id, time or topic, not `x`", page.text)
        page = person.send(page.find("/import/columns"), meaning=["email", "time", "topic", ""], what="preview")
        self.assertEqual(self.facts(page), {"About your leads": 1, "About other people": 1, "Wrong": 1})
        self.assertIn("When: is no time. Choose beside the column how dates are written 1 row, the first in line 3",
                      page.text)
        run = page.find("/import/columns")
        # Another kind shows a preview before the import.
        other = person.send(run, kind="events", what="run")
        self.assertIn("No column is known as what happened", other.text)
        self.assertEqual([becomes for _, _, becomes in self.rows(other)], ["email", "when", "group", "city"])
        self.assertIn("Import 2 rows", page.text)
        target = person.send(run, what="run").target
        self.wait_until(lambda: "Done" in person.get(target).text)
        self.assertEqual((self.lead("eve@x.org")["topics_out"], self.lead("eve@x.org")["sendable"]), (["news"], True))
        self.wait_until(lambda: self.ask("/api/v1/contacts/zed@x.org")[0] == 200)
        self.assertFalse(self.lead("zed@x.org")["sendable"])
        page = person.send_file(person.get("/import").find("/import"),
                                b"email,event,time\neve@x.org,open,2026-03-02T10:00:00Z\neve@x.org,deferred,2026-03-02T10:00:00Z\n",
                                kind="events")
        self.assertEqual(self.facts(page)["Skipped: no event of a lead"], 1)
        target = person.send(page.find("/import/columns"), what="run").target
        self.wait_until(lambda: "Done" in person.get(target).text)
        self.assertEqual([event["type"] for event in self.lead("eve@x.org")["events"]], ["unsubscribe", "open"])

    def test_an_import_is_taken_back(self):
        person = self.person("mia")
        target = person.send(self.upload(person).find("/import/columns"), what="run").target
        self.wait_until(lambda: "Done, but for 2 rows" in person.get(target).text)
        page = person.get(target)
        [leads] = [link for link in page.links if link.startswith("/import/leads")]
        listed = [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in re.findall("<tr><th scope=\"row\">.*?</tr>", person.get(leads).html, re.DOTALL)]
        self.assertTrue(listed[0].startswith("ann@x.org Changed: "), listed)
        self.assertEqual(listed[1:], ["cid@x.org New", "eve@x.org Changed: City, Employees, First name"])
        self.assertEqual(self.ask(f"/api/v1/contacts/cid@x.org/tags", None, "POST", {}, '{"add": ["vip"]}')[0], 200)
        done = person.send(page.find("/import/undo"))
        self.assertEqual(done.target, target)
        self.wait_until(lambda: "Taken back" in person.get(target).text)
        page = person.get(target)
        self.assertIn("0 leads withdrawn, 2 leads set back", page.text)
        self.assertIn("1 lead stayed, wholly or in part: Changed by somebody since (1).", page.text)
        self.assertEqual(self.lead("eve@x.org")["profile"], {"city": "Basel"})
        self.assertIn("Changed by somebody since", person.get(leads).text)
        self.assertIn("Import taken back", person.get("/import").text)
        person.send(page.find("/import/undo"))  # once more, for what was left
        self.wait_until(lambda: "Nothing done: the only lead stayed" in person.get("/jobs").text)
        self.assertEqual(self.person("ben").ask("POST", "/import/undo", {}).status, 403)

    def test_a_form_without_its_file_or_token_imports_nothing(self):
        person = self.person("mia")
        form = person.get("/import").find("/import")
        empty = person.send_file(form, b"")
        self.assertEqual((empty.status, "Choose a CSV file that is not empty." in empty.text), (422, True))
        before = len(self.files())
        self.assertEqual(person.send_file(form, PEOPLE.encode(), form_token="x").status, 403)
        self.assertEqual(person.send_file(form, PEOPLE.encode(), {"Sec-Fetch-Site": "cross-site"}).status, 403)
        self.assertEqual(person.ask("POST", "/import", form.values()).status, 400)  # not a multipart form
        kind = "multipart/form-data; boundary=" + BOUNDARY.decode()
        for body in (b"", b"--" + BOUNDARY, b"x" * 100_000, b"--" + BOUNDARY + b"\r\n" + b"y" * 50_000):
            self.assertEqual(person.ask_with(body, kind, "POST", "/import").status, 400, body[:30])
        self.assertEqual(Person(self.port).ask_with(b"x", kind, "POST", "/import").status, 403)
        self.assertEqual(self.person("ben").ask_with(b"x", kind, "POST", "/import").status, 403)
        self.assertEqual(person.get("/import/columns", **{"import": "none"}).status, 404)
        self.assertEqual(person.get("/import/progress", **{"import": "none"}).status, 404)
        self.assertEqual(len(self.files()), before)

    def test_another_company_does_not_see_it(self):
        page = self.upload(self.person("mia"))
        password = self.output_of("serve", "user", "add", "--data", "front", "--tenant", "globex", "--role", "manager",
                                  "max").strip().split("\n")[-1]
        other = Person(self.port)
        other.log_in("max", password, tenant="globex")
        self.assertEqual(other.get(page.target).status, 404)

class StrictImports(PageCase):
    """Columns that the definitions do not declare are left out."""

    definitions = PageCase.definitions.replace("fields: {", "strict_fields: true\n    fields: {")
    upload, rows, facts = Imports.upload, Imports.rows, Imports.facts

    def test_a_column_of_who_gets_no_mail_says_so_and_can_be_ignored(self):
        person = self.person("mia")
        text = "E-Mail;Newsletter\nnew@x.org;nein\nold@x.org;ja\n"
        page = self.upload(person, text)
        self.assertEqual(self.rows(page)[1], ("Newsletter", "nein", "-"))
        self.assertEqual(self.facts(page)["Opted out"], 1)
        page = person.send(page.find("/import/columns"), meaning=["email", "-"], what="preview")
        self.assertEqual((self.rows(page)[1][2], self.facts(page)["Opted out"]), ("-", 1))
        page = person.send(page.find("/import/columns"), meaning=["email", ""], what="preview")
        self.assertEqual((self.rows(page)[1][2], self.facts(page)["Opted out"]), ("", 0))
        page = person.send(page.find("/import/columns"), meaning=["email", "-"], what="preview")
        self.assertEqual((self.rows(page)[1][2], self.facts(page)["Opted out"]), ("-", 1))
        target = person.send(page.find("/import/columns"), what="run").target
        self.wait_until(lambda: "Done" in person.get(target).text)
        self.assertEqual((self.lead("new@x.org")["sendable"], self.lead("old@x.org")["sendable"]), (False, True))


if __name__ == "__main__":
    unittest.main()
