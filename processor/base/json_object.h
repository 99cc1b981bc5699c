// Writes the members of one JSON object or the elements of an array, commas included. Nesting: give Key()'s string to
// another JsonObject.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "processor/base/instant.h"
#include "processor/base/value.h"

namespace leadpulse {

class JsonObject {
 public:
  // Opens the object; `out` outlives this.
  explicit JsonObject(std::string* out) : out_(out) { *out_ += '{'; }

  // Appends the key; the caller appends the value.
  std::string* Key(std::string_view key) {
    if (!first_) *out_ += ',';
    first_ = false;
    AppendJsonString(key, out_);
    *out_ += ':';
    return out_;
  }
  void Text(std::string_view key, std::string_view value) { AppendJsonString(value, Key(key)); }
  void Number(std::string_view key, int64_t value) { *Key(key) += std::to_string(value); }
  void Boolean(std::string_view key, bool value) { *Key(key) += value ? "true" : "false"; }
  // RFC 3339; null for Never() and DistantPast().
  void Time(std::string_view key, Instant value) {
    if (value == Instant::Never() || value == Instant::DistantPast()) {
      *Key(key) += "null";
    } else {
      Text(key, FormatRfc3339(value));
    }
  }
  void End() { *out_ += '}'; }

 private:
  std::string* out_;
  bool first_ = true;
};

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

}  // namespace leadpulse
