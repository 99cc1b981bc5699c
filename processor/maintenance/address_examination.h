// Compares the leads that use an address with the mailbox of that address (spec §9). Each stores part of the other's
// facts, so one of them may be wrong although both can be read.
//
// Between two commits of a run on files no message is in transit, so both sides must agree. Used by one thread. Memory
// grows with the number of mailboxes to repair, up to a limit.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/stored_definitions.h"
#include "processor/maintenance/state_problem.h"
#include "state/lead/lead.h"

namespace leadpulse::maintenance {

class AddressExamination {
 public:
  struct Ports {
    uint32_t partitions = 0;
    // Returns the value of a lead's row. A failed read is an error that needs no further report.
    std::function<Result<std::optional<std::string>>(std::string_view row_key)> find;
    std::function<void(ProblemKind, Remedy, const LeadKey& subject, std::string what, std::vector<state::RowChange>)>
        report;
    // Writes the repairs that were reported so far. Null if nothing is repaired.
    std::function<Status()> settle;
  };

  explicit AddressExamination(Ports ports) : ports_(std::move(ports)) {}

  // Checks that the users of a mailbox use it, and counts the leads that agree with their mailbox in everything. Call
  // it first, for every row in the partition of its key. `definitions`: those in force.
  void ExamineUsers(const engine::DefinitionsInForce& definitions, const state::Lead& row);
  // Whether the next two are needed: some lead disagrees with its mailbox, or all may be repaired.
  bool needs_closer_look() const {
    return !all_agree_ || agreeing_ != registered_ || (ports_.settle && registered_ > 0);
  }
  // Checks that the mailbox has the lead as its user, with the lead's own opt-outs. Call it second, for every row.
  void ExamineUse(const engine::DefinitionsInForce& definitions, const state::Lead& row);
  // Checks that the row has the opt-outs that the mailbox has of others. Call it last, for every row. `clock` is the
  // state's.
  void ExamineStanding(const engine::DefinitionsInForce& definitions, Instant clock, const state::Lead& row);

  // Applies the repairs of this row that are not written yet.
  void TakeMended(state::Lead* row) const;
  // Records that another examination repairs the row: later repairs here start from it.
  void Remember(const state::Lead& row);

 private:
  void ReportStrangers(const std::vector<std::string>& strangers, const state::Lead& mailbox);
  // Returns the row with its repairs applied. nullopt: the row is missing, or unreadable, which another check reports.
  Result<std::optional<state::Lead>> Find(const LeadKey& key) const;
  std::string RowKey(const LeadKey& key) const;
  void Mend(ProblemKind kind, const LeadKey& subject, std::string what, const state::Lead& mailbox);

  const Ports ports_;
  // Each lead has one mailbox: if as many leads agree as are registered, all agree.
  uint64_t registered_ = 0;
  uint64_t agreeing_ = 0;
  bool all_agree_ = true;                      // every mailbox's own standing is right
  std::map<std::string, state::Lead> mended_;  // by row key
  size_t mended_bytes_ = 0;
};

}  // namespace leadpulse::maintenance
