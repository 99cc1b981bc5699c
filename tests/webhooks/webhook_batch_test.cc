// A batch gives the records of its parts, in every shape of a provider; every provider has at least one shape.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <utility>

#include "tests/webhooks/webhook_batches.h"

namespace leadpulse::webhooks {

void PrintTo(const BatchShape& shape, std::ostream* out) { *out << shape.folder << " " << shape.name; }

namespace webhook_batch_test {

// Returns the result of converting the items one by one, as if from one post: commands, events, what was skipped.
std::string ConvertedOneByOne(const Batch& batch) {
  std::string commands;
  std::string events;
  std::string skipped;
  for (const std::string& item : batch.items) {
    Result<Conversion> converted = batch.with({&item, 1}).Convert();
    if (!converted.ok()) return Describe(converted) + item;
    commands += Describe(Conversion{{}, std::exchange(converted->commands, {}), {}});
    skipped += Describe(Conversion{{}, {}, std::exchange(converted->skipped, {})});
    events += Describe(converted);
  }
  return commands + events + skipped;
}

class WebhookBatchTest : public ::testing::TestWithParam<BatchShape> {};

TEST_P(WebhookBatchTest, IsItsParts) {
  size_t batches = 0;
  for (const WebhookCase& c : WebhookCases()) {
    if (FolderOf(c) != GetParam().folder) continue;
    const std::optional<Batch> batch = GetParam().of(c);
    const Result<Conversion> whole = c.Convert();
    if (!batch.has_value() || batch->items.empty() || !whole.ok()) continue;
    EXPECT_EQ(Describe(whole), Describe(batch->with(batch->items).Convert()))
        << c.name << " is written as another post";
    EXPECT_EQ(Describe(whole), ConvertedOneByOne(*batch)) << c.name;
    if (batch->items.size() > 1 && !whole->events.empty()) ++batches;
  }
  EXPECT_GT(batches, 0U) << "no case has several events in this shape";
}

INSTANTIATE_TEST_SUITE_P(All, WebhookBatchTest, ::testing::ValuesIn(BatchShapes().begin(), BatchShapes().end()),
                         [](const auto& which) {
                           std::string name = std::string(which.param.folder) + "_" + std::string(which.param.name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(WebhookBatchesTest, WhatIsNoBatchHoldsOneEvent) {
  for (const WebhookCase& c : WebhookCases()) {
    const auto ones = OneEventPosts();
    if (std::find(ones.begin(), ones.end(), FolderOf(c)) == ones.end()) continue;
    const Result<Conversion> converted = c.Convert();
    if (!converted.ok()) continue;
    EXPECT_LE(converted->events.size() + converted->skipped.size(), 1U) << c.name;
  }
}

TEST(WebhookBatchesTest, EveryProviderHasAShape) {
  std::set<std::string_view> known(OneEventPosts().begin(), OneEventPosts().end());
  for (const BatchShape& shape : BatchShapes()) known.insert(shape.folder);
  for (const WebhookCase& c : WebhookCases()) EXPECT_TRUE(known.contains(FolderOf(c))) << c.name;
  for (const Provider& provider : Providers()) EXPECT_TRUE(known.contains(provider.name())) << provider.name();
}

}  // namespace webhook_batch_test
}  // namespace leadpulse::webhooks
