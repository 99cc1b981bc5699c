#!/usr/bin/env python3
"""Makes two CSV files that `leadpulse import` reads from the SaaS funnel's sends (tests/data/saas).

    tools/demo/saas_sends.py --input tests/data/saas --log build/demo/log.csv --audiences build/demo/audiences.csv

What the importer cannot do: the file has a row for each send with columns of True and False, names its campaign and its
lead in two other files, and has days, but no times.

  log        a row for each send and delivery, and, where the send says so, open, click, reply, unsubscribe; type and
             subject of the campaign beside it
  audiences  a row for each send: the campaign its lead came into, and at the first campaign aimed at an audience the
             list of that name

A lead is named by its e-mail address: sends are joined with leads by user_id, which only customers have.

What the data lacks is derived here from a hash of the send's id, so that every run gives the same:
  - the time of day: a campaign goes out from 10:00 New York winter time (15:00 UTC) within twenty minutes, and is
    delivered within 90 seconds (the data has no bounces);
  - how long a reader took: 10 minutes to 5 days to the open (most within a day), up to 20 minutes more to the click,
    up to 12 hours more to the reply, up to 10 minutes more to the unsubscribe.
"""

import argparse
import csv
import hashlib
import pathlib
from datetime import datetime, timedelta, timezone

SENDING_HOUR = 15  # UTC
LOG = ("email", "event", "time", "campaign_id", "message_id", "event_id", "campaign_type", "subject")
AUDIENCES = ("email", "since", "lists", "campaigns")


def fraction(*parts):
    """Returns a number in [0, 1) that depends on the parts alone: the same in every run and on every machine."""
    digest = hashlib.sha256("|".join(parts).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def day(text, hour):
    return datetime.strptime(text, "%Y-%m-%d").replace(hour=hour, tzinfo=timezone.utc)


def rfc3339(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def steps(send):
    """Returns what happened to a send, and when."""
    key = send["send_id"]
    sent = day(send["send_date"], SENDING_HOUR) + timedelta(minutes=20 * fraction(key, "sent"))
    delivered = sent + timedelta(seconds=1 + 89 * fraction(key, "delivered"))
    yield "sent", sent
    yield "delivered", delivered
    # From 10 minutes to 5 days, each doubling equally likely.
    latest = delivered + timedelta(minutes=10 * 720 ** fraction(key, "opened"))
    for column, kind, delay in (("opened", "open", timedelta(0)),
                                ("clicked", "click", timedelta(minutes=20 * fraction(key, "clicked"))),
                                ("replied", "reply", timedelta(hours=12 * fraction(key, "replied"))),
                                ("unsubscribed", "unsubscribe", timedelta(minutes=10 * fraction(key, "unsubscribed")))):
        if send[column] == "True":
            latest += delay
            yield kind, latest


def log_rows(send, campaign, email):
    for kind, at in steps(send):
        yield (email, kind, rfc3339(at), send["campaign_id"], send["send_id"], f"{send['send_id']}-{kind}",
               campaign["campaign_type"], campaign["subject_line"])


def audience_rows(sends, campaigns, emails):
    seen = set()
    for send in sorted(sends, key=lambda row: (row["send_date"], row["send_id"])):
        audience, email = campaigns[send["campaign_id"]]["segment"], emails[send["user_id"]]
        is_new = (audience, email) not in seen
        seen.add((audience, email))
        yield email, rfc3339(day(send["send_date"], SENDING_HOUR - 1)), audience if is_new else "", send["campaign_id"]


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=pathlib.Path, required=True, help="the folder with the three CSV files")
    parser.add_argument("--log", type=pathlib.Path, required=True, help="the log of engagement to write")
    parser.add_argument("--audiences", type=pathlib.Path, required=True, help="the lists and campaigns to write")
    arguments = parser.parse_args()

    sends = read(arguments.input / "email_sends.csv")
    campaigns = {row["campaign_id"]: row for row in read(arguments.input / "email_campaigns.csv")}
    emails = {lead["user_id"]: lead["email"] for lead in read(arguments.input / "leads.csv") if lead["user_id"]}
    write(arguments.log, LOG, (row for send in sends
                               for row in log_rows(send, campaigns[send["campaign_id"]], emails[send["user_id"]])))
    write(arguments.audiences, AUDIENCES, audience_rows(sends, campaigns, emails))


if __name__ == "__main__":
    main()
