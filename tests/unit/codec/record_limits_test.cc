// Every length limit of a record: the maximum is accepted, one byte more is refused, in both formats.
#include <gtest/gtest.h>

#include <functional>

#include "schemas/codec/record_checks.h"
#include "tests/support/record_samples.h"

namespace leadpulse::codec::record_limits_test {

constexpr size_t kId = 128, kLead = 320, kString = 1024, kLongString = 8192;

struct Limit {
  const char* field;  // as the rejection names it
  size_t bytes;
  std::function<void(std::string, v1::InputRecord*)> set;
};

void ExpectLimits(const v1::InputRecord& valid, const std::vector<Limit>& limits) {
  for (const Limit& limit : limits) {
    for (const Format format : {Format::kJson, Format::kProtobuf}) {
      SCOPED_TRACE(std::string(limit.field) + (format == Format::kJson ? " (JSON)" : " (Protobuf)"));
      for (const size_t bytes : {limit.bytes, limit.bytes + 1}) {
        v1::InputRecord record = valid;
        limit.set(std::string(bytes, 'x'), &record);
        const Decoded decoded = MakeDecoder(format)->Decode(Encode(record, format), {kLatest});
        const auto* rejection = std::get_if<Rejection>(&decoded);
        ASSERT_EQ(rejection != nullptr, bytes > limit.bytes) << bytes;
        if (rejection == nullptr) continue;
        EXPECT_EQ(rejection->reason, Reason::kInvalidValue);
        EXPECT_NE(rejection->detail.find(limit.field), std::string::npos) << rejection->detail;
        EXPECT_NE(rejection->detail.find("at most " + std::to_string(limit.bytes)), std::string::npos)
            << rejection->detail;
      }
    }
  }
}

TEST(RecordLimitsTest, OfAnEvent) {
  ExpectLimits(ValidEvent(),
               {{"event.tenantId", kId, [](std::string x, auto* r) { r->mutable_event()->set_tenant_id(x); }},
                {"event.leadId", kLead, [](std::string x, auto* r) { r->mutable_event()->set_lead_id(x); }},
                {"event.email", kString, [](std::string x, auto* r) { r->mutable_event()->set_email(x); }},
                {"event.email", kLead,
                 [](std::string x, auto* r) {
                   r->mutable_event()->clear_lead_id();
                   r->mutable_event()->set_email(x);
                 }},
                {"event.eventId", kId, [](std::string x, auto* r) { r->mutable_event()->set_event_id(x); }},
                {"event.campaignId", kString, [](std::string x, auto* r) { r->mutable_event()->set_campaign_id(x); }},
                {"event.messageId", kString, [](std::string x, auto* r) { r->mutable_event()->set_message_id(x); }},
                {"event.name", kString, [](std::string x, auto* r) { r->mutable_event()->set_name(x); }},
                {"event.url", kLongString, [](std::string x, auto* r) { r->mutable_event()->set_url(x); }},
                {"event.source", kString, [](std::string x, auto* r) { r->mutable_event()->set_source(x); }},
                {"event.userAgent", kString, [](std::string x, auto* r) { r->mutable_event()->set_user_agent(x); }},
                {"event.retracts", kId, [](std::string x, auto* r) { r->mutable_event()->set_retracts(x); }},
                {"event.retracts", kId, [](std::string x, auto* r) {
                   r->mutable_event()->set_type(v1::EngagementEvent::RETRACT);
                   r->mutable_event()->set_retracts(x);
                 }}});
}

TEST(RecordLimitsTest, OfACommand) {
  ExpectLimits(
      ValidCommand(),
      {{"command.tenantId", kId, [](std::string x, auto* r) { r->mutable_command()->set_tenant_id(x); }},
       {"command.leadId", kLead, [](std::string x, auto* r) { r->mutable_command()->set_lead_id(x); }},
       {"command.email", kString, [](std::string x, auto* r) { r->mutable_command()->set_email(x); }},
       {"command.commandId", kId, [](std::string x, auto* r) { r->mutable_command()->set_command_id(x); }},
       {"command.actor", kString, [](std::string x, auto* r) { r->mutable_command()->set_actor(x); }},
       {"editTags.add", kString, [](std::string x, auto* r) { r->mutable_command()->mutable_edit_tags()->add_add(x); }},
       {"editTags.remove", kString,
        [](std::string x, auto* r) { r->mutable_command()->mutable_edit_tags()->add_remove(x); }},
       {"editLists.add", kString,
        [](std::string x, auto* r) { r->mutable_command()->mutable_edit_lists()->add_add(x); }},
       {"editLists.remove", kString,
        [](std::string x, auto* r) { r->mutable_command()->mutable_edit_lists()->add_remove(x); }},
       {"editCampaigns.assign", kString,
        [](std::string x, auto* r) { r->mutable_command()->mutable_edit_campaigns()->add_assign(x); }},
       {"editCampaigns.remove", kString,
        [](std::string x, auto* r) { r->mutable_command()->mutable_edit_campaigns()->add_remove(x); }},
       {"assignAgent.agentId", kString,
        [](std::string x, auto* r) { r->mutable_command()->mutable_assign_agent()->set_agent_id(x); }},
       {"setDoNotContact.reason", kString,
        [](std::string x, auto* r) { r->mutable_command()->mutable_set_do_not_contact()->set_reason(x); }},
       {"recordConsent.purpose", kString,
        [](std::string x, auto* r) { r->mutable_command()->mutable_record_consent()->set_purpose(x); }},
       {"recordConsent.source", kString,
        [](std::string x, auto* r) {
          r->mutable_command()->mutable_record_consent()->set_purpose("news");
          r->mutable_command()->mutable_record_consent()->set_source(x);
        }},
       {"recordConsent.version", kMaxVersionBytes,
        [](std::string x, auto* r) {
          r->mutable_command()->mutable_record_consent()->set_purpose("news");
          r->mutable_command()->mutable_record_consent()->set_version(x);
        }},
       {"addNote.text", kLongString,
        [](std::string x, auto* r) { r->mutable_command()->mutable_add_note()->set_text(x); }}});
}

TEST(RecordLimitsTest, OfAnAttribute) {
  const auto set = [](v1::InputRecord* r, const std::string& name) -> google::protobuf::Value& {
    return (*r->mutable_command()->mutable_update_profile()->mutable_set()->mutable_fields())[name];
  };
  ExpectLimits(ValidCommand(),
               {{"updateProfile.set", kString, [&](std::string x, auto* r) { set(r, x).set_number_value(1); }},
                {"updateProfile.unset", kString,
                 [](std::string x, auto* r) { r->mutable_command()->mutable_update_profile()->add_unset(x); }},
                {"updateProfile.set", kLongString, [&](std::string x, auto* r) { set(r, "plan").set_string_value(x); }},
                {"updateProfile.set", kLongString, [&](std::string x, auto* r) {
                   set(r, "plan").mutable_list_value()->add_values()->set_string_value(x);
                 }}});
}

}  // namespace leadpulse::codec::record_limits_test
