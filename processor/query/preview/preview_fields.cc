#include "processor/query/preview/preview_fields.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "processor/base/nearest.h"
#include "processor/rules/evaluation/value_evaluator.h"
#include "processor/rules/language/checker.h"

namespace leadpulse::query {
namespace {

std::vector<std::string> AttributesOf(const config::TenantDefinitions& definitions) {
  std::set<std::string> names;
  const auto add = [&](const rules::Rule& rule) {
    for (std::string& name : rules::ReferencedAttributes(rule)) names.insert(std::move(name));
  };
  for (const config::Segment& segment : definitions.segments) add(segment.rule);
  for (const config::ScoringRule& rule : *definitions.scoring) {
    if (rule.when) add(*rule.when);
  }
  if (definitions.exclude) add(*definitions.exclude);
  return {names.begin(), names.end()};
}

}  // namespace

FieldCounter::FieldCounter(const config::TenantDefinitions& definitions) {
  for (std::string& name : AttributesOf(definitions)) {
    Counted& counted = counted_.emplace_back();
    const auto declared = definitions.fields.find(name);
    if (declared != definitions.fields.end()) counted.coverage.declared = declared->second;
    counted.field.name = std::move(name);
  }
}

void FieldCounter::Count(const state::Lead& lead) {
  rules::Facts facts;
  facts.lead = &lead;
  const auto& attributes = lead.profile.attributes;
  for (Counted& counted : counted_) {
    if (rules::FieldOperand(counted.field, facts).is_set()) {
      ++counted.coverage.leads;
    } else if (attributes.contains(std::get<std::string>(counted.field.name))) {
      ++counted.coverage.unreadable;
    }
  }
  if (counted_.empty()) return;
  for (const auto& [name, attribute] : attributes) {
    if (names_seen_.size() < kMaxNamesSeen && !names_seen_.contains(name)) names_seen_.insert(name);
  }
}

std::map<std::string, FieldCoverage> FieldCounter::Finish() && {
  std::vector<std::string> known(names_seen_.begin(), names_seen_.end());
  known.emplace_back("email");
  for (int i = 0; i <= static_cast<int>(rules::BuiltIn::kCampaigns); ++i) {
    known.emplace_back(rules::BuiltInName(static_cast<rules::BuiltIn>(i)));
  }
  std::map<std::string, FieldCoverage> fields;
  for (Counted& counted : counted_) {
    const std::string& name = std::get<std::string>(counted.field.name);
    // A name that leads do have, though with nothing the rules can read, is not mistyped.
    if (counted.coverage.leads == 0 && counted.coverage.unreadable == 0) {
      counted.coverage.nearest = NearestName(name, known);
    }
    fields.emplace(name, std::move(counted.coverage));
  }
  return fields;
}

}  // namespace leadpulse::query
