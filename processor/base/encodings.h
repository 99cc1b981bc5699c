// Bytes that are written as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace leadpulse {

// Decodes a text; nullopt if it is not in that encoding. Hexadecimal digits in either case; base64 with or without
// padding.
std::optional<std::string> FromHex(std::string_view text);
std::optional<std::string> FromBase64(std::string_view text);

// Escapes each byte by `%` and two hexadecimal digits (RFC 3986 §2.1), except ASCII letters, digits and those of
// `kept`.
std::string PercentEncoded(std::string_view text, std::string_view kept);

}  // namespace leadpulse
