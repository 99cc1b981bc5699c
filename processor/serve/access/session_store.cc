#include "processor/serve/access/session_store.h"

#include "processor/base/text.h"
#include "processor/serve/access/secrets.h"

namespace leadpulse::access {

std::string SessionStore::HashIn(std::string_view secret) const { return HashOf(secret, database_->keys().session); }

std::string SessionStore::FormToken(std::string_view secret) const {
  return Base64Url(HashOf("form:" + std::string(secret), database_->keys().session));
}

std::string SessionStore::DeviceSeal(std::string_view device, std::string_view tenant, std::string_view name) const {
  constexpr std::string_view kNul("\0", 1);  // in no name
  return Base64Url(HashOf(Concat({"device:", device, kNul, tenant, kNul, name}), database_->keys().session));
}

std::string SessionStore::MakeDevice(const Principal& user) const {
  const std::string device = RandomId();
  return Concat({device, ".", Base64Url(user.tenant), ".", DeviceSeal(device, user.tenant, user.who)});
}

std::optional<std::string> SessionStore::KnownDevice(std::string_view mark, std::string_view tenant,
                                                     std::string_view name) const {
  const size_t first = mark.find('.'), last = mark.rfind('.');
  if (first == last) return std::nullopt;  // there are none or only one
  const std::string_view device = mark.substr(0, first);
  const std::optional<std::string> made_for = FromBase64Url(mark.substr(first + 1, last - first - 1));
  if (!made_for || (!tenant.empty() && tenant != *made_for)) return std::nullopt;
  if (!EqualInConstantTime(mark.substr(last + 1), DeviceSeal(device, *made_for, name))) return std::nullopt;
  return std::string(device);
}

Result<std::string> SessionStore::Begin(const Principal& user, Instant now) {
  std::string secret = Base64Url(RandomBytes(kSecretBytes));
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  LP_RETURN_IF_ERROR(sql.Run("DELETE FROM sessions WHERE expires_ms <= ?", {now.millis}));
  LP_RETURN_IF_ERROR(
      sql.Run("DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE tenant = ? AND name = ? "
              "ORDER BY created_ms DESC, hash LIMIT -1 OFFSET ?)",
              {user.tenant, user.who, kMostSessions - 1}));
  LP_RETURN_IF_ERROR(sql.Run("INSERT INTO sessions (hash, tenant, name, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?)",
                             {Blob{HashIn(secret)}, user.tenant, user.who, now.millis, (now + kSessionLife).millis}));
  LP_RETURN_IF_ERROR(
      audit_->Append({now, user.who, user.tenant, "session.begin", "user:" + user.who, "done"}, transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  return secret;
}

Result<std::optional<Principal>> SessionStore::Find(std::string_view secret, Instant now) {
  if (secret.empty()) return std::optional<Principal>();
  return database_->Read().sql().First<Principal>(
      "SELECT users.name, users.tenant, users.role, users.agent_id FROM sessions JOIN users USING "
      "(tenant, name) WHERE hash = ? AND expires_ms > ? AND disabled = 0",
      {Blob{HashIn(secret)}, now.millis}, [](const SqlStatement& row) -> Result<Principal> {
        const std::optional<Role> role = RoleOfNumber(row.Int(2));
        if (!role) return row.Damaged("a user has no known role");
        return Principal{row.Text(0), row.Text(1), *role, row.Text(3), Scopes::Of(*role)};
      });
}

Status SessionStore::End(std::string_view secret) {
  return database_->Run("DELETE FROM sessions WHERE hash = ?", {Blob{HashIn(secret)}});
}

}  // namespace leadpulse::access
