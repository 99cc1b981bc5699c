#include "schemas/codec/change_bytes.h"

#include <limits>

#include "leadpulse/v1/change.pb.h"
#include "schemas/codec/protobuf_change.h"
#include "schemas/codec/wire_writer.h"

namespace leadpulse::codec {
namespace {

using ChangeProto = v1::Change;

uint64_t Extended(int64_t value) { return static_cast<uint64_t>(value); }

// Returns at least the bytes that the change takes.
size_t RoomFor(const Change& change) {
  constexpr size_t kMostFields = 24;
  size_t room = kMostFields * kMaxHeadBytes + change.key.tenant.size() + change.key.lead.size() + change.name.size() +
                change.from.size() + change.to.size() + change.cause.id.size();
  if (change.source) room += change.source->topic.size();
  for (const std::string& name : change.updated) room += kMaxHeadBytes + name.size();
  return room;
}

char* WriteTime(Instant time, char* at) {
  using google::protobuf::Timestamp;
  const SecondsAndNanos split = SplitInstant(time);
  const uint64_t seconds = Extended(split.seconds), nanos = Extended(split.nanos);
  at = WriteHead(ChangeProto::kAtFieldNumber, NumberSize(seconds) + NumberSize(nanos), at);
  at = WriteNumber(Timestamp::kSecondsFieldNumber, seconds, at);
  return WriteNumber(Timestamp::kNanosFieldNumber, nanos, at);
}

char* WriteCause(const Cause& cause, char* at) {
  const auto kind = static_cast<uint64_t>(cause.kind);
  at = WriteHead(ChangeProto::kCauseFieldNumber, NumberSize(kind) + StringSize(cause.id), at);
  at = WriteNumber(v1::Cause::kKindFieldNumber, kind, at);
  return WriteString(v1::Cause::kIdFieldNumber, cause.id, at);
}

char* WriteSource(const SourcePosition& source, char* at) {
  const uint64_t partition = Extended(source.partition), offset = Extended(source.offset);
  const size_t size = StringSize(source.topic) + NumberSize(partition) + NumberSize(offset);
  at = WriteHead(ChangeProto::kSourceFieldNumber, size, at);
  at = WriteString(v1::Source::kTopicFieldNumber, source.topic, at);
  at = WriteNumber(v1::Source::kPartitionFieldNumber, partition, at);
  return WriteNumber(v1::Source::kOffsetFieldNumber, offset, at);
}

// Writes the fields from `seq` to `backfill`.
char* WriteMiddle(const Change& change, char* at) {
  at = WriteNumber(ChangeProto::kSeqFieldNumber, change.seq.value, at);
  at = WriteTime(change.at, at);
  at = WriteNumber(ChangeProto::kKindFieldNumber, static_cast<uint64_t>(change.kind), at);
  at = WriteString(ChangeProto::kNameFieldNumber, change.name, at);
  at = WriteString(ChangeProto::kFromFieldNumber, change.from, at);
  at = WriteString(ChangeProto::kToFieldNumber, change.to, at);
  at = WriteCause(change.cause, at);
  return WriteNumber(ChangeProto::kBackfillFieldNumber, change.backfill ? 1 : 0, at);
}

char* WriteUpdated(const Change& change, size_t most_bytes, char* at) {
  size_t bytes = 0;
  for (const std::string& name : change.updated) {
    bytes += name.size();
    if (bytes > most_bytes) break;
    at = WriteBytes(ChangeProto::kUpdatedFieldNumber, name, at);
  }
  return at;
}

}  // namespace

void AppendChangeBytes(const Change& change, std::string* out) {
  const size_t begin = out->size();
  out->resize(begin + RoomFor(change));
  char* at = out->data() + begin;
  at = WriteString(ChangeProto::kTenantIdFieldNumber, change.key.tenant, at);
  at = WriteString(ChangeProto::kLeadIdFieldNumber, change.key.lead, at);
  at = WriteMiddle(change, at);
  if (change.source) at = WriteSource(*change.source, at);
  at = WriteUpdated(change, std::numeric_limits<size_t>::max(), at);
  out->resize(static_cast<size_t>(at - out->data()));
}

void AppendChangeBytesOfLead(const Change& change, size_t most_updated_bytes, std::string* out) {
  const size_t begin = out->size();
  out->resize(begin + RoomFor(change));
  char* at = WriteMiddle(change, out->data() + begin);
  at = WriteUpdated(change, most_updated_bytes, at);
  out->resize(static_cast<size_t>(at - out->data()));
}

}  // namespace leadpulse::codec
