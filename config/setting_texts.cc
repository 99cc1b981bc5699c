#include "config/setting_texts.h"

#include <arpa/inet.h>

#include <string>

#include "processor/base/text.h"

namespace leadpulse::config {

bool IsNameOf(std::string_view text, size_t most_bytes) {
  return !text.empty() && text.size() <= most_bytes && IsAlphanumeric(text, "_.-");
}

bool IsAddress(std::string_view text) {
  const std::string address(text);
  in6_addr parsed;  // the larger of the two
  return inet_pton(AF_INET, address.c_str(), &parsed) == 1 || inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}

}  // namespace leadpulse::config
