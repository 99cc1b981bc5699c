// Status facts that leads of one address share: merges in any order, and the status against a plain computation.
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "state/codec/standings_codec.h"
#include "state/lead/identity.h"
#include "state/lead/standings.h"
#include "tests/property/lead_generators.h"

namespace leadpulse::state::identity_property_test {

StatusFacts Merged(StatusFacts into, const StatusFacts& facts) {
  Merge(facts, &into);
  return into;
}

RC_GTEST_PROP(MergeProperty, NeitherOrderNorNumberMatters, ()) {
  const StatusFacts a = *testing::AnyStatusFacts();
  const StatusFacts b = *testing::AnyStatusFacts();
  const StatusFacts c = *testing::AnyStatusFacts();
  RC_ASSERT(Merged(a, b) == Merged(b, a));
  RC_ASSERT(Merged(Merged(a, b), c) == Merged(a, Merged(b, c)));
  RC_ASSERT(Merged(a, a) == a);
  RC_ASSERT(Merged(a, StatusFacts()) == a);
  RC_ASSERT(Merged(StatusFacts(), a) == a);
}

// Draws about 190 of 2,000 topics, so that four leads have more than the limit.
rc::Gen<StatusFacts> FactsWithManyTopics() {
  return rc::gen::exec([] {
    StatusFacts facts = *testing::AnyStatusFacts();
    std::map<std::string, ScopeTimes> topics;
    for (const int number : *rc::gen::container<std::vector<int>>(200, rc::gen::inRange(0, 2000))) {
      topics["topic-" + std::to_string(number)] = {*testing::AnyTimeOrNone(), *testing::AnyInstant()};
    }
    facts.topics.clear();
    for (const auto& [topic, times] : topics) facts.topics.push_back({topic, times});
    return facts;
  });
}

RC_GTEST_PROP(MergeProperty, BeyondTheBoundNoOptOutIsLost, ()) {
  StatusFacts merged;
  std::map<std::string, ScopeTimes> unbounded;
  ScopeTimes everything;
  for (int i = 0; i < 4; ++i) {
    const StatusFacts facts = *FactsWithManyTopics();
    Merge(facts, &merged);
    everything.Include(facts.everything);
    for (const TopicTimes& topic : facts.topics) unbounded[topic.topic].Include(topic.times);
  }
  RC_ASSERT(merged.topics.size() <= kMaxMergedTopics);
  RC_ASSERT(std::ranges::is_sorted(merged.topics, {}, &TopicTimes::topic));
  RC_ASSERT(merged.everything.in == everything.in);
  RC_ASSERT(merged.everything.out >= everything.out);
  for (const auto& [topic, times] : unbounded) {
    const auto kept = std::ranges::find(merged.topics, topic, &TopicTimes::topic);
    if (kept != merged.topics.end()) {
      RC_ASSERT(kept->times == times);
    } else if (times.opted_out()) {
      RC_ASSERT(merged.everything.out >= times.out);
    }
  }
}

// Returns the latest of the times, or nothing if there are none.
template <typename TimeOf>
Instant Latest(const std::vector<StatusFacts>& all, const TimeOf& time_of) {
  Instant latest = Instant::DistantPast();
  for (const StatusFacts& facts : all) latest = std::max(latest, time_of(facts));
  return latest;
}

ScopeTimes TimesOf(const StatusFacts& facts, const std::string& topic) {
  for (const TopicTimes& each : facts.topics) {
    if (each.topic == topic) return each.times;
  }
  return {};
}

RC_GTEST_PROP(StandingProperty, IsTheLatestOfWhatOthersSay, ()) {
  const LeadIdentity mailbox = *testing::AnyIdentity();
  const StatusFacts own = *testing::AnyStatusFacts();
  std::vector<std::string> ids{"nobody", "ann@example.com"};
  for (const auto& [id, lead] : mailbox.leads) ids.push_back(id);
  const std::string without = *rc::gen::elementOf(ids);

  std::vector<StatusFacts> counted{own, *mailbox.others};
  for (const auto& [id, lead] : mailbox.leads) {
    if (id != without) counted.push_back(lead.facts);
  }
  const StatusFacts standing = StandingWithout(mailbox, own, without);
  RC_ASSERT(standing.everything.out == Latest(counted, [](const auto& facts) { return facts.everything.out; }));
  RC_ASSERT(standing.everything.in == Latest(counted, [](const auto& facts) { return facts.everything.in; }));
  RC_ASSERT(standing.complaint == Latest(counted, [](const auto& facts) { return facts.complaint; }));
  RC_ASSERT(standing.hard_bounce == own.hard_bounce);
  RC_ASSERT(standing.sign_of_life == own.sign_of_life);
  for (const std::string topic : {"a", "b", "Заказ", "never met"}) {
    const auto out = Latest(counted, [&](const auto& facts) { return TimesOf(facts, topic).out; });
    const auto in = Latest(counted, [&](const auto& facts) { return TimesOf(facts, topic).in; });
    RC_ASSERT((TimesOf(standing, topic) == ScopeTimes{out, in}));
  }
}

RC_GTEST_PROP(StandingProperty, IsMadeForAllUsersAsForEach, ()) {
  LeadIdentity mailbox = *testing::AnyIdentity();
  const bool has_many_topics = *rc::gen::arbitrary<bool>();
  for (int i = 0; i < *rc::gen::inRange(0, 6); ++i) {
    MailboxLead& lead = mailbox.leads["lead-" + std::to_string(i)];
    lead.facts = has_many_topics ? *FactsWithManyTopics() : *testing::AnyStatusFacts();
  }
  const StatusFacts own = has_many_topics ? *FactsWithManyTopics() : *testing::AnyStatusFacts();
  const Standings standings(mailbox, own);
  RC_ASSERT(standings.Without("nobody") == StandingWithout(mailbox, own, ""));
  for (const auto& [id, lead] : mailbox.leads) {
    RC_ASSERT(standings.Without(id) == StandingWithout(mailbox, own, id));
    RC_ASSERT(Standings(own).Without(id) == own);
  }
  v1::Standings encoded;
  EncodeStandings(standings, &encoded);
  Standings decoded{StatusFacts()};
  RC_ASSERT(DecodeStandings(encoded, &decoded) == "");
  RC_ASSERT(decoded == standings);
}

}  // namespace leadpulse::state::identity_property_test
