#include "processor/base/normal_domain.h"

#include <unicode/bytestream.h>
#include <unicode/idna.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "processor/base/address.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"

namespace leadpulse {
namespace {

// The errors for which UTS 46 does not accept a domain. The others are about what DNS can hold.
constexpr uint32_t kRefusals =
    UIDNA_ERROR_DISALLOWED | UIDNA_ERROR_LEADING_COMBINING_MARK | UIDNA_ERROR_PUNYCODE | UIDNA_ERROR_INVALID_ACE_LABEL;

const icu::IDNA& Uts46() {
  static const icu::IDNA* const instance = [] {
    UErrorCode error = U_ZERO_ERROR;
    constexpr uint32_t kOptions = UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE;
    const icu::IDNA* made = icu::IDNA::createUTS46Instance(kOptions, error);
    LP_ASSERT(U_SUCCESS(error));
    return made;
  }();
  return *instance;
}

using Conversion = void (icu::IDNA::*)(icu::StringPiece, icu::ByteSink&, icu::IDNAInfo&, UErrorCode&) const;

// Converts a domain; nullopt: UTS 46 does not accept it.
std::optional<std::string> Convert(Conversion conversion, const std::string& domain) {
  std::string converted;
  icu::StringByteSink<std::string> sink(&converted);
  icu::IDNAInfo info;
  UErrorCode error = U_ZERO_ERROR;
  (Uts46().*conversion)(domain, sink, info, error);
  if (U_FAILURE(error) || (info.getErrors() & kRefusals) != 0) return std::nullopt;
  return converted;
}

// Maps the capital sharp s as Unicode 15.1 and later do.
std::string WithSharpS(std::string_view domain) {
  constexpr std::string_view kCapital = "\u1e9e", kSmall = "\u00df";
  std::string mapped;
  for (size_t at = domain.find(kCapital); at != std::string_view::npos; at = domain.find(kCapital)) {
    mapped.append(domain.substr(0, at)).append(kSmall);
    domain.remove_prefix(at + kCapital.size());
  }
  mapped.append(domain);
  return mapped;
}

size_t CountCodePoints(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

// Encodes a domain; nullopt: UTS 46 does not accept it. One that is too long for an address is mapped only, because the
// time of encoding grows with the square of the length. It stays too long: an encoded character takes a byte or more.
std::optional<std::string> Encode(const std::string& domain) {
  if (domain.size() <= kMaxAddressBytes) {
    std::optional<std::string> encoded = Convert(&icu::IDNA::nameToASCII_UTF8, domain);
    if (!encoded || encoded->size() <= kMaxAddressBytes) return encoded;
  }
  std::optional<std::string> mapped = Convert(&icu::IDNA::nameToUnicodeUTF8, domain);
  if (!mapped || CountCodePoints(*mapped) > kMaxAddressBytes) return mapped;
  return Convert(&icu::IDNA::nameToASCII_UTF8, *mapped);
}

}  // namespace

std::string NormalDomain(std::string_view domain) {
  if (IsAscii(domain) && !MayHoldEncodedLabel(domain)) return AsciiLower(domain);
  std::optional<std::string> encoded = Encode(WithSharpS(domain));
  return encoded ? *std::move(encoded) : AsciiLower(domain);
}

std::string DomainInUnicode(const std::string& normalized) {
  if (!MayHoldEncodedLabel(normalized)) return normalized;
  return Convert(&icu::IDNA::nameToUnicodeUTF8, normalized).value_or(normalized);
}

bool MayHoldEncodedLabel(std::string_view text) {
  constexpr std::string_view kHyphens = "--";
  for (size_t at = text.find(kHyphens, 2); at != std::string_view::npos; at = text.find(kHyphens, at + 1)) {
    if ((text[at - 2] | 0x20) == 'x' && (text[at - 1] | 0x20) == 'n') return true;
  }
  return false;
}

}  // namespace leadpulse
