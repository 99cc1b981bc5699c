// The properties of shared addresses, tested on the model alone with random records.

#include <gtest/gtest.h>

#include <memory>

#include "tests/property/shared_addresses.h"

namespace leadpulse::workload {
namespace {

using model::LeadKey;
using model::Model;
using model::Record;

uint64_t Seeds() { return std::stoull(Setting("LEADPULSE_MODEL_SEEDS", "8")) / 2; }

class ModelSubject {
 public:
  explicit ModelSubject(const SharedHistory& history)
      : model_({{"*", history.definitions}}, kWallClock, history.limits) {}

  void Read(const model::Record& record) { model_.Read(record); }
  void Finish() {
    model_.Finish(std::nullopt);
    EXPECT_EQ(model_.defect(), "");
  }
  Views Leads() const { return model_.Leads(); }
  const std::map<model::LeadKey, std::vector<model::Change>>& Changes() const { return model_.changes(); }

 private:
  Model model_;
};

std::unique_ptr<ModelSubject> StartModel(const SharedHistory& history) {
  return std::make_unique<ModelSubject>(history);
}

// Gives a mailbox room for two users in some histories.
SharedHistory WithFewUsers(SharedHistory history) {
  if (history.seed % 3 == 0) history.limits.registered = 2;
  return history;
}

TEST(SharedAddresses, NobodyWithAnOptedOutAddressIsSendable) {
  int met = 0;
  const auto check = [&](const SharedHistory& history) { return FindSendableInSpite(history, StartModel, &met); };
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) {
    ASSERT_TRUE(Holds(WithFewUsers(AboutOptOuts(SharedHistory(seed))), check));
  }
  EXPECT_GT(met, 20 * static_cast<int>(Seeds()));
}

TEST(SharedAddresses, ARecordThatIsRepeatedAtOnceChangesNothing) {
  const auto check = [](const SharedHistory& history) { return FindEffectOfRepeats(history, StartModel, false); };
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) {
    ASSERT_TRUE(Holds(WithFewUsers(AboutRepeats(SharedHistory(seed))), check));
  }
}

TEST(SharedAddresses, ARecordThatIsRepeatedLaterChangesNothing) {
  const auto check = [](const SharedHistory& history) { return FindEffectOfRepeats(history, StartModel, true); };
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) ASSERT_TRUE(Holds(AboutLateRepeats(SharedHistory(seed)), check));
}

TEST(SharedAddresses, AMailboxWithAUserAndNoCommandPublishesNothing) {
  int ghosts = 0;
  const auto check = [&](const SharedHistory& history) { return FindGhost(history, StartModel, &ghosts); };
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) ASSERT_TRUE(Holds(AboutGhosts(SharedHistory(seed)), check));
  EXPECT_GT(ghosts, 10 * static_cast<int>(Seeds()));
}

TEST(SharedAddresses, TheOrderOfEventsBetweenTwoCommandsDoesNotMatter) {
  const auto check = [](const SharedHistory& history) { return FindEffectOfOrder(history, StartModel); };
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) ASSERT_TRUE(Holds(AboutOrder(SharedHistory(seed)), check));
}

// Whole workloads with changing definitions: the model finds no timer late, and every lead's changes are in order.
TEST(SharedAddresses, ChangesAlternateThroughDefinitions) {
  int merged = 0;
  for (uint64_t seed = 1; seed <= Seeds() / 2; ++seed) {
    const Workload workload = MakeHistory(seed, true);
    Model model(workload.phases.front().definitions, kWallClock);
    for (size_t i = 0; i < workload.phases.size(); ++i) {
      const Phase& phase = workload.phases[i];
      if (i > 0 && !phase.keeps_definitions) model.Redefine(phase.definitions, "v" + std::to_string(i));
      for (const Record& record : phase.records) model.Read(record);
      model.Finish(phase.until);
    }
    ASSERT_EQ(model.defect(), "") << seed;
    const auto leads = model.Leads();
    for (const auto& [key, changes] : model.changes()) {
      bool is_lead = false;
      for (const model::Change& change : changes) {
        if (change.kind == "LEAD_CREATED") {
          ASSERT_FALSE(is_lead) << seed << " " << key.second;
          is_lead = true;
        } else if (change.kind == "LEAD_ERASED") {
          is_lead = false;
        } else {
          ASSERT_TRUE(is_lead) << seed << " " << key.second << " " << change.kind;
        }
        if (change.kind != "LEAD_MERGED") continue;
        ++merged;
        is_lead = false;
      }
      EXPECT_EQ(is_lead, leads.contains(key)) << seed << " " << key.second;
    }
  }
  EXPECT_GT(merged, static_cast<int>(Seeds() / 12));
}

}  // namespace
}  // namespace leadpulse::workload
