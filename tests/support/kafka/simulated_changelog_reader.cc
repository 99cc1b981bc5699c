#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "tests/support/kafka/simulated_client.h"

namespace leadpulse::testing {
namespace {

using kafka::ChangelogBounds;
using kafka::ChangelogRecord;

class SimulatedChangelogReader : public kafka::ChangelogReader {
 public:
  explicit SimulatedChangelogReader(const ClientContext& context) : context_(context) {}

  Result<ChangelogBounds> Bounds(PartitionId partition) override {
    return context_.Call<Result<ChangelogBounds>>("Bounds", context_.Killed(), [&]() -> Result<ChangelogBounds> {
      if (Fails(partition)) return Status::Retriable("changelog: no leader");
      const PartitionLog& log = LogOf(partition);
      return ChangelogBounds{log.begin(), log.end()};
    });
  }

  Status Start(PartitionId partition, int64_t from) override {
    return context_.Call("Start", context_.Killed(), [&]() -> Status {
      if (Fails(partition)) return Status::Retriable("changelog: no leader");
      const PartitionLog& log = LogOf(partition);
      if (from < log.begin() || from > log.end()) {
        return Status::Fatal("changelog: offset out of range: " + std::to_string(from));
      }
      partition_ = partition;
      next_ = from;
      return Status::Ok();
    });
  }

  Result<int64_t> Read(std::chrono::milliseconds timeout, std::vector<ChangelogRecord>* records) override {
    records->clear();
    buffers_.clear();
    return context_.Call<Result<int64_t>>("Read", context_.Killed(), [&] { return ReadNow(timeout, records); });
  }

  void Stop() override { partition_.reset(); }

 private:
  PartitionLog& LogOf(PartitionId partition) const { return context_.cluster().log(Topic::kLeadState, partition); }

  bool Fails(PartitionId partition) const {
    Chaos& chaos = context_.chaos();
    context_.cluster().PassTime(chaos.Latency());
    return !context_.cluster().HasLeader({Topic::kLeadState, partition}) || chaos.Happens(chaos.rates.failed_queries);
  }

  Result<int64_t> ReadNow(std::chrono::milliseconds timeout, std::vector<ChangelogRecord>* records) {
    if (!partition_) return Status::Fatal("changelog: nothing is being read");
    if (Fails(*partition_)) return Status::Retriable("changelog: no leader");
    const auto most = static_cast<size_t>(
        context_.chaos().random().Between(1, static_cast<int64_t>(context_.cluster().options().most_polled)));
    const int64_t from = next_;
    next_ = LogOf(*partition_).ReadCommitted(next_, most, [&](const LogEntry& entry) {
      const std::string& key = buffers_.emplace_back(entry.message.key);
      std::optional<std::string_view> value;
      if (entry.message.value) value = buffers_.emplace_back(*entry.message.value);
      records->push_back({entry.offset, key, value});
    });
    if (next_ == from) context_.cluster().PassTime(timeout);
    return next_;
  }

  const ClientContext context_;
  std::optional<PartitionId> partition_;
  int64_t next_ = 0;
  std::deque<std::string> buffers_;  // of the records given last
};

}  // namespace

std::unique_ptr<kafka::ChangelogReader> MakeSimulatedChangelogReader(const ClientContext& context) {
  return std::make_unique<SimulatedChangelogReader>(context);
}

}  // namespace leadpulse::testing
