#include <algorithm>
#include <set>

#include "tests/support/model/never_true.h"
#include "tests/support/model/text.h"
#include "tests/support/workload/edits.h"

namespace leadpulse::workload {
namespace {

using model::EventType;
using model::Predicate;
using model::Rule;
using model::ScoringRule;
using model::Segment;
using model::TenantDefinitions;

template <typename Visit>
void ForEachPredicate(Rule& rule, const Visit& visit) {
  if (rule.kind == Rule::Kind::kPredicate) visit(rule.predicate);
  for (Rule& part : rule.parts) ForEachPredicate(part, visit);
}

std::set<std::string> SegmentsNamedBy(Rule rule) {
  std::set<std::string> ids;
  ForEachPredicate(rule, [&](const Predicate& predicate) {
    if (predicate.kind == Predicate::Kind::kInSegment) ids.insert(predicate.name);
  });
  return ids;
}

bool NamesUndeclared(const model::Step& step, const TenantDefinitions& definitions) {
  return std::any_of(step.where.begin(), step.where.end(), [&](const model::PropertyTest& test) {
    return !model::DeclaredType(definitions.event_properties, model::NormalName(test.property));
  });
}

bool NamesUndeclared(Rule rule, const TenantDefinitions& definitions) {
  bool names = false;
  ForEachPredicate(rule, [&](const Predicate& predicate) {
    const bool names_topic = predicate.kind == Predicate::Kind::kSendableFor &&
                             model::DeclaredTopic(definitions, model::Fold(predicate.name)) == nullptr;
    names = names || names_topic || NamesUndeclared(predicate.step, definitions) ||
            NamesUndeclared(predicate.second, definitions);
  });
  return names;
}

// Whether the program refuses a new rule or step.
template <typename Asked>
bool IsRefused(const Asked& asked, const TenantDefinitions& definitions) {
  return NamesUndeclared(asked, definitions) || model::HasNeverTrue(definitions, asked);
}

// Returns the segments that a segment of this id may refer to without a cycle.
std::vector<Segment> OthersFor(const TenantDefinitions& definitions, const std::string& id) {
  std::set<std::string> above = {id};
  for (size_t before = 0; before != above.size();) {
    before = above.size();
    for (const Segment& segment : definitions.segments) {
      for (const std::string& named : SegmentsNamedBy(segment.rule)) {
        if (above.contains(named)) above.insert(segment.id);
      }
    }
  }
  std::vector<Segment> others = definitions.segments;
  std::erase_if(others, [&](const Segment& segment) { return above.contains(segment.id); });
  return others;
}

Rule NewRule(Random& random, const World& world, const TenantDefinitions& definitions, const std::string& id) {
  TenantDefinitions offered = definitions;
  offered.segments = OthersFor(definitions, id);
  return RuleMaker(random, world, offered).MakeRule(static_cast<int>(random.Between(0, 2)), true);
}

Segment* AnySegment(Random& random, TenantDefinitions& definitions) {
  auto& segments = definitions.segments;
  return segments.empty() ? nullptr : &segments[random.Below(static_cast<int64_t>(segments.size()))];
}

std::string FreeId(Random& random, const TenantDefinitions& definitions) {
  static const std::vector<std::string> kNames = {"a", "B", "c-1", "ü", "S", "z"};
  while (true) {
    std::string id = random.OneOf(kNames) + std::to_string(random.Below(20));
    const bool is_free = std::none_of(definitions.segments.begin(), definitions.segments.end(),
                                      [&](const Segment& segment) { return segment.id == id; });
    if (is_free) return id;
  }
}

void EditSegment(Random& random, const World& world, TenantDefinitions& definitions) {
  if (Segment* segment = AnySegment(random, definitions)) {
    segment->rule = NewRule(random, world, definitions, segment->id);
  }
}

// Renames a segment and all references to it.
void RenameSegment(Random& random, const World&, TenantDefinitions& definitions) {
  Segment* renamed = AnySegment(random, definitions);
  if (renamed == nullptr) return;
  const std::string old = renamed->id;
  renamed->id = FreeId(random, definitions);
  for (Segment& segment : definitions.segments) {
    ForEachPredicate(segment.rule, [&](Predicate& predicate) {
      if (predicate.kind == Predicate::Kind::kInSegment && predicate.name == old) predicate.name = renamed->id;
    });
  }
}

void AddSegment(Random& random, const World& world, TenantDefinitions& definitions) {
  const std::string id = FreeId(random, definitions);
  definitions.segments.push_back({id, "Added", NewRule(random, world, definitions, id)});
}

void RemoveSegment(Random& random, const World&, TenantDefinitions& definitions) {
  auto& segments = definitions.segments;
  if (!segments.empty()) segments.erase(segments.begin() + random.Below(static_cast<int64_t>(segments.size())));
}

// Changes the order and a name of segments, which changes no result.
void ReorderSegments(Random& random, const World&, TenantDefinitions& definitions) {
  random.Shuffle(definitions.segments);
  if (Segment* segment = AnySegment(random, definitions)) segment->name += "!";
}

ScoringRule NewScoringRule(Random& random, const World& world, const TenantDefinitions& definitions) {
  RuleMaker maker(random, world, definitions);
  return MakeScoringRule(random, world, maker);
}

void AddScoringRule(Random& random, const World& world, TenantDefinitions& definitions) {
  definitions.scoring.rules.push_back(NewScoringRule(random, world, definitions));
}

void RemoveScoringRule(Random& random, const World&, TenantDefinitions& definitions) {
  auto& rules = definitions.scoring.rules;
  if (!rules.empty()) rules.erase(rules.begin() + random.Below(static_cast<int64_t>(rules.size())));
}

// Replaces one part of a rule by that of another.
void EditScoringRule(Random& random, const World& world, TenantDefinitions& definitions) {
  auto& rules = definitions.scoring.rules;
  if (rules.empty()) return;
  ScoringRule& rule = rules[random.Below(static_cast<int64_t>(rules.size()))];
  const ScoringRule other = NewScoringRule(random, world, definitions);
  const int64_t kind = random.Below(6);
  if (kind == 0) {
    rule = other;
  } else if (kind == 1) {
    rule.points = other.points;
  } else if (rule.when) {
    if (other.when) rule.when = other.when;
  } else if (kind == 2) {
    rule.limit = other.limit;
  } else if (kind == 3) {
    rule.decay = other.decay;
  } else if (kind == 4) {
    rule.expires_after = other.expires_after;
  } else if (rule.match && other.match) {
    rule.match = other.match;
  }
}

void EditScoring(Random& random, const World& world, TenantDefinitions& definitions) {
  model::Scoring& scoring = definitions.scoring;
  switch (random.Below(4)) {
    case 0:
      scoring.exclude.reset();
      if (random.Chance(60)) scoring.exclude = RuleMaker(random, world, definitions).MakeRule(1, false);
      break;
    case 1:
      scoring.reset_on.clear();
      if (random.Chance(60)) scoring.reset_on = {EventType::kUnsubscribe, EventType::kComplaint};
      if (random.Chance(30)) scoring.reset_on.push_back(EventType::kClick);
      break;
    case 2:
      scoring.min.reset();
      if (random.Chance(60)) scoring.min = random.Between(-30, 10);
      break;
    default:
      scoring.max.reset();
      if (random.Chance(60)) scoring.max = random.Between(10, 90);
  }
}

}  // namespace

const std::vector<Edit>& RuleEdits() {
  static const std::vector<Edit> kEdits = {EditSegment,     EditSegment,       RenameSegment,  AddSegment,
                                           RemoveSegment,   ReorderSegments,   AddScoringRule, EditScoringRule,
                                           EditScoringRule, RemoveScoringRule, EditScoring,    EditScoring};
  return kEdits;
}

void MendRules(Random& random, const World& world, TenantDefinitions& definitions) {
  model::Scoring& scoring = definitions.scoring;
  for (ScoringRule& rule : scoring.rules) {
    const bool is_broken =
        (rule.match && IsRefused(*rule.match, definitions)) || (rule.when && IsRefused(*rule.when, definitions));
    if (is_broken) rule = NewScoringRule(random, world, definitions);
  }
  if (scoring.exclude && IsRefused(*scoring.exclude, definitions)) scoring.exclude.reset();
  std::set<std::string> ids;
  for (const Segment& segment : definitions.segments) ids.insert(segment.id);
  for (Segment& segment : definitions.segments) {
    const std::set<std::string> named = SegmentsNamedBy(segment.rule);
    const bool is_broken =
        IsRefused(segment.rule, definitions) || !std::includes(ids.begin(), ids.end(), named.begin(), named.end());
    if (is_broken) segment.rule = NewRule(random, world, definitions, segment.id);
  }
}

}  // namespace leadpulse::workload
