// The standing of a mailbox's address, as each of the leads that use it needs it.
//
// A mailbox tells all its users the standing, each without the user's own facts. This is made once for all of them, in
// time and memory of the facts that the mailbox knows, and the messages to the users share it.
//
// A value that is never changed; may be read by several threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "processor/base/instant.h"
#include "state/lead/identity.h"
#include "state/lead/status_facts.h"

namespace leadpulse::v1 {
class Standings;
}  // namespace leadpulse::v1

namespace leadpulse::state {

class Standings {
 public:
  // Makes the same standing for every user.
  explicit Standings(StatusFacts of_all) : of_all_(std::move(of_all)) {}
  // Copies what it needs of the arguments, which are those of StandingWithout.
  Standings(const LeadIdentity& mailbox, const StatusFacts& own);

  // Returns StandingWithout(mailbox, own, id).
  StatusFacts Without(std::string_view id) const;

  friend bool operator==(const Standings&, const Standings&) = default;

 private:
  // Encodes and decodes it (state/codec/standings_codec.h).
  friend void EncodeStandings(const Standings& standings, v1::Standings* out);
  friend std::string DecodeStandings(const v1::Standings& in, Standings* standings);

  using Source = uint32_t;  // of facts: the mailbox's own, then those of `others`, then those of leads by their ids
  static constexpr Source kOwn = 0;
  static constexpr Source kOthers = 1;
  static constexpr Source kFirstLead = 2;
  static constexpr Source kNobody = UINT32_MAX;

  // The latest of some instants, also without those of one source.
  struct Latest {
    Instant latest = Instant::DistantPast();
    Instant of_others = Instant::DistantPast();  // the latest that is not from `source`
    Source source = kNobody;

    void Include(Instant at, Source from);
    Instant Without(Source without) const { return source == without ? of_others : latest; }
    friend bool operator==(const Latest&, const Latest&) = default;
  };
  struct LatestTimes {
    Latest out;
    Latest in;

    void Include(const ScopeTimes& times, Source from);
    ScopeTimes Without(Source without) const { return {out.Without(without), in.Without(without)}; }
    friend bool operator==(const LatestTimes&, const LatestTimes&) = default;
  };
  // Where a topic comes in the order in which Merge meets topics: by source, then by name.
  using Place = std::pair<Source, uint32_t>;
  static constexpr Place kNoPlace{kNobody, 0};
  struct Topic {
    std::string name;
    LatestTimes times;
    Latest opt_out;  // of sources that are opted out: it counts as from everything if there is no room for the topic
    Place first = kNoPlace;
    Place first_of_others = kNoPlace;  // not from the source of `first`
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  // Finds the index of a topic that was met.
  using Met = absl::flat_hash_map<std::string_view, size_t>;
  void Include(const StatusFacts& facts, Source source, Met* met);
  // Returns the source that the facts of this lead are; kNobody if it has none.
  Source SourceOf(std::string_view id) const;
  StatusFacts WithoutSource(Source without) const;
  // Sets order_ when all topics are known.
  void OrderTopics();
  // Returns the indexes of the topics from others than `without`, in the order in which Merge meets them.
  std::vector<size_t> TopicsWithout(Source without) const;

  StatusFacts of_all_;
  std::vector<std::string> leads_;  // that have facts, ascending: source kFirstLead + i is leads_[i]
  LatestTimes everything_;
  Latest complaint_;
  std::vector<Topic> topics_;  // ascending by name
  std::vector<size_t> order_;  // indexes of topics_, by Topic::first
};

}  // namespace leadpulse::state
