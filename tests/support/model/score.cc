#include "tests/support/model/score.h"

#include <algorithm>
#include <map>
#include <string>

#include "tests/support/model/evaluate.h"
#include "tests/support/model/text.h"

namespace leadpulse::model {
namespace {

bool Contains(const std::vector<EventType>& types, EventType type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool Matches(const ScoringRule& rule, const Entry& entry, const Evaluator& evaluator) {
  if (rule.match) return evaluator.Fits(*rule.match, entry);
  if (entry.machine || entry.type != rule.event) return false;
  if (rule.name && !SameText(*rule.name, entry.name)) return false;
  if (rule.campaign && !SameText(*rule.campaign, entry.campaign)) return false;
  return !rule.soft_bounce || *rule.soft_bounce == entry.soft_bounce;
}

// Whether an entry resets the score. An UNSUBSCRIBE from a declared topic does not.
bool Resets(const Entry& entry, const TenantDefinitions& definitions) {
  if (entry.machine || !Contains(definitions.scoring.reset_on, entry.type)) return false;
  if (entry.type != EventType::kUnsubscribe) return true;
  return DeclaredTopic(definitions, entry.scope.value_or(kEverything)) == nullptr;
}

// Returns the group in which an entry counts. Empty means a group of its own.
std::string GroupOf(Limit::Per per, const Entry& entry, const Zone& zone) {
  switch (per) {
    case Limit::Per::kMessage:
      return entry.message;
    case Limit::Per::kCampaign:
      return Fold(entry.campaign);
    case Limit::Per::kLocalDay:
      return absl::FormatCivilTime(zone.DayOf(entry.at));
    case Limit::Per::kLifetime:
      return "lifetime";
  }
  return "";
}

int64_t Decayed(int64_t points, const Decay& decay, Millis age) {
  int64_t left = points * 1000000;
  int64_t steps = age / decay.every.millis();
  while (steps > 0 && left != 0 && decay.percent != 0) {
    left = left * (100 - decay.percent) / 100;
    --steps;
  }
  return left / 1000000;
}

// The number of members of each group of a limit. Entries come by instant, then id, so the earliest are counted.
class Groups {
 public:
  Groups(const Limit& limit, const Zone& zone) : limit_(limit), zone_(zone) {}

  bool LetsThrough(const Entry& entry) {
    const std::string group = GroupOf(limit_.per, entry, zone_);
    if (group.empty()) return limit_.count >= 1;
    return ++members_[group] <= limit_.count;
  }

 private:
  const Limit& limit_;
  const Zone& zone_;
  std::map<std::string, int64_t> members_;
};

// Whether the entry is visible. Visible entries are in the order of the journal.
bool IsVisible(const Facts& facts, const Entry& entry) {
  return std::binary_search(facts.visible.begin(), facts.visible.end(), &entry);
}

// Returns a rule's parts on entries: one for each entry that it matches, whatever its fate.
std::vector<ScorePart> EntryParts(const ScoringRule& rule, const Facts& facts, const Evaluator& evaluator,
                                  std::optional<Millis> reset, Millis now) {
  std::optional<Groups> groups;
  if (rule.limit) groups.emplace(*rule.limit, facts.zone);
  std::vector<ScorePart> parts;
  for (const Entry& entry : facts.lead.journal) {
    if (entry.type == EventType::kRetract || !Matches(rule, entry, evaluator)) continue;
    const Millis age = now - entry.at;
    ScorePart part;
    part.entry = &entry;
    if (!IsVisible(facts, entry)) {
      part.fate = Fate::kRetracted;
    } else if (reset && entry.at <= *reset) {
      part.fate = Fate::kBeforeReset;
    } else if (rule.expires_after && age >= rule.expires_after->millis()) {
      part.fate = Fate::kExpired;
    } else if (groups && !groups->LetsThrough(entry)) {
      part.fate = Fate::kCutByLimit;
    } else {
      part.points = rule.decay ? Decayed(rule.points, *rule.decay, age) : rule.points;
    }
    parts.push_back(part);
  }
  return parts;
}

}  // namespace

std::optional<Millis> ResetOf(const Facts& facts) {
  std::optional<Millis> reset;
  for (const Entry* entry : facts.visible) {
    if (!Resets(*entry, facts.definitions)) continue;
    reset = std::max(reset.value_or(entry->at), entry->at);
  }
  return reset;
}

std::vector<ScorePart> ScoreParts(const Facts& facts, const Standing& standing, Millis now) {
  const std::vector<ScoringRule>& rules = facts.definitions.scoring.rules;
  const Evaluator evaluator(facts, standing, now);
  const auto reset = ResetOf(facts);
  std::vector<ScorePart> parts;
  for (size_t i = 0; i < rules.size(); ++i) {
    std::vector<ScorePart> of_rule;
    if (!rules[i].when) of_rule = EntryParts(rules[i], facts, evaluator, reset, now);
    if (rules[i].when && evaluator.Holds(*rules[i].when)) of_rule = {{i, nullptr, Fate::kCounted, rules[i].points}};
    for (ScorePart& part : of_rule) {
      part.rule = i;
      parts.push_back(part);
    }
  }
  return parts;
}

int64_t ScoreOf(const Facts& facts, const Standing& standing, Millis now) {
  const Scoring& scoring = facts.definitions.scoring;
  if (scoring.exclude && Evaluator(facts, standing, now).Holds(*scoring.exclude)) return 0;
  int64_t score = 0;
  for (const ScorePart& part : ScoreParts(facts, standing, now)) score += part.points;
  if (scoring.min) score = std::max(score, *scoring.min);
  if (scoring.max) score = std::min(score, *scoring.max);
  return score;
}

}  // namespace leadpulse::model
