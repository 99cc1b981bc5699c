#!/usr/bin/env python3
"""The AsyncAPI document of the topics: everything that it refers to is there, and messages say what fits a topic.

    tests/schemas/asyncapi_test.py [--form FOLDER]

With --form it also compares the document with AsyncAPI's own schema, which npm puts below FOLDER.
"""

import json
import pathlib
import subprocess
import sys
import unittest

from schema_files import FOLDER, ROOT, jsonschema, load

SPECS = "@asyncapi/specs@6.11.1"
FORM = pathlib.Path(sys.argv[sys.argv.index("--form") + 1]).resolve() if "--form" in sys.argv else None
NOW = "2026-03-03T08:00:00Z"
CHANGE = {"tenantId": "acme", "leadId": "ann", "seq": "1", "at": NOW, "cause": {"kind": "TIME"}}
EVENT = {"tenantId": "acme", "leadId": "ann", "eventId": "e", "type": "CLICK", "occurredAt": NOW}


def without_ids(schema):
    """Without the members called `$id` of what the schema describes: Debian's jsonschema takes them for its own."""
    if isinstance(schema, list):
        return [without_ids(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: without_ids(part) for key, part in schema.items() if key != "$id" or isinstance(part, str)}


class AsyncApi(unittest.TestCase):
    def setUp(self):
        self.document = load("asyncapi.json")

    def target(self, reference):
        found = self.document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return found

    def fits(self, message, value):
        """As tools of AsyncAPI check it, which take schemas of draft 7."""
        schema = self.document["components"]["messages"][message]["payload"]
        return jsonschema.Draft7Validator(schema, resolver=jsonschema.RefResolver(f"{FOLDER.as_uri()}/", schema)).is_valid(value)

    def test_every_topic_of_others_is_there_once(self):
        addresses = [channel["address"] for channel in self.document["channels"].values()]
        self.assertEqual(addresses, ["engagement.events", "lead.commands", "lead.status-changes", "lead.segment-changes", "lead.profiles",
                                     "lead.dead-letters"])
        pages = "".join((ROOT / "schemas" / name).read_text(encoding="utf-8") for name in ("PRODUCERS.md", "CONSUMERS.md"))
        for address in addresses:
            self.assertIn(f"`{address}`", pages)

    def test_references_lead_somewhere(self):
        for channel in self.document["channels"].values():
            for message in channel["messages"].values():
                self.assertIn("payload", self.target(message["$ref"]))
        used = [self.target(operation["channel"]["$ref"]) for operation in self.document["operations"].values()]
        self.assertEqual(used, list(self.document["channels"].values()))

    def test_messages_are_those_of_their_topics(self):
        entered = {**CHANGE, "kind": "SEGMENT_ENTERED", "name": "s"}
        self.assertTrue(self.fits("SegmentChange", entered) and not self.fits("StatusChange", entered))
        created = {**CHANGE, "kind": "LEAD_CREATED"}
        self.assertTrue(self.fits("StatusChange", created) and not self.fits("SegmentChange", created))
        self.assertTrue(self.fits("Event", EVENT) and not self.fits("Event", {**EVENT, "type": "CLICKED"}))
        self.assertTrue(self.fits("LeadGone", None) and not self.fits("LeadProfile", None))

    def test_keys_and_headers_are_those_that_the_page_describes(self):
        page = (ROOT / "schemas/CONSUMERS.md").read_text(encoding="utf-8")
        messages = self.document["components"]["messages"].values()
        for header in {name for message in messages for name in message.get("headers", {}).get("properties", {})}:
            self.assertIn(f"`{header}`", page)
        self.assertTrue(all(message["bindings"]["kafka"]["key"]["description"] for message in messages))

    @unittest.skipUnless(FORM, "needs npm's registry")
    def test_its_form(self):
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", FORM, SPECS], check=True)
        schema = json.loads((FORM / "node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json").read_text(encoding="utf-8"))
        check = jsonschema.Draft7Validator(without_ids(schema))
        self.assertEqual([f"{error.json_path}: {error.message[:500]}" for error in check.iter_errors(self.document)], [])
        self.assertFalse(check.is_valid({**self.document, "channels": {"events": {"adress": "engagement.events"}}}))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
