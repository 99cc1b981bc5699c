// The commands that clients sent: one for each id, whatever happens in between.
#include "processor/serve/access/command_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/serve/access_directory.h"

namespace leadpulse::access::command_log_test {

SentCommand Command(const std::string& id, const std::string& hash = "hash", Instant at = kNow) {
  return {"acme", id, "token:1", hash, "ann", at};
}

class CommandLogTest : public ::testing::Test {
 protected:
  CommandLog log() { return {files_.database.get(), files_.audit.get()}; }
  Result<std::optional<SentCommand>> Begin(const SentCommand& command, std::string_view action) {
    const auto earlier = log().Write({{&command, action}});
    return earlier.ok() ? Result<std::optional<SentCommand>>(earlier->front()) : earlier.status();
  }
  void Forget(const std::string& tenant, const std::string& lead) {
    files_.Change(
        [&](const Transaction& transaction) { return CommandLog::ForgetLead(tenant, lead, kNow, transaction); });
  }
  int64_t AuditLines() { return files_.audit->CheckChain()->lines; }
  AccessDirectory files_;
};

TEST_F(CommandLogTest, AnIdIsOneCommand) {
  const int64_t before = AuditLines();
  EXPECT_EQ(*Begin(Command("k"), "contact.tags"), std::nullopt);
  const auto earlier = Begin(Command("k", "other"), "contact.tags");
  ASSERT_TRUE(earlier.ok() && earlier->has_value());
  EXPECT_EQ((*earlier)->request_hash, "hash");
  EXPECT_EQ(AuditLines(), before + 1);
  SentCommand other = Command("k");
  other.tenant = "blue";
  EXPECT_EQ(*Begin(other, "contact.tags"), std::nullopt);
  other = Command("k");
  other.who = "token:2";
  other.erases = true;
  EXPECT_EQ(*Begin(other, "contact.erase"), std::nullopt);
  EXPECT_TRUE((*log().Find("acme", "token:2", "k"))->erases);
  EXPECT_FALSE((*log().Find("acme", "token:1", "k"))->erases);
  other = Command("k");
  other.who = "token:3";
  other.creates = other.upserts = true;
  EXPECT_EQ(*Begin(other, "contact.create"), std::nullopt);
  EXPECT_TRUE((*log().Find("acme", "token:3", "k"))->creates);
  EXPECT_TRUE((*log().Find("acme", "token:3", "k"))->upserts);
  EXPECT_FALSE((*log().Find("acme", "token:1", "k"))->creates);
  EXPECT_FALSE((*log().Find("acme", "token:1", "k"))->upserts);
}

TEST_F(CommandLogTest, WhatIsKnownOutlivesTheProcess) {
  SentCommand command = Command("k");
  ASSERT_TRUE(Begin(command, "contact.tags").ok());
  files_.Open();
  EXPECT_EQ((*log().Find("acme", "token:1", "k"))->position, std::nullopt);
  command.position = RecordPosition{"lead.commands", 3, 7};
  command.state = CommandState::kRefused;
  command.reason = "final_stage";
  command.detail = "it is lost";
  ASSERT_TRUE(log().Update(command).ok());
  files_.Open();
  const auto found = log().Find("acme", "token:1", "k");
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->position, command.position);
  EXPECT_EQ((*found)->state, CommandState::kRefused);
  EXPECT_EQ((*found)->reason + (*found)->detail, "final_stageit is lost");
  EXPECT_EQ(*log().Find("blue", "token:1", "k"), std::nullopt);
}

TEST_F(CommandLogTest, OldCommandsAreForgotten) {
  ASSERT_TRUE(Begin(Command("old"), "contact.tags").ok());
  ASSERT_TRUE(Begin(Command("young", "hash", kNow + Millis{1}), "contact.tags").ok());
  ASSERT_TRUE(Begin(Command("new", "hash", kNow + kCommandsKept + Millis{1}), "contact.tags").ok());
  EXPECT_EQ(*log().Find("acme", "token:1", "old"), std::nullopt);
  EXPECT_NE(*log().Find("acme", "token:1", "young"), std::nullopt);
}

TEST_F(CommandLogTest, AnErasedLeadIsForgotten) {
  SentCommand command = Command("k");
  command.address = "ann@x.org";
  ASSERT_TRUE(Begin(command, "contact.tags").ok());
  command.detail = "ann is lost";
  ASSERT_TRUE(log().Update(command).ok());
  Forget("blue", "ann");
  EXPECT_EQ((*log().Find("acme", "token:1", "k"))->lead, "ann");
  EXPECT_EQ((*log().Find("acme", "token:1", "k"))->address, "ann@x.org");
  Forget("acme", "ann");
  EXPECT_EQ((*log().Find("acme", "token:1", "k"))->lead, "");
  EXPECT_EQ((*log().Find("acme", "token:1", "k"))->address, "");
  EXPECT_EQ((*log().Find("acme", "token:1", "k"))->detail, "");
}

TEST_F(CommandLogTest, PendingLeadsAreThoseOfWritesWithoutAnOutcome) {
  const auto add = [&](const std::string& id, const std::string& lead, CommandState state, bool erases, Millis after) {
    SentCommand command = Command(id, "hash", kNow + after);
    command.lead = lead;
    command.erases = erases;
    ASSERT_TRUE(Begin(command, "contact.tags").ok());
    command.state = state;
    ASSERT_TRUE(log().Update(command).ok());
  };
  add("late", "ann", CommandState::kSent, false, Millis{7});
  add("early", "ann", CommandState::kSent, false, Millis{5});
  add("applied", "ann", CommandState::kApplied, false, Millis{1});
  add("refused", "bob", CommandState::kRefused, false, Millis{1});
  add("erasure", "cid", CommandState::kSent, true, Millis{1});
  EXPECT_THAT(*log().PendingLeads("acme"), ::testing::ElementsAre(::testing::Pair("ann", kNow + Millis{5})));
  EXPECT_THAT(*log().PendingLeads("blue"), ::testing::IsEmpty());
}

TEST_F(CommandLogTest, ErasuresAreUnfinishedUntilTheLeadIsForgotten) {
  const auto add = [&](const std::string& id, bool erases, CommandState state, bool written) {
    SentCommand command = Command(id);
    command.lead = id;
    command.erases = erases;
    ASSERT_TRUE(Begin(command, "contact.erase").ok());
    command.state = state;
    if (written) command.position = RecordPosition{"000001.jsonl", 0, 7};
    ASSERT_TRUE(log().Update(command).ok());
  };
  add("sent", true, CommandState::kSent, true);
  add("applied", true, CommandState::kApplied, true);
  add("refused", true, CommandState::kRefused, true);
  add("unwritten", true, CommandState::kSent, false);
  add("tagged", false, CommandState::kApplied, true);
  const auto leads = [&] {
    std::vector<std::string> found;
    const auto erasures = log().UnfinishedErasures();
    for (const SentCommand& each : *erasures) found.push_back(each.lead);
    return found;
  };
  EXPECT_THAT(leads(), ::testing::UnorderedElementsAre("sent", "applied"));
  Forget("acme", "applied");
  EXPECT_THAT(leads(), ::testing::ElementsAre("sent"));
  EXPECT_EQ(log().UnfinishedErasures()->front().position, (RecordPosition{"000001.jsonl", 0, 7}));
}

}  // namespace leadpulse::access::command_log_test
