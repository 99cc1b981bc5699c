// Reads the files of a state's write-ahead log. For state/rocksdb only.
//
// RocksDB's recovery cannot tell an unfinished commit from an acknowledged one that is damaged: kPointInTimeRecovery
// stops at both and opens, kTolerateCorruptedTailRecords refuses some torn ends and kAbsoluteConsistency all of them,
// and none looks at later records. Commits are written one after the other, so a whole record after an unreadable one
// proves that a finished commit is damaged. File format: RocksDB's wiki, "Write Ahead Log File Format"; files are not
// recycled and not compressed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::state {

enum class WalCondition {
  kWhole,
  // The last record is cut short, or followed by zeros only: caused by a kill or a power cut.
  kTorn,
  // The last record has all its bytes, and some are wrong: damage, or a power cut during the last commit.
  kUnreadableEnd,
  // Later commits follow a record that cannot be read: a finished commit is damaged.
  kDamaged,
};

struct WalFinding {
  WalCondition condition = WalCondition::kWhole;
  std::string file;          // with the first unreadable bytes; empty for kWhole
  uint64_t offset = 0;       // where these bytes are in the file; a record begins there
  uint64_t later_bytes = 0;  // from there to the end of all files
};

// A scan of the log files, made before the database is opened, which may replace them. Used by one thread.
class WalScan {
 public:
  // Reads all log files of the directory. A file that cannot be read counts as empty: opening the database reports why.
  explicit WalScan(const std::string& directory);

  // Returns the finding for the database that was opened after the scan: the first log file it needs, and its last
  // sequence number. Ignores damage of records that are already in tables.
  WalFinding Judge(uint64_t first_needed, uint64_t last_sequence) const;
  // Returns the finding for a database that cannot be opened: it is damaged if any log is not whole.
  WalFinding WithoutDatabase() const;

  // Removes everything from the finding on, durably. After a kill, a scan finds the same, or nothing wrong.
  static Status CutOff(const std::string& directory, const WalFinding& finding);

 private:
  struct LogFile {
    uint64_t number = 0;
    std::string path;
    uint64_t bytes = 0;
    uint64_t whole_bytes = 0;                 // up to the first unreadable byte
    WalCondition end = WalCondition::kWhole;  // how the file itself ends
    uint64_t last_sequence = 0;               // the first sequence number of the last whole record; 0: no record
  };
  static LogFile Scan(uint64_t number, const std::string& path);
  static std::vector<LogFile> FilesIn(const std::string& directory);
  WalFinding Measured(WalFinding found) const;

  std::vector<LogFile> files_;  // by number
};

}  // namespace leadpulse::state
