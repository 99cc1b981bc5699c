// The main function of a program that has the tests of several files: `--file=journal_test` passes those of that file
// only, beside what --gtest_filter and GTEST_FILTER ask for. Where the file has no test it ends with status 2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace {

// The names of all tests that are not of the file, as a filter has them; nothing where all are.
struct Others {
  std::string names;
  bool all = true;
};

Others OfOtherFiles(std::string_view file) {
  Others others;
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  for (int s = 0; s < tests.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *tests.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const testing::TestInfo& test = *suite.GetTestInfo(t);
      if (std::filesystem::path(test.file()).stem() == file) {
        others.all = false;
      } else {
        others.names += std::string(":") + suite.name() + "." + test.name();
      }
    }
  }
  return others;
}

void LeaveOut(const std::string& names) {
  std::string& filter = testing::GTEST_FLAG(filter);
  const bool leaves_out = filter.find('-') != std::string::npos;
  filter += leaves_out ? names : "-" + names.substr(1);
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
    const Others others = OfOtherFiles(argument.substr(kFile.size()));
    if (others.all) {
      std::fprintf(stderr, "%s: there is no test of such a file here\n", argv[i]);
      return 2;
    }
    if (!others.names.empty()) LeaveOut(others.names);
  }
  return RUN_ALL_TESTS();
}
