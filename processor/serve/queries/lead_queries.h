// The queries of query.proto, over one snapshot of a state.
#pragma once

#include "config/definitions.h"
#include "leadpulse/v1/query.pb.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/store/lead_reader.h"

namespace leadpulse::serve {

// What every query reads. All outlive the call.
struct Snapshot {
  const state::LeadReader& rows;
  const config::Definitions& definitions;
  Instant clock;  // of the last commit: answers are as of then
};

inline constexpr uint32_t kMaxLimit = 1'000;

// nullopt: there is no such lead, or the caller may not see it. Rejected: the request is wrong.
Result<std::optional<v1::LeadAnswer>> GetLead(const Snapshot& snapshot, const v1::GetLead& request);

// Visits all leads of the tenant. Rejected: rule, order, limit or cursor is wrong.
Result<v1::FoundLeads> FindLeads(const Snapshot& snapshot, const v1::FindLeads& request);

}  // namespace leadpulse::serve
