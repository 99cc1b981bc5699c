// A definitions file: read and checked whole, every error at once, before any of it is used.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/status.h"

namespace leadpulse::config {

struct DefinitionsProblem {
  int line = 0;  // from 1; 0: the file as a whole
  int column = 0;
  std::string path;     // `tenants.acme.scoring.rules[2].points`
  std::string message;  // what is wrong, what was expected, the nearest name
  std::string excerpt;  // for rules: the rendered source line with the caret, several lines; else empty
};

struct LoadedDefinitions {
  std::shared_ptr<const Definitions> definitions;  // null where there are errors
  std::vector<DefinitionsProblem> errors;          // in the order of the file
  std::vector<DefinitionsProblem> warnings;
};

// Any bytes; never throws. At most 1,000 errors and as many warnings are kept; then a last one says that there are
// more. YAML that cannot be read at all is one error, for behind it nothing can be understood.
LoadedDefinitions LoadDefinitions(std::string_view yaml);

// The built-in defaults as definitions of their own: `text` is empty, `version` that of the defaults' text.
std::shared_ptr<const Definitions> DefaultDefinitions();

// The built-in defaults, as the file that `definitions init` writes has them (config/templates/seed.yaml).
std::string_view DefaultDefinitionsText();

// The commented files to start from: `seed` (the defaults), `b2b`, `newsletter`. Nothing for another name.
std::vector<std::string> TemplateNames();
std::optional<std::string_view> TemplateText(std::string_view name);

// The definitions in full, as understood, as YAML that loads to the same: every default written out, rules in their
// normal form.
std::string ShowDefinitions(const Definitions& definitions);

// `FILE:12:7: error: tenants.acme…: message` and the excerpt, as compilers print them; without a newline at the end.
std::string RenderProblem(std::string_view file, std::string_view severity, const DefinitionsProblem& problem);

}  // namespace leadpulse::config
