#include "config/scoring_description.h"

#include <variant>

#include "processor/base/value.h"
#include "processor/rules/language/printer.h"

namespace leadpulse::config {
namespace {

std::string SignedPoints(int64_t points) { return points < 0 ? std::to_string(points) : "+" + std::to_string(points); }

std::string DescribeStep(const rules::Step& step) {
  std::string text;
  if (IsPlainStep(step)) {
    text = EventTypeName(step.type);
    if (const auto* name = std::get_if<rules::Text>(&step.name)) text += " " + ValueToJson(name->text);
    if (step.campaign) text += " campaign " + ValueToJson(step.campaign->text);
  } else {
    text = rules::PrintStep(step);
  }
  if (step.bounce) text = std::string(BounceKindName(*step.bounce)) + " " + text;
  return text;
}

}  // namespace

std::string ShortDuration(Millis duration) {
  struct Unit {
    int64_t seconds;
    const char* letter;
  };
  const int64_t seconds = duration.count() / 1000;
  for (const Unit unit : {Unit{86'400, "d"}, Unit{3600, "h"}, Unit{60, "m"}}) {
    if (seconds % unit.seconds == 0) return std::to_string(seconds / unit.seconds) + unit.letter;
  }
  return std::to_string(seconds) + "s";
}

std::string DescribeScoringRule(const ScoringRule& rule) {
  std::string text = rule.step ? DescribeStep(*rule.step) : "while " + rules::PrintNode(*rule.when->root);
  text += (rule.step ? " " : ": ") + SignedPoints(rule.points);
  if (rule.limit) {
    text += ", limit " + std::to_string(rule.limit->count) + " per " +
            LimitPerNames()[static_cast<size_t>(rule.limit->per)];
  }
  if (rule.decay) {
    text += ", decay " + std::to_string(rule.decay->percent) + "% every " + ShortDuration(rule.decay->every);
  }
  if (rule.expires_after) text += ", expires after " + ShortDuration(*rule.expires_after);
  return text;
}

bool IsPlainStep(const rules::Step& step) {
  return step.scope == rules::Scope::kPeople && step.where.empty() &&
         !std::holds_alternative<rules::TextTest>(step.name);
}

std::vector<std::string> LimitPerNames() { return {"message", "campaign", "day", "lifetime"}; }

}  // namespace leadpulse::config
