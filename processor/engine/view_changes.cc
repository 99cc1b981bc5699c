#include "processor/engine/view_changes.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/engine/apply_command.h"
#include "processor/view/view.h"

namespace leadpulse::engine {
namespace {

using codec::ChangeKind;

// Returns the ids, ascending because the definitions have segments in the order of their ids.
std::vector<std::string_view> SegmentIds(const state::SegmentIndexes& segments,
                                         const config::TenantDefinitions& definitions) {
  std::vector<std::string_view> ids;
  ids.reserve(segments.size());
  for (uint32_t index : segments) ids.push_back(definitions.segments[index].id);
  return ids;
}

bool Withholds(const state::Lead& lead) { return lead.identity && lead.identity->withheld; }

CountedMoment MomentOf(const EvaluationCause& cause) {
  return {cause.at, cause.cause == codec::CauseKind::kDefinitions};
}

// Publishes that the lead entered or left a segment, and counts it.
void PublishSegment(const EvaluationCause& cause, const config::TenantDefinitions& definitions, ChangeKind kind,
                    const std::string& id, state::Lead* lead, EngineOutput* output) {
  output->day_counter.CountSegment(MomentOf(cause), id, kind == ChangeKind::kSegmentEntered, definitions, *lead);
  PublishChange(cause, kind, id, "", "", lead, output);
}

// Publishes one change for each id that is in `ids` but not in `others`.
void PublishDifference(const EvaluationCause& cause, const config::TenantDefinitions& definitions, ChangeKind kind,
                       const std::vector<std::string_view>& ids, const std::vector<std::string_view>& others,
                       state::Lead* lead, EngineOutput* output) {
  std::vector<std::string_view> difference;
  std::set_difference(ids.begin(), ids.end(), others.begin(), others.end(), std::back_inserter(difference));
  for (std::string_view id : difference) PublishSegment(cause, definitions, kind, std::string(id), lead, output);
}

// Publishes changes under one set of definitions: indexes ascend as ids do.
void PublishDiff(const EvaluationCause& cause, const config::TenantDefinitions& definitions,
                 const view::SegmentDiff& diff, state::Lead* lead, EngineOutput* output) {
  const auto publish = [&](ChangeKind kind, std::span<const uint32_t> segments) {
    for (const uint32_t index : segments) {
      PublishSegment(cause, definitions, kind, definitions.segments[index].id, lead, output);
    }
  };
  publish(ChangeKind::kSegmentLeft, diff.left);
  publish(ChangeKind::kSegmentEntered, diff.entered);
}

void PublishSegments(const EvaluationCause& cause, const config::TenantDefinitions& before,
                     const config::TenantDefinitions& after, const state::PublishedView& view, state::Lead* lead,
                     EngineOutput* output) {
  if (&before == &after && !Withholds(*lead)) {
    const state::SegmentIndexes& old = lead->view.segments;
    absl::InlinedVector<uint32_t, 16> left, entered;
    std::ranges::set_difference(old, view.segments, std::back_inserter(left));
    std::ranges::set_difference(view.segments, old, std::back_inserter(entered));
    return PublishDiff(cause, after, {left, entered}, lead, output);
  }
  const std::vector<std::string_view> old_ids = PublishedSegments(*lead, before);
  const std::vector<std::string_view> new_ids = SegmentIds(view.segments, after);
  PublishDifference(cause, after, ChangeKind::kSegmentLeft, old_ids, new_ids, lead, output);
  PublishDifference(cause, after, ChangeKind::kSegmentEntered, new_ids, old_ids, lead, output);
}

// Publishes the changes of the topics that are declared now. A topic that was not declared before counts as `in`.
void PublishTopics(const EvaluationCause& cause, const config::TenantDefinitions& before,
                   const config::TenantDefinitions& after, const state::TopicSet& topics_out, state::Lead* lead,
                   EngineOutput* output) {
  const state::TopicSet old = lead->view.topics_out;
  if (&before == &after ? old == topics_out : old.none() && topics_out.none()) return;
  for (size_t topic = 0; topic < after.topics.size(); ++topic) {
    const std::string& id = after.topics[topic].id;
    const auto declared = before.topic_indexes.find(FoldCase(id));
    const bool was_out = declared != before.topic_indexes.end() && old[declared->second];
    if (was_out == topics_out[topic]) continue;
    PublishChange(cause, ChangeKind::kTopicChanged, id, was_out ? "out" : "in", was_out ? "in" : "out", lead, output);
  }
}

std::string_view TrueOrFalse(bool value) { return value ? "true" : "false"; }

}  // namespace

std::string_view PublishedTier(const state::Lead& lead, const config::TenantDefinitions& definitions) {
  if (Withholds(lead) && !lead.identity->withheld->tier.empty()) return lead.identity->withheld->tier;
  return definitions.tiers[lead.view.tier].name;
}

std::vector<std::string_view> PublishedSegments(const state::Lead& lead, const config::TenantDefinitions& definitions) {
  std::vector<std::string_view> ids = SegmentIds(lead.view.segments, definitions);
  if (!Withholds(lead)) return ids;
  const std::vector<std::string>& withheld = lead.identity->withheld->segments;
  ids.insert(ids.end(), withheld.begin(), withheld.end());
  std::ranges::sort(ids);
  return ids;
}

bool IsOwnCause(const codec::Cause& cause, const state::Lead& lead) {
  if (cause.kind == codec::CauseKind::kCommand) return IsApplied(lead.profile, cause.id);
  if (cause.kind != codec::CauseKind::kEvent) return true;
  // Search from the newest entry, which is most often the cause.
  const auto entries = lead.journal.entries();
  return std::any_of(entries.rbegin(), entries.rend(),
                     [&cause](const state::JournalEntry& entry) { return entry.event_id() == cause.id; });
}

void PublishChange(const EvaluationCause& cause, ChangeKind kind, std::string_view name, std::string_view from,
                   std::string_view to, state::Lead* lead, EngineOutput* output) {
  ++lead->last_seq.value;
  codec::Change& change = output->changes.Append();
  SetText(lead->key.tenant, &change.key.tenant);
  SetText(lead->key.lead, &change.key.lead);
  change.seq = lead->last_seq;
  change.at = cause.at;
  change.kind = kind;
  SetText(name, &change.name);
  SetText(from, &change.from);
  SetText(to, &change.to);
  change.cause.kind = cause.cause;
  SetText(cause.cause_id, &change.cause.id);
  change.backfill = cause.backfill;
  change.updated.clear();
  if (cause.source != nullptr) {
    change.source = *cause.source;
  } else {
    change.source.reset();
  }
  ChangeAudience& audience = output->changes.latest_audience();
  audience.agent = lead->profile.extras->agent_id;
  audience.agent_before = cause.agent_before;
  audience.hides_cause = cause.is_message && !IsOwnCause(change.cause, *lead);
  SetText(cause.actor, &output->changes.latest_actor());
  ++output->counters.changes[static_cast<size_t>(kind)];
}

namespace {

void PublishAllButSegments(const EvaluationCause& cause, const config::TenantDefinitions& before,
                           const config::TenantDefinitions& after, const state::PublishedView& view, state::Lead* lead,
                           EngineOutput* output) {
  const state::PublishedView& old = lead->view;
  const auto publish = [&](ChangeKind kind, std::string_view from, std::string_view to) {
    PublishChange(cause, kind, "", from, to, lead, output);
  };
  DayCounter& counter = output->day_counter;
  if (old.email_status != view.email_status) {
    counter.CountEmailStatus(MomentOf(cause), view.email_status, after, *lead);
    publish(ChangeKind::kEmailStatusChanged, EmailStatusName(old.email_status), EmailStatusName(view.email_status));
  }
  if (old.sendable != view.sendable) {
    publish(ChangeKind::kSendableChanged, TrueOrFalse(old.sendable), TrueOrFalse(view.sendable));
  }
  PublishTopics(cause, before, after, view.topics_out, lead, output);
  if (old.stage != view.stage) {
    counter.CountStage(MomentOf(cause), view.stage, after, *lead);
    publish(ChangeKind::kStageChanged, StageName(old.stage), StageName(view.stage));
  }
  if (old.score != view.score && after.publish_score_changes) {
    publish(ChangeKind::kScoreChanged, std::to_string(old.score), std::to_string(view.score));
  }
  const std::string_view old_tier = PublishedTier(*lead, before);
  const std::string& new_tier = after.tiers[view.tier].name;
  if (old_tier != new_tier) {
    counter.CountTier(MomentOf(cause), new_tier, after, *lead);
    publish(ChangeKind::kTierChanged, old_tier, new_tier);
  }
}

}  // namespace

void PublishUpdated(const EvaluationCause& cause, std::vector<std::string> updated, state::Lead* lead,
                    EngineOutput* output) {
  PublishChange(cause, ChangeKind::kLeadUpdated, "", "", "", lead, output);
  output->changes.latest().updated = std::move(updated);
}

void PublishCreated(const EvaluationCause& cause, const config::TenantDefinitions& definitions, state::Lead* lead,
                    EngineOutput* output) {
  if (lead->identity) lead->identity->is_no_lead = false;
  lead->view = view::EmptyView(definitions);
  output->day_counter.CountCreated(MomentOf(cause), definitions, *lead);
  PublishChange(cause, ChangeKind::kLeadCreated, "", "", "", lead, output);
}

void PublishViewChanges(const EvaluationCause& cause, const config::TenantDefinitions& before,
                        const config::TenantDefinitions& after, state::PublishedView view, state::Lead* lead,
                        EngineOutput* output) {
  if (&before == &after && lead->view == view && !Withholds(*lead)) return;
  PublishAllButSegments(cause, before, after, view, lead, output);
  PublishSegments(cause, before, after, view, lead, output);
  lead->view = std::move(view);
  if (Withholds(*lead)) lead->identity->withheld.reset();
}

void PublishUpdatedView(const EvaluationCause& cause, const config::TenantDefinitions& definitions,
                        state::PublishedView view, const view::SegmentDiff& diff, state::Lead* lead,
                        EngineOutput* output) {
  PublishAllButSegments(cause, definitions, definitions, view, lead, output);
  PublishDiff(cause, definitions, diff, lead, output);
  view.segments = std::move(lead->view.segments);
  view::ApplyDiff(diff, &view.segments);
  lead->view = std::move(view);
}

void MoveView(const config::TenantDefinitions& before, const config::TenantDefinitions& after, state::Lead* lead) {
  LP_ASSERT(lead->identity);
  state::PublishedView moved = lead->view;
  state::WithheldView withheld;
  const std::string_view old_tier = PublishedTier(*lead, before);
  const auto tier = std::ranges::find(after.tiers, old_tier, &config::Tier::name);
  if (tier == after.tiers.end()) {
    withheld.tier = old_tier;
    moved.tier = view::TierOf(after, moved.score);
  } else {
    moved.tier = static_cast<uint32_t>(tier - after.tiers.begin());
  }
  moved.segments.clear();
  for (const std::string_view id : PublishedSegments(*lead, before)) {
    const auto segment = std::ranges::lower_bound(after.segments, id, {}, &config::Segment::id);
    if (segment == after.segments.end() || segment->id != id) {
      withheld.segments.emplace_back(id);
    } else {
      moved.segments.push_back(static_cast<uint32_t>(segment - after.segments.begin()));
    }
  }
  moved.topics_out.reset();
  for (const auto& [folded, index] : before.topic_indexes) {
    const auto topic = after.topic_indexes.find(folded);
    if (lead->view.topics_out[index] && topic != after.topic_indexes.end()) moved.topics_out.set(topic->second);
  }
  lead->view = std::move(moved);
  lead->identity->withheld.Set(std::move(withheld));
}

}  // namespace leadpulse::engine
