#!/usr/bin/env python3
"""Holds the demo's converters against the data they convert: each fact of the CSV files once, and the same twice."""

import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop() if len(sys.argv) > 1 else ".").resolve()
DATA = ROOT / "tests" / "data"


def convert(script, source):
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder, "records.jsonl")
        subprocess.run([sys.executable, "-B", ROOT / "tools" / "demo" / script, "--input", source, "--output", output],
                       check=True, capture_output=True)
        return output.read_text(encoding="utf-8")


def records_of(text):
    return [next(iter(json.loads(line).items())) for line in text.splitlines()]


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Converters(unittest.TestCase):
    def check_records(self, text):
        records = records_of(text)
        ids = [record.get("eventId") or record["commandId"] for _, record in records]
        self.assertEqual(len(set(ids)), len(ids), "every id is there once")
        times = [record.get("occurredAt") or record["issuedAt"] for _, record in records]
        self.assertEqual(times, sorted(times), "in the order of time")
        return records

    def test_saas(self):
        text = convert("convert_saas.py", DATA / "saas")
        self.assertEqual(text, convert("convert_saas.py", DATA / "saas"), "the same in every run")
        records = self.check_records(text)
        types = collections.Counter(record["type"] for kind, record in records if kind == "event")
        sends, leads = rows(DATA / "saas" / "email_sends.csv"), rows(DATA / "saas" / "leads.csv")
        self.assertEqual(types["SENT"], len(sends))
        for column, kind in (("opened", "OPEN"), ("clicked", "CLICK"), ("replied", "REPLY"),
                             ("unsubscribed", "UNSUBSCRIBE")):
            self.assertEqual(types[kind], sum(row[column] == "True" for row in sends), kind)
        stages = collections.Counter(record["setStage"]["stage"] for _, record in records if "setStage" in record)
        self.assertEqual(stages["CONVERTED"], sum(row["stage"] == "converted" for row in leads))
        self.assertEqual(len({record["email"] for _, record in records}), len(leads))

    def test_saas_follows_a_message(self):
        """A message is opened after it was delivered, and clicked, replied to, unsubscribed from after that."""
        order = ["SENT", "DELIVERED", "OPEN", "CLICK", "REPLY", "UNSUBSCRIBE"]
        messages = collections.defaultdict(list)
        for kind, record in records_of(convert("convert_saas.py", DATA / "saas")):
            if kind == "event":
                messages[record["messageId"]].append(order.index(record["type"]))
        self.assertTrue(all(steps == sorted(steps) for steps in messages.values()))

    def test_marketo(self):
        text = convert("convert_marketo.py", DATA / "marketo" / "activities.csv")
        self.assertEqual(text, convert("convert_marketo.py", DATA / "marketo" / "activities.csv"))
        records = self.check_records(text)
        activities = collections.Counter(row["activity"] for row in rows(DATA / "marketo" / "activities.csv"))
        types = collections.Counter(record["type"] for kind, record in records if kind == "event")
        self.assertEqual(types["CLICK"], activities["click"])
        self.assertEqual(types["BOUNCE"], activities["bounce"])
        self.assertEqual(sum("erase" in record for _, record in records), activities["delete"])

    def test_marketo_finds_the_scanner_and_nobody_else(self):
        records = records_of(convert("convert_marketo.py", DATA / "marketo" / "activities.csv"))
        clicks = {record["eventId"]: record for _, record in records if record.get("type") == "CLICK"}
        taken_back = {record["retracts"] for _, record in records if record.get("type") == "RETRACT"}
        machines = {event_id for event_id, record in clicks.items() if record.get("machine")} | taken_back
        self.assertEqual({clicks[event_id]["leadId"] for event_id in machines}, {"1124755"})
        self.assertEqual(len(machines), 94)
        self.assertFalse(any(clicks[event_id].get("machine") for event_id in taken_back), "only what was told as human")


if __name__ == "__main__":
    unittest.main()
