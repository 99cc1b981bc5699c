#include "processor/serve/pages/rule_words.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/base/text.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/pages/filter_activity.h"
#include "processor/serve/pages/lead_numbers.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/typed_value.h"

namespace leadpulse::serve {
namespace {

using rules::Compare;

// The words of a condition. Of several that differ only in the value, the values are joined: `Tag is a or b`.
struct Phrase {
  std::string head;
  std::string value = {};
  std::string tail = {};

  std::string Text() const { return Concat({head, value, tail}); }
};

std::string WithSmallInitial(std::string text) {
  text[0] = AsciiLower(text.substr(0, 1))[0];
  return text;
}

// Returns a text as people are shown it, in quotation marks where its ends would not be seen.
std::string TextWords(const std::string& text) {
  return TrimAsciiSpace(text) == text && !text.empty() ? text : Quoted(text);
}

// ---- values ----

struct InstantWords {
  std::string operator()(const rules::DateLiteral& date) const {
    if (date.day) return date.text;
    std::string text = date.text;
    std::ranges::replace(text, 'T', ' ');
    if (text.ends_with('Z')) text.replace(text.size() - 1, 1, " UTC");
    return text;
  }
  std::string operator()(rules::RelativeDay day) const {
    for (const auto& [name, offset] : rules::kNamedDays) {
      if (offset == day.offset) return AsciiLower(name);
    }
    return AsciiLower(rules::SpellDays(std::abs(day.offset))) + (day.offset < 0 ? " ago" : " from now");
  }
  std::string operator()(rules::RelativeInstant instant) const {
    if (instant.offset == Millis{0}) return "now";
    if (instant.offset < Millis{0}) return DurationForRules(-instant.offset) + " ago";
    return DurationForRules(instant.offset) + " from now";
  }
};

std::string LiteralWords(const rules::Literal& literal, std::string_view field, const ShownNumbers& numbers) {
  if (const auto* truth = std::get_if<bool>(&literal.value)) return *truth ? "yes" : "no";
  if (const auto* number = std::get_if<Number>(&literal.value)) return numbers.Of(number->Plain());
  if (literal.date) return InstantWords{}(*literal.date);
  const std::string& text = std::get<rules::Text>(literal.value).text;
  const bool is_word = field == "stage" || field == "status" || field == "email_status";
  return is_word && !text.empty() ? LabelOf(text) : TextWords(text);
}

// Returns the words of a test of the value of `subject`, which `field` names in rules.
struct ValueTestWords {
  std::string_view subject;
  std::string_view field;
  const ShownNumbers& numbers;
  bool negated;

  std::string Is() const { return Concat({subject, negated ? " is not " : " is "}); }

  Phrase operator()(const rules::CompareTest& test) const {
    const ValueTestWords equal{subject, field, numbers, negated != (test.op == Compare::kNotEqual)};
    if (!rules::IsOrdered(test.op)) return {equal.Is(), LiteralWords(test.literal, field, numbers)};
    constexpr std::string_view kNumbers[] = {"less than ", "at most ", "more than ", "at least "};
    constexpr std::string_view kTimes[] = {"earlier than ", "at the latest ", "later than ", "at the earliest "};
    const size_t order = static_cast<size_t>(test.op) - static_cast<size_t>(Compare::kLess);
    const bool is_number = std::holds_alternative<Number>(test.literal.value);
    return {Concat({Is(), (is_number ? kNumbers : kTimes)[order]}), LiteralWords(test.literal, field, numbers)};
  }
  Phrase operator()(const rules::SetTest& test) const {
    return {Concat({subject, negated != test.negated ? " is not set" : " is set"})};
  }
  Phrase operator()(const rules::InTest& test) const {
    std::vector<std::string> values;
    for (const rules::Literal& literal : test.literals) values.push_back(LiteralWords(literal, field, numbers));
    return {ValueTestWords{subject, field, numbers, negated != test.negated}.Is(), Join(values, " or ")};
  }
  Phrase operator()(const rules::TextTest& test) const {
    constexpr std::string_view kTests[] = {" contains ", " starts with ", " ends with "};  // by TextOperator
    constexpr std::string_view kNegated[] = {" does not contain ", " does not start with ", " does not end with "};
    const auto op = static_cast<size_t>(test.op);
    return {Concat({subject, negated != test.negated ? kNegated[op] : kTests[op]}), TextWords(test.text.text)};
  }
};

// ---- times ----

template <typename Expression>
std::string WordsOfInstant(const Expression& instant) {
  return std::visit(InstantWords{}, instant);
}

// Returns a test of time as it follows a verb: `in the last 30 days`. The value is joined by OR.
struct TimeTestWords {
  Phrase operator()(const rules::Age& age) const {
    const std::string value = DurationForRules(age.duration), tail = age.from_now ? " from now" : " ago";
    switch (age.op) {
      case Compare::kLess:
        return {age.from_now ? "in the next " : "in the last ", value};
      case Compare::kLessOrEqual:
        return {"at most ", value, tail};
      case Compare::kGreater:
        return {"more than ", value, tail};
      default:
        return {"at least ", value, tail};
    }
  }
  Phrase operator()(const rules::Before& test) const { return {"before ", WordsOfInstant(test.bound)}; }
  Phrase operator()(const rules::After& test) const { return {"after ", WordsOfInstant(test.bound)}; }
  Phrase operator()(const rules::Between& test) const {
    return {"between ", Concat({WordsOfInstant(test.low), " and ", WordsOfInstant(test.high)})};
  }
  Phrase operator()(const rules::OnDay& test) const {
    const bool is_date = std::holds_alternative<rules::DateLiteral>(test.day);
    return {is_date ? "on " : "", WordsOfInstant(test.day)};
  }
  Phrase operator()(const rules::InPeriod& period) const {
    std::string words;
    for (const auto& [name, offset] : rules::kPeriodOffsets) {
      if (offset == period.offset) words = AsciiLower(name);
    }
    for (const auto& [name, unit] : rules::kPeriodUnits) {
      if (unit == period.unit) words += " " + AsciiLower(name);
    }
    return {"", words};
  }
  Phrase operator()(const rules::InLast& last) const { return {"in the last ", DurationForRules(last.duration)}; }
};

std::string WindowWords(const std::optional<rules::TimeTest>& window) {
  return window ? " " + std::visit(TimeTestWords{}, *window).Text() : "";
}

// ---- what a lead did ----

std::string NameWords(const rules::Step& step) {
  if (const auto* name = std::get_if<rules::Text>(&step.name)) return " " + Quoted(name->text);
  const auto* test = std::get_if<rules::TextTest>(&step.name);
  if (test == nullptr) return {};
  constexpr std::string_view kOperators[] = {" with ", " beginning with ", " ending with "};  // by TextOperator
  return Concat({kOperators[static_cast<size_t>(test->op)], Quoted(test->text.text)});
}

std::string StepWords(const rules::Step& step, const RuleNames& names) {
  std::string words = Concat({ActivityOf(step).label, NameWords(step)});
  if (step.campaign) words += Concat({" in the campaign ", names.tenant->campaigns.NameOf(step.campaign->text)});
  for (const rules::PropertyTest& test : step.where) {
    const std::string property = WithSmallInitial(LabelOf(test.property));
    words += &test == &step.where.front() ? " where " : " and ";
    words += std::visit(ValueTestWords{property, test.property, names.numbers, false}, test.test).Text();
  }
  if (step.scope == rules::Scope::kAny) words += " (programs, too)";
  if (step.scope == rules::Scope::kMachine) words += " (programs only)";
  return words;
}

std::string CountWords(const rules::DidCount& did, const ShownNumbers& numbers) {
  if (!did.op) return {};
  constexpr std::string_view kCompares[] = {" exactly ", " not ",       " fewer than ",
                                            " at most ", " more than ", " at least "};  // by Compare
  const std::string times = did.count == 1 ? "once" : Concat({numbers.Of(did.count), " times"});
  return Concat({kCompares[static_cast<size_t>(*did.op)], times});
}

// Returns the words of what is not so, where no verb of it can be negated.
std::string Denied(bool negated, const std::string& words) {
  return negated ? Concat({"Not true: ", WithSmallInitial(words)}) : words;
}

// ---- rules ----

bool Joins(const rules::Node& node) {
  return std::holds_alternative<rules::And>(node.kind) || std::holds_alternative<rules::Or>(node.kind);
}

// Whether a condition says that its value is not so: of two such, either is enough, which `is not a or b` would not
// say.
struct Denies {
  bool operator()(const rules::Not& negation) const { return !std::visit(Denies{}, negation.child->kind); }
  bool operator()(const rules::ValuePredicate& predicate) const { return std::visit(Denies{}, predicate.test); }
  bool operator()(const rules::CompareTest& test) const { return test.op == Compare::kNotEqual; }
  template <typename Other>
  bool operator()(const Other& other) const {
    if constexpr (requires { other.negated; }) return other.negated;
    return false;
  }
};

Phrase PhraseOf(const rules::Node& node, const RuleNames& names, bool negated);

struct NodeWords {
  const RuleNames& names;
  bool negated;

  std::string Label(const rules::Field& field) const { return FieldNamed(names.fields, NameOf(field)).label; }
  Phrase Has(std::string_view does, std::string_view does_not, std::string_view value) const {
    return {std::string(negated ? does_not : does), std::string(value)};
  }
  std::vector<Phrase> Phrases(const std::vector<rules::NodePtr>& children) const {
    std::vector<Phrase> phrases;
    for (const rules::NodePtr& child : children) phrases.push_back(PhraseOf(*child, names, negated));
    return phrases;
  }
  // Returns the words of children, in parentheses those of several.
  std::string Chain(const std::vector<rules::NodePtr>& children, std::string_view joint) const {
    std::vector<std::string> words;
    for (const rules::NodePtr& child : children) {
      const std::string text = WordsOfNode(*child, names);
      words.push_back(Joins(*child) ? Concat({"(", text, ")"}) : text);
    }
    return Join(words, joint);
  }

  Phrase operator()(const rules::And& both) const {
    return {Denied(negated, Concat({negated ? "(" : "", Chain(both.children, " and "), negated ? ")" : ""}))};
  }
  Phrase operator()(const rules::Or& either) const {
    const std::vector<Phrase> phrases = Phrases(either.children);
    const bool is_one = std::ranges::all_of(phrases, [&phrases](const Phrase& phrase) {
      return !phrase.value.empty() && phrase.head == phrases.front().head && phrase.tail == phrases.front().tail;
    });
    const bool denies = std::ranges::any_of(
        either.children, [](const rules::NodePtr& child) { return std::visit(Denies{}, child->kind); });
    if (!is_one || denies) {
      return {Denied(negated, Concat({negated ? "(" : "", Chain(either.children, ", or "), negated ? ")" : ""}))};
    }
    std::vector<std::string> values;
    for (const Phrase& phrase : phrases) values.push_back(phrase.value);
    return {phrases.front().head, Join(values, " or "), phrases.front().tail};
  }
  Phrase operator()(const rules::Not& negation) const { return PhraseOf(*negation.child, names, !negated); }
  Phrase operator()(const rules::ValuePredicate& predicate) const {
    const std::string label = Label(predicate.field), field = NameOf(predicate.field);
    return std::visit(ValueTestWords{label, field, names.numbers, negated}, predicate.test);
  }
  Phrase operator()(const rules::NumberBetween& between) const {
    const std::string label = Label(between.field);
    return {ValueTestWords{label, label, names.numbers, negated != between.negated}.Is() + "between ",
            Concat({names.numbers.Of(between.low.Plain()), " and ", names.numbers.Of(between.high.Plain())})};
  }
  Phrase operator()(const rules::TimePredicate& predicate) const {
    const bool is_not = negated != predicate.negated;
    Phrase phrase = std::visit(TimeTestWords{}, predicate.test);
    const std::string_view verb = std::holds_alternative<rules::Age>(predicate.test) ? "" : " is";
    phrase.head = Concat({Label(predicate.field), verb, is_not ? " not " : " ", phrase.head});
    return phrase;
  }
  Phrase operator()(const rules::Anniversary& anniversary) const {
    const std::string head = Label(anniversary.field) + (negated ? " has no anniversary " : " has its anniversary ");
    if (!anniversary.in_next_days) return {head + "today"};
    return {head + "in the next ", AsciiLower(rules::SpellDays(*anniversary.in_next_days))};
  }
  Phrase operator()(const rules::DidCount& did) const {
    const bool is_never = did.op == Compare::kEqual && did.count == 0;
    const bool is_not = negated != is_never;
    const std::string words = StepWords(did.step, names), window = WindowWords(did.window);
    const std::string count = is_never ? "" : CountWords(did, names.numbers);
    if (!is_not) return {Concat({words, count, window})};
    return {Concat({count.empty() && window.empty() ? "Never " : "Not ", WithSmallInitial(words), count, window})};
  }
  Phrase operator()(const rules::DidThen& then) const {
    constexpr std::string_view kSame[] = {"", ", in the same message", ", in the same campaign"};  // by SameKey
    return {Denied(negated,
                   Concat({StepWords(then.first, names), WindowWords(then.window),
                           then.negated ? ", then not " : ", then ", WithSmallInitial(StepWords(then.second, names)),
                           " within ", DurationForRules(then.within), kSame[static_cast<size_t>(then.same)]}))};
  }
  Phrase operator()(const rules::HasTag& has) const { return Has("Tag is ", "Tag is not ", has.tag.text); }
  Phrase operator()(const rules::HasConsent& has) const {
    return Has("Has consented to ", "Has not consented to ", has.purpose.text);
  }
  Phrase operator()(const rules::HasWords& has) const {
    return Has("Has the words ", "Does not have the words ", Quoted(has.text));
  }
  Phrase operator()(const rules::WordPredicate& has) const {
    const bool is_not = negated != has.negated;
    return {Label(has.field) + (is_not ? " does not have the words " : " has the words "), TextWords(has.text)};
  }
  Phrase operator()(const rules::SendableFor& sendable) const {
    return Has("Can be mailed about ", "Cannot be mailed about ", sendable.topic.text);
  }
  Phrase operator()(const rules::InList& in) const {
    return Has("List is ", "List is not ", names.tenant->lists.NameOf(in.list.text));
  }
  Phrase operator()(const rules::InCampaign& in) const {
    return Has("Campaign is ", "Campaign is not ", names.tenant->campaigns.NameOf(in.campaign.text));
  }
  Phrase operator()(const rules::InSegment& in) const {
    const auto& segments = names.tenant->segments;
    const auto named = std::ranges::find(segments, in.segment, &config::DeclaredName::id);
    return Has("Segment is ", "Segment is not ", named == segments.end() ? in.segment : named->name);
  }
};

Phrase PhraseOf(const rules::Node& node, const RuleNames& names, bool negated) {
  const bool is_due = std::holds_alternative<rules::TimePredicate>(node.kind) && rules::PrintNode(node) == kDueRule;
  if (is_due) return {negated ? "Follow-up is not due" : "Follow-up is due"};
  return std::visit(NodeWords{names, negated}, node.kind);
}

}  // namespace

std::string WordsOfNode(const rules::Node& node, const RuleNames& names) {
  return PhraseOf(node, names, /*negated=*/false).Text();
}

std::string WordsOfRule(const std::string& rule, const RuleNames& names) {
  const auto parsed = rules::ParseRule(rule);
  const auto* understood = std::get_if<rules::Rule>(&parsed);
  if (understood == nullptr) return rule;
  const auto* together = std::get_if<rules::And>(&understood->root->kind);
  if (together == nullptr) return WordsOfNode(*understood->root, names);
  std::vector<std::string> words;
  for (const rules::NodePtr& part : together->children) words.push_back(WordsOfNode(*part, names));
  return Join(words, "; ");
}

}  // namespace leadpulse::serve
