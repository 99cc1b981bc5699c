#include "processor/base/address.h"

#include <algorithm>

#include "processor/base/text.h"

namespace leadpulse {

std::string NormalizeAddress(std::string_view email) {
  std::string normalized;
  NormalizeAddress(email, &normalized);
  return normalized;
}

void NormalizeAddress(std::string_view email, std::string* out) {
  out->assign(TrimAsciiSpace(email));
  for (char& c : *out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

bool IsAddress(std::string_view normalized) {
  return normalized.find('@') != std::string_view::npos && IsEmailText(normalized);
}

bool IsMailboxId(std::string_view id) {
  if (id.find('@') == std::string_view::npos || TrimAsciiSpace(id).size() != id.size()) return false;
  return std::none_of(id.begin(), id.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool IsEmailText(std::string_view trimmed) {
  const auto separates = [](char c) { return IsAsciiSpace(c) || c == ',' || c == ';' || c == '<' || c == '>'; };
  return trimmed.size() <= kMaxAddressBytes && std::none_of(trimmed.begin(), trimmed.end(), separates);
}

}  // namespace leadpulse
