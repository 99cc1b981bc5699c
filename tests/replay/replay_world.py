"""What tests of replays with a broker share: the path to the tests' modules, definitions, and a world with a settings
file."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kafka"))

from live import World  # noqa: E402

LEADS = 40
# 40 clicks make a lead hot.
DEFINITIONS = """
tenants:
  "*":
    publish_score_changes: true
    scoring: {rules: [{event: click, points: 5}]}
    tiers: [{name: hot, at_least: 200}, {name: cold}]
"""


def click(tenant, number, **more):
    """The number determines the event, the lead, and the second of the day."""
    return json.dumps({"event": {"tenantId": tenant, "leadId": f"lead-{number % LEADS}", "eventId": f"e{number}",
                                 "type": "CLICK", "occurredAt": f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:"
                                 f"{number % 60:02}Z", **more}})


class ReplayWorld(unittest.TestCase):
    """One cluster for all tests of a class: two partitions, and a process with the settings `config`."""

    binary = None  # set by the class
    definitions = DEFINITIONS
    settings = {}  # groups of the settings file

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="leadpulse-replay-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.world = World(cls.binary, scratch.name, cls.definitions, partitions=2)
        cls.addClassCleanup(cls.world.close)
        cls.process = cls.world.process(1)
        cls.process.start(**cls.settings).stop()  # a start writes its settings
        cls.config = cls.process.folder / "live.yaml"

    def put(self, name, lines):
        (self.folder / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")

    def call(self, *arguments, **more):
        return subprocess.run([self.binary, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True,
                              check=False, timeout=120, **more)
