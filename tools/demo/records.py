"""Leadpulse input records for the demo's converters: building them, stable made-up delays, writing JSONL."""

import hashlib
import json
from datetime import datetime, timedelta, timezone


def fraction(*parts):
    """A number in [0, 1) that depends on the parts alone: the same in every run and on every machine."""
    digest = hashlib.sha256("|".join(parts).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def day(text, hour=0):
    """`2026-04-17` at the given hour, UTC."""
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.utc) + timedelta(hours=hour)


def event(tenant, event_id, kind, at, **fields):
    """An EngagementEvent. Fields that are None or empty are left out."""
    return at, {"event": {"tenantId": tenant, "eventId": event_id, "type": kind, "occurredAt": rfc3339(at),
                          **present(fields)}}


def command(tenant, command_id, at, action, **fields):
    """A LeadCommand; `action` is one key with its content, as {"setStage": {"stage": "LOST"}}."""
    return at, {"command": {"tenantId": tenant, "commandId": command_id, "issuedAt": rfc3339(at),
                            **present(fields), **action}}


def present(fields):
    return {name: value for name, value in fields.items() if value not in (None, "", {})}


def rfc3339(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def write_jsonl(path, records):
    """In the order of time, records of one instant in the order given: so the clock walks through the history."""
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        for _, record in sorted(records, key=lambda timed: timed[0]):
            out.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
    return len(records)
