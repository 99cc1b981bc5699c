// The store's own rows: what the state is, and by which commit its files were written. For state/rocksdb only.
//
// RocksDB does not check that all families are of the same commit, nor that the manifest is the one that commits relied
// on: a manifest that lost its end has lost the newest tables of some families, or of all of them, while the log has
// later commits. So each commit writes its number into every family, and a fingerprint of the manifest.
#pragma once

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "state/rocksdb/rocksdb_manifest.h"

namespace leadpulse::state {

class RocksDbDatabase;

struct StateIdentity {
  uint32_t format_version = 0;
  uint32_t partition_count = 0;
  std::string erasure_secret;
};

// nullopt: a kill interrupted the creation of the state before these rows. Rejected: a later format version. Fatal:
// they cannot be read or are damaged.
Result<std::optional<StateIdentity>> ReadStateIdentity(const RocksDbDatabase& database);

// Stores the current format version, before any other row is written, with the rows that it requires.
Status RaiseFormatVersion(const RocksDbDatabase& database, const StateIdentity& identity);

struct Consistency {
  uint64_t commit_number = 0;        // the number of the last commit; 0: none
  std::optional<std::string> loss;   // what is wrong, for the user; nullopt: consistent, as far as it could be read
  Status unreadable = Status::Ok();  // why one of these rows cannot be read
};

// `manifest`: from before the database was opened. Does not check states of another format.
Consistency FindConsistency(const RocksDbDatabase& database, const OldManifest& manifest);

// The rows that each commit adds for this check. One thread.
class CommitRows {
 public:
  explicit CommitRows(const std::string& directory) : manifest_(directory) {}

  // Continues the numbers of the state as found at opening.
  void GoOnFrom(const Consistency& consistency) { number_ = consistency.commit_number; }
  // Adds the next number. Fatal: the manifest cannot be read or synced.
  Status AddTo(const RocksDbDatabase& database, rocksdb::WriteBatch* batch);

 private:
  ManifestRecorder manifest_;
  uint64_t number_ = 0;
};

}  // namespace leadpulse::state
