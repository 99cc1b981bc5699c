#include "processor/base/mailbox_syntax.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

#include "absl/strings/ascii.h"
#include "processor/base/address.h"
#include "processor/base/normal_domain.h"
#include "processor/base/text.h"

namespace leadpulse {
namespace {

// Whether UTF-8 text has a control, a space, a mark that nobody sees, or a quotation mark that is not ASCII. Joiners
// belong to words of some scripts.
bool HasUnseenOrQuotes(std::string_view text) {
  constexpr UChar32 kNonJoiner = 0x200c, kJoiner = 0x200d;
  const auto length = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < length;) {
    UChar32 point = 0;
    U8_NEXT(text.data(), i, length, point);
    if (point < 0) return true;
    if (point == kNonJoiner || point == kJoiner) continue;
    const uint32_t none = U_GC_Z_MASK | U_GC_CC_MASK | U_GC_CF_MASK | U_GC_PI_MASK | U_GC_PF_MASK;
    if ((U_GET_GC_MASK(point) & none) != 0) return true;
  }
  return false;
}

bool IsAscii(char c) { return static_cast<signed char>(c) >= 0; }

// Whether the predicate holds for each part between dots.
template <typename Predicate>
bool HoldsForParts(std::string_view text, const Predicate& holds) {
  for (size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!holds(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return holds(text);
}

// Whether a part is not empty, and all its ASCII characters are letters, digits or one of `marks`.
bool IsAtom(std::string_view part, std::string_view marks) {
  return !part.empty() && std::ranges::all_of(part, [marks](char c) {
    return !IsAscii(c) || IsAlphanumeric({&c, 1}, marks);
  });
}

bool IsDotAtom(std::string_view local) {
  return HoldsForParts(local, [](std::string_view atom) { return IsAtom(atom, "!#$%&'*+-/=?^_`{|}~"); });
}

bool IsQuotedString(std::string_view local) {
  if (local.size() < 2 || !local.starts_with('"') || !local.ends_with('"')) return false;
  local = local.substr(1, local.size() - 2);
  for (size_t i = 0; i < local.size(); ++i) {
    const bool is_escaped = local[i] == '\\';
    if (is_escaped && ++i == local.size()) return false;
    const bool is_plain = is_escaped || local[i] != '"';
    if (!is_plain || (IsAscii(local[i]) && !absl::ascii_isprint(local[i]))) return false;
  }
  return true;
}

// Whether the text between brackets is an IP address.
bool IsAddressLiteral(std::string_view inside) {
  constexpr std::string_view kIpv6 = "ipv6:";
  const bool is_ipv6 = AsciiLower(inside.substr(0, kIpv6.size())) == kIpv6;
  const std::string number(inside.substr(is_ipv6 ? kIpv6.size() : 0));
  in6_addr parsed{};
  return inet_pton(is_ipv6 ? AF_INET6 : AF_INET, number.c_str(), &parsed) == 1;
}

// Whether no character is punctuation, except those that words of some scripts need (RFC 5892, appendix A.3 to A.7).
bool HasNoPunctuation(std::string_view domain) {
  constexpr UChar32 kWordMarks[] = {'.', '-', 0x00b7, 0x0375, 0x05f3, 0x05f4, 0x30fb};
  const auto length = static_cast<int32_t>(domain.size());
  for (int32_t i = 0; i < length;) {
    UChar32 point = 0;
    U8_NEXT(domain.data(), i, length, point);
    const bool is_mark = (U_GET_GC_MASK(point) & U_GC_P_MASK) != 0;
    if (is_mark && std::ranges::find(kWordMarks, point) == std::end(kWordMarks)) return false;
  }
  return true;
}

bool IsDomain(std::string_view domain) {
  if (!HasNoPunctuation(DomainInUnicode(std::string(domain)))) return false;
  constexpr size_t kMostOfLabel = 63;  // bytes; a label that is not ASCII has another length in DNS
  return HoldsForParts(domain, [](std::string_view label) {
    const bool fits = label.size() <= kMostOfLabel || !std::ranges::all_of(label, IsAscii);
    return fits && IsAtom(label, "-") && !label.starts_with('-') && !label.ends_with('-');
  });
}

}  // namespace

bool HasMailboxSyntax(std::string_view normalized) {
  constexpr size_t kMostOfLocal = 64, kMostOfDomain = 255;  // bytes (RFC 5321 §4.5.3.1)
  const size_t at = normalized.rfind('@');
  if (!IsAddress(normalized) || HasUnseenOrQuotes(normalized)) return false;
  const std::string_view local = normalized.substr(0, at), domain = normalized.substr(at + 1);
  if (local.size() > kMostOfLocal || domain.size() > kMostOfDomain) return false;
  if (!IsDotAtom(local) && !IsQuotedString(local)) return false;
  if (!domain.starts_with('[')) return IsDomain(domain);
  return domain.ends_with(']') && IsAddressLiteral(domain.substr(1, domain.size() - 2));
}

bool IsEnteredAddress(std::string_view text) {
  const std::string address = NormalizeAddress(text);
  return HasMailboxSyntax(address) && NormalizeAddress(WithoutInvisible(text)) == address;
}

}  // namespace leadpulse
