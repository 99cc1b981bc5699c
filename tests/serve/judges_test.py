#!/usr/bin/env python3
"""The API as programs of others judge it, and its document.   tests/serve/judges_test.py LEADPULSE

schemathesis calls every operation with requests that fit the document and with others that do not, and applies all of
its checks. Spectral and Redocly lint the document. LEADPULSE_JUDGED_CASES is how many random requests an operation
gets (default 30); it is called with as many more that follow from its schema.
"""

import json
import os
import re
import subprocess
import unittest

import outside_tools
from front import API, CONTACTS, contact
from openapi_case import OpenApiCase

CASES = os.environ.get("LEADPULSE_JUDGED_CASES", "30")
HERE = os.path.dirname(os.path.abspath(__file__))
DEFINITIONS = """
tenants:
  acme:
    tiers: [{name: warm, at_least: 10}, {name: cold}]
    fields: {city: text, budget: number}
    topics: [{id: news, name: News}]
    segments: [{id: swiss, name: Swiss, rule: city IS SET}, {id: warm, name: Warm, rule: score > 10}]
"""
# What refuses no data: the caller may not, there is no such thing, or it is another now. schemathesis takes these for
# granted but 412 and 428, which are about If-Match.
NO_REFUSALS = ["2xx", "401", "403", "404", "409", "412", "428", "429"]
# Operations that may answer 422 to a request that fits the document, because no schema can say what fits.
DEPENDS = {
    "contact.create": "attributes fit the tenant's definitions",
    "contact.update": "attributes fit the tenant's definitions",
    "bulk.start": "the body is that of the action",
    "segment.put": "an id without control characters",
    "list.put": "an id without control characters",
    "field.put": "a name without control characters",
    "definitions.put": "the text is that of the tenant which is named",
    "import.run": "the columns are those of the file",
    "contact.consent": "a time that is not ahead of the front's",
    "token.create": "a time that is ahead, and scopes of the role",
    "user.add": "users with the role agent have an agent, others none",
    "user.change": "users with the role agent have an agent, others none",
    "webhook.create": "a secret has 24 to 64 bytes in base64",
    "webhook.change": "a secret has 24 to 64 bytes in base64",
}
# Operations that may take a request which does not fit the document.
TAKES = {
    "contact.create": "an attribute takes any JSON; the document has the usual type of those with a column, for typed clients",
    "contact.update": "the same",
    "contact.batch": "a wrong row is refused in its own outcome",
}
# Rules of the linters that are off, with the reason.
LINT_OFF = {
    "spectral": {"info-contact": "whom to ask is who runs the front, and the document is the same for all"},
    "redocly": {"tag-description": "a tag is the first part of the path; the operations say what they do"},
}


def check(name, statuses, applies):
    return f"checks.{name}.expected-statuses = {json.dumps(statuses)}\n" if applies else ""


class Judges(OpenApiCase):
    definitions = DEFINITIONS
    run_definitions = None

    def start_front(self, *options, port=0):
        rates = [text for name in ("read", "write", "scan", "import") for text in ("--rate", f"{name}=100000,1000000")]
        super().start_front("--trusted-proxy", "127.0.0.1", *rates, *options, port=port)

    def start_filled(self):
        records = [record for number in range(200) for record in contact(f"lead{number}", email=f"lead{number}@x.org",
                                                                         city="Bern", budget=str(number))]
        self.start(records + contact("ann", email="ann@x.org"))
        self.operator, told, self.positions = self.token(role="operator"), {}, []
        for method, path, operation in self.operations():
            if "requestBody" in operation and "{id}" not in path and not path.startswith("/definitions"):
                told[operation["operationId"]] = self.call_operation(method, path, operation, "", self.operator)[1]
        for number in range(5):
            self.ask(CONTACTS + f"lead{number}/tags", method="POST", body='{"add": ["vip"]}', headers={"Idempotency-Key": f"order-{number}"})
            self.positions.append(self.ask(CONTACTS + f"lead{number}/notes", method="POST", body='{"text": "a"}')[2].getheader("Leadpulse-Position"))
        deliveries = self.ask(API + f"webhooks/{told['webhook.create']['id']}/test", self.operator, "POST")[1]
        export, upload = told["export.start"]["id"], told["import.upload"]["id"]
        self.wait_until(lambda: self.ask(API + f"jobs/{export}", self.operator)[1]["state"] == "done")
        self.ids = {"contacts": ["ann", "lead0", "lead1", "email:lead2@x.org"], "commands": [f"order-{number}" for number in range(5)],
                    "segments": ["swiss", "warm"], "tags": ["vip"], "lists": ["newsletter"], "fields": ["city", "budget"],
                    "exports": [export], "imports": [upload], "jobs": [export, upload], "users": ["ann"], "token.revoke": [],
                    "webhooks": [str(told["webhook.create"]["id"])], "webhook.send_again": [str(deliveries["id"])],
                    "contact.erase": [f"lead{number}" for number in range(100, 200)]}

    def judge(self, token):
        """Runs schemathesis with this token. Returns what it says."""
        self.write("schemathesis.toml", "[checks.positive_data_acceptance]\nexpected-statuses = " + json.dumps(NO_REFUSALS) + "\n" + "".join(
            f'[[operations]]\ninclude-operation-id = "{name}"\n'
            + check("positive_data_acceptance", [*NO_REFUSALS, "422"], name in DEPENDS)
            + check("negative_data_rejection", ["2xx", "4xx"], name in TAKES) for name in {**DEPENDS, **TAKES}))
        headers = ("-H", f"Authorization: Bearer {token}") if token else ()
        judged = json.dumps({"ids": self.ids, "positions": self.positions, "definitions": DEFINITIONS})
        done = subprocess.run(
            [os.path.join(outside_tools.python_tools("judges-tools"), "schemathesis"), "--no-color", "--config-file", "schemathesis.toml",
             "run", self.save_document(), "--url", f"http://127.0.0.1:{self.port}{API.rstrip('/')}", *headers, "--checks", "all",
             "--max-examples", CASES, "--seed", "1", "--continue-on-failure", "--warnings", "off", "--output-truncate", "false",
             "--exclude-operation-id", "change.stream"],  # it has no end: stream_test.py
            cwd=self.folder, capture_output=True, text=True, check=False,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": HERE, "LEADPULSE_JUDGED": judged})
        if log := os.environ.get("LEADPULSE_JUDGED_LOG"):
            with open(log, "w", encoding="utf-8") as file:
                file.write(done.stdout + done.stderr)
        return done

    def expect_no_failure(self, *options, role):
        self.start_filled()
        done = self.judge(self.token(*options, role=role) if role else "")
        self.assertEqual(done.returncode, 0, done.stdout[-20_000:] + done.stderr)
        [tested] = re.findall(r"Tested: (\d+)", done.stdout)
        self.assertEqual(int(tested), len(list(self.operations())) - 1)
        print(re.findall(r"\d+ generated.*", done.stdout), flush=True)

    def test_schemathesis_as_manager(self):
        self.expect_no_failure(role="manager")

    def test_schemathesis_as_agent(self):
        self.expect_no_failure("--agent", "ben", role="agent")

    def test_schemathesis_as_operator(self):
        self.expect_no_failure(role="operator")

    def test_schemathesis_without_a_token(self):
        self.expect_no_failure(role="")

    def test_spectral(self):
        self.start(contact("ann"))
        self.write("spectral.json", json.dumps({"extends": ["spectral:oas"], "rules": dict.fromkeys(LINT_OFF["spectral"], "off")}))
        done = subprocess.run([os.path.join(outside_tools.npm_tools("judges-npm"), "spectral"), "lint", self.save_document(), "--ruleset",
                               self.path("spectral.json"), "--fail-severity", "hint"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_redocly(self):
        self.start(contact("ann"))
        self.write("redocly.yaml", json.dumps({"extends": ["recommended"], "rules": dict.fromkeys(LINT_OFF["redocly"], "off")}))
        done = subprocess.run([os.path.join(outside_tools.npm_tools("judges-npm"), "redocly"), "lint", self.save_document(), "--config",
                               self.path("redocly.yaml"), "--max-problems", "1000", "--format", "json"], capture_output=True, text=True,
                              check=False, env={**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"})
        self.assertEqual(json.loads(done.stdout)["problems"], [], done.stderr)


if __name__ == "__main__":
    unittest.main()
