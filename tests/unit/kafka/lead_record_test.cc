// A lead's record in the topic lead.state. tests/property/lead_record_property_test.cc compares it with the changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "leadpulse/v1/changelog.pb.h"
#include "processor/kafka/changelog.h"
#include "state/codec/lead_codec.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::kafka::lead_record_test {

using ::testing::ElementsAre;

constexpr Instant kAt{1'735'689'600'250};  // 2025-01-01T00:00:00.250Z
const LeadKey kAnn{"t", "a@x.org"};

v1::LeadRecord RecordOf(const state::Lead& lead, const config::TenantDefinitions& definitions,
                        std::string_view stored) {
  std::string bytes;
  EncodeLeadRecord(lead, definitions, kAt, stored, &bytes);
  v1::LeadRecord record;
  EXPECT_TRUE(record.ParseFromString(bytes));
  EXPECT_EQ(record.SerializeAsString(), bytes) << "as the library writes it";
  return record;
}

class LeadRecordTest : public ::testing::Test {
 protected:
  LeadRecordTest() {
    driver_.Feed(
        R"({"event":{"tenantId":"t","leadId":"a@x.org","eventId":"e1","type":"OPEN","occurredAt":"2025-01-01T00:00:00Z"}})");
    driver_.Feed(
        R"({"event":{"tenantId":"t","leadId":"a@x.org","eventId":"e2","type":"UNSUBSCRIBE","occurredAt":"2025-01-01T00:00:00.250Z"}})");
    lead_ = driver_.FindLead(kAnn).value();
  }

  const config::TenantDefinitions& definitions() const { return driver_.DefinitionsFor("t"); }

  leadpulse::testing::EngineDriver driver_;
  state::Lead lead_;
};

TEST_F(LeadRecordTest, HoldsTheViewByName) {
  const std::string stored = state::EncodeLead(lead_);
  const v1::LeadRecord record = RecordOf(lead_, definitions(), stored);
  EXPECT_EQ(record.tenant_id(), "t");
  EXPECT_EQ(record.lead_id(), "a@x.org");
  EXPECT_EQ(record.seq(), lead_.last_seq.value);
  EXPECT_EQ(record.seq(), driver_.changes().size());
  EXPECT_EQ(record.at().seconds() * 1000 + record.at().nanos() / 1'000'000, kAt.millis);
  EXPECT_EQ(record.score(), lead_.view.score);
  EXPECT_EQ(record.tier(), "cold");
  EXPECT_EQ(record.email_status(), "unsubscribed");
  EXPECT_FALSE(record.sendable());
  EXPECT_EQ(record.stage(), "contacted");
  EXPECT_THAT(record.segments(), ElementsAre("recently-opened"));
  const Result<state::Lead> restored = state::DecodeLead(kAnn, record.stored());
  ASSERT_TRUE(restored.ok());
  EXPECT_EQ(*restored, lead_);
}

TEST_F(LeadRecordTest, ALeadThatWaitsForItsMailboxIsPendingAndNotSendable) {
  state::Lead lead = lead_;
  lead.view.sendable = true;
  lead.identity.Get().registration = state::Registration::kRegistered;
  v1::LeadRecord record = RecordOf(lead, definitions(), "stored");
  EXPECT_FALSE(record.pending());
  EXPECT_TRUE(record.sendable());
  lead.identity->registration = state::Registration::kWaiting;
  record = RecordOf(lead, definitions(), "stored");
  EXPECT_TRUE(record.pending());
  EXPECT_FALSE(record.sendable());
  EXPECT_EQ(record.email_status(), "unsubscribed") << "as it was published";
}

TEST_F(LeadRecordTest, ARowThatIsNoLeadHasNothingForConsumers) {
  state::Lead lead = lead_;
  lead.identity.Get().is_no_lead = true;
  v1::LeadRecord expected;
  expected.set_stored("stored");
  EXPECT_EQ(RecordOf(lead, definitions(), "stored").SerializeAsString(), expected.SerializeAsString());
}

TEST_F(LeadRecordTest, StoredBytesAreKeptWhateverTheyAre) {
  for (const size_t size : {0, 1, 127, 128, 16'384, 3 << 20}) {
    std::string stored(size, '\0');
    for (size_t i = 0; i < size; ++i) stored[i] = static_cast<char>(i * 37);
    std::string bytes = "before";
    EncodeLeadRecord(lead_, definitions(), kAt, stored, &bytes);
    ASSERT_TRUE(bytes.starts_with("before"));
    v1::LeadRecord record;
    ASSERT_TRUE(record.ParseFromString(bytes.substr(6)));
    EXPECT_EQ(record.stored(), stored);
  }
}

TEST_F(LeadRecordTest, IndexesOfOtherDefinitionsAreAnInternalError) {
  std::string bytes;
  state::Lead lead = lead_;
  lead.view.tier = static_cast<uint32_t>(definitions().tiers.size());
  EXPECT_DEATH(EncodeLeadRecord(lead, definitions(), kAt, "", &bytes), "internal error");
  lead = lead_;
  lead.view.segments.push_back(static_cast<uint32_t>(definitions().segments.size()));
  EXPECT_DEATH(EncodeLeadRecord(lead, definitions(), kAt, "", &bytes), "internal error");
}

}  // namespace leadpulse::kafka::lead_record_test
