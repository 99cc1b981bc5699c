#!/usr/bin/env python3
"""Many leads, many tenants, much about one lead.   tests/hostile/volume_test.py BINARY [--full]

The limits of the journal and the profile bound the memory of one lead; --memory-mib bounds that of all leads: the rest
is on the disk. The work for a record does not grow with the number of records before it.
"""

import itertools
import json

from hostile import BASE, Hostile, event, main, scale

# MiB. The process gets this, and a fifth more, because the allocator keeps freed memory.
MEMORY = 192
MANY_LEADS = MEMORY * 6 // 5


def command(number, action, at="2026-01-01T00:00:00Z", lead="good1"):
    return (f'{{"command":{{"tenantId":"acme","leadId":"{lead}","commandId":"c{number}","issuedAt":"{at}",{action}}}}}\n'
            ).encode()


class VolumeTest(Hostile):
    def tell(self, *arguments, **keywords):
        ended = self.run_job("--format", "json", "--memory-mib", str(MEMORY), "--input", "a.jsonl", *arguments, **keywords)
        return json.loads(ended.output), ended

    def test_distinct_leads(self):
        """Twice as many leads cost the same for each."""
        half = scale(70_000, 5_000_000)
        work = []
        for part, name in enumerate(("a.jsonl", "b.jsonl")):
            self.write(name, (event(f"lead-{i}@example.com") for i in range(part * half, (part + 1) * half)))
            inputs = ["--input", "b.jsonl"] if part else []
            told, ended = self.tell(*inputs, mib=MANY_LEADS, case=f"{half * (part + 1):,} leads", seconds=scale(600, 3600))
            self.assertEqual(told["records"]["events"], half)
            self.assertEqual(told["tenants"][0]["leads"], half * (part + 1))
            work.append(ended.work)
        # The second run also recognises the first input, writes all leads, and merges what exists.
        self.assertLess(work[1], 6 * work[0], "the cost of a lead grows with their number")

    def test_many_events_of_one_lead(self):
        count = scale(20_000, 1_000_000)
        day = 24 * 3600 * 1000
        def at(millis):
            return f"2026-01-{1 + millis // day:02}T{millis // 3600000 % 24:02}:{millis // 60000 % 60:02}:" \
                   f"{millis // 1000 % 60:02}.{millis % 1000:03}Z"
        for name, events, held in (
                ("ascending", (event("good1", f"e{i}", at(i)) for i in range(count)), count),
                # 1,000 stored, one folded
                ("descending", (event("good1", f"e{i}", at(count - i)) for i in range(count)), 1001),
                ("one millisecond", (event("good1", f"e{i:07}") for i in range(count)), count),
                ("one id", (event("good1", "e", at(i)) for i in range(count)), 1),
                ("retracts", (event("good1", f"e{i}", at(i), ',"retracts":"e%d"' % (i // 2)).replace(
                    b'"OPEN"', b'"RETRACT"' if i % 2 else b'"OPEN"') for i in range(count)), None)):
            with self.subTest(name):
                self.write("a.jsonl", events)
                ended, _ = self.tell(state="s" + name, output="o" + name, case=f"{count:,} events, {name}")
                told = ended["records"]
                self.assertEqual(told["events"] + told["duplicates"] + told["droppedFolded"], count)
                lead = next(self.lines(f"o{name}/leads.jsonl"))
                if held is not None:
                    self.assertEqual(lead["counts"]["open"], held)

    def test_small_events_of_large_leads(self):
        """Bytes bound what a batch of records loads, not the number of leads."""
        leads = scale(360, 1500)
        attributes = b",".join(b'"f%d":"%s"' % (i, b"x" * 8000) for i in range(55))
        self.write("a.jsonl", (b'{"command":{"tenantId":"acme","leadId":"large%d","commandId":"c","issuedAt":'
                               b'"2026-01-01T00:00:00Z","updateProfile":{"set":{%s}}}}\n' % (i, attributes)
                               for i in range(leads)))
        self.tell(mib=MANY_LEADS, case=f"{leads} leads of 440 KB")
        self.write("b.jsonl", (event(f"large{i}", f"e{n}") for n in range(2) for i in range(leads)))
        told, _ = self.tell("--input", "b.jsonl", mib=MANY_LEADS, case=f"{2 * leads} events of {leads} leads of 440 KB")
        self.assertEqual(told["records"]["events"], 2 * leads)
        # Duplicates change nothing, but their leads are loaded all the same.
        self.write("c.jsonl", (event(f"large{i}", "e0") for i in range(leads)))
        told, _ = self.tell("--input", "b.jsonl", "--input", "c.jsonl", mib=MANY_LEADS, case=f"{leads} duplicates")
        self.assertEqual(told["records"]["duplicates"], leads)

    def test_a_journal_of_a_million(self):
        """A tenant may set this limit; each event then visits all entries."""
        count = scale(4_000, 40_000)
        self.write("d.yaml", b'tenants: {"*": {tiers: [{name: all}], journal: {max_entries: 1000000}, '
                   b'scoring: {rules: [{event: open, points: 1}]}}}')
        self.write("a.jsonl", (event("good1", f"e{i}") for i in range(count)))
        self.tell("--definitions", "d.yaml", mib=MANY_LEADS)
        self.expect({}, [1], events=count)

    def test_many_commands_of_one_lead(self):
        count = scale(20_000, 1_000_000)
        actions = ('"addNote":{"text":"%s"}' % ("n" * 8000), '"editTags":{"add":["t%d"]}', '"editTags":{"remove":["t%d"]}',
                   '"updateProfile":{"set":{"a%d":"x"}}', '"setStage":{"stage":"NEW"}',
                   '"recordConsent":{"purpose":"p","granted":true}', '"erase":{}')
        self.write("a.jsonl", (command(i, (actions[i % 6] if i % 5000 != 4999 else actions[6]).replace(
            "%d", str(i % 300)), f"2026-01-{1 + i * 28 // count:02}T{i % 24:02}:{i // 60 % 60:02}:{i % 60:02}Z")
            for i in range(count)))
        ended, _ = self.tell()
        self.assertEqual(sum(ended["records"][key] for key in ("commands", "duplicates", "droppedErased")), count)

    def test_names_of_what_was_updated(self):
        """LEAD_UPDATED has the names that its command has: 400 KB each, and more changes wait than the memory holds."""
        leads, rounds = 40, scale(3, 60)
        names = [f"n{number:03}" + "x" * 990 for number in range(400)]
        self.write("d.yaml", b'tenants: {"*": {publish_updates: true, tiers: [{name: all}]}}')
        self.write("a.jsonl", (command(turn, '"updateProfile":{"set":{%s}}' % ",".join(f'"{name}":{turn}' for name in names),
                                       lead=f"good{number}") for turn in range(rounds) for number in range(leads)))
        ended, _ = self.tell("--definitions", "d.yaml", mib=MANY_LEADS)
        self.assertEqual(ended["changes"]["LEAD_UPDATED"], leads * rounds)
        for change in self.lines("out/changes.jsonl"):
            if change["kind"] == "LEAD_UPDATED":
                self.assertEqual(change["updated"], names)

    def test_large_leads(self):
        """Each lead has 300 KiB of attributes: leads are loaded, re-evaluated, fired and written a few at a time."""
        leads, size = scale(720, 6000), 40
        attributes = ",".join(f'"a{i}":"{"x" * 7600}"' for i in range(size))
        self.write("d.yaml", b'tenants: {"*": {tiers: [{name: all}], '
                   b'segments: [{id: s, rule: "DID open IN LAST 1 day"}, {id: t, rule: "a1 IS SET"}]}}')
        self.write("a.jsonl", itertools.chain.from_iterable(
            (event(f"good{i}"), command(1, f'"updateProfile":{{"set":{{{attributes}}}}}', lead=f"good{i}"))
            for i in range(leads)))
        most = MANY_LEADS + 100
        self.tell("--definitions", "d.yaml", "--until", "2026-02-01", mib=most)
        self.expect({}, range(leads))
        self.write("d.yaml", b'tenants: {"*": {tiers: [{name: all}], segments: [{id: u, rule: "a1 IS SET"}]}}')
        ended, _ = self.tell("--definitions", "d.yaml", mib=most, case="large leads, other definitions")
        self.assertEqual(ended["reevaluated"], leads)

    def test_many_tenants(self):
        tenants = scale(5_000, 100_000)
        segments = scale(2_000, 10_000)
        self.write("d.yaml", ('tenants: {"*": {tiers: [{name: all}], segments: [' + ",".join(
            f"{{id: a-segment-with-a-name-{i}, rule: opens >= 2}}" for i in range(segments)) + "]}}").encode())
        self.write("a.jsonl", (event("good1").replace(b'"acme"', b'"tenant-%d"' % i) for i in range(tenants)))
        # MiB: a million counts for the summary take about 100, and as many again as text.
        ended, _ = self.tell("--definitions", "d.yaml", mib=MEMORY + 400)
        self.assertEqual(len(ended["tenants"]), min(tenants, 1000))
        self.assertEqual(sum(tenant["leads"] for tenant in ended["tenants"]) + ended["others"]["leads"], tenants)
        self.assertEqual(sum(1 for _ in self.lines("out/leads.jsonl")), tenants)

    def test_leads_that_enter_every_segment(self):
        """10,000 changes for each lead: they leave the memory in the middle of a batch. All leads are in one epoch."""
        leads = scale(60, 1500)
        self.write("d.yaml", ('tenants: {"*": {tiers: [{name: all}], segments: [' + ",".join(
            f"{{id: s{i}, rule: opens >= 1}}" for i in range(10_000)) + "]}}").encode())
        self.write("a.jsonl", (event(f"good{i}") for i in range(leads)))
        ended, _ = self.tell("--definitions", "d.yaml", mib=MEMORY + scale(60, 440))
        self.assertEqual(ended["changes"]["SEGMENT_ENTERED"], leads * 10_000)
        with open(self.path("out/changes.jsonl"), "rb") as file:
            self.assertEqual(sum(1 for _ in file), leads * 10_002)

    def test_scattered_partitions(self):
        """1,024 partitions, each with cache, buffers and timers of its own."""
        count = scale(20_000, 1_000_000)
        self.write("a.jsonl", (event(f"good{i % 5000}", f"e{i}") for i in range(count)))
        self.tell("--partitions", "1024", "--until", "2026-06-01", mib=MANY_LEADS)
        self.expect({}, range(5000), events=count // 5000)


if __name__ == "__main__":
    main()
