// Every row of a state as bytes, for those who look after one: check, repair, backup. What is damaged is named and
// passed over, not the end of it.
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

namespace leadpulse::state {

enum class RowFamily : size_t { kLeads, kTimers, kErased, kMeta };
// As they are called in README.md.
const char* RowFamilyName(RowFamily family);

// What cannot be read: a file, or a stretch of rows.
struct ReadFault {
  std::string subject;
  std::string what;
};

struct RowChange {
  RowFamily family = RowFamily::kLeads;
  std::string key;
  std::optional<std::string> value = std::nullopt;  // nothing: delete
};

class StateRows {
 public:
  virtual ~StateRows() = default;

  virtual uint32_t partition_count() const = 0;
  virtual const std::string& erasure_secret() const = 0;

  // What was wrong with the log and the manifest when it was opened, and with the numbers of the last commit, which
  // must be the same in all families. Reads nothing.
  virtual std::vector<ReadFault> FaultsAtOpening() const = 0;
  // These, and each table file read whole with its checksums verified.
  virtual std::vector<ReadFault> CheckFiles() const = 0;

  // Visits the rows of a family in the order of their keys, without that which numbers the last commit in `leads`,
  // `timers` and `erased`, as they were when the visit began. What cannot be read is
  // returned, and the visit goes on behind it; of a table file that is damaged in several places, what lies between
  // them may be left out.
  using RowVisitor = std::function<void(std::string_view key, std::string_view value)>;
  virtual std::vector<ReadFault> Visit(RowFamily family, const RowVisitor& visit) const = 0;

  // Nothing where there is no such row.
  virtual Result<std::optional<std::string>> Get(RowFamily family, std::string_view key) const = 0;

  // All or nothing, a commit like others, and durable after it. Only of a state that was opened to repair.
  virtual Status Write(const std::vector<RowChange>& changes) = 0;
};

enum class StateAccess {
  kRead,    // needs no lock and changes nothing; sees what was committed before it opened
  kRepair,  // takes the state's lock; retriable where another process has it
};

// For kRepair only: a reader is told by FaultsAtOpening.
struct RepairAccess {
  // Gives up finished commits of the log that cannot be read, and all that came later.
  bool accept_lost_commits = false;
  // May be null; as in RocksDbOptions.
  std::function<void(const std::string& warning)> on_damaged_log = nullptr;
};

// Rejected: there is no state, or one of another format version. Fatal: too damaged to be opened; to repair, also a
// state whose manifest lost its end, or whose log is damaged where that is not accepted, which is left as it is.
Result<std::unique_ptr<StateRows>> OpenStateRows(const std::string& directory, StateAccess access,
                                                 const RepairAccess& repair = {});

// The table files of a directory that is too damaged to be opened, each read whole.
std::vector<ReadFault> CheckTableFiles(const std::string& directory);

}  // namespace leadpulse::state
