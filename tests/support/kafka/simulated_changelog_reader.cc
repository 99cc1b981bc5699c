#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "tests/support/kafka/simulated_client.h"

namespace leadpulse::testing {
namespace {

using kafka::ChangelogPiece;
using kafka::LogBounds;

class SimulatedChangelogReader : public kafka::DeltaReader {
 public:
  SimulatedChangelogReader(const ClientContext& context, Topic topic) : context_(context), topic_(topic) {}

  Result<std::map<PartitionId, LogBounds>> Bounds(const std::vector<PartitionId>& partitions) override {
    using All = std::map<PartitionId, LogBounds>;
    return context_.Call<Result<All>>("Bounds", context_.Killed(), [&]() -> Result<All> {
      All bounds;
      for (const PartitionId partition : partitions) {
        if (Fails(partition)) return Status::Retriable("changelog: no leader");
      }
      for (const PartitionId partition : partitions) {
        const PartitionLog& log = LogOf(partition);
        bounds[partition] = {log.begin(), log.end()};
      }
      return bounds;
    });
  }

  Status Start(PartitionId partition, int64_t from) override {
    return context_.Call("Start", context_.Killed(), [&]() -> Status {
      if (Fails(partition)) return Status::Retriable("changelog: no leader");
      next_[partition] = from;
      return Status::Ok();
    });
  }

  Status Read(std::chrono::milliseconds timeout, ChangelogPiece* piece) override {
    piece->records.clear();
    buffers_.clear();
    return context_.Call("Read", context_.Killed(), [&] { return ReadNow(timeout, piece); });
  }

  Status DeleteBefore(const std::map<PartitionId, int64_t>& offsets) override {
    return context_.Call("DeleteBefore", context_.Killed(), [&]() -> Status {
      for (const auto& [partition, offset] : offsets) {
        if (Fails(partition)) return Status::Retriable("changelog: no leader");
        LogOf(partition).DeleteBefore(offset);
      }
      return Status::Ok();
    });
  }

  void Stop(PartitionId partition) override { next_.erase(partition); }
  void Stop() override { next_.clear(); }

 private:
  PartitionLog& LogOf(PartitionId partition) const { return context_.cluster().log(topic_, partition); }

  bool Fails(PartitionId partition) const {
    Chaos& chaos = context_.chaos();
    context_.cluster().AdvanceTime(chaos.Latency());
    return !context_.cluster().HasLeader({topic_, partition}) || chaos.Happens(chaos.rates.failed_queries);
  }

  // Reads each partition that has a leader, even if others have none.
  Status ReadNow(std::chrono::milliseconds timeout, ChangelogPiece* piece) {
    if (next_.empty()) return Status::Fatal("changelog: nothing is being read");
    const std::map<PartitionId, int64_t> before = next_;
    bool has_failed = false;
    for (auto& [partition, next] : next_) {
      if (Fails(partition)) {
        has_failed = true;
        continue;
      }
      const auto most = static_cast<size_t>(
          context_.chaos().random().Between(1, static_cast<int64_t>(context_.cluster().options().most_polled)));
      if (next < LogOf(partition).begin()) {
        return Status::Fatal("changelog: offset out of range: " + std::to_string(next));
      }
      next = LogOf(partition).ReadCommitted(next, most, [&](const LogEntry& entry) {
        const std::string& key = buffers_.emplace_back(entry.message.key);
        std::optional<std::string_view> value;
        if (entry.message.value) value = buffers_.emplace_back(*entry.message.value);
        piece->records.push_back({partition, entry.offset, key, value});
      });
    }
    piece->reached = next_;
    if (next_ != before) return Status::Ok();
    if (has_failed) return Status::Retriable("changelog: no leader");
    context_.cluster().AdvanceTime(timeout);
    return Status::Ok();
  }

  const ClientContext context_;
  const Topic topic_;
  std::map<PartitionId, int64_t> next_;  // for the partitions being read
  std::deque<std::string> buffers_;      // hold the last records returned
};

}  // namespace

std::unique_ptr<kafka::DeltaReader> MakeSimulatedChangelogReader(const ClientContext& context, Topic topic) {
  return std::make_unique<SimulatedChangelogReader>(context, topic);
}

}  // namespace leadpulse::testing
