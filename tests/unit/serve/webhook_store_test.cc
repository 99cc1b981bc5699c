// The log of changes of webhooks: each is sent in order, nothing is lost in silence, and an erased lead is nowhere.
#include "processor/serve/access/webhook_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/unit/serve/access_directory.h"

namespace leadpulse::access::webhook_store_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const ChangeStamp kByKim{"kim", kNow};
const WebhookSettings kAll{"https://crm.example/", {}, "whsec_c2VjcmV0", false, true};
const WebhookSettings kTiers{"https://crm.example/", {"TIER_CHANGED"}, "whsec_c2VjcmV0", true, true};

class WebhookStoreTest : public ::testing::Test {
 protected:
  WebhookStore Store() { return {files_.database.get(), files_.audit.get()}; }
  Webhook Make(const WebhookSettings& settings) {
    return *FoundAgain(*Store().Add({"acme", "run.0", kNow}, settings, kByKim));
  }
  std::optional<Webhook> FoundAgain(int64_t id) { return *Store().Find("acme", id); }
  static WebhookChange Of(const std::string& lead, const std::string& kind) {
    return {0, lead, kind, "{\"leadId\":\"" + lead + "\"}"};
  }
  void Append(const std::vector<WebhookChange>& changes, Instant at = kNow) {
    ASSERT_TRUE(Store().Append({{{"acme", "run.1", at}, changes}}).ok());
  }
  Status AddGap(Instant from, Instant until) {
    return Store().Append({{{"acme", "run.1", until}, {}, WebhookGap{from, until}}});
  }
  // Sends everything to a receiver that accepts all. Returns `lead kind` of each.
  std::vector<std::string> Send(const Webhook& webhook) {
    std::vector<std::string> sent;
    while (const auto change = *Store().Next(webhook)) {
      sent.push_back(change->lead + " " + change->kind);
      EXPECT_TRUE(Store().EndPost(webhook, *change, {kNow, Millis{3}, 200, "", {}}).ok());
    }
    return sent;
  }

  AccessDirectory files_;
};

TEST_F(WebhookStoreTest, EachWebhookGetsItsKindsInOrderFromItsBeginningOn) {
  const Webhook all = Make(kAll);
  Append({Of("ann", "SCORE_CHANGED"), Of("ann", "TIER_CHANGED")});
  const Webhook tiers = Make(kTiers);
  Append({Of("bob", "TIER_CHANGED"), Of("cid", "STAGE_CHANGED")});
  EXPECT_EQ(*Store().CountWaiting(all), 4);
  EXPECT_EQ(*Store().CountWaiting(tiers), 1);
  EXPECT_THAT(Send(tiers), ElementsAre("bob TIER_CHANGED"));
  EXPECT_THAT(Send(all), ElementsAre("ann SCORE_CHANGED", "ann TIER_CHANGED", "bob TIER_CHANGED", "cid STAGE_CHANGED"));
  EXPECT_EQ(FoundAgain(tiers.id)->gap, std::nullopt);
  EXPECT_EQ(Store().Places()->front().after, "run.1");
}

TEST_F(WebhookStoreTest, AFailedPostIsNextAgainAlsoAfterARestart) {
  const Webhook webhook = Make(kAll);
  Append({Of("ann", "TIER_CHANGED"), Of("bob", "TIER_CHANGED")});
  const WebhookAttempt failed{kNow, Millis{3}, 500, "the receiver answered 500", kNow + Millis{1'000}};
  ASSERT_TRUE(Store().EndPost(webhook, **Store().Next(webhook), failed).ok());
  files_.Open();
  EXPECT_EQ(FoundAgain(webhook.id)->failing_since, kNow);
  EXPECT_EQ(FoundAgain(webhook.id)->settings.secret, kAll.secret);
  EXPECT_THAT(Send(webhook), ElementsAre("ann TIER_CHANGED", "bob TIER_CHANGED"));
  EXPECT_EQ(FoundAgain(webhook.id)->failing_since, std::nullopt);
  const std::vector<WebhookDelivery> deliveries = *Store().Deliveries(webhook.id);
  ASSERT_EQ(deliveries.size(), 2u);
  EXPECT_EQ(deliveries[1].change.lead, "ann");
  EXPECT_EQ(deliveries[1].attempts, 2);
  EXPECT_EQ(deliveries[1].last.problem, "");
}

TEST_F(WebhookStoreTest, ChangesLeaveTheLogOnceEveryoneIsPastThem) {
  const Webhook all = Make(kAll), tiers = Make(kTiers);
  Append({Of("ann", "SCORE_CHANGED"), Of("ann", "TIER_CHANGED")});
  EXPECT_THAT(*Store().Leads("acme"), ElementsAre("ann"));
  Send(all);
  ASSERT_TRUE(Store().Trim(kNow).ok());
  EXPECT_EQ(*Store().CountWaiting(tiers), 1);
  EXPECT_THAT(Send(tiers), ElementsAre("ann TIER_CHANGED"));
  ASSERT_TRUE(Store().Trim(kNow).ok());
  ASSERT_TRUE(Store().Remove(all, kByKim).ok());
  ASSERT_TRUE(Store().Remove(tiers, kByKim).ok());
  EXPECT_THAT(*Store().Leads("acme"), IsEmpty());
  EXPECT_THAT(*Store().Places(), IsEmpty());
}

TEST_F(WebhookStoreTest, BeyondTheLimitsWhoLosesChangesHasAGap) {
  const Webhook all = Make(kAll), tiers = Make(kTiers), sent = Make(kAll);
  Append({Of("ann", "SCORE_CHANGED")});
  Append({Of("bob", "SCORE_CHANGED")}, kNow + Millis{5});
  Append({Of("cid", "SCORE_CHANGED")}, kNow + kLongestWait);
  Send(sent);
  ASSERT_TRUE(Store().Trim(kNow + kLongestWait + Millis{6}).ok());
  const Webhook after = *FoundAgain(all.id);
  ASSERT_TRUE(after.gap);
  EXPECT_EQ(after.gap->from, kNow);
  EXPECT_EQ(after.gap->until, kNow + Millis{5});
  EXPECT_FALSE(FoundAgain(tiers.id)->gap);
  EXPECT_FALSE(FoundAgain(sent.id)->gap);
  EXPECT_THAT(Send(all), ElementsAre("cid SCORE_CHANGED"));
  ASSERT_TRUE(Store().Change(after, /*forgets_gap=*/true, kByKim).ok());
  EXPECT_FALSE(FoundAgain(all.id)->gap);
}

TEST_F(WebhookStoreTest, AResetIsAGapExceptOfAWebhookThatIsOnlyJustMade) {
  const Webhook webhook = Make(kAll);
  ASSERT_TRUE(AddGap(kNow, kNow + Millis{500}).ok());
  EXPECT_FALSE(FoundAgain(webhook.id)->gap);
  EXPECT_EQ(FoundAgain(webhook.id)->since, kNow + Millis{500});
  ASSERT_TRUE(AddGap(kNow + Millis{60'000}, kNow + Millis{70'000}).ok());
  ASSERT_TRUE(AddGap(kNow + Millis{90'000}, kNow + Millis{95'000}).ok());
  EXPECT_EQ(FoundAgain(webhook.id)->gap->from, kNow + Millis{60'000});
  EXPECT_EQ(FoundAgain(webhook.id)->gap->until, kNow + Millis{95'000});
}

TEST_F(WebhookStoreTest, AStoppedWebhookGoesOnWhereItWas) {
  const Webhook webhook = Make(kAll);
  Append({Of("ann", "TIER_CHANGED")});
  ASSERT_TRUE(Store().EndPost(webhook, **Store().Next(webhook), {kNow, Millis{3}, 410, "gone", {}}).ok());
  ASSERT_TRUE(Store().Stop(webhook, "gone", {"serve", kNow}).ok());
  Webhook stopped = *FoundAgain(webhook.id);
  EXPECT_FALSE(stopped.settings.active);
  EXPECT_EQ(stopped.stopped_why, "gone");
  Append({Of("bob", "TIER_CHANGED")});
  stopped.settings.active = true;
  ASSERT_TRUE(Store().Change(stopped, false, kByKim).ok());
  const Webhook again = *FoundAgain(webhook.id);
  EXPECT_EQ(again.stopped_why, "");
  EXPECT_EQ(again.failing_since, std::nullopt);
  EXPECT_THAT(Send(again), ElementsAre("ann TIER_CHANGED", "bob TIER_CHANGED"));
  std::vector<std::string> actions;
  const std::vector<AuditLine> lines = *files_.audit->Lines({"acme"}, 1'000, 10);
  for (const AuditLine& line : lines) {
    if (line.entry.subject == "webhook:1") actions.push_back(line.entry.who + " " + line.entry.action);
  }
  EXPECT_THAT(actions, ElementsAre("kim webhook.change", "serve webhook.stop", "kim webhook.create"));
}

TEST_F(WebhookStoreTest, AnErasureRemovesTheContactAndIsSent) {
  const Webhook webhook = Make(kAll);
  Append({Of("ann", "SCORE_CHANGED"), Of("bob", "SCORE_CHANGED")});
  const WebhookChange posting = **Store().Next(webhook);
  Append({Of("ann", "TIER_CHANGED"), Of("ann", kErasedKind)});
  // The post that was under way ends after the erasure.
  ASSERT_TRUE(Store().EndPost(webhook, posting, {kNow, Millis{3}, 200, "", {}}).ok());
  EXPECT_THAT(Send(webhook), ElementsAre("bob SCORE_CHANGED", "ann LEAD_ERASED"));
  ASSERT_TRUE(Store().Trim(kNow).ok());
  const std::vector<WebhookDelivery> deliveries = *Store().Deliveries(webhook.id);
  for (const WebhookDelivery& delivery : deliveries) {
    EXPECT_THAT(delivery.change.lead + delivery.change.line, Not(HasSubstr("ann")));
  }
  EXPECT_THAT(*Store().Leads("acme"), ElementsAre("bob"));
}

TEST_F(WebhookStoreTest, ForgetsALeadUpToAnInstant) {
  const Webhook webhook = Make(kAll);
  Append({Of("ann", "SCORE_CHANGED")});
  Append({Of("ann", "TIER_CHANGED")}, kNow + Millis{9});
  const auto asked = Store().Ask(webhook, Of("ann", "TIER_CHANGED"), "webhook.send_again", kByKim);
  ASSERT_TRUE(asked.ok());
  files_.Change([](const Transaction& transaction) {
    return WebhookStore::ForgetLead("acme", "ann", kNow + Millis{8}, transaction);
  });
  EXPECT_THAT(Send(webhook), ElementsAre("ann TIER_CHANGED"));
  EXPECT_EQ((*Store().NextAsked(webhook.id))->change.line, "");
}

TEST_F(WebhookStoreTest, TheSecretIsSealed) {
  Make(kAll);
  const auto stored = files_.database->Read().sql().First<std::string>(
      "SELECT secret FROM webhooks", {}, [](const SqlStatement& row) -> Result<std::string> { return row.Text(0); });
  EXPECT_THAT(**stored, Not(HasSubstr("whsec")));
}

}  // namespace leadpulse::access::webhook_store_test
