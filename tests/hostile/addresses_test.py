#!/usr/bin/env python3
"""Many leads share one address: a mailbox, a placeholder.   tests/hostile/addresses_test.py BINARY [--full]

The first 1,000 leads of an address are registered with its mailbox. Further leads cost what leads with their own
addresses cost, and delay nobody. What one record causes for other leads is bounded in bytes, like everything else.
"""

import json
import resource

from hostile import FULL, GIB, Hostile, event, main, scale

# MiB. The process gets this, and a fifth more, because the allocator keeps freed memory.
MEMORY = 256
MOST = MEMORY * 6 // 5
REGISTERED = 1000
# MiB, for the shapes of AmplificationTest, which take gigabytes where something is not bounded.
AMPLE = 300


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


# ---- Shapes in which a small record causes much for other leads: (records before, records that cause it, definitions) ----

DAY = "2026-01-%02dT00:00:%02dZ"


def users_of(addresses, leads, name="user"):
    return (sets_email(f"{name}{number}-{lead}", f"box{number}@example.com")
            for lead in range(leads) for number in range(addresses))


def command(lead, command_id, action, at=DAY % (2, 0), of="leadId"):
    return (f'{{"command":{{"tenantId":"acme","{of}":"{lead}","commandId":"{command_id}","issuedAt":"{at}",'
            f'{action}}}}}\n').encode()


def by_address(number, *arguments):
    return command(f"box{number}@example.com", *arguments, of="email")


def opt_outs(addresses, topics, leads):
    """UNSUBSCRIBEs of long topics, or of everything."""
    def opt_out(number, count, extra):
        return event(f"box{number}@example.com", f"u{count}", DAY % (2, count % 60), extra).replace(b"OPEN", b"UNSUBSCRIBE")
    extras = [f',"topic":"{topic:0>128}"' for topic in range(topics)] or [""] * 8
    return (users_of(addresses, leads),
            [opt_out(number, count, extra) for count, extra in enumerate(extras) for number in range(addresses)], None)


def own_opt_outs(leads):
    """Users who have opted out of a topic each, so that each has another standing, and an opt-out for all."""
    own = (event(f"user0-{lead}", f"o{lead}", DAY % (1, 0), f',"email":"box0@example.com","topic":"{lead % 400:0>128}"')
           .replace(b"OPEN", b"UNSUBSCRIBE") for lead in range(leads))
    return [*own, *users_of(1, leads)], [unsubscribes("box0@example.com", "u", DAY % (3, 0))], None


def consents(addresses, records, leads):
    text = "t" * 1000
    action = '"recordConsent":{"purpose":"%s%d","granted":false,"source":"%s"}'
    return (users_of(addresses, leads),
            [by_address(number, f"c{record}", action % (text, record, text))
             for record in range(records) for number in range(addresses)], None)


def large_profiles(leads):
    """Users of one mailbox with profiles of almost half a mebibyte, and one opt-out."""
    values = ",".join(f'"a{number}":"{"x" * 8000}"' for number in range(60))
    fill = (command(f"user0-{lead}", "fill", f'"updateProfile":{{"set":{{{values}}}}}') for lead in range(leads))
    return [*users_of(1, leads), *fill], [unsubscribes("box0@example.com", "u", DAY % (3, 0))], None


def journals(addresses, leads, entries):
    """Mailboxes with large journals that leads begin to use."""
    text = "s" * 1000
    sent = (event(f"box{number}@example.com", f"e{entry}", DAY % (1, entry % 60),
                  f',"campaignId":"c{entry}{text}","messageId":"m{entry}{text}","name":"n{entry}{text}"')
            for number in range(addresses) for entry in range(entries))
    return sent, list(users_of(addresses, leads)), None


def erasures(addresses, leads):
    return (users_of(addresses, leads),
            [by_address(number, "gone", '"erase":{"suppress":true}') for number in range(addresses)], None)


def chains(length, leads):
    """Each lead has the address of the next one, and many have that of the first."""
    links = [sets_email(f"box{number}@example.com", f"box{number + 1}@example.com") for number in range(length)]
    return ([*users_of(length, leads), *links],
            [unsubscribes(f"box{number}@example.com", "u", DAY % (2, 0)) for number in range(length)], None)


SHARING = 'tenants: {"*": {identity: {by_email: %s}, tiers: [{name: all}]}}'


def rollout(shape):
    """The same leads, which begin to share addresses by other definitions."""
    before, cause, _ = shape
    return [*before, *cause], [], (SHARING % "false", SHARING % "true")


def shapes():
    more = scale(1, 4)
    yield "topics", opt_outs(16, 25 * more, 1000)
    yield "own opt-outs", own_opt_outs(1000)
    yield "consents", consents(1, 10 * more, 1000)
    yield "profiles", large_profiles(250 * more)
    yield "journals", journals(12 * more, 8, 1000)
    yield "erasures", erasures(200, 10)
    yield "chains", chains(100 * more, 100)
    yield "rollout of topics", rollout(opt_outs(4 * more, 100, 1000))
    if FULL:  # like "topics" and "journals", but dear
        yield "opt-outs", opt_outs(64 * more, 0, 1000)
        yield "rollout of journals", rollout(journals(12 * more, 8, 1000))


class AmplificationTest(Hostile):
    def test_memory_is_bounded(self):
        for name, (before, cause, definitions) in shapes():
            with self.subTest(name):
                self.write("a.jsonl", before)
                self.write("b.jsonl", cause)
                for text, inputs in zip(definitions or (None, None), (["a.jsonl"], ["a.jsonl", "b.jsonl"])):
                    if text:
                        self.write("definitions.yaml", text.encode())
                    self.run_job("--memory-mib", str(AMPLE), *(["--definitions", "definitions.yaml"] if text else []),
                                 *(argument for file in inputs for argument in ("--input", file)), mib=AMPLE * 6 // 5,
                                 case=f"{name}, {len(inputs)}. run", state=f"state {name}", output=f"out {name}",
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (4 * GIB, 4 * GIB)))
                self.expect({}, output=f"out {name}")


if __name__ == "__main__":
    main()
