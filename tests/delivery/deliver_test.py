#!/usr/bin/env python3
"""`leadpulse deliver` against a receiver that accepts, refuses, fails, is slow and goes away.

LEADPULSE_SEED repeats the wrong bytes of its answers.
"""

import collections
import hashlib
import hmac
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time
import unittest
from unittest import mock

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "cli"), str(HERE.parent / "house"), str(HERE.parents[1] / "tools")]

from broker.cluster import free_port  # noqa: E402
from command_line import BINARY, CommandLine  # noqa: E402
from page_blocks import block  # noqa: E402
from receiver import Receiver, check_order, identity, without_duplicates  # noqa: E402

SECRET = "the secret of this test"
ENVIRONMENT = {**{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
               "TEST_SECRET": SECRET}
STANDARD_SECRET = "whsec_c2l4dGVlbiBieXRlcyBvZg=="
QUICK = ("--first-retry", "0.02", "--longest-retry", "0.2")


def event(number, lead, kind="CLICK", **more):
    return json.dumps({"event": {"tenantId": "acme" if lead % 2 else "umbrella", "leadId": f"lead-{lead}",
                                 "eventId": f"e{number}", "type": kind, "occurredAt": f"2026-03-01T00:{number % 60:02}:00Z",
                                 **more}}) + "\n"


class DeliverTest(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("definitions.yaml", "tenants: {'*': {scoring: {rules: [{event: click, points: 5}]},"
                                       " publish_score_changes: true, tiers: [{name: hot, at_least: 10}, {name: cold}]}}\n")

    def receiver(self, *arguments, **keywords):
        receiver = Receiver(*arguments, **keywords)
        self.addCleanup(receiver.close)
        return receiver

    def make_changes(self, begin=0, end=200):
        mode = "a" if begin else "w"
        with open(self.path("in.jsonl"), mode, encoding="utf-8") as file:
            file.writelines(event(number, number % 20) for number in range(begin, end))
        done = self.run_job("--definitions", "definitions.yaml", "--input", "in.jsonl", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.changes()

    def changes(self):
        return [json.loads(line) for line in self.read("out/changes.jsonl").splitlines()]

    def command(self, url, *arguments):
        return [BINARY, "deliver", "--from", "out/changes.jsonl", "--to-url", url, "--position", "position", *QUICK,
                *arguments]

    def deliver(self, url, *arguments, code=0):
        done = subprocess.run(self.command(url, "--once", *arguments), cwd=self.folder, capture_output=True, text=True,
                              timeout=120, check=False, env=ENVIRONMENT)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def start(self, url, *arguments):
        process = subprocess.Popen(self.command(url, *arguments), cwd=self.folder, stderr=subprocess.PIPE, text=True,
                                   env=ENVIRONMENT)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def comes(self, what):
        deadline = time.monotonic() + 60
        while not what() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertTrue(what())

    def test_everything_once_in_order(self):
        receiver, changes = self.receiver(), self.make_changes()
        self.deliver(receiver.url, "--batch", "7")
        self.assertEqual(receiver.taken, changes)
        self.assertTrue(all(len(json.loads(body)) <= 7 for _, _, body in receiver.posts))
        self.deliver(receiver.url)
        self.assertEqual(receiver.taken, changes, "a repeated delivery adds nothing")
        more = self.make_changes(200, 300)
        self.deliver(receiver.url)
        self.assertEqual(receiver.taken, more)

    def test_the_signature_as_the_page_checks_it(self):
        scope = {}
        exec(block("receiver.py"), scope)  # pylint: disable=exec-used
        receiver = self.receiver(script=[500])
        self.make_changes()
        self.deliver(receiver.url, "--secret-env", "TEST_SECRET", "--batch", "1000")
        self.assertEqual(receiver.posts[0][1]["X-Leadpulse-Id"], receiver.posts[1][1]["X-Leadpulse-Id"])
        for _, headers, body in receiver.posts:
            self.assertEqual(headers["Content-Type"], "application/json")
            self.assertRegex(headers["X-Leadpulse-Signature"], "^t=[0-9]+,v1=[0-9a-f]{64}$")
            self.assertEqual(headers["X-Leadpulse-Id"], headers["webhook-id"])
            time_and_body = headers["webhook-timestamp"].encode() + b"." + body
            self.assertEqual(headers["X-Leadpulse-Signature"].split("v1=")[1],
                             hmac.new(SECRET.encode(), time_and_body, hashlib.sha256).hexdigest())
            self.assertTrue(scope["is_genuine"](SECRET, headers, body))
            self.assertFalse(scope["is_genuine"]("another", headers, body))
            self.assertFalse(scope["is_genuine"](SECRET, headers, body + b" "))
            for changed in ({"webhook-timestamp": headers["webhook-timestamp"][:-1] + "x"}, {"webhook-id": "another"}):
                self.assertFalse(scope["is_genuine"](SECRET, {**headers, **changed}, body))
            with mock.patch("time.time", return_value=time.time() + 3600):
                self.assertFalse(scope["is_genuine"](SECRET, headers, body), "too old")
        self.write("secret", STANDARD_SECRET + "\n")
        os.remove(self.path("position"))
        self.deliver(receiver.url, "--secret-file", "secret", "--secret-env", "TEST_SECRET")
        _, headers, body = receiver.posts[-1]
        for secret in (SECRET, STANDARD_SECRET):
            self.assertTrue(scope["is_genuine"](secret, headers, body), "both are valid during the change")

    def test_a_secret_address_and_a_secret_header(self):
        receiver, changes = self.receiver(script=[500]), self.make_changes()
        url = receiver.url + "/hook-s3cret?token=s3cret"
        command = [BINARY, "deliver", "--from", "out/changes.jsonl", "--url-env", "ADDRESS", "--header-env", "TOKEN",
                   "--position", "position", *QUICK, "--once", "--log-level", "debug"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120, check=True,
                              env={**ENVIRONMENT, "ADDRESS": url, "TOKEN": "Authorization: Bearer s3cret"})
        self.assertEqual(receiver.taken, changes)
        self.assertEqual(receiver.posts[0][1]["Authorization"], "Bearer s3cret")
        self.assertIn(f"delivering out/changes.jsonl to http://127.0.0.1:{receiver.port}, after line 0", done.stderr)
        self.assertIn(f"http://127.0.0.1:{receiver.port} answered 500", done.stderr)
        self.assertNotIn("s3cret", done.stderr)

    def test_failures_are_tried_again(self):
        script = [500, 503, 408, 425, "cut", 502, (429, "0"), 599]
        receiver, changes = self.receiver(script=script), self.make_changes()
        said = self.deliver(receiver.url, "--batch", "50")
        self.assertEqual(receiver.taken, changes)
        self.assertEqual(len({body for _, _, body in receiver.posts[:len(script) + 1]}), 1, "the same batch each time")
        self.assertIn("answered 503; the batch is posted again", said)
        self.assertIn("7 tries failed", said, "libcurl itself posts again if a kept connection was closed")

    def test_answers_that_are_not_http_are_tried_again(self):
        script = [b"220 mail.example.com ESMTP\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"\0\x15\3\1\0\2", b"", b"\r\n",
                  b"<html>busy</html>\n", b"HTTP/1.1\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n", b"HTTP/1.1 99 no\r\n\r\n",
                  b"HTTP/1.1 999 no\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno"]
        receiver, changes = self.receiver(script=script), self.make_changes()
        self.deliver(receiver.url)
        self.assertEqual(receiver.taken, changes)

    def test_answers_without_end(self):
        """Their bytes are bounded. A status that came counts, whatever follows it."""
        def endless(first, again):
            yield first
            while True:
                yield again * (1 + 65536 // len(again))

        ok, busy = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 503 Busy\r\n"
        answers = [endless(b"", b"x"), endless(b"", b"\r\n"), endless(b"HTTP/1.1 ", b"2"), endless(b"HTTP/1.1 200 ", b"O"),
                   endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), endless(ok, b"X-A: b\r\n"), endless(ok + b"X-A: ", b"b"),
                   endless(ok, b"Set-Cookie: a=b\r\n"), endless(ok + b"X-A: b\r\n", b" folded\r\n"),
                   endless(busy + b"\r\n", b"x"), endless(busy + b"Content-Length: 1073741824\r\n\r\n", b"x"),
                   endless(busy + b"Transfer-Encoding: chunked\r\n\r\n", b"10\r\n0123456789abcdef\r\n"),
                   endless(busy + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: b\r\n"),
                   endless(ok + b"Content-Length: 1073741824\r\n\r\n", b"x")]
        receiver, changes = self.receiver(script=answers), self.make_changes()
        said = self.deliver(receiver.url, "--batch", "100", "--timeout", "20")
        self.assertEqual(len(receiver.posts), len(answers) + (len(changes) - 1) // 100)
        self.assertEqual(receiver.taken, changes[100:], "the last answer took the first hundred")
        self.assertNotIn("timed out", said.lower())
        self.assertIn("the headers of its answer are over 262144 bytes", said)
        self.assertIn("answered 503; the batch is posted again", said)
        # Sockets buffer a few MiB.
        self.assertLess(max(receiver.sent), 32 << 20)

    def test_answers_with_wrong_bytes(self):
        """Good answers that are cut, damaged or mixed with noise, and noise alone: each either counts or is repeated."""
        seed = int(os.environ.get("LEADPULSE_SEED", str(random.randrange(2**32))))
        draw = random.Random(seed)
        whole = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 1\r\n\r\nok", b"HTTP/1.0 204 No Content\r\n\r\n",
                 b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy",
                 b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
                 b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"]
        first = len("HTTP/1.1 ")  # the digit that says whether to repeat; 3 and 4 end a delivery

        def wrong():
            answer, noise = draw.choice(whole), draw.randbytes(draw.randrange(1, 2000))
            at = draw.randrange(first + 1, len(answer))
            return draw.choice([answer[:at], answer[:at] + bytes([draw.randrange(256)]) + answer[at + 1:],
                                answer[:at] + noise + answer[at:], answer[:at] + noise, noise, noise + answer,
                                answer[:draw.randrange(first)], answer + answer, answer[:at] + answer])

        receiver, changes = self.receiver(script=[wrong() for _ in range(150)]), self.make_changes()
        with self.subTest(seed=seed):
            self.deliver(receiver.url, "--batch", "1", "--timeout", "20")
            posted = [change for _, _, body in receiver.posts for change in json.loads(body)]
            self.assertEqual(list(without_duplicates(posted).values()), changes)
            self.assertEqual(receiver.script, collections.deque())

    def test_retry_after_is_obeyed(self):
        receiver = self.receiver(script=[(429, "2")])
        self.make_changes()
        self.assertIn("as it asks for", self.deliver(receiver.url))
        self.assertGreaterEqual(receiver.posts[1][0] - receiver.posts[0][0], 1.9)

    def test_what_was_taken_and_not_acknowledged_comes_again(self):
        receiver, changes = self.receiver(script=[200, "take and cut"]), self.make_changes()
        self.deliver(receiver.url, "--batch", "40")
        self.assertEqual(len(receiver.taken), len(changes) + 40)
        self.assertEqual(list(without_duplicates(receiver.taken).values()), changes)
        check_order(receiver.taken)

    def test_a_receiver_that_is_slow(self):
        receiver, changes = self.receiver(script=[("slow", 1.5)]), self.make_changes()
        said = self.deliver(receiver.url, "--timeout", "0.5")
        self.assertIn("timed out", said.lower())
        self.assertEqual(list(without_duplicates(receiver.taken).values()), changes)

    def test_a_receiver_that_comes_later(self):
        changes = self.make_changes()
        port = free_port()
        process = self.start(f"http://127.0.0.1:{port}/leads")
        time.sleep(0.5)
        self.assertIsNone(process.poll())
        receiver = self.receiver(port)
        self.comes(lambda: len(receiver.taken) == len(changes))
        self.stop(process)
        self.assertEqual(receiver.taken, changes)

    def stop(self, process):
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=100), 0)
        return time.monotonic() - began

    def test_refusals(self):
        receiver = self.receiver(refuses=lambda change: change["leadId"] == "lead-7" and change["seq"] == "2")
        changes = self.make_changes()
        said = self.deliver(receiver.url, "--batch", "30", code=1)
        self.assertIn("answered 422", said)
        self.assertIn("--on-refusal skip", said)
        self.assertNotIn("lead-7", said)
        self.deliver(receiver.url, "--batch", "30", "--on-refusal", "skip", "--set-aside", "refused.jsonl")
        kept = [json.loads(line) for line in self.read("refused.jsonl").splitlines()]
        self.assertEqual([row["status"] for row in kept], [422])
        self.assertEqual(kept[0]["answer"].strip(), "this is what the receiver says")
        refused = kept[0]["changes"]
        self.assertEqual([identity(change)[1:] for change in refused], [("lead-7", 2)])
        self.assertEqual(receiver.taken, [change for change in changes if change not in refused], "and nothing else")
        self.assertEqual(os.stat(self.path("refused.jsonl")).st_mode & 0o777, 0o600)

    def test_the_certificate_is_verified(self):
        self.make_changes()
        for name, host in (("good.pem", "localhost"), ("other.pem", "other.example")):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={host}",
                            "-addext", f"subjectAltName=DNS:{host}", "-keyout", "key.pem", "-out", name],
                           cwd=self.folder, check=True, capture_output=True)
            with open(self.path(name), "a", encoding="utf-8") as file:
                file.write(self.read("key.pem"))
        receiver = self.receiver(certificate=self.path("good.pem"))
        another = self.receiver(certificate=self.path("other.pem"))
        for url, arguments in ((receiver.url, ()), (receiver.url, ("--ca-file", "other.pem")),
                               (another.url, ("--ca-file", "other.pem"))):
            process = self.start(url, *arguments)
            timer = threading.Timer(60, process.kill)
            timer.start()
            self.assertTrue(any("certificate" in line.lower() for line in process.stderr), "it has ended")
            timer.cancel()
            self.stop(process)
        self.write("junk.pem", "no certificate\n")
        self.assertIn(f"https://localhost:{receiver.port}: ", self.deliver(receiver.url, "--ca-file", "junk.pem", code=1))
        self.assertEqual(receiver.posts + another.posts, [])
        self.deliver(receiver.url, "--ca-file", "good.pem")
        self.assertEqual(receiver.taken, self.changes())

    def test_no_receiver_there(self):
        receiver = self.receiver(script=[301])
        self.make_changes()
        self.assertIn("redirects are not followed", self.deliver(receiver.url, code=1))
        self.assertEqual(len(receiver.posts), 1)

    def test_filters(self):
        receiver = self.receiver()
        self.write("in.jsonl", "".join([event(1, 1), event(2, 2), event(3, 3, backfill=True), event(4, 1)]))
        self.run_job("--definitions", "definitions.yaml", "--input", "in.jsonl", "--quiet")
        self.write("new.yaml", "tenants: {'*': {tiers: [{name: new}]}}\n")
        self.run_job("--definitions", "new.yaml", "--input", "in.jsonl", "--quiet")
        changes = self.changes()
        self.deliver(receiver.url, "--kinds", "TIER_CHANGED,LEAD_CREATED", "--tenant", "acme", "--no-backfill")
        wanted = [change for change in changes if change["kind"] in ("TIER_CHANGED", "LEAD_CREATED")
                  and change["tenantId"] == "acme" and not change.get("backfill")
                  and change["cause"]["kind"] != "DEFINITIONS"]
        self.assertEqual(receiver.taken, wanted)
        self.assertGreater(len(wanted), 1)
        self.assertLess(len(wanted), len(changes))
        self.assertEqual(self.read("position").split()[2], str(len(changes)), "filtered changes are skipped")
        # How an operator sees that everything is delivered.
        self.assertEqual(int(self.read("position").split()[1]), int(self.read("out/changes.jsonl.committed").split()[1]))

    def test_a_mistyped_tenant_moves_no_position(self):
        receiver = self.receiver()
        self.make_changes()
        self.assertIn("is of tenant acmee, so the position stays where it was",
                      self.deliver(receiver.url, "--tenant", "acmee", code=1))
        self.deliver(receiver.url)
        self.assertEqual(receiver.taken, self.changes())

    def test_follows_a_run(self):
        receiver = self.receiver()
        process = self.start(receiver.url)  # before there are changes
        self.write("in.jsonl", event(1, 1))
        job = self.start_job("--follow", "--input", "in.jsonl", "--quiet", stderr=subprocess.PIPE)
        self.addCleanup(job.communicate)
        self.addCleanup(job.kill)
        self.comes(lambda: receiver.taken)
        for number in range(2, 6):
            with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
                file.write(event(number, number))
            self.comes(lambda number=number: any(change["leadId"] == f"lead-{number}" for change in receiver.taken))
        self.stop(process)
        self.assertEqual(receiver.taken, self.changes())

    def test_ends_while_the_receiver_hangs(self):
        receiver = self.receiver(script=[("slow", 30)])
        self.make_changes()
        process = self.start(receiver.url)
        self.comes(lambda: receiver.posts)
        self.assertLess(self.stop(process), 25, "it has waited for the receiver")

    def test_what_is_not_committed_is_not_delivered(self):
        receiver, changes = self.receiver(), self.make_changes()
        with open(self.path("out/changes.jsonl"), "a", encoding="utf-8") as file:
            file.write('{"tenantId":"acme","leadId":"nobody","seq":"1","kind":"LEAD_CREATED"}\n')
        self.deliver(receiver.url)
        self.assertEqual(receiver.taken, changes)

    def test_another_shorter_or_changed_file(self):
        receiver = self.receiver()
        self.make_changes()
        self.deliver(receiver.url)
        text = self.read("out/changes.jsonl")
        for changed, said in ((text.replace("lead-1", "lead-X", 1), "another file"), (text[:-50], "shorter"),
                              (None, "is missing")):
            if changed is None:
                os.remove(self.path("out/changes.jsonl"))
            else:
                self.write("out/changes.jsonl", changed)
            self.assertIn(said, self.deliver(receiver.url, code=1))
        self.write("out/changes.jsonl", text)
        self.write("position", self.read("position")[:-9])
        self.assertIn("damaged", self.deliver(receiver.url, code=1))

    def test_two_deliveries_of_one_position(self):
        receiver = self.receiver()
        self.make_changes()
        self.start(receiver.url)
        self.comes(lambda: receiver.taken)
        self.assertIn("another delivery is using it", self.deliver(receiver.url, code=1))

    def test_wrong_usage(self):
        self.make_changes()
        url = "https://127.0.0.1:1/leads"
        self.write("blank", " \n")
        self.write("long", "s" * 4097)
        for arguments, said in ((("--to-url", "ftp://example.com"), "only https:// and http://"),
                                (("--to-url", "https://me:secret@example.com"), "name or a password"),
                                (("--to-url", "not an address"), "is no address"),
                                (("--to-url", ""), "the address is empty"),
                                ((), "is required"),
                                (("--to-url", url, "--url-env", "HOME"), "2 were given"),
                                (("--url-env", "NOT_THERE"), "no such variable"),
                                (("--to-url", url, "--header-env", "HOME"), "write a header on one line"),
                                (("--to-url", url, "--secret-env", "NOT_THERE"), "no such variable"),
                                (("--to-url", url, "--secret-file", "nowhere"), "nowhere"),
                                (("--to-url", url, "--secret-file", "blank"), "blank is empty or over 4096 bytes"),
                                (("--to-url", url, "--secret-file", "long"), "long is empty or over 4096 bytes"),
                                (("--to-url", url, *("--secret-env", "HOME") * 3), "two secrets at most"),
                                (("--to-url", url, "--first-retry", "9", "--longest-retry", "8"),
                                 "--longest-retry is shorter than --first-retry"),
                                (("--to-url", url, "--on-refusal", "skip"), "go together"),
                                (("--to-url", url, "--set-aside", "refused.jsonl"), "go together"),
                                (("--to-url", url, "--ca-file", "nowhere.pem"), "nowhere.pem cannot be read"),
                                (("--to-url", url, "--kinds", "NO_KIND"), "NO_KIND")):
            done = self.call("deliver", "--from", "out/changes.jsonl", "--position", "position", *arguments)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(said, done.stderr)
        done = self.call("deliver", "--from", "nowhere/changes.jsonl", "--position", "p", "--to-url", url, "--once")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing is known to be committed", done.stderr)
        said = self.deliver(url, "--on-refusal", "skip", "--set-aside", "nowhere/refused.jsonl", code=1)
        self.assertIn("--set-aside nowhere/refused.jsonl cannot be opened", said)


if __name__ == "__main__":
    unittest.main()
