// A lead that a test builds, with an evaluator of rules for it.
#pragma once

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "processor/base/text.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/checker.h"
#include "processor/rules/language/parser.h"
#include "tests/support/owned_entry.h"

namespace leadpulse::testing {

class RuleLead {
 public:
  explicit RuleLead(const std::string& zone = "UTC") : calendar_(*Calendar::Load(zone)) {
    lead_.key = {"acme", "lead-1"};
  }

  rules::DeclaredTypes fields;
  rules::DeclaredTypes event_properties;
  std::vector<std::string> segment_ids;  // ascending
  std::vector<uint8_t> segments;         // whether each holds

  state::Lead& lead() { return lead_; }
  rules::Facts& facts() { return facts_; }
  const Calendar& calendar() const { return calendar_; }

  // Sets a field as update_profile does.
  void Set(const std::string& name, Value sent) {
    const auto declared = fields.find(name);
    Value converted = sent;
    if (declared != fields.end()) converted = ConvertValue(sent, declared->second, calendar_).value();
    lead_.profile.attributes[name] = {std::move(sent), std::move(converted)};
  }

  // Adds an entry. Its id is its number, so that entries of one instant keep the order in which they were added.
  OwnedEntry& Add(EventType type, Instant at) {
    OwnedEntry entry;
    entry.type = type;
    entry.occurred_at = at;
    entry.event_id = std::to_string(100'000 + entries_.size());
    return entries_.emplace_back(std::move(entry));
  }
  std::deque<OwnedEntry>& entries() { return entries_; }
  // Replaces the history that goes with the added entries.
  void Fold(state::FoldedEntries folded) { folded_ = std::move(folded); }

  // Throws std::invalid_argument with the error if the rule does not parse.
  rules::Rule Compile(std::string_view text) const {
    auto parsed = rules::ParseRule(text);
    if (const auto* error = std::get_if<rules::RuleError>(&parsed)) Throw(text, *error);
    auto& rule = std::get<rules::Rule>(parsed);
    const rules::CheckResult checked =
        rules::CheckRule({&fields, &event_properties, &segment_ids, &calendar_, false, &topics_}, &rule);
    if (!checked.errors.empty()) Throw(text, checked.errors.front());
    return std::move(rule);
  }

  // Returns the facts at `now` about everything added so far. Valid until the next call that adds or evaluates.
  const rules::Facts& FactsAt(Instant now) {
    if (lead_.journal.entries().size() != entries_.size()) SealJournal();
    facts_.lead = &lead_;
    facts_.totals = &totals_;
    facts_.fields = &fields;
    facts_.calendar = &calendar_;
    facts_.now = now;
    facts_.segments = segments;
    return facts_;
  }
  // Applies changes that were made in entries() since the last evaluation.
  void SealJournal() {
    std::vector<state::EntryFields> sorted(entries_.begin(), entries_.end());
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      return std::tie(a.occurred_at, a.event_id) < std::tie(b.occurred_at, b.event_id);
    });
    lead_.journal = state::Journal(sorted, folded_);
    totals_ = lead_.journal.Totals();
  }

  rules::Answer Ask(std::string_view text, Instant now) { return rules::Evaluate(*Compile(text).root, FactsAt(now)); }

 private:
  [[noreturn]] static void Throw(std::string_view text, const rules::RuleError& error) {
    throw std::invalid_argument(rules::RenderRuleError(text, error));
  }

  Calendar calendar_;
  rules::TopicIndexes topics_;
  state::Lead lead_;
  std::deque<OwnedEntry> entries_;  // references to entries stay valid
  state::FoldedEntries folded_;
  state::EngagementTotals totals_;
  rules::Facts facts_;
};

}  // namespace leadpulse::testing
