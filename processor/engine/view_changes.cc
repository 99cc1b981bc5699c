#include "processor/engine/view_changes.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace leadpulse::engine {
namespace {

using codec::ChangeKind;

// Ascending, for the definitions hold segments in the order of their ids.
std::vector<std::string_view> SegmentIds(const state::SegmentIndexes& segments,
                                         const config::TenantDefinitions& definitions) {
  std::vector<std::string_view> ids;
  ids.reserve(segments.size());
  for (uint32_t index : segments) ids.push_back(definitions.segments[index].id);
  return ids;
}

// Publishes one change for each id that is in `ids` but not in `others`.
void PublishDifference(const Occasion& occasion, ChangeKind kind, const std::vector<std::string_view>& ids,
                       const std::vector<std::string_view>& others, state::Lead* lead, EngineOutput* output) {
  std::vector<std::string_view> difference;
  std::set_difference(ids.begin(), ids.end(), others.begin(), others.end(), std::back_inserter(difference));
  for (std::string_view id : difference) PublishChange(occasion, kind, std::string(id), "", "", lead, output);
}

// Under one set of definitions: indexes ascend as ids do.
void PublishIndexes(const Occasion& occasion, const config::TenantDefinitions& definitions,
                    const state::SegmentIndexes& indexes, state::Lead* lead, EngineOutput* output) {
  const auto publish = [&](ChangeKind kind, const state::SegmentIndexes& some, const state::SegmentIndexes& others) {
    std::vector<uint32_t> difference;
    std::ranges::set_difference(some, others, std::back_inserter(difference));
    for (uint32_t index : difference) {
      PublishChange(occasion, kind, definitions.segments[index].id, "", "", lead, output);
    }
  };
  if (lead->view.segments == indexes) return;
  publish(ChangeKind::kSegmentLeft, lead->view.segments, indexes);
  publish(ChangeKind::kSegmentEntered, indexes, lead->view.segments);
}

void PublishSegments(const Occasion& occasion, const config::TenantDefinitions& before,
                     const config::TenantDefinitions& after, const state::PublishedView& view, state::Lead* lead,
                     EngineOutput* output) {
  if (&before == &after) return PublishIndexes(occasion, after, view.segments, lead, output);
  const std::vector<std::string_view> old_ids = SegmentIds(lead->view.segments, before);
  const std::vector<std::string_view> new_ids = SegmentIds(view.segments, after);
  PublishDifference(occasion, ChangeKind::kSegmentLeft, old_ids, new_ids, lead, output);
  PublishDifference(occasion, ChangeKind::kSegmentEntered, new_ids, old_ids, lead, output);
}

std::string TrueOrFalse(bool value) { return value ? "true" : "false"; }

}  // namespace

void PublishChange(const Occasion& occasion, ChangeKind kind, std::string name, std::string from, std::string to,
                   state::Lead* lead, EngineOutput* output) {
  ++lead->last_seq.value;
  codec::Change& change = output->changes.emplace_back();
  change.key = lead->key;
  change.seq = lead->last_seq;
  change.at = occasion.at;
  change.kind = kind;
  change.name = std::move(name);
  change.from = std::move(from);
  change.to = std::move(to);
  change.cause = {occasion.cause, std::string(occasion.cause_id)};
  change.backfill = occasion.backfill;
  if (occasion.source != nullptr) change.source = *occasion.source;
  ++output->counters.changes[static_cast<size_t>(kind)];
}

void PublishViewChanges(const Occasion& occasion, const config::TenantDefinitions& before,
                        const config::TenantDefinitions& after, state::PublishedView view, state::Lead* lead,
                        EngineOutput* output) {
  const state::PublishedView& old = lead->view;
  if (&before == &after && old == view) return;
  const auto publish = [&](ChangeKind kind, std::string from, std::string to) {
    PublishChange(occasion, kind, "", std::move(from), std::move(to), lead, output);
  };
  if (old.email_status != view.email_status) {
    publish(ChangeKind::kEmailStatusChanged, std::string(EmailStatusName(old.email_status)),
            std::string(EmailStatusName(view.email_status)));
  }
  if (old.sendable != view.sendable) {
    publish(ChangeKind::kSendableChanged, TrueOrFalse(old.sendable), TrueOrFalse(view.sendable));
  }
  if (old.stage != view.stage) {
    publish(ChangeKind::kStageChanged, std::string(StageName(old.stage)), std::string(StageName(view.stage)));
  }
  if (old.score != view.score && after.publish_score_changes) {
    publish(ChangeKind::kScoreChanged, std::to_string(old.score), std::to_string(view.score));
  }
  const std::string& old_tier = before.tiers[old.tier].name;
  const std::string& new_tier = after.tiers[view.tier].name;
  if (old_tier != new_tier) publish(ChangeKind::kTierChanged, old_tier, new_tier);
  PublishSegments(occasion, before, after, view, lead, output);
  lead->view = std::move(view);
}

}  // namespace leadpulse::engine
