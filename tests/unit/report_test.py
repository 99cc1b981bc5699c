#!/usr/bin/env python3
"""Reports, against what leads.jsonl, changes.jsonl and the records say.   tests/unit/report_test.py BINARY"""

import collections
import gzip
import html.parser
import json
import random
import subprocess
import unicodedata
import unittest

from command_line import BINARY, CommandLine

SCRIPT = "<script>alert(1)</script>"
HOSTILE = ["\"><img src=x onerror=alert(1)>", "' onload='x", "a&amp;b", "esc\u001b[31m\u202e", "名前\U0001f600",
           "</style></svg>" + SCRIPT, "=1+2"]
DEFINITIONS = f"""
tenants:
  acme:
    timezone: Europe/Berlin
    scoring:
      rules:
        - {{event: open, points: 3}}
        - {{event: click, points: 9, expires_after: 10d}}
        - {{event: bounce, bounce: hard, points: -20}}
    tiers: [{{name: hot, at_least: 20}}, {{name: "warm {SCRIPT}", at_least: 6}}, {{name: cold}}]
    lifecycle: {{engaged_on: [click, reply], soft_bounce_limit: 2}}
    segments:
      - {{id: recent, name: "Opened {SCRIPT}", rule: 'DID open IN LAST 7 days'}}
      - {{id: clickers, name: Clickers, rule: 'clicks > 1'}}
  bounded:
    tiers: [{{name: all}}]
    journal: {{max_entries: 3}}
"""
CAMPAIGNS = ["spring", "Autumn", *HOSTILE]
STAGES = ["new", "contacted", "engaged", "qualifying", "qualified", "follow_up", "converted", "lost", "archived"]
TYPES = ["SENT"] * 5 + ["DELIVERED"] * 4 + ["OPEN"] * 4 + ["CLICK"] * 2 + ["REPLY", "BOUNCE", "UNSUBSCRIBE", "COMPLAINT"]


def command(lead, number, when, **action):
    return {"command": {"tenantId": "acme", "leadId": lead, "commandId": f"c{number}", "issuedAt": when, **action}}


def make_records(seed=5, count=2500, leads=120):
    rng = random.Random(seed)
    records = []
    for number in range(count):
        day, second = divmod(number * 50 * 86400 // count, 86400)
        month, day = (1, day + 1) if day < 31 else (2, day - 30)
        when = f"2026-{month:02}-{day:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
        lead = f"lead{rng.randrange(leads)}" + ("@example.com" if rng.random() < 0.5 else "")
        chance = rng.random()
        if chance < 0.04:
            records.append(command(lead, number, when, setStage={"stage": rng.choice(STAGES).upper()}))
        elif chance < 0.10:
            records.append(command(lead, number, when, editCampaigns={"assign": [rng.choice(CAMPAIGNS).upper()]}))
        elif chance < 0.11:
            records.append(command(lead, number, when, erase={}))
        else:
            event = {"tenantId": "acme", "leadId": lead, "eventId": f"e{number}", "type": rng.choice(TYPES),
                     "occurredAt": when, "campaignId": rng.choice([*CAMPAIGNS, "", "AUTUMN"])}
            if event["type"] == "BOUNCE" and rng.random() < 0.5:
                event["bounceKind"] = "SOFT"
            if event["type"] in ("OPEN", "CLICK") and rng.random() < 0.3:
                event["machine"] = True
            records.append({"event": event})
            if rng.random() < 0.05:
                records.append({"event": {**event, "eventId": f"r{number}", "type": "RETRACT", "machine": False,
                                          "retracts": event["eventId"]}})
    return records


class Page(html.parser.HTMLParser):
    """The elements, texts and tables of a page."""

    VOID = {"meta", "rect", "line", "polygon", "br", "img", "link"}

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.tables, self.texts = collections.Counter(), [], [], {}, []
        self.caption, self.row = "", []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += [name for name, _ in attrs]
        if tag not in self.VOID or tag in ("rect", "line", "polygon"):
            self.open.append(tag)
        if tag == "caption":
            self.caption = ""
        if tag == "tr":
            self.row = []
        if tag in ("th", "td"):
            self.row.append("")

    def handle_startendtag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += [name for name, _ in attrs]

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (self.open, tag, self.getpos())
        self.open.pop()
        if tag == "tr":
            self.tables.setdefault(self.caption, []).append(self.row)

    def handle_data(self, data):
        if "caption" in self.open:
            self.caption += data
        elif "tr" in self.open and self.row:
            self.row[-1] += data
        self.texts.append(data)


class Report(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("d.yaml", DEFINITIONS)
        self.records = make_records()
        self.write("a.jsonl", "".join(json.dumps(record) + "\n" for record in self.records))
        result = self.run_job("--input", "a.jsonl", "--definitions", "d.yaml", "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)

    def lines(self, name):
        return [json.loads(line) for line in self.read(name).splitlines()]

    def report(self, *arguments):
        result = self.call("report", "--state", "state", "--format", "json", *arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return json.loads(result.stdout)

    def fails(self, code, part, *arguments):
        result = self.call("report", "--state", "state", *arguments)
        self.assertEqual((result.returncode, result.stdout), (code, ""), result.stderr)
        self.assertIn(part, result.stderr)

    # From the state.

    def test_counts_are_those_of_leads_jsonl(self):
        leads = self.lines("out/leads.jsonl")
        acme = self.report()["tenants"]["acme"]
        self.assertEqual((acme["leads"], acme["timeZone"], acme["history"]), (len(leads), "Europe/Berlin", None))
        self.assertIn("--changes", acme["notes"][0])
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
        # What the changes tell ends at the state's clock all the same.
        history = self.report("--at", "2026-06-01", "--changes", "out/changes.jsonl")["tenants"]["acme"]["history"]
        self.assertEqual(history["leadsBeforeChanges"], 0)
        self.assertEqual(set(history["tiers"]["atBeginning"].values()), {0})

    def by_campaign(self):
        """What each lead did in each campaign, from the records alone: erased leads begin anew."""
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

    def test_campaigns_are_those_of_the_records(self):
        acme = self.report()["tenants"]["acme"]
        counts, assigned = self.by_campaign()
        leads = {lead["leadId"]: lead for lead in self.lines("out/leads.jsonl")}
        self.assertEqual({name.casefold() for name in acme["campaigns"]}, {name.casefold() for name in CAMPAIGNS})
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
            self.assertAlmostEqual(report["rates"]["open"], report["opened"]["leads"] / base, places=3)
            self.assertAlmostEqual(report["rates"]["clickWithMachines"],
                                   report["clickedWithMachines"]["leads"] / base, places=3)
            self.assertAlmostEqual(report["rates"]["bounce"],
                                   report["bounced"]["leads"] / report["mailed"]["leads"], places=3)

    def test_folded_events_are_told(self):
        lines = [{"event": {"tenantId": "bounded", "leadId": "l", "eventId": f"e{number}", "type": "SENT",
                            "occurredAt": f"2026-02-01T00:00:{number:02}Z", "campaignId": "c"}} for number in range(9)]
        self.write("b.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        self.assertEqual(self.run_job("--input", "a.jsonl", "--input", "b.jsonl", "--definitions", "d.yaml",
                                      "--quiet").returncode, 0)
        tenant = self.report("--tenant", "bounded")["tenants"]["bounded"]
        self.assertEqual((tenant["folded"]["leads"], tenant["folded"]["events"]["sent"]), (1, 6))
        self.assertEqual(tenant["campaigns"]["c"]["sent"], {"leads": 1, "events": 3})
        self.assertEqual(tenant["campaigns"]["c"]["leadsWithFoldedEvents"], 1)
        self.assertIn("6 sent", tenant["notes"][1])
        self.assertEqual(list(self.report()["tenants"]), ["acme", "bounded"])

    # From the changes.

    def replay(self, until=None):
        """Where each lead is after the changes before an instant: tier, stage, segments."""
        leads = {}
        for change in self.lines("out/changes.jsonl"):
            if until is not None and change["at"] >= until:
                continue
            kind, key = change["kind"], change["leadId"]
            if kind == "LEAD_CREATED":
                leads[key] = {"tier": "cold", "stage": "new", "segments": set()}
            elif kind == "LEAD_ERASED":
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

    # How it looks.

    def test_the_page(self):
        text = self.output_of("report", "--state", "state", "--changes", "out/changes.jsonl", "--format", "html")
        page = Page(text)
        self.assertEqual(page.open, [])
        self.assertFalse(set(page.tags) & {"script", "img", "link", "iframe", "object", "form"}, page.tags)
        self.assertFalse([name for name in page.attributes if name.startswith("on") or name in ("src", "xlink:href")])
        for wrong in ("http://", "https://", "url(", "@import", "\u001b", "\u202e", SCRIPT):
            self.assertNotIn(wrong, text)
        self.assertEqual(page.tags["svg"], page.tags["desc"])
        self.assertGreaterEqual(page.tags["svg"], 5)
        acme = self.report("--changes", "out/changes.jsonl")["tenants"]["acme"]
        stages = {row[0]: row[1] for row in page.tables["Leads by stage"]}
        self.assertEqual(stages["follow-up"], str(acme["stages"]["follow_up"]["leads"]))
        self.assertEqual(stages["engaged"], str(acme["stages"]["engaged"]["leads"]))
        campaigns = {row[0].lower(): row for name, rows in page.tables.items() if name.startswith("Campaigns: leads")
                     for row in rows}
        spring = next(one for name, one in acme["campaigns"].items() if name.lower() == "spring")
        self.assertEqual(campaigns["spring"][1:4], [str(spring["assigned"]), str(spring["assignedMailed"]),
                                                    str(spring["assignedNotBounced"])])
        for name in ("\"><img src=x onerror=alert(1)>", "</style></svg>" + SCRIPT, "a&amp;b"):
            self.assertIn(name.lower(), campaigns)
        self.assertIn(f"recent Opened {SCRIPT}", [row[0] for row in page.tables["Segments, the largest first"]])

    def test_the_table(self):
        for arguments in ((), ("--changes", "out/changes.jsonl")):
            text = self.output_of("report", "--state", "state", *arguments)
            for line in text.splitlines():
                width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
                self.assertLessEqual(width, 80, line)
            self.assertNotIn("\u001b", text)
            self.assertIn("█", text)
            for title in ("Pipeline", "Tiers", "Segments", "Campaigns, rates", "Scores", "What the numbers mean"):
                self.assertIn(title, text)
        self.assertIn("Moves", text)

    # What goes wrong.

    def test_what_goes_wrong_is_said(self):
        self.fails(2, "--from and --to choose among changes", "--from", "2026-01-01")
        self.fails(2, "--from must be before --to", "--changes", "x", "--from", "2026-01-02", "--to", "2026-01-02")
        self.fails(2, "--to soon is no time", "--changes", "x", "--to", "soon")
        self.fails(2, "--at soon is no time", "--at", "soon")
        self.fails(2, "they must be files", "--changes", "-")
        self.fails(2, "--format", "--format", "pdf")
        self.fails(1, "none.jsonl: there is no such file", "--changes", "none.jsonl")
        self.fails(1, "did you mean acme?", "--tenant", "acmee")
        self.write("broken.jsonl", self.read("out/changes.jsonl") + "{\"tenantId\":\"acme\",\n")
        count = len(self.lines("out/changes.jsonl"))
        self.fails(1, f"changes broken.jsonl, line {count + 1}: this is no change: it is not JSON", "--changes",
                   "out/changes.jsonl", "broken.jsonl")
        self.write("stage.jsonl", json.dumps({"tenantId": "acme", "leadId": "l", "at": "2026-01-01T00:00:00Z",
                                              "kind": "STAGE_CHANGED", "from": "new", "to": "newer"}))
        self.fails(1, "stage.jsonl, line 1: this is no change: it is of a stage that does not exist", "--changes",
                   "stage.jsonl")
        self.assertEqual(self.report("--tenant", "bounded")["tenants"], {})
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([BINARY, "report", "--state", "state"], cwd=self.folder, stdout=full,
                                    stderr=subprocess.PIPE, text=True, timeout=300, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("standard output cannot be written", result.stderr)


if __name__ == "__main__":
    unittest.main()
