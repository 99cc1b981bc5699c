// Which records depend on each other, and which are barriers.
#include "processor/files/record_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace leadpulse::files::record_plan_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RecordPlanTest : public ::testing::Test {
 protected:
  RecordPlanTest() { plan_.Clear(); }

  void Add(const std::string& lead, std::vector<std::string> reach = {}) {
    plan_.Add({"acme", lead}, {.leads = reach});
  }
  void AddErasure(const std::string& lead, std::vector<std::string> reach, bool is_shared) {
    plan_.Add({"acme", lead}, {.leads = reach, .changes_others = true, .is_shared = is_shared});
  }
  std::vector<uint32_t> Components() {
    plan_.Finish();
    std::vector<uint32_t> components;
    for (uint32_t record = 0; record < plan_.record_count(); ++record) components.push_back(plan_.ComponentOf(record));
    return components;
  }
  std::vector<std::vector<uint32_t>> Records() const {
    std::vector<std::vector<uint32_t>> records;
    for (uint32_t component = 0; component < plan_.component_count(); ++component) {
      const auto of_component = plan_.RecordsOf(component);
      records.emplace_back(of_component.begin(), of_component.end());
    }
    return records;
  }

  RecordPlan plan_;
};

TEST_F(RecordPlanTest, RecordsOfALeadStayTogether) {
  Add("ann");
  Add("bob");
  Add("ann");
  EXPECT_THAT(Components(), ElementsAre(0, 1, 0));
  EXPECT_THAT(Records(), ElementsAre(ElementsAre(0, 2), ElementsAre(1)));
  EXPECT_FALSE(plan_.IsShared(0));
}

TEST_F(RecordPlanTest, LeadsWithACommonAddressAreOneComponent) {
  Add("ann", {"office@example.com"});
  Add("eve");
  Add("bob", {"office@example.com"});
  Add("office@example.com");
  Add("ann");
  EXPECT_THAT(Components(), ElementsAre(0, 1, 0, 0, 0));
  EXPECT_TRUE(plan_.IsShared(0));
  EXPECT_FALSE(plan_.IsShared(1));
}

TEST_F(RecordPlanTest, ALaterRecordConnectsEarlierOnes) {
  Add("ann", {"a@example.com"});
  Add("bob", {"b@example.com"});
  Add("eve");
  Add("kim", {"b@example.com", "a@example.com"});
  EXPECT_THAT(Components(), ElementsAre(0, 0, 1, 0));
}

TEST_F(RecordPlanTest, AMailboxIsConnectedWithItsOwnAddress) {
  Add("eve", {"x@example.com"});
  Add("kim", {"z@example.com"});
  Add("ann", {"a@example.com"});
  plan_.Connect({"acme", "z@example.com"}, "x@example.com");
  plan_.Connect({"other", "z@example.com"}, "a@example.com");
  EXPECT_THAT(Components(), ElementsAre(0, 0, 1));
  EXPECT_TRUE(plan_.IsShared(0));
}

TEST_F(RecordPlanTest, TenantsShareNothing) {
  plan_.Add({"acme", "ann"}, {.leads = {"a@example.com"}});
  plan_.Add({"zeta", "a@example.com"}, {});
  plan_.Add({"acme", "a@example.com"}, {});
  EXPECT_THAT(Components(), ElementsAre(0, 1, 0));
}

TEST_F(RecordPlanTest, ARejectedRecordBelongsNowhere) {
  plan_.AddRejected();
  Add("ann");
  plan_.AddRejected();
  EXPECT_THAT(Components(), ElementsAre(RecordPlan::kNoComponent, 0, RecordPlan::kNoComponent));
  EXPECT_THAT(Records(), ElementsAre(ElementsAre(1)));
}

TEST_F(RecordPlanTest, AnErasureOfASharedLeadIsABarrier) {
  AddErasure("ann", {}, /*is_shared=*/false);  // not shared
  AddErasure("bob", {}, /*is_shared=*/true);
  AddErasure("eve", {"e@example.com"}, /*is_shared=*/false);
  AddErasure("kim", {}, /*is_shared=*/false);
  Add("zoe", {"kim"});
  plan_.Finish();
  EXPECT_THAT(plan_.barriers(), ElementsAre(1, 2, 3));
}

TEST_F(RecordPlanTest, ForgetsThePartBefore) {
  Add("ann", {"a@example.com"});
  AddErasure("bob", {"a@example.com"}, true);
  EXPECT_THAT(Components(), ElementsAre(0, 0));
  plan_.Clear();
  EXPECT_EQ(plan_.component_count(), 0u);
  Add("bob");
  Add("ann");
  EXPECT_THAT(Components(), ElementsAre(0, 1));
  EXPECT_THAT(plan_.barriers(), IsEmpty());
}

TEST_F(RecordPlanTest, HoldsManyLeads) {
  for (int round = 0; round < 2; ++round) {
    plan_.Clear();
    for (int i = 0; i < 5000; ++i) Add("lead-" + std::to_string(i), {"box-" + std::to_string(i % 2500)});
    plan_.Finish();
    ASSERT_EQ(plan_.component_count(), 2500u);
    for (uint32_t i = 0; i < 2500; ++i) EXPECT_THAT(plan_.RecordsOf(i), ElementsAre(i, i + 2500));
  }
}

}  // namespace leadpulse::files::record_plan_test
