#include "schemas/codec/change_line_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <span>

#include "processor/base/text.h"
#include "schemas/codec/json_fields.h"
#include "schemas/codec/proto_names.h"

namespace leadpulse::codec {
namespace {

using simdjson::dom::element;

// Returns nullopt if it is not one of the names, or is the first, UNSPECIFIED.
template <typename Enum>
std::optional<Enum> EnumFromName(std::string_view name, std::span<const std::string_view> names) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end() || found == names.begin()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

// Reads a string. A member that is missing or null is empty, as in all Protobuf JSON.
Status ReadTextMember(element change, std::string_view name, std::string* text) {
  element value;
  if (change[name].get(value) != simdjson::SUCCESS || value.is_null()) return Status::Ok();
  std::string_view read;
  if (value.get(read) != simdjson::SUCCESS) return Status::Rejected(std::string(name) + " is no text");
  text->assign(read);
  return Status::Ok();
}

Status ReadKind(element change, Change* read) {
  std::string name;
  LP_RETURN_IF_ERROR(ReadTextMember(change, "kind", &name));
  const auto kind = EnumFromName<ChangeKind>(name, kChangeKindProtoNames);
  if (!kind) return Status::Rejected(name.empty() ? "it has no kind" : "its kind is not one of a change");
  read->kind = *kind;
  return Status::Ok();
}

Status ReadAt(element change, Change* read) {
  std::string text;
  LP_RETURN_IF_ERROR(ReadTextMember(change, "at", &text));
  const std::optional<Instant> at = ParseRfc3339(text);
  if (!at) return Status::Rejected(text.empty() ? "it has no at" : "its at is no time of RFC 3339");
  read->at = *at;
  return Status::Ok();
}

Status ReadCause(element change, Change* read) {
  element cause;
  if (change["cause"].get(cause) != simdjson::SUCCESS || cause.is_null()) return Status::Ok();
  if (!cause.is_object()) return Status::Rejected("its cause is no object");
  std::string name;
  LP_RETURN_IF_ERROR(ReadTextMember(cause, "kind", &name));
  const auto kind = EnumFromName<CauseKind>(name, kCauseKindProtoNames);
  if (kind) read->cause.kind = *kind;
  return Status::Ok();
}

}  // namespace

struct ChangeLineReader::Parser {
  simdjson::dom::parser parser;

  Result<element> ParseObject(std::string_view line) {
    element change;
    const simdjson::error_code error = parser.parse(line.data(), line.size()).get(change);
    if (error != simdjson::SUCCESS) return Status::Rejected(Concat({"it is not JSON: ", ParseErrorText(error)}));
    if (!change.is_object()) return Status::Rejected("it is no object");
    return change;
  }
};

ChangeLineReader::ChangeLineReader() : parser_(std::make_unique<Parser>()) {}
ChangeLineReader::~ChangeLineReader() = default;

Result<ChangeLabels> ChangeLineReader::ReadLabels(std::string_view line) {
  LP_ASSIGN_OR_RETURN(const element change, parser_->ParseObject(line));
  const auto text = [](element object, const char* name) {
    std::string_view read;
    return object[name].get(read) == simdjson::SUCCESS ? std::string(read) : std::string();
  };
  ChangeLabels labels{text(change, "tenantId"), text(change, "kind"), {}, false};
  element cause;
  if (change["cause"].get(cause) == simdjson::SUCCESS && cause.is_object()) labels.cause = text(cause, "kind");
  bool backfill = false;
  if (change["backfill"].get(backfill) == simdjson::SUCCESS) labels.backfill = backfill;
  return labels;
}

Result<Change> ChangeLineReader::Read(std::string_view line) {
  LP_ASSIGN_OR_RETURN(const element change, parser_->ParseObject(line));
  Change read;
  LP_RETURN_IF_ERROR(ReadTextMember(change, "tenantId", &read.key.tenant));
  LP_RETURN_IF_ERROR(ReadTextMember(change, "leadId", &read.key.lead));
  if (read.key.tenant.empty() || read.key.lead.empty()) return Status::Rejected("it names no tenant and lead");
  LP_RETURN_IF_ERROR(ReadKind(change, &read));
  LP_RETURN_IF_ERROR(ReadAt(change, &read));
  LP_RETURN_IF_ERROR(ReadTextMember(change, "name", &read.name));
  LP_RETURN_IF_ERROR(ReadTextMember(change, "from", &read.from));
  LP_RETURN_IF_ERROR(ReadTextMember(change, "to", &read.to));
  LP_RETURN_IF_ERROR(ReadCause(change, &read));
  return read;
}

}  // namespace leadpulse::codec
