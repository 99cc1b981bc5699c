#include "processor/base/address.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "processor/base/text.h"

namespace leadpulse {
namespace {

// A table, because every record with an address looks up each of its characters.
constexpr std::array<bool, 256> kSeparators = [] {
  std::array<bool, 256> separators{};
  for (const char c : std::string_view(" \t\n\v\f\r,;<>")) separators[static_cast<unsigned char>(c)] = true;
  return separators;
}();

bool Separates(char c) { return kSeparators[static_cast<unsigned char>(c)]; }

// Unicode spaces that do not break, marks without width, marks of the direction of writing.
constexpr std::string_view kInvisible[] = {"\u00a0", "\u00ad", "\u200b", "\u200c", "\u200d", "\u200e",
                                           "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
                                           "\u202f", "\u2060", "\u3000", "\ufeff"};

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

bool IsPlausibleAddress(std::string_view normalized) {
  const size_t at = normalized.find('@');
  if (!IsAddress(normalized) || at == 0 || normalized.find('@', at + 1) != std::string_view::npos) return false;
  const std::string_view domain = normalized.substr(at + 1);
  if (domain.empty() || domain.starts_with('.') || domain.find("..") != std::string_view::npos) return false;
  const char last = domain.back();
  const bool ends_well = static_cast<signed char>(last) < 0 || IsAlphanumeric({&last, 1}, "]");
  return ends_well && normalized.find_first_of("\":") == std::string_view::npos &&
         std::ranges::none_of(kInvisible, [&](auto mark) { return normalized.find(mark) != std::string_view::npos; });
}

std::string_view WithoutInvisible(std::string_view text) {
  for (size_t before = text.size() + 1; text.size() < before;) {
    before = text.size();
    for (const std::string_view mark : kInvisible) {
      if (text.starts_with(mark)) text.remove_prefix(mark.size());
      if (text.ends_with(mark)) text.remove_suffix(mark.size());
    }
    text = TrimAsciiSpace(text);
  }
  return text;
}

std::string ParseAddress(std::string_view text) {
  const size_t open = text.rfind('<');
  const size_t close = text.rfind('>');
  if (open != std::string_view::npos && close != std::string_view::npos && open < close) {
    text = text.substr(open + 1, close - open - 1);
  }
  text = WithoutInvisible(text);
  return text.find('@') == std::string_view::npos ? "" : AsciiLower(text);
}

bool IsMailboxId(std::string_view id) {
  if (id.find('@') == std::string_view::npos || TrimAsciiSpace(id).size() != id.size()) return false;
  return std::ranges::none_of(id, absl::ascii_isupper);
}

bool IsEmailText(std::string_view trimmed) {
  return trimmed.size() <= kMaxAddressBytes && std::ranges::none_of(trimmed, Separates);
}

}  // namespace leadpulse
