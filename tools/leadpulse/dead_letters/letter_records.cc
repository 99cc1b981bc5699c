#include "tools/leadpulse/dead_letters/letter_records.h"

#include <simdjson.h>

#include <optional>
#include <string_view>

#include "leadpulse/v1/command.pb.h"
#include "leadpulse/v1/event.pb.h"
#include "leadpulse/v1/input.pb.h"
#include "schemas/codec/confluent_framing.h"

namespace leadpulse::tools {
namespace {

using codec::RecordShape;
using config::RecordFormat;
using simdjson::dom::element;

std::string TenantInJson(std::string_view payload) {
  simdjson::dom::parser parser;
  element record;
  if (parser.parse(payload.data(), payload.size()).get(record) != simdjson::SUCCESS) return "";
  for (const char* message : {"event", "command"}) {
    if (element inner; record[message].get(inner) == simdjson::SUCCESS && inner.is_object()) record = inner;
  }
  for (const char* name : {"tenantId", "tenant_id"}) {
    if (std::string_view tenant; record[name].get(tenant) == simdjson::SUCCESS) return std::string(tenant);
  }
  return "";
}

template <typename Message>
Message Parsed(std::string_view bytes) {
  Message message;
  // What was parsed before an error counts, too.
  static_cast<void>(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return message;
}

std::string TenantInProtobuf(std::string_view payload, RecordShape shape) {
  if (shape == RecordShape::kEvent) return Parsed<v1::EngagementEvent>(payload).tenant_id();
  if (shape == RecordShape::kCommand) return Parsed<v1::LeadCommand>(payload).tenant_id();
  const auto record = Parsed<v1::InputRecord>(payload);
  return record.has_event() ? record.event().tenant_id() : record.command().tenant_id();
}

std::unique_ptr<codec::RecordDecoder> MakeDecoder(RecordShape shape, RecordFormat format) {
  switch (format) {
    case RecordFormat::kProtobuf:
      return codec::MakeProtobufRecordDecoder(shape);
    case RecordFormat::kConfluent:
      return codec::MakeConfluentRecordDecoder(shape);
    case RecordFormat::kJson:
      break;
  }
  return codec::MakeJsonRecordDecoder(shape);
}

// Whether the file has records as Protobuf: `.pb`, perhaps compressed. The file need not exist any more.
bool IsProtobufFile(std::string_view file) {
  for (const std::string_view ending : {".pb", ".pb.gz", ".pb.zst"}) {
    if (file.ends_with(ending)) return true;
  }
  return false;
}

}  // namespace

LetterRecords::LetterRecords(const config::TopicNames& topics, const config::FormatSettings& formats, Instant latest)
    : topics_{{topics.events, {RecordShape::kEvent, formats.events}},
              {topics.commands, {RecordShape::kCommand, formats.commands}}},
      latest_(latest) {}

std::optional<LetterRecords::Form> LetterRecords::FormOf(const codec::StoredDeadLetter& letter) const {
  const std::string& source = letter.source.topic;
  if (topics_.empty()) {
    return Form{RecordShape::kInputRecord, IsProtobufFile(source) ? RecordFormat::kProtobuf : RecordFormat::kJson};
  }
  const auto topic = topics_.find(source);
  return topic == topics_.end() ? std::optional<Form>() : topic->second;
}

bool LetterRecords::IsLine(const codec::StoredDeadLetter& letter) const {
  return topics_.empty() && FormOf(letter)->format == RecordFormat::kJson;
}

std::string LetterRecords::TenantOf(const FoundLetter& found) const {
  const std::optional<Form> form = FormOf(found.letter);
  std::string_view payload = found.letter.payload;
  std::string tenant;
  if (form && form->format == RecordFormat::kJson) {
    tenant = TenantInJson(payload);
  } else if (form) {
    const Result<codec::ConfluentFrame> frame = codec::ReadConfluentFrame(payload);
    if (form->format == RecordFormat::kConfluent && frame.ok()) payload = frame->message;
    tenant = TenantInProtobuf(payload, form->shape);
  }
  const size_t end = found.key.find('\0');
  return tenant.empty() && end != std::string::npos ? found.key.substr(0, end) : tenant;
}

codec::RecordDecoder* LetterRecords::DecoderOf(const Form& form) {
  std::unique_ptr<codec::RecordDecoder>& decoder = decoders_[form];
  if (decoder == nullptr) decoder = MakeDecoder(form.shape, form.format);
  return decoder.get();
}

std::variant<codec::Record, HeldBack> LetterRecords::RecordOf(const codec::StoredDeadLetter& letter) {
  const std::optional<Form> form = FormOf(letter);
  if (!form) {
    return HeldBack{"unknown_source", "it came from " + letter.source.topic +
                                          ", which kafka.topics does not name as a "
                                          "topic of events or commands"};
  }
  if (letter.full_size) {
    return HeldBack{"cut", "only its first " + std::to_string(letter.payload.size()) + " of " +
                               std::to_string(*letter.full_size) + " bytes are in the dead letter: send it from " +
                               OriginOf(letter.source)};
  }
  if (letter.payload.empty()) {
    return HeldBack{"no_payload",
                    "the record had no value, or the run keeps no payloads (dead_letters.payload, "
                    "--dead-letter-payload): see " +
                        OriginOf(letter.source) + ", and send it from there if it has one"};
  }
  // A lead never has an earlier version again.
  if (letter.reason == codec::ReasonName(codec::Reason::kConflict)) {
    return HeldBack{letter.reason, "the lead has another version by now: look at it, and make a new command"};
  }
  codec::Decoded decoded = DecoderOf(*form)->Decode(letter.payload, {.latest = latest_});
  if (auto* event = std::get_if<codec::Event>(&decoded)) return codec::Record(std::move(*event));
  if (auto* command = std::get_if<codec::Command>(&decoded)) return codec::Record(std::move(*command));
  const auto& rejection = std::get<codec::Rejection>(decoded);
  return HeldBack{std::string(codec::ReasonName(rejection.reason)), rejection.detail};
}

}  // namespace leadpulse::tools
