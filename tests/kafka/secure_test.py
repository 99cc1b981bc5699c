#!/usr/bin/env python3
"""Brokers with authentication: `leadpulse run` and `leadpulse doctor` over TLS and SASL, and their messages if a login
is refused, or a topic may not be written to. Passwords come from the environment, and no output shows them.

    tests/kafka/secure_test.py BINARY [Secure | OldKafka]
"""

import base64
import concurrent.futures
import contextlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest

for folder in (".", "../receiver"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / folder))

from live import COMMANDS, EVENTS, ROOT, STATUS, World, records, wait_for  # noqa: E402
from receiving import Receiver, event  # noqa: E402
from broker.requests import Acl, create_acls, delete_acls  # noqa: E402
from broker.security import KEY_PASSWORD, LISTENERS, PASSWORD, USER, Authority, Listener, TokenIssuer  # noqa: E402

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else "build/release/leadpulse"
DEFINITIONS = json.dumps({"tenants": {"*": {"tiers": [{"name": "all"}]}}})
SASL_TLS, SASL_PLAINTEXT, TLS = LISTENERS
# Its certificate is for another host.
ELSEWHERE = Listener("elsewhere", "SASL_SSL", 2009, "DNS:elsewhere.example")
# The last Kafka that accepts the SCRAM messages of librdkafka before 2.6.1.
LAST_KAFKA_FOR_OLD_SCRAM = "3.9.1"
WRONG = "a-password-that-nobody-has"
SECRETS = (PASSWORD, KEY_PASSWORD, WRONG)
REFUSED_WITHIN = 30  # seconds; it takes 5 on an idle machine

LOGIN = "check kafka.security.sasl in the settings"
OLD_SCRAM = "older than 2.6.1 and cannot log in there with SCRAM"
BROKERS_CERTIFICATE = "has the authority in tls.ca_file signed the broker's certificate, and is that for the name by which"
OWN_CERTIFICATE = "where it asks for a certificate, give certificate_file and key_file"
KEY_FILE = "see kafka.security.tls.key_file"
RIGHTS = "give the Kafka user WRITE and DESCRIBE on the input topics"
PROTOCOL = "that kafka.security.protocol is that of their listener"


def librdkafka_version():
    said = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout
    return [int(part) for part in said.split("librdkafka ")[1].split(",")[0].split(".")]


def sasl(mechanism):
    return {"mechanism": mechanism, "username": USER, "password": "${KAFKA_PASSWORD}"}


def click(lead):
    body = {"tenantId": "acme", "leadId": lead, "eventId": f"click-{lead}", "type": "CLICK",
            "occurredAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    return json.dumps({"event": body})


class TokenServer:
    """The token endpoint of a provider, on loopback: gives tokens to the client USER with PASSWORD (RFC 6749 §4.4)."""

    def __init__(self, issuer, seconds):
        self.issuer, self.seconds, self.asked, self.refusals = issuer, seconds, [], []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.send(*server.answer(self.headers["Authorization"], body))

            def send(self, status, answer):
                said = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/oauth2/token"

    def answer(self, authorization, body):
        if self.refusals:
            return self.refusals.pop(), {}
        if authorization != "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode():
            return 401, {"error": "invalid_client", "error_description": "no such client"}
        self.asked.append(body)
        return 200, {"access_token": self.issuer.token(self.seconds), "token_type": "Bearer", "expires_in": self.seconds}

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class SecureCase(unittest.TestCase):
    version = None  # of Kafka: the usual one

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="leadpulse-secure-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.world = World(BINARY, cls.folder, DEFINITIONS, partitions=2, listeners=(*LISTENERS, ELSEWHERE), version=cls.version)
        cls.addClassCleanup(cls.world.close)
        cls.certificates = cls.world.cluster.certificates

    # ---- settings ----

    def tls(self, own=None, authority="ca.pem", **more):
        """`own`: the file with this process's key and certificate."""
        files = {"ca_file": str(self.certificates / authority)}
        if own:
            files |= {"certificate_file": str(self.certificates / own), "key_file": str(self.certificates / own)}
        return files | more

    def kafka(self, listener, security):
        return self.world.kafka_settings(bootstrap_servers=self.world.cluster.bootstrap_servers(listener), security=security)

    def scram(self):
        """The ways to log in with SCRAM: name, listener and settings of each."""
        return [("scram 512", SASL_TLS, {"protocol": "sasl_tls", "sasl": sasl("SCRAM-SHA-512"), "tls": self.tls()}),
                ("scram 256", SASL_PLAINTEXT, {"protocol": "sasl_plaintext", "sasl": sasl("SCRAM-SHA-256")})]

    @staticmethod
    def variables(password):
        return {"KAFKA_PASSWORD": password}

    def client(self, security, password):
        """The same settings with librdkafka's names."""
        names = {"certificate_file": "ssl.certificate.location", "key_file": "ssl.key.location",
                 "ca_file": "ssl.ca.location", "mechanism": "sasl.mechanism", "username": "sasl.username",
                 "password": "sasl.password", "key_password": "ssl.key.password"}
        given = security.get("tls", {}) | security.get("sasl", {})
        client = {names[name]: value.replace("${KAFKA_PASSWORD}", password)
                  for name, value in given.items() if name in names}
        if not given.get("verify_hostname", True):
            client["ssl.endpoint.identification.algorithm"] = "none"
        return client | {"security.protocol": security["protocol"].replace("sasl_tls", "sasl_ssl").replace("tls", "ssl")}

    # ---- checks ----

    def doctor(self, process, password):
        """The doctor's checks that are not ok, by name, for the process's settings."""
        done = subprocess.run([BINARY, "doctor", "--config", str(process.folder / "live.yaml"), "--format", "json"],
                              capture_output=True, text=True, timeout=REFUSED_WITHIN, check=False,
                              env=os.environ | self.variables(password))
        self.assert_no_secret(done.stdout + done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if report["errors"] else 0)
        return {check["check"]: check for check in report["checks"] if check["result"] != "ok"}

    def assert_no_secret(self, said):
        for secret in SECRETS:
            self.assertNotIn(secret, said)

    def goes_through(self, way, listener, security, password=PASSWORD):
        """Sends an event over the listener, reads a change over it, and runs the doctor; returns its complaints."""
        process = self.world.process(1).start(kafka=self.kafka(listener, security), variables=self.variables(password))
        servers, client = self.world.cluster.bootstrap_servers(listener), self.client(security, password)
        lead = f"lead-{way}".replace(" ", "-")
        records.send(servers, [click(lead)], client)
        wait_for(f"{way}: the change of {lead}", 30, lambda: not process.runs() or lead in
                 {json.loads(message.value())["leadId"] for message in records.read(servers, STATUS, client=client)})
        self.assertTrue(process.runs(), process.said())
        complaints = self.doctor(process, password)
        process.stop()
        self.assert_no_secret(process.said())
        # A single broker, and a librdkafka that cannot log in to Kafka 4.0.
        self.assertLessEqual({name for name, check in complaints.items() if check["result"] != "not checked"},
                             {"replication", "login"}, complaints)
        return complaints

    def refused(self, name, advice, listener, security, password=PASSWORD):
        process = self.world.process(name).start(kafka=self.kafka(listener, security), log={"level": "trace"},
                                                 variables=self.variables(password))
        self.assertEqual(process.wait(REFUSED_WITHIN), 1, process.said())
        self.assert_no_secret(process.said())
        self.assertIn(advice, process.said().splitlines()[-1])
        error = next(check for check in self.doctor(process, password).values() if check["result"] == "error")
        self.assertIn(advice, error["found"])
        self.assertNotEqual(error["advice"], "")


class Secure(SecureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = Authority(cls.certificates, "other")
        cls.other.issue("stranger.pem", "DNS:stranger")

    # ---- logins ----

    def test_plain_over_tls(self):
        self.goes_through("plain", SASL_TLS, {"protocol": "sasl_tls", "sasl": sasl("PLAIN"), "tls": self.tls()})

    def test_certificate(self):
        self.goes_through("certificate", TLS, {"protocol": "tls", "tls": self.tls("client.pem")})

    def test_certificate_with_a_locked_key(self):
        self.goes_through("locked key", TLS, password=KEY_PASSWORD, security={
            "protocol": "tls", "tls": self.tls("client-locked.pem", key_password="${KAFKA_PASSWORD}")})

    def test_another_name_where_that_does_not_matter(self):
        self.goes_through("elsewhere", ELSEWHERE, {"protocol": "sasl_tls", "sasl": sasl("PLAIN"),
                                                   "tls": self.tls(verify_hostname=False)})

    def test_scram(self):
        """librdkafka before 2.6.1 can use it only up to Kafka 3.9, and says so. OldKafka tests that it can."""
        if librdkafka_version() >= [2, 6, 1]:
            for way in self.scram():
                self.goes_through(*way)
            return
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for refusal in [pool.submit(self.refused, name, OLD_SCRAM, *how) for name, *how in self.scram()]:
                refusal.result()

    # ---- tokens ----

    def applies(self, process, lead):
        """Sends an event on the listener for brokers, and waits until the process has published what it changes."""
        servers = self.world.cluster.bootstrap_servers()
        records.send(servers, [click(lead)])
        wait_for(f"the change of {lead}", 30, lambda: not process.runs() or lead in
                 {json.loads(message.value())["leadId"] for message in records.read(servers, STATUS)})
        self.assertTrue(process.runs(), process.said())

    def tokens(self, **source):
        return {"protocol": "sasl_tls", "tls": self.tls(), "sasl": {"mechanism": "OAUTHBEARER", **source}}

    def test_tokens_of_a_file(self):
        """Another program renews it, here before the run asks again; the broker ends connections with their token."""
        issuer, file = TokenIssuer(self.certificates), self.folder / "token.jwt"
        file.write_text(issuer.token(10), encoding="ascii")
        process = self.world.process("token file").start(kafka=self.kafka(SASL_TLS, self.tokens(token_file=str(file))))
        self.applies(process, "lead-file-1")
        second = issuer.token(600)
        file.write_text(second, encoding="ascii")
        time.sleep(11)
        self.applies(process, "lead-file-2")
        self.assertNotIn("login", self.doctor(process, ""))
        process.stop()
        self.assertNotIn(second, process.said())

    def test_tokens_of_a_server(self):
        """It is down at first; its tokens are short, so that it is asked again."""
        with TokenServer(TokenIssuer(self.certificates), seconds=5) as server:
            server.refusals = [503, 503]
            process = self.world.process("token server").start(
                kafka=self.kafka(SASL_TLS, self.tokens(token_url=server.url, token_scope="kafka leads",
                                                       username=USER, password="${KAFKA_PASSWORD}")),
                variables=self.variables(PASSWORD))
            self.applies(process, "lead-server-1")
            asked = len(server.asked)
            wait_for("another token", 30, lambda: len(server.asked) > asked + 1)
            self.applies(process, "lead-server-2")
            self.assertNotIn("login", self.doctor(process, PASSWORD))
            process.stop()
            self.assert_no_secret(process.said())
            self.assertEqual({body for body in server.asked}, {"grant_type=client_credentials&scope=kafka%20leads"})

    def test_tokens_that_nobody_gives_or_takes(self):
        stranger = TokenIssuer(self.folder, "stranger").make_key()
        file = self.folder / "stranger.jwt"
        file.write_text(stranger.token(600), encoding="ascii")
        self.refused("a stranger's token", LOGIN, SASL_TLS, self.tokens(token_file=str(file)))
        with TokenServer(TokenIssuer(self.certificates), seconds=5) as server:
            self.refused("wrong client", LOGIN, SASL_TLS, self.tokens(
                token_url=server.url, username=USER, password="${KAFKA_PASSWORD}"), WRONG)

    # ---- refusals ----

    def test_refusals(self):
        plain, scram = sasl("PLAIN"), sasl("SCRAM-SHA-256")
        locked = self.tls("client-locked.pem", key_password="${KAFKA_PASSWORD}")
        cases = [
            ("wrong password", LOGIN, SASL_TLS, {"protocol": "sasl_tls", "sasl": plain, "tls": self.tls()}, WRONG),
            ("wrong password of scram", LOGIN, SASL_PLAINTEXT, {"protocol": "sasl_plaintext", "sasl": scram}, WRONG),
            ("unknown authority", BROKERS_CERTIFICATE, SASL_TLS,
             {"protocol": "sasl_tls", "sasl": plain, "tls": self.tls(authority="other.pem")}),
            ("another name", BROKERS_CERTIFICATE, ELSEWHERE, {"protocol": "sasl_tls", "sasl": plain, "tls": self.tls()}),
            ("no certificate", OWN_CERTIFICATE, TLS, {"protocol": "tls", "tls": self.tls()}),
            ("a stranger's certificate", OWN_CERTIFICATE, TLS, {"protocol": "tls", "tls": self.tls("stranger.pem")}),
            ("wrong key password", KEY_FILE, TLS, {"protocol": "tls", "tls": locked}, WRONG),
        ]
        if not self.takes_no_tls_for_a_lost_connection():
            cases.append(("no TLS there", BROKERS_CERTIFICATE, *self.tls_where_none_is(), PASSWORD))
        # Each of them only waits.
        with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
            running = [(name, pool.submit(self.refused, name, *case)) for name, *case in cases]
            for name, refusal in running:
                with self.subTest(name):
                    refusal.result()

    @staticmethod
    def takes_no_tls_for_a_lost_connection():
        """librdkafka 2.12 and newer; older ones report an error of TLS."""
        return librdkafka_version() >= [2, 12]

    def tls_where_none_is(self):
        return SASL_PLAINTEXT, {"protocol": "sasl_tls", "sasl": sasl("PLAIN"), "tls": self.tls()}

    def test_a_protocol_that_is_not_the_listeners(self):
        """A broker that goes away looks the same, so the call is repeated for a while; the advice comes at once."""
        ways = [(listener, {"protocol": "plaintext"}) for listener in (SASL_PLAINTEXT, TLS)]
        if self.takes_no_tls_for_a_lost_connection():
            ways.append(self.tls_where_none_is())
        processes = [self.world.process(f"{security['protocol']} to {listener.name}").start(
            kafka=self.kafka(listener, security), variables=self.variables(PASSWORD)) for listener, security in ways]
        for process in processes:
            wait_for("the advice", REFUSED_WITHIN, lambda p=process: PROTOCOL in p.said() or not p.runs())
            self.assertTrue(process.runs(), process.said())
            self.assertNotIn("brokers are down", process.said())
            process.kill()

    # ---- without permission ----

    def test_without_the_right_to_write(self):
        """A topic that may not be written to, or not even be described: the message names it and the right to grant."""
        folder = self.folder / "rights"
        folder.mkdir()
        secured = self.kafka(SASL_PLAINTEXT, {"protocol": "sasl_plaintext", "sasl": sasl("PLAIN")})
        (folder / "live.yaml").write_text(json.dumps({
            "kafka": secured, "definitions": {"file": str(self.world.definitions)},
            "state": {"directory": "unused", "erasure_secret": "a secret for tests only"},
            "formats": {"events": "json", "commands": "json"}}), encoding="utf-8")
        (folder / "contacts.csv").write_text("email\nada@example.com\n", encoding="utf-8")
        (folder / "events.jsonl").write_text(click("of replay") + "\n", encoding="utf-8")
        kafka = {name: secured[name] for name in ("bootstrap_servers", "security")}
        receiver = Receiver(pathlib.Path(BINARY).resolve(), folder, to=json.dumps(
            {"kafka": kafka, "formats": {"events": "json"}, "kept_folder": "inbox", "acknowledged_within": "10s"}))
        for rights in (["Describe"], []):
            asked = "write a record of" if rights else "ask the brokers for the topic"
            with self.subTest(rights), self.closed(COMMANDS, rights):
                for arguments in (["import", "contacts.csv", "--tenant", "acme"],
                                  ["lead", "tag", "vip", "--tenant", "acme", "--lead", "7"]):
                    self.refused_to_write(COMMANDS, asked, folder, *arguments)
            with self.subTest(rights), self.closed(EVENTS, rights):
                self.refused_to_write(EVENTS, asked, folder, "replay", "events.jsonl")
                self.receiver_refuses(receiver, asked)
        # With the rights everything works, even on the topic that is said to need only these two.
        with self.closed(EVENTS, ["Describe", "Write"]):
            done = self.to_kafka(folder, "replay", "events.jsonl")
            self.assertEqual(done.returncode, 0, done.stderr)

    @contextlib.contextmanager
    def closed(self, topic, rights):
        """Closes it to all but the super users, and to this user except for these rights."""
        address = self.world.cluster.bootstrap_servers()
        create_acls(address, Acl("topic", topic, "User:ANONYMOUS", "allow", "All"),
                    *(Acl("topic", topic, f"User:{USER}", "allow", right) for right in rights))
        try:
            yield
        finally:
            delete_acls(address, Acl("topic", topic))

    def to_kafka(self, folder, *arguments):
        return subprocess.run([pathlib.Path(BINARY).resolve(), *arguments, "--to", "kafka", "--config", "live.yaml"],
                              cwd=folder, capture_output=True, text=True, check=False, timeout=REFUSED_WITHIN,
                              stdin=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin"} | self.variables(PASSWORD))

    def refused_to_write(self, topic, asked, folder, *arguments):
        done = self.to_kafka(folder, *arguments)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assert_no_secret(done.stdout + done.stderr)
        self.assert_rights_are_asked_for(done.stderr, topic, asked)

    def assert_rights_are_asked_for(self, said, topic, asked):
        self.assertRegex(said, rf"could not {asked} .*{topic}.*; {RIGHTS}")

    def receiver_refuses(self, receiver, asked):
        """It ends at its start; or it refuses the first post and ends, so that somebody looks into it."""
        try:
            receiver.start(**self.variables(PASSWORD))
        except RuntimeError:
            pass
        else:
            self.assertEqual(receiver.post([event("r1")])[0], 503)
        self.assertEqual(receiver.process.wait(REFUSED_WITHIN), 1)
        self.assert_no_secret(receiver.log())
        self.assert_rights_are_asked_for(receiver.log().splitlines()[-1], EVENTS, asked)

    # ---- the cluster ----

    def test_tools_kafka_says_how_to_get_in(self):
        done = subprocess.run([sys.executable, str(ROOT / "tools/kafka"), "--folder", str(self.world.cluster.folder),
                               "start", "--secure", "--no-topics"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("runs already", done.stdout)
        for listener in LISTENERS:
            self.assertRegex(done.stdout, rf"{listener.name} +{self.world.cluster.bootstrap_servers(listener)}")
        self.assertIn(str(self.certificates / "ca.pem"), done.stdout)


class OldKafka(SecureCase):
    version = LAST_KAFKA_FOR_OLD_SCRAM

    def test_scram(self):
        for way in self.scram():
            complaints = self.goes_through(*way)
            if librdkafka_version() < [2, 6, 1]:
                self.assertIn("logs in with SCRAM up to Kafka 3.9", complaints["login"]["found"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
