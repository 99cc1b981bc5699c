// The store's own rows: what the state is, and which commit wrote its files. For state/rocksdb only.
//
// RocksDB checks neither that all families are of the same commit, nor that the manifest, its list of the state's
// files, is the one that commits relied on: it accepts a manifest that lost its end, or whose end cannot be read. The
// newest tables of some or all families are then missing, and the log is replayed over the gap. So each commit writes
// its number into every family, and a fingerprint of the manifest, and the next opening compares them.
#pragma once

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"

namespace leadpulse::state {

class RocksDbDatabase;

struct StateIdentity {
  uint32_t format_version = 0;
  uint32_t partition_count = 0;
  std::string erasure_secret;
};

// Reads the state's identity. nullopt: a kill interrupted the creation of the state before these rows. Rejected: a
// later format version. Fatal: they cannot be read or are damaged.
Result<std::optional<StateIdentity>> ReadStateIdentity(const RocksDbDatabase& database);

// Returns the format version that a state with this erasure secret gets.
uint32_t FormatVersionFor(std::string_view erasure_secret);

// Stores that format version, before any other row is written, with the rows that it requires.
Status RaiseFormatVersion(const RocksDbDatabase& database, const StateIdentity& identity);

// The manifest that was in use before the database was opened, because opening replaces it. Created before opening;
// used by one thread.
class OldManifest {
 public:
  explicit OldManifest(const std::string& directory);

  // Compares the manifest with `record`. Fatal, with the manifest's name, if it does not begin as `record` says.
  // Ignores records of other manifests.
  Status Check(std::string_view record) const;
  // Whether it is still in use and has the same length: a writer has added and removed no tables since.
  bool IsAsItWas(const std::string& directory) const;

 private:
  std::string name_;
  uint64_t bytes_ = 0;   // the file's size when this was created
  FileDescriptor file_;  // stays open when the file is removed; not open: no manifest
};

struct Consistency {
  uint64_t commit_number = 0;        // the number of the last commit; 0: none
  std::optional<std::string> loss;   // what is wrong, for the user; nullopt: consistent, as far as it could be read
  Status unreadable = Status::Ok();  // why one of these rows cannot be read
};

// Checks the numbers of the last commit and the manifest. `manifest`: from before the database was opened. Does not
// check states of another format.
Consistency FindConsistency(const RocksDbDatabase& database, const OldManifest& manifest);

// The rows that each commit adds for this check. Used by one thread.
class CommitRows {
 public:
  explicit CommitRows(std::string directory) : directory_(std::move(directory)) {}

  // Continues the numbering of the state as found at opening.
  void GoOnFrom(const Consistency& consistency) { number_ = consistency.commit_number; }
  // Adds the next number. Fatal if the manifest cannot be read or synced.
  Status AddTo(const RocksDbDatabase& database, rocksdb::WriteBatch* batch);

 private:
  // Returns the fingerprint of the manifest that is in use: `<name> <bytes> <XXH3-64 of these bytes, 16 hexadecimal
  // digits>`. Syncs these bytes, because the commit relies on them. Reads the file only if it has grown. Fatal if it
  // cannot be read or synced.
  Result<std::string> RecordManifest();

  const std::string directory_;
  std::string name_, record_;  // the manifest at the last commit, and its fingerprint
  uint64_t bytes_ = 0;         // its size then
  uint64_t number_ = 0;        // the last commit's
};

}  // namespace leadpulse::state
