// Runs the program on random workloads and compares what it writes with the
// model, which shares no code with it.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <tuple>

#include "tests/support/model/check.h"
#include "tests/support/workload/experiment.h"
#include "tests/support/workload/random.h"
#include "tests/support/workload/shrink.h"

#ifndef LEADPULSE_BINARY
#define LEADPULSE_BINARY ""
#endif

namespace leadpulse::workload {
namespace {

namespace fs = std::filesystem;

// What a smaller workload may cost to find, in runs of the program.
constexpr int kShrinkBudget = 1500;

std::string Setting(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

std::string Binary() { return Setting("LEADPULSE_BINARY", LEADPULSE_BINARY); }

uint64_t FirstSeed() { return std::stoull(Setting("LEADPULSE_MODEL_FIRST_SEED", "1")); }

uint64_t Seeds() { return std::stoull(Setting("LEADPULSE_MODEL_SEEDS", "120")); }

// Workloads keep to times years before this and to one long after it, so that
// the model need not know when the program really runs.
constexpr model::Millis kWallClock = 1780000000000;

// A directory of its own for one run, gone afterwards.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "leadpulse-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Mismatch Check(const Workload& workload) {
  const Scratch scratch;
  const Outcome got = Run(workload, Binary(), scratch.path());
  return Compare(Expect(workload, kWallClock), got);
}

// Shrinks what failed and tells all about it.
std::string Report(const Workload& workload, const Mismatch& mismatch) {
  const auto fails_alike = [&](const Workload& smaller) { return Check(smaller).kind == mismatch.kind; };
  // A program that does not run at all would fail on nothing, too.
  const bool may_shrink = mismatch.kind != Mismatch::Kind::kFailure;
  const Workload smallest = may_shrink ? Shrink(workload, fails_alike, kShrinkBudget) : workload;
  const Mismatch last = may_shrink ? Check(smallest) : mismatch;
  return Describe(smallest) + "--- mismatch\n" + last.text;
}

class ModelTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(Binary())) {
      FAIL() << "LEADPULSE_BINARY names no program";
    }
  }
};

TEST_F(ModelTest, ProgramAndModelAgree) {
  const uint64_t first = FirstSeed();
  const auto most_failures = std::stoi(Setting("LEADPULSE_MODEL_FAILURES", "3"));
  int failures = 0;
  for (uint64_t seed = first; seed < first + Seeds(); ++seed) {
    const Workload workload = MakeWorkload(seed);
    const Mismatch mismatch = Check(workload);
    if (mismatch.kind == Mismatch::Kind::kNone) continue;
    ADD_FAILURE() << Report(workload, mismatch);
    if (++failures >= most_failures) break;
  }
}

// A workload of valid events only, whose journals are not bounded.
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
    // The same id twice with other content: the first to arrive stays.
    return event == nullptr ||
           !ids.emplace(event->tenant, model::LeadIdOf(event->lead, event->email), event->id).second;
  });
  return workload;
}

// The views of a permutation of the same events, sequence numbers aside.
std::map<model::LeadKey, model::Json> Views(const Workload& workload) {
  const Scratch scratch;
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
