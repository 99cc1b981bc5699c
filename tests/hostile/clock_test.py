#!/usr/bin/env python3
"""Times at the ends of the calendar, and more timers than fit in memory.   tests/hostile/clock_test.py BINARY
[--full]"""

import json
import os
import re

from hostile import BASE, Hostile, event, main, scale

SEQUENCE = re.compile(r'"leadId":"([^"]*)","seq":"([0-9]+)"')
LAST = "9999-12-31T23:59:59.999Z"
# MiB above the base. 64 Ki changes of all partitions wait in memory, and as many lines.
MANY_CHANGES = BASE + 60


def profile(lead, name, value):
    return (f'{{"command":{{"tenantId":"acme","leadId":"{lead}","commandId":"c","issuedAt":"2026-01-01T00:00:00Z",'
            f'"updateProfile":{{"set":{{"{name}":"{value}"}}}}}}}}\n').encode()


def definitions(**keys):
    return json.dumps({"tenants": {"*": {"tiers": [{"name": "all"}], **keys}}}).encode()


def steps_of(percent, points=1_000_000):
    """How often the points of one event change: the contract cuts to millionths at each step."""
    value, steps = points * 1_000_000, 0
    while value:
        following = value * (100 - percent) // 100
        steps += following // 1_000_000 != value // 1_000_000
        value = following
    return steps


class ClockTest(Hostile):
    def summary(self, *arguments, **keywords):
        return json.loads(self.run_job("--definitions", "d.yaml", "--format", "json", "--input", "a.jsonl", *arguments,
                                       **keywords).output)

    def count(self, name):
        with open(self.path(name), "rb") as file:
            return sum(1 for _ in file)

    def decaying(self, percent, points=1_000_000, **more):
        rule = {"event": "open", "points": points, "decay": {"percent": percent, "every": "1s"}, **more}
        self.write("d.yaml", definitions(publish_score_changes=True, scoring={"rules": [rule]}))
        self.write("a.jsonl", event("good1"))

    def test_a_decay_by_the_second_ends_where_its_value_does(self):
        """A step that changes nothing is no timer: a constant value has none, one that halves has twenty, and 36,500
        days later there is nothing left to do."""
        for percent, flips in ((0, 0), (50, 20), (100, 1), (1, steps_of(1))):
            with self.subTest(percent):
                self.decaying(percent)
                ended = self.summary("--until", LAST, state=f"s{percent}", output=f"o{percent}")
                self.assertEqual(ended["flips"], flips)
                self.assertEqual(ended["changes"]["SCORE_CHANGED"], flips + 1)

    def test_a_small_value_takes_no_more_steps_than_it_has_points(self):
        self.decaying(1, points=3, expires_after="36500d")
        self.assertEqual(self.summary("--until", LAST)["flips"], 4)  # the scores 3, 2, 1, 0, and the expiry

    def test_a_lead_with_many_decaying_events(self):
        events = scale(50, 1000)
        self.decaying(1)
        self.write("a.jsonl", (event("good1", f"e{i}", f"2026-01-01T00:00:{i % 60:02}.{i:03}Z") for i in range(events)))
        ended = self.summary("--until", LAST, mib=MANY_CHANGES)
        self.assertGreater(ended["flips"], 900 * events)
        self.assertEqual(self.count("out/changes.jsonl"), sum(ended["changes"].values()))

    def anniversaries(self, leads):
        self.write("d.yaml", definitions(fields={"birthday": "date"}, segments=[
            {"id": "today", "rule": "birthday ANNIVERSARY TODAY"}]))
        self.write("a.jsonl", (profile(f"l{i}", "birthday", f"1985-12-{i % 28 + 1:02}") for i in range(leads)))
        return leads * 2 * 7974  # the years 2026 to 9999

    def test_eight_thousand_years_of_birthdays(self):
        """A change in each year: the memory is that of the waiting changes, not of all."""
        leads = scale(40, 400)
        flips = self.anniversaries(leads)
        ended = self.summary("--until", LAST, mib=MANY_CHANGES)
        self.assertEqual(ended["flips"], flips)
        self.assertEqual(self.count("out/changes.jsonl"), sum(ended["changes"].values()))
        last = {lead["leadId"]: int(lead["seq"]) for lead in self.lines("out/leads.jsonl")}
        self.assertEqual(set(last.values()), {1 + 2 * 7974})

    def test_time_that_passes_can_be_interrupted(self):
        leads = 100
        flips = self.anniversaries(leads)
        self.run_job("--definitions", "d.yaml", "--input", "a.jsonl", "--until", LAST, code=3, interrupt_after=0.2,
                     mib=MANY_CHANGES)
        # A slow machine may not have opened its outputs yet.
        self.assertLess(self.count("out/changes.jsonl") if os.path.exists(self.path("out/changes.jsonl")) else 0, flips)
        self.summary("--until", LAST, mib=MANY_CHANGES, case="second run")
        self.assertEqual(self.count("out/changes.jsonl"), flips + leads)
        last = {}
        with open(self.path("out/changes.jsonl"), encoding="utf-8") as file:
            for line in file:
                lead, seq = SEQUENCE.search(line).groups()
                last[lead] = last.get(lead, 0) + 1
                self.assertEqual(int(seq), last[lead])

    def test_a_jump_of_the_clock_inside_a_batch(self):
        """A lead's timers before its record, in the middle of a batch, are as many."""
        leads = scale(40, 400)
        flips = self.anniversaries(leads) // 7974 * 100
        with open(self.path("a.jsonl"), "ab") as file:
            file.writelines(event(f"l{i}", "e", "2125-12-31T00:00:00Z") for i in range(leads))
        ended = self.summary("--max-future-skew", "36500d", mib=MANY_CHANGES)
        self.assertEqual(ended["flips"], flips)

    def test_millions_of_flips_at_one_millisecond(self):
        leads = scale(30_000, 2_000_000)
        self.write("d.yaml", definitions(segments=[{"id": "s", "rule": "DID open IN LAST 1 day"}]))
        self.write("a.jsonl", (event(f"l{i}") for i in range(leads)))
        ended = self.summary("--until", "2026-02-01", "--memory-mib", "256", mib=307)
        self.assertEqual(ended["flips"], leads)
        self.assertEqual(ended["changes"]["SEGMENT_LEFT"], leads)

    def test_the_ends_of_the_calendar(self):
        segments = [f"{name} {test}" for name in ("first", "last", "created") for test in (
            "< 36500 days ago", "> 36500 days ago", "< 36500 days from now", "IN NEXT YEAR", "IN LAST YEAR", "ON TODAY",
            "ON TOMORROW", "ANNIVERSARY TODAY", "ANNIVERSARY IN NEXT 36500 DAYS", 'BEFORE "0001-01-01"',
            'AFTER "9999-12-31"', 'BETWEEN 36500 days ago AND 36500 days from now', "ON 36500 DAYS FROM NOW")]
        self.write("d.yaml", definitions(
            timezone="Pacific/Kiritimati", fields={"first": "date", "last": "date"},
            segments=[{"id": f"s{i:02}", "rule": rule} for i, rule in enumerate(segments)]))
        self.write("a.jsonl", profile("good1", "first", "0001-01-01"), profile("good1", "last", LAST).replace(
            b'"c"', b'"d"'), event("good1", "e", "2000-01-01T00:00:00Z"), event("good1", "f", LAST),
            event("good1", "g", "0001-01-01T00:00:00Z"), event("good1", "h", "10000-01-01T00:00:00Z"))
        self.run_job("--definitions", "d.yaml", "--input", "a.jsonl", "--until", LAST, mib=MANY_CHANGES)
        self.expect({"bad_timestamp": 2, "future_timestamp": 1})
        for at in ("2000-01-01", LAST, "0001-01-01T00:00:00Z"):
            shown = self.call("explain", "--state", "state", "--tenant", "acme", "--lead", "good1", "--at", at, mib=BASE,
                              case=f"explain at {at}")
            self.assertEqual(shown.code, 0, shown.errors)
            if at == LAST:  # no later time can be printed: a year with five digits would be cut to four
                self.assertIsNone(re.search(r"(changes|before) 0.*", shown.output))

    def test_the_future_that_was_allowed(self):
        self.write("d.yaml", definitions(segments=[{"id": "s", "rule": "DID open IN LAST 36500 days"}]))
        self.write("a.jsonl", (event(f"l{i}", "e", f"{2027 + i % 90}-06-01T00:00:00Z") for i in range(1000)))
        ended = self.summary("--max-future-skew", "36500d", "--until", LAST)
        self.assertEqual(ended["flips"], 1000)


if __name__ == "__main__":
    main()
