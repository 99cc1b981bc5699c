"""Random histories of leads that share addresses: CRM ids, mailboxes, opt-outs of topics and of everything, moves to
other addresses, retractions, erasures, commands by address."""

import json
import random

DEFINITIONS = """
tenants:
  "*":
    scoring: {rules: [{event: open, points: 2, expires_after: 20d}, {event: click, points: 7}]}
    tiers: [{name: hot, at_least: 9}, {name: warm, at_least: 2}, {name: cold}]
    topics: [{id: news, name: News}]
    segments: [{id: openers, name: Openers, rule: 'DID open IN LAST 10 days'}]
"""
TYPES = ["OPEN"] * 4 + ["CLICK"] * 2 + ["SENT", "DELIVERED", "UNSUBSCRIBE", "UNSUBSCRIBE", "RESUBSCRIBE", "COMPLAINT",
                                       "BOUNCE"]


class History:
    """Records as JSON lines, in order of time."""

    def __init__(self, seed, leads=12, addresses=6, erases=True):
        self.rng = random.Random(seed)
        self.erases = erases
        self.leads = [f"crm-{i}" for i in range(leads)]
        self.addresses = [f"a{i}@x.example" for i in range(addresses)]
        self.lines, self.events = [], []

    def at(self):
        """An hour and some minutes later for each record."""
        number = len(self.lines)
        return f"2026-{1 + number // 600 % 12:02}-{1 + number // 24 % 25:02}T{number % 24:02}:{self.rng.randrange(60):02}:00Z"

    def who(self):
        if self.rng.random() < 0.5:
            return {"leadId": self.rng.choice(self.leads)}
        address = self.rng.choice(self.addresses)
        return self.rng.choice([{"email": address}, {"email": address.upper()}, {"leadId": address}])

    def command(self, who, **action):
        self.lines.append(json.dumps({"command": {"tenantId": "acme", "commandId": f"c{len(self.lines)}", **who,
                                                  "issuedAt": self.at(), **action}}))

    def add_event(self):
        event = {"tenantId": "acme", "eventId": f"e{len(self.lines)}", "occurredAt": self.at(),
                 "type": self.rng.choice(TYPES), **self.who()}
        if "leadId" in event and self.rng.random() < 0.3:
            event["email"] = self.rng.choice(self.addresses)
        if event["type"] in ("UNSUBSCRIBE", "RESUBSCRIBE") and self.rng.random() < 0.4:
            event["topic"] = self.rng.choice(["news", "offers"])
        self.events.append(event)
        self.lines.append(json.dumps({"event": event}))

    def add_retraction(self):
        if not self.events:
            return
        event = self.rng.choice(self.events)
        retraction = {"tenantId": "acme", "eventId": f"r{len(self.lines)}", "occurredAt": self.at(), "type": "RETRACT",
                      "retracts": event["eventId"]}
        for name in ("leadId", "email"):
            if name in event:
                retraction[name] = event[name]
        self.lines.append(json.dumps({"event": retraction}))

    def add_command(self):
        chance = self.rng.random()
        if chance < 0.6:
            self.command({"leadId": self.rng.choice(self.leads)},
                         updateProfile={"set": {"email": self.rng.choice(self.addresses)}})
        elif chance < 0.65:
            self.command({"leadId": self.rng.choice(self.leads)}, updateProfile={"unset": ["email"]})
        elif chance < 0.75:
            self.command(self.who(), setDoNotContact={"value": self.rng.random() < 0.3, "reason": "asked"})
        elif chance < 0.9 or not self.erases:
            self.command(self.who(), editTags={"add": [self.rng.choice(["vip", "new"])]})
        else:
            self.command(self.who(), erase={"suppress": True} if self.rng.random() < 0.3 else {})

    def make(self, count):
        while len(self.lines) < count:
            chance = self.rng.random()
            if chance < 0.65:
                self.add_event()
            elif chance < 0.75:
                self.add_retraction()
            else:
                self.add_command()
        return self.lines
