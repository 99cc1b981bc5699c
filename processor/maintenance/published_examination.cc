#include "processor/maintenance/published_examination.h"

#include <string>

#include "schemas/codec/published_change.h"
#include "state/codec/lead_codec.h"
#include "state/store/store_keys.h"

namespace leadpulse::maintenance {
namespace {

using state::RowFamily;

// The last sequence number of the life that the latest erasure ended. 0 if no erasure of the lead can be read.
SequenceNumber ErasedSeq(const state::StateRows& rows, PartitionId partition, std::string_view key) {
  const auto row =
      rows.Get(RowFamily::kErased, state::ErasureRowKey(partition, state::ErasureHashOf(rows.erasure_secret(), key)));
  const auto erasure = row.ok() && *row ? state::ParseErasureRow(**row) : std::nullopt;
  return erasure ? erasure->last_seq : SequenceNumber();
}

}  // namespace

std::optional<StateProblem> ExaminePublished(const state::StateRows& rows, std::string_view row_key,
                                             std::string_view value, bool may_be_erased) {
  StateProblem problem{ProblemKind::kUnreadablePublished, Remedy::kQuarantined, "", ""};
  problem.family = RowFamily::kPublished;
  problem.row_key = row_key;
  problem.row_value = value;
  problem.mend = {{RowFamily::kPublished, std::string(row_key), std::nullopt}};
  const std::optional<PartitionId> partition = state::PartitionOfRow(row_key);
  const Result<LeadKey> key =
      partition ? state::ParseLeadKey(state::LeadKeyOfRow(row_key)) : Status::Fatal("its key is too short");
  if (!key.ok()) {
    problem.subject = DescribeRow(RowFamily::kPublished, row_key);
    problem.what = "belongs to no lead: " + key.status().message();
    return problem;
  }
  problem.subject = "row of published changes of " + DescribeLead(*key);
  const auto changes = codec::ReadPublishedChanges(*key, value);
  if (!changes.ok()) {
    problem.what = "cannot be read: " + changes.status().message();
    return problem;
  }
  problem.kind = ProblemKind::kOrphanPublished;
  problem.remedy = Remedy::kRepair;
  const auto lead = rows.Get(RowFamily::kLeads, row_key);
  if (!lead.ok()) return std::nullopt;
  problem.what = "is that of a lead which is not held";
  if (!*lead) return problem;
  const bool is_of_former_life = may_be_erased && !changes->empty() &&
                                 changes->front().change.seq <= ErasedSeq(rows, *partition, EncodeLeadKey(*key));
  if (!is_of_former_life) return std::nullopt;
  problem.what = "has changes from before the lead was erased";
  return problem;
}

}  // namespace leadpulse::maintenance
