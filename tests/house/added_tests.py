"""The tests of a build folder, as CMake writes them down: ctest says the commands of those programs alone that are built."""

import dataclasses
import os
import pathlib
import re

ADDED = re.compile(r"^(add_test|set_tests_properties|subdirs)\((?:\[=*\[)?([\w.-]+)?(?:\]=*\])?(.*)\)$", re.M)
QUOTED = re.compile(r'(\w*) ?"((?:[^"\\]|\\.)*)"')


@dataclasses.dataclass
class AddedTest:
    command: list
    properties: dict  # as CMake writes them, with the places of the commands that add the test as _BACKTRACE_TRIPLES

    def targets(self, build):
        """Returns the targets of ninja that the test needs: the files of the build folder that it names."""
        return {os.path.relpath(word, build) for word in self.command + self.list_of("REQUIRED_FILES")
                if word.startswith(f"{build}/")}

    def list_of(self, key):
        return [word for word in self.properties.get(key, "").split(";") if word]

    def lists(self):
        """Returns the files that add the test, the innermost function's first."""
        return self.properties.get("_BACKTRACE_TRIPLES", "").split(";")[::3]


def read_tests(build):
    """Returns the tests of a configured build folder by name."""
    tests, file = {}, pathlib.Path(build, "CTestTestfile.cmake")
    for what, name, rest in ADDED.findall(file.read_text(encoding="utf-8") if file.is_file() else ""):
        words = [(key, re.sub(r"\\(.)", r"\1", value)) for key, value in QUOTED.findall(rest)]
        if what == "subdirs":
            for _, folder in words:
                tests |= read_tests(pathlib.Path(build, folder))
        elif what == "add_test":
            tests[name] = AddedTest([word for _, word in words], {})
        elif name in tests:
            tests[name].properties |= dict(words)
    return tests
