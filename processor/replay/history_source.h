// What is sent again: records in an order that is the same each time, each lead's in the order in which they came.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::replay {

struct HistoryRecord {
  codec::Decoded decoded;
  codec::SourcePosition position;
  // The record as a line of a .jsonl file (`{"event":…}`), without its line end, where that is how it is kept; lives
  // until the next call of Next. Empty: it is kept in another form, and `decoded` has all that is sent of it.
  std::string_view json;
};

struct HistoryBatch {
  std::vector<HistoryRecord> records;
  bool ended = false;  // these are the last records
};

// Owned and called by one thread. Rejected: the user can help it; fatal: the world is broken.
class HistorySource {
 public:
  virtual ~HistorySource() = default;

  // What is read, as one line: the same for the same command line. By it a checkpoint is known as one of this source.
  virtual std::string Identity() const = 0;
  // Once, before the first Next: goes on behind what Position gave in an earlier process. Rejected where what was
  // read up to there is no longer there or is not the same.
  virtual Status Resume(const std::string& position) = 0;
  // Clears and fills the batch, with at most `most` records (at least 1). It may come back with none where nothing came
  // in time, so that the caller can look at whether to stop.
  virtual Status Next(size_t most, HistoryBatch* batch) = 0;
  // Behind the last record given out, as lines of text with a line end each.
  virtual std::string Position() const = 0;
  // How much of it is read, 0 to 1; nothing: not known.
  virtual std::optional<double> Fraction() const = 0;
  // What is being read, for people: a file, a partition. Empty: nothing yet.
  virtual std::string Reading() const = 0;
};

}  // namespace leadpulse::replay
