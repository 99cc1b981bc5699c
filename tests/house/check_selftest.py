#!/usr/bin/env python3
"""Tests of tools/check.py: which tests a touched file concerns, and that its tables fit the tree."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import check  # noqa: E402
from added_tests import read_tests  # noqa: E402
from folder_tests import PROGRAMS, programs_of  # noqa: E402
from folders import Folders  # noqa: E402
from project_files import project_files  # noqa: E402

BUILD = str(ROOT / "build/release")
PROGRAM = f"{BUILD}/leadpulse"


def program(name, *arguments):
    return [f"{BUILD}/tests/{name}", *arguments]


def script(path, *arguments):
    return ["python3", str(ROOT / path), *arguments]


# By name: the command, and the file that adds the test.
ADDED = {
    "journal_test": (program("state_tests", "--file=journal_test"), "tests/unit/state.cmake"),
    "state_property_test": (program("state_property_tests", "--file=state_property_test"), "tests/property/state.cmake"),
    "page_forms_test": (program("serve_tests", "--file=page_forms_test"), "tests/unit/serve.cmake"),
    "model_test": (program("model_test"), "tests/property/model.cmake"),
    "event_codec_test": (program("codec_tests", "--file=event_codec_test"), "tests/unit/codec.cmake"),
    "inbox_test": (program("receiver_tests", "--file=inbox_test"), "tests/receiver/CMakeLists.txt"),
    "scenario_test": (program("scenario_test"), "tests/scenarios/CMakeLists.txt"),
    "worker_test": (program("simulated_worker_tests", "--file=worker_test"), "tests/kafka/CMakeLists.txt"),
    "rdkafka_test": (script("tests/kafka/with_broker.py", *program("rdkafka_test")), "tests/kafka/CMakeLists.txt"),
    "kafka_live_test": (script("tests/kafka/live_test.py", PROGRAM), "tests/kafka/CMakeLists.txt"),
    "explain_test": (script("tests/cli/explain_test.py", PROGRAM), "tests/cli/CMakeLists.txt"),
    "lead_test": (script("tests/cli/lead_test.py", PROGRAM), "tests/cli/CMakeLists.txt"),
    "serve_reads_test": (script("tests/serve/reads_test.py", PROGRAM), "tests/serve/CMakeLists.txt"),
    "serve_browser_test": (script("tests/serve/browser_test.py", PROGRAM), "tests/serve/CMakeLists.txt"),
    "serve_templates_test": (script("tests/serve/templates_test.py"), "tests/serve/CMakeLists.txt"),
    "readme_examples": (script("tests/house/readme_examples.py"), "tests/house/CMakeLists.txt"),
    "check_selftest": (script("tests/house/check_selftest.py"), "tests/house/CMakeLists.txt"),
}
SOURCES = {
    "tests/kafka/CMakeLists.txt": "leadpulse_test_program(rdkafka_test\n  SOURCES rdkafka_admin_test.cc LINKS leadpulse_kafka)\n",
    "tests/kafka/simulation.h": "#pragma once\n",
    "tests/kafka/simulation.cc": '#include "tests/kafka/simulation.h"\n',
    "tests/kafka/faults.h": '#pragma once\n#include "tests/kafka/simulation.h"\n',
    "tests/kafka/worker_test.cc": '#include "tests/kafka/faults.h"\n',
    "tests/kafka/rdkafka_admin_test.cc": '#include "tests/kafka/by_hand.h"\n',
    "tests/kafka/by_hand.h": "#pragma once\n",
    "tests/kafka/live.yaml": "",
    "tests/support/cluster.h": "#pragma once\n",
    "tests/support/producer.cc": '#include "tests/support/cluster.h"\n#include "tests/support/offsets.h"\n',
    "tests/support/offsets.h": "#pragma once\n",
    "tests/unit/state/journal_test.cc": '#include "tests/support/cluster.h"\n',
    "tests/serve/browser.py": "import os\n",
    "tests/serve/browser_case.py": "from browser import Browser\n",
    "tests/serve/browser_test.py": "from browser_case import BrowserCase\n",
    "tests/serve/reads_test.py": "import os\n",
    "tests/scenarios/leads.scenario": "",
}
FOLDERS = sorted({list_.rpartition("/")[0] for _, list_ in ADDED.values()})


def test_file(folder):
    """Returns a file as CMake writes it for a folder of tests."""
    text = "".join(f'subdirs("{below}")\n' for below in FOLDERS if folder == ".")
    for name, (command, list_) in ADDED.items():
        if list_.rpartition("/")[0] == folder:
            places = f"{ROOT}/tests/CMakeLists.txt;56;add_test;{ROOT}/{list_};1;leadpulse_tests;{ROOT}/{list_};0;"
            needed = f'REQUIRED_FILES "{BUILD}/tests/live_model" ' if name == "kafka_live_test" else ""
            text += f'add_test([=[{name}]=] {" ".join(f"{chr(34)}{word}{chr(34)}" for word in command)})\n'
            text += f'set_tests_properties([=[{name}]=] PROPERTIES  {needed}_BACKTRACE_TRIPLES "{places}")\n'
    return text


def read_added():
    with tempfile.TemporaryDirectory() as build:
        for folder in [".", *FOLDERS]:
            file = pathlib.Path(build, folder, "CTestTestfile.cmake")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(test_file(folder), encoding="utf-8")
        return read_tests(build)


READ = read_added()
TESTS = check.Tests(READ, SOURCES)


class ChosenTest(unittest.TestCase):
    def assert_chosen(self, path, *names):
        self.assertEqual(TESTS.of(path), set(names), path)

    def test_a_source_has_the_tests_of_its_folder(self):
        self.assert_chosen("state/lead/journal.cc", "journal_test", "state_property_test", "scenario_test")
        self.assert_chosen("processor/view/score.cc", "scenario_test")  # and not the slow ones
        self.assert_chosen("processor/receiver/inbox.h", "inbox_test")
        self.assert_chosen("state/CMakeLists.txt", "journal_test", "state_property_test", "scenario_test")

    def test_so_has_what_is_not_cpp(self):
        self.assert_chosen("processor/serve/pages/templates/leads.tpl", "page_forms_test", "serve_templates_test")
        self.assert_chosen("schemas/leadpulse/v1/event.proto", "event_codec_test", "journal_test")

    def test_a_command_has_the_test_of_its_name(self):
        self.assert_chosen("tools/leadpulse/explain/explain_command.cc", "explain_test")
        self.assert_chosen("tools/leadpulse/live/live_process.cc", "kafka_live_test")

    def test_what_commands_share_has_the_tests_of_all(self):
        self.assert_chosen("tools/leadpulse/options.cc", "explain_test", "lead_test")

    def test_a_test_is_chosen_itself(self):
        self.assert_chosen("tests/unit/state/journal_test.cc", "journal_test")
        self.assert_chosen("tests/serve/reads_test.py", "serve_reads_test")
        self.assert_chosen("tests/kafka/rdkafka_admin_test.cc", "rdkafka_test")
        self.assert_chosen("tests/unit/state.cmake", "journal_test")

    def test_what_tests_use_has_those_tests(self):
        self.assert_chosen("tests/serve/browser.py", "serve_browser_test")
        self.assert_chosen("tests/kafka/simulation.h", "worker_test")
        self.assert_chosen("tests/kafka/simulation.cc", "worker_test")
        self.assert_chosen("tests/kafka/by_hand.h", "rdkafka_test")
        self.assert_chosen("tests/support/producer.cc", "journal_test")  # which calls it through another header
        self.assert_chosen("tests/support/offsets.h", "journal_test")
        self.assert_chosen("tests/kafka/live_model.cc", "kafka_live_test")

    def test_other_files_have_the_tests_of_their_folder(self):
        self.assert_chosen("tests/scenarios/leads.scenario", "scenario_test")
        self.assert_chosen("tests/kafka/live.yaml", "worker_test", "rdkafka_test", "kafka_live_test")

    def test_a_page_has_its_examples(self):
        self.assert_chosen("config/README.md", "readme_examples")

    def test_a_tool_has_its_self_test(self):
        self.assert_chosen("tools/check.py", "check_selftest")

    def test_for_some_no_test_is_known(self):
        for path in ("CMakePresets.json", ".ci/run", "tests/serve/CMakeLists.txt", "tests/kafka/deleted_test.cc"):
            self.assert_chosen(path)

    def test_targets_are_the_programs_of_the_build(self):
        for name, targets in (("journal_test", {"tests/state_tests"}), ("explain_test", {"leadpulse"}), ("check_selftest", set()),
                              ("kafka_live_test", {"leadpulse", "tests/live_model"})):
            self.assertEqual(READ[name].targets(BUILD), targets)


class TouchedTest(unittest.TestCase):
    """In a clone."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        for path in ("old.cc", "gone.h", "shared.h", "own.h", "own.cc"):
            self.write(path, f"// {path}, and enough text to be recognised after a change of its name\n")
        self.write("other/b.cc", '#include "shared.h"\n')
        self.write("a.cc", '#include "shared.h"\n')
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "One")

    def write(self, path, text):
        file = pathlib.Path(self.root, path)
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def git(self, *arguments):
        subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments], cwd=self.root, check=True)

    def said(self, expression):
        """Returns what an expression with check gives in the clone."""
        code = f"import sys; sys.path.insert(0, {str(ROOT / 'tools')!r}); import check; print({expression})"
        done = subprocess.run([sys.executable, "-c", code], cwd=self.root, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip()

    def test_new_renamed_and_deleted_files_are_touched(self):
        self.assertEqual(self.said("check.touched_files(None)"), "[]")  # there is no parent
        self.git("mv", "old.cc", "new.cc")
        self.git("rm", "--quiet", "gone.h")
        self.write("untracked.cc", "\n")
        touched = "['gone.h', 'new.cc', 'old.cc', 'untracked.cc']"
        self.assertEqual(self.said("check.touched_files(None)"), touched)
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "Two")
        self.assertEqual(self.said("check.touched_files(None)"), touched)
        self.assertEqual(self.said("check.touched_files('HEAD~1')"), touched)
        self.assertEqual(self.said("check.touched_files('HEAD')"), "[]")
        self.assertEqual(self.said("check.touched_files('nowhere')"), "check: there is no commit 'nowhere'")

    def test_a_header_is_linted_with_its_source_or_with_some_that_include_it(self):
        self.assertEqual(self.said("check.linted(['own.h'])"), "['own.cc']")
        self.assertEqual(self.said("check.linted(['shared.h'])"), "['a.cc', 'other/b.cc']")
        for number in range(20):
            self.write(f"other/c{number}.cc", '#include "shared.h"\n')
        linted = self.said("check.linted(['shared.h'])")
        self.assertEqual(linted.count("other/"), 9, linted)
        self.assertIn("'a.cc'", linted)  # it lies in the header's folder


class TablesTest(unittest.TestCase):
    def setUp(self):
        self.paths = project_files(ROOT)
        self.lists = {path: (ROOT / path).read_text(encoding="utf-8") for path in self.paths
                      if path.startswith("tests/") and path.endswith(check.LISTS)}
        self.words = set(re.findall(r"[\w-]+", "\n".join(self.lists.values())))  # each name of a test or program is one

    def test_each_folder_of_the_product_has_a_row(self):
        folders = [folder for folder in Folders(ROOT, self.paths).links if any(
            path.startswith(folder + "/") and path.endswith(".cc") for path in self.paths)]
        self.assertGreater(len(folders), 25)
        self.assertEqual([folder for folder in folders if programs_of(folder + "/x.cc") is None], [])

    def test_what_the_tables_name_is_there(self):
        for folder, programs in PROGRAMS.items():
            self.assertTrue((ROOT / folder).is_dir(), folder)
            self.assertEqual([name for name in programs if name not in self.words], [], folder)
        for entries, names in check.ALSO.items():
            self.assertEqual([entry for entry in entries if not (ROOT / entry).exists()], [])
            self.assertEqual(names - self.words, set(), entries)
        self.assertLess(check.SLOW, self.words)

    def test_each_program_of_unit_tests_is_in_a_table(self):
        known = set().union(*PROGRAMS.values(), *check.ALSO.values())
        programs = {name for path, text in self.lists.items() if path.startswith("tests/unit/")
                    for name in re.findall(r"^leadpulse_tests?\((?:\w+/)?(\w+)", text, re.M)}
        self.assertGreater(len(programs), 20)
        self.assertEqual(programs - known, set())


if __name__ == "__main__":
    unittest.main()
