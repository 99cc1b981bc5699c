#include "config/yaml_reader.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/rules/language/parser.h"

namespace leadpulse::config {
namespace {

constexpr size_t kMaxQuotedBytes = 128;

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// Cuts long text: people read messages and paths, and there may be many problems.
std::string Shortened(std::string_view text) {
  const std::string_view shown = Utf8Prefix(text, kMaxQuotedBytes);
  std::string kept;
  std::copy_if(shown.begin(), shown.end(), std::back_inserter(kept), [](char c) { return !IsControl(c); });
  return kept + (shown.size() < text.size() ? "…" : "");
}

std::string Describe(const YamlNode& node) {
  return node.kind == YamlKind::kScalar ? Quoted(node.text) : std::string(KindName(node.kind));
}

bool LooksNumeric(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789-+._,") == std::string_view::npos;
}

// Returns why a scalar is not an integer, if there is more to say than "expected an integer".
std::string IntegerHint(const YamlNode& node) {
  const std::string& text = node.text;
  if (!node.plain) return "; take the quotes away";
  if (text.find('.') != std::string::npos && LooksNumeric(text)) return "; fractions are not taken";
  if (text.find_first_of("_,") != std::string::npos && LooksNumeric(text))
    return "; write the digits without separators";
  if (text.size() > 1 && text.find_first_not_of("0123456789+-") == std::string::npos) {
    return "; write decimal digits without a plus or leading zeros";
  }
  return "";
}

// Returns nullopt unless it has the one form that every YAML version reads in the same way.
std::optional<int64_t> ParseInteger(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) return text.front() == '-' ? INT64_MIN : INT64_MAX;
  return value;
}

}  // namespace

std::string_view KindName(YamlKind kind) {
  constexpr std::string_view kNames[] = {"nothing", "a text", "a list", "a map"};
  return kNames[static_cast<size_t>(kind)];
}

std::string Quoted(std::string_view text) { return "\"" + Shortened(text) + "\""; }

std::string DidYouMean(std::string_view name, std::span<const std::string> known) {
  // A name far longer than any other is near to none, and comparing it takes long.
  if (name.size() > kMaxQuotedBytes) return "";
  const std::optional<std::string> nearest = NearestName(name, known);
  return nearest ? "; did you mean " + Quoted(*nearest) + "?" : "";
}

std::string UnknownKey(std::string_view key, std::span<const std::string> known) {
  const std::string meant = DidYouMean(key, known);
  return "unknown key " + Quoted(key) + (meant.empty() ? "; expected " + OneOf(known) : meant);
}

std::string OneOf(std::span<const std::string> names) {
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) list += i + 1 == names.size() ? " or " : ", ";
    list += names[i];
  }
  return list;
}

std::nullopt_t YamlValue::Refuse(std::string message) const {
  Error(std::move(message));
  return std::nullopt;
}

std::nullopt_t YamlValue::Unexpected(std::string_view what) const {
  return Refuse("expected " + std::string(what) + ", found " + Describe(*node_));
}

std::optional<std::string> YamlValue::Text(std::string_view what) const {
  if (node_->kind == YamlKind::kScalar) return node_->text;
  return Unexpected(what);
}

std::optional<std::string> YamlValue::Name(std::string_view what, size_t max_bytes) const {
  std::optional<std::string> text = Text(what);
  if (!text) return std::nullopt;
  if (TrimAsciiSpace(*text).empty()) return Refuse("expected " + std::string(what) + ", found an empty text");
  if (std::ranges::any_of(*text, IsControl)) {
    return Refuse(Quoted(*text) + " holds a line break or another control character");
  }
  if (text->size() > max_bytes) {
    return Refuse(Quoted(*text) + " is longer than " + std::to_string(max_bytes) + " bytes");
  }
  return text;
}

std::optional<int64_t> YamlValue::Integer(int64_t low, int64_t high) const {
  const std::string what = "an integer from " + std::to_string(low) + " to " + std::to_string(high);
  if (node_->kind != YamlKind::kScalar) return Unexpected(what);
  const std::optional<int64_t> value = node_->plain ? ParseInteger(node_->text) : std::nullopt;
  if (!value) return Refuse("expected " + what + ", found " + Describe(*node_) + IntegerHint(*node_));
  if (*value >= low && *value <= high) return value;
  return Refuse("expected " + what + ", found " + node_->text.substr(0, kMaxQuotedBytes));
}

std::optional<bool> YamlValue::Boolean() const {
  if (node_->kind == YamlKind::kScalar && node_->plain && node_->text == "true") return true;
  if (node_->kind == YamlKind::kScalar && node_->plain && node_->text == "false") return false;
  return Unexpected("true or false");
}

std::optional<Millis> YamlValue::Duration() const {
  const std::optional<std::string> text = Text("a duration such as 30d or \"12 hours\"");
  if (!text) return std::nullopt;
  const std::optional<Millis> duration = rules::ParseDuration(*text);
  if (duration && *duration > Millis{0}) return duration;
  return Refuse("expected a duration such as 30d, 12h or \"2 weeks\", more than 0 and at most " +
                std::to_string(rules::kMaxDurationDays) + " days, found " + Quoted(*text));
}

std::optional<size_t> YamlValue::Choice(std::string_view what, std::span<const std::string> names) const {
  const std::string expected = std::string(what) + " (" + OneOf(names) + ")";
  const std::optional<std::string> text = Text(expected);
  if (!text) return std::nullopt;
  const auto found = std::find(names.begin(), names.end(), *text);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  return Refuse("expected " + expected + ", found " + Quoted(*text) + DidYouMean(*text, names));
}

std::optional<std::vector<YamlValue>> YamlValue::List(std::string_view what) const {
  if (node_->kind != YamlKind::kList) return Unexpected(what);
  std::vector<YamlValue> values;
  values.reserve(node_->children.size());
  for (const YamlNode& child : node_->children) {
    values.emplace_back(&child, child.offset, path_ + "[" + std::to_string(values.size()) + "]", log_);
  }
  return values;
}

std::optional<std::vector<YamlEntry>> YamlValue::Entries(std::string_view what) const {
  if (node_->kind != YamlKind::kMap) return Unexpected(what);
  std::vector<YamlEntry> entries;
  std::map<std::string_view, uint32_t> seen;  // first places
  for (size_t i = 0; i + 1 < node_->children.size(); i += 2) {
    const YamlNode& key = node_->children[i];
    const YamlNode& value = node_->children[i + 1];
    if (key.kind != YamlKind::kScalar) {
      log_->Error(key.offset, path_, "expected a text as a key in " + std::string(what) + ", found " + Describe(key));
      continue;
    }
    if (key.plain && key.text == "<<") {
      log_->Error(key.offset, path_, "merge keys (`<<`) are not taken; write the keys out");
      continue;
    }
    const std::string path = (path_.empty() ? "" : path_ + ".") + Shortened(key.text);
    if (const auto [first, added] = seen.emplace(key.text, key.offset); !added) {
      const int line = log_->source().Locate(first->second).line;
      log_->Error(key.offset, path,
                  "the key " + Quoted(key.text) + " is given twice; first on line " + std::to_string(line));
      continue;
    }
    const uint32_t offset = value.kind == YamlKind::kNull ? key.offset : value.offset;
    entries.push_back({key.text, key.offset, YamlValue(&value, offset, path, log_)});
  }
  return entries;
}

std::optional<YamlKeys> YamlValue::Keys(std::string_view what, const std::vector<std::string>& known) const {
  std::optional<std::vector<YamlEntry>> entries = Entries(what);
  if (!entries) return std::nullopt;
  std::erase_if(*entries, [&](const YamlEntry& entry) {
    const bool is_known = std::ranges::find(known, entry.key) != known.end();
    if (!is_known) entry.KeyError(UnknownKey(entry.key, known));
    return !is_known || entry.value.IsNull();
  });
  return YamlKeys(*std::move(entries));
}

const YamlEntry* YamlKeys::Find(std::string_view key) const {
  const auto found = std::ranges::find(entries_, key, &YamlEntry::key);
  return found == entries_.end() ? nullptr : &*found;
}

bool YamlKeys::Flag(std::string_view key, bool* member) const {
  const YamlEntry* entry = Find(key);
  if (entry != nullptr) *member = entry->value.Boolean().value_or(*member);
  return entry != nullptr;
}

bool YamlKeys::Name(std::string_view key, std::string_view what, size_t max_bytes, std::string* member) const {
  const YamlEntry* entry = Find(key);
  if (entry != nullptr) *member = entry->value.Name(what, max_bytes).value_or(*member);
  return entry != nullptr;
}

}  // namespace leadpulse::config
