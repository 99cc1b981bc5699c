// `${NAME}` in the values of a settings file: what the process's environment has, put in after the YAML has been read,
// so that nothing in it can become structure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::config {

// What a variable is set to; nothing: it is not set. The program gives it getenv, tests a map.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct SubstitutionFault {
  size_t at = 0;        // byte of the text
  std::string message;  // never quotes what a variable is set to
};

struct Substitution {
  std::string text;               // as far as there are no faults
  bool from_environment = false;  // something was put in: the text may be a secret, wherever it stands
  std::vector<SubstitutionFault> faults;
};

// `$$` is a dollar. A `$` before anything else, a variable that is not set and a name that is none are faults, all of
// them reported.
Substitution Substitute(std::string_view text, const Environment& environment);

}  // namespace leadpulse::config
