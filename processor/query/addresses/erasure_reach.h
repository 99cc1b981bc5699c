// Finds the leads that an `erase` erases, before it is written (spec §9, rules 4 and 7).
#pragma once

#include <string>
#include <vector>

#include "processor/base/status.h"
#include "schemas/codec/records.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

struct ErasedLead {
  std::string id;
  bool is_lead = false;       // the state has it as a lead
  bool is_published = false;  // a run publishes its erasure: LEAD_ERASED
};

struct ErasureReach {
  std::vector<ErasedLead> leads;     // the lead of the command's key, or the mailbox and then its users, ascending
  std::vector<std::string> emptied;  // mailboxes without a lead whose last user is erased: erased, too; ascending
  std::vector<std::string> staying;  // by id: the users of a mailbox, which are not erased; ascending
  std::vector<std::string> users;    // by address: the users of the mailbox, ascending
  // By address: it has more users than engine::kMaxErasedByAddress. A run rejects the command, and `leads` is empty.
  bool is_refused = false;
};

// Finds the reach of an erasure. `erase`: its lead, and whether it is by address. Memory grows with the users of one
// mailbox. Errors are those of the store, and a fatal one for a lead that cannot be read.
Result<ErasureReach> ReachOfErasure(const codec::Command& erase, const state::LeadReader& store);

}  // namespace leadpulse::query
