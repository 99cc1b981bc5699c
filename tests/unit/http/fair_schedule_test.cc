// Who waits how long while others ask for much.
#include "processor/http/fair_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace leadpulse::http::fair_schedule_test {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kThreads = 3;
constexpr FairShares kShares{.of_tenant = 2, .of_asker = 1};

// Somebody who sends requests that take the same time each.
struct Sender {
  Asker asker;
  milliseconds every;
  milliseconds takes;
};

struct Outcome {
  milliseconds longest{0};  // wait for a thread
  int answered = 0;
  int refused = 0;
};

// Plays two minutes. Returns what became of each sender's requests.
std::vector<Outcome> Play(const FairShares& shares, const std::vector<Sender>& senders) {
  FairSchedule schedule(shares);
  std::vector<Outcome> outcomes(senders.size());
  struct Sent {
    size_t sender;
    FairSchedule::Time at;
  };
  std::map<uint64_t, Sent> sent;
  std::multimap<FairSchedule::Time, uint64_t> running;  // by end
  constexpr milliseconds kStep{10};
  for (FairSchedule::Time now{}; now < FairSchedule::Time{} + seconds(120); now += kStep) {
    for (size_t i = 0; i < senders.size(); ++i) {
      if (now.time_since_epoch() % senders[i].every != milliseconds(0)) continue;
      const auto added = schedule.Add(senders[i].asker, now);
      sent[added.number] = {i, now};
      if (!added.refused) continue;
      ++outcomes[sent.at(added.refused->number).sender].refused;
      sent.erase(added.refused->number);
    }
    while (!running.empty() && running.begin()->first <= now) {
      const uint64_t number = running.begin()->second;
      running.erase(running.begin());
      const Sender& sender = senders[sent.at(number).sender];
      schedule.End(number, std::chrono::duration<double>(sender.takes).count(), now);
      ++outcomes[sent.at(number).sender].answered;
      sent.erase(number);
    }
    while (running.size() < kThreads) {
      const auto next = schedule.Next(now);
      if (!next) break;
      const Sent& request = sent.at(*next);
      Outcome& outcome = outcomes[request.sender];
      outcome.longest = std::max(outcome.longest, std::chrono::duration_cast<milliseconds>(now - request.at));
      running.emplace(now + senders[request.sender].takes, *next);
    }
  }
  return outcomes;
}

TEST(FairScheduleTest, OneWhoAsksForMuchDelaysOnlyItself) {
  const Sender greedy{{"acme", "greedy"}, milliseconds(100), milliseconds(1'800)};
  const auto outcomes = Play(kShares, {greedy,
                                       {{"acme", "other"}, seconds(5), milliseconds(1'800)},
                                       {{"globex", "kim"}, seconds(5), milliseconds(1'800)}});
  EXPECT_GT(outcomes[0].refused, 500);
  EXPECT_GT(outcomes[0].answered, 30) << "threads that nobody else wants are used";
  for (size_t i : {1, 2}) {
    EXPECT_EQ(outcomes[i].refused, 0);
    EXPECT_LE(outcomes[i].longest, milliseconds(20));
  }
}

TEST(FairScheduleTest, ATenantWithManyAskersDelaysOnlyItself) {
  std::vector<Sender> senders = {{{"globex", "kim"}, seconds(2), milliseconds(50)}};
  for (int i = 0; i < 40; ++i) {
    senders.push_back({{"acme", "token-" + std::to_string(i)}, seconds(1), milliseconds(1'800)});
  }
  const auto outcomes = Play(kShares, senders);
  EXPECT_EQ(outcomes[0].refused, 0);
  EXPECT_LE(outcomes[0].longest, milliseconds(20));
  const auto [least, most] = std::minmax_element(outcomes.begin() + 1, outcomes.end(),
                                                 [](const auto& a, const auto& b) { return a.answered < b.answered; });
  EXPECT_GE(least->answered, 2);
  EXPECT_LE(most->answered - least->answered, 2) << "its askers share what it has";
}

TEST(FairScheduleTest, ManyTenantsShare) {
  std::vector<Sender> senders = {{{"small", "kim"}, seconds(10), milliseconds(200)}};
  for (int i = 0; i < 5; ++i) {
    senders.push_back({{"tenant-" + std::to_string(i), "greedy"}, milliseconds(200), milliseconds(1'800)});
  }
  const auto outcomes = Play(kShares, senders);
  EXPECT_EQ(outcomes[0].refused, 0);
  EXPECT_LE(outcomes[0].longest, milliseconds(1'800)) << "it waits for the first of those that run";
}

// One thread, and no bound on what one asker has of it.
TEST(FairScheduleTest, WhoeverHasUsedLeastComesFirst) {
  FairSchedule schedule({});
  FairSchedule::Time now{};
  constexpr int kMany = 50;
  for (int i = 0; i < kMany; ++i) schedule.Add({"acme", "greedy"}, now);
  std::vector<uint64_t> others;
  const auto answer_next = [&] {
    const std::optional<uint64_t> next = schedule.Next(now);
    now += milliseconds(50);
    schedule.End(*next, 0.05, now);
    return *next;
  };
  answer_next();
  for (const Asker& asker :
       {Asker{"acme", "other"}, Asker{"acme", ""}, Asker{"globex", "kim"}, Asker{"globex", "ben"}}) {
    others.push_back(schedule.Add(asker, now).number);
  }
  std::vector<uint64_t> order;
  for (int i = 0; i < 4; ++i) order.push_back(answer_next());
  // The tenants in turn, first the one that has used nothing, and in each those who have used nothing.
  EXPECT_EQ(order, (std::vector<uint64_t>{others[2], others[0], others[3], others[1]}));
}

TEST(FairScheduleTest, ABudgetIsRefilled) {
  FairShares shares = kShares;
  shares.asker = {.burst = 10, .per_second = 0.5};
  FairSchedule schedule(shares);
  FairSchedule::Time now{};
  int64_t retry_after = 0;
  int answered = 0;
  for (; retry_after == 0 && answered < 100; ++answered) {
    const auto added = schedule.Add({"acme", "kim"}, now);
    if (added.refused) {
      retry_after = added.refused->retry_after;
      break;
    }
    ASSERT_EQ(schedule.Next(now), added.number);
    now += seconds(2);
    schedule.End(added.number, 2, now);
  }
  EXPECT_EQ(answered, 9);
  EXPECT_EQ(retry_after, 1);
  EXPECT_TRUE(schedule.Add({"acme", "kim"}, now).refused);
  EXPECT_FALSE(schedule.Add({"acme", ""}, now).refused) << "the tenant's jobs have no budget";
  EXPECT_FALSE(schedule.Add({"acme", "ben"}, now).refused);
  EXPECT_FALSE(schedule.Add({"acme", "kim"}, now + seconds(retry_after + 1)).refused);
}

TEST(FairScheduleTest, WorkOfTheTenantUsesUpNobodysBudget) {
  FairShares shares = kShares;
  shares.tenant = {.burst = 10, .per_second = 0.5};
  FairSchedule schedule(shares);
  FairSchedule::Time now{};
  const auto answer = [&](const std::string& who) {
    const auto added = schedule.Add({"acme", who}, now);
    if (added.refused) return false;
    EXPECT_EQ(schedule.Next(now), added.number);
    schedule.End(added.number, 600, now);
    return true;
  };
  EXPECT_TRUE(answer(""));
  EXPECT_TRUE(answer("kim"));
  EXPECT_FALSE(answer("ben")) << "kim has used the tenant's budget up";
  EXPECT_TRUE(answer(""));
}

}  // namespace leadpulse::http::fair_schedule_test
