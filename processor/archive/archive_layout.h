// The names of the files in an archive's folder. README.md describes the files.
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

// `000012`: so that names order as numbers for the first million.
std::string SegmentName(uint64_t number);

struct ArchiveListing {
  std::map<uint64_t, std::string> manifests;  // paths, by segment
  std::map<uint64_t, std::string> journals;
  std::set<std::string> files;  // names of record files in the folder, also quarantined ones
  std::vector<std::string> unfinished;

  bool empty() const { return manifests.empty() && journals.empty() && files.empty() && unfinished.empty(); }
};
// Fatal: the folder cannot be read. Files with other names are skipped.
Result<ArchiveListing> ListArchive(const std::string& folder);

// Rejected: it is damaged, or belongs to another segment. Retriable: it is missing.
Result<v1::ArchiveManifest> ReadManifest(const std::string& path, uint64_t segment);
// Durable when it returns.
Status WriteManifest(const std::string& path, const v1::ArchiveManifest& manifest);

// The size and the XXH3-128 of a file. Rejected: it is missing.
struct FileDigest {
  uint64_t bytes = 0;
  std::string hash;  // hexadecimal
};
Result<FileDigest> DigestFile(const std::string& path);

}  // namespace leadpulse::archive
