#include "processor/serve/index/term_plan.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/search_words.h"
#include "processor/query/report/campaign_counts.h"
#include "processor/rules/language/field_names.h"
#include "processor/serve/index/lead_terms.h"

namespace leadpulse::serve {
namespace {

using rules::BuiltIn;
using rules::Compare;

TermPlan Exactly(Roaring leads) { return {std::move(leads), true}; }

// Returns the leads with all these folded words, of which the last may be the beginning of one.
Roaring WithWords(const TenantIndex& index, std::string_view folded) {
  const size_t last = folded.rfind(' ');
  Roaring found = index.all();
  ForEachWord(folded.substr(0, last), [&](std::string_view word) { found &= index.WithTerm(WordTerm(word)); });
  if (last == std::string_view::npos) return found;
  return found & index.WithPrefix(WordTerm(folded.substr(last + 1)));
}

Roaring WithFourDigits(const TenantIndex& index, std::string_view four) {
  return index.WithTerm(TermOf(TermKind::kDigits, four));
}

// Returns the leads with a phone number that may contain the digits, of which there are at least four. Numbers have
// terms at even places only. At an odd place of the number, some digit stands before the first three.
Roaring WithDigits(const TenantIndex& index, std::string_view digits) {
  Roaring at_even = index.all(), at_odd;
  ForEachFourDigits(digits, [&](std::string_view four) { at_even &= WithFourDigits(index, four); });
  for (char before = '0'; before <= '9'; ++before) {
    at_odd |= WithFourDigits(index, before + std::string(digits.substr(0, 3)));
  }
  ForEachFourDigits(digits.substr(1), [&](std::string_view four) { at_odd &= WithFourDigits(index, four); });
  return at_even | at_odd;
}

// The measures that count events of a type: those of people, and those of people and machines, if there is one.
struct MeasuresOfType {
  EventType type;
  report::Measure of_people;
  std::optional<report::Measure> of_all;
};
constexpr MeasuresOfType kMeasures[] = {
    {EventType::kSent, report::Measure::kSent, report::Measure::kSent},
    {EventType::kDelivered, report::Measure::kDelivered, report::Measure::kDelivered},
    {EventType::kOpen, report::Measure::kOpened, report::Measure::kOpenedAny},
    {EventType::kClick, report::Measure::kClicked, report::Measure::kClickedAny},
    {EventType::kReply, report::Measure::kReplied, std::nullopt},
    {EventType::kBounce, report::Measure::kBounced, report::Measure::kBounced},
    {EventType::kUnsubscribe, report::Measure::kUnsubscribed, report::Measure::kUnsubscribed},
    {EventType::kComplaint, report::Measure::kComplained, report::Measure::kComplained},
};

// The fields that are found by their texts, with the terms of these.
constexpr std::pair<BuiltIn, TermKind> kNamedFields[] = {
    {BuiltIn::kStage, TermKind::kStage},        {BuiltIn::kTier, TermKind::kTier},
    {BuiltIn::kStatus, TermKind::kStatus},      {BuiltIn::kEmailStatus, TermKind::kEmailStatus},
    {BuiltIn::kTags, TermKind::kTag},           {BuiltIn::kLists, TermKind::kList},
    {BuiltIn::kCampaigns, TermKind::kCampaign},
};

class Planner {
 public:
  explicit Planner(const TenantIndex& index) : index_(index) {}

  TermPlan operator()(const rules::And& node) const {
    TermPlan plan{std::nullopt, true};
    for (const rules::NodePtr& child : node.children) {
      TermPlan of_child = PlanOf(*child, index_);
      plan.is_exact = plan.is_exact && of_child.is_exact;
      if (!of_child.leads) continue;
      plan.leads = plan.leads ? *plan.leads & *of_child.leads : *std::move(of_child.leads);
    }
    return plan;
  }
  TermPlan operator()(const rules::Or& node) const {
    TermPlan plan{Roaring(), true};
    for (const rules::NodePtr& child : node.children) {
      const TermPlan of_child = PlanOf(*child, index_);
      if (!of_child.leads) return {};
      *plan.leads |= *of_child.leads;
      plan.is_exact = plan.is_exact && of_child.is_exact;
    }
    return plan;
  }
  TermPlan operator()(const rules::Not& node) const {
    const TermPlan of_child = PlanOf(*node.child, index_);
    if (!of_child.is_exact || !of_child.leads) return {};
    return Exactly(index_.all() - *of_child.leads);
  }
  TermPlan operator()(const rules::ValuePredicate& node) const {
    const auto* built_in = std::get_if<BuiltIn>(&node.field.name);
    if (built_in == nullptr) return OfAttribute(std::get<std::string>(node.field.name), node.test);
    return OfBuiltIn(*built_in, node.test);
  }
  TermPlan operator()(const rules::NumberBetween& node) const {
    const auto* built_in = std::get_if<BuiltIn>(&node.field.name);
    if (built_in == nullptr || *built_in != BuiltIn::kScore || node.negated) return {};
    return Exactly(ScoresBetween(Ceil(node.low), Floor(node.high)));
  }
  TermPlan operator()(const rules::DidCount& node) const {
    const rules::Step& step = node.step;
    const std::optional<report::Measure> measure = MeasureOf(step);
    if (!step.campaign || !measure || !NeedsOne(node)) return {};
    return {index_.WithTerm(MeasureTerm(*measure, step.campaign->folded)), false};
  }
  TermPlan operator()(const rules::HasTag& node) const { return WithTerm(TermKind::kTag, node.tag.folded); }
  TermPlan operator()(const rules::InList& node) const { return WithTerm(TermKind::kList, node.list.folded); }
  TermPlan operator()(const rules::InCampaign& node) const {
    return WithTerm(TermKind::kCampaign, node.campaign.folded);
  }
  TermPlan operator()(const rules::HasWords& node) const { return OfWords(node.search); }
  TermPlan operator()(const rules::WordPredicate& node) const {
    if (node.negated) return {};
    TermPlan plan = OfWords(node.search);
    plan.is_exact = false;  // the words may be in another text
    return plan;
  }
  TermPlan operator()(const rules::InSegment& node) const {
    return WithTerm(TermKind::kSegment, std::to_string(node.index));
  }
  template <typename Other>
  TermPlan operator()(const Other&) const {
    return {};
  }

 private:
  TermPlan WithTerm(TermKind kind, std::string_view value) const {
    return Exactly(index_.WithTerm(TermOf(kind, value)));
  }

  // Returns the leads with these words in any of their texts.
  TermPlan OfWords(const WordSearch& search) const {
    const FoldedWords& words = search.words();
    const Roaring many = index_.WithTerm(TermOf(TermKind::kManyWords));
    const bool is_one_word = !search.has_several() && words.joined.empty() && search.digits().empty();
    TermPlan plan{WithWords(index_, words.apart) | many, false};
    if (!words.joined.empty()) *plan.leads |= WithWords(index_, words.joined);
    if (!search.digits().empty()) *plan.leads |= WithDigits(index_, search.digits());
    plan.is_exact = is_one_word && many.isEmpty() && words.apart.size() <= kLongestValue;
    return plan;
  }

  // Whether the condition holds for no lead without such an event.
  static bool NeedsOne(const rules::DidCount& node) {
    if (!node.op) return true;
    if (*node.op == Compare::kGreater) return true;
    return node.count > 0 && (*node.op == Compare::kEqual || *node.op == Compare::kGreaterOrEqual);
  }

  // Returns the measure that counts a lead with an event that matches the step, in the event's campaign.
  static std::optional<report::Measure> MeasureOf(const rules::Step& step) {
    const auto* found = std::ranges::find(kMeasures, step.type, &MeasuresOfType::type);
    if (found == std::end(kMeasures)) return std::nullopt;
    return step.scope == rules::Scope::kPeople ? found->of_people : found->of_all;
  }

  // Returns the greatest integer that is not above the number; Ceil returns the least that is not below.
  static double Floor(const Number& number) {
    const double floor = std::floor(number.nearest());
    return number < Number(floor) ? floor - 1 : floor;
  }
  static double Ceil(const Number& number) {
    const double ceil = std::ceil(number.nearest());
    return number > Number(ceil) ? ceil + 1 : ceil;
  }

  Roaring ScoresBetween(double low, double high) const {
    constexpr double kMost = 9e15;  // beyond any score, and exact
    if (!(low <= high) || low > kMost || high < -kMost) return {};
    return index_.WithScore(static_cast<int64_t>(std::max(low, -kMost)), static_cast<int64_t>(std::min(high, kMost)));
  }

  // Returns the folded texts, one of which the value must equal; nullopt if it is another test.
  static std::optional<std::vector<std::string>> WantedTexts(const rules::ValueTest& test) {
    const auto* compare = std::get_if<rules::CompareTest>(&test);
    const auto* in = std::get_if<rules::InTest>(&test);
    std::span<const rules::Literal> literals;
    if (compare != nullptr && compare->op == Compare::kEqual) {
      literals = {&compare->literal, 1};
    } else if (in != nullptr && !in->negated) {
      literals = in->literals;
    } else {
      return std::nullopt;
    }
    std::vector<std::string> texts;
    for (const rules::Literal& literal : literals) {
      const auto* text = std::get_if<rules::Text>(&literal.value);
      if (text == nullptr) return std::nullopt;
      texts.push_back(text->folded);
    }
    return texts;
  }

  TermPlan AnyOf(TermKind kind, const rules::ValueTest& test) const {
    const auto texts = WantedTexts(test);
    if (!texts) return {};
    Roaring found;
    for (const std::string& text : *texts) found |= index_.WithTerm(TermOf(kind, text));
    return Exactly(std::move(found));
  }

  TermPlan OfTruth(TermKind kind, const rules::ValueTest& test) const {
    const auto* compare = std::get_if<rules::CompareTest>(&test);
    const auto* wanted = compare == nullptr ? nullptr : std::get_if<bool>(&compare->literal.value);
    if (wanted == nullptr || (compare->op != Compare::kEqual && compare->op != Compare::kNotEqual)) return {};
    const Roaring is_true = index_.WithTerm(TermOf(kind));
    return Exactly(*wanted == (compare->op == Compare::kEqual) ? is_true : index_.all() - is_true);
  }

  TermPlan OfScore(const rules::ValueTest& test) const {
    const auto* compare = std::get_if<rules::CompareTest>(&test);
    const auto* bound = compare == nullptr ? nullptr : std::get_if<Number>(&compare->literal.value);
    if (bound == nullptr) return {};
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    switch (compare->op) {
      case Compare::kEqual:
        return Exactly(ScoresBetween(Ceil(*bound), Floor(*bound)));
      case Compare::kLess:
        return Exactly(ScoresBetween(-kInfinity, Ceil(*bound) - 1));
      case Compare::kLessOrEqual:
        return Exactly(ScoresBetween(-kInfinity, Floor(*bound)));
      case Compare::kGreater:
        return Exactly(ScoresBetween(Floor(*bound) + 1, kInfinity));
      case Compare::kGreaterOrEqual:
        return Exactly(ScoresBetween(Ceil(*bound), kInfinity));
      case Compare::kNotEqual:
        break;
    }
    return {};
  }

  TermPlan OfAgent(const rules::ValueTest& test) const {
    const auto* set = std::get_if<rules::SetTest>(&test);
    if (set == nullptr) return AnyOf(TermKind::kAgentFolded, test);
    const Roaring nobodys = index_.WithTerm(TermOf(TermKind::kAgent));
    return Exactly(set->negated ? nobodys : index_.all() - nobodys);
  }

  // Returns the leads with one of these ids, of the case that was written.
  TermPlan OfId(const rules::ValueTest& test) const {
    const auto* compare = std::get_if<rules::CompareTest>(&test);
    const auto* in = std::get_if<rules::InTest>(&test);
    std::span<const rules::Literal> literals;
    if (compare != nullptr && compare->op == Compare::kEqual) literals = {&compare->literal, 1};
    if (in != nullptr && !in->negated) literals = in->literals;
    if (literals.empty()) return {};
    Roaring found;
    for (const rules::Literal& literal : literals) {
      const auto* text = std::get_if<rules::Text>(&literal.value);
      const auto number = text == nullptr ? std::nullopt : index_.FindId(text->text);
      if (number) found.add(*number);
    }
    return Exactly(std::move(found));
  }

  TermPlan OfUpdated(const rules::ValueTest& test) const {
    const auto* compare = std::get_if<rules::CompareTest>(&test);
    if (compare == nullptr || !compare->literal.date) return {};
    constexpr Millis kNext{1};
    const Instant at = compare->literal.date->at, first = Instant::DistantPast(), last{Instant::Never().millis - 1};
    switch (compare->op) {
      case Compare::kLess:
        return Exactly(index_.UpdatedBetween(first, at - kNext));
      case Compare::kLessOrEqual:
        return Exactly(index_.UpdatedBetween(first, at));
      case Compare::kGreater:
        return Exactly(index_.UpdatedBetween(at + kNext, last));
      case Compare::kGreaterOrEqual:
        return Exactly(index_.UpdatedBetween(at, last));
      default:
        return {};
    }
  }

  TermPlan OfBuiltIn(BuiltIn field, const rules::ValueTest& test) const {
    if (field == BuiltIn::kAgent) return OfAgent(test);
    if (field == BuiltIn::kScore) return OfScore(test);
    if (field == BuiltIn::kSendable) return OfTruth(TermKind::kSendable, test);
    if (field == BuiltIn::kDoNotContact) return OfTruth(TermKind::kDoNotContact, test);
    const auto* found = std::ranges::find(kNamedFields, field, &std::pair<BuiltIn, TermKind>::first);
    return found == std::end(kNamedFields) ? TermPlan() : AnyOf(found->second, test);
  }

  // Returns the leads with a text that may have this one at the beginning, or behind a space.
  Roaring WithText(std::string_view folded) const { return WithWords(index_, FoldWords(folded).joined_or_apart()); }

  TermPlan OfAttribute(const std::string& name, const rules::ValueTest& test) const {
    if (rules::IsOfSearches(name)) return name == rules::kLeadIdField ? OfId(test) : OfUpdated(test);
    Roaring found = index_.WithTerm(TermOf(TermKind::kOther, name));
    if (IsFoundByWords(name)) found |= index_.WithTerm(TermOf(TermKind::kManyWords));
    if (const auto* text = std::get_if<rules::TextTest>(&test)) {
      const bool begins_a_word = text->op == rules::TextOperator::kStartsWith ||
                                 (text->op == rules::TextOperator::kContains && text->text.folded.starts_with(' '));
      if (!IsFoundByWords(name) || !begins_a_word || text->negated) return {};
      return {found | WithText(text->text.folded), false};
    }
    const auto texts = WantedTexts(test);
    if (!texts) return {};
    for (const std::string& wanted : *texts) {
      found |= IsFoundByWords(name) ? WithText(wanted) : index_.WithTerm(TermOf(TermKind::kValue, name, wanted));
    }
    return {std::move(found), false};
  }

  const TenantIndex& index_;
};

}  // namespace

TermPlan PlanOf(const rules::Node& node, const TenantIndex& index) { return std::visit(Planner(index), node.kind); }

}  // namespace leadpulse::serve
