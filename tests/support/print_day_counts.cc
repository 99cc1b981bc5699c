// print_day_counts DIR: prints the counts by day of a state that nobody has open, summed over its partitions, for tests
// that run the program. A line for each counter that is not 0: day, tenant, scope, id, name and count, between tabs.
#include <cstdio>
#include <map>
#include <string>

#include "processor/base/engagement.h"
#include "state/codec/day_counts.h"
#include "state/store/state_rows.h"
#include "state/store/store_keys.h"

namespace leadpulse::testing {
namespace {

using state::DayCounts;
using state::DayCountsKey;

constexpr const char* kScopes[] = {"tenant", "campaign", "owner", "segment"};

void Print(const DayCountsKey& key, const std::string& name, uint64_t count) {
  if (count == 0) return;
  std::printf("%s\t%s\t%s\t%s\t%s\t%llu\n", FormatDay(key.day).c_str(), key.tenant.c_str(),
              kScopes[static_cast<size_t>(key.scope)], key.id.c_str(), name.c_str(),
              static_cast<unsigned long long>(count));
}

void PrintChanges(const DayCountsKey& key, const std::string& prefix, const state::CountedChanges& changes) {
  Print(key, prefix + "created", changes.created);
  for (size_t i = 0; i < changes.stages.size(); ++i) {
    Print(key, prefix + "stage:" + std::string(StageName(static_cast<Stage>(i))), changes.stages[i]);
  }
  for (size_t i = 0; i < changes.email_statuses.size(); ++i) {
    Print(key, prefix + "email:" + std::string(EmailStatusName(static_cast<EmailStatus>(i))),
          changes.email_statuses[i]);
  }
  for (const auto& [tier, count] : changes.tiers) Print(key, prefix + "tier:" + tier, count);
  Print(key, prefix + "entered", changes.entered);
  Print(key, prefix + "left", changes.left);
}

int Main(const std::string& directory) {
  const auto rows = state::OpenStateRows(directory, state::StateAccess::kRead);
  if (!rows.ok()) {
    std::fprintf(stderr, "%s\n", rows.status().message().c_str());
    return 1;
  }
  std::map<DayCountsKey, DayCounts> sums;
  bool is_readable = true;
  (*rows)->Visit(state::RowFamily::kPublished, [&](std::string_view row_key, std::string_view value) {
    const auto encoded = state::DayCountsKeyOfRow(row_key);
    if (!encoded) return;
    const auto key = state::ParseDayCountsKey(*encoded);
    const auto counts = state::DecodeDayCounts(value);
    is_readable = is_readable && key && counts;
    if (key && counts) sums[*key] += *counts;
  });
  for (const auto& [key, counts] : sums) {
    PrintChanges(key, "", counts.changes);
    PrintChanges(key, "definitions:", counts.by_definitions);
    for (size_t i = 0; i < counts.events.size(); ++i) {
      Print(key, "event:" + std::string(EventTypeName(static_cast<EventType>(i))), counts.events[i]);
    }
  }
  return is_readable ? 0 : 1;
}

}  // namespace
}  // namespace leadpulse::testing

int main(int argc, char** argv) { return argc == 2 ? leadpulse::testing::Main(argv[1]) : 2; }
