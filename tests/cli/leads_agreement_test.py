#!/usr/bin/env python3
"""The output of `leads` and `lead` on random workloads, against leads.jsonl.   tests/cli/leads_agreement_test.py
BINARY"""

import csv
import io
import json
import random
import re
import unittest

from command_line import CommandLine

SEEDS = (1, 2)
TYPES = ("SENT DELIVERED OPEN OPEN OPEN CLICK REPLY BOUNCE UNSUBSCRIBE RESUBSCRIBE COMPLAINT PAGE_VISIT "
         "PAGE_VISIT CUSTOM RETRACT").split()
COUNTS = {"sent": "sends", "delivered": "deliveries", "open": "opens", "click": "clicks", "reply": "replies",
          "bounce": "bounces", "unsubscribe": "unsubscribes", "resubscribe": "resubscribes",
          "complaint": "complaints", "page_visit": "visits", "custom": "customs"}
LAST_TIMES = {"sent": "last_sent", "delivered": "last_delivered", "open": "last_opened", "click": "last_clicked",
              "reply": "last_replied", "bounce": "last_bounced", "unsubscribe": "last_unsubscribed",
              "resubscribe": "last_resubscribed", "complaint": "last_complained", "page_visit": "last_visited",
              "custom": "last_custom"}
SAME_NAME = ("seq score tier sendable stage status quality qualification segments lists tags campaigns").split()
ODD_TEXTS = ["", "=1", "-2", "a,b", "q\"uote", "two\nlines", "名前 \U0001f600", "\u0000\u001b\u2028", " 7 ",
             "2026-01-05"]


def make_event(rng, number):
    more = rng.choice([{}, {"machine": True}, {"name": "pricing"}, {"name": "home"}, {"messageId": "m1"}])
    return {"eventId": f"e{number % 900}", "type": rng.choice(TYPES), "retracts": f"e{rng.randrange(900)}",
            "occurredAt": f"2026-0{rng.randrange(1, 4)}-{rng.randrange(1, 29):02}T{rng.randrange(24):02}:00:00Z",
            **more}


def make_command(rng, number):
    action = rng.choice([
        {"updateProfile": {"set": {
            "Industry": rng.choice(["Technology", "TECHNOLOGY", "Retail"]),
            "Location": rng.choice(["USA", "usa", "Rome"]), "budget": rng.choice([3, "4.5", 9007199254740991]),
            "vip_status": rng.choice([True, "false"])}}},
        {"updateProfile": {"set": {
            "subscription_date": rng.choice(["2026-01-05", "2026-02-01T10:00:00+02:00"]),
            rng.choice(["score", "tenant", "own", "email"]): rng.choice([1, "x@y.example", [1, "=a"], {"b": None}]),
            rng.choice(["odd", "Odd Name"]): rng.choice(ODD_TEXTS)}, "unset": ["industry"]}},
        {"editTags": {"add": [rng.choice(ODD_TEXTS[1:]), "vip"]}}, {"editLists": {"add": [rng.choice("aBc")]}},
        {"editCampaigns": {"assign": ["spring"]}}, {"assignAgent": {"agentId": rng.choice(["kim", ""])}},
        {"setStage": {"stage": rng.choice(["NEW", "QUALIFIED", "LOST"])}}, {"setQualification": {"score": 81}},
        {"setDoNotContact": {"value": rng.choice([True, False])}}, {"addNote": {"text": rng.choice(ODD_TEXTS)}},
        {"recordConsent": {"purpose": "news", "granted": rng.choice([True, False])}}, {"erase": {}}])
    return {"commandId": f"k{number}", "issuedAt": f"2026-02-{rng.randrange(1, 29):02}T00:00:00Z", **action}


def make_records(seed, count):
    rng = random.Random(seed)
    leads = [f"lead{number}" for number in range(60)] + [f"l{number}@Example.com" for number in range(60)] + \
        [f"{text} {number}" for number, text in enumerate(ODD_TEXTS)]
    for number in range(count):
        who = {"tenantId": rng.choice(["acme", "b", "umbrella.x"]), "leadId": rng.choice(leads)}
        if rng.random() < 0.7:
            yield json.dumps({"event": {**who, **make_event(rng, number)}})
        else:
            yield json.dumps({"command": {**who, **make_command(rng, number)}})
    for number in range(60):  # some score high
        yield json.dumps({"event": {"tenantId": "acme", "leadId": f"fan{number % 4}", "eventId": f"f{number}",
                                    "type": "CLICK", "occurredAt": "2026-03-30T00:00:00Z"}})


def plain(value):
    """A cell of leads.jsonl as in CSV, without the escape against formulas."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list):
        return ";".join('"' + text.replace('"', '""') + '"' if re.search("^[\\s\"]|[,;]|\\s$", text, re.ASCII) else text
                        for text in map(plain, value))
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


class LeadsAgreement(CommandLine):
    def make_state(self, seed, partitions):
        self.write(f"{seed}.jsonl", "\n".join(make_records(seed, 4000)) + "\n")
        state = f"state{seed}-{partitions}"
        self.output_of("run", "--state", state, "--output", f"out{seed}-{partitions}", "--input", f"{seed}.jsonl",
                       "--definitions", "seed.yaml", "--partitions", str(partitions), "--quiet")
        lines = self.read(f"out{seed}-{partitions}/leads.jsonl").split("\n")[:-1]
        self.assertGreater(len(lines), 200, "too few leads to show anything")
        return state, [json.loads(line) for line in lines]

    def setUp(self):
        super().setUp()
        self.output_of("definitions", "init", "--template", "seed", "seed.yaml")

    def leads(self, state, *arguments):
        text = self.output_of("leads", "--state", state, "--format", "jsonl", *arguments)
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def check_row(self, row, line):
        self.assertEqual((row["tenant"], row["lead"]), (line["tenantId"], line["leadId"]))
        self.assertEqual((row["email_status"], row["do_not_contact"]), (line["emailStatus"], line["doNotContact"]))
        self.assertEqual({name: row[name] for name in SAME_NAME}, {name: line[name] for name in SAME_NAME})
        self.assertEqual(row.get("agent", ""), line["agent"])
        self.assertEqual(row["topics_out"], line["topicsOut"])
        self.assertEqual({kind: row[name] for kind, name in COUNTS.items()}, line["counts"])
        self.assertEqual({kind: row[name] for kind, name in LAST_TIMES.items() if name in row}, line["lastAt"])
        engaged = [line["lastAt"][kind] for kind in ("open", "click", "reply", "page_visit") if kind in line["lastAt"]]
        self.assertEqual(row.get("last_engaged"), max(engaged, default=None))
        stands_in = line["leadId"] if "@" in line["leadId"] else None
        self.assertEqual(row.get("email"), line["profile"].get("email", stands_in))
        fixed = {"tenant", "lead", "email", "email_status", "do_not_contact", "agent", "topics_out", "created",
                 "last_engaged", *SAME_NAME, *COUNTS.values(), *LAST_TIMES.values()}
        attributes = {name.removeprefix("profile."): row[name] for name in row if name not in fixed}
        self.assertEqual(attributes, {name: value for name, value in line["profile"].items() if name != "email"})

    def test_every_row_says_what_leads_jsonl_says(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                state, lines = self.make_state(seed, partitions=5)
                rows = self.leads(state, "--all")
                self.assertEqual(len(rows), len(lines))
                for row, line in zip(rows, lines):
                    self.check_row(row, line)
                by_tenant = [row for tenant in ("acme", "b", "umbrella.x")
                             for row in self.leads(state, "--all", "--tenant", tenant)]
                self.assertEqual(by_tenant, rows)
                self.assertEqual(self.leads(self.make_state(seed, partitions=1)[0], "--all"), rows)

    def test_lead_says_the_same(self):
        state, lines = self.make_state(SEEDS[0], partitions=3)
        rows = self.leads(state, "--all")
        for row, line in zip(rows[::9], lines[::9]):
            if "\0" in line["leadId"]:  # no program argument can have one
                continue
            lead = json.loads(self.output_of("lead", "--state", state, "--tenant", line["tenantId"], "--lead",
                                             line["leadId"]))
            for note in lead["notes"]:
                self.assertTrue(note.pop("commandId"))  # which the line does not have
            self.assertEqual({key: lead[key] for key in line}, line)
            self.assertEqual((lead["created"], lead["email"]), (row.get("created"), row.get("email")))
            # Counts the entries again.
            counted = [entry["type"] for entry in lead["events"] if not entry.get("machine")
                       and not entry.get("retracted") and entry["type"] != "retract"]
            self.assertEqual({kind: counted.count(kind) for kind in line["counts"]}, line["counts"])

    def test_where_returns_the_members_of_the_segment_with_that_rule(self):
        segments = re.findall(r"- id: (\S+)\n\s+name: .*\n\s+rule: '(.*)'", self.read("seed.yaml"))
        self.assertEqual(len(segments), 3)
        for seed in SEEDS:
            with self.subTest(seed=seed):
                state, lines = self.make_state(seed, partitions=4)
                for segment, rule in segments:
                    members = [(line["tenantId"], line["leadId"]) for line in lines if segment in line["segments"]]
                    self.assertGreater(len(members), 0, segment)
                    self.assertLess(len(members), len(lines), segment)
                    for where in (rule, f'IN SEGMENT "{segment}"', f"NOT NOT ({rule})"):
                        rows = self.leads(state, "--where", where)
                        self.assertEqual([(row["tenant"], row["lead"]) for row in rows], members, where)
                    rest = self.leads(state, "--where", f"NOT ({rule})")
                    self.assertEqual(len(rest), len(lines) - len(members))

    def test_csv_has_the_same_cells(self):
        state, _ = self.make_state(SEEDS[0], partitions=2)
        text = self.output_of("leads", "--state", state, "--all", "--format", "csv")
        header, *rows = csv.reader(io.StringIO(text, newline=""))
        expected = self.leads(state, "--all")
        self.assertEqual(len(rows), len(expected))
        for cells, row in zip(rows, expected):
            self.assertLessEqual(set(row), set(header))
            for name, cell in zip(header, cells, strict=True):
                # The call's text mode turns a CR into LF; no value of this workload has one.
                unguarded = re.sub(r"(^|;)'(?=[=+@-])", r"\1", cell)
                self.assertEqual(unguarded, plain(row.get(name)), name)

    def test_a_limit_gives_the_beginning_of_the_order(self):
        state, lines = self.make_state(SEEDS[1], partitions=3)
        rows = self.leads(state, "--all")
        for name in ("score", "opens", "last_opened", "created", "quality", "lead"):
            for direction in ("asc", "desc"):
                # Python's sort is stable in either direction, and the rows are in the order of tenant and lead.
                wanted = sorted((row for row in rows if name in row), key=lambda row, name=name: row[name],
                                reverse=direction == "desc")
                wanted += [row for row in rows if name not in row]
                found = self.leads(state, "--all", "--order", f"{name}:{direction}")
                self.assertEqual(found, wanted, (name, direction))
                for limit in (1, 7, len(lines) - 1, len(lines), len(lines) + 1) if name == "score" else (7,):
                    self.assertEqual(self.leads(state, "--all", "--order", f"{name}:{direction}", "--limit",
                                                str(limit)), wanted[:limit], (name, direction, limit))


if __name__ == "__main__":
    unittest.main()
