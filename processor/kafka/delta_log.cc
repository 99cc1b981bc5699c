#include "processor/kafka/delta_log.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <xxhash.h>

#include <algorithm>
#include <functional>

#include "leadpulse/v1/changelog.pb.h"
#include "processor/kafka/changelog.h"
#include "state/codec/field_writer.h"
#include "state/codec/row_fields.h"

namespace leadpulse::kafka {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr size_t kRecordBytes = 256 << 10;

void AppendBytes(int number, std::string_view value, std::string* out) {
  state::AppendFieldHead(number, value.size(), out);
  out->append(value);
}

// A field of a message: its number and, by its type, one of the values.
struct Field {
  int number = 0;
  uint64_t value = 0;  // the number, if it is a varint or fixed64
  std::string_view bytes;
  std::string_view rest;  // what follows the field in the message
};

// Calls `take` with each field that is a varint or fixed64, or has bytes. Returns false if `take` does, or if this is
// not a message.
template <typename Take>
bool TakeFields(std::string_view message, const Take& take) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(message.data()), static_cast<int>(message.size()));
  while (const uint32_t tag = in.ReadTag()) {
    Field field;
    field.number = WireFormatLite::GetTagFieldNumber(tag);
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT:
        if (!in.ReadVarint64(&field.value)) return false;
        break;
      case WireFormatLite::WIRETYPE_FIXED64:
        if (!in.ReadLittleEndian64(&field.value)) return false;
        break;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        uint32_t size = 0;
        if (!in.ReadVarint32(&size)) return false;
        const auto begin = static_cast<size_t>(in.CurrentPosition());
        if (size > message.size() - begin || !in.Skip(static_cast<int>(size))) return false;
        field.bytes = message.substr(begin, size);
        break;
      }
      default:
        if (!WireFormatLite::SkipField(&in, tag)) return false;
        continue;
    }
    field.rest = message.substr(static_cast<size_t>(in.CurrentPosition()));
    if (!take(field)) return false;
  }
  return in.ConsumedEntireMessage();
}

bool ReadRow(std::string_view bytes, RowDelta* row) {
  return TakeFields(bytes, [row](const Field& field) {
    if (field.number == v1::RowDelta::kKeyFieldNumber) row->key = field.bytes;
    if (field.number == v1::RowDelta::kRowFieldNumber) row->value = field.bytes;
    if (field.number == v1::RowDelta::kAppendedFieldNumber) row->value = field.bytes, row->appended = true;
    return true;
  });
}

// Returns false if it is damaged.
bool ReadErasure(std::string_view bytes, Deltas* deltas) {
  std::string_view hash, erasure;
  const bool read = TakeFields(bytes, [&](const Field& field) {
    if (field.number == v1::ErasureDelta::kKeyHashFieldNumber) hash = field.bytes;
    if (field.number == v1::ErasureDelta::kErasureFieldNumber) erasure = field.bytes;
    return true;
  });
  Result<state::Erasure> decoded = DecodeErasure(erasure);
  if (!read || !decoded.ok()) return false;
  deltas->erasures.emplace_back(hash, *std::move(decoded));
  return true;
}

bool ReadDayCounts(std::string_view bytes, Deltas* deltas) {
  auto& [key, value] = deltas->day_counts.emplace_back();
  const bool read = TakeFields(bytes, [&key = key, &value = value](const Field& field) {
    if (field.number == v1::DayCountsDelta::kKeyFieldNumber) key = field.bytes;
    if (field.number == v1::DayCountsDelta::kCountsFieldNumber) value = field.bytes;
    return true;
  });
  return read && !key.empty();  // a damaged field may have this one's number
}

uint64_t ChecksumOf(uint64_t epoch, std::string_view rest) {
  return XXH3_64bits_withSeed(rest.data(), rest.size(), epoch);
}

void StoreNumber64(uint64_t number, char* eight_bytes) {
  for (size_t i = 0; i < 8; ++i) eight_bytes[i] = static_cast<char>(number >> 8 * i);
}

void AddHash(std::string_view bytes, engine::RecordDigest* digest) {
  ++digest->count;
  digest->hash_sum += XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace

DeltaWriter::DeltaWriter(PartitionId partition, uint64_t epoch, std::vector<OutputRecord>* records)
    : partition_(partition), epoch_(epoch), records_(records) {}

void DeltaWriter::EndRecord() {
  const std::string_view rest = std::string_view(record_).substr(head_bytes_);
  StoreNumber64(ChecksumOf(epoch_, rest), &record_[head_bytes_ - sizeof(uint64_t)]);
  records_->push_back({OutputTopic::kLeadJournal, partition_, std::exchange(key_, {}), std::exchange(record_, {}), {}});
}

void DeltaWriter::AddField(int number, std::string_view value) {
  if (!record_.empty() && record_.size() + value.size() > kRecordBytes) EndRecord();
  if (record_.empty()) {
    v1::DeltaRecord head;
    head.set_epoch(epoch_);
    head.set_checksum(0);  // EndRecord sets it
    record_ = head.SerializeAsString();
    head_bytes_ = record_.size();
  }
  AppendBytes(number, value, &record_);
}

void DeltaWriter::AddDigested(int number, std::string_view value) {
  AddHash(value, &digest_);
  AddField(number, value);
}

void DeltaWriter::Add(const state::RowWrite& row) {
  const size_t most = 2 * state::kMaxNumberFieldBytes + row.key.size() + (row.value ? row.value->size() : 0);
  if (delta_.size() < most) delta_.resize(most);
  auto* const begin = reinterpret_cast<uint8_t*>(delta_.data());
  uint8_t* end = state::WriteBytes(v1::RowDelta::kKeyFieldNumber, row.key, begin);
  const int number = row.appended ? v1::RowDelta::kAppendedFieldNumber : v1::RowDelta::kRowFieldNumber;
  if (row.value) end = state::WriteBytes(number, *row.value, end);
  AddDigested(v1::DeltaRecord::kRowsFieldNumber, std::string_view(delta_).substr(0, static_cast<size_t>(end - begin)));
  if (key_.empty()) key_ = row.key;
}

void DeltaWriter::Add(const state::ErasureWrite& erasure) {
  delta_.clear();
  AppendBytes(v1::ErasureDelta::kKeyHashFieldNumber, erasure.key_hash, &delta_);
  AppendBytes(v1::ErasureDelta::kErasureFieldNumber, EncodeErasure(erasure.erasure), &delta_);
  AddDigested(v1::DeltaRecord::kErasuresFieldNumber, delta_);
}

void DeltaWriter::Add(const state::DayCountsWrite& counts) {
  delta_.clear();
  AppendBytes(v1::DayCountsDelta::kKeyFieldNumber, counts.key, &delta_);
  if (counts.value) AppendBytes(v1::DayCountsDelta::kCountsFieldNumber, *counts.value, &delta_);
  AddField(v1::DeltaRecord::kDayCountsFieldNumber, delta_);
}

void DeltaWriter::Add(const engine::StoredDefinitions& definitions) {
  AddField(v1::DeltaRecord::kDefinitionsFieldNumber, engine::EncodeDefinitions(definitions));
}

void DeltaWriter::End(engine::PartitionPosition* position) {
  position->digest = digest_;
  AddField(v1::DeltaRecord::kPositionFieldNumber, engine::EncodePosition(*position));
  EndRecord();
}

Result<Deltas> DecodeDeltas(std::string_view bytes) {
  Deltas deltas;
  const bool read = TakeFields(bytes, [&](const Field& field) {
    switch (field.number) {
      case v1::DeltaRecord::kEpochFieldNumber:
        deltas.epoch = field.value;
        return true;
      case v1::DeltaRecord::kChecksumFieldNumber:
        return field.value == ChecksumOf(deltas.epoch, field.rest);
      case v1::DeltaRecord::kRowsFieldNumber:
        AddHash(field.bytes, &deltas.digest);
        return ReadRow(field.bytes, &deltas.rows.emplace_back());
      case v1::DeltaRecord::kErasuresFieldNumber:
        AddHash(field.bytes, &deltas.digest);
        return ReadErasure(field.bytes, &deltas);
      case v1::DeltaRecord::kDayCountsFieldNumber:
        return ReadDayCounts(field.bytes, &deltas);
      case v1::DeltaRecord::kDefinitionsFieldNumber:
        deltas.definitions = engine::ParseDefinitions(field.bytes);
        return deltas.definitions.has_value();
      case v1::DeltaRecord::kPositionFieldNumber:
        deltas.position = engine::ParsePosition(field.bytes);
        return deltas.position.has_value();
      default:
        return true;
    }
  });
  const bool is_empty = deltas.rows.empty() && deltas.erasures.empty() && deltas.day_counts.empty() &&
                        !deltas.definitions && !deltas.position;
  const bool ascend =
      std::ranges::adjacent_find(deltas.rows, std::ranges::greater_equal(), &RowDelta::key) == deltas.rows.end();
  if (!read || is_empty || !ascend) return Damaged("a record of lead.journal");
  return deltas;
}

}  // namespace leadpulse::kafka
