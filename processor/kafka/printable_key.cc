#include "processor/kafka/printable_key.h"

#include <string_view>

namespace leadpulse::kafka {
namespace {

void AppendPrintable(std::string_view text, bool is_tenant, std::string* out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr unsigned char kSpace = 0x20, kDelete = 0x7F;
  size_t copied = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= kSpace && byte != kDelete && byte != '%' && !(is_tenant && byte == '/')) continue;
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
  AppendPrintable(key.tenant, true, &printable);
  printable += '/';
  AppendPrintable(key.lead, false, &printable);
  return printable;
}

}  // namespace leadpulse::kafka
