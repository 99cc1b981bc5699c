#include "processor/pipeline/change_feed.h"

#include <utility>

#include "processor/base/json_object.h"
#include "schemas/codec/output_writer.h"

namespace leadpulse::pipeline {
namespace {

// How long the feed is followed after a read: several times the time between two reads of a subscriber.
constexpr std::chrono::seconds kFollowedAfterRead{60};

bool SeesLeadOf(const FeedCaller& caller, const std::optional<std::string>& agent) {
  return !caller.agent || (agent && (agent->empty() || *agent == *caller.agent));
}

// Returns nullopt if the caller may not see it.
std::optional<FeedEvent> EventOf(const FeedChange& change, const FeedCaller& caller) {
  if (change.tenant != caller.tenant) return std::nullopt;
  if (change.is_update && !caller.wants_updates) return std::nullopt;
  const std::string& json = caller.agent && !change.agents_json.empty() ? change.agents_json : change.json;
  if (SeesLeadOf(caller, change.audience.agent)) return FeedEvent{0, change.lead, change.type, json};
  if (SeesLeadOf(caller, change.audience.agent_before)) return FeedEvent{0, change.lead, change.type, std::nullopt};
  return std::nullopt;
}

// The type of an update.
constexpr std::string_view kLeadUpdated = "LEAD_UPDATED";

FeedChange FeedChangeOf(codec::Change change, const engine::ChangeAudience& audience) {
  // A subscriber could count records that it may not see from their offsets, and file names reveal this machine's.
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
  // Everybody who gets it sees the lead, and so its agent.
  const auto& [agent, agent_before, hides_cause] = update.audience;
  if (agent_before && agent && !agent->empty()) object.Text("agentId", *agent);
  object.End();
  return made;
}

// Returns the approximate bytes of memory of a change.
size_t BytesOf(const FeedChange& change) {
  const auto size_of = [](const std::optional<std::string>& agent) { return agent ? agent->size() : 0; };
  return sizeof(FeedChange) + change.tenant.size() + change.lead.size() + change.json.size() +
         change.agents_json.size() + size_of(change.audience.agent) + size_of(change.audience.agent_before);
}

}  // namespace

bool ChangeFeed::Reserve(size_t bytes) {
  if (waiting_bytes_.fetch_add(bytes) + bytes <= limits_.bytes) return true;
  waiting_bytes_ -= bytes;
  return false;
}

void ChangeFeed::Append(std::optional<FeedChange> change) {
  bytes_ += change ? BytesOf(*change) : 0;
  read_since_gap_ = change.has_value();
  changes_.push_back(std::move(change));
  ++end_;
  while (bytes_ > limits_.bytes || changes_.size() > limits_.changes) {
    bytes_ -= changes_.front() ? BytesOf(*changes_.front()) : 0;
    changes_.pop_front();
  }
}

void ChangeFeed::Publish(std::vector<FeedChange> changes) {
  const std::lock_guard lock(mutex_);
  for (FeedChange& change : changes) Append(std::move(change));
}

void ChangeFeed::Skip() {
  const std::lock_guard lock(mutex_);
  if (read_since_gap_) Append(std::nullopt);
}

FeedPage ChangeFeed::Read(const FeedCaller& caller, std::optional<FeedPosition> after, size_t limit, TimePoint now) {
  followed_until_ = (now + kFollowedAfterRead).time_since_epoch().count();
  FeedPage page;
  const std::lock_guard lock(mutex_);
  const FeedPosition before_first = end_ - changes_.size();
  const FeedPosition from = after.value_or(end_);
  page.next = from;
  if (from < before_first || from > end_) {
    page.reset = true;
    page.next = end_;
  }
  while (page.next < end_ && page.next - from < limits_.looked_at && page.events.size() < limit) {
    const std::optional<FeedChange>& change = changes_[page.next - before_first];
    if (!change && !page.events.empty()) break;
    ++page.next;
    if (!change) {
      page.reset = true;
      break;
    }
    std::optional<FeedEvent> event = EventOf(*change, caller);
    // One record can make many changes, but those who lose the lead get one event.
    const bool is_known = event && !event->json && !page.events.empty() && !page.events.back().json &&
                          page.events.back().lead == event->lead;
    if (!event || is_known) continue;
    event->position = page.next;
    page.events.push_back(*std::move(event));
  }
  page.more = page.next < end_;
  // Later gaps need a position of their own: this subscriber is past the last one.
  read_since_gap_ = read_since_gap_ || page.next == end_;
  return page;
}

// ---- FeedCollector -------------------------------------------------------------------------------------------------

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
