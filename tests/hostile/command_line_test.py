#!/usr/bin/env python3
"""Callers with odd names, odd files and closed descriptors.

    tests/hostile/command_line_test.py BINARY [--full]
"""

import os
import signal
import subprocess

from hostile import BASE, BINARY, Hostile, good, main

LONG = "x" * 127_000  # the longest argument of the system is 128 KiB


class CommandLineTest(Hostile):
    def expect_error(self, code, part, *arguments, mib=BASE, **keywords):
        ended = self.call(*arguments, mib=mib, seconds=30, **keywords)
        self.assertEqual(ended.code, code, ended.errors[-500:])
        self.assertIn(part, ended.errors)
        return ended

    def refuse_input(self, path, part, **keywords):
        """Expects a named error at once, and no files: nothing is opened that could block."""
        code = 2 if part.startswith("usage:") else 1
        ended = self.expect_error(code, part.removeprefix("usage:"), "run", "--state", "s", "--output", "o", "--input", path,
                                  **keywords)
        self.assertFalse(os.path.exists(self.path("s")), ended.errors)

    def test_long_arguments(self):
        job = ["run", "--state", "s", "--output", "o", "--input"]
        self.expect_error(1, "File name too long", *job, LONG + ".jsonl")
        self.expect_error(2, "", *job, LONG)
        self.expect_error(2, "", LONG)
        self.expect_error(2, "", "run", "--" + LONG)
        self.write("a.jsonl", good(1))
        self.expect_error(2, "is no time", *job, "a.jsonl", "--until", LONG)
        self.expect_error(1, "", "run", "--state", LONG, "--output", "o", "--input", "a.jsonl")
        self.expect_error(1, "", "run", "--state", "s", "--output", LONG, "--input", "a.jsonl")
        self.expect_error(2, "", "definitions", "check", LONG)
        self.run_job("--input", "a.jsonl")
        self.expect_error(1, "", "explain", "--state", "state", "--tenant", LONG, "--lead", LONG)
        self.expect_error(1, "", "explain", "--state", "state", "--tenant", "a\nb", "--lead", "")

    def test_many_arguments(self):
        self.write("a.jsonl", good(1))
        self.run_job("--input", *["a.jsonl"] * 50_000, "./a.jsonl", "../" + os.path.basename(self.folder) + "/a.jsonl")
        # A file is known by its path as given: under three names it is read three times, and its events are duplicates.
        self.expect({}, [1])

    def test_odd_names(self):
        for name in (b"new\nline.jsonl", b"\x1b[2J.jsonl", b"\xff\xfe.jsonl", "\u202e\U0001f600.jsonl".encode(), b"-.jsonl",
                     b" .jsonl", b"'$(x)'.jsonl", b"a\\\"b.jsonl"):
            with self.subTest(name):
                with open(os.path.join(os.fsencode(self.folder), name), "wb") as file:
                    file.write(good(1) + b"bad\n")
                self.run_job("--input", b"./" + name, state=b"s" + name, output=b"o" + name, case=repr(name))
                output = os.fsdecode(b"o" + name)
                letters = self.expect({"malformed": 1}, [1], output=output)
                self.assertTrue(letters[0]["source"]["file"].startswith("./"))
                self.run_job("--input", b"./" + name, state=b"s" + name, output=b"o" + name, case="again")
                self.assertEqual(len(self.read(os.path.join(output, "dead-letters.jsonl")).splitlines()), 1)

    def test_what_is_no_file(self):
        os.mkdir(self.path("directory.jsonl"))
        os.mkfifo(self.path("pipe.jsonl"))
        os.symlink("loop.jsonl", self.path("loop.jsonl"))
        os.symlink("/dev/zero", self.path("zero.jsonl"))
        os.symlink("/dev/null", self.path("null.jsonl"))
        os.symlink("nowhere", self.path("dangling.jsonl"))
        for path, part in (("directory.jsonl", "is a directory"), ("pipe.jsonl", "--input -"), ("loop.jsonl", "symbolic"),
                           ("zero.jsonl", "--input -"), ("null.jsonl", "--input -"), ("dangling.jsonl", "no such file"),
                           ("/dev/zero", "usage:"), ("/dev/null", "usage:"), (".", "is a directory without a file to read"), ("", "usage:")):
            with self.subTest(path):
                self.refuse_input(path, part)

    def test_what_may_not_be_touched(self):
        """Runs as a user without permissions, because root may read and write everything."""
        nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        os.chmod(self.folder, 0o777)
        try:
            subprocess.run([BINARY, "--version"], capture_output=True, check=True, **nobody)
        except PermissionError:
            self.skipTest("only root may run the program where it was built")
        self.write("a.jsonl", good(1))
        os.chmod(self.path("a.jsonl"), 0)
        self.refuse_input("a.jsonl", "Permission denied", **nobody)
        os.mkdir(self.path("closed"), 0o555)
        self.write("b.jsonl", good(1))
        for state, output in (("closed/s", "o"), ("s", "closed/o")):
            self.expect_error(1, "ermission", "run", "--state", state, "--output", output, "--input", "b.jsonl", **nobody)
        self.write("d.yaml", b"")
        os.chmod(self.path("d.yaml"), 0)
        self.expect_error(2, "ermission", "definitions", "check", "d.yaml", **nobody)

    def test_directories_that_are_none(self):
        self.write("a.jsonl", good(1))
        os.symlink("loop", self.path("loop"))
        self.write("file", b"x")
        for state, output in (("loop", "o1"), ("file", "o2"), ("/proc/none", "o3"), ("s4", "loop"), ("s5", "file"),
                              ("s6", "/proc/none"), ("s7", "/dev/null")):
            with self.subTest((state, output)):
                ended = self.expect_error(1, "", "run", "--state", state, "--output", output, "--input", "a.jsonl")
                self.assertIn("leadpulse: ", ended.errors)

    def test_endless_standard_input(self):
        with open("/dev/zero", "rb") as zeros:
            self.run_job("--input", "-", code=3, interrupt_after=1, seconds=60, stdin=zeros)
        self.assertEqual(self.read("out/changes.jsonl"), "")
        with open("/dev/null", "rb") as nothing:
            self.run_job("--input", "-", state="s2", output="o2", stdin=nothing)

    def test_definitions_without_an_end(self):
        self.write("a.jsonl", good(1))
        for arguments in (["definitions", "check", "/dev/zero"], ["definitions", "show", "/dev/zero"],
                          ["run", "--definitions", "/dev/zero", "--state", "s", "--output", "o", "--input", "a.jsonl"]):
            self.expect_error(2, "larger than 16 MiB", *arguments)
        self.expect_error(2, "is empty", "definitions", "check", "/dev/null")

    def close(self, *closed, arguments):
        """Returns the exit code of a run that starts with these descriptors closed."""
        redirections = " ".join({0: "<&-", 1: ">&-", 2: "2>&-"}[number] for number in closed)
        script = f'exec "$0" "$@" {redirections}'
        return subprocess.run(["sh", "-c", script, BINARY, *arguments], cwd=self.folder, capture_output=True, timeout=60,
                              check=False)

    def test_closed_descriptors(self):
        """The first files that are opened must not get the numbers of standard output and error."""
        self.write("a.jsonl", good(1), b"bad\n")
        for closed, code in (((0,), 0), ((1,), 1), ((2,), 0), ((0, 1, 2), 1), ((1, 2), 1), ((0, 2), 0)):
            with self.subTest(closed):
                name = "".join(map(str, closed))
                for _ in range(2):
                    arguments = ["run", "--state", "s" + name, "--output", "o" + name, "--input", "a.jsonl",
                                 "--log-level", "debug"]
                    ended = self.close(*closed, arguments=arguments)
                    self.assertEqual(ended.returncode, code, ended.stderr)
                self.expect({"malformed": 1}, [1], output="o" + name)
                for folder in ("s" + name, "o" + name):
                    for file in os.listdir(self.path(folder)):
                        with open(self.path(f"{folder}/{file}"), "rb") as opened:
                            content = opened.read()
                        for said in (b"state opened", b"epoch committed", b"Records read"):
                            self.assertFalse(said in content, f"{file}: {said}")
        ended = self.close(0, arguments=["run", "--state", "s", "--output", "o", "--input", "-"])
        self.assertEqual(ended.returncode, 1)
        self.assertIn(b"input -: cannot be read", ended.stderr)

    def test_a_reader_that_goes_away(self):
        self.write("a.jsonl", good(1))
        reading, writing = os.pipe()
        os.close(reading)
        for arguments in (["run", "--state", "s", "--output", "o", "--input", "a.jsonl"], ["--help"],
                          ["definitions", "init"]):
            self.expect_error(1, "its reader has gone", *arguments, stdout=writing)
        os.close(writing)
        self.expect({}, [1], output="o")

    def test_a_full_standard_output(self):
        self.write("a.jsonl", good(1))
        with open("/dev/full", "wb") as full:
            self.expect_error(1, "No space left", "run", "--state", "s", "--output", "o", "--input", "a.jsonl", stdout=full)
        self.expect({}, [1], output="o")

    def test_state_and_output_in_one_directory(self):
        self.write("a.jsonl", good(1))
        self.write("b.jsonl", good(2))
        self.run_job("--input", "a.jsonl", state="both", output="both")
        self.run_job("--input", "a.jsonl", "b.jsonl", state="both", output="both")
        self.expect({}, [1, 2], output="both")

    def test_an_output_as_input(self):
        """It grows while it is read. A run's output has no records, so each line is one dead letter, and the run
        ends."""
        self.write("a.jsonl", good(1))
        self.run_job("--input", "a.jsonl")
        self.run_job("--input", "a.jsonl", "out/changes.jsonl", "out/leads.jsonl", code=1)
        self.expect({"malformed": 4}, [1])

    def test_two_signals(self):
        """A second signal during the handling of the first changes nothing."""
        with open("/dev/zero", "rb") as zeros:
            child = subprocess.Popen([BINARY, "run", "--state", "s", "--output", "o", "--input", "-"], cwd=self.folder,
                                     stdin=zeros, stderr=subprocess.PIPE)
            for _ in range(20):
                try:
                    child.communicate(timeout=0.1)
                    break
                except subprocess.TimeoutExpired:
                    child.send_signal(signal.SIGTERM)
            child.communicate(timeout=60)
        self.assertIn(child.returncode, (3, -signal.SIGTERM))  # the latter if it came before the program had begun


if __name__ == "__main__":
    main()
