// Visits the parts of a rule's tree. The parser bounds the nesting, so these may recurse.
#pragma once

#include <span>
#include <type_traits>
#include <variant>

#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

// Returns the parts of AND, OR or NOT; none for a condition.
inline std::span<const NodePtr> ChildrenOf(const Node& node) {
  if (const auto* both = std::get_if<And>(&node.kind)) return both->children;
  if (const auto* either = std::get_if<Or>(&node.kind)) return either->children;
  if (const auto* no = std::get_if<Not>(&node.kind)) return {&no->child, 1};
  return {};
}

// Calls `visit` with each node's pointer, a node before its children. NodeT is Node or const Node.
template <typename NodeT, typename Visit>
void ForEachNode(NodeT* node, Visit visit) {
  visit(node);
  for (const NodePtr& child : ChildrenOf(*node)) ForEachNode<NodeT>(child.get(), visit);
}

// Whether a node is a condition and not AND, OR or NOT.
inline bool IsCondition(const Node& node) { return ChildrenOf(node).empty(); }

inline bool IsTimeTest(const Node& node) {
  return std::holds_alternative<TimePredicate>(node.kind) || std::holds_alternative<Anniversary>(node.kind);
}

// Whether a node looks for words: in all texts, or in those of an attribute.
inline bool IsWordTest(const Node& node) {
  return std::holds_alternative<HasWords>(node.kind) || std::holds_alternative<WordPredicate>(node.kind);
}

// Returns the field that a node itself asks for; null if it asks for none.
inline const Field* FieldOf(const Node& node) {
  return std::visit(
      [](const auto& kind) -> const Field* {
        if constexpr (requires { kind.field; }) return &kind.field;
        return nullptr;
      },
      node.kind);
}

// Calls `visit` for the steps of a node itself.
template <typename Visit>
void ForEachStep(Node* node, Visit visit) {
  if (auto* did = std::get_if<DidCount>(&node->kind)) {
    visit(&did->step);
  } else if (auto* then = std::get_if<DidThen>(&node->kind)) {
    visit(&then->first);
    visit(&then->second);
  }
}

template <typename Visit>
void ForEachDateOfValue(ValueTest* test, Visit visit) {
  if (auto* compare = std::get_if<CompareTest>(test)) {
    if (compare->literal.date) visit(&*compare->literal.date);
  } else if (auto* in = std::get_if<InTest>(test)) {
    for (Literal& literal : in->literals) {
      if (literal.date) visit(&*literal.date);
    }
  }
}

template <typename Visit>
void ForEachDateOfStep(Step* step, Visit visit) {
  for (PropertyTest& property : step->where) ForEachDateOfValue(&property.test, visit);
}

template <typename Visit>
void ForEachDateOfTime(TimeTest* test, Visit visit) {
  const auto visit_bound = [&visit](auto* bound) {
    if (auto* date = std::get_if<DateLiteral>(bound)) visit(date);
  };
  std::visit(
      [&](auto& kind) {
        using Kind = std::decay_t<decltype(kind)>;
        if constexpr (std::is_same_v<Kind, Before> || std::is_same_v<Kind, After>) visit_bound(&kind.bound);
        if constexpr (std::is_same_v<Kind, OnDay>) visit_bound(&kind.day);
        if constexpr (std::is_same_v<Kind, Between>) {
          visit_bound(&kind.low);
          visit_bound(&kind.high);
        }
      },
      *test);
}

// Calls `visit` for all date literals of a node itself.
template <typename Visit>
void ForEachDate(Node* node, Visit visit) {
  ForEachStep(node, [&](Step* step) { ForEachDateOfStep(step, visit); });
  if (auto* value = std::get_if<ValuePredicate>(&node->kind)) {
    ForEachDateOfValue(&value->test, visit);
  } else if (auto* time = std::get_if<TimePredicate>(&node->kind)) {
    ForEachDateOfTime(&time->test, visit);
  } else if (auto* did = std::get_if<DidCount>(&node->kind)) {
    if (did->window) ForEachDateOfTime(&*did->window, visit);
  } else if (auto* then = std::get_if<DidThen>(&node->kind)) {
    if (then->window) ForEachDateOfTime(&*then->window, visit);
  }
}

}  // namespace leadpulse::rules
