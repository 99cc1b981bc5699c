#include "processor/webhooks/json_path.h"

#include <charconv>

namespace leadpulse::webhooks {
namespace {

const Json& ElementAt(const Json& json, size_t index) {
  static const Json kNull;
  return index < json.elements().size() ? json.elements()[index] : kNull;
}

}  // namespace

std::variant<JsonPath, JsonPath::Fault> JsonPath::Parse(std::string_view text) {
  JsonPath path;
  size_t at = 0;
  bool name_expected = !text.starts_with('[');
  while (at < text.size() || name_expected) {
    if (name_expected) {
      const size_t end = std::min(text.find_first_of(".[]", at), text.size());
      if (end == at) return Fault{at, "expected a name"};
      path.steps_.emplace_back(std::string(text.substr(at, end - at)));
      at = end;
      name_expected = false;
    } else if (text[at] == '.') {
      ++at;
      name_expected = true;
    } else if (text[at] == '[') {
      size_t index = 0;
      const char* const end = text.data() + text.size();
      const auto [stopped, error] = std::from_chars(text.data() + at + 1, end, index);
      if (error != std::errc() || stopped == end || *stopped != ']') return Fault{at, "expected an index such as [0]"};
      path.steps_.emplace_back(index);
      at = static_cast<size_t>(stopped - text.data()) + 1;
    } else {
      return Fault{at, "expected a dot or an index such as [0]"};
    }
  }
  return path;
}

const Json& JsonPath::In(const Json& json) const {
  const Json* found = &json;
  for (const auto& step : steps_) {
    const auto* name = std::get_if<std::string>(&step);
    found = name != nullptr ? &(*found)[*name] : &ElementAt(*found, std::get<size_t>(step));
  }
  return *found;
}

}  // namespace leadpulse::webhooks
