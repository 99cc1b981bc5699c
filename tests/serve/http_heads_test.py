#!/usr/bin/env python3
"""HTTP of made-up requests: lengths, hosts, methods, conditions, encodings.   tests/serve/http_heads_test.py LEADPULSE

LEADPULSE_HEADS is how many of each kind are made (default 60). A failure prints the request."""

import gzip
import os
import random
import re
import socket
import unittest

from front import API, CONTACTS, TIMEOUT, contact
from openapi_case import OpenApiCase

HEADS = int(os.environ.get("LEADPULSE_HEADS", "60"))
BODY = '{"add": ["a"]}'
# Those of RFC 9110, RFC 5789 and the QUERY of the working group.
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")
OF_ONE_ANSWER = {"Date", "X-Request-Id", "RateLimit"}  # headers that differ from answer to answer
LONG = {f"attribute_{number}": "x" * 40 for number in range(60)}


class HttpHeads(OpenApiCase):
    definitions = "tenants: {acme: {tiers: [{name: all}], segments: [{id: hot, name: Hot, rule: score > 1}]}}\n"
    run_definitions = None

    def start_front(self, *options, port=0):
        rates = [text for name in ("read", "write", "scan", "import") for text in ("--rate", f"{name}=100000,1000000")]
        super().start_front(*rates, *options, port=port)

    def setUp(self):
        super().setUp()
        self.chance = random.Random(1)
        self.start(contact("ann", **LONG))
        self.operator = self.token(role="operator")

    def send(self, first, *lines, body="", host=("Host: h",)):
        """Sends a request and one more behind it. Returns the status codes of what comes back, and all of it."""
        head = "\r\n".join([first, *host, f"Authorization: Bearer {self.manager}", *lines, "", ""])
        behind = f"GET {CONTACTS}ann HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer {self.manager}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT) as client:
            client.sendall((head + body + behind).encode("latin-1"))
            said = b""
            while part := client.recv(1 << 16):
                said += part
        return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", said)], said

    def expect_refusal(self, codes, first, *lines, **more):
        """Expects one of `codes` as the last answer of the connection. libmicrohttpd sends the head of its own answer to
        a wrong length twice."""
        statuses, said = self.send(first, *lines, **more)
        self.assertIn(statuses[0], codes, (first, lines, more, said[:300]))
        self.assertEqual(set(statuses), {statuses[0]}, (first, lines, more, said[:600]))

    def test_a_length_that_two_programs_may_read_differently_is_refused(self):
        right = str(len(BODY))
        first = f"POST {CONTACTS}ann/tags HTTP/1.1"
        for length in (right, " " + right, "\t" + right, "0" + right):
            self.assertEqual(self.send(first, "Content-Length:" + length, body=BODY)[0], [200, 200], length)
        wrong = {"", "+" + right, "-" + right, f"{right}, {right}", f"{right},{right}", hex(len(BODY)), f"{right}.0", f"{right};", f"{right}e0",
                 "١٤".encode().decode("latin-1"), f'"{right}"', f"{right} {right}"}
        while len(wrong) < HEADS:
            at = self.chance.randrange(len(right) + 1)
            wrong.add(right[:at] + self.chance.choice("+-., xXabcdef_'\"/;:\t%#") + right[at:])
        for length in sorted(wrong):
            if length.strip() != right:
                self.expect_refusal((400,), first, "Content-Length: " + length, body=BODY)
                self.expect_refusal((400,), f"GET {CONTACTS}ann HTTP/1.1", "Content-Length: " + length, body=BODY)
        self.expect_refusal((400, 413), first, "Content-Length: " + "9" * 30, body=BODY)
        for lines in ([f"Content-Length: {right}"] * 2, [f"Content-Length: {right}", "Content-Length: 3"],
                      [f"Content-Length: {right}", "Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked"] * 2):
            self.expect_refusal((400,), first, *lines, body=f"e\r\n{BODY}\r\n0\r\n\r\n")

    def test_chunks(self):
        first, chunks = f"POST {CONTACTS}ann/tags HTTP/1.1", f"e\r\n{BODY}\r\n0\r\n\r\n"
        for coding in ("chunked", "Chunked", " chunked"):
            self.assertEqual(self.send(first, "Transfer-Encoding:" + coding, body=chunks)[0], [200, 200], coding)
        for coding in ("", "gzip", "gzip, chunked", "chunked, chunked", "identity", "chunked;q=1", '"chunked"', "x-chunked", "chunked,", "chun ked", "chunked "):
            self.expect_refusal((400,), first, "Transfer-Encoding: " + coding, body=chunks)
        for size in ("0xe", "+e", "-1", "e e", "g", "", "f" * 20, ".e", "e,"):
            self.expect_refusal((400, 413), first, "Transfer-Encoding: chunked", body=f"{size}\r\n{BODY}\r\n0\r\n\r\n")
        for size in ("e;name=value", "E", "00e"):
            self.assertEqual(self.send(first, "Transfer-Encoding: chunked", body=f"{size}\r\n{BODY}\r\n0\r\nX: trailer\r\n\r\n")[0], [200, 200], size)

    def test_hosts(self):
        first = f"GET {CONTACTS}ann HTTP/1.1"
        for host in ("h", "h:80", "[::1]:80", "127.0.0.1", "", "crm.example"):
            self.assertEqual(self.send(first, host=("Host: " + host,))[0], [200, 200], host)
        self.expect_refusal((400,), first, host=())
        for host in ("a b", "a/b", "a@b", "a?b", "a#b", "a\\b", "<a>", "h,h /"):
            self.expect_refusal((400,), first, host=("Host: " + host,))
        self.expect_refusal((400,), first, host=("Host: h", "Host: h"))
        for line in ("X-A : b", "X A: b", " X-A: b", "X-A", "X(: b"):
            self.expect_refusal((400,), first, line)
        whole = f"GET http://h{CONTACTS}ann HTTP/1.1"
        self.assertEqual(self.send(whole)[0], [200, 200])
        self.assertEqual(self.send(whole.replace("http", "HTTPS"))[0], [200, 200])
        self.assertEqual(self.send(f"GET {CONTACTS}ann HTTP/2.0")[0], [505])

    def paths(self):
        """Yields each path of the document with an id, and its methods."""
        ids = {"/segments": "hot", "/exports": "none", "/imports": "none"}
        for path, operations in self.document["paths"].items():
            kind = "/" + path.split("/")[1]
            yield API.rstrip("/") + path.replace("{id}", ids.get(kind, "ann")), [method.upper() for method in operations]

    def test_every_path_says_what_it_takes(self):
        for path, methods in self.paths():
            answer, content = self.request("OPTIONS", path)
            allowed = answer.getheader("Allow").split(", ")
            self.assertEqual((answer.status, content), (204, b""), path)
            self.assertEqual(sorted(allowed), sorted({*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])}), path)
            for method in set(METHODS) - set(allowed):
                answer, content = self.request(method, path, headers=self.bearer())
                self.assertEqual((answer.status, answer.getheader("Allow").split(", ")), (405, allowed), (method, path))
                self.assertEqual(answer.getheader("Content-Type"), "application/problem+json")
        for method in ("get", "Get", "FOO", "PROPFIND", "M-SEARCH", "A" * 40, "GETT"):
            for path in (CONTACTS + "ann", "/leads", "/openapi.json"):
                statuses, said = self.send(f"{method} {path} HTTP/1.1")
                self.assertEqual((statuses[0], b"problem+json" in said), (501, path.startswith(API)), (method, path, said[:300]))

    def headers_of(self, answer):
        return {name: value for name, value in answer.getheaders() if name not in OF_ONE_ANSWER}

    def test_a_head_is_that_of_the_answer(self):
        for path, methods in self.paths():
            if "GET" not in methods or path.endswith("/stream"):
                continue
            for encoding in ("identity", "gzip"):
                headers = {**self.bearer(self.operator), "Accept-Encoding": encoding}
                got, content = self.request("GET", path, headers=headers)
                head, nothing = self.request("HEAD", path, headers=headers)
                self.assertEqual((head.status, nothing), (got.status, b""), path)
                shown, expected = self.headers_of(head), self.headers_of(got)
                self.assertEqual(int(expected["Content-Length"]), len(content), path)
                text = gzip.decompress(content) if got.getheader("Content-Encoding") else content
                if b'"at"' in text or b'"cursor"' in text:  # what is as of now has another length now
                    del shown["Content-Length"], expected["Content-Length"]
                self.assertEqual(shown, expected, path)

    def test_whatever_is_accepted_the_answer_is_json(self):
        """RFC 9110 §12.5.1 lets a server disregard the header. Ranges are not taken: the answer is whole (§14.2)."""
        for accepted in ("application/json", "text/html", "image/png", "application/json;q=0", "*/*;q=0", "a", ""):
            answer, _ = self.request("GET", CONTACTS + "ann", headers={**self.bearer(), "Accept": accepted})
            self.assertEqual((answer.status, answer.getheader("Content-Type")), (200, "application/json"), accepted)
        for taken in ("bytes=0-9", "bytes=5-", "bytes=-5", "bytes=99999999-", "lines=1-2", "bytes=9-1"):
            for path in (CONTACTS + "ann", "/openapi.json", "/assets/style.css"):
                answer, content = self.request("GET", path, headers={**self.bearer(), "Range": taken})
                self.assertEqual((answer.status, answer.getheader("Content-Range")), (200, None), (path, taken))
                self.assertEqual(len(content), int(answer.getheader("Content-Length")))

    def test_who_waits_for_a_100_gets_one_or_the_refusal(self):
        first, expects = f"POST {CONTACTS}ann/tags HTTP/1.1", "Expect: 100-continue"
        self.assertEqual(self.send(first, expects, f"Content-Length: {len(BODY)}", body=BODY)[0], [100, 200, 200])
        for status, target, lines in ((413, first, ["Content-Length: 99999999"]), (405, f"PUT {CONTACTS}ann/tags HTTP/1.1", [f"Content-Length: {len(BODY)}"]),
                                      (400, first, ["Content-Length: 3", "Content-Length: 4"]), (415, first, ["Content-Length: 3", "Content-Encoding: gzip"])):
            self.assertEqual(self.send(target, expects, *lines)[0], [status], (status, lines))


if __name__ == "__main__":
    unittest.main()
