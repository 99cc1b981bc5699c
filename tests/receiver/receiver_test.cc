// The receiver from the signature to the answer, with a sink that the test controls.
#include "processor/receiver/receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/webhooks/event_collector.h"
#include "processor/webhooks/generic_provider.h"

namespace leadpulse::receiver::receiver_test {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class FakeSink : public codec::RecordSink {
 public:
  struct Batch {
    std::vector<codec::Record> records;
    std::string quarantine;
    std::string token;
  };
  void Append(const codec::RecordBatch& batch, codec::Done done) override {
    batches.push_back(
        {{batch.records.begin(), batch.records.end()}, std::string(batch.quarantine), std::string(batch.token)});
    if (holds) {
      held = std::move(done);
    } else {
      answer.ok() ? done(codec::kNowhere) : done(answer);
    }
  }
  std::vector<Batch> batches;
  Status answer;
  bool holds = false;
  codec::Done held;
};

struct FakeCheck {
  Result<webhooks::Payload> Check(const webhooks::Post& post) const {
    if (!check.ok()) return check;
    webhooks::Payload payload = webhooks::WholePayload(post);
    payload.token = token;
    if (token) payload.token->content = crypto::HalfDigestOf(post.body);
    return payload;
  }
  Status check;
  std::optional<webhooks::SignedToken> token;
};

class ReceiverTest : public ::testing::Test {
 protected:
  static std::vector<Source> SourcesWith(const std::vector<std::shared_ptr<FakeCheck>>& checks) {
    Source source;
    source.path = "/acme/sendgrid";
    source.provider = {webhooks::FindProvider("sendgrid"), [](const webhooks::Provider*) {}};
    source.options.tenant = "acme";
    for (const auto& check : checks) {
      source.signatures.push_back({[check](const webhooks::Post& post, Instant) { return check->Check(post); }});
    }
    return {source};
  }
  PostResponse Take(const std::string& body) { return TakeWith(&receiver_, body); }
  PostResponse TakeWithTwo(const std::string& body) { return TakeWith(&with_two_, body); }
  static PostResponse TakeWith(Receiver* receiver, const std::string& body) {
    const auto got = std::make_shared<PostResponse>(PostResponse{0, "no answer"});  // the answer may come later
    receiver->Take("/acme/sendgrid", {body, "application/json", {}, {1'772'323'200'000}},
                   [got](PostResponse answer) { *got = std::move(answer); });
    return *got;
  }
  uint64_t Posts(unsigned int code) {
    const auto found = std::find(kAnswerCodes.begin(), kAnswerCodes.end(), code);
    return metrics_.sources[0].posts[static_cast<size_t>(found - kAnswerCodes.begin())];
  }

  std::pair<int, int> Signed() const {
    return {metrics_.sources[0].signed_posts[0].load(), metrics_.sources[0].signed_posts[1].load()};
  }

  std::shared_ptr<FakeCheck> check_ = std::make_shared<FakeCheck>();
  std::shared_ptr<FakeCheck> previous_ = std::make_shared<FakeCheck>();
  const std::vector<Source> sources_ = SourcesWith({check_});
  const std::vector<Source> sources_of_two_ = SourcesWith({check_, previous_});
  FakeSink sink_;
  FixedClock clock_{{1'772'323'200'000}};
  ReceiverMetrics metrics_{1};
  webhooks::UsedTokens tokens_{std::chrono::hours(9)};
  Receiver receiver_{sources_, &sink_, &clock_, &metrics_, &tokens_};
  Receiver with_two_{sources_of_two_, &sink_, &clock_, &metrics_, &tokens_};
};

constexpr const char* kOpen =
    R"([{"event":"open","email":"ada@example.com","timestamp":1772323200,"sg_event_id":"1"}])";

TEST_F(ReceiverTest, OnlyPostsToASourceAreRead) {
  const auto decide = [&](const char* method, const char* path) {
    return receiver_.CheckHead({method, path, {}, {}, {}});
  };
  EXPECT_EQ(decide("POST", "/acme/mailgun").answer->code, http::kNotFound);
  for (const char* method : {"GET", "HEAD"}) {
    EXPECT_EQ(decide(method, "/acme/sendgrid").answer->code, http::kOk) << method;
    EXPECT_EQ(decide(method, "/acme/sendgrid").answer->body, "") << method;
  }
  for (const char* method : {"PUT", "DELETE"}) {
    const std::optional<http::Response> answer = decide(method, "/acme/sendgrid").answer;
    EXPECT_EQ(answer->code, http::kMethodNotAllowed) << method;
    EXPECT_THAT(answer->headers, ::testing::ElementsAre(::testing::Pair("Allow", "GET, HEAD, POST"))) << method;
  }
  const http::HeadDecision post = decide("POST", "/acme/sendgrid");
  EXPECT_FALSE(post.answer);
  EXPECT_EQ(post.max_body_bytes, sources_[0].provider->traits().max_body_bytes);
  receiver_.OnRefused("/acme/sendgrid", http::kContentTooLarge);
  EXPECT_EQ(Posts(http::kContentTooLarge), 1u);
}

// Returns a receiver's source with this mapping.
std::vector<Source> SourcesOf(const std::string& mapping) {
  Source source;
  source.path = "/acme/own";
  source.provider = webhooks::LoadGenericProvider(mapping).provider;
  source.options.tenant = "acme";
  return {source};
}

constexpr const char* kChallenges =
    "challenge: {query: hub.challenge, body: challenge}\nfields: {event: k, lead: l}\nbecomes: {a: open}";

TEST_F(ReceiverTest, TheQuerysChallengeIsAnsweredAsItIs) {
  const std::vector<Source> sources = SourcesOf(kChallenges);
  Receiver receiver(sources, &sink_, &clock_, &metrics_, &tokens_);
  const auto ask = [&](const char* method, const std::string& query) {
    return receiver.CheckHead({method, "/acme/own", query, {}, {}}).answer;
  };
  for (const char* method : {"GET", "POST"}) {
    const std::optional<http::Response> answer = ask(method, "hub.mode=subscribe&hub%2Echallenge=%3Cscript%3E+1");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->code, http::kOk);
    EXPECT_EQ(answer->body, "<script> 1");
    EXPECT_EQ(answer->content_type, "text/plain; charset=utf-8");
    EXPECT_THAT(answer->headers, ::testing::ElementsAre(::testing::Pair("X-Content-Type-Options", "nosniff")));
  }
  EXPECT_EQ(ask("GET", "hub.challenge=" + std::string(webhooks::kMaxChallengeBytes, 'x'))->body.size(), 1024u);
  EXPECT_EQ(ask("GET", "hub.challenge=" + std::string(webhooks::kMaxChallengeBytes + 1, 'x'))->code, http::kBadRequest);
  EXPECT_EQ(ask("GET", "challenge=x")->body, "");
  EXPECT_FALSE(ask("POST", "challenge=x"));
  EXPECT_EQ(receiver_.CheckHead({"GET", "/acme/sendgrid", "hub.challenge=x", {}, {}}).answer->body, "");
}

TEST_F(ReceiverTest, TheBodysChallengeIsAnsweredIfItIsSigned) {
  std::vector<Source> sources = SourcesOf(kChallenges);
  sources[0].signatures.push_back({[this](const webhooks::Post& post, Instant) { return check_->Check(post); }});
  Receiver receiver(sources, &sink_, &clock_, &metrics_, &tokens_);
  const auto post = [&](std::string_view body) {
    http::Response got;
    receiver.Handle({"POST", "/acme/own", "", {}, body}, [&](http::Response answer) { got = std::move(answer); });
    return got;
  };
  EXPECT_EQ(post(R"({"challenge":"x"})").body, "x");
  EXPECT_EQ(post(R"({"challenge":"x"})").headers.size(), 1u);
  EXPECT_EQ(Posts(http::kOk), 2u);
  EXPECT_EQ(post(R"({"k":"a","l":"1"})").body, "records: 1\n");
  check_->check = Status::Rejected("the signature is wrong");
  EXPECT_EQ(post(R"({"challenge":"x"})").code, http::kUnauthorized);
}

TEST_F(ReceiverTest, AChallengeIsAnsweredInJsonWithTheSourcesSecret) {
  std::vector<Source> sources = SourcesOf(
      "challenge: {query: crc_token, body: payload.plainToken, answer: {token: '{challenge}', is: '{hmac_hex}'}}\n"
      "fields: {event: k, lead: l}\nbecomes: {a: open}");
  sources[0].challenge_secret = "key";
  Receiver receiver(sources, &sink_, &clock_, &metrics_, &tokens_);
  // As `printf abc | openssl dgst -sha256 -hmac key`.
  const std::string wanted =
      R"({"token":"abc","is":"9c196e32dc0175f86f4b1cb89289d6619de6bee699e4c378e68309ed97a1a6ab"})";
  const std::optional<http::Response> asked = receiver.CheckHead({"GET", "/acme/own", "crc_token=abc", {}, {}}).answer;
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->body, wanted);
  EXPECT_EQ(asked->content_type, "application/json");
  EXPECT_THAT(asked->headers, ::testing::ElementsAre(::testing::Pair("X-Content-Type-Options", "nosniff")));
  http::Response posted;
  receiver.Handle({"POST", "/acme/own", "", {}, R"({"payload":{"plainToken":"abc"}})"},
                  [&](http::Response answer) { posted = std::move(answer); });
  EXPECT_EQ(posted.body, wanted);
  // Who has the body of a post signed could post it.
  EXPECT_EQ(receiver.CheckHead({"GET", "/acme/own", "crc_token=%7B%22k%22:%22a%22%7D", {}, {}}).answer->code,
            http::kBadRequest);
}

TEST_F(ReceiverTest, ARequestIsTakenAsAPost) {
  const std::vector<http::Header> headers = {{"CONTENT-TYPE", "application/json"}};
  http::Response got;
  receiver_.Handle({"POST", "/acme/sendgrid", "", headers, kOpen},
                   [&](http::Response answer) { got = std::move(answer); });
  EXPECT_EQ(got.code, http::kOk);
  EXPECT_EQ(got.body, "records: 1\n");
}

TEST_F(ReceiverTest, ADurablePostIsAnswered200AndCounted) {
  const PostResponse answer = Take(kOpen);
  EXPECT_EQ(answer.code, http::kOk);
  EXPECT_EQ(answer.text, "records: 1");
  ASSERT_EQ(sink_.batches.size(), 1u);
  EXPECT_EQ(std::get<codec::Event>(sink_.batches[0].records[0]).event_id, "1");
  EXPECT_EQ(sink_.batches[0].quarantine, "");
  EXPECT_EQ(Posts(http::kOk), 1u);
  EXPECT_EQ(metrics_.sources[0].events[static_cast<size_t>(EventType::kOpen)], 1u);
}

TEST_F(ReceiverTest, CommandsOfAPostAreStoredBeforeItsEvents) {
  const webhooks::Provider provider("crm", [](const webhooks::Payload&, webhooks::EventCollector* events) {
    for (const char* id : {"1", "2"}) {
      webhooks::Draft draft;
      draft.type = EventType::kOpen;
      draft.address = "ada@example.com";
      draft.id = id;
      draft.happens_on_receipt = true;
      events->Add(draft);
      events->AddCommand(*events->RecipientOf(draft), draft, std::string("c") + id, codec::AddNote{"hello"});
    }
    return Status::Ok();
  });
  std::vector<Source> sources = sources_;
  sources[0].provider = {&provider, [](const webhooks::Provider*) {}};
  Receiver receiver(sources, &sink_, &clock_, &metrics_, &tokens_);
  EXPECT_EQ(TakeWith(&receiver, "{}").text, "records: 4");
  ASSERT_EQ(sink_.batches.size(), 1u);
  std::vector<std::string> ids;
  for (const codec::Record& record : sink_.batches[0].records) {
    const auto* event = std::get_if<codec::Event>(&record);
    ids.push_back(event != nullptr ? event->event_id : std::get<codec::Command>(record).command_id);
  }
  EXPECT_THAT(ids, ::testing::ElementsAre("c1", "c2", "1", "2"));
  EXPECT_EQ(metrics_.sources[0].commands, 2u);
  EXPECT_EQ(metrics_.sources[0].events[static_cast<size_t>(EventType::kOpen)], 2u);
}

TEST_F(ReceiverTest, AWrongSignatureIs401AndKeptNowhere) {
  check_->check = Status::Rejected("the signature is wrong");
  const PostResponse answer = Take(kOpen);
  EXPECT_EQ(answer.code, http::kUnauthorized);
  EXPECT_EQ(answer.text, "the signature is wrong");
  EXPECT_TRUE(sink_.batches.empty());
  EXPECT_EQ(Posts(http::kUnauthorized), 1u);
}

constexpr const char* kForged = R"([{"event":"spamreport","email":"ada@example.com","sg_event_id":"2"}])";

TEST_F(ReceiverTest, ATokenIsUsedWithThe200) {
  check_->token = webhooks::SignedToken{Instant{1'772'323'200'000}, {}, {}};
  sink_.answer = Status::Retriable("the disk is slow");
  EXPECT_EQ(Take(kOpen).code, http::kUnavailable);
  sink_.answer = Status::Ok();
  EXPECT_EQ(Take(kOpen).code, http::kOk) << "posted again";
  EXPECT_FALSE(sink_.batches.back().token.empty());
  EXPECT_EQ(Take(kOpen).code, http::kOk) << "the answer was lost";
  const size_t taken = sink_.batches.size();
  EXPECT_EQ(Take(kForged).code, http::kUnauthorized);
  EXPECT_EQ(sink_.batches.size(), taken);
}

TEST_F(ReceiverTest, ATokenWhosePostIsUnderWayKeepsOthersWaiting) {
  check_->token = webhooks::SignedToken{Instant{1'772'323'200'000}, {}, {}};
  sink_.holds = true;
  EXPECT_EQ(Take(kForged).code, 0u) << "no answer yet";
  EXPECT_EQ(Take(kOpen).code, http::kUnavailable);
  sink_.held(Status::Retriable("the disk is slow"));
  sink_.holds = false;
  EXPECT_EQ(Take(kOpen).code, http::kOk);
}

TEST_F(ReceiverTest, APostWithoutRecordsUsesItsToken) {
  check_->token = webhooks::SignedToken{Instant{1'772'323'200'000}, {}, {}};
  EXPECT_EQ(Take("[]").code, http::kOk);
  EXPECT_FALSE(sink_.batches.back().token.empty());
  EXPECT_EQ(Take(kForged).code, http::kUnauthorized);
}

TEST_F(ReceiverTest, WhatCannotBeReadIs400AndKept) {
  const PostResponse answer = Take("[{");
  EXPECT_EQ(answer.code, http::kBadRequest);
  ASSERT_EQ(sink_.batches.size(), 1u);
  EXPECT_TRUE(sink_.batches[0].records.empty());
  EXPECT_THAT(sink_.batches[0].quarantine, StartsWith("{\"provider\":\"sendgrid\",\"reason\":\"unreadable\""));
  EXPECT_THAT(sink_.batches[0].quarantine, HasSubstr("\"payload\":\"W3s=\"}\n"));
  EXPECT_EQ(Posts(http::kBadRequest), 1u);
  // Not even that is durable: the post may come again.
  sink_.answer = Status::Fatal("the disk is full");
  EXPECT_EQ(Take("[{").code, http::kUnavailable);
}

TEST_F(ReceiverTest, UnknownAndIncompleteEventsAreKeptAndTheOthersTaken) {
  const PostResponse answer =
      Take(R"([{"event":"new","email":"a@b.c"},{"event":"open"},{"event":"deferred","email":"a@b.c"},
      {"event":"click","email":"a@b.c","url":"https://x.example"}])");
  EXPECT_EQ(answer.code, http::kOk);
  ASSERT_EQ(sink_.batches.size(), 1u);
  EXPECT_EQ(sink_.batches[0].records.size(), 1u);
  EXPECT_THAT(sink_.batches[0].quarantine,
              HasSubstr("\"reason\":\"unknown\",\"source\":\"/acme/sendgrid\",\"receivedAt\":\"2026-03-01T00:00:00Z\","
                        "\"name\":\"new\""));
  EXPECT_THAT(sink_.batches[0].quarantine, HasSubstr("\"reason\":\"incomplete\""));
  EXPECT_THAT(sink_.batches[0].quarantine, ::testing::Not(HasSubstr("deferred")));
  for (const auto reason :
       {webhooks::SkipReason::kNoEngagement, webhooks::SkipReason::kUnknownName, webhooks::SkipReason::kIncomplete}) {
    EXPECT_EQ(metrics_.sources[0].skipped[static_cast<size_t>(reason)], 1u);
  }
}

TEST_F(ReceiverTest, ABodyOfNothingButCommasIsNotRead) {
  std::string commas = "[0";
  for (int i = 0; i < 99'998; ++i) commas += ",0";
  EXPECT_EQ(Take(commas + "]").code, http::kOk);
  EXPECT_EQ(Take(commas + ",0]").code, http::kBadRequest);
  EXPECT_EQ(Take(commas + ",0]" + std::string(1'200'000, ' ')).code, http::kOk);
}

TEST_F(ReceiverTest, ABodyOfNothingButBracketsIsNotRead) {
  const std::string brackets = std::string(30, '[') + std::string(30, ']');
  std::string body = "[" + brackets;
  for (int i = 0; i < 3'400; ++i) body += "," + brackets;
  EXPECT_EQ(Take(body + "]").code, http::kBadRequest);
}

TEST_F(ReceiverTest, EitherOfTwoSecretsIsEnoughAndCounted) {
  EXPECT_EQ(Take(kOpen).code, http::kOk);
  EXPECT_EQ(Signed(), std::pair(1, 0));
  check_->check = Status::Rejected("the signature is wrong");
  EXPECT_EQ(TakeWithTwo(kOpen).code, http::kOk);
  EXPECT_EQ(Signed(), std::pair(1, 1));
  previous_->check = Status::Rejected("the previous signature is wrong");
  const PostResponse answer = TakeWithTwo(kOpen);
  EXPECT_EQ(answer.code, http::kUnauthorized);
  EXPECT_EQ(answer.text, "the signature is wrong");
  EXPECT_EQ(Signed(), std::pair(1, 1));
}

TEST_F(ReceiverTest, WhatIsNotDurableIs503WithoutTellingWhy) {
  sink_.answer = Status::Fatal("/secret/path cannot be written");
  const PostResponse answer = Take(kOpen);
  EXPECT_EQ(answer.code, http::kUnavailable);
  EXPECT_THAT(answer.text, ::testing::Not(HasSubstr("secret")));
  EXPECT_EQ(metrics_.sources[0].events[static_cast<size_t>(EventType::kOpen)], 0u);
}

TEST_F(ReceiverTest, EveryMetricHasItsRow) {
  Take(kOpen);
  telemetry::MetricsPage page;
  AddReceiverMetrics(sources_of_two_, &metrics_, &page);
  const InboxMetrics inbox;
  AddInboxMetrics(&inbox, &page);
  const std::string text = page.Text();
  EXPECT_THAT(
      text,
      HasSubstr("leadpulse_receiver_posts_total{source=\"/acme/sendgrid\",provider=\"sendgrid\",code=\"200\"} 1"));
  EXPECT_THAT(
      text,
      HasSubstr("leadpulse_receiver_events_total{source=\"/acme/sendgrid\",provider=\"sendgrid\",type=\"open\"} 1"));
  for (const char* secret : {"current\"} 1", "previous\"} 0"}) {
    EXPECT_THAT(text, HasSubstr(std::string("leadpulse_receiver_signed_posts_total{source=\"/acme/sendgrid\",") +
                                "provider=\"sendgrid\",secret=\"" + secret));
  }
  EXPECT_THAT(text, HasSubstr("leadpulse_receiver_sync_seconds_total 0"));
}

TEST(LogLimit, SaysAThingOnceInAWhileAndHowOftenItWas) {
  LogLimit limit(std::chrono::seconds(10), 2);
  const LogLimit::TimePoint start{};
  EXPECT_EQ(limit.Say("a", start), 0u);
  EXPECT_EQ(limit.Say("a", start + std::chrono::seconds(9)), std::nullopt);
  EXPECT_EQ(limit.Say("b", start + std::chrono::seconds(9)), 0u);
  EXPECT_EQ(limit.Say("a", start + std::chrono::seconds(10)), 1u);
  EXPECT_TRUE(limit.SayOnce("x"));
  EXPECT_FALSE(limit.SayOnce("x"));
  EXPECT_TRUE(limit.SayOnce("y"));
  EXPECT_FALSE(limit.SayOnce("z"));
}

TEST(SnsConfirmation, OnlyALinkToSnsIsGivenOut) {
  const auto link = [](const std::string& body) { return ConfirmationLinkOf({.body = body, .received_at = {}}); };
  const std::string good = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=1";
  const auto asking = [](const std::string& url) {
    return R"({"Type":"SubscriptionConfirmation","SubscribeURL":")" + url + "\"}";
  };
  EXPECT_EQ(link(asking(good)), good);
  EXPECT_EQ(link(asking("https://sns.evil.example/x.amazonaws.com")), std::nullopt);
  EXPECT_EQ(link(asking("https://sns.a@evil.example/.amazonaws.com")), std::nullopt);
  EXPECT_EQ(link(asking("http://sns.eu-central-1.amazonaws.com/")), std::nullopt);
  EXPECT_EQ(link(asking("https://sns.eu-central-1.amazonaws.com/\\u001b[31m")), std::nullopt);
  EXPECT_EQ(link(R"({"Type":"Notification","SubscribeURL":")" + good + "\"}"), std::nullopt);
  EXPECT_EQ(link("SubscriptionConfirmation"), std::nullopt);
}

}  // namespace leadpulse::receiver::receiver_test
