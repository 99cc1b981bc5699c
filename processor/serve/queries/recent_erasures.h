// The leads that were erased lately, for fronts, which remove their own data about them, whoever erased them.
//
// Watches the commits of a run for rows that go. Some go for other reasons, so a front asks about each (FindErased).
// The ids are in memory only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "state/store/forwarding_store.h"

namespace leadpulse::serve {

struct ErasuresPage {
  bool reset = false;              // some are unknown: the front asks about all that it has
  std::vector<std::string> leads;  // ids
  uint64_t next = 0;               // to read after
};

// Thread-safe.
class RecentErasures : public state::CommitWatcher {
 public:
  // Of more, the oldest are forgotten. A front that has not read them gets a reset.
  static constexpr size_t kMost = 20'000;
  static constexpr size_t kMostOfPage = 1'000;

  // Returns those of a tenant that were committed after a position. Without a position: a reset.
  ErasuresPage Read(std::string_view tenant, std::optional<uint64_t> after) const;

  // Returns the position of the newest.
  uint64_t end() const;

  uint64_t Begun(const state::EpochWrite& write) override;
  // Notes that rows are restored, without leads that were erased elsewhere: the next pages are resets.
  uint64_t BegunIngest(PartitionId partition) override;
  void Ended(uint64_t number, const Status& written) override;

 private:
  mutable std::mutex mutex_;  // guards the members below
  uint64_t last_write_ = 0;
  std::map<uint64_t, std::vector<LeadKey>> open_;  // of writes that have begun; empty: an ingest
  std::deque<LeadKey> erased_;                     // at the positions from end_ - erased_.size() + 1 to end_
  uint64_t end_ = 0;
};

}  // namespace leadpulse::serve
