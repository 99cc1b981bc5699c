// Parses rules in a definitions file and checks them against the tenant's declarations. Maps the
// position of an error in the rule's text to its position in the file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

// The names that rules of one tenant may use.
struct RuleScope {
  const TenantDefinitions* tenant = nullptr;              // with calendar, fields and event properties filled in
  const std::vector<std::string>* segment_ids = nullptr;  // ascending
};

// The place in the file of byte `offset` of the rule's text.
uint32_t OffsetInRule(const YamlValue& value, uint32_t offset);

// Each reports errors and returns nullopt if there are any. An undeclared attribute is a warning, with strict_fields an
// error. `inside_score`: for `when` and `exclude`, which must not depend on the score.
std::optional<rules::Rule> LoadRule(const YamlValue& value, const RuleScope& scope, bool inside_score);
std::optional<rules::Step> LoadStep(const YamlValue& value, const RuleScope& scope);

}  // namespace leadpulse::config
