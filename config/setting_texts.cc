#include "config/setting_texts.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

namespace leadpulse::config {

bool IsNameOf(std::string_view text, size_t most_bytes) {
  constexpr std::string_view kMarks = "_.-";
  return !text.empty() && text.size() <= most_bytes && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool IsAddress(std::string_view text) {
  const std::string address(text);
  in6_addr parsed;  // the larger of the two
  return inet_pton(AF_INET, address.c_str(), &parsed) == 1 || inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}

}  // namespace leadpulse::config
