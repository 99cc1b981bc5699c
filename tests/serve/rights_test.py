#!/usr/bin/env python3
"""The rights of every token on every route.   tests/serve/rights_test.py BINARY"""

import base64
import itertools
import json
import unittest
import urllib.parse
import urllib.request

from front import API, CONTACTS, command, contact
from openapi_case import OpenApiCase
from stream_client import Stream

FOR_ADMINS = ("user.list", "user.add", "user.change", "user.password", "user.invite", "user.remove", "token.list", "token.create",
              "token.revoke", "audit.list", "definitions.get", "definitions.put", "segment.put", "segment.remove",
              "field.put", "field.remove",
              "webhook.list", "webhook.create", "webhook.get", "webhook.change", "webhook.remove", "webhook.test",
              "webhook.deliveries", "webhook.send_again")
FOR_OPERATORS = ("tenant.list", "tenant.add")
# Their ids are ids of jobs and commands.
OF_JOBS = ("job.get", "job.cancel", "export.file", "import.run", "import.get", "import.wrong_rows",
           "import.contacts", "import.undo")
FOR_MANAGERS = ("contact.agent", "contact.export", "contact.duplicates", "segment.preview",
                "report.pipeline", "report.tiers", "report.segments", "report.campaigns", "report.scores", "report.days",
                "list.put", "list.remove", "tag.rename", "tag.remove")

# Operations that a token without the scope may not call, whatever its role.
SCOPES = {**dict.fromkeys(FOR_ADMINS + FOR_OPERATORS + ("contact.erase",), "admin"),
          **dict.fromkeys(("import.upload", "import.run", "import.undo"), "import"),
          **dict.fromkeys(("export.start", "export.file"), "scan"), "segment.preview": "read"}


def case_of(method, path, name):
    """The test that calls the operation with every token. A new route needs a case here."""
    if name in FOR_ADMINS + FOR_OPERATORS:
        return "administration"
    if name in OF_JOBS + ("job.list", "command.get", "command.undo"):
        return "jobs"
    if name in ("contact.create", "contact.batch", "bulk.start", "export.start", "import.upload"):
        return "starts"
    if name in ("segment.get", "contact.erase", "segment.preview", "change.stream"):
        return name
    if path.startswith("/tags/{id}"):
        return "tags"
    if path.startswith("/lists/{id}"):
        return "list of definitions"
    if path.startswith("/contacts/{id}"):
        return "contact"
    if method == "GET" and "{id}" not in path:
        return "list"
    raise AssertionError(f"no test calls {name} with every token")


LEADS = {"acme": {"lead-ben": "ben", "lead-cid": "cid", "lead-free": ""}, "blue": {"lead-blue": "ben"}}
EVERY = [lead for agents in LEADS.values() for lead in agents]


class Rights(OpenApiCase):
    def start_with_marks(self):
        """Leads of two tenants. An attribute and a campaign show in an answer which lead it is about."""
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
        """Yields a token of each role in each tenant, with the leads that it may see."""
        for tenant, agents in LEADS.items():
            for role in ("agent", "manager", "admin"):
                token = self.token(*(("--agent", "ben") if role == "agent" else ()), role=role, tenant=tenant)
                yield tenant, role, token, {lead for lead, agent in agents.items()
                                            if role != "agent" or agent in ("", "ben")}

    def test_rights_of_every_route(self):
        """Every route with every token on every lead: a lead that the token may not see looks like one that does not
        exist."""
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
                    foreign, unknown = (self.call_operation(method, path, operation, segment, token)
                                        for segment in ("of-blue", "nobody"))
                    self.assertEqual((unknown[0], foreign == unknown), (404, tenant == "acme"))
                elif case == "list of definitions":  # they are of no file here
                    status, _ = self.call_operation(method, path, operation, "vip", token)
                    self.assertEqual(status, 403 if role == "agent" else 409, path)
                elif case == "tags":
                    status, _ = self.call_operation(method, path, operation, "nobody-has-it", token)
                    self.assertEqual(status, 403 if role == "agent" else 202, path)
                elif case == "contact":
                    asked += self.check_operation(method, path, operation, token, seen, EVERY, role)
            asked += self.check_reads_of_all(token, role, seen, EVERY)
            status, page, _ = self.ask(CONTACTS + "search?count=exact", token)
            self.assertEqual(({row["id"] for row in page["contacts"]}, page["count"]), (seen, len(seen)))
        self.assertGreater(asked, 200)
        self.check_answers()
        # At the end, the operations that remove leads.
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
                status, body = self.call_operation(method, path, operation, some_id, "")
                refusals.add((status, json.dumps(body)))
        [(status, _)] = refusals
        self.assertEqual(status, 401)

    def test_rights_of_scopes(self):
        """Every route with a token of each scope alone: it is refused before the id is read, or not at all."""
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
                    status, body = self.call_operation(method, path, operation, some_id, token)
                    is_refused = status == 403 and "its role or its scopes do not allow it" in body["detail"]
                    self.assertEqual(is_refused, scope != needed, (name, scope, status, body))

    def test_rights_of_what_makes_something(self):
        """Contacts, exports, imports and bulk changes by every token: they show and change nothing of others, and
        another client's keys do not count."""
        self.start_with_marks()
        self.ask(CONTACTS + "lead-free/tags", None, "POST", {"Idempotency-Key": "order-1"}, '{"add": ["b"]}')
        for tenant, role, token, seen in self.tokens():
            own = sorted(seen)[0]
            for lead in EVERY:
                status, said = self.post(API + "contacts", token, {"id": lead})
                if lead in LEADS[tenant]:
                    self.assertEqual((status, said.get("existing")), (409, {"id": lead} if lead in seen else None))
                self.assertEqual(self.marks_in(said, EVERY) - seen, set())
            rows = [{"action": "update", "id": lead, "contact": {"batch": role}} for lead in LEADS[tenant]]
            status, said = self.post(CONTACTS + "batch", token, {"rows": rows})
            self.assertEqual((status, {row.get("id") for row in said["rows"]} - {None}), (200, seen))
            self.assertEqual([row["status"] for row in said["rows"]], [200 if lead in seen else 404 for lead in LEADS[tenant]])
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
        return self.ask_within_limits(path, token, "POST", headers, text)[:2]

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
        jobs = [self.call_operation(*there[name], "", self.manager)[1]["id"]
                for name in ("export.start", "import.upload")]
        change = {"where": "mark IS SET", "action": "tags", "body": {"add": ["a"]}}
        jobs.append(self.ask(API + "bulk", method="POST", body=json.dumps(change))[1]["id"])
        self.ask(CONTACTS + "lead-free/tags", None, "POST", {"Idempotency-Key": "order-1"}, '{"add": ["b"]}')
        for tenant, role, token, _ in self.tokens():
            is_own = tenant == "acme" and role != "agent"
            for name in ("job.get",) if is_own else OF_JOBS:
                unknown = self.call_operation(*there[name], "nobody", token)
                self.assertIn(unknown[0], (403, 404) if role == "agent" else (404,), name)
                for job in jobs:
                    answer = self.call_operation(*there[name], job, token)
                    self.assertEqual(answer[1]["id"] if is_own else answer, job if is_own else unknown,
                                     (name, role))
            listed = {job["id"] for job in self.ask(API + "jobs", token)[1]["jobs"]}
            self.assertEqual(listed, set(jobs) if is_own else set())
            for name in ("command.get", "command.undo"):
                self.assertEqual(self.call_operation(*there[name], "order-1", token),
                                 self.call_operation(*there[name], "nobody", token))
            self.check_bulk(change, token, role, set(LEADS[tenant]))
        self.check_answers()
        self.assertEqual(self.ask(API + "commands/order-1")[0], 200)

    def test_rights_of_addresses(self):
        """Every way in which a contact gets an address, by every role: an address that another contact has is refused,
        with the same words whoever may see that one; nothing changes."""
        owners = {"ben": "ben", "cid": "cid", "free": ""}
        records = contact("mine", "ben", mark="x") + contact("crm-1", "ben", email="mine@x.org")
        for name, agent in owners.items():
            records += contact(f"{name}-1", agent, email=f"{name}@x.org") + contact(f"id-{name}@x.org", agent, mark="x")
            # Its id is the address of the contact after it.
            records += contact(f"back-{name}@x.org", "ben", email=f"other-{name}@x.org")
            records += contact(f"back-{name}", agent, email=f"back-{name}@x.org")
        self.start(records)
        self.wait_for("back-free")
        before = self.addresses()
        words = self.ask(API + "contacts", method="POST", body='{"id": "mine"}')[1]
        self.assertEqual(words.pop("existing"), {"id": "mine"})
        numbers = itertools.count()

        def ways(address):
            new, spelled = f"new-{next(numbers)}", f" {address.upper()} "
            create, upsert, mine = API + "contacts", API + "contacts?upsert=true", CONTACTS + "mine"
            yield "POST", create, {"id": new, "email": address}
            yield "POST", create, {"id": new, "email": f"Vic Tim <{spelled}>"}
            yield "POST", create, {"id": new, "attributes": {" Email": spelled}}
            yield "POST", create, {"email": spelled}
            yield "POST", create, {"id": address}
            yield "POST", create, {"id": address.upper()}
            yield "POST", upsert, {"id": "mine", "email": spelled}
            yield "POST", upsert, {"id": address.upper()}
            yield "PATCH", mine, {"email": address}
            yield "PATCH", mine, {"EMAIL ": spelled, "city": "Bern"}
            yield "PATCH", mine, {"attributes": {"email": spelled}}
            if address.startswith("back-"):
                for unset in (None, "", " ", []):
                    yield "PATCH", CONTACTS + address, {"email": unset}
        tokens = {role: self.token(*(("--agent", "ben") if role == "agent" else ()), role=role)
                  for role in ("agent", "manager", "admin")}
        for (name, agent), (role, token) in itertools.product(owners.items(), tokens.items()):
            for address, has in ((f"{name}@x.org", f"{name}-1"), (f"id-{name}@x.org",) * 2,
                                 (f"back-{name}@x.org", f"back-{name}")):
                is_seen = role != "agent" or agent in ("", "ben")
                for method, path, body in ways(address):
                    status, said, _ = self.ask_within_limits(path, token, method, body=json.dumps(body))
                    existing = said.pop("existing", {}).get("id")
                    self.assertEqual((status, said["code"]), (409, "exists"), (role, path, body, said))
                    self.assertEqual(said, words)
                    known = {has, address} if address.startswith("back-") else {has}
                    self.assertTrue(existing in known if is_seen else existing in known - {has} | {None},
                                    (role, path, body, existing))
                # An upsert finds the contact by its address, and says which id it has.
                if is_seen and not address.startswith("back-"):
                    status, said, _ = self.ask_within_limits(API + "contacts?upsert=true", token, "POST",
                                                         body=json.dumps({"id": "other", "email": address, "mark": role}))
                    self.assertEqual((status, said["id"]), (200, has), said)
                    self.assertIn(f"other is not taken: the contact with this address has the id {has}",
                                  said["warnings"][0])
        self.assertEqual(self.addresses(), before)
        for scope in ("read", "scan", "import", "admin"):
            token = self.token("--scopes", scope, role="operator")
            for method, path, body in ways("cid@x.org"):
                self.assertEqual(self.ask_within_limits(path, token, method, body=json.dumps(body))[0], 403, (scope, path))
        self.check_sharing(tokens)

    def addresses(self):
        rows = self.search(limit=1000, fields="id,profile")[1]["contacts"]
        return {row["id"]: row["profile"].get("email", row["id"]) for row in rows}

    def check_sharing(self, tokens):
        """With `shared` a manager may do it, an agent never."""
        for number, (method, path, body) in enumerate((("POST", API + "contacts", {"id": "third", "email": "cid@x.org"}),
                                                       ("PATCH", CONTACTS + "mine", {"email": "cid@x.org"}))):
            status, said, _ = self.ask_within_limits(path + "?shared=true", tokens["agent"], method, body=json.dumps(body))
            self.assertEqual((status, said["code"], said["field"]), (403, "forbidden", "shared"))
            status, said, _ = self.ask_within_limits(path + "?shared=true", tokens["manager"], method, body=json.dumps(body))
            self.assertEqual(status, (201, 200)[number], said)
        [shared] = self.ask(CONTACTS + "duplicates", tokens["admin"])[1]["duplicates"]
        self.assertEqual((shared["address"], shared["leads"]), ("cid@x.org", 3))
        # What it has already is not new to it.
        self.assertEqual(self.ask_within_limits(CONTACTS + "mine", tokens["agent"], "PATCH",
                                            body='{"email": "CID@x.org", "city": "Bern"}')[0], 200)

    def test_rights_of_opt_ins(self):
        """Every way in which an agent could lift the opt-out of an address that a contact of others has, too."""
        records = contact("mine", "ben", email="both@x.org") + contact("hers", "cid", email="both@x.org")
        records += contact("alone", "ben", email="alone@x.org")
        for lead in ("mine", "alone"):
            records.append({"event": {"tenantId": "acme", "leadId": lead, "email": f"{'both' if lead == 'mine' else lead}@x.org",
                                      "eventId": "out", "type": "UNSUBSCRIBE", "topic": "news",
                                      "occurredAt": "2026-03-01T09:00:00Z"}})
        self.start(records)
        agent, manager = self.token("--agent", "ben", role="agent"), self.token()
        leads = ("mine", "hers", "alone")

        def out():
            return {lead: self.ask(CONTACTS + lead, manager)[1].get("topics_out") for lead in leads}
        self.wait_until(lambda: out() == dict.fromkeys(leads, ["news"]))
        opt_in = {"topic": "news", "subscribed": True}
        for lead in ("mine", "email:both@x.org"):
            status, said, _ = self.ask_within_limits(f"{CONTACTS}{lead}/topics", agent, "POST", body=json.dumps(opt_in))
            self.assertIn((status, said["code"]), ((403, "forbidden"), (409, "ambiguous")), said)
        self.assertEqual(self.ask_within_limits(CONTACTS + "hers/topics", agent, "POST", body=json.dumps(opt_in))[0], 404)
        for selection in ({"ids": ["mine"]}, {"where": 'lead IS "mine"'}):
            bulk = {"action": "topics", "body": opt_in, **selection}
            self.assertEqual(self.ask_within_limits(API + "bulk", agent, "POST", body=json.dumps(bulk))[0], 403)
        # As members they lift nothing.
        for member in ({"topics_out": []}, {"topics_out": None}, {"sendable": True}, {"email_status": "active"},
                       {"attributes": {"topics_out": []}}):
            for method, path, body in (("PATCH", CONTACTS + "mine", member),
                                       ("POST", API + "contacts?upsert=true", {"id": "mine", **member}),
                                       ("POST", API + "contacts?upsert=true", {"email": "alone@x.org", **member})):
                self.ask_within_limits(path, agent, method, body=json.dumps(body))
        self.assertEqual(out(), dict.fromkeys(leads, ["news"]))
        for lead, token, left in (("alone", agent, {"mine": ["news"], "hers": ["news"], "alone": []}),
                                  ("mine", manager, dict.fromkeys(leads, []))):
            status, said, _ = self.ask_within_limits(f"{CONTACTS}{lead}/topics", token, "POST", body=json.dumps(opt_in))
            self.assertEqual(status, 200, said)
            self.wait_until(lambda left=left: out() == left)

    def test_rights_of_continuations(self):
        """All that a client holds to go on: it shows nothing, nobody can make or change one, and it is for its tenant."""
        self.start_with_marks()
        hidden = [record for number in range(300) for record in contact(f"hidden-{number:03}", "cid", mark="x")]
        self.append(*hidden, *contact("twin", "ben", email="lead-ben@x.org"),
                    *contact("pair", "ben", email="lead-cid@x.org"), *contact("zz-ben", "ben", mark="x"))
        self.wait_for("zz-ben")
        admin, agent = self.token(role="admin"), self.token("--agent", "ben", role="agent")
        other = self.token(role="admin", tenant="blue")
        position = self.request("POST", CONTACTS + "twin/tags", '{"add": ["a"]}',
                                {**self.bearer(admin), "Idempotency-Key": "k"})[0].getheader("Leadpulse-Position")
        stream = Stream(self.port, agent)
        self.addCleanup(stream.close)
        self.append(*contact("twin", "ben")[1:], command("zz-ben", 3, setStage={"stage": "QUALIFIED"}))
        stream.wait(lambda events: events)
        search, walk = CONTACTS + "search?limit=1", "where=mark%20CONTAINS%20%22x%22"
        late, pages = [""], []
        while late[-1] is not None:
            page = self.ask_within_limits(f"{CONTACTS}search?limit=1000&{walk}&cursor={late[-1]}", agent,
                                      headers={"Prefer": "wait=0"})[1]
            pages += [row["id"] for row in page["contacts"]]
            late.append(page["cursor"])
        self.assertEqual(pages, ["zz-ben"])
        # For each parameter and operation what an answer has given.
        given = [("contact.search", path, cursor) for path, token in ((search, admin), (search + "&sort=-score", admin))
                 for cursor in [self.ask(path, token)[1]["cursor"]]]
        given += [("contact.search", f"{search}&{walk}", cursor) for cursor in late[1:-1]]
        columns = self.ask(API + "pipeline?limit=1", admin)[1]["stages"]
        given += [("pipeline.get", column["href"] + "&limit=1", column["cursor"]) for column in columns if column["cursor"]]
        given += [(name, path, self.ask_within_limits(path, admin)[1]["cursor"]) for name, path in (
            ("contact.timeline", CONTACTS + "twin/timeline?limit=1"), ("audit.list", API + "audit?limit=1"),
            ("contact.list", API + "contacts?limit=1"),
            ("contact.duplicates", CONTACTS + "duplicates?limit=1"),
            ("import.contacts", f"{API}imports/{self.import_of_two(admin)}/contacts?limit=1"))]
        places = [position, self.ask(API + "commands/k", admin)[1]["position"]]
        texts = [cursor for _, _, cursor in given] + places + [event.id for event in stream.events]
        for text in texts:
            shown = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            self.assertEqual((len(shown) - 44) % 64, 0)  # 44: the key's name, the nonce and the tag
            shown += text.encode()
            for word in EVERY + ["hidden-", "zz-ben", "twin", "jsonl", "acme"]:
                self.assertNotIn(word.encode(), shown)
        self.check_forged(given, places, admin, other)
        for last_id in (self.altered(stream.last_id)[0], position, "0" * 32):
            again = Stream(self.port, agent, last_id=last_id)
            self.addCleanup(again.close)
            self.assertEqual(again.wait(lambda events: events)[0].kind, "reset")

    def import_of_two(self, token):
        upload = self.post(API + "imports", token, "E-Mail,City\nlead-ben@x.org,Bern\nlead-free@x.org,Bern\n")[1]["id"]
        self.assertEqual(self.post(f"{API}imports/{upload}/run", token, {"map": {"City": "town"}, "shared": True})[0], 202)
        self.wait_until(lambda: self.ask(f"{API}imports/{upload}", token)[1]["state"] == "done")
        return upload

    @staticmethod
    def altered(text):
        """Other texts, of each part of it."""
        changed = [text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1:] for at in range(0, len(text), 17)]
        return changed + [text[:-1], text[1:], text + "A", text[:40]]

    def check_forged(self, given, places, admin, other):
        """None but the text itself is taken, and that by its tenant as what it is."""
        of_before = ["2-" + "0a" * 20, "1-00", "000001.jsonl:0", "lead.commands/0/0",
                     base64.urlsafe_b64encode(b"12345678" + b"42").decode().rstrip("=")]
        tested = set()
        for name, path, cursor in given:
            tested.add(name)
            for text in self.altered(cursor)[::1 if name == "audit.list" else 9] + places[:1] + of_before + ["x", "é"]:
                status, said, _ = self.ask_within_limits(f"{path}&cursor={urllib.parse.quote(text)}", admin)
                expected = (410, "cursor_expired") if text in of_before else (400, "invalid_value")
                self.assertEqual((status, said["code"], said["field"]), (*expected, "cursor"), (path, text))
            self.assertEqual(self.ask_within_limits(f"{path}&cursor={cursor}", other)[0], 400, path)
        with_cursor, with_after = ({operation["operationId"]: path for _, path, operation in self.operations()
                                    if name in (each["name"] for each in operation.get("parameters", []))}
                                   for name in ("cursor", "after"))
        self.assertEqual(set(with_cursor), tested - {"pipeline.get"})
        for path in with_after.values():
            path = API.rstrip("/") + path.replace("{id}", "twin")
            for text in ["x", given[0][2], *self.altered(places[0])[:2]] + of_before:
                status, said, _ = self.ask_within_limits(f"{path}?after={urllib.parse.quote(text)}", admin)
                self.assertEqual((status, said["field"]), (410 if text in of_before else 400, "after"), (path, text))
        for text in places:
            self.assertEqual(self.ask_within_limits(f"{CONTACTS}twin?after={text}", admin)[0], 200)
            self.assertEqual(self.ask_within_limits(f"{CONTACTS}lead-blue?after={text}", other)[0], 400)

    def check_bulk(self, change, token, role, seen):
        for which in ({"where": change["where"]}, {"ids": EVERY}):
            body = json.dumps({"action": change["action"], "body": change["body"], "dry_run": True, **which})
            status, said, _ = self.ask_within_limits(API + "bulk", token, "POST", body=body)
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
            status, body = self.call_operation(method, path, operation, lead, token)
            if lead in seen and not forbidden:
                self.assertEqual((status, body.get("id")), (200, lead), (method, path, body))
                if operation["operationId"] == "contact.agent":  # the lead must stay where it was
                    before = {"lead-ben": "ben", "lead-cid": "cid", "lead-blue": "ben"}.get(lead, "")
                    self.ask(f"{CONTACTS}{lead}/agent", token, "POST", body=json.dumps({"agentId": before}))
            else:
                self.assertEqual((status, body), unknown, (method, path, lead))
            self.assertEqual(self.marks_in(body, every) - seen, set(), (method, path, lead))
        return len(every)

    def check_preview(self, method, path, token, seen, role):
        body = {"rule": "mark IS SET"}
        status, said, _ = self.ask_within_limits(API.rstrip("/") + path, token, method, body=json.dumps(body))
        if role == "agent":
            self.assertEqual((status, said["code"]), (403, "forbidden"))
        else:
            self.assertEqual((status, said["count"], {row["id"] for row in said["entering"]}), (200, len(seen), seen))
        return 1

    def check_administration(self, method, path, operation, token, role):
        """Refused before the id is read. admin_test.py tests what admins may do."""
        if role == "admin" and operation["operationId"] not in FOR_OPERATORS:
            return 0
        for some_id in ("kim", "zoe", "1", "nobody"):
            status, body = self.call_operation(method, path, operation, some_id, token)
            self.assertEqual((status, body["code"]), (403, "forbidden"), (method, path, role))
        return 1

    @staticmethod
    def marks_in(body, every):
        shown = json.dumps(body)
        return {lead for lead in every if "mark-of-" + lead in shown}

    def check_reads_of_all(self, token, role, seen, every):
        """Lists and counts have exactly what the token may see."""
        bodies = {}
        for method, path, operation in self.operations():
            if method != "GET" or "{id}" in path:
                continue
            if operation["operationId"] == "change.stream":
                self.check_stream(token, seen, every)
                continue
            status, body = self.call_operation(method, path, operation, "", token)
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
        """Changes every lead: the stream has the changes that the token may see."""
        stream = Stream(self.port, token)
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200)
        records = []
        for lead, stage in itertools.product(sorted(every, key=lambda lead: lead in seen), ("QUALIFIED", "ENGAGED")):
            self.edits = getattr(self, "edits", 100) + 1
            records.append(command(lead, self.edits, setStage={"stage": stage}))
            records[-1]["command"]["tenantId"] = "blue" if lead == "lead-blue" else "acme"
        self.append(*records)
        stream.wait(lambda events: {event.data.get("lead_id") for event in events} >= seen)
        self.assertEqual(stream.leads() - {None}, seen)
        self.assertEqual(self.marks_in([event.data for event in stream.events], every) - seen, set())


if __name__ == "__main__":
    unittest.main()
