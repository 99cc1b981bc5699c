#include "config/environment.h"

#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

bool IsVariableName(std::string_view name) {
  return !name.empty() && !IsDigit(name.front()) && IsAlphanumeric(name, "_");
}

// `name` stood at `at` between braces.
void PutIn(const std::string& name, size_t at, const Environment& environment, Substitution* substitution) {
  const std::optional<std::string> value = environment(name);
  if (!value) {
    substitution->faults.push_back({at, "the environment variable " + name + " is not set"});
    return;
  }
  substitution->from_environment = true;
  substitution->text += *value;
}

}  // namespace

Substitution Substitute(std::string_view text, const Environment& environment) {
  Substitution substitution;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      substitution.text += text[i];
    } else if (text.substr(i).starts_with("$$")) {
      substitution.text += '$';
      ++i;
    } else if (const size_t end = text.find('}', i); text.substr(i).starts_with("${") &&
                                                     end != std::string_view::npos &&
                                                     IsVariableName(text.substr(i + 2, end - i - 2))) {
      PutIn(std::string(text.substr(i + 2, end - i - 2)), i, environment, &substitution);
      i = end;
    } else {
      // The text behind it may be a password, so it is not quoted.
      substitution.faults.push_back({i, "write `${NAME}` for an environment variable, and `$$` for a dollar"});
    }
  }
  return substitution;
}

}  // namespace leadpulse::config
