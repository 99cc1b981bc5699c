#!/usr/bin/env python3
"""`leadpulse receive` into a topic: 200 only when all replicas have the records, 503 while no broker answers.

    tests/receiver/kafka_test.py BINARY
"""

import json
import os
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

from confluent_kafka.admin import AdminClient, NewTopic

from receiving import Receiver, event

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kafka"))

from live import EVENTS, World, wait_for  # noqa: E402

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/leadpulse"
TIMEOUT = 10        # acknowledged_within
SHORT_TIMEOUT = 2  # if no broker answers
SCAN = 6  # librdkafka checks for late messages once a second, and the machine is busy
KILLS, CLIENTS = 3, 8


class ReceiveIntoKafkaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.world = World(BINARY, folder.name, "tenants: {'*': {tiers: [{name: all}]}}\n", partitions=2)
        cls.addClassCleanup(cls.world.close)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.receiver = self.make()

    def make(self, timeout=TIMEOUT, **kafka):
        kafka = {"bootstrap_servers": self.world.cluster.bootstrap_servers(), **kafka}
        to = {"kafka": kafka, "formats": {"events": "json"}, "kept_folder": "inbox",
              "acknowledged_within": f"{timeout}s"}
        receiver = Receiver(BINARY, self.folder, to=json.dumps(to))
        self.addCleanup(lambda: receiver.process and (receiver.process.kill(), receiver.process.wait()))
        return receiver

    def in_topic(self, topic=EVENTS):
        """The ids, and their keys."""
        return [(json.loads(message.value())["eventId"], message.key()) for message in self.world.read(topic)]

    def post(self, *ids, **more):
        return self.receiver.post([{**event(each), **more} for each in ids])

    def test_what_comes_is_in_the_topic_and_counted(self):
        self.receiver.start()
        self.assertEqual(self.post("a1", "a2"), (200, "records: 2\n"))
        self.assertEqual([each for each in self.in_topic() if each[0] in ("a1", "a2")],
                         [("a1", b"acme\0ada@example.com"), ("a2", b"acme\0ada@example.com")])
        self.assertEqual(self.receiver.post(b"[{")[0], 400)
        self.assertEqual(self.receiver.post([event("a3", name="brand-new")])[0], 200)
        self.assertEqual([line["reason"] for line in self.receiver.kept()], ["unreadable", "unknown"])
        metrics = self.receiver.page("/metrics")
        for line in ("leadpulse_receiver_records_acknowledged_total 2", "leadpulse_receiver_records_waiting 0",
                     "leadpulse_receiver_batches_total 3",
                     'leadpulse_receiver_events_total{source="/acme/sendgrid",provider="sendgrid",type="open"} 2'):
            self.assertIn(line, metrics)
        self.assertEqual(self.receiver.page("/readyz"), "ready\n")
        self.assertEqual(self.receiver.stop()[0], 0)
        self.assertEqual(self.receiver.lines(), [])  # no record went to a file

    def test_what_the_topic_does_not_take_is_kept(self):
        admin = AdminClient({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        small = NewTopic("small.events", 2, 1, config={"max.message.bytes": "500"})
        admin.create_topics([small])[small.topic].result(30)
        self.receiver = self.make(topics={"events": small.topic})
        self.receiver.start()
        noise = random.Random(1).randbytes(400).hex()  # hardly compressible
        self.assertEqual(self.post("b1", event="click", url=noise)[0], 200)
        self.assertEqual(self.post("b2")[0], 200)
        kept = self.receiver.kept()
        self.assertEqual([(line["reason"], line["event"]["eventId"]) for line in kept], [("refused", "b1")])
        self.assertIn("max.message.bytes", kept[0]["detail"])
        self.assertEqual([each for each, _ in self.in_topic(small.topic)], ["b2"])
        self.assertIn("leadpulse_receiver_records_refused_total 1", self.receiver.page("/metrics"))

    def test_503_while_the_broker_does_not_answer(self):
        self.receiver = self.make(timeout=SHORT_TIMEOUT)
        self.receiver.start()
        wait_for("200", 30, lambda: self.post("c1")[0] == 200)
        broker = self.world.cluster.brokers[0]
        broker.signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            request = urllib.request.Request(f"http://127.0.0.1:{self.receiver.port}/acme/sendgrid",
                                             data=json.dumps([event("c2")]).encode())
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=30)
            self.assertEqual((refused.exception.code, refused.exception.headers["Retry-After"]), (503, "5"))
            refused.exception.close()
            self.assertLess(time.monotonic() - began, SHORT_TIMEOUT + SCAN)
            with self.assertRaises(urllib.error.HTTPError) as not_ready:
                self.receiver.page("/readyz")
            self.assertEqual(not_ready.exception.code, 503)
            not_ready.exception.close()
            self.assertEqual(self.receiver.page("/healthz"), "ok\n")
        finally:
            broker.signal(signal.SIGCONT)
        wait_for("200 again", 30, lambda: self.post("c3")[0] == 200)
        self.assertIn("c3", [each for each, _ in self.in_topic()])
        self.assertEqual(self.receiver.page("/readyz"), "ready\n")
        self.assertEqual(self.receiver.stop()[0], 0)
        self.assertIn("not acknowledged within 2 s", self.receiver.log())

    def test_it_stops_in_time_while_the_broker_does_not_answer(self):
        self.receiver.start()
        broker = self.world.cluster.brokers[0]
        broker.signal(signal.SIGSTOP)
        try:
            code, seconds = self.receiver.stop()
        finally:
            broker.signal(signal.SIGCONT)
        self.assertEqual(code, 0)
        self.assertLess(seconds, 10)

    def test_what_was_answered_200_is_there_after_kills(self):
        acknowledged, over = set(), threading.Event()

        def provider(number):
            count = 0
            while not over.is_set():
                ids = [f"d-{number}-{count}-{index}" for index in range(5)]
                try:
                    if self.post(*ids)[0] == 200:
                        acknowledged.update(ids)
                        count += 1
                except (OSError, EOFError):
                    over.wait(0.02)  # the receiver is being killed

        self.receiver.start()
        providers = [threading.Thread(target=provider, args=(number,)) for number in range(CLIENTS)]
        for each in providers:
            each.start()
        try:
            for _ in range(KILLS):
                enough = len(acknowledged) + 500
                wait_for("some posts are answered", 30, lambda: len(acknowledged) >= enough)
                self.receiver.kill()
                self.receiver.start()
        finally:
            over.set()
            for each in providers:
                each.join()
        there = {each for each, _ in self.in_topic()}
        self.assertLessEqual(acknowledged, there)
        self.assertGreater(len(acknowledged), KILLS * 500)

    def test_a_topic_that_is_not_there(self):
        receiver = self.make(topics={"events": "nobody.has.this"})
        with self.assertRaises(RuntimeError):
            receiver.start()
        self.assertEqual(receiver.process.wait(timeout=30), 1)
        self.assertIn("nobody.has.this", receiver.log())
        self.assertIn("`leadpulse topics create --config FILE` creates", receiver.log())


if __name__ == "__main__":
    unittest.main()
