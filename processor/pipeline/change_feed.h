// The latest committed changes in memory, for subscribers of a run.
//
// The committer publishes the changes of an epoch once they are durable. A subscriber reads those after the id that it
// got last. If the feed no longer has them, it says so, and the subscriber reads the leads again.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leadpulse::pipeline {

struct FeedChange {
  std::string tenant;
  std::string lead;
  std::string agent;                        // the lead's agent after the change; empty: it has none
  std::optional<std::string> agent_before;  // the agent before, if the change assigned another; empty: it had none
  std::string json;                         // a line of changes.jsonl, without its end
};

// Sees the changes of its tenant and, if it is an agent, of its leads and those without an agent.
struct FeedCaller {
  std::string tenant;
  std::optional<std::string> agent;
};

struct FeedEvent {
  std::string id;
  std::string lead;
  // nullopt: the lead went to another agent. The caller saw it before and must not learn what it is now.
  std::optional<std::string> json;
};

struct FeedPage {
  // The changes after the requested id are not all known. `events` is empty; go on from `next`.
  bool reset = false;
  std::vector<FeedEvent> events;  // in the order of their commits
  std::string next;               // the id to read after; also past changes that the caller may not see
};

struct FeedLimits {
  size_t bytes = 16 << 20;
  size_t changes = 100'000;
  size_t looked_at = 10'000;  // by one Read, so that it holds the lock only briefly
};

// Thread-safe.
class ChangeFeed {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `run`: differs at each start of the process, so that no id of an earlier start is taken for one of this. Without
  // `-`.
  ChangeFeed(std::string run, const FeedLimits& limits) : run_(std::move(run)), limits_(limits) {}

  // Whether a subscriber has read lately. The committer asks once an epoch, before the first change: it then collects
  // the epoch's changes and calls Publish, or collects none and calls Skip. Takes no lock.
  bool IsFollowed(TimePoint now) const { return now.time_since_epoch().count() < followed_until_; }
  // After the commit, in the order of commits. Drops the oldest at a limit.
  void Publish(std::vector<FeedChange> changes);
  // An epoch was committed whose changes were not collected. Subscribers from before get a reset.
  void Skip();

  // At most `limit` changes after the id `after` that the caller may see. Without an id: none, and `next` is the end.
  // An id that this feed has not given, or whose successors were dropped or skipped, gives a reset.
  FeedPage Read(const FeedCaller& caller, std::string_view after, size_t limit, TimePoint now);

 private:
  std::string IdOf(uint64_t number) const;
  // nullopt: the id is of another start, malformed, too old, or not given yet.
  std::optional<uint64_t> NumberOf(std::string_view id) const;

  const std::string run_;
  const FeedLimits limits_;
  std::atomic<TimePoint::rep> followed_until_{TimePoint::min().time_since_epoch().count()};
  mutable std::mutex mutex_;        // guards the members below
  std::deque<FeedChange> changes_;  // numbered from end_ - changes_.size() + 1 to end_
  uint64_t end_ = 0;                // the number of the latest change, or of a gap after it
  size_t bytes_ = 0;
};

}  // namespace leadpulse::pipeline
