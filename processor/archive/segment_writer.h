// A segment's journal made into what stays of it: files of records that a run reads, compressed; what is none, aside.
#pragma once

#include <cstdint>
#include <string>

#include "leadpulse/v1/archive.pb.h"
#include "processor/archive/archive_router.h"
#include "processor/base/status.h"

namespace leadpulse::archive {

// Under their names and durable after it; the journal stays, and the manifest is not yet written. Done again it makes
// the same files, in place of those there are. Rejected: entries of the journal do not follow from each other.
Result<v1::ArchiveManifest> WriteSegmentFiles(const std::string& folder, uint64_t segment, const std::string& journal,
                                              ArchiveRouter* router);

}  // namespace leadpulse::archive
