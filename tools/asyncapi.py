"""The AsyncAPI document of the topics that other programs write and read; json_schemas.py writes it."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[1]

# What topics hold: member of TopicNames, what Leadpulse does, message, schema, sentence about the record, its key.
KEY_IN = "tenantId, a zero byte, and leadId, or else the normalised email. Any other key works, at the cost of a hop."
KEY_OUT = "tenantId/leadId; control characters and % are percent-encoded, and so is a / in the tenant."
TOPICS = [
    ("events", "receive", "Event", "event", "What platforms, web sites and CRMs report. Your programs send it.", KEY_IN),
    ("commands", "receive", "Command", "command", "What people and CRMs decide. Your programs send it.", KEY_IN),
    ("status_changes", "send", "StatusChange", "change", "A change of any kind but those of segments.", KEY_OUT),
    ("segment_changes", "send", "SegmentChange", "change", "A lead entered or left a segment.", KEY_OUT),
    ("lead_profiles", "send", "LeadProfile", "lead_profile", "A lead as it is; the last record of a key counts.", KEY_OUT),
    ("lead_profiles", "send", "LeadGone", None, "A record without a value: the lead was erased, or merged.", KEY_OUT),
    ("dead_letters", "send", "DeadLetter", "dead_letter", "A record that could not be used, and why.", "That of the record."),
]
HEADERS = {  # by schema; all are strings
    "change": {"tenant": "", "cause": "event, command, time or definitions", "backfill": "1, or missing", "input-topic": "",
               "input-partition": "", "input-offset": "", "ordinal": "The number of the change among its record's, from 0."},
    "dead_letter": {"reason": "The code in lower case.", "input-topic": "", "input-partition": "", "input-offset": ""},
}


def default_names():
    """The names of the topics by member of TopicNames."""
    text = (ROOT / "config/settings.h").read_text(encoding="utf-8")
    return dict(re.findall(r'std::string (\w+) = "([\w.-]+)";', text.split("struct TopicNames {")[1].split("};")[0]))


def version():
    return re.search(r"project\(\w+ VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))[1]


def payload(name, schema, kinds):
    if schema is None:
        return {"type": "null"}
    of_segments = [kind for kind in kinds if kind.startswith("SEGMENT_")]
    narrowed = {"StatusChange": [kind for kind in kinds if kind not in of_segments], "SegmentChange": of_segments}
    found = {"$ref": f"{schema}.schema.json"}
    return {"allOf": [found, {"properties": {"kind": {"enum": narrowed[name]}}}]} if name in narrowed else found


def message(name, schema, about, key, kinds):
    made = {"name": name, "title": about, "contentType": "application/json", "payload": payload(name, schema, kinds),
            "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": "0.5.0"}}}
    headers = {header: {"type": "string", **({"description": note} if note else {})}
               for header, note in HEADERS.get(schema, {}).items()}
    return {**made, "headers": {"type": "object", "properties": headers}} if headers else made


def document(kinds):
    """`kinds`: those of changes."""
    addresses, channels, operations, messages = default_names(), {}, {}, {}
    for member, action, name, schema, about, key in TOPICS:
        channel = re.sub(r"_(\w)", lambda found: found[1].upper(), member)
        made = channels.setdefault(channel, {"address": addresses[member], "messages": {}})
        made["messages"][name] = {"$ref": f"#/components/messages/{name}"}
        if member == "lead_profiles":
            made["bindings"] = {"kafka": {"topicConfiguration": {"cleanup.policy": ["compact"]}, "bindingVersion": "0.5.0"}}
        operations[f"{action}{channel[0].upper()}{channel[1:]}"] = {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}
        messages[name] = message(name, schema, about, key, kinds)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Leadpulse", "version": version(), "license": {"name": "Apache-2.0"},
                 "description": "Topics by their default names; `kafka.topics` of the settings may name others. Values are JSON, or where "
                                "`formats` says so Protobuf (leadpulse/v1/*.proto). Leadpulse receives events and commands, and sends "
                                "the rest. Read with isolation.level=read_committed. Other topics are the program's own."},
        "defaultContentType": "application/json",
        "servers": {"kafka": {"host": "{bootstrapServers}", "protocol": "kafka",
                              "variables": {"bootstrapServers": {"default": "localhost:9092"}}}},
        "channels": channels, "operations": operations, "components": {"messages": messages},
    }
