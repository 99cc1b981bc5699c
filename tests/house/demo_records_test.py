#!/usr/bin/env python3
"""Compares the demo's records with their data: each fact of the CSV files occurs once, and a second import is the same.

    tests/house/demo_records_test.py BINARY
"""

import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
BINARY = pathlib.Path(sys.argv.pop() if len(sys.argv) > 1 else ROOT / "build" / "release" / "leadpulse").resolve()


def make_records():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([ROOT / "tools" / "demo" / "records.sh", BINARY, folder], check=True, capture_output=True)
        return pathlib.Path(folder, "records.jsonl").read_text(encoding="utf-8")


def read_lines(*path):
    return pathlib.Path(*path).read_text(encoding="utf-8").splitlines()


def rows(*path):
    with open(DATA.joinpath(*path), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Records(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.texts = make_records(), make_records()
        cls.records = [next(iter(json.loads(line).items())) for line in cls.texts[0].splitlines()]

    def of(self, tenant, kind):
        return [record for each, record in self.records if each == kind and record["tenantId"] == tenant]

    def test_each_once_in_the_order_of_time_and_the_same_in_every_run(self):
        # assertEqual would take minutes to show a difference in thousands of lines.
        self.assertTrue(self.texts[0] == self.texts[1])
        ids = [(kind, record["tenantId"], record.get("eventId") or record["commandId"]) for kind, record in self.records]
        self.assertEqual(len(set(ids)), len(ids))
        times = [(record.get("occurredAt") or record["issuedAt"]).replace("Z", "").ljust(23, ".")
                 for _, record in self.records]
        self.assertTrue(times == sorted(times))

    def test_saas_leads(self):
        leads, commands = rows("saas", "leads.csv"), self.of("saas-co", "command")
        self.assertTrue({command["email"] for command in commands} == {lead["email"] for lead in leads})
        stages = collections.Counter(command["setStage"]["stage"] for command in commands if "setStage" in command)
        self.assertEqual(stages, collections.Counter(
            {"demo_booked": "FOLLOW_UP"}.get(lead["stage"], lead["stage"].upper()) for lead in leads))
        sets = [command["updateProfile"]["set"] for command in commands if "updateProfile" in command]
        self.assertEqual(collections.Counter(each["loss_reason"] for each in sets if "loss_reason" in each),
                         collections.Counter(lead["loss_reason"] for lead in leads if lead["loss_reason"]))
        self.assertEqual(sum("converted_on" in each for each in sets), sum(lead["converted_date"] != "" for lead in leads))
        first = {}
        for command in commands:
            first.setdefault(command["email"], command["issuedAt"][:10])
        wrong = [lead["lead_id"] for lead in leads if first[lead["email"]] != lead["created_date"]]
        self.assertEqual(wrong[:5], [])

    def test_saas_mails(self):
        sends, campaigns = rows("saas", "email_sends.csv"), rows("saas", "email_campaigns.csv")
        events = self.of("saas-co", "event")
        types = collections.Counter(event["type"] for event in events)
        self.assertEqual((types["SENT"], types["DELIVERED"]), (len(sends), len(sends)))
        for column, kind in (("opened", "OPEN"), ("clicked", "CLICK"), ("replied", "REPLY"),
                             ("unsubscribed", "UNSUBSCRIBE")):
            self.assertEqual(types[kind], sum(row[column] == "True" for row in sends), kind)
        kinds = {campaign["campaign_id"]: campaign["campaign_type"] for campaign in campaigns}
        self.assertTrue(all(event["properties"]["campaign_type"] == kinds[event["campaignId"]] for event in events))
        assigned = [command for command in self.of("saas-co", "command") if "editCampaigns" in command]
        self.assertEqual(len(assigned), len(sends))

    def test_a_message_is_opened_after_it_was_delivered_and_the_rest_after_that(self):
        order = ["SENT", "DELIVERED", "OPEN", "CLICK", "REPLY", "UNSUBSCRIBE"]
        messages = collections.defaultdict(list)
        for event in self.of("saas-co", "event"):
            messages[event["messageId"]].append(order.index(event["type"]))
        self.assertTrue(all(steps == sorted(steps) for steps in messages.values()))

    def test_marketo(self):
        activities = rows("marketo", "activities.csv")
        events = self.of("marketo-sample", "event")
        names = {"SENT": "send", "DELIVERED": "deliver"}
        counted = collections.Counter(names.get(event["type"], event["type"].lower()) for event in events)
        erased = self.of("marketo-sample", "command")
        self.assertTrue(all("erase" in command for command in erased))
        counted["delete"] = len(erased)
        self.assertEqual(counted, collections.Counter(row["activity"] for row in activities))
        bounces = collections.Counter(event.get("bounceKind", "HARD") for event in events if event["type"] == "BOUNCE")
        self.assertEqual(bounces, {"SOFT": 82, "HARD": 18})
        ids = {row["id"] for row in activities if row["activity"] != "delete"}
        self.assertTrue({event["eventId"] for event in events} == ids)

    def test_an_unsubscribe_for_the_address_reaches_the_contact(self):
        """Mia, as in step 8 of the demo."""
        self.assertEqual([command["leadId"] for command in self.of("two-ids", "command")], ["4711"])
        events = self.of("two-ids", "event")
        self.assertEqual({(event.get("leadId"), event["email"]) for event in events}, {(None, "mia.berg@example.com")})
        self.assertEqual(events[-1]["type"], "UNSUBSCRIBE")
        with tempfile.TemporaryDirectory() as folder:
            records = pathlib.Path(folder, "records.jsonl")
            records.write_text("".join(line + "\n" for line in self.texts[0].splitlines() if '"two-ids"' in line),
                               encoding="utf-8")
            subprocess.run([BINARY, "run", "--definitions", DATA / "demo" / "definitions.yaml", "--state", "state",
                            "--output", "out", "--quiet", "--no-sync", "--input", records], cwd=folder, check=True,
                           capture_output=True)
            (mia,) = [json.loads(line) for line in read_lines(folder, "out", "leads.jsonl")]
            self.assertEqual((mia["leadId"], mia["score"], mia["emailStatus"], mia["sendable"]),
                             ("4711", 25, "unsubscribed", False))
            changes = [json.loads(line) for line in read_lines(folder, "out", "changes.jsonl")]
            self.assertEqual({change["leadId"] for change in changes}, {"4711"})
            said = subprocess.run([BINARY, "explain", "--state", "state", "--tenant", "two-ids", "--lead", "4711"],
                                  cwd=folder, check=True, capture_output=True, text=True).stdout
            self.assertRegex(said, r"email status +unsubscribed .* through mia.berg@example.com\n")

    def test_the_scanner_is_found_and_nobody_else(self):
        """As in step 7 of the demo."""
        with tempfile.TemporaryDirectory() as folder:
            records = pathlib.Path(folder, "records.jsonl")
            records.write_text(self.texts[0], encoding="utf-8")
            run = [BINARY, "run", "--definitions", DATA / "demo" / "definitions.yaml", "--state", "state", "--output",
                   "out", "--quiet", "--no-sync", "--input", records]
            subprocess.run(run, cwd=folder, check=True, capture_output=True)
            subprocess.run([BINARY, "retract", "--state", "state", "--tenant", "marketo-sample", "--type", "click",
                            "--where", 'IN SEGMENT "link-scanners"', "--to", "scanner.jsonl", "--yes"], cwd=folder,
                           check=True, capture_output=True)
            taken_back = [json.loads(line)["event"] for line in read_lines(folder, "scanner.jsonl")]
            self.assertEqual(collections.Counter(event["leadId"] for event in taken_back), {"1124755": 94})
            subprocess.run([*run, "scanner.jsonl"], cwd=folder, check=True, capture_output=True)
            leads = [json.loads(line) for line in read_lines(folder, "out", "leads.jsonl")]
            self.assertEqual([lead["leadId"] for lead in leads if "link-scanners" in lead["segments"]], [])
            self.assertEqual(sum(lead["counts"].get("click", 0) for lead in leads
                                 if lead["tenantId"] == "marketo-sample"), 6)


if __name__ == "__main__":
    unittest.main()
