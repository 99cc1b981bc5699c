#!/usr/bin/env python3
"""The columns of the table of leads, which people choose and which a saved view keeps; the commands and the keys.

    tests/serve/lead_columns_test.py LEADPULSE
"""

import re
import unittest

from front import contact
from page_case import MARKUP, PageCase

USUAL = ["Name", "E-mail", "Company", "Phone", "Domain", "Status", "Score", "Owner", "Last activity"]


class Columns(PageCase):
    records = (*contact("ada", agent="ben", first_name="Ada", last_name="Berg", email="ada@example.com", industry="SaaS", employees=250,
                        note=MARKUP), *contact("bo", first_name="Bo", last_name="Dahl", employees=9))

    def heads(self, page):
        return re.findall(r'<th scope="col" data-label="([^"]*)"', page.html)

    def cells(self, page, lead):
        row = re.search(rf'<tr data-lead="{lead}".*?</tr>', page.html, re.S)[0]
        return {label: re.sub(r"<[^>]*>", "", text).strip() for label, text in
                re.findall(r'<t[dh][^>]* data-label="([^"]*)"[^>]*>(.*?)</t[dh]>', row, re.S)}

    def test_columns_are_chosen_and_kept_with_a_view(self):
        person = self.person("mia")
        page = person.get("/leads", where='employees > 5')
        self.assertEqual(self.heads(page), USUAL)
        form = person.get("/leads/columns", back="where=employees+%3E+5").find("/leads/columns")
        chosen = person.send(form, column=["email", "score", "employees", "industry", "note"])
        self.assertEqual(self.heads(chosen), ["Name", "E-mail", "Score", "Employees", "Industry", "Note"])
        cells = self.cells(chosen, "ada")
        self.assertEqual((cells["Employees"], cells["Industry"], cells["E-mail"]), ("250", "SaaS", "ada@example.com"))
        self.assertNotIn("<script>alert", chosen.html)
        # A click on a head sorts by the field, and the columns stay.
        sort = next(link for link in chosen.links if "sort=employees" in link)
        for link, order in ((sort, ["bo", "ada"]), (sort.replace("sort=", "sort=-"), ["ada", "bo"])):
            sorted_page = person.get(link)
            self.assertEqual([lead for lead in sorted_page.rows()], order)
            self.assertIn("Employees", self.heads(sorted_page))
        # A view keeps them, and so do a row for the script and the counts above.
        person.send(chosen.find("/leads/views"), title="Sizes")
        view = next(link for link in person.get("/pipeline").links if "employees" in link)
        self.assertEqual(self.heads(person.get(view)), self.heads(chosen))
        self.assertIn("columns=email", next(link for link in chosen.links if "stage+IS" in link or "stage%20IS" in link))
        row = person.get("/leads/row", lead="ada", back="columns=employees")
        self.assertEqual(re.findall('data-label="([^"]*)"', row.html), ["Name", "Employees"])
        self.assertEqual(self.heads(person.get(next(link for link in person.get("/leads/columns", back="where=employees+%3E+5&columns=email").links
                                                    if link.startswith("/leads/columns?done=1")))), USUAL)
        # The usual ones have no parameter.
        usual = person.send(form, column=["email", "company_name", "phone", "domain", "status", "score", "agent", "last_engaged"])
        self.assertEqual(self.heads(usual), USUAL)
        self.assertNotIn("columns=", "".join(link for link in usual.links if link.startswith("/leads?")
                                             and link != view))

    def test_cells_say_what_is_edited_in_them(self):
        def edited(page, lead):
            row = re.search(rf'<tr data-lead="{lead}".*?</tr>', page.html, re.S)[0]
            return dict(re.findall(r'<td data-label="([^"]*)"( data-edit="[^>]*?")(?: dir| title| class|>)', row))
        person = self.person("mia")
        self.assertEqual(edited(person.get("/leads"), "ada"), {
            "E-mail": ' data-edit="email"', "Company": ' data-edit="company_name"', "Phone": ' data-edit="phone"',
            "Domain": ' data-edit="domain" data-was=""', "Owner": ' data-edit="agent"'})
        self.assertNotIn("Owner", edited(self.person("ben").get("/leads"), "ada"))
        self.assertEqual(edited(person.get("/leads", columns="employees,industry,tags,created"), "bo"), {
            "Employees": ' data-edit="employees" data-type="number"', "Industry": ' data-edit="industry"'})

    def test_commands_find_places_leads_and_actions(self):
        person = self.person("mia")
        page = person.get("/commands", query="pipe")
        self.assertIn("Pipeline", page.text)
        self.assertIn("/pipeline", page.links)
        self.assertNotIn("Move to", page.text)
        page = person.get("/commands", query="berg")
        self.assertIn("Ada Berg", page.text)
        page = person.get("/commands", query="move qual", lead="ada", back="where=employees+%3E+5")
        self.assertEqual(re.findall("Move to ([A-Z][a-z]+)", page.text), ["Qualifying", "Qualified"])
        moved = person.send(next(form for form in page.forms if ("stage", "qualified") in form.fields))
        self.assertEqual(self.cells(moved, "ada")["Status"].splitlines()[0][:3], "New")  # the first entry of its menu
        self.assertEqual(self.lead("ada")["stage"], "qualified")
        # Agents assign nobody, and see no actions for leads of others.
        ben = self.person("ben")
        self.assertNotIn("Assign", ben.get("/commands", query="assign", lead="ada").text)
        self.assertIn("Nothing found", ben.get("/commands", query="no such thing").text)
        self.assertNotIn("Settings", ben.get("/commands").text)
        self.assertIn("Add a lead", ben.get("/keys").text)


if __name__ == "__main__":
    unittest.main()
