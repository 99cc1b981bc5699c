// Which agents may know of a change.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/support/engine_driver.h"

namespace leadpulse::engine::change_audience_test {

using leadpulse::testing::EngineDriver;

constexpr char kSegments[] =
    R"(tenants: {t: {tiers: [{name: all}], segments: [
      {id: of-ben, rule: 'agent IS "ben"'}, {id: of-anyone, rule: agent IS SET}]}})";

std::string Event(const std::string& lead, const std::string& id, const std::string& type = "OPEN") {
  return R"({"event":{"tenantId":"t","leadId":")" + lead + R"(","eventId":")" + id + R"(","type":")" + type +
         R"(","occurredAt":"2025-01-01T00:00:00Z"}})";
}

std::string Command(const std::string& lead, const std::string& id, const std::string& action) {
  return R"({"command":{"tenantId":"t","leadId":")" + lead + R"(","commandId":")" + id +
         R"(","issuedAt":"2025-01-02T00:00:00Z",)" + action + "}}";
}

std::string Assign(const std::string& id, const std::string& agent) {
  return Command("7", id, R"("assignAgent":{"agentId":")" + agent + R"("})");
}

// Returns `KIND agent<agent before`, each `-` if there is none, from the change with this index on.
std::vector<std::string> AudiencesFrom(size_t begin, const EngineDriver& driver) {
  std::vector<std::string> audiences;
  for (size_t i = begin; i < driver.changes().size(); ++i) {
    const ChangeAudience& audience = driver.changes().audience(i);
    audiences.push_back(std::string(codec::ChangeKindName(driver.changes()[i].kind)) + " " +
                        audience.agent.value_or("-") + "<" + audience.agent_before.value_or("-"));
  }
  return audiences;
}

using Audiences = std::vector<std::string>;

TEST(ChangeAudience, IsTheAgentAfterTheRecordAndTheOneWhoLosesTheLead) {
  EngineDriver driver(kSegments);
  driver.Feed(Command("7", "c1", R"("editTags":{"add":["x"]})"));
  size_t begin = driver.changes().size();
  EXPECT_EQ(AudiencesFrom(0, driver).front(), "LEAD_CREATED <-");
  driver.Feed(Assign("c2", "ben"));
  EXPECT_EQ(AudiencesFrom(begin, driver), Audiences({"SEGMENT_ENTERED ben<", "SEGMENT_ENTERED ben<"}));
  begin = driver.changes().size();
  driver.Feed(Assign("c3", "ann"));
  EXPECT_EQ(AudiencesFrom(begin, driver), Audiences({"SEGMENT_LEFT ann<ben"}));
  begin = driver.changes().size();
  // The same agent again, a record without an assignment, and an end of the assignment.
  driver.Feed(Assign("c4", "ann"));
  driver.Feed(Event("7", "e1"));
  for (const std::string& audience : AudiencesFrom(begin, driver)) {
    EXPECT_TRUE(audience.ends_with(" ann<-")) << audience;
  }
  begin = driver.changes().size();
  driver.Feed(Assign("c5", ""));
  EXPECT_EQ(AudiencesFrom(begin, driver), Audiences({"SEGMENT_LEFT <ann"}));
}

TEST(ChangeAudience, OfAnErasureIsTheAgentBefore) {
  EngineDriver driver(kSegments);
  driver.Feed(Assign("c1", "ben"));
  const size_t begin = driver.changes().size();
  driver.Feed(Command("7", "c2", R"("erase":{})"));
  // The former owner of the lead is no longer known.
  driver.Feed(Command("7", "c3", R"("erase":{})"));
  driver.Feed(Command("unknown", "c4", R"("erase":{})"));
  EXPECT_EQ(AudiencesFrom(begin, driver), Audiences({"LEAD_ERASED ben<-", "LEAD_ERASED -<-"}));
}

TEST(ChangeAudience, OfAMergeIsNoAgentBecauseItNamesAnotherLead) {
  EngineDriver driver(kSegments);
  driver.Feed(Event("a@x.org", "e1"));
  const size_t begin = driver.changes().size();
  driver.Feed(Command("7", "c1", R"("updateProfile":{"set":{"email":"a@x.org"}})"));
  Audiences merged;
  for (const std::string& audience : AudiencesFrom(begin, driver)) {
    if (audience.starts_with("LEAD_MERGED")) merged.push_back(audience);
  }
  EXPECT_EQ(merged, Audiences({"LEAD_MERGED -<"}));
}

TEST(ChangeAudience, DoesNotKnowOfTheRecordOfAnotherLead) {
  EngineDriver driver(kSegments);
  for (const std::string lead : {"7", "8"}) {
    driver.Feed(Command(lead, "c1", R"("updateProfile":{"set":{"email":"a@x.org"}})"));
  }
  const auto hidden_of = [&driver](const std::string& event) {
    const size_t begin = driver.changes().size();
    driver.Feed(event);
    std::set<std::string> hidden;
    for (size_t i = begin; i < driver.changes().size(); ++i) {
      hidden.insert(driver.changes()[i].key.lead + (driver.changes().audience(i).hides_cause ? " hides" : " shows"));
    }
    return hidden;
  };
  EXPECT_EQ(hidden_of(Event("7", "e1", "UNSUBSCRIBE")), (std::set<std::string>{"7 shows", "8 hides"}));
  // Both get it.
  EXPECT_EQ(hidden_of(Event("a@x.org", "e2", "COMPLAINT")), (std::set<std::string>{"7 shows", "8 shows"}));
}

}  // namespace leadpulse::engine::change_audience_test
