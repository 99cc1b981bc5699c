// The source of a replay: records in the same order each time, those of a lead in the order in which they came.
#pragma once

#include <atomic>
#include <memory>
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
  // The record as a line of a .jsonl file (`{"event":…}`) without its line end; lives until the next call of Next.
  // Empty if the source stores it in another form: then only `decoded` is sent.
  std::string_view json;
};

struct HistoryBatch {
  std::vector<HistoryRecord> records;
  bool ended = false;  // these are the last records
};

// Owned and called by one thread. Rejected: the user can correct it; fatal: disk or brokers have failed.
class HistorySource {
 public:
  virtual ~HistorySource() = default;

  // Continues at the Position of an earlier process. Call it at most once, before the first Next. Rejected: what was
  // read before it is missing or has changed.
  virtual Status Resume(const std::string& position) = 0;
  // Clears the batch and fills it with at most `most` records (at least 1). May return none if nothing came in time, so
  // that the caller can check whether to stop.
  virtual Status Next(size_t most, HistoryBatch* batch) = 0;
  // Returns the position after the last returned record, as lines of text, each with a line end.
  virtual std::string Position() const = 0;
  // Returns the share that is read, 0 to 1; nullopt if it is unknown.
  virtual std::optional<double> Fraction() const = 0;
  // Names the file or partition that is being read, for people; empty before the first.
  virtual std::string Reading() const = 0;
};

// Opens history in files, as `leadpulse run` reads them, and in folders of such files. `paths`: files and folders, as
// given. Rejected: one of them is not an input. `stop` outlives the source.
Result<std::unique_ptr<HistorySource>> OpenFileHistory(const std::vector<std::string>& paths, int standard_input,
                                                       const std::atomic<bool>& stop);

}  // namespace leadpulse::replay
