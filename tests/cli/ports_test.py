#!/usr/bin/env python3
"""A port that a process may not listen on is an error in its settings.   tests/cli/ports_test.py BINARY"""

import ctypes
import os
import pathlib
import socket
import subprocess
import unittest

from command_line import BINARY, CommandLine

PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE = 24, 10
PRIVILEGED_BELOW = int(pathlib.Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii"))
LIVE = """
kafka: {bootstrap_servers: "127.0.0.1:1"}
state: {directory: state, erasure_secret: for-trying-out-only-known-to-everybody}
definitions: {file: d.yaml}
"""
RECEIVE = """
to: {folder: inbox}
sources: [{provider: sendgrid, tenant: acme, signature: none}]
"""


def give_up_the_right():
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE, 0, 0, 0)  # only root has this capability


class PortsTest(CommandLine):
    def setUp(self):
        super().setUp()
        self.write("d.yaml", "tenants: {}\n")

    def refused(self, settings, *command):
        self.write("settings.yaml", settings)
        result = subprocess.run([BINARY, *command, "--config", "settings.yaml"], cwd=self.folder, capture_output=True,
                                text=True, timeout=60, check=False, preexec_fn=give_up_the_right)
        self.assertEqual(sorted(os.listdir(self.folder)), ["d.yaml", "settings.yaml"])  # nothing was created
        return result.returncode, result.stderr

    @unittest.skipIf(PRIVILEGED_BELOW <= 443, "anybody may listen on port 443 here")
    def test_a_port_that_takes_a_right(self):
        wanted = "cannot listen on 127.0.0.1:443: the port is not for ordinary users; choose one above 1023, or give"
        for settings, command in ((LIVE + "http: {port: 443}\n", ["run"]), (RECEIVE + "listen: {port: 443}\n", ["receive"]),
                                  (RECEIVE + "http: {port: 443}\n", ["receive"])):
            code, said = self.refused(settings, *command)
            self.assertEqual(code, 2, said)
            self.assertIn(wanted, said)

    def test_a_port_that_another_program_has_may_be_free_later(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            self.write("settings.yaml", RECEIVE + f"listen: {{port: {other.getsockname()[1]}}}\n")
            result = self.call("receive", "--config", "settings.yaml")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("another program has the port", result.stderr)


if __name__ == "__main__":
    unittest.main()
