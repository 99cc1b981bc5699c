// The records of lead.profiles: JSON is a line of leads.jsonl with a few members more, and Protobuf says the same.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <string>

#include "config/definitions_loader.h"
#include "leadpulse/v1/lead_profile.pb.h"
#include "processor/engine/lead_row.h"
#include "processor/kafka/lead_profiles.h"
#include "processor/kafka/printable_key.h"
#include "processor/view/view.h"
#include "schemas/codec/confluent_framing.h"
#include "state/codec/lead_codec.h"
#include "tests/property/lead_generators.h"
#include "tests/support/model/number.h"

namespace leadpulse::testing::lead_profiles_property_test {

using config::RecordFormat;
using kafka::LeadProfiles;
using model::Json;

constexpr PartitionId kPartition{3};

const config::TenantDefinitions& Definitions() {
  static const std::shared_ptr<const config::Definitions> definitions = config::DefaultDefinitions();
  return definitions->For("acme");
}

// Draws a lead as the engine holds it.
rc::Gen<state::Lead> AnyHeldLead() {
  return rc::gen::map(AnyLead(), [](state::Lead lead) {
    lead.identity->is_no_lead = false;
    lead.view.segments.clear();
    std::erase_if(lead.profile.attributes, [](const auto& attribute) {
      const auto* number = std::get_if<Number>(&attribute.second.sent);
      return number != nullptr && !std::isfinite(number->nearest());
    });
    view::ConvertProfile(Definitions(), &lead.profile);
    return lead;
  });
}

std::string TimeOf(const google::protobuf::Timestamp& time) {
  return FormatRfc3339(Instant{time.seconds() * 1000 + time.nanos() / 1'000'000});
}

Json JsonOf(const v1::ProfileValue& value) {
  switch (value.kind_case()) {
    case v1::ProfileValue::kBoolean:
      return value.boolean();
    case v1::ProfileValue::kNumber:
      return model::Parse(Number(value.number()).Spelling());
    case v1::ProfileValue::kDecimal:
      return model::Parse(value.decimal());
    case v1::ProfileValue::kText:
      return value.text();
    case v1::ProfileValue::kTime:
      return TimeOf(value.time());
    case v1::ProfileValue::kDay:
      return value.day();
    case v1::ProfileValue::kJson:
      return value.json();
    case v1::ProfileValue::kList: {
      Json list = Json::array();
      for (const v1::ProfileValue& element : value.list().elements()) list.push_back(JsonOf(element));
      return list;
    }
    case v1::ProfileValue::KIND_NOT_SET:
      return nullptr;  // in a list only
  }
  return "damaged";
}

template <typename Names>
Json JsonOfNames(const Names& names) {
  Json list = Json::array();
  for (const std::string& name : names) list.push_back(name);
  return list;
}

// Returns the record as its JSON form has it.
Json JsonOf(const v1::LeadProfile& profile) {
  Json json = {{"tenantId", profile.tenant_id()},
               {"leadId", profile.lead_id()},
               {"seq", profile.seq()},
               {"score", profile.score()},
               {"tier", profile.tier()},
               {"emailStatus", profile.email_status()},
               {"sendable", profile.sendable()},
               {"doNotContact", profile.do_not_contact()},
               {"stage", profile.stage()},
               {"status", profile.status()},
               {"quality", profile.quality()},
               {"qualification", profile.qualification()},
               {"agent", profile.agent()},
               {"segments", JsonOfNames(profile.segments())},
               {"lists", JsonOfNames(profile.lists())},
               {"tags", JsonOfNames(profile.tags())},
               {"campaigns", JsonOfNames(profile.campaigns())},
               {"topicsOut", JsonOfNames(profile.topics_out())},
               {"consents", Json::object()},
               {"profile", Json::object()},
               {"counts", Json::object()},
               {"lastAt", Json::object()},
               {"email", profile.email().empty() ? Json() : Json(profile.email())},
               {"pending", profile.pending()},
               {"version", profile.version()}};
  for (const v1::ProfileConsent& consent : profile.consents()) {
    json["consents"][consent.purpose()] = {
        {"granted", consent.granted()}, {"source", consent.source()}, {"at", TimeOf(consent.at())}};
  }
  for (const v1::ProfileAttribute& attribute : profile.attributes()) {
    json["profile"][attribute.name()] = JsonOf(attribute.value());
  }
  for (const v1::ProfileCount& count : profile.counts()) {
    json["counts"][count.type()] = count.count();
    if (count.has_last_at()) json["lastAt"][count.type()] = TimeOf(count.last_at());
  }
  return json;
}

Json Written(RecordFormat format, const state::Lead& lead) {
  const kafka::OutputRecord record =
      LeadProfiles(format, 77).Encode(kPartition, lead, Definitions(), state::LeadVersion(lead));
  RC_ASSERT(record.topic == kafka::OutputTopic::kLeadProfiles && record.partition == kPartition);
  RC_ASSERT(record.key == kafka::PrintableKey(lead.key));
  if (format == RecordFormat::kJson) return model::Parse(*record.value);
  std::string_view bytes = *record.value;
  if (format == RecordFormat::kConfluent) {
    const Result<codec::ConfluentFrame> frame = codec::ReadConfluentFrame(bytes);
    RC_ASSERT(frame.ok() && frame->schema_id == 77u);
    bytes = frame->message;
  }
  v1::LeadProfile profile;
  RC_ASSERT(profile.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return JsonOf(profile);
}

RC_GTEST_PROP(LeadProfilesProperty, AllFormatsSayTheSame, ()) {
  state::Lead lead = *AnyHeldLead();
  // A structure is JSON in one format and its text in the other; compared by examples below.
  std::erase_if(lead.profile.attributes,
                [](const auto& attribute) { return std::holds_alternative<StructValue>(attribute.second.converted); });
  const Json json = Written(RecordFormat::kJson, lead);
  RC_ASSERT(Written(RecordFormat::kProtobuf, lead) == json);
  RC_ASSERT(Written(RecordFormat::kConfluent, lead) == json);
}

RC_GTEST_PROP(LeadProfilesProperty, JsonIsALineOfTheLeadsWithoutNotes, ()) {
  state::Lead lead = *AnyHeldLead();
  lead.identity->registration = state::Registration::kRegistered;
  lead.identity->withheld.Set({});
  for (auto& [name, attribute] : lead.profile.attributes) {
    if (std::holds_alternative<StructValue>(attribute.sent)) attribute = {};  // AnyText is no JSON
  }
  Json json = Written(RecordFormat::kJson, lead);
  RC_ASSERT(json.at("version") == state::LeadVersion(lead));
  RC_ASSERT(json.at("pending") == false);
  std::string line;
  engine::AppendLeadRow(lead, view::StoredView(lead, Definitions()), Definitions(), &line);
  Json row = model::Parse(line);
  row.erase("notes");
  for (const char* name : {"email", "pending", "version"}) json.erase(name);
  RC_ASSERT(json == row);
}

TEST(LeadProfilesTest, ALeadThatWaitsForItsMailboxIsNotSendable) {
  state::Lead lead = FullLead();
  lead.identity->is_no_lead = false;
  lead.view = view::EmptyView(Definitions());
  ASSERT_TRUE(lead.view.sendable);
  for (const RecordFormat format : {RecordFormat::kJson, RecordFormat::kProtobuf}) {
    lead.identity->registration = state::Registration::kWaiting;
    EXPECT_EQ(Written(format, lead).at("pending"), true);
    EXPECT_EQ(Written(format, lead).at("sendable"), false);
    EXPECT_EQ(Written(format, lead).at("tier"), "hot") << "withheld until the mailbox answers";
    lead.identity->registration = state::Registration::kRegistered;
    EXPECT_EQ(Written(format, lead).at("pending"), false);
    EXPECT_EQ(Written(format, lead).at("sendable"), true);
  }
}

TEST(LeadProfilesTest, StructuresAndLongNumbersKeepTheirDigits) {
  state::Lead lead;
  lead.key = {"acme", "ann"};
  lead.view = view::EmptyView(Definitions());
  lead.profile.attributes["place"].sent = StructValue{R"({"zip":[1,"x"]})"};
  lead.profile.attributes["order"].sent = *Number::ParseJson("12345678901234567890.5");
  view::ConvertProfile(Definitions(), &lead.profile);
  const Json json = Written(RecordFormat::kJson, lead);
  EXPECT_EQ(json.at("profile").at("place"), model::Parse(R"({"zip":[1,"x"]})"));
  EXPECT_EQ(json.at("profile").at("order"), model::Parse("12345678901234567890.5"));
  const Json message = Written(RecordFormat::kProtobuf, lead);
  EXPECT_EQ(message.at("profile").at("place"), R"({"zip":[1,"x"]})");
  EXPECT_EQ(message.at("profile").at("order"), json.at("profile").at("order"));
}

TEST(LeadProfilesTest, KeysArePrintable) {
  EXPECT_EQ(kafka::PrintableKey({"acme", "ann@example.com"}), "acme/ann@example.com");
  EXPECT_EQ(kafka::PrintableKey({"a/b%", "c/d%e"}), "a%2Fb%25/c/d%25e");
  EXPECT_EQ(kafka::PrintableKey({"acme", std::string("x\0y\x1F\x7Fž ", 8)}), "acme/x%00y%1F%7Fž ");
}

RC_GTEST_PROP(LeadProfilesProperty, KeysOfDifferentLeadsDiffer, ()) {
  const auto text = rc::gen::container<std::string>(rc::gen::element('a', '/', '%', '2', 'F', '\0'));
  const LeadKey one{*text, *text}, other{*text, *text};
  RC_ASSERT((kafka::PrintableKey(one) == kafka::PrintableKey(other)) == (one == other));
}

}  // namespace leadpulse::testing::lead_profiles_property_test
