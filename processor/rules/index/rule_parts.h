// A rule as the parts of its AND: those on the profile, and the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

// They belong to the rule, which holds where all of both do.
struct RuleParts {
  std::vector<const Node*> profile;  // ask for nothing but the profile: events and time do not change them
  std::vector<const Node*> rest;     // what is cheap to ask first
};
RuleParts PartsOf(const Node& root);
// Both, what is cheap to ask first.
std::vector<const Node*> AllOf(const RuleParts& parts);

// The first segment by its index that the lead must be in, whatever else the rule asks.
std::optional<uint32_t> SegmentAskedFor(const RuleParts& parts);

}  // namespace leadpulse::rules
