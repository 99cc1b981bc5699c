#!/usr/bin/env python3
"""A process with `state.standby` copies the partitions of another one, and takes them over from its copy when that one is
killed: nothing is read from the beginning of lead.state, no change is lost, none comes twice.

    tests/kafka/standby_test.py BINARY
"""

import json
import re
import sys
import unittest

from live import SEGMENTS, STATUS, free_port, spell, wait_for, world_for
from live_test import now
from pages import Pages

BINARY = "build/release/leadpulse"
PARTITIONS, LEADS = 4, 400
DEFINITIONS = json.dumps({"tenants": {"*": {
    "tiers": [{"name": "hot", "at_least": 4}, {"name": "cold"}],
    "scoring": {"rules": [{"event": "click", "points": 2}]},
    "segments": [{"id": "clicked", "name": "Clicked", "rule": "DID click"}]}}})


class Standby(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world_for(cls, BINARY, DEFINITIONS, partitions=PARTITIONS)

    def start(self, instance):
        process, pages = self.world.process(instance), Pages(free_port())
        self.addCleanup(process.kill)
        process.start(http=pages.settings(), state={"directory": str(process.state), "standby": True,
                                                    "erasure_secret": "a secret for tests only"})
        return process, pages

    def click(self, number):
        self.world.send([json.dumps({"event": {"tenantId": "acme", "leadId": f"lead-{lead}", "type": "CLICK",
                                               "eventId": f"click-{number}", "occurredAt": spell(now())}})
                         for lead in range(LEADS)])
        wait_for("all consumed", 60, lambda: self.world.lag() == 0)

    def copies(self, pages):
        return int(pages.metric("standby_copies"))

    def check_changes(self, clicks):
        """Each lead has its changes once, numbered without a gap."""
        found = {}
        for topic in (STATUS, SEGMENTS):
            for message in self.world.read(topic):
                change = json.loads(message.value())
                found.setdefault(change["leadId"], []).append(change)
        self.assertEqual(len(found), LEADS)
        for lead, changes in found.items():
            self.assertEqual(sorted(int(change["seq"]) for change in changes), list(range(1, len(changes) + 1)), lead)
            kinds = [change["kind"] for change in changes]
            self.assertEqual((kinds.count("LEAD_CREATED"), kinds.count("SEGMENT_ENTERED")), (1, 1), lead)
            tiers = [change["to"] for change in changes if change["kind"] == "TIER_CHANGED"]
            self.assertEqual(tiers[-1:], ["hot"] if clicks >= 2 else tiers[-1:], lead)

    def test_a_killed_process_is_taken_over_from_the_copy(self):
        first, its_pages = self.start(1)
        self.click(1)
        second, pages = self.start(2)
        wait_for("both have partitions", 60, lambda: pages.metric("partitions_assigned") == PARTITIONS / 2 and
                 pages.metric("partitions_restoring") == 0)
        wait_for("each has copies of the other's", 60,
                 lambda: self.copies(pages) == self.copies(its_pages) == PARTITIONS / 2)
        self.click(2)
        before = len(second.said())
        first.kill()
        wait_for("all partitions are taken over", 60, lambda: pages.metric("partitions_assigned") == PARTITIONS and
                 pages.metric("partitions_restoring") == 0)
        said = second.said()[before:]
        restored = dict(re.findall(r"partition (\d): restoring from (lead\.\w+)", said))
        self.assertEqual(restored, {str(partition): "lead.journal" for partition in range(PARTITIONS)}, said)
        self.click(3)
        self.check_changes(3)
        wait_for("it has no copies", 60, lambda: self.copies(pages) == 0)
        second.stop()

        # The one that was killed comes back behind, and copies what it has not.
        first, its_pages = self.start(1)
        wait_for("all partitions are restored", 60, lambda: its_pages.metric("partitions_assigned") == PARTITIONS and
                 its_pages.metric("partitions_restoring") == 0)
        self.click(4)
        self.check_changes(4)
        first.stop()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        BINARY = sys.argv.pop(1)
    unittest.main(verbosity=2)
