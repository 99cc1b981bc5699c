#include "processor/delivery/change_filter.h"

#include "schemas/codec/change_line_reader.h"

namespace leadpulse::delivery {

Result<bool> ChangeFilter::Selects(std::string_view line) const {
  if (kinds.empty() && tenants.empty() && !skip_backfill) return true;
  thread_local codec::ChangeLineReader reader;
  const Result<codec::ChangeLabels> change = reader.ReadLabels(line);
  if (!change.ok()) return Status::Rejected("is not a change: no JSON object");
  if (!kinds.empty() && !kinds.contains(change->kind)) return false;
  if (!tenants.empty() && !tenants.contains(change->tenant)) return false;
  return !skip_backfill || (!change->backfill && change->cause != "DEFINITIONS");
}

}  // namespace leadpulse::delivery
