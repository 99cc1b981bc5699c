#include "state/rocksdb/rocksdb_options.h"

#include <rocksdb/convenience.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "processor/base/open_files.h"
#include "state/rocksdb/rocksdb_appends.h"
#include "state/rocksdb/rocksdb_log.h"
#include "state/rocksdb/rocksdb_private_files.h"
#include "state/store/store_keys.h"

namespace leadpulse::state {
namespace {

// Of what leads gather in memory before it is written out. All families are flushed together.
constexpr size_t kOthersShare = 4;
// RocksDB's own log of what it does: kept small, it is of use only when something is wrong.
constexpr size_t kInfoLogBytes = 1 << 20;
// A one-in-a-hundred chance of a needless look at the disk for a lead that is not there.
constexpr double kBloomBitsPerKey = 10;
// Of a write buffer: a filter of what is in it. Most leads that are looked for have been written out, and each buffer
// that is asked in vain costs some ten comparisons of keys in memory that is in no cache.
constexpr double kMemtableFilterShare = 0.02;
// Fired timers leave tombstones at the very place where due timers are looked for: files with this many of them among
// that many consecutive keys are compacted early.
constexpr size_t kTombstoneWindow = 1024;
constexpr size_t kTombstoneTrigger = 512;

constexpr int kFewFiles = 1024;

// Of table files: half of what the process may open, for its inputs, outputs and sockets need some, too. All of them
// where the limit is beyond what a state can need (terabytes), which spares each look for one.
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

// After an error the store refuses to go on. By itself RocksDB waits for space in a thread of its own, in a full disk's
// case for as long as it takes, and that thread may look at the database just after it was closed (seen in 7.8: the end
// of a process that had said why it ends was a segmentation fault).
class NoRecovery : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status /*error*/,
                            bool* recovery) override {
    *recovery = false;
  }
};

}  // namespace

rocksdb::DBOptions DatabaseOptions(const RocksDbOptions& options) {
  rocksdb::DBOptions db;
  db.create_if_missing = options.create_if_missing && !options.read_only;
  db.create_missing_column_families = db.create_if_missing;
  db.info_log = MakeRocksDbLog(options.read_only ? "" : options.directory, kInfoLogBytes);
  db.env = PrivateFiles();
  db.stats_dump_period_sec = 0;
  db.max_open_files = MaxOpenFiles(OpenFileLimit());
  // Each of the 64 parts into which this cache is divided by itself keeps a file at least.
  if (db.max_open_files < kFewFiles) db.table_cache_numshardbits = 0;
  db.listeners.push_back(std::make_shared<NoRecovery>());
  db.max_bgerror_resume_count = 0;
  // After a power cut the log may end in garbage: what was synced before it is kept. Damage before that is found by
  // rocksdb_wal.h.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // Families reach the disk together, so that even a state whose log was lost is one that some commit left.
  db.atomic_flush = true;
  // Of every table file as a whole, kept in the manifest: the blocks' own leave out a few bytes of its end.
  db.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  return db;
}

rocksdb::ColumnFamilyOptions FamilyOptions(const RocksDbOptions& options, const std::string& name,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  const bool looked_up = name == kFamilyNames[kLeads] || name == kFamilyNames[kErased];
  if (looked_up) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));

  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.compression = FastCompression();
  if (name == kFamilyNames[kLeads]) family.merge_operator = RowAppends();
  if (looked_up) {
    family.memtable_prefix_bloom_size_ratio = kMemtableFilterShare;
    family.memtable_whole_key_filtering = true;
  }
  // A commit's rows come by partition and in the order of their keys: the search for a row's place in the write buffer
  // begins at the place of the one before with the same prefix. That is a byte longer than a partition's, so that no
  // drop of one (DeleteRange) has it: RocksDB before 9.2 takes a range's place for a row's, and loses rows (its issue
  // 5118).
  if (name == kFamilyNames[kLeads] || name == kFamilyNames[kTimers]) {
    family.memtable_insert_with_hint_prefix_extractor.reset(
        rocksdb::NewFixedPrefixTransform(PartitionPrefix(PartitionId{0}).size() + 1));
  }
  family.write_buffer_size =
      name == kFamilyNames[kLeads] ? options.write_buffer_bytes : options.write_buffer_bytes / kOthersShare;
  if (name == kFamilyNames[kTimers]) {
    family.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(kTombstoneWindow, kTombstoneTrigger));
  }
  return family;
}

}  // namespace leadpulse::state
