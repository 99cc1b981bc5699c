#!/usr/bin/env python3
"""Hostile clients of the API.   tests/serve/hostile_test.py BINARY"""

import concurrent.futures
import contextlib
import http.client
import json
import random
import resource
import socket
import time
import unicodedata
import unittest
import urllib.parse

from front import API, CONTACTS, TIMEOUT, FrontCase, contact

IDLE = 10_000
WRONG_TOKENS = 60  # sent by one client before it has to wait
SEED = 20261125


class Hostile(FrontCase):
    def setUp(self):
        super().setUp()
        self.start(contact("ann", first_name="Ann"))

    def tearDown(self):
        for process in (self.front, self.run_process):
            self.assertNotIn(self.manager, self.end(process))

    def send(self, request):
        """Sends the bytes as they are. Returns the answer's status, or 0 if the connection was closed without one."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT) as client:
            answer = http.client.HTTPResponse(client)
            try:
                client.sendall(request)
                client.shutdown(socket.SHUT_WR)
                answer.begin()
            except (http.client.HTTPException, OSError):
                return 0, b"", {}
            return answer.status, answer.read(), dict(answer.getheaders())

    def head(self, path, *headers, method="GET"):
        lines = [f"{method} {path} HTTP/1.1", "Host: h", f"Authorization: Bearer {self.manager}", *headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def test_tokens_are_not_guessed(self):
        wrong = [self.ask(CONTACTS + "ann", f"lp_{i:043}") for i in range(WRONG_TOKENS + 40)]
        codes = [status for status, _, _ in wrong]
        self.assertEqual(codes[:WRONG_TOKENS], [401] * WRONG_TOKENS)
        refused = wrong[codes.index(429)]
        self.assertEqual((refused[1]["code"], refused[2].getheader("Retry-After")), ("too_many_requests", "1"))
        # Others may share the client's address: those with a valid token are served.
        self.assertEqual(self.ask(CONTACTS + "ann")[0], 200)
        self.sleep_for(refused[2])
        self.assertEqual(self.ask(CONTACTS + "ann", "lp_x")[0], 401)

    def test_ids_of_any_bytes(self):
        """An id is used as it is, with slashes and emoji; a NUL is refused."""
        for lead in ("a/b", "a//b", "../../etc/passwd", "😀", "a b", "a?b#c", "<script>", "%41", "a\\b", "a\tb", "e\u0301"):
            path = CONTACTS + urllib.parse.quote(lead, safe="/" if lead != "a/b" else "")
            status, body, _ = self.ask(API + "contacts", method="POST",
                                       body=json.dumps({"id": lead, "attributes": {"company": lead}}))
            self.assertEqual(status, 201, (lead, body))
            status, body, _ = self.ask(path)
            self.assertEqual((status, body.get("id"), body["attributes"]["company"]["sent"]),
                             (200, lead, unicodedata.normalize("NFC", lead)))
        for member in ("id", "email"):
            status, body, _ = self.ask(API + "contacts", method="POST", body='{"%s": "a\\u0000b@x.org"}' % member)
            self.assertEqual((status, body["code"], body["field"]), (422, "invalid_value", member), body)
        for path in ("a%00b", "a%zz", "%"):
            status, body, headers = self.send(self.head(CONTACTS + path))
            self.assertEqual((status, headers["Content-Type"], json.loads(body)["code"]),
                             (400, "application/problem+json", "malformed"), path)

    def test_ids_that_end_as_a_route_does(self):
        """Their slash is escaped. Only a name may have such a slash."""
        for lead in ("ann/explain", "ann/timeline", "search/", "/x"):
            status, body, answer = self.ask(API + "contacts", method="POST", body=json.dumps({"id": lead}))
            self.assertEqual((status, answer.getheader("Location")), (201, CONTACTS + urllib.parse.quote(lead, safe="")), body)
            path = CONTACTS + urllib.parse.quote(lead, safe="")
            for at in (path, path.replace("%2F", "%2f"), path + "/explain", path + "/timeline"):
                status, body, _ = self.ask(at)
                self.assertEqual((status, body.get("id")), (200, lead), at)
            self.assertEqual(self.ask(path + "/tags", method="POST", body='{"add": ["a"]}')[1].get("tags"), ["a"])
        self.assertEqual(self.ask(CONTACTS + "ann/explain")[1]["id"], "ann")
        for path in ("/api%2Fv1/contacts/ann", "/api/v1%2Fcontacts/ann", "/api/v1/contacts%2Fann", "/%2Fleads", "/static%2Fapp.css"):
            self.assertEqual(self.send(self.head(path))[0], 404, path)

    def test_refusals_of_the_server_are_problems(self):
        body = b"x" * ((1 << 20) + 1)
        for head, status, code in ((("Content-Length: 1048577",), 413, "too_large"), (("Transfer-Encoding: chunked",), 413, "too_large"),
                                   (("Content-Encoding: gzip", "Content-Length: 2"), 415, "unsupported_media_type"),
                                   ((), 411, "length_required")):
            sent = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if "chunked" in repr(head) else b""
            said = self.send(self.head(API + "contacts", *head, method="POST") + sent)
            self.assertEqual((said[0], said[2].get("Content-Type")), (status, "application/problem+json"), (head, said))
            problem = json.loads(said[1])
            self.assertEqual((problem["status"], problem["code"], problem["type"]), (status, code, "about:blank"))
            self.assertFalse(problem["detail"].endswith("\n"))
        self.assertEqual(self.send(self.head("/login", "Content-Length: 1048577", method="POST"))[2]["Content-Type"],
                         "text/plain; charset=utf-8")

    def test_nothing_sent_becomes_a_header(self):
        """An id and a key are returned in Location, without a line break of theirs."""
        lead = "a\r\nSet-Cookie: x=1"
        status, body, answer = self.ask(API + "contacts", method="POST", body=json.dumps({"id": lead}))
        self.assertIn(status, (201, 422), body)
        self.assertIsNone(answer.getheader("Set-Cookie"))
        for header in ("If-Match: a\rSet-Cookie: x=1", "Idempotency-Key: a\rSet-Cookie: x=1", "Prefer: \x01"):
            request = self.head(CONTACTS + "ann/tags", header, "Content-Length: 16", method="POST") + b'{"add": ["new"]}'
            self.assertNotIn("Set-Cookie", self.send(request)[2])
        self.assertEqual(self.ask(CONTACTS + "ann")[0], 200)

    def test_two_readings_of_one_request_are_refused(self):
        """A proxy in front and the server must agree where a request ends."""
        for headers in (("Content-Length: 2", "Content-Length: 3"), ("Content-Length: 2", "Transfer-Encoding: chunked"),
                        ("Transfer-Encoding: gzip, chunked",), ("Content-Length : 2",), ("Content-Length: -1",)):
            status, _, _ = self.send(self.head(CONTACTS + "ann/tags", *headers, method="POST") + b"{}")
            self.assertIn(status, (0, 400), headers)
        for line in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"A" * 100_000):
            self.assertNotEqual(self.send(line)[0], 200, line[:20])
        self.assertEqual(self.ask(CONTACTS + "ann")[0], 200)

    def test_bodies_of_any_bytes(self):
        """Each gets an answer, none of them a 5xx, and the run continues."""
        chance = random.Random(SEED)
        good = [json.dumps(body).encode() for body in (
            {"email": "a@b.example", "first_name": "Jane", "attributes": {"industry": "SaaS"}}, {"stage": "qualified"},
            {"add": ["a"], "remove": ["b"]}, {"text": "a note"}, {"purpose": "mail", "granted": True})]
        paths = [API + "contacts", *(CONTACTS + f"ann/{edit}" for edit in ("stage", "tags", "notes", "consents", "lists"))]
        pieces = [b"{", b"}", b"[", b"]", b'"', b"\\u0000", b"\xff", b"\xf0\x9f", b"1e999", b"-", b"null", b"\x00", b"[" * 3000]
        codes = set()
        for number in range(150):
            body = bytearray(chance.choice(good))
            for _ in range(chance.randint(0, 4)):
                at = chance.randint(0, len(body))
                body[at:at + chance.randint(0, 3)] = chance.choice(pieces)
            headers = (f"Content-Length: {len(body)}", "Prefer: respond-async")
            path = chance.choice(paths)
            status, _, _ = self.send(self.head(path, *headers, method=chance.choice(("POST", "POST", "PATCH"))) + bytes(body))
            self.assertTrue(200 <= status < 500, (SEED, number, path, bytes(body[:200]), status))
            codes.add(status)
            time.sleep(0.05 if status == 429 else 0)
        self.assertLessEqual({202, 400, 422}, codes)
        self.assertIsNone(self.run_process.poll())
        self.assertEqual(self.ask(CONTACTS + "ann")[0], 200)

    def test_cursors_and_searches_of_any_bytes(self):
        chance = random.Random(SEED)
        for number in range(15):  # within the token's share of 20 searches
            cursor = bytes(chance.randrange(256) for _ in range(chance.randint(1, 60)))
            for parameters in ({"cursor": cursor.hex()}, {"query": cursor}, {"where": cursor}):
                status, _, _ = self.send(self.head(f"{CONTACTS}search?{urllib.parse.urlencode(parameters)}"))
                self.assertIn(status, (200, 400, 429), (SEED, number, parameters))
        self.assertEqual(self.ask(CONTACTS + "ann")[0], 200)

    def test_clients_that_do_not_read_keep_nobody_out(self):
        with contextlib.ExitStack() as deaf:
            for number in range(30):
                client = deaf.enter_context(socket.socket())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.settimeout(0.2)
                client.connect(("127.0.0.1", self.port))
                with contextlib.suppress(TimeoutError):
                    client.sendall(self.head("/openapi.json" if number % 2 else CONTACTS + "search?limit=1000") * 100)
                self.assertEqual(self.ask(CONTACTS + "ann")[0], 200, number)

    def test_idle_connections_keep_nobody_out(self):
        """An idle client's connection is closed when others need it; no client is refused."""
        wanted = IDLE + 200
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, wanted)), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.assertGreaterEqual(hard, wanted)
        slowest = 0.0
        with contextlib.ExitStack() as idle:
            for number in range(IDLE):
                client = idle.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT))
                if number % 2 == 0:
                    # without the end of the request
                    client.sendall(b"GET /api/v1/contacts/ann HTTP/1.1\r\nHost: h\r\n")
                if number % 500 == 0:
                    begun = time.monotonic()
                    self.assertEqual(self.ask(CONTACTS + "ann")[0], 200, number)
                    slowest = max(slowest, time.monotonic() - begun)
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                codes = list(pool.map(lambda _: self.ask(CONTACTS + "ann")[0], range(100)))
            self.assertEqual(codes, [200] * 100)
        print(f"the slowest of {IDLE // 500} answers beside idle connections: {slowest:.3f} s")


if __name__ == "__main__":
    unittest.main()
