#!/usr/bin/env python3
"""The description of the API, and what is generated from it.   tests/serve/openapi_test.py BINARY

The validator and the generator of clients come from PyPI, into a folder below the build.
"""

import itertools
import json
import os
import subprocess
import sys
import unittest
import urllib.parse

from front import API, BINARY, CONTACTS, FrontCase, command, contact
from stream_client import Stream

TOOLS = ("openapi-spec-validator==0.9.0", "openapi-python-client==0.29.1")


def tools_folder():
    """The folder with their programs; installs them once."""
    folder = os.path.join(os.path.dirname(BINARY), "openapi-tools")
    done = os.path.join(folder, "installed")
    if not os.path.exists(done):
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([os.path.join(folder, "bin/pip"), "install", "--quiet", *TOOLS], check=True)
        with open(done, "w", encoding="utf-8") as file:
            file.write("\n".join(TOOLS))
    return os.path.join(folder, "bin")


FOLDER = tools_folder()
FOR_ADMINS = ("user.list", "user.add", "user.change", "user.password", "user.remove", "token.list", "token.create", "token.revoke",
              "audit.list", "definitions.get", "definitions.put", "segment.put")
FOR_OPERATORS = ("tenant.list", "tenant.add")
# Their ids are not those of contacts: jobs_test.py, exports_test.py and imports_test.py call them.
OF_JOBS = ("job.get", "job.cancel", "export.file", "import.run", "import.get", "import.wrong_rows")
FOR_MANAGERS = ("contact.agent", "contact.export", "contact.duplicates", "segment.preview",
                "report.pipeline", "report.tiers", "report.segments", "report.campaigns", "report.scores")

# Uses the generated client as a program would.
CLIENT_PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from leadpulse_client import AuthenticatedClient
from leadpulse_client.api.default import contact_create, contact_get, contact_search, contact_stage, contact_update
from leadpulse_client.models import ContactCreateBody, ContactStageBody, ContactUpdateBody
client = AuthenticatedClient(base_url=sys.argv[2], token=sys.argv[3])
made = contact_create.sync(client=client, body=ContactCreateBody.from_dict({"email": "eve@x.org", "city": "Bern"}))
assert made.id == "eve@x.org" and made.profile["city"] == "Bern", made
contact_stage.sync(id=made.id, client=client, body=ContactStageBody(stage="qualified"))
assert contact_get.sync(id=made.id, client=client).stage == "qualified"
contact_update.sync(id=made.id, client=client, body=ContactUpdateBody.from_dict({"city": None}))
page = contact_search.sync(client=client, query="eve@x.org", count="exact")
assert [each.id for each in page.contacts] == ["eve@x.org"] and page.count == 1, page
refused = contact_update.sync(id=made.id, client=client, body=ContactUpdateBody.from_dict({"a": 1}), if_match='"0"')
assert refused.code == "conflict", refused
print("the client works")
"""


# The topic of the document's example.
DEFINITIONS = """
tenants:
  "*":
    tiers: [{name: all}]
    topics: [{id: news, name: News}]
"""


class OpenApi(FrontCase):
    def start_run(self):
        self.write("definitions.yaml", DEFINITIONS)
        self.run_process = self.begin("run", "--state", "state", "--output", "out", "--follow", "--input", "in.jsonl",
                                      "--input", "front/inbox", "--definitions", "definitions.yaml", "--quiet")

    def document(self):
        status, document, _ = self.ask("/openapi.json", token="")
        self.assertEqual(status, 200)
        return document

    def operations(self):
        for path, operations in self.document()["paths"].items():
            for method, operation in operations.items():
                yield method.upper(), path, operation

    def call_operation(self, method, path, operation, lead, token):
        url = API.rstrip("/") + path.replace("{id}", urllib.parse.quote(lead))
        if operation["operationId"] == "contact.erase":
            url += "?confirm=" + urllib.parse.quote(lead)
        body = operation.get("requestBody")
        [content] = body["content"].items() if body else [("", {})]
        example = json.dumps(content[1]["example"]) if content[0] == "application/json" else content[1].get("example")
        headers = {"If-Match": "*"} if operation["operationId"] == "definitions.put" else {}
        return self.ask(url, token, method, headers, body=example)

    def test_the_document_is_valid_and_its_examples_work(self):
        self.definitions = "tenants: {acme: {tiers: [{name: all}]}}\n"
        self.start(contact("ann"))
        self.wait_for("ann")
        with open(self.path("openapi.json"), "w", encoding="utf-8") as file:
            json.dump(self.document(), file)
        subprocess.run([os.path.join(FOLDER, "openapi-spec-validator"), self.path("openapi.json")], check=True,
                       stdout=subprocess.DEVNULL)
        examples = 0
        for method, path, operation in self.operations():
            if "requestBody" not in operation or operation["operationId"] in OF_JOBS:
                continue
            status, said, _ = self.call_operation(method, path, operation, "ann", self.token(role="operator"))
            self.assertIn(status, (200, 201, 202), (method, path, said))
            examples += 1
        self.assertGreater(examples, 9)
        self.check_example_of_the_stream()

    def check_example_of_the_stream(self):
        example = self.document()["paths"]["/stream"]["get"]["responses"]["200"]["content"]["text/event-stream"]["example"]
        stream = Stream(self.port, self.manager)
        self.addCleanup(stream.close)
        shown = Stream.__new__(Stream)
        shown.events, shown.comments, shown.last_id = [], 0, None
        shown.take(example.removesuffix("\n\n"))
        self.ask(CONTACTS + "ann/stage", method="POST", body=json.dumps({"stage": "engaged"}))
        [event] = [event for event in stream.wait(lambda events: "STAGE_CHANGED" in repr(events))
                   if event.kind == "STAGE_CHANGED"]
        [of_document] = shown.events
        self.assertEqual((of_document.kind, list(of_document.data), len(of_document.id)),
                         (event.kind, [key for key in event.data], len(event.id)))

    def test_a_generated_client_works(self):
        self.start([])
        with open(self.path("openapi.json"), "w", encoding="utf-8") as file:
            json.dump(self.document(), file)
        subprocess.run([os.path.join(FOLDER, "openapi-python-client"), "generate", "--path", self.path("openapi.json"),
                        "--output-path", self.path("client")], check=True, capture_output=True)
        done = subprocess.run([os.path.join(FOLDER, "python"), "-c", CLIENT_PROGRAM, self.path("client"),
                               f"http://127.0.0.1:{self.port}/api/v1", self.manager], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.stdout, "the client works\n", done.stderr)

    def test_rights_of_every_route(self):
        """Every route with every token on every lead: what the token may not see looks like what is not there."""
        leads = {"acme": {"lead-ben": "ben", "lead-cid": "cid", "lead-free": ""}, "blue": {"lead-blue": "ben"}}
        records = []
        for tenant, agents in leads.items():
            for lead, agent in agents.items():
                campaigns = command(lead, 3, editCampaigns={"assign": [f"mark-of-{lead}"]})
                for record in contact(lead, agent, mark=f"mark-of-{lead}") + [campaigns]:
                    record["command"]["tenantId"] = tenant
                    records.append(record)
        self.start(records)
        self.wait_for("lead-free")
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")
        every = [lead for agents in leads.values() for lead in agents]
        asked = 0
        for tenant, agents in leads.items():
            for role in ("agent", "manager", "admin"):
                token = self.token(*(("--agent", "ben") if role == "agent" else ()), role=role, tenant=tenant)
                seen = {lead for lead, agent in agents.items() if role != "agent" or agent in ("", "ben")}
                for method, path, operation in self.operations():
                    if operation["operationId"] in FOR_ADMINS + FOR_OPERATORS:
                        asked += self.check_administration(method, path, operation, token, role)
                        continue
                    if operation["operationId"] == "segment.preview":
                        asked += self.check_preview(method, path, token, seen, role)
                        continue
                    if "{id}" not in path or operation["operationId"] in ("command.get", "contact.erase", "segment.get", *OF_JOBS):
                        continue
                    asked += self.check_operation(method, path, operation, token, seen, every, role)
                asked += self.check_reads_of_all(token, role, seen, every)
                status, page, _ = self.ask(CONTACTS + "search?count=exact", token)
                self.assertEqual(({row["id"] for row in page["contacts"]}, page["count"]), (seen, len(seen)))
        self.assertGreater(asked, 200)
        # At last, what removes them.
        for lead in ("lead-blue", "lead-ben"):
            self.assertEqual(self.ask(f"{CONTACTS}{lead}?confirm={lead}", self.token(role="manager"), "DELETE")[0], 403)
            self.assertEqual(self.ask(f"{CONTACTS}{lead}?confirm={lead}", self.token(role="admin"), "DELETE")[0],
                             200 if lead == "lead-ben" else 404)

    def test_rights_of_jobs_and_commands(self):
        """Every route about a job or a command with every token: those of others look like none."""
        leads = {"acme": {"lead-cid": "cid", "lead-free": ""}, "blue": {"lead-blue": "ben"}}
        records = [record for tenant, agents in leads.items() for lead, agent in agents.items()
                   for record in contact(lead, agent, mark="x")]
        for record in records:
            record["command"]["tenantId"] = "blue" if record["command"]["leadId"] == "lead-blue" else "acme"
        self.start(records)
        self.wait_for("lead-free")
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")
        there = {operation["operationId"]: (method, path, operation) for method, path, operation in self.operations()}
        jobs = [self.call_until_answered(*there[name], "", self.manager)[1]["id"]
                for name in ("export.start", "import.upload")]
        change = {"where": "mark IS SET", "action": "tags", "body": {"add": ["a"]}}
        jobs.append(self.ask(API + "bulk", method="POST", body=json.dumps(change))[1]["id"])
        self.ask(CONTACTS + "lead-free/tags", None, "POST", {"Idempotency-Key": "order-1"}, '{"add": ["b"]}')
        for tenant, agents in leads.items():
            for role in ("agent", "manager", "admin"):
                token = self.token(*(("--agent", "ben") if role == "agent" else ()), role=role, tenant=tenant)
                is_own = tenant == "acme" and role != "agent"
                for name in ("job.get",) if is_own else OF_JOBS:
                    unknown = self.call_until_answered(*there[name], "nobody", token)
                    self.assertIn(unknown[0], (403, 404) if role == "agent" else (404,), name)
                    for job in jobs:
                        answer = self.call_until_answered(*there[name], job, token)
                        self.assertEqual(answer[1]["id"] if is_own else answer, job if is_own else unknown,
                                         (name, role))
                listed = {job["id"] for job in self.ask(API + "jobs", token)[1]["jobs"]}
                self.assertEqual(listed, set(jobs) if is_own else set())
                self.assertEqual(self.call_until_answered(*there["command.get"], "order-1", token),
                                 self.call_until_answered(*there["command.get"], "nobody", token))
                self.check_bulk(change, token, role, set(agents))
        self.assertEqual(self.ask(API + "commands/order-1")[0], 200)

    def check_bulk(self, change, token, role, seen):
        every = ["lead-cid", "lead-free", "lead-blue"]
        for which in ({"where": change["where"]}, {"ids": every}):
            body = json.dumps({"action": change["action"], "body": change["body"], "dry_run": True, **which})
            while (answered := self.ask(API + "bulk", token, "POST", body=body))[0] == 429:
                self.sleep_for(answered[2])
            status, said, _ = answered
            if role == "agent":
                self.assertEqual((status, said["code"]), (403, "forbidden"))
                continue
            self.assertEqual((status, said["count"], {row["id"] for row in said["contacts"]}), (200, len(seen), seen))
            self.assertEqual(said["missing"], len(every) - len(seen) if "ids" in which else 0)

    def check_operation(self, method, path, operation, token, seen, every, role):
        unknown = self.call_operation(method, path, operation, "lead-nobody", token)
        forbidden = role == "agent" and operation["operationId"] in FOR_MANAGERS
        self.assertEqual(unknown[0], 403 if forbidden else 404, (method, path))
        for lead in every:
            status, body = self.call_until_answered(method, path, operation, lead, token)
            if lead in seen and not forbidden:
                self.assertEqual((status, body.get("id")), (200, lead), (method, path, body))
                if operation["operationId"] == "contact.agent":  # the lead must stay where it was
                    before = {"lead-ben": "ben", "lead-cid": "cid", "lead-blue": "ben"}.get(lead, "")
                    self.ask(f"{CONTACTS}{lead}/agent", token, "POST", body=json.dumps({"agentId": before}))
            else:
                self.assertEqual((status, body), unknown[:2], (method, path, lead))
            self.assertEqual(self.marks_in(body, every) - seen, set(), (method, path, lead))
        return len(every)

    def check_preview(self, method, path, token, seen, role):
        body = {"rule": "mark IS SET"}
        status, said, answer = self.ask(API.rstrip("/") + path, token, method, body=json.dumps(body))
        while status == 429:
            self.sleep_for(answer)
            status, said, answer = self.ask(API.rstrip("/") + path, token, method, body=json.dumps(body))
        if role == "agent":
            self.assertEqual((status, said["code"]), (403, "forbidden"))
        else:
            self.assertEqual((status, said["count"], {row["id"] for row in said["entering"]}), (200, len(seen), seen))
        return 1

    def check_administration(self, method, path, operation, token, role):
        """Refused before the id is looked at. What admins may is in admin_test.py."""
        if role == "admin" and operation["operationId"] not in FOR_OPERATORS:
            return 0
        for some_id in ("kim", "zoe", "1", "nobody"):
            status, body = self.call_until_answered(method, path, operation, some_id, token)
            self.assertEqual((status, body["code"]), (403, "forbidden"), (method, path, role))
        return 1

    def call_until_answered(self, *call):
        status, body, answer = self.call_operation(*call)
        while status == 429:  # many calls in a short time
            self.sleep_for(answer)
            status, body, answer = self.call_operation(*call)
        return status, body

    @staticmethod
    def marks_in(body, every):
        shown = json.dumps(body)
        return {lead for lead in every if "mark-of-" + lead in shown}

    def check_reads_of_all(self, token, role, seen, every):
        """Lists and counts have all that the token may see, and nothing else."""
        bodies = {}
        for method, path, operation in self.operations():
            if method != "GET" or "{id}" in path:
                continue
            if operation["operationId"] == "change.stream":
                self.check_stream(token, seen, every)
                continue
            status, body = self.call_until_answered(method, path, operation, "", token)
            forbidden = ((role == "agent" and operation["operationId"] in FOR_MANAGERS)
                         or (role != "admin" and operation["operationId"] in FOR_ADMINS)
                         or operation["operationId"] in FOR_OPERATORS)
            self.assertEqual(status, 403 if forbidden else 200, (path, body))
            self.assertEqual(self.marks_in(body, every) - seen, set(), path)
            bodies[path] = body
        self.assertEqual(self.marks_in(bodies["/contacts/search"], every), seen)
        self.assertEqual({one["id"] for one in bodies["/campaigns"]["campaigns"] if "mark" in one["id"]},
                         {"mark-of-" + lead for lead in seen})
        self.assertEqual(sum(stage["count"] for stage in bodies["/pipeline"]["stages"]), len(seen))
        return len(bodies)

    def check_stream(self, token, seen, every):
        """A change of every lead: the stream has those that the token may see."""
        stream = Stream(self.port, token)
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200)
        records = []
        for lead, stage in itertools.product(sorted(every, key=lambda lead: lead in seen), ("QUALIFIED", "ENGAGED")):
            self.edits = getattr(self, "edits", 100) + 1
            records.append(command(lead, self.edits, setStage={"stage": stage}))
            records[-1]["command"]["tenantId"] = "blue" if lead == "lead-blue" else "acme"
        with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
            file.write("".join(json.dumps(record) + "\n" for record in records))
        stream.wait(lambda events: {event.data.get("leadId") for event in events} >= seen)
        self.assertEqual(stream.leads() - {None}, seen)
        self.assertEqual(self.marks_in([event.data for event in stream.events], every) - seen, set())


if __name__ == "__main__":
    unittest.main()
