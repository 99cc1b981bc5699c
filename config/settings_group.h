// Reading a group of a settings file key by key, for files whose settings stand in no table: every mistake is reported
// where it stands, and the member then keeps its default. What is secret or from the environment is never quoted.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/environment.h"
#include "config/secret.h"
#include "config/yaml_reader.h"
#include "processor/base/instant.h"

namespace leadpulse::config {

// Its readers give whether the key is there and right; a key without a value is as if it were omitted.
class SettingsGroup {
 public:
  // Nothing, and reported: the value is no map. Unknown keys are reported. `environment` and the log of `value` outlive
  // this.
  static std::optional<SettingsGroup> Open(const YamlValue& value, std::vector<std::string> known,
                                           const Environment* environment);

  // Null where the key is not given, or without a value.
  const YamlEntry* Find(std::string_view key) const;
  bool Has(std::string_view key) const { return Find(key) != nullptr; }
  // `is missing: WHAT`, where the group begins.
  void ReportMissing(std::string_view key, std::string_view what) const;
  const Environment& environment() const { return *environment_; }

  bool Flag(std::string_view key, bool* member) const;
  bool Integer(std::string_view key, int64_t low, int64_t high, int64_t* member) const;
  bool Duration(std::string_view key, Millis low, Millis high, Millis* member) const;
  bool Bytes(std::string_view key, uint64_t low, uint64_t high, size_t* member) const;
  // `what`: what is expected, with its article; `fits` null: anything that is not empty.
  bool Text(std::string_view key, std::string_view what, bool (*fits)(std::string_view), std::string* member) const;
  bool SecretText(std::string_view key, Secret* member) const;
  // One of the names, exactly; gives its index.
  bool Choice(std::string_view key, std::span<const std::string> names, size_t* member) const;

 private:
  SettingsGroup(YamlValue value, const Environment* environment)
      : value_(std::move(value)), environment_(environment) {}

  using Reader = std::function<bool(const YamlValue&)>;
  bool Read(std::string_view key, const std::string& what, bool secret, const Reader& read) const;

  YamlValue value_;
  const Environment* environment_;
  std::map<std::string, YamlEntry, std::less<>> entries_;
};

}  // namespace leadpulse::config
