#include "state/rocksdb/rocksdb_options.h"

#include <rocksdb/convenience.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>
#include <bit>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "processor/base/open_files.h"
#include "state/codec/published_row.h"
#include "state/codec/row_form.h"
#include "state/store/store_keys.h"

namespace leadpulse::state {
namespace {

// The other families' memory tables have the size of the leads' divided by this. All families are flushed together.
constexpr size_t kOthersShare = 4;
// Bytes of RocksDB's info log: small, because it is only needed when something is wrong.
constexpr size_t kInfoLogBytes = 1 << 20;
// With this, a look-up of a missing lead reads the disk in one case of a hundred.
constexpr double kBloomBitsPerKey = 10;
// The share of a memory table for its Bloom filter. Most leads that are looked up have been flushed, and each memory
// table without the key would cost about ten key comparisons in uncached memory.
constexpr double kMemtableFilterShare = 0.02;
// Fired timers leave tombstones where due timers are read: files with this many tombstones among that many consecutive
// keys are compacted early.
constexpr size_t kTombstoneWindow = 1024;
constexpr size_t kTombstoneTrigger = 512;

// The fewest bytes of a shard of the block cache, and the logarithm of the most shards. The index of a table file is
// one block of a megabyte or less: in the shards of half a megabyte that RocksDB makes by default, indexes drive each
// other out, and a look-up reads them again.
constexpr size_t kCacheShardBytes = 16 << 20;
constexpr int kMostCacheShardBits = 6;

constexpr int kFewFiles = 1024;

// Returns the limit of open table files: half of the process's limit, because inputs, outputs and sockets need some,
// too. All files if the limit exceeds the needs of a state of terabytes; then no look-up of open files is needed.
int MaxOpenFiles(uint64_t limit) {
  constexpr uint64_t kEnoughForAll = 1 << 17;
  constexpr int kAll = -1;
  return limit >= kEnoughForAll ? kAll : static_cast<int>(limit / 2);
}

rocksdb::CompressionType FastCompression() {
  std::vector<rocksdb::CompressionType> supported = rocksdb::GetSupportedCompressions();
  for (auto type : {rocksdb::kLZ4Compression, rocksdb::kZSTD, rocksdb::kSnappyCompression}) {
    if (std::ranges::find(supported, type) != supported.end()) return type;
  }
  return rocksdb::kNoCompression;
}

// A listener that prevents RocksDB's recovery, because after an error the store refuses to continue. By default RocksDB
// waits for space in its own thread, on a full disk without limit, and that thread may use the database after it was
// closed (seen in 7.8: a process that had reported its error ended with a segmentation fault).
class NoRecovery : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status /*error*/,
                            bool* recovery) override {
    *recovery = false;
  }
};

template <typename Slices>
std::vector<std::string_view> ViewsOf(const Slices& slices) {
  std::vector<std::string_view> views;
  views.reserve(slices.size());
  for (const rocksdb::Slice& slice : slices) views.push_back(slice.ToStringView());
  return views;
}

class Appends : public rocksdb::MergeOperator {
 public:
  const char* Name() const override { return "leadpulse.RowAppends"; }

  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    std::optional<std::string_view> row;
    if (in.existing_value != nullptr) row = in.existing_value->ToStringView();
    JoinRow(row, ViewsOf(in.operand_list), &out->new_value);
    return true;
  }

  bool PartialMergeMulti(const rocksdb::Slice& /*key*/, const std::deque<rocksdb::Slice>& operands, std::string* joined,
                         rocksdb::Logger* /*logger*/) const override {
    return JoinAppends(ViewsOf(operands), joined);
  }
};

// A merge operator that appends published changes and drops the oldest (published_row.h). Its name is persisted. Never
// fails.
class AppendsOfPublished : public rocksdb::MergeOperator {
 public:
  const char* Name() const override { return "leadpulse.PublishedAppends"; }

  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    out->new_value = Join(in.existing_value, in.operand_list);
    return true;
  }

  bool PartialMergeMulti(const rocksdb::Slice& /*key*/, const std::deque<rocksdb::Slice>& operands, std::string* joined,
                         rocksdb::Logger* /*logger*/) const override {
    *joined = Join(nullptr, operands);
    return true;
  }

 private:
  template <typename Slices>
  static std::string Join(const rocksdb::Slice* row, const Slices& appends) {
    std::string joined = row == nullptr ? "" : row->ToString();
    for (const rocksdb::Slice& append : appends) joined.append(append.data(), append.size());
    BoundPublished(&joined);
    return joined;
  }
};

std::shared_ptr<rocksdb::MergeOperator> PublishedAppends() {
  static const auto appends = std::make_shared<AppendsOfPublished>();
  return appends;
}

}  // namespace

rocksdb::DBOptions DatabaseOptions(const RocksDbOptions& options) {
  rocksdb::DBOptions db;
  db.create_if_missing = options.create_if_missing && !options.read_only;
  db.create_missing_column_families = db.create_if_missing;
  db.info_log = MakeRocksDbLog(options.read_only ? "" : options.directory, kInfoLogBytes);
  db.env = PrivateFiles();
  db.stats_dump_period_sec = 0;
  db.max_open_files = MaxOpenFiles(OpenFileLimit());
  // Each of the cache's 64 shards keeps at least one file.
  if (db.max_open_files < kFewFiles) db.table_cache_numshardbits = 0;
  db.listeners.push_back(std::make_shared<NoRecovery>());
  db.max_bgerror_resume_count = 0;
  // After a power cut the log may end in garbage: synced commits before it are kept. rocksdb_wal.h detects damage
  // before the end.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // Families are flushed together, so that a state whose log was lost is still consistent.
  db.atomic_flush = true;
  // A checksum of every whole table file, in the manifest: the blocks' checksums do not cover a few bytes at its end.
  db.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  return db;
}

std::shared_ptr<rocksdb::Cache> MakeBlockCache(size_t bytes) {
  const int shards = std::clamp(static_cast<int>(std::bit_width(bytes / kCacheShardBytes)) - 1, 0, kMostCacheShardBits);
  return rocksdb::NewLRUCache(bytes, shards);
}

rocksdb::ColumnFamilyOptions FamilyOptions(const RocksDbOptions& options, const std::string& name,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  const auto is = [&name](RowFamily family) { return name == RowFamilyName(family); };
  const bool looked_up = is(kLeads) || is(kErased);
  if (looked_up) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));

  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.compression = FastCompression();
  if (is(kLeads)) family.merge_operator = RowAppends();
  if (is(kPublished)) family.merge_operator = PublishedAppends();
  if (looked_up) {
    family.memtable_prefix_bloom_size_ratio = kMemtableFilterShare;
    family.memtable_whole_key_filtering = true;
  }
  // A commit's rows are sorted by partition and key: the insertion of a row into the memory table starts at the
  // previous row with the same prefix. The prefix is one byte longer than a partition's, so that a drop (DeleteRange)
  // does not have it: RocksDB before 9.2 mixes up the hints of ranges and rows, and loses rows (its issue 5118).
  if (is(kLeads) || is(kTimers) || is(kPublished)) {
    family.memtable_insert_with_hint_prefix_extractor.reset(
        rocksdb::NewFixedPrefixTransform(PartitionPrefix(PartitionId{0}).size() + 1));
  }
  family.write_buffer_size = is(kLeads) ? options.write_buffer_bytes : options.write_buffer_bytes / kOthersShare;
  if (is(kTimers)) {
    family.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(kTombstoneWindow, kTombstoneTrigger));
  }
  return family;
}

std::shared_ptr<rocksdb::MergeOperator> RowAppends() {
  static const auto appends = std::make_shared<Appends>();
  return appends;
}

}  // namespace leadpulse::state
