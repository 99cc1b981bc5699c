// Writes the members of one JSON object or the elements of an array, commas included. To nest objects, give Key()'s
// string to another JsonObject, and end that one before the next member of this. The string has all that was written
// after Key and at the end.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstring>
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
  explicit JsonObject(std::string* out) : out_(out) { Put("{"); }
  // Closes the object if End() has not been called.
  ~JsonObject() { End(); }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  // Appends the key; the caller appends the value.
  std::string* Key(std::string_view key) {
    PutKey(key);
    Flush();
    return out_;
  }
  void Text(std::string_view key, std::string_view value) {
    PutKey(key);
    PutText(value);
  }
  template <std::integral Integer>
  void Number(std::string_view key, Integer value) {
    constexpr size_t kMostDigits = 20;  // with a sign
    PutKey(key);
    char* const at = MakeRoom(kMostDigits);
    used_ += static_cast<size_t>(std::to_chars(at, at + kMostDigits, value).ptr - at);
  }
  void Null(std::string_view key) {
    PutKey(key);
    Put("null");
  }
  template <std::integral Integer>
  void NumberOrNull(std::string_view key, std::optional<Integer> value) {
    value ? Number(key, *value) : Null(key);
  }
  void TextOrNull(std::string_view key, const std::optional<std::string>& value) {
    value ? Text(key, *value) : Null(key);
  }
  template <typename Range>
  void Texts(std::string_view key, const Range& texts) {
    PutKey(key);
    Put("[");
    bool first = true;
    for (std::string_view text : texts) {
      if (!first) Put(",");
      first = false;
      PutText(text);
    }
    Put("]");
  }
  void Boolean(std::string_view key, bool value) {
    PutKey(key);
    Put(value ? "true" : "false");
  }
  // Appends RFC 3339; null for Never() and DistantPast().
  void Time(std::string_view key, Instant value);
  void End() {
    if (out_ == nullptr) return;
    Put("}");
    Flush();
    out_ = nullptr;
  }

 private:
  void PutKey(std::string_view key);
  void PutText(std::string_view text);
  // Puts a few characters.
  void Put(std::string_view text) {
    std::memcpy(MakeRoom(text.size()), text.data(), text.size());
    used_ += text.size();
  }
  // Returns where at most buffer_.size() bytes can be put.
  char* MakeRoom(size_t bytes) {
    if (bytes > buffer_.size() - used_) Flush();
    return buffer_.data() + used_;
  }
  void Flush() {
    out_->append(buffer_.data(), used_);
    used_ = 0;
  }

  std::string* out_;  // null: ended
  bool first_ = true;
  // What comes next in `out_`: an append of each part would cost more than the part.
  std::array<char, 256> buffer_;
  size_t used_ = 0;  // how much of it
};

}  // namespace leadpulse
