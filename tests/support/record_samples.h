// Input records for tests of the decoders: valid and random ones, and both encodings of each.
#pragma once

#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/json_util.h>

#include <random>
#include <string>

#include "leadpulse/v1/input.pb.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::codec {

enum class Format { kJson, kProtobuf };

inline std::string Encode(const google::protobuf::Message& record, Format format,
                          const google::protobuf::util::JsonPrintOptions& options = {}) {
  if (format == Format::kProtobuf) return record.SerializeAsString();
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(record, &json, options).ok()) std::abort();
  return json;
}

inline std::unique_ptr<RecordDecoder> MakeDecoder(Format format, RecordShape shape = RecordShape::kInputRecord) {
  return format == Format::kJson ? MakeJsonRecordDecoder(shape) : MakeProtobufRecordDecoder(shape);
}

// Returns the shape of a bare event or command, as in a topic.
inline RecordShape BareShape(const v1::InputRecord& record) {
  return record.has_event() ? RecordShape::kEvent : RecordShape::kCommand;
}
inline std::string EncodeBare(const v1::InputRecord& record, Format format,
                              const google::protobuf::util::JsonPrintOptions& options = {}) {
  return record.has_event() ? Encode(record.event(), format, options) : Encode(record.command(), format, options);
}

// Returns the name of the reason why a record was rejected, or "accepted".
inline std::string ReasonOf(const Decoded& decoded) {
  const auto* rejection = std::get_if<Rejection>(&decoded);
  return rejection != nullptr ? std::string(ReasonName(rejection->reason)) : "accepted";
}
inline std::string DetailOf(const Decoded& decoded) {
  const auto* rejection = std::get_if<Rejection>(&decoded);
  return rejection != nullptr ? rejection->detail : "accepted";
}

// The latest instant accepted in these tests.
inline const Instant kLatest = ParseRfc3339("2026-03-10T12:00:00Z").value();

inline void SetTime(std::string_view text, google::protobuf::Timestamp* time) {
  const int64_t millis = ParseRfc3339(text).value().millis;
  time->set_seconds(millis / 1000);
  time->set_nanos(static_cast<int32_t>(millis % 1000) * 1'000'000);
}

inline v1::InputRecord ValidEvent() {
  v1::InputRecord record;
  v1::EngagementEvent* event = record.mutable_event();
  event->set_tenant_id("acme");
  event->set_lead_id("ann@example.com");
  event->set_event_id("e-1");
  event->set_type(v1::EngagementEvent::CLICK);
  SetTime("2026-03-10T09:30:00.250Z", event->mutable_occurred_at());
  event->set_campaign_id("spring");
  return record;
}

inline v1::InputRecord ValidCommand() {
  v1::InputRecord record;
  v1::LeadCommand* command = record.mutable_command();
  command->set_tenant_id("acme");
  command->set_lead_id("ann@example.com");
  command->set_command_id("c-1");
  SetTime("2026-03-10T09:30:00Z", command->mutable_issued_at());
  command->mutable_edit_tags()->add_add("vip");
  return record;
}

// Pads a message to `size` bytes with an unknown field. The size must be at least 16 KiB more than the message's.
inline void FillUp(size_t size, std::string* wire) {
  constexpr size_t kHeadBytes = 2 + 3;  // its tag and length
  google::protobuf::UnknownFieldSet unknown;
  unknown.AddLengthDelimited(100, std::string(size - wire->size() - kHeadBytes, ' '));
  std::string field;
  if (!unknown.SerializeToString(&field) || wire->append(field).size() != size) std::abort();
}

// A generator of records of every kind, mostly valid, with unusual texts and values.
class RandomRecords {
 public:
  explicit RandomRecords(uint64_t seed) : random_(seed) {}

  v1::InputRecord Next() { return OneIn(2) ? NextEvent() : NextCommand(); }

  uint64_t Below(uint64_t bound) { return random_() % bound; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }

  std::string Text() {
    static const std::string kTexts[] = {"",     "a",          "Ann@Example.com ",     "visit \"x\" \\ /", "Größe €",
                                         "\n\t", "\U0001F600", std::string("n\0l", 3), "<b>&amp;</b>",     "2026-03-10",
                                         "12.5", "\u2028\x7F"};
    if (OneIn(50)) return std::string(Below(10'000), 'x');
    return kTexts[Below(std::size(kTexts))];
  }

  // Changes up to five bytes anywhere in a record.
  void Spoil(std::string* bytes) {
    for (uint64_t changes = Below(6); changes > 0 && !bytes->empty(); --changes) {
      const size_t at = Below(bytes->size());
      switch (Below(4)) {
        case 0:
          (*bytes)[at] = static_cast<char>(Below(256));
          break;
        case 1:
          bytes->erase(at, Below(5) + 1);
          break;
        case 2:
          bytes->insert(at, bytes->substr(Below(bytes->size()), Below(20)));
          break;
        default:
          (*bytes)[at] = "{}[]\",:\\0-e"[Below(11)];
      }
    }
  }

 private:
  template <typename Record>
  void FillCommon(Record* record) {
    record->set_tenant_id(OneIn(20) ? Text() : "acme");
    record->set_lead_id(OneIn(4) ? Text() : "ann");
    if (OneIn(3)) record->set_email(Text());
    record->set_backfill(OneIn(3));
  }

  void FillTime(google::protobuf::Timestamp* time) {
    time->set_seconds(OneIn(10) ? static_cast<int64_t>(Below(4'000'000'000)) - 1'000'000'000 : 1'700'000'000);
    time->set_nanos(static_cast<int32_t>(Below(1'000'000'000)));
  }

  v1::InputRecord NextEvent() {
    v1::InputRecord record;
    v1::EngagementEvent* event = record.mutable_event();
    FillCommon(event);
    event->set_event_id(OneIn(20) ? Text() : "e-" + std::to_string(Below(1000)));
    event->set_type(static_cast<v1::EngagementEvent::Type>(Below(14)));
    if (!OneIn(20)) FillTime(event->mutable_occurred_at());
    if (OneIn(2)) event->set_campaign_id(Text());
    if (OneIn(2)) event->set_message_id(Text());
    if (OneIn(2)) event->set_name(Text());
    if (OneIn(2)) FillStruct(event->mutable_properties(), 3);
    if (OneIn(3)) event->set_url(Text());
    if (OneIn(3)) event->set_source(Text());
    if (OneIn(3)) event->set_user_agent(Text());
    event->set_bounce_kind(static_cast<v1::Bounce::Kind>(Below(4)));
    event->set_machine(OneIn(2));
    if (OneIn(2)) event->set_retracts(Text());
    if (OneIn(2)) event->set_topic(Text());
    return record;
  }

  v1::InputRecord NextCommand() {
    v1::InputRecord record;
    v1::LeadCommand* command = record.mutable_command();
    FillCommon(command);
    command->set_command_id(OneIn(20) ? Text() : "c-" + std::to_string(Below(1000)));
    if (!OneIn(20)) FillTime(command->mutable_issued_at());
    if (OneIn(2)) command->set_actor(Text());
    do FillAction(command);
    while (OneIn(4));
    return record;
  }

  void FillAction(v1::LeadCommand* command) {
    switch (Below(14)) {
      case 0:
        FillStruct(command->mutable_update_profile()->mutable_set(), 4);
        if (OneIn(2)) command->mutable_update_profile()->add_unset(Text());
        break;
      case 1:
        command->mutable_edit_tags()->add_add(Text());
        break;
      case 2:
        command->mutable_edit_lists()->add_remove(Text());
        break;
      case 3:
        command->mutable_edit_campaigns()->add_assign(Text());
        break;
      case 4:
        command->mutable_set_stage()->set_stage(static_cast<v1::SetStage::Stage>(Below(12)));
        break;
      case 5:
        if (!OneIn(4)) command->mutable_set_qualification()->set_score(static_cast<int32_t>(Below(120)) - 10);
        command->mutable_set_qualification()->set_clear(OneIn(3));
        break;
      case 6:
        command->mutable_assign_agent()->set_agent_id(Text());
        break;
      case 7:
        command->mutable_set_do_not_contact()->set_value(OneIn(2));
        command->mutable_set_do_not_contact()->set_reason(Text());
        break;
      case 8:
        command->mutable_record_consent()->set_purpose(Text());
        command->mutable_record_consent()->set_granted(OneIn(2));
        if (OneIn(2)) command->mutable_record_consent()->set_version(Text());
        if (OneIn(2)) FillTime(command->mutable_record_consent()->mutable_at());
        break;
      case 9:
        command->mutable_add_note()->set_text(Text());
        break;
      case 10:
        command->mutable_remove_note()->set_command_id(Text());
        break;
      case 11:
        command->mutable_erase();
        break;
      case 12:
        command->mutable_withdraw();
        break;
      default:
        break;  // none
    }
  }

  void FillStruct(google::protobuf::Struct* target, int depth) {
    for (uint64_t i = Below(5); i > 0; --i) FillValue(&(*target->mutable_fields())[Text()], depth - 1);
  }

  void FillValue(google::protobuf::Value* value, int depth) {
    switch (Below(depth > 0 ? 6 : 4)) {
      case 0:
        value->set_null_value(google::protobuf::NULL_VALUE);
        break;
      case 1:
        value->set_bool_value(OneIn(2));
        break;
      case 2:
        // Decimals that the library's JSON and this program spell alike; seldom one out of bounds.
        value->set_number_value(OneIn(20)  ? 1e50
                                : OneIn(2) ? static_cast<double>(Below(2000)) / 8 - 50
                                           : static_cast<double>(Below(1'000'000'000'000)) / 1000);
        break;
      case 3:
        value->set_string_value(Text());
        break;
      case 4:
        value->mutable_list_value();
        for (uint64_t i = OneIn(20) ? 101 : Below(4); i > 0; --i) {
          FillValue(value->mutable_list_value()->add_values(), OneIn(3) ? depth - 1 : 0);
        }
        break;
      default:
        FillStruct(value->mutable_struct_value(), depth - 1);
    }
  }

  std::mt19937_64 random_;
};

}  // namespace leadpulse::codec
