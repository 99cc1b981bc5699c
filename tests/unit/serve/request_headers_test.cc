// The meaning of a request's headers.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "processor/serve/api/reads/report_formats.h"
#include "processor/serve/api/request/write_headers.h"

namespace leadpulse::serve::request_headers_test {

TEST(WaitOf, APreferenceIsReadAsRfc7240WritesIt) {
  const auto seconds = [](const char* prefer) {
    const auto wait = WaitOf(prefer);
    return wait ? static_cast<int>(wait->count()) : -1;
  };
  for (const char* two : {"wait=2", "Wait=2", "wait = 2", "wait=\"2\"", "wait=2; x=y", "respond-async, wait=2",
                          "handling=lenient,wait=2,wait=9", R"(foo="a,wait=5",wait=2)", R"(foo="\",wait=5", wait=2)"}) {
    EXPECT_EQ(seconds(two), 2) << two;
  }
  for (const char* none : {"", "max-wait=2", "foo=\"wait=2\"", "foo; wait=2", "wait", "wait=", "wait=2s", "wait=\""}) {
    EXPECT_EQ(seconds(none), -1) << none;
  }
  for (const char* zero : {"wait=0", "wait=-1", "respond-async", "Respond-Async", "foo, respond-async; x=1"}) {
    EXPECT_EQ(seconds(zero), 0) << zero;
  }
  EXPECT_EQ(seconds("wait=100"), 30);
}

TEST(ReportFormatOf, TheHeaderAcceptMayWeighTypes) {
  const auto format = [](const char* accept) { return ReportFormatOf("", accept); };
  for (const char* json : {"", "*/*", "application/json", "image/png", "text/html;q=0", "text/csv;q=0.5, */*",
                           "application/*, text/csv", "text/csv;q=x"}) {
    EXPECT_EQ(format(json), ReportFormat::kJson) << json;
  }
  for (const char* csv : {"text/csv", "Text/CSV; q=0.1", "application/json;q=0.5, text/csv", "text/csv, text/html",
                          "text/csv;header=present;q=0.9,text/html;q=0.8", "text/*",
                          R"(image/png;x=",text/html,", text/csv)", R"(text/csv;x=";q=0")"}) {
    EXPECT_EQ(format(csv), ReportFormat::kCsv) << csv;
  }
  const char* const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  EXPECT_EQ(format(browser), ReportFormat::kHtml);
  EXPECT_EQ(ReportFormatOf("csv", browser), ReportFormat::kCsv);
  EXPECT_EQ(ReportFormatOf("pdf", browser), std::nullopt);
}

}  // namespace leadpulse::serve::request_headers_test
