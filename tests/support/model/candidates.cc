#include "tests/support/model/candidates.h"

#include <algorithm>
#include <set>

namespace leadpulse::model {
namespace {

// All durations in the definitions of a tenant.
class Collector {
 public:
  explicit Collector(const TenantDefinitions& definitions) {
    for (const ScoringRule& rule : definitions.scoring.rules) {
      if (rule.when) Collect(*rule.when);
      if (rule.expires_after) durations.insert(rule.expires_after->millis());
      if (rule.decay) decays.insert(rule.decay->every.millis());
    }
    if (definitions.scoring.exclude) Collect(*definitions.scoring.exclude);
    for (const Segment& segment : definitions.segments) Collect(segment.rule);
  }

  std::set<Millis> durations = {0};
  std::set<Millis> decays;

 private:
  void Collect(const Rule& rule) {
    for (const Rule& part : rule.parts) Collect(part);
    if (rule.kind != Rule::Kind::kPredicate) return;
    const Predicate& predicate = rule.predicate;
    durations.insert(predicate.duration.millis());
    durations.insert(predicate.window.duration.millis());
    for (const Instant* instant : {&predicate.from, &predicate.to, &predicate.window.from, &predicate.window.to}) {
      durations.insert(instant->duration.millis());
    }
  }
};

void AddInstantsOf(const Value& value, const Zone& zone, std::set<Millis>& instants) {
  if (const auto instant = AsInstant(value, zone)) instants.insert(*instant);
  for (const Value& element : value.elements) {
    AddInstantsOf(element, zone, instants);
  }
}

// Collects every instant that occurs in the lead's known facts.
std::set<Millis> KnownInstants(const Facts& facts) {
  std::set<Millis> instants;
  for (const Entry& entry : facts.lead.journal) instants.insert(entry.at);
  for (const auto& [type, tally] : facts.tallies) {
    if (tally.count > 0) instants.insert({tally.first, tally.last});
  }
  if (const auto created = facts.Created()) instants.insert(*created);
  for (const auto& [name, value] : facts.attributes) {
    AddInstantsOf(value, facts.zone, instants);
  }
  return instants;
}

}  // namespace

std::vector<Millis> CandidateInstants(const Facts& facts, Millis after, Millis until) {
  const Collector collector(facts.definitions);
  std::vector<Millis> candidates;
  const auto add = [&](Millis instant) {
    for (Millis near : {instant - 1, instant, instant + 1}) {
      if (after < near && near <= until) candidates.push_back(near);
    }
  };
  for (Millis instant : KnownInstants(facts)) {
    for (Millis duration : collector.durations) {
      add(instant + duration);
      add(instant - duration);
    }
  }
  for (const Entry* entry : facts.visible) {
    for (Millis every : collector.decays) {
      const Millis skipped = std::max<Millis>(0, (after - entry->at) / every);
      for (Millis at = entry->at + skipped * every; at <= until; at += every) {
        add(at);
      }
    }
  }
  const Zone& zone = facts.zone;
  for (absl::CivilDay day = zone.DayOf(after); zone.DayStart(day) <= until; ++day) {
    add(zone.DayStart(day));
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

}  // namespace leadpulse::model
