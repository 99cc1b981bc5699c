#!/usr/bin/env python3
"""Converts the SaaS funnel of tests/data/saas into Leadpulse records, one JSONL file in the order of time.

    tools/demo/convert_saas.py --input tests/data/saas --output build/demo/saas.jsonl

What comes from the data as it is:
  leads.csv            one update_profile a lead (name, company_name, industry, company_size, source, crm_id), set_stage
                       from the stage column, loss_reason and converted_on as attributes
  email_sends.csv      one `sent` a row and, where the row says so, `open`, `click`, `reply`, `unsubscribe`; the send is
                       the message, the campaign its campaign
  email_campaigns.csv  type and subject of the campaign, as properties of its events; the audience it was aimed at, as
                       a static list; edit_campaigns for each lead it was sent to

A lead is named by its e-mail address: sends are joined with leads by user_id, which only customers have.

What the data does not say, and is derived here, from a hash of the row's id, so that every run gives the same:
  - the time of day of everything: a campaign goes out from 10:00 New York winter time (15:00 UTC) within twenty
    minutes, and is delivered within 90 seconds (the data knows no bounces);
  - how long a reader took: 10 minutes to 5 days to the open (most within a day), up to 20 minutes more to the click,
    up to 12 hours more to the reply, up to 10 minutes more to the unsubscribe;
  - the days between stages: a lead counts as qualified a third of the way from creation to conversion and as in
    follow-up (a demo is booked) after two thirds. Leads that did not convert have no second date: they reach their
    stage within 20 days, and their loss is noted within another 30, both before the data ends;
  - what a loss means: wrong_icp and chose_competitor end the lead as LOST, duplicate as ARCHIVED. The other reasons
    (budget_constraint, no_response, not_ready, no_show) leave it where it is: worth another try.
"""

import argparse
import csv
import pathlib
from datetime import timedelta

from records import command, day, event, fraction, write_jsonl

TENANT = "saas-co"
SENDING_HOUR = 15  # UTC
DATA_END = day("2026-04-30", 12)
STAGES = {"new": [], "qualified": ["QUALIFIED"], "demo_booked": ["QUALIFIED", "FOLLOW_UP"],
          "converted": ["QUALIFIED", "FOLLOW_UP", "CONVERTED"]}
FINAL_LOSSES = {"wrong_icp": "LOST", "chose_competitor": "LOST", "duplicate": "ARCHIVED"}


def stage_times(lead, created):
    """When the lead reached each of its stages."""
    stages = STAGES[lead["stage"]]
    if lead["stage"] == "converted":
        end = max(day(lead["converted_date"], 17), created + timedelta(hours=1))
    else:
        end = min(created + timedelta(days=20 * fraction(lead["lead_id"], "stage")), DATA_END - timedelta(days=2))
    end = max(end, created + timedelta(minutes=1))
    return [(stage, created + (end - created) * (index + 1) / len(stages)) for index, stage in enumerate(stages)], end


def lead_records(lead):
    key = lead["lead_id"]
    created = day(lead["created_date"], 9) + timedelta(hours=5 * fraction(key, "created"))
    profile = {"crm_id": key, "email": lead["email"], "first_name": lead["first_name"], "last_name": lead["last_name"],
               "company_name": lead["company"], "industry": lead["industry"], "company_size": lead["company_size"],
               "source": lead["source"]}
    yield command(TENANT, f"{key}-profile", created, {"updateProfile": {"set": profile}},
                  email=lead["email"], actor="crm")
    reached, last = stage_times(lead, created)
    for stage, at in reached:
        yield command(TENANT, f"{key}-{stage.lower()}", at, {"setStage": {"stage": stage}},
                      email=lead["email"], actor="crm")
    if lead["stage"] == "converted":
        yield command(TENANT, f"{key}-converted-on", last, {"updateProfile": {"set": {
            "converted_on": lead["converted_date"]}}}, email=lead["email"], actor="crm")
    if lead["loss_reason"]:
        lost = min(last + timedelta(days=1 + 29 * fraction(key, "lost")), DATA_END - timedelta(days=1))
        yield command(TENANT, f"{key}-loss", lost, {"updateProfile": {"set": {"loss_reason": lead["loss_reason"]}}},
                      email=lead["email"], actor="crm")
        if lead["loss_reason"] in FINAL_LOSSES:
            yield command(TENANT, f"{key}-end", lost, {"setStage": {"stage": FINAL_LOSSES[lead["loss_reason"]]}},
                          email=lead["email"], actor="crm")


def send_records(send, campaign, email):
    key = send["send_id"]
    fields = {"email": email, "campaignId": campaign["campaign_id"], "messageId": key, "source": "email-platform",
              "properties": {"campaign_type": campaign["campaign_type"], "subject": campaign["subject_line"]}}
    sent = day(send["send_date"], SENDING_HOUR) + timedelta(minutes=20 * fraction(key, "sent"))
    delivered = sent + timedelta(seconds=1 + 89 * fraction(key, "delivered"))
    yield command(TENANT, f"{key}-campaign", sent, {"editCampaigns": {"assign": [campaign["campaign_id"]]}},
                  email=email, actor="email-platform")
    yield event(TENANT, f"{key}-sent", "SENT", sent, **fields)
    yield event(TENANT, f"{key}-delivered", "DELIVERED", delivered, **fields)
    # From 10 minutes to 5 days, each doubling equally likely.
    latest = delivered + timedelta(minutes=10 * 720 ** fraction(key, "opened"))
    steps = [("opened", "OPEN", timedelta(0)),
             ("clicked", "CLICK", timedelta(minutes=20 * fraction(key, "clicked"))),
             ("replied", "REPLY", timedelta(hours=12 * fraction(key, "replied"))),
             ("unsubscribed", "UNSUBSCRIBE", timedelta(minutes=10 * fraction(key, "unsubscribed")))]
    for column, kind, delay in steps:
        if send[column] == "True":
            latest += delay
            yield event(TENANT, f"{key}-{kind.lower()}", kind, latest, **fields)


def list_records(sends, campaigns, emails):
    """The first campaign aimed at an audience puts the lead on its list."""
    seen = set()
    for send in sorted(sends, key=lambda row: (row["send_date"], row["send_id"])):
        audience = campaigns[send["campaign_id"]]["segment"]
        email = emails[send["user_id"]]
        if (audience, email) not in seen:
            seen.add((audience, email))
            yield command(TENANT, f"{send['send_id']}-list", day(send["send_date"], SENDING_HOUR - 1),
                          {"editLists": {"add": [audience]}}, email=email, actor="email-platform")


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=pathlib.Path, required=True, help="the folder with the three CSV files")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="the JSONL file to write")
    arguments = parser.parse_args()

    leads = read(arguments.input / "leads.csv")
    sends = read(arguments.input / "email_sends.csv")
    campaigns = {row["campaign_id"]: row for row in read(arguments.input / "email_campaigns.csv")}
    emails = {lead["user_id"]: lead["email"] for lead in leads if lead["user_id"]}

    records = [record for lead in leads for record in lead_records(lead)]
    records += list_records(sends, campaigns, emails)
    for send in sends:
        records += send_records(send, campaigns[send["campaign_id"]], emails[send["user_id"]])
    count = write_jsonl(arguments.output, records)
    print(f"{count:,} records of {len(leads):,} leads and {len(sends):,} sends")


if __name__ == "__main__":
    main()
