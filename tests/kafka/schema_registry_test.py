#!/usr/bin/env python3
"""A real schema registry gives the ids of what is published, and a consumer of its own kind reads it.

    tests/kafka/schema_registry_test.py BINARY

Needs requests, Debian's python3-requests, beside confluent_kafka. tests/unit/tools/schema_registry_test.cc has each
answer that a registry may give.
"""

import http.server
import json
import re
import struct
import subprocess
import sys
import threading
import unittest
import uuid

from live import COMMANDS, DEAD, EVENTS, PROFILES, ROOT, SEGMENTS, STATUS, wait_for, world_for
from broker.registry import Registry
from broker.security import TokenIssuer
from confluent_kafka import DeserializingConsumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
from live_formats import framed

BINARY = "build/release/leadpulse"
DEFINITIONS = "tenants: {'*': {tiers: [{name: all}], segments: [{id: fair, rule: 'HAS TAG \"fair\"'}]}}"
SCHEMAS = {STATUS: "change", SEGMENTS: "change", DEAD: "dead_letter", PROFILES: "lead_profile"}


def generate_modules(folder):
    generated = folder / "modules"
    generated.mkdir()
    names = [f"leadpulse/v1/{name}.proto" for name in ("change", "dead_letter", "lead_profile")]
    subprocess.run(["protoc", "-I", "schemas", f"--python_out={generated}", *names], cwd=ROOT, check=True)
    sys.path.insert(0, str(generated))


class Provider(http.server.ThreadingHTTPServer):
    """An OpenID provider: says where its keys are, and which."""

    def __init__(self, issuer):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.keys = issuer.jwks.read_bytes()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            where = self.server.address
            body = self.server.keys if self.path == "/keys" else json.dumps(
                {"issuer": where, "jwks_uri": f"{where}/keys", "token_endpoint": f"{where}/token",
                 "authorization_endpoint": f"{where}/login"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass


class SchemaRegistryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=2)
        cls.registry = Registry(cls.world.folder)
        cls.addClassCleanup(cls.registry.stop)
        generate_modules(cls.world.folder)

    def formats(self, **more):
        return dict.fromkeys(("events", "commands", "changes", "dead_letters", "profiles"), "confluent") | {
            "schema_registry": {"url": self.registry.url, **more}}

    def consume(self, topic, message_type, count):
        """Returns (schema id, message) of the topic's first records, as a consumer with Confluent's deserializer sees them."""
        seen, ids = [], []
        deserializer = ProtobufDeserializer(message_type)

        def deserialize(value, context):
            ids.append(struct.unpack_from(">I", value, 1)[0])
            return deserializer(value, context)

        consumer = DeserializingConsumer({
            "bootstrap.servers": self.world.cluster.bootstrap_servers(), "group.id": str(uuid.uuid4()),
            "isolation.level": "read_committed", "auto.offset.reset": "earliest", "value.deserializer": deserialize})
        consumer.subscribe([topic])
        try:
            while len(seen) < count:
                record = consumer.poll(30)
                self.assertIsNotNone(record, f"{topic} has {len(seen)} records")
                seen.append(record.value())
        finally:
            consumer.close()
        return list(zip(ids, seen))

    def versions(self):
        return {subject: self.registry.ask(f"/subjects/{subject}/versions") for subject in self.registry.ask("/subjects")}

    def test_1_a_run_registers_and_a_consumer_reads(self):
        from leadpulse.v1.change_pb2 import Change
        from leadpulse.v1.dead_letter_pb2 import DeadLetter
        from leadpulse.v1.lead_profile_pb2 import LeadProfile
        process = self.world.process(1).start(formats=self.formats())
        wait_for("the run waits for the registry", 60, lambda: "starting: formats.schema_registry: http" in process.said())
        self.assertNotIn("running as", process.said())
        self.registry.start()
        wait_for("the run has begun", 60, lambda: "running as" in process.said())

        # A command, with the id of its own schema.
        done = subprocess.run([BINARY, "lead", "tag", "fair", "--tenant", "acme", "--lead", "ann", "--to", "kafka", "--config",
                               str(process.folder / "live.yaml")], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        producer = Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers(), "partitioner": "murmur2_random"})
        producer.produce(EVENTS, framed(b"\xff\xff"), b"acme\0broken")
        self.assertEqual(producer.flush(30), 0)
        self.world.wait_until_consumed()

        client = self.enterContext(SchemaRegistryClient({"url": self.registry.url}))
        read = {topic: self.consume(topic, message, 1)
                for topic, message in ((STATUS, Change), (SEGMENTS, Change), (DEAD, DeadLetter), (PROFILES, LeadProfile))}
        for topic, records in read.items():
            registered = client.get_latest_version(f"{topic}-value")
            self.assertEqual({schema_id for schema_id, _ in records}, {registered.schema_id}, topic)
            text = client.get_schema(registered.schema_id)
            self.assertEqual(text.schema_type, "PROTOBUF")
            self.assertEqual(text.schema_str,
                             (ROOT / f"schemas/leadpulse/v1/{SCHEMAS[topic]}.proto").read_text(encoding="utf-8"))
        self.assertEqual([(change.kind, change.lead_id, change.name) for _, change in read[SEGMENTS]],
                         [(Change.SEGMENT_ENTERED, "ann", "fair")])
        self.assertEqual(read[DEAD][0][1].reason, DeadLetter.MALFORMED)
        self.assertEqual(read[PROFILES][0][1].lead_id, "ann")
        [command] = self.world.read(COMMANDS)
        self.assertEqual(struct.unpack_from(">I", command.value(), 1)[0],
                         client.get_latest_version(f"{COMMANDS}-value").schema_id)
        process.stop()

        before = self.versions()
        self.assertEqual(before, {f"{topic}-value": [1] for topic in (COMMANDS, EVENTS, *SCHEMAS)})
        self.world.process(1).start(formats=self.formats()).stop()
        self.assertEqual(self.versions(), before, "once registered, a schema stays as it is")

    def test_2_an_incompatible_subject_stops_the_start(self):
        topic = "other.letters"
        admin = AdminClient({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        for future in admin.create_topics([NewTopic(topic, 2, 1)]).values():
            future.result(30)
        other = 'syntax = "proto3"; package other; message Letter { int64 payload = 1; string reason = 3; }'
        self.registry.ask(f"/subjects/{topic}-value/versions", {"schemaType": "PROTOBUF", "schema": other})
        self.registry.ask(f"/config/{topic}-value", {"compatibility": "FULL"}, "PUT")
        process = self.world.process(1).start(formats=self.formats(),
                                              kafka=self.world.kafka_settings(topics={"dead_letters": topic}))
        self.assertEqual(process.wait(60), 1)
        self.assertIn(f"refuses the schema of {topic}-value, because it is not compatible", process.said())
        self.assertNotIn("running as", process.said())

    def test_3_an_address_without_a_registry_stops_the_start(self):
        url = self.registry.url.removesuffix("/apis/ccompat/v7")
        process = self.world.process(1).start(formats=self.formats(url=url))
        self.assertEqual(process.wait(60), 1)
        self.assertIn("has no /subjects below the path of `url`", process.said())

    def test_4_topics_are_created_with_their_schemas(self):
        names = ("events", "commands", "status_changes", "segment_changes", "dead_letters", "lead_profiles")
        topics = {name: f"new.{name}" for name in (*names, "exchange", "lead_state", "lead_journal")}
        process = self.world.process(4)
        process.write_settings(formats=self.formats(), kafka=self.world.kafka_settings(topics=topics))

        def create(*more):
            done = subprocess.run([BINARY, "topics", "create", "--config", str(process.folder / "live.yaml"), *more],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            return set(re.findall(r"(?m)^new\.(\w+)-value is registered, with the id \d+$", done.stdout))

        self.assertEqual(create("--partitions", "2", "--dry-run"), set())
        self.assertNotIn("new.events-value", self.registry.ask("/subjects"))
        for _ in range(2):
            self.assertEqual(create("--partitions", "2"), set(names))
        self.assertEqual({subject: versions for subject, versions in self.versions().items() if subject.startswith("new.")},
                         {f"new.{name}-value": [1] for name in names})

    def test_5_a_token_is_the_login(self):
        issuer = TokenIssuer(self.world.folder, "registry").make_key()
        stranger = TokenIssuer(self.world.folder, "stranger").make_key()
        provider = Provider(issuer)
        self.addCleanup(provider.shutdown)
        registry = Registry(self.world.folder, provider.address, issuer.token(600))
        self.addCleanup(registry.stop)
        registry.start()
        token = self.world.folder / "token"
        process = self.world.process(5)

        def create(**login):
            process.write_settings(formats=self.formats(url=registry.url, **login))
            return subprocess.run([BINARY, "topics", "create", "--config", str(process.folder / "live.yaml")],
                                  capture_output=True, text=True, check=False)

        for refused in (stranger.token(600), issuer.token(-600)):
            token.write_text(refused + "\n", encoding="ascii")
            done = create(token=f"${{file:{token}}}")
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("does not accept the token", done.stderr)
            self.assertNotIn(refused, done.stderr)
        self.assertIn("wants a login: give username and password there, or token", create().stderr)
        self.assertEqual(registry.ask("/subjects"), [])
        token.write_text(issuer.token(600) + "\n", encoding="ascii")
        done = create(token=f"${{file:{token}}}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(set(registry.ask("/subjects")), {f"{topic}-value" for topic in (COMMANDS, EVENTS, *SCHEMAS)})


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main(verbosity=2)
