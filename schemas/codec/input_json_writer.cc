#include <variant>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "schemas/codec/input_writer.h"
#include "schemas/codec/json_members.h"
#include "schemas/codec/proto_names.h"

namespace leadpulse::codec {
namespace {

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
  }
  void operator()(const AddNote& add) const {
    Open("addNote");
    AppendText("text", add.text, out);
  }
  void operator()(const Erase& erase) const {
    Open("erase");
    AppendTrue("suppress", erase.suppress, out);
  }

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
  std::visit(ActionWriter{out}, command.action);
  CloseObject(out);
  *out += '}';
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
