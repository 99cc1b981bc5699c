// Parts of the rule language, evaluated directly from their definition at one `now` and without regard to speed.
// Tests compare the evaluator with them.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/text.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/evaluation/value_evaluator.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::testing {

template <typename T>
bool NaiveCompare(rules::Compare op, T a, T b) {
  using rules::Compare;
  if (op == Compare::kEqual || op == Compare::kNotEqual) return (a == b) == (op == Compare::kEqual);
  if (op == Compare::kLess || op == Compare::kGreaterOrEqual) return (a < b) == (op == Compare::kLess);
  return (a > b) == (op == Compare::kGreater);
}

// Returns the first instant of a bound at `now`, or with `end` the instant that ends it.
inline Instant NaiveBound(const rules::InstantExpression& bound, bool end, Instant now, const Calendar& calendar) {
  if (const auto* literal = std::get_if<rules::DateLiteral>(&bound)) {
    return literal->day ? calendar.StartOf(*literal->day + (end ? 1 : 0)) : literal->at;
  }
  if (const auto* day = std::get_if<rules::RelativeDay>(&bound)) {
    return calendar.StartOf(calendar.DayOf(now) + day->offset + (end ? 1 : 0));
  }
  return now + std::get<rules::RelativeInstant>(bound).offset;
}

struct NaiveTime {
  Instant t;
  Instant now;
  const Calendar& calendar;

  bool operator()(const rules::Age& age) const {
    const bool in_range = age.from_now ? t >= now : t <= now;
    return in_range && NaiveCompare(age.op, age.from_now ? t - now : now - t, age.duration);
  }
  bool operator()(const rules::Before& test) const { return t < NaiveBound(test.bound, false, now, calendar); }
  bool operator()(const rules::After& test) const { return t > NaiveBound(test.bound, false, now, calendar); }
  bool operator()(const rules::Between& test) const {
    return NaiveBound(test.low, false, now, calendar) <= t && t < NaiveBound(test.high, true, now, calendar);
  }
  bool operator()(const rules::OnDay& test) const {
    if (const auto* literal = std::get_if<rules::DateLiteral>(&test.day)) return calendar.DayOf(t) == literal->day;
    return calendar.DayOf(t) == calendar.DayOf(now) + std::get<rules::RelativeDay>(test.day).offset;
  }
  bool operator()(const rules::InPeriod& test) const {
    return PeriodOf(test.unit, calendar.DayOf(t)) == PeriodOf(test.unit, calendar.DayOf(now)) + test.offset;
  }
  bool operator()(const rules::InLast& test) const { return now - t < test.duration; }
};

inline bool NaiveTimeTest(const rules::TimeTest& test, Instant t, Instant now, const Calendar& calendar) {
  return std::visit(NaiveTime{t, now, calendar}, test);
}

// Whether the anniversary of some year is today or at most `days` ahead, in days.
inline bool NaiveAnniversary(const rules::Anniversary& test, Instant t, Instant now, const Calendar& calendar) {
  const YearMonthDay date = ToYearMonthDay(calendar.DayOf(t));
  const Day today = calendar.DayOf(now);
  for (int32_t year = ToYearMonthDay(today).year - 1; year < 10'000; ++year) {
    const bool leap = ParseDay(FormatDay(FromYearMonthDay({year, 2, 28}) + 1)) != FromYearMonthDay({year, 3, 1});
    const bool moved = date.month == 2 && date.day == 29 && !leap;
    const Day anniversary = moved ? FromYearMonthDay({year, 3, 1}) : FromYearMonthDay({year, date.month, date.day});
    if (anniversary < today) continue;
    return anniversary - today <= test.in_next_days.value_or(0);
  }
  return false;
}

// Returns the entries of a journal that match a step.
inline std::vector<const state::JournalEntry*> NaiveMatches(const rules::Step& step, const state::Journal& journal) {
  std::vector<const state::JournalEntry*> matches;
  for (const state::JournalEntry& entry : journal.entries()) {
    if (rules::StepMatches(step, entry)) matches.push_back(&entry);
  }
  return matches;
}

inline bool NaiveInWindow(const std::optional<rules::TimeTest>& window, const state::JournalEntry& entry,
                          const rules::Facts& facts) {
  return !window || NaiveTimeTest(*window, entry.occurred_at, facts.now, *facts.calendar);
}

inline bool NaiveDidCount(const rules::DidCount& did, const rules::Facts& facts) {
  const auto matches = NaiveMatches(did.step, facts.lead->journal);
  const auto count = std::count_if(matches.begin(), matches.end(),
                                   [&](const auto* entry) { return NaiveInWindow(did.window, *entry, facts); });
  if (!did.op) return count >= 1;
  return NaiveCompare<int64_t>(*did.op, count, did.count);
}

inline bool NaiveSame(rules::SameKey same, const state::JournalEntry& x, const state::JournalEntry& y) {
  if (same == rules::SameKey::kMessage) return !x.message_id().empty() && x.message_id() == y.message_id();
  if (same == rules::SameKey::kNone) return true;
  return !x.campaign_id().empty() && FoldCase(x.campaign_id()) == FoldCase(y.campaign_id());
}

inline bool NaiveDidThen(const rules::DidThen& did, const rules::Facts& facts) {
  const auto followers = NaiveMatches(did.second, facts.lead->journal);
  for (const auto* x : NaiveMatches(did.first, facts.lead->journal)) {
    if (!NaiveInWindow(did.window, *x, facts)) continue;
    const bool followed = std::any_of(followers.begin(), followers.end(), [&](const auto* y) {
      return y != x && y->occurred_at >= x->occurred_at && y->occurred_at - x->occurred_at < did.within &&
             NaiveSame(did.same, *x, *y);
    });
    if (!did.negated && followed) return true;
    if (did.negated && !followed && facts.now >= x->occurred_at + did.within) return true;
  }
  return false;
}

bool NaiveHolds(const rules::Node& node, const rules::Facts& facts);

struct NaiveNode {
  const rules::Node& whole;
  const rules::Facts& facts;

  std::optional<Instant> TimeOf(const rules::Field& field) const {
    return rules::InstantOf(rules::FieldOperand(field, facts));
  }
  bool operator()(const rules::And& node) const {
    return std::all_of(node.children.begin(), node.children.end(),
                       [&](const auto& child) { return NaiveHolds(*child, facts); });
  }
  bool operator()(const rules::Or& node) const {
    return std::any_of(node.children.begin(), node.children.end(),
                       [&](const auto& child) { return NaiveHolds(*child, facts); });
  }
  bool operator()(const rules::Not& node) const { return !NaiveHolds(*node.child, facts); }
  bool operator()(const rules::TimePredicate& node) const {
    const std::optional<Instant> t = TimeOf(node.field);
    return (t && NaiveTimeTest(node.test, *t, facts.now, *facts.calendar)) != node.negated;
  }
  bool operator()(const rules::Anniversary& node) const {
    const std::optional<Instant> t = TimeOf(node.field);
    return t && NaiveAnniversary(node, *t, facts.now, *facts.calendar);
  }
  bool operator()(const rules::DidCount& node) const { return NaiveDidCount(node, facts); }
  bool operator()(const rules::DidThen& node) const { return NaiveDidThen(node, facts); }
  // Evaluates parts that time does not change with the evaluator itself.
  template <typename Untimed>
  bool operator()(const Untimed&) const {
    return rules::Evaluate(whole, facts).holds;
  }
};

inline bool NaiveHolds(const rules::Node& node, const rules::Facts& facts) {
  return std::visit(NaiveNode{node, facts}, node.kind);
}

// --- The strict evaluation: each predicate on an unset field is false, in either polarity ---

inline const rules::Field* NaiveUnsetField(const rules::Node& node, const rules::Facts& facts) {
  const auto* value = std::get_if<rules::ValuePredicate>(&node.kind);
  if (value != nullptr && std::holds_alternative<rules::SetTest>(value->test)) return nullptr;
  const rules::Field* field = nullptr;
  if (value != nullptr) field = &value->field;
  if (const auto* number = std::get_if<rules::NumberBetween>(&node.kind)) field = &number->field;
  if (const auto* words = std::get_if<rules::WordPredicate>(&node.kind)) field = &words->field;
  if (const auto* time = std::get_if<rules::TimePredicate>(&node.kind)) field = &time->field;
  if (const auto* yearly = std::get_if<rules::Anniversary>(&node.kind)) field = &yearly->field;
  return field != nullptr && !rules::FieldOperand(*field, facts).is_set() ? field : nullptr;
}

struct NaiveStrict {
  const rules::Facts& facts;
  const std::vector<rules::Rule>& segments;  // the segments of IN SEGMENT, by index

  // Whether the node holds; if `negated`, its complement with the negation pushed down.
  bool Holds(const rules::Node& node, bool negated) const {
    const auto holds = [&](const rules::NodePtr& child) { return Holds(*child, negated); };
    if (const auto* all = std::get_if<rules::And>(&node.kind)) {
      return negated ? std::any_of(all->children.begin(), all->children.end(), holds)
                     : std::all_of(all->children.begin(), all->children.end(), holds);
    }
    if (const auto* any = std::get_if<rules::Or>(&node.kind)) {
      return negated ? std::all_of(any->children.begin(), any->children.end(), holds)
                     : std::any_of(any->children.begin(), any->children.end(), holds);
    }
    if (const auto* negation = std::get_if<rules::Not>(&node.kind)) return Holds(*negation->child, !negated);
    if (const auto* segment = std::get_if<rules::InSegment>(&node.kind)) {
      return Holds(*segments[segment->index].root, negated);
    }
    return NaiveUnsetField(node, facts) == nullptr && NaiveHolds(node, facts) != negated;
  }

  // Finds the fields that decide, from the top down, if a rule holds but not strictly.
  void Grounds(const rules::Node& node, bool negated, std::set<std::string>* fields) const {
    if (NaiveHolds(node, facts) == negated || Holds(node, negated)) return;
    if (const auto* all = std::get_if<rules::And>(&node.kind)) {
      for (const auto& child : all->children) Grounds(*child, negated, fields);
    } else if (const auto* any = std::get_if<rules::Or>(&node.kind)) {
      for (const auto& child : any->children) Grounds(*child, negated, fields);
    } else if (const auto* negation = std::get_if<rules::Not>(&node.kind)) {
      Grounds(*negation->child, !negated, fields);
    } else if (const auto* segment = std::get_if<rules::InSegment>(&node.kind)) {
      Grounds(*segments[segment->index].root, negated, fields);
    } else {
      fields->insert(NaiveUnsetField(node, facts)->spelling);
    }
  }
};

}  // namespace leadpulse::testing
