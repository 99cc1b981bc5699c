#include "processor/pipeline/published_collector.h"

#include <algorithm>

#include "state/codec/published_row.h"

namespace leadpulse::pipeline {
namespace {

// The number of changes at which a lead's row is cut, so that a change costs little.
constexpr size_t kMostCollected = 2 * state::kMostPublished;

// Appends a change as it is stored.
void AppendStored(const codec::Change& change, std::string_view actor, codec::PublishedChangeEncoder* encoder,
                  std::string* row) {
  if (change.kind != codec::ChangeKind::kLeadMerged) return encoder->Append(change, actor, row);
  // The lead that it names may be erased before this one.
  codec::Change unnamed = change;
  unnamed.name.clear();
  encoder->Append(unnamed, actor, row);
}

}  // namespace

PublishedCollector::Lead* PublishedCollector::Find(const LeadKey& key) {
  if (size_ > 0 && leads_[latest_].key == key) return &leads_[latest_];
  const auto [place, is_new] = by_key_.try_emplace(EncodeLeadKey(key), size_);
  latest_ = place->second;
  if (!is_new) return &leads_[latest_];
  if (size_ == leads_.size()) leads_.emplace_back();
  Lead& lead = leads_[size_++];
  lead.key = key;
  lead.row.clear();
  lead.changes = 0;
  return &lead;
}

void PublishedCollector::Add(const engine::ChangeList& changes) {
  if (!is_kept_) return;
  for (size_t i = 0; i < changes.size(); ++i) {
    Lead* lead = Find(changes[i].key);
    AppendStored(changes[i], changes.actor(i), &encoder_, &lead->row);
    lead->last_seq = changes[i].seq;
    if (++lead->changes < kMostCollected) continue;
    state::KeepLatestPublished(state::kMostPublished, &lead->row);
    lead->changes = state::kMostPublished;
  }
}

void PublishedCollector::MoveTo(state::EpochWrite* write) {
  if (size_ == 0) return;
  for (state::RowWrite& written : write->leads) {
    const auto found = by_key_.find(written.key);
    if (found == by_key_.end() || !written.value) continue;
    Lead& lead = leads_[found->second];
    // Drop the changes of a life that has ended.
    const uint64_t of_this_life = lead.last_seq.value - std::min(lead.last_seq.value, written.erased_seq.value);
    written.published = lead.row;
    const size_t most = std::min<uint64_t>(of_this_life, state::kMostPublished);
    if (lead.changes > most) state::KeepLatestPublished(most, &written.published);
  }
  by_key_.clear();
  size_ = latest_ = 0;
}

}  // namespace leadpulse::pipeline
