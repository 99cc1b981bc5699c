// Typed reading of a definitions or settings file: every call that finds something else than it asked for says so in
// the ProblemLog, with place, path, what was expected and the nearest known name, and the reading goes on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem_log.h"
#include "config/yaml_tree.h"

namespace leadpulse::config {

// `name "a b"` for messages: quoted, cut where it is long, control characters left out.
std::string Quoted(std::string_view text);
// `; did you mean "open"?`, or nothing.
std::string DidYouMean(std::string_view name, std::span<const std::string> known);
// `unknown key "opn"; did you mean "open"?`, or which keys there are.
std::string UnknownKey(std::string_view key, std::span<const std::string> known);
// `a, b or c`.
std::string OneOf(std::span<const std::string> names);

struct YamlEntry;
class YamlKeys;

// One value and where it stands. Cheap to copy but for the path; the tree and the log must outlive it.
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

  // Each reports and gives nothing where the value is something else. `what` is what was expected, with its article.
  std::optional<std::string> Text(std::string_view what) const;
  // Text that is neither empty nor only white space, without control characters, of at most `max_bytes`.
  std::optional<std::string> Name(std::string_view what, size_t max_bytes) const;
  // Plain decimal digits, as 5 or -5; not 5.0, 0x5, 05, 1e3 or "5".
  std::optional<int64_t> Integer(int64_t low, int64_t high) const;
  std::optional<bool> Boolean() const;
  // Greater than nothing, at most 36,500 days.
  std::optional<Millis> Duration() const;
  // One of these names, exactly; gives its index.
  std::optional<size_t> Choice(std::string_view what, std::span<const std::string> names) const;
  std::optional<std::vector<YamlValue>> List(std::string_view what) const;
  // A map with keys of the user's choice, in the order of the file. Of a key given twice the first one stays; a merge
  // key is reported.
  std::optional<std::vector<YamlEntry>> Entries(std::string_view what) const;
  // A map whose keys are known; unknown ones are reported. A key without a value is as if it were not given.
  std::optional<YamlKeys> Keys(std::string_view what, std::span<const std::string> known) const;

 private:
  void Unexpected(std::string_view what) const;
  std::optional<std::string> KeyText(const YamlNode& key, std::string_view what) const;

  const YamlNode* node_;
  uint32_t offset_;  // of the value; of its key where the value is empty
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

// The entries of a map with known keys.
class YamlKeys {
 public:
  explicit YamlKeys(std::vector<YamlEntry> entries);
  // Null where the key is not given, or without a value.
  const YamlEntry* Find(std::string_view key) const;

 private:
  std::map<std::string, YamlEntry, std::less<>> entries_;
};

}  // namespace leadpulse::config
