// Computes the view of a lead after a change from the view before it, for tenants whose rules are indexed.
//
// The result equals EvaluateView, except that next_change_at is the first instant at which the view really changes or,
// if finding it would cost too much, an earlier one. The index gives the conditions that may differ between the facts
// before and after; only the rules with these conditions are evaluated. So a usual event costs about the same for any
// number of segments. The result has only the segments that change, so that the others need not be read.
//
// A lead's RuleMemo holds: for each time dependency of the index, the first boundary after the last evaluation that a
// rule of the lead's access predicates depends on (except those for which the lead has no instant); the access
// predicates that hold for its profile and for its segments; the profile's part of the quality; and the instant before
// which time alone changes nothing but segments. Reset it when the lead's definitions, profile or segments change
// without an update.
//
// One object serves one thread and any number of leads, one after the other. Nothing here fails.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "config/definitions.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/index/rule_index.h"
#include "processor/view/incremental/segment_diff.h"
#include "processor/view/lead_memo.h"
#include "processor/view/view.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

class SegmentUpdate {
 public:
  // Begins an update before the lead changes. Its view must be right until just before `now`; a timer may be due at
  // `now`. The definitions must have an index, and outlive the update.
  void Begin(const config::TenantDefinitions& definitions, Instant now, state::Lead* lead);
  // Begins an update of a lead whose view under these definitions is unknown, such as a new one: it starts from the
  // view of an empty lead.
  void BeginFromNothing(const config::TenantDefinitions& definitions, Instant now, state::Lead* lead);
  // Announces an entry, before it is added to the lead's journal.
  void ExpectEntry(const state::EntryFields& entry);
  // Announces a change of the lead's profile, before it.
  void ExpectProfile();
  // Evaluates after the change, if any. Returns the view without segments: see diff() and Segments(). Until then the
  // segments in the lead's own view must stay as in Begin; they must be updated before the next Begin.
  View Evaluate();
  // Returns the changed segments; valid until the next Begin. After BeginFromNothing, compared with an empty lead.
  SegmentDiff diff() const { return {left_, entered_}; }
  // Returns all segments of the lead after Evaluate, before its view is updated.
  state::SegmentIndexes Segments() const;
  bool is_from_nothing() const { return from_nothing_; }

 private:
  // A time dependency whose entries change, and its times before.
  struct Touched {
    rules::SubjectId subject = 0;
    rules::LatestTimes times;
    std::vector<uint8_t> others;  // whether each other condition holds
  };

  // A time dependency whose next change must be found again, and its times after the change.
  struct Renewed {
    rules::SubjectId subject = 0;
    rules::LatestTimes times;
  };

  // Progress of the search for the first change, for one time dependency.
  struct Ahead {
    rules::SubjectId subject = 0;
    Instant at;
    std::optional<rules::LatestTimes> times;
  };

  RuleMemo& memo() const { return *FindMemo(*lead_)->rule_memo; }
  const rules::RuleIndex& index() const { return *definitions_->segment_index; }
  void Start(const config::TenantDefinitions& definitions, Instant now, state::Lead* lead);
  void TakeViewBefore(const View& view, const state::Lead& lead);
  // Returns the view before the change, without segments and without parts that no rule asks for.
  View ViewBefore() const;
  // Returns the profile's part of the quality, from the memo if there is one.
  int64_t PartOfProfile() const;
  // Fills in only the predicates of the segments.
  void MakeEmptyMemo();
  void MakeMemo();
  void Touch(const state::JournalEntry& entry);
  void TouchFound();
  const View& EmptyLeadView();

  // Returns the view without segments, and the instant at which it changes.
  View EvaluateRest();

  // ---- segment_changes.cc ----

  void FindChanged();
  void FindChangedNumbers();
  void FindChangedTexts();
  void FindChangedInstants();
  void TakeChangedInstant(rules::SubjectId id);
  void FindChangedEntries();
  void FindDue();
  void FindChangedProfile();
  void AddIfDifferent(std::span<const rules::ConditionId> conditions, const rules::Facts& before,
                      const rules::Facts& after);
  // Appends to changed_ the subject's conditions that change exactly at facts.now.
  void FindChangedAt(const rules::TimeDependency& subject, const rules::LatestTimes& times, const rules::Facts& facts);

  // ---- segment_update.cc ----

  // Returns the next change of a condition that rules of predicates_ depend on; predicates_ must be marked. `times` are
  // those of the facts, as in FindChangedAt.
  Instant NextChangeOf(const rules::TimeDependency& subject, const rules::LatestTimes& times,
                       const rules::Facts& facts) const;
  // Finds the subject's next change again. Returns its times; valid until the next call.
  const rules::LatestTimes& Renew(rules::SubjectId subject);
  void KeepChangeTime(rules::SubjectId subject, const rules::LatestTimes& times, const rules::Facts& facts);
  // Returns the renewed subject; null if it was not renewed.
  const Renewed* FindRenewed(rules::SubjectId subject) const {
    const auto renewed = std::ranges::find(renewed_, subject, &Renewed::subject);
    return renewed == renewed_.end() ? nullptr : &*renewed;
  }
  bool IsRenewed(rules::SubjectId subject) const { return FindRenewed(subject) != nullptr; }
  // Updates the memo's predicates of segments after the rules were evaluated, and renews the subjects of new
  // predicates, of segments and of the profile.
  void TakeNewPredicates();
  // Appends the predicate of rules that require the segment, if any.
  void AppendPredicateOf(uint32_t segment, std::vector<rules::PredicateId>* predicates) const;
  void RenewChangeTimesBehind(rules::PredicateId predicate);
  void EvaluateChangedRules();
  void EvaluateChangedPredicates();
  // Sets predicates_ to all predicates of the memo.
  void TakePredicates();
  void SetHolds(uint32_t rule, bool holds);
  void ClearHolds();
  void KeepNetChanges();
  bool IsMember(uint32_t rule) const { return holds_[rule] != 0; }

  // ---- segment_changes.cc, the first change ----

  Instant FirstChangeTime(Instant score_change_at);
  Instant FirstChangeTimeAhead(Instant score_change_at);
  void FindChangedAhead(const rules::Facts& facts);
  rules::LatestTimes TimesAfter(rules::SubjectId subject) const;
  bool AnyRuleChanges(const rules::Facts& facts, size_t* budget);

  const config::TenantDefinitions* definitions_ = nullptr;
  state::Lead* lead_ = nullptr;
  Instant now_;

  state::EngagementTotals totals_before_;
  state::EngagementTotals totals_;
  rules::Facts before_;
  rules::Facts after_;
  View rest_before_;                   // result of ViewBefore
  std::span<const uint32_t> members_;  // the segments before
  bool time_alone_ = false;            // nothing else has changed
  bool from_nothing_ = false;
  bool profile_changes_ = false;
  state::Lead lead_before_;                             // its key and profile, if the profile changes
  std::vector<rules::PredicateId> predicates_;          // filled by TakePredicates
  std::vector<rules::PredicateId> changed_predicates_;  // hold only before or only after the profile's change
  std::vector<Touched> touched_;

  std::vector<rules::SubjectId> found_;
  std::vector<Renewed> renewed_;
  std::vector<rules::ConditionId> changed_;
  std::vector<uint32_t> to_evaluate_;
  rules::RuleSearch search_;
  rules::PartAnswers answers_;
  std::vector<uint32_t> changed_rules_;  // rules whose result differs from members_
  std::vector<uint32_t> left_;           // the changed rules that held, ascending
  std::vector<uint32_t> entered_;        // the changed rules that hold now, ascending
  std::vector<uint8_t> holds_;           // by segment, as far as it is evaluated; all 0 between two updates
  std::vector<Ahead> ahead_;

  // Views of empty leads, by the index of the definitions.
  struct EmptyView {
    std::weak_ptr<const rules::RuleIndex> index;
    View view;
  };
  absl::flat_hash_map<const rules::RuleIndex*, EmptyView> empty_views_;
};

}  // namespace leadpulse::view
