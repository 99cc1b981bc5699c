#!/usr/bin/env python3
"""Changes as server-sent events.   tests/serve/stream_test.py BINARY

LEADPULSE_SEED repeats the random parts.
"""

import json
import os
import random
import re
import time
import unittest
import urllib.request

from front import CONTACTS, TIMEOUT, FrontCase, command, contact, with_snake_names
from stream_client import Stream

SOON = 0.3  # seconds from the commit to the subscriber
SEED = int(os.environ.get("LEADPULSE_SEED", str(random.randrange(1 << 32))))
DEFINITIONS = """
tenants:
  "*":
    tiers: [{name: all}]
    segments: [{id: of-ben, rule: 'agent IS "ben"'}, {id: owned, rule: agent IS SET}]
"""
TAGS = {"editTags": {"add": ["x"]}}


def stage(lead, number, name):
    return command(lead, number, setStage={"stage": name})


class StreamCase(FrontCase):
    run_definitions = DEFINITIONS

    def stream(self, token=None, **options):
        stream = Stream(self.port, token or self.manager, **options)
        self.addCleanup(stream.close)
        return stream

    def begun(self, token=None, **options):
        """A stream after the reset for changes that were not collected before it began."""
        stream = self.stream(token, **options)
        self.assertEqual((stream.status, stream.headers["content-type"]), (200, "text/event-stream"))
        return stream

    def fence(self, *streams):
        """Waits until each of the streams has a change that comes after all earlier ones. If an epoch began before
        anyone followed, a reset replaces its changes, so another fence may be needed."""
        for stream in streams:
            give_up, sent, is_there = time.monotonic() + TIMEOUT, [], False
            while not is_there:
                self.assertLess(time.monotonic(), give_up, stream.events[-50:])
                self.fences = getattr(self, "fences", 0) + 1
                sent.append(f"fence-{self.fences}")
                self.append(command(sent[-1], 1, **TAGS))
                is_there = stream.has(lambda events: any(event.data.get("lead_id") in sent for event in events), 5)
            if not any(event.kind == "reset" for event in stream.events):
                stream.wait(lambda events: stream.leads() >= set(sent))

    def changes(self):
        with open(self.path("out/changes.jsonl"), encoding="utf-8") as file:
            return [with_snake_names(json.loads(line)) for line in file]


class Streams(StreamCase):
    def test_has_the_changes_in_their_order(self):
        self.start(contact("first"))
        before = len(self.changes())
        stream = self.begun()
        self.append(*contact("ann"), stage("ann", 3, "QUALIFIED"), *contact("bob"))
        self.fence(stream)
        expected = self.changes()[before:]
        got = [event for event in stream.events if event.kind != "reset"]
        by_lead = lambda changes: sorted(changes, key=lambda change: (change["lead_id"], int(change["seq"])))
        # Offsets would let a subscriber count records that it may not see.
        self.assertTrue(all(change.pop("source") for change in expected))
        self.assertEqual(by_lead([event.data for event in got]), by_lead(expected))
        for lead in ("ann", "bob"):
            numbers = [int(event.data["seq"]) for event in got if event.data["lead_id"] == lead]
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual([event.kind for event in got], [event.data["kind"] for event in got])
        self.assertEqual(len({event.id for event in stream.events}), len(stream.events))
        # A stream that continues after any of them has those after it.
        for i in range(len(got)):
            again = self.stream(last_id=got[i].id)
            events = again.wait(lambda events, rest=len(got) - i - 1: len(events) >= rest)
            self.assertEqual([(event.id, event.data) for event in events],
                             [(event.id, event.data) for event in got[i + 1:]])

    def test_loses_and_repeats_nothing_when_client_and_front_come_back(self):
        randomly = random.Random(SEED)
        self.start([])
        stream = self.begun()
        self.fence(stream)
        got, sent = [], 0
        for _ in range(12):
            records = [command(f"lead-{sent + i}", 1, **TAGS) for i in range(randomly.randrange(1, 40))]
            sent += len(records)
            self.append(*records)
            time.sleep(randomly.uniform(0, 0.3))
            stream.close()
            last_id = stream.last_id  # it reads events until then
            got += stream.events
            if randomly.random() < 0.4:
                self.kill(self.front)
                self.start_front()
            stream = self.stream(last_id=last_id)
            self.assertEqual(stream.status, 200)
        self.fence(stream)
        got += stream.events
        # the first stream began with one
        self.assertLess([event.kind for event in got].count("reset"), 2, f"seed {SEED}")
        seen = [(event.data["lead_id"], event.data["seq"]) for event in got if event.data.get("lead_id", "")[:4] == "lead"]
        made = [(change["lead_id"], change["seq"]) for change in self.changes() if change["lead_id"][:4] == "lead"]
        self.assertEqual(len(seen), len(set(seen)), f"seed {SEED}")
        self.assertEqual(sorted(seen), sorted(made), f"seed {SEED}")

    def test_resets_once_where_changes_are_not_known(self):
        self.start(contact("ann"))
        stream = self.begun()
        self.fence(stream)
        for unknown in ("0" * 32, "x", "", "\xff", "7"):
            again = self.stream(last_id=unknown)
            self.assertEqual(again.status, 200, unknown)
            if unknown:
                again.wait(lambda events: events)
            self.fence(again)
            kinds = [event.kind for event in again.events]
            self.assertEqual(kinds.count("reset"), 1 if unknown else 0, (unknown, kinds))
            again.close()

    def test_a_run_that_was_killed_resets_the_streams_when_it_is_back(self):
        self.start(contact("ann"))
        open_one = self.begun()
        self.fence(open_one)
        last_id, seen = open_one.last_id, len(open_one.events)
        self.kill(self.run_process)
        self.append(command("meanwhile", 1, **TAGS))
        give_up = time.monotonic() + TIMEOUT
        while (refused := self.stream(last_id=last_id)).status != 503:
            self.assertLess(time.monotonic(), give_up)
        self.assertEqual(refused.body()["code"], "unavailable")
        self.start_run()
        open_one.wait(lambda events: len(events) > seen)
        self.assertEqual(open_one.events[seen].kind, "reset")
        self.wait_for("meanwhile")
        again = self.stream(last_id=last_id)
        again.wait(lambda events: events)
        self.assertEqual(again.events[0].kind, "reset")
        self.fence(open_one, again)
        self.assertFalse(open_one.ended.is_set())


class Rights(StreamCase):
    def test_an_agent_has_its_leads_and_those_of_nobody(self):
        self.start([])
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")
        streams = {"manager": self.begun(), "ben": self.begun(self.token("--agent", "ben", role="agent")),
                   "cid": self.begun(self.token("--agent", "cid", role="agent")),
                   "blue": self.begun(self.token(tenant="blue"))}
        self.fence(*[streams[name] for name in ("manager", "ben", "cid")])
        of_blue = command("of-blue", 1, **TAGS)
        of_blue["command"]["tenantId"] = "blue"
        self.append(*[record for lead in ("of-ben", "of-cid") for record in
                      (command(lead, 1, assignAgent={"agentId": lead[3:]}), stage(lead, 2, "QUALIFIED"))],
                    command("of-nobody", 1, **TAGS), of_blue)
        self.fence(*[streams[name] for name in ("manager", "ben", "cid")])
        streams["blue"].wait(lambda events: "of-blue" in repr(events))
        leads = {name: {lead for lead in stream.leads() if lead and lead.startswith("of-")}
                 for name, stream in streams.items()}
        self.assertEqual(leads, {"manager": {"of-ben", "of-cid", "of-nobody"}, "ben": {"of-ben", "of-nobody"},
                                 "cid": {"of-cid", "of-nobody"}, "blue": {"of-blue"}})
        # Neither on the agent's stream nor in what it reads again is there a trace.
        again = self.stream(self.token("--agent", "ben", role="agent"), last_id=streams["ben"].events[0].id)
        self.fence(again)
        self.assertEqual({lead for lead in again.leads() if lead and lead.startswith("of-")}, {"of-ben", "of-nobody"})

    def test_who_sees_a_reassigned_merged_or_erased_lead(self):
        self.start([])
        agents = {name: self.begun(self.token("--agent", name, role="agent")) for name in ("ben", "cid", "dan")}
        agents["manager"] = self.begun()
        self.fence(*agents.values())
        marks = {name: len(stream.events) for name, stream in agents.items()}

        def news():
            """The changes of each agent since the last call, without the fences."""
            self.fence(*agents.values())
            said = {}
            for name, stream in agents.items():
                said[name] = [event for event in stream.events[marks[name]:]
                              if not event.data.get("lead_id", "").startswith("fence")]
                marks[name] = len(stream.events)
            return {name: [repr(event) for event in events] for name, events in said.items()}, said

        self.append(command("x", 1, assignAgent={"agentId": "ben"}))
        said, _ = news()
        self.assertIn("LEAD_CREATED x", said["ben"])
        self.assertEqual((said["cid"], said["dan"]), ([], []))
        self.append(command("x", 2, assignAgent={"agentId": "cid"}))
        said, events = news()
        self.assertEqual(said, {"ben": ["LEAD_GONE x"], "cid": ["SEGMENT_LEFT x"], "dan": [],
                                "manager": ["SEGMENT_LEFT x"]})
        self.assertEqual(events["ben"][0].data, {"tenant_id": "acme", "lead_id": "x"})
        self.append(stage("x", 3, "QUALIFIED"))
        said, _ = news()
        self.assertEqual((said["ben"], said["cid"]), ([], said["manager"]))
        self.append(command("x", 4, erase={}))
        said, _ = news()
        self.assertEqual(said, {"ben": [], "cid": ["LEAD_ERASED x"], "dan": [], "manager": ["LEAD_ERASED x"]})
        # The lead has no owner now, so no agent hears of a second erasure.
        self.append(command("x", 5, erase={}), command("unknown", 1, erase={}))
        said, _ = news()
        self.assertEqual((said["ben"], said["cid"], said["dan"]), ([], [], []))
        # An address that was a lead merges into a lead of cid: the other agents hear that it is gone, but not whose it
        # is.
        self.append({"event": {"tenantId": "acme", "leadId": "m@x.org", "eventId": "e1", "type": "OPEN",
                               "occurredAt": "2026-03-01T10:00:00Z"}})
        news()
        self.append(command("crm-9", 1, assignAgent={"agentId": "cid"}),
                    command("crm-9", 2, updateProfile={"set": {"email": "m@x.org"}}))
        said, events = news()
        self.assertEqual((said["ben"], said["dan"]), (["LEAD_GONE m@x.org"], ["LEAD_GONE m@x.org"]))
        self.assertNotIn("crm-9", json.dumps([event.data for event in events["ben"] + events["dan"]]))
        self.assertIn("LEAD_MERGED m@x.org", said["manager"])
        # Nor do they learn of the records of another lead with the same address.
        self.append(command("crm-8", 1, assignAgent={"agentId": "ben"}),
                    command("crm-8", 2, updateProfile={"set": {"email": "m@x.org"}}))
        news()
        self.append({"event": {"tenantId": "acme", "leadId": "crm-9", "eventId": "secret", "type": "UNSUBSCRIBE",
                               "occurredAt": "2026-03-01T11:00:00Z"}})
        said, events = news()
        self.assertIn("EMAIL_STATUS_CHANGED crm-8", said["ben"])
        self.assertIn("EMAIL_STATUS_CHANGED crm-9", said["cid"])
        told = {name: {event.data["lead_id"] for event in got if event.data.get("cause", {}).get("id") == "secret"}
                for name, got in events.items()}
        self.assertEqual(told, {"ben": set(), "cid": {"crm-9"}, "dan": set(), "manager": {"crm-8", "crm-9"}})

    def test_who_hears_of_an_update_that_changes_nothing_published(self):
        self.start([command("x", 1, assignAgent={"agentId": "ben"}), command("free", 1, **TAGS)])
        self.wait_for("x")
        of = {name: self.token("--agent", name, role="agent") for name in ("ben", "cid")}
        streams = {"manager": self.begun(touched=True), "ben": self.begun(of["ben"], touched=True),
                   "cid": self.begun(of["cid"], touched=True), "changes only": self.begun(of["ben"])}
        self.fence(*streams.values())
        note = lambda lead, number: command(lead, number, addNote={"text": "called"})
        self.append(note("x", 2), note("free", 2), command("x", 3, updateProfile={"set": {"city": "Bern"}}))
        self.fence(*streams.values())
        updates = lambda name: [event for event in streams[name].events
                                if event.kind == "CONTACT_TOUCHED" and not event.data["lead_id"].startswith("fence")]
        leads = lambda name: sorted(event.data["lead_id"] for event in updates(name))
        self.assertEqual(leads("manager"), ["free", "x", "x"])
        self.assertEqual(leads("ben"), ["free", "x", "x"])
        self.assertEqual(leads("cid"), ["free"])
        self.assertEqual(leads("changes only"), [])
        of_x = [event.data for event in updates("ben") if event.data["lead_id"] == "x"]
        self.assertEqual(of_x[1], {"tenant_id": "acme", "lead_id": "x", "version": self.ask(CONTACTS + "x")[1]["version"]})
        self.assertNotEqual(of_x[0]["version"], of_x[1]["version"])
        # The lead moves between agents with the same segments: nothing is published, but the first agent hears of it.
        self.append(command("free", 3, assignAgent={"agentId": "cid"}), command("free", 4, assignAgent={"agentId": "dan"}))
        self.fence(*streams.values())
        self.assertEqual([event.kind for event in streams["cid"].events if event.data.get("lead_id") == "free"][-1], "LEAD_GONE")
        self.append(note("free", 5))
        self.fence(*streams.values())
        self.assertEqual([event.kind for event in streams["cid"].events if event.data.get("lead_id") == "free"][-1], "LEAD_GONE")
        again = self.stream(of["cid"], touched=True, last_id=streams["cid"].events[0].id)
        self.fence(again)
        self.assertNotIn("x", again.leads())

    def test_an_event_touches_its_contact(self):
        """An open changes nothing that is published; those who may see the contact are told, and they alone."""
        self.start([command("x", 1, assignAgent={"agentId": "ben"}, updateProfile={"set": {"email": "x@x.org"}}), *contact("y")])
        self.wait_for("y")
        of = {name: self.token("--agent", name, role="agent") for name in ("ben", "cid")}
        streams = {"manager": self.begun(touched=True), "ben": self.begun(of["ben"], touched=True),
                   "cid": self.begun(of["cid"], touched=True), "changes only": self.begun()}
        self.fence(*streams.values())
        opened = lambda lead, number: {"event": {"tenantId": "acme", "leadId": lead, "eventId": f"o{number}", "type": "OPEN",
                                                 "occurredAt": f"2026-03-01T11:00:{number:02d}Z"}}
        self.append(*(opened("x", number) for number in range(9)), opened("x", 3), opened("y", 10), opened("x@x.org", 11))
        self.wait_until(lambda: self.ask(CONTACTS + "x")[1]["counts"].get("open") == 10)
        self.fence(*streams.values())
        told = {name: {(event.data["lead_id"], "version" in event.data) for event in stream.events
                       if event.kind == "CONTACT_TOUCHED" and not event.data["lead_id"].startswith("fence")}
                for name, stream in streams.items()}
        self.assertEqual(told, {"manager": {("x", False), ("y", False)}, "ben": {("x", False), ("y", False)},
                                "cid": {("y", False)}, "changes only": set()})

    def test_a_revoked_token_loses_its_stream(self):
        self.start([])
        token = self.token()
        stream = self.stream(token)
        number = self.output_of("serve", "token", "list", "--data", "front").strip().split("\n")[-1].split()[0]
        self.output_of("serve", "token", "revoke", "--data", "front", number)
        self.assertTrue(stream.ended.wait(TIMEOUT))
        self.assertEqual(self.stream(token).status, 401)


class Load(StreamCase):
    def is_there_soon(self, stream, shown, path, body):
        """Whether the subscriber has the event soon after the answer to its write, which comes after the commit."""
        seen = len(stream.events)
        self.assertIn(self.ask_within_limits(path, method="POST", body=json.dumps(body))[0], (200, 201))
        answered = time.time()
        events = stream.wait(lambda events: shown in map(repr, events[seen:]))[seen:]
        return next(event.received for event in events if repr(event) == shown) - answered < SOON

    def test_changes_and_updates_are_pushed(self):
        """A front that asked the run now and then would be late most of the time. A busy machine is late at times, so this
        goes on until eight of each in a row are there soon."""
        self.start(contact("ann"))
        stream = self.begun(touched=True)
        self.fence(stream)
        for shown, path, body in (("LEAD_CREATED new-{}", CONTACTS[:-1], {"id": "new-{}"}),
                                  ("CONTACT_TOUCHED ann", CONTACTS + "ann/notes", {"text": "x"})):
            soon = 0
            for number in range(200):
                named = {name: text.format(number) for name, text in body.items()}
                soon = soon + 1 if self.is_there_soon(stream, shown.format(number), path, named) else 0
                if soon == 8:
                    break
            self.assertEqual(soon, 8, f"{shown} is late")

    def test_idle_streams_are_limited_and_keep_nobody_out(self):
        self.start(contact("ann"))
        tokens = [self.token() for _ in range(7)]
        streams = [self.stream(token) for token in tokens for _ in range(16)]
        self.assertEqual({stream.status for stream in streams}, {200})
        refused = self.stream(tokens[0])
        self.assertEqual((refused.status, refused.headers["retry-after"]), (429, "15"))
        self.assertEqual(refused.body()["code"], "too_many_requests")
        for _ in range(20):  # more than the front has threads
            self.assertEqual(self.ask(CONTACTS + "ann")[0], 200)
        self.fence(*streams)
        # A client that is gone is noticed, and frees its place.
        for stream in streams[:16]:
            stream.close()
        self.wait_until(lambda: all(stream.comments for stream in streams[16:]))
        self.wait_until(lambda: self.stream(tokens[0]).status == 200)
        self.assertFalse(any(stream.ended.is_set() for stream in streams[16:]))

    def test_a_slow_client_is_cut_and_goes_on(self):
        self.start([])
        self.end(self.front)
        self.start_front("--operator-port", "0")
        operators = int(re.search(r"metrics and health on \S+:(\d+)", self.said)[1])
        fast = self.begun()
        slow = self.stream(receive_bytes=4096, reads=False)
        self.fence(fast)
        number = 0
        give_up = time.monotonic() + 3 * TIMEOUT
        while "leadpulse_serve_cut_streams_total 1" not in self.metrics(operators):
            self.assertLess(time.monotonic(), give_up)
            self.append(*[command(f"lead-{number + i}", 1, **TAGS) for i in range(2000)])
            number += 2000
            self.fence(fast)
        slow.read()
        self.assertGreater(len(slow.events), 10)
        # It has whole events up to the cut. With its last id it continues, or is told to start again.
        again = self.stream(last_id=slow.last_id)
        self.fence(again)
        expected = [event.id for event in fast.events]
        if again.events[0].kind != "reset":
            at = expected.index(slow.last_id)
            self.assertEqual([event.id for event in again.events], expected[at + 1:at + 1 + len(again.events)])
        self.assertFalse(fast.ended.is_set())
        self.assertNotIn("reset", [event.kind for event in fast.events[1:]])

    @staticmethod
    def metrics(port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=TIMEOUT) as page:
            return page.read().decode()

    def test_a_front_that_stops_ends_its_streams(self):
        self.start([])
        streams = [self.stream() for _ in range(5)]
        self.end(self.front)
        self.assertEqual(self.front.returncode, 0)
        for stream in streams:
            self.assertTrue(stream.ended.wait(TIMEOUT))


if __name__ == "__main__":
    unittest.main()
