// Whether all families of a state are of one commit, and its manifest the one that commits relied on: what RocksDB
// cannot find by itself. For state/rocksdb_*.cc only.
//
// A manifest that lost its end has lost the newest tables of some families, or of all of them while the log holds what
// came later. So each commit writes its number into every family, and how the manifest began.
#pragma once

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "state/rocksdb/rocksdb_manifest.h"

namespace leadpulse::state {

class RocksDbDatabase;

struct Consistency {
  uint64_t commit_number = 0;        // of the last commit; 0: there was none
  std::optional<std::string> loss;   // what is wrong, for the user; nothing: it is whole, as far as could be read
  Status unreadable = Status::Ok();  // why one of these rows cannot be read
};

// `manifest`: from before the database was opened. Of a state of another format nothing is said.
Consistency FindConsistency(const RocksDbDatabase& database, const std::string& directory, const OldManifest& manifest);

// What each write adds, so that the next opening can tell. One thread.
class CommitRows {
 public:
  explicit CommitRows(const std::string& directory) : manifest_(directory) {}

  // Goes on from the state as it was found at opening.
  void GoOnFrom(const Consistency& consistency) { number_ = consistency.commit_number; }
  // The next number. Fatal: the manifest cannot be read or synced.
  Status AddTo(const RocksDbDatabase& database, rocksdb::WriteBatch* batch);

 private:
  ManifestRecorder manifest_;
  uint64_t number_ = 0;
};

}  // namespace leadpulse::state
