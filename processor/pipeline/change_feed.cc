#include "processor/pipeline/change_feed.h"

#include <charconv>
#include <utility>

namespace leadpulse::pipeline {
namespace {

// Several times as long as a subscriber waits between two reads.
constexpr std::chrono::seconds kFollowedAfterRead{60};

size_t BytesOf(const FeedChange& change) {
  return sizeof(FeedChange) + change.tenant.size() + change.lead.size() + change.agent.size() + change.json.size() +
         (change.agent_before ? change.agent_before->size() : 0);
}

bool SeesLeadOf(const FeedCaller& caller, std::string_view agent) {
  return !caller.agent || agent.empty() || agent == *caller.agent;
}

// nullopt: the caller may not see it.
std::optional<FeedEvent> EventOf(const FeedChange& change, const FeedCaller& caller) {
  if (change.tenant != caller.tenant) return std::nullopt;
  if (SeesLeadOf(caller, change.agent)) return FeedEvent{"", change.lead, change.json};
  if (change.agent_before && SeesLeadOf(caller, *change.agent_before)) return FeedEvent{"", change.lead, std::nullopt};
  return std::nullopt;
}

}  // namespace

void ChangeFeed::Publish(std::vector<FeedChange> changes) {
  const std::lock_guard lock(mutex_);
  for (FeedChange& change : changes) {
    bytes_ += BytesOf(change);
    changes_.push_back(std::move(change));
    ++end_;
    while (bytes_ > limits_.bytes || changes_.size() > limits_.changes) {
      bytes_ -= BytesOf(changes_.front());
      changes_.pop_front();
    }
  }
}

void ChangeFeed::Skip() {
  const std::lock_guard lock(mutex_);
  changes_.clear();
  bytes_ = 0;
  ++end_;
}

FeedPage ChangeFeed::Read(const FeedCaller& caller, std::string_view after, size_t limit, TimePoint now) {
  followed_until_ = (now + kFollowedAfterRead).time_since_epoch().count();
  FeedPage page;
  const std::lock_guard lock(mutex_);
  const std::optional<uint64_t> from = after.empty() ? end_ : NumberOf(after);
  if (!from) {
    page.reset = true;
    page.next = IdOf(end_);
    return page;
  }
  const uint64_t before_first = end_ - changes_.size();
  uint64_t number = *from;
  while (number < end_ && number - *from < limits_.looked_at && page.events.size() < limit) {
    std::optional<FeedEvent> event = EventOf(changes_[number - before_first], caller);
    ++number;
    if (!event) continue;
    event->id = IdOf(number);
    page.events.push_back(*std::move(event));
  }
  page.next = IdOf(number);
  return page;
}

std::string ChangeFeed::IdOf(uint64_t number) const { return run_ + "-" + std::to_string(number); }

std::optional<uint64_t> ChangeFeed::NumberOf(std::string_view id) const {
  if (id.size() <= run_.size() || !id.starts_with(run_) || id[run_.size()] != '-') return std::nullopt;
  const std::string_view digits = id.substr(run_.size() + 1);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number >= end_ - changes_.size() && number <= end_ ? std::optional(number) : std::nullopt;
}

}  // namespace leadpulse::pipeline
