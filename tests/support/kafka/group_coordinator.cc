#include "tests/support/kafka/group_coordinator.h"

#include <algorithm>

namespace leadpulse::testing {

GroupReply GroupCoordinator::Find(const MemberIdentity& who) const {
  if (!is_here()) return GroupReply::kNotCoordinator;
  if (!who.instance.empty()) {
    const auto instance = instances_.find(who.instance);
    if (instance == instances_.end()) return GroupReply::kUnknownMember;
    return instance->second == who.member ? GroupReply::kOk : GroupReply::kFencedInstance;
  }
  return members_.contains(who.member) ? GroupReply::kOk : GroupReply::kUnknownMember;
}

int64_t GroupCoordinator::AddMember(const std::string& instance, Member member) {
  const int64_t id = ++last_member_;
  member.instance = instance;
  member.heard = agenda_->now();
  members_[id] = std::move(member);
  if (!instance.empty()) instances_[instance] = id;
  WatchSession(id, options_.session_timeout);
  return id;
}

void GroupCoordinator::WatchSession(int64_t member, Millis after) {
  agenda_->After(after, [this, member] {
    const auto found = members_.find(member);
    if (found == members_.end()) return;
    const auto ends = std::max(found->second.heard, away_until_) + options_.session_timeout;
    if (agenda_->now() >= ends) {
      Remove(member);
    } else {
      WatchSession(member, std::chrono::duration_cast<Millis>(ends - agenda_->now()));
    }
  });
}

void GroupCoordinator::Remove(int64_t member) {
  const auto found = members_.find(member);
  if (found == members_.end()) return;
  if (!found->second.instance.empty()) instances_.erase(found->second.instance);
  members_.erase(found);
  if (leader_ == member) leader_ = 0;
  if (members_.empty()) {
    state_ = State::kEmpty;
    ++rebalance_;
  } else if (state_ == State::kStable) {
    Prepare();
  } else {
    CompleteIfAllJoined();
  }
}

GroupReply GroupCoordinator::Join(MemberIdentity* who) {
  if (!is_here()) return GroupReply::kNotCoordinator;
  if (who->member != 0) {
    if (const GroupReply reply = Find(*who); reply != GroupReply::kOk) return reply;
    // A follower that joins a stable group gets its assignment again; a leader makes all members join.
    if (state_ == State::kStable && leader_ == who->member) Prepare();
  } else if (const auto before = instances_.find(who->instance); before != instances_.end()) {
    // It takes over its predecessor's membership and assignment; no other member notices.
    const int64_t replaced = before->second;
    Member member = std::move(members_.extract(replaced).mapped());
    who->member = AddMember(who->instance, std::move(member));
    if (leader_ == replaced) leader_ = who->member;
  } else {
    who->member = AddMember(who->instance, {});
    Prepare();
  }
  Member& member = members_[who->member];
  member.heard = agenda_->now();
  member.has_joined = true;
  if (state_ == State::kPreparing) CompleteIfAllJoined();
  return GroupReply::kOk;
}

GroupCoordinator::Assignment GroupCoordinator::Sync(const MemberIdentity& who) {
  if (const GroupReply reply = Find(who); reply != GroupReply::kOk) return {reply, false, -1, {}};
  Member& member = members_[who.member];
  member.heard = agenda_->now();
  if (!member.has_joined) return {GroupReply::kRebalanceInProgress, true, -1, {}};
  if (state_ != State::kStable) return {GroupReply::kRebalanceInProgress, false, -1, {}};
  return {GroupReply::kOk, false, generation_, member.partitions};
}

GroupReply GroupCoordinator::Heartbeat(const MemberIdentity& who) {
  if (const GroupReply reply = Find(who); reply != GroupReply::kOk) return reply;
  members_[who.member].heard = agenda_->now();
  if (who.generation != generation_) return GroupReply::kIllegalGeneration;
  return state_ == State::kPreparing ? GroupReply::kRebalanceInProgress : GroupReply::kOk;
}

GroupReply GroupCoordinator::CheckCommit(const MemberIdentity& who) const {
  if (!is_here()) return GroupReply::kNotCoordinator;
  // Kafka treats these as consumers without a group (ClassicGroup.validateOffsetCommit) and fences nothing.
  const bool is_nobody = who.member == 0 && who.instance.empty();
  if (who.generation < 0 && (state_ == State::kEmpty || is_nobody)) return GroupReply::kOk;
  if (const GroupReply reply = Find(who); reply != GroupReply::kOk) return reply;
  return who.generation == generation_ ? GroupReply::kOk : GroupReply::kIllegalGeneration;
}

std::optional<int64_t> GroupCoordinator::HolderOf(const std::string& instance) const {
  const auto found = instances_.find(instance);
  return found == instances_.end() ? std::nullopt : std::optional(found->second);
}

void GroupCoordinator::Leave(const MemberIdentity& who) {
  if (Find(who) == GroupReply::kOk) Remove(who.member);
}

void GroupCoordinator::Move(Millis duration) { away_until_ = agenda_->now() + duration; }

void GroupCoordinator::Rebalance(uint32_t members_skipped) {
  skipped_ = members_skipped;
  if (state_ == State::kStable) Prepare();
}

void GroupCoordinator::Prepare() {
  if (state_ == State::kPreparing) return;
  state_ = State::kPreparing;
  for (auto& [id, member] : members_) member.has_joined = false;
  ++rebalance_;
  AwaitMembers();
}

void GroupCoordinator::AwaitMembers() {
  agenda_->After(options_.rebalance_timeout, [this, rebalance = rebalance_] {
    if (rebalance_ != rebalance || state_ != State::kPreparing) return;
    const bool anybody =
        std::any_of(members_.begin(), members_.end(), [](const auto& m) { return m.second.has_joined; });
    if (anybody) {
      Complete();
    } else {
      AwaitMembers();
    }
  });
}

void GroupCoordinator::CompleteIfAllJoined() {
  const bool all = std::all_of(members_.begin(), members_.end(), [](const auto& m) { return m.second.has_joined; });
  if (all) Complete();
}

void GroupCoordinator::Complete() {
  // Static members stay members, and get their share, until their session ends.
  std::erase_if(members_, [](const auto& m) { return !m.second.has_joined && m.second.instance.empty(); });
  ++generation_;
  state_ = State::kStable;
  const auto leader = members_.find(leader_);
  if (leader == members_.end() || !leader->second.has_joined) {
    leader_ = std::find_if(members_.begin(), members_.end(), [](const auto& m) { return m.second.has_joined; })->first;
  }
  AssignRanges();
}

void GroupCoordinator::AssignRanges() {
  std::vector<Member*> in_order;
  for (auto& [id, member] : members_) in_order.push_back(&member);
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const Member* a, const Member* b) { return a->instance < b->instance; });
  const auto count = static_cast<uint32_t>(in_order.size());
  std::rotate(in_order.begin(), in_order.begin() + skipped_ % count, in_order.end());
  uint32_t next = 0;
  for (uint32_t i = 0; i < count; ++i) {
    in_order[i]->partitions.clear();
    // The first ones get one more.
    const uint32_t share = options_.partitions / count + (i < options_.partitions % count ? 1 : 0);
    for (uint32_t n = 0; n < share; ++n) in_order[i]->partitions.push_back(PartitionId{next++});
  }
}

}  // namespace leadpulse::testing
