// A test of the check of final views: a finished run is spoilt in one place, and the check must find it.
#include "tests/kafka/final_views_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "processor/telemetry/logging.h"
#include "state/codec/journal_codec.h"
#include "state/codec/lead_codec.h"
#include "tests/kafka/ordered_workload.h"
#include "tests/kafka/simulation.h"

namespace leadpulse::testing::final_views_check_test {

constexpr uint64_t kMostSeeds = 60;

// Returns whether it has spoilt the run.
using Spoil = std::function<bool(Simulation* simulation)>;
// Returns whether it has spoilt the lead.
using SpoilLead = std::function<bool(state::Lead* lead)>;

// Stores the first lead that `spoil` changes.
Spoil OneLead(const SpoilLead& spoil) {
  return [spoil](Simulation* simulation) {
    for (PartitionId p; p.value < simulation->workload().partitions; ++p.value) {
      RollbackStore* const store = simulation->StoreOf(simulation->trace().owner(p));
      state::EpochWrite write;
      const Status visited = store->VisitLeads(p, "", [&](std::string_view key, std::string_view row) {
        Result<state::Lead> lead = state::DecodeLead(DecodeLeadKey(key), row);
        if (!lead.ok() || !lead->is_lead() || !spoil(&*lead)) return true;
        write.leads.push_back({p, std::string(key), state::EncodeLead(*lead)});
        return false;
      });
      EXPECT_TRUE(visited.ok());
      if (!write.leads.empty()) return store->Commit(write).ok();
    }
    return false;
  };
}

class FinalViewsCheckTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(telemetry::SetUpLogging("off").ok()); }

  // Uses the first seed that has something to spoil.
  static void ExpectSeen(const Spoil& spoil) {
    for (uint64_t seed = 1; seed <= kMostSeeds; ++seed) {
      Simulation simulation(seed, MakeOrderedWorkload(seed));
      ASSERT_EQ(simulation.Run(), "") << "seed " << seed;
      if (!spoil(&simulation)) continue;
      EXPECT_NE(CheckFinalViews(&simulation), "") << "seed " << seed;
      return;
    }
    FAIL() << "no seed has anything to spoil";
  }
};

TEST_F(FinalViewsCheckTest, AnEventThatWasPassedOnIsMissing) {
  ExpectSeen(OneLead([](state::Lead* lead) {
    if (lead->journal.kept_facts() != nullptr) return false;
    const std::string encoded = state::EncodeJournal(lead->journal.entries());
    auto entries = state::DecodeJournal(encoded);
    // An entry that counts: a person's, not retracted.
    const auto passed_on = std::ranges::find_if(
        *entries, [](const auto& entry) { return entry.received && entry.type == EventType::kOpen && !entry.machine; });
    if (std::ranges::count(*entries, EventType::kRetract, &state::EntryFields::type) > 0) return false;
    if (passed_on == entries->end()) return false;
    entries->erase(passed_on);
    lead->journal = state::Journal(*entries, lead->journal.folded());
    return true;
  }));
}

TEST_F(FinalViewsCheckTest, AnOptOutOfTheAddressIsForgotten) {
  ExpectSeen(OneLead([](state::Lead* lead) {
    // Nothing hides it, as a complaint would, or an opt-out of the lead's own, also from a topic.
    const state::StatusFacts own = lead->journal.Facts(lead->journal.Totals());
    const auto is_out = [](const state::TopicTimes& topic) { return topic.times.opted_out(); };
    const bool has_one = lead->view.email_status == EmailStatus::kUnsubscribed && lead->identity &&
                         lead->identity->standing.everything.opted_out() && !own.everything.opted_out() &&
                         std::ranges::none_of(own.topics, is_out);
    if (has_one) lead->identity->standing = {};
    return has_one;
  }));
}

TEST_F(FinalViewsCheckTest, AnAttributeIsAnother) {
  ExpectSeen(OneLead([](state::Lead* lead) {
    lead->profile.extras.Get().agent_id += "x";
    return true;
  }));
}

TEST_F(FinalViewsCheckTest, ADeadLetterIsMissing) {
  ExpectSeen([](Simulation* simulation) {
    for (PartitionId p; p.value < simulation->workload().partitions; ++p.value) {
      for (LogEntry& entry : simulation->cluster().log(Topic::kDeadLetters, p).everything()) {
        if (entry.fate != LogEntry::Fate::kCommitted) continue;
        entry.fate = LogEntry::Fate::kAborted;
        return true;
      }
    }
    return false;
  });
}

}  // namespace leadpulse::testing::final_views_check_test
