// Typed reading of a definitions or settings file. A call that finds another type reports it in the ProblemLog, with
// place, path, what was expected and the nearest known name. Reading then continues.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/problem_log.h"
#include "config/yaml_tree.h"

namespace leadpulse::config {

// Returns the name of a kind for messages: `a text`, `a list`.
std::string_view KindName(YamlKind kind);
// Returns the text in quotes, shortened, without control characters, for messages.
std::string Quoted(std::string_view text);
// Returns `; did you mean "open"?`, or an empty string.
std::string DidYouMean(std::string_view name, std::span<const std::string> known);
// Returns `unknown key "opn"; did you mean "open"?`, or a list of the keys.
std::string UnknownKey(std::string_view key, std::span<const std::string> known);
// Returns `a, b or c`.
std::string OneOf(std::span<const std::string> names);

struct YamlEntry;
class YamlKeys;

// One value with its place. Cheap to copy except for the path. The tree and the log must outlive it.
class YamlValue {
 public:
  YamlValue(const YamlNode* node, uint32_t offset, std::string path, ProblemLog* log)
      : node_(node), offset_(offset), path_(std::move(path)), log_(log) {}

  const YamlNode& node() const { return *node_; }
  const std::string& path() const { return path_; }
  ProblemLog& log() const { return *log_; }
  uint32_t offset() const { return offset_; }
  bool IsNull() const { return node_->kind == YamlKind::kNull; }

  void Error(std::string message) const { log_->Error(offset_, path_, std::move(message)); }
  void Warning(std::string message) const { log_->Warning(offset_, path_, std::move(message)); }
  // Reports an error and returns nullopt, for a reader to return.
  std::nullopt_t Refuse(std::string message) const;

  // Returns a string. Like the readers below, reports a wrong value and returns nullopt. `what` is the expected value,
  // with its article.
  std::optional<std::string> Text(std::string_view what) const;
  // Returns a string of at most `max_bytes`, not only white space, without control characters.
  std::optional<std::string> Name(std::string_view what, size_t max_bytes) const;
  // Returns plain decimal digits, as 5 or -5; not 5.0, 0x5, 05, 1e3 or "5".
  std::optional<int64_t> Integer(int64_t low, int64_t high) const;
  std::optional<bool> Boolean() const;
  // Returns a duration above 0, at most 36,500 days.
  std::optional<Millis> Duration() const;
  // Returns the index of exactly one of these names.
  std::optional<size_t> Choice(std::string_view what, std::span<const std::string> names) const;
  std::optional<std::vector<YamlValue>> List(std::string_view what) const;
  // Returns a map with any keys, in the order of the file. If a key occurs twice, it is reported and the first one
  // counts. A merge key is reported.
  std::optional<std::vector<YamlEntry>> Entries(std::string_view what) const;
  // Returns a map with known keys; unknown ones are reported. A key without a value counts as missing.
  std::optional<YamlKeys> Keys(std::string_view what, const std::vector<std::string>& known) const;

 private:
  std::nullopt_t Unexpected(std::string_view what) const;

  const YamlNode* node_;
  uint32_t offset_;  // where the value begins, or its key if the value is empty
  std::string path_;
  ProblemLog* log_;
};

struct YamlEntry {
  std::string key;
  uint32_t key_offset = 0;
  YamlValue value;

  void KeyError(std::string message) const { value.log().Error(key_offset, value.path(), std::move(message)); }
  void KeyWarning(std::string message) const { value.log().Warning(key_offset, value.path(), std::move(message)); }
};

// The entries of a map with known keys, each once and with a value.
class YamlKeys {
 public:
  explicit YamlKeys(std::vector<YamlEntry> entries) : entries_(std::move(entries)) {}
  // Returns null if the key is missing or has no value.
  const YamlEntry* Find(std::string_view key) const;

  // Sets `member` if the value is right, as YamlValue's functions do; Name and Integer do the same. Returns false if
  // the key is missing or has no value.
  bool Flag(std::string_view key, bool* member) const;
  bool Name(std::string_view key, std::string_view what, size_t max_bytes, std::string* member) const;
  template <typename Number>
  bool Integer(std::string_view key, int64_t low, int64_t high, Number* member) const {
    const YamlEntry* entry = Find(key);
    if (entry == nullptr) return false;
    if (const std::optional<int64_t> read = entry->value.Integer(low, high)) *member = static_cast<Number>(*read);
    return true;
  }

 private:
  std::vector<YamlEntry> entries_;
};

}  // namespace leadpulse::config
