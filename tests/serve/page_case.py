"""People who use the pages of a front, for tests."""

import pathlib
import re

from front import CONTACTS, ROOT, FrontCase, contact
from page_client import Person

TABLE = (pathlib.Path(ROOT) / "processor/serve/pages/page_table.cc").read_text(encoding="utf-8")
PAGES = [(method or "GET", path, role.lower(), "needs_login = false" not in rest) for method, path, role, rest in
         re.findall(r'\{(?:\.method = "(\w+)",\s*)?\.path = "([^"]+)",\s*\.least = Role::k(\w+),([^}]*)\}', TABLE)]
ROLES = ("agent", "manager", "admin", "operator")
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
        self.passwords = dict(self.passwords)  # a test may change one

    def fill_front(self):
        made = self.init()
        passwords = {"kim": made.strip().split("\n")[-1], "mia": self.password("add", "mia", "--role", "manager"),
                     "ben": self.password("add", "ben", "--role", "agent", "--agent", "ben"),
                     "ola": self.password("add", "ola", "--role", "operator")}
        return {"manager": self.token(), "passwords": passwords}

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
