// Checks that the manifest, RocksDB's list of the files of a state, is the one that commits relied on.
//
// RocksDB accepts a manifest that lost its end, or whose end cannot be read: tables are then missing, and the log is
// replayed over the gap. So each commit records a fingerprint of the manifest, and the next opening compares it. For
// state/rocksdb only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"

namespace leadpulse::state {

// Fingerprints the manifest that is in use. One thread.
class ManifestRecorder {
 public:
  explicit ManifestRecorder(std::string directory) : directory_(std::move(directory)) {}

  // `<name> <bytes> <XXH3-64 of these bytes, 16 hexadecimal digits>`. Syncs these bytes, because the commit relies on
  // them. Reads the file only if it has grown. Fatal: it cannot be read or synced.
  Result<std::string> Record();

 private:
  const std::string directory_;
  std::string name_, record_;
  uint64_t bytes_ = 0;
};

// The manifest that was in use before the database was opened, because opening replaces it. Created before opening; one
// thread.
class OldManifest {
 public:
  explicit OldManifest(const std::string& directory);

  // Fatal, with the manifest's name, if the manifest does not begin as `record` says. Ignores records of other
  // manifests.
  Status Check(std::string_view record) const;
  // Whether it is still in use and has the same length: a writer has added and removed no tables since.
  bool IsAsItWas(const std::string& directory) const;

 private:
  std::string name_;
  uint64_t bytes_ = 0;   // the file's size when this was created
  FileDescriptor file_;  // stays open when the file is removed; not open: no manifest
};

}  // namespace leadpulse::state
