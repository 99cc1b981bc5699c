#include "processor/serve/access/access_database.h"

#include <optional>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "processor/base/durable_files.h"
#include "processor/base/file_modes.h"
#include "processor/base/text.h"
#include "processor/serve/access/access_schema.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/private_file.h"
#include "processor/serve/access/secrets.h"

namespace leadpulse::access {
namespace {

constexpr char kMakeOne[] = "`leadpulse serve init` makes one";
constexpr char kRestore[] = "restore it from a copy, together with serve.db";

constexpr char kSynced[] = "PRAGMA synchronous=FULL";
// In a WAL: a commit is written, and synced by the next one that is.
constexpr char kNotSynced[] = "PRAGMA synchronous=NORMAL";

std::string DatabaseIn(const std::string& directory) { return directory + "/serve.db"; }
std::string KeyIn(const std::string& directory) { return directory + "/serve.key"; }

std::string KeyCheck(std::string_view master_key) { return HashOf("leadpulse serve.db", KeyFor("check", master_key)); }

Result<std::string> ReadKey(const std::string& path) {
  LP_ASSIGN_OR_RETURN(const std::string text, ReadPrivateFile(path, kRestore));
  std::optional<std::string> key = FromBase64Url(TrimAsciiSpace(text));
  if (key && key->size() == kSecretBytes) return std::move(*key);
  return Status::Rejected(path + " holds no key: " + kRestore);
}

// Returns the schema's version; 0 for an empty file. Rejected for the file of another program or a later version.
Result<int64_t> CheckVersion(const SqlConnection& sql) {
  const std::string& path = sql.path();
  LP_ASSIGN_OR_RETURN(const int64_t version, sql.Int("PRAGMA user_version"));
  LP_ASSIGN_OR_RETURN(const int64_t application, sql.Int("PRAGMA application_id"));
  LP_ASSIGN_OR_RETURN(const int64_t tables, sql.Int("SELECT count(*) FROM sqlite_schema"));
  if (application != kApplicationId && (application != 0 || version != 0 || tables != 0)) {
    return Status::Rejected(path + " is the database of another program; " + kMakeOne);
  }
  if (version > kSchemaVersion) {
    return Status::Rejected(path + " was written by a later version of Leadpulse (schema " + std::to_string(version) +
                            ", this one knows " + std::to_string(kSchemaVersion) + "): install that version");
  }
  if (version < 0) return Status::Fatal(path + " is damaged (schema " + std::to_string(version) + "): restore a copy");
  return version;
}

}  // namespace

Transaction::~Transaction() {
  // A failed statement may have rolled back already. Without a commit nothing is stored, whatever this returns.
  if (open_ && sql().InTransaction()) (void)sql().Run("ROLLBACK");
  Sync();
}

void Transaction::Sync() {
  if (std::exchange(syncs_, true)) return;
  // Otherwise later commits would seem durable that are not.
  if (const Status status = sql().Run(kSynced); !status.ok()) *failed_ = Status::Fatal(status.message());
}

Status Transaction::Commit() {
  LP_ASSERT(open_);
  Status status = sql().Run("COMMIT");
  if (status.ok()) {
    open_ = false;
    Sync();
    Release();
    CrashPoint("serve_committed");
  } else if (status.kind() == ErrorKind::kFatal) {
    *failed_ = status;
  }
  return status;
}

Status AccessDatabase::Create(const std::string& directory) {
  LP_RETURN_IF_ERROR(WriteDurableFile(KeyIn(directory), Base64Url(RandomBytes(kSecretBytes)) + "\n", kPrivateFile));
  LP_RETURN_IF_ERROR(WriteDurableFile(DatabaseIn(directory), "", kPrivateFile));
  const auto made = Open(directory);
  return made.ok() ? Status::Ok() : made.status();
}

Result<std::unique_ptr<AccessDatabase>> AccessDatabase::Open(const std::string& directory) {
  const std::string path = DatabaseIn(directory);
  LP_RETURN_IF_ERROR(CheckPrivateFile(path, kMakeOne));
  LP_ASSIGN_OR_RETURN(const std::string master, ReadKey(KeyIn(directory)));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<SqlConnection> sql, SqlConnection::Open(path));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<SqlConnection> reading, SqlConnection::Open(path));
  AccessKeys keys{KeyFor("token", master), KeyFor("audit", master), KeyFor("subject", master),
                  KeyFor("session", master), KeyFor("webhook", master)};
  std::unique_ptr<AccessDatabase> database(new AccessDatabase(std::move(keys), std::move(sql), std::move(reading)));
  LP_RETURN_IF_ERROR(database->Migrate(master));
  return database;
}

Result<Transaction> AccessDatabase::Begin(const std::string& how, Durability durability) {
  DatabaseLock lock{std::unique_lock(mutex_), sql_.get()};
  if (!failed_.ok()) return failed_;
  const bool syncs = durability == Durability::kPowerCut;
  if (!syncs) LP_RETURN_IF_ERROR(lock.sql().Run(kNotSynced));
  Transaction transaction(std::move(lock), &failed_, syncs);
  const SqlConnection& sql = transaction.sql();
  if (is_locked_) sql.SetBusyWait(std::chrono::milliseconds(0));
  const Status begun = sql.Run(how);
  if (is_locked_) sql.SetBusyWait(kBusyWait);
  is_locked_ = !begun.ok() && begun.kind() == ErrorKind::kRetriable;
  LP_RETURN_IF_ERROR(begun);
  return transaction;
}

Status AccessDatabase::Run(const std::string& statement, const std::vector<SqlValue>& values) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, Write());
  LP_RETURN_IF_ERROR(transaction.sql().Run(statement, values));
  return transaction.Commit();
}

Status AccessDatabase::Checkpoint() {
  const std::lock_guard writing(mutex_);
  const DatabaseLock reading = Read();  // no statement of this process is in the way
  LP_ASSIGN_OR_RETURN(const int64_t busy, sql_->Int("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (busy == 0) return Status::Ok();
  return Status::Retriable(path() + "-wal may still hold what was erased, because another process reads: try again");
}

Status AccessDatabase::Migrate(const std::string& master_key) {
  LP_ASSIGN_OR_RETURN(int64_t version, CheckVersion(*sql_));
  if (version < kSchemaVersion) {
    LP_ASSIGN_OR_RETURN(Transaction transaction, Write());
    // Another process may have migrated it meanwhile.
    LP_ASSIGN_OR_RETURN(version, CheckVersion(*sql_));
    for (int64_t from = version; from < kSchemaVersion; ++from) {
      LP_RETURN_IF_ERROR(sql_->RunScript(kMigrations[static_cast<size_t>(from)]));
    }
    if (version == 0) {
      LP_RETURN_IF_ERROR(sql_->Run("INSERT INTO key_check VALUES (1, ?)", {Blob{KeyCheck(master_key)}}));
      LP_RETURN_IF_ERROR(sql_->Run("INSERT INTO audit_head VALUES (1, 0, ?, ?)",
                                   {Blob{ChainBeginning()}, Blob{SealOf(0, ChainBeginning(), keys_.audit)}}));
    }
    LP_RETURN_IF_ERROR(sql_->RunScript("PRAGMA application_id=" + std::to_string(kApplicationId) +
                                       "; PRAGMA user_version=" + std::to_string(kSchemaVersion)));
    LP_RETURN_IF_ERROR(transaction.Commit());
  }
  LP_ASSIGN_OR_RETURN(SqlStatement check, sql_->Prepare("SELECT fits FROM key_check"));
  LP_ASSIGN_OR_RETURN(const bool there, check.Step());
  if (there && EqualInConstantTime(check.Text(0), KeyCheck(master_key))) return Status::Ok();
  return Status::Rejected("serve.key is not the key of " + path() + ": restore both from the same copy");
}

}  // namespace leadpulse::access
