#!/usr/bin/env python3
"""Leads that share an address, on a command line.   tests/cli/duplicates_test.py BINARY"""

import json
import unittest

from command_line import CommandLine, event, with_email

DEFINITIONS = 'tenants: {"*": {tiers: [{name: all}]}}'


def open_of(lead, number, kind="OPEN", **more):
    return event(lead, f"e{number}", kind, f"2026-01-02T00:0{number}:00Z", **more)


class Duplicates(CommandLine):
    def make_state(self, *records):
        self.make_state_of(DEFINITIONS, records)

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

    def test_addresses_in_suppressed_domains(self):
        self.make_state_of('tenants: {"*": {tiers: [{name: all}], suppress: {domains: [rival.example]}}}',
                           [with_email("crm-1", "ann@rival.example", 1), with_email("crm-2", "ann@rival.example", 2)])
        lines = self.output_of("duplicates", "--state", "state").splitlines()
        self.assertEqual(lines[1].split(maxsplit=3),
                         ["ann@rival.example", "2", "0", "crm-1, crm-2 (domain suppressed)"])
        self.assertEqual(json.loads(self.output_of("duplicates", "--state", "state", "--json")),
                         [{"tenantId": "acme", "address": "ann@rival.example", "leads": 2, "sendable": 0,
                           "suppressed": True, "firstLeads": ["crm-1", "crm-2"]}])
        text = self.output_of("explain", "--state", "state", "--tenant", "acme", "--lead", "crm-1")
        self.assertRegex(text, "sendable +no +the definitions suppress the domain of its address: "
                               "suppress.domains holds rival.example")

    def test_a_lead_says_through_which_address_an_entry_came(self):
        self.make_state(with_email("crm-1", "ann@example.com", 1), with_email("crm-2", "ann@example.com", 2),
                        open_of("ann@example.com", 1), open_of("crm-1", 2, "UNSUBSCRIBE"))
        lead = json.loads(self.output_of("lead", "--state", "state", "--tenant", "acme", "--lead", "crm-2"))
        self.assertEqual([(event["eventId"], event.get("through")) for event in lead["events"]],
                         [("e1", "ann@example.com")])
        self.assertEqual(lead["emailStatus"], "unsubscribed")
        self.assertEqual((lead["address"]["uses"], lead["address"]["registration"], lead["address"]["alsoUsedBy"]),
                         ("ann@example.com", "registered", ["crm-1"]))
        self.assertEqual(lead["address"]["standing"]["everything"], {"out": "2026-01-02T00:02:00Z"})
        text = self.output_of("explain", "--state", "state", "--tenant", "acme", "--lead", "crm-2")
        self.assertIn("another lead with the same address, which may be erased by now, has it, 2026-01-02T00:02:00Z, "
                      "through ann@example.com", text)
        explained = json.loads(self.output_of("explain", "--state", "state", "--tenant", "acme", "--lead", "crm-2",
                                              "--format", "json"))
        self.assertEqual(explained["emailStatus"]["through"], "ann@example.com")

    def test_a_lead_says_what_an_event_of_another_lead_says_of_its_address(self):
        opt_out = open_of("crm-1", 2, "UNSUBSCRIBE", email="ann@example.com")
        self.make_state(open_of("ann@example.com", 1), opt_out)
        lead = json.loads(self.output_of("lead", "--state", "state", "--tenant", "acme", "--lead", "ann@example.com"))
        self.assertEqual((lead["emailStatus"], lead["statusFacts"]), ("unsubscribed", None))
        self.assertEqual(lead["address"]["standing"]["everything"], {"out": "2026-01-02T00:02:00Z"})
        self.assertEqual((lead["address"]["registration"], lead["address"]["usedBy"]), ("none", []))

    def test_an_address_stands_for_the_one_lead_that_uses_it(self):
        self.make_state(with_email("crm-1", "ann@example.com", 1))
        for command in ("lead", "explain"):
            with self.subTest(command):
                found = self.output_of(command, "--state", "state", "--tenant", "acme", "--lead", "ann@example.com")
                self.assertIn("crm-1", found)

    def test_a_lead_without_room_says_why_it_is_not_sendable(self):
        self.make_state(*(with_email(f"crm-{i:04}", "none@example.com", i) for i in range(1001)))
        text = self.output_of("explain", "--state", "state", "--tenant", "acme", "--lead", "crm-1000")
        self.assertRegex(text, "sendable +no +1000 other leads use none@example.com already")
        explained = json.loads(self.output_of("explain", "--state", "state", "--tenant", "acme", "--lead", "crm-1000",
                                              "--format", "json"))
        self.assertFalse(explained["sendable"])
        self.assertIn("1000 other leads use none@example.com already", explained["sendableReason"])
        explained = self.output_of("explain", "--state", "state", "--tenant", "acme", "--lead", "crm-0999", "--format",
                                   "json")
        self.assertNotIn("sendableReason", json.loads(explained))
        listed = self.call("duplicates", "--state", "state", "--json")
        self.assertEqual([address["leads"] for address in json.loads(listed.stdout)], [1000])
        self.assertIn("of the leads of none@example.com only the first 1000 are counted", listed.stderr)

    def test_an_address_with_as_many_leads_as_it_has_room_for(self):
        self.make_state(*(with_email(f"crm-{i:04}", "none@example.com", i) for i in range(1000)))
        listed = self.call("duplicates", "--state", "state", "--json")
        self.assertEqual(([address["leads"] for address in json.loads(listed.stdout)], listed.stderr), ([1000], ""))

    def test_no_address_is_shared(self):
        self.make_state(with_email("crm-3", "bob@example.com", 3))
        self.assertIn("No address is shared", self.output_of("duplicates", "--state", "state"))
        self.assertEqual(json.loads(self.output_of("duplicates", "--state", "state", "--json")), [])

    def test_a_tenant_whose_leads_share_no_addresses(self):
        self.make_state(with_email("crm-1", "ann@example.com", 1), with_email("crm-2", "ann@example.com", 2))
        self.assertEqual(self.call("duplicates", "--state", "state").stderr, "")
        self.write("d.yaml", 'tenants: {"*": {identity: {by_email: false}, tiers: [{name: all}]}}')
        self.assertEqual(self.run_job("--input", "a.jsonl", "--definitions", "d.yaml", "--quiet").returncode, 0)
        result = self.call("duplicates", "--state", "state", "--json")
        self.assertEqual((result.returncode, json.loads(result.stdout)), (0, []))
        self.assertIn("`identity.by_email` is false for tenant acme: leads share no addresses there", result.stderr)

    def test_a_tenant_that_is_not_there(self):
        self.make_state(with_email("crm-3", "bob@example.com", 3))
        result = self.call("duplicates", "--state", "state", "--tenant", "acne")
        self.assertEqual(result.returncode, 1)
        self.assertIn("did you mean acme?", result.stderr)


if __name__ == "__main__":
    unittest.main()
