#!/usr/bin/env python3
"""No log names a lead: those of a run, a front, a receiver and a delivery after a random workload with all that is refused.

    tests/serve/logs_test.py BINARY        LEADPULSE_SEED repeats a workload
"""

import base64
import json
import os
import pathlib
import random
import sqlite3
import sys
import time
import unittest
import urllib.parse

from front import API, BINARY, ROOT, command
from write_case import WriteCase, path_of

sys.path[:0] = [os.path.join(ROOT, "tests/receiver"), os.path.join(ROOT, "tests/delivery")]
import receiver as posts  # noqa: E402
import receiving  # noqa: E402

MARK = "zq7x"  # in each id, address, name and value of a person, but in no name of an event
DEFINITIONS = """
tenants:
  acme:
    tiers: [{name: all}]
    fields: {budget: number, born: day}
    event_properties: {total: number}
"""
OTHER_DEFINITIONS = DEFINITIONS.replace("budget: number", "budget: number, first_name: number")
SOURCES = """
  - {provider: sendgrid, tenant: acme, signature: none}
  - {provider: sendgrid, tenant: acme, signature: none, path: /strict, strict: true, tenant_argument: t, tenants: [beta]}
  - {provider: postmark, tenant: acme, signature: {secret: 0123456789abcdef, scheme: hmac, header: Signature}}
  - {provider: mailgun, tenant: acme, signature: {secret: 0123456789abcdef}}
  - {provider: amazon-ses, tenant: acme, signature: none}
  - {provider: generic, tenant: acme, signature: none, path: /form, mapping: form.yaml}
"""
MAPPING = """
provider: form
fields: {event: type, address: email, lead: id, time: {path: at, format: text}}
becomes: {signup: custom}
"""


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class People:
    """Draws records and requests about people. All that says who they are has MARK."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.number = 0

    def text(self):
        text = f"{MARK}{self.draw.randrange(10**6)}"
        return self.draw.choice((text, text.upper(), f"{text} O'Brien", f"<{text}>", f"{text}\n{text}", f'"{text}" ü'))

    def lead(self):
        return self.draw.choice((f"{MARK}-{self.draw.randrange(20)}", self.address(), f"{MARK} {self.draw.randrange(20)}/ü?"))

    def address(self):
        return f"{MARK}{self.draw.randrange(20)}@{MARK}.example"

    def action(self):
        draw = self.draw
        return draw.choice((
            {"updateProfile": {"set": {"email": self.address(), "first_name": self.text(), self.text(): self.text()}}},
            {"updateProfile": {"set": {"email": f"{MARK} {MARK}@x", "budget": self.text()}}},
            {"updateProfile": {"set": {"budget": self.text(), "born": self.text()}}},
            {"updateProfile": {"set": {f"{MARK}{i}": i for i in range(501)}}},
            {"updateProfile": {"set": {f"{MARK}{i}": MARK * 2000 for i in range(70)}}},
            {"updateProfile": {"set": {"long": MARK * 3000}}},
            {"editTags": {"add": [self.text(), ""]}}, {"editTags": {"add": [self.text()]}}, {"addNote": {"text": self.text()}},
            {"editLists": {"add": [MARK * 300]}}, {"setStage": {"stage": draw.choice(("CONVERTED", "NEW", self.text()))}},
            {"recordConsent": {"purpose": self.text(), "granted": draw.random() < 0.5, "at": self.text()}},
            {"setDoNotContact": {"value": True, "reason": self.text()}}, {"erase": {}}, {"erase": {"suppress": True}},
            {"erase": {}, "addNote": {"text": self.text()}}, {"withdraw": {}}, {"assignAgent": {"agentId": self.text()}}, {},
            {"expectedVersion": self.text(), "addNote": {"text": self.text()}}, {"setQualification": {"score": self.text()}}))

    def record(self):
        """Returns a line of an input, also one that makes no record."""
        self.number += 1
        draw, number = self.draw, self.number
        lead = {"leadId": self.lead()} if draw.random() < 0.7 else {"email": self.address()}
        if draw.random() < 0.6:
            record = {"command": {"tenantId": "acme", **lead, "commandId": f"{MARK}{number % 50}", "issuedAt": now(),
                                  "actor": self.text(), **self.action()}}
        else:
            record = {"event": {"tenantId": "acme", **lead, "eventId": f"{MARK}{number}", "occurredAt": now(),
                                "type": draw.choice(("OPEN", "CLICK", "BOUNCE", "UNSUBSCRIBE", "PAGE_VISIT", "RETRACT", self.text())),
                                "name": self.text(), "url": f"https://x.example/{MARK}", "topic": self.text(),
                                "properties": {"total": self.text(), self.text(): self.text()}}}
        inside = next(iter(record.values()))
        for _ in range(draw.randrange(2)):
            inside[draw.choice(("tenantId", "leadId", "email", "issuedAt", "occurredAt", "eventId", "actor"))] = draw.choice(
                (None, "", self.text(), [self.text()], MARK * 400, 7))
        line = json.dumps(record, ensure_ascii=draw.random() < 0.5)
        return draw.choice((line,) * 12 + (line[:draw.randrange(len(line))], f'{MARK},{self.address()};x', f'{{"{MARK}":1}}',
                                           json.dumps({**record, "command": {}}), '{"event":{"name":"' + MARK * 300_000 + '"}}'))

    def post(self):
        """Returns the path and the body of a post to the receiver."""
        draw = self.draw
        event = {"event": draw.choice(("open", "click", "bounce", f"seen by {self.address()}", self.address())),
                 "email": draw.choice((self.address(), self.text(), "", None, [self.text()])),
                 "type": draw.choice(("signup", "unheard of", self.address())),
                 "timestamp": draw.choice((int(time.time()), self.text(), -1)), "sg_event_id": f"{MARK}{draw.randrange(99)}",
                 "reason": self.text(), "t": draw.choice(("beta", self.text()))}
        body = draw.choice((
            json.dumps([event]), json.dumps(event), json.dumps([event])[:-20], f"[{{'{MARK}'", f"{MARK}: {self.address()}",
            urllib.parse.urlencode({**event, "event-data": json.dumps(event)}), f"a=%zz&{MARK}=%",
            json.dumps({"Type": "Notification", "Message": json.dumps(event), "MessageId": MARK}),
            json.dumps({"RecordType": "Open", "Email": self.address(), "ReceivedAt": self.text()}),
            json.dumps({"signature": {"timestamp": self.text(), "token": MARK, "signature": MARK}, "event-data": event}),
            json.dumps({"id": self.lead(), "email": self.address(), "type": draw.choice(("signup", self.address())),
                        "at": draw.choice((now(), self.text()))})))
        path = draw.choice(("/acme/sendgrid", "/strict", "/acme/postmark", "/acme/mailgun", "/acme/amazon-ses", "/form", f"/{MARK}",
                            f"/acme/sendgrid?{MARK}={MARK}"))
        headers = draw.choice(({}, {"Signature": MARK}, {"Content-Type": "application/x-www-form-urlencoded"},
                               {"Content-Type": f"{MARK}/{MARK}"}, {"X-Lead": self.address()}))
        return path, body.encode(), headers

    def request(self):
        """Returns the method, path, body and headers of a request to the front."""
        draw, lead = self.draw, self.lead()
        query = urllib.parse.urlencode({draw.choice(("query", "where", "cursor", "sort", "fields", "limit", MARK)): self.text()})
        body = {"id": lead, "email": draw.choice((self.address(), self.text())), "first_name": self.text(), "note": self.text()}
        method, path, body = draw.choice((
            ("POST", "contacts", body), ("POST", "contacts?upsert=true", body), ("POST", "contacts", {MARK: self.text()}),
            ("PATCH", path_of(lead), {"budget": self.text()}), ("PATCH", path_of(lead), body),
            ("POST", path_of(lead, "/stage"), {"stage": draw.choice(("converted", "lost", "new", self.text()))}),
            ("POST", path_of(lead, "/tags"), {"add": [self.text(), ""]}), ("POST", path_of(lead, "/notes"), {"text": self.text()}),
            ("POST", path_of(lead, f"/{MARK}"), {}), ("DELETE", path_of(lead) + f"?confirm={urllib.parse.quote(lead)}", None),
            ("POST", "contacts/batch", {"contacts": [body] * 3}), ("POST", "contacts/batch", [self.text()]),
            ("GET", f"contacts/search?{query}", None), ("GET", path_of(lead, f"?{query}"), None), ("GET", path_of(lead, "/timeline"), None),
            ("GET", path_of(lead, "/export"), None), ("GET", f"commands/{MARK}", None), ("POST", "bulk", {"ids": [lead], "action": {MARK: 1}}),
            ("POST", "bulk", {"ids": [lead], "action": {"tags": {"add": [self.text()]}}}), ("POST", "exports", {"where": self.text()}),
            ("POST", "exports", {"query": self.text(), "columns": ["email"], "format": "csv"}), ("GET", f"/u/{MARK}", None),
            ("POST", f"/u/{MARK}", None), ("GET", f"/leads/{urllib.parse.quote(lead)}", None), ("POST", "/login", None),
            ("GET", f"{MARK}/{urllib.parse.quote(lead)}", None), (MARK.upper(), "contacts", None)))
        headers = draw.choice(({}, {"Idempotency-Key": self.text().replace("\n", " ").encode("ascii", "ignore").decode()},
                               {"If-Match": f'"{MARK}"'}, {"Prefer": f"wait={MARK}"}, {"Accept": MARK}, {"Authorization": f"Bearer {MARK}"}))
        return method, path if path.startswith("/") else API + path, json.dumps(body), headers


class Logs(WriteCase):
    definitions = DEFINITIONS

    def start_run(self):
        self.run_process = self.begin("run", "--state", "state", "--output", "out", "--follow", "--input", "in.jsonl", "--input",
                                      "front/inbox", "--input", "inbox", "--quiet", "--log-level", "info", *self.with_definitions())

    def end(self, process):
        """Also collects what the process has logged."""
        said = super().end(process)
        self.logs += said
        return said

    def setUp(self):
        super().setUp()
        self.logs = ""

    def assert_anonymous(self, log):
        forms = (MARK, MARK.encode().hex(), base64.b64encode(MARK.encode()).decode()[:5])
        named = [line for line in log.splitlines() if any(form.lower() in line.lower() for form in forms)]
        self.assertEqual(named, [])

    def receive(self):
        self.write("form.yaml", MAPPING)
        receive = receiving.Receiver(BINARY, self.folder, sources=SOURCES.strip("\n"), more="log: {level: info}\n")
        receive.start()
        self.addCleanup(receive.process.wait)
        self.addCleanup(receive.process.kill)
        return receive

    def front_requests(self, people, count):
        admin = self.token(role="admin")
        for _ in range(count):
            method, path, body, headers = people.request()
            try:
                self.request(method, path, body, {**self.bearer(admin), "Content-Type": "application/json", **headers})
            except ValueError:
                pass  # Python does not send it
        for text in (f"email;first_name;budget\n{people.address()};{people.text()};{MARK}\n{MARK};;\n", f"{MARK}\n", "\0" + MARK):
            _, answer = self.request("POST", API + "imports", text.encode(), {**self.bearer(), "Content-Type": "text/csv"})
            upload = json.loads(answer)
            if "id" in upload:
                self.send("POST", f"{API}imports/{upload['id']}/run", {})
                self.wait_until(lambda upload=upload: self.ask(API + "jobs/" + upload["id"])[1]["state"] not in ("pending", "running"))

    def test_no_log_names_a_lead(self):
        seed = int(os.environ.get("LEADPULSE_SEED", str(random.randrange(2**32))))
        with self.subTest(seed=seed):
            self.check_logs(People(seed))

    def check_logs(self, people):
        os.mkdir(self.path("inbox"))
        receive = self.receive()
        self.start([command("first", 1, addNote={"text": "begin"})])
        with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
            file.write("".join(people.record() + "\n" for _ in range(400)))
        for _ in range(150):
            path, body, headers = people.post()
            receive.post(body, path, headers)
        for at_once in range(2):
            self.front_requests(people, 120)
            with sqlite3.connect(self.path("front/serve.db"), isolation_level=None) as database:
                database.execute("BEGIN IMMEDIATE")
                self.send("POST", path_of(people.lead(), "/tags"), {"add": ["a"]})
            database.close()
            self.append(command(f"last-{at_once}", 1, addNote={"text": "end"}))
            self.wait_for(f"last-{at_once}")
        self.assertEqual(receive.stop()[0], 0)
        self.end(self.run_process)
        self.send("POST", path_of(people.lead(), "/tags"), {"add": ["a"]})
        self.ask(path_of(people.lead()))
        self.definitions = OTHER_DEFINITIONS
        self.write("d.yaml", self.definitions)
        self.append(command("last", 1, addNote={"text": "end"}))
        self.start_run()
        self.wait_for("last")
        for process in (self.front, self.run_process):
            self.end(process)
        self.assertGreater(len(self.read("out/dead-letters.jsonl").splitlines()), 50)
        self.assertIn("LEAD_ERASED", self.read("out/changes.jsonl"))
        self.assertGreater(len(receive.kept()), 10)
        delivered = self.deliver(people)
        self.assert_anonymous(self.logs + receive.log() + delivered)
        for log in (self.logs, receive.log(), delivered):
            self.assertGreater(len(log.splitlines()), 5, log)
        for said in ("in force", "indexed", "unknown event", "was answered 400", "was answered 401", "is set aside", "answered 503"):
            self.assertIn(said, self.logs + receive.log() + delivered)

    def deliver(self, people):
        """Delivers to a receiver that repeats what it gets. Returns the log."""
        def wrong(status):
            body = people.text().encode()
            return f"HTTP/1.1 {status} {MARK}\r\nRetry-After: {MARK}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

        takes = posts.Receiver(script=[wrong(people.draw.choice((503, 503, 400, 99))) for _ in range(60)] + [MARK.encode()])
        self.addCleanup(takes.close)
        done = self.call("deliver", "--from", "out/changes.jsonl", "--to-url", takes.url + f"/{MARK}", "--position", "position", "--batch", "9",
                         "--first-retry", "0.01", "--longest-retry", "0.02", "--once", "--log-level", "info", "--on-refusal", "skip",
                         "--set-aside", "refused.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(pathlib.Path(self.path("refused.jsonl")).read_text("utf-8"))
        return done.stderr


if __name__ == "__main__":
    unittest.main()
