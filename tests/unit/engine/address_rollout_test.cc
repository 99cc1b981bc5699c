// A state of the engine before addresses had their present normal form, and its rollout (address_stand_ins.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/json.h"
#include "processor/base/text.h"
#include "tests/support/address_stand_ins.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::engine::address_rollout_test {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kTenant[] = "t";
constexpr char kDefinitions[] = "tenants: {t: {tiers: [{name: all}], segments: [{id: s, name: S, rule: 'opens > 1'}]}}";

// Stand-ins, and the addresses as states of before have them: all are one address now.
constexpr char kFirst[] = "ann@b1.example", kSecond[] = "ann@b2.example", kNormal[] = "ann@b3.example";
const std::vector<std::pair<std::string, std::string>> kStandIns = {
    {kFirst, "ann@bücher.example"}, {kSecond, "ann@bÜcher.example"}, {kNormal, "ann@xn--bcher-kva.example"}};

const leadpulse::testing::AddressStandIns& StandIns() {
  static const leadpulse::testing::AddressStandIns stand_ins(kTenant, kStandIns);
  return stand_ins;
}
std::string Meant(std::string text) { return StandIns().Meant(std::move(text)); }

std::string EventOf(const std::string& id, int minute, const std::string& type, const std::string& who) {
  return Concat({R"({"event":{"tenantId":"t","eventId":")", id, R"(","type":")", type, R"(","occurredAt":"2026-03-01T)",
                 std::to_string(10 + minute / 60), minute % 60 < 10 ? ":0" : ":", std::to_string(minute % 60),
                 ":00Z\",", who, "}}"});
}

std::string CommandOf(const std::string& id, int minute, const std::string& who, const std::string& action) {
  return Concat({R"({"command":{"tenantId":"t","commandId":")", id, R"(","issuedAt":"2026-03-01T)",
                 std::to_string(10 + minute / 60), minute % 60 < 10 ? ":0" : ":", std::to_string(minute % 60),
                 ":00Z\",", who, ",", action, "}}"});
}

std::string Lead(const std::string& id) { return Concat({R"("leadId":")", id, "\""}); }
std::string Email(const std::string& email) { return Concat({R"("email":")", email, "\""}); }
std::string SetEmail(const std::string& email) {
  return Concat({R"("updateProfile":{"set":{"email":")", email, "\"}}"});
}

void ReplaceStandIns(leadpulse::testing::EngineDriver* driver) {
  driver->Commit();
  driver->Rewrite(StandIns().ReplacedIn(driver->store()));
}

// Returns the row of a lead without what depends on how often it changed.
std::string RowOf(leadpulse::testing::EngineDriver* driver, const std::string& id) {
  std::string row = driver->Row({kTenant, id});
  const size_t begin = row.find(R"("seq":)");
  if (begin == std::string::npos) return row;
  return row.erase(begin, row.find(',', begin) + 1 - begin);
}

std::string StatusOf(leadpulse::testing::EngineDriver* driver, const std::string& id) {
  const std::string row = driver->Row({kTenant, id});
  if (row.empty()) return "no row";
  Result<Json> json = Json::Parse(row);
  return std::string((*json)["emailStatus"].text());
}

std::vector<std::string> ChangesSince(const leadpulse::testing::EngineDriver& driver, size_t begin) {
  std::vector<std::string> changes;
  for (size_t i = begin; i < driver.changes().size(); ++i) {
    const codec::Change& change = driver.changes()[i];
    changes.push_back(Concat({change.key.lead, " ", codec::ChangeKindName(change.kind), " ", change.to}));
    EXPECT_EQ(change.cause.kind, codec::CauseKind::kDefinitions);
  }
  return changes;
}

class AddressRolloutTest : public ::testing::Test {
 protected:
  void FeedBefore(const std::string& record) { driver_.Feed(record); }
  void Feed(const std::string& record) { driver_.Feed(Meant(record)); }
  // Returns the changes.
  std::vector<std::string> RollOut() {
    ReplaceStandIns(&driver_);
    const size_t begin = driver_.changes().size();
    driver_.Redefine(kDefinitions);
    return ChangesSince(driver_, begin);
  }
  std::string Status(const std::string& id) { return StatusOf(&driver_, Meant(id)); }
  bool IsHeld(const std::string& id) { return driver_.FindLead({kTenant, Meant(id)}).has_value(); }

  leadpulse::testing::EngineDriver driver_{kDefinitions};
};

TEST_F(AddressRolloutTest, AnOptOutReachesLeadsWithAnotherSpelling) {
  FeedBefore(CommandOf("c7", 0, Lead("7"), SetEmail(kFirst)));
  FeedBefore(CommandOf("c8", 0, Lead("8"), SetEmail(kSecond)));
  FeedBefore(CommandOf("c9", 0, Lead("9"), SetEmail(kNormal)));
  FeedBefore(EventOf("u", 1, "UNSUBSCRIBE", Email(kFirst)));
  FeedBefore(EventOf("o", 2, "OPEN", Email(kSecond)));
  ASSERT_EQ(Status("8"), "active");
  EXPECT_THAT(RollOut(), UnorderedElementsAre("8 EMAIL_STATUS_CHANGED unsubscribed", "8 SENDABLE_CHANGED false",
                                              "7 STAGE_CHANGED contacted", "9 EMAIL_STATUS_CHANGED unsubscribed",
                                              "9 SENDABLE_CHANGED false", "9 STAGE_CHANGED contacted"));
  for (const char* id : {"7", "8", "9"}) EXPECT_EQ(Status(id), "unsubscribed") << id;
  EXPECT_FALSE(IsHeld(kFirst));
  EXPECT_FALSE(IsHeld(kSecond));
  EXPECT_TRUE(IsHeld(kNormal));
  // One rollout more changes nothing.
  const size_t begin = driver_.changes().size();
  driver_.Redefine(kDefinitions);
  EXPECT_THAT(ChangesSince(driver_, begin), IsEmpty());
}

TEST_F(AddressRolloutTest, AMailboxThatIsALeadStaysOne) {
  FeedBefore(CommandOf("c9", 0, Lead("9"), SetEmail(kNormal)));
  FeedBefore(CommandOf("c8", 0, Lead("8"), SetEmail(kFirst)));
  FeedBefore(CommandOf("c", 0, Lead(kFirst), R"("addNote":{"text":"x"})"));
  FeedBefore(EventOf("u", 1, "UNSUBSCRIBE", Lead(kFirst)));
  FeedBefore(EventOf("o", 2, "UNSUBSCRIBE", Lead(kSecond)));
  FeedBefore(EventOf("r", 3, "RESUBSCRIBE", Lead(kSecond)));
  RollOut();
  EXPECT_EQ(Status(kFirst), "active");  // the resubscribe of another spelling lifts its opt-out
  EXPECT_EQ(Status("8"), "active");
  Feed(EventOf("u2", 4, "UNSUBSCRIBE", Email(kNormal)));
  for (const char* id : {"8", "9", kFirst, kSecond}) EXPECT_EQ(Status(id), "unsubscribed") << id;
  EXPECT_EQ(Status(kNormal), "no row");
}

TEST_F(AddressRolloutTest, AnErasureUnderTheFormerFormCounts) {
  FeedBefore(CommandOf("c8", 0, Lead("8"), SetEmail(kFirst)));
  FeedBefore(EventOf("o", 1, "OPEN", Email(kFirst)));
  FeedBefore(CommandOf("e", 5, Email(kFirst), R"("erase":{"suppress":true})"));
  RollOut();
  ASSERT_FALSE(IsHeld(kNormal));
  Feed(EventOf("late", 2, "OPEN", Email(kFirst)));
  EXPECT_FALSE(IsHeld(kNormal));
  Feed(CommandOf("c9", 10, Lead("9"), SetEmail(kFirst)));
  EXPECT_EQ(Status("9"), "unsubscribed");
  Feed(CommandOf("c10", 11, Lead("10"), SetEmail(kNormal)));
  EXPECT_EQ(Status("10"), "unsubscribed");
  Feed(CommandOf("c11", 4, Lead("11"), SetEmail(kFirst)));
  EXPECT_EQ(Status("11"), "no row");
}

TEST_F(AddressRolloutTest, AnErasureThatIsFoundLaterReachesTheUsersBefore) {
  FeedBefore(CommandOf("c8", 0, Lead("8"), SetEmail(kFirst)));
  FeedBefore(CommandOf("e", 5, Email(kFirst), R"("erase":{"suppress":true})"));
  RollOut();
  Feed(CommandOf("c9", 10, Lead("9"), SetEmail(kNormal)));  // nobody looks under the former form
  ASSERT_EQ(Status("9"), "active");
  Feed(EventOf("o", 2, "OPEN", Email(kFirst)));  // dropped
  EXPECT_EQ(Status("9"), "unsubscribed");
}

TEST_F(AddressRolloutTest, AnErasedUserThatComesAgainLiftsNoOptOutOfOthers) {
  for (const char* id : {"1", "2"}) FeedBefore(CommandOf("c", 0, Lead(id), SetEmail(kFirst)));
  FeedBefore(EventOf("u", 1, "UNSUBSCRIBE", Lead("1")));
  FeedBefore(CommandOf("e", 2, Lead("1"), R"("erase":{})"));
  ASSERT_EQ(Status("2"), "unsubscribed");
  RollOut();
  Feed(CommandOf("again", 5, Lead("1"), SetEmail(kFirst)));
  EXPECT_EQ(Status("2"), "unsubscribed");
}

TEST_F(AddressRolloutTest, AMailboxThatWasErasedStaysErased) {
  FeedBefore(CommandOf("c", 0, Lead("8"), SetEmail(kFirst)));
  FeedBefore(EventOf("d", 1, "DELIVERED", Lead(kFirst)));
  FeedBefore(CommandOf("e", 5, Lead(kFirst), R"("erase":{})"));
  RollOut();
  ASSERT_FALSE(IsHeld(kFirst));
  Feed(EventOf("late", 3, "OPEN", Lead(kFirst)));
  EXPECT_FALSE(IsHeld(kFirst));
}

TEST_F(AddressRolloutTest, AnErasureOfTodayIsNoneOfTheFormerForm) {
  Feed(CommandOf("e", 10, Lead(kFirst), R"("erase":{})"));
  driver_.Commit();
  Feed(EventOf("u", 5, "UNSUBSCRIBE", Email(kFirst)));
  EXPECT_EQ(Status(kNormal), "unsubscribed");
}

// Its id is a spelling of the address, and others use that, too.
TEST_F(AddressRolloutTest, AnErasureOfALeadOfTodayIsNoneOfTheFormerForm) {
  Feed(CommandOf("c8", 0, Lead("8"), SetEmail(kNormal)));
  Feed(EventOf("o", 1, "OPEN", Lead(kFirst)));
  Feed(CommandOf("e", 10, Lead(kFirst), R"("erase":{})"));
  driver_.Commit();
  Feed(EventOf("c", 5, "CLICK", Email(kFirst)));
  EXPECT_EQ(driver_.counters().dropped_erased, 0u);
  EXPECT_FALSE(IsHeld(kFirst));
  EXPECT_NE(driver_.Row({kTenant, "8"}).find(R"("click":1)"), std::string::npos) << driver_.Row({kTenant, "8"});
}

TEST_F(AddressRolloutTest, WhatIsPassedOnKeepsItsAddress) {
  FeedBefore(CommandOf("c", 0, Lead("9"), SetEmail(kNormal)));
  FeedBefore(EventOf("third", 1, "UNSUBSCRIBE", Lead(kNormal) + "," + Email("third@y.example")));
  FeedBefore(CommandOf("c", 2, Lead("8"), SetEmail(kFirst)));
  FeedBefore(EventOf("other", 3, "UNSUBSCRIBE", Lead(kFirst) + "," + Email("other@x.example")));
  RollOut();
  const std::optional<state::Lead> user = driver_.FindLead({kTenant, "9"});
  std::map<std::string, std::string> addresses;
  for (const state::JournalEntry& entry : user->journal.entries()) {
    addresses[std::string(entry.event_id())] = user->identity->addresses.at(entry.belongs_to() - 1);
  }
  EXPECT_EQ(addresses,
            (std::map<std::string, std::string>{{"third", "third@y.example"}, {"other", "other@x.example"}}));
}

enum class Mailboxes { kNoLeads, kAnything };

// Histories of three spellings of one address. kNoLeads: each has a user from the beginning, so that no mailbox is a
// lead. kAnything: mailboxes may be leads, which they stay; then the opt-outs alone are the same.
class RandomRollout {
 public:
  RandomRollout(uint64_t seed, Mailboxes mailboxes) : random_(seed), mailboxes_(mailboxes) {
    if (mailboxes == Mailboxes::kNoLeads) AddUsers();
    for (int minute = 1; minute < 40; ++minute) AddAny(minute);
    if (mailboxes == Mailboxes::kAnything) AddUsers();
  }

  // Returns how the rows differ from those of a state that saw all records under the present rule.
  std::string Difference() {
    leadpulse::testing::EngineDriver before(kDefinitions), fresh(kDefinitions);
    const size_t rollout_at = Below(records_.size());
    for (size_t i = 0; i < records_.size(); ++i) {
      if (i == rollout_at) {
        ReplaceStandIns(&before);
        before.Redefine(kDefinitions, /*killed_after=*/Below(8));
      }
      before.Feed(i < rollout_at ? records_[i] : Meant(records_[i]));
      fresh.Feed(Meant(records_[i]));
    }
    std::string difference;
    for (const LeadKey& key : fresh.Leads()) {
      if (mailboxes_ == Mailboxes::kAnything && key.lead.find('@') != std::string::npos) continue;
      const std::string was = SeenOf(&before, key.lead), is = SeenOf(&fresh, key.lead);
      if (was != is) difference += Concat({key.lead, " rolled out: ", was, "\nfresh: ", is, "\n"});
    }
    if (mailboxes_ == Mailboxes::kNoLeads && before.Leads() != fresh.Leads()) difference += "other leads\n";
    if (difference.empty()) return "";
    for (size_t i = 0; i < records_.size(); ++i) {
      difference += (i == rollout_at ? "--- rollout\n" : "") + Meant(records_[i]) + "\n";
    }
    return difference;
  }

 private:
  std::string SeenOf(leadpulse::testing::EngineDriver* driver, const std::string& id) const {
    if (mailboxes_ == Mailboxes::kNoLeads) return RowOf(driver, id);
    const std::string status = StatusOf(driver, id);
    return status == "unsubscribed" || status == "complained" ? status : "in";
  }

  void AddUsers() {
    for (const auto& [stand_in, address] : kStandIns)
      Add(CommandOf(Id(), 0, Lead("a" + stand_in.substr(5, 1)), SetEmail(stand_in)));
  }

  size_t Below(size_t bound) { return random_() % bound; }
  template <typename T>
  const T& OneOf(const std::vector<T>& all) {
    return all[Below(all.size())];
  }
  std::string Id() { return "r" + std::to_string(++ids_); }
  void Add(std::string record) { records_.push_back(std::move(record)); }

  void AddAny(int minute) {
    static const std::vector<std::string> kTypes = {"UNSUBSCRIBE", "RESUBSCRIBE", "COMPLAINT",
                                                    "BOUNCE",      "DELIVERED",   "OPEN"};
    static const std::vector<std::string> kLeads = {"a1", "a2", "a3", "b0", "b1", "b2"};
    const std::string& address = OneOf(kStandIns).first;
    switch (Below(6)) {
      case 0: {
        // A lead keeps its address: what it received while it used one stays when it leaves, in both worlds another
        // part.
        const size_t lead = Below(kStandIns.size());
        return Add(CommandOf(Id(), minute, Lead("b" + std::to_string(lead)), SetEmail(kStandIns[lead].first)));
      }
      case 1:
        if (mailboxes_ == Mailboxes::kAnything && Below(2) == 0) {
          return Add(CommandOf(Id(), minute, Lead(address), R"("addNote":{"text":"x"})"));
        }
        return Add(EventOf(Id(), minute, OneOf(kTypes), Lead(OneOf(kLeads)) + "," + Email(address)));
      case 2:
        return Add(EventOf(Id(), minute, OneOf(kTypes), Lead(OneOf(kLeads))));
      default:
        return Add(EventOf(Id(), minute, OneOf(kTypes), Email(address)));
    }
  }

  std::mt19937_64 random_;
  const Mailboxes mailboxes_;
  int ids_ = 0;
  std::vector<std::string> records_;
};

void CheckRollouts(Mailboxes mailboxes) {
  int failures = 0;
  for (uint64_t seed = 1; seed <= 300 && failures < 3; ++seed) {
    const std::string difference = RandomRollout(seed, mailboxes).Difference();
    EXPECT_EQ(difference, "") << "seed " << seed;
    failures += difference.empty() ? 0 : 1;
  }
}

TEST(AddressRolloutPropertyTest, EndsAsIfItHadSeenAllUnderThePresentRule) { CheckRollouts(Mailboxes::kNoLeads); }

TEST(AddressRolloutPropertyTest, OptOutsAreAsIfItHadSeenAllUnderThePresentRule) { CheckRollouts(Mailboxes::kAnything); }

}  // namespace
}  // namespace leadpulse::engine::address_rollout_test
