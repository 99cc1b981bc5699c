// Evaluates only the segments that a change of one segment's rule can affect: that segment and those that refer to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/query/leads/evaluated_lead.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

class SegmentChange {
 public:
  // `after` is `before` with the segment `id` added or changed (config::DiffersOnlyInSegment). Both outlive this.
  SegmentChange(const config::TenantDefinitions& before, const config::TenantDefinitions& after, std::string_view id);

  // The segments of a lead under the new definitions; nullopt: those that it is in under the old ones, under which
  // `lead` was evaluated.
  std::optional<state::SegmentIndexes> SegmentsAfter(const EvaluatedLead& lead) const;

 private:
  const config::TenantDefinitions& after_;
  std::vector<uint32_t> index_after_;  // by index before
  std::vector<uint32_t> affected_;     // indexes after, each behind those that its rule refers to
};

}  // namespace leadpulse::query
