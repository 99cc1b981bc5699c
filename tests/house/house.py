#!/usr/bin/env python3
"""The house rules as a test: which folder may include which, who alone may use what, how long files and functions
may be.

    tests/house/house.py [ROOT]     prints each breach as FILE:LINE: error: …, and exits with 1 if there is one

The tables below are the rules. The README.md of a folder says why; tests/README.md says how to change one.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from comment_verbs import comments_without_verb  # noqa: E402
from cpp_source import blank_comments_and_strings, function_lengths  # noqa: E402
from folders import Folders, lies_in  # noqa: E402
from page_links import broken_links  # noqa: E402
from project_files import project_files  # noqa: E402

# Which folder may include which is not here: the libraries' links say so, see folders.py.

# The levels of a folder: what each may include of the others.
LEVELS = {
    "state": {"lead": [], "codec": ["lead"], "store": ["lead", "codec"], "cache": ["lead", "codec", "store"],
              "rocksdb": ["lead", "codec", "store"]},
    "processor/rules": {"language": [], "evaluation": ["language"], "index": ["language", "evaluation"]},
    "processor/serve/api": {"request": [], "reads": ["request"], "writes": ["request", "reads"], "settings": ["request"],
                            "hooks": ["request"],
                            "jobs": ["request", "reads", "writes"],
                            "dispatch": ["request", "reads", "writes", "settings", "hooks", "jobs"]},
}

# The beginning of a header's name, and the only folders that may include it.
SOLE_USERS = [
    ("rocksdb/", ["state", "tests/bench", "tests/support", "tests/crash", "tests/unit"]),
    ("librdkafka/", ["processor/kafka", "tests/bench", "tests/kafka", "tests/support"]),
    ("spdlog/", ["processor/telemetry", "processor/files", "processor/kafka", "tools"]),
    ("prometheus/", ["processor/telemetry", "tests"]),
    ("curl/", ["processor/http"]),
    ("openssl/", ["processor/crypto", "processor/webhooks", "state", "tests/webhooks"]),
    ("sqlite3", ["processor/serve/access"]),
    ("sodium", ["processor/serve/access"]),
    ("kainjow/", ["processor/serve/pages"]),
    ("roaring/", ["processor/serve/index"]),
    ("microhttpd", ["processor/http", "tests"]),
    ("gnutls/", ["processor/http"]),
    ("gtest/", ["tests"]),
    ("gmock/", ["tests"]),
    ("rapidcheck", ["tests"]),
    ("benchmark/", ["tests"]),
]

# Reads of a clock, and the only folders that may do so: all others get a Clock. The crash tests and benchmarks time
# real processes.
CLOCK = re.compile(r"\b(?:(?:system|steady|high_resolution|utc)_clock::now|gettimeofday|clock_gettime|timespec_get"
                   r"|absl::Now|std::time\s*\(|(?<![\w.:>])time\s*\(\s*(?:nullptr|NULL|0|&\w+)\s*\))")
CLOCK_USERS = ["processor/base", "tests/bench", "tests/crash"]

TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "config", "processor", "schemas", "state",
             "tests", "tools"}  # and dot files

FILE_WARN, FILE_ERROR, FUNCTION_ERROR = 400, 700, 70  # lines
FIRST_PAGE_ERROR, PAGE_ERROR = 170, 350  # lines of the top README, and of every other page outside of tests/

# Both are split, so that this file does not break its own rules.
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:ho" r"me|ro" r"ot|wo" r"rk|Use" r"rs|m" r"nt)/[\w.-]")
CODE_ENDINGS = (".cc", ".h")
TEXT_ENDINGS = CODE_ENDINGS + (".py", ".sh", ".cmake", ".txt", ".md", ".yaml", ".json", ".proto", ".scenario", "")
# One of our files in a README, as `state/lead/lead.h`; NAME_… stands for any.
NAMED_SOURCE = re.compile(r"`(?:[\w./-]*/)?(?!NAME_)([\w-]+\.(?:cc|h|py|proto|cmake))`")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# An opened namespace, or a declaration of a name in it: `namespace leadpulse::state {`, `struct state::Lead;`.
NAMESPACE = re.compile(r"^\s*(?:namespace\s+leadpulse::|(?:class|struct)\s+(?:leadpulse::)?)(\w+)(?=\s*\{|::\w+\s*;)")
# `using other::Name;` in a source, but not of a base class's members, which other files use.
USING = re.compile(r"^using\s+(?:\w*::)+(\w+);")


class House:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.errors = []
        self.warnings = []
        self.used = set()  # (folder, a folder that it includes or declares names of)

    def error(self, path, line, text):
        self.errors.append(f"{path}:{line}: error: {text}")

    def check(self):
        paths = project_files(self.root)
        self.folders = Folders(self.root, paths)
        names = {path.rpartition("/")[2] for path in paths}
        self.check_folders(paths)
        for path in paths:
            if path.startswith("tests/data/") or not path.endswith(TEXT_ENDINGS):
                continue
            try:
                text = (self.root / path).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # a corpus
            self.check_text(path, text)
            if path.endswith(".md"):
                self.check_named_files(path, text, names)
                self.check_page_length(path, text)
                for line, what in broken_links(self.root, path, text):
                    self.error(path, line, what)
            if path.endswith(CODE_ENDINGS):
                self.check_code(path, text)
        for path, line, what in self.folders.errors:
            self.error(path, line, what)
        for path, folder in self.folders.unused(self.used):
            self.error(path, 1, f"links {folder}, but no source here includes it")

    def check_folders(self, paths):
        for name in sorted({path.split("/")[0] for path in paths}):
            if name not in TOP_LEVEL and not name.startswith("."):
                self.error(name, 1, f"does not belong at the top level, which holds {', '.join(sorted(TOP_LEVEL))}")
        known = set(paths)
        for folder in [*self.folders.links, "schemas", "tests", "tools"]:
            if any(path.startswith(folder + "/") for path in paths) and f"{folder}/README.md" not in known:
                self.error(folder, 1, "has no README.md: what it is for, the way in, what must stay true")
        for path in paths:
            if path.endswith(CODE_ENDINGS) and self.folders.of_path(path) is None:
                self.error(path, 1, "lies in a folder whose CMakeLists.txt has no leadpulse_library")

    def check_text(self, path, text):
        lines = text.splitlines()
        if path.endswith(CODE_ENDINGS + (".py", ".sh")) or path == "tools/dev":
            if len(lines) > FILE_ERROR:
                self.error(path, FILE_ERROR, f"{len(lines)} lines; {FILE_ERROR} is the bound: what are the two things?")
            elif len(lines) > FILE_WARN:
                self.warnings.append(f"{path}:{FILE_WARN}: warning: {len(lines)} lines, more than {FILE_WARN}")
        for number, line in enumerate(lines, 1):
            if UNFINISHED.search(line):
                self.error(path, number, "unfinished work is an issue, not a comment")
            if path != "LICENSE" and MACHINE_PATH.search(line):
                self.error(path, number, "names a path of one machine")

    def check_page_length(self, path, text):
        if text.startswith("#") and not text.startswith("# "):
            self.error(path, 1, "a space is missing before the title: has a formatter of code joined the lines?")
        bound = FIRST_PAGE_ERROR if path == "README.md" else PAGE_ERROR
        length = text.count("\n")
        if length > bound and not path.startswith("tests/"):
            self.error(path, bound, f"{length} lines; {bound} is the bound: which topic gets a page of its own?")

    def check_named_files(self, path, text, names):
        for number, line in enumerate(text.splitlines(), 1):
            for name in NAMED_SOURCE.findall(line):
                if name not in names:
                    self.error(path, number, f"names {name}, which is not there")

    def check_code(self, path, text):
        folder = self.folders.of_path(path)
        header = path.endswith(".h")
        if header and "#pragma once" not in text:
            self.error(path, 1, "a header begins with its comment and `#pragma once`")
        code = blank_comments_and_strings(text)
        includes = text.splitlines()  # with strings, because they have the names
        for number, line in enumerate(code.splitlines(), 1):
            included = INCLUDE.match(includes[number - 1]) if line.lstrip().startswith("#") else None
            if included and folder is not None:
                self.check_include(path, number, folder, included.group(2))
            opened = NAMESPACE.match(line)
            if opened and folder is not None:
                self.check_namespace(path, number, folder, opened.group(1))
            taken = None if header else USING.match(line)
            if taken and len(re.findall(rf"\b{taken.group(1)}\b", code)) == 1:
                self.error(path, number, f"`using` of {taken.group(1)}, which is not used")
            if header and re.search(r"\busing\s+namespace\b", line):
                self.error(path, number, "`using namespace` in a header reaches everyone who includes it")
            if CLOCK.search(line) and not lies_in(path, CLOCK_USERS):
                self.error(path, number, "reads a clock: take a Clock (processor/base/clock.h) instead")
        for number, first in comments_without_verb(text, code):
            self.error(path, number, f"begin a function's comment with a verb of comment_verbs.py: {first}")
        for start, length in function_lengths(code):
            if length > FUNCTION_ERROR:
                self.error(path, start, f"a function of {length} lines; {FUNCTION_ERROR} is the bound")

    def check_namespace(self, path, number, folder, namespace):
        """A forward declaration is a dependency, like an include."""
        target = self.folders.of_namespace(namespace) or folder
        self.used.add((folder, target))
        if not self.folders.may_include(folder, target):
            self.error(path, number, f"{folder} may not declare names of {target}, which it may not include either")

    def check_include(self, path, number, folder, name):
        for beginning, users in SOLE_USERS:
            if name.startswith(beginning) and not lies_in(path, users):
                self.error(path, number, f"only {' and '.join(users)} may include <{beginning}…>")
        target = self.folders.of_include(name)
        if target is None:
            return
        self.used.add((folder, target))
        if target == folder and folder in LEVELS:
            self.check_level(path, number, folder, name)
        if not self.folders.may_include(folder, target):
            hint = self.folders.allowed(folder, target)
            self.error(path, number, f"{folder} may not include {target} ({name}): {hint}")

    def check_level(self, path, number, folder, name):
        level, included = (entry[len(folder) + 1:].partition("/")[0] for entry in (path, name))
        if level not in LEVELS[folder] or included not in LEVELS[folder]:
            self.error(path, number, f"{folder} has the levels {', '.join(LEVELS[folder])}: the file belongs to one of them")
        elif level != included and included not in LEVELS[folder][level]:
            self.error(path, number, f"{folder}/{level} may not include {folder}/{included}")


def main(arguments):
    root = pathlib.Path(arguments[1] if len(arguments) > 1 else ".")
    if not (root / "CMakeLists.txt").is_file():
        print(f"{root} is not the project's folder: it has no CMakeLists.txt", file=sys.stderr)
        return 2
    house = House(root)
    house.check()
    for line in house.warnings + house.errors:
        print(line)
    return 1 if house.errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
