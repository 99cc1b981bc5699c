"""A front with its run, for tests: `leadpulse serve` beside `leadpulse run --follow`."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests/cli"), os.path.join(ROOT, "tools")]
from broker.cluster import free_port  # noqa: E402
from command_line import BINARY, CommandLine  # noqa: E402
from page_client import TIMEOUT  # noqa: E402

API = "/api/v1/"
CONTACTS = API + "contacts/"


def command(lead, number, **action):
    return {"command": {"tenantId": "acme", "leadId": lead, "commandId": f"{lead}-{number}", "actor": "test",
                        "issuedAt": "2026-03-01T09:00:00Z", **action}}


def contact(lead, agent="", **attributes):
    return [command(lead, 1, updateProfile={"set": attributes}), command(lead, 2, assignAgent={"agentId": agent})]


def with_snake_names(value, kept=(), names="ours"):
    """Returns JSON with the names of members in snake_case, except for those that people have given: of attributes,
    properties, topics, consents and reasons, and `kept`."""
    if isinstance(value, list):
        return [with_snake_names(one, kept) for one in value]
    if not isinstance(value, dict):
        return value
    named = {}
    for name, inner in value.items():
        is_theirs = name in ("profile", "attributes", "properties") or name in kept
        shown = name if names == "theirs" or name in kept else re.sub("[A-Z]", lambda found: "_" + found[0].lower(), name)
        if names == "ours" and name == "seq" and isinstance(inner, str):
            inner = int(inner)
        named[shown] = inner if names == "ours" and is_theirs else with_snake_names(
            inner, kept, "theirs" if names == "ours" and name in ("topics", "consents", "reasons") else "ours")
    return named


class AccessCase(CommandLine):
    made_tokens = {}  # by token: how it was made

    def init(self):
        """Makes a front once, and copies it for the other tests: the hash of a password is expensive."""
        return self.prepare("init", lambda: self.output_of(
            "serve", "init", "--data", "front", "--tenant", "acme", "--admin", "kim"))

    def token(self, *options, role="manager", tenant="acme"):
        said = self.output_of("serve", "token", "create", "--data", "front", "--tenant", tenant, "--role", role,
                              "--label", "a test", *options)
        [token] = re.findall(r"^lp_\S+$", said, re.MULTILINE)
        self.made_tokens[token] = options, role, tenant
        return token

    def fails(self, code, named, *arguments):
        result = self.call("serve", *arguments)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertIn(named, result.stderr)


class FrontCase(AccessCase):
    definitions = None  # the text of a file that the run and the front share
    run_definitions = None  # the text of a file of the run alone
    timeout = TIMEOUT  # of a request, and of wait_until
    client = "127.0.0.1"  # the address that requests come from

    def setUp(self):
        super().setUp()
        self.spare_tokens = {}  # by token: one of the same rights, whose rate limit is not used up

    def start(self, records):
        """Starts a run of the records and a front. Returns once the front shows the lead of the last record."""
        if self.definitions is not None:
            self.write("d.yaml", self.definitions)
        with open(self.path("in.jsonl"), "w", encoding="utf-8") as file:
            file.write("".join(json.dumps(record) + "\n" for record in records))
        self.make_front()
        self.start_run()
        # Until then a stopped run's state may answer reads, but not writes.
        self.wait_until(lambda: os.path.exists(self.path("state/queries.sock")))
        self.start_front()
        self.wait_for("nobody", status=404)
        for record in records[-1:]:
            lead = record.get("command") or record["event"]
            # The token of the test sees only acme, and no path names an id with NUL.
            if lead["tenantId"] == "acme" and "\0" not in lead["leadId"]:
                self.wait_for(urllib.parse.quote(lead["leadId"]))

    def make_front(self):
        """Fills the front of the first test, and copies it for the others."""
        for name, value in self.prepare(type(self).fill_front, self.fill_front).items():
            setattr(self, name, value)

    def fill_front(self):
        """Makes the front. Returns attributes of each test that has a copy."""
        self.init()
        return {"manager": self.token()}

    def start_run(self):
        definitions = self.with_definitions()
        if self.run_definitions is not None:
            self.write("run.yaml", self.run_definitions)
            definitions = ("--definitions", "run.yaml")
        self.run_process = self.begin("run", "--state", "state", "--output", "out", "--follow", "--input", "in.jsonl",
                                      "--input", "front/inbox", "--quiet", *definitions)

    def with_definitions(self):
        return () if self.definitions is None else ("--definitions", "d.yaml")

    def start_front(self, *options, port=0):
        self.serve("--state", "state", *self.with_definitions(), *options, port=port)

    def serve(self, *options, port=0):
        """Starts the front; returns once it answers. A test may start it again on self.port."""
        self.front = self.begin("serve", "--data", "front", "--port", str(port or free_port()), *options)
        self.said = ""
        while "serving on" not in self.said:
            line = self.front.stderr.readline()
            self.assertTrue(line, self.said)
            self.said += line
        self.port = int(re.search(r"serving on http://127\.0\.0\.1:(\d+)", self.said)[1])

    def begin(self, *arguments):
        process = subprocess.Popen([BINARY, *arguments], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=TIMEOUT)
        return said

    @staticmethod
    def kill(process):
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=TIMEOUT)

    def append(self, *records):
        """Adds records to an input of the run."""
        with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
            file.write("".join(json.dumps(record) + "\n" for record in records))

    def request(self, method, path, body=None, headers=()):
        """Returns the answer, and its content. Whatever the API answers, its members are in snake_case."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout,
                                                source_address=(self.client, 0))
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
            is_json = answer.getheader("Content-Type", "") in ("application/json", "application/problem+json")
            if path.startswith(API) and is_json and content and not answer.getheader("Content-Encoding"):
                shown = json.loads(content)
                asked = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query).get("fields", [""])[-1].split(",")
                self.assertEqual(with_snake_names(shown, asked), shown, path)
            return answer, content

    def bearer(self, token=None):
        return {"Authorization": f"Bearer {token or self.manager}"}

    def ask(self, path, token=None, method="GET", headers=(), body=None):
        bearer = {} if token == "" else self.bearer(token)
        answer, content = self.request(method, path, body, {**bearer, **dict(headers)})
        return answer.status, json.loads(content), answer

    def ask_within_limits(self, path, token=None, method="GET", headers=(), body=None):
        """Like `ask`, repeated while the rate limit refuses it."""
        answer, content = self.request_within_limits(method, path, body, headers, token)
        return answer.status, json.loads(content), answer

    def request_within_limits(self, method, path, body=None, headers=(), token=None):
        """Returns the answer, and its content. Each token and each address without a token has a limit of its own: once it
        is reached, this goes on with another token of the same rights, or from another address. It waits if that does not
        help. Keys and commands are known to the token that sent them only: what names one keeps its token, and waits."""
        token = self.manager if token is None else token
        keeps_token = may_wait = "Idempotency-Key" in dict(headers) or f"{API}commands/" in path
        while True:
            used = token if keeps_token else self.spare_tokens.get(token, token)
            answer, content = self.request(method, path, body, {**(self.bearer(used) if used else {}), **dict(headers)})
            if answer.status != 429 or b"wait, as Retry-After says" not in content:
                return answer, content
            if may_wait:
                self.sleep_for(answer)
            elif token in self.made_tokens:
                options, role, tenant = self.made_tokens[token]
                self.spare_tokens[token] = self.token(*options, role=role, tenant=tenant)
            else:
                self.client = f"127.0.0.{int(self.client.split('.')[3]) % 254 + 1}"
            may_wait = True

    @staticmethod
    def sleep_for(answer):
        time.sleep(int(answer.getheader("Retry-After")))

    def search(self, token=None, headers=(), **parameters):
        status, body, _ = self.ask(f"{CONTACTS}search?{urllib.parse.urlencode(parameters)}", token, headers=headers)
        return status, body

    def wait_for(self, lead, status=200):
        self.wait_until(lambda: self.ask(CONTACTS + lead)[0] == status)

    def wait_until(self, holds):
        """Returns what `holds` returns once that is true."""
        give_up = time.monotonic() + self.timeout
        while not (found := holds()):
            self.assertLess(time.monotonic(), give_up, "waited too long")
            time.sleep(0.05)
        return found
