#include "processor/kafka/delta_replay.h"

#include <algorithm>

#include "processor/kafka/changelog.h"
#include "state/codec/day_counts.h"
#include "state/codec/lead_codec.h"
#include "state/codec/row_form.h"

namespace leadpulse::kafka {
namespace {

// About the memory of the rows that are read at once, and written at once.
constexpr size_t kReadBytes = 8 << 20;
constexpr size_t kWrittenBytes = 8 << 20;

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
  LP_RETURN_IF_ERROR(ApplyRows(deltas.rows, write));
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

Status DeltaReplay::ApplyRows(std::span<const RowDelta> deltas, const Write& write) {
  while (!deltas.empty()) {
    LP_ASSIGN_OR_RETURN(const size_t gathered, GatherRows(deltas));
    for (const RowDelta& delta : deltas.first(gathered)) ApplyTo(&rows_.find(delta.key)->second, delta);
    deltas = deltas.subspan(gathered);
    if (row_bytes_ < base_.gathered_bytes) continue;
    LP_RETURN_IF_ERROR(WriteRows(write));
  }
  return Status::Ok();
}

Result<size_t> DeltaReplay::GatherRows(std::span<const RowDelta> deltas) {
  std::vector<size_t> unread;
  std::vector<state::EncodedLeadKey> keys;
  for (size_t i = 0; i < deltas.size(); ++i) {
    if (rows_.contains(deltas[i].key)) continue;
    unread.push_back(i);
    keys.emplace_back(deltas[i].key);
  }
  if (keys.empty()) return deltas.size();
  LP_ASSIGN_OR_RETURN(std::vector<std::optional<std::string>> held, store_->MultiGet(partition_, keys, kReadBytes));
  for (size_t i = 0; i < held.size(); ++i) {
    Row row;
    row.is_stored = held[i].has_value();
    if (row.is_stored) {
      LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(keys[i]));
      LP_ASSIGN_OR_RETURN(row.epoch, state::DecodeDeltaEpoch(key, *held[i]));
      LP_ASSIGN_OR_RETURN(row.stored_timer, state::DecodeNextChangeAt(key, *held[i]));
      row_bytes_ += held[i]->size();
      row.value = std::move(held[i]);
    }
    // The table is at least half full.
    row_bytes_ += 2 * sizeof(decltype(rows_)::value_type) + keys[i].size();
    rows_.try_emplace(std::move(keys[i]), std::move(row));
  }
  return held.size() < unread.size() ? unread[held.size()] : deltas.size();
}

Status DeltaReplay::WriteRows(const Write& write) {
  std::vector<std::string_view> keys;
  for (const auto& [key, row] : rows_) {
    if (row.is_changed && (row.value || row.is_stored)) keys.push_back(key);
  }
  std::ranges::sort(keys);
  state::EpochWrite rows;
  size_t bytes = 0;
  for (const std::string_view key : keys) {
    Row& row = rows_.find(key)->second;
    state::RowWrite& written = rows.leads.emplace_back();
    written.partition = partition_;
    written.key = key;
    written.old_timer = row.stored_timer;
    written.new_life = row.may_be_new_life && row.is_stored;
    if (!row.value) continue;
    LP_ASSIGN_OR_RETURN(const LeadKey lead, state::ParseLeadKey(key));
    LP_ASSIGN_OR_RETURN(written.new_timer, state::DecodeNextChangeAt(lead, *row.value));
    bytes += row.value->size();
    written.value = std::move(row.value);
    if (bytes < kWrittenBytes) continue;
    LP_RETURN_IF_ERROR(write(std::exchange(rows, {})));
    bytes = 0;
  }
  rows_.clear();
  row_bytes_ = 0;
  return write(std::move(rows));
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

void DeltaReplay::ApplyTo(Row* row, const RowDelta& delta) {
  if (row->value && epoch_ <= row->epoch) {
    // Lead.state may have an older row than this one of a state.
    base_.is_lead_state ? NoteProfile(delta) : Note(delta);
    return;
  }
  if (delta.appended && !row->value) {
    rowless_.emplace(delta.key);
    return;
  }
  rowless_.erase(delta.key);
  row->is_changed = true;
  row->epoch = epoch_;
  row_bytes_ += delta.value ? delta.value->size() : 0;
  if (!delta.value) {
    unwritten_.Forget(delta.key);
    row->may_be_new_life = true;
    row->value.reset();
    return;
  }
  Note(delta);
  if (delta.appended) {
    state::AppendToRow(*delta.value, &*row->value);
  } else {
    row->may_be_new_life = row->may_be_new_life || row->value.has_value();
    row->value = *delta.value;
  }
}

std::optional<std::string> DeltaReplay::FindWrong() const {
  if (!wrong_.empty()) return wrong_;
  if (!epoch_has_ended_) return "the end of the last transaction is missing from lead.journal";
  if (base_.ends_early || (has_met_ && epoch_ < base_.epoch)) return "lead.journal ends before the last transaction";
  if (!rowless_.empty()) return "lead.journal appends to rows that lead.state does not have";
  return std::nullopt;
}

}  // namespace leadpulse::kafka
