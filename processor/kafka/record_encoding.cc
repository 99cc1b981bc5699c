#include "processor/kafka/record_encoding.h"

#include <algorithm>
#include <cstring>

#include "processor/base/assert.h"
#include "processor/kafka/printable_key.h"

namespace leadpulse::kafka {
namespace {

constexpr size_t kMostHeaders = 7;  // a change has the most
// About the bytes of a dead letter without payload and key. Every topic accepts records of this size.
constexpr size_t kLeastDeadLetter = 512;
constexpr std::array<std::string_view, 5> kCauseNames{"", "event", "command", "time", "definitions"};

std::unique_ptr<codec::RecordDecoder> MakeDecoder(InputFormat format, codec::RecordShape shape) {
  switch (format) {
    case InputFormat::kProtobuf:
      return codec::MakeProtobufRecordDecoder(shape);
    case InputFormat::kJson:
      return codec::MakeJsonRecordDecoder(shape);
    case InputFormat::kConfluent:
      return codec::MakeConfluentRecordDecoder(shape);
  }
  LP_ASSERT(false);
  return nullptr;
}

std::unique_ptr<codec::OutputEncoder> MakeEncoder(config::RecordFormat format, int32_t schema_id) {
  return codec::MakeOutputEncoder(OutputFormatOf(format), static_cast<uint32_t>(schema_id));
}

bool IsSegmentChange(codec::ChangeKind kind) {
  return kind == codec::ChangeKind::kSegmentEntered || kind == codec::ChangeKind::kSegmentLeft;
}

// Returns the size in bytes as a topic's `max.message.bytes` counts it, without about ten bytes for each part.
size_t SizeOf(const OutputRecord& record) {
  size_t size = record.key.size() + record.value.value_or("").size();
  for (const auto& [name, value] : record.headers) size += std::strlen(name) + value.size();
  return size;
}

void AddSource(const codec::SourcePosition& source, OutputRecord* record) {
  record->headers.emplace_back("input-topic", source.topic);
  record->headers.emplace_back("input-partition", std::to_string(source.partition));
  record->headers.emplace_back("input-offset", std::to_string(source.offset));
}

}  // namespace

codec::OutputFormat OutputFormatOf(config::RecordFormat format) {
  constexpr std::array kFormats{codec::OutputFormat::kProtobuf, codec::OutputFormat::kJson,
                                codec::OutputFormat::kConfluent};  // by RecordFormat
  return kFormats.at(static_cast<size_t>(format));
}

RecordEncoding::RecordEncoding(const WorkerOptions& options)
    : input_formats_{options.formats.events, options.formats.commands},
      changes_(MakeEncoder(options.formats.changes, options.formats.schema_ids.changes)),
      dead_letters_(MakeEncoder(options.formats.dead_letters, options.formats.schema_ids.dead_letters)),
      change_keys_(options.formats.change_keys),
      profiles_(options.formats.profiles, options.formats.schema_ids.profiles) {}

codec::RecordDecoder* RecordEncoding::decoder(InputTopic topic, InputFormat format) {
  auto& decoder = decoders_.at(static_cast<size_t>(topic)).at(static_cast<size_t>(format));
  const auto shape = topic == InputTopic::kEvents ? codec::RecordShape::kEvent : codec::RecordShape::kCommand;
  if (decoder == nullptr) decoder = MakeDecoder(format, shape);
  return decoder.get();
}

void RecordEncoding::EncodeChanges(std::span<const codec::Change> changes, std::vector<OutputRecord>* records) {
  const codec::Change* before = nullptr;
  uint64_t ordinal = 0;
  for (const codec::Change& change : changes) {
    const bool same_source = before != nullptr && change.source.has_value() && change.source == before->source;
    ordinal = same_source ? ordinal + 1 : 0;
    EncodeChange(change, ordinal, &records->emplace_back());
    before = &change;
  }
}

void RecordEncoding::EncodeChange(const codec::Change& change, uint64_t ordinal, OutputRecord* into) {
  OutputRecord& record = *into;
  record.topic = IsSegmentChange(change.kind) ? OutputTopic::kSegmentChanges : OutputTopic::kStatusChanges;
  record.key = change_keys_ == config::KeyForm::kPrintable ? PrintableKey(change.key) : EncodeLeadKey(change.key);
  changes_->EncodeChange(change, &record.value.emplace());
  record.headers.reserve(kMostHeaders);
  record.headers.emplace_back("tenant", change.key.tenant);
  record.headers.emplace_back("cause", kCauseNames[static_cast<size_t>(change.cause.kind)]);
  if (change.backfill) record.headers.emplace_back("backfill", "1");
  if (change.source) {
    AddSource(*change.source, &record);
    record.headers.emplace_back("ordinal", std::to_string(ordinal));
  }
}

OutputRecord RecordEncoding::EncodeDeadLetter(codec::DeadLetter letter, std::string_view key) {
  OutputRecord record;
  record.topic = OutputTopic::kDeadLetters;
  AddSource(letter.source, &record);
  record.headers.emplace_back("reason", codec::ReasonName(letter.reason));
  record.key = key;
  dead_letters_->EncodeDeadLetter(letter, &record.value.emplace());
  for (size_t kept = codec::kDeadLetterPrefix; SizeOf(record) > dead_letter_bound_; kept /= 2) {
    if (letter.payload.size() > kept) {
      letter.full_size = std::max<uint64_t>(letter.full_size.value_or(0), letter.payload.size());
      letter.payload.resize(kept);
    }
    record.key.resize(std::min(record.key.size(), kept));
    record.value->clear();
    dead_letters_->EncodeDeadLetter(letter, &*record.value);
    if (kept == 0) break;
  }
  largest_dead_letter_ = std::max(largest_dead_letter_, SizeOf(record));
  return record;
}

std::optional<size_t> RecordEncoding::ShrinkDeadLetters() {
  const size_t refused = std::min(largest_dead_letter_, dead_letter_bound_);
  if (refused <= kLeastDeadLetter) return std::nullopt;
  dead_letter_bound_ = std::max(refused / 2, kLeastDeadLetter);
  largest_dead_letter_ = 0;
  return dead_letter_bound_;
}

}  // namespace leadpulse::kafka
