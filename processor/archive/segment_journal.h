// The journal of the segment that is being written: entries, each after its length and its checksum. It only grows, and
// what a kill or a power cut left of an entry is cut off at the next start: that much is read from the topics again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "leadpulse/v1/archive.pb.h"
#include "processor/base/status.h"

namespace leadpulse::archive {

// An error ends the reading.
using VisitEntry = std::function<Status(const v1::ArchiveEntry& entry)>;

struct JournalExtent {
  uint64_t whole = 0;    // bytes of whole entries
  uint64_t behind = 0;   // and of what is none, behind them
  bool damaged = false;  // there: an entry of its full length that is not what was written, not just the half of one
};

// Reads all whole entries. Retriable: there is no such file.
Result<JournalExtent> ReadJournal(const std::string& path, const VisitEntry& visit);

// Owned and called by one thread. After a failed call nothing is to be appended any more.
class SegmentJournal {
 public:
  // Made, durably, where it is missing. What there is goes to `visit`, and what is no whole entry is cut off.
  static Result<std::unique_ptr<SegmentJournal>> Open(const std::string& path, const VisitEntry& visit);
  ~SegmentJournal();
  SegmentJournal(const SegmentJournal&) = delete;
  SegmentJournal& operator=(const SegmentJournal&) = delete;

  Status Append(const v1::ArchiveEntry& entry);
  Status Sync();
  uint64_t bytes() const { return bytes_; }
  const std::string& path() const { return path_; }

 private:
  SegmentJournal(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  const std::string path_;
  const int descriptor_;
  uint64_t bytes_ = 0;
};

}  // namespace leadpulse::archive
