#include "processor/base/address.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "processor/base/text.h"

namespace leadpulse {
namespace {

// A look-up, because every record with an address asks for each of its characters.
constexpr std::array<bool, 256> kSeparators = [] {
  std::array<bool, 256> separators{};
  for (const char c : std::string_view(" \t\n\v\f\r,;<>")) separators[static_cast<unsigned char>(c)] = true;
  return separators;
}();

bool Separates(char c) { return kSeparators[static_cast<unsigned char>(c)]; }

}  // namespace

std::string NormalizeAddress(std::string_view email) {
  std::string normalized;
  NormalizeAddress(email, &normalized);
  return normalized;
}

void NormalizeAddress(std::string_view email, std::string* out) {
  out->assign(TrimAsciiSpace(email));
  absl::AsciiStrToLower(out);
}

bool IsAddress(std::string_view normalized) {
  return normalized.find('@') != std::string_view::npos && IsEmailText(normalized);
}

bool IsMailboxId(std::string_view id) {
  if (id.find('@') == std::string_view::npos || TrimAsciiSpace(id).size() != id.size()) return false;
  return std::ranges::none_of(id, absl::ascii_isupper);
}

bool IsEmailText(std::string_view trimmed) {
  return trimmed.size() <= kMaxAddressBytes && std::ranges::none_of(trimmed, Separates);
}

}  // namespace leadpulse
