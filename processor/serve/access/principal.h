// Senders of requests, and their rights.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::access {

// Persisted: never renumber.
enum class Role : uint8_t {
  kAgent = 1,     // own and unassigned leads
  kManager = 2,   // the leads of the tenant
  kAdmin = 3,     // its settings, users and tokens, too
  kOperator = 4,  // as an admin of every tenant
};
// Returns the name of a role: `agent`, `manager`, `admin`, `operator`.
std::string_view NameOf(Role role);
std::optional<Role> ParseRole(std::string_view name);
// Returns the role of a number; nullopt if the number is no role.
std::optional<Role> RoleOfNumber(int64_t number);

// Bits of a set. Persisted: never renumber.
enum class Scope : uint8_t { kRead = 1, kWrite = 2, kScan = 4, kImport = 8, kAdmin = 16 };

class Scopes {
 public:
  constexpr Scopes() = default;
  // Returns the scopes of a number; nullopt if it has other bits.
  static std::optional<Scopes> OfNumber(int64_t number);
  // Parses `read,write`, in any order. Rejected for an unknown or empty name.
  static Result<Scopes> Parse(std::string_view text);
  // Returns all scopes that the role can use: an agent read and write, a manager also scan and import, the others all.
  static Scopes Of(Role role);

  constexpr bool Has(Scope scope) const { return (bits_ & static_cast<uint8_t>(scope)) != 0; }
  constexpr void Add(Scope scope) { bits_ |= static_cast<uint8_t>(scope); }
  constexpr bool IsWithin(Scopes others) const { return (bits_ & ~others.bits_) == 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr uint8_t number() const { return bits_; }
  // Returns `read,write`, always in the order of the enum.
  std::string Text() const;
  friend bool operator==(Scopes, Scopes) = default;

 private:
  uint8_t bits_ = 0;
};

struct Principal {
  std::string who;  // the user's name, or `token:ID`; a name has no colon
  std::string tenant;
  Role role = Role::kAgent;
  std::string agent_id = {};  // empty: none
  Scopes scopes = {};

  bool MayEnter(std::string_view other_tenant) const { return role == Role::kOperator || other_tenant == tenant; }
  friend bool operator==(const Principal&, const Principal&) = default;
};

}  // namespace leadpulse::access
