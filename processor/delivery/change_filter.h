// Which changes are delivered.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::delivery {

struct ChangeFilter {
  std::set<std::string> kinds;    // `TIER_CHANGED`; empty: all
  std::set<std::string> tenants;  // empty: all
  bool skip_backfill = false;     // changes by history sent late on purpose, and by new definitions

  // Rejected: the line is not a change.
  Result<bool> Selects(std::string_view line) const;
};

}  // namespace leadpulse::delivery
