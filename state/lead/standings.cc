#include "state/lead/standings.h"

#include <algorithm>
#include <numeric>

namespace leadpulse::state {

void Standings::Latest::Include(Instant at, Source from) {
  if (from == source) {
    latest = std::max(latest, at);
  } else if (at > latest) {
    of_others = std::exchange(latest, at);
    source = from;
  } else {
    of_others = std::max(of_others, at);
  }
}

void Standings::LatestTimes::Include(const ScopeTimes& times, Source from) {
  out.Include(times.out, from);
  in.Include(times.in, from);
}

Standings::Standings(const LeadIdentity& mailbox, const StatusFacts& own) {
  Met met;
  Include(own, kOwn, &met);
  Include(*mailbox.others, kOthers, &met);
  for (const auto& [id, lead] : mailbox.leads) {
    if (lead.facts == StatusFacts()) continue;
    Include(lead.facts, static_cast<Source>(kFirstLead + leads_.size()), &met);
    leads_.push_back(id);
  }
  std::ranges::sort(topics_, {}, &Topic::name);
  OrderTopics();
  of_all_.hard_bounce = own.hard_bounce;
  of_all_.sign_of_life = own.sign_of_life;
  of_all_ = WithoutSource(kNobody);
}

void Standings::OrderTopics() {
  order_.resize(topics_.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::ranges::sort(order_, {}, [this](size_t topic) { return topics_[topic].first; });
}

void Standings::Include(const StatusFacts& facts, Source source, Met* met) {
  everything_.Include(facts.everything, source);
  complaint_.Include(facts.complaint, source);
  for (uint32_t i = 0; i < facts.topics.size(); ++i) {
    const auto& [name, times] = facts.topics[i];
    if (times == ScopeTimes()) continue;
    const auto [known, is_new] = met->try_emplace(name, topics_.size());
    if (is_new) topics_.emplace_back().name = name;
    Topic& topic = topics_[known->second];
    topic.times.Include(times, source);
    if (times.opted_out()) topic.opt_out.Include(times.out, source);
    if (is_new) {
      topic.first = {source, i};
    } else if (topic.first_of_others == kNoPlace) {
      topic.first_of_others = {source, i};
    }
  }
}

Standings::Source Standings::SourceOf(std::string_view id) const {
  const auto lead = std::ranges::lower_bound(leads_, id);
  if (lead == leads_.end() || *lead != id) return kNobody;
  return static_cast<Source>(kFirstLead + (lead - leads_.begin()));
}

StatusFacts Standings::Without(std::string_view id) const {
  const Source source = SourceOf(id);
  return source == kNobody ? of_all_ : WithoutSource(source);
}

StatusFacts Standings::WithoutSource(Source without) const {
  StatusFacts standing;
  standing.everything = everything_.Without(without);
  standing.complaint = complaint_.Without(without);
  standing.hard_bounce = of_all_.hard_bounce;
  standing.sign_of_life = of_all_.sign_of_life;
  const auto add = [&](const Topic& topic) {
    const ScopeTimes times = topic.times.Without(without);
    if (times != ScopeTimes()) standing.topics.push_back({topic.name, times});
  };
  if (topics_.size() <= kMaxMergedTopics) {
    standing.topics.reserve(topics_.size());
    std::ranges::for_each(topics_, add);
    return standing;
  }
  std::vector<size_t> met = TopicsWithout(without);
  const auto kept_end = met.begin() + static_cast<ptrdiff_t>(std::min(met.size(), kMaxMergedTopics));
  for (auto lost = kept_end; lost != met.end(); ++lost) {
    standing.everything.Include(EventType::kUnsubscribe, topics_[*lost].opt_out.Without(without));
  }
  std::sort(met.begin(), kept_end);
  standing.topics.reserve(kMaxMergedTopics);
  std::for_each(met.begin(), kept_end, [&](size_t topic) { add(topics_[topic]); });
  return standing;
}

std::vector<size_t> Standings::TopicsWithout(Source without) const {
  const auto place = [this, without](size_t topic) {
    return topics_[topic].first.first == without ? topics_[topic].first_of_others : topics_[topic].first;
  };
  std::vector<size_t> met;
  std::vector<size_t> met_later;
  for (const size_t topic : order_) {
    if (place(topic) != kNoPlace) (topics_[topic].first.first == without ? met_later : met).push_back(topic);
  }
  std::ranges::sort(met_later, {}, place);
  const auto middle = met.insert(met.end(), met_later.begin(), met_later.end());
  std::inplace_merge(met.begin(), middle, met.end(), [&](size_t a, size_t b) { return place(a) < place(b); });
  return met;
}

}  // namespace leadpulse::state
