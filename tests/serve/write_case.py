"""A front with its run, for tests of writes."""

import json
import urllib.parse

from front import API, CONTACTS, FrontCase

DEFINITIONS = """
tenants:
  acme:
    fields: {budget: number}
    tiers: [{name: all}]
    identity: {by_email: true}
"""


def path_of(lead, act=""):
    return CONTACTS + urllib.parse.quote(lead) + act


class WriteCase(FrontCase):
    def send(self, method, path, body=None, token=None, **headers):
        """Waits for the outcome of a write longer than most clients: other tests share the machine."""
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        named = {} if method == "GET" else {"Prefer": "wait=30"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(path, token, method, named, None if text is None else text.encode())

    def create(self, body, **options):
        return self.send("POST", API + "contacts", body, **options)
