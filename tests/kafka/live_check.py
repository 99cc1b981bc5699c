"""Checks the topics after everything was consumed, whatever happened meanwhile.

Every change of every lead must be what the model (tests/support/model) makes from the same records: kind, name, from,
to, seq, instant and cause, none more, none less, in that order. The same holds for the last record of each lead in
`lead.profiles`, and for the dead letters. The program live_model makes the comparison; lead_order.h says what it takes
from the topics and what it deduces.
"""

import datetime
import json
import pathlib
import subprocess

from live import COMMANDS, DEAD, EVENTS, JOURNAL, PROFILES, SEGMENTS, STATE, STATUS, Failure, parsed, spell

MODEL = "tests/live_model"  # beside the program
SHOWN = 4000  # characters of a difference


def value_of(world, topic, value):
    """Converts a value to JSON, if it is one of changes, dead letters or input."""
    return value if value is None or topic in (STATE, JOURNAL, PROFILES) else json.dumps(world.format.decode(topic, value)).encode()


def topics_of(world):
    """All records of all topics, in order within a partition."""
    return [{"topic": topic, "partition": message.partition(), "offset": message.offset(),
             "written": message.timestamp()[1], "key": (message.key() or b"").hex(),
             "headers": [[name, (text or b"").decode()] for name, text in message.headers() or []],
             "value": (value := value_of(world, topic, message.value())) and value.hex()}
            for topic in (EVENTS, COMMANDS, STATUS, SEGMENTS, STATE, JOURNAL, PROFILES, DEAD)
            for message in sorted(world.read(topic), key=lambda m: (m.partition(), m.offset()))]


def judge(world, topics, until):
    """Returns whether the model agrees, and its output. `until`: RFC 3339."""
    done = subprocess.run([pathlib.Path(world.binary).parent / MODEL, world.definitions, str(world.partitions),
                           str(round(parsed(until).timestamp() * 1000))],
                          input="\n".join(map(json.dumps, topics)) + "\n", capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise Failure(f"live_model ended with {done.returncode}: {done.stderr}")
    return done.returncode == 0, done.stdout.strip()


def check(world, until):
    """Raises Failure if a check fails; otherwise returns a summary. `until`: RFC 3339, now."""
    topics = topics_of(world)
    (world.folder / "topics.json").write_text(json.dumps([until, topics]), encoding="utf-8")
    agrees, said = judge(world, topics, until)
    if not agrees:
        raise Failure(f"the model disagrees; the topics are in {world.folder / 'topics.json'}\n"
                      f"{said[:SHOWN]}")
    return said


# ---- Tests of the check: it must notice each spoilt change ----

def moved(change, **by):
    change["at"] = spell(parsed(change["at"]) + datetime.timedelta(**by))


def turned(change):
    change["kind"] = {"SEGMENT_ENTERED": "SEGMENT_LEFT", "SEGMENT_LEFT": "SEGMENT_ENTERED"}[change["kind"]]


def caused_by(cause):
    return lambda change: change["cause"]["kind"] == cause


# A change to the middle one of the changes that it applies to; None: the change is dropped.
SPOILS = {
    "a flip a millisecond late": (caused_by("TIME"), lambda change: moved(change, milliseconds=1)),
    "an event's change a second early": (caused_by("EVENT"), lambda change: moved(change, seconds=-1)),
    "a command's change a second late": (caused_by("COMMAND"), lambda change: moved(change, seconds=1)),
    "entered for left": (lambda change: change["kind"].startswith("SEGMENT_"), turned),
    "another cause": (caused_by("TIME"), lambda change: change.update(cause={"kind": "DEFINITIONS"})),
    "a dropped change": (caused_by("EVENT"), None),
}


def check_the_judge(world):
    """Spoils the topics that `check` has read; each time the check must fail."""
    until, topics = json.loads((world.folder / "topics.json").read_text(encoding="utf-8"))
    for name, (fits, spoil) in SPOILS.items():
        places = [(place, change) for place, record in enumerate(topics) if record["topic"] in (STATUS, SEGMENTS)
                  and fits(change := json.loads(bytes.fromhex(record["value"])))]
        place, change = places[len(places) // 2]
        spoilt = []
        if spoil:
            spoil(change)
            spoilt = [{**topics[place], "value": json.dumps(change).encode().hex()}]
        agrees, said = judge(world, topics[:place] + spoilt + topics[place + 1:], until)
        if agrees or change["leadId"] not in said:
            raise Failure(f"the model does not notice {name}: {change}, {said[:SHOWN]}")
    return len(SPOILS)
