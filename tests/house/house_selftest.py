#!/usr/bin/env python3
"""Tests of the house test: a small made-up tree is clean, and each breach in it is reported, alone."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import house  # noqa: E402
from cpp_source import blank_comments_and_strings, function_lengths  # noqa: E402

CLEAN = {
    "CMakeLists.txt": "project(small)\n",
    "README.md": "# Small\n",
    ".clang-format": "BasedOnStyle: Google\n",
    "processor/base/CMakeLists.txt": "leadpulse_library(leadpulse_base\n  SOURCES clock.cc\n  LINKS absl::time)\n",
    "processor/base/README.md": "# Base\n",
    "processor/base/clock.h": "// The clock.\n#pragma once\n#include <chrono>\nlong Now();\n",
    "processor/base/clock.cc": '#include "processor/base/clock.h"\n'
                               "long Now() { return std::chrono::system_clock::now().time_since_epoch().count(); }\n",
    "state/CMakeLists.txt": "# (LINKS none)\nleadpulse_library(leadpulse_state\n  SOURCES store/store.cc\n"
                            "  LINKS leadpulse_base\n  PRIVATE_LINKS leadpulse_protos rocksdb)\n",
    "state/README.md": "# State\n",
    "state/store/rows.h": '// Rows.\n#pragma once\n#include "leadpulse/v1/lead.pb.h"\n#include "processor/base/clock.h"\n',
    "state/store/store.h": "// The store.\n#pragma once\n",
    "state/store/store.cc": '#include "state/store/store.h"\n#include <rocksdb/db.h>\n',
    "processor/rules/CMakeLists.txt": "leadpulse_library(leadpulse_rules LINKS leadpulse_state)\n",
    "processor/rules/README.md": "# Rules\n",
    "processor/rules/language/ast.h": '// Trees.\n#pragma once\n#include "state/store/store.h"\n#include "absl/strings/str_cat.h"\n',
    "tests/README.md": "# Tests\n",
    "tools/README.md": "# Tools\n",
    "tests/unit/store_test.cc": '#include <gtest/gtest.h>\n#include "state/store/store.h"\n',
    "tests/support/model/model.h": "// The model.\n#pragma once\n",
}


def report(changes):
    """What the house test says about the clean tree with these files changed; None removes one."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in {**CLEAN, **changes}.items():
            if text is not None:
                file = pathlib.Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        checked = house.House(folder)
        checked.check()
        return checked.errors, checked.warnings


class HouseTest(unittest.TestCase):
    def breach(self, path, text, message, where=None):
        """Checks that `text` at `path` gives one error with `message`, at `where` (`file:line`)."""
        errors, _ = report({path: text})
        self.assertEqual(len(errors), 1, errors)
        self.assertIn(message, errors[0])
        if where:
            self.assertTrue(errors[0].startswith(where + ":"), errors[0])

    def fine(self, path, text):
        self.assertEqual(report({path: text}), ([], []))

    def test_the_clean_tree_is_clean(self):
        self.assertEqual(report({}), ([], []))

    def test_a_lower_folder_does_not_include_a_higher_one(self):
        self.breach("processor/base/clock.cc", '#include <vector>\n#include "state/store/store.h"\n',
                    "processor/base may not include state", "processor/base/clock.cc:2")
        self.breach("state/store/store.cc", '#include "processor/rules/language/ast.h"\n', "state may not include processor/rules")

    def test_a_lower_folder_does_not_declare_names_of_a_higher_one(self):
        self.breach("state/store/store.h", "#pragma once\nnamespace leadpulse::rules {\nclass Rule;\n}\n",
                    "state may not declare names of processor/rules", "state/store/store.h:2")
        self.breach("state/store/store.h", "#pragma once\nstruct rules::Rule;\n", "state may not declare names of processor/rules")
        self.breach("tests/support/model/model.cc", "namespace leadpulse::state {\n}\n", "may not declare names of state")
        self.fine("processor/rules/language/ast.h", "#pragma once\nnamespace leadpulse::state {\nclass Store;\n}\n"
                                           "namespace leadpulse::rules {\nstruct Node {};\n}\n")
        self.fine("tests/unit/store_test.cc", "namespace leadpulse::state {\n}\n")

    def test_a_folder_includes_what_it_links_by_itself(self):
        self.breach("processor/rules/language/ast.cc", '#include "processor/base/clock.h"\n',
                    "processor/rules may not include processor/base (processor/base/clock.h): its library in "
                    "processor/rules/CMakeLists.txt links state", "processor/rules/language/ast.cc:1")
        self.fine("tests/unit/clock_test.cc", '#include "processor/base/clock.h"\n')
        self.fine("tools/leadpulse/main.cc", '#include "processor/base/clock.h"\n')

    def test_a_folder_links_what_it_includes(self):
        self.breach("processor/rules/language/ast.h", "#pragma once\n", "links state, but no source here includes it",
                    "processor/rules/CMakeLists.txt:1")
        self.breach("processor/rules/CMakeLists.txt", "\nleadpulse_library(leadpulse_rules LINKS leadpulse_state leadpulse_leads)\n",
                    "links leadpulse_leads, which no folder of the product has", "processor/rules/CMakeLists.txt:2")

    def test_links_form_no_cycle(self):
        errors, _ = report({
            "processor/base/CMakeLists.txt": "leadpulse_library(leadpulse_base LINKS leadpulse_rules)\n",
            "processor/base/clock.cc": '#include "processor/rules/language/ast.h"\n'})
        self.assertEqual(len(errors), 1, errors)
        self.assertIn("the links form a cycle: processor/base → processor/rules → state → processor/base", errors[0])

    def test_the_levels_of_a_folder_have_a_direction(self):
        self.breach("processor/rules/language/ast.cc", '#include "processor/rules/index/lists.h"\n',
                    "processor/rules/language may not include processor/rules/index", "processor/rules/language/ast.cc:1")
        self.breach("processor/rules/walk.cc", '#include "processor/rules/language/ast.h"\n', "the file belongs to one of them")
        self.fine("processor/rules/index/lists.cc", '#include "processor/rules/language/ast.h"\n')

    def test_generated_headers_are_for_those_named(self):
        self.breach("processor/rules/language/ast.cc", '#include "leadpulse/v1/lead.pb.h"\n',
                    "processor/rules may not include leadpulse/v1")

    def test_the_model_shares_no_code_with_the_product(self):
        self.breach("tests/support/model/model.cc", '#include "processor/base/clock.h"\n',
                    "tests/support/model may not include processor/base")

    def test_the_product_does_not_include_tests(self):
        self.breach("state/store/store.cc", '#include "tests/support/model/model.h"\n', "the product does not include tests")
        self.breach("state/store/store.cc", "#include <gtest/gtest.h>\n", "only tests may include <gtest/")
        self.breach("state/store/store.cc", "#include <rapidcheck.h>\n", "only tests may include <rapidcheck")

    def test_sole_users(self):
        self.breach("processor/rules/language/ast.cc", "#include <rocksdb/db.h>\n", "may include <rocksdb/")
        self.breach("processor/rules/language/ast.cc", '#include "rocksdb/db.h"\n', "may include <rocksdb/")
        self.breach("state/store/store.cc", "#include <librdkafka/rdkafka.h>\n", "may include <librdkafka/")
        self.breach("state/store/store.cc", "#include <spdlog/spdlog.h>\n", "may include <spdlog/")
        self.breach("state/store/store.cc", "#include <microhttpd.h>\n", "may include <microhttpd")
        self.breach("state/store/store.cc", "#include <prometheus/registry.h>\n", "may include <prometheus/")

    def test_clocks_are_read_in_base_only(self):
        for call in ("std::chrono::system_clock::now()", "steady_clock::now()", "time(nullptr)", "std::time(&t)",
                     "gettimeofday(&tv, 0)", "clock_gettime(CLOCK_REALTIME, &ts)", "absl::Now()"):
            self.breach("state/store/store.cc", f"void F() {{\n  auto t = {call};\n}}\n", "reads a clock", "state/store/store.cc:2")
        self.fine("state/store/store.cc", '// steady_clock::now() in a comment\nauto s = "system_clock::now";\n'
                                    "auto t = lead.time(0) + clock->Now();\n")
        self.fine("tests/bench/x.cc", "auto t = std::chrono::steady_clock::now();\n")

    def test_folders(self):
        self.breach("docs/guide.md", "# Guide\n", "does not belong at the top level", "docs:1")
        self.breach("state/README.md", None, "has no README.md", "state:1")
        self.breach("processor/utilities/text.cc", "\n", "has no leadpulse_library")

    def test_lengths(self):
        errors, warnings = report({"state/store/store.cc": "// line\n" * 401})
        self.assertEqual((len(errors), len(warnings)), (0, 1))
        self.breach("state/store/store.cc", "// line\n" * 701, "701 lines")
        self.fine("state/store/store.cc", "void F() {\n" + "  G();\n" * 68 + "}\n")
        self.breach("state/store/store.cc", "\n\nvoid F() {\n" + "  G();\n" * 69 + "}\n", "a function of 71 lines",
                    "state/store/store.cc:3")

    def test_lengths_of_pages(self):
        self.breach("README.md", "# Small\n" + "line\n" * 170, "171 lines", "README.md:170")
        self.breach("state/README.md", "# State\n" + "line\n" * 350, "351 lines", "state/README.md:350")
        self.fine("tests/README.md", "# Tests\n" + "line\n" * 500)

    def test_pages_that_were_formatted_as_code(self):
        self.breach("state/README.md", "#State : what is stored\n", "a space is missing before the title", "state/README.md:1")

    def test_headers(self):
        self.breach("state/store/store.h", "// The store.\nint x;\n", "#pragma once", "state/store/store.h:1")
        self.breach("state/store/store.h", "#pragma once\nusing namespace std;\n", "`using namespace`", "state/store/store.h:2")

    def test_names_taken_from_elsewhere_are_used(self):
        self.breach("state/store/store.cc", "using codec::Rejection;\n// A Rejection.\n", "`using` of Rejection, which is not",
                    "state/store/store.cc:1")
        self.fine("state/store/store.cc", "using codec::Rejection;\nRejection F();\n")
        self.fine("state/store/store.h", "#pragma once\nusing codec::Rejection;\n")

    def test_what_a_readme_names_is_there(self):
        self.breach("state/README.md", "# State\n\n`stores.h`, the port\n", "names stores.h, which is not there",
                    "state/README.md:3")
        self.breach("state/README.md", "`../processor/base/clocks.h`\n", "names clocks.h")
        self.fine("state/README.md", "`store.h`, `processor/base/clock.h`; a file `NAME_test.cc`, `<x.h>`\n")

    def test_links_lead_somewhere(self):
        self.breach("state/README.md", "# State\n\n[the clock](../processor/base/clocks.h)\n",
                    "links to ../processor/base/clocks.h, which is not there", "state/README.md:3")
        self.breach("state/README.md", "[a](../README.md#smaller)\n", "../README.md has no such heading")
        self.breach("state/README.md", "# State\n[a](#states)\n", "this page has no such heading", "state/README.md:2")
        self.breach("state/README.md", "[a](store/store.h#state)\n", "no such heading")
        self.breach(".github/CONTRIBUTING.md", "# Contributing\n[a](../READ_ME.md)\n", "is not there", ".github/CONTRIBUTING.md:2")
        self.fine("state/README.md", "# The `state`: rows, [keys](store/store.h)\n## A\n## A\n[a](#the-state-rows-keys) [b](#a-1)\n"
                                     "[c](../README.md#small), [folder](../processor/rules), [web](https://example.com/x#y)\n"
                                     "`[no](link.md)`\n```\n[no](link.md)\n# no heading\n```\n")

    def test_words(self):
        self.breach("state/store/store.cc", "int x;  // TO" "DO: more\n", "unfinished work")
        self.breach("tools/README.md", "Stands in /ho" "me/me/leadpulse\n", "a path of one machine")
        self.fine("tests/README.md", "See https://example.com/ho" "me/x and ${dir}/wo" "rk/y\n")

    def test_comments_of_functions_begin_with_a_verb(self):
        self.breach("tools/leadpulse/x.h", "#pragma once\n\n// The time.\nlong Now();\n", "with a verb", "tools/leadpulse/x.h:3")
        self.breach("tools/leadpulse/x.cc", "struct S {\n  // Entries of `a`.\n  int F(int a) const {\n  }\n};\n", "with a verb",
                    "tools/leadpulse/x.cc:2")
        self.breach("tools/leadpulse/x.h", "#pragma once\n\n// Records of a topic.\nint F();\n", "with a verb", "tools/leadpulse/x.h:3")
        self.breach("tools/leadpulse/x.cc", "// A range.\ntemplate <class T>\nauto F(T t) {\n}\n", "with a verb")
        self.fine("tools/leadpulse/x.h", "#pragma once\n\n// Returns the time,\n// the one of the system.\nlong Now();\n"
                                   "// Whether it is late.\nbool Late();\n")
        self.fine("tools/leadpulse/x.cc", "// A class.\nclass C {};\n// A number.\nint x = F(1);\nvoid F() {\n  // A call.\n  G();\n}\n"
                                    "// A list.\nenum class E { kA };\n\n// A title.\n\nint G();\nauto s = \"\\n// A\\nint F();\";\n")


class FunctionLengthsTest(unittest.TestCase):
    def lengths(self, code):
        return [length for _, length in function_lengths(blank_comments_and_strings(code))]

    def test_functions_of_every_shape(self):
        self.assertEqual(self.lengths("namespace a {\nint F() {\n  if (x) {\n  }\n}\n}\n"), [4])
        self.assertEqual(self.lengths("struct S {\n  int a = 0;\n  int F() const noexcept {\n    return 1;\n  }\n};\n"), [3])
        self.assertEqual(self.lengths("template <class T>\nauto F(T t)\n    -> std::vector<T> {\n}\n"), [4])
        self.assertEqual(self.lengths("S::S(int a) : a_(a), b_{1} {\n  F();\n}\n")[-1], 3)
        self.assertEqual(self.lengths("const int kX[] = {\n1,\n2};\nenum class E { kA };\n"), [])
        self.assertEqual(self.lengths("TEST(A, B) {\n  auto f = [](int) {\n  };\n}\n"), [4])

    def test_braces_in_literals_and_comments_do_not_count(self):
        self.assertEqual(self.lengths('void F() {\n  // }\n  G("}", \'}\', R"x(})x");\n}\nint n = 1\'000;\n'), [4])


if __name__ == "__main__":
    unittest.main()
