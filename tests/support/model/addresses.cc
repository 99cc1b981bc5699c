#include "tests/support/model/addresses.h"

#include <unicode/uidna.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/support/model/check.h"
#include "tests/support/model/text.h"
#include "tests/support/model/value.h"

namespace leadpulse::model {
namespace {

constexpr size_t kLongestAddress = 320;
// White space, and separators and brackets of addresses.
constexpr char kNeverInside[] = " \t\n\v\f\r,;<>";

bool HasAt(const std::string& text) { return text.find('@') != std::string::npos; }

bool IsWellFormed(const std::string& normal) {
  return normal.size() <= kLongestAddress && normal.find_first_of(kNeverInside) == std::string::npos;
}

std::string SmallAscii(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Returns the part before the @ in its form. Composing comes first, because a capital with a mark is another letter
// than the small one with it. It may make a capital (the Kelvin sign), and small letters may compose where capitals do
// not.
std::string SmallAsciiAndComposed(const std::string& text) { return Compose(SmallAscii(Compose(text))); }

// Returns the ASCII form of UTS 46. Since Unicode 15.1, which ICU may not know yet, the capital sharp s is the small
// one.
std::string NormalDomain(const std::string& domain) {
  icu::UnicodeString sent = icu::UnicodeString::fromUTF8(domain);
  sent.findAndReplace(icu::UnicodeString(UChar32{0x1E9E}), icu::UnicodeString(UChar32{0xDF}));
  UErrorCode error = U_ZERO_ERROR;
  static UIDNA* const idna = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII, &error);
  std::vector<UChar> ascii(static_cast<size_t>(sent.length()) * 24 + 64);
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  const int32_t length = uidna_nameToASCII(idna, sent.getBuffer(), sent.length(), ascii.data(),
                                           static_cast<int32_t>(ascii.size()), &info, &error);
  const uint32_t refusals = UIDNA_ERROR_DISALLOWED | UIDNA_ERROR_LEADING_COMBINING_MARK | UIDNA_ERROR_PUNYCODE |
                            UIDNA_ERROR_INVALID_ACE_LABEL;
  if (U_FAILURE(error) || (info.errors & refusals) != 0) return SmallAscii(domain);
  std::string normal;
  icu::UnicodeString(ascii.data(), length).toUTF8String(normal);
  return normal;
}

}  // namespace

std::string NormalAddress(const std::string& text) {
  const bool is_ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii && text.find("--") == std::string::npos) return SmallAscii(TrimAscii(text));
  const std::string seen = is_ascii ? TrimAscii(text) : TrimUnicode(WithoutMarks(text));
  const size_t at = seen.rfind('@');
  std::string normal = SmallAsciiAndComposed(seen.substr(0, at));
  if (at != std::string::npos) normal += "@" + NormalDomain(seen.substr(at + 1));
  return is_ascii ? TrimAscii(normal) : TrimUnicode(normal);
}

std::string NamedAddress(const std::string& email) {
  const std::string normal = NormalAddress(email);
  return HasAt(normal) && IsWellFormed(normal) ? normal : "";
}

bool IsInvalidEmail(const Json& sent) {
  if (Unsets(sent)) return false;
  return !sent.is_string() || !IsWellFormed(NormalAddress(NormalText(sent.get<std::string>())));
}

bool IsMailbox(const std::string& lead_id) { return HasAt(lead_id) && NormalAddress(lead_id) == lead_id; }

std::string SentAddressOf(const Lead& lead) {
  const auto sent = lead.attributes.find("email");
  if (sent != lead.attributes.end() && sent->second.is_string()) {
    auto email = sent->second.get<std::string>();
    if (HasAt(email)) return email;
  }
  return HasAt(lead.id) ? lead.id : "";
}

std::string MailAddressOf(const Lead& lead) { return NormalAddress(SentAddressOf(lead)); }

std::string UsedAddressOf(const Lead& lead) {
  const std::string address = MailAddressOf(lead);
  return address == lead.id ? "" : address;
}

std::string LastAddressOf(const Lead& lead) {
  std::string address = MailAddressOf(lead);
  if (!address.empty()) return address;
  return HasAt(lead.last_address) ? NormalAddress(lead.last_address) : "";
}

Belonging BelongingOf(const Event& event, const Lead& lead) {
  const std::string named = NamedAddress(event.email);
  if (!named.empty()) return {named, true, false};
  if (lead.address_changed_at && TimeOf(event.occurred_at) <= *lead.address_changed_at) return {"", false, true};
  const std::string address = MailAddressOf(lead);
  if (event.type == EventType::kResubscribe && address != NormalAddress(lead.id)) return {};
  return {address, false, false};
}

Belonging BelongingOfDropped(const Event& event, const std::string& lead_id) {
  const std::string named = NamedAddress(event.email);
  if (!named.empty()) return {named, true, false};
  return {HasAt(lead_id) ? NormalAddress(lead_id) : "", false, false};
}

bool SetsEmail(const Command& command) {
  const auto* update = command.actions.Find<UpdateProfile>();
  if (update == nullptr) return false;
  const auto sent = update->set.items();
  return std::any_of(sent.begin(), sent.end(), [](const auto& item) { return NormalName(item.key()) == "email"; });
}

}  // namespace leadpulse::model
