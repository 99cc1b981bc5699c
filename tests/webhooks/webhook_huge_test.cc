// Bodies of ten mebibytes, a receiver's default limit, and texts longer than every limit, from each provider: all
// events are there, memory is bounded, and the decoders refuse no record.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/json.h"
#include "processor/base/value.h"
#include "tests/webhooks/webhook_batches.h"

namespace leadpulse::webhooks::webhook_huge_test {

constexpr size_t kHuge = size_t{10} << 20;
// Memory of the whole program, for any input: as a tree and as events a body takes up to 28 times its size (276 MiB
// when this was measured).
constexpr int64_t kMostMemory = int64_t{292} << 20;

int64_t MostMemory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} << 10;
}

void ExpectBoundedMemory([[maybe_unused]] const std::string& name) {
#ifndef __SANITIZE_ADDRESS__
  EXPECT_LT(MostMemory(), kMostMemory) << name;
#endif
}

size_t CountOf(const Result<Conversion>& converted) {
  return converted.ok() ? converted->events.size() + converted->skipped.size() : 0;
}

// Returns the case with the most events of one folder and shape.
std::pair<const WebhookCase*, Batch> LargestOf(const BatchShape& shape) {
  std::pair<const WebhookCase*, Batch> largest{nullptr, {}};
  for (const WebhookCase& c : WebhookCases()) {
    if (FolderOf(c) != shape.folder || !c.Convert().ok()) continue;
    std::optional<Batch> batch = shape.of(c);
    if (batch.has_value() && batch->items.size() > largest.second.items.size()) largest = {&c, *std::move(batch)};
  }
  return largest;
}

std::vector<std::string> Repeated(const Batch& batch, size_t times) {
  std::vector<std::string> items;
  for (size_t i = 0; i < times; ++i) items.insert(items.end(), batch.items.begin(), batch.items.end());
  return items;
}

TEST(WebhookHugeTest, EveryEventOfAHugeBatch) {
  for (const BatchShape& shape : BatchShapes()) {
    // The recipients of an email and the topics of a contact are limited: see webhook_bounds_test.
    if (shape.folder == "amazon-ses" || shape.folder == "resend") continue;
    const auto [c, batch] = LargestOf(shape);
    ASSERT_NE(c, nullptr) << shape.folder << " " << shape.name;
    const size_t times = kHuge / (batch.with(Repeated(batch, 2)).body.size() - batch.with(batch.items).body.size());
    const WebhookCase huge = batch.with(Repeated(batch, times));
    EXPECT_NEAR(static_cast<double>(huge.body.size()), kHuge, kHuge / 10.0) << c->name;
    const Result<Conversion> small = c->Convert();
    const Result<Conversion> converted = huge.Convert();
    ASSERT_TRUE(converted.ok()) << c->name << ": " << converted.status().message();
    EXPECT_EQ(converted->events.size(), small->events.size() * times) << c->name;
    EXPECT_EQ(converted->skipped.size(), small->skipped.size() * times) << c->name;
    ExpectBoundedMemory(c->name);
  }
}

// Adds a field to the post which no code reads.
std::string WithAHugeField(const std::string& body) {
  std::string padding;
  if (!Json::Parse(body).ok()) return body + "&padding=" + padding.append(kHuge, 'x');
  constexpr std::string_view kElement = R"({"name":"value of some length"},)";
  while (padding.size() < kHuge) padding += kElement;
  padding.pop_back();
  return "{\"padding\":[" + padding + "]," + body.substr(body.find('{') + 1);
}

TEST(WebhookHugeTest, OneEventWithMoreThanIsAskedFor) {
  for (const std::string_view name : {"generic-typed-form/submitted", "mailersend/v2_opened", "mailgun/opened",
                                      "mailgun/form_opened-again", "postmark/open", "resend/opened"}) {
    const auto& cases = WebhookCases();
    const auto found = std::find_if(cases.begin(), cases.end(), [&](const auto& c) { return c.name == name; });
    ASSERT_NE(found, cases.end()) << name;
    WebhookCase huge = *found;
    huge.body = WithAHugeField(found->body);
    const Result<Conversion> converted = huge.Convert();
    ASSERT_TRUE(converted.ok()) << name << ": " << converted.status().message();
    EXPECT_EQ(converted->events.size(), 1U) << name;
    EXPECT_EQ(Describe(converted), found->expected) << name;
    ExpectBoundedMemory(found->name);
  }
}

// Appends `longer` to the `nth` text in the JSON. Returns false if there are fewer texts.
bool AppendWithLonger(const Json& json, std::string_view longer, size_t nth, std::string* out) {
  return AppendChanged(
      json,
      [longer, nth](const Json& value, std::string* text) mutable {
        if (!value.is_string() || nth-- != 0) return false;
        AppendJsonString(std::string(value.text()) + std::string(longer), text);
        return true;
      },
      out);
}

// Makes each text of each case longer than the limit: the text is left out, or the event with a message, but no record
// is refused.
TEST(WebhookHugeTest, TextsBeyondEveryBound) {
  const std::string longer(size_t{10} << 10, 'x');
  for (const WebhookCase& c : WebhookCases()) {
    const Result<Json> body = Json::Parse(c.body);
    const Result<Conversion> small = c.Convert();
    if (!body.ok() || !small.ok()) continue;
    for (size_t nth = 0;; ++nth) {
      std::string longer_body;
      if (!AppendWithLonger(*body, longer, nth, &longer_body)) break;
      const Result<Conversion> converted = c.ConvertBody(longer_body);
      if (!converted.ok()) continue;
      EXPECT_EQ(Untaken(*converted), "") << c.name << ", text " << nth;
      // A command needs no event, and at HubSpot a text decides between the two.
      if (!small->commands.empty() || c.name == "generic-hubspot/left") continue;
      EXPECT_EQ(CountOf(converted) > 0, CountOf(small) > 0) << c.name << ", text " << nth;
    }
  }
  ExpectBoundedMemory("texts");
}

}  // namespace leadpulse::webhooks::webhook_huge_test
