#include "tools/leadpulse/preview/preview_tenant.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "processor/rules/evaluator.h"

namespace leadpulse::tools {

struct TenantCounter::Evaluated {
  const state::Lead& lead;
  view::View before;
  view::View after;
  // Everything a rule of the new definitions may ask.
  state::EngagementTotals totals;
  std::vector<uint8_t> segments;
  rules::Facts facts;

  Evaluated(const state::Lead& of, view::View view_before, const config::TenantDefinitions& definitions, Instant at)
      : lead(of),
        before(std::move(view_before)),
        after(view::EvaluateView(lead, definitions, at)),
        totals(lead.journal.Totals()),
        segments(definitions.segments.size(), 0),
        facts(view::FactsOf(lead, totals, definitions, at)) {
    view::CompleteFacts(after, definitions, &facts);
    for (uint32_t index : after.published.segments) segments[index] = 1;
    facts.segments = segments;
  }
  Evaluated(const Evaluated&) = delete;  // the facts refer to the rest
  Evaluated& operator=(const Evaluated&) = delete;
};

TenantCounter::TenantCounter(const config::TenantDefinitions& before, const config::TenantDefinitions& after,
                             Instant at)
    : before_(before), after_(after), at_(at), unset_reader_(after), field_counter_(after) {
  AddTiers();
  AddSegments();
}

void TenantCounter::AddTiers() {
  std::map<std::string, uint32_t> rows;
  const auto row_of = [&](const config::Tier& tier, DefinedIn defined_in) {
    const auto [row, is_new] = rows.emplace(tier.name, static_cast<uint32_t>(preview_.tiers.size()));
    if (is_new) {
      preview_.tiers.emplace_back();
      preview_.tiers.back().name = tier.name;
      preview_.tiers.back().defined_in = defined_in;
    } else {
      preview_.tiers[row->second].defined_in = DefinedIn::kBoth;
    }
    return row->second;
  };
  for (const config::Tier& tier : after_.tiers) tier_rows_after_.push_back(row_of(tier, DefinedIn::kAfter));
  for (const config::Tier& tier : before_.tiers) tier_rows_before_.push_back(row_of(tier, DefinedIn::kBefore));
}

void TenantCounter::AddSegments() {
  const std::vector<config::Segment>& before = before_.segments;
  const std::vector<config::Segment>& after = after_.segments;
  while (segment_rows_before_.size() < before.size() || segment_rows_after_.size() < after.size()) {
    const size_t i = segment_rows_before_.size();
    const size_t j = segment_rows_after_.size();
    const bool in_before = i < before.size() && (j == after.size() || before[i].id <= after[j].id);
    const bool in_after = j < after.size() && (i == before.size() || after[j].id <= before[i].id);
    const auto row = static_cast<uint32_t>(preview_.segments.size());
    if (in_before) segment_rows_before_.push_back(row);
    if (in_after) segment_rows_after_.push_back(row);
    Flow& flow = preview_.segments.emplace_back().flow;
    flow.name = in_before ? before[i].id : after[j].id;
    flow.defined_in = !in_after ? DefinedIn::kBefore : in_before ? DefinedIn::kBoth : DefinedIn::kAfter;
  }
}

void TenantCounter::Count(state::Lead* lead) {
  ++preview_.leads;
  view::ConvertProfile(before_, &lead->profile);
  view::View before = view::EvaluateView(*lead, before_, at_);
  view::ConvertProfile(after_, &lead->profile);
  const Evaluated evaluated(*lead, std::move(before), after_, at_);
  CountTier(evaluated);
  CountSegments(evaluated);
  CountInByUnset(evaluated);
  field_counter_.Count(*lead);
}

Sample TenantCounter::SampleOf(const Evaluated& lead) const {
  const state::PublishedView& before = lead.before.published;
  const state::PublishedView& after = lead.after.published;
  return {lead.lead.key.lead,
          before.score,
          after.score,
          before_.tiers[before.tier].name,
          after_.tiers[after.tier].name,
          {}};
}

void TenantCounter::CountTier(const Evaluated& lead) {
  Flow& before = preview_.tiers[tier_rows_before_[lead.before.published.tier]];
  Flow& after = preview_.tiers[tier_rows_after_[lead.after.published.tier]];
  ++before.before;
  if (&before == &after) return;
  ++before.leave;
  ++after.enter;
  if (before.leaving.Wants(lead.lead.key.lead)) before.leaving.Add(SampleOf(lead));
  if (after.entering.Wants(lead.lead.key.lead)) after.entering.Add(SampleOf(lead));
}

void TenantCounter::CountSegments(const Evaluated& lead) {
  const state::SegmentIndexes& before = lead.before.published.segments;
  const state::SegmentIndexes& after = lead.after.published.segments;
  size_t i = 0;
  size_t j = 0;
  while (i < before.size() || j < after.size()) {
    const uint32_t old_row = i < before.size() ? segment_rows_before_[before[i]] : UINT32_MAX;
    const uint32_t new_row = j < after.size() ? segment_rows_after_[after[j]] : UINT32_MAX;
    const uint32_t row = std::min(old_row, new_row);
    SegmentPreview& segment = preview_.segments[row];
    segment.flow.before += old_row == row;
    if (old_row != new_row) CountMove(lead, new_row == row, &segment);
    i += old_row == row;
    j += new_row == row;
  }
}

void TenantCounter::CountMove(const Evaluated& lead, bool enters, SegmentPreview* segment) {
  Flow& flow = segment->flow;
  ++(enters ? flow.enter : flow.leave);
  Samples& samples = enters ? flow.entering : flow.leaving;
  if (!samples.Wants(lead.lead.key.lead)) return;
  Sample sample = SampleOf(lead);
  const auto row = static_cast<uint32_t>(segment - preview_.segments.data());
  const auto found = std::lower_bound(segment_rows_after_.begin(), segment_rows_after_.end(), row);
  if (found != segment_rows_after_.end() && *found == row) {
    const config::Segment& definition = after_.segments[static_cast<size_t>(found - segment_rows_after_.begin())];
    sample.reasons = rules::ReasonsOf(*definition.rule.root, lead.facts);
  }
  samples.Add(std::move(sample));
}

void TenantCounter::CountInByUnset(const Evaluated& lead) {
  unset_reader_.Read(lead.facts, [&](uint32_t segment, const UnsetReader::FieldNames& fields) {
    InByUnset& in_by_unset = preview_.segments[segment_rows_after_[segment]].in_by_unset;
    ++in_by_unset.leads;
    for (const std::string_view field : fields) {
      const auto found = in_by_unset.by_field.find(field);
      if (found == in_by_unset.by_field.end()) {
        in_by_unset.by_field.emplace(field, 1);
      } else {
        ++found->second;
      }
    }
  });
}

TenantPreview TenantCounter::Finish() && {
  preview_.fields = std::move(field_counter_).Finish();
  return std::move(preview_);
}

}  // namespace leadpulse::tools
