#!/usr/bin/env python3
"""Clients read their own writes, whatever is killed.   tests/serve/read_your_writes_test.py BINARY

Clients of several tenants send random writes. Each write shows in the next GET, search and count, or is refused with its code and
does not show, while the run and the front are killed and started again at random moments.

LEADPULSE_WRITES sets how many writes there are (a release is tested with 10,000), LEADPULSE_SEED repeats their kinds.
"""

import concurrent.futures
import os
import random
import threading
import time
import unittest
import urllib.parse

from contact_model import STAGES, Contacts
from front import API, CONTACTS, TIMEOUT
from write_case import WriteCase, path_of

WRITES = int(os.environ.get("LEADPULSE_WRITES", "100"))
SEED = int(os.environ.get("LEADPULSE_SEED", str(random.randrange(1 << 32))))
# A tenant's rates are limited, so many writes need many tenants.
TENANTS = 2 if WRITES < 1000 else 8
LEADS = 12  # for each tenant
DEFINITIONS = """
tenants:
  "*":
    tiers: [{name: all}]
    fields: {first_name: text, industry: text, company_size: number}
    topics: [{id: news, name: News}, {id: offers, name: Offers}]
    segments: [{id: tagged, name: Tagged, rule: 'tags = "a"'}]
"""


class Client:
    """Writes to the contacts of a tenant of its own, one write after the other."""

    def __init__(self, case, number):
        self.case, self.tenant = case, f"tenant{number}"
        self.dice = random.Random(f"{SEED}-{number}")
        self.contacts = Contacts(self.dice)
        case.output_of("serve", "user", "add", "--data", "front", "--tenant", self.tenant, "--role", "admin", "kim")
        self.managers = [case.token(tenant=self.tenant) for _ in range(4)]
        self.admin = case.token(tenant=self.tenant, role="admin")
        self.agent = case.token("--agent", "ben", tenant=self.tenant, role="agent")
        self.sent = 0

    def ask(self, method, path, body=None, token=None, **headers):
        """Sends the request until the answer is not a temporary one."""
        give_up = time.monotonic() + 2 * TIMEOUT
        while True:
            self.case.assertLess(time.monotonic(), give_up, (method, path, body))
            try:
                answer = self.case.send(method, path, body, token or self.dice.choice(self.managers), **headers)
            except (OSError, ValueError):  # killed before or while it answers
                answer = (None,)
            if answer[0] not in (None, 429, 503, 202):
                return answer
            time.sleep(0.05)

    def run(self, writes, done):
        while self.sent < writes and not done.is_set():
            self.write_once()
            self.sent += 1

    def write_once(self):
        lead = f"lead{self.dice.randrange(LEADS)}@x.org"
        write = self.contacts.next_write(lead)
        token = self.admin if write.admin else self.dice.choice(self.managers)
        name, ending = write.path
        path = path_of(name, ending) if name else API + "contacts" + ending
        # Repeated after a kill, a creation must not be refused because of itself.
        status, body, _ = self.ask(write.method, path, write.body, token, Idempotency_Key=f"key-{self.sent}", **write.headers)
        about = f"{self.tenant}, write {self.sent}: {write}: {body}"
        self.case.assertEqual(status, write.status, about)
        if write.code:
            self.case.assertEqual(body["code"], write.code, about)
        self.contacts.take(lead, write)
        self.check_contact(lead, about)
        self.check_search(about)
        if write.status == 201:
            self.check_is_found({"query": lead}, {lead}, about)
        if self.dice.random() < 0.2:
            self.check_counts(about)

    def check_contact(self, lead, about):
        status, body, answer = self.ask("GET", path_of(lead))
        wanted = self.contacts.all.get(lead)
        self.case.assertEqual(status, 200 if wanted else 404, about)
        if not wanted:
            return
        found = {**{name: set(body[name]) for name in ("tags", "lists", "campaigns", "topics_out")},
                 **{name: body[name] for name in ("stage", "agent", "qualification", "do_not_contact", "profile")},
                 "consents": {name: consent["granted"] for name, consent in body["consents"].items()},
                 "unsubscribed": body["email_status"] == "unsubscribed",
                 "notes": [note["text"] for note in body["notes"]]}
        wanted.pop("etag", None)
        self.case.assertEqual(found, wanted, about)
        wanted["etag"] = answer.getheader("ETag")

    def check_search(self, about):
        parameters, holds = self.contacts.random_search()
        agent = self.dice.choice([None, None, None, "ben"])
        if self.dice.random() < 0.3:
            parameters["sort"] = self.dice.choice(["-score", "company_size", "created"])
        self.check_is_found(parameters, self.contacts.leads(holds, agent), about, self.agent if agent else None)

    def check_is_found(self, parameters, leads, about, token=None):
        text = urllib.parse.urlencode({**parameters, "count": "exact", "limit": 1000})
        status, body, _ = self.ask("GET", f"{CONTACTS}search?{text}", token=token)
        found = [row["id"] for row in body["contacts"]] if status == 200 else body
        about = f"{parameters} after {about}"
        self.case.assertEqual((status, sorted(found)), (200, sorted(leads)), about)
        self.case.assertEqual(body["count"], len(leads), about)

    def check_counts(self, about):
        if self.dice.random() < 0.5:
            [segment] = self.ask("GET", API + "segments")[1]["segments"]
            self.case.assertEqual(segment["count"], len(self.contacts.leads(lambda one: "a" in one["tags"])), about)
            return
        board = self.ask("GET", API + "pipeline")[1]["stages"]
        wanted = {stage: len(self.contacts.leads(lambda one, stage=stage: one["stage"] == stage)) for stage in STAGES}
        self.case.assertEqual({column["stage"]: column["count"] for column in board}, wanted, about)


class ReadYourWrites(WriteCase):
    definitions = DEFINITIONS

    def kill_and_start_again(self, dice, done):
        while not done.wait(dice.uniform(0.1, 1.5)):
            if dice.random() < 0.5:
                self.kill(self.front)
                done.wait(dice.choice([0, 0.1]))
                self.start_front()
            else:
                self.kill(self.run_process)
                done.wait(dice.choice([0, 0.1, 0.5]))
                self.start_run()
            self.kills += 1

    def test_random_writes(self):
        print(f"LEADPULSE_SEED={SEED} LEADPULSE_WRITES={WRITES}")
        self.start([])
        clients = [Client(self, number) for number in range(TENANTS)]
        self.kills, done = 0, threading.Event()
        with concurrent.futures.ThreadPoolExecutor(TENANTS + 1) as threads:
            killer = threads.submit(self.kill_and_start_again, random.Random(SEED), done)
            writers = [threads.submit(client.run, WRITES // TENANTS, done) for client in clients]
            concurrent.futures.wait(writers, return_when=concurrent.futures.FIRST_EXCEPTION)
            done.set()
            killer.result()
            for writer in writers:
                writer.result()
        print(f"{self.kills} kills")
        for client in clients:
            client.check_is_found({"where": "score >= 0"}, set(client.contacts.all), "all")
        self.output_of("serve", "audit", "check", "--data", "front")


if __name__ == "__main__":
    unittest.main()
