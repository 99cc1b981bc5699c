// Checks that all families of a state are of the same commit, and that its manifest is the one that commits relied on.
// RocksDB does not check this. For state/rocksdb only.
//
// A manifest that lost its end has lost the newest tables of some families, or of all of them, while the log has later
// commits. So each commit writes its number into every family, and a fingerprint of the manifest.
#pragma once

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "state/rocksdb/rocksdb_manifest.h"
#include "state/rocksdb/rocksdb_options.h"

namespace leadpulse::state {

class RocksDbDatabase;

// The row with the number of the last commit.
std::string_view CommitRowOf(Family family);

struct Consistency {
  uint64_t commit_number = 0;        // the number of the last commit; 0: none
  std::optional<std::string> loss;   // what is wrong, for the user; nullopt: consistent, as far as it could be read
  Status unreadable = Status::Ok();  // why one of these rows cannot be read
};

// `manifest`: from before the database was opened. Does not check states of another format.
Consistency FindConsistency(const RocksDbDatabase& database, const std::string& directory, const OldManifest& manifest);

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
