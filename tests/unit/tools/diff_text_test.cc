// The text of a difference between two states on a terminal: every reason by its name, and one line for the segments
// above the limit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <string>

#include "tools/leadpulse/diff/diff_output.h"

namespace leadpulse::tools::diff_text_test {

using ::testing::HasSubstr;
using ::testing::Not;

query::DiffReport Different() {
  query::DiffReport report;
  report.definitions.same_text = true;
  report.diff.different = 1;
  return report;
}

TEST(DiffText, EachReasonHasANameOfItsOwn) {
  const std::string names[] = {"only in a",
                               "only in b",
                               "only in b, erased in a",
                               "only in a, erased in b",
                               "events only in a",
                               "events only in b",
                               "events of one id, other content",
                               "other events have left the journal",
                               "commands only in a",
                               "commands only in b",
                               "another profile by the same commands",
                               "other events or users of its address",
                               "erased at another time, and back",
                               "other definitions"};
  static_assert(std::size(names) == query::kDiffReasonCount);
  for (size_t i = 0; i < query::kDiffReasonCount; ++i) {
    query::DiffReport report = Different();
    report.diff.reasons[i] = {1'234, 5'678};
    std::string row = "\n    " + names[i];
    row.append(40 + 1 - row.size(), ' ');  // the line's beginning is in `row`
    EXPECT_THAT(DiffText(report), HasSubstr(row + "       1,234       5,678\n")) << i;
  }
}

TEST(DiffText, WhatHasNoRecordsShowsNone) {
  query::DiffReport report = Different();
  report.diff.reasons[static_cast<size_t>(query::DiffReason::kDefinitions)] = {7, 0};
  EXPECT_THAT(DiffText(report), HasSubstr("           7           -\n"));
}

TEST(DiffText, SegmentsBeyondFortyAreOneLine) {
  query::DiffReport report = Different();
  const auto add = [&](int number) {
    report.diff.segments[{"acme", "s" + std::to_string(100 + number)}] = {{3, 1, 2}, 4, 5};
  };
  for (int i = 0; i < 40; ++i) add(i);
  EXPECT_THAT(DiffText(report), HasSubstr("acme: s139"));
  EXPECT_THAT(DiffText(report), Not(HasSubstr("others")));
  for (int i = 40; i < 43; ++i) add(i);
  report.diff.other_segments = {{30, 10, 20}, 40, 50};
  const std::string text = DiffText(report);
  EXPECT_THAT(text, Not(HasSubstr("s140")));
  EXPECT_THAT(text,
              HasSubstr("    others                                        52          65          13          26\n"));
}

}  // namespace leadpulse::tools::diff_text_test
