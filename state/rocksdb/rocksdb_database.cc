#include "state/rocksdb/rocksdb_database.h"

#include <errno.h>
#include <rocksdb/cache.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include "processor/base/open_files.h"
#include "state/rocksdb/rocksdb_identity.h"
#include "state/store/state_directory.h"

namespace leadpulse::state {
namespace {

// For a reader beside a writer: each try reads the files again.
constexpr int kReadOnlyTries = 20;

bool IsOurs(const std::string& family) { return std::ranges::find(kFamilyNames, family) != kFamilyNames.end(); }

// RocksDB would treat it as a new database, and remove them.
Status ForgottenTables(const std::string& directory) {
  return OpenError(rocksdb::Status::Corruption("the manifest knows nothing of the table files that are there"),
                   directory);
}

// Whether a database without our families has data. One of ours has none, if it was killed while it was created.
bool HoldsRows(const RocksDbOptions& options, const std::vector<std::string>& names) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  RocksDbOptions only_looking = options;
  only_looking.read_only = true;  // leaves no log in what may be someone else's
  const rocksdb::DBOptions db = DatabaseOptions(only_looking);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status = rocksdb::DB::OpenForReadOnly(db, options.directory, families, &handles, &opened);
  if (!status.ok()) return false;  // opening it to write says why
  std::unique_ptr<rocksdb::DB> database(opened);
  bool any = false;
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    std::unique_ptr<rocksdb::Iterator> row(database->NewIterator(rocksdb::ReadOptions(), handle));
    row->SeekToFirst();
    any = any || row->Valid();
    row.reset();
    database->DestroyColumnFamilyHandle(handle);
  }
  return any;
}

// The existing families, or ours for a new database. `status` is RocksDB's error if they cannot be listed.
Status FamiliesToOpen(const RocksDbOptions& options, bool exists, std::vector<std::string>* names,
                      rocksdb::Status* status) {
  if (exists) {
    // Before the families are listed, because a state may be being created.
    const bool holds_tables = HoldsTableFiles(options.directory);
    *status = rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), options.directory, names);
    if (!status->ok()) return OpenError(*status, options.directory);
    bool initialized = std::ranges::find(*names, kFamilyNames[kMeta]) != names->end();
    bool foreign = std::ranges::any_of(
        *names, [](const std::string& name) { return name != rocksdb::kDefaultColumnFamilyName && !IsOurs(name); });
    if (foreign && !initialized) {
      return Status::Rejected(options.directory + " holds a RocksDB database that is not a Leadpulse state. Take " +
                              "another --state directory.");
    }
    if (!initialized && holds_tables) return ForgottenTables(options.directory);
    if (!initialized && HoldsRows(options, *names)) {
      return Status::Rejected(options.directory + " holds a RocksDB database that is not a Leadpulse state, or one " +
                              "whose manifest is damaged. Take another --state directory, or restore the state from " +
                              "a copy.");
    }
    // Killed while it was created: it has no data yet.
    if (!initialized && (options.read_only || !options.create_if_missing)) return MissingStateError(options.directory);
  } else {
    names->push_back(rocksdb::kDefaultColumnFamilyName);
  }
  for (const char* ours : kFamilyNames) {
    if (std::ranges::find(*names, ours) == names->end()) names->push_back(ours);
  }
  return Status::Ok();
}

// Whether a file is missing that another file names: a writer removes compacted tables, old manifests and old logs.
bool MissedAFile(const rocksdb::Status& status) {
  return status.IsPathNotFound() || status.ToString().find("No such file") != std::string::npos;
}

// RocksDB's statuses have only the text of a system error.
int ErrorOf(const std::string& text) {
  for (const int error : {EMFILE, ENFILE}) {
    if (text.find(strerror(error)) != std::string::npos) return error;
  }
  return 0;
}

std::string SpellPlace(const WalFinding& log) {
  return log.file + ", " + std::to_string(log.later_bytes) + " bytes from byte " + std::to_string(log.offset) + " on";
}

// nullopt: no finished commit is missing.
std::optional<std::string> LogFault(const WalFinding& log) {
  if (log.condition == WalCondition::kUnreadableEnd) return "its end cannot be read (" + SpellPlace(log) + ")";
  if (log.condition == WalCondition::kDamaged) {
    return "it cannot be read before its end, and finished commits stand behind that (" + SpellPlace(log) + ")";
  }
  return std::nullopt;
}

std::string EarlierCommit(const std::string& directory, const WalFinding& log) {
  return StateIn(directory) + " goes on from an earlier commit, for the end of its log cannot be read (" +
         SpellPlace(log) + "): a kill or a power cut can leave that, or damage. What came after that commit is read " +
         "from the inputs once more: give all of the earlier runs again.";
}

std::string StartsOver(const std::string& directory, const WalFinding& log) {
  return StateIn(directory) + " is damaged and removed, for finished commits in its log cannot be read (" +
         SpellPlace(log) + "). A new one is made, and all of it is read again.";
}

Status DamagedLogError(const std::string& directory, const WalFinding& log) {
  return Status::Fatal(StateIn(directory) + " is damaged: commits in its log cannot be read (" + SpellPlace(log) +
                       "). Restore a backup (leadpulse state restore). Without one, give up these " +
                       "commits (leadpulse state repair --accept-lost-commits --state " + directory +
                       ") and give all inputs of the earlier runs again: what is given up is cut off the outputs " +
                       "and written again.");
}

Status CutOffLog(const std::string& directory, const WalFinding& log) {
  const Result<std::unique_ptr<StateLock>> lock = StateLock::Take(directory);
  return lock.ok() ? WalScan::CutOff(directory, log) : lock.status();
}

// Kept until the process ends. It stays reachable, so leak checkers do not report it.
void LeaveAsItIs(rocksdb::DB* database, std::vector<rocksdb::ColumnFamilyHandle*> families) {
  struct Left {
    rocksdb::DB* database;
    std::vector<rocksdb::ColumnFamilyHandle*> families;
  };
  static std::mutex mutex;
  static auto* const left = new std::vector<Left>;
  const std::lock_guard lock(mutex);
  left->push_back({database, std::move(families)});
}

}  // namespace

RocksDbDatabase::~RocksDbDatabase() {
  if (abandoned_) LeaveAsItIs(database_.release(), std::move(handles_));
  Close();
}

void RocksDbDatabase::Close() {
  if (database_ == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* handle : handles_) database_->DestroyColumnFamilyHandle(handle);
  handles_.clear();
  database_.reset();
}

Status RocksDbDatabase::Open(const RocksDbOptions& options) {
  const bool create = options.create_if_missing && !options.read_only;
  LP_ASSIGN_OR_RETURN(StateDirectory holds, PrepareStateDirectory(options.directory, create));
  const bool exists = holds == StateDirectory::kHoldsState;
  for (int tries = options.read_only ? kReadOnlyTries : 1;; --tries) {
    rocksdb::Status status;
    Status opened = TryOpen(options, exists, &status);
    // A reader is warned if a finished commit is missing, a writer also if the last one was never finished.
    const bool tell = options.read_only ? log_fault_.has_value() : log_.condition != WalCondition::kWhole;
    if (opened.ok() && tell && options.on_damaged_log != nullptr) {
      options.on_damaged_log(EarlierCommit(options.directory, log_));
    }
    if (opened.ok() || tries == 1) return opened;
    if (!MissedAFile(status) && opened.kind() != ErrorKind::kRetriable) return opened;
  }
}

// `status`: RocksDB's result.
Status RocksDbDatabase::TryOpen(const RocksDbOptions& options, bool exists, rocksdb::Status* status) {
  std::vector<std::string> names;
  LP_RETURN_IF_ERROR(FamiliesToOpen(options, exists, &names, status));
  const OldManifest manifest(options.directory);
  const WalScan scan(options.directory);
  if (exists && !options.read_only) {
    LP_RETURN_IF_ERROR(LookBeforeWriting(options, names, manifest, scan));
    if (log_.condition == WalCondition::kDamaged && options.damaged_log == DamagedLog::kStartOver) {
      if (options.on_damaged_log != nullptr) options.on_damaged_log(StartsOver(options.directory, log_));
      log_ = {};
      LP_RETURN_IF_ERROR(RemoveState(options.directory));
      return TryOpen(options, /*exists=*/false, status);
    }
    // Also an end that recovery would skip: it keeps such a file if it finds nothing in it.
    if (log_.condition != WalCondition::kWhole && options.damaged_log == DamagedLog::kCutOff) {
      LP_RETURN_IF_ERROR(CutOffLog(options.directory, log_));
    }
  }
  *status = OpenOnce(options, names, manifest);
  if (!status->ok()) return OpenError(*status, options.directory);
  if (!options.read_only) {
    return consistency_.loss ? LossError(*consistency_.loss, options.directory) : Status::Ok();
  }
  log_ = JudgeLog(scan);
  log_fault_ = LogFault(log_);
  // Tables may have replaced a log that was removed before it was read.
  if (manifest.IsAsItWas(options.directory)) return Status::Ok();
  Close();
  return Status::Retriable(StateIn(options.directory) +
                           " changes faster than it can be opened for reading. Try again in a moment.");
}

// Opening to write replaces manifest and log, so a second start would not find the fault. Errors of opening are
// reported by the opening that follows.
Status RocksDbDatabase::LookBeforeWriting(const RocksDbOptions& options, const std::vector<std::string>& names,
                                          const OldManifest& manifest, const WalScan& scan) {
  if (StateIsInUse(options.directory)) return StateInUseError(options.directory);
  RocksDbOptions look = options;
  look.read_only = true;
  RocksDbDatabase looked_at;
  const rocksdb::Status status = looked_at.OpenOnce(look, names, manifest);
  log_ = status.ok() ? looked_at.JudgeLog(scan) : WalFinding();
  if (status.IsCorruption() && options.damaged_log == DamagedLog::kStartOver) log_ = scan.WithoutDatabase();
  if (status.ok() && looked_at.consistency_.loss) return LossError(*looked_at.consistency_.loss, options.directory);
  if (options.damaged_log != DamagedLog::kRefuse || log_.condition == WalCondition::kWhole) return Status::Ok();
  if (log_.condition != WalCondition::kDamaged && options.check_unfinished_log != nullptr) {
    return options.check_unfinished_log(
        [&](std::string_view name) { return ReadRow(looked_at, options.directory, kMeta, name); });
  }
  return log_.condition == WalCondition::kTorn ? Status::Ok() : DamagedLogError(options.directory, log_);
}

WalFinding RocksDbDatabase::JudgeLog(const WalScan& scan) const {
  uint64_t first_needed = 0;  // all, where it is not known
  database_->GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &first_needed);
  return scan.Judge(first_needed, database_->GetLatestSequenceNumber());
}

rocksdb::Status RocksDbDatabase::OpenOnce(const RocksDbOptions& options, const std::vector<std::string>& names,
                                          const OldManifest& manifest) {
  std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : names) descriptors.emplace_back(name, FamilyOptions(options, name, cache));
  rocksdb::DB* database = nullptr;
  const rocksdb::DBOptions db = DatabaseOptions(options);
  handles_.clear();
  rocksdb::Status status = options.read_only
                               ? rocksdb::DB::OpenForReadOnly(db, options.directory, descriptors, &handles_, &database)
                               : rocksdb::DB::Open(db, options.directory, descriptors, &handles_, &database);
  if (!status.ok()) return status;
  database_.reset(database);
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    auto ours = std::ranges::find(kFamilyNames, handle->GetName());
    if (ours != kFamilyNames.end()) families_[ours - kFamilyNames.begin()] = handle;
  }
  consistency_ = FindConsistency(*this, options.directory, manifest);
  return status;
}

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

std::string StateIn(const std::string& directory) { return "the state in " + directory; }

Status OpenError(const rocksdb::Status& status, const std::string& directory) {
  std::string text = status.ToString();
  if (status.IsIOError() && text.find("/LOCK") != std::string::npos) {
    return Status::Retriable(StateIn(directory) + " is in use by another process (" + text +
                             "). Wait for it, stop it, or take another --state directory.");
  }
  if (status.IsCorruption()) {
    return Status::Fatal(StateIn(directory) + " is damaged (" + text + "). " + kDamageAdvice);
  }
  return Status::Fatal(StateIn(directory) + " cannot be opened (" + text +
                       "). See to it that its disk is well and has room and that this user can write there, then run " +
                       "again." + OpenFileAdvice(ErrorOf(text)));
}

Status LossError(const std::string& loss, const std::string& directory) {
  return ReadError(rocksdb::Status::Corruption(loss), directory);
}

Status ReadError(const rocksdb::Status& status, const std::string& directory) {
  const std::string limit = OpenFileAdvice(ErrorOf(status.ToString()));
  const std::string what = status.IsCorruption() ? " is damaged (" : " cannot be read (";
  return Status::Fatal(StateIn(directory) + what + status.ToString() + ")." +
                       (limit.empty() ? std::string(" ") + kDamageAdvice : limit));
}

}  // namespace leadpulse::state
