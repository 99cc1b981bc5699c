// The outcomes of commands that the workers of this process have read, for clients that wait for theirs.
//
// A partition is known from its first offset here on, and as far as its last commit. The reasons of dead letters are in
// memory only. Refusals by an earlier owner of the partition are unknown, and so are the oldest of too many refusals. A
// command sent again with its id gets another outcome, because the engine applies an id once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/ids.h"

namespace leadpulse::kafka {

// A command that became a dead letter.
struct RefusedCommand {
  // The partition and offset at which the command was read. If a mailbox sent it on to a lead, another partition has
  // refused it.
  PartitionId partition;
  int64_t offset = 0;
  std::string reason;  // `final_stage`
  std::string detail;
};

enum class CommandProgress : uint8_t {
  kElsewhere,  // this process does not read the partition, or has not restored it yet
  kNotRead,    // not committed yet
  kRead,       // committed, and in the store
  kUnknown,    // committed, and why it was refused, if it was, is no longer known
};

struct ReadCommand {
  CommandProgress progress = CommandProgress::kElsewhere;
  std::optional<RefusedCommand> refused;  // only with kRead
};

// The outcomes of the commands that workers have read. Thread-safe.
class CommandOutcomes {
 public:
  // The reader of a partition, as distinct from others of this process: a rebalance may give the partition to another
  // worker before the first one learns of it.
  using Reader = const void*;

  explicit CommandOutcomes(size_t most_refusals = 100'000) : most_refusals_(most_refusals) {}

  // Notes that `reader` reads the partition from this offset on.
  void Take(PartitionId partition, Reader reader, int64_t next);
  // Notes that `reader` has committed the commands before `next`, and the store has the same. Does nothing if another
  // reader has taken the partition.
  void Committed(PartitionId partition, Reader reader, int64_t next, std::vector<RefusedCommand> refused);
  // Does nothing if another reader has taken the partition.
  void Forget(PartitionId partition, Reader reader);

  ReadCommand Find(PartitionId partition, int64_t offset) const;
  // Returns the partitions that the workers of this process read and have restored, ascending.
  std::vector<PartitionId> Partitions() const;

 private:
  struct Read {
    Reader reader = nullptr;
    int64_t first = 0;  // the first offset whose outcome is known
    int64_t next = 0;
  };
  using RecordOffset = std::pair<PartitionId, int64_t>;
  void Remember(RefusedCommand refused);

  const size_t most_refusals_;
  mutable std::mutex mutex_;  // guards the members below
  std::map<PartitionId, Read> partitions_;
  std::map<RecordOffset, RefusedCommand> refusals_;
};

}  // namespace leadpulse::kafka
