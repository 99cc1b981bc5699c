#!/usr/bin/env python3
"""What is left of erased people on Kafka: after a random history with erasures, every byte of the topics, the state and
the log is searched for their ids, names, phones, notes and addresses. What schemas/CONSUMERS.md says may stay may;
everything else fails.   tests/kafka/erased_bytes_test.py BINARY

LEADPULSE_HISTORIES: the number of histories, on one broker (default 1). LEADPULSE_FIRST_SEED repeats one.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from confluent_kafka.admin import AdminClient, ConfigResource  # noqa: E402
from live import DEAD, JOURNAL, PROFILES, ROOT, SEGMENTS, STATE, STATUS, Failure, wait_for, world_for  # noqa: E402

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else "build/release/leadpulse"
PARTITIONS = 2
EXCHANGE = "lead.exchange"
DEFINITIONS = """
tenants:
  "*":
    scoring: {rules: [{event: open, points: 2}, {event: click, points: 7}]}
    tiers: [{name: hot, at_least: 9}, {name: cold}]
    topics: [{id: news, name: News}]
    segments: [{id: openers, name: Openers, rule: 'DID open IN LAST 10 days'}]
    identity: {by_email: true}
"""
# So that the log is compacted while the test waits: segments are closed, and cleaned, after a moment.
COMPACTS_SOON = {"cleanup.policy": "compact", "segment.ms": "500", "min.cleanable.dirty.ratio": "0.001",
                 "max.compaction.lag.ms": "500", "delete.retention.ms": "600000", "max.message.bytes": str(8 << 20)}


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


LETTERS, DIGITS = "abcdefghijkmnpqrstuvwxyz", "123456789"


class Texts:
    """Draws texts of which no four characters in a row come twice: LZ4 leaves them out the second time, and a search of
    a compressed table would miss the text. Letters and digits take turns, as they do in no other word of a table."""

    def __init__(self, draw):
        self.draw, self.seen = draw, set()

    def text(self, *alphabets):
        while True:
            text = "".join(self.draw.choice(alphabets[at % len(alphabets)]) for at in range(12))
            fours = {text[at:at + 4] for at in range(len(text) - 3)}
            if len(fours) == len(text) - 3 and not fours & self.seen:
                self.seen |= fours
                return text

    def address(self):
        return self.text(LETTERS, DIGITS) + "@mail.example"


class Person:
    """A lead with an address of its own and one that it shares, and what is written of it."""

    def __init__(self, draw, texts, shared):
        self.lead, self.name, self.note, self.tag = (prefix + texts.text(LETTERS, DIGITS)
                                                     for prefix in ("id-", "Na", "note ", "tag-"))
        self.phone = "+49" + texts.text(DIGITS)
        self.own, self.shared = texts.address(), shared
        self.boxes = (self.own, self.shared)
        self.box = draw.choice(self.boxes)

    def texts(self):
        """What is searched for, by what it is: random characters without the first and the last three. In RocksDB's
        tables a key has only what it does not share with the one before, and compression leaves four characters out
        that came before, which may begin before the text or end behind it."""
        found = {"id": self.lead, "name": self.name, "note": self.note, "tag": self.tag, "phone": self.phone}
        found["address"] = self.box.split("@")[0]
        return {what: text[-9:-3] for what, text in found.items()}


class History:
    """Records of people who share and change addresses; then erasures; then more of those who are left."""

    def __init__(self, seed):
        self.draw, self.number, self.seed = random.Random(seed), 0, seed
        texts = Texts(self.draw)
        shared = [texts.address() for _ in range(5)]
        self.people = [Person(self.draw, texts, self.draw.choice(shared)) for _ in range(14)]
        self.erased = []

    def command(self, who, **action):
        self.number += 1
        return json.dumps({"command": {"tenantId": "acme", "commandId": f"c{self.seed}-{self.number}", "issuedAt": now(),
                                       **who, **action}})

    def event(self, who):
        self.number += 1
        kind = self.draw.choice(("OPEN", "OPEN", "CLICK", "SENT", "UNSUBSCRIBE", "BOUNCE", "COMPLAINT"))
        return json.dumps({"event": {"tenantId": "acme", "eventId": f"e{self.seed}-{self.number}", "type": kind,
                                     "occurredAt": now(), **who}})

    def import_of(self, person):
        return self.command({"leadId": person.lead}, updateProfile={"set": {
            "email": person.box, "first_name": person.name, "phone": person.phone}})

    def records(self, people, count):
        """Random records about these people and their addresses only."""
        lines = []
        for _ in range(count):
            person, act = self.draw.choice(people), self.draw.random()
            box = self.draw.choice(person.boxes)
            if act < 0.15:
                person.box = box
                lines.append(self.import_of(person))
            elif act < 0.25:
                lines.append(self.command({"leadId": person.lead}, addNote={"text": person.note}))
            elif act < 0.35:
                lines.append(self.command({"leadId": person.lead}, editTags={"add": [person.tag]}))
            elif act < 0.45:
                # A command makes a mailbox without users a lead of its own, which stays when its users are erased.
                lines.append(self.command({"email": person.shared}, setDoNotContact={
                    "value": self.draw.random() < 0.5, "reason": "asked"}))
            elif act < 0.5:
                lines.append(self.command({"leadId": person.lead}, updateProfile={"unset": ["phone"]}))
            else:
                lines.append(self.event(self.draw.choice(({"leadId": person.lead}, {"email": box},
                                                          {"leadId": person.lead, "email": box}))))
        return lines

    def before(self):
        return [self.import_of(person) for person in self.people] + self.records(self.people, 120) + [
            line for person in self.people for line in (
                self.import_of(person), self.command({"leadId": person.lead}, addNote={"text": person.note}),
                self.command({"leadId": person.lead}, editTags={"add": [person.tag]}))]

    def erasures(self):
        """Erases half of them, some by their address, which erases all who use it."""
        lines, alive = [], list(self.people)
        while len(self.erased) < 6:
            person = self.draw.choice(alive)
            by_address = self.draw.random() < 0.3
            gone = [other for other in alive if other.box == person.box] if by_address else [person]
            if len(alive) - len(gone) < 3:
                continue
            who = {"email": person.box} if by_address else {"leadId": person.lead}
            lines.append(self.command(who, erase={"suppress": True} if self.draw.random() < 0.4 else {}))
            self.erased += gone
            alive = [other for other in alive if other not in gone]
        self.people = alive
        return lines

    def after(self):
        return self.records(self.people, 40)

    def texts(self):
        """What must not be left: (what, text). A shared address stays with others, and one that a lead no longer had is
        a mailbox of its own."""
        return [(what, text) for person in self.erased for what, text in person.texts().items()
                if what != "address" or person.box == person.own]


# What schemas/CONSUMERS.md says stays, by topic: of records that were written before the erasure. The input topics keep
# all of it, and are not searched.
ALL = {"id", "name", "note", "tag", "phone", "address"}
MAY_STAY = {EXCHANGE: ALL, DEAD: ALL, JOURNAL: ALL, STATUS: {"id", "address"}, SEGMENTS: {"id", "address"},
            STATE: set(), PROFILES: set()}
COMPACTED = (STATE, PROFILES)


class ErasedBytes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=PARTITIONS)
        cls.process = cls.world.process(1)
        admin = AdminClient({"bootstrap.servers": cls.world.cluster.bootstrap_servers()})
        # The broker looks for what to clean every 15 seconds otherwise.
        for resource in (*(ConfigResource(ConfigResource.Type.TOPIC, topic, set_config=COMPACTS_SOON) for topic in COMPACTED),
                         ConfigResource(ConfigResource.Type.BROKER, "1", set_config={"log.cleaner.backoff.ms": "100"})):
            for done in admin.alter_configs([resource]).values():
                done.result(30)

    def start(self):
        self.process.start(log={"level": "debug"}, commit_interval="50ms")
        wait_for("it is live", 60, lambda: self.process.said().count(" is live") == PARTITIONS)

    def send(self, lines):
        """Sends records, and waits until they and the messages between leads are applied."""
        self.world.send(lines)
        self.world.wait_until_consumed()
        before = -1
        while before != len(self.world.read(EXCHANGE)):
            before = len(self.world.read(EXCHANGE))
            time.sleep(0.3)

    def erased_leads(self):
        changes = [json.loads(message.value()) for message in self.world.read(STATUS)]
        return {change["leadId"] for change in changes if change["kind"] == "LEAD_ERASED"}

    def found(self, topic, texts, wanted=lambda message: True):
        """The records of a topic that have one of the texts: what it is, the place, whether the record has a value."""
        return [(what, text, topic, message.partition(), message.offset(), message.value() is not None)
                for message in self.world.read(topic) if wanted(message)
                for what, text in texts if text.encode() in (message.key() or b"") + b"\0" + (message.value() or b"")]

    def files_with(self, texts):
        """The files of the state that have one of the texts."""
        return [(what, text, path.name) for path in self.process.state.rglob("*") if path.is_file()
                for what, text in texts if text.encode() in path.read_bytes()]

    def test_nothing_is_left_of_the_erased(self):
        first = int(os.environ.get("LEADPULSE_FIRST_SEED", time.time_ns() % 10**6))
        for seed in range(first, first + int(os.environ.get("LEADPULSE_HISTORIES", "1"))):
            print(f"seed {seed}", flush=True)
            with self.subTest(seed=seed):
                self.check(History(seed))

    def check(self, history):
        self.start()
        self.send(history.before())
        everybody = [entry for person in history.people for entry in person.texts().items()]
        wait_for("lead.state has everybody", 30,
                 lambda: {text for _, text, *_ in self.found(STATE, everybody)} == {text for _, text in everybody})
        self.send(history.erasures())
        wait_for("they are erased", 30, lambda: {person.lead for person in history.erased} <= self.erased_leads())
        texts = history.texts()
        erased_at = max(message.timestamp()[1] for topic in MAY_STAY for message in self.world.read(topic))
        self.send(history.after())
        self.check_topics(history, texts, erased_at)
        self.process.stop()
        log = self.process.log.read_text(encoding="utf-8")
        self.assertEqual([(what, text) for what, text in everybody + texts if text in log], [])
        subprocess.run([BINARY, "state", "compact", "--state", self.process.state], check=True, capture_output=True)
        self.assertEqual(self.files_with(texts), [], "of a state that was compacted")
        shutil.rmtree(self.process.state)
        self.start()
        self.process.stop()
        self.assertEqual(self.files_with(texts), [], "of a state that was restored")
        # The search finds all others.
        others = [("id", person.texts()["id"]) for person in history.people]
        self.assertEqual({text for _, text, _ in self.files_with(others)}, {text for _, text in others})

    def check_topics(self, history, texts, erased_at):
        for topic, may_stay in MAY_STAY.items():
            not_allowed = [entry for entry in texts if entry[0] not in may_stay]
            if topic not in COMPACTED:
                self.assertEqual(self.found(topic, not_allowed), [])
            self.assertEqual(self.found(topic, texts, lambda message: message.timestamp()[1] > erased_at), [])

        def is_compacted():
            # A segment is closed once more is written.
            self.world.send([history.event({"leadId": f"filler-{i}"}) for i in range(4 * PARTITIONS)])
            return not self.left_in_compacted(texts)
        try:
            wait_for("lead.state and lead.profiles are compacted", 20, is_compacted)
        except Failure:
            self.fail(f"they still have {self.left_in_compacted(texts)}")

    def left_in_compacted(self, texts):
        """Only the keys of tombstones may have them."""
        return [entry for topic in COMPACTED
                for entry in self.found(topic, texts, lambda message: message.value() is not None)]

    def test_the_page_names_each_topic(self):
        page = (ROOT / "schemas/CONSUMERS.md").read_text(encoding="utf-8")
        table = page.split("## What stays where after an erasure")[1].split("\n## ")[0]
        for topic in MAY_STAY:
            self.assertIn(f"`{topic}`", table)


if __name__ == "__main__":
    unittest.main()
