#include "processor/engine/version_check.h"

#include "state/codec/lead_codec.h"

namespace leadpulse::engine {

bool IsTaken(const state::Lead& row) { return row.is_lead() || row.waits() || row.identity->users() > 0; }

std::optional<codec::Rejection> CheckExpectedVersion(const codec::Command& command, const state::Lead* row) {
  if (command.expected_version.empty()) return std::nullopt;
  const bool is_taken = row != nullptr && IsTaken(*row);
  if (command.expected_version == codec::kVersionOfNoLead) {
    if (!is_taken) return std::nullopt;
    return codec::Rejection{codec::Reason::kConflict, "the lead exists, or another lead uses its id as an address"};
  }
  const bool is_lead = is_taken && (row->is_lead() || row->waits());
  if (!is_lead) return codec::Rejection{codec::Reason::kConflict, "there is no such lead any more"};
  if (state::LeadVersion(*row) == command.expected_version) return std::nullopt;
  return codec::Rejection{codec::Reason::kConflict, "the lead has changed since version " + command.expected_version +
                                                        ": read it again, and decide again"};
}

}  // namespace leadpulse::engine
