#include "schemas/codec/published_change.h"

#include <limits>
#include <optional>
#include <utility>

#include "leadpulse/v1/published_change.pb.h"
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

Result<Change> ChangeFrom(const LeadKey& key, const v1::Change& stored) {
  const std::optional<Instant> at = InstantOf(stored.at().seconds(), stored.at().nanos());
  if (!at) return Unreadable(key, "a change has no time");
  if (stored.kind() == v1::Change::UNSPECIFIED || !v1::Change::Kind_IsValid(stored.kind())) {
    return Unreadable(key, "a change has an unknown kind");
  }
  if (stored.cause().kind() == v1::Cause::UNSPECIFIED || !v1::Cause::Kind_IsValid(stored.cause().kind())) {
    return Unreadable(key, "a change has an unknown cause");
  }
  return Change{.key = key,
                .seq = {stored.seq()},
                .at = *at,
                .kind = static_cast<ChangeKind>(stored.kind()),
                .name = stored.name(),
                .from = stored.from(),
                .to = stored.to(),
                .cause = {static_cast<CauseKind>(stored.cause().kind()), stored.cause().id()},
                .backfill = stored.backfill(),
                .source = std::nullopt,
                .updated = {stored.updated().begin(), stored.updated().end()}};
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

void AppendPublishedChangeJson(const PublishedChange& published, std::string* out) {
  AppendChangeJson(published.change, out);
  if (published.change.cause.kind != CauseKind::kCommand) return;
  out->back() = ',';
  *out += "\"actor\":";
  AppendJsonString(published.actor, out);
  *out += '}';
}

}  // namespace leadpulse::codec
