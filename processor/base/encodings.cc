#include "processor/base/encodings.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>

#include <algorithm>

#include "processor/base/text.h"

namespace leadpulse {

std::optional<std::string> FromHex(std::string_view text) {
  if (text.size() % 2 != 0 || !std::ranges::all_of(text, absl::ascii_isxdigit)) return std::nullopt;
  return absl::HexStringToBytes({text.data(), text.size()});
}

std::optional<std::string> FromBase64(std::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(absl::string_view(text.data(), text.size()), &bytes)) return std::nullopt;
  return bytes;
}

std::string PercentEncoded(std::string_view text, std::string_view kept) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsAlphanumeric({&c, 1}, kept)) {
      encoded += c;
    } else {
      encoded.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return encoded;
}

}  // namespace leadpulse
