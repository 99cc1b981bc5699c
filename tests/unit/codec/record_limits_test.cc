// Every length limit of a record: the maximum is accepted, one byte more is refused, in both formats.
#include <gtest/gtest.h>

#include <functional>

#include "schemas/codec/record_checks.h"
#include "tests/support/record_samples.h"

namespace leadpulse::codec::record_limits_test {

constexpr size_t kId = 128, kLead = 320, kString = 1024, kLongString = 8192;

using Event = v1::EngagementEvent;
using Command = v1::LeadCommand;

template <typename Message>
struct Limit {
  const char* field;  // as the rejection names it
  size_t bytes;
  std::function<void(const std::string&, Message*)> set;
};

Event* PartOf(v1::InputRecord* record, const Limit<Event>&) { return record->mutable_event(); }
Command* PartOf(v1::InputRecord* record, const Limit<Command>&) { return record->mutable_command(); }

template <typename Message>
void ExpectLimits(const v1::InputRecord& valid, const std::vector<Limit<Message>>& limits) {
  for (const Limit<Message>& limit : limits) {
    for (const Format format : {Format::kJson, Format::kProtobuf}) {
      SCOPED_TRACE(std::string(limit.field) + (format == Format::kJson ? " (JSON)" : " (Protobuf)"));
      for (const size_t bytes : {limit.bytes, limit.bytes + 1}) {
        v1::InputRecord record = valid;
        limit.set(std::string(bytes, 'x'), PartOf(&record, limit));
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
  ExpectLimits<Event>(ValidEvent(),
                      {{"event.tenantId", kId, [](const std::string& x, Event* e) { e->set_tenant_id(x); }},
                       {"event.leadId", kLead, [](const std::string& x, Event* e) { e->set_lead_id(x); }},
                       {"event.email", kString, [](const std::string& x, Event* e) { e->set_email(x); }},
                       {"event.email", kLead,
                        [](const std::string& x, Event* e) {
                          e->clear_lead_id();
                          e->set_email(x);
                        }},
                       {"event.eventId", kId, [](const std::string& x, Event* e) { e->set_event_id(x); }},
                       {"event.campaignId", kString, [](const std::string& x, Event* e) { e->set_campaign_id(x); }},
                       {"event.messageId", kString, [](const std::string& x, Event* e) { e->set_message_id(x); }},
                       {"event.name", kString, [](const std::string& x, Event* e) { e->set_name(x); }},
                       {"event.url", kLongString, [](const std::string& x, Event* e) { e->set_url(x); }},
                       {"event.source", kString, [](const std::string& x, Event* e) { e->set_source(x); }},
                       {"event.userAgent", kString, [](const std::string& x, Event* e) { e->set_user_agent(x); }},
                       {"event.retracts", kId, [](const std::string& x, Event* e) { e->set_retracts(x); }},
                       {"event.retracts", kId, [](const std::string& x, Event* e) {
                          e->set_type(Event::RETRACT);
                          e->set_retracts(x);
                        }}});
}

TEST(RecordLimitsTest, OfACommand) {
  ExpectLimits<Command>(
      ValidCommand(),
      {{"command.tenantId", kId, [](const std::string& x, Command* c) { c->set_tenant_id(x); }},
       {"command.leadId", kLead, [](const std::string& x, Command* c) { c->set_lead_id(x); }},
       {"command.email", kString, [](const std::string& x, Command* c) { c->set_email(x); }},
       {"command.commandId", kId, [](const std::string& x, Command* c) { c->set_command_id(x); }},
       {"command.actor", kString, [](const std::string& x, Command* c) { c->set_actor(x); }},
       {"editTags.add", kString, [](const std::string& x, Command* c) { c->mutable_edit_tags()->add_add(x); }},
       {"editTags.remove", kString, [](const std::string& x, Command* c) { c->mutable_edit_tags()->add_remove(x); }},
       {"editLists.add", kString, [](const std::string& x, Command* c) { c->mutable_edit_lists()->add_add(x); }},
       {"editLists.remove", kString, [](const std::string& x, Command* c) { c->mutable_edit_lists()->add_remove(x); }},
       {"editCampaigns.assign", kString,
        [](const std::string& x, Command* c) { c->mutable_edit_campaigns()->add_assign(x); }},
       {"editCampaigns.remove", kString,
        [](const std::string& x, Command* c) { c->mutable_edit_campaigns()->add_remove(x); }},
       {"assignAgent.agentId", kString,
        [](const std::string& x, Command* c) { c->mutable_assign_agent()->set_agent_id(x); }},
       {"setDoNotContact.reason", kString,
        [](const std::string& x, Command* c) { c->mutable_set_do_not_contact()->set_reason(x); }},
       {"recordConsent.purpose", kString,
        [](const std::string& x, Command* c) { c->mutable_record_consent()->set_purpose(x); }},
       {"recordConsent.source", kString,
        [](const std::string& x, Command* c) {
          c->mutable_record_consent()->set_purpose("news");
          c->mutable_record_consent()->set_source(x);
        }},
       {"recordConsent.version", kMaxVersionBytes,
        [](const std::string& x, Command* c) {
          c->mutable_record_consent()->set_purpose("news");
          c->mutable_record_consent()->set_version(x);
        }},
       {"addNote.text", kLongString, [](const std::string& x, Command* c) { c->mutable_add_note()->set_text(x); }}});
}

TEST(RecordLimitsTest, OfAnAttribute) {
  const auto set = [](Command* c, const std::string& name) -> google::protobuf::Value& {
    return (*c->mutable_update_profile()->mutable_set()->mutable_fields())[name];
  };
  ExpectLimits<Command>(
      ValidCommand(),
      {{"updateProfile.set", kString, [&](const std::string& x, Command* c) { set(c, x).set_number_value(1); }},
       {"updateProfile.unset", kString,
        [](const std::string& x, Command* c) { c->mutable_update_profile()->add_unset(x); }},
       {"updateProfile.set", kLongString,
        [&](const std::string& x, Command* c) { set(c, "plan").set_string_value(x); }},
       {"updateProfile.set", kLongString, [&](const std::string& x, Command* c) {
          set(c, "plan").mutable_list_value()->add_values()->set_string_value(x);
        }}});
}

}  // namespace leadpulse::codec::record_limits_test
