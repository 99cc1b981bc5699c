// The coordinator of one consumer group: members with and without instance ids (KIP-345), generations, eager
// rebalances, range assignment.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "tests/support/kafka/simulated_clock.h"

namespace leadpulse::testing {

// The identity that a consumer claims.
struct MemberIdentity {
  std::string instance;     // empty: no static member
  int64_t member = 0;       // 0: none yet
  int32_t generation = -1;  // that of its assignment; -1: it has none
};

enum class GroupReply : uint8_t {
  kOk,
  kRebalanceInProgress,
  kUnknownMember,
  kIllegalGeneration,
  kFencedInstance,
  kNotCoordinator,
};

class GroupCoordinator {
 public:
  struct Options {
    uint32_t partitions = 1;
    Millis session_timeout{6000};
    Millis rebalance_timeout{6000};
  };

  GroupCoordinator(Agenda* agenda, const Options& options) : agenda_(agenda), options_(options) {}
  GroupCoordinator(const GroupCoordinator&) = delete;
  GroupCoordinator& operator=(const GroupCoordinator&) = delete;

  // Makes a new member unless it is one, which replaces the member with the same instance id. Sync returns its
  // assignment.
  GroupReply Join(MemberIdentity* who);

  struct Assignment {
    GroupReply reply = GroupReply::kOk;
    bool must_join = false;  // with kRebalanceInProgress: another rebalance has begun meanwhile
    int32_t generation = -1;
    std::vector<PartitionId> partitions;
  };
  // Returns kRebalanceInProgress while other members still have to join.
  Assignment Sync(const MemberIdentity& who);
  GroupReply Heartbeat(const MemberIdentity& who);
  void Leave(const MemberIdentity& who);

  // Whether a transaction may commit offsets for it. While a rebalance waits for its members, the last generation is
  // still valid. A consumer without a generation is refused only if the group has members and it has a member id.
  GroupReply CheckCommit(const MemberIdentity& who) const;
  // Returns the member with that instance id, if there is one.
  std::optional<int64_t> HolderOf(const std::string& instance) const;
  // Whether the coordinator can be reached.
  bool is_here() const { return agenda_->now() >= away_until_; }

  // Makes the coordinator unreachable for `duration`. Then the members' sessions start again.
  void Move(Millis duration);
  // Makes all members join again, as after a change of a topic. The first share then goes to the member after the first
  // `members_skipped`, because assignors may begin with any.
  void Rebalance(uint32_t members_skipped = 0);

  int32_t generation() const { return generation_; }
  size_t member_count() const { return members_.size(); }
  bool is_stable() const { return state_ == State::kStable; }

 private:
  enum class State : uint8_t { kEmpty, kPreparing, kStable };
  struct Member {
    std::string instance;
    bool has_joined = false;  // the current rebalance, or the last one
    Agenda::Time heard;
    std::vector<PartitionId> partitions;
  };

  GroupReply Find(const MemberIdentity& who) const;
  int64_t AddMember(const std::string& instance, Member member);
  void Remove(int64_t member);
  void WatchSession(int64_t member, Millis after);
  void Prepare();
  void AwaitMembers();
  void CompleteIfAllJoined();
  void Complete();
  void AssignRanges();

  Agenda* const agenda_;
  const Options options_;
  State state_ = State::kEmpty;
  int32_t generation_ = 0;
  uint64_t rebalance_ = 0;  // counts rebalances
  uint32_t skipped_ = 0;
  int64_t leader_ = 0;
  int64_t last_member_ = 0;
  std::map<int64_t, Member> members_;
  std::map<std::string, int64_t> instances_;
  Agenda::Time away_until_;
};

}  // namespace leadpulse::testing
