// Which encoding a file's bytes are in, where nobody says.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace leadpulse::csv {

// Windows-1252 is read for Latin-1, too, as browsers do: it has all of its letters.
enum class Encoding : uint8_t { kUtf8, kUtf16Le, kUtf16Be, kWindows1252 };

std::string_view EncodingName(Encoding encoding);  // `UTF-8`, as ICU knows it
// `utf-8`, `utf8`, `UTF-16LE`, `latin1`, `windows-1252`, … in any case. Nothing: unknown.
std::optional<Encoding> EncodingFromName(std::string_view name);

struct ByteOrderMark {
  Encoding encoding;
  size_t size;
};
std::optional<ByteOrderMark> FindByteOrderMark(std::string_view beginning);

// UTF-16 without a mark, by the zeros beside the ASCII characters that a header has. Nothing: it is another.
std::optional<Encoding> DetectUtf16(std::string_view beginning);

// UTF-8 or Windows-1252, by bytes that begin with one that is not ASCII; `whole`: no more of them follow. UTF-8 where
// more characters fit it than bytes do not: one damaged character does not turn a file into another, and text in
// Windows-1252 hardly ever fits.
Encoding DetectEightBit(std::string_view bytes, bool whole);

}  // namespace leadpulse::csv
