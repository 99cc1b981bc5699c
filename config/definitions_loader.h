// Reads and checks a whole definitions file, and reports all errors at once, before any of it is used.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "config/never_true.h"
#include "processor/base/status.h"

namespace leadpulse::config {

struct DefinitionsProblem {
  int line = 0;  // from 1; 0: the whole file
  int column = 0;
  std::string path;     // `tenants.acme.scoring.rules[2].points`
  std::string message;  // what is wrong, what was expected, the nearest name
  std::string excerpt;  // for rules: the rendered source line with the caret, several lines; else empty
};

struct LoadedDefinitions {
  std::shared_ptr<const Definitions> definitions;  // null if there are errors
  std::vector<DefinitionsProblem> errors;          // in the order of the file
  std::vector<DefinitionsProblem> warnings;
};

// Loads definitions. Accepts any bytes and never throws. Stores at most 1,000 errors and as many warnings; the last one
// says if there are more. Invalid YAML is one error, because nothing after it can be understood. In rules of
// `in_force`, comparisons that never hold are warnings; whoever takes definitions that are new says what is in force.
LoadedDefinitions LoadDefinitions(std::string_view yaml, const RulesInForce& in_force = RulesInForce::All());

// Returns what an edit of the tenant's definitions brings, for people: the warnings of `after` that `before` does not
// have, each with its path below the tenant, `fields.score: …`.
std::vector<std::string> NewWarnings(std::string_view tenant, const LoadedDefinitions& before,
                                     const LoadedDefinitions& after);

// Returns the Definitions::version of definitions with this text: 16 hex digits.
std::string VersionOfText(std::string_view text);

// Returns the built-in defaults as definitions of their own: `text` is empty, `version` that of the defaults' text.
std::shared_ptr<const Definitions> DefaultDefinitions();

// Returns the built-in defaults as the file that `definitions init` writes (config/templates/seed.yaml).
std::string_view DefaultDefinitionsText();

// Returns the names of the commented files to start from: `seed` (the defaults), `b2b`, `newsletter`. TemplateText
// returns nullopt for another name.
std::vector<std::string> TemplateNames();
std::optional<std::string_view> TemplateText(std::string_view name);

// Returns the complete definitions as YAML that loads to the same definitions: with every default, and rules in normal
// form.
std::string ShowDefinitions(const Definitions& definitions);

// Returns the definitions of one tenant as a file, in which the tenant is called `id`.
std::string ShowTenant(std::string_view id, const TenantDefinitions& tenant);

// Returns `FILE:12:7: error: tenants.acme…: message` and the excerpt, as compilers print them, without a final newline.
std::string RenderProblem(std::string_view file, std::string_view severity, const DefinitionsProblem& problem);

}  // namespace leadpulse::config
