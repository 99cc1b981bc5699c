"""The formats of records on the topics: JSON, Protobuf, or Protobuf with a schema registry's header (Confluent). Other
libraries than Leadpulse's own write and read them."""

import json
import pathlib
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from broker.records import COMMANDS, EVENTS  # noqa: E402

STATUS, SEGMENTS, STATE, DEAD = "lead.status-changes", "lead.segment-changes", "lead.state", "lead.dead-letters"
JOURNAL, PROFILES = "lead.journal", "lead.profiles"
FORMATS = ("json", "protobuf", "confluent")
ANY_ID, CHANGES_ID, DEAD_ID = 99, 0x01020304, 7  # ids in the schema registry
FIRST = b"\0"  # index of a schema's first message, in short form


def framed(message, magic=0, schema=ANY_ID, indexes=FIRST):
    return struct.pack(">bI", magic, schema) + indexes + message


def unframed(value, schema):
    if value[:6] != struct.pack(">bI", 0, schema) + FIRST:
        raise AssertionError(f"{value[:6]!r} is not the header of schema {schema}")
    return value[6:]


def generate_messages(folder):
    """Generates the schemas' modules `leadpulse.v1.…_pb2` and makes them importable."""
    generated = pathlib.Path(folder) / "generated"
    generated.mkdir()
    names = [f"leadpulse/v1/{name}.proto" for name in ("event", "command", "change", "dead_letter")]
    subprocess.run(["protoc", "-I", "schemas", f"--python_out={generated}", *names], cwd=ROOT, check=True)
    sys.path.insert(0, str(generated))


def with_whole_numbers(value):
    """Returns the JSON value without fractions that are 0: Protobuf's numbers have none to keep, and Python spells one."""
    if isinstance(value, dict):
        return {name: with_whole_numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [with_whole_numbers(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53 else value


class Json:
    settings = dict.fromkeys(("events", "commands", "changes", "dead_letters"), "json")

    def encode(self, line):
        return line.strip().encode()

    def decode(self, topic, value):
        return json.loads(value)


class Protobuf:
    """`is_framed`: with Confluent's header."""

    def __init__(self, folder, is_framed):
        generate_messages(folder)
        from google.protobuf import json_format
        from leadpulse.v1 import change_pb2, command_pb2, dead_letter_pb2, event_pb2
        self.json = json_format
        self.is_framed = is_framed
        self.settings = dict.fromkeys(Json.settings, "confluent" if is_framed else "protobuf")
        if is_framed:
            self.settings["schema_ids"] = {"changes": CHANGES_ID, "dead_letters": DEAD_ID}
        self.inputs = {"event": event_pb2.EngagementEvent, "command": command_pb2.LeadCommand}
        self.names = {EVENTS: "event", COMMANDS: "command"}
        self.outputs = {STATUS: (change_pb2.Change, CHANGES_ID), SEGMENTS: (change_pb2.Change, CHANGES_ID),
                        DEAD: (dead_letter_pb2.DeadLetter, DEAD_ID)}

    def encode(self, line):
        """Returns None if Protobuf cannot express it."""
        [(name, body)] = json.loads(line).items()
        try:
            value = self.json.ParseDict(body, self.inputs[name](), ignore_unknown_fields=True).SerializeToString()
        except self.json.ParseError:
            return None
        return framed(value) if self.is_framed else value

    def decode(self, topic, value):
        """Returns the record as JSON."""
        name = self.names.get(topic)
        message, schema = (self.inputs[name], ANY_ID) if name else self.outputs[topic]
        body = with_whole_numbers(self.json.MessageToDict(message.FromString(unframed(value, schema) if self.is_framed else value)))
        return {name: body} if name else body


def make_format(name, folder):
    return Json() if name == "json" else Protobuf(folder, name == "confluent")
