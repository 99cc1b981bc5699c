#!/usr/bin/env python3
"""mutants.py on a made-up tree: the errors it finds in an outdated table, and the defects it calls caught."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import generate

SWITCH = pathlib.Path(__file__).resolve().with_name("switch.h")
MUTANTS = pathlib.Path(__file__).resolve().with_name("mutants.py")

# A "compiler" that accepts what Python can parse, and a test of what was "compiled".
FILES = {
    "CMakeLists.txt": """
cmake_minimum_required(VERSION 3.25)
project(made_up LANGUAGES NONE)
enable_testing()
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(built ${CMAKE_BINARY_DIR}/age_built.py)
add_custom_command(OUTPUT ${built} DEPENDS ${CMAKE_SOURCE_DIR}/age.py
                   COMMAND ${Python3_EXECUTABLE} -m py_compile ${CMAKE_SOURCE_DIR}/age.py
                   COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/age.py ${built})
add_custom_target(made ALL DEPENDS ${built})
add_test(NAME quick_test COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/quick_test.py ${built})
add_test(NAME whole_test COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/whole_test.py ${built})
""",
    "CMakePresets.json": json.dumps({"version": 3, "configurePresets": [
        {"name": "release", "generator": "Ninja", "binaryDir": "${sourceDir}/build/release"}]}),
    "age.py": "def may_vote(age):\n    return age >= 18\n\n\ndef may_ride(age):\n    return age > 5\n",
    "tests/quick_test.py": "import sys\nexec(open(sys.argv[1]).read())\nsys.exit(0 if may_vote(30) else 1)\n",
    "tests/whole_test.py": "import sys\nexec(open(sys.argv[1]).read())\nsys.exit(0 if may_vote(18) else 1)\n",
}


def entry(name, before, after, tests=("quick_test", "whole_test"), file="age.py"):
    return (f"[[mutant]]\nname = '{name}'\nwhat = 'for this test'\nfile = '{file}'\nbefore = '{before}'\n"
            f"after = '{after}'\ntests = {json.dumps(list(tests))}\n")


AT_18 = entry("at-18", "age >= 18", "age > 18")
NEVER = entry("never", "age >= 18", "False")
UNTESTED = entry("untested", "age > 5", "age >= 5")
UNREADABLE = entry("unreadable", "age > 5", "age >")


class MutantsSelfTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mutants-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for path, text in FILES.items():
            self.write(path, text)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def run_on(self, *entries, arguments=()):
        self.write("tests/mutants/mutants.toml", "\n".join(entries))
        done = subprocess.run([sys.executable, MUTANTS, "--root", self.root, *arguments], capture_output=True, text=True,
                              env=dict(os.environ, GIT_CEILING_DIRECTORIES=str(self.root.parent)), check=False)
        return done.returncode, done.stdout + done.stderr

    def check_finds(self, sentence, *entries):
        status, said = self.run_on(*entries, arguments=["--check"])
        self.assertEqual(status, 1, said)
        self.assertIn(sentence, said)

    def test_a_table_that_fits(self):
        self.assertEqual(self.run_on(AT_18, NEVER, arguments=["--check"]), (0, "2 mutants: each finds its text, once\n"))

    def test_a_table_that_does_not(self):
        self.check_finds("gone: its `before` occurs 0 times in age.py, not once", AT_18, entry("gone", "age >= 21", "age"))
        self.check_finds("twice: its `before` occurs 2 times in age.py, not once", entry("twice", "return", "yield"))
        self.check_finds("nothing: `before` and `after` are the same", entry("nothing", "age > 5", "age > 5"))
        self.check_finds("at-18: there are two of that name", AT_18, AT_18)
        self.check_finds("lost: ages.py cannot be read", entry("lost", "age", "", file="ages.py"))
        self.check_finds("no-test: there is no test slow_test", entry("no-test", "age > 5", "", ["slow_test:Some.Case"]))
        self.check_finds("no-tests: it names no test", entry("no-tests", "age > 5", "", []))
        self.check_finds("at-18: it must have", AT_18.replace("what =", "why ="))

    def test_what_is_caught_by_what(self):
        status, said = self.run_on(AT_18, NEVER, UNTESTED, UNREADABLE)
        self.assertEqual(status, 1, said)
        for line in ["2 tests pass without a defect; 4 of 4", "  at-18: whole_test\n", "  never: quick_test\n",
                     "  untested: SURVIVES\n", "mutant unreadable does not build", "  unreadable: does not build",
                     "2 of 4 mutants are caught"]:
            self.assertIn(line, said)
        self.assertEqual((self.root / "age.py").read_text(encoding="utf-8"), FILES["age.py"])
        self.assertEqual((self.root / "build/mutants/tree/age.py").read_text(encoding="utf-8"), FILES["age.py"])

    def test_it_goes_on_where_it_was(self):
        kept = ["--resume", self.root / "build/kept.json"]
        self.assertEqual(self.run_on(AT_18, NEVER, arguments=["at-*", *kept])[0], 0)
        self.assertIn("1 of 2 mutants to try", self.run_on(AT_18, NEVER, arguments=kept)[1])
        self.assertIn("0 of 2 mutants to try", self.run_on(AT_18, NEVER, arguments=kept)[1])
        self.write("tests/whole_test.py", FILES["tests/whole_test.py"].replace("18", "19"))
        status, said = self.run_on(AT_18, NEVER, arguments=kept)
        self.assertIn("2 of 2 mutants to try", said)
        self.assertIn("  at-18: SURVIVES\n", said)
        self.assertEqual(status, 1)

    def test_a_tree_that_fails_without_a_defect(self):
        self.write("age.py", FILES["age.py"].replace("18", "21"))
        status, said = self.run_on(entry("never", "age >= 21", "False"))
        self.assertEqual(status, 1)
        self.assertIn("the unmutated tree fails whole_test; mend that first", said)

    def test_a_name_that_is_not_there(self):
        status, said = self.run_on(AT_18, arguments=["at-81"])
        self.assertEqual((status, said), (1, "mutants.py: there is no mutant at-81; --list shows all\n"))


# A folder of the product with a test that looks at one age. folder_tests.py says that delivery_tests tests it.
GENERATED = {
    "CMakeLists.txt": """
cmake_minimum_required(VERSION 3.25)
project(made_up LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
enable_testing()
add_executable(delivery_tests processor/delivery/age.cc tests/age_test.cc)
target_include_directories(delivery_tests PRIVATE ${CMAKE_SOURCE_DIR})
add_test(NAME age_test COMMAND delivery_tests)
""",
    "CMakePresets.json": FILES["CMakePresets.json"],
    "processor/delivery/age.cc": """
#include <vector>
namespace made_up {
struct Fixed { explicit Fixed(int of) : value(of) {} int value; };  // has no default: `return {}` does not compile
bool MayVote(int age) { return age >= 18; }  // a comment: age >= 18
Fixed Limit(int age) {
  const std::vector<int> years{age};
  return Fixed(years.front() - 1);
}
int Untested() { return 3; }
}  // namespace made_up
""",
    "tests/age_test.cc": """
namespace made_up { struct Fixed { explicit Fixed(int of) : value(of) {} int value; }; bool MayVote(int); Fixed Limit(int); }
int main() { return made_up::MayVote(17) || made_up::Limit(9).value != 8 || !made_up::MayVote(30); }
""",
}


class GeneratedSelfTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mutants-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for path, text in {**GENERATED, generate.SWITCH_HEADER: SWITCH.read_text(encoding="utf-8")}.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text, encoding="utf-8")

    def run_on(self, *arguments):
        done = subprocess.run([sys.executable, MUTANTS, "--root", self.root, "--generated", *arguments], text=True,
                              env=dict(os.environ, GIT_CEILING_DIRECTORIES=str(self.root.parent)), check=False,
                              capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_one_is_caught_one_survives_one_does_not_compile(self):
        kept = ["--resume", self.root / "build/kept.json"]
        said = self.run_on(*kept)
        for line in ["\ncaught      processor/delivery/age.cc:5 MayVote: return `return age >= 18;` return {}; (age_test)\n",
                     "\nprocessor/delivery/age.cc:5: survived: MayVote: comparison `age >= 18` >= to >\n",
                     "\nprocessor/delivery/age.cc:10: not reached: Untested: constant `3` 4\n",
                     "\n1 mutants do not compile", "\nall                        2         2            1                 1\n",
                     "\n6 generated mutants: 2 caught, 3 open, 0 accepted\n"]:
            self.assertIn(line, said)
        self.assertNotIn("to try", self.run_on(*kept))
        accepted = {"processor/delivery/age.cc MayVote: comparison `age >= 18` >= to >": "nobody is that exact",
                    "processor/delivery/age.cc MayVote: constant `21` 22": "it is 18 now"}
        (self.root / "tests/mutants/accepted.toml").write_text("".join(
            f"'{name}' = '{reason}'\n" for name, reason in accepted.items()), encoding="utf-8")
        said = self.run_on(*kept)
        self.assertNotIn("survived: MayVote: comparison", said)
        self.assertIn("\naccepted.toml has no mutant any more: processor/delivery/age.cc MayVote: constant `21` 22\n", said)
        self.assertIn("\n6 generated mutants: 2 caught, 2 open, 1 accepted\n", said)

    def test_a_seed_chooses_the_same(self):
        def chosen(*arguments):
            return self.run_on("processor", "--sample", "3", "--list", *arguments)
        self.assertEqual(len(chosen().splitlines()), 3)
        self.assertEqual(chosen("--seed", "7"), chosen("--seed", "7"))
        self.assertGreater(len({chosen("--seed", str(seed)) for seed in range(8)}), 1)


if __name__ == "__main__":
    unittest.main()
