// Properties of every simulated history: the same bytes each time, in order, valid, each id once.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "schemas/codec/input_writer.h"
#include "schemas/codec/record_decoder.h"
#include "tools/simulate/history.h"

namespace leadpulse::simulate::simulate_history_test {

HistoryOptions SmallOptions() {
  HistoryOptions options;
  options.leads = 300;
  options.days = 25;
  options.seed = 42;
  options.tenants = 3;
  options.out_of_order_per_million = 50'000;
  options.duplicates_per_million = 20'000;
  options.machine_per_million = 200'000;
  return options;
}

struct Arrived {
  codec::Record record;
  Instant arrival;
  bool again = false;

  const codec::Event* event() const { return std::get_if<codec::Event>(&record); }
  const codec::Command* command() const { return std::get_if<codec::Command>(&record); }
  const LeadKey& key() const { return event() != nullptr ? event()->key : command()->key; }
  const std::string& id() const { return event() != nullptr ? event()->event_id : command()->command_id; }
  Instant occurred() const { return event() != nullptr ? event()->occurred_at : command()->issued_at; }
  std::string Json() const {
    std::string json;
    codec::AppendInputJson(record, &json);
    return json;
  }
};

std::vector<Arrived> Collect(const HistoryOptions& options) {
  History history(options);
  std::vector<Arrived> arrived;
  codec::Record record;
  while (history.Next(&record)) arrived.push_back({record, history.arrival(), history.again()});
  return arrived;
}

std::string TextOf(const HistoryOptions& options) {
  std::string text;
  for (const Arrived& arrived : Collect(options)) text += arrived.Json();
  return text;
}

// Computes FNV-1a, 64 bits.
uint64_t Fingerprint(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  return hash;
}

// Only an intended change of the generator may change these, not a compiler, a library or a machine.
TEST(SimulateHistoryTest, TheBytesAreThoseOfEveryMachine) {
  HistoryOptions options = SmallOptions();
  EXPECT_EQ(Fingerprint(TextOf(options)), 18133514308931858745u);
  options.distribution = Distribution::kUniform;
  options.bad_per_million = 10'000;
  EXPECT_EQ(Fingerprint(TextOf(options)), 991097281457200805u);
}

TEST(SimulateHistoryTest, AnotherSeedGivesOtherLeadsAndAnotherHistory) {
  HistoryOptions other = SmallOptions();
  other.seed = 43;
  const std::vector<Arrived> one = Collect(SmallOptions()), two = Collect(other);
  std::set<std::string> leads;
  for (const Arrived& arrived : one) leads.insert(arrived.key().lead);
  size_t shared = 0;
  for (const Arrived& arrived : two) shared += leads.contains(arrived.key().lead);
  EXPECT_LT(shared, two.size() / 50);
}

TEST(SimulateHistoryTest, RecordsComeInTheOrderOfTheirArrivalWithinTheDays) {
  const HistoryOptions options = SmallOptions();
  Instant before = options.start;
  for (const Arrived& arrived : Collect(options)) {
    ASSERT_GE(arrived.arrival, before);
    ASSERT_LT(arrived.arrival, options.start + std::chrono::days(options.days));
    ASSERT_GE(arrived.occurred(), options.start);
    ASSERT_LE(arrived.occurred(), arrived.arrival);
    before = arrived.arrival;
  }
}

TEST(SimulateHistoryTest, EveryRecordDecodesToItself) {
  const HistoryOptions options = SmallOptions();
  const std::unique_ptr<codec::RecordDecoder> decoder = codec::MakeJsonRecordDecoder();
  for (const Arrived& arrived : Collect(options)) {
    const std::string json = arrived.Json();
    const codec::Decoded decoded =
        decoder->Decode(std::string_view(json).substr(0, json.size() - 1), {options.start + std::chrono::days(25)});
    ASSERT_FALSE(std::holds_alternative<codec::Rejection>(decoded))
        << json << std::get<codec::Rejection>(decoded).detail;
    if (arrived.command() != nullptr) {
      ASSERT_EQ(std::get<codec::Command>(decoded), *arrived.command());
    } else {
      ASSERT_EQ(std::get<codec::Event>(decoded), *arrived.event());
    }
  }
}

TEST(SimulateHistoryTest, AnIdComesOnceOrASecondTimeWithTheSameRecord) {
  const std::vector<Arrived> records = Collect(SmallOptions());
  std::map<std::string, std::string> first;
  size_t again = 0;
  for (const Arrived& arrived : records) {
    const auto [known, is_new] = first.emplace(arrived.id(), arrived.Json());
    ASSERT_NE(is_new, arrived.again) << arrived.Json();
    ASSERT_EQ(known->second, arrived.Json());
    again += arrived.again;
  }
  EXPECT_NEAR(static_cast<double>(again), static_cast<double>(records.size()) * 0.02,
              static_cast<double>(records.size()) * 0.005);
}

TEST(SimulateHistoryTest, EventsAreLateAsOftenAsToldAndCommandsNever) {
  for (const uint64_t rate : {0, 50'000, 400'000}) {
    HistoryOptions options = SmallOptions();
    options.out_of_order_per_million = rate;
    uint64_t events = 0, late = 0;
    for (const Arrived& arrived : Collect(options)) {
      if (arrived.again) continue;
      if (arrived.command() != nullptr) {
        ASSERT_EQ(arrived.arrival, arrived.occurred());
        continue;
      }
      ++events;
      late += arrived.arrival > arrived.occurred();
    }
    EXPECT_NEAR(static_cast<double>(late) / static_cast<double>(events), static_cast<double>(rate) / kMillion,
                rate == 0 ? 0 : 0.02);  // a late event may come after the end, and is then left out
  }
}

TEST(SimulateHistoryTest, BadRecordsAreAdditionalAndRefused) {
  HistoryOptions options = SmallOptions();
  options.bad_per_million = 100'000;
  const std::unique_ptr<codec::RecordDecoder> decoder = codec::MakeJsonRecordDecoder();
  std::string good;
  std::map<codec::Reason, int> refused;
  size_t total = 0, bad = 0;
  for (const Arrived& arrived : Collect(options)) {
    const std::string json = arrived.Json();
    const codec::Decoded decoded = decoder->Decode(std::string_view(json).substr(0, json.size() - 1), {});
    ++total;
    if (const auto* rejection = std::get_if<codec::Rejection>(&decoded)) {
      ++bad;
      ++refused[rejection->reason];
    } else {
      good += json;
    }
  }
  EXPECT_NEAR(static_cast<double>(bad), static_cast<double>(total - bad) * 0.1, static_cast<double>(total) * 0.02);
  EXPECT_GE(refused.size(), 5u);
  EXPECT_EQ(good, TextOf(SmallOptions()));
}

TEST(SimulateHistoryTest, ALeadStaysWithItsTenantAndAllOfThemHaveSome) {
  std::map<std::string, std::string> tenant_of;
  std::set<std::string> tenants;
  for (const Arrived& arrived : Collect(SmallOptions())) {
    const auto known = tenant_of.emplace(arrived.key().lead, arrived.key().tenant).first;
    ASSERT_EQ(known->second, arrived.key().tenant);
    tenants.insert(arrived.key().tenant);
  }
  EXPECT_EQ(tenants, (std::set<std::string>{"acme", "globex", "initech"}));
  EXPECT_GT(tenant_of.size(), 290u);
}

TEST(SimulateHistoryTest, TheSmallestHistoryIsOneLeadForADay) {
  HistoryOptions options;
  options.leads = 1;
  options.days = 1;
  const std::vector<Arrived> records = Collect(options);
  ASSERT_FALSE(records.empty());
  ASSERT_NE(records[0].command(), nullptr);
  EXPECT_TRUE(records[0].command()->actions.Find<codec::UpdateProfile>() != nullptr);
}

TEST(SimulateHistoryTest, WhatWaitsDoesNotGrowWithTheDays) {
  const auto most_pending = [](uint32_t days) {
    HistoryOptions options = SmallOptions();
    options.leads = 2000;
    options.days = days;
    History history(options);
    codec::Record record;
    size_t most = 0;
    while (history.Next(&record)) most = std::max(most, history.pending());
    return most;
  };
  const size_t month = most_pending(30);
  EXPECT_GT(month, 100u);
  EXPECT_LT(month, 4000u);  // the events that follow from the mails of a few days
  EXPECT_LT(most_pending(180), month * 3 / 2);
}

}  // namespace leadpulse::simulate::simulate_history_test
