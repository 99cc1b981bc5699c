#include "config/rule_cost.h"

#include <algorithm>
#include <variant>

#include "processor/rules/language/printer.h"
#include "processor/rules/language/rule_walk.h"
#include "state/lead/journal.h"

namespace leadpulse::config {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kEntry{5}, kEntryOfSequence{150}, kPropertyOfEntry{20}, kTextsOfLead{2'000}, kOther{100};

constexpr uint32_t kMostEntries = state::kMaxJournalBytes / state::kCountedEntryBytes;

}  // namespace

RuleCosts::RuleCosts(uint32_t journal_max_entries) : entries_(std::min(journal_max_entries, kMostEntries)) {}

nanoseconds RuleCosts::Add(const rules::Rule& rule) {
  nanoseconds added{0};
  if (rule.root == nullptr) return added;  // its error was reported
  rules::ForEachNode<const rules::Node>(rule.root.get(), [&](const rules::Node* node) {
    if (!rules::IsCondition(*node) || !conditions_.insert(rules::PrintNode(*node)).second) return;
    added += CostOf(*node);
  });
  sum_ += added;
  return added;
}

nanoseconds RuleCosts::CostOf(const rules::Node& condition) const {
  if (const auto* did = std::get_if<rules::DidCount>(&condition.kind)) {
    return entries_ * (kEntry + did->step.where.size() * kPropertyOfEntry);
  }
  if (const auto* then = std::get_if<rules::DidThen>(&condition.kind)) {
    const size_t tests = then->first.where.size() + then->second.where.size();
    return entries_ * (kEntryOfSequence + tests * kPropertyOfEntry);
  }
  return rules::IsWordTest(condition) ? kTextsOfLead : kOther;
}

}  // namespace leadpulse::config
