// Every row of a state as bytes, for check, repair and backup. Damaged rows are reported and skipped.
//
// Owned and called by one thread. store_keys.h says what the keys are, README.md what the values are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"
#include "state/store/lead_reader.h"

namespace leadpulse::state {

enum class RowFamily : size_t { kLeads, kTimers, kErased, kMeta, kPublished };
// Returns the name in README.md.
const char* RowFamilyName(RowFamily family);

// A file or a range of rows that cannot be read.
struct ReadFault {
  std::string subject;
  std::string what;
};

struct RowChange {
  RowFamily family = RowFamily::kLeads;
  std::string key;
  std::optional<std::string> value = std::nullopt;  // nullopt: delete
};

// Appends the changes that give a state this erasure secret. The caller rewrites what is stored under the former one.
void AppendErasureSecret(std::string_view secret, std::vector<RowChange>* changes);

class StateRows {
 public:
  virtual ~StateRows() = default;

  virtual uint32_t partition_count() const = 0;
  virtual const std::string& erasure_secret() const = 0;

  // Returns the faults found at opening: in the log, the manifest, and the numbers of the last commit, which must be
  // the same in all families. Reads nothing.
  virtual std::vector<ReadFault> FaultsAtOpening() const = 0;
  // Returns the same and the faults of all table files, which it reads to verify their checksums.
  virtual std::vector<ReadFault> CheckFiles() const = 0;

  // Visits the rows of a family in the order of their keys, as they were when the visit began, without the row that
  // numbers the last commit, except in `meta`. Skips and returns what cannot be read; rows between several damaged
  // parts of one table file may be skipped, too.
  using RowVisitor = std::function<void(std::string_view key, std::string_view value)>;
  virtual std::vector<ReadFault> Visit(RowFamily family, const RowVisitor& visit) const = 0;

  // Returns nullopt if there is no such row.
  virtual Result<std::optional<std::string>> Get(RowFamily family, std::string_view key) const = 0;

  // Writes all changes in one durable commit. Only for a state that was opened to repair.
  virtual Status Write(const std::vector<RowChange>& changes) = 0;
};

// Returns a reader of the argument, which outlives it, as for a LeadReader.
inline MetaReader MetaOf(const StateRows& rows) {
  return [&rows](std::string_view name) { return rows.Get(RowFamily::kMeta, name); };
}

enum class StateAccess {
  kRead,    // needs no lock and changes nothing; sees what was committed before it opened
  kRepair,  // takes the state's lock; retriable if another process has it
};

// For kRepair only; a reader calls FaultsAtOpening instead.
struct RepairAccess {
  // Gives up finished commits of the log that cannot be read, and all later ones.
  bool accept_lost_commits = false;
  // May be null; as in RocksDbOptions.
  std::function<void(const std::string& warning)> on_damaged_log = nullptr;
};

// Opens the rows. Rejected if there is no state, or its format version is not supported. Fatal if it is too damaged to
// be opened. For kRepair also fatal, without a change, if the manifest lost its end, or the log is damaged and that is
// not accepted.
Result<std::unique_ptr<StateRows>> OpenStateRows(const std::string& directory, StateAccess access,
                                                 const RepairAccess& repair = {});

// Reads all table files of a directory that is too damaged to be opened.
std::vector<ReadFault> CheckTableFiles(const std::string& directory);

}  // namespace leadpulse::state
