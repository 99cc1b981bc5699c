#!/usr/bin/env python3
"""Reports through the API: every number is the size of the list that it links to.   tests/serve/reports_test.py BINARY

LEADPULSE_SEED repeats the random contacts.
"""

import collections
import csv
import html.parser
import io
import json
import os
import random
import unittest
import urllib.parse

from front import API, FrontCase, command, contact, with_snake_names

NAMES = ["pipeline", "tiers", "segments", "campaigns", "scores"]
STAGES = ["new", "contacted", "engaged", "qualifying", "qualified", "follow_up", "converted", "lost", "archived"]
CAMPAIGNS = ["spring", 'a "quoted" <b>', "=1+1", "ünï & co/\\"]
KINDS = ["SENT", "DELIVERED", "OPEN", "CLICK", "REPLY", "BOUNCE", "UNSUBSCRIBE", "COMPLAINT"]
SEED = int(os.environ.get("LEADPULSE_SEED", str(random.randrange(1 << 32))))


class Links(html.parser.HTMLParser):
    """The address and the text of each link."""

    def __init__(self):
        super().__init__()
        self.found, self.href = [], None

    def handle_starttag(self, tag, attrs):
        self.href = dict(attrs)["href"] if tag == "a" else None

    def handle_data(self, data):
        if self.href is not None:
            self.found.append((int(data), self.href))
        self.href = None


class Reports(FrontCase):
    timeout = 60
    definitions = """
tenants:
  acme:
    scoring: {rules: [{event: open, points: 3}, {event: click, points: 11}, {event: reply, points: 40}]}
    tiers: [{name: 'very "hot"', at_least: 50}, {name: warm, at_least: 3}, {name: cold}]
    segments:
      - {id: openers, name: Openers, rule: 'DID open'}
      - {id: 'a "b"', name: '<script>', rule: 'tags = "vip"'}
"""

    def get(self, path, token=None, accept=None):
        answer, content = self.request_within_limits("GET", path, None, {"Accept": accept} if accept else {}, token)
        return answer.status, answer.getheader("Content-Type"), content.decode()

    def report(self, name, token=None):
        status, kind, body = self.get(f"{API}reports/{name}", token)
        self.assertEqual((status, kind), (200, "application/json"), body)
        return json.loads(body)

    def start_with_contacts(self):
        print(f"LEADPULSE_SEED={SEED}")
        dice = random.Random(SEED)
        records = []
        for number in range(50):
            lead = f"lead{number}"
            records += contact(lead, dice.choice(["", "ben", "cid"]))
            records.append(command(lead, 3, setStage={"stage": dice.choice(STAGES).upper()}))
            if dice.random() < 0.5:
                records.append(command(lead, 4, editCampaigns={"assign": [dice.choice(CAMPAIGNS)]}))
            if dice.random() < 0.5:
                records.append(command(lead, 5, editTags={"add": ["vip"]}))
            for one in range(dice.randrange(6)):
                members = {"tenantId": "acme", "leadId": lead, "eventId": f"{lead}-{one}", "type": dice.choice(KINDS),
                           "occurredAt": f"2026-03-0{one + 1}T10:00:00Z", "campaignId": dice.choice(CAMPAIGNS)}
                if members["type"] == "BOUNCE":
                    members["bounceKind"] = dice.choice(["HARD", "SOFT"])
                if members["type"] in ("OPEN", "CLICK"):
                    members["machine"] = dice.random() < 0.3
                records.append({"event": members})
        self.start(records)
        self.wait_for("lead49")

    def links_in(self, value):
        """Each count with its link, anywhere in a report."""
        if isinstance(value, list):
            return [link for one in value for link in self.links_in(one)]
        if not isinstance(value, dict):
            return []
        if set(value) == {"count", "href"}:
            return [(value["count"], value["href"])]
        return [link for one in value.values() for link in self.links_in(one)]

    def test_every_number_is_the_size_of_its_list(self):
        self.start_with_contacts()
        followed = 0
        for token in (self.manager, self.token(tenant="acme", role="admin")):
            for name in NAMES:
                links = self.links_in(self.report(name, token))
                self.assertGreater(len(links), 2, name)
                for count, href in links[:: 1 if token == self.manager else 5]:
                    status, _, body = self.get(href + "&count=exact&limit=1", token)
                    self.assertEqual((status, json.loads(body).get("count")), (200, count), (name, href))
                    followed += 1
        self.assertGreater(followed, 60)

    def test_numbers_fit_each_other(self):
        self.start_with_contacts()
        reports = {name: self.report(name) for name in NAMES}
        for name in ("pipeline", "tiers", "scores"):
            self.assertEqual(sum(row["leads"]["count"] for row in reports[name]["rows"]), 50, name)
        self.assertEqual([row["stage"] for row in reports["pipeline"]["rows"]], STAGES)
        for row, later in zip(reports["pipeline"]["rows"], reports["pipeline"]["rows"][1:7]):
            ratio = later["reached"]["count"] / row["reached"]["count"] if row["reached"]["count"] else None
            self.assertAlmostEqual(row["conversion_to_next"], ratio)
        self.assertIsNone(reports["pipeline"]["rows"][-1]["conversion_to_next"])
        self.assertEqual([row["tier"] for row in reports["tiers"]["rows"]], ['very "hot"', "warm", "cold"])
        self.assertEqual({row["campaign"] for row in reports["campaigns"]["rows"]}, set(CAMPAIGNS))
        self.assertLessEqual(reports["scores"]["min"], reports["scores"]["median"])
        # The command prints the same numbers.
        printed = json.loads(self.output_of("report", "--state", "state", "--tenant", "acme", "--format", "json"))
        printed = printed["tenants"]["acme"]
        for row in reports["campaigns"]["rows"]:
            of_campaign = with_snake_names(printed["campaigns"][row["campaign"]])
            self.assertEqual(row["assigned"]["count"], of_campaign["assigned"])
            for measure in ("mailed", "opened", "opened_with_machines", "clicked", "replied", "bounced", "complained"):
                self.assertEqual(row[measure]["count"], of_campaign[measure]["leads"], (row["campaign"], measure))

    def test_formats_have_the_same_numbers(self):
        self.start_with_contacts()
        for name in NAMES:
            rows = self.report(name)["rows"]
            status, kind, text = self.get(f"{API}reports/{name}?format=csv")
            self.assertEqual((status, kind), (200, "text/csv; charset=utf-8"))
            self.assertEqual(self.get(f"{API}reports/{name}", accept="text/csv;q=0.9")[2], text)
            read = list(csv.DictReader(io.StringIO(text)))
            self.assertEqual(len(read), len(rows))
            for row, cells in zip(rows, read):
                for column, value in row.items():
                    if isinstance(value, dict):
                        self.assertEqual((int(cells[column]), cells[column + "_href"]), (value["count"], value["href"]))
                    elif isinstance(value, str):
                        self.assertEqual(cells[column].removeprefix("'"), value)
                        self.assertFalse(cells[column].startswith("="), "a formula")
            status, kind, page = self.get(f"{API}reports/{name}", accept="text/html,application/xhtml+xml,*/*;q=0.8")
            self.assertEqual((status, kind), (200, "text/html; charset=utf-8"))
            self.assertNotIn("<script", page)
            links = Links()
            links.feed(page)
            self.assertEqual(links.found, self.links_in(self.report(name)))
        status, _, body = self.get(f"{API}reports/tiers?format=xml")
        self.assertEqual((status, json.loads(body)["field"]), (400, "format"))
        self.assertEqual(self.get(f"{API}reports/nothing")[0], 404)

    def days(self, parameters="", token=None):
        status, _, body = self.get(f"{API}reports/days{parameters}", token)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def test_days_are_what_the_changes_say(self):
        self.start_with_contacts()
        of_events = self.days("?from=2026-02-25&to=2026-03-10")
        self.assertEqual([row["day"] for row in of_events["rows"]][::6], ["2026-02-25", "2026-03-03", "2026-03-09"])
        with open(os.path.join(self.folder, "in.jsonl"), encoding="utf-8") as file:
            sent = collections.Counter(record["event"]["occurredAt"][:10] for record in map(json.loads, file) if "event" in record)
        self.assertEqual(sent, collections.Counter({row["day"]: sum(row[column] for column in row if column.startswith("event:"))
                                                    for row in of_events["rows"]}) + collections.Counter())
        report = self.days()  # a run that follows has the clock of the wall, so the changes are of today
        self.assertNotIn("counted_from", report)
        self.assertEqual(len({tuple(row) for row in report["rows"]}), 1, "all rows have the same columns")
        happened = collections.Counter()
        with open(os.path.join(self.folder, "out", "changes.jsonl"), encoding="utf-8") as file:
            for change in map(json.loads, file):
                names = {"LEAD_CREATED": "created", "STAGE_CHANGED": "stage:", "TIER_CHANGED": "tier:", "EMAIL_STATUS_CHANGED": "email:"}
                if change["kind"] in names:
                    happened[change["at"][:10], names[change["kind"]] + change.get("to", "")] += 1
        counted = collections.Counter({(row["day"], column): number for row in report["rows"] for column, number in row.items()
                                       if column != "day" and not column.startswith("event:") and number})
        self.assertEqual(counted, happened)
        self.assertGreater(len(counted), 10)
        text = self.get(f"{API}reports/days?format=csv")[2]
        read = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(read, [{column: str(value) for column, value in row.items()} for row in report["rows"]])

    def test_days_of_a_campaign_and_of_an_owner(self):
        self.start_with_contacts()
        march = "?from=2026-03-01&to=2026-03-31"
        parts = [self.days(f"{march}&campaign={urllib.parse.quote(each.upper())}") for each in CAMPAIGNS]
        everything = self.days(march)
        of = lambda report, column: sum(row[column] for row in report["rows"])
        for kind in ("sent", "open", "unsubscribe"):
            self.assertEqual(sum(of(part, f"event:{kind}") for part in parts), of(everything, f"event:{kind}"), kind)
        owned = [self.days(f"{march}&owner={each}") for each in ("ben", "cid")]
        self.assertLess(0, sum(of(part, "event:open") for part in owned))
        self.assertLess(sum(of(part, "event:open") for part in owned), of(everything, "event:open"))
        self.assertEqual(of(self.days(f"{march}&owner=nobody"), "event:open"), 0)

    def test_days_of_a_segment(self):
        self.start_with_contacts()
        moves = collections.Counter()
        with open(os.path.join(self.folder, "out", "changes.jsonl"), encoding="utf-8") as file:
            for change in map(json.loads, file):
                if change["kind"] in ("SEGMENT_ENTERED", "SEGMENT_LEFT"):
                    moves[change["name"], change["at"][:10], change["kind"][8:].lower()] += 1
        self.assertGreater(len(moves), 1)
        segments = json.loads(self.get(f"{API}segments")[2])["segments"]
        for segment in segments:
            rows = self.days(f"?segment={urllib.parse.quote(segment['id'])}")["rows"]
            self.assertEqual(list(rows[0]), ["day", "entered", "left", "definitions:entered", "definitions:left"])
            for row in rows:
                self.assertEqual((row["entered"], row["left"]),
                                 tuple(moves[segment["id"], row["day"], kind] for kind in ("entered", "left")), (segment, row))
            self.assertEqual((segment["entered_today"], segment["left_today"]), (rows[-1]["entered"], rows[-1]["left"]))
            self.assertEqual(sum(row["entered"] - row["left"] for row in rows), segment["count"])
        agent = self.token("--agent", "ben", role="agent")
        self.assertNotIn("entered_today", self.get(f"{API}segments", agent)[2])

    def test_days_that_cannot_be_asked_for(self):
        self.start(contact("ann"))
        agent = self.token("--agent", "ben", role="agent")
        self.assertEqual(self.get(f"{API}reports/days", agent)[0], 403)
        self.assertEqual(len(self.days()["rows"]), 30)
        self.assertEqual(sum(row["created"] for row in self.days()["rows"]), 1)
        for wrong, field in (("?from=yesterday", "from"), ("?to=2026-02-30", "to"), ("?from=2026-03-02&to=2026-03-01", "from"),
                             ("?from=2020-01-01&to=2026-01-01", "from"), ("?campaign=a&owner=b", "owner"), ("?segment=a&owner=b", "segment")):
            status, _, body = self.get(f"{API}reports/days{wrong}")
            self.assertEqual((status, json.loads(body)["field"]), (400, field), wrong)

    def test_days_of_what_is_not_known_warn(self):
        self.start([command("ann", 1, assignAgent={"agentId": "ben"})])
        self.assertNotIn("warnings", self.days("?owner=ben"))
        for name, where in (("owner", "agents"), ("campaign", "campaigns"), ("segment", "segments")):
            [warning] = self.days(f"?{name}=sprng")["warnings"]
            self.assertRegex(warning, f"{name} .sprng. .*/{where} ")

    def test_rights_and_an_empty_tenant(self):
        self.start(contact("ann"))
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")
        agent, blue = self.token("--agent", "ben", role="agent"), self.token(tenant="blue")
        for name in NAMES:
            self.assertEqual(self.get(f"{API}reports/{name}", agent)[0], 403)
            self.assertEqual(self.report(name, blue)["leads"]["count"], 0)
            self.assertEqual(self.report(name)["leads"]["count"], 1)
            self.assertEqual(self.get(f"{API}reports/{name}?format=html", blue)[0], 200)


if __name__ == "__main__":
    unittest.main()
