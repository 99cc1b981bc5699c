#!/usr/bin/env python3
"""`leadpulse replay --to kafka` on a broker: killed again and again, and slowed down by readers.

    tests/replay/replay_kafka_test.py BINARY
"""

import json
import os
import random
import subprocess
import sys
import time
import unittest

from replay_world import LEADS, ReplayWorld, click

from live import EVENTS, STATUS, wait_for  # noqa: E402  (which replay_world finds)

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/leadpulse"
KILLS = 6


def history(tenant, count):
    return [click(tenant, number) for number in range(count)]


class ReplayToKafka(ReplayWorld):
    binary = BINARY

    def start(self, source, *arguments, crash_at=None):
        environment = dict(os.environ, **({"LEADPULSE_CRASH_AT": crash_at} if crash_at else {}))
        return subprocess.Popen([BINARY, "replay", source, "--to", "kafka", "--config", str(self.config),
                                 *arguments],
                                cwd=self.folder, env=environment, stderr=subprocess.PIPE, text=True)

    def numbers(self, tenant):
        """The numbers by lead, in the order of the topic."""
        by_lead = {}
        for message in self.world.read(EVENTS):
            event = json.loads(message.value())
            event = event.get("event", event)
            if event["tenantId"] == tenant:
                self.assertTrue(event["backfill"])
                by_lead.setdefault(event["leadId"], []).append(int(event["eventId"][1:]))
        return by_lead

    def test_killed_it_sends_each_at_least_once_in_order(self):
        seed = random.SystemRandom().randrange(1 << 32)
        print("seed", seed, file=sys.stderr)
        rng = random.Random(seed)
        lines = history("killed", 4000)
        self.put("history.jsonl", lines)
        arguments = ("history.jsonl", "--as-backfill", "--checkpoint", "checkpoint", "--checkpoint-every-ms", "20",
                     "--rate", "4000")
        kills = 0
        for _ in range(KILLS):
            point = rng.choice(["after_replay_flush", "before_checkpoint", "after_checkpoint"])
            job = self.start(*arguments, crash_at=f"{point}:{rng.randint(1, 3)}")
            job.communicate(timeout=60)
            kills += job.returncode == -9
        self.assertGreaterEqual(kills, 3)
        last = self.start(*arguments)
        said = last.communicate(timeout=60)[1]
        self.assertEqual(last.returncode, 0, said)
        for lead, numbers in self.numbers("killed").items():
            wanted = list(range(int(lead[5:]), len(lines), LEADS))
            self.assertEqual(sorted(set(numbers)), wanted)
            furthest = -1
            for number in numbers:
                self.assertLessEqual(wanted.index(number), furthest + 1)
                furthest = max(furthest, wanted.index(number))
        self.check_changes("killed", "history.jsonl")

    def check_changes(self, tenant, source):
        """Checks that each change is there once, as in a run on the file."""
        subprocess.run([BINARY, "run", "--input", source, "--state", "model/state", "--output", "model/out", "--quiet",
                        "--definitions", str(self.world.definitions)], cwd=self.folder, check=True)
        names = ("leadId", "seq", "kind", "name", "from", "to", "cause")
        wanted = {tuple(str(change.get(name)) for name in names) for change in
                  map(json.loads, (self.folder / "model/out/changes.jsonl").read_text(encoding="utf-8").splitlines())}
        self.process.start()
        self.world.wait_until_consumed()
        self.process.stop()
        changes = [json.loads(message.value()) for message in self.world.read(STATUS)]
        found = [tuple(str(change.get(name)) for name in names) for change in changes if change["tenantId"] == tenant]
        self.assertEqual(sorted(found), sorted(wanted))

    def test_waits_for_those_who_read(self):
        self.put("more.jsonl", history("slow", 9_000))
        job = self.start("more.jsonl", "--as-backfill", "--rate", "3000", "--max-lag", "500")
        seen = {"count": -1, "since": 0.0}

        def stands_still():
            count = sum(map(len, self.numbers("slow").values()))
            if count != seen["count"]:
                seen.update(count=count, since=time.monotonic())
            return count > 0 and time.monotonic() - seen["since"] > 3

        wait_for("the replay waits", 60, stands_still)
        self.assertIsNone(job.poll())
        self.assertLess(seen["count"], 9_000)
        self.process.start()
        said = job.communicate(timeout=120)[1]
        self.assertEqual(job.returncode, 0, said)
        self.assertEqual(sum(map(len, self.numbers("slow").values())), 9_000)
        self.world.wait_until_consumed()
        self.check_dry_run()
        self.process.stop()
        self.check_diff()

    def check_diff(self):
        """Checks that the topics give again what the process has made of them."""
        again = self.folder / "again"
        subprocess.run([BINARY, "replay", "--from-kafka", "--config", self.config, "--state", again / "state", "--output",
                        again / "out", "--quiet"], check=True)
        diff = self.call("diff", self.process.state, again / "state")
        self.assertEqual((diff.returncode, diff.stderr), (0, ""), diff.stdout)
        self.assertRegex(diff.stdout, r": [48]0 leads, clock")

    def check_dry_run(self):
        """A dry run on the state of the process, which continues."""
        self.put("dry.jsonl", history("slow", 9_000) + history("new", LEADS * 41))
        dry = self.call("replay", "dry.jsonl", "--state", self.process.state, "--dry-run", "--format", "json")
        self.assertEqual((dry.returncode, dry.stderr), (0, ""))
        tenants = json.loads(dry.stdout)["tenants"]
        # Records that it has do not count; the other 41 clicks are 205 points.
        self.assertEqual({name: (flow["before"], flow["after"]) for name, flow in tenants["slow"]["tiers"].items()},
                         {"hot": (LEADS, LEADS), "cold": (0, 0)})
        self.assertEqual({name: (flow["before"], flow["after"]) for name, flow in tenants["new"]["tiers"].items()},
                         {"hot": (0, LEADS), "cold": (0, 0)})
        self.assertTrue(self.process.runs())


if __name__ == "__main__":
    unittest.main()
