// A store that measures what it is asked for and given at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/support/forwarding_store.h"

namespace leadpulse::testing {

class MeasuredStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  // Returns the most bytes of rows in one MultiGet, and in one Commit.
  size_t largest_read() const { return largest_read_; }
  size_t largest_commit() const { return largest_commit_; }
  // Returns the number of rows in all of them together.
  size_t rows_read() const { return rows_read_; }
  size_t rows_committed() const { return rows_committed_; }
  void Reset() { largest_read_ = largest_commit_ = rows_read_ = rows_committed_ = 0; }

  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                           std::span<const state::EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    auto rows = ForwardingStore::MultiGet(partition, keys, max_bytes);
    if (!rows.ok()) return rows;
    size_t bytes = 0;
    for (const std::optional<std::string>& row : *rows) bytes += row ? row->size() : 0;
    largest_read_ = std::max(largest_read_, bytes);
    rows_read_ += rows->size();
    return rows;
  }
  Status Commit(const state::EpochWrite& write) override {
    size_t bytes = 0;
    for (const state::RowWrite& row : write.leads) bytes += row.value ? row.value->size() : 0;
    largest_commit_ = std::max(largest_commit_, bytes);
    rows_committed_ += write.leads.size();
    return ForwardingStore::Commit(write);
  }

 private:
  mutable size_t largest_read_ = 0;
  mutable size_t rows_read_ = 0;
  size_t largest_commit_ = 0;
  size_t rows_committed_ = 0;
};

}  // namespace leadpulse::testing
