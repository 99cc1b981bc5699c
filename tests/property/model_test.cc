// Runs the program on random workloads and compares its output with the model, which shares no code with it.

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>

#include "config/definitions.h"
#include "tests/property/model_comparison.h"
#include "tests/support/model/check.h"
#include "tests/support/workload/random.h"
#include "tests/support/workload/world.h"

namespace leadpulse::workload {
namespace {

// With these, the index is compared with the model, too.
static_assert(static_cast<size_t>(kManySegments) >= config::kIndexedSegments);

uint64_t Seeds() { return std::stoull(Setting("LEADPULSE_MODEL_SEEDS", "20")); }

TEST_F(ModelTest, ProgramAndModelAgree) {
  CheckEach(Seeds(), [](uint64_t seed) { return MakeWorkload(seed, model::kComparesSharedAddresses); });
}

// Makes a workload of valid events only, with unbounded journals.
Workload EventsOnly(uint64_t seed) {
  Workload workload = MakeWorkload(seed);
  workload.phases.resize(1);
  Phase& phase = workload.phases.front();
  for (auto& [tenant, definitions] : phase.definitions) {
    definitions.max_entries = 1000;
  }
  std::set<std::tuple<std::string, std::string, std::string>> ids;
  std::erase_if(phase.records, [&](const model::Record& record) {
    const auto* event = std::get_if<model::Event>(&record.content);
    // One id with different contents: the first to arrive stays.
    return event == nullptr ||
           !ids.emplace(event->tenant, model::LeadIdOf(event->lead, event->email), event->id).second;
  });
  return workload;
}

// Returns the views after a permutation of the same events, without sequence numbers.
std::map<model::LeadKey, model::Json> Views(const Workload& workload) {
  const testing::ScratchDirectory scratch;
  const Outcome got = Run(workload, Binary(), scratch.path());
  EXPECT_EQ(got.failure, "");
  auto leads = got.leads;
  for (auto& [key, line] : leads) line.erase("seq");
  return leads;
}

TEST_F(ModelTest, AnyOrderOfEventsGivesTheSameViews) {
  const uint64_t first = FirstSeed();
  for (uint64_t seed = first; seed < first + Seeds() / 10; ++seed) {
    Workload workload = EventsOnly(seed);
    const auto in_order = Views(workload);
    Random random(seed);
    auto& records = workload.phases.front().records;
    for (size_t i = records.size(); i-- > 0;) {
      if (random.Chance(20)) records.push_back(records[i]);
    }
    random.Shuffle(records);
    EXPECT_EQ(in_order, Views(workload)) << Describe(workload);
  }
}

}  // namespace
}  // namespace leadpulse::workload
