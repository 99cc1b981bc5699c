// Under which of its two fields a lead's id is written.
#pragma once

#include <algorithm>
#include <string_view>

namespace leadpulse::codec {

// Whether the decoders would make the same id of it as an e-mail address: an `@`, nothing in capitals, no white space.
inline bool IsNormalizedAddress(std::string_view lead) {
  const auto changes = [](char c) { return (c >= 'A' && c <= 'Z') || c == ' ' || (c >= '\t' && c <= '\r'); };
  return lead.find('@') != std::string_view::npos && std::none_of(lead.begin(), lead.end(), changes);
}

}  // namespace leadpulse::codec
