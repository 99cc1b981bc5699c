#!/usr/bin/env python3
"""`leadpulse receive`, as its operator and providers see it.

    tests/receiver/receive_test.py BINARY
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import shlex
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from receiving import Receiver, event

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/house"))

from page_blocks import block, commands_of, page_of  # noqa: E402

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/leadpulse"
SIGNED = ("  - {provider: sendgrid, tenant: acme, signature: none}\n"
          "  - {provider: mailersend, tenant: acme, signature: {secret: '${KEY}', scheme: hmac, header: Signature}}\n"
          "  - {provider: amazon-ses, tenant: acme, path: /ses, signature: none}\n")


class ReceiveTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def receiver(self, **keywords):
        receiver = Receiver(BINARY, self.folder, **keywords)
        self.addCleanup(lambda: receiver.process and (receiver.process.kill(), receiver.process.wait()))
        return receiver

    def test_guessed_times_are_counted_said_and_strictly_kept(self):
        receiver = self.receiver(sources="  - {provider: sendgrid, tenant: acme, signature: none}\n"
                                         "  - {provider: sendgrid, tenant: acme, signature: none, path: /strict, "
                                         "strict: true}\n")
        receiver.start()
        dated, undated = event("1"), {**event("2"), "timestamp": "soon"}
        self.assertEqual(receiver.post([dated, undated]), (200, "records: 2, with the time of receipt: 1\n"))
        self.assertEqual(receiver.post([dated, undated], path="/strict"), (200, "records: 1\n"))
        metrics = receiver.page("/metrics")
        self.assertIn('leadpulse_receiver_guessed_times_total{source="/acme/sendgrid",provider="sendgrid"} 1', metrics)
        self.assertIn('leadpulse_receiver_guessed_times_total{source="/strict",provider="sendgrid"} 0', metrics)
        self.assertEqual(receiver.stop()[0], 0)
        self.assertEqual([(line["reason"], line["source"]) for line in receiver.kept()], [("incomplete", "/strict")])
        self.assertEqual(receiver.log().count("have the time of receipt"), 1, receiver.log())

    def test_what_comes_is_there_and_counted(self):
        receiver = self.receiver()
        receiver.start()
        self.assertEqual(receiver.post([event("1"), event("2")]), (200, "records: 2\n"))
        code, text = receiver.post(b"[{")
        self.assertEqual(code, 400, text)
        self.assertEqual(receiver.post([event("3", name="brand-new")])[0], 200)
        self.assertEqual(receiver.post([event("4", name="brand-new")])[0], 200)
        self.assertEqual(receiver.post([], path="/nobody")[0], 404)
        self.assertEqual(receiver.page("/healthz"), "ok\n")
        self.assertEqual(receiver.page("/readyz"), "ready\n")
        metrics = receiver.page("/metrics")
        for line in ('leadpulse_receiver_posts_total{source="/acme/sendgrid",provider="sendgrid",code="200"} 3',
                     'leadpulse_receiver_posts_total{source="/acme/sendgrid",provider="sendgrid",code="400"} 1',
                     'leadpulse_receiver_events_total{source="/acme/sendgrid",provider="sendgrid",type="open"} 2',
                     'leadpulse_receiver_skipped_total{source="/acme/sendgrid",provider="sendgrid",reason="unknown"} 2',
                     'leadpulse_receiver_post_duration_seconds_count{source="/acme/sendgrid",provider="sendgrid"} 4',
                     "leadpulse_receiver_unknown_paths_total 1"):
            self.assertIn(line, metrics)
        self.assertEqual(receiver.stop()[0], 0)
        self.assertEqual([line["event"]["eventId"] for line in receiver.lines()], ["1", "2"])
        self.assertEqual([line["reason"] for line in receiver.kept()], ["unreadable", "unknown", "unknown"])
        self.assertEqual(receiver.log().count("unknown event"), 1, receiver.log())
        self.assertNotIn("ada@example.com", receiver.log())

    def test_what_is_refused_before_it_is_read_is_counted_and_logged(self):
        receiver = self.receiver(limits="{body: 1KiB}")
        receiver.start()
        for _ in range(2):
            self.assertEqual(receiver.post(b"x" * 2000)[0], 413)
        self.assertEqual(receiver.post([event("1")])[0], 200)
        self.assertIn('leadpulse_receiver_posts_total{source="/acme/sendgrid",provider="sendgrid",code="413"} 2',
                      receiver.page("/metrics"))
        self.assertEqual(receiver.stop()[0], 0)
        self.assertEqual(receiver.log().count("a post to /acme/sendgrid was answered 413\n"), 1, receiver.log())

    def test_signatures(self):
        receiver = self.receiver(sources=SIGNED)
        receiver.start(KEY="hunter2hunter2hunter2")
        body = b'{"type":"activity.opened","created_at":"2026-03-01T00:00:00Z","data":{"id":"1","email":{"recipient":{"email":"a@b.c"}}}}'
        right = hmac.new(b"hunter2hunter2hunter2", body, hashlib.sha256).hexdigest()
        path = "/acme/mailersend"
        self.assertEqual(receiver.post(body, path, {"Signature": right})[0], 200)
        self.assertEqual(receiver.post(body, path, {"Signature": right.replace(right[0], "g")})[0], 401)
        self.assertEqual(receiver.post(body, path)[0], 401)
        self.assertIn('provider="mailersend",code="401"} 2', receiver.page("/metrics"))
        self.assertEqual(receiver.stop()[0], 0)
        self.assertEqual(receiver.kept(), [])
        self.assertNotIn("hunter2", receiver.log())

    def test_a_form_fills_the_profile(self):
        mapping = pathlib.Path(__file__).resolve().parents[2] / "config/examples/signup.yaml"
        receiver = self.receiver(sources=f"  - {{provider: generic, tenant: acme, mapping: {mapping}, signature: none}}\n")
        receiver.start()
        signup = {"form": "signup", "submission": "s-1", "at": "2026-02-28T12:41:01Z",
                  "contact": {"email": "ada@example.com", "company": "Acme"}, "newsletter": "on", "utm": {"source": "google"}}
        self.assertEqual(receiver.post(signup, "/acme/generic"), (200, "records: 5\n"))
        self.assertEqual(receiver.post(signup, "/acme/generic"), (200, "records: 5\n"))
        self.assertIn('leadpulse_receiver_commands_total{source="/acme/generic",provider="signup"} 8',
                      receiver.page("/metrics"))
        self.assertEqual(receiver.stop()[0], 0)
        lines = receiver.lines()
        self.assertEqual(lines[0]["command"]["updateProfile"]["set"],
                         {"company": "Acme", "email": "ada@example.com", "origin": "website", "utm_source": "google"})
        ids = [line["command"]["commandId"] for line in lines if "command" in line]
        self.assertEqual(ids[:4], ids[4:])
        run = subprocess.run([BINARY, "run", "--input", "inbox", "--state", "state", "--output", "out", "--quiet"],
                             cwd=self.folder, check=True, capture_output=True, text=True)
        self.assertEqual(run.stderr, "")
        self.assertEqual((self.folder / "out/dead-letters.jsonl").read_text(encoding="utf-8"), "")

    def test_a_platform_checks_the_address_then_posts_a_signed_form(self):
        (self.folder / "form.yaml").write_text(
            "challenge: {query: hub.challenge, body: challenge}\n"
            "fields: {event: {always: left}, address: 'fields[name=Email].value', id: id}\n"
            "becomes: {left: nothing}\ncommands: {left: {erase: true}}\n", encoding="utf-8")
        receiver = self.receiver(sources="  - {provider: generic, tenant: acme, mapping: form.yaml, path: /form, "
                                         "signature: {secret: '${KEY}', scheme: hmac, header: X-Signature}}\n")
        receiver.start(KEY="hunter2hunter2hunter2")

        def ask(path, method="GET"):
            url = f"http://127.0.0.1:{receiver.port}{path}"
            with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as answer:
                return answer.status, answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"], answer.read()

        def post(body):
            digest = hmac.new(b"hunter2hunter2hunter2", body, hashlib.sha256).digest()
            return receiver.post(body, "/form", {"X-Signature": "sha256=" + base64.b64encode(digest).decode()})

        for method in ("GET", "HEAD"):
            self.assertEqual(ask("/form", method)[0], 200)
        plain = "text/plain; charset=utf-8"
        self.assertEqual(ask("/form?hub.mode=subscribe&hub.challenge=%3Cb%3E1"), (200, plain, "nosniff", b"<b>1"))
        self.assertEqual(ask("/form?hub.challenge=2", "POST"), (200, plain, "nosniff", b"2"))
        self.assertEqual(post(b'{"challenge": "3"}'), (200, "3"))
        form = b"id=7&fields[1][name]=Email&fields[1][value]=ada%40example.com"
        self.assertEqual(post(form), (200, "records: 1\n"))
        self.assertEqual(receiver.post(form, "/form")[0], 401)
        self.assertEqual(receiver.stop()[0], 0)
        self.assertEqual([(line["command"]["email"], line["command"]["erase"]) for line in receiver.lines()],
                         [("ada@example.com", {})])
        self.assertEqual(receiver.kept(), [])

    def test_the_page_shows_how_a_platform_checks_the_address(self):
        (self.folder / "signups.yaml").write_text(block("challenge mapping"), encoding="utf-8")
        page = (ROOT / page_of("challenge calls")).read_text(encoding="utf-8")
        source = re.search(r"With `(\{provider: generic.*?\})` among the sources", page).group(1)
        receiver = self.receiver(sources=f"  - {source}\n")
        receiver.start()
        head, asks = [shlex.split(call)[1:] for call in commands_of(block("challenge calls"))]
        self.assertEqual(head[0], "--head")
        for method, url, answer in (("HEAD", head[1], ""), ("GET", head[1], ""), ("GET", asks[0], block("challenge answer").strip())):
            request = urllib.request.Request(url.replace(":8080/", f":{receiver.port}/"), method=method)
            with urllib.request.urlopen(request, timeout=30) as said:
                self.assertEqual((said.status, said.read().decode()), (200, answer))
        signup = {"id": "7", "email": "ada@example.com", "company": "Acme"}
        self.assertEqual(receiver.post(signup, "/signups"), (200, "records: 1\n"))
        self.assertEqual(receiver.stop()[0], 0)
        [line] = receiver.lines()
        self.assertEqual((line["command"]["email"], line["command"]["updateProfile"]["set"]["company"]), ("ada@example.com", "Acme"))

    def test_a_secret_is_changed_without_a_post_lost(self):
        secrets = "{secret: '${NEW}', previous_secret_file: old, scheme: header, header: X-Key}"
        receiver = self.receiver(sources=f"  - {{provider: sendgrid, tenant: acme, signature: {secrets}}}\n")
        old = self.folder / "old"
        old.write_text("short\n", encoding="utf-8")
        old.chmod(0o640)
        receiver.start(NEW="a-secret-of-some-length")
        self.assertEqual(receiver.post([event("1")], headers={"X-Key": "short"})[0], 200)
        self.assertEqual(receiver.post([event("2")], headers={"X-Key": "a-secret-of-some-length"})[0], 200)
        self.assertEqual(receiver.post([event("3")], headers={"X-Key": "a-secret-of-some-length"})[0], 200)
        code, text = receiver.post([event("4")], headers={"X-Key": "another"})
        self.assertEqual(code, 401)
        self.assertNotIn("X-Key", text)
        metrics = receiver.page("/metrics")
        self.assertIn('leadpulse_receiver_signed_posts_total{source="/acme/sendgrid",provider="sendgrid",secret="current"} 2', metrics)
        self.assertIn('leadpulse_receiver_signed_posts_total{source="/acme/sendgrid",provider="sendgrid",secret="previous"} 1', metrics)
        self.assertEqual(receiver.stop()[0], 0)
        self.assertEqual([line["event"]["eventId"] for line in receiver.lines()], ["1", "2", "3"])
        for part in ("previous_secret_file: is shorter than 16 bytes", "that file can be read by others than its owner",
                     "tenant acme, also with the previous secret"):
            self.assertIn(part, receiver.log())
        self.assertNotIn("X-Key", receiver.log())

    def test_secrets_in_a_file_that_others_can_read_are_warned_of(self):
        sources = "  - {provider: mailgun, tenant: acme, signature: {secret: a-secret-of-some-length}}\n"
        receiver = self.receiver(sources=sources)
        for mode, warns in ((0o600, False), (0o640, True), (0o604, True)):
            (self.folder / "receive.yaml").chmod(mode)
            receiver.start()
            self.assertEqual(receiver.stop()[0], 0)
            self.assertEqual("this file can be read by others than its owner" in receiver.log(), warns, oct(mode))
            (self.folder / "log").unlink()
        (self.folder / "receive.yaml").write_text("to: {folder: inbox}\nsources:\n" + sources.replace("-of-some-length", ""),
                                                  encoding="utf-8")
        self.refused("sources[0].signature.secret: is shorter than 16 bytes", 2)

    def test_a_confirmation_of_sns_is_for_the_operator(self):
        receiver = self.receiver(sources=SIGNED)
        receiver.start(KEY="0123456789abcdef")
        link = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
        self.assertEqual(receiver.post({"Type": "SubscriptionConfirmation", "SubscribeURL": link}, "/ses")[0], 200)
        self.assertEqual(receiver.stop()[0], 0)
        self.assertIn(link, receiver.log())

    def test_a_run_follows_across_kills(self):
        receiver = self.receiver()
        receiver.start()
        self.assertEqual(receiver.post([event("0")])[0], 200)
        run = subprocess.Popen([BINARY, "run", "--follow", "--input", "inbox", "--state", "state", "--output", "out",
                                "--quiet"], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (run.kill(), run.wait(), run.stderr.close()))
        for number in range(1, 6):
            receiver.kill()
            receiver.start()
            self.assertEqual(receiver.post([event(str(number), f"lead{number}@example.com")])[0], 200)
        changes = self.folder / "out/changes.jsonl"
        deadline = time.monotonic() + 100
        while not changes.exists() or "lead5@example.com" not in changes.read_text(encoding="utf-8"):
            self.assertIsNone(run.poll(), run.poll() is not None and run.stderr.read())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        run.terminate()
        self.assertEqual(run.wait(timeout=100), 0)
        self.assertEqual((self.folder / "out/dead-letters.jsonl").read_text(encoding="utf-8"), "")

    def start_run(self):
        run = subprocess.Popen([BINARY, "run", "--follow", "--input", "inbox", "--state", "state", "--output", "out",
                                "--quiet"], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (run.kill(), run.wait(), run.stderr.close()))
        return run

    def wait_for_lead(self, address, run):
        changes = self.folder / "out/changes.jsonl"
        deadline = time.monotonic() + 100
        while not changes.exists() or f'"{address}"' not in changes.read_text(encoding="utf-8"):
            self.assertIsNone(run.poll(), run.poll() is not None and run.stderr.read())
            self.assertLess(time.monotonic(), deadline, f"{address} is not read")
            time.sleep(0.02)

    def test_files_beside_the_segments_hold_up_nothing(self):
        receiver = self.receiver()
        receiver.start()
        run = self.start_run()
        numbers = iter(range(100))

        def post_is_read():
            address = f"lead{next(numbers)}@example.com"
            self.assertEqual(receiver.post([event(address, address)])[0], 200)
            self.wait_for_lead(address, run)

        def note_is_read(name):
            lead = f"note{next(numbers)}@example.com"
            subprocess.run([BINARY, "lead", "note", "wants a demo", "--tenant", "acme", "--lead", lead, "--actor", "kim",
                            "--to", f"inbox/{name}"], cwd=self.folder, check=True, timeout=60)
            self.wait_for_lead(lead, run)

        post_is_read()
        for restarted in ("nothing", "run", "receiver"):
            for name in ("by-hand.jsonl", "000000.jsonl", "000001a.jsonl"):
                with self.subTest(name=name, restarted=restarted):
                    note_is_read(name)
                    post_is_read()
            if restarted == "run":
                run.terminate()
                self.assertEqual(run.wait(timeout=100), 0)
                run = self.start_run()
            elif restarted == "receiver":
                receiver.kill()
                receiver.start()
            post_is_read()
            note_is_read("by-hand.jsonl")
        run.terminate()
        self.assertEqual(run.wait(timeout=100), 0)
        self.assertEqual((self.folder / "out/dead-letters.jsonl").read_text(encoding="utf-8"), "")

    def test_killed_at_named_points(self):
        receiver = self.receiver()
        acknowledged = []
        for number, point in enumerate(["received_written", "received_durable:2", "received_segment_end"] * 2):
            receiver.start(LEADPULSE_CRASH_AT=point)
            for batch in range(4):
                ids = [f"{number}-{batch}-{index}" for index in range(6000)]  # a segment is one MiB
                try:
                    if receiver.post([event(each) for each in ids])[0] == 200:
                        acknowledged += ids
                except OSError:
                    break
            self.assertEqual(receiver.process.wait(timeout=100), -9, point)
        receiver.start()
        self.assertEqual(receiver.stop()[0], 0)
        self.assertLessEqual(set(acknowledged), {line["event"]["eventId"] for line in receiver.lines()})
        self.assertGreater(len(acknowledged), 6000)

    def test_a_token_serves_one_post_at_one_source_whatever_is_killed(self):
        receiver = self.receiver(sources="".join(
            f"  - {{provider: mailgun, tenant: {tenant}, signature: {{secret: key-0123456789abcdef}}}}\n"
            for tenant in ["acme", "other"]))
        seconds = str(int(time.time()))
        points = ["received_written", "received_token", "received_before_token_sync", "received_durable"]
        for point in points:
            def post(name, tenant="acme", point=point):
                signature = hmac.new(b"key-0123456789abcdef", (seconds + point).encode(), hashlib.sha256).hexdigest()
                return receiver.post({"signature": {"timestamp": seconds, "token": point, "signature": signature},
                                      "event-data": {"event": name, "id": point, "recipient": "ada@example.com",
                                                     "timestamp": 1772323200}}, f"/{tenant}/mailgun")[0]
            receiver.start(LEADPULSE_CRASH_AT=point)
            with self.assertRaises(OSError):
                post("opened")
            self.assertEqual(receiver.process.wait(timeout=100), -9, point)
            for _ in range(2):
                receiver.start()
                self.assertEqual(post("opened"), 200, point)
                self.assertEqual(post("complained"), 401, point)
                self.assertEqual(post("opened", "other"), 401, point)
                self.assertEqual(post("opened"), 200, point)
                receiver.kill()
        self.assertEqual({(line["event"]["tenantId"], line["event"]["type"]) for line in receiver.lines()},
                         {("acme", "OPEN")})

    def test_a_full_disk_ends_it(self):
        receiver = self.receiver()
        receiver.start(GCOV_PREFIX="counts")  # counters of tools/dev coverage would be cut off
        self.assertEqual(receiver.post([event("1")])[0], 200)
        subprocess.run(["prlimit", f"--pid={receiver.process.pid}", "--fsize=1000"], check=True)
        try:
            code = receiver.post([event(f"{number}") for number in range(100)])[0]
        except OSError:
            code = None
        self.assertNotEqual(code, 200)
        self.assertEqual(receiver.process.wait(timeout=100), 1)
        receiver.start()
        self.assertEqual(receiver.stop()[0], 0)
        self.assertEqual(receiver.lines()[0]["event"]["eventId"], "1")

    def test_it_stops_within_ten_seconds_whoever_is_connected(self):
        receiver = self.receiver()
        receiver.start()
        clients = [socket.create_connection(("127.0.0.1", receiver.port)) for _ in range(3)]
        clients[0].sendall(b"POST /acme/sendgrid HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n[")
        clients[1].sendall(b"POST /acme")
        time.sleep(0.2)
        code, seconds = receiver.stop()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 10)
        for client in clients:
            client.close()

    def test_two_receivers_and_wrong_settings(self):
        receiver = self.receiver()
        receiver.start()
        other = subprocess.run([BINARY, "receive", "--config", "receive.yaml"], cwd=self.folder, capture_output=True,
                               text=True, check=False, timeout=60)
        self.assertEqual(other.returncode, 1)
        self.assertIn("another `leadpulse serve` or `leadpulse receive` writes into inbox", other.stderr)
        (self.folder / "wrong.yaml").write_text("to: {foldr: x}\nsources: [{provider: sendgird}]\n", encoding="utf-8")
        wrong = subprocess.run([BINARY, "receive", "--config", "wrong.yaml"], cwd=self.folder, capture_output=True,
                               text=True, check=False, timeout=60)
        self.assertEqual(wrong.returncode, 2)
        for part in ('did you mean "folder"', 'did you mean "sendgrid"', "signature: none"):
            self.assertIn(part, wrong.stderr)
        receiver.stop()

    def refused(self, part, code):
        done = subprocess.run([BINARY, "receive", "--config", "receive.yaml"], cwd=self.folder, capture_output=True,
                              text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(part, done.stderr)

    def test_settings_and_certificates_that_cannot_be_read(self):
        self.refused("settings receive.yaml cannot be opened: No such file", 2)
        self.receiver(more="tls: {certificate_file: certificate.pem, key_file: other.pem}\n")
        certificate = self.folder / "certificate.pem"
        self.refused("certificate.pem cannot be opened: No such file", 2)
        certificate.write_bytes(b"x" * ((1 << 20) + 1))
        self.refused("certificate.pem is larger than 1 MiB", 2)
        for name in ("other", "certificate"):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.pem", "-out",
                            "certificate.pem", "-days", "2", "-subj", "/CN=localhost"], cwd=self.folder, check=True,
                           capture_output=True)
        self.refused("the HTTP server cannot start with this certificate and key: both must be PEM and belong together", 1)

    def test_fewer_files_than_connections_are_warned_of(self):
        receiver = self.receiver(limits="{connections: 500}")
        receiver.binary = self.folder / "limited"
        receiver.binary.write_text(f"#!/bin/sh\nulimit -n 300\nexec '{BINARY}' \"$@\"\n", encoding="utf-8")
        receiver.binary.chmod(0o700)
        receiver.start()
        self.assertEqual(receiver.post([event("1")])[0], 200)
        self.assertEqual(receiver.stop()[0], 0)
        self.assertIn("this process may open 300 files, too few for 500 connections: raise the limit", receiver.log())

    def test_the_help_lists_the_settings(self):
        for arguments, code, part in ((["--help-config"], 0, "\n  limits.body: bytes from 1KiB to 64MiB; default 10MiB\n"),
                                      ([], 2, "--config is required; --help-config says what the file may hold"),
                                      (["--help-config", "--config", "x"], 2, "--config excludes --help-config")):
            done = subprocess.run([BINARY, "receive", *arguments], capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(part, done.stderr if code else done.stdout)

    def test_tls(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out",
                        "certificate.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1"], cwd=self.folder, check=True, capture_output=True)
        receiver = self.receiver(more="tls: {certificate_file: certificate.pem, key_file: key.pem}\n")
        receiver.start()
        context = ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))
        body = json.dumps([event("1")]).encode()
        with socket.create_connection(("127.0.0.1", receiver.port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as client:
                client.sendall(b"POST /acme/sendgrid HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                               b"Content-Length: %d\r\n\r\n" % len(body) + body)
                self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 200 "))
        self.assertEqual(receiver.stop()[0], 0)
        self.assertEqual(len(receiver.lines()), 1)


if __name__ == "__main__":
    unittest.main()
