"""Realistic records for the live tests: those of `leadpulse simulate`, and more of the rare kinds."""

import json
import subprocess


def history_of(binary, seed, leads):
    """Lines in order of their time, without those that no topic can hold unchanged."""
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
    """Erases leads, or gives them another stage, between their events; some come again. The checker must find out which
    of the two topics was read first."""
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
