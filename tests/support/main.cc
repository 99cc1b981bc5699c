// The main function of a program with the tests of several files. `--file=journal_test` runs only the tests of that
// file that --gtest_filter and GTEST_FILTER select. It exits with 2 if the file has no test, or if another file has a
// test of the same name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace {

using Names = std::set<std::string>;

// The names of the file's tests, and of all others.
struct Split {
  Names of_file, others;
};

Split SplitBy(std::string_view file) {
  Split split;
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  for (int s = 0; s < tests.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *tests.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const testing::TestInfo& test = *suite.GetTestInfo(t);
      Names& names = std::filesystem::path(test.file()).stem() == file ? split.of_file : split.others;
      names.insert(std::string(suite.name()) + "." + test.name());
    }
  }
  return split;
}

void LeaveOut(const Names& names) {
  std::string& filter = testing::GTEST_FLAG(filter);
  if (filter.find('-') == std::string::npos) filter += "-";
  for (const std::string& name : names) filter += ":" + name;
}

// Returns an error if the file's tests cannot be told from the others; else nothing.
std::string ProblemOf(const Split& split) {
  if (split.of_file.empty()) return "there is no test of such a file here";
  for (const std::string& name : split.of_file) {
    if (split.others.contains(name)) return name + " is in another file, too: one of them needs another name";
  }
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::string_view kFile = "--file=";
  testing::InitGoogleMock(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with(kFile)) {
      std::fprintf(stderr, "%s: it takes --file=NAME and what --help tells\n", argv[i]);
      return 2;
    }
    const Split split = SplitBy(argument.substr(kFile.size()));
    if (const std::string problem = ProblemOf(split); !problem.empty()) {
      std::fprintf(stderr, "%s: %s\n", argv[i], problem.c_str());
      return 2;
    }
    LeaveOut(split.others);
  }
  return RUN_ALL_TESTS();
}
