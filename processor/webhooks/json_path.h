// A path in a JSON text: names with dots between, indexes in brackets. `form.answers[0].email`.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/webhooks/json.h"

namespace leadpulse::webhooks {

class JsonPath {
 public:
  struct Fault {
    size_t at = 0;  // in bytes of the text
    std::string message;
  };

  JsonPath() = default;  // the empty path: finds the whole value
  static std::variant<JsonPath, Fault> Parse(std::string_view text);

  bool empty() const { return steps_.empty(); }
  // A null value if nothing is there.
  const Json& In(const Json& json) const;

 private:
  std::vector<std::variant<std::string, size_t>> steps_;  // a member's name or an element's index
};

}  // namespace leadpulse::webhooks
