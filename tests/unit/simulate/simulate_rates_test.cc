// Whether a simulated history is realistic: rates as email marketers know them, and causes before effects.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/simulate/history.h"

namespace leadpulse::simulate::simulate_rates_test {

// One history of 4,000 leads over 120 days, in order and without duplicates, used by all tests here.
struct Observed {
  std::map<EventType, uint64_t> events;
  uint64_t hard_bounces = 0, soft_bounces = 0;
  std::set<std::string> opened, clicked;  // messages, by people or programs; by people
  std::set<std::string> leads_with_programs;
  std::set<size_t> actions;  // indexes in codec::Action
  std::set<std::string> custom_names;
  std::map<std::string, uint64_t> visits;  // by lead
  std::vector<std::string> problems;
};

class Observer {
 public:
  void See(const codec::Event& event) {
    ++seen.events[event.type];
    const std::string& lead = event.key.lead;
    switch (event.type) {
      case EventType::kSent:
        SeeSent(event);
        break;
      case EventType::kDelivered:
        Expect(sent_.contains(event.message_id), event, "delivered before it was sent");
        delivered_.insert(event.message_id);
        break;
      case EventType::kOpen:
        Expect(delivered_.contains(event.message_id), event, "opened before it was delivered");
        seen.opened.insert(event.message_id);
        if (event.machine) seen.leads_with_programs.insert(lead);
        break;
      case EventType::kClick:
        Expect(event.machine || seen.opened.contains(event.message_id), event, "clicked before it was opened");
        if (!event.machine) seen.clicked.insert(event.message_id);
        break;
      case EventType::kBounce:
        ++(event.bounce_kind == BounceKind::kSoft ? seen.soft_bounces : seen.hard_bounces);
        if (event.bounce_kind == BounceKind::kHard) hard_[event.event_id] = lead;
        if (event.bounce_kind == BounceKind::kHard) unmailable_.insert(lead);
        break;
      case EventType::kUnsubscribe:
      case EventType::kComplaint:
        unmailable_.insert(lead);
        break;
      case EventType::kPageVisit:
        ++seen.visits[lead];
        Expect(!event.url.empty() && !event.name.empty(), event, "a visit to no page");
        break;
      case EventType::kCustom:
        seen.custom_names.insert(event.name);
        Expect((event.name == "order") == (event.properties.size() == 1), event, "only an order has a total");
        break;
      case EventType::kRetract:
        if (hard_.contains(event.retracts)) unmailable_.erase(lead);
        break;
      case EventType::kResubscribe:
        unmailable_.erase(lead);
        break;
      default:
        break;
    }
  }
  void See(const codec::Command& command) {
    seen.actions.insert(command.actions.begin()->index());
    const auto* set = command.actions.Find<codec::SetDoNotContact>();
    if (set == nullptr) return;
    not_to_contact_.erase(command.key.lead);
    if (set->value) not_to_contact_.insert(command.key.lead);
  }

  Observed seen;

 private:
  void SeeSent(const codec::Event& event) {
    const int64_t minutes = event.occurred_at.millis / 60'000;
    const int64_t weekday = (minutes / 1440 + 3) % 7, hour = minutes / 60 % 24;
    Expect(weekday < 5 && hour >= 8 && hour < 18, event, "sent outside of office hours");
    const bool may = !unmailable_.contains(event.key.lead) && !not_to_contact_.contains(event.key.lead);
    Expect(may, event, "sent to someone who must not be mailed");
    Expect(sent_.insert(event.message_id).second, event, "sent twice");
    Expect(!event.campaign_id.empty(), event, "sent without a campaign");
  }
  void Expect(bool holds, const codec::Event& event, const char* problem) {
    if (!holds) seen.problems.push_back(event.event_id + " " + event.key.lead + ": " + problem);
  }

  std::set<std::string> sent_, delivered_, unmailable_, not_to_contact_;
  std::map<std::string, std::string> hard_;
};

const Observed& Seen() {
  static const Observed observed = [] {
    HistoryOptions options;
    options.leads = 4000;
    options.days = 120;
    options.out_of_order_per_million = options.duplicates_per_million = 0;
    options.machine_per_million = 80'000;
    History history(options);
    Observer observer;
    codec::Record record;
    while (history.Next(&record)) std::visit([&observer](const auto& one) { observer.See(one); }, record);
    return observer.seen;
  }();
  return observed;
}

double Percent(double part, EventType of) { return 100 * part / static_cast<double>(Seen().events.at(of)); }
double Percent(EventType part, EventType of) { return Percent(static_cast<double>(Seen().events.at(part)), of); }

void ExpectBetween(double value, double low, double high) {
  EXPECT_GE(value, low);
  EXPECT_LE(value, high);
}

TEST(SimulateRatesTest, CausesComeBeforeEffectsAndNobodyIsMailedAgainstTheirWill) {
  const std::vector<std::string>& problems = Seen().problems;
  EXPECT_EQ(problems.size(), 0u) << problems.front();
}

TEST(SimulateRatesTest, MailIsReceivedAsMarketersSeeIt) {
  ExpectBetween(static_cast<double>(Seen().events.at(EventType::kSent)) / 4000 / 120 * 7, 0.8, 2.0);  // a lead and week
  ExpectBetween(Percent(EventType::kBounce, EventType::kSent), 1, 2);
  EXPECT_GT(Seen().soft_bounces, Seen().hard_bounces);
  EXPECT_GT(Seen().hard_bounces, 0u);
  ExpectBetween(Percent(static_cast<double>(Seen().opened.size()), EventType::kDelivered), 20, 30);
  ExpectBetween(Percent(static_cast<double>(Seen().clicked.size()), EventType::kDelivered), 2, 4);
  ExpectBetween(Percent(EventType::kUnsubscribe, EventType::kDelivered), 0.12, 0.3);
  ExpectBetween(Percent(EventType::kComplaint, EventType::kDelivered), 0.005, 0.04);
  ExpectBetween(Percent(EventType::kReply, EventType::kDelivered), 0.03, 0.2);
}

TEST(SimulateRatesTest, ProgramsOpenTheMailOfAsManyLeadsAsTold) {
  ExpectBetween(static_cast<double>(Seen().leads_with_programs.size()) / 4000, 0.06, 0.1);
}

TEST(SimulateRatesTest, EveryKindOfRecordIsThere) {
  for (int type = 1; type < kEventTypeCount; ++type) {
    EXPECT_TRUE(Seen().events.contains(static_cast<EventType>(type))) << EventTypeName(static_cast<EventType>(type));
  }
  EXPECT_EQ(Seen().actions.size(), std::variant_size_v<codec::Action> - 2) << "all but remove_note and withdraw";
  EXPECT_EQ(Seen().custom_names.size(), 5u);
}

TEST(SimulateRatesTest, AFewLeadsVisitMostUnlessUniformIsTold) {
  const auto share_of_the_first_percent = [](const std::map<std::string, uint64_t>& visits, size_t leads) {
    std::vector<uint64_t> counts;
    uint64_t total = 0;
    for (const auto& [lead, count] : visits) {
      counts.push_back(count);
      total += count;
    }
    std::ranges::sort(counts, std::greater<>());
    uint64_t first = 0;
    for (size_t i = 0; i < leads / 100; ++i) first += counts[i];
    return static_cast<double>(first) / static_cast<double>(total);
  };
  EXPECT_GT(share_of_the_first_percent(Seen().visits, 4000), 0.2);

  HistoryOptions options;
  options.leads = 1000;
  options.days = 60;
  options.distribution = Distribution::kUniform;
  History history(options);
  std::map<std::string, uint64_t> visits;
  codec::Record record;
  while (history.Next(&record)) {
    const auto* event = std::get_if<codec::Event>(&record);
    if (event != nullptr && event->type == EventType::kPageVisit) ++visits[event->key.lead];
  }
  EXPECT_LT(share_of_the_first_percent(visits, 1000), 0.06);
}

}  // namespace leadpulse::simulate::simulate_rates_test
