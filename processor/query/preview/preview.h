// Previews a change of definitions: the leads that would enter and leave each tier and segment, how many leads have
// each field that the rules name, and which leads are in a segment only because a field is unset.
//
// Every lead is read once and evaluated twice, under the definitions that the state was built with and under the new
// ones, both at one instant. At the state's clock the numbers are those of the changes with cause DEFINITIONS that a
// run with the new definitions publishes first. Memory is bounded by the definitions (tiers, segments and the
// predicates of their rules) and the number of tenants, not by the number of leads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/state_access.h"
#include "processor/rules/evaluation/strict_evaluator.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

// A lead that would move.
struct Sample {
  std::string lead;
  int64_t score_before = 0;
  int64_t score_after = 0;
  std::string tier_before;
  std::string tier_after;
  // The reasons for which the new rule of a segment holds. Empty for a tier, and if the new definitions lack the
  // segment.
  std::vector<rules::Reason> reasons;
};

// The leads with the smallest ids, in byte order, of those that were added.
class Samples {
 public:
  static constexpr size_t kMost = 5;

  // Whether this lead would be among them, so that only stored samples are computed.
  bool Wants(const std::string& lead) const { return samples_.size() < kMost || lead < samples_.back().lead; }
  // Adds a wanted lead that was not added before.
  void Add(Sample sample);
  const std::vector<Sample>& ascending() const { return samples_; }

 private:
  std::vector<Sample> samples_;
};

// The definitions that have a tier or segment of that name.
enum class DefinedIn : uint8_t { kBoth, kBefore, kAfter };

// The moves of one tier or segment. Tiers compare by name, segments by id: a renamed one counts as removed and added.
struct Flow {
  std::string name;  // the segment's id
  DefinedIn defined_in = DefinedIn::kBoth;
  uint64_t before = 0;
  uint64_t enter = 0;
  uint64_t leave = 0;
  Samples entering;
  Samples leaving;

  uint64_t after() const { return before + enter - leave; }
};

// The leads that are in a segment under the new definitions only because something is unset: the rule holds for them,
// but not in its strict reading (processor/rules/evaluation/strict_evaluator.h).
struct InByUnset {
  uint64_t leads = 0;
  // By the unset field. A lead with several counts for each, so the sum may be larger.
  std::map<std::string, uint64_t> by_field;
};

struct SegmentPreview {
  Flow flow;
  InByUnset in_by_unset;
};

// The coverage of one attribute that the new definitions name in a segment's rule, a `when` or the `exclude`.
struct FieldCoverage {
  uint64_t leads = 0;       // leads that have it, as rules see it
  uint64_t unreadable = 0;  // leads whose value is not of the declared type, so that rules treat it as unset
  std::optional<FieldType> declared;
  // If no lead has it: the closest name of an attribute that leads have, or of a built-in field.
  std::optional<std::string> nearest;
};

struct TenantPreview {
  uint64_t leads = 0;
  std::vector<Flow> tiers;               // from the top of the new definitions, then those that only the old ones have
  std::vector<SegmentPreview> segments;  // by id
  std::map<std::string, FieldCoverage> fields;
};

struct Preview {
  Instant at;
  std::map<std::string, TenantPreview> tenants;      // those that have leads
  std::shared_ptr<const config::Definitions> after;  // the samples' reasons point into it
};

// Previews new definitions for all leads. Fatal: a lead cannot be read. The store is only read.
Result<Preview> MakePreview(const state::LeadReader& store, const config::Definitions& before,
                            std::shared_ptr<const config::Definitions> after, Instant at);

// Limits of a comparison: its leads, and how long it may take.
struct PreviewScope {
  std::string tenant;
  std::optional<std::string> visible_to;  // only leads that this agent sees (query::IsVisibleTo)
  std::function<Status()> check;          // called between leads; an error ends the scan
  std::string segment;                    // not empty: the only segment that differs, as in SegmentChange
  StoredViews stored_views = {};          // under the old definitions; the default evaluates every lead
};
// Previews only the moves of one tenant's leads. Errors: those of `check`, and as above.
Result<TenantPreview> PreviewMoves(const state::LeadReader& store, const config::TenantDefinitions& before,
                                   const config::TenantDefinitions& after, Instant at, const PreviewScope& scope);

// A state and its definitions, to compare with another one.
struct PreviewedState {
  const state::LeadReader& store;
  std::shared_ptr<const config::Definitions> definitions;
};
// Compares the leads of a state before and after records or a rollout changed it, both as of `at`, so that changes by
// time alone do not count. A new lead enters its tier, a removed one leaves it. Under the same definitions: tiers,
// segments and samples only. The stores have the same number of partitions and are only read. Fatal: a lead cannot be
// read.
Result<Preview> PreviewBetween(const PreviewedState& before, const PreviewedState& after, Instant at);

// Whether leads share addresses under the new definitions but not under the old ones. Only a rollout can show the facts
// that they then get from each other (processor/replay/dry_run.h).
bool SwitchOnAddresses(const config::Definitions& before, const config::Definitions& after);

// Compares with the definitions in the state, as of `at` or the state's clock. Rejected: the state has none yet.
Result<Preview> PreviewState(const state::LeadReader& store, const std::shared_ptr<const config::Definitions>& after,
                             std::optional<Instant> at, const Warn& warn);

}  // namespace leadpulse::query
