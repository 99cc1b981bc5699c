#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"

namespace leadpulse::config {

std::vector<std::string> SuppressedDomains::Entries() const {
  std::vector<std::string> entries;
  for (const std::string& entry : entries_) entries.push_back(entry.starts_with('.') ? "*" + entry : entry);
  return entries;
}

std::string SuppressedDomains::EntryOf(std::string_view address) const {
  const size_t at = address.rfind('@');
  if (entries_.empty() || at == std::string_view::npos) return "";
  const std::string_view domain = address.substr(at + 1);
  if (!domain.starts_with('.') && entries_.contains(domain)) return std::string(domain);
  for (size_t dot = domain.find('.', 1); dot != std::string_view::npos; dot = domain.find('.', dot + 1)) {
    if (entries_.contains(domain.substr(dot))) return "*" + std::string(domain.substr(dot));
  }
  return "";
}

}  // namespace leadpulse::config
