#include "state/store/pending_writes.h"

#define XXH_INLINE_ALL  // keys are short: a call would cost more than the hash
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"
#include "state/codec/published_row.h"
#include "state/codec/row_form.h"

namespace leadpulse::state {
namespace {

// What a write takes beside its key and value.
constexpr size_t kRowBytes = sizeof(RowWrite) + 64;

size_t ValueBytes(const RowWrite& lead) { return (lead.value ? lead.value->size() : 0) + lead.published.size(); }

void MergePublished(RowWrite* lead, RowWrite* newest) {
  if (!lead->value || lead->new_life) newest->published.clear();
  newest->new_life |= lead->new_life || !newest->value;  // a new row replaces a deletion that is not written yet
  if (lead->published.empty()) return;
  newest->published += lead->published;
  KeepLatestPublished(kMostPublished, &newest->published);
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
  for (RowWrite& lead : write.leads) AddLead(std::move(lead));
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

void PendingWrites::AddLead(RowWrite&& lead) {
  earliest_timer_ = std::min(earliest_timer_, lead.new_timer);
  const Wanted wanted = WantedBy(lead.key);
  const auto held = by_key_.find(wanted);
  if (held == by_key_.end()) {
    bytes_ += kRowBytes + lead.key.size() + ValueBytes(lead);
    write_.leads.push_back(std::move(lead));
    by_key_.insert(Bucket{wanted.hash, write_.leads.size() - 1});
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

PendingWrites::Wanted PendingWrites::WantedBy(std::string_view key) {
  // Differs from process to process, so that nobody can send leads whose keys collide. (The address of kAnywhere does.)
  static const char kAnywhere = 0;
  return {XXH3_64bits_withSeed(key.data(), key.size(), reinterpret_cast<uintptr_t>(&kAnywhere)), key};
}

const RowWrite* PendingWrites::Find(std::string_view key) const {
  const auto held = by_key_.find(WantedBy(key));
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
