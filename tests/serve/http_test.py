#!/usr/bin/env python3
"""HTTP as integrators know it: methods, conditions, encodings, media types, limits.   tests/serve/http_test.py BINARY"""

import gzip
import itertools
import json
import re
import socket
import unittest

from front import API, CONTACTS, TIMEOUT, contact
from write_case import WriteCase

DEFINITIONS = """
tenants:
  acme:
    tiers: [{name: all}]
    segments: [{id: hot, name: Hot, rule: score > 1}]
"""
LONG = {f"attribute_{number}": "x" * 40 for number in range(60)}


class Http(WriteCase):
    definitions = DEFINITIONS

    def raw(self, text):
        """Sends bytes on a connection of their own. Returns all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT) as client:
            client.sendall(text)
            client.shutdown(socket.SHUT_WR)
            said = b""
            while part := client.recv(1 << 16):
                said += part
            return said

    def head(self, *lines):
        return "\r\n".join([lines[0] + " HTTP/1.1", "Host: h", f"Authorization: Bearer {self.manager}", *lines[1:], "", ""]).encode()

    def test_methods(self):
        """405 and OPTIONS say what the path takes, and nothing else does; HEAD is GET without a body."""
        self.start(contact("ann"))
        for path, allowed in ((API + "contacts", "GET, HEAD, POST, OPTIONS"), (CONTACTS + "search", "GET, HEAD, OPTIONS"),
                              (CONTACTS + "ann", "GET, HEAD, PATCH, DELETE, OPTIONS"), (CONTACTS + "ann/stage", "POST, OPTIONS"),
                              (CONTACTS + "batch", "POST, OPTIONS"), (CONTACTS + "ann/explain", "GET, HEAD, OPTIONS"),
                              (API + "segments/hot", "GET, HEAD, PUT, DELETE, OPTIONS"), (API + "segments/preview", "POST, OPTIONS"),
                              (API + "webhooks", "GET, HEAD, POST, OPTIONS"), (API + "webhooks/1/test", "POST, OPTIONS"),
                              (API + "webhooks/1", "GET, HEAD, PATCH, DELETE, OPTIONS"), (API + "webhooks/1/deliveries", "GET, HEAD, OPTIONS"),
                              (API + "webhooks/deliveries/1/send-again", "POST, OPTIONS"),
                              ("/openapi.json", "GET, HEAD, OPTIONS"), ("/docs", "GET, HEAD, OPTIONS"), ("/u/token", "GET, HEAD, POST, OPTIONS")):
            answer, content = self.request("OPTIONS", path)
            self.assertEqual((answer.status, answer.getheader("Allow"), content), (204, allowed, b""), path)
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"):
                if method not in allowed:
                    answer, content = self.request(method, path, headers=self.bearer())
                    self.assertEqual((answer.status, answer.getheader("Allow")), (405, allowed), (method, path))
                    self.assertEqual(json.loads(content)["code"], "method_not_allowed")
        for path in (CONTACTS + "ann", API + "contacts", CONTACTS + "nobody", "/openapi.json", "/docs"):
            got, content = self.request("GET", path, headers=self.bearer())
            head, nothing = self.request("HEAD", path, headers=self.bearer())
            self.assertEqual((head.status, nothing, head.getheader("Content-Type")), (got.status, b"", got.getheader("Content-Type")))
            self.assertEqual(head.getheader("Content-Length"), str(len(content)), path)
        self.assertEqual(self.request("OPTIONS", API + "nothing")[0].status, 404)

    def test_every_answer_has_an_id_and_a_version_and_is_not_stored(self):
        self.start(contact("ann"))
        ids = set()
        for method, path, headers in (("GET", CONTACTS + "ann", {}), ("GET", CONTACTS + "nobody", {}), ("PUT", API + "contacts", {}),
                                      ("GET", CONTACTS + "ann%00", {}), ("GET", API + "contacts?query=x", {"X-Request-Id": "mine"}),
                                      ("OPTIONS", API + "contacts", {}), ("GET", CONTACTS + "ann", {"Authorization": "Bearer x"}),
                                      ("GET", API + "nothing", {}), ("POST", API + "exports", {})):
            answer, _ = self.request(method, path, headers={**self.bearer(), **headers})
            self.assertEqual(answer.getheader("Cache-Control"), "no-store", path)
            self.assertRegex(answer.getheader("API-Version"), r"^\d{4}-\d\d-\d\d$")
            self.assertRegex(answer.getheader("X-Request-Id"), r"^[a-z]{6}-\d+$")
            ids.add(answer.getheader("X-Request-Id"))
        self.assertEqual(len(ids), 9)
        page, _ = self.request("GET", "/login")
        self.assertRegex(page.getheader("X-Request-Id"), r"^[a-z]{6}-\d+$")

    def test_the_log_names_the_request(self):
        self.start(contact("ann"))
        self.kill(self.run_process)
        answer, _ = self.request("POST", CONTACTS + "ann/tags", '{"add": ["a"]}', self.bearer())
        self.assertEqual(answer.status, 503)
        self.assertIn(f"(request {answer.getheader('X-Request-Id')})", self.end(self.front))

    def test_what_the_client_has_is_not_sent_again(self):
        self.start(contact("ann", **LONG))
        admin = self.token(role="admin")
        for path, encoding in itertools.product((CONTACTS + "ann", API + "segments/hot", API + "definitions"), ("identity", "gzip")):
            wants = {**self.bearer(admin), "Accept-Encoding": encoding}
            answer, content = self.request("GET", path, headers=wants)
            tag = answer.getheader("ETag")
            self.assertEqual((answer.status, bool(tag)), (200, True), path)
            for known in (tag, "*", f'"x", {tag}', "W/" + tag, f'"x",W/{tag}', f'"x,y" ,\t{tag}'):
                for method in ("GET", "HEAD"):
                    said, nothing = self.request(method, path, headers={**wants, "If-None-Match": known})
                    self.assertEqual((said.status, nothing, said.getheader("ETag")), (304, b"", tag), (path, known))
                    self.assertEqual((said.getheader("Content-Type"), said.getheader("Cache-Control"), said.getheader("Vary")),
                                     (None, "no-store", answer.getheader("Vary")))  # RFC 9110 §15.4.5
            for other in ('"x"', 'W/"x"', '"x,y", ""', tag.strip('"')[:-1]):
                said, again = self.request("GET", path, headers={**wants, "If-None-Match": other})
                self.assertEqual((said.status, again == content), (200, path != CONTACTS + "ann" or again == content), path)
        self.send("POST", CONTACTS + "ann/tags", {"add": ["new"]})
        tag = self.ask(CONTACTS + "ann")[2].getheader("ETag")
        self.send("POST", CONTACTS + "ann/tags", {"add": ["newer"]})
        self.assertEqual(self.request("GET", CONTACTS + "ann", headers={**self.bearer(), "If-None-Match": tag})[0].status, 200)
        self.assertEqual(self.request("GET", CONTACTS + "nobody", headers={**self.bearer(), "If-None-Match": "*"})[0].status, 404)

    def test_answers_are_compressed_for_those_who_take_it(self):
        self.start(contact("ann", **LONG) + contact("bob"))
        page = self.request("GET", CONTACTS + "search", headers=self.bearer())[1]
        self.assertGreater(len(page), 3_000)
        for accepted, is_gzip in ((None, False), ("gzip", True), ("GZIP, deflate, br", True), ("gzip;q=0", False), ("*", True), ("br", False),
                                  ("identity;q=0, gzip;q=0.5", True), ("gzip;q=0.5, identity", False), ("*;q=0", False),
                                  ("deflate, gzip;q=1.0, *;q=0.5", True), ("identity", False), ("gzip; q=0.001, identity;q=0", True)):
            for path in (CONTACTS + "search", "/openapi.json", "/assets/style.css"):
                headers = self.bearer() | ({"Accept-Encoding": accepted} if accepted else {})
                answer, content = self.request("GET", path, headers=headers)
                if answer.status == 429:
                    headers, (answer, content) = self.bearer(self.token()), self.request("GET", path, headers={
                        **self.bearer(self.token()), **({"Accept-Encoding": accepted} if accepted else {})})
                self.assertEqual((answer.status, answer.getheader("Content-Encoding")), (200, "gzip" if is_gzip else None), (accepted, path))
                self.assertIn("Accept-Encoding", answer.getheader("Vary"))
                if is_gzip:
                    self.assertLess(len(content), len(gzip.decompress(content)) / 2)
                if path == CONTACTS + "search":
                    plain = json.loads(gzip.decompress(content) if is_gzip else content)
                    self.assertEqual([row["id"] for row in plain["contacts"]], ["ann", "bob"])
        # A small answer, and a page, which has the secret of its forms, stay as they are.
        for path in (CONTACTS + "nobody", "/login"):
            answer, _ = self.request("GET", path, headers={**self.bearer(), "Accept-Encoding": "gzip"})
            self.assertIsNone(answer.getheader("Content-Encoding"), path)
        # Other bytes have another tag, with which the contact is changed and known all the same.
        answer, _ = self.request("GET", CONTACTS + "ann", headers={**self.bearer(), "Accept-Encoding": "gzip"})
        tag = answer.getheader("ETag")
        self.assertNotEqual(tag, self.ask(CONTACTS + "ann")[2].getheader("ETag"))
        self.assertEqual(self.request("GET", CONTACTS + "ann", headers={**self.bearer(), "If-None-Match": tag})[0].status, 304)
        self.assertEqual(self.send("PATCH", CONTACTS + "ann", {"city": "Bern"}, If_Match=tag)[0], 200)
        self.assertEqual(self.send("PATCH", CONTACTS + "ann", {"city": "Chur"}, If_Match=tag)[0], 412)

    def test_other_media_types_are_refused(self):
        self.start(contact("ann"))
        body = '{"add": ["a"]}'
        for kind, status in (("application/json", 200), ("application/json; charset=utf-8", 200), ("Application/JSON", 200),
                             ("application/x-www-form-urlencoded", 200), ("text/plain", 415), ("application/xml", 415),
                             ("multipart/form-data; boundary=x", 415), ("application/json-patch+json", 415), ("text/csv", 415)):
            said = self.ask(CONTACTS + "ann/tags", method="POST", headers={"Content-Type": kind}, body=body)
            self.assertEqual(said[0], status, (kind, said[1]))
            if status == 415:
                self.assertEqual((said[1]["code"], said[1]["field"]), ("unsupported_media_type", "Content-Type"))
        self.assertEqual(self.ask(CONTACTS + "ann", method="PATCH", headers={"Content-Type": "application/merge-patch+json"}, body="{}")[0], 200)
        form = self.ask(API + "contacts", method="POST", headers={"Content-Type": "application/x-www-form-urlencoded"}, body="email=a%40x.org")
        self.assertEqual((form[0], form[1]["code"]), (415, "unsupported_media_type"))
        for kind, status in (("text/csv; charset=utf-8", 201), ("application/octet-stream", 201), ("application/json", 415),
                             ("multipart/form-data; boundary=x", 415)):
            said = self.ask(API + "imports", method="POST", headers={"Content-Type": kind}, body="email\na@x.org\n")
            self.assertEqual(said[0], status, (kind, said[1]))

    def test_what_is_too_long_is_a_problem(self):
        self.start(contact("ann"))
        for size in (30_000, 60_000, 100_000):
            for status, code, lines in ((414, "uri_too_long", [f"GET {CONTACTS}{'x' * size}"]),
                                        (414, "uri_too_long", [f"GET {CONTACTS}search?query={'x' * size}"]),
                                        (431, "headers_too_large", [f"GET {CONTACTS}ann", "X-Long: " + "x" * size]),
                                        (431, "headers_too_large", [f"POST {API}contacts", "Cookie: " + "x" * size, "Content-Length: 0"]),
                                        (431, "headers_too_large", [f"GET {CONTACTS}ann", *(f"X-{i}: {'y' * 100}" for i in range(size // 100))])):
                said = self.raw(self.head(*lines))
                head, _, body = said.partition(b"\r\n\r\n")
                self.assertIn(b"application/problem+json", head, (size, lines[0][:40], said[:300]))
                problem = json.loads(body)
                self.assertEqual((problem["status"], problem["code"]), (status, code))
        # A long rule still fits.
        rule = " OR ".join(f"city IS \"{number}\"" for number in range(400))
        self.assertEqual(self.search(where=rule)[0], 200)

    def test_a_request_that_is_sent_again_has_the_same_answer(self):
        """Also one that changes the front alone, and a file to import. Its secret is not another one."""
        self.start(contact("ann"))
        admin = self.token(role="admin")
        csv = "email,city\n" + "a@x.org,Bern\n" * 20_000
        for path, body, other in (("users", '{"name": "eve", "role": "manager"}', '{"name": "eva", "role": "manager"}'),
                                  ("tokens", '{"label": "crm", "role": "manager"}', '{"label": "x", "role": "manager"}'),
                                  ("imports", csv, csv + "b@x.org,Chur\n")):
            headers = {"Idempotency-Key": "key-" + path}
            first = self.ask(API + path, admin, "POST", headers, body)
            again = self.ask(API + path, admin, "POST", headers, body)
            self.assertEqual((first[0], again[:2]), (201, first[:2]), path)
            reused = self.ask(API + path, admin, "POST", headers, other)
            self.assertEqual((reused[0], reused[1]["code"]), (422, "idempotency_key_reused"), path)
            self.assertEqual(self.ask(API + path, admin, "POST", {"Idempotency-Key": "a b"}, other)[0], 400)
        self.assertEqual(len(self.ask(API + "jobs", admin)[1]["jobs"]), 1)
        self.assertEqual([token["label"] for token in self.ask(API + "tokens", admin)[1]["tokens"]].count("crm"), 1)
        # What failed may be tried again, and another client's keys are its own.
        wrong = self.ask(API + "users", admin, "POST", {"Idempotency-Key": "w"}, '{"name": "eve", "role": "manager"}')
        self.assertEqual(wrong[0], 409)
        self.assertEqual(self.ask(API + "users", admin, "POST", {"Idempotency-Key": "w"}, '{"name": "may", "role": "agent", "agent": "may"}')[0], 201)
        self.assertEqual(self.ask(API + "imports", self.token(), "POST", {"Idempotency-Key": "key-imports"}, csv)[0], 201)

    def test_limits_are_told(self):
        self.start(contact("ann"))
        answer = self.ask(CONTACTS + "ann")[2]
        self.assertEqual(answer.getheader("RateLimit-Policy"), '"read";q=200;w=4')
        self.assertEqual(re.sub(r"r=\d+", "r=N", answer.getheader("RateLimit")), '"read";r=N;t=1')
        answer = self.ask(CONTACTS + "ann/tags", method="POST", body='{"add": ["a"]}')[2]
        self.assertEqual(answer.getheader("RateLimit-Policy"), '"write";q=2000;w=10')
        self.assertEqual(answer.getheader("RateLimit"), '"write";r=1999;t=1')
        self.end(self.front)
        self.start_front("--rate", "write=0.01,3", "--rate", "scan=1,7")  # no write comes back within this test
        codes = [self.ask(CONTACTS + "ann/tags", method="POST", body='{"add": ["a"]}') for _ in range(5)]
        self.assertEqual([code for code, _, _ in codes], [200, 200, 200, 429, 429])
        refused = codes[-1][2]
        self.assertRegex(refused.getheader("RateLimit"), r'^"write";r=0;t=(300|2\d\d)$')
        self.assertIn(int(refused.getheader("Retry-After")), range(1, 101))
        self.assertEqual(self.ask(API + "contacts")[2].getheader("RateLimit-Policy"), '"scan";q=7;w=7')
        for wrong in ("write=0,5", "writes=1,5", "write=5", "write=1,0.5", "write=a,b", "=1,1"):
            self.assertEqual(self.call("serve", "--data", "front", "--state", "state", "--rate", wrong).returncode, 2, wrong)


if __name__ == "__main__":
    unittest.main()
