#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <type_traits>

#include "leadpulse/v1/input.pb.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "schemas/codec/named_values.h"
#include "schemas/codec/protobuf_change.h"
#include "schemas/codec/protobuf_event_reader.h"
#include "schemas/codec/protobuf_log.h"
#include "schemas/codec/record_checks.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::codec {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// The depth of nested messages: a level of JSON takes at most three (Struct, its entry, Value).
constexpr int kMaxMessageNesting = 3 * kMaxNesting + 10;
// The levels of the JSON mapping above an event's properties and above a command's set.
constexpr int kLevelsAboveProperties = 2;
constexpr int kLevelsAboveSet = 3;

using google::protobuf::Struct;
using WireValue = google::protobuf::Value;

struct ProtobufFormat {
  using Node = WireValue;
  using Field = std::pair<std::string_view, std::reference_wrapper<const WireValue>>;

  static NodeKind KindOf(const WireValue& node) {
    switch (node.kind_case()) {
      case WireValue::kBoolValue:
        return NodeKind::kBoolean;
      case WireValue::kNumberValue:
        return NodeKind::kNumber;
      case WireValue::kStringValue:
        return NodeKind::kText;
      case WireValue::kListValue:
        return NodeKind::kList;
      case WireValue::kStructValue:
        return NodeKind::kObject;
      default:
        return NodeKind::kNull;
    }
  }
  static bool BooleanOf(const WireValue& node) { return node.bool_value(); }
  static std::optional<Number> NumberOf(const WireValue& node) {
    return std::isfinite(node.number_value()) ? std::optional(Number(node.number_value())) : std::nullopt;
  }
  static std::string_view TextOf(const WireValue& node) { return node.string_value(); }
  static const auto& ElementsOf(const WireValue& node) { return node.list_value().values(); }

  static std::vector<Field> SortedFields(const Struct& source) {
    std::vector<Field> fields;
    fields.reserve(source.fields().size());
    for (const auto& [key, value] : source.fields()) fields.emplace_back(key, value);
    std::ranges::sort(fields, {}, &Field::first);  // keys are unique
    return fields;
  }
  static std::vector<Field> SortedFields(const WireValue& node) { return SortedFields(node.struct_value()); }
};

bool IsDeeperThan(const Struct& source, int limit);

bool IsDeeperThan(const WireValue& value, int limit) {
  if (value.has_struct_value()) return IsDeeperThan(value.struct_value(), limit);
  if (!value.has_list_value()) return false;
  return limit <= 0 || std::ranges::any_of(value.list_value().values(),
                                           [&](const WireValue& element) { return IsDeeperThan(element, limit - 1); });
}

// Whether lists and structs nest deeper than `limit`, counting the struct itself.
bool IsDeeperThan(const Struct& source, int limit) {
  return limit <= 0 ||
         std::ranges::any_of(source.fields(), [&](const auto& field) { return IsDeeperThan(field.second, limit - 1); });
}

// Visits the fields of the message that hold a message or a string, in the order of the wire: `visit(number, bytes)`.
// The bytes must have been parsed before.
template <typename Visit>
void VisitFields(std::string_view bytes, Visit visit) {
  CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  input.SetRecursionLimit(kMaxMessageNesting);
  while (const uint32_t tag = input.ReadTag()) {
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&input, tag)) return;
      continue;
    }
    uint32_t length;
    if (!input.ReadVarint32(&length)) return;
    const size_t start = input.CurrentPosition();
    if (!input.Skip(static_cast<int>(length))) return;
    visit(WireFormatLite::GetTagFieldNumber(tag), bytes.substr(start, length));
  }
}

// Which members of InputRecord's oneof the bytes set: a parsed oneof shows only the last one.
struct WireKinds {
  bool event = false;
  bool command = false;
};

WireKinds KindsOf(const v1::InputRecord&, std::string_view bytes) {
  WireKinds kinds;
  VisitFields(bytes, [&](int number, std::string_view) {
    kinds.event |= number == v1::InputRecord::kEventFieldNumber;
    kinds.command |= number == v1::InputRecord::kCommandFieldNumber;
  });
  return kinds;
}
WireKinds KindsOf(const v1::EngagementEvent&, std::string_view) { return {.event = true}; }
WireKinds KindsOf(const v1::LeadCommand&, std::string_view) { return {.command = true}; }

RawTime TimeOf(bool sent, const google::protobuf::Timestamp& time) {
  RawTime raw{sent, std::nullopt, {}};
  if (sent) raw.instant = InstantOf(time.seconds(), time.nanos());
  return raw;
}

RawEnum EnumOf(int number) { return {number, {}}; }

std::vector<std::string> TextsOf(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

RawEvent EventOf(const v1::EngagementEvent& event) {
  RawEvent raw;
  raw.tenant_id = event.tenant_id();
  raw.lead_id = event.lead_id();
  raw.email = event.email();
  raw.event_id = event.event_id();
  raw.type = EnumOf(event.type());
  raw.occurred_at = TimeOf(event.has_occurred_at(), event.occurred_at());
  raw.campaign_id = event.campaign_id();
  raw.message_id = event.message_id();
  raw.name = event.name();
  raw.properties = NamedValuesReader<ProtobufFormat>::Read(event.properties());
  raw.url = event.url();
  raw.source = event.source();
  raw.user_agent = event.user_agent();
  raw.bounce_kind = EnumOf(event.bounce_kind());
  raw.machine = event.machine();
  raw.backfill = event.backfill();
  raw.retracts = event.retracts();
  raw.topic = event.topic();
  return raw;
}

RawSetQualification QualificationOf(const v1::SetQualification& set) {
  RawSetQualification raw;
  if (set.has_score()) raw.score = set.score();
  raw.clear = set.clear();
  return raw;
}

RawRecordConsent ConsentOf(const v1::RecordConsent& record) {
  return {{record.purpose(), record.granted(), record.source(), record.version()},
          TimeOf(record.has_at(), record.at())};
}

std::vector<RawAction> ActionsOf(const v1::LeadCommand& command) {
  std::vector<RawAction> actions;
  if (command.has_update_profile()) {
    actions.emplace_back(UpdateProfile{NamedValuesReader<ProtobufFormat>::Read(command.update_profile().set()),
                                       TextsOf(command.update_profile().unset())});
  }
  if (command.has_edit_tags()) {
    actions.emplace_back(EditTags{TextsOf(command.edit_tags().add()), TextsOf(command.edit_tags().remove())});
  }
  if (command.has_edit_lists()) {
    actions.emplace_back(EditLists{TextsOf(command.edit_lists().add()), TextsOf(command.edit_lists().remove())});
  }
  if (command.has_edit_campaigns()) {
    const v1::EditCampaigns& edit = command.edit_campaigns();
    actions.emplace_back(EditCampaigns{TextsOf(edit.assign()), TextsOf(edit.remove())});
  }
  if (command.has_set_stage()) actions.emplace_back(RawSetStage{EnumOf(command.set_stage().stage())});
  if (command.has_set_qualification()) actions.emplace_back(QualificationOf(command.set_qualification()));
  if (command.has_assign_agent()) actions.emplace_back(AssignAgent{command.assign_agent().agent_id()});
  if (command.has_set_do_not_contact()) {
    actions.emplace_back(SetDoNotContact{command.set_do_not_contact().value(), command.set_do_not_contact().reason()});
  }
  if (command.has_record_consent()) actions.emplace_back(ConsentOf(command.record_consent()));
  if (command.has_add_note()) actions.emplace_back(AddNote{command.add_note().text()});
  if (command.has_remove_note()) actions.emplace_back(RemoveNote{command.remove_note().command_id()});
  if (command.has_erase()) actions.emplace_back(Erase{command.erase().suppress()});
  if (command.has_withdraw()) actions.emplace_back(Withdraw());
  return actions;
}

RawCommand CommandOf(const v1::LeadCommand& command) {
  RawCommand raw;
  raw.tenant_id = command.tenant_id();
  raw.lead_id = command.lead_id();
  raw.email = command.email();
  raw.command_id = command.command_id();
  raw.issued_at = TimeOf(command.has_issued_at(), command.issued_at());
  raw.actor = command.actor();
  raw.expected_version = command.expected_version();
  raw.backfill = command.backfill();
  raw.actions = ActionsOf(command);
  return raw;
}

// Returns the bare message, or that in an input record; the default message if the record holds the other kind.
const v1::EngagementEvent& EventIn(const v1::InputRecord& message) { return message.event(); }
const v1::EngagementEvent& EventIn(const v1::EngagementEvent& message) { return message; }
const v1::EngagementEvent& EventIn(const v1::LeadCommand&) { return v1::EngagementEvent::default_instance(); }
const v1::LeadCommand& CommandIn(const v1::InputRecord& message) { return message.command(); }
const v1::LeadCommand& CommandIn(const v1::EngagementEvent&) { return v1::LeadCommand::default_instance(); }
const v1::LeadCommand& CommandIn(const v1::LeadCommand& message) { return message; }

template <typename Message>
bool NestsTooDeep(const Message& message) {
  return IsDeeperThan(EventIn(message).properties(), kMaxNesting - kLevelsAboveProperties) ||
         IsDeeperThan(CommandIn(message).update_profile().set(), kMaxNesting - kLevelsAboveSet);
}

template <typename Message>
class ProtobufRecordDecoder : public RecordDecoder {
 public:
  void DecodeInto(std::string_view bytes, const DecodeLimits& limits, Decoded* decoded) override {
    UncheckedRecord record;
    std::optional<Rejection> rejection;
    if (!ReadUsual(bytes, &record)) rejection = Read(bytes, &record);
    if (rejection) {
      *decoded = std::move(*rejection);
    } else {
      CheckRecord(std::move(record), bytes.size(), limits, decoded);
    }
  }

 private:
  // Whether it was an event that can be read without the library.
  static bool ReadUsual(std::string_view bytes, UncheckedRecord* record) {
    if constexpr (std::is_same_v<Message, v1::LeadCommand>) return false;
    const std::optional<std::string_view> event =
        std::is_same_v<Message, v1::InputRecord> ? OnlyEventIn(bytes) : std::optional(bytes);
    if (event && ReadUsualEvent(*event, &record->event.emplace())) return true;
    record->event.reset();
    return false;
  }

  // Reads a record; nullopt if it is well-formed.
  std::optional<Rejection> Read(std::string_view bytes, UncheckedRecord* record) {
    arena_.Reset();
    auto* message = google::protobuf::Arena::CreateMessage<Message>(&arena_);
    if (!Parse(bytes, message)) {
      const auto* descriptor = Message::descriptor();
      return Malformed(Concat({"the record is no ", descriptor->name(), " of schemas/", descriptor->file()->name()}));
    }
    if (NestsTooDeep(*message)) return Malformed("the record nests deeper than 100 lists and objects");
    const WireKinds kinds = KindsOf(*message, bytes);
    // Both are set: a record with an event and a command is malformed.
    if (kinds.event) record->event = EventOf(EventIn(*message));
    if (kinds.command) record->command = CommandOf(CommandIn(*message));
    return std::nullopt;
  }

  static bool Parse(std::string_view bytes, Message* message) {
    constexpr bool kBare = !std::is_same_v<Message, v1::InputRecord>;
    CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
    input.SetRecursionLimit(kBare ? kMaxMessageNesting - 1 : kMaxMessageNesting);
    return message->ParseFromCodedStream(&input) && input.ConsumedEntireMessage();
  }

  google::protobuf::Arena arena_;
};

}  // namespace

std::unique_ptr<RecordDecoder> MakeProtobufRecordDecoder(RecordShape shape) {
  QuietProtobuf();
  switch (shape) {
    case RecordShape::kInputRecord:
      return std::make_unique<ProtobufRecordDecoder<v1::InputRecord>>();
    case RecordShape::kEvent:
      return std::make_unique<ProtobufRecordDecoder<v1::EngagementEvent>>();
    case RecordShape::kCommand:
      return std::make_unique<ProtobufRecordDecoder<v1::LeadCommand>>();
  }
  LP_ASSERT(false);
}

}  // namespace leadpulse::codec
