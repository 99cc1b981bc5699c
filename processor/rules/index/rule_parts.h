// Splits a rule into the parts of its AND: those on the profile, and the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

// The parts belong to the rule, which holds if all parts hold.
struct RuleParts {
  std::vector<const Node*> profile;  // ask for nothing but the profile: events and time do not change them
  std::vector<const Node*> rest;     // what is cheap to ask first
};
RuleParts PartsOf(const Node& root);
// Both, what is cheap to ask first.
std::vector<const Node*> AllOf(const RuleParts& parts);

// The index of the first segment that the rule requires; nullopt if there is none.
std::optional<uint32_t> SegmentAskedFor(const RuleParts& parts);

}  // namespace leadpulse::rules
