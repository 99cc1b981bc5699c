#!/usr/bin/env python3
"""What sets attributes refuses those that are not declared, if the definitions have `strict_fields: true`.

    tests/serve/strict_fields_test.py LEADPULSE

WAYS has every way in which a person or a program sets an attribute. Each is tried with names that are declared, in
several spellings, and with names that are not."""

import json
import random
import unittest

from front import API, command, contact
from page_case import PageCase

DEFINITIONS = """
tenants:
  acme:
    fields: {industry: text, "Job Title": text}
    tiers: [{name: all}]
    strict_fields: true
"""
DECLARED = ("industry", "INDUSTRY", " Job  title", "job_title")
UNDECLARED = ("indstry", "Region", "job", "score", "profile x", "first  name")
CALLS = ("--tenant", "acme")


class StrictFields(PageCase):
    definitions = DEFINITIONS
    records = contact("ann@x.org")

    def setUp(self):
        super().setUp()
        self.count, self.mia = 0, None

    def api(self, method, path, body):
        status, said, _ = self.ask(API + path, self.manager, method, {"Content-Type": "application/json"}, json.dumps(body).encode())
        self.assertIn(status, (200, 201, 202, 422), said)
        return "" if status != 422 else f"{said['detail']} {said['field']}"

    def create(self, name):
        self.count += 1
        return self.api("POST", "contacts", {"email": f"new{self.count}@x.org", name: "a"})

    def create_nested(self, name):
        self.count += 1
        return self.api("POST", "contacts", {"email": f"new{self.count}@x.org", "attributes": {name: "a"}})

    def upsert(self, name):
        return self.api("POST", "contacts?upsert=true", {"email": "ann@x.org", name: "b"})

    def patch(self, name):
        return self.api("PATCH", "contacts/ann@x.org", {name: "c"})

    def patch_nested(self, name):
        return self.api("PATCH", "contacts/ann@x.org", {"attributes": {name: "d"}})

    def page(self, name):
        self.mia = self.mia or self.person("mia")
        page = self.mia.get("/leads/detail", lead="ann@x.org")
        answer = self.mia.send(page.find("/leads/edit", action="update"), new_name=name, new_value="e")
        return "" if answer.status == 200 and "not declared" not in answer.text else answer.text

    def command(self, *arguments):
        done = self.call(*arguments)
        self.assertIn(done.returncode, (0, 2), done.stderr)
        return "" if done.returncode == 0 else done.stderr

    def import_line(self, name):
        self.write("a.csv", f"E-Mail,{name}\nann@x.org,f\n")
        said = {self.command("import", "a.csv", *CALLS, option, value) for option, value in (("--definitions", "d.yaml"), ("--state", "state"))}
        self.assertEqual(len(said), 1, said)
        return said.pop()

    def set_line(self, name):
        return self.command("lead", "set", *CALLS, "--email", "ann@x.org", f"{name}=g", "--definitions", "d.yaml")

    WAYS = (create, create_nested, upsert, patch, patch_nested, page, import_line, set_line)

    def test_every_way_refuses_what_is_not_declared(self):
        for way in self.WAYS:
            for name in random.Random(1).sample(DECLARED + UNDECLARED, len(DECLARED + UNDECLARED)):
                with self.subTest(way=way.__name__, name=name):
                    said = way(self, name)
                    self.assertEqual("not declared under fields" in said, name in UNDECLARED, said)
                    if name in UNDECLARED:
                        self.assertRegex(said, "(?i)" + name.replace("  ", " ").replace(" ", "[ _]+"))
        self.assertEqual(set(self.lead("ann@x.org")["profile"]), {"industry", "job_title"})

    def test_what_is_not_declared_can_be_taken_away(self):
        self.append(command("ann@x.org", 7, updateProfile={"set": {"region": "South"}}))
        self.wait_until(lambda: "region" in self.lead("ann@x.org")["profile"])
        self.assertNotEqual(self.patch("Region"), "")
        self.assertEqual(self.api("PATCH", "contacts/ann@x.org", {"Region": None}), "")
        self.assertNotIn("region", self.lead("ann@x.org")["profile"])

    def test_records_of_a_file_are_taken_and_counted(self):
        self.write_records("more.jsonl", [command("bob@x.org", 1, updateProfile={"set": {"Region": "South", "industry": "SaaS"}})])
        shown = self.output_of("run", "--input", "more.jsonl", "--definitions", "d.yaml", "--state", "other", "--output", "more")
        self.assertRegex(shown, r"\n  attributes not declared +1\n")
        self.assertIn('"region":"South"', self.read("more/leads.jsonl"))
        # The state says what may be set.
        self.expect_failure(2, "region is not declared under fields", "lead", "set", *CALLS, "--lead", "bob@x.org", "region=North", "--to",
                            "b.jsonl", "--wait", "1s", "--state", "other", "--output", "more")

    def test_a_file_of_contacts_is_refused_with_the_names(self):
        text = "E-Mail,Industry,Region,Remark,status\nann@x.org,SaaS,South,met,unsubscribed\nbob@x.org,SaaS,North,,\n"
        status, upload, _ = self.ask(API + "imports", self.manager, "POST", {"Content-Type": "text/csv"}, text.encode())
        self.assertEqual((status, upload["problem"], upload["remedy"]), (
            201, 'region, remark are not declared under fields, and strict_fields is true; declare them, or leave them out with '
                 'map: {"*":""}', {"field": "map", "column": "*", "meaning": ""}))
        mia = self.person("mia")
        page = mia.send_file(mia.get("/import").find("/import"), text.encode())
        self.assertIn("Region, remark are not declared under fields, and strict_fields is true. Declare them under Settings, or "
                      "choose below to leave them out.", page.text)
        page = mia.send(page.find("/import/columns"), declared_only="1", what="preview")
        self.assertIn("Import 2 leads", page.text)
        # The column says who gets no mail, though it is no attribute.
        self.write("a.csv", text)
        done = self.call("import", "a.csv", *CALLS, "--definitions", "d.yaml", "--map", "*=")
        self.assertEqual([line.get("event", {}).get("type") for line in map(json.loads, done.stdout.splitlines())],
                         [None, "UNSUBSCRIBE", None], done.stderr)

    def test_no_other_route_takes_attributes(self):
        document = self.ask("/openapi.json", token="")[1]
        takes = set()
        for path, methods in document["paths"].items():
            for method, route in methods.items():
                body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {}) if isinstance(route, dict) else {}
                if "attributes" in json.dumps(body) or body.get("additionalProperties") not in (None, False):
                    takes.add(f"{method} {path}")
        self.assertEqual(takes, {"post /contacts", "patch /contacts/{id}"})


if __name__ == "__main__":
    unittest.main()
