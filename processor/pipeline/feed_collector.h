// Collects the changes and updates of a partition's epoch for a ChangeFeed, until they are committed.
//
// While nobody follows the feed, an epoch costs one look at a clock. Owned by one thread at a time.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "processor/base/clock.h"
#include "processor/engine/engine_output.h"
#include "processor/pipeline/change_feed.h"

namespace leadpulse::pipeline {

class FeedCollector {
 public:
  // Both outlive this. `feed` null: nobody follows.
  FeedCollector(ChangeFeed* feed, const Clock* clock) : feed_(feed), clock_(clock) {}
  // What was not taken is dropped.
  ~FeedCollector() { (void)Take(); }
  FeedCollector(const FeedCollector&) = delete;
  FeedCollector& operator=(const FeedCollector&) = delete;

  void Add(const engine::ChangeList& changes);
  void Add(std::span<const engine::LeadUpdate> updates);
  // To be asked before an update is made. False: the epoch has one that will be missing.
  bool Collects();
  // Ends the epoch. Publish them once they are committed; if nobody knows whether they were, call Skip of the feed.
  CollectedChanges Take();

 private:
  void Add(FeedChange change);

  ChangeFeed* const feed_;
  const Clock* const clock_;
  // The current epoch.
  bool has_changes_ = false;
  bool collects_ = false;
  std::vector<FeedChange> changes_;
  size_t bytes_ = 0;  // reserved in the feed
};

// Publishes, or skips, what a collector has taken. After the commit. `feed` null: nobody follows.
void PublishCollected(CollectedChanges changes, ChangeFeed* feed);

}  // namespace leadpulse::pipeline
