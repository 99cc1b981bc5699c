#include "tests/support/model/evaluate.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/model/compare.h"
#include "tests/support/model/mail_status.h"
#include "tests/support/model/text.h"
#include "tests/support/model/words.h"

namespace leadpulse::model {
namespace {

bool HoldsName(const std::vector<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& held) { return SameText(held, name); });
}

// Whether an element passes, if the value is a list; otherwise whether the value does.
template <typename Condition>
bool AnyElement(const Value& value, Condition condition) {
  if (value.kind != Value::Kind::kList) return condition(value);
  return std::any_of(value.elements.begin(), value.elements.end(), condition);
}

}  // namespace

bool Evaluator::Holds(const Rule& rule) const {
  const auto holds = [this](const Rule& part) { return Holds(part); };
  switch (rule.kind) {
    case Rule::Kind::kPredicate:
      return Holds(rule.predicate);
    case Rule::Kind::kAnd:
      return std::all_of(rule.parts.begin(), rule.parts.end(), holds);
    case Rule::Kind::kOr:
      return std::any_of(rule.parts.begin(), rule.parts.end(), holds);
    case Rule::Kind::kNot:
      return !Holds(rule.parts.front());
  }
  return false;
}

bool Evaluator::Holds(const Predicate& predicate) const {
  if (predicate.IsAboutInstant()) return HoldsForInstant(predicate);
  switch (predicate.kind) {
    case Predicate::Kind::kTest:
      return Passes(Field(predicate.field), predicate.test);
    case Predicate::Kind::kBetweenNumbers: {
      const auto number = AsNumber(Field(predicate.field));
      const bool holds = number && predicate.low <= *number && *number <= predicate.high;
      return holds != predicate.negated;
    }
    case Predicate::Kind::kDid:
      return Did(predicate);
    case Predicate::Kind::kThen:
      return Followed(predicate);
    default:
      return HoldsForProfile(predicate);
  }
}

bool Evaluator::HoldsForProfile(const Predicate& predicate) const {
  const Lead& lead = facts_.lead;
  switch (predicate.kind) {
    case Predicate::Kind::kHasTag:
      return HoldsName(lead.tags, predicate.name);
    case Predicate::Kind::kInList:
      return HoldsName(lead.lists, predicate.name);
    case Predicate::Kind::kInCampaign:
      return HoldsName(lead.campaigns, predicate.name);
    case Predicate::Kind::kHasConsent:
      return HasConsent(predicate.name);
    case Predicate::Kind::kHasWords:
      return HasWords(predicate.name);
    case Predicate::Kind::kSendableFor:
      return standing_.sendable && !MailStatusOf(facts_).scopes_out.contains(Fold(NormalText(predicate.name)));
    case Predicate::Kind::kInSegment:
      for (const Segment& segment : facts_.definitions.segments) {
        if (segment.id == predicate.name) return Holds(segment.rule);
      }
      return false;
    default:
      return false;
  }
}

bool Evaluator::HasConsent(const std::string& purpose) const {
  const auto& consents = facts_.lead.consents;
  return std::any_of(consents.begin(), consents.end(),
                     [&](const Consent& consent) { return SameText(consent.purpose, purpose) && consent.granted; });
}

// Looks into all texts, also in lists, and into the address as it was sent and in normal form.
bool Evaluator::HasWords(const std::string& words) const {
  std::vector<std::string> texts;
  for (const auto& [name, value] : facts_.attributes) {
    if (value.kind == Value::Kind::kText) texts.push_back(value.text);
    for (const Value& element : value.elements) {
      if (element.kind == Value::Kind::kText) texts.push_back(element.text);
    }
  }
  if (const Value address = facts_.Attribute("email"); address.kind == Value::Kind::kText) {
    texts.push_back(address.text);
    if (!facts_.attributes.contains("email")) texts.push_back(facts_.lead.id);
  }
  const Value first = facts_.Attribute("first_name"), last = facts_.Attribute("last_name");
  const bool are_texts = first.kind == Value::Kind::kText && last.kind == Value::Kind::kText;
  if (are_texts && HasSeveralWords(words)) texts.push_back(first.text + " " + last.text);
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) { return FindsWords(words, text); });
}

bool Evaluator::Passes(const Value& value, const Test& test) const {
  const auto equals = [&](const Literal& literal) { return Equals(value, literal); };
  switch (test.kind) {
    case Test::Kind::kCompare:
      return Compares(value, test.compare, test.values.front());
    case Test::Kind::kIs:
      return Equals(value, test.values.front());
    case Test::Kind::kIsNot:
      return !Equals(value, test.values.front());
    case Test::Kind::kIsSet:
      return value.is_set();
    case Test::Kind::kIsNotSet:
      return !value.is_set();
    case Test::Kind::kIn:
      return std::any_of(test.values.begin(), test.values.end(), equals);
    case Test::Kind::kNotIn:
      return std::none_of(test.values.begin(), test.values.end(), equals);
    case Test::Kind::kText:
      return HoldsText(value, test.text);
    case Test::Kind::kNotText:
      return !HoldsText(value, test.text);
  }
  return false;
}

bool Evaluator::PassesProperty(const Value& value, const Test& test) const {
  const bool is_ordered =
      test.kind == Test::Kind::kCompare && test.compare != Compare::kEqual && test.compare != Compare::kNotEqual;
  if (!is_ordered || value.kind != Value::Kind::kList) return Passes(value, test);
  return std::ranges::any_of(value.elements, [&](const Value& element) { return Passes(element, test); });
}

bool Evaluator::Compares(const Value& value, Compare compare, const Literal& to) const {
  if (compare == Compare::kEqual) return Equals(value, to);
  if (compare == Compare::kNotEqual) return !Equals(value, to);
  if (to.kind == Literal::Kind::kNumber) {
    const auto number = AsNumber(value);
    return number && CompareNumbers(compare, *number, to.number);
  }
  if (to.kind != Literal::Kind::kText) return false;
  const auto instant = AsInstant(value, facts_.zone);
  const auto date = facts_.zone.ReadDateLiteral(NormalText(to.text));
  return instant && date && CompareNumbers(compare, *instant, *date);
}

bool Evaluator::Equals(const Value& value, const Literal& literal) const {
  return AnyElement(value, [&](const Value& one) {
    switch (literal.kind) {
      case Literal::Kind::kNumber:
        return AsNumber(one) == literal.number;
      case Literal::Kind::kBoolean:
        return one.kind == Value::Kind::kBoolean && one.flag == literal.flag;
      case Literal::Kind::kText:
        if (one.kind == Value::Kind::kInstant) {
          return facts_.zone.ReadDateLiteral(NormalText(literal.text)) == one.instant;
        }
        return one.kind == Value::Kind::kText && SameText(one.text, literal.text);
    }
    return false;
  });
}

bool Evaluator::HoldsText(const Value& value, const TextTest& test) const {
  return AnyElement(value, [&](const Value& one) {
    if (one.kind != Value::Kind::kText) return false;
    const std::string text = Fold(one.text);
    const std::string part = Fold(test.text);
    switch (test.kind) {
      case TextTest::Kind::kContains:
        return text.find(part) != std::string::npos;
      case TextTest::Kind::kStartsWith:
        return text.starts_with(part);
      case TextTest::Kind::kEndsWith:
        return text.ends_with(part);
    }
    return false;
  });
}

bool Evaluator::Fits(const Step& step, const Entry& entry) const {
  if (entry.type != step.action) return false;
  if (step.who == Step::Who::kPeople && entry.machine) return false;
  if (step.who == Step::Who::kMachine && !entry.machine) return false;
  if (step.name && !SameText(entry.name, *step.name)) return false;
  if (step.name_test) {
    if (entry.name.empty()) return false;
    if (!HoldsText(Value::Text(entry.name), *step.name_test)) return false;
  }
  if (step.campaign && !SameText(entry.campaign, *step.campaign)) return false;
  return std::all_of(step.where.begin(), step.where.end(), [&](const PropertyTest& asked) {
    const auto found = entry.properties.find(NormalName(asked.property));
    return PassesProperty(found == entry.properties.end() ? Value() : found->second, asked.test);
  });
}

bool Evaluator::Did(const Predicate& predicate) const {
  int64_t count = 0;
  for (const Entry* entry : facts_.visible) {
    if (Fits(predicate.step, *entry) && InWindow(predicate.window, entry->at)) {
      ++count;
    }
  }
  if (!predicate.times) return count >= 1;
  return CompareNumbers(predicate.compare, count, *predicate.times);
}

bool Evaluator::Followed(const Predicate& predicate) const {
  for (const Entry* first : facts_.visible) {
    if (!Fits(predicate.step, *first)) continue;
    if (!InWindow(predicate.window, first->at)) continue;
    const bool followed = HasFollower(predicate, *first);
    if (!predicate.negated && followed) return true;
    if (predicate.negated && !followed && now_ >= first->at + predicate.duration.millis()) {
      return true;
    }
  }
  return false;
}

bool Evaluator::HasFollower(const Predicate& predicate, const Entry& first) const {
  for (const Entry* second : facts_.visible) {
    if (second == &first || !Fits(predicate.second, *second)) continue;
    if (second->at < first.at) continue;
    if (second->at >= first.at + predicate.duration.millis()) continue;
    switch (predicate.same) {
      case Predicate::Same::kNothing:
        return true;
      case Predicate::Same::kMessage:
        if (!first.message.empty() && first.message == second->message) {
          return true;
        }
        break;
      case Predicate::Same::kCampaign:
        if (!first.campaign.empty() && SameText(first.campaign, second->campaign)) {
          return true;
        }
        break;
    }
  }
  return false;
}

}  // namespace leadpulse::model
