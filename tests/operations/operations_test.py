#!/usr/bin/env python3
"""Alert rules and dashboard against the program's metrics.   tests/operations/operations_test.py

Needs PyYAML, Debian's python3-yaml. promtool, from Debian's package prometheus, tests the results of the rules
(alerts_test.yaml), if it is installed.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import yaml
except ImportError as missing:
    sys.exit(f"{sys.executable}: {missing}; `tools/dev setup kafka` installs what this test needs. Then configure again")

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPERATIONS = ROOT / "tools/operations"
HERE = pathlib.Path(__file__).resolve().parent

# Functions of a counter's growth or its first value: they are wrong for gauges, and counters need one of them.
KINDS = {"kCounter": "Counter", "kGauge": "Gauge", "&": "Histogram", "durations": "Histogram"}
OF_COUNTERS = ("rate", "increase", "resets", "min_over_time")


def metrics():
    """Name and type of every metric, from the sources that name them: rows of tables, and calls of Add."""
    found, former = [], set()
    for path in sorted(path for top in ("processor", "tools") for path in (ROOT / top).rglob("*metrics*.cc")):
        source = path.read_text(encoding="utf-8")
        rows = re.findall(r'\{"((?:leadpulse|process)_\w+)",\s*k(Counter|Gauge|Histogram)\b', source)
        calls = re.findall(r'"(leadpulse_\w+)",\s*"[^"]+",\s*(kCounter|kGauge|&|durations)', source)
        assert len(rows) + len(calls) == len(re.findall(r'"(?:leadpulse|process)_', source)), (path, rows, calls)
        found += rows + [(name, KINDS[kind]) for name, kind in calls]
        former |= set(re.findall(r'"(leadpulse_\w+)",[^"]*"The former name of ', source))
    # Some counters of the receiver are the same for files and topics.
    assert len(set(found)) == len(dict(found)) >= 90, found
    return {name: kind for name, kind in dict(found).items() if name not in former}


def name_of(series):
    """The metric of a series: a histogram has three."""
    return re.sub("_(bucket|sum|count)$", "", series)


def names_in(expression):
    return re.findall(r"\b(?:leadpulse|process)_\w+", expression)


class OperationsTest(unittest.TestCase):
    def check_expression(self, expression, where):
        known = metrics()
        self.assertEqual(expression.count("("), expression.count(")"), where)
        self.assertTrue(names_in(expression) or re.search(r"\bup\b", expression), where)
        for name in names_in(expression):
            self.assertIn(name_of(name), known, where)
            self.assertEqual(known[name_of(name)] == "Histogram", name != name_of(name), where)
        in_functions = re.findall(
            rf"\b(?:{'|'.join(OF_COUNTERS)})\(\s*((?:leadpulse|process)_\w+)(?:\{{[^}}]*\}})?\[", expression)
        counters = [name for name in names_in(expression) if known[name_of(name)] != "Gauge"]
        self.assertEqual(sorted(in_functions), sorted(counters), where)


class Alerts(OperationsTest):
    def setUp(self):
        groups = yaml.safe_load((OPERATIONS / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
        self.assertEqual(len({group["name"] for group in groups}), len(groups))
        self.rules = [rule for group in groups for rule in group["rules"]]

    def test_each_is_whole(self):
        self.assertEqual(len({rule["alert"] for rule in self.rules}), len(self.rules))
        for rule in self.rules:
            self.assertLessEqual(set(rule), {"alert", "expr", "for", "labels", "annotations"}, rule["alert"])
            self.assertRegex(rule["alert"], "^Leadpulse[A-Z][A-Za-z]+$")
            if "for" in rule:
                self.assertRegex(rule["for"], "^[0-9]+[mh]$", rule["alert"])
            self.assertIn(rule["labels"]["severity"], ("page", "ticket"), rule["alert"])
            self.assertEqual(set(rule["annotations"]), {"summary", "description", "runbook_url"}, rule["alert"])

    def test_their_links_lead_to_the_runbook(self):
        for rule in self.rules:
            url, anchor = rule["annotations"]["runbook_url"].split("#")
            page = ROOT / url.removeprefix("file:///usr/share/doc/leadpulse/")
            self.assertEqual(anchor, rule["alert"].lower())
            self.assertIn(f'<a id="{anchor}"></a>`{rule["alert"]}`', page.read_text(encoding="utf-8"))

    def test_their_metrics_exist(self):
        for rule in self.rules:
            self.check_expression(rule["expr"], rule["alert"])

    def test_the_test_of_promtool_has_each(self):
        said = (HERE / "alerts_test.yaml").read_text(encoding="utf-8")
        self.assertEqual({rule["alert"] for rule in self.rules}, set(re.findall(r"\bLeadpulse[A-Z]\w+", said)))

    @unittest.skipUnless(shutil.which("promtool"), "there is no promtool here: the results of the rules are not tested")
    def test_what_they_make_of_numbers(self):
        with tempfile.TemporaryDirectory() as folder:
            for path in (OPERATIONS / "alerts.yaml", HERE / "alerts_test.yaml"):
                shutil.copy(path, folder)
            for arguments in (("check", "rules", "alerts.yaml"), ("test", "rules", "alerts_test.yaml")):
                done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Page(OperationsTest):
    def test_it_has_every_metric(self):
        page = (ROOT / "processor/kafka/METRICS.md").read_text(encoding="utf-8")
        on_page = re.findall(r"(?m)^\| `((?:leadpulse|process)_\w+)` \| \S", page)
        self.assertEqual(len(on_page), len(set(on_page)))
        self.assertEqual(set(metrics()) - set(on_page), set())


class Dashboard(OperationsTest):
    def setUp(self):
        self.dashboard = json.loads((OPERATIONS / "dashboard.json").read_text(encoding="utf-8"))
        self.panels = self.dashboard["panels"]
        self.expressions = [(panel["title"], target["expr"]) for panel in self.panels
                            for target in panel.get("targets", [])]

    def test_its_metrics_exist(self):
        for title, expression in self.expressions:
            self.check_expression(expression, title)
        for variable in self.dashboard["templating"]["list"]:
            for name in names_in(json.dumps(variable)):
                self.assertIn(name, metrics())

    def test_every_metric_is_shown(self):
        shown = {name_of(name) for _, expression in self.expressions for name in names_in(expression)}
        self.assertEqual(set(metrics()) - shown, set())

    def test_panels_have_their_place(self):
        self.assertEqual(len({panel["id"] for panel in self.panels}), len(self.panels))
        taken = set()
        for panel in self.panels:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(taken & cells, panel["title"])
            taken |= cells

    def test_it_asks_whatever_prometheus_there_is(self):
        for panel in self.panels:
            for source in [panel, *panel.get("targets", [])] if panel["type"] != "row" else []:
                self.assertEqual(source["datasource"], {"type": "prometheus", "uid": "${datasource}"}, panel["title"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
