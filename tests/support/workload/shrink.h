// Reduces a failing workload to one that a person can read.
#pragma once

#include <functional>

#include "tests/support/workload/workload.h"

namespace leadpulse::workload {

// Makes a workload smaller while `still_fails` says so, dropping records,
// tenants, segments, scoring rules and parts of rules; tries at most `budget`
// smaller ones.
Workload Shrink(Workload workload, const std::function<bool(const Workload&)>& still_fails, int budget);

}  // namespace leadpulse::workload
