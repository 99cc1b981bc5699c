// Rules inside a definitions file: parsed, checked against the tenant's declarations, and every complaint about them
// mapped from the rule's text to its place in the file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

// What the rules of one tenant may name.
struct RuleScope {
  const TenantDefinitions* tenant = nullptr;              // with calendar, fields and event properties filled in
  const std::vector<std::string>* segment_ids = nullptr;  // ascending
};

// Where byte `offset` of the rule's text stands in the file.
uint32_t OffsetInRule(const YamlValue& value, uint32_t offset);

// Each reports what is wrong and gives nothing where there is an error. An attribute that is not declared is a
// warning, with strict_fields an error.
std::optional<rules::Rule> LoadSegmentRule(const YamlValue& value, const RuleScope& scope);
// `when` and `exclude`: what depends on the score is an error.
std::optional<rules::Rule> LoadRuleInsideScore(const YamlValue& value, const RuleScope& scope);
std::optional<rules::Step> LoadStep(const YamlValue& value, const RuleScope& scope);

}  // namespace leadpulse::config
