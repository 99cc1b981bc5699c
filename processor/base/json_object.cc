#include "processor/base/json_object.h"

#include <unicode/utf8.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "processor/base/rfc3339.h"

namespace leadpulse {
namespace {

// Appends the escape of a byte that a JSON string cannot hold as it is.
void AppendEscaped(unsigned char c, std::string* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  *out += '\\';
  if (size_t i = kShort.find(static_cast<char>(c)); i != std::string_view::npos) {
    *out += kLetters[i];
    return;
  }
  *out += "u00";
  *out += kHex[c >> 4];
  *out += kHex[c & 15];
}

// The ASCII bytes that need no escape in a JSON string.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

// Whether all bytes of the word are plain. Subtracting sets a byte's high bit if it was smaller; a byte with its high
// bit set is not plain either.
bool IsPlain(uint64_t word) {
  constexpr uint64_t kEach = 0x0101010101010101;
  const uint64_t quote = word ^ kEach * '"', backslash = word ^ kEach * '\\';
  return ((word | (word - kEach * 0x20) | (quote - kEach) | (backslash - kEach)) & kEach * 0x80) == 0;
}

template <typename Word>
Word WordAt(std::string_view text, size_t at) {
  Word word;
  std::memcpy(&word, text.data() + at, sizeof word);
  return word;
}

// Returns a word with all bytes of a text that has less than eight, and perhaps plain ones.
uint64_t ShortWord(std::string_view text) {
  if (text.size() >= sizeof(uint32_t)) {
    return WordAt<uint32_t>(text, 0) | uint64_t{WordAt<uint32_t>(text, text.size() - sizeof(uint32_t))} << 32;
  }
  uint64_t word = 0x2020202020202020;
  for (const char c : text) word = word << 8 | static_cast<uint8_t>(c);
  return word;
}

// Whether all bytes of the text are plain, as in most texts.
bool IsPlain(std::string_view text) {
  if (text.size() < sizeof(uint64_t)) return IsPlain(ShortWord(text));
  const size_t last = text.size() - sizeof(uint64_t);
  for (size_t at = 0; at < last; at += sizeof(uint64_t)) {
    if (!IsPlain(WordAt<uint64_t>(text, at))) return false;
  }
  return IsPlain(WordAt<uint64_t>(text, last));
}

// Appends a JSON string whose bytes are all plain.
void AppendPlain(std::string_view text, std::string* out) {
  std::array<char, 64> quoted;  // most texts are short: one append instead of three
  if (text.size() + 2 > quoted.size()) {
    out->append(1, '"').append(text).append(1, '"');
    return;
  }
  quoted[0] = quoted[text.size() + 1] = '"';
  std::memcpy(&quoted[1], text.data(), text.size());
  out->append(quoted.data(), text.size() + 2);
}

}  // namespace

// Appends a JSON string. Bytes that are not UTF-8 become U+FFFD, because JSON cannot contain them.
void AppendJsonString(std::string_view text, std::string* out) {
  if (IsPlain(text)) return AppendPlain(text, out);
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  *out += '"';
  size_t copied = 0;
  for (size_t i = 0;;) {
    while (i < text.size() && kPlain[bytes[i]]) ++i;
    if (i == text.size()) break;
    const size_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, text.size(), c);
    if (c >= 0x80) continue;
    out->append(text.substr(copied, start - copied));
    copied = i;
    if (c < 0) {
      *out += "\xEF\xBF\xBD";
    } else {
      AppendEscaped(static_cast<unsigned char>(c), out);
    }
  }
  out->append(text.substr(copied)).push_back('"');
}

void JsonObject::PutAnyKey(std::string_view key) {
  if (!std::exchange(first_, false)) Put(",");
  PutText(key);
  Put(":");
}

void JsonObject::PutText(std::string_view text) {
  if (!IsPlain(text) || text.size() + 2 > buffer_.size()) {
    Flush();
    return AppendJsonString(text, out_);
  }
  char* at = MakeRoom(text.size() + 2);
  *at++ = '"';
  std::memcpy(at, text.data(), text.size());
  at[text.size()] = '"';
  used_ += text.size() + 2;
}

void JsonObject::PutNumber(int64_t value) {
  if (value >= 0) return PutNumber(static_cast<uint64_t>(value));
  Put("-");
  PutNumber(uint64_t{0} - static_cast<uint64_t>(value));
}

void JsonObject::PutNumber(uint64_t value) {
  constexpr size_t kMostDigits = 20;
  char* const at = MakeRoom(kMostDigits);
  if (value < 10) {  // most are counts
    *at = static_cast<char>('0' + value);
    ++used_;
  } else {
    used_ += static_cast<size_t>(std::to_chars(at, at + kMostDigits, value).ptr - at);
  }
}

void JsonObject::PutTime(Instant value) {
  if (value == Instant::Never() || value == Instant::DistantPast()) return Put("null");
  char* const at = MakeRoom(kMaxRfc3339Bytes + 2);
  const size_t size = WriteRfc3339(value, at + 1);
  at[0] = at[size + 1] = '"';
  used_ += size + 2;
}

}  // namespace leadpulse
