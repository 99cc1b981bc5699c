#include "processor/query/diff/lead_difference.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "processor/base/text.h"

namespace leadpulse::query {
namespace {

struct NamedValue {
  std::string_view name;
  std::string value;
};

// In the same order for every lead.
std::vector<NamedValue> FieldsOf(const view::View& view, const config::TenantDefinitions& definitions) {
  const state::PublishedView& published = view.published;
  return {{"score", std::to_string(published.score)},
          {"tier", definitions.tiers[published.tier].name},
          {"email_status", std::string(EmailStatusName(published.email_status))},
          {"sendable", published.sendable ? "true" : "false"},
          {"topics_out", Join(view::TopicsOut(published, definitions), ", ")},
          {"stage", std::string(StageName(published.stage))},
          {"status", std::string(view.status)},
          {"quality", std::to_string(view.quality)},
          {"qualification", std::to_string(view.qualification)}};
}

// The indexes ascend, and so do the ids.
std::vector<std::string_view> SegmentsOf(const view::View& view, const config::TenantDefinitions& definitions) {
  std::vector<std::string_view> ids;
  for (uint32_t index : view.published.segments) ids.emplace_back(definitions.segments[index].id);
  return ids;
}

// A view, named so that it can be held against one under other definitions.
struct NamedView {
  std::vector<NamedValue> fields;
  std::vector<std::string_view> segments;

  NamedView(const view::View& view, const config::TenantDefinitions& definitions)
      : fields(FieldsOf(view, definitions)), segments(SegmentsOf(view, definitions)) {}
  bool Has(std::string_view segment) const { return std::ranges::binary_search(segments, segment); }
};

// `between` is the right lead under the left definitions: what lies before it is the history's, what lies behind it is
// the definitions'.
void CompareViews(const NamedView& left, const NamedView& between, const NamedView& right, LeadDifference* difference) {
  for (size_t i = 0; i < left.fields.size(); ++i) {
    const NamedValue& from = left.fields[i];
    const NamedValue& to = right.fields[i];
    if (from.value == to.value) continue;
    const std::string& middle = between.fields[i].value;
    difference->fields.push_back({from.name, from.value, to.value, {from.value != middle, middle != to.value}});
  }
  std::vector<std::string_view> moved;
  std::ranges::set_symmetric_difference(left.segments, right.segments, std::back_inserter(moved));
  for (const std::string_view id : moved) {
    const bool in_left = left.Has(id);
    const bool in_between = between.Has(id);
    difference->segments.push_back({std::string(id), in_left, {in_left != in_between, in_between == in_left}});
  }
}

}  // namespace

SeenLead SeeLead(state::Lead lead, const config::TenantDefinitions& definitions, Instant at) {
  SeenLead seen{std::move(lead), {}};
  view::ConvertProfile(definitions, &seen.lead.profile);
  seen.view = view::EvaluateView(seen.lead, definitions, at);
  return seen;
}

std::optional<LeadDifference> CompareLeads(const SeenLead& left, const config::TenantDefinitions& left_definitions,
                                           const SeenLead& right, const config::TenantDefinitions& right_definitions,
                                           bool same_definitions, Instant at) {
  LeadDifference difference;
  difference.history = CompareHistories(left.lead, right.lead);
  const bool same_history = !difference.history.any();
  if (same_history && same_definitions) return std::nullopt;
  const NamedView seen_left(left.view, left_definitions);
  const NamedView seen_right(right.view, right_definitions);
  if (same_definitions) {
    CompareViews(seen_left, seen_right, seen_right, &difference);
  } else if (same_history) {
    CompareViews(seen_left, seen_left, seen_right, &difference);
  } else {
    const SeenLead between = SeeLead(right.lead, left_definitions, at);
    CompareViews(seen_left, NamedView(between.view, left_definitions), seen_right, &difference);
  }
  if (same_history && difference.fields.empty() && difference.segments.empty()) return std::nullopt;
  difference.key = left.lead.key;
  return difference;
}

}  // namespace leadpulse::query
