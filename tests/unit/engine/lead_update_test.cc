// Which commands report an update of their lead, and who may see it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/engine/engine_output.h"
#include "state/codec/lead_codec.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::engine::lead_update_test {
namespace {

using leadpulse::testing::EngineDriver;

constexpr char kPlain[] = "tenants: {t: {tiers: [{name: all}], segments: []}}";

std::string Command(const std::string& lead, const std::string& id, const std::string& action) {
  return R"({"command":{"tenantId":"t","leadId":")" + lead + R"(","commandId":")" + id +
         R"(","issuedAt":"2025-01-02T00:00:00Z",)" + action + "}}";
}

std::string Note(const std::string& lead, const std::string& id) {
  return Command(lead, id, R"("addNote":{"text":"called"})");
}

std::string Event(const std::string& lead) {
  return R"({"event":{"tenantId":"t","leadId":")" + lead +
         R"(","eventId":"e","type":"OPEN","occurredAt":"2025-01-01T00:00:00Z"}})";
}

TEST(LeadUpdate, HasTheVersionAfterEachCommand) {
  EngineDriver driver(kPlain);
  driver.Feed(Note("7", "c1"));
  const size_t changes = driver.changes().size();
  driver.Feed(Note("7", "c2"));
  driver.Feed(Command("7", "c3", R"("editTags":{"add":["vip"]})"));
  EXPECT_EQ(driver.changes().size(), changes) << "nothing published changed";
  driver.Commit();
  ASSERT_EQ(driver.updates().size(), 3u);
  EXPECT_EQ(driver.updates().back().key, (LeadKey{"t", "7"}));
  EXPECT_EQ(driver.updates().back().version, state::LeadVersion(*driver.FindLead({"t", "7"})));
  EXPECT_NE(driver.updates()[0].version, driver.updates()[1].version);
  EXPECT_NE(driver.updates()[1].version, driver.updates()[2].version);
}

TEST(LeadUpdate, IsNotOfEventsRepeatsRefusalsAndErasures) {
  EngineDriver driver(kPlain);
  driver.Feed(Note("7", "c1"));
  driver.Feed(Event("7"));
  driver.Feed(Note("7", "c1"));
  driver.Feed(Command("7", "c2", R"("setStage":{"stage":"no such stage"})"));
  driver.Feed(Command("7", "c3", R"("erase":{})"));
  EXPECT_EQ(driver.updates().size(), 1u);
}

TEST(LeadUpdate, IsNotOfARowThatIsNoLeadYet) {
  EngineDriver driver(kPlain);
  driver.Feed(Note("free", "c1"));
  // Waits for the mailbox, which answers after the command. Its first change is LEAD_CREATED.
  driver.Feed(Command("7", "c2", R"("updateProfile":{"set":{"email":"a@x.org"}})"));
  EXPECT_EQ(driver.changes().back().key.lead, "7");
  EXPECT_EQ(driver.updates().size(), 1u);
}

TEST(LeadUpdate, IsForTheAgentAndTheOneWhoLosesTheLead) {
  EngineDriver driver(kPlain);
  driver.Feed(Command("7", "c1", R"("assignAgent":{"agentId":"ben"})"));
  driver.Feed(Command("7", "c2", R"("assignAgent":{"agentId":"ann"})"));
  driver.Feed(Note("7", "c3"));
  std::vector<std::string> audiences;
  for (const LeadUpdate& update : driver.updates()) {
    audiences.push_back(update.audience.agent.value_or("-") + "<" + update.audience.agent_before.value_or("-"));
  }
  EXPECT_EQ(audiences, (std::vector<std::string>{"ben<-", "ann<ben", "ann<-"}));
}

TEST(LeadUpdate, IsOfALeadWhoseAddressIsAMailbox) {
  EngineDriver driver(kPlain);
  driver.Feed(Note("7", "c1"));
  driver.Feed(Command("7", "c2", R"("updateProfile":{"set":{"email":"a@x.org"}})"));
  driver.Feed(Note("7", "c3"));
  driver.Commit();
  EXPECT_EQ(driver.updates().back().key.lead, "7");
  EXPECT_EQ(driver.updates().size(), 3u);
  EXPECT_EQ(driver.updates().back().version, state::LeadVersion(*driver.FindLead({"t", "7"})));
}

}  // namespace
}  // namespace leadpulse::engine::lead_update_test
