// Every setting of `leadpulse run --config FILE`, declared once: the loader, `--help-config` and the tables of the
// READMEs use this table. It has names, descriptions and bounds; the members of Settings have the defaults.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/settings.h"
#include "processor/base/instant.h"

namespace leadpulse::config {

// One struct for each kind of value: its bounds, and its member of Settings.

struct FlagSetting {
  bool& (*member)(Settings&);
};
struct IntegerSetting {
  int64_t low, high;
  int64_t (*get)(Settings&);
  void (*set)(Settings&, int64_t);
};
struct ShareSetting {
  double low, high;
  double& (*member)(Settings&);
};
struct DurationSetting {
  Millis low, high;
  Millis& (*member)(Settings&);
};
struct BytesSetting {
  uint64_t low, high;
  size_t& (*member)(Settings&);
};
struct TextSetting {
  std::string_view what;           // what is expected, with its article
  bool (*fits)(std::string_view);  // null: anything that is not empty
  std::string& (*member)(Settings&);
};
// A secret. Never shown: not if it is wrong, not as a default, not among the settings in force.
struct SecretSetting {
  size_t least_bytes;
  Secret& (*member)(Settings&);
};
struct ChoiceSetting {
  std::span<const std::string_view> names;
  size_t (*get)(Settings&);  // an index of names
  void (*set)(Settings&, size_t);
};
// librdkafka's settings, by name. Their values are never shown: some of them are secrets.
struct ClientMapSetting {
  ClientSettings& (*member)(Settings&);
};

using SettingKind = std::variant<FlagSetting, IntegerSetting, ShareSetting, DurationSetting, BytesSetting, TextSetting,
                                 SecretSetting, ChoiceSetting, ClientMapSetting>;

struct Setting {
  std::string_view name;  // its place in the file: `kafka.topics.events`
  SettingKind kind;
  std::string_view description;
  bool required = false;
};

struct SettingGroup {
  std::string_view title;
  std::span<const Setting> settings;
};

// Returns the groups in the order in which people read them; every setting is in one group.
std::span<const SettingGroup> SettingGroups();
// Returns the group of `kafka.topics`.
std::span<const Setting> TopicSettings();

// Returns the kind of value: `an integer from 1 to 64`, `text`.
std::string DescribeKind(const Setting& setting);

// Returns the value as the file would have it; for a secret and for librdkafka's settings only whether there is one.
// Empty: there is none.
std::string ShowValue(const Setting& setting, Settings settings);

// Returns a paragraph of a help text: lines of at most 100 characters, the first indented by `first` and all others by
// `rest`.
std::string WrappedHelp(std::string_view text, size_t first, size_t rest);

// Returns the text of `--help-config`: all settings with kind, bounds, default and description, at most 100 columns
// wide.
std::string SettingsHelp();

}  // namespace leadpulse::config
