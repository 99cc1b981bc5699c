#include <simdjson.h>

#include <cstring>

#include "processor/base/text.h"
#include "schemas/codec/json_fields.h"
#include "schemas/codec/proto_names.h"
#include "schemas/codec/record_checks.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::codec {
namespace {

using simdjson::error_code;
using simdjson::dom::element;

// Limits of the parsers. The usual record nests four deep. The exact depth is counted only beyond the first limit,
// because parsers differ in whether an innermost empty list is a level.
constexpr size_t kShallowNesting = 50;
constexpr size_t kDeepNesting = 2 * kMaxNesting;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Whether the key is one of the names. Their lengths are constants, so a comparison needs no call.
template <size_t... N>
bool Is(std::string_view key, const char (&... names)[N]) {
  return ((key.size() == N - 1 && std::memcmp(key.data(), names, N - 1) == 0) || ...);
}

bool ReadEventField(std::string_view key, element value, RawEvent* event, FieldProblem* problem) {
  if (Is(key, "tenantId", "tenant_id")) return ReadText(value, &event->tenant_id, problem);
  if (Is(key, "leadId", "lead_id")) return ReadText(value, &event->lead_id, problem);
  if (Is(key, "email")) return ReadText(value, &event->email, problem);
  if (Is(key, "eventId", "event_id")) return ReadText(value, &event->event_id, problem);
  if (Is(key, "type")) return ReadEnum(value, kEventTypeProtoNames, &event->type, problem);
  if (Is(key, "occurredAt", "occurred_at")) return ReadTime(value, &event->occurred_at, problem);
  if (Is(key, "campaignId", "campaign_id")) return ReadText(value, &event->campaign_id, problem);
  if (Is(key, "messageId", "message_id")) return ReadText(value, &event->message_id, problem);
  if (Is(key, "name")) return ReadText(value, &event->name, problem);
  if (Is(key, "properties")) return ReadStruct(value, &event->properties, problem);
  if (Is(key, "url")) return ReadText(value, &event->url, problem);
  if (Is(key, "source")) return ReadText(value, &event->source, problem);
  if (Is(key, "userAgent", "user_agent")) return ReadText(value, &event->user_agent, problem);
  if (Is(key, "bounceKind", "bounce_kind")) return ReadEnum(value, kBounceKindProtoNames, &event->bounce_kind, problem);
  if (Is(key, "machine")) return ReadBoolean(value, &event->machine, problem);
  if (Is(key, "backfill")) return ReadBoolean(value, &event->backfill, problem);
  if (Is(key, "retracts")) return ReadText(value, &event->retracts, problem);
  if (Is(key, "topic")) return ReadText(value, &event->topic, problem);
  return true;
}

bool ReadActionField(std::string_view key, element value, UpdateProfile* update, FieldProblem* problem) {
  if (Is(key, "set")) return ReadStruct(value, &update->set, problem);
  if (Is(key, "unset")) return ReadTexts(value, &update->unset, problem);
  return true;
}

// Reads a field of EditTags or EditLists.
template <typename Edit>
bool ReadActionField(std::string_view key, element value, Edit* edit, FieldProblem* problem) {
  if (Is(key, "add")) return ReadTexts(value, &edit->add, problem);
  if (Is(key, "remove")) return ReadTexts(value, &edit->remove, problem);
  return true;
}

bool ReadActionField(std::string_view key, element value, EditCampaigns* edit, FieldProblem* problem) {
  if (Is(key, "assign")) return ReadTexts(value, &edit->assign, problem);
  if (Is(key, "remove")) return ReadTexts(value, &edit->remove, problem);
  return true;
}

bool ReadActionField(std::string_view key, element value, RawSetStage* set, FieldProblem* problem) {
  return !Is(key, "stage") || ReadEnum(value, kStageProtoNames, &set->stage, problem);
}

bool ReadActionField(std::string_view key, element value, RawSetQualification* set, FieldProblem* problem) {
  if (Is(key, "score")) return ReadInteger(value, &set->score, problem);
  if (Is(key, "clear")) return ReadBoolean(value, &set->clear, problem);
  return true;
}

bool ReadActionField(std::string_view key, element value, AssignAgent* assign, FieldProblem* problem) {
  return !Is(key, "agentId", "agent_id") || ReadText(value, &assign->agent_id, problem);
}

bool ReadActionField(std::string_view key, element value, SetDoNotContact* set, FieldProblem* problem) {
  if (Is(key, "value")) return ReadBoolean(value, &set->value, problem);
  if (Is(key, "reason")) return ReadText(value, &set->reason, problem);
  return true;
}

bool ReadActionField(std::string_view key, element value, RawRecordConsent* raw, FieldProblem* problem) {
  RecordConsent& record = raw->record;
  if (Is(key, "purpose")) return ReadText(value, &record.purpose, problem);
  if (Is(key, "granted")) return ReadBoolean(value, &record.granted, problem);
  if (Is(key, "source")) return ReadText(value, &record.source, problem);
  if (Is(key, "version")) return ReadText(value, &record.version, problem);
  if (Is(key, "at")) return ReadTime(value, &raw->at, problem);
  return true;
}

bool ReadActionField(std::string_view key, element value, AddNote* add, FieldProblem* problem) {
  return !Is(key, "text") || ReadText(value, &add->text, problem);
}

bool ReadActionField(std::string_view key, element value, RemoveNote* remove, FieldProblem* problem) {
  return !Is(key, "commandId", "command_id") || ReadText(value, &remove->command_id, problem);
}

bool ReadActionField(std::string_view key, element value, Erase* erase, FieldProblem* problem) {
  return !Is(key, "suppress") || ReadBoolean(value, &erase->suppress, problem);
}

bool ReadActionField(std::string_view /*key*/, element /*value*/, Withdraw* /*withdraw*/, FieldProblem* /*problem*/) {
  return true;
}

template <typename ActionType>
bool ReadAction(element value, std::vector<RawAction>* actions, FieldProblem* problem) {
  std::erase_if(*actions, [](const RawAction& action) { return std::holds_alternative<ActionType>(action); });
  if (value.is_null()) return true;
  return ReadFields<ActionType>(value, ReadActionField, &actions->emplace_back().emplace<ActionType>(), problem);
}

bool ReadCommandField(std::string_view key, element value, RawCommand* command, FieldProblem* problem) {
  std::vector<RawAction>* actions = &command->actions;
  if (Is(key, "tenantId", "tenant_id")) return ReadText(value, &command->tenant_id, problem);
  if (Is(key, "leadId", "lead_id")) return ReadText(value, &command->lead_id, problem);
  if (Is(key, "email")) return ReadText(value, &command->email, problem);
  if (Is(key, "commandId", "command_id")) return ReadText(value, &command->command_id, problem);
  if (Is(key, "issuedAt", "issued_at")) return ReadTime(value, &command->issued_at, problem);
  if (Is(key, "actor")) return ReadText(value, &command->actor, problem);
  if (Is(key, "expectedVersion", "expected_version")) return ReadText(value, &command->expected_version, problem);
  if (Is(key, "backfill")) return ReadBoolean(value, &command->backfill, problem);
  if (Is(key, "updateProfile", "update_profile")) return ReadAction<UpdateProfile>(value, actions, problem);
  if (Is(key, "editTags", "edit_tags")) return ReadAction<EditTags>(value, actions, problem);
  if (Is(key, "editLists", "edit_lists")) return ReadAction<EditLists>(value, actions, problem);
  if (Is(key, "editCampaigns", "edit_campaigns")) return ReadAction<EditCampaigns>(value, actions, problem);
  if (Is(key, "setStage", "set_stage")) return ReadAction<RawSetStage>(value, actions, problem);
  if (Is(key, "setQualification", "set_qualification")) return ReadAction<RawSetQualification>(value, actions, problem);
  if (Is(key, "assignAgent", "assign_agent")) return ReadAction<AssignAgent>(value, actions, problem);
  if (Is(key, "setDoNotContact", "set_do_not_contact")) return ReadAction<SetDoNotContact>(value, actions, problem);
  if (Is(key, "recordConsent", "record_consent")) return ReadAction<RawRecordConsent>(value, actions, problem);
  if (Is(key, "addNote", "add_note")) return ReadAction<AddNote>(value, actions, problem);
  if (Is(key, "removeNote", "remove_note")) return ReadAction<RemoveNote>(value, actions, problem);
  if (Is(key, "erase")) return ReadAction<Erase>(value, actions, problem);
  if (Is(key, "withdraw")) return ReadAction<Withdraw>(value, actions, problem);
  return true;
}

bool ReadRecordField(std::string_view key, element value, UncheckedRecord* record, FieldProblem* problem) {
  if (Is(key, "event")) {
    record->event.reset();
    return value.is_null() || ReadFields(value, ReadEventField, &record->event.emplace(), problem);
  }
  if (Is(key, "command")) {
    record->command.reset();
    return value.is_null() || ReadFields(value, ReadCommandField, &record->command.emplace(), problem);
  }
  return true;
}

// Whether the object is a file's line with that member, and nothing else.
bool IsWrapped(element root, std::string_view member) {
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS || object.size() != 1) return false;
  const auto [key, value] = *object.begin();
  return key == member && value.is_object();
}

template <typename Message>
bool ReadBare(element root, std::string_view name,
              bool (*read_field)(std::string_view, element, Message*, FieldProblem*), Message* message,
              FieldProblem* problem) {
  if (ReadFields(root, read_field, message, problem)) return true;
  // The path is as in a file: details are the same for all shapes.
  if (!problem->path.empty()) problem->path = Concat({name, ".", problem->path});
  return false;
}

bool ReadRecord(element root, RecordShape shape, UncheckedRecord* record, FieldProblem* problem) {
  if (shape == RecordShape::kEvent && !IsWrapped(root, "event")) {
    return ReadBare(root, "event", ReadEventField, &record->event.emplace(), problem);
  }
  if (shape == RecordShape::kCommand && !IsWrapped(root, "command")) {
    return ReadBare(root, "command", ReadCommandField, &record->command.emplace(), problem);
  }
  return ReadFields(root, ReadRecordField, record, problem);
}

class JsonRecordDecoder : public RecordDecoder {
 public:
  explicit JsonRecordDecoder(RecordShape shape) : shape_(shape) {}

  void DecodeInto(std::string_view bytes, const DecodeLimits& limits, Decoded* decoded) override {
    UncheckedRecord record;
    if (std::optional<Rejection> rejection = Read(bytes, &record)) {
      *decoded = std::move(*rejection);
    } else {
      CheckRecord(std::move(record), bytes.size(), limits, decoded);
    }
  }

 private:
  // Reads a record; nullopt if it is well-formed.
  std::optional<Rejection> Read(std::string_view bytes, UncheckedRecord* record) {
    element root;
    if (const error_code error = Parse(bytes, &root); error != simdjson::SUCCESS) {
      return Malformed(Concat({"the record is not JSON: ", ParseErrorText(error)}));
    }
    KeptDigits digits(bytes, parsed_, parser_);
    FieldProblem problem{&digits};
    if (ReadRecord(root, shape_, record, &problem)) return std::nullopt;
    return Malformed((problem.path.empty() ? "the record" : problem.path) + " " + problem.sentence);
  }

  // Parses the bytes. `root` is valid until the next call.
  error_code Parse(std::string_view bytes, element* root) {
    if (bytes.empty()) return simdjson::EMPTY;  // the parser would copy 0 bytes from a null pointer, which is undefined
    if (bytes.starts_with(kByteOrderMark)) return simdjson::TAPE_ERROR;  // newer parsers would skip it
    parsed_ = bytes;
    const error_code error = ParseNested(bytes, root);
    if (error == simdjson::SUCCESS) return error;
    replaced_ = ReplaceLongNumbers(bytes);
    if (replaced_ == bytes) return error;
    parsed_ = replaced_;
    return ParseNested(replaced_, root);
  }

  error_code ParseNested(std::string_view bytes, element* root) {
    const error_code error = ParseWith(shallow_, kShallowNesting, bytes, root);
    const int levels = shape_ == RecordShape::kInputRecord ? kMaxNesting : kMaxNesting - 1;
    if (error != simdjson::DEPTH_ERROR || NestsDeeperThan(bytes, levels)) return error;
    return ParseWith(deep_, kDeepNesting, bytes, root);
  }

  error_code ParseWith(simdjson::dom::parser& parser, size_t nesting, std::string_view bytes, element* root) {
    if (parser.max_depth() != nesting) {
      if (const error_code error = parser.allocate(kFirstCapacity, nesting); error != simdjson::SUCCESS) return error;
    }
    parser_ = &parser;
    return parser.parse(bytes.data(), bytes.size()).get(*root);
  }

  static constexpr size_t kFirstCapacity = 4096;  // bytes; a parser grows with its input

  const RecordShape shape_;
  simdjson::dom::parser shallow_, deep_;
  std::string replaced_;
  // Of the last record: what was parsed, and by which parser.
  std::string_view parsed_;
  simdjson::dom::parser* parser_ = nullptr;
};

}  // namespace

std::unique_ptr<RecordDecoder> MakeJsonRecordDecoder(RecordShape shape) {
  return std::make_unique<JsonRecordDecoder>(shape);
}

}  // namespace leadpulse::codec
