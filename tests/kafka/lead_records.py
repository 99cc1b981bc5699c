"""LeadRecord of schemas/leadpulse/v1/changelog.proto, as far as the tests need it: a small decoder, so that they do not
use the library that wrote the bytes."""


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields_of(data):
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        elif tag & 7 in (1, 5):
            size = 8 if tag & 7 == 1 else 4
            value, at = data[at:at + size], at + size
        else:
            raise ValueError(f"wire type {tag & 7}")
        yield tag >> 3, value


def decode_lead_record(data):
    lead = {"seq": 0, "score": 0, "tier": "", "emailStatus": "", "sendable": False, "stage": "", "segments": []}
    for number, value in fields_of(data):
        if number == 3:
            lead["seq"] = value
        elif number == 5:
            lead["score"] = value - (1 << 64) if value >= 1 << 63 else value
        elif number in (6, 7, 9):
            lead[{6: "tier", 7: "emailStatus", 9: "stage"}[number]] = value.decode()
        elif number == 8:
            lead["sendable"] = bool(value)
        elif number == 10:
            lead["segments"].append(value.decode())
    return lead
