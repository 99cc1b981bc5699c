#include "tools/leadpulse/replay/replay_effect.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/rules/reasons.h"
#include "state/lead_codec.h"
#include "tools/leadpulse/leads/evaluated_lead.h"

namespace leadpulse::tools {
namespace {

// What is said in place of a tier.
constexpr char kNotThere[] = "not there";

Result<state::Lead> Decode(std::string_view key_bytes, std::string_view value) {
  const Result<LeadKey> key = state::ParseLeadKey(key_bytes);
  if (!key.ok()) return key.status();
  return state::DecodeLead(*key, value);
}

// Counts one tenant's leads. Null: the lead is not there.
class TenantComparison {
 public:
  TenantComparison(const config::TenantDefinitions& definitions, Instant at) : definitions_(definitions), at_(at) {
    for (const config::Tier& tier : definitions.tiers) preview_.tiers.emplace_back().name = tier.name;
    for (const config::Segment& segment : definitions.segments) preview_.segments.emplace_back().flow.name = segment.id;
  }

  void CountUnchanged(state::Lead lead) {
    const EvaluatedLead evaluated(std::move(lead), definitions_, at_);
    ++preview_.leads;
    ++preview_.tiers[evaluated.view().published.tier].before;
    for (const uint32_t segment : evaluated.view().published.segments) ++preview_.segments[segment].flow.before;
  }

  void Count(std::optional<state::Lead> lead_before, std::optional<state::Lead> lead_after) {
    std::optional<EvaluatedLead> before;
    std::optional<EvaluatedLead> after;
    if (lead_before) before.emplace(std::move(*lead_before), definitions_, at_);
    if (lead_after) after.emplace(std::move(*lead_after), definitions_, at_);
    preview_.leads += after.has_value();
    CountTier(before, after);
    for (size_t i = 0; i < preview_.segments.size(); ++i) CountSegment(before, after, i);
  }

  TenantPreview Finish() && { return std::move(preview_); }

 private:
  using Lead = std::optional<EvaluatedLead>;

  std::string TierOf(const Lead& lead) const {
    return lead ? definitions_.tiers[lead->view().published.tier].name : kNotThere;
  }

  // Without reasons.
  Sample SampleOf(const Lead& before, const Lead& after) const {
    return {(after ? after : before)->lead().key.lead,
            before ? before->view().published.score : 0,
            after ? after->view().published.score : 0,
            TierOf(before),
            TierOf(after),
            {}};
  }

  void CountTier(const Lead& before, const Lead& after) {
    Flow* from = before ? &preview_.tiers[before->view().published.tier] : nullptr;
    Flow* to = after ? &preview_.tiers[after->view().published.tier] : nullptr;
    if (from != nullptr) ++from->before;
    if (from == to) return;
    const Sample sample = SampleOf(before, after);
    if (from != nullptr) CountMove(&from->leave, &from->leaving, sample);
    if (to != nullptr) CountMove(&to->enter, &to->entering, sample);
  }

  static bool IsIn(const Lead& lead, size_t segment) {
    if (!lead) return false;
    const state::SegmentIndexes& in = lead->view().published.segments;
    return std::binary_search(in.begin(), in.end(), static_cast<uint32_t>(segment));
  }

  void CountSegment(const Lead& before, const Lead& after, size_t segment) {
    Flow& flow = preview_.segments[segment].flow;
    const bool was_in = IsIn(before, segment);
    const bool is_in = IsIn(after, segment);
    flow.before += was_in;
    if (was_in == is_in) return;
    Samples& samples = is_in ? flow.entering : flow.leaving;
    Sample sample = SampleOf(before, after);
    if (after && samples.Wants(sample.lead)) {
      sample.reasons = rules::ReasonsOf(*definitions_.segments[segment].rule.root, after->facts());
    }
    CountMove(is_in ? &flow.enter : &flow.leave, &samples, std::move(sample));
  }

  static void CountMove(uint64_t* count, Samples* samples, Sample sample) {
    ++*count;
    if (samples->Wants(sample.lead)) samples->Add(std::move(sample));
  }

  const config::TenantDefinitions& definitions_;
  const Instant at_;
  TenantPreview preview_;
};

class Comparison {
 public:
  Comparison(const state::LeadStore& before, const state::LeadStore& after, const config::Definitions& definitions,
             Instant at)
      : before_(before), after_(after), definitions_(definitions), at_(at) {}

  Status Compare(PartitionId partition) {
    const auto with_before = [&](std::string_view key, std::string_view value) {
      status_ = CountHeld(partition, key, value);
      return status_.ok();
    };
    LP_RETURN_IF_ERROR(after_.VisitLeads(partition, "", with_before));
    LP_RETURN_IF_ERROR(status_);
    const auto gone = [&](std::string_view key, std::string_view value) {
      status_ = CountIfGone(partition, key, value);
      return status_.ok();
    };
    LP_RETURN_IF_ERROR(before_.VisitLeads(partition, "", gone));
    return status_;
  }

  std::map<std::string, TenantPreview> Finish() && {
    std::map<std::string, TenantPreview> tenants;
    for (auto& [tenant, comparison] : tenants_) tenants.emplace(tenant, std::move(comparison).Finish());
    return tenants;
  }

 private:
  TenantComparison& Of(const std::string& tenant) {
    return tenants_.try_emplace(tenant, definitions_.For(tenant), at_).first->second;
  }

  Status CountHeld(PartitionId partition, std::string_view key, std::string_view value) {
    Result<state::Lead> after = Decode(key, value);
    if (!after.ok()) return after.status();
    const Result<std::optional<std::string>> held = before_.Get(partition, key);
    if (!held.ok()) return held.status();
    TenantComparison& tenant = Of(after->key.tenant);
    if (!held->has_value()) {
      tenant.Count(std::nullopt, std::move(*after));
    } else if (**held == value) {
      tenant.CountUnchanged(std::move(*after));
    } else {
      Result<state::Lead> before = Decode(key, **held);
      if (!before.ok()) return before.status();
      tenant.Count(std::move(*before), std::move(*after));
    }
    return Status::Ok();
  }

  Status CountIfGone(PartitionId partition, std::string_view key, std::string_view value) {
    const Result<std::optional<std::string>> held = after_.Get(partition, key);
    if (!held.ok()) return held.status();
    if (held->has_value()) return Status::Ok();
    Result<state::Lead> before = Decode(key, value);
    if (!before.ok()) return before.status();
    Of(before->key.tenant).Count(std::move(*before), std::nullopt);
    return Status::Ok();
  }

  const state::LeadStore& before_;
  const state::LeadStore& after_;
  const config::Definitions& definitions_;
  const Instant at_;
  std::map<std::string, TenantComparison> tenants_;
  Status status_;  // of a visitor
};

}  // namespace

Result<Preview> CompareStates(const state::LeadStore& before, const state::LeadStore& after,
                              std::shared_ptr<const config::Definitions> definitions, Instant at) {
  Comparison comparison(before, after, *definitions, at);
  for (uint32_t i = 0; i < after.partition_count(); ++i) LP_RETURN_IF_ERROR(comparison.Compare(PartitionId{i}));
  return Preview{at, std::move(comparison).Finish(), std::move(definitions)};
}

}  // namespace leadpulse::tools
