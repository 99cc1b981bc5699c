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

std::optional<Millis> ResetOf(const Facts& facts) {
  std::optional<Millis> reset;
  for (const Entry* entry : facts.visible) {
    if (entry->machine) continue;
    if (!Contains(facts.definitions.scoring.reset_on, entry->type)) continue;
    reset = std::max(reset.value_or(entry->at), entry->at);
  }
  return reset;
}

bool Matches(const ScoringRule& rule, const Entry& entry, const Evaluator& evaluator) {
  if (rule.match) return evaluator.Fits(*rule.match, entry);
  if (entry.machine || entry.type != rule.event) return false;
  if (rule.name && !SameText(*rule.name, entry.name)) return false;
  if (rule.campaign && !SameText(*rule.campaign, entry.campaign)) return false;
  return !rule.soft_bounce || *rule.soft_bounce == entry.soft_bounce;
}

// The group an entry is counted in; empty: a group of its own.
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

// Entries come by instant, then id, so that the earliest are kept.
std::vector<const Entry*> KeepEarliest(std::vector<const Entry*> entries, const Limit& limit, const Zone& zone) {
  std::map<std::string, int64_t> taken;
  std::erase_if(entries, [&](const Entry* entry) {
    const std::string group = GroupOf(limit.per, *entry, zone);
    if (group.empty()) return limit.count < 1;
    return ++taken[group] > limit.count;
  });
  return entries;
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

int64_t PointsOf(const ScoringRule& rule, const Facts& facts, const Evaluator& evaluator, std::optional<Millis> reset,
                 Millis now) {
  if (rule.when) return evaluator.Holds(*rule.when) ? rule.points : 0;
  std::vector<const Entry*> entries;
  for (const Entry* entry : facts.visible) {
    if (reset && entry->at <= *reset) continue;
    if (!Matches(rule, *entry, evaluator)) continue;
    const Millis age = now - entry->at;
    if (rule.expires_after && age >= rule.expires_after->millis()) continue;
    entries.push_back(entry);
  }
  if (rule.limit) entries = KeepEarliest(entries, *rule.limit, facts.zone);
  int64_t points = 0;
  for (const Entry* entry : entries) {
    points += rule.decay ? Decayed(rule.points, *rule.decay, now - entry->at) : rule.points;
  }
  return points;
}

}  // namespace

int64_t ScoreOf(const Facts& facts, const Standing& standing, Millis now) {
  const Scoring& scoring = facts.definitions.scoring;
  const Evaluator evaluator(facts, standing, now);
  if (scoring.exclude && evaluator.Holds(*scoring.exclude)) return 0;
  const auto reset = ResetOf(facts);
  int64_t score = 0;
  for (const ScoringRule& rule : scoring.rules) {
    score += PointsOf(rule, facts, evaluator, reset, now);
  }
  if (scoring.min) score = std::max(score, *scoring.min);
  if (scoring.max) score = std::min(score, *scoring.max);
  return score;
}

}  // namespace leadpulse::model
