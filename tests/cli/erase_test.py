#!/usr/bin/env python3
"""`leadpulse lead erase`: the leads it shows, and those that a run then erases.   tests/cli/erase_test.py BINARY"""

import json
import os
import unittest

from command_line import CommandLine, event, with_email

DEFINITIONS = 'tenants: {"*": {tiers: [{name: all}]}}'
ANN = "ann@example.com"
AT = ("--at", "2026-01-05")
BY_ADDRESS = ("lead", "erase", "--tenant", "acme", "--email", "Ann@Example.com", *AT, "--to", "hand.jsonl")
SETTINGS = """
kafka: {bootstrap_servers: "127.0.0.1:1"}
definitions: {file: d.yaml}
state: {directory: state, erasure_secret: a-secret-of-more-than-sixteen-bytes}
"""


def open_of(lead):
    return event(lead, f"open-{lead}", "OPEN", "2026-01-02T00:00:00Z")


class Erase(CommandLine):
    def make_state(self, *records):
        self.assertEqual(self.make_state_of(DEFINITIONS, records), "")

    def run_with(self, *more):
        result = self.run_job("--input", "a.jsonl", *more, "--definitions", "d.yaml", "--quiet")
        self.assertEqual((result.returncode, self.read("out/dead-letters.jsonl")), (0, ""), result.stderr)

    def erased(self):
        """The leads whose erasure the run has published."""
        changes = map(json.loads, self.read("out/changes.jsonl").splitlines())
        return sorted(change["leadId"] for change in changes if change["kind"] == "LEAD_ERASED")

    def ask(self, answer, *arguments):
        code, said = self.answer(answer, *arguments)
        return code, [line.split(None, 1) for line in said.splitlines() if line.startswith("  ")], said

    def test_by_address_it_shows_the_mailbox_and_its_users_and_a_run_erases_them(self):
        self.make_state(with_email("crm-1", ANN), with_email("crm-2", "ANN@example.com"), open_of(ANN),
                        with_email("crm-3", "bob@example.com"))
        for answer in ("n", ""):
            code, shown, said = self.ask(answer, *BY_ADDRESS, "--state", "state")
            self.assertEqual(code, 1)
            self.assertEqual(shown, [[ANN, "the mailbox, which is no lead: no change is published"],
                                     ["crm-1", "uses the address: LEAD_ERASED is published"],
                                     ["crm-2", "uses the address: LEAD_ERASED is published"]])
            self.assertIn("It cannot be undone. [y/N]", said)
            self.assertIn("nothing was erased", said)
            self.assertFalse(os.path.exists(self.path("hand.jsonl")))
        code, _, said = self.ask("y", *BY_ADDRESS, "--state", "state")
        self.assertEqual(code, 0, said)
        self.run_with("hand.jsonl")
        self.assertEqual(self.erased(), ["crm-1", "crm-2"])

    def test_a_mailbox_that_is_a_lead_is_published_too(self):
        note = {"command": {"tenantId": "acme", "email": ANN, "commandId": "n", "addNote": {"text": "hi"},
                            "issuedAt": "2026-01-01T00:00:00Z"}}
        self.make_state(note, with_email("crm-1", ANN))
        _, shown, _ = self.ask("y", *BY_ADDRESS, "--state", "state")
        self.assertEqual(shown, [[ANN, "the mailbox, a lead: LEAD_ERASED is published"],
                                 ["crm-1", "uses the address: LEAD_ERASED is published"]])
        self.run_with("hand.jsonl")
        self.assertEqual(self.erased(), [ANN, "crm-1"])

    def test_a_tenant_without_leads_may_be_mistyped(self):
        self.make_state(with_email("crm-1", ANN))
        for options in ((), ("--yes",)):
            _, _, said = self.ask("n", "lead", "erase", "--tenant", "acne", "--email", ANN, *AT, "--to", "hand.jsonl",
                                  "--state", "state", *options)
            self.assertIn("warning: the state has no lead of tenant acne; did you mean acme?", said)

    def test_an_address_that_nobody_has(self):
        self.make_state(open_of("crm-1"))
        _, shown, _ = self.ask("y", *BY_ADDRESS, "--state", "state")
        self.assertEqual(shown, [[ANN, "not in the state: LEAD_ERASED is published all the same"]])
        self.run_with("hand.jsonl")
        self.assertEqual(self.erased(), [ANN])

    def test_more_than_ten_users_must_be_erased_by_their_ids(self):
        self.make_state(*(with_email(f"crm-{number:02}", ANN) for number in range(11)))
        for yes in ((), ("--yes",)):
            result = self.call(*BY_ADDRESS, "--state", "state", *yes)
            self.assertEqual(result.returncode, 1)
            self.assertIn("ann@example.com is used by 11 leads: crm-00, crm-01", result.stderr)
            self.assertIn("an erase by address reaches at most 10 users, and a run would refuse it; erase each by "
                          "--lead: `leadpulse leads --where 'email = \"ann@example.com\"'` lists them", result.stderr)
            self.assertFalse(os.path.exists(self.path("hand.jsonl")))

    def test_by_id_it_says_which_mailbox_goes_too(self):
        self.make_state(with_email("crm-1", ANN), open_of(ANN))
        by_id = ("lead", "erase", "--tenant", "acme", "--lead", "crm-1", *AT, "--to", "hand.jsonl", "--state", "state")
        _, shown, said = self.ask("y", *by_id)
        self.assertEqual(shown, [["crm-1", "the lead: LEAD_ERASED is published"],
                                 [ANN, "a mailbox that nobody else uses: no change is published"]])
        self.assertIn("Erase everything about lead crm-1 of tenant acme? It cannot be undone. [y/N]", said)
        self.run_with("hand.jsonl")
        self.assertEqual(self.erased(), ["crm-1"])

    def test_by_id_the_users_of_a_mailbox_stay(self):
        self.make_state(with_email("crm-1", ANN), with_email("crm-2", ANN))
        _, shown, said = self.ask("n", "lead", "erase", "--tenant", "acme", "--lead", ANN, "--state", "state")
        self.assertEqual(shown, [[ANN, "the mailbox, which is no lead: LEAD_ERASED is published all the same"]])
        self.assertIn("These use the address and stay: crm-1, crm-2. With --email they are erased, too.\n", said)

    def test_without_a_terminal_it_shows_and_says_what_to_type(self):
        self.make_state(with_email("crm-1", ANN))
        result = self.call(*BY_ADDRESS, "--state", "state", text="y\n")
        self.assertEqual(result.returncode, 2)
        self.assertIn("  crm-1            uses the address", result.stderr)
        self.assertIn("standard input is no terminal, so nobody can be asked; say --yes to erase unasked", result.stderr)
        self.assertFalse(os.path.exists(self.path("hand.jsonl")))
        result = self.call(*BY_ADDRESS, "--state", "state", "--yes")
        self.assertEqual(result.returncode, 0)
        self.assertIn("It erases, of tenant acme:\n", result.stderr)
        self.assertIn("  crm-1            uses the address", result.stderr)
        self.run_with("hand.jsonl")
        self.assertEqual(self.erased(), ["crm-1"])

    def test_an_address_in_another_spelling_is_that_of_its_lead(self):
        self.make_state(open_of(ANN))
        by_id = ("lead", "erase", "--tenant", "acme", "--lead", "Ann@EXAMPLE.com", *AT, "--to", "hand.jsonl", "--state", "state")
        _, shown, said = self.ask("n", *by_id)
        self.assertEqual(shown, [[ANN, "the lead: LEAD_ERASED is published"]])
        self.assertIn("Ann@EXAMPLE.com is the address of lead ann@example.com.\n", said)
        self.assertIn("Erase everything about lead ann@example.com of tenant acme?", said)
        self.assertIn("  ann@example.com  the lead: LEAD_ERASED is published\n", self.call(*by_id, "--yes").stderr)
        self.run_with("hand.jsonl")
        self.assertEqual(self.erased(), [ANN])

    def test_an_id_that_is_there_and_one_that_is_no_address_are_meant_as_they_are(self):
        self.make_state(open_of(ANN), open_of("Ann@EXAMPLE.com"), open_of("CRM-1"))
        for lead in ("Ann@EXAMPLE.com", "crm-1"):
            _, shown, _ = self.ask("n", "lead", "erase", "--tenant", "acme", "--lead", lead, "--state", "state")
            self.assertEqual(shown[0][0], lead)

    def test_without_a_state_nobody_is_shown(self):
        code, _, said = self.ask("n", *BY_ADDRESS)
        self.assertEqual(code, 1)
        self.assertIn("Whom it erases cannot be shown without a state: say --state DIR.\n", said)
        self.assertIn("Erase everything about the address ann@example.com of tenant acme, and about every lead that "
                      "uses it? It cannot be undone. [y/N]", said)
        code, said = self.answer("n", *BY_ADDRESS, "--state", "gone")
        self.assertEqual(code, 1)
        self.assertNotIn("[y/N]", said)
        # The run that creates the state may come later.
        for state in (("--state", "gone"), ()):
            unasked = self.call(*BY_ADDRESS, *state, "--yes")
            self.assertEqual((unasked.returncode, unasked.stderr), (0, "It erases everything about the address ann@example.com of tenant "
                                                                       "acme, and about every lead that uses it.\n"))

    def test_on_kafka_the_state_of_the_settings_is_asked(self):
        self.make_state(with_email("crm-1", ANN))
        self.write("live.yaml", SETTINGS)
        live = ("lead", "erase", "--tenant", "acme", "--email", ANN, "--to", "kafka", "--config", "live.yaml")
        code, shown, said = self.ask("n", *live)
        self.assertEqual((code, [line[0] for line in shown]), (1, [ANN, "crm-1"]), said)
        self.write("live.yaml", SETTINGS.replace("directory: state", "directory: elsewhere"))
        code, _, said = self.ask("n", *live)
        self.assertEqual(code, 1)
        self.assertIn("Whom it erases cannot be shown: ", said)
        self.assertIn("say --state DIR", said)
        self.assertIn("[y/N]", said)
        code, shown, _ = self.ask("n", *live, "--state", "state")
        self.assertEqual((code, len(shown)), (1, 2))


if __name__ == "__main__":
    unittest.main()
