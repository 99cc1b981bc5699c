#include "processor/kafka/printable_key.h"

#include <array>
#include <string_view>

namespace leadpulse::kafka {
namespace {

using Bytes = std::array<bool, 256>;

// Returns the bytes that a part of a key has as they are.
constexpr Bytes PrintableBytes(std::string_view but) {
  constexpr size_t kSpace = 0x20, kDelete = 0x7F;
  Bytes bytes{};
  for (size_t byte = kSpace; byte < bytes.size(); ++byte) bytes[byte] = byte != kDelete;
  for (const char c : but) bytes[static_cast<unsigned char>(c)] = false;
  return bytes;
}
constexpr Bytes kOfTenant = PrintableBytes("%/");
constexpr Bytes kOfLead = PrintableBytes("%");

void AppendPrintable(std::string_view text, const Bytes& printable, std::string* out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  size_t copied = 0;
  const auto byte_at = [text](size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto are_printable = [&](size_t at) {
    return static_cast<bool>(printable[byte_at(at)] & printable[byte_at(at + 1)] & printable[byte_at(at + 2)] &
                             printable[byte_at(at + 3)]);
  };
  for (size_t i = 0; i < text.size(); ++i) {
    while (i + 4 <= text.size() && are_printable(i)) i += 4;
    if (i == text.size()) break;
    const auto byte = byte_at(i);
    if (printable[byte]) continue;
    out->append(text.substr(copied, i - copied));
    *out += {'%', kDigits[byte / 16], kDigits[byte % 16]};
    copied = i + 1;
  }
  out->append(text.substr(copied));
}

}  // namespace

std::string PrintableKey(const LeadKey& key) {
  std::string printable;
  printable.reserve(key.tenant.size() + 1 + key.lead.size());
  AppendPrintable(key.tenant, kOfTenant, &printable);
  printable += '/';
  AppendPrintable(key.lead, kOfLead, &printable);
  return printable;
}

}  // namespace leadpulse::kafka
