#!/usr/bin/env python3
"""The HTML of reports, and the messages for errors.   tests/cli/report_page_test.py BINARY"""

import collections
import html.parser
import json
import unicodedata
import unittest

from report_case import SCRIPT, ReportCase


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


class ReportPage(ReportCase):
    # The page.

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

    # Errors.

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
        self.expect_full_disk_reported("report", "--state", "state")


if __name__ == "__main__":
    unittest.main()
