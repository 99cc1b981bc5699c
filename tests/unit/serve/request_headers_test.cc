// What the headers of a request ask for.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "processor/serve/api/request/write_headers.h"

namespace leadpulse::serve::request_headers_test {

TEST(WaitOf, APreferenceIsReadAsRfc7240WritesIt) {
  const auto seconds = [](const char* prefer) {
    const auto wait = WaitOf(prefer);
    return wait ? static_cast<int>(wait->count()) : -1;
  };
  for (const char* two : {"wait=2", "Wait=2", "wait = 2", "wait=\"2\"", "wait=2; x=y", "respond-async, wait=2",
                          "handling=lenient,wait=2,wait=9"}) {
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

}  // namespace leadpulse::serve::request_headers_test
