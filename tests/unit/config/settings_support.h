// Support for tests of the settings: a file with given settings, and an environment with given variables.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "config/settings_loader.h"
#include "config/settings_table.h"
#include "tests/unit/config/definitions_problems.h"

namespace leadpulse::config {

// The lines that every settings file needs. The next line is line 4.
inline constexpr std::string_view kLeast =
    "kafka: {bootstrap_servers: 'localhost:9092'}\n"
    "state: {directory: state, erasure_secret: 0123456789abcdef}\n"
    "definitions: {file: d.yaml}\n";

inline Environment Variables(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

// Returns every setting of the table, in one list. `settings` outlives them.
inline std::vector<Setting> AllSettings(Settings* settings) {
  std::vector<Setting> all;
  for (const SettingGroup& group : SettingGroups(settings)) {
    all.insert(all.end(), group.settings.begin(), group.settings.end());
  }
  return all;
}

// Whether two settings of this kind have the same value.
struct SameValue {
  const SettingKind& other;

  template <typename Kind>
  bool operator()(const Kind& kind) const {
    const Kind& also = std::get<Kind>(other);
    if constexpr (std::is_same_v<Kind, SecretSetting>) {
      return kind.member->Reveal() == also.member->Reveal();
    } else if constexpr (std::is_same_v<Kind, SecretListSetting>) {
      return std::ranges::equal(*kind.member, *also.member, {}, &Secret::Reveal, &Secret::Reveal);
    } else if constexpr (std::is_same_v<Kind, IntegerSetting> || std::is_same_v<Kind, ChoiceSetting>) {
      return kind.get() == also.get();
    } else if constexpr (std::is_same_v<Kind, OtherSetting>) {
      return true;
    } else {
      return *kind.member == *also.member;
    }
  }
};

// Whether every setting of the table has the same value, secrets and librdkafka's settings too.
inline bool operator==(Settings a, Settings b) {
  return std::ranges::equal(AllSettings(&a), AllSettings(&b), [](const Setting& one, const Setting& other) {
    return std::visit(SameValue{other.kind}, one.kind);
  });
}

inline Settings MustLoadSettings(const std::string& yaml, const Environment& environment = Variables({})) {
  LoadedSettings loaded = LoadSettings(yaml, environment);
  EXPECT_THAT(Lines(loaded.errors), ::testing::IsEmpty()) << yaml;
  if (!loaded.settings) throw std::runtime_error("the settings do not load");
  return *std::move(loaded.settings);
}

// Writes dotted names with their YAML values as one file of flow maps.
inline std::string AsYaml(const std::map<std::string, std::string>& values, const std::string& group = "") {
  std::string yaml;
  std::string last;
  for (const auto& [name, value] : values) {  // the names of a group are adjacent
    if (!name.starts_with(group)) continue;
    const std::string key = name.substr(group.size(), name.find('.', group.size()) - group.size());
    if (key == last) continue;
    last = key;
    const bool leaf = name == group + key;
    yaml += (yaml.empty() ? "" : ", ") + key + ": " + (leaf ? value : AsYaml(values, group + key + "."));
  }
  return "{" + yaml + "}";
}

struct SettingsRow {
  std::string lines;  // from line 4 on
  std::vector<Expected> errors;
};

// Checks files of kLeast and these lines for the expected problems. Rows without errors must load.
inline void CheckSettingsRows(const std::vector<SettingsRow>& rows, const Environment& environment = Variables({})) {
  for (const SettingsRow& row : rows) {
    const std::string yaml = std::string(kLeast) + row.lines + "\n";
    const LoadedSettings loaded = LoadSettings(yaml, environment);
    ExpectProblems(loaded.errors, row.errors, yaml);
    EXPECT_EQ(loaded.settings.has_value(), row.errors.empty()) << yaml;
  }
}

}  // namespace leadpulse::config
