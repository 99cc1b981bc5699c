#include "processor/rules/index/predicate_choice.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace leadpulse::rules {
namespace {

// An OR with more parts has no predicate, because its rule would be listed under each.
constexpr size_t kMaxPredicates = 16;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Kind = ProfileKeyKind;
using PredicateList = std::vector<AccessPredicate>;

// Returns the attribute's name; null if the field is not an attribute.
const std::string* AttributeOf(const Field& field) { return std::get_if<std::string>(&field.name); }

AccessPredicate OfText(Kind kind, const Field& field, const Text& text) {
  return {kind, ProfileKey(kind, *AttributeOf(field), text.folded), &field, text.folded.size()};
}

AccessPredicate OfRange(const Field& field, double low, double high) {
  const double both[] = {low + 0.0, high + 0.0};  // 0 is -0
  const std::string_view bytes(reinterpret_cast<const char*>(both), sizeof both);
  return {Kind::kRange, ProfileKey(Kind::kRange, *AttributeOf(field), bytes), &field, 0, low, high};
}

// Appends the predicate of an equality. False: such a literal has none.
bool AppendEquality(const Field& field, const Literal& literal, PredicateList* predicates) {
  if (const auto* text = std::get_if<Text>(&literal.value)) {
    predicates->push_back(OfText(Kind::kAttribute, field, *text));
    if (literal.date) predicates->back().at = literal.date->at;
    return true;
  }
  const auto* number = std::get_if<Number>(&literal.value);
  if (number != nullptr) predicates->push_back(OfRange(field, number->nearest(), number->nearest()));
  return number != nullptr;
}

PredicateList OfValue(const ValuePredicate& predicate) {
  PredicateList predicates;
  if (AttributeOf(predicate.field) == nullptr) return predicates;
  if (const auto* compare = std::get_if<CompareTest>(&predicate.test)) {
    if (compare->op == Compare::kEqual) AppendEquality(predicate.field, compare->literal, &predicates);
  } else if (const auto* in = std::get_if<InTest>(&predicate.test)) {
    if (in->negated) return predicates;
    for (const Literal& literal : in->literals) {
      if (!AppendEquality(predicate.field, literal, &predicates)) return {};
    }
  } else if (const auto* part = std::get_if<TextTest>(&predicate.test)) {
    if (part->negated || part->op == TextOperator::kContains) return predicates;
    const Kind kind = part->op == TextOperator::kStartsWith ? Kind::kStart : Kind::kEnd;
    predicates.push_back(OfText(kind, predicate.field, part->text));
  }
  return predicates;
}

// The range of nearest doubles for which a node can hold, both ends included; nullopt for other tests.
struct Bounds {
  const Field* field = nullptr;
  double low = -kInfinity;
  double high = kInfinity;
};
std::optional<Bounds> BoundsOf(const Node& node) {
  if (const auto* between = std::get_if<NumberBetween>(&node.kind)) {
    if (between->negated) return std::nullopt;
    return Bounds{&between->field, between->low.nearest(), between->high.nearest()};
  }
  const auto* predicate = std::get_if<ValuePredicate>(&node.kind);
  const auto* compare = predicate == nullptr ? nullptr : std::get_if<CompareTest>(&predicate->test);
  const auto* number = compare == nullptr ? nullptr : std::get_if<Number>(&compare->literal.value);
  if (number == nullptr) return std::nullopt;
  switch (compare->op) {
    case Compare::kLess:
    case Compare::kLessOrEqual:
      return Bounds{&predicate->field, -kInfinity, number->nearest()};
    case Compare::kGreater:
    case Compare::kGreaterOrEqual:
      return Bounds{&predicate->field, number->nearest(), kInfinity};
    case Compare::kEqual:
    case Compare::kNotEqual:
      break;
  }
  return std::nullopt;
}

// Returns the first attribute with bounds on both sides. A bound on one side is no predicate: half of all leads meet
// it.
PredicateList OfRanges(const std::vector<const Node*>& all_hold) {
  std::vector<Bounds> attributes;
  for (const Node* node : all_hold) {
    const std::optional<Bounds> bounds = BoundsOf(*node);
    if (!bounds || AttributeOf(*bounds->field) == nullptr) continue;
    const auto same = [&](const Bounds& other) { return other.field->name == bounds->field->name; };
    auto known = std::ranges::find_if(attributes, same);
    if (known == attributes.end()) known = attributes.insert(known, {bounds->field});
    known->low = std::max(known->low, bounds->low);
    known->high = std::min(known->high, bounds->high);
  }
  for (const auto& [field, low, high] : attributes) {
    if (low > -kInfinity && high < kInfinity) return {OfRange(*field, low, high)};
  }
  return {};
}

// Estimates the number of leads that meet them, from their form alone: less means fewer.
std::pair<int, size_t> Breadth(const PredicateList& predicates) {
  int worst = 0;
  for (const AccessPredicate& predicate : predicates) {
    const int breadth = predicate.kind == Kind::kRange                                   ? 2
                        : predicate.kind == Kind::kStart || predicate.kind == Kind::kEnd ? 1
                                                                                         : 0;
    worst = std::max(worst, breadth);
  }
  return {worst, predicates.size()};
}

void TakeNarrower(PredicateList other, PredicateList* predicates) {
  if (other.empty() || other.size() > kMaxPredicates) return;
  if (predicates->empty() || Breadth(other) < Breadth(*predicates)) *predicates = std::move(other);
}

PredicateList OfAnd(const And& both) {
  PredicateList predicates;
  std::vector<const Node*> all_hold;
  for (const NodePtr& child : both.children) {
    TakeNarrower(PredicatesOf(*child), &predicates);
    all_hold.push_back(child.get());
  }
  TakeNarrower(OfRanges(all_hold), &predicates);
  return predicates;
}

PredicateList OfOr(const Or& either) {
  PredicateList predicates;
  for (const NodePtr& child : either.children) {
    PredicateList one = PredicatesOf(*child);
    if (one.empty() || predicates.size() + one.size() > kMaxPredicates) return {};
    std::ranges::move(one, std::back_inserter(predicates));
  }
  return predicates;
}

}  // namespace

std::vector<AccessPredicate> PredicatesOf(const Node& root) {
  if (const auto* both = std::get_if<And>(&root.kind)) return OfAnd(*both);
  if (const auto* either = std::get_if<Or>(&root.kind)) return OfOr(*either);
  if (const auto* value = std::get_if<ValuePredicate>(&root.kind)) {
    PredicateList predicates = OfValue(*value);
    return predicates.size() > kMaxPredicates ? PredicateList() : predicates;
  }
  if (std::optional<std::string> key = MembershipKey(root)) {
    AccessPredicate predicate;
    predicate.key = *std::move(key);
    return {std::move(predicate)};
  }
  return OfRanges({&root});
}

}  // namespace leadpulse::rules
