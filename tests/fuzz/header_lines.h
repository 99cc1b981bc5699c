// Parses bytes into a post: lines `Name: value`, an empty line, the body.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// Removes the headers from the front of the input, with the empty line; the first line that is no header ends them, and
// is removed.
inline std::vector<Header> TakeHeaderLines(std::string_view* input) {
  std::vector<Header> headers;
  while (!input->empty()) {
    const size_t end = std::min(input->find('\n'), input->size());
    const std::string_view line = input->substr(0, end);
    input->remove_prefix(std::min(end + 1, input->size()));
    const size_t colon = line.find(": ");
    if (line.empty() || colon == std::string_view::npos) break;
    headers.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
  }
  return headers;
}

}  // namespace leadpulse::webhooks
