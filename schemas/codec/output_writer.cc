#include "schemas/codec/output_writer.h"

#include <absl/strings/escaping.h>

#include "leadpulse/v1/dead_letter.pb.h"
#include "processor/base/assert.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "schemas/codec/input_writer.h"
#include "schemas/codec/proto_names.h"

namespace leadpulse::codec {
namespace {

// The functions below write members of an object in proto3 JSON, which leaves out defaults. Each ends with a comma;
// CloseObject replaces the last comma by the brace.

// Appends `"name":`, which needs no escaping.
void AppendName(std::string_view name, std::string* out) { AppendParts({"\"", name, "\":"}, out); }

// Appends `"name":"value",`, or nothing if the value is empty.
void AppendText(std::string_view name, std::string_view value, std::string* out) {
  if (value.empty()) return;
  AppendName(name, out);
  AppendJsonString(value, out);
  *out += ',';
}

void CloseObject(std::string* out) {
  if (out->back() == ',') out->pop_back();
  *out += '}';
}

void AppendCause(const Cause& cause, std::string* out) {
  LP_ASSERT(static_cast<size_t>(cause.kind) < kCauseKindProtoNames.size());
  AppendParts({"\"cause\":{\"kind\":\"", kCauseKindProtoNames[static_cast<size_t>(cause.kind)], "\","}, out);
  AppendText("id", cause.id, out);
  CloseObject(out);
  *out += ',';
}

void AppendSource(const SourcePosition& source, std::string* out) {
  *out += "\"source\":{";
  AppendText("topic", source.topic, out);
  if (source.partition != 0) AppendParts({"\"partition\":", std::to_string(source.partition), ","}, out);
  if (source.offset != 0) AppendParts({"\"offset\":\"", std::to_string(source.offset), "\","}, out);
  CloseObject(out);
  *out += ',';
}

void AppendTrue(std::string_view name, bool value, std::string* out) {
  if (!value) return;
  AppendName(name, out);
  *out += "true,";
}

void AppendTexts(std::string_view name, const std::vector<std::string>& values, std::string* out) {
  if (values.empty()) return;
  AppendName(name, out);
  AppendJsonArray(values, out, [out](const std::string& value) { AppendJsonString(value, out); });
  *out += ',';
}

void AppendValues(std::string_view name, const NamedValues& values, std::string* out) {
  if (values.empty()) return;
  AppendName(name, out);
  JsonObject members(out);
  for (const auto& [value_name, value] : values) *members.Key(value_name) += ValueToJson(value);
  members.End();
  *out += ',';
}

template <typename Record>
void AppendLead(const Record& record, std::string* out) {
  AppendText("tenantId", record.key.tenant, out);
  if (!record.by_address) AppendText("leadId", record.key.lead, out);
  AppendText("email", record.by_address ? record.key.lead : record.address, out);
}

void AppendTime(std::string_view name, Instant time, std::string* out) {
  AppendParts({"\"", name, "\":\"", FormatRfc3339(time), "\","}, out);
}

struct ActionWriter {
  std::string* out;

  void operator()(const UpdateProfile& update) const {
    Open("updateProfile");
    AppendValues("set", update.set, out);
    AppendTexts("unset", update.unset, out);
  }
  void operator()(const EditTags& edit) const { AppendEdit("editTags", "add", edit.add, edit.remove); }
  void operator()(const EditLists& edit) const { AppendEdit("editLists", "add", edit.add, edit.remove); }
  void operator()(const EditCampaigns& edit) const { AppendEdit("editCampaigns", "assign", edit.assign, edit.remove); }
  void operator()(const SetStage& set) const {
    Open("setStage");
    AppendText("stage", kStageProtoNames[static_cast<size_t>(set.stage)], out);
  }
  void operator()(const SetQualification& set) const {
    Open("setQualification");
    if (set.score) AppendParts({"\"score\":", std::to_string(*set.score), ","}, out);
    AppendTrue("clear", !set.score, out);
  }
  void operator()(const AssignAgent& assign) const {
    Open("assignAgent");
    AppendText("agentId", assign.agent_id, out);
  }
  void operator()(const SetDoNotContact& set) const {
    Open("setDoNotContact");
    AppendTrue("value", set.value, out);
    AppendText("reason", set.reason, out);
  }
  void operator()(const RecordConsent& record) const {
    Open("recordConsent");
    AppendText("purpose", record.purpose, out);
    AppendTrue("granted", record.granted, out);
    AppendText("source", record.source, out);
    AppendText("version", record.version, out);
    if (record.at) AppendTime("at", *record.at, out);
  }
  void operator()(const AddNote& add) const {
    Open("addNote");
    AppendText("text", add.text, out);
  }
  void operator()(const RemoveNote& remove) const {
    Open("removeNote");
    AppendText("commandId", remove.command_id, out);
  }
  void operator()(const Erase& erase) const {
    Open("erase");
    AppendTrue("suppress", erase.suppress, out);
  }
  void operator()(const Withdraw&) const { Open("withdraw"); }

  void Open(std::string_view name) const {
    AppendName(name, out);
    *out += '{';
  }
  void AppendEdit(std::string_view name, std::string_view add_name, const std::vector<std::string>& add,
                  const std::vector<std::string>& remove) const {
    Open(name);
    AppendTexts(add_name, add, out);
    AppendTexts("remove", remove, out);
  }
};

}  // namespace

void AppendChangeJson(const Change& change, std::string* out) {
  *out += '{';
  AppendText("tenantId", change.key.tenant, out);
  AppendText("leadId", change.key.lead, out);
  if (change.seq.value != 0) AppendParts({"\"seq\":\"", std::to_string(change.seq.value), "\","}, out);
  AppendParts({"\"at\":\"", FormatRfc3339(change.at), "\",\"kind\":\"", ChangeKindName(change.kind), "\","}, out);
  AppendText("name", change.name, out);
  AppendText("from", change.from, out);
  AppendText("to", change.to, out);
  AppendCause(change.cause, out);
  AppendTrue("backfill", change.backfill, out);
  if (change.source) AppendSource(*change.source, out);
  AppendTexts("updated", change.updated, out);
  CloseObject(out);
}

void AppendDeadLetterJson(const DeadLetter& letter, std::string* out) {
  *out += "{\"source\":{\"file\":";
  AppendJsonString(letter.source.topic, out);
  AppendParts({",\"line\":", std::to_string(letter.source.line), ",\"offset\":", std::to_string(letter.source.offset),
               "},\"reason\":\"", ReasonName(letter.reason), "\",\"detail\":"},
              out);
  AppendJsonString(letter.detail, out);
  AppendParts({",\"payload\":\"", absl::Base64Escape(letter.payload), "\""}, out);
  if (letter.full_size) AppendParts({",\"size\":", std::to_string(*letter.full_size)}, out);
  *out += "}\n";
}

void AppendDeadLetterMessage(const DeadLetter& letter, std::string* out) {
  *out += '{';
  AppendSource(letter.source, out);
  AppendText("reason", v1::DeadLetter::Reason_Name(static_cast<v1::DeadLetter::Reason>(letter.reason)), out);
  AppendText("detail", letter.detail, out);
  AppendText("payload", absl::Base64Escape(letter.payload), out);
  if (letter.full_size) AppendText("size", std::to_string(*letter.full_size), out);
  CloseObject(out);
}

void AppendTopicJson(const Event& event, std::string* out) {
  *out += '{';
  AppendLead(event, out);
  AppendText("eventId", event.event_id, out);
  AppendParts({"\"type\":\"", kEventTypeProtoNames[static_cast<size_t>(event.type)], "\","}, out);
  AppendTime("occurredAt", event.occurred_at, out);
  AppendText("campaignId", event.campaign_id, out);
  AppendText("messageId", event.message_id, out);
  AppendText("name", event.name, out);
  AppendValues("properties", event.properties, out);
  AppendText("url", event.url, out);
  if (event.tells_bounce_kind()) {
    AppendText("bounceKind", kBounceKindProtoNames[static_cast<size_t>(event.bounce_kind)], out);
  }
  AppendTrue("machine", event.machine, out);
  AppendTrue("backfill", event.backfill, out);
  AppendText("retracts", event.retracts, out);
  AppendText("topic", event.topic, out);
  CloseObject(out);
}

void AppendTopicJson(const Command& command, std::string* out) {
  *out += '{';
  AppendLead(command, out);
  AppendText("commandId", command.command_id, out);
  AppendTime("issuedAt", command.issued_at, out);
  AppendText("actor", command.actor, out);
  AppendText("expectedVersion", command.expected_version, out);
  AppendTrue("backfill", command.backfill, out);
  for (const Action& action : command.actions) {
    std::visit(ActionWriter{out}, action);
    CloseObject(out);
    *out += ',';
  }
  CloseObject(out);
}

void AppendInputJson(const Event& event, std::string* out) {
  *out += "{\"event\":";
  AppendTopicJson(event, out);
  *out += "}\n";
}

void AppendInputJson(const Command& command, std::string* out) {
  *out += "{\"command\":";
  AppendTopicJson(command, out);
  *out += "}\n";
}

}  // namespace leadpulse::codec
