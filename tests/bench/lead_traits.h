// What the benchmarks' leads are beside their journal, so that rules have something to hold on: attributes, tags and
// campaigns, drawn from the lead's number. Segment mixes ask for the same values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/base/instant.h"
#include "schemas/codec/records.h"

namespace leadpulse::bench {

// How many values each has.
inline constexpr uint64_t kAccounts = 2000;
inline constexpr uint64_t kCities = 300;
inline constexpr uint64_t kOwners = 60;
inline constexpr uint64_t kIndustries = 20;
inline constexpr uint64_t kJobs = 40;
inline constexpr uint64_t kBudgets = 100'000;  // whole numbers below it
inline constexpr uint64_t kTags = 200;
inline constexpr uint64_t kCampaigns = 100;

// `account-0017`: the name of a value.
std::string ValueName(std::string_view kind, uint64_t number);
// `senior engineer 07`: text with words in it to look for.
std::string JobName(uint64_t number);
// The words that job names are made of, a level and a trade.
std::string_view JobLevel(uint64_t number);
std::string_view JobTrade(uint64_t number);

// Three commands that give the lead its traits.
void AppendTraits(const LeadKey& key, uint64_t lead, Instant at, std::vector<codec::Command>* commands);

// The lead moves to another account: a change of the attribute that most rules ask for. `change` numbers the command.
codec::Command MoveAccount(const LeadKey& key, uint64_t change, Instant at);

}  // namespace leadpulse::bench
