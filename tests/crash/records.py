"""Random events and commands for the crash tests, as JSON lines and as length-delimited Protobuf."""

import ctypes
import ctypes.util
import datetime
import gzip
import json
import struct

TENANTS = ("acme", "umbrella")
TYPES = "SENT DELIVERED OPEN OPEN CLICK REPLY PAGE_VISIT BOUNCE UNSUBSCRIBE RESUBSCRIBE RETRACT".split()
DAY = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)

# The field numbers of schemas/leadpulse/v1.
TYPE_NUMBERS = {name: number for number, name in enumerate(
    "- SENT DELIVERED OPEN CLICK REPLY BOUNCE UNSUBSCRIBE RESUBSCRIBE COMPLAINT PAGE_VISIT CUSTOM RETRACT".split())}
STAGE_NUMBERS = {"NEW": 1, "LOST": 8}
EVENT_FIELDS = {"tenantId": 1, "leadId": 2, "eventId": 4, "campaignId": 7, "messageId": 8, "name": 9, "retracts": 17}
COMMAND_FIELDS = {"tenantId": 1, "leadId": 2, "commandId": 4, "actor": 6}


def make_record(rng, number, leads):
    """A record, or bytes that are none. About one command in ten, one erasure in a hundred; a few records come twice.
    Half of them are of a tenth of the leads, whose events come in order and have long ids, so that rows are appended
    to. Some people have a second lead, which uses the address of the first."""
    steady = rng.random() < 0.5
    person = rng.randrange(max(1, leads // 10) if steady else leads)
    late = 0 if steady else rng.randrange(3600)
    when = DAY + datetime.timedelta(seconds=number * 40 + late, milliseconds=rng.randrange(1000))
    whom = {"tenantId": rng.choice(TENANTS), "leadId": f"person{person}@example.com"}
    draw = rng.random()
    if draw < 0.005:
        return f"not a record {number}"
    if draw < 0.10:
        action = rng.choice([
            {"updateProfile": {"set": {"industry": rng.choice(["Technology", "Retail"]), "location": "USA",
                                       "budget": rng.randrange(1000)}}},
            {"setStage": {"stage": "LOST"}}, {"setStage": {"stage": "NEW"}}, {"erase": {}},
            {"editTags": {"add": [f"tag{rng.randrange(20)}"]}}, {"addNote": {"text": "called, will call again"}},
            {"editCampaigns": {"assign": ["Spring", "autumn"]}, "assignAgent": {"agentId": rng.choice(["ann", "ben"])}}])
        if "updateProfile" in action and number % 2:
            # The CRM's lead of the same person: from now on it receives what is sent for the address.
            whom["leadId"] = f"crm{person}"
            action["updateProfile"]["set"]["email"] = f"Person{person}@Example.com"
        return {"command": dict(whom, commandId=f"c{number}", issuedAt=when, actor="crash test", **action)}
    identity = number if rng.random() > 0.02 else number // 2
    event_id = f"e{identity}-7f8fad5b-d9cb-469f-a165-70867728950e" if steady else f"e{identity}"
    event = dict(whom, eventId=event_id, type=rng.choice(TYPES), occurredAt=when, campaignId="spring",
                 messageId=f"m{rng.randrange(3000)}")
    if event["type"] == "PAGE_VISIT":
        event["name"] = "pricing"
    if event["type"] == "RETRACT":
        event["retracts"] = f"e{rng.randrange(number + 1)}"
    return {"event": event}


def to_json(record):
    if isinstance(record, str):
        return record
    return json.dumps(record, default=lambda when: when.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
                      separators=(",", ":"))


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def field(number, value):
    """Encodes a string, bytes (a message) or a number that is not 0."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def timestamp(when):
    since = when - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    nanos = since.microseconds // 1000 * 1_000_000
    return field(1, since.days * 86400 + since.seconds) + (field(2, nanos) if nanos else b"")


def struct_of(values):
    out = b""
    for name, value in values.items():
        packed = field(3, value) if isinstance(value, str) else varint(2 << 3 | 1) + struct.pack("<d", value)
        out += field(1, field(1, name) + field(2, packed))
    return out


def action_to_protobuf(command):
    if "updateProfile" in command:
        return field(20, field(1, struct_of(command["updateProfile"]["set"])))
    if "editTags" in command:
        return field(21, b"".join(field(1, tag) for tag in command["editTags"]["add"]))
    if "setStage" in command:
        return field(24, field(1, STAGE_NUMBERS[command["setStage"]["stage"]]))
    if "addNote" in command:
        return field(29, field(1, command["addNote"]["text"]))
    return field(30, b"")  # erase


def to_protobuf(record):
    """Encodes a record with its length in front."""
    if isinstance(record, str):
        message = b"\xff" + record.encode()  # no field begins like this
    elif "event" in record:
        event = record["event"]
        body = b"".join(field(EVENT_FIELDS[name], event[name]) for name in EVENT_FIELDS if name in event)
        body += field(5, TYPE_NUMBERS[event["type"]]) + field(6, timestamp(event["occurredAt"]))
        message = field(1, body)
    else:
        command = record["command"]
        body = b"".join(field(COMMAND_FIELDS[name], command[name]) for name in COMMAND_FIELDS)
        message = field(2, body + field(5, timestamp(command["issuedAt"])) + action_to_protobuf(command))
    return varint(len(message)) + message


def zstd(data):
    library = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    library.ZSTD_compressBound.restype = library.ZSTD_compress.restype = ctypes.c_size_t
    library.ZSTD_compressBound.argtypes = [ctypes.c_size_t]
    library.ZSTD_compress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
    room = ctypes.create_string_buffer(library.ZSTD_compressBound(len(data)))
    size = library.ZSTD_compress(room, len(room), data, len(data), 3)
    return room.raw[:size]


def encode(records, ending):
    """The bytes of a file with this ending: .jsonl or .pb, with .gz, .zst or nothing."""
    if ending.startswith(".pb"):
        data = b"".join(to_protobuf(record) for record in records)
    else:
        data = "".join(to_json(record) + "\n" for record in records).encode()
    if ending.endswith(".gz"):
        return gzip.compress(data, mtime=0)
    return zstd(data) if ending.endswith(".zst") else data


def make_clean_lines(rng, count):
    """Lines that are all records of one tenant, in order of time, three to a lead on average."""
    for number in range(count):
        instant = f"2026-01-{1 + number * 27 // count:02}T{number % 24:02}:{rng.randrange(60):02}:00Z"
        yield json.dumps({"event": {"tenantId": "acme", "leadId": f"lead{rng.randrange(count // 3)}",
                                    "eventId": f"e{number}", "type": rng.choice(["OPEN", "CLICK", "SENT"]),
                                    "occurredAt": instant}}) + "\n"
