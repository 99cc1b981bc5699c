#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "tests/support/model/text.h"
#include "tests/support/workload/random.h"
#include "tests/support/workload/workload.h"

// Writes the structures of a rule as text.
namespace leadpulse::workload {
namespace {

using model::Compare;
using model::Day;
using model::Duration;
using model::Instant;
using model::Literal;
using model::Period;
using model::Predicate;
using model::PropertyTest;
using model::Rule;
using model::Step;
using model::Test;
using model::TextTest;
using model::Window;

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

bool IsWord(const std::string& word) {
  static const std::set<std::string> kEnding = {"is",   "not",    "in",    "and",     "or", "contains",   "starts",
                                                "ends", "before", "after", "between", "on", "anniversary"};
  if (word.empty() || kEnding.contains(model::Fold(word))) return false;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return is_letter(word[0]) && std::all_of(word.begin(), word.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
         });
}

bool IsWords(const std::string& name) {
  std::istringstream words(name);
  std::string word;
  while (words >> word) {
    if (!IsWord(word)) return false;
  }
  return !name.empty();
}

std::string CompareText(Compare compare) {
  static const std::vector<std::string> kSigns = {"=", "!=", "<", "<=", ">", ">="};
  return kSigns[static_cast<size_t>(compare)];
}

class Writer {
 public:
  explicit Writer(uint64_t spelling) : random_(spelling) {
    style_ = random_.Chance(70) ? 0 : static_cast<int>(random_.Between(1, 2));
  }

  std::string WriteRule(const Rule& rule);
  std::string WriteStep(const Step& step);

 private:
  std::string Key(const std::string& words);
  std::string Field(const std::string& name);
  std::string Property(const std::string& name);
  std::string WriteParts(const Rule& rule, const std::string& word);
  std::string WritePredicate(const Predicate& predicate);
  std::string WriteTimePredicate(const Predicate& predicate);
  std::string WriteNamePredicate(const Predicate& predicate);
  std::string WriteTest(const Test& test);
  std::string WriteText(const TextTest& test);
  std::string WriteLiteral(const Literal& literal);
  std::string WriteDuration(const Duration& duration);
  std::string WriteInstant(const Instant& instant);
  std::string WriteDay(const Day& day);
  std::string WriteDays(int days);
  std::string WritePeriod(const Period& period);
  std::string WriteWindow(const Window& window);
  std::string WriteDid(const Predicate& predicate);
  std::string WriteThen(const Predicate& predicate);
  std::string WriteWhere(const std::vector<PropertyTest>& tests);

  Random random_;
  int style_ = 0;
};

std::string Writer::Key(const std::string& words) {
  std::string key = words;
  for (size_t i = 0; i < key.size(); ++i) {
    const bool starts_word = i == 0 || key[i - 1] == ' ';
    if (style_ == 1 || (style_ == 2 && !starts_word)) {
      key[i] = static_cast<char>(std::tolower(key[i]));
    }
  }
  return key;
}

std::string Writer::Field(const std::string& name) {
  if (!IsWords(name) || random_.Chance(10)) return "`" + name + "`";
  return name;
}

std::string Writer::Property(const std::string& name) {
  if (!IsWord(name) || random_.Chance(10)) return "`" + name + "`";
  return name;
}

std::string Writer::WriteParts(const Rule& rule, const std::string& word) {
  std::string text;
  for (const Rule& part : rule.parts) {
    if (!text.empty()) text += " " + Key(word) + " ";
    // OR binds least, so only OR inside AND needs parentheses; others may have them.
    const bool needed = part.kind == Rule::Kind::kOr && rule.kind != Rule::Kind::kOr;
    const std::string inner = WriteRule(part);
    text += needed || random_.Chance(15) ? "(" + inner + ")" : inner;
  }
  return text;
}

std::string Writer::WriteRule(const Rule& rule) {
  switch (rule.kind) {
    case Rule::Kind::kPredicate:
      return WritePredicate(rule.predicate);
    case Rule::Kind::kAnd:
      return WriteParts(rule, "AND");
    case Rule::Kind::kOr:
      return WriteParts(rule, "OR");
    case Rule::Kind::kNot: {
      const Rule& inner = rule.parts.front();
      const bool needed = inner.kind == Rule::Kind::kAnd || inner.kind == Rule::Kind::kOr;
      const std::string text = WriteRule(inner);
      return Key("NOT") + (needed || random_.Chance(30) ? " (" + text + ")" : " " + text);
    }
  }
  return "";
}

std::string Writer::WritePredicate(const Predicate& predicate) {
  switch (predicate.kind) {
    case Predicate::Kind::kTest:
      return Field(predicate.field) + " " + WriteTest(predicate.test);
    case Predicate::Kind::kBetweenNumbers:
      return Field(predicate.field) + Key(predicate.negated ? " NOT" : "") + Key(" BETWEEN ") +
             model::PlainNumber(predicate.low) + Key(" AND ") + model::PlainNumber(predicate.high);
    case Predicate::Kind::kDid:
      return WriteDid(predicate);
    case Predicate::Kind::kThen:
      return WriteThen(predicate);
    case Predicate::Kind::kHasTag:
    case Predicate::Kind::kHasConsent:
    case Predicate::Kind::kHasWords:
    case Predicate::Kind::kSendableFor:
    case Predicate::Kind::kInList:
    case Predicate::Kind::kInCampaign:
    case Predicate::Kind::kInSegment:
      return WriteNamePredicate(predicate);
    default:
      return WriteTimePredicate(predicate);
  }
}

std::string Writer::WriteTimePredicate(const Predicate& predicate) {
  const std::string field = Field(predicate.field) + " ";
  const std::string negation = predicate.negated ? Key("NOT ") : "";
  switch (predicate.kind) {
    case Predicate::Kind::kAge:
      return field + CompareText(predicate.compare) + " " + WriteDuration(predicate.duration) +
             Key(predicate.from_now ? " FROM NOW" : " AGO");
    case Predicate::Kind::kBefore:
      return field + Key("BEFORE ") + WriteInstant(predicate.from);
    case Predicate::Kind::kAfter:
      return field + Key("AFTER ") + WriteInstant(predicate.from);
    case Predicate::Kind::kBetweenInstants:
      return field + negation + Key("BETWEEN ") + WriteInstant(predicate.from) + Key(" AND ") +
             WriteInstant(predicate.to);
    case Predicate::Kind::kOnDay:
      return field + negation + Key("ON ") + WriteDay(predicate.day);
    case Predicate::Kind::kInPeriod:
      return field + negation + Key("IN ") + WritePeriod(predicate.period);
    case Predicate::Kind::kAnniversary:
      if (predicate.next_days == 0 && random_.Chance(80)) {
        return field + Key("ANNIVERSARY TODAY");
      }
      return field + Key("ANNIVERSARY IN NEXT ") + WriteDays(predicate.next_days);
    default:
      return "";
  }
}

std::string Writer::WriteNamePredicate(const Predicate& predicate) {
  const std::string name = Quoted(predicate.name);
  switch (predicate.kind) {
    case Predicate::Kind::kHasTag:
      return Key("HAS TAG ") + name;
    case Predicate::Kind::kHasConsent:
      return Key("HAS CONSENT ") + name;
    case Predicate::Kind::kHasWords:
      return Key("HAS WORDS ") + name;
    case Predicate::Kind::kSendableFor:
      return Key("SENDABLE FOR ") + name;
    case Predicate::Kind::kInList:
      return Key("IN LIST ") + name;
    case Predicate::Kind::kInCampaign:
      return Key("IN CAMPAIGN ") + name;
    default:
      return Key("IN SEGMENT ") + name;
  }
}

std::string Writer::WriteTest(const Test& test) {
  switch (test.kind) {
    case Test::Kind::kCompare:
      return CompareText(test.compare) + " " + WriteLiteral(test.values[0]);
    case Test::Kind::kIs:
      return Key("IS ") + WriteLiteral(test.values[0]);
    case Test::Kind::kIsNot:
      return Key("IS NOT ") + WriteLiteral(test.values[0]);
    case Test::Kind::kIsSet:
      return Key("IS SET");
    case Test::Kind::kIsNotSet:
      return Key("IS NOT SET");
    case Test::Kind::kText:
      return WriteText(test.text);
    case Test::Kind::kNotText:
      return Key("NOT ") + WriteText(test.text);
    default:
      break;
  }
  std::string list;
  for (const Literal& literal : test.values) {
    list += (list.empty() ? "" : ", ") + WriteLiteral(literal);
  }
  return Key(test.kind == Test::Kind::kNotIn ? "NOT IN (" : "IN (") + list + ")";
}

std::string Writer::WriteText(const TextTest& test) {
  static const std::vector<std::string> kWords = {"CONTAINS ", "STARTS WITH ", "ENDS WITH "};
  return Key(kWords[static_cast<size_t>(test.kind)]) + Quoted(test.text);
}

std::string Writer::WriteLiteral(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kNumber:
      return model::PlainNumber(literal.number);
    case Literal::Kind::kBoolean:
      return Key(literal.flag ? "TRUE" : "FALSE");
    case Literal::Kind::kText:
      return Quoted(literal.text);
  }
  return "";
}

std::string Writer::WriteDuration(const Duration& duration) {
  static const std::vector<std::string> kUnits = {"SECOND", "MINUTE", "HOUR", "DAY", "WEEK"};
  const std::string plural = random_.Chance(85) ? "S" : "";
  return std::to_string(duration.count) + " " + Key(kUnits[static_cast<size_t>(duration.unit)] + plural);
}

std::string Writer::WriteInstant(const Instant& instant) {
  switch (instant.kind) {
    case Instant::Kind::kLiteral:
      return Quoted(instant.literal);
    case Instant::Kind::kToday:
      return Key("TODAY");
    case Instant::Kind::kYesterday:
      return Key("YESTERDAY");
    case Instant::Kind::kTomorrow:
      return Key("TOMORROW");
    case Instant::Kind::kAgo:
      return WriteDuration(instant.duration) + Key(" AGO");
    case Instant::Kind::kFromNow:
      return WriteDuration(instant.duration) + Key(" FROM NOW");
  }
  return "";
}

std::string Writer::WriteDay(const Day& day) {
  switch (day.kind) {
    case Day::Kind::kLiteral:
      return Quoted(day.literal);
    case Day::Kind::kToday:
      return Key("TODAY");
    case Day::Kind::kYesterday:
      return Key("YESTERDAY");
    case Day::Kind::kTomorrow:
      return Key("TOMORROW");
    case Day::Kind::kDaysAgo:
      return WriteDays(day.days) + Key(" AGO");
    case Day::Kind::kDaysFromNow:
      return WriteDays(day.days) + Key(" FROM NOW");
  }
  return "";
}

// Writes the singular or the plural, which mean the same after any number.
std::string Writer::WriteDays(int days) { return std::to_string(days) + Key(style_ == 1 ? " DAY" : " DAYS"); }

std::string Writer::WritePeriod(const Period& period) {
  static const std::vector<std::string> kWhich = {"THIS ", "LAST ", "NEXT "};
  static const std::vector<std::string> kUnits = {"WEEK", "MONTH", "QUARTER", "YEAR"};
  return Key(kWhich[static_cast<size_t>(period.which)] + kUnits[static_cast<size_t>(period.unit)]);
}

std::string Writer::WriteWindow(const Window& window) {
  switch (window.kind) {
    case Window::Kind::kNone:
      return "";
    case Window::Kind::kInLast:
      return Key(" IN LAST ") + WriteDuration(window.duration);
    case Window::Kind::kInPeriod:
      return Key(" IN ") + WritePeriod(window.period);
    case Window::Kind::kOnDay:
      return Key(" ON ") + WriteDay(window.day);
    case Window::Kind::kBefore:
      return Key(" BEFORE ") + WriteInstant(window.from);
    case Window::Kind::kAfter:
      return Key(" AFTER ") + WriteInstant(window.from);
    case Window::Kind::kBetween:
      return Key(" BETWEEN ") + WriteInstant(window.from) + Key(" AND ") + WriteInstant(window.to);
  }
  return "";
}

std::string Writer::WriteDid(const Predicate& predicate) {
  std::string text = Key("DID ") + WriteStep(predicate.step);
  if (predicate.times) {
    text += " " + CompareText(predicate.compare) + " " + std::to_string(*predicate.times) +
            Key(style_ == 1 ? " TIME" : " TIMES");
  }
  return text + WriteWindow(predicate.window);
}

std::string Writer::WriteThen(const Predicate& predicate) {
  static const std::vector<std::string> kSame = {"", " SAME MESSAGE", " SAME CAMPAIGN"};
  return Key("DID ") + WriteStep(predicate.step) + Key(predicate.negated ? " NOT THEN " : " THEN ") +
         WriteStep(predicate.second) + Key(" WITHIN ") + WriteDuration(predicate.duration) +
         Key(kSame[static_cast<size_t>(predicate.same)]) + WriteWindow(predicate.window);
}

std::string Writer::WriteStep(const Step& step) {
  static const std::vector<std::string> kWho = {"", "ANY ", "MACHINE "};
  static const std::vector<std::string> kActions = {"",      "SEND",   "DELIVER",     "OPEN",        "CLICK",
                                                    "REPLY", "BOUNCE", "UNSUBSCRIBE", "RESUBSCRIBE", "COMPLAIN",
                                                    "VISIT", "CUSTOM"};
  std::string text = Key(kWho[static_cast<size_t>(step.who)]);
  text += Key(kActions[static_cast<size_t>(step.action)]);
  if (step.name) text += " " + Quoted(*step.name);
  if (step.name_test) text += " " + WriteText(*step.name_test);
  if (step.campaign) text += Key(" CAMPAIGN ") + Quoted(*step.campaign);
  return text + WriteWhere(step.where);
}

std::string Writer::WriteWhere(const std::vector<PropertyTest>& tests) {
  if (tests.empty()) return "";
  std::string text;
  for (const PropertyTest& asked : tests) {
    if (!text.empty()) text += Key(" AND ");
    text += Property(asked.property) + " " + WriteTest(asked.test);
  }
  const bool needed = tests.size() > 1;
  return Key(" WHERE ") + (needed || random_.Chance(20) ? "(" + text + ")" : text);
}

}  // namespace

std::string RuleText(const Rule& rule, uint64_t spelling) { return Writer(spelling).WriteRule(rule); }

std::string StepText(const Step& step, uint64_t spelling) { return Writer(spelling).WriteStep(step); }

}  // namespace leadpulse::workload
