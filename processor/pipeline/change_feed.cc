#include "processor/pipeline/change_feed.h"

#include <algorithm>
#include <utility>

#include "processor/base/json_object.h"
#include "schemas/codec/output_writer.h"

namespace leadpulse::pipeline {
namespace {

// How long the feed is followed after a read: several times the time between two reads of a subscriber.
constexpr std::chrono::seconds kFollowedAfterRead{60};
// How long the next commit is awaited: a record can be read before the question for what became of it comes.
constexpr std::chrono::seconds kAwaited{1};

bool SeesLeadOf(const FeedCaller& caller, const std::optional<std::string>& agent) {
  return !caller.agent || (agent && (agent->empty() || *agent == *caller.agent));
}

// Returns nullopt if the caller may not see it.
std::optional<FeedEvent> EventOf(const FeedChange& change, const FeedCaller& caller) {
  if (change.tenant != caller.tenant) return std::nullopt;
  if ((change.is_update && !caller.wants_updates) || (change.is_touch && !caller.wants_touches)) return std::nullopt;
  const std::string& json = caller.agent && !change.agents_json.empty() ? change.agents_json : change.json;
  if (SeesLeadOf(caller, change.audience.agent)) return FeedEvent{0, change.lead, change.type, json};
  if (SeesLeadOf(caller, change.audience.agent_before)) return FeedEvent{0, change.lead, change.type, std::nullopt};
  return std::nullopt;
}

// Leads of a collector in an epoch that are told as touched: they take no room from changes.
constexpr size_t kMostTouched = 1'000;

// The type of an update or a touch.
constexpr std::string_view kTouched = "CONTACT_TOUCHED";

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
  FeedChange made{update.key.tenant, update.key.lead, update.audience, kTouched, {}};
  made.is_touch = update.version.empty();
  made.is_update = !made.is_touch;
  JsonObject object(&made.json);
  object.Text("tenantId", update.key.tenant);
  object.Text("leadId", update.key.lead);
  if (made.is_update) object.Text("version", update.version);
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

std::deque<ChangeFeed::Entry>::const_iterator ChangeFeed::After(const std::deque<Entry>& entries,
                                                                FeedPosition position) {
  return std::ranges::upper_bound(entries, position, {}, &Entry::position);
}

void ChangeFeed::Append(std::optional<FeedChange> change) {
  if (change && change->is_touch) {
    touches_.push_back({++end_, std::move(change)});
    if (touches_.size() > limits_.touches) touches_.pop_front();
    return;
  }
  bytes_ += change ? BytesOf(*change) : 0;
  read_since_gap_ = change.has_value();
  changes_.push_back({++end_, std::move(change)});
  while (bytes_ > limits_.bytes || changes_.size() > limits_.changes) {
    const Entry& first = changes_.front();
    bytes_ -= first.change ? BytesOf(*first.change) : 0;
    dropped_ = first.position;
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

void ChangeFeed::Committed() {
  const std::lock_guard lock(listener_mutex_);
  if (on_commit_ != nullptr) on_commit_();
}

void ChangeFeed::Listen(std::function<void()> on_commit) {
  const std::lock_guard lock(listener_mutex_);
  on_commit_ = std::move(on_commit);
}

void ChangeFeed::Await(TimePoint now) { awaited_until_ = (now + kAwaited).time_since_epoch().count(); }

FeedPage ChangeFeed::Read(const FeedCaller& caller, std::optional<FeedPosition> after, size_t limit, TimePoint now) {
  followed_until_ = (now + kFollowedAfterRead).time_since_epoch().count();
  if (caller.wants_touches) touches_until_ = (now + kFollowedAfterRead).time_since_epoch().count();
  FeedPage page;
  const std::lock_guard lock(mutex_);
  page.next = after.value_or(end_);
  if (page.next < dropped_ || page.next > end_) {
    page.reset = true;
    page.next = end_;
  }
  auto next_change = After(changes_, page.next);
  auto next_touch = caller.wants_touches ? After(touches_, page.next) : touches_.end();
  const auto has_next = [&] { return next_change != changes_.end() || next_touch != touches_.end(); };
  for (size_t looked_at = 0; has_next() && looked_at < limits_.looked_at && page.events.size() < limit; ++looked_at) {
    const bool is_touch =
        next_change == changes_.end() || (next_touch != touches_.end() && next_touch->position < next_change->position);
    const auto& [position, change] = is_touch ? *next_touch : *next_change;
    if (!change && !page.events.empty()) break;
    ++(is_touch ? next_touch : next_change);
    page.next = position;
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
  if (!has_next()) page.next = end_;
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
  for (size_t i = 0; i < updates.size() && collects_; ++i) {
    if (!updates[i].version.empty()) {
      Add(FeedChangeOf(updates[i]));
    } else if (touched_.size() < kMostTouched && touched_.insert(updates[i].key).second) {
      changes_.push_back(FeedChangeOf(updates[i]));
    }
  }
}

bool FeedCollector::Collects() {
  if (feed_ == nullptr) return false;
  if (!has_changes_) collects_ = feed_->IsFollowed(clock_->Monotonic());
  has_changes_ = true;
  return collects_;
}

bool FeedCollector::CollectsTouches() {
  if (feed_ == nullptr) return false;
  if (!collects_touches_) collects_touches_ = feed_->WantsTouches(clock_->Monotonic());
  return *collects_touches_ && Collects();
}

void FeedCollector::Add(FeedChange change) {
  const size_t bytes = BytesOf(change);
  collects_ = feed_->Reserve(bytes);
  if (!collects_) return;
  bytes_ += bytes;
  changes_.push_back(std::move(change));
}

CollectedChanges FeedCollector::Take() {
  collects_touches_.reset();
  touched_.clear();
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
