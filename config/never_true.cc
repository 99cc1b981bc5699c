#include "config/never_true.h"

#include <algorithm>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "processor/base/address.h"
#include "processor/base/assert.h"
#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/rules/language/printer.h"
#include "processor/rules/language/rule_walk.h"

namespace leadpulse::config {
namespace {

using rules::BuiltIn;
using rules::Excerpt;
using rules::Literal;
using rules::Text;

enum class Kind { kAny, kText, kNumber, kBoolean, kInstant, kDay };

constexpr std::string_view kWriteInstant = "write a day or a time in quotes, such as \"2026-03-10\"";
constexpr std::string_view kWriteDay = "write a day in quotes, such as \"2026-03-10\"";

Kind KindOf(FieldType type) {
  switch (type) {
    case FieldType::kText:
      return Kind::kText;
    case FieldType::kNumber:
      return Kind::kNumber;
    case FieldType::kBoolean:
      return Kind::kBoolean;
    case FieldType::kDate:
      return Kind::kInstant;
    case FieldType::kDay:
      return Kind::kDay;
  }
  LP_ASSERT(false && "a FieldType that is not one");
  return Kind::kAny;
}

Kind KindOf(const rules::DeclaredTypes& declared, std::string_view name) {
  const auto found = declared.find(name);
  return found == declared.end() ? Kind::kAny : KindOf(found->second);
}

Kind KindOf(BuiltIn field) {
  if (field == BuiltIn::kDoNotContact || field == BuiltIn::kSendable) return Kind::kBoolean;
  switch (rules::InfoOf(field).kind) {
    case rules::BuiltInKind::kNumber:
      return Kind::kNumber;
    case rules::BuiltInKind::kInstant:
      return Kind::kInstant;
    default:
      return Kind::kText;
  }
}

std::string_view NameOf(Kind kind) {
  switch (kind) {
    case Kind::kText:
      return "a text";
    case Kind::kNumber:
      return "a number";
    case Kind::kBoolean:
      return "true or false";
    case Kind::kDay:
      return "a day";
    default:
      return "a time";
  }
}

std::string Shown(const Literal& literal) {
  if (const auto* text = std::get_if<Text>(&literal.value)) return Excerpt(text->text);
  if (const auto* number = std::get_if<Number>(&literal.value)) return number->Spelling();
  return std::get<bool>(literal.value) ? "true" : "false";
}

// The most tiers whose names are compared with rules. With more, checking a hostile file would take long.
constexpr size_t kMostTiers = 20;

// Returns the values of a field that has few, as rules compare them. Empty: it may have any.
std::vector<std::string> ValuesOf(BuiltIn field, const TenantDefinitions& tenant) {
  std::vector<std::string> values;
  if (field == BuiltIn::kTier && tenant.tiers.size() <= kMostTiers) {
    for (const Tier& tier : tenant.tiers) values.push_back(FoldCase(tier.name));
  }
  if (field == BuiltIn::kStage || field == BuiltIn::kStatus) values = StageNames();
  if (field == BuiltIn::kStatus) values.emplace_back(EmailStatusName(EmailStatus::kUnsubscribed));
  if (field == BuiltIn::kEmailStatus) {
    for (int status = 0; status <= static_cast<int>(EmailStatus::kComplained); ++status)
      values.emplace_back(EmailStatusName(static_cast<EmailStatus>(status)));
  }
  return values;
}

// A field or a property, as a test asks for it.
struct Asked {
  std::string_view spelling;
  rules::Span span;
  Kind kind = Kind::kAny;
  std::optional<BuiltIn> built_in = {};
  bool is_email = false;  // the attribute, which rules see in the normal form of addresses
};

std::string_view VerbOf(rules::TextOperator op) {
  switch (op) {
    case rules::TextOperator::kContains:
      return "contains";
    case rules::TextOperator::kStartsWith:
      return "starts with";
    case rules::TextOperator::kEndsWith:
      return "ends with";
  }
  LP_ASSERT(false && "a TextOperator that is not one");
  return "";
}

class Finder {
 public:
  explicit Finder(const TenantDefinitions& tenant) : tenant_(tenant) {}

  void Look(const rules::Node& root) {
    rules::ForEachNode<const rules::Node>(&root, [this](const rules::Node* node) {
      if (const auto* value = std::get_if<rules::ValuePredicate>(&node->kind))
        LookAt(AskedOf(value->field), value->test);
      if (const auto* between = std::get_if<rules::NumberBetween>(&node->kind)) {
        LookAtOrder(AskedOf(between->field), Kind::kNumber, between->field.span);
        LookAtBounds(*between);
      }
      if (const auto* words = std::get_if<rules::WordPredicate>(&node->kind)) LookAtText(AskedOf(words->field));
      if (const rules::Field* field = rules::IsTimeTest(*node) ? rules::FieldOf(*node) : nullptr) {
        LookAtOrder(AskedOf(*field), Kind::kInstant, field->span);
      }
      if (const auto* time = std::get_if<rules::TimePredicate>(&node->kind)) LookAtBounds(time->test, time->field.span);
      if (const auto* did = std::get_if<rules::DidCount>(&node->kind)) {
        Look(did->step);
        if (did->window) LookAtBounds(*did->window, did->step.span);
      }
      if (const auto* then = std::get_if<rules::DidThen>(&node->kind)) {
        Look(then->first);
        Look(then->second);
        if (then->window) LookAtBounds(*then->window, then->first.span);
      }
    });
  }

  void Look(const rules::Step& step) {
    for (const rules::PropertyTest& property : step.where) {
      LookAt({property.spelling, property.span, KindOf(tenant_.event_properties, property.property)}, property.test);
    }
  }

  std::vector<rules::RuleError> Take() && { return std::move(found_); }

 private:
  Asked AskedOf(const rules::Field& field) const {
    if (const auto* built_in = std::get_if<BuiltIn>(&field.name)) {
      return {field.spelling, field.span, KindOf(*built_in), *built_in};
    }
    const std::string& name = std::get<std::string>(field.name);
    return {field.spelling, field.span, KindOf(tenant_.fields, name), std::nullopt, name == "email"};
  }

  void LookAt(const Asked& asked, const rules::ValueTest& test) {
    if (const auto* compare = std::get_if<rules::CompareTest>(&test)) {
      const bool is_equality = compare->op == rules::Compare::kEqual || compare->op == rules::Compare::kNotEqual;
      if (is_equality) return LookAtEquality(asked, compare->literal, compare->op == rules::Compare::kNotEqual);
      const bool is_number = std::holds_alternative<Number>(compare->literal.value);
      LookAtOrder(asked, is_number ? Kind::kNumber : Kind::kInstant, compare->literal.span);
    } else if (const auto* in = std::get_if<rules::InTest>(&test)) {
      for (const Literal& literal : in->literals) LookAtEquality(asked, literal, in->negated);
    } else if (const auto* part = std::get_if<rules::TextTest>(&test)) {
      if (!LookAtText(asked)) return;
      if (asked.is_email) LookAtDomain(asked, *part);
    }
  }

  // Looks at a test that only texts pass. Returns whether the asked may be one.
  bool LookAtText(const Asked& asked) {
    if (asked.kind == Kind::kAny || asked.kind == Kind::kText) return true;
    Report(asked, {}, IsNo(asked, Kind::kText), HintFor(asked.kind));
    return false;
  }

  void LookAtEquality(const Asked& asked, const Literal& literal, bool negated) {
    const auto* text = std::get_if<Text>(&literal.value);
    if (text != nullptr && text->text.empty()) {
      return Report(asked, literal.span, Excerpt(asked.spelling) + " is never \"\"",
                    negated ? "write IS SET" : "write IS NOT SET");
    }
    if (asked.kind != Kind::kAny && !Fits(literal, asked.kind)) {
      return Report(asked, literal.span,
                    Excerpt(asked.spelling) + " is " + std::string(NameOf(asked.kind)) + ", never " + Shown(literal),
                    Instead(literal, asked.kind));
    }
    if (asked.built_in && text != nullptr) LookAtValues(asked, literal, *text);
    if (asked.is_email && text != nullptr) LookAtAddress(asked, literal, *text);
  }

  // Looks at a text that `email` is compared with.
  void LookAtAddress(const Asked& asked, const Literal& literal, const Text& text) {
    const std::string normal = NormalizeAddress(text.text);
    if (FoldCase(normal) == text.folded) return;
    Report(asked, literal.span, Excerpt(asked.spelling) + " is never " + Excerpt(text.text),
           "addresses are compared in normal form: write " + Excerpt(normal));
  }

  // Looks at the domain in a part of `email`. Only a part that ends with it is sure to have all of it; in another, a
  // domain in ASCII may go on.
  void LookAtDomain(const Asked& asked, const rules::TextTest& test) {
    const size_t at = test.text.text.rfind('@');
    if (at == std::string::npos) return;
    const std::string domain = test.text.text.substr(at);
    if (test.op != rules::TextOperator::kEndsWith && IsAscii(domain)) return;
    const std::string normal = NormalizeAddress(domain);
    if (FoldCase(normal) == FoldCase(domain)) return;
    Report(asked, {},
           Excerpt(asked.spelling) + " never " + std::string(VerbOf(test.op)) + " " + Excerpt(test.text.text),
           "domains are compared in their ASCII form: write ENDS WITH " + Excerpt(normal));
  }

  // Looks at a text that a field with few values is compared with.
  void LookAtValues(const Asked& asked, const Literal& literal, const Text& text) {
    const std::vector<std::string> values = ValuesOf(*asked.built_in, tenant_);
    if (values.empty() || std::ranges::find(values, text.folded) != values.end()) return;
    const std::optional<std::string> nearest = NearestName(text.folded, values);
    Report(asked, literal.span, Excerpt(asked.spelling) + " is never " + Excerpt(text.text),
           nearest ? "did you mean " + Excerpt(*nearest) + "?" : "it may be " + Join(values, ", "));
  }

  // Looks at a test that only numbers, or only times, pass.
  void LookAtOrder(const Asked& asked, Kind needed, rules::Span span) {
    const bool is_day = asked.kind == Kind::kDay && needed == Kind::kInstant;
    if (asked.kind == Kind::kAny || asked.kind == needed || is_day) return;
    Report(asked, span, IsNo(asked, needed), HintFor(asked.kind));
  }

  // Looks at bounds that are the wrong way round.
  void LookAtBounds(const rules::NumberBetween& between) {
    if (between.low <= between.high) return;
    const std::string low = between.low.Spelling(), high = between.high.Spelling();
    Report(AskedOf(between.field), {},
           Concat({Excerpt(between.field.spelling), " is never between ", low, " and ", high}),
           Concat({"write BETWEEN ", high, " AND ", low}));
  }

  // Looks at two times in the same way. Those of different kinds, such as a day and an age, may be either way round.
  void LookAtBounds(const rules::TimeTest& test, rules::Span span) {
    const auto* between = std::get_if<rules::Between>(&test);
    if (between == nullptr || between->low.index() != between->high.index() || HasTimeIn(*between)) return;
    found_.push_back(
        {span, "there is no time between these: the first is not before the second", "write the earlier one first"});
  }

  // Whether some time is in the range, whose bounds are of one kind.
  bool HasTimeIn(const rules::Between& between) const {
    if (const auto* low = std::get_if<rules::DateLiteral>(&between.low)) {
      const auto& high = std::get<rules::DateLiteral>(between.high);
      return low->at < (high.day ? tenant_.calendar.StartOf(*high.day + 1) : high.at);
    }
    if (const auto* low = std::get_if<rules::RelativeDay>(&between.low)) {
      return low->offset <= std::get<rules::RelativeDay>(between.high).offset;
    }
    return std::get<rules::RelativeInstant>(between.low).offset < std::get<rules::RelativeInstant>(between.high).offset;
  }

  // Whether a value of the kind may be equal to the literal. A day is its first instant, never a later time of the day.
  bool Fits(const Literal& literal, Kind kind) const {
    if (kind == Kind::kNumber) return std::holds_alternative<Number>(literal.value);
    if (kind == Kind::kBoolean) return std::holds_alternative<bool>(literal.value);
    if (kind == Kind::kDay) return literal.date && StartsDay(literal.date->at);
    return std::holds_alternative<Text>(literal.value) && (kind == Kind::kText || literal.date);
  }

  bool StartsDay(Instant at) const { return tenant_.calendar.StartOf(tenant_.calendar.DayOf(at)) == at; }

  static std::string IsNo(const Asked& asked, Kind needed) {
    return Excerpt(asked.spelling) + " is " + std::string(NameOf(asked.kind)) + ", never " +
           std::string(NameOf(needed));
  }

  // Returns what to write in place of a literal.
  static std::string Instead(const Literal& literal, Kind kind) {
    const auto* text = std::get_if<Text>(&literal.value);
    if (kind == Kind::kText) return "write \"" + Shown(literal) + "\"";
    if (kind == Kind::kNumber) {
      return text != nullptr && Number::Parse(text->text) ? "write " + text->text : "write a number";
    }
    if (kind == Kind::kInstant) return std::string(kWriteInstant);
    if (kind == Kind::kDay) return std::string(kWriteDay);
    const bool is_word = text != nullptr && (text->folded == "true" || text->folded == "false");
    return "write " + (is_word ? text->folded : "true or false");
  }

  // Returns what may be asked of a field of the kind.
  static std::string HintFor(Kind kind) {
    switch (kind) {
      case Kind::kText:
        return "compare it with texts, or declare it with the type that it has";
      case Kind::kNumber:
        return "compare it with a number";
      case Kind::kBoolean:
        return "write IS true or IS false";
      default:
        return "write < 30 days ago, BEFORE, AFTER, ON … or IN THIS WEEK";
    }
  }

  void Report(const Asked& asked, rules::Span span, std::string message, std::string hint) {
    const bool has_place = span.end > 0;
    found_.push_back({has_place ? span : asked.span, std::move(message), std::move(hint)});
  }

  const TenantDefinitions& tenant_;
  std::vector<rules::RuleError> found_;
};

}  // namespace

std::vector<rules::RuleError> FindNeverTrue(const TenantDefinitions& tenant, const rules::Rule& rule) {
  Finder finder(tenant);
  finder.Look(*rule.root);
  return std::move(finder).Take();
}

std::vector<rules::RuleError> FindNeverTrue(const TenantDefinitions& tenant, const rules::Step& step) {
  Finder finder(tenant);
  finder.Look(step);
  return std::move(finder).Take();
}

RulesInForce RulesInForce::All() {
  RulesInForce all = Perhaps();
  all.may_take_long_ = true;
  return all;
}

RulesInForce RulesInForce::Perhaps() {
  RulesInForce perhaps;
  perhaps.has_all_ = true;
  return perhaps;
}

RulesInForce RulesInForce::OfState() {
  RulesInForce stored = All();
  stored.has_former_fields_ = true;
  return stored;
}

RulesInForce::RulesInForce(const Definitions& definitions) {
  for (const auto& [id, tenant] : definitions.tenants) Add(*tenant);
}

RulesInForce::RulesInForce(const TenantDefinitions& tenant) { Add(tenant); }

void RulesInForce::Add(const TenantDefinitions& tenant) {
  const auto add = [this](const rules::Rule& rule) { printed_.insert(rules::PrintNode(*rule.root)); };
  for (const Segment& segment : tenant.segments) add(segment.rule);
  if (tenant.exclude) add(*tenant.exclude);
  for (const ScoringRule& rule : *tenant.scoring) {
    if (rule.when) add(*rule.when);
    if (rule.step) printed_.insert(rules::PrintStep(*rule.step));
  }
}

bool RulesInForce::Has(const rules::Rule& rule) const {
  return has_all_ || printed_.contains(rules::PrintNode(*rule.root));
}

bool RulesInForce::Has(const rules::Step& step) const { return has_all_ || printed_.contains(rules::PrintStep(step)); }

}  // namespace leadpulse::config
