#!/usr/bin/env python3
"""`leadpulse convert`: signatures on the command line.   tests/unit/convert_test.py BINARY"""

import hashlib
import hmac
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
        self.write("svix.json", '{"test": 2432232314}')  # what Svix documents; of Resend it is no event, but signed
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


if __name__ == "__main__":
    unittest.main()
