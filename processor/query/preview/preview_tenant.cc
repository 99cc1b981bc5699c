#include "processor/query/preview/preview_tenant.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/base/nearest.h"
#include "processor/base/sort_once.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/evaluation/value_evaluator.h"
#include "processor/rules/language/checker.h"
#include "processor/view/view.h"

namespace leadpulse::query {
namespace {

std::vector<std::string> AttributesOf(const config::TenantDefinitions& definitions) {
  std::set<std::string> names;
  const auto add = [&](const rules::Rule& rule) {
    for (std::string& name : rules::ReferencedAttributes(rule)) names.insert(std::move(name));
  };
  for (const config::Segment& segment : definitions.segments) add(segment.rule);
  for (const config::ScoringRule& rule : *definitions.scoring) {
    if (rule.when) add(*rule.when);
  }
  if (definitions.exclude) add(*definitions.exclude);
  return {names.begin(), names.end()};
}

// The tier in a sample of a lead that does not exist.
constexpr char kNotThere[] = "not there";

std::string TierOf(const state::PublishedView* view, const config::TenantDefinitions& definitions) {
  return view == nullptr ? kNotThere : definitions.tiers[view->tier].name;
}

// Returns the index of a segment; segments ascend by id.
uint32_t IndexOf(std::string_view id, const std::vector<config::Segment>& segments) {
  const auto found = std::ranges::lower_bound(segments, id, {}, &config::Segment::id);
  LP_ASSERT(found != segments.end() && found->id == id);
  return static_cast<uint32_t>(found - segments.begin());
}

}  // namespace

FieldCounter::FieldCounter(const config::TenantDefinitions& definitions) {
  for (std::string& name : AttributesOf(definitions)) {
    Counted& counted = counted_.emplace_back();
    const auto declared = definitions.fields.find(name);
    if (declared != definitions.fields.end()) counted.coverage.declared = declared->second;
    counted.field.name = std::move(name);
  }
}

void FieldCounter::Count(const state::Lead& lead) {
  rules::Facts facts;
  facts.lead = &lead;
  const auto& attributes = lead.profile.attributes;
  for (Counted& counted : counted_) {
    if (rules::FieldOperand(counted.field, facts).is_set()) {
      ++counted.coverage.leads;
    } else if (attributes.contains(std::get<std::string>(counted.field.name))) {
      ++counted.coverage.unreadable;
    }
  }
  if (counted_.empty()) return;
  for (const auto& [name, attribute] : attributes) {
    if (names_seen_.size() < kMaxNamesSeen && !names_seen_.contains(name)) names_seen_.insert(name);
  }
}

std::map<std::string, FieldCoverage> FieldCounter::Finish() && {
  std::vector<std::string> known(names_seen_.begin(), names_seen_.end());
  known.emplace_back("email");
  for (int i = 0; i <= static_cast<int>(rules::BuiltIn::kCampaigns); ++i) {
    known.emplace_back(rules::BuiltInName(static_cast<rules::BuiltIn>(i)));
  }
  std::map<std::string, FieldCoverage> fields;
  for (Counted& counted : counted_) {
    const std::string& name = std::get<std::string>(counted.field.name);
    // A name that leads have is not mistyped, even if the rules can read none of its values.
    if (counted.coverage.leads == 0 && counted.coverage.unreadable == 0) {
      counted.coverage.nearest = NearestName(name, known);
    }
    fields.emplace(name, std::move(counted.coverage));
  }
  return fields;
}

// Reads the segments that could hold because something is unset, and those they refer to whose answer could depend on
// it.
UnsetReader::UnsetReader(const config::TenantDefinitions& definitions)
    : definitions_(definitions), rests_on_unset_(definitions.segments.size(), 0), fields_(definitions.segments.size()) {
  std::vector<rules::UnsetReach> reaches(definitions.segments.size());
  for (uint32_t index : definitions.segment_order) {
    reaches[index] = rules::ReachOfUnset(*definitions.segments[index].rule.root, reaches);
  }
  std::vector<uint8_t> needed(definitions.segments.size(), 0);
  const std::vector<uint32_t>& order = definitions.segment_order;
  for (size_t i = order.size(); i-- > 0;) {
    const uint32_t index = order[i];
    if (!reaches[index].when_true && needed[index] == 0) continue;
    needed[index] = 1;
    for (uint32_t referred : rules::ReferencedSegments(definitions.segments[index].rule)) {
      needed[referred] = reaches[referred].when_true || reaches[referred].when_false;
    }
  }
  std::ranges::copy_if(order, std::back_inserter(order_), [&](uint32_t index) { return needed[index] != 0; });
}

void UnsetReader::Read(const rules::Facts& facts, const Found& found) {
  std::vector<rules::UnsetGround> grounds;
  for (uint32_t index : order_) {
    grounds.clear();
    const rules::StrictAnswer answer =
        rules::EvaluateStrictly(*definitions_.segments[index].rule.root, facts, rests_on_unset_, &grounds);
    rests_on_unset_[index] = answer.rests_on_unset;
    if (!answer.rests_on_unset) continue;
    fields_[index] = NamesOf(grounds);
    if (answer.holds) found(index, fields_[index]);
  }
}

UnsetReader::FieldNames UnsetReader::NamesOf(const std::vector<rules::UnsetGround>& grounds) const {
  FieldNames names;
  for (const rules::UnsetGround& ground : grounds) {
    if (const auto* segment = std::get_if<uint32_t>(&ground)) {
      names.insert(names.end(), fields_[*segment].begin(), fields_[*segment].end());
      continue;
    }
    const rules::Field& field = *std::get<const rules::Field*>(ground);
    const auto* built_in = std::get_if<rules::BuiltIn>(&field.name);
    names.push_back(built_in != nullptr ? rules::BuiltInName(*built_in)
                                        : std::string_view(std::get<std::string>(field.name)));
  }
  SortOnce(&names);
  return names;
}

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
  facts.results = nullptr;  // the cached results are those of the old rules
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

TenantCounter::TenantCounter(const config::TenantDefinitions& before, const config::TenantDefinitions& after,
                             Instant at, bool only_moves)
    : before_(before), after_(after), at_(at), only_moves_(only_moves), unset_reader_(after), field_counter_(after) {
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
  Count(after.lead().key.lead, &before, &after);
}

void TenantCounter::CountMoves(state::Lead lead, const SegmentChange& change) {
  const EvaluatedLead before(std::move(lead), before_, at_, ViewFrom::kState);
  const state::PublishedView& view = before.view().published;
  std::optional<state::SegmentIndexes> segments = change.SegmentsAfter(before);
  if (segments) {
    state::Lead moved = before.lead();
    moved.view.segments = *std::move(segments);
    const EvaluatedLead after(std::move(moved), after_, at_, ViewFrom::kState);
    return CountMoves({after.lead().key.lead, &view, &after});
  }
  ++preview_.leads;
  ++preview_.tiers[tier_rows_before_[view.tier]].before;
  for (const uint32_t segment : view.segments) ++preview_.segments[segment_rows_before_[segment]].flow.before;
}

void TenantCounter::Count(const std::string& lead, const state::PublishedView* before, const EvaluatedLead* after) {
  CountMoves({lead, before, after});
  if (only_moves_ || after == nullptr) return;
  CountInByUnset(*after);
  field_counter_.Count(after->lead());
}

void TenantCounter::CountMoves(const Moved& moved) {
  preview_.leads += moved.after != nullptr;
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
  const auto found = std::ranges::lower_bound(segment_rows_after_, row);
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
    for (const std::string_view field : fields) ++in_by_unset.by_field[std::string(field)];
  });
}

TenantPreview TenantCounter::Finish() && {
  if (!only_moves_) preview_.fields = std::move(field_counter_).Finish();
  return std::move(preview_);
}

}  // namespace leadpulse::query
