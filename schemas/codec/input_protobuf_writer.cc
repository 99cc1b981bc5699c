#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/util/json_util.h>

#include <cstdint>
#include <variant>

#include "leadpulse/v1/input.pb.h"
#include "processor/base/assert.h"
#include "schemas/codec/input_writer.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::codec {
namespace {

struct ValueSetter {
  google::protobuf::Value* out;

  void operator()(std::monostate) const { out->set_null_value(google::protobuf::NULL_VALUE); }
  void operator()(bool value) const { out->set_bool_value(value); }
  // Sets a number that no double equals as a text, which keeps its digits: Protobuf has only doubles.
  void operator()(const Number& value) const {
    if (value == Number(value.nearest())) {
      out->set_number_value(value.nearest());
    } else {
      out->set_string_value(value.Spelling());
    }
  }
  void operator()(Instant value) const { out->set_string_value(FormatRfc3339(value)); }
  void operator()(const CalendarDay& value) const { out->set_string_value(FormatDay(value.day)); }
  void operator()(const std::string& value) const { out->set_string_value(value); }
  void operator()(const ScalarList& list) const {
    google::protobuf::ListValue* values = out->mutable_list_value();
    for (const Scalar& scalar : list) std::visit(ValueSetter{values->add_values()}, scalar);
  }
  // Sets an object. A decoder made the JSON, so it is valid.
  void operator()(const StructValue& value) const {
    LP_ASSERT(google::protobuf::util::JsonStringToMessage(value.json, out).ok());
  }
};

void SetValues(const NamedValues& values, google::protobuf::Struct* out) {
  for (const auto& [name, value] : values) {
    std::visit(ValueSetter{&(*out->mutable_fields())[name]}, value);
  }
}

template <typename Record, typename Message>
void SetLeadFields(const Record& record, Message* out) {
  out->set_tenant_id(record.key.tenant);
  if (!record.by_address) out->set_lead_id(record.key.lead);
  out->set_email(record.by_address ? record.key.lead : record.address);
}

template <typename Field>
void SetTexts(const std::vector<std::string>& values, Field* out) {
  for (const std::string& value : values) *out->Add() = value;
}

struct ActionSetter {
  v1::LeadCommand* out;

  void operator()(const UpdateProfile& update) const {
    SetValues(update.set, out->mutable_update_profile()->mutable_set());
    SetTexts(update.unset, out->mutable_update_profile()->mutable_unset());
  }
  void operator()(const EditTags& edit) const {
    SetTexts(edit.add, out->mutable_edit_tags()->mutable_add());
    SetTexts(edit.remove, out->mutable_edit_tags()->mutable_remove());
  }
  void operator()(const EditLists& edit) const {
    SetTexts(edit.add, out->mutable_edit_lists()->mutable_add());
    SetTexts(edit.remove, out->mutable_edit_lists()->mutable_remove());
  }
  void operator()(const EditCampaigns& edit) const {
    SetTexts(edit.assign, out->mutable_edit_campaigns()->mutable_assign());
    SetTexts(edit.remove, out->mutable_edit_campaigns()->mutable_remove());
  }
  void operator()(const SetStage& set) const {
    out->mutable_set_stage()->set_stage(static_cast<v1::SetStage::Stage>(set.stage));
  }
  void operator()(const SetQualification& set) const {
    if (set.score) {
      out->mutable_set_qualification()->set_score(*set.score);
    } else {
      out->mutable_set_qualification()->set_clear(true);
    }
  }
  void operator()(const AssignAgent& assign) const { out->mutable_assign_agent()->set_agent_id(assign.agent_id); }
  void operator()(const SetDoNotContact& set) const {
    out->mutable_set_do_not_contact()->set_value(set.value);
    out->mutable_set_do_not_contact()->set_reason(set.reason);
  }
  void operator()(const RecordConsent& record) const {
    out->mutable_record_consent()->set_purpose(record.purpose);
    out->mutable_record_consent()->set_granted(record.granted);
    out->mutable_record_consent()->set_source(record.source);
    out->mutable_record_consent()->set_version(record.version);
    if (record.at) SetTimestamp(*record.at, out->mutable_record_consent()->mutable_at());
  }
  void operator()(const AddNote& add) const { out->mutable_add_note()->set_text(add.text); }
  void operator()(const RemoveNote& remove) const { out->mutable_remove_note()->set_command_id(remove.command_id); }
  void operator()(const Erase& erase) const { out->mutable_erase()->set_suppress(erase.suppress); }
  void operator()(const Withdraw&) const { out->mutable_withdraw(); }
};

void AppendDelimited(const v1::InputRecord& record, std::string* out) {
  uint64_t length = record.ByteSizeLong();
  for (; length >= 0x80; length >>= 7) out->push_back(static_cast<char>(length | 0x80));
  out->push_back(static_cast<char>(length));
  LP_ASSERT(record.AppendToString(out));
}

void SetMessage(const Event& event, v1::EngagementEvent* message) {
  SetLeadFields(event, message);
  message->set_event_id(event.event_id);
  message->set_type(static_cast<v1::EngagementEvent::Type>(event.type));
  SetTimestamp(event.occurred_at, message->mutable_occurred_at());
  message->set_campaign_id(event.campaign_id);
  message->set_message_id(event.message_id);
  message->set_name(event.name);
  if (!event.properties.empty()) SetValues(event.properties, message->mutable_properties());
  message->set_url(event.url);
  if (event.tells_bounce_kind()) message->set_bounce_kind(static_cast<v1::Bounce::Kind>(event.bounce_kind));
  message->set_machine(event.machine);
  message->set_backfill(event.backfill);
  message->set_retracts(event.retracts);
  message->set_topic(event.topic);
}

void SetMessage(const Command& command, v1::LeadCommand* message) {
  SetLeadFields(command, message);
  message->set_command_id(command.command_id);
  SetTimestamp(command.issued_at, message->mutable_issued_at());
  message->set_actor(command.actor);
  message->set_expected_version(command.expected_version);
  message->set_backfill(command.backfill);
  for (const Action& action : command.actions) std::visit(ActionSetter{message}, action);
}

template <typename Message, typename Record>
void AppendMessage(const Record& record, std::string* out) {
  Message message;
  SetMessage(record, &message);
  LP_ASSERT(message.AppendToString(out));
}

}  // namespace

void AppendInputProtobuf(const Event& event, std::string* out) {
  v1::InputRecord record;
  SetMessage(event, record.mutable_event());
  AppendDelimited(record, out);
}

void AppendInputProtobuf(const Command& command, std::string* out) {
  v1::InputRecord record;
  SetMessage(command, record.mutable_command());
  AppendDelimited(record, out);
}

void AppendTopicProtobuf(const Event& event, std::string* out) { AppendMessage<v1::EngagementEvent>(event, out); }
void AppendTopicProtobuf(const Command& command, std::string* out) { AppendMessage<v1::LeadCommand>(command, out); }

}  // namespace leadpulse::codec
