// The LeadStore in one RocksDB database. It allows reads during a commit of the same partition: each row is from before
// or after the commit. state/README.md describes the layout, and the state after a crash at any point of a commit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "state/store/lead_store.h"

namespace leadpulse::state {

// What to do if finished commits in the write-ahead log cannot be read. A last record that is cut short is not damage:
// a kill causes it.
enum class DamagedLog {
  // An error; nothing is changed. Without `check_unfinished_log` also for a last record that has all its bytes, some of
  // them wrong: a power cut can cause that, but so can damage.
  kRefuse,
  kCutOff,     // keep the last commit before the damage
  kStartOver,  // remove the state and create a new one; if only the last record is damaged, as kCutOff
};

struct RocksDbOptions {
  std::string directory;
  // At creation the number of partitions (nullopt: kDefaultPartitions). For an existing state: the same, or nullopt.
  std::optional<uint32_t> partition_count = std::nullopt;
  // At creation the erasure secret (store_keys.h; nullopt: one random key). For an existing state: the same, or
  // nullopt.
  std::optional<std::string> erasure_secret = std::nullopt;
  bool create_if_missing = true;
  // Takes no lock and changes nothing: sees the commits before it opened, and refuses Commit. Several may read at once.
  // Beside a running writer only for short use, because RocksDB may delete files of a long reader.
  bool read_only = false;
  // Whether each commit calls fsync. Off only for tests that need speed and no durability.
  bool sync = true;
  size_t block_cache_bytes = 256 << 20;  // shared by all families
  // Bytes of the memory table of the leads; the other families have a quarter of it. Twice that during a flush.
  size_t write_buffer_bytes = 64 << 20;
  // For writers; a reader gets the last commit before the damage.
  DamagedLog damaged_log = DamagedLog::kRefuse;
  // May be null. Called at most once at opening, with a sentence for the user, if the end of the write-ahead log cannot
  // be read or is given up, so that the state is that of an earlier commit. Not called for a reader if the last record
  // is only cut short, because it was never finished.
  std::function<void(const std::string& warning)> on_damaged_log = nullptr;
  // For kRefuse; may be null. Called before anything is changed if the last record of the log cannot be read, with the
  // meta rows of the state before it. It returns an error if the caller knows that the record's commit was finished;
  // opening then fails with that error.
  std::function<Status(const MetaReader& meta)> check_unfinished_log = nullptr;
};

inline constexpr uint32_t kDefaultPartitions = 4;
// The version of the stored format: keys, column families, meta, and appends. States of earlier versions are read. A
// later version is an error that names it.
inline constexpr uint32_t kStateFormatVersion = 6;
// The version that a state with one erasure key gets when it is opened to write: earlier programs read it.
inline constexpr uint32_t kOneErasureKeyVersion = 5;
// From this version on, all families have the number of the last commit: earlier ones had no published changes.
inline constexpr uint32_t kPublishedFormatVersion = 4;

// Opens the store. Each error says what to do. Rejected: another format version, another partition count or erasure
// secret, no state there (read-only or without create_if_missing), not a Leadpulse state. Retriable: in use by another
// process. Fatal: a damaged database, a disk that fails.
Result<std::unique_ptr<LeadStore>> OpenRocksDbLeadStore(const RocksDbOptions& options);

// What RocksDB says of its database now.
struct RocksDbFigures {
  uint64_t cache_bytes = 0;               // blocks of tables in the cache
  uint64_t memtable_bytes = 0;            // of all families, also those that are being flushed
  uint64_t table_bytes = 0;               // of the newest version
  uint64_t pending_compaction_bytes = 0;  // an estimate of what compactions have to read and write
  uint64_t running_compactions = 0;
  uint64_t delayed_write_rate = 0;  // bytes a second to which writes are slowed; 0: they are not
  uint64_t writes_stopped = 0;      // 1: they wait for compactions
};
// Returns the figures of a store that OpenRocksDbLeadStore has returned. Any thread; takes microseconds.
RocksDbFigures FiguresOf(const LeadStore& store);

// Returns the version of the RocksDB library, for `leadpulse --version`.
std::string RocksDbVersion();

}  // namespace leadpulse::state
