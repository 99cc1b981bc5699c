// Detects the encoding of a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace leadpulse::csv {

// Windows-1252 also stands for Latin-1, as in browsers: it has all of its letters.
enum class Encoding : uint8_t { kUtf8, kUtf16Le, kUtf16Be, kWindows1252 };

std::string_view EncodingName(Encoding encoding);  // `UTF-8`, as ICU knows it
// `utf-8`, `utf8`, `UTF-16LE`, `latin1`, `windows-1252`, … in any case. nullopt if unknown.
std::optional<Encoding> EncodingFromName(std::string_view name);

struct ByteOrderMark {
  Encoding encoding;
  size_t size;
};
std::optional<ByteOrderMark> FindByteOrderMark(std::string_view beginning);

// UTF-16 without a mark, recognised by the zeros next to ASCII characters. nullopt for any other encoding.
std::optional<Encoding> DetectUtf16(std::string_view beginning);

// UTF-8 or Windows-1252, by bytes that begin with one beyond ASCII. `whole`: no more bytes follow. UTF-8 if more
// characters fit it than bytes do not: one damaged character does not change the result, and text in Windows-1252
// hardly ever fits.
Encoding DetectEightBit(std::string_view bytes, bool whole);

}  // namespace leadpulse::csv
