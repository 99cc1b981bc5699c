#include "processor/query/preview/segment_change.h"

#include <algorithm>

#include "processor/base/assert.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/checker.h"

namespace leadpulse::query {
namespace {

// Segments ascend by id.
uint32_t IndexOf(std::string_view id, const std::vector<config::Segment>& segments) {
  const auto found = std::ranges::lower_bound(segments, id, {}, &config::Segment::id);
  LP_ASSERT(found != segments.end() && found->id == id);
  return static_cast<uint32_t>(found - segments.begin());
}

}  // namespace

SegmentChange::SegmentChange(const config::TenantDefinitions& before, const config::TenantDefinitions& after,
                             std::string_view id)
    : after_(after) {
  for (const config::Segment& segment : before.segments) index_after_.push_back(IndexOf(segment.id, after.segments));
  std::vector<uint8_t> is_affected(after.segments.size(), 0);
  is_affected[IndexOf(id, after.segments)] = 1;
  for (const uint32_t index : after.segment_order) {
    for (const uint32_t referred : rules::ReferencedSegments(after.segments[index].rule)) {
      is_affected[index] |= is_affected[referred];
    }
    if (is_affected[index] != 0) affected_.push_back(index);
  }
}

std::optional<state::SegmentIndexes> SegmentChange::SegmentsAfter(const EvaluatedLead& lead) const {
  std::vector<uint8_t> holds(after_.segments.size(), 0);
  for (const uint32_t index : lead.view().published.segments) holds[index_after_[index]] = 1;
  rules::Facts facts = lead.facts();
  facts.results = nullptr;  // The cached results are those of the old rules.
  facts.segments = holds;
  bool moves = false;
  for (const uint32_t index : affected_) {
    const bool is_in = rules::Holds(*after_.segments[index].rule.root, facts);
    moves = moves || is_in != (holds[index] != 0);
    holds[index] = is_in;
  }
  if (!moves) return std::nullopt;
  state::SegmentIndexes segments;
  for (uint32_t index = 0; index < holds.size(); ++index) {
    if (holds[index] != 0) segments.push_back(index);
  }
  return segments;
}

}  // namespace leadpulse::query
