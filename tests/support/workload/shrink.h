// Reduces a failing workload to a readable one.
#pragma once

#include <functional>

#include "tests/support/workload/workload.h"

namespace leadpulse::workload {

// Makes a workload smaller as long as `still_fails` returns true, by dropping records, tenants, segments, scoring rules
// and parts of rules; tries at most `budget` smaller ones.
Workload Shrink(Workload workload, const std::function<bool(const Workload&)>& still_fails, int budget);

}  // namespace leadpulse::workload
