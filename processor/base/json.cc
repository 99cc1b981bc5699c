#include "processor/base/json.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <charconv>

#include "processor/base/json_numbers.h"
#include "processor/base/json_object.h"

#include <nlohmann/json.hpp>

namespace leadpulse {
namespace {

constexpr size_t kFreeValues = 100'000;
constexpr size_t kMinBytesPerValue = 12;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEscapedReplacement = "\\ufffd";
constexpr size_t kEscapeBytes = kSurrogatePairBytes / 2;  // \uXXXX

bool IsSurrogate(uint32_t unit) { return unit >= 0xD800 && unit < 0xE000; }

// Appends the escape that begins at `at`; replaces it if it is half a surrogate pair. Returns where it ends.
size_t AppendEscape(std::string_view text, size_t at, std::string* out) {
  const std::optional<uint32_t> unit = EscapedUnit(text, at);
  if (!unit.has_value()) {
    const std::string_view escape = text.substr(at, 2);
    // The bytes after a backslash may not be a valid character: the next iteration handles them.
    const size_t size = escape.size() == 2 && static_cast<unsigned char>(escape[1]) < 0x80 ? 2 : 1;
    *out += escape.substr(0, size);
    return at + size;
  }
  if (IsSurrogatePair(text, at)) {
    *out += text.substr(at, kSurrogatePairBytes);
    return at + kSurrogatePairBytes;
  }
  *out += IsSurrogate(*unit) ? kEscapedReplacement : text.substr(at, kEscapeBytes);
  return at + kEscapeBytes;
}

// Appends one character, or its replacement. Returns where it ends.
size_t AppendCharacter(std::string_view text, size_t at, std::string* out) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  size_t end = at;
  UChar32 c = 0;
  U8_NEXT(bytes, end, text.size(), c);
  *out += c < 0 ? kReplacement : text.substr(at, end - at);
  return end;
}

}  // namespace

std::optional<uint32_t> EscapedUnit(std::string_view text, size_t at) {
  if (at + kSurrogatePairBytes / 2 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  const std::string_view digits = text.substr(at + 2, 4);
  uint32_t unit = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
  return error == std::errc() && end == digits.data() + digits.size() ? std::optional(unit) : std::nullopt;
}

bool IsSurrogatePair(std::string_view text, size_t at) {
  return (EscapedUnit(text, at).value_or(0) & 0xFC00) == 0xD800 &&
         (EscapedUnit(text, at + kSurrogatePairBytes / 2).value_or(0) & 0xFC00) == 0xDC00;
}

size_t MaxJsonValues(size_t bytes) { return std::max(kFreeValues, bytes / kMinBytesPerValue); }

std::string RepairJsonText(std::string_view text) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  std::string repaired;
  repaired.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    at = text[at] == '\\' ? AppendEscape(text, at, &repaired) : AppendCharacter(text, at, &repaired);
  }
  return repaired;
}

// A receiver of nlohmann's parser events; false ends the parse.
class TreeBuilder {
 public:
  // Makes a builder. `spellings` are those of the numbers that are replaced in what the parser reads, by their order;
  // empty for the others.
  explicit TreeBuilder(size_t* values_left, std::vector<std::string_view> spellings = {})
      : values_left_(*values_left), spellings_(std::move(spellings)) {}

  bool null() { return Put(Json()) != nullptr; }
  bool boolean(bool value) { return Put(Json(value)) != nullptr; }
  bool number_integer(int64_t value) { return PutNumber(std::to_string(value)); }
  bool number_unsigned(uint64_t value) { return PutNumber(std::to_string(value)); }
  bool number_float(double /*value*/, const std::string& spelling) { return PutNumber(spelling); }
  bool string(std::string& value) { return Put(Json(std::move(value))) != nullptr; }
  bool binary(std::vector<uint8_t>& /*value*/) { return false; }  // a JSON text has none
  bool start_object(size_t /*size*/) { return Open(Json(Json::Members())); }
  bool start_array(size_t /*size*/) { return Open(Json(Json::Elements())); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(std::string& name) {
    key_ = std::move(name);
    return true;
  }
  bool parse_error(size_t position, const std::string& /*token*/, const nlohmann::json::exception& error) {
    is_out_of_range_ = dynamic_cast<const nlohmann::json::out_of_range*>(&error) != nullptr;
    // The parser counts from 1, and includes the byte read last.
    error_ = "it is not JSON from byte " + std::to_string(position == 0 ? 0 : position - 1) + " on";
    return false;
  }

  const std::string& error() const { return error_; }
  // Whether the parser refused a number that is JSON, but beyond a double's range.
  bool is_out_of_range() const { return is_out_of_range_; }
  Json Take() { return std::move(root_); }

 private:
  bool Open(Json container) {
    if (open_.size() == kMaxJsonDepth) {
      error_ = "it is nested more than " + std::to_string(kMaxJsonDepth) + " deep";
      return false;
    }
    Json* const opened = Put(std::move(container));
    if (opened != nullptr) open_.push_back(opened);
    return opened != nullptr;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }
  bool PutNumber(std::string spelling) {
    const size_t at = numbers_++;
    if (at < spellings_.size() && !spellings_[at].empty()) spelling = spellings_[at];
    return Put(Json(Json::Number{std::move(spelling)})) != nullptr;
  }
  // Adds the value to the innermost open list or object. Null if there are too many values.
  Json* Put(Json value) {
    if (values_left_ == 0) {
      error_ = "it holds more values than events of its size could have";
      return nullptr;
    }
    --values_left_;
    if (open_.empty()) return &(root_ = std::move(value));
    if (auto* elements = std::get_if<Json::Elements>(&open_.back()->value_)) {
      return &elements->emplace_back(std::move(value));
    }
    auto& members = std::get<Json::Members>(open_.back()->value_);
    return &members.emplace_back(std::move(key_), std::move(value)).second;
  }

  size_t& values_left_;
  const std::vector<std::string_view> spellings_;
  size_t numbers_ = 0;  // that were put
  bool is_out_of_range_ = false;
  Json root_;
  std::vector<Json*> open_;  // a parent does not grow while a child is open, so the pointers stay valid
  std::string key_;          // the member whose value comes next
  std::string error_;
};

Result<Json> Json::Parse(std::string_view text) {
  size_t values_left = MaxJsonValues(text.size());
  return Parse(text, &values_left);
}

Result<Json> Json::Parse(std::string_view text, size_t* values_left) {
  const std::string repaired = RepairJsonText(text);
  const size_t most = *values_left;
  TreeBuilder builder(values_left);
  if (nlohmann::json::sax_parse(repaired, &builder)) return builder.Take();
  if (!builder.is_out_of_range()) return Status::Rejected(builder.error());
  // The parser gets a short number with blanks in the place of each long one.
  std::string shorter;
  std::vector<std::string_view> spellings;
  const auto replace = [&](std::string_view literal) {
    spellings.push_back(IsLongJsonNumber(literal) ? literal : std::string_view());
    shorter += spellings.back().empty() ? literal : "0";
    shorter.append(spellings.back().empty() ? 0 : literal.size() - 1, ' ');
  };
  ForEachJsonNumber(repaired, replace, [&](std::string_view between) { shorter += between; });
  *values_left = most;
  TreeBuilder again(values_left, std::move(spellings));
  if (nlohmann::json::sax_parse(shorter, &again)) return again.Take();
  return Status::Rejected(again.error());
}

Json Json::OfStrings(const std::vector<std::pair<std::string, std::string>>& texts) {
  Members members;
  for (const auto& [name, text] : texts) members.emplace_back(name, Json(text));
  return Json(std::move(members));
}

std::string_view Json::text() const {
  if (const auto* text = std::get_if<std::string>(&value_)) return *text;
  if (const auto* number = std::get_if<Number>(&value_)) return number->spelling;
  return {};
}

std::string_view Json::spelling() const {
  const auto* value = std::get_if<bool>(&value_);
  return value == nullptr ? text() : *value ? "true" : "false";
}

bool Json::truth() const {
  if (const auto* value = std::get_if<bool>(&value_)) return *value;
  return text() == "true" || text() == "1";
}

const Json::Elements& Json::elements() const {
  static const Elements kNone;
  const auto* elements = std::get_if<Elements>(&value_);
  return elements == nullptr ? kNone : *elements;
}

const Json::Members& Json::members() const {
  static const Members kNone;
  const auto* members = std::get_if<Members>(&value_);
  return members == nullptr ? kNone : *members;
}

const Json& Json::operator[](std::string_view name) const {
  static const Json kNull;
  const Members& all = members();
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const auto& member) { return member.first == name; });
  return found == all.rend() ? kNull : found->second;
}

void Json::AppendTo(std::string* out) const {
  if (is_null()) {
    *out += "null";
  } else if (is_boolean()) {
    *out += std::get<bool>(value_) ? "true" : "false";
  } else if (is_number()) {
    *out += std::get<Number>(value_).spelling;
  } else if (is_string()) {
    AppendJsonString(std::get<std::string>(value_), out);
  } else if (is_array()) {
    AppendJsonArray(elements(), out, [out](const Json& element) { element.AppendTo(out); });
  } else {
    JsonObject object(out);
    for (const auto& [name, value] : members()) value.AppendTo(object.Key(name));
  }
}

}  // namespace leadpulse
