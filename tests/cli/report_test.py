#!/usr/bin/env python3
"""Reports, against leads.jsonl, changes.jsonl and the records.   tests/cli/report_test.py BINARY"""

import collections
import gzip
import json
import unittest

from command_line import command, event, with_email
from report_case import CAMPAIGNS, STAGES, ReportCase


class Report(ReportCase):
    # From the state.

    def test_counts_are_those_of_leads_jsonl(self):
        leads = self.lines("out/leads.jsonl")
        acme = self.report()["tenants"]["acme"]
        self.assertEqual((acme["leads"], acme["timeZone"], acme["history"]), (len(leads), "Europe/Berlin", None))
        self.assertIn("--changes", " ".join(acme["notes"]))
        without = sum("@" not in lead["leadId"] for lead in leads)
        self.assertEqual(acme["withAddress"], len(leads) - without)
        self.assertIn(f"{without} leads without an e-mail address", acme["notes"][0])
        stages = collections.Counter(lead["stage"] for lead in leads)
        self.assertEqual({name: stage["leads"] for name, stage in acme["stages"].items()},
                         {name: stages[name] for name in STAGES})
        for index, name in enumerate(STAGES[:7]):
            reached = [sum(stages[later] for later in STAGES[start:7]) for start in (index, index + 1)]
            self.assertEqual(acme["stages"][name]["reached"], reached[0])
            if index < 6 and reached[0]:
                self.assertAlmostEqual(acme["stages"][name]["conversionToNext"], reached[1] / reached[0], places=3)
        tiers = collections.Counter(lead["tier"] for lead in leads)
        self.assertEqual({name: count for name, count in acme["tiers"].items() if count}, tiers)
        segments = collections.Counter(segment for lead in leads for segment in lead["segments"])
        self.assertEqual({key: value["leads"] for key, value in acme["segments"].items() if value["leads"]}, segments)
        self.assertEqual(acme["emailStatus"], {status: sum(lead["emailStatus"] == status for lead in leads)
                                               for status in ("active", "bounced", "unsubscribed", "complained")})
        scores = [lead["score"] for lead in leads]
        self.assertEqual((acme["scores"]["min"], acme["scores"]["max"], acme["scores"]["median"]),
                         (min(scores), max(scores), sorted(scores)[(len(scores) - 1) // 2]))
        for bar in acme["scores"]["bars"]:
            low, high = bar["from"], bar["to"]
            self.assertEqual(bar["leads"], sum((low is None or score >= low) and (high is None or score < high)
                                               for score in scores), bar)

    def test_at_another_time(self):
        late = self.report("--at", "2026-06-01")
        rows = self.output_of("leads", "--state", "state", "--format", "jsonl", "--at", "2026-06-01", "--columns",
                              "tier,segments").splitlines()
        tiers = collections.Counter(json.loads(row)["tier"] for row in rows)
        self.assertEqual({name: count for name, count in late["tenants"]["acme"]["tiers"].items() if count}, tiers)
        self.assertEqual(late["tenants"]["acme"]["segments"]["recent"]["leads"], 0)
        self.assertEqual(late["at"], "2026-06-01T00:00:00Z")
        # The history from the changes still ends at the state's clock.
        history = self.report("--at", "2026-06-01", "--changes", "out/changes.jsonl")["tenants"]["acme"]["history"]
        self.assertEqual(history["leadsBeforeChanges"], 0)
        self.assertEqual(set(history["tiers"]["atBeginning"].values()), {0})

    def by_campaign(self):
        """What each lead did in each campaign, from the records alone: an erased lead starts again."""
        events, assigned = collections.defaultdict(dict), collections.defaultdict(set)
        retracted = collections.defaultdict(set)
        for record in self.records:
            body = next(iter(record.values()))
            lead = body["leadId"]
            if "erase" in body:
                for store in (events, assigned, retracted):
                    store.pop(lead, None)
            elif "editCampaigns" in body:
                assigned[lead].add(body["editCampaigns"]["assign"][0].casefold())
            elif body.get("type") == "RETRACT":
                retracted[lead].add(body["retracts"])
            elif "type" in body:
                events[lead][body["eventId"]] = body
        counts = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
        for lead, own in events.items():
            for event in own.values():
                if event["eventId"] in retracted[lead]:
                    continue
                kind, machine = event["type"], event.get("machine", False)
                measures = {"SENT": ["sent", "mailed"], "DELIVERED": ["delivered", "mailed"],
                            "OPEN": ["openedWithMachines"] + ["opened"] * (not machine),
                            "CLICK": ["clickedWithMachines"] + ["clicked"] * (not machine), "REPLY": ["replied"],
                            "BOUNCE": ["mailed", "bounced",
                                       "bouncedSoft" if event.get("bounceKind") == "SOFT" else "bouncedHard"],
                            "UNSUBSCRIBE": ["unsubscribed"], "COMPLAINT": ["complained"]}[kind]
                for measure in measures:
                    counts[event["campaignId"].casefold()][measure][lead] += 1
        return counts, assigned

    def check_rate(self, rate, part, whole):
        """There is no rate of mail that was not all reported."""
        if part > whole:
            self.assertIsNone(rate)
        else:
            self.assertAlmostEqual(rate, part / whole, places=3)

    def test_campaigns_are_those_of_the_records(self):
        acme = self.report()["tenants"]["acme"]
        counts, assigned = self.by_campaign()
        leads = {lead["leadId"]: lead for lead in self.lines("out/leads.jsonl")}
        self.assertEqual({name.casefold() for name in acme["campaigns"]},
                         {name.casefold().replace("\u202e", "") for name in CAMPAIGNS})
        counts = {name.replace("\u202e", ""): count for name, count in counts.items()}
        assigned = {lead: {name.replace("\u202e", "") for name in names} for lead, names in assigned.items()}
        reports = {**{name.casefold(): report for name, report in acme["campaigns"].items()},
                   "": acme["withoutCampaign"]}
        for name, report in reports.items():
            for measure in ("mailed", "sent", "delivered", "opened", "openedWithMachines", "clicked",
                            "clickedWithMachines", "replied", "bounced", "bouncedHard", "bouncedSoft", "unsubscribed",
                            "complained"):
                own = counts[name][measure]
                self.assertEqual(report[measure], {"leads": len(own), "events": sum(own.values())}, (name, measure))
            members = [lead for lead, campaigns in assigned.items() if name in campaigns]
            self.assertEqual(report["assigned"], len(members))
            self.assertEqual(report["assignedMailed"], sum(lead in counts[name]["mailed"] for lead in members))
            self.assertEqual(report["assignedNotBounced"],
                             sum("@" in lead and leads[lead]["emailStatus"] != "bounced" for lead in members))
            self.assertEqual(report["assignedSendable"],
                             sum("@" in lead and leads[lead]["sendable"] for lead in members))
            self.assertEqual(report["ratesOver"], "delivered")
            base = report["delivered"]["leads"]
            self.check_rate(report["rates"]["open"], report["opened"]["leads"], base)
            self.check_rate(report["rates"]["clickWithMachines"], report["clickedWithMachines"]["leads"], base)
            self.check_rate(report["rates"]["bounce"], report["bounced"]["leads"], report["mailed"]["leads"])

    def test_folded_events_are_told(self):
        self.write_records("b.jsonl", [event("l", f"e{number}", "SENT", f"2026-02-01T00:00:{number:02}Z", "bounded",
                                             campaignId="c") for number in range(9)])
        self.assertEqual(self.run_job("--input", "a.jsonl", "--input", "b.jsonl", "--definitions", "d.yaml",
                                      "--quiet").returncode, 0)
        tenant = self.report("--tenant", "bounded")["tenants"]["bounded"]
        self.assertEqual((tenant["folded"]["leads"], tenant["folded"]["events"]["sent"]), (1, 6))
        self.assertEqual(tenant["campaigns"]["c"]["sent"], {"leads": 1, "events": 3})
        self.assertEqual(tenant["campaigns"]["c"]["leadsWithFoldedEvents"], 1)
        self.assertIn("6 sent", " ".join(tenant["notes"]))
        self.assertEqual(list(self.report()["tenants"]), ["acme", "bounded"])

    def test_addresses_are_those_of_leads_jsonl(self):
        """Placeholders, shared addresses, mailboxes that are leads themselves, and opt-outs of either id."""
        users = [(f"none{number:04}", "none@example.com") for number in range(1003)]
        for number in range(12):  # one, two and three leads an address
            users += [(f"crm-{number}-{user}", f"p{number}@example.com") for user in range(1 + number % 3)]
        records = [with_email(*user, time="2026-02-20T00:00:00Z", tenant="crm") for user in users]
        records += [event(lead, f"e-{lead}", kind, "2026-02-20T00:00:01Z", "crm") for lead, kind in (
            ("p1@example.com", "UNSUBSCRIBE"), ("crm-2-0", "BOUNCE"), ("alone@example.com", "OPEN"), ("no-address", "OPEN"))]
        records.append(command("p4@example.com", "own", "2026-02-20T00:00:02Z", "crm", editTags={"add": ["vip"]}))
        self.write_records("b.jsonl", records)
        self.assertEqual(self.run_job("--input", "a.jsonl", "--input", "b.jsonl", "--definitions", "d.yaml",
                                      "--quiet").returncode, 0)
        leads = {lead["leadId"]: lead for lead in self.lines("out/leads.jsonl") if lead["tenantId"] == "crm"}
        by_address = collections.defaultdict(list)
        for lead in leads.values():
            address = lead["profile"].get("email", lead["leadId"])
            by_address[address].append(lead)
        refused = [lead for lead in by_address.pop("none@example.com") if not lead["sendable"]]
        self.assertEqual(len(refused), 3)
        shared = [lead for address, own in by_address.items() if "@" in address and len(own) > 1 for lead in own]
        self.assertIn("p4@example.com", [lead["leadId"] for lead in shared])
        crm = self.report("--tenant", "crm")["tenants"]["crm"]
        self.assertEqual(crm["leads"], len(leads))
        self.assertEqual((crm["sharedAddresses"], crm["sharingAddress"]),
                         (1 + sum(len(own) > 1 for address, own in by_address.items() if "@" in address),
                          1000 + len(shared)))
        self.assertEqual(crm["sharingSendable"], 1000 + sum(lead["sendable"] for lead in shared))
        self.assertLess(crm["sharingSendable"], crm["sharingAddress"] - 1)
        # Every used address is a mailbox without a lead of its own, except the one that got a command.
        self.assertEqual((crm["withoutRoom"], crm["hiddenMailboxes"]), (3, 12))
        duplicates = json.loads(self.output_of("duplicates", "--state", "state", "--tenant", "crm", "--json"))
        self.assertEqual((len(duplicates), sum(one["leads"] for one in duplicates),
                          sum(one["sendable"] for one in duplicates)),
                         (crm["sharedAddresses"], crm["sharingAddress"], crm["sharingSendable"]))
        text = self.output_of("report", "--state", "state", "--tenant", "crm")
        rows = [line.split() for line in text.splitlines()]
        own = crm["withAddress"] - crm["sharingAddress"] - crm["withoutRoom"]
        for row in (["address", "of", "their", "own", f"{own}"], ["no", "address", "1", "0"],
                    ["beyond", "1,000", "leads", "3", "0"],
                    ["shared", "address", f"{crm['sharingAddress']:,}", f"{crm['sharingSendable']:,}"]):
            self.assertTrue(any(line[:len(row)] == row for line in rows), row)
        page = self.output_of("report", "--state", "state", "--tenant", "crm", "--format", "html")
        self.assertIn(f"<td>{crm['sharingAddress']:,}</td><td>{crm['sharingSendable']:,}</td>", page)
        for shown in (text, page):
            self.assertIn("3 leads beyond the first 1,000 of an address", " ".join(shown.split()))

    def test_the_largest_tenants_are_told(self):
        self.write_records("many.jsonl", [event(f"l{lead}", "e", "SENT", "2026-02-01T00:00:00Z", f"t{number:03}")
                                          for number in range(130) for lead in range(2 if number % 3 == 0 else 1)])
        self.assertEqual(self.run_job("--input", "a.jsonl", "--input", "many.jsonl", "--definitions", "d.yaml",
                                      "--quiet").returncode, 0)
        report = self.report("--changes", "out/changes.jsonl")
        self.assertEqual((len(report["tenants"]), report["otherTenants"]), (50, 81))
        self.assertEqual(report["otherLeads"] + sum(tenant["leads"] for tenant in report["tenants"].values()),
                         len(self.lines("out/leads.jsonl")))
        self.assertTrue({f"t{number:03}" for number in range(0, 130, 3)} <= set(report["tenants"]))
        self.assertEqual(list(report["tenants"]), sorted(report["tenants"]))
        self.assertIn("81 more tenants with", self.output_of("report", "--state", "state"))

    # From the changes.

    def replay(self, until=None):
        """The tier, stage and segments of each lead after the changes before an instant."""
        leads = {}
        for change in self.lines("out/changes.jsonl"):
            if until is not None and change["at"] >= until:
                continue
            kind, key = change["kind"], change["leadId"]
            if kind == "LEAD_CREATED":
                leads[key] = {"tier": "cold", "stage": "new", "segments": set()}
            elif kind in ("LEAD_ERASED", "LEAD_MERGED"):
                leads.pop(key, None)
            elif kind in ("TIER_CHANGED", "STAGE_CHANGED"):
                leads[key][kind.split("_")[0].lower()] = change["to"]
            elif kind == "SEGMENT_ENTERED":
                leads[key]["segments"].add(change["name"])
            elif kind == "SEGMENT_LEFT":
                leads[key]["segments"].remove(change["name"])
        return leads

    def test_history_is_that_of_the_changes(self):
        start, end = "2026-01-20T00:00:00Z", "2026-02-10T00:00:00Z"
        for period in ((), (start, end)):
            options = ("--from", period[0], "--to", period[1]) if period else ()
            acme = self.report("--changes", "out/changes.jsonl", *options)["tenants"]["acme"]
            inside = [change for change in self.lines("out/changes.jsonl")
                      if not period or start <= change["at"] < end]
            history = acme["history"]
            self.assertEqual((history["changes"], history["leadsBeforeChanges"]), (len(inside), 0))
            moves = collections.Counter((change["from"], change["to"]) for change in inside
                                        if change["kind"] == "STAGE_CHANGED")
            self.assertGreater(len(moves), 5)
            self.assertEqual({(stage, to): count for stage, one in history["stages"].items()
                              for to, count in one["movesTo"].items()}, moves)
            before, after = (self.replay(start), self.replay(end)) if period else ({}, self.replay())
            for when, leads in (("atBeginning", before), ("atEnd", after)):
                stages = collections.Counter(lead["stage"] for lead in leads.values())
                self.assertEqual({name: one[when] for name, one in history["stages"].items()},
                                 {name: stages[name] for name in STAGES}, when)
                for segment in ("recent", "clickers"):
                    self.assertEqual(acme["segments"][segment]["flow"][when],
                                     sum(segment in lead["segments"] for lead in leads.values()))
            for name, one in history["stages"].items():
                on = sum(count for (stage, to), count in moves.items() if stage == name and
                         STAGES.index(name) < STAGES.index(to) < 7)
                there = one["atBeginning"] + one["entered"]
                self.assertEqual(one["movedOn"], on if name in STAGES[:6] else 0)
                if name in STAGES[:6] and there:
                    self.assertAlmostEqual(one["conversionRate"], on / there, places=3)
            self.assertEqual(acme["segments"]["recent"]["flow"]["entered"],
                             sum(change.get("name") == "recent" and change["kind"] == "SEGMENT_ENTERED"
                                 for change in inside))
            self.check_points(history["tiers"])

    def check_points(self, tiers):
        """Berlin is an hour ahead in winter: its day ends at 23:00."""
        self.assertGreater(len(tiers["points"]), 7)
        for point in tiers["points"][:-1]:
            leads = collections.Counter(lead["tier"] for lead in self.replay(f"{point['last']}T23:00:00Z").values())
            self.assertEqual({name: count for name, count in point["leads"].items() if count}, leads, point["last"])

    def test_changes_in_parts_and_compressed(self):
        whole = self.report("--changes", "out/changes.jsonl")
        lines = self.read("out/changes.jsonl").splitlines(keepends=True)
        self.write("one.jsonl", "".join(lines[:500]))
        with gzip.open(self.path("two.jsonl.gz"), "wt", encoding="utf-8") as file:
            file.write("".join(lines[500:]))
        parts = self.report("--changes", "one.jsonl", "two.jsonl.gz")
        self.assertEqual(parts["tenants"], whole["tenants"])
        rest = self.report("--changes", "two.jsonl.gz")["tenants"]["acme"]
        self.assertGreater(rest["history"]["leadsBeforeChanges"], 0)
        self.assertIn("older ones are missing", " ".join(rest["notes"]))
        self.assertEqual(rest["history"]["tiers"]["points"][-1]["leads"],
                         whole["tenants"]["acme"]["history"]["tiers"]["points"][-1]["leads"])


if __name__ == "__main__":
    unittest.main()
