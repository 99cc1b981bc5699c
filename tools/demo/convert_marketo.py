#!/usr/bin/env python3
"""Converts Marketo activities (tests/data/marketo) into Leadpulse records, one JSONL file in the order of time.

    tools/demo/convert_marketo.py --input tests/data/marketo/activities.csv --output build/demo/marketo.jsonl

  send, deliver, open, click, unsubscribe   the event of that name; a lead is named by its lead_id, the message by the
                                            e-mail template
  bounce    category 2 (the address does not exist) is a hard bounce, category 1 (taken for spam) a soft one
  delete    the lead was deleted: `erase`

A link scanner follows the links of a mail again and again before anyone reads it. What tells it from a person is its
pace: BURST_CLICKS clicks within BURST_WINDOW give a session away (clicks less than SESSION_GAP apart). From the click
that does, the session's clicks carry `machine`; its earlier ones, already told as if a person had made them, are taken
back with RETRACT. This is what a connector does that watches the clicks as they come.
"""

import argparse
import csv
from collections import defaultdict
from datetime import datetime, timedelta, timezone

from records import command, event, write_jsonl

TENANT = "marketo-sample"
TYPES = {"send": "SENT", "deliver": "DELIVERED", "open": "OPEN", "click": "CLICK", "unsubscribe": "UNSUBSCRIBE"}
BOUNCE_KINDS = {"1": "SOFT", "2": "HARD"}
BURST_CLICKS = 4
BURST_WINDOW = timedelta(minutes=10)
SESSION_GAP = timedelta(hours=1)


def instant(row):
    return datetime.strptime(row["activity_date"], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=timezone.utc)


class ScannerWatch:
    """The latest session of clicks of one lead."""

    def __init__(self):
        self.session = []  # (instant, event id), oldest first
        self.machine = False

    def click(self, at, event_id):
        """(whether this click is a machine's, the ids of earlier ones that turn out to be)."""
        if self.session and at - self.session[-1][0] >= SESSION_GAP:
            self.session, self.machine = [], False
        earlier = [other for _, other in self.session]
        self.session.append((at, event_id))
        if self.machine:
            return True, []
        recent = [when for when, _ in self.session if at - when < BURST_WINDOW]
        self.machine = len(recent) >= BURST_CLICKS
        return self.machine, earlier if self.machine else []


def activity_records(row, watch):
    at, event_id, lead = instant(row), f"mkto-{row['id']}", row["lead_id"]
    if row["activity"] == "delete":
        yield command(TENANT, event_id, at, {"erase": {}}, leadId=lead, actor="marketo")
        return
    fields = {"leadId": lead, "campaignId": row["campaign_id"], "messageId": row["email_template_id"],
              "source": "marketo"}
    if row["activity"] == "bounce":
        yield event(TENANT, event_id, "BOUNCE", at, bounceKind=BOUNCE_KINDS[row["category"]], **fields)
        return
    machine, earlier = False, []
    if row["activity"] == "click":
        fields["url"] = row["link_path"]
        machine, earlier = watch.click(at, event_id)
    yield event(TENANT, event_id, TYPES[row["activity"]], at, machine=machine or None, **fields)
    for other in earlier:
        yield event(TENANT, f"retract-{other}", "RETRACT", at, leadId=lead, retracts=other, source="marketo")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", required=True, help="the CSV file")
    parser.add_argument("--output", required=True, help="the JSONL file to write")
    arguments = parser.parse_args()

    with open(arguments.input, encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["activity_date"], int(row["id"])))
    watches = defaultdict(ScannerWatch)
    records = [record for row in rows for record in activity_records(row, watches[row["lead_id"]])]
    count = write_jsonl(arguments.output, records)
    print(f"{count:,} records of {len(rows):,} activities of {len(watches):,} leads")


if __name__ == "__main__":
    main()
