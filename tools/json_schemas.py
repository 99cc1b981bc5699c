#!/usr/bin/env python3
"""Writes schemas/json: JSON Schemas of what goes in and comes out as JSON, and an AsyncAPI document of the topics.

    tools/json_schemas.py [FOLDER]

Types and descriptions come from the .proto files and their comments, names of topics from config/settings.h. The tables
below add what a .proto cannot say. What the reader takes beyond the recommended form (names as in the .proto, numbers of
enums, unknown members) is left out. Only keywords that mean the same in draft 7 are used, because AsyncAPI takes that.
Needs protoc and google.protobuf, Debian's python3-protobuf.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import asyncapi

try:
    from google.protobuf import descriptor_pb2
except ImportError as missing:
    sys.exit(f"{sys.executable}: {missing}; `tools/dev setup kafka` installs what this program needs")

ROOT = pathlib.Path(__file__).resolve().parents[1]
PUBLIC = ("event", "command", "input", "change", "dead_letter", "lead_profile")  # the files whose messages others use

TIME = {"type": "string", "format": "date-time",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"}
SCALARS = {"type": ["string", "number", "boolean"], "maxLength": 8192}
ATTRIBUTE = {"anyOf": [SCALARS, {"type": ["null", "object"]}, {"type": "array", "items": SCALARS, "maxItems": 100}]}
LEAD = {"anyOf": [{"required": ["leadId"]}, {"required": ["email"]}]}
TENANT, ID, LEAD_ID = {"pattern": "^[A-Za-z0-9_.-]{1,128}$"}, {"minLength": 1, "maxLength": 128}, {"minLength": 1, "maxLength": 320}
SHORT, LONG = {"maxLength": 1024}, {"maxLength": 8192}
NAMES = {"items": {"type": "string", "minLength": 1, "maxLength": 1024}}
EMAIL_STATUSES = ["active", "unsubscribed", "complained", "bounced"]
ALONE = ("erase", "withdraw")  # actions that no other may stand beside

# What holds beyond the types, by message or by field. Lengths are in bytes, which are never fewer than characters.
RULES = {
    "EngagementEvent": {"required": ["tenantId", "eventId", "type", "occurredAt"], **LEAD,
                        "if": {"properties": {"type": {"const": "RETRACT"}}}, "then": {"required": ["retracts"]}},
    "EngagementEvent.tenant_id": TENANT, "EngagementEvent.lead_id": LEAD_ID, "EngagementEvent.email": LEAD_ID,
    "EngagementEvent.event_id": ID, "EngagementEvent.retracts": ID, "EngagementEvent.url": LONG,
    **{f"EngagementEvent.{name}": SHORT for name in ("campaign_id", "message_id", "name", "source", "user_agent")},
    "LeadCommand": {"required": ["tenantId", "commandId", "issuedAt"], **LEAD},
    "LeadCommand.tenant_id": TENANT, "LeadCommand.lead_id": LEAD_ID, "LeadCommand.email": LEAD_ID,
    "LeadCommand.command_id": ID, "LeadCommand.actor": SHORT, "LeadCommand.expected_version": SHORT,
    "UpdateProfile.set": {"additionalProperties": ATTRIBUTE, "propertyNames": SHORT}, "UpdateProfile.unset": {"items": {"type": "string", **SHORT}},
    **{f"Edit{of}.{name}": NAMES for of in ("Tags", "Lists", "Campaigns") for name in ("add", "assign", "remove")},
    "SetStage": {"required": ["stage"]},
    "SetQualification": {"oneOf": [{"required": ["score"]}, {"required": ["clear"]}]},
    "SetQualification.score": {"minimum": 0, "maximum": 100}, "SetQualification.clear": {"const": True},
    "AssignAgent.agent_id": SHORT, "SetDoNotContact.reason": SHORT,
    "RecordConsent": {"required": ["purpose"]}, "RecordConsent.purpose": {"minLength": 1, **SHORT},
    "RecordConsent.source": SHORT, "RecordConsent.version": {"maxLength": 256},
    "AddNote": {"required": ["text"]}, "AddNote.text": LONG,
    "RemoveNote": {"required": ["commandId"]}, "RemoveNote.command_id": ID,
    "Change": {"required": ["tenantId", "leadId", "seq", "at", "kind", "cause"]},
    "Cause": {"required": ["kind"]}, "DeadLetter": {"required": ["source", "reason"]},
}


class Protos:
    """The messages of the public files, with their comments."""

    def __init__(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "descriptors")
            subprocess.run(["protoc", "-I", ROOT / "schemas", "--include_source_info", f"--descriptor_set_out={path}",
                            *(f"leadpulse/v1/{name}.proto" for name in PUBLIC)], check=True)
            files = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes()).file
        self.messages, self.enums, self.comments = {}, {}, {}
        for file in files:
            at = {tuple(one.path): one.leading_comments or one.trailing_comments for one in file.source_code_info.location}
            for index, message in enumerate(file.message_type):
                self.add(message, ".leadpulse.v1", (4, index), at)
                if index == 0:  # what the file is about
                    self.comments.setdefault(f".leadpulse.v1.{message.name}", at[12,].split("\n\n")[0])
        names = [field.name for message in self.messages.values() for field in message.field if "_" in field.name]
        self.snake_case = re.compile(rf"\b({'|'.join(sorted(set(names) - {'do_not_contact'}))})\b")

    def add(self, message, scope, path, at):
        name = f"{scope}.{message.name}"
        self.messages[name] = message
        self.note(name, at.get(path))
        for index, field in enumerate(message.field):
            self.note(f"{name}.{field.name}", at.get((*path, 2, index)))
        for index, enum in enumerate(message.enum_type):
            self.enums[f"{name}.{enum.name}"] = [value.name for value in enum.value]
            for number, value in enumerate(enum.value):
                self.note(f"{name}.{enum.name}.{value.name}", at.get((*path, 4, index, 2, number)))
        for index, nested in enumerate(message.nested_type):
            self.add(nested, name, (*path, 3, index), at)

    def note(self, name, comment):
        if comment:
            self.comments[name] = comment

    def about(self, name):
        """Returns the description, with members named as in JSON; nothing if there is no comment."""
        words = " ".join(self.comments.get(name, "").split())
        words = self.snake_case.sub(lambda found: camel_case(found[1]), words)
        return {"description": words} if words else {}


def camel_case(name):
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


class Schema:
    """Makes one document. In a closed one, members that are not declared are errors: what is sent should have none."""

    def __init__(self, protos, is_closed):
        self.protos, self.is_closed, self.definitions = protos, is_closed, {}

    def document(self, name, **more):
        head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name}
        found = {**head, **self.message(f".leadpulse.v1.{name}"), **more}
        return {**found, "$defs": dict(sorted(self.definitions.items()))} if self.definitions else found

    def message(self, name):
        message = self.protos.messages[name]
        members = {field.json_name: self.field(f"{name}.{field.name}", field) for field in message.field}
        found = {**self.protos.about(name), "type": "object", "properties": members, **RULES.get(message.name, {})}
        return {**found, "additionalProperties": False} if self.is_closed else found

    def field(self, name, field):
        value, rules = self.value(field), RULES.get(name.removeprefix(".leadpulse.v1."), {})
        if field.label == field.LABEL_REPEATED:
            value = {"type": "array", "items": value}
        return {**self.protos.about(name), **value, **rules}

    def value(self, field):
        if field.type == field.TYPE_ENUM:
            return self.enum(field.type_name)
        if field.type == field.TYPE_MESSAGE:
            known = {".google.protobuf.Timestamp": TIME, ".google.protobuf.Struct": {"type": "object"}}
            if field.type_name in known:
                return known[field.type_name]
            name = field.type_name.rpartition(".")[2]
            if name not in self.definitions:
                self.definitions[name] = None  # a message may hold itself
                self.definitions[name] = self.message(field.type_name)
            return {"$ref": f"#/$defs/{name}"}
        return {field.TYPE_STRING: {"type": "string"}, field.TYPE_BOOL: {"type": "boolean"}, field.TYPE_INT32: {"type": "integer"},
                field.TYPE_UINT64: {"type": "string", "pattern": "^[0-9]{1,20}$"},
                field.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"}}.get(
                    field.type, {"type": "string", "pattern": "^-?[0-9]{1,19}$"})  # int64

    def enum(self, name):
        names = self.protos.enums[name][1:]  # the first is UNSPECIFIED
        notes = [f"{one}: {note['description']}" for one in names if (note := self.protos.about(f"{name}.{one}"))]
        return {"type": "string", "enum": names, **({"description": " ".join(notes)} if notes else {})}


def when_kind(kinds, then):
    return {"if": {"properties": {"kind": {"enum": kinds}}}, "then": then}


def change(protos):
    def between(kind, value):
        return when_kind([kind], {"properties": {"from": value, "to": value}, "required": ["from", "to"]})

    stages = [name.lower() for name in protos.enums[".leadpulse.v1.SetStage.Stage"][1:]]
    return Schema(protos, False).document("Change", allOf=[
        between("EMAIL_STATUS_CHANGED", {"enum": EMAIL_STATUSES}), between("SENDABLE_CHANGED", {"enum": ["true", "false"]}),
        between("TOPIC_CHANGED", {"enum": ["in", "out"]}), between("STAGE_CHANGED", {"enum": stages}),
        between("SCORE_CHANGED", {"pattern": "^-?[0-9]+$"}), between("TIER_CHANGED", {}),
        when_kind(["TOPIC_CHANGED", "SEGMENT_ENTERED", "SEGMENT_LEFT", "LEAD_MERGED"], {"required": ["name"]}),
        when_kind(["LEAD_UPDATED"], {"required": ["updated"]})])


def command(protos):
    schema = Schema(protos, True).document("LeadCommand")
    actions = [camel_case(field.name) for field in protos.messages[".leadpulse.v1.LeadCommand"].field if field.number >= 20]
    having = {action: {"required": [action]} for action in actions}
    return {**schema, "allOf": [{"anyOf": list(having.values())}] + [
        {"if": having[one], "then": {"not": {"anyOf": [having[other] for other in actions if other != one]}}} for one in ALONE]}


def lead(protos, title, without, more):
    """A lead in JSON: LeadProfile, with numbers as numbers, and objects in place of its lists of pairs."""
    document = Schema(protos, False).document("LeadProfile")
    members, consent = document["properties"], document["$defs"]["ProfileConsent"]["properties"]
    types = [name.lower() for name in protos.enums[".leadpulse.v1.EngagementEvent.Type"][1:] if name != "RETRACT"]
    stages = [name.lower() for name in protos.enums[".leadpulse.v1.SetStage.Stage"][1:]]
    for name in ("seq", "score", "quality", "qualification"):
        members[name] = {**protos.about(f".leadpulse.v1.LeadProfile.{name}"), "type": "integer"}
    members["emailStatus"]["enum"], members["stage"]["enum"], members["status"]["enum"] = EMAIL_STATUSES, stages, [*stages, "unsubscribed"]
    members["email"] = {"description": "The attribute `email`, or the id if that is an address; null if neither.", "type": ["string", "null"]}
    del members["attributes"]
    members["consents"] = {"description": "By purpose.", "type": "object", "additionalProperties": {
        "type": "object", "properties": {name: consent[name] for name in ("granted", "source", "at")}, "required": ["granted", "source", "at"]}}
    members["profile"] = {"description": "The attributes, unset ones left out.", "type": "object"}
    members["counts"] = {"description": "Events by type, without those of machines and retracted ones.", "type": "object",
                         "properties": {name: {"type": "integer", "minimum": 0} for name in types}, "required": types}
    members["lastAt"] = {"description": "The last event of each type that has one.", "type": "object",
                         "properties": {name: TIME for name in types}}
    members = {**{name: value for name, value in members.items() if name not in without}, **more}
    return {"$schema": document["$schema"], "title": title, "type": "object", "properties": members, "required": list(members)}


def dead_letter_line(protos):
    """A line of dead-letters.jsonl, which has a position in a file, and the reason as its code."""
    document = Schema(protos, False).document("DeadLetter")
    members = document["properties"]
    members["source"] = {"type": "object", "required": ["file", "line", "offset"],
                         "properties": {"file": {"type": "string"}, "line": {"type": "integer"}, "offset": {"type": "integer"}}}
    members["reason"] = {"type": "string", "enum": [name.lower() for name in members["reason"]["enum"]]}
    members["size"] = {**protos.about(".leadpulse.v1.DeadLetter.size"), "type": "integer"}
    return {**{name: value for name, value in document.items() if name != "$defs"}, "title": "A line of dead-letters.jsonl",
            "required": ["source", "reason", "detail", "payload"]}


def schemas(protos):
    text = {"type": "string"}
    notes = {"type": "array", "items": {"type": "object", "properties": {"text": text, "at": TIME, "actor": text},
                                        "required": ["text", "at", "actor"]}}
    return {
        "event": Schema(protos, True).document("EngagementEvent"),
        "command": command(protos),
        "input": {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A line of a .jsonl file that a run reads",
                  "type": "object", "additionalProperties": False,
                  "properties": {"event": {"$ref": "event.schema.json"}, "command": {"$ref": "command.schema.json"}},
                  "oneOf": [{"required": ["event"]}, {"required": ["command"]}]},
        "change": change(protos),
        "lead_profile": lead(protos, "A record of lead.profiles", (), {}),
        "lead": lead(protos, "A line of leads.jsonl", ("email", "pending", "version"), {"notes": notes}),
        "dead_letter": Schema(protos, False).document("DeadLetter"),
        "dead_letter_line": dead_letter_line(protos),
    }


def write(folder):
    protos = Protos()
    made = {f"{name}.schema.json": schema for name, schema in schemas(protos).items()}
    made["asyncapi.json"] = asyncapi.document(protos.enums[".leadpulse.v1.Change.Kind"][1:])
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in made.items():
        (folder / name).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "schemas/json")
