#include "processor/pipeline/feed_collector.h"

#include <string_view>
#include <utility>

#include "processor/base/json_object.h"
#include "schemas/codec/record_writer.h"

namespace leadpulse::pipeline {
namespace {

// The type of an update.
constexpr std::string_view kLeadUpdated = "LEAD_UPDATED";

FeedChange FeedChangeOf(codec::Change change, const engine::ChangeAudience& audience) {
  // From offsets a subscriber could count records that it may not see. The names of files are those of this machine.
  change.source.reset();
  FeedChange made{change.key.tenant, change.key.lead, audience, codec::ChangeKindName(change.kind), {}};
  codec::AppendChangeJson(change, &made.json);
  if (audience.hides_cause) {
    change.cause.id.clear();
    codec::AppendChangeJson(change, &made.agents_json);
  }
  return made;
}

FeedChange FeedChangeOf(const engine::LeadUpdate& update) {
  FeedChange made{update.key.tenant, update.key.lead, update.audience, kLeadUpdated, {}, /*is_update=*/true};
  JsonObject object(&made.json);
  object.Text("tenantId", update.key.tenant);
  object.Text("leadId", update.key.lead);
  object.Text("version", update.version);
  object.End();
  return made;
}

}  // namespace

void FeedCollector::Add(const engine::ChangeList& changes) {
  if (!Collects()) return;
  for (size_t i = 0; i < changes.size() && collects_; ++i) Add(FeedChangeOf(changes[i], changes.audience(i)));
}

void FeedCollector::Add(std::span<const engine::LeadUpdate> updates) {
  if (!Collects()) return;
  for (size_t i = 0; i < updates.size() && collects_; ++i) Add(FeedChangeOf(updates[i]));
}

bool FeedCollector::Collects() {
  if (feed_ == nullptr) return false;
  if (!has_changes_) collects_ = feed_->IsFollowed(clock_->Monotonic());
  has_changes_ = true;
  return collects_;
}

void FeedCollector::Add(FeedChange change) {
  const size_t bytes = BytesOf(change);
  collects_ = feed_->Reserve(bytes);
  if (!collects_) return;
  bytes_ += bytes;
  changes_.push_back(std::move(change));
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
