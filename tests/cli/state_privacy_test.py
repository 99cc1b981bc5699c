#!/usr/bin/env python3
"""Permissions of the files that are written, and what remains of an erased lead.

    tests/cli/state_privacy_test.py BINARY TAMPER
"""

import base64
import fcntl
import json
import os
import re
import stat
import subprocess
import unittest

from kept_state import State, make_lines
from command_line import BINARY, event  # after kept_state, which takes the second argument

PHONE = "+4915199887766"
ADDRESS = "johanna.erased@example.com"


def command(number, lead, action):
    return json.dumps({"command": dict({"tenantId": "acme", "leadId": lead, "commandId": f"c{number}",
                                        "issuedAt": f"2026-01-28T{number // 60:02}:{number % 60:02}:00Z"}, **action)})


SHARED = "ann@example.com"


def command_on(day, lead, action, number=1, **who):
    return json.dumps({"command": {"tenantId": "acme", "leadId": lead, "commandId": f"{number}-{day}",
                                   "issuedAt": f"2026-01-{day:02}T00:00:00Z", **who, **action}})


def used(day, lead, number=1):
    """The lead has the shared address from then on."""
    return command_on(day, lead, {"updateProfile": {"set": {"email": SHARED}}}, number)


def erased(day, lead):
    return command_on(day, lead, {"erase": {}})


def came(day, lead, kind, **more):
    record = event(lead, f"{kind}-{day}", kind, f"2026-01-{day:02}T00:00:00Z")
    record["event"].update(more)
    return json.dumps(record)


class Modes(State):
    def call_with(self, umask, *arguments):
        result = subprocess.run([BINARY, *arguments], cwd=self.folder, capture_output=True, text=True, check=False,
                                umask=umask)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def modes(self, path):
        """The permissions of the directory and of everything in it."""
        root = self.path(path)
        below = [os.path.join(folder, name) for folder, folders, files in os.walk(root) for name in folders + files]
        self.assertTrue(below)
        return ({stat.S_IMODE(os.stat(root).st_mode)} | {stat.S_IMODE(os.stat(name).st_mode) for name in below
                                                         if os.path.isdir(name)},
                {stat.S_IMODE(os.stat(name).st_mode) for name in below if not os.path.isdir(name)})

    def test_a_state_is_its_owners_and_outputs_may_be_read_by_the_group(self):
        self.write("a.jsonl", "\n".join(make_lines(3000, 300)) + "\n")
        for umask, shared in ((0o022, ({0o750}, {0o640})), (0o077, ({0o700}, {0o600})), (0, ({0o750}, {0o640}))):
            name = f"{umask:o}"
            run = ["run", "--state", f"{name}/state", "--output", f"{name}/out", "--input", "a.jsonl", "--definitions",
                   "d.yaml", "--quiet"]
            for _ in range(2):  # the second run writes tables and a new manifest
                said = self.call_with(umask, *run).stderr
                self.assertTrue(said == "" or "could not be used; see" in said, said)
            self.call_with(umask, "state", "backup", "--state", f"{name}/state", f"{name}/backup")
            self.call_with(umask, "state", "restore", "--state", f"{name}/restored", f"{name}/backup")
            self.call_with(umask, "state", "repair", "--state", f"{name}/restored")
            self.call_with(umask, "state", "compact", "--state", f"{name}/restored")
            self.call_with(umask, "lead", "note", "Call back", "--tenant", "acme", "--lead", "lead7", "--to",
                           f"{name}/out/note.jsonl")
            for path in ("state", "backup", "restored"):
                self.assertEqual(self.modes(f"{name}/{path}"), ({0o700}, {0o600}), (name, path))
            self.assertEqual(self.modes(f"{name}/out"), shared, name)

    def test_a_directory_that_is_there_keeps_its_mode(self):
        self.write("a.jsonl", "\n".join(make_lines(300, 30)) + "\n")
        for mode, warned in ((0o755, True), (0o751, True), (0o750, False), (0o700, False)):
            state = f"state-{mode:o}"
            os.mkdir(self.path(state))
            os.chmod(self.path(state), mode)
            result = self.call("run", "--state", state, "--output", f"out-{mode:o}", "--input", "a.jsonl")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(f"{state} can be read by every user of this machine" in result.stderr, warned)
            self.assertEqual(stat.S_IMODE(os.stat(self.path(state)).st_mode), mode)
        result = self.call("run", "--state", "a.jsonl", "--output", "out", "--input", "a.jsonl")
        self.assertEqual((result.returncode, result.stderr),
                         (1, "leadpulse: a.jsonl is a file, not a directory. Give another name.\n"))


class ErasedState(State):
    """A state in which a lead was erased."""

    def files_with(self, *texts):
        """The files of the state that contain one of these texts."""
        found = set()
        for folder, _, names in os.walk(self.path("state")):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    content = file.read()
                found |= {name for text in texts if text.encode() in content}
        return found

    def feed(self, name, lines):
        self.write(name, "\n".join(lines) + "\n")
        self.inputs = getattr(self, "inputs", []) + [name]
        result = self.run_job("--input", *self.inputs, "--definitions", "d.yaml", "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)

    def make_erased(self):
        self.feed("a.jsonl", make_lines(3000, 300) +
                  [command(1, ADDRESS, {"updateProfile": {"set": {"phone": PHONE}}})])
        self.assertTrue(self.files_with(PHONE))
        self.feed("b.jsonl", [command(2, ADDRESS, {"erase": {}})])
        for number in range(2):
            self.feed(f"c{number}.jsonl", [command(10 + number, "lead8", {"addNote": {"text": "Call back"}})])


class Erasure(ErasedState):
    def test_compacting_leaves_nothing_of_an_erased_lead(self):
        self.make_erased()
        left = self.files_with(PHONE, ADDRESS)
        self.assertTrue(any(name.endswith(".sst") for name in left), left)
        self.assertTrue(any(name.startswith("MANIFEST") for name in left), left)
        leads = self.output_of("leads", "--state", "state")
        result = self.call("state", "compact", "--state", "state")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("The state in state is compacted, from ", result.stdout)
        self.assertEqual(self.files_with(PHONE, ADDRESS), set())
        self.assertEqual(self.check().returncode, 0)
        self.assertEqual(self.output_of("leads", "--state", "state"), leads)
        self.feed("f.jsonl", [command(20, "lead9", {"addNote": {"text": "Call back"}})])
        self.assertEqual(self.files_with(PHONE, ADDRESS), set())
        self.assertEqual(self.check().returncode, 0)

    def test_compacting_killed_at_any_step_can_be_done_again(self):
        self.make_erased()
        leads = self.output_of("leads", "--state", "state")
        for step in range(1, 6):
            environment = dict(os.environ, LEADPULSE_CRASH_AT=f"compacting_state:{step}")
            killed = subprocess.run([BINARY, "state", "compact", "--state", "state"], cwd=self.folder,
                                    env=environment, capture_output=True, check=False)
            self.assertEqual(killed.returncode, -9, step)
            self.assertEqual(self.check().returncode, 0)
            self.assertEqual(self.output_of("leads", "--state", "state"), leads)
        self.assertEqual(self.call("state", "compact", "--state", "state").returncode, 0)
        self.assertEqual(self.files_with(PHONE, ADDRESS), set())

    def test_what_cannot_be_compacted(self):
        self.fails(1, "there is no state in none", "compact", "--state", "none")
        self.make_state()
        self.assertEqual(self.call("state", "backup", "--state", "state", "backup").returncode, 0)
        self.fails(1, "backup is a backup, which compacting would spoil", "compact", "--state", "backup")
        with open(self.path("state/LOCK"), "r+b") as lock:  # locks the state as a run does
            fcntl.lockf(lock, fcntl.LOCK_EX)
            self.fails(1, "in use by another process", "compact", "--state", "state")


class RotatedSecret(ErasedState):
    """`leadpulse state rotate-secret`: another secret, and whoever is erased stays erased."""
    KILLS = ["rotation_before_write", "rotation_after_write", *(f"compacting_state:{step}" for step in range(1, 6))]

    def rotate(self, *more, crash_at=None):
        environment = os.environ | ({"LEADPULSE_CRASH_AT": crash_at} if crash_at else {})
        return subprocess.run([BINARY, "state", "rotate-secret", "--state", "state", *more], cwd=self.folder,
                              env=environment, capture_output=True, text=True, check=False)

    def keys(self):
        """How many keys the secret would have after one more rotation."""
        return int(re.search(r"would have (\d+) keys", self.rotate("--dry-run").stdout)[1])

    def sums(self):
        found = self.check_json()[1]
        return {name: found[name] for name in ("leads", "timers", "erased", "sound")}

    def expect_erased(self, name):
        """Records of before the erasure do not bring the lead back; they are new inputs, so that the run reads them."""
        leads = self.output_of("leads", "--state", "state")
        self.feed(name, [json.dumps(event(ADDRESS, f"late-{name}", "OPEN", "2026-01-02T00:00:00Z"))])
        self.assertEqual(self.output_of("leads", "--state", "state"), leads)
        self.assertNotIn(ADDRESS, leads)

    def test_it_says_what_it_would_do_and_does_it(self):
        self.make_erased()
        before = self.sums()
        dry = self.rotate("--dry-run")
        self.assertEqual((dry.returncode, dry.stderr), (0, ""))
        self.assertEqual(dry.stdout, "Nothing was written. The erasure secret of the state in state would have 2 keys, and "
                         "1 hash of an erased lead and 0 leads that know such hashes would be rewritten, so that none is "
                         "left under the former secret.\n")
        self.assertEqual(self.keys(), 2)
        done = self.rotate()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("The erasure secret of the state in state has 2 keys now. 1 hash of an erased lead and 0 leads that "
                      "know such hashes were rewritten, and none is left under the former secret. Backups", done.stdout)
        self.assertEqual(self.files_with(PHONE, ADDRESS), set())  # it is compacted
        self.assertEqual(self.sums(), before)
        self.expect_erased("old.jsonl")

    def test_killed_at_any_step_it_has_the_former_secret_or_the_next(self):
        self.make_erased()
        before, keys = self.sums(), self.keys()
        for crash_at in self.KILLS:
            self.assertEqual(self.rotate(crash_at=crash_at).returncode, -9, crash_at)
            written = crash_at != "rotation_before_write"
            self.assertEqual((self.keys(), self.sums()), (keys + written, before), crash_at)
            keys += written
            self.expect_erased(f"{crash_at.replace(':', '-')}.jsonl")
            before = self.sums()
        self.assertEqual(self.call("state", "compact", "--state", "state").returncode, 0)
        self.assertEqual(self.files_with(PHONE, ADDRESS), set())
        self.assertEqual(self.rotate().returncode, 0)
        self.expect_erased("last.jsonl")

    # What a lead, or what it shared an address with, finds again: records before the rotation, records after it, and
    # (email status, do not contact) of lead 4711 then; None: it is not there. Times are days of January.
    AGAIN = {
        "its own opt-out, lifted by itself": (
            [used(1, "4711"), came(2, "4711", "UNSUBSCRIBE", email=SHARED), erased(3, "4711")],
            [used(4, "4711"), came(5, "4711", "RESUBSCRIBE")], ("active", False)),
        "its own opt-out": (
            [used(1, "4711"), came(2, "4711", "UNSUBSCRIBE", email=SHARED), erased(3, "4711")],
            [used(4, "4711")], ("unsubscribed", False)),
        "another's opt-out from the address": (
            [used(1, "4712"), came(2, "4712", "UNSUBSCRIBE", email=SHARED), erased(3, "4712")],
            [used(4, "4711")], ("unsubscribed", False)),
        "another's opt-out, lifted by itself": (
            [used(1, "4712"), came(2, "4712", "UNSUBSCRIBE", email=SHARED), erased(3, "4712")],
            [used(4, "4711"), came(5, "4711", "RESUBSCRIBE")], ("unsubscribed", False)),
        "its do-not-contact": (
            [command_on(1, "4711", {"setDoNotContact": {"value": True}}), erased(3, "4711")],
            [used(4, "4711")], ("active", True)),
        "nothing, because the records are older": (
            [used(1, "4711"), erased(3, "4711")],
            [came(2, "4711", "OPEN"), used(2, "4711", number=9)], None),
        "nothing, because nobody has erased it": (
            [used(1, "4712"), erased(3, "4712")], [came(2, "4711", "OPEN")], ("active", False)),
        "the erasure of all who use the address": (
            [came(1, SHARED, "OPEN"), command_on(3, "", {"erase": {"suppress": True}}, email=SHARED)],
            [used(2, "4711")], None),
    }

    def test_who_comes_again_finds_what_was_left(self):
        for rotations in (0, 1, 3):
            found = self.leads_after(f"rotated-{rotations}", rotations)
            for number, (name, (_, _, expected)) in enumerate(self.AGAIN.items()):
                with self.subTest(name, rotations=rotations):
                    self.assertEqual(found.get(f"case{number}"), expected)

    def leads_after(self, folder, rotations):
        """What became of lead 4711 in each case, which is a tenant: its email status and whether it is not to be contacted."""
        state = ["--state", f"{folder}/state"]
        os.mkdir(self.path(folder))
        for number in range(2):
            lines = [line.replace('"acme"', f'"case{place}"') for place, case in enumerate(self.AGAIN.values()) for line in case[number]]
            self.write(f"{folder}/{number}.jsonl", "\n".join(lines) + "\n")
            self.output_of("run", *state, "--output", f"{folder}/out", "--quiet", "--input",
                           *(f"{folder}/{one}.jsonl" for one in range(number + 1)))
            for _ in range(rotations):
                self.output_of("state", "rotate-secret", *state)
        self.assertEqual(self.read(f"{folder}/out/dead-letters.jsonl"), "")
        leads = map(json.loads, self.read(f"{folder}/out/leads.jsonl").splitlines())
        return {lead["tenantId"]: (lead["emailStatus"], lead["doNotContact"]) for lead in leads if lead["leadId"] == "4711"}

    def test_what_cannot_be_rotated(self):
        self.fails(1, "there is no state in none", "rotate-secret", "--state", "none")
        self.make_state()
        self.assertEqual(self.call("state", "backup", "--state", "state", "backup").returncode, 0)
        self.fails(1, "backup is a backup, which another secret would spoil", "rotate-secret", "--state", "backup")
        with open(self.path("state/LOCK"), "r+b") as lock:  # locks the state as a run does
            fcntl.lockf(lock, fcntl.LOCK_EX)
            self.fails(1, "in use by another process", "rotate-secret", "--state", "state")
        self.assertEqual(self.call("state", "rotate-secret", "--state", "state").returncode, 0)
        self.assertEqual(self.call("state", "restore", "--state", "former", "backup").returncode, 0)  # its own secret


class DeadLetters(State):
    def test_the_payload_is_left_out_where_that_is_wanted(self):
        bad = '{"event":{"tenantId":"acme","leadId":"' + ADDRESS + '"}}'
        good = json.dumps(event("bob", "e1", "OPEN", "2026-03-01T00:00:00Z"))
        self.write("a.jsonl", f"{bad}\n{good}\n")
        for arguments, payload in (([], bad.encode()), (["--dead-letter-payload", "full"], bad.encode()),
                                   (["--dead-letter-payload", "none"], b"")):
            name = f"run{len(payload)}{len(arguments)}"
            self.output_of("run", "--state", name, "--output", f"{name}-out", "--input", "a.jsonl", *arguments)
            letter = json.loads(self.read(f"{name}-out/dead-letters.jsonl"))
            self.assertEqual(base64.b64decode(letter["payload"]), payload)
            self.assertEqual((letter["reason"], letter["source"]["line"]), ("missing_event_id", 1))
        result = self.run_job("--input", "a.jsonl", "--dead-letter-payload", "some")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--dead-letter-payload: expected full or none, found `some`", result.stderr)


if __name__ == "__main__":
    unittest.main()
