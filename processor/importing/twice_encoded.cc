#include "processor/importing/twice_encoded.h"

#include <algorithm>
#include <array>

#include "processor/base/text.h"
#include "schemas/codec/record_checks.h"

namespace leadpulse::importing {
namespace {

constexpr size_t kQuotedBytes = 60;  // of a cell

// Of windows-1252, the characters of the bytes from 0x80 to 0x9F; 0: the byte is its own character.
constexpr std::array<char32_t, 32> kOfWindows = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                                 0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

// Takes the first character, which is beyond ASCII, of a text in UTF-8.
char32_t TakeCharacter(std::string_view* text) {
  const auto first = static_cast<unsigned char>(text->front());
  const size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t character = first & (0xFF >> (size + 1));
  for (size_t i = 1; i < size; ++i) character = character << 6 | (static_cast<unsigned char>((*text)[i]) & 0x3F);
  text->remove_prefix(size);
  return character;
}

// Returns the byte of a character in windows-1252.
std::optional<char> ByteOf(char32_t character) {
  const auto* const found = std::ranges::find(kOfWindows, character);
  if (found != kOfWindows.end()) return static_cast<char>(0x80 + (found - kOfWindows.begin()));
  return character < 0x100 ? std::optional(static_cast<char>(character)) : std::nullopt;
}

}  // namespace

std::optional<std::string> EncodedOnce(std::string_view text) {
  if (IsAscii(text) || !IsUtf8(text)) return std::nullopt;
  std::string once;
  while (!text.empty()) {
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      once += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::optional<char> byte = ByteOf(TakeCharacter(&text));
    if (!byte) return std::nullopt;
    once += *byte;
  }
  return IsUtf8(once) ? std::optional(std::move(once)) : std::nullopt;
}

void TwiceEncoded::Add(std::string_view cell) {
  if (IsAscii(cell)) return;
  const bool is_twice = EncodedOnce(cell).has_value();
  (is_twice ? twice_ : once_) += 1;
  if (is_twice && first_.empty()) first_ = cell;
}

std::optional<Problem> TwiceEncoded::Ask() const {
  if (twice_ < 2 || twice_ <= once_) return std::nullopt;
  const std::string cell(Utf8Prefix(first_, kQuotedBytes));
  return Problem{Concat({"its text was encoded twice: ", codec::Quoted(cell), " should be ",
                         codec::Quoted(EncodedOnce(cell).value_or("another text")),
                         "; save the file again, from where its letters are right, as UTF-8"}),
                 {},
                 {"encoding", "", "UTF-8"},
                 {{"UTF-8", cell}}};
}

}  // namespace leadpulse::importing
