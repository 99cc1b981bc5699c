// Tenants and users; tokens are in token_store.cc.
#include "processor/serve/access/access_store.h"

#include <algorithm>
#include <utility>

#include "processor/base/crash_point.h"
#include "processor/base/durable_files.h"
#include "processor/serve/access/access_input.h"
#include "processor/serve/access/secrets.h"

namespace leadpulse::access {
namespace {

// argon2id of a random, unknown text, with the parameters of HashPassword: an unknown user takes as long.
constexpr char kNobodysHash[] =
    "$argon2id$v=19$m=65536,t=2,p=1$rb1ElWM1xPEkucOuuV9jXg$bZk5gH//N6G7OZfuMF5CKVDzf7VNugE0zg2YcIaD9BY";

// The beginning of every query of users.
constexpr char kSelectUsers[] = "SELECT tenant, name, role, agent_id, disabled, password_hash FROM users ";
constexpr char kOneUser[] = "WHERE tenant = ? AND name = ?";

Result<User> UserOf(const SqlStatement& row) {
  const std::optional<Role> role = RoleOfNumber(row.Int(2));
  if (!role) return row.Damaged("a user has no known role");
  return User{row.Text(0), row.Text(1), *role, row.Text(3), row.Int(4) != 0};
}

Principal PrincipalOf(const User& user) {
  return {user.name, user.tenant, user.role, user.agent_id, Scopes::Of(user.role)};
}

// Reads the user. Rejected if there is none.
Result<User> UserNamed(const SqlConnection& sql, const std::string& tenant, const std::string& name) {
  LP_ASSIGN_OR_RETURN(std::optional<User> user,
                      sql.First<User>(std::string(kSelectUsers) + kOneUser, {tenant, name}, UserOf));
  if (user) return std::move(*user);
  return Status::Rejected("tenant " + tenant + " has no user " + name +
                          "; `leadpulse serve user list` shows those it has");
}

// Finds the user of an invitation that is still good.
Result<std::optional<User>> UserInvited(const SqlConnection& sql, const std::string& hash, Instant now) {
  return sql.First<User>(
      std::string(kSelectUsers) +
          "WHERE disabled = 0 AND (tenant, name) IN (SELECT tenant, name FROM invitations WHERE hash = ? AND "
          "expires_ms > ?)",
      {Blob{hash}, now.millis}, UserOf);
}

// Sets the hash of a password, and ends what the user had with the one before.
Status StorePassword(const SqlConnection& sql, const User& user, const std::string& hash) {
  LP_RETURN_IF_ERROR(
      sql.Run("UPDATE users SET password_hash = ? WHERE tenant = ? AND name = ?", {hash, user.tenant, user.name}));
  LP_RETURN_IF_ERROR(sql.Run("DELETE FROM invitations WHERE tenant = ? AND name = ?", {user.tenant, user.name}));
  return sql.Run("DELETE FROM sessions WHERE tenant = ? AND name = ?", {user.tenant, user.name});
}

Status Ask(const UserCheck& check, const User& user) { return check == nullptr ? Status::Ok() : check(user); }

// Checks that another user could log in as an admin of the tenant; else Rejected.
Status CheckNotLastAdmin(const SqlConnection& sql, const std::string& tenant, const std::string& name) {
  const int64_t admin = static_cast<uint8_t>(Role::kAdmin);
  LP_ASSIGN_OR_RETURN(const int64_t is_admin,
                      sql.Int("SELECT count(*) FROM users WHERE tenant = ? AND name = ? AND disabled = 0 AND role = ?",
                              {tenant, name, admin}));
  LP_ASSIGN_OR_RETURN(
      const int64_t admins,
      sql.Int("SELECT count(*) FROM users WHERE tenant = ? AND disabled = 0 AND role = ?", {tenant, admin}));
  if (is_admin == 0 || admins > 1) return Status::Ok();
  return Status::Rejected(name + " is the last admin of tenant " + tenant + ": add another one first");
}

}  // namespace

struct AccessStore::Login {
  std::optional<User> user;  // nullopt: unknown
  std::string hash = kNobodysHash;
};

Status AccessStore::Create(const std::string& directory, const User& admin, std::string_view password,
                           const ChangeStamp& change) {
  LP_RETURN_IF_ERROR(CheckUser(admin));
  LP_RETURN_IF_ERROR(CheckPassword(password));
  LP_RETURN_IF_ERROR(CheckFree(directory, "the directory"));
  LP_ASSIGN_OR_RETURN(const auto unfinished, UnfinishedDirectory::Create(directory));
  LP_RETURN_IF_ERROR(AccessDatabase::Create(unfinished->path()));
  {
    LP_ASSIGN_OR_RETURN(const auto database, AccessDatabase::Open(unfinished->path()));
    AuditLog audit(database.get());
    LP_RETURN_IF_ERROR(AccessStore(database.get(), &audit).AddUser(admin, password, change));
    LP_RETURN_IF_ERROR(database->Checkpoint());
  }
  CrashPoint("serve_initialized");
  return unfinished->Publish();
}

Status AccessStore::Log(const ChangeStamp& change, const std::string& tenant, const std::string& action,
                        const std::string& subject, const Transaction& transaction) {
  Status logged = audit_->Append({change.at, change.who, tenant, action, subject, "done"}, transaction);
  CrashPoint("serve_access_written");
  return logged;
}

Result<std::vector<std::string>> AccessStore::Tenants() {
  return database_->Read().sql().Rows<std::string>("SELECT tenant FROM tenants ORDER BY tenant", {},
                                                   [](const SqlStatement& row) { return row.Text(0); });
}

Status AccessStore::AddTenant(const std::string& tenant, const ChangeStamp& change) {
  LP_RETURN_IF_ERROR(CheckTenant(tenant));
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  LP_RETURN_IF_ERROR(transaction.sql().Run("INSERT OR IGNORE INTO tenants VALUES (?, ?)", {tenant, change.at.millis}));
  if (transaction.sql().ChangedRows() == 0) return Status::Rejected("there is a tenant " + tenant + " already");
  LP_RETURN_IF_ERROR(Log(change, tenant, "tenant.add", "tenant:" + tenant, transaction));
  return transaction.Commit();
}

Result<std::string> AccessStore::Hash(std::string_view password) {
  LP_RETURN_IF_ERROR(CheckPassword(password));
  const std::lock_guard lock(hashing_);
  return HashPassword(password);
}

Status AccessStore::AddUser(const User& user, std::string_view password, const ChangeStamp& change) {
  LP_RETURN_IF_ERROR(CheckUser(user));
  LP_ASSIGN_OR_RETURN(const std::string hash, Hash(password));
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  LP_RETURN_IF_ERROR(sql.Run("INSERT OR IGNORE INTO tenants VALUES (?, ?)", {user.tenant, change.at.millis}));
  LP_RETURN_IF_ERROR(sql.Run(
      "INSERT OR IGNORE INTO users (tenant, name, role, agent_id, password_hash, created_ms) VALUES (?, ?, ?, ?, ?, ?)",
      {user.tenant, user.name, int64_t{static_cast<uint8_t>(user.role)}, user.agent_id, hash, change.at.millis}));
  if (sql.ChangedRows() == 0) {
    return Status::Rejected("tenant " + user.tenant + " has a user " + user.name + " already: take another name");
  }
  LP_RETURN_IF_ERROR(Log(change, user.tenant, "user.add", "user:" + user.name, transaction));
  return transaction.Commit();
}

Result<std::vector<User>> AccessStore::Users(const std::optional<std::string>& tenant) {
  return database_->Read().sql().Rows<User>(
      std::string(kSelectUsers) + (tenant ? "WHERE tenant = ? " : "") + "ORDER BY tenant, name",
      tenant ? std::vector<SqlValue>{*tenant} : std::vector<SqlValue>{}, UserOf);
}

Status AccessStore::SetPassword(const std::string& tenant, const std::string& name, std::string_view password,
                                const ChangeStamp& change, const UserCheck& check) {
  LP_ASSIGN_OR_RETURN(const std::string hash, Hash(password));
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  LP_ASSIGN_OR_RETURN(const User user, UserNamed(transaction.sql(), tenant, name));
  LP_RETURN_IF_ERROR(Ask(check, user));
  LP_RETURN_IF_ERROR(StorePassword(transaction.sql(), user, hash));
  LP_RETURN_IF_ERROR(Log(change, tenant, "user.password", "user:" + name, transaction));
  return transaction.Commit();
}

Result<User> AccessStore::ChangeUser(const std::string& tenant, const std::string& name, const UserEdit& edit,
                                     const ChangeStamp& change, const UserCheck& check) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  LP_ASSIGN_OR_RETURN(User user, UserNamed(sql, tenant, name));
  LP_RETURN_IF_ERROR(Ask(check, user));
  user.role = edit.role.value_or(user.role);
  user.agent_id = edit.agent_id.value_or(user.agent_id);
  user.disabled = edit.disabled.value_or(user.disabled);
  LP_RETURN_IF_ERROR(Ask(check, user));
  LP_RETURN_IF_ERROR(CheckUser(user));
  if (user.role != Role::kAdmin || user.disabled) LP_RETURN_IF_ERROR(CheckNotLastAdmin(sql, tenant, name));
  LP_RETURN_IF_ERROR(
      sql.Run("UPDATE users SET role = ?, agent_id = ?, disabled = ? WHERE tenant = ? AND name = ?",
              {int64_t{static_cast<uint8_t>(user.role)}, user.agent_id, int64_t{user.disabled}, tenant, name}));
  LP_RETURN_IF_ERROR(Log(change, tenant, "user.change", "user:" + name, transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  return user;
}

Status AccessStore::RemoveUser(const std::string& tenant, const std::string& name, const ChangeStamp& change,
                               const UserCheck& check) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  LP_ASSIGN_OR_RETURN(const User user, UserNamed(sql, tenant, name));
  LP_RETURN_IF_ERROR(Ask(check, user));
  LP_RETURN_IF_ERROR(CheckNotLastAdmin(sql, tenant, name));
  LP_RETURN_IF_ERROR(sql.Run("DELETE FROM users WHERE tenant = ? AND name = ?", {tenant, name}));
  LP_RETURN_IF_ERROR(Log(change, tenant, "user.remove", "user:" + name, transaction));
  return transaction.Commit();
}

Result<AccessStore::Login> AccessStore::FindLogin(const std::string& tenant, const std::string& name) {
  const DatabaseLock lock = database_->Read();
  const auto read = [](const SqlStatement& row) -> Result<Login> {
    LP_ASSIGN_OR_RETURN(User user, UserOf(row));
    return Login{std::move(user), row.Text(5)};
  };
  LP_ASSIGN_OR_RETURN(std::optional<Login> login,
                      lock.sql().First<Login>(std::string(kSelectUsers) + kOneUser, {tenant, name}, read));
  return std::move(login).value_or(Login());
}

Result<std::optional<Principal>> AccessStore::AuthenticateUser(const std::string& tenant, const std::string& name,
                                                               std::string_view password) {
  const std::lock_guard one_at_a_time(hashing_);
  LP_ASSIGN_OR_RETURN(const Login login, FindLogin(tenant, name));
  const bool fits = password.size() <= kMostPasswordBytes && FitsPassword(login.hash, password);
  if (!login.user || login.user->disabled || !fits) return std::optional<Principal>();
  return std::optional(PrincipalOf(*login.user));
}

Result<std::optional<Principal>> AccessStore::FindUser(const std::string& tenant, const std::string& name) {
  LP_ASSIGN_OR_RETURN(const Login login, FindLogin(tenant, name));
  if (!login.user || login.user->disabled) return std::optional<Principal>();
  return std::optional(PrincipalOf(*login.user));
}

std::string AccessStore::HashOfInvitation(std::string_view secret) const {
  return HashOf("invitation:" + std::string(secret), database_->keys().session);
}

Result<std::string> AccessStore::Invite(const std::string& tenant, const std::string& name, const ChangeStamp& change,
                                        const UserCheck& check) {
  const std::string secret = Base64Url(RandomBytes(kSecretBytes));
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  LP_ASSIGN_OR_RETURN(const User user, UserNamed(sql, tenant, name));
  LP_RETURN_IF_ERROR(Ask(check, user));
  LP_RETURN_IF_ERROR(sql.Run("DELETE FROM invitations WHERE (tenant = ? AND name = ?) OR expires_ms <= ?",
                             {tenant, name, change.at.millis}));
  LP_RETURN_IF_ERROR(sql.Run("INSERT INTO invitations (hash, tenant, name, expires_ms) VALUES (?, ?, ?, ?)",
                             {Blob{HashOfInvitation(secret)}, tenant, name, (change.at + kInvitationLife).millis}));
  LP_RETURN_IF_ERROR(Log(change, tenant, "user.invite", "user:" + name, transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  return secret;
}

Result<std::optional<Principal>> AccessStore::Invited(std::string_view secret, Instant now) {
  LP_ASSIGN_OR_RETURN(const std::optional<User> user,
                      UserInvited(database_->Read().sql(), HashOfInvitation(secret), now));
  return user ? std::optional(PrincipalOf(*user)) : std::nullopt;
}

Result<std::optional<Principal>> AccessStore::AcceptInvitation(std::string_view secret, std::string_view password,
                                                               Instant now) {
  LP_ASSIGN_OR_RETURN(const std::optional<Principal> invited, Invited(secret, now));
  if (!invited) return invited;  // a stranger costs no hash
  LP_ASSIGN_OR_RETURN(const std::string hash, Hash(password));
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  LP_ASSIGN_OR_RETURN(const std::optional<User> user, UserInvited(transaction.sql(), HashOfInvitation(secret), now));
  if (!user) return std::optional<Principal>();  // used meanwhile
  LP_RETURN_IF_ERROR(StorePassword(transaction.sql(), *user, hash));
  LP_RETURN_IF_ERROR(Log({user->name, now}, user->tenant, "user.password", "user:" + user->name, transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  return std::optional(PrincipalOf(*user));
}

}  // namespace leadpulse::access
