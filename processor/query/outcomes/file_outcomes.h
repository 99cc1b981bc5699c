// The outcomes of records in the folders that a run on files follows, and its dead letters, read while it runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/status.h"
#include "processor/query/outcomes/record_outcomes.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

// Outcomes from a run's state and dead letters, which one commit makes durable together: the state says whether a
// record was read, the dead letters whether it was rejected. Stores dead letters only of folders that were asked about.
class FileOutcomes : public RecordOutcomes {
 public:
  // Creates it for the inputs and the output directory as the run names them. Stores up to `most_refusals` of a folder.
  FileOutcomes(const std::vector<std::string>& inputs, const std::string& output_directory,
               size_t most_refusals = 100'000);

  // Finds the outcome of a record. `at.topic`: the absolute path of a file in one of the folders.
  Result<RecordOutcome> Find(const state::MetaReader& snapshot, const codec::SourcePosition& at) override;

 private:
  // A file's name and an offset in it. The order is that in which the records of a folder were written.
  using FileOffset = std::pair<std::string, int64_t>;
  struct Folder {
    std::string given;     // as the run names it
    std::string absolute;  // without symbolic links
    uint64_t next_dead_letter = 0;
    std::map<FileOffset, RecordRefusal> refusals = {};
    std::optional<FileOffset> forgotten = {};  // the latest record whose refusal was dropped
  };

  Folder* FindFolder(const std::string& absolute);
  Status ReadOn(const state::MetaReader& snapshot, Folder* folder) const;

  const std::string dead_letters_;
  const size_t most_refusals_;
  std::mutex mutex_;  // guards folders_
  std::vector<Folder> folders_;
};

// ---- the dead letters of a run on files ----

// Returns the size in bytes of dead-letters.jsonl at the last commit. 0: the run has not committed yet.
Result<uint64_t> CommittedDeadLetters(const state::MetaReader& state);

// Visits the lines from byte `*next` up to byte `committed`, and advances `*next`. Rejected: the file cannot be read.
Status ReadDeadLetters(const std::string& path, uint64_t committed, uint64_t* next,
                       const std::function<void(const std::string& line)>& visit);

struct RefusedRecord {
  std::string file;  // as the run names it
  int64_t offset = 0;
  RecordRefusal refusal;
};
// Parses a line; nullopt if it is no dead letter.
std::optional<RefusedRecord> ParseDeadLetterLine(const std::string& line);

}  // namespace leadpulse::query
