#!/usr/bin/env python3
"""`leadpulse run --config` and `--help-config`, without Kafka.   tests/cli/run_config_test.py BINARY"""

import os
import signal
import subprocess
import unittest

from command_line import BINARY, CommandLine

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class RunConfigTest(CommandLine):
    def expect_errors(self, result, *expected):
        """Expects exit code 2, and lines on standard error that begin like these, in this order."""
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, "")
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), len(expected), result.stderr)
        for line, begin in zip(lines, expected):
            self.assertTrue(line.startswith(begin), f"{line}\nbegins not with\n{begin}")

    def test_every_error_is_printed_with_its_place(self):
        self.write("live.yaml", "kafka:\n  bootstrap_server: localhost:9092\nworkers: many\n"
                                "state: {directory: s, erasure_secret: \"${LEADPULSE_NOT_SET}\"}\n"
                                "commit_interval: 100\ndefinitions: {file: d.yaml}\n")
        self.expect_errors(
            self.call("run", "--config", "live.yaml"),
            "live.yaml:1:1: error: kafka.bootstrap_servers: is missing: host:port",
            'live.yaml:2:3: error: kafka.bootstrap_server: unknown key "bootstrap_server"; did you mean',
            "live.yaml:3:10: error: workers: expected an integer from 1 to 64, found \"many\"",
            "live.yaml:4:40: error: state.erasure_secret: the environment variable LEADPULSE_NOT_SET is not set",
            "live.yaml:5:18: error: commit_interval: expected a duration from 10ms to 5s, such as 100ms")
        self.assertEqual(os.listdir(self.folder), ["live.yaml"])

    def test_files_that_cannot_be_read(self):
        self.expect_errors(self.call("run", "--config", "none.yaml"), "leadpulse: settings none.yaml cannot be opened")
        self.expect_errors(self.call("run", "--config", "."), "leadpulse: settings . is a directory")
        self.expect_errors(self.call("run", "--config", "/dev/zero"), "/dev/zero: error: the file is larger than 1 MiB")
        self.expect_errors(self.call("run", "--config", "/dev/null"), "/dev/null: error: the file is empty")

    def test_config_stands_alone(self):
        for option in (["--input", "a.jsonl"], ["--state", "s"], ["--output", "o"], ["--definitions", "d"],
                       ["--workers", "2"], ["--log-level", "info"], ["--quiet"], ["--no-sync"], ["--help-config"]):
            result = self.call("run", "--config", "live.yaml", *option)
            self.assertEqual(result.returncode, 2, result.stderr)
            names = ("--config", "--help-config") if option == ["--help-config"] else (option[0], "--config")
            self.expect_errors(result, "leadpulse: %s does not go with %s" % names, "Try: leadpulse run --help")

    def test_without_config_files_are_needed(self):
        for arguments, missing in ((["--state", "s", "--output", "o"], "--input"),
                                   (["--input", "a.jsonl", "--output", "o"], "--state"),
                                   (["--input", "a.jsonl", "--state", "s"], "--output"), ([], "--input")):
            self.expect_errors(self.call("run", *arguments), f"leadpulse: {missing} is required; or --config FILE",
                               "Try: leadpulse run --help")

    def test_the_help_lists_the_settings(self):
        text = self.output_of("run", "--help-config")
        self.assertIn("  commit_interval: a duration from 10ms to 5s; default 100ms\n", text)
        self.assertIn("--help-config", self.output_of("run", "--help"))

    def test_definitions_that_do_not_go_with_the_settings(self):
        self.write("live.yaml", "kafka: {bootstrap_servers: '127.0.0.1:1'}\ninput_partitioning: trusted\n"
                                "state: {directory: s, erasure_secret: a secret for tests only}\n"
                                "definitions: {file: d.yaml}\n")
        self.write("d.yaml", 'tenants: {"*": {tiers: [{name: all}]}}')
        result = self.call("run", "--config", "live.yaml")
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("`input_partitioning: trusted` needs `identity: {by_email: false}`", result.stderr)

    def test_a_token_that_can_be_found_by_trying_is_refused(self):
        self.write("live.yaml", "kafka: {bootstrap_servers: '127.0.0.1:1', application: lead}\n"
                                "state: {directory: s, erasure_secret: a secret for tests only}\n"
                                "definitions: {topic: true}\nqueries: {enabled: true, token_file: token}\n")
        for token in ("", "\n", "  fifteen letters\n"):
            self.write("token", token)
            os.chmod(self.path("token"), 0o600)
            result = self.call("run", "--config", "live.yaml")
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn("queries.token_file token: the secret is shorter than 16 bytes", result.stderr)

    def test_the_example_is_good(self):
        """From the project's folder, with an empty environment. If no broker answers, it waits until it is stopped."""
        with open(os.path.join(ROOT, "config/examples/live.yaml"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn("127.0.0.1:9092", text)
        self.write("live.yaml", text.replace("127.0.0.1:9092", "127.0.0.1:1"))
        environment = {key: value for key, value in os.environ.items() if not key.startswith("LEADPULSE_")}
        with subprocess.Popen([BINARY, "run", "--config", self.path("live.yaml")], cwd=ROOT,
                              env=environment, stderr=subprocess.PIPE, text=True) as process:
            said = ""
            for line in process.stderr:
                said += line
                self.assertNotIn(": error:", line)
                if " warning starting: " in line:
                    process.send_signal(signal.SIGTERM)
                    break
            said += process.stderr.read()
            self.assertEqual(process.wait(60), 0, said)
        self.assertIn(" warning starting: could not ask the brokers", said)


if __name__ == "__main__":
    unittest.main()
