// The view of a lead after a change, from what is known of it before: for tenants whose rules are indexed.
//
// Equal to EvaluateView but for next_change_at, which is the first instant at which the view changes and not only none
// after it; or, where finding that out would cost too much, an earlier one. What is asked is the index: which
// conditions differ between the facts before and after, and the rules they stand in are evaluated. So a usual event
// costs about the same whatever the number of segments. Nor are the segments that a lead stays in gone through: what it
// gives is those that change.
//
// A lead's RuleMemo holds, by timed subject of the index, the first boundary after the last evaluation that some rule
// of the lead's predicates asks for (subjects that the lead has nothing of are left out), the predicates that hold for
// its profile and for the segments it is in, what the profile gives to the quality, and before which instant time alone
// changes nothing but segments. It belongs to the lead, its definitions, profile and segments: whoever changes one of
// these without an update takes it away.
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
  // Before the lead changes. Its view must be right up to just before `now`, at which a timer may be due. The
  // definitions must have an index, and outlive the update.
  void Begin(const config::TenantDefinitions& definitions, Instant now, state::Lead* lead);
  // Of a lead whose view is not known under these definitions, as a new one's: the update is from that of an empty
  // lead.
  void BeginFromNothing(const config::TenantDefinitions& definitions, Instant now, state::Lead* lead);
  // Before the entry is added to the lead's journal, if one is.
  void ExpectEntry(const state::EntryFields& entry);
  // Before the lead's profile changes, if it does.
  void ExpectProfile();
  // After the change, which may be none: time has passed. All but the segments, which diff() and Segments() tell. The
  // lead's, in its view, must be as they were in Begin until then; what timers belongs into them before the next Begin.
  View Evaluate();
  // What Evaluate found; good until the next Begin. Of an update from nothing against an empty lead's.
  SegmentDiff diff() const { return {left_, entered_}; }
  // All that the lead is in after Evaluate, before anything timers in its view.
  state::SegmentIndexes Segments() const;
  bool is_from_nothing() const { return from_nothing_; }

 private:
  // A subject whose entries change, and how it was before.
  struct Touched {
    rules::SubjectId subject = 0;
    rules::LatestTimes times;
    std::vector<uint8_t> others;  // whether each holds
  };

  // A subject whose next timer is to be found anew, and what it is about after the change.
  struct Renewed {
    rules::SubjectId subject = 0;
    rules::LatestTimes times;
  };

  // Where the search for the first timer stands with a subject.
  struct Ahead {
    rules::SubjectId subject = 0;
    Instant at;
    std::optional<rules::LatestTimes> times;
  };

  RuleMemo& memo() const { return *FindMemo(*lead_)->rule_memo; }
  const rules::RuleIndex& index() const { return *definitions_->segment_index; }
  void Start(const config::TenantDefinitions& definitions, Instant now, state::Lead* lead);
  void TakeViewBefore(const View& view, const state::Lead& lead);
  // Of the lead as it was, without its segments; what no rule asks for is left out.
  View ViewBefore() const;
  // What the lead's profile gives to its quality, from the memo where there is one.
  int64_t PartOfProfile() const;
  // Of what it holds, only the predicates of the segments.
  void MakeEmptyMemo();
  void MakeMemo();
  void Touch(const state::JournalEntry& entry);
  void TouchFound();
  const View& EmptyLeadView();

  // All but the segments, with the instant at which that changes.
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
  // Appends to changed_ those of the subject's conditions that change exactly at facts.now.
  void FindChangedAt(const rules::TimeDependency& subject, const rules::LatestTimes& times, const rules::Facts& facts);

  // ---- segment_update.cc ----
  // What the rules of predicates_, which are marked, ask for. `times` are those of the facts, here and of
  // FindChangedAt.
  Instant NextChangeOf(const rules::TimeDependency& subject, const rules::LatestTimes& times,
                       const rules::Facts& facts) const;
  // Its times; good until the next one.
  const rules::LatestTimes& Renew(rules::SubjectId subject);
  void KeepChangeTime(rules::SubjectId subject, const rules::LatestTimes& times, const rules::Facts& facts);
  // Null where it is not.
  const Renewed* FindRenewed(rules::SubjectId subject) const {
    const auto renewed = std::ranges::find(renewed_, subject, &Renewed::subject);
    return renewed == renewed_.end() ? nullptr : &*renewed;
  }
  bool IsRenewed(rules::SubjectId subject) const { return FindRenewed(subject) != nullptr; }
  // After the rules were evaluated: the memo's predicates of segments become those of the ones that the lead is in now.
  // What new ones ask for, of them and of the profile's, is renewed.
  void TakeNewPredicates();
  // Appends that of rules which hold for no lead outside of the segment, if there are any.
  void AppendPredicateOf(uint32_t segment, std::vector<rules::PredicateId>* predicates) const;
  void RenewChangeTimesBehind(rules::PredicateId predicate);
  void EvaluateChangedRules();
  void EvaluateChangedPredicates();
  // All of the memo.
  void TakePredicates();
  void SetHolds(uint32_t rule, bool holds);
  void ClearHolds();
  void KeepNetChanges();
  bool IsMember(uint32_t rule) const { return holds_[rule] != 0; }

  // ---- segment_look_ahead.cc ----
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
  View rest_before_;                   // what ViewBefore gave
  std::span<const uint32_t> members_;  // before
  bool time_alone_ = false;            // nothing else has changed
  bool from_nothing_ = false;
  bool profile_changes_ = false;
  state::Lead lead_before_;                             // its key and profile, where that changes
  std::vector<rules::PredicateId> predicates_;          // those of TakePredicates
  std::vector<rules::PredicateId> changed_predicates_;  // that the profile meets after its change or before it only
  std::vector<Touched> touched_;

  std::vector<rules::SubjectId> found_;
  std::vector<Renewed> renewed_;
  std::vector<rules::ConditionId> changed_;
  std::vector<uint32_t> to_evaluate_;
  rules::RuleSearch search_;
  rules::PartAnswers answers_;
  std::vector<uint32_t> changed_rules_;  // rules that are no longer what members_ says
  std::vector<uint32_t> left_;           // those that held, ascending
  std::vector<uint32_t> entered_;        // those that hold now
  std::vector<uint8_t> holds_;           // by segment, as far as it is evaluated; all 0 between two updates
  std::vector<Ahead> ahead_;

  // Of empty leads, by the index of the definitions.
  struct EmptyView {
    std::weak_ptr<const rules::RuleIndex> index;
    View view;
  };
  absl::flat_hash_map<const rules::RuleIndex*, EmptyView> empty_views_;
};

}  // namespace leadpulse::view
