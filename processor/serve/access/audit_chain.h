// The hashes of the audit log, as audit_log.h describes them. Keys have kSecretBytes, hashes kHashBytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "processor/base/instant.h"

namespace leadpulse::access {

struct AuditEntry {
  Instant at;
  std::string who;
  std::string tenant;
  std::string action;   // such as `token.create`
  std::string subject;  // exactly the lead's id, where it is one; or what else was changed; may be empty
  std::string outcome;  // `done`, or why not. Never personal data: it stays after an erasure
};

// The chain hash before the first line.
std::string ChainBeginning();
// The chain hash of a line that follows the one with `before`. The clear subject has no part in it.
std::string ChainAfter(std::string_view before, int64_t number, const AuditEntry& entry, std::string_view subject_hash,
                       std::string_view key);
std::string SubjectHashOf(std::string_view tenant, std::string_view subject, std::string_view key);
// The seal of the head record: the number of lines, and the chain hash of the last one.
std::string SealOf(int64_t lines, std::string_view chain, std::string_view key);

}  // namespace leadpulse::access
