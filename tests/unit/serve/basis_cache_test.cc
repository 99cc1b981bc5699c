// The basis of answers is read once for each write of a store that stays open, and each time of stores that may differ.
#include "processor/serve/queries/basis_cache.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "tests/support/forwarding_store.h"

namespace leadpulse::serve::basis_cache_test {

// A store that numbers its writes, as RocksDB does, and counts reads of its entries.
class NumberedStore : public testing::ForwardingStore {
 public:
  NumberedStore() : ForwardingStore(/*partitions=*/4) {}
  std::optional<uint64_t> LastWrite() const override { return last_write_; }
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override {
    ++reads_;
    return ForwardingStore::GetMeta(name);
  }
  void CommitClock(Instant clock) {
    state::EpochWrite write;
    engine::LocalPosition run;
    run.position.clock = clock;
    run.outputs.emplace();
    engine::AppendRunPosition(run, &write);
    engine::AppendRunDefinitions({.text = "tenants: {}\n", .number = {3}, .engine_version = engine::kEngineVersion},
                                 &write);
    ASSERT_TRUE(Commit(write).ok());
    ++last_write_;
  }
  int reads() const { return reads_; }

 private:
  uint64_t last_write_ = 0;
  mutable int reads_ = 0;
};

TEST(BasisCacheTest, AWriteIsReadOnce) {
  NumberedStore store;
  BasisCache cache(/*is_one_store=*/true);
  EXPECT_FALSE(cache.Read(store).ok());  // there is nothing yet
  store.CommitClock({1});
  EXPECT_EQ(cache.Read(store)->clock, Instant{1});
  const int reads = store.reads();
  const auto again = cache.Read(store);
  EXPECT_EQ(again->clock, Instant{1});
  EXPECT_NE(again->definitions, nullptr);
  EXPECT_EQ(store.reads(), reads);
  store.CommitClock({2});
  EXPECT_EQ(cache.Read(store)->clock, Instant{2});
}

TEST(BasisCacheTest, AStoreThatIsOpenedAgainIsReadAgain) {
  NumberedStore first, second;
  first.CommitClock({1});
  second.CommitClock({2});
  BasisCache cache;
  EXPECT_EQ(cache.Read(first)->clock, Instant{1});
  EXPECT_EQ(cache.Read(second)->clock, Instant{2});  // with the same number
}

}  // namespace leadpulse::serve::basis_cache_test
