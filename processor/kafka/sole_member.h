// The only member of a consumer group: for commands that change what a stopped deployment has committed. While it is
// the only one, no worker of the deployment runs, and its transactions are fenced like a worker's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

// Owned and called by one thread.
class SoleMember : private RebalanceListener {
 public:
  // Makes the member, which has not joined yet. `group` is its name for messages. Keeps `clock`, which must outlive
  // this. Each call waits up to `timeout` from here, or from the last BeginWait. Errors are those of MakeConsumer.
  static Result<std::unique_ptr<SoleMember>> Make(const std::string& group, Connection* connection, const Clock& clock,
                                                  std::chrono::milliseconds timeout);
  // Leaves the group.
  ~SoleMember() override { consumer_->Close(this); }

  InputConsumer* consumer() { return consumer_.get(); }
  uint32_t partition_count() const { return consumer_->partition_count(); }

  // Joins the group and waits for its partitions. Rejected if the group has other members.
  Status Join();
  // Checks that the group had no other members at the last poll; otherwise rejected. A later one fences a commit by its
  // greater generation.
  Status CheckAlone() const;
  // Polls, to stay in the group, and checks the same. Call it between steps that take long.
  Status Stay();

  void BeginWait() { deadline_ = clock_.Monotonic() + timeout_; }
  // Pauses before a call is made again, and stays in the group. Returns false if the time is over.
  bool TryAgain();
  // Repeats the call after retriable errors.
  template <typename Call>
  auto Patiently(const Call& call) -> decltype(call()) {
    while (true) {
      auto answer = call();
      if (answer.ok() || answer.status().kind() != ErrorKind::kRetriable || !TryAgain()) return answer;
    }
  }

 private:
  SoleMember(std::string group, std::unique_ptr<InputConsumer> consumer, const Clock& clock,
             std::chrono::milliseconds timeout)
      : group_(std::move(group)), consumer_(std::move(consumer)), clock_(clock), timeout_(timeout) {
    BeginWait();
  }
  void OnAssigned(const std::vector<PartitionId>& partitions) override { given_ = partitions.size(); }
  void OnRevoked(const std::vector<PartitionId>& /*partitions*/) override { given_ = 0; }
  void OnLost(const std::vector<PartitionId>& /*partitions*/) override { given_ = 0; }
  Status Poll(std::chrono::milliseconds wait);

  const std::string group_;
  const std::unique_ptr<InputConsumer> consumer_;
  const Clock& clock_;
  const std::chrono::milliseconds timeout_;
  std::chrono::steady_clock::time_point deadline_;
  size_t given_ = 0;  // number of assigned partitions
};

}  // namespace leadpulse::kafka
