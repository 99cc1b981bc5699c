#!/usr/bin/env python3
"""Shows a few of the demo's changes as tables.

    tools/demo/show_changes.py build/demo/out                    who became hot, who lapsed by time alone
    tools/demo/show_changes.py build/demo/out --lead TENANT ID   the first and the last changes of one lead
    tools/demo/show_changes.py build/demo/out --best saas-co     only the lead_id with that tenant's highest score
"""

import argparse
import json
import pathlib
from collections import Counter

SHOWN = 5


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def table(title, rows, empty="nobody"):
    print(f"\n  {title}")
    if not rows:
        print(f"    {empty}")
        return
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def moment(change):
    return change["at"][:16].replace("T", " ")


def why(change):
    cause = change["cause"]
    return "time alone" if cause["kind"] == "TIME" else f"{cause['kind'].lower()} {cause.get('id', '')}"


def what(change):
    name = change["kind"].lower().replace("_", " ")
    if change.get("name"):
        return f"{name.replace('segment ', '')} {change['name']}"
    return f"{name.replace(' changed', '')} {change.get('from', '')} -> {change.get('to', '')}" \
        if change.get("from") or change.get("to") else name


def latest(changes, **wanted):
    """Returns the last SHOWN changes that match, each lead once, the newest first."""
    def fits(change):
        return all(change["cause"]["kind"] == value if key == "cause" else change.get(key) == value
                   for key, value in wanted.items())
    found = {}
    for change in sorted(filter(fits, changes), key=lambda change: (change["at"], change["leadId"]), reverse=True):
        found.setdefault(change["leadId"], change)
    return list(found.values())[:SHOWN]


def person(leads, change):
    """Returns a lead's name and company, if the profile has them."""
    profile = leads.get((change["tenantId"], change["leadId"]), {}).get("profile", {})
    name = f"{profile.get('first_name', '')} {profile.get('last_name', '')}".strip() or change["leadId"]
    company = profile.get("company_name", "")
    return f"{name}, {company}" if company else name


def show_lead(changes, leads, key):
    own = sorted((change for change in changes if (change["tenantId"], change["leadId"]) == key),
                 key=lambda change: int(change["seq"]))
    counts = leads.get(key, {}).get("counts", {})
    shown = "all its changes" if len(own) <= 2 * SHOWN else "its first changes and its last"
    table(f"Lead {key[1]}, {shown}; clicks that count: {counts.get('click', 0)}",
          [(change["seq"].rjust(3), change["at"][:19].replace("T", " "), what(change), why(change))
           for change in own[:SHOWN] + own[max(SHOWN, len(own) - SHOWN):]])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path, help="the --output of the run")
    parser.add_argument("--lead", nargs=2, metavar=("TENANT", "ID"))
    parser.add_argument("--best", metavar="TENANT")
    arguments = parser.parse_args()

    leads = {(lead["tenantId"], lead["leadId"]): lead for lead in read(arguments.output / "leads.jsonl")}
    if arguments.best:
        own = [lead for lead in leads.values() if lead["tenantId"] == arguments.best]
        print(max(own, key=lambda lead: (lead["score"], lead["leadId"]))["leadId"])
        return

    changes = read(arguments.output / "changes.jsonl")
    if arguments.lead:
        show_lead(changes, leads, tuple(arguments.lead))
        return
    causes = Counter(change["cause"]["kind"] for change in changes)
    print(f"  {len(changes):,} changes: {causes['COMMAND']:,} by commands, {causes['EVENT']:,} by events, "
          f"{causes['TIME']:,} by time alone, with no record at all")

    table("Became hot last", [(moment(change), person(leads, change), f"was {change['from']}", why(change))
                              for change in latest(changes, kind="TIER_CHANGED", to="hot", tenantId="saas-co")])
    table("Cooled down by time alone (the points of old engagement fade)",
          [(moment(change), person(leads, change), f"{change['from']} -> {change['to']}")
           for change in latest(changes, kind="TIER_CHANGED", cause="TIME", tenantId="saas-co")])
    table("Became lapsing readers by time alone (two months without an open)",
          [(moment(change), person(leads, change))
           for change in latest(changes, kind="SEGMENT_ENTERED", name="lapsing-readers", cause="TIME")])


if __name__ == "__main__":
    main()
