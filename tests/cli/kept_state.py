"""What tests of `leadpulse state` share. The program is the first argument of the test, the built
tests/support/state_tamper.cc the second."""

import json
import os
import random
import subprocess
import sys
import time

TAMPER = os.path.abspath(sys.argv.pop(2)) if len(sys.argv) > 2 else "build/release/tests/state_tamper"

from command_line import CommandLine  # noqa: E402: it takes the first argument

DEFINITIONS = """
tenants:
  "*":
    scoring: {rules: [{event: open, points: 2, expires_after: 20d}, {event: click, points: 7}]}
    tiers: [{name: hot, at_least: 9}, {name: cold}]
    segments: [{id: openers, name: Openers, rule: 'DID open >= 2 TIMES IN LAST 10 days'}]
"""
OUTPUTS = ("changes.jsonl", "dead-letters.jsonl", "leads.jsonl")


def make_lines(count, leads, seed=7):
    rng = random.Random(seed)
    lines = []
    for number in range(count):
        day, hour = 1 + number * 27 // count, number % 24
        lines.append(json.dumps({"event": {
            "tenantId": "acme", "leadId": f"lead{rng.randrange(leads)}", "eventId": f"e{number}",
            "type": rng.choice(["OPEN", "OPEN", "CLICK", "SENT"]),
            "occurredAt": f"2026-01-{day:02}T{hour:02}:{rng.randrange(60):02}:00Z"}}))
    lines[3] = "not a record"
    return lines


class State(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("d.yaml", DEFINITIONS)

    def make_state(self):
        self.prepare("state", lambda: self.run_lines(3000, 300))

    def run_lines(self, count, leads):
        self.run_text(DEFINITIONS, "\n".join(make_lines(count, leads)) + "\n")

    def tamper(self, *what, state="state"):
        subprocess.run([TAMPER, self.path(state), *what], check=True)

    def check(self, state="state"):
        return self.call("state", "check", "--state", state)

    def check_json(self, state="state"):
        result = self.call("state", "check", "--state", state, "--format", "json")
        return result.returncode, json.loads(result.stdout)

    def fails(self, code, part, *arguments):
        result = self.call("state", *arguments)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertIn(part, result.stderr)
        return result

    def table_files(self, state="state"):
        return sorted(name for name in os.listdir(self.path(state)) if name.endswith(".sst"))

    def outputs(self, folder="out"):
        """The lines, in order within each lead: the order between leads is not defined."""
        return {name: sorted(self.read(f"{folder}/{name}").splitlines()) for name in OUTPUTS}

    def wait_for(self, condition):
        for _ in range(6000):
            if condition():
                return
            time.sleep(0.02)
        self.fail("it did not happen in time")
