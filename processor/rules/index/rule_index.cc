#include "processor/rules/index/rule_index.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "processor/rules/evaluation/did_evaluator.h"
#include "processor/rules/index/profile_parts.h"
#include "processor/rules/language/printer.h"
#include "processor/rules/language/rule_walk.h"

namespace leadpulse::rules {
namespace {

// Bytes of a rule; an index fits into one piece of memory. Measured: 130 to 150 with fifty rules, less with thousands.
constexpr size_t kBytesOfRule = 160;

// The parts of a rule's AND, which holds if all parts hold.
struct RuleParts {
  std::vector<const Node*> profile;  // read only the profile, so events and time do not change them
  std::vector<const Node*> rest;     // the cheap ones come first
};

bool IsOnProfile(const Field& field) {
  const auto* built_in = std::get_if<BuiltIn>(&field.name);
  return built_in == nullptr || InfoOf(*built_in).kind == BuiltInKind::kProfile;
}

bool IsOnProfile(const Node& node) {
  bool all = true;
  ForEachNode(&node, [&](const Node* part) {
    if (!IsCondition(*part)) return;
    const Field* field = IsTimeTest(*part) || IsWordTest(*part) ? nullptr : FieldOf(*part);
    all = all && (field != nullptr ? IsOnProfile(*field) : MembershipKey(*part).has_value());
  });
  return all;
}

void AddParts(const Node& node, RuleParts* parts) {
  if (const auto* both = std::get_if<And>(&node.kind)) {
    for (const NodePtr& child : both->children) AddParts(*child, parts);
  } else {
    (IsOnProfile(node) ? parts->profile : parts->rest).push_back(&node);
  }
}

void CheapFirst(std::vector<const Node*>* parts) {
  std::stable_partition(parts->begin(), parts->end(), [](const Node* node) { return !IsCostly(*node); });
}

RuleParts PartsOf(const Node& root) {
  RuleParts parts;
  AddParts(root, &parts);
  CheapFirst(&parts.rest);
  return parts;
}

// Returns all parts, the cheap ones first.
std::vector<const Node*> AllOf(const RuleParts& parts) {
  std::vector<const Node*> all = parts.profile;
  all.insert(all.end(), parts.rest.begin(), parts.rest.end());
  CheapFirst(&all);
  return all;
}

// Returns the numbers at which a test of a number changes.
std::vector<double> NumbersOf(const Node& node) {
  std::vector<double> numbers;
  const auto add = [&](const Literal& literal) {
    if (const auto* number = std::get_if<Number>(&literal.value)) numbers.push_back(number->nearest());
  };
  if (const auto* between = std::get_if<NumberBetween>(&node.kind)) {
    return {between->low.nearest(), between->high.nearest()};
  }
  const auto* value = std::get_if<ValuePredicate>(&node.kind);
  if (value == nullptr) return numbers;
  if (const auto* compare = std::get_if<CompareTest>(&value->test)) add(compare->literal);
  if (const auto* in = std::get_if<InTest>(&value->test)) std::ranges::for_each(in->literals, add);
  return numbers;
}

// Returns each n for which the n-th latest entry changes a count.
std::vector<uint32_t> CountsOf(const DidCount& did) {
  const std::optional<Threshold> threshold = ThresholdOf(did);
  if (!threshold) return {did.count, did.count + 1};
  if (threshold->count == 0) return {};
  return {threshold->count};
}

}  // namespace

struct RuleIndex::Draft {
  struct Subject {
    TimeDependency timed;
    std::vector<TimeDependency::Boundary> boundaries;
    std::vector<ConditionId> others;
  };

  std::vector<const Node*> conditions;
  std::vector<Subject> subjects;
  std::vector<BuiltInInstant> built_in_instants;
  std::vector<SubjectId> attribute_instants;
  std::vector<PredicateId> segment_predicates;
  std::array<std::vector<Point>, kFields> numbers;
  std::array<std::vector<ConditionId>, kFields> plain;
  // By printed text:
  absl::flat_hash_map<std::string, ConditionId> ids;
  absl::flat_hash_map<std::string, SubjectId> subject_ids;
};

RuleIndex::RuleIndex(std::span<const Node* const> rules)
    : memory_(rules.size() * kBytesOfRule), draft_(std::make_unique<Draft>()) {
  draft_->segment_predicates.assign(rules.size(), kNoPredicate);
  for (uint32_t rule = 0; rule < rules.size(); ++rule) AddRule(rule, *rules[rule]);
  Pack(rules.size());
  draft_ = nullptr;
}

RuleIndex::~RuleIndex() = default;

void RuleIndex::Pack(size_t rules) {
  built_in_instants_ = memory_.Keep(draft_->built_in_instants);
  PackSubjects();
  entries_.Pack(&memory_);
  PackRules();
  behind_predicates_.Pack(rules, &memory_);
  parts_.Pack(&memory_);
  referrers_.Pack(rules, &memory_);
  segment_predicates_ = memory_.Keep(draft_->segment_predicates);
  conditions_ = memory_.Keep(draft_->conditions);
  attribute_instants_ = memory_.Keep(draft_->attribute_instants);
  for (size_t field = 0; field < kFields; ++field) {
    std::ranges::sort(draft_->numbers[field], {},
                      [](const Point& point) { return std::pair(point.number, point.condition); });
    numbers_[field] = memory_.Keep(draft_->numbers[field]);
    plain_[field] = memory_.Keep(draft_->plain[field]);
  }
  predicates_.Pack(&memory_);
}

void RuleIndex::PackSubjects() {
  const std::span<TimeDependency> subjects = memory_.Make<TimeDependency>(draft_->subjects.size());
  PlaceId first_place = 0;
  for (SubjectId id = 0; id < subjects.size(); ++id) {
    auto& [timed, boundaries, others] = draft_->subjects[id];
    timed.first_place = first_place;
    timed.Keep(std::move(boundaries), others, &memory_);
    first_place = timed.PlaceOfOther(others.size());
    std::construct_at(&subjects[id], timed);
  }
  subjects_ = subjects;
}

void RuleIndex::PackRules() {
  IndexMemory scratch(draft_->conditions.size() * sizeof(PlaceId) * 2);
  PackedLists<PlaceId> places;
  std::vector<SubjectId> subject_at;
  for (SubjectId id = 0; id < subjects_.size(); ++id) {
    const auto add = [&](ConditionId condition) {
      places.Add(condition, static_cast<PlaceId>(subject_at.size()));
      subject_at.push_back(id);
    };
    for (const TimeDependency::Boundary& boundary : subjects_[id].boundaries) add(boundary.condition);
    for (const ConditionId other : subjects_[id].others) add(other);
  }
  places.Pack(draft_->conditions.size(), &scratch);
  rules_.Pack(places, static_cast<PlaceId>(subject_at.size()), &memory_);
  subject_at_ = memory_.Keep(subject_at);
}

// Adds a rule. Conditions of its predicate change only with it, so the rule is not listed under them.
void RuleIndex::AddRule(uint32_t rule, const Node& root) {
  const RuleParts parts = PartsOf(root);
  const std::optional<PredicateId> predicate = predicates_.Add(root, parts.profile);
  std::vector<ConditionId> conditions;
  for (const Node* part : predicate ? parts.rest : AllOf(parts)) {
    AddConditions(*part, &conditions);
    behind_predicates_.Add(rule, parts_.Add(*part));
  }
  rules_.Add(rule, predicate ? predicate : AddSegmentPredicate(parts.rest), conditions);
  ForEachNode(&root, [&](const Node* node) {
    const auto* in = std::get_if<InSegment>(&node->kind);
    if (in == nullptr) return;
    referrers_.Add(in->index, rule);
    has_references_ = true;
  });
}

std::optional<PredicateId> RuleIndex::AddSegmentPredicate(std::span<const Node* const> parts) {
  for (const Node* part : parts) {
    const auto* in = std::get_if<InSegment>(&part->kind);
    if (in == nullptr) continue;
    PredicateId& predicate = draft_->segment_predicates[in->index];
    if (predicate == kNoPredicate) predicate = predicates_.AddUnfound();
    return predicate;
  }
  return std::nullopt;
}

void RuleIndex::AddConditions(const Node& part, std::vector<ConditionId>* out) {
  ForEachNode(&part, [&](const Node* node) {
    if (!IsCondition(*node) || std::holds_alternative<InSegment>(node->kind)) return;
    const auto id = static_cast<ConditionId>(draft_->conditions.size());
    const auto [known, is_new] = draft_->ids.try_emplace(PrintNode(*node), id);
    if (is_new && !Place(*node, id)) {
      draft_->ids.erase(known);
      return;
    }
    if (is_new) draft_->conditions.push_back(node);
    out->push_back(known->second);
  });
}

bool RuleIndex::Place(const Node& node, ConditionId id) {
  if (FieldOf(node) != nullptr) return PlaceOnField(node, id);
  if (std::holds_alternative<SendableFor>(node.kind)) {
    draft_->plain[static_cast<size_t>(BuiltIn::kSendable)].push_back(id);
    return true;
  }
  if (const auto* did = std::get_if<DidCount>(&node.kind)) return PlaceCount(*did, id);
  const auto* then = std::get_if<DidThen>(&node.kind);
  if (then == nullptr) return profile_.Add(node, id);
  const SubjectId subject = StepSubject(PrintNode(node), then->first, &then->second);
  draft_->subjects[subject].others.push_back(id);
  return true;
}

bool RuleIndex::PlaceOnField(const Node& node, ConditionId id) {
  const auto* field = std::get_if<BuiltIn>(&FieldOf(node)->name);
  if (field == nullptr) return IsTimeTest(node) ? PlaceOnInstant(node, id) : profile_.Add(node, id);
  switch (InfoOf(*field).kind) {
    case BuiltInKind::kNumber:
      return PlaceOnNumber(node, *field, id);
    case BuiltInKind::kPlain:
      if (!std::holds_alternative<ValuePredicate>(node.kind)) return false;
      draft_->plain[static_cast<size_t>(*field)].push_back(id);
      return true;
    case BuiltInKind::kInstant:
      return PlaceOnInstant(node, id);
    case BuiltInKind::kProfile:
      return profile_.Add(node, id);
  }
  return false;
}

bool RuleIndex::PlaceOnNumber(const Node& node, BuiltIn field, ConditionId id) {
  const std::vector<double> numbers = NumbersOf(node);
  for (const double number : numbers) draft_->numbers[static_cast<size_t>(field)].push_back({number, id});
  return !numbers.empty();
}

bool RuleIndex::PlaceOnInstant(const Node& node, ConditionId id) {
  Draft::Subject& subject = draft_->subjects[InstantSubject(*FieldOf(node))];
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
  Draft::Subject& subject = draft_->subjects[StepSubject(PrintStep(did.step), did.step, nullptr)];
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
  const auto id = static_cast<SubjectId>(draft_->subjects.size());
  const auto [known, is_new] = draft_->subject_ids.try_emplace(key, id);
  if (!is_new) return known->second;
  TimeDependency& subject = draft_->subjects.emplace_back().timed;
  subject.field = &field;
  if (built_in != nullptr) {
    subject.built_in = *built_in;
    draft_->built_in_instants.push_back({*built_in, id});
  } else {
    draft_->attribute_instants.push_back(id);
  }
  return known->second;
}

// Returns the subject of a step or sequence. `key` distinguishes it from other steps, sequences and instants.
SubjectId RuleIndex::StepSubject(const std::string& key, const Step& step, const Step* follower) {
  const auto id = static_cast<SubjectId>(draft_->subjects.size());
  const auto [known, is_new] = draft_->subject_ids.try_emplace("did " + key, id);
  if (!is_new) return known->second;
  TimeDependency& subject = draft_->subjects.emplace_back().timed;
  subject.step = &step;
  subject.follower = follower;
  entries_.Add(step, known->second);
  if (follower != nullptr) entries_.Add(*follower, known->second);
  return known->second;
}

void RuleIndex::ConditionsBetween(BuiltIn field, double a, double b, std::vector<ConditionId>* out) const {
  const std::span<const Point> points = numbers_[static_cast<size_t>(field)];
  auto point = std::ranges::lower_bound(points, std::min(a, b), {}, &Point::number);
  for (; point != points.end() && point->number <= std::max(a, b); ++point) out->push_back(point->condition);
}

}  // namespace leadpulse::rules
