// The latest committed changes in memory, for subscribers of a run, and which leads a record was applied to, even if it
// changed nothing that is published: updates by commands, and touches by events.
//
// The committer publishes the changes of an epoch once they are durable. A subscriber reads those after the last
// position that it got. If some changes in between are unknown, the feed says so, and the subscriber reads the leads
// again.
//
// Changes are collected only while somebody reads. Changes of an epoch that began before are missing: a gap, which has
// a position like a change. Several committers may publish, each its own leads. A gap in one does not affect the
// others: a subscriber gets the changes before it, then the reset, then the changes after it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/engine/engine_output.h"

namespace leadpulse::pipeline {

struct FeedChange {
  std::string tenant;
  std::string lead;
  engine::ChangeAudience audience;
  std::string_view type;         // the name of its kind, which lives as long as the program
  std::string json;              // a line of changes.jsonl, without `source` and its end
  bool is_update = false;        // by a command: `json` has only the ids of tenant and lead, and the version
  bool is_touch = false;         // by an event: likewise, without the version
  std::string agents_json = {};  // for agents; empty: `json`
};

// A caller, who sees the changes of its tenant; an agent sees only those of its leads and of leads without an agent.
struct FeedCaller {
  std::string tenant;
  std::optional<std::string> agent;
  bool wants_updates = false;  // besides changes
  bool wants_touches = false;
};

// The number of changes and gaps since the start of the process.
using FeedPosition = uint64_t;

struct FeedEvent {
  FeedPosition position = 0;
  std::string lead;
  std::string_view type;
  // nullopt: the lead went to another agent, or became an address of one. The caller saw it before and must not see it
  // now.
  std::optional<std::string> json;
};

struct FeedPage {
  // Whether some changes after the requested position are unknown. `events` is then empty; continue from `next`.
  bool reset = false;
  std::vector<FeedEvent> events;  // in the order of their commits
  FeedPosition next = 0;          // to read after; also past changes that the caller may not see
  bool more = false;              // there are changes after `next`, perhaps none that the caller may see
};

struct FeedLimits {
  size_t bytes = 16 << 20;  // for published changes, and as many for those that wait for their commit
  size_t changes = 100'000;
  size_t touches = 10'000;    // beside the changes: they are dropped without a reset
  size_t looked_at = 10'000;  // by one Read, so that it holds the lock only briefly
};

// The changes of an epoch. nullopt: not all of them were collected.
using CollectedChanges = std::optional<std::vector<FeedChange>>;

// A buffer of committed changes for subscribers. Thread-safe.
class ChangeFeed {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit ChangeFeed(const FeedLimits& limits) : limits_(limits) {}

  // ---- For committers: FeedCollector calls these ----

  // Whether a subscriber has read recently. Takes no lock.
  bool IsFollowed(TimePoint now) const { return now.time_since_epoch().count() < followed_until_; }
  // Whether one that wants touches has. Takes no lock.
  bool WantsTouches(TimePoint now) const { return now.time_since_epoch().count() < touches_until_; }
  // Whether somebody has waited for a commit recently. Takes no lock.
  bool IsAwaited(TimePoint now) const { return now.time_since_epoch().count() < awaited_until_; }
  // Reserves memory for changes that wait for their commit. Returns false if there is not enough.
  bool Reserve(size_t bytes);
  void Release(size_t bytes) { waiting_bytes_ -= bytes; }
  // Publishes changes after their commit, each lead's in the order of commits. Drops the oldest at a limit.
  void Publish(std::vector<FeedChange> changes);
  // Appends a gap: changes were committed that were not collected, or it is unknown whether any were.
  void Skip();
  // Calls the listener: a commit can be read, with or without changes, and so can what became of its records.
  void Committed();

  // ---- For subscribers ----

  // Returns at most `limit` changes after the position `after` that the caller may see. Without a position: none, and
  // `next` is the end. A position that is not from this feed, or whose successors were dropped, gives a reset to the
  // end. A gap gives a reset to the position after it.
  FeedPage Read(const FeedCaller& caller, std::optional<FeedPosition> after, size_t limit, TimePoint now);
  // Sets the listener, which committers call: it must be quick. Null: nobody listens. Returns once a running call of
  // the former one is over.
  void Listen(std::function<void()> on_commit);
  // Notes that somebody waits for a commit now.
  void Await(TimePoint now);

 private:
  struct Entry {
    FeedPosition position = 0;
    std::optional<FeedChange> change;  // nullopt: a gap
  };
  void Append(std::optional<FeedChange> change);
  // Finds the first entry after the position.
  static std::deque<Entry>::const_iterator After(const std::deque<Entry>& entries, FeedPosition position);

  const FeedLimits limits_;
  std::atomic<TimePoint::rep> followed_until_{TimePoint::min().time_since_epoch().count()};
  std::atomic<TimePoint::rep> touches_until_{TimePoint::min().time_since_epoch().count()};
  std::atomic<TimePoint::rep> awaited_until_{TimePoint::min().time_since_epoch().count()};
  std::atomic<size_t> waiting_bytes_{0};
  std::mutex mutex_;                     // guards the members below
  std::deque<Entry> changes_, touches_;  // ascending
  FeedPosition end_ = 0;                 // of the last one
  FeedPosition dropped_ = 0;             // of the last change that was dropped
  size_t bytes_ = 0;
  bool read_since_gap_ = true;  // false: the last one is a gap, and represents later gaps, too
  std::mutex listener_mutex_;
  std::function<void()> on_commit_;  // guarded by listener_mutex_
};

// The collector of a partition's changes and updates in an epoch for a ChangeFeed, until they are committed.
//
// While nobody follows the feed, an epoch costs one look at a clock. Owned by one thread at a time.
class FeedCollector {
 public:
  // Keeps the arguments, which must outlive this. `feed` is null if nobody follows.
  FeedCollector(ChangeFeed* feed, const Clock* clock) : feed_(feed), clock_(clock) {}
  // Drops changes that were not taken.
  ~FeedCollector() { (void)Take(); }
  FeedCollector(const FeedCollector&) = delete;
  FeedCollector& operator=(const FeedCollector&) = delete;

  void Add(const engine::ChangeList& changes);
  void Add(std::span<const engine::LeadUpdate> updates);
  // Whether the epoch collects. Call it before an update is made. If false, the epoch has a change that will be
  // missing.
  bool Collects();
  // Whether the epoch collects touches. Call it before one is made.
  bool CollectsTouches();
  // Ends the epoch. Publish its changes once they are committed; if it is unknown whether they were, call Skip of the
  // feed.
  CollectedChanges Take();

 private:
  void Add(FeedChange change);

  ChangeFeed* const feed_;
  const Clock* const clock_;
  // The current epoch.

  bool has_changes_ = false;
  bool collects_ = false;
  std::optional<bool> collects_touches_;
  std::set<LeadKey> touched_;  // one touch of a lead is enough
  std::vector<FeedChange> changes_;
  size_t bytes_ = 0;  // reserved in the feed
};

// Publishes what a collector has taken, after the commit; a gap if it could not collect. `feed` null: nobody follows.
void PublishCollected(CollectedChanges changes, ChangeFeed* feed);

}  // namespace leadpulse::pipeline
