// The commands that clients sent: one for each id, whatever happens between.
#include "processor/serve/access/command_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/serve/access_directory.h"

namespace leadpulse::access::command_log_test {

SentCommand Command(const std::string& id, const std::string& hash = "hash", Instant at = kNow) {
  return {"acme", id, "token:1", hash, "ann", at};
}

class CommandLogTest : public ::testing::Test {
 protected:
  CommandLog log() { return {files_.database.get(), files_.audit.get()}; }
  int64_t AuditLines() { return files_.audit->CheckChain()->lines; }
  AccessDirectory files_;
};

TEST_F(CommandLogTest, AnIdIsOneCommand) {
  const int64_t before = AuditLines();
  EXPECT_EQ(*log().Begin(Command("k"), "contact.tags"), std::nullopt);
  const auto earlier = log().Begin(Command("k", "other"), "contact.tags");
  ASSERT_TRUE(earlier.ok() && earlier->has_value());
  EXPECT_EQ((*earlier)->request_hash, "hash");
  EXPECT_EQ(AuditLines(), before + 1);
  SentCommand other = Command("k");
  other.tenant = "blue";
  EXPECT_EQ(*log().Begin(other, "contact.tags"), std::nullopt);
  other = Command("k");
  other.who = "token:2";
  other.erases = true;
  EXPECT_EQ(*log().Begin(other, "contact.erase"), std::nullopt);
  EXPECT_TRUE((*log().Find("acme", "token:2", "k"))->erases);
  EXPECT_FALSE((*log().Find("acme", "token:1", "k"))->erases);
}

TEST_F(CommandLogTest, WhatIsKnownOutlivesTheProcess) {
  SentCommand command = Command("k");
  ASSERT_TRUE(log().Begin(command, "contact.tags").ok());
  files_.Open();
  EXPECT_EQ((*log().Find("acme", "token:1", "k"))->place, std::nullopt);
  command.place = SentCommand::Place{"lead.commands", 7, 3};
  command.state = CommandState::kRefused;
  command.reason = "final_stage";
  command.detail = "it is lost";
  ASSERT_TRUE(log().Update(command).ok());
  files_.Open();
  const auto found = log().Find("acme", "token:1", "k");
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->place, command.place);
  EXPECT_EQ((*found)->state, CommandState::kRefused);
  EXPECT_EQ((*found)->reason + (*found)->detail, "final_stageit is lost");
  EXPECT_EQ(*log().Find("blue", "token:1", "k"), std::nullopt);
}

TEST_F(CommandLogTest, OldCommandsAreForgotten) {
  ASSERT_TRUE(log().Begin(Command("old"), "contact.tags").ok());
  ASSERT_TRUE(log().Begin(Command("young", "hash", kNow + Millis{1}), "contact.tags").ok());
  ASSERT_TRUE(log().Begin(Command("new", "hash", kNow + kCommandsKept + Millis{1}), "contact.tags").ok());
  EXPECT_EQ(*log().Find("acme", "token:1", "old"), std::nullopt);
  EXPECT_NE(*log().Find("acme", "token:1", "young"), std::nullopt);
}

TEST_F(CommandLogTest, AnErasedLeadIsForgotten) {
  SentCommand command = Command("k");
  ASSERT_TRUE(log().Begin(command, "contact.tags").ok());
  command.detail = "ann is lost";
  ASSERT_TRUE(log().Update(command).ok());
  ASSERT_TRUE(log().ForgetLead("blue", "ann").ok());
  EXPECT_EQ((*log().Find("acme", "token:1", "k"))->lead, "ann");
  ASSERT_TRUE(log().ForgetLead("acme", "ann").ok());
  EXPECT_EQ((*log().Find("acme", "token:1", "k"))->lead, "");
  EXPECT_EQ((*log().Find("acme", "token:1", "k"))->detail, "");
}

}  // namespace leadpulse::access::command_log_test
