#include "processor/pipeline/published_collector.h"

#include <algorithm>

#include "processor/base/text.h"
#include "state/cache/sorted_keys.h"
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

PublishedCollector::Part* PublishedCollector::LatestOf(const LeadKey& key) {
  if (size_ > 0 && parts_[size_ - 1].key == key) return &parts_[size_ - 1];
  if (size_ == parts_.size()) parts_.emplace_back();
  Part* const part = &parts_[size_++];
  SetText(key.tenant, &part->key.tenant);
  SetText(key.lead, &part->key.lead);
  part->row.clear();
  part->changes = 0;
  return part;
}

void PublishedCollector::Add(const engine::ChangeList& changes) {
  if (!is_kept_) return;
  for (size_t i = 0; i < changes.size(); ++i) {
    Part* const part = LatestOf(changes[i].key);
    AppendStored(changes[i], changes.actor(i), &encoder_, &part->row);
    part->last_seq = changes[i].seq;
    if (++part->changes < kMostCollected) continue;
    state::BoundPublished(&part->row);
    part->changes = state::kMostPublished;
  }
}

void PublishedCollector::MoveTo(state::EpochWrite* write) {
  state::SortedKeys<const Part*> by_key;
  for (size_t i = 0; i < size_; ++i) by_key.Add(parts_[i].key.tenant, parts_[i].key.lead, &parts_[i]);
  const auto parts = by_key.Sort();
  auto part = parts.begin();
  for (state::RowWrite& written : write->leads) {
    while (part != parts.end() && part->key < written.key) ++part;
    size_t changes = 0;
    uint64_t last_seq = 0;
    for (; part != parts.end() && part->key == written.key; ++part) {
      if (written.value) written.published += part->value->row;
      changes += part->value->changes;
      last_seq = part->value->last_seq.value;
    }
    // Drop the changes of a life that has ended.
    const uint64_t of_this_life = last_seq - std::min(last_seq, written.erased_seq.value);
    if (changes > of_this_life) state::KeepLatestPublished(of_this_life, &written.published);
    if (changes > state::kMostPublished) state::BoundPublished(&written.published);
  }
  size_ = 0;
}

}  // namespace leadpulse::pipeline
