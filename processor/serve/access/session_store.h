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
// The limit of one user's sessions. The next login ends the oldest one.
inline constexpr int64_t kMostSessions = 32;

// The sessions. Thread-safe. The errors are those of the database; none has a secret in it.
class SessionStore {
 public:
  // Does not own the arguments.
  SessionStore(AccessDatabase* database, AuditLog* audit) : database_(database), audit_(audit) {}

  // Begins a session of a user whose password was right, and returns its secret, which is random. Adds a line to the
  // audit log, and removes expired sessions.
  Result<std::string> Begin(const Principal& user, Instant now);
  // Returns the user with its present rights; nullopt if the session is unknown, ended or expired, or its user is
  // removed or disabled.
  Result<std::optional<Principal>> Find(std::string_view secret, Instant now);
  // Ends a session. Ok also if there is no such session.
  Status End(std::string_view secret);

  // Returns the token in the session's forms, which another site does not know: 43 characters. It follows from the
  // secret alone, so it does not show whether the session exists.
  std::string FormToken(std::string_view secret) const;

  // Makes the mark of a device on which this user has logged in. It opens nothing: a login with it does not wait for
  // what strangers try.
  std::string MakeDevice(const Principal& user) const;
  // Returns the device of a mark that was made for a user of this name; nullopt if it was not. `tenant`: empty fits
  // each.
  std::optional<std::string> KnownDevice(std::string_view mark, std::string_view tenant, std::string_view name) const;

 private:
  std::string DeviceSeal(std::string_view device, std::string_view tenant, std::string_view name) const;
  std::string HashIn(std::string_view secret) const;

  AccessDatabase* const database_;
  AuditLog* const audit_;
};

}  // namespace leadpulse::access
