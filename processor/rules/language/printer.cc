#include "processor/rules/language/printer.h"

#include <string_view>

#include "processor/base/text.h"
#include "processor/rules/language/field_names.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::rules {
namespace {

std::string PrintName(const std::string& name) {
  const bool bare = IsWord(name) && !IsReservedWord(name) && !IsKeyword(name, "DID");
  return bare ? name : "`" + name + "`";
}

std::string PrintField(const Field& field) {
  if (const auto* built_in = std::get_if<BuiltIn>(&field.name)) return std::string(BuiltInName(*built_in));
  return PrintName(NameOfAttribute(std::get<std::string>(field.name)));
}

std::string PrintDuration(Millis duration) {
  const DurationUnit* unit = &kDurationUnits.back();
  for (auto u = kDurationUnits.rbegin(); u != kDurationUnits.rend() && duration.count() != 0; ++u) {
    if (duration % u->length == Millis{0}) unit = &*u;
  }
  const int64_t count = duration / unit->length;
  std::string name(unit->name);
  for (char& c : name) c = static_cast<char>(c - ('a' - 'A'));
  return std::to_string(count) + " " + name + (count == 1 ? "" : "S");
}

struct ExpressionPrinter {
  std::string operator()(const DateLiteral& date) const { return QuoteString(date.text); }
  std::string operator()(RelativeDay day) const {
    for (const auto& [name, offset] : kNamedDays) {
      if (offset == day.offset) return std::string(name);
    }
    if (day.offset < 0) return SpellDays(-day.offset) + " AGO";
    return SpellDays(day.offset) + " FROM NOW";
  }
  std::string operator()(RelativeInstant instant) const {
    if (instant.offset < Millis{0}) return PrintDuration(-instant.offset) + " AGO";
    return PrintDuration(instant.offset) + " FROM NOW";
  }
};

template <typename Expression>
std::string Print(const Expression& expression) {
  return std::visit(ExpressionPrinter{}, expression);
}

std::string PrintPeriod(const InPeriod& period) {
  std::string text;
  for (const auto& [name, offset] : kPeriodOffsets) {
    if (offset == period.offset) text = name;
  }
  for (const auto& [name, unit] : kPeriodUnits) {
    if (unit == period.unit) text.append(" ").append(name);
  }
  return text;
}

struct TimeTestPrinter {
  std::string operator()(const Age& age) const {
    return std::string(CompareSpelling(age.op)) + " " + PrintDuration(age.duration) +
           (age.from_now ? " FROM NOW" : " AGO");
  }
  std::string operator()(const Before& before) const { return "BEFORE " + Print(before.bound); }
  std::string operator()(const After& after) const { return "AFTER " + Print(after.bound); }
  std::string operator()(const Between& between) const {
    return "BETWEEN " + Print(between.low) + " AND " + Print(between.high);
  }
  std::string operator()(const OnDay& on) const { return "ON " + Print(on.day); }
  std::string operator()(const InPeriod& period) const { return "IN " + PrintPeriod(period); }
  std::string operator()(const InLast& last) const { return "IN LAST " + PrintDuration(last.duration); }
};

std::string PrintTime(const TimeTest& test) { return std::visit(TimeTestPrinter{}, test); }

std::string PrintWindow(const std::optional<TimeTest>& window) { return window ? " " + PrintTime(*window) : ""; }

std::string PrintLiteral(const Literal& literal) {
  if (const auto* truth = std::get_if<bool>(&literal.value)) return *truth ? "true" : "false";
  if (const auto* number = std::get_if<Number>(&literal.value)) return number->Plain();
  return QuoteString(std::get<Text>(literal.value).text);
}

std::string PrintText(const TextTest& test) {
  return std::string(TextOperatorSpelling(test.op)) + " " + QuoteString(test.text.text);
}

struct ValueTestPrinter {
  // Prints a comparison: with signs for numbers, with words for everything else.
  std::string operator()(const CompareTest& test) const {
    std::string op(CompareSpelling(test.op));
    const bool words = !IsOrdered(test.op) && !std::holds_alternative<Number>(test.literal.value);
    if (words) op = test.op == Compare::kEqual ? "IS" : "IS NOT";
    return op + " " + PrintLiteral(test.literal);
  }
  std::string operator()(const SetTest& test) const { return test.negated ? "IS NOT SET" : "IS SET"; }
  std::string operator()(const InTest& test) const {
    std::string list;
    for (const Literal& literal : test.literals) list += (list.empty() ? "" : ", ") + PrintLiteral(literal);
    return (test.negated ? "NOT IN (" : "IN (") + list + ")";
  }
  std::string operator()(const TextTest& test) const { return (test.negated ? "NOT " : "") + PrintText(test); }
};

std::string PrintValueTest(const ValueTest& test) { return std::visit(ValueTestPrinter{}, test); }

std::string PrintWhere(const std::vector<PropertyTest>& where) {
  std::string tests;
  for (const PropertyTest& test : where) {
    tests += (tests.empty() ? "" : " AND ") + PrintName(test.property) + " " + PrintValueTest(test.test);
  }
  return where.size() > 1 ? "(" + tests + ")" : tests;
}

enum class Joint { kNone, kAnd, kOr };

Joint JointOf(const Node& node) {
  if (std::holds_alternative<And>(node.kind)) return Joint::kAnd;
  return std::holds_alternative<Or>(node.kind) ? Joint::kOr : Joint::kNone;
}

std::string Parenthesized(const Node& node) { return "(" + PrintNode(node) + ")"; }

std::string PrintChain(const std::vector<NodePtr>& children, Joint joint) {
  const std::string_view word = joint == Joint::kAnd ? " AND " : " OR ";
  std::string text;
  for (const NodePtr& child : children) {
    if (!text.empty()) text += word;
    const Joint inner = JointOf(*child);
    const bool bare = inner == Joint::kNone || (inner == Joint::kAnd && joint == Joint::kOr);
    text += bare ? PrintNode(*child) : Parenthesized(*child);
  }
  return text;
}

struct NodePrinter {
  std::string operator()(const And& both) const { return PrintChain(both.children, Joint::kAnd); }
  std::string operator()(const Or& either) const { return PrintChain(either.children, Joint::kOr); }
  std::string operator()(const Not& no) const {
    return "NOT " + (JointOf(*no.child) == Joint::kNone ? PrintNode(*no.child) : Parenthesized(*no.child));
  }
  std::string operator()(const ValuePredicate& p) const { return PrintField(p.field) + " " + PrintValueTest(p.test); }
  std::string operator()(const NumberBetween& p) const {
    return PrintField(p.field) + (p.negated ? " NOT BETWEEN " : " BETWEEN ") + p.low.Plain() + " AND " + p.high.Plain();
  }
  std::string operator()(const TimePredicate& p) const {
    return PrintField(p.field) + (p.negated ? " NOT " : " ") + PrintTime(p.test);
  }
  std::string operator()(const Anniversary& p) const {
    const std::string field = PrintField(p.field) + " ANNIVERSARY ";
    return p.in_next_days ? field + "IN NEXT " + SpellDays(*p.in_next_days) : field + "TODAY";
  }
  std::string operator()(const DidCount& p) const {
    std::string text = "DID " + PrintStep(p.step);
    if (p.op) text += " " + std::string(CompareSpelling(*p.op)) + " " + SpellTimes(p.count);
    return text + PrintWindow(p.window);
  }
  std::string operator()(const DidThen& p) const {
    std::string text = "DID " + PrintStep(p.first) + (p.negated ? " NOT THEN " : " THEN ") + PrintStep(p.second);
    text += " WITHIN " + PrintDuration(p.within);
    if (p.same != SameKey::kNone) text += p.same == SameKey::kMessage ? " SAME MESSAGE" : " SAME CAMPAIGN";
    return text + PrintWindow(p.window);
  }
  std::string operator()(const HasTag& p) const { return "HAS TAG " + QuoteString(p.tag.text); }
  std::string operator()(const HasConsent& p) const { return "HAS CONSENT " + QuoteString(p.purpose.text); }
  std::string operator()(const HasWords& p) const { return "HAS WORDS " + QuoteString(p.text); }
  std::string operator()(const WordPredicate& p) const {
    return PrintField(p.field) + (p.negated ? " NOT HAS WORDS " : " HAS WORDS ") + QuoteString(p.text);
  }
  std::string operator()(const SendableFor& p) const { return "SENDABLE FOR " + QuoteString(p.topic.text); }
  std::string operator()(const InList& p) const { return "IN LIST " + QuoteString(p.list.text); }
  std::string operator()(const InCampaign& p) const { return "IN CAMPAIGN " + QuoteString(p.campaign.text); }
  std::string operator()(const InSegment& p) const { return "IN SEGMENT " + QuoteString(p.segment); }
};

}  // namespace

std::string PrintNode(const Node& node) { return std::visit(NodePrinter{}, node.kind); }

std::string PrintStep(const Step& step) {
  std::string text;
  if (step.scope != Scope::kPeople) text = step.scope == Scope::kAny ? "ANY " : "MACHINE ";
  text += ActionName(step.type);
  if (const auto* name = std::get_if<Text>(&step.name)) text += " " + QuoteString(name->text);
  if (const auto* test = std::get_if<TextTest>(&step.name)) text += " " + PrintText(*test);
  if (step.campaign) text += " CAMPAIGN " + QuoteString(step.campaign->text);
  if (!step.where.empty()) text += " WHERE " + PrintWhere(step.where);
  return text;
}

}  // namespace leadpulse::rules
