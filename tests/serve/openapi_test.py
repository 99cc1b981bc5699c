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
import urllib.request

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
FOR_ADMINS = ("user.list", "user.add", "user.change", "user.password", "user.remove", "token.list", "token.create",
              "token.revoke", "audit.list", "definitions.get", "definitions.put", "segment.put")
FOR_OPERATORS = ("tenant.list", "tenant.add")
# Their ids are those of jobs and commands.
OF_JOBS = ("job.get", "job.cancel", "export.file", "import.run", "import.get", "import.wrong_rows")
FOR_MANAGERS = ("contact.agent", "contact.export", "contact.duplicates", "segment.preview",
                "report.pipeline", "report.tiers", "report.segments", "report.campaigns", "report.scores")

# What a token without the scope may not call, whatever its role.
SCOPES = {**dict.fromkeys(FOR_ADMINS + FOR_OPERATORS + ("contact.erase",), "admin"),
          **dict.fromkeys(("import.upload", "import.run"), "import"),
          **dict.fromkeys(("export.start", "export.file"), "scan"), "segment.preview": "read"}


def case_of(method, path, name):
    """Which test calls the operation with every token. A new route needs a case here."""
    if name in FOR_ADMINS + FOR_OPERATORS:
        return "administration"
    if name in OF_JOBS + ("job.list", "command.get"):
        return "jobs"
    if name in ("contact.create", "bulk.start", "export.start", "import.upload"):
        return "starts"
    if name in ("segment.get", "contact.erase", "segment.preview", "change.stream"):
        return name
    if path.startswith("/contacts/{id}"):
        return "contact"
    if method == "GET" and "{id}" not in path:
        return "list"
    raise AssertionError(f"no test calls {name} with every token")


# Checks answers, one a line, against the schemas of the document: prints what does not fit.
CHECK_ANSWERS = """
import json, sys
from jsonschema import Draft202012Validator
document = json.load(open(sys.argv[1], encoding="utf-8"))
for line in sys.stdin:
    name, status, schema, body = json.loads(line)
    schema = {**schema, "components": document["components"]}
    for error in Draft202012Validator(schema).iter_errors(body):
        print(name, status, error.json_path, error.message[:200])
"""

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
  blue:
    tiers: [{name: all}]
    topics: [{id: news, name: News}]
    segments: [{id: of-blue, name: Blue, rule: mark IS SET}]
"""
LEADS = {"acme": {"lead-ben": "ben", "lead-cid": "cid", "lead-free": ""}, "blue": {"lead-blue": "ben"}}
EVERY = [lead for agents in LEADS.values() for lead in agents]


class OpenApi(FrontCase):
    def setUp(self):
        super().setUp()
        self.answers = set()

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
        status, said, answer = self.ask(url, token, method, headers, body=example)
        self.note(operation, status, said)
        return status, said, answer

    def note(self, operation, status, said):
        """Every answer is one that the document has."""
        responses = operation["responses"]
        if status < 400:
            self.assertIn(str(status), responses, operation["operationId"])
        content = responses.get(str(status), responses["default"])["content"]
        kind = "application/json" if status < 400 else "application/problem+json"
        if kind in content:
            self.answers.add(json.dumps([operation["operationId"], status, content[kind]["schema"], said]))

    def check_answers(self):
        with open(self.path("openapi.json"), "w", encoding="utf-8") as file:
            json.dump(self.document(), file)
        done = subprocess.run([os.path.join(FOLDER, "python"), "-c", CHECK_ANSWERS, self.path("openapi.json")],
                              input="\n".join(sorted(self.answers)), capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout, "")

    def test_the_document_is_valid_and_its_examples_work(self):
        self.definitions = "tenants: {acme: {tiers: [{name: all}]}}\n"
        self.start(contact("ann"))
        self.wait_for("ann")
        with open(self.path("openapi.json"), "w", encoding="utf-8") as file:
            json.dump(self.document(), file)
        subprocess.run([os.path.join(FOLDER, "openapi-spec-validator"), self.path("openapi.json")], check=True,
                       stdout=subprocess.DEVNULL)
        told = {}
        for method, path, operation in self.operations():
            if "requestBody" not in operation:
                continue
            some_id = told["import.upload"]["id"] if operation["operationId"] == "import.run" else "ann"
            status, said, _ = self.call_operation(method, path, operation, some_id, self.token(role="operator"))
            self.assertIn(status, (200, 201, 202), (method, path, said))
            told[operation["operationId"]] = said
        self.check_answers()
        # The other one is that of the stream.
        self.assertEqual(json.dumps(self.document()).count('"example":'), len(told) + 1)
        self.check_example_of_the_stream()

    def test_every_answer_is_one_of_the_document(self):
        """Calls what has an example first, and last what removes something."""
        self.definitions = "tenants: {acme: {tiers: [{name: all}]}}\n"
        self.start(contact("ann"))
        self.wait_for("ann")
        token, told = self.token(role="operator"), {"import.upload": {}, "export.start": {}, "token.create": {}}
        self.ask(CONTACTS + "ann/tags", token, "POST", {"Idempotency-Key": "order-1"}, '{"add": ["b"]}')

        def id_for(path):
            # An upload can be cancelled at any time.
            job = told["export.start" if path.startswith("/exports") else "import.upload"].get("id", "")
            return {"commands": "order-1", "tokens": str(told["token.create"].get("id")), "jobs": job,
                    "imports": job, "exports": job}.get(path.split("/")[1], "ann")

        def comes_late(operation):
            method, _, body = operation
            return ("requestBody" not in body, body["operationId"] != "definitions.put", method == "DELETE")
        for method, path, operation in sorted(self.operations(), key=comes_late):
            name = operation["operationId"]
            if name not in ("change.stream", "export.file", "import.wrong_rows"):
                status, said = self.call_until_answered(method, path, operation, id_for(path), token)
                self.assertLess(status, 300, (name, said))
                told[name] = said
        self.assertEqual(len({json.loads(answer)[0] for answer in self.answers}), len(told))
        self.check_answers()

    def check_example_of_the_stream(self):
        content = self.document()["paths"]["/stream"]["get"]["responses"]["200"]["content"]
        example = content["text/event-stream"]["example"]
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

    def start_with_marks(self):
        """Leads of two tenants. Each has an attribute and a campaign that show in an answer whose lead it is."""
        records = []
        for tenant, agents in LEADS.items():
            for lead, agent in agents.items():
                campaigns = command(lead, 3, editCampaigns={"assign": [f"mark-of-{lead}"]})
                for record in contact(lead, agent, mark=f"mark-of-{lead}", email=f"{lead}@x.org") + [campaigns]:
                    record["command"]["tenantId"] = tenant
                    records.append(record)
        self.start(records)
        self.wait_for("lead-free")
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")

    def tokens(self):
        """A token of each role in each tenant, and the leads that it may see."""
        for tenant, agents in LEADS.items():
            for role in ("agent", "manager", "admin"):
                token = self.token(*(("--agent", "ben") if role == "agent" else ()), role=role, tenant=tenant)
                yield tenant, role, token, {lead for lead, agent in agents.items()
                                            if role != "agent" or agent in ("", "ben")}

    def test_rights_of_every_route(self):
        """Every route with every token on every lead: what the token may not see looks like what is not there."""
        self.start_with_marks()
        asked = 0
        for tenant, role, token, seen in self.tokens():
            for method, path, operation in self.operations():
                case = case_of(method, path, operation["operationId"])
                if case == "administration":
                    asked += self.check_administration(method, path, operation, token, role)
                elif case == "segment.preview":
                    asked += self.check_preview(method, path, token, seen, role)
                elif case == "segment.get":
                    foreign, unknown = (self.call_until_answered(method, path, operation, segment, token)
                                        for segment in ("of-blue", "nobody"))
                    self.assertEqual((unknown[0], foreign == unknown), (404, tenant == "acme"))
                elif case == "contact":
                    asked += self.check_operation(method, path, operation, token, seen, EVERY, role)
            asked += self.check_reads_of_all(token, role, seen, EVERY)
            status, page, _ = self.ask(CONTACTS + "search?count=exact", token)
            self.assertEqual(({row["id"] for row in page["contacts"]}, page["count"]), (seen, len(seen)))
        self.assertGreater(asked, 200)
        self.check_answers()
        # At last, what removes them.
        for lead in ("lead-blue", "lead-ben"):
            self.assertEqual(self.ask(f"{CONTACTS}{lead}?confirm={lead}", self.token(role="manager"), "DELETE")[0], 403)
            self.assertEqual(self.ask(f"{CONTACTS}{lead}?confirm={lead}", self.token(role="admin"), "DELETE")[0],
                             200 if lead == "lead-ben" else 404)

    def test_rights_without_a_token(self):
        """Every route: 401, whatever its path says."""
        self.start_with_marks()
        refusals = set()
        for method, path, operation in self.operations():
            for some_id in ("lead-free", "nobody"):
                status, body = self.call_until_answered(method, path, operation, some_id, "")
                refusals.add((status, json.dumps(body)))
        [(status, _)] = refusals
        self.assertEqual(status, 401)

    def test_rights_of_scopes(self):
        """Every route with a token of each scope alone: refused before the id is looked at, or not."""
        self.start_with_marks()
        for scope in ("read", "write", "scan", "import", "admin"):
            token = self.token("--scopes", scope, role="operator")
            for method, path, operation in self.operations():
                name = operation["operationId"]
                if name == "change.stream":
                    continue
                needed = SCOPES.get(name, "read" if method == "GET" else "write")
                self.assertIn(f" the scope {needed}.", operation["description"])
                for some_id in ("lead-free", "nobody") if scope != needed else ("nobody",):
                    status, body = self.call_until_answered(method, path, operation, some_id, token)
                    is_refused = status == 403 and "its role or its scopes do not allow it" in body["detail"]
                    self.assertEqual(is_refused, scope != needed, (name, scope, status, body))

    def test_rights_of_what_makes_something(self):
        """Contacts, exports, imports and bulk changes by every token: they show and change nothing of others, and the
        keys of others do not count."""
        self.start_with_marks()
        self.ask(CONTACTS + "lead-free/tags", None, "POST", {"Idempotency-Key": "order-1"}, '{"add": ["b"]}')
        for tenant, role, token, seen in self.tokens():
            own = sorted(seen)[0]
            for lead in EVERY:
                status, said = self.post(API + "contacts", token, {"id": lead})
                if lead in LEADS[tenant]:
                    self.assertEqual((status, said.get("existing")), (409, {"id": lead} if lead in seen else None))
                self.assertEqual(self.marks_in(said, EVERY) - seen, set())
            mine = self.post(f"{CONTACTS}{own}/notes", token, {"text": role}, {"Idempotency-Key": "order-1"})
            self.assertEqual((mine[0], mine[1].get("id")), (200, own), mine)
            self.assertEqual(self.ask(API + "commands/order-1", token)[1]["contact"], own)
            self.check_starts(tenant, role, token, seen)
        for tenant, agents in LEADS.items():
            admin = self.token(role="admin", tenant=tenant)
            for lead in agents:
                tags = set(self.ask(CONTACTS + lead, admin)[1]["tags"]) - {"b"}
                self.assertEqual(tags, {f"{tenant}-manager", f"{tenant}-admin"})

    def post(self, path, token, body, headers=()):
        text = body if isinstance(body, str) else json.dumps(body)
        while (answered := self.ask(path, token, "POST", headers, text))[0] == 429:
            self.sleep_for(answered[2])
        return answered[:2]

    def check_starts(self, tenant, role, token, seen):
        bulk = {"ids": EVERY, "action": "tags", "body": {"add": [f"{tenant}-{role}"]}}
        export = {"where": "mark IS SET", "columns": ["lead", "mark"], "format": "jsonl"}
        rows = "E-Mail,City\n" + "".join(f"{lead}@x.org,Bern\n" for lead in EVERY)
        started = [self.post(API + path, token, body)
                   for path, body in (("bulk", bulk), ("exports", export), ("imports", rows))]
        if role == "agent":
            self.assertEqual([(status, said["code"]) for status, said in started], [(403, "forbidden")] * 3)
            return
        self.assertEqual([status for status, _ in started], [202, 202, 201])
        preview = started[2][1]["preview"]
        self.assertEqual((preview["changed"], preview["new"]), (len(seen), len(EVERY) - len(seen)), preview)
        for _, job in started[:2]:
            self.wait_until(lambda j=job: self.ask(f"{API}jobs/{j['id']}", token)[1]["state"] == "done")
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{API}exports/{started[1][1]['id']}/file",
                                         headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as answer:
            self.assertEqual(self.marks_in(answer.read().decode(), EVERY), seen)

    def test_rights_of_jobs_and_commands(self):
        """Every route about a job or a command with every token: those of others look like none."""
        self.start_with_marks()
        there = {operation["operationId"]: (method, path, operation) for method, path, operation in self.operations()}
        jobs = [self.call_until_answered(*there[name], "", self.manager)[1]["id"]
                for name in ("export.start", "import.upload")]
        change = {"where": "mark IS SET", "action": "tags", "body": {"add": ["a"]}}
        jobs.append(self.ask(API + "bulk", method="POST", body=json.dumps(change))[1]["id"])
        self.ask(CONTACTS + "lead-free/tags", None, "POST", {"Idempotency-Key": "order-1"}, '{"add": ["b"]}')
        for tenant, role, token, _ in self.tokens():
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
            self.check_bulk(change, token, role, set(LEADS[tenant]))
        self.check_answers()
        self.assertEqual(self.ask(API + "commands/order-1")[0], 200)

    def check_bulk(self, change, token, role, seen):
        for which in ({"where": change["where"]}, {"ids": EVERY}):
            body = json.dumps({"action": change["action"], "body": change["body"], "dry_run": True, **which})
            while (answered := self.ask(API + "bulk", token, "POST", body=body))[0] == 429:
                self.sleep_for(answered[2])
            status, said, _ = answered
            if role == "agent":
                self.assertEqual((status, said["code"]), (403, "forbidden"))
                continue
            self.assertEqual((status, said["count"], {row["id"] for row in said["contacts"]}), (200, len(seen), seen))
            self.assertEqual(said["missing"], len(EVERY) - len(seen) if "ids" in which else 0)

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
            self.assertEqual({lead for lead in every if f'"{lead}"' in json.dumps(body)} - seen, set(), path)
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
