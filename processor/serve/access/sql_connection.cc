#include "processor/serve/access/sql_connection.h"

#include <sqlite3.h>

#include "processor/base/assert.h"

namespace leadpulse::access {
namespace {

// Returns the error for a code of SQLite. SQLite's own text may quote values, so the message has only the name of the
// code.
Status FailureOf(const std::string& path, int code) {
  const std::string why = std::string(" (") + sqlite3_errstr(code) + ")";
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Status::Retriable(path + " is being written by another process" + why + ": try again");
    case SQLITE_FULL:
      return Status::Retriable(path + " cannot be written" + why + ": make room on its disk and try again");
    case SQLITE_NOTADB:
      return Status::Rejected(path + " is no database" + why + ": give the directory that `leadpulse serve init` made");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Status::Rejected(path + " may not be written" + why +
                              ": run as the owner of the directory, on a file system that is not read-only");
    case SQLITE_CANTOPEN:
      return Status::Rejected(path + " cannot be opened" + why +
                              ": check the directory and its rights; `leadpulse serve init` makes one");
    case SQLITE_CORRUPT:
      return Status::Fatal(path + " is damaged" + why + ": stop the processes and restore it from a copy");
    case SQLITE_CONSTRAINT:
      return Status::Rejected(path + " already has that or lacks what it refers to" + why);
    default:
      return Status::Fatal(path + " cannot be read or written" + why + ": check its disk and limits, then start again");
  }
}

// The most texts of statements that a connection keeps; the program has about half as many.
constexpr size_t kMostTexts = 256;

struct Binder {
  sqlite3_stmt* statement;
  int index;
  int operator()(std::nullptr_t) const { return sqlite3_bind_null(statement, index); }
  int operator()(int64_t number) const { return sqlite3_bind_int64(statement, index, number); }
  int operator()(const std::string& text) const {
    return sqlite3_bind_text64(statement, index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  int operator()(const Blob& blob) const {
    return sqlite3_bind_blob64(statement, index, blob.bytes.data(), blob.bytes.size(), SQLITE_TRANSIENT);
  }
};

}  // namespace

void FinalizeStatement::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void SqlStatement::Return::operator()(sqlite3_stmt* statement) const {
  IdleStatements::value_type used(statement);
  if (idle == nullptr) return;
  sqlite3_reset(statement);  // returns the error of the last step again
  sqlite3_clear_bindings(statement);
  idle->push_back(std::move(used));
}

void SqlConnection::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Result<bool> SqlStatement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->Failure();
}

bool SqlStatement::IsNull(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

int64_t SqlStatement::Int(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string SqlStatement::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), static_cast<size_t>(size));
}

Status SqlStatement::Damaged(const std::string& why) const {
  return Status::Fatal(connection_->path() + " is damaged: " + why + ". Restore it from a copy");
}

Result<std::unique_ptr<SqlConnection>> SqlConnection::Open(const std::string& path) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &database,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nullptr);
  std::unique_ptr<SqlConnection> connection(
      new SqlConnection(path, database));  // SQLite wants it closed after a failure
  if (code != SQLITE_OK) return FailureOf(path, code);
  sqlite3_extended_result_codes(database, 1);
  connection->SetBusyWait(kBusyWait);
  LP_RETURN_IF_ERROR(
      connection->RunScript("PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
                            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"));
  return connection;
}

void SqlConnection::SetBusyWait(std::chrono::milliseconds wait) const {
  sqlite3_busy_timeout(database_.get(), static_cast<int>(wait.count()));
}

Result<SqlStatement> SqlConnection::Prepare(const std::string& sql, const std::vector<SqlValue>& values) const {
  IdleStatements* const idle = IdleOf(sql);
  sqlite3_stmt* prepared = nullptr;
  if (idle != nullptr && !idle->empty()) {
    prepared = idle->back().release();
    idle->pop_back();
  } else if (sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                idle == nullptr ? 0 : SQLITE_PREPARE_PERSISTENT, &prepared, nullptr) != SQLITE_OK) {
    return Failure();
  }
  SqlStatement statement(this, prepared, idle);
  LP_ASSERT(static_cast<size_t>(sqlite3_bind_parameter_count(prepared)) == values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::visit(Binder{prepared, static_cast<int>(i) + 1}, values[i]) != SQLITE_OK) return Failure();
  }
  return statement;
}

IdleStatements* SqlConnection::IdleOf(const std::string& sql) const {
  // SQLite does what some PRAGMAs say while it prepares them.
  if (sql.starts_with("PRAGMA")) return nullptr;
  const auto known = idle_.find(sql);
  if (known != idle_.end()) return &known->second;
  return idle_.size() < kMostTexts ? &idle_[sql] : nullptr;
}

Status SqlConnection::Run(const std::string& sql, const std::vector<SqlValue>& values) const {
  LP_ASSIGN_OR_RETURN(SqlStatement statement, Prepare(sql, values));
  while (true) {
    LP_ASSIGN_OR_RETURN(const bool there, statement.Step());
    if (!there) return Status::Ok();
  }
}

Status SqlConnection::RunScript(const std::string& script) const {
  const int code = sqlite3_exec(database_.get(), script.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status::Ok() : Failure();
}

Result<int64_t> SqlConnection::Int(const std::string& sql, const std::vector<SqlValue>& values) const {
  LP_ASSIGN_OR_RETURN(SqlStatement statement, Prepare(sql, values));
  LP_ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.Int(0) : int64_t{0};
}

int64_t SqlConnection::LastRowId() const { return sqlite3_last_insert_rowid(database_.get()); }
int64_t SqlConnection::ChangedRows() const { return sqlite3_changes(database_.get()); }
bool SqlConnection::InTransaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

Status SqlConnection::Failure() const { return FailureOf(path_, sqlite3_extended_errcode(database_.get())); }

}  // namespace leadpulse::access
