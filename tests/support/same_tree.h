// Whether two rules are the same: their trees are equal, except spans, spellings and results of the check.
#pragma once

#include <algorithm>
#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

// A class, so that all overloads see each other.
struct TreeComparison {
  static bool Same(const Text& a, const Text& b) { return a.text == b.text; }
  static bool Same(const DateLiteral& a, const DateLiteral& b) { return a.text == b.text && a.day == b.day; }
  static bool Same(RelativeDay a, RelativeDay b) { return a.offset == b.offset; }
  static bool Same(RelativeInstant a, RelativeInstant b) { return a.offset == b.offset; }
  static bool Same(bool a, bool b) { return a == b; }
  static bool Same(const Number& a, const Number& b) { return a.Plain() == b.Plain(); }
  static bool Same(std::monostate, std::monostate) { return true; }
  static bool Same(const Field& a, const Field& b) { return a.name == b.name; }

  template <typename T>
  static bool Same(const std::optional<T>& a, const std::optional<T>& b) {
    return a.has_value() == b.has_value() && (!a || Same(*a, *b));
  }

  template <typename T>
  static bool Same(const std::vector<T>& a, const std::vector<T>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const T& x, const T& y) { return Same(x, y); });
  }

  template <typename... Kinds>
  static bool Same(const std::variant<Kinds...>& a, const std::variant<Kinds...>& b) {
    if (a.index() != b.index()) return false;
    return std::visit([&](const auto& x) { return Same(x, std::get<std::decay_t<decltype(x)>>(b)); }, a);
  }

  static bool Same(const Literal& a, const Literal& b) { return Same(a.value, b.value) && Same(a.date, b.date); }
  static bool Same(const CompareTest& a, const CompareTest& b) { return a.op == b.op && Same(a.literal, b.literal); }
  static bool Same(SetTest a, SetTest b) { return a.negated == b.negated; }
  static bool Same(const InTest& a, const InTest& b) { return a.negated == b.negated && Same(a.literals, b.literals); }
  static bool Same(const TextTest& a, const TextTest& b) {
    return a.op == b.op && a.negated == b.negated && Same(a.text, b.text);
  }

  static bool Same(const Age& a, const Age& b) {
    return a.op == b.op && a.duration == b.duration && a.from_now == b.from_now;
  }
  static bool Same(const Before& a, const Before& b) { return Same(a.bound, b.bound); }
  static bool Same(const After& a, const After& b) { return Same(a.bound, b.bound); }
  static bool Same(const Between& a, const Between& b) { return Same(a.low, b.low) && Same(a.high, b.high); }
  static bool Same(const OnDay& a, const OnDay& b) { return Same(a.day, b.day); }
  static bool Same(const InPeriod& a, const InPeriod& b) { return a.unit == b.unit && a.offset == b.offset; }
  static bool Same(const InLast& a, const InLast& b) { return a.duration == b.duration; }

  static bool Same(const PropertyTest& a, const PropertyTest& b) {
    return a.property == b.property && Same(a.test, b.test);
  }
  static bool Same(const Step& a, const Step& b) {
    return a.scope == b.scope && a.type == b.type && Same(a.name, b.name) && Same(a.campaign, b.campaign) &&
           a.bounce == b.bounce && Same(a.where, b.where);
  }

  static bool Same(const NodePtr& a, const NodePtr& b) { return Same(a->kind, b->kind); }
  static bool Same(const And& a, const And& b) { return Same(a.children, b.children); }
  static bool Same(const Or& a, const Or& b) { return Same(a.children, b.children); }
  static bool Same(const Not& a, const Not& b) { return Same(a.child, b.child); }
  static bool Same(const ValuePredicate& a, const ValuePredicate& b) {
    return Same(a.field, b.field) && Same(a.test, b.test);
  }
  static bool Same(const NumberBetween& a, const NumberBetween& b) {
    return Same(a.field, b.field) && a.low == b.low && a.high == b.high && a.negated == b.negated;
  }
  static bool Same(const TimePredicate& a, const TimePredicate& b) {
    return Same(a.field, b.field) && Same(a.test, b.test) && a.negated == b.negated;
  }
  static bool Same(const Anniversary& a, const Anniversary& b) {
    return Same(a.field, b.field) && a.in_next_days == b.in_next_days;
  }
  static bool Same(const DidCount& a, const DidCount& b) {
    return Same(a.step, b.step) && a.op == b.op && a.count == b.count && Same(a.window, b.window);
  }
  static bool Same(const DidThen& a, const DidThen& b) {
    return Same(a.first, b.first) && Same(a.second, b.second) && a.negated == b.negated && a.within == b.within &&
           a.same == b.same && Same(a.window, b.window);
  }
  static bool Same(const HasTag& a, const HasTag& b) { return Same(a.tag, b.tag); }
  static bool Same(const HasConsent& a, const HasConsent& b) { return Same(a.purpose, b.purpose); }
  static bool Same(const HasWords& a, const HasWords& b) { return a.text == b.text; }
  static bool Same(const WordPredicate& a, const WordPredicate& b) {
    return Same(a.field, b.field) && a.text == b.text && a.negated == b.negated;
  }
  static bool Same(const SendableFor& a, const SendableFor& b) { return Same(a.topic, b.topic); }
  static bool Same(const InList& a, const InList& b) { return Same(a.list, b.list); }
  static bool Same(const InCampaign& a, const InCampaign& b) { return Same(a.campaign, b.campaign); }
  static bool Same(const InSegment& a, const InSegment& b) { return a.segment == b.segment; }
};

inline bool SameTree(const Node& a, const Node& b) { return TreeComparison::Same(a.kind, b.kind); }
inline bool SameStep(const Step& a, const Step& b) { return TreeComparison::Same(a, b); }

}  // namespace leadpulse::rules
