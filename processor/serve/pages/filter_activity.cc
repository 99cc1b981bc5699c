#include "processor/serve/pages/filter_activity.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/pages/typed_value.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kDid = "did ";
// The first ones are offered.
constexpr auto kActivities = std::to_array<Activity>({{"did open", "Opened"},
                                                      {"did click", "Clicked"},
                                                      {"did reply", "Replied"},
                                                      {"did visit", "Visited"},
                                                      {"did send", "Mailed"},
                                                      {"did deliver", "Reached"},
                                                      {"did bounce", "Bounced"},
                                                      {"did unsubscribe", "Unsubscribed"},
                                                      {"did resubscribe", "Subscribed again"},
                                                      {"did complain", "Complained"},
                                                      {"did custom", "Had"}});
constexpr size_t kOffered = 5;

constexpr auto kTests = std::to_array<FilterTest>({{"last", "in the last … days"},
                                                   {"ever", "at any time", false},
                                                   {"times", "at least … times"},
                                                   {"text", "with the text"},
                                                   {"campaign", "in the campaign"},
                                                   {"never", "never", false},
                                                   {"not_last", "not in the last … days"}});

std::string RuleOfValue(std::string_view test, std::string_view did, std::string_view value) {
  const std::string quoted = rules::QuoteString(value);
  if (test == "text") return Concat({did, " CONTAINS ", quoted});
  if (test == "campaign") return Concat({did, " CAMPAIGN ", quoted});
  if (test == "times") {
    const bool is_count = ParseInteger<uint32_t>(value).has_value();
    return Concat({did, " >= ", is_count ? value : quoted, value == "1" ? " TIME" : " TIMES"});
  }
  return Concat({did, " IN LAST ", DurationOfValue(value)});
}

}  // namespace

std::span<const Activity> OfferedActivities() { return std::span(kActivities).first(kOffered); }

const Activity* ActivityNamed(std::string_view field) {
  const auto* found = std::ranges::find(kActivities, field, &Activity::field);
  return found == kActivities.end() ? nullptr : found;
}

const Activity& ActivityOf(const rules::Step& step) {
  const Activity* const activity = ActivityNamed(Concat({kDid, rules::ActionName(step.type)}));
  LP_ASSERT(activity != nullptr);  // every action has one
  return *activity;
}

std::string DurationOfValue(std::string_view value) {
  const Result<Millis> duration = ReadTypedDuration(value, DurationUse::kRule);
  return duration.ok() ? DurationForRules(*duration) : rules::QuoteString(value);
}

std::string ValueOfDuration(Millis duration) {
  std::string value = DurationForRules(duration);
  if (const size_t unit = value.find(" day"); unit != std::string::npos) value.resize(unit);
  return value;
}

std::span<const FilterTest> ActivityTests() { return kTests; }

std::string RuleOfActivity(const FilterCondition& condition) {
  std::string did = Concat({"DID ", std::string_view(condition.field).substr(kDid.size())});
  if (condition.test == "ever") return did;
  if (condition.test == "never") return "NOT " + did;
  std::vector<std::string> terms;
  for (const std::string& value : condition.values) terms.push_back(RuleOfValue(condition.test, did, value));
  std::string rule = JoinEither(terms);
  return condition.test == "not_last" && !rule.empty() ? "NOT " + rule : rule;
}

FilterCondition ConditionOfActivity(const rules::DidCount& did, bool negated) {
  FilterCondition condition{std::string(ActivityOf(did.step).field), negated ? "never" : "ever"};
  const auto set = [&condition](std::string_view test, std::string value) {
    condition.test = test;
    condition.values = {std::move(value)};
  };
  const auto* last = did.window ? std::get_if<rules::InLast>(&*did.window) : nullptr;
  const auto* text = std::get_if<rules::TextTest>(&did.step.name);
  if (last != nullptr) {
    set(negated ? "not_last" : "last", ValueOfDuration(last->duration));
  } else if (did.op) {
    set("times", std::to_string(did.count));
  } else if (text != nullptr) {
    set("text", text->text.text);
  } else if (did.step.campaign) {
    set("campaign", did.step.campaign->text);
  }
  return condition;
}

}  // namespace leadpulse::serve
