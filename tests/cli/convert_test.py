#!/usr/bin/env python3
"""`leadpulse convert`: signatures and machine events on the command line.   tests/cli/convert_test.py BINARY"""

import hashlib
import hmac
import itertools
import json
import unittest

from command_line import CommandLine

SECRET = "hunter2-hunter2"
BODY = ('{"events":[{"event":"open","email":"ann@example.com","message_id":"m1","event_id":"e1",'
        '"timestamp":1772323200}]}')


class ConvertTest(CommandLine):
    def convert(self, *arguments):
        return self.call("convert", "--provider", "mailtrap", "--tenant", "acme", *arguments, "body.json", "other.json")

    def setUp(self):
        super().setUp()
        self.write("body.json", BODY)
        self.write("other.json", BODY.replace("e1", "e2"))
        self.write("key", SECRET + "\n")
        self.signature = hmac.new(SECRET.encode(), BODY.encode(), hashlib.sha256).hexdigest()

    def test_nothing_is_checked_without_a_key(self):
        result = self.convert()
        self.assertEqual((result.returncode, len(result.stdout.splitlines())), (0, 2), result.stderr)

    def test_what_is_not_signed_gives_no_records(self):
        for key in (SECRET, "@key"):
            result = self.convert("--verify-key", key, "--header", "mailtrap-signature: " + self.signature)
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertIn('"open/e1"', result.stdout)
            self.assertIn('/e1"', result.stdout)
            self.assertNotIn('"e2"', result.stdout)
            self.assertIn("leadpulse: other.json: the signature does not match", result.stderr)
            self.assertNotIn(SECRET, result.stderr)
        result = self.convert("--verify-key", SECRET)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("body.json: the header Mailtrap-Signature is missing", result.stderr)

    def test_other_schemes(self):
        result = self.convert("--verify-key", "token", "--verify-scheme", "header", "--verify-header", "X-Token",
                              "--header", "X-Token: token")
        self.assertEqual((result.returncode, len(result.stdout.splitlines())), (0, 2), result.stderr)

    def test_the_time_of_the_post(self):
        key, signed = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        self.write("svix.json", '{"test": 2432232314}')  # the example of Svix: not an event of Resend, but signed
        line = ["convert", "--provider", "resend", "--tenant", "acme", "--verify-key", key, "--header",
                "svix-id: msg_p5jXN8AQM9LWM0D4loKWxJek", "--header", "svix-timestamp: 1614265330", "--header",
                "svix-signature: " + signed, "svix.json"]
        self.assertIn("more than 5 minutes before", self.call(*line).stderr)
        self.assertNotIn("minutes", self.call(*line, "--received-at", "2021-02-25T15:02:10Z").stderr)

    def test_a_wrong_key_is_wrong_usage(self):
        for arguments, part in ((["--verify-key", "x", "--verify-scheme", "basic"], "the key is no user:password"),
                                (["--verify-key", "@none"], "none"), (["--verify-key", ""], "it is empty"),
                                (["--verify-url", "https://example.com/"], "--verify-key"),
                                (["--received-at", "now"], "is no time")):
            result = self.convert(*arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
            self.assertIn(part, result.stderr)

    def test_a_guessed_time_is_said_and_strictly_skipped(self):
        self.write("body.json", BODY.replace("1772323200", '"soon"'))
        result = self.convert("--received-at", "2026-03-02T00:00:00Z")
        self.assertEqual((result.returncode, len(result.stdout.splitlines())), (0, 2), result.stderr)
        self.assertIn("2026-03-02T00:00:00Z", result.stdout)
        self.assertIn("  1 record  with the time of receipt: theirs is missing or cannot be read; --strict skips them\n",
                      result.stderr)
        result = self.convert("--strict", "--skipped", "skipped.jsonl")
        self.assertEqual((result.returncode, len(result.stdout.splitlines())), (0, 1), result.stderr)
        self.assertIn("incomplete     open: it has no time that can be read\n", result.stderr)
        self.assertNotIn("time of receipt", result.stderr)
        self.assertIn('"timestamp":"soon"', self.read("skipped.jsonl"))

    def test_an_automatic_reply_is_counted(self):
        bounce = {"bounceType": "Transient", "bounceSubType": "General", "timestamp": "2026-02-28T12:41:05.101Z",
                  "bouncedRecipients": [{"emailAddress": "ann@example.com"}], "feedbackId": "f"}
        self.write("body.json", json.dumps({"notificationType": "Bounce", "bounce": bounce, "mail": {}}))
        result = self.call("convert", "--provider", "amazon-ses", "--tenant", "acme", "body.json")
        self.assertEqual((result.returncode, result.stdout), (0, ""), result.stderr)
        self.assertIn("1  no engagement  Bounce: an automatic reply, no bounce\n", result.stderr)

    def generic(self, mapping, *arguments):
        self.write("mapping.yaml", mapping)
        self.write("form.json", '{"kind": "seen", "who": "ann@example.com", "at": 1772323200, "what": "/pricing"}')
        return self.call("convert", "--provider", "generic", "--tenant", "acme", "--mapping", "mapping.yaml", *arguments,
                         "form.json")

    def test_a_sender_of_ones_own(self):
        fields = "provider: form\nfields: {event: kind, address: who, time: {path: at, format: seconds}, link: what}\n"
        result = self.generic(fields + "becomes: {seen: page_visit}\n")
        self.assertEqual(result.returncode, 0, result.stderr)
        event = json.loads(result.stdout)["event"]
        self.assertEqual((event["email"], event["type"], event["occurredAt"], event["url"]),
                         ("ann@example.com", "PAGE_VISIT", "2026-03-01T00:00:00Z", "/pricing"))
        self.assertTrue(event["eventId"].startswith("form-"), event)

    def test_a_mapping_that_is_wrong_is_wrong_usage(self):
        result = self.generic("fields: {event: kind, adress: who}\nbecomes: {seen: page_visit}\n")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("mapping.yaml:1:23: error: ", result.stderr)
        self.assertIn('did you mean "address"?', result.stderr)
        result = self.call("convert", "--provider", "generic", "--tenant", "acme", "--mapping", "gone.yaml", "body.json")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("mapping gone.yaml", result.stderr)
        for line in (["--provider", "generic"], ["--provider", "mailtrap", "--mapping", "mapping.yaml"]):
            result = self.call("convert", *line, "--tenant", "acme", "body.json")
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertIn("--provider generic and --mapping FILE go together", result.stderr)

    def test_what_was_skipped_is_kept(self):
        self.write("body.json", BODY.replace("open", "poked"))
        result = self.convert("--skipped", "skipped.jsonl")
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(self.path("skipped.jsonl"), encoding="utf-8") as file:
            kept = [json.loads(line) for line in file]
        self.assertEqual([(line["provider"], line["item"]["event_id"]) for line in kept], [("mailtrap", "e1")])

    def test_what_was_skipped_and_cannot_be_kept_is_told(self):
        self.write("body.json", BODY.replace("open", "poked"))
        for file in ("/dev/full", "gone/skipped.jsonl"):
            result = self.convert("--skipped", file)
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertIn(f"{file} cannot be written: ", result.stderr)
        # More than the buffer, so that it is read before the end.
        item = json.loads(BODY)["events"][0]
        self.write("body.json", json.dumps({"events": [{**item, "event": f"poked {number}"} for number in range(99)]}))
        result = self.convert("--skipped", "/dev/full")
        self.assertEqual((result.returncode, result.stdout), (1, ""), result.stderr)
        self.assertIn("/dev/full cannot be written: No space left on device", result.stderr)

    def test_names_of_anybodys_steer_no_terminal_and_do_not_fill_it(self):
        events = [{"event": "we\u001b[31mird\n\u202e", "email": "ann@example.com"}]
        events += [{"event": f"new {number}" + "x" * 200, "email": "ann@example.com"} for number in range(1000)]
        self.write("body.json", json.dumps({"events": events}))
        said = self.call("convert", "--provider", "mailtrap", "--tenant", "acme", "body.json").stderr
        self.assertIn("         1  unknown        we\\u001b[31mird\\n\\u202e\n", said)
        self.assertIn("       951  unknown        others\n", said)
        lines = said.splitlines()
        self.assertEqual(len(lines), 52)
        self.assertLess(max(map(len, lines)), 140)


DELIVERED = 1772323200


def post(event, number, seconds=0, url=None, agent=None):
    """The body of one event, as Mailtrap sends it."""
    told = {"event": event, "email": "ann@example.com", "message_id": "m1", "event_id": f"e{number}",
            "timestamp": DELIVERED + seconds, "url": url, "user_agent": agent}
    return json.dumps({"events": [{key: value for key, value in told.items() if value is not None}]})


class MachinesTest(CommandLine):
    """Which clicks are a machine's, by user agent and by the timing of scanners."""

    POSTS = {"delivery": post("delivery", 1), "first": post("click", 2, -1, "https://acme.example/a"),
             "second": post("click", 3, 2, "https://acme.example/b"),
             "later": post("click", 4, 60, "https://acme.example/b")}

    def setUp(self):
        super().setUp()
        for name, body in self.POSTS.items():
            self.write(name, body)

    def machines(self, *arguments):
        """The numbers of the machine's events, and all records."""
        result = self.output_of("convert", "--provider", "mailtrap", "--tenant", "acme", *arguments)
        records = [json.loads(line)["event"] for line in result.splitlines()]
        return {record["eventId"][-1] for record in records if record.get("machine")}, records

    def test_a_scanner_by_its_habit(self):
        every = list(self.POSTS)
        plain = self.machines(*every)
        self.assertEqual((plain[0], len(plain[1])), (set(), 4))
        machines, records = self.machines("--scanner-seconds", "2", *every)
        self.assertEqual(machines, {"2", "3"})
        self.assertEqual([{**record, "machine": True} for record in plain[1]],
                         [{**record, "machine": True} for record in records])
        for order in itertools.permutations(every):
            self.assertEqual(self.machines("--scanner-seconds", "2", *order, order[0])[0], {"2", "3"})
        said = self.call("convert", "--provider", "mailtrap", "--tenant", "acme", "--scanner-seconds", "2", *every).stderr
        self.assertEqual(said, "mailtrap: 4 bodies, 4 records, 0 skipped\n  2 clicks  by their habit a security scanner's\n")
        # the second click is no longer close
        self.assertEqual(self.machines("--scanner-seconds", "1", *every)[0], set())
        self.assertEqual(self.machines("--scanner-seconds", "2", "first", "second", "later")[0], set())
        self.assertEqual(self.machines("--scanner-seconds", "2", "delivery", "first", "later")[0], set())

    def test_where_each_post_came_by_itself_they_are_taken_back(self):
        """As after `receive`: one post after the other, the latest first."""
        names = []
        for name in reversed(self.POSTS):
            self.write(name + ".jsonl", self.call("convert", "--provider", "mailtrap", "--tenant", "acme", name).stdout)
            names += ["--input", name + ".jsonl"]
        self.write("d.yaml", "tenants: {acme: {tiers: [{name: all}]}}\n")
        result = self.run_job("--definitions", "d.yaml", "--quiet", *names)
        self.assertEqual((result.returncode, self.read("out/dead-letters.jsonl")), (0, ""), result.stderr)
        for seconds, wanted in (("2", ["2", "3"]), ("1", [])):
            told = self.call("retract", "--state", "state", "--tenant", "acme", "--type", "click", "--scanner-seconds", seconds,
                             "--to", "-", "--yes").stdout
            self.assertEqual([json.loads(line)["event"]["retracts"][-1] for line in told.splitlines()], wanted)

    def test_ones_own_user_agents(self):
        self.write("agents", "# ours\nAcme-Checker\n")
        self.write("own", post("click", 5, 0, "https://acme.example/a", "acme-checker/2"))
        self.write("known", post("click", 6, 0, "https://acme.example/a", "Barracuda"))
        self.assertEqual(self.machines("own", "known")[0], {"6"})
        self.assertEqual(self.machines("--machine-agents", "agents", "own", "known")[0], {"5", "6"})
        self.assertEqual(self.machines("--machine-agents", "agents", "--machine-agents-only", "own", "known")[0], {"5"})

    def test_wrong_usage(self):
        self.write("short", "a\n")
        for arguments, part in ((["--machine-agents", "short"], "short: line 1: `a` is in many a person's user agent"),
                                (["--machine-agents", "none"], "none"), (["--machine-agents-only"], "--machine-agents"),
                                (["--scanner-seconds", "0"], "--scanner-seconds")):
            result = self.call("convert", "--provider", "mailtrap", "--tenant", "acme", *arguments, "delivery")
            self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
            self.assertIn(part, result.stderr)

    def test_an_argument_names_a_tenant_of_the_list_only(self):
        events = [{"event": "open", "email": "ann@example.com", "message_id": "m", "event_id": tenant,
                   "timestamp": 1772323200, "custom_variables": {"shop": tenant}} for tenant in ("acme", "b", "c", "d")]
        self.write("shops.json", json.dumps({"events": events}))
        for tenants in (["--tenants", "b,c"], ["--tenants", "b", "--tenants", "c"]):
            result = self.call("convert", "--provider", "mailtrap", "--tenant", "acme", "--tenant-argument", "shop",
                               *tenants, "shops.json")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual([json.loads(line)["event"]["tenantId"] for line in result.stdout.splitlines()],
                             ["acme", "b", "c"])
            self.assertIn("other tenant", result.stderr)
        for arguments, said in ((["--tenant-argument", "shop"], "--tenants is missing: a list of the tenants"),
                                (["--tenants", "b"], "--tenants is used with --tenant-argument only"),
                                (["--tenant-argument", "shop", "--tenants", "b,c d"], "`c d` is no tenant"),
                                (["--tenant-argument", "shop", "--tenants", ""], "is no tenant")):
            result = self.call("convert", "--provider", "mailtrap", "--tenant", "acme", *arguments, "shops.json")
            self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
            self.assertIn(said, result.stderr)

    def test_a_tenant_whose_records_no_run_would_take(self):
        for tenant in ("ac me", "", "Müller", "t" * 129):
            result = self.call("convert", "--provider", "mailtrap", "--tenant", tenant, "delivery")
            self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
            self.assertIn(f"--tenant: `{tenant}` is no tenant; write 1 to 128 of A–Z a–z 0–9 _ . -", result.stderr)


if __name__ == "__main__":
    unittest.main()
