// Writes the members of one JSON object or the elements of an array, commas included. To nest objects, give Key()'s
// string to another JsonObject, and end that one before the next member of this. The string has all that was written
// after Key and at the end.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "processor/base/assert.h"
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

// The key of a member, a view.
class JsonKey {
 public:
  constexpr JsonKey() = default;
  template <size_t size>
  consteval JsonKey(const char (&literal)[size])  // NOLINT(google-explicit-constructor)
      : JsonKey(OfName({literal, size - 1})) {}
  template <std::convertible_to<std::string_view> Text>
  JsonKey(const Text& text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  // Returns a key of the program's own, which needs no escape. This is asserted, so it is for keys that are used often.
  static constexpr JsonKey OfName(std::string_view name) {
    for (const char c : name) LP_ASSERT(c >= ' ' && c <= '~' && c != '"' && c != '\\');
    JsonKey key;
    key.text_ = name;
    key.is_plain_ = true;
    return key;
  }

  std::string_view text() const { return text_; }
  bool is_plain() const { return is_plain_; }

 private:
  std::string_view text_;
  bool is_plain_ = false;
};

class JsonObject {
 public:
  // Opens the object; `out` outlives this.
  explicit JsonObject(std::string* out) : out_(out) { Put("{"); }
  // Closes the object if End() has not been called.
  ~JsonObject() { End(); }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  // Appends the key; the caller appends the value.
  std::string* Key(JsonKey key) {
    PutKey(key);
    Flush();
    return out_;
  }
  [[gnu::always_inline]] void Text(JsonKey key, std::string_view value) {
    PutKey(key);
    PutText(value);
  }
  template <std::integral Integer>
  [[gnu::always_inline]] void Number(JsonKey key, Integer value) {
    PutKey(key);
    using Widest = std::conditional_t<std::is_signed_v<Integer>, int64_t, uint64_t>;
    PutNumber(Widest{value});
  }
  void Null(JsonKey key) {
    PutKey(key);
    Put("null");
  }
  template <std::integral Integer>
  void NumberOrNull(JsonKey key, std::optional<Integer> value) {
    value ? Number(key, *value) : Null(key);
  }
  void TextOrNull(JsonKey key, std::optional<std::string_view> value) { value ? Text(key, *value) : Null(key); }
  template <typename Range>
  [[gnu::always_inline]] void Texts(JsonKey key, const Range& texts) {
    PutKey(key);
    PutTexts(texts);
  }
  [[gnu::always_inline]] void Boolean(JsonKey key, bool value) {
    PutKey(key);
    value ? Put("true") : Put("false");
  }
  // Appends RFC 3339; null for Never() and DistantPast().
  void Time(JsonKey key, Instant value) {
    PutKey(key);
    PutTime(value);
  }
  void End() {
    if (out_ == nullptr) return;
    Put("}");
    Flush();
    out_ = nullptr;
  }

 private:
  template <typename Range>
  void PutTexts(const Range& texts) {
    Put("[");
    bool first = true;
    for (std::string_view text : texts) {
      if (!first) Put(",");
      first = false;
      PutText(text);
    }
    Put("]");
  }
  // Puts the key. Inlined, so that a literal is copied without a call.
  [[gnu::always_inline]] void PutKey(JsonKey key) {
    const std::string_view text = key.text();
    if (!key.is_plain()) return PutAnyKey(text);
    char* at = MakeRoom(text.size() + 4);
    if (!std::exchange(first_, false)) *at++ = ',';
    *at++ = '"';
    std::memcpy(at, text.data(), text.size());
    at += text.size();
    *at++ = '"';
    *at++ = ':';
    used_ = static_cast<size_t>(at - buffer_.data());
  }
  void PutAnyKey(std::string_view key);
  void PutText(std::string_view text);
  void PutNumber(int64_t value);
  void PutNumber(uint64_t value);
  void PutTime(Instant value);
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
