// Counts one tenant's leads for a preview, one at a time and in any order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/preview/preview.h"
#include "processor/query/preview/preview_fields.h"
#include "processor/query/preview/preview_unset.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

class TenantCounter {
 public:
  // Both definitions outlive the counter and what it finishes with.
  TenantCounter(const config::TenantDefinitions& before, const config::TenantDefinitions& after, Instant at);

  // A lead as both definitions see it: its moves, its fields, and where it is in only because one is unset.
  void Count(state::Lead lead);
  // Only the moves of a lead from `before`, under the old definitions, to `after`, under the new ones. Null: it is not
  // there; at least one is. `lead` is its id.
  void CountMoves(const std::string& lead, const state::PublishedView* before, const EvaluatedLead* after);

  TenantPreview Finish() &&;

 private:
  // One lead's moves, while they are counted.
  struct Moved {
    const std::string& lead;
    const state::PublishedView* before;
    const EvaluatedLead* after;
    const state::PublishedView* view_after() const { return after == nullptr ? nullptr : &after->view().published; }
  };

  // Adds the row of each tier and segment, also where no lead is in it.
  void AddTiers();
  void AddSegments();

  // Without reasons.
  Sample SampleOf(const Moved& moved) const;
  void CountTier(const Moved& moved);
  void CountSegments(const Moved& moved);
  void CountSegmentMove(const Moved& moved, bool enters, SegmentPreview* segment);
  void CountInByUnset(const EvaluatedLead& lead);

  const config::TenantDefinitions& before_;
  const config::TenantDefinitions& after_;
  const Instant at_;
  TenantPreview preview_;
  // By index into the definitions: the index into the preview's rows. Those of segments ascend.
  std::vector<uint32_t> tier_rows_before_, tier_rows_after_;
  std::vector<uint32_t> segment_rows_before_, segment_rows_after_;
  UnsetReader unset_reader_;
  FieldCounter field_counter_;
  bool counts_fields_ = false;
};

}  // namespace leadpulse::query
