#include "processor/serve/access/notice_store.h"

#include <set>
#include <utility>

namespace leadpulse::access {
namespace {

Result<Notice> NoticeOf(const SqlStatement& row) {
  const int64_t kind = row.Int(1);
  if (kind < static_cast<int64_t>(NoticeKind::kHot) || kind > static_cast<int64_t>(NoticeKind::kMany)) {
    return row.Damaged("a notice has no known kind");
  }
  return Notice{row.Int(0),  static_cast<NoticeKind>(kind), row.Text(2),
                row.Text(3), Instant{row.Int(4)},           row.Int(5) != 0};
}

}  // namespace

Status NoticeStore::Add(const std::vector<NewNotice>& notices) {
  if (notices.empty()) return Status::Ok();
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  std::set<std::pair<std::string, std::string>> users;
  for (const auto& [tenant, user, notice] : notices) {
    LP_RETURN_IF_ERROR(
        sql.Run("INSERT OR IGNORE INTO notices (tenant, name, kind, lead, mark, at_ms) SELECT tenant, name, ?, ?, ?, ? "
                "FROM users WHERE tenant = ? AND name = ?",
                {static_cast<int64_t>(notice.kind), notice.lead, notice.mark, notice.at.millis, tenant, user}));
    if (sql.ChangedRows() > 0) users.emplace(tenant, user);
  }
  for (const auto& [tenant, user] : users) {
    LP_RETURN_IF_ERROR(
        sql.Run("DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE tenant = ? AND name = ? "
                "ORDER BY at_ms DESC, id DESC LIMIT -1 OFFSET ?)",
                {tenant, user, kMostNotices}));
  }
  return transaction.Commit();
}

Result<std::vector<Notice>> NoticeStore::Notices(const Principal& user) {
  return database_->Read().sql().Rows<Notice>(
      "SELECT id, kind, lead, mark, at_ms, is_read FROM notices WHERE tenant = ? AND name = ? "
      "ORDER BY at_ms DESC, id DESC",
      {user.tenant, user.who}, NoticeOf);
}

Result<int64_t> NoticeStore::CountUnread(const Principal& user) {
  return database_->Read().sql().Int("SELECT count(*) FROM notices WHERE tenant = ? AND name = ? AND is_read = 0",
                                     {user.tenant, user.who});
}

Status NoticeStore::MarkRead(const Principal& user, int64_t up_to) {
  return database_->Run("UPDATE notices SET is_read = 1 WHERE tenant = ? AND name = ? AND id <= ?",
                        {user.tenant, user.who, up_to});
}

Status NoticeStore::MarkOneRead(const Principal& user, int64_t id) {
  return database_->Run("UPDATE notices SET is_read = 1 WHERE tenant = ? AND name = ? AND id = ?",
                        {user.tenant, user.who, id});
}

Result<std::vector<std::string>> NoticeStore::Leads(const std::string& tenant) {
  return database_->Read().sql().Rows<std::string>(
      "SELECT DISTINCT lead FROM notices WHERE tenant = ? AND lead <> ''", {tenant},
      [](const SqlStatement& row) -> Result<std::string> { return row.Text(0); });
}

Status NoticeStore::ForgetLead(const std::string& tenant, const std::string& lead, const Transaction& transaction) {
  return transaction.sql().Run("DELETE FROM notices WHERE tenant = ? AND lead = ?", {tenant, lead});
}

}  // namespace leadpulse::access
