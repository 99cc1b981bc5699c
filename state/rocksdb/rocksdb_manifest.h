// Whether the manifest, RocksDB's list of the files that make up a state, still says what commits relied on.
//
// RocksDB takes a manifest that lost its end, or whose end cannot be read, for one that was never longer: tables are
// then missing, and the log is replayed over the gap. So each commit records how the manifest began, and the next
// opening compares. For state/rocksdb_*.cc only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/status.h"

namespace leadpulse::state {

// The manifest that is in use, as commits go on. One thread.
class ManifestRecorder {
 public:
  explicit ManifestRecorder(std::string directory) : directory_(std::move(directory)) {}

  // As text: `<name> <bytes> <XXH3-64 of them: 16 hexadecimal digits>`. These bytes are durable after it: a power cut
  // must not take what a commit relies on. Reads the file only where it has grown. Fatal: it cannot be read or synced.
  Result<std::string> Record();

 private:
  const std::string directory_;
  std::string name_, record_;
  uint64_t bytes_ = 0;
};

// The manifest that was in use before the database was opened, which replaces it. Made before opening; one thread.
class OldManifest {
 public:
  explicit OldManifest(const std::string& directory);
  ~OldManifest();
  OldManifest(const OldManifest&) = delete;
  OldManifest& operator=(const OldManifest&) = delete;

  // Rejects nothing that is about another manifest. Fatal, with the manifest's name: it does not begin like that.
  Status Check(std::string_view record) const;
  // Whether it is still in use and as long as it was: a writer has added and removed no tables since.
  bool IsAsItWas(const std::string& directory) const;

 private:
  std::string name_;
  uint64_t bytes_ = 0;   // of the file, when this was made
  int descriptor_ = -1;  // open also after the file was removed; -1: there was none
};

}  // namespace leadpulse::state
