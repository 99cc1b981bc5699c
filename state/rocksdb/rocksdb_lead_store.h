// The LeadStore in one RocksDB database. It bears reads beside a commit of the same partition: each row that they find
// is of before it or of after it. The layout, and what a crash at any point of a commit leaves, is described in
// state/README.md.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "state/store/lead_store.h"
#include "state/store/meta_reader.h"

namespace leadpulse::state {

// What to do where finished commits in the write-ahead log cannot be read. A last record that is cut short is no such
// damage: a kill leaves it.
enum class DamagedLog {
  // An error, and nothing is changed. Also of a last record that has all its bytes, some of them wrong, where there is
  // no `check_unfinished_log`: a power cut can leave that, but damage, too.
  kRefuse,
  kCutOff,     // the state is that of the last commit before the damage
  kStartOver,  // the state is removed, and a new one made; but for the last record, which kCutOff goes for
};

struct RocksDbOptions {
  std::string directory;
  // At creation the number of partitions (nothing: kDefaultPartitions). Of an existing state: must be the same, or
  // nothing.
  std::optional<uint32_t> partition_count = std::nullopt;
  // At creation the 32 bytes that erasures are hashed with (nothing: random ones). Of an existing state: must be the
  // same, or nothing.
  std::optional<std::string> erasure_secret = std::nullopt;
  bool create_if_missing = true;
  // Needs no lock and changes nothing: sees what was committed before it opened; Commit is refused. Several may read
  // at once. Beside a running writer it is for short use only: RocksDB may delete files under a long reader.
  bool read_only = false;
  // fsync at each commit. Off only for tests that need speed and no durability.
  bool sync = true;
  size_t block_cache_bytes = 256 << 20;  // shared by all families
  // What the family of leads gathers in memory before it is written out; the others gather a quarter of it. Twice that
  // while it is written.
  size_t write_buffer_bytes = 64 << 20;
  // When opened to write; a reader gets the state of the last commit before the damage.
  DamagedLog damaged_log = DamagedLog::kRefuse;
  // May be null. Called at most once at opening, with a sentence for the user, where the end of the write-ahead log
  // cannot be read or is given up: the state is then that of an earlier commit. A reader does not hear of a record that
  // is merely cut short, for it was never finished.
  std::function<void(const std::string& warning)> on_damaged_log = nullptr;
  // For kRefuse; may be null. Called before anything is changed where the last record of the log cannot be read, with
  // the meta rows of the state before it. Its error is that of the opening: a caller that knows the record's commit to
  // be finished refuses.
  std::function<Status(const MetaReader& meta)> check_unfinished_log = nullptr;
};

inline constexpr uint32_t kDefaultPartitions = 4;
// The stored format as a whole: keys, column families, meta, and whether rows are appended to. A state of an earlier
// one is read as it is, and takes this number when it is opened to write. A later one is a named error.
inline constexpr uint32_t kStateFormatVersion = 3;

// Named errors, each with what to do. Rejected: another format version, another partition count or erasure secret, no
// state there (read-only or without create_if_missing), not a Leadpulse state. Retriable: in use by another process.
// Fatal: a damaged database, a disk that fails.
Result<std::unique_ptr<LeadStore>> OpenRocksDbLeadStore(const RocksDbOptions& options);

// The version of the RocksDB library, for `leadpulse --version`.
std::string RocksDbVersion();

}  // namespace leadpulse::state
