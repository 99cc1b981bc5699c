#!/usr/bin/env python3
"""The house rules as a test: which folder may include which, who alone may use what, how long files and functions
may be.

    tests/house/house.py [ROOT]     prints each breach as FILE:LINE: error: …, and exits with 1 if there is one

The tables below are the rules. The README.md of a folder says why; tests/README.md says how to change one.
"""

import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from page_links import broken_links  # noqa: E402

SCHEMAS = "leadpulse/v1"  # the generated headers

# What a folder may include, or declare names of, besides its own headers. A folder comes after all that it includes:
# the order is the direction.
MAY_INCLUDE = {
    "processor/base": [],
    "schemas": [],
    "schemas/codec": ["processor/base", SCHEMAS],
    "state": ["processor/base", SCHEMAS],
    "processor/rules": ["processor/base", "state"],
    "config": ["processor/base", "processor/rules"],
    "processor/view": ["processor/base", "state", "processor/rules", "config"],
    "processor/engine": ["processor/base", SCHEMAS, "schemas/codec", "state", "processor/rules", "config",
                         "processor/view"],
    "processor/pipeline": ["processor/base", "schemas/codec", "state", "config", "processor/engine"],
    "processor/http": ["processor/base"],
    "processor/telemetry": ["processor/base", SCHEMAS, "schemas/codec", "state", "processor/rules", "config",
                            "processor/view", "processor/engine", "processor/http"],
    "processor/files/input": ["processor/base", "schemas/codec", "state", "config", "processor/engine", "processor/pipeline"],
    "processor/files": ["processor/base", SCHEMAS, "schemas/codec", "state", "processor/rules", "config",
                           "processor/view", "processor/engine", "processor/pipeline", "processor/telemetry",
                           "processor/files/input"],
    "processor/query": ["processor/base", "schemas/codec", "state", "processor/rules", "config", "processor/view",
                        "processor/engine", "processor/pipeline", "processor/files/input", "processor/files", "processor/csv"],
    "processor/kafka": ["processor/base", SCHEMAS, "schemas/codec", "state", "processor/rules", "config",
                        "processor/view", "processor/engine", "processor/pipeline", "processor/telemetry"],
    "processor/archive": ["processor/base", SCHEMAS, "schemas/codec", "processor/engine", "processor/telemetry",
                          "processor/files/input", "processor/files", "processor/kafka"],
    "processor/webhooks": ["processor/base", "schemas/codec", "config"],
    "processor/maintenance": ["processor/base", "schemas/codec", "state", "processor/rules", "config", "processor/view",
                              "processor/engine", "processor/files/input", "processor/files", "processor/query",
                              "processor/webhooks"],
    "processor/csv": ["processor/base"],
    "processor/importing": ["processor/base", "schemas/codec", "config", "processor/webhooks", "processor/csv"],
    "processor/delivery": ["processor/base", "schemas/codec", "processor/telemetry", "processor/files/input",
                           "processor/files", "processor/webhooks"],
    "processor/receiver": ["processor/base", "schemas/codec", "config", "processor/http", "processor/telemetry",
                           "processor/kafka", "processor/webhooks"],
    "processor/serve/access": ["processor/base", "config"],
    "processor/serve/index": ["processor/base", "state", "processor/rules", "config", "processor/view", "processor/files", "processor/telemetry",
                              "processor/query"],
    "processor/serve/queries": ["processor/base", "processor/serve/index", SCHEMAS, "schemas/codec", "state", "processor/rules", "config", "processor/view",
                                "processor/engine", "processor/pipeline", "processor/http", "processor/telemetry", "processor/query", "processor/webhooks"],
    "processor/serve/runs": ["processor/base", SCHEMAS, "processor/engine", "processor/http", "processor/query", "processor/delivery",
                             "processor/serve/queries"],
    "processor/serve/api": ["processor/base", SCHEMAS, "schemas/codec", "processor/rules", "config", "processor/http",
                            "processor/telemetry", "processor/files",
                            "processor/webhooks", "processor/csv", "processor/importing", "processor/delivery", "processor/receiver", "processor/serve/access",
                            "processor/serve/runs"],
    "processor/serve/pages": ["processor/base", "processor/rules", "config", "processor/http", "processor/webhooks", "processor/serve/access",
                              "processor/serve/api"],
    "processor/replay": ["processor/base", SCHEMAS, "schemas/codec", "state", "config", "processor/engine",
                         "processor/pipeline", "processor/telemetry", "processor/files/input", "processor/files", "processor/query",
                         "processor/maintenance", "processor/kafka", "processor/archive"],
    "tools": ["processor/base", SCHEMAS, "schemas/codec", "state", "processor/rules", "config", "processor/view",
              "processor/engine", "processor/pipeline", "processor/http", "processor/telemetry", "processor/files/input",
              "processor/files", "processor/query", "processor/maintenance", "processor/archive", "processor/kafka", "processor/webhooks", "processor/csv",
              "processor/importing", "processor/delivery", "processor/receiver", "processor/serve/access", "processor/serve/index", "processor/serve/queries", "processor/serve/runs", "processor/serve/api", "processor/serve/pages", "processor/replay"],
    # The model is a second implementation: it shares no code with the product.
    "tests/support/model": [],
    "tests": ["processor/base", SCHEMAS, "schemas/codec", "state", "processor/rules", "config", "processor/view",
              "processor/engine", "processor/pipeline", "processor/http", "processor/telemetry", "processor/files/input",
              "processor/files", "processor/query", "processor/maintenance", "processor/archive", "processor/kafka", "processor/webhooks", "processor/csv",
              "processor/importing", "processor/delivery", "processor/receiver", "processor/serve/access", "processor/serve/index", "processor/serve/queries", "processor/serve/runs", "processor/serve/api", "processor/serve/pages", "processor/replay", "tools",
              "tests/support/model"],
}

# The levels of a folder: what each may include of the others.
LEVELS = {
    "state": {"lead": [], "codec": ["lead"], "store": ["lead", "codec"], "cache": ["lead", "codec", "store"],
              "rocksdb": ["lead", "codec", "store"]},
    "processor/rules": {"language": [], "evaluation": ["language"], "index": ["language", "evaluation"]},
    "processor/serve/api": {"request": [], "reads": ["request"], "writes": ["request", "reads"], "settings": ["request"],
                            "jobs": ["request", "reads", "writes"],
                            "dispatch": ["request", "reads", "writes", "settings", "jobs"]},
}

# The beginning of a header's name, and the only folders that may include it.
SOLE_USERS = [
    ("rocksdb/", ["state", "tests/bench", "tests/support", "tests/crash", "tests/unit"]),
    ("librdkafka/", ["processor/kafka", "tests/bench", "tests/kafka", "tests/support"]),
    ("spdlog/", ["processor/telemetry", "processor/files", "processor/kafka", "tools"]),
    ("prometheus/", ["processor/telemetry", "tests"]),
    ("curl/", ["processor/delivery"]),
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
READ_ME = [folder for folder in MAY_INCLUDE if not folder.startswith("tests/")]  # those that exist

FILE_WARN, FILE_ERROR, FUNCTION_ERROR = 400, 700, 70  # lines
FIRST_PAGE_ERROR, PAGE_ERROR = 170, 350  # lines of the top README, and of every other page outside of tests/

# Words of former versions, as parts of identifiers. tests/README.md, "Words", has the new ones.
FORMER_WORDS = re.compile(
    r"\b(?:\w*(?:[nN]ext_?[fF]lip(?!_ms|Ms)|FireFlips|FireDue\b|PassTime|PassedOver|KeptAnswer|MarkedPoints|EntryKind|AskedPlace|RuleGuard"
    r"|PartTable|TimedSubject|DecayedWorth|Occasion|Stretch|LeadSlot|EntryBlock|LeadPass|LeadVerdict|TableDraft|Wholeness"
    r"|RequestDesk|CommittedMark|KeptText|KeptFile|SetAsideFile|PartitionTenures|StandStill|BodyRoom|RecordFiler|Shelf"
    r"|Upkeep|Adoption|AdoptDefinitions|KeptDefinitions)\w*|occasion|tenures|shelf|filer|flips?|adopt(?:s|ed|ing|ion)?)\b")

# Both are split, so that this file does not break its own rules. The first: how no colleague would begin a sentence.
UNUSUAL = re.compile(r"(?:(?://|#|^|\.) O" r"f (?!course)|\b(?:[Aa]n" r"ew|[Ww]ho" r"ever)\b)")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:ho" r"me|ro" r"ot|wo" r"rk|Use" r"rs|m" r"nt)/[\w.-]")
CODE_ENDINGS = (".cc", ".h")
TEXT_ENDINGS = CODE_ENDINGS + (".py", ".sh", ".cmake", ".txt", ".md", ".yaml", ".json", ".proto", ".scenario", "")
# One of our files in a README, as `state/lead/lead.h`; NAME_… stands for any.
NAMED_SOURCE = re.compile(r"`(?:[\w./-]*/)?(?!NAME_)([\w-]+\.(?:cc|h|py|proto|cmake))`")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# An opened namespace, or a declaration of a name in it: `namespace leadpulse::state {`, `struct state::Lead;`.
NAMESPACE = re.compile(r"^\s*(?:namespace\s+leadpulse::|(?:class|struct)\s+(?:leadpulse::)?)(\w+)(?=\s*\{|::\w+\s*;)")
# The folder of a namespace: `codec` is that of schemas/codec.
FOLDER_OF_NAMESPACE = {folder.rpartition("/")[2]: folder for folder in MAY_INCLUDE if not folder.startswith("tests")}
# `using other::Name;` in a source, but not of a base class's members, which other files use.
USING = re.compile(r"^using\s+(?:\w*::)+(\w+);")


class House:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.errors = []
        self.warnings = []

    def error(self, path, line, text):
        self.errors.append(f"{path}:{line}: error: {text}")

    def check(self):
        paths = project_files(self.root)
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

    def check_folders(self, paths):
        for name in sorted({path.split("/")[0] for path in paths}):
            if name not in TOP_LEVEL and not name.startswith("."):
                self.error(name, 1, f"does not belong at the top level, which holds {', '.join(sorted(TOP_LEVEL))}")
        known = set(paths)
        for folder in READ_ME:
            if any(path.startswith(folder + "/") for path in paths) and f"{folder}/README.md" not in known:
                self.error(folder, 1, "has no README.md: what it is for, the way in, what must stay true")
        for path in paths:
            if path.endswith(CODE_ENDINGS) and folder_of(path) is None:
                self.error(path, 1, "lies in a folder that MAY_INCLUDE of tests/house/house.py does not know")

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
            unusual = UNUSUAL.search(line)
            if unusual and path != "LICENSE" and not path.endswith(("HISTORY.md", ".seeds")):
                self.error(path, number, f"`{unusual.group().strip()}`: write subject, verb, object, in usual words")

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
        folder = folder_of(path)
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
            former = FORMER_WORDS.search(line)
            if former:
                self.error(path, number, f"{former.group()} is a word of former versions: see \"Words\" in tests/README.md")
            if CLOCK.search(line) and not lies_in(path, CLOCK_USERS):
                self.error(path, number, "reads a clock: take a Clock (processor/base/clock.h) instead")
        for start, length in function_lengths(code):
            if length > FUNCTION_ERROR:
                self.error(path, start, f"a function of {length} lines; {FUNCTION_ERROR} is the bound")

    def check_namespace(self, path, number, folder, namespace):
        """A forward declaration is a dependency, like an include."""
        target = FOLDER_OF_NAMESPACE.get(namespace, folder)
        if target != folder and target not in MAY_INCLUDE[folder]:
            self.error(path, number, f"{folder} may not declare names of {target}, which it may not include either")

    def check_include(self, path, number, folder, name):
        for beginning, users in SOLE_USERS:
            if name.startswith(beginning) and not lies_in(path, users):
                self.error(path, number, f"only {' and '.join(users)} may include <{beginning}…>")
        if name.startswith(SCHEMAS + "/"):
            target = SCHEMAS
        elif "/" in name:
            target = folder_of(name)
            if target is None or not (self.root / target).is_dir():
                return  # a library
        else:
            return
        if target == folder and folder in LEVELS:
            self.check_level(path, number, folder, name)
        if target != folder and target not in MAY_INCLUDE[folder]:
            allowed = ", ".join(MAY_INCLUDE[folder]) or "nothing but its own headers"
            product = not folder.startswith("tests")
            hint = "the product does not include tests" if product and target.startswith("tests") else \
                f"it may include {allowed}"
            self.error(path, number, f"{folder} may not include {target} ({name}): {hint}")

    def check_level(self, path, number, folder, name):
        level, included = (entry[len(folder) + 1:].partition("/")[0] for entry in (path, name))
        if level not in LEVELS[folder] or included not in LEVELS[folder]:
            self.error(path, number, f"{folder} has the levels {', '.join(LEVELS[folder])}: the file belongs to one of them")
        elif level != included and included not in LEVELS[folder][level]:
            self.error(path, number, f"{folder}/{level} may not include {folder}/{included}")


def project_files(root):
    """Relative paths of what git tracks or would track; without git, of everything but build/ and dot folders
    other than .github."""
    try:
        listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others",
                                 "--exclude-standard"], capture_output=True, check=True).stdout.decode()
        top = subprocess.run(["git", "-C", str(root), "rev-parse", "--show-toplevel"], capture_output=True,
                             check=True).stdout.decode().strip()
        if os.path.realpath(top) == os.path.realpath(root):
            return sorted({path for path in listed.split("\0") if path and (root / path).is_file()})
    except (OSError, subprocess.CalledProcessError):
        pass
    found = []
    for folder, folders, files in os.walk(root):
        relative = os.path.relpath(folder, root)
        folders[:] = [name for name in folders if (not name.startswith(".") or name == ".github")
                      and name != "__pycache__" and not (relative == "." and name == "build")]
        found += [os.path.normpath(os.path.join(relative, name)) for name in files]
    return sorted(found)


def lies_in(path, folders):
    return any(path.startswith(folder + "/") for folder in folders)


def folder_of(path):
    """The folder of MAY_INCLUDE that a file belongs to: the longest one that contains it."""
    fitting = [folder for folder in MAY_INCLUDE if path.startswith(folder + "/")]
    return max(fitting, key=len) if fitting else None


TOKEN = re.compile(r'R"(?P<mark>[^()\\\s]{0,16})\((?:.|\n)*?\)(?P=mark)"|//(?:\\\n|[^\n])*|/\*(?:.|\n)*?\*/'
                   r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'')


def blank_comments_and_strings(text):
    """Replaces comments and the contents of literals by blanks, so that lines and braces can still be counted."""
    def blank(match):
        before = text[match.start() - 1:match.start()]
        if match.group().startswith("'") and before.isalnum() and match.group()[1:2].isdigit():
            return match.group()  # 1'000'000
        return re.sub(r"[^\n]", " ", match.group())
    return TOKEN.sub(blank, text)


def function_lengths(code):
    """(first line, lines) of each outermost function body in blanked code. A simple counter of braces: outside of other
    functions, a `{` after something that ends like a function's head opens one."""
    head = re.compile(r"\)\s*(?:(?:const|noexcept(?:\([^)]*\))?|override|final|mutable|&&?|requires\b[^;{}]*)\s*)*"
                      r"(?:->[\w:<>,\s*&]+)?$")
    depth, function_depth, statement, start, line = 0, None, "", 1, 1
    for position, character in enumerate(code):
        if character == "\n":
            line += 1
        if character == "{":
            opens = function_depth is None and not re.match(r"\s*(?:namespace|enum|extern)\b", statement)
            if opens and (head.search(statement) or re.search(r"\)\s*:\s*[\w:<>]+[({]", statement)):
                function_depth, start = depth, line - statement.lstrip().count("\n")
            depth += 1
            statement = ""
        elif character == "}":
            depth -= 1
            if function_depth == depth:
                # A member that is initialised with braces is not the body yet: `Type() : member_{} {`.
                if re.match(r"\s*[,{]", code[position + 1:position + 40]):
                    statement = ") "
                    function_depth = None
                else:
                    yield start, line - start + 1
                    function_depth = None
                    statement = ""
            elif function_depth is None:
                statement = ""
        elif character == ";" and function_depth is None:
            statement = ""
        elif function_depth is None:
            statement += character
            if character == "\n" and statement.strip().startswith("#"):
                statement = ""


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
