#!/usr/bin/env python3
"""Many leads share one address: a mailbox, a placeholder.   tests/hostile/addresses_test.py BINARY [--full]

The first 1,000 leads of an address are registered with its mailbox. Further leads cost what leads with their own
addresses cost, and delay nobody.
"""

import json

from hostile import Hostile, event, main, scale

# MiB. The process gets this, and a fifth more, because the allocator keeps freed memory.
MEMORY = 256
MOST = MEMORY * 6 // 5
REGISTERED = 1000


def sets_email(lead, address, at="2026-01-01T00:00:00Z"):
    return (f'{{"command":{{"tenantId":"acme","leadId":"{lead}","commandId":"email","issuedAt":"{at}",'
            f'"updateProfile":{{"set":{{"email":"{address}"}}}}}}}}\n').encode()


def unsubscribes(lead, event_id, at, address=""):
    return event(lead, event_id, at).replace(b'"OPEN"', f'"UNSUBSCRIBE","email":"{address}"'.encode())


class AddressesTest(Hostile):
    def tell(self, *arguments, **keywords):
        ended = self.run_job("--format", "json", "--memory-mib", str(MEMORY), *arguments, mib=MOST, **keywords)
        return json.loads(ended.output)

    def statuses(self, output):
        """The (email status, sendable) of each lead."""
        return {lead["leadId"]: (lead["emailStatus"], lead["sendable"]) for lead in self.lines(f"{output}/leads.jsonl")}

    def test_an_opt_out_reaches_a_thousand_users(self):
        leads = REGISTERED + 50
        users = [f"crm{number}" for number in range(REGISTERED)]
        beyond = [f"crm{number}" for number in range(REGISTERED, leads)]
        self.write("a.jsonl", (sets_email(lead, "Office@example.com") for lead in users + beyond))
        # The opt-out comes from the mailbox, a user, a lead beyond the limit, or a stranger: the address is the same.
        for sender in ("office@example.com", users[5], beyond[-1], "stranger"):
            with self.subTest(sender):
                output, state = f"out-{sender}", f"state-{sender}"
                told = self.tell("--input", "a.jsonl", output=output, state=state)
                self.assertEqual(told["tenants"][0]["leads"], leads)
                wanted = {lead: ("active", True) for lead in users} | {lead: ("active", False) for lead in beyond}
                self.assertEqual(self.statuses(output), wanted)
                address = "office@example.com" if sender == "stranger" else ""
                self.write("b.jsonl", unsubscribes(sender, "u1", "2026-01-02T00:00:00Z", address))
                told = self.tell("--input", "a.jsonl", "--input", "b.jsonl", output=output, state=state)
                # Only the first 1,000 are notified; a lead beyond has its own facts.
                wanted |= {lead: ("unsubscribed", False) for lead in [*users, sender] if "@" not in lead}
                self.assertEqual(self.statuses(output), wanted)
                is_stranger = sender == "stranger"
                self.assertEqual(told["changes"]["EMAIL_STATUS_CHANGED"], REGISTERED + (sender in beyond) + is_stranger)
                self.assertEqual(told["changes"]["SENDABLE_CHANGED"], REGISTERED + is_stranger)

    def test_a_placeholder_address(self):
        """The same records with distinct addresses, and with one address for all."""
        leads = scale(20_000, 100_000)
        for name, address in (("distinct", "none%d@example.com"), ("placeholder", "none@example.com")):
            def address_of(number, text=address):
                return text % number if "%d" in text else text
            self.write("a.jsonl", (sets_email(f"crm{number}", address_of(number)) for number in range(leads)))
            # Other leads come between and must not wait.
            self.write("b.jsonl", (line for number in range(leads) for line in (
                event(f"crm{number}"), event(f"good{number}"))))
            told = self.tell("--input", "a.jsonl", "--input", "b.jsonl", output=f"out-{name}", state=f"state-{name}",
                             case=f"{leads:,} leads, {name}")
            self.assertEqual(told["records"]["events"], 2 * leads)
            self.assertEqual(told["tenants"][0]["leads"], 2 * leads)
            sendable = sum(sendable for lead, (_, sendable) in self.statuses(f"out-{name}").items()
                           if lead.startswith("crm"))
            self.assertEqual(sendable, leads if name == "distinct" else REGISTERED)
            self.expect({}, range(leads), output=f"out-{name}")


if __name__ == "__main__":
    main()
