#include "processor/serve/access/import_changes.h"

namespace leadpulse::access {
namespace {

ImportChange ChangeOf(const SqlStatement& row) { return {row.Text(0), row.Text(1), row.Text(2)}; }

}  // namespace

Status ImportChanges::Store(const std::string& tenant, const std::string& job, const std::vector<ImportChange>& changes,
                            Instant at, const Transaction& transaction) {
  for (const ImportChange& change : changes) {
    LP_RETURN_IF_ERROR(transaction.sql().Run(
        "INSERT OR REPLACE INTO import_changes (tenant, job, lead, change, at_ms) VALUES (?, ?, ?, ?, ?)",
        {tenant, job, change.lead, change.change, at.millis}));
  }
  return Status::Ok();
}

Result<std::vector<ImportChange>> ImportChanges::Of(const std::string& tenant, const std::string& job,
                                                    const std::vector<std::string>& leads) {
  const auto reading = database_->Read();
  std::vector<ImportChange> changes;
  for (const std::string& lead : leads) {
    LP_ASSIGN_OR_RETURN(auto change,
                        reading.sql().First<ImportChange>("SELECT lead, change, left_why FROM import_changes WHERE "
                                                          "tenant = ? AND job = ? AND lead = ?",
                                                          {tenant, job, lead}, ChangeOf));
    if (change) changes.push_back(*std::move(change));
  }
  return changes;
}

Result<std::vector<ImportChange>> ImportChanges::After(const std::string& tenant, const std::string& job,
                                                       const std::string& after, int64_t limit) {
  return database_->Read().sql().Rows<ImportChange>(
      "SELECT lead, change, left_why FROM import_changes WHERE tenant = ? AND job = ? AND lead > ? ORDER BY lead "
      "LIMIT ?",
      {tenant, job, after, limit}, ChangeOf);
}

Result<int64_t> ImportChanges::Count(const std::string& tenant, const std::string& job) {
  return database_->Read().sql().Int("SELECT count(*) FROM import_changes WHERE tenant = ? AND job = ?", {tenant, job});
}

Status ImportChanges::Settle(const std::string& tenant, const std::string& job, const std::vector<std::string>& done,
                             const std::vector<ImportChange>& left) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  for (const std::string& lead : done) {
    LP_RETURN_IF_ERROR(transaction.sql().Run("DELETE FROM import_changes WHERE tenant = ? AND job = ? AND lead = ?",
                                             {tenant, job, lead}));
  }
  for (const ImportChange& each : left) {
    LP_RETURN_IF_ERROR(
        transaction.sql().Run("UPDATE import_changes SET left_why = ? WHERE tenant = ? AND job = ? AND lead = ?",
                              {each.left, tenant, job, each.lead}));
  }
  return transaction.Commit();
}

Status ImportChanges::ForgetLead(const std::string& tenant, const std::string& lead, Instant until,
                                 const Transaction& transaction) {
  return transaction.sql().Run("DELETE FROM import_changes WHERE tenant = ? AND lead = ? AND at_ms <= ?",
                               {tenant, lead, until.millis});
}

Result<std::vector<std::string>> ImportChanges::Leads(const std::string& tenant, const std::string& after,
                                                      int64_t limit) {
  return database_->Read().sql().Rows<std::string>(
      "SELECT DISTINCT lead FROM import_changes WHERE tenant = ? AND lead > ? ORDER BY lead LIMIT ?",
      {tenant, after, limit}, [](const SqlStatement& row) { return row.Text(0); });
}

}  // namespace leadpulse::access
