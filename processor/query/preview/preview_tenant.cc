#include "processor/query/preview/preview_tenant.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "processor/view/view.h"

namespace leadpulse::query {

namespace {

// Stands in a sample for the tier of a lead that is not there.
constexpr char kNotThere[] = "not there";

std::string TierOf(const state::PublishedView* view, const config::TenantDefinitions& definitions) {
  return view == nullptr ? kNotThere : definitions.tiers[view->tier].name;
}

}  // namespace

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

void TenantCounter::Count(state::Lead lead) {
  view::ConvertProfile(before_, &lead.profile);
  const state::PublishedView before = view::EvaluateView(lead, before_, at_).published;
  const EvaluatedLead after(std::move(lead), after_, at_);
  CountMoves(after.lead().key.lead, &before, &after);
  CountInByUnset(after);
  field_counter_.Count(after.lead());
  counts_fields_ = true;
}

void TenantCounter::CountMoves(const std::string& lead, const state::PublishedView* before,
                               const EvaluatedLead* after) {
  preview_.leads += after != nullptr;
  const Moved moved{lead, before, after};
  CountTier(moved);
  CountSegments(moved);
}

Sample TenantCounter::SampleOf(const Moved& moved) const {
  const state::PublishedView* after = moved.view_after();
  return {moved.lead,
          moved.before == nullptr ? 0 : moved.before->score,
          after == nullptr ? 0 : after->score,
          TierOf(moved.before, before_),
          TierOf(after, after_),
          {}};
}

void TenantCounter::CountTier(const Moved& moved) {
  const state::PublishedView* after = moved.view_after();
  Flow* from = moved.before == nullptr ? nullptr : &preview_.tiers[tier_rows_before_[moved.before->tier]];
  Flow* to = after == nullptr ? nullptr : &preview_.tiers[tier_rows_after_[after->tier]];
  if (from != nullptr) ++from->before;
  if (from == to) return;
  if (from != nullptr) ++from->leave;
  if (to != nullptr) ++to->enter;
  if (from != nullptr && from->leaving.Wants(moved.lead)) from->leaving.Add(SampleOf(moved));
  if (to != nullptr && to->entering.Wants(moved.lead)) to->entering.Add(SampleOf(moved));
}

void TenantCounter::CountSegments(const Moved& moved) {
  static const state::SegmentIndexes kNone;
  const state::PublishedView* view_after = moved.view_after();
  const state::SegmentIndexes& before = moved.before == nullptr ? kNone : moved.before->segments;
  const state::SegmentIndexes& after = view_after == nullptr ? kNone : view_after->segments;
  size_t i = 0;
  size_t j = 0;
  while (i < before.size() || j < after.size()) {
    const uint32_t old_row = i < before.size() ? segment_rows_before_[before[i]] : UINT32_MAX;
    const uint32_t new_row = j < after.size() ? segment_rows_after_[after[j]] : UINT32_MAX;
    const uint32_t row = std::min(old_row, new_row);
    SegmentPreview& segment = preview_.segments[row];
    segment.flow.before += old_row == row;
    if (old_row != new_row) CountSegmentMove(moved, new_row == row, &segment);
    i += old_row == row;
    j += new_row == row;
  }
}

void TenantCounter::CountSegmentMove(const Moved& moved, bool enters, SegmentPreview* segment) {
  Flow& flow = segment->flow;
  ++(enters ? flow.enter : flow.leave);
  Samples& samples = enters ? flow.entering : flow.leaving;
  if (!samples.Wants(moved.lead)) return;
  Sample sample = SampleOf(moved);
  const auto row = static_cast<uint32_t>(segment - preview_.segments.data());
  const auto found = std::lower_bound(segment_rows_after_.begin(), segment_rows_after_.end(), row);
  if (moved.after != nullptr && found != segment_rows_after_.end() && *found == row) {
    const config::Segment& definition = after_.segments[static_cast<size_t>(found - segment_rows_after_.begin())];
    sample.reasons = rules::ReasonsOf(*definition.rule.root, moved.after->facts());
  }
  samples.Add(std::move(sample));
}

void TenantCounter::CountInByUnset(const EvaluatedLead& lead) {
  unset_reader_.Read(lead.facts(), [&](uint32_t segment, const UnsetReader::FieldNames& fields) {
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
  if (counts_fields_) preview_.fields = std::move(field_counter_).Finish();
  return std::move(preview_);
}

}  // namespace leadpulse::query
