#!/usr/bin/env python3
"""Manual edits of one lead: `leadpulse lead set` and the others.   tests/cli/lead_edits_test.py BINARY"""

import getpass
import json
import os
import subprocess
import time
import unittest

from command_line import BINARY, CommandLine

DEFINITIONS = """
tenants:
  "*":
    fields: {company_size: number}
    tiers: [{name: all}]
"""
WHO = ("--tenant", "acme", "--lead", "ada@example.com")
AT = ("--at", "2026-03-01T09:00:00Z")
EVENT = ('{"event":{"tenantId":"acme","email":"ada@example.com","eventId":"e1","type":"OPEN",'
         '"occurredAt":"2026-01-01T00:00:00Z"}}\n')

# The arguments, and what they change in the lead. One run reads each group, whose edits do not touch each other.
EDITS = [[
    (("set", "company=Acme GmbH", "company_size=250", "vip=true", "zip=007", "profile.tags:=[\"a\", 1]", "gone="),
     {"profile": {"company": "Acme GmbH", "company_size": 250, "tags": ["a", 1], "vip": True, "zip": "007"}}),
    (("tag", "vip", "trial user"), {"tags": ["trial user", "vip"]}),
    (("list", "Key accounts", "B"), {"lists": ["B", "Key accounts"]}),
    (("campaign", "spring", "fall"), {"campaigns": ["fall", "spring"]}),
    (("qualify", "80"), {"qualificationSet": 80}),
    (("agent", "kim"), {"agent": "kim"}),
    (("do-not-contact", "yes", "--reason", "asked by phone"),
     {"doNotContact": True, "doNotContactReason": "asked by phone"}),
    (("consent", "newsletter", "yes", "--source", "form"),
     {"consents": {"newsletter": {"granted": True, "source": "form", "at": "2026-03-01T09:00:00Z"}}}),
    (("note", "wants a demo"), {"notes": [{"text": "wants a demo", "at": "2026-03-01T09:00:00Z", "actor": "kim"}]}),
    (("stage", "Follow_Up"), {"stage": "follow_up"}),
], [
    (("unset", "zip", "Tags", "vip"), {"profile": {"company": "Acme GmbH", "company_size": 250}}),
    (("untag", "VIP"), {"tags": ["trial user"]}),
    (("unlist", "b"), {"lists": ["Key accounts"]}),
    (("uncampaign", "fall"), {"campaigns": ["spring"]}),
    (("qualify", "100"), {"qualificationSet": 100}),
    (("agent", "--clear"), {"agent": ""}),
    (("do-not-contact", "no"), {"doNotContact": False, "doNotContactReason": ""}),
    (("consent", "newsletter", "no"),
     {"consents": {"newsletter": {"granted": False, "source": "", "at": "2026-03-01T09:00:00Z"}}}),
    (("stage", "lost"), {"stage": "lost"}),
], [
    (("qualify", "0"), {"qualificationSet": 0}),
], [
    (("qualify", "--clear"), {"qualificationSet": None}),
]]

# Wrong arguments, and the message for them.
WRONG = [
    (("set", *WHO), "ATTRIBUTE is required"),
    (("set", "company", *WHO), "`company` sets nothing; write name=value, or name:=JSON"),
    (("set", "a:={", *WHO), "what follows := is no JSON value"),
    (("set", "a:=[[1]]", *WHO), "is a list with null, a list or a struct inside"),
    (("set", "a=" + "x" * 8193, *WHO), "is 8193 bytes long; at most 8192 are allowed"),
    (("set", "a=1", "A=2", *WHO), "the attribute a is given twice"),
    (("set", "do_not_contact=yes", *WHO), "would be an attribute that stops no mail; `leadpulse lead do-not-contact` does"),
    (("set", "Unsubscribed=true", *WHO), "for an attribute of that name write profile.unsubscribed=…"),
    (("set", "Stage=lost", *WHO), "`Stage` would be an attribute that rules do not see; `leadpulse lead stage` sets it"),
    (("set", "score=5", *WHO), "would be an attribute that rules do not see; for an attribute of that name write profile.score=…"),
    (("set", "email=a..b@example.com", *WHO), "`a..b@example.com` is no e-mail address; write it like ann@example.com"),
    (("set", "Email:=5", *WHO), "`5` is no e-mail address"),
    (("set", "email=ann@example.com\u200d", *WHO), "is no e-mail address"),
    (("tag", "", *WHO), "command.editTags.add is empty; it must name something"),
    (("stage", "qualifed", *WHO), "there is no stage qualifed; did you mean qualified?"),
    (("stage", "x", *WHO), "there are: new contacted engaged"),
    (("qualify", "101", *WHO), "`101` is no qualification; write a whole number from 0 to 100, or --clear"),
    (("qualify", "1.5", *WHO), "`1.5` is no qualification"),
    (("qualify", *WHO), "Exactly 1 option from [--clear,SCORE] is required"),
    (("qualify", "1", "--clear", *WHO), "and 2 were given"),
    (("agent", "", *WHO), "for nobody say --clear"),
    (("do-not-contact", "maybe", *WHO), "`maybe` is neither yes nor no"),
    (("consent", "newsletter", *WHO), "expected at least 2 values, found 1"),
    (("note", "a", "b", *WHO), "expected at most 1 value, found 2"),
    (("note", "hi", "--tenant", "acme"), "Exactly 1 option from [--lead,--email] is required"),
    (("note", "hi", *WHO, "--email", "a@b.c"), "and 2 were given"),
    (("note", "hi", "--tenant", "acme", "--email", "Ann <a@b.c>"), "`Ann <a@b.c>` is no address; write it like"),
    (("erase", "--yes", "--tenant", "acme", "--email", "a@b.c, d@b.c"), "is no address"),
    (("erase", "--yes", "--tenant", "acme", "--email", "4711"), "or give an id with --lead"),
    (("erase", "--yes", "--tenant", "acme", "--email", "a@b.c\u200d"), "begins or ends with marks that nobody sees"),
    (("note", "hi", "--lead", "ada"), "--tenant is required"),
    (("note", "hi", "--tenant", "a b", "--lead", "ada"), "holds something other than A-Z a-z 0-9 _ . -"),
    (("note", "hi", "--tenant", "acme", "--lead", ""), "command.leadId is missing"),
    (("note", "hi", *WHO, "--at", "soon"), "--at soon is no time; write 2026-03-10T09:30:00Z"),
    (("note", "hi", *WHO, "--at", "1999-12-31"), "before 2000-01-01T00:00:00Z"),
    (("note", "hi", *WHO, "--at", "2999-01-01"), "too far ahead of the wall clock"),
    (("note", "hi", *WHO, "--to", "x.csv"), "`x.csv` is no file to add records to; give a name that ends with .jsonl"),
    (("note", "hi", *WHO, "--to", "x.jsonl.gz"), "is no file to add records to"),
    (("note", b"\xff", *WHO), "are all its texts UTF-8?"),
    (("nte", "hi", *WHO), "did you mean note?"),
    (("erase", *WHO), "standard input is no terminal, so nobody can be asked; say --yes to erase unasked"),
]


class LeadEdits(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("d.yaml", DEFINITIONS)
        self.write("a.jsonl", EVENT)

    def run_with(self, *inputs):
        self.run_accepted("--definitions", "d.yaml", "--quiet", "--input", "a.jsonl", *inputs)

    def lead(self):
        return json.loads(self.output_of("lead", "--state", "state", *WHO))

    def command(self, *arguments):
        line, = self.output_of("lead", *arguments).splitlines()
        return json.loads(line)["command"]

    def test_each_does_what_it_says(self):
        for group in EDITS:
            for said, _ in group:
                self.assertEqual(self.output_of("lead", *said, *WHO, *AT, "--actor", "kim", "--to", "hand.jsonl"), "")
            self.run_with("hand.jsonl")
            lead = self.lead()
            for note in lead["notes"]:
                self.assertIn(note.pop("commandId"), lead["commandIds"])
            for said, changed in group:
                self.assertEqual({key: lead[key] for key in changed}, changed, said)
        self.assertEqual(len(lead["commandIds"]), sum(len(group) for group in EDITS))

    def test_who_when_and_by_whom(self):
        command = self.command("note", "hi", "--tenant", "acme", "--email", " Ada@Example.com")
        self.assertEqual((command["tenantId"], command["email"], command["actor"]),
                         ("acme", "ada@example.com", getpass.getuser()))
        self.assertLess(abs(time.time() - time.mktime(time.strptime(command["issuedAt"][:19], "%Y-%m-%dT%H:%M:%S"))
                            + time.timezone), 600)
        self.assertEqual(self.command("note", "hi", "--tenant", "acme", "--lead", "Ada@Example.com")["leadId"],
                         "Ada@Example.com")
        by_id = self.command("note", "hi", "--tenant", "acme", "--lead", "ada@example.com")
        self.assertEqual((by_id["leadId"], by_id.get("email")), ("ada@example.com", None))
        self.assertEqual("leadId" in self.command("erase", "--yes", "--tenant", "acme", "--email", "A@b.c"), False)
        ids = {self.command("note", "hi", *WHO)["commandId"] for _ in range(3)}
        self.assertEqual(len(ids), 3)
        for command_id in ids:
            self.assertRegex(command_id, "^hand-[0-9a-f]{32}$")

    def test_texts_are_read_in_their_normal_form(self):
        said = (("tag", " vip "), ("campaign", "Cafe\u0301\u00a0"), ("set", "email= Ada@Example.com "), ("list", "\u200bnews"))
        for words in said:
            self.output_of("lead", *words, *WHO, *AT, "--to", "hand.jsonl")
        self.run_with("hand.jsonl")
        lead = self.lead()
        self.assertEqual((lead["tags"], lead["lists"], lead["campaigns"], lead["email"]),
                         (["vip"], ["news"], ["Caf\u00e9"], "Ada@Example.com"))

    def test_the_same_id_again_changes_nothing(self):
        for text in ("first", "second"):
            self.output_of("lead", "note", text, *WHO, *AT, "--command-id", "mine", "--to", "hand.jsonl")
        self.run_with("hand.jsonl")
        self.assertEqual([note["text"] for note in self.lead()["notes"]], ["first"])

    def test_wrong_usage_writes_nothing(self):
        for number, (said, part) in enumerate(WRONG):
            # Every other one would print the command.
            to = () if number % 2 or "--to" in said else ("--to", "new.jsonl")
            result = subprocess.run([BINARY, "lead", *said, *to], cwd=self.folder, stdin=subprocess.DEVNULL,
                                    capture_output=True, text=True, timeout=300, check=False)
            self.assertEqual((result.returncode, result.stdout), (2, ""), said)
            self.assertIn(part, result.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.jsonl", "d.yaml"])

    def test_erasing_asks(self):
        erase = ("lead", "erase", *WHO, *AT, "--to", "hand.jsonl")
        for answer in ("n", "", "yess"):
            code, said = self.answer(answer, *erase)
            self.assertEqual(code, 1)
            self.assertIn("Erase everything about lead ada@example.com of tenant acme? It cannot be undone. [y/N]",
                          said)
            self.assertIn("nothing was erased", said)
            self.assertFalse(os.path.exists(self.path("hand.jsonl")))
        self.assertEqual(self.answer("y", *erase)[0], 0)
        self.run_with("hand.jsonl")
        self.assertEqual(self.call("lead", "--state", "state", *WHO).returncode, 1)
        self.assertEqual(self.command("erase", *WHO, "--yes")["erase"], {})
        self.assertEqual(self.command("erase", *WHO, "--yes", "--suppress")["erase"], {"suppress": True})

    def test_a_line_that_was_cut_off_is_ended_first(self):
        self.write("hand.jsonl", '{"command":{"ten')
        self.output_of("lead", "tag", "vip", *WHO, *AT, "--to", "hand.jsonl")
        result = self.run_job("--definitions", "d.yaml", "--input", "hand.jsonl", "--format", "json")
        records = json.loads(result.stdout)["records"]
        self.assertEqual((records["commands"], records["deadLetters"]), (1, 1))
        self.assertEqual(self.lead()["tags"], ["vip"])

    def test_where_it_cannot_be_written_is_said(self):
        os.mkdir(self.path("folder.jsonl"))
        os.mkfifo(self.path("pipe.jsonl"))
        for to, part in (("folder.jsonl", "cannot be opened"), ("none/x.jsonl", "cannot be opened"),
                         ("pipe.jsonl", "is no regular file")):
            result = self.call("lead", "tag", "vip", *WHO, "--to", to)
            self.assertEqual((result.returncode, result.stdout), (1, ""))
            self.assertIn(part, result.stderr)
        self.expect_full_disk_reported("lead", "tag", "vip", *WHO)

    def test_a_run_that_follows_reads_it_at_once(self):
        self.write("hand.jsonl", "")
        job = self.start_job("--definitions", "d.yaml", "--follow", "--input", "hand.jsonl", "--quiet")
        try:
            for number in range(3):
                self.output_of("lead", "tag", f"t{number}", *WHO, "--to", "hand.jsonl")
                for _ in range(3000):
                    shown = self.call("lead", "--state", "state", *WHO)
                    if shown.returncode == 0 and len(json.loads(shown.stdout)["tags"]) > number:
                        break
                    time.sleep(0.02)
                self.assertEqual(self.lead()["tags"], [f"t{tag}" for tag in range(number + 1)])
        finally:
            job.terminate()
            job.wait()
        self.assertEqual(job.returncode, 0)

    def test_what_became_of_a_command_is_waited_for(self):
        self.write("hand.jsonl", "")
        waits = ("--to", "hand.jsonl", "--state", "state", "--output", "out", "--wait")
        job = self.start_job("--definitions", "d.yaml", "--follow", "--input", "hand.jsonl", "--quiet")
        try:
            for arguments in (("stage", "lost"), ("tag", "vip"), ("tag", "vip", "--command-id", "twice"),
                              ("tag", "vip", "--command-id", "twice")):
                done = self.call("lead", *arguments, *WHO, *waits, "60s")
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
            self.assertEqual((self.lead()["stage"], self.lead()["tags"]), ("lost", ["vip"]))
            for stage in ("new", "contacted"):  # each edit finds its own answer
                refused = self.call("lead", "stage", stage, *WHO, *waits, "60s")
                self.assertEqual(refused.returncode, 1, refused.stderr)
                self.assertIn("leadpulse: refused, final_stage: the lead is lost, which is final", refused.stderr)
            erased = self.call("lead", "erase", "--yes", *WHO, *waits, "60s")
            self.assertEqual(erased.returncode, 0)
            self.assertIn("  ada@example.com  the lead: LEAD_ERASED is published\n", erased.stderr)
            self.assertEqual(self.call("lead", "--state", "state", *WHO).returncode, 1)
        finally:
            job.terminate()
            job.wait()
        unknown = self.call("lead", "tag", "late", *WHO, *waits, "200ms")
        self.assertEqual(unknown.returncode, 3)
        self.assertIn("not known to be applied or refused yet", unknown.stderr)

    def test_a_wait_needs_the_run(self):
        for arguments, said in ((("--wait", "5s"), "--wait, --state and --output go together"),
                                (("--wait", "5s", "--state", "s", "--output", "o"), "--wait is for --to FILE"),
                                (("--wait", "2h", "--state", "s", "--output", "o", "--to", "h.jsonl"), "up to an hour"),
                                (("--wait", "soon", "--state", "s", "--output", "o", "--to", "h.jsonl"), "up to an hour")):
            wrong = self.call("lead", "tag", "vip", *WHO, *arguments)
            self.assertEqual(wrong.returncode, 2, wrong.stderr)
            self.assertIn(said, wrong.stderr)
        self.assertFalse(os.path.exists(self.path("h.jsonl")))


if __name__ == "__main__":
    unittest.main()
