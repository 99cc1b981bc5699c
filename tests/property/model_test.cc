// Runs the program on random workloads and compares its output with the model, which shares no code with it.

#include <gtest/gtest.h>

#include <string>

#include "config/definitions.h"
#include "tests/property/model_comparison.h"
#include "tests/support/workload/world.h"

namespace leadpulse::workload {
namespace {

// With these, the index is compared with the model, too.
static_assert(static_cast<size_t>(kManySegments) >= config::kIndexedSegments);

uint64_t Seeds() { return std::stoull(Setting("LEADPULSE_MODEL_SEEDS", "4")); }

TEST_F(ModelTest, ProgramAndModelAgree) {
  CheckEach(Seeds(), [](uint64_t seed) { return MakeWorkload(seed, model::kComparesSharedAddresses); });
}

}  // namespace
}  // namespace leadpulse::workload
