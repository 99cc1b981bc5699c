// A consumer and a changelog reader whose results the test sets, for code that depends on the order of calls or on a
// failing call. simulated_cluster.h has a cluster with behaviour of its own.
//
// For one thread. The test sets and reads the members.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/assert.h"
#include "processor/kafka/changelog.h"
#include "processor/kafka/delta_log.h"
#include "processor/kafka/erasure_secret.h"
#include "processor/kafka/ports.h"

namespace leadpulse::testing {

// Returns the position that a transaction writes for a partition that has read to `next` and has no leads.
inline engine::PartitionPosition PositionAt(const kafka::InputOffsets& next, const std::string& application,
                                            const state::LeadStore& store) {
  engine::PartitionPosition position;
  position.application = application;
  position.next = next;
  position.definitions_number = DefinitionsNumber{1};
  position.engine_version = engine::kEngineVersion;
  position.erasure_secret_check = kafka::ErasureSecretCheck(store);
  position.partition_count = store.partition_count();
  return position;
}

class FakeGroupMetadata : public kafka::GroupMetadata {
 public:
  int32_t generation() const override { return 1; }
};

class FakeConsumer : public kafka::InputConsumer {
 public:
  explicit FakeConsumer(uint32_t partitions) : partition_count_(partitions) {}

  std::map<PartitionId, kafka::InputOffsets> committed;
  std::function<void()> while_committed_is_asked;  // called before the answer: ends transactions
  std::set<PartitionId> without_answer;            // a call that names one of them gets no answer
  int committed_calls = 0;
  Status fetch_from;  // the result of FetchFrom; unless it is ok, nothing is fetched
  int fetch_calls = 0;
  std::map<PartitionId, kafka::InputOffsets> fetched;  // partitions being fetched, with their first offsets
  std::map<PartitionId, kafka::LookBack> looks_back;   // given to the last FetchFrom
  std::map<PartitionId, kafka::InputOffsets> ends;

  uint32_t partition_count() const override { return partition_count_; }
  Status Poll(std::chrono::milliseconds, uint64_t, kafka::RebalanceListener*,
              std::vector<kafka::InputRecord>* records) override {
    records->clear();
    return Status::Ok();
  }
  bool has_more() const override { return false; }
  Status FetchFrom(PartitionId partition, const kafka::InputOffsets& offsets,
                   const kafka::LookBack& look_back) override {
    ++fetch_calls;
    looks_back[partition] = look_back;
    if (fetch_from.ok()) fetched[partition] = offsets;
    return fetch_from;
  }
  Status Pause(PartitionId partition) override {
    fetched.erase(partition);
    return Status::Ok();
  }
  Result<std::map<PartitionId, std::optional<kafka::InputOffsets>>> Committed(
      const std::vector<PartitionId>& partitions) override {
    ++committed_calls;
    if (while_committed_is_asked) while_committed_is_asked();
    std::map<PartitionId, std::optional<kafka::InputOffsets>> answer;
    for (const PartitionId partition : partitions) {
      if (without_answer.contains(partition)) return Status::Retriable("nobody answers");
      const auto found = committed.find(partition);
      answer[partition] = found == committed.end() ? std::nullopt : std::optional(found->second);
    }
    return answer;
  }
  Result<kafka::InputOffsets> Beginning(PartitionId) override { return kafka::InputOffsets{}; }
  Result<kafka::InputOffsets> End(PartitionId partition) override { return LastHeardEnd(partition); }
  kafka::InputOffsets LastHeardEnd(PartitionId partition) const override {
    const auto found = ends.find(partition);
    return found == ends.end() ? kafka::InputOffsets{} : found->second;
  }
  std::unique_ptr<kafka::GroupMetadata> CurrentGroupMetadata() override {
    return std::make_unique<FakeGroupMetadata>();
  }
  bool is_fenced() const override { return false; }
  void Close(kafka::RebalanceListener*) override {}

 private:
  const uint32_t partition_count_;
};

// A changelog, or a log of deltas, whose offsets have no gaps.
class FakeChangelog : public kafka::DeltaReader {
 public:
  // Called before each read.
  std::function<void()> while_read;
  int64_t most_a_read = std::numeric_limits<int64_t>::max();  // records of each partition
  std::set<PartitionId> without_leader;                       // a call that names one of them fails
  int bounds_calls = 0;
  int reads = 0;
  int64_t started = 0;  // the offset of the last Start

  void Append(PartitionId partition, std::string key, std::optional<std::string> value) {
    logs_[partition].push_back({std::move(key), std::move(value)});
  }
  // Appends the records of a transaction without leads.
  void AppendPosition(PartitionId partition, const engine::PartitionPosition& position) {
    Append(partition, std::string(kafka::kPositionKey), engine::EncodePosition(position));
  }
  // Appends the deltas of an epoch without leads, to a log of deltas. Sets the position's epoch.
  void AppendEpoch(PartitionId partition, engine::PartitionPosition position) {
    position.epoch = static_cast<uint64_t>(end(partition)) + 1;
    std::vector<kafka::OutputRecord> records;
    kafka::DeltaWriter(partition, position.epoch, &records).End(&position);
    Append(partition, "", std::move(records.at(0).value));
  }
  // Removes a record. The offsets of later ones change.
  void Remove(PartitionId partition, int64_t offset) {
    logs_[partition].erase(logs_[partition].begin() + static_cast<ptrdiff_t>(offset));
  }
  void Replace(PartitionId partition, int64_t offset, std::string value) {
    logs_[partition].at(static_cast<size_t>(offset)).value = std::move(value);
  }
  std::optional<std::string> At(PartitionId partition, int64_t offset) const {
    return logs_.at(partition).at(static_cast<size_t>(offset)).value;
  }
  int64_t begin(PartitionId partition) { return begins_[partition]; }
  int64_t end(PartitionId partition) { return static_cast<int64_t>(logs_[partition].size()); }

  Result<std::map<PartitionId, kafka::LogBounds>> Bounds(const std::vector<PartitionId>& partitions) override {
    ++bounds_calls;
    std::map<PartitionId, kafka::LogBounds> bounds;
    for (const PartitionId partition : partitions) {
      if (without_leader.contains(partition)) return Status::Retriable("nobody leads the partition");
      bounds[partition] = {begin(partition), end(partition)};
    }
    return bounds;
  }
  Status Start(PartitionId partition, int64_t from) override {
    next_[partition] = started = from;
    return Status::Ok();
  }
  Status Read(std::chrono::milliseconds, kafka::ChangelogPiece* piece) override {
    LP_ASSERT(reading());
    ++reads;
    if (while_read) while_read();
    piece->records.clear();
    for (auto& [partition, next] : next_) {
      if (without_leader.contains(partition)) continue;
      const std::vector<Entry>& log = logs_[partition];
      next = std::max(next, begin(partition));
      for (const int64_t until = std::min(end(partition) - next, most_a_read) + next; next < until; ++next) {
        const Entry& entry = log[static_cast<size_t>(next)];
        piece->records.push_back({partition, next, entry.key, entry.value});
      }
    }
    piece->reached = next_;
    return Status::Ok();
  }
  Status DeleteBefore(const std::map<PartitionId, int64_t>& offsets) override {
    for (const auto& [partition, offset] : offsets) begins_[partition] = std::max(begins_[partition], offset);
    return Status::Ok();
  }
  void Stop(PartitionId partition) override { next_.erase(partition); }
  void Stop() override { next_.clear(); }
  bool reading() const { return !next_.empty(); }

 private:
  struct Entry {
    std::string key;
    std::optional<std::string> value;
  };

  std::map<PartitionId, std::vector<Entry>> logs_;
  std::map<PartitionId, int64_t> begins_;
  std::map<PartitionId, int64_t> next_;  // for the partitions being read
};

}  // namespace leadpulse::testing
