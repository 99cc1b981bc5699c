"""Believable records for the live tests: `leadpulse simulate`, and what it makes few of."""

import json
import subprocess


def history_of(binary, seed, leads):
    """Lines in the order of their time, without records that no topic could have as they are."""
    done = subprocess.run([binary, "simulate", "--quiet", "--leads", str(leads), "--days", "40", "--seed", str(seed),
                           "--bad", "0.01"], capture_output=True, check=True)
    return with_commands(line for line in done.stdout.decode(errors="replace").splitlines() if usable(line))


def usable(line):
    try:
        record = json.loads(line)
        body = record.get("event") or record.get("command")
        return len(record) == 1 and isinstance(body.get("leadId") or body.get("email"), str)
    except (ValueError, AttributeError):
        return False


def with_commands(history):
    """Leads are erased, or get another stage, between their events, and come again. Which of the two topics was read
    first is for the checker to find out."""
    stages = ["CONTACTED", "QUALIFIED", "LOST", "ENGAGED"]
    lines = []
    for number, line in enumerate(history):
        lines.append(line)
        event = json.loads(line).get("event")
        if number % 20 or not event:
            continue
        body = {name: event[name] for name in ("tenantId", "leadId", "email") if name in event}
        body |= {"commandId": f"made-{number}", "actor": "test", "issuedAt": event["occurredAt"]}
        body |= {"erase": {}} if number % 60 == 0 else {"setStage": {"stage": stages[number // 20 % 4]}}
        lines.append(json.dumps({"command": body}))
    return lines
