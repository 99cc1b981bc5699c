#!/usr/bin/env python3
"""Clients that are generated from the document: their types, and syncs with them.   tests/serve/clients_test.py LEADPULSE

Two generators of each language make clients whose types are checked. One of each syncs contacts with a front, both ways,
while the front and its run are killed: nothing is lost, and nothing is there twice. LEADPULSE_SYNCED is how many contacts
are synced (default 2,000)."""

import json
import os
import re
import shutil
import subprocess
import unittest
import urllib.parse

import outside_tools
from front import API, CONTACTS, contact
from openapi_case import OpenApiCase

SYNCED = int(os.environ.get("LEADPULSE_SYNCED", "2000"))
KILLS = 6
PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients")
# What mypy must find wrong: a line each.
WRONG = """
from leadpulse_client.models import ContactInput, ContactStageBody, ContactConsentBody
ContactInput(emial="a@x.org")
ContactStageBody(stage="won")
ContactConsentBody(granted=True)
"""
TS_OPTIONS = {"strict": True, "target": "es2022", "types": ["node"]}

# Uses the generated client like any program.
CLIENT_PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from leadpulse_client import AuthenticatedClient
from leadpulse_client.api.contacts import contact_create, contact_get, contact_search, contact_stage, contact_update
from leadpulse_client.models import ContactInput, ContactSearchCount, ContactStageBody, Stage
client = AuthenticatedClient(base_url=sys.argv[2], token=sys.argv[3])
made = contact_create.sync(client=client, body=ContactInput.from_dict({"email": "eve@x.org", "attributes": {"city": "Bern"}}))
assert made.id == "eve@x.org" and made.profile["city"] == "Bern", made
contact_stage.sync(id=made.id, client=client, body=ContactStageBody(stage=Stage.QUALIFIED))
assert contact_get.sync(id=made.id, client=client).stage == "qualified"
contact_update.sync(id=made.id, client=client, body=ContactInput.from_dict({"attributes": {"city": None}}))
page = contact_search.sync(client=client, query="eve@x.org", count=ContactSearchCount.EXACT)
assert [each.id for each in page.contacts] == ["eve@x.org"] and page.count == 1, page
refused = contact_update.sync(id=made.id, client=client, body=ContactInput.from_dict({"attributes": {"a": 1}}), if_match='"0"')
assert refused.code == "conflict", refused
print("the client works")
"""


class Clients(OpenApiCase):
    definitions = "tenants: {acme: {tiers: [{name: all}], fields: {city: text}}}\n"
    run_definitions = None

    def start_front(self, *options, port=0):
        rates = [text for name in ("read", "write", "scan") for text in ("--rate", f"{name}=100000,1000000")]
        super().start_front(*rates, *options, port=port)

    def run_tool(self, *arguments, code=0, **more):
        done = subprocess.run(arguments, cwd=self.folder, capture_output=True, text=True, check=False, **more)
        self.assertEqual(done.returncode, code, done.stdout[-5000:] + done.stderr[-5000:])
        return done.stdout

    def compile(self, name, files, **options):
        """Checks the types of TypeScript, and compiles what there is to run."""
        self.write(f"{name}.json", json.dumps({"compilerOptions": {**TS_OPTIONS, **options}, "include": files}))
        self.run_tool(os.path.join(self.npm, "tsc"), "--project", f"{name}.json")

    def make_typescript(self):
        self.npm = outside_tools.npm_tools("client-npm")
        os.symlink(os.path.dirname(self.npm), self.path("node_modules"))
        self.write("package.json", '{"type": "module"}')
        self.run_tool(os.path.join(self.npm, "openapi-typescript"), self.save_document(), "-o", "schema.d.ts")
        for name in ("sync.ts", "wrong.ts"):
            shutil.copy(os.path.join(PROGRAMS, name), self.folder)
        self.compile("fetch", ["*.ts"], module="nodenext", outDir="out", noUncheckedIndexedAccess=True, exactOptionalPropertyTypes=True)

    def make_python(self):
        self.run_tool(os.path.join(outside_tools.python_tools("client-tools"), "openapi-python-client"), "generate", "--path",
                      self.save_document(), "--output-path", "client")

    def check_python(self, *files, code=0, strict=("--strict",)):
        return self.run_tool(os.path.join(outside_tools.python_tools("client-tools"), "mypy"), *strict, "--cache-dir", self.path("mypy"),
                             *files, code=code, env={**os.environ, "MYPYPATH": self.path("client")})

    def test_types_of_typescript(self):
        self.start(contact("ann"))
        self.make_typescript()
        self.run_tool(os.path.join(self.npm, "openapi-ts"), "-i", self.save_document(), "-o", "hey", "-c", "@hey-api/client-fetch")
        self.compile("hey", ["hey/**/*.ts"], module="esnext", moduleResolution="bundler", noEmit=True)

    def test_the_client_of_python_works(self):
        self.start([])
        self.make_python()
        done = subprocess.run([os.path.join(outside_tools.python_tools("client-tools"), "python"), "-c", CLIENT_PROGRAM,
                               self.path("client"), f"http://127.0.0.1:{self.port}/api/v1", self.manager],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "the client works\n", done.stderr)

    def test_types_of_python(self):
        self.start(contact("ann"))
        self.make_python()
        self.check_python(os.path.join(PROGRAMS, "sync.py"))
        self.write("wrong.py", WRONG)
        wrong = self.check_python("wrong.py", code=1)
        self.assertEqual(sorted(set(re.findall(r"^wrong\.py:(\d+): error", wrong, re.MULTILINE))), ["3", "4", "5"], wrong)
        self.run_tool("java", "-jar", outside_tools.openapi_generator(), "generate", "-i", self.save_document(), "-g", "python", "-o",
                      "generated", "--package-name", "leadpulse_api")
        self.check_python("generated/leadpulse_api", strict=())

    def test_a_sync_in_python(self):
        self.fill()
        self.make_python()
        python = os.path.join(outside_tools.python_tools("client-tools"), "python")
        self.sync(python, os.path.join(PROGRAMS, "sync.py"), self.path("client"))

    def test_a_sync_in_typescript(self):
        self.fill()
        self.make_typescript()
        self.sync("node", "out/sync.js")

    def fill(self):
        """Starts a front with contacts of its own, and makes a CRM with others."""
        self.ours = [f"ours{number}" for number in range(SYNCED // 4)]
        self.start([record for name in self.ours for record in contact(name, email=f"{name}@x.org", city="Bern")])
        self.theirs = [f"theirs{number}" for number in range(SYNCED)]
        contacts = {name: {"email": f"{name}@x.org", "city": f"city {number}"} for number, name in enumerate(self.theirs)}
        made = SYNCED // 10
        self.opted_out = self.theirs[::20]
        self.write("crm.json", json.dumps({"contacts": contacts, "to_create": self.theirs[:made], "to_upsert": self.theirs[made:],
                                           "to_opt_out": self.opted_out}))

    def sync(self, *program):
        url = f"http://127.0.0.1:{self.port}{API.rstrip('/')}"
        process = subprocess.Popen([*program, url, self.manager, self.folder], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        edited = {}
        for number in range(KILLS):
            sent = SYNCED * (number + 1) // (KILLS + 1)
            self.wait_until(lambda: self.count() >= sent or process.poll() is not None)
            self.kill(self.front if number % 2 == 0 else self.run_process)
            self.start_run() if number % 2 else self.start_front(port=self.port)
            self.wait_until(lambda: self.ask(CONTACTS + self.ours[0])[0] == 200)
            name = self.ours[number]
            edited[name] = f"edited {number}"
            body = json.dumps({"attributes": {"city": edited[name]}})
            self.wait_until(lambda: self.ask(CONTACTS + name, method="PATCH", body=body)[0] in (200, 202))
        self.timeout = 300
        self.wait_until(lambda: os.path.exists(self.path("sent")) or process.poll() is not None)
        self.write("last", "")
        _, said = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, said[-5000:])
        self.check(edited)

    def count(self):
        """Returns how many contacts the CRM has sent so far."""
        status, page = self.search(where="city IS SET", limit=1, count="exact")
        return page["count"] - len(self.ours) if status == 200 else 0

    def check(self, edited):
        """Compares the CRM with the front, contact by contact."""
        crm = json.loads(self.read("crm.json"))["contacts"]
        there, cursor = {}, ""
        while cursor is not None:
            _, page = self.search(limit=1000, cursor=cursor)
            for row in page["contacts"]:
                self.assertNotIn(row["id"], there)
                there[row["id"]] = row
            cursor = page["cursor"]
        self.assertEqual(set(there), {*self.ours, *self.theirs})
        self.assertEqual(crm, {name: {"email": row["email"], "city": row["profile"]["city"]} for name, row in there.items()})
        self.assertEqual({name: there[name]["profile"]["city"] for name in edited}, edited)
        for name in self.theirs:
            self.assertEqual([note["text"] for note in there[name]["notes"]], ["from the CRM"], name)
            self.assertEqual(there[name]["email_status"], "unsubscribed" if name in self.opted_out else "active", name)
        for name in self.opted_out:
            _, contact_now, _ = self.ask_within_limits(CONTACTS + urllib.parse.quote(name))
            self.assertEqual([event["type"] for event in contact_now["events"]], ["unsubscribe"], name)


if __name__ == "__main__":
    unittest.main()
