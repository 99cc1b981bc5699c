// A store that counts the leads that are read from another one. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/forwarding_store.h"

namespace leadpulse::bench {

class CountingStore : public testing::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    ++asked_;
    return ForwardingStore::Get(partition, key);
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                           std::span<const state::EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    asked_ += keys.size();
    return ForwardingStore::MultiGet(partition, keys, max_bytes);
  }
  uint64_t asked() const { return asked_; }

 private:
  mutable uint64_t asked_ = 0;
};

}  // namespace leadpulse::bench
