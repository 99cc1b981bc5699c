// Reads a group of a settings file key by key, for files without a table of settings. Each mistake is reported at its
// place, and the member keeps its default. Secrets and values from the environment are never quoted.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/secret.h"
#include "config/settings_document.h"
#include "config/yaml_reader.h"
#include "processor/base/instant.h"

namespace leadpulse::config {

// The readers return whether the key is present and correct. A key without a value counts as missing.
class SettingsGroup {
 public:
  // Reports unknown keys. If the value is not a map, reports that and returns nullopt. `environment` and the log of
  // `value` outlive this.
  static std::optional<SettingsGroup> Open(const YamlValue& value, std::vector<std::string> known,
                                           const Environment* environment);

  // Null if the key is missing or has no value.
  const YamlEntry* Find(std::string_view key) const { return keys_.Find(key); }
  bool Has(std::string_view key) const { return Find(key) != nullptr; }
  // Reports `is missing: WHAT` at the beginning of the group.
  void ReportMissing(std::string_view key, std::string_view what) const;
  const Environment& environment() const { return *environment_; }

  bool Flag(std::string_view key, bool* member) const;
  bool Integer(std::string_view key, int64_t low, int64_t high, int64_t* member) const;
  bool Duration(std::string_view key, Millis low, Millis high, Millis* member) const;
  bool Bytes(std::string_view key, uint64_t low, uint64_t high, size_t* member) const;
  // `what` is the expected value, with its article. `fits` null: any text that is not empty.
  bool Text(std::string_view key, std::string_view what, bool (*fits)(std::string_view), std::string* member) const;
  bool SecretText(std::string_view key, Secret* member) const;
  // Exactly one of the names; sets its index.
  bool Choice(std::string_view key, std::span<const std::string> names, size_t* member) const;

 private:
  SettingsGroup(YamlValue value, YamlKeys keys, const Environment* environment)
      : value_(std::move(value)), keys_(std::move(keys)), environment_(environment) {}

  using Reader = std::function<bool(const YamlValue&)>;
  bool Read(std::string_view key, const std::string& what, bool secret, const Reader& read) const;

  YamlValue value_;
  YamlKeys keys_;
  const Environment* environment_;
};

}  // namespace leadpulse::config
