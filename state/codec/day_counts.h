// The counts of one day in one scope of a tenant: a row of a state beside its leads (README.md), and its key.
//
// A row holds numbers, and its key the id of a campaign, an owner or a segment at most: nothing about a lead, so an
// erasure leaves it as it is. Functions are thread-safe and take any bytes.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/calendar.h"
#include "processor/base/engagement.h"

namespace leadpulse::state {

// Published changes of a day; moves by where they go.
struct CountedChanges {
  uint64_t created = 0;
  std::array<uint64_t, static_cast<size_t>(Stage::kArchived) + 1> stages{};                  // by Stage
  std::array<uint64_t, static_cast<size_t>(EmailStatus::kComplained) + 1> email_statuses{};  // by EmailStatus
  std::map<std::string, uint64_t, std::less<>> tiers = {};                                   // by name
  // Only in the rows of kSegment, which have nothing else.
  uint64_t entered = 0;
  uint64_t left = 0;

  CountedChanges& operator+=(const CountedChanges& other);
  friend bool operator==(const CountedChanges&, const CountedChanges&) = default;
};

struct DayCounts {
  CountedChanges changes;                             // all but those of new definitions
  CountedChanges by_definitions;                      // those
  std::array<uint64_t, kEventTypeCount> events = {};  // taken into a journal, by EventType
  uint64_t epoch = 0;                                 // on Kafka: that of the row's last delta; else 0

  // Adds the counts; the epoch stays.
  DayCounts& operator+=(const DayCounts& other);
  friend bool operator==(const DayCounts&, const DayCounts&) = default;
};

std::string EncodeDayCounts(const DayCounts& counts);
// Returns nullopt if the bytes are no such row.
std::optional<DayCounts> DecodeDayCounts(std::string_view bytes);

// Persisted: never renumber.
enum class DayScope : uint8_t { kTenant = 0, kCampaign = 1, kOwner = 2, kSegment = 3 };

struct DayCountsKey {
  Day day;
  std::string tenant;
  DayScope scope = DayScope::kTenant;
  std::string id = {};  // of the campaign, folded (FoldCase), the owner or the segment; empty for kTenant
  friend auto operator<=>(const DayCountsKey&, const DayCountsKey&) = default;
};

// Returns the bytes of a key. They ascend by day first, so that the oldest days are the first rows.
std::string EncodeDayCountsKey(const DayCountsKey& key);
// Returns nullopt if the bytes are no key.
std::optional<DayCountsKey> ParseDayCountsKey(std::string_view bytes);

}  // namespace leadpulse::state
