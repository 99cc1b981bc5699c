// What stands in the write-ahead log of a state, read from its files: for state/rocksdb_*.cc only.
//
// RocksDB's recovery cannot tell a commit that was never finished from one that was acknowledged and is damaged:
// kPointInTimeRecovery stops at both and opens, kTolerateCorruptedTailRecords refuses some torn ends and
// kAbsoluteConsistency all of them, and none looks for what stands behind. Commits are written one after the other, so
// a whole record behind an unreadable place proves that a finished commit is damaged.
// The form of the files: RocksDB's wiki, "Write Ahead Log File Format"; they are not recycled and not compressed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::state {

enum class WalCondition {
  kWhole,
  // The last record is cut short, or nothing but zeros are behind it: a kill or a power cut leaves that.
  kTorn,
  // The last record has all its bytes, and some are wrong: damage, or a power cut within the last commit.
  kUnreadableEnd,
  // Later commits stand behind a record that cannot be read: one that was finished is damaged.
  kDamaged,
};

struct WalFinding {
  WalCondition condition = WalCondition::kWhole;
  std::string file;          // where the unreadable bytes begin; empty for kWhole
  uint64_t offset = 0;       // of them in it; a record begins there
  uint64_t later_bytes = 0;  // from there to the end of all files
};

// Read before the database is opened, which may replace the files. One thread.
class WalScan {
 public:
  // Reads all log files of the directory. A file that cannot be read counts as empty: opening the database says why.
  explicit WalScan(const std::string& directory);

  // For the database that was opened after the scan: the first log file it needs, and the last sequence number that it
  // came to. What RocksDB had on record in tables already is not missed.
  WalFinding Judge(uint64_t first_needed, uint64_t last_sequence) const;
  // For a database that cannot be opened, which is damaged where any log is not whole.
  WalFinding WithoutDatabase() const;

  // Removes all that is behind the place of a finding, durably. Killed in the middle, the same finding is made again,
  // or nothing is left of it.
  static Status CutOff(const std::string& directory, const WalFinding& finding);

 private:
  struct LogFile {
    uint64_t number = 0;
    std::string path;
    uint64_t bytes = 0;
    uint64_t whole_bytes = 0;                 // up to the first place that cannot be read
    WalCondition end = WalCondition::kWhole;  // of the file alone
    uint64_t last_sequence = 0;               // at which the last whole record begins; 0: there is none
  };
  static LogFile Scan(uint64_t number, const std::string& path);
  static std::vector<LogFile> FilesIn(const std::string& directory);
  WalFinding Measured(WalFinding found) const;

  std::vector<LogFile> files_;  // by number
};

}  // namespace leadpulse::state
