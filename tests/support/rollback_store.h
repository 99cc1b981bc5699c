// A store in memory that remembers its commits, so that it can be had as it was after fewer of them: what a crash
// leaves of one whose log is not synced.
#pragma once

#include <memory>
#include <vector>

#include "tests/support/forwarding_store.h"

namespace leadpulse::testing {

class RollbackStore : public ForwardingStore {
 public:
  explicit RollbackStore(uint32_t partitions) : ForwardingStore(partitions) {}

  Status Commit(const state::EpochWrite& write) override {
    if (sealed_) return Status::Fatal("the process that has this store is dead");
    commits_.push_back(write);
    return ForwardingStore::Commit(write);
  }

  size_t commit_count() const { return commits_.size(); }

  // Another one, as this was after so many commits.
  std::unique_ptr<RollbackStore> After(size_t commits) const {
    auto earlier = std::make_unique<RollbackStore>(partition_count());
    for (size_t i = 0; i < commits; ++i) {
      const Status committed = earlier->Commit(commits_[i]);
      LP_ASSERT(committed.ok());
    }
    return earlier;
  }

  // Nothing is written any more.
  void Seal() { sealed_ = true; }

 private:
  std::vector<state::EpochWrite> commits_;
  bool sealed_ = false;
};

}  // namespace leadpulse::testing
