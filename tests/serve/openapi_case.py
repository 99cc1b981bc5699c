"""Calls the routes of a front as the description of the API says, for tests."""

import functools
import json
import os
import subprocess
import urllib.parse

import outside_tools
from front import API, FrontCase

FOLDER = outside_tools.python_tools("openapi-tools")

# Checks answers, one a line, against the schemas of the document, and prints the errors. Clients must take members that
# they do not know; here a member that the document does not declare is an error.
CHECK_ANSWERS = """
import json, sys
from jsonschema import Draft202012Validator

def close(schema):
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        close(part)
    if isinstance(schema, dict) and schema.get("properties"):
        schema["additionalProperties"] = False

document = json.load(open(sys.argv[1], encoding="utf-8"))
close(document["components"]["schemas"])
for line in sys.stdin:
    name, status, schema, body = json.loads(line)
    schema = {**schema, "components": document["components"]}
    for error in Draft202012Validator(schema).iter_errors(body):
        print(name, status, error.json_path, error.message[:200])
"""

# The topic of the document's example.
DEFINITIONS = """
tenants:
  "*":
    tiers: [{name: all}]
    topics: [{id: news, name: News}]
  blue:
    tiers: [{name: all}]
    topics: [{id: news, name: News}]
    segments: [{id: of-blue, name: Blue, rule: mark IS SET}]
"""


class OpenApiCase(FrontCase):
    maxDiff = None  # all errors at once
    run_definitions = DEFINITIONS

    def setUp(self):
        super().setUp()
        self.answers = set()

    @functools.cached_property
    def document(self):
        status, document, _ = self.ask("/openapi.json", token="")
        self.assertEqual(status, 200)
        return document

    def operations(self):
        for path, operations in self.document["paths"].items():
            for method, operation in operations.items():
                yield method.upper(), path, operation

    def call_operation(self, method, path, operation, lead, token):
        url = API.rstrip("/") + path.replace("{id}", urllib.parse.quote(lead))
        if operation["operationId"] == "contact.erase":
            url += "?confirm=" + urllib.parse.quote(lead)
        if operation["operationId"] == "contact.remove_note":
            status, said, _ = self.ask_within_limits(url, token, "POST", body='{"text": "a note"}')
            url += "?command_id=" + (said["notes"][-1]["command_id"] if status == 200 else "none")
        body = operation.get("requestBody")
        [content] = body["content"].items() if body else [("", {})]
        example = json.dumps(content[1]["example"]) if content[0] == "application/json" else content[1].get("example")
        headers = {"If-Match": "*"} if operation["operationId"] in ("definitions.put", "segment.remove") else {}
        status, said, _ = self.ask_within_limits(url, token, method, headers, body=example)
        self.note(operation, status, said)
        return status, said

    def note(self, operation, status, said):
        """Checks that the document has this answer."""
        responses = operation["responses"]
        self.assertIn(str(status), responses, operation["operationId"])
        content = responses[str(status)].get("content") or self.document["components"]["responses"]["Problem"]["content"]
        kind = "application/json" if status < 400 else "application/problem+json"
        if kind in content:
            self.answers.add(json.dumps([operation["operationId"], status, content[kind]["schema"], said]))

    def save_document(self):
        """Returns the path of a file with the document."""
        path = self.path("openapi.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.document, file)
        return path

    def check_answers(self):
        done = subprocess.run([os.path.join(FOLDER, "python"), "-c", CHECK_ANSWERS, self.save_document()],
                              input="\n".join(sorted(self.answers)), capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.splitlines()[:100], [])
