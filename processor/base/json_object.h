// Writes the members of one JSON object or the elements of an array, commas included. To nest objects, give Key()'s
// string to another JsonObject, and end that one before the next member of this.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/instant.h"
#include "processor/base/value.h"

namespace leadpulse {

// Appends `[a,b,…]`, each element written by `append`.
template <typename Elements, typename Append>
void AppendJsonArray(const Elements& elements, std::string* out, const Append& append) {
  *out += '[';
  bool first = true;
  for (const auto& element : elements) {
    if (!first) *out += ',';
    first = false;
    append(element);
  }
  *out += ']';
}

class JsonObject {
 public:
  // Opens the object; `out` outlives this.
  explicit JsonObject(std::string* out) : out_(out) { *out_ += '{'; }
  // Closes the object if End() has not been called.
  ~JsonObject() { End(); }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  // Appends the key; the caller appends the value.
  std::string* Key(std::string_view key) {
    if (!first_) *out_ += ',';
    first_ = false;
    AppendJsonString(key, out_);
    *out_ += ':';
    return out_;
  }
  void Text(std::string_view key, std::string_view value) { AppendJsonString(value, Key(key)); }
  template <std::integral Integer>
  void Number(std::string_view key, Integer value) {
    *Key(key) += std::to_string(value);
  }
  void Null(std::string_view key) { *Key(key) += "null"; }
  template <std::integral Integer>
  void NumberOrNull(std::string_view key, std::optional<Integer> value) {
    value ? Number(key, *value) : Null(key);
  }
  void TextOrNull(std::string_view key, const std::optional<std::string>& value) {
    value ? Text(key, *value) : Null(key);
  }
  template <typename Range>
  void Texts(std::string_view key, const Range& texts) {
    std::string* const out = Key(key);
    AppendJsonArray(texts, out, [out](std::string_view text) { AppendJsonString(text, out); });
  }
  void Boolean(std::string_view key, bool value) { *Key(key) += value ? "true" : "false"; }
  // Appends RFC 3339; null for Never() and DistantPast().
  void Time(std::string_view key, Instant value) {
    value == Instant::Never() || value == Instant::DistantPast() ? Null(key) : Text(key, FormatRfc3339(value));
  }
  void End() {
    if (out_ != nullptr) *out_ += '}';
    out_ = nullptr;
  }

 private:
  std::string* out_;  // null: ended
  bool first_ = true;
};

}  // namespace leadpulse
