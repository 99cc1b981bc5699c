// The folder of an archive, for who writes it: entries go into the journal of a segment, and a segment that ends
// becomes files. How far the archive has come is what is in its files, and nothing else: killed anywhere, it goes on
// behind the last whole entry.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "leadpulse/v1/archive.pb.h"
#include "processor/archive/archive_layout.h"
#include "processor/archive/archive_router.h"
#include "processor/archive/segment_journal.h"
#include "processor/archive/segment_places.h"
#include "processor/base/status.h"

namespace leadpulse::archive {

// Owned and called by one thread. After a failed call (fatal) nothing is to be written any more; start again.
class ArchiveFolder {
 public:
  // Makes the folder where it is missing, and ends the segment whose end a kill has interrupted. Retriable: another
  // process writes to it. Rejected: what it holds does not follow from each other, or is
  // somebody else's. `router` outlives this.
  static Result<std::unique_ptr<ArchiveFolder>> Open(const std::string& path, ArchiveRouter* router);
  ~ArchiveFolder();
  ArchiveFolder(const ArchiveFolder&) = delete;
  ArchiveFolder& operator=(const ArchiveFolder&) = delete;

  const ArchivedPositions& positions() const { return positions_; }
  // Of a place that the archive does not have yet: from where on it will.
  void Begin(const PlaceKey& key, int64_t from) { positions_.try_emplace(key, ArchivedTo{from, std::nullopt, 0}); }

  // Begins a segment where none is open. In order: a place's records by ascending offset.
  Status Append(v1::ArchiveEntry entry);
  Status Sync();
  // Does nothing where no segment is open.
  Status EndSegment();
  // Of the journal; 0: no segment is open.
  uint64_t segment_bytes() const { return journal_ == nullptr ? 0 : journal_->bytes(); }

 private:
  ArchiveFolder(std::string path, int descriptor, ArchiveRouter* router)
      : path_(std::move(path)), descriptor_(descriptor), router_(router) {}

  std::string PathOf(const char* ending) const { return path_ + "/" + SegmentName(segment_) + ending; }
  Status TakeOver();
  Status CheckHoldsNothingElse() const;
  Status TakeManifests(const ArchiveListing& listing);
  Status OpenJournal();
  void TakePositions();
  Status FinishSegment();

  const std::string path_;
  const int descriptor_;  // locked
  ArchiveRouter* const router_;
  ArchivedPositions positions_;
  uint64_t segment_ = 0;  // the last that has ended, or the one that is open
  std::unique_ptr<SegmentJournal> journal_;
  SegmentPlaces places_;  // of the open one
  bool dirty_ = false;
};

}  // namespace leadpulse::archive
