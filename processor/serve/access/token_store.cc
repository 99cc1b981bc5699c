// API tokens of AccessStore.
#include <string>

#include "processor/base/status.h"
#include "processor/serve/access/access_input.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/secrets.h"

namespace leadpulse::access {
namespace {

int64_t DayOf(Instant t) { return t.millis / kMillisPerDay; }

constexpr char kSelectTokens[] =
    "SELECT id, label, tenant, role, agent_id, scopes, created_ms, expires_ms, revoked_ms, last_used_day, hash FROM "
    "tokens";
constexpr int kHashColumn = 10;

std::optional<Instant> TimeOrNull(const SqlStatement& row, int column) {
  return row.IsNull(column) ? std::nullopt : std::optional(Instant{row.Int(column)});
}

Result<TokenRecord> TokenOf(const SqlStatement& row) {
  const std::optional<Role> role = RoleOfNumber(row.Int(3));
  const std::optional<Scopes> scopes = Scopes::OfNumber(row.Int(5));
  if (!role || !scopes) return row.Damaged("a token has no known role or scopes");
  TokenRecord record;
  record.id = row.Int(0);
  record.token = {row.Text(1), row.Text(2), *role, row.Text(4), *scopes, TimeOrNull(row, 7)};
  record.created = {row.Int(6)};
  record.revoked = TimeOrNull(row, 8);
  if (!row.IsNull(9)) record.last_used_day = row.Int(9);
  return record;
}

}  // namespace

Result<CreatedToken> AccessStore::CreateToken(const NewToken& token, const ChangeStamp& change) {
  LP_RETURN_IF_ERROR(CheckToken(token, change.at));
  const std::string secret = RandomBytes(kSecretBytes);
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  LP_ASSIGN_OR_RETURN(const int64_t tenants, sql.Int("SELECT count(*) FROM tenants WHERE tenant = ?", {token.tenant}));
  if (tenants == 0) {
    return Status::Rejected("there is no tenant " + token.tenant + ": add its first user, or correct the name");
  }
  LP_RETURN_IF_ERROR(
      sql.Run("INSERT INTO tokens (hash, label, tenant, role, agent_id, scopes, created_ms, expires_ms) VALUES "
              "(?, ?, ?, ?, ?, ?, ?, ?)",
              {Blob{HashOf(secret, database_->keys().token)}, token.label, token.tenant,
               int64_t{static_cast<uint8_t>(token.role)}, token.agent_id, int64_t{token.scopes.number()},
               change.at.millis, token.expires ? SqlValue(token.expires->millis) : SqlValue(nullptr)}));
  CreatedToken created{sql.LastRowId(), TokenText(secret)};
  LP_RETURN_IF_ERROR(Log(change, token.tenant, "token.create", "token:" + std::to_string(created.id), transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  return created;
}

Result<std::vector<TokenRecord>> AccessStore::Tokens(const std::optional<std::string>& tenant) {
  return database_->Read().sql().Rows<TokenRecord>(
      std::string(kSelectTokens) + (tenant ? " WHERE tenant = ?" : "") + " ORDER BY id",
      tenant ? std::vector<SqlValue>{*tenant} : std::vector<SqlValue>{}, TokenOf);
}

Result<bool> AccessStore::RevokeToken(int64_t id, const std::optional<std::string>& tenant, const ChangeStamp& change) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  struct Owned {
    std::string tenant;
    bool revoked;
  };
  LP_ASSIGN_OR_RETURN(
      const std::optional<Owned> token,
      sql.First<Owned>("SELECT tenant, revoked_ms FROM tokens WHERE id = ?", {id}, [](const SqlStatement& row) {
        return Owned{row.Text(0), !row.IsNull(1)};
      }));
  if (!token || token->tenant.empty() || (tenant && *tenant != token->tenant)) {
    return Status::Rejected("there is no token " + std::to_string(id) +
                            "; `leadpulse serve token list` shows those there are");
  }
  if (token->revoked) return false;
  LP_RETURN_IF_ERROR(sql.Run("UPDATE tokens SET revoked_ms = ? WHERE id = ?", {change.at.millis, id}));
  LP_RETURN_IF_ERROR(Log(change, token->tenant, "token.revoke", "token:" + std::to_string(id), transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  return true;
}

Result<std::optional<Principal>> AccessStore::Authenticate(std::string_view bearer, Instant now) {
  const std::optional<std::string> secret = SecretOfToken(bearer);
  if (!secret) return std::optional<Principal>();
  const std::string hash = HashOf(*secret, database_->keys().token);
  TokenRecord record;
  {
    const DatabaseLock lock = database_->Read();
    LP_ASSIGN_OR_RETURN(SqlStatement row,
                        lock.sql().Prepare(std::string(kSelectTokens) + " WHERE hash = ?", {Blob{hash}}));
    LP_ASSIGN_OR_RETURN(const bool there, row.Step());
    if (!there || !EqualInConstantTime(row.Text(kHashColumn), hash)) return std::optional<Principal>();
    LP_ASSIGN_OR_RETURN(record, TokenOf(row));
  }
  const NewToken& token = record.token;
  if (record.revoked || (token.expires && now >= *token.expires)) return std::optional<Principal>();
  if (record.last_used_day.value_or(-1) < DayOf(now)) {
    LP_RETURN_IF_ERROR(database_->Run("UPDATE tokens SET last_used_day = ? WHERE id = ?", {DayOf(now), record.id}));
  }
  return std::optional(
      Principal{"token:" + std::to_string(record.id), token.tenant, token.role, token.agent_id, token.scopes});
}

}  // namespace leadpulse::access
