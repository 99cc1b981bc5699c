#include "schemas/codec/published_change.h"

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

Result<std::vector<PublishedChange>> ReadPublishedChanges(const LeadKey& key, std::string_view row) {
  v1::PublishedChanges stored;
  if (row.size() > static_cast<size_t>(std::numeric_limits<int>::max()) ||
      !stored.ParseFromArray(row.data(), static_cast<int>(row.size()))) {
    return Unreadable(key, "they are no PublishedChanges");
  }
  std::vector<PublishedChange> changes;
  changes.reserve(static_cast<size_t>(stored.changes_size()));
  for (v1::PublishedChange& published : *stored.mutable_changes()) {
    LP_ASSIGN_OR_RETURN(Change change, ChangeFrom(key, published.change()));
    // Earlier versions stored which lead the mailbox was merged into, which may be erased.
    if (change.kind == ChangeKind::kLeadMerged) change.name.clear();
    changes.push_back({std::move(change), std::move(*published.mutable_actor())});
  }
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
