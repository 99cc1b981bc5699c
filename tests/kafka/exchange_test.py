#!/usr/bin/env python3
"""Leads of one address exchange messages through lead.exchange: an opt-out that a provider reports for the address
reaches the CRM's lead on another partition, whatever is killed meanwhile. If messages were deleted unread, the program
ends with a named error; an option accepts the loss.

    tests/kafka/exchange_test.py BINARY
"""

import json
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import confluent_kafka  # noqa: E402
from live import STATE, STATUS, wait_for, world_for  # noqa: E402

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else "build/release/leadpulse"
DEFINITIONS = """
tenants:
  "*":
    scoring: {rules: [{event: open, points: 1}]}
    tiers: [{name: cold}]
"""
PAIRS = 8  # enough for pairs on each of two partitions, and across them
EXCHANGE = "lead.exchange"


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Exchange(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=2)
        cls.process = cls.world.process(1)

    def import_leads(self, name):
        self.world.send([json.dumps({"command": {"tenantId": "acme", "leadId": f"{name}-{i}", "issuedAt": now(),
                                                 "commandId": f"import-{name}-{i}",
                                                 "updateProfile": {"set": {"email": f"{name}-{i}@example.com"}}}})
                         for i in range(PAIRS)])

    def unsubscribe(self, name):
        self.world.send([json.dumps({"event": {"tenantId": "acme", "email": f"{name}-{i}@example.com", "type": "UNSUBSCRIBE",
                                               "eventId": f"out-{name}-{i}", "occurredAt": now()}})
                         for i in range(PAIRS)])

    def changes(self, name):
        """The changes by lead, in the order of their numbers."""
        found = {f"{name}-{i}": [] for i in range(PAIRS)}
        for message in self.world.read(STATUS):
            change = json.loads(message.value())
            if change["leadId"] in found:
                found[change["leadId"]].append(change)
        return {lead: sorted(changes, key=lambda change: int(change["seq"])) for lead, changes in found.items()}

    def wait_for_opt_outs(self, name):
        def have_all():
            return all(any(change.get("to") == "unsubscribed" for change in changes)
                       for changes in self.changes(name).values())
        wait_for("every lead of the address is opted out", 60, have_all)

    def check_once(self, name):
        for lead, changes in self.changes(name).items():
            kinds = [change["kind"] for change in changes]
            self.assertEqual([int(change["seq"]) for change in changes], list(range(1, len(changes) + 1)), lead)
            self.assertEqual(kinds.count("LEAD_CREATED"), 1, (lead, kinds))
            self.assertEqual(kinds.count("EMAIL_STATUS_CHANGED"), 1, (lead, kinds))
            out = next(change for change in changes if change["kind"] == "EMAIL_STATUS_CHANGED")
            # The two records have no order: the import may have come last.
            self.assertIn(out["cause"]["id"], (f"out-{lead}", f"import-{lead}"))

    def partition_of(self, name):
        """The partition of each lead and hidden row."""
        return {message.key().split(b"\0")[-1].decode(): message.partition() for message in self.world.read(STATE)
                if message.key().count(b"\0") in (1, 3) and name.encode() in message.key()}

    # The tests run in the order of their names: each continues where the one before ended.

    def test_1_an_opt_out_of_the_address_reaches_its_lead(self):
        self.process.start()
        self.import_leads("crm")
        self.unsubscribe("crm")
        self.wait_for_opt_outs("crm")
        self.check_once("crm")
        places = self.partition_of("crm-")
        across = [i for i in range(PAIRS) if places[f"crm-{i}"] != places[f"crm-{i}@example.com"]]
        self.assertTrue(across, places)

    def test_2_killed_between_it_does_once(self):
        for round_ in range(3):
            name = f"killed{round_}"
            self.import_leads(name)
            time.sleep(0.1 * round_)
            self.process.kill()
            self.process.start()
            self.unsubscribe(name)
            wait_for("it has its partitions", 60, lambda: self.process.said().count("is live") == 2)
            time.sleep(0.05 * round_)
            self.process.kill()
            self.process.start()
        for round_ in range(3):
            self.wait_for_opt_outs(f"killed{round_}")
            self.check_once(f"killed{round_}")

    def test_3_messages_deleted_unread_are_an_error_that_can_be_accepted(self):
        wait_for("it has its partitions", 60, lambda: self.process.said().count("is live") == 2)
        self.process.stop()
        producer = confluent_kafka.Producer({"bootstrap.servers": self.world.cluster.bootstrap_servers()})
        producer.produce(EXCHANGE, value=b"nobody reads this", partition=1)
        producer.flush(30)
        self.world.delete_records(EXCHANGE, {1: -1})
        self.process.start()
        self.assertEqual(self.process.wait(90), 1, self.process.said())
        last = self.process.said().splitlines()[-1]
        self.assertIn(f"records of {EXCHANGE} [1] from offset", last)
        self.assertIn("What leads of one address had told each other, and what was not read, is lost", last)
        command = last[last.index("state accept-gap"):].split(". ")[0].split()
        time.sleep(7)  # until the session of the ended process is over
        accepted = subprocess.run([BINARY, *[str(self.process.folder / "live.yaml") if part == "FILE" else part
                                             for part in command]], text=True, capture_output=True, check=False, timeout=120)
        self.assertEqual(accepted.returncode, 0, accepted.stdout + accepted.stderr)
        self.process.start()
        self.import_leads("after")
        self.unsubscribe("after")
        self.wait_for_opt_outs("after")
        self.check_once("after")


if __name__ == "__main__":
    unittest.main(failfast=True)
