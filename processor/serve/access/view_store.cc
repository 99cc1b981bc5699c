#include "processor/serve/access/view_store.h"

#include "processor/base/text.h"

namespace leadpulse::access {
namespace {

constexpr size_t kMostTitleBytes = 100, kMostQueryBytes = 8 << 10;

SavedView ViewOf(const SqlStatement& row) { return {.id = row.Int(0), .title = row.Text(1), .query = row.Text(2)}; }

bool ManagesViews(const Principal& user) { return user.role >= Role::kManager; }

}  // namespace

Result<std::vector<SavedView>> ViewStore::Views(const Principal& user) {
  const auto view_of = [&user](const SqlStatement& row) {
    SavedView view = ViewOf(row);
    view.is_shared = row.Int(3) != 0;
    view.may_be_removed = ManagesViews(user) || row.Text(4) == user.who;
    return view;
  };
  return database_->Read().sql().Rows<SavedView>(
      "SELECT id, title, query, shared, name FROM views WHERE tenant = ? AND (name = ? OR shared) ORDER BY title",
      {user.tenant, user.who}, view_of);
}

Result<std::vector<SavedView>> ViewStore::AllViews(const std::string& tenant) {
  return database_->Read().sql().Rows<SavedView>("SELECT id, title, query FROM views WHERE tenant = ?", {tenant},
                                                 ViewOf);
}

Status ViewStore::Save(const Principal& user, const SavedView& view) {
  if (view.title.empty() || view.title.size() > kMostTitleBytes || !IsUtf8(view.title)) {
    return Status::Rejected("give the view a title of at most 100 bytes");
  }
  if (view.query.size() > kMostQueryBytes || !IsUtf8(view.query)) {
    return Status::Rejected("the search is too long to be saved");
  }
  if (view.is_shared && !ManagesViews(user)) return Status::Rejected("only managers share views");
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  LP_ASSIGN_OR_RETURN(const int64_t others,
                      sql.Int("SELECT count(*) FROM views WHERE tenant = ? AND name = ? AND title <> ?",
                              {user.tenant, user.who, view.title}));
  if (others >= kMostViews) return Status::Rejected("you have 100 saved views: remove one first");
  LP_RETURN_IF_ERROR(
      sql.Run("INSERT INTO views (tenant, name, title, query, shared) VALUES (?, ?, ?, ?, ?) "
              "ON CONFLICT (tenant, name, title) DO UPDATE SET query = excluded.query, shared = excluded.shared",
              {user.tenant, user.who, view.title, view.query, int64_t{view.is_shared}}));
  return transaction.Commit();
}

Status ViewStore::Remove(const Principal& user, int64_t id) {
  return database_->Run("DELETE FROM views WHERE id = ? AND tenant = ? AND (name = ? OR (shared AND ?))",
                        {id, user.tenant, user.who, int64_t{ManagesViews(user)}});
}

Status ViewStore::RemoveWhere(const std::string& tenant, const std::function<bool(const SavedView& view)>& goes) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  LP_ASSIGN_OR_RETURN(
      const std::vector<SavedView> views,
      transaction.sql().Rows<SavedView>("SELECT id, title, query FROM views WHERE tenant = ?", {tenant}, ViewOf));
  for (const SavedView& view : views) {
    if (goes(view)) LP_RETURN_IF_ERROR(transaction.sql().Run("DELETE FROM views WHERE id = ?", {view.id}));
  }
  return transaction.Commit();
}

}  // namespace leadpulse::access
