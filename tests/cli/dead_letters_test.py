#!/usr/bin/env python3
"""`leadpulse dead-letters`: the records that a run on files could not use, counted, shown, and sent again once their
cause is mended.   tests/cli/dead_letters_test.py BINARY
"""

import base64
import json
import unittest

from command_line import CommandLine, command, event

TIME = "2026-03-03T08:00:00Z"
DEFINITIONS = """
tenants:
  "*":
    fields: {size: %s}
    tiers: [{name: all}]
"""
WITHOUT_ID = {"event": {"tenantId": "acme", "leadId": "1", "type": "CLICK", "occurredAt": TIME}}
WORD = command("1", "c1", TIME, updateProfile={"set": {"size": "many"}}, newMember=7)
OTHER = command("2", "c2", TIME, tenant="other", updateProfile={"set": {"size": "few"}})


class DeadLetters(CommandLine):
    def make_letters(self):
        """The run wants a number where two commands have a word; an event has no id, and a line breaks off."""
        lines = [json.dumps(record) for record in (event("1", "e1", "CLICK", TIME), WITHOUT_ID, WORD, OTHER, WITHOUT_ID)]
        self.lines = lines + ['{"event": {"tenantId": "acme"']
        self.write("a.jsonl", "\n".join(self.lines) + "\n")
        self.run_again("number", "a.jsonl")
        self.assertEqual(self.read("out/dead-letters.jsonl").count("\n"), 5)

    def run_again(self, size, *inputs):
        self.write("d.yaml", DEFINITIONS % size)
        result = self.run_job("--definitions", "d.yaml", "--quiet",
                              *(word for name in inputs for word in ("--input", name)))
        self.assertEqual(result.returncode, 0, result.stderr)

    def letters(self, *arguments, code=0):
        result = self.call("dead-letters", *arguments)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def test_list_groups_them_by_reason(self):
        self.make_letters()
        lines = self.letters("list", "--from", "out").stdout.splitlines()
        self.assertEqual([line.split()[:3] for line in lines],
                         [["reason", "count", "first"], ["invalid_value", "2", "a.jsonl:3:"],
                          ["missing_event_id", "2", "a.jsonl:2:"], ["malformed", "1", "a.jsonl:6:"]])
        listed = json.loads(self.letters("list", "--from", "out/dead-letters.jsonl", "--format", "json").stdout)
        self.assertEqual((listed["deadLetters"], [group["count"] for group in listed["reasons"]]), (5, [2, 2, 1]))
        filtered = self.letters("list", "--from", "out", "--reason", "invalid_value", "--reason", "malformed", "--tenant",
                                "other").stdout
        self.assertIn("invalid_value               1  a.jsonl:4: ", filtered)
        self.assertEqual(self.letters("list", "--from", "out", "--tenant", "nobody").stdout, "No dead letters.\n")

    def test_show_prints_one_as_it_came(self):
        self.make_letters()
        shown = self.letters("show", "--from", "out", "a.jsonl:3").stdout
        for part in ("a.jsonl:3\n  reason   invalid_value\n  detail   ", "  tenant   acme\n", f"  payload  {self.lines[2]}\n"):
            self.assertIn(part, shown)
        self.assertEqual(self.letters("show", "--from", "out", "a.jsonl:6", "--payload").stdout, self.lines[5])
        as_json = json.loads(self.letters("show", "--from", "out", "a.jsonl:2", "--format", "json").stdout)
        self.assertEqual((as_json["origin"], as_json["reason"], base64.b64decode(as_json["payload"]).decode()),
                         ("a.jsonl:2", "missing_event_id", self.lines[1]))
        self.assertIn("there is no dead letter of the record a.jsonl:1", self.letters("show", "--from", "out", "a.jsonl:1",
                                                                                    code=1).stderr)

    def test_what_can_be_used_now_is_sent_again(self):
        self.make_letters()
        planned = self.letters("send-again", "--from", "out", "--to", "again.jsonl", "--dry-run").stdout
        self.assertRegex(planned, r"(?s)^To send, by the reason of then:\ninvalid_value +2  a.jsonl:3: .*"
                                  r"Not to send, by the reason of now:\nmissing_event_id +2  .*\nmalformed +1  ")
        self.assertRaises(FileNotFoundError, self.read, "again.jsonl")
        said = self.letters("send-again", "--from", "out", "--to", "again.jsonl", "--yes").stdout
        self.assertIn("Sent 2 records. They also stay among the dead letters. Sending one twice changes nothing twice", said)
        self.assertEqual(self.read("again.jsonl"), self.lines[2] + "\n" + self.lines[3] + "\n")  # unknown members, too
        # Twice, which changes nothing; under definitions that take a word.
        self.letters("send-again", "--from", "out", "--to", "again.jsonl", "--yes")
        self.run_again("text", "a.jsonl", "again.jsonl")
        self.assertEqual(self.read("out/dead-letters.jsonl").count("\n"), 5)
        for tenant, lead, size in (("acme", "1", "many"), ("other", "2", "few")):
            stored = json.loads(self.call("lead", "--state", "state", "--tenant", tenant, "--lead", lead).stdout)
            self.assertEqual(stored["attributes"]["size"]["sent"], size)

    def test_one_or_some_are_sent_to_standard_output(self):
        self.make_letters()
        one = self.letters("send-again", "--from", "out", "a.jsonl:4", "--to", "-", "--yes")
        self.assertEqual(one.stdout, self.lines[3] + "\n")
        self.assertIn("Sent 1 record.", one.stderr)
        some = self.letters("send-again", "--from", "out", "--tenant", "acme", "--to", "-", "--yes")
        self.assertEqual(some.stdout, self.lines[2] + "\n")
        none = self.letters("send-again", "--from", "out", "--reason", "malformed", "--to", "-", "--yes")
        self.assertEqual(none.stdout, "")
        self.assertIn("Nothing to send.", none.stderr)

    def test_nothing_is_sent_unasked(self):
        self.make_letters()
        send = ("dead-letters", "send-again", "--from", "out", "--to", "again.jsonl")
        self.assertIn("--yes", self.letters(*send[1:], code=2).stderr)
        code, said = self.answer("n", *send)
        self.assertEqual(code, 1)
        self.assertIn("Send 2 records?", said)
        self.assertIn("nothing was sent", said)
        self.assertRaises(FileNotFoundError, self.read, "again.jsonl")

    def test_without_payloads_nothing_can_be_sent(self):
        self.write("d.yaml", DEFINITIONS % "number")
        self.write_records("a.jsonl", [WORD])
        self.run_job("--definitions", "d.yaml", "--quiet", "--input", "a.jsonl", "--dead-letter-payload", "none")
        planned = self.letters("send-again", "--from", "out", "--to", "-", "--dry-run").stderr
        self.assertRegex(planned, r"no_payload +1  a.jsonl:1: .*see a.jsonl:1, and send it from there if it has one")
        self.assertIn("payload  none", self.letters("show", "--from", "out", "a.jsonl:1").stdout)

    def test_wrong_usage(self):
        self.make_letters()
        for arguments, said in [
                (["list"], "say where they are: --from FILE"),
                (["list", "--from", "out", "--config", "live.yaml"], "not both"),
                (["list", "--from", "out", "--since", "2026-01-01"], "--since is of --config only"),
                (["list", "--from", "out", "--reason", "missing_evnt_id"], "did you mean missing_event_id?"),
                (["list", "--from", "nowhere"], "nowhere cannot be read: No such file or directory"),
                (["list", "--from", "a.jsonl"], "a.jsonl: line 1 is no dead letter"),
                (["send-again", "--from", "out", "--yes"], "say where to: --to FILE"),
                (["send-again", "--from", "out", "--yes", "--to", "kafka"], "--to kafka needs --config")]:
            with self.subTest(arguments):
                code = 1 if "no dead letter" in said else 2
                self.assertIn(said, self.letters(*arguments, code=code).stderr)

    def test_a_line_that_is_being_written_is_left_out(self):
        self.make_letters()
        with open(self.path("out/dead-letters.jsonl"), "a", encoding="utf-8") as file:
            file.write('{"source":{"file":"a.js')
        self.assertEqual(json.loads(self.letters("list", "--from", "out", "--format", "json").stdout)["deadLetters"], 5)


if __name__ == "__main__":
    unittest.main()
