// The folder of an inbox: segments 000001.jsonl, 000002.jsonl, … which a run reads, the last of them while it grows;
// beside that its journal, 000003.jsonl.open; and aside/kept.jsonl for people. One receiver has it at a time.
//
// A follower of a segment must never read records that a power cut then removes. So records go first into the journal,
// and into the segment once they are durable there. The segment is synced at its end. After a power cut before that,
// the next start restores it from the journal.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"

namespace leadpulse::receiver {

struct SegmentPaths {
  std::string segment;
  std::string journal;
};

// Owned and called by one thread.
class InboxFolder {
 public:
  // Creates the folder if it is missing, and ends the segment of a killed receiver: cuts off the journal's torn last
  // line, which was never answered, and makes the segment equal to the journal. Retriable: another receiver has the
  // folder. Rejected: its files contradict each other.
  static Result<std::unique_ptr<InboxFolder>> Open(const std::string& path);

  // Returns the paths of the next segment. Creates no file.
  SegmentPaths NextSegment();
  // Removes the journal of a segment that has ended and is durable.
  Status EndSegment(const SegmentPaths& paths);
  // Returns the path of the quarantine file; creates its folder if it is missing. It is not beside the segments,
  // because a run reads all `*.jsonl` there.
  Result<std::string> QuarantineFile() const;
  // Returns the folder of the log of used tokens.
  std::string TokenFolder() const { return path_ + "/aside/used-tokens"; }

 private:
  InboxFolder(std::string path, FileDescriptor locked) : path_(std::move(path)), locked_(std::move(locked)) {}

  SegmentPaths PathsOf(uint64_t number) const;
  Status EndLeftovers();

  const std::string path_;
  const FileDescriptor locked_;
  uint64_t last_number_ = 0;
};

}  // namespace leadpulse::receiver
