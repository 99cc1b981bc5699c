// Sessions of people who logged in with a password. The browser has a secret in a cookie, the database its keyed hash.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/principal.h"

namespace leadpulse::access {

inline constexpr Millis kSessionLife{12 * 60 * 60 * 1'000};
// Of one user. One more ends the oldest.
inline constexpr int64_t kMostSessions = 32;

// Thread-safe. The errors are those of the database; none has a secret in it.
class SessionStore {
 public:
  // Owns neither.
  SessionStore(AccessDatabase* database, AuditLog* audit) : database_(database), audit_(audit) {}

  // A new session of a user whose password was right. Gives its secret, which no session had before. Adds a line to the
  // audit log. Removes sessions that are over.
  Result<std::string> Begin(const Principal& user, Instant now);
  // With the rights that the user has now. nullopt for an unknown, ended and expired session, and for one of a removed
  // or disabled user.
  Result<std::optional<Principal>> Find(std::string_view secret, Instant now);
  // Also if there is none.
  Status End(std::string_view secret);

  // What the forms of a session have in them, so that no other site can send them: 43 characters, the same for the
  // session's whole life. From the secret alone, so it says nothing about whether there is such a session.
  std::string FormToken(std::string_view secret) const;

 private:
  std::string HashIn(std::string_view secret) const;

  AccessDatabase* const database_;
  AuditLog* const audit_;
};

}  // namespace leadpulse::access
