// Every setting of `leadpulse receive --config FILE` in words, for `--help-config`. What reads them is
// receiver_settings and source_settings; a test holds the three, and README.md's table, against each other.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace leadpulse::receiver {

struct SettingInWords {
  std::string_view name;     // where it stands in the file: `limits.body`; of a list's entries `sources[].path`
  std::string_view kind;     // what the value is
  std::string_view omitted;  // `required`, `default 10MiB`, or what holds without it
  std::string_view description;
};

struct SettingGroupInWords {
  std::string_view title;
  std::span<const SettingInWords> settings;
};

// In the order in which people read them.
std::span<const SettingGroupInWords> SettingsInWords();

// All of them, at most 100 columns wide.
std::string ReceiverSettingsHelp();

}  // namespace leadpulse::receiver
