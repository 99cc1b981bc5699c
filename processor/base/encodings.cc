#include "processor/base/encodings.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>

#include <algorithm>

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

}  // namespace leadpulse
