// A path in JSON: names separated by dots, and brackets.
//
//   form.answers[0].email               the first element of a list
//   fields["user.email"]                a member whose name has dots or brackets
//   fields[name=Email].value            of the elements of a list, or the members of an object, the first whose member
//   answers[field.ref=email].email      `name` is `Email`; before the `=` there may be several names with dots
//   fields[label="Your name [first]"]   quotes around a value with a closing bracket
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/base/json.h"

namespace leadpulse {

class JsonPath {
 public:
  struct Fault {
    size_t at = 0;  // in bytes of the path's text
    std::string message;
  };

  JsonPath() = default;  // the empty path: finds the whole value
  static std::variant<JsonPath, Fault> Parse(std::string_view text);

  bool empty() const { return steps_.empty(); }
  // Returns the value at the path; a null value if none.
  const Json& In(const Json& json) const;
  // Returns the same value for a change; nullptr if none.
  Json* MutableIn(Json* json) const;

 private:
  // The first element or member of a container that has `value` under the names `key`. Compares text, numbers as
  // spelled and `true` and `false`, without white space around them.
  struct Choice {
    std::vector<std::string> key;
    std::string value;
  };

  // Parses what stands between brackets; nullopt if it is not of these three kinds.
  static std::optional<std::variant<std::string, size_t, Choice>> ParseBracket(std::string_view text);
  static const Json& Chosen(const Choice& choice, const Json& json);

  std::vector<std::variant<std::string, size_t, Choice>> steps_;  // a member's name, an element's index, a choice
};

}  // namespace leadpulse
