// The audit log: who did what to which lead or setting. Its lines are chained by hash, so that a change of any of them
// is found.
//
//   chain(n) = BLAKE2b(audit key, chain(n - 1), number, time, who, tenant, action, hash of the subject, outcome)
//
// The hash of the subject is keyed and covers tenant and subject. The clear subject stands beside it, outside of the
// chain: an erasure removes it and the chain stays whole. The head record has the number of lines and the last chain
// hash under a seal, so that missing newest lines are found. Without serve.key nobody can make a chain that fits. Only
// a whole older copy of both files looks right.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"

namespace leadpulse::access {

// The action of the line that an erasure adds. Nothing else may use it.
inline constexpr char kSubjectErased[] = "audit.subject_erased";

struct AuditEntry {
  Instant at;
  std::string who;
  std::string tenant;
  std::string action;   // such as `token.create`
  std::string subject;  // exactly the lead's id, where it is one; or what else was changed; may be empty
  std::string outcome;  // `done`, or why not. Never personal data: it stays after an erasure
};

struct AuditLine {
  int64_t number = 0;  // 1, 2, 3, …
  AuditEntry entry;    // after an erasure its subject is empty
  bool erased = false;
  std::string subject_hash;  // kHashBytes
};

// The selection of lines.
struct AuditFilter {
  std::optional<std::string> tenant = {};  // nullopt: those of all
  std::string who = {}, action = {};       // empty: any
  std::optional<std::string> lead = {};    // the clear subject is exactly this; needs a tenant
};

struct ChainProblem {
  int64_t number = 0;  // the first line that does not fit
  std::string what;    // a sentence
};
struct ChainReport {
  int64_t lines = 0;  // those that fit
  std::optional<ChainProblem> problem;
};

// Returns the chain hash before the first line, of kHashBytes.
std::string ChainBeginning();
// Returns the seal of the head record: the number of lines, and the chain hash of the last one. `key` has kSecretBytes.
std::string SealOf(int64_t lines, std::string_view chain, std::string_view key);

// The audit log. Thread-safe. The errors are those of the database.
class AuditLog {
 public:
  // Does not own the database.
  explicit AuditLog(AccessDatabase* database) : database_(database) {}

  // Appends a line, which is durable on return. Texts must be UTF-8 of at most 1 MiB, else Rejected.
  Status Append(const AuditEntry& entry);
  // Appends lines within a transaction of the caller, which are durable once that commits.
  Status Append(std::span<const AuditEntry> entries, const Transaction& transaction);
  Status Append(const AuditEntry& entry, const Transaction& transaction) { return Append({&entry, 1}, transaction); }
  // Removes the subject from the tenant's lines up to an instant that have exactly it, and adds a line without it;
  // `entry.action` is ignored. With `if_known` adds none if no line had it. Within a transaction of the caller: the
  // subject is in no file once that is committed and Checkpoint has returned Ok.
  Status EraseSubject(AuditEntry entry, Instant until, bool if_known, const Transaction& transaction);

  // Checks the whole chain in one snapshot. Holds the database meanwhile: give it a database of its own. An error says
  // that the file cannot be read, a problem in the report that a line does not fit.
  Result<ChainReport> CheckChain();

  // The limit of lines that Lines returns: the newest with a number below `before`, newest first.
  static constexpr int kMostLines = 1'000;
  // Returns the clear subjects of the next lines of the tenant after the number `after`, which moves to the last of
  // them; nothing after the last line.
  Result<std::vector<std::string>> Subjects(const std::string& tenant, int64_t* after);
  Result<std::vector<AuditLine>> Lines(const AuditFilter& filter, int64_t before, int limit);

 private:
  // Appends lines with their clear subjects, or without.
  Status AppendLines(std::span<const AuditEntry> entries, bool with_subject, const Transaction& transaction);
  Result<std::optional<ChainProblem>> CheckLines(const Transaction& snapshot, int64_t* lines, std::string* chain) const;

  AccessDatabase* const database_;
};

}  // namespace leadpulse::access
