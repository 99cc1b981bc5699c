// The definitions that a partition evaluates under, and the way from one version to the next.
//
// Each lead carries the number of the definitions it was last evaluated under. New definitions are rolled out at one
// instant T: for a lead that still has the previous number, timers up to T fire under the previous definitions, then it
// is evaluated at T under the current ones with cause DEFINITIONS. This happens when a record for the lead comes or
// when the background scan reaches it, whichever is first.
#pragma once

#include <memory>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"

namespace leadpulse::engine {

struct DefinitionsInForce {
  std::shared_ptr<const config::Definitions> current;
  DefinitionsNumber number{1};
  // The previous definitions, while leads may still have their number; otherwise null.
  std::shared_ptr<const config::Definitions> previous = {};
  Instant rolled_out_at = Instant::DistantPast();
};

// The version of the engine's results, stored with each state and partition. A program whose views differ for any input
// needs a greater one: it then re-evaluates every lead of an older state and publishes the differences as DEFINITIONS
// changes, and it refuses a state of a newer engine (CheckEngineVersion). Never reuse a number. 2: rules that compare a
// list with several equal values hold (with 24 segments or more some did not); RFC 3339 accepts `t` and `z`; names of
// attributes are trimmed. 3: topics of opt-outs; opt-outs that outlive an erasure or come too late for the journal.
// 4: leads share addresses; rows of mailboxes that are no leads.
inline constexpr uint32_t kEngineVersion = 4;

}  // namespace leadpulse::engine
