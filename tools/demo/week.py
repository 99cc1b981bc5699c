#!/usr/bin/env python3
"""Makes the weeks of a made-up company up to now, from `leadpulse simulate`, and lets them go on.

    tools/demo/week.py make LEADPULSE FOLDER     writes FOLDER/week.jsonl, records up to now, and FOLDER/later.jsonl
    tools/demo/week.py go-on FOLDER              appends later.jsonl to FOLDER/live.jsonl, one every few seconds

The generator knows mailings, visits and what people do. Added here: names without numbers, phones that belong to nobody,
who owns whom, tags, deals, replies and days to follow up. The same minute gives the same records.
"""

import argparse
import datetime
import json
import os
import random
import subprocess
import time
import zoneinfo

TENANT = "harborline"
ZONE = zoneinfo.ZoneInfo("Europe/Berlin")  # as week.yaml has it
DAYS, DAYS_TO_COME, LEADS = 42, 28, 2250
AGENTS = (("ben", 34), ("carla", 26), ("david", 20), ("", 20))  # and in percent how many leads each has
# The generator's names, and those of week.yaml.
CAMPAIGNS = {"spring-offer": "new-features"}
TAGS = {"webinar-2024": "webinar guest", "event-lead": "met at a fair", "budget-open": "budget open"}
COMPANY_FORMS = ("labs", "group", "systems", "trade", "media")
# Numbers that the regulators keep for films.
PHONES = {"UK": "+44 20 7946 0{:03}", "Germany": "+49 30 23125 {:03}", "France": "+33 1 99 00 {:02} {:02}"}
AREA_CODES = (202, 212, 303, 312, 404, 415, 512, 617, 702, 808)
STEPS = ("CONTACTED", "QUALIFYING", "QUALIFIED", "FOLLOW_UP", "CONVERTED")
STEP_NOTES = {
    "CONTACTED": ("Called, left a message.", "Answered the question from the web form.", "Short call: call again after the fair."),
    "QUALIFYING": ("Uses spreadsheets for 40 projects, two planners.", "Budget is decided in spring.", "Three sites, wants one plan."),
    "QUALIFIED": ("Board has agreed to a trial.", "Needs single sign-on; we have it.", "Decides together with IT."),
    "FOLLOW_UP": ("Sent the offer for 25 seats.", "Offer is with purchasing.", "Asked for two references."),
    "CONVERTED": ("Signed for a year, 25 seats.", "Starts on the first of the month."),
    "LOST": ("Stays with spreadsheets for now.", "Chose another product, price.", "No budget this year."),
}
FOLLOW_UPS = ("Call about the offer", "Send the two references", "Ask how the trial goes", "Demo: invite the IT lead",
              "Renewal: send the new prices", "Book a date for the workshop")
MADE_HERE = ("setStage", "assignAgent", "setQualification", "erase")  # the generator's are left out


def draw(*key):
    """The same random numbers for the same key, on every machine."""
    return random.Random("/".join(str(part) for part in key))


def written(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03}Z"


def instant_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def in_office(instant, dice):
    """The instant, or one in the next hours of work."""
    local = instant.astimezone(ZONE)
    if local.hour >= 17:
        local += datetime.timedelta(days=1)
    while local.weekday() > 4:
        local += datetime.timedelta(days=1)
    if not 8 <= local.hour < 17:
        local = local.replace(hour=dice.randrange(8, 17))
    return local.astimezone(datetime.timezone.utc)


class Week:
    def __init__(self, now):
        self.now = now
        self.today = now.astimezone(ZONE).date()
        self.people = {}  # by the generator's address
        self.addresses = set()
        self.records = []  # (time, order, record)

    def add(self, record):
        (body,) = record.values()
        self.records.append((body.get("occurredAt") or body["issuedAt"], len(self.records), record))

    def command(self, person, instant, actor, number, **action):
        self.add({"command": {"tenantId": TENANT, "email": person["email"], "commandId": f"{person['email']}-{number}",
                              "issuedAt": written(instant), "actor": actor, **action}})

    def person(self, address):
        """Who has the generator's address: without the number, unless two people would share an address."""
        if address not in self.people:
            name, company = address.split("@")
            name = name.rstrip("0123456789")
            email = f"{name}@{company}"
            if email in self.addresses:
                email = f"{name[0]}{name[name.index('.'):]}{len(self.addresses) % 90 + 10}@{company}"
            self.addresses.add(email)
            dice = draw("owner", email)
            [owner] = dice.choices([name for name, _ in AGENTS], [share for _, share in AGENTS])
            self.people[address] = {"email": email, "owner": owner, "is_new": True}
        return self.people[address]

    def take(self, record):
        (kind, body), = record.items()
        person = self.person(body["email"])
        body["tenantId"], body["email"] = TENANT, person["email"]
        (self.take_event if kind == "event" else self.take_command)(person, body)

    def take_event(self, person, event):
        if "campaignId" in event:
            campaign = event["campaignId"][:-len("-2026-01-01")]
            event["campaignId"] = CAMPAIGNS.get(campaign, campaign)
        if "url" in event:
            event["url"] = event["url"].replace("acme", TENANT)
        self.add({"event": event})
        if event["type"] == "CLICK" and draw("reply", event["eventId"]).random() < 0.12 and not event.get("machine"):
            later = instant_of(event["occurredAt"]) + datetime.timedelta(minutes=draw(event["eventId"]).randrange(5, 300))
            answer = {name: event[name] for name in ("tenantId", "email", "campaignId", "messageId")}
            self.add({"event": {**answer, "eventId": event["eventId"] + "-reply", "type": "REPLY",
                                "occurredAt": written(later)}})

    def take_command(self, person, command):
        if any(name in command for name in MADE_HERE):
            return
        for names in ("editTags", "editCampaigns"):
            for change, values in command.get(names, {}).items():
                command[names][change] = [{**TAGS, **CAMPAIGNS}.get(value, value) for value in values]
        if command["actor"] not in ("crm", "web-site"):
            command["actor"] = person["owner"] or "mia"
        values = command.get("updateProfile", {}).get("set", {})
        if "email" in values:
            self.complete(person, values)
        if "phone" in values:
            values["phone"] = self.phone(person)
        self.add({"command": command})
        if "email" in values and person["is_new"]:
            person["is_new"] = False
            self.begin(person, instant_of(command["issuedAt"]), values)

    def complete(self, person, values):
        """Fills the gaps of a profile that somebody who sells would fill."""
        name, company = person["email"].split("@")
        first, last = name.rstrip("0123456789").split(".")
        company = company.removesuffix(".example")
        form = next((form for form in COMPANY_FORMS if company.endswith(form) and company != form), "")
        values["email"] = person["email"]
        if len(first) > 1:
            values.setdefault("first_name", first.capitalize())
        values.setdefault("last_name", last.capitalize())
        values.setdefault("company_name", f"{company.removesuffix(form).capitalize()} {form.capitalize()}".strip())
        if draw("has phone", person["email"]).random() < 0.7:
            values["phone"] = ""
        person["location"] = values.get("location")

    def phone(self, person):
        dice, form = draw("phone", person["email"]), PHONES.get(person.get("location"))
        return (form.format(dice.randrange(100), dice.randrange(100)) if form else
                f"+1 {dice.choice(AREA_CODES)} 555 01{dice.randrange(100):02}")

    def begin(self, person, joined, values):
        """What the company decides about a new lead: an owner, tags, campaigns, and how far the deal goes."""
        dice = draw("deal", person["email"])
        owner, at = person["owner"], joined + datetime.timedelta(minutes=dice.randrange(2, 90))
        if owner:
            self.command(person, at, "mia", "owner", assignAgent={"agentId": owner})
        tags = [tag for tag, share in (("trial", 9), ("partner", 5), ("webinar guest", 14), ("champion", 4),
                                       ("budget open", 8)) if dice.randrange(100) < share]
        if tags:
            self.command(person, at, owner or "mia", "tags", editTags={"add": tags})
        campaigns = [name for name, share in (("newsletter", 80), ("new-features", 30), ("webinar", 25), ("case-study", 20),
                                              ("renewal-offer", 8), ("winback", 8)) if dice.randrange(100) < share]
        if campaigns:
            self.command(person, at, "mia", "campaigns", editCampaigns={"assign": campaigns})
        is_open = self.move(person, at, dice) if owner else True
        if owner and is_open and dice.random() < 0.08:
            day = self.today + datetime.timedelta(days=dice.choice((-2, -1, 0, 0, 0, 0, 1, 1, 2, 3, 5, 8)))
            self.command(person, max(at, self.now - datetime.timedelta(hours=dice.randrange(20, 90))), owner, "follow-up",
                         updateProfile={"set": {"follow_up_on": str(day), "follow_up_note": dice.choice(FOLLOW_UPS)}})

    def move(self, person, at, dice):
        """Moves the deal some steps. Whether it is still open."""
        [steps] = dice.choices(range(len(STEPS) + 1), (38, 24, 14, 10, 8, 6))
        path = list(STEPS[:steps])
        if 0 < steps < len(STEPS) and dice.random() < 0.14:
            path.append("LOST")
        for number, stage in enumerate(path):
            at = in_office(at + datetime.timedelta(hours=dice.randrange(6, 150)), dice)
            self.command(person, at, person["owner"], f"stage-{number}", setStage={"stage": stage})
            if dice.random() < 0.6:
                at += datetime.timedelta(minutes=dice.randrange(1, 9))
                self.command(person, at, person["owner"], f"note-{number}", addNote={"text": dice.choice(STEP_NOTES[stage])})
            if stage == "QUALIFYING":
                self.command(person, at + datetime.timedelta(minutes=1), person["owner"], "qualification",
                             setQualification={"score": dice.randrange(30, 95)})
        return not path or path[-1] not in ("CONVERTED", "LOST", "ARCHIVED")


def make(leadpulse, folder, now):
    start = datetime.datetime.combine(now.date(), datetime.time(), datetime.timezone.utc) - datetime.timedelta(days=DAYS)
    history = subprocess.run([leadpulse, "simulate", "--leads", str(LEADS), "--days", str(DAYS + DAYS_TO_COME), "--start",
                              written(start), "--out-of-order", "0", "--duplicates", "0", "--seed", "5", "--quiet"],
                             check=True, stdout=subprocess.PIPE, text=True).stdout
    week = Week(now)
    for line in history.splitlines():
        week.take(json.loads(line))
    # A reply of a person who is new tomorrow would come before the person: the sort is by time, then as added.
    week.records.sort(key=lambda each: each[:2])
    with open(os.path.join(folder, "week.jsonl"), "w", encoding="utf-8") as past, \
            open(os.path.join(folder, "later.jsonl"), "w", encoding="utf-8") as later:
        for at, _, record in week.records:
            (past if at < written(now) else later).write(json.dumps(record, ensure_ascii=False) + "\n")


def go_on(folder):
    """A mail is sent when somebody opens it: a mailing to a thousand people at once would hide everything else."""
    sent, dice = {}, random.Random(1)
    with open(os.path.join(folder, "later.jsonl"), encoding="utf-8") as later, \
            open(os.path.join(folder, "live.jsonl"), "a", encoding="utf-8") as live:
        for line in later:
            record = json.loads(line)
            (body,) = record.values()
            if body.get("type") in ("SENT", "DELIVERED"):
                sent.setdefault(body["messageId"], []).append(record)
                continue
            now = datetime.datetime.now(datetime.timezone.utc)
            for each in (*sent.pop(body.get("messageId"), ()), record):
                (body,) = each.values()
                body["occurredAt" if "event" in each else "issuedAt"] = written(now)
                values = body.get("updateProfile", {}).get("set", {})
                if "subscription_date" in values:
                    values["subscription_date"] = str(now.astimezone(ZONE).date())
                live.write(json.dumps(each, ensure_ascii=False) + "\n")
            live.flush()
            time.sleep(dice.uniform(1, 4))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    maker = commands.add_parser("make")
    maker.add_argument("leadpulse")
    maker.add_argument("folder")
    maker.add_argument("--now", help="RFC 3339 [the clock]")
    commands.add_parser("go-on").add_argument("folder")
    arguments = parser.parse_args()
    if arguments.command == "go-on":
        go_on(arguments.folder)
    else:
        now = instant_of(arguments.now) if arguments.now else datetime.datetime.now(datetime.timezone.utc)
        make(arguments.leadpulse, arguments.folder, now)


if __name__ == "__main__":
    main()
