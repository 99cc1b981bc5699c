// Loads settings of `leadpulse receive` in a test, and returns their messages.
#pragma once

#include <string>
#include <vector>

#include "processor/receiver/receiver_settings.h"
#include "tests/support/file_content.h"
#include "tests/unit/config/settings_support.h"

namespace leadpulse::receiver {

inline Result<std::string> ReadNothing(const std::string& path) { return Status::Rejected(path + " cannot be read"); }

inline LoadedReceiverSettings Load(const std::string& yaml,
                                   const config::Environment& environment = config::Variables({}),
                                   const FileReader& read_file = ReadNothing) {
  return LoadReceiverSettings(yaml, environment, {read_file});
}

// Its last line is the fourth of the file.
inline constexpr const char* kLeast =
    "to: {folder: inbox}\n"
    "sources:\n"
    "  - {provider: sendgrid, tenant: acme, signature: none}\n";

inline void ExpectErrors(const std::string& yaml, const std::vector<std::string>& expected,
                         const config::Environment& environment = config::Variables({}),
                         const FileReader& read_file = ReadNothing) {
  const LoadedReceiverSettings loaded = Load(yaml, environment, read_file);
  const std::vector<std::string> lines = config::Lines(loaded.errors);
  ASSERT_EQ(lines.size(), expected.size()) << yaml << ::testing::PrintToString(lines);
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_THAT(lines[i], ::testing::HasSubstr(expected[i])) << yaml;
  EXPECT_EQ(loaded.settings.has_value(), expected.empty());
}

}  // namespace leadpulse::receiver
