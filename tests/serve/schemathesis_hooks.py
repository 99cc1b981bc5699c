"""What schemathesis needs to know of this API beside the document. judges_test.py says where it is: LEADPULSE_JUDGED.

- Texts of the formats that JSON schema does not have: a rule, a search, a topic that is declared.
- Ids that are there, so that requests do more than find nothing.
- What OpenAPI cannot say of two parameters together.
"""

import datetime
import json
import os
import random
import string
import uuid

import requests
import schemathesis
from hypothesis import strategies as st

JUDGED = json.loads(os.environ["LEADPULSE_JUDGED"])

COLUMNS = ("id", "email", "score", "tier", "stage", "agent", "tags", "created", "updated", "city", "budget")
CONDITIONS = ("score > 5", 'stage IS "new"', "city IS SET", 'city IN ("Bern", "Chur")', "budget >= 10", 'tag IS "vip"', "opens >= 1",
              "DID open = 0 TIMES IN LAST 60 days")
TERMS = ("stage:new", "score>5", "-tag:cold", "city:Bern,Chur", '"city":Bern', "lead", "budget>=3", "updated>2026-03-01", "id:ann")
VISIBLE = st.text(string.ascii_letters + string.digits + "äéßÐ中😀", min_size=1, max_size=8)


def join(words, separator, **bounds):
    return st.lists(st.sampled_from(words), **bounds).map(separator.join)


def instants():
    zones = st.sampled_from((datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=5, minutes=30)),
                             datetime.timezone(-datetime.timedelta(hours=3))))
    return st.datetimes(datetime.datetime(2020, 1, 1), datetime.datetime(2026, 3, 1), timezones=zones).map(
        lambda at: at.isoformat())


FORMATS = {
    "column": st.sampled_from(COLUMNS),
    "columns": join(COLUMNS, ",", min_size=1, max_size=4, unique=True),
    "cursor": st.just(""),  # another is of one query
    "day": st.dates(datetime.date(2026, 1, 1), datetime.date(2026, 3, 1)).map(str),
    "date-time": instants(),  # what happened: it is not ahead of the clock
    "etag": st.just("*"),  # another one is refused with 412
    "file-name": st.text(string.ascii_letters + " _-", max_size=20),
    "name": st.builds("".join, st.tuples(VISIBLE, st.text(max_size=20))),
    "note": st.builds("".join, st.tuples(VISIBLE, st.text(max_size=200))),
    "position": st.sampled_from(("", *JUDGED["positions"])),
    "rule": join(CONDITIONS, " AND ", min_size=1, max_size=3),
    "search": join(TERMS, " ", min_size=1, max_size=3),
    "segment": st.sampled_from(("swiss", "warm")),
    "short-text": st.text(max_size=100),
    "topic": st.just("news"),
    "uri": st.sampled_from(("https://crm.example/leads", "https://hooks.example:8443/a?b=c")),
}
for name, texts in FORMATS.items():
    schemathesis.openapi.format(name, texts)
schemathesis.openapi.media_type("text/csv", st.sampled_from(
    (b"email,city\nann@x.org,Bern\n", "E-Mail;Stadt\nz\u00fcri@x.org;Z\u00fcrich\n".encode(), b"email\n")))


def add_headers(_adapter, request, **_):
    """Each request comes from another client: wrong tokens have a limit."""
    request.headers["X-Forwarded-For"] = f"10.{random.randrange(256)}.{random.randrange(256)}.1"


requests.adapters.HTTPAdapter.add_headers = add_headers


@schemathesis.hook
def before_load_schema(_context, document):
    """Names ids that are there. Takes `default` away: each status must be one that the document names."""
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("default")
            for content in operation.get("requestBody", {}).get("content", {}).values():
                if isinstance(content["example"], str):
                    del content["example"]  # a file: media_type has some
                if operation["operationId"] == "definitions.put":  # others would change what the rest of the run asks for
                    content["schema"]["properties"]["text"] = {"enum": [JUDGED["definitions"]]}
                    content["example"] = {"text": JUDGED["definitions"]}
            ids = JUDGED["ids"].get(operation["operationId"], JUDGED["ids"].get(path.split("/")[1], []))
            for parameter in operation["parameters"]:
                if parameter["in"] == "path" and ids:
                    parameter["schema"] = {"anyOf": [{"enum": ids}, {"type": "string"}]}


@schemathesis.hook
def before_call(_context, case, _arguments):
    """What two parameters say must go together; a key is of one request."""
    if not case.meta or not case.meta.generation.mode.is_positive:
        return
    if "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    query = case.query or {}
    for one, other in (("query", "where"), ("campaign", "owner"), ("campaign", "segment"), ("owner", "segment")):
        if one in query and other in query:
            del query[other]
    if "from" in query and "to" in query:
        query["from"], query["to"] = sorted((query["from"], query["to"]))
    if case.operation.definition.raw["operationId"] == "contact.erase":
        case.query = {**query, "confirm": case.path_parameters["id"]}
