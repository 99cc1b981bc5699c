// Names of the files in an archive's folder. README.md describes the files.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "leadpulse/v1/archive.pb.h"
#include "processor/base/status.h"

namespace leadpulse::archive {

inline constexpr char kManifestEnding[] = ".manifest.json";
inline constexpr char kJournalEnding[] = ".journal";
inline constexpr char kUnfinishedEnding[] = ".unfinished";
inline constexpr char kQuarantineFolder[] = "aside";

// Returns the name of a segment: `000012`. The first million sort in numeric order.
std::string SegmentName(uint64_t number);

struct ArchiveListing {
  std::map<uint64_t, std::string> manifests;  // paths, by segment
  std::map<uint64_t, std::string> journals;
  std::set<std::string> files;  // names of record files in the folder, also quarantined ones
  std::vector<std::string> unfinished;

  bool empty() const { return manifests.empty() && journals.empty() && files.empty() && unfinished.empty(); }
};
// Lists the archive's files; skips files with other names. Fatal: the folder cannot be read.
Result<ArchiveListing> ListArchive(const std::string& folder);

// Reads a manifest. Rejected: it is damaged or belongs to another segment. Retriable: it is missing.
Result<v1::ArchiveManifest> ReadManifest(const std::string& path, uint64_t segment);
// Writes a manifest; durable on return.
Status WriteManifest(const std::string& path, const v1::ArchiveManifest& manifest);

// Size and XXH3-128 of a file.
struct FileDigest {
  uint64_t bytes = 0;
  std::string hash;  // hexadecimal
};
Result<FileDigest> DigestFile(const std::string& path);

}  // namespace leadpulse::archive
