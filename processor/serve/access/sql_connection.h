// One connection to a SQLite file, and the statements on it. Only this file's source includes SQLite.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace leadpulse::access {

struct Blob {
  std::string bytes;
};
using SqlValue = std::variant<std::nullptr_t, int64_t, std::string, Blob>;

// How long a statement usually waits for another process that is writing.
inline constexpr std::chrono::milliseconds kBusyWait{5'000};

class SqlConnection;

// Ends a prepared statement.
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const;
};
// Statements of one text that nobody uses.
using IdleStatements = std::vector<std::unique_ptr<sqlite3_stmt, FinalizeStatement>>;

// A prepared statement with its values bound, which the connection keeps afterwards. Must not outlive its connection;
// same thread rules.
class SqlStatement {
 public:
  // Whether there is a row. After false or an error, the statement is over.
  Result<bool> Step();

  // Whether a column of the current row is null. Int and Text return its value. Columns count from 0; one of another
  // type gives 0 or its bytes.
  bool IsNull(int column) const;
  int64_t Int(int column) const;
  std::string Text(int column) const;  // for a blob, its bytes
  // Returns the error for a row that this program cannot have written. `why` is such as `a user has no known role`.
  Status Damaged(const std::string& why) const;

 private:
  friend class SqlConnection;
  // Ends the use of a statement: removes its values and keeps it in `idle`; null: it is prepared once only.
  struct Return {
    IdleStatements* idle;
    void operator()(sqlite3_stmt* statement) const;
  };
  SqlStatement(const SqlConnection* connection, sqlite3_stmt* statement, IdleStatements* idle)
      : connection_(connection), statement_(statement, Return{idle}) {}

  const SqlConnection* connection_;
  std::unique_ptr<sqlite3_stmt, Return> statement_;
};

// A connection to a SQLite file. Not thread-safe: one caller at a time. The errors of all calls name the file and say
// what to do: Retriable while another process is writing or the disk is full, Rejected for a file that is no database
// or may not be written, and Fatal for a damaged file or failed I/O.
class SqlConnection {
 public:
  // Opens an existing regular file, which is not created. Durable commits (WAL, synchronous=FULL), foreign keys on;
  // deleted content is overwritten.
  static Result<std::unique_ptr<SqlConnection>> Open(const std::string& path);
  const std::string& path() const { return path_; }
  // Sets how long a statement waits for another process that is writing. At first kBusyWait.
  void SetBusyWait(std::chrono::milliseconds wait) const;

  // Prepares a statement, or takes one with the same text that was prepared before.
  Result<SqlStatement> Prepare(const std::string& sql, const std::vector<SqlValue>& values = {}) const;
  // Returns the rows of a query, in its order, each as `read` returns it.
  template <typename Row>
  Result<std::vector<Row>> Rows(const std::string& sql, const std::vector<SqlValue>& values,
                                const std::function<Result<Row>(const SqlStatement& row)>& read) const {
    LP_ASSIGN_OR_RETURN(SqlStatement statement, Prepare(sql, values));
    std::vector<Row> rows;
    while (true) {
      LP_ASSIGN_OR_RETURN(const bool there, statement.Step());
      if (!there) return rows;
      LP_ASSIGN_OR_RETURN(Row row, read(statement));
      rows.push_back(std::move(row));
    }
  }
  // Returns the first row of such a query; nullopt if it has none.
  template <typename Row>
  Result<std::optional<Row>> First(const std::string& sql, const std::vector<SqlValue>& values,
                                   const std::function<Result<Row>(const SqlStatement& row)>& read) const {
    LP_ASSIGN_OR_RETURN(std::vector<Row> rows, Rows(sql, values, read));
    return rows.empty() ? std::optional<Row>() : std::optional(std::move(rows.front()));
  }
  // Runs one statement to its end and ignores rows.
  Status Run(const std::string& sql, const std::vector<SqlValue>& values = {}) const;
  // Runs several statements without values, such as a migration.
  Status RunScript(const std::string& script) const;
  // Returns the integer in the first column of the first row; 0 if none.
  Result<int64_t> Int(const std::string& sql, const std::vector<SqlValue>& values = {}) const;
  // Returns the row id of the last INSERT.
  int64_t LastRowId() const;
  // Returns the number of rows that the last INSERT, UPDATE or DELETE changed.
  int64_t ChangedRows() const;
  // Whether BEGIN has no COMMIT or ROLLBACK yet.
  bool InTransaction() const;

 private:
  friend class SqlStatement;
  struct Close {
    void operator()(sqlite3* database) const;
  };
  SqlConnection(std::string path, sqlite3* database) : path_(std::move(path)), database_(database) {}

  // Returns where statements with this text are kept; null: they are not.
  IdleStatements* IdleOf(const std::string& sql) const;
  Status Failure() const;

  const std::string path_;
  std::unique_ptr<sqlite3, Close> database_;
  mutable std::map<std::string, IdleStatements> idle_;  // by text; ends before the database is closed
};

}  // namespace leadpulse::access
