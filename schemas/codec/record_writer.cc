#include "schemas/codec/record_writer.h"

#include <absl/strings/escaping.h>

#include "leadpulse/v1/dead_letter.pb.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "schemas/codec/json_members.h"
#include "schemas/codec/proto_names.h"

namespace leadpulse::codec {
namespace {

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
  if (change.backfill) *out += "\"backfill\":true,";
  if (change.source) AppendSource(*change.source, out);
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

}  // namespace leadpulse::codec
