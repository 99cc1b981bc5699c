// The difference between two consecutive views of one lead, as changes.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/engine/engine_output.h"
#include "processor/engine/stored_definitions.h"
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
  // The lead's agent before the record, if that has assigned another.
  std::optional<std::string_view> agent_before = {};
  std::string_view actor = {};  // who sent the command
  bool is_message = false;      // the record may be another lead's
  // What the command changed, as in Change.updated; null: nothing, or it is not published.
  const std::vector<std::string>* updated = nullptr;
};

// Returns the cause of evaluations that new definitions lead to.
inline EvaluationCause CauseOfDefinitions(const DefinitionsInForce& definitions) {
  return {definitions.rolled_out_at, codec::CauseKind::kDefinitions, definitions.current->version};
}

// Whether the cause of a change is a record of the lead itself, or no record.
bool IsOwnCause(const codec::Cause& cause, const state::Lead& lead);

// Appends a change with the lead's next sequence number. Its audience is the lead's agent, and the one before.
void PublishChange(const EvaluationCause& cause, codec::ChangeKind kind, std::string_view name, std::string_view from,
                   std::string_view to, state::Lead* lead, EngineOutput* output);

// Publishes LEAD_UPDATED.
void PublishUpdated(const EvaluationCause& cause, std::vector<std::string> updated, state::Lead* lead,
                    EngineOutput* output);

// Makes a lead of a row, with an empty view: LEAD_CREATED. It is evaluated next.
void PublishCreated(const EvaluationCause& cause, const config::TenantDefinitions& definitions, state::Lead* lead,
                    EngineOutput* output);

// Publishes what differs between lead->view (in terms of `before`) and `view` (in terms of `after`), in the order of
// codec::ChangeKind, segments by their ids, and makes `view` the lead's. `before` and `after` are the same object
// unless definitions changed.
void PublishViewChanges(const EvaluationCause& cause, const config::TenantDefinitions& before,
                        const config::TenantDefinitions& after, state::PublishedView view, state::Lead* lead,
                        EngineOutput* output);
// Publishes the same under unchanged definitions, with the changed segments in `diff`; `view` has no segments.
void PublishUpdatedView(const EvaluationCause& cause, const config::TenantDefinitions& definitions,
                        state::PublishedView view, const view::SegmentDiff& diff, state::Lead* lead,
                        EngineOutput* output);

// Moves the published view of a lead from one set of definitions to another without an evaluation, and publishes
// nothing. A tier and segments that are gone are withheld in its identity, which it must have, until the next
// PublishViewChanges. A topic that is not declared any more is forgotten.
void MoveView(const config::TenantDefinitions& before, const config::TenantDefinitions& after, state::Lead* lead);

// Returns the tier and the ids of the segments that were published last, withheld ones included; ids ascend.
// `definitions` are the lead's. Valid until either changes.
std::string_view PublishedTier(const state::Lead& lead, const config::TenantDefinitions& definitions);
std::vector<std::string_view> PublishedSegments(const state::Lead& lead, const config::TenantDefinitions& definitions);

}  // namespace leadpulse::engine
