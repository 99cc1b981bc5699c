// Counts one tenant's leads for a preview, one at a time and in any order.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/preview/preview.h"
#include "processor/rules/evaluation/strict_evaluator.h"
#include "processor/rules/language/ast.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

// A counter of the tenant's leads that have each attribute named in its rules.
class FieldCounter {
 public:
  // Finds the attributes named in the rules of segments, in `when` and in `exclude`.
  explicit FieldCounter(const config::TenantDefinitions& definitions);

  // Counts a lead, whose profile must be converted by the definitions.
  void Count(const state::Lead& lead);

  std::map<std::string, FieldCoverage> Finish() &&;

 private:
  // Most names with which a mistyped name is compared. More are ignored, so that memory stays bounded.
  static constexpr size_t kMaxNamesSeen = 4096;

  struct Counted {
    rules::Field field;
    FieldCoverage coverage;
  };
  std::vector<Counted> counted_;  // by ascending name
  std::set<std::string, std::less<>> names_seen_;
};

// A reader that finds the segments that a lead is in only because something is unset: the strict reading
// (processor/rules/evaluation/strict_evaluator.h) of one tenant's segments. A segment costs nothing if neither it nor
// one that it refers to has a negation. Not thread-safe: it reuses its rows from lead to lead.
class UnsetReader {
 public:
  using FieldNames = std::vector<std::string_view>;  // ascending, without duplicates, at least one
  using Found = std::function<void(uint32_t segment, const FieldNames& fields)>;

  explicit UnsetReader(const config::TenantDefinitions& definitions);  // outlives the reader

  // Calls `found` for each segment, by its index, that the lead is in only because something is unset. `facts` are
  // those of the definitions, with `segments` filled in; the names belong to the definitions.
  void Read(const rules::Facts& facts, const Found& found);

 private:
  FieldNames NamesOf(const std::vector<rules::UnsetGround>& grounds) const;

  const config::TenantDefinitions& definitions_;
  std::vector<uint32_t> order_;  // the segments to read, each after those that it refers to
  // For the current lead, by segment index: whether its answer depends on something unset, and on which fields.
  std::vector<uint8_t> rests_on_unset_;
  std::vector<FieldNames> fields_;
};

// A change of one segment's rule. Evaluates only the segments that it can affect: that segment and those that refer to
// it.
class SegmentChange {
 public:
  // Finds the affected segments. `after` is `before` with the segment `id` added or changed. Both outlive this.
  SegmentChange(const config::TenantDefinitions& before, const config::TenantDefinitions& after, std::string_view id);

  // Returns the segments of a lead under the new definitions; nullopt: the same as under the old ones, under which
  // `lead` was evaluated.
  std::optional<state::SegmentIndexes> SegmentsAfter(const EvaluatedLead& lead) const;

 private:
  const config::TenantDefinitions& after_;
  std::vector<uint32_t> index_after_;  // by index before
  std::vector<uint32_t> affected_;     // indexes after, each after those that its rule refers to
};

class TenantCounter {
 public:
  // Creates a counter. Both definitions outlive it and its result. `only_moves`: counts neither fields nor the segments
  // that leads are in only because of an unset field.
  TenantCounter(const config::TenantDefinitions& before, const config::TenantDefinitions& after, Instant at,
                bool only_moves);

  // Counts a lead under both definitions.
  void Count(state::Lead lead);
  // Counts only the moves of a lead whose stored view is right (StoredViews). The definitions differ only by `change`.
  void CountMoves(state::Lead lead, const SegmentChange& change);
  // Counts a lead that was evaluated: `before` under the old definitions, `after` under the new ones. One of them may
  // be null: the lead does not exist. `lead` is its id.
  void Count(const std::string& lead, const state::PublishedView* before, const EvaluatedLead* after);

  TenantPreview Finish() &&;

 private:
  // One lead's moves, while they are counted.
  struct Moved {
    const std::string& lead;
    const state::PublishedView* before;
    const EvaluatedLead* after;
    const state::PublishedView* view_after() const { return after == nullptr ? nullptr : &after->view().published; }
  };

  // Adds a row for each tier and segment, even if no lead is in it.
  void AddTiers();
  void AddSegments();

  // Returns a sample without reasons.
  Sample SampleOf(const Moved& moved) const;
  void CountMoves(const Moved& moved);
  void CountTier(const Moved& moved);
  void CountSegments(const Moved& moved);
  void CountSegmentMove(const Moved& moved, bool enters, SegmentPreview* segment);
  void CountInByUnset(const EvaluatedLead& lead);

  const config::TenantDefinitions& before_;
  const config::TenantDefinitions& after_;
  const Instant at_;
  const bool only_moves_;
  TenantPreview preview_;
  // By index into the definitions: the index into the preview's rows. Those of segments ascend.
  std::vector<uint32_t> tier_rows_before_, tier_rows_after_;
  std::vector<uint32_t> segment_rows_before_, segment_rows_after_;
  UnsetReader unset_reader_;
  FieldCounter field_counter_;
};

}  // namespace leadpulse::query
