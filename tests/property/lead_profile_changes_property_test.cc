// A consumer of a lead's changes can derive what its record in lead.profiles says of the view.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "leadpulse/v1/lead_profile.pb.h"
#include "processor/kafka/lead_profiles.h"
#include "state/codec/lead_codec.h"
#include "tests/support/engine_driver.h"
#include "tests/support/random_history.h"

namespace leadpulse::testing::lead_profile_changes_property_test {

using codec::ChangeKind;

// The facts about a lead that a consumer of the changes knows, from its first change on.
struct Believed {
  uint64_t seq = 0;
  std::string score = "0", tier = "cold", email_status = "active", sendable = "true", stage = "new";
  std::set<std::string> segments;

  void Follow(const codec::Change& change) {
    seq = change.seq.value;
    if (change.kind == ChangeKind::kScoreChanged) score = change.to;
    if (change.kind == ChangeKind::kTierChanged) tier = change.to;
    if (change.kind == ChangeKind::kEmailStatusChanged) email_status = change.to;
    if (change.kind == ChangeKind::kSendableChanged) sendable = change.to;
    if (change.kind == ChangeKind::kStageChanged) stage = change.to;
    if (change.kind == ChangeKind::kSegmentEntered) segments.insert(change.name);
    if (change.kind == ChangeKind::kSegmentLeft) segments.erase(change.name);
  }
};

void CheckRecord(const LeadKey& key, const Believed& believed, EngineDriver* driver) {
  const state::Lead lead = driver->FindLead(key).value();
  const kafka::LeadProfiles profiles(config::RecordFormat::kProtobuf, 0);
  v1::LeadProfile record;
  RC_ASSERT(record.ParseFromString(
      *profiles.Encode(PartitionId{0}, lead, driver->DefinitionsFor(key.tenant), state::LeadVersion(lead)).value));
  RC_ASSERT(record.tenant_id() == key.tenant);
  RC_ASSERT(record.lead_id() == key.lead);
  RC_ASSERT(record.seq() == believed.seq);
  RC_ASSERT(std::to_string(record.score()) == believed.score);
  RC_ASSERT(record.tier() == believed.tier);
  RC_ASSERT(record.email_status() == believed.email_status);
  RC_ASSERT(record.sendable() == (believed.sendable == "true"));
  RC_ASSERT(record.stage() == believed.stage);
  const std::vector<std::string> segments(record.segments().begin(), record.segments().end());
  RC_ASSERT(segments == std::vector<std::string>(believed.segments.begin(), believed.segments.end()));
}

TEST(LeadProfileChangesProperty, SaysWhatChangesSaid) {
  EXPECT_TRUE(rc::check("a lead's record is the sum of its changes", [] {
    EngineDriver driver(HistoryDefinitions(*rc::gen::inRange(0, kHistoryDefinitionVariants)));
    const std::vector<HistoryRow> rows = *AnyHistory();
    const size_t redefined_at = *rc::gen::inRange<size_t>(0, 2 * rows.size() + 1);
    std::map<LeadKey, Believed> believed;
    size_t followed = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      driver.Feed(ToJson(rows[i]));
      if (i == redefined_at) driver.Redefine(HistoryDefinitions(*rc::gen::inRange(0, kHistoryDefinitionVariants)));
      driver.AdvanceTo(driver.clock());
      for (; followed < driver.changes().size(); ++followed) {
        believed[driver.changes()[followed].key].Follow(driver.changes()[followed]);
      }
      for (const auto& [key, belief] : believed) CheckRecord(key, belief, &driver);
    }
  }));
}

}  // namespace leadpulse::testing::lead_profile_changes_property_test
