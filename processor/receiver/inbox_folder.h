// The folder of an inbox: segments 000001.jsonl, 000002.jsonl, … which a run reads, the last of them while it grows;
// beside that its journal, 000003.jsonl.open; and aside/kept.jsonl for people. One receiver has it at a time.
//
// Who follows a segment must never have read what a power cut then takes away. So records go into the journal first and
// into the segment only once they are durable there; the segment itself is made durable at its end, and until then what
// it lacks is put back from the journal at the next start.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "processor/base/status.h"

namespace leadpulse::receiver {

struct SegmentPaths {
  std::string segment;
  std::string journal;
};

// Owned and called by one thread.
class InboxFolder {
 public:
  // Makes the folder where it is missing, and ends the segment that a killed receiver was writing: a last line of the
  // journal that is torn, which was never answered, is cut off, and the segment made equal to it. Retriable: another
  // receiver has the folder. Rejected: it holds what cannot be right.
  static Result<std::unique_ptr<InboxFolder>> Open(const std::string& path);
  ~InboxFolder();
  InboxFolder(const InboxFolder&) = delete;
  InboxFolder& operator=(const InboxFolder&) = delete;

  // Where the next segment goes. No file is made.
  SegmentPaths NextSegment();
  // The segment has ended, and is durable: its journal goes.
  Status EndSegment(const SegmentPaths& paths);
  // The path of what is kept for people; its folder is made where it is missing. Not beside the segments: `*.jsonl` is
  // what a run reads.
  Result<std::string> QuarantineFile() const;
  // Where used tokens are logged.
  std::string TokenFolder() const { return path_ + "/aside/used-tokens"; }

 private:
  InboxFolder(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  SegmentPaths PathsOf(uint64_t number) const;
  Status EndLeftovers();

  const std::string path_;
  const int descriptor_;  // locked
  uint64_t last_number_ = 0;
};

}  // namespace leadpulse::receiver
