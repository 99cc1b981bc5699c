#!/usr/bin/env python3
"""Drives the program: exit codes, messages, help.   tests/cli/cli_test.py BINARY"""

import base64
import contextlib
import json
import os
import pty
import resource
import signal
import subprocess
import time
import unittest

from command_line import BINARY, CommandLine

EVENT = ('{"event":{"tenantId":"acme","leadId":"l%d","eventId":"e1","type":"OPEN",'
         '"occurredAt":"2026-01-01T00:00:00Z"}}\n')


class CommandLineTest(CommandLine):
    def expect_usage_error(self, result, part):
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn(part, result.stderr)
        self.assertLessEqual(len(result.stderr.splitlines()), 2, result.stderr)

    def test_help_and_version_are_no_errors(self):
        for arguments in (["--help"], ["run", "--help"], ["definitions", "--help"], ["definitions", "init", "--help"],
                          ["definitions", "apply", "--help"], ["doctor", "--help"], ["lead", "--help"], ["leads", "--help"],
                          ["report", "--help"], ["topics", "create", "--help"], ["dead-letters", "--help"]):
            self.assertIn("Usage:", self.output_of(*arguments))
        self.assertIn("Examples:", self.call("run", "--help").stdout)
        version = self.output_of("--version")
        self.assertRegex(version, r"^leadpulse \d+\.\d+\.\d+( \([0-9a-f]{8,}(-dirty)?\))?\n")
        self.assertIn("RocksDB ", version)
        self.assertIn("librdkafka ", version)

    def test_wrong_usage_says_what_to_do(self):
        self.expect_usage_error(self.call(), "say what to do: run")
        self.expect_usage_error(self.call("rnu"), "did you mean run?")
        self.expect_usage_error(self.call("run", "--inptu", "x.jsonl"), "did you mean --input?")
        self.expect_usage_error(self.call("run", "--state", "s"), "--")
        self.expect_usage_error(self.call("doctor"), "give --config, or --front and --state")
        self.expect_usage_error(self.call("doctor", "--config", "a", "--state", "b"), "of a run on files")
        self.expect_usage_error(self.call("archive", "--config", "c.yaml", "--to", "a", "--from", "soon"),
                                "`soon` is no time; write beginning, end, 2026-03-10 or 2026-03-10T09:30:00Z")
        self.expect_usage_error(self.call("definitions", "apply", "x.yaml"), "--config is required")
        self.expect_usage_error(self.call("definitions", "chekc", "x"), "did you mean check?")
        self.expect_usage_error(self.call("topics"), "say what to do: create check alter acl")
        self.expect_usage_error(self.call("topics", "create"), "--config is required")
        self.expect_usage_error(self.call("topics", "create", "--config", "c", "--partitions", "0"), "1 to 100000")
        self.expect_usage_error(self.call("leads", "--state", "s", "--wehre", "x"), "did you mean --where?")
        self.expect_usage_error(self.call("leads", "--state", "s", "--limit", "0"), "whole number from 1 on")
        self.expect_usage_error(self.call("lead", "--state", "s", "--tenant", "t"), "--lead is required")
        self.expect_usage_error(self.run_job("--input", "x.csv"), "Accepted are .jsonl and .pb")
        self.expect_usage_error(self.run_job("--input", "x.jsonl", "--until", "tomorrow"), "is no time")
        self.expect_usage_error(self.run_job("--input", "x.jsonl", "--partitions", "0"), "1 to 1024")
        self.expect_usage_error(self.run_job("--input", "x.jsonl", "--max-future-skew", "10"), "is no duration")

    def test_wrong_values_are_told_with_what_was_expected(self):
        for arguments, wanted in (
                (["convert", "--provider", "sendgrd", "--tenant", "t"], "resend, sendgrid, sparkpost or generic, found "
                 "`sendgrd`; did you mean sendgrid?"),
                (["leads", "--state", "s", "--format", "xml"], "--format: expected table, csv or jsonl, found `xml`\n"),
                (["simulate", "--leads", "many"], "--leads: expected a number from 1 to 100000000, found `many`"),
                (["deliver", "--from", "c", "--to-url", "u", "--position", "p", "--timeout", "0"],
                 "--timeout: expected a number from 0.001 to 86400, found `0`"),
                (["lead", "--state", "s", "--tenant", "t", "--lead"], "--lead: expected a value behind it, found none"),
                (["retract", "--state", "s", "--tenant", "t", "--type", "open", "--between", "2026-01-01"],
                 "--between: expected at least 2 values, found 1"),
                (["run", "--state", "s", "--output", "o", "--input", "nofolder"],
                 "input nofolder: there is no such file or folder"),
                (["run", "--state", "s", "--output", "o", "--input", ""], "--input: is empty")):
            self.expect_usage_error(self.call(*arguments), wanted)

    def test_a_file_without_an_end_is_too_large(self):
        self.expect_usage_error(self.call("definitions", "check", "/dev/zero"), "larger than 16 MiB")

    def test_closed_descriptors_stay_free_of_files(self):
        """The state's files do not get the numbers of standard output and error, and no message is written to them."""
        self.write("a.jsonl", EVENT % 1)
        for closed, code in (("<&-", 0), (">&-", 1), ("2>&-", 0), ("<&- >&- 2>&-", 1)):
            job = ["run", "--state", "state", "--output", "out", "--input", "a.jsonl", "--log-level", "debug"]
            result = subprocess.run(["sh", "-c", f'exec "$0" "$@" {closed}', BINARY, *job], cwd=self.folder,
                                    capture_output=True, check=False)
            self.assertEqual(result.returncode, code, result.stderr)
            for name in os.listdir(self.path("state")):
                with open(self.path(f"state/{name}"), "rb") as file:
                    self.assertNotIn(b"state opened", file.read(), name)

    def test_the_limit_of_open_files_is_raised(self):
        job = self.start_job("--input", "-", "--quiet", stdin=subprocess.PIPE,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (70, 700)))
        while not os.path.exists(self.path("state/CURRENT")):
            self.assertIsNone(job.poll())
            time.sleep(0.01)
        self.assertEqual(resource.prlimit(job.pid, resource.RLIMIT_NOFILE), (700, 700))
        job.stdin.close()
        self.assertEqual(job.wait(timeout=300), 0)

    def test_too_few_open_files_are_named(self):
        self.write("a.jsonl", EVENT % 1)
        named = 0
        for limit in range(8, 64, 4):
            run = ["run", "--state", f"state{limit}", "--output", f"out{limit}", "--input", "a.jsonl"]
            result = subprocess.run(
                [BINARY, *run], cwd=self.folder, capture_output=True, text=True, check=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))  # noqa: B023
            if result.returncode == 0:
                continue
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertIn(f"may have {limit} files open: raise the hard limit (ulimit -Hn", result.stderr)
            named += 1
        self.assertGreater(named, 0)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_missing_input_leaves_nothing_behind(self):
        result = self.run_job("--input", "none.jsonl")
        self.assertEqual(result.returncode, 1)
        self.assertIn("none.jsonl: there is no such file", result.stderr)
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_foreign_output_leaves_no_state_behind(self):
        self.write("a.jsonl", EVENT % 1)
        self.write("file", "")
        os.mkdir(self.path("foreign"))
        self.write("foreign/leads.jsonl", "{}\n")
        for output, part in (("file", "is a file"), ("file/out", "is a file"), ("foreign", "knows nothing of")):
            result = self.call("run", "--state", "state", "--output", output, "--input", "a.jsonl")
            self.assertEqual(result.returncode, 1)
            self.assertIn(part, result.stderr)
            self.assertFalse(os.path.exists(self.path("state")))
        self.assertEqual(self.read("foreign/leads.jsonl"), "{}\n")

    def test_a_folder_that_is_no_state_is_left_as_it_is(self):
        self.write("a.jsonl", EVENT % 1)
        os.makedirs(self.path("home/letters"))
        self.write("home/000001.txt", "theirs")
        result = self.call("run", "--state", "home", "--output", "out", "--input", "a.jsonl")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"home holds no state but other files, such as `(letters|000001\.txt)`\. Take another")
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.jsonl", "home"])
        self.assertEqual(sorted(os.listdir(self.path("home"))), ["000001.txt", "letters"])

    def test_a_pipe_with_a_name_goes_through_standard_input(self):
        reading, writing = os.pipe()
        os.close(writing)
        result = subprocess.run([BINARY, "run", "--state", "s", "--output", "o", "--input", f"/dev/fd/{reading}"],
                                cwd=self.folder, capture_output=True, text=True, pass_fds=[reading], check=False)
        os.close(reading)
        self.expect_usage_error(result, "feed a pipe through --input -")

    def test_a_byte_order_mark_is_skipped(self):
        result = self.run_job("--input", "-", "--format", "json", text="\ufeff" + EVENT % 1)
        self.assertEqual(json.loads(result.stdout)["records"]["events"], 1)

    def test_durations_are_those_of_the_rules(self):
        self.write("a.jsonl", EVENT % 1)
        for skew in ("10 minutes", "2w", "0s"):
            self.assertEqual(self.run_job("--input", "a.jsonl", "--max-future-skew", skew).returncode, 0)
        self.expect_usage_error(self.run_job("--input", "a.jsonl", "--max-future-skew", "-5m"), "is no duration")

    def test_a_run_writes_its_outputs_and_a_summary(self):
        self.write("a.jsonl", EVENT % 1 + "nonsense\n")
        result = self.run_job("--input", "a.jsonl")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, "")
        self.assertIn("Records read", result.stdout)
        self.assertEqual(sorted(os.listdir(self.path("out"))),
                         ["changes.jsonl", "changes.jsonl.committed", "dead-letters.jsonl", "leads.jsonl"])
        summary = json.loads(self.run_job("--input", "a.jsonl", "--quiet", "--format", "json").stdout)
        self.assertEqual(summary["records"]["read"], 0)
        self.assertEqual(summary["tenants"][0]["leads"], 1)
        self.assertEqual(self.run_job("--input", "a.jsonl", "--quiet").stdout, "")
        self.write("b.jsonl", EVENT % 2 + "nonsense\nmore nonsense\n")
        quiet = self.run_job("--input", "b.jsonl", "--quiet")
        self.assertEqual((quiet.returncode, quiet.stdout, quiet.stderr),
                         (0, "", "leadpulse: 2 records could not be used; see out/dead-letters.jsonl\n"))

    def test_a_dead_letter_of_a_command_by_address_is_that_of_its_line(self):
        """The lead that refuses the command has another id, and mostly another partition."""
        for partitions in ("1", "4"):
            said = json.loads('{"tenantId":"acme","leadId":"crm-1","issuedAt":"2026-01-01T00:00:00Z"}')
            import_, convert = ({"command": {**said, **rest}} for rest in (
                {"commandId": "c1", "updateProfile": {"set": {"email": "ann@example.com"}}},
                {"commandId": "c2", "setStage": {"stage": "CONVERTED"}}))
            refused = ('{ "command": {"unknown": [1], "email" : " ANN@example.com","tenantId":"acme","commandId":"c3",'
                       '"issuedAt":"2026-01-02T00:00:00Z", "setStage":{"stage":"ENGAGED"}} }')
            lines = [json.dumps(import_), json.dumps(convert), refused]
            name = f"of-{partitions}.jsonl"
            self.write(name, "\n".join(lines) + "\n")
            self.output_of("run", "--state", f"state-{partitions}", "--output", f"out-{partitions}", "--input", name,
                           "--partitions", partitions)
            letters = [json.loads(line) for line in self.read(f"out-{partitions}/dead-letters.jsonl").splitlines()]
            self.assertEqual([letter["reason"] for letter in letters], ["final_stage"])
            self.assertEqual(base64.b64decode(letters[0]["payload"]).decode(), refused)
            self.assertEqual(letters[0]["source"], {"file": name, "line": 3, "offset": sum(len(line) + 1 for line in lines[:2])})

    def test_several_inputs_and_standard_input(self):
        self.write("a.jsonl", EVENT % 1)
        self.write("b.jsonl", EVENT % 2)
        result = self.run_job("--input", "a.jsonl", "b.jsonl", "--input", "-", "--format", "json", text=EVENT % 3)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["records"]["events"], 3)

    def test_a_changed_input_is_a_named_error(self):
        self.write("a.jsonl", EVENT % 1)
        self.assertEqual(self.run_job("--input", "a.jsonl").returncode, 0)
        self.write("a.jsonl", EVENT % 2)
        result = self.run_job("--input", "a.jsonl")
        self.assertEqual(result.returncode, 1)
        self.assertIn("a.jsonl has changed", result.stderr)

    def test_another_number_of_partitions_is_a_named_error(self):
        self.write("a.jsonl", EVENT % 1)
        self.assertEqual(self.run_job("--input", "a.jsonl", "--partitions", "3").returncode, 0)
        self.assertEqual(self.run_job("--input", "a.jsonl").returncode, 0)
        result = self.run_job("--input", "a.jsonl", "--partitions", "5")
        self.assertEqual(result.returncode, 1)
        self.assertIn("3 partitions", result.stderr)

    def test_properties_left_out_are_said_once_a_run_with_their_reason(self):
        self.write("d.yaml", "tenants: {t: {tiers: [{name: all}], event_properties: {total: number, order.plan: text}}}\n")
        sent = [{"total": "many", "order": {"plan": ["gold", "x"]}}, {"total": "few", "order": {"plan": {"a": 1}}}]
        self.write_records("a.jsonl", [
            {"event": {"tenantId": "t", "leadId": "l", "eventId": str(number), "type": "CUSTOM",
                       "occurredAt": "2026-01-01T00:00:00Z", "properties": properties}}
            for number, properties in enumerate(sent)])
        result = self.run_job("--input", "a.jsonl", "--definitions", "d.yaml")
        self.assertEqual(result.returncode, 0, result.stderr)
        warnings = [line.split(" warning ")[1] for line in result.stderr.splitlines() if " warning " in line]
        self.assertEqual(warnings, [
            'the property "order.plan" was left out of 1 event: it is an object; declare its members, as in `order.total`',
            'the property "total" was left out of 2 events: it cannot be converted to its declared type'])
        self.assertNotIn(" warning ", self.run_job("--input", "a.jsonl").stderr)

    def test_wrong_definitions_are_printed_whole(self):
        self.write("a.jsonl", EVENT % 1)
        self.write("d.yaml", "tenants:\n  \"*\":\n    tiers: [{name: cold}]\n    sgments: []\n    colour: red\n")
        for result in (self.run_job("--input", "a.jsonl", "--definitions", "d.yaml"),
                       self.call("definitions", "check", "d.yaml")):
            self.assertEqual(result.returncode, 2)
            self.assertIn("d.yaml:4:", result.stderr)
            self.assertIn("segments", result.stderr)
            self.assertIn("d.yaml:5:", result.stderr)
        self.assertFalse(os.path.exists(self.path("state")))
        self.assertEqual(self.run_job("--input", "a.jsonl", "--definitions", "none.yaml").returncode, 2)

    def test_what_is_never_true_is_refused_unless_it_is_in_force(self):
        """Check and preview refuse it in a new rule. A rule that is in force, and every rule of a run, has a warning."""
        rules = {"vip": "vip IS \"true\"", "more": "NOT vip IS \"true\"", "size": "size >= 200"}
        def definitions(fields, *names):
            self.write("d.yaml", "tenants: {\"*\": {tiers: [{name: all}], fields: {%s}, segments: [%s]}}\n" % (
                fields, ", ".join(f"{{id: {name}, rule: '{rules[name]}'}}" for name in names)))
        self.write("a.jsonl", EVENT % 1)
        job = ("--input", "a.jsonl", "--definitions", "d.yaml")
        definitions("vip: boolean", "vip")
        result = self.call("definitions", "check", "d.yaml")
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn('error: tenants.*.segments[0].rule: "vip" is true or false, never "true" (write true)', result.stderr)
        definitions("vip: boolean", "vip")
        for _ in range(2):
            result = self.run_job(*job)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("warning: tenants.*.segments[0].rule: \"vip\" is true or false", result.stderr)
        definitions("vip: boolean, size: text", "vip", "more", "size")
        result = self.call("preview", "--state", "state", "--definitions", "d.yaml")
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("error: tenants.*.segments[1].rule: \"vip\" is true or false", result.stderr)
        self.assertIn("error: tenants.*.segments[2].rule: \"size\" is a text, never a number", result.stderr)
        self.assertNotIn("error: tenants.*.segments[0]", result.stderr)

    def test_definitions_init_check_show(self):
        self.assertEqual(self.call("definitions", "init", "d.yaml").returncode, 0)
        again = self.call("definitions", "init", "d.yaml")
        self.assertEqual(again.returncode, 2)
        self.assertIn("exists", again.stderr)
        self.assertEqual(self.call("definitions", "check", "d.yaml").returncode, 0)
        shown = self.call("definitions", "show", "d.yaml")
        self.assertEqual(shown.returncode, 0)
        self.write("shown.yaml", shown.stdout)
        self.assertEqual(self.call("definitions", "show", "shown.yaml").stdout, shown.stdout)
        for template in ("seed", "b2b", "newsletter"):
            self.assertEqual(self.call("definitions", "init", "--template", template).returncode, 0)
        self.assertEqual(self.call("definitions", "init", "--template", "nonsense").returncode, 2)

    def test_definitions_init_does_not_write_where_it_cannot(self):
        result = self.call("definitions", "init", "missing/definitions.yaml")
        self.assertEqual(result.returncode, 1)
        self.assertIn("missing/definitions.yaml cannot be written: No such file or directory", result.stderr)

    def test_a_failure_and_warnings_are_told_in_the_form_asked_for(self):
        self.write("a.jsonl", EVENT % 1)
        self.write("d.yaml", 'tenants: {"*": {tiers: [{name: all}], segments: [{id: s, name: S, rule: "plan = 1"}]}}')
        warned = self.run_job("--input", "a.jsonl", "--definitions", "d.yaml")
        self.assertEqual(warned.returncode, 0, warned.stderr)
        self.assertIn("d.yaml:1:", warned.stderr)
        self.assertIn("warning: ", warned.stderr)
        self.write("a.jsonl", "")
        failed = self.run_job("--input", "a.jsonl", "--log-format", "json", "--quiet")
        self.assertEqual(failed.returncode, 1)
        line = json.loads(failed.stderr.splitlines()[-1])
        self.assertEqual(line["level"], "error")
        self.assertIn("a.jsonl", line["message"])

    def test_progress_is_shown_on_a_terminal_and_wiped(self):
        terminal, theirs = pty.openpty()
        self.addCleanup(os.close, terminal)
        # The input stays open until the line is seen, however long that takes.
        process = self.start_job("--input", "-", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        process.stdin.write(EVENT % 1)
        process.stdin.flush()
        shown = b""
        while b"reading  1 records" not in shown:
            shown += os.read(terminal, 4096)
        process.stdin.close()
        with contextlib.suppress(OSError):  # a terminal that nobody holds open any more gives an error
            while some := os.read(terminal, 4096):
                shown += some
        self.assertEqual(process.wait(), 0, shown)
        self.assertIn(b"\r\x1b[K", shown[shown.rindex(b"reading"):])

    def test_a_signal_stops_with_everything_committed(self):
        job = self.start_job("--input", "-", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        job.stdin.write(EVENT % 1)
        job.stdin.flush()
        changes = self.path("out/changes.jsonl")
        for _ in range(3000):
            if os.path.exists(changes) and os.path.getsize(changes) > 0:
                break
            time.sleep(0.02)
        job.send_signal(signal.SIGTERM)
        _, errors = job.communicate(timeout=300)
        self.assertEqual(job.returncode, 3)
        self.assertIn("standard input, after line 1", errors)
        result = self.run_job("--input", "-", "--format", "json", text=EVENT % 1 + EVENT % 2)
        self.assertEqual(json.loads(result.stdout)["records"]["read"], 1)

    def test_a_signal_before_anything_is_read(self):
        self.write("a.jsonl", EVENT % 1)
        os.mkfifo(self.path("d.yaml"))
        job = self.start_job("--input", "a.jsonl", "--definitions", "d.yaml", stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        with open(self.path("d.yaml"), "w", encoding="utf-8"):  # waits until the program opens it
            job.send_signal(signal.SIGINT)
        output, errors = job.communicate(timeout=300)
        self.assertEqual(job.returncode, 3, errors)
        self.assertIn("stopped before the first new record. Everything up to there is committed: run again", errors)
        self.assertIn("Stopped before the first new record", output)
        self.assertFalse(os.path.exists(self.path("state")))

    def test_two_runs_do_not_share_a_state(self):
        job = self.start_job("--input", "-", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        for _ in range(3000):
            if os.path.exists(self.path("out/changes.jsonl")):
                break
            time.sleep(0.02)
        self.write("a.jsonl", EVENT % 1)
        result = self.run_job("--input", "a.jsonl")
        job.stdin.close()
        self.assertEqual(job.wait(timeout=300), 0)
        self.assertEqual(result.returncode, 1)
        self.assertNotEqual(result.stderr, "")

    def test_standard_output_that_cannot_be_written(self):
        self.write("a.jsonl", EVENT % 1)
        self.write("d.yaml", "tenants: {\"*\": {tiers: [{name: all}]}}\n")
        lead = ["--state", "state", "--tenant", "acme", "--lead", "l1"]
        for arguments in (["run", "--state", "state", "--output", "out", "--input", "a.jsonl"],
                          ["explain", *lead], ["explain", *lead, "--format", "json"],
                          ["preview", "--state", "state", "--definitions", "d.yaml"],
                          ["definitions", "show", "d.yaml"], ["definitions", "check", "d.yaml"],
                          ["definitions", "init"], ["definitions", "init", "new.yaml"], ["--help"], ["--version"]):
            reading, writing = os.pipe()
            os.close(reading)
            with open("/dev/full", "w", encoding="utf-8") as full, os.fdopen(writing, "w") as closed:
                for output, why in ((full, "No space left"), (closed, "its reader has gone")):
                    result = subprocess.run([BINARY, *arguments], cwd=self.folder, stdout=output,
                                            stderr=subprocess.PIPE, text=True, check=False)
                    self.assertEqual(result.returncode, 1, arguments)
                    self.assertIn("standard output cannot be written: " + why, result.stderr)
                    if os.path.exists(self.path("new.yaml")):
                        os.remove(self.path("new.yaml"))
        self.assertIn("LEAD_CREATED", self.read("out/changes.jsonl"))
        self.assertEqual(self.run_job("--input", "a.jsonl", "--quiet").returncode, 0)

    def test_the_log_tells_the_stages_and_names_no_lead(self):
        self.write("in.jsonl", json.dumps({"command": {
            "tenantId": "acme", "leadId": "secret-lead", "commandId": "c", "issuedAt": "2025-01-01T00:00:00Z",
            "updateProfile": {"set": {"plan": "gold"}}}}) + "\n")
        self.write("old.yaml", "tenants: {acme: {tiers: [{name: all}]}}")
        self.write("new.yaml", "tenants: {acme: {tiers: [{name: all}], fields: {plan: number}}}")
        result = self.run_job("--input", "in.jsonl", "--definitions", "old.yaml", "--log-level", "debug",
                              "--log-format", "json")
        lines = [json.loads(line) for line in result.stderr.splitlines()]
        self.assertIn({"debug"}, [{line["level"]} for line in lines])
        self.assertIn("epoch committed: 1 records, clock 2025-01-01T00:00:00Z", [line["message"] for line in lines])
        result = self.run_job("--input", "in.jsonl", "--definitions", "new.yaml", "--log-level", "info")
        self.assertIn("adopting definitions", result.stderr)
        self.assertIn("1 leads re-evaluated", result.stderr)
        self.assertIn("1 attribute values do not convert", result.stderr)
        self.assertNotIn("secret-lead", result.stderr)
        self.assertEqual(self.run_job("--input", "in.jsonl", "--definitions", "new.yaml").stderr, "")


if __name__ == "__main__":
    unittest.main()
