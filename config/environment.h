// Replaces `${NAME}` in the values of a settings file by environment variables. This happens after the YAML was parsed,
// so that a variable cannot change the structure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::config {

// The value of a variable; nullopt if it is not set. The program uses getenv, tests use a map.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct SubstitutionFault {
  size_t at = 0;        // byte of the text
  std::string message;  // never quotes the value of a variable
};

struct Substitution {
  std::string text;               // complete if there are no faults
  bool from_environment = false;  // a variable was inserted, so the text may be a secret
  std::vector<SubstitutionFault> faults;
};

// `$$` is a dollar. Faults are a `$` before anything else, a variable that is not set, and an invalid name. All of them
// are reported.
Substitution Substitute(std::string_view text, const Environment& environment);

}  // namespace leadpulse::config
