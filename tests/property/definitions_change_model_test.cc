// Changes the definitions under way, kills the program in the middle, starts it again, with others or the same, and
// compares what it writes with the model.

#include "tests/property/model_comparison.h"

namespace leadpulse::workload {
namespace {

uint64_t Histories() { return std::stoull(Setting("LEADPULSE_MODEL_HISTORIES", "60")); }

bool HasAbandonedRun(const Workload& workload) {
  bool has = false;
  for (const Phase& phase : workload.phases) has = has || phase.is_abandoned;
  return has;
}

// On a machine that stands still for a tenth of a second a commit may fall between two records of a run that is killed
// and given up, which the model does not follow. Once more then: what is wrong with the program stays.
Mismatch CheckHistory(const Workload& workload) {
  const Mismatch mismatch = CheckOnce(workload);
  return mismatch.kind != Mismatch::Kind::kNone && HasAbandonedRun(workload) ? CheckOnce(workload) : mismatch;
}

using DefinitionsChangeModelTest = ModelTest;

TEST_F(DefinitionsChangeModelTest, ProgramAndModelAgree) {
  const uint64_t first = FirstSeed();
  int failures = 0;
  for (uint64_t seed = first; seed < first + Histories(); ++seed) {
    const Workload workload = MakeHistory(seed);
    const Mismatch mismatch = CheckHistory(workload);
    if (mismatch.kind == Mismatch::Kind::kNone) continue;
    ADD_FAILURE() << Report(workload, mismatch);
    if (++failures >= MostFailures()) break;
  }
}

}  // namespace
}  // namespace leadpulse::workload
