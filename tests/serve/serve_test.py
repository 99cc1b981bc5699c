#!/usr/bin/env python3
"""`leadpulse serve` in front of a live run.   tests/serve/serve_test.py BINARY"""

import concurrent.futures
import contextlib
import http.client
import http.server
import json
import os
import re
import signal
import socket
import socketserver
import threading
import time
import unittest
import urllib.parse
import urllib.request

from front import CONTACTS, TIMEOUT, FrontCase, contact
from page_client import Person


LIMIT_OF_ONE = b"(\x018"  # in a FindLeads


class SlowRun(socketserver.ThreadingUnixStreamServer):
    """Answers like a run without contacts; answers searches only once `searches` is set. `found`: the answer to a
    search; `refusal`: that of a run which refuses it with 429."""

    SEARCHES = 8  # concurrent searches of a tenant; a person or token has half of them at most
    request_queue_size = 128  # A connection to a Unix socket whose queue is full is refused, which the front reports.
    daemon_threads = True

    def __init__(self, state):
        os.mkdir(state)
        self.hold()
        self.found = self.refusal = b""
        super().__init__(os.path.join(state, "queries.sock"), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def hold(self):
        self.searches, self.is_searching, self.asked = threading.Event(), threading.Event(), []

    def close(self):
        self.searches.set()
        self.shutdown()
        self.server_close()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            # A page also counts leads, with a limit of 1, on a thread that is for this alone.
            if self.path == "/leads/find" and LIMIT_OF_ONE not in body:
                self.server.asked.append(body)
                if len(self.server.asked) >= SlowRun.SEARCHES:
                    self.server.is_searching.set()
                self.server.searches.wait(TIMEOUT)
            if self.path == "/leads/find" and self.server.refusal:
                return self.send(429, self.server.refusal)
            found = {"/leads/find": self.server.found, "/records/outcomes": b"\x0a\x04\x08\x01\x30\x01",
                     "/contacts/preview": b"\x0a\x00"}.get(self.path, b"")
            return self.send(200 if found else 404, found)

        def send(self, status, body):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

        def address_string(self):
            return "front"


class Front(FrontCase):
    def test_the_search_of_the_documents(self):
        self.start(contact("ann", industry="SaaS", first_name="Ann") + contact("bob", industry="Retail") +
                   contact("cid", industry="SaaS"))
        status, body = self.search(query="industry:SaaS", count="exact")
        self.assertEqual(status, 200, body)
        self.assertEqual([row["lead_id"] for row in body["contacts"]], ["ann", "cid"])
        self.assertEqual((body["rule"], body["count"], body["cursor"]), ('industry HAS WORDS "SaaS"', 2, None))
        status, page = self.search(query="industry:SaaS", limit=1)
        status, rest = self.search(query="industry:SaaS", limit=1, cursor=page["cursor"])
        self.assertEqual([row["lead_id"] for row in rest["contacts"]], ["cid"])
        status, body = self.search(where='industry = "Retail"', sort="-score")
        self.assertEqual([row["lead_id"] for row in body["contacts"]], ["bob"])
        status, body, answer = self.ask(CONTACTS + "ann")
        self.assertEqual((status, body["attributes"]["first_name"]["sent"]), (200, "Ann"))
        self.assertEqual(answer.getheader("Content-Type"), "application/json")

    def test_who_may_see_what(self):
        self.start(contact("ann", agent="ben") + contact("bob", agent="cid") + contact("dan"))
        agent = self.token("--agent", "ben", role="agent")
        status, body = self.search(agent, count="exact")
        self.assertEqual(([row["lead_id"] for row in body["contacts"]], body["count"]), (["ann", "dan"], 2))
        unknown, forbidden = self.ask(CONTACTS + "nobody", agent), self.ask(CONTACTS + "bob", agent)
        self.assertEqual(unknown[:2], forbidden[:2])
        self.assertEqual((unknown[0], unknown[1]["code"]), (404, "not_found"))
        for wrong in ("", "lp_x", self.manager[:-1] + ("a" if self.manager[-1] != "a" else "b"), "Bearer"):
            status, body, answer = self.ask(CONTACTS + "ann", wrong)
            self.assertEqual((status, body["code"], answer.getheader("WWW-Authenticate")),
                             (401, "unauthorized", "Bearer"))
        self.assertEqual(self.ask(CONTACTS + "ann", f"  {self.manager} ")[0], 200)  # RFC 9110 §5.5, §11.4
        self.assertEqual(self.ask(CONTACTS + "ann", self.token("--scopes", "write"))[0], 403)
        self.output_of("serve", "token", "revoke", "--data", "front", "1")
        self.assertEqual(self.ask(CONTACTS + "ann")[0], 401)
        said = self.end(self.front)
        for secret in (self.manager, agent):
            self.assertNotIn(secret[3:], self.said + said)

    def test_mistakes_are_explained(self):
        self.start(contact("ann"))
        for parameters, field in (({"limit": "0"}, "limit"), ({"limit": "1e3"}, "limit"), ({"count": "all"}, "count"),
                                  ({"sorted": "score"}, "sorted")):
            status, body = self.search(**parameters)
            self.assertEqual((status, body["code"], body["field"]), (400, "invalid_value", field))
        for parameters in ({"query": "score>>1"}, {"where": "score >> 1"}, {"cursor": "abc"},
                           {"query": "a", "where": "score > 1"}):
            self.assertEqual(self.search(**parameters)[0], 400, parameters)
        self.assertEqual(self.ask("/api/v1/contacts/search?query=%ff")[0], 400)
        self.assertEqual(self.ask(CONTACTS + urllib.parse.quote("😀 <script>"))[0], 404)
        self.assertEqual(self.ask("/api/v2")[0], 404)
        status, _, answer = self.ask(CONTACTS + "ann", method="POST")
        self.assertEqual((status, answer.getheader("Allow")), (405, "GET, HEAD, PATCH, DELETE, OPTIONS"))

    def test_head_has_the_status_and_the_headers_of_get(self):
        self.start(contact("ann"))

        def heads(method, path):
            client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
            with contextlib.closing(client):
                client.request(method, path, headers={"Authorization": f"Bearer {self.manager}"})
                said = client.getresponse()
                return said.status, said.getheader("Content-Type"), said.getheader("ETag"), said.getheader("Location")
        for path in (CONTACTS + "ann", CONTACTS + "nobody", CONTACTS + "search?limit=0", "/api/v1/contacts",
                     "/api/v1/stream", "/api/v1/nothing", "/openapi.json", "/login", "/leads", "/u/abc", "/nothing"):
            self.assertEqual(heads("HEAD", path), heads("GET", path), path)
        self.assertEqual(heads("HEAD", CONTACTS + "ann")[0], 200)

    def test_metrics_and_health(self):
        self.start(contact("ann"))
        self.end(self.front)
        self.start_front("--operator-port", "0")
        self.ask(CONTACTS + "ann")
        self.ask(CONTACTS + "nobody")
        # Refused before a route is called; unknown paths of the API do not count.
        self.ask("/api/v1/nothing")
        self.ask("/api/v1/contacts", method="DELETE")
        Person(self.port).ask("GET", "/nothing")
        operators = int(re.search(r"metrics and health on \S+:(\d+)", self.said)[1])
        with urllib.request.urlopen(f"http://127.0.0.1:{operators}/metrics", timeout=TIMEOUT) as page:
            metrics = page.read().decode()
        for line in ('leadpulse_serve_answers_total{route="contact.get",code="2xx"} 1',
                     'leadpulse_serve_answers_total{route="contact.get",code="4xx"} 1',
                     'leadpulse_serve_answers_total{route="link",code="2xx"} 0',
                     'leadpulse_serve_request_duration_seconds_count{class="read"} 2',
                     'leadpulse_serve_request_duration_seconds_count{class="page"} 1',
                     'leadpulse_serve_answers_total{route="refused",code="4xx"} 2'):
            self.assertIn(line, metrics)
        for clear in ("ann", "acme", self.manager):
            self.assertNotIn(clear, metrics)
        for code in ("2xx", "4xx"):
            took = re.search(rf'answer_seconds_total{{route="contact.get",code="{code}"}} (\S+)', metrics)[1]
            self.assertGreater(float(took), 0)
        with urllib.request.urlopen(f"http://127.0.0.1:{operators}/readyz", timeout=TIMEOUT) as answer:
            self.assertEqual(answer.status, 200)

    def test_the_doctor(self):
        """Each problem is named with its remedy, before somebody wonders about a 503."""
        self.start(contact("ann"))
        self.end(self.front)
        place = ("doctor", "--front", "front", "--state", "state")
        self.assertIn("Errors: 0, warnings: 0, not checked: 0", self.output_of(*place))
        for arguments, found in (((*place, "--inbox", "in.jsonl"), "does not read in.jsonl"),
                                 ((*place, "--inbox", "nowhere"), "does not read nowhere"),
                                 (("doctor", "--front", "nowhere", "--state", "state"), "nowhere/serve.db"),
                                 (("doctor", "--front", "front", "--state", "out"), "no run answers at out/queries.sock")):
            result = self.call(*arguments)
            self.assertEqual((result.returncode, found in result.stdout), (1, True), result.stdout)
        result = self.call(*place, "--run", "unix:state/queries.sock")
        self.assertEqual((result.returncode, "--run is for live runs" in result.stderr), (2, True), result.stderr)
        os.chmod(self.path("front/serve.key"), 0o644)
        result = self.call(*place, "--format", "json")
        self.assertEqual(result.returncode, 1)
        [error] = [check for check in json.loads(result.stdout)["checks"] if check["result"] == "error"]
        self.assertEqual(error["check"], "front")
        self.assertIn("serve.key", error["found"])

    def test_many_searches_are_slowed_down(self):
        self.start(contact("ann"))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:  # more than the limit takes, on a slow machine, too
            answers = list(pool.map(lambda _: self.ask(CONTACTS + "search"), range(100)))
        refused = [answer for answer in answers if answer[0] == 429]
        self.assertEqual({answer[0] for answer in answers}, {200, 429})
        self.assertGreater(int(refused[0][2].getheader("Retry-After")), 0)
        self.assertEqual(self.ask(CONTACTS + "ann")[0], 200)  # reads have their own share

    def check_that_a_hanging_run_is_not_a_stopped_one(self):
        """A process that owns the socket may be writing, so its state is not read."""
        path = self.path("state/queries.sock")
        if os.path.exists(path):
            os.unlink(path)
        with socket.socket(socket.AF_UNIX) as run:
            run.bind(path)
            run.listen()

            def hang_up():
                with contextlib.suppress(OSError):
                    while True:
                        run.accept()[0].close()
            threading.Thread(target=hang_up, daemon=True).start()
            status, body, _ = self.ask(CONTACTS + "ann")
            self.assertEqual((status, body["code"]), (503, "unavailable"))
            run.shutdown(socket.SHUT_RDWR)
        # The socket of a killed run: no process listens.
        self.assertEqual(self.ask(CONTACTS + "ann")[0], 200)
        os.unlink(path)

    def test_reads_do_not_wait_for_searches(self):
        run = SlowRun(self.path("state"))
        self.addCleanup(run.close)
        self.init()
        self.start_front()
        tokens = [self.token() for _ in range(3)]
        written, _ = self.request("POST", CONTACTS[:-1], '{"id": "new"}', {**self.bearer(tokens[0]), "Prefer": "respond-async"})
        position = written.getheader("Leadpulse-Position")
        self.assertTrue(position, written.status)
        with concurrent.futures.ThreadPoolExecutor(3 * SlowRun.SEARCHES) as clients:
            for after in ({}, {"after": position}):
                run.hold()
                searches = [clients.submit(self.search, tokens[i % 3], **after) for i in range(3 * SlowRun.SEARCHES)]
                self.assertTrue(run.is_searching.wait(TIMEOUT))
                self.assertEqual(self.ask(CONTACTS + "ann", tokens[0])[1]["code"], "not_found")
                self.assertFalse(any(search.done() for search in searches))
                run.searches.set()
                self.assertEqual({search.result()[0] for search in searches}, {404})

    def admin(self):
        return self.log_in("kim", self.output_of("serve", "user", "password", "--data", "front", "--tenant", "acme", "kim"))

    def add_lee(self):
        said = self.output_of("serve", "user", "add", "--data", "front", "--tenant", "acme", "--role", "manager", "lee")
        return self.log_in("lee", said)

    def log_in(self, name, said):
        """`said`: the output of a command that ends with the password."""
        person = Person(self.port)
        password = said.strip().split("\n")[-1]
        person.ask("POST", "/login", person.get("/login").find("/login").values(name=name, password=password))
        return person

    def test_a_page_says_how_far_a_long_search_has_come(self):
        run = SlowRun(self.path("state"))
        self.addCleanup(run.close)
        run.searches.set()
        self.init()
        self.start_front()
        person = self.admin()
        # FoundLeads of query.proto: cursor `x`, late_at, searched 43.
        for found, searched in ((b"\x12\x01x\x72\x00\x78\x2b", "Searched 43 % of the leads so far"),
                                (b"\x12\x01x\x72\x00", "Not all leads were searched yet")):
            run.found = found
            page = person.ask("GET", "/leads?where=clicks%20%3E%205")
            self.assertIn(searched, page.text)
            self.assertIn("None matches this rule so far", page.text)
            self.assertNotIn("No leads match", page.text)
            self.assertIn("Continue searching", page.text)
            self.assertIn("cursor=", page.html)

    def test_a_run_says_when_long_searches_have_used_their_time(self):
        run = SlowRun(self.path("state"))
        self.addCleanup(run.close)
        run.searches.set()
        run.refusal = b"\x0a\x11too_many_requests\x12\x06narrow\x20\x07"  # QueryError of query.proto
        self.init()
        self.start_front()
        status, body, answer = self.ask(CONTACTS + "search?where=clicks%20%3E%205", self.token())
        self.assertEqual((status, body["code"], body["detail"], answer.getheader("Retry-After")),
                         (429, "too_many_requests", "narrow", "7"))
        page = self.admin().ask("GET", "/leads?where=clicks%20%3E%205")
        self.assertEqual((page.status, "Too many requests" in page.text), (429, True), page.text)

    def test_reads_do_not_wait_for_pages_that_search(self):
        run = SlowRun(self.path("state"))
        self.addCleanup(run.close)
        self.init()
        self.start_front()
        token = self.token()
        people = [self.admin(), self.add_lee()]
        with concurrent.futures.ThreadPoolExecutor(3 * SlowRun.SEARCHES) as browsers:
            lists = [browsers.submit(people[i % 2].ask, "GET", "/leads") for i in range(3 * SlowRun.SEARCHES)]
            self.assertTrue(run.is_searching.wait(TIMEOUT))
            time.sleep(1)  # so that the others wait, too
            self.assertEqual(self.ask(CONTACTS + "ann", token)[1]["code"], "not_found")
            self.assertEqual(people[0].ask("GET", "/leads/row?lead=ann").status, 404)
            self.assertFalse(any(page.done() for page in lists))
            run.searches.set()
            self.assertEqual({page.result().status for page in lists}, {404})

    def test_nobody_has_all_threads_of_searches(self):
        """Searches of a person and of a token that wait for the run leave room for those of others."""
        run = SlowRun(self.path("state"))
        self.addCleanup(run.close)
        self.init()
        self.start_front()
        people, tokens = [self.admin(), self.add_lee()], [self.token(), self.token()]
        for ask, who in ((lambda i: people[i].ask("GET", "/leads"), (b"kim", b"lee")),
                         (lambda i: self.search(tokens[i]), (b"token:1", b"token:2"))):
            run.hold()
            with concurrent.futures.ThreadPoolExecutor(4 * SlowRun.SEARCHES) as clients:
                searches = [clients.submit(ask, 0) for _ in range(3 * SlowRun.SEARCHES)]
                self.wait_until(lambda: len(run.asked) == SlowRun.SEARCHES // 2)
                searches += [clients.submit(ask, 1) for _ in range(SlowRun.SEARCHES)]
                self.assertTrue(run.is_searching.wait(TIMEOUT))
                for name in who:
                    self.assertEqual(sum(name in body for body in run.asked), SlowRun.SEARCHES // 2, run.asked)
                run.searches.set()
                for search in searches:
                    search.result()

    def test_a_run_that_ends_and_comes_back(self):
        self.start(contact("ann"))
        version = self.ask(CONTACTS + "ann")[1]["version"]
        self.end(self.run_process)
        for _ in range(2):  # the state is opened read-only
            status, body, _ = self.ask(CONTACTS + "ann")
            self.assertEqual((status, body.get("version")), (200, version), body)
            self.assertEqual([row["id"] for row in self.search(where="score >= 0")[1]["contacts"]], ["ann"])
            status, body, answer = self.ask(CONTACTS + "ann/tags", method="POST", body='{"add": ["a"]}')
            self.assertEqual((status, body["code"]), (503, "unavailable"))
            self.assertTrue(answer.getheader("Retry-After"))
        self.check_that_a_hanging_run_is_not_a_stopped_one()
        os.rename(self.path("state"), self.path("away"))
        self.assertEqual(self.ask(CONTACTS + "ann")[0], 503)
        os.rename(self.path("away"), self.path("state"))
        self.start_run()
        self.wait_for("ann")
        self.front.send_signal(signal.SIGTERM)
        self.end(self.front)
        self.assertEqual(self.front.returncode, 0)


if __name__ == "__main__":
    unittest.main()
