// Settings of a file, declared once as a table: names, kinds, bounds, descriptions, and the members that get the values
// and have the defaults. The reader (settings_reader.h), the help texts and the tables of the READMEs use it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/settings.h"
#include "processor/base/instant.h"

namespace leadpulse::config {

// One struct for each kind of value: its bounds, and its member.
struct FlagSetting {
  bool* member;
};
struct IntegerSetting {
  int64_t low, high;
  std::function<int64_t()> get;
  std::function<void(int64_t)> set;
};
struct ShareSetting {
  double low, high;
  double* member;
};
struct DurationSetting {
  Millis low, high;
  Millis* member;
};
struct BytesSetting {
  uint64_t low, high;
  size_t* member;
};
struct TextSetting {
  std::string_view what;           // what is expected, with its article
  bool (*fits)(std::string_view);  // null: anything that is not empty
  std::string* member;
};
// A secret. Never shown: not if it is wrong, not as a default, not among the settings in force.
struct SecretSetting {
  size_t least_bytes;
  Secret* member;
  bool may_have_lines = false;  // a key may stand there as its PEM file has it
};
// A list of secrets, each with the bounds of a SecretSetting.
struct SecretListSetting {
  size_t least_bytes;
  size_t most_secrets;
  std::vector<Secret>* member;
};
struct ChoiceSetting {
  std::vector<std::string> names;
  std::function<size_t()> get;  // an index of names, or a number beyond them: none
  std::function<void(size_t)> set;
};
// librdkafka's settings, by name. Their values are never shown: some of them are secrets.
struct ClientMapSetting {
  ClientSettings* member;
};
// A list, or a map of another table: the program reads it by itself.
struct OtherSetting {
  std::string_view what;
};

using SettingKind = std::variant<FlagSetting, IntegerSetting, ShareSetting, DurationSetting, BytesSetting, TextSetting,
                                 SecretSetting, SecretListSetting, ChoiceSetting, ClientMapSetting, OtherSetting>;

inline constexpr std::string_view kRequired = "required";

struct Setting {
  std::string_view name;  // its place in the file: `kafka.topics.events`
  SettingKind kind;
  std::string_view description;
  std::string_view omitted = {};  // what holds without it, or kRequired; empty: the default
  std::string_view values = {};   // the values in the help; empty: as the kind describes them
};

struct SettingGroup {
  std::string_view title;
  std::vector<Setting> settings;
};

// Describes an integer, stored in a member of any integral type that holds the bounds.
template <typename Number>
IntegerSetting Integer(int64_t low, int64_t high, Number* member) {
  return {low, high, [member] { return static_cast<int64_t>(*member); },
          [member](int64_t value) { *member = static_cast<Number>(value); }};
}

// Describes one of the names, stored as an enum whose order is that of the names.
template <typename Enum>
ChoiceSetting Choice(std::vector<std::string> names, Enum* member) {
  return {std::move(names), [member] { return static_cast<size_t>(*member); },
          [member](size_t index) { *member = static_cast<Enum>(index); }};
}
// Describes the same, stored as its name.
ChoiceSetting Choice(std::vector<std::string> names, std::string* member);

// Returns the kind of value: `an integer from 1 to 64`, `text`.
std::string DescribeKind(const Setting& setting);
// Returns `required`, `default 10s`, `none`, or what else holds without the setting.
std::string DescribeOmission(const Setting& setting);

// Returns the member's value as the file would have it; for a secret and librdkafka's settings only whether there is
// one. Empty: there is none.
std::string ShowValue(const Setting& setting);

// Returns the help text: the introduction, then all settings with kind, bounds, default and description, at most 100
// columns wide.
std::string SettingsHelp(std::string_view introduction, std::span<const SettingGroup> groups);

// ---- the settings of `leadpulse run --config FILE` ----

// Returns the groups in the order in which people read them; each setting is in one. `settings` outlives them.
std::vector<SettingGroup> SettingGroups(Settings* settings);
// Returns the group of `kafka.topics`.
std::vector<Setting> TopicSettings(TopicNames* topics);

// Returns the text of `--help-config`.
std::string SettingsHelp();

}  // namespace leadpulse::config
