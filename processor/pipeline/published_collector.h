// Collects what a partition publishes in an epoch, lead by lead, for the commit that writes the leads.
//
// So the published changes of a lead and its row are one write (RowWrite::published). Only a run that answers queries
// keeps them; in another one all calls return at once. Owned by one thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/engine/engine_output.h"
#include "schemas/codec/published_change.h"
#include "state/store/lead_store.h"

namespace leadpulse::pipeline {

class PublishedCollector {
 public:
  explicit PublishedCollector(bool is_kept) : is_kept_(is_kept) {}

  // Adds changes, each lead's in sequence.
  void Add(const engine::ChangeList& changes);
  // Moves the collected changes to the writes of the same leads, which ascend by key, and ends the epoch. Each lead
  // with changes is among them, unless it was erased and is not stored.
  void MoveTo(state::EpochWrite* write);

 private:
  // Changes of one lead with none of another lead between them.
  struct Part {
    LeadKey key;
    SequenceNumber last_seq;
    std::string row;  // the latest of them, somewhat more than a store keeps
    size_t changes = 0;
  };

  Part* LatestOf(const LeadKey& key);

  const bool is_kept_;
  codec::PublishedChangeEncoder encoder_;
  std::vector<Part> parts_;  // the first `size_` are those of the epoch; the others keep their memory for later ones
  size_t size_ = 0;
};

}  // namespace leadpulse::pipeline
