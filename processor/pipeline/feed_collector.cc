#include "processor/pipeline/feed_collector.h"

#include <utility>

#include "schemas/codec/record_writer.h"

namespace leadpulse::pipeline {
namespace {

FeedChange FeedChangeOf(codec::Change change, const engine::ChangeAudience& audience) {
  FeedChange made{change.key.tenant, change.key.lead, audience, codec::ChangeKindName(change.kind), {}};
  // From offsets a subscriber could count records that it may not see. The names of files are those of this machine.
  change.source.reset();
  codec::AppendChangeJson(change, &made.json);
  made.json.pop_back();  // the end of the line
  return made;
}

}  // namespace

void FeedCollector::Add(const engine::ChangeList& changes) {
  if (feed_ == nullptr) return;
  if (!has_changes_) collects_ = feed_->IsFollowed(clock_->Monotonic());
  has_changes_ = true;
  for (size_t i = 0; i < changes.size() && collects_; ++i) {
    FeedChange made = FeedChangeOf(changes[i], changes.audience(i));
    const size_t bytes = BytesOf(made);
    collects_ = feed_->Reserve(bytes);
    if (!collects_) break;
    bytes_ += bytes;
    changes_.push_back(std::move(made));
  }
}

CollectedChanges FeedCollector::Take() {
  if (!has_changes_) return std::vector<FeedChange>();
  feed_->Release(std::exchange(bytes_, 0));
  has_changes_ = false;
  std::vector<FeedChange> taken = std::exchange(changes_, {});
  return collects_ ? CollectedChanges(std::move(taken)) : std::nullopt;
}

void PublishCollected(CollectedChanges changes, ChangeFeed* feed) {
  if (feed == nullptr) return;
  if (!changes) {
    feed->Skip();
  } else if (!changes->empty()) {
    feed->Publish(*std::move(changes));
  }
}

}  // namespace leadpulse::pipeline
