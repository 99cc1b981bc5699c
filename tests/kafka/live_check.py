"""What must hold of the topics when everything was consumed, whatever happened meanwhile.

Every lead's changes: numbered 1, 2, 3, … without a gap, none twice, each beginning where the one before it of its kind
ended. What they add up to is what `lead.state` says of the lead, and both are what the files mode makes of the same
records. Dead letters: each record that cannot be used, once.
"""

import collections
import json
import pathlib
import subprocess

from live import DEAD, SEGMENTS, STATE, STATUS, Failure
from lead_records import decode_lead_record

EMPTY = {"EMAIL_STATUS_CHANGED": "active", "SENDABLE_CHANGED": "true", "STAGE_CHANGED": "new", "SCORE_CHANGED": "0"}
KINDS = {"EMAIL_STATUS_CHANGED": "emailStatus", "SENDABLE_CHANGED": "sendable", "STAGE_CHANGED": "stage",
         "TIER_CHANGED": "tier"}


class Chains:
    """What the changes of each lead add up to."""

    def __init__(self):
        self.changes = collections.defaultdict(dict)
        self.read = 0

    def add(self, message):
        change = json.loads(message.value())
        lead, seq = (change["tenantId"], change["leadId"]), int(change["seq"])
        if message.key() != lead[0].encode() + b"\0" + lead[1].encode():
            raise Failure(f"{lead} change {seq}: its key is {message.key()}")
        if seq in self.changes[lead]:
            raise Failure(f"{lead}: change {seq} twice: {change} and {self.changes[lead][seq]}")
        self.changes[lead][seq] = change
        self.read += 1

    def ends(self):
        """By lead what is known of it after its last change; None: erased."""
        return {lead: self.follow(lead, changes) for lead, changes in self.changes.items()}

    def follow(self, lead, changes):
        view, segments, held = dict(EMPTY), set(), False
        for seq in range(1, len(changes) + 1):
            change = changes.get(seq)
            if change is None:
                raise Failure(f"{lead}: change {seq} is missing; there are {len(changes)}, up to {max(changes)}")
            kind, wrong = change["kind"], None
            if kind == "LEAD_CREATED":
                wrong, held, view, segments = held, True, dict(EMPTY), set()
            elif kind == "LEAD_ERASED":
                held = False
            elif kind == "SEGMENT_ENTERED":
                wrong = change["name"] in segments
                segments.add(change["name"])
            elif kind == "SEGMENT_LEFT":
                wrong = change["name"] not in segments
                segments.discard(change["name"])
            else:
                wrong = kind in view and change.get("from", "") != view[kind] or change["from"] == change["to"]
                view[kind] = change["to"]
            if wrong:
                raise Failure(f"{lead}: change {seq} does not follow from those before it: {change}, "
                              f"{view}, {sorted(segments)}")
        return {"seq": len(changes), "segments": sorted(segments),
                **{name: view[kind] for kind, name in KINDS.items() if kind in view}} if held else None


def state_of(messages):
    """The last record of each lead in lead.state."""
    last = {}
    for message in sorted(messages, key=lambda m: (m.partition(), m.offset())):
        if message.key().startswith(b"\0"):
            continue  # the processor's own
        tenant, lead = message.key().split(b"\0", 1)
        last[tenant.decode(), lead.decode()] = None if message.value() is None else decode_lead_record(message.value())
    return last


def files_mode(world, until):
    """By lead its row of leads.jsonl, and by (reason) the number of dead letters, of the same records in one file."""
    folder = world.folder / "files-mode"
    subprocess.run(["rm", "-rf", folder], check=True)
    folder.mkdir()
    (folder / "input.jsonl").write_text("\n".join(world.lines) + "\n", encoding="utf-8")
    done = subprocess.run([world.binary, "run", "--quiet", "--definitions", world.definitions, "--input",
                           folder / "input.jsonl", "--state", folder / "state", "--output", folder / "out", "--until",
                           until], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"the files mode failed: {done.stderr}")

    def rows(name):
        return [json.loads(line) for line in pathlib.Path(folder / "out" / name).read_text().splitlines()]
    leads = {(row["tenantId"], row["leadId"]): row for row in rows("leads.jsonl")}
    return leads, collections.Counter(letter["reason"] for letter in rows("dead-letters.jsonl"))


def check(world, until):
    """Raises Failure where something does not hold; else says what there was. `until`: RFC 3339, now."""
    chains = Chains()
    for topic in (STATUS, SEGMENTS):
        for message in world.read(topic):
            chains.add(message)
    ends, state = chains.ends(), state_of(world.read(STATE))
    wanted, wanted_letters = files_mode(world, until)
    check_leads(ends, state, wanted)
    letters = check_dead_letters(world.read(DEAD), wanted_letters)
    return f"{len(wanted)} leads, {chains.read} changes, {letters} dead letters"


def check_leads(ends, state, wanted):
    for lead in sorted(ends.keys() | state.keys() | wanted.keys()):
        end, kept, row = ends.get(lead), state.get(lead), wanted.get(lead)
        if (end is None) != (row is None) or (kept is None) != (row is None):
            raise Failure(f"{lead}: by its changes {end}, in lead.state {kept}, by the files mode {row}")
        if row is None:
            continue
        for name in ("emailStatus", "sendable", "stage", "tier", "segments"):
            said = {"true": True, "false": False}.get(end.get(name), end.get(name)) if name == "sendable" else end.get(
                name, kept[name])
            if said != row[name] or kept[name] != row[name]:
                raise Failure(f"{lead}: {name} is {row[name]}, by its changes {said}, in lead.state {kept[name]}")
        if kept["score"] != row["score"]:
            raise Failure(f"{lead}: score is {row['score']}, in lead.state {kept['score']}")
        if kept["seq"] != end["seq"]:
            raise Failure(f"{lead}: {end['seq']} changes, but lead.state says {kept['seq']}")


def check_dead_letters(messages, wanted):
    places = collections.Counter()
    reasons = collections.Counter()
    for message in messages:
        letter = json.loads(message.value())
        source = letter["source"]
        places[source["topic"], source.get("partition", 0), source.get("offset", "0")] += 1
        reasons[letter["reason"].lower()] += 1
    twice = [place for place, count in places.items() if count > 1]
    if twice:
        raise Failure(f"dead letters of {twice[:3]} are there more than once")
    if reasons != wanted:
        raise Failure(f"dead letters are {dict(reasons)}; the files mode has {dict(wanted)}")
    return len(messages)
