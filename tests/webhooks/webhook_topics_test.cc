// Opt-outs from a subscription group: the topic of each provider's events, and that the end of such an opt-out never
// lifts one from everything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "processor/webhooks/generic_provider.h"
#include "tests/webhooks/webhook_cases.h"

namespace leadpulse::webhooks::webhook_topics_test {

using ::testing::UnorderedElementsAre;

// Returns `unsubscribe news, resubscribe`: the type of each event and its topic; then how many events were skipped as
// incomplete: `unsubscribe news +1`.
std::string Wishes(const Provider& provider, const std::string& body) {
  ConversionOptions options;
  options.tenant = "acme";
  const Result<Conversion> converted = provider.Convert({.body = body, .received_at = kReceivedAt}, options);
  if (!converted.ok()) return converted.status().message();
  std::string text;
  for (const codec::Event& event : converted->events) {
    text += (text.empty() ? "" : ", ") + std::string(EventTypeName(event.type));
    if (!event.topic.empty()) text += " " + event.topic;
  }
  size_t incomplete = 0;
  for (const Skipped& skipped : converted->skipped) incomplete += skipped.reason == SkipReason::kIncomplete ? 1 : 0;
  return text + (incomplete == 0 ? "" : " +" + std::to_string(incomplete));
}

std::string SendGrid(const std::string& name, const std::string& more) {
  return R"([{"email":"a@b.c","timestamp":1772282461,"event":")" + name + "\"" + more + "}]";
}

std::string Postmark(const std::string& fields) {
  return R"({"RecordType":"SubscriptionChange","Recipient":"a@b.c",)" + fields + "}";
}

std::string Ses(const std::string& before, const std::string& after) {
  return R"({"eventType":"Subscription","mail":{"destination":["a@b.c"]},"subscription":{"oldTopicPreferences":)" +
         before + R"(,"newTopicPreferences":)" + after + "}}";
}

// Makes preferences. Each letter of `in` and `out` is a topic.
std::string Preferences(bool all, const std::string& in, const std::string& out) {
  std::string topics;
  const auto add = [&](const std::string& names, const std::string& status) {
    for (const char name : names) {
      topics += (topics.empty() ? "" : ",") + std::string(R"({"topicName":")") + name + R"(","subscriptionStatus":")" +
                status + "\"}";
    }
  };
  add(in, "OptIn");
  add(out, "OptOut");
  return std::string(R"({"unsubscribeAll":)") + (all ? "true" : "false") + R"(,"topicSubscriptionStatus":[)" + topics +
         "]}";
}

std::string Resend(const std::string& topics) {
  return R"({"type":"contact.topics.updated","data":{"email":"a@b.c","topics":[)" + topics + "]}}";
}

struct Example {
  std::string provider, body, wishes;
};

std::vector<Example> ExamplesWithTopics() {
  return {
      {"sendgrid", SendGrid("group_unsubscribe", R"(,"asm_group_id":10)"), "unsubscribe 10"},
      {"sendgrid", SendGrid("group_unsubscribe", ""), "unsubscribe"},
      {"sendgrid", SendGrid("group_resubscribe", R"(,"asm_group_id":10)"), "resubscribe 10"},
      {"sendgrid", SendGrid("group_resubscribe", ""), " +1"},
      {"sendgrid", SendGrid("unsubscribe", R"(,"asm_group_id":10)"), "unsubscribe"},
      {"postmark", Postmark(R"("MessageStream":"news","SuppressSending":true)"), "unsubscribe news"},
      {"postmark", Postmark(R"("SuppressSending":true)"), "unsubscribe"},
      {"postmark", Postmark(R"("MessageStream":"news","SuppressSending":false)"), "resubscribe news"},
      {"postmark", Postmark(R"("SuppressSending":false)"), " +1"},
      {"postmark", Postmark(R"("MessageStream":"news","SuppressSending":true,"SuppressionReason":"SpamComplaint")"),
       "complaint"},
      {"postmark", R"({"RecordType":"Bounce","Type":"Unsubscribe","Email":"a@b.c","MessageStream":"news"})",
       "unsubscribe"},
      {"postmark", R"({"RecordType":"Bounce","Type":"Subscribe","Email":"a@b.c","MessageStream":"news"})",
       "resubscribe news"},
      {"amazon-ses", Ses(Preferences(false, "ab", "c"), Preferences(false, "bc", "a")), "resubscribe c, unsubscribe a"},
      {"amazon-ses", Ses(Preferences(false, "a", ""), Preferences(true, "", "a")), "unsubscribe"},
      {"amazon-ses", Ses(Preferences(true, "", "ab"), Preferences(false, "b", "a")),
       "resubscribe, resubscribe b, unsubscribe a"},
      {"amazon-ses", Ses(Preferences(true, "", "a"), R"({"topicSubscriptionStatus":[]})"), ""},
      {"resend", Resend(R"({"id":"a","subscription":"opt_in"},{"id":"b","subscription":"opt_out"})"),
       "resubscribe a, unsubscribe b"},
      {"resend", Resend(R"({"subscription":"opt_in"},{"subscription":"opt_out"})"), "unsubscribe +1"},
      {"resend", R"({"type":"contact.updated","data":{"email":"a@b.c","unsubscribed":true}})", "unsubscribe"},
      {"mailjet", R"({"event":"unsub","email":"a@b.c","mj_list_id":7})", "unsubscribe 7"},
      {"mailjet", R"({"event":"unsub","email":"a@b.c","mj_list_id":0})", "unsubscribe"},
  };
}

// Returns opt-outs of providers that do not say which topic they are from. They mean everything, whatever else the
// event says about the mail.
std::vector<Example> ExamplesWithoutTopics() {
  return {
      {"mailgun",
       R"({"event":"unsubscribed","recipient":"a@b.c","tags":["news"],"mailing-list":{"address":"news@b.c"}})",
       "unsubscribe"},
      {"brevo", R"({"event":"unsubscribed","email":"a@b.c","list_id":[3],"camp_id":1,"tag":"news"})", "unsubscribe"},
      {"mailtrap", R"({"event":"unsubscribe","email":"a@b.c","sending_stream":"bulk","category":"news"})",
       "unsubscribe"},
      {"mandrill", R"([{"event":"unsub","msg":{"email":"a@b.c","tags":["news"],"subaccount":"shop"}}])", "unsubscribe"},
      {"mailersend", R"({"type":"activity.unsubscribed","data":{"recipient":"a@b.c","tags":["news"]}})", "unsubscribe"},
      {"sparkpost",
       R"([{"msys":{"unsubscribe_event":{"type":"list_unsubscribe","rcpt_to":"a@b.c","campaign_id":"news",)"
       R"("subaccount_id":"1"}}}])",
       "unsubscribe"},
  };
}

TEST(TopicsTest, OfEachProvider) {
  std::set<std::string> providers;
  for (const std::vector<Example>& examples : {ExamplesWithTopics(), ExamplesWithoutTopics()}) {
    for (const Example& example : examples) {
      const Provider* provider = FindProvider(example.provider);
      ASSERT_NE(provider, nullptr) << example.provider;
      EXPECT_EQ(Wishes(*provider, example.body), example.wishes) << example.provider << " " << example.body;
      providers.insert(example.provider);
    }
  }
  EXPECT_EQ(providers.size(), Providers().size());
}

TEST(TopicsTest, OfAMapping) {
  const auto wishes = [](const std::string& topic, const std::string& body) {
    const LoadedGenericProvider loaded = LoadGenericProvider("fields: {event: type, address: email" + topic +
                                                             "}\nbecomes: {left: unsubscribe, joined: resubscribe}");
    return Wishes(*loaded.provider, body);
  };
  const std::string left = R"({"type":"left","email":"a@b.c","group":7})";
  const std::string joined = R"({"type":"joined","email":"a@b.c","group":7})";
  EXPECT_EQ(wishes("", left), "unsubscribe");
  EXPECT_EQ(wishes("", joined), "resubscribe");
  EXPECT_EQ(wishes(", topic: group", left), "unsubscribe 7");
  EXPECT_EQ(wishes(", topic: group", joined), "resubscribe 7");
  EXPECT_EQ(wishes(", topic: list", left), "unsubscribe");
  EXPECT_EQ(wishes(", topic: list", joined), " +1");
  EXPECT_EQ(wishes(", topic: {always: news}", joined), "resubscribe news");
}

bool LiftsEverything(const Result<Conversion>& converted) {
  return converted.ok() && std::any_of(converted->events.begin(), converted->events.end(), [](const auto& event) {
           return event.type == EventType::kResubscribe && event.topic.empty();
         });
}

std::vector<std::string> CasesThatLiftEverything() {
  std::vector<std::string> names;
  for (const WebhookCase& c : WebhookCases()) {
    if (LiftsEverything(c.Convert())) names.push_back(c.name);
  }
  return names;
}

// Each says so explicitly, and none is about a topic.
TEST(TopicsTest, FewPostsLiftAnOptOutFromEverything) {
  EXPECT_THAT(CasesThatLiftEverything(), UnorderedElementsAre("amazon-ses/subscription_comes_back",
                                                              "amazon-ses/subscription_comes_back_to_some_topics",
                                                              "generic-webform/every_event", "sparkpost/bounces"));
}

// Writes `json` with `instead` for the `nth` value. Returns false if there are fewer.
bool AppendWithout(const Json& json, std::string_view instead, size_t nth, std::string* out) {
  return AppendChanged(
      json,
      [instead, nth](const Json& /*value*/, std::string* text) mutable {
        if (nth-- != 0) return false;
        *text += instead;
        return true;
      },
      out);
}

// Returns the event of a case; the contents of an SNS message are unpacked, as with raw delivery.
Result<Json> EventOf(const WebhookCase& c) {
  Result<Json> body = Json::Parse(c.body);
  if (!body.ok() || !(*body)["Message"].is_string()) return body;
  Result<Json> held = Json::Parse((*body)["Message"].text());
  return held.ok() ? held : body;
}

// A post with missing or unknown parts never ends an opt-out from everything.
TEST(TopicsTest, NothingThatIsMissingLiftsAnOptOutFromEverything) {
  const std::vector<std::string> lifting = CasesThatLiftEverything();
  size_t with_topic = 0;
  for (const WebhookCase& c : WebhookCases()) {
    const Result<Json> event = EventOf(c);
    if (!event.ok() || std::find(lifting.begin(), lifting.end(), c.name) != lifting.end()) continue;
    if (c.expected.find("\"topic\"") != std::string::npos) ++with_topic;
    for (const std::string_view instead : {"null", R"("")", "0", R"(["x"])"}) {
      for (size_t nth = 0;; ++nth) {
        std::string body;
        if (!AppendWithout(*event, instead, nth, &body)) break;
        EXPECT_FALSE(LiftsEverything(c.ConvertBody(body))) << c.name << ": " << body;
      }
    }
  }
  EXPECT_GT(with_topic, 12U);
}

}  // namespace leadpulse::webhooks::webhook_topics_test
