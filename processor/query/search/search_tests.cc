#include "processor/query/search/search_tests.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/calendar.h"
#include "processor/base/normal_text.h"
#include "processor/base/search_words.h"
#include "processor/base/text.h"
#include "processor/rules/language/field_names.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/value_parser.h"
#include "processor/rules/language/vocabulary.h"
#include "state/lead/profile.h"

namespace leadpulse::query {
namespace {

using rules::BuiltIn;
using rules::Compare;
using rules::Literal;
using rules::Node;
using rules::NodePtr;
using rules::RuleError;

constexpr std::string_view kTimesTaken =
    "a day as 2026-03-10, today or yesterday, a time as 2026-03-10T09:30:00Z, or an age as in <30d, >2w";

Literal PlainLiteral(std::variant<bool, Number> value) {
  Literal literal;
  std::visit([&](const auto& plain) { literal.value = plain; }, value);
  return literal;
}

std::optional<bool> TruthOf(std::string_view text) {
  const std::string word = AsciiLower(text);
  if (word == "true" || word == "yes" || word == "1") return true;
  if (word == "false" || word == "no" || word == "0") return false;
  return std::nullopt;
}

// Reads a date, today, yesterday or tomorrow.
std::optional<rules::DayExpression> DayOf(const std::string& text) {
  for (const auto& [word, offset] : rules::kNamedDays) {
    if (rules::IsKeyword(text, word)) return rules::RelativeDay{offset};
  }
  const std::optional<rules::DateLiteral> date = rules::MakeDateLiteral(text);
  if (!date || !date->day) return std::nullopt;
  return *date;
}

// Reads `this-week`, `last_month`, `next year`.
std::optional<rules::InPeriod> PeriodOf(std::string text) {
  std::ranges::replace(text, '-', '_');
  text = NormalizeName(text);
  for (const auto& [offset_word, offset] : rules::kPeriodOffsets) {
    for (const auto& [unit_word, unit] : rules::kPeriodUnits) {
      if (text == AsciiLower(offset_word) + "_" + AsciiLower(unit_word)) return rules::InPeriod{unit, offset};
    }
  }
  return std::nullopt;
}

rules::InstantExpression AsInstant(const rules::DayExpression& day) {
  return std::visit([](const auto& kind) -> rules::InstantExpression { return kind; }, day);
}

// Returns the date after this one; nullopt if it is the last that can be written.
std::optional<Literal> DayAfter(const rules::DateLiteral& date) {
  const std::string next = FormatDay(*date.day + 1);
  if (!ParseDay(next)) return std::nullopt;
  return rules::MakeTextLiteral(next);
}

class FieldTest {
 public:
  FieldTest(const SearchTerm& term, const SearchedField& field, const config::TenantDefinitions& definitions)
      : term_(term), field_(field), definitions_(definitions) {
    if (!IsEmail()) return;
    for (SearchValue& value : term_.values) value.text = AsSearchedAddress(value.text);
  }

  std::variant<NodePtr, RuleError> Build() && {
    NodePtr node;
    if (field_.kind != SearchedKind::kField) {
      node = Membership();
    } else {
      node = rules::IsOrdered(*term_.compare) ? Ordered() : Equality();
    }
    if (node == nullptr) return *std::move(error_);
    if (*term_.compare == Compare::kNotEqual) return Negated(std::move(node));
    return node;
  }

 private:
  NodePtr Make(decltype(Node::kind) kind) const { return std::make_unique<Node>(Node{std::move(kind), term_.span}); }
  NodePtr OfValue(rules::ValueTest test) const { return Make(rules::ValuePredicate{field_.field, std::move(test)}); }
  NodePtr OfTime(rules::TimeTest test, bool negated = false) const {
    return Make(rules::TimePredicate{field_.field, std::move(test), negated});
  }
  std::string Name() const { return rules::Excerpt(term_.name); }

  // Stores the first error; ignores later ones. Always returns null.
  std::nullptr_t Fail(const SearchValue& value, std::string message, std::string hint) {
    if (!error_) error_ = RuleError{value.span, std::move(message), std::move(hint)};
    return nullptr;
  }

  // --- Equal to any of the values ---

  NodePtr Equality() {
    for (const SearchValue& value : term_.values) AddValue(value);
    if (error_) return nullptr;
    std::vector<NodePtr> parts;
    if (!literals_.empty()) parts.push_back(OfLiterals());
    std::ranges::move(tests_, std::back_inserter(parts));
    return Either(std::move(parts), term_.span);
  }

  NodePtr OfLiterals() {
    if (literals_.size() > 1) return OfValue(rules::InTest{std::move(literals_), false});
    if (const auto* name = std::get_if<BuiltIn>(&field_.field.name)) {
      const auto text = [&] { return std::get<rules::Text>(literals_.front().value); };
      if (*name == BuiltIn::kTags) return Make(rules::HasTag{text()});
      if (*name == BuiltIn::kLists) return Make(rules::InList{text()});
      if (*name == BuiltIn::kCampaigns) return Make(rules::InCampaign{text()});
    }
    return OfValue(rules::CompareTest{Compare::kEqual, std::move(literals_.front())});
  }

  bool HoldsNames() const {
    const auto* name = std::get_if<BuiltIn>(&field_.field.name);
    return name != nullptr && (*name == BuiltIn::kTags || *name == BuiltIn::kLists || *name == BuiltIn::kCampaigns);
  }

  void AddValue(const SearchValue& value) {
    if (value.is_any()) {
      tests_.push_back(OfValue(rules::SetTest{false}));
    } else if (value.star_before || (value.star_after && !AsksForWords(value))) {
      AddBeginning(value);
    } else if (field_.values == ValueKind::kNumber) {
      AddNumber(value);
    } else if (field_.values == ValueKind::kTruth) {
      AddTruth(value);
    } else if (field_.values == ValueKind::kTime) {
      AddTime(value);
    } else if (field_.values == ValueKind::kUndeclared && !value.is_quoted && !value.star_after) {
      AddGuessed(value);
    } else if (value.text.empty() && HoldsNames()) {
      Fail(value, "nothing stands between the quotes", "write a name, or " + term_.name + ":* for any");
    } else {
      AddText(value);
    }
  }

  bool IsEmail() const {
    const auto* attribute = std::get_if<std::string>(&field_.field.name);
    return attribute != nullptr && *attribute == state::kEmailAttribute;
  }

  // Whether the value is a text whose words are looked for in an attribute.
  bool AsksForWords(const SearchValue& value) const {
    const bool is_text = field_.values == ValueKind::kText || field_.values == ValueKind::kUndeclared;
    const auto* attribute = std::get_if<std::string>(&field_.field.name);
    if (!term_.is_colon || !is_text || attribute == nullptr || rules::IsOfSearches(*attribute)) return false;
    const size_t at = IsEmail() ? value.text.find('@') : std::string::npos;
    const bool is_address = at != std::string::npos && at > 0 && at + 1 < value.text.size();
    return !value.text.empty() && !is_address;
  }

  void AddText(const SearchValue& value) {
    if (!AsksForWords(value)) return literals_.push_back(rules::MakeTextLiteral(value.text));
    std::string text = NormalText(value.text);
    WordSearch search(text);
    if (search.is_empty()) {
      tests_.push_back(
          OfValue(rules::TextTest{rules::TextOperator::kContains, rules::MakeTextPart(value.text), false}));
    } else {
      tests_.push_back(Make(rules::WordPredicate{field_.field, std::move(text), std::move(search)}));
    }
  }

  void AddBeginning(const SearchValue& value) {
    if (field_.values != ValueKind::kText && field_.values != ValueKind::kUndeclared) {
      Fail(value, Name() + " is no text, so that * cannot stand for a part of it",
           "write the whole value, or :* for any");
      return;
    }
    const rules::TextOperator op = value.star_before && value.star_after ? rules::TextOperator::kContains
                                   : value.star_before                   ? rules::TextOperator::kEndsWith
                                                                         : rules::TextOperator::kStartsWith;
    tests_.push_back(OfValue(rules::TextTest{op, rules::MakeTextPart(value.text), false}));
  }

  void AddNumber(const SearchValue& value) {
    if (const std::optional<Number> number = Number::Parse(value.text)) {
      literals_.push_back(PlainLiteral(*number));
    } else {
      FailNumber(value);
    }
  }
  std::nullptr_t FailNumber(const SearchValue& value) {
    return Fail(value, Name() + " is a number, and " + rules::Excerpt(value.text) + " is not",
                "write digits without separators: 1500, -3, 0.5");
  }

  void AddTruth(const SearchValue& value) {
    if (const std::optional<bool> truth = TruthOf(value.text)) {
      literals_.push_back(PlainLiteral(*truth));
    } else {
      Fail(value, Name() + " is true or false, not " + rules::Excerpt(value.text), "write true or false");
    }
  }

  void AddTime(const SearchValue& value) {
    if (const std::optional<rules::DayExpression> day = DayOf(value.text)) {
      tests_.push_back(OfTime(rules::OnDay{*day}));
    } else if (const std::optional<rules::InPeriod> period = PeriodOf(value.text)) {
      tests_.push_back(OfTime(*period));
    } else if (rules::MakeDateLiteral(value.text)) {
      literals_.push_back(rules::MakeTextLiteral(value.text));
    } else if (rules::ParseDuration(value.text)) {
      Fail(value, "an age takes < or >",
           term_.name + "<" + value.text + " is within that time, " + term_.name + ">" + value.text + " longer ago");
    } else {
      FailTime(value);
    }
  }
  std::nullptr_t FailTime(const SearchValue& value) {
    return Fail(value, Name() + " is a time, and " + rules::Excerpt(value.text) + " is not",
                "write " + std::string(kTimesTaken));
  }

  // Adds a value of an attribute that may have any type.
  void AddGuessed(const SearchValue& value) {
    const std::optional<rules::DateLiteral> date = rules::MakeDateLiteral(value.text);
    if (const std::optional<Number> number = Number::Parse(value.text)) {
      literals_.push_back(PlainLiteral(*number));
      if (IsPhone(field_.field)) AddText(value);
    } else if (date && date->day) {
      tests_.push_back(OfTime(rules::OnDay{*date}));
    } else {
      const std::string word = AsciiLower(value.text);
      if (word == "true" || word == "false") literals_.push_back(PlainLiteral(word == "true"));
      AddText(value);
    }
  }

  // --- Less or greater ---

  NodePtr Ordered() {
    const SearchValue& value = term_.values.front();
    const std::string sign(rules::CompareSpelling(*term_.compare));
    if (term_.values.size() > 1) {
      return Fail(term_.values[1], sign + " compares with one value", "leave out the comma and what comes after it");
    }
    if (!value.is_exact() || value.text.empty()) {
      return Fail(value, "a value is missing after " + sign, "write a number, a day or an age: >5, >2026-03-10, <30d");
    }
    if (field_.values == ValueKind::kText || field_.values == ValueKind::kTruth) {
      const std::string what = field_.values == ValueKind::kText ? " is a text" : " is true or false";
      return Fail(value, Name() + what + ", which has no order", "only numbers and times have one; write : or !=");
    }
    if (const std::optional<Number> number = Number::Parse(value.text)) {
      if (field_.values == ValueKind::kTime) return FailTime(value);
      return OfValue(rules::CompareTest{*term_.compare, PlainLiteral(*number)});
    }
    return field_.values == ValueKind::kNumber ? FailNumber(value) : OrderedTime(value);
  }

  NodePtr OrderedTime(const SearchValue& value) {
    if (const std::optional<rules::DayExpression> day = DayOf(value.text)) return OrderedDay(*day);
    if (rules::MakeDateLiteral(value.text)) {
      return OfValue(rules::CompareTest{*term_.compare, rules::MakeTextLiteral(value.text)});
    }
    const bool from_now = value.text.starts_with('+');
    if (const auto duration = rules::ParseDuration(std::string_view(value.text).substr(from_now ? 1 : 0))) {
      return OfTime(rules::Age{*term_.compare, *duration, from_now});
    }
    return FailTime(value);
  }

  // Compares with a day as with dates: every instant of a day is equal to it.
  NodePtr OrderedDay(const rules::DayExpression& day) {
    const bool after = *term_.compare == Compare::kGreater || *term_.compare == Compare::kGreaterOrEqual;
    // Whether the bound is the end of the day.
    const bool whole = *term_.compare == Compare::kGreater || *term_.compare == Compare::kLessOrEqual;
    if (const auto* date = std::get_if<rules::DateLiteral>(&day)) {
      std::optional<Literal> bound = whole ? DayAfter(*date) : rules::MakeTextLiteral(date->text);
      if (bound) {
        return OfValue(rules::CompareTest{after ? Compare::kGreaterOrEqual : Compare::kLess, *std::move(bound)});
      }
    }
    NodePtr beyond = after ? OfTime(rules::After{AsInstant(day)}) : OfTime(rules::Before{AsInstant(day)});
    if (*term_.compare == Compare::kLess) return beyond;
    std::vector<NodePtr> both;
    both.push_back(std::move(beyond));
    both.push_back(OfTime(rules::OnDay{day}, *term_.compare == Compare::kGreater));
    if (*term_.compare == Compare::kGreater) return Make(rules::And{std::move(both)});
    return Either(std::move(both), term_.span);
  }

  // --- Segments and consents ---

  NodePtr Membership() {
    const bool is_segment = field_.kind == SearchedKind::kSegment;
    std::vector<NodePtr> any;
    for (const SearchValue& value : term_.values) {
      if (rules::IsOrdered(*term_.compare)) {
        return Fail(value, Name() + " has no order", "write " + term_.name + ":name");
      }
      if (!value.is_exact() || value.text.empty()) {
        const std::string what = is_segment ? "id of a segment" : "purpose of a consent";
        return Fail(value, "the whole " + what + " is missing here", "write it after the colon, without *");
      }
      if (is_segment) {
        any.push_back(Make(rules::InSegment{SegmentId(value.text), value.span}));
      } else {
        any.push_back(Make(rules::HasConsent{rules::MakeText(value.text)}));
      }
    }
    return Either(std::move(any), term_.span);
  }

  // Returns the segment with exactly that id, else the only segment with that id or name in another case; else the
  // text.
  std::string SegmentId(const std::string& text) const {
    const std::string folded = FoldCase(text);
    std::vector<std::string> fitting;
    for (const config::Segment& segment : definitions_.segments) {
      if (segment.id == text) return text;
      if (EqualsFolded(segment.id, folded) || EqualsFolded(segment.name, folded)) fitting.push_back(segment.id);
    }
    return fitting.size() == 1 ? fitting.front() : text;
  }

  SearchTerm term_;  // an address in normal form
  const SearchedField& field_;
  const config::TenantDefinitions& definitions_;
  std::vector<Literal> literals_;
  std::vector<NodePtr> tests_;
  std::optional<RuleError> error_;
};

// A visitor that changes the test to its complement. False: it has no such form.
struct Negate {
  bool operator()(rules::CompareTest& test) const {
    if (rules::IsOrdered(test.op)) return false;
    test.op = test.op == Compare::kEqual ? Compare::kNotEqual : Compare::kEqual;
    return true;
  }
  bool operator()(rules::ValuePredicate& predicate) const { return std::visit(*this, predicate.test); }
  bool operator()(rules::TimePredicate& predicate) const {
    const bool takes_not = std::holds_alternative<rules::OnDay>(predicate.test) ||
                           std::holds_alternative<rules::InPeriod>(predicate.test) ||
                           std::holds_alternative<rules::Between>(predicate.test);
    predicate.negated ^= takes_not;
    return takes_not;
  }
  template <typename Kind>
  bool operator()(Kind& kind) const {
    // NOT THEN is not the complement of THEN.
    if constexpr (requires { kind.negated; } && !std::is_same_v<Kind, rules::DidThen>) {
      kind.negated = !kind.negated;
      return true;
    }
    return false;
  }
};

}  // namespace

std::variant<NodePtr, RuleError> TestOfTerm(const SearchTerm& term, const SearchedField& field,
                                            const config::TenantDefinitions& definitions) {
  LP_ASSERT(term.compare.has_value() && !term.values.empty());
  return FieldTest(term, field, definitions).Build();
}

NodePtr Negated(NodePtr node) {
  if (auto* no = std::get_if<rules::Not>(&node->kind)) return std::move(no->child);
  if (std::visit(Negate(), node->kind)) return node;
  const rules::Span span = node->span;
  return std::make_unique<Node>(Node{rules::Not{std::move(node)}, span});
}

NodePtr Either(std::vector<NodePtr> nodes, rules::Span span) {
  LP_ASSERT(!nodes.empty());
  if (nodes.size() == 1) return std::move(nodes.front());
  return std::make_unique<Node>(Node{rules::Or{std::move(nodes)}, span});
}

}  // namespace leadpulse::query
