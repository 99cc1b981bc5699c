#include "processor/rules/rule_index.h"

#include <algorithm>
#include <optional>

#include "processor/base/assert.h"
#include "processor/rules/printer.h"
#include "processor/rules/rule_walk.h"

namespace leadpulse::rules {
namespace {

enum class FieldKind { kNumber, kPlain, kInstant, kProfile };

FieldKind KindOf(BuiltIn field) {
  switch (field) {
    case BuiltIn::kScore:
    case BuiltIn::kQuality:
    case BuiltIn::kQualification:
    case BuiltIn::kSends:
    case BuiltIn::kOpens:
    case BuiltIn::kClicks:
    case BuiltIn::kReplies:
    case BuiltIn::kBounces:
    case BuiltIn::kVisits:
      return FieldKind::kNumber;
    case BuiltIn::kTier:
    case BuiltIn::kEmailStatus:
    case BuiltIn::kStage:
    case BuiltIn::kStatus:
    case BuiltIn::kSendable:
      return FieldKind::kPlain;
    case BuiltIn::kCreated:
    case BuiltIn::kLastSent:
    case BuiltIn::kLastDelivered:
    case BuiltIn::kLastOpened:
    case BuiltIn::kLastClicked:
    case BuiltIn::kLastReplied:
    case BuiltIn::kLastBounced:
    case BuiltIn::kLastVisited:
    case BuiltIn::kLastEngaged:
      return FieldKind::kInstant;
    case BuiltIn::kAgent:
    case BuiltIn::kDoNotContact:
    case BuiltIn::kTags:
    case BuiltIn::kLists:
    case BuiltIn::kCampaigns:
      return FieldKind::kProfile;
  }
  LP_ASSERT(false && "a built-in field of no kind");
  return FieldKind::kProfile;
}

// The numbers at which a test of a number changes.
std::vector<double> NumbersOf(const Node& node) {
  std::vector<double> numbers;
  const auto add = [&](const Literal& literal) {
    if (const auto* number = std::get_if<double>(&literal.value)) numbers.push_back(*number);
  };
  if (const auto* between = std::get_if<NumberBetween>(&node.kind)) return {between->low, between->high};
  const auto* value = std::get_if<ValuePredicate>(&node.kind);
  if (value == nullptr) return numbers;
  if (const auto* compare = std::get_if<CompareTest>(&value->test)) add(compare->literal);
  if (const auto* in = std::get_if<InTest>(&value->test)) std::ranges::for_each(in->literals, add);
  return numbers;
}

// The n of the n-th latest entries at which a count of entries changes.
std::vector<uint32_t> CountsOf(const DidCount& did) {
  const uint32_t n = did.count;
  switch (did.op.value_or(Compare::kGreaterOrEqual)) {
    case Compare::kGreaterOrEqual:
    case Compare::kLess:
      if (n == 0) return {};
      return {n};
    case Compare::kGreater:
    case Compare::kLessOrEqual:
      return {n + 1};
    case Compare::kEqual:
    case Compare::kNotEqual:
      break;
  }
  if (n == 0) return {1};
  return {n, n + 1};
}

}  // namespace

RuleIndex::RuleIndex(std::span<const Node* const> rules) : segment_guards_(rules.size(), kNoGuard) {
  for (uint32_t rule = 0; rule < rules.size(); ++rule) AddRule(rule, *rules[rule]);
  for (std::vector<Point>& points : numbers_) {
    std::ranges::sort(points, {}, [](const Point& point) { return std::pair(point.number, point.condition); });
  }
  for (TimedSubject& subject : subjects_) subject.Sort();
  guards_.Sort();
  PackRules();
  behind_guards_.Pack(rules.size());
  referrers_.Pack(rules.size());
  parts_.Finish();
  ids_ = {};
  subject_ids_ = {};
}

void RuleIndex::PackRules() {
  PackedLists<PlaceId> places;
  for (SubjectId id = 0; id < subjects_.size(); ++id) {
    const auto add = [&](ConditionId condition) {
      places.Add(condition, static_cast<PlaceId>(subject_at_.size()));
      subject_at_.push_back(id);
    };
    TimedSubject& subject = subjects_[id];
    subject.first_place = static_cast<PlaceId>(subject_at_.size());
    for (const TimedSubject::Boundary& boundary : subject.boundaries) add(boundary.condition);
    for (const ConditionId other : subject.others) add(other);
  }
  places.Pack(conditions_.size());
  rules_.Pack(places, static_cast<PlaceId>(subject_at_.size()));
}

// What a guard asks changes with the guard only, so a rule is not listed under it.
void RuleIndex::AddRule(uint32_t rule, const Node& root) {
  const RuleParts parts = PartsOf(root);
  const std::optional<GuardId> guard = guards_.Add(root, parts.profile);
  std::vector<ConditionId> conditions;
  for (const Node* part : guard ? parts.rest : AllOf(parts)) {
    AddConditions(*part, &conditions);
    behind_guards_.Add(rule, parts_.Add(*part));
  }
  rules_.Add(rule, guard ? guard : AddSegmentGuard(parts), conditions);
  ForEachNode(&root, [&](const Node* node) {
    const auto* in = std::get_if<InSegment>(&node->kind);
    if (in == nullptr) return;
    referrers_.Add(in->index, rule);
    has_references_ = true;
  });
}

std::optional<GuardId> RuleIndex::AddSegmentGuard(const RuleParts& parts) {
  const std::optional<uint32_t> segment = SegmentAskedFor(parts);
  if (!segment) return std::nullopt;
  GuardId& guard = segment_guards_[*segment];
  if (guard == kNoGuard) guard = guards_.AddUnfound();
  return guard;
}

void RuleIndex::AddConditions(const Node& part, std::vector<ConditionId>* out) {
  ForEachNode(&part, [&](const Node* node) {
    if (!IsCondition(*node) || std::holds_alternative<InSegment>(node->kind)) return;
    const auto id = static_cast<ConditionId>(conditions_.size());
    const auto [known, is_new] = ids_.try_emplace(PrintNode(*node), id);
    if (is_new && !Place(*node, id)) {
      ids_.erase(known);
      return;
    }
    if (is_new) conditions_.push_back(node);
    out->push_back(known->second);
  });
}

bool RuleIndex::Place(const Node& node, ConditionId id) {
  if (FieldOf(node) != nullptr) return PlaceOnField(node, id);
  if (const auto* did = std::get_if<DidCount>(&node.kind)) return PlaceCount(*did, id);
  const auto* then = std::get_if<DidThen>(&node.kind);
  if (then == nullptr) return profile_.Add(node, id);
  const SubjectId subject = StepSubject(PrintNode(node), then->first, &then->second);
  subjects_[subject].others.push_back(id);
  return true;
}

bool RuleIndex::PlaceOnField(const Node& node, ConditionId id) {
  const auto* field = std::get_if<BuiltIn>(&FieldOf(node)->name);
  if (field == nullptr) return IsTimeTest(node) ? PlaceOnInstant(node, id) : profile_.Add(node, id);
  switch (KindOf(*field)) {
    case FieldKind::kNumber:
      return PlaceOnNumber(node, *field, id);
    case FieldKind::kPlain:
      if (!std::holds_alternative<ValuePredicate>(node.kind)) return false;
      plain_[static_cast<size_t>(*field)].push_back(id);
      return true;
    case FieldKind::kInstant:
      return PlaceOnInstant(node, id);
    case FieldKind::kProfile:
      return profile_.Add(node, id);
  }
  return false;
}

bool RuleIndex::PlaceOnNumber(const Node& node, BuiltIn field, ConditionId id) {
  const std::vector<double> numbers = NumbersOf(node);
  for (const double number : numbers) numbers_[static_cast<size_t>(field)].push_back({number, id});
  return !numbers.empty();
}

bool RuleIndex::PlaceOnInstant(const Node& node, ConditionId id) {
  TimedSubject& subject = subjects_[InstantSubject(*FieldOf(node))];
  const auto* time = std::get_if<TimePredicate>(&node.kind);
  const std::optional<Millis> age = time == nullptr ? std::nullopt : BoundaryOf(time->test);
  if (age) {
    subject.boundaries.push_back({1, *age, id});
  } else {
    subject.others.push_back(id);
  }
  return true;
}

bool RuleIndex::PlaceCount(const DidCount& did, ConditionId id) {
  const std::vector<uint32_t> counts = CountsOf(did);
  if (counts.empty()) return false;
  TimedSubject& subject = subjects_[StepSubject(PrintStep(did.step), did.step, nullptr)];
  const std::optional<Millis> age = did.window ? BoundaryOf(*did.window) : Millis::max();
  if (!age) {
    subject.others.push_back(id);
    return true;
  }
  for (const uint32_t nth : counts) subject.boundaries.push_back({nth, *age, id});
  return true;
}

SubjectId RuleIndex::InstantSubject(const Field& field) {
  const auto* built_in = std::get_if<BuiltIn>(&field.name);
  const std::string key = built_in != nullptr ? "built in " + std::string(BuiltInName(*built_in))
                                              : "attribute " + std::get<std::string>(field.name);
  const auto [known, is_new] = subject_ids_.try_emplace(key, static_cast<SubjectId>(subjects_.size()));
  if (!is_new) return known->second;
  subjects_.emplace_back().field = &field;
  if (built_in != nullptr) {
    built_in_instants_.push_back({*built_in, known->second});
  } else {
    attribute_instants_.push_back(known->second);
  }
  return known->second;
}

// `key` tells it from other steps and sequences, and from the instants.
SubjectId RuleIndex::StepSubject(const std::string& key, const Step& step, const Step* follower) {
  const auto [known, is_new] = subject_ids_.try_emplace("did " + key, static_cast<SubjectId>(subjects_.size()));
  if (!is_new) return known->second;
  TimedSubject& subject = subjects_.emplace_back();
  subject.step = &step;
  subject.follower = follower;
  entries_.Add(step, known->second);
  if (follower != nullptr) entries_.Add(*follower, known->second);
  return known->second;
}

void RuleIndex::ConditionsBetween(BuiltIn field, double a, double b, std::vector<ConditionId>* out) const {
  const std::vector<Point>& points = numbers_[static_cast<size_t>(field)];
  auto point = std::ranges::lower_bound(points, std::min(a, b), {}, &Point::number);
  for (; point != points.end() && point->number <= std::max(a, b); ++point) out->push_back(point->condition);
}

}  // namespace leadpulse::rules
