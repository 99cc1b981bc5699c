// Which user agents are programs, and which an operator may list.
#include "processor/bots/machine_agents.h"

#include <gtest/gtest.h>

#include <string>

namespace leadpulse::bots::machine_agents_test {

constexpr char kOwn[] = "Acme-Checker/2.1 (+https://acme.example)";
constexpr char kKnown[] = "Mozilla/5.0 (compatible; BarracudaCentral)";
constexpr char kPerson[] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36";
constexpr char kFetchesWhenAPersonOpens[] = "Mozilla/5.0 (via ggpht.com GoogleImageProxy)";

std::string WhyNot(std::string_view file) { return MachineAgents::Read(file, KnownAgents::kToo).status().message(); }

TEST(MachineAgentsTest, KnowsThoseThatNameThemselves) {
  const MachineAgents agents;
  EXPECT_TRUE(agents.Holds(kKnown));
  EXPECT_FALSE(agents.Holds(kOwn));
  EXPECT_FALSE(agents.Holds(kPerson));
  EXPECT_FALSE(agents.Holds(kFetchesWhenAPersonOpens));
  EXPECT_FALSE(agents.Holds(""));
}

TEST(MachineAgentsTest, AnOperatorsListCountsBesideThem) {
  const auto agents = MachineAgents::Read("# ours\n\n  acme-checker \r\nlinkwarden", KnownAgents::kToo);
  ASSERT_TRUE(agents.ok()) << agents.status().message();
  EXPECT_TRUE(agents->Holds(kOwn));
  EXPECT_TRUE(agents->Holds("LinkWarden 1"));
  EXPECT_TRUE(agents->Holds(kKnown));
  EXPECT_FALSE(agents->Holds(kPerson));
  EXPECT_FALSE(agents->Holds("# ours"));
}

TEST(MachineAgentsTest, AWholeAgentIsNoPartOfAnother) {
  const auto agents = MachineAgents::Read("=Mozilla/5.0\n", KnownAgents::kToo);
  ASSERT_TRUE(agents.ok()) << agents.status().message();
  EXPECT_TRUE(agents->Holds("mozilla/5.0"));
  EXPECT_FALSE(agents->Holds(kPerson));
  EXPECT_FALSE(agents->Holds("=Mozilla/5.0"));
  EXPECT_TRUE(agents->Holds(kKnown));
}

TEST(MachineAgentsTest, OrInsteadOfThem) {
  const auto agents = MachineAgents::Read("\xEF\xBB\xBFGoogleImageProxy\n", KnownAgents::kNot);
  ASSERT_TRUE(agents.ok()) << agents.status().message();
  EXPECT_FALSE(agents->Holds(kKnown));
  EXPECT_TRUE(agents->Holds(kFetchesWhenAPersonOpens));
  const auto none = MachineAgents::Read("", KnownAgents::kNot);
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none->Holds(kKnown));
}

TEST(MachineAgentsTest, WhatWouldTakePeopleForProgramsIsRefused) {
  EXPECT_EQ(WhyNot("acme-checker\n# x\nx64\n"),
            "line 3: `x64` is in many a person's user agent; write at least 4 characters");
  EXPECT_EQ(WhyNot("acme\xFF"), "it is not UTF-8");
  EXPECT_EQ(WhyNot(std::string((1 << 20) + 1, 'a')), "it is over 1 MiB");
}

}  // namespace leadpulse::bots::machine_agents_test
