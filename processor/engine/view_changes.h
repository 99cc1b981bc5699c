// The difference between two consecutive views of one lead, as changes.
#pragma once

#include <string>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/engine/engine_output.h"
#include "processor/view/incremental/segment_diff.h"
#include "schemas/codec/records.h"
#include "state/lead/lead.h"

namespace leadpulse::engine {

// Why an evaluation took place: copied into each of its changes. Refers to the record that caused it.
struct EvaluationCause {
  Instant at;
  codec::CauseKind cause = codec::CauseKind::kTime;
  std::string_view cause_id = {};
  bool backfill = false;
  const codec::SourcePosition* source = nullptr;  // null: no record
};

// Appends a change with the lead's next sequence number.
void PublishChange(const EvaluationCause& cause, codec::ChangeKind kind, std::string_view name, std::string_view from,
                   std::string_view to, state::Lead* lead, EngineOutput* output);

// Publishes what differs between lead->view (in terms of `before`) and `view` (in terms of `after`), in the order of
// codec::ChangeKind, segments by their ids, and makes `view` the lead's. `before` and `after` are the same object
// unless definitions changed.
void PublishViewChanges(const EvaluationCause& cause, const config::TenantDefinitions& before,
                        const config::TenantDefinitions& after, state::PublishedView view, state::Lead* lead,
                        EngineOutput* output);
// The same under unchanged definitions, with the changed segments in `diff`; `view` has no segments.
void PublishUpdatedView(const EvaluationCause& cause, const config::TenantDefinitions& definitions,
                        state::PublishedView view, const view::SegmentDiff& diff, state::Lead* lead,
                        EngineOutput* output);

// A view in terms of other definitions, without an evaluation: segments and topics that are not declared any more are
// left out, and a tier that is gone becomes that of the score.
state::PublishedView InTermsOf(const config::TenantDefinitions& after, const config::TenantDefinitions& before,
                               const state::PublishedView& view);

}  // namespace leadpulse::engine
