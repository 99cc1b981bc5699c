#include "schemas/codec/published_change.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "leadpulse/v1/published_change.pb.h"
#include "processor/base/assert.h"
#include "processor/base/value.h"
#include "schemas/codec/change_bytes.h"
#include "schemas/codec/output_writer.h"
#include "schemas/codec/protobuf_change.h"
#include "schemas/codec/wire_writer.h"

namespace leadpulse::codec {
namespace {

// Returns the error. It goes into logs, so it has no id: that is often an address.
Status Unreadable(const LeadKey& key, const std::string& what) {
  return Status::Fatal("the published changes of a lead of tenant \"" + key.tenant + "\" cannot be read: " + what +
                       "; `leadpulse state check` says which lead");
}

Status NoEntries(const LeadKey& key) { return Unreadable(key, "they are no PublishedChanges"); }

// Returns the bytes of each change of the row.
Result<std::vector<std::string_view>> EntriesOf(const LeadKey& key, std::string_view row) {
  constexpr uint32_t kLengthDelimited = 2;
  constexpr uint32_t kEntryTag = v1::PublishedChanges::kChangesFieldNumber << 3 | kLengthDelimited;
  std::vector<std::string_view> entries;
  if (row.size() > static_cast<size_t>(std::numeric_limits<int>::max())) return NoEntries(key);
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(row.data()), static_cast<int>(row.size()));
  while (static_cast<size_t>(in.CurrentPosition()) < row.size()) {
    const uint32_t tag = in.ReadTag();
    if (tag != kEntryTag) {
      if (tag == 0 || !google::protobuf::internal::WireFormatLite::SkipField(&in, tag)) return NoEntries(key);
      continue;
    }
    uint32_t size = 0;
    if (!in.ReadVarint32(&size)) return NoEntries(key);
    entries.push_back(row.substr(static_cast<size_t>(in.CurrentPosition()), size));
    if (!in.Skip(static_cast<int>(size))) return NoEntries(key);
  }
  return entries;
}

// The most bytes of Change::updated that are stored: a command may change hundreds of attributes with long names.
constexpr size_t kMostUpdatedBytes = 1024;

// Returns the change of a message. Kinds that are unknown are UNSPECIFIED.
Change ChangeOf(LeadKey key, const v1::Change& message) {
  const bool is_known = v1::Change::Kind_IsValid(message.kind());
  const bool has_known_cause = v1::Cause::Kind_IsValid(message.cause().kind());
  return Change{.key = std::move(key),
                .seq = {message.seq()},
                .at = GetTime(true, message.at()),
                .kind = static_cast<ChangeKind>(is_known ? message.kind() : v1::Change::UNSPECIFIED),
                .name = message.name(),
                .from = message.from(),
                .to = message.to(),
                .cause = {static_cast<CauseKind>(has_known_cause ? message.cause().kind() : v1::Cause::UNSPECIFIED),
                          message.cause().id()},
                .backfill = message.backfill(),
                .source = std::nullopt,
                .updated = {message.updated().begin(), message.updated().end()}};
}

Result<Change> ChangeFrom(const LeadKey& key, const v1::Change& stored) {
  Change change = ChangeOf(key, stored);
  if (change.at == Instant::Never()) return Unreadable(key, "a change has no time");
  if (static_cast<int>(change.kind) == v1::Change::UNSPECIFIED) return Unreadable(key, "a change has an unknown kind");
  if (static_cast<int>(change.cause.kind) == v1::Cause::UNSPECIFIED) {
    return Unreadable(key, "a change has an unknown cause");
  }
  return change;
}

}  // namespace

void PublishedChangeEncoder::Append(const Change& change, std::string_view actor, std::string* row) {
  change_.clear();
  AppendChangeBytesOfLead(change, kMostUpdatedBytes, &change_);
  const size_t size = 1 + VarintSize(change_.size()) + change_.size() + StringSize(actor);
  const size_t begin = row->size();
  row->resize(begin + kMaxHeadBytes + size);
  char* at = WriteHead(v1::PublishedChanges::kChangesFieldNumber, size, row->data() + begin);
  at = WriteBytes(v1::PublishedChange::kChangeFieldNumber, change_, at);
  at = WriteString(v1::PublishedChange::kActorFieldNumber, actor, at);
  row->resize(static_cast<size_t>(at - row->data()));
}

Status VisitLatestChanges(const LeadKey& key, std::string_view row,
                          const std::function<bool(PublishedChange change)>& visit) {
  LP_ASSIGN_OR_RETURN(const std::vector<std::string_view> entries, EntriesOf(key, row));
  v1::PublishedChange published;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (!published.ParseFromArray(entry->data(), static_cast<int>(entry->size()))) return NoEntries(key);
    LP_ASSIGN_OR_RETURN(Change change, ChangeFrom(key, published.change()));
    // Earlier versions stored which lead the mailbox was merged into, which may be erased.
    if (change.kind == ChangeKind::kLeadMerged) change.name.clear();
    const SequenceNumber first{published.first_seq()}, last{published.last_seq()};
    if (!visit({std::move(change), std::move(*published.mutable_actor()), first, last})) break;
  }
  return Status::Ok();
}

Result<std::vector<PublishedChange>> ReadPublishedChanges(const LeadKey& key, std::string_view row) {
  std::vector<PublishedChange> changes;
  const auto add = [&changes](PublishedChange change) {
    changes.push_back(std::move(change));
    return true;
  };
  LP_RETURN_IF_ERROR(VisitLatestChanges(key, row, add));
  std::ranges::reverse(changes);
  return changes;
}

void SetPublishedChange(const PublishedChange& published, v1::PublishedChange* out) {
  std::string bytes;
  AppendChangeBytes(published.change, &bytes);
  LP_ASSERT(out->mutable_change()->ParseFromString(bytes));
  out->set_actor(published.actor);
}

void AppendPublishedChangeJson(const v1::PublishedChange& published, std::string* out) {
  const v1::Change& change = published.change();
  AppendChangeJson(ChangeOf({change.tenant_id(), change.lead_id()}, change), out);
  if (change.cause().kind() != v1::Cause::COMMAND) return;
  out->back() = ',';
  *out += "\"actor\":";
  AppendJsonString(published.actor(), out);
  *out += '}';
}

}  // namespace leadpulse::codec
