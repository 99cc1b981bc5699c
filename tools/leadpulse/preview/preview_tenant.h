// Counts one tenant's leads for a preview, one at a time and in any order.
#pragma once

#include <cstdint>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/view/view.h"
#include "state/lead.h"
#include "tools/leadpulse/preview/preview.h"
#include "tools/leadpulse/preview/preview_fields.h"
#include "tools/leadpulse/preview/preview_unset.h"

namespace leadpulse::tools {

class TenantCounter {
 public:
  // Both definitions outlive the counter and what it finishes with.
  TenantCounter(const config::TenantDefinitions& before, const config::TenantDefinitions& after, Instant at);

  // Converts the lead's profile, first as the old definitions read it, then as the new ones do.
  void Count(state::Lead* lead);

  TenantPreview Finish() &&;

 private:
  // A lead under both definitions.
  struct Evaluated;

  // Adds the row of each tier and segment, also where no lead is in it.
  void AddTiers();
  void AddSegments();

  // Without reasons.
  Sample SampleOf(const Evaluated& lead) const;
  void CountTier(const Evaluated& lead);
  void CountSegments(const Evaluated& lead);
  void CountMove(const Evaluated& lead, bool enters, SegmentPreview* segment);
  void CountInByUnset(const Evaluated& lead);

  const config::TenantDefinitions& before_;
  const config::TenantDefinitions& after_;
  const Instant at_;
  TenantPreview preview_;
  // By index into the definitions: the index into the preview's rows. Those of segments ascend.
  std::vector<uint32_t> tier_rows_before_, tier_rows_after_;
  std::vector<uint32_t> segment_rows_before_, segment_rows_after_;
  UnsetReader unset_reader_;
  FieldCounter field_counter_;
};

}  // namespace leadpulse::tools
