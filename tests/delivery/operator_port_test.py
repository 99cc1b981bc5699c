#!/usr/bin/env python3
"""Metrics, health and the JSON log of `leadpulse run --follow` and of `leadpulse deliver`.

    tests/delivery/operator_port_test.py BINARY
"""

import json
import pathlib
import re
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cli"))

from command_line import BINARY, CommandLine  # noqa: E402
from receiver import Receiver  # noqa: E402

DEFINITIONS = ("tenants: {'*': {scoring: {rules: [{event: click, points: 5}]}, publish_score_changes: true,"
               " tiers: [{name: all}]}}\n")
SERVED = re.compile(r"metrics and health on (http://\S+)")


def event(number, **more):
    return json.dumps({"event": {"tenantId": "acme", "leadId": f"lead-{number}", "eventId": f"e{number}", "type": "CLICK",
                                 "occurredAt": "2026-03-01T00:00:00Z", **more}}) + "\n"


class Service:
    """A process with `--operator-port 0`, and its log."""

    def __init__(self, test, *arguments):
        self.process = subprocess.Popen([BINARY, *arguments, "--operator-port", "0", "--log-level", "info",
                                         "--log-format", "json"], cwd=test.folder, stderr=subprocess.PIPE, text=True)
        test.addCleanup(self.process.communicate)
        test.addCleanup(self.process.kill)
        self.lines, self.test = [], test
        threading.Thread(target=self.read_log, daemon=True).start()
        self.comes(lambda: self.served())

    def read_log(self):
        for line in self.process.stderr:
            self.lines.append(json.loads(line))

    def served(self):
        return [found[1] for line in self.lines if (found := SERVED.search(line["message"]))]

    def lines_with(self, text):
        return [line for line in self.lines if text in line["message"]]

    def comes(self, what):
        deadline = time.monotonic() + 60
        while not what() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.test.assertTrue(what(), self.lines)

    def ask(self, path):
        try:
            with urllib.request.urlopen(self.served()[0] + path, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def metrics(self):
        """The samples of /metrics by their name and labels."""
        samples = re.findall(r"(?m)^([a-z]\S*(?:\{.*\})?) (\S+)$", self.ask("/metrics")[1])
        return {name: float(value) for name, value in samples}

    def shows(self, wanted):
        """Waits for these figures, which a page may show one by one, and returns all of its figures."""
        deadline = time.monotonic() + 60
        while not wanted.items() <= (shown := self.metrics()).items() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.test.assertEqual({name: shown.get(name) for name in wanted}, wanted, self.lines)
        return shown


class OperatorPort(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("definitions.yaml", DEFINITIONS)
        self.write("in.jsonl", "")

    def follow(self):
        run = Service(self, "run", "--follow", "--input", "in.jsonl", "--state", "state", "--output", "out",
                      "--definitions", "definitions.yaml")
        run.comes(lambda: run.ask("/readyz") == (200, "ready\n"))
        return run

    def append(self, *lines):
        with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
            file.writelines(lines)

    def check_process(self, metrics):
        self.assertGreater(metrics["process_resident_memory_bytes"], 1 << 20)
        self.assertLess(abs(metrics["process_start_time_seconds"] - time.time()), 300)
        self.assertEqual([value for name, value in metrics.items() if name.startswith("leadpulse_build_info{")], [1])

    def test_a_run_that_follows(self):
        run = self.follow()
        self.assertEqual(run.ask("/healthz"), (200, "ok\n"))
        self.append(*(event(number) for number in range(20)), "no JSON\n", event(20, leadId=""),
                    *(event(number, backfill=True) for number in range(30, 33)))
        metrics = run.shows({
            "leadpulse_events_applied_total": 23,
            'leadpulse_dead_letters_total{reason="malformed"}': 1,
            'leadpulse_dead_letters_total{reason="missing_lead"}': 1,
            'leadpulse_dead_letters_total{reason="conflict"}': 0,
            "leadpulse_record_to_commit_seconds_count": 25,
            "leadpulse_event_to_change_seconds_count": 20,  # without backfill
            'leadpulse_event_to_change_seconds_bucket{le="60"}': 0,  # they happened long ago
            "leadpulse_clock_doubtful": 0,
            "leadpulse_state_writes_stopped": 0,
        })
        self.check_process(metrics)
        self.assertGreaterEqual(metrics["leadpulse_changes_total"], 46, "each lead is made and gets a score")
        self.assertLess(metrics["leadpulse_record_to_commit_seconds_sum"], 25 * 60)
        run.shows({"leadpulse_commit_duration_seconds_count": metrics["leadpulse_commits_total"]})
        self.assertGreater(metrics["leadpulse_commit_seconds_total"], 0)
        self.assertGreater(metrics["leadpulse_state_memtable_bytes"], 0)
        self.assertNotIn("lead-1", run.ask("/metrics")[1])

    def test_a_delivery(self):
        deliver = Service(self, "deliver", "--from", "out/changes.jsonl", "--position", "position", "--first-retry",
                          "0.02", "--longest-retry", "0.05", "--to-url", self.url_of_a_receiver(script=[503, 503]))
        self.assertEqual(deliver.ask("/healthz"), (200, "ok\n"))
        self.assertEqual(deliver.ask("/readyz"), (503, "no run has published changes yet\n"))
        self.assertEqual(deliver.metrics()["leadpulse_delivery_oldest_waiting_seconds"], 0)
        self.follow()
        self.append(event(1))
        deliver.comes(lambda: deliver.metrics()['leadpulse_delivery_changes_total{outcome="delivered"}'] >= 2)
        deliver.comes(lambda: deliver.ask("/readyz") == (200, "ready\n"))
        metrics = deliver.shows({
            'leadpulse_delivery_posts_total{outcome="failed"}': 2,
            "leadpulse_delivery_waiting_bytes": 0,
            "leadpulse_delivery_oldest_waiting_seconds": 0,
        })
        self.check_process(metrics)
        delivered = metrics['leadpulse_delivery_posts_total{outcome="delivered"}']
        self.assertGreaterEqual(delivered, 1)
        deliver.shows({"leadpulse_delivery_post_duration_seconds_count": delivered + 2})
        deliver.comes(lambda: len(deliver.lines_with("posted again")) == 2)
        for line in deliver.lines_with("posted again"):
            self.assertEqual(line["level"], "warning")
            self.assertRegex(line["error"], r"^http://127\.0\.0\.1:\d+ answered 503$")
            self.assertTrue(line["message"].startswith(line["error"] + "; the batch is posted again in "), line)

    def url_of_a_receiver(self, **keywords):
        receiver = Receiver(**keywords)
        self.addCleanup(receiver.close)
        return receiver.url

    def test_a_delivery_whose_receiver_is_away(self):
        self.follow()
        self.append(event(1))
        receiver = Receiver()
        receiver.close()
        deliver = Service(self, "deliver", "--from", "out/changes.jsonl", "--position", "position", "--to-url",
                          receiver.url, "--operator-address", "127.0.0.2")
        self.assertIn("//127.0.0.2:", deliver.served()[0])
        deliver.comes(lambda: deliver.metrics()['leadpulse_delivery_posts_total{outcome="failed"}'] >= 1)
        metrics = deliver.metrics()
        self.assertGreater(metrics["leadpulse_delivery_waiting_bytes"], 0)
        self.assertGreater(metrics["leadpulse_delivery_oldest_waiting_seconds"], 0)
        deliver.comes(
            lambda: deliver.ask("/readyz") == (503, "the last post failed and is tried again; see the log\n"))

    def test_only_a_run_that_follows_has_it(self):
        done = self.run_job("--input", "in.jsonl", "--operator-port", "0")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("--operator-port goes with --follow", done.stderr)


if __name__ == "__main__":
    unittest.main()
