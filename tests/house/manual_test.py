#!/usr/bin/env python3
"""Makes the manual: every page is in it and in its contents, can be searched, and every link leads somewhere."""

import contextlib
import io
import json
import pathlib
import re
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import manual  # noqa: E402


class ManualTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        manual.FOLDER = pathlib.Path(scratch.name)
        cls.site = manual.FOLDER / "site"
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            cls.code = manual.main(["--check"])
        cls.said = said.getvalue()

    def test_every_link_leads_somewhere(self):
        self.assertEqual((self.code, self.said), (0, ""))

    def test_a_broken_link_is_found(self):
        page = self.site / "processor/rules/index.html"
        text = page.read_text(encoding="utf-8")
        try:
            page.write_text(text + '<a href="nowhere.html">x</a><a href="../../config/index.html#nothing">y</a>', encoding="utf-8")
            self.assertEqual(list(manual.broken_links(self.site)),
                             ["processor/rules/index.html: links to nowhere.html, which is not there",
                              "processor/rules/index.html: links to ../../config/index.html#nothing: there is no such heading"])
        finally:
            page.write_text(text, encoding="utf-8")

    def test_every_page_is_in_it_once(self):
        pages = manual.Pages(manual.project_files(ROOT))
        shown = re.findall(r'"([^"]+\.md)"', json.dumps(pages.navigation()))
        self.assertEqual(sorted(shown), sorted(map(manual.shown_path, pages.pages)))
        for page in shown:
            built = re.sub(r"(?:README)?\.md$", lambda end: "index.html" if end[0] == "README.md" else ".html", page)
            self.assertTrue((self.site / built).is_file(), built)

    def test_it_can_be_searched(self):
        index = json.loads((self.site / "search/search_index.json").read_text(encoding="utf-8"))
        found = {entry["location"].split("#")[0] for entry in index["docs"] if "LeadpulseClockAhead" in entry["text"]}
        self.assertIn("processor/kafka/RUNBOOK.html", found)

    def test_tables_and_code_are_shown_as_such(self):
        """What is a table or a block on a page is one on the site, too."""
        for page in manual.Pages(manual.project_files(ROOT)).pages:
            text = (ROOT / page).read_text(encoding="utf-8")
            built = manual.shown_path(page).replace("README.md", "index.html").replace(".md", ".html")
            shown = (self.site / built).read_text(encoding="utf-8")
            self.assertEqual(shown.count("<table>"), len(re.findall(r"^ *\|[ :|-]*-[ :|-]*\|$", text, re.M)), page)
            fenced = len(re.findall(r"^ *```", text, re.M)) // 2
            indented = len(re.findall(r"(?:^|\n\n)    [^ ]", re.sub(r"```.*?```", "", text, flags=re.S)))
            self.assertLessEqual(fenced, shown.count("<pre"), page)
            self.assertLessEqual(shown.count("<pre"), fenced + indented, page)


if __name__ == "__main__":
    unittest.main()
