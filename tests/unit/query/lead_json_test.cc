// A lead's row and record as messages: their JSON says what lines of leads.jsonl say, also after the message was sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "config/definitions_loader.h"
#include "processor/base/json.h"
#include "processor/base/text.h"
#include "processor/engine/lead_row.h"
#include "processor/query/leads/lead_record.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/view/view.h"
#include "tests/support/lead_examples.h"

namespace leadpulse::query {
namespace {

constexpr char kDefinitions[] = R"(
tenants:
  acme:
    tiers: [{name: "h\"ot", at_least: 3}, {name: cold}]
    fields: {born: day, since: date, size: number, vip: boolean}
    topics: [{id: news, name: News}]
    segments: [{id: big, rule: "size > 5"}, {id: "a\"b", rule: "DID open"}]
    scoring: {rules: [{event: open, points: 2}]}
)";

template <typename Message>
Message Sent(const Message& message) {
  Message sent;
  EXPECT_TRUE(sent.ParseFromString(message.SerializeAsString()));
  return sent;
}

class RandomLead {
 public:
  explicit RandomLead(std::mt19937* random) : random_(*random) {}

  state::Lead Make() {
    state::Lead lead;
    lead.key = {"acme", Text() + std::to_string(Up(90)) + (Up(2) == 0 ? "@Example.com" : "")};
    lead.last_seq = {random_()};
    for (const char* name : {"born", "since", "size", "vip", "email", "x y", "q\"t", "list", "first_name"}) {
      Value value = AnyValue();
      if (Up(3) > 0 && !IsUnset(value)) lead.profile.attributes[name].sent = std::move(value);
    }
    lead.profile.do_not_contact = Up(4) == 0;
    if (Up(2) == 0) lead.profile.qualification = Up(100);
    if (Up(2) == 0) lead.profile.newest_command_at = testing::AtMinute(Up(500));
    if (Up(2) == 0) lead.profile.first_command_at = testing::AtMinute(Up(500));
    if (Up(3) > 0) AddExtras(&lead.profile.extras.Get());
    const int events = Up(12);
    for (int i = 0; i < events; ++i) {
      constexpr EventType kTypes[] = {EventType::kOpen,        EventType::kClick, EventType::kReply,
                                      EventType::kUnsubscribe, EventType::kSent,  EventType::kPageVisit};
      lead.journal.Add(testing::Entry(kTypes[random_() % std::size(kTypes)], i, "e" + std::to_string(i)), 5);
    }
    return lead;
  }

 private:
  int Up(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  std::string Text() {
    static const std::string kTexts[] = {
        "", "Ann", "\"q\" \\ /", "\x01\n\t", "東京都", "2026-03-04", "1.50", "a@b.example", "2026-03-04T10:00:00.5Z"};
    return kTexts[random_() % std::size(kTexts)];
  }
  Scalar OneScalar() {
    switch (Up(3)) {
      case 0:
        return Up(2) == 0;
      case 1:
        return *Number::ParseJson(Up(2) == 0 ? "12345678901234567890.5" : "-0.25");
      default:
        return Text();
    }
  }
  Value AnyValue() {
    switch (Up(7)) {
      case 0: {
        ScalarList list;
        while (Up(3) > 0) list.push_back(OneScalar());
        return list;
      }
      case 1:
        return StructValue{R"({"k e\"y":[1,{"b":null}]})"};
      default:
        return std::visit([](const auto& plain) { return Value(plain); }, OneScalar());
    }
  }
  void AddExtras(state::ProfileExtras* extras) {
    for (state::NameSet* names : {&extras->tags, &extras->lists, &extras->campaigns}) {
      while (Up(3) > 0) names->Add("Name" + std::to_string(Up(9)) + Text());
    }
    for (const char* purpose : {"Mail", "a\"b"}) {
      const state::Consent consent{purpose, Up(2) == 0, Text(), testing::AtMinute(Up(500))};
      if (Up(2) == 0) extras->consents[AsciiLower(purpose)] = consent;
      if (Up(2) == 0) extras->consent_ledger.push_back({consent, Text(), Text(), testing::AtMinute(Up(500))});
    }
    if (Up(2) == 0) extras->notes = {{testing::AtMinute(Up(500)), Text(), Text()}};
    extras->agent_id = Text();
    extras->do_not_contact_reason = Text();
  }

  std::mt19937& random_;
};

// The line is written from the lead itself, and the JSON of row and record from messages.
TEST(LeadJsonTest, RowAndRecordBeginAsTheLineOfTheLeadDoes) {
  const auto definitions = config::LoadDefinitions(kDefinitions).definitions;
  ASSERT_NE(definitions, nullptr);
  const config::TenantDefinitions& tenant = definitions->For("acme");
  std::mt19937 random(20261130);
  for (int round = 0; round < 2'000 && !::testing::Test::HasFailure(); ++round) {
    state::Lead lead = RandomLead(&random).Make();
    view::ConvertProfile(tenant, &lead.profile);
    const Instant now = testing::AtMinute(600);
    std::string line;
    engine::AppendLeadRow(lead, view::EvaluateView(lead, tenant, now), tenant, &line);
    line.resize(line.size() - 2);  // the bracket and the line end
    const std::string record = RecordJson(Sent(RecordOf(lead, {}, {}, tenant, now)));
    ASSERT_EQ(record.substr(0, line.size()), line) << "round " << round;
    std::string id = "{\"id\":", row;
    AppendJsonString(lead.key.lead, &id);
    const EvaluatedLead evaluated(std::move(lead), tenant, now);
    v1::LeadRow message;
    SetRow(evaluated, &message);
    AppendJson(Sent(message), &row);
    ASSERT_EQ(row.substr(0, id.size() + line.size()), id + "," + line.substr(1)) << "round " << round;
    EXPECT_NE(row.find(",\"email\":" + ValueToJson(rules::EmailOf(evaluated.lead())) + ",\"created\":"), row.npos);
    // Both end with the same values, which the line does not have.
    const Result<Json> of_row = Json::Parse(row), of_record = Json::Parse(record);
    ASSERT_TRUE(of_row.ok() && of_record.ok());
    for (const auto& [in_row, in_record] : {std::pair("email", "email"), std::pair("created", "created"),
                                            std::pair("updated", "newestCommandAt"), std::pair("version", "version")}) {
      std::string a, b;
      (*of_row)[in_row].AppendTo(&a);
      (*of_record)[in_record].AppendTo(&b);
      EXPECT_EQ(a, b) << in_row << " in round " << round;
    }
  }
}

TEST(LeadJsonTest, AnAttributeIsAsItWasSentAndConvertedIfThatLooksDifferent) {
  const auto definitions = config::LoadDefinitions(kDefinitions).definitions;
  const config::TenantDefinitions& tenant = definitions->For("acme");
  state::Lead lead;
  lead.key = {"acme", "Ann@Example.com"};
  lead.profile.attributes["born"].sent = std::string("2001-02-03T10:00:00Z");
  lead.profile.attributes["size"].sent = std::string("many");
  lead.profile.attributes["total"].sent = *Number::ParseJson("12345678901234567890.5");
  lead.profile.set_stage = state::StageSetting{Stage::kQualifying, testing::AtMinute(1)};
  view::ConvertProfile(tenant, &lead.profile);
  const v1::WholeRecord record = Sent(RecordOf(lead, {}, {}, tenant, testing::AtMinute(9)));
  const std::string json = RecordJson(record);
  EXPECT_THAT(json,
              ::testing::HasSubstr(R"("attributes":{"born":{"sent":"2001-02-03T10:00:00Z","converted":"2001-02-03"},)"
                                   R"("size":{"sent":"many","converted":null},)"
                                   R"("total":{"sent":12345678901234567890.5}},"consentLedger":[],)"));
  EXPECT_THAT(json, ::testing::HasSubstr(R"("email":"Ann@Example.com","address":null,)"));
  EXPECT_THAT(json, ::testing::HasSubstr(R"("stageSet":{"stage":"qualifying","at":"2026-01-01T00:01:00Z"},)"
                                         R"("qualificationSet":null,"lastAddress":"","addressChangedAt":null,)"
                                         R"("firstCommandAt":null,"newestCommandAt":null,"erasedAt":null,"events":[],)"
                                         R"("folded":null,"statusFacts":null,"commandIds":[]})"));
  const std::string contact = ContactJson(record, CommandIds::kLeftOut);
  EXPECT_TRUE(contact.starts_with(R"({"id":"Ann@Example.com","tenantId":"acme",)")) << contact;
  EXPECT_TRUE(contact.ends_with(
      R"("firstCommandAt":null,"stage_since":null,"updated":null,"newestCommandAt":null,"erasedAt":null,)"
      R"("events":[],"folded":null,"statusFacts":null})"))
      << contact;
}

TEST(LeadJsonTest, CellsAreFurtherMembersAndNullWithoutAValue) {
  v1::LeadRow row;
  row.mutable_lead()->set_lead_id("ann");
  row.add_cells()->set_name("x \"y\"");
  v1::ProfileAttribute* const cell = row.add_cells();
  cell->set_name("size");
  cell->mutable_value()->set_decimal("12345678901234567890.5");
  std::string json;
  AppendJson(Sent(row), &json);
  EXPECT_TRUE(json.ends_with(R"("version":"","x \"y\"":null,"size":12345678901234567890.5})")) << json;
}

// A page has 8 MiB at most, and 1,000 rows.
TEST(LeadJsonTest, ARowCountsForItsJsonUnlessAThousandOfItsKindFitInAPage) {
  for (const size_t bytes : {size_t{100}, size_t{900}, size_t{2'000}, size_t{100'000}}) {
    v1::LeadRow row;
    row.mutable_lead()->add_attributes()->mutable_value()->set_text(std::string(bytes, '\1'));
    std::string json;
    AppendJson(row, &json);
    const size_t bounded = BoundedBytes(row);
    EXPECT_TRUE(bounded == json.size() || json.size() * 1'000 < (size_t{8} << 20)) << bytes;
    EXPECT_GE(bounded, bytes);
  }
}

}  // namespace
}  // namespace leadpulse::query
