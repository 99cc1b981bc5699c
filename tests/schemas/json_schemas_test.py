#!/usr/bin/env python3
"""The JSON Schemas: they are current, real records fit them, and wrong ones do not.   tests/schemas/json_schemas_test.py BINARY

Needs jsonschema and google.protobuf, Debian's python3-jsonschema and python3-protobuf, and protoc.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from schema_files import FOLDER, ROOT, closed, errors, load, validator

sys.path.insert(0, str(ROOT / "tests/house"))
from page_blocks import block, commands_of  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
DATA = ROOT / "tests/data"
NOW = "2026-03-03T08:00:00Z"
DEFINITIONS = """
tenants:
  acme:
    publish_score_changes: true
    publish_updates: true
    topics: [{id: news, name: News}]
    scoring: {rules: [{event: click, points: 50}]}
    tiers: [{name: hot, at_least: 30}, {name: cold}]
    segments:
      - {id: clicked, name: Clicked, rule: 'clicks >= 1 AND NOT tags IS "left"'}
"""


def event(**members):
    return {"event": {"tenantId": "acme", "leadId": "ann", "eventId": "e", "type": "CLICK", "occurredAt": NOW, **members}}


def command(**members):
    return {"command": {"tenantId": "acme", "leadId": "ann", "commandId": "c", "issuedAt": NOW, **members}}


def without(record, *names):
    (kind, members), = record.items()
    return {kind: {name: value for name, value in members.items() if name not in names}}


# One change of each kind comes of these.
EVERY_KIND = [
    event(eventId="1"), command(commandId="1", setStage={"stage": "QUALIFIED"}), command(commandId="2", editTags={"add": ["left"]}),
    event(eventId="2", type="UNSUBSCRIBE", topic="news"), event(eventId="3", type="UNSUBSCRIBE"),
    without(event(eventId="4", email="bob@x.org", type="OPEN"), "leadId"),
    command(commandId="3", leadId="17", updateProfile={"set": {"email": "bob@x.org", "size": 250.5, "of": ["a", 1, True], "in": {"a": None}}}),
    command(commandId="4", leadId="17", recordConsent={"purpose": "newsletter", "granted": True, "source": "form", "at": NOW},
            addNote={"text": "wants a demo"}, setQualification={"score": 80}, assignAgent={"agentId": "kim"}),
    event(eventId="5", leadId="17", type="RETRACT", retracts="0"), command(commandId="5", erase={}),
]
# The program refuses these, each for the first mistake in it.
REFUSED = [
    without(event(), "tenantId"), without(event(), "leadId"), without(event(), "eventId"), without(event(), "occurredAt"),
    event(tenantId="a b"), event(leadId="x" * 321), event(eventId="x" * 129), event(eventId=17), event(type="CLICKED"),
    event(occurredAt="yesterday"), event(occurredAt=1772524800), event(name="x" * 1025), event(url="x" * 8193), event(properties=[]),
    event(bounceKind="MEDIUM"), event(machine="yes"), event(type="RETRACT"), {}, {**event(), **command(erase={})}, [],
    command(), without(command(erase={}), "commandId"), command(erase={}, addNote={"text": "a"}), command(setStage={"stage": "BOUGHT"}),
    command(setQualification={}), command(setQualification={"score": 101}), command(setQualification={"score": 1, "clear": True}),
    command(editTags={"add": "vip"}), command(editTags={"add": [""]}), command(recordConsent={"granted": True}),
    command(removeNote={}), command(addNote={"text": "x" * 8193}), command(updateProfile={"set": {"a": [[1]]}}),
    command(updateProfile={"set": {"a": [1] * 101}}), command(updateProfile={"set": {"a": "x" * 8193}}),
]
# As long and as large as can be.
AT_LIMITS = [
    event(tenantId="x" * 128), event(leadId="x" * 320), event(eventId="x" * 128), event(url="x" * 8192), event(type="RETRACT", retracts="x" * 128),
    event(**{name: "x" * 1024 for name in ("campaignId", "messageId", "name", "source", "userAgent")}),
    without(event(email="x" * 314 + "@x.org"), "leadId"), event(occurredAt="2026-03-03t09:00:00.123456+01:00"),
    command(commandId="x" * 128, actor="x" * 1024, setQualification={"clear": True}), command(assignAgent={"agentId": "x" * 1024}),
    command(updateProfile={"set": {"a": "x" * 8192, "b": ["x" * 8192] * 10 + [1.5] * 90, "c" * 1024: None}, "unset": ["d" * 1024]}),
    command(editTags={"add": ["x" * 1024]}, editLists={"remove": ["x" * 1024]}, editCampaigns={"assign": ["x"], "remove": ["y"]}),
    command(recordConsent={"purpose": "x" * 1024, "source": "x" * 1024, "version": "x" * 256}, addNote={"text": "x" * 8192}),
    command(setDoNotContact={"value": True, "reason": "x" * 1024}), command(removeNote={"commandId": "x" * 128}),
]
# The program takes these, but the schema has the form that we recommend.
TAKEN = [
    event(event_id="a"), event(type=3), event(colour="red"), event(campaignId=None), command(setQualification={"score": "80"}),
    command(edit_tags={"add": ["vip"]}), command(setStage={"stage": 5}),
]


class JsonSchemas(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def fit(self, name, values, is_closed=False):
        self.assertTrue(values)
        check = validator(closed(load(f"{name}.schema.json")) if is_closed else load(f"{name}.schema.json"))
        for value in values:
            found = [f"{error.json_path}: {error.message[:300]}" for error in check.iter_errors(value)]
            self.assertEqual(found, [], f"{name}: {json.dumps(value)[:500]}")

    def program(self, *arguments):
        done = subprocess.run([BINARY, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def lines(self, path):
        return [json.loads(line) for line in (self.folder / path).read_text(encoding="utf-8").splitlines()]

    def run_on(self, records, definitions=DEFINITIONS):
        """Runs the program on them; then the folder `out` has what it wrote."""
        (self.folder / "definitions.yaml").write_text(definitions, encoding="utf-8")
        (self.folder / "in.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        self.program("run", "--quiet", "--definitions", self.folder / "definitions.yaml", "--input", self.folder / "in.jsonl",
                     "--state", self.folder / "state", "--output", self.folder / "out")

    def outputs_fit(self):
        self.fit("change", self.lines("out/changes.jsonl"), is_closed=True)
        self.fit("lead", self.lines("out/leads.jsonl"), is_closed=True)

    def test_they_are_current(self):
        subprocess.run([sys.executable, ROOT / "tools/json_schemas.py", self.folder], check=True)
        self.assertEqual(sorted(path.name for path in FOLDER.iterdir()), sorted(path.name for path in self.folder.iterdir()))
        for path in self.folder.iterdir():
            self.assertEqual(path.read_bytes(), (FOLDER / path.name).read_bytes(), f"{path.name}: run tools/json_schemas.py")

    def test_they_are_schemas(self):
        for path in FOLDER.glob("*.schema.json"):
            validator(load(path.name)).check_schema(load(path.name))

    def test_examples_of_the_pages(self):
        *good, bad = [json.loads(line) for line in block("records.jsonl").splitlines()]
        self.fit("input", [*good, json.loads(block("one event"))])
        self.assertIn("'eventId' is a required property", " ".join(errors("event", bad["event"])))
        changes = [json.loads(line) for line in (block("changes.jsonl") + block("a change")).splitlines()]
        self.fit("change", changes, is_closed=True)
        self.fit("lead", [json.loads(block("leads.jsonl"))], is_closed=True)
        self.fit("dead_letter_line", [json.loads(block("dead-letters.jsonl"))], is_closed=True)

    def test_a_check_by_hand(self):
        make, check = commands_of(block("check a record"))
        (self.folder / "schemas").symlink_to(ROOT / "schemas")
        subprocess.run(["bash", "-c", make], cwd=self.folder, check=True)
        check = check.replace("jsonschema ", f"{sys.executable} -W ignore -m jsonschema ", 1)
        done = subprocess.run(["bash", "-c", check], cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("'CLICKED' is not one of ['SENT', 'DELIVERED'", done.stderr + done.stdout)

    def test_records_that_the_program_makes(self):
        self.fit("input", self.program("convert", "--provider", "sendgrid", "--tenant", "a", DATA / "demo/sendgrid.json"))
        self.program("import", "--tenant", "a", DATA / "demo/contacts.csv", "--timezone", "UTC", "--at", "Created", "--map", "Created=",
                     "--lead-id", "Contact ID", "--to", self.folder / "contacts.jsonl")
        self.fit("input", self.lines("contacts.jsonl"))
        self.fit("input", self.program("simulate", "--quiet", "--leads", "50", "--days", "20"))

    def test_changes_of_every_kind_and_leads(self):
        self.fit("input", EVERY_KIND)
        self.run_on(EVERY_KIND)
        self.assertEqual(self.lines("out/dead-letters.jsonl"), [])
        self.outputs_fit()
        kinds = {change["kind"] for change in self.lines("out/changes.jsonl")}
        self.assertEqual(sorted(kinds), sorted(load("change.schema.json")["properties"]["kind"]["enum"]))
        # A lead on the topic is one in the file without `notes`, and with three members more.
        (lead,) = self.lines("out/leads.jsonl")
        del lead["notes"]
        self.assertTrue(errors("lead_profile", lead))
        self.fit("lead_profile", [{**lead, "email": None, "pending": False, "version": "7c1f0e5ab2d94c83"}], is_closed=True)

    def test_outputs_of_a_made_up_history(self):
        records = self.program("simulate", "--quiet", "--leads", "50", "--days", "20", "--bad", "0.1")
        self.run_on(records, DEFINITIONS.replace("acme:", '"*":'))
        self.outputs_fit()
        letters = self.lines("out/dead-letters.jsonl")
        self.fit("dead_letter_line", letters, is_closed=True)
        self.assertGreater(len({letter["reason"] for letter in letters}), 3)

    def test_limits_are_those_of_the_program(self):
        for record in REFUSED + TAKEN:
            self.assertTrue(errors("input", record), json.dumps(record)[:300])
        self.fit("input", AT_LIMITS)
        self.run_on(REFUSED + TAKEN + AT_LIMITS)
        self.assertEqual([letter["source"]["line"] for letter in self.lines("out/dead-letters.jsonl")], list(range(1, len(REFUSED) + 1)))

    def test_wrong_changes(self):
        good = {"tenantId": "acme", "leadId": "ann", "seq": "1", "at": NOW, "kind": "SENDABLE_CHANGED", "from": "true", "to": "false",
                "cause": {"kind": "EVENT", "id": "e"}}
        self.fit("change", [good, {**good, "later": 1}])
        for wrong in ({"seq": 1}, {"kind": "SOLD"}, {"to": "no"}, {"kind": "SEGMENT_ENTERED"}, {"kind": "STAGE_CHANGED"}, {"at": "now"},
                      {"cause": {"id": "e"}}):
            self.assertTrue(errors("change", {**good, **wrong}), wrong)

    def test_a_dead_letter_of_the_topic_is_the_json_of_its_message(self):
        subprocess.run(["protoc", "-I", ROOT / "schemas", f"--python_out={self.folder}", "leadpulse/v1/dead_letter.proto"], check=True)
        sys.path.insert(0, str(self.folder))
        from google.protobuf import json_format
        from leadpulse.v1.dead_letter_pb2 import DeadLetter
        letters = [DeadLetter(source={"topic": "engagement.events", "partition": 3, "offset": 4711}, reason=reason, detail="d",
                              payload=b"\0\xff", size=2 ** 40) for reason in DeadLetter.Reason.values()[1:]]
        self.fit("dead_letter", [json_format.MessageToDict(letter) for letter in letters], is_closed=True)
        self.assertTrue(errors("dead_letter", {"source": {"topic": "t"}, "reason": "malformed"}))


if __name__ == "__main__":
    unittest.main(verbosity=2)
