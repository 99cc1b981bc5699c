#include "processor/kafka/printable_key.h"

#include <string_view>

namespace leadpulse::kafka {
namespace {

void AppendPrintable(std::string_view text, bool is_tenant, std::string* out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr unsigned char kSpace = 0x20, kDelete = 0x7F;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= kSpace && byte != kDelete && c != '%' && !(is_tenant && c == '/')) {
      *out += c;
    } else {
      *out += {'%', kDigits[byte / 16], kDigits[byte % 16]};
    }
  }
}

}  // namespace

std::string PrintableKey(const LeadKey& key) {
  std::string printable;
  AppendPrintable(key.tenant, true, &printable);
  printable += '/';
  AppendPrintable(key.lead, false, &printable);
  return printable;
}

}  // namespace leadpulse::kafka
