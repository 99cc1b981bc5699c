#include <gtest/gtest.h>

#include "processor/serve/api/writes/inbox.h"

namespace leadpulse::serve {
namespace {

using codec::SourcePosition;

TEST(WritePositionTest, APositionInAFolder) {
  EXPECT_EQ(PositionText({"/inbox/000001.jsonl", 0, 7}), "000001.jsonl:7");
  EXPECT_EQ(ReadPosition("/inbox", "000001.jsonl:7"), (SourcePosition{"/inbox/000001.jsonl", 0, 7, 0}));
  for (const char* wrong : {"", "000001.jsonl", "000001.jsonl:", "000001.jsonl:-1", "../x.jsonl:1", ".jsonl:1",
                            "lead.commands/3/7", "000001.jsonl:7x"}) {
    EXPECT_EQ(ReadPosition("/inbox", wrong), std::nullopt) << wrong;
  }
}

TEST(WritePositionTest, APositionInATopic) {
  EXPECT_EQ(PositionText({"lead.commands", 3, 7}), "lead.commands/3/7");
  EXPECT_EQ(ReadPosition("lead.commands", "lead.commands/3/7"), (SourcePosition{"lead.commands", 3, 7, 0}));
  for (const char* wrong : {"", "lead.commands", "lead.commands/3", "lead.commands/3/", "lead.commands/-1/7",
                            "lead.commands/3/7/", "lead.events/3/7", "000001.jsonl:7"}) {
    EXPECT_EQ(ReadPosition("lead.commands", wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace leadpulse::serve
