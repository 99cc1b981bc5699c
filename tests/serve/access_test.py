#!/usr/bin/env python3
"""Users, tokens, tenants and the audit log by `leadpulse serve`'s commands.   tests/serve/access_test.py BINARY"""

import os
import sqlite3
import stat
import unittest

from front import ROOT, AccessCase


class Access(AccessCase):
    def test_the_directory_is_made_once_and_is_private(self):
        self.assertRegex(self.init(), r"shown only now:\n\S{24}\n")
        for name in ("serve.db", "serve.key"):
            self.assertEqual(stat.S_IMODE(os.stat(self.path(f"front/{name}")).st_mode), 0o600)
        self.fails(1, "front", "init", "--data", "front", "--tenant", "acme", "--admin", "kim")

    def test_wrong_usage(self):
        self.fails(2, "--data", "init", "--tenant", "acme", "--admin", "kim")
        self.fails(2, "--state", "--data", "front")
        self.fails(1, "none", "token", "list", "--data", "none")
        self.init()
        create = ("token", "create", "--data", "front", "--tenant", "acme", "--label", "x", "--role")
        self.fails(2, "robot", *create, "robot")
        self.fails(2, "--expires", *create, "admin", "--expires", "soon")
        self.fails(1, "agent", *create, "agent")
        self.fails(1, "7", "token", "revoke", "--data", "front", "7")

    def test_runs_that_cannot_be_asked_are_wrong_usage(self):
        self.init()
        settings = os.path.join(ROOT, "config/examples/live.yaml")
        for name, mode in (("token", 0o600), ("readable", 0o644)):
            self.write(name, "a token for tests only\n")
            os.chmod(self.path(name), mode)
        front = ("--data", "front", "--config", settings)
        for said, *options in (
                ("--config", "--run", "unix:a"),
                ("is no run", *front, "--run", "10.0.0.1:9465", "--run-token-file", "token"),
                ("use https://", *front, "--run", "http://10.0.0.1:9465", "--run-token-file", "token"),
                ("use https://", *front, "--run", "http://127.0.0.1.example:9465", "--run-token-file", "token"),
                ("needs --run-token-file", *front, "--run", "https://10.0.0.1:9465"),
                ("give both", *front, "--run", "https://10.0.0.1:9465", "--run-key-file", "token"),
                ("readable", *front, "--run", "https://10.0.0.1:9465", "--run-token-file", "readable"),
                ("nowhere cannot be found: --run-token-file names a copy of the token file of the runs", *front,
                 "--run", "https://10.0.0.1:9465", "--run-token-file", "nowhere")):
            self.fails(2, said, *(options if "--data" in options else ("--data", "front", *options)))

    def test_users_are_added_listed_and_removed(self):
        self.init()
        tenant = ("--data", "front", "--tenant", "blue")
        self.assertRegex(self.output_of("serve", "user", "add", *tenant, "--role", "admin", "zoe"),
                         r"Added zoe to the tenant blue.*\n\S{24}\n$")
        self.output_of("serve", "user", "add", *tenant, "--agent", "ben", "ben")
        self.assertEqual(self.output_of("serve", "user", "list", "--data", "front"),
                         "acme  kim  admin\nblue  ben  agent  ben\nblue  zoe  admin\n")
        self.assertRegex(self.output_of("serve", "user", "password", *tenant, "ben"), r"\n\S{24}\n$")
        self.fails(1, "last admin", "user", "remove", *tenant, "zoe")
        self.output_of("serve", "user", "remove", *tenant, "ben")
        self.fails(1, "no user ben", "user", "remove", *tenant, "ben")
        self.fails(1, "agent", "user", "add", *tenant, "eve")
        self.output_of("serve", "audit", "check", "--data", "front")

    def test_users_are_changed(self):
        self.init()
        tenant = ("--data", "front", "--tenant", "acme")
        self.output_of("serve", "user", "add", *tenant, "--agent", "ben", "ben")
        self.assertEqual(self.output_of("serve", "user", "change", *tenant, "--role", "manager", "--agent", "", "ben"),
                         "Changed: acme  ben  manager\n")
        self.assertEqual(self.output_of("serve", "user", "change", *tenant, "--login", "off", "ben"),
                         "Changed: acme  ben  manager  disabled\n")
        self.output_of("serve", "user", "change", *tenant, "--login", "on", "--role", "admin", "ben")
        self.output_of("serve", "user", "change", *tenant, "--role", "manager", "kim")
        self.assertEqual(self.output_of("serve", "user", "list", "--data", "front"), "acme  ben  admin\nacme  kim  manager\n")
        self.fails(1, "last admin", "user", "change", *tenant, "--login", "off", "ben")
        self.fails(1, "no user eve", "user", "change", *tenant, "--login", "off", "eve")
        self.fails(1, "agent", "user", "change", *tenant, "--role", "agent", "kim")
        self.fails(2, "say what to change", "user", "change", *tenant, "kim")
        self.fails(2, "--login", "user", "change", *tenant, "--login", "maybe", "kim")

    def test_tenants_are_added_and_listed(self):
        self.init()
        self.assertIn("blue", self.output_of("serve", "tenant", "add", "--data", "front", "--tenant", "blue"))
        self.assertEqual(self.output_of("serve", "tenant", "list", "--data", "front"), "acme\nblue\n")
        self.fails(1, "already", "tenant", "add", "--data", "front", "--tenant", "blue")
        self.fails(2, "--tenant", "tenant", "add", "--data", "front", "--tenant", "b b")
        self.fails(2, "", "tenant")

    def test_the_audit_log_is_listed(self):
        self.init()
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")
        self.token()
        whole = self.output_of("serve", "audit", "list", "--data", "front").splitlines()
        self.assertEqual([line.split("  ")[0] for line in whole], ["3", "2", "1"])
        self.assertRegex(whole[1], r"^2  20\S+Z  blue  shell:\S+  user.add  user:zoe  done$")
        for which, numbers in ((("--tenant", "acme"), ["3", "1"]), (("--action", "user.add"), ["2", "1"]),
                               (("--limit", "1"), ["3"]), (("--who", "nobody"), []),
                               (("--tenant", "blue", "--lead", "user:zoe"), ["2"]), (("--tenant", "acme", "--lead", "user:zoe"), [])):
            lines = self.output_of("serve", "audit", "list", "--data", "front", *which).splitlines()
            self.assertEqual([line.split("  ")[0] for line in lines], numbers, which)
        self.fails(2, "--tenant", "audit", "list", "--data", "front", "--lead", "x")
        self.fails(2, "--limit", "audit", "list", "--data", "front", "--limit", "0")
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.execute("UPDATE audit SET subject = 'a\n4  forged' WHERE number = 2")
        database.close()
        self.assertEqual(len(self.output_of("serve", "audit", "list", "--data", "front").splitlines()), 3)

    def test_tokens_are_listed_without_their_secrets(self):
        self.init()
        token = self.token("--scopes", "read", "--expires", "90d")
        listed = self.output_of("serve", "token", "list", "--data", "front")
        self.assertRegex(listed, r"^1  acme  manager  -  read  made \S+, expires \S+  a test\n$")
        self.assertNotIn(token[3:20], listed)
        self.output_of("serve", "token", "revoke", "--data", "front", "1")
        self.assertIn("revoked", self.output_of("serve", "token", "list", "--data", "front"))
        self.assertIn("before", self.output_of("serve", "token", "revoke", "--data", "front", "1"))

    def test_a_changed_audit_log_is_found(self):
        self.init()
        self.token()
        self.assertRegex(self.output_of("serve", "audit", "check", "--data", "front"), r"whole: [1-9]\d* lines")
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.execute("UPDATE audit SET who = 'nobody' WHERE number = 2")
        database.close()
        self.fails(1, "Line 2", "audit", "check", "--data", "front")

if __name__ == "__main__":
    unittest.main()
