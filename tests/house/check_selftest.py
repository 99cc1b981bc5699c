#!/usr/bin/env python3
"""Tests of tools/check.py: which tests a touched file concerns."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import check  # noqa: E402

TOP = "/clone/"
TESTS = {
    "journal_test": [TOP + "build/release/tests/state_tests", "--file=journal_test"],
    "state_property_test": [TOP + "build/release/tests/state_property_tests", "--file=state_property_test"],
    "page_forms_test": [TOP + "build/release/tests/serve_tests", "--file=page_forms_test"],
    "scenario_test": [TOP + "build/release/tests/scenario_test"],
    "explain_test": ["python3", TOP + "tests/cli/explain_test.py", TOP + "build/release/leadpulse"],
    "serve_test": ["python3", TOP + "tests/serve/serve_test.py", TOP + "build/release/leadpulse"],
    "readme_examples": ["python3", TOP + "tests/house/readme_examples.py"],
    "check_selftest": ["python3", TOP + "tests/house/check_selftest.py"],
}
DECLARED = {
    "journal_test": "tests/unit/state.cmake",
    "state_property_test": "tests/property/state.cmake",
    "page_forms_test": "tests/unit/serve.cmake",
    "scenario_test": "tests/scenarios/CMakeLists.txt",
    "explain_test": "tests/cli/CMakeLists.txt",
    "serve_test": "tests/serve/CMakeLists.txt",
    "readme_examples": "tests/house/CMakeLists.txt",
    "check_selftest": "tests/house/CMakeLists.txt",
}


class CheckTest(unittest.TestCase):
    def assert_chosen(self, path, *names):
        self.assertEqual(check.tests_of(path, TESTS, DECLARED), set(names), path)

    def test_a_source_has_the_tests_of_its_folder(self):
        self.assert_chosen("state/lead/journal.cc", "journal_test", "state_property_test", "scenario_test")
        self.assert_chosen("processor/serve/pages/page_forms.h", "page_forms_test")
        self.assert_chosen("processor/view/score.cc", "scenario_test")

    def test_a_command_has_the_test_of_its_name(self):
        self.assert_chosen("tools/leadpulse/explain/explain_command.cc", "explain_test")

    def test_a_test_is_chosen_itself(self):
        self.assert_chosen("tests/unit/state/journal_test.cc", "journal_test")
        self.assert_chosen("tests/serve/serve_test.py", "serve_test")

    def test_a_page_has_its_examples(self):
        self.assert_chosen("config/README.md", "readme_examples")

    def test_a_tool_has_its_self_test(self):
        self.assert_chosen("tools/check.py", "check_selftest")

    def test_targets_are_the_programs_of_the_build(self):
        build = pathlib.Path(TOP + "build/release")
        self.assertEqual(check.targets_of([TESTS["journal_test"], TESTS["explain_test"], TESTS["serve_test"]], build),
                         ["leadpulse", "tests/state_tests"])


if __name__ == "__main__":
    unittest.main()
