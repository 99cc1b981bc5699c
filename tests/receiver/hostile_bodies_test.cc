// The worst bodies that we know, for each provider: the cost of a post grows no faster than its size. Bodies have up to
// 2 MiB; in the long run, with LEADPULSE_ROUNDS, up to what a provider may send.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "processor/receiver/receiver.h"
#include "processor/webhooks/generic_provider.h"
#include "tests/receiver/counted_memory.h"
#include "tests/support/rounds.h"
#include "tests/webhooks/signing.h"

namespace leadpulse::receiver::hostile_bodies_test {

using leadpulse::testing::CountedMemory;
using leadpulse::testing::MemoryCount;

constexpr size_t kFewBytes = size_t{64} << 10;
constexpr size_t kManyBytes = size_t{2} << 20;
constexpr size_t kMostBytes = size_t{10} << 20;  // the default limit
// Memory that any body may use: in a short body, two bytes may be a value.
constexpr size_t kFreeBytes = size_t{24} << 20;
// Peak and total memory for each byte of a body. When this was written, they were at most 32 and 109.
constexpr size_t kPeakPerByte = 40;
constexpr size_t kTotalPerByte = 80;
// When this was written, a body of ten mebibytes took at most 0.36 s.
constexpr double kFreeSeconds = 1;
constexpr double kSecondsPerMebibyte = 0.5;

constexpr const char* kMapping =
    "json: [payload]\n"
    "fields: {event: event, address: email, properties: {all: data}}\n"
    "becomes: {open: open, custom: custom}\n";

struct HostileBody {
  const char* name;
  std::function<std::string(size_t)> of_size;
};

std::string Filled(const std::string& before, const std::string& repeated, const std::string& after, size_t size) {
  std::string body = before;
  while (body.size() + repeated.size() + after.size() <= size) body += repeated;
  return body + after;
}

// Repeats `repeated`, separated by commas.
HostileBody List(const char* name, const std::string& before, const std::string& repeated, const std::string& after) {
  return {name, [=](size_t size) { return Filled(before + repeated, "," + repeated, after, size); }};
}

HostileBody Text(const char* name, const std::string& before, const std::string& repeated, const std::string& after) {
  return {name, [=](size_t size) { return Filled(before, repeated, after, size); }};
}

// Makes two lists, each half of the body.
HostileBody TwoLists(const char* name, const std::string& before, const std::string& repeated,
                     const std::string& between, const std::string& after) {
  return {name, [=](size_t size) {
            const std::string first = Filled(before + repeated, "," + repeated, between, size / 2);
            return Filled(first + repeated, "," + repeated, after, size);
          }};
}

// Returns the bodies for every provider.
std::vector<HostileBody> OfAnybody() {
  return {List("numbers", "[", "0", "]"),
          List("numbers in twelve bytes each", "[", "0          ", "]"),
          List("brackets", "[", std::string(30, '[') + std::string(30, ']'), "]"),
          List("empty objects", "[", "{}         ", "]"),
          List("members", "{", R"("":0       )", "}"),
          List("unknown events", "[", R"({"event":"a new one","type":"a new one"})", "]"),
          List("incomplete events", "[", R"({"event":"open","type":"open"})", "]"),
          List("small events", "[", R"({"event":"open","email":"@"})", "]"),
          Text("one name", R"([{"event":")", "n", R"("}])"),
          Text("one name of broken bytes", R"({"event":")", "\xFF", R"("})"),
          Text("one number", "", "1", ""),
          Text("one fraction", "0.", "1", ""),
          Text("no end", "[\"", "a", ""),
          Text("no end of brackets", "", "[", ""),
          Text("lines", "", "{}\n", ""),
          Text("fields", "", "a=b&", ""),
          Text("parts", "--\n", "\n--", "")};
}

std::string Recipients(size_t count) {
  std::string list = R"("a@b.c")";
  for (size_t i = 1; i < count; ++i) list += R"(,"a@b.c")";
  return list;
}

std::vector<HostileBody> OfAmazonSes() {
  const std::string topics = R"({"topicSubscriptionStatus":[)";
  const std::string open = R"({"eventType":"Open","mail":{"destination":[)" + Recipients(100) + "],";
  return {
      List("recipients without an address", R"({"eventType":"Bounce","bounce":{"bouncedRecipients":[)", "{}", "]}}"),
      List("recipients with one", R"({"eventType":"Bounce","bounce":{"bouncedRecipients":[)", "\"@\"", "]}}"),
      TwoLists("topics", R"({"eventType":"Subscription","subscription":{"oldTopicPreferences":)" + topics,
               R"({"topicName":"t"})", R"(]},"newTopicPreferences":)" + topics, "]}}}"),
      Text("a user agent for each recipient", open + R"("x":0},"open":{"userAgent":")", "é", "\"}}"),
      Text("a link for each recipient",
           R"({"eventType":"Click","mail":{"destination":[)" + Recipients(100) + R"(]},"click":{"link":")", "x",
           "\"}}"),
      List("tags for each recipient", open + R"("tags":{)", R"("":["x"])", "}}}"),
      Text("a message of numbers", R"({"Type":"Notification","Message":"[0)", R"(\u002c0)", "]\"}"),
      Text("a signed message of numbers",
           R"({"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-west-1:1:ses","Timestamp":)"
           R"("2026-03-01T00:00:00.000Z","SignatureVersion":"2","SigningCertURL":"https://sns.eu-west-1.amazonaws)"
           R"(.com/a.pem","Signature":"AA==","Message":"[0)",
           R"(\u002c0)", "]\"}")};
}

std::vector<HostileBody> OfMandrill() {
  return {Text("a form of numbers", "mandrill_events=[0", "%2C0", "]"),
          Text("a form of brackets", "mandrill_events=[", "[]%2C", "0]"),
          List("a list in an object", R"({"mandrill_events":[)", "{}         ", "]}"),
          Text("a list in a text", R"({"mandrill_events":"[0)", R"(\u002c0)", "]\"}")};
}

std::vector<HostileBody> OfMailgun() {
  const std::string opened = R"({"signature":{"timestamp":"1772323200","token":"t","signature":"00"},)"
                             R"("event-data":{"event":"opened","recipient":"a@b.c",)";
  return {Text("variables in a text", opened + R"("user-variables":"{)", R"(\"a\":0,)", R"(\"a\":0}"}})"),
          List("variables", opened + R"("user-variables":{)", R"("a":"b")", "}}}"),
          Text("a form", "event=opened&recipient=a@b.c&", "a=%FF%FF%FF&", ""),
          Text("a value in a form", "event=opened&recipient=a@b.c&a=", "%FF", "")};
}

// Makes a form of as many fields as are read, with names that differ only at their end. `depth`: of their brackets.
std::string ManyNames(size_t size, const std::string& before, size_t depth) {
  constexpr size_t kFields = 4000;
  std::string beginning = before;
  for (size_t i = 0; i < depth; ++i) beginning += "[c]";
  const size_t filling = std::max(size / kFields, beginning.size() + 8) - beginning.size() - 8;
  beginning += depth == 0 ? std::string(filling, 'n') : "[" + std::string(std::max<size_t>(filling, 3) - 2, 'n');
  std::string body;
  for (size_t i = 1000; i < 1000 + kFields && body.size() + beginning.size() + 8 <= size; ++i) {
    body += beginning + std::to_string(i) + (depth == 0 ? "=&" : "]=&");
  }
  return body;
}

std::vector<HostileBody> Of(const std::string& provider) {
  if (provider == "amazon-ses") return OfAmazonSes();
  if (provider == "mandrill") return OfMandrill();
  if (provider == "mailgun") return OfMailgun();
  const std::string opened = R"({"event":"opened","email":"a@b.c",)";
  if (provider == "brevo") {
    return {Text("arguments in a text", opened + R"("X-Mailin-custom":"{)", R"(\"a\":\"b\",)", R"(\"a\":0}"})"),
            Text("pairs", opened + R"("X-Mailin-custom":")", "a:b|", "\"}"),
            Text("tags in a text", opened + R"("tag":"[0)", R"(\u002c0)", "]\"}")};
  }
  if (provider == "mailjet") {
    return {Text("a payload", R"({"event":"open","email":"a@b.c","Payload":"{)", R"(\"a\":\"b\",)", R"(\"a\":0}"})")};
  }
  if (provider == "mailtrap") {
    const std::string line = Filled("{\"a\":[0", ",0", "]}\n", 200'000);
    return {Text("lines of numbers", "", line, ""), Text("lines of events", "", "{\"event\":\"open\"}\n", "")};
  }
  if (provider == "sparkpost") {
    return {List("classes", R"([{"msys":{)", R"("a":{"type":"x"})", "}}]"),
            List("classes without a name", R"([{"msys":{)", R"("a":{}     )", "}}]")};
  }
  if (provider == "resend") {
    return {List("pairs", R"({"type":"email.opened","data":{"to":["a@b.c"],"tags":[)", R"({"name":"a","value":"b"})",
                 "]}}")};
  }
  if (provider == "generic") {
    const std::string form = "event=custom&email=a@b.c&";
    return {Text("nested names", form, "data[a][b][c][d]=%FF&", ""),
            Text("one deep name", form + "data", "[a]", "=1"),
            Text("groups in empty brackets", form, "data[][a]=&", ""),
            Text("a long name", form, "n", "=1"),
            {"deep names of equal beginnings", [](size_t size) { return ManyNames(size, "a[b]", 20); }},
            {"names of equal beginnings", [](size_t size) { return ManyNames(size, "", 0); }},
            Text("a form with numbers in a text", form + "payload=[0", "%2C0", "]"),
            Text("numbers in a text", R"({"event":"custom","email":"a@b.c","payload":"[0)", R"(\u002c0)", "]\"}"),
            List("properties", R"({"event":"custom","email":"a@b.c","data":{)", R"("a":[0,0],"b":{"c":0})", "}}")};
  }
  return {Text("user agents", R"([{"event":"open","email":"a@b.c","useragent":")", "é", "\"}]")};
}

class NoSink : public codec::RecordSink {
 public:
  void Append(const codec::RecordBatch&, codec::Done done) override { done(codec::kNowhere); }
};

webhooks::SignatureCheck CheckOf(const std::string& provider) {
  webhooks::SignatureKey key{.secret = "0123456789abcdef"};
  if (provider == "amazon-ses") {
    key.secret = webhooks::SnsCertificate(webhooks::SharedRsaKey());
    key.topics = {"arn:aws:sns:eu-west-1:1:ses"};
  }
  if (provider == "mandrill") key.url = "https://a.example/";
  return webhooks::CheckOf(provider, key);
}

Source SourceOf(const std::string& provider) {
  Source source;
  source.path = "/" + provider;
  source.options.tenant = "acme";
  source.options.lead_argument = "lead";
  if (provider == "generic") {
    source.provider = webhooks::LoadGenericProvider(kMapping).provider;
  } else {
    source.provider = {webhooks::FindProvider(provider), [](const webhooks::Provider*) {}};
  }
  return source;
}

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Cost {
  MemoryCount memory;
  double seconds = 0;
  unsigned int code = 0;
};

Cost CostOf(const Source& source, const std::string& body) {
  NoSink sink;
  FixedClock clock{{0}};
  ReceiverMetrics metrics(1);
  webhooks::UsedTokens tokens(std::chrono::hours(9));
  Receiver receiver({&source, 1}, &sink, &clock, &metrics, &tokens);
  const std::vector<webhooks::Header> headers = {{"X-Mandrill-Signature", "AAAA"}};
  const webhooks::Post post{body, "", headers, webhooks::kNow};
  Cost cost;
  const CountedMemory memory;
  const double began = ProcessorSeconds();
  receiver.Take(source.path, post, [&](const PostResponse& answer) { cost.code = answer.code; });
  cost.seconds = ProcessorSeconds() - began;
  cost.memory = memory.count();
  return cost;
}

void ExpectBounded(const Source& source, const HostileBody& hostile, size_t size) {
  const std::string body = hostile.of_size(size);
  ASSERT_LE(body.size(), size) << hostile.name;
  const Cost cost = CostOf(source, body);
  const std::string what = source.path + ", " + hostile.name + ", " + std::to_string(body.size()) +
                           " bytes, answered " + std::to_string(cost.code);
  EXPECT_NE(cost.code, 0U) << what;
  EXPECT_LE(cost.memory.peak, kFreeBytes + kPeakPerByte * size) << what;
  EXPECT_LE(cost.memory.total, kFreeBytes + kTotalPerByte * size) << what;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LE(cost.seconds, kFreeSeconds + kSecondsPerMebibyte * static_cast<double>(size >> 20)) << what;
#endif
}

// Tries the provider's own bodies, and those of anybody, which all providers parse alike, up to a size.
void TryAll(const Source& source, const std::string& provider, size_t most_of_anybody) {
  const size_t some = static_cast<size_t>(leadpulse::testing::Rounds(1)) * kManyBytes;
  const size_t most = std::min({some, kMostBytes, source.provider->traits().max_body_bytes});
  for (const HostileBody& hostile : Of(provider)) {
    for (const size_t size : {kFewBytes, most}) ExpectBounded(source, hostile, size);
  }
  for (const HostileBody& hostile : OfAnybody()) {
    for (const size_t size : {kFewBytes, std::min(most_of_anybody, most)}) ExpectBounded(source, hostile, size);
  }
}

std::vector<std::string> ProviderNames() {
  std::vector<std::string> names = {"generic"};
  for (const webhooks::Provider& provider : webhooks::Providers()) names.emplace_back(provider.name());
  return names;
}

TEST(HostileBodies, CostNoMoreThanTheirSize) {
  for (const std::string& provider : ProviderNames()) {
    TryAll(SourceOf(provider), provider, provider == "generic" ? kMostBytes : kManyBytes);
  }
}

// A body that carries its own signature is parsed before it is known to be unsigned.
TEST(HostileBodies, OfStrangersCostNoMore) {
  for (const std::string provider : {"amazon-ses", "mailgun", "mandrill"}) {
    Source source = SourceOf(provider);
    source.signatures = {CheckOf(provider), CheckOf(provider)};
    TryAll(source, provider, kManyBytes);
  }
}

}  // namespace leadpulse::receiver::hostile_bodies_test
