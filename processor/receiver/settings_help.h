// Describes every setting of `leadpulse receive --config FILE`, for `--help-config`. receiver_settings and
// source_settings read them; a test compares the three with each other and with README.md's table.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace leadpulse::receiver {

struct SettingInWords {
  std::string_view name;     // its path in the file: `limits.body`; in a list `sources[].path`
  std::string_view kind;     // the kind of value
  std::string_view omitted;  // `required`, `default 10MiB`, or the effect of leaving it out
  std::string_view description;
};

struct SettingGroupInWords {
  std::string_view title;
  std::span<const SettingInWords> settings;
};

// In the order of the help text.
std::span<const SettingGroupInWords> SettingsInWords();

// The help text, at most 100 columns wide.
std::string ReceiverSettingsHelp();

}  // namespace leadpulse::receiver
