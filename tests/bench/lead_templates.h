// Stored leads for large states. An engine makes the histories of a few; the others are copies of them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "processor/base/instant.h"
#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::bench {

inline constexpr uint64_t kTemplates = 2000;

// Leads as the engine left them under the built-in definitions, and the end of their time.
struct Templates {
  std::vector<state::Lead> leads;
  Instant clock;
  uint64_t events = 0;  // number of the next event

  // Returns the lead with this number, valid until the next call.
  const state::Lead& Lead(uint64_t number);
};

// Makes `count` leads with `entries` entries each on average, over 30 days.
Templates MakeTemplates(uint64_t count, uint64_t entries);

// Writes leads 0 … `leads` - 1 to partition 0. `written`, if it is set, sees each write before it is committed.
using SeeWrite = std::function<void(const state::EpochWrite& write)>;
void WriteLeads(uint64_t leads, Templates* templates, state::LeadStore* store, const SeeWrite& written = nullptr);

}  // namespace leadpulse::bench
