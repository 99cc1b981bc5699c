"""What tests of `leadpulse report` share: records of every kind with hostile names, and a state made from them. The
program is the first argument of the test."""

import json
import random

from command_line import CommandLine

SCRIPT = "<script>alert(1)</script>"
HOSTILE = ["\"><img src=x onerror=alert(1)>", "' onload='x", "a&amp;b", "esc\u001b[31m\u202e", "名前\U0001f600",
           "</style></svg>" + SCRIPT, "=1+2"]
DEFINITIONS = f"""
tenants:
  acme:
    timezone: Europe/Berlin
    scoring:
      rules:
        - {{event: open, points: 3}}
        - {{event: click, points: 9, expires_after: 10d}}
        - {{event: bounce, bounce: hard, points: -20}}
    tiers: [{{name: hot, at_least: 20}}, {{name: "warm {SCRIPT}", at_least: 6}}, {{name: cold}}]
    lifecycle: {{engaged_on: [click, reply], soft_bounce_limit: 2}}
    segments:
      - {{id: recent, name: "Opened {SCRIPT}", rule: 'DID open IN LAST 7 days'}}
      - {{id: clickers, name: Clickers, rule: 'clicks > 1'}}
  bounded:
    tiers: [{{name: all}}]
    journal: {{max_entries: 3}}
"""
CAMPAIGNS = ["spring", "Autumn", *HOSTILE]
STAGES = ["new", "contacted", "engaged", "qualifying", "qualified", "follow_up", "converted", "lost", "archived"]
TYPES = ["SENT"] * 5 + ["DELIVERED"] * 4 + ["OPEN"] * 4 + ["CLICK"] * 2 + ["REPLY", "BOUNCE", "UNSUBSCRIBE", "COMPLAINT"]


def command(lead, number, when, **action):
    return {"command": {"tenantId": "acme", "leadId": lead, "commandId": f"c{number}", "issuedAt": when, **action}}


def make_records(seed=5, count=2500, leads=120):
    rng = random.Random(seed)
    records = []
    for number in range(count):
        day, second = divmod(number * 50 * 86400 // count, 86400)
        month, day = (1, day + 1) if day < 31 else (2, day - 30)
        when = f"2026-{month:02}-{day:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
        lead = f"lead{rng.randrange(leads)}" + ("@example.com" if rng.random() < 0.5 else "")
        chance = rng.random()
        if chance < 0.04:
            records.append(command(lead, number, when, setStage={"stage": rng.choice(STAGES).upper()}))
        elif chance < 0.10:
            records.append(command(lead, number, when, editCampaigns={"assign": [rng.choice(CAMPAIGNS).upper()]}))
        elif chance < 0.11:
            records.append(command(lead, number, when, erase={}))
        else:
            event = {"tenantId": "acme", "leadId": lead, "eventId": f"e{number}", "type": rng.choice(TYPES),
                     "occurredAt": when, "campaignId": rng.choice([*CAMPAIGNS, "", "AUTUMN"])}
            if event["type"] == "BOUNCE" and rng.random() < 0.5:
                event["bounceKind"] = "SOFT"
            if event["type"] in ("OPEN", "CLICK") and rng.random() < 0.3:
                event["machine"] = True
            records.append({"event": event})
            if rng.random() < 0.05:
                records.append({"event": {**event, "eventId": f"r{number}", "type": "RETRACT", "machine": False,
                                          "retracts": event["eventId"]}})
    return records


class ReportCase(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("d.yaml", DEFINITIONS)
        self.records = make_records()
        self.write_records("a.jsonl", self.records)
        result = self.run_job("--input", "a.jsonl", "--definitions", "d.yaml", "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)

    def lines(self, name):
        return [json.loads(line) for line in self.read(name).splitlines()]

    def report(self, *arguments):
        result = self.call("report", "--state", "state", "--format", "json", *arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return json.loads(result.stdout)

    def fails(self, code, part, *arguments):
        self.expect_failure(code, part, "report", "--state", "state", *arguments)
