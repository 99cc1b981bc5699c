#include "processor/base/address.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "absl/strings/ascii.h"
#include "processor/base/normal_domain.h"
#include "processor/base/normal_text.h"
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

// What a character of an address may mean for its form. A table for the same reason.
constexpr uint8_t kIsAt = 1, kIsUpper = 2, kIsHyphen = 4, kIsNotAscii = 8;
constexpr std::array<uint8_t, 256> kMeanings = [] {
  std::array<uint8_t, 256> meanings{};
  for (size_t c = 'A'; c <= 'Z'; ++c) meanings[c] = kIsUpper;
  for (size_t c = 0x80; c < meanings.size(); ++c) meanings[c] = kIsNotAscii;
  meanings['@'] = kIsAt;
  meanings['-'] = kIsHyphen;
  return meanings;
}();

uint8_t MeaningsOf(std::string_view text) {
  uint8_t meanings = 0;
  for (const char c : text) meanings |= kMeanings[static_cast<unsigned char>(c)];
  return meanings;
}

// Unicode spaces that do not break, marks without width, marks of the direction of writing.
constexpr std::string_view kInvisible[] = {"\u00a0", "\u00ad", "\u200b", "\u200c", "\u200d", "\u200e",
                                           "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
                                           "\u202f", "\u2060", "\u3000", "\ufeff"};

// Quotation marks that word processors put around an address.
constexpr std::string_view kQuotes[] = {"\u201c", "\u201d", "\u201e", "\u201f", "\u2018", "\u2019", "\u201a",
                                        "\u201b", "\u00ab", "\u00bb", "\u2039", "\u203a", "\uff02"};

// Whether only its ASCII letters and the white space at its ends keep the text from its normal form.
bool IsPlain(std::string_view text, uint8_t meanings) {
  return (meanings & kIsNotAscii) == 0 && ((meanings & kIsHyphen) == 0 || !MayHoldEncodedLabel(text));
}

// Brings the part before the `@` into its normal form. NFC comes first, so that a capital and its mark are one letter
// however they were written (Å stays). Lower letters compose with marks with which capitals do not (ẖ), and a capital
// may appear by NFC (the Kelvin sign is K): both come to rest within two rounds.
std::string NormalLocalPart(std::string_view local) {
  if (IsAscii(local)) return AsciiLower(local);
  std::string normal(local);
  while (true) {
    std::string next = AsciiLower(Nfc(normal));
    if (next == normal) return normal;
    normal = std::move(next);
  }
}

// A longer text is no address. ICU takes time that grows with the square of the number of combining marks.
constexpr size_t kMostNormalizedBytes = 1024;

// Returns the text without these marks and ASCII white space at its ends.
std::string_view WithoutMarks(std::string_view text, std::span<const std::string_view> marks) {
  for (size_t before = text.size() + 1; text.size() < before;) {
    before = text.size();
    for (const std::string_view mark : marks) {
      if (text.starts_with(mark)) text.remove_prefix(mark.size());
      if (text.ends_with(mark)) text.remove_suffix(mark.size());
    }
    text = TrimAsciiSpace(text);
  }
  return text;
}

// Returns the address in a text as SpelledAddress does, with its letters as they are written.
std::string_view WrittenAddress(std::string_view text) {
  const size_t open = text.rfind('<');
  const size_t close = text.rfind('>');
  if (open != std::string_view::npos && close != std::string_view::npos && open < close) {
    text = text.substr(open + 1, close - open - 1);
  }
  text = WithoutMarks(WithoutMarks(WithoutInvisible(text), kQuotes), kInvisible);
  return text.find('@') == std::string_view::npos ? std::string_view() : text;
}

std::string NormalizeUtf8(std::string_view email) {
  const std::string seen = RemoveHiddenMarks(email);
  const std::string_view trimmed = TrimSpace(seen);
  const size_t at = trimmed.rfind('@');
  std::string normal = NormalLocalPart(trimmed.substr(0, at));
  if (at == std::string_view::npos) return normal;
  normal += '@';
  normal += NormalDomain(trimmed.substr(at + 1));
  // UTS 46 leaves out some characters, and a space may have stood before them.
  return std::string(TrimSpace(normal));
}

}  // namespace

std::string NormalizeAddress(std::string_view email) {
  std::string normalized;
  NormalizeAddress(email, &normalized);
  return normalized;
}

void NormalizeAddress(std::string_view email, std::string* out) {
  const std::string_view trimmed = TrimAsciiSpace(email);
  const uint8_t meanings = MeaningsOf(email);
  if (trimmed.size() > kMostNormalizedBytes || IsPlain(email, meanings) || !IsUtf8(email)) {
    out->assign(trimmed);
    if ((meanings & kIsUpper) != 0) absl::AsciiStrToLower(out);
  } else {
    *out = NormalizeUtf8(email);
  }
}

std::string FormerAddress(std::string_view email) { return AsciiLower(TrimAsciiSpace(email)); }

bool IsAddress(std::string_view normalized) {
  return normalized.find('@') != std::string_view::npos && IsEmailText(normalized);
}

bool IsPlausibleAddress(std::string_view normalized) {
  const size_t at = normalized.find('@');
  if (!IsAddress(normalized) || at == 0 || normalized.find('@', at + 1) != std::string_view::npos) return false;
  const std::string_view domain = normalized.substr(at + 1);
  if (domain.empty() || domain.starts_with('.') || domain.find("..") != std::string_view::npos) return false;
  const auto holds = [&](std::string_view mark) { return normalized.find(mark) != std::string_view::npos; };
  const char last = domain.back();
  const bool ends_well = static_cast<signed char>(last) < 0 || IsAlphanumeric({&last, 1}, "]");
  return ends_well && normalized.find_first_of("\":") == std::string_view::npos &&
         std::ranges::none_of(kInvisible, holds) && std::ranges::none_of(kQuotes, holds);
}

std::string_view WithoutInvisible(std::string_view text) { return WithoutMarks(text, kInvisible); }

std::string SpelledAddress(std::string_view text) {
  const std::string_view written = WrittenAddress(text);
  if (written.size() > kMostNormalizedBytes || IsAscii(written) || !IsUtf8(written)) return AsciiLower(written);
  const size_t at = written.rfind('@');
  return NormalLocalPart(RemoveHiddenMarks(written.substr(0, at))) + AsciiLower(written.substr(at));
}

std::string ParseAddress(std::string_view text) { return NormalizeAddress(WrittenAddress(text)); }

bool IsMailboxId(std::string_view id) {
  const uint8_t meanings = MeaningsOf(id);
  if ((meanings & (kIsAt | kIsUpper)) != kIsAt || TrimAsciiSpace(id).size() != id.size()) return false;
  return IsPlain(id, meanings) || NormalizeAddress(id) == id;
}

bool IsEmailText(std::string_view trimmed) {
  return trimmed.size() <= kMaxAddressBytes && std::ranges::none_of(trimmed, Separates);
}

}  // namespace leadpulse
