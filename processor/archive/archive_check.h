// Checks that an archive is complete: no gap, no overlap, and every file as it was written. Changes nothing. A process
// may be writing to the archive meanwhile.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "processor/archive/segment_places.h"
#include "processor/base/status.h"

namespace leadpulse::archive {

struct CheckedPlace {
  int64_t from = 0;   // where the archive begins
  int64_t until = 0;  // offset after its last record
  uint64_t records = 0;
  uint64_t aside = 0;
};

struct ArchiveReport {
  uint64_t segments = 0;  // only ended ones
  uint64_t bytes = 0;     // size of their files
  bool open = false;      // a segment is being written, or was when its process was killed
  std::map<PlaceKey, CheckedPlace> places;
  std::vector<std::string> problems;  // sentences without a full stop
};

// Returns what was checked and found. Rejected: the folder is missing or holds no archive.
Result<ArchiveReport> CheckArchive(const std::string& folder);

}  // namespace leadpulse::archive
