// Journal of the open segment: entries, each with its length and checksum before it. It only grows. The next start cuts
// off an entry that a kill or a power cut left incomplete, and reads its records from the topics again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "leadpulse/v1/archive.pb.h"
#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"

namespace leadpulse::archive {

// Callback for each entry. An error ends the reading.
using VisitEntry = std::function<Status(const v1::ArchiveEntry& entry)>;

struct JournalExtent {
  uint64_t whole = 0;    // bytes of whole entries
  uint64_t behind = 0;   // bytes after the whole entries
  bool damaged = false;  // those bytes hold an entry of full length with a wrong checksum, not just part of one
};

// Reads all whole entries. Retriable: the file is missing.
Result<JournalExtent> ReadJournal(const std::string& path, const VisitEntry& visit);

// An open journal, owned and called by one thread. After a failed call, append nothing more.
class SegmentJournal {
 public:
  // Creates the file durably if it is missing. Calls `visit` for each whole entry, and cuts off the rest.
  static Result<std::unique_ptr<SegmentJournal>> Open(const std::string& path, const VisitEntry& visit);

  Status Append(const v1::ArchiveEntry& entry);
  Status Sync();
  uint64_t bytes() const { return bytes_; }
  const std::string& path() const { return path_; }

 private:
  SegmentJournal(std::string path, FileDescriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  const std::string path_;
  const FileDescriptor file_;
  uint64_t bytes_ = 0;
};

}  // namespace leadpulse::archive
