#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "tests/support/kafka/simulated_client.h"

namespace leadpulse::testing {
namespace {

using kafka::InputOffsets;
using kafka::InputRecord;
using kafka::InputTopic;
using kafka::RebalanceListener;

using kafka::kInputTopics;

class SimulatedConsumer : public kafka::InputConsumer {
 public:
  explicit SimulatedConsumer(const ClientContext& context) : context_(context) {
    who_.instance = context.name().instance_id;
  }

  uint32_t partition_count() const override { return cluster().options().partitions; }

  Status Poll(std::chrono::milliseconds timeout, uint64_t most, RebalanceListener* listener,
              std::vector<InputRecord>* records) override {
    records->clear();
    buffers_.clear();
    has_more_ = false;
    return context_.Call("Poll", context_.Killed(), [&] { return PollNow(timeout, most, listener, records); });
  }

  bool has_more() const override { return has_more_; }

  Status FetchFrom(PartitionId partition, const InputOffsets& offsets, const kafka::LookBack& look_back) override {
    return context_.Call("FetchFrom", context_.Killed(), [&] {
      if (!IsMine(partition)) return NotMine(partition);
      if (context_.chaos().Happens(context_.chaos().rates.failed_queries)) {
        return Status::Retriable("the place in partition " + std::to_string(partition.value) +
                                 " was not reached in time");
      }
      fetching_[partition] = {offsets, false, look_back};
      if (cluster().observer() != nullptr) cluster().observer()->OnFetch(context_.name(), partition);
      return Status::Ok();
    });
  }
  Status Pause(PartitionId partition) override {
    return context_.Call("Pause", context_.Killed(), [&] {
      if (!IsMine(partition)) return NotMine(partition);
      const auto found = fetching_.find(partition);
      if (found != fetching_.end()) found->second.is_paused = true;
      return Status::Ok();
    });
  }

  Result<std::map<PartitionId, std::optional<InputOffsets>>> Committed(
      const std::vector<PartitionId>& partitions) override {
    return context_.Call<Result<std::map<PartitionId, std::optional<InputOffsets>>>>(
        "Committed", context_.Killed(), [&] { return CommittedNow(partitions); });
  }
  Result<InputOffsets> Beginning(PartitionId partition) override {
    return Bounds("Beginning", partition, [](const PartitionLog& log) { return log.begin(); });
  }
  Result<InputOffsets> End(PartitionId partition) override {
    return Bounds("End", partition, [](const PartitionLog& log) { return log.last_stable_offset(); });
  }

  InputOffsets LastHeardEnd(PartitionId partition) const override {
    InputOffsets ends;
    for (const InputTopic topic : kInputTopics) {
      ends[topic] = context_.cluster().log(TopicOf(topic), partition).last_stable_offset();
    }
    return ends;
  }

  std::unique_ptr<kafka::GroupMetadata> CurrentGroupMetadata() override {
    return std::make_unique<SimulatedGroupMetadata>(who_);
  }

  bool is_fenced() const override { return is_fenced_; }

  void Close(RebalanceListener* listener) override {
    context_.Call("Close", false, [&] { return CloseNow(listener); });
  }

 private:
  enum class Place : uint8_t { kOutside, kJoining, kMember };
  struct Fetching {
    InputOffsets next;
    bool is_paused = false;
    kafka::LookBack looks_back{};  // the record before `next` is returned first
  };

  SimulatedCluster& cluster() const { return context_.cluster(); }

  bool IsMine(PartitionId partition) const {
    return std::find(partitions_.begin(), partitions_.end(), partition) != partitions_.end();
  }
  static Status NotMine(PartitionId partition) {
    return Status::Rejected("partition " + std::to_string(partition.value) + " is not assigned to this consumer");
  }
  Status Fenced() {
    is_fenced_ = true;
    who_.generation = -1;
    return Status::Fatal("fenced: another consumer has the instance id " + who_.instance);
  }

  Status PollNow(std::chrono::milliseconds timeout, uint64_t bound, RebalanceListener* listener,
                 std::vector<InputRecord>* records) {
    if (is_fenced_) {
      cluster().AdvanceTime(timeout);
      return Fenced();
    }
    bool has_changed = false;
    LP_RETURN_IF_ERROR(FollowGroup(listener, &has_changed));
    if (has_changed || !context_.is_alive()) return Status::Ok();
    Chaos& chaos = context_.chaos();
    if (chaos.Happens(chaos.rates.failed_queries)) return Status::Retriable("a broker closed the connection");
    if (!chaos.Happens(chaos.rates.empty_polls)) LP_RETURN_IF_ERROR(Fetch(bound, records));
    cluster().AdvanceTime(records->empty() ? timeout : chaos.Latency());
    return Status::Ok();
  }

  // Notifies the listener of the group's decision, and joins again if it must.
  Status FollowGroup(RebalanceListener* listener, bool* has_changed) {
    switch (place_) {
      case Place::kOutside:
        return Join();
      case Place::kJoining:
        return Sync(listener, has_changed);
      case Place::kMember:
        break;
    }
    switch (cluster().group().Heartbeat(who_)) {
      case GroupReply::kOk:
      case GroupReply::kNotCoordinator:
        return Status::Ok();
      case GroupReply::kFencedInstance:
        return Fenced();
      case GroupReply::kRebalanceInProgress:
        *has_changed = true;
        if (!partitions_.empty()) listener->OnRevoked(partitions_);
        break;
      case GroupReply::kUnknownMember:
        who_.member = 0;
        [[fallthrough]];
      case GroupReply::kIllegalGeneration:
        *has_changed = true;
        if (!partitions_.empty()) listener->OnLost(partitions_);
        break;
    }
    return context_.is_alive() ? Join() : Status::Ok();
  }

  Status Join() {
    partitions_.clear();
    fetching_.clear();
    who_.generation = -1;
    place_ = Place::kOutside;
    RepeatJoinLater();
    GroupReply reply = cluster().group().Join(&who_);
    if (reply == GroupReply::kUnknownMember) {
      who_.member = 0;
      reply = cluster().group().Join(&who_);
    }
    if (reply == GroupReply::kFencedInstance) return Fenced();
    if (reply == GroupReply::kOk) place_ = Place::kJoining;
    return Status::Ok();
  }

  // Sends another join request later, as a client does that waits too long for the response. If the first request is
  // executed last, the instance id belongs to a member that no client has.
  void RepeatJoinLater() {
    Chaos& chaos = context_.chaos();
    if (who_.instance.empty() || who_.member != 0 || !chaos.Happens(chaos.rates.repeated_joins)) return;
    cluster().agenda().After(chaos.Delay(), [&group = cluster().group(), nobody = who_]() mutable {
      static_cast<void>(group.Join(&nobody));
    });
  }

  Status Sync(RebalanceListener* listener, bool* has_changed) {
    const GroupCoordinator::Assignment assignment = cluster().group().Sync(who_);
    switch (assignment.reply) {
      case GroupReply::kOk:
        if (context_.chaos().Happens(context_.chaos().rates.failed_assignments)) {
          place_ = Place::kOutside;
          return Status::Retriable("could not take over partitions");
        }
        place_ = Place::kMember;
        who_.generation = assignment.generation;
        partitions_ = assignment.partitions;
        *has_changed = true;
        if (!partitions_.empty()) listener->OnAssigned(partitions_);
        return Status::Ok();
      case GroupReply::kFencedInstance:
        return Fenced();
      case GroupReply::kRebalanceInProgress:
        return assignment.must_join ? Join() : Status::Ok();
      case GroupReply::kNotCoordinator:
        return Status::Ok();
      default:
        return Join();
    }
  }

  size_t HowMany(size_t bound) {
    if (!cluster().options().polls_by_luck) return bound;
    return static_cast<size_t>(context_.chaos().random().Between(1, static_cast<int64_t>(bound)));
  }

  Status Fetch(uint64_t bound, std::vector<InputRecord>* records) {
    std::vector<LogId> logs;
    for (const auto& [partition, fetching] : fetching_) {
      if (fetching.is_paused) continue;
      for (const InputTopic topic : kInputTopics) logs.push_back({TopicOf(topic), partition});
    }
    context_.chaos().random().Shuffle(logs);
    const size_t most = HowMany(std::min<uint64_t>(bound, cluster().options().most_polled));
    for (const LogId& log : logs) {
      if (records->size() < most) LP_RETURN_IF_ERROR(FetchLog(log, most - records->size(), records));
    }
    has_more_ = records->size() >= most;
    return Status::Ok();
  }

  Status FetchLog(const LogId& id, size_t room, std::vector<InputRecord>* records) {
    if (!cluster().HasLeader(id)) return Status::Ok();
    const PartitionLog& log = cluster().log(id.topic, id.partition);
    const auto topic = InputTopicOf(id.topic);
    Fetching& fetching = fetching_[id.partition];
    int64_t& next = fetching.next[topic];
    // If the topic was deleted, there is nothing to compare.
    if (std::exchange(fetching.looks_back[topic], false) && log.begin() < next) {
      return GiveAgain(log, topic, id.partition, next - 1, records);
    }
    if (next < log.begin() || next > log.end()) {
      return Status::Fatal("offset out of range: " + std::to_string(next) + " of input partition " +
                           std::to_string(id.partition.value));
    }
    next = log.ReadCommitted(next, HowMany(room), [&](const LogEntry& entry) {
      // The record is in copies that end with this poll, so that code which keeps a view of them fails.
      const std::string& key = buffers_.emplace_back(entry.message.key);
      const std::string& value = buffers_.emplace_back(entry.message.value.value_or(""));
      records->push_back({topic, id.partition, entry.offset, key, value});
      if (cluster().observer() != nullptr) cluster().observer()->OnDelivered(context_.name(), records->back());
    });
    return Status::Ok();
  }

  // Returns a record again. Does not call the observer, because the record is not applied.
  Status GiveAgain(const PartitionLog& log, InputTopic topic, PartitionId partition, int64_t offset,
                   std::vector<InputRecord>* records) {
    const size_t before = records->size();
    log.ReadCommitted(offset, 1, [&](const LogEntry& entry) {
      const std::string& key = buffers_.emplace_back(entry.message.key);
      const std::string& value = buffers_.emplace_back(entry.message.value.value_or(""));
      records->push_back({topic, partition, entry.offset, key, value});
    });
    const bool found = records->size() > before && records->back().offset == offset;
    return found ? Status::Ok() : Status::Fatal("no record at offset " + std::to_string(offset));
  }

  Result<std::map<PartitionId, std::optional<InputOffsets>>> CommittedNow(const std::vector<PartitionId>& partitions) {
    Chaos& chaos = context_.chaos();
    cluster().AdvanceTime(chaos.Latency());
    if (chaos.Happens(chaos.rates.failed_queries)) return Status::Retriable("committed offsets: timed out");
    const Millis step(50);
    const auto unstable = [&](PartitionId partition) { return cluster().offsets().IsUnstable(partition); };
    for (Millis waited{0}; std::ranges::any_of(partitions, unstable) && waited < 10 * step; waited += step) {
      cluster().AdvanceTime(step);
      if (!context_.Reaches("Committed", PortCall::Moment::kMiddle)) return context_.Killed();
    }
    if (!cluster().group().is_here()) return Status::Retriable("committed offsets: not the coordinator");
    if (std::ranges::any_of(partitions, unstable)) {
      return Status::Retriable("committed offsets: a transaction is about to commit some");
    }
    std::map<PartitionId, std::optional<InputOffsets>> all;
    for (const PartitionId partition : partitions) {
      LP_ASSIGN_OR_RETURN(all[partition], StableOffsets(partition));
    }
    return all;
  }

  Result<std::optional<InputOffsets>> StableOffsets(PartitionId partition) {
    const GroupOffsets::Committed committed = cluster().offsets().At(partition);
    if (!committed[0] && !committed[1] && !committed[2]) return std::optional<InputOffsets>();
    if (!committed[0] || !committed[1]) {
      return Status::Fatal("partition " + std::to_string(partition.value) +
                           ": offsets are committed for one of the input topics only");
    }
    return std::optional(InputOffsets{{*committed[0], *committed[1], committed[2].value_or(0)}});
  }

  template <typename OffsetOf>
  Result<InputOffsets> Bounds(std::string_view call, PartitionId partition, const OffsetOf& offset_of) {
    return context_.Call<Result<InputOffsets>>(call, context_.Killed(), [&]() -> Result<InputOffsets> {
      Chaos& chaos = context_.chaos();
      cluster().AdvanceTime(chaos.Latency());
      InputOffsets offsets;
      for (const InputTopic topic : kInputTopics) {
        if (!cluster().HasLeader({TopicOf(topic), partition}) || chaos.Happens(chaos.rates.failed_queries)) {
          return Status::Retriable("offsets: no leader for partition " + std::to_string(partition.value));
        }
        offsets[topic] = offset_of(cluster().log(TopicOf(topic), partition));
      }
      return offsets;
    });
  }

  bool CloseNow(RebalanceListener* listener) {
    if (place_ == Place::kMember && !is_fenced_ && !partitions_.empty()) {
      const GroupReply reply = cluster().group().Heartbeat(who_);
      const bool is_lost = reply == GroupReply::kUnknownMember || reply == GroupReply::kIllegalGeneration ||
                           reply == GroupReply::kFencedInstance;
      is_lost ? listener->OnLost(partitions_) : listener->OnRevoked(partitions_);
    }
    // A static member stays a member until its session ends, so that it can come back (KIP-345).
    if (context_.is_alive() && who_.instance.empty() && place_ != Place::kOutside) cluster().group().Leave(who_);
    place_ = Place::kOutside;
    partitions_.clear();
    fetching_.clear();
    return true;
  }

  const ClientContext context_;
  MemberIdentity who_;
  Place place_ = Place::kOutside;
  bool is_fenced_ = false;
  std::vector<PartitionId> partitions_;
  std::map<PartitionId, Fetching> fetching_;
  std::deque<std::string> buffers_;  // hold the last records returned
  bool has_more_ = false;
};

}  // namespace

std::unique_ptr<kafka::InputConsumer> MakeSimulatedConsumer(const ClientContext& context) {
  return std::make_unique<SimulatedConsumer>(context);
}

}  // namespace leadpulse::testing
