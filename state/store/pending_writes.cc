#include "state/store/pending_writes.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/prefetch.h"
#include "processor/base/seeded_hash.h"
#include "state/codec/published_row.h"
#include "state/codec/row_form.h"

namespace leadpulse::state {
namespace {

// What a write takes beside its key and value.
constexpr size_t kRowBytes = sizeof(RowWrite) + 64;
// How many leads ahead memory is prefetched.
constexpr size_t kLeadsAhead = 16;

size_t ValueBytes(const RowWrite& lead) { return (lead.value ? lead.value->size() : 0) + lead.published.size(); }

void MergePublished(RowWrite* lead, RowWrite* newest) {
  if (!lead->value || lead->new_life) newest->published.clear();
  newest->new_life |= lead->new_life || !newest->value;  // a new row replaces a deletion that is not written yet
  if (lead->published.empty()) return;
  newest->published += lead->published;
  BoundPublished(&newest->published);
}

// Replaces the row, or appends to it. Only a row that is there is appended to.
void MergeRow(RowWrite&& lead, RowWrite* newest) {
  if (!lead.appended) {
    newest->value = std::move(lead.value);
    newest->appended = false;
    return;
  }
  LP_ASSERT(newest->value.has_value());
  if (!newest->appended) return AppendToRow(*lead.value, &*newest->value);
  const std::string_view appends[] = {*newest->value, *lead.value};
  std::string joined;
  LP_ASSERT(JoinAppends(appends, &joined));
  newest->value = std::move(joined);
}

}  // namespace

void PendingWrites::Add(EpochWrite write) {
  for (PartitionId partition : write.dropped) Drop(partition);
  AddLeads(std::move(write.leads));
  for (ErasureWrite& erasure : write.erasures) {
    bytes_ += 2 * (sizeof erasure + erasure.key_hash.size() + erasure.erasure.identity.MemoryBytes());
    erasures_.insert_or_assign(erasure.key_hash, erasure.erasure);
    write_.erasures.push_back(std::move(erasure));
  }
  for (DayCountsWrite& counts : write.day_counts) AddDayCounts(std::move(counts));
  for (auto& [name, value] : write.meta) {
    auto held = std::ranges::find(write_.meta, name, &std::pair<std::string, std::string>::first);
    if (held == write_.meta.end()) {
      write_.meta.emplace_back(std::move(name), std::move(value));
    } else {
      held->second = std::move(value);
    }
  }
}

// Drops everything older except entries of meta, which stay: those of the drop come after them.
void PendingWrites::Drop(PartitionId partition) {
  write_.dropped = {partition};
  by_key_.clear();
  write_.leads.clear();
  write_.erasures.clear();
  write_.day_counts.clear();
  erasures_.clear();
  day_counts_.clear();
  bytes_ = 0;
  earliest_timer_ = Instant::Never();
}

// Prefetches in steps what is held of the leads to come: each step reads what an earlier one has prefetched.
void PendingWrites::AddLeads(std::vector<RowWrite>&& leads) {
  std::vector<size_t> hashes;
  hashes.reserve(leads.size());
  for (const RowWrite& lead : leads) hashes.push_back(SeededHash(lead.key));
  const auto held = [&](size_t i) -> const RowWrite* {
    if (i >= leads.size()) return nullptr;
    const auto found = by_key_.find(KeyHash{hashes[i]});
    return found == by_key_.end() ? nullptr : &write_.leads[found->at];
  };
  for (size_t i = 0; i < leads.size(); ++i) {
    if (i + kLeadsAhead < leads.size()) by_key_.prefetch(KeyHash{hashes[i + kLeadsAhead]});
    if (const RowWrite* row = held(i + kLeadsAhead / 2)) PrefetchMemory(row, sizeof *row);
    if (const RowWrite* row = held(i + kLeadsAhead / 4)) {
      PrefetchMemory(row->key.data(), row->key.size());
      if (row->value) PrefetchMemory(row->value->data(), row->value->size());
    }
    AddLead(std::move(leads[i]), hashes[i]);
  }
}

void PendingWrites::AddLead(RowWrite&& lead, size_t hash) {
  earliest_timer_ = std::min(earliest_timer_, lead.new_timer);
  const auto held = by_key_.find(Wanted{hash, lead.key});
  if (held == by_key_.end()) {
    bytes_ += kRowBytes + lead.key.size() + ValueBytes(lead);
    write_.leads.push_back(std::move(lead));
    by_key_.insert(Bucket{hash, write_.leads.size() - 1});
    return;
  }
  RowWrite& newest = write_.leads[held->at];
  bytes_ -= ValueBytes(newest);
  MergePublished(&lead, &newest);
  newest.new_timer = lead.new_timer;
  MergeRow(std::move(lead), &newest);
  bytes_ += ValueBytes(newest);
}

void PendingWrites::AddDayCounts(DayCountsWrite counts) {
  const auto [held, is_new] = day_counts_.try_emplace(counts.key, write_.day_counts.size());
  if (!is_new) {
    write_.day_counts[held->second].value = std::move(counts.value);
    return;
  }
  bytes_ += sizeof counts + 2 * counts.key.size() + (counts.value ? counts.value->size() : 0);
  write_.day_counts.push_back(std::move(counts));
}

const RowWrite* PendingWrites::Find(std::string_view key) const {
  const auto held = by_key_.find(Wanted{SeededHash(key), key});
  return held == by_key_.end() ? nullptr : &write_.leads[held->at];
}

std::optional<Erasure> PendingWrites::FindErasure(const std::string& key_hash) const {
  const auto held = erasures_.find(key_hash);
  return held == erasures_.end() ? std::nullopt : std::optional(held->second);
}

const DayCountsWrite* PendingWrites::FindDayCounts(std::string_view key) const {
  const auto held = day_counts_.find(absl::string_view(key.data(), key.size()));
  return held == day_counts_.end() ? nullptr : &write_.day_counts[held->second];
}

const std::string* PendingWrites::FindMeta(std::string_view name) const {
  const auto held = std::ranges::find(write_.meta, name, &std::pair<std::string, std::string>::first);
  return held == write_.meta.end() ? nullptr : &held->second;
}

}  // namespace leadpulse::state
