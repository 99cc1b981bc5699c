// Writes the folder of an archive. Entries go into the journal of a segment; when the segment ends, they become files.
// The files are the only record of the archive's positions. After a kill at any moment, it continues after the last
// whole entry.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "leadpulse/v1/archive.pb.h"
#include "processor/archive/archive_layout.h"
#include "processor/archive/archive_router.h"
#include "processor/archive/segment_journal.h"
#include "processor/archive/segment_places.h"
#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"

namespace leadpulse::archive {

// The folder of an archive, owned and called by one thread. After a failed call (fatal), write nothing more; start
// again.
class ArchiveFolder {
 public:
  // Creates the folder if it is missing, and finishes a segment whose end was interrupted by a kill. Retriable: another
  // process writes to it. Rejected: its segments have a gap, or it holds other files. `router` outlives this.
  static Result<std::unique_ptr<ArchiveFolder>> Open(const std::string& path, ArchiveRouter* router);

  const ArchivedPositions& positions() const { return positions_; }
  // Sets the offset at which a place begins, unless the archive already has the place.
  void Begin(const PlaceKey& key, int64_t from) { positions_.try_emplace(key, ArchivedTo{from, std::nullopt, 0}); }

  // Begins a segment if none is open. The records of a place must come in ascending order of offset.
  Status Append(v1::ArchiveEntry entry);
  Status Sync();
  // Does nothing if no segment is open.
  Status EndSegment();
  // Returns the size of the open segment's journal; 0 if no segment is open.
  uint64_t segment_bytes() const { return journal_ == nullptr ? 0 : journal_->bytes(); }

 private:
  ArchiveFolder(std::string path, FileDescriptor locked, ArchiveRouter* router)
      : path_(std::move(path)), locked_(std::move(locked)), router_(router) {}

  std::string PathOf(const char* ending) const { return path_ + "/" + SegmentName(segment_) + ending; }
  Status TakeOver();
  Status CheckHoldsNothingElse() const;
  Status TakeManifests(const ArchiveListing& listing);
  Status OpenJournal();
  void TakePositions();
  Status FinishSegment();

  const std::string path_;
  const FileDescriptor locked_;
  ArchiveRouter* const router_;
  ArchivedPositions positions_;
  uint64_t segment_ = 0;  // the open one, or the last that has ended
  std::unique_ptr<SegmentJournal> journal_;
  SegmentPlaces places_;  // the offsets that the open segment holds, by partition
  bool dirty_ = false;
};

}  // namespace leadpulse::archive
