#include "state/rocksdb_database.h"

#include <rocksdb/cache.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "state/state_directory.h"

namespace leadpulse::state {
namespace {

// Opened for reading only beside a writer: each try reads what is there anew.
constexpr int kReadOnlyTries = 20;

bool IsOurs(const std::string& family) { return std::ranges::find(kFamilyNames, family) != kFamilyNames.end(); }

// RocksDB would take it for a new database, and remove them.
Status ForgottenTables(const std::string& directory) {
  return OpenError(rocksdb::Status::Corruption("the manifest knows nothing of the table files that are there"),
                   directory);
}

// Whether a database without our families holds anything. Ours does not, killed while it was made.
bool HoldsRows(const RocksDbOptions& options, const std::vector<std::string>& names) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  RocksDbOptions only_looking = options;
  only_looking.read_only = true;  // leaves no log in what may be someone else's
  const rocksdb::DBOptions db = DatabaseOptions(only_looking, [](const std::string&) {});
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

// The families there are; a new database gets ours. `status` is RocksDB's, where they cannot be listed.
Status FamiliesToOpen(const RocksDbOptions& options, bool exists, std::vector<std::string>* names,
                      rocksdb::Status* status) {
  if (exists) {
    // Before the families are listed, for a state may be in the making.
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
    // Killed while it was made: nothing was in it yet.
    if (!initialized && (options.read_only || !options.create_if_missing)) return MissingStateError(options.directory);
  } else {
    names->push_back(rocksdb::kDefaultColumnFamilyName);
  }
  for (const char* ours : kFamilyNames) {
    if (std::ranges::find(*names, ours) == names->end()) names->push_back(ours);
  }
  return Status::Ok();
}

// A writer removes files that a compaction replaced, and its manifest and logs as they are renewed: where a file was
// there a moment ago, for another file names it.
bool MissedAFile(const rocksdb::Status& status) {
  return status.IsPathNotFound() || status.ToString().find("No such file") != std::string::npos;
}

// `line` ends with the log's name, how many bytes and why.
std::string DamagedLog(const std::string& directory, const std::string& line) {
  size_t source_end = line.find("] ", line.find(".cc:"));
  return StateIn(directory) + " goes on from an earlier commit, for the end of its log cannot be read (" +
         (source_end == std::string::npos ? line : line.substr(source_end + 2)) +
         "): a power cut can leave that, or damage. What came after that commit is read from the inputs once more: " +
         "give all of the earlier runs again.";
}

// Until the process ends. Where it can be reached from it is no leak.
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

Status RocksDbDatabase::Open(const RocksDbOptions& options, rocksdb::WALRecoveryMode recovery) {
  const bool create = options.create_if_missing && !options.read_only;
  Result<StateDirectory> holds = PrepareStateDirectory(options.directory, create);
  if (!holds.ok()) return holds.status();
  const bool exists = *holds == StateDirectory::kHoldsState;
  for (int tries = options.read_only ? kReadOnlyTries : 1;; --tries) {
    rocksdb::Status status;
    Status opened = TryOpen(options, recovery, exists, &status);
    if (opened.ok() && !dropped_->empty() && options.on_damaged_log != nullptr) {
      options.on_damaged_log(DamagedLog(options.directory, *dropped_));
    }
    if (opened.ok() || tries == 1) return opened;
    if (!MissedAFile(status) && opened.kind() != ErrorKind::kRetriable) return opened;
  }
}

// `status`: what RocksDB said to it.
Status RocksDbDatabase::TryOpen(const RocksDbOptions& options, rocksdb::WALRecoveryMode recovery, bool exists,
                                rocksdb::Status* status) {
  std::vector<std::string> names;
  LP_RETURN_IF_ERROR(FamiliesToOpen(options, exists, &names, status));
  OldManifest manifest(options.directory);
  if (exists && !options.read_only) {
    // Opening for writing replaces the manifest: a second start would find nothing wrong. So the database is looked at
    // first. Other errors are left to what follows.
    RocksDbOptions look = options;
    look.read_only = true;
    RocksDbDatabase looked_at;
    const bool opened = looked_at.OpenOnce(look, recovery, names, manifest).ok();
    if (opened && looked_at.wholeness_.loss) return LossError(*looked_at.wholeness_.loss, options.directory);
  }
  *status = OpenOnce(options, recovery, names, manifest);
  if (!status->ok()) return OpenError(*status, options.directory);
  if (!options.read_only) {
    return wholeness_.loss ? LossError(*wholeness_.loss, options.directory) : Status::Ok();
  }
  // Tables may have taken the place of a log that was gone before it was read.
  if (manifest.IsAsItWas(options.directory)) return Status::Ok();
  Close();
  return Status::Retriable(StateIn(options.directory) +
                           " changes faster than it can be opened for reading. Try again in a moment.");
}

rocksdb::Status RocksDbDatabase::OpenOnce(const RocksDbOptions& options, rocksdb::WALRecoveryMode recovery,
                                          const std::vector<std::string>& names, const OldManifest& manifest) {
  std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : names) descriptors.emplace_back(name, FamilyOptions(options, name, cache));
  rocksdb::DB* database = nullptr;
  dropped_ = std::make_shared<std::string>();
  rocksdb::DBOptions db = DatabaseOptions(options, [dropped = dropped_](const std::string& line) {
    if (dropped->empty()) *dropped = line;
  });
  db.wal_recovery_mode = recovery;
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
  wholeness_ = FindWholeness(*this, options.directory, manifest);
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
                       "again.");
}

Status LossError(const std::string& loss, const std::string& directory) {
  return ReadError(rocksdb::Status::Corruption(loss), directory);
}

Status ReadError(const rocksdb::Status& status, const std::string& directory) {
  std::string what = status.IsCorruption() ? " is damaged (" : " cannot be read (";
  return Status::Fatal(StateIn(directory) + what + status.ToString() + "). " + kDamageAdvice);
}

}  // namespace leadpulse::state
