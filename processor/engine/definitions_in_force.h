// Which definitions a partition evaluates under, and how it gets from one version to the next.
//
// Each lead carries the number of the definitions it was last evaluated under. A change of definitions is rolled out at
// one instant T: a lead that still carries the previous number has its timers up to T fired under the previous ones,
// is evaluated at T under the current ones with cause DEFINITIONS, and goes on under these. A lead is brought up to
// date when a record for it comes or when the background walk reaches it, whichever is first.
#pragma once

#include <memory>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"

namespace leadpulse::engine {

struct DefinitionsInForce {
  std::shared_ptr<const config::Definitions> current;
  DefinitionsNumber number{1};
  // While leads with the previous number may be left; null otherwise.
  std::shared_ptr<const config::Definitions> previous;
  Instant rolled_out_at = Instant::DistantPast();
};

// The version of what the engine computes, stored with each state and partition. A program whose views differ for any
// input has a greater one: it re-evaluates every lead of an older state, so that the differences are published as
// DEFINITIONS changes, and it refuses a state of a newer engine (CheckEngineVersion). Never reuse a number.
// 2: rules that compare a list with equal values all hold (of 24 segments or more some did not); RFC 3339 takes `t` and
// `z`; names of attributes are trimmed.
inline constexpr uint32_t kEngineVersion = 2;

}  // namespace leadpulse::engine
