#!/usr/bin/env python3
"""Pages of a search while contacts change.   tests/serve/walks_test.py BINARY

A walk asks for all pages of a search, with a random rule, order and sizes. While events and commands come, each contact
that matches throughout the walk, and whose place in the order does not change, comes exactly once and in its order.
Nothing comes twice. While nothing comes, a walk finds what `leadpulse leads` lists.

LEADPULSE_WALKS sets how many walks there are; from 200 on there are 100,000 contacts, and 5,000 records a second come.
LEADPULSE_SEED repeats them.
"""

import concurrent.futures
import itertools
import json
import os
import random
import threading
import time
import unittest
import urllib.parse

from front import CONTACTS, command
from write_case import WriteCase

WALKS = int(os.environ.get("LEADPULSE_WALKS", "30"))
SEED = int(os.environ.get("LEADPULSE_SEED", str(random.randrange(1 << 32))))
IS_LONG = WALKS >= 200
TENANTS = [f"tenant{number}" for number in range(4 if IS_LONG else 2)]  # because the searches of a tenant are limited
LEADS = 25_000 if IS_LONG else 400  # for each tenant
A_SECOND = 5_000 if IS_LONG else 400
TIMEOUT = 600 if IS_LONG else 60  # seconds
DEFINITIONS = """
tenants:
  "*":
    fields: {industry: text, size: number, rank: number, city: text}
    scoring: {rules: [{event: open, points: 1}, {event: click, points: 3}]}
    tiers: [{name: hot, at_least: 9}, {name: warm, at_least: 3}, {name: cold}]
    journal: {max_entries: 50}  # contacts do not grow as long as the walks last
    segments: [{id: clickers, name: Clickers, rule: 'DID click'}]
"""
STILL, NOISY, MOVING = range(3)  # contacts that nothing happens to; that events come for; whose attributes change, too
# Rules and orders, and whether events and changes of `rank` and `city` change what they say about a contact.
RULES = {
    'industry = "Trade3"': STILL, 'industry = "Trade1" AND size > 20': STILL, "size >= 0": STILL, 'tags = "even"': STILL,
    'industry = "Trade2" OR stage = "qualified"': STILL, "company IS NOT SET AND size < 50": STILL,
    "score > 3": NOISY, 'tier = "hot"': NOISY, "clicks = 0": NOISY, "DID click": NOISY, 'IN SEGMENT "clickers"': NOISY,
    "rank > 500": MOVING, 'city IS "Bern"': MOVING,
}
ORDERS = {"": STILL, "lead": STILL, "size": STILL, "industry": STILL, "created": STILL, "score": NOISY, "last_clicked": NOISY,
          "rank": MOVING}


def kind_of(lead):
    """Two of five contacts are still, two are noisy, and one is moving."""
    return (STILL, STILL, NOISY, NOISY, MOVING)[int(lead[1:]) % 5]


def event(tenant, lead, number, kind="CLICK"):
    return {"event": {"tenantId": tenant, "leadId": lead, "eventId": f"e{number}", "type": kind,
                      "occurredAt": f"2026-03-{number % 27 + 2:02}T10:00:00Z"}}


def commands(tenant, lead, number, **action):
    made = command(lead, number, **action)
    made["command"]["tenantId"] = tenant
    return made


class Feed(threading.Thread):
    """Appends records for noisy and moving contacts until it is stopped."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.done, self.sent = path, threading.Event(), 0
        self.dice = random.Random(SEED)
        self.numbers = itertools.count(1_000_000)

    def record(self):
        tenant, lead, number = self.dice.choice(TENANTS), f"l{self.dice.randrange(LEADS):05}", next(self.numbers)
        kind = kind_of(lead)
        if kind == STILL:  # a new contact
            return event(tenant, f"n{self.dice.randrange(LEADS):05}", number)
        if kind == NOISY or self.dice.random() < 0.5:
            return event(tenant, lead, number, self.dice.choice(["OPEN", "CLICK", "SENT"]))
        return commands(tenant, lead, number, updateProfile={"set": {"rank": self.dice.randrange(1000),
                                                                     "city": self.dice.choice(["Bern", "Basel"])}})

    def run(self):
        pause = 0.05
        due = time.monotonic()
        with open(self.path, "ab", 0) as out:
            while not self.done.is_set():
                out.write(b"".join(json.dumps(self.record()).encode() + b"\n" for _ in range(int(A_SECOND * pause))))
                self.sent += int(A_SECOND * pause)
                due += pause
                time.sleep(max(0, due - time.monotonic()))

    def stop(self):
        self.done.set()
        self.join()


class WalksTest(WriteCase):
    definitions = DEFINITIONS

    def start_world(self):
        print(f"LEADPULSE_SEED={SEED} LEADPULSE_WALKS={WALKS}")
        dice = random.Random(SEED)
        numbers = itertools.count()
        self.start([record for tenant in TENANTS for number in range(LEADS)
                    for record in self.first_records(tenant, f"l{number:05}", dice, numbers)])
        self.tokens = {}
        for tenant in TENANTS:
            self.output_of("serve", "user", "add", "--data", "front", "--tenant", tenant, "--role", "admin", "kim")
            self.tokens[tenant] = [self.token(tenant=tenant) for _ in range(5)]
        last = f"{CONTACTS}l{LEADS - 1:05}"
        self.patiently(lambda: self.ask(last, self.tokens[TENANTS[-1]][0])[0] == 200)

    @staticmethod
    def first_records(tenant, lead, dice, numbers):
        yield commands(tenant, lead, 1, updateProfile={"set": {
            "industry": f"Trade{dice.randrange(5)}", "size": dice.randrange(100), "rank": dice.randrange(1000),
            "city": dice.choice(["Bern", "Basel"])}})
        if dice.random() < 0.5:
            yield commands(tenant, lead, 2, editTags={"add": [dice.choice(["even", "odd"])]})
        if dice.random() < 0.2:
            yield commands(tenant, lead, 3, setStage={"stage": "QUALIFIED"})
        for _ in range(dice.choice([0, 0, 1, 2, 4])):
            yield event(tenant, lead, next(numbers), dice.choice(["OPEN", "CLICK"]))

    def patiently(self, holds):
        give_up = time.monotonic() + TIMEOUT
        while not holds():
            self.assertLess(time.monotonic(), give_up, "waited too long")
            time.sleep(0.1)

    def page(self, tenant, dice, parameters):
        """A page of a search, once the rate limit and restarts allow it."""
        give_up = time.monotonic() + TIMEOUT
        while True:
            self.assertLess(time.monotonic(), give_up, parameters)
            try:
                status, body, _ = self.ask(f"{CONTACTS}search?{urllib.parse.urlencode(parameters)}",
                                           dice.choice(self.tokens[tenant]))
            except (OSError, ValueError):
                status = 503
            if status not in (429, 503):
                self.assertEqual(status, 200, (tenant, parameters, body))
                return body
            time.sleep(0.1)

    def walk(self, dice, tenant, rule, order):
        """Returns the ids of all pages."""
        parameters = {"where": rule, **({"sort": order} if order else {})}
        # Few pages, because the searches of a tenant are limited.
        size = min(1000, 1 + len(self.listing(tenant, rule, order)) // dice.randint(1, 12))
        sizes = dice.choice([[size], [size, min(1000, 2 * size)]])
        found, cursor = [], {}
        for number in itertools.count():
            limit = sizes[number % len(sizes)]
            body = self.page(tenant, dice, {**parameters, **cursor, "limit": limit})
            found += [row["id"] for row in body["contacts"]]
            self.assertLessEqual(len(body["contacts"]), limit)
            if body["cursor"] is None:
                return found
            self.assertEqual(len(body["contacts"]), limit)
            cursor = {"cursor": body["cursor"]}

    def listed(self, tenant, rule, order):
        """The ids that `leadpulse leads` lists."""
        ordered = ["--order", order.removeprefix("-") + (":desc" if order.startswith("-") else "")] if order else []
        where = ["--where", rule] if rule else []
        lines = self.output_of("leads", "--state", "state", "--tenant", tenant, *where, "--format", "jsonl",
                               "--columns", "lead", *ordered).splitlines()
        return [json.loads(line)["lead"] for line in lines]

    @staticmethod
    def choose(dice):
        rule, order = dice.choice(list(RULES)), dice.choice(list(ORDERS))
        descends = order and dice.random() < 0.5
        return dice.choice(TENANTS), rule, "-" + order if descends else order

    def in_threads(self, check, plans):
        """Calls check(dice, plan) for each plan, in a thread for each tenant."""
        with concurrent.futures.ThreadPoolExecutor(len(TENANTS)) as threads:
            done = [threads.submit(check, random.Random(f"{SEED}-{number}"), plan) for number, plan in enumerate(plans)]
            for walk in done:
                # The rest need not begin.
                if walk.exception() is not None:
                    threads.shutdown(cancel_futures=True)
                walk.result()

    def is_still(self, lead, rule, order):
        """Whether records cannot change what the rule and the order say about the contact."""
        changed_by = {RULES[rule], ORDERS[order.removeprefix("-")]} - {STILL}
        return lead.startswith("l") and kind_of(lead) < min(changed_by, default=MOVING + 1)

    def quiet_walk(self, dice, plan):
        self.assertEqual(self.walk(dice, *plan), self.listing(*plan), plan)

    def listing(self, tenant, rule, order):
        """The listing before records came. Rules and orders are listed separately, as their pairs would take half an
        hour."""
        for key in ((tenant, rule, ""), (tenant, "", order)):
            if key not in self.listings:
                self.listings[key] = self.listed(*key)
        matching = set(self.listings[tenant, rule, ""])
        return [lead for lead in self.listings[tenant, "", order] if lead in matching]

    def noisy_walk(self, dice, plan):
        tenant, rule, order = plan
        found = self.walk(dice, *plan)
        wanted = [lead for lead in self.listing(tenant, rule, order) if self.is_still(lead, rule, order)]
        self.assertEqual([lead for lead in found if self.is_still(lead, rule, order)], wanted, plan)
        self.assertEqual(len(set(found)), len(found), plan)

    def test_walks(self):
        self.start_world()
        self.listings = {}
        dice = random.Random(SEED)
        plans = [self.choose(dice) for _ in range(WALKS)]
        quarter, eighth = WALKS // 4, WALKS // 8
        self.in_threads(self.quiet_walk, plans[:quarter])
        # A state whose run is stopped has no index.
        self.end(self.run_process)
        self.in_threads(self.quiet_walk, plans[quarter:quarter + eighth])
        print(f"{quarter + eighth} quiet walks", flush=True)
        for plan in plans:
            self.listing(*plan)
        self.start_run()
        feed = Feed(self.path("in.jsonl"))
        feed.start()
        try:
            for first in range(quarter + eighth, WALKS, eighth):
                self.in_threads(self.noisy_walk, plans[first:first + eighth])
                print(f"walks while {feed.sent} records came", flush=True)
                self.kill(self.run_process)
                self.start_run()  # the first pages come before the index is back
        finally:
            feed.stop()


if __name__ == "__main__":
    unittest.main()
