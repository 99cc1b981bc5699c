#!/usr/bin/env python3
"""The description of the API; clients_test.py generates clients from it.   tests/serve/openapi_test.py BINARY"""

import html
import json
import os
import subprocess
import unittest

from front import CONTACTS, contact
from openapi_case import FOLDER, OpenApiCase
from stream_client import Stream


class OpenApi(OpenApiCase):
    def test_the_document_is_valid_and_its_examples_work(self):
        self.definitions = "tenants: {acme: {tiers: [{name: all}]}}\n"
        self.start(contact("ann"))
        subprocess.run([os.path.join(FOLDER, "openapi-spec-validator"), self.save_document()], check=True,
                       stdout=subprocess.DEVNULL)
        told = {}
        for method, path, operation in self.operations():
            if "requestBody" not in operation:
                continue
            made_by = {"import.run": "import.upload", "webhook.change": "webhook.create"}.get(operation["operationId"])
            some_id = str(told[made_by]["id"]) if made_by else "ann"
            status, said = self.call_operation(method, path, operation, some_id, self.token(role="operator"))
            self.assertIn(status, (200, 201, 202), (method, path, said))
            told[operation["operationId"]] = said
        self.check_answers()
        # The other example is that of the stream.
        self.assertEqual(json.dumps(self.document).count('"example":'), len(told) + 1)
        self.check_example_of_the_stream()

    def test_people_read_of_every_operation_that_programs_do(self):
        self.start(contact("ann"))
        answer, content = self.request("GET", "/docs")
        self.assertEqual((answer.status, answer.getheader("Content-Type")), (200, "text/html; charset=utf-8"))
        page = html.unescape(content.decode())
        for method, path, operation in self.operations():
            self.assertIn(f"<code>{method} {path}</code>", page)
            self.assertIn(operation["summary"], page)
            for parameter in operation["parameters"]:
                if parameter["in"] != "query":
                    continue
                self.assertIn(f"<code>{parameter['name']}</code>", page)

    def test_every_answer_is_one_of_the_document(self):
        """First calls the operations with examples, and at the end those that remove something."""
        self.definitions = "tenants: {acme: {tiers: [{name: all}]}}\n"
        self.start(contact("ann"))
        token, told = self.token(role="operator"), {"import.upload": {}, "export.start": {}, "token.create": {}, "webhook.create": {}}
        self.ask(CONTACTS + "ann/tags", token, "POST", {"Idempotency-Key": "order-1"}, '{"add": ["b"]}')

        def id_for(path):
            # An upload can be cancelled at any time.
            job = told["export.start" if path.startswith("/exports") else "import.upload"].get("id", "")
            return {"commands": "order-1", "tokens": str(told["token.create"].get("id")), "jobs": job,
                    "webhooks": str(told["webhook.create"].get("id")),
                    "imports": job, "exports": job}.get(path.split("/")[1], "ann")

        def comes_late(operation):
            method, _, body = operation
            name = body["operationId"]
            return ("requestBody" not in body, name != "definitions.put", method == "DELETE", name == "contact.erase")
        for method, path, operation in sorted(self.operations(), key=comes_late):
            name = operation["operationId"]
            if name not in ("change.stream", "export.file", "import.wrong_rows", "import.undo", "webhook.send_again"):
                status, said = self.call_operation(method, path, operation, id_for(path), token)
                self.assertLess(status, 300, (name, said))
                told[name] = said
        self.assertEqual(len({json.loads(answer)[0] for answer in self.answers}), len(told))
        self.check_answers()

    def check_example_of_the_stream(self):
        content = self.document["paths"]["/stream"]["get"]["responses"]["200"]["content"]
        example = content["text/event-stream"]["example"]
        stream = Stream(self.port, self.manager)
        self.addCleanup(stream.close)
        shown = Stream.__new__(Stream)
        shown.events, shown.comments, shown.last_id = [], 0, None
        shown.take(example.removesuffix("\n\n"))
        self.ask(CONTACTS + "ann/stage", method="POST", body=json.dumps({"stage": "engaged"}))
        [event] = [event for event in stream.wait(lambda events: "STAGE_CHANGED" in repr(events))
                   if event.kind == "STAGE_CHANGED"]
        [of_document] = shown.events
        self.assertEqual((of_document.kind, list(of_document.data), len(of_document.id)),
                         (event.kind, [key for key in event.data], len(event.id)))


if __name__ == "__main__":
    unittest.main()
