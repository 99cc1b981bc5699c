// Every payload gives the records in its file, and has the properties of all payloads.
#include "tests/webhooks/webhook_cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <ostream>
#include <set>

namespace leadpulse::webhooks {

void PrintTo(const WebhookCase& c, std::ostream* out) { *out << c.name; }

namespace webhook_cases_test {

std::string Identifier(std::string name) {
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

class WebhookCaseTest : public ::testing::TestWithParam<WebhookCase> {};

TEST_P(WebhookCaseTest, BecomesWhatItsFileSays) {
  const std::string came = Describe(GetParam().Convert());
  if (came == GetParam().expected) return;
  const std::string file = ::testing::TempDir() + Identifier(GetParam().name) + ".actual";
  std::ofstream(file, std::ios::binary) << came;
  ADD_FAILURE() << "what came of " << GetParam().name << " is in " << file << ":\n" << came;
}

// A record that names its lead by the sender's argument also has the address that it would be known by without it.
TEST_P(WebhookCaseTest, CarriesTheAddressBesideTheLeadId) {
  const Result<Conversion> with_ids = GetParam().Convert();
  if (!with_ids.ok()) return;
  WebhookCase without_ids = GetParam();
  without_ids.options.lead_argument.clear();
  const Result<Conversion> without = without_ids.Convert();
  ASSERT_TRUE(without.ok());
  for (const codec::Event& event : with_ids->events) {
    EXPECT_FALSE(event.by_address && event.address != event.key.lead) << event.event_id;
    std::set<std::string> addresses;  // one event may have several
    for (const codec::Event& known_by_address : without->events) {
      const bool is_same = known_by_address.event_id == event.event_id && known_by_address.by_address;
      if (is_same) addresses.insert(known_by_address.key.lead);
    }
    EXPECT_TRUE(addresses.empty() || addresses.contains(event.address)) << event.event_id << event.address;
  }
}

// Sent again later, a post gives the same events, except for the time of those without one.
TEST_P(WebhookCaseTest, ComesAgainWithTheSameIds) {
  const Result<Conversion> first = GetParam().Convert();
  if (!first.ok()) return;
  const Result<Conversion> again = GetParam().ConvertBody(GetParam().body, kReceivedAt + std::chrono::hours(30));
  ASSERT_TRUE(again.ok()) << again.status().message();
  ASSERT_EQ(first->events.size(), again->events.size());
  for (size_t i = 0; i < first->events.size(); ++i) {
    codec::Event expected = first->events[i];
    const bool told = !std::binary_search(first->undated.begin(), first->undated.end(), i);
    EXPECT_EQ(told, expected.occurred_at == again->events[i].occurred_at);
    if (!told) expected.occurred_at = again->events[i].occurred_at;
    EXPECT_EQ(expected, again->events[i]);
  }
  ASSERT_EQ(first->commands.size(), again->commands.size());
  for (size_t i = 0; i < first->commands.size(); ++i) {
    EXPECT_EQ(first->commands[i].command_id, again->commands[i].command_id);
    EXPECT_EQ(first->commands[i].actions, again->commands[i].actions);
  }
}

// Events at different places of a post have different ids.
TEST_P(WebhookCaseTest, EventsOfOneLeadHaveIdsOfTheirOwn) {
  if (GetParam().name.ends_with("-again")) return;  // these have the same event twice
  const Result<Conversion> converted = GetParam().Convert();
  if (!converted.ok()) return;
  std::set<std::pair<LeadKey, std::string>> ids;
  for (const codec::Event& event : converted->events) {
    EXPECT_TRUE(ids.insert({event.key, event.event_id}).second) << event.event_id;
  }
  ids.clear();
  for (const codec::Command& command : converted->commands) {
    EXPECT_TRUE(ids.insert({command.key, command.command_id}).second) << command.command_id;
  }
}

TEST_P(WebhookCaseTest, WhatItBecomesIsTaken) {
  const Result<Conversion> converted = GetParam().Convert();
  if (converted.ok()) {
    EXPECT_EQ(Untaken(*converted), "");
  }
}

// A post that is cut off anywhere gives records or a reason, and never ends the program.
TEST_P(WebhookCaseTest, CutOffAnywhere) {
  const std::string& body = GetParam().body;
  for (size_t size = 0; size < body.size(); size += 1 + body.size() / 400) {
    const Result<Conversion> converted = GetParam().ConvertBody(std::string_view(body).substr(0, size));
    EXPECT_TRUE(converted.ok() || !converted.status().message().empty());
  }
}

INSTANTIATE_TEST_SUITE_P(All, WebhookCaseTest, ::testing::ValuesIn(WebhookCases()),
                         [](const auto& which) { return Identifier(which.param.name); });

TEST(WebhookCasesTest, EveryProviderHasSome) {
  for (const Provider& provider : Providers()) {
    const auto& cases = WebhookCases();
    EXPECT_TRUE(std::any_of(cases.begin(), cases.end(), [&](const auto& c) { return c.provider == &provider; }))
        << provider.name();
  }
}

}  // namespace webhook_cases_test
}  // namespace leadpulse::webhooks
