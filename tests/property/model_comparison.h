// Support for tests that compare the program with the model: settings, one comparison, and the report of a failure.
// `tests/support/model/README.md` describes the settings.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/support/scratch_directory.h"
#include "tests/support/workload/experiment.h"
#include "tests/support/workload/shrink.h"

#ifndef LEADPULSE_BINARY
#define LEADPULSE_BINARY ""
#endif

namespace leadpulse::workload {

inline std::string Setting(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

inline std::string Binary() { return Setting("LEADPULSE_BINARY", LEADPULSE_BINARY); }

inline uint64_t FirstSeed() { return std::stoull(Setting("LEADPULSE_MODEL_FIRST_SEED", "1")); }

inline int MostFailures() { return std::stoi(Setting("LEADPULSE_MODEL_FAILURES", "3")); }

// Workloads use times years before this and one long after it, so that the model need not know when the program runs.
inline constexpr model::Millis kWallClock = 1780000000000;

inline Mismatch CheckOnce(const Workload& workload, KillTally* tally = nullptr) {
  const testing::ScratchDirectory scratch;
  return Check(workload, kWallClock, Binary(), scratch.path(), tally);
}

// Shrinks a failure and describes it completely.
inline std::string Report(const Workload& workload, const Mismatch& mismatch) {
  // The number of runs that the search for a smaller workload may take.
  const int budget = std::stoi(Setting("LEADPULSE_MODEL_SHRINK", "1500"));
  const auto fails_alike = [&](const Workload& smaller) { return CheckOnce(smaller).kind == mismatch.kind; };
  // A program that does not run at all would also fail on an empty workload.
  const bool may_shrink = mismatch.kind != Mismatch::Kind::kFailure;
  const Workload smallest = may_shrink ? Shrink(workload, fails_alike, budget) : workload;
  const Mismatch last = may_shrink ? CheckOnce(smallest) : mismatch;
  return Describe(smallest) + "--- mismatch\n" + last.text;
}

// Compares the workloads that `make` gives for `seeds` seeds. Returns false if it stopped because too many differ.
template <typename Make>
bool CheckEach(uint64_t seeds, const Make& make, KillTally* tally = nullptr) {
  const uint64_t first = FirstSeed();
  int failures = 0;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    const Workload workload = make(seed);
    const Mismatch mismatch = CheckOnce(workload, tally);
    if (mismatch.kind == Mismatch::Kind::kNone) continue;
    ADD_FAILURE() << Report(workload, mismatch);
    if (++failures >= MostFailures()) return false;
  }
  return true;
}

class ModelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(Binary())) {
      FAIL() << "LEADPULSE_BINARY names no program";
    }
  }
};

}  // namespace leadpulse::workload
