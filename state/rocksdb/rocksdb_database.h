// An open RocksDB with the families of a state. For state/rocksdb only. It knows families and files and whether they
// are consistent, but not the meaning of rows.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/rocksdb/rocksdb_options.h"
#include "state/rocksdb/rocksdb_own_rows.h"
#include "state/rocksdb/rocksdb_wal.h"

namespace leadpulse::state {

// An open database. Owned and closed by one thread; RocksDB's own calls are thread-safe.
class RocksDbDatabase {
 public:
  RocksDbDatabase() = default;
  ~RocksDbDatabase();
  RocksDbDatabase(const RocksDbDatabase&) = delete;
  RocksDbDatabase& operator=(const RocksDbDatabase&) = delete;

  // Opens the database. Errors as those of OpenRocksDbLeadStore. If it is opened read-only beside a writer, it tries
  // again if the writer changed or removed files meanwhile. An inconsistent state is not changed: to write, it is an
  // error; a reader finds it in consistency().
  Status Open(const RocksDbOptions& options);
  // Returns the consistency as it was at opening.
  const Consistency& consistency() const { return consistency_; }
  // Returns why rows of finished commits are missing; nullopt if the log was whole, or only its last record was cut
  // short.
  const std::optional<std::string>& log_fault() const { return log_fault_; }
  const std::string& directory() const { return options_.directory; }
  // Returns `the state in …`, the beginning of every message.
  std::string state_name() const;

  rocksdb::DB* operator->() const { return database_.get(); }
  rocksdb::DB* get() const { return database_.get(); }
  rocksdb::ColumnFamilyHandle* family(RowFamily family) const { return families_[static_cast<size_t>(family)]; }
  // Returns nullopt if there is no such row.
  Result<std::optional<std::string>> Read(RowFamily family, std::string_view row_key,
                                          const rocksdb::ReadOptions& read = {}) const;

  // Makes a copy in `target`, which must not exist: table files are hard links, the rest is copied. Writes nothing to
  // the database, so a failure does not affect it. Fatal if there is not enough room or the copy failed; its files are
  // then removed. The caller must not write meanwhile.
  Status CopyTo(const std::string& target) const;

  // Returns the error for a failed read or a failed opening, with what to do.
  Status ReadError(const rocksdb::Status& status) const;
  Status OpenError(const rocksdb::Status& status) const;
  // Returns the error for Consistency::loss.
  Status LossError() const;

  // Keeps the database open until the process ends, because closing it would write again.
  void Abandon() { abandoned_ = true; }

 private:
  Status TryOpen(bool exists, rocksdb::Status* status);
  Status FindFamilies(bool exists, std::vector<std::string>* names, rocksdb::Status* status) const;
  Status LookBeforeWriting(const std::vector<std::string>& names, const OldManifest& manifest, const WalScan& scan);
  rocksdb::Status OpenOnce(const std::vector<std::string>& names, const OldManifest& manifest);
  WalFinding JudgeLog(const WalScan& scan) const;
  void Close();

  RocksDbOptions options_;  // as given to Open
  bool abandoned_ = false;
  Consistency consistency_;
  WalFinding log_;  // as it was found at opening
  std::optional<std::string> log_fault_;
  std::unique_ptr<rocksdb::DB> database_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;                         // all, to be destroyed
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies.size()> families_ = {};  // ours among them
};

rocksdb::Slice ToSlice(std::string_view bytes);

}  // namespace leadpulse::state
