// Sends clicks at a steady rate and measures when their changes can be read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "tests/bench/kafka_load.h"

namespace leadpulse::bench {

// The lead of a click, by the click's number from 0.
using LeadOfClick = std::function<LeadKey(uint64_t number)>;
// Whether an output record that a click caused is the expected one.
using IsAnswer = std::function<bool(uint64_t number, std::string_view value)>;

uint64_t ClicksToWarmUp(const ProbeCommand& command);

// Returns for each click, including those of the warm-up, the nanoseconds from when it was due to be sent until its
// answer was delivered; -1 if it never was. `command.leads` does not count.
std::vector<int64_t> SendClicks(const ProbeCommand& command, const LeadOfClick& lead_of, const IsAnswer& is_answer);

// Returns a JSON object: events, missing, p50_ms, p99_ms, p999_ms, max_ms.
std::string LatencyFigures(const std::vector<int64_t>& delivered_after);

}  // namespace leadpulse::bench
