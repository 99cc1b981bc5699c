// A store in memory that records its commits and can be rebuilt as it was after fewer of them, as a crash leaves a
// store whose log is not synced. An ingestion counts as a commit, because commits before it become durable first.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/forwarding_store.h"

namespace leadpulse::testing {

class RollbackStore : public ForwardingStore {
 public:
  explicit RollbackStore(uint32_t partitions) : ForwardingStore(partitions) {}

  Status Commit(const state::EpochWrite& write) override {
    if (sealed_) return Status::Fatal("the process that has this store is dead");
    commits_.push_back({write, std::nullopt});
    return ForwardingStore::Commit(write);
  }
  Status Ingest(PartitionId partition, std::span<const state::IngestedLead> leads,
                std::span<const state::DueTimer> timers) override {
    if (sealed_) return Status::Fatal("the process that has this store is dead");
    Ingestion ingestion{partition, {}, {timers.begin(), timers.end()}};
    for (const state::IngestedLead& lead : leads) ingestion.leads.emplace_back(lead.key, lead.value);
    commits_.push_back({{}, std::move(ingestion)});
    return ForwardingStore::Ingest(partition, leads, timers);
  }

  size_t commit_count() const { return commits_.size(); }

  // Returns a new store with the contents after the first `commits` commits.
  std::unique_ptr<RollbackStore> After(size_t commits) const {
    auto earlier = std::make_unique<RollbackStore>(partition_count());
    for (size_t i = 0; i < commits; ++i) {
      const Status committed = earlier->Again(commits_[i]);
      LP_ASSERT(committed.ok());
    }
    return earlier;
  }

  // Makes every later write fail.
  void Seal() { sealed_ = true; }

 private:
  struct Ingestion {
    PartitionId partition;
    std::vector<std::pair<std::string, std::optional<std::string>>> leads;
    std::vector<state::DueTimer> timers;
  };
  struct Done {
    state::EpochWrite write;
    std::optional<Ingestion> ingestion;  // instead of a commit
  };

  Status Again(const Done& done) {
    if (!done.ingestion) return Commit(done.write);
    std::vector<state::IngestedLead> leads;
    for (const auto& [key, value] : done.ingestion->leads) leads.push_back({key, value});
    return Ingest(done.ingestion->partition, leads, done.ingestion->timers);
  }

  std::vector<Done> commits_;
  bool sealed_ = false;
};

}  // namespace leadpulse::testing
