#include "processor/kafka/delta_replay.h"

#include "processor/kafka/changelog.h"
#include "state/codec/day_counts.h"
#include "state/codec/lead_codec.h"
#include "state/codec/row_form.h"

namespace leadpulse::kafka {
namespace {

// The rows in memory at once.
constexpr size_t kRowBytes = 8 << 20;

}  // namespace

Status DeltaReplay::Take(const Deltas& deltas, int64_t offset, const Write& write) {
  NoteEpoch(deltas, offset);
  if (has_gap()) return Status::Ok();  // the rows that later deltas append to are not those before them
  if (!base_.is_lead_state && deltas.epoch <= base_.epoch) {
    NoteAll(deltas, offset);
    return Status::Ok();
  }
  state::EpochWrite rest;
  LP_RETURN_IF_ERROR(ApplyDayCounts(deltas, &rest));
  if (offset < base_.rows_from) {
    for (const RowDelta& delta : deltas.rows) NoteProfile(delta);
    return write(std::move(rest));
  }
  std::vector<state::EncodedLeadKey> keys;
  for (const RowDelta& delta : deltas.rows) keys.emplace_back(delta.key);
  for (size_t done = 0; done < keys.size();) {
    state::EpochWrite rows;
    LP_ASSIGN_OR_RETURN(const size_t applied,
                        ApplyRows(std::span(deltas.rows).subspan(done), std::span(keys).subspan(done), &rows));
    LP_RETURN_IF_ERROR(write(std::move(rows)));
    done += applied;
  }
  for (const auto& [hash, erasure] : deltas.erasures) {
    rest.erasures.push_back({partition_, std::string(hash), erasure});
  }
  return write(std::move(rest));
}

void DeltaReplay::NoteAll(const Deltas& deltas, int64_t offset) {
  if (!base_.notes) return;
  for (const auto& [key, value] : deltas.day_counts) {
    unwritten_.Add(UnwrittenLeads::kDayCounts, key, epoch_offset_, {});
  }
  for (const RowDelta& delta : deltas.rows) {
    const bool is_for_rows = delta.value && offset >= base_.rows_from;
    is_for_rows ? Note(delta) : NoteProfile(delta);
  }
}

Status DeltaReplay::ApplyDayCounts(const Deltas& deltas, state::EpochWrite* write) {
  for (const auto& [key, value] : deltas.day_counts) {
    if (base_.notes) unwritten_.Add(UnwrittenLeads::kDayCounts, key, epoch_offset_, {});
    LP_ASSIGN_OR_RETURN(const std::optional<std::string> held, store_->GetDayCounts(partition_, key));
    if (held) {
      const std::optional<state::DayCounts> counts = state::DecodeDayCounts(*held);
      if (!counts) return Damaged("a row of counts by day");
      if (epoch_ <= counts->epoch) continue;
    } else if (!value) {
      continue;
    }
    write->day_counts.push_back(
        {partition_, std::string(key), value ? std::optional<std::string>(*value) : std::nullopt});
  }
  return Status::Ok();
}

void DeltaReplay::NoteEpoch(const Deltas& deltas, int64_t offset) {
  if (!has_met_ || deltas.epoch != epoch_) {
    const bool follows = has_met_ ? deltas.epoch == epoch_ + 1 : deltas.epoch <= base_.epoch + 1;
    if (!follows || !epoch_has_ended_) wrong_ = "transactions are missing from lead.journal";
    // A state has all of its last epoch, and needs all of the next.
    if (has_met_ || (!base_.is_lead_state && deltas.epoch > base_.epoch)) may_be_cut_ = false;
    has_met_ = true;
    epoch_ = deltas.epoch;
    epoch_offset_ = offset;
    epoch_digest_ = {};
  }
  epoch_digest_.count += deltas.digest.count;
  epoch_digest_.hash_sum += deltas.digest.hash_sum;
  epoch_has_ended_ = deltas.position.has_value();
  // If the beginning of the epoch was deleted, lead.state has what it said.
  if (epoch_has_ended_ && !may_be_cut_ && epoch_digest_ != deltas.position->digest) {
    wrong_ = "records of a transaction are missing from lead.journal, or were changed";
  }
}

Result<size_t> DeltaReplay::ApplyRows(std::span<const RowDelta> deltas, std::span<const state::EncodedLeadKey> keys,
                                      state::EpochWrite* write) {
  LP_ASSIGN_OR_RETURN(std::vector<std::optional<std::string>> held, store_->MultiGet(partition_, keys, kRowBytes));
  for (size_t i = 0; i < held.size(); ++i) {
    LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(keys[i]));
    state::RowWrite row{partition_, keys[i], std::move(held[i])};
    if (row.value) {
      LP_ASSIGN_OR_RETURN(const uint64_t row_epoch, state::DecodeDeltaEpoch(key, *row.value));
      LP_ASSIGN_OR_RETURN(row.old_timer, state::DecodeNextChangeAt(key, *row.value));
      if (epoch_ <= row_epoch) {
        // Lead.state may have an older row than this one of a state.
        base_.is_lead_state ? NoteProfile(deltas[i]) : Note(deltas[i]);
        continue;
      }
    }
    if (!ApplyTo(&row, deltas[i])) continue;
    if (row.value) {
      LP_ASSIGN_OR_RETURN(row.new_timer, state::DecodeNextChangeAt(key, *row.value));
    }
    write->leads.push_back(std::move(row));
  }
  return held.size();
}

void DeltaReplay::NoteProfile(const RowDelta& delta) {
  if (!base_.notes) return;
  if (!delta.value) {
    unwritten_.Forget(delta.key);
    return;
  }
  const bool may_be_soon = epoch_offset_ >= base_.profiles_soon_from;
  unwritten_.NoteProfile(delta.key, epoch_offset_, {}, may_be_soon ? ProfileWanted::kSoon : ProfileWanted::kLater);
}

void DeltaReplay::Note(const RowDelta& delta) {
  if (!base_.notes) return;
  unwritten_.Add(UnwrittenLeads::kRows, delta.key, epoch_offset_, {});
  NoteProfile(delta);
}

bool DeltaReplay::ApplyTo(state::RowWrite* row, const RowDelta& delta) {
  const bool was_held = row->value.has_value();
  if (delta.appended && !was_held) {
    rowless_.insert(row->key);
    return false;
  }
  rowless_.erase(row->key);
  if (!delta.value) {
    unwritten_.Forget(row->key);
    row->value.reset();
    return was_held;
  }
  Note(delta);
  if (delta.appended) {
    state::AppendToRow(*delta.value, &*row->value);
  } else {
    row->value = *delta.value;
    row->new_life = was_held;  // the log does not tell
  }
  return true;
}

std::optional<std::string> DeltaReplay::FindWrong() const {
  if (!wrong_.empty()) return wrong_;
  if (!epoch_has_ended_) return "the end of the last transaction is missing from lead.journal";
  if (base_.ends_early || (has_met_ && epoch_ < base_.epoch)) return "lead.journal ends before the last transaction";
  if (!rowless_.empty()) return "lead.journal appends to rows that lead.state does not have";
  return std::nullopt;
}

}  // namespace leadpulse::kafka
