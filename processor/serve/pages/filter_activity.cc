#include "processor/serve/pages/filter_activity.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/text.h"
#include "processor/rules/language/parser.h"
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

std::string Quoted(std::string_view text) { return Concat({"“", text, "”"}); }

std::string NameWords(const rules::Step& step) {
  if (const auto* name = std::get_if<rules::Text>(&step.name)) return " " + Quoted(name->text);
  const auto* test = std::get_if<rules::TextTest>(&step.name);
  if (test == nullptr) return {};
  constexpr std::string_view kOperators[] = {" with ", " beginning with ", " ending with "};  // by TextOperator
  return Concat({kOperators[static_cast<size_t>(test->op)], Quoted(test->text.text)});
}

std::optional<std::string> StepWords(const rules::Step& step, const config::DeclaredNames& campaigns) {
  const Activity* activity = ActivityNamed(Concat({kDid, rules::ActionName(step.type)}));
  if (activity == nullptr || step.scope == rules::Scope::kMachine || !step.where.empty()) return std::nullopt;
  std::string words = Concat({activity->label, NameWords(step)});
  if (step.campaign) words += Concat({" in the campaign ", campaigns.NameOf(step.campaign->text)});
  if (step.scope == rules::Scope::kAny) words += " (programs, too)";
  return words;
}

std::string TimesWords(uint32_t count) { return count == 1 ? "once" : Concat({std::to_string(count), " times"}); }

std::string CountWords(const rules::DidCount& did) {
  if (!did.op) return {};
  constexpr std::string_view kCompares[] = {" exactly ", " not ",       " fewer than ",
                                            " at most ", " more than ", " at least "};  // by Compare
  return Concat({kCompares[static_cast<size_t>(*did.op)], TimesWords(did.count)});
}

std::string DurationWords(Millis duration) {
  const auto* unit = std::ranges::find_if(rules::kDurationUnits, [duration](const rules::DurationUnit& one) {
    return duration >= one.length && duration % one.length == Millis{0};
  });
  if (unit == rules::kDurationUnits.end()) unit = &rules::kDurationUnits.back();
  if (unit->name == "week") ++unit;  // people count the days of a month
  const int64_t count = duration / unit->length;
  return Concat({std::to_string(count), " ", unit->name, count == 1 ? "" : "s"});
}

// Returns the words of a window that the language compares with now.
std::optional<std::string> WindowWords(const std::optional<rules::TimeTest>& window) {
  if (!window) return "";
  if (const auto* last = std::get_if<rules::InLast>(&*window)) return " in the last " + DurationWords(last->duration);
  const auto* period = std::get_if<rules::InPeriod>(&*window);
  if (period == nullptr) return std::nullopt;
  std::string words;
  for (const auto& [name, offset] : rules::kPeriodOffsets) {
    if (offset == period->offset) words += " " + AsciiLower(name);
  }
  for (const auto& [name, unit] : rules::kPeriodUnits) {
    if (unit == period->unit) words += " " + AsciiLower(name);
  }
  return words;
}

std::string WithSmallInitial(std::string text) {
  text[0] = AsciiLower(text.substr(0, 1))[0];
  return text;
}

struct NodeWords {
  const config::DeclaredNames& campaigns;

  std::optional<std::string> operator()(const rules::DidCount& did) const {
    const auto step = StepWords(did.step, campaigns), window = WindowWords(did.window);
    if (!step || !window) return std::nullopt;
    return Concat({*step, CountWords(did), *window});
  }
  std::optional<std::string> operator()(const rules::DidThen& then) const {
    const auto first = StepWords(then.first, campaigns), second = StepWords(then.second, campaigns),
               window = WindowWords(then.window);
    if (!first || !second || !window) return std::nullopt;
    constexpr std::string_view kSame[] = {"", ", in the same message", ", in the same campaign"};  // by SameKey
    return Concat({*first, *window, then.negated ? ", then not " : ", then ", WithSmallInitial(*second), " within ",
                   DurationWords(then.within), kSame[static_cast<size_t>(then.same)]});
  }
  std::optional<std::string> operator()(const rules::Not& negation) const {
    const auto* did = std::get_if<rules::DidCount>(&negation.child->kind);
    if (did == nullptr || did->op) return std::nullopt;
    const auto words = (*this)(*did);
    if (!words) return std::nullopt;
    return Concat({did->window ? "Not " : "Never ", WithSmallInitial(*words)});
  }
  std::optional<std::string> operator()(const rules::Or& either) const {
    std::vector<std::string> all;
    for (const rules::NodePtr& child : either.children) {
      auto words = std::visit(*this, child->kind);
      if (!words) return std::nullopt;
      all.push_back(*std::move(words));
    }
    return Join(all, " or ");
  }
  template <typename Other>
  std::optional<std::string> operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

std::span<const Activity> OfferedActivities() { return std::span(kActivities).first(kOffered); }

const Activity* ActivityNamed(std::string_view field) {
  const auto* found = std::ranges::find(kActivities, field, &Activity::field);
  return found == kActivities.end() ? nullptr : found;
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

std::optional<FilterCondition> ConditionOfActivity(const rules::DidCount& did, bool negated) {
  FilterCondition condition{Concat({kDid, rules::ActionName(did.step.type)}), negated ? "never" : "ever"};
  if (ActivityNamed(condition.field) == nullptr) return std::nullopt;
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

std::optional<std::string> WordsOfActivity(const std::string& rule, const config::DeclaredNames& campaigns) {
  const auto parsed = rules::ParseRule(rule);
  const auto* understood = std::get_if<rules::Rule>(&parsed);
  return understood == nullptr ? std::nullopt : std::visit(NodeWords{campaigns}, understood->root->kind);
}

}  // namespace leadpulse::serve
