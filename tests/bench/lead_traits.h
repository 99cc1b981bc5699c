// Attributes, tags and campaigns of the benchmarks' leads, drawn from the lead's number, so that rules have something
// to test. Segment mixes use the same values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/base/instant.h"
#include "schemas/codec/records.h"

namespace leadpulse::bench {

// The number of values of each.
inline constexpr uint64_t kAccounts = 2000;
inline constexpr uint64_t kCities = 300;
inline constexpr uint64_t kOwners = 60;
inline constexpr uint64_t kIndustries = 20;
inline constexpr uint64_t kJobs = 40;
inline constexpr uint64_t kBudgets = 100'000;  // whole numbers below it
inline constexpr uint64_t kTags = 200;
inline constexpr uint64_t kCampaigns = 100;

// Returns the name of a value: `account-0017`.
std::string ValueName(std::string_view kind, uint64_t number);
// Returns a text with words to search for: `senior engineer 07`.
std::string JobName(uint64_t number);
// Returns the level in a job name. JobTrade returns the trade.
std::string_view JobLevel(uint64_t number);
std::string_view JobTrade(uint64_t number);

// Appends three commands that give the lead its traits.
void AppendTraits(const LeadKey& key, uint64_t lead, Instant at, std::vector<codec::Command>* commands);

// Makes the command that moves the lead to another account: it changes the attribute that most rules use. `change`
// numbers the command.
codec::Command MoveAccount(const LeadKey& key, uint64_t change, Instant at);

}  // namespace leadpulse::bench
