// A directory of `leadpulse serve` with the tenant acme and the admin kim, for one test.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "processor/base/assert.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/audit_log.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::access {

inline constexpr Instant kNow{1'772'323'200'000};  // 2026-03-01
inline constexpr char kPassword[] = "a long enough password";

class AccessDirectory {
 public:
  AccessDirectory() {
    const Status made =
        AccessStore::Create(path(), {"acme", "kim", Role::kAdmin, ""}, kPassword, {"command line", kNow});
    LP_ASSERT(made.ok());
    Open();
  }

  std::string path() const { return scratch_ / "serve"; }
  void Open() {
    audit.reset();
    store.reset();
    database.reset();
    auto opened = AccessDatabase::Open(path());
    LP_ASSERT(opened.ok());
    database = std::move(*opened);
    audit = std::make_unique<AuditLog>(database.get());
    store = std::make_unique<AccessStore>(database.get(), audit.get());
  }
  // Calls `act` within a transaction that is then in the file alone.
  template <typename Act>
  void Change(const Act& act) {
    auto transaction = database->Write();
    LP_ASSERT(transaction.ok() && act(*transaction).ok() && transaction->Commit().ok() && database->Checkpoint().ok());
  }
  // Runs a statement of somebody who has the file, but not the key.
  void Tamper(const std::string& sql) {
    const auto other = SqlConnection::Open(path() + "/serve.db");
    LP_ASSERT(other.ok() && (*other)->RunScript(sql).ok());
  }

 private:
  testing::ScratchDirectory scratch_;

 public:
  std::unique_ptr<AccessDatabase> database;
  std::unique_ptr<AuditLog> audit;
  std::unique_ptr<AccessStore> store;
};

}  // namespace leadpulse::access
