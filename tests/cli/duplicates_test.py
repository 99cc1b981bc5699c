#!/usr/bin/env python3
"""`leadpulse duplicates` on a command line.   tests/cli/duplicates_test.py BINARY"""

import json
import unittest

from command_line import CommandLine

DEFINITIONS = 'tenants: {"*": {tiers: [{name: all}]}}'


def with_email(lead, address, number):
    return json.dumps({"command": {"tenantId": "acme", "leadId": lead, "commandId": f"c{number}",
                                   "issuedAt": "2026-01-01T00:00:00Z", "updateProfile": {"set": {"email": address}}}})


class Duplicates(CommandLine):
    def make_state(self, *lines):
        self.write("d.yaml", DEFINITIONS)
        self.write("a.jsonl", "\n".join(lines) + "\n")
        result = self.run_job("--input", "a.jsonl", "--definitions", "d.yaml", "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_addresses_that_leads_share(self):
        self.make_state(with_email("crm-1", "ann@example.com", 1), with_email("crm-2", "Ann@Example.com", 2),
                        with_email("crm-3", "bob@example.com", 3))
        lines = self.output_of("duplicates", "--state", "state").splitlines()
        self.assertEqual(lines[0].split(), ["address", "leads", "sendable", "first", "ids"])
        self.assertEqual([line.split() for line in lines[1:]], [["ann@example.com", "2", "2", "crm-1,", "crm-2"]])
        self.assertEqual(json.loads(self.output_of("duplicates", "--state", "state", "--tenant", "acme", "--json")),
                         [{"tenantId": "acme", "address": "ann@example.com", "leads": 2, "sendable": 2,
                           "firstLeads": ["crm-1", "crm-2"]}])
        mailbox = self.call("lead", "--state", "state", "--tenant", "acme", "--lead", "ann@example.com")
        self.assertEqual(mailbox.returncode, 1)
        self.assertIn("is a mailbox without a lead of its own, used by 2 leads: crm-1, crm-2", mailbox.stderr)
        self.assertEqual(len(self.read("out/leads.jsonl").splitlines()), 3)

    def test_no_address_is_shared(self):
        self.make_state(with_email("crm-3", "bob@example.com", 3))
        self.assertIn("No address is shared", self.output_of("duplicates", "--state", "state"))
        self.assertEqual(json.loads(self.output_of("duplicates", "--state", "state", "--json")), [])

    def test_a_tenant_that_is_not_there(self):
        self.make_state(with_email("crm-3", "bob@example.com", 3))
        result = self.call("duplicates", "--state", "state", "--tenant", "acne")
        self.assertEqual(result.returncode, 1)
        self.assertIn("did you mean acme?", result.stderr)


if __name__ == "__main__":
    unittest.main()
