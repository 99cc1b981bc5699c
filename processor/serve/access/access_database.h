// The front's own database: DIR/serve.db, a SQLite file, and DIR/serve.key, the key of its hashes. Both have mode 0600.
//
// The key is a file of its own so that a copy of the database alone gives nobody the means to make a token's hash fit,
// to forge the audit log, or to find an erased lead by trying ids.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/status.h"
#include "processor/serve/access/sql_connection.h"

namespace leadpulse::access {

struct AccessKeys {
  std::string token;    // hashes API tokens
  std::string audit;    // chains the audit log
  std::string subject;  // hashes leads in the audit log
  std::string session;  // hashes sessions, and makes the tokens of their forms
  std::string webhook;  // seals the secrets of webhooks
};

// The connection, held alone while this exists.
class DatabaseLock {
 public:
  const SqlConnection& sql() const { return *sql_; }

 protected:
  friend class AccessDatabase;
  void Release() { lock_.unlock(); }
  DatabaseLock(std::unique_lock<std::mutex> lock, const SqlConnection* sql) : lock_(std::move(lock)), sql_(sql) {}

 private:
  std::unique_lock<std::mutex> lock_;
  const SqlConnection* sql_;
};

// What a commit survives: a power cut, or only the end of the process.
enum class Durability : uint8_t {
  kPowerCut,  // costs a sync of the disk
  kKill,      // costs none; a power cut takes it, unless a commit of kPowerCut has followed
};

// One transaction: its reads see one snapshot, and its writes are durable once Commit returns Ok. Rolled back if it is
// destroyed before.
class Transaction : public DatabaseLock {
 public:
  Transaction(Transaction&& other) noexcept
      : DatabaseLock(std::move(other)),
        failed_(other.failed_),
        open_(std::exchange(other.open_, false)),
        syncs_(std::exchange(other.syncs_, true)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // Commits, and releases the connection if it returns Ok: nothing else may be called then. After a Fatal error the
  // outcome is unknown: every later transaction of the database is refused.
  Status Commit();

 private:
  friend class AccessDatabase;
  Transaction(DatabaseLock lock, Status* failed, bool syncs)
      : DatabaseLock(std::move(lock)), failed_(failed), syncs_(syncs) {}
  // Lets the connection sync its commits again.
  void Sync();

  Status* failed_;
  bool open_ = true;
  bool syncs_;
};

// The front's database. Thread-safe: one thread at a time writes, and another reads meanwhile. Several processes may
// have the file open; a writer waits up to kBusyWait for another one. Once one has waited in vain, those behind it try
// once each, until one finds the database free: all get their answer in the time that one waits.
class AccessDatabase {
 public:
  // Fills an existing empty directory with a new key and an empty database of the present schema.
  static Status Create(const std::string& directory);
  // Opens the database and migrates an older schema. Rejected, with what to do, if there is none, others may read it,
  // it belongs to another program or to a later version, or the key is not its own.
  static Result<std::unique_ptr<AccessDatabase>> Open(const std::string& directory);

  const AccessKeys& keys() const { return keys_; }
  const std::string& path() const { return sql_->path(); }

  // Locks the connection for single statements that only read: `Read().sql().Rows(…)`. Waits for no commit.
  DatabaseLock Read() { return {std::unique_lock(read_mutex_), reading_.get()}; }
  // Begins a snapshot for several statements that only read. Ends without Commit.
  Result<Transaction> Snapshot() { return Begin("BEGIN", Durability::kPowerCut); }
  Result<Transaction> Write(Durability durability = Durability::kPowerCut) {
    return Begin("BEGIN IMMEDIATE", durability);
  }
  // Runs one statement in a transaction of its own.
  Status Run(const std::string& statement, const std::vector<SqlValue>& values);
  // Moves all commits into the file, so that deleted content is in no other file either. Retriable while another
  // process reads.
  Status Checkpoint();

 private:
  AccessDatabase(AccessKeys keys, std::unique_ptr<SqlConnection> sql, std::unique_ptr<SqlConnection> reading)
      : keys_(std::move(keys)), sql_(std::move(sql)), reading_(std::move(reading)) {}

  Result<Transaction> Begin(const std::string& how, Durability durability);
  Status Migrate(const std::string& master_key);

  const AccessKeys keys_;
  std::mutex mutex_;  // guards sql_, failed_ and is_locked_
  const std::unique_ptr<SqlConnection> sql_;
  std::mutex read_mutex_;  // guards reading_; locked after mutex_
  const std::unique_ptr<SqlConnection> reading_;
  Status failed_;           // the error of the first commit whose outcome is unknown
  bool is_locked_ = false;  // by another process, for which a writer has waited in vain
};

}  // namespace leadpulse::access
