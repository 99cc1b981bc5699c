#include "processor/query/leads/lead_timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/lead_examples.h"

namespace leadpulse::query {
namespace {

using state::EditKind;
using ::testing::ElementsAre;

TEST(LeadTimelineTest, EditsOfNamesSayWhatChangedAndByWhom) {
  state::Lead lead;
  lead.profile.extras.Get().edits = {{EditKind::kAttributes, testing::AtMinute(1), "kim", "+company_name\n-phone"},
                                     {EditKind::kTags, testing::AtMinute(2), "kim", "+a \"b\"\n-cold"},
                                     {EditKind::kLists, testing::AtMinute(3), "", "+News…"},
                                     {EditKind::kCampaigns, testing::AtMinute(4), "crm", "-Spring"}};
  std::vector<std::string> entries;
  for (const PlacedEntry& entry : TimelineOf(lead, {})) AppendJson(WholeEntry(lead, entry), &entries.emplace_back());
  EXPECT_THAT(
      entries,
      ElementsAre(
          R"({"at":"2026-01-01T00:04:00Z","kind":"campaigns","campaigns":{"added":[],"removed":["Spring"],)"
          R"("at":"2026-01-01T00:04:00Z","actor":"crm"}})",
          R"({"at":"2026-01-01T00:03:00Z","kind":"lists","lists":{"added":["News…"],"removed":[],)"
          R"("at":"2026-01-01T00:03:00Z","actor":""}})",
          R"({"at":"2026-01-01T00:02:00Z","kind":"tags","tags":{"added":["a \"b\""],"removed":["cold"],)"
          R"("at":"2026-01-01T00:02:00Z","actor":"kim"}})",
          R"({"at":"2026-01-01T00:01:00Z","kind":"attributes","attributes":{"set":["company_name"],"unset":["phone"],)"
          R"("at":"2026-01-01T00:01:00Z","actor":"kim"}})"));
}

codec::PublishedChange Published(uint64_t seq, codec::ChangeKind kind, codec::Cause cause, std::string actor) {
  codec::PublishedChange published{.change = {}, .actor = std::move(actor)};
  published.change.key = {"acme", "ann"};
  published.change.seq = {seq};
  published.change.at = testing::AtMinute(20);
  published.change.kind = kind;
  published.change.from = "new";
  published.change.to = "lost";
  published.change.cause = std::move(cause);
  return published;
}

// Makes a lead with each kind of entry.
state::Lead LeadWithEachEntry() {
  state::Lead lead;
  lead.key = {"acme", "ann"};
  lead.identity.Get().addresses = {"ann@work.example"};
  constexpr size_t kMany = 100;
  testing::OwnedEntry full = testing::FullEntry();
  full.properties.emplace_back("total", *Number::ParseJson("12345678901234567890.5"));
  lead.journal.Add(full, kMany);
  testing::OwnedEntry soft = testing::Entry(EventType::kBounce, 8, "bounce");
  soft.bounce_kind = BounceKind::kSoft;
  lead.journal.Add(soft, kMany);
  testing::OwnedEntry proxy = testing::Entry(EventType::kOpen, 7, "open");
  proxy.machine = proxy.received = true;
  proxy.address = 1;
  lead.journal.Add(proxy, kMany);
  testing::OwnedEntry left = testing::Entry(EventType::kUnsubscribe, 6, "left");
  left.subject = "news";
  lead.journal.Add(left, kMany);
  lead.journal.Add(testing::Retract(10, "retract", "order-77"), kMany);
  lead.profile.set_stage = state::StageSetting{Stage::kQualifying, testing::AtMinute(1)};
  state::ProfileExtras& extras = lead.profile.extras.Get();
  extras.notes = {{testing::AtMinute(5), "kim", "said \"yes\"", "c-9"}};
  extras.consent_ledger = {{{"sms", true, "form", testing::AtMinute(4)}, "kim", "v1", testing::AtMinute(5)},
                           {{"mail", false, "", testing::AtMinute(3)}, "", "", testing::AtMinute(3)}};
  extras.edits = {{EditKind::kQualification, testing::AtMinute(2), "kim", ""},
                  {EditKind::kQualification, testing::AtMinute(2), "kim", "-7"},
                  {EditKind::kDoNotContact, testing::AtMinute(2), "", "true"},
                  {EditKind::kAgent, testing::AtMinute(2), "crm", "ben"}};
  return lead;
}

// What an entry has is in its JSON, also after its message was sent; what it does not have is left out.
TEST(LeadTimelineTest, EachKindOfEntryIsPrinted) {
  const state::Lead lead = LeadWithEachEntry();
  const std::vector<codec::PublishedChange> published = {
      Published(1, codec::ChangeKind::kStageChanged, {codec::CauseKind::kCommand, "c1"}, ""),
      Published(2, codec::ChangeKind::kTierChanged, {codec::CauseKind::kTime, ""}, "")};
  std::vector<std::string> entries;
  for (const PlacedEntry& placed : TimelineOf(lead, published)) {
    v1::TimelineEntry sent;
    ASSERT_TRUE(sent.ParseFromString(WholeEntry(lead, placed).SerializeAsString()));
    AppendJson(sent, &entries.emplace_back());
  }
  EXPECT_THAT(
      entries,
      ElementsAre(R"({"at":"2026-01-01T00:20:00Z","kind":"change","change":{"tenantId":"acme","leadId":"ann",)"
                  R"("seq":"2","at":"2026-01-01T00:20:00Z","kind":"TIER_CHANGED","from":"new","to":"lost",)"
                  R"("cause":{"kind":"TIME"}}})",
                  R"({"at":"2026-01-01T00:20:00Z","kind":"change","change":{"tenantId":"acme","leadId":"ann",)"
                  R"("seq":"1","at":"2026-01-01T00:20:00Z","kind":"STAGE_CHANGED","from":"new","to":"lost",)"
                  R"("cause":{"kind":"COMMAND","id":"c1"},"actor":""}})",
                  R"({"at":"2026-01-01T00:10:00Z","kind":"event","event":{"eventId":"retract","type":"retract",)"
                  R"("occurredAt":"2026-01-01T00:10:00Z","retracts":"order-77"}})",
                  R"({"at":"2026-01-01T00:09:00Z","kind":"event","event":{"eventId":"order-77","type":"custom",)"
                  R"("occurredAt":"2026-01-01T00:09:00Z","campaignId":"spring","messageId":"message-1",)"
                  R"("name":"Заказ","properties":{"express":true,"gift":false,"nothing":null,"price":12.5,)"
                  R"("quantity":-3,"shipped":"2026-01-01T00:05:00Z","sizes":["m",2,true,"2026-01-01T00:01:00Z",null],)"
                  R"("sku":"A-1","terms":{"net":30},"total":12345678901234567890.5},"retracted":true}})",
                  R"({"at":"2026-01-01T00:08:00Z","kind":"event","event":{"eventId":"bounce","type":"bounce",)"
                  R"("occurredAt":"2026-01-01T00:08:00Z","bounceKind":"soft"}})",
                  R"({"at":"2026-01-01T00:07:00Z","kind":"event","event":{"eventId":"open","type":"open",)"
                  R"("occurredAt":"2026-01-01T00:07:00Z","machine":true,"through":"ann@work.example"}})",
                  R"({"at":"2026-01-01T00:06:00Z","kind":"event","event":{"eventId":"left","type":"unsubscribe",)"
                  R"("occurredAt":"2026-01-01T00:06:00Z","topic":"news"}})",
                  R"({"at":"2026-01-01T00:05:00Z","kind":"note","note":{"text":"said \"yes\"",)"
                  R"("at":"2026-01-01T00:05:00Z","actor":"kim","commandId":"c-9"}})",
                  R"({"at":"2026-01-01T00:04:00Z","kind":"consent","consent":{"purpose":"sms","granted":true,)"
                  R"("at":"2026-01-01T00:04:00Z","actor":"kim","source":"form","version":"v1",)"
                  R"("issuedAt":"2026-01-01T00:05:00Z"}})",
                  R"({"at":"2026-01-01T00:03:00Z","kind":"consent","consent":{"purpose":"mail","granted":false,)"
                  R"("at":"2026-01-01T00:03:00Z","actor":"","source":""}})",
                  R"({"at":"2026-01-01T00:02:00Z","kind":"agent","agent":{"agentId":"ben",)"
                  R"("at":"2026-01-01T00:02:00Z","actor":"crm"}})",
                  R"({"at":"2026-01-01T00:02:00Z","kind":"qualification","qualification":{"score":null,)"
                  R"("at":"2026-01-01T00:02:00Z","actor":"kim"}})",
                  R"({"at":"2026-01-01T00:02:00Z","kind":"qualification","qualification":{"score":-7,)"
                  R"("at":"2026-01-01T00:02:00Z","actor":"kim"}})",
                  R"({"at":"2026-01-01T00:02:00Z","kind":"doNotContact","doNotContact":{"value":true,)"
                  R"("at":"2026-01-01T00:02:00Z","actor":""}})",
                  R"({"at":"2026-01-01T00:01:00Z","kind":"stage","stage":{"stage":"qualifying",)"
                  R"("at":"2026-01-01T00:01:00Z"}})"));
}

}  // namespace
}  // namespace leadpulse::query
