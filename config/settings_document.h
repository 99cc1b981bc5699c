// The parts that all settings files share: each is one YAML document, and a password may be at a wrong place in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/yaml_reader.h"

namespace leadpulse::config {

// The most bytes of a settings file: there are some fifty settings, so a longer file is not a settings file.
inline constexpr size_t kMaxSettingsBytes = 1 << 20;

// Parses the document and calls `load` with its root; reports an error if it cannot be parsed. `help` says where the
// settings are documented. The nodes are valid only during the call.
void ReadSettingsDocument(std::string_view yaml, std::string_view help, ProblemLog* log,
                          const std::function<void(const YamlNode& root)>& load);

// Returns false if the value is of another kind than `what`, and reports that without the text, which may be a secret.
bool HasKind(const YamlValue& value, YamlKind kind, const std::string& what);

// Returns the entries of a group that are known and have a value. Reports unknown ones. nullopt if the value is not a
// map, which is reported.
std::optional<std::vector<YamlEntry>> KnownSettings(const YamlValue& group, const std::vector<std::string>& known);

inline constexpr size_t kMaxSettingTextBytes = 4096;  // Linux's limit of a path

// The values of variables; nullopt if one is not set. The program uses getenv, tests use a map.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct Expanded {
  std::string text;
  bool from_elsewhere = false;  // a variable or a file was inserted, so the text may be a secret
};

// Returns a scalar's text with the values of environment variables in place of `${NAME}`, and what files have, without
// the end of the last line, in place of `${file:/PATH}`. This happens after the YAML was parsed, so that neither can
// change the structure. `$$` is a dollar. nullopt if there is a `$` before anything else, a variable that is not set, a
// file that cannot be read, or an invalid name: all of them are reported at their places, without a value.
std::optional<Expanded> Expand(const YamlValue& value, const Environment& environment);

// Reports that `what` was expected, with the scalar's text. Returns false.
bool Misfit(const YamlValue& value, const std::string& what);

// Calls `read` with the expanded scalar and returns its result: whether the value fits. The reports of `read` are kept
// only if the value is not secret and nothing of it came from elsewhere; otherwise the report is that `what` was
// expected, as for a value that is not a scalar.
bool ReadExpanded(const YamlValue& value, const Environment& environment, std::string_view what, bool secret,
                  const std::function<bool(const YamlValue&)>& read);

// Stores the value in `member`. Returns false if there is none.
template <typename Read, typename T>
bool Keep(std::optional<Read> read, T* member) {
  if (!read) return false;
  *member = *std::move(read);
  return true;
}

// Stores the value if it is within bounds; otherwise reports that `what` was expected.
template <typename Read, typename T>
bool KeepBounded(const YamlValue& value, const std::string& what, const std::optional<Read>& read, Read low, Read high,
                 T* member) {
  if (read && *read >= low && *read <= high) return Keep(read, member);
  return Misfit(value, what);
}

// Reports `is missing: WHAT` at the beginning of the group, or without a place for the whole file.
void ReportMissing(const YamlValue& group, std::string_view key, std::string_view what);

}  // namespace leadpulse::config
