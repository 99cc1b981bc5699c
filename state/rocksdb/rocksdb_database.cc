#include "state/rocksdb/rocksdb_database.h"

#include <errno.h>
#include <rocksdb/cache.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <mutex>
#include <utility>

#include "processor/base/durable_files.h"
#include "processor/base/open_files.h"
#include "state/store/state_directory.h"

namespace leadpulse::state {
namespace {

// Tries of a reader beside a writer: each reads the files again.
constexpr int kReadOnlyTries = 20;

// Makes RocksDB copy the log instead of flushing the memory tables, so that an error affects the copy, not the
// database.
constexpr uint64_t kNeverFlush = std::numeric_limits<uint64_t>::max();
// Bytes for commits and compactions while the copy exists.
constexpr uint64_t kRoomForOthers = 64 << 20;

std::string StateIn(const std::string& directory) { return "the state in " + directory; }

bool IsOurs(const std::string& family) { return std::ranges::find(kFamilyNames, family) != kFamilyNames.end(); }

// Whether a database without our families has data. One of ours has none if a kill interrupted its creation.
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

// Whether a file is missing that another file names: a writer removes compacted tables, old manifests and old logs.
bool MissedAFile(const rocksdb::Status& status) {
  return status.IsPathNotFound() || status.ToString().find("No such file") != std::string::npos;
}

// Returns the error number: RocksDB's statuses have only the text of a system error.
int ErrorOf(const std::string& text) {
  for (const int error : {EMFILE, ENFILE}) {
    if (text.find(strerror(error)) != std::string::npos) return error;
  }
  return 0;
}

std::string SpellPlace(const WalFinding& log) {
  return log.file + ", " + std::to_string(log.later_bytes) + " bytes from byte " + std::to_string(log.offset) + " on";
}

// Describes what is wrong with the log; nullopt if no finished commit is missing.
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

// Keeps the database open until the process ends. It stays reachable, so leak checkers do not report it.
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
  options_ = options;
  const bool create = options_.create_if_missing && !options_.read_only;
  LP_ASSIGN_OR_RETURN(StateDirectory holds, PrepareStateDirectory(options_.directory, create));
  const bool exists = holds == StateDirectory::kHoldsState;
  for (int tries = options_.read_only ? kReadOnlyTries : 1;; --tries) {
    rocksdb::Status status;
    Status opened = TryOpen(exists, &status);
    // A reader is warned if a finished commit is missing, a writer also if the last one was never finished.
    const bool tell = options_.read_only ? log_fault_.has_value() : log_.condition != WalCondition::kWhole;
    if (opened.ok() && tell && options_.on_damaged_log != nullptr) {
      options_.on_damaged_log(EarlierCommit(options_.directory, log_));
    }
    if (opened.ok() || tries == 1) return opened;
    if (!MissedAFile(status) && opened.kind() != ErrorKind::kRetriable) return opened;
  }
}

// Finds the existing families, or ours for a new database. `status` is RocksDB's error if they cannot be listed.
Status RocksDbDatabase::FindFamilies(bool exists, std::vector<std::string>* names, rocksdb::Status* status) const {
  if (exists) {
    // Checked before the families are listed, because another process may be creating a state.
    const bool holds_tables = HoldsTableFiles(options_.directory);
    *status = rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), options_.directory, names);
    if (!status->ok()) return OpenError(*status);
    bool initialized = std::ranges::find(*names, RowFamilyName(kMeta)) != names->end();
    bool foreign = std::ranges::any_of(
        *names, [](const std::string& name) { return name != rocksdb::kDefaultColumnFamilyName && !IsOurs(name); });
    if (foreign && !initialized) {
      return Status::Rejected(options_.directory + " holds a RocksDB database that is not a Leadpulse state. Take " +
                              "another --state directory.");
    }
    if (!initialized && holds_tables) {  // RocksDB would treat it as a new database, and remove them
      return OpenError(rocksdb::Status::Corruption("the manifest knows nothing of the table files that are there"));
    }
    if (!initialized && HoldsRows(options_, *names)) {
      return Status::Rejected(options_.directory + " holds a RocksDB database that is not a Leadpulse state, or one " +
                              "whose manifest is damaged. Take another --state directory, or restore the state from " +
                              "a copy.");
    }
    // A kill interrupted its creation: it has no data yet.
    if (!initialized && (options_.read_only || !options_.create_if_missing))
      return MissingStateError(options_.directory);
  } else {
    names->push_back(rocksdb::kDefaultColumnFamilyName);
  }
  for (const char* ours : kFamilyNames) {
    if (std::ranges::find(*names, ours) == names->end()) names->push_back(ours);
  }
  return Status::Ok();
}

// Opens the database once. `status`: RocksDB's result.
Status RocksDbDatabase::TryOpen(bool exists, rocksdb::Status* status) {
  std::vector<std::string> names;
  LP_RETURN_IF_ERROR(FindFamilies(exists, &names, status));
  const OldManifest manifest(options_.directory);
  const WalScan scan(options_.directory);
  if (exists && !options_.read_only) {
    LP_RETURN_IF_ERROR(LookBeforeWriting(names, manifest, scan));
    if (log_.condition == WalCondition::kDamaged && options_.damaged_log == DamagedLog::kStartOver) {
      if (options_.on_damaged_log != nullptr) options_.on_damaged_log(StartsOver(options_.directory, log_));
      log_ = {};
      LP_RETURN_IF_ERROR(RemoveState(options_.directory));
      return TryOpen(/*exists=*/false, status);
    }
    // Cuts off an end that recovery would skip, too: recovery keeps such a file if it finds nothing in it.
    if (log_.condition != WalCondition::kWhole && options_.damaged_log == DamagedLog::kCutOff) {
      LP_RETURN_IF_ERROR(CutOffLog(options_.directory, log_));
    }
  }
  *status = OpenOnce(names, manifest);
  if (!status->ok()) return OpenError(*status);
  if (!options_.read_only) {
    return consistency_.loss ? LossError() : Status::Ok();
  }
  log_ = JudgeLog(scan);
  log_fault_ = LogFault(log_);
  // Tables may have replaced a log that was removed before it was read.
  if (manifest.IsAsItWas(options_.directory)) return Status::Ok();
  Close();
  return Status::Retriable(state_name() + " changes faster than it can be opened for reading. Try again in a moment.");
}

// Checks the state before it is opened to write, which replaces manifest and log: a second start would not find the
// fault. The opening that follows reports errors of opening.
Status RocksDbDatabase::LookBeforeWriting(const std::vector<std::string>& names, const OldManifest& manifest,
                                          const WalScan& scan) {
  if (StateIsInUse(options_.directory)) return StateInUseError(options_.directory);
  RocksDbDatabase looked_at;
  looked_at.options_ = options_;
  looked_at.options_.read_only = true;
  const rocksdb::Status status = looked_at.OpenOnce(names, manifest);
  log_ = status.ok() ? looked_at.JudgeLog(scan) : WalFinding();
  if (status.IsCorruption() && options_.damaged_log == DamagedLog::kStartOver) log_ = scan.WithoutDatabase();
  if (status.ok() && looked_at.consistency_.loss) return looked_at.LossError();
  if (options_.damaged_log != DamagedLog::kRefuse || log_.condition == WalCondition::kWhole) return Status::Ok();
  if (log_.condition != WalCondition::kDamaged && options_.check_unfinished_log != nullptr) {
    return options_.check_unfinished_log([&](std::string_view name) { return looked_at.Read(kMeta, name); });
  }
  return log_.condition == WalCondition::kTorn ? Status::Ok() : DamagedLogError(options_.directory, log_);
}

WalFinding RocksDbDatabase::JudgeLog(const WalScan& scan) const {
  uint64_t first_needed = 0;  // 0: unknown, so all are needed
  database_->GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &first_needed);
  return scan.Judge(first_needed, database_->GetLatestSequenceNumber());
}

rocksdb::Status RocksDbDatabase::OpenOnce(const std::vector<std::string>& names, const OldManifest& manifest) {
  std::shared_ptr<rocksdb::Cache> cache = MakeBlockCache(options_.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : names) descriptors.emplace_back(name, FamilyOptions(options_, name, cache));
  rocksdb::DB* database = nullptr;
  const rocksdb::DBOptions db = DatabaseOptions(options_);
  handles_.clear();
  rocksdb::Status status = options_.read_only
                               ? rocksdb::DB::OpenForReadOnly(db, options_.directory, descriptors, &handles_, &database)
                               : rocksdb::DB::Open(db, options_.directory, descriptors, &handles_, &database);
  if (!status.ok()) return status;
  database_.reset(database);
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    auto ours = std::ranges::find(kFamilyNames, handle->GetName());
    if (ours != kFamilyNames.end()) families_[ours - kFamilyNames.begin()] = handle;
  }
  consistency_ = FindConsistency(*this, manifest);
  return status;
}

Result<std::optional<std::string>> RocksDbDatabase::Read(RowFamily family, std::string_view row_key,
                                                         const rocksdb::ReadOptions& read) const {
  rocksdb::PinnableSlice value;
  rocksdb::Status status = database_->Get(read, this->family(family), ToSlice(row_key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return ReadError(status);
  return std::optional(value.ToString());
}

Status RocksDbDatabase::CopyTo(const std::string& target) const {
  // The tables are shared.
  const uint64_t bytes = BytesOfFiles(directory(), /*with_tables=*/false) + kRoomForOthers;
  LP_RETURN_IF_ERROR(CheckRoom(directory(), bytes, "a copy of " + state_name()));
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(database_.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(target, kNeverFlush);
  if (status.ok()) return Status::Ok();
  return Status::Fatal(state_name() + " cannot be copied to " + target + " (" + status.ToString() +
                       "). See that there is room and that the directory can be written.");
}

std::string RocksDbDatabase::state_name() const { return StateIn(directory()); }

Status RocksDbDatabase::OpenError(const rocksdb::Status& status) const {
  std::string text = status.ToString();
  if (status.IsIOError() && text.find("/LOCK") != std::string::npos) {
    return Status::Retriable(state_name() + " is in use by another process (" + text +
                             "). Wait for it, stop it, or take another --state directory.");
  }
  if (status.IsCorruption()) return Status::Fatal(state_name() + " is damaged (" + text + "). " + kDamageAdvice);
  return Status::Fatal(state_name() + " cannot be opened (" + text +
                       "). See to it that its disk is well and has room and that this user can write there, then run " +
                       "again." + OpenFileAdvice(ErrorOf(text)));
}

Status RocksDbDatabase::LossError() const { return ReadError(rocksdb::Status::Corruption(*consistency_.loss)); }

Status RocksDbDatabase::ReadError(const rocksdb::Status& status) const {
  const std::string limit = OpenFileAdvice(ErrorOf(status.ToString()));
  const std::string what = status.IsCorruption() ? " is damaged (" : " cannot be read (";
  return Status::Fatal(state_name() + what + status.ToString() + ")." +
                       (limit.empty() ? std::string(" ") + kDamageAdvice : limit));
}

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace leadpulse::state
