// Tenants, users and API tokens of `leadpulse serve`. Every change adds its line to the audit log in the same
// transaction.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/principal.h"

namespace leadpulse::access {

// Who made a change, and when.
struct ChangeStamp {
  std::string who;
  Instant at;
};

struct User {
  std::string tenant;
  std::string name;  // 1 to 128 of A–Z a–z 0–9 _ . - @ +
  Role role = Role::kAgent;
  std::string agent_id;   // required for an agent, else may be empty; at most 320 bytes of UTF-8
  bool disabled = false;  // cannot log in
};
// A change of a user. Members that are nullopt stay as they are.
struct UserEdit {
  std::optional<Role> role = {};
  std::optional<std::string> agent_id = {};
  std::optional<bool> disabled = {};
};

// The time for which an invitation can be used.
inline constexpr Millis kInvitationLife{3 * 24 * 3'600'000LL};

// Checks whether a change of this user is allowed. Called within the transaction of the change, with the user as it is
// and as it will be. An error ends the transaction and is returned. If null, every change is allowed.
using UserCheck = std::function<Status(const User& user)>;

struct NewToken {
  std::string label;  // 1 to 128 bytes of UTF-8, without control characters
  std::string tenant;
  Role role = Role::kAgent;
  std::string agent_id;  // see User
  Scopes scopes;         // not empty, within Scopes::Of(role)
  std::optional<Instant> expires;
};
struct CreatedToken {
  int64_t id = 0;
  std::string text;  // a secret that is not stored: show it once
};
struct TokenRecord {
  int64_t id = 0;
  NewToken token;
  Instant created;
  std::optional<Instant> revoked;
  std::optional<int64_t> last_used_day;  // days since 1970, UTC
};

// The users, tokens and tenants. Thread-safe. Hashes one password at a time, which takes 64 MiB and 0.1 s, and does not
// hold the database in the meantime. Errors are those of the database; Rejected, with what is expected, for wrong
// input. No error has a secret in it.
class AccessStore {
 public:
  // Does not own the arguments.
  AccessStore(AccessDatabase* database, AuditLog* audit) : database_(database), audit_(audit) {}

  // Makes the directory, which must be missing or empty, with its database, the tenant and the first admin. It appears
  // complete or not at all, also after a kill or a power cut. Rejected if it exists.
  static Status Create(const std::string& directory, const User& admin, std::string_view password,
                       const ChangeStamp& change);

  Result<std::vector<std::string>> Tenants();
  // Adds a tenant. Rejected if there is one of that name.
  Status AddTenant(const std::string& tenant, const ChangeStamp& change);

  // Adds a user. Rejected if the tenant has a user of that name. Makes the tenant if it is new.
  Status AddUser(const User& user, std::string_view password, const ChangeStamp& change);
  // Returns the users by tenant and name. Without a tenant, those of all.
  Result<std::vector<User>> Users(const std::optional<std::string>& tenant);
  // Sets a password, and ends the user's sessions and invitations.
  Status SetPassword(const std::string& tenant, const std::string& name, std::string_view password,
                     const ChangeStamp& change, const UserCheck& check = nullptr);
  // Changes a user and returns the result. Rejected if the tenant would have no admin who can log in.
  Result<User> ChangeUser(const std::string& tenant, const std::string& name, const UserEdit& edit,
                          const ChangeStamp& change, const UserCheck& check = nullptr);
  // Removes a user. Rejected for the last admin of a tenant who can log in.
  Status RemoveUser(const std::string& tenant, const std::string& name, const ChangeStamp& change,
                    const UserCheck& check = nullptr);
  // Returns the user if the password fits; nullopt for an unknown user, one who cannot log in and a wrong password
  // alike, after the same time. The caller limits how often strangers may ask.
  Result<std::optional<Principal>> AuthenticateUser(const std::string& tenant, const std::string& name,
                                                    std::string_view password);
  // Makes an invitation: a secret with which the user sets a password, once, within kInvitationLife. Ends earlier ones.
  // The password of now stays until then. Only a hash is stored.
  Result<std::string> Invite(const std::string& tenant, const std::string& name, const ChangeStamp& change,
                             const UserCheck& check = nullptr);
  // Returns the user of an invitation; nullopt for an unknown, used and expired one, and for a user who cannot log in,
  // alike.
  Result<std::optional<Principal>> Invited(std::string_view secret, Instant now);
  // Sets the password of the user of an invitation as SetPassword does. Returns the user; nullopt as Invited.
  Result<std::optional<Principal>> AcceptInvitation(std::string_view secret, std::string_view password, Instant now);
  // Finds a user whom a proxy has logged in. nullopt for an unknown user and one who cannot log in.
  Result<std::optional<Principal>> FindUser(const std::string& tenant, const std::string& name);

  Result<CreatedToken> CreateToken(const NewToken& token, const ChangeStamp& change);
  // Returns the tokens by id. Without a tenant, those of all.
  Result<std::vector<TokenRecord>> Tokens(const std::optional<std::string>& tenant);
  // Returns whether the token was valid until now: a revoked one stays revoked. With a tenant, only one of its own.
  // Rejected if there is none.
  Result<bool> RevokeToken(int64_t id, const std::optional<std::string>& tenant, const ChangeStamp& change);
  // Returns the principal of a token; nullopt for an unknown, mistyped, revoked and expired token alike. `bearer` is
  // the text behind `Bearer `. Writes the first use of each day.
  Result<std::optional<Principal>> Authenticate(std::string_view bearer, Instant now);

 private:
  struct Login;

  Status Log(const ChangeStamp& change, const std::string& tenant, const std::string& action,
             const std::string& subject, const Transaction& transaction);
  Result<std::string> Hash(std::string_view password);
  Result<Login> FindLogin(const std::string& tenant, const std::string& name);
  std::string HashOfInvitation(std::string_view secret) const;

  AccessDatabase* const database_;
  AuditLog* const audit_;
  std::mutex hashing_;
};

}  // namespace leadpulse::access
